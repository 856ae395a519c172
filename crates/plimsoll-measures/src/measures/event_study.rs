//! What returns do around events.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::{Cut, Event};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::kernels::constituents::{CAPS, Constituents, reach};
use crate::kernels::fed_funds::{self, Market};
use crate::kernels::index::Index;
use crate::kernels::order::quantile;
use crate::kernels::series::{self, View, each, start_of};
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

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
                 sqrt(n), events taken as independent); the standard error and t of the value; placebo: as many days as there are events, \
                 drawn without replacement from the window's other days, `draws` times from a fixed seed: by offset the band that holds the \
                 middle 95 % of the draws' mean differences, their mean, and p, the share of draws whose mean CAR lies at least as far from \
                 the mean of all draws as the value does ((k + 1) / (draws + 1)). Events: FOMC decisions and meetings held (`fomc`), the days of a calendar imported (`calendar:cpi`; \
                 days cancelled do not count), or days given, such as announcements of tariffs. A side is a series, or the \
                 capitalisation-weighted index rebuilt from the members of a universe (`universe:russell2000`; price returns, see \
                 index_return). n is the number of events.",
    params: &[
        ParamSpec::new("small", ParamKind::SeriesOrUniverse, series::SMALL, "small capitalisation, or any series or universe"),
        ParamSpec::new("large", ParamKind::SeriesOrUniverse, series::LARGE, "large capitalisation, or any series or universe"),
        ParamSpec::new("events", ParamKind::Days(&["fomc"]), "fomc", "days of the events, of a calendar, or of the FOMC"),
        ParamSpec::new("width", ParamKind::Int(0, 20), "1", "sessions k before and after"),
        ParamSpec::new("window", ParamKind::Window, "5y", "how far back events are taken from"),
        ParamSpec::new("draws", ParamKind::Int(99, 99_999), "999", "draws of placebo days"),
        ParamSpec::new("seed", ParamKind::Int(0, 1_000_000_000), "1", "seed of the draws"),
    ],
    inputs: "Two series of levels, one value a session, or returns, capitalisations and membership of universes; the calendars `fomc` and \
             `fomc.decisions`, or the one named.",
    missing: "Days that not both sides share are skipped. Events whose sessions are not all known yet do not count. No value with fewer \
              than 5 events.",
    point_in_time: "Only prices known by the end of the session, and events that were known by then.",
    references: &[
        "MacKinlay (1997), Event Studies in Economics and Finance, Journal of Economic Literature 35(1)",
        "Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2 (Monte Carlo tests)",
        "Bernanke and Kuttner (2005), What Explains the Stock Market's Reaction to Federal Reserve Policy?, Journal of Finance 60(3)",
    ],
    verified: "crates/plimsoll-measures/tests/futures.rs",
};

/// The parameters that name the two sides.
const SIDES: [&str; 2] = ["small", "large"];

/// A side of the difference.
enum Side<'a> {
    /// A column of the view.
    Series(usize),
    /// An index rebuilt from members.
    Universe(Constituents<'a>, Arc<Index>),
}

/// Where a day stands in the view of the series and on the axis of the cut.
#[derive(Clone, Copy)]
struct At {
    row: usize,
    session: usize,
}

/// Both sides as known by the end of a session.
struct Sides<'a> {
    view: Option<View>,
    sides: Vec<Side<'a>>,
    /// Days that all sides share, ascending.
    days: Vec<Day>,
    at: Vec<At>,
}

impl<'a> Sides<'a> {
    fn of(cut: &'a Cut, params: &'a Params, t: usize) -> Result<Sides<'a>, Missing> {
        let (mut texts, mut sides) = (Vec::new(), Vec::new());
        for name in SIDES {
            sides.push(match params.universe(name) {
                Some(universe) => {
                    let members = Constituents::named(cut, universe).map_err(|_| Missing::NoData)?;
                    Side::Universe(members, members.index())
                }
                None => {
                    texts.push(params.text(name));
                    Side::Series(texts.len() - 1)
                }
            });
        }
        let view = if texts.is_empty() { None } else { Some(View::of(cut, &texts, t)?) };
        let axis = &cut.sessions[..=t];
        let rebuilt = texts.len() < SIDES.len();
        let (mut days, mut at) = (Vec::new(), Vec::new());
        for (row, day) in view.as_ref().map_or(axis, View::days).iter().enumerate() {
            let session = if rebuilt { axis.binary_search(day) } else { Ok(0) };
            if let Ok(session) = session {
                days.push(*day);
                at.push(At { row, session });
            }
        }
        Ok(Sides { view, sides, days, at })
    }
    /// Return of a side from the shared day before; NaN where it is not known.
    fn ret(&self, side: usize, i: usize) -> f64 {
        let (before, now) = (self.at[i - 1], self.at[i]);
        match (&self.sides[side], &self.view) {
            (Side::Series(column), Some(view)) => view.column(*column)[now.row] / view.column(*column)[before.row] - 1.0,
            (Side::Universe(_, index), _) => index.growth(before.session, now.session).unwrap_or(f64::NAN),
            (Side::Series(_), None) => f64::NAN,
        }
    }
    /// Flags of the days `used`.
    fn flags(&self, used: Range<usize>) -> Flags {
        let (Some(first), Some(last)) = (self.at.get(used.start), self.at.get(used.end - 1)) else { return Flags::default() };
        let series = self.view.as_ref().map_or(Flags::default(), |v| v.flags(first.row..last.row + 1));
        self.sides.iter().fold(series, |flags, side| match side {
            Side::Series(_) => flags,
            Side::Universe(members, _) => flags.and(members.flags(first.session..last.session + 1)),
        })
    }
    fn names(&self) -> String {
        let universes = self.sides.iter().filter_map(|side| match side {
            Side::Series(_) => None,
            Side::Universe(members, _) => Some(members.name.to_owned()),
        });
        self.view.as_ref().map(View::ids).into_iter().chain(universes).collect::<Vec<_>>().join(", ")
    }
}

