//! What fed funds futures price for each meeting.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::fed_funds::{self, Conventions, Market, Snapshot, months_later};
use crate::kernels::policy_path::month_of;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Expected rate after a meeting, with every meeting's distribution.
pub struct PolicyPath;

/// Probability of an outcome after a meeting.
pub struct MeetingProbability;

/// Outcomes less likely than this are left out of the evidence.
const NEGLIGIBLE: f64 = 5e-5;

const HORIZON: ParamSpec =
    ParamSpec::new("horizon", ParamKind::Int(1, 59), "12", "months ahead within which the last meeting is meant");

static SPEC: Spec = Spec {
    name: "policy_path",
    title: "Policy path priced by fed funds futures",
    topic: Topic::Rates,
    unit: Unit::PercentPerYear,
    summary: "The effective rate expected after a meeting, with the probability of every target range after every meeting.",
    definition: "A contract's price is 100 minus the calendar-day mean of the effective rate over its month. The exchange's method: a month \
                 without a meeting anchors the rate; the rate at the end of a month is that at the start of the next; a month of N days \
                 with n days before the meeting satisfies N R = n start + (N - n) end. Runs of months with meetings are solved backwards \
                 from the month after; the last meeting announced forwards from its own contract. The change at a meeting in steps of 25 \
                 bp is a whole number c (characteristic) and a remainder m (mantissa): c steps with probability 1 - m, c + 1 with m, so \
                 that no probability is outside 0 to 1; the moves of successive meetings are combined as independent. The method \
                 `least_squares` fits the rates between meetings to all contracts at once. Value: the rate after the last meeting within \
                 the horizon, or after the meeting named. n is the number of contracts priced.",
    params: fed_funds::and_conventions![
        ParamSpec::new(
            "meeting",
            ParamKind::Day(&["last"]),
            "last",
            "the meeting: its announcement day, or the last within the horizon",
        ),
        HORIZON,
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
    references: &[
        fed_funds::FEDWATCH,
        "Kuttner (2001), Monetary policy surprises and interest rates, Journal of Monetary Economics 47(3)",
    ],
    verified: "testsuite/tests/real_fedwatch.rs",
};

static PROBABILITY: Spec = Spec {
    name: "meeting_probability",
    title: "Probability of an outcome after a meeting",
    topic: Topic::Rates,
    unit: Unit::Fraction,
    summary: "The probability that the target after a meeting is lower than, equal to or higher than today's, or a given range.",
    definition: "From the distribution of `policy_path` after the meeting: the sum over targets below today's (cut), at it (hold), above it \
                 (hike), or the range whose upper bound is given (range). Probabilities are unconditional and cumulative over the \
                 meetings before, as the exchange states them. n is the number of contracts priced.",
    params: fed_funds::and_conventions![
        ParamSpec::new("meeting", ParamKind::Day(&["next"]), "next", "the meeting: its announcement day, or the next"),
        ParamSpec::new("outcome", ParamKind::Choice(&["cut", "hold", "hike", "range"]), "cut", "which outcome"),
        ParamSpec::new(
            "upper",
            ParamKind::Float(0.0, 25.0),
            "5.25",
            "upper bound of the range, per cent, where the outcome is `range`",
        ),
    ],
    inputs: fed_funds::INPUTS,
    missing: fed_funds::MISSING,
    point_in_time: fed_funds::POINT_IN_TIME,
    references: &[fed_funds::FEDWATCH],
    verified: "testsuite/tests/real_fedwatch.rs",
};

/// The path of each session asked, and what a measure makes of it.
pub(super) fn priced(
    cut: &Cut,
    params: &Params,
    days: Range<usize>,
    through: impl Fn(Day) -> Day,
    value: impl Fn(&Snapshot) -> Result<Point, Missing>,
) -> Vec<Point> {
    let market = Market::of(cut);
    let conventions = Conventions::of(params);
    let mut snapshot = Snapshot::default();
    days.map(|t| {
        let today = cut.sessions[t];
        market.price(today, month_of(through(today)), &conventions, &mut snapshot);
        if snapshot.contracts == 0 {
            return Point::missing(Missing::NoData);
        }
        value(&snapshot).unwrap_or_else(Point::missing)
    })
    .collect()
}

/// The path of one session.
pub(super) fn at(cut: &Cut, params: &Params, day: usize, through: Day) -> Snapshot {
    let mut snapshot = Snapshot::default();
    Market::of(cut).price(cut.sessions[day], month_of(through), &Conventions::of(params), &mut snapshot);
    snapshot
}

/// A rate in the terms asked: the effective rate, or the middle of the target range as far from today's.
pub(super) fn in_terms(snapshot: &Snapshot, params: &Params, rate: f64) -> Option<f64> {
    if params.text("terms") == "effective" {
        return Some(rate);
    }
    Some(snapshot.target?.midpoint() + rate - snapshot.base?)
}

fn meeting(snapshot: &Snapshot, params: &Params) -> Result<usize, Missing> {
    let steps = &snapshot.path.steps;
    if let Some(day) = params.day("meeting") {
        return steps.iter().position(|s| s.day == day).ok_or(Missing::Undefined);
    }
    if params.text("meeting") == "next" {
        return if steps.is_empty() { Err(Missing::Undefined) } else { Ok(0) };
    }
    let horizon = months_later(snapshot.today, params.int("horizon"));
    steps.iter().rposition(|s| s.day <= horizon).ok_or(Missing::Undefined)
}

impl Measure for PolicyPath {
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
            |today| today,
            |snapshot| {
                let k = meeting(snapshot, params)?;
                let end = Some(snapshot.path.steps[k].end).filter(|r| r.is_finite()).ok_or(Missing::Unpriced)?;
                let value = in_terms(snapshot, params, end).ok_or(Missing::NoData)?;
                Ok(Point::of(value, snapshot.contracts).flagged(snapshot.flags_to(k)))
            },
        ))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let snapshot = at(cut, params, day, cut.sessions[day]);
        let mut facts = now(&snapshot);
        for (k, step) in snapshot.path.steps.iter().enumerate() {
            if step.end.is_finite() {
                let note = fed_funds::flags(step.marks).names().join(", ");
                facts.push(Fact::new("expected rate", step.end, Unit::PercentPerYear).on(step.day).note(note));
            }
            if let Some(change) = step.change() {
                facts.push(Fact::new("expected change", 100.0 * change, Unit::BasisPoints).on(step.day));
            }
            facts.extend(outcomes(&snapshot, k, params.float("step")));
        }
        facts
    }
}

