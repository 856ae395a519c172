//! The pages themselves.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use plimsoll_report::theme::{SANS, Theme, declarations};

use super::form::{Fields, Wrong, value, values};
use super::{Offered, Site};
use crate::alerts::quiet::{Frequency, ZONE};
use crate::alerts::subscribe::Wish;

/// Zones offered first; any of the IANA database may be typed.
const ZONES: [&str; 12] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Zurich",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
];

/// How a form is filled in beforehand.
struct Filled {
    some: bool,
    picks: Vec<String>,
    frequency: Frequency,
    zone: String,
    quiet: bool,
    from: String,
    to: String,
}

impl Filled {
    fn empty() -> Filled {
        Filled {
            some: false,
            picks: Vec::new(),
            frequency: Frequency::Instant,
            zone: ZONE.into(),
            quiet: false,
            from: "22:00".into(),
            to: "07:00".into(),
        }
    }

    fn of_fields(fields: &Fields) -> Filled {
        let or = |name: &str, other: &str| match value(fields, name) {
            "" => other.to_owned(),
            text => text.chars().take(64).collect(),
        };
        Filled {
            some: value(fields, "what") == "some",
            picks: values(fields, "pick").map(str::to_owned).collect(),
            frequency: Frequency::by_name(value(fields, "frequency")).unwrap_or_default(),
            zone: or("zone", ZONE),
            quiet: !value(fields, "quiet").is_empty(),
            from: or("from", "22:00"),
            to: or("to", "07:00"),
        }
    }

    fn of_wish(wish: &Wish) -> Filled {
        let picks = wish.choices.0.iter().flat_map(|(thesis, claims)| {
            if claims.is_empty() { vec![thesis.clone()] } else { claims.iter().map(|c| format!("{thesis}/{c}")).collect() }
        });
        let hours = wish.quiet.as_ref().map(|q| q.hours());
        let (from, to) = hours.clone().unwrap_or(("22:00".into(), "07:00".into()));
        Filled {
            some: !wish.choices.0.is_empty(),
            picks: picks.collect(),
            frequency: wish.frequency,
            zone: wish.zone.clone(),
            quiet: hours.is_some(),
            from,
            to,
        }
    }
}

/// A page with one thing to say.
pub fn message(site: &Site, title: &str, text: &str) -> String {
    let body = html! {
        h1 { (title) }
        p { (text) }
        p { a href="/alerts" { "Alerts" } }
    };
    whole(site, title, body)
}

/// The sign-up page.
pub fn sign_up(site: &Site, wrong: Option<&Wrong>, fields: Option<&Fields>) -> String {
    let filled = fields.map_or_else(Filled::empty, Filled::of_fields);
    let address = fields.map_or("", |f| value(f, "address"));
    let body = html! {
        h1 { "Be told when the argument changes" }
        p class="lead" {
            "A mail when a verdict flips, comes near its threshold, or the past is revised: what changed, since when, the evidence, and what would make it wrong."
        }
        (problem(wrong.map(|w| w.text.as_str())))
        form method="post" action="/alerts" class="alerts" {
            (address_field(address, wrong.is_some_and(|w| w.field == "address")))
            (choices(site, &filled))
            button type="submit" { "Sign up" }
            p class="hint" {
                "You get a mail with a link to confirm; without it nothing is sent. Your address is used for this alone, kept in one place, and deleted when you leave."
            }
        }
        p { "Already subscribed? " a href="/alerts/link" { "Get a link to your preferences" } ". Without an address: " a href="/alerts/feed.xml" { "Atom feed" } "." }
    };
    whole(site, "Alerts", body)
}

/// Asking for a link to the preferences.
pub fn link(site: &Site, wrong: Option<&Wrong>) -> String {
    let body = html! {
        h1 { "Your preferences" }
        p { "There is no password: you get a mail with a link." }
        (problem(wrong.map(|w| w.text.as_str())))
        form method="post" action="/alerts/link" class="alerts" {
            (address_field("", wrong.is_some()))
            button type="submit" { "Send me the link" }
        }
    };
    whole(site, "Your preferences", body)
}

/// Asking for the one click that confirms.
pub fn confirm(site: &Site) -> String {
    let body = html! {
        h1 { "Confirm your alerts" }
        p { "One click, and you are told when something changes." }
        form method="post" class="alerts" { button type="submit" { "Confirm" } }
    };
    whole(site, "Confirm your alerts", body)
}

/// After it.
pub fn confirmed(site: &Site, token: &str) -> String {
    let body = html! {
        h1 { "You are subscribed" }
        p { "Every mail holds a link to leave, and one to " a href={ "/alerts/preferences/" (token) } { "your preferences" } "." }
    };
    whole(site, "You are subscribed", body)
}

/// Asking for the click that leaves.
pub fn leave(site: &Site) -> String {
    let body = html! {
        h1 { "Leave" }
        p { "Nothing more is sent, and everything kept of you is deleted." }
        form method="post" class="alerts" { button type="submit" { "Unsubscribe" } }
    };
    whole(site, "Leave", body)
}

