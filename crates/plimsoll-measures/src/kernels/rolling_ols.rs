//! Rolling least squares of many rows on the same regressors.
//!
//! y(t) = a + b(1) x(1,t) + ... + b(K) x(K,t) + e(t) over the `n` sessions that end at each position. The regressors are common to all
//! rows, so their cross-products are folded and inverted once; a row folds only its products with them and its square. A row that lacks a
//! value the regressors have is estimated over its own days, with its own cross-products. Sums are folded from blocks of `n` positions
//! (see [`crate::kernels::rolling::fold`]) of deviations from the values at the border of the two blocks that a window spans: nothing is
//! subtracted to roll, nothing drifts, and the value at t depends on no value outside of t - n + 1 ..= t.

use plimsoll_model::matrix::Matrix;

use crate::kernels::stretches;

/// The share of a regressor's variance that the other regressors must leave; below it (or where it does not vary) there is no estimate.
const LEFT: f64 = 1e-9;

/// One estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate<const K: usize> {
    /// The constant.
    pub constant: f64,
    /// Its standard error.
    pub constant_se: f64,
    /// Slopes.
    pub beta: [f64; K],
    /// Their standard errors: classic, the residual variance on n - K - 1 degrees of freedom.
    pub se: [f64; K],
    /// Share of the variance explained; NaN where y does not vary.
    pub r2: f64,
    /// Observations.
    pub n: u32,
}

/// Sums over a window of the regressors, in deviations from the border.
#[derive(Clone, Copy)]
struct Own<const K: usize> {
    n: f64,
    x: [f64; K],
    xx: [[f64; K]; K],
}

impl<const K: usize> Own<K> {
    const NONE: Own<K> = Own { n: 0.0, x: [0.0; K], xx: [[0.0; K]; K] };

    fn of(x: &[f64; K], border: &[f64; K]) -> Own<K> {
        let d: [f64; K] = std::array::from_fn(|k| x[k] - border[k]);
        Own { n: 1.0, x: d, xx: std::array::from_fn(|i| std::array::from_fn(|j| d[i] * d[j])) }
    }
    fn plus(&self, o: &Own<K>) -> Own<K> {
        Own {
            n: self.n + o.n,
            x: std::array::from_fn(|k| self.x[k] + o.x[k]),
            xx: std::array::from_fn(|i| std::array::from_fn(|j| self.xx[i][j] + o.xx[i][j])),
        }
    }
}

/// Sums over a window of a row and its products with the regressors, in deviations from the border.
#[derive(Clone, Copy)]
struct Cross<const K: usize> {
    n: f64,
    y: f64,
    yy: f64,
    xy: [f64; K],
}

impl<const K: usize> Cross<K> {
    const NONE: Cross<K> = Cross { n: 0.0, y: 0.0, yy: 0.0, xy: [0.0; K] };

    fn of(y: f64, x: &[f64; K], (y0, x0): (f64, &[f64; K])) -> Cross<K> {
        let d = y - y0;
        Cross { n: 1.0, y: d, yy: d * d, xy: std::array::from_fn(|k| d * (x[k] - x0[k])) }
    }
    fn plus(&self, o: &Cross<K>) -> Cross<K> {
        Cross { n: self.n + o.n, y: self.y + o.y, yy: self.yy + o.yy, xy: std::array::from_fn(|k| self.xy[k] + o.xy[k]) }
    }
}

