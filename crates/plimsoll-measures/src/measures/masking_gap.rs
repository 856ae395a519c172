//! How far the index and its members stand below their highs: the masking gap and what it is made of.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::matrix::Matrix;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::TIE;
use crate::kernels::constituents::Constituents;
use crate::kernels::drawdown::{drawdowns, medians};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Drawdown of the index.
pub struct IndexDrawdown;
/// Drawdown of the median member.
pub struct MedianDrawdown;
/// Index drawdown minus median member drawdown.
pub struct MaskingGap;
/// Share of members in a bear market of their own.
pub struct ShareInBearMarket;

const N: ParamSpec = ParamSpec::new("n", ParamKind::Int(2, 1000), "252", "sessions of the high, the one evaluated included");
const DRAWDOWN: &str = "A member listed for fewer sessions has the high since its first row. Sessions without a row carry the last close, at most 20.";

static INDEX: Spec = Spec {
    name: "index_drawdown",
    title: "Drawdown of the index",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "How far the capitalisation-weighted index closes below its high of the past n sessions: zero or negative.",
    definition: "I(t) / max I(s) - 1 over the n sessions s that end with t, of the index rebuilt from the members (see index_return). n_obs \
                 is the number of sessions.",
    params: &[members::UNIVERSE, N],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &["Magdon-Ismail, M. and Atiya, A. (2004), Maximum drawdown, Risk 17(10), 99-102"],
    verified: "bench/masking (pandas, polars)",
};

static MEDIAN: Spec = Spec {
    name: "median_drawdown",
    title: "Drawdown of the median member",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The median over members of how far each closes below its own high of the past n sessions: zero or negative.",
    definition: "Median over members of P(t) / max P(s) - 1 over the n sessions s that end with t. A member listed for fewer sessions has \
                 the high since its first row. n_obs is the number of members.",
    params: &[members::UNIVERSE, N],
    inputs: members::PRICE_INPUTS,
    missing: DRAWDOWN,
    point_in_time: members::POINT_IN_TIME,
    references: &["Magdon-Ismail, M. and Atiya, A. (2004), Maximum drawdown, Risk 17(10), 99-102"],
    verified: "bench/masking (pandas, polars)",
};

static GAP: Spec = Spec {
    name: "masking_gap",
    title: "Masking gap",
    topic: Topic::Masking,
    unit: Unit::FractionPoints,
    summary: "The drawdown of the index minus that of the median member: positive where the index stands nearer its high than its members do.",
    definition: "index_drawdown minus median_drawdown over the same n sessions. An index at its high with a median member 15 % below its \
                 own shows a gap of 15 points: the pain that the index masks. Part of it is always there, for an index moves less than its \
                 members; compare it with its own history. n_obs is the number of members.",
    params: &[members::UNIVERSE, N],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &["The difference of two drawdowns (Magdon-Ismail and Atiya 2004); the name is this project's"],
    verified: "bench/masking (pandas, polars)",
};

static BEAR: Spec = Spec {
    name: "share_in_bear_market",
    title: "Share in a bear market",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The share of members at least 20 % below their high of the past n sessions.",
    definition: "A member counts as in a bear market where its drawdown from the highest close of the past n sessions is the threshold or \
                 more (within one part in 1e9). Equal: each member counts the same; cap: by its weight at the close. n_obs is the number \
                 of members.",
    params: &[
        members::UNIVERSE,
        N,
        ParamSpec::new("threshold", ParamKind::Float(0.01, 0.99), "0.2", "how far below the high, as a decimal"),
        members::WEIGHT,
    ],
    inputs: members::INPUTS,
    missing: DRAWDOWN,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "The 20 % rule as used in Lunde, A. and Timmermann, A. (2004), Duration dependence in stock prices, JBES 22, 253-273",
    ],
    verified: "bench/masking (pandas, polars)",
};

fn needs(params: &Params) -> Needs {
    members::needs(params, params.int("n"))
}

