//! Sums over rolling windows, folded from two blocks without subtraction.

use super::lanes::{LANES, Lanes};

/// What is summed of a row: its deviation from the value at the border, the square, the products with the regressors.
#[derive(Clone, Copy)]
pub struct Cross<const K: usize> {
    /// The deviation.
    pub y: f64,
    /// Its square.
    pub yy: f64,
    /// Its products with the regressors.
    pub xy: [f64; K],
}

/// What is summed of the regressors: one a day that counts, deviations from the border, their products.
#[derive(Clone, Copy)]
pub struct Moments<const K: usize> {
    /// Days.
    pub n: f64,
    /// Regressors.
    pub x: [f64; K],
    /// Products of regressors.
    pub xx: [[f64; K]; K],
}

/// What can be summed.
pub trait Sum: Copy {
    /// The empty sum.
    const NONE: Self;
    /// One more.
    fn plus(&self, o: &Self) -> Self;
}

impl<const K: usize> Sum for Cross<K> {
    const NONE: Cross<K> = Cross { y: 0.0, yy: 0.0, xy: [0.0; K] };
    #[inline(always)]
    fn plus(&self, o: &Cross<K>) -> Cross<K> {
        Cross { y: self.y + o.y, yy: self.yy + o.yy, xy: std::array::from_fn(|k| self.xy[k] + o.xy[k]) }
    }
}

impl<const K: usize> Sum for Moments<K> {
    const NONE: Moments<K> = Moments { n: 0.0, x: [0.0; K], xx: [[0.0; K]; K] };
    #[inline(always)]
    fn plus(&self, o: &Moments<K>) -> Moments<K> {
        Moments {
            n: self.n + o.n,
            x: std::array::from_fn(|k| self.x[k] + o.x[k]),
            xx: std::array::from_fn(|i| std::array::from_fn(|j| self.xx[i][j] + o.xx[i][j])),
        }
    }
}

impl<const K: usize> Cross<K> {
    /// The terms of a day: the row's deviation and those of the regressors.
    #[inline(always)]
    pub fn of(d: f64, x: &[f64; K]) -> Cross<K> {
        Cross { y: d, yy: d * d, xy: x.map(|x| d * x) }
    }
}

impl<const K: usize> Moments<K> {
    /// The terms of a day: its weight, one or nought, and the regressors' deviations.
    #[inline(always)]
    pub fn of(weight: f64, x: &[f64; K]) -> Moments<K> {
        let d = x.map(|x| weight * x);
        Moments { n: weight, x: d, xx: std::array::from_fn(|i| std::array::from_fn(|j| d[i] * x[j])) }
    }
}

/// Sums over the windows of a batch.
pub struct Folded<T> {
    sums: Vec<T>,
    heads: Vec<T>,
}

impl<T: Sum> Folded<T> {
    /// Room for windows of `n` positions, and for lanes that reach beyond the last.
    pub fn room(n: usize) -> Folded<T> {
        Folded { sums: vec![T::NONE; n + LANES], heads: vec![T::NONE; n] }
    }

    /// Sums over `count` windows of `n` positions: the k-th from position k to the border n - 1, and on to n - 1 + k. Both parts run at
    /// once, for neither waits for the other.
    #[inline(always)]
    pub fn fold<const K: usize>(&mut self, (row, x): (&[f64], &[[f64; K]]), n: usize, term: impl Fn(f64, &[f64; K]) -> T) {
        let count = row.len() + 1 - n;
        let term = |(row, x): (&f64, &[f64; K])| term(*row, x);
        let (before, after) = (row.split_at(n), x.split_at(n));
        let mut behind = before.0.iter().zip(after.0).zip(&mut self.sums[..n]).rev();
        let ahead = before.1.iter().zip(after.1).zip(&mut self.heads[1..count]);
        let (mut tail, mut head) = (T::NONE, T::NONE);
        for (ahead, behind) in ahead.zip(behind.by_ref()) {
            tail = term(behind.0).plus(&tail);
            *behind.1 = tail;
            head = head.plus(&term(ahead.0));
            *ahead.1 = head;
        }
        for behind in behind {
            tail = term(behind.0).plus(&tail);
            *behind.1 = tail;
        }
        self.sums[1..count].iter_mut().zip(&self.heads[1..count]).for_each(|(sum, head)| *sum = sum.plus(head));
    }

    /// The sums, with a few more behind them.
    pub fn sums(&self) -> &[T] {
        &self.sums
    }

    /// One number of the sums from `at` on.
    #[inline(always)]
    pub fn lanes(&self, at: usize, number: impl Fn(&T) -> f64) -> Lanes {
        Lanes::of(&self.sums[at..], number)
    }
}