/// Days of a calendar up to `today`, as known by its end; a day that was cancelled by then does not count.
fn days_of(cut: &Cut, calendar: &str, today: Day) -> Vec<Day> {
    let moment = AsOf::end_of(today).moment();
    let events = cut.events.get(calendar).map_or(&[][..], Vec::as_slice);
    let held = |same: &&[Event]| {
        let known = |cancelled: bool| same.iter().any(|e| (e.kind == "cancelled") == cancelled && e.known_at <= moment);
        known(false) && !known(true)
    };
    events.chunk_by(|a, b| a.day == b.day).filter(held).map(|same| same[0].day).filter(|d| *d <= today).collect()
}

/// Returns of a window and the events within it.
struct Study<'a> {
    sides: Sides<'a>,
    /// Return of each side by position; NaN before the window.
    returns: [Vec<f64>; 2],
    /// Positions of the first and behind the last return that may be used.
    used: Range<usize>,
    /// Positions of events whose sessions are all known.
    events: Vec<usize>,
    /// The other positions whose sessions are all known.
    placebo: Vec<usize>,
    k: usize,
}

impl<'a> Study<'a> {
    fn of(cut: &'a Cut, params: &'a Params, t: usize) -> Result<Study<'a>, Missing> {
        let today = cut.sessions[t];
        let sides = Sides::of(cut, params, t)?;
        let k = params.int("width");
        let last = *sides.days.last().ok_or(Missing::NoData)?;
        let from = start_of(params.window("window"), last)?;
        // The first return ends on the second day.
        let first = sides.days.partition_point(|d| *d <= from).max(1);
        let used = first..sides.days.len();
        let of_side = |side: usize| {
            let known = used.clone().map(|i| sides.ret(side, i));
            std::iter::repeat_n(f64::NAN, first).chain(known).collect::<Vec<f64>>()
        };
        let returns = [of_side(0), of_side(1)];
        let given = match (params.days("events"), params.calendar("events")) {
            (Some(days), _) => days,
            (None, Some(calendar)) => days_of(cut, calendar, today),
            (None, None) => {
                let mut days = Vec::new();
                Market::of(cut).decision_days(today, AsOf::end_of(today).moment(), &mut days);
                days
            }
        };
        let known = |i: usize| returns.iter().all(|r| r[i].is_finite());
        let whole = |at: usize| at >= used.start + k && at + k < used.end && (at - k..=at + k).all(known);
        let mut events: Vec<usize> = given
            .iter()
            .filter(|d| **d > from && **d <= today)
            .map(|d| sides.days.partition_point(|v| v < d))
            .filter(|at| whole(*at))
            .collect();
        events.dedup();
        if events.len() < FEWEST {
            return Err(Missing::TooFew);
        }
        let placebo = used.clone().filter(|at| whole(*at) && events.binary_search(at).is_err()).collect();
        Ok(Study { sides, returns, used, events, placebo, k })
    }
    fn difference(&self, at: usize) -> f64 {
        self.returns[0][at] - self.returns[1][at]
    }
    fn car(&self, at: usize) -> f64 {
        (at - self.k..=at + self.k).map(|i| self.difference(i)).sum()
    }
}

/// Draws of as many other days as there are events.
struct Placebo {
    /// Mean difference of each draw, offset by offset.
    paths: Vec<Vec<f64>>,
    /// Mean CAR of each draw.
    cars: Vec<f64>,
}

