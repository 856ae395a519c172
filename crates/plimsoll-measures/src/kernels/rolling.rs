//! Folds over rolling windows without subtraction (van Herk 1992; Gil and Werman 1993).

/// A buffer to reuse from row to row.
#[derive(Default)]
pub struct Scratch(Vec<f64>);

/// Writes to `out[t]` the fold by `op` of the `n` values of `row` that end at `t`; NaN before the `n`-th.
///
/// Positions are cut into blocks of `n`; a window is the tail of one block and the head of the next. With `+`, a window that contains
/// NaN is NaN; with [`f64::max`] or [`f64::min`], NaN is passed over. The rounding error of a sum is that of adding `n` numbers,
/// however long the row.
///
/// # Panics
/// Where `n` is 0 or the lengths differ.
pub fn fold(row: &[f64], n: usize, op: impl Fn(f64, f64) -> f64, scratch: &mut Scratch, out: &mut [f64]) {
    assert!(n > 0 && row.len() == out.len(), "a window of at least one, rows of one length");
    let tails = &mut scratch.0;
    tails.clear();
    tails.extend_from_slice(row);
    out.copy_from_slice(row);
    for (heads, tails) in out.chunks_mut(n).zip(tails.chunks_mut(n)) {
        for k in 1..heads.len() {
            heads[k] = op(heads[k - 1], heads[k]);
        }
        for k in (1..tails.len()).rev() {
            tails[k - 1] = op(tails[k - 1], tails[k]);
        }
    }
    // A window that ends with its block is the head alone; the others begin one position after the tail's block border.
    for t in (n..row.len()).filter(|t| (t + 1) % n != 0) {
        out[t] = op(tails[t + 1 - n], out[t]);
    }
    let warm = (n - 1).min(row.len());
    out[..warm].fill(f64::NAN);
}

/// Sums of the `n` values that end at each position.
pub fn sum(row: &[f64], n: usize, scratch: &mut Scratch, out: &mut [f64]) {
    fold(row, n, |a, b| a + b, scratch, out);
}

/// The largest of the `n` values that end at each position, NaN passed over.
pub fn max(row: &[f64], n: usize, scratch: &mut Scratch, out: &mut [f64]) {
    fold(row, n, larger, scratch, out);
}

/// The smallest of the `n` values that end at each position, NaN passed over.
pub fn min(row: &[f64], n: usize, scratch: &mut Scratch, out: &mut [f64]) {
    fold(row, n, |a, b| -larger(-a, -b), scratch, out);
}

/// The larger, NaN passed over: two selects, where [`f64::max`] may be a call.
fn larger(a: f64, b: f64) -> f64 {
    if a >= b || b.is_nan() { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn windows_by_hand() {
        let row = [3.0, 1.0, 2.0, f64::NAN, 5.0, 4.0, 4.0];
        let (mut scratch, mut out) = (Scratch::default(), vec![0.0; 7]);
        max(&row, 3, &mut scratch, &mut out);
        assert!(out[0].is_nan() && out[1].is_nan());
        assert_eq!(out[2..], [3.0, 2.0, 5.0, 5.0, 5.0]);
        min(&row, 3, &mut scratch, &mut out);
        assert_eq!(out[2..], [1.0, 1.0, 2.0, 4.0, 4.0]);
        sum(&row, 2, &mut scratch, &mut out);
        assert_eq!(out[1..3], [4.0, 3.0]);
        assert!(out[3].is_nan() && out[4].is_nan());
        assert_eq!(out[5..], [9.0, 8.0]);
        sum(&row, 1, &mut scratch, &mut out);
        assert_eq!(out[..3], row[..3]);
        sum(&row, 9, &mut scratch, &mut out);
        assert!(out.iter().all(|x| x.is_nan()));
    }

    proptest! {
        #[test]
        fn equal_to_the_plain_fold(row in proptest::collection::vec(-1e3f64..1e3, 1..80), n in 1usize..30) {
            let (mut scratch, mut out) = (Scratch::default(), vec![0.0; row.len()]);
            sum(&row, n, &mut scratch, &mut out);
            for t in n - 1..row.len() {
                prop_assert!((out[t] - row[t + 1 - n..=t].iter().sum::<f64>()).abs() < 1e-9);
            }
            max(&row, n, &mut scratch, &mut out);
            for t in n - 1..row.len() {
                prop_assert_eq!(out[t], row[t + 1 - n..=t].iter().copied().fold(f64::NEG_INFINITY, f64::max));
            }
        }
    }
}
