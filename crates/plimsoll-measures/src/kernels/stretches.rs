//! Sharing work among threads without changing a bit: sessions in stretches of one length, whole rows in groups of one size.

use std::ops::Range;

use plimsoll_model::matrix::Matrix;
use rayon::prelude::*;

/// Sessions a task takes: eight cache lines of a row.
const STRETCH: usize = 64;
/// Rows a task takes.
const GROUP: usize = 32;

/// One value a session: `fill` gets a range of sessions and their cells, and sums over securities in the panel's order.
pub fn by_session<T: Clone + Default + Send>(sessions: usize, fill: impl Fn(Range<usize>, &mut [T]) + Sync) -> Vec<T> {
    let mut out = vec![T::default(); sessions];
    out.par_chunks_mut(STRETCH).enumerate().for_each(|(k, cells)| fill(k * STRETCH..k * STRETCH + cells.len(), cells));
    out
}

/// A matrix filled row by row: `fill` gets the row's number, its cells and a buffer of the task's own.
pub fn by_row<S: Default>(rows: usize, sessions: usize, fill: impl Fn(usize, &mut [f64], &mut S) + Sync) -> Matrix {
    let mut out = Matrix::filled(rows, sessions, f64::NAN);
    if sessions > 0 {
        out.data_mut().par_chunks_mut(GROUP * sessions).enumerate().for_each(|(k, cells)| {
            let mut own = S::default();
            cells.chunks_mut(sessions).enumerate().for_each(|(i, row)| fill(k * GROUP + i, row, &mut own));
        });
    }
    out
}

/// Counts a session, summed over rows; whole numbers, so that their order does not matter. `count` gets the row's number and the
/// counts so far of its task.
pub fn counts<const K: usize, S: Default>(
    rows: usize,
    sessions: usize,
    count: impl Fn(usize, &mut [[u32; K]], &mut S) + Sync,
) -> Vec<[u32; K]> {
    let tasks = rows.div_ceil(GROUP);
    let empty = || vec![[0u32; K]; sessions];
    (0..tasks)
        .into_par_iter()
        .fold(empty, |mut so_far, k| {
            let mut own = S::default();
            (k * GROUP..((k + 1) * GROUP).min(rows)).for_each(|i| count(i, &mut so_far, &mut own));
            so_far
        })
        .reduce(empty, |mut a, b| {
            a.iter_mut().zip(&b).for_each(|(x, y)| x.iter_mut().zip(y).for_each(|(x, y)| *x += y));
            a
        })
}
