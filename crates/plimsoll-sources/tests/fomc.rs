//! Meetings and decisions: what was known of them when, and three sources held against each other.

mod support;

use plimsoll_model::observations::Observations;
use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::compare;
use proptest::prelude::*;
use support::*;

const CALENDAR: &str = "start_date,end_date,meeting_type,has_projection_materials,source\n";
const DECISIONS: &str = "FOMCDate,Time,Actual,Forecast,Previous\n";
const DOCUMENTS: &str = "date,doc_type\n";

#[test]
fn a_calendar_with_every_kind_of_meeting() {
    let rows = "2023-05-10,2023-05-10,unscheduled,False,x\n2023-05-16,2023-05-17,cancelled,True,x\n2023-06-20,2023-06-21,regular,True,x\n2023-08-22,2023-08-22,notation_vote,False,x\n2023-10-10,2023-10-11,cancelled,False,x\n";
    let kept = text("fomc.csv", format!("{CALENDAR}{rows}"));
    assert_eq!(
        kept.lines(),
        [
            "2023-05-10 2023-05-10T22:00:00Z fomc unscheduled NaN ",
            "2023-05-17 2022-08-02T13:30:00Z fomc scheduled NaN projections",
            "2023-05-17 2023-05-10T22:00:00Z fomc cancelled NaN after the meeting of 2023-05-10",
            "2023-06-21 2022-08-02T13:30:00Z fomc scheduled NaN projections",
            "2023-10-11 2022-08-02T13:30:00Z fomc scheduled NaN ",
            // No meeting before it tells of the cancellation: it is known on its day, late and never early.
            "2023-10-11 2023-10-11T13:30:00Z fomc cancelled NaN ",
        ]
    );
    assert_eq!(kept.defect("not_a_meeting")[0].from, Some(day("2023-08-22")));
}

#[test]
fn bad_rows_of_a_calendar_are_refused_by_name() {
    let rows = "2023-06-20,soon,regular,True,x\n2023-06-21,2023-06-20,regular,True,x\n2023-06-20,2023-07-20,regular,True,x\n2023-06-20,2023-06-21,party,True,x\n2023-06-20,2023-06-21,regular,True,x\n2023-06-21,2023-06-21,regular,True,x\n2150-06-21,2150-06-21,regular,True,x\n2023-06-24,2023-06-24,regular,,\n2023-06\n";
    let kept = text("fomc.csv", format!("{CALENDAR}{rows}"));
    assert_eq!(
        kept.rules(),
        [
            ("not_a_day", 2, "end_date"),
            ("reversed_interval", 3, "end_date"),
            ("reversed_interval", 4, "end_date"),
            ("unknown_meeting_type", 5, "meeting_type"),
            ("duplicate_key", 7, "end_date"),
            ("implausible_day", 8, "end_date"),
            ("wrong_number_of_fields", 10, "line"),
        ]
    );
    assert_eq!(kept.taken(), 2);
    assert_eq!(kept.defect("meeting_without_session")[0].from, Some(day("2023-06-24")));
}

#[test]
fn what_the_file_has_is_known_at_the_latest_on_import() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        write(folder.path(), "fomc.csv", format!("{CALENDAR}2031-06-17,2031-06-18,regular,,\n2024-06-11,2024-06-12,regular,,\n"));
    let now = day("2025-03-03").at(12, 0);
    let (result, kept) = read_with(plimsoll_sources::recognise(&path).unwrap(), &path, now);
    result.unwrap();
    assert!(kept.refused.is_empty());
    assert_eq!(kept.known("fomc"), [(day("2031-06-18"), now), (day("2024-06-12"), day("2023-03-10").at(9, 30))]);
}

