//! Universes on the axis of a cut: who was a member in which session, as known then.

use std::collections::{BTreeMap, BTreeSet};

use crate::clean::Columns;
use crate::cut::{Cut, Described};
use crate::identity::{self, Lineage};
use crate::matrix::Matrix;
use crate::observations::Observations;
use crate::panel::{Panel, Rows, position};
use crate::symbol::without_separator;
use crate::time::{AsOf, Day, Moment};
use crate::universe::{Renewal, UniverseRule};

/// Classes of one issuer whose capitalisations lie within this ratio each carry the whole company's: it is counted once.
const SAME_CAP: f64 = 1.15;

/// The symbol of a row of members that stands for every name: with `member` 0, all leave on that day that do not enter on it. So a
/// whole list can be written down without knowing the list before it.
pub const EVERY_NAME: &str = "*";

/// A published list: for each symbol, its changes of status in time order.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    status: BTreeMap<String, Vec<(Day, Moment, bool)>>,
}

impl Listing {
    /// The lists in a scan of members.
    pub fn from_rows(rows: &Observations) -> BTreeMap<String, Listing> {
        let (universe, symbol, member) = (rows.text("universe"), rows.text("symbol"), rows.u8("member"));
        let mut out: BTreeMap<String, Listing> = BTreeMap::new();
        for (i, member) in member.iter().enumerate() {
            let list = out.entry(universe.get(i).to_owned()).or_default();
            let event = (Day(rows.period[i]), Moment(rows.known_at[i]), *member != 0);
            list.status.entry(symbol.get(i).to_owned()).or_default().push(event);
        }
        for list in out.values_mut() {
            let whole = list.status.remove(EVERY_NAME).unwrap_or_default();
            for events in list.status.values_mut() {
                // Who stands on the whole list, or on another of that day, stays.
                let stands: BTreeSet<Day> = events.iter().filter(|e| e.2).map(|e| e.0).collect();
                events.extend(whole.iter().filter(|w| !w.2 && !stands.contains(&w.0)));
                events.sort_by_key(|e| (e.0, e.1));
            }
        }
        out
    }
    /// Every symbol that ever stood on the list.
    pub fn symbols(&self) -> impl Iterator<Item = String> + '_ {
        self.status.keys().cloned()
    }
    /// Stretches of the axis, half open, in which each symbol is a member as known then.
    pub fn stretches<'a>(&'a self, sessions: &'a [Day]) -> impl Iterator<Item = (&'a str, Vec<(usize, usize)>)> + 'a {
        self.status.iter().map(|(symbol, events)| {
            let mut out: Vec<(usize, usize)> = Vec::new();
            let mut since: Option<usize> = None;
            for &(day, known, member) in events {
                // From the first session on or after the day by whose end the change was known.
                let mut at = position(sessions, day);
                while at < sessions.len() && !AsOf::end_of(sessions[at]).knows(known) {
                    at += 1;
                }
                match (since, member) {
                    (None, true) => since = Some(at),
                    (Some(from), false) => {
                        out.push((from, at));
                        since = None;
                    }
                    _ => {}
                }
            }
            out.extend(since.map(|from| (from, sessions.len())));
            out.retain(|(a, b)| a < b);
            (symbol.as_str(), out)
        })
    }
}

/// Membership by rule, renewed on dates: stretches of the axis with the members of each.
#[derive(Clone, Debug, Default)]
pub struct Renewed {
    stretches: Vec<(usize, usize, Vec<usize>)>,
}

