//! SimFin's bulk files of the invented filers: annual statements of those that are no banks, and all companies.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use plimsoll_model::time::Day;

use super::Files;
use crate::sample::World;
use crate::sample::filings::{Balance, Filer, Flow, Report};
use crate::sample::securities::{SECTORS, Security, Tier};

const IDENTITY: &str =
    "Ticker;SimFinId;Currency;Fiscal Year;Fiscal Period;Report Date;Publish Date;Restated Date;Shares (Basic);Shares (Diluted)";

/// What a column holds: a flow with a sign, a balance, or nothing.
type Cell = Option<fn(&Year<'_>) -> i64>;

const INCOME: &[(&str, Cell)] = &[
    ("Revenue", Some(|y| y.flow(Flow::Revenue))),
    ("Cost of Revenue", None),
    ("Gross Profit", None),
    ("Operating Expenses", None),
    ("Selling, General & Administrative", None),
    ("Research & Development", None),
    ("Depreciation & Amortization", None),
    ("Operating Income (Loss)", Some(|y| y.flow(Flow::OperatingIncome))),
    ("Non-Operating Income (Loss)", Some(|y| -y.flow(Flow::InterestExpense))),
    ("Interest Expense, Net", Some(|y| -y.flow(Flow::InterestExpense))),
    ("Pretax Income (Loss), Adj.", Some(|y| y.flow(Flow::PretaxIncome))),
    ("Abnormal Gains (Losses)", None),
    ("Pretax Income (Loss)", Some(|y| y.flow(Flow::PretaxIncome))),
    ("Income Tax (Expense) Benefit, Net", Some(|y| -y.flow(Flow::IncomeTax))),
    ("Income (Loss) from Continuing Operations", Some(|y| y.flow(Flow::NetIncome))),
    ("Net Extraordinary Gains (Losses)", None),
    ("Net Income", Some(|y| y.flow(Flow::NetIncome))),
    ("Net Income (Common)", Some(|y| y.flow(Flow::NetIncome))),
];
const BALANCE: &[(&str, Cell)] = &[
    ("Cash, Cash Equivalents & Short Term Investments", Some(|y| y.balance(Balance::Cash))),
    ("Total Current Assets", Some(|y| y.balance(Balance::CurrentAssets))),
    ("Total Noncurrent Assets", Some(|y| y.balance(Balance::Assets) - y.balance(Balance::CurrentAssets))),
    ("Total Assets", Some(|y| y.balance(Balance::Assets))),
    ("Short Term Debt", Some(|y| y.balance(Balance::CurrentDebt))),
    ("Total Current Liabilities", Some(|y| y.balance(Balance::CurrentLiabilities))),
    ("Long Term Debt", Some(|y| y.balance(Balance::LongTermDebt))),
    ("Total Noncurrent Liabilities", Some(|y| y.balance(Balance::Liabilities) - y.balance(Balance::CurrentLiabilities))),
    ("Total Liabilities", Some(|y| y.balance(Balance::Liabilities))),
    ("Retained Earnings", Some(|y| y.balance(Balance::RetainedEarnings))),
    ("Total Equity", Some(|y| y.balance(Balance::Equity))),
    ("Total Liabilities & Equity", Some(|y| y.balance(Balance::Assets))),
];
const CASH_FLOW: &[(&str, Cell)] = &[
    ("Net Income/Starting Line", Some(|y| y.flow(Flow::NetIncome))),
    ("Depreciation & Amortization", Some(|y| y.flow(Flow::Depreciation))),
    ("Non-Cash Items", None),
    ("Net Cash from Operating Activities", Some(|y| y.flow(Flow::Operating))),
    ("Change in Fixed Assets & Intangibles", Some(|y| -y.flow(Flow::CapitalExpenditure))),
    ("Net Cash from Investing Activities", Some(|y| y.flow(Flow::Investing))),
    ("Net Cash from Financing Activities", Some(|y| y.flow(Flow::Financing))),
    ("Net Change in Cash", Some(|y| y.flow(Flow::Operating) + y.flow(Flow::Investing) + y.flow(Flow::Financing))),
];

/// A fiscal year of a filer.
struct Year<'a> {
    filer: &'a Filer,
    report: &'a Report,
}

