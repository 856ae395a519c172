//! Meetings and decisions of the Federal Open Market Committee, from three files that overlap and do not always agree.
//!
//! What the files share is here: when a schedule was published, when a decision was announced, and which meetings were added, moved
//! or cancelled. The files give days alone; the moments come from tables of press releases (`data/fomc_*.csv`) and, where there is
//! none, from rules that are late on purpose.

mod calendar;
mod decisions;
mod documents;
mod page;

use std::sync::LazyLock;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::time::{Day, Moment};

use crate::table::refusal;
use crate::{Sink, SinkClosed};

pub use calendar::FomcCalendar;
pub use decisions::FomcDecisions;
pub use documents::FomcDocuments;
pub use page::{FomcPage, MINUTES};

/// Calendar of meetings: `scheduled`, `unscheduled`, `cancelled`; the day is that of the decision, the last of the meeting.
pub const MEETINGS: &str = "fomc";
/// Calendar of decisions: kind `decision`, value the change of the target in basis points.
pub const DECISIONS: &str = "fomc.decisions";
/// Days that the file of decisions lists without an outcome: kind `scheduled`. They are no meetings until the Federal Reserve's own
/// calendar says so.
pub const LISTED: &str = "fomc.decisions_file";

/// The first decision that was announced at all; before it the market read the target off open-market operations.
pub const FIRST_ANNOUNCED: Day = Day(8800);

/// A meeting that was not as first scheduled.
struct Change {
    held: Day,
    unscheduled: bool,
    /// The day of the schedule that it took the place of.
    planned: Option<Day>,
    known_at: Moment,
}

/// The open of the first session after a day: where a press release has a date and no time.
fn open_after(day: Day) -> Moment {
    Calendar::nyse().open(Calendar::nyse().next(day))
}

static SCHEDULES: LazyLock<Vec<(i16, Day)>> = LazyLock::new(|| {
    let rows = include_str!("../../data/fomc_schedules.csv").lines().skip(1);
    rows.map(|line| {
        let [year, announced, _] = line.splitn(3, ',').collect::<Vec<_>>()[..] else { panic!("fomc_schedules.csv: {line}") };
        (year.parse().expect("a year"), announced.parse().expect("a day"))
    })
    .collect()
});

static CHANGES: LazyLock<Vec<Change>> = LazyLock::new(|| {
    let rows = include_str!("../../data/fomc_changes.csv").lines().skip(1);
    rows.map(|line| {
        let [held, kind, planned, announced, at, _] = line.splitn(6, ',').collect::<Vec<_>>()[..] else {
            panic!("fomc_changes.csv: {line}")
        };
        let announced: Day = announced.parse().expect("a day");
        let known_at = if at.is_empty() {
            open_after(announced)
        } else {
            let time: jiff::civil::Time = at.parse().expect("a time");
            announced.at(time.hour(), time.minute())
        };
        let planned = (!planned.is_empty()).then(|| planned.parse().expect("a day"));
        Change { held: held.parse().expect("a day"), unscheduled: kind == "unscheduled", planned, known_at }
    })
    .collect()
});

fn change(held: Day) -> Option<&'static Change> {
    CHANGES.iter().find(|c| c.held == held)
}

/// When the schedule that first held a meeting was known.
///
/// The Federal Reserve publishes a year's schedule in the middle of the year before, with the January meeting of the year after: at
/// the open of the session after the press release where `data/fomc_schedules.csv` has it, else after 1 August of the year before
/// (1 October until the schedule of 1999); every press release found is earlier than that.
pub fn schedule_known_at(day: Day) -> Moment {
    let (year, month, date) = day.parts();
    // Meetings that end on 1 February begin in January.
    let january = month == 1 || (month == 2 && date == 1);
    let schedule = if january && year >= 2004 { year - 1 } else { year };
    let found = SCHEDULES.iter().find(|s| s.0 == schedule).map(|s| s.1);
    open_after(found.unwrap_or_else(|| Day::ymd(schedule - 1, if schedule < 2000 { 10 } else { 8 }, 1)))
}

/// When a decision was known: 14:00 since March 2013, 14:15 before, 14:30 in 1994, the minute of the press release for moves between
/// meetings; before February 1994, when nothing was announced, at the open of the next session.
pub fn decision_known_at(day: Day) -> Moment {
    if let Some(change) = change(day).filter(|c| c.unscheduled) {
        return change.known_at;
    }
    match day {
        _ if day < FIRST_ANNOUNCED => open_after(day),
        _ if day < Day::ymd(1995, 1, 1) => day.at(14, 30),
        _ if day < Day::ymd(2013, 3, 1) => day.at(14, 15),
        _ => day.at(14, 0),
    }
}

/// Whether the project's calendar reaches the day with a year to spare on either side.
fn in_reach(day: Day) -> bool {
    let (first, last) = Calendar::nyse().span();
    day >= first.plus(800) && day <= last.plus(-30)
}

/// One event.
struct Entry<'a> {
    row: u64,
    calendar: &'static str,
    kind: &'static str,
    day: Day,
    known_at: Moment,
    value: f64,
    note: &'a str,
}

