//! How sectors answer a change of a yield, with the market held fixed.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::baskets;
use crate::kernels::regression::{self, Fit};
use crate::kernels::series::{self, View, each};
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// Slopes of sector funds' returns on changes of a yield.
pub struct SectorRateBeta;

/// Fewer returns than this are no estimate.
const FEWEST: usize = 30;
/// The word that asks for the spread between sectors.
const SPREAD: &str = "spread";

static SPEC: Spec = Spec {
    name: "sector_rate_beta",
    title: "Rate beta of sectors",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "How much more one sector fund gains than another per 100 bp of rise in the yield, with the market held fixed; every sector's slope \
              stands in the evidence.",
    definition: "For each fund, least squares of its return on a constant, the change of the yield in percentage points and the market's \
                 return over the last n sessions, on the days the three share: b is the slope on the yield, a return (decimal) per 100 bp. \
                 The value is the highest b less the lowest, or the b of the one fund named by `of`. Standard errors Newey-West with \
                 floor(4 (n/100)^(2/9)) lags, times n / (n - k). n is the number of funds, or of one fund's returns. Evidence: every \
                 fund's slope, highest first, with standard error, t, slope on the market, R^2 and returns.",
    params: &[
        ParamSpec::new(
            "sectors",
            ParamKind::Series,
            "etf:XLK,etf:XLC,etf:XLY,etf:XLI,etf:XLB,etf:XLF,etf:XLE,etf:XLRE,etf:XLV,etf:XLP,etf:XLU",
            "sectors: series separated by commas",
        ),
        ParamSpec::new("of", ParamKind::Series, SPREAD, "`spread`, or the series whose slope is the value"),
        ParamSpec::new("market", ParamKind::Series, "etf:VTI|etf:SPY|index:GSPC", "the market's return, the control"),
        ParamSpec::new("yield", ParamKind::Series, series::TEN_YEAR, "the yield, in per cent"),
        ParamSpec::new("sessions", ParamKind::Int(30, 25_200), "252", "sessions of the estimate"),
    ],
    inputs: "One series of levels a fund and one of the market, one value a session; one yield in per cent a year, one value a business day.",
    missing: "Days that a fund, the market and the yield do not share are skipped for that fund, and returns and changes run across them \
              together. A fund with fewer than 30 returns, or that began within the window, is left out, named and flagged \
              missing_members; fewer than half of the sectors give no spread.",
    point_in_time: "Only observations known by the end of the session are used. An estimate over a window is about its past, not a \
                    forecast.",
    references: &[
        "Sweeney and Warga (1986), The Pricing of Interest-Rate Risk: Evidence from the Stock Market, Journal of Finance 41(2)",
        "Newey and West (1987), A Simple, Positive Semi-Definite Covariance Matrix, Econometrica 55(3)",
    ],
    verified: "unit tests: a planted slope, and kernels/regression.rs (statsmodels)",
};

/// One fund's regression: the constant, the yield, the market.
struct Answer {
    id: String,
    fit: Fit,
    since: Day,
    last: Day,
    flags: Flags,
}

impl Answer {
    fn of(cut: &Cut, params: &Params, fund: &str, t: usize) -> Result<Answer, Missing> {
        let view = View::of(cut, &[fund, params.text("market"), params.text("yield")], t)?;
        // The window's first return starts from the close before it.
        let used = view.base(Window::Sessions(params.int("sessions")))?..view.last() + 1;
        if used.len() < FEWEST + 1 {
            return Err(Missing::TooFew);
        }
        let over = |k: usize, change: fn(f64, f64) -> f64| -> Vec<f64> {
            view.column(k)[used.clone()].windows(2).map(|w| change(w[0], w[1])).collect()
        };
        let ret: fn(f64, f64) -> f64 = |a, b| b / a - 1.0;
        let (y, rate, market) = (over(0, ret), over(2, |a, b| b - a), over(1, ret));
        let fit = regression::ols(&y, &[&rate, &market], regression::automatic_lags(y.len())).ok_or(Missing::Undefined)?;
        let id = view.frame().ids[0].clone();
        Ok(Answer { id, fit, since: view.days()[used.start], last: view.day(), flags: view.flags(used) })
    }
    fn beta(&self) -> f64 {
        self.fit.beta[1]
    }
}

/// Every sector's answer, highest slope first, and the texts of those that have none.
fn answers(cut: &Cut, params: &Params, t: usize) -> (Vec<Answer>, Vec<String>) {
    let (mut found, mut absent) = (Vec::new(), Vec::new());
    for text in baskets::split(params.text("sectors")) {
        match Answer::of(cut, params, text, t) {
            Ok(answer) => found.push(answer),
            Err(_) => absent.push(text.to_owned()),
        }
    }
    // Stable: of equal ones in the order of the list.
    found.sort_by(|a, b| b.beta().total_cmp(&a.beta()));
    (found, absent)
}

