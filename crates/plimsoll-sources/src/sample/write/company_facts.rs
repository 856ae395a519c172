//! Company facts of the invented filers: one archive of one JSON file a filer, in the layout of the SEC.

use std::fmt::Write as _;
use std::io;

use plimsoll_model::time::Day;
use rayon::prelude::*;

use super::Files;
use super::archive::Archive;
use super::filers::of_edgar;
use crate::sample::World;
use crate::sample::filings::{Balance, Filer, Flow, Oddity, Report};

const FLOWS: [(Flow, &str, bool); 11] = [
    // Whether quarterly reports state the quarter beside the year to date: cash flow statements do not.
    (Flow::Revenue, "Revenues", true),
    (Flow::OperatingIncome, "OperatingIncomeLoss", true),
    (Flow::InterestExpense, "InterestExpense", true),
    (Flow::PretaxIncome, "IncomeLossFromContinuingOperationsBeforeIncomeTaxesExtraordinaryItemsNoncontrollingInterest", true),
    (Flow::IncomeTax, "IncomeTaxExpenseBenefit", true),
    (Flow::NetIncome, "NetIncomeLoss", true),
    (Flow::Depreciation, "DepreciationDepletionAndAmortization", false),
    (Flow::Operating, "NetCashProvidedByUsedInOperatingActivities", false),
    (Flow::CapitalExpenditure, "PaymentsToAcquirePropertyPlantAndEquipment", false),
    (Flow::Investing, "NetCashProvidedByUsedInInvestingActivities", false),
    (Flow::Financing, "NetCashProvidedByUsedInFinancingActivities", false),
];
const BALANCES: [(Balance, &str); 9] = [
    (Balance::Cash, "CashAndCashEquivalentsAtCarryingValue"),
    (Balance::CurrentAssets, "AssetsCurrent"),
    (Balance::Assets, "Assets"),
    (Balance::CurrentLiabilities, "LiabilitiesCurrent"),
    (Balance::Liabilities, "Liabilities"),
    (Balance::Equity, "StockholdersEquity"),
    (Balance::RetainedEarnings, "RetainedEarningsAccumulatedDeficit"),
    (Balance::CurrentDebt, "LongTermDebtCurrent"),
    (Balance::LongTermDebt, "LongTermDebtNoncurrent"),
];
const MATURITIES: [&str; 6] = ["InNextTwelveMonths", "InYearTwo", "InYearThree", "InYearFour", "InYearFive", "AfterYearFive"];
/// Filers compressed at a time.
const WAVE: usize = 256;

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let mut archive = Archive::create(&files.path("sec/companyfacts.zip")?)?;
    let filers: Vec<&Filer> = of_edgar(world).collect();
    for wave in filers.chunks(WAVE) {
        // Made by many threads, written in one order.
        let texts: Vec<String> = wave.par_iter().map(|f| json(f)).collect();
        for (filer, text) in wave.iter().zip(texts) {
            archive.add(&format!("CIK{:010}.json", filer.cik), text.as_bytes())?;
        }
    }
    archive.finish().map(drop)
}

/// A number of a report.
pub(super) struct Number<'a> {
    pub taxonomy: &'static str,
    pub name: &'a str,
    pub unit: &'static str,
    /// The quarters of a flow; `None` for a balance.
    pub quarters: Option<std::ops::Range<usize>>,
    /// First day of a flow.
    pub start: Option<Day>,
    /// Last day, or the day of a balance.
    pub end: Day,
    pub value: i64,
    /// Whether it stands in the notes and not in a primary statement.
    pub note: bool,
}

/// Every number that a report states.
pub(super) fn numbers(filer: &Filer, report: &Report, each: &mut dyn FnMut(Number<'_>)) {
    flows(filer, report, each);
    balances(filer, report, each);
}

/// One concept's numbers, as they stand in the file.
struct Concept {
    taxonomy: &'static str,
    name: String,
    unit: &'static str,
    numbers: String,
}

/// The facts of one filer by concept.
struct Book<'a> {
    filer: &'a Filer,
    concepts: Vec<Concept>,
}

impl Book<'_> {
    fn state(&mut self, report: &Report, number: &Number<'_>) {
        let Number { taxonomy, name, unit, start, end, value, .. } = *number;
        let i = self.concepts.iter().position(|c| c.name == name).unwrap_or_else(|| {
            self.concepts.push(Concept { taxonomy, name: name.to_owned(), unit, numbers: String::new() });
            self.concepts.len() - 1
        });
        let numbers = &mut self.concepts[i].numbers;
        if !numbers.is_empty() {
            numbers.push(',');
        }
        numbers.push('{');
        if let Some(start) = start {
            let _ = write!(numbers, "\"start\":\"{start}\",");
        }
        let last = &self.filer.quarters[report.quarters.end - 1];
        let period = if report.annual() { "FY".to_owned() } else { format!("Q{}", report.quarters.len()) };
        let _ = write!(
            numbers,
            "\"end\":\"{end}\",\"val\":{value},\"accn\":\"{}\",\"fy\":{},\"fp\":\"{period}\",\"form\":\"{}\",\"filed\":\"{}\"}}",
            report.accession, last.fiscal, report.form, report.filed
        );
    }
}

