//! Shared helpers of the test suite.

pub mod folder;
pub mod laws;
pub mod real;
pub mod stored;
