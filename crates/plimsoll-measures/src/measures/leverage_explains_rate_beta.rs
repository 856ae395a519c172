//! Whether companies with more debt are more sensitive to yields: month by month across companies, then over the months.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::UNIVERSE;
use super::stock_rate_beta::{Exposure, member_betas};
use crate::kernels::constituents::{CAPS, Constituents, reach};
use crate::kernels::default_risk::{self, Market};
use crate::kernels::issuers::{FINANCIALS, Issuers};
use crate::kernels::rate_changes::{BESIDE, RATE};
use crate::kernels::regression::{Fit, ols};
use crate::kernels::series::each;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Fama-MacBeth t of leverage in the cross-section of rate betas.
pub struct LeverageExplainsRateBeta;

/// Sessions of a month.
const MONTH: usize = 21;
/// Months without which there is no value.
const FEWEST: usize = 12;
/// Companies without which a month does not count.
const COMPANIES: usize = 30;

static SPEC: Spec = Spec {
    name: "leverage_explains_rate_beta",
    title: "Does leverage explain rate sensitivity?",
    topic: Topic::Debt,
    unit: Unit::Number,
    summary: "The t statistic of leverage in cross-sections of companies' rate betas: below -2 the more indebted fall more when yields rise.",
    definition: "At each month's last session, across companies, b_i = g0 + g1 x_i + e_i by least squares, with b_i the slope of the share's daily return on \
                 the change of the yield over the past `sessions`, the market held fixed (stock_rate_beta), and x_i debt / (debt + \
                 capitalisation), or interest coverage between its 5th and 95th percentile. The value is the mean of g1 over the last `months` over \
                 its Newey-West standard error with as many lags as months that the windows of b overlap. Betas are estimates: their noise widens \
                 the error of g1 and does not bias it. n is the number of months.",
    params: &[
        UNIVERSE,
        FINANCIALS,
        ParamSpec::new("by", ParamKind::Choice(&["leverage", "coverage"]), "leverage", "what is to explain the betas"),
        ParamSpec::new("months", ParamKind::Int(12, 240), "36", "how many months at most; twelve at least"),
        ParamSpec::new("sessions", ParamKind::Int(30, 756), "63", "sessions of each beta"),
        RATE,
        BESIDE,
        ParamSpec::new("market", ParamKind::Series, "etf:VTI|etf:SPY|index:GSPC", "the market's return, the control"),
    ],
    inputs: "Daily price returns and capitalisations of the members; a market and a yield; debt, earnings and interest from statements as known.",
    missing: "A company counts in a month with a beta, a capitalisation and a statement of debt (or coverage). Months with fewer than 30 do not count; no \
              value with fewer than twelve.",
    point_in_time: "Each month's cross-section holds what was known at its end; a month counts from its last session.",
    references: &[
        "Fama and MacBeth (1973), Risk, Return, and Equilibrium: Empirical Tests, Journal of Political Economy 81(3)",
        "Newey and West (1987), Econometrica 55(3)",
    ],
    verified: "testsuite/tests/real_leverage.rs",
};

/// One month's cross-section.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Month {
    at: usize,
    slope: f64,
    r2: f64,
    n: usize,
}

fn exposure(params: &Params) -> Exposure<'_> {
    Exposure::of(params)
}

/// Limits values to their 5th and 95th percentile.
fn limited(values: &mut [f64]) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if let Some(last) = sorted.len().checked_sub(1) {
        let at = |p: f64| sorted[(last as f64 * p).round() as usize];
        let (low, high) = (at(0.05), at(0.95));
        values.iter_mut().for_each(|v| *v = v.clamp(low, high));
    }
}

/// Cross-sections at every month's end of the axis.
fn months(cut: &Cut, params: &Params) -> Result<Arc<Vec<Month>>, Unmeasurable> {
    let c = Constituents::of(cut, params)?;
    let m = Market::new(Issuers::named(cut, params.text("universe"), false)?, c);
    let of = exposure(params);
    let (by, financials) = (params.text("by"), params.text("financials"));
    let key = format_args!("{by}|{financials}|{}|{}|{}", of.rates.join(","), of.market, of.sessions).to_string();
    Ok(cut.memo(&c.key("rate_beta_months", key), || {
        let calendar = Calendar::nyse();
        let ends = |t: &usize| calendar.next(cut.sessions[*t]).month_start() != cut.sessions[*t].month_start();
        (0..cut.sessions.len()).filter(ends).filter_map(|t| section(&c, &m, &of, (by, financials), t)).collect()
    }))
}

