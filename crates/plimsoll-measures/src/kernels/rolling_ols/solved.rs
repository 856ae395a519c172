//! The regressors over windows: mean and inverse of the centred cross-products.

use super::lanes::{LANES, Lanes};
use super::sums::{Folded, Moments};

/// The share of a regressor's variance that the other regressors must leave; below it (or where it does not vary) there is no estimate.
const LEFT: f64 = 1e-9;

/// A few windows, solved; NaN where there is no estimate.
#[derive(Clone, Copy)]
pub struct Solved<const K: usize> {
    /// 1 / n.
    pub per: Lanes,
    /// 1 / (n - K - 1).
    pub freedom: Lanes,
    /// Means of the regressors, from the border.
    pub mean: [Lanes; K],
    /// Inverse of the centred cross-products.
    pub inverse: [[Lanes; K]; K],
    /// Square roots of its diagonal.
    pub root: [Lanes; K],
}

impl<const K: usize> Solved<K> {
    /// Solves the windows from `at` on. Fewer than `least` observations, a regressor that does not vary and collinear ones give NaN.
    #[inline(always)]
    pub fn of(sums: &Folded<Moments<K>>, at: usize, least: f64) -> Solved<K> {
        let (n, one) = (sums.lanes(at, |s| s.n), Lanes::all(1.0));
        let per = (one / n).where_(n, |n| n >= least);
        let x: [Lanes; K] = std::array::from_fn(|k| sums.lanes(at, |s| s.x[k]));
        let mean = x.map(|x| x * per);
        let raw = |i: usize, j: usize| sums.lanes(at, |s| s.xx[i][j]);
        let mut a: [[Lanes; K]; K] = std::array::from_fn(|i| std::array::from_fn(|j| raw(i, j) - x[i] * mean[j]));
        let whole: [Lanes; K] = std::array::from_fn(|k| a[k][k]);
        let mut inverse: [[Lanes; K]; K] =
            std::array::from_fn(|i| std::array::from_fn(|j| Lanes::all(f64::from(u8::from(i == j)))));
        // Gauss and Jordan; positive definite, so that the diagonal serves as pivots.
        for k in 0..K {
            let varies = whole[k] - Lanes::all(LEFT) * raw(k, k);
            let left = a[k][k] - Lanes::all(LEFT) * whole[k];
            let pivot = (one / a[k][k]).where_(varies, |v| v > 0.0).where_(left, |v| v > 0.0);
            a[k] = a[k].map(|v| v * pivot);
            inverse[k] = inverse[k].map(|v| v * pivot);
            for i in (0..K).filter(|i| *i != k) {
                let factor = a[i][k];
                for j in 0..K {
                    a[i][j] = a[i][j] - factor * a[k][j];
                    inverse[i][j] = inverse[i][j] - factor * inverse[k][j];
                }
            }
        }
        let freedom = one / (n - Lanes::all(K as f64 + 1.0));
        Solved { per, freedom, mean, inverse, root: std::array::from_fn(|k| inverse[k][k].sqrt()) }
    }

    /// Whether the `lane`-th window has estimates.
    pub fn is_solved(&self, lane: usize) -> bool {
        self.inverse[0][0].0[lane].is_finite()
    }
}

/// Solves the first `count` windows of the sums, a few at a time.
#[inline(always)]
pub fn solve<const K: usize>(sums: &Folded<Moments<K>>, count: usize, least: f64, to: &mut Vec<Solved<K>>) {
    to.clear();
    to.extend((0..count).step_by(LANES).map(|at| Solved::of(sums, at, least)));
}
