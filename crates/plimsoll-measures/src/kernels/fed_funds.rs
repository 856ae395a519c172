//! What was known of fed funds futures, the meeting calendar, the target and the effective rate at a session, priced into a path.
//!
//! Everything is read by what was known by the end of the session: prices and rates by their own `known_at`, meetings by the moment
//! they were announced, added or cancelled, so that one cut serves a whole history.

use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::{Cut, Event, Series};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day, Moment};

use crate::kernels::policy_path::{self, LastMeeting, MeetingDay, Month, Path, Rules, Strip, mark, month_of, month_start};
use crate::kernels::series::STALE_AFTER;
use crate::{Flags, ParamKind, ParamSpec, Params};

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
/// The effective rate, per cent.
pub const EFFECTIVE: &str = "fred:DFF";
/// Upper bound of the target range, per cent, from 2008-12-16.
pub const RANGE: &str = "fred:DFEDTARU";
/// The target by decision, per cent: the single target, from 2008-12-16 the upper bound.
pub const TARGET: &str = "fomc:target";
/// The first day of a target range.
const FIRST_RANGE: (i16, i8, i8) = (2008, 12, 16);

/// How a measure of futures says what it reads.
pub const INPUTS: &str = "Fed funds futures by contract month (`zq.settle:YYYY-MM` settlements, `zq.last:YYYY-MM` last trades; 100 minus per cent), the \
     calendar of meetings `fomc` with the moment each was announced, the target (`fred:DFEDTARU`, and by decision `fomc:target`), \
     the decisions `fomc.decisions` and the effective rate `fred:DFF`, per cent.";
/// What it says of missing data.
pub const MISSING: &str = "Of a contract the settlement counts where it is as recent as the last trade; a price up to three sessions old is carried and \
     flagged stale, an older one is none. A needed contract without a price is flagged, and what depends on it is not determined. \
     Two meetings in a month share its change equally; more than one step, no month without a meeting within two months, and days \
     beyond the meetings announced are flagged.";
/// What it says of the past.
pub const POINT_IN_TIME: &str = "Prices, rates and the target by when they were known, meetings only once announced and until cancelled: a meeting added later \
     is on no earlier path.";
/// Where the method is described.
pub const FEDWATCH: &str = "CME Group (2023), Understanding the CME Group FedWatch Tool Methodology, and the Fed Funds Futures Probability Tree Calculator";

/// The method.
pub const METHOD: ParamSpec = ParamSpec::new(
    "method",
    ParamKind::Choice(&["exchange", "least_squares"]),
    "exchange",
    "the exchange's published method, or least squares over all contracts",
);
/// The rate on the day of a meeting.
pub const MEETING_DAY: ParamSpec = ParamSpec::new(
    "meeting_day",
    ParamKind::Choice(&["new", "old"]),
    "new",
    "rate on the day of a meeting; the exchange counts the new one",
);
/// How the last meeting is solved.
pub const LAST_MEETING: ParamSpec = ParamSpec::new(
    "last_meeting",
    ParamKind::Choice(&["own_contract", "next_month"]),
    "own_contract",
    "the last meeting announced is solved from its own contract (the exchange) or from the next month",
);
/// Whether a meeting still counts on its own day.
pub const DECISION_DAY: ParamSpec = ParamSpec::new(
    "decision_day",
    ParamKind::Choice(&["pending", "decided"]),
    "pending",
    "on its own day a meeting is still to come (the exchange) or behind",
);
/// Whether days past are taken from the effective rate.
pub const REALISED: ParamSpec = ParamSpec::new(
    "realised",
    ParamKind::Choice(&["none", "effective"]),
    "none",
    "days past of the running month: part of the contract's mean (the exchange) or the effective rate known",
);
/// Size of one move.
pub const STEP: ParamSpec = ParamSpec::new("step", ParamKind::Float(0.05, 1.0), "0.25", "size of one move, percentage points");
/// Weight of squared changes in the least-squares path.
pub const SMOOTHING: ParamSpec = ParamSpec::new(
    "smoothing",
    ParamKind::Float(1e-6, 10.0),
    "0.001",
    "weight of squared changes beside squared errors, least squares alone",
);

