//! Measures: any measure with any parameters over any span, as chart and table, to download and to make again.

use std::sync::Arc;

use maud::{Markup, html};
use plimsoll_measures::catalogue::kind;
use plimsoll_measures::replay::{Asked, replay};
use plimsoll_measures::spec::ParamKind;
use plimsoll_measures::{Fact, Measure, Params, Point, Spec, Topic, find, registry};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_report::format;
use plimsoll_report::model::{Chart, Plot, Series, TimeMarks, Tone, Weight};
use plimsoll_report::parts;

use super::{Card, Page, dated, words};
use crate::serve::ask::{Ask, short};
use crate::serve::problem::Problem;
use crate::serve::shell::{Shell, escape};
use crate::serve::table;
use crate::serve::work::Lane;
use crate::serve::world::Job;
use crate::sheet::Sheet;

/// The topics in the order of the argument.
pub const TOPICS: [Topic; 6] = [Topic::Masking, Topic::Momentum, Topic::Rates, Topic::Debt, Topic::Credit, Topic::Signals];
/// Sessions of history where no first day is given.
const YEAR: usize = 252;
/// Sessions of history that may be asked for at most: some thirty years.
const MOST: usize = 7_600;
/// Rows of a page of the table.
const ROWS: usize = 60;

/// A measure's history.
pub struct Found {
    /// What was asked.
    pub asked: Asked,
    /// Every session's point, as known then.
    pub points: Vec<(Day, Point)>,
    /// What stands beside the last.
    pub evidence: Vec<Fact>,
}

/// What is asked of which measure, from when.
pub struct Question {
    /// The measure with its parameters.
    pub asked: Asked,
    /// The moment.
    pub as_of: AsOf,
    /// The first session.
    pub from: Day,
}

/// A measure by name.
pub fn measure(name: &str) -> Result<&'static dyn Measure, Problem> {
    find(name).map_err(|e| {
        let problem = Problem::missing(format!("No measure is called `{}`.", short(name)));
        match e.suggest {
            Some(near) => problem.hint(format!("Did you mean `{near}`?")),
            None => problem.hint("`/measures` lists them all."),
        }
    })
}

impl Question {
    /// Reads it; without `from` it is about a year, or about the last session alone.
    pub fn read(job: &Job, ask: &Ask, name: &str, history: bool) -> Result<Question, Problem> {
        let measure = measure(name)?;
        let params = Params::resolve(measure.spec(), &ask.with, &job.world.thesis.scope).map_err(|e| {
            let text = e.to_string();
            Problem::bad(if text.ends_with(['.', '?']) { text } else { text + "." })
                .hint(format!("`/method/{name}` shows its parameters."))
        })?;
        let required = false;
        let as_of = ask.as_of(&job.version, required)?;
        let calendar = Calendar::nyse();
        let last = calendar.on_or_before(as_of.day());
        let from = match ask.day("from")? {
            Some(from) if from > as_of.day() => return Err(Problem::bad(format!("`from` {from} lies after `as_of` {as_of}."))),
            Some(from) if from < job.version.span.0 => {
                return Err(Problem::missing(format!(
                    "Nothing is known of {from}: what this store holds begins on {}.",
                    job.version.span.0
                )));
            }
            Some(from) => from,
            None if history => calendar.back(last, YEAR).max(job.version.span.0),
            None => last,
        };
        if calendar.between(from, last).len() > MOST {
            return Err(Problem::bad(format!("The span from {from} is too long: at most {MOST} sessions can be asked for.")));
        }
        Ok(Question { asked: Asked { measure, params }, as_of, from })
    }
    fn key(&self) -> String {
        format!("history|{:?}|{}|{}", self.asked, self.from, self.as_of)
    }
    /// The history, prepared once.
    pub fn answer(&self, job: &Job) -> Result<Arc<Found>, Problem> {
        job.prepared(
            &self.key(),
            |f: &Found| 64 * f.points.len() + 256 * f.evidence.len() + 1024,
            || {
                let knowledge = job.knowledge(self.as_of)?;
                let mut replayed = replay(&knowledge, std::slice::from_ref(&self.asked), self.from).map_err(|e| job.told(e))?;
                let cut = &replayed.cut;
                let evidence = cut.last().map(|t| self.asked.measure.evidence(cut, &self.asked.params, t));
                let name = self.asked.measure.spec().name;
                let found = replayed.histories.remove(0);
                let points =
                    found.map_err(|e| if job.cancelled() { job.told(e) } else { Problem::missing(format!("{name}: {e}.")) })?;
                let evidence = if points.is_empty() { Vec::new() } else { evidence.unwrap_or_default() };
                Ok(Found { asked: self.asked.clone(), points, evidence })
            },
        )
    }
    /// The command line that gives the same.
    pub fn command(&self) -> String {
        let mut line =
            format!("plimsoll measure {} --from {} --to {}", self.asked.measure.spec().name, self.from, self.as_of.day());
        for (k, v) in self.asked.params.values() {
            line.push_str(&format!(" --with {k}={v}"));
        }
        line
    }
}

