//! The commands, one file each.

#[cfg(feature = "serve")]
pub mod alert;
pub mod backtest;
pub mod check;
pub mod demo;
pub mod history;
pub mod import;
pub mod issuer;
pub mod lead_lag;
pub mod measure;
pub mod measures;
pub mod prove;
pub mod replicate;
pub mod report;
#[cfg(feature = "serve")]
pub mod serve;
pub mod size;
#[cfg(feature = "sql")]
pub mod sql;
pub mod status;
pub mod stress;
pub mod sweep;
#[cfg(feature = "serve")]
pub mod watch;