#[test]
fn the_spring_of_2020_as_it_was_known() {
    // The same from the documents and from a calendar that has the three days.
    let documents = "2020-01-29,minutes|press_conference\n2020-03-03,monetary_policy|press_conference\n2020-03-15,minutes|press_conference\n2020-03-23,monetary_policy\n2020-04-29,minutes\n";
    let calendar = "2020-01-28,2020-01-29,regular,,\n2020-03-03,2020-03-03,unscheduled,,\n2020-03-15,2020-03-15,unscheduled,,\n2020-03-17,2020-03-18,cancelled,,\n2020-04-28,2020-04-29,regular,,\n";
    let a = text("documents.csv", format!("{DOCUMENTS}{documents}"));
    let b = text("fomc.csv", format!("{CALENDAR}{calendar}"));
    assert_eq!(a.lines(), b.lines());
    assert_eq!(
        a.lines()[1..5],
        [
            "2020-03-03 2020-03-03T15:00:00Z fomc unscheduled NaN ",
            "2020-03-15 2020-03-15T21:00:00Z fomc unscheduled NaN ",
            "2020-03-18 2019-05-21T13:30:00Z fomc scheduled NaN ",
            "2020-03-18 2020-03-15T21:00:00Z fomc cancelled NaN held on 2020-03-15 instead",
        ]
    );
    assert_eq!(a.defect("not_a_meeting")[0].from, Some(day("2020-03-23")));
}

#[test]
fn a_meeting_that_was_moved_stands_on_its_first_day_until_then() {
    let kept = text(
        "documents.csv",
        format!(
            "{DOCUMENTS}2012-09-13,minutes|press_conference|projections\n2012-10-23,minutes\n2012-10-24,minutes\n1999-06-29,minutes\n2012-10-30,party\n2012-10-24,minutes\n"
        ),
    );
    assert_eq!(
        kept.lines(),
        [
            "1999-06-30 1998-09-30T13:30:00Z fomc scheduled NaN ",
            "2012-09-12 2011-08-02T13:30:00Z fomc scheduled NaN ",
            "2012-09-12 2012-05-17T13:30:00Z fomc cancelled NaN moved to 2012-09-13",
            "2012-09-13 2012-05-17T13:30:00Z fomc scheduled NaN projections",
            "2012-10-24 2011-08-02T13:30:00Z fomc scheduled NaN ",
        ]
    );
    assert_eq!(kept.rules(), [("unknown_document", 6, "doc_type"), ("duplicate_key", 7, "date")]);
    assert_eq!(kept.defect("filed_under_first_day").len(), 1);
    assert_eq!(kept.defect("two_days_of_one_meeting")[0].from, Some(day("2012-10-23")));
}

#[test]
fn decisions_are_changes_in_basis_points_and_blank_ones_stand_apart() {
    let rows = "2024-09-25,13:00,,,\n2023-02-01,14:00,4.75%,4.75%,4.50%\n2001-01-03,13:00,6.00%,,6.50%\n1989-06-06,13:00,9.56%,,9.81%\n2022-12-14,14:00,lots,,4.00%\n2022-11-02,14:00,400%,,4.00%\n2001-01-03,13:00,6.00%,,6.50%\n2022-09-21,13:00,3.25%,,2.75%\n";
    let kept = text("decisions.csv", format!("{DECISIONS}{rows}"));
    assert_eq!(
        kept.lines(),
        [
            "1989-06-06 1989-06-07T13:30:00Z fomc.decisions decision -25 9.8125 -> 9.5625 %",
            "1989-06-06 1989-06-07T13:30:00Z fomc:target 9.5625 0",
            "2001-01-03 2001-01-03T18:13:00Z fomc unscheduled NaN ",
            "2001-01-03 2001-01-03T18:13:00Z fomc.decisions decision -50 6.5 -> 6 %",
            "2001-01-03 2001-01-03T18:13:00Z fomc:target 6 0",
            "2022-09-21 2022-09-21T18:00:00Z fomc.decisions decision 50 2.75 -> 3.25 %",
            "2022-09-21 2022-09-21T18:00:00Z fomc:target 3.25 0",
            "2023-02-01 2023-02-01T19:00:00Z fomc.decisions decision 25 4.5 -> 4.75 %",
            "2023-02-01 2023-02-01T19:00:00Z fomc:target 4.75 0",
            "2024-09-25 2023-03-10T14:30:00Z fomc.decisions_file scheduled NaN ",
        ]
    );
    assert_eq!(kept.rules(), [("not_a_target", 6, "Actual"), ("not_a_target", 7, "Actual"), ("duplicate_key", 8, "FOMCDate")]);
    assert_eq!(kept.defect("blank_outcome").len(), 1);
    assert_eq!(kept.defect("truncated_sixteenths").len(), 1);
    let broken: Vec<Day> = kept.defect("contradicts_previous").iter().filter_map(|d| d.from).collect();
    assert_eq!(broken, [day("2001-01-03"), day("2022-09-21"), day("2023-02-01")]);
}

