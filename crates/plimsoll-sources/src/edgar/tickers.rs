//! Which issuer trades under which ticker, and in which industry it is: maps of one day, used to link and never to measure.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use plimsoll_model::intake::{Defect, Severity};
use plimsoll_model::symbol::canonical;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::issuers::{Issuers, Said};
use super::json::{Key, Text, issuer};
use super::{IDENTITY, TERMS};
use crate::parquet_file::{ParquetFile, dictionary, doubles, string_values};
use crate::table::{layout, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `company_tickers.json` and `company_tickers_exchange.json`.
pub struct Tickers;

/// Reads a register of filers with industry codes.
pub struct Register;

const KNOWN_AT: &str = "From 1994-01-01, before the first electronic filing: a map says whose a number is, which is no news about the number. The program uses it only where names agree";

static TICKERS: SourceInfo = SourceInfo {
    id: "edgar-tickers",
    title: "Tickers of issuers",
    publisher: "U.S. Securities and Exchange Commission, sec.gov/files/company_tickers.json",
    terms: TERMS,
    known_at: KNOWN_AT,
    revisions: "Rebuilt by the publisher as tickers change; a name that changed is a revision",
    caveats: &["Of the day it was made: companies that are gone are absent, and a ticker may have been another company's before"],
    layout: "JSON `{\"0\": {cik_str, ticker, title}, ..}` or `{fields: [cik, name, ticker, exchange], data: [[..], ..]}`",
};

static REGISTER: SourceInfo = SourceInfo {
    id: "edgar-sic",
    title: "Filers with industry codes",
    publisher: "U.S. Securities and Exchange Commission; compiled from its submissions",
    terms: TERMS,
    known_at: KNOWN_AT,
    revisions: "Codes are reassigned seldom and without a date",
    caveats: &["Industry code, name and fiscal year end of the day it was made, for the past as well"],
    layout: "Parquet `cik, name, sic, sic_description, tickers, fiscal_year_end, ..`; several tickers are joined by `|`",
};

/// One line of a map of tickers.
struct Line<'a> {
    cik: Text<'a>,
    ticker: Text<'a>,
    name: Text<'a>,
}

/// The lines of a map in either layout.
struct Lines<'a>(Vec<Line<'a>>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Titled<'a> {
    #[serde(borrow)]
    cik_str: Text<'a>,
    #[serde(borrow)]
    ticker: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Lines<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Lines<'a>, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Lines<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of tickers")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lines<'de>, A::Error> {
                let (mut fields, mut lines) = (Vec::<String>::new(), Vec::new());
                while let Some(Key(key)) = map.next_key()? {
                    match key.as_ref() {
                        "fields" => fields = map.next_value()?,
                        "data" => {
                            let rows: Vec<Vec<Text<'de>>> = map.next_value()?;
                            let of = |name: &str| fields.iter().position(|f| f == name);
                            let (cik, ticker, name) = (of("cik"), of("ticker"), of("name"));
                            let get =
                                |row: &[Text<'de>], i: Option<usize>| i.and_then(|i| row.get(i)).cloned().unwrap_or_default();
                            lines.extend(rows.iter().map(|r| Line {
                                cik: get(r, cik),
                                ticker: get(r, ticker),
                                name: get(r, name),
                            }));
                        }
                        _ => {
                            let line: Titled<'de> = map.next_value()?;
                            lines.push(Line { cik: line.cik_str, ticker: line.ticker, name: line.title });
                        }
                    }
                }
                Ok(Lines(lines))
            }
        }
        deserializer.deserialize_map(Map)
    }
}

/// Tickers that more than one issuer claims: both are kept, for the names decide, and it is said.
#[derive(Default)]
struct Shared(BTreeMap<String, Vec<String>>);

impl Shared {
    fn add(&mut self, symbol: &str, issuer: &str) {
        let of = self.0.entry(symbol.to_owned()).or_default();
        if of.iter().all(|i| i != issuer) {
            of.push(issuer.to_owned());
        }
    }
    fn tell(self, sink: &mut dyn Sink) {
        for (symbol, issuers) in self.0.into_iter().filter(|(_, i)| i.len() > 1) {
            sink.defect(Defect {
                rule: "shared_ticker".to_owned(),
                severity: Severity::Warning,
                detail: format!(
                    "{symbol} is given to {}: all are kept, and a security is linked to the one whose name agrees",
                    issuers.join(", ")
                ),
                rows: issuers.len() as u64,
                subject: symbol,
                from: Some(IDENTITY),
                to: None,
            });
        }
    }
}

