//! The Federal Reserve's documents by meeting: the record of the meetings that were held.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::LazyLock;

use plimsoll_model::intake::{Refusal, Severity};
use plimsoll_model::time::Day;

use super::{Events, FIRST_ANNOUNCED, in_reach, list};
use crate::table::{Table, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `date,doc_type` into meetings.
pub struct FomcDocuments;

static INFO: SourceInfo = SourceInfo {
    id: "fomc_documents",
    title: "Documents of the Federal Open Market Committee, by day of the meeting",
    publisher: "Board of Governors of the Federal Reserve System, federalreserve.gov/monetarypolicy/fomc_historical.htm",
    terms: "United States public domain",
    known_at: "As for `fomc_calendar`: the publication of the schedule, not that of the document; added and moved meetings when announced (table `fomc_changes.csv`)",
    revisions: "Rows are added as meetings are held",
    caveats: &[
        "Some two-day meetings of 1996 to 1999 are filed under their first day; they are taken on the day of the decision (table `fomc_first_days.csv`) and reported",
        "A moved meeting that is not in the table of changes is taken as always planned for the day it was held",
        "Until 1993 decisions were not announced, and most moves of the target fell between meetings",
    ],
    layout: "CSV `date,doc_type`, types joined by `|`: minutes, monetary_policy, press_conference, projections",
};

static FIRST_DAYS: LazyLock<BTreeMap<Day, Day>> = LazyLock::new(|| {
    let rows = include_str!("../../data/fomc_first_days.csv").lines().skip(1);
    rows.map(|line| {
        let (filed, decided) = line.split_once(',').unwrap_or_else(|| panic!("fomc_first_days.csv: {line}"));
        (filed.parse().expect("a day"), decided.parse().expect("a day"))
    })
    .collect()
});

impl Reader for FomcDocuments {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        head.has_header(&["date", "doc_type"])
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let (date, kinds) = (table.column("date")?, table.column("doc_type")?);
        let mut filed: BTreeMap<Day, (u64, bool, bool)> = BTreeMap::new();
        let mut statements = Vec::new();
        while let Some(row) = table.advance(sink)? {
            let Some(day) = table.day(row, date, sink) else { continue };
            let refuse = |rule: &str, field: &str, expected: &str, got: &[u8], sink: &mut dyn Sink| {
                sink.refuse(Refusal { period: Some(day), ..refusal(rule, row, field, expected, got) });
            };
            let text = table.fields.text(kinds);
            let has = |kind: &str| text.split('|').any(|k| k.trim() == kind);
            let known = ["minutes", "monetary_policy", "press_conference", "projections"];
            if !known.iter().any(|k| has(k)) {
                refuse("unknown_document", "doc_type", &known.join(", "), text.as_bytes(), sink);
            } else if !in_reach(day) {
                refuse("implausible_day", "date", "a day that the calendar reaches", table.fields.get(date), sink);
            } else if !has("minutes") && !has("press_conference") {
                // A statement alone: a vote by circulation or a facility, not a meeting that could move the target.
                statements.push(day);
            } else if let Entry::Vacant(free) = filed.entry(day) {
                free.insert((row, has("minutes"), has("projections")));
            } else {
                refuse("duplicate_key", "date", "one row a meeting", table.fields.get(date), sink);
            }
        }
        write(&filed, &statements, sink)
    }
}

fn write(filed: &BTreeMap<Day, (u64, bool, bool)>, statements: &[Day], sink: &mut dyn Sink) -> Result<(), SourceError> {
    let mut events = Events::new(sink);
    let (mut first_days, mut twice, mut close) = (Vec::new(), Vec::new(), Vec::new());
    let mut before: Option<Day> = None;
    for (&day, &(row, minutes, projections)) in filed {
        // Minutes under two days in a row are those of one meeting; it decides on the second.
        if minutes && filed.get(&day.plus(1)).is_some_and(|next| next.1) {
            twice.push(day);
            continue;
        }
        let decided = FIRST_DAYS.get(&day).copied().unwrap_or(day);
        if decided != day {
            first_days.push(day);
        }
        let known = |d: Day| super::change(d).is_some();
        if before.is_some_and(|b| decided.0 - b.0 < 14 && decided >= FIRST_ANNOUNCED && !known(b) && !known(decided)) {
            close.push(decided);
        }
        before = Some(decided);
        events.held(row, decided, if projections { "projections" } else { "" });
    }
    let told = [
        (
            "filed_under_first_day",
            Severity::Note,
            &first_days[..],
            "two-day meetings filed under their first day, taken on the day of the decision",
        ),
        ("two_days_of_one_meeting", Severity::Note, &twice[..], "first days of meetings that are also filed under the second"),
        (
            "meetings_close_together",
            Severity::Warning,
            &close[..],
            "less than a fortnight after the meeting before; one of the two may be unscheduled or misdated",
        ),
        ("not_a_meeting", Severity::Note, statements, "statements without a meeting, not taken"),
    ];
    for (rule, severity, days, what) in told {
        events.note(rule, severity, days, format!("{what}: {}", list(days)));
    }
    Ok(events.finish()?)
}