fn spread(cut: &Cut, params: &Params, t: usize) -> Result<Point, Missing> {
    let (found, absent) = answers(cut, params, t);
    match found.as_slice() {
        [] => Err(Missing::NoData),
        [first, .., last] if found.len() >= absent.len() => {
            let flags = found.iter().fold(Flags::default(), |flags, a| flags.and(a.flags));
            let flags = flags.and(Flags::MISSING_MEMBERS.when(!absent.is_empty()));
            Ok(Point::of(first.beta() - last.beta(), found.len()).flagged(flags))
        }
        _ => Err(Missing::TooFew),
    }
}

impl Measure for SectorRateBeta {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        let one = Some(params.text("of")).filter(|of| *of != SPREAD);
        baskets::wanted([params.text("sectors"), params.text("market"), params.text("yield")].into_iter().chain(one))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| match params.text("of") {
            SPREAD => spread(cut, params, t),
            fund => Answer::of(cut, params, fund, t).map(|a| Point::of(a.beta(), a.fit.n).flagged(a.flags)),
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let (found, absent) = answers(cut, params, day);
        let mut facts = Vec::new();
        for (rank, a) in found.iter().enumerate() {
            let note = format!(
                "sector {}; per 100 bp; Newey-West error {:.4} ({} lags), t {:.2}; market {:.2}, R^2 {:.2}; {} returns since {}",
                rank + 1,
                a.fit.se[1],
                a.fit.lags,
                a.fit.t(1),
                a.fit.beta[2],
                a.fit.r2,
                a.fit.n,
                a.since
            );
            facts.push(Fact::new(&a.id, a.beta(), Unit::FractionPoints).on(a.last).note(note));
        }
        let none = |id: String| Fact::new(id, f64::NAN, Unit::FractionPoints).note("sector left out: too few returns");
        facts.extend(absent.into_iter().map(none));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn planted_slopes_are_found() {
        let days = sessions(Day::ymd(2023, 1, 3), 61);
        let change = |i: usize| 0.05 * (i as f64 * 0.9).sin();
        let market = |i: usize| 0.01 * (i as f64 * 2.3).cos();
        let chain = |ret: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..61)
                .scan(100.0, |level, i| {
                    *level *= if i == 0 { 1.0 } else { 1.0 + ret(i) };
                    Some(*level)
                })
                .collect()
        };
        let fund = |id, rate: f64, beta: f64| batch(id, &days, &chain(&|i| rate * change(i) + beta * market(i)));
        let ten: Vec<f64> = (0..61).map(|i| 4.0 + (1..=i).map(change).sum::<f64>()).collect();
        let batches = vec![
            fund("etf:XLU", -0.12, 0.5),
            fund("etf:XLF", 0.06, 1.1),
            fund("etf:XLK", -0.03, 1.2),
            batch("etf:XLC", &days[50..], &[5.0; 11]),
            batch("etf:SPY", &days, &chain(&market)),
            batch("treasury:10Y", &days, &ten),
        ];
        let given = [("sectors", "etf:XLU,etf:XLC,etf:XLF,etf:XLK"), ("sessions", "60")];
        let (point, facts) = measured("sector_rate_beta", &given, batches.clone(), days[60]);
        assert!((point.value.unwrap() - 0.18).abs() < 1e-9, "{point:?}");
        assert_eq!((point.n_obs, point.flags), (3, Flags::MISSING_MEMBERS));
        let labels: Vec<&str> = facts.iter().map(|f| f.label.as_str()).collect();
        assert_eq!(labels, ["etf:XLF", "etf:XLK", "etf:XLU", "etf:XLC"]);
        assert!((facts[1].value.unwrap() + 0.03).abs() < 1e-9 && facts[3].value.is_none());
        assert!(facts[0].note.contains("market 1.10, R^2 1.00; 60 returns"), "{}", facts[0].note);

        let of = |fund, sectors| {
            let given = [("of", fund), ("sectors", sectors), ("sessions", "60")];
            measured("sector_rate_beta", &given, batches.clone(), days[60]).0
        };
        let utilities = of("etf:XLU", "etf:XLF");
        assert!((utilities.value.unwrap() + 0.12).abs() < 1e-9);
        assert_eq!(utilities.n_obs, 60);
        assert_eq!(of("etf:XLC", "etf:XLF").value, Err(Missing::WarmUp));
        assert_eq!(of("spread", "etf:XLC,etf:NONE,etf:XLF").value, Err(Missing::TooFew));
        assert_eq!(of("spread", "etf:NONE").value, Err(Missing::NoData));
    }
}
