//! SimFin's bulk files: what is taken, what is refused, and what is told.

mod support;

use plimsoll_model::dataset::{Dataset, quality};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Day;
use plimsoll_sources::SourceError;
use support::*;

const COMPANIES: &str =
    "Ticker;SimFinId;Company Name;IndustryId;ISIN;End of financial year (month);Number Employees;Market;CIK;Main Currency
ACME;11;ACME CORP;100001;;12;500;us;1234;USD
ACM-B;12;ACME CORP;100001;;12;500;us;1234;USD
GONE_delisted;13;Gone Inc.;999999;;9;;us;77;USD
GONE;14;New Owner of the Symbol plc;;;2;;us;;USD
;15;;;;;;us;99;USD
";
const INDUSTRIES: &str = "IndustryId;Industry;Sector\n100001;Anvils;Industrials\n";
const INCOME: &str = "Ticker;SimFinId;Currency;Fiscal Year;Fiscal Period;Report Date;Publish Date;Restated Date;Shares (Basic);Revenue;Depreciation & Amortization;Operating Income (Loss);Interest Expense, Net;Net Income";
const CASH: &str = "Ticker;SimFinId;Currency;Fiscal Year;Fiscal Period;Report Date;Publish Date;Restated Date;Depreciation & Amortization;Net Cash from Operating Activities";
const BALANCE: &str =
    "Ticker;SimFinId;Currency;Fiscal Year;Fiscal Period;Report Date;Publish Date;Restated Date;Total Assets;Long Term Debt";

fn read_beside(name: &str, header: &str, rows: &[&str]) -> (Result<(), SourceError>, Kept) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "us-companies.csv", COMPANIES);
    read(&write(folder.path(), name, format!("{header}\n{}\n", rows.join("\n"))))
}

fn statement(name: &str, header: &str, rows: &[&str]) -> Kept {
    let (result, kept) = read_beside(name, header, rows);
    result.unwrap();
    kept
}

/// Issuer, concept, start, end, unit, accession, value, known at, form, flags.
fn facts(kept: &Kept) -> Vec<String> {
    let line = |b: &Observations, i: usize| {
        let t = |name| b.text(name).get(i);
        format!(
            "{} {} {}..{} {} {} {} {} {} {}",
            t("issuer"),
            t("concept"),
            t("start"),
            Day(b.period[i]),
            t("unit"),
            t("accession"),
            b.f64("value")[i],
            plimsoll_model::time::Moment(b.known_at[i]).day(),
            t("form"),
            b.u8("quality")[i]
        )
    };
    kept.rows.iter().flat_map(|b| (0..b.len()).map(move |i| line(b, i))).collect()
}

#[test]
fn a_year_of_each_statement() {
    let income = statement(
        "us-income-annual-2020-2023.csv",
        INCOME,
        &[
            "ACME;11;USD;2022;FY;2022-12-31;2023-02-24;2023-02-24;1000;500;;60;-20;30",
            "ACME;11;USD;2021;FY;2021-12-31;2022-02-25;2023-02-24;990;480;-12;50;-21;25",
        ],
    );
    assert_eq!(income.refused.len(), 0);
    assert_eq!(income.missing, 1);
    let lines = facts(&income);
    assert_eq!(lines.len(), 11);
    let year = "cik:0000001234 simfin:Revenue 2022-01-01..2022-12-31 USD simfin:11:2022FY 500 2023-02-27 10-K 0";
    assert_eq!(lines[1], year);
    assert!(lines[0].contains(" simfin:Shares (Basic) 2022-01-01..2022-12-31 shares "), "{}", lines[0]);
    // The year before was restated with the year after: what it shows is the later value.
    let restated = format!(
        "cik:0000001234 simfin:Interest Expense, Net 2021-01-01..2021-12-31 USD simfin:11:2021FY -21 2022-02-28 10-K {}",
        quality::REVISED
    );
    assert!(lines.contains(&restated), "{lines:#?}");
    assert_eq!(income.defect("restated_later")[0].rows, 1);

    let cash = statement("us-cashflow-annual.csv", CASH, &["ACME;11;USD;2022;FY;2022-12-31;2023-02-24;;12;70"]);
    let names: Vec<String> = facts(&cash).iter().map(|l| l.split(" 2022").next().unwrap().to_owned()).collect();
    let expected = ["simfin:Cash Flow Depreciation & Amortization", "simfin:Net Cash from Operating Activities"];
    assert_eq!(names, expected.map(|n| format!("cik:0000001234 {n}")));

    let balance = statement("us-balance-annual.csv", BALANCE, &["NOID;14;EUR;2022;Q4;2022-12-31;2023-02-24;;900;"]);
    assert_eq!(facts(&balance), ["simfin:14 simfin:Total Assets ..2022-12-31 EUR simfin:14:2022FY 900 2023-02-27 10-K 0"]);
    assert_eq!(balance.defect("no_cik")[0].rows, 1);
}

