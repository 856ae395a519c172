//! Figures of a return series, each with its definition.

use std::ops::Range;

use plimsoll_measures::kernels::regression::{automatic_lags, ols};
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::calendar::months;
use super::drawdowns::drawdowns;
use super::run::Outcome;
use super::simulate::{Account, NONE, Path};

/// Sessions in a year: what daily figures are annualised with, whatever the exchange's week was.
pub const SESSIONS: f64 = 252.0;

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Machine name.
    pub name: &'static str,
    /// For a person.
    pub label: &'static str,
    /// The unit.
    pub unit: Unit,
    /// The formula.
    pub definition: &'static str,
}

const fn figure(name: &'static str, label: &'static str, unit: Unit, definition: &'static str) -> Figure {
    Figure { name, label, unit, definition }
}

/// Every figure, in the order of [`Figures::values`].
pub const FIGURES: &[Figure] = &[
    figure("total_return", "Total return", Unit::Multiple, "final wealth over initial wealth"),
    figure(
        "cagr",
        "Return a year (CAGR)",
        Unit::Fraction,
        "(final wealth / initial wealth)^(1 / years) - 1; years are days of the calendar / 365.25",
    ),
    figure("excess_cagr", "Above bills, a year", Unit::FractionPoints, "CAGR less the CAGR of bills over the same days"),
    figure("volatility", "Volatility", Unit::Fraction, "standard deviation of daily returns (n - 1) times sqrt(252)"),
    figure(
        "sharpe",
        "Sharpe ratio",
        Unit::Number,
        "mean over standard deviation of daily returns above bills, times sqrt(252) (Sharpe 1994)",
    ),
    figure(
        "sortino",
        "Sortino ratio",
        Unit::Number,
        "mean daily return above bills times 252, over sqrt(252 mean(min(0, return above bills)^2)), all days counted (Sortino and Price 1994)",
    ),
    figure("calmar", "Calmar ratio", Unit::Number, "CAGR over the size of the largest drawdown, over the whole span"),
    figure("max_drawdown", "Largest drawdown", Unit::Fraction, "least wealth over its running peak, less 1, at closes"),
    figure(
        "drawdown_sessions",
        "Longest drawdown",
        Unit::Sessions,
        "days from a peak until it is reached again, the longest, or until the end",
    ),
    figure("ulcer", "Ulcer index", Unit::Fraction, "root mean square of the drawdown over all days (Martin and McCann 1989)"),
    figure("best_day", "Best day", Unit::Fraction, "largest daily return"),
    figure("worst_day", "Worst day", Unit::Fraction, "least daily return"),
    figure("best_month", "Best month", Unit::Fraction, "largest return of a calendar month"),
    figure("worst_month", "Worst month", Unit::Fraction, "least return of a calendar month"),
    figure("var_95", "Value at risk, 95 %", Unit::Fraction, "5th percentile of daily returns (the k-th least, k = ceil(0.05 n))"),
    figure(
        "cvar_95",
        "Expected shortfall, 95 %",
        Unit::Fraction,
        "mean of the daily returns at or below the 95 % value at risk (CVaR)",
    ),
    figure("var_99", "Value at risk, 99 %", Unit::Fraction, "1st percentile of daily returns (the k-th least, k = ceil(0.01 n))"),
    figure(
        "cvar_99",
        "Expected shortfall, 99 %",
        Unit::Fraction,
        "mean of the daily returns at or below the 99 % value at risk (CVaR)",
    ),
    figure("skewness", "Skewness", Unit::Number, "third central moment over the cube of the standard deviation (n), daily"),
    figure(
        "kurtosis",
        "Kurtosis",
        Unit::Number,
        "fourth central moment over the square of the variance (n), daily; 3 for a normal law",
    ),
    figure(
        "positive_days",
        "Hit rate, days",
        Unit::Fraction,
        "share of days with a return that are above zero; days at exactly zero are left out",
    ),
    figure("positive_months", "Hit rate, months", Unit::Fraction, "share of calendar months with a return above zero"),
    figure(
        "profit_factor",
        "Profit factor",
        Unit::Number,
        "sum of positive daily returns over the size of the sum of negative ones",
    ),
    figure(
        "alpha",
        "Alpha a year",
        Unit::Fraction,
        "constant of the regression of daily returns above bills on the benchmark's, times 252 (Jensen 1968)",
    ),
    figure("alpha_t", "t of alpha", Unit::Number, "alpha over its Newey-West standard error, floor(4 (n / 100)^(2/9)) lags"),
    figure("beta", "Beta", Unit::Number, "slope of the same regression"),
    figure("beta_se", "Standard error of beta", Unit::Number, "Newey-West, same lags"),
    figure(
        "tracking_error",
        "Tracking error",
        Unit::Fraction,
        "standard deviation of daily return less the benchmark's, times sqrt(252)",
    ),
    figure(
        "information_ratio",
        "Information ratio",
        Unit::Number,
        "mean daily return less the benchmark's times 252, over the tracking error",
    ),
    figure("correlation", "Correlation", Unit::Number, "Pearson, daily returns with the benchmark's"),
    figure(
        "up_capture",
        "Up capture",
        Unit::Fraction,
        "geometric mean monthly return in months when the benchmark rose, over the benchmark's in them",
    ),
    figure("down_capture", "Down capture", Unit::Fraction, "the same in months when the benchmark fell"),
    figure("turnover", "Turnover a year", Unit::Multiple, "half of what was bought and sold, over wealth, a year"),
    figure("trades", "Changes of position", Unit::Count, "days on which another rule than the day before was held"),
    figure("exposure", "Mean exposure", Unit::Multiple, "mean over days of holdings without their signs over wealth"),
    figure("invested", "Days invested", Unit::Fraction, "share of days with any holding"),
    figure("borrowed", "Mean borrowed", Unit::Multiple, "mean over days of money borrowed over wealth"),
    figure("cost", "Cost of trading a year", Unit::FractionPoints, "sum of costs over wealth, a year"),
    figure("days", "Days", Unit::Count, "daily returns counted"),
];

