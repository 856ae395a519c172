//! Breadth: members at new highs minus members at new lows.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::breadth::highs_and_lows;
use crate::kernels::constituents::Constituents;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// New highs minus new lows.
pub struct NewHighsMinusLows;

static SPEC: Spec = Spec {
    name: "new_highs_minus_lows",
    title: "New highs minus new lows",
    topic: Topic::Masking,
    unit: Unit::Count,
    summary: "How many members close at a new high of the past n sessions, less those at a new low.",
    definition: "A new high is a close above the highest of the n - 1 closes before it by more than one part in 1e9, a new low below the \
                 lowest; 252 sessions are 52 weeks. Only members with n closes count: a stock listed last month has no 52-week high. \
                 n_obs is the members counted.",
    params: &[members::UNIVERSE, ParamSpec::new("n", ParamKind::Int(2, 1000), "252", "sessions, the one evaluated included")],
    inputs: members::PRICE_INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Fosback, N. (1976), Stock Market Logic, ch. 17; Murphy, J. (1999), Technical Analysis of the Financial Markets, ch. 18",
    ],
    verified: "bench/masking (pandas, polars)",
};

impl Measure for NewHighsMinusLows {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, params.int("n"))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let n = params.int("n");
        let counts = highs_and_lows(&c, n);
        members::points(&c, days, Back::Sessions(n), |_, t| match counts[t] {
            [_, _, 0] => Err(Missing::TooFew),
            [highs, lows, counted] => Ok((f64::from(highs) - f64::from(lows), counted as usize)),
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        let n = params.int("n");
        let [highs, lows, counted] = highs_and_lows(&c, n)[day];
        let mut facts = vec![
            Fact::new("new highs", f64::from(highs), Unit::Count),
            Fact::new("new lows", f64::from(lows), Unit::Count),
            Fact::new("members counted", f64::from(counted), Unit::Count).note(format!("with {n} closes")),
            Fact::new("difference as a share", (f64::from(highs) - f64::from(lows)) / f64::from(counted), Unit::FractionPoints),
        ];
        if let Ok(first) = Back::Sessions(n).first(cut, day) {
            facts.extend(members::quality(&c, first, day));
        }
        facts
    }
}
