//! Index variance split into what is common to its members and what is specific to single names.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::{Cut, Group};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::Constituents;
use crate::kernels::market_model::{Market, Split, market_model, split, variances};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Share of the index's variance that is common to its members.
pub struct CommonVarianceShare;
/// A group's share of the name-specific variance.
pub struct GroupSpecificShare;

const N: ParamSpec = ParamSpec::new("n", ParamKind::Int(10, 1000), "126", "sessions of the regressions");
const MARKET: ParamSpec = ParamSpec::new(
    "market",
    ParamKind::Choice(&["equal", "cap"]),
    "equal",
    "the common factor: the equal-weighted members (no name dominates it), or the index itself (Sharpe's single-index model)",
);
/// The definition that both share.
const LACKING: &str = "A member counts where at least 80 % of the window's returns are known; the weights of the others are shared out (evidence: weight \
    with an estimate). Absurd returns are left out and flagged.";

static COMMON: Spec = Spec {
    name: "common_variance_share",
    title: "Common share of index variance",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The share of the index's variance that comes from a factor common to its members; the rest comes from single names.",
    definition: "Over the past n sessions each member's daily return is regressed on the market's, r(i) = a(i) + b(i) m + e(i), with the \
                 residual variance s(i)^2 on n - 2 degrees of freedom. With weights w at the close, common = (sum w(i) b(i))^2 var(m) and \
                 specific = sum over issuers of (sum over classes of w s)^2; the value is common / (common + specific). The market is the \
                 equal-weighted mean of the members unless the parameter says cap: against the index itself the largest names are part \
                 of their own factor and the specific part is understated. Residuals are taken as uncorrelated between issuers, so that common + \
                 specific is the model's variance, given beside the realised one in the evidence. n_obs is the members counted.",
    params: &[members::UNIVERSE, N, MARKET],
    inputs: members::INPUTS,
    missing: LACKING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Sharpe, W. (1963), A simplified model for portfolio analysis, Management Science 9, 277-293",
        "Campbell, J., Lettau, M., Malkiel, B. and Xu, Y. (2001), Have individual stocks become more volatile?, Journal of Finance 56, 1-43",
        "Gabaix, X. (2011), The granular origins of aggregate fluctuations, Econometrica 79, 733-772, eq. 4",
    ],
    verified: "bench/masking (pandas, polars)",
};

static SPECIFIC: Spec = Spec {
    name: "group_specific_share",
    title: "Group's share of name-specific variance",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The share of the name-specific part of the index's variance that a group supplies.",
    definition: "Sum over the group's issuers of (sum over classes of w s)^2 over the same sum over all issuers, with weights w at the close and \
                 residual deviations s of the market model over the past n sessions (see common_variance_share). n_obs is the members \
                 counted.",
    params: &[members::UNIVERSE, members::GROUP, N, MARKET],
    inputs: members::INPUTS,
    missing: LACKING,
    point_in_time: members::POINT_IN_TIME,
    references: &[
        "Sharpe, W. (1963), A simplified model for portfolio analysis, Management Science 9, 277-293",
        "Gabaix, X. (2011), The granular origins of aggregate fluctuations, Econometrica 79, 733-772, eq. 4",
    ],
    verified: "bench/masking (pandas, polars)",
};

fn splits(c: &Constituents<'_>, params: &Params, group: Option<&Group>) -> Arc<Vec<Split>> {
    let (n, market) = (params.int("n"), params.text("market"));
    let name = group.map_or("", |_| params.text("group"));
    c.cut.memo(&c.key("variance_split", format_args!("{n}|{market}|{name}")), || {
        let rows = group.map(|g| c.rows_of(g)).unwrap_or_default();
        split(c, &market_model(c, n, Market::of(market)), &rows)
    })
}

fn facts(c: &Constituents<'_>, params: &Params, day: usize, s: &Split) -> Vec<Fact> {
    let (n, year) = (params.int("n"), 252.0_f64);
    let annual =
        |label: &str, variance: f64| Fact::new(label, (variance * year).sqrt(), Unit::Fraction).note("volatility a year");
    let realised = variances(&c.index().ret[(day + 1).saturating_sub(n)..=day], n).last().copied().unwrap_or(f64::NAN);
    let mut facts = vec![
        annual("common part", s.common),
        annual("name-specific part", s.specific),
        annual("both", s.common + s.specific),
        annual("index as realised over the window", realised),
        Fact::new("slope of the index on the market", s.beta, Unit::Number),
        Fact::new("weight with an estimate", s.weight, Unit::Fraction).note(format!("{} members", s.members)),
    ];
    let (model, weights) = (market_model(c, n, Market::of(params.text("market"))), c.closing_weights());
    let own = |row: usize| (row, weights.at(row, day).powi(2) * model.specific(row)[day] / (s.specific * s.weight * s.weight));
    let parts = (0..weights.rows()).map(own).filter(|(_, x)| x.is_finite()).collect();
    for (row, part) in members::largest(parts, 10) {
        let note = format!("of the name-specific part; beta {:.2}", model.beta(row)[day]);
        facts.push(Fact::new(c.symbol(row), part, Unit::Fraction).note(note));
    }
    facts
}

impl Measure for CommonVarianceShare {
    fn spec(&self) -> &'static Spec {
        &COMMON
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, params.int("n") + 1)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let splits = splits(&c, params, None);
        members::points(&c, days, Back::Window(crate::Window::Sessions(params.int("n"))), |_, t| {
            let s = &splits[t];
            if s.members < 2 {
                return Err(Missing::TooFew);
            }
            Ok((s.common / (s.common + s.specific), s.members as usize))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        facts(&c, params, day, &splits(&c, params, None)[day])
    }
}

impl Measure for GroupSpecificShare {
    fn spec(&self) -> &'static Spec {
        &SPECIFIC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, params.int("n") + 1)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (c, group) = members::with_group(cut, params)?;
        let splits = splits(&c, params, Some(&group));
        members::group_points(&c, &group, days, Back::Window(crate::Window::Sessions(params.int("n"))), |_, t| {
            let s = &splits[t];
            if s.members < 2 {
                return Err(Missing::TooFew);
            }
            Ok((s.group / s.specific, s.members as usize))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((c, group)) = members::with_group(cut, params) else { return Vec::new() };
        let mut facts = facts(&c, params, day, &splits(&c, params, Some(&group))[day]);
        facts.extend(members::group_quality(&c, &group, day));
        facts
    }
}
