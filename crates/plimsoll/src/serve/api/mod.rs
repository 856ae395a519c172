//! The API: one table of resources, from which routes, checks of parameters and the OpenAPI document are made.

pub mod openapi;

use plimsoll_measures::registry;
use plimsoll_measures::replay::at;
use plimsoll_model::unit::Unit;

use super::ask::{Ask, short};
use super::pages::{data, heavy, issuers, measures, rates, signals, stress, thesis};
use super::problem::Problem;
use super::reply::Content;
use super::table::Table;
use super::work::Lane;
use super::world::Job;
use crate::commands::backtest::Tables;
use crate::commands::{check, history};
use crate::sheet::Sheet;

/// What a resource answers with.
pub enum Answer {
    /// Rows.
    Table(Table),
    /// A document of its own.
    Document(Content),
}

/// One resource.
pub struct Resource {
    /// Its path below `/api/v1`; `{name}` is handed to `make`.
    pub path: &'static str,
    /// What it is.
    pub says: &'static str,
    /// Parameters beside `as_of` and those of every table.
    pub takes: &'static [&'static str],
    /// Whether it depends on data, so that `as_of` is required.
    pub dated: bool,
    /// Whether it answers with rows.
    pub rows: bool,
    /// Where it is made.
    pub lane: fn(&Job, &Ask, &str) -> Lane,
    /// Makes it.
    pub make: fn(&Job, &Ask, &str) -> Result<Answer, Problem>,
}

const STRESS: &[&str] = &["first", "depth", "spread", "growth", "universe", "ladder"];

const fn rows(
    path: &'static str,
    says: &'static str,
    takes: &'static [&'static str],
    lane: fn(&Job, &Ask, &str) -> Lane,
    make: fn(&Job, &Ask, &str) -> Result<Answer, Problem>,
) -> Resource {
    Resource { path, says, takes, dated: true, rows: true, lane, make }
}

/// Every resource.
pub static RESOURCES: &[Resource] = &[
    rows("/thesis", "The claims with their verdicts", &[], thesis::lane, claims),
    rows("/thesis/verdicts", "Every session's verdict on each claim, as known then", &["claim"], thesis::lane, verdicts),
    Resource { rows: false, ..rows("/edition", "The edition of the report as one document", &["since"], thesis::lane, edition) },
    Resource { dated: false, ..rows("/measures", "The catalogue of measures", &[], quick, catalogue) },
    rows("/measures/{name}", "A measure's history, each session as known then", &["from", "with"], measures::lane, measure),
    rows("/measures/{name}/evidence", "A measure's last value with what stands behind it", &["with"], heavy, evidence),
    rows("/rates/repricing", "The rate expected after each meeting, as known on two days", &["since"], heavy, repricing),
    rows("/stress/issuers", "Issuers that run out of cash under a scenario", STRESS, stress::lane, stress_issuers),
    rows("/stress/frontier", "Who survives, by first cut and cuts in all", STRESS, stress::lane, stress_frontier),
    rows("/issuers", "Issuers by symbol, name or CIK", &["q"], issuers::lane, search),
    rows("/issuers/{name}", "One issuer: maturities, statements, default measures, outcome of scenarios", &[], heavy, issuer),
    Resource { dated: false, ..rows("/signals", "The shipped strategies", &[], quick, strategies) },
    rows("/signals/{name}", "A strategy replayed", &["table"], heavy, signal),
    rows("/status", "What the store holds", &[], quick, status),
];

/// The tables of a strategy by name.
pub const TABLES: &[&str] = &["figures", "days", "months", "years", "drawdowns"];

fn quick(_: &Job, _: &Ask, _: &str) -> Lane {
    Lane::Quick
}

fn table(name: &str, as_of: impl std::fmt::Display, sheet: Sheet) -> Result<Answer, Problem> {
    Ok(Answer::Table(Table::new(name, as_of, sheet)))
}

