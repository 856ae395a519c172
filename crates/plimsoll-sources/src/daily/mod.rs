//! Daily prices from vendors with a public interface: one symbol an answer, interchangeable.
//!
//! Vendors differ in layout and in what they state. What becomes of a row is here: a bar under the vendor's own source, and the level
//! of a total-return series `etf:SPY` as from the user's own files, so that a thesis does not care who brought it.

mod alpha_vantage;
mod eodhd;
mod stooq;
mod tiingo;

use std::path::Path;

use plimsoll_model::dataset::{Dataset, quality};
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{Day, Moment};

use crate::known::Closes;
use crate::series::{SeriesWriter, Value};
use crate::table::{clip, refusal};
use crate::{Sink, SourceError};

pub use alpha_vantage::AlphaVantage;
pub use eodhd::Eodhd;
pub use stooq::Stooq;
pub use tiingo::Tiingo;

const KNOWN_AT: &str = "At the close of the session (`close`): a close is known then, whenever it was downloaded; a row of a session that has not closed yet is refused";
const CAVEATS: &[&str] = &[
    "Of what is listed today: funds and companies that are gone are absent, and a symbol may have been another company's before",
    "No capitalisation",
    "A vendor's terms bind whoever downloads: personal use, nothing passed on; derived figures may be published within them",
];

/// One session of one symbol.
#[derive(Clone, Copy, Debug)]
struct Bar {
    row: u64,
    day: Day,
    /// As traded, dollars; NaN where the vendor gives only adjusted prices.
    close: f64,
    /// Adjusted for later splits and dividends, dollars; NaN where not given.
    adjusted: f64,
    volume: f64,
    /// Dividend a share with this ex-date, dollars; NaN where the vendor does not state dividends.
    dividend: f64,
    /// Shares that one share became before this session's open; NaN where the vendor does not state splits.
    split: f64,
}

impl Bar {
    fn new(row: u64, day: Day) -> Bar {
        let nan = f64::NAN;
        Bar { row, day, close: nan, adjusted: nan, volume: nan, dividend: nan, split: nan }
    }
}

/// The symbol that a file name stands for: `SPY.json`, `SPY@2024-01-05.json`, `spy.us.csv`, `spy_us_d.csv`.
fn symbol(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_str()?.split('@').next()?.to_ascii_lowercase();
    let name = name.strip_suffix("_d").unwrap_or(&name);
    let name = name.strip_suffix("_us").or_else(|| name.strip_suffix(".us")).unwrap_or(name);
    canonical(name).filter(|s| s.len() <= 12 && !s.contains(['*', '#', '=', '+', '$']))
}

/// What a publisher says in place of data, with status 200: a limit, a missing key, an unknown symbol.
pub fn complaint(bytes: &[u8]) -> Option<String> {
    let text = bytes.trim_ascii();
    if text.len() > 4096 {
        return None;
    }
    if text.starts_with(b"{") {
        let all: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(text).ok()?;
        let keys = ["Note", "Information", "Error Message", "error_message", "detail", "message", "error", "errors"];
        let said = keys.iter().find_map(|k| all.get(*k))?;
        return Some(said.as_str().map_or_else(|| said.to_string(), str::to_owned));
    }
    let plain = text.split(|b| *b == b'\n').next().unwrap_or(b"").trim_ascii();
    let lower = String::from_utf8_lossy(plain).to_ascii_lowercase();
    let phrases = [
        "exceeded the daily hits limit",
        "no data",
        "thank you for using",
        "rate limit",
        "unauthenticated",
        "forbidden",
        "access denied",
        "get your apikey",
        "not found",
    ];
    phrases
        .iter()
        .any(|p| lower.starts_with(p) || (lower.len() < 300 && !lower.contains(',') && lower.contains(p)))
        .then(|| clip(plain))
}

/// Takes the bars of a file: refuses what cannot be, and writes bars and the level of a holding.
fn write(symbol: &str, bars: Vec<Bar>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let now = sink.now();
    let closes = Closes::nyse();
    let mut good: Vec<(Bar, Moment)> = Vec::with_capacity(bars.len());
    let mut bars = bars;
    bars.sort_by_key(|b| (b.day, b.row));
    for b in bars {
        let mut refuse = |rule: &str, field: &str, expected: &str, got: String| {
            sink.refuse(Refusal { period: Some(b.day), ..refusal(rule, b.row, field, expected, got.as_bytes()) });
        };
        let close = closes.get(b.day.0);
        let price = if b.close.is_nan() { b.adjusted } else { b.close };
        if close == Closes::NOT_A_SESSION {
            refuse("not_a_session", "date", "a session of the New York Stock Exchange", b.day.to_string());
        } else if close > now.0 {
            refuse("future_dated", "date", &format!("a session closed by {now}"), b.day.to_string());
        } else if good.last().is_some_and(|g| g.0.day == b.day) {
            refuse("duplicate_key", "date", "one row a session", b.day.to_string());
        } else if price.is_nan() {
            sink.missing(1);
        } else if !(price > 0.0 && price.is_finite()) || b.adjusted <= 0.0 || b.adjusted.is_infinite() {
            refuse("not_a_price", "close", "a price above zero", price.to_string());
        } else if b.split <= 0.0 || b.split.is_infinite() || b.dividend < 0.0 || b.dividend.is_infinite() {
            refuse(
                "not_a_distribution",
                "split",
                "a split above zero and a dividend of zero or more",
                format!("{} {}", b.split, b.dividend),
            );
        } else {
            good.push((b, Moment(close)));
        }
    }
    if good.is_empty() {
        return Ok(());
    }
    check(symbol, &good, sink);
    let n = good.len();
    let column = |f: &dyn Fn(usize) -> f64| Column::F64((0..n).map(f).collect());
    // A price return needs both days as traded and the split between them.
    let ret = |i: usize| match i.checked_sub(1) {
        Some(before) => good[i].0.close * good[i].0.split / good[before].0.close - 1.0,
        None => f64::NAN,
    };
    let columns = vec![
        Column::Text(TextColumn::constant(symbol, n)),
        Column::Text(TextColumn::constant("", n)),
        column(&|i| good[i].0.close),
        column(&|i| good[i].0.adjusted),
        column(&ret),
        column(&|i| if good[i].0.volume >= 0.0 { good[i].0.volume } else { f64::NAN }),
        column(&|_| f64::NAN),
        Column::U8(vec![quality::NO_CAP; n]),
    ];
    let (period, known) = (good.iter().map(|g| g.0.day.0).collect(), good.iter().map(|g| g.1.0).collect());
    sink.rows(Observations::new(Dataset::Bars, period, known, columns))?;
    let mut out = SeriesWriter::new(sink, true);
    let series = match symbol.strip_prefix('^') {
        Some("SPX") => "index:GSPC".to_owned(),
        Some(name) => format!("index:{name}"),
        None => format!("etf:{symbol}"),
    };
    for ((b, known_at), value) in good.iter().zip(levels(&good)) {
        if value.is_finite() {
            out.push(Value { series: &series, row: b.row, period: b.day, known_at: *known_at, value, quality: 0 })?;
        }
    }
    Ok(out.finish()?)
}

