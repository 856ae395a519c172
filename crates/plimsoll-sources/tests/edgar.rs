//! The SEC's files, hand-made: what is taken, what is refused and where, what is found.

mod support;

use plimsoll_model::dataset::{Dataset, quality};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::{SourceError, recognise};
use std::path::Path;
use support::*;

/// A number of a concept: start, end, value as JSON, accession, filed.
fn number(start: &str, end: &str, val: &str, accession: &str, filed: &str) -> String {
    let start = if start.is_empty() { String::new() } else { format!("\"start\":\"{start}\",") };
    format!(
        "{{{start}\"end\":\"{end}\",\"val\":{val},\"accn\":\"{accession}\",\"fy\":2022,\"fp\":\"FY\",\"form\":\"10-K\",\"filed\":\"{filed}\",\"frame\":\"CY2022\"}}"
    )
}

fn accession(year: u32, n: u32) -> String {
    format!("0000001234-{:02}-{n:06}", year % 100)
}

/// `us-gaap` concepts with their numbers by unit.
fn company(cik: &str, concepts: &[(&str, &str, Vec<String>)]) -> String {
    let one = |(name, unit, numbers): &(&str, &str, Vec<String>)| {
        format!(
            "\"{name}\":{{\"label\":\"A \\\"label\\\"\",\"description\":null,\"units\":{{\"{unit}\":[{}]}}}}",
            numbers.join(",")
        )
    };
    let all: Vec<String> = concepts.iter().map(one).collect();
    format!("{{\"cik\":{cik},\"entityName\":\"Hand Made Inc.\",\"facts\":{{\"us-gaap\":{{{}}}}}}}", all.join(","))
}

/// Fact rows: concept, start, end, value, accession, known at, quality.
fn facts(kept: &Kept) -> Vec<(String, String, Day, f64, String, Moment, u8)> {
    let mut out = Vec::new();
    for b in kept.rows.iter().filter(|b| b.dataset == Dataset::Facts) {
        for i in 0..b.len() {
            let text = |c: &str| b.text(c).get(i).to_owned();
            assert_eq!(text("origin"), "edgar");
            out.push((
                text("concept"),
                text("start"),
                Day(b.period[i]),
                b.f64("value")[i],
                text("accession"),
                Moment(b.known_at[i]),
                b.u8("quality")[i],
            ));
        }
    }
    out
}

fn issuers(kept: &Kept) -> Vec<&Observations> {
    kept.rows.iter().filter(|b| b.dataset == Dataset::Issuers).collect()
}

#[test]
fn the_first_filing_of_a_number_is_its_row_and_a_restatement_another() {
    let (a, b, c, d) = (accession(2023, 1), accession(2023, 2), accession(2024, 1), accession(2025, 1));
    let year = |val: &str, accession: &str, filed: &str| number("2022-01-01", "2022-12-31", val, accession, filed);
    let content = company(
        "\"0000001234\"",
        &[
            (
                "Revenues",
                "USD",
                // Out of order, as the publisher may write them.
                vec![
                    year("110", &c, "2024-02-23"),
                    year("100", &a, "2023-02-17"),
                    year("100", &b, "2023-03-01"),
                    year("100", &d, "2025-02-20"),
                ],
            ),
            (
                "Assets",
                "USD",
                vec![number("", "2022-12-31", "5.5", &a, "2023-02-17"), number("", "2022-12-31", "null", &b, "2023-03-01")],
            ),
            ("ProductWarrantyExpense", "USD", vec![year("1", &a, "2023-02-17"), year("2", &b, "2023-03-01")]),
        ],
    );
    let kept = text("CIK0000001234.json", &content);
    let end = day("2022-12-31");
    let open = |text: &str| day(text).at(9, 30);
    let row = |concept: &str, start: &str, value: f64, accession: &str, known: &str| {
        (format!("us-gaap:{concept}"), start.to_owned(), end, value, accession.to_owned(), open(known), 0)
    };
    assert_eq!(
        facts(&kept),
        vec![
            row("Assets", "", 5.5, &a, "2023-02-21"),
            row("Revenues", "2022-01-01", 100.0, &a, "2023-02-21"),
            row("Revenues", "2022-01-01", 110.0, &c, "2024-02-26"),
            row("Revenues", "2022-01-01", 100.0, &d, "2025-02-21"),
        ]
    );
    let rows = &kept.rows.iter().find(|b| b.dataset == Dataset::Facts).unwrap();
    assert_eq!(rows.text("issuer").get(0), "cik:0000001234");
    assert_eq!(rows.text("fiscal").get(0), "2022 FY");
    assert_eq!(rows.text("unit").get(0), "USD");
    assert_eq!(rows.text("form").get(0), "10-K");
    assert_eq!((kept.missing, kept.refused.len()), (1, 0));
    assert_eq!(kept.defect("concept_not_kept")[0].rows, 2);
    assert_eq!(kept.defect("repeated_number")[0].rows, 1);
    let named = issuers(&kept);
    assert_eq!(named[0].text("name").get(0), "Hand Made Inc.");
    assert_eq!(Day(named[0].period[0]), day("1994-01-01"));
}

