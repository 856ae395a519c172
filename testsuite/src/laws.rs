//! The laws that every registered measure obeys, whatever it computes.
//!
//! 1. **No look-ahead**: garbage planted after t changes no bit of the value at t, in one cut that holds both.
//! 2. **Prefix**: the values over `[a, b]` are the first of those over `[a, c]`, bit for bit.
//! 3. **Order**: the order of rows and of a group's symbols changes no bit.
//! 4. **Determinism**: the same input gives the same bits, with one thread and with two.
//! 5. **History**: a history replayed in one pass is, on each day, the value from a fresh cut of that day, also where the past was
//!    revised within the span.
//! 6. **Last**: a session asked alone at the end of a span is the last of its history, bit for bit.
//! 7. **Answers**: no value that is not finite; and what is ingested later never changes an earlier cut.
//!
//! A checker that cannot fail proves nothing: `testsuite/tests/laws.rs` hands it measures that break a law each.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use plimsoll_measures::replay::{self, Asked, Sessions, needs};
use plimsoll_measures::{ParamKind, Params, Point, Scope, Unmeasurable};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Memory};
use plimsoll_model::needs::Entry;
use plimsoll_model::observations::{Column, Observations};
use plimsoll_model::time::{AsOf, Day, Moment};

/// A law broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Which law.
    pub law: &'static str,
    /// The measure, with the parameters that differ from the defaults.
    pub asked: String,
    /// Where.
    pub day: Option<Day>,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.law, self.asked)?;
        self.day.map_or(Ok(()), |day| write!(f, " on {day}"))?;
        write!(f, ": {}", self.found)
    }
}

/// What a check did.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// How many comparisons of points were made.
    pub compared: usize,
    /// How many of them were of a value, not of a reason for none.
    pub values: usize,
    /// How many cuts the longest replay needed: one, and one for each moment at which the past was revised.
    pub cuts: usize,
    /// Which measures never had a value, so that nothing was proved of them.
    pub silent: Vec<String>,
    /// Laws broken.
    pub violations: Vec<Violation>,
}

/// A label of what was asked: the measure with the parameters that are not its defaults.
pub fn label(asked: &Asked) -> String {
    let spec = asked.measure.spec();
    let changed = spec.params.iter().filter(|p| asked.params.text(p.name) != p.default);
    let with: Vec<String> = changed.map(|p| format!("{}={}", p.name, asked.params.text(p.name))).collect();
    if with.is_empty() { spec.name.to_owned() } else { format!("{} with {}", spec.name, with.join(", ")) }
}

/// Each measure with its defaults (and the scope's first group) and, one at a time, with other values of each parameter.
pub fn varied(measures: &[&'static dyn plimsoll_measures::Measure], scope: &Scope) -> Vec<Asked> {
    let mut out: Vec<Asked> = Vec::new();
    for &measure in measures {
        // A default group names securities of the real world; the scope's first group stands in for it.
        let base: BTreeMap<String, String> = measure
            .spec()
            .params
            .iter()
            .filter(|p| p.kind == ParamKind::Group)
            .filter_map(|p| Some((p.name.to_owned(), scope.groups.keys().next()?.clone())))
            .collect();
        let mut given = vec![base.clone()];
        for p in measure.spec().params {
            let texts: Vec<String> = match p.kind {
                ParamKind::Universe => vec!["russell2000".into(), "top:40".into(), "rank:41-120 & price>=2".into()],
                ParamKind::Group => scope.groups.keys().cloned().collect(),
                ParamKind::Int(least, most) => {
                    let n: i64 = p.default.parse().expect("a default is a value");
                    vec![(n / 3).clamp(least, most).to_string()]
                }
                ParamKind::Float(least, most) => {
                    let x: f64 = p.default.parse().expect("a default is a value");
                    vec![(x * 0.7).clamp(least, most).to_string()]
                }
                ParamKind::Window => vec!["ytd".into(), "3m".into(), "since:2023-01-31".into()],
                ParamKind::Day(words) => words.iter().map(|w| (*w).to_owned()).chain(["2023-12-13".to_owned()]).collect(),
                ParamKind::Days(_) => vec!["2022-11-02,2022-12-14,2023-02-01,2023-03-22,2023-05-03".into()],
                ParamKind::Choice(words) => words.iter().map(|w| (*w).to_owned()).collect(),
                ParamKind::SeriesOrUniverse => vec!["universe:top:40".into()],
                ParamKind::Series | ParamKind::SeriesList | ParamKind::Calendars => Vec::new(),
            };
            let others = texts.into_iter().filter(|t| t != p.default && base.get(p.name) != Some(t));
            given.extend(others.map(|t| {
                let mut given = base.clone();
                given.insert(p.name.to_owned(), t);
                given
            }));
        }
        for given in given {
            // A combination that the measure refuses is not asked.
            if let Ok(params) = Params::resolve(measure.spec(), &given, scope) {
                out.push(Asked { measure, params });
            }
        }
    }
    out
}

/// Which days to look at.
#[derive(Clone, Debug)]
pub struct Span {
    /// The first day of histories.
    pub from: Day,
    /// Days sampled between, ascending; garbage is planted after each, fresh cuts are made at each.
    pub days: Vec<Day>,
}

/// Holds every asked measure to every law on what `memory` knows, up to its moment.
pub fn check(memory: &Memory, asked: &[Asked], span: &Span) -> Verdict {
    let mut checker = Checker { memory, asked, span, verdict: Verdict::default(), spoke: vec![false; asked.len()] };
    let cut = checker.cut(memory);
    let whole = cut.positions(span.from, memory.as_of().day());
    let first = checker.track(&cut, whole.clone());
    checker.finite(&cut, &whole, &first);
    checker.prefix(&cut, &whole, &first);
    checker.threads(&whole, &first);
    checker.order(&whole, &first);
    checker.garbage(&cut, &whole, &first);
    checker.history(memory, "history");
    let revised = Memory::new(memory.as_of(), revised(memory, &span.days));
    checker.history(&revised, "history with revisions");
    checker.later_ingest();
    let spoke = std::mem::take(&mut checker.spoke);
    let mut verdict = checker.verdict;
    verdict.silent = asked.iter().zip(spoke).filter(|(_, spoke)| !spoke).map(|(a, _)| label(a)).collect();
    verdict
}

type Tracked = Vec<Result<Vec<Point>, Unmeasurable>>;

struct Checker<'a> {
    memory: &'a Memory,
    asked: &'a [Asked],
    span: &'a Span,
    verdict: Verdict,
    spoke: Vec<bool>,
}

