//! Pages (to come).
