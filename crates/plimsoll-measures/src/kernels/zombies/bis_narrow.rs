//! BIS narrow: as the broad definition, and Tobin's q below the median of the sector in the year: the market expects little of it.
//!
//! Banerjee, R. and Hofmann, B. (2018), The rise of zombie firms: causes and consequences, BIS Quarterly Review, September, 67-78.

use super::{Judged, Sample, Year, bis_broad, undervalued};

/// Judges each year.
pub(super) fn judge(years: &[Year], sample: &Sample) -> Vec<Judged> {
    (0..years.len()).map(|k| one(years, k, sample)).collect()
}

pub(super) fn one(years: &[Year], k: usize, sample: &Sample) -> Judged {
    let broad = bis_broad::one(years, k, sample);
    if broad.zombie == Some(true) { undervalued(&years[k], sample) } else { broad }
}
