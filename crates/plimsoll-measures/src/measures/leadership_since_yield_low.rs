//! Who led while the yield fell to its low, and who has led since.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::baskets::{self, Basket};
use crate::kernels::series::{self, Extreme, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Return of a group less the market's since the day of the yield's low.
pub struct LeadershipSinceYieldLow;

/// Return of a group less the market's from the yield's high before the low to the low.
pub struct LeadershipIntoYieldLow;

const PARAMS: &[ParamSpec] = &[
    ParamSpec::new("group", ParamKind::Series, "etf:XLI,etf:XLB", "the group: series separated by commas, equally weighted"),
    ParamSpec::new("market", ParamKind::Series, series::LARGE, "the market it is compared with"),
    ParamSpec::new("yield", ParamKind::Series, series::TEN_YEAR, "the yield whose low divides the phases, in per cent"),
    ParamSpec::new("window", ParamKind::Window, "60", "where the yield's low is sought"),
];
const INPUTS: &str = "One series of levels a fund, one value a session; one yield in per cent a year, one value a business day.";
const MISSING: &str = "A member of the group without a close at either end is left out, named and flagged missing_members; fewer than half give \
     no value, nor does a phase of no session. The yield and the funds may be known to different days: the phase ends with the market.";

static SINCE: Spec = Spec {
    name: "leadership_since_yield_low",
    title: "Leadership since the yield's low",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "The return of a group less the market's since the day of the yield's low of the past n sessions.",
    definition: "mean over the group of (P(d) / P(e) - 1) less (M(d) / M(e) - 1): e the day of the lowest yield of the window known (of \
                 equal ones the latest), d the last close of the market known. By default industrials and materials against the S&P 500. \
                 n is the number of members of the group.",
    params: PARAMS,
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: "The low is that of the yields known by the end of the session; it moves when a lower one comes.",
    references: &[
        "Conover, Jensen, Johnson and Mercer (2008), Sector Rotation and Monetary Conditions, Journal of Investing 17(1)",
    ],
    verified: "testsuite/tests/real_rates.rs",
};

static INTO: Spec = Spec {
    name: "leadership_into_yield_low",
    title: "Leadership into the yield's low",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "The return of a group less the market's while the yield fell from its high to its low of the past n sessions.",
    definition: "mean over the group of (P(e) / P(h) - 1) less (M(e) / M(h) - 1): e the day of the lowest yield of the window known, h the \
                 day of the highest yield between the window's start and e (of equal ones the latest). n is the number of members of the \
                 group.",
    params: PARAMS,
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: "High and low are those of the yields known by the end of the session.",
    references: &[
        "Conover, Jensen, Johnson and Mercer (2008), Sector Rotation and Monetary Conditions, Journal of Investing 17(1)",
    ],
    verified: "testsuite/tests/real_rates.rs",
};

#[derive(Clone, Copy)]
enum Phase {
    Since,
    Into,
}

/// The phase's two days and what was measured between them.
struct Found {
    yields: View,
    high: usize,
    low: usize,
    span: (Day, Day),
    group: Basket,
    market: Basket,
}

fn find(cut: &Cut, params: &Params, t: usize, phase: Phase) -> Result<Found, Missing> {
    let yields = View::of(cut, &[params.text("yield")], t)?;
    let window = yields.span(params.window("window"))?;
    let low = Extreme::Low.find(yields.column(0), window.clone()).0;
    let high = Extreme::High.find(yields.column(0), window.start..low + 1).0;
    let span = match phase {
        Phase::Since => (yields.days()[low], View::of(cut, &[params.text("market")], t)?.day()),
        Phase::Into => (yields.days()[high], yields.days()[low]),
    };
    if span.0 >= span.1 {
        return Err(Missing::Undefined);
    }
    let group = Basket::between(cut, params.text("group"), t, span);
    let market = Basket::between(cut, params.text("market"), t, span);
    Ok(Found { yields, high, low, span, group, market })
}

fn track(cut: &Cut, params: &Params, days: Range<usize>, phase: Phase) -> Vec<Point> {
    each(days, |t| {
        let found = find(cut, params, t, phase)?;
        let value = found.group.mean()? - found.market.mean()?;
        let used = found.high.min(found.low)..found.yields.last() + 1;
        let flags = found.group.flags.and(found.market.flags).and(found.yields.flags(used));
        Ok(Point::of(value, found.group.returns.len()).flagged(flags))
    })
}

fn evidence(cut: &Cut, params: &Params, day: usize, phase: Phase) -> Vec<Fact> {
    let Ok(found) = find(cut, params, day, phase) else { return Vec::new() };
    let (levels, days) = (found.yields.column(0), found.yields.days());
    let at = |label: &str, i: usize| Fact::new(label, levels[i], Unit::PercentPerYear).on(days[i]).note(found.yields.ids());
    let mut facts = vec![at("yield's low", found.low)];
    match phase {
        Phase::Since => {
            facts.push(at("yield", found.yields.last()));
            let change = 100.0 * (levels[found.yields.last()] - levels[found.low]);
            facts.push(Fact::new("change of the yield since", change, Unit::BasisPoints).on(found.yields.day()));
        }
        Phase::Into => {
            facts.push(at("yield's high before", found.high));
            facts.push(Fact::new("fall of the yield", 100.0 * (levels[found.low] - levels[found.high]), Unit::BasisPoints));
        }
    }
    let since = format!("since {}", found.span.0);
    for (kind, basket) in [("market", &found.market), ("group", &found.group)] {
        let fact = |(id, ret): &(String, f64)| {
            Fact::new(format!("{kind}, {id}"), *ret, Unit::Fraction).on(found.span.1).note(since.clone())
        };
        facts.extend(basket.returns.iter().map(fact));
        facts.extend(
            basket
                .absent
                .iter()
                .map(|id| Fact::new(format!("{kind}, {id}"), f64::NAN, Unit::Fraction).note("left out: no close")),
        );
    }
    facts
}

fn needs(params: &Params) -> Needs {
    baskets::wanted([params.text("group"), params.text("market"), params.text("yield")])
}

impl Measure for LeadershipSinceYieldLow {
    fn spec(&self) -> &'static Spec {
        &SINCE
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(track(cut, params, days, Phase::Since))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, Phase::Since)
    }
}

