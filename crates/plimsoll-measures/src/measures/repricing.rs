//! What changed between two days in what fed funds futures price.

use std::collections::BTreeSet;
use std::ops::Range;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::{Cut, Event};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;

use super::cuts_priced::{BY, by};
use crate::kernels::fed_funds::{self, Conventions, Market, Snapshot};
use crate::kernels::policy_path::month_of;
use crate::kernels::series::start_of;
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Change in the rate priced for a date, in cuts.
pub struct Repricing;

/// How many sessions of the largest changes the evidence names.
const LARGEST: usize = 5;

static SPEC: Spec = Spec {
    name: "repricing",
    title: "Repricing of the policy path",
    topic: Topic::Rates,
    unit: Unit::Number,
    summary: "By how many cuts of 25 bp the rate priced for a date moved since a day; positive where more cuts are priced.",
    definition: "-(r_1 - r_0) / step, with r_0 and r_1 the effective rate expected on the date at the start and at the end (`policy_path`). \
                 The difference is the change of what is priced, not of what is still to come: a cut that was priced and came changes \
                 nothing. Evidence splits it exactly: the rate reached before the next meeting against the rate that was priced for then \
                 (meetings held meanwhile), the change at each meeting still to come, and what lies beyond the meetings both days knew; \
                 then the sessions with the largest moves, and the meetings, decisions and releases in between. n is the number of \
                 sessions.",
    params: fed_funds::and_conventions![
        ParamSpec::new("since", ParamKind::Window, "21", "since when: sessions, or `since:DAY`"),
        BY,
        ParamSpec::new(
            "releases",
            ParamKind::Calendars,
            "cpi,employment",
            "calendars whose events the evidence names beside those of the FOMC",
        ),
    ],
    inputs: fed_funds::INPUTS,
    missing: fed_funds::MISSING,
    point_in_time: "Each of the two days is priced as known by its own end; see `policy_path`.",
    references: &[fed_funds::FEDWATCH],
    verified: "testsuite/tests/real_fedwatch.rs",
};

/// Both ends of a repricing.
struct Ends {
    then: Snapshot,
    now: Snapshot,
    by: Day,
}

impl Ends {
    fn of(market: &Market, params: &Params, today: Day) -> Result<Ends, Missing> {
        let start = start_of(params.window("since"), today)?;
        let by = by(params, today);
        if by < today {
            return Err(Missing::Undefined);
        }
        let conventions = Conventions::of(params);
        let mut ends = Ends { then: Snapshot::default(), now: Snapshot::default(), by };
        market.price(start, month_of(by), &conventions, &mut ends.then);
        market.price(today, month_of(by), &conventions, &mut ends.now);
        Ok(ends)
    }
    fn change(&self) -> Result<(f64, Flags), Missing> {
        let (a, b) = (self.then.expected(self.by), self.now.expected(self.by));
        let ((a, before), (b, after)) = (a.ok_or(Missing::Unpriced)?, b.ok_or(Missing::Unpriced)?);
        Ok((b - a, before.and(after)))
    }
}

impl Measure for Repricing {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        let back = start_of(params.window("since"), Calendar::nyse().on_or_before(from)).unwrap_or(from);
        params.text("releases").split(',').fold(fed_funds::needs(from, back), |needs, calendar| needs.events(calendar))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let market = Market::of(cut);
        let value = |today: Day| -> Result<Point, Missing> {
            let ends = Ends::of(&market, params, today)?;
            let (change, flags) = ends.change()?;
            let sessions = Calendar::nyse().between(ends.then.today.plus(1), today).len();
            Ok(Point::of(-change / params.float("step"), sessions).flagged(flags))
        };
        Ok(days.map(|t| value(cut.sessions[t]).unwrap_or_else(Point::missing)).collect())
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let market = Market::of(cut);
        let today = cut.sessions[day];
        let Ok(ends) = Ends::of(&market, params, today) else { return Vec::new() };
        let Ok((change, _)) = ends.change() else { return Vec::new() };
        let in_cuts = |rate: f64| -rate / params.float("step");
        let mut facts = Vec::new();
        for (label, at) in [("expected rate then", &ends.then), ("expected rate now", &ends.now)] {
            if let Some((rate, _)) = at.expected(ends.by) {
                facts.push(Fact::new(label, rate, Unit::PercentPerYear).on(ends.by).note(format!("priced on {}", at.today)));
            }
        }
        facts.extend(split(&ends, change, in_cuts));
        facts.extend(largest(&market, params, &ends, in_cuts));
        facts.extend(between(cut, params.text("releases"), ends.then.today, today));
        facts
    }
}