impl Reader for Tickers {
    fn info(&self) -> &'static SourceInfo {
        &TICKERS
    }

    fn recognises(&self, head: &Head) -> bool {
        let text = String::from_utf8_lossy(&head.bytes[..head.bytes.len().min(1024)]).into_owned();
        let has = |keys: &[&str]| keys.iter().all(|k| text.contains(k));
        text.trim_start().starts_with('{')
            && (has(&["\"cik_str\"", "\"ticker\"", "\"title\""]) || has(&["\"fields\"", "\"cik\"", "\"ticker\"", "\"exchange\""]))
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let damaged = |e: String| layout(path, 0, "text", "a map of tickers as JSON; download it again", &e);
        let text = std::str::from_utf8(&bytes).map_err(|e| damaged(e.to_string()))?.trim_start_matches('\u{feff}');
        let Lines(lines) = serde_json::from_str(text).map_err(|e| damaged(e.to_string()))?;
        let (mut issuers, mut shared) = (Issuers::default(), Shared::default());
        for (i, line) in lines.iter().enumerate() {
            let row = i as u64 + 1;
            let Some(id) = issuer(&line.cik) else {
                sink.refuse(refusal("not_a_cik", row, "cik", "a CIK of up to ten digits", line.cik.shown().as_bytes()));
                continue;
            };
            let Some(symbol) = canonical(line.ticker.as_str()) else {
                sink.refuse(refusal("not_a_symbol", row, "ticker", "a ticker", line.ticker.shown().as_bytes()));
                continue;
            };
            shared.add(&symbol, &id);
            issuers.identity(&Said { issuer: &id, symbol: &symbol, name: line.name.as_str(), ..Said::default() }, sink)?;
        }
        issuers.flush(sink)?;
        shared.tell(sink);
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        Ok(())
    }
}

impl Reader for Register {
    fn info(&self) -> &'static SourceInfo {
        &REGISTER
    }

    fn recognises(&self, head: &Head) -> bool {
        head.has_columns(&["cik", "name", "sic", "sic_description", "tickers"])
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        const WANTED: [&str; 6] = ["cik", "name", "sic", "sic_description", "tickers", "fiscal_year_end"];
        let file = ParquetFile::open(path)?;
        let (mut issuers, mut shared) = (Issuers::default(), Shared::default());
        file.stream(&WANTED, sink, &mut |rows, sink| {
            let mut columns = Vec::new();
            for (name, array) in WANTED.iter().zip(&rows.columns) {
                columns.push(texts(*array, rows.len).ok_or_else(|| file.mismatch(name, "texts or whole numbers"))?);
            }
            for (i, cik) in columns[0].iter().enumerate() {
                let field = |c: usize| columns[c][i].trim();
                let Some(id) = issuer(&Text::Is(cik.trim().into())) else {
                    let row = rows.first + i as u64;
                    sink.refuse(refusal("not_a_cik", row, "cik", "a CIK of up to ten digits", cik.as_bytes()));
                    continue;
                };
                let sic = if field(2).is_empty() { String::new() } else { format!("{:0>4}", field(2)) };
                let symbols: Vec<String> = field(4).split('|').filter_map(canonical).collect();
                let none = [String::new()];
                for symbol in if symbols.is_empty() { &none[..] } else { &symbols } {
                    if !symbol.is_empty() {
                        shared.add(symbol, &id);
                    }
                    let (name, industry, fiscal_year_end) = (field(1), field(3), field(5));
                    issuers.identity(&Said { issuer: &id, symbol, name, sic: &sic, industry, fiscal_year_end }, sink)?;
                }
            }
            Ok(())
        })?;
        issuers.flush(sink)?;
        shared.tell(sink);
        Ok(())
    }
}

/// A column of texts or whole numbers as texts, empty where missing or absent; `None` where it is of neither.
fn texts(array: Option<&arrow_array::ArrayRef>, len: usize) -> Option<Vec<String>> {
    let Some(array) = array else { return Some(vec![String::new(); len]) };
    if let Some(keys) = dictionary(array.as_ref()) {
        let values = string_values(keys);
        let get = |i: usize| keys.key(i).and_then(|k| values.get(k).copied().flatten()).unwrap_or_default().to_owned();
        return Some((0..len).map(get).collect());
    }
    let number = |v: f64| if v.is_nan() { String::new() } else { v.to_string() };
    doubles(array.as_ref()).map(|v| v.into_iter().map(number).collect())
}