/// Running sums of terms from the head and from the tail of each block of `n`. A term is asked for with the position of its border: the
/// last of the block for tails, the last of the block before for heads, so that both parts of a window have the same.
fn fill<T: Copy>(
    (heads, tails): (&mut Vec<T>, &mut Vec<T>),
    (length, n, none): (usize, usize, T),
    term: impl Fn(usize, usize) -> T,
    plus: impl Fn(&T, &T) -> T,
) {
    heads.clear();
    tails.clear();
    heads.resize(length, none);
    tails.resize(length, none);
    for first in (0..length).step_by(n) {
        let mut sum = none;
        // No window reaches over the head of the first block, nor over the tail of a block cut short.
        if first > 0 {
            for (t, head) in (first..).zip(&mut heads[first..length.min(first + n)]) {
                sum = plus(&sum, &term(t, first - 1));
                *head = sum;
            }
        }
        if first + n <= length {
            sum = none;
            for (k, tail) in tails[first..first + n].iter_mut().enumerate().rev() {
                sum = plus(&term(first + k, first + n - 1), &sum);
                *tail = sum;
            }
        }
    }
}

/// The two parts of the window of `n` that ends at `t`, and its border; a window that is a block is all tail.
fn parts<T: Copy>(heads: &[T], tails: &[T], t: usize, n: usize) -> (T, Option<T>) {
    (tails[t + 1 - n], (!(t + 1).is_multiple_of(n)).then(|| heads[t]))
}

fn border(t: usize, n: usize) -> usize {
    (t + 1) / n * n - 1
}

/// The regressors over one window: mean and inverse of the centred cross-products; `n` 0 where they are collinear.
#[derive(Clone, Copy)]
struct Solved<const K: usize> {
    n: f64,
    mean: [f64; K],
    inverse: [[f64; K]; K],
}

impl<const K: usize> Solved<K> {
    const NONE: Solved<K> = Solved { n: 0.0, mean: [0.0; K], inverse: [[0.0; K]; K] };

    fn of(own: &Own<K>) -> Solved<K> {
        if own.n < K as f64 + 2.0 {
            return Solved::NONE;
        }
        let mean: [f64; K] = std::array::from_fn(|k| own.x[k] / own.n);
        let mut a: [[f64; K]; K] = std::array::from_fn(|i| std::array::from_fn(|j| own.xx[i][j] - own.x[i] * mean[j]));
        let whole: [f64; K] = std::array::from_fn(|k| a[k][k]);
        let mut inverse: [[f64; K]; K] = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
        // Gauss and Jordan; positive definite, so that the diagonal serves as pivots.
        for k in 0..K {
            let pivot = a[k][k];
            let varies = whole[k] > LEFT * own.xx[k][k];
            if !(varies && pivot > LEFT * whole[k]) {
                return Solved::NONE;
            }
            a[k].iter_mut().for_each(|v| *v /= pivot);
            inverse[k].iter_mut().for_each(|v| *v /= pivot);
            for i in (0..K).filter(|i| *i != k) {
                let factor = a[i][k];
                for j in 0..K {
                    a[i][j] -= factor * a[k][j];
                    inverse[i][j] -= factor * inverse[k][j];
                }
            }
        }
        Solved { n: own.n, mean, inverse }
    }
}

/// Buffers of one task, to reuse from row to row.
pub struct Scratch<const K: usize> {
    cross: (Vec<Cross<K>>, Vec<Cross<K>>),
    own: (Vec<Own<K>>, Vec<Own<K>>),
}

impl<const K: usize> Default for Scratch<K> {
    fn default() -> Self {
        Scratch { cross: (Vec::new(), Vec::new()), own: (Vec::new(), Vec::new()) }
    }
}

/// The regressors, folded and inverted over every window.
pub struct Design<const K: usize> {
    n: usize,
    least: f64,
    x: Vec<[f64; K]>,
    known: Vec<bool>,
    solved: Vec<Solved<K>>,
    /// Days of each window on which all regressors are known.
    days: Vec<f64>,
}