/// The conventions of a calculation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conventions {
    /// Of the path.
    pub rules: Rules,
    /// Whether the least-squares path is meant.
    pub least_squares: bool,
    /// Whether a meeting is behind on its own day.
    pub decided: bool,
    /// Whether days past of the running month are taken from the effective rate.
    pub realised: bool,
}

impl Conventions {
    /// From parameters named as the constants here.
    pub fn of(params: &Params) -> Conventions {
        let is = |name: &str, word: &str| params.text(name) == word;
        Conventions {
            rules: Rules {
                step: params.float("step"),
                meeting_day: if is("meeting_day", "old") { MeetingDay::Old } else { MeetingDay::New },
                last_meeting: if is("last_meeting", "next_month") { LastMeeting::NextMonth } else { LastMeeting::OwnContract },
                smoothing: params.float("smoothing"),
            },
            least_squares: is("method", "least_squares"),
            decided: is("decision_day", "decided"),
            realised: is("realised", "effective"),
        }
    }
}

impl Default for Conventions {
    /// The exchange's.
    fn default() -> Conventions {
        Conventions { rules: Rules::default(), least_squares: false, decided: false, realised: false }
    }
}

/// What a measure of futures reads, to evaluate sessions from `from` on and to look back to `back`.
pub fn needs(from: Day, back: Day) -> Needs {
    let first = (month_of(from.min(back)) - HISTORY - 1).max(FIRST);
    let last = month_of(from) + LONGEST + AHEAD;
    let mut needs = Needs::default().events(MEETINGS).events(DECISIONS).series(EFFECTIVE).series(RANGE).series(TARGET);
    for month in first..=last {
        let (year, of_year) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        needs.series.insert(format!("zq.settle:{year:04}-{of_year:02}"));
        needs.series.insert(format!("zq.last:{year:04}-{of_year:02}"));
    }
    needs
}

/// Observations in columns.
#[derive(Debug, Default)]
struct Column {
    day: Vec<Day>,
    known: Vec<Moment>,
    value: Vec<f64>,
}

impl Column {
    fn of(series: Option<&Series>) -> Column {
        series.map_or_else(Column::default, |s| Column { day: s.day.clone(), known: s.known_at.clone(), value: s.value.clone() })
    }
    /// The last observation known at `moment` about `last` or a day before.
    fn on_or_before(&self, last: Day, moment: Moment) -> Option<(Day, f64)> {
        let n = self.known.partition_point(|k| *k <= moment).min(self.day.partition_point(|d| *d <= last));
        n.checked_sub(1).map(|i| (self.day[i], self.value[i]))
    }
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

/// A price of a contract, as the rate it implies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quote {
    /// Implied mean rate of the month, per cent.
    pub rate: f64,
    /// The day of the price.
    pub day: Day,
    /// Whether it is a settlement.
    pub settled: bool,
}

/// The target in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Upper bound, or the single target before 2008-12-16, per cent.
    pub upper: f64,
    /// Whether it is a range of a quarter point.
    pub range: bool,
    /// Whether a meeting has been held since whose outcome was not known.
    pub stale: bool,
}

