//! The change of a yield over a window.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Change of a yield over a window, in basis points.
pub struct YieldChange;

static SPEC: Spec = Spec {
    name: "yield_change",
    title: "Change of the yield",
    topic: Topic::Rates,
    unit: Unit::BasisPoints,
    summary: "The change of a yield over a window, in basis points.",
    definition: "100 (y(d) - y(b)): d is the last day known, b the day the window starts from, counted back from d. n is the number of \
                 observations from b to d.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::TEN_YEAR, "the yield, in per cent"),
        ParamSpec::new("window", ParamKind::Window, "1m", "how far back"),
    ],
    inputs: "One series in per cent a year, one value a business day.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &["US Treasury, Treasury Yield Curve Methodology (2021)"],
    verified: "testsuite/tests/real_rates.rs",
};

impl Measure for YieldChange {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let window = params.window("window");
        Ok(each(days, |t| {
            let view = View::of(cut, &[params.text("series")], t)?;
            let base = view.base(window)?;
            let used = base..view.last() + 1;
            let change = 100.0 * (view.level(0) - view.column(0)[base]);
            Ok(Point::of(change, used.len()).flagged(view.flags(used)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
        let mut facts = vec![Fact::new("yield", view.level(0), Unit::PercentPerYear).on(view.day()).note(view.ids())];
        if let Ok(base) = view.base(params.window("window")) {
            facts.push(Fact::new("yield at the start", view.column(0)[base], Unit::PercentPerYear).on(view.days()[base]));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};
    use crate::{Flags, Missing};

    #[test]
    fn basis_points_over_a_window() {
        let days = sessions(Day::ymd(2023, 12, 26), 8);
        let yields = batch("fred:DGS10", &days, &[3.89, 3.79, 3.84, 3.88, 3.95, 3.91, 3.99, 4.05]);
        let at = |window, day| measured("yield_change", &[("window", window)], vec![yields.clone()], day).0;
        let value = at("5", days[7]).value.unwrap();
        assert!((value - 21.0).abs() < 1e-9, "{value}"); // 4.05 - 3.84
        assert_eq!(at("5", days[7]).n_obs, 6);
        assert!((at("ytd", days[7]).value.unwrap() - 17.0).abs() < 1e-9); // since 2023-12-29
        assert!((at("since:2023-12-27", days[7]).value.unwrap() - 26.0).abs() < 1e-9);
        assert_eq!(at("8", days[7]).value, Err(Missing::WarmUp));
        // Five sessions after the last yield it is stale, and the window still ends with it.
        let later = at("5", Day::ymd(2024, 1, 12));
        assert_eq!((later.value.is_ok(), later.flags), (true, Flags::STALE));
    }
}
