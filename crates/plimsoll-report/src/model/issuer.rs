//! The casualty list: issuers at risk.

use serde::Serialize;

/// The casualty list, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Casualties {
    /// Why no issuer is listed, in one sentence.
    Absent {
        /// The sentence.
        reason: String,
    },
    /// The list.
    Listed(IssuerTable),
}

/// Issuers at risk, with the outcome under each scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IssuerTable {
    /// What the list holds and how it is ordered, in one sentence.
    pub finding: String,
    /// The names of the scenarios, in the order of each row's `outcomes`.
    pub scenarios: Vec<String>,
    /// The labels of the ladder's steps, in the order of each row's `ladder` ("1", "2", ..., "after").
    pub ladder_labels: Vec<String>,
    /// How many of the first steps fall due within 24 months; they are drawn in the strong colour.
    pub ladder_near: usize,
    /// The issuers, in the order in which they are first shown.
    pub rows: Vec<IssuerRow>,
}

/// How a scenario ends for an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It refinances and covers its interest.
    Survives,
    /// It lives on without covering its interest.
    Zombie,
    /// It runs out of liquidity.
    Shortfall,
}

/// The outcome of one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// How it ends.
    pub kind: OutcomeKind,
    /// When, or a short qualification: `2025 Q3`.
    pub when: Option<String>,
}

/// A filing by its accession number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accession {
    /// The number, as the regulator writes it.
    pub number: String,
    /// Its address, for a link that is followed only when clicked.
    pub url: Option<String>,
}

/// One issuer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IssuerRow {
    /// The issuer's name.
    pub name: String,
    /// The symbol as of the day.
    pub symbol: String,
    /// Debt due by step of the ladder, in dollars; empty where the issuer reports none.
    pub ladder: Vec<Option<f64>>,
    /// Interest coverage (EBIT over interest expense).
    pub coverage: Option<f64>,
    /// Debt due within 24 months, in dollars.
    pub due_24_months: Option<f64>,
    /// The outcome under each scenario; `None` where it could not be computed.
    pub outcomes: Vec<Option<Outcome>>,
    /// The filings behind the row.
    pub accessions: Vec<Accession>,
    /// A qualification, or the reason why something is missing.
    pub note: Option<String>,
}
