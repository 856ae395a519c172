//! The SEC's real files: ladders and balances read by hand from the filings, and nothing of a filing before it was filed.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use plimsoll_model::dataset::{Dataset, quality};
use plimsoll_model::facts::{Facts, filings, known};
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_sources::edgar::concepts::KEPT;
use plimsoll_store::Store;
use plimsoll_testsuite::{real, stored};

static STORE: LazyLock<Option<Store>> = LazyLock::new(|| {
    let data = real::data()?;
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("filings-real");
    let _ = std::fs::remove_dir_all(&dir);
    Some(stored::import(&dir, &[data.join("sec")]).expect("the real data can be imported"))
});

fn facts(as_of: &str) -> Option<Facts> {
    let snapshot = STORE.as_ref()?.snapshot(as_of.parse::<AsOf>().unwrap()).expect("a snapshot");
    let rows = snapshot.scan(&Scan::all(Dataset::Facts)).expect("facts");
    let all: BTreeSet<String> = KEPT.all().iter().map(|c| c.name.clone()).collect();
    Some(Facts::lay_out(&rows, &all))
}

/// The number in force of a concept to a day, with its accession number; years only, where it is a flow.
fn stated(facts: &Facts, as_of: &str, cik: u64, concept: &str, end: &str) -> Option<(f64, String)> {
    let moment = as_of.parse::<AsOf>().unwrap().moment();
    let issuer = facts.issuer(&format!("cik:{cik:010}"))?;
    let end: Day = end.parse().unwrap();
    let of = known(facts.of(issuer, concept), moment).find(|f| f.end == end && f.days().is_none_or(|d| d > 350))?;
    Some((of.value, facts.accession(of).to_owned()))
}

const RUNGS: [&str; 6] = ["InNextTwelveMonths", "InYearTwo", "InYearThree", "InYearFour", "InYearFive", "AfterYearFive"];

