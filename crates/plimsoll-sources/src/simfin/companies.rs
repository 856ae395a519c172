//! `us-companies.csv` and `industries.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::Day;

use super::{INFO, begins};
use crate::table::{Table, refusal};
use crate::{Head, Reader, Sink, SinkClosed, SourceError, SourceInfo};

/// Reads `us-companies.csv` into issuers: symbol, name, industry and sector (by `industries.csv` beside it), end of the fiscal year.
///
/// SimFin marks the symbols of companies that are gone, `ATHN_delisted`, `AGN_old`; the mark is taken off, and the name decides later
/// whether a security of that symbol is meant.
pub struct Companies;

/// Recognises `industries.csv`, which is read beside `us-companies.csv` and has no observations of its own.
pub struct Industries;

/// The file with the companies.
pub(super) const COMPANIES: &str = "us-companies.csv";
const INDUSTRIES: &str = "industries.csv";

/// The day from which a map without dates applies.
fn undated() -> Day {
    Day::ymd(1994, 1, 1)
}

/// An issuer's id: by CIK where there is one.
pub(super) fn issuer(simfin: u64, cik: Option<u64>) -> String {
    cik.map_or_else(|| format!("simfin:{simfin}"), |cik| format!("cik:{cik:010}"))
}

/// The CIK of each company that has one, by SimFin's number, from `us-companies.csv` in a folder.
pub(super) fn ciks(folder: &Path) -> Result<BTreeMap<u64, Option<u64>>, SourceError> {
    let mut out = BTreeMap::new();
    each(&folder.join(COMPANIES), &mut Quiet, &mut |_, company, _| {
        out.entry(company.simfin).or_insert(company.cik);
        Ok(())
    })?;
    Ok(out)
}

/// Refusals of a file read beside another are told when that file itself is imported.
struct Quiet;

impl Sink for Quiet {
    fn rows(&mut self, _: Observations) -> Result<(), SinkClosed> {
        Ok(())
    }
    fn refuse(&mut self, _: Refusal) {}
    fn defect(&mut self, _: Defect) {}
    fn progress(&mut self, _: u64, _: u64) {}
}

struct Company {
    simfin: u64,
    cik: Option<u64>,
    symbol: String,
    name: String,
    industry: String,
    fiscal_year_end: String,
}

type Each<'a> = dyn FnMut(u64, Company, &mut dyn Sink) -> Result<(), SourceError> + 'a;

/// Every good row of `us-companies.csv` with its row number.
fn each(path: &Path, sink: &mut dyn Sink, take: &mut Each<'_>) -> Result<(), SourceError> {
    let mut table = Table::open_separated(path, b';', sink)?;
    let (ticker, id, name) = (table.column("Ticker")?, table.column("SimFinId")?, table.column("Company Name")?);
    let industry = table.column("IndustryId")?;
    let month = table.column("End of financial year (month)").ok();
    let cik = table.column("CIK").ok();
    let mut seen = BTreeSet::new();
    while let Some(row) = table.advance(sink)? {
        let number = |column: usize| table.fields.text(column).parse::<u64>().ok();
        let Some(simfin) = number(id) else {
            sink.refuse(refusal("not_an_id", row, "SimFinId", "a number", table.fields.get(id)));
            continue;
        };
        if !seen.insert(simfin) {
            sink.refuse(refusal("duplicate_company", row, "SimFinId", "one row a company", table.fields.get(id)));
            continue;
        }
        let mut symbol = String::new();
        if !table.fields.get(ticker).is_empty() {
            let text = table.fields.text(ticker);
            match canonical(text.split('_').next().unwrap_or_default()) {
                Some(known) => symbol = known,
                None => {
                    sink.refuse(refusal("not_a_symbol", row, "Ticker", "a symbol of a US exchange", text.as_bytes()));
                    continue;
                }
            }
        }
        let end = month.map(|c| table.fields.text(c)).unwrap_or_default();
        let fiscal_year_end = match end.parse::<i8>() {
            Ok(month @ 1..=12) => format!("{month:02}{:02}", Day::ymd(2023, month, 1).month_end().parts().2),
            _ if end.is_empty() => String::new(),
            _ => {
                let expected = "a month, 1 to 12";
                sink.refuse(refusal("not_a_month", row, "End of financial year (month)", expected, end.as_bytes()));
                continue;
            }
        };
        let cik = match cik {
            Some(c) if !table.fields.get(c).is_empty() => match number(c) {
                Some(n) if (1..=9_999_999_999).contains(&n) => Some(n),
                _ => {
                    sink.refuse(refusal("not_a_cik", row, "CIK", "a number of at most ten digits", table.fields.get(c)));
                    continue;
                }
            },
            _ => None,
        };
        let (name, industry) = (table.fields.text(name).into_owned(), table.fields.text(industry).into_owned());
        take(row, Company { simfin, cik, symbol, name, industry, fiscal_year_end }, sink)?;
    }
    Ok(())
}

