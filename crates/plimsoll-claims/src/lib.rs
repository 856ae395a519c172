//! Claims, theses, verdicts and their scores.
