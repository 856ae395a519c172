//! Collects descriptions of issuers.

use plimsoll_model::dataset::Dataset;
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::time::{Day, Moment};

use crate::{Sink, SinkClosed};

const BATCH: usize = 1 << 14;

/// What is said of an issuer.
#[derive(Clone, Debug, Default)]
pub(super) struct Said<'a> {
    pub issuer: &'a str,
    pub symbol: &'a str,
    pub name: &'a str,
    pub sic: &'a str,
    pub industry: &'a str,
    pub fiscal_year_end: &'a str,
}

/// Rows of [`Dataset::Issuers`] on their way.
#[derive(Default)]
pub(super) struct Issuers {
    period: Vec<i32>,
    known_at: Vec<i64>,
    texts: [TextBuilder; 7],
}

impl Issuers {
    /// Adds a description that applies from a day on and was known at a moment.
    pub(super) fn push(&mut self, from: Day, known_at: Moment, said: &Said<'_>, sink: &mut dyn Sink) -> Result<(), SinkClosed> {
        self.period.push(from.0);
        self.known_at.push(known_at.0);
        let fields = [said.issuer, said.symbol, said.name, said.sic, said.industry, "", said.fiscal_year_end];
        self.texts.iter_mut().zip(fields).for_each(|(b, t)| b.push(t));
        if self.period.len() >= BATCH { self.flush(sink) } else { Ok(()) }
    }

    /// Adds an identity without a date, see [`super::IDENTITY`].
    pub(super) fn identity(&mut self, said: &Said<'_>, sink: &mut dyn Sink) -> Result<(), SinkClosed> {
        self.push(super::IDENTITY, super::IDENTITY.at(0, 0), said, sink)
    }

    /// Hands on what is left.
    pub(super) fn flush(&mut self, sink: &mut dyn Sink) -> Result<(), SinkClosed> {
        if self.period.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(self);
        let columns = rows.texts.map(|t| Column::Text(t.finish())).into();
        sink.rows(Observations::new(Dataset::Issuers, rows.period, rows.known_at, columns))
    }
}
