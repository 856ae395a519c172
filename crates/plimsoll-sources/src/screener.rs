//! The screener panel: every listed stock, every session; and the register of its symbols.

use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray};
use rustc_hash::FxHashMap;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::Refusal;
use plimsoll_model::observations::{Column, Observations, TextBuilder, TextColumn};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{Day, Moment};

use crate::known::Closes;
use crate::panel::{Bar, Watch};
use crate::parquet_file::{NO_DAY, ParquetFile, Rows, days, dictionary, doubles, string_values};
use crate::table::{Table, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads a yearly Parquet panel `date, symbol, exchange, close, pct_change, volume, market_cap` into bars.
pub struct Screener;

/// Reads `symbols.csv`, the register that comes with the panel, into securities.
pub struct Symbols;

pub(crate) static INFO: SourceInfo = SourceInfo {
    id: "screener",
    title: "Every US-listed stock, every session: close, return, volume, capitalisation",
    publisher: "The exchange's stock screener, collected daily",
    terms: "Exchange data, personal use; derived figures may be published",
    known_at: "Panel: at the close of the session (`close`). Register: at the open of the first day a symbol was seen",
    revisions: "A collected day is not revised by the publisher; a corrected file becomes a new vintage",
    caveats: &[
        "`close` is not adjusted for splits, `pct_change` is; neither has dividends",
        "Capitalisation is full, not float; each class of a company (GOOG and GOOGL, BRK.A and BRK.B) carries the whole company's",
        "A delisted name keeps its last price and vanishes: there is no delisting return",
        "Sector, industry and name in the register are of a later date than the day from which they are used; `last` is future knowledge and is not read",
    ],
    layout: "Parquet `date, symbol, exchange, close, pct_change, volume, market_cap` in any order (pct_change in per cent); CSV `symbol,first,last,exchange,name,sector,industry,country,ipoyear`",
};

const WANTED: &[&str] = &["date", "symbol", "exchange", "close", "pct_change", "volume", "market_cap"];

impl Reader for Screener {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        head.has_columns(&["date", "symbol", "close", "pct_change", "market_cap"])
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let file = ParquetFile::open(path)?;
        let mut panel = Panel { symbols: Names::default(), exchanges: Names::default(), watch: Watch::new(), now: sink.now().0 };
        file.stream(WANTED, sink, &mut |rows, sink| panel.take(&file, rows, sink))?;
        let names = panel.symbols.all;
        panel.watch.finish(&|i| names[i as usize].clone(), sink);
        Ok(())
    }
}

/// Texts of a file in one spelling, worked out once for each entry of each dictionary.
#[derive(Default)]
pub struct Names {
    /// Every spelling seen in the file.
    pub all: Vec<String>,
    numbers: FxHashMap<String, u32>,
    last: Option<(ArrayRef, Map)>,
}

/// One dictionary of the file, translated.
#[derive(Clone)]
pub struct Map {
    /// By key of the dictionary: code in `dict`, or [`Names::NONE`].
    pub code: Arc<Vec<u32>>,
    /// By key of the dictionary: number within the file, or [`Names::NONE`].
    pub number: Arc<Vec<u32>>,
    /// The texts that codes stand for.
    pub dict: Arc<Vec<String>>,
}

impl Names {
    /// What stands for a text that has no proper spelling.
    pub const NONE: u32 = u32::MAX;

    /// The translation of a column's dictionary; batches that share a dictionary share it.
    pub fn map(&mut self, column: &DictionaryArray<Int32Type>, spell: fn(&str) -> Option<String>) -> Map {
        if let Some((values, map)) = &self.last {
            // The cached array is kept alive, so equal addresses mean the same memory.
            if Arc::ptr_eq(values, column.values()) || values.to_data().ptr_eq(&column.values().to_data()) {
                return map.clone();
            }
        }
        let (mut code, mut number) = (Vec::new(), Vec::new());
        let mut dict: Vec<String> = Vec::new();
        let mut local: FxHashMap<u32, u32> = FxHashMap::default();
        for text in string_values(column) {
            let Some(name) = text.and_then(spell) else {
                code.push(Names::NONE);
                number.push(Names::NONE);
                continue;
            };
            let n = match self.numbers.get(&name) {
                Some(n) => *n,
                None => {
                    let n = self.all.len() as u32;
                    self.all.push(name.clone());
                    self.numbers.insert(name.clone(), n);
                    n
                }
            };
            // Two spellings of one symbol share a code.
            let c = *local.entry(n).or_insert_with(|| {
                dict.push(name);
                dict.len() as u32 - 1
            });
            code.push(c);
            number.push(n);
        }
        let map = Map { code: Arc::new(code), number: Arc::new(number), dict: Arc::new(dict) };
        self.last = Some((column.values().clone(), map.clone()));
        map
    }
}

