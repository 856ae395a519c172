//! What is wrong with prices of futures that were taken: told and flagged, never repaired.
//!
//! A flag depends on rows up to its own day only, so that a file that ends earlier flags the same.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::quality;
use plimsoll_model::intake::{Defect, Severity};
use plimsoll_model::time::Day;

use super::{Book, Contract, Quote, all_days};
use crate::Sink;

/// So many rows in a row at one price and without volume may be stale.
const STALE_ROWS: usize = 10;
/// They are stale once a neighbour has moved by this much since they began, in points (2 basis points).
const STALE_MOVE: f64 = 0.02 - 1e-9;
/// A price so far off the line between its neighbours is a slip of the pen, in points (100 basis points).
const OFF_CURVE: f64 = 1.0;
/// No strip has been steeper than this from month to month, in points (30 basis points).
const STEEP: f64 = 0.3;
/// Neighbours further away than this say nothing, in months.
const NEAR: i32 = 6;

pub(super) fn flag(book: &mut Book, prefix: &str, sink: &mut dyn Sink) {
    let days: Vec<Day> = all_days(book).into_iter().collect();
    if days.is_empty() {
        return;
    }
    let curves = curves(book);
    off_curve(book, &curves, prefix, sink);
    placeholders(book, &curves, prefix, sink);
    stale(book, &curves, prefix, sink);
    ranges(book, prefix, sink);
    absent(book, &days, prefix, sink);
}

/// Prices by day, then by contract.
fn curves(book: &Book) -> BTreeMap<Day, BTreeMap<Contract, f64>> {
    let mut out: BTreeMap<Day, BTreeMap<Contract, f64>> = BTreeMap::new();
    for (contract, quotes) in book {
        for q in quotes {
            out.entry(q.day).or_default().insert(*contract, q.price);
        }
    }
    out
}

fn tell(sink: &mut dyn Sink, rule: &str, severity: Severity, subject: String, days: &[Day], detail: String) {
    if let (Some(from), Some(to)) = (days.iter().min(), days.iter().max()) {
        let (rule, rows) = (rule.to_owned(), days.len() as u64);
        sink.defect(Defect { rule, severity, subject, from: Some(*from), to: Some(*to), rows, detail });
    }
}

/// A price against the line between the contracts on both sides of it; at the ends of the curve no line can be drawn.
fn off_curve(book: &mut Book, curves: &BTreeMap<Day, BTreeMap<Contract, f64>>, prefix: &str, sink: &mut dyn Sink) {
    for (contract, quotes) in book.iter_mut() {
        let mut found = Vec::new();
        for q in quotes.iter_mut() {
            let curve = &curves[&q.day];
            let (Some((before, low)), Some((after, high))) = (
                curve.range(contract.later(-NEAR)..*contract).next_back(),
                curve.range(contract.later(1)..=contract.later(NEAR)).next(),
            ) else {
                continue;
            };
            let share = f64::from(contract.0 - before.0) / f64::from(after.0 - before.0);
            let line = low + share * (high - low);
            // Where the neighbours disagree among themselves, the price between them is not to blame.
            if (q.price - line).abs() > OFF_CURVE && (high - low).abs() < OFF_CURVE {
                q.quality |= quality::ABSURD_MOVE;
                found.push((q.day, q.price, line));
            }
        }
        if let Some((day, price, line)) = found.first() {
            let days: Vec<Day> = found.iter().map(|f| f.0).collect();
            let detail = format!(
                "{} stands at {price} on {day} where its neighbours say {line:.3}; {} such prices, flagged",
                contract.code(),
                days.len()
            );
            tell(sink, "off_curve_price", Severity::Warning, format!("{prefix}:{contract}"), &days, detail);
        }
    }
}

