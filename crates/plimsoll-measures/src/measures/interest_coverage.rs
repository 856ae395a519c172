//! Interest coverage of a universe: who does not earn its interest, the median, the aggregate, small against large.

use std::collections::BTreeMap;
use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_issuers::{self as of, Section};
use crate::kernels::burden::{self, BASIS, Burden, FISCAL_YEAR, burdens};
use crate::kernels::issuers::{FINANCIALS, Issuers, MEMBERS};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Share of members whose coverage is below a bound.
pub struct InterestCoverageBelow;
/// The same, less that of another universe.
pub struct InterestCoverageBelowGap;
/// The median coverage.
pub struct MedianCoverage;
/// Coverage of all members together.
pub struct DebtWeightedCoverage;

const BELOW: ParamSpec = ParamSpec::new("below", ParamKind::Float(-1000.0, 1000.0), "1", "the bound of coverage");
const BY: ParamSpec = ParamSpec::new(
    "by",
    ParamKind::Choice(&["none", "sector", "size", "year"]),
    "none",
    "break the evidence down by sector, by decile of total assets (1 is the smallest), or by fiscal year as known on the day",
);
const THAN: ParamSpec = ParamSpec::new("than", ParamKind::Universe, "sp500", "the universe whose value is taken off");
const VERIFIED: &str = "testsuite/tests/real_debt.rs";

static BELOW_SPEC: Spec = Spec {
    name: "interest_coverage_below",
    title: "Share that does not earn its interest",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "The share of issuers whose earnings before interest and taxes are less than their interest expense (or a multiple of it).",
    definition: "Issuers with coverage below `below` over issuers with interest expense and data. Interest coverage is EBIT (operating income; \
                 where none is stated, income before taxes plus interest expense) over interest expense, both of one and the same twelve \
                 months. Members without interest expense are in neither number. n is the number with coverage.",
    params: &[of::UNIVERSE, MEMBERS, BELOW, BASIS, FISCAL_YEAR, FINANCIALS, BY],
    inputs: of::INPUTS,
    missing: of::MISSING,
    point_in_time: of::POINT_IN_TIME,
    references: &[
        "Banerjee, R. and Hofmann, B. (2018), The rise of zombie firms: causes and consequences, BIS Quarterly Review, September, 67-78 (interest coverage ratio)",
    ],
    verified: VERIFIED,
};

static GAP_SPEC: Spec = Spec {
    name: "interest_coverage_below_gap",
    title: "Small against large: share that does not earn its interest",
    topic: Topic::Debt,
    unit: Unit::FractionPoints,
    summary: "The share of issuers below a bound of interest coverage in one universe, less that in another.",
    definition: "interest_coverage_below of `universe` less that of `than`, each over its own issuers with interest expense and data. n is the \
                 smaller of the two numbers of issuers with coverage.",
    params: &[
        ParamSpec::new("universe", ParamKind::Universe, "russell2000", "whose members, such as small companies"),
        THAN,
        MEMBERS,
        BELOW,
        BASIS,
        FISCAL_YEAR,
        FINANCIALS,
    ],
    inputs: of::INPUTS,
    missing: of::MISSING,
    point_in_time: of::POINT_IN_TIME,
    references: &[
        "Banerjee, R. and Hofmann, B. (2018), The rise of zombie firms: causes and consequences, BIS Quarterly Review, September, 67-78 (interest coverage ratio)",
    ],
    verified: VERIFIED,
};

static MEDIAN_SPEC: Spec = Spec {
    name: "median_coverage",
    title: "Median interest coverage",
    topic: Topic::Debt,
    unit: Unit::Multiple,
    summary: "How many times the middle issuer earns its interest.",
    definition: "The median of interest coverage over issuers with interest expense and data; coverage as in interest_coverage_below. n is their number.",
    params: &[of::UNIVERSE, MEMBERS, BASIS, FISCAL_YEAR, FINANCIALS, BY],
    inputs: of::INPUTS,
    missing: of::MISSING,
    point_in_time: of::POINT_IN_TIME,
    references: &[
        "Banerjee, R. and Hofmann, B. (2018), The rise of zombie firms: causes and consequences, BIS Quarterly Review, September, 67-78 (interest coverage ratio)",
    ],
    verified: VERIFIED,
};