/// Collects events.
struct Events<'s> {
    sink: &'s mut dyn Sink,
    now: Moment,
    period: Vec<i32>,
    known_at: Vec<i64>,
    texts: [TextBuilder; 3],
    value: Vec<f64>,
}

impl<'s> Events<'s> {
    fn new(sink: &'s mut dyn Sink) -> Events<'s> {
        let now = sink.now();
        Events { sink, now, period: Vec::new(), known_at: Vec::new(), texts: Default::default(), value: Vec::new() }
    }

    fn push(&mut self, e: &Entry<'_>) {
        if e.known_at > self.now {
            let expected = format!("an event known by {}", self.now);
            let got = format!("{} {} {}, known at {}", e.calendar, e.kind, e.day, e.known_at);
            let refused = refusal("future_dated", e.row, "date", &expected, got.as_bytes());
            self.sink.refuse(Refusal { period: Some(e.day), ..refused });
            return;
        }
        self.period.push(e.day.0);
        self.known_at.push(e.known_at.0);
        for (builder, text) in self.texts.iter_mut().zip([e.calendar, e.kind, e.note]) {
            builder.push(text);
        }
        self.value.push(e.value);
    }

    /// When a scheduled meeting was known: by the rule, or now where the rule is later, for the file in hand has it.
    fn scheduled_known_at(&self, day: Day) -> Moment {
        schedule_known_at(day).min(self.now)
    }

    /// A meeting that was held as a schedule, a press release or the table of changes has it.
    fn held(&mut self, row: u64, day: Day, note: &str) {
        let changed = change(day);
        let why =
            if changed.is_some_and(|c| c.unscheduled) { format!("held on {day} instead") } else { format!("moved to {day}") };
        let of = |kind, day, known_at, note| Entry { row, calendar: MEETINGS, kind, day, known_at, value: f64::NAN, note };
        let Some(change) = changed else {
            self.push(&of("scheduled", day, self.scheduled_known_at(day), note));
            return;
        };
        if let Some(planned) = change.planned {
            self.push(&of("scheduled", planned, self.scheduled_known_at(planned), ""));
            self.push(&of("cancelled", planned, change.known_at, &why));
        }
        self.push(&of(if change.unscheduled { "unscheduled" } else { "scheduled" }, day, change.known_at, note));
    }

    fn note(&mut self, rule: &str, severity: Severity, days: &[Day], detail: String) {
        if let (Some(from), Some(to)) = (days.iter().min(), days.iter().max()) {
            let (rule, subject, rows) = (rule.to_owned(), MEETINGS.to_owned(), days.len() as u64);
            self.sink.defect(Defect { rule, severity, subject, from: Some(*from), to: Some(*to), rows, detail });
        }
    }

    fn finish(self) -> Result<(), SinkClosed> {
        if self.period.is_empty() {
            return Ok(());
        }
        let [calendar, kind, note] = self.texts.map(|t| Column::Text(t.finish()));
        let columns = vec![calendar, kind, Column::F64(self.value), note];
        self.sink.rows(Observations::new(Dataset::Events, self.period, self.known_at, columns))
    }
}

/// Days as a list for a sentence, at most eight of them.
fn list(days: &[Day]) -> String {
    let some: Vec<String> = days.iter().take(8).map(Day::to_string).collect();
    let more = if days.len() > 8 { format!(" and {} more", days.len() - 8) } else { String::new() };
    format!("{}{more}", some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn schedules_are_known_in_the_year_before() {
        assert_eq!(schedule_known_at(day("2017-12-13")), day("2016-06-29").at(9, 30));
        // The January meeting belongs to the schedule of the year before, also where it ends on 1 February.
        assert_eq!(schedule_known_at(day("2018-01-31")), day("2016-06-29").at(9, 30));
        assert_eq!(schedule_known_at(day("2023-02-01")), day("2021-06-07").at(9, 30));
        assert_eq!(schedule_known_at(day("2005-02-02")), day("2004-08-02").at(9, 30));
        assert_eq!(schedule_known_at(day("2019-03-20")), day("2018-08-02").at(9, 30));
        assert_eq!(schedule_known_at(day("1990-02-07")), day("1989-10-02").at(9, 30));
    }

    #[test]
    fn decisions_are_known_when_announced() {
        assert_eq!(FIRST_ANNOUNCED, day("1994-02-04"));
        assert_eq!(decision_known_at(day("1992-09-04")), day("1992-09-08").at(9, 30));
        assert_eq!(decision_known_at(day("2001-01-03")), day("2001-01-03").at(13, 13));
        assert_eq!(decision_known_at(day("2007-09-18")), day("2007-09-18").at(14, 15));
        assert_eq!(decision_known_at(day("2020-03-15")), day("2020-03-15").at(17, 0));
        assert_eq!(decision_known_at(day("2023-02-01")), day("2023-02-01").at(14, 0));
    }

    #[test]
    fn no_change_was_known_after_the_day_it_is_about() {
        for c in CHANGES.iter() {
            assert!(c.known_at <= c.held.at(18, 0), "{}", c.held);
            if let Some(planned) = c.planned {
                assert!(schedule_known_at(planned) <= c.known_at && c.known_at < planned.at(14, 0), "{planned}");
            }
        }
        assert_eq!(CHANGES.iter().filter(|c| c.unscheduled).count(), 9);
    }
}
