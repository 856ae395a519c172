//! The SEC's filings, maps and quarterly sets, hand-made: what is taken, when it is known, what is refused.

mod support;

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, StringArray};
use plimsoll_model::dataset::Dataset;
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{Day, Moment};
use support::*;

/// Rows of a dataset: period, moment of knowledge, its texts.
fn rows(kept: &Kept, dataset: Dataset) -> Vec<(Day, Moment, Vec<String>)> {
    let mut out = Vec::new();
    for b in kept.rows.iter().filter(|b| b.dataset == dataset) {
        for i in 0..b.len() {
            let texts =
                b.names.iter().filter(|n| !["value", "quality"].contains(n)).map(|n| b.text(n).get(i).to_owned()).collect();
            out.push((Day(b.period[i]), Moment(b.known_at[i]), texts));
        }
    }
    out
}

fn at(text: &str) -> Moment {
    Moment(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

const IDENTITY: &str = "1994-01-01";

const SUBMISSIONS: &str = r#"{"cik":"0000001234","entityType":"operating","sic":"3571","sicDescription":"Electronic Computers","name":"Hand Made Inc.",
 "tickers":["HND","HND-PA"],"exchanges":["NYSE","NYSE"],"fiscalYearEnd":"0926","formerNames":[
  {"name":"Older Co","from":"1999-01-05T05:00:00.000Z","to":"2007-01-04T05:00:00.000Z"},
  {"name":"Old Co","from":"2007-01-10T05:00:00.000Z","to":"2019-08-05T04:00:00.000Z"}],
 "filings":{"recent":{
  "accessionNumber":["0000001234-23-000001","0000001234-23-000002","0000001234-23-000003","0000001234-23-000004","0000001234-23-000005","bad","0000001234-23-000007"],
  "filingDate":["2023-11-03","2023-08-04","2023-06-01","2023-05-01","2023-04-03","2023-03-01","2023-01-01x"],
  "reportDate":["2023-09-30","2023-07-01","2023-05-31","2023-09-30","","2022-12-31","2022-12-31"],
  "acceptanceDateTime":["2023-11-02T22:08:27.000Z","2023-08-04T12:01:02.000Z","2023-06-01T20:00:00.000Z","2023-05-01T20:00:00.000Z","2023-04-03T04:00:00.000Z","2023-03-01T20:00:00.000Z","2023-01-01T20:00:00.000Z"],
  "form":["10-K","10-Q","4","10-Q","8-K","10-K","10-K"],
  "items":["","","","","1.03,9.01","",""],
  "primaryDocument":["a.htm","b.htm","c.xml","d.htm","e.htm","f.htm","g.htm"]},
 "files":[{"name":"CIK0000001234-submissions-001.json"}]}}"#;

#[test]
fn filings_are_known_when_published_and_names_from_their_first_day() {
    let kept = text("CIK0000001234.json", SUBMISSIONS);
    let row = |period: &str, known: Moment, texts: [&str; 5]| (day(period), known, texts.map(str::to_owned).to_vec());
    let id = "cik:0000001234";
    assert_eq!(
        rows(&kept, Dataset::Filings),
        vec![
            row("2023-09-30", day("2023-11-03").at(6, 0), [id, "0000001234-23-000001", "10-K", "", "a.htm"]),
            row("2023-07-01", at("2023-08-04T12:01:02Z"), [id, "0000001234-23-000002", "10-Q", "", "b.htm"]),
            row("2023-04-03", day("2023-04-04").at(9, 30), [id, "0000001234-23-000005", "8-K", "1.03,9.01", "e.htm"]),
        ]
    );
    let rules: Vec<(&str, &str)> = kept.refused.iter().map(|r| (r.rule.as_str(), r.field.as_str())).collect();
    assert_eq!(
        rules,
        vec![
            ("filed_before_period_end", "reportDate[3]"),
            ("incomplete_filing", "accessionNumber[5]"),
            ("not_a_day", "filingDate[6]")
        ]
    );
    assert_eq!(kept.defect("form_not_kept")[0].rows, 1);
    let said: Vec<(Day, Moment, String)> = rows(&kept, Dataset::Issuers)
        .into_iter()
        .map(|(from, known, texts)| {
            assert_eq!(texts[0], id);
            (from, known, texts[1..].join("|"))
        })
        .collect();
    let named = |from: &str, known: Moment, texts: &str| (day(from), known, texts.to_owned());
    assert_eq!(
        said,
        vec![
            named(IDENTITY, day(IDENTITY).at(0, 0), "HND|Hand Made Inc.|3571|Electronic Computers||0926"),
            named(IDENTITY, day(IDENTITY).at(0, 0), "HND.PA|Hand Made Inc.|3571|Electronic Computers||0926"),
            named("1999-01-05", day("1999-01-06").at(9, 30), "|Older Co||||"),
            named("2007-01-10", day("2007-01-11").at(9, 30), "|Old Co||||"),
            named("2019-08-05", day("2019-08-06").at(9, 30), "|Hand Made Inc.||||"),
        ]
    );
}

#[test]
fn continuations_take_the_issuer_from_their_name() {
    let page = r#"{"accessionNumber":["0000001234-05-000001"],"filingDate":["2005-03-01"],"reportDate":["2004-12-31"],
        "acceptanceDateTime":["2005-03-01T16:00:00.000Z"],"form":["10-K"],"items":[""],"primaryDocument":["x.htm"]}"#;
    let kept = text("CIK0000001234-submissions-001.json", page);
    assert_eq!(rows(&kept, Dataset::Filings)[0].2[0], "cik:0000001234");
    assert!(rows(&kept, Dataset::Issuers).is_empty());
    let kept = text("unnamed.json", page);
    assert_eq!(kept.rules(), [("not_a_cik", 0, "cik")]);
    // Nothing of the future.
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "CIK0000001234.json", SUBMISSIONS);
    let now = day("2023-08-31").at(12, 0);
    let (result, kept) = read_with(plimsoll_sources::recognise(&path).unwrap(), &path, now);
    result.unwrap();
    assert_eq!(rows(&kept, Dataset::Filings).len(), 2);
    assert_eq!(kept.refused[0].rule, "future_dated");
}

