//! End-of-day prices of EODHD.

use std::path::Path;

use serde::Deserialize;

use super::{Bar, CAVEATS, KNOWN_AT, symbol, write};
use crate::edgar::json::Text;
use crate::table::{layout, parse_day, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the answer of `api/eod/SYMBOL.US` in JSON.
pub struct Eodhd;

static INFO: SourceInfo = SourceInfo {
    id: "eodhd",
    title: "Daily prices of stocks and funds (EOD Historical Data)",
    publisher: "EOD Historical Data, eodhd.com/api/eod",
    terms: "EODHD's terms: a key is free with an account; personal use; no redistribution. The free plan allows 20 calls a day and a year of history",
    known_at: KNOWN_AT,
    revisions: "Adjusted closes are restated with every dividend and split: a new vintage of all earlier levels",
    caveats: CAVEATS,
    layout: "JSON `[{date, open, high, low, close, adjusted_close, volume}]`; the symbol is the file's name up to `@`",
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    date: Text<'a>,
    #[serde(borrow)]
    close: Text<'a>,
    #[serde(borrow)]
    adjusted_close: Text<'a>,
    #[serde(borrow)]
    volume: Text<'a>,
}

impl Reader for Eodhd {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let start = &head.bytes[..head.bytes.len().min(2048)];
        let has = |key: &[u8]| start.windows(key.len()).any(|w| w == key);
        start.trim_ascii_start().starts_with(b"[") && has(b"\"adjusted_close\"") && has(b"\"date\"")
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let rows: Vec<Row<'_>> =
            serde_json::from_slice(&bytes).map_err(|e| layout(path, e.line() as u64, "JSON", INFO.layout, &e.to_string()))?;
        let named = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let symbol = symbol(path).ok_or_else(|| layout(path, 0, "file name", "a symbol, as in SPY.json", &named))?;
        let mut bars = Vec::with_capacity(rows.len());
        for (i, r) in rows.iter().enumerate() {
            let row = i as u64 + 1;
            let Some(day) = parse_day(r.date.as_str().as_bytes()) else {
                sink.refuse(refusal("not_a_day", row, "date", "a day as YYYY-MM-DD", r.date.shown().as_bytes()));
                continue;
            };
            let number = |t: &Text<'_>| t.number().unwrap_or(f64::NAN);
            let (close, adjusted, volume) = (number(&r.close), number(&r.adjusted_close), number(&r.volume));
            bars.push(Bar { close, adjusted, volume, ..Bar::new(row, day) });
        }
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        write(&symbol, bars, sink)
    }
}
