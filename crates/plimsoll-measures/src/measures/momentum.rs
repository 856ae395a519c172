//! Time-series momentum, plain and without the latest month.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// Return of a series over a window.
pub struct Momentum;

/// Return of a series over the past twelve months without the latest one.
pub struct Momentum12_1;

static SPEC: Spec = Spec {
    name: "momentum",
    title: "Momentum",
    topic: Topic::Momentum,
    unit: Unit::Fraction,
    summary: "The return of a series over a window.",
    definition: "P(d) / P(b) - 1: d is the last day known, b the day the window starts from. n is the number of observations from b to d.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::SMALL, "the series"),
        ParamSpec::new("window", ParamKind::Window, "1y", "how far back"),
    ],
    inputs: "One series of levels (or of returns, `french:`), one value a session.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &["Moskowitz, Ooi and Pedersen (2012), Time Series Momentum, Journal of Financial Economics 104(2)"],
    verified: "testsuite/tests/real_rates.rs",
};

static SPEC_12_1: Spec = Spec {
    name: "momentum_12_1",
    title: "Momentum, 12-1",
    topic: Topic::Momentum,
    unit: Unit::Fraction,
    summary: "The return of a series over the past twelve months without the latest one.",
    definition: "P(d - 21 sessions) / P(d - 252 sessions) - 1, d the last day known. n is the number of observations between them, both \
                 included.",
    params: &[ParamSpec::new("series", ParamKind::Series, series::SMALL, "the series")],
    inputs: "One series of levels (or of returns, `french:`), one value a session.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &[
        "Jegadeesh and Titman (1993), Returns to Buying Winners and Selling Losers, Journal of Finance 48(1)",
        "Asness, Moskowitz and Pedersen (2013), Value and Momentum Everywhere, Journal of Finance 68(3)",
    ],
    verified: "testsuite/tests/real_rates.rs (pandas)",
};

/// First and last position of the return.
type Ends = fn(&View, &Params) -> Result<(usize, usize), Missing>;

fn plain(view: &View, params: &Params) -> Result<(usize, usize), Missing> {
    Ok((view.base(params.window("window"))?, view.last()))
}

fn without_the_latest_month(view: &View, _: &Params) -> Result<(usize, usize), Missing> {
    Ok((view.base(Window::Sessions(252))?, view.base(Window::Sessions(21))?))
}

fn track(cut: &Cut, params: &Params, days: Range<usize>, ends: Ends) -> Vec<Point> {
    each(days, |t| {
        let view = View::of(cut, &[params.text("series")], t)?;
        let (a, b) = ends(&view, params)?;
        let levels = view.column(0);
        Ok(Point::of(levels[b] / levels[a] - 1.0, b - a + 1).flagged(view.flags(a..b + 1)))
    })
}

fn evidence(cut: &Cut, params: &Params, day: usize, ends: Ends) -> Vec<Fact> {
    let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
    let Ok((a, b)) = ends(&view, params) else { return Vec::new() };
    let levels = view.column(0);
    vec![
        Fact::new("level at the start", levels[a], Unit::Number).on(view.days()[a]).note(view.ids()),
        Fact::new("level at the end", levels[b], Unit::Number).on(view.days()[b]).note(view.ids()),
    ]
}

impl Measure for Momentum {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(track(cut, params, days, plain))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, plain)
    }
}

impl Measure for Momentum12_1 {
    fn spec(&self) -> &'static Spec {
        &SPEC_12_1
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(track(cut, params, days, without_the_latest_month))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, without_the_latest_month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn over_a_window_and_without_the_latest_month() {
        let days = sessions(Day::ymd(2022, 1, 3), 260);
        let levels: Vec<f64> = (0..260).map(|i| 100.0 + f64::from(i)).collect();
        let small = batch("etf:IWM", &days, &levels);
        let at = |name, given: &[(&str, &str)], t: usize| measured(name, given, vec![small.clone()], days[t]);
        assert!((at("momentum", &[("window", "10")], 20).0.value.unwrap() - (120.0 / 110.0 - 1.0)).abs() < 1e-15);
        // At position 255: from position 3 to position 234.
        let (point, facts) = at("momentum_12_1", &[], 255);
        assert!((point.value.unwrap() - (334.0 / 103.0 - 1.0)).abs() < 1e-15);
        assert_eq!(point.n_obs, 232);
        assert_eq!((facts[0].day, facts[1].day), (Some(days[3]), Some(days[234])));
        assert_eq!(at("momentum_12_1", &[], 251).0.value, Err(Missing::WarmUp));
    }

    #[test]
    fn returns_are_chained() {
        let days = sessions(Day::ymd(2022, 1, 3), 4);
        let market = batch("french:Mkt-RF", &days, &[0.5, 0.1, -0.1, 0.2]);
        let (point, _) = measured("momentum", &[("series", "french:Mkt-RF"), ("window", "3")], vec![market], days[3]);
        assert!((point.value.unwrap() - (1.1 * 0.9 * 1.2 - 1.0)).abs() < 1e-15);
    }
}
