//! BIS broad: interest coverage below one for three fiscal years in a row, and at least ten years old.
//!
//! Banerjee, R. and Hofmann, B. (2018), The rise of zombie firms: causes and consequences, BIS Quarterly Review, September, 67-78, after
//! Adalet McGowan, M., Andrews, D. and Millot, V. (2017), The walking dead? Zombie firms and productivity performance in OECD countries,
//! OECD Economics Department Working Papers 1372.

use super::{Judged, Reason, Sample, Year, old_enough, unprofitable};

/// Years in a row.
pub(super) const YEARS: usize = 3;

/// Judges each year.
pub(super) fn judge(years: &[Year], sample: &Sample) -> Vec<Judged> {
    (0..years.len()).map(|k| one(years, k, sample)).collect()
}

pub(super) fn one(years: &[Year], k: usize, sample: &Sample) -> Judged {
    let poor = unprofitable(years, k, YEARS);
    if poor.zombie != Some(true) {
        return poor;
    }
    match old_enough(years, k, sample) {
        Some(true) => poor,
        None if sample.unknown_is_old => poor,
        None => Judged::unknown(Reason::Young),
        Some(false) => Judged::no(Reason::Young),
    }
}
