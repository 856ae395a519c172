//! Daily prices of Alpha Vantage.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_model::symbol::canonical;
use serde::Deserialize;

use super::{Bar, CAVEATS, KNOWN_AT, write};
use crate::edgar::json::Text;
use crate::table::{layout, parse_day, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the answers of `TIME_SERIES_DAILY` and `TIME_SERIES_DAILY_ADJUSTED`.
pub struct AlphaVantage;

static INFO: SourceInfo = SourceInfo {
    id: "alpha_vantage",
    title: "Daily prices of stocks and funds (Alpha Vantage)",
    publisher: "Alpha Vantage, alphavantage.co/query",
    terms: "Alpha Vantage's terms: a key is free; personal use. The free plan allows 25 requests a day, the last 100 sessions and prices as traded; adjusted prices with dividends and splits need a paid plan",
    known_at: KNOWN_AT,
    revisions: "Adjusted closes are restated with every dividend and split; the level `etf:` is built forward from close, dividend and split",
    caveats: CAVEATS,
    layout: "JSON `{\"Meta Data\": {\"2. Symbol\": ..}, \"Time Series (Daily)\": {\"2024-01-05\": {\"4. close\": \"..\", ..}}}`; without `5. adjusted close` there are closes and no level",
};

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, rename = "Meta Data")]
    meta: Meta<'a>,
    #[serde(borrow, rename = "Time Series (Daily)")]
    days: BTreeMap<&'a str, Row<'a>>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow, rename = "2. Symbol")]
    symbol: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow, rename = "4. close")]
    close: Text<'a>,
    #[serde(borrow, rename = "5. adjusted close")]
    adjusted: Text<'a>,
    #[serde(borrow, rename = "5. volume")]
    volume: Text<'a>,
    #[serde(borrow, rename = "6. volume")]
    adjusted_volume: Text<'a>,
    #[serde(borrow, rename = "7. dividend amount")]
    dividend: Text<'a>,
    #[serde(borrow, rename = "8. split coefficient")]
    split: Text<'a>,
}

impl Reader for AlphaVantage {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let start = &head.bytes[..head.bytes.len().min(2048)];
        let has = |key: &[u8]| start.windows(key.len()).any(|w| w == key);
        start.trim_ascii_start().starts_with(b"{") && has(b"\"Meta Data\"") && has(b"\"Time Series (Daily)\"")
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let answer: Answer<'_> =
            serde_json::from_slice(&bytes).map_err(|e| layout(path, e.line() as u64, "JSON", INFO.layout, &e.to_string()))?;
        let symbol = canonical(answer.meta.symbol.as_str());
        let symbol = symbol.ok_or_else(|| layout(path, 0, "2. Symbol", "a symbol", &answer.meta.symbol.shown()))?;
        let mut bars = Vec::with_capacity(answer.days.len());
        for (i, (day, r)) in answer.days.iter().enumerate() {
            let row = i as u64 + 1;
            let Some(day) = parse_day(day.as_bytes()) else {
                sink.refuse(refusal("not_a_day", row, "Time Series (Daily)", "a day as YYYY-MM-DD", day.as_bytes()));
                continue;
            };
            let number = |t: &Text<'_>| t.number().unwrap_or(f64::NAN);
            let volume = if number(&r.volume).is_nan() { number(&r.adjusted_volume) } else { number(&r.volume) };
            bars.push(Bar {
                close: number(&r.close),
                adjusted: number(&r.adjusted),
                volume,
                dividend: number(&r.dividend),
                split: number(&r.split),
                ..Bar::new(row, day)
            });
        }
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        write(&symbol, bars, sink)
    }
}
