//! Pages, charts and JSON; computes nothing.
//!
//! The program fills an [`Edition`](model::Edition) with plain values; this crate draws it.
//!
//! * [`render`] makes one self-contained HTML page: no requests, light and dark, print and phone, under two megabytes. The same
//!   edition gives the same bytes. [`verify`] recomputes the hash that the page carries.
//! * [`card`] makes the image card for sharing as SVG, 1200 by 630.
//! * [`to_json`] writes the edition for machines.
//! * [`chart_svg`] writes one chart as an SVG file that stands alone.
//!
//! A value that is missing or not finite is shown as a dash with its reason, or as a gap in a line; it is never drawn as zero and
//! never printed as a word. Links to methods and inputs are written only where their entry exists.

pub mod charts;
pub mod format;
pub mod model;
pub mod svg;
pub mod theme;

mod card;
mod export;
mod json;
mod page;

pub use card::card;
pub use export::chart_svg;
pub use json::to_json;
pub use page::{Rendered, render, verify};
