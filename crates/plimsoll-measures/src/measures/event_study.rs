//! What returns do around events.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;

use crate::kernels::fed_funds::{self, Market};
use crate::kernels::series::{self, View, each, start_of};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Mean difference of two series' returns around events.
pub struct EventStudy;

/// Fewer events than this are no study.
const FEWEST: usize = 5;

static SPEC: Spec = Spec {
    name: "event_study",
    title: "Event study of small against large capitalisation",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "The mean return of small minus large capitalisation from k sessions before an event to k sessions after.",
    definition: "Each event counts on its own session, or the first after it that both series share. CAR_i = sum over offsets -k..k of \
                 (r_small - r_large); the value is the mean of CAR_i over the events of the window whose 2k + 1 returns are all known. \
                 Evidence: by offset the mean return of small, of large and of the difference with its 95 % band (mean +- 1.96 s / \
                 sqrt(n), events taken as independent); the standard error and t of the value; placebo: the mean over every other day of \
                 the window as if it were an event, and the share of placebo days whose CAR is at least as far from the placebo mean as \
                 the value is. Events: FOMC decisions and meetings held (`fomc`), or days given, such as announcements of tariffs. n is \
                 the number of events.",
    params: &[
        ParamSpec::new("small", ParamKind::Series, series::SMALL, "small capitalisation, or any series"),
        ParamSpec::new("large", ParamKind::Series, series::LARGE, "large capitalisation, or any series"),
        ParamSpec::new("events", ParamKind::Days(&["fomc"]), "fomc", "days of the events, or those of the FOMC"),
        ParamSpec::new("width", ParamKind::Int(0, 20), "1", "sessions k before and after"),
        ParamSpec::new("window", ParamKind::Window, "5y", "how far back events are taken from"),
    ],
    inputs: "Two series of levels, one value a session; the calendars `fomc` and `fomc.decisions`.",
    missing: "Days that not both series share are skipped. Events whose sessions are not all known yet do not count. No value with fewer \
              than 5 events.",
    point_in_time: "Only prices known by the end of the session, and events that were known by then.",
    references: &[
        "MacKinlay (1997), Event Studies in Economics and Finance, Journal of Economic Literature 35(1)",
        "Bernanke and Kuttner (2005), What Explains the Stock Market's Reaction to Federal Reserve Policy?, Journal of Finance 60(3)",
    ],
    verified: "crates/plimsoll-measures/tests/futures.rs",
};

/// Returns of a window and the events within it.
struct Study {
    view: View,
    /// Positions within the view of the first and behind the last return that may be used.
    used: Range<usize>,
    /// Positions of events whose sessions are all known.
    events: Vec<usize>,
    /// The other positions whose sessions are all known.
    placebo: Vec<usize>,
    k: usize,
}

impl Study {
    fn of(cut: &Cut, params: &Params, t: usize) -> Result<Study, Missing> {
        let today = cut.sessions[t];
        let view = View::of(cut, &[params.text("small"), params.text("large")], t)?;
        let k = params.int("width");
        let from = start_of(params.window("window"), view.day())?;
        // The first return ends on the second day.
        let first = view.days().partition_point(|d| *d <= from).max(1);
        let used = first..view.last() + 1;
        let given = match params.days("events") {
            Some(days) => days,
            None => {
                let mut days = Vec::new();
                Market::of(cut).decision_days(today, AsOf::end_of(today).moment(), &mut days);
                days
            }
        };
        let whole = |at: usize| at >= used.start + k && at + k < used.end;
        let mut events: Vec<usize> = given
            .iter()
            .filter(|d| **d > from && **d <= today)
            .map(|d| view.days().partition_point(|v| v < d))
            .filter(|at| whole(*at))
            .collect();
        events.dedup();
        if events.len() < FEWEST {
            return Err(Missing::TooFew);
        }
        let placebo = used.clone().filter(|at| whole(*at) && events.binary_search(at).is_err()).collect();
        Ok(Study { view, used, events, placebo, k })
    }
    fn ret(&self, column: usize, at: usize) -> f64 {
        let levels = self.view.column(column);
        levels[at] / levels[at - 1] - 1.0
    }
    fn difference(&self, at: usize) -> f64 {
        self.ret(0, at) - self.ret(1, at)
    }
    fn car(&self, at: usize) -> f64 {
        (at - self.k..=at + self.k).map(|i| self.difference(i)).sum()
    }
}

/// Mean and standard error of the mean.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

impl Measure for EventStudy {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("small"), params.text("large")]).events(fed_funds::MEETINGS).events(fed_funds::DECISIONS)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let study = Study::of(cut, params, t)?;
            let cars: Vec<f64> = study.events.iter().map(|e| study.car(*e)).collect();
            Ok(Point::of(mean(&cars).0, cars.len()).flagged(study.view.flags(study.used.clone())))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(study) = Study::of(cut, params, day) else { return Vec::new() };
        let over = |days: &[usize], value: &dyn Fn(usize) -> f64| days.iter().map(|d| value(*d)).collect::<Vec<f64>>();
        let cars = over(&study.events, &|e| study.car(e));
        let (value, error) = mean(&cars);
        let mut facts = vec![
            Fact::new("events", cars.len() as f64, Unit::Count).note(study.view.ids()),
            Fact::new("standard error", error, Unit::FractionPoints).note(format!("t {:.2}", value / error)),
        ];
        if study.placebo.len() > 1 {
            let placebo = over(&study.placebo, &|d| study.car(d));
            let (centre, _) = mean(&placebo);
            let beyond = placebo.iter().filter(|p| (*p - centre).abs() >= (value - centre).abs()).count();
            facts.push(Fact::new("placebo mean", centre, Unit::FractionPoints).note(format!("{} other days", placebo.len())));
            let share = beyond as f64 / placebo.len() as f64;
            facts.push(
                Fact::new("placebo days as far out", share, Unit::Fraction).note("a single day against the mean of the events"),
            );
        }
        for offset in -(study.k as i64)..=study.k as i64 {
            let at = |d: usize| (d as i64 + offset) as usize;
            for (label, column) in [("small", 0), ("large", 1)] {
                let returns = over(&study.events, &|e| study.ret(column, at(e)));
                facts.push(Fact::new(format!("{label}, session {offset:+}"), mean(&returns).0, Unit::Fraction));
            }
            let (m, e) = mean(&over(&study.events, &|e| study.difference(at(e))));
            facts.push(Fact::new(format!("difference, session {offset:+}"), m, Unit::FractionPoints));
            facts.push(Fact::new(format!("lower end of the band, session {offset:+}"), m - 1.96 * e, Unit::FractionPoints));
            facts.push(Fact::new(format!("upper end of the band, session {offset:+}"), m + 1.96 * e, Unit::FractionPoints));
            if study.placebo.len() > 1 {
                let (p, _) = mean(&over(&study.placebo, &|d| study.difference(at(d))));
                facts.push(Fact::new(format!("placebo, session {offset:+}"), p, Unit::FractionPoints));
            }
        }
        facts
    }
}
