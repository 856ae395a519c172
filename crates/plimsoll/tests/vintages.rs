//! Files that come again: nothing changes, or what changed becomes a revision and the old vintage stays readable.

mod common;

use common::{err, out, plimsoll};
use serde_json::Value;

fn value(store: &std::path::Path, as_of: &str) -> Option<f64> {
    let o = plimsoll(store, &["measure", "yield_level", "--as-of", as_of, "--with", "series=fred:DGS10", "--format", "json"]);
    let json: Value = serde_json::from_str(&out(&o)).unwrap_or_else(|_| panic!("{}", err(&o)));
    json["value"].as_f64()
}

#[test]
fn a_changed_file_becomes_revisions() {
    let dir = tempfile::tempdir().unwrap();
    let (store, file) = (dir.path().join("store"), dir.path().join("DGS10.csv"));
    let import = |arguments: &[&str]| {
        let base = ["import", file.to_str().unwrap(), "--format", "json"];
        let o = plimsoll(&store, &[&base[..], arguments].concat());
        let json: Value = serde_json::from_str(&out(&o)).unwrap_or_else(|_| panic!("{}", err(&o)));
        json[0].clone()
    };
    let first = "observation_date,DGS10\n2024-01-17,4.10\n2024-01-18,4.14\n2024-01-19,4.15\n";
    std::fs::write(&file, first).unwrap();
    assert_eq!(import(&[])["new"], 3);
    assert_eq!(value(&store, "2024-01-22"), Some(4.15));

    let again = import(&[]);
    assert_eq!((again["new"].as_i64(), again["revised"].as_i64()), (Some(0), Some(0)));
    assert!(again["note"].as_str().unwrap().contains("already imported"));

    // One value corrected on 2024-03-01, one day added.
    std::fs::write(&file, first.replace("4.15", "4.25") + "2024-01-22,4.11\n").unwrap();
    let changed = import(&["--vintage", "2024-03-01"]);
    assert_eq!(
        (changed["new"].as_i64(), changed["revised"].as_i64(), changed["unchanged"].as_i64()),
        (Some(1), Some(1), Some(2))
    );
    assert_eq!(value(&store, "2024-01-22"), Some(4.15), "the old vintage stays what was known then");
    let later = plimsoll(
        &store,
        &[
            "measure",
            "yield_change",
            "--as-of",
            "2024-03-02",
            "--with",
            "series=fred:DGS10",
            "--with",
            "window=1",
            "--format",
            "json",
        ],
    );
    let json: Value = serde_json::from_str(&out(&later)).unwrap();
    assert!((json["value"].as_f64().unwrap() - -14.0).abs() < 1e-6, "after the revision the 19th is 4.25: {json}");

    // The history shows each day as known then, although the last cut knows better.
    let o = plimsoll(
        &store,
        &[
            "measure",
            "yield_level",
            "--from",
            "2024-01-22",
            "--to",
            "2024-03-04",
            "--with",
            "series=fred:DGS10",
            "--format",
            "csv",
        ],
    );
    let csv = out(&o);
    let on = |day: &str| csv.lines().find(|l| l.starts_with(day)).map(str::to_owned).unwrap_or_default();
    assert!(on("2024-01-22").contains(",4.15,"), "{csv}");
}

#[test]
fn refused_rows_are_listed_and_good_rows_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (store, file) = (dir.path().join("store"), dir.path().join("DGS10.csv"));
    std::fs::write(
        &file,
        "observation_date,DGS10\n2024-01-17,4.10\n2024-01-18,abc\n2024-13-19,4.15\n2024-01-22,.\n2024-01-23,4.14\n",
    )
    .unwrap();
    let o = plimsoll(&store, &["import", file.to_str().unwrap(), "--refused"]);
    let said = out(&o);
    assert!(said.contains("abc") && said.contains("2024-13-19"), "{said}{}", err(&o));
    let coverage: Value = serde_json::from_str(&out(&plimsoll(&store, &["status", "--format", "json"]))).unwrap();
    assert_eq!((coverage[0]["rows"].as_i64(), coverage[0]["refused"].as_i64()), (Some(2), Some(2)), "{coverage}");
}

#[test]
fn a_tidy_file_needs_only_a_mapping() {
    let dir = tempfile::tempdir().unwrap();
    let (store, file) = (dir.path().join("store"), dir.path().join("mine.csv"));
    std::fs::write(&file, "when,what\n2024-01-17,4.10\n2024-01-18,4.14\n").unwrap();
    let refused = plimsoll(&store, &["import", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2), "no reader recognises it");
    assert!(out(&refused).contains("not taken"), "{}", out(&refused));
    let map = [
        "--map",
        "dataset=series",
        "--map",
        "period=when",
        "--map",
        "value=what",
        "--map",
        "series=const:mine:yield",
        "--map",
        "known_at=close",
    ];
    let o = plimsoll(&store, &[&["import", file.to_str().unwrap()][..], &map].concat());
    assert!(o.status.success(), "{}{}", out(&o), err(&o));
    let o =
        plimsoll(&store, &["measure", "yield_level", "--as-of", "2024-01-18", "--with", "series=mine:yield", "--format", "json"]);
    let json: Value = serde_json::from_str(&out(&o)).unwrap_or_else(|_| panic!("{}", err(&o)));
    assert_eq!(json["value"].as_f64(), Some(4.14));
}
