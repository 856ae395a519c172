//! The slope of the yield curve.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Long less short yield, in basis points.
pub struct CurveSlope;

static SPEC: Spec = Spec {
    name: "curve_slope",
    title: "Slope of the yield curve",
    topic: Topic::Rates,
    unit: Unit::BasisPoints,
    summary: "A long yield less a short one, in basis points; below zero the curve is inverted.",
    definition: "100 (y_long(d) - y_short(d)) on the last day d on which both were known. n is 2.",
    params: &[
        ParamSpec::new("long", ParamKind::Series, series::TEN_YEAR, "the longer yield, in per cent"),
        ParamSpec::new("short", ParamKind::Series, series::TWO_YEAR, "the shorter yield, in per cent"),
    ],
    inputs: "Two series in per cent a year, one value a business day.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &[
        "Estrella and Hardouvelis (1991), The Term Structure as a Predictor of Real Economic Activity, Journal of Finance 46",
        "Federal Reserve Bank of St. Louis, series T10Y2Y",
    ],
    verified: "testsuite/tests/real_rates.rs",
};

fn texts(params: &Params) -> [&str; 2] {
    [params.text("long"), params.text("short")]
}

impl Measure for CurveSlope {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted(texts(params))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let view = View::of(cut, &texts(params), t)?;
            let last = view.last();
            Ok(Point::of(100.0 * (view.level(0) - view.level(1)), 2).flagged(view.flags(last..last + 1)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(view) = View::of(cut, &texts(params), day) else { return Vec::new() };
        let ids = &view.frame().ids;
        let mut facts = vec![
            Fact::new("long yield", view.level(0), Unit::PercentPerYear).on(view.day()).note(ids[0].clone()),
            Fact::new("short yield", view.level(1), Unit::PercentPerYear).on(view.day()).note(ids[1].clone()),
        ];
        // Since when the slope has had its sign.
        let slope = |i: usize| view.column(0)[i] - view.column(1)[i];
        let now = slope(view.last()) < 0.0;
        let since = (0..=view.last()).rev().take_while(|&i| (slope(i) < 0.0) == now).last().unwrap_or(view.last());
        let word = if now { "inverted since" } else { "not inverted since" };
        facts.push(Fact::new(word, (view.last() - since + 1) as f64, Unit::Count).on(view.days()[since]).note("days observed"));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn on_the_last_day_both_were_known() {
        let days = sessions(Day::ymd(2024, 1, 2), 4);
        let long = batch("fred:DGS10", &days, &[4.5, 3.95, 3.91, 3.99]);
        let short = batch("fred:DGS2", &days[..3], &[4.33, 4.33, 4.38]);
        let (point, facts) = measured("curve_slope", &[], vec![long, short], days[3]);
        assert!((point.value.unwrap() + 47.0).abs() < 1e-9);
        assert_eq!(facts[0].day, Some(days[2]));
        assert_eq!((facts[2].label.as_str(), facts[2].day, facts[2].value), ("inverted since", Some(days[1]), Some(2.0)));
    }
}
