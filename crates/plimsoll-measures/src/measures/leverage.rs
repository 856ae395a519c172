//! Leverage of a universe: the median, and small against large.

use std::collections::BTreeMap;
use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_issuers::{self as of, Section};
use crate::kernels::burden::{self, BASIS, Burden, FISCAL_YEAR, burdens};
use crate::kernels::issuers::{FINANCIALS, Issuers, MEMBERS};
use crate::kernels::statements::{Absent, Basis, Item, Stated};
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
const BY: ParamSpec = ParamSpec::new(
    "by",
    ParamKind::Choice(&["none", "sector", "size", "year"]),
    "none",
    "break the evidence down by sector, by decile of total assets (1 is the smallest), or by fiscal year as known on the day",
);
/// The first fiscal year of which filers state machine-readable numbers.
const FIRST_YEAR: i16 = 2009;
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
    params: &[of::UNIVERSE, MEMBERS, LEVERAGE, BURDENED, BASIS, FISCAL_YEAR, FINANCIALS, BY],
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

/// Leverage of an issuer that counts.
fn counted(b: &Burden, params: &Params) -> Option<f64> {
    let counts = params.text("of") != "indebted" || b.debt.as_ref().is_ok_and(|d| d.value > 0.0);
    one(b, params.text("leverage")).ok().filter(|_| counts)
}

fn values(section: &Section<'_>, params: &Params) -> Vec<f64> {
    of::wanted(section, params.text("financials")).filter_map(|(_, b)| counted(b, params)).collect()
}

/// Leverage of members by sector, by decile of assets, or of members of the day by fiscal year.
fn groups(issuers: &Issuers<'_>, section: &Section<'_>, params: &Params, day: usize) -> BTreeMap<String, Vec<f64>> {
    let at = issuers.ends[day];
    let mut out: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut sized: Vec<(f64, f64)> = Vec::new();
    for (holder, b) in of::wanted(section, params.text("financials")) {
        match params.text("by") {
            "year" => {
                let Some(statements) = issuers.statements(holder) else { continue };
                for year in FIRST_YEAR..=at.day().parts().0 {
                    let then = Burden::of(&statements, Basis::Year(year), at, b.financial);
                    if let Some(v) = counted(&then, params) {
                        out.entry(format!("fiscal {year}")).or_default().push(v);
                    }
                }
            }
            "sector" => out.entry(issuers.sector(holder, at)).or_default().extend(counted(b, params)),
            "size" => sized.extend(b.assets.as_ref().ok().and_then(|a| Some((a.value, counted(b, params)?)))),
            _ => {}
        }
    }
    sized.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let n = sized.len();
    for (k, (_, v)) in sized.into_iter().enumerate() {
        out.entry(format!("decile {:02} of assets", k * 10 / n + 1)).or_default().push(v);
    }
    // A group whose middle issuer has no EBITDA has no median that orders.
    out.retain(|_, v| of::median(&mut v.clone()).is_some_and(f64::is_finite));
    out
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
        let middle = |v: &mut Vec<f64>| of::median(v).unwrap_or(f64::NAN);
        facts.extend(of::by_group(groups(&issuers, &section, params, day), Unit::Multiple, middle));
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
