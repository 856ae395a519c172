//! Signals: the shipped strategies and their tear sheets.

use maud::html;
use plimsoll_claims::backtest::{self, Span, Strategy};
use plimsoll_model::time::AsOf;
use plimsoll_report::parts;

use super::{Page, dated, words};
use crate::commands::backtest::Tested;
use crate::ledger::Ledger;
use crate::serve::ask::{Ask, short};
use crate::serve::problem::Problem;
use crate::serve::shell::escape;
use crate::serve::table;
use crate::serve::world::Job;
use crate::sheet::Sheet;
use crate::strategies::{self, SHIPPED};
use crate::tearsheet;
use crate::trials::{Family, trial};

fn parse(job: &Job, name: &str) -> Result<Strategy, Problem> {
    if !SHIPPED.iter().any(|s| s.0 == name) {
        return Err(Problem::missing(format!("No strategy is called `{}`.", short(name))).near(name, SHIPPED.iter().map(|s| s.0)));
    }
    let written = strategies::written(name).map_err(Problem::internal)?;
    written.parse(&job.world.thesis, &Default::default()).map_err(Problem::internal)
}

/// The list as a table.
pub fn sheet(job: &Job) -> Result<Sheet, Problem> {
    let all: Vec<Strategy> = SHIPPED.iter().map(|s| parse(job, s.0)).collect::<Result<_, _>>()?;
    Ok(Sheet::default()
        .text("strategy", all.iter().map(|s| s.id.clone()))
        .text("title", all.iter().map(|s| s.title.clone()))
        .text("summary", all.iter().map(|s| s.summary.trim().to_owned()))
        .text("source", all.iter().map(|s| s.source.clone()))
        .day("published", all.iter().map(|s| s.published)))
}

/// A strategy replayed. The server reads the ledger of trials and adds nothing to it: who looks does not try.
pub fn tested(job: &Job, as_of: AsOf, name: &str) -> Result<Tested, Problem> {
    let strategy = parse(job, name)?;
    let knowledge = job.knowledge(as_of)?;
    let outcome = backtest::run(&knowledge, &strategy, Span { from: None, to: None }).map_err(|e| job.told(e))?;
    let ledger = Ledger::of(job.world.store.dir(), "trials");
    let family = Family::with(&ledger, trial(&strategy, &outcome.market, &outcome.net)).map_err(Problem::internal)?;
    Ok(Tested { skill: family.skill(&outcome.market, &outcome.net), strategy, outcome })
}

/// The list.
pub fn index(job: &Job, ask: &Ask, _: &str) -> Result<Page, Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    let at = escape(&as_of.to_string());
    let all: Vec<Strategy> = SHIPPED.iter().map(|s| parse(job, s.0)).collect::<Result<_, _>>()?;
    let body = html! {
        h1 { "Signals" }
        p.lede { "Strategies as small files: decided with what was known at each decision, executed, charged and financed by stated terms. Results are hypothetical; nobody held these portfolios." }
        ul.list {
            @for s in &all {
                li {
                    a href={ "/signals/" (escape(&s.id)) "?as_of=" (at) } { (s.title) }
                    small { (s.summary.trim().replace('`', "")) }
                    @if !s.source.is_empty() { small { (s.source) } }
                }
            }
        }
    };
    let mut shell = dated(job, ask, as_of, ("/signals", "/signals"), "Signals");
    shell.title = "Signals".into();
    shell.description = "Strategies replayed with what was known at each decision, with their tear sheets.".into();
    let card = words("Signals", &shell.description, as_of);
    Ok(Page { shell, body, card })
}

/// A tear sheet.
pub fn page(job: &Job, ask: &Ask, name: &str) -> Result<Page, Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    let title = parse(job, name)?.title;
    let path = format!("/signals/{}", escape(name));
    let mut shell = dated(job, ask, as_of, ("/signals", &path), &title);
    let tested = match tested(job, as_of, name) {
        Ok(tested) => tested,
        Err(problem) if problem.status == 404 => {
            let body = html! {
                h1 { (title) }
                div.empty { p { b { "It cannot be run on this day. " } (problem.detail) } @if let Some(h) = &problem.hint { p { (h) } } }
            };
            shell.description.clone_from(&problem.detail);
            return Ok(Page { shell, body, card: words(&title, &problem.detail, as_of) });
        }
        Err(problem) => return Err(problem),
    };
    let command = format!("plimsoll backtest {name} --as-of {as_of}");
    let sheet = tearsheet::fill(&tested, as_of, &format!("{command} --report sheet.html"));
    let at = escape(&as_of.to_string());
    let body = html! {
        h1 { (sheet.edition.title) }
        ul.meta-line { li { "As of " (sheet.edition.as_of_text) } li { (name) } @if !sheet.edition.publisher.is_empty() { li { (sheet.edition.publisher) } } }
        (parts::tear_sheet(&sheet))
        (table::downloads(&format!("/api/v1/signals/{}", escape(name)), &format!("as_of={at}&table=days"), &command))
    };
    shell.description.clone_from(&sheet.edition.verdict_sentence);
    let card = words(&title, &shell.description, as_of);
    Ok(Page { shell, body, card })
}
