//! The schedule of releases: which days, known when, and what is refused.

mod support;

use plimsoll_model::time::Day;
use plimsoll_sources::recognise;
use proptest::prelude::*;
use support::*;

const HEAD: &str = "BEGIN:VCALENDAR\nPRODID:-//Department of Labor//Bureau of Labor Statistics//EN\nVERSION:2.0\n";

fn calendar(events: &str) -> String {
    format!("{HEAD}{events}END:VCALENDAR\n")
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nSEQUENCE:1\n{lines}END:VEVENT\n")
}

#[test]
fn releases_are_known_when_they_come_out_and_their_days_before() {
    let events = [
        // No stamp: the session before. A folded title.
        event(
            "DTSTART;TZID=US-Eastern:20240213T083000\nDURATION:PT0M\nSUMMARY:Consumer Price Ind\n ex\nLOCATION:Washington\\, DC\n",
        ),
        // Stamped in the autumn before.
        event(
            "DTSTART;TZID=US-Eastern:20240202T083000\nLAST-MODIFIED:20231003T140000Z\nSUMMARY:Employment Situation for January 2024\n",
        ),
        // Touched after it came out: its day was known by its own minute at the latest.
        event("DTSTART:20240312T123000Z\nLAST-MODIFIED:20240601T000000Z\nSUMMARY:Consumer Price Index\n"),
    ];
    let kept = text("bls.ics", calendar(&events.concat()).replace('\n', "\r\n"));
    assert!(kept.refused.is_empty(), "{:?}", kept.refused);
    assert_eq!(
        kept.lines(),
        [
            "2024-02-02 2023-10-03T14:00:00Z employment scheduled NaN Employment Situation for January 2024",
            "2024-02-02 2024-02-02T13:30:00Z employment release NaN Employment Situation for January 2024",
            "2024-02-13 2024-02-12T14:30:00Z cpi scheduled NaN Consumer Price Index",
            "2024-02-13 2024-02-13T13:30:00Z cpi release NaN Consumer Price Index",
            "2024-03-12 2024-03-12T12:30:00Z cpi release NaN Consumer Price Index",
            "2024-03-12 2024-03-12T12:30:00Z cpi scheduled NaN Consumer Price Index",
        ]
    );
}

#[test]
fn a_day_to_come_is_scheduled_and_has_not_come_out() {
    let folder = tempfile::tempdir().unwrap();
    let events = event("DTSTART;TZID=US-Eastern:20300111T083000\nSUMMARY:Consumer Price Index\n")
        + &event(
            "DTSTART;TZID=US-Eastern:20240905T083000\nSUMMARY:Employment Situation\nSTATUS:CANCELLED\nLAST-MODIFIED:20240820T120000Z\n",
        );
    let path = write(folder.path(), "bls.ics", calendar(&events));
    let now = day("2025-03-03").at(12, 0);
    let (result, kept) = read_with(recognise(&path).unwrap(), &path, now);
    result.unwrap();
    assert_eq!(
        kept.lines(),
        [
            "2024-09-05 2024-08-20T12:00:00Z employment cancelled NaN Employment Situation",
            "2024-09-05 2024-09-04T13:30:00Z employment scheduled NaN Employment Situation",
            &format!("2030-01-11 {now} cpi scheduled NaN Consumer Price Index"),
        ]
    );
}

#[test]
fn bad_events_are_refused_by_name_and_the_others_stay() {
    let good = event(
        "DTSTART;TZID=US-Eastern:20240213T083000\nSUMMARY:Consumer Price Index\nBEGIN:VALARM\nDTSTART:nonsense\nSUMMARY:an alarm\nEND:VALARM\n",
    );
    let events = [
        good.clone(),
        event("SUMMARY:Consumer Price Index\n"),
        event("DTSTART;TZID=US-Eastern:20240230T083000\nSUMMARY:Consumer Price Index\n"),
        event("DTSTART;TZID=Europe/London:20240315T083000\nSUMMARY:Consumer Price Index\n"),
        event("DTSTART;TZID=US-Eastern:20240315T083000\nSUMMARY:  \n"),
        event("DTSTART;TZID=US-Eastern:21240315T083000\nSUMMARY:Consumer Price Index\n"),
        event("DTSTART;TZID=US-Eastern:20240315T083000\nSUMMARY:Consumer Price Index\nRRULE:FREQ=MONTHLY\n"),
        event("DTSTART;TZID=US-Eastern:20240315T083000\nSUMMARY:Consumer Price Index\nLAST-MODIFIED:yesterday\n"),
        good,
        "BEGIN:VEVENT\nDTSTART:20240513T123000Z\nwhat is this\n".to_owned(),
    ];
    let kept = text("bls.ics", format!("{HEAD}{}", events.concat()));
    assert_eq!(
        kept.refused.iter().map(|r| (r.rule.as_str(), r.field.as_str())).collect::<Vec<_>>(),
        [
            ("no_key", "DTSTART"),
            ("not_a_day", "DTSTART"),
            ("not_a_day", "DTSTART"),
            ("no_key", "SUMMARY"),
            ("implausible_day", "DTSTART"),
            ("recurring_event", "RRULE"),
            ("not_a_moment", "LAST-MODIFIED"),
            ("duplicate_key", "DTSTART"),
            ("not_a_property", "line"),
            ("unfinished_event", "END"),
        ]
    );
    assert_eq!(kept.refused[0].row, 13, "{:?}", kept.refused[0]);
    assert_eq!(kept.taken(), 2);
}

#[test]
fn a_calendar_of_anybody_else_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let other = "BEGIN:VCALENDAR\nPRODID:-//Someone//EN\nBEGIN:VEVENT\nDTSTART:20240213\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n";
    let why = recognise(&write(folder.path(), "own.ics", other)).err().unwrap().to_string();
    assert!(why.contains("another publisher") && why.contains("dataset=events"), "{why}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a file says, the reader ends, and nothing is known before its stamp or the session before.
    #[test]
    fn mutated_files_never_panic(cut in 0usize..600, byte in 0u8..=255, at in 0usize..600) {
        let mut bytes = calendar(&(event("DTSTART;TZID=US-Eastern:20240213T083000\nSUMMARY:Consumer Price Index\n")
            + &event("DTSTART:20240312T123000Z\nSUMMARY:Employment Situation\nSTATUS:CONFIRMED\n"))).into_bytes();
        let at = HEAD.len() + at % (bytes.len() - HEAD.len());
        bytes[at] = byte;
        bytes.truncate(bytes.len().saturating_sub(cut % 200));
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "bls.ics", &bytes);
        let reader = plimsoll_sources::readers().iter().find(|r| r.info().id == "bls_schedule").unwrap();
        let (result, kept) = read_with(*reader, &path, day("2025-01-02").at(12, 0));
        prop_assert!(result.is_ok());
        for batch in &kept.rows {
            for (period, known) in batch.period.iter().zip(&batch.known_at) {
                let day = Day(*period);
                prop_assert!(*known <= day.plus(5).at(23, 59).0 || *known == kept.now.0, "{day}");
                prop_assert!(*known >= day.plus(-10).at(0, 0).0 || *known <= kept.now.0, "{day}");
            }
        }
    }
}
