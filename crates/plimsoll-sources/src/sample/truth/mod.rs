//! What was planted, with exact figures: computed from the generator's own unrounded arrays by plain loops, independently of the
//! program's measures, so that found can be set beside planted.

mod filings;
mod lines;
mod prices;
mod quirks;
mod rates;
mod signals;

use plimsoll_model::time::Day;
use serde::Serialize;

use super::World;
use super::market::PlantedFailure;
use super::story::PHASES;

pub use filings::{Burden, Fates, Filings, Issuer, Stretches, Wall, Zombies, issuers, stretches};
pub use lines::Line;
pub use prices::turns;

/// Everything planted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Truth {
    /// Last symbols of the seven, canonical spelling; one class where an issuer has two.
    pub giants: Vec<String>,
    /// Who carried the large index, over calendar 2023 and over the year to 2024-02-02.
    pub contributions: Vec<Contributions>,
    /// Breadth of both universes on some days.
    pub breadth: Vec<Breadth>,
    /// Breakouts that fail, in the small index.
    pub breakouts: Option<Breakouts>,
    /// How small less large moves with the ten-year yield.
    pub rate_beta: Option<RateBeta>,
    /// The ten-year yield's low and rise.
    pub yield_rise: Option<YieldRise>,
    /// First day of the last unbroken inversion of the curve, ten less two years, as of the world's end.
    pub inverted_since: Option<Day>,
    /// The policy plateau and the cuts priced on some days.
    pub policy: Option<Policy>,
    /// What small less large did on days of releases, by calendar.
    pub releases: Vec<Releases>,
    /// Credit spreads on 2024-02-02 and the planted widening.
    pub spread: Option<Spread>,
    /// Returns of groups in each phase of leadership.
    pub leadership: Vec<Phase>,
    /// Bear and bull markets of the small index by the 20 % rule.
    pub turns: Vec<Turn>,
    /// Who leads whom.
    pub lead: Option<Lead>,
    /// What signals are worth: one that was planted, one that was not.
    pub edges: Vec<Edge>,
    /// Calm and turbulent days.
    pub regimes: Vec<Regime>,
    /// Statements and maturities.
    pub filings: Filings,
    /// Quirks of identity and of rows.
    pub quirks: Vec<Quirk>,
}

/// The large index over a window, weighted by full capitalisation at the close before, one class an issuer.
#[derive(Clone, Debug, Serialize)]
pub struct Contributions {
    /// The close at which the window begins.
    pub from: Day,
    /// The close at which it ends.
    pub to: Day,
    /// Return of the index.
    pub index_return: f64,
    /// Return of equal amounts in every member, set anew each session.
    pub equal_weight_return: f64,
    /// Contribution of the seven; with the rest it sums to the return of the index.
    pub group: f64,
    /// Contribution of everyone else.
    pub rest: f64,
    /// Contribution of the seven over the return of the index.
    pub group_share: f64,
    /// Each of the seven: last symbol and contribution.
    pub members: Vec<(String, f64)>,
    /// Weight of the seven at the first close.
    pub weight_before: f64,
    /// Weight of the seven at the last close.
    pub weight_after: f64,
}

/// Breadth of a universe at a close, over members with 252 sessions of their own; closes adjusted for splits.
#[derive(Clone, Debug, Serialize)]
pub struct Breadth {
    /// The close.
    pub day: Day,
    /// `sp500` or `russell2000`.
    pub universe: &'static str,
    /// Members counted.
    pub members: usize,
    /// Members with too short a history.
    pub short: usize,
    /// Share at least 20 % below the highest close of the past 252 sessions.
    pub bear_share: f64,
    /// Share above the mean close of the past 50 sessions, the day included.
    pub above_50: f64,
    /// Share above the mean close of the past 200 sessions, the day included.
    pub above_200: f64,
    /// Median drawdown from the highest close of the past 252 sessions (0 or negative).
    pub median_drawdown: f64,
    /// Drawdown of the universe's published price index, likewise.
    pub index_drawdown: f64,
    /// Index drawdown less median drawdown.
    pub masking_gap: f64,
}

/// Breakouts among members of the small index.
#[derive(Clone, Debug, Serialize)]
pub struct Breakouts {
    /// First day counted.
    pub from: Day,
    /// Last day counted; the twenty sessions after it are looked at.
    pub to: Day,
    /// Member-sessions with a close above the highest close of the past sixty sessions.
    pub breakouts: usize,
    /// Those of them followed within twenty sessions by a close below that level.
    pub failed: usize,
    /// The planted ones, by symbol.
    pub planted: Vec<FailedBreakout>,
}

