//! Pages, charts and JSON; computes nothing.
//!
//! The program fills an [`Edition`](model::Edition) with plain values; this crate draws it.
//!
//! * [`render`] makes one self-contained HTML page: no requests, light and dark, print and phone, under two megabytes. The same
//!   edition gives the same bytes. [`verify`] recomputes the hash that the page carries.
//! * [`render_issuer`] makes the page of one issuer.
//! * [`card`] makes the image card for sharing as SVG, 1200 by 630.
//! * [`to_json`] writes the edition for machines.
//! * [`parts`] are pieces of the page for those who build pages of their own.
//! * [`chart_svg`] writes one chart as an SVG file that stands alone.
//!
//! * [`problems`] lists what is wrong with an edition: dangling links, names used twice, lengths that do not match.
//!
//! ```
//! use plimsoll_model::{time::{AsOf, Day}, unit::Unit};
//! use plimsoll_report::model::*;
//!
//! let days = vec![Day::ymd(2024, 2, 1), Day::ymd(2024, 2, 2)];
//! let line = Series::new("Equal weight", Tone::Rest, days, vec![0.011, 0.018]).dash(Dash::Dashed);
//! let plot = Plot::Lines { unit: Unit::Fraction, series: vec![line], levels: vec![], extremes: vec![], time: TimeMarks::default() };
//! let section = Section {
//!     id: "masking".into(),
//!     title: "Masking".into(),
//!     finding: "The average member rose 1.8 %.".into(),
//!     main: Chart::new("rebased", "The average member rose", plot).subtitle("Since 2024-01-31, in per cent").foot("Source: ..."),
//!     figures: vec![],
//!     multiples: vec![],
//!     wrong: "If the rebalancing day were another.".into(),
//! };
//! let edition = Edition {
//!     title: "A thesis".into(),
//!     thesis_id: "thesis".into(),
//!     as_of: AsOf::end_of(Day::ymd(2024, 2, 2)),
//!     as_of_text: "2024-02-02, 23:59 New York".into(),
//!     publisher: "Published by ...; no advice.".into(),
//!     disclosure: vec![],
//!     verdict_sentence: "The claim holds.".into(),
//!     since: None,
//!     data_through: vec![],
//!     claims: vec![],
//!     sections: vec![section],
//!     casualties: Casualties::Absent { reason: "Issuers are not measured yet.".into() },
//!     unknown: vec![],
//!     methods: vec![],
//!     inputs: vec![],
//!     reproduce: "plimsoll report thesis --as-of 2024-02-02".into(),
//!     card: None,
//! };
//! assert!(plimsoll_report::problems(&edition).is_empty());
//! let page = plimsoll_report::render(&edition);
//! assert_eq!(plimsoll_report::verify(&page.html), Some(true));
//! ```
//!
//! A value that is missing or not finite is shown as a dash with its reason, or as a gap in a line; it is never drawn as zero and
//! never printed as a word. Links to methods and inputs are written only where their entry exists.

pub mod charts;
pub mod format;
pub mod model;
pub mod spark;
pub mod svg;
pub mod theme;

mod card;
mod check;
mod export;
mod json;
mod page;

pub use card::{card, chart_card};
pub use check::problems;
pub use export::chart_svg;
pub use json::to_json;
pub use page::{Rendered, parts, render, render_issuer, render_tear_sheet, verify};
