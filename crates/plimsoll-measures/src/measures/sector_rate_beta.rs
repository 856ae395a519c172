//! How sectors answer a change of a yield, with the market held fixed.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::baskets;
use crate::kernels::rate_changes::{self, BESIDE, RATE, Sample};
use crate::kernels::regression::{self, Fit};
use crate::kernels::series::each;
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Slopes of sector funds' returns on changes of a yield.
pub struct SectorRateBeta;

/// The word that asks for the spread between sectors.
const SPREAD: &str = "spread";

static SPEC: Spec = Spec {
    name: "sector_rate_beta",
    title: "Rate beta of sectors",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "How much more one sector fund gains than another per 100 bp of rise in the yield, with the market held fixed; every sector's slope \
              stands in the evidence.",
    definition: "For each fund, least squares of its return on a constant, the change of the rate in percentage points, the changes of the rates \
                 held fixed beside it and the market's return over the last n sessions, on the days all share: b is the slope on the rate, a return (decimal) per 100 bp. \
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
        RATE,
        BESIDE,
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
    verified: "testsuite/tests/real_rate_betas.rs (statsmodels)",
};

/// The rate and those held fixed beside it.
fn rates(params: &Params) -> Vec<&str> {
    rate_changes::texts(params.text("yield"), params.text("beside"))
}

/// One fund's regression: the constant, the rate, those beside it, the market.
struct Answer {
    id: String,
    fit: Fit,
    since: Day,
    last: Day,
    flags: Flags,
}

impl Answer {
    fn of(cut: &Cut, params: &Params, fund: &str, (t, from): (usize, Day)) -> Result<Answer, Missing> {
        let series = [fund, params.text("market")];
        let mut sample = Sample::of(cut, (&series, &rates(params)), (params.int("sessions"), t), from)?;
        let x: Vec<&[f64]> = sample.changes.iter().chain(&sample.returns[1..]).map(Vec::as_slice).collect();
        let lags = regression::automatic_lags(sample.days.len());
        let fit = regression::ols(&sample.returns[0], &x, lags).ok_or(Missing::Undefined)?;
        let last = sample.days[sample.days.len() - 1];
        Ok(Answer { id: sample.ids.swap_remove(0), fit, since: sample.since, last, flags: sample.flags })
    }
    fn beta(&self) -> f64 {
        self.fit.beta[1]
    }
}

/// Every sector's answer, highest slope first, and the texts of those that have none.
fn answers(cut: &Cut, params: &Params, at: (usize, Day)) -> (Vec<Answer>, Vec<String>) {
    let (mut found, mut absent) = (Vec::new(), Vec::new());
    for text in baskets::split(params.text("sectors")) {
        match Answer::of(cut, params, text, at) {
            Ok(answer) => found.push(answer),
            Err(_) => absent.push(text.to_owned()),
        }
    }
    // Stable: of equal ones in the order of the list.
    found.sort_by(|a, b| b.beta().total_cmp(&a.beta()));
    (found, absent)
}

fn spread(cut: &Cut, params: &Params, at: (usize, Day)) -> Result<Point, Missing> {
    let (found, absent) = answers(cut, params, at);
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
    fn needs(&self, params: &Params, from: Day) -> Needs {
        let one = Some(params.text("of")).filter(|of| *of != SPREAD);
        let mut needs = rate_changes::needs(&rates(params), from, params.int("sessions"));
        needs.merge(&baskets::wanted([params.text("sectors"), params.text("market")].into_iter().chain(one)));
        needs
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let Some(&first) = cut.sessions.get(days.start) else { return Ok(Vec::new()) };
        let from = rate_changes::start(first, params.int("sessions"));
        Ok(each(days, |t| match params.text("of") {
            SPREAD => spread(cut, params, (t, from)),
            fund => Answer::of(cut, params, fund, (t, from)).map(|a| Point::of(a.beta(), a.fit.n).flagged(a.flags)),
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let from = rate_changes::start(cut.sessions[day], params.int("sessions"));
        let (found, absent) = answers(cut, params, (day, from));
        let mut facts = Vec::new();
        for (rank, a) in found.iter().enumerate() {
            let note = format!(
                "sector {}; per 100 bp; Newey-West error {:.4} ({} lags), t {:.2}; market {:.2}, R^2 {:.2}; {} returns since {}",
                rank + 1,
                a.fit.se[1],
                a.fit.lags,
                a.fit.t(1),
                a.fit.beta[a.fit.beta.len() - 1],
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
