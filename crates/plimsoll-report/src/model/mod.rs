//! What a report is made of: plain values, filled by the program, drawn here. Nothing in this module computes.

pub mod chart;
pub mod claim;
pub mod edition;
pub mod issuer;
pub mod issuer_page;
pub mod marks;
pub mod section;
pub mod tear;

pub use chart::{Chart, Plot};
pub use claim::{Bound, ClaimRow, Direction, Evidence, Flip, Verdict};
pub use edition::{Change, Edition, InputEntry, MethodEntry, Since, SourceThrough, Unknown};
pub use issuer::{Accession, Casualties, IssuerRow, IssuerTable, Outcome, OutcomeKind};
pub use issuer_page::{FilingRow, IssuerPage, ScenarioRow, ZombieRow};
pub use marks::{
    Band, Bar, CellMark, Dash, Distribution, Dot, EventPath, Extreme, HeatScale, HistoryBand, Interval, Level, Line, Part, Rule,
    Series, Shade, TableRow, TimeMarks, Tone, TrailPoint, Weight,
};
pub use section::{Figure, Section};
pub use tear::{Cell, SheetRow, SheetTable, TearSheet};