/// The change by meeting: its parts add up to it.
fn split(ends: &Ends, change: f64, in_cuts: impl Fn(f64) -> f64) -> Vec<Fact> {
    let (mut facts, mut rest) = (Vec::new(), change);
    let upcoming: Vec<_> = ends.now.path.steps.iter().filter(|s| s.day <= ends.by).collect();
    let before_next = upcoming.first().and_then(|s| ends.then.expected(s.day.plus(-1)));
    if let (Some(base), Some((priced, _))) = (ends.now.base, before_next) {
        rest -= base - priced;
        let note = "the rate before the next meeting, against what was priced for it";
        facts.push(Fact::new("meetings held meanwhile", in_cuts(base - priced), Unit::Number).note(note));
    }
    for step in upcoming {
        let was = ends.then.path.steps.iter().find(|s| s.day == step.day).and_then(|s| s.change());
        if let (Some(was), Some(is)) = (was, step.change()) {
            rest -= is - was;
            let note = format!("{:+.1} bp priced then, {:+.1} bp now", 100.0 * was, 100.0 * is);
            facts.push(Fact::new("at the meeting", in_cuts(is - was), Unit::Number).on(step.day).note(note));
        }
    }
    facts.push(Fact::new("beyond the meetings both days knew", in_cuts(rest), Unit::Number).on(ends.by));
    facts
}

/// The sessions with the largest moves.
fn largest(market: &Market, params: &Params, ends: &Ends, in_cuts: impl Fn(f64) -> f64) -> Vec<Fact> {
    let conventions = Conventions::of(params);
    let mut snapshot = Snapshot::default();
    let mut last = ends.then.expected(ends.by).map(|r| r.0);
    let mut moves: Vec<(Day, f64)> = Vec::new();
    for &session in Calendar::nyse().between(ends.then.today.plus(1), ends.now.today) {
        market.price(session, month_of(ends.by), &conventions, &mut snapshot);
        let rate = snapshot.expected(ends.by).map(|r| r.0);
        if let (Some(a), Some(b)) = (last, rate) {
            moves.push((session, b - a));
        }
        last = rate.or(last);
    }
    moves.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    moves.truncate(LARGEST);
    moves.into_iter().map(|(day, m)| Fact::new("session", in_cuts(m), Unit::Number).on(day).note("largest moves")).collect()
}

/// Meetings, decisions and releases after `from` up to `today`, as known by its end.
fn between(cut: &Cut, releases: &str, from: Day, today: Day) -> Vec<Fact> {
    let moment = AsOf::end_of(today).moment();
    let fomc = [fed_funds::MEETINGS, fed_funds::DECISIONS];
    let calendars: BTreeSet<&str> = fomc.into_iter().chain(releases.split(',')).collect();
    let events = calendars.iter().flat_map(|c| cut.events.get(*c).into_iter().flatten().map(move |e| (*c, e)));
    let mut events: Vec<_> = events.filter(|(_, e)| e.day > from && e.day <= today && e.known_at <= moment).collect();
    events.sort_by(|(c, a), (d, b)| (a.day, c, &a.kind, &b.note).cmp(&(b.day, d, &b.kind, &a.note)));
    // Two sources may tell of one event; the longer word stands.
    events.dedup_by(|(c, a), (d, b)| (a.day, *c, &a.kind) == (b.day, *d, &b.kind));
    // Of a release that came out, that it was scheduled is no news.
    let came = |e: &Event| !["scheduled", "cancelled"].contains(&e.kind.as_str());
    let out: BTreeSet<(&str, Day)> = events.iter().filter(|(_, e)| came(e)).map(|(c, e)| (*c, e.day)).collect();
    events.retain(|(c, e)| fomc.contains(c) || e.kind != "scheduled" || !out.contains(&(*c, e.day)));
    let fact = |(calendar, e): &(&str, &Event)| {
        let unit = if e.kind == "decision" { Unit::BasisPoints } else { Unit::Number };
        let what = if fomc.contains(calendar) { e.kind.clone() } else { format!("{calendar} {}", e.kind) };
        Fact::new(format!("event: {what}"), e.value, unit).on(e.day).note(e.note.clone())
    };
    events.iter().map(fact).collect()
}
