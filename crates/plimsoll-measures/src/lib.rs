//! Pure functions from a cut to a number with a unit.