/// How alike two points must be.
#[derive(Clone, Copy, PartialEq)]
enum Alike {
    /// Bit for bit.
    Bits,
    /// To 1e-11 of the larger, or 1e-13: levels are chained from the first row read, and cuts begin on different days.
    Rounding,
}

fn alike(a: &Point, b: &Point, how: Alike) -> bool {
    let values = match (a.value, b.value) {
        (Ok(x), Ok(y)) if how == Alike::Bits => x.to_bits() == y.to_bits(),
        (Ok(x), Ok(y)) => (x - y).abs() <= 1e-11 * x.abs().max(y.abs()).max(1e-2),
        (x, y) => x == y,
    };
    values && a.n_obs == b.n_obs && a.flags == b.flags
}

impl Checker<'_> {
    fn cut(&self, knowledge: &dyn Knowledge) -> Cut {
        Cut::build(knowledge, &needs(self.asked, self.span.from), self.span.from).expect("a cut")
    }

    fn track(&self, cut: &Cut, days: Range<usize>) -> Tracked {
        self.asked.iter().map(|a| a.measure.track(cut, &a.params, days.clone())).collect()
    }

    fn broken(&mut self, law: &'static str, k: usize, day: Option<Day>, found: String) {
        self.verdict.violations.push(Violation { law, asked: label(&self.asked[k]), day, found });
    }

    fn compare(&mut self, law: &'static str, k: usize, day: Day, pair: (&Point, &Point), how: Alike) {
        self.verdict.compared += 1;
        self.verdict.values += usize::from(pair.0.value.is_ok());
        self.spoke[k] |= pair.0.value.is_ok();
        if !alike(pair.0, pair.1, how) {
            self.broken(law, k, Some(day), format!("{:?} became {:?}", pair.0, pair.1));
        }
    }

    /// Compares whole tracks on the same days.
    fn compare_all(&mut self, law: &'static str, days: &[Day], was: &Tracked, is: &Tracked, how: Alike) {
        for k in 0..self.asked.len() {
            match (&was[k], &is[k]) {
                (Ok(was), Ok(is)) if was.len() == is.len() && was.len() == days.len() => {
                    for ((a, b), day) in was.iter().zip(is).zip(days) {
                        self.compare(law, k, *day, (a, b), how);
                    }
                }
                (Err(_), Err(_)) => {}
                (was, is) => {
                    let of = |r: &Result<Vec<Point>, Unmeasurable>| r.as_ref().map(Vec::len).map_err(ToString::to_string);
                    self.broken(law, k, None, format!("{:?} points became {:?}, for {} days", of(was), of(is), days.len()));
                }
            }
        }
    }

    fn finite(&mut self, cut: &Cut, days: &Range<usize>, tracked: &Tracked) {
        for (k, tracked) in tracked.iter().enumerate() {
            for (point, t) in tracked.iter().flatten().zip(days.clone()) {
                if point.value.is_ok_and(|v| !v.is_finite()) {
                    self.broken("answers", k, Some(cut.sessions[t]), format!("{:?}", point.value));
                }
            }
            for day in self.sampled(cut) {
                let a = &self.asked[k];
                for fact in a.measure.evidence(cut, &a.params, day) {
                    if fact.value.is_some_and(|v| !v.is_finite()) {
                        self.broken("answers", k, Some(cut.sessions[day]), format!("evidence {fact:?}"));
                    }
                }
            }
        }
    }

    fn sampled(&self, cut: &Cut) -> Vec<usize> {
        self.span.days.iter().flat_map(|d| cut.positions(*d, *d)).collect()
    }

    fn prefix(&mut self, cut: &Cut, whole: &Range<usize>, first: &Tracked) {
        for t in self.sampled(cut) {
            // Both from the same cut and from one that has not computed anything yet.
            let fresh = self.cut(self.memory);
            for (again, cut) in [(&fresh, "fresh"), (cut, "used")].map(|(c, _)| (self.track(c, whole.start..t + 1), c)) {
                let start: Tracked = first.iter().map(|r| r.clone().map(|p| p[..t + 1 - whole.start].to_vec())).collect();
                self.compare_all("prefix", &cut.sessions[whole.start..t + 1], &start, &again, Alike::Bits);
            }
        }
    }

    fn threads(&mut self, whole: &Range<usize>, first: &Tracked) {
        for n in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("a pool of threads");
            let (cut, again) = pool.install(|| {
                let cut = self.cut(self.memory);
                let again = self.track(&cut, whole.clone());
                (cut, again)
            });
            self.compare_all("determinism", &cut.sessions[whole.clone()], first, &again, Alike::Bits);
        }
    }

    fn order(&mut self, whole: &Range<usize>, first: &Tracked) {
        let shuffled = self.memory.batches().iter().map(|(source, rows)| (source.clone(), rows.select(&shuffle(rows.len()))));
        let cut = self.cut(&Memory::new(self.memory.as_of(), shuffled.collect()));
        let again = self.track(&cut, whole.clone());
        self.compare_all("order of rows", &cut.sessions[whole.clone()], first, &again, Alike::Bits);
        let mut needs = needs(self.asked, self.span.from);
        needs.groups.values_mut().for_each(|entries: &mut Vec<Entry>| entries.reverse());
        let cut = Cut::build(self.memory, &needs, self.span.from).expect("a cut");
        let again = self.track(&cut, whole.clone());
        self.compare_all("order of members", &cut.sessions[whole.clone()], first, &again, Alike::Bits);
    }

    fn garbage(&mut self, cut: &Cut, whole: &Range<usize>, first: &Tracked) {
        for &day in &self.span.days {
            let planted = Memory::new(self.memory.as_of(), garbage_after(self.memory, day));
            let after = self.cut(&planted);
            let (was, is) = (cut.positions(self.span.from, day), after.positions(self.span.from, day));
            if was != is {
                self.broken("no look-ahead", 0, Some(day), "the axis before the garbage changed".into());
                continue;
            }
            let start: Tracked = first.iter().map(|r| r.clone().map(|p| p[..was.end - whole.start].to_vec())).collect();
            // Asked over the whole span: a measure that looks ahead has garbage to look at.
            let long = self.track(&after, is.start..after.sessions.len());
            let again = long.into_iter().map(|r| r.map(|p| p[..is.len()].to_vec())).collect();
            self.compare_all("no look-ahead", &cut.sessions[was], &start, &again, Alike::Bits);
        }
    }

    fn history(&mut self, memory: &Memory, law: &'static str) {
        let replayed = replay::replay(memory, self.asked, self.span.from).expect("a replay");
        self.verdict.cuts = self.verdict.cuts.max(replayed.cuts);
        self.last(memory, &replayed);
        for &day in &self.span.days {
            let then = memory.back_to(AsOf::end_of(day));
            let mut cuts: Vec<(plimsoll_model::needs::Needs, Cut)> = Vec::new();
            for k in 0..self.asked.len() {
                let a = &self.asked[k];
                let wanted = a.measure.needs(&a.params, day);
                let place = cuts.iter().position(|(n, _)| *n == wanted).unwrap_or_else(|| {
                    cuts.push((wanted.clone(), Cut::build(then.as_ref(), &wanted, day).expect("a cut")));
                    cuts.len() - 1
                });
                let cut = &cuts[place].1;
                let fresh = cut.positions(day, day).next().map(|t| a.measure.track(cut, &a.params, t..t + 1).map(|p| p[0]));
                let history = replayed.histories[k].as_ref().ok().and_then(|h| h.iter().find(|(d, _)| *d == day).map(|h| h.1));
                match (fresh, history) {
                    (Some(Ok(fresh)), Some(history)) => self.compare(law, k, day, (&history, &fresh), Alike::Rounding),
                    (Some(Err(_)) | None, _) if replayed.histories[k].is_err() => {}
                    (fresh, history) => self.broken(law, k, Some(day), format!("history {history:?}, fresh cut {fresh:?}")),
                }
            }
        }
    }

    /// The last session asked alone is the last of the history, to the bit.
    fn last(&mut self, memory: &Memory, replayed: &replay::Replay) {
        let asked: Vec<(Asked, Sessions)> = self.asked.iter().map(|a| (a.clone(), Sessions::Last)).collect();
        let alone = replay::replay_some(memory, &asked, self.span.from).expect("a replay");
        for (k, (alone, all)) in alone.histories.iter().zip(&replayed.histories).enumerate() {
            match (alone, all) {
                (Ok(alone), Ok(all)) => match (alone.as_slice(), all.last()) {
                    ([one], Some(last)) if one.0 == last.0 => {
                        self.compare("last session alone", k, one.0, (&last.1, &one.1), Alike::Bits);
                    }
                    (found, last) => self.broken("last session alone", k, None, format!("{last:?} became {found:?}")),
                },
                (Err(_), Err(_)) => {}
                (alone, all) => {
                    let of = |h: &replay::History| h.as_ref().map(Vec::len).map_err(ToString::to_string);
                    self.broken("last session alone", k, None, format!("{:?} became {:?}", of(all), of(alone)));
                }
            }
        }
    }

    fn later_ingest(&mut self) {
        for &day in &self.span.days {
            let then = AsOf::end_of(day);
            let mut batches = self.memory.batches().to_vec();
            batches.extend(replaced(self.memory, |known, period| {
                (known <= then.moment() && period <= day).then(|| then.moment().0 + 1)
            }));
            let later = Memory::new(self.memory.as_of(), batches);
            let (was, is) = (self.cut(self.memory.back_to(then).as_ref()), self.cut(later.back_to(then).as_ref()));
            let days = was.positions(self.span.from, day);
            let (a, b) = (self.track(&was, days.clone()), self.track(&is, days.clone()));
            self.compare_all("later ingest", &was.sessions[days], &a, &b, Alike::Bits);
        }
    }
}

