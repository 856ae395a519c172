//! Company facts of the invented filers: one archive of one JSON file a filer, in the layout of the SEC.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use plimsoll_model::time::Day;
use rayon::prelude::*;

use super::Files;
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
    let path = files.path("sec/companyfacts.zip")?;
    let mut archive = rawzip::ZipArchiveWriter::new(BufWriter::new(File::create(path)?));
    let filers: Vec<&Filer> = world.filers.iter().filter(|f| f.edgar && !f.reports.is_empty()).collect();
    for wave in filers.chunks(WAVE) {
        // Made by many threads, written in one order.
        let texts: Vec<String> = wave.par_iter().map(|f| json(f)).collect();
        for (filer, text) in wave.iter().zip(texts) {
            let name = format!("CIK{:010}.json", filer.cik);
            let method = rawzip::CompressionMethod::DEFLATE;
            let (mut entry, config) = archive.new_file(&name).compression_method(method).start().map_err(io::Error::other)?;
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
            writer.write_all(text.as_bytes())?;
            let (encoder, descriptor) = writer.finish().map_err(io::Error::other)?;
            encoder.finish()?;
            entry.finish(descriptor).map_err(io::Error::other)?;
        }
    }
    archive.finish().map_err(io::Error::other)?.flush()
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
    fn state(&mut self, at: (&'static str, &str, &'static str), report: &Report, (start, end): (Option<Day>, Day), value: i64) {
        let (taxonomy, name, unit) = at;
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

    fn flows(&mut self, report: &Report) {
        let filer = self.filer;
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
                    let (first, last) = (&filer.quarters[quarters.start], &filer.quarters[quarters.end - 1]);
                    self.state(("us-gaap", name, "USD"), report, (Some(first.start), last.end), value);
                }
            }
        }
    }

    fn balances(&mut self, report: &Report) {
        let quarter = &self.filer.quarters[report.quarters.end - 1];
        for (balance, name) in BALANCES {
            let value = quarter.balances[balance as usize] * scale(self.filer, report);
            let debt = matches!(balance, Balance::CurrentDebt | Balance::LongTermDebt);
            if !debt || owes(self.filer) {
                self.state(("us-gaap", name, "USD"), report, (None, quarter.end), value);
            }
        }
        let sides = quarter.balances[Balance::Assets as usize] * scale(self.filer, report);
        self.state(("us-gaap", "LiabilitiesAndStockholdersEquity", "USD"), report, (None, quarter.end), sides);
        if self.filer.financial() {
            let deposits = quarter.flows[Flow::Revenue as usize] * 9 * 1_000;
            self.state(("us-gaap", "Deposits", "USD"), report, (None, quarter.end), deposits);
        }
        if let Some(maturities) = &report.maturities {
            for (k, amount) in maturities.iter().enumerate() {
                let step = if k == 0 && !report.annual() { "RemainderOfFiscalYear" } else { MATURITIES[k] };
                let name = format!("LongTermDebtMaturitiesRepaymentsOfPrincipal{step}");
                self.state(("us-gaap", &name, "USD"), report, (None, quarter.end), amount * scale(self.filer, report));
            }
        }
        // The cover counts shares a week before filing.
        let cover = report.filed.plus(-7).max(quarter.end);
        self.state(("dei", "EntityCommonStockSharesOutstanding", "shares"), report, (None, cover), report.shares as i64);
    }
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

fn json(filer: &Filer) -> String {
    let mut book = Book { filer, concepts: Vec::new() };
    for report in &filer.reports {
        book.flows(report);
        book.balances(report);
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
