//! The average pairwise correlation at the cost of one variance.

use std::sync::Arc;

use plimsoll_model::matrix::Matrix;

use crate::kernels::constituents::Constituents;
use crate::kernels::rolling::{self, Scratch};
use crate::kernels::{least_known, stretches};

#[derive(Default)]
struct Own {
    scratch: Scratch,
    terms: Vec<f64>,
    sums: [Vec<f64>; 3],
}

/// Average pairwise correlation of the members' daily returns over the `n` sessions that end at each position, and how many members
/// counted (fewer than two: NaN).
///
/// With returns z standardised over the window to mean 0 and mean square 1, the mean over members has the mean square
/// V = (1 + (N - 1) rho) / N, so that rho = (N V - 1) / (N - 1): N n operations instead of N squared n. A return that is not known
/// counts as the member's mean.
pub fn average_correlation(c: &Constituents<'_>, n: usize) -> Arc<Vec<(f64, u32)>> {
    c.cut.memo(&c.key("average_correlation", n), || {
        let scales = scales(c, n);
        // A whole stretch of sessions reads a member's returns while they are near.
        stretches::by_session(c.sessions(), |days, out: &mut [(f64, u32)]| {
            let mut sums = vec![0.0; days.len() * n];
            for (row, &i) in c.rows().iter().enumerate() {
                let (returns, scales) = (c.cut.panel.ret.row(i), scales.row(row));
                for (k, t) in days.clone().enumerate().filter(|(_, t)| *t + 1 >= n) {
                    // NaN scale: not a member, too few returns, or a price that never moved.
                    let (scale, window) = (scales[t], &returns[t + 1 - n..=t]);
                    if !scale.is_finite() {
                        continue;
                    }
                    out[k].1 += 1;
                    let sums = &mut sums[k * n..(k + 1) * n];
                    if scale > 0.0 {
                        sums.iter_mut().zip(window).for_each(|(sum, r)| *sum += r * scale);
                    } else {
                        // Some returns are not known: they count as the mean.
                        let (scale, mean) = (-scale, mean(window));
                        sums.iter_mut()
                            .zip(window)
                            .for_each(|(sum, r)| *sum += if r.is_finite() { r * scale } else { mean * scale });
                    }
                }
            }
            for (k, out) in out.iter_mut().enumerate() {
                let members = f64::from(out.1);
                let sums = &sums[k * n..(k + 1) * n];
                let mean = sums.iter().sum::<f64>() / n as f64;
                // The members' own means fall out with the mean over the window.
                let v = sums.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / n as f64 / (members * members);
                out.0 = if out.1 >= 2 { (members * v - 1.0) / (members - 1.0) } else { f64::NAN };
            }
        })
    })
}

fn mean(window: &[f64]) -> f64 {
    let (n, sum) = window.iter().filter(|r| r.is_finite()).fold((0.0, 0.0), |(n, sum), r| (n + 1.0, sum + r));
    sum / n
}

/// 1 over the deviation of each member's returns over the window, unknown ones at the mean; negative where some are unknown, NaN where
/// the member does not count.
fn scales(c: &Constituents<'_>, n: usize) -> Matrix {
    let least = least_known(n) as f64;
    stretches::by_row(c.rows().len(), c.sessions(), |row, out, own: &mut Own| {
        let i = c.rows()[row];
        let (r, member) = (c.cut.panel.ret.row(i), c.universe.row(i));
        let terms: [fn(f64) -> f64; 3] = [|_| 1.0, |r| r, |r| r * r];
        for (term, sums) in terms.iter().zip(&mut own.sums) {
            own.terms.clear();
            own.terms.extend(r.iter().map(|&r| if r.is_finite() { term(r) } else { 0.0 }));
            sums.resize(r.len(), 0.0);
            rolling::sum(&own.terms, n, &mut own.scratch, sums);
        }
        let [count, sum, squares] = &own.sums;
        for t in (n - 1..r.len()).filter(|t| member[*t] != 0 && count[*t] >= least) {
            let variance = (squares[t] - sum[t] * sum[t] / count[t]) / n as f64;
            // Below a hundredth of a basis point a day nothing moved.
            if variance > 1e-12 {
                let scale = 1.0 / variance.sqrt();
                out[t] = if count[t] == n as f64 { scale } else { -scale };
            }
        }
    })
}