fn claims(job: &Job, ask: &Ask, _: &str) -> Result<Answer, Problem> {
    let as_of = ask.as_of(&job.version, true)?;
    let found = thesis::prepare(job, as_of, None)?;
    let sheet = check::table(&job.world.thesis.claims, &found.assessed);
    Ok(Answer::Table(
        Table::new("thesis", as_of, sheet)
            .about("thesis", found.edition.thesis_id.clone())
            .about("title", found.edition.title.clone())
            .about("sentence", found.edition.verdict_sentence.clone())
            .about("edition", found.hash.clone()),
    ))
}

fn verdicts(job: &Job, ask: &Ask, _: &str) -> Result<Answer, Problem> {
    let as_of = ask.as_of(&job.version, true)?;
    let all = &job.world.thesis.claims;
    if let Some(claim) = ask.get("claim").filter(|c| !all.iter().any(|k| k.id == **c)) {
        let problem = Problem::missing(format!("The thesis has no claim `{}`.", short(claim)));
        return Err(problem.near(claim, all.iter().map(|c| c.id.as_str())));
    }
    let found = thesis::prepare(job, as_of, None)?;
    let both = all.iter().zip(&found.assessed).filter(|(c, _)| ask.get("claim").is_none_or(|w| c.id == w));
    let sheet = history::verdicts(both, false);
    table("verdicts", as_of, sheet)
}

fn edition(job: &Job, ask: &Ask, _: &str) -> Result<Answer, Problem> {
    let as_of = ask.as_of(&job.version, true)?;
    let found = thesis::prepare(job, as_of, ask.day("since")?)?;
    let text = plimsoll_report::to_json(&found.edition, &found.hash);
    Ok(Answer::Document(Content { kind: "application/json", bytes: text.into_bytes(), headers: Vec::new() }))
}

fn catalogue(_: &Job, _: &Ask, _: &str) -> Result<Answer, Problem> {
    let sheet = crate::commands::measures::catalogue(registry());
    Ok(Answer::Table(Table { as_of: None, ..Table::new("measures", "", sheet) }))
}

fn measure(job: &Job, ask: &Ask, name: &str) -> Result<Answer, Problem> {
    ask.as_of(&job.version, true)?;
    let question = measures::Question::read(job, ask, name, true)?;
    let found = question.answer(job)?;
    let spec = question.asked.measure.spec();
    let sheet = measures::sheet(spec, &found.points);
    Ok(Answer::Table(
        Table::new(spec.name, question.as_of, sheet)
            .about("title", spec.title)
            .about("unit", spec.unit.name())
            .about("from", question.from.to_string())
            .about("parameters", serde_json::json!(question.asked.params.values()))
            .about("command", question.command()),
    ))
}

fn evidence(job: &Job, ask: &Ask, name: &str) -> Result<Answer, Problem> {
    ask.as_of(&job.version, true)?;
    let q = measures::Question::read(job, ask, name, false)?;
    let spec = q.asked.measure.spec();
    let knowledge = job.knowledge(q.as_of)?;
    let (cut, found) = at(&knowledge, &q.asked).map_err(|e| job.told(e))?;
    job.check()?;
    let (day, point) = found.map_err(|e| Problem::missing(format!("{name}: {e}.")))?;
    let facts = cut.last().map(|t| q.asked.measure.evidence(&cut, &q.asked.params, t)).unwrap_or_default();
    let sheet = Sheet::default()
        .text("item", facts.iter().map(|f| f.label.clone()))
        .mixed("value", facts.iter().map(|f| (f.value, f.unit)))
        .text("unit", facts.iter().map(|f| f.unit.name()))
        .day("day", facts.iter().map(|f| f.day))
        .text("note", facts.iter().map(|f| f.note.clone()));
    Ok(Answer::Table(
        Table::new(&format!("{}-evidence", spec.name), q.as_of, sheet)
            .about("session", day.to_string())
            .about("value", point.value.ok())
            .about("missing", point.value.err().map(|e| e.to_string()))
            .about("unit", spec.unit.name())
            .about("n_obs", point.n_obs)
            .about("flags", point.flags.names())
            .about("parameters", serde_json::json!(q.asked.params.values())),
    ))
}

