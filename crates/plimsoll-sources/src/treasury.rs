//! The Treasury's daily par yield curve.

use std::path::Path;

use crate::known::Rule;
use crate::series::{SeriesWriter, Value};
use crate::table::{Table, layout};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the par curve into `treasury:1M` ... `treasury:30Y`, per cent a year, bond-equivalent.
pub struct Treasury;

static INFO: SourceInfo = SourceInfo {
    id: "treasury",
    title: "Daily Treasury par yield curve rates",
    publisher: "U.S. Department of the Treasury, home.treasury.gov, Interest Rate Statistics",
    terms: "Public domain (work of the United States government)",
    known_at: "18:00 New York time of the same day (`same_day@18:00`): the Treasury publishes by the evening, from quotations near 15:30",
    revisions: "Final; rare corrections are announced. The method changed on 2021-12-06 (monotone convex spline) without a restatement",
    caveats: &[
        "Maturities come and go: no 30-year from 2002-02-19 to 2006-02-08, no 1-month before 2001-07-31, 1.5-month from 2025-02",
        "Bond-market days differ from stock-market sessions",
    ],
    layout: "CSV `Date,1 Mo,...,30 Yr`, newest first, dates ISO, MM/DD/YYYY or M/D/YY; empty = no quotation; new maturities are taken as they appear",
};

/// `1.5 Month` is `1.5M`, `10 Yr` is `10Y`.
fn maturity(column: &str) -> Option<String> {
    let (number, unit) = column.trim().split_once(' ')?;
    let value: f64 = number.parse().ok()?;
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "mo" | "month" | "months" => 'M',
        "yr" | "year" | "years" => 'Y',
        _ => return None,
    };
    (value > 0.0 && value <= 100.0 && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')).then(|| format!("{value}{unit}"))
}

impl Reader for Treasury {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        header.len() >= 3
            && header[0].eq_ignore_ascii_case("date")
            && header[1..].iter().filter(|c| maturity(c).is_some()).count() >= 2
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let mut ids: Vec<String> = Vec::new();
        for column in &table.header()[1..] {
            let name =
                maturity(column).ok_or_else(|| layout(path, 1, "header", "a maturity such as `3 Mo` or `10 Yr`", column))?;
            let id = format!("treasury:{name}");
            if ids.contains(&id) {
                return Err(layout(path, 1, "header", "each maturity once", column));
            }
            ids.push(id);
        }
        let mut out = SeriesWriter::new(sink, false);
        while let Some(row) = table.advance(out.sink())? {
            let Some(period) = table.day(row, 0, out.sink()) else { continue };
            let known_at = Rule::SameDay((18, 0)).known_at(period);
            for (i, id) in ids.iter().enumerate() {
                match table.number(row, i + 1, period, out.sink()) {
                    Some(Some(value)) => out.push(Value { series: id, row, period, known_at, value, quality: 0 })?,
                    Some(None) => out.sink().missing(1),
                    None => {}
                }
            }
        }
        Ok(out.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::maturity;

    #[test]
    fn maturities_as_the_treasury_writes_them() {
        assert_eq!(maturity("1 Mo").as_deref(), Some("1M"));
        assert_eq!(maturity("1.5 Month").as_deref(), Some("1.5M"));
        assert_eq!(maturity("10 Yr").as_deref(), Some("10Y"));
        assert_eq!(maturity("30 Year").as_deref(), Some("30Y"));
        for bad in ["Close", "Mo 1", "1 Day", "inf Yr", "-1 Yr", ""] {
            assert_eq!(maturity(bad), None, "{bad}");
        }
    }
}
