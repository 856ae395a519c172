//! The statements.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_model::dataset::{Dataset, quality};
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder, TextColumn};
use plimsoll_model::time::Day;

use super::{INFO, begins, companies};
use crate::known::Rule;
use crate::table::{Table, layout, parse_day, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads one statement file into facts: concept `simfin:Column Name`, value as stated.
///
/// * A column that the cash flow statement shares with another statement is `simfin:Cash Flow Column Name` there.
/// * `issuer` is `cik:` and ten digits by `us-companies.csv` beside the file, without which no statement is read, else `simfin:` and
///   SimFin's number.
/// * `accession` stands in for the filing, which SimFin does not name: `simfin:45846:2022FY`. So does `form`: `10-K` for a year or a
///   fourth quarter, else `10-Q`, also where the company files other forms.
/// * A flow begins on the day after the company's previous Report Date where that is as long before as the file's periods are (52 or 53
///   weeks; 13 or 14 for quarters), else one year (or quarter) before the Report Date plus a day.
pub struct Statements;

const HEADER: &[&str] = &["Ticker", "SimFinId", "Currency", "Fiscal Year", "Fiscal Period", "Report Date", "Publish Date"];

/// Columns of the cash flow statement that other statements also have, with another value or sign.
const SHARED: &[&str] = &["Shares (Basic)", "Shares (Diluted)", "Depreciation & Amortization"];

#[derive(Clone, Copy, PartialEq)]
enum Span {
    Year,
    Quarter,
    /// Four quarters ending with any of them.
    TwelveMonths,
}

impl Span {
    fn of(path: &Path) -> Result<Span, SourceError> {
        let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        let named = |word: &str| name.split(|c: char| !c.is_alphanumeric()).any(|w| w == word);
        let spans = [("annual", Span::Year), ("quarterly", Span::Quarter), ("ttm", Span::TwelveMonths)];
        spans.into_iter().find(|(word, _)| named(word)).map(|(_, s)| s).ok_or_else(|| {
            layout(
                path,
                0,
                "file name",
                "`annual`, `quarterly` or `ttm` in the name: the rows do not say how long a period is",
                &name,
            )
        })
    }
    /// Days between the ends of two periods that follow each other.
    fn step(self) -> std::ops::RangeInclusive<i32> {
        if self == Span::Year { 358..=372 } else { 85..=99 }
    }
    /// The first day of the period that ends on a day, by the calendar.
    fn start(self, end: Day) -> Day {
        let (year, month, day) = end.parts();
        let back = if self == Span::Quarter { 3 } else { 12 };
        let months = i32::from(year) * 12 + i32::from(month) - 1 - back;
        let first = Day::ymd((months / 12) as i16, (months % 12) as i8 + 1, 1);
        let before =
            if end == end.month_end() { first.month_end() } else { first.plus(i32::from(day) - 1).min(first.month_end()) };
        before.plus(1)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Income,
    Balance,
    CashFlow,
}

/// Whether days between two ends are a year of 52 or 53 weeks, or several years of which some are absent.
fn whole_years(gap: i32) -> bool {
    let years = (f64::from(gap) / 365.25).round().max(1.0);
    (f64::from(gap) - 365.25 * years).abs() <= 8.0
}

/// The identifying part of a row that was taken; its cells are `cells[at..]`.
struct Record {
    company: u64,
    year: i16,
    period: &'static str,
    report: Day,
    publish: Day,
    revised: bool,
    currency: String,
    cells: Vec<f64>,
}

impl Reader for Statements {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        begins(head, HEADER)
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let span = Span::of(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        if !folder.join(companies::COMPANIES).exists() {
            let expected = "us-companies.csv of the same download beside the statements: it says which filer a row is about";
            return Err(layout(path, 0, "folder", expected, "no such file"));
        }
        let ciks = companies::ciks(folder)?;
        let mut file = Statement::open(path, span, sink)?;
        file.rows(sink)?;
        file.write(&ciks, sink)
    }
}

struct Statement {
    table: Table,
    span: Span,
    kind: Kind,
    /// Where the values begin, and their concepts.
    values: Vec<usize>,
    concepts: Vec<String>,
    records: Vec<Record>,
    counts: Counts,
}

/// What is told once a file.
#[derive(Default)]
struct Counts {
    revised: u64,
    restated_early: u64,
    late: u64,
}

impl Statement {
    fn open(path: &Path, span: Span, sink: &mut dyn Sink) -> Result<Statement, SourceError> {
        let table = Table::open_separated(path, b';', sink)?;
        let has = |name: &str| table.column(name).is_ok();
        let kind = if has("Total Assets") {
            Kind::Balance
        } else if has("Net Cash from Operating Activities") {
            Kind::CashFlow
        } else if has("Net Income") {
            Kind::Income
        } else {
            let expected = "`Total Assets`, `Net Cash from Operating Activities` or `Net Income` among the columns";
            return Err(layout(path, 1, "header", expected, &table.header().join("`, `")));
        };
        let identifying = |name: &str| HEADER.iter().chain(&["Restated Date"]).any(|h| h.eq_ignore_ascii_case(name));
        let values: Vec<usize> = (0..table.header().len()).filter(|i| !identifying(&table.header()[*i])).collect();
        let concept = |i: &usize| {
            let name = &table.header()[*i];
            if kind == Kind::CashFlow && SHARED.contains(&name.as_str()) {
                format!("simfin:Cash Flow {name}")
            } else {
                format!("simfin:{name}")
            }
        };
        let concepts = values.iter().map(concept).collect();
        Ok(Statement { table, span, kind, values, concepts, records: Vec::new(), counts: Counts::default() })
    }

    fn rows(&mut self, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let columns: Vec<usize> = HEADER.iter().map(|n| self.table.column(n)).collect::<Result<_, _>>()?;
        let restated = self.table.column("Restated Date").ok();
        let mut seen: BTreeSet<(u64, i16, &'static str)> = BTreeSet::new();
        let mut ends: BTreeSet<(u64, Day)> = BTreeSet::new();
        while let Some(row) = self.table.advance(sink)? {
            let Some(mut record) = self.record(row, &columns, restated, sink) else { continue };
            let mut refuse = |rule: &str, field: &str, expected: &str, got: String| {
                let refused = refusal(rule, row, field, expected, got.as_bytes());
                sink.refuse(Refusal { period: Some(record.report), ..refused });
            };
            if !seen.insert((record.company, record.year, record.period)) {
                let got = format!("{} {} {} again", record.company, record.year, record.period);
                refuse("duplicate_company_year", "Fiscal Year", "one row a company and fiscal period", got);
                continue;
            }
            if !ends.insert((record.company, record.report)) {
                let got = format!("{} {} again", record.company, record.report);
                refuse("duplicate_report_date", "Report Date", "one row a company and report date", got);
                continue;
            }
            record.cells = Vec::with_capacity(self.values.len());
            let mut missing = 0;
            for &column in &self.values {
                // A cell that is refused leaves its neighbours standing.
                let value = self.table.number(row, column, record.report, sink).flatten();
                missing += u64::from(self.table.fields.get(column).is_empty());
                record.cells.push(value.unwrap_or(f64::NAN));
            }
            sink.missing(missing);
            self.counts.revised += u64::from(record.revised);
            self.counts.late += u64::from(record.publish.0 - record.report.0 > 365);
            self.records.push(record);
        }
        Ok(())
    }

    /// The identifying part of the current row, or a refusal.
    fn record(&mut self, row: u64, columns: &[usize], restated: Option<usize>, sink: &mut dyn Sink) -> Option<Record> {
        let [_, id, currency, year, period, report, publish] = *columns else { return None };
        let table = &self.table;
        let report = table.day(row, report, sink)?;
        let mut refuse = |rule: &str, column: usize, expected: &str| {
            let refused = refusal(rule, row, &table.header()[column], expected, table.fields.get(column));
            sink.refuse(Refusal { period: Some(report), ..refused });
            None
        };
        let Ok(company) = table.fields.text(id).parse() else { return refuse("not_an_id", id, "a number") };
        let known_year = table.fields.text(year).parse().ok().filter(|y| (1900..2200).contains(y));
        let Some(fiscal) = known_year else { return refuse("not_a_year", year, "a fiscal year") };
        let period = match (table.fields.get(period), self.span) {
            // Annual balance sheets are of the fourth quarter.
            (b"FY" | b"Q4", Span::Year) => "FY",
            (b"Q1", Span::Quarter | Span::TwelveMonths) => "Q1",
            (b"Q2", Span::Quarter | Span::TwelveMonths) => "Q2",
            (b"Q3", Span::Quarter | Span::TwelveMonths) => "Q3",
            (b"Q4" | b"FY", Span::Quarter | Span::TwelveMonths) => "Q4",
            (_, Span::Year) => return refuse("not_a_period", period, "FY, in a file of years"),
            _ => return refuse("not_a_period", period, "Q1, Q2, Q3 or Q4"),
        };
        let unit = table.fields.text(currency).into_owned();
        if unit.len() != 3 || !unit.bytes().all(|b| b.is_ascii_uppercase()) {
            return refuse("unknown_currency", currency, "a currency code such as USD");
        }
        if table.fields.get(publish).is_empty() {
            return refuse("no_publish_date", publish, "the day of publication: without it nobody knows when the row was known");
        }
        let Some(published) = parse_day(table.fields.get(publish)) else {
            return refuse("not_a_day", publish, "a day as YYYY-MM-DD");
        };
        if published <= report {
            return refuse("published_before_period_ended", publish, &format!("a day after the report date {report}"));
        }
        if Rule::Lag(1).known_at(published) > sink.now() {
            let refused = refusal("future_dated", row, "Publish Date", "a day before the import", table.fields.get(publish));
            sink.refuse(Refusal { period: Some(report), ..refused });
            return None;
        }
        let mut revised = false;
        if let Some(column) = restated.filter(|c| !table.fields.get(*c).is_empty()) {
            let restated = table.day(row, column, sink)?;
            revised = restated > published;
            self.counts.restated_early += u64::from(restated < published);
        }
        let cells = Vec::new();
        Some(Record { company, year: fiscal, period, report, publish: published, revised, currency: unit, cells })
    }

    /// The first day of each record's period.
    fn starts(&self, sink: &mut dyn Sink) -> Vec<Day> {
        let mut ends: BTreeMap<u64, BTreeSet<Day>> = BTreeMap::new();
        for r in &self.records {
            ends.entry(r.company).or_default().insert(r.report);
        }
        let mut out = Vec::with_capacity(self.records.len());
        for r in &self.records {
            let before = ends[&r.company].range(..r.report).next_back();
            let gap = before.map(|b| r.report.0 - b.0);
            let follows = gap.is_some_and(|g| self.span.step().contains(&g)) && self.span != Span::TwelveMonths;
            out.push(if follows { before.expect("there is a gap").plus(1) } else { self.span.start(r.report) });
            if let Some(gap) = gap
                && self.span == Span::Year
                && !whole_years(gap)
            {
                let detail = format!(
                    "the year that ends on {} follows the one before after {gap} days: the fiscal year's end moved, and how long this period is cannot be told",
                    r.report
                );
                let subject = format!("simfin:{}", r.company);
                let (rule, severity) = ("fiscal_year_end_moved".to_owned(), Severity::Warning);
                sink.defect(Defect { rule, severity, subject, from: before.copied(), to: Some(r.report), rows: 1, detail });
            }
        }
        out
    }

    fn write(self, ciks: &BTreeMap<u64, Option<u64>>, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let starts = self.starts(sink);
        self.told(ciks, sink);
        let shares: Vec<bool> = self.concepts.iter().map(|c| c.contains("Shares (")).collect();
        let (mut period, mut known, mut value, mut flags) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        // issuer, concept, start, unit, accession; then form, fiscal.
        let mut text: [TextBuilder; 7] = Default::default();
        let concepts: Vec<u32> = self.concepts.iter().map(|c| text[1].code(c)).collect();
        let share = text[3].code("shares");
        for (r, start) in self.records.iter().zip(starts) {
            let known_at = Rule::Lag(1).known_at(r.publish).0;
            let quarter = self.span != Span::Year && r.period != "Q4";
            let start = if self.kind == Kind::Balance { String::new() } else { start.to_string() };
            let codes = [
                text[0].code(&companies::issuer(r.company, ciks.get(&r.company).copied().flatten())),
                text[2].code(&start),
                text[3].code(&r.currency),
                text[4].code(&format!("simfin:{}:{}{}", r.company, r.year, r.period)),
                text[5].code(if quarter { "10-Q" } else { "10-K" }),
                text[6].code(&format!("{} {}", r.year, r.period)),
            ];
            for (k, cell) in r.cells.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
                period.push(r.report.0);
                known.push(known_at);
                value.push(*cell);
                flags.push(if r.revised { quality::REVISED } else { 0 });
                let unit = if shares[k] { share } else { codes[2] };
                for (builder, code) in text.iter_mut().zip([codes[0], concepts[k], codes[1], unit, codes[3], codes[4], codes[5]])
                {
                    builder.push_code(code);
                }
            }
        }
        if period.is_empty() {
            return Ok(());
        }
        let [issuer, concept, start, unit, accession, form, fiscal] = text.map(|t| Column::Text(t.finish()));
        let origin = Column::Text(TextColumn::constant("simfin", period.len()));
        let columns = vec![issuer, concept, start, unit, accession, Column::F64(value), form, fiscal, origin, Column::U8(flags)];
        Ok(sink.rows(Observations::new(Dataset::Facts, period, known, columns))?)
    }

    /// What holds for many rows is told once.
    fn told(&self, ciks: &BTreeMap<u64, Option<u64>>, sink: &mut dyn Sink) {
        let of: BTreeSet<u64> = self.records.iter().map(|r| r.company).collect();
        let unlinked = of.iter().filter(|c| ciks.get(c).copied().flatten().is_none()).count() as u64;
        let all = self.records.len();
        let notes = [
            (
                "restated_later",
                self.counts.revised,
                format!("of {all} rows show values restated after their publish date (flag REVISED)"),
            ),
            (
                "restated_before_published",
                self.counts.restated_early,
                "rows have a restated date before the publish date".to_owned(),
            ),
            ("published_late", self.counts.late, "rows were published more than a year after the period".to_owned()),
            ("no_cik", unlinked, "companies have no CIK in us-companies.csv and keep SimFin's number".to_owned()),
        ];
        for (rule, rows, detail) in notes.into_iter().filter(|n| n.1 > 0) {
            let (rule, severity, subject) = (rule.to_owned(), Severity::Note, String::new());
            sink.defect(Defect { rule, severity, subject, from: None, to: None, rows, detail: format!("{rows} {detail}") });
        }
    }
}
