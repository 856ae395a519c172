//! Bars of a minute, one security a file.
//!
//! They do not go into the store, whose rows are about days: they are read where they are needed (`plimsoll leadlag FILE...`), by the
//! same rules as every other file: bad rows are refused and named, good rows beside them are kept.

use std::path::Path;

use plimsoll_model::intake::{Defect, Severity};
use plimsoll_model::time::{Day, Moment};

use crate::table::{Number, Table, layout, parse_number, refusal};
use crate::{Head, Sink, SourceError};

/// Closes of one security, minute by minute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MinuteBars {
    /// Symbol: the file's name.
    pub symbol: String,
    /// The minute each bar begins, ascending, no two alike.
    pub moment: Vec<Moment>,
    /// The New York day of each.
    pub day: Vec<Day>,
    /// Last price of the minute, positive.
    pub close: Vec<f64>,
}

/// Whether a file looks like one: `Datetime` first, a `Close` somewhere.
pub fn recognises(head: &Head) -> bool {
    let header = head.header();
    header.first().is_some_and(|h| h.eq_ignore_ascii_case("datetime")) && header.iter().any(|h| h.eq_ignore_ascii_case("close"))
}

/// Reads a file whose first column is the minute, with its offset from UTC (`2024-02-02 09:31:00-05:00`), and which has a `Close`.
///
/// Rows without a close are counted as missing. Rows need not be in order. A minute given twice with the same close is a defect, the
/// second with another close is refused. Prices are as traded, not adjusted.
///
/// # Errors
/// Where the file cannot be read, or has no such columns.
pub fn read(path: &Path, sink: &mut dyn Sink) -> Result<MinuteBars, SourceError> {
    let mut table = Table::open(path, sink)?;
    let (stamp, close) = (table.column("datetime")?, table.column("close")?);
    let symbol = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut rows: Vec<(Moment, u64, f64)> = Vec::new();
    while let Some(row) = table.advance(sink)? {
        let Some(moment) = minute(table.fields.get(stamp)) else {
            let expected = "a minute with its offset from UTC, as 2024-02-02 09:31:00-05:00";
            sink.refuse(refusal("not_a_minute", row, "Datetime", expected, table.fields.get(stamp)));
            continue;
        };
        match parse_number(table.fields.get(close)) {
            Number::Missing => sink.missing(1),
            Number::Value(price) if price > 0.0 => rows.push((moment, row, price)),
            Number::Value(_) => sink.refuse(refusal("not_positive", row, "Close", "a price above zero", table.fields.get(close))),
            Number::NotFinite => sink.refuse(refusal("non_finite", row, "Close", "a finite number", table.fields.get(close))),
            Number::Bad => sink.refuse(refusal("not_a_number", row, "Close", "a number", table.fields.get(close))),
        }
    }
    rows.sort_by_key(|r| (r.0, r.1));
    let mut bars = MinuteBars { symbol, ..MinuteBars::default() };
    let mut same = 0;
    let mut first_same = None;
    for (moment, row, price) in rows {
        if bars.moment.last() == Some(&moment) {
            let kept = bars.close[bars.close.len() - 1];
            if kept == price {
                same += 1;
                first_same.get_or_insert((row, moment));
            } else {
                let expected = format!("one close a minute, {kept} as in an earlier row");
                sink.refuse(refusal("minute_given_twice", row, "Close", &expected, price.to_string().as_bytes()));
            }
            continue;
        }
        bars.moment.push(moment);
        bars.day.push(moment.day());
        bars.close.push(price);
    }
    if let Some((row, moment)) = first_same {
        sink.defect(Defect {
            rule: "repeated_row".into(),
            severity: Severity::Note,
            subject: bars.symbol.clone(),
            from: Some(moment.day()),
            to: None,
            rows: same,
            detail: format!("{same} rows repeat a minute with the same close, the first in row {row}"),
        });
    }
    if bars.moment.is_empty() {
        return Err(layout(path, 0, "file", "at least one row with a minute and a close", "none"));
    }
    Ok(bars)
}

/// A moment with its offset, on a whole minute.
fn minute(bytes: &[u8]) -> Option<Moment> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let at = text.parse::<jiff::Timestamp>().ok()?.as_microsecond();
    (at % 60_000_000 == 0).then_some(Moment(at))
}