fn section(c: &Constituents<'_>, m: &Market<'_>, of: &Exposure<'_>, (by, financials): (&str, &str), t: usize) -> Option<Month> {
    let betas = member_betas(c, of, t).ok()?;
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (i, holder) in m.issuers.holders.iter().enumerate() {
        if !holder.is_member(t) || !m.issuers.wanted(holder, financials, m.issuers.ends[t]) {
            continue;
        }
        // One class of an issuer is enough.
        let of_class = |s: usize| c.rows().binary_search(&s).ok();
        let classes = holder.securities_at(m.issuers.ends[t]);
        let beta = classes.filter_map(of_class).find_map(|row| betas.members.iter().find(|b| b.row == row));
        let (Some(beta), Some(books)) = (beta, m.books(i, t)) else { continue };
        let value = match by {
            "coverage" => books.coverage,
            _ => books.debt.zip(m.cap(holder, t)).map(|(d, cap)| d / (d + cap)),
        };
        if let Some(v) = value.filter(|v| v.is_finite()) {
            x.push(v);
            y.push(beta.beta);
        }
    }
    if x.len() < COMPANIES {
        return None;
    }
    if by == "coverage" {
        limited(&mut x);
    }
    let fit = ols(&y, &[&x], 0)?;
    Some(Month { at: t, slope: fit.beta[1], r2: fit.r2, n: x.len() })
}

/// The mean of the slopes with its Newey-West error, and the months it rests on.
fn over_months<'a>(all: &'a [Month], params: &Params, t: usize) -> Result<(Fit, &'a [Month]), Missing> {
    let known = &all[..all.partition_point(|m| m.at <= t)];
    let used = &known[known.len().saturating_sub(params.int("months"))..];
    if used.len() < FEWEST {
        return Err(Missing::WarmUp);
    }
    let slopes: Vec<f64> = used.iter().map(|m| m.slope).collect();
    let lags = params.int("sessions").div_ceil(MONTH).saturating_sub(1).max(1);
    let fit = ols(&slopes, &[], lags).ok_or(Missing::Undefined)?;
    if fit.se[0] > 0.0 { Ok((fit, used)) } else { Err(Missing::Undefined) }
}

impl Measure for LeverageExplainsRateBeta {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        let mut needs =
            default_risk::needs(params).lookback(reach(params.int("months") * MONTH + MONTH + params.int("sessions")) + CAPS);
        let earliest = Calendar::nyse().back(from, (params.int("months") + 1) * MONTH);
        needs.merge(&exposure(params).needs(earliest));
        needs
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let all = months(cut, params)?;
        Ok(each(days, |t| {
            let (fit, used) = over_months(&all, params, t)?;
            Ok(Point::of(fit.t(0), used.len()))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(all) = months(cut, params) else { return Vec::new() };
        let Ok((fit, used)) = over_months(&all, params, day) else { return Vec::new() };
        let mean = |value: fn(&Month) -> f64| used.iter().map(value).sum::<f64>() / used.len() as f64;
        let what = if params.text("by") == "coverage" { "a point of coverage" } else { "leverage from nothing to all" };
        vec![
            Fact::new("mean slope", fit.beta[0], Unit::FractionPoints)
                .note(format!("return per 100 bp, {what}; standard error {}", Unit::FractionPoints.format(fit.se[0]))),
            Fact::new("months with a negative slope", mean(|m| f64::from(u8::from(m.slope < 0.0))), Unit::Fraction),
            Fact::new("mean R^2", mean(|m| m.r2), Unit::Fraction),
            Fact::new("companies a month", mean(|m| m.n as f64), Unit::Count).on(cut.sessions[used[0].at]).note("since"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;

    #[test]
    fn the_mean_slope_over_its_error_by_hand() {
        let slopes = [-0.02, -0.01, -0.03, -0.02, -0.01, -0.03, -0.02, -0.01, -0.03, -0.02, -0.01, -0.03];
        let all: Vec<Month> = slopes.iter().enumerate().map(|(i, s)| Month { at: i * 21, slope: *s, r2: 0.1, n: 50 }).collect();
        let given = [("sessions".to_owned(), "42".to_owned())].into_iter().collect();
        let params = Params::resolve(&SPEC, &given, &Scope::default()).unwrap();
        assert_eq!(over_months(&all, &params, 230).unwrap_err(), Missing::WarmUp);
        let (fit, used) = over_months(&all, &params, 231).unwrap();
        assert_eq!(used.len(), 12);
        // Deviations 0, 0.01, -0.01 in turn: variance sum 8e-4, first autocovariance sum -4e-4 + ... by hand with one lag of weight 1/2.
        let dev: Vec<f64> = slopes.iter().map(|s| s + 0.02).collect();
        let g0: f64 = dev.iter().map(|d| d * d).sum();
        let g1: f64 = dev.windows(2).map(|w| w[0] * w[1]).sum();
        let variance = (g0 + 2.0 * 0.5 * g1) / 144.0 * 12.0 / 11.0;
        assert!((fit.beta[0] + 0.02).abs() < 1e-15);
        assert!((fit.se[0] - variance.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn outliers_are_limited() {
        let mut v: Vec<f64> = (0..21).map(f64::from).collect();
        v[20] = 1e9;
        limited(&mut v);
        assert_eq!((v[0], v[10], v[20]), (1.0, 10.0, 19.0));
    }
}
