//! Which sector leads and which lags.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::baskets::{self, Basket};
use crate::kernels::series::{self, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Return of the leading sector less that of the lagging one.
pub struct SectorLeadership;

static SPEC: Spec = Spec {
    name: "sector_leadership",
    title: "Sector leadership",
    topic: Topic::Momentum,
    unit: Unit::FractionPoints,
    summary: "The return of the leading sector fund less that of the lagging one over a window; the ranked returns stand in the evidence.",
    definition: "max - min over sectors of P(d) / P(b) - 1: d the last day any of them was known, b the day the window starts from. Evidence: \
                 every sector's return, highest first, then those of size and style funds, each beside the market's. n is the number of \
                 sectors.",
    params: &[
        ParamSpec::new(
            "sectors",
            ParamKind::Series,
            "etf:XLK,etf:XLC,etf:XLY,etf:XLI,etf:XLB,etf:XLF,etf:XLE,etf:XLRE,etf:XLV,etf:XLP,etf:XLU",
            "sectors: series separated by commas",
        ),
        ParamSpec::new(
            "beside",
            ParamKind::Series,
            "etf:MAGS,etf:OEF,etf:QQQ,etf:RSP,etf:IJH,etf:IWM,etf:IWC",
            "size and style groups shown beside them: series separated by commas",
        ),
        ParamSpec::new("market", ParamKind::Series, series::LARGE, "the market they are compared with"),
        ParamSpec::new("window", ParamKind::Window, "3m", "how far back; `since:DAY` for a phase"),
    ],
    inputs: "One series of levels a fund, one value a session; adjusted closes give total returns.",
    missing: "A fund without a close at either end (not yet listed, for instance) is left out, named and flagged missing_members; fewer than \
              half of the sectors give no value.",
    point_in_time: series::POINT_IN_TIME,
    references: &["Moskowitz and Grinblatt (1999), Do Industries Explain Momentum?, Journal of Finance 54(4)"],
    verified: "testsuite/tests/real_rates.rs (pandas)",
};

fn sectors(cut: &Cut, params: &Params, t: usize) -> Result<(Basket, (Day, Day)), Missing> {
    let list = params.text("sectors");
    let last = baskets::last_day(cut, list, t)?;
    let span = (series::start_of(params.window("window"), last)?, last);
    Ok((Basket::between(cut, list, t, span), span))
}

impl Measure for SectorLeadership {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        baskets::wanted([params.text("sectors"), params.text("beside"), params.text("market")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let (basket, _) = sectors(cut, params, t)?;
            basket.mean()?;
            let order = basket.ranked();
            let of = |k: usize| basket.returns[order[k]].1;
            Ok(Point::of(of(0) - of(order.len() - 1), order.len()).flagged(basket.flags))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((basket, (from, to))) = sectors(cut, params, day) else { return Vec::new() };
        let market = Basket::between(cut, params.text("market"), day, (from, to));
        let mut facts = Vec::new();
        if let Some((id, ret)) = market.returns.first() {
            facts.push(Fact::new(format!("market, {id}"), *ret, Unit::Fraction).on(to).note(format!("since {from}")));
        }
        let beside = Basket::between(cut, params.text("beside"), day, (from, to));
        for (kind, basket) in [("sector", &basket), ("group", &beside)] {
            for (rank, i) in basket.ranked().into_iter().enumerate() {
                let (id, ret) = &basket.returns[i];
                let against = market.returns.first().map(|m| Unit::FractionPoints.format(ret - m.1));
                let note = against.map_or_else(String::new, |a| format!(", {a} against the market"));
                facts.push(Fact::new(id, *ret, Unit::Fraction).on(to).note(format!("{kind} {}{note}", rank + 1)));
            }
            let none = |id: &String| Fact::new(id, f64::NAN, Unit::Fraction).note(format!("{kind} left out: no close"));
            facts.extend(basket.absent.iter().map(none));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flags;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn leader_less_laggard() {
        let days = sessions(Day::ymd(2023, 10, 27), 4);
        let fund = |id, last: f64| batch(id, &days, &[100.0, 99.0, 101.0, last]);
        let batches = vec![fund("etf:XLK", 112.0), fund("etf:XLI", 108.0), fund("etf:XLU", 97.0), fund("etf:SPY", 110.0)];
        let given = [("sectors", "etf:XLU,etf:XLI,etf:XLK,etf:XLC"), ("beside", "etf:IWM"), ("window", "since:2023-10-27")];
        let (point, facts) = measured("sector_leadership", &given, batches, days[3]);
        assert!((point.value.unwrap() - 0.15).abs() < 1e-12);
        assert_eq!((point.n_obs, point.flags), (3, Flags::MISSING_MEMBERS));
        let labels: Vec<&str> = facts.iter().map(|f| f.label.as_str()).collect();
        assert_eq!(labels, ["market, etf:SPY", "etf:XLK", "etf:XLI", "etf:XLU", "etf:XLC", "etf:IWM"]);
        assert_eq!(facts[1].note, "sector 1, 2.0 pp against the market");
        assert_eq!(facts[4].value, None);
    }
}
