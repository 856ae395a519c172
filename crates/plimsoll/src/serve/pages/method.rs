//! Method: what each measure is, from the catalogue.

use maud::html;
use plimsoll_measures::catalogue::kind;
use plimsoll_measures::registry;

use super::measures::{TOPICS, measure};
use super::{Page, dated, words};
use crate::serve::ask::Ask;
use crate::serve::problem::Problem;
use crate::serve::shell::escape;
use crate::serve::world::Job;

/// The list.
pub fn index(job: &Job, ask: &Ask, _: &str) -> Result<Page, Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    let at = escape(&as_of.to_string());
    let body = html! {
        h1 { "Method" }
        p.lede {
            "Every number here is a measure: a pure function from what was known at a moment to a value with a unit, a count and flags. Values carry when they became known; "
            "nothing later is ever read. A day alone means its end in New York."
        }
        @for topic in TOPICS {
            section.flow id={ "topic-" (topic.title().to_lowercase()) } {
                header { h2 { (topic.title()) } }
                ul.list {
                    @for spec in registry().iter().map(|m| m.spec()).filter(|s| s.topic == topic) {
                        li { a href={ "/method/" (spec.name) "?as_of=" (at) } { (spec.title) } small { code { (spec.name) } ", " (spec.unit.name()) } }
                    }
                }
            }
        }
    };
    let mut shell = dated(job, ask, as_of, ("/method", "/method"), "Method");
    shell.title = "Method".into();
    shell.control = None;
    shell.description = "Definitions, units, inputs and references of every measure.".into();
    let card = words("Method", &shell.description, as_of);
    Ok(Page { shell, body, card })
}

/// One measure's definition.
pub fn page(job: &Job, ask: &Ask, name: &str) -> Result<Page, Problem> {
    let spec = measure(name)?.spec();
    let as_of = ask.as_of(&job.version, false)?;
    let at = escape(&as_of.to_string());
    let parts = [
        ("Unit", spec.unit.name().to_owned()),
        ("Definition", spec.definition.to_owned()),
        ("Inputs", spec.inputs.to_owned()),
        ("Missing data", spec.missing.to_owned()),
        ("Point in time", spec.point_in_time.to_owned()),
        ("References", spec.references.join("; ")),
        ("Verified", spec.verified.to_owned()),
    ];
    let used: Vec<_> = job
        .world
        .thesis
        .claims
        .iter()
        .filter(|c| matches!(&c.test, plimsoll_claims::Test::Measured { asked, .. } if asked.measure.spec().name == spec.name))
        .collect();
    let body = html! {
        h1 { (spec.title) }
        p.lede { (spec.summary) }
        dl.spec { @for (k, v) in parts.iter().filter(|p| !p.1.is_empty()) { dt { (k) } dd { (v) } } }
        @if !spec.params.is_empty() {
            section id="parameters" {
                header { h2 { "Parameters" } }
                div.scroll tabindex="0" role="region" aria-label="Parameters" {
                    table {
                        caption.hidden { "Parameters" }
                        thead { tr { th scope="col" { "Parameter" } th scope="col" { "Default" } th scope="col" { "What it is" } th scope="col" { "Takes" } } }
                        tbody { @for p in spec.params { tr { th scope="row" { code { (p.name) } } td { code { (p.default) } } td { (p.doc) } td { (kind(p.kind).replace('`', "")) } } } }
                    }
                }
            }
        }
        @if !used.is_empty() {
            section.flow id="used" {
                header { h2 { "Claims that rest on it" } }
                ul.list { @for c in used { li { a href={ "/claims/" (escape(&c.id)) "?as_of=" (at) } { (c.link) ". " (c.says) } @if !c.wrong.is_empty() { small { "What would make it wrong: " (c.wrong) } } } } }
            }
        }
        p { a.button href={ "/measures/" (spec.name) "?as_of=" (at) } { "Show it" } }
        pre.command { code { "plimsoll measures " (spec.name) } }
    };
    let mut shell = dated(job, ask, as_of, ("/method", "/method"), spec.title);
    shell.title = format!("{}: method", spec.title);
    shell.control = None;
    shell.description = spec.summary.into();
    Ok(Page { shell, body, card: words(spec.title, spec.summary, as_of) })
}