#[test]
fn each_bad_number_is_refused_where_it_stands_and_its_neighbours_stay() {
    let a = accession(2023, 1);
    let assets = |end: &str, val: &str, accession: &str, filed: &str| number("", end, val, accession, filed);
    let content = company(
        "1234",
        &[
            (
                "Assets",
                "USD",
                vec![
                    assets("2021-12-31", "1", &a, "2023-02-17"),
                    assets("2022-12-31", "\"2\"", &a, "2023-02-17"),
                    assets("2022-13-31", "2", &a, "2023-02-17"),
                    assets("2022-12-31", "2", "1234-23-1", "2023-02-17"),
                    assets("2022-12-31", "2", &a, "2022-12-30"),
                    assets("2022-12-31", "2", &a, "soon"),
                    assets("2022-12-31", "true", &a, "2023-02-17"),
                    number("2023-01-01", "2022-12-31", "2", &a, "2023-02-17"),
                    "null".to_owned(),
                    "[1,{}]".to_owned(),
                    assets("2022-12-31", "3", &a, "2023-02-17"),
                    assets("2022-12-31", "4", &a, "2023-02-17"),
                ],
            ),
            ("Liabilities", "", vec![assets("2022-12-31", "2", &a, "2023-02-17")]),
        ],
    )
    .replace("\"us-gaap\":{", "\"us-gaap\":{\"Goodwill\":{\"label\":null},\"Cash\":{\"units\":null},");
    let kept = text("facts.json", &content);
    assert_eq!(facts(&kept).iter().map(|f| f.3).collect::<Vec<_>>(), vec![1.0, 3.0]);
    let rules: Vec<(&str, &str)> = kept.refused.iter().map(|r| (r.rule.as_str(), r.field.as_str())).collect();
    assert_eq!(
        rules,
        vec![
            ("missing_unit", "us-gaap:Goodwill"),
            ("missing_unit", "us-gaap:Cash"),
            ("not_a_number", "us-gaap:Assets USD[1] val"),
            ("not_a_day", "us-gaap:Assets USD[2] end"),
            ("not_an_accession", "us-gaap:Assets USD[3] accn"),
            ("filed_before_period_end", "us-gaap:Assets USD[4] filed"),
            ("not_a_day", "us-gaap:Assets USD[5] filed"),
            ("not_a_number", "us-gaap:Assets USD[6] val"),
            ("ends_before_it_starts", "us-gaap:Assets USD[7] end"),
            ("not_a_fact", "us-gaap:Assets USD[8]"),
            ("not_a_fact", "us-gaap:Assets USD[9]"),
            ("missing_unit", "us-gaap:Liabilities [0] unit"),
            ("duplicate_key", "us-gaap:Assets"),
        ]
    );
    assert!(kept.refused.iter().all(|r| !r.expected.is_empty() && !r.got.is_empty()));
}

