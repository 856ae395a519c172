//! Leverage of a universe: the median, and small against large.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_issuers::{self as of, Section};
use crate::kernels::burden::{self, BASIS, Burden, FISCAL_YEAR, burdens};
use crate::kernels::issuers::{FINANCIALS, Issuers, MEMBERS};
use crate::kernels::statements::{Absent, Item, Stated};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// The median leverage.
pub struct MedianLeverage;
/// The same, less that of another universe.
pub struct LeverageGap;

const LEVERAGE: ParamSpec = ParamSpec::new(
    "leverage",
    ParamKind::Choice(&["debt_to_ebitda", "net_debt_to_ebitda", "debt_to_assets"]),
    "debt_to_ebitda",
    "debt, or debt less cash, over EBITDA; or debt over total assets",
);
const BURDENED: ParamSpec = ParamSpec::new(
    "of",
    ParamKind::Choice(&["indebted", "all"]),
    "indebted",
    "issuers with debt, or all of them: many small companies have none",
);
const DEFINITION: &str = "Debt is put together from its parts, none counted twice, leases apart. EBITDA is EBIT plus depreciation and amortization of the \
    same twelve months. An issuer with debt and without EBITDA above zero has no ratio to it that orders: it counts as more leveraged than \
    any that has, so that leaving it out does not make the universe look sound. Where it is the middle one, the median is not defined.";
const REFERENCES: &[&str] =
    &["Board of Governors, Interagency Guidance on Leveraged Lending (2013), SR 13-3 (debt to EBITDA, six times as a concern)"];

static MEDIAN: Spec = Spec {
    name: "median_leverage",
    title: "Median leverage",
    topic: Topic::Debt,
    unit: Unit::Multiple,
    summary: "The debt of the middle issuer, as a multiple of its EBITDA or of its assets.",
    definition: DEFINITION,
    params: &[of::UNIVERSE, MEMBERS, LEVERAGE, BURDENED, BASIS, FISCAL_YEAR, FINANCIALS],
    inputs: of::INPUTS,
    missing: of::MISSING,
    point_in_time: of::POINT_IN_TIME,
    references: REFERENCES,
    verified: "testsuite/tests/real_debt.rs",
};

static GAP: Spec = Spec {
    name: "leverage_gap",
    title: "Small against large: median leverage",
    topic: Topic::Debt,
    unit: Unit::Multiple,
    summary: "The median leverage of one universe less that of another.",
    definition: DEFINITION,
    params: &[
        ParamSpec::new("universe", ParamKind::Universe, "russell2000", "whose members, such as small companies"),
        ParamSpec::new("than", ParamKind::Universe, "sp500", "the universe whose value is taken off"),
        MEMBERS,
        LEVERAGE,
        BURDENED,
        BASIS,
        FISCAL_YEAR,
        FINANCIALS,
    ],
    inputs: of::INPUTS,
    missing: of::MISSING,
    point_in_time: of::POINT_IN_TIME,
    references: REFERENCES,
    verified: "testsuite/tests/real_debt.rs",
};

/// Leverage of one issuer; infinite where it has debt and no EBITDA above zero.
fn one(b: &Burden, kind: &str) -> Result<f64, Absent> {
    let over = |x: &Stated, under: &Stated| match (under.value > 0.0, x.value > 0.0) {
        (true, _) => x.value / under.value,
        (false, true) => f64::INFINITY,
        (false, false) => 0.0,
    };
    let (debt, net) = (b.debt.as_ref().map_err(|e| *e), b.net_debt.as_ref().map_err(|e| *e));
    match kind {
        "debt_to_assets" => {
            let assets = b.assets.as_ref().map_err(|e| *e)?;
            if assets.value > 0.0 { Ok(debt?.value / assets.value) } else { Err(Absent::NotPositive(Item::Assets)) }
        }
        "net_debt_to_ebitda" => Ok(over(net?, b.ebitda.as_ref().map_err(|e| *e)?)),
        _ => Ok(over(debt?, b.ebitda.as_ref().map_err(|e| *e)?)),
    }
}

fn values(section: &Section<'_>, params: &Params) -> Vec<f64> {
    let indebted = params.text("of") == "indebted";
    let counts = |b: &&Burden| !indebted || b.debt.as_ref().is_ok_and(|d| d.value > 0.0);
    let chosen = of::wanted(section, params.text("financials")).map(|(_, b)| b).filter(counts);
    chosen.filter_map(|b| one(b, params.text("leverage")).ok()).collect()
}

fn middle(section: &Section<'_>, params: &Params) -> Result<(f64, usize), Missing> {
    let mut values = values(section, params);
    let median = of::median(&mut values).ok_or(Missing::NoData)?;
    if median.is_finite() { Ok((median, values.len())) } else { Err(Missing::Undefined) }
}

impl Measure for MedianLeverage {
    fn spec(&self) -> &'static Spec {
        &MEDIAN
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        of::needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let issuers = Issuers::of(cut, params)?;
        let tracks = burdens(&issuers, burden::basis(params));
        Ok(of::points(&issuers, &tracks, days, |section| middle(section, params)))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(issuers) = Issuers::of(cut, params) else { return Vec::new() };
        let tracks = burdens(&issuers, burden::basis(params));
        let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
        let kind = params.text("leverage");
        let mut facts = of::coverage_of_data(&section, params.text("financials"), |b| one(b, kind).err());
        let mut values = values(&section, params);
        values.sort_by(f64::total_cmp);
        let without = values.iter().filter(|v| v.is_infinite()).count();
        if !values.is_empty() {
            facts.push(Fact::new("share with debt and no EBITDA", without as f64 / values.len() as f64, Unit::Fraction));
            let heavy = values.iter().filter(|v| **v > 6.0).count();
            facts.push(Fact::new("share above six times", heavy as f64 / values.len() as f64, Unit::Fraction));
            for p in [0.25, 0.75] {
                facts.push(Fact::new(format!("{:.0}th percentile", p * 100.0), of::quantile(&values, p), Unit::Multiple));
            }
        }
        facts
    }
}

impl Measure for LeverageGap {
    fn spec(&self) -> &'static Spec {
        &GAP
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        of::both(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        of::gap(cut, params, days, |section| middle(section, params))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        of::gap_evidence(cut, params, day, Unit::Multiple, |section| middle(section, params))
    }
}
