//! SQL over as-of views.
