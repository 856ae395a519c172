//! The measures, one file each.

use crate::Measure;

/// Every measure, in the order of the catalogue: masking, momentum, rates, credit.
pub static ALL: &[&dyn Measure] = &[];
