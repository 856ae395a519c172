//! A group against the rest of its index: mega capitalisation against the others.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::{Cut, Group};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::Constituents;
use crate::kernels::index::Index;
use crate::{Fact, Measure, Missing, Params, Point, Spec, Topic, Unmeasurable};

/// Capitalisation-weighted return of a group less that of the other members.
pub struct GroupMinusRest;

static SPEC: Spec = Spec {
    name: "group_minus_rest",
    title: "Group minus the rest",
    topic: Topic::Momentum,
    unit: Unit::FractionPoints,
    summary: "The return of a group's members over a window less that of the index without them, both weighted by capitalisation.",
    definition: "G(t) / G(b) - R(t) / R(b): G chains sum(w r) / sum(w) over the group's members, R over the others, w the capitalisation at \
                 the previous close, each session anew; b is the session the window starts from. By default the seven largest technology \
                 companies of 2023 against the other members of the S&P 500. n is the number of sessions.",
    params: &[members::UNIVERSE, members::GROUP, members::WINDOW],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &["S&P Dow Jones Indices, S&P U.S. Indices Methodology (capitalisation weighting, renormalised exclusion)"],
    verified: "testsuite/tests/real_figures.rs",
};

/// Return of the group's members on each session, weighted by capitalisation; NaN where none counted.
fn group_returns(c: &Constituents<'_>, name: &str, group: &Group) -> Arc<Vec<f64>> {
    c.cut.memo(&c.key("return_of_group", name), || {
        let (caps, rows) = (c.opening_caps(), c.rows_of(group));
        let on = |t: usize| {
            let held = rows.iter().map(|&row| (caps.at(row, t), c.cut.panel.ret.at(c.rows()[row], t)));
            let known = held.filter(|(cap, ret)| cap.is_finite() && ret.is_finite());
            let (whole, moved) = known.fold((0.0, 0.0), |(whole, moved), (cap, ret)| (whole + cap, moved + cap * ret));
            if whole > 0.0 { moved / whole } else { f64::NAN }
        };
        (0..c.sessions()).map(on).collect()
    })
}

/// Returns of the group and of the rest over the sessions from `first` to `t`.
fn both(c: &Constituents<'_>, name: &str, group: &Group, first: usize, t: usize) -> Result<(f64, f64), Missing> {
    let returns = group_returns(c, name, group);
    let grown: f64 = returns[first..=t].iter().map(|r| 1.0 + r).product();
    if !grown.is_finite() {
        return Err(Missing::NoData);
    }
    Ok((grown - 1.0, Index::without(c, name, group).growth(first - 1, t)?))
}

impl Measure for GroupMinusRest {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        members::window_needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (c, group) = members::with_group(cut, params)?;
        members::group_points(&c, &group, days, Back::Window(params.window("window")), |first, t| {
            let (group, rest) = both(&c, params.text("group"), &group, first, t)?;
            Ok((group - rest, t + 1 - first))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((c, group)) = members::with_group(cut, params) else { return Vec::new() };
        let Ok(first) = Back::Window(params.window("window")).first(cut, day) else { return Vec::new() };
        let mut facts = Vec::new();
        if let Ok((of_group, of_rest)) = both(&c, params.text("group"), &group, first, day) {
            let since = format!("since {}", cut.sessions[first - 1]);
            facts.push(Fact::new("return of the group", of_group, Unit::Fraction).note(since.clone()));
            facts.push(Fact::new("return of the rest", of_rest, Unit::Fraction).note(since));
        }
        facts.extend(members::group_quality(&c, &group, day));
        facts.extend(members::quality(&c, first, day));
        facts
    }
}
