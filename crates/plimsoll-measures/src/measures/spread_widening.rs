//! How far a credit spread has widened from its low, and how fast it moves.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, Extreme, View, age, each};
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// Widening of a spread from its low of a window, in basis points.
pub struct SpreadWidening;

static SPEC: Spec = Spec {
    name: "spread_widening",
    title: "Widening of the spread from its low",
    topic: Topic::Credit,
    unit: Unit::BasisPoints,
    summary: "How far a credit spread stands above its low of the past n sessions, in basis points.",
    definition: "100 (s(d) - min s(u)) over the last n sessions u, the last day d included. Evidence: the day of the low (of equal lows \
                 the latest) and the speed, 100 (s(d) - s(b)) with b the speed window before d. n is the number of observations.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::HIGH_YIELD, "the spread, in per cent"),
        ParamSpec::new("window", ParamKind::Window, "1y", "where the low is sought"),
        ParamSpec::new("speed", ParamKind::Int(1, 252), "21", "sessions over which the speed is taken"),
    ],
    inputs: "One series in per cent, one value a business day.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &["ICE Data Indices, Bond Index Methodologies (option-adjusted spread)"],
    verified: "testsuite/tests/real_rates.rs",
};

impl Measure for SpreadWidening {
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
            let used = view.span(window)?;
            let (low, _) = Extreme::Low.find(view.column(0), used.clone());
            let value = 100.0 * (view.level(0) - view.column(0)[low]);
            Ok(Point::of(value, used.len()).flagged(view.flags(used)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
        let (levels, days) = (view.column(0), view.days());
        let mut facts = vec![Fact::new("spread", 100.0 * view.level(0), Unit::BasisPoints).on(view.day()).note(view.ids())];
        if let Ok(used) = view.span(params.window("window")) {
            let (low, ties) = Extreme::Low.find(levels, used);
            let note = series::ties_note(days, &ties);
            facts.push(Fact::new("low of the window", 100.0 * levels[low], Unit::BasisPoints).on(days[low]).note(note));
            facts.push(Fact::new("sessions since", age(days[low], view.day()) as f64, Unit::Sessions));
        }
        let speed = params.int("speed");
        if let Ok(base) = view.base(Window::Sessions(speed)) {
            let label = format!("change over {speed} sessions");
            facts.push(Fact::new(label, 100.0 * (view.level(0) - levels[base]), Unit::BasisPoints).on(days[base]).note("since"));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn from_the_low_with_its_speed() {
        let days = sessions(Day::ymd(2024, 1, 2), 6);
        let spread = batch("fred:BAMLC0A0CM", &days, &[1.05, 0.99, 1.01, 1.00, 1.10, 1.08]);
        let given = [("series", "fred:BAMLC0A0CM"), ("window", "5"), ("speed", "2")];
        let (point, facts) = measured("spread_widening", &given, vec![spread], days[5]);
        assert!((point.value.unwrap() - 9.0).abs() < 1e-9);
        assert_eq!((facts[1].day, facts[2].value), (Some(days[1]), Some(4.0)));
        assert!((facts[3].value.unwrap() - 8.0).abs() < 1e-9); // 1.08 - 1.00
    }
}
