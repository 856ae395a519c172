//! What an import says of its input beside the rows it took: refusals and defects. Nothing is dropped in silence.

use serde::{Deserialize, Serialize};

use crate::time::Day;

/// A row, or a whole file, that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// Machine name of the rule, for counting: `negative_price`, `not_a_session`, `duplicate_key`.
    pub rule: String,
    /// One-based row in the file (the header is row 1 of a text file), 0 where the whole file is meant.
    pub row: u64,
    /// The field.
    pub field: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub got: String,
    /// The day the row is about, where it could be read.
    pub period: Option<Day>,
}

/// How much a defect matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Figures that use it carry a flag.
    Warning,
}

/// Something wrong with rows that were taken: found, counted and kept, never repaired in silence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Defect {
    /// Machine name: `missing_session`, `absurd_move`, `repeated_cap`, `stale_price`, `no_cap`.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// What it is about: a symbol, a series, or empty for the whole file.
    pub subject: String,
    /// First day concerned.
    pub from: Option<Day>,
    /// Last day concerned.
    pub to: Option<Day>,
    /// How many rows.
    pub rows: u64,
    /// A sentence for a person.
    pub detail: String,
}
