//! Adjusted closes of one fund or stock a file, total-return basis; Treasury yields as the options exchange quotes them.

use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::intake::Refusal;
use plimsoll_model::symbol::canonical;

use crate::known::Rule;
use crate::series::{SeriesWriter, Value};
use crate::table::{Table, layout, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `SYMBOL.csv` with `date,adj_close`.
///
/// A fund or stock becomes the series `etf:SPY` in dollars. Symbols with a caret that quote a yield (`^IRX`, `^FVX`, `^TNX`, `^TYX`)
/// become `yield:^TNX` in per cent, because a yield may be zero or negative and its change is not a return; any other symbol with a
/// caret is an index level, `index:SPX`.
pub struct Etf;

static INFO: SourceInfo = SourceInfo {
    id: "etf",
    title: "Adjusted closes of funds and large stocks",
    publisher: "Price vendors; one file a symbol, named after it",
    terms: "The vendor's terms; usually personal use, no redistribution of prices",
    known_at: "At the close of the session (`close`): the unadjusted close is known then, and returns between adjusted closes equal returns of the holding",
    revisions: "Every dividend and split rescales all earlier values; a new download is a new vintage",
    caveats: &[
        "Levels are adjusted for later dividends and splits and look ahead; returns do not",
        "Files exist for funds that lived; closed funds are absent",
    ],
    layout: "CSV `date,adj_close`, ISO dates, file name = symbol (`SPY.csv`, `^TNX.csv`); a symbol with a caret is a yield or an index",
};

const YIELDS: &[&str] = &["^IRX", "^FVX", "^TNX", "^TYX"];

impl Reader for Etf {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        head.has_header(&["date", "adj_close"])
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let (date, value) = (table.column("date")?, table.column("adj_close")?);
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let symbol = canonical(&stem).ok_or_else(|| layout(path, 0, "file name", "a symbol, as in SPY.csv", &stem))?;
        let is_yield = YIELDS.contains(&symbol.as_str());
        let series = match symbol.strip_prefix('^') {
            Some(_) if is_yield => format!("yield:{symbol}"),
            Some(name) => format!("index:{name}"),
            None => format!("etf:{symbol}"),
        };
        let calendar = Calendar::nyse();
        let mut out = SeriesWriter::new(sink, true);
        while let Some(row) = table.advance(out.sink())? {
            let Some(period) = table.day(row, date, out.sink()) else { continue };
            let Some(number) = table.number(row, value, period, out.sink()) else { continue };
            let Some(number) = number else {
                out.sink().missing(1);
                continue;
            };
            let mut refuse = |rule, field, expected, got: &[u8]| {
                out.sink().refuse(Refusal { period: Some(period), ..refusal(rule, row, field, expected, got) });
            };
            if !calendar.is_session(period) {
                refuse("not_a_session", "date", "a session of the New York Stock Exchange", period.to_string().as_bytes());
                continue;
            }
            if number <= 0.0 && !is_yield {
                let rule = if number < 0.0 { "negative_price" } else { "zero_price" };
                refuse(rule, "adj_close", "a price above zero", table.fields.get(value));
                continue;
            }
            let known_at = Rule::Close.known_at(period);
            out.push(Value { series: &series, row, period, known_at, value: number, quality: 0 })?;
        }
        Ok(out.finish()?)
    }
}
