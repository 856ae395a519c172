//! Cyclical against defensive sectors.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::baskets::{self, Basket};
use crate::kernels::series::{self, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Equal-weight return of cyclical sectors less that of defensive ones.
pub struct CyclicalsMinusDefensives;

static SPEC: Spec = Spec {
    name: "cyclicals_minus_defensives",
    title: "Cyclicals minus defensives",
    topic: Topic::Momentum,
    unit: Unit::FractionPoints,
    summary: "The mean return of cyclical sector funds less that of defensive ones over a window.",
    definition: "mean over cyclicals of (P(d) / P(b) - 1) less the same over defensives: equal weights at the start, none changed within the \
                 window; d the last day any of them was known, b the day the window starts from. By default industrials, materials, \
                 consumer discretionary, financials and energy (XLI, XLB, XLY, XLF, XLE) against consumer staples, utilities and health \
                 care (XLP, XLU, XLV); technology, communication and real estate stand in neither. n is the number of funds.",
    params: &[
        ParamSpec::new(
            "cyclicals",
            ParamKind::Series,
            "etf:XLI,etf:XLB,etf:XLY,etf:XLF,etf:XLE",
            "cyclical sectors: series separated by commas",
        ),
        ParamSpec::new(
            "defensives",
            ParamKind::Series,
            "etf:XLP,etf:XLU,etf:XLV",
            "defensive sectors: series separated by commas",
        ),
        ParamSpec::new("window", ParamKind::Window, "3m", "how far back"),
    ],
    inputs: "One series of levels a fund, one value a session; adjusted closes give total returns.",
    missing: "A fund without a close at either end is left out, named and flagged missing_members; fewer than half of either side give no \
              value.",
    point_in_time: series::POINT_IN_TIME,
    references: &[
        "MSCI, Cyclical and Defensive Sectors Indexes Methodology: it counts energy as defensive, and technology, communication and real \
         estate as cyclical",
    ],
    verified: "testsuite/tests/real_rates.rs",
};

fn lists(params: &Params) -> [&str; 2] {
    [params.text("cyclicals"), params.text("defensives")]
}

fn sides(cut: &Cut, params: &Params, t: usize) -> Result<([Basket; 2], (Day, Day)), Missing> {
    let last = lists(params).iter().filter_map(|l| baskets::last_day(cut, l, t).ok()).max().ok_or(Missing::NoData)?;
    let span = (series::start_of(params.window("window"), last)?, last);
    Ok((lists(params).map(|l| Basket::between(cut, l, t, span)), span))
}

impl Measure for CyclicalsMinusDefensives {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        baskets::wanted(lists(params))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let ([cyclical, defensive], _) = sides(cut, params, t)?;
            let n = cyclical.returns.len() + defensive.returns.len();
            Ok(Point::of(cyclical.mean()? - defensive.mean()?, n).flagged(cyclical.flags.and(defensive.flags)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((sides, (from, to))) = sides(cut, params, day) else { return Vec::new() };
        let mut facts = Vec::new();
        for (name, side) in ["cyclicals", "defensives"].iter().zip(&sides) {
            if let Ok(mean) = side.mean() {
                facts
                    .push(Fact::new(format!("mean return of {name}"), mean, Unit::Fraction).on(to).note(format!("since {from}")));
            }
            facts.extend(side.returns.iter().map(|(id, ret)| Fact::new(id, *ret, Unit::Fraction).on(to).note(*name)));
            facts.extend(
                side.absent.iter().map(|id| Fact::new(id, f64::NAN, Unit::Fraction).note(format!("{name}, left out: no close"))),
            );
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn equal_weights_at_the_start() {
        let days = sessions(Day::ymd(2024, 1, 2), 4);
        let fund = |id, last: f64| batch(id, &days, &[90.0, 100.0, 95.0, last]);
        let batches = vec![fund("etf:XLI", 110.0), fund("etf:XLB", 104.0), fund("etf:XLP", 101.0), fund("etf:XLU", 97.0)];
        let given = [("cyclicals", "etf:XLI,etf:XLB"), ("defensives", "etf:XLP,etf:XLU"), ("window", "2")];
        let (point, facts) = measured("cyclicals_minus_defensives", &given, batches, days[3]);
        assert!((point.value.unwrap() - (0.07 - -0.01)).abs() < 1e-12);
        assert_eq!((point.n_obs, facts.len()), (4, 6));
        assert_eq!(facts[0].note, format!("since {}", days[1]));
    }
}