/// Contracts in a row at one price, all without volume, a step of [`OFF_CURVE`] away from the contracts around them: what a file
/// writes where nobody has priced anything. The line between neighbours misses them, since they are neighbours of each other, and at
/// the end of the curve there is no line.
fn placeholders(book: &mut Book, curves: &BTreeMap<Day, BTreeMap<Contract, f64>>, prefix: &str, sink: &mut dyn Sink) {
    let mut found: BTreeMap<Contract, Vec<Day>> = BTreeMap::new();
    for (day, curve) in curves {
        let quote = |c: &Contract| book[c].binary_search_by_key(day, |q| q.day).ok().map(|at| &book[c][at]);
        // A price already known to be a slip is no neighbour.
        let sound = |c: &Contract| quote(c).is_some_and(|q| q.quality & quality::ABSURD_MOVE == 0);
        let points: Vec<(Contract, f64)> = curve.iter().filter(|(c, _)| sound(c)).map(|(c, p)| (*c, *p)).collect();
        let runs: Vec<&[(Contract, f64)]> = points.chunk_by(|a, b| a.1 == b.1 && b.0.0 - a.0.0 <= NEAR).collect();
        for (i, run) in runs.iter().enumerate().skip(1) {
            let (first, last, price) = (run[0].0, run[run.len() - 1].0, run[0].1);
            // The further apart, the more a curve may bend between them.
            let step = |at: f64, gap: i32| (gap <= NEAR).then_some(((price - at), OFF_CURVE + STEEP * f64::from(gap - 1)));
            let before = runs[i - 1].last().and_then(|(c, p)| step(*p, first.0 - c.0));
            let after = runs.get(i + 1).map(|next| step(next[0].1, next[0].0.0 - last.0));
            let beyond = |(off, limit): (f64, f64)| off.abs() > limit;
            let apart = match (before, after) {
                (Some(b), None) => beyond(b),
                (Some(b), Some(Some(a))) => run.len() > 1 && beyond(b) && beyond(a) && a.0.signum() == b.0.signum(),
                _ => false,
            };
            let untraded = |c: &Contract| quote(c).is_some_and(|q| q.volume == 0.0);
            if apart && run.iter().all(|(c, _)| untraded(c)) {
                for (c, _) in *run {
                    found.entry(*c).or_default().push(*day);
                }
            }
        }
    }
    for (contract, days) in &found {
        let quotes = book.get_mut(contract).expect("a contract of the curve");
        for q in quotes.iter_mut().filter(|q| days.binary_search(&q.day).is_ok()) {
            q.quality |= quality::ABSURD_MOVE;
        }
        let detail = format!(
            "{} stands without volume more than 100 bp away from the contracts around it, as a placeholder does; {} such prices, flagged",
            contract.code(),
            days.len()
        );
        tell(sink, "placeholder_price", Severity::Warning, format!("{prefix}:{contract}"), days, detail);
    }
}

/// A price that stands still without volume while a neighbour moves.
fn stale(book: &mut Book, curves: &BTreeMap<Day, BTreeMap<Contract, f64>>, prefix: &str, sink: &mut dyn Sink) {
    let moved = |contract: Contract, from: Day, to: Day| {
        let (a, b) = (&curves[&from], &curves[&to]);
        let side = |n: i32| {
            let other = contract.later(n);
            a.get(&other).zip(b.get(&other)).map(|(a, b)| b - a)
        };
        // Both neighbours in one direction: a meeting in the next month alone may move one and leave this one be.
        side(-1).zip(side(1)).is_some_and(|(l, r)| l.abs().min(r.abs()) >= STALE_MOVE && l.signum() == r.signum())
    };
    for (contract, quotes) in book.iter_mut() {
        let mut start = 0;
        let mut spells: Vec<Vec<Day>> = Vec::new();
        let mut in_spell = false;
        for i in 0..quotes.len() {
            let still = i > 0 && quotes[i].price == quotes[i - 1].price && quotes[i].volume == 0.0;
            if !still {
                (start, in_spell) = (i, false);
                continue;
            }
            if i - start + 1 >= STALE_ROWS && (in_spell || moved(*contract, quotes[start].day, quotes[i].day)) {
                if !in_spell {
                    spells.push(Vec::new());
                }
                in_spell = true;
                quotes[i].quality |= quality::STALE;
                spells.last_mut().expect("pushed above").push(quotes[i].day);
            }
        }
        for spell in &spells {
            let detail = format!(
                "{} did not change until {} while both its neighbours moved; {} prices flagged, from the day it showed",
                contract.code(),
                spell[spell.len() - 1],
                spell.len()
            );
            tell(sink, "stale_price", Severity::Warning, format!("{prefix}:{contract}"), spell, detail);
        }
    }
}

