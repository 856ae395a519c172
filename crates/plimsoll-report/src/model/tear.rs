//! The tear sheet of a strategy.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use serde::Serialize;

use super::edition::Edition;

/// One cell of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cell {
    /// A value in a unit.
    Value {
        /// The value.
        value: Option<f64>,
        /// Its unit.
        unit: Unit,
    },
    /// A day.
    Day {
        /// The day.
        day: Option<Day>,
    },
    /// Text.
    Text {
        /// The text.
        text: String,
    },
}

impl Cell {
    /// A value in a unit.
    pub fn value(value: Option<f64>, unit: Unit) -> Cell {
        Cell::Value { value, unit }
    }
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SheetRow {
    /// What it is about.
    pub label: String,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SheetTable {
    /// A stable name, used as the anchor.
    pub id: String,
    /// The heading.
    pub title: String,
    /// The finding, or what to know before reading it.
    pub note: String,
    /// Headings of the columns, that of the labels first.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<SheetRow>,
}

/// The tear sheet of a strategy, complete.
#[derive(Clone, Debug, Serialize)]
pub struct TearSheet {
    /// Title, moment, sections, methods and disclosure; its claims and casualties are not shown.
    pub edition: Edition,
    /// How the strategy decides, trades and pays, one sentence each.
    pub terms: Vec<String>,
    /// What nobody may overlook: that it could not have been traded like this.
    pub warnings: Vec<String>,
    /// The tables.
    pub tables: Vec<SheetTable>,
}
