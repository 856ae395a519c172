//! The Federal Reserve's calendar of meetings, past and to come.

use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::intake::Severity;
use plimsoll_model::time::Day;

use super::{Entry, Events, MEETINGS, decision_known_at, in_reach, list};
use crate::table::{Table, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `start_date,end_date,meeting_type,...` into meetings; the day of a meeting is its last, on which the decision is announced.
pub struct FomcCalendar;

pub(super) static INFO: SourceInfo = SourceInfo {
    id: "fomc_calendar",
    title: "Calendar of meetings of the Federal Open Market Committee",
    publisher: "Board of Governors of the Federal Reserve System, federalreserve.gov/monetarypolicy/fomccalendars.htm",
    terms: "United States public domain",
    known_at: "A scheduled meeting: the open of the session after the press release with the year's schedule (table `fomc_schedules.csv`), else after 1 August of the year before, at the latest on import; January meetings with the schedule before. An unscheduled one: when announced, 18:00 of its day where no minute is on record. A cancellation: with the unscheduled meeting of the ten days before it, else at the open of its day",
    revisions: "Schedules are tentative; moved, added and cancelled meetings come from the table `fomc_changes.csv` and from later files",
    caveats: &[
        "The schedule before a press release that is not on record is taken as known late, so a path may miss far meetings that the market knew",
        "Notation votes and conference calls without a decision are not meetings and are not taken",
    ],
    layout: "CSV `start_date,end_date,meeting_type`, then any columns (`has_projection_materials` becomes the note `projections`); type `regular`, `unscheduled`, `cancelled` or `notation_vote`; or the page `fomccalendars.htm` itself: panels `YYYY FOMC Meetings`, rows with `fomc-meeting__month` and `fomc-meeting__date` (`30-31`, `19-20*`, `15 (unscheduled)`, `17-18 (cancelled)`)",
};

/// A meeting of more days than this is a slip of the pen.
pub(super) const LONGEST: i32 = 4;

pub(super) struct Meeting {
    pub(super) row: u64,
    pub(super) day: Day,
    pub(super) kind: &'static str,
    pub(super) note: &'static str,
}

impl Reader for FomcCalendar {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        let names = ["start_date", "end_date", "meeting_type"];
        header.len() >= names.len() && header.iter().zip(names).all(|(h, n)| h.eq_ignore_ascii_case(n))
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let (start, end, kind) = (table.column("start_date")?, table.column("end_date")?, table.column("meeting_type")?);
        let projections = table.column("has_projection_materials").ok();
        let mut meetings: Vec<Meeting> = Vec::new();
        let mut votes = Vec::new();
        while let Some(row) = table.advance(sink)? {
            let (Some(first), Some(day)) = (table.day(row, start, sink), table.day(row, end, sink)) else { continue };
            let mut refuse = |rule: &str, field: &str, expected: &str, got: &[u8]| {
                let refused = refusal(rule, row, field, expected, got);
                sink.refuse(plimsoll_model::intake::Refusal { period: Some(day), ..refused });
            };
            if day < first || day.0 - first.0 >= LONGEST {
                let expected = format!("a day from {first} on and before {}", first.plus(LONGEST));
                refuse("reversed_interval", "end_date", &expected, table.fields.get(end));
                continue;
            }
            if !in_reach(day) {
                refuse("implausible_day", "end_date", "a day that the calendar reaches", table.fields.get(end));
                continue;
            }
            let kind = match table.fields.text(kind).to_ascii_lowercase().as_str() {
                "regular" | "scheduled" => "scheduled",
                "unscheduled" => "unscheduled",
                "cancelled" | "canceled" => "cancelled",
                "notation_vote" | "conference_call" => {
                    votes.push(day);
                    continue;
                }
                _ => {
                    let expected = "regular, unscheduled, cancelled or notation_vote";
                    refuse("unknown_meeting_type", "meeting_type", expected, table.fields.get(kind));
                    continue;
                }
            };
            if meetings.iter().any(|m| m.day == day) {
                refuse("duplicate_key", "end_date", "one row a meeting", table.fields.get(end));
                continue;
            }
            let with = projections.is_some_and(|p| table.fields.get(p).eq_ignore_ascii_case(b"true"));
            meetings.push(Meeting { row, day, kind, note: if with { "projections" } else { "" } });
        }
        write(&meetings, &votes, sink)
    }
}

pub(super) fn write(meetings: &[Meeting], votes: &[Day], sink: &mut dyn Sink) -> Result<(), SourceError> {
    let calendar = Calendar::nyse();
    let mut events = Events::new(sink);
    for m in meetings {
        let of =
            |kind, known_at, note| Entry { row: m.row, calendar: MEETINGS, kind, day: m.day, known_at, value: f64::NAN, note };
        // What the table of changes has is told from there, with its minute.
        let listed = super::change(m.day).is_some();
        match m.kind {
            // What is announced for a day to come is known now, for the file in hand has it.
            "unscheduled" if !listed => {
                let known_at = m.day.at(18, 0).min(events.now);
                events.push(&of("unscheduled", known_at, m.note));
            }
            "cancelled" => {
                let before = meetings.iter().filter(|o| o.kind == "unscheduled" && (1..=10).contains(&(m.day.0 - o.day.0)));
                let instead = before.map(|o| o.day).max();
                let known_at = match instead {
                    Some(day) if super::change(day).is_some() => decision_known_at(day),
                    Some(day) => day.at(18, 0),
                    None => calendar.open(calendar.on_or_after(m.day)).min(events.now),
                };
                let why = instead.map_or_else(String::new, |day| format!("after the meeting of {day}"));
                // Where the table has the day it was held on instead, that row tells of the cancellation too.
                if instead.and_then(super::change).and_then(|c| c.planned) != Some(m.day) {
                    let scheduled = events.scheduled_known_at(m.day);
                    events.push(&of("scheduled", scheduled, m.note));
                    events.push(&of("cancelled", known_at, &why));
                }
            }
            _ => events.held(m.row, m.day, m.note),
        }
    }
    let closed: Vec<Day> =
        meetings.iter().map(|m| m.day).filter(|d| !calendar.is_session(*d) && super::change(*d).is_none()).collect();
    let detail = format!("meetings that end on a day without a session: {}; they were taken as dated", list(&closed));
    events.note("meeting_without_session", Severity::Warning, &closed, detail);
    let detail = format!("votes and calls that are no meetings were not taken: {}", list(votes));
    events.note("not_a_meeting", Severity::Note, votes, detail);
    Ok(events.finish()?)
}
