//! The policy rate that fed funds futures price for a day.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::policy_path::{at, in_terms, now, priced};
use crate::kernels::fed_funds::{self, Snapshot, months_later};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Expected rate on a day or some months ahead.
pub struct PolicyRateExpected;

/// Expected rate twelve months ahead.
pub struct Path12m;

/// Priced rate minus the target now.
pub struct DistanceFromTarget;

const DEFINITION: &str = "The rate of `policy_path` on the day: after the last meeting that has taken effect by then. For a day after the month of the last \
     meeting announced, the contracts' implied rates between the middles of their months (flagged). n is the number of contracts priced.";
const ON: ParamSpec =
    ParamSpec::new("on", ParamKind::Day(&["ahead"]), "ahead", "the day, or so many months ahead of the session");
const MONTHS: ParamSpec = ParamSpec::new("months", ParamKind::Int(0, 59), "12", "months ahead, where no day is given");

static SPEC: Spec = Spec {
    name: "policy_rate_expected",
    title: "Policy rate expected by fed funds futures",
    topic: Topic::Rates,
    unit: Unit::PercentPerYear,
    summary: "The effective rate priced for a day, or for so many months ahead.",
    definition: DEFINITION,
    params: fed_funds::and_conventions![
        ON,
        MONTHS,
        ParamSpec::new(
            "terms",
            ParamKind::Choice(&["effective", "target"]),
            "effective",
            "the effective rate, or the middle of the target range that lies as far from today's",
        ),
    ],
    inputs: fed_funds::INPUTS,
    missing: fed_funds::MISSING,
    point_in_time: fed_funds::POINT_IN_TIME,
    references: &[fed_funds::FEDWATCH],
    verified: "testsuite/tests/real_fedwatch.rs",
};

static TWELVE: Spec = Spec {
    name: "path_12m",
    title: "Policy rate expected twelve months ahead",
    topic: Topic::Rates,
    unit: Unit::PercentPerYear,
    summary: "The effective rate that fed funds futures price for twelve months after the session.",
    definition: DEFINITION,
    params: fed_funds::and_conventions![],
    inputs: fed_funds::INPUTS,
    missing: fed_funds::MISSING,
    point_in_time: fed_funds::POINT_IN_TIME,
    references: &[fed_funds::FEDWATCH],
    verified: "testsuite/tests/real_fedwatch.rs",
};

static DISTANCE: Spec = Spec {
    name: "distance_from_target",
    title: "Priced rate minus the target",
    topic: Topic::Rates,
    unit: Unit::BasisPoints,
    summary: "How far the rate priced for a day lies from the Federal Reserve's target now: negative where lower rates are priced.",
    definition: "100 times the expected effective rate on the day (see `policy_rate_expected`) minus the middle of the target range in \
                 force (before 2008-12-16 the single target), in basis points. The effective rate's own distance from the middle of the \
                 range is part of it and stands in the evidence. n is the number of contracts priced.",
    params: fed_funds::and_conventions![ON, MONTHS,],
    inputs: fed_funds::INPUTS,
    missing: fed_funds::MISSING,
    point_in_time: fed_funds::POINT_IN_TIME,
    references: &[fed_funds::FEDWATCH],
    verified: "crates/plimsoll-measures/tests/futures.rs",
};

fn day_asked(params: &Params, today: Day) -> Day {
    params.day("on").unwrap_or_else(|| months_later(today, params.int("months")))
}

fn expected(snapshot: &Snapshot, day: Day) -> Result<(f64, crate::Flags), Missing> {
    if day < snapshot.today {
        return Err(Missing::Undefined);
    }
    snapshot.expected(day).ok_or(Missing::Unpriced)
}

fn beside(snapshot: &Snapshot, day: Day) -> Vec<Fact> {
    let mut facts = now(snapshot);
    if let Ok((rate, flags)) = expected(snapshot, day) {
        facts.push(Fact::new("expected rate", rate, Unit::PercentPerYear).on(day).note(flags.names().join(", ")));
    }
    if let Some(base) = snapshot.base {
        facts.push(Fact::new("rate before the next meeting", base, Unit::PercentPerYear));
    }
    facts
}

impl Measure for PolicyRateExpected {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, _params: &Params, from: Day) -> Needs {
        fed_funds::needs(from, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(priced(
            cut,
            params,
            days,
            |today| day_asked(params, today),
            |snapshot| {
                let (rate, flags) = expected(snapshot, day_asked(params, snapshot.today))?;
                let value = in_terms(snapshot, params, rate).ok_or(Missing::NoData)?;
                Ok(Point::of(value, snapshot.contracts).flagged(flags))
            },
        ))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let asked = day_asked(params, cut.sessions[day]);
        beside(&at(cut, params, day, asked), asked)
    }
}

impl Measure for Path12m {
    fn spec(&self) -> &'static Spec {
        &TWELVE
    }
    fn needs(&self, _params: &Params, from: Day) -> Needs {
        fed_funds::needs(from, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(priced(
            cut,
            params,
            days,
            |today| months_later(today, 12),
            |snapshot| {
                let (rate, flags) = expected(snapshot, months_later(snapshot.today, 12))?;
                Ok(Point::of(rate, snapshot.contracts).flagged(flags))
            },
        ))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let asked = months_later(cut.sessions[day], 12);
        beside(&at(cut, params, day, asked), asked)
    }
}

impl Measure for DistanceFromTarget {
    fn spec(&self) -> &'static Spec {
        &DISTANCE
    }
    fn needs(&self, _params: &Params, from: Day) -> Needs {
        fed_funds::needs(from, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(priced(
            cut,
            params,
            days,
            |today| day_asked(params, today),
            |snapshot| {
                let (rate, flags) = expected(snapshot, day_asked(params, snapshot.today))?;
                let target = snapshot.target.ok_or(Missing::NoData)?;
                let stale = crate::Flags::STALE.when(target.stale);
                Ok(Point::of(100.0 * (rate - target.midpoint()), snapshot.contracts).flagged(flags.and(stale)))
            },
        ))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let asked = day_asked(params, cut.sessions[day]);
        let snapshot = at(cut, params, day, asked);
        let mut facts = beside(&snapshot, asked);
        if let (Some(effective), Some(target)) = (snapshot.effective, snapshot.target) {
            let spread = 100.0 * (effective - target.midpoint());
            facts.push(Fact::new("effective rate minus the middle of the target", spread, Unit::BasisPoints));
        }
        facts
    }
}
