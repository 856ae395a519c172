//! What a group contributes to the return of an index.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::index::{contribution, contributions, group_return};
use crate::{Fact, Measure, Params, Point, Spec, Topic, Unmeasurable};

/// Contribution of a group to the index return.
pub struct GroupContribution;

static SPEC: Spec = Spec {
    name: "group_contribution",
    title: "Contribution of the group",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "What a group contributes to the return of the capitalisation-weighted index over a window, exactly.",
    definition: "c(i) = sum over sessions t of the window of I(t-1)/I(0) w(i,t-1) r(i,t), with the index level I rebuilt from the members \
                 and the weights w set at the previous close; the value is the sum of c(i) over the group, every class of each issuer \
                 included. Over all members the c(i) sum to I(T)/I(0) - 1. n is the number of sessions.",
    params: &[members::UNIVERSE, members::GROUP, members::WINDOW],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Carino, D. (1999), Combining attribution effects over time, Journal of Performance Measurement 3(4)",
        "Bacon, C. (2008), Practical Portfolio Performance Measurement and Attribution, 2nd ed., ch. 5 and 8",
    ],
    verified: "testsuite/tests/masking_real.rs; bench/masking (pandas, polars)",
};

impl Measure for GroupContribution {
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
            index.growth(first - 1, t)?;
            Ok((contribution(&index, &part, first - 1, t), t + 1 - first))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}

/// Each member's contribution, the rest, the index return and whether they add up.
pub(super) fn facts(cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
    let Ok((c, group)) = members::with_group(cut, params) else { return Vec::new() };
    let Ok(first) = Back::Window(params.window("window")).first(cut, day) else { return Vec::new() };
    let (index, base) = (c.index(), first - 1);
    let Ok(gain) = index.growth(base, day) else { return Vec::new() };
    let each = contributions(&c, base, day);
    let rows = c.rows_of(&group);
    let of_group: f64 = rows.iter().map(|&row| each[row]).sum();
    let all: f64 = each.iter().sum();
    let fact = |label: &str, value: f64| Fact::new(label, value, Unit::Fraction);
    let mut out = vec![
        fact("index return", gain).note(format!("since {}", cut.sessions[base])),
        fact("contribution of the group", of_group),
    ];
    let members = members::largest(rows.iter().map(|&row| (row, each[row])).collect(), rows.len());
    out.extend(members.into_iter().map(|(row, value)| fact(c.symbol(row), value).note(c.described(row).trim_end())));
    out.push(fact("contribution of the rest", all - of_group));
    out.push(fact("contributions minus index return", all - gain).note("an identity: zero to rounding"));
    let outside = (0..each.len()).filter(|row| rows.binary_search(row).is_err()).map(|row| (row, each[row])).collect();
    for (row, value) in members::largest(outside, 3) {
        out.push(fact(&format!("largest outside: {}", c.symbol(row)), value));
    }
    out.extend(members::group_quality(&c, &group, day));
    out.extend(members::quality(&c, first, day));
    out
}
