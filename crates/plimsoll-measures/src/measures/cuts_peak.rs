//! The most cuts that were priced, and how many of them the market took back.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::cuts_priced::{self, BY, CutsPriced};
use crate::kernels::fed_funds;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// The most cuts priced by a date on any session of a window.
pub struct CutsPricedPeak;

/// How many of the cuts priced at the peak are no longer priced.
pub struct CutsTakenBack;

const SESSIONS: ParamSpec =
    ParamSpec::new("sessions", ParamKind::Int(2, 1260), "126", "sessions among which the peak is sought, today included");

const PARAMS: &[ParamSpec] = fed_funds::and_conventions![BY, SESSIONS, cuts_priced::FROM,];

static PEAK: Spec = Spec {
    name: "cuts_priced_peak",
    title: "Most cuts priced by a date",
    topic: Topic::Rates,
    unit: Unit::Number,
    summary: "The most cuts of 25 bp that fed funds futures priced by a date on any of the past n sessions.",
    definition: "max of `cuts_priced` over the sessions of the window on which it has a value, each as known then; at least half of them. n is \
                 the number of those sessions.",
    params: PARAMS,
    inputs: fed_funds::INPUTS,
    missing: fed_funds::MISSING,
    point_in_time: fed_funds::POINT_IN_TIME,
    references: &[fed_funds::FEDWATCH],
    verified: "testsuite/tests/real_fedwatch.rs",
};

static BACK: Spec = Spec {
    name: "cuts_taken_back",
    title: "Cuts taken back since the peak",
    topic: Topic::Rates,
    unit: Unit::Number,
    summary: "How many of the cuts priced at their peak of the past n sessions are no longer priced.",
    definition: "`cuts_priced_peak` minus `cuts_priced`: zero at the peak. Quarter-points of 25 bp. n is the number of sessions with a value.",
    params: PARAMS,
    inputs: fed_funds::INPUTS,
    missing: fed_funds::MISSING,
    point_in_time: fed_funds::POINT_IN_TIME,
    references: &[fed_funds::FEDWATCH],
    verified: "testsuite/tests/real_fedwatch.rs",
};

/// Today's cuts and, of the window, the position and value of the peak, with how many sessions have a value.
struct Found {
    today: Point,
    peak: (usize, f64),
    n: usize,
}

/// Cuts priced from the window's start on are computed once; each position then looks at its own window.
fn find(cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Result<Found, Missing>>, Unmeasurable> {
    let sessions = params.int("sessions");
    let start = (days.start + 1).saturating_sub(sessions);
    let cuts = CutsPriced.track(cut, params, start..days.end)?;
    Ok(days
        .map(|t| {
            let first = (t + 1).checked_sub(sessions).ok_or(Missing::WarmUp)?;
            let window = &cuts[first - start..=t - start];
            let today = window[sessions - 1];
            today.value?;
            let known = window.iter().enumerate().filter_map(|(i, p)| Some((first + i, p.value.ok()?)));
            let n = known.clone().count();
            if 2 * n < sessions {
                return Err(Missing::TooFew);
            }
            let peak = known.reduce(|best, x| if x.1 > best.1 { x } else { best }).ok_or(Missing::Unpriced)?;
            Ok(Found { today, peak, n })
        })
        .collect())
}

fn track(cut: &Cut, params: &Params, days: Range<usize>, value: fn(&Found, f64) -> f64) -> Result<Vec<Point>, Unmeasurable> {
    let point = |found: Result<Found, Missing>| match found {
        Ok(f) => Point::of(value(&f, f.today.value.unwrap_or(f64::NAN)), f.n).flagged(f.today.flags),
        Err(why) => Point::missing(why),
    };
    Ok(find(cut, params, days)?.into_iter().map(point).collect())
}

fn evidence(cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
    let Ok(Some(Ok(found))) = find(cut, params, day..day + 1).map(|mut f| f.pop()) else { return Vec::new() };
    let mut facts = vec![Fact::new("most cuts priced", found.peak.1, Unit::Number).on(cut.sessions[found.peak.0])];
    if let Ok(today) = found.today.value {
        facts.push(Fact::new("cuts priced now", today, Unit::Number).on(cut.sessions[day]));
        facts.push(Fact::new("taken back", found.peak.1 - today, Unit::Number));
    }
    facts
}

fn needs(params: &Params, from: Day) -> Needs {
    let sessions = params.int("sessions");
    let first = plimsoll_model::calendar::Calendar::nyse().back(from, sessions);
    fed_funds::needs(from, first).lookback(sessions)
}

impl Measure for CutsPricedPeak {
    fn spec(&self) -> &'static Spec {
        &PEAK
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        track(cut, params, days, |found, _| found.peak.1)
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day)
    }
}

impl Measure for CutsTakenBack {
    fn spec(&self) -> &'static Spec {
        &BACK
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        track(cut, params, days, |found, today| found.peak.1 - today)
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day)
    }
}