struct Panel {
    symbols: Names,
    exchanges: Names,
    watch: Watch,
    now: i64,
}

impl Panel {
    fn take(&mut self, file: &ParquetFile, rows: &Rows<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let n = rows.len;
        let column = |i: usize| rows.columns[i].ok_or_else(|| file.mismatch(WANTED[i], "a column of this name"));
        let number = |i: usize| doubles(column(i)?.as_ref()).ok_or_else(|| file.mismatch(WANTED[i], "numbers"));
        let mut period = days(column(0)?.as_ref()).ok_or_else(|| file.mismatch("date", "dates"))?;
        let keys = dictionary(column(1)?.as_ref()).ok_or_else(|| file.mismatch("symbol", "texts"))?;
        let symbols = self.symbols.map(keys, canonical);
        let exchange = match rows.columns[2] {
            Some(array) => {
                let keys = dictionary(array.as_ref()).ok_or_else(|| file.mismatch("exchange", "texts"))?;
                let map = self.exchanges.map(keys, |text| Some(text.trim().to_owned()));
                text_column(keys, &map)
            }
            None => TextColumn::constant("", n),
        };
        let (mut close, mut ret, volume, mut cap) = (number(3)?, number(4)?, optional(rows, 5, n, &number)?, number(6)?);

        let closes = Closes::nyse();
        let mut known = Vec::with_capacity(n);
        let mut codes = Vec::with_capacity(n);
        let mut quality = Vec::with_capacity(n);
        let mut refused: Vec<usize> = Vec::new();
        let keep_nulls = keys.nulls().is_some();
        let raw = keys.keys().values();
        for i in 0..n {
            let key = if keep_nulls && keys.is_null(i) { usize::MAX } else { raw[i] as usize };
            let code = symbols.code.get(key).copied().unwrap_or(Names::NONE);
            let moment = closes.get(period[i]);
            let pct = ret[i];
            ret[i] = pct / 100.0;
            codes.push(code);
            known.push(moment);
            // NaN is missing and passes; the comparisons are written so that it does.
            let bad = code == Names::NONE
                || moment == Closes::NOT_A_SESSION
                || moment > self.now
                || close[i] <= 0.0
                || close[i] == f64::INFINITY
                || pct <= -100.0
                || pct == f64::INFINITY
                || volume[i] < 0.0
                || volume[i] == f64::INFINITY
                || cap[i].is_infinite();
            let nothing = close[i].is_nan() && pct.is_nan() && cap[i].is_nan();
            if bad || nothing {
                if bad {
                    let values = [close[i], pct, volume[i], cap[i]];
                    let text = keys.key(i).and_then(|k| string_values(keys).get(k).copied().flatten()).unwrap_or("");
                    sink.refuse(self.refusal(rows.first + i as u64, period[i], text, values));
                } else {
                    sink.missing(1);
                }
                refused.push(i);
                quality.push(0);
                // Never read again: the row goes.
                (period[i], close[i]) = (0, 0.0);
                continue;
            }
            if cap[i] <= 0.0 {
                cap[i] = f64::NAN;
            }
            let bar = Bar { day: period[i], symbol: symbols.number[key], close: close[i], ret: ret[i], cap: cap[i] };
            quality.push(self.watch.see(&bar));
        }
        if codes.contains(&Names::NONE) {
            codes.iter_mut().filter(|c| **c == Names::NONE).for_each(|c| *c = 0);
        }
        let columns = vec![
            Column::Text(TextColumn { codes, dict: symbols.dict }),
            Column::Text(exchange),
            Column::F64(close),
            Column::F64(vec![f64::NAN; n]),
            Column::F64(ret),
            Column::F64(volume),
            Column::F64(cap),
            Column::U8(quality),
        ];
        let rows = Observations::new(Dataset::Bars, period, known, columns);
        let rows = without(rows, &refused);
        if rows.is_empty() { Ok(()) } else { Ok(sink.rows(rows)?) }
    }

