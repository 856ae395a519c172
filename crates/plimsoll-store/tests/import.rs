//! The rules of an import, each with figures that can be followed by hand.

mod common;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use common::{begin, content, day, end, files, import, known, meta, series, tidy};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::observations::{Column, Observations};
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_store::{Begin, Options, REFUSALS_KEPT, Store, StoreError};

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("store")).unwrap();
    (dir, store)
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing() {
    let (_dir, store) = store();
    let rows = series(&[("a", 0, 1.0), ("a", 1, 2.0)]);
    assert_eq!(import(&store, meta("one", 5), rows.clone()).unwrap().taken, 2);
    let before = (content(&store), files(store.dir()));
    match store.begin(meta("one", 9)).unwrap() {
        Begin::Already(r) => assert_eq!((r.path.as_str(), r.taken, r.ingested_at), ("one", 2, day(5).at(18, 0))),
        Begin::New(_) => panic!("imported twice"),
    }
    assert_eq!((content(&store), files(store.dir())), before);
    // A later version of the reader reads it again, and finds the same.
    let again = import(&store, meta("one", 9).reader("2"), rows).unwrap();
    assert_eq!((again.taken, again.revised, again.unchanged, again.segments), (0, 0, 2, 0));
    assert_eq!(content(&store), before.0);
}

#[test]
fn a_changed_file_becomes_revisions_known_when_they_were_seen() {
    let (_dir, store) = store();
    import(&store, meta("one", 5), series(&[("a", 0, 1.0), ("a", 1, 2.0), ("b", 0, 7.0)])).unwrap();
    let second = import(&store, meta("two", 10), series(&[("a", 0, 1.0), ("a", 1, 2.5), ("a", 2, 3.0)])).unwrap();
    assert_eq!((second.taken, second.revised, second.unchanged), (1, 1, 1));
    let row = |k: &str, d, v| (k.to_owned(), d, v);
    // The new row has the moment of its rule, the changed one that of the import.
    let then = vec![row("a", 0, 1.0), row("a", 1, 2.0), row("a", 2, 3.0), row("b", 0, 7.0)];
    let now = vec![row("a", 0, 1.0), row("a", 1, 2.5), row("a", 2, 3.0), row("b", 0, 7.0)];
    assert_eq!(known(&store, AsOf::end_of(day(9))), then);
    assert_eq!(known(&store, AsOf::at(Moment(day(10).at(18, 0).0 - 1))), then);
    assert_eq!(known(&store, AsOf::at(day(10).at(18, 0))), now);
    let breaks = store.snapshot(end()).unwrap().breaks(&Scan::all(Dataset::Series), Moment::MIN).unwrap();
    assert_eq!(breaks, vec![day(10).at(18, 0)]);
    // The value goes back: a third vintage, not a deletion of the second.
    let third = import(&store, meta("three", 12), series(&[("a", 1, 2.0)])).unwrap();
    assert_eq!((third.taken, third.revised, third.unchanged), (0, 1, 0));
    assert_eq!(known(&store, AsOf::end_of(day(11))), now);
    assert_eq!(known(&store, end()), then);
    let c = &store.coverage().unwrap()[0];
    assert_eq!((c.rows, c.vintages, c.files, c.keys), (4, 6, 3, 2));
    assert_eq!((c.first, c.last, c.last_known_at), (day(0), day(2), day(12).at(18, 0)));
}

#[test]
fn a_publishers_date_places_a_vintage_in_the_past() {
    let (_dir, store) = store();
    let at = |d: i32| day(d).at(9, 0);
    import(&store, meta("january", 100).vintage(at(5)), series(&[("gdp", 0, 1.0)])).unwrap();
    import(&store, meta("march", 100).vintage(at(60)), series(&[("gdp", 0, 1.2)])).unwrap();
    // Out of order: the vintage between the two is compared with the one in force at its own date.
    import(&store, meta("february", 101).vintage(at(30)), series(&[("gdp", 0, 1.1)])).unwrap();
    let value = |d: i32| known(&store, AsOf::end_of(day(d))).first().map(|r| r.2);
    assert_eq!([29, 30, 59, 60].map(value), [Some(1.0), Some(1.1), Some(1.1), Some(1.2)]);
    assert_eq!(value(-1), None);
    let again = import(&store, meta("february again", 102).vintage(at(31)), series(&[("gdp", 0, 1.1)])).unwrap();
    assert_eq!((again.unchanged, again.revised), (1, 0));
}

#[test]
fn sources_do_not_revise_one_another() {
    let (_dir, store) = store();
    import(&store, meta("one", 5), series(&[("a", 0, 1.0)])).unwrap();
    let mut other = meta("two", 6);
    other.source = "another".to_owned();
    assert_eq!(import(&store, other, series(&[("a", 0, 9.0)])).unwrap().taken, 1);
    // Both are there, in the order of the names of the sources.
    assert_eq!(known(&store, end()), vec![("a".to_owned(), 0, 9.0), ("a".to_owned(), 0, 1.0)]);
    let snapshot = store.snapshot(end()).unwrap();
    let mine = snapshot.scan(&Scan::all(Dataset::Series).source("hand")).unwrap();
    assert_eq!(mine.f64("value"), [1.0]);
    assert!(snapshot.breaks(&Scan::all(Dataset::Series), Moment::MIN).unwrap().is_empty());
}

