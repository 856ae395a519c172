//! What the Committee decided: the target after each decision and before it.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::intake::{Refusal, Severity};
use plimsoll_model::time::Day;

use super::{DECISIONS, Entry, Events, LISTED, MEETINGS, change, decision_known_at, in_reach, list};
use crate::series::{SeriesWriter, Value};
use crate::table::{Number, Table, parse_number, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `FOMCDate,Time,Actual,Forecast,Previous` into decisions and the series `fomc:target`.
pub struct FomcDecisions;

static INFO: SourceInfo = SourceInfo {
    id: "fomc_decisions",
    title: "Decisions on the federal funds target",
    publisher: "Economic calendars; the decisions themselves are the Federal Reserve's",
    terms: "Facts of public record; the compilation belongs to its publisher",
    known_at: "When announced: 14:00 since March 2013, 14:15 before, 14:30 in 1994, the minute of the press release for moves between meetings (table `fomc_changes.csv`); before 1994-02-04, when nothing was announced, the open of the next session. A day without an outcome: as a scheduled meeting",
    revisions: "Rows are added; corrections arrive as new vintages",
    caveats: &[
        "Days to come are unreliable: a day without an outcome goes to a calendar of its own and is no meeting until the Federal Reserve's calendar has it",
        "Until 2007 the file has moves only, from then on every meeting; the target is a level until 2008-12-15 and the upper bound of the range since",
        "Before 1990 the target moved in sixteenths, which the file cuts off after two decimals; they are restored and reported",
        "The column Time is on a clock five hours behind Greenwich all year, and a constant before 2008; it is not read",
    ],
    layout: "CSV `FOMCDate,Time,Actual,Forecast,Previous`, per cent with a sign, newest first; an empty Actual is an outcome not yet known",
};

struct Decision {
    row: u64,
    actual: Option<f64>,
    previous: Option<f64>,
}

/// The sixteenth of a point that a number of two decimals was cut off from, or the number itself.
fn sixteenth(value: f64) -> f64 {
    let hundredths = (value * 100.0).round();
    let near = (value * 16.0).ceil() / 16.0;
    if (hundredths / 100.0 - near).abs() > 1e-9 && (near * 100.0 + 1e-9).floor() == hundredths { near } else { value }
}

impl Reader for FomcDecisions {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        head.has_header(&["FOMCDate", "Time", "Actual", "Forecast", "Previous"])
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let (date, actual, previous) = (table.column("FOMCDate")?, table.column("Actual")?, table.column("Previous")?);
        let mut rows: BTreeMap<Day, Decision> = BTreeMap::new();
        let mut cut = Vec::new();
        while let Some(row) = table.advance(sink)? {
            let Some(day) = table.day(row, date, sink) else { continue };
            if !in_reach(day) || rows.contains_key(&day) {
                let (rule, expected) = if in_reach(day) {
                    ("duplicate_key", "one row a decision")
                } else {
                    ("implausible_day", "a day that the calendar reaches")
                };
                sink.refuse(Refusal { period: Some(day), ..refusal(rule, row, "FOMCDate", expected, table.fields.get(date)) });
                continue;
            }
            let (Some(actual), Some(previous)) =
                (percent(&table, row, actual, day, sink), percent(&table, row, previous, day, sink))
            else {
                continue;
            };
            let restored = [actual, previous].map(|v| v.map(sixteenth));
            if restored[0] != actual {
                cut.push(day);
            }
            rows.insert(day, Decision { row, actual: restored[0], previous: restored[1] });
        }
        write(&rows, &cut, sink)
    }
}

/// A percentage: `Some(None)` where the field is empty, `None` where it was refused.
fn percent(table: &Table, row: u64, column: usize, day: Day, sink: &mut dyn Sink) -> Option<Option<f64>> {
    let bytes = table.fields.get(column);
    let number = bytes.strip_suffix(b"%").unwrap_or(bytes).trim_ascii();
    match parse_number(number) {
        Number::Missing => return Some(None),
        Number::Value(v) if (-1.0..=25.0).contains(&v) => return Some(Some(v)),
        _ => {}
    }
    let refused = refusal("not_a_target", row, &table.header()[column], "a rate from -1 % to 25 %", bytes);
    sink.refuse(Refusal { period: Some(day), ..refused });
    None
}

fn write(rows: &BTreeMap<Day, Decision>, cut: &[Day], sink: &mut dyn Sink) -> Result<(), SourceError> {
    let mut events = Events::new(sink);
    let (mut blank, mut closed) = (Vec::new(), Vec::new());
    let mut broken: Vec<(Day, f64, f64)> = Vec::new();
    let mut before: Option<f64> = None;
    for (&day, d) in rows {
        let of = |calendar, kind, known_at, value, note| Entry { row: d.row, calendar, kind, day, known_at, value, note };
        let Some(actual) = d.actual else {
            blank.push(day);
            let known_at = events.scheduled_known_at(day);
            events.push(&of(LISTED, "scheduled", known_at, f64::NAN, ""));
            continue;
        };
        if let (Some(b), Some(p)) = (before, d.previous)
            && (b - p).abs() > 1e-9
        {
            broken.push((day, b, p));
        }
        before = Some(actual);
        let (step, note) = match d.previous {
            Some(p) => (((actual - p) * 1e6).round() / 1e4, format!("{p} -> {actual} %")),
            None => (f64::NAN, format!("{actual} %")),
        };
        if change(day).is_some_and(|c| c.unscheduled) {
            events.push(&of(MEETINGS, "unscheduled", decision_known_at(day), f64::NAN, ""));
        } else if !Calendar::nyse().is_session(day) {
            closed.push(day);
        }
        events.push(&of(DECISIONS, "decision", decision_known_at(day), step, &note));
    }
    for (day, b, p) in broken {
        let detail = format!("the target before {day} is given as {p} %, but the decision before left it at {b} %");
        events.note("contradicts_previous", Severity::Warning, &[day], detail);
    }
    let told = [
        (
            "blank_outcome",
            Severity::Warning,
            &blank[..],
            "days listed without an outcome, kept apart from meetings and decisions",
        ),
        ("meeting_without_session", Severity::Warning, &closed[..], "decisions on days without a session"),
        (
            "truncated_sixteenths",
            Severity::Note,
            cut,
            "targets in sixteenths of a point that were cut off after two decimals, restored",
        ),
    ];
    for (rule, severity, days, what) in told {
        events.note(rule, severity, days, format!("{what}: {}", list(days)));
    }
    events.finish()?;
    let mut series = SeriesWriter::new(sink, false);
    for (&day, d) in rows {
        if let Some(value) = d.actual {
            let known_at = decision_known_at(day);
            series.push(Value { series: "fomc:target", row: d.row, period: day, known_at, value, quality: 0 })?;
        }
    }
    Ok(series.finish()?)
}

#[cfg(test)]
mod tests {
    use super::sixteenth;

    #[test]
    fn sixteenths_are_restored_and_nothing_else_is_touched() {
        for (cut, whole) in [(9.81, 9.8125), (9.06, 9.0625), (8.68, 8.6875), (8.37, 8.375), (7.43, 7.4375), (9.12, 9.125)] {
            assert_eq!(sixteenth(cut), whole);
        }
        for exact in [0.25, 5.5, 9.75, 8.0, 0.0, 5.33, 0.13] {
            assert_eq!(sixteenth(exact), exact);
        }
    }
}
