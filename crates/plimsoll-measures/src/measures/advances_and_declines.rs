//! Breadth from the numbers of members that rose and fell: the advance-decline line and the McClellan oscillator.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::breadth::advances;
use crate::kernels::constituents::Constituents;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Change of the advance-decline line.
pub struct AdvanceDeclineLine;
/// McClellan oscillator.
pub struct McClellanOscillator;

static LINE: Spec = Spec {
    name: "advance_decline_line",
    title: "Advance-decline line",
    topic: Topic::Masking,
    unit: Unit::Count,
    summary: "The change of the advance-decline line over a window: members that rose minus members that fell, added up.",
    definition: "Sum over the sessions of the window of advances minus declines; a member advances where its return is above 0 and declines \
                 where it is below. The line itself has no origin, so its change since the start of the window is given. Negative while \
                 the index rises: fewer members carry it. n is the number of sessions.",
    params: &[members::UNIVERSE, members::WINDOW],
    inputs: members::PRICE_INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &["Ayres, L. (1926); Murphy, J. (1999), Technical Analysis of the Financial Markets, ch. 18"],
    verified: "bench/masking (pandas, polars)",
};

static OSCILLATOR: Spec = Spec {
    name: "mcclellan_oscillator",
    title: "McClellan oscillator",
    topic: Topic::Masking,
    unit: Unit::Number,
    summary: "The fast minus the slow exponential average of ratio-adjusted net advances.",
    definition: "Ratio-adjusted net advances x = 1000 (advances - declines) / (advances + declines); the value is the exponential average \
                 with smoothing 2/(fast+1) minus that with 2/(slow+1): 10 % and 5 % for 19 and 39 sessions. Each average runs over the \
                 past 5 x slow sessions with weights normalised to 1, so that the value does not depend on where the history begins; \
                 what is cut off weighs less than 5 parts in 100,000. n is the number of sessions.",
    params: &[
        members::UNIVERSE,
        ParamSpec::new("fast", ParamKind::Int(2, 200), "19", "sessions of the fast average"),
        ParamSpec::new("slow", ParamKind::Int(3, 400), "39", "sessions of the slow average"),
    ],
    inputs: members::PRICE_INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "McClellan, S. and M. (1970), Patterns for Profit; McClellan, T. (2000), ratio-adjusted form, mcoscillator.com",
    ],
    verified: "bench/masking (pandas, polars)",
};

impl Measure for AdvanceDeclineLine {
    fn spec(&self) -> &'static Spec {
        &LINE
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        members::window_needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let counts = advances(&c);
        // Whole numbers: the running line is exact.
        let line: Vec<i64> = counts
            .iter()
            .scan(0, |line, [up, down, _]| {
                *line += i64::from(*up) - i64::from(*down);
                Some(*line)
            })
            .collect();
        members::points(&c, days, Back::Window(params.window("window")), |first, t| {
            if counts[first..=t].iter().any(|n| n[2] == 0) {
                return Err(Missing::NoData);
            }
            Ok(((line[t] - line[first - 1]) as f64, t + 1 - first))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day, Back::Window(params.window("window")))
    }
}

fn facts(cut: &Cut, params: &Params, day: usize, back: Back) -> Vec<Fact> {
    let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
    let [up, down, counted] = advances(&c)[day];
    let mut facts = vec![
        Fact::new("advances on the day", f64::from(up), Unit::Count),
        Fact::new("declines on the day", f64::from(down), Unit::Count),
        Fact::new("unchanged on the day", f64::from(counted - up - down), Unit::Count),
    ];
    if let Ok(first) = back.first(cut, day) {
        facts.extend(members::quality(&c, first, day));
    }
    facts
}

fn span(params: &Params) -> usize {
    5 * params.int("slow").max(params.int("fast"))
}

/// Exponential average of the values, the last one weighing most, weights normalised.
fn average(values: &[f64], sessions: usize) -> f64 {
    let keep = 1.0 - 2.0 / (sessions as f64 + 1.0);
    let (sum, whole) = values.iter().fold((0.0, 0.0), |(sum, whole), x| (sum * keep + x, whole * keep + 1.0));
    sum / whole
}

impl Measure for McClellanOscillator {
    fn spec(&self) -> &'static Spec {
        &OSCILLATOR
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, span(params))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let (fast, slow) = (params.int("fast"), params.int("slow"));
        let counts = advances(&c);
        let net: Vec<f64> = counts
            .iter()
            .map(|&[up, down, counted]| match (up + down, counted) {
                (_, 0) => f64::NAN,
                (0, _) => 0.0,
                (moved, _) => 1000.0 * (f64::from(up) - f64::from(down)) / f64::from(moved),
            })
            .collect();
        members::points(&c, days, Back::Sessions(span(params)), |first, t| {
            let net = &net[first..=t];
            if net.iter().any(|x| x.is_nan()) {
                return Err(Missing::NoData);
            }
            Ok((average(net, fast) - average(net, slow), net.len()))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day, Back::Sessions(span(params)))
    }
}
