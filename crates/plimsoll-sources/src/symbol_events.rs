//! Dated symbol changes and delistings.

use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::Refusal;
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::symbol::canonical;

use crate::table::{Table, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `event_date,event_type,old_symbol,new_symbol,old_name,new_name` into symbol changes.
pub struct SymbolEvents;

static INFO: SourceInfo = SourceInfo {
    id: "symbol_events",
    title: "Symbol changes and delistings",
    publisher: "Community list of changes of S&P 500 and Nasdaq-100 names",
    terms: "MIT",
    known_at: "At the opening of the session of the event, or of the first session after it: the new symbol trades from then on",
    revisions: "Rows are added; corrections arrive as new vintages",
    caveats: &[
        "Many rows of type delisting are removals from an index, acquisitions or later changes of symbol: the name may have gone on trading elsewhere or under the same symbol",
        "Covers large names only and is not complete",
    ],
    layout: "CSV `event_date,event_type,old_symbol,new_symbol,old_name,new_name`; type `ticker_change` or `delisting`",
};

const HEADER: &[&str] = &["event_date", "event_type", "old_symbol", "new_symbol", "old_name", "new_name"];

impl Reader for SymbolEvents {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        head.has_header(HEADER)
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        for name in HEADER {
            table.column(name)?;
        }
        let at = |table: &Table, name: &str| table.column(name).expect("checked above");
        let (date, kind) = (at(&table, "event_date"), at(&table, "event_type"));
        let (old, new, name) = (at(&table, "old_symbol"), at(&table, "new_symbol"), at(&table, "old_name"));
        let now = sink.now();
        let (mut period, mut known) = (Vec::new(), Vec::new());
        let mut text: [TextBuilder; 4] = Default::default();
        while let Some(row) = table.advance(sink)? {
            let Some(day) = table.day(row, date, sink) else { continue };
            let mut refuse = |rule, field, expected: &str, got: &[u8]| {
                sink.refuse(Refusal { period: Some(day), ..refusal(rule, row, field, expected, got) });
            };
            let event = match table.fields.get(kind) {
                b"ticker_change" | b"change" => "change",
                b"delisting" => "delisting",
                other => {
                    refuse("unknown_event", "event_type", "ticker_change or delisting", other);
                    continue;
                }
            };
            let Some(symbol) = canonical(&table.fields.text(old)) else {
                refuse("not_a_symbol", "old_symbol", "a symbol", table.fields.get(old));
                continue;
            };
            let successor = canonical(&table.fields.text(new));
            if successor.is_none() && (event == "change" || !table.fields.get(new).is_empty()) {
                refuse("not_a_symbol", "new_symbol", "the symbol from then on", table.fields.get(new));
                continue;
            }
            let calendar = Calendar::nyse();
            let known_at = calendar.open(calendar.on_or_after(day));
            if known_at > now {
                refuse("future_dated", "event_date", &format!("an event known by {now}"), day.to_string().as_bytes());
                continue;
            }
            period.push(day.0);
            known.push(known_at.0);
            let values = [symbol.as_str(), event, successor.as_deref().unwrap_or(""), &table.fields.text(name)];
            for (builder, value) in text.iter_mut().zip(values) {
                builder.push(value);
            }
        }
        if period.is_empty() {
            return Ok(());
        }
        let columns = text.map(|t| Column::Text(t.finish())).into();
        Ok(sink.rows(Observations::new(Dataset::SymbolChanges, period, known, columns))?)
    }
}
