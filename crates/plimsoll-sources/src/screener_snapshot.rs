//! One session of the exchange's stock screener, as its site gives it out: the rows that a panel collects day by day.

use std::borrow::Cow;
use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::{Dataset, quality};
use plimsoll_model::intake::Refusal;
use plimsoll_model::observations::{Column, Observations, TextBuilder, TextColumn};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{Day, Moment};
use serde::Deserialize;

use crate::edgar::json::Text;
use crate::screener::INFO;
use crate::table::{Table, layout, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the screener's download, CSV or JSON, into bars and descriptions of the source `screener`.
///
/// The rows have no day. The file's name has the moment of the download in milliseconds since 1970 (`nasdaq_screener_1704488400000.csv`,
/// as the site itself names it), and the session is the last one closed by then. A download while a session is open has prices of no
/// session and is not read.
pub struct ScreenerSnapshot;

const LAYOUT: &str = "`nasdaq_screener_MILLISECONDS.csv` with `Symbol,Name,Last Sale,Net Change,% Change,Market Cap,Country,IPO Year,Volume,Sector,Industry`, or JSON `{data: {rows: [{symbol, name, lastsale, pctchange, volume, marketCap, country, sector, industry}]}}`";

/// Milliseconds since 1970 in a file name.
fn moment(path: &Path) -> Option<Moment> {
    let name = path.file_stem()?.to_str()?.to_ascii_lowercase();
    let digits = name.strip_prefix("nasdaq_screener_")?.split(['@', ' ', '(']).next()?;
    let ms: i64 = digits.parse().ok().filter(|ms| (0..7_000_000_000_000).contains(ms))?;
    Some(Moment(ms * 1000))
}

/// The session whose closing prices a download at a moment has.
fn session(path: &Path, at: Moment) -> Result<Day, SourceError> {
    let calendar = Calendar::nyse();
    let day = calendar.on_or_before(at.day());
    if !calendar.is_session(at.day()) || at >= calendar.close(day) {
        return Ok(day);
    }
    if at < calendar.open(day) {
        return Ok(calendar.previous(day));
    }
    let expected = format!("a download before the open or after the close of {day}");
    Err(layout(path, 0, "file name", &expected, &format!("one at {at}, while prices moved")))
}

/// `$189.30`, `1,234`, `-0.111%`; `None` where it is no number, NaN where there is none.
fn number(text: &str) -> Option<f64> {
    let plain: String = text.trim().chars().filter(|c| !matches!(c, '$' | ',' | '%')).collect();
    match plain.as_str() {
        "" | "NA" | "N/A" | "UNCH" | "--" => Some(f64::NAN),
        _ => plain.parse().ok().filter(|v: &f64| v.is_finite()),
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Rows<'a>,
}

#[derive(Deserialize)]
struct Rows<'a> {
    #[serde(borrow)]
    rows: Vec<Row<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    symbol: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    lastsale: Text<'a>,
    #[serde(borrow)]
    pctchange: Text<'a>,
    #[serde(borrow)]
    volume: Text<'a>,
    #[serde(borrow, rename = "marketCap")]
    cap: Text<'a>,
    #[serde(borrow)]
    country: Text<'a>,
    #[serde(borrow)]
    sector: Text<'a>,
    #[serde(borrow)]
    industry: Text<'a>,
}

fn shown<'a>(text: &'a Text<'_>) -> Cow<'a, str> {
    match text {
        Text::Number(n) => Cow::Owned(n.to_string()),
        other => Cow::Borrowed(other.as_str()),
    }
}

impl Reader for ScreenerSnapshot {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        let csv = ["Symbol", "Last Sale", "Market Cap", "% Change"].iter().all(|n| header.iter().any(|h| h == n));
        let start = &head.bytes[..head.bytes.len().min(4096)];
        let has = |key: &[u8]| start.windows(key.len()).any(|w| w == key);
        csv || (start.trim_ascii_start().starts_with(b"{") && has(b"\"lastsale\"") && has(b"\"marketCap\""))
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let named = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let at = moment(path).ok_or_else(|| layout(path, 0, "file name", LAYOUT, &named))?;
        let mut out = Out::new(session(path, at)?, sink)?;
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
            let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
            let answer: Answer<'_> =
                serde_json::from_slice(&bytes).map_err(|e| layout(path, e.line() as u64, "JSON", LAYOUT, &e.to_string()))?;
            for (i, r) in answer.data.rows.iter().enumerate() {
                let fields =
                    [&r.symbol, &r.name, &r.lastsale, &r.pctchange, &r.volume, &r.cap, &r.country, &r.sector, &r.industry];
                out.take(i as u64 + 1, fields.map(shown), sink);
            }
            sink.progress(bytes.len() as u64, bytes.len() as u64);
        } else {
            let mut table = Table::open(path, sink)?;
            let names = ["Symbol", "Name", "Last Sale", "% Change", "Volume", "Market Cap", "Country", "Sector", "Industry"];
            let mut columns = [0usize; 9];
            for (c, name) in columns.iter_mut().zip(names) {
                *c = table.column(name)?;
            }
            while let Some(row) = table.advance(sink)? {
                out.take(row, columns.map(|c| table.fields.text(c)), sink);
            }
        }
        out.finish(sink)
    }
}