/// A number from 0 to 1 that depends on nothing but its arguments (SplitMix64).
fn noise(a: u64, b: u64) -> f64 {
    let mut z = a.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(b).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

fn shuffle(n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    (1..n).rev().for_each(|i| order.swap(i, (noise(17, i as u64) * (i + 1) as f64) as usize));
    order
}

/// The value columns of some rows made nonsense, plausible to look at: prices, yields and memberships of another world.
fn spoil(rows: &mut Observations, seed: u64, which: impl Fn(usize) -> bool) {
    let keys = rows.dataset.spec().keys();
    let quality = rows.names.iter().position(|n| *n == "quality");
    let dataset = rows.dataset;
    let names = rows.names.clone();
    for (c, column) in rows.columns.iter_mut().enumerate().skip(keys) {
        match column {
            Column::F64(values) => {
                for (i, v) in values.iter_mut().enumerate().filter(|(i, _)| which(*i)) {
                    let x = noise(seed + c as u64, i as u64);
                    *v = if names[c] == "ret" { x - 0.5 } else { *v * (0.2 + 3.0 * x) };
                }
            }
            // Forms, items and industries of other rows.
            Column::Text(text) if matches!(dataset, Dataset::Facts | Dataset::Filings | Dataset::Issuers) => {
                let (n, old) = (text.codes.len(), text.codes.clone());
                let other = |i: usize| (noise(seed + c as u64, i as u64) * n as f64) as usize;
                text.codes.iter_mut().enumerate().filter(|(i, _)| which(*i)).for_each(|(i, code)| *code = old[other(i)]);
            }
            Column::U8(flags) if dataset == Dataset::Members && Some(c) != quality => {
                let chosen = |i: usize| which(i) && noise(seed, i as u64) < 0.5;
                flags.iter_mut().enumerate().filter(|(i, _)| chosen(*i)).for_each(|(_, f)| *f = 1 - *f);
            }
            _ => {}
        }
    }
}

/// Restatements that became known right after the end of `day`: one row of facts and filings in fifty, with another value, in a filing
/// of its own.
fn restated_after(memory: &Memory, day: Day) -> Vec<(String, Observations)> {
    let moment = AsOf::end_of(day).moment();
    let mut out = Vec::new();
    for (b, (source, rows)) in memory.batches().iter().enumerate() {
        let Some(accession) = rows.names.iter().position(|n| *n == "accession") else { continue };
        let chosen = |i: &usize| Moment(rows.known_at[*i]) <= moment && noise(b as u64 + 41, *i as u64) < 0.02;
        let keep: Vec<usize> = (0..rows.len()).filter(chosen).collect();
        if keep.is_empty() {
            continue;
        }
        let mut new = rows.select(&keep);
        new.known_at.fill(moment.0 + 1);
        let filing = |i: usize| format!("9999999999-99-{i:06}");
        new.columns[accession] = Column::Text((0..new.len()).map(filing).collect());
        spoil(&mut new, 23, |_| true);
        out.push((source.clone(), new));
    }
    out
}

/// The batches of a memory with everything that became known after the end of `day` made garbage, with restatements after it of what was
/// filed before, and with later vintages of the very rows that filings and descriptions are made of.
pub fn garbage_after(memory: &Memory, day: Day) -> Vec<(String, Observations)> {
    let moment = AsOf::end_of(day).moment();
    let spoiled = |(source, rows): &(String, Observations)| {
        let mut out = rows.clone();
        spoil(&mut out, 99, |i| Moment(rows.known_at[i]) > moment);
        (source.clone(), out)
    };
    // The same filings told again with other values: every vintage of them is in the cut, and only those known count.
    let filed = |(_, rows): &(String, Observations)| matches!(rows.dataset, Dataset::Facts | Dataset::Filings | Dataset::Issuers);
    let told_again = replaced(memory, |known, _| (known <= moment).then_some(moment.0 + 1)).into_iter().filter(filed);
    memory.batches().iter().map(spoiled).chain(restated_after(memory, day)).chain(told_again).collect()
}

/// New vintages of some rows: `when` gets when a row was known and what it is about, and says when the new one is.
fn replaced(memory: &Memory, when: impl Fn(Moment, Day) -> Option<i64>) -> Vec<(String, Observations)> {
    let mut out = Vec::new();
    for (b, (source, rows)) in memory.batches().iter().enumerate() {
        // One row in two hundred; of what issuers stated and of what is said of them, one in fifty.
        let share = match rows.dataset {
            Dataset::Bars | Dataset::Series => 0.005,
            Dataset::Facts | Dataset::Filings | Dataset::Issuers => 0.02,
            _ => continue,
        };
        let chosen = |i: &usize| noise(b as u64 + 5, *i as u64) < share;
        let keep: Vec<usize> =
            (0..rows.len()).filter(chosen).filter(|&i| when(Moment(rows.known_at[i]), Day(rows.period[i])).is_some()).collect();
        if keep.is_empty() {
            continue;
        }
        let mut new = rows.select(&keep);
        for i in 0..new.len() {
            new.known_at[i] = when(Moment(new.known_at[i]), Day(new.period[i])).expect("kept");
        }
        spoil(&mut new, 7, |_| true);
        out.push((source.clone(), new));
    }
    out
}

/// One issuer in five of which nothing is said before a moment: its securities are linked to nobody until then.
fn described_late(batches: &mut [(String, Observations)], moment: Moment) {
    for (_, rows) in batches.iter_mut().filter(|(_, rows)| rows.dataset == Dataset::Issuers) {
        let issuer = rows.text("issuer");
        let seed = |i: usize| issuer.get(i).bytes().fold(0u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b)));
        let late: Vec<usize> = (0..rows.len()).filter(|&i| noise(61, seed(i)) < 0.2 && rows.known_at[i] < moment.0).collect();
        late.into_iter().for_each(|i| rows.known_at[i] = moment.0);
    }
}

/// The batches with revisions of the past that became known between the sampled days, and with issuers first described then.
fn revised(memory: &Memory, days: &[Day]) -> Vec<(String, Observations)> {
    let mut batches = memory.batches().to_vec();
    if let [_, second, ..] = days {
        let moment = Calendar::nyse().next(*second).at(12, 0);
        described_late(&mut batches, moment);
        batches.extend(replaced(memory, |known, period| (known < moment && period < *second).then_some(moment.0)));
    }
    batches
}