impl Renewed {
    /// Ranks issuers by capitalisation at the last session of each period; effective from the next session.
    pub(crate) fn rank(
        rule: &UniverseRule,
        rows: &Rows<'_>,
        lineages: &[Lineage],
        sessions: &[Day],
        described: &Described<'_>,
    ) -> Renewed {
        let eligible: Vec<bool> = lineages.iter().map(|l| eligible(rule, l, described)).collect();
        if !rule.renewed() {
            let all = (0..lineages.len()).filter(|&i| eligible[i]).collect();
            return Renewed { stretches: vec![(0, sessions.len(), all)] };
        }
        let period = |d: Day| {
            let (y, m, _) = d.parts();
            match rule.renewal {
                Renewal::Quarter => i32::from(y) * 4 + i32::from((m - 1) / 3),
                Renewal::June => i32::from(y) + i32::from(m > 6),
            }
        };
        let starts: Vec<usize> = (1..sessions.len()).filter(|&t| period(sessions[t]) != period(sessions[t - 1])).collect();
        let mut held: Vec<Vec<(usize, f64, f64)>> = vec![Vec::new(); starts.len()];
        let columns = Columns::of(rows.bars);
        let mut cleaned = Vec::new();
        for (i, lineage) in lineages.iter().enumerate().filter(|(i, _)| eligible[*i]) {
            columns.clean(lineage.spells.iter().flat_map(|s| s.rows.clone()), rows.axis, &mut cleaned);
            for (n, &start) in starts.iter().enumerate() {
                // A row at the ranking session itself; a missing capitalisation may stand a few rows before it.
                let k = cleaned.partition_point(|r| r.t < start);
                let Some(row) = k.checked_sub(1).map(|k| cleaned[k]).filter(|r| r.t == start - 1) else { continue };
                let known = cleaned[k.saturating_sub(5)..k].iter().rev().map(|r| r.cap).find(|c| c.is_finite());
                held[n].push((i, known.unwrap_or(f64::NAN), row.close));
            }
        }
        let stretches = starts
            .iter()
            .enumerate()
            .map(|(n, &start)| {
                let end = starts.get(n + 1).copied().unwrap_or(sessions.len());
                (start, end, chosen(rule, &held[n], described.issuers))
            })
            .collect();
        Renewed { stretches }
    }

    /// Every lineage that is ever a member.
    pub fn ever(&self) -> impl Iterator<Item = usize> + '_ {
        self.stretches.iter().flat_map(|s| s.2.iter().copied())
    }

    /// The same with lineages renumbered by their place in `chosen`.
    #[must_use]
    pub fn on(&self, chosen: &[usize]) -> Renewed {
        let place = |i: &usize| chosen.binary_search(i).ok();
        Renewed { stretches: self.stretches.iter().map(|(a, b, m)| (*a, *b, m.iter().filter_map(place).collect())).collect() }
    }
}

fn eligible(rule: &UniverseRule, lineage: &Lineage, described: &Described<'_>) -> bool {
    let last = lineage.spells.last().expect("a lineage has a spell");
    let same = |want: &Option<String>, have: &str| want.as_ref().is_none_or(|w| w.eq_ignore_ascii_case(have));
    match described.descriptions.get(&last.symbol) {
        Some(d) => {
            !identity::not_equity(&d.name)
                && same(&rule.exchange, &d.exchange)
                && same(&rule.sector, &d.sector)
                && same(&rule.country, &d.country)
        }
        None => rule.exchange.is_none() && rule.sector.is_none() && rule.country.is_none(),
    }
}