impl<const K: usize> Design<K> {
    /// The design of the columns `x` over windows of `n` positions of which a row must know at least `least`. A position where a regressor
    /// is NaN counts for no row.
    ///
    /// # Panics
    /// Where `n` is 0 or the columns differ in length.
    pub fn new(x: [&[f64]; K], n: usize, least: usize) -> Design<K> {
        let length = x.first().map_or(0, |c| c.len());
        assert!(n > 0 && x.iter().all(|c| c.len() == length), "a window of at least one, columns of one length");
        let known: Vec<bool> = (0..length).map(|t| x.iter().all(|c| c[t].is_finite())).collect();
        let x: Vec<[f64; K]> = (0..length).map(|t| if known[t] { std::array::from_fn(|k| x[k][t]) } else { [0.0; K] }).collect();
        let mut design =
            Design { n, least: least.max(K + 2) as f64, x, known, solved: vec![Solved::NONE; length], days: vec![0.0; length] };
        let (mut heads, mut tails) = (Vec::new(), Vec::new());
        design.fold_own((&mut heads, &mut tails), |_| true);
        for t in n - 1..length.max(n - 1) {
            let own = window(&heads, &tails, (t, n));
            design.days[t] = own.n;
            design.solved[t] = Solved::of(&own);
        }
        design
    }

    /// How many positions.
    pub fn sessions(&self) -> usize {
        self.x.len()
    }

    fn fold_own(&self, buffers: (&mut Vec<Own<K>>, &mut Vec<Own<K>>), counts: impl Fn(usize) -> bool) {
        let term = |t: usize, b: usize| {
            if self.known[t] && counts(t) { Own::of(&self.x[t], &self.x[b]) } else { Own::NONE }
        };
        fill(buffers, (self.x.len(), self.n, Own::NONE), term, Own::plus);
    }

    /// Regresses one row over every window; `each` gets the position at which a window ends and its estimate, where there is one.
    ///
    /// # Panics
    /// Where the row is not as long as the regressors.
    pub fn regress(&self, y: &[f64], scratch: &mut Scratch<K>, mut each: impl FnMut(usize, &Estimate<K>)) {
        let (length, n) = (self.x.len(), self.n);
        assert_eq!(y.len(), length, "a row as long as the regressors");
        let anchor = |b: usize| if y[b].is_finite() { y[b] } else { 0.0 };
        let counts = |t: usize| self.known[t] && y[t].is_finite();
        let term = |t: usize, b: usize| {
            if counts(t) { Cross::of(y[t], &self.x[t], (anchor(b), &self.x[b])) } else { Cross::NONE }
        };
        let Scratch { cross: (heads, tails), own } = scratch;
        fill((heads, tails), (length, n, Cross::NONE), term, Cross::plus);
        let mut folded = false;
        for t in n - 1..length.max(n - 1) {
            let sums = match parts(heads, tails, t, n) {
                (tail, Some(head)) => tail.plus(&head),
                (tail, None) => tail,
            };
            if sums.n < self.least {
                continue;
            }
            let b = border(t, n);
            let whole = sums.n == self.days[t];
            let lacking;
            let solved = if whole {
                &self.solved[t]
            } else {
                if !folded {
                    self.fold_own((&mut own.0, &mut own.1), |t| y[t].is_finite());
                    folded = true;
                }
                lacking = Solved::of(&window(&own.0, &own.1, (t, n)));
                &lacking
            };
            if solved.n > 0.0 {
                each(t, &estimate(&sums, solved, (anchor(b), &self.x[b])));
            }
        }
    }

    /// Regresses every row: `row` gives the values of each of `rows`.
    pub fn panel<'a>(&self, rows: usize, row: impl Fn(usize) -> &'a [f64] + Sync) -> Estimates<K> {
        let sessions = self.sessions();
        let columns = stretches::by_row(rows, (2 * K + 2) * sessions, |i, out, scratch: &mut Scratch<K>| {
            self.regress(row(i), scratch, |t, e| {
                for k in 0..K {
                    out[k * sessions + t] = e.beta[k];
                    out[(K + k) * sessions + t] = e.se[k];
                }
                out[2 * K * sessions + t] = e.r2;
                out[(2 * K + 1) * sessions + t] = f64::from(e.n);
            });
        });
        Estimates { sessions, columns }
    }
}