fn repricing(job: &Job, ask: &Ask, _: &str) -> Result<Answer, Problem> {
    let (as_of, since, year) = rates::moments(job, ask, true)?;
    let (now, then) = (rates::path(job, as_of, year)?, rates::path(job, since, year)?);
    Ok(Answer::Table(
        Table::new("repricing", as_of, rates::repricing(&then, &now))
            .about("since", since.to_string())
            .about("effective_rate", now.now)
            .about("cuts_priced", now.cuts)
            .about("cuts_priced_then", then.cuts)
            .about("cuts_by_end_of", year)
            .about("missing", now.reason.clone()),
    ))
}

fn stressed(
    job: &Job,
    ask: &Ask,
) -> Result<(stress::Question, std::sync::Arc<plimsoll_measures::kernels::stress::Stage>), Problem> {
    let question = stress::Question::read(job, ask, true)?;
    let stage = question.stage(job)?;
    Ok((question, stage))
}

fn stress_issuers(job: &Job, ask: &Ask, _: &str) -> Result<Answer, Problem> {
    let (q, stage) = stressed(job, ask)?;
    let scenario = q.scenario();
    let shares = stage.shares(&stage.first(&scenario), usize::MAX, |_| true);
    let short_rate: Vec<f64> = scenario.short(&stage.conditions).to_vec();
    Ok(Answer::Table(
        Table::new("stress-issuers", q.as_of, stress::casualties(&stage, &scenario))
            .about("universe", q.universe.clone())
            .about("issuers", shares.issuers)
            .about("failing", shares.failing)
            .about("share_of_issuers", shares.share())
            .about("share_of_debt", shares.debt_share)
            .about("policy_rate", short_rate)
            .about("unit_of_policy_rate", Unit::Fraction.name())
            .about("left_out", stage.roll.absent.len()),
    ))
}

fn stress_frontier(job: &Job, ask: &Ask, _: &str) -> Result<Answer, Problem> {
    let (q, stage) = stressed(job, ask)?;
    let place = stage.place();
    Ok(Answer::Table(
        Table::new("stress-frontier", q.as_of, stress::frontier(&stage, &q.scenario()))
            .about("universe", q.universe.clone())
            .about("issuers", stage.terms.len())
            .about("priced_first_quarter", place.first.map(|f| f + 1))
            .about("priced_total_bp", 1e4 * place.total),
    ))
}

fn search(job: &Job, ask: &Ask, _: &str) -> Result<Answer, Problem> {
    let as_of = ask.as_of(&job.version, true)?;
    let directory = issuers::Directory::read(job, as_of)?;
    table("issuers", as_of, issuers::sheet(&directory.search(issuers::wanted(ask)?)))
}

fn issuer(job: &Job, ask: &Ask, name: &str) -> Result<Answer, Problem> {
    ask.as_of(&job.version, true)?;
    let (as_of, profile) = issuers::profile(job, ask, name)?;
    let sheet = crate::commands::issuer::sheet(&profile);
    Ok(Answer::Table(
        Table::new("issuer", as_of, sheet)
            .about("issuer", profile.id.clone())
            .about("name", profile.name.clone())
            .about("symbol", profile.symbol.clone())
            .about("industry", profile.industry.clone())
            .about("finding", crate::issuer::page::finding(&profile)),
    ))
}

fn strategies(job: &Job, _: &Ask, _: &str) -> Result<Answer, Problem> {
    Ok(Answer::Table(Table { as_of: None, ..Table::new("signals", "", signals::sheet(job)?) }))
}

fn signal(job: &Job, ask: &Ask, name: &str) -> Result<Answer, Problem> {
    let as_of = ask.as_of(&job.version, true)?;
    let which = match ask.word("table", "figures", TABLES)? {
        "days" => Tables::Days,
        "months" => Tables::Months,
        "years" => Tables::Years,
        "drawdowns" => Tables::Drawdowns,
        _ => Tables::Figures,
    };
    let tested = signals::tested(job, as_of, name)?;
    Ok(Answer::Table(
        Table::new("signal", as_of, tested.table(which))
            .about("strategy", name)
            .about("title", tested.strategy.title.clone())
            .about("terms", tested.terms()),
    ))
}

fn status(job: &Job, ask: &Ask, _: &str) -> Result<Answer, Problem> {
    let as_of = ask.as_of(&job.version, true)?;
    table("status", as_of, data::sheet(job, as_of)?)
}
