//! The level of a yield or a rate.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Level of a yield, in per cent a year.
pub struct YieldLevel;

static SPEC: Spec = Spec {
    name: "yield_level",
    title: "Yield",
    topic: Topic::Rates,
    unit: Unit::PercentPerYear,
    summary: "The last yield known by the end of the session.",
    definition: "y(d) for the last day d whose yield was known, in per cent a year as its publisher quotes it: constant-maturity Treasury \
                 yields are bond-equivalent (semi-annual compounding). n is 1.",
    params: &[ParamSpec::new("series", ParamKind::Series, series::TEN_YEAR, "the yield, in per cent")],
    inputs: "One series in per cent a year, one value a business day.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &["US Treasury, Treasury Yield Curve Methodology (2021)"],
    verified: "testsuite/tests/real_rates.rs",
};

impl Measure for YieldLevel {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let view = View::of(cut, &[params.text("series")], t)?;
            let last = view.last();
            Ok(Point::of(view.level(0), 1).flagged(view.flags(last..last + 1)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
        vec![Fact::new("yield", view.level(0), Unit::PercentPerYear).on(view.day()).note(view.ids())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn the_last_yield_known() {
        let days = sessions(Day::ymd(2024, 1, 2), 5);
        let yields = batch("treasury:10Y", &days, &[3.95, 3.91, 3.99, 4.05, 4.01]);
        let (point, facts) = measured("yield_level", &[], vec![yields], days[3]);
        assert_eq!(point, Point::of(4.05, 1));
        assert_eq!((facts[0].day, facts[0].note.as_str()), (Some(days[3]), "treasury:10Y"));
    }
}
