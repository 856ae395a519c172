//! What small against large capitalisation does when yields change.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::stability::Regression;
use crate::kernels::regression::{self, Fit};
use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// Slope of small-minus-large returns on changes of a yield.
pub struct RateSensitivity;

/// Correlation of small-minus-large returns with changes of a yield.
pub struct RateCorrelation;

/// Fewer returns than this are no estimate.
const FEWEST: usize = 30;

const SMALL: ParamSpec = ParamSpec::new("small", ParamKind::Series, series::SMALL, "small capitalisation");
const LARGE: ParamSpec = ParamSpec::new("large", ParamKind::Series, series::LARGE, "large capitalisation");
const YIELD: ParamSpec = ParamSpec::new("yield", ParamKind::Series, series::TEN_YEAR, "the yield, in per cent");
const WINDOW: ParamSpec = ParamSpec::new("sessions", ParamKind::Int(30, 25_200), "252", "sessions of the estimate");
const HORIZON: ParamSpec = ParamSpec::new("horizon", ParamKind::Int(1, 21), "1", "days of each return; above 1 returns overlap");

static SPEC: Spec = Spec {
    name: "rate_sensitivity",
    title: "Rate sensitivity of small against large capitalisation",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "The return of small minus large capitalisation per 100 bp of rise in the yield, with the market held fixed.",
    definition: "Least squares of r_small - r_large on a constant, the change of the yield in percentage points and the market's return, over \
                 the last n sessions: the value is the slope on the yield, a return (decimal) per 100 bp. Returns and changes run over \
                 the same days: those that all the series share, each over `horizon` of them. Standard errors Newey-West with \
                 floor(4 (n/100)^(2/9)) lags, at least horizon - 1, times n / (n - k). n is the number of returns. Evidence: standard \
                 error, t, R^2, the same for the second yield, and both yields together; the slope in each half, Chow's F for a break \
                 between them and the largest F over breaks within the middle 70 % (sup-F), with critical values; returns that overlap make \
                 both too large.",
    params: &[
        SMALL,
        LARGE,
        ParamSpec::new("market", ParamKind::Series, "etf:VTI|etf:SPY|index:GSPC", "the market's return, the control"),
        YIELD,
        ParamSpec::new("second_yield", ParamKind::Series, series::TWO_YEAR, "another yield, for the evidence"),
        WINDOW,
        HORIZON,
    ],
    inputs: "Three series of levels, one value a session; two yields in per cent a year, one value a business day.",
    missing: "Days that not all the series share are skipped, and returns and changes run across them together. No value with fewer than 30 \
              returns, or where the regressors are collinear.",
    point_in_time: "Only observations known by the end of the session are used. An estimate over a window is about its past, not a \
                    forecast.",
    references: &[
        "Newey and West (1987), A Simple, Positive Semi-Definite Covariance Matrix, Econometrica 55(3)",
        "Newey and West (1994), Automatic Lag Selection in Covariance Matrix Estimation, Review of Economic Studies 61(4)",
        "Sweeney and Warga (1986), The Pricing of Interest-Rate Risk, Journal of Finance 41(2) (market model with a yield)",
        "Chow (1960), Tests of Equality Between Sets of Coefficients in Two Linear Regressions, Econometrica 28(3)",
        "Andrews (1993), Tests for Parameter Instability and Structural Change with Unknown Change Point, Econometrica 61(4); (2003) 71(1)",
    ],
    verified: "testsuite/tests/real_rates.rs (statsmodels)",
};

static CORRELATION: Spec = Spec {
    name: "rate_correlation",
    title: "Correlation of small against large capitalisation with the yield",
    topic: Topic::Rates,
    unit: Unit::Number,
    summary: "The correlation of small-minus-large returns with changes of a yield over the past n sessions.",
    definition: "Pearson's correlation of r_small - r_large with the change of the yield over the last n sessions, on the days all three \
                 share, each over `horizon` of them. n is the number of pairs. Evidence: the 95 % interval by Fisher's transformation, \
                 which holds for independent pairs (horizon 1).",
    params: &[SMALL, LARGE, YIELD, WINDOW, HORIZON],
    inputs: "Two series of levels, one value a session; one yield in per cent a year, one value a business day.",
    missing: "Days that not all the series share are skipped. No value with fewer than 30 pairs, or where one does not vary.",
    point_in_time: series::POINT_IN_TIME,
    references: &["Fisher (1915), Frequency Distribution of the Values of the Correlation Coefficient, Biometrika 10(4)"],
    verified: "testsuite/tests/real_rates.rs (numpy)",
};

