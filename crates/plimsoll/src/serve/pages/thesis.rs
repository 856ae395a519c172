//! The thesis: the verdict now, verdicts through time, each claim with its evidence.

use maud::html;
use plimsoll_claims::{Assessed, Verdict as Judged};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_report::model::{Edition, Verdict};
use plimsoll_report::parts;

use super::{Card, Page, dated};
use crate::edition::{self, Options};
use crate::serve::ask::Ask;
use crate::serve::problem::Problem;
use crate::serve::shell::escape;
use crate::serve::work::Lane;
use crate::serve::world::Job;

/// An edition with the verdicts of every session.
pub struct Found {
    /// The edition.
    pub edition: Edition,
    /// The claims as assessed.
    pub assessed: Vec<Assessed>,
    /// The hash of its report.
    pub hash: String,
}

fn key(as_of: AsOf, since: Option<Day>) -> String {
    format!("edition|{as_of}|{since:?}")
}

/// Quick where the edition was made before.
pub fn lane(job: &Job, ask: &Ask, _: &str) -> Lane {
    let known = || Some(key(ask.as_of(&job.version, false).ok()?, ask.day("since").ok()?));
    if known().is_some_and(|k| job.ready(&k)) && ask.get("card") != Some("png") { Lane::Quick } else { Lane::Long }
}

/// The edition of a moment.
pub fn prepare(job: &Job, as_of: AsOf, since: Option<Day>) -> Result<std::sync::Arc<Found>, Problem> {
    if let Some(since) = since.filter(|s| *s >= as_of.day()) {
        return Err(Problem::bad(format!("`since` {since} does not lie before `as_of` {as_of}.")));
    }
    if let Some(since) = since.filter(|s| *s < job.version.span.0) {
        return Err(Problem::missing(format!(
            "Nothing is known as of {since}: what this store holds begins on {}.",
            job.version.span.0
        )));
    }
    if let Some(since) = since.filter(|s| as_of.day().0 - s.0 > 3_700) {
        return Err(Problem::bad(format!("`since` {since} lies more than ten years before `as_of`.")));
    }
    // An edition with its histories: some two megabytes as JSON, and as much again for what was assessed.
    job.prepared(
        &key(as_of, since),
        |_| 6 << 20,
        || {
            let knowledge = job.knowledge(as_of)?;
            let options = Options { thesis_id: job.world.thesis_id.clone(), since, publication: job.world.publication.clone() };
            let built = edition::build(&knowledge, &job.world.thesis, &options).map_err(|e| job.told(e))?;
            let hash = plimsoll_report::render(&built.edition).hash;
            Ok(Found { edition: built.edition, assessed: built.assessed, hash })
        },
    )
}

/// A claim's verdicts by session, in the reader's words.
pub fn history(assessed: &Assessed) -> Vec<(Day, Verdict)> {
    let plain = |v: Judged| match v {
        Judged::Holds => Verdict::Holds,
        Judged::Fails => Verdict::Fails,
        Judged::Undecided => Verdict::Undecided,
        Judged::Unknown => Verdict::Unknown { reason: String::new() },
    };
    assessed.history.iter().map(|(d, _, v)| (*d, plain(*v))).collect()
}

/// The span of all claims' histories.
pub fn span(found: &Found) -> Option<(Day, Day)> {
    let days = |end: fn(&Assessed) -> Option<Day>| found.assessed.iter().filter_map(end);
    let first = days(|a| a.history.first().map(|h| h.0)).min()?;
    Some((first, days(|a| a.history.last().map(|h| h.0)).max()?))
}

/// The page.
pub fn page(job: &Job, ask: &Ask, _: &str) -> Result<Page, Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    let found = prepare(job, as_of, ask.day("since")?)?;
    let e = &found.edition;
    let day = as_of.to_string();
    let at = escape(&day);
    // Links to sections lead to the report; on this page they would lead nowhere.
    let bare = Edition { sections: Vec::new(), methods: Vec::new(), inputs: Vec::new(), ..e.clone() };
    let hash = found.hash.clone();
    let body = html! {
        h1 { (e.title) }
        ul.meta-line {
            li { "As of " (e.as_of_text) }
            @if let Some(last) = e.data_through.iter().map(|s| s.through).max() { li { "Data through " (last) } }
            @for s in e.data_through.iter().filter(|s| s.stale) { li { (s.source) " " (s.through) " " span.stale { "stale" } } }
            li { "Edition " code { (hash) } }
        }
        (parts::verdict(&bare))
        p.downloads {
            a.button href={ "/report?as_of=" (at) } { "The report of this day" }
            a.button href={ "/api/v1/edition?as_of=" (at) } { "As JSON" }
            a.button href={ "?as_of=" (at) "&card=svg" } { "Card" }
        }
        @if let Some(axis) = span(&found) {
            section.timeline id="through-time" {
                header {
                    h2 { "Verdicts through time" }
                    p.finding { "Each session's verdict as known then, " (axis.0) " to " (axis.1) "." }
                }
                (legend())
                div.scroll tabindex="0" role="region" aria-label="Verdicts through time" {
                    table {
                        caption.hidden { "Verdicts of each claim through time" }
                        thead { tr { th scope="col" { "Claim" } th scope="col" { "Now" } th scope="col" { (axis.0) " to " (axis.1) } } }
                        tbody {
                            @for (row, a) in e.claims.iter().zip(&found.assessed) {
                                tr {
                                    th scope="row" {
                                        a.quiet href={ "/claims/" (escape(&row.id)) "?as_of=" (at) } { (row.number) ". " (row.id.replace('-', " ")) }
                                    }
                                    td { (parts::word(&row.verdict)) }
                                    td.band { (parts::band(&history(a), axis, &format!("Verdicts on claim {}", row.number))) }
                                }
                            }
                        }
                    }
                }
            }
        }
        (parts::ribbon(&bare))
        section id="argument" {
            header { h2 { "The argument" } p.finding { "Section by section; the report holds the rest." } }
            @for s in &e.sections {
                p { b { (s.title) ". " } (s.finding) " " a href={ "/report?as_of=" (at) "#section-" (plimsoll_report::format::slug(&s.id)) } { "Charts and figures on " (s.title.to_lowercase()) } }
            }
        }
        (parts::unknown(&bare))
        section.flow id="again" {
            header { h2 { "The same from the command line" } }
            pre.command { code { (e.reproduce) } }
        }
    };
    let mut shell = dated(job, ask, as_of, ("/", "/"), &e.title);
    shell.description.clone_from(&e.verdict_sentence);
    Ok(Page { shell, body, card: Card::Edition(Box::new(bare), hash) })
}

/// What the marks of a band mean.
pub fn legend() -> maud::Markup {
    html! {
        ul.legend {
            @for v in [Verdict::Holds, Verdict::Fails, Verdict::Undecided, Verdict::Unknown { reason: String::new() }] {
                li { (parts::mark(&v)) (v.word()) }
            }
            li { "tall: holds; lower half: fails; middle: undecided; line: unknown" }
        }
    }
}