/// What stands beside any of the four.
fn facts(cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
    let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
    let n = params.int("n");
    let Ok(first) = Back::Sessions(n).first(cut, day) else { return Vec::new() };
    let mut facts = Vec::new();
    if let Ok(drawdown) = c.index().drawdown(n, day) {
        facts.push(Fact::new("index drawdown", drawdown, Unit::Fraction));
    }
    if let (Some(median), counted) = medians(&c, n)[day] {
        facts.push(Fact::new("median member drawdown", median, Unit::Fraction).note(format!("of {counted} members")));
    }
    let deep = drawdowns(&c, n);
    let held = |row: &usize| c.universe.is_member(c.rows()[*row], day) && deep.at(*row, day).is_finite();
    let mut members_down: Vec<f64> = (0..deep.rows()).filter(held).map(|row| deep.at(row, day)).collect();
    members_down.sort_unstable_by(f64::total_cmp);
    let counted = members_down.len() as f64;
    for (depth, label) in
        [(0.1, "members 10 % or more below"), (0.2, "members 20 % or more below"), (0.5, "members 50 % or more below")]
    {
        let n = members_down.partition_point(|d| 1.0 + d <= (1.0 - depth) * (1.0 + TIE));
        facts.push(Fact::new(label, n as f64 / counted, Unit::Fraction));
    }
    facts.extend(members::quality(&c, first, day));
    facts
}

impl Measure for IndexDrawdown {
    fn spec(&self) -> &'static Spec {
        &INDEX
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let (n, index) = (params.int("n"), c.index());
        members::points(&c, days, Back::Sessions(n), |_, t| Ok((index.drawdown(n, t)?, n)))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}

impl Measure for MedianDrawdown {
    fn spec(&self) -> &'static Spec {
        &MEDIAN
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let n = params.int("n");
        let medians = medians(&c, n);
        members::points(&c, days, Back::Sessions(n), |_, t| {
            let (median, counted) = medians[t];
            Ok((median.ok_or(Missing::TooFew)?, counted as usize))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}

impl Measure for MaskingGap {
    fn spec(&self) -> &'static Spec {
        &GAP
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let n = params.int("n");
        let (index, medians) = (c.index(), medians(&c, n));
        members::points(&c, days, Back::Sessions(n), |_, t| {
            let (median, counted) = medians[t];
            Ok((index.drawdown(n, t)? - median.ok_or(Missing::TooFew)?, counted as usize))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}

/// Weight of the members at or below `limit` of their high, weight of all counted, and how many those are.
fn below(c: &Constituents<'_>, deep: &Matrix, weights: Option<&Matrix>, limit: f64) -> Vec<(f64, f64, u32)> {
    crate::kernels::stretches::by_session(c.sessions(), |days, out: &mut [(f64, f64, u32)]| {
        for (row, &i) in c.rows().iter().enumerate() {
            let (member, deep) = (c.universe.row(i), deep.row(row));
            for (t, out) in days.clone().zip(out.iter_mut()) {
                let weight = weights.map_or(1.0, |w| w.at(row, t));
                if member[t] != 0 && deep[t].is_finite() && weight.is_finite() {
                    out.0 += if 1.0 + deep[t] <= limit { weight } else { 0.0 };
                    out.1 += weight;
                    out.2 += 1;
                }
            }
        }
    })
}

impl Measure for ShareInBearMarket {
    fn spec(&self) -> &'static Spec {
        &BEAR
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let (n, weight) = (params.int("n"), params.text("weight"));
        let limit = (1.0 - params.float("threshold")) * (1.0 + TIE);
        let weights = (weight == "cap").then(|| c.closing_weights());
        let key = c.key("in_bear_market", format_args!("{n}|{}|{weight}", params.text("threshold")));
        let shares = cut.memo(&key, || below(&c, &drawdowns(&c, n), weights.as_deref(), limit));
        members::points(&c, days, Back::Sessions(n), |_, t| match shares[t] {
            (_, _, 0) => Err(Missing::TooFew),
            (below, all, counted) => Ok((below / all, counted as usize)),
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}