/// A history as a table: what `plimsoll measure` prints.
pub fn sheet(spec: &Spec, points: &[(Day, Point)]) -> Sheet {
    Sheet::default()
        .day("day", points.iter().map(|p| Some(p.0)))
        .number(spec.name, spec.unit, points.iter().map(|p| p.1.value.ok()))
        .int("n_obs", points.iter().map(|p| Some(i64::from(p.1.n_obs))))
        .text("flags", points.iter().map(|p| p.1.flags.names().join(" ")))
        .text("missing", points.iter().map(|p| p.1.value.err().map(|e| e.to_string()).unwrap_or_default()))
}

/// Quick where the history is at hand.
pub fn lane(job: &Job, ask: &Ask, name: &str) -> Lane {
    let ready = Question::read(job, ask, name, true).map_or(true, |q| job.ready(&q.key()));
    if ready && ask.get("card") != Some("png") { Lane::Quick } else { Lane::Heavy }
}

/// The list of all measures.
pub fn index(job: &Job, ask: &Ask, _: &str) -> Result<Page, Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    let at = escape(&as_of.to_string());
    let body = html! {
        h1 { "Measures" }
        p.lede { (registry().len()) " measures. Each is a function from what was known to a number with a unit; choose one to see it over any span, for any universe and group." }
        @for topic in TOPICS {
            section id={ "topic-" (topic.title().to_lowercase()) } {
                header { h2 { (topic.title()) } }
                ul.list {
                    @for spec in registry().iter().map(|m| m.spec()).filter(|s| s.topic == topic) {
                        li { a href={ "/measures/" (spec.name) "?as_of=" (at) } { (spec.title) } small { (spec.summary) } }
                    }
                }
            }
        }
    };
    let mut shell = dated(job, ask, as_of, ("/measures", "/measures"), "Measures");
    shell.title = "Measures".into();
    let sentence = "Masking, momentum, rates, debt, credit and signals, as known on any day.";
    shell.description = sentence.into();
    Ok(Page { shell, body, card: words("Measures", sentence, as_of) })
}

/// The days shown: all, or those of `view=DAY..DAY`.
fn view(ask: &Ask, found: &Found) -> Result<Option<(Day, Day)>, Problem> {
    let (Some(first), Some(last)) = (found.points.first(), found.points.last()) else { return Ok(None) };
    let Some(text) = ask.get("view") else { return Ok(Some((first.0, last.0))) };
    let wrong = || Problem::bad(format!("`view`: expected two days as 2023-01-03..2023-06-30, got `{}`.", short(text)));
    let (a, b) = text.split_once("..").ok_or_else(wrong)?;
    let (a, b): (Day, Day) = (a.parse().map_err(|_| wrong())?, b.parse().map_err(|_| wrong())?);
    if a > b { Err(wrong()) } else { Ok(Some((a.max(first.0).min(last.0), b.min(last.0).max(first.0)))) }
}

