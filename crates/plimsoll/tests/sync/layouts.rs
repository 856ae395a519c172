//! A layout that changed is an error that names the source, the field and the file that was kept; numbers stay as they were.

use plimsoll_model::time::Day;

use crate::common;
use crate::desk::{Desk, failures, world};
use crate::loopback::{Fault, Loopback};
use crate::world::copied;

/// A source, the beginning of an address of it, what changes in its text, and the word that the message must have.
const CHANGES: [(&str, &str, &str, &str, &str); 9] = [
    ("treasury", "home.treasury.gov/", "\"10 Yr\"", "\"10 Anni\"", "10 Anni"),
    ("fred", "fred.stlouisfed.org/graph/fredgraph.csv?id=dgs10", "DGS10", "DGS10_V2", "DGS10_V2"),
    ("alfred", "api.stlouisfed.org/fred/series/observations?series_id=cpiaucsl", "realtime_start", "rt_start", "realtime_start"),
    ("nyfed", "markets.newyorkfed.org/api/rates/unsecured", "percentRate", "ratePct", "percentRate"),
    ("fomc", "www.federalreserve.gov/", "fomc-meeting", "meeting-card", "fomc-meeting"),
    ("sec", "www.sec.gov/files/company_tickers.json", "cik_str", "cik_number", "cik_str"),
    ("holdings_ishares", "www.ishares.com/us/products/239710", "Weight (%)", "Share", "Weight"),
    ("holdings_invesco", "www.invesco.com/", "Holding Ticker", "Constituent", "Ticker"),
    ("tiingo", "api.tiingo.com/tiingo/daily/spy", "\"close\"", "\"last\"", "close"),
];

#[test]
fn a_changed_layout_names_source_field_and_file_and_writes_nothing() {
    // On a Monday, when every source has something new.
    let monday = Day::ymd(2024, 7, 1).at(20, 30);
    let publisher = Loopback::of(world(), monday);
    let desk = copied(&publisher);
    let before = desk.dump();
    let mut wrong = Vec::new();
    for (source, place, from, to, word) in CHANGES {
        publisher.log();
        publisher.change(place, from, to);
        let lines = desk.sync(monday, &[source]);
        let told = failures(&lines).join("\n");
        let asked = publisher.log().iter().any(|r| r.target.to_lowercase().starts_with(place));
        let kept = told.split("the file is kept as ").nth(1).and_then(|t| t.lines().next()).unwrap_or_default();
        let holds = std::fs::read(kept.trim()).is_ok_and(|k| String::from_utf8_lossy(&k).contains(to));
        if !(told.contains(&format!("{source}: ")) && told.contains(word) && asked && holds) {
            wrong.push(format!("{source}: asked {asked}, kept {holds}: {told}"));
        }
        publisher.unchanged();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let after = desk.dump();
    let lost: Vec<_> = before.keys().filter(|k| !after.contains_key(*k)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn a_file_of_which_most_rows_are_refused_is_not_taken_and_says_so_until_it_is_mended() {
    let publisher = Loopback::empty();
    let target = "fred.stlouisfed.org/graph/fredgraph.csv?id=DGS10";
    let rows = |bad: &str| format!("observation_date,DGS10\n2024-01-02,3.95\n2024-01-03,{bad}\n2024-01-04,{bad}\n");
    publisher.put(target, rows("n/v"));
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    for round in 0..2 {
        let failed = desk.run(&["sync", "fred"]);
        let told = common::err(&failed);
        assert_eq!(failed.status.code(), Some(2), "round {round}: {told}");
        assert!(told.contains("2 of 3 refused") && told.contains("row 3") && told.contains("n/v"), "{told}");
        assert_eq!(desk.rows(), 0);
        desk.age("fred");
    }
    // One bad row among good ones is a refusal, no more.
    publisher.put(target, rows("3.91").replacen("2024-01-04,3.91", "2024-01-04,n/v", 1));
    let done = desk.run(&["sync", "fred"]);
    assert!(done.status.success(), "{}", common::err(&done));
    assert_eq!(desk.rows(), 2);
}

#[test]
fn a_file_that_was_fetched_and_not_imported_is_imported_though_nobody_answers() {
    let publisher = Loopback::empty();
    let target = "fred.stlouisfed.org/graph/fredgraph.csv?id=DGS10";
    publisher.put(target, "observation_date,DGS10\n2024-01-02,3.95\n");
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]\nattempts = 1");
    assert!(desk.run(&["sync", "fred"]).status.success());
    // As if the process had ended between the fetch and the import.
    std::fs::remove_dir_all(desk.store()).expect("a store");
    let state = desk.cache().join("fred/state/DGS10.csv.json");
    let text = std::fs::read_to_string(&state).expect("a state").replace("\"imported\": true", "\"imported\": false");
    std::fs::write(&state, text).expect("written");
    desk.age("fred");
    publisher.always("fred.", Fault::Status(503, ""));
    assert_eq!(desk.run(&["sync", "fred"]).status.code(), Some(2));
    assert_eq!(desk.rows(), 1);
    // And one that is planned no more.
    std::fs::remove_dir_all(desk.store()).expect("a store");
    let text = std::fs::read_to_string(&state).expect("a state").replace("\"imported\": true", "\"imported\": false");
    std::fs::write(&state, text).expect("written");
    let file = std::fs::read_to_string(&desk.config).expect("a file").replace("DGS10", "DGS2");
    std::fs::write(&desk.config, file).expect("a file");
    assert_eq!(desk.run(&["sync", "fred"]).status.code(), Some(2));
    assert_eq!(desk.rows(), 1);
}
