//! Rates: the path that futures price, and what changed between two days.

use std::collections::BTreeMap;

use maud::html;
use plimsoll_measures::replay::{Asked, at};
use plimsoll_measures::{Fact, Params, find};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use plimsoll_report::format;
use plimsoll_report::model::{Chart, Dash, Plot, Rule, Series, TimeMarks, Tone, Weight};
use plimsoll_report::parts;

use super::{Card, Page, dated, words};
use crate::serve::ask::Ask;
use crate::serve::problem::Problem;
use crate::serve::shell::escape;
use crate::serve::table;
use crate::serve::world::Job;
use crate::sheet::Sheet;

/// Sessions before the day, where no other day is given: a month.
const MONTH: usize = 21;

/// The path as known at a moment.
#[derive(Default)]
pub struct Path {
    /// The effective rate, per cent a year.
    pub now: Option<f64>,
    /// The last session of the prices.
    pub session: Option<Day>,
    /// Expected rate after each meeting, per cent a year.
    pub meetings: BTreeMap<Day, f64>,
    /// Cuts priced by the end of the year that the day lies in, or of the next in its last quarter.
    pub cuts: Option<f64>,
    /// That year.
    pub year: i16,
    /// Why there is none.
    pub reason: Option<String>,
}

/// The session and the value, the evidence, and why there is no value.
type Answered = (Option<(Day, Option<f64>)>, Vec<Fact>, Option<String>);

fn ask_one(job: &Job, as_of: AsOf, name: &str, with: &[(&str, &str)]) -> Result<Answered, Problem> {
    let measure = find(name).map_err(Problem::internal)?;
    let given = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let params = Params::resolve(measure.spec(), &given, &job.world.thesis.scope).map_err(Problem::internal)?;
    let asked = Asked { measure, params };
    let knowledge = job.knowledge(as_of)?;
    let (cut, found) = at(&knowledge, &asked).map_err(|e| job.told(e))?;
    job.check()?;
    match found {
        Ok((day, point)) => {
            let facts = cut.last().map(|t| measure.evidence(&cut, &asked.params, t)).unwrap_or_default();
            let why = point.value.err().map(|e| e.to_string());
            Ok((Some((day, point.value.ok())), facts, why))
        }
        Err(why) => Ok((None, Vec::new(), Some(why.to_string()))),
    }
}

/// The path at a moment; `by` is the year whose end cuts are counted by.
pub fn path(job: &Job, as_of: AsOf, by: i16) -> Result<std::sync::Arc<Path>, Problem> {
    job.prepared(
        &format!("path|{as_of}|{by}"),
        |_| 8192,
        || {
            let (value, facts, reason) = ask_one(job, as_of, "policy_path", &[])?;
            let (cuts, ..) = ask_one(job, as_of, "cuts_priced", &[("by", &format!("{by}-12-31"))])?;
            let meetings = facts.iter().filter(|f| f.label == "expected rate").filter_map(|f| Some((f.day?, f.value?))).collect();
            let now = facts.iter().find(|f| f.label == "effective rate").and_then(|f| f.value);
            Ok(Path { now, session: value.map(|v| v.0), meetings, cuts: cuts.and_then(|c| c.1), year: by, reason })
        },
    )
}

/// The two moments of the question, and the year whose end counts.
pub fn moments(job: &Job, ask: &Ask, required: bool) -> Result<(AsOf, AsOf, i16), Problem> {
    let as_of = ask.as_of(&job.version, required)?;
    let calendar = Calendar::nyse();
    let since = match ask.day("since")? {
        Some(since) if since >= as_of.day() => {
            return Err(Problem::bad(format!("`since` {since} does not lie before `as_of` {as_of}.")));
        }
        Some(since) if since < job.version.span.0 => {
            return Err(Problem::missing(format!(
                "Nothing is known as of {since}: what this store holds begins on {}.",
                job.version.span.0
            )));
        }
        Some(since) => since,
        None => calendar.back(calendar.on_or_before(as_of.day()), MONTH),
    };
    Ok((as_of, AsOf::end_of(since), crate::edition::year_of(as_of.day())))
}

/// Meeting by meeting: the rate expected then and now, and the change in basis points.
pub fn repricing(then: &Path, now: &Path) -> Sheet {
    let all: Vec<Day> =
        now.meetings.keys().chain(then.meetings.keys()).copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let of = |p: &Path, d: &Day| p.meetings.get(d).copied();
    let change = |d: &Day| Some(100.0 * (of(now, d)? - of(then, d)?));
    Sheet::default()
        .day("meeting", all.iter().map(|d| Some(*d)))
        .number("expected rate then", Unit::PercentPerYear, all.iter().map(|d| of(then, d)))
        .number("expected rate now", Unit::PercentPerYear, all.iter().map(|d| of(now, d)))
        .number("change", Unit::BasisPoints, all.iter().map(change))
}

