//! `plimsoll status --doubts` on the vendor's real statements: the two errors that were known before are named, each with its row, its rule
//! and since when; the program uses neither. Without the data the test says so and passes.

mod common;

use std::path::PathBuf;

use common::{err, out, plimsoll};
use serde_json::Value;

fn data() -> Option<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("run by cargo");
    let beside = PathBuf::from(package).join("../../../shared/data");
    let dir = std::env::var_os("PLIMSOLL_DATA").map_or(beside, PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: no ../shared/data");
    None
}

fn rows(store: &std::path::Path, day: &str) -> Vec<Value> {
    let o = plimsoll(store, &["status", "--as-of", day, "--doubts", "--format", "json"]);
    assert!(o.status.success(), "{}", err(&o));
    let all: Value = serde_json::from_str(&out(&o)).expect("JSON");
    all.as_array().expect("rows").clone()
}

#[test]
fn known_errors_of_a_vendor_are_told_row_by_row() {
    let Some(data) = data() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join("store");
    let taken = plimsoll(&store, &["import", data.join("fundamentals/simfin").to_str().unwrap(), "--format", "json"]);
    assert!(taken.status.success(), "{}", err(&taken));
    let all = rows(&store, "2024-02-02");
    let of = |all: &[Value], symbol: &str, rule: &str, period: &str| -> Vec<Value> {
        let same = |r: &&Value| r["symbol"] == symbol && r["rule"] == rule && r["period to"] == period;
        all.iter().filter(same).cloned().collect()
    };
    // AMC's income of 2020 is in thousands: against its cash flow statement, and against the years beside it.
    for rule in ["net_income_scale", "scale_slip"] {
        let found = of(&all, "AMC", rule, "2020-12-31");
        assert_eq!(found.len(), 1, "{rule}: {found:?}");
        let used = found[0]["not used"].as_str().expect("items");
        assert!(used.contains("net_income") && used.contains("revenue") && used.contains("interest_expense"), "{used}");
        let ratio = found[0]["by the rule"].as_f64().unwrap() / found[0]["stated"].as_f64().unwrap();
        assert!((300.0..10_000.0).contains(&ratio), "{found:?}");
    }
    // Apple's debt due in 2020 is all of its debt.
    assert_eq!(of(&all, "AAPL", "misplaced_debt", "2020-09-30").len(), 1);
    // No row is of anything that was not known, and none of what was filed after an earlier day is doubted on it.
    let earlier = rows(&store, "2021-02-26");
    assert!(of(&earlier, "AMC", "scale_slip", "2020-12-31").is_empty());
    for (day, rows) in [("2024-02-02", &all), ("2021-02-26", &earlier)] {
        assert!(rows.len() > 100, "{} on {day}", rows.len());
        assert!(rows.iter().all(|r| r["since"].as_str().unwrap() <= day && r["period to"].as_str().unwrap() < day));
    }
    let count = |rule: &str| all.iter().filter(|r| r["rule"] == rule).count();
    println!("{} doubts: {} cash flow sums, {} operating incomes", all.len(), count("cash_flow_sum"), count("operating_income"));
    assert!(count("cash_flow_sum") > 100 && count("operating_income") > 80);
}
