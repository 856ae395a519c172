//! Counts of members: above their average, at highs and lows, advancing and declining.

use std::sync::Arc;

use crate::kernels::constituents::Constituents;
use crate::kernels::rolling::{self, Scratch};
use crate::kernels::{TIE, stretches};

/// Members above their own average of the past `n` closes, and members with that many: `[above, counted]`, by session.
pub fn above_average(c: &Constituents<'_>, n: usize) -> Arc<Vec<[u32; 2]>> {
    c.cut.memo(&c.key("above_average", n), || {
        stretches::counts(c.rows().len(), c.sessions(), |row, counts, own: &mut (Scratch, Vec<f64>)| {
            let (i, (scratch, mean)) = (c.rows()[row], own);
            let (level, member) = (c.cut.panel.level.row(i), c.universe.row(i));
            mean.resize(level.len(), 0.0);
            rolling::sum(level, n, scratch, mean);
            for (t, count) in counts.iter_mut().enumerate() {
                if member[t] != 0 && mean[t].is_finite() {
                    count[0] += u32::from(level[t] > mean[t] / n as f64 * (1.0 + TIE));
                    count[1] += 1;
                }
            }
        })
    })
}

/// Members whose close is above the highest, or below the lowest, of the `n - 1` closes before it, and members with that many:
/// `[highs, lows, counted]`, by session.
pub fn highs_and_lows(c: &Constituents<'_>, n: usize) -> Arc<Vec<[u32; 3]>> {
    c.cut.memo(&c.key("highs_and_lows", n), || {
        stretches::counts(c.rows().len(), c.sessions(), |row, counts, own: &mut (Scratch, Vec<f64>, Vec<f64>)| {
            let (i, (scratch, high, low)) = (c.rows()[row], own);
            let (level, member) = (c.cut.panel.level.row(i), c.universe.row(i));
            high.resize(level.len(), 0.0);
            low.resize(level.len(), 0.0);
            rolling::max(level, n - 1, scratch, high);
            rolling::min(level, n - 1, scratch, low);
            for t in n - 1..level.len() {
                // A member with fewer closes than that has no high to break.
                if member[t] != 0 && level[t + 1 - n].is_finite() {
                    counts[t][0] += u32::from(level[t] > high[t - 1] * (1.0 + TIE));
                    counts[t][1] += u32::from(level[t] < low[t - 1] * (1.0 - TIE));
                    counts[t][2] += 1;
                }
            }
        })
    })
}

/// Members that rose, fell, and had a return: `[advances, declines, counted]`, by session.
pub fn advances(c: &Constituents<'_>) -> Arc<Vec<[u32; 3]>> {
    c.cut.memo(&c.key("advances", ""), || {
        stretches::counts(c.rows().len(), c.sessions(), |row, counts, (): &mut ()| {
            let i = c.rows()[row];
            let (returns, member) = (c.cut.panel.ret.row(i), c.universe.row(i));
            for (t, count) in counts.iter_mut().enumerate() {
                if member[t] != 0 && returns[t].is_finite() {
                    count[0] += u32::from(returns[t] > TIE);
                    count[1] += u32::from(returns[t] < -TIE);
                    count[2] += 1;
                }
            }
        })
    })
}
