//! The pages, one file each: from a question to a body within the shell.

pub mod claim;
pub mod data;
pub mod issuers;
pub mod measures;
pub mod method;
pub mod rates;
pub mod report;
pub mod signals;
pub mod stress;
pub mod thesis;

use maud::Markup;
use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::AsOf;
use plimsoll_report::model::{Casualties, Chart, Edition};

use super::ask::Ask;
use super::problem::Problem;
use super::reply::Content;
use super::shell::{self, Control, Shell};
use super::work::Lane;
use super::world::Job;

/// A page before it is put together.
pub struct Page {
    /// Title, day, place.
    pub shell: Shell,
    /// What stands in it.
    pub body: Markup,
    /// Its image for shared links.
    pub card: Card,
}

/// The image of a page.
pub enum Card {
    /// Title, sentence and the marks of the claims.
    Edition(Box<Edition>, String),
    /// A chart.
    Chart(Box<Chart>),
}

/// Where a page stands: its route, the parameters it takes, who makes it.
pub struct Place {
    /// The route; `{name}` is handed to `make`.
    pub route: &'static str,
    /// Parameters beside `as_of` and `card`.
    pub takes: &'static [&'static str],
    /// Whether it is made from what is at hand.
    pub lane: fn(&Job, &Ask, &str) -> Lane,
    /// Makes it.
    pub make: fn(&Job, &Ask, &str) -> Result<Page, Problem>,
    /// Whether it says something where the store is empty.
    pub without_data: bool,
}

/// Every page.
pub static PAGES: &[Place] = &[
    Place { route: "/", takes: &["since"], lane: thesis::lane, make: thesis::page, without_data: false },
    Place { route: "/claims/{name}", takes: &[], lane: claim::lane, make: claim::page, without_data: false },
    Place { route: "/measures", takes: &[], lane: quick, make: measures::index, without_data: true },
    Place {
        route: "/measures/{name}",
        takes: &["from", "view", "page", "with"],
        lane: measures::lane,
        make: measures::page,
        without_data: false,
    },
    Place { route: "/rates", takes: &["since"], lane: heavy, make: rates::page, without_data: false },
    Place {
        route: "/stress",
        takes: &["first", "depth", "spread", "growth", "universe", "ladder", "page"],
        lane: stress::lane,
        make: stress::page,
        without_data: false,
    },
    Place { route: "/issuers", takes: &["q", "page"], lane: issuers::lane, make: issuers::index, without_data: false },
    Place { route: "/issuers/{name}", takes: &[], lane: heavy, make: issuers::page, without_data: false },
    Place { route: "/signals", takes: &[], lane: quick, make: signals::index, without_data: true },
    Place { route: "/signals/{name}", takes: &[], lane: heavy, make: signals::page, without_data: false },
    Place { route: "/data", takes: &[], lane: quick, make: data::page, without_data: false },
    Place { route: "/method", takes: &[], lane: quick, make: method::index, without_data: true },
    Place { route: "/method/{name}", takes: &[], lane: quick, make: method::page, without_data: true },
];

fn quick(_: &Job, _: &Ask, _: &str) -> Lane {
    Lane::Quick
}

/// From the store, always.
pub fn heavy(_: &Job, _: &Ask, _: &str) -> Lane {
    Lane::Heavy
}

/// The shell of a page as of a moment, with the as-of control that keeps the page's other parameters.
pub fn dated(job: &Job, ask: &Ask, as_of: AsOf, (place, path): (&'static str, &str), title: &str) -> Shell {
    let calendar = Calendar::nyse();
    let day = as_of.day();
    let (first, last) = (job.version.span.0, job.version.latest.day());
    let keep: Vec<(String, String)> = url::form_urlencoded::parse(ask.canonical().as_bytes())
        .into_owned()
        .filter(|(k, _)| !["as_of", "card", "page", "view"].contains(&k.as_str()))
        .collect();
    let before = (day > first).then(|| calendar.previous(day)).filter(|d| *d >= first);
    let after = (day < last).then(|| calendar.next(day)).filter(|d| *d <= last);
    Shell {
        title: format!("{title}, as of {day}"),
        description: String::new(),
        place,
        as_of: Some(as_of.to_string()),
        control: Some(Control {
            action: path.to_owned(),
            keep,
            span: Some((first.to_string(), job.version.today.to_string())),
            steps: (before.map(|d| d.to_string()), after.map(|d| d.to_string())),
        }),
        card: None,
        scripts: &[],
    }
}

/// A card of words: title and sentence.
pub fn words(title: &str, sentence: &str, as_of: AsOf) -> Card {
    let edition = Edition {
        title: title.to_owned(),
        thesis_id: String::new(),
        as_of,
        as_of_text: as_of.to_string(),
        publisher: String::new(),
        disclosure: Vec::new(),
        verdict_sentence: sentence.to_owned(),
        since: None,
        data_through: Vec::new(),
        claims: Vec::new(),
        sections: Vec::new(),
        casualties: Casualties::Absent { reason: String::new() },
        unknown: Vec::new(),
        methods: Vec::new(),
        inputs: Vec::new(),
        reproduce: String::new(),
        card: None,
    };
    Card::Edition(Box::new(edition), String::new())
}

/// The page, or its card where that is asked for; `base` is the address that readers use, `address` the page's path and query.
pub fn finish(mut page: Page, ask: &Ask, base: Option<&str>, address: &str) -> Result<Content, Problem> {
    match ask.word("card", "none", &["none", "svg", "png"])? {
        "none" => {
            let joint = if address.contains('?') { '&' } else { '?' };
            page.shell.card = base.map(|b| format!("{}{address}{joint}card=png", b.trim_end_matches('/')));
            if page.shell.description.is_empty()
                && let Card::Edition(e, _) = &page.card
            {
                page.shell.description.clone_from(&e.verdict_sentence);
            }
            Ok(Content::html(shell::page(&page.shell, &page.body)))
        }
        form => {
            let svg = match &page.card {
                Card::Edition(edition, hash) => plimsoll_report::card(edition, hash),
                Card::Chart(chart) => plimsoll_report::chart_card(chart, page.shell.as_of.as_deref().unwrap_or_default()),
            };
            if form == "svg" {
                return Ok(Content { kind: "image/svg+xml", bytes: svg.into_bytes(), headers: Vec::new() });
            }
            Ok(Content { kind: "image/png", bytes: report::picture(&svg)?, headers: Vec::new() })
        }
    }
}