/// What stands beside every figure of the path: the target and the effective rate now.
pub(super) fn now(snapshot: &Snapshot) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(target) = snapshot.target {
        let note = if target.stale { "a meeting was held since" } else { "" };
        facts.push(Fact::new(format!("target {}", target.label(0, 0.25)), target.upper, Unit::PercentPerYear).note(note));
    }
    if let Some(effective) = snapshot.effective {
        facts.push(Fact::new("effective rate", effective, Unit::PercentPerYear).note("the last known"));
    }
    facts
}

/// The distribution after meeting `k`, one line an outcome.
fn outcomes(snapshot: &Snapshot, k: usize, step: f64) -> Vec<Fact> {
    let (Some((least, mass)), Some(target)) = (snapshot.path.outcomes(k), snapshot.target) else { return Vec::new() };
    let day = snapshot.path.steps[k].day;
    let likely = mass.iter().enumerate().filter(|(_, p)| **p >= NEGLIGIBLE);
    likely.map(|(i, p)| Fact::new(target.label(least + i as i32, step), *p, Unit::Fraction).on(day)).collect()
}

impl Measure for MeetingProbability {
    fn spec(&self) -> &'static Spec {
        &PROBABILITY
    }
    fn needs(&self, _params: &Params, from: Day) -> Needs {
        fed_funds::needs(from, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let step = params.float("step");
        Ok(priced(
            cut,
            params,
            days,
            |today| today,
            |snapshot| {
                let k = meeting(snapshot, params)?;
                let (least, mass) = snapshot.path.outcomes(k).ok_or(Missing::Unpriced)?;
                let wanted: Box<dyn Fn(i32) -> bool> = match params.text("outcome") {
                    "cut" => Box::new(|s| s < 0),
                    "hold" => Box::new(|s| s == 0),
                    "hike" => Box::new(|s| s > 0),
                    _ => {
                        let moves = (params.float("upper") - snapshot.target.ok_or(Missing::NoData)?.upper) / step;
                        Box::new(move |s| (f64::from(s) - moves).abs() < 1e-6)
                    }
                };
                let sum: f64 = mass.iter().enumerate().filter(|(i, _)| wanted(least + *i as i32)).map(|(_, p)| p).sum();
                Ok(Point::of(sum, snapshot.contracts).flagged(snapshot.flags_to(k)))
            },
        ))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let snapshot = at(cut, params, day, cut.sessions[day]);
        let mut facts = now(&snapshot);
        if let Ok(k) = meeting(&snapshot, params) {
            facts.extend(outcomes(&snapshot, k, params.float("step")));
        }
        facts
    }
}
