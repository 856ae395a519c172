//! The return of an index rebuilt from its members.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::Constituents;
use crate::{Fact, Measure, Params, Point, Spec, Topic, Unmeasurable};

/// Return of the capitalisation-weighted index.
pub struct IndexReturn;

static SPEC: Spec = Spec {
    name: "index_return",
    title: "Index return",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The price return over a window of the capitalisation-weighted index rebuilt from the members.",
    definition: "I(T)/I(0) - 1 with I(t) = I(t-1) (1 + sum over members of w(i,t-1) r(i,t)): weights from full capitalisation at the \
                 previous close, normalised over members with a known return. Published indices weight by float and their funds pay \
                 dividends: daily returns agree closely, levels drift apart. n is the number of sessions.",
    params: &[members::UNIVERSE, members::WINDOW],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &["S&P Dow Jones Indices, Index Mathematics Methodology, section Capitalization Weighted Indices"],
    verified: "testsuite/tests/masking_real.rs; bench/masking (pandas, polars)",
};

impl Measure for IndexReturn {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        members::window_needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let index = c.index();
        members::points(&c, days, Back::Window(params.window("window")), |first, t| {
            Ok((index.growth(first - 1, t)?, t + 1 - first))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        let Ok(first) = Back::Window(params.window("window")).first(cut, day) else { return Vec::new() };
        let index = c.index();
        let mut facts = vec![
            Fact::new("return on the day", index.ret[day], Unit::Fraction),
            Fact::new("members that count on the day", f64::from(index.members[day]), Unit::Count),
            Fact::new("window starts from the close", f64::NAN, Unit::Count).on(cut.sessions[first - 1]),
        ];
        facts.extend(members::quality(&c, first, day));
        facts
    }
}