#[test]
fn submissions_in_an_archive_are_recognised_by_their_first_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any.zip");
    zip(&path, &[("CIK0000001234.json", SUBMISSIONS.as_bytes()), ("CIK0000000099.json", b"{\"cik\":"), ("readme.txt", b"x")]);
    let (result, kept) = read(&path);
    result.unwrap();
    assert_eq!(rows(&kept, Dataset::Filings).len(), 3);
    assert!(kept.refused.iter().any(|r| r.rule == "bad_json" && r.field.starts_with("CIK0000000099.json")));
}

#[test]
fn tickers_in_both_layouts_and_one_ticker_of_two_issuers() {
    let first = r#"{"0":{"cik_str":1234,"ticker":"HND","title":"Hand Made Inc."},"1":{"cik_str":"99","ticker":"BRK-B","title":"Other"},
        "2":{"cik_str":77,"ticker":"HND","title":"Handy Ltd"},"3":{"cik_str":null,"ticker":"X","title":""},"4":{"cik_str":5,"ticker":"","title":""}}"#;
    let kept = text("company_tickers.json", first);
    let said: Vec<String> = rows(&kept, Dataset::Issuers).iter().map(|r| r.2[..3].join("|")).collect();
    assert_eq!(said, ["cik:0000001234|HND|Hand Made Inc.", "cik:0000000099|BRK.B|Other", "cik:0000000077|HND|Handy Ltd"]);
    assert!(kept.rows[0].period.iter().all(|p| Day(*p) == day(IDENTITY)));
    assert_eq!(kept.rules(), [("not_a_cik", 4, "cik"), ("not_a_symbol", 5, "ticker")]);
    let shared = kept.defect("shared_ticker");
    assert_eq!((shared.len(), shared[0].subject.as_str(), shared[0].rows), (1, "HND", 2));
    let second = r#"{"fields":["cik","name","ticker","exchange"],"data":[[1234,"Hand Made Inc.","HND","NYSE"],[99,"Other","BRK-B",null]]}"#;
    let kept = text("company_tickers_exchange.json", second);
    let said: Vec<String> = rows(&kept, Dataset::Issuers).iter().map(|r| r.2[..3].join("|")).collect();
    assert_eq!(said, ["cik:0000001234|HND|Hand Made Inc.", "cik:0000000099|BRK.B|Other"]);
}

