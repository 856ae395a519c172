//! The nouns: observations and their times, identities, units, calendars and the as-of cut.
//!
//! Nothing here touches a file, a network or a clock.

pub mod calendar;
pub mod clean;
mod consolidate;
pub mod cut;
pub mod dataset;
pub mod facts;
pub mod filers;
pub mod hindsight;
pub mod identity;
pub mod intake;
pub mod knowledge;
pub mod matrix;
pub mod needs;
pub mod observations;
pub mod panel;
pub mod symbol;
pub mod time;
pub mod unit;
pub mod universe;
pub mod universe_mask;

pub use consolidate::preference;
