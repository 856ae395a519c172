//! Shared helpers of the test suite.

pub mod filings;
pub mod folder;
pub mod laws;
pub mod real;
pub mod stored;
