//! Bad filings through the program: said, listed, survivable; and the page of an issuer that filed them still comes.

mod common;

use std::path::Path;

use common::{err, out, plimsoll};
use serde_json::Value;

fn number(start: &str, end: &str, value: &str, filed: &str) -> String {
    let start = if start.is_empty() { String::new() } else { format!("\"start\":\"{start}\",") };
    let (year, accession) = (&filed[..4], format!("0000001234-{}-{:06}", &filed[2..4], 1));
    format!(
        "{{{start}\"end\":\"{end}\",\"val\":{value},\"accn\":\"{accession}\",\"fy\":{year},\"fp\":\"FY\",\"form\":\"10-K\",\"filed\":\"{filed}\"}}"
    )
}

fn year(year: u32, value: &str) -> String {
    number(&format!("{year}-01-01"), &format!("{year}-12-31"), value, &format!("{}-02-17", year + 1))
}

fn company(cik: u64, name: &str, concepts: &[(&str, &str, Vec<String>)]) -> String {
    let one = |(name, unit, numbers): &(&str, &str, Vec<String>)| {
        let units = if unit.is_empty() { String::new() } else { format!("\"{unit}\":[{}]", numbers.join(",")) };
        format!("\"{name}\":{{\"label\":\"\",\"description\":\"\",\"units\":{{{units}}}}}")
    };
    let all: Vec<String> = concepts.iter().map(one).collect();
    format!("{{\"cik\":{cik},\"entityName\":\"{name}\",\"facts\":{{\"us-gaap\":{{{}}}}}}}", all.join(","))
}

/// A company with a year in thousands, a negative interest expense, a number without a unit and one filed before its period ends.
fn troubled() -> String {
    let values = ["900000000", "950000000", "1000000000", "1100000", "1200000000", "1250000000"];
    let revenue = (2017..).zip(values).map(|(y, v)| year(y, v)).collect();
    let income = (2017..2023).map(|y| year(y, "30000000")).collect();
    let mut interest: Vec<String> = (2017..2023).map(|y| year(y, if y == 2020 { "-12000000" } else { "12000000" })).collect();
    interest.push(number("2023-01-01", "2023-12-31", "9", "2023-06-30"));
    company(
        1234,
        "Hand Made Inc.",
        &[
            ("Revenues", "USD", revenue),
            ("OperatingIncomeLoss", "USD", income),
            ("InterestExpense", "USD", interest),
            ("Assets", "", Vec::new()),
        ],
    )
}

/// An archive of whole files, stored, whose directory at the end is missing.
fn cut_archive(files: &[(&str, &str)]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes
            .iter()
            .fold(u32::MAX, |c, b| (0..8).fold(c ^ u32::from(*b), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 }))
    };
    let mut out = Vec::new();
    for (name, text) in files {
        out.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0");
        out.extend(crc(text.as_bytes()).to_le_bytes());
        out.extend((text.len() as u32).to_le_bytes().repeat(2));
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0, 0]);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());
    }
    // The next file's header breaks off.
    out.extend(b"PK\x03\x04\x14\0");
    out
}

/// What an import took, and the defects that the store lists after it.
fn import(store: &Path, path: &Path) -> (Value, String) {
    let o = plimsoll(store, &["import", path.to_str().unwrap(), "--format", "json"]);
    let taken = serde_json::from_str(&out(&o)).unwrap_or_else(|e| panic!("{e}: {}{}", out(&o), err(&o)));
    (taken, out(&plimsoll(store, &["status", "--defects"])))
}

#[test]
fn a_troubled_company_is_taken_with_a_word_on_each_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let (store, file) = (dir.path().join("store"), dir.path().join("CIK0000001234.json"));
    std::fs::write(&file, troubled()).unwrap();
    let (taken, said) = import(&store, &file);
    assert_eq!(
        (taken[0]["new"].as_i64(), taken[0]["refused"].as_i64()),
        (Some(19), Some(2)),
        "18 numbers and the filer's name: {taken}"
    );
    let note = taken[0]["note"].as_str().unwrap();
    assert!(note.contains("missing_unit: 1") && note.contains("filed_before_period_end: 1"), "{note}");
    assert!(said.contains("scale_slip") && said.contains("negative_interest"), "{said}");
    let refused = out(&plimsoll(&store, &["import", file.to_str().unwrap(), "--refused"]));
    assert!(refused.contains("filed 2023-06-30, period to 2023-12-31") && refused.contains("us-gaap:Assets"), "{refused}");
    // The page comes, with the coverage of the good years.
    let page = plimsoll(&store, &["issuer", "1234", "--as-of", "2023-06-30"]);
    assert!(page.status.success(), "{}", err(&page));
    assert!(out(&page).contains("2.5"), "{}", out(&page));
}

#[test]
fn an_archive_that_breaks_off_gives_its_whole_files() {
    let dir = tempfile::tempdir().unwrap();
    let (store, file) = (dir.path().join("store"), dir.path().join("companyfacts.zip"));
    let text = troubled();
    std::fs::write(&file, cut_archive(&[("CIK0000001234.json", &text)])).unwrap();
    let (taken, _) = import(&store, &file);
    assert_eq!(taken[0]["new"].as_i64(), Some(19), "{taken}");
    assert!(taken[0]["note"].as_str().unwrap().contains("truncated_archive: 1"), "{taken}");
}

#[test]
fn one_ticker_of_two_filers_is_told_and_asked_about() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    for (cik, name) in [(1234, "Hand Made Inc."), (77, "Handy Ltd")] {
        let file = dir.path().join(format!("CIK{cik:010}.json"));
        std::fs::write(&file, company(cik, name, &[("Assets", "USD", vec![number("", "2022-12-31", "5", "2023-02-17")])]))
            .unwrap();
        import(&store, &file);
    }
    let map = dir.path().join("company_tickers.json");
    let lines =
        r#"{"0":{"cik_str":1234,"ticker":"HND","title":"Hand Made Inc."},"1":{"cik_str":77,"ticker":"HND","title":"Handy Ltd"}}"#;
    std::fs::write(&map, lines).unwrap();
    let (_, said) = import(&store, &map);
    assert!(said.contains("shared_ticker"), "{said}");
    let page = plimsoll(&store, &["issuer", "HND", "--as-of", "2023-06-30"]);
    assert!(!page.status.success());
    let why = err(&page);
    assert!(why.contains("more than one issuer") && why.contains("cik:0000001234") && why.contains("CIK"), "{why}");
}

#[test]
fn a_fiscal_year_that_ends_on_another_day_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let companies = "Ticker;SimFinId;Company Name;IndustryId;ISIN;End of financial year (month);Number Employees;Market;CIK;Main Currency\nACME;11;ACME CORP;;;12;500;us;1234;USD\n";
    std::fs::write(dir.path().join("us-companies.csv"), companies).unwrap();
    let file = dir.path().join("us-balance-annual.csv");
    let header =
        "Ticker;SimFinId;Currency;Fiscal Year;Fiscal Period;Report Date;Publish Date;Restated Date;Total Assets;Long Term Debt";
    let rows = ["2020;FY;2020-12-31;2021-03-01", "2021;FY;2021-12-31;2022-03-01", "2022;FY;2022-06-30;2022-09-01"];
    let rows: Vec<String> = rows.iter().map(|r| format!("ACME;11;USD;{r};;100;10")).collect();
    std::fs::write(&file, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let (taken, said) = import(&store, &file);
    assert_eq!(taken[0]["new"].as_i64(), Some(6), "{taken}");
    assert!(said.contains("fiscal_year_end_moved"), "{said}");
}
