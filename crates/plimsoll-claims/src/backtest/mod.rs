//! Backtests: a strategy is a small file; what it decided is replayed with what was known at each decision, and what it earned is
//! accounted for by stated rules.
//!
//! * [`strategy`] reads the file, [`rule`] its conditions, [`definitions`] its series;
//! * [`decide`] asks the signals, session by session, as known then, and says what was decided;
//! * [`listed`] holds securities of the panel and baskets of a universe's members;
//! * [`prices`] lays out what assets and money returned, [`simulate`] trades and accounts;
//! * [`metrics`], [`drawdowns`] and [`calendar`] say what came of it; [`run`] does all of it, [`sweep`] for many parameters at once.

pub mod calendar;
pub mod decide;
pub mod definitions;
pub mod drawdowns;
pub mod listed;
pub mod metrics;
pub mod prices;
pub mod replicate;
pub mod rolling;
pub mod rule;
pub mod run;
pub mod simulate;
pub mod skill;
pub mod strategy;
pub mod sweep;

pub use definitions::{Defined, Definition};
pub use metrics::{Figures, figures};
pub use run::{BacktestError, Outcome, Span, run};
pub use simulate::{Account, Path};
pub use strategy::{Execution, Strategy};