/// Returns and changes over a window, all over the same days.
struct Sample {
    view: View,
    used: Range<usize>,
    horizon: usize,
}

impl Sample {
    fn of(cut: &Cut, params: &Params, names: &[&str], t: usize) -> Result<Sample, Missing> {
        let texts: Vec<&str> = names.iter().map(|n| params.text(n)).collect();
        let view = View::of(cut, &texts, t)?;
        let horizon = params.int("horizon");
        // The window's first return starts from the close before it.
        let used = view.base(Window::Sessions(params.int("sessions")))?..view.last() + 1;
        if used.len() < FEWEST + horizon {
            return Err(Missing::TooFew);
        }
        Ok(Sample { view, used, horizon })
    }
    fn over(&self, k: usize, change: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let levels = &self.view.column(k)[self.used.clone()];
        levels.windows(self.horizon + 1).map(|w| change(w[0], w[self.horizon])).collect()
    }
    fn returns(&self, k: usize) -> Vec<f64> {
        self.over(k, |a, b| b / a - 1.0)
    }
    fn changes(&self, k: usize) -> Vec<f64> {
        self.over(k, |a, b| b - a)
    }
    fn small_minus_large(&self) -> Vec<f64> {
        self.returns(0).iter().zip(self.returns(1)).map(|(s, l)| s - l).collect()
    }
    fn fit(&self, x: &[&[f64]]) -> Option<Fit> {
        let y = self.small_minus_large();
        let lags = regression::automatic_lags(y.len()).max(self.horizon - 1);
        regression::ols(&y, x, lags)
    }
    fn since(&self) -> Day {
        self.view.days()[self.used.start]
    }
}

const ONE: [&str; 4] = ["small", "large", "market", "yield"];

impl Measure for RateSensitivity {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted(ONE.iter().chain(&["second_yield"]).map(|name| params.text(name)))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let sample = Sample::of(cut, params, &ONE, t)?;
            let fit = sample.fit(&[&sample.changes(3), &sample.returns(2)]).ok_or(Missing::Undefined)?;
            Ok(Point::of(fit.beta[1], fit.n).flagged(sample.view.flags(sample.used.clone())))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let mut facts = Vec::new();
        for name in ["yield", "second_yield"] {
            let Ok(sample) = Sample::of(cut, params, &["small", "large", "market", name], day) else { continue };
            let Some(fit) = sample.fit(&[&sample.changes(3), &sample.returns(2)]) else { continue };
            let id = &sample.view.frame().ids[3];
            slope(&mut facts, id, &fit, 1);
            facts.push(Fact::new("slope on the market's return", fit.beta[2], Unit::Number).note(format!("t {:.2}", fit.t(2))));
            facts.push(Fact::new("R^2", fit.r2, Unit::Fraction).note(format!("with {id} and the market")));
            let note = format!("since {}, Newey-West lags {}", sample.since(), fit.lags);
            facts.push(Fact::new("returns", fit.n as f64, Unit::Count).on(sample.view.day()).note(note));
        }
        let both = Sample::of(cut, params, &["small", "large", "market", "yield", "second_yield"], day);
        if let Ok(sample) = both
            && let Some(fit) = sample.fit(&[&sample.changes(3), &sample.changes(4), &sample.returns(2)])
        {
            for k in [1, 2] {
                slope(&mut facts, &format!("{}, both yields together", sample.view.frame().ids[k + 2]), &fit, k);
            }
            facts.push(Fact::new("R^2", fit.r2, Unit::Fraction).note("with both yields and the market"));
        }
        // The value's own regression over parts of the window.
        if let Ok(sample) = Sample::of(cut, params, &ONE, day) {
            let (y, change, market) = (sample.small_minus_large(), sample.changes(3), sample.returns(2));
            let days = &sample.view.days()[sample.used.start + sample.horizon..sample.used.end];
            facts.extend(Regression { y: &y, x: vec![&change, &market], days, lags: sample.horizon - 1 }.stability());
        }
        facts
    }
}

fn slope(facts: &mut Vec<Fact>, id: &str, fit: &Fit, k: usize) {
    let note = format!("per 100 bp; t {:.2}", fit.t(k));
    facts.push(Fact::new(format!("slope on {id}"), fit.beta[k], Unit::FractionPoints).note(note));
    facts.push(Fact::new(format!("standard error, {id}"), fit.se[k], Unit::FractionPoints).note("Newey-West, per 100 bp"));
}

