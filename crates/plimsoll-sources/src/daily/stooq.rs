//! Daily prices of Stooq.

use std::path::Path;

use super::{Bar, CAVEATS, KNOWN_AT, symbol, write};
use crate::table::{Table, layout};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the CSV of `q/d/l/?s=spy.us&i=d`.
pub struct Stooq;

static INFO: SourceInfo = SourceInfo {
    id: "stooq",
    title: "Daily prices of stocks, funds and indices (Stooq)",
    publisher: "Stooq, stooq.com/q/d/l",
    terms: "Stooq's terms: personal use; a daily limit of downloads, which is answered with a sentence in place of data; at times a key from a page with a riddle is asked for",
    known_at: KNOWN_AT,
    revisions: "Prices are adjusted for later splits and dividends, so every one of them restates all earlier levels: a new vintage",
    caveats: CAVEATS,
    layout: "CSV `Date,Open,High,Low,Close,Volume`, file name with the market (`spy.us.csv`, `spy_us_d.csv`, `^spx_d.csv`)",
};

impl Reader for Stooq {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        let columns = ["Date", "Open", "High", "Low", "Close"];
        let named =
            head.path.file_stem().and_then(|s| s.to_str()).map(|s| s.split('@').next().unwrap_or_default().to_lowercase());
        let named = named.is_some_and(|s| s.ends_with(".us") || s.ends_with("_d"));
        named && (5..=6).contains(&header.len()) && header.iter().zip(columns).all(|(h, n)| h == n)
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let (date, close) = (table.column("Date")?, table.column("Close")?);
        let volume = table.column("Volume").ok();
        let named = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let symbol = symbol(path).ok_or_else(|| layout(path, 0, "file name", "a symbol, as in spy.us.csv", &named))?;
        let mut bars = Vec::new();
        while let Some(row) = table.advance(sink)? {
            let Some(day) = table.day(row, date, sink) else { continue };
            let Some(adjusted) = table.number(row, close, day, sink) else { continue };
            let volume = volume.and_then(|v| std::str::from_utf8(table.fields.get(v)).ok()?.parse().ok()).unwrap_or(f64::NAN);
            bars.push(Bar { adjusted: adjusted.unwrap_or(f64::NAN), volume, ..Bar::new(row, day) });
        }
        write(&symbol, bars, sink)
    }
}
