//! The average pairwise correlation of members.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::Constituents;
use crate::kernels::correlation::average_correlation;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Average pairwise correlation.
pub struct AverageCorrelation;

static SPEC: Spec = Spec {
    name: "average_correlation",
    title: "Average correlation",
    topic: Topic::Masking,
    unit: Unit::Number,
    summary: "The average over all pairs of members of the correlation of their daily returns.",
    definition: "Mean of rho(i,j) over i < j of daily returns in the past n sessions, equally weighted, taken from the variance V of the \
                 equal-weighted mean of standardised returns: (N V - 1) / (N - 1). Low while the index moves: its members go their own \
                 ways. n_obs is the members counted.",
    params: &[members::UNIVERSE, ParamSpec::new("n", ParamKind::Int(5, 1000), "63", "sessions")],
    inputs: members::PRICE_INPUTS,
    missing: "A member counts where at least 80 % of the window's returns are known and its price moved; a return that is not known counts as \
              the member's mean over the window.",
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Pollet, J. and Wilson, M. (2010), Average correlation and stock market returns, Journal of Financial Economics 96, 364-380",
    ],
    verified: "bench/masking (pandas, polars)",
};

impl Measure for AverageCorrelation {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, params.int("n") + 1)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let n = params.int("n");
        let average = average_correlation(&c, n);
        members::points(&c, days, Back::Window(crate::Window::Sessions(n)), |_, t| match average[t] {
            (_, 0 | 1) => Err(Missing::TooFew),
            (rho, counted) => Ok((rho, counted as usize)),
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        let n = params.int("n");
        let (_, counted) = average_correlation(&c, n)[day];
        let pairs = f64::from(counted) * (f64::from(counted) - 1.0) / 2.0;
        let mut facts = vec![Fact::new("pairs", pairs, Unit::Count).note(format!("of {counted} members"))];
        if let Ok(first) = Back::Sessions(n).first(cut, day) {
            facts.extend(members::quality(&c, first, day));
        }
        facts
    }
}