fn flows(filer: &Filer, report: &Report, each: &mut dyn FnMut(Number<'_>)) {
    let to_date = report.quarters.clone();
    let quarter = to_date.end - 1..to_date.end;
    for (flow, name, quarterly) in FLOWS {
        if filer.financial() && matches!(flow, Flow::OperatingIncome) || (flow == Flow::InterestExpense && !owes(filer)) {
            continue;
        }
        let mut periods = vec![to_date.clone()];
        if quarterly && !report.annual() && to_date.len() > 1 {
            periods.push(quarter.clone());
        }
        for period in periods {
            for (k, quarters) in [Some(period.clone()), filer.year_before(&period)].into_iter().flatten().enumerate() {
                let value = stated(filer, report, flow, &quarters, k == 0);
                let (start, end) = (Some(filer.quarters[quarters.start].start), filer.quarters[quarters.end - 1].end);
                let quarters = Some(quarters);
                each(Number { taxonomy: "us-gaap", name, unit: "USD", quarters, start, end, value, note: false });
            }
        }
    }
}

fn balances(filer: &Filer, report: &Report, each: &mut dyn FnMut(Number<'_>)) {
    let quarter = &filer.quarters[report.quarters.end - 1];
    let mut state = |name: &str, value: i64, note: bool| {
        let (taxonomy, unit, end) = ("us-gaap", "USD", quarter.end);
        each(Number { taxonomy, name, unit, quarters: None, start: None, end, value, note });
    };
    for (balance, name) in BALANCES {
        let debt = matches!(balance, Balance::CurrentDebt | Balance::LongTermDebt);
        if !debt || owes(filer) {
            state(name, quarter.balances[balance as usize] * scale(filer, report), false);
        }
    }
    let sides = quarter.balances[Balance::Assets as usize] * scale(filer, report);
    state("LiabilitiesAndStockholdersEquity", sides, false);
    if filer.financial() {
        state("Deposits", quarter.flows[Flow::Revenue as usize] * 9 * 1_000, false);
    }
    if let Some(maturities) = &report.maturities {
        for (k, amount) in maturities.iter().enumerate() {
            let step = if k == 0 && !report.annual() { "RemainderOfFiscalYear" } else { MATURITIES[k] };
            let name = format!("LongTermDebtMaturitiesRepaymentsOfPrincipal{step}");
            state(&name, amount * scale(filer, report), true);
        }
    }
    // The cover counts shares a week before filing.
    let (end, value) = (report.filed.plus(-7).max(quarter.end), report.shares as i64);
    let (name, unit) = ("EntityCommonStockSharesOutstanding", "shares");
    each(Number { taxonomy: "dei", name, unit, quarters: None, start: None, end, value, note: false });
}

fn owes(filer: &Filer) -> bool {
    filer.quarters.iter().any(|q| q.balances[Balance::LongTermDebt as usize] > 0)
}

/// Dollars for a thousand, but where the scale slips.
fn scale(filer: &Filer, report: &Report) -> i64 {
    let fiscal = filer.quarters[report.quarters.end - 1].fiscal;
    if report.annual() && filer.oddities.contains(&Oddity::ScaleSlip(fiscal)) { 1 } else { 1_000 }
}

/// What a report states of a flow; `own` where it is the period it reports, not one for comparison.
fn stated(filer: &Filer, report: &Report, flow: Flow, quarters: &std::ops::Range<usize>, own: bool) -> i64 {
    let value = filer.sum(quarters.clone(), flow) * scale(filer, report);
    let fiscal = filer.quarters[quarters.end - 1].fiscal;
    let has = |o: Oddity| report.annual() && filer.oddities.contains(&o);
    match flow {
        Flow::InterestExpense if own && has(Oddity::NegativeInterest(fiscal)) => -value,
        Flow::OperatingIncome if !own && has(Oddity::Restated(fiscal)) => value / 10 * 9,
        Flow::Revenue if report.form == "10-K/A" && own => value / 50 * 51,
        _ => value,
    }
}

/// The file of one filer.
pub(in crate::sample) fn json(filer: &Filer) -> String {
    let mut book = Book { filer, concepts: Vec::new() };
    for report in &filer.reports {
        numbers(filer, report, &mut |n| book.state(report, &n));
    }
    let size = book.concepts.iter().map(|c| c.numbers.len() + 120).sum();
    let mut out = String::with_capacity(size);
    let _ = write!(out, "{{\"cik\":{},\"entityName\":\"{}\",\"facts\":{{", filer.cik, filer.name);
    book.concepts.sort_by(|a, b| (a.taxonomy, &a.name).cmp(&(b.taxonomy, &b.name)));
    for (t, concepts) in book.concepts.chunk_by(|a, b| a.taxonomy == b.taxonomy).enumerate() {
        let comma = if t > 0 { "," } else { "" };
        let _ = write!(out, "{comma}\"{}\":{{", concepts[0].taxonomy);
        for (k, c) in concepts.iter().enumerate() {
            let comma = if k > 0 { "," } else { "" };
            let _ = write!(
                out,
                "{comma}\"{}\":{{\"label\":null,\"description\":null,\"units\":{{\"{}\":[{}]}}}}",
                c.name, c.unit, c.numbers
            );
        }
        out.push('}');
    }
    out.push_str("}}");
    out
}
