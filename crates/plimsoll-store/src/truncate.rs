//! Truncation.