impl Measure for LeadershipIntoYieldLow {
    fn spec(&self) -> &'static Spec {
        &INTO
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(track(cut, params, days, Phase::Into))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, Phase::Into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn before_and_after_the_low() {
        let days = sessions(Day::ymd(2023, 12, 18), 7);
        let batches = vec![
            batch("treasury:10Y", &days[..6], &[4.0, 4.2, 3.9, 3.8, 3.9, 4.1]),
            batch("etf:XLI", &days, &[100.0, 100.0, 104.0, 110.0, 108.0, 107.0, 106.7]),
            batch("etf:XLB", &days, &[50.0, 50.0, 51.0, 53.0, 51.0, 50.5, 50.35]),
            batch("etf:SPY", &days, &[400.0, 400.0, 404.0, 408.0, 410.0, 416.16, 420.24]),
        ];
        let (since, facts) = measured("leadership_since_yield_low", &[("window", "6")], batches.clone(), days[6]);
        // Group 106.7/110 - 1 = -0.03 and 50.35/53 - 1 = -0.05; market +0.03. The yield is known to the day before only.
        assert!((since.value.unwrap() - (-0.04 - 0.03)).abs() < 1e-12);
        assert_eq!((facts[0].day, facts[1].day), (Some(days[3]), Some(days[5])));
        assert!((facts[2].value.unwrap() - 30.0).abs() < 1e-9);
        let (into, facts) = measured("leadership_into_yield_low", &[("window", "6")], batches.clone(), days[6]);
        assert!((into.value.unwrap() - (0.08 - 0.02)).abs() < 1e-12);
        assert_eq!(facts[1].day, Some(days[1]));
        // On the day of the low itself no session has passed since.
        let low = measured("leadership_since_yield_low", &[("window", "4")], batches, days[3]).0;
        assert_eq!(low.value, Err(Missing::Undefined));
    }
}