/// The page of one measure.
pub fn page(job: &Job, ask: &Ask, name: &str) -> Result<Page, Problem> {
    let question = Question::read(job, ask, name, true)?;
    let spec = question.asked.measure.spec();
    let path = format!("/measures/{}", escape(name));
    let as_of = question.as_of;
    let mut shell = Shell { scripts: &["chart.js"], ..dated(job, ask, as_of, ("/measures", &path), spec.title) };
    shell.description = spec.summary.to_owned();
    let head = html! {
        h1 { (spec.title) }
        p.lede { (spec.summary) " " a href={ "/method/" (spec.name) "?as_of=" (escape(&as_of.to_string())) } { "Definition" } }
        (form(job, &question, ask, &path))
    };
    let found = match question.answer(job) {
        Ok(found) if !found.points.is_empty() => found,
        other => {
            let problem = other
                .err()
                .unwrap_or_else(|| Problem::missing(format!("No session between {} and {as_of} is known.", question.from)));
            if problem.status != 404 {
                return Err(problem);
            }
            let body = html! {
                (head)
                div.empty {
                    p { b { "No figure. " } (problem.detail) }
                    p { (problem.hint.as_deref().unwrap_or("Choose another day, span or parameter; the data page shows what the store holds.")) }
                }
            };
            return Ok(Page { shell, body, card: words(spec.title, &problem.detail, as_of) });
        }
    };
    let span = view(ask, &found)?.unwrap_or((question.from, as_of.day()));
    let shown: Vec<&(Day, Point)> = found.points.iter().filter(|p| p.0 >= span.0 && p.0 <= span.1).collect();
    let (days, values) = shown.iter().map(|p| (p.0, p.1.value.unwrap_or(f64::NAN))).unzip();
    let last = found.points.last();
    let value = format::number(spec.unit, last.and_then(|l| l.1.value.ok()));
    let title = format!("{}: {value} on {}", spec.title, last.map_or(as_of.day(), |l| l.0));
    let chart = if shown.iter().filter(|p| p.1.value.is_ok()).count() < 2 {
        let why =
            shown.iter().find_map(|p| p.1.value.err()).map_or_else(|| "too few sessions to draw".to_owned(), |e| e.to_string());
        Chart::absent("measure", &title, &why)
    } else {
        let series = Series::new(spec.name, Tone::Rest, days, values).weight(Weight::Heavy);
        let plot = Plot::Lines {
            unit: spec.unit,
            series: vec![series],
            levels: Vec::new(),
            extremes: Vec::new(),
            time: TimeMarks::default(),
        };
        Chart::new("measure", &title, plot)
    };
    let chart = chart
        .subtitle(&format!("{}, each session as known then", format::unit_words(spec.unit)))
        .foot(&format!("{} to {}, as known on {as_of}", span.0, span.1));
    // The latest sessions first: nobody leafs through two years to find today.
    let latest: Vec<(Day, Point)> = found.points.iter().rev().copied().collect();
    let sheet = sheet(spec, &latest);
    let (rows, pager) = table::paged(&sheet, ask, ROWS)?;
    let query = api_query(&question);
    let body = html! {
        (head)
        dl.big {
            div { dt { "Last session, " (last.map_or(as_of.day(), |l| l.0)) } dd { (value) } }
            @if let Some((_, p)) = last { div { dt { "n" } dd { (format::count(u64::from(p.n_obs))) } } }
        }
        @if let Some(why) = last.and_then(|l| l.1.value.err()) { div.empty { p { "No value on the last session: " (why) "." } } }
        @if let Some((_, p)) = last { @for f in p.flags.names() { p.small { "\u{2691} " (f.replace('_', " ")) } } }
        (zoom(&chart, &found, span))
        (table::downloads(&format!("/api/v1/measures/{}", spec.name), &query, &question.command()))
        @if !found.evidence.is_empty() {
            section id="evidence" {
                header { h2 { "What stands behind the last value" } }
                (evidence(&found.evidence))
            }
        }
        section id="table" {
            header { h2 { "Table" } }
            (table::markup(&rows, "The measure by session", |_, _| None))
            (pager)
        }
    };
    let drawn = matches!(chart.plot, Plot::Lines { .. });
    let card = if drawn { Card::Chart(Box::new(chart)) } else { words(spec.title, spec.summary, as_of) };
    Ok(Page { shell, body, card })
}

