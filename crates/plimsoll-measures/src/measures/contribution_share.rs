//! A group's share of the gain of an index.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::group_contribution;
use super::of_members::{self as members, Back};
use crate::kernels::index::{contribution, group_return};
use crate::{Fact, Measure, Missing, Params, Point, Spec, Topic, Unmeasurable};

/// Share of the index's gain that a group contributes.
pub struct ContributionShare;

/// A share of a gain smaller than a basis point says nothing.
const LEAST_GAIN: f64 = 1e-4;

static SPEC: Spec = Spec {
    name: "contribution_share",
    title: "Group's share of the gain",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The share of the index's gain over a window that a group contributes.",
    definition: "The group's contribution (see group_contribution) over the index return I(T)/I(0) - 1. Above 1 where the rest of the \
                 members lost. Not defined where the index gained less than one basis point. n is the number of sessions.",
    params: &[members::UNIVERSE, members::GROUP, members::WINDOW],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &["Bacon, C. (2008), Practical Portfolio Performance Measurement and Attribution, 2nd ed., ch. 5"],
    verified: "testsuite/tests/masking_real.rs; bench/masking (pandas, polars)",
};

impl Measure for ContributionShare {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        members::window_needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (c, group) = members::with_group(cut, params)?;
        let (index, part) = (c.index(), group_return(&c, params.text("group"), &group));
        members::group_points(&c, &group, days, Back::Window(params.window("window")), |first, t| {
            let gain = index.growth(first - 1, t)?;
            if gain < LEAST_GAIN {
                return Err(Missing::Undefined);
            }
            Ok((contribution(&index, &part, first - 1, t) / gain, t + 1 - first))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        group_contribution::facts(cut, params, day)
    }
}
