//! Breadth: the share of members above their own moving average.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::breadth::above_average;
use crate::kernels::constituents::Constituents;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Share of members above their own average.
pub struct ShareAboveAverage;

static SPEC: Spec = Spec {
    name: "share_above_average",
    title: "Share above own average",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The share of members whose close is above the average of their past closes.",
    definition: "A member counts where it has n closes, the session's included (sessions without a row carry the last close, at most 20). \
                 It is above where close > mean of the n closes, by more than one part in 1e9. The value is those above over those \
                 counted; n_obs is those counted.",
    params: &[
        members::UNIVERSE,
        ParamSpec::new("n", ParamKind::Int(2, 1000), "200", "closes in the average; 200 and 50 are customary"),
    ],
    inputs: members::PRICE_INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Murphy, J. (1999), Technical Analysis of the Financial Markets, ch. 18 (market breadth)",
        "Brock, W., Lakonishok, J. and LeBaron, B. (1992), Simple technical trading rules, Journal of Finance 47, 1731-1764",
    ],
    verified: "bench/masking (pandas, polars)",
};

impl Measure for ShareAboveAverage {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, params.int("n"))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let n = params.int("n");
        let counts = above_average(&c, n);
        members::points(&c, days, Back::Sessions(n), |_, t| match counts[t] {
            [_, 0] => Err(Missing::TooFew),
            [above, counted] => Ok((f64::from(above) / f64::from(counted), counted as usize)),
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        let n = params.int("n");
        let [above, counted] = above_average(&c, n)[day];
        let mut facts = vec![
            Fact::new("members above", f64::from(above), Unit::Count),
            Fact::new("members counted", f64::from(counted), Unit::Count).note(format!("with {n} closes")),
        ];
        if let Ok(first) = Back::Sessions(n).first(cut, day) {
            facts.extend(members::quality(&c, first, day));
        }
        facts
    }
}
