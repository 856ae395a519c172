//! What is odd about a panel of prices: found while its rows pass by, from what came before each row alone.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::quality;
use plimsoll_model::intake::{Defect, Severity};
use plimsoll_model::time::Day;

use crate::Sink;
use crate::known::Closes;

/// As many sessions with one close make a price stale.
pub const STALE_SESSIONS: u32 = 20;
/// Defects told symbol by symbol before the rest is summed up.
const TOLD: usize = 100;

#[derive(Clone, Copy)]
struct State {
    day: i32,
    close: f64,
    cap: f64,
    /// Sessions in a row with this close.
    run: u32,
    run_from: i32,
    absurd: Tally,
    large: Tally,
    stale: Tally,
    no_cap: Tally,
    disorder: Tally,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    rows: u32,
    from: i32,
    to: i32,
}

impl Tally {
    fn add(&mut self, day: i32) {
        if self.rows == 0 || day < self.from {
            self.from = day;
        }
        if self.rows == 0 || day > self.to {
            self.to = day;
        }
        self.rows += 1;
    }
}

const NEW: State = {
    let none = Tally { rows: 0, from: 0, to: 0 };
    let (absurd, large, stale, no_cap, disorder) = (none, none, none, none, none);
    State { day: i32::MIN, close: f64::NAN, cap: f64::NAN, run: 0, run_from: 0, absurd, large, stale, no_cap, disorder }
};

/// One row of a panel.
pub struct Bar {
    /// Its day.
    pub day: i32,
    /// Number of its symbol within the file.
    pub symbol: u32,
    /// Close; NaN where missing, as below.
    pub close: f64,
    /// Return as a decimal.
    pub ret: f64,
    /// Capitalisation, above zero or NaN.
    pub cap: f64,
}

/// Watches a panel.
pub struct Watch {
    states: Vec<State>,
    /// One entry a day of the table of closes: whether a row stood on it.
    seen: Vec<bool>,
    first: i32,
    /// Month ends: the days on which capitalisations are compared.
    compared: Vec<bool>,
    caps: Vec<MonthEnd>,
    has_caps: bool,
}

impl Watch {
    /// Begins.
    pub fn new() -> Watch {
        let (first, last) = Calendar::nyse().span();
        let n = (last.0 - first.0 + 1) as usize;
        let mut compared = vec![false; n];
        for pair in Calendar::nyse().between(first, last).windows(2) {
            if pair[0].month_start() != pair[1].month_start() {
                compared[(pair[0].0 - first.0) as usize] = true;
            }
        }
        Watch { states: Vec::new(), seen: vec![false; n], first: first.0, compared, caps: Vec::new(), has_caps: true }
    }
    /// Begins, for a panel that has no capitalisations, so that their absence is no defect.
    pub fn prices_only() -> Watch {
        Watch { has_caps: false, ..Watch::new() }
    }

    /// Sees a row of a session and says its quality.
    #[inline]
    pub fn see(&mut self, bar: &Bar) -> u8 {
        let at = (bar.day - self.first) as usize;
        self.seen[at] = true;
        let symbol = bar.symbol as usize;
        if symbol >= self.states.len() {
            self.states.resize(symbol + 1, NEW);
        }
        let s = &mut self.states[symbol];
        let mut flags = 0;
        if bar.day <= s.day {
            s.disorder.add(bar.day);
            (s.run, s.close, s.cap) = (0, f64::NAN, f64::NAN);
        }
        let growth = 1.0 + bar.ret;
        // Moves of this size are looked at twice; NaN compares false.
        if growth >= 2.5 || growth <= 0.3 {
            if is_absurd(growth, bar.close / s.close, bar.cap / s.cap) {
                flags |= quality::ABSURD_MOVE;
                s.absurd.add(bar.day);
            } else {
                s.large.add(bar.day);
            }
        }
        if bar.cap.is_nan() && self.has_caps {
            flags |= quality::NO_CAP;
            s.no_cap.add(bar.day);
        } else if self.has_caps && self.compared[at] {
            self.caps.push(MonthEnd { symbol: bar.symbol, day: bar.day, cap: bar.cap, close: bar.close });
        }
        if bar.close == s.close {
            s.run += 1;
            if s.run >= STALE_SESSIONS {
                flags |= quality::STALE;
                if s.run == STALE_SESSIONS {
                    s.stale.add(s.run_from);
                }
                s.stale.add(bar.day);
            }
        } else {
            (s.run, s.run_from) = (1, bar.day);
        }
        (s.day, s.close) = (bar.day, bar.close);
        if !bar.cap.is_nan() {
            s.cap = bar.cap;
        }
        flags
    }