fn batches(source: &str, kept: Kept) -> Vec<(String, Observations)> {
    kept.rows.into_iter().map(|b| (source.to_owned(), b)).collect()
}

#[test]
fn a_wrong_day_shows_beside_the_other_sources_and_is_no_meeting() {
    let calendar = "2024-07-30,2024-07-31,regular,,\n2024-09-17,2024-09-18,regular,,\n2024-11-06,2024-11-07,regular,,\n";
    let documents = "2024-06-12,minutes\n2024-07-31,minutes\n2024-09-17,minutes\n2024-11-07,minutes\n";
    let decisions = "2024-11-07,13:00,,,\n2024-09-25,13:00,,,\n2024-07-31,13:00,5.50%,,5.50%\n2024-06-19,13:00,5.50%,,5.50%\n";
    let mut rows = batches("fomc_calendar", text("fomc.csv", format!("{CALENDAR}{calendar}")));
    rows.extend(batches("fomc_documents", text("documents.csv", format!("{DOCUMENTS}{documents}"))));
    assert_eq!(compare::calendars(&rows).len(), 1);
    rows.extend(batches("fomc_decisions", text("decisions.csv", format!("{DECISIONS}{decisions}"))));
    let found: Vec<(String, String)> = compare::calendars(&rows).into_iter().map(|d| (d.rule, d.detail)).collect();
    let said = [
        (
            "calendar_mismatch",
            "fomc_calendar has a meeting on 2024-09-18, fomc_documents has it on 2024-09-17; fomc_calendar stands",
        ),
        (
            "contradicts_calendar",
            "fomc_decisions has a decision on 2024-06-19, the calendar has it on 2024-06-12; the calendar stands",
        ),
        (
            "contradicts_calendar",
            "fomc_decisions has a meeting on 2024-09-25, the calendar has it on 2024-09-18; the calendar stands",
        ),
    ];
    assert_eq!(found, said.map(|(r, d)| (r.to_owned(), d.to_owned())));
    let wrong = [day("2024-09-25"), day("2024-06-19")];
    for (_, batch) in &rows {
        if batch.names.contains(&"calendar") {
            let calendars = batch.text("calendar");
            assert!((0..batch.len()).all(|i| calendars.get(i) != "fomc" || !wrong.contains(&Day(batch.period[i]))));
        }
    }
    assert!(compare::calendars(&[]).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn mutated_files_are_borne_and_nothing_is_known_before_it_could_be(
        which in 0usize..3,
        edits in proptest::collection::vec((any::<u16>(), prop_oneof![any::<u8>(), Just(b'\n'), Just(b','), Just(b'9'), Just(b'-')]), 0..10),
    ) {
        let (name, head, rows) = [
            ("fomc.csv", CALENDAR, "2020-03-15,2020-03-15,unscheduled,,\n2024-07-30,2024-07-31,regular,True,\n2024-08-05,2024-08-06,cancelled,,\n"),
            ("documents.csv", DOCUMENTS, "2009-03-18,minutes\n2012-10-23,minutes\n2012-10-24,minutes|projections\n2020-03-23,monetary_policy\n"),
            ("decisions.csv", DECISIONS, "2024-09-25,13:00,,,\n2001-01-03,13:00,6.00%,,6.50%\n1989-06-06,13:00,9.56%,,9.81%\n"),
        ][which];
        let mut body = rows.as_bytes().to_vec();
        for (at, byte) in edits {
            let n = body.len();
            body[usize::from(at) % n] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        // The reader that knows the whole file must bear the mutated one.
        let path = write(folder.path(), name, format!("{head}{rows}"));
        let reader = plimsoll_sources::recognise(&path).unwrap();
        let path = write(folder.path(), name, [head.as_bytes(), &body].concat());
        let now = day("2025-01-01").at(0, 0);
        let (result, kept) = read_with(reader, &path, now);
        result.unwrap();
        for b in &kept.rows {
            for i in 0..b.len() {
                let (known, period) = (Moment(b.known_at[i]), Day(b.period[i]));
                prop_assert!(known <= now);
                // A decision is never known before its day; a meeting at most about two years before it, unless the file at hand states it.
                let decided = b.names.contains(&"value") && b.names[0] == "series";
                let earliest = if decided { period } else { period.plus(-800) }.at(0, 0);
                prop_assert!(known >= earliest.min(now));
            }
        }
    }
}
