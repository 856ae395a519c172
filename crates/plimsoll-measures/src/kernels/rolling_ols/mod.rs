//! Rolling least squares of many rows on the same regressors.
//!
//! y(t) = a + b(1) x(1,t) + ... + b(K) x(K,t) + e(t) over the `n` sessions that end at each position. The regressors are common to all
//! rows, so their cross-products are folded and inverted once; a row folds only its products with them and its square. A row that lacks a
//! value the regressors have is estimated over its own days, with its own cross-products. Sums are folded from blocks of `n` positions
//! (see [`crate::kernels::rolling::fold`]) of deviations from the values at the border of the two blocks that a window spans: nothing is
//! subtracted to roll, nothing drifts, and the value at t depends on no value outside of t - n + 1 ..= t.
//!
//! Windows that share a border are a batch: they are folded in one pass and solved a few at a time.

mod lanes;
mod solved;
mod sums;

use std::ops::Range;

use plimsoll_model::matrix::Matrix;
use rayon::prelude::*;

use lanes::{LANES, Lanes};
use solved::{Solved, solve};
use sums::{Cross, Folded, Moments};

/// Rows that a task takes.
const GROUP: usize = 16;

/// Windows with one border: those that end on it and on the `count - 1` positions after it.
struct Batch<const K: usize> {
    /// The first position of the first window, which is also the window's number.
    first: usize,
    /// The border: the last position of the first window.
    border: usize,
    count: usize,
    /// Regressors from `first` on as deviations from the border; nought where one of them is not known.
    x: Vec<[f64; K]>,
    /// Its windows, for a row that lacks nothing.
    solved: Vec<Solved<K>>,
}

impl<const K: usize> Batch<K> {
    /// All positions of its windows.
    fn span(&self) -> Range<usize> {
        self.first..self.border + self.count
    }
}

/// Buffers of one task, to reuse from row to row.
struct Scratch<const K: usize> {
    /// The row, nought where it is not known.
    y: Vec<f64>,
    /// One where the row and all regressors are known, else nought.
    weight: Vec<f64>,
    /// The row as deviations from the border.
    deviation: Vec<f64>,
    cross: Folded<Cross<K>>,
    moments: Folded<Moments<K>>,
    solved: Vec<Solved<K>>,
}

impl<const K: usize> Scratch<K> {
    fn of(design: &Design<K>) -> Scratch<K> {
        Scratch {
            y: vec![0.0; design.sessions],
            weight: vec![0.0; design.sessions],
            deviation: vec![0.0; 2 * design.n],
            cross: Folded::room(design.n),
            moments: Folded::room(design.n),
            solved: Vec::with_capacity(design.n.div_ceil(LANES)),
        }
    }
}

/// The regressors, folded and inverted over every window.
pub struct Design<const K: usize> {
    n: usize,
    least: f64,
    sessions: usize,
    /// One where all regressors are known, else nought.
    weight: Vec<f64>,
    batches: Vec<Batch<K>>,
    /// Observations of each window of a row that lacks none; 0 where there is no estimate.
    counts: Vec<u32>,
}

impl<const K: usize> Design<K> {
    /// The design of the columns `x` over windows of `n` positions of which a row must know at least `least`. A position where a regressor
    /// is NaN counts for no row.
    ///
    /// # Panics
    /// Where `n` is 0 or the columns differ in length.
    pub fn new(x: [&[f64]; K], n: usize, least: usize) -> Design<K> {
        let sessions = x.first().map_or(0, |c| c.len());
        assert!(n > 0 && x.iter().all(|c| c.len() == sessions), "a window of at least one, columns of one length");
        let known = |t: usize| x.iter().all(|c| c[t].is_finite());
        let at = |t: usize| if known(t) { x.map(|c| c[t]) } else { [0.0; K] };
        let weight: Vec<f64> = (0..sessions).map(|t| f64::from(u8::from(known(t)))).collect();
        let least = least.max(K + 2) as f64;
        let (mut moments, mut batches, mut counts) = (Folded::room(n), Vec::new(), Vec::new());
        for border in (n - 1..sessions.max(n - 1)).step_by(n) {
            let base = at(border);
            let deviation = |t: usize| std::array::from_fn(|k| if known(t) { at(t)[k] - base[k] } else { 0.0 });
            let (first, count) = (border + 1 - n, n.min(sessions - border));
            let span = first..border + count;
            let mut batch = Batch { first, border, count, x: span.clone().map(deviation).collect(), solved: Vec::new() };
            moments.fold((&weight[span], &batch.x), n, Moments::of);
            solve(&moments, count, least, &mut batch.solved);
            count_in(&moments, &batch.solved, count, &mut counts);
            batches.push(batch);
        }
        Design { n, least, sessions, weight, batches, counts }
    }