/// One planted failure.
#[derive(Clone, Debug, Serialize)]
pub struct FailedBreakout {
    /// Canonical symbol.
    pub symbol: String,
    /// Day of the breakout.
    pub breakout: Day,
    /// Level: the highest close of the sixty sessions before, as traded.
    pub level: f64,
    /// First day that closes below it.
    pub failed: Day,
}

/// Response to changes of the ten-year yield, return per percentage point.
#[derive(Clone, Debug, Serialize)]
pub struct RateBeta {
    /// Planted in each ordinary small name.
    pub planted: f64,
    /// Planted in each levered small name.
    pub planted_levered: f64,
    /// Least squares of small less large (equal amounts of the primary names) on the change, whole span.
    pub small_minus_large: f64,
    /// Its standard error, ordinary.
    pub standard_error: f64,
    /// Least squares of levered less ordinary small names on the change, whole span.
    pub levered_minus_ordinary: f64,
    /// Sessions.
    pub sessions: usize,
}

/// The ten-year yield off its low, in per cent as published.
#[derive(Clone, Debug, Serialize)]
pub struct YieldRise {
    /// Day of the low.
    pub low_day: Day,
    /// The low.
    pub low: f64,
    /// Day by which it has risen.
    pub day: Day,
    /// Yield on that day.
    pub yield_then: f64,
    /// Rise in basis points.
    pub basis_points: f64,
}

/// The policy rate and what is expected of it.
#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    /// Upper bound of the target range at the plateau, per cent.
    pub plateau_upper: f64,
    /// First day in force.
    pub plateau_from: Day,
    /// Quarter-point cuts expected by the end of 2024, on some days.
    pub cuts_priced: Vec<(Day, f64)>,
    /// The day of the most cuts expected by the end of 2024, and how many.
    pub peak: Option<(Day, f64)>,
    /// Two days in a row between which the market changed its mind: cuts expected by the end of 2024 on each.
    pub repricing: Option<[(Day, f64); 2]>,
    /// Rates expected after each meeting to come, on some days.
    pub expected: Vec<Expected>,
    /// The meeting between scheduled ones and the scheduled one that was cancelled when it was held.
    pub unscheduled: Option<[Day; 2]>,
    /// Two meetings in one month.
    pub two_in_a_month: Option<[Day; 2]>,
    /// What is wrong with the files of futures and of decisions.
    pub faults: Vec<Fault>,
}

/// The path of the effective rate that prices futures at a close.
#[derive(Clone, Debug, Serialize)]
pub struct Expected {
    /// The close.
    pub day: Day,
    /// The effective rate in force from the day after, per cent.
    pub in_force: f64,
    /// Day of each meeting to come and the effective rate expected after it, per cent; in force from the day after the meeting.
    pub after: Vec<(Day, f64)>,
}

/// One planted fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The rule that finds it: `missing_front_contract`, `stale_price`, `contradicts_calendar`, `blank_outcome`.
    pub rule: &'static str,
    /// The source it is in.
    pub source: &'static str,
    /// The series, or empty.
    pub subject: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

type Date = (i16, i8, i8);

/// The faults of the files of futures and of decisions.
pub(crate) struct FuturesFaults {
    /// Sessions without the contract of the month: in the settlements, in the last trades.
    pub no_front: [Date; 2],
    /// A delivery month whose settlement stands still from a day to a day.
    pub stale: (Date, Date, Date),
    /// A day that the list of decisions has wrong, and the right one.
    pub wrong_day: [Date; 2],
}

pub(crate) const FUTURES_FAULTS: FuturesFaults = FuturesFaults {
    no_front: [(2023, 11, 21), (2024, 3, 5)],
    stale: ((2024, 11, 1), (2023, 9, 5), (2023, 10, 6)),
    wrong_day: [(2024, 10, 2), (2024, 9, 25)],
};

pub(crate) fn day((year, month, day): Date) -> Day {
    Day::ymd(year, month, day)
}

/// The fund of the small index less that of the large on the days of a release.
#[derive(Clone, Debug, Serialize)]
pub struct Releases {
    /// The calendar: `cpi` with a planted reaction, `employment` without one.
    pub calendar: &'static str,
    /// The first close, and the last one looked at.
    pub from: Day,
    /// The last close.
    pub to: Day,
    /// Days counted: each release on its own session or the first after it.
    pub days: usize,
    /// Mean difference of the two total returns on these days.
    pub difference: f64,
    /// The same over all other sessions.
    pub elsewhere: f64,
    /// What each small company was given on the day.
    pub planted: f64,
}