#[test]
fn contradictions_within_a_file_are_refused_by_row_and_repeats_counted() {
    let (_dir, store) = store();
    let mut one = begin(&store, meta("one", 5));
    one.append(series(&[("a", 1, 1.0), ("a", 0, 5.0)])).unwrap();
    one.append_from(series(&[("a", 1, 1.0), ("a", 1, 1.5), ("a", 2, f64::NAN), ("a", 2, f64::NAN)]), 11).unwrap();
    let s = one.commit().unwrap();
    assert_eq!((s.rows_seen, s.taken, s.duplicates), (6, 3, 2));
    assert_eq!(s.refused.get("duplicate_key"), Some(&1));
    let refusals = store.refusals(Some(s.import)).unwrap();
    let expected = Refusal {
        rule: "duplicate_key".to_owned(),
        row: 12,
        field: "value".to_owned(),
        expected: "1 as in row 1".to_owned(),
        got: "1.5".to_owned(),
        period: Some(day(1)),
    };
    assert_eq!(refusals, vec![(s.import, expected)]);
    assert_eq!(known(&store, end())[..2], [("a".to_owned(), 0, 5.0), ("a".to_owned(), 1, 1.0)]);
}

#[test]
fn refusals_and_defects_are_kept_with_their_import() {
    let (_dir, store) = store();
    let mut one = begin(&store, meta("one", 5));
    one.append(series(&[("a", 0, 1.0)])).unwrap();
    for row in 0..REFUSALS_KEPT as u64 + 5 {
        let rule = if row % 2 == 0 { "negative_price" } else { "not_a_session" };
        let text = |t: &str| t.to_owned();
        one.refuse(Refusal {
            rule: text(rule),
            row,
            field: text("close"),
            expected: text("x"),
            got: text("y"),
            period: Some(day(0)),
        });
    }
    let defect = Defect {
        rule: "stale_price".to_owned(),
        severity: Severity::Warning,
        subject: "a".to_owned(),
        from: Some(day(0)),
        to: Some(day(3)),
        rows: 4,
        detail: "the same for four days".to_owned(),
    };
    one.defect(defect.clone());
    let s = one.commit().unwrap();
    assert_eq!(s.refused.values().sum::<u64>(), REFUSALS_KEPT as u64 + 5);
    let counts = store.refusal_counts(None).unwrap();
    assert_eq!(counts, vec![(s.import, "negative_price".to_owned(), 5003), (s.import, "not_a_session".to_owned(), 5002)]);
    assert_eq!(store.refusals(None).unwrap().len(), REFUSALS_KEPT);
    assert_eq!(store.defects(None).unwrap(), vec![(s.import, defect.clone())]);
    let at = |d| store.snapshot(AsOf::end_of(day(d))).unwrap().defects().unwrap();
    assert_eq!(at(2), vec![], "it speaks of a day not yet known");
    assert_eq!(at(3), vec![("hand".to_owned(), defect)]);
}

#[test]
fn an_import_that_is_dropped_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { rows_in_memory: 2, ..Options::default() };
    let store = Store::open_with(dir.path(), &options).unwrap();
    import(&store, meta("one", 5), series(&[("a", 0, 1.0)])).unwrap();
    let before = (content(&store), files(dir.path()));
    let mut two = begin(&store, meta("two", 6));
    for d in 0..10 {
        two.append(series(&[("a", d, 2.0), ("b", d, 2.0)])).unwrap();
    }
    assert_ne!(files(dir.path()), before.1, "runs wait on disk");
    assert_eq!(content(&store), before.0, "and cannot be seen");
    drop(two);
    assert_eq!((content(&store), files(dir.path())), before);
    tidy(&store);
}

#[test]
fn an_empty_file_is_remembered() {
    let (_dir, store) = store();
    let s = begin(&store, meta("empty", 5)).commit().unwrap();
    assert_eq!((s.rows_seen, s.segments), (0, 0));
    assert!(matches!(store.begin(meta("empty", 6)).unwrap(), Begin::Already(_)));
    assert!(known(&store, end()).is_empty());
}

