//! Rolling kernels: columns in, columns out, one pass, shared between measures through the cut's memo.
//!
//! Layout is security-major, one contiguous row a security. Sums over securities are taken session by session in the panel's order, so
//! that a result is the same bits whatever the number of threads: threads share out sessions (or whole rows), never the terms of a sum.
//! Rolling sums are folded from blocks, never updated by subtraction, so that nothing drifts with the distance from the first row.
//!
//! Kernels run in parallel inside [`plimsoll_model::cut::Cut::memo`], which holds a lock while it computes: run measures one after
//! the other, not as tasks of the same thread pool.

pub mod altman_z;
pub mod baskets;
pub mod breadth;
pub mod breakouts;
pub mod burden;
pub mod campbell_hilscher_szilagyi;
pub mod constituents;
pub mod correlation;
pub mod cscv;
pub mod default_risk;
pub mod drawdown;
pub mod fed_funds;
pub mod granger;
pub mod index;
pub mod issuers;
pub mod ladder;
pub mod lead_lag;
pub mod market_model;
pub mod merton;
pub mod multiple;
pub mod observed;
pub mod order;
pub mod phases;
pub mod policy_path;
pub mod policy_response;
pub mod rate_changes;
pub mod regression;
pub mod rolling;
pub mod rolling_ols;
pub mod scores;
pub mod screens;
pub mod series;
pub mod sharpe;
pub mod statements;
pub mod stress;
pub mod stretches;
pub mod switching;
pub mod wall;
pub mod zombies;

/// Relative guard of comparisons between prices: levels are chained from the first row read, so that equal prices may differ by
/// rounding; what differs by less than this is a tie.
pub const TIE: f64 = 1e-9;

/// The least share of a window's returns that must be known for a member to count in an estimate over the window.
pub const KNOWN_SHARE: f64 = 0.8;

/// How many of `n` returns must be known.
pub fn least_known(n: usize) -> usize {
    ((n as f64 * KNOWN_SHARE).ceil() as usize).max(3)
}