static WEIGHTED_SPEC: Spec = Spec {
    name: "debt_weighted_coverage",
    title: "Interest coverage of all debt",
    topic: Topic::Debt,
    unit: Unit::Multiple,
    summary: "How many times issuers together earn their interest, or coverage averaged over debt.",
    definition: "`aggregate`: the sum of EBIT over the sum of interest expense of issuers with both. `debt`: the mean of coverage weighted by total \
                 debt, each capped between -10 and 50 so that one issuer with hardly any interest does not carry the mean. n is the number of \
                 issuers.",
    params: &[
        of::UNIVERSE,
        MEMBERS,
        ParamSpec::new(
            "weight",
            ParamKind::Choice(&["aggregate", "debt"]),
            "aggregate",
            "the sum over the sum, or the mean by debt",
        ),
        BASIS,
        FISCAL_YEAR,
        FINANCIALS,
    ],
    inputs: of::INPUTS,
    missing: of::MISSING,
    point_in_time: of::POINT_IN_TIME,
    references: &[
        "Board of Governors (2024), Stress Testing the Corporate Debt Servicing Capacity, FEDS Notes, 9 May (aggregate interest coverage ratio)",
    ],
    verified: VERIFIED,
};

fn ratios<'a>(section: &'a Section<'a>, financials: &'a str) -> impl Iterator<Item = f64> + 'a {
    of::wanted(section, financials).filter_map(|(_, b)| b.coverage.as_ref().ok().map(|r| r.value))
}

fn share_below(section: &Section<'_>, params: &Params) -> Result<(f64, usize), Missing> {
    let (mut n, mut below) = (0usize, 0usize);
    let bound = params.float("below");
    for ratio in ratios(section, params.text("financials")) {
        n += 1;
        below += usize::from(ratio < bound);
    }
    if n == 0 { Err(Missing::NoData) } else { Ok((below as f64 / n as f64, n)) }
}

/// How coverage spreads over bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// The share of issuers in each bin; the bins follow from the edges, the lower edge within.
    pub shares: Vec<f64>,
    /// How many issuers.
    pub n: usize,
    /// The median.
    pub median: f64,
}

/// The spread of coverage at a position, of the issuers that [`MedianCoverage`] with these parameters counts; `None` where there are none.
pub fn spread(cut: &Cut, params: &Params, day: usize, edges: &[f64]) -> Option<Spread> {
    let issuers = Issuers::of(cut, params).ok()?;
    let tracks = burdens(&issuers, burden::basis(params));
    let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
    let mut values: Vec<f64> = ratios(&section, params.text("financials")).collect();
    let median = of::median(&mut values)?;
    let share = |w: &[f64]| values.iter().filter(|v| **v >= w[0] && **v < w[1]).count() as f64 / values.len() as f64;
    Some(Spread { shares: edges.windows(2).map(share).collect(), n: values.len(), median })
}

fn absent(b: &Burden) -> Option<crate::kernels::statements::Absent> {
    b.coverage.as_ref().err().copied()
}

/// Coverage of members by sector, by decile of assets, or of members of the day by fiscal year.
fn groups(issuers: &Issuers<'_>, section: &Section<'_>, params: &Params, day: usize) -> BTreeMap<String, Vec<f64>> {
    let mut out: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut sized: Vec<(f64, f64)> = Vec::new();
    for (holder, b) in of::wanted(section, params.text("financials")) {
        if params.text("by") == "year" {
            let years = issuers.statements(holder).map(|s| s.coverage_by_year(issuers.ends[day])).unwrap_or_default();
            for (year, ratio) in years.into_iter().filter_map(|(y, r)| Some((y, r.ok()?))) {
                out.entry(format!("fiscal {year}")).or_default().push(ratio.value);
            }
        }
        let Ok(ratio) = &b.coverage else { continue };
        match params.text("by") {
            "sector" => out.entry(issuers.sector(holder, issuers.ends[day])).or_default().push(ratio.value),
            "size" => sized.extend(b.assets.as_ref().ok().map(|a| (a.value, ratio.value))),
            _ => {}
        }
    }
    sized.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let n = sized.len();
    for (k, (_, ratio)) in sized.into_iter().enumerate() {
        out.entry(format!("decile {:02} of assets", k * 10 / n + 1)).or_default().push(ratio);
    }
    out
}