impl Placebo {
    /// `None` where there are not more other days than events.
    fn of(study: &Study<'_>, draws: usize, seed: u64) -> Option<Placebo> {
        let n = study.events.len();
        if study.placebo.len() <= n {
            return None;
        }
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut days = study.placebo.clone();
        let width = 2 * study.k + 1;
        let mut out = Placebo { paths: vec![Vec::with_capacity(draws); width], cars: Vec::with_capacity(draws) };
        for _ in 0..draws {
            // The head of a shuffle (Fisher and Yates); the scaled product of a word is as good as uniform over so few.
            for i in 0..n {
                let left = (days.len() - i) as u128;
                let at = i + ((u128::from(random.next_u64()) * left) >> 64) as usize;
                days.swap(i, at);
            }
            let mut car = 0.0;
            for (offset, path) in out.paths.iter_mut().enumerate() {
                let sum: f64 = days[..n].iter().map(|d| study.difference(d + offset - study.k)).sum();
                path.push(sum / n as f64);
                car += sum / n as f64;
            }
            out.cars.push(car);
        }
        out.paths.iter_mut().for_each(|path| path.sort_unstable_by(f64::total_cmp));
        Some(out)
    }
    fn mean(&self) -> f64 {
        self.cars.iter().sum::<f64>() / self.cars.len() as f64
    }
    /// The Monte Carlo p-value of a mean CAR, on both sides.
    fn p(&self, value: f64) -> f64 {
        let centre = self.mean();
        let beyond = self.cars.iter().filter(|car| (*car - centre).abs() >= (value - centre).abs()).count();
        (beyond + 1) as f64 / (self.cars.len() + 1) as f64
    }
    /// The 2.5 % quantile, the mean and the 97.5 % quantile of the draws' mean differences at an offset.
    fn band(&self, offset: usize) -> [f64; 3] {
        let path = &self.paths[offset];
        [quantile(path, 0.025), path.iter().sum::<f64>() / path.len() as f64, quantile(path, 0.975)]
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
    fn needs(&self, params: &Params, from: Day) -> Needs {
        let mut needs = series::wanted(SIDES.iter().filter(|s| params.universe(s).is_none()).map(|s| params.text(s)));
        for universe in SIDES.iter().filter_map(|s| params.universe(s)) {
            needs = needs.lookback(reach(params.window("window").lookback(from)) + CAPS).universe(universe);
        }
        match params.calendar("events") {
            Some(calendar) => needs.events(calendar),
            None => needs.events(fed_funds::MEETINGS).events(fed_funds::DECISIONS),
        }
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        for universe in SIDES.iter().filter_map(|s| params.universe(s)) {
            Constituents::named(cut, universe)?;
        }
        if let Some(calendar) = params.calendar("events").filter(|c| !cut.events.contains_key(*c)) {
            return Err(Unmeasurable(format!(
                "no event of the calendar `{calendar}` is known by {}; hint: import its days with --map dataset=events",
                cut.as_of
            )));
        }
        Ok(each(days, |t| {
            let study = Study::of(cut, params, t)?;
            let cars: Vec<f64> = study.events.iter().map(|e| study.car(*e)).collect();
            Ok(Point::of(mean(&cars).0, cars.len()).flagged(study.sides.flags(study.used.clone())))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(study) = Study::of(cut, params, day) else { return Vec::new() };
        let over = |days: &[usize], value: &dyn Fn(usize) -> f64| days.iter().map(|d| value(*d)).collect::<Vec<f64>>();
        let cars = over(&study.events, &|e| study.car(e));
        let (value, error) = mean(&cars);
        let mut facts = vec![
            Fact::new("events", cars.len() as f64, Unit::Count).note(study.sides.names()),
            Fact::new("standard error", error, Unit::FractionPoints).note(format!("t {:.2}", value / error)),
        ];
        let placebo = Placebo::of(&study, params.int("draws"), params.int("seed") as u64);
        if let Some(placebo) = &placebo {
            let note = format!("{} draws of {} days out of {}", placebo.cars.len(), cars.len(), study.placebo.len());
            facts.push(Fact::new("placebo mean", placebo.mean(), Unit::FractionPoints).note(note));
            let note = "draws of placebo days whose mean lies as far out";
            facts.push(Fact::new("p-value against placebo days", placebo.p(value), Unit::Fraction).note(note));
        }
        for offset in -(study.k as i64)..=study.k as i64 {
            let at = |d: usize| (d as i64 + offset) as usize;
            for (label, column) in [("small", 0), ("large", 1)] {
                let returns = over(&study.events, &|e| study.returns[column][at(e)]);
                facts.push(Fact::new(format!("{label}, session {offset:+}"), mean(&returns).0, Unit::Fraction));
            }
            let (m, e) = mean(&over(&study.events, &|e| study.difference(at(e))));
            facts.push(Fact::new(format!("difference, session {offset:+}"), m, Unit::FractionPoints));
            facts.push(Fact::new(format!("lower end of the band, session {offset:+}"), m - 1.96 * e, Unit::FractionPoints));
            facts.push(Fact::new(format!("upper end of the band, session {offset:+}"), m + 1.96 * e, Unit::FractionPoints));
            if let Some(placebo) = &placebo {
                let [low, centre, high] = placebo.band((offset + study.k as i64) as usize);
                for (word, value) in [("lower end of placebo", low), ("placebo", centre), ("upper end of placebo", high)] {
                    facts.push(Fact::new(format!("{word}, session {offset:+}"), value, Unit::FractionPoints));
                }
            }
        }
        facts
    }
}
