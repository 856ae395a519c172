//! End-of-day prices of Tiingo.

use std::path::Path;

use serde::Deserialize;

use super::{Bar, CAVEATS, KNOWN_AT, symbol, write};
use crate::edgar::json::Text;
use crate::table::{layout, parse_day, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the answer of `tiingo/daily/SYMBOL/prices`.
pub struct Tiingo;

static INFO: SourceInfo = SourceInfo {
    id: "tiingo",
    title: "Daily prices of stocks and funds, with dividends and splits (Tiingo)",
    publisher: "Tiingo, api.tiingo.com/tiingo/daily",
    terms: "Tiingo's terms: a key is free with an account; internal, personal use; no redistribution. The free plan allows about 50 requests an hour, 1,000 a day and 500 symbols a month",
    known_at: KNOWN_AT,
    revisions: "Adjusted closes are restated with every dividend and split; closes, dividends and splits are corrected at times. The level `etf:` is built forward from close, dividend and split, so that a dividend restates nothing",
    caveats: CAVEATS,
    layout: "JSON `[{date, close, high, low, open, volume, adjClose, .., divCash, splitFactor}]`; the symbol is the file's name up to `@`",
};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow)]
    date: Text<'a>,
    #[serde(borrow)]
    close: Text<'a>,
    #[serde(borrow)]
    volume: Text<'a>,
    #[serde(borrow)]
    adj_close: Text<'a>,
    #[serde(borrow)]
    div_cash: Text<'a>,
    #[serde(borrow)]
    split_factor: Text<'a>,
}

impl Reader for Tiingo {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let start = &head.bytes[..head.bytes.len().min(2048)];
        let has = |key: &[u8]| start.windows(key.len()).any(|w| w == key);
        start.trim_ascii_start().starts_with(b"[") && has(b"\"adjClose\"") && has(b"\"splitFactor\"")
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let rows: Vec<Row<'_>> =
            serde_json::from_slice(&bytes).map_err(|e| layout(path, e.line() as u64, "JSON", INFO.layout, &e.to_string()))?;
        let named = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let symbol = symbol(path).ok_or_else(|| layout(path, 0, "file name", "a symbol, as in SPY.json", &named))?;
        if !rows.is_empty() && rows.iter().all(|r| r.close.number().is_none()) {
            return Err(layout(path, 1, "close", "a close in some row", "none in any"));
        }
        let mut bars = Vec::with_capacity(rows.len());
        for (i, r) in rows.iter().enumerate() {
            let row = i as u64 + 1;
            // A day as a moment at midnight UTC.
            let day = r.date.as_str().get(..10).and_then(|d| parse_day(d.as_bytes()));
            let Some(day) = day else {
                sink.refuse(refusal("not_a_day", row, "date", "a day as YYYY-MM-DD", r.date.shown().as_bytes()));
                continue;
            };
            let number = |t: &Text<'_>| t.number().unwrap_or(f64::NAN);
            bars.push(Bar {
                close: number(&r.close),
                adjusted: number(&r.adj_close),
                volume: number(&r.volume),
                dividend: number(&r.div_cash),
                split: number(&r.split_factor),
                ..Bar::new(row, day)
            });
        }
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        write(&symbol, bars, sink)
    }
}
