//! Pages, charts and JSON; computes nothing.
