//! Members of a list that have no row.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::Constituents;
use crate::{Fact, Measure, Missing, Params, Point, Spec, Topic, Unmeasurable};

/// Share of listed members without a row.
pub struct UnmatchedMembers;

static SPEC: Spec = Spec {
    name: "unmatched_members",
    title: "Members without prices",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The share of the members on the list that have no row in the price panel on the session.",
    definition: "1 - matched / listed: how far every other figure of the universe can be trusted. A symbol of the list that names no security, a \
                 security that had vanished while still on the list, and a halt all count. n_obs is the members on the list.",
    params: &[members::UNIVERSE],
    inputs: "The universe's membership and which securities have a row; securities by sessions.",
    missing: "Its subject.",
    point_in_time: members::POINT_IN_TIME,
    references: &["Shumway, T. (1997), The delisting bias in CRSP data, Journal of Finance 52, 327-340"],
    verified: "bench/masking (pandas, polars)",
};

impl Measure for UnmatchedMembers {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, 1)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        members::points(&c, days, Back::Sessions(1), |_, t| match c.universe.listed[t] {
            0 => Err(Missing::NoData),
            listed => Ok(((f64::from(listed) - f64::from(c.universe.matched[t])) / f64::from(listed), listed as usize)),
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        let (listed, matched) = (c.universe.listed[day], c.universe.matched[day]);
        let mut facts = vec![
            Fact::new("on the list", f64::from(listed), Unit::Count),
            Fact::new("with a row", f64::from(matched), Unit::Count),
        ];
        if Some(day) == cut.last() && !c.universe.unmatched.is_empty() {
            let symbols = c.universe.unmatched.join(", ");
            facts.push(Fact::new("without a row", c.universe.unmatched.len() as f64, Unit::Count).note(symbols));
        }
        facts
    }
}