/// CIK, end of the fiscal year, accession number of the annual report, day of filing, and the ladder of its notes in millions of dollars:
/// due within a year, in years two to five, and after.
type Ladder = (u64, &'static str, &'static str, &'static str, [f64; 6]);

const LADDERS: &[Ladder] = &[
    (1_158_449, "2023-12-30", "0001158449-24-000048", "2024-03-12", [0.0, 0.0, 300.0, 350.0, 300.0, 850.0]),
    (1_158_463, "2023-12-31", "0001158463-24-000006", "2024-02-12", [301.0, 273.0, 1017.0, 269.0, 374.0, 2482.0]),
    (1_306_830, "2023-12-31", "0001306830-24-000029", "2024-02-23", [1383.0, 1395.0, 1527.0, 3449.0, 1567.0, 4437.0]),
    (1_590_895, "2023-12-31", "0001590895-24-000051", "2024-02-20", [65.0, 4453.0, 65.0, 1676.0, 587.0, 5593.0]),
    (1_688_568, "2023-03-31", "0001688568-23-000030", "2023-05-19", [176.0, 61.0, 731.0, 708.0, 814.0, 1299.0]),
    (812_074, "2023-12-31", "0001558370-24-001165", "2024-02-14", [142.0, 967.0, 100.0, 1831.0, 684.0, 1116.0]),
    (1_524_358, "2023-12-31", "0001524358-24-000006", "2024-02-27", [4.0, 784.0, 575.0, 680.0, 350.0, 500.0]),
    (797_721, "2023-03-31", "0000950170-23-023444", "2023-05-22", [37.939, 37.381, 738.073, 9.969, 607.0, 1059.75]),
    (1_065_696, "2023-12-31", "0001065696-24-000009", "2024-02-22", [596.0, 23.0, 1040.0, 9.0, 2002.0, 611.0]),
    (1_031_203, "2023-12-31", "0001031203-24-000013", "2024-02-14", [109.9, 123.9, 198.9, 517.7, 878.1, 278.9]),
    (814_453, "2023-12-31", "0000814453-24-000017", "2024-02-21", [332.0, 547.0, 1985.0, 500.0, 2.0, 1586.0]),
    (1_469_367, "2023-12-31", "0001469367-24-000024", "2024-02-21", [557.202, 2513.711, 1261.096, 876.062, 226.54, 5322.663]),
];

#[test]
fn ladders_read_by_hand() {
    let Some(after) = facts("2024-06-28") else { return };
    for (cik, end, accession, filed, rungs) in LADDERS {
        let (on, next) = (filed.to_string(), filed.parse::<Day>().unwrap().plus(4).to_string());
        for (rung, millions) in RUNGS.iter().zip(rungs) {
            let concept = format!("us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipal{rung}");
            let of = |as_of: &str| stated(&after, as_of, *cik, &concept, end);
            // On the evening of the filing it is not known yet: the files state no hour.
            assert_eq!(of(&on), None, "{cik} {rung}");
            assert_eq!(of(&next), Some(((millions * 1e6).round(), (*accession).to_owned())), "{cik} {rung}");
            assert_eq!(of("2024-06-28"), of(&next), "{cik} {rung}");
        }
    }
}

/// CIK, concept, end, value, accession number; day on which it was not known yet, day on which it was.
const STATED: &[(u64, &str, &str, f64, &str, &str, &str)] = &[
    // Apple's annual report for the year to 2023-09-30: operations, balance, term debt.
    (320_193, "us-gaap:Assets", "2023-09-30", 352_583e6, "0000320193-23-000106", "2023-11-03", "2023-11-06"),
    (320_193, "us-gaap:LongTermDebtNoncurrent", "2023-09-30", 95_281e6, "0000320193-23-000106", "2023-11-03", "2023-11-06"),
    (320_193, "us-gaap:LongTermDebtCurrent", "2023-09-30", 9_822e6, "0000320193-23-000106", "2023-11-03", "2023-11-06"),
    (
        320_193,
        "us-gaap:CashAndCashEquivalentsAtCarryingValue",
        "2023-09-30",
        29_965e6,
        "0000320193-23-000106",
        "2023-11-03",
        "2023-11-06",
    ),
    (320_193, "us-gaap:NetIncomeLoss", "2023-09-30", 96_995e6, "0000320193-23-000106", "2023-11-03", "2023-11-06"),
    (
        320_193,
        "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax",
        "2023-09-30",
        383_285e6,
        "0000320193-23-000106",
        "2023-11-03",
        "2023-11-06",
    ),
    (320_193, "us-gaap:InterestExpense", "2023-09-30", 3_933e6, "0000320193-23-000106", "2023-11-03", "2023-11-06"),
    (
        320_193,
        "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalAfterYearFive",
        "2023-09-30",
        56_003e6,
        "0000320193-23-000106",
        "2023-11-03",
        "2023-11-06",
    ),
    // Snowflake's for the year to 2024-01-31.
    (1_640_147, "us-gaap:Assets", "2024-01-31", 8_223.383e6, "0001640147-24-000101", "2024-03-26", "2024-03-27"),
    (
        1_640_147,
        "us-gaap:CashAndCashEquivalentsAtCarryingValue",
        "2024-01-31",
        1_762.749e6,
        "0001640147-24-000101",
        "2024-03-26",
        "2024-03-27",
    ),
    (
        1_640_147,
        "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax",
        "2024-01-31",
        2_806.489e6,
        "0001640147-24-000101",
        "2024-03-26",
        "2024-03-27",
    ),
    // Total debt in the balance or its notes.
    (1_590_895, "us-gaap:LongTermDebt", "2023-12-31", 12_439e6, "0001590895-24-000051", "2024-02-20", "2024-02-21"),
    (1_158_449, "us-gaap:LongTermDebtNoncurrent", "2023-12-30", 1_786.361e6, "0001158449-24-000048", "2024-03-12", "2024-03-13"),
    (1_597_033, "us-gaap:LongTermDebt", "2023-12-31", 4_834e6, "0001597033-24-000020", "2024-02-15", "2024-02-16"),
    (1_306_830, "us-gaap:DebtCurrent", "2023-12-31", 1_383e6, "0001306830-24-000029", "2024-02-23", "2024-02-26"),
];

#[test]
fn balances_and_years_read_by_hand() {
    let Some(after) = facts("2024-06-28") else { return };
    for (cik, concept, end, value, accession, before, from) in STATED {
        assert_eq!(stated(&after, before, *cik, concept, end), None, "{cik} {concept}");
        assert_eq!(stated(&after, from, *cik, concept, end), Some((*value, (*accession).to_owned())), "{cik} {concept}");
    }
}

#[test]
fn nothing_filed_later_is_in_an_earlier_cut() {
    let (Some(early), Some(late)) = (facts("2024-02-02"), facts("2026-06-30")) else { return };
    let moment = "2024-02-02".parse::<AsOf>().unwrap().moment();
    let (mut now, mut all) = (0, 0);
    for (i, id) in late.issuers().iter().enumerate() {
        for (concept, rows) in late.issuer_concepts(i) {
            all += rows.len();
            let then: Vec<_> =
                rows.iter().filter(|f| f.known_at <= moment).map(|f| (f.end, f.value, late.accession(f))).collect();
            now += then.len();
            let cut = early.issuer(id).map(|i| early.of(i, concept)).unwrap_or_default();
            let cut: Vec<_> = cut.iter().map(|f| (f.end, f.value, early.accession(f))).collect();
            assert_eq!(cut, then, "{id} {concept}");
        }
    }
    assert_eq!(early.len(), now);
    assert!(all > now + 1000, "the files reach to 2026: {now} of {all}");
    println!("{now} of {all} numbers were known on 2024-02-02");
}

#[test]
fn real_slips_and_signs_are_found() {
    let Some(facts) = facts("2024-06-28") else { return };
    // Apple's report of 2014-04-24 states its shares in thousands; Sonic's of 2012 have a current debt below zero.
    let flagged = |cik: u64, concept: &str| -> Vec<(String, f64, u8)> {
        let rows = facts.of(facts.issuer(&format!("cik:{cik:010}")).unwrap(), concept);
        rows.iter().filter(|f| f.quality != 0).map(|f| (facts.accession(f).to_owned(), f.value, f.quality)).collect()
    };
    let apple = flagged(320_193, "us-gaap:CommonStockSharesOutstanding");
    let slip = |value: f64| ("0001193125-14-157311".to_owned(), value, quality::SCALE);
    assert_eq!(apple, [slip(899_213.0), slip(861_745.0)]);
    let sonic = flagged(1_043_509, "us-gaap:LongTermDebtCurrent");
    let filings: Vec<&str> = sonic.iter().map(|f| f.0.as_str()).collect();
    assert_eq!(filings, ["0001193125-12-314414", "0001193125-12-314414", "0001193125-12-435391", "0001193125-13-127041"]);
    assert!(sonic.iter().all(|f| f.1 < 0.0 && f.2 == quality::SIGN));
    let defects = STORE.as_ref().unwrap().defects(None).unwrap();
    let of = |rule: &str| defects.iter().filter(|(_, d)| d.rule == rule).count();
    assert_eq!((of("scale_slip"), of("scale_restated"), of("negative_amount")), (2, 2, 1));
}

#[test]
fn filings_are_known_when_they_were_published() {
    let Some(store) = STORE.as_ref() else { return };
    let snapshot = store.snapshot("2024-06-28".parse().unwrap()).unwrap();
    let all = filings(&snapshot.scan(&Scan::all(Dataset::Filings)).unwrap());
    let apple = &all["cik:0000320193"];
    // Accepted on Thursday 2023-11-02 at 18:08, filed on Friday.
    let annual = apple.iter().find(|f| f.accession == "0000320193-23-000106").unwrap();
    assert_eq!(
        (annual.form.as_str(), annual.period, annual.known_at),
        ("10-K", Day::ymd(2023, 9, 30), Day::ymd(2023, 11, 3).at(6, 0))
    );
    assert!(apple.iter().all(|f| f.known_at.day() >= f.period));
    let results = apple.iter().filter(|f| f.form == "8-K" && f.items.contains("2.02")).count();
    assert!(results >= 30, "{results} announcements of results");
}
