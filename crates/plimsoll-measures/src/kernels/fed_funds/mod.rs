//! What was known of fed funds futures, the meeting calendar, the target and the effective rate at a session, priced into a path.
//!
//! Everything is read by what was known by the end of the session: prices and rates by their own `known_at`, meetings by the moment
//! they were announced, added or cancelled, so that one cut serves a whole history.

mod conventions;
mod effective;
mod quotes;
mod snapshot;

use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::{Cut, Event, Series};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day, Moment};

use crate::Flags;
use crate::kernels::policy_path::{self, Month, Strip, month_of, month_start};
use crate::kernels::series::STALE_AFTER;

pub(crate) use conventions::and_conventions;
pub use conventions::{CARRY, Conventions, DECISION_DAY, LAST_MEETING, MEETING_DAY, METHOD, REALISED, SMOOTHING, STEP};
pub use effective::{EFFECTIVE, PUBLISHED, effective};
use quotes::Column;
pub use quotes::{Quote, Target};
pub use snapshot::{Snapshot, flags, months_later};

/// Months of the strip before the running one: what contracts settled at anchors a running month.
const HISTORY: i32 = 4;
/// Months ahead for which contracts are asked.
const AHEAD: i32 = 61;
/// Months after the first evaluated one that a history may reach.
const LONGEST: i32 = 12 * 45;
/// The first month with a contract: October 1988.
const FIRST: Month = 1988 * 12 + 9;

/// Calendar of meetings.
pub const MEETINGS: &str = "fomc";
/// Calendar of decisions.
pub const DECISIONS: &str = "fomc.decisions";
/// Upper bound of the target range, per cent, from 2008-12-16.
pub const RANGE: &str = "fred:DFEDTARU";
/// The target by decision, per cent: the single target, from 2008-12-16 the upper bound.
pub const TARGET: &str = "fomc:target";
/// The first day of a target range.
const FIRST_RANGE: (i16, i8, i8) = (2008, 12, 16);

/// How a measure of futures says what it reads.
pub const INPUTS: &str = "Fed funds futures by contract month (`zq.settle:YYYY-MM` settlements, `zq.last:YYYY-MM` last trades; 100 minus per cent), the \
     calendar of meetings `fomc` with the moment each was announced, the target (`fred:DFEDTARU`, and by decision `fomc:target`), \
     the decisions `fomc.decisions` and the effective rate `fred:DFF`, for days it lacks `nyfed:EFFR`, per cent.";
/// What it says of missing data.
pub const MISSING: &str = "Of a contract the settlement counts where it is as recent as the last trade; a price up to three sessions old is carried and \
     flagged stale, an older one is none; one that stood still while its neighbours moved is flagged stale, one more than 100 bp off \
     the line of its neighbours is none. A contract without a price, but with one within `carry` sessions, keeps its spread to the \
     nearest priced month before it (flagged `carried_spread`; the running month never does); beyond that a needed contract without a \
     price is flagged, and what depends on it is not determined. \
     Two meetings in a month share its change equally; more than one step, no month without a meeting within two months, and days \
     beyond the meetings announced are flagged.";
/// What it says of the past.
pub const POINT_IN_TIME: &str = "Prices, rates and the target by when they were known, meetings only once announced and until cancelled: a meeting added later \
     is on no earlier path.";
/// Where the method is described.
pub const FEDWATCH: &str = "CME Group (2023), Understanding the CME Group FedWatch Tool Methodology, and the Fed Funds Futures Probability Tree Calculator";

/// What a measure of futures reads, to evaluate sessions from `from` on and to look back to `back`.
pub fn needs(from: Day, back: Day) -> Needs {
    let first = (month_of(from.min(back)) - HISTORY - 1).max(FIRST);
    let last = month_of(from) + LONGEST + AHEAD;
    let mut needs =
        Needs::default().events(MEETINGS).events(DECISIONS).series(EFFECTIVE).series(PUBLISHED).series(RANGE).series(TARGET);
    for month in first..=last {
        let (year, of_year) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        needs.series.insert(format!("zq.settle:{year:04}-{of_year:02}"));
        needs.series.insert(format!("zq.last:{year:04}-{of_year:02}"));
    }
    needs
}

/// A meeting as announced.
#[derive(Debug)]
struct Announced {
    day: Day,
    kind: Kind,
    known: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scheduled,
    Unscheduled,
    Cancelled,
}

/// The contracts, calendar and rates of a cut.
#[derive(Debug)]
pub struct Market {
    first: Month,
    /// Settlements and last trades by month.
    contracts: Vec<[Column; 2]>,
    meetings: Vec<Announced>,
    decisions: Vec<Event>,
    effective: Column,
    range: Column,
    target: Column,
}

impl Market {
    /// The market of a cut, laid out once.
    pub fn of(cut: &Cut) -> Arc<Market> {
        cut.memo("fed funds futures", || Market::lay_out(cut))
    }

