//! Fetches and parses what others publish into observations.
//!
//! A source is one file: it implements [`Reader`] and is listed in [`readers`]. Readers know nothing of the store: they hand
//! batches, refusals and defects to a [`Sink`]. They read no clock either: the sink says what time it is.

pub mod adjusted;
pub mod alfred;
pub mod compare;
pub mod daily;
pub mod edgar;
pub mod etf;
pub mod fedwatch;
pub mod feeds;
pub mod fetch;
pub mod fomc;
pub mod fred;
pub mod french;
pub mod futures;
pub mod holdings;
pub mod index;
pub mod known;
pub mod membership;
pub mod minute_bars;
pub mod nyfed;
mod panel;
mod parquet_file;
mod recognise;
pub mod release_schedule;
pub mod releases;
pub mod sample;
pub mod screener;
pub mod screener_snapshot;
mod series;
pub mod simfin;
pub mod symbol_events;
mod table;
pub mod tidy;
pub mod treasury;

use std::path::{Path, PathBuf};

use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Moment;

pub use recognise::{head, recognise};

/// What a source is, for `plimsoll sources`, `status`, DATA.md and the report.
#[derive(Debug)]
pub struct SourceInfo {
    /// Short machine name, also the `source` of every row: `screener`, `fred`, `treasury`.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// Who publishes it and where.
    pub publisher: &'static str,
    /// Licence and terms of use.
    pub terms: &'static str,
    /// The rule that gives `known_at`, with its reason.
    pub known_at: &'static str,
    /// How the publisher revises.
    pub revisions: &'static str,
    /// What a reader of a figure must be told: survivorship, adjusted levels, classification of a later date.
    pub caveats: &'static [&'static str],
    /// The file layout, for people who have such a file.
    pub layout: &'static str,
}

/// The beginning of a file, enough to recognise it.
pub struct Head {
    /// Its path.
    pub path: PathBuf,
    /// Its first bytes (at most 64 KiB), without a byte order mark.
    pub bytes: Vec<u8>,
    /// Column names, where the file is Parquet.
    pub parquet_columns: Option<Vec<String>>,
}

impl Head {
    /// The file name in lower case.
    pub fn name(&self) -> String {
        self.path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default()
    }
    /// The fields of the first line, trimmed; empty where the file is Parquet.
    pub fn header(&self) -> Vec<String> {
        if self.parquet_columns.is_some() { Vec::new() } else { self.line(0) }
    }
    /// The fields of one of the first lines (zero-based), trimmed.
    pub fn line(&self, number: usize) -> Vec<String> {
        let Some(line) = self.bytes.split(|b| *b == b'\n').nth(number) else { return Vec::new() };
        let mut fields = table::Fields::default();
        fields.split(line.strip_suffix(b"\r").unwrap_or(line));
        (0..fields.len()).map(|i| fields.text(i).trim().to_owned()).collect()
    }
    /// Whether the first line has exactly these fields, whatever their case.
    pub fn has_header(&self, names: &[&str]) -> bool {
        let header = self.header();
        header.len() == names.len() && header.iter().zip(names).all(|(h, n)| h.eq_ignore_ascii_case(n))
    }
    /// Whether the file is Parquet and has all these columns.
    pub fn has_columns(&self, names: &[&str]) -> bool {
        self.parquet_columns.as_ref().is_some_and(|columns| names.iter().all(|n| columns.iter().any(|c| c == n)))
    }
}

/// What receives what a reader finds.
pub trait Sink {
    /// Rows, in any order; ownership passes on, so memory stays flat.
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed>;
    /// A row that was not taken.
    fn refuse(&mut self, refusal: Refusal);
    /// Something wrong with rows that were taken.
    fn defect(&mut self, defect: Defect);
    /// Bytes done of bytes in all.
    fn progress(&mut self, done: u64, total: u64);
    /// How many values the publisher left empty: not refused, for nothing is wrong with them, and not taken, for there is nothing
    /// to take.
    fn missing(&mut self, values: u64) {
        let _ = values;
    }
    /// The present: a row that claims to have become known later is refused. Sources may not read the clock.
    fn now(&self) -> Moment {
        Moment::MAX
    }
}

/// The receiver cannot take more (disk full, interrupted).
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SinkClosed(pub String);

/// A file that could not be read at all. Rows refused one by one go to [`Sink::refuse`].
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file could not be opened or read.
    #[error("{path}: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not in the layout that its publisher documents.
    #[error("{path}{row}: {field}: expected {expected}, got {got}", row = if *row > 0 { format!(", row {row}") } else { String::new() })]
    Layout {
        /// The file.
        path: PathBuf,
        /// One-based row, 0 where the whole file is meant.
        row: u64,
        /// The field.
        field: String,
        /// What was expected.
        expected: String,
        /// What was found.
        got: String,
    },
    /// No reader knows this file.
    #[error("{path}: no reader recognises this file ({looked})")]
    Unrecognised {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        looked: String,
    },
    /// The receiver stopped.
    #[error(transparent)]
    Sink(#[from] SinkClosed),
}

/// Reads one publisher's layout.
pub trait Reader: Sync {
    /// What the source is.
    fn info(&self) -> &'static SourceInfo;
    /// Whether this file is in this layout.
    fn recognises(&self, head: &Head) -> bool;
    /// Reads the file into the sink.
    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError>;
}

/// Every reader, most specific first.
pub fn readers() -> &'static [&'static dyn Reader] {
    &[
        &screener::Screener,
        &screener::Symbols,
        &screener_snapshot::ScreenerSnapshot,
        &adjusted::Adjusted,
        &membership::Membership,
        &symbol_events::SymbolEvents,
        &treasury::Treasury,
        &french::French,
        &futures::Settlements,
        &futures::LastTrades,
        &futures::CmeSettlements,
        &futures::CmePage,
        &nyfed::NyFed,
        &releases::Releases,
        &alfred::Alfred,
        &holdings::IShares,
        &holdings::Invesco,
        &holdings::Spdr,
        &daily::Tiingo,
        &daily::Eodhd,
        &daily::AlphaVantage,
        &daily::Stooq,
        &fomc::FomcCalendar,
        &fomc::FomcPage,
        &fomc::FomcDecisions,
        &fomc::FomcDocuments,
        &release_schedule::ReleaseSchedule,
        &simfin::Statements,
        &simfin::Companies,
        &simfin::Industries,
        &edgar::CompanyFacts,
        &edgar::Submissions,
        &edgar::StatementSets,
        &edgar::Tickers,
        &edgar::Register,
        &index::Index,
        &etf::Etf,
        &fred::Fred,
    ]
}