/// The issuers below the bound with most debt, with the filings that say so.
fn largest(issuers: &Issuers<'_>, section: &Section<'_>, params: &Params) -> Vec<Fact> {
    let bound = params.float("below");
    let debt = |b: &Burden| b.debt.as_ref().map_or(0.0, |d| d.value);
    let mut below: Vec<_> = of::wanted(section, params.text("financials"))
        .filter_map(|(h, b)| b.coverage.as_ref().ok().filter(|r| r.value < bound).map(|r| (h, b, r)))
        .collect();
    below.sort_by(|x, y| debt(y.1).total_cmp(&debt(x.1)).then(x.0.label.cmp(&y.0.label)));
    let fact = |(h, b, r): &(&crate::kernels::issuers::Holder, &Burden, &crate::kernels::statements::Ratio)| {
        let mut filings = r.over.accessions(&issuers.cut.facts);
        filings.extend(r.under.accessions(&issuers.cut.facts));
        filings.sort_unstable();
        filings.dedup();
        let debt = Unit::Dollars.format(debt(b));
        Fact::new(h.label.clone(), r.value, Unit::Multiple).on(r.end()).note(format!("debt {debt}; {}", filings.join(", ")))
    };
    below.iter().take(10).map(fact).collect()
}

impl Measure for InterestCoverageBelow {
    fn spec(&self) -> &'static Spec {
        &BELOW_SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        of::needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let issuers = Issuers::of(cut, params)?;
        let tracks = burdens(&issuers, burden::basis(params));
        Ok(of::points(&issuers, &tracks, days, |section| share_below(section, params)))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(issuers) = Issuers::of(cut, params) else { return Vec::new() };
        let tracks = burdens(&issuers, burden::basis(params));
        let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
        let mut facts = of::coverage_of_data(&section, params.text("financials"), absent);
        let bound = params.float("below");
        let share = |v: &mut Vec<f64>| v.iter().filter(|x| **x < bound).count() as f64 / v.len() as f64;
        facts.extend(of::by_group(groups(&issuers, &section, params, day), Unit::Fraction, share));
        facts.extend(largest(&issuers, &section, params));
        facts
    }
}

impl Measure for InterestCoverageBelowGap {
    fn spec(&self) -> &'static Spec {
        &GAP_SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        of::both(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        of::gap(cut, params, days, |section| share_below(section, params))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        of::gap_evidence(cut, params, day, Unit::Fraction, |section| share_below(section, params))
    }
}

impl Measure for MedianCoverage {
    fn spec(&self) -> &'static Spec {
        &MEDIAN_SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        of::needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let issuers = Issuers::of(cut, params)?;
        let tracks = burdens(&issuers, burden::basis(params));
        Ok(of::points(&issuers, &tracks, days, |section| {
            let mut values: Vec<f64> = ratios(section, params.text("financials")).collect();
            of::median(&mut values).map(|m| (m, values.len())).ok_or(Missing::NoData)
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(issuers) = Issuers::of(cut, params) else { return Vec::new() };
        let tracks = burdens(&issuers, burden::basis(params));
        let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
        let mut facts = of::coverage_of_data(&section, params.text("financials"), absent);
        let mut values: Vec<f64> = ratios(&section, params.text("financials")).collect();
        values.sort_by(f64::total_cmp);
        if !values.is_empty() {
            for p in [0.1, 0.25, 0.75, 0.9] {
                facts.push(Fact::new(format!("{:.0}th percentile", p * 100.0), of::quantile(&values, p), Unit::Multiple));
            }
        }
        let middle = |v: &mut Vec<f64>| of::median(v).unwrap_or(f64::NAN);
        facts.extend(of::by_group(groups(&issuers, &section, params, day), Unit::Multiple, middle));
        facts
    }
}

impl Measure for DebtWeightedCoverage {
    fn spec(&self) -> &'static Spec {
        &WEIGHTED_SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        of::needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let issuers = Issuers::of(cut, params)?;
        let tracks = burdens(&issuers, burden::basis(params));
        let by_debt = params.text("weight") == "debt";
        Ok(of::points(&issuers, &tracks, days, |section| {
            let (mut over, mut under, mut n) = (0.0, 0.0, 0);
            for (_, b) in of::wanted(section, params.text("financials")) {
                let Ok(ratio) = &b.coverage else { continue };
                let (x, weight) = match (by_debt, &b.debt) {
                    (false, _) => (ratio.over.value, ratio.under.value),
                    (true, Ok(debt)) => (ratio.value.clamp(-10.0, 50.0) * debt.value, debt.value),
                    (true, Err(_)) => continue,
                };
                over += x;
                under += weight;
                n += 1;
            }
            if under > 0.0 { Ok((over / under, n)) } else { Err(Missing::NoData) }
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(issuers) = Issuers::of(cut, params) else { return Vec::new() };
        let tracks = burdens(&issuers, burden::basis(params));
        let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
        of::coverage_of_data(&section, params.text("financials"), absent)
    }
}