    /// How many positions.
    pub fn sessions(&self) -> usize {
        self.sessions
    }

    /// Regresses one row: slopes, standard errors and R^2 of every window, column by column, into `out`. Returns the observations where
    /// they are not those of the design.
    #[inline(always)]
    fn regress_in(&self, y: &[f64], scratch: &mut Scratch<K>, out: &mut [f64]) -> Option<Box<[u32]>> {
        let Scratch { y: known, weight, deviation, cross, moments, solved } = scratch;
        // Without an early end, so that it takes several values at a time.
        let absent = y.iter().zip(&self.weight).fold((false, false), |(any, needed), (v, w)| {
            let none = !v.is_finite();
            (any | none, needed | (none & (*w > 0.0)))
        });
        let row = if absent.0 {
            known.iter_mut().zip(y).for_each(|(to, v)| *to = if v.is_finite() { *v } else { 0.0 });
            &known[..]
        } else {
            y
        };
        let weight = if absent.1 {
            weight.iter_mut().zip(y.iter().zip(&self.weight)).for_each(|(to, (v, w))| *to = if v.is_finite() { *w } else { 0.0 });
            &weight[..]
        } else {
            &self.weight[..]
        };
        let mut counts = absent.1.then(|| Vec::with_capacity(self.counts.len()));
        for batch in &self.batches {
            let (span, base) = (batch.span(), row[batch.border]);
            let deviation = &mut deviation[..span.len()];
            for (to, (y, w)) in deviation.iter_mut().zip(row[span.clone()].iter().zip(&weight[span.clone()])) {
                *to = (y - base) * w;
            }
            cross.fold((&*deviation, &batch.x), self.n, Cross::of);
            let solved = match &mut counts {
                Some(counts) => {
                    moments.fold((&weight[span], &batch.x), self.n, Moments::of);
                    solve(moments, batch.count, self.least, solved);
                    count_in(moments, solved, batch.count, counts);
                    &*solved
                }
                None => &batch.solved,
            };
            self.estimate(batch, cross, solved, out);
        }
        counts.map(Vec::into_boxed_slice)
    }

    #[inline(always)]
    fn estimate(&self, batch: &Batch<K>, cross: &Folded<Cross<K>>, solved: &[Solved<K>], out: &mut [f64]) {
        let stride = self.counts.len();
        for (chunk, s) in solved.iter().enumerate() {
            let at = chunk * LANES;
            let (y, yy) = (cross.lanes(at, |s| s.y), cross.lanes(at, |s| s.yy));
            let xy: [Lanes; K] = std::array::from_fn(|k| cross.lanes(at, |s| s.xy[k]) - s.mean[k] * y);
            let beta: [Lanes; K] =
                std::array::from_fn(|i| (1..K).fold(s.inverse[i][0] * xy[0], |sum, j| sum + s.inverse[i][j] * xy[j]));
            let total = yy - y * y * s.per;
            let explained = (1..K).fold(beta[0] * xy[0], |sum, k| sum + beta[k] * xy[k]);
            let unexplained = (total - explained).above_nought();
            let deviation = (unexplained * s.freedom).sqrt();
            let r2 = (Lanes::all(1.0) - unexplained / total).where_(total, |v| v > 0.0);
            let first = batch.first + at;
            let last = (first + LANES).min(batch.first + batch.count);
            let mut put = |column: usize, lanes: Lanes| lanes.write(&mut out[column * stride + first..column * stride + last]);
            for (k, (beta, root)) in beta.iter().zip(&s.root).enumerate() {
                put(k, *beta);
                put(K + k, deviation * *root);
            }
            put(2 * K, r2);
        }
    }

