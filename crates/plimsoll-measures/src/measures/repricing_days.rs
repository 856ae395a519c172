//! What small and large capitalisation did on the days on which futures were repriced most.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::cuts_priced::{BY, by};
use crate::kernels::fed_funds::{self, Conventions, Market, Snapshot};
use crate::kernels::policy_path::month_of;
use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Return of small less large capitalisation on the days of the largest repricings, towards cuts.
pub struct RepricingDays;

/// Fewer days than this are no mean.
const FEWEST: usize = 3;

static SPEC: Spec = Spec {
    name: "repricing_days",
    title: "Small against large capitalisation on the days of the largest repricings",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "What small capitalisation gained on large on the days on which the market moved most towards cuts, or lost where it moved away.",
    definition: "For every session since the start, the change in one session of the cuts priced by the date, -(r_t - r_(t-1)) / step with r \
                 the effective rate expected on the date (`policy_path`, each session as known by its own end). Of the `largest` \
                 sessions by absolute change, with d the return of small less large over the same session: the value is the mean of d where \
                 cuts were added and of -d where they were taken back. The start: the session of the past n on which most cuts were priced, \
                 or the n-th session back. Evidence: each of those days with its change, the three returns and the change they add up to. n \
                 is the number of days.",
    params: fed_funds::and_conventions![
        BY,
        ParamSpec::new(
            "since",
            ParamKind::Choice(&["peak", "window"]),
            "peak",
            "from the peak of the cuts priced, or all of the window"
        ),
        ParamSpec::new("sessions", ParamKind::Int(10, 1260), "126", "sessions of the window, today included"),
        ParamSpec::new("largest", ParamKind::Int(3, 60), "8", "days of the largest changes"),
        ParamSpec::new("small", ParamKind::Series, series::SMALL, "small capitalisation"),
        ParamSpec::new("large", ParamKind::Series, series::LARGE, "large capitalisation"),
    ],
    inputs: "Fed funds futures, meetings, target and effective rate as `policy_path` reads them; two series of levels, one value a session.",
    missing: "A session counts where the date is priced on it and on the session before, and both series have both sessions. No value with fewer \
              than 3 days, with fewer than half of the window's sessions priced, or where the date lies behind. Where the peak is fewer sessions back, fewer days are named.",
    point_in_time: "Each session is priced as known by its own end; closes by when they were known.",
    references: &[
        fed_funds::FEDWATCH,
        "Bernanke and Kuttner (2005), What Explains the Stock Market's Reaction to Federal Reserve Policy?, Journal of Finance 60(3)",
    ],
    verified: "crates/plimsoll-measures/tests/futures.rs",
};

/// The rate expected on a date and the cuts priced by it, session by session; NaN where not priced.
struct Priced {
    rate: Vec<f64>,
    cuts: Vec<f64>,
}

/// Prices the positions from `start` on once for every date asked.
fn priced(cut: &Cut, params: &Params, by: Day, start: usize) -> Arc<Priced> {
    let conventions = Conventions::of(params);
    cut.memo(&format!("priced by {by} from {start} {conventions:?}"), || {
        let (market, mut snapshot) = (Market::of(cut), Snapshot::default());
        let nan = vec![f64::NAN; cut.sessions.len()];
        let mut out = Priced { rate: nan.clone(), cuts: nan };
        for t in start..cut.sessions.len() {
            if cut.sessions[t] > by {
                break;
            }
            market.price(cut.sessions[t], month_of(by), &conventions, &mut snapshot);
            if let Some((rate, _)) = snapshot.expected(by) {
                out.rate[t] = rate;
                out.cuts[t] = snapshot.base.map_or(f64::NAN, |base| (base - rate) / conventions.rules.step);
            }
        }
        out
    })
}

/// A day of a large repricing.
struct Moved {
    day: Day,
    /// Cuts added; negative where taken back.
    cuts: f64,
    small: f64,
    large: f64,
}