/// Values in the order of [`FIGURES`]; `None` where a figure is not defined for the series.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// One a figure.
    pub values: Vec<Option<f64>>,
}

impl Figures {
    /// By machine name; `None` also where there is no such figure.
    pub fn get(&self, name: &str) -> Option<f64> {
        FIGURES.iter().position(|f| f.name == name).and_then(|i| self.values[i])
    }
}

/// A daily series with what it is compared with; the first entry of each column is the starting close.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Days.
    pub days: &'a [Day],
    /// Returns.
    pub ret: &'a [f64],
    /// Returns of bills.
    pub bill: &'a [f64],
    /// Returns of the benchmark.
    pub benchmark: Option<&'a [f64]>,
    /// The account, for what was traded and held.
    pub account: Option<&'a Account>,
    /// Where the columns of `account` begin.
    pub offset: usize,
}

impl<'a> Sample<'a> {
    /// An account of an outcome, from one position of its axis (its starting close) to another (inclusive).
    pub fn of(outcome: &'a Outcome, account: &'a Account, span: Range<usize>) -> Sample<'a> {
        Sample {
            days: &outcome.market.days[span.clone()],
            ret: &account.ret[span.clone()],
            bill: &outcome.market.bill[span.clone()],
            benchmark: outcome.benchmark.as_deref().map(|b| &b[span.clone()]),
            account: Some(account),
            offset: span.start,
        }
    }
    /// A plain series of an outcome, such as its benchmark or its bills.
    pub fn plain(outcome: &'a Outcome, ret: &'a [f64], span: Range<usize>) -> Sample<'a> {
        Sample {
            days: &outcome.market.days[span.clone()],
            ret: &ret[span.clone()],
            bill: &outcome.market.bill[span.clone()],
            benchmark: None,
            account: None,
            offset: span.start,
        }
    }
}

/// Mean, and standard deviation with n - 1.
pub fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, variance.sqrt())
}

