//! How far each member stands below its high.

use std::sync::Arc;

use plimsoll_model::matrix::Matrix;

use crate::kernels::constituents::Constituents;
use crate::kernels::rolling::{self, Scratch};
use crate::kernels::stretches;

/// Level beside the highest level of the past `n` sessions (or since the first row, where that is later), minus 1; one row for each
/// row of the universe, NaN where there is no level.
pub fn drawdowns(c: &Constituents<'_>, n: usize) -> Arc<Matrix> {
    c.cut.memo(&c.key("drawdowns", n), || {
        stretches::by_row(c.rows().len(), c.sessions(), |row, out, scratch: &mut Scratch| {
            let level = c.cut.panel.level.row(c.rows()[row]);
            rolling::max(level, n, scratch, out);
            out.iter_mut().zip(level).for_each(|(high, level)| *high = level / *high - 1.0);
        })
    })
}

/// The median; of an even number of values, the mean of the middle two. Reorders the values.
pub fn median(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let middle = *middle;
    let lower = if even { below.iter().copied().fold(f64::NEG_INFINITY, f64::max) } else { middle };
    Some((lower + middle) / 2.0)
}

/// Median drawdown of the members and how many had one, by session.
pub fn medians(c: &Constituents<'_>, n: usize) -> Arc<Vec<(Option<f64>, u32)>> {
    c.cut.memo(&c.key("median_drawdown", n), || {
        c.cross_sections(&drawdowns(c, n), |_, values| (median(values), values.len() as u32))
    })
}
