//! Where a credit spread stands in its own history.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// Percentile rank of a spread in its history.
pub struct SpreadPercentile;

/// Fewer observations than this rank nothing.
const FEWEST: usize = 60;

static SPEC: Spec = Spec {
    name: "spread_percentile",
    title: "Percentile of the spread",
    topic: Topic::Credit,
    unit: Unit::Fraction,
    summary: "The share of past observations below today's spread: 0 is the tightest, 1 the widest.",
    definition: "Percentile rank with ties halved: (#{s(u) < s(d)} + #{s(u) = s(d)} / 2) / n over the n observations u of the past years \
                 (252 sessions each), d included, or of all history known where years is 0. No value with fewer than 60 observations. The \
                 rank is of levels known then: a publisher that shows only three years gives a three-year rank, and n says so.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::HIGH_YIELD, "the spread, in per cent"),
        ParamSpec::new("years", ParamKind::Int(0, 100), "0", "how many years of 252 sessions; 0 is all history known"),
    ],
    inputs: "One series, one value a business day.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &[
        "Hyndman and Fan (1996), Sample Quantiles in Statistical Packages, The American Statistician 50 (definition 5, inverted)",
    ],
    verified: "testsuite/tests/real_rates.rs",
};

fn span(view: &View, years: usize) -> Result<Range<usize>, Missing> {
    let span = if years == 0 { 0..view.last() + 1 } else { view.span(Window::Sessions(252 * years))? };
    if span.len() < FEWEST { Err(Missing::TooFew) } else { Ok(span) }
}

fn rank(values: &[f64], x: f64) -> f64 {
    let below = values.iter().filter(|v| **v < x).count();
    let equal = values.iter().filter(|v| **v == x).count();
    (below as f64 + equal as f64 / 2.0) / values.len() as f64
}

impl Measure for SpreadPercentile {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let years = params.int("years");
        Ok(each(days, |t| {
            let view = View::of(cut, &[params.text("series")], t)?;
            let used = span(&view, years)?;
            let value = rank(&view.column(0)[used.clone()], view.level(0));
            Ok(Point::of(value, used.len()).flagged(view.flags(used)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
        let mut facts = vec![Fact::new("spread", 100.0 * view.level(0), Unit::BasisPoints).on(view.day()).note(view.ids())];
        if let Ok(used) = span(&view, params.int("years")) {
            let mut sorted = view.column(0)[used.clone()].to_vec();
            sorted.sort_by(f64::total_cmp);
            let quantile = |p: f64| 100.0 * sorted[((sorted.len() - 1) as f64 * p).round() as usize];
            facts.push(Fact::new("tightest", quantile(0.0), Unit::BasisPoints));
            facts.push(Fact::new("median", quantile(0.5), Unit::BasisPoints));
            facts.push(Fact::new("widest", quantile(1.0), Unit::BasisPoints));
            facts.push(Fact::new("observations", used.len() as f64, Unit::Count).on(view.days()[used.start]).note("since"));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn ties_count_half() {
        assert_eq!(rank(&[1.0, 2.0, 2.0, 3.0], 2.0), 0.5);
        assert_eq!(rank(&[1.0, 2.0, 2.0, 3.0], 3.0), 0.875);
        assert_eq!(rank(&[1.0, 2.0, 2.0, 3.0], 1.0), 0.125);
    }

    #[test]
    fn within_all_history_and_within_years() {
        let days = sessions(Day::ymd(2020, 1, 2), 400);
        // A wide first stretch, then a slow rise: today is the widest of the last year and stands below the first 100 days.
        let values: Vec<f64> = (0..400).map(|i| if i < 100 { 9.0 } else { 3.0 + i as f64 / 1000.0 }).collect();
        let spread = batch("fred:BAMLH0A0HYM2", &days, &values);
        let at = |given: &[(&str, &str)], n: usize| measured("spread_percentile", given, vec![spread.clone()], days[n]).0;
        assert_eq!(at(&[], 399), Point::of((299.0 + 0.5) / 400.0, 400));
        assert_eq!(at(&[("years", "1")], 399), Point::of((251.0 + 0.5) / 252.0, 252));
        assert_eq!(at(&[("years", "2")], 399).value, Err(Missing::WarmUp));
        assert_eq!(at(&[], 58).value, Err(Missing::TooFew));
    }
}