#[test]
fn signs_and_scales_are_flagged_by_what_came_before_and_kept() {
    let year = |y: i16, val: f64, filed: i16| {
        number(
            &format!("{y}-01-01"),
            &format!("{y}-12-31"),
            &val.to_string(),
            &accession(filed as u32, 1),
            &format!("{filed}-02-17"),
        )
    };
    let revenue: Vec<String> = [
        (2015, 900e6, 2016),
        (2016, 950e6, 2017),
        (2017, 1000e6, 2018),
        // A year in thousands, with its comparative, mended a year later.
        (2018, 1.1e6, 2019),
        (2017, 1e6, 2019),
        (2018, 1100e6, 2020),
        (2019, 1200e6, 2020),
    ]
    .map(|(y, v, f)| year(y, v, f))
    .into();
    let interest = vec![year(2018, 12e6, 2019), year(2019, -13e6, 2020)];
    // A rung of a ladder may well be a thousand times last year's.
    let rung: Vec<String> = (2015..2020)
        .map(|y| {
            number(
                "",
                &format!("{y}-12-31"),
                if y == 2019 { "4e8" } else { "400000" },
                &accession(y + 1, 1),
                &format!("{}-02-17", y + 1),
            )
        })
        .collect();
    let content = company(
        "1234",
        &[
            ("Revenues", "USD", revenue),
            ("InterestExpense", "USD", interest),
            ("LongTermDebtMaturitiesRepaymentsOfPrincipalInYearTwo", "USD", rung),
        ],
    );
    let kept = text("facts.json", &content);
    let flagged: Vec<(String, Day, f64, u8)> =
        facts(&kept).into_iter().filter(|f| f.6 != 0).map(|f| (f.0, f.2, f.3, f.6)).collect();
    assert_eq!(
        flagged,
        vec![
            ("us-gaap:Revenues".to_owned(), day("2017-12-31"), 1e6, quality::SCALE),
            ("us-gaap:Revenues".to_owned(), day("2018-12-31"), 1.1e6, quality::SCALE),
            ("us-gaap:InterestExpense".to_owned(), day("2019-12-31"), -13e6, quality::SIGN),
        ]
    );
    assert_eq!(kept.defect("scale_slip")[0].rows, 2);
    assert_eq!(kept.defect("scale_restated")[0].rows, 2);
    let negative = kept.defect("negative_interest");
    assert!(negative[0].detail.contains("us-gaap:InterestExpense") && negative[0].subject == "cik:0000001234");
    assert!(kept.refused.is_empty());
}

#[test]
fn a_company_that_grows_a_thousandfold_for_good_is_flagged_once() {
    let at = |y: u32, val: &str| number("", &format!("{y}-12-31"), val, &accession(y + 1, 1), &format!("{}-02-17", y + 1));
    let assets =
        vec![at(2012, "1e6"), at(2013, "1.2e6"), at(2014, "1.1e6"), at(2015, "1.5e9"), at(2016, "1.6e9"), at(2017, "1.7e9")];
    let kept = text("facts.json", company("1234", &[("Assets", "USD", assets)]));
    let flags: Vec<u8> = facts(&kept).iter().map(|f| f.6).collect();
    assert_eq!(flags, [0, 0, 0, quality::SCALE, 0, 0]);
}

#[test]
fn later_filings_change_no_earlier_row() {
    let at = |y: u32, val: f64, filed: u32| {
        number("", &format!("{y}-12-31"), &val.to_string(), &accession(filed, 1), &format!("{filed}-02-17"))
    };
    let all: Vec<(u32, String)> = (2010..2024)
        .flat_map(|filed| {
            [(filed - 1, 1e6), (filed - 2, 1e6)]
                .map(|(y, v)| (filed, at(y, v * if filed == 2017 { 1e3 } else { f64::from(filed - 2000) }, filed)))
        })
        .collect();
    let rows = |until: u32| {
        let numbers = all.iter().filter(|(f, _)| *f <= until).map(|(_, n)| n.clone()).collect();
        facts(&text("facts.json", company("1234", &[("Assets", "USD", numbers)])))
    };
    let whole = rows(2024);
    for until in 2010..2024 {
        let known: Vec<_> = whole.iter().filter(|f| f.5 <= day(&format!("{until}-12-31")).at(0, 0)).cloned().collect();
        assert_eq!(rows(until), known, "{until}");
    }
}

#[test]
fn one_concept_and_selections_of_concepts_are_facts_too() {
    let a = accession(2023, 1);
    let n = number("", "2022-12-31", "7", &a, "2023-02-17");
    let concept =
        format!("{{\"cik\":1234,\"taxonomy\":\"us-gaap\",\"tag\":\"Assets\",\"label\":\"x\",\"units\":{{\"USD\":[{n}]}}}}");
    let some = format!(
        "{{\"entityName\":\"A\u{a0}B\",\"cik\":\"1234\",\"maturity\":{{\"LongTermDebtMaturitiesRepaymentsOfPrincipalAfterYearFive\":{{\"units\":{{\"USD\":[{n}]}}}}}},\"context\":{{\"LongTermDebt\":{{\"units\":{{\"USD\":[{n}]}}}}}}}}"
    );
    assert_eq!(facts(&text("concept.json", concept)).len(), 1);
    assert_eq!(facts(&text("some.json", some)).len(), 2);
}

