//! The return of the equal-weighted index, and the gap between it and the capitalisation-weighted one.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::Constituents;
use crate::kernels::index::Index;
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Return of the equal-weighted index.
pub struct EqualWeightReturn;
/// Return of the capitalisation-weighted index minus that of the equal-weighted one.
pub struct CapMinusEqual;

/// A quarter and a little: weights are set at the quarter end before the window.
const QUARTER: usize = 66;

const REBALANCE: ParamSpec = ParamSpec::new(
    "rebalance",
    ParamKind::Choice(&["daily", "quarterly"]),
    "quarterly",
    "when weights are set back to equal: at every close, or at the last close of each calendar quarter",
);

static EQUAL: Spec = Spec {
    name: "equal_weight_return",
    title: "Equal-weighted return",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The return over a window of the members weighted equally.",
    definition: "Quarterly (the convention of published equal-weight indices, though on calendar quarter ends): each member gets the same \
                 amount at the last close of the quarter and drifts with its price; a member that leaves is sold at the close before, one \
                 that joins waits for the next quarter. Daily: the plain mean of the members' returns, chained; it sells what rose and \
                 buys what fell every day, which earns the bounce between bid and ask in small stocks and flatters them. n is the number \
                 of sessions.",
    params: &[members::UNIVERSE, members::WINDOW, REBALANCE],
    inputs: members::PRICE_INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "S&P Dow Jones Indices, S&P U.S. Indices Methodology, S&P 500 Equal Weight Index (quarterly rebalancing)",
        "Blume, M. and Stambaugh, R. (1983), Biases in computed returns, Journal of Financial Economics 12, 387-404",
    ],
    verified: "testsuite/tests/masking_real.rs; bench/masking (pandas, polars)",
};

static GAP: Spec = Spec {
    name: "cap_minus_equal",
    title: "Cap-weighted minus equal-weighted return",
    topic: Topic::Masking,
    unit: Unit::FractionPoints,
    summary: "How much more the capitalisation-weighted index returned than the equal-weighted one over a window.",
    definition: "index_return minus equal_weight_return over the same window and members. Positive: the large members did better than the \
                 typical one. n is the number of sessions.",
    params: &[members::UNIVERSE, members::WINDOW, REBALANCE],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Plyakha, Y., Uppal, R. and Vilkov, G. (2021), Equal or value weighting?, in: Financial Risk Management and Modeling, 295-347",
    ],
    verified: "testsuite/tests/masking_real.rs; bench/masking (pandas, polars)",
};

fn equal(c: &Constituents<'_>, params: &Params) -> Arc<Index> {
    if params.text("rebalance") == "daily" { Index::equal_daily(c) } else { Index::equal_quarterly(c) }
}

fn needs(params: &Params, from: Day) -> Needs {
    members::needs(params, params.window("window").lookback(from) + QUARTER)
}

fn facts(cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
    let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
    let Ok(first) = Back::Window(params.window("window")).first(cut, day) else { return Vec::new() };
    let (cap, equal) = (c.index(), equal(&c, params));
    let mut facts = Vec::new();
    if let (Ok(cap), Ok(equal)) = (cap.growth(first - 1, day), equal.growth(first - 1, day)) {
        facts.push(
            Fact::new("capitalisation-weighted return", cap, Unit::Fraction).note(format!("since {}", cut.sessions[first - 1])),
        );
        facts.push(Fact::new("equal-weighted return", equal, Unit::Fraction).note(format!("set {}", params.text("rebalance"))));
    }
    facts.push(Fact::new("members held equally on the day", f64::from(equal.members[day]), Unit::Count));
    facts.extend(members::quality(&c, first, day));
    facts
}

impl Measure for EqualWeightReturn {
    fn spec(&self) -> &'static Spec {
        &EQUAL
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let equal = equal(&c, params);
        members::points(&c, days, Back::Window(params.window("window")), |first, t| {
            Ok((equal.growth(first - 1, t)?, t + 1 - first))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}

impl Measure for CapMinusEqual {
    fn spec(&self) -> &'static Spec {
        &GAP
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        needs(params, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let (cap, equal) = (c.index(), equal(&c, params));
        members::points(&c, days, Back::Window(params.window("window")), |first, t| {
            Ok((cap.growth(first - 1, t)? - equal.growth(first - 1, t)?, t + 1 - first))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}
