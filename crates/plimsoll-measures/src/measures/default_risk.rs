//! How near a universe's issuers are to default: distance to default, Altman's Z, failure probability.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use rayon::prelude::*;

use super::of_members::UNIVERSE;
use crate::kernels::altman_z::{Form, Zone};
use crate::kernels::campbell_hilscher_szilagyi::{Regressors, winsorised};
use crate::kernels::constituents::{CAPS, Constituents, reach};
use crate::kernels::default_risk::{self, Index, Market, WINDOW};
use crate::kernels::drawdown::median;
use crate::kernels::issuers::{FINANCIALS, Issuers};
use crate::kernels::series::{self, CARRIED, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Median distance to default of the issuers with debt.
pub struct DistanceToDefault;
/// Share of them below one standard deviation.
pub struct DistanceBelowOne;
/// Share of issuers in Altman's distress zone.
pub struct AltmanDistress;
/// Mean probability of failure twelve months ahead.
pub struct FailureProbability;

const FORM: ParamSpec = ParamSpec::new(
    "form",
    ParamKind::Choice(&["naive", "merton"]),
    "naive",
    "`naive`: Bharath and Shumway, without iteration; `merton`: asset value and volatility by iteration, far slower over a history",
);
const RATE: ParamSpec = ParamSpec::new(
    "rate",
    ParamKind::Series,
    "treasury:1Y|fred:DGS1|fred:DTB3",
    "the riskless rate of the iteration, in per cent a year",
);
const LEAST: ParamSpec = ParamSpec::new("least", ParamKind::Int(1, 5000), "10", "issuers below which there is no value");
const INPUTS: &str = "Daily price returns and capitalisations of the members; debt due within a year and later, and the accounts, from statements as \
     known (dollars).";
const MISSING: &str = "An issuer counts where its debt (or accounts), its capitalisation and at least 202 of the past 253 levels are known. An issuer without \
     debt has no distance and does not count. Financial issuers, for whom leverage means something else, are left out unless asked for.";
const POINT_IN_TIME: &str = "Statements count from when they could be used, prices from the close; equity of the past year is today's capitalisation carried back by \
     price returns.";
const DISTANCE_PARAMS: &[ParamSpec] = &[UNIVERSE, FINANCIALS, FORM, RATE, LEAST];
const DISTANCE: &str = "Naive: (ln((E + F) / F) + r - s^2 / 2) / s with E the capitalisation, F debt due within a year and half of the rest, r the share's return over \
     the past year, s = E/(E+F) s_E + F/(E+F) (0.05 + 0.25 s_E), s_E the annualised deviation of its daily log returns. Merton: asset value and \
     volatility by iteration over the past year's equity values, F constant, (ln(V / F) + m - s^2 / 2) / s with m the drift of V. Horizon one year.";
const REFERENCES: &[&str] = &[
    "Merton (1974), On the Pricing of Corporate Debt, Journal of Finance 29(2)",
    "Bharath and Shumway (2008), Forecasting Default with the Merton Distance to Default Model, Review of Financial Studies 21(3)",
];

static MEDIAN: Spec = Spec {
    name: "distance_to_default",
    title: "Distance to default of the median issuer",
    topic: Topic::Credit,
    unit: Unit::Number,
    summary: "Standard deviations between the value of the median indebted issuer's assets a year ahead and its debt.",
    definition: DISTANCE,
    params: DISTANCE_PARAMS,
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: REFERENCES,
    verified: "testsuite/tests/replication_default_measures.rs",
};

static BELOW: Spec = Spec {
    name: "distance_below_one",
    title: "Issuers near default",
    topic: Topic::Credit,
    unit: Unit::Fraction,
    summary: "The share of indebted issuers whose assets stand less than one standard deviation above their debt.",
    definition: DISTANCE,
    params: DISTANCE_PARAMS,
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: REFERENCES,
    verified: "testsuite/tests/replication_default_measures.rs",
};

static ALTMAN: Spec = Spec {
    name: "altman_distress",
    title: "Issuers in Altman's distress zone",
    topic: Topic::Credit,
    unit: Unit::Fraction,
    summary: "The share of issuers whose Altman Z lies in the zone of firms that went bankrupt.",
    definition: "z: 1.2 WC/A + 1.4 RE/A + 3.3 EBIT/A + 0.6 E/L + 0.999 S/A with the market value of equity, distress below 1.81. z_double_prime: 6.56 \
                 WC/A + 3.26 RE/A + 6.72 EBIT/A + 1.05 book equity/L, distress below 1.10, for firms that make nothing. Past twelve months and the \
                 latest balance. n is the number of issuers with all accounts.",
    params: &[
        UNIVERSE,
        FINANCIALS,
        ParamSpec::new("form", ParamKind::Choice(&["z", "z_double_prime"]), "z", "the function of 1968, or that without sales"),
        LEAST,
    ],
    inputs: INPUTS,
    missing: "An issuer counts where every account and, for z, its capitalisation are known.",
    point_in_time: POINT_IN_TIME,
    references: &[
        "Altman (1968), Financial Ratios, Discriminant Analysis and the Prediction of Corporate Bankruptcy, Journal of Finance 23(4)",
        "Altman, Hartzell and Peck (1995), Emerging Markets Corporate Bonds: A Scoring System, Salomon Brothers",
    ],
    verified: "unit tests: group means of Altman (1968, table 1)",
};

static FAILURE: Spec = Spec {
    name: "failure_probability",
    title: "Mean probability of failure",
    topic: Topic::Credit,
    unit: Unit::Fraction,
    summary: "The mean over issuers of the probability to fail in the twelfth month from now.",
    definition: "Logit with the coefficients of table IV for twelve months on NIMTAAVG, TLMTA, EXRETAVG, SIGMA, RSIZE, CASHMTA, MB and PRICE, each limited to \
                 its 5th and 95th percentile over the members. Months are 21 sessions, market assets of past quarters hold today's liabilities. The \
                 mean over issuers with all of them; n is their number. Evidence: the ten highest.",
    params: &[
        UNIVERSE,
        FINANCIALS,
        ParamSpec::new(
            "index",
            ParamKind::Universe,
            "sp500",
            "the index whose capitalisation and return issuers are set against",
        ),
        LEAST,
    ],
    inputs: INPUTS,
    missing: "An issuer counts where four quarters of net income in a row, liabilities, cash, equity and a year of prices are known.",
    point_in_time: POINT_IN_TIME,
    references: &["Campbell, Hilscher and Szilagyi (2008), In Search of Distress Risk, Journal of Finance 63(6), table IV"],
    verified: "testsuite/tests/replication_default_measures.rs",
};

fn needs(params: &Params) -> Needs {
    default_risk::needs(params).lookback(reach(WINDOW + 2) + CAPS)
}

fn market<'a>(cut: &'a Cut, params: &'a Params) -> Result<Market<'a>, Unmeasurable> {
    let issuers = Issuers::named(cut, params.text("universe"), false)?;
    Ok(Market::new(issuers, Constituents::of(cut, params)?))
}

/// Values of the members that count at a position: holder and value, in the order of holders.
fn values<T: Send>(m: &Market<'_>, params: &Params, t: usize, value: impl Fn(usize) -> Option<T> + Sync) -> Vec<(usize, T)> {
    let counts = |i: &usize| {
        let holder = &m.issuers.holders[*i];
        holder.is_member(t) && holder.facts.is_some() && m.issuers.wanted(holder, params.text("financials"), m.issuers.ends[t])
    };
    let wanted: Vec<usize> = (0..m.issuers.holders.len()).filter(counts).collect();
    wanted.into_par_iter().filter_map(|i| Some((i, value(i)?))).collect()
}

fn distances(cut: &Cut, m: &Market<'_>, params: &Params, t: usize) -> Result<Vec<(usize, f64)>, Missing> {
    let found = if params.text("form") == "merton" {
        let view = View::of(cut, &[params.text("rate")], t)?;
        if series::age(view.day(), cut.sessions[t]) > CARRIED {
            return Err(Missing::NoData);
        }
        let rate = (view.level(0) / 100.0).ln_1p();
        values(m, params, t, |i| m.merton(i, t, rate).map(|d| d.distance))
    } else {
        values(m, params, t, |i| m.naive(i, t).map(|d| d.distance))
    };
    enough(params, found.len()).map(|_| found)
}

fn enough(params: &Params, n: usize) -> Result<usize, Missing> {
    if n >= params.int("least") { Ok(n) } else { Err(Missing::TooFew) }
}

/// The `k` lowest (or highest) of the values as facts.
fn extremes(m: &Market<'_>, mut found: Vec<(usize, f64)>, high: bool, unit: Unit) -> Vec<Fact> {
    found.sort_by(|a, b| if high { b.1.total_cmp(&a.1) } else { a.1.total_cmp(&b.1) }.then(a.0.cmp(&b.0)));
    let word = if high { "highest" } else { "lowest" };
    found.iter().take(10).map(|(i, v)| Fact::new(&m.issuers.holders[*i].label, *v, unit).note(word)).collect()
}

macro_rules! distance {
    ($name:ident, $spec:ident, $value:expr) => {
        impl Measure for $name {
            fn spec(&self) -> &'static Spec {
                &$spec
            }
            fn needs(&self, params: &Params, _from: Day) -> Needs {
                let mut needs = needs(params);
                needs.merge(&series::wanted([params.text("rate")]));
                needs
            }
            fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
                let m = market(cut, params)?;
                let value: fn(&mut Vec<f64>) -> Option<f64> = $value;
                Ok(each(days, |t| {
                    let mut found: Vec<f64> = distances(cut, &m, params, t)?.into_iter().map(|d| d.1).collect();
                    let n = found.len();
                    Ok(Point::of(value(&mut found).ok_or(Missing::TooFew)?, n).flagged(m.universe.flags(t..t + 1)))
                }))
            }
            fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
                let Ok(m) = market(cut, params) else { return Vec::new() };
                distances(cut, &m, params, day).map(|found| extremes(&m, found, false, Unit::Number)).unwrap_or_default()
            }
        }
    };
}

