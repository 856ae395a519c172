//! The return of one series less that of another.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Return of a series less that of a benchmark over a window.
pub struct RelativeStrength;

static SPEC: Spec = Spec {
    name: "relative_strength",
    title: "Relative strength",
    topic: Topic::Momentum,
    unit: Unit::FractionPoints,
    summary: "The return of one series less that of another over a window; by default small against large capitalisation.",
    definition: "(A(d) / A(b) - 1) - (B(d) / B(b) - 1): d is the last day both were known, b the day the window starts from. Adjusted closes \
                 of funds give total returns, index levels price returns, French series are chained. n is the number of shared days from b \
                 to d. Not to be confused with Wilder's relative strength index.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::SMALL, "the series whose strength is asked"),
        ParamSpec::new("benchmark", ParamKind::Series, series::LARGE, "the series it is compared with"),
        ParamSpec::new("window", ParamKind::Window, "3m", "how far back"),
    ],
    inputs: "Two series of levels (or of returns, `french:`), one value a session.",
    missing: series::MISSING,
    point_in_time: "Only observations known by the end of the session are used. Adjusted closes are used as ratios only: a later \
                    dividend moves numerator and denominator alike.",
    references: &["Levy (1967), Relative Strength as a Criterion for Investment Selection, Journal of Finance 22"],
    verified: "testsuite/tests/real_rates.rs",
};

fn texts(params: &Params) -> [&str; 2] {
    [params.text("series"), params.text("benchmark")]
}

impl Measure for RelativeStrength {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted(texts(params))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let window = params.window("window");
        Ok(each(days, |t| {
            let view = View::of(cut, &texts(params), t)?;
            let base = view.base(window)?;
            let used = base..view.last() + 1;
            Ok(Point::of(view.growth(0, base) - view.growth(1, base), used.len()).flagged(view.flags(used)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(view) = View::of(cut, &texts(params), day) else { return Vec::new() };
        let Ok(base) = view.base(params.window("window")) else { return Vec::new() };
        let start = format!("since {}", view.days()[base]);
        (0..2)
            .map(|k| {
                let id = view.frame().ids[k].clone();
                Fact::new(format!("return of {id}"), view.growth(k, base), Unit::Fraction).on(view.day()).note(start.clone())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};
    use crate::{Flags, Missing};

    #[test]
    fn returns_on_shared_days() {
        let days = sessions(Day::ymd(2024, 1, 2), 6);
        let small = batch("index:RUT", &days[..5], &[100.0, 104.0, 108.0, 105.0, 110.0]);
        let large = batch("etf:SPY", &days, &[50.0, 50.0, 51.0, 52.0, 54.0, 60.0]);
        let at =
            |window, t: usize| measured("relative_strength", &[("window", window)], vec![small.clone(), large.clone()], days[t]);
        // The small one is not known on the last day: both are measured to the day before.
        let (point, facts) = at("4", 5);
        assert!((point.value.unwrap() - (0.10 - 0.08)).abs() < 1e-12);
        assert_eq!((point.n_obs, point.flags), (5, Flags::default()));
        assert!((facts[0].value.unwrap() - 0.10).abs() < 1e-12 && (facts[1].value.unwrap() - 0.08).abs() < 1e-12);
        assert_eq!(facts[0].day, Some(days[4]));
        assert_eq!(at("5", 5).0.value, Err(Missing::WarmUp));
        assert_eq!(at("since:2024-01-09", 5).0.value, Err(Missing::NoData));
    }
}