/// The preferences.
pub fn preferences(site: &Site, token: &str, wish: &Wish, said: Option<&Result<&'static str, String>>) -> String {
    let filled = Filled::of_wish(wish);
    let body = html! {
        h1 { "Your preferences" }
        @match said {
            Some(Ok(done)) => p role="status" class="done" { (done) },
            Some(Err(wrong)) => (problem(Some(wrong))),
            None => {},
        }
        form method="post" class="alerts" {
            (choices(site, &filled))
            button type="submit" { "Save" }
        }
        h2 { "What is kept of you" }
        p { a href={ "/alerts/preferences/" (token) "/export" } { "Download it" } " as JSON: your address, these choices, and what was sent." }
        form method="post" action={ "/alerts/preferences/" (token) "/delete" } class="alerts" {
            button type="submit" class="quiet" { "Unsubscribe and delete everything" }
        }
    };
    whole(site, "Your preferences", body)
}

fn problem(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p role="alert" class="problem" id="problem" { (capital(text)) "." } } }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn address_field(filled: &str, wrong: bool) -> Markup {
    html! {
        label for="address" { "Your address" }
        input id="address" name="address" type="email" required maxlength="254" autocomplete="email" inputmode="email" spellcheck="false"
            value=(filled) aria-invalid=[wrong.then_some("true")] aria-describedby=[wrong.then_some("problem")];
    }
}

fn choices(site: &Site, filled: &Filled) -> Markup {
    let picked = |pick: &str| filled.picks.iter().any(|p| p == pick);
    html! {
        fieldset {
            legend { "Of what" }
            label class="choice" { input type="radio" name="what" value="all" checked[!filled.some]; " Everything" }
            label class="choice" { input type="radio" name="what" value="some" checked[filled.some]; " Only what I choose:" }
            div class="picks" { @for offered in &site.offered { (thesis(offered, &picked)) } }
        }
        fieldset {
            legend { "How often" }
            @for (frequency, text) in [
                (Frequency::Instant, "As it happens"),
                (Frequency::Daily, "Once a day, at eight in the morning"),
                (Frequency::Weekly, "Once a week, on Monday at eight"),
            ] {
                label class="choice" {
                    input type="radio" name="frequency" value=(frequency.name()) checked[filled.frequency == frequency];
                    " " (text)
                }
            }
        }
        fieldset {
            legend { "When" }
            label for="zone" { "Time zone" }
            input id="zone" name="zone" list="zones" value=(filled.zone) maxlength="64" autocomplete="off" spellcheck="false";
            datalist id="zones" { @for zone in ZONES { option value=(zone); } }
            label class="choice" { input type="checkbox" name="quiet" value="on" checked[filled.quiet]; " Quiet hours: send nothing between" }
            div class="hours" {
                label { span class="sr" { "Quiet from" } input name="from" type="time" value=(filled.from); }
                span { "and" }
                label { span class="sr" { "Quiet until" } input name="to" type="time" value=(filled.to); }
            }
        }
    }
}

fn thesis(offered: &Offered, picked: &dyn Fn(&str) -> bool) -> Markup {
    let path = |claim: &str| format!("{}/{claim}", offered.name);
    let open = offered.claims.iter().any(|c| picked(&path(&c.0)));
    html! {
        label class="choice" { input type="checkbox" name="pick" value=(offered.name) checked[picked(&offered.name)]; " All of “" (offered.title) "”" }
        // One claim is the whole of it.
        @if offered.claims.len() > 1 { details open[open] {
            summary { (offered.claims.len()) " claims of it, one by one" }
            @for (id, says) in &offered.claims {
                label class="choice" { input type="checkbox" name="pick" value=(path(id)) checked[picked(&path(id))]; " " (says) }
            }
        } }
    }
}

fn whole(site: &Site, title: &str, body: Markup) -> String {
    let body = html! {
        link rel="stylesheet" href=(STYLE_PATH);
        div class="alerts-page" { (body) }
    };
    (site.layout)(title, &body)
}

/// Where the style stands.
pub const STYLE_PATH: &str = "/alerts/style.css";

/// The style of these pages; colours are the site's.
pub const STYLE: &str = include_str!("alerts.css");

/// A page by itself.
pub fn alone(title: &str, body: &Markup) -> String {
    let colours = format!(
        ":root{{color-scheme:light dark;--sans:{SANS};{}}}@media (prefers-color-scheme:dark){{:root{{{}}}}}",
        declarations(Theme::Light),
        declarations(Theme::Dark)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Plimsoll" }
                style { (PreEscaped(colours)) (PreEscaped("body{margin:0;padding:24px 20px;background:var(--paper);color:var(--ink);font-family:var(--sans)}")) }
            }
            body { main { (body) } }
        }
    };
    page.into_string()
}