impl Year<'_> {
    fn flow(&self, flow: Flow) -> i64 {
        self.filer.sum(self.report.quarters.clone(), flow)
    }
    fn balance(&self, balance: Balance) -> i64 {
        self.filer.quarters[self.report.quarters.end - 1].balances[balance as usize]
    }
    fn end(&self) -> Day {
        self.filer.quarters[self.report.quarters.end - 1].end
    }
}

/// SimFin moves the last day of a period to the nearest end of a month.
fn month_end(day: Day) -> Day {
    let before = day.month_start().plus(-1);
    if day.0 - before.0 <= 10 { before } else { day.month_end() }
}

/// A company's symbol as SimFin writes it: marked where the company is gone and another has the symbol.
fn tickers(world: &World) -> BTreeMap<usize, String> {
    let last = world.sessions.len() - 1;
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for s in &world.securities {
        *taken.entry(s.symbol()).or_default() += 1;
    }
    let spell = |s: &Security| {
        let gone = s.life.1 < last && taken[s.symbol()] > 1;
        s.symbol().replace('/', "-") + if gone { "_old" } else { "" }
    };
    world.securities.iter().enumerate().map(|(i, s)| (i, spell(s))).collect()
}

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let tickers = tickers(world);
    for (name, columns, period) in [
        ("us-income-annual.csv", INCOME, "FY"),
        ("us-balance-annual.csv", BALANCE, "Q4"),
        ("us-cashflow-annual.csv", CASH_FLOW, "FY"),
    ] {
        files.text(&format!("fundamentals/simfin/{name}"), &statement(world, &tickers, columns, period))?;
    }
    files.text("fundamentals/simfin/us-companies.csv", &companies(world, &tickers))?;
    let mut industries = "IndustryId;Industry;Sector\n".to_owned();
    for (s, sector) in SECTORS.iter().enumerate() {
        for (i, industry) in sector.industries.iter().enumerate() {
            let _ = writeln!(industries, "{};{industry};{}", industry_id(s, i), sector.name);
        }
    }
    files.text("fundamentals/simfin/industries.csv", &industries)
}

fn industry_id(sector: usize, industry: usize) -> usize {
    100_001 + sector * 1_000 + industry
}

fn statement(world: &World, tickers: &BTreeMap<usize, String>, columns: &[(&str, Cell)], period: &str) -> String {
    let mut out = IDENTITY.to_owned();
    columns.iter().for_each(|c| out = std::mem::take(&mut out) + ";" + c.0);
    out.push('\n');
    for filer in world.filers.iter().filter(|f| !f.financial()) {
        // A year of twelve months as first reported; amendments and transition periods are not in the file.
        let years: Vec<&Report> = filer.reports.iter().filter(|r| r.form == "10-K").collect();
        for (k, report) in years.iter().enumerate() {
            let year = Year { filer, report };
            // Repeated for comparison in the report of the next year, if there is one.
            let restated = years.get(k + 1).unwrap_or(report).filed;
            let fiscal = filer.quarters[report.quarters.end - 1].fiscal;
            let _ = write!(
                out,
                "{};{};USD;{fiscal};{period};{};{};{restated};{};{}",
                tickers[&filer.issuer],
                filer.simfin,
                month_end(year.end()),
                report.filed,
                report.shares,
                report.shares
            );
            for (_, cell) in columns {
                out.push(';');
                if let Some(amount) = cell.map(|c| c(&year)).filter(|a| *a != 0) {
                    let _ = write!(out, "{}", amount * 1_000);
                }
            }
            out.push('\n');
        }
    }
    out
}

fn companies(world: &World, tickers: &BTreeMap<usize, String>) -> String {
    let header =
        "Ticker;SimFinId;Company Name;IndustryId;ISIN;End of financial year (month);Number Employees;Market;CIK;Main Currency";
    let mut out = format!("{header}\n");
    for filer in &world.filers {
        // A second class of shares is a company of its own to SimFin, with the filer's CIK.
        let classes = world.securities.iter().enumerate().filter(|(_, s)| s.issuer == filer.issuer && s.tier <= Tier::Micro);
        for (n, (i, security)) in classes.enumerate() {
            let _ = writeln!(
                out,
                "{};{};{};{};;{};;us;{};USD",
                tickers[&i],
                filer.simfin + n as u64,
                filer.name,
                industry_id(security.sector, security.industry),
                filer.calendar.month(),
                filer.cik
            );
        }
    }
    out
}