const PAIR: [&str; 3] = ["small", "large", "yield"];

impl Measure for RateCorrelation {
    fn spec(&self) -> &'static Spec {
        &CORRELATION
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted(PAIR.iter().map(|name| params.text(name)))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let sample = Sample::of(cut, params, &PAIR, t)?;
            let (x, y) = (sample.small_minus_large(), sample.changes(2));
            let r = regression::correlation(&x, &y).ok_or(Missing::Undefined)?;
            Ok(Point::of(r, x.len()).flagged(sample.view.flags(sample.used.clone())))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(sample) = Sample::of(cut, params, &PAIR, day) else { return Vec::new() };
        let (x, y) = (sample.small_minus_large(), sample.changes(2));
        let Some(r) = regression::correlation(&x, &y) else { return Vec::new() };
        let half = 1.96 / (x.len() as f64 - 3.0).sqrt();
        let end = |s: f64| (r.atanh() + s * half).tanh();
        vec![
            Fact::new("lower end of the 95 % interval", end(-1.0), Unit::Number),
            Fact::new("upper end of the 95 % interval", end(1.0), Unit::Number),
            Fact::new("pairs", x.len() as f64, Unit::Count).on(sample.view.day()).note(format!(
                "{}, since {}",
                sample.view.ids(),
                sample.since()
            )),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    /// Levels from returns.
    fn chain(start: f64, returns: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut out = vec![start];
        returns.for_each(|r| out.push(out[out.len() - 1] * (1.0 + r)));
        out
    }

    #[test]
    fn a_planted_slope_is_found() {
        let days = sessions(Day::ymd(2023, 1, 3), 61);
        let change = |i: usize| 0.05 * (i as f64 * 0.9).sin();
        let market = |i: usize| 0.01 * (i as f64 * 2.3).cos();
        let mut level = 4.0;
        let mut ten = vec![level];
        (0..60).for_each(|i| {
            level += change(i);
            ten.push(level);
        });
        // Small minus large is -8 % per 100 bp and 0.2 of the market, exactly; large is the market.
        let small = chain(100.0, (0..60).map(|i| market(i) - 0.08 * change(i) + 0.2 * market(i)));
        let large = chain(50.0, (0..60).map(market));
        let batches = vec![
            batch("etf:IWM", &days, &small),
            batch("etf:SPY", &days, &large),
            batch("treasury:10Y", &days, &ten),
            batch("treasury:2Y", &days, &ten.iter().enumerate().map(|(i, y)| y + 0.1 * (i as f64).sin()).collect::<Vec<_>>()),
        ];
        let (point, facts) = measured("rate_sensitivity", &[("sessions", "60")], batches.clone(), days[60]);
        assert!((point.value.unwrap() + 0.08).abs() < 1e-9, "{point:?}");
        assert_eq!(point.n_obs, 60);
        let control = facts.iter().find(|f| f.label == "slope on the market's return").unwrap();
        assert!((control.value.unwrap() - 0.2).abs() < 1e-9);
        assert!((facts.iter().find(|f| f.label == "R^2").unwrap().value.unwrap() - 1.0).abs() < 1e-9);
        assert!(facts.iter().any(|f| f.label == "slope on treasury:2Y, both yields together"));
        // Small minus large falls where the yield rises; the market adds a little noise.
        let (point, facts) = measured("rate_correlation", &[("sessions", "60")], batches, days[60]);
        let r = point.value.unwrap();
        assert!(r < -0.8 && facts[0].value.unwrap() < r && facts[1].value.unwrap() > r, "{point:?} {facts:?}");
    }

    #[test]
    fn too_few_returns_and_no_variation_give_none() {
        let days = sessions(Day::ymd(2023, 1, 3), 61);
        let flat = |id| batch(id, &days, &[2.0; 61]);
        let batches = vec![flat("etf:IWM"), flat("etf:SPY"), flat("treasury:10Y")];
        let at = |given: &[(&str, &str)]| measured("rate_correlation", given, batches.clone(), days[60]).0.value;
        assert_eq!(at(&[("sessions", "60")]), Err(Missing::Undefined));
        assert_eq!(at(&[("sessions", "30"), ("horizon", "5")]), Err(Missing::TooFew));
        assert_eq!(at(&[]), Err(Missing::WarmUp));
    }
}