/// The query of the same history at the API.
fn api_query(q: &Question) -> String {
    let with: String = q.asked.params.values().iter().map(|(k, v)| format!("&with.{}={}", escape(k), escape(v))).collect();
    format!("as_of={}&from={}{with}", escape(&q.as_of.to_string()), q.from)
}

fn zoom(chart: &Chart, found: &Found, span: (Day, Day)) -> Markup {
    let whole = (found.points[0].0, found.points[found.points.len() - 1].0);
    html! {
        div.zoom data-first=(whole.0) data-last=(whole.1) data-from=(span.0) data-to=(span.1) {
            div.lens hidden="" {}
            div.picture { (parts::chart(chart)) }
        }
        div.zoomers role="group" aria-label="Zoom" {
            button type="button" data-act="in" { "Zoom in" }
            button type="button" data-act="out" { "Zoom out" }
            button type="button" data-act="back" { "Earlier" }
            button type="button" data-act="on" { "Later" }
            button type="button" data-act="all" { "All" }
        }
    }
}

/// Facts as a list of terms.
pub fn evidence(facts: &[Fact]) -> Markup {
    html! {
        dl.evidence {
            @for f in facts.iter().take(80) {
                dt { (f.label) @if let Some(d) = f.day { ", " (d) } }
                dd { (format::number(f.unit, f.value)) @if !f.note.is_empty() { " (" (f.note) ")" } }
            }
        }
    }
}

fn form(job: &Job, q: &Question, ask: &Ask, path: &str) -> Markup {
    let spec = q.asked.measure.spec();
    let scope = &job.world.thesis.scope;
    html! {
        form.choose action=(path) method="get" {
            div { label for="f-as-of" { "As of" } input #f-as-of type="date" name="as_of" value=(q.as_of.day()) required="" max=(job.version.today); }
            div { label for="f-from" { "From" } input #f-from type="date" name="from" value=(q.from) max=(job.version.today); }
            @for p in spec.params {
                @let id = format!("f-{}", p.name);
                @let given = ask.with.get(p.name).map(String::as_str).unwrap_or_default();
                div {
                    label for=(id) { (p.name.replace('_', " ")) }
                    @match p.kind {
                        ParamKind::Choice(choices) => {
                            select id=(id) name={ "with." (p.name) } {
                                option value="" selected[given.is_empty()] { "default: " (p.default) }
                                @for w in choices { option value=(w) selected[given == *w] { (w) } }
                            }
                        },
                        ParamKind::Universe => {
                            input id=(id) name={ "with." (p.name) } value=(given) placeholder=(p.default) list="universes" maxlength="200";
                        },
                        ParamKind::Group => {
                            input id=(id) name={ "with." (p.name) } value=(given) placeholder=(if p.default.is_empty() { "mega" } else { p.default }) list="groups" maxlength="1000";
                        },
                        _ => input id=(id) name={ "with." (p.name) } value=(given) placeholder=(p.default) maxlength="1000";,
                    }
                    small { (p.doc) " (" (kind(p.kind).replace('`', "")) ")" }
                }
            }
            div { button.primary type="submit" { "Show" } }
            datalist id="universes" {
                @for (alias, of) in &scope.universes { option value=(alias) { (of) } }
                option value="top:500" { "the 500 largest" }
                option value="rank:1001-3000" { "by rank of capitalisation" }
            }
            datalist id="groups" { @for alias in scope.groups.keys() { option value=(alias) {} } }
        }
    }
}
