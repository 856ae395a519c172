//! The nouns: observations and their times, identities, units, calendars and the as-of cut.
//!
//! Nothing here touches a file, a network or a clock.

pub mod calendar;
pub mod dataset;
pub mod intake;
pub mod knowledge;
pub mod observations;
pub mod symbol;
pub mod time;
pub mod unit;