    #[cold]
    fn refusal(&self, row: u64, day: i32, symbol: &str, [close, pct, volume, cap]: [f64; 4]) -> Refusal {
        let period = (day != NO_DAY).then_some(Day(day));
        let of = |rule: &str, field: &str, expected: &str, got: String| Refusal {
            period,
            ..refusal(rule, row, field, expected, got.as_bytes())
        };
        let moment = Closes::nyse().get(day);
        if day == NO_DAY {
            return of("not_a_day", "date", "a day", "nothing or a time of day".to_owned());
        }
        if canonical(symbol).is_none() {
            return of("not_a_symbol", "symbol", "a symbol of a US exchange", symbol.to_owned());
        }
        if moment == Closes::NOT_A_SESSION {
            return of("not_a_session", "date", "a session of the New York Stock Exchange", Day(day).to_string());
        }
        if moment > self.now {
            return of("future_dated", "date", &format!("a session closed by {}", Moment(self.now)), Day(day).to_string());
        }
        if close <= 0.0 {
            let rule = if close < 0.0 { "negative_price" } else { "zero_price" };
            return of(rule, "close", "a price above zero", close.to_string());
        }
        if pct <= -100.0 && pct.is_finite() {
            return of("impossible_return", "pct_change", "a change above -100 %", pct.to_string());
        }
        if volume < 0.0 && volume.is_finite() {
            return of("negative_volume", "volume", "zero or more shares", volume.to_string());
        }
        let named = [("close", close), ("pct_change", pct), ("volume", volume), ("market_cap", cap)];
        let (field, value) = named.into_iter().find(|(_, v)| v.is_infinite()).unwrap_or(("close", close));
        of("non_finite", field, "a finite number", value.to_string())
    }
}

/// A column that a file may lack.
fn optional(
    rows: &Rows<'_>,
    i: usize,
    n: usize,
    number: &dyn Fn(usize) -> Result<Vec<f64>, SourceError>,
) -> Result<Vec<f64>, SourceError> {
    if rows.columns[i].is_some() { number(i) } else { Ok(vec![f64::NAN; n]) }
}

/// A text column by its translated dictionary; missing texts are empty.
fn text_column(keys: &DictionaryArray<Int32Type>, map: &Map) -> TextColumn {
    let mut dict = map.dict.clone();
    let mut empty = None;
    let mut codes = Vec::with_capacity(keys.len());
    for i in 0..keys.len() {
        let code = keys.key(i).and_then(|k| map.code.get(k)).copied().filter(|c| *c != Names::NONE);
        codes.push(code.unwrap_or_else(|| {
            *empty.get_or_insert_with(|| {
                let known = dict.iter().position(String::is_empty);
                known.unwrap_or_else(|| {
                    Arc::make_mut(&mut dict).push(String::new());
                    dict.len() - 1
                }) as u32
            })
        }));
    }
    TextColumn { codes, dict }
}

/// The rows but these, given in ascending order.
pub fn without(rows: Observations, refused: &[usize]) -> Observations {
    if refused.is_empty() {
        return rows;
    }
    let mut refused = refused.iter().copied().peekable();
    let keep: Vec<usize> = (0..rows.len()).filter(|i| refused.next_if_eq(i).is_none()).collect();
    rows.select(&keep)
}

impl Reader for Symbols {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        ["symbol", "first", "exchange", "name", "sector", "industry"]
            .iter()
            .all(|n| header.iter().any(|h| h.eq_ignore_ascii_case(n)))
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let (symbol, first) = (table.column("symbol")?, table.column("first")?);
        let described = ["name", "exchange", "sector", "industry", "country"].map(|n| table.column(n).ok());
        let now = sink.now();
        let (mut period, mut known) = (Vec::new(), Vec::new());
        let mut text: [TextBuilder; 6] = Default::default();
        while let Some(row) = table.advance(sink)? {
            let Some(day) = table.day(row, first, sink) else { continue };
            let Some(name) = canonical(&table.fields.text(symbol)) else {
                let refused = refusal("not_a_symbol", row, "symbol", "a symbol of a US exchange", table.fields.get(symbol));
                sink.refuse(Refusal { period: Some(day), ..refused });
                continue;
            };
            let calendar = Calendar::nyse();
            let known_at = calendar.open(calendar.on_or_after(day));
            if known_at > now {
                let refused = refusal("future_dated", row, "first", &format!("a day begun by {now}"), table.fields.get(first));
                sink.refuse(Refusal { period: Some(day), ..refused });
                continue;
            }
            period.push(day.0);
            known.push(known_at.0);
            text[0].push(&name);
            for (builder, column) in text[1..].iter_mut().zip(described) {
                builder.push(&column.map(|c| table.fields.text(c)).unwrap_or_default());
            }
        }
        if period.is_empty() {
            return Ok(());
        }
        let columns = text.map(|t| Column::Text(t.finish())).into();
        Ok(sink.rows(Observations::new(Dataset::Securities, period, known, columns))?)
    }
}