impl Moved {
    fn difference(&self) -> f64 {
        self.small - self.large
    }
}

/// The largest repricings since the start, largest first, and the day of the start.
fn largest(cut: &Cut, params: &Params, t: usize, start: usize) -> Result<(Vec<Moved>, Day), Missing> {
    let today = cut.sessions[t];
    let by = by(params, today);
    if by < today {
        return Err(Missing::Undefined);
    }
    let first = (t + 1).checked_sub(params.int("sessions")).ok_or(Missing::WarmUp)?;
    let priced = priced(cut, params, by, start);
    let known = priced.cuts[first..=t].iter().filter(|c| c.is_finite()).count();
    if known > 0 && 2 * known < params.int("sessions") {
        return Err(Missing::TooFew);
    }
    let peak =
        (first..=t).filter(|i| priced.cuts[*i].is_finite()).reduce(|a, b| if priced.cuts[b] > priced.cuts[a] { b } else { a });
    let peak = peak.ok_or(Missing::Unpriced)?;
    let begin = if params.text("since") == "peak" { peak } else { first };
    let view = View::of(cut, &[params.text("small"), params.text("large")], t)?;
    let calendar = Calendar::nyse();
    let moved = |i: usize| -> Option<Moved> {
        let (before, day) = (cut.sessions[i - 1], cut.sessions[i]);
        let cuts = -(priced.rate[i] - priced.rate[i - 1]) / params.float("step");
        let [a, b] = [before, day].map(|d| view.days().binary_search(&d));
        let (a, b) = (a.ok()?, b.ok()?);
        let next = calendar.next(before) == day && cuts.is_finite();
        let ret = |k: usize| view.column(k)[b] / view.column(k)[a] - 1.0;
        next.then(|| Moved { day, cuts, small: ret(0), large: ret(1) })
    };
    let mut days: Vec<Moved> = (begin + 1..=t).filter_map(moved).collect();
    // Prices move in ticks, so that many days tie but for rounding: to a millionth of a cut, the earlier day first.
    let size = |m: &Moved| (m.cuts.abs() * 1e6).round();
    days.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.day.cmp(&b.day)));
    days.truncate(params.int("largest"));
    Ok((days, cut.sessions[begin]))
}

/// The first position that a value at `from` may use.
fn start(params: &Params, from: usize) -> usize {
    (from + 1).saturating_sub(params.int("sessions"))
}

impl Measure for RepricingDays {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        let sessions = params.int("sessions");
        let mut needs = fed_funds::needs(from, Calendar::nyse().back(from, sessions)).lookback(sessions);
        needs.merge(&series::wanted([params.text("small"), params.text("large")]));
        needs
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let start = start(params, days.start);
        Ok(each(days, |t| {
            let (moved, _) = largest(cut, params, t, start)?;
            if moved.len() < FEWEST {
                return Err(Missing::TooFew);
            }
            let towards = moved.iter().map(|m| if m.cuts < 0.0 { -m.difference() } else { m.difference() });
            Ok(Point::of(towards.sum::<f64>() / moved.len() as f64, moved.len()))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((moved, since)) = largest(cut, params, day, start(params, day)) else { return Vec::new() };
        let mut facts = vec![Fact::new("days", moved.len() as f64, Unit::Count).on(since).note("largest changes since")];
        for m in &moved {
            facts.push(Fact::new("cuts added", m.cuts, Unit::Number).on(m.day));
            facts.push(Fact::new("small", m.small, Unit::Fraction).on(m.day));
            facts.push(Fact::new("large", m.large, Unit::Fraction).on(m.day));
            facts.push(Fact::new("small less large", m.difference(), Unit::FractionPoints).on(m.day));
        }
        let sum = moved.iter().map(|m| m.cuts).sum::<f64>();
        facts.push(Fact::new("cuts added on these days", sum, Unit::Number));
        facts
    }
}