fn steps(name: &str, p: &Path, tone: Tone) -> Option<Series> {
    let mut points: Vec<(Day, f64)> = p.meetings.iter().map(|(d, v)| (*d, *v)).collect();
    if let (Some(now), Some(day)) = (p.now, p.session) {
        points.insert(0, (day, now));
    }
    let last = *points.last().filter(|_| points.len() > 1)?;
    points.push((last.0.plus(45), last.1));
    let (days, values) = points.into_iter().unzip();
    Some(Series::new(name, tone, days, values))
}

/// The page.
pub fn page(job: &Job, ask: &Ask, _: &str) -> Result<Page, Problem> {
    let (as_of, since, year) = moments(job, ask, false)?;
    let (now, then) = (path(job, as_of, year)?, path(job, since, year)?);
    let sheet = repricing(&then, &now);
    let last_common = now.meetings.keys().rev().find(|d| then.meetings.contains_key(*d));
    let moved = last_common.map(|d| 100.0 * (now.meetings[d] - then.meetings[d]));
    let finding = match (now.cuts, then.cuts, moved, last_common) {
        (Some(a), Some(b), Some(m), Some(d)) => format!(
            "Futures price {a:.1} cuts by the end of {year}, {b:.1} on {}; the rate expected after the meeting of {d} moved by {}.",
            since.day(),
            format::signed(Unit::BasisPoints, Some(m))
        ),
        (Some(a), ..) => format!("Futures price {a:.1} cuts by the end of {year}."),
        _ => "The path of the policy rate is not known on this day.".to_owned(),
    };
    let series: Vec<Series> = [
        steps(&format!("as of {}", since.day()), &then, Tone::Context).map(|s| s.dash(Dash::Dashed)),
        steps(&format!("as of {}", as_of.day()), &now, Tone::Rest).map(|s| s.weight(Weight::Heavy)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let chart = if series.is_empty() {
        Chart::absent("path", "The path that futures price", now.reason.as_deref().unwrap_or("no futures are known"))
    } else {
        let rules = now.meetings.keys().map(|d| Rule { day: *d, label: String::new() }).collect();
        let time = TimeMarks { rules, rules_name: "FOMC meetings".into(), ..TimeMarks::default() };
        let plot = Plot::Steps {
            unit: Unit::PercentPerYear,
            series,
            days: Vec::new(),
            bands: Vec::new(),
            dots: Vec::new(),
            dots_name: String::new(),
            time,
        };
        Chart::new("path", "What futures price, then and now", plot)
            .subtitle("Effective federal funds rate after each meeting, as priced on two days")
            .foot("Source: 30-day fed funds futures, FOMC calendar")
    };
    let at = escape(&as_of.to_string());
    let number = |v: Option<f64>, unit: Unit| format::number(unit, v);
    let body = html! {
        h1 { "Rates" }
        form.choose action="/rates" method="get" {
            div { label for="f-as-of" { "As of" } input #f-as-of type="date" name="as_of" value=(as_of.day()) required="" max=(job.version.today); }
            div { label for="f-since" { "Compared with" } input #f-since type="date" name="since" value=(since.day()) max=(as_of.day()); }
            div { button.primary type="submit" { "Compare" } }
        }
        p.say { (finding) }
        dl.big {
            div { dt { "Effective rate" } dd { (number(now.now, Unit::PercentPerYear)) } }
            div { dt { "Cuts priced by the end of " (year) } dd { (now.cuts.map_or_else(|| format::MISSING.to_owned(), |c| format!("{c:.1}"))) } }
            div { dt { "The same on " (since.day()) } dd { (then.cuts.map_or_else(|| format::MISSING.to_owned(), |c| format!("{c:.1}"))) } }
            div { dt { "Change after the last common meeting" } dd { (format::signed(Unit::BasisPoints, moved)) } }
        }
        (parts::chart(&chart))
        section id="repricing" {
            header { h2 { "Meeting by meeting" } p.finding { "Expected rate after each meeting, as known at the end of either day." } }
            @if sheet.rows() == 0 {
                div.empty { p { "No meeting is priced: " (now.reason.as_deref().unwrap_or("neither futures nor meetings are known")) "." } }
            } @else { (table::markup(&sheet, "Repricing by meeting", |_, _| None)) }
            (table::downloads("/api/v1/rates/repricing", &format!("as_of={at}&since={}", since.day()), &format!("plimsoll measure policy_path --as-of {as_of}")))
        }
        section.flow id="more" {
            header { h2 { "Look further" } }
            p { a href={ "/measures/cuts_priced?as_of=" (at) "&with.by=" (year) "-12-31" } { "Cuts priced through time" } }
            p { a href={ "/measures/policy_sensitivity?as_of=" (at) } { "How small caps answer the path" } }
            p { a href={ "/measures/yield_change_from_extreme?as_of=" (at) } { "The ten-year yield from its extreme" } }
            p { a href={ "/report?as_of=" (at) "#section-rates" } { "The section on rates in the report" } }
        }
    };
    let mut shell = dated(job, ask, as_of, ("/rates", "/rates"), "Rates");
    shell.description.clone_from(&finding);
    let drawn = matches!(chart.plot, Plot::Steps { .. });
    let card = if drawn { Card::Chart(Box::new(chart)) } else { words("Rates", &finding, as_of) };
    Ok(Page { shell, body, card })
}