    /// Tells what was found; `name` gives the symbol of a number.
    pub fn finish(mut self, name: &dyn Fn(u32) -> String, sink: &mut dyn Sink) {
        self.missing_sessions(sink);
        self.repeated_caps(name, sink);
        let tallies = |pick: fn(&State) -> Tally| -> Vec<(u32, Tally)> {
            let found = self.states.iter().map(pick).enumerate().filter(|(_, t)| t.rows > 0);
            found.map(|(i, t)| (i as u32, t)).collect()
        };
        let absurd = "returns that close or capitalisation contradict, or beyond tenfold; flagged, and measures pass over them";
        told("absurd_move", Severity::Warning, &tallies(|s| s.absurd), absurd, name, sink);
        let large = "returns above 150 % or below -70 % that close and capitalisation follow: real, or a reverse split that the return missed; not flagged";
        told("large_move", Severity::Note, &tallies(|s| s.large), large, name, sink);
        let stale = "sessions at the end of runs of twenty or more at one unchanged close; they are flagged";
        told("stale_price", Severity::Note, &tallies(|s| s.stale), stale, name, sink);
        let disorder = "rows whose day does not follow the day before in the file; taken as dated";
        told("dates_out_of_order", Severity::Note, &tallies(|s| s.disorder), disorder, name, sink);

        let without = tallies(|s| s.no_cap);
        if let Some(all) = sum(&without) {
            let rows: u64 = without.iter().map(|(_, t)| u64::from(t.rows)).sum();
            let never = self.states.iter().filter(|s| s.no_cap.rows > 0 && s.cap.is_nan()).count();
            let detail = format!(
                "{rows} rows of {} symbols have no capitalisation ({never} symbols never have one: preferred shares, warrants, units); kept, flagged",
                without.len()
            );
            defect("no_cap", Severity::Note, "", (all.from, all.to), rows, detail, sink);
        }
    }

    fn missing_sessions(&self, sink: &mut dyn Sink) {
        let day = |i: usize| self.first + i as i32;
        let (Some(from), Some(to)) = (self.seen.iter().position(|s| *s), self.seen.iter().rposition(|s| *s)) else { return };
        for i in from..=to {
            if !self.seen[i] && Closes::nyse().get(day(i)) != Closes::NOT_A_SESSION {
                let d = Day(day(i));
                let detail =
                    format!("no row on the session {d}; returns that compound daily moves lose that day's, levels do not");
                defect("missing_session", Severity::Warning, &d.to_string(), (d.0, d.0), 0, detail, sink);
            }
        }
    }