fn window<const K: usize>(heads: &[Own<K>], tails: &[Own<K>], (t, n): (usize, usize)) -> Own<K> {
    match parts(heads, tails, t, n) {
        (tail, Some(head)) => tail.plus(&head),
        (tail, None) => tail,
    }
}

#[inline]
fn estimate<const K: usize>(sums: &Cross<K>, solved: &Solved<K>, (y0, x0): (f64, &[f64; K])) -> Estimate<K> {
    let mean = sums.y / sums.n;
    let xy: [f64; K] = std::array::from_fn(|k| sums.xy[k] - solved.mean[k] * sums.y);
    let beta: [f64; K] = std::array::from_fn(|i| (0..K).map(|j| solved.inverse[i][j] * xy[j]).sum());
    let total = sums.yy - mean * sums.y;
    let explained: f64 = (0..K).map(|k| beta[k] * xy[k]).sum();
    let unexplained = (total - explained).max(0.0);
    let variance = unexplained / (sums.n - K as f64 - 1.0);
    let level: [f64; K] = std::array::from_fn(|k| solved.mean[k] + x0[k]);
    let spread: f64 = (0..K).map(|i| level[i] * (0..K).map(|j| solved.inverse[i][j] * level[j]).sum::<f64>()).sum();
    Estimate {
        constant: mean + y0 - (0..K).map(|k| beta[k] * level[k]).sum::<f64>(),
        constant_se: (variance * (1.0 / sums.n + spread)).sqrt(),
        beta,
        se: std::array::from_fn(|k| (variance * solved.inverse[k][k]).sqrt()),
        r2: if total > 0.0 { 1.0 - unexplained / total } else { f64::NAN },
        n: sums.n as u32,
    }
}

/// Estimates of every row at every position; NaN where there is none.
pub struct Estimates<const K: usize> {
    sessions: usize,
    /// A row holds K slopes, K standard errors, R^2 and the observations, one after the other, each over all positions.
    columns: Matrix,
}