fn shape(x: &[f64]) -> Option<(f64, f64)> {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let moment = |p: i32| x.iter().map(|v| (v - mean).powi(p)).sum::<f64>() / n;
    let variance = moment(2);
    (variance > 1e-30).then(|| (moment(3) / variance.powf(1.5), moment(4) / variance.powi(2)))
}

/// The value at risk and the expected shortfall of a tail of probability `p`.
fn tail(sorted: &[f64], p: f64) -> (f64, f64) {
    let k = ((p * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
    (sorted[k - 1], sorted[..k].iter().sum::<f64>() / k as f64)
}

/// Every figure of a sample.
pub fn figures(sample: &Sample<'_>) -> Figures {
    let (days, bill) = (sample.days, &sample.bill[1..]);
    // The cost of the first purchase stands before the first day; what a period earned includes it only where it begins the test.
    let first = if sample.offset == 0 { sample.ret[0] } else { 0.0 };
    let ret = &sample.ret[1..];
    let n = ret.len();
    let mut out = Figures { values: vec![None; FIGURES.len()] };
    let mut set = |name: &str, value: f64| {
        let i = FIGURES.iter().position(|f| f.name == name).expect("a figure of the list");
        out.values[i] = value.is_finite().then_some(value);
    };
    set("days", n as f64);
    if n < 3 {
        return out;
    }
    let mut with_start = sample.ret.to_vec();
    with_start[0] = first;
    let wealth = Account { ret: with_start.clone(), ..Account::default() }.path();
    let years = f64::from(days[n].0 - days[0].0) / 365.25;
    let last = wealth.wealth[n];
    let growth = |w: f64| if w > 0.0 { w.powf(1.0 / years) - 1.0 } else { -1.0 };
    let bills: f64 = bill.iter().map(|b| 1.0 + b).product();
    set("total_return", last);
    set("cagr", growth(last));
    set("excess_cagr", growth(last) - growth(bills));
    let excess: Vec<f64> = ret.iter().zip(bill).map(|(r, b)| r - b).collect();
    let ((_, sd), (mean_excess, sd_excess)) = (moments(ret), moments(&excess));
    set("volatility", sd * SESSIONS.sqrt());
    if sd_excess > 1e-12 {
        set("sharpe", mean_excess / sd_excess * SESSIONS.sqrt());
    }
    let downside = (excess.iter().map(|e| e.min(0.0).powi(2)).sum::<f64>() / n as f64).sqrt();
    if downside > 1e-12 {
        set("sortino", mean_excess * SESSIONS / (downside * SESSIONS.sqrt()));
    }
    falls(&mut set, days, &wealth, growth(last));
    distribution(&mut set, days, ret, &with_start);
    if let Some(benchmark) = sample.benchmark {
        against(&mut set, days, &with_start, benchmark, bill, &excess);
    }
    if let Some(account) = sample.account {
        holdings(&mut set, account, sample.offset..sample.offset + n + 1, years);
    }
    out
}

fn falls(set: &mut impl FnMut(&str, f64), days: &[Day], wealth: &Path, cagr: f64) {
    let all = drawdowns(days, &wealth.wealth);
    let depth = all.first().map_or(0.0, |d| d.depth);
    set("max_drawdown", depth);
    set("drawdown_sessions", all.iter().map(|d| d.sessions).max().unwrap_or(0) as f64);
    if depth < 0.0 {
        set("calmar", cagr / -depth);
    }
    let under = super::drawdowns::underwater(&wealth.wealth);
    set("ulcer", (under[1..].iter().map(|u| u * u).sum::<f64>() / (under.len() - 1) as f64).sqrt());
}

fn distribution(set: &mut impl FnMut(&str, f64), days: &[Day], ret: &[f64], with_start: &[f64]) {
    let mut sorted = ret.to_vec();
    sorted.sort_by(f64::total_cmp);
    set("best_day", sorted[sorted.len() - 1]);
    set("worst_day", sorted[0]);
    for (p, var, cvar) in [(0.05, "var_95", "cvar_95"), (0.01, "var_99", "cvar_99")] {
        let (quantile, shortfall) = tail(&sorted, p);
        set(var, quantile);
        set(cvar, shortfall);
    }
    if let Some((skewness, kurtosis)) = shape(ret) {
        set("skewness", skewness);
        set("kurtosis", kurtosis);
    }
    let (up, down) = (ret.iter().filter(|r| **r > 0.0), ret.iter().filter(|r| **r < 0.0));
    let (gains, losses): (f64, f64) = (up.clone().sum(), down.clone().sum());
    let (ups, downs) = (up.count() as f64, down.count() as f64);
    set("positive_days", ups / (ups + downs));
    if losses < 0.0 {
        set("profit_factor", gains / -losses);
    }
    let months = months(days, with_start);
    let of = |pick: fn(f64, f64) -> f64, from: f64| months.iter().map(|m| m.ret).fold(from, pick);
    set("best_month", of(f64::max, f64::NEG_INFINITY));
    set("worst_month", of(f64::min, f64::INFINITY));
    set("positive_months", months.iter().filter(|m| m.ret > 0.0).count() as f64 / months.len() as f64);
}

fn against(set: &mut impl FnMut(&str, f64), days: &[Day], with_start: &[f64], benchmark: &[f64], bill: &[f64], excess: &[f64]) {
    let ret = &with_start[1..];
    let above: Vec<f64> = benchmark[1..].iter().zip(bill).map(|(b, c)| b - c).collect();
    if let Some(fit) = ols(excess, &[&above], automatic_lags(excess.len())) {
        set("alpha", fit.beta[0] * SESSIONS);
        set("alpha_t", fit.t(0));
        set("beta", fit.beta[1]);
        set("beta_se", fit.se[1]);
    }
    let active: Vec<f64> = ret.iter().zip(&benchmark[1..]).map(|(r, b)| r - b).collect();
    let (mean, sd) = moments(&active);
    set("tracking_error", sd * SESSIONS.sqrt());
    if sd > 1e-12 {
        set("information_ratio", mean * SESSIONS / (sd * SESSIONS.sqrt()));
    }
    if let Some(r) = plimsoll_measures::kernels::regression::correlation(ret, &benchmark[1..]) {
        set("correlation", r);
    }
    let mut unpaid = benchmark.to_vec();
    unpaid[0] = 0.0;
    let (ours, theirs) = (months(days, with_start), months(days, &unpaid));
    for (name, up) in [("up_capture", true), ("down_capture", false)] {
        let both = || ours.iter().zip(&theirs).filter(|(_, b)| if up { b.ret > 0.0 } else { b.ret < 0.0 });
        let count = both().count();
        if count == 0 {
            continue;
        }
        let mean = |of: fn((f64, f64)) -> f64| {
            both().map(|(a, b)| 1.0 + of((a.ret, b.ret))).product::<f64>().powf(1.0 / count as f64) - 1.0
        };
        set(name, mean(|p| p.0) / mean(|p| p.1));
    }
}

fn holdings(set: &mut impl FnMut(&str, f64), account: &Account, span: Range<usize>, years: f64) {
    let days = span.len() - 1;
    let sum = |column: &[f64], range: Range<usize>| column[range].iter().sum::<f64>();
    // The first purchase is an entry, not a turnover.
    let traded = span.start + 1..span.end;
    set("turnover", sum(&account.traded, traded.clone()) / 2.0 / years);
    let begun = if span.start == 0 { span.clone() } else { traded };
    set("cost", sum(&account.cost, begun) / years);
    // What is held after a day's trades earns the next day's return.
    let held = span.start..span.end - 1;
    set("exposure", sum(&account.exposure, held.clone()) / days as f64);
    set("borrowed", sum(&account.borrowed, held.clone()) / days as f64);
    set("invested", account.exposure[held].iter().filter(|e| **e > 1e-9).count() as f64 / days as f64);
    let rules = &account.rule[span];
    set("trades", rules.windows(2).filter(|w| w[0] != w[1] && w[0] != NONE).count() as f64);
}

#[cfg(test)]
mod tests;
