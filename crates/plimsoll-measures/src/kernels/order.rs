//! Order statistics.

/// The value below which a share `p` of the ascending `sorted` lies, interpolated (Hyndman and Fan 1996, type 7).
///
/// # Panics
/// Where there are no values.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// The values that are finite, ascending.
pub fn ascending(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut out: Vec<f64> = values.filter(|v| v.is_finite()).collect();
    out.sort_by(f64::total_cmp);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_by_hand() {
        let sorted = ascending([8.0, 1.0, f64::NAN, 4.0, 2.0].into_iter());
        assert_eq!([0.25, 0.5, 0.75].map(|p| quantile(&sorted, p)), [1.75, 3.0, 5.0]);
        assert_eq!(quantile(&[3.0], 0.5), 3.0);
    }
}