impl<const K: usize> Estimates<K> {
    fn column(&self, row: usize, k: usize) -> &[f64] {
        &self.columns.row(row)[k * self.sessions..(k + 1) * self.sessions]
    }
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.columns.rows()
    }
    /// Slopes of a row on regressor `k`.
    pub fn beta(&self, row: usize, k: usize) -> &[f64] {
        self.column(row, k)
    }
    /// Standard errors of [`Self::beta`].
    pub fn se(&self, row: usize, k: usize) -> &[f64] {
        self.column(row, K + k)
    }
    /// Shares of the variance explained.
    pub fn r2(&self, row: usize) -> &[f64] {
        self.column(row, 2 * K)
    }
    /// Observations.
    pub fn n(&self, row: usize) -> &[f64] {
        self.column(row, 2 * K + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::regression::ols;
    use proptest::prelude::*;

    fn all<const K: usize>(design: &Design<K>, y: &[f64]) -> Vec<Option<Estimate<K>>> {
        let mut out = vec![None; y.len()];
        design.regress(y, &mut Scratch::default(), |t, e| out[t] = Some(*e));
        out
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} and {b}");
    }

    #[test]
    fn a_line_by_hand() {
        // x = 1..5, y = 2, 4, 5, 4, 5: slope 6/10, constant 2.2, residual squares 2.4 on 3 degrees of freedom, so s^2 = 0.8;
        // errors sqrt(0.8 / 10) and sqrt(0.8 (1/5 + 9/10)); explained 3.6 of 6.
        let x = [9.0, 1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN];
        let y = [7.0, 2.0, 4.0, 5.0, 4.0, 5.0, 1.0];
        let found = all(&Design::new([&x], 5, 4), &y);
        assert!(found[..4].iter().all(Option::is_none));
        let e = found[5].unwrap();
        near(e.beta[0], 0.6);
        near(e.constant, 2.2);
        near(e.se[0], 0.08f64.sqrt());
        near(e.constant_se, 0.88f64.sqrt());
        near(e.r2, 0.6);
        assert_eq!(e.n, 5);
        // The next window knows four: x = 2..5, y = 4, 5, 4, 5: slope (-1.5 x -0.5 + -0.5 x 0.5 + 0.5 x -0.5 + 1.5 x 0.5) / 5 = 0.2.
        let e = found[6].unwrap();
        near(e.beta[0], 0.2);
        assert_eq!(e.n, 4);
        assert_eq!(all(&Design::new([&x], 5, 5), &y)[6], None);
    }

    #[test]
    fn collinear_constant_and_few_give_none() {
        let t: Vec<f64> = (0..12).map(f64::from).collect();
        let y: Vec<f64> = t.iter().map(|t| (t * 1.7).sin()).collect();
        let double: Vec<f64> = t.iter().map(|t| 2.0 * t + 1.0).collect();
        assert!(all(&Design::new([&t, &double], 6, 4), &y).iter().all(Option::is_none));
        assert!(all(&Design::new([&[3.0; 12]], 6, 4), &y).iter().all(Option::is_none));
        assert!(all(&Design::new([&t], 2, 1), &y).iter().all(Option::is_none));
        assert!(all(&Design::new([&t], 13, 1), &y).iter().all(Option::is_none));
        // A row that does not vary has a slope of nought and no share explained.
        let flat = all(&Design::new([&t], 6, 4), &[2.0; 12])[8].unwrap();
        assert_eq!((flat.beta, flat.constant, flat.r2.is_nan()), ([0.0], 2.0, true));
    }

    /// A repeatable series around `level`.
    fn wave(n: usize, seed: u64, level: f64) -> Vec<f64> {
        let mix = |x: u64, by: u64, shift: u32| (x ^ (x >> shift)).wrapping_mul(by);
        (0..n as u64)
            .map(|t| {
                let x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(t.wrapping_mul(0xD1B5_4A32_D192_ED03));
                let x = mix(mix(x, 0xBF58_476D_1CE4_E5B9, 30), 0x94D0_49BB_1331_11EB, 27);
                level + ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
            })
            .collect()
    }

    /// Every window beside least squares on its own observations, by orthogonalisation; errors by the textbook's formula.
    fn beside_direct<const K: usize>(x: [&[f64]; K], y: &[f64], (n, least): (usize, usize)) {
        let close = |a: f64, b: f64, scale: f64| assert!((a - b).abs() <= 1e-10 * scale.max(b.abs()), "{a} and {b} of {scale}");
        let found = all(&Design::new(x, n, least), y);
        for (t, found) in found.iter().enumerate().skip(n - 1) {
            let days: Vec<usize> = (t + 1 - n..=t).filter(|&s| y[s].is_finite() && x.iter().all(|c| c[s].is_finite())).collect();
            if days.len() < least.max(K + 2) {
                assert_eq!(*found, None);
                continue;
            }
            let ys: Vec<f64> = days.iter().map(|&s| y[s]).collect();
            let xs: Vec<Vec<f64>> = x.iter().map(|c| days.iter().map(|&s| c[s]).collect()).collect();
            let columns: Vec<&[f64]> = xs.iter().map(Vec::as_slice).collect();
            let direct = ols(&ys, &columns, 0).unwrap();
            let e = found.unwrap();
            assert_eq!(e.n as usize, days.len());
            let scale = e.se.iter().fold(e.constant_se, |a, b| a.max(*b));
            close(e.constant, direct.beta[0], scale);
            (0..K).for_each(|k| close(e.beta[k], direct.beta[k + 1], scale));
            close(e.r2, direct.r2, 1.0);
            // The error of slope k is s over the length of x(k) after the others are taken out (Frisch and Waugh 1933).
            let mean = ys.iter().sum::<f64>() / ys.len() as f64;
            let rss = (1.0 - direct.r2) * ys.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
            for (k, x) in xs.iter().enumerate() {
                let others: Vec<&[f64]> = (0..K).filter(|j| *j != k).map(|j| columns[j]).collect();
                let m = x.iter().sum::<f64>() / x.len() as f64;
                let left = 1.0 - if others.is_empty() { 0.0 } else { ols(x, &others, 0).unwrap().r2 };
                let length = left * x.iter().map(|v| (v - m) * (v - m)).sum::<f64>();
                close(e.se[k], (rss / (ys.len() - K - 1) as f64 / length).sqrt(), 0.0);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn equal_to_direct_least_squares(
            seed in 0u64..1000, n in 12usize..40, length in 12usize..150, level in -20.0f64..20.0,
            gaps in proptest::collection::vec((0usize..150, 0usize..4), 0..12),
        ) {
            let mut series: Vec<Vec<f64>> = (0..4).map(|k| wave(length, seed * 4 + k, level * (k as f64 - 1.0))).collect();
            let (x, y) = series.split_at_mut(3);
            y[0].iter_mut().zip(x[0].iter().zip(&x[1])).for_each(|(y, (a, b))| *y += 0.4 * a - 0.7 * b);
            gaps.iter().filter(|(t, _)| *t < length).for_each(|&(t, k)| series[k][t] = f64::NAN);
            let size = (n, n * 4 / 5);
            let y = &series[3];
            beside_direct([&series[0]], y, size);
            beside_direct([&series[0], &series[1]], y, size);
            beside_direct([&series[0], &series[1], &series[2]], y, size);
        }

        /// What lies outside of the window changes no bit: not later values, not earlier ones, not gaps there.
        #[test]
        fn only_the_window_counts(seed in 0u64..1000, n in 8usize..30, t in 60usize..100, gap in 0usize..30) {
            let (x, mut y) = (wave(120, seed, 0.0), wave(120, seed + 7, 0.1));
            y[t.saturating_sub(gap)] = f64::NAN;
            let before = all(&Design::new([&x], n, n / 2), &y)[t];
            let (mut x2, mut y2) = (wave(120, seed + 11, 500.0), wave(120, seed + 13, f64::NAN));
            x2[t + 1 - n..=t].copy_from_slice(&x[t + 1 - n..=t]);
            y2[t + 1 - n..=t].copy_from_slice(&y[t + 1 - n..=t]);
            prop_assert_eq!(before, all(&Design::new([&x2], n, n / 2), &y2)[t]);
            prop_assert_eq!(before, all(&Design::new([&x[..=t]], n, n / 2), &y[..=t])[t]);
        }
    }

    #[test]
    fn nothing_drifts_after_a_shock() {
        let (x, mut y) = (wave(5000, 3, 0.0), wave(5000, 4, 0.0));
        y[100] = 1e9;
        let found = all(&Design::new([&x], 60, 48), &y);
        let e = found[4999].unwrap();
        let direct = ols(&y[4940..], &[&x[4940..]], 0).unwrap();
        near(e.beta[0], direct.beta[1]);
        near(e.r2, direct.r2);
    }

    #[test]
    fn a_panel_is_the_same_bits_on_any_number_of_threads() {
        let x = [wave(200, 1, 0.0), wave(200, 2, 0.0)];
        let mut rows: Vec<Vec<f64>> = (0..70).map(|i| wave(200, 10 + i, 0.0)).collect();
        rows[5][100..140].fill(f64::NAN);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| Design::new([&x[0], &x[1]], 50, 40).panel(rows.len(), |i| &rows[i]));
            assert_eq!((found.rows(), found.n(5)[199], found.n(5)[110].is_nan(), found.n(5)[108]), (70, 50.0, true, 41.0));
            found.columns.data().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        assert!(on(1) == on(3));
    }
}
