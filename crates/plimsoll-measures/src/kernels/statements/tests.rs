//! Statements by hand.

use plimsoll_model::dataset::Dataset;
use plimsoll_model::facts::Facts;
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{Day, Moment};

use super::*;

/// One number: concept, first day (empty for a balance), last day, value, the day it was filed, form.
pub(crate) type Number<'a> = (&'a str, &'a str, &'a str, f64, &'a str, &'a str);

/// Facts of the issuer `cik:1`; the accession number is the day of filing.
pub(crate) fn facts(numbers: &[Number<'_>]) -> Facts {
    let rows = observations("cik:1", numbers);
    let wanted = numbers.iter().map(|n| n.0.to_owned()).collect();
    Facts::lay_out(&rows, &wanted)
}

/// The rows of one issuer.
pub(crate) fn observations(issuer: &str, numbers: &[Number<'_>]) -> Observations {
    let text = |of: &dyn Fn(&Number<'_>) -> String| Column::Text(numbers.iter().map(of).collect::<TextColumn>());
    let columns = vec![
        text(&|_| issuer.into()),
        text(&|n| n.0.into()),
        text(&|n| n.1.into()),
        text(&|n| if n.0.contains("Shares") { "shares" } else { "USD" }.into()),
        text(&|n| n.4.into()),
        Column::F64(numbers.iter().map(|n| n.3).collect()),
        text(&|n| n.5.into()),
        text(&|_| String::new()),
        text(&|_| "edgar".into()),
        Column::U8(vec![0; numbers.len()]),
    ];
    let period = numbers.iter().map(|n| day(n.2).0).collect();
    let known = numbers.iter().map(|n| day(n.4).at(17, 0).0).collect();
    Observations::new(Dataset::Facts, period, known, columns)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn at(text: &str) -> Moment {
    day(text).at(23, 0)
}

const REVENUE: &str = "us-gaap:Revenues";

/// A calendar-year issuer: quarters of 2022 are 10, 20, 30 and (derived) 40; of 2023 so far 11, 22.
fn calendar_year() -> Vec<Number<'static>> {
    vec![
        (REVENUE, "2022-01-01", "2022-03-31", 10.0, "2022-05-02", "10-Q"),
        (REVENUE, "2022-04-01", "2022-06-30", 20.0, "2022-08-01", "10-Q"),
        (REVENUE, "2022-01-01", "2022-06-30", 30.0, "2022-08-01", "10-Q"),
        (REVENUE, "2022-07-01", "2022-09-30", 30.0, "2022-11-01", "10-Q"),
        (REVENUE, "2022-01-01", "2022-09-30", 60.0, "2022-11-01", "10-Q"),
        (REVENUE, "2022-01-01", "2022-12-31", 100.0, "2023-02-20", "10-K"),
        (REVENUE, "2023-01-01", "2023-03-31", 11.0, "2023-05-01", "10-Q"),
        (REVENUE, "2023-04-01", "2023-06-30", 22.0, "2023-08-01", "10-Q"),
        (REVENUE, "2023-01-01", "2023-06-30", 33.0, "2023-08-01", "10-Q"),
    ]
}

#[test]
fn twelve_months_are_the_year_plus_this_year_less_last() {
    let facts = facts(&calendar_year());
    let s = Statements::new(&facts, 0);
    // Nine months are no year: before the annual report there is none.
    assert_eq!(s.ttm(Item::Revenue, at("2022-12-01")), Err(Absent::Incomplete { item: Item::Revenue, end: day("2022-09-30") }));
    let year = s.ttm(Item::Revenue, at("2023-03-01")).unwrap();
    assert_eq!((year.value, year.how, year.days()), (100.0, How::AsStated, 365));
    // 100 + 11 - 10, and 100 + 33 - 30: the accession numbers are of the filings that state the three.
    let spring = s.ttm(Item::Revenue, at("2023-05-01")).unwrap();
    assert_eq!((spring.value, spring.how, spring.end), (101.0, How::YearToDate, day("2023-03-31")));
    assert_eq!(spring.start, Some(day("2022-04-01")));
    assert_eq!(spring.accessions(&facts), ["2022-05-02", "2023-02-20", "2023-05-01"]);
    let summer = s.ttm(Item::Revenue, at("2023-08-01")).unwrap();
    assert_eq!((summer.value, summer.known_at), (103.0, day("2023-08-01").at(17, 0)));
    // The day before, the half year was not known.
    assert_eq!(s.ttm(Item::Revenue, at("2023-07-31")).unwrap().value, 101.0);
    // Nothing is filed after that: eighteen months later the statement is stale.
    assert_eq!(s.ttm(Item::Revenue, at("2025-01-15")), Err(Absent::Stale { item: Item::Revenue, end: day("2023-06-30") }));
}

#[test]
fn the_fourth_quarter_is_derived() {
    let facts = facts(&calendar_year());
    let quarters = Statements::new(&facts, 0).quarters(Item::Revenue, at("2023-08-01"));
    let found: Vec<(f64, How)> = quarters.iter().map(|q| (q.value, q.how)).collect();
    let stated = How::AsStated;
    let expected = [(10.0, stated), (20.0, stated), (30.0, stated), (40.0, How::Difference), (11.0, stated), (22.0, stated)];
    assert_eq!(found, expected);
    assert_eq!(quarters[3].start, Some(day("2022-10-01")));
}

#[test]
fn four_quarters_make_a_year_and_three_with_a_gap_do_not() {
    let quarter = |start, end, value| (REVENUE, start, end, value, "2023-02-20", "10-Q");
    let mut all = vec![
        quarter("2022-01-01", "2022-03-31", 1.0),
        quarter("2022-04-01", "2022-06-30", 2.0),
        quarter("2022-07-01", "2022-09-30", 4.0),
        quarter("2022-10-01", "2022-12-31", 8.0),
    ];
    let whole = facts(&all);
    let sum = Statements::new(&whole, 0).ttm(Item::Revenue, at("2023-03-01")).unwrap();
    assert_eq!((sum.value, sum.how), (15.0, How::Sum));
    all.remove(1);
    let gap = facts(&all);
    let missing = Statements::new(&gap, 0).ttm(Item::Revenue, at("2023-03-01"));
    assert_eq!(missing, Err(Absent::Incomplete { item: Item::Revenue, end: day("2022-12-31") }));
}

#[test]
fn a_year_of_53_weeks_is_a_year_and_quarters_of_12_and_16_weeks_are_quarters() {
    // 53 weeks to 2023-12-30 after 52 weeks to 2022-12-24; quarters of 12, 12, 12 and 16 (17) weeks.
    let rows = [
        (REVENUE, "2021-12-26", "2022-12-24", 520.0, "2023-02-10", "10-K"),
        (REVENUE, "2022-12-25", "2023-12-30", 530.0, "2024-02-10", "10-K"),
        (REVENUE, "2021-12-26", "2022-03-19", 120.0, "2022-04-20", "10-Q"),
        (REVENUE, "2022-12-25", "2023-03-18", 121.0, "2023-04-20", "10-Q"),
        (REVENUE, "2022-12-25", "2023-09-02", 361.0, "2023-10-05", "10-Q"),
        (REVENUE, "2023-06-11", "2023-09-02", 120.0, "2023-10-05", "10-Q"),
    ];
    let facts = facts(&rows);
    let s = Statements::new(&facts, 0);
    assert_eq!(s.ttm(Item::Revenue, at("2023-05-01")).unwrap().value, 521.0);
    let last = s.ttm(Item::Revenue, at("2024-03-01")).unwrap();
    assert_eq!((last.value, last.days()), (530.0, 371));
    let quarters = s.quarters(Item::Revenue, at("2024-03-01"));
    let weeks: Vec<(i32, f64)> = quarters.iter().map(|q| (q.days() / 7, q.value)).collect();
    assert_eq!(weeks, [(12, 120.0), (12, 121.0), (12, 120.0), (17, 169.0)]);
}

#[test]
fn a_fiscal_year_end_that_moves_leaves_no_hole() {
    // Years to June; six months of transition to December 2022; then calendar quarters.
    let rows = [
        (REVENUE, "2021-07-01", "2022-06-30", 100.0, "2022-09-01", "10-K"),
        (REVENUE, "2021-07-01", "2021-12-31", 45.0, "2022-02-01", "10-Q"),
        (REVENUE, "2022-07-01", "2022-12-31", 50.0, "2023-03-01", "10-KT"),
        (REVENUE, "2022-01-01", "2022-03-31", 24.0, "2022-05-01", "10-Q"),
        (REVENUE, "2023-01-01", "2023-03-31", 30.0, "2023-05-01", "10-Q"),
    ];
    let facts = facts(&rows);
    let s = Statements::new(&facts, 0);
    assert_eq!(s.ttm(Item::Revenue, at("2023-04-01")).unwrap().value, 105.0);
    // 100 - 45 - 24 + 50 + 30: the quarter to June 2022, the transition, and the first quarter.
    let moved = s.ttm(Item::Revenue, at("2023-06-01")).unwrap();
    assert_eq!((moved.value, moved.end, moved.days()), (111.0, day("2023-03-31"), 365));
    // The transition is no fiscal year.
    assert_eq!(s.annual(Item::Revenue, at("2023-06-01")).len(), 1);
}

#[test]
fn concepts_fall_back_and_switch() {
    let new = "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax";
    let old = "us-gaap:SalesRevenueNet";
    let rows = [
        (old, "2017-01-01", "2017-12-31", 100.0, "2018-02-20", "10-K"),
        (new, "2018-01-01", "2018-03-31", 30.0, "2018-05-01", "10-Q"),
        (new, "2017-01-01", "2017-03-31", 20.0, "2018-05-01", "10-Q"),
    ];
    let facts = facts(&rows);
    let s = Statements::new(&facts, 0);
    let before = s.ttm(Item::Revenue, at("2018-03-01")).unwrap();
    assert!(before.flags.has(StatedFlags::FALLBACK) && !before.flags.has(StatedFlags::MIXED));
    let after = s.ttm(Item::Revenue, at("2018-05-01")).unwrap();
    assert_eq!(after.value, 110.0);
    assert!(after.flags.has(StatedFlags::MIXED));
}

#[test]
fn a_restated_year_counts_from_when_it_was_known() {
    let rows = [
        (REVENUE, "2021-01-01", "2021-12-31", 100.0, "2022-02-20", "10-K"),
        (REVENUE, "2021-01-01", "2021-12-31", 90.0, "2023-02-20", "10-K"),
        (REVENUE, "2022-01-01", "2022-12-31", 95.0, "2023-02-20", "10-K"),
    ];
    let facts = facts(&rows);
    let years =
        |moment| -> Vec<f64> { Statements::new(&facts, 0).annual(Item::Revenue, at(moment)).iter().map(|y| y.value).collect() };
    assert_eq!(years("2022-12-31"), [100.0]);
    assert_eq!(years("2023-02-21"), [90.0, 95.0]);
}

#[test]
fn an_annual_source_says_so_and_turns_the_sign() {
    let rows = [
        ("simfin:Operating Income (Loss)", "2022-01-01", "2022-12-31", 30.0, "2023-02-20", "10-K"),
        ("simfin:Interest Expense, Net", "2022-01-01", "2022-12-31", -60.0, "2023-02-20", "10-K"),
    ];
    let facts = facts(&rows);
    let s = Statements::new(&facts, 0);
    let coverage = s.coverage(Basis::Ttm, at("2023-03-01")).unwrap();
    assert_eq!((coverage.value, coverage.over.how, coverage.under.value), (0.5, How::LastFiscalYear, 60.0));
    assert!(coverage.flags().has(StatedFlags::NET));
    assert_eq!(s.coverage(Basis::Year(2022), at("2023-03-01")).unwrap().value, 0.5);
    assert_eq!(s.coverage(Basis::Year(2021), at("2023-03-01")).unwrap_err(), Absent::NotStated(Item::OperatingIncome));
    assert_eq!(s.coverage_by_year(at("2023-03-01")).len(), 1);
}

#[test]
fn coverage_takes_both_from_one_period() {
    let ebit = "us-gaap:OperatingIncomeLoss";
    let rows = [
        (ebit, "2022-01-01", "2022-12-31", 40.0, "2023-02-20", "10-K"),
        ("us-gaap:InterestExpense", "2022-01-01", "2022-12-31", 20.0, "2023-02-20", "10-K"),
        (ebit, "2022-01-01", "2022-03-31", 10.0, "2022-05-01", "10-Q"),
        (ebit, "2023-01-01", "2023-03-31", 50.0, "2023-05-01", "10-Q"),
    ];
    let facts = facts(&rows);
    let s = Statements::new(&facts, 0);
    // Twelve months of EBIT to March are 80, but interest is stated for the year alone.
    assert_eq!(s.ebit(Basis::Ttm, at("2023-06-01")).unwrap().value, 80.0);
    let coverage = s.coverage(Basis::Ttm, at("2023-06-01")).unwrap();
    assert_eq!((coverage.value, coverage.over.how), (2.0, How::LastFiscalYear));
}

#[test]
fn no_operating_income_leaves_income_before_taxes_and_interest() {
    let pretax = "us-gaap:IncomeLossFromContinuingOperationsBeforeIncomeTaxesExtraordinaryItemsNoncontrollingInterest";
    let rows = [
        (pretax, "2022-01-01", "2022-12-31", 40.0, "2023-02-20", "10-K"),
        ("us-gaap:InterestExpense", "2022-01-01", "2022-12-31", 20.0, "2023-02-20", "10-K"),
    ];
    let facts = facts(&rows);
    let coverage = Statements::new(&facts, 0).coverage(Basis::Ttm, at("2023-06-01")).unwrap();
    assert_eq!(coverage.value, 3.0);
    assert!(coverage.flags().has(StatedFlags::FALLBACK));
}

fn balance<'a>(concept: &'a str, end: &'a str, value: f64) -> Number<'a> {
    (concept, "", end, value, "2023-11-03", "10-K")
}

fn total(numbers: &[Number<'_>]) -> Stated {
    let facts = facts(numbers);
    Statements::new(&facts, 0).balance(Item::TotalDebt, at("2023-12-01")).unwrap()
}

#[test]
fn debt_is_counted_once() {
    let d = "2023-09-30";
    let assets = balance("us-gaap:Assets", d, 1000.0);
    let later = balance("us-gaap:LongTermDebtNoncurrent", d, 95.0);
    let due = balance("us-gaap:LongTermDebtCurrent", d, 10.0);
    let paper = balance("us-gaap:CommercialPaper", d, 6.0);
    let whole = balance("us-gaap:LongTermDebt", d, 105.0);
    let current = balance("us-gaap:DebtCurrent", d, 16.0);
    assert_eq!(total(&[assets, later, due, paper]).value, 111.0);
    assert_eq!(total(&[assets, later, due, paper, whole]).value, 111.0);
    assert_eq!(total(&[assets, later, current, due, paper]).value, 111.0);
    assert_eq!(total(&[assets, whole, paper]).value, 111.0);
    assert_eq!(total(&[assets, whole, current, due]).value, 111.0);
    // Of short-term borrowings commercial paper is a part.
    assert_eq!(total(&[assets, later, due, paper, balance("us-gaap:ShortTermBorrowings", d, 6.0)]).value, 111.0);
    // What is current beside the whole cannot be told apart: said.
    let unclear = total(&[assets, whole, current]);
    assert!(unclear.value == 105.0 && unclear.flags.has(StatedFlags::AMBIGUOUS));
    // A balance sheet without debt means none; debt of an older year does not come back.
    let none = total(&[assets, balance("us-gaap:LongTermDebtNoncurrent", "2019-09-30", 95.0)]);
    assert_eq!((none.value, none.how), (0.0, How::NoneStated));
    // Leases within are said.
    let leases = balance("us-gaap:LongTermDebtAndCapitalLeaseObligations", d, 99.0);
    assert!(total(&[assets, leases, due]).flags.has(StatedFlags::WIDE));
    assert_eq!(total(&[assets, balance("simfin:Short Term Debt", d, 5.0), balance("simfin:Long Term Debt", d, 7.0)]).value, 12.0);
    let ifrs = [
        balance("ifrs-full:Assets", d, 1000.0),
        balance("ifrs-full:LongtermBorrowings", d, 80.0),
        balance("ifrs-full:CurrentPortionOfLongtermBorrowings", d, 20.0),
    ];
    assert_eq!(total(&ifrs).value, 80.0);
}

#[test]
fn leverage_rate_and_net_debt() {
    let year = |concept, value| (concept, "2022-10-01", "2023-09-30", value, "2023-11-03", "10-K");
    let rows = [
        balance("us-gaap:Assets", "2023-09-30", 1000.0),
        balance("us-gaap:Assets", "2022-09-30", 900.0),
        balance("us-gaap:LongTermDebtNoncurrent", "2023-09-30", 300.0),
        balance("us-gaap:LongTermDebtNoncurrent", "2022-09-30", 100.0),
        balance("us-gaap:CashAndCashEquivalentsAtCarryingValue", "2023-09-30", 40.0),
        balance("us-gaap:MarketableSecuritiesCurrent", "2023-09-30", 10.0),
        year("us-gaap:OperatingIncomeLoss", 60.0),
        year("us-gaap:DepreciationDepletionAndAmortization", 40.0),
        year("us-gaap:InterestExpense", 20.0),
    ];
    let facts = facts(&rows);
    let s = Statements::new(&facts, 0);
    let now = at("2023-12-01");
    assert_eq!(s.leverage(Basis::Ttm, now).unwrap().value, 3.0);
    assert_eq!(s.net_debt(now).unwrap().value, 250.0);
    assert_eq!(s.effective_rate(Basis::Ttm, now).unwrap().value, 0.1);
    assert_eq!(s.leverage(Basis::LastYear, now).unwrap().value, 3.0);
}

#[test]
fn a_doubted_number_is_absent_while_it_is_doubted() {
    let facts = facts(&calendar_year());
    let end = day("2022-12-31");
    let doubts =
        [Dispute { item: Item::Revenue, taxonomy: "us-gaap", end, from: at("2023-03-01"), until: Some(at("2023-06-01")) }];
    let s = Statements::new(&facts, 0).screened(&doubts);
    assert!(s.ttm(Item::Revenue, at("2023-02-25")).is_ok());
    assert_eq!(s.ttm(Item::Revenue, at("2023-03-01")), Err(Absent::Disputed { item: Item::Revenue, end: day("2022-09-30") }));
    assert_eq!(s.ttm(Item::Revenue, at("2023-08-01")).unwrap().value, 103.0);
}
