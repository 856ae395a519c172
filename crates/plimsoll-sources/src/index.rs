//! Levels of stock and volatility indices, in the layouts that three publishers use.

use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::intake::Refusal;
use plimsoll_model::symbol::canonical;

use crate::known::Rule;
use crate::series::{SeriesWriter, Value};
use crate::table::{Table, layout, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads index levels into `index:GSPC`, `index:RUT`, `index:VIX`; where the file has them, also `index:VIX:open`, `:high`, `:low`.
pub struct Index;

static INFO: SourceInfo = SourceInfo {
    id: "index",
    title: "Index levels",
    publisher: "Index providers through price vendors; the volatility index from its exchange",
    terms: "Levels belong to the index providers; personal use, derived figures may be published",
    known_at: "Stock indices at the close of the session (`close`); the volatility index at 16:15 New York time (`same_day@16:15`), when its last value is set",
    revisions: "Closes are final; corrections are rare and arrive as new vintages",
    caveats: &[
        "Price indices: dividends are not in them",
        "Saturday sessions before 1952-06 are absent from the long S&P 500 file",
    ],
    layout: "One of `Date,Close,Volume` (name from the file: GSPC.csv), `Date,^RUT` (name from the column), `DATE,OPEN,HIGH,LOW,CLOSE` (name from the file: VIX.csv; dates ISO or month/day/year)",
};

struct Columns {
    /// Position and suffix of the series.
    values: Vec<(usize, &'static str)>,
    name: String,
}

impl Index {
    fn columns(path: &Path, header: &[String]) -> Result<Columns, SourceError> {
        let is = |names: &[&str]| header.len() == names.len() && header.iter().zip(names).all(|(h, n)| h.eq_ignore_ascii_case(n));
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let (values, name) = if is(&["date", "close", "volume"]) {
            (vec![(1, "")], stem)
        } else if is(&["date", "open", "high", "low", "close"]) {
            (vec![(4, ""), (1, ":open"), (2, ":high"), (3, ":low")], stem)
        } else if header.len() == 2 && header[0].eq_ignore_ascii_case("date") && header[1].starts_with('^') {
            (vec![(1, "")], header[1].clone())
        } else {
            return Err(layout(path, 1, "header", INFO.layout, &header.join(",")));
        };
        let name = canonical(name.trim_start_matches('^'))
            .ok_or_else(|| layout(path, 0, "file name", "the name of an index, as in GSPC.csv", &name))?;
        Ok(Columns { values, name })
    }
}

impl Reader for Index {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        Index::columns(&head.path, &header).is_ok()
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let Columns { values, name } = Index::columns(path, table.header())?;
        // The volatility index is also computed on holidays on which its options trade.
        let volatility = name.starts_with("VIX") || name.starts_with("VX");
        let rule = if volatility { Rule::SameDay((16, 15)) } else { Rule::Close };
        let ids: Vec<String> = values.iter().map(|(_, suffix)| format!("index:{name}{suffix}")).collect();
        let calendar = Calendar::nyse();
        let mut out = SeriesWriter::new(sink, true);
        while let Some(row) = table.advance(out.sink())? {
            let Some(period) = table.day(row, 0, out.sink()) else { continue };
            if !volatility && !calendar.is_session(period) {
                let got = period.to_string();
                let refused = refusal("not_a_session", row, "date", "a session of the New York Stock Exchange", got.as_bytes());
                out.sink().refuse(Refusal { period: Some(period), ..refused });
                continue;
            }
            for ((column, _), id) in values.iter().zip(&ids) {
                let Some(number) = table.number(row, *column, period, out.sink()) else { continue };
                let Some(value) = number else {
                    out.sink().missing(1);
                    continue;
                };
                if value <= 0.0 {
                    let rule = if value < 0.0 { "negative_price" } else { "zero_price" };
                    let refused = refusal(rule, row, &table.header()[*column], "a level above zero", table.fields.get(*column));
                    out.sink().refuse(Refusal { period: Some(period), ..refused });
                    continue;
                }
                out.push(Value { series: id, row, period, known_at: rule.known_at(period), value, quality: 0 })?;
            }
        }
        Ok(out.finish()?)
    }
}