impl Target {
    /// The middle of the range, or the single target.
    pub fn midpoint(&self) -> f64 {
        if self.range { self.upper - 0.125 } else { self.upper }
    }
    /// The range `steps` steps away, as the field writes it: `525-550`, or `5.25` for a single target.
    pub fn label(&self, steps: i32, step: f64) -> String {
        let upper = self.upper + f64::from(steps) * step;
        if self.range { format!("{:.0}-{:.0}", 100.0 * upper - 25.0, 100.0 * upper) } else { format!("{upper:.4}") }
    }
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
            contracts[(month - first) as usize][kind] = Column::of(Some(series));
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
            effective: Column::of(cut.series.get(EFFECTIVE)),
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
        Some(Quote { rate: 100.0 - price, day, settled })
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
        for month in out.first..=last {
            let quote = self.quote(month, today, moment);
            let fresh = quote.filter(|q| month < front || q.day >= oldest);
            out.rate.push(fresh.map_or(f64::NAN, |q| q.rate));
            if month >= front {
                out.contracts += usize::from(fresh.is_some());
                stale |= fresh.is_some_and(|q| q.day < today);
                missing |= month == front && fresh.is_none();
            }
        }
        (out.elapsed, out.elapsed_sum) = if conventions.realised { self.elapsed(today, moment) } else { (0, 0.0) };
        let strip = Strip { first: out.first, rate: &out.rate, front, elapsed: out.elapsed, elapsed_sum: out.elapsed_sum };
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
        out.target = self.target(today, moment, decided);
        out.rules = conventions.rules;
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

/// The path priced at a session; one value serves a whole history without allocating.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The session.
    pub today: Day,
    /// Meetings to come.
    pub path: Path,
    /// The rate before the next meeting on the path; where that is not determined the last effective rate known.
    pub base: Option<f64>,
    /// The last effective rate known.
    pub effective: Option<f64>,
    /// The target in force.
    pub target: Option<Target>,
    /// Contracts with a price, from the running month on.
    pub contracts: usize,
    /// Quality.
    pub flags: Flags,
    rules: Rules,
    first: Month,
    rate: Vec<f64>,
    past: Vec<Day>,
    future: Vec<Day>,
    elapsed: i32,
    elapsed_sum: f64,
}

impl Default for Snapshot {
    fn default() -> Snapshot {
        Snapshot {
            today: Day(0),
            path: Path::default(),
            base: None,
            effective: None,
            target: None,
            contracts: 0,
            flags: Flags::default(),
            rules: Rules::default(),
            first: 0,
            rate: Vec::new(),
            past: Vec::new(),
            future: Vec::new(),
            elapsed: 0,
            elapsed_sum: 0.0,
        }
    }
}

impl Snapshot {
    /// The implied mean rate of a month, per cent.
    pub fn month(&self, month: Month) -> Option<f64> {
        self.rate.get(usize::try_from(month - self.first).ok()?).copied().filter(|r| r.is_finite())
    }

    /// The expected effective rate on `day`, per cent, with flags: on the path up to the month of the last meeting announced, beyond
    /// that between the middles of the contracts' months.
    pub fn expected(&self, day: Day) -> Option<(f64, Flags)> {
        let within = self.path.steps.last().is_some_and(|s| month_of(day) <= month_of(s.day));
        if within {
            let used = self.path.steps.iter().take_while(|s| s.day <= day);
            let flags = used.fold(self.flags, |f, s| f.and(flags(s.marks)));
            return self.path.rate_on(day, &self.rules).map(|r| (r, flags));
        }
        let month = month_of(day);
        let middle = |m: Month| (f64::from(month_start(m).0) + f64::from(month_start(m + 1).0 - 1)) / 2.0;
        let from = if f64::from(day.0) < middle(month) { month - 1 } else { month };
        let part = (f64::from(day.0) - middle(from)) / (middle(from + 1) - middle(from));
        let (a, b) = match (self.month(from), self.month(from + 1)) {
            (Some(a), Some(b)) => (a, b),
            // The last contract listed stands for its own month.
            (Some(a), None) if from == month => (a, a),
            _ => return None,
        };
        Some((a + part * (b - a), self.flags.and(Flags::BEYOND_CALENDAR)))
    }

    /// Flags of the steps up to meeting `k`.
    pub fn flags_to(&self, k: usize) -> Flags {
        self.path.steps.iter().take(k + 1).fold(self.flags, |f, s| f.and(flags(s.marks)))
    }
}

/// Flags of the marks of a step.
pub fn flags(marks: u8) -> Flags {
    let when = |m: u8, f: Flags| f.when(marks & m != 0);
    when(mark::TWO_MEETINGS, Flags::TWO_MEETINGS)
        .and(when(mark::NO_FREE_MONTH, Flags::NO_FREE_MONTH))
        .and(when(mark::LARGE_STEP, Flags::LARGE_STEP))
        .and(when(mark::MISSING_CONTRACT, Flags::MISSING_CONTRACT))
}

/// A day so many months later; the last day of a shorter month.
pub fn months_later(day: Day, months: usize) -> Day {
    let month = month_of(day) + months as i32;
    let of_month = day.0 - month_start(month_of(day)).0;
    month_start(month).plus(of_month.min(policy_path::days_in(month) - 1))
}
