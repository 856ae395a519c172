//! How far a yield has come from its extreme.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, Extreme, View, age, each};
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Change of a yield from its low or high of a window, in basis points.
pub struct YieldChangeFromExtreme;

static SPEC: Spec = Spec {
    name: "yield_change_from_extreme",
    title: "Change of the yield from its extreme",
    topic: Topic::Rates,
    unit: Unit::BasisPoints,
    summary: "How far a yield stands above its low, or below its high, of the past n sessions, in basis points.",
    definition: "100 (y(d) - y(e)): d is the last day known, e the day of the lowest (highest) daily yield within the last n sessions, d \
                 included; of equal extremes the latest. At least 0 from a low, at most 0 from a high. n is the number of observations in \
                 the window.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::TEN_YEAR, "the yield, in per cent"),
        ParamSpec::new("window", ParamKind::Window, "60", "where the extreme is sought"),
        ParamSpec::new("extreme", ParamKind::Choice(&["low", "high"]), "low", "from the low or from the high"),
    ],
    inputs: "One series in per cent a year, one value a business day.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &["US Treasury, Treasury Yield Curve Methodology (2021)"],
    verified: "testsuite/tests/real_rates.rs",
};

impl Measure for YieldChangeFromExtreme {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (window, extreme) = (params.window("window"), Extreme::parse(params.text("extreme")));
        Ok(each(days, |t| {
            let view = View::of(cut, &[params.text("series")], t)?;
            let used = view.span(window)?;
            let (at, _) = extreme.find(view.column(0), used.clone());
            let change = 100.0 * (view.level(0) - view.column(0)[at]);
            Ok(Point::of(change, used.len()).flagged(view.flags(used)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let extreme = Extreme::parse(params.text("extreme"));
        let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
        let mut facts = vec![Fact::new("yield", view.level(0), Unit::PercentPerYear).on(view.day()).note(view.ids())];
        if let Ok(used) = view.span(params.window("window")) {
            let (at, ties) = extreme.find(view.column(0), used);
            let label = format!("{} of the window", extreme.word());
            facts.push(
                Fact::new(label, view.column(0)[at], Unit::PercentPerYear)
                    .on(view.days()[at])
                    .note(series::ties_note(view.days(), &ties)),
            );
            facts.push(Fact::new("sessions since", age(view.days()[at], view.day()) as f64, Unit::Sessions));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn from_the_low_and_from_the_high() {
        let days = sessions(Day::ymd(2023, 12, 20), 8);
        let yields = batch("treasury:10Y", &days, &[3.70, 3.86, 3.79, 3.90, 3.79, 3.84, 3.88, 3.95]);
        let at = |given: &[(&str, &str)]| measured("yield_change_from_extreme", given, vec![yields.clone()], days[7]);
        // The low of the first day lies outside the last seven sessions; of the two lows at 3.79 the later counts.
        let (point, facts) = at(&[("window", "7")]);
        assert!((point.value.unwrap() - 16.0).abs() < 1e-9);
        assert_eq!(point.n_obs, 7);
        assert_eq!((facts[1].day, facts[1].value), (Some(days[4]), Some(3.79)));
        assert!(facts[1].note.contains(&days[2].to_string()), "{}", facts[1].note);
        assert_eq!(facts[2].value, Some(3.0));
        assert!((at(&[("window", "8")]).0.value.unwrap() - 25.0).abs() < 1e-9);
        assert_eq!(at(&[("window", "7"), ("extreme", "high")]).0.value, Ok(0.0));
    }
}