/// High-yield spread.
#[derive(Clone, Debug, Serialize)]
pub struct Spread {
    /// The day.
    pub day: Day,
    /// Level, per cent.
    pub level: f64,
    /// Share of the 504 sessions up to and including the day with a spread at or below that day's.
    pub percentile: f64,
    /// Begin and end of the planted widening.
    pub episode: (Day, Day),
    /// Widening in the episode, basis points.
    pub widening: f64,
}

/// Total returns of groups over a phase.
#[derive(Clone, Debug, Serialize)]
pub struct Phase {
    /// First close.
    pub from: Day,
    /// Last close.
    pub to: Day,
    /// Mean of the funds of industrials, materials and finance.
    pub cyclicals: f64,
    /// Mean of the funds of staples, utilities and health care.
    pub defensives: f64,
    /// The seven, weighted by capitalisation, price return.
    pub mega: f64,
    /// The fund of the small index.
    pub small: f64,
    /// The fund of the large index.
    pub large: f64,
    /// Each sector's fund.
    pub sectors: Vec<(&'static str, f64)>,
}

/// A turn of the small index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// `bear` or `bull`: the phase that begins.
    pub begins: &'static str,
    /// Day of the extreme at which it begins.
    pub extreme: Day,
    /// Day on which the 20 % rule confirms it.
    pub confirmed: Day,
}

/// A series that leads another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lead {
    /// The one that leads.
    pub first: &'static str,
    /// The one that follows.
    pub second: &'static str,
    /// By how many sessions.
    pub sessions: usize,
}

/// What a signal is worth: small companies after a session on which its fund rose, Treasuries after one on which it did not, decided at
/// the close and traded at the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Edge {
    /// The fund that signals.
    pub signal: &'static str,
    /// First day that counts.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// What a dollar became.
    pub wealth: f64,
    /// Whether there is anything in it.
    pub planted: bool,
}

/// The volatility that the market's noise was drawn with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Regime {
    /// The day.
    pub day: Day,
    /// Standard deviation of the market a session.
    pub daily: f64,
    /// Whether that lies above its mean over the world's life.
    pub turbulent: bool,
}

/// One planted quirk.
#[derive(Clone, Debug, Serialize)]
pub struct Quirk {
    /// Machine name: `renamed`, `reused_symbol`, `repeated_cap`, `delisted`, `split`, `absurd_move`, `missing_session`, `missing_rows`,
    /// `no_cap`, `stale_price`, `padded_symbol`, `class_share`, `warrant`, `not_a_security`.
    pub kind: &'static str,
    /// Canonical symbol, empty where it is the whole panel.
    pub symbol: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// A sentence.
    pub detail: String,
}

/// The canonical spelling of what the screener writes.
pub(crate) fn canonical(symbol: &str) -> String {
    symbol.replace('/', ".")
}

pub(crate) fn compute(world: &World, planted: &[PlantedFailure]) -> Truth {
    let day = Day::ymd(2024, 2, 2);
    let windows = [(Day::ymd(2022, 12, 30), Day::ymd(2023, 12, 29)), (Day::ymd(2023, 2, 2), day)];
    let days = [
        Day::ymd(2022, 6, 16),
        Day::ymd(2023, 3, 23),
        Day::ymd(2023, 10, 27),
        Day::ymd(2023, 12, 28),
        day,
        Day::ymd(2024, 6, 28),
    ];
    Truth {
        giants: world.securities.iter().filter(|s| s.giant() && s.primary).map(|s| canonical(s.symbol())).collect(),
        contributions: windows.iter().filter_map(|w| prices::contributions(world, *w)).collect(),
        breadth: days
            .iter()
            .flat_map(|d| [prices::breadth(world, *d, true), prices::breadth(world, *d, false)])
            .flatten()
            .collect(),
        breakouts: prices::breakouts(world, planted),
        rate_beta: rates::rate_beta(world),
        yield_rise: rates::yield_rise(world),
        inverted_since: rates::inverted_since(world),
        policy: rates::policy(world),
        releases: rates::releases(world, day),
        spread: rates::spread(world, day),
        leadership: PHASES.windows(2).filter_map(|w| prices::phase(world, w[0], w[1])).collect(),
        turns: prices::turns(&world.indices.small, &world.sessions),
        lead: Some(signals::lead()),
        edges: [("HYG", true), ("GLD", false)].iter().filter_map(|(f, p)| signals::edge(world, f, *p, day)).collect(),
        regimes: [Day::ymd(2022, 10, 14), day].iter().filter_map(|d| signals::regime(world, *d)).collect(),
        filings: filings::filings(world, day),
        quirks: quirks::quirks(world),
    }
}