#[test]
fn a_register_gives_codes_and_every_ticker_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("filers.parquet");
    let text = |v: [Option<&str>; 3]| Arc::new(StringArray::from(v.to_vec())) as ArrayRef;
    parquet(
        &path,
        vec![
            ("cik", text([Some("0000001234"), Some("77"), Some("x")])),
            ("name", text([Some("Hand Made Inc."), Some("Handy Ltd"), None])),
            ("sic", Arc::new(Float64Array::from(vec![Some(700.0), None, Some(1.0)])) as ArrayRef),
            ("sic_description", text([Some("Agricultural Services"), Some(""), None])),
            ("tickers", text([Some("HND|HND-PA"), None, None])),
            ("fiscal_year_end", text([Some("1231"), None, None])),
        ],
    );
    let (result, kept) = read(&path);
    result.unwrap();
    let said: Vec<String> = rows(&kept, Dataset::Issuers).iter().map(|r| r.2.join("|")).collect();
    assert_eq!(
        said,
        [
            "cik:0000001234|HND|Hand Made Inc.|0700|Agricultural Services||1231",
            "cik:0000001234|HND.PA|Hand Made Inc.|0700|Agricultural Services||1231",
            "cik:0000000077||Handy Ltd||||"
        ]
    );
    assert_eq!(kept.rules(), [("not_a_cik", 3, "cik")]);
}

const SUB: &str = "adsh\tcik\tname\tsic\tfye\tform\tperiod\tfy\tfp\tfiled\taccepted\n\
0000001234-23-000001\t1234\tHAND MADE INC\t3571\t0930\t10-K\t20230930\t2023\tFY\t20231103\t2023-11-02 18:08:00.0\n\
0000001234-24-000001\t1234\tHAND MADE INC\t3571\t0930\t10-Q\t20231231\t2024\tQ1\t20240202\t2024-02-02 08:01:00.0\n\
0000000077-24-000001\tx\tBAD\t\t\t10-Q\t20231231\t2024\tQ1\t20240202\t2024-02-02 08:01:00.0\n";

fn num(lines: &[&str]) -> String {
    let head = "adsh\ttag\tversion\tddate\tqtrs\tuom\tsegments\tcoreg\tvalue\tfootnote\n";
    format!("{head}{}", lines.iter().map(|l| l.replace(' ', "\t") + "\n").collect::<String>())
}

fn set(num: &str, sub: &str) -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2023q4.zip");
    zip(&path, &[("sub.txt", sub.as_bytes()), ("tag.txt", b"tag\n"), ("num.txt", num.as_bytes()), ("pre.txt", b"adsh\n")]);
    let (result, kept) = read(&path);
    result.unwrap();
    kept
}