    /// Classes of one company that each carry the whole company's capitalisation: counted more than once by whoever adds them up.
    fn repeated_caps(&mut self, name: &dyn Fn(u32) -> String, sink: &mut dyn Sink) {
        let days = self.caps.iter().map(|c| c.day).collect::<BTreeSet<_>>().len();
        self.caps.sort_unstable_by_key(|c| (c.symbol, c.day));
        let of: FxHashMap<u32, &[MonthEnd]> = self.caps.chunk_by(|a, b| a.symbol == b.symbol).map(|g| (g[0].symbol, g)).collect();
        let mut names: Vec<(String, u32)> = of.keys().map(|s| (name(*s), *s)).collect();
        names.sort_unstable();
        let mut found: Vec<(f64, String, Tally, usize)> = Vec::new();
        for (i, (a, first)) in names.iter().enumerate() {
            // Names in order: what shares all but the last letter with `a` stands close behind it.
            let stem = &a[..a.len() - usize::from(a.len() > 1)];
            for (b, second) in names[i + 1..].iter().take_while(|(b, _)| b.starts_with(stem)) {
                let Some(kinship) = Kinship::of(a, b) else { continue };
                let (mut tally, mut both, mut largest) = (Tally::default(), 0, 0.0f64);
                for x in of[first] {
                    let Ok(k) = of[second].binary_search_by_key(&x.day, |y| y.day) else { continue };
                    both += 1;
                    let y = of[second][k];
                    if kinship.repeats(x, &y) {
                        tally.add(x.day);
                        largest = largest.max(x.cap.max(y.cap));
                    }
                }
                // Once may be chance, unless there is but one month end to look at.
                if 2 * tally.rows as usize > both && (tally.rows > 1 || days == 1) {
                    found.push((largest, format!("{a} {b}"), tally, both));
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        for (cap, names, tally, both) in found.iter().take(TOLD) {
            let detail = format!(
                "{names}: each carries the whole company's capitalisation (up to {:.2} billion dollars) on {} of {both} month ends; to be counted once",
                cap / 1e9,
                tally.rows
            );
            defect("repeated_cap", Severity::Warning, names, (tally.from, tally.to), u64::from(tally.rows), detail, sink);
        }
        let rest: Vec<(u32, Tally)> = found.iter().skip(TOLD).map(|f| (0, f.2)).collect();
        if let Some(all) = sum(&rest) {
            let detail = format!("and {} smaller pairs that carry one capitalisation", rest.len());
            defect("repeated_cap", Severity::Warning, "", (all.from, all.to), u64::from(all.rows), detail, sink);
        }
    }
}

/// A capitalisation on the last session of a month.
#[derive(Clone, Copy)]
struct MonthEnd {
    symbol: u32,
    day: i32,
    cap: f64,
    close: f64,
}

/// Why two symbols may be classes of one company.
enum Kinship {
    /// `BRK.A` and `BRK.B`: the exchange says so.
    Class,
    /// `GOOG` and `GOOGL`: one letter more.
    Letter,
    /// `LBRDA` and `LBRDK`: the last letter differs.
    Sibling,
}

impl Kinship {
    fn of(a: &str, b: &str) -> Option<Kinship> {
        let class = |s: &str| s.split_once('.').map(|(root, class)| (root.to_owned(), class.len()));
        match (class(a), class(b)) {
            (Some((x, 1)), Some((y, 1))) => (x == y).then_some(Kinship::Class),
            (None, Some((y, 1))) => (a == y).then_some(Kinship::Class),
            (None, None) if b.len() == a.len() + 1 && b.starts_with(a) => Some(Kinship::Letter),
            (None, None) if b.len() == a.len() && a.len() >= 4 => Some(Kinship::Sibling),
            _ => None,
        }
    }

    /// Capitalisations are close times one count of shares: classes that repeat one imply the same count. Registered classes of
    /// unlike value (`BRK.A`) imply unlike counts but like totals.
    fn repeats(&self, x: &MonthEnd, y: &MonthEnd) -> bool {
        let shares = |m: &MonthEnd| (m.cap / m.close).round();
        let same = shares(x) == shares(y);
        match self {
            Kinship::Class => same || (0.8..=1.25).contains(&(x.cap / y.cap)),
            Kinship::Letter => same,
            // Blank-check companies share round counts by chance.
            Kinship::Sibling => same && shares(x) % 1000.0 != 0.0,
        }
    }
}

/// How far a ratio of two exact figures may stray from the whole number of a split.
const SPLIT_TOLERANCE: f64 = 0.01;

/// Whether a large move is contradicted by what close and capitalisation did since the row before (NaN where unknown).
///
/// A return is adjusted for splits and a close is not, so after a reverse split the close may rise by more than the return, never by
/// less; a fall beside a rising close is a reverse split where the two stand in a whole ratio. Above tenfold it is a reverse split
/// that the publisher's return missed, since close and capitalisation (old count of shares) rise alike.
fn is_absurd(growth: f64, close_growth: f64, cap_growth: f64) -> bool {
    if growth >= 10.0 {
        return true;
    }
    if growth > 1.0 {
        return close_growth < growth / 2.0 || cap_growth < growth / 2.0;
    }
    let ratio = close_growth / growth;
    let split = ratio > 1.5 && (ratio / ratio.round() - 1.0).abs() < SPLIT_TOLERANCE;
    close_growth > 2.0 * growth && !split && (cap_growth.is_nan() || cap_growth > 2.0 * growth)
}

fn sum(tallies: &[(u32, Tally)]) -> Option<Tally> {
    let mut all = Tally { rows: 0, from: tallies.iter().map(|t| t.1.from).min()?, to: tallies.iter().map(|t| t.1.to).max()? };
    all.rows = tallies.iter().map(|t| t.1.rows).sum();
    Some(all)
}

fn told(rule: &str, severity: Severity, found: &[(u32, Tally)], what: &str, name: &dyn Fn(u32) -> String, sink: &mut dyn Sink) {
    let mut found = found.to_vec();
    found.sort_by_key(|(i, t)| (std::cmp::Reverse(t.rows), *i));
    for (i, t) in found.iter().take(TOLD) {
        let name = name(*i);
        defect(rule, severity, &name, (t.from, t.to), u64::from(t.rows), format!("{name}: {} {what}", t.rows), sink);
    }
    if let Some(rest) = found.get(TOLD..).and_then(sum) {
        let detail = format!("and {} further symbols: {} {what}", found.len() - TOLD, rest.rows);
        defect(rule, severity, "", (rest.from, rest.to), u64::from(rest.rows), detail, sink);
    }
}

fn defect(rule: &str, severity: Severity, subject: &str, days: (i32, i32), rows: u64, detail: String, sink: &mut dyn Sink) {
    let (rule, subject) = (rule.to_owned(), subject.to_owned());
    sink.defect(Defect { rule, severity, subject, from: Some(Day(days.0)), to: Some(Day(days.1)), rows, detail });
}