distance!(DistanceToDefault, MEDIAN, |found| median(found));
distance!(DistanceBelowOne, BELOW, |found| {
    (!found.is_empty()).then(|| found.iter().filter(|d| **d < 1.0).count() as f64 / found.len() as f64)
});

fn form(params: &Params) -> Form {
    if params.text("form") == "z" { Form::Z } else { Form::ZDoublePrime }
}

impl Measure for AltmanDistress {
    fn spec(&self) -> &'static Spec {
        &ALTMAN
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (m, form) = (market(cut, params)?, form(params));
        Ok(each(days, |t| {
            let found = values(&m, params, t, |i| m.altman(i, t, form));
            let n = enough(params, found.len())?;
            let distress = found.iter().filter(|z| form.zone(z.1) == Zone::Distress).count();
            Ok(Point::of(distress as f64 / n as f64, n).flagged(m.universe.flags(t..t + 1)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(m) = market(cut, params) else { return Vec::new() };
        let found = values(&m, params, day, |i| m.altman(i, day, form(params)));
        let mut all: Vec<f64> = found.iter().map(|z| z.1).collect();
        let mut facts: Vec<Fact> = median(&mut all).map(|z| Fact::new("median Z", z, Unit::Number)).into_iter().collect();
        facts.extend(extremes(&m, found, false, Unit::Number));
        facts
    }
}

/// Failure probabilities of the members at a position, regressors limited over them.
fn failures(cut: &Cut, m: &Market<'_>, params: &Params, t: usize) -> Vec<(usize, f64)> {
    let Ok(index) = Constituents::named(cut, params.text("index")) else { return Vec::new() };
    let caps = cut.memo(&index.key("index_caps", ""), || {
        let caps = index.universe.member_caps(&cut.panel, 0);
        let at = |t: usize| (0..caps.rows()).map(|row| caps.at(row, t)).filter(|c| c.is_finite()).sum::<f64>();
        (0..cut.sessions.len()).map(at).collect::<Vec<f64>>()
    });
    let level = index.index();
    let from = Index { caps: &caps, level: &level.level };
    let found: Vec<(usize, Regressors)> = values(m, params, t, |i| m.failure(i, t, from));
    let limited = winsorised(&found.iter().map(|f| f.1).collect::<Vec<_>>());
    found.iter().zip(limited).map(|((i, _), r)| (*i, r.probability())).collect()
}

impl Measure for FailureProbability {
    fn spec(&self) -> &'static Spec {
        &FAILURE
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params).universe(params.text("index")).lookback(reach(WINDOW + 210) + CAPS)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let m = market(cut, params)?;
        Constituents::named(cut, params.text("index"))?;
        Ok(each(days, |t| {
            let found = failures(cut, &m, params, t);
            let n = enough(params, found.len())?;
            let mean = found.iter().map(|f| f.1).sum::<f64>() / n as f64;
            Ok(Point::of(mean, n).flagged(m.universe.flags(t..t + 1)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(m) = market(cut, params) else { return Vec::new() };
        let found = failures(cut, &m, params, day);
        extremes(&m, found, true, Unit::Fraction)
    }
}
