//! What a report is made of: plain values, filled by the program, drawn here. Nothing in this module computes.

pub mod chart;
pub mod claim;
pub mod edition;
pub mod issuer;
pub mod section;

pub use chart::{
    Band, Bar, CellMark, Chart, Dash, Distribution, Dot, EventPath, Extreme, HeatScale, HistoryBand, Interval, Level, Line, Part,
    Plot, Rule, Series, Shade, TimeMarks, Tone, Weight,
};
pub use claim::{Bound, ClaimRow, Direction, Evidence, Flip, Verdict};
pub use edition::{Change, Edition, InputEntry, MethodEntry, Since, SourceThrough, Unknown};
pub use issuer::{Accession, Casualties, IssuerRow, IssuerTable, Outcome, OutcomeKind};
pub use section::{Figure, Section};