/// Highs below lows, and prices outside the day's range.
fn ranges(book: &Book, prefix: &str, sink: &mut dyn Sink) {
    let crossed = |q: &Quote| q.high < q.low;
    let outside = |q: &Quote| !crossed(q) && (q.price > q.high + 1e-9 || q.price < q.low - 1e-9);
    type Told<'a> = (&'a str, Severity, &'a dyn Fn(&Quote) -> bool, &'a str);
    let told: [Told<'_>; 2] = [
        ("crossed_range", Severity::Warning, &crossed, "rows with a high below the low; the price was taken"),
        (
            "price_outside_range",
            Severity::Note,
            &outside,
            "prices outside the day's range, as a settlement without a trade may be",
        ),
    ];
    for (rule, severity, wrong, what) in told {
        let found: Vec<(Contract, Day)> =
            book.iter().flat_map(|(c, quotes)| quotes.iter().filter(|q| wrong(q)).map(|q| (*c, q.day))).collect();
        if let Some((contract, day)) = found.first() {
            let days: Vec<Day> = found.iter().map(|f| f.1).collect();
            let detail = format!("{} {what}; the first is {} on {day}", days.len(), contract.code());
            tell(sink, rule, severity, prefix.to_owned(), &days, detail);
        }
    }
}

/// Sessions without any row, days without the contract of their own month, and days on which the stock exchange is closed.
fn absent(book: &Book, days: &[Day], prefix: &str, sink: &mut dyn Sink) {
    let calendar = Calendar::nyse();
    let have: BTreeSet<Day> = days.iter().copied().collect();
    let sessions = calendar.between(days[0], days[days.len() - 1]);
    let missing: Vec<Day> = sessions.iter().copied().filter(|d| !have.contains(d)).collect();
    let (bond, other): (Vec<Day>, Vec<Day>) = missing.into_iter().partition(|d| bond_holiday(*d));
    for spell in spells(&other, |a, b| calendar.next(a) == b) {
        let detail = format!("no contract has a price on {}", said(spell));
        tell(sink, "missing_session", Severity::Warning, prefix.to_owned(), spell, detail);
    }
    let detail = format!("{} sessions of the stock exchange without prices are holidays of the bond market", bond.len());
    tell(sink, "bond_market_holiday", Severity::Note, prefix.to_owned(), &bond, detail);

    let front: Vec<Day> = days
        .iter()
        .copied()
        .filter(|d| book.get(&Contract::of(*d)).is_none_or(|q| q.binary_search_by_key(d, |q| q.day).is_err()))
        .collect();
    let following = |a: Day, b: Day| days.binary_search(&a).is_ok_and(|i| days.get(i + 1) == Some(&b));
    for spell in spells(&front, following) {
        let detail = format!("the contract of the month itself has no price on {}", said(spell));
        tell(sink, "missing_front_contract", Severity::Warning, prefix.to_owned(), spell, detail);
    }
    let closed: Vec<Day> = days.iter().copied().filter(|d| !calendar.is_session(*d)).collect();
    let detail = format!("{} days with prices on which the stock exchange is closed; they were taken", closed.len());
    tell(sink, "traded_on_holiday", Severity::Note, prefix.to_owned(), &closed, detail);
}

/// Martin Luther King Day before the stock exchange kept it, Columbus Day and Veterans Day.
fn bond_holiday(day: Day) -> bool {
    let (year, month, date) = day.parts();
    let monday = day.weekday() == 1;
    (month == 1 && monday && (15..=21).contains(&date) && (1986..1998).contains(&year))
        || (month == 10 && monday && (8..=14).contains(&date))
        || (month == 11 && (date == 11 || (monday && date == 12)))
}

fn said(spell: &[Day]) -> String {
    match spell {
        [one] => one.to_string(),
        many => format!("{} days from {} to {}", many.len(), many[0], many[many.len() - 1]),
    }
}

/// Runs of days, each joined to the next by `follows`.
fn spells(days: &[Day], follows: impl Fn(Day, Day) -> bool) -> Vec<&[Day]> {
    days.chunk_by(|a, b| follows(*a, *b)).collect()
}
