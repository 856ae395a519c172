//! Many parameter sets of one strategy in one run.
