//! A panel of adjusted closes.

use std::path::Path;

use arrow_array::Array;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::Refusal;
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{Day, Moment};

use crate::known::Closes;
use crate::panel::{Bar, Watch};
use crate::parquet_file::{NO_DAY, ParquetFile, Rows, days, dictionary, doubles, string_values};
use crate::screener::{Names, without};
use crate::table::refusal;
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads a Parquet panel `date, symbol, adj_close` into bars that have nothing but an adjusted close.
pub struct Adjusted;

static INFO: SourceInfo = SourceInfo {
    id: "adjusted",
    title: "Adjusted closes of stocks and funds that are still listed",
    publisher: "Price vendors",
    terms: "The vendor's terms; usually personal use, no redistribution of prices",
    known_at: "At the close of the session (`close`): returns between adjusted closes are those of the holding, known then",
    revisions: "Every dividend and split rescales all earlier values; a new download is a new vintage",
    caveats: &[
        "Survivorship-biased: only names still listed when the file was made, so past averages flatter",
        "Levels are adjusted for later dividends and splits and look ahead; returns do not",
        "Symbols are those of the day the file was made, back to the first row (META before 2022-06-09)",
    ],
    layout: "Parquet `date, symbol, adj_close`, in any order; symbols with a caret are yields or indices and are refused here",
};

const WANTED: &[&str] = &["date", "symbol", "adj_close"];

impl Reader for Adjusted {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        head.has_columns(WANTED) && head.parquet_columns.as_ref().is_some_and(|c| c.len() == 3)
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let file = ParquetFile::open(path)?;
        let mut panel = Panel { symbols: Names::default(), watch: Watch::prices_only(), now: sink.now().0 };
        file.stream(WANTED, sink, &mut |rows, sink| panel.take(&file, rows, sink))?;
        let names = panel.symbols.all;
        panel.watch.finish(&|i| names[i as usize].clone(), sink);
        Ok(())
    }
}

/// A security's symbol; yields and indices are none.
fn security(text: &str) -> Option<String> {
    canonical(text).filter(|s| !s.starts_with('^'))
}

struct Panel {
    symbols: Names,
    watch: Watch,
    now: i64,
}

impl Panel {
    fn take(&mut self, file: &ParquetFile, rows: &Rows<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let n = rows.len;
        let column = |i: usize| rows.columns[i].ok_or_else(|| file.mismatch(WANTED[i], "a column of this name"));
        let mut period = days(column(0)?.as_ref()).ok_or_else(|| file.mismatch("date", "dates"))?;
        let keys = dictionary(column(1)?.as_ref()).ok_or_else(|| file.mismatch("symbol", "texts"))?;
        let price = doubles(column(2)?.as_ref()).ok_or_else(|| file.mismatch("adj_close", "numbers"))?;
        let symbols = self.symbols.map(keys, security);

        let closes = Closes::nyse();
        let (mut known, mut codes, mut quality) = (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
        let mut refused = Vec::new();
        let raw = keys.keys().values();
        let some_null = keys.nulls().is_some();
        for i in 0..n {
            let key = if some_null && keys.is_null(i) { usize::MAX } else { raw[i] as usize };
            let code = symbols.code.get(key).copied().unwrap_or(Names::NONE);
            let moment = closes.get(period[i]);
            let close = price[i];
            known.push(moment);
            codes.push(code);
            let placed = code != Names::NONE && moment != Closes::NOT_A_SESSION && moment <= self.now;
            if placed && close > 0.0 && close < f64::INFINITY {
                let bar = Bar { day: period[i], symbol: symbols.number[key], close, ret: f64::NAN, cap: f64::NAN };
                quality.push(self.watch.see(&bar));
                continue;
            }
            if placed && close.is_nan() {
                sink.missing(1);
            } else {
                let text = keys.key(i).and_then(|k| string_values(keys).get(k).copied().flatten()).unwrap_or("");
                sink.refuse(self.refusal(rows.first + i as u64, period[i], text, close));
            }
            refused.push(i);
            quality.push(0);
            (period[i], codes[i]) = (0, 0);
        }
        let nothing = || Column::F64(vec![f64::NAN; n]);
        let columns = vec![
            Column::Text(TextColumn { codes, dict: symbols.dict }),
            Column::Text(TextColumn::constant("", n)),
            nothing(),
            Column::F64(price),
            nothing(),
            nothing(),
            nothing(),
            Column::U8(quality),
        ];
        let rows = without(Observations::new(Dataset::Bars, period, known, columns), &refused);
        if rows.is_empty() { Ok(()) } else { Ok(sink.rows(rows)?) }
    }

    #[cold]
    fn refusal(&self, row: u64, day: i32, symbol: &str, close: f64) -> Refusal {
        let period = (day != NO_DAY).then_some(Day(day));
        let of = |rule: &str, field: &str, expected: &str, got: String| Refusal {
            period,
            ..refusal(rule, row, field, expected, got.as_bytes())
        };
        if day == NO_DAY {
            return of("not_a_day", "date", "a day", "nothing or a time of day".to_owned());
        }
        if symbol.starts_with('^') {
            return of(
                "not_a_security",
                "symbol",
                "a stock or fund; import yields and indices from their own files",
                symbol.to_owned(),
            );
        }
        if canonical(symbol).is_none() {
            return of("not_a_symbol", "symbol", "a symbol of a US exchange", symbol.to_owned());
        }
        let moment = Closes::nyse().get(day);
        if moment == Closes::NOT_A_SESSION {
            return of("not_a_session", "date", "a session of the New York Stock Exchange", Day(day).to_string());
        }
        if moment > self.now {
            return of("future_dated", "date", &format!("a session closed by {}", Moment(self.now)), Day(day).to_string());
        }
        match close {
            _ if close.is_infinite() => of("non_finite", "adj_close", "a finite number", close.to_string()),
            _ if close < 0.0 => of("negative_price", "adj_close", "a price above zero", close.to_string()),
            _ => of("zero_price", "adj_close", "a price above zero", close.to_string()),
        }
    }
}