#[test]
fn missing_text_and_stated_publication_survive() {
    let (dir, store) = store();
    let text = |t: &str| Column::Text([t, ""].into_iter().collect());
    let mut rows = Observations::new(
        Dataset::Securities,
        vec![0, 0],
        vec![2, 1],
        vec![Column::Text(["A", "B"].into_iter().collect()), text("Ahab"), text("NYSE"), text(""), text("x"), text("y")],
    );
    rows.published_at = Some(vec![i64::MIN, 42]);
    import(&store, meta("one", 5), rows).unwrap();
    let o = store.snapshot(end()).unwrap().scan(&Scan::all(Dataset::Securities)).unwrap();
    assert_eq!((o.text("name").get(0), o.text("name").get(1), o.text("sector").get(0)), ("Ahab", "", ""));
    // Nothing here asks for it, so it is read from the file; in a copy that is cut it stays with its row.
    let published = |store: &Store| -> Vec<Option<i64>> {
        let path = files(&store.dir().join("segments/securities")).pop_first().unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap().build().unwrap();
        let column = |b: arrow_array::RecordBatch| {
            b.column_by_name("published_at").unwrap().as_primitive::<TimestampMicrosecondType>().iter().collect::<Vec<_>>()
        };
        reader.flat_map(|b| column(b.unwrap())).collect()
    };
    assert_eq!(published(&store), [None, Some(42)]);
    let cut = store.truncated_copy(dir.path().join("cut"), AsOf::at(Moment(1))).unwrap();
    assert_eq!(published(&cut), [Some(42)]);
}

#[test]
fn gaps_are_sessions_without_a_row() {
    let (_dir, store) = store();
    // 2024-01-02 is a Tuesday; Thursday the fourth is absent, the week-end is none.
    import(&store, meta("one", 20), series(&[("a", 1, 1.0), ("a", 2, 1.0), ("b", 4, 1.0), ("a", 7, 1.0)])).unwrap();
    let gaps = store.gaps(Dataset::Series).unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].missing, vec![Day::ymd(2024, 1, 4)]);
}

#[test]
fn a_folder_of_something_else_is_not_a_store() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("notes.txt"), "hello").unwrap();
    assert!(matches!(Store::open(dir.path()), Err(StoreError::NotAStore { .. })));
    assert_eq!(files(dir.path()).len(), 1, "and is left alone");
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Store::open_existing(empty.path()), Err(StoreError::NotAStore { .. })));
    std::fs::write(empty.path().join("catalog.sqlite"), vec![7u8; 5000]).unwrap();
    assert!(matches!(Store::open(empty.path()), Err(StoreError::NotAStore { .. })));
}

/// Rows of the series `a` as (day, microsecond of knowledge).
fn timed(rows: &[(i32, i64)]) -> Observations {
    let mut o = series(&rows.iter().map(|r| ("a", r.0, 1.0 + r.1 as f64)).collect::<Vec<_>>());
    o.known_at = rows.iter().map(|r| r.1).collect();
    o
}

#[test]
fn breaks_are_found_at_the_edges() {
    let breaks = |files: &[&[(i32, i64)]], after: i64, as_of: i64| -> Vec<i64> {
        let (_dir, store) = store();
        for (n, rows) in files.iter().enumerate() {
            // The moment of the import is before everything, so that revisions keep the moments given here.
            let meta = meta(&format!("file {n}"), 0).vintage(Moment(0));
            import(&store, meta, timed(rows)).unwrap();
        }
        let snapshot = store.snapshot(AsOf::at(Moment(as_of))).unwrap();
        snapshot.breaks(&Scan::all(Dataset::Series), Moment(after)).unwrap().into_iter().map(|m| m.0).collect()
    };
    // In order, all at once, and in order over two files.
    assert_eq!(breaks(&[&[(0, 10), (1, 11), (2, 12)]], 0, 99), [0_i64; 0]);
    assert_eq!(breaks(&[&[(0, 10), (1, 10), (2, 10)]], 0, 99), [0_i64; 0]);
    assert_eq!(breaks(&[&[(0, 10)], &[(1, 10)], &[(2, 11)]], 0, 99), [0_i64; 0]);
    // The later day is known a microsecond earlier, in one file and in two.
    assert_eq!(breaks(&[&[(0, 11), (1, 10)]], 0, 99), [11]);
    assert_eq!(breaks(&[&[(0, 11)], &[(1, 10)]], 0, 99), [11]);
    assert_eq!(breaks(&[&[(1, 10)], &[(0, 11)]], 0, 99), [11]);
    // One row, revised.
    assert_eq!(breaks(&[&[(0, 10)], &[(0, 11)]], 0, 99), [11]);
    // A late row for an early day, after the latest day was reached at the same moment.
    assert_eq!(breaks(&[&[(0, 10), (5, 12), (3, 12), (4, 13)]], 0, 99), [13]);
    // Open on the left, closed on the right.
    let both: &[&[(i32, i64)]] = &[&[(2, 10)], &[(0, 11)], &[(1, 12)]];
    assert_eq!(breaks(both, 0, 99), [11, 12]);
    assert_eq!(breaks(both, 11, 99), [12]);
    assert_eq!(breaks(both, 10, 11), [11]);
    assert_eq!(breaks(both, 12, 99), [0_i64; 0]);
    assert_eq!(breaks(both, 0, 10), [0_i64; 0]);
}