#[derive(Default)]
struct Out {
    session: Option<Day>,
    known_at: i64,
    symbols: Vec<String>,
    seen: rustc_hash::FxHashSet<String>,
    close: Vec<f64>,
    ret: Vec<f64>,
    volume: Vec<f64>,
    cap: Vec<f64>,
    described: [TextBuilder; 4],
}

impl Out {
    fn new(session: Day, sink: &mut dyn Sink) -> Result<Out, SourceError> {
        let known_at = Calendar::nyse().close(session);
        if known_at > sink.now() {
            let refused = refusal(
                "future_dated",
                0,
                "file name",
                &format!("a session closed by {}", sink.now()),
                session.to_string().as_bytes(),
            );
            sink.refuse(Refusal { period: Some(session), ..refused });
            return Ok(Out::default());
        }
        Ok(Out { session: Some(session), known_at: known_at.0, ..Out::default() })
    }

    fn take(&mut self, row: u64, fields: [Cow<'_, str>; 9], sink: &mut dyn Sink) {
        let Some(session) = self.session else { return };
        let [symbol, name, sale, change, volume, cap, country, sector, industry] = fields;
        let mut refuse = |rule: &str, field: &str, expected: &str, got: &str| {
            sink.refuse(Refusal { period: Some(session), ..refusal(rule, row, field, expected, got.as_bytes()) });
        };
        let Some(canon) = canonical(&symbol) else {
            return refuse("not_a_symbol", "symbol", "a symbol of a US exchange", &symbol);
        };
        if !self.seen.insert(canon.clone()) {
            return refuse("duplicate_key", "symbol", "one row a symbol", &symbol);
        }
        let numbers = [("lastsale", &sale), ("pctchange", &change), ("volume", &volume), ("marketCap", &cap)];
        let mut values = [f64::NAN; 4];
        for (value, (field, text)) in values.iter_mut().zip(numbers) {
            match number(text) {
                Some(v) => *value = v,
                None => return refuse("not_a_number", field, "a number", text),
            }
        }
        let [close, change, volume, cap] = values;
        if close.is_nan() {
            return sink.missing(1);
        }
        if close <= 0.0 {
            return refuse("zero_price", "lastsale", "a price above zero", &sale);
        }
        if change <= -100.0 {
            return refuse("impossible_return", "pctchange", "a change above -100 %", &change.to_string());
        }
        if volume < 0.0 {
            return refuse("negative_volume", "volume", "zero or more shares", &volume.to_string());
        }
        self.symbols.push(canon);
        self.close.push(close);
        self.ret.push(change / 100.0);
        self.volume.push(volume);
        self.cap.push(if cap > 0.0 { cap } else { f64::NAN });
        for (builder, text) in self.described.iter_mut().zip([&name, &sector, &industry, &country]) {
            builder.push(text.trim());
        }
    }

    fn finish(self, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let (Some(session), n) = (self.session, self.symbols.len()) else { return Ok(()) };
        if n == 0 {
            return Ok(());
        }
        let symbols: TextColumn = self.symbols.iter().collect();
        let quality = self.cap.iter().map(|c| if c.is_nan() { quality::NO_CAP } else { 0 }).collect();
        let columns = vec![
            Column::Text(symbols.clone()),
            Column::Text(TextColumn::constant("", n)),
            Column::F64(self.close),
            Column::F64(vec![f64::NAN; n]),
            Column::F64(self.ret),
            Column::F64(self.volume),
            Column::F64(self.cap),
            Column::U8(quality),
        ];
        sink.rows(Observations::new(Dataset::Bars, vec![session.0; n], vec![self.known_at; n], columns))?;
        // A description is of a quarter: what does not change within it is one row.
        let (year, month, _) = session.parts();
        let quarter = Day::ymd(year, (month - 1) / 3 * 3 + 1, 1);
        let [name, sector, industry, country] = self.described.map(|t| Column::Text(t.finish()));
        let exchange = Column::Text(TextColumn::constant("", n));
        let columns = vec![Column::Text(symbols), name, exchange, sector, industry, country];
        Ok(sink.rows(Observations::new(Dataset::Securities, vec![quarter.0; n], vec![self.known_at; n], columns))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_the_last_one_closed() {
        let at = |day: Day, hour: i8| session(Path::new("x"), day.at(hour, 0)).ok();
        let (friday, saturday, monday) = (Day::ymd(2024, 1, 5), Day::ymd(2024, 1, 6), Day::ymd(2024, 1, 8));
        assert_eq!([at(friday, 17), at(saturday, 12), at(monday, 7)], [Some(friday); 3]);
        assert_eq!(at(monday, 11), None);
        assert_eq!(moment(Path::new("nasdaq_screener_1704488400000.csv")), Some(friday.at(16, 0)));
        assert_eq!(moment(Path::new("nasdaq_screener.csv")), None);
    }

    #[test]
    fn numbers_as_the_screener_writes_them() {
        assert_eq!(["$189.30", "1,234", "-0.111%"].map(number), [Some(189.3), Some(1234.0), Some(-0.111)]);
        assert!(["", "NA", "UNCH"].iter().all(|t| number(t).is_some_and(f64::is_nan)));
        assert_eq!(["lots", "inf"].map(number), [None, None]);
    }
}