    fn lay_out(cut: &Cut) -> Market {
        let month = |id: &str| -> Option<(Month, usize)> {
            let (kind, month) = id.strip_prefix("zq.")?.split_once(':')?;
            let (year, of_year) = month.split_once('-')?;
            let month = year.parse::<i32>().ok()? * 12 + of_year.parse::<i32>().ok()? - 1;
            Some((month, usize::from(kind == "last")))
        };
        let found: Vec<((Month, usize), &Series)> = cut.series.values().filter_map(|s| Some((month(&s.id)?, s))).collect();
        let first = found.iter().map(|f| f.0.0).min().unwrap_or(FIRST);
        let last = found.iter().map(|f| f.0.0).max().unwrap_or(FIRST);
        let mut contracts: Vec<[Column; 2]> = Vec::new();
        contracts.resize_with((last - first + 1) as usize, Default::default);
        for ((month, kind), series) in found {
            contracts[(month - first) as usize][kind] = Column::prices(series);
        }
        let events = |name: &str| cut.events.get(name).map_or(&[][..], Vec::as_slice);
        let meeting = |e: &Event| {
            let kind = match e.kind.as_str() {
                "scheduled" => Kind::Scheduled,
                "unscheduled" => Kind::Unscheduled,
                "cancelled" => Kind::Cancelled,
                _ => return None,
            };
            Some(Announced { day: e.day, kind, known: e.known_at })
        };
        Market {
            first,
            contracts,
            meetings: events(MEETINGS).iter().filter_map(meeting).collect(),
            decisions: events(DECISIONS).iter().filter(|e| e.kind == "decision").cloned().collect(),
            effective: Column::of(effective(cut).as_deref()),
            range: Column::of(cut.series.get(RANGE)),
            target: Column::of(cut.series.get(TARGET)),
        }
    }

    /// The price of a contract on `day` or the last one before it, as known at `moment`: the settlement, or the last trade where that
    /// is fresher. Prices after the contract's month are none.
    pub fn quote(&self, month: Month, day: Day, moment: Moment) -> Option<Quote> {
        let columns = self.contracts.get(usize::try_from(month - self.first).ok()?)?;
        let last = if month < month_of(day) { month_start(month + 1).plus(-1) } else { day };
        let [settled, traded] = [0, 1].map(|k| columns[k].on_or_before(last, moment));
        let (day, price, settled) = match (settled, traded) {
            (Some((a, price)), Some((b, _))) if a >= b => (a, price, true),
            (_, Some((day, price))) => (day, price, false),
            (Some((day, price)), None) => (day, price, true),
            (None, None) => return None,
        };
        let stuck = columns[usize::from(!settled)].stuck_on(day);
        Some(Quote { rate: 100.0 - price, day, settled, stuck })
    }

    /// The change of a contract's implied rate between two sessions, percentage points: both prices settlements, or both last trades,
    /// of those very days.
    pub fn change(&self, month: Month, from: Day, to: Day, moment: Moment) -> Option<f64> {
        let columns = self.contracts.get(usize::try_from(month - self.first).ok()?)?;
        columns.iter().find_map(|c| {
            let [a, b] = [from, to].map(|day| c.on_or_before(day, moment).filter(|found| found.0 == day));
            Some(a?.1 - b?.1)
        })
    }

    /// The last effective rate known at `moment`, with its day.
    pub fn effective(&self, today: Day, moment: Moment) -> Option<(Day, f64)> {
        self.effective.on_or_before(today, moment)
    }

    /// The target in force at the end of `today`; `decided` says whether a decision of the same day counts.
    pub fn target(&self, today: Day, moment: Moment, decided: bool) -> Option<Target> {
        let range_from = Day::ymd(FIRST_RANGE.0, FIRST_RANGE.1, FIRST_RANGE.2);
        let in_force = self.range.on_or_before(today, moment);
        // A decision holds from the day after it.
        let last = if decided { today } else { today.plus(-1) };
        let decision = self.target.on_or_before(last, moment).map(|(day, value)| (day.plus(1), value));
        let (from, upper) = match (in_force, decision) {
            (Some(a), Some(b)) if b.0 > a.0 => b,
            (a, b) => a.or(b)?,
        };
        let held = self
            .meetings
            .iter()
            .any(|m| m.kind != Kind::Cancelled && m.known <= moment && m.day >= from && m.day < today && today.0 - m.day.0 < 30);
        Some(Target { upper, range: from > range_from || in_force.is_some(), stale: held })
    }

    /// Decisions known at `moment`, ascending.
    pub fn decisions(&self, moment: Moment) -> impl Iterator<Item = &Event> {
        self.decisions.iter().filter(move |e| e.known_at <= moment)
    }

    /// Days of decisions up to `today` as known at `moment`: decisions, and meetings held of which none is recorded.
    pub fn decision_days(&self, today: Day, moment: Moment, out: &mut Vec<Day>) {
        out.clear();
        out.extend(self.decisions(moment).map(|e| e.day).filter(|d| *d <= today));
        self.calendar(Day(i32::MIN), today, moment, |day, _| {
            if day <= today {
                out.push(day)
            }
        });
        out.sort_unstable();
        out.dedup();
    }

