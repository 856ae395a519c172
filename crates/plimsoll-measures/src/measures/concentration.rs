//! How much of a universe a few names are: the group's weight, the largest weights, the effective number of names.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::Constituents;
use crate::kernels::stretches;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Weight of a group.
pub struct GroupWeight;
/// Weight of the largest issuers.
pub struct TopWeight;
/// Effective number of names.
pub struct EffectiveNames;

const WEIGHTS: &str = "Full capitalisations (dollars) and the universe's membership; securities by sessions.";
const MISSING: &str = "A member without a capitalisation (none published within 63 sessions) has no weight; the others' are normalised. Flagged \
    missing_members where more than 5 % of the listed members have no row. Share classes that repeat the issuer's capitalisation share it.";

static GROUP_WEIGHT: Spec = Spec {
    name: "group_weight",
    title: "Weight of the group",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The share of a group in the capitalisation of the universe.",
    definition: "Sum of the capitalisations of the group's members over that of all members, at the close of the session. n is the number \
                 of the group's securities that are members.",
    params: &[members::UNIVERSE, members::GROUP],
    inputs: WEIGHTS,
    missing: MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Herfindahl, O. (1950), Concentration in the Steel Industry, Columbia University, ch. 1 (concentration ratios)",
    ],
    verified: "bench/masking (pandas, polars)",
};

static TOP_WEIGHT: Spec = Spec {
    name: "top_weight",
    title: "Weight of the largest",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The share of the k largest issuers in the capitalisation of the universe.",
    definition: "The k-firm concentration ratio: the sum of the k largest issuer weights at the close of the session, classes of an issuer \
                 added up. n is the number of issuers with a weight.",
    params: &[members::UNIVERSE, ParamSpec::new("k", ParamKind::Int(1, 1000), "10", "how many of the largest")],
    inputs: WEIGHTS,
    missing: MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Hall, M. and Tideman, N. (1967), Measures of concentration, Journal of the American Statistical Association 62, 162-168",
    ],
    verified: "bench/masking (pandas, polars)",
};

static EFFECTIVE: Spec = Spec {
    name: "effective_names",
    title: "Effective number of names",
    topic: Topic::Masking,
    unit: Unit::Names,
    summary: "How many equally large issuers would be as concentrated as the universe is.",
    definition: "1 over the sum of squared issuer weights at the close of the session (the inverse Herfindahl-Hirschman index), classes of \
                 an issuer added up. n is the number of issuers with a weight.",
    params: &[members::UNIVERSE],
    inputs: WEIGHTS,
    missing: MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Adelman, M. (1969), Comment on the H concentration measure as a numbers-equivalent, Review of Economics and Statistics 51, 99-101",
    ],
    verified: "bench/masking (pandas, polars)",
};

/// Sum of squares, number and the `k` largest of issuer weights, by session.
fn issuers(c: &Constituents<'_>) -> Arc<Vec<(f64, u32)>> {
    c.cut.memo(&c.key("sum_of_squared_weights", ""), || {
        let weights = c.issuer_weights();
        stretches::by_session(c.sessions(), |days, out: &mut [(f64, u32)]| {
            for row in 0..weights.rows() {
                for (out, w) in out.iter_mut().zip(&weights.row(row)[days.clone()]).filter(|(_, w)| w.is_finite()) {
                    out.0 += w * w;
                    out.1 += 1;
                }
            }
        })
    })
}

fn largest_issuers(cut: &Cut, params: &Params, day: usize, k: usize) -> Vec<Fact> {
    let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
    let weights = c.issuer_weights();
    let held = (0..weights.rows()).map(|row| (row, weights.at(row, day))).filter(|(_, w)| w.is_finite()).collect();
    let fact = |(row, w): (usize, f64)| Fact::new(c.symbol(row), w, Unit::Fraction).note(c.described(row).trim_end());
    let mut facts: Vec<Fact> = members::largest(held, k).into_iter().map(fact).collect();
    facts.extend(members::quality(&c, day, day));
    facts
}

impl Measure for GroupWeight {
    fn spec(&self) -> &'static Spec {
        &GROUP_WEIGHT
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, 1)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (c, group) = members::with_group(cut, params)?;
        let (weights, rows) = (c.closing_weights(), c.rows_of(&group));
        members::group_points(&c, &group, days, Back::Sessions(1), |_, t| {
            let held = rows.iter().map(|&row| weights.at(row, t)).filter(|w| w.is_finite());
            let (n, sum) = held.fold((0, 0.0), |(n, sum), w| (n + 1, sum + w));
            Ok((sum, n))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((c, group)) = members::with_group(cut, params) else { return Vec::new() };
        let weights = c.closing_weights();
        let held = c.rows_of(&group).into_iter().map(|row| (row, weights.at(row, day))).filter(|(_, w)| w.is_finite()).collect();
        let fact = |(row, w): (usize, f64)| Fact::new(c.symbol(row), w, Unit::Fraction).note(c.described(row).trim_end());
        let mut facts: Vec<Fact> = members::largest(held, usize::MAX).into_iter().map(fact).collect();
        facts.extend(members::group_quality(&c, &group, day));
        facts.extend(members::quality(&c, day, day));
        facts
    }
}

impl Measure for TopWeight {
    fn spec(&self) -> &'static Spec {
        &TOP_WEIGHT
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, 1)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let (k, weights) = (params.int("k"), c.issuer_weights());
        let top = c.cut.memo(&c.key("top_weight", k), || {
            // The largest first, so that they are added in one order.
            let by_size = |a: &f64, b: &f64| b.total_cmp(a);
            c.cross_sections(&weights, |_, w| {
                let n = w.len();
                if n > k {
                    w.select_nth_unstable_by(k - 1, by_size);
                    w.truncate(k);
                }
                w.sort_unstable_by(by_size);
                (w.iter().sum::<f64>(), n)
            })
        });
        members::points(&c, days, Back::Sessions(1), |_, t| if top[t].1 == 0 { Err(Missing::NoData) } else { Ok(top[t]) })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        largest_issuers(cut, params, day, params.int("k").min(25))
    }
}

impl Measure for EffectiveNames {
    fn spec(&self) -> &'static Spec {
        &EFFECTIVE
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, 1)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let issuers = issuers(&c);
        members::points(&c, days, Back::Sessions(1), |_, t| match issuers[t] {
            (_, 0) => Err(Missing::NoData),
            (squares, n) => Ok((1.0 / squares, n as usize)),
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        let (squares, n) = issuers(&c)[day];
        let mut facts =
            vec![Fact::new("sum of squared weights", squares, Unit::Number), Fact::new("issuers", f64::from(n), Unit::Count)];
        facts.extend(largest_issuers(cut, params, day, 10));
        facts
    }
}