    /// As [`Design::regress_in`], by the widest vectors the machine has: the same operations in the same order, so the same bits.
    fn regress(&self, y: &[f64], scratch: &mut Scratch<K>, out: &mut [f64]) -> Option<Box<[u32]>> {
        assert_eq!(y.len(), self.sessions, "a row as long as the regressors");
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has been asked for what the function needs.
            return unsafe { self.regress_avx2(y, scratch, out) };
        }
        self.regress_in(y, scratch, out)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn regress_avx2(&self, y: &[f64], scratch: &mut Scratch<K>, out: &mut [f64]) -> Option<Box<[u32]>> {
        self.regress_in(y, scratch, out)
    }

    /// Regresses every row: `row` gives the values of each of `rows`.
    ///
    /// # Panics
    /// Where a row is not as long as the regressors.
    pub fn panel<'a>(self, rows: usize, row: impl Fn(usize) -> &'a [f64] + Sync) -> Estimates<K> {
        let width = (2 * K + 1) * self.counts.len();
        let mut columns = Matrix::filled(rows, width, 0.0);
        let mut counts: Vec<Option<Box<[u32]>>> = vec![None; rows];
        if width > 0 {
            let tasks = columns.data_mut().par_chunks_mut(GROUP * width).zip(counts.par_chunks_mut(GROUP)).enumerate();
            tasks.for_each(|(task, (cells, counts))| {
                let mut scratch = Scratch::of(&self);
                for (i, (out, counts)) in cells.chunks_mut(width).zip(counts).enumerate() {
                    *counts = self.regress(row(task * GROUP + i), &mut scratch, out);
                }
            });
        }
        Estimates { columns, counts, design: self }
    }
}

/// Appends the observations of the first `count` windows; 0 where there is no estimate.
fn count_in<const K: usize>(moments: &Folded<Moments<K>>, solved: &[Solved<K>], count: usize, to: &mut Vec<u32>) {
    let observations = |(w, s): (usize, &Moments<K>)| if solved[w / LANES].is_solved(w % LANES) { s.n as u32 } else { 0 };
    to.extend(moments.sums()[..count].iter().enumerate().map(observations));
}

/// One estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate<const K: usize> {
    /// Slopes.
    pub beta: [f64; K],
    /// Their standard errors: classic, the residual variance on n - K - 1 degrees of freedom.
    pub se: [f64; K],
    /// Share of the variance explained; NaN where y does not vary.
    pub r2: f64,
    /// Observations.
    pub n: usize,
}

/// Estimates of every row over every window.
pub struct Estimates<const K: usize> {
    design: Design<K>,
    /// A row holds K slopes, K standard errors and R^2, one after the other, each over all windows.
    columns: Matrix,
    /// Observations of the rows that lack some.
    counts: Vec<Option<Box<[u32]>>>,
}

impl<const K: usize> Estimates<K> {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.counts.len()
    }
    /// The position at which the first window ends.
    pub fn first(&self) -> usize {
        self.design.n - 1
    }
    fn column(&self, row: usize, k: usize) -> &[f64] {
        let windows = self.design.counts.len();
        if windows == 0 { &[] } else { &self.columns.row(row)[k * windows..(k + 1) * windows] }
    }
    /// Slopes of a row on regressor `k`, by window; NaN where there is no estimate.
    pub fn beta(&self, row: usize, k: usize) -> &[f64] {
        self.column(row, k)
    }
    /// Their standard errors.
    pub fn se(&self, row: usize, k: usize) -> &[f64] {
        self.column(row, K + k)
    }
    /// Shares of the variance explained.
    pub fn r2(&self, row: usize) -> &[f64] {
        self.column(row, 2 * K)
    }
    /// Observations; 0 where there is no estimate.
    pub fn n(&self, row: usize) -> &[u32] {
        self.counts[row].as_deref().unwrap_or(&self.design.counts)
    }
    /// The estimate of a row over the window that ends at position `t`, where there is one.
    pub fn at(&self, row: usize, t: usize) -> Option<Estimate<K>> {
        let window = t.checked_sub(self.first()).filter(|w| *w < self.design.counts.len())?;
        let value = |k: usize| self.column(row, k)[window];
        let found = Estimate {
            beta: std::array::from_fn(value),
            se: std::array::from_fn(|k| value(K + k)),
            r2: value(2 * K),
            n: self.n(row)[window] as usize,
        };
        (found.n > 0).then_some(found)
    }
}

#[cfg(test)]
mod tests;
