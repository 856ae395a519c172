//! The level of a credit spread.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Level of a credit spread, in basis points.
pub struct CreditSpread;

static SPEC: Spec = Spec {
    name: "credit_spread",
    title: "Credit spread",
    topic: Topic::Credit,
    unit: Unit::BasisPoints,
    summary: "The last option-adjusted credit spread known, in basis points over Treasuries.",
    definition: "100 s(d) for the last day d known, where s is the option-adjusted spread in per cent as published. n is 1.",
    params: &[ParamSpec::new("series", ParamKind::Series, series::HIGH_YIELD, "the spread, in per cent")],
    inputs: "One series in per cent, one value a business day. High yield: fred:BAMLH0A0HYM2; investment grade: fred:BAMLC0A0CM.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &[
        "ICE Data Indices, Bond Index Methodologies (option-adjusted spread)",
        "Gilchrist and Zakrajsek (2012), AER 102(4)",
    ],
    verified: "testsuite/tests/real_rates.rs",
};

impl Measure for CreditSpread {
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
            Ok(Point::of(100.0 * view.level(0), 1).flagged(view.flags(last..last + 1)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
        vec![Fact::new("spread", 100.0 * view.level(0), Unit::BasisPoints).on(view.day()).note(view.ids())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn per_cent_become_basis_points() {
        let days = sessions(Day::ymd(2024, 1, 2), 3);
        let spread = batch("fred:BAMLH0A0HYM2", &days, &[3.39, 3.52, 3.47]);
        assert!((measured("credit_spread", &[], vec![spread], days[2]).0.value.unwrap() - 347.0).abs() < 1e-9);
    }
}
