//! One claim: what it says, how it stands, why, and how it got here.

use maud::html;
use plimsoll_claims::Test;
use plimsoll_report::format;
use plimsoll_report::model::{Chart, Level, Plot, Series, TimeMarks, Tone, Verdict, Weight};
use plimsoll_report::parts;

use super::{Card, Page, dated, thesis, words};
use crate::serve::ask::Ask;
use crate::serve::problem::Problem;
use crate::serve::shell::escape;
use crate::serve::work::Lane;
use crate::serve::world::Job;

/// As for the thesis; a claim that is not there is refused at once.
pub fn lane(job: &Job, ask: &Ask, name: &str) -> Lane {
    if job.world.thesis.claims.iter().any(|c| c.id == name) { thesis::lane(job, ask, name) } else { Lane::Quick }
}

/// The page.
pub fn page(job: &Job, ask: &Ask, name: &str) -> Result<Page, Problem> {
    let claims = &job.world.thesis.claims;
    let Some(i) = claims.iter().position(|c| c.id == name) else {
        return Err(Problem::missing(format!("The thesis has no claim `{}`.", crate::serve::ask::short(name)))
            .near(name, claims.iter().map(|c| c.id.as_str())));
    };
    let as_of = ask.as_of(&job.version, false)?;
    let found = thesis::prepare(job, as_of, None)?;
    let (row, assessed) = (&found.edition.claims[i], &found.assessed[i]);
    let at = escape(&as_of.to_string());
    let path = format!("/claims/{}", escape(name));
    let history = thesis::history(assessed);
    let level =
        |b: Option<plimsoll_report::model::Bound>, word: &str| b.map(|b| Level { value: b.value, label: word.to_owned() });
    let chart = match &row.history {
        Some(line) => {
            let series = Series::new(&row.measure, Tone::Rest, line.days.clone(), line.values.clone()).weight(Weight::Heavy);
            let levels = level(row.holds, "holds from").into_iter().chain(level(row.fails, "fails from")).collect();
            let plot =
                Plot::Lines { unit: row.unit, series: vec![series], levels, extremes: Vec::new(), time: TimeMarks::default() };
            Chart::new("claim", &row.says, plot)
                .subtitle(&format!("{}, {}, each session as known then", row.measure, format::unit_words(row.unit)))
                .foot(&format!("As known on {as_of}"))
        }
        None => Chart::absent("claim", &row.says, &assessed.reason.clone().unwrap_or_else(|| "no figure is known".into())),
    };
    let flips = plimsoll_report::charts::band::runs(&history);
    let with: String = match &claims[i].test {
        Test::Measured { asked, .. } => {
            asked.params.values().iter().map(|(k, v)| format!("&with.{}={}", escape(k), escape(v))).collect()
        }
        Test::Awaits(_) => String::new(),
    };
    let body = html! {
        h1 { (row.number) ". " (row.says) }
        dl.big {
            div { dt { "Verdict" } dd { (parts::word(&row.verdict)) } }
            div { dt { "Value" } dd { (format::number(row.unit, row.value)) } }
            @if !row.holds_text.is_empty() { div { dt { "Holds where" } dd { (format::condition(row.unit, &row.holds_text)) } } }
            @if !row.fails_text.is_empty() { div { dt { "Fails where" } dd { (format::condition(row.unit, &row.fails_text)) } } }
            @if let Some(n) = row.n_obs { div { dt { "n" } dd { (format::count(n)) } } }
        }
        @if let Verdict::Unknown { reason } = &row.verdict { div.empty { p { "No verdict: " (reason) "." } } }
        @for f in &row.flags { p.small { "\u{2691} " (f) } }
        section id="history" {
            header { h2 { "How it got here" } }
            (parts::chart(&chart))
            @if let (Some(first), Some(last)) = (history.first(), history.last()) {
                p.sub2 { "Verdicts" }
                (thesis::legend())
                div.timeline { (parts::band(&history, (first.0, last.0), "Verdicts through time")) }
            }
        }
        @if !row.evidence.is_empty() {
            section id="evidence" {
                header { h2 { "Evidence" } }
                dl.evidence { @for e in &row.evidence { dt { (e.label) } dd { (e.value) } } }
            }
        }
        @if flips.len() > 1 {
            section id="changes" {
                header { h2 { "When the verdict changed" } }
                div.scroll tabindex="0" role="region" aria-label="Changes of the verdict" {
                    table {
                        caption.hidden { "Changes of the verdict" }
                        thead { tr { th scope="col" { "From" } th scope="col" { "Verdict" } th.num scope="col" { "Until" } } }
                        tbody { @for (first, last, v) in flips.iter().rev().take(40) { tr { th scope="row" { (first) } td { (parts::word(v)) } td.num { (last) } } } }
                    }
                }
            }
        }
        section.flow id="more" {
            header { h2 { "Look further" } }
            @if !row.measure.is_empty() {
                p { a href={ "/measures/" (row.measure) "?as_of=" (at) (with) } { "The measure with these parameters" } }
                p { a href={ "/method/" (row.measure) "?as_of=" (at) } { "Its definition, and what would make it wrong" } }
            }
            p { a href={ "/api/v1/thesis/verdicts?as_of=" (at) "&claim=" (escape(name)) } { "Its verdicts as data" } }
            pre.command { code { "plimsoll check --as-of " (as_of) " --claim " (name) } }
        }
    };
    let shell = dated(job, ask, as_of, ("/", &path), &row.says);
    let drawn = matches!(chart.plot, Plot::Lines { .. });
    let sentence = format!("{}: {}", row.verdict.word(), format::number(row.unit, row.value));
    let card = if drawn { Card::Chart(Box::new(chart)) } else { words(&row.says, &sentence, as_of) };
    let shell = crate::serve::Shell { description: format!("{} {sentence}.", row.says), ..shell };
    Ok(Page { shell, body, card })
}