/// Members by rank of issuer and price floor, among (lineage, capitalisation, close).
fn chosen(rule: &UniverseRule, held: &[(usize, f64, f64)], issuers: &[u32]) -> Vec<usize> {
    let priced = |close: f64| rule.price_floor.is_none_or(|floor| close >= floor);
    let Some((first, last)) = rule.rank else {
        return held.iter().filter(|h| priced(h.2)).map(|h| h.0).collect();
    };
    let mut caps: BTreeMap<u32, f64> = BTreeMap::new();
    for &(i, cap, _) in held.iter().filter(|h| h.1.is_finite()) {
        let whole = caps.entry(issuers[i]).or_insert(0.0);
        let repeated = *whole > 0.0 && (*whole / cap).max(cap / *whole) <= SAME_CAP;
        *whole = if repeated { whole.max(cap) } else { *whole + cap };
    }
    let mut order: Vec<(f64, u32)> = caps.into_iter().map(|(issuer, cap)| (cap, issuer)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let ranked: BTreeSet<u32> = order.iter().take(last).skip(first - 1).map(|(_, issuer)| *issuer).collect();
    held.iter().filter(|h| ranked.contains(&issuers[h.0]) && priced(h.2)).map(|h| h.0).collect()
}

/// A universe on the axis.
#[derive(Clone, Debug, Default)]
pub struct Universe {
    columns: usize,
    member: Vec<u8>,
    /// How many securities the list or rule names, by session.
    pub listed: Vec<u32>,
    /// How many of them have a row, by session.
    pub matched: Vec<u32>,
    /// Symbols on the list at the last session that have no row there.
    pub unmatched: Vec<String>,
    /// Positions of securities that are classes of one issuer, where the universe ever holds more than one of them.
    pub classes: Vec<Vec<usize>>,
    /// Positions of securities that are ever a member, ascending.
    pub ever: Vec<usize>,
}

impl Universe {
    /// Whether security `i` was a member with a row in session `t`.
    pub fn is_member(&self, i: usize, t: usize) -> bool {
        self.member[i * self.columns + t] != 0
    }
    /// Membership of security `i` through time: 1 or 0.
    pub fn row(&self, i: usize) -> &[u8] {
        &self.member[i * self.columns..(i + 1) * self.columns]
    }

    pub(crate) fn mask(
        rule: &UniverseRule,
        listing: Option<&Listing>,
        ranked: Option<&Renewed>,
        lineages: &[Lineage],
        cut: &Cut,
    ) -> Universe {
        let (n, columns) = (lineages.len(), cut.sessions.len());
        let mut u = Universe {
            columns,
            member: vec![u8::from(listing.is_none() && ranked.is_none()); n * columns],
            listed: vec![0; columns],
            matched: vec![0; columns],
            ..Universe::default()
        };
        if let Some(renewed) = ranked {
            for (a, b, members) in &renewed.stretches {
                members.iter().for_each(|&i| u.member[i * columns + a..i * columns + b].fill(1));
                if listing.is_none() {
                    u.listed[*a..*b].fill(members.len() as u32);
                }
            }
        }
        if let Some(listing) = listing {
            let by_rule = ranked.map(|_| std::mem::replace(&mut u.member, vec![0; n * columns]));
            u.enlist(listing, lineages, &cut.sessions);
            if let Some(allowed) = by_rule {
                u.member.iter_mut().zip(allowed).for_each(|(m, a)| *m &= a);
            }
        }
        let described = |i: usize| &cut.panel.securities[i].description;
        let same = |want: &Option<String>, have: &str| want.as_ref().is_none_or(|w| w.eq_ignore_ascii_case(have));
        for i in 0..n {
            let d = described(i);
            let fits = same(&rule.exchange, &d.exchange) && same(&rule.sector, &d.sector) && same(&rule.country, &d.country);
            let traded = cut.panel.close.row(i);
            let mut ever = false;
            for (t, m) in u.member[i * columns..(i + 1) * columns].iter_mut().enumerate() {
                *m &= u8::from(fits && traded[t].is_finite());
                u.matched[t] += u32::from(*m);
                ever |= *m != 0;
            }
            if ever {
                u.ever.push(i);
            }
        }
        let mut issuers: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        u.ever.iter().for_each(|&i| issuers.entry(cut.panel.securities[i].issuer).or_default().push(i));
        u.classes = issuers.into_values().filter(|c| c.len() > 1).collect();
        u
    }

    fn enlist(&mut self, listing: &Listing, lineages: &[Lineage], sessions: &[Day]) {
        let columns = self.columns;
        // Spells by symbol, and by symbol without its separator.
        let mut exact: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        let mut loose: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (i, lineage) in lineages.iter().enumerate() {
            for (k, spell) in lineage.spells.iter().enumerate() {
                exact.entry(&spell.symbol).or_default().push((i, k));
                if spell.symbol.contains('.') {
                    loose.entry(without_separator(&spell.symbol)).or_default().push((i, k));
                }
            }
        }
        let none = Vec::new();
        for (symbol, stretches) in listing.stretches(sessions) {
            let spells = exact.get(symbol).or_else(|| loose.get(symbol)).unwrap_or(&none);
            let mut there = false;
            for &(a, b) in &stretches {
                self.listed[a..b].iter_mut().for_each(|n| *n += 1);
                let mut covered = vec![false; b - a];
                let mut set = |i: usize, from: usize, to: usize| {
                    for t in from.max(a)..to.min(b) {
                        if !std::mem::replace(&mut covered[t - a], true) {
                            self.member[i * columns + t] = 1;
                        }
                    }
                };
                // First rows under this very symbol, then the same company's rows under its other symbols.
                for &(i, k) in spells {
                    set(i, lineages[i].spells[k].first, lineages[i].spells[k].last + 1);
                }
                for &(i, _) in spells {
                    for spell in &lineages[i].spells {
                        set(i, spell.first, spell.last + 1);
                    }
                }
                there |= b == columns && covered.last() == Some(&true);
            }
            if stretches.last().is_some_and(|s| s.1 == columns) && !there {
                self.unmatched.push(symbol.to_owned());
            }
        }
    }

    /// Capitalisation at the previous close of each member of each session, one share class an issuer counted: where an issuer's classes
    /// in the universe each carry the whole company's capitalisation, each gets its part. NaN where not a member or not known.
    pub fn opening_caps(&self, panel: &Panel) -> Matrix {
        let held = self.member_caps(panel, 1);
        let mut caps = Matrix::filled(panel.securities.len(), self.columns, f64::NAN);
        self.ever.iter().enumerate().for_each(|(row, &i)| caps.row_mut(i).copy_from_slice(held.row(row)));
        caps
    }

    /// Capitalisation `lag` closes ago (1: the previous close; 0: the close of the session itself) of each member of each session, one
    /// row for each security of [`Self::ever`], share classes counted once as in [`Self::opening_caps`]. NaN where not a member or not
    /// known.
    pub fn member_caps(&self, panel: &Panel, lag: usize) -> Matrix {
        let mut caps = Matrix::filled(self.ever.len(), self.columns, f64::NAN);
        for (row, &i) in self.ever.iter().enumerate() {
            let (member, cap) = (self.row(i), panel.cap.row(i));
            for (t, out) in caps.row_mut(row).iter_mut().enumerate().skip(lag) {
                if member[t] != 0 {
                    *out = cap[t - lag];
                }
            }
        }
        let mut held: Vec<(usize, f64)> = Vec::new();
        for class in &self.classes {
            let rows: Vec<usize> = class.iter().filter_map(|i| self.ever.binary_search(i).ok()).collect();
            for t in lag..self.columns {
                held.clear();
                held.extend(rows.iter().map(|&row| (row, caps.at(row, t))).filter(|(_, cap)| cap.is_finite()));
                let most = held.iter().map(|h| h.1).fold(0.0, f64::max);
                // The classes that repeat the largest capitalisation share it.
                held.retain(|h| most / h.1 <= SAME_CAP);
                held.iter().for_each(|h| caps.row_mut(h.0)[t] /= held.len() as f64);
            }
        }
        caps
    }
}

#[cfg(test)]
mod whole_list_tests {
    use super::*;
    use crate::dataset::Dataset;
    use crate::observations::{Column, TextColumn};

    #[test]
    fn who_is_missing_from_a_whole_list_leaves() {
        let day = |n: i32| Day::ymd(2024, 1, 2).plus(n);
        // A membership by intervals, then two whole lists: B is missing from the first, A from the second, C enters with it.
        let rows = [(0, "A", 1), (0, "B", 1), (1, "*", 0), (1, "A", 1), (2, "*", 0), (2, "C", 1)];
        let columns = vec![
            Column::Text(TextColumn::constant("sp500", rows.len())),
            Column::Text(rows.iter().map(|r| r.1).collect()),
            Column::U8(rows.iter().map(|r| r.2).collect()),
        ];
        let known = rows.iter().map(|r| day(r.0).at(9, 30).0).collect();
        let rows = Observations::new(Dataset::Members, rows.iter().map(|r| day(r.0).0).collect(), known, columns);
        let lists = Listing::from_rows(&rows);
        let sessions: Vec<Day> = (0..3).map(day).collect();
        let found: Vec<(&str, Vec<(usize, usize)>)> = lists["sp500"].stretches(&sessions).collect();
        assert_eq!(found, [("A", vec![(0, 2)]), ("B", vec![(0, 1)]), ("C", vec![(2, 3)])]);
        assert_eq!(lists["sp500"].symbols().collect::<Vec<_>>(), ["A", "B", "C"]);
    }
}
