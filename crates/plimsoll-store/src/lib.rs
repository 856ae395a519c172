//! Keeps every vintage and answers what was known at t.