/// The level of a holding with dividends reinvested.
///
/// Where the vendor states dividends and splits it is built forward from the first close, so that a later dividend changes no earlier
/// level; else it is the adjusted close, whose levels look ahead while its returns do not; without either there is none.
fn levels(bars: &[(Bar, Moment)]) -> Vec<f64> {
    let stated = bars.iter().all(|(b, _)| b.close.is_finite() && b.dividend.is_finite() && b.split.is_finite());
    if !stated {
        return bars.iter().map(|(b, _)| b.adjusted).collect();
    }
    let mut out: Vec<f64> = Vec::with_capacity(bars.len());
    for (i, (b, _)) in bars.iter().enumerate() {
        out.push(match i.checked_sub(1) {
            None => b.close,
            Some(k) => out[k] * (b.close + b.dividend) * b.split / bars[k].0.close,
        });
    }
    out
}

/// The step of the adjusted close and that of the holding agree, or one of the two is wrong.
fn check(symbol: &str, bars: &[(Bar, Moment)], sink: &mut dyn Sink) {
    let mut off = Vec::new();
    for pair in bars.windows(2) {
        let (a, b) = (&pair[0].0, &pair[1].0);
        let holding = (b.close + b.dividend) * b.split / a.close;
        let adjusted = b.adjusted / a.adjusted;
        // Vendors take a dividend off the close before it: both agree but for the second order.
        if holding.is_finite() && adjusted.is_finite() && (adjusted / holding - 1.0).abs() > 0.01 {
            off.push(b.day);
        }
    }
    if let (Some(from), Some(to)) = (off.first(), off.last()) {
        let rows = off.len() as u64;
        let detail = format!(
            "on {rows} sessions from {from} on, the adjusted closes of {symbol} move by more than 1 % otherwise than close, dividend and split; the level follows the latter"
        );
        let (rule, subject) = ("adjustment_mismatch".to_owned(), symbol.to_owned());
        sink.defect(Defect { rule, severity: Severity::Warning, subject, from: Some(*from), to: Some(*to), rows, detail });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_stand_in_file_names() {
        let of = |name: &str| symbol(Path::new(name)).unwrap_or_default();
        assert_eq!(
            ["SPY.json", "SPY@2024-01-05.json", "spy.us.csv", "spy_us_d.csv", "brk-b.us.csv", "^spx_d.csv"].map(of),
            ["SPY", "SPY", "SPY", "SPY", "BRK.B", "^SPX"]
        );
    }

    #[test]
    fn complaints_are_told_from_data() {
        for said in [
            "Exceeded the daily hits limit",
            "No data",
            "{\"Note\": \"Thank you for using Alpha Vantage! Our standard API rate limit is 25 requests per day.\"}",
            "{\"Information\": \"the demo key is for demonstration\"}",
            "{\"Error Message\": \"Invalid API call\"}",
            "{\"detail\": \"Error: Ticker 'XX' not found\"}",
            "Forbidden. Please contact support",
        ] {
            assert!(complaint(said.as_bytes()).is_some(), "{said}");
        }
        for data in ["Date,Open,High,Low,Close,Volume\n", "[]", "{\"Meta Data\": {}}", "", "{"] {
            assert_eq!(complaint(data.as_bytes()), None, "{data}");
        }
    }

    #[test]
    fn a_holding_gains_its_dividends_and_splits_and_the_past_does_not_move() {
        let bar = |n: i32, close: f64, dividend: f64, split: f64| {
            let day = Day::ymd(2024, 1, 2).plus(n);
            (Bar { close, dividend, split, ..Bar::new(n as u64, day) }, Moment(0))
        };
        let all = [bar(0, 100.0, 0.0, 1.0), bar(1, 99.0, 1.0, 1.0), bar(2, 49.5, 0.0, 2.0)];
        let levels = levels(&all);
        assert!((levels[1] - 100.0).abs() < 1e-12 && (levels[2] - 100.0).abs() < 1e-12);
        assert_eq!(super::levels(&all[..2]), levels[..2]);
    }
}
