//! A level against its own average.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::rolling::{self, Scratch};
use crate::kernels::series::{self, Track, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// Distance of a level from its n-session average.
pub struct TrendState;

static SPEC: Spec = Spec {
    name: "trend_state",
    title: "Level against its average",
    topic: Topic::Momentum,
    unit: Unit::Fraction,
    summary: "How far a series stands above (or below, negative) its own average of the past n sessions.",
    definition: "P(d) / mean(P) - 1, the mean over the closes of the last n sessions, d included. No value where fewer than nine tenths of \
                 them are known. n is the number of closes in the mean. Evidence: since when the level has been on this side.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::SMALL, "the series"),
        ParamSpec::new("sessions", ParamKind::Int(2, 2520), "200", "sessions in the average"),
    ],
    inputs: "One series of levels (or of returns, `french:`), one value a session.",
    missing: series::MISSING,
    point_in_time: "Only closes known by the end of the session are used. Adjusted closes enter as a ratio: a later dividend moves level \
                    and average alike.",
    references: &[
        "Brock, Lakonishok and LeBaron (1992), Simple Technical Trading Rules, Journal of Finance 47(5)",
        "Faber (2007), A Quantitative Approach to Tactical Asset Allocation, Journal of Wealth Management 9(4)",
    ],
    verified: "testsuite/tests/real_rates.rs (pandas)",
};

/// Fewest sessions of the average that must be known, as a share.
const KNOWN: f64 = 0.9;

/// Level over average less one, at observation `last`, with the range averaged.
fn distance(view: &View, n: usize) -> Result<(f64, Range<usize>), Missing> {
    let used = view.span(Window::Sessions(n))?;
    if (used.len() as f64) < KNOWN * n as f64 {
        return Err(Missing::TooFew);
    }
    let levels = &view.column(0)[used.clone()];
    let mean = levels.iter().sum::<f64>() / levels.len() as f64;
    Ok((view.level(0) / mean - 1.0, used))
}

/// The same at many positions in one pass.
fn distances(track: &Track, n: usize, days: Range<usize>) -> Vec<Point> {
    let levels = &track.frame.column[0];
    let mut sums = vec![0.0; levels.len()];
    rolling::sum(levels, n, &mut Scratch::default(), &mut sums);
    each(days, |t| {
        let used = track.span(t, n)?;
        if (used.len() as f64) < KNOWN * n as f64 {
            return Err(Missing::TooFew);
        }
        let last = used.end - 1;
        let sum = if used.len() == n { sums[last] } else { levels[used.clone()].iter().sum() };
        Ok(Point::of(levels[last] / (sum / used.len() as f64) - 1.0, used.len()).flagged(track.flags(t, &used)))
    })
}

impl Measure for TrendState {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let n = params.int("sessions");
        if let Some(track) = Track::of(cut, params.text("series")) {
            return Ok(distances(&track, n, days));
        }
        Ok(each(days, |t| {
            let view = View::of(cut, &[params.text("series")], t)?;
            let (value, used) = distance(&view, n)?;
            Ok(Point::of(value, used.len()).flagged(view.flags(used)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let n = params.int("sessions");
        let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
        let Ok((value, used)) = distance(&view, n) else { return Vec::new() };
        let mut facts = vec![
            Fact::new("level", view.level(0), Unit::Number).on(view.day()).note(view.ids()),
            Fact::new(format!("{n}-session average"), view.level(0) / (1.0 + value), Unit::Number).on(view.day()),
        ];
        // Averages over as many observations as today's, each ending at its own day.
        let (levels, width) = (view.column(0), used.len());
        let above = |i: usize| levels[i] >= levels[i + 1 - width..=i].iter().sum::<f64>() / width as f64;
        let now = above(view.last());
        let since = (width - 1..=view.last()).rev().take_while(|&i| above(i) == now).last().unwrap_or(view.last());
        let label = if now { "closes above in a row" } else { "closes below in a row" };
        facts.push(Fact::new(label, (view.last() - since + 1) as f64, Unit::Sessions).on(view.days()[since]).note("since"));
        facts
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn against_the_mean_of_the_last_closes() {
        let days = sessions(Day::ymd(2024, 1, 2), 7);
        let levels = batch("etf:IWM", &days, &[90.0, 100.0, 100.0, 100.0, 104.0, 106.0, 108.0]);
        let at = |t: usize| measured("trend_state", &[("sessions", "4")], vec![levels.clone()], days[t]);
        let (point, facts) = at(6);
        assert!((point.value.unwrap() - (108.0 / 104.5 - 1.0)).abs() < 1e-15);
        assert_eq!((facts[2].label.as_str(), facts[2].value), ("closes above in a row", Some(4.0)));
        assert_eq!(facts[2].day, Some(days[3]));
        assert_eq!(at(2).0.value, Err(Missing::WarmUp));
    }

    #[test]
    fn one_pass_and_one_by_one_agree() {
        let days = sessions(Day::ymd(2020, 1, 2), 400);
        let mut some = days.clone();
        some.retain(|d| d.0 % 37 != 0);
        let values: Vec<f64> = (0..some.len()).map(|i| 100.0 + ((i * 7919) % 101) as f64).collect();
        let cut = series::tests::cut(vec![batch("etf:IWM", &some, &values)], &["etf:IWM"], days[0], days[399]);
        for n in [2, 5, 20, 100, 371] {
            let params = BTreeMap::from([("series".to_owned(), "etf:IWM".to_owned()), ("sessions".to_owned(), n.to_string())]);
            let params = Params::resolve(&SPEC, &params, &crate::Scope::default()).unwrap();
            let fast = TrendState.track(&cut, &params, 0..cut.sessions.len()).unwrap();
            for (t, fast) in fast.iter().enumerate() {
                let slow = View::of(&cut, &["etf:IWM"], t).and_then(|view| {
                    let (value, used) = distance(&view, n)?;
                    Ok(Point::of(value, used.len()).flagged(view.flags(used)))
                });
                let slow = slow.unwrap_or_else(Point::missing);
                assert_eq!((fast.n_obs, fast.flags), (slow.n_obs, slow.flags), "{n} {t}");
                match (fast.value, slow.value) {
                    (Ok(a), Ok(b)) => assert!((a - b).abs() < 1e-13, "{n} {t}: {a} {b}"),
                    (a, b) => assert_eq!(a, b, "{n} {t}"),
                }
            }
        }
    }

    #[test]
    fn an_average_of_too_few_is_none() {
        let days = sessions(Day::ymd(2024, 1, 2), 10);
        let weekly: Vec<Day> = days.iter().copied().step_by(3).collect();
        let levels = batch("etf:IWM", &weekly, &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(measured("trend_state", &[("sessions", "9")], vec![levels], days[9]).0.value, Err(Missing::TooFew));
    }
}