    /// Meetings on or after `from` as announced by `moment`, ascending, each with whether it was scheduled. Unscheduled ones are known
    /// once they were held.
    fn calendar(&self, from: Day, today: Day, moment: Moment, mut each: impl FnMut(Day, bool)) {
        let start = self.meetings.partition_point(|m| m.day < from);
        for same in self.meetings[start..].chunk_by(|a, b| a.day == b.day) {
            let known = |kind: Kind| same.iter().any(|m| m.kind == kind && m.known <= moment);
            let scheduled = known(Kind::Scheduled) && !known(Kind::Cancelled);
            if scheduled || (known(Kind::Unscheduled) && same[0].day <= today) {
                each(same[0].day, scheduled);
            }
        }
    }

    /// Prices the path as known by the end of `today` into `out`, with contracts up to the month `through`.
    pub fn price(&self, today: Day, through: Month, conventions: &Conventions, out: &mut Snapshot) {
        let moment = AsOf::end_of(today).moment();
        let front = month_of(today);
        out.today = today;
        out.flags = Flags::default();
        out.past.clear();
        out.future.clear();
        let from = month_start(front - HISTORY);
        let decided = conventions.decided;
        self.calendar(from, today, moment, |day, scheduled| {
            let to_come = day > today || (day == today && scheduled && !decided);
            if to_come { out.future.push(day) } else { out.past.push(day) }
        });
        let last = out.future.last().map_or(front, |d| month_of(*d)).max(through) + 1;
        out.first = front - HISTORY;
        out.rate.clear();
        out.contracts = 0;
        let oldest = Calendar::nyse().back(Calendar::nyse().on_or_before(today), STALE_AFTER);
        let (mut stale, mut missing) = (false, false);
        // The nearest priced month before, with its rate.
        let mut anchor: Option<(Month, f64)> = None;
        out.carried.clear();
        for month in out.first..=last {
            let quote = self.quote(month, today, moment);
            let fresh = quote.filter(|q| month < front || q.day >= oldest);
            let carried = match (fresh, quote, anchor) {
                (None, Some(old), Some(anchor)) if month > front => self.carry(month, old, anchor, today, conventions.carry),
                _ => None,
            };
            out.carried.push(carried.is_some());
            out.rate.push(fresh.map(|q| q.rate).or(carried).unwrap_or(f64::NAN));
            if month >= front {
                anchor = fresh.map(|q| (month, q.rate)).or(anchor);
                out.contracts += usize::from(fresh.is_some());
                stale |= fresh.is_some_and(|q| q.day < today || q.stuck);
                missing |= month == front && fresh.is_none();
            }
        }
        (out.elapsed, out.elapsed_sum) = if conventions.realised { self.elapsed(today, moment) } else { (0, 0.0) };
        let strip = Strip {
            first: out.first,
            rate: &out.rate,
            carried: &out.carried,
            front,
            elapsed: out.elapsed,
            elapsed_sum: out.elapsed_sum,
        };
        let solve = if conventions.least_squares { policy_path::least_squares } else { policy_path::exchange };
        solve(&strip, &out.past, &out.future, &conventions.rules, &mut out.path);
        out.flags = out.flags.and(Flags::STALE.when(stale)).and(Flags::MISSING_CONTRACT.when(missing));
        let effective = self.effective(today, moment).map(|e| e.1);
        let front_rate = out.rate[HISTORY as usize];
        out.base = match out.path.steps.first() {
            Some(step) if step.start.is_finite() => Some(step.start),
            _ => effective.or(Some(front_rate).filter(|r| r.is_finite())),
        };
        out.effective = effective;
        // A decision that is behind on its own day moved the target of the day: an unscheduled one always is.
        let behind = out.past.last() == Some(&today);
        out.target = self.target(today, moment, decided || behind);
        out.rules = conventions.rules;
    }

    /// The rate of a month whose last price is `old`: its spread to the priced month `anchor` on that day, on the anchor's rate now.
    /// `None` where the price is more than `sessions` old, or the anchor had none of about the same day.
    fn carry(&self, month: Month, old: Quote, anchor: (Month, f64), today: Day, sessions: usize) -> Option<f64> {
        let calendar = Calendar::nyse();
        if sessions == 0 || month <= anchor.0 || old.day < calendar.back(calendar.on_or_before(today), sessions) {
            return None;
        }
        let then = self.quote(anchor.0, old.day, AsOf::end_of(today).moment())?;
        let beside = then.day >= calendar.back(calendar.on_or_before(old.day), STALE_AFTER);
        beside.then_some(anchor.1 + old.rate - then.rate)
    }

    /// Effective rates known of the running month from its first day on without a gap: how many days, and their sum.
    fn elapsed(&self, today: Day, moment: Moment) -> (i32, f64) {
        let start = month_start(month_of(today));
        let (mut n, mut sum) = (0, 0.0);
        let first = self.effective.day.partition_point(|d| *d < start);
        for i in first..self.effective.day.len() {
            if self.effective.day[i] != start.plus(n) || self.effective.known[i] > moment || self.effective.day[i] > today {
                break;
            }
            n += 1;
            sum += self.effective.value[i];
        }
        (n, sum)
    }
}
