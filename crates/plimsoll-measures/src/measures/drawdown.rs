//! Drawdown of a series, and of the ratio of two.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, Extreme, View, age, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// Drawdown of a series from its high.
pub struct Drawdown;

/// Drawdown of the ratio of two series from its high.
pub struct RatioDrawdown;

const SESSIONS: ParamSpec =
    ParamSpec::new("sessions", ParamKind::Int(0, 25_200), "0", "sessions in which the high is sought; 0 is all history known");

static SPEC: Spec = Spec {
    name: "drawdown",
    title: "Drawdown",
    topic: Topic::Momentum,
    unit: Unit::Fraction,
    summary: "How far a series stands below its high, zero or negative.",
    definition: "P(d) / max(P) - 1, the maximum over closes of the last n sessions, the last day d included, or over all history known. Of \
                 equal highs the latest. n is the number of closes.",
    params: &[ParamSpec::new("series", ParamKind::Series, series::SMALL, "the series"), SESSIONS],
    inputs: "One series of levels (or of returns, `french:`), one value a session.",
    missing: series::MISSING,
    point_in_time: "Only closes known by the end of the session are used, as ratios. With dividends reinvested (adjusted closes) a drawdown \
                    is a little shallower than of the price.",
    references: &["Magdon-Ismail and Atiya (2004), Maximum Drawdown, Risk 17(10)"],
    verified: "testsuite/tests/real_phases.rs",
};

static RATIO_SPEC: Spec = Spec {
    name: "ratio_drawdown",
    title: "Drawdown of a ratio",
    topic: Topic::Momentum,
    unit: Unit::Fraction,
    summary: "How far the ratio of two series stands below its high; by default small against large capitalisation.",
    definition: "R(d) / max(R) - 1 with R = A / B on shared days, the maximum over the last n sessions, the last day d included, or over all \
                 history known. Of equal highs the latest. n is the number of shared days.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::SMALL, "the numerator"),
        ParamSpec::new("benchmark", ParamKind::Series, series::LARGE, "the denominator"),
        SESSIONS,
    ],
    inputs: "Two series of levels (or of returns, `french:`), one value a session.",
    missing: series::MISSING,
    point_in_time: "Only closes known by the end of the session are used, as ratios of ratios, in which later adjustments cancel.",
    references: &["Magdon-Ismail and Atiya (2004), Maximum Drawdown, Risk 17(10)"],
    verified: "testsuite/tests/real_rates.rs (pandas)",
};

/// A path through all the observations of a frame, with the position of the highest so far at each.
struct Path {
    level: Vec<f64>,
    high: Vec<usize>,
}

impl Path {
    fn of(level: Vec<f64>) -> Path {
        let mut best = 0;
        let high = (0..level.len())
            .map(|i| {
                if level[i] >= level[best] {
                    best = i;
                }
                best
            })
            .collect();
        Path { level, high }
    }
}

/// What a drawdown measures: the view, its path, and the observations used.
fn view(cut: &Cut, texts: &[&str], sessions: usize, t: usize) -> Result<(View, Arc<Path>, Range<usize>), Missing> {
    let view = View::of(cut, texts, t)?;
    let frame = view.frame().clone();
    let path = cut.memo(&format!("high so far {}", frame.ids.join(" ")), || match &frame.column[..] {
        [a, b] => Path::of(a.iter().zip(b).map(|(a, b)| a / b).collect()),
        [a, ..] => Path::of(a.clone()),
        [] => Path::of(Vec::new()),
    });
    let used = if sessions == 0 { 0..view.last() + 1 } else { view.span(Window::Sessions(sessions))? };
    Ok((view, path, used))
}

fn high(path: &Path, used: &Range<usize>) -> usize {
    let so_far = path.high[used.end - 1];
    if used.contains(&so_far) { so_far } else { Extreme::High.find(&path.level, used.clone()).0 }
}

fn track(cut: &Cut, params: &Params, texts: &[&str], days: Range<usize>) -> Vec<Point> {
    let sessions = params.int("sessions");
    each(days, |t| {
        let (view, path, used) = view(cut, texts, sessions, t)?;
        let value = path.level[view.last()] / path.level[high(&path, &used)] - 1.0;
        Ok(Point::of(value, used.len()).flagged(view.flags(used)))
    })
}

fn evidence(cut: &Cut, params: &Params, texts: &[&str], day: usize) -> Vec<Fact> {
    let Ok((view, path, used)) = view(cut, texts, params.int("sessions"), day) else { return Vec::new() };
    let at = high(&path, &used);
    let low = Extreme::Low.find(&path.level, at..view.last() + 1).0;
    let ids = view.frame().ids.join(" / ");
    vec![
        Fact::new("high", path.level[at], Unit::Number).on(view.days()[at]).note(ids.clone()),
        Fact::new("level", path.level[view.last()], Unit::Number).on(view.day()).note(ids),
        Fact::new("deepest since the high", path.level[low] / path.level[at] - 1.0, Unit::Fraction).on(view.days()[low]),
        Fact::new("sessions since the high", age(view.days()[at], view.day()) as f64, Unit::Sessions),
    ]
}

fn pair(params: &Params) -> [&str; 2] {
    [params.text("series"), params.text("benchmark")]
}

impl Measure for Drawdown {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(track(cut, params, &[params.text("series")], days))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, &[params.text("series")], day)
    }
}

impl Measure for RatioDrawdown {
    fn spec(&self) -> &'static Spec {
        &RATIO_SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted(pair(params))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(track(cut, params, &pair(params), days))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, &pair(params), day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn from_the_high_of_history_and_of_a_window() {
        let days = sessions(Day::ymd(2024, 1, 2), 6);
        let small = batch("etf:IWM", &days, &[200.0, 160.0, 180.0, 120.0, 150.0, 135.0]);
        let at = |given: &[(&str, &str)]| measured("drawdown", given, vec![small.clone()], days[5]);
        let (point, facts) = at(&[]);
        assert!((point.value.unwrap() - (135.0 / 200.0 - 1.0)).abs() < 1e-15);
        assert_eq!((facts[0].day, facts[2].day, facts[3].value), (Some(days[0]), Some(days[3]), Some(5.0)));
        assert!((facts[2].value.unwrap() + 0.4).abs() < 1e-15);
        assert!((at(&[("sessions", "4")]).0.value.unwrap() - (135.0 / 180.0 - 1.0)).abs() < 1e-15);
        assert_eq!(at(&[("sessions", "7")]).0.value, Err(Missing::WarmUp));
    }

    #[test]
    fn of_a_ratio_on_shared_days() {
        let days = sessions(Day::ymd(2024, 1, 2), 4);
        let small = batch("index:RUT", &days, &[100.0, 110.0, 99.0, 102.0]);
        let large = batch("index:GSPC", &[days[0], days[2], days[3]], &[100.0, 110.0, 120.0]);
        let (point, facts) = measured("ratio_drawdown", &[], vec![small, large], days[3]);
        assert!((point.value.unwrap() - (0.85 - 1.0)).abs() < 1e-15); // ratios 1.00, 0.90, 0.85; the second day is not shared
        assert_eq!((point.n_obs, facts[0].note.as_str()), (3, "index:RUT / index:GSPC"));
    }
}
