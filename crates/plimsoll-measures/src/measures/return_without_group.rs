//! The return of an index without a group.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::index::Index;
use crate::{Fact, Measure, Params, Point, Spec, Topic, Unmeasurable};

/// Return of the index without a group.
pub struct ReturnWithoutGroup;

static SPEC: Spec = Spec {
    name: "return_without_group",
    title: "Return without the group",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The return over a window of the capitalisation-weighted index of the members outside a group.",
    definition: "The index of index_return with the group's members, every class of each issuer, taken out and the weights of the others \
                 normalised: an index that never held the group. It is not the index return minus the group's contribution, which \
                 leaves the group's weight idle. n is the number of sessions.",
    params: &[members::UNIVERSE, members::GROUP, members::WINDOW],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "S&P Dow Jones Indices, S&P U.S. Indices Methodology, the ex-mega-cap family of indices (renormalised exclusion)",
    ],
    verified: "bench/masking (pandas, polars)",
};

impl Measure for ReturnWithoutGroup {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        members::window_needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (c, group) = members::with_group(cut, params)?;
        let index = Index::without(&c, params.text("group"), &group);
        members::group_points(&c, &group, days, Back::Window(params.window("window")), |first, t| {
            Ok((index.growth(first - 1, t)?, t + 1 - first))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((c, group)) = members::with_group(cut, params) else { return Vec::new() };
        let Ok(first) = Back::Window(params.window("window")).first(cut, day) else { return Vec::new() };
        let (whole, without) = (c.index(), Index::without(&c, params.text("group"), &group));
        let mut facts = Vec::new();
        if let (Ok(whole), Ok(rest)) = (whole.growth(first - 1, day), without.growth(first - 1, day)) {
            facts.push(Fact::new("index return", whole, Unit::Fraction).note(format!("since {}", cut.sessions[first - 1])));
            facts.push(Fact::new("index return minus return without the group", whole - rest, Unit::FractionPoints));
        }
        facts.push(Fact::new("members outside the group", f64::from(without.members[day]), Unit::Count));
        facts.extend(members::group_quality(&c, &group, day));
        facts.extend(members::quality(&c, first, day));
        facts
    }
}