#[test]
fn a_quarter_of_statements_gives_consolidated_numbers_with_their_periods() {
    let (k, q) = ("0000001234-23-000001", "0000001234-24-000001");
    let lines = [
        format!("{k} Revenues us-gaap/2023 20230930 4 USD   1000.0000 "),
        format!("{k} Revenues us-gaap/2023 20230930 1 USD   300.0000 "),
        format!("{k} Revenues us-gaap/2023 20230930 4 USD Segment=A;  400 "),
        format!("{k} Revenues us-gaap/2023 20230930 4 USD  PARENT 400 "),
        format!("{k} Assets us-gaap/2023 20230930 0 USD   5000 "),
        format!("{k} MyOwnTag {k} 20230930 0 USD   5000 "),
        format!("{q} Assets us-gaap/2023 20230930 0 USD   5000 "),
        format!("{q} Assets us-gaap/2023 20231231 0 USD   5100 "),
        format!("{q} EntityCommonStockSharesOutstanding dei/2023 20240228 0 shares   77 "),
        format!("{q} Equity ifrs/2023 20231231 0 EUR   9 "),
        format!("{q} Liabilities us-gaap/2023 20231231 0 USD    "),
        format!("{q} Liabilities us-gaap/2023 20231231 0    8 "),
        format!("{q} Liabilities us-gaap/2023 20231231 0 USD   eight "),
        format!("{q} Liabilities us-gaap/2023 20240430 0 USD   8 "),
        format!("{q} Liabilities us-gaap/2023 2023123 0 USD   8 "),
        format!("{q} Liabilities us-gaap/2023 20231231 -1 USD   8 "),
        "0000000001-23-000001 Liabilities us-gaap/2023 20231231 0 USD   8 ".to_owned(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let kept = set(&num(&lines), SUB);
    let facts: Vec<String> = kept
        .rows
        .iter()
        .filter(|b| b.dataset == Dataset::Facts)
        .flat_map(|b: &Observations| {
            let line = |i: usize| {
                let text = |c: &str| b.text(c).get(i).to_owned();
                let period = format!("{}..{}", text("start"), Day(b.period[i]));
                assert_eq!((text("origin"), text("issuer")), ("edgar-sets".to_owned(), "cik:0000001234".to_owned()));
                [
                    text("concept"),
                    period,
                    b.f64("value")[i].to_string(),
                    text("unit"),
                    text("fiscal"),
                    Moment(b.known_at[i]).to_string(),
                ]
                .join(" ")
            };
            (0..b.len()).map(line).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        facts,
        [
            "dei:EntityCommonStockSharesOutstanding ..2024-02-02 77 shares 2024 Q1 2024-02-02T13:01:00Z",
            "us-gaap:Assets ..2023-09-30 5000 USD 2023 FY 2023-11-03T10:00:00Z",
            "us-gaap:Assets ..2023-12-31 5100 USD 2024 Q1 2024-02-02T13:01:00Z",
            "us-gaap:Revenues 2022-10-01..2023-09-30 1000 USD 2023 FY 2023-11-03T10:00:00Z",
            "us-gaap:Revenues 2023-07-01..2023-09-30 300 USD 2023 FY 2023-11-03T10:00:00Z",
            "ifrs-full:Equity ..2023-12-31 9 EUR 2024 Q1 2024-02-02T13:01:00Z",
        ]
    );
    let rules: Vec<(&str, u64)> = kept.refused.iter().map(|r| (r.rule.as_str(), r.row)).collect();
    assert_eq!(
        rules,
        [
            ("not_a_cik", 4),
            ("missing_unit", 13),
            ("not_a_number", 14),
            ("filed_before_period_end", 15),
            ("not_a_day", 16),
            ("not_a_number", 17),
            ("no_filing", 18)
        ]
    );
    assert_eq!((kept.missing, kept.defect("part_of_company")[0].rows, kept.defect("concept_not_kept")[0].rows), (1, 2, 1));
    assert_eq!(kept.defect("repeated_number")[0].rows, 1);
    let filings = rows(&kept, Dataset::Filings);
    assert_eq!((filings.len(), filings[0].0, filings[0].1), (2, day("2023-09-30"), day("2023-11-03").at(6, 0)));
    let named = rows(&kept, Dataset::Issuers);
    assert_eq!(
        (named.len(), named[0].0, named[0].2.join("|").as_str()),
        (1, day("2023-11-03"), "cik:0000001234||HAND MADE INC|3571|||0930")
    );
}

#[test]
fn a_quarter_without_its_tables_or_columns_is_an_error_that_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2023q4.zip");
    zip(&path, &[("sub.txt", SUB.as_bytes())]);
    assert!(read(&path).0.unwrap_err().to_string().contains("num.txt"));
    zip(&path, &[("sub.txt", SUB.as_bytes()), ("num.txt", b"adsh\ttag\n")]);
    assert!(read(&path).0.unwrap_err().to_string().contains("version"));
}