#[test]
fn what_breaks_off_is_kept_up_to_the_break() {
    let a = accession(2023, 1);
    let numbers = vec![number("", "2021-12-31", "7", &a, "2023-02-17"), number("", "2022-12-31", "8", &a, "2023-02-17")];
    let whole = company("1234", &[("Assets", "USD", numbers)]);
    let kept = text("facts.json", &whole[..whole.len() - 40]);
    assert_eq!(facts(&kept).len(), 1);
    assert_eq!(kept.refused[0].rule, "bad_json");
    let folder = tempfile::tempdir().unwrap();
    let (result, _) = read(&write(folder.path(), "nothing.json", "{\"cik\":1,\"facts\":{\"us-gaap\":["));
    assert!(matches!(result, Err(SourceError::Layout { .. })));
    let kept = text("no_cik.json", whole.replace("\"cik\":1234", "\"cik\":[]"));
    assert_eq!((facts(&kept).len(), kept.refused[0].rule.as_str()), (0, "not_a_cik"));
}

/// Three companies in an archive.
fn three(folder: &Path) -> (std::path::PathBuf, Vec<u8>) {
    let files: Vec<(String, String)> = (1..=3)
        .map(|n| {
            let numbers = (0..200).map(|i| {
                number(
                    "",
                    &Day::ymd(2010, 1, 1).plus(i).to_string(),
                    &(i + 1).to_string(),
                    &accession(2023, i as u32),
                    "2023-02-17",
                )
            });
            (format!("CIK{n:010}.json"), company(&n.to_string(), &[("Assets", "USD", numbers.collect())]))
        })
        .collect();
    let path = folder.join("companyfacts.zip");
    zip(&path, &files.iter().map(|(n, c)| (n.as_str(), c.as_bytes())).collect::<Vec<_>>());
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes)
}

#[test]
fn an_archive_is_read_in_its_order_and_what_is_whole_of_a_broken_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (path, bytes) = three(folder.path());
    let (result, kept) = read(&path);
    result.unwrap();
    let order = |kept: &Kept| -> Vec<String> {
        let of = |b: &&Observations| b.dataset == Dataset::Facts;
        kept.rows.iter().filter(of).map(|b| b.text("issuer").get(0).to_owned()).collect()
    };
    assert_eq!(order(&kept), ["cik:0000000001", "cik:0000000002", "cik:0000000003"]);
    assert_eq!((facts(&kept).len(), kept.refused.len()), (600, 0));
    // Cut anywhere: never a panic, never a wrong row, always a word.
    let third = bytes.len() / 3;
    for at in [40, third, 2 * third, bytes.len() - 200, bytes.len() - 30, bytes.len() - 1] {
        let path = write(folder.path(), "cut.zip", &bytes[..at]);
        let reader = plimsoll_sources::readers().iter().find(|r| r.info().id == "edgar").unwrap();
        let (result, kept) = read_with(*reader, &path, Moment::MAX);
        match result {
            Ok(()) => {
                assert!(kept.refused.iter().any(|r| r.rule == "truncated_archive"), "{at}");
                assert_eq!(order(&kept), ["cik:0000000001", "cik:0000000002", "cik:0000000003"][..order(&kept).len()]);
                assert_eq!(facts(&kept).len() % 200, 0);
            }
            Err(e) => assert!(at == 40 && e.to_string().contains("whole file"), "{at}: {e}"),
        }
    }
    let cut = write(folder.path(), "cut.zip", &bytes[..2 * third + 100]);
    assert_eq!(order(&read(&cut).1).len(), 2);
    // A damaged file costs itself alone.
    let mut damaged = bytes.clone();
    damaged[third + third / 2] ^= 0x55;
    let (result, kept) = read(&write(folder.path(), "damaged.zip", damaged));
    result.unwrap();
    assert_eq!((kept.refused[0].rule.as_str(), kept.refused[0].field.as_str()), ("damaged_entry", "CIK0000000002.json"));
    assert_eq!(order(&kept), ["cik:0000000001", "cik:0000000003"]);
    assert_eq!(recognise(&path).unwrap().info().id, "edgar");
}
