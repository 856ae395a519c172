//! Sections of the argument.

use plimsoll_model::unit::Unit;
use serde::Serialize;

use super::chart::Chart;

/// A figure at the right of a section's main chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// Its value in `unit`; `None` is shown as a dash with `note` as the reason.
    pub value: Option<f64>,
    /// The unit.
    pub unit: Unit,
    /// How many observations or members stand behind it.
    pub n: Option<u64>,
    /// A qualification: the window, the uncertainty, or the reason why the value is missing.
    pub note: Option<String>,
    /// The identifier of the [`MethodEntry`](super::MethodEntry) that defines it.
    pub method: Option<String>,
}

/// A section: one finding, one main chart, figures, small multiples, and what would make it wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// A stable name, used as the anchor.
    pub id: String,
    /// The heading: Masking, Momentum, Rates, Debt, Credit, Scenarios, Signals.
    pub title: String,
    /// The finding, in one sentence.
    pub finding: String,
    /// The main chart.
    pub main: Chart,
    /// The figures beside it.
    pub figures: Vec<Figure>,
    /// The second row.
    pub multiples: Vec<Chart>,
    /// What would make this wrong.
    pub wrong: String,
}