/// Industry and sector by id.
fn industries(path: &Path, sink: &mut dyn Sink) -> Result<BTreeMap<String, (String, String)>, SourceError> {
    let mut table = Table::open_separated(path, b';', sink)?;
    let (id, industry, sector) = (table.column("IndustryId")?, table.column("Industry")?, table.column("Sector")?);
    let mut out = BTreeMap::new();
    while table.advance(sink)?.is_some() {
        let names = (table.fields.text(industry).into_owned(), table.fields.text(sector).into_owned());
        out.insert(table.fields.text(id).into_owned(), names);
    }
    Ok(out)
}

fn note(rule: &str, rows: usize, detail: String) -> Defect {
    let (rule, subject) = (rule.to_owned(), String::new());
    Defect { rule, severity: Severity::Note, subject, from: None, to: None, rows: rows as u64, detail }
}

impl Reader for Companies {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        begins(head, &["Ticker", "SimFinId", "Company Name", "IndustryId"])
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let beside = path.with_file_name(INDUSTRIES);
        let known = if beside.exists() { Some(industries(&beside, &mut Quiet)?) } else { None };
        if known.is_none() {
            sink.defect(note(
                "no_industries",
                0,
                format!("{INDUSTRIES} is not beside the file: industries and sectors are missing"),
            ));
        }
        let mut text: [TextBuilder; 7] = Default::default();
        let mut rows = 0;
        let mut unnamed = BTreeSet::new();
        let mut of_cik: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        let mut of_symbol: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        each(path, sink, &mut |_, company, sink| {
            if company.symbol.is_empty() && company.name.is_empty() {
                sink.missing(1);
                return Ok(());
            }
            if let Some(cik) = company.cik {
                of_cik.entry(cik).or_default().push(company.symbol.clone());
            }
            if !company.symbol.is_empty() {
                of_symbol.entry(company.symbol.clone()).or_default().push(company.simfin);
            }
            let named = known.as_ref().and_then(|k| k.get(&company.industry));
            if named.is_none() && known.is_some() && !company.industry.is_empty() {
                unnamed.insert(company.industry.clone());
            }
            let (industry, sector) = named.map_or(("", ""), |(i, s)| (i.as_str(), s.as_str()));
            let id = issuer(company.simfin, company.cik);
            let values = [id.as_str(), &company.symbol, &company.name, "", industry, sector, company.fiscal_year_end.as_str()];
            for (builder, value) in text.iter_mut().zip(values) {
                builder.push(value);
            }
            rows += 1;
            Ok(())
        })?;
        if !unnamed.is_empty() {
            let ids = unnamed.into_iter().collect::<Vec<_>>();
            sink.defect(note("unknown_industry", ids.len(), format!("{INDUSTRIES} does not name {}", ids.join(", "))));
        }
        for (cik, symbols) in of_cik.into_iter().filter(|(_, s)| s.len() > 1) {
            let detail = format!(
                "{} are one filer, CIK {cik}: classes of shares, or one company before and after a new name",
                symbols.join(", ")
            );
            sink.defect(Defect { subject: issuer(0, Some(cik)), ..note("shared_cik", symbols.len(), detail) });
        }
        for (symbol, ids) in of_symbol.into_iter().filter(|(_, i)| i.len() > 1) {
            let ids = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            let detail = format!("{symbol} was the symbol of several companies, SimFin ids {ids}: names decide which is meant");
            sink.defect(Defect { subject: symbol, ..note("reused_symbol", 0, detail) });
        }
        if rows == 0 {
            return Ok(());
        }
        let known_at = Calendar::nyse().open(Calendar::nyse().next(undated()));
        let columns = text.map(|t| Column::Text(t.finish())).into();
        Ok(sink.rows(Observations::new(Dataset::Issuers, vec![undated().0; rows], vec![known_at.0; rows], columns))?)
    }
}

impl Reader for Industries {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        begins(head, &["IndustryId", "Industry", "Sector"])
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        industries(path, sink).map(|_| ())
    }
}
