//! Sources held against each other: what one file cannot show about itself.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Severity};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Day;

use crate::fomc::{DECISIONS, FIRST_ANNOUNCED, LISTED, MEETINGS};

/// Sources of meetings, the one to believe first: the Federal Reserve's calendar, its documents, then a list of decisions.
pub const PRECEDENCE: [&str; 3] = ["fomc_calendar", "fomc_documents", "fomc_decisions"];

/// Days further apart than this are two meetings, not one of which a source has the wrong day.
const SAME_MEETING: i32 = 10;

/// Compares the calendars of meetings and of decisions between sources.
///
/// `rows` are batches of [`Dataset::Events`] with the source of each, all that is known of the calendars `fomc`, `fomc.decisions` and
/// `fomc.decisions_file`; batches of other datasets and other calendars are passed over. Reported, with rows counted in days:
///
/// * `calendar_mismatch`: two sources of meetings cover the same time and one lacks a day of the other;
/// * `contradicts_calendar`: a decision, or a day listed for one, that is no meeting of a source to believe first. Decisions before
///   February 1994 are not compared: they fell between meetings.
pub fn calendars(rows: &[(String, Observations)]) -> Vec<Defect> {
    let mut meetings: BTreeMap<&str, BTreeSet<Day>> = BTreeMap::new();
    let mut cancelled: BTreeSet<Day> = BTreeSet::new();
    let mut extra: BTreeSet<Day> = BTreeSet::new();
    let mut listed: BTreeMap<&str, BTreeMap<Day, &str>> = BTreeMap::new();
    for (source, batch) in rows.iter().filter(|r| r.1.dataset == Dataset::Events) {
        let (calendar, kind) = (batch.text("calendar"), batch.text("kind"));
        for i in 0..batch.len() {
            let day = Day(batch.period[i]);
            match (calendar.get(i), kind.get(i)) {
                (MEETINGS, "scheduled") => drop(meetings.entry(source).or_default().insert(day)),
                (MEETINGS, "unscheduled") => drop(extra.insert(day)),
                (MEETINGS, "cancelled") => drop(cancelled.insert(day)),
                (DECISIONS, _) if day >= FIRST_ANNOUNCED => {
                    listed.entry(source).or_default().insert(day, "a decision on");
                }
                (LISTED, _) => drop(listed.entry(source).or_default().insert(day, "a meeting on")),
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    let known: Vec<(&str, &BTreeSet<Day>)> = PRECEDENCE.iter().filter_map(|s| Some((*s, meetings.get(s)?))).collect();
    for (i, first) in known.iter().enumerate() {
        for second in &known[i + 1..] {
            between(first, second, &extra, &mut out);
        }
    }
    let mut all: BTreeSet<Day> = meetings.values().flatten().filter(|d| !cancelled.contains(d)).copied().collect();
    all.extend(&extra);
    if let (Some(from), Some(to)) = (all.first(), all.last()) {
        for (source, days) in &listed {
            for (day, what) in days.range(*from..=*to).filter(|d| !all.contains(d.0)) {
                let instead = nearest(&all, *day);
                let said = instead.map_or_else(|| "no meeting near".to_owned(), |d| format!("it on {d}"));
                let detail = format!("{source} has {what} {day}, the calendar has {said}; the calendar stands");
                out.push(defect("contradicts_calendar", *day, instead, detail));
            }
        }
    }
    out
}

/// Days of one source that the other lacks, over the time that both cover; each pair is told once.
fn between(first: &(&str, &BTreeSet<Day>), second: &(&str, &BTreeSet<Day>), extra: &BTreeSet<Day>, out: &mut Vec<Defect>) {
    let ((one, a), (other, b)) = (first, second);
    let (Some(from), Some(to)) = (a.first().max(b.first()), a.last().min(b.last())) else { return };
    if from > to {
        return;
    }
    let mut told = BTreeSet::new();
    for day in a.range(*from..=*to).filter(|d| !b.contains(d) && !extra.contains(d)) {
        let instead = nearest(b, *day).filter(|d| !a.contains(d));
        told.extend(instead);
        let said = instead.map_or_else(|| "none near it".to_owned(), |d| format!("it on {d}"));
        let detail = format!("{one} has a meeting on {day}, {other} has {said}; {one} stands");
        out.push(defect("calendar_mismatch", *day, instead, detail));
    }
    for day in b.range(*from..=*to).filter(|d| !a.contains(d) && !extra.contains(d) && !told.contains(d)) {
        let detail = format!("{other} has a meeting on {day} that {one} does not have");
        out.push(defect("calendar_mismatch", *day, None, detail));
    }
}

/// The nearest day of a set that may be the same meeting.
fn nearest(days: &BTreeSet<Day>, day: Day) -> Option<Day> {
    let around = days.range(day.plus(-SAME_MEETING)..=day.plus(SAME_MEETING));
    around.copied().min_by_key(|d| (d.0 - day.0).abs())
}

fn defect(rule: &str, day: Day, instead: Option<Day>, detail: String) -> Defect {
    let other = instead.unwrap_or(day);
    let (from, to) = (Some(day.min(other)), Some(day.max(other)));
    Defect { rule: rule.to_owned(), severity: Severity::Warning, subject: MEETINGS.to_owned(), from, to, rows: 1, detail }
}