#[test]
fn where_a_period_begins() {
    let begins = |name: &str, rows: &[&str]| -> Vec<String> {
        let kept = statement(name, CASH, rows);
        kept.rows.iter().flat_map(|b| (0..b.len()).map(|i| b.text("start").get(i).to_owned())).collect()
    };
    // A 52-week year after another, a leap day, a year end that moved, and a gap of two years.
    let years = [
        "A;11;USD;2018;FY;2018-02-03;2018-04-01;;;1",
        "A;11;USD;2019;FY;2019-02-02;2019-04-01;;;1",
        "A;12;USD;2020;FY;2020-02-29;2020-05-01;;;1",
        "A;12;USD;2021;FY;2021-02-28;2021-05-01;;;1",
        "A;12;USD;2021;FY;2021-12-31;2022-05-01;;;1",
        "A;13;USD;2018;FY;2018-06-30;2018-09-01;;;1",
        "A;13;USD;2020;FY;2020-06-30;2020-09-01;;;1",
    ];
    let mut moved = years.to_vec();
    moved[4] = "A;12;USD;2022;FY;2021-12-31;2022-05-01;;;1";
    assert_eq!(
        begins("us-cashflow-annual.csv", &moved),
        ["2017-02-04", "2018-02-04", "2019-03-01", "2020-03-01", "2021-01-01", "2017-07-01", "2019-07-01"]
    );
    let kept = statement("us-cashflow-annual.csv", CASH, &moved);
    let told = kept.defect("fiscal_year_end_moved");
    assert_eq!((told.len(), told[0].subject.as_str(), told[0].to), (1, "simfin:12", Some(day("2021-12-31"))));
    let quarters = ["A;11;USD;2022;Q1;2022-03-31;2022-05-01;;;1", "A;11;USD;2022;Q2;2022-07-02;2022-08-01;;;1"];
    assert_eq!(begins("us-cashflow-quarterly.csv", &quarters), ["2022-01-01", "2022-04-01"]);
    assert_eq!(begins("us-cashflow-ttm.csv", &quarters), ["2021-04-01", "2021-07-03"]);
    let forms = statement("us-cashflow-quarterly.csv", CASH, &["A;11;USD;2022;Q4;2022-12-31;2023-05-01;;;1", quarters[0]]);
    let forms: Vec<String> = facts(&forms).iter().map(|l| l.rsplit(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(forms, ["10-K", "10-Q"]);
}

#[test]
fn bad_rows_are_refused_by_name_and_their_neighbours_stay() {
    let rows = [
        "ACME;11;USD;2015;FY;2015-12-31;2016-02-24;2016-02-24;1;500;;60;-20;30",
        "ACME;11;USD;2016;FY;2016-12-31;2009-01-01;2017-02-24;1;500;;60;-20;30",
        "ACME;11;USD;2017;FY;2017-12-31;2017-12-31;2018-02-24;1;500;;60;-20;30",
        "ACME;11;USD;2018;FY;2018-12-31;;2019-02-24;1;500;;60;-20;30",
        "ACME;11;usd?;2019;FY;2019-12-31;2020-02-24;;1;500;;60;-20;30",
        "ACME;11;USD;2015;FY;2014-12-31;2016-02-24;;1;500;;60;-20;30",
        "ACME;11;USD;2014;FY;2015-12-31;2016-02-24;;1;500;;60;-20;30",
        "ACME;eleven;USD;2020;FY;2020-12-31;2021-02-24;;1;500;;60;-20;30",
        "ACME;11;USD;20x0;FY;2020-12-31;2021-02-24;;1;500;;60;-20;30",
        "ACME;11;USD;2020;H1;2020-12-31;2021-02-24;;1;500;;60;-20;30",
        "ACME;11;USD;2020;FY;2020-13-31;2021-02-24;;1;500;;60;-20;30",
        "ACME;11;USD;2020;FY;2020-12-31;2021-02-24;2020-12-01;1;five;;inf;-20;30",
        "ACME;11;USD;2021;FY;2021-12-31;2022-02-24;;1;500",
    ];
    let kept = statement("us-income-annual.csv", INCOME, &rows);
    assert_eq!(
        kept.rules(),
        [
            ("published_before_period_ended", 3, "Publish Date"),
            ("published_before_period_ended", 4, "Publish Date"),
            ("no_publish_date", 5, "Publish Date"),
            ("unknown_currency", 6, "Currency"),
            ("duplicate_company_year", 7, "Fiscal Year"),
            ("duplicate_report_date", 8, "Report Date"),
            ("not_an_id", 9, "SimFinId"),
            ("not_a_year", 10, "Fiscal Year"),
            ("not_a_period", 11, "Fiscal Period"),
            ("not_a_day", 12, "Report Date"),
            ("not_a_number", 13, "Revenue"),
            ("non_finite", 13, "Operating Income (Loss)"),
            ("wrong_number_of_fields", 14, "line"),
        ]
    );
    // The good row, and the good cells beside two bad ones.
    assert_eq!((kept.taken(), kept.missing), (5 + 3, 2));
    assert_eq!(kept.defect("restated_before_published")[0].rows, 1);
    assert_eq!(kept.refused[0].period, Some(day("2016-12-31")));

    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "us-companies.csv", COMPANIES);
    let path = write(folder.path(), "us-income-annual.csv", format!("{INCOME}\n{}\n", rows[0]));
    let (result, kept) = read_with(plimsoll_sources::recognise(&path).unwrap(), &path, day("2016-02-24").at(16, 0));
    result.unwrap();
    assert_eq!(kept.rules(), [("future_dated", 2, "Publish Date")]);
}

#[test]
fn files_that_cannot_be_read_as_they_are() {
    let row = ["ACME;11;USD;2015;FY;2015-12-31;2016-02-24;2016-02-24;1;500;;60;-20;30"];
    let (result, _) = read_beside("income.csv", INCOME, &row);
    assert!(result.unwrap_err().to_string().contains("`annual`, `quarterly` or `ttm`"));
    let folder = tempfile::tempdir().unwrap();
    let (result, _) = read(&write(folder.path(), "us-income-annual.csv", format!("{INCOME}\n{}\n", row[0])));
    assert!(result.unwrap_err().to_string().contains("us-companies.csv"));
    let header = "Ticker;SimFinId;Currency;Fiscal Year;Fiscal Period;Report Date;Publish Date;Restated Date;Price";
    let (result, _) = read_beside("us-derived-annual.csv", header, &["A;11;USD;2015;FY;2015-12-31;2016-02-24;;1"]);
    assert!(result.unwrap_err().to_string().contains("Total Assets"));
}

#[test]
fn companies_become_issuers() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "us-companies.csv", COMPANIES);
    let (_, alone) = read(&path);
    assert_eq!(alone.defect("no_industries").len(), 1);
    write(folder.path(), "industries.csv", INDUSTRIES);
    let (result, kept) = read(&path);
    result.unwrap();
    let expected = [
        "1994-01-01 1994-01-03T14:30:00Z cik:0000000077 GONE Gone Inc.    0930",
        "1994-01-01 1994-01-03T14:30:00Z cik:0000001234 ACM.B ACME CORP  Anvils Industrials 1231",
        "1994-01-01 1994-01-03T14:30:00Z cik:0000001234 ACME ACME CORP  Anvils Industrials 1231",
        "1994-01-01 1994-01-03T14:30:00Z simfin:14 GONE New Owner of the Symbol plc    0228",
    ];
    assert_eq!(kept.lines(), expected);
    assert_eq!(kept.rows[0].dataset, Dataset::Issuers);
    assert_eq!(kept.missing, 1);
    assert_eq!(kept.defect("unknown_industry")[0].rows, 1);
    assert_eq!(kept.defect("shared_cik")[0].subject, "cik:0000001234");
    assert_eq!(kept.defect("reused_symbol")[0].subject, "GONE");
    let (result, industries) = read(&folder.path().join("industries.csv"));
    result.unwrap();
    assert_eq!((industries.taken(), industries.refused.len()), (0, 0));

    let bad = "Ticker;SimFinId;Company Name;IndustryId;End of financial year (month);CIK
A;x;Alpha;;12;1
B;2;Beta;;13;1
C;3;Gamma;;12;CIK
D?;4;Delta;;12;1
E;5;Epsilon;;12;1
E;5;Epsilon;;12;1
";
    let kept = text("us-companies.csv", bad);
    assert_eq!(
        kept.rules(),
        [
            ("not_an_id", 2, "SimFinId"),
            ("not_a_month", 3, "End of financial year (month)"),
            ("not_a_cik", 4, "CIK"),
            ("not_a_symbol", 5, "Ticker"),
            ("duplicate_company", 7, "SimFinId"),
        ]
    );
    assert_eq!(kept.taken(), 1);
}
