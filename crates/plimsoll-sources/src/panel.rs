//! What is odd about a panel of prices: found while its rows pass by, from what came before each row alone.

use std::collections::BTreeMap;

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
    /// Sessions in a row with this close, and the shares traded in them.
    run: u32,
    run_volume: f64,
    run_from: i32,
    absurd: Tally,
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
    let (absurd, stale, no_cap, disorder) = (none, none, none, none);
    State { day: i32::MIN, close: f64::NAN, cap: f64::NAN, run: 0, run_volume: 0.0, run_from: 0, absurd, stale, no_cap, disorder }
};

/// One row of a panel.
pub struct Bar {
    /// Its day.
    pub day: i32,
    /// Number of its symbol within the file.
    pub symbol: u32,
    /// Close, return as a decimal, volume and capitalisation; NaN where missing.
    pub close: f64,
    /// Return as a decimal.
    pub ret: f64,
    /// Shares traded.
    pub volume: f64,
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
    caps: Vec<(i32, u64, u32)>,
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
        if (growth >= 2.5 || growth <= 0.3) && is_absurd(growth, bar.cap / s.cap) {
            flags |= quality::ABSURD_MOVE;
            s.absurd.add(bar.day);
        }
        if bar.cap.is_nan() && self.has_caps {
            flags |= quality::NO_CAP;
            s.no_cap.add(bar.day);
        } else if self.has_caps && self.compared[at] {
            self.caps.push((bar.day, bar.cap.to_bits(), bar.symbol));
        }
        if bar.close == s.close {
            s.run += 1;
            s.run_volume += if bar.volume.is_nan() { 0.0 } else { bar.volume };
            if s.run >= STALE_SESSIONS {
                flags |= quality::STALE;
                if s.run == STALE_SESSIONS {
                    s.stale.add(s.run_from);
                }
                s.stale.add(bar.day);
            }
        } else {
            (s.run, s.run_volume, s.run_from) = (1, 0.0, bar.day);
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
        let absurd = "returns beyond 150 % up or 70 % down that the capitalisation does not follow; they are flagged and measures pass over them";
        told("absurd_move", Severity::Warning, &tallies(|s| s.absurd), absurd, name, sink);
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

    /// Securities that carry one capitalisation to the last bit on month ends are classes of one company, counted more than once.
    fn repeated_caps(&mut self, name: &dyn Fn(u32) -> String, sink: &mut dyn Sink) {
        self.caps.sort_unstable();
        let mut groups: BTreeMap<Vec<u32>, Tally> = BTreeMap::new();
        let mut largest: BTreeMap<Vec<u32>, f64> = BTreeMap::new();
        for group in self.caps.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|g| g.len() > 1) {
            let mut symbols: Vec<u32> = group.iter().map(|g| g.2).collect();
            symbols.dedup();
            if symbols.len() > 1 {
                groups.entry(symbols.clone()).or_default().add(group[0].0);
                let cap = largest.entry(symbols).or_default();
                *cap = cap.max(f64::from_bits(group[0].1));
            }
        }
        let days = self.caps.chunk_by(|a, b| a.0 == b.0).count() as u32;
        // Once may be chance; the largest first.
        let mut repeated: Vec<_> = groups.into_iter().filter(|(_, t)| t.rows > 1 || days == 1).collect();
        repeated.sort_by(|a, b| largest[&b.0].total_cmp(&largest[&a.0]).then_with(|| a.0.cmp(&b.0)));
        for (symbols, tally) in repeated.iter().take(TOLD) {
            let mut names: Vec<String> = symbols.iter().map(|s| name(*s)).collect();
            names.sort_unstable();
            let names = names.join(" ");
            let cap = largest[symbols] / 1e9;
            let detail = format!(
                "{names} carry one capitalisation (up to {cap:.1} billion dollars) on {} of {days} month ends: the whole company's, to be counted once",
                tally.rows
            );
            defect("repeated_cap", Severity::Warning, &names, (tally.from, tally.to), u64::from(tally.rows), detail, sink);
        }
        if repeated.len() > TOLD {
            let rows = repeated[TOLD..].iter().map(|(_, t)| u64::from(t.rows)).sum();
            let detail = format!("and {} smaller groups of securities that carry one capitalisation", repeated.len() - TOLD);
            let rest: Vec<(u32, Tally)> = repeated[TOLD..].iter().map(|(s, t)| (s[0], *t)).collect();
            let all = sum(&rest).unwrap_or_default();
            defect("repeated_cap", Severity::Warning, "", (all.from, all.to), rows, detail, sink);
        }
    }
}

/// Whether a large move is contradicted by the change of the capitalisation, or so large that, without one, it must be doubted.
fn is_absurd(growth: f64, cap_growth: f64) -> bool {
    if cap_growth.is_nan() {
        return growth >= 6.0 || growth <= 0.1;
    }
    let ratio = growth / cap_growth;
    !(0.5..=2.0).contains(&ratio)
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
