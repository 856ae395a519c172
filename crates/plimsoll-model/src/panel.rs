//! The panel: prices of securities on the axis of sessions, cleaned by stated rules that look only backwards.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::clean::{Columns, Row};
use crate::identity::{ABSENT, Lineage};
use crate::matrix::Matrix;
use crate::observations::Observations;
use crate::time::Day;

/// Capitalisation is carried over at most this many sessions, moved with the price.
pub const CAP_CARRIED: usize = 63;

/// What a security is called and classified as.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    /// Name.
    pub name: String,
    /// Listing exchange, lower case.
    pub exchange: String,
    /// Sector.
    pub sector: String,
    /// Industry.
    pub industry: String,
    /// Country.
    pub country: String,
}

/// One security of the panel.
#[derive(Clone, Debug)]
pub struct Security {
    /// Its present symbol, as of the cut.
    pub symbol: String,
    /// Earlier symbols, each with the last axis position at which it was carried.
    pub former: Vec<(String, usize)>,
    /// Securities with the same number are classes of one issuer.
    pub issuer: u32,
    /// What it is called and classified as.
    pub description: Description,
    /// First axis position with a row in the window read.
    pub first: usize,
}

/// Securities by sessions. A cell is NaN where the security has no row; see each field.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// The securities, ordered by symbol, then by first session.
    pub securities: Vec<Security>,
    /// Close as traded, in dollars; NaN where there is no row: the mask of what traded.
    pub close: Matrix,
    /// Price return since the last row, as a decimal; NaN where there is no row or the move is absurd.
    pub ret: Matrix,
    /// Chained returns, 1 at the first row; carried over at most [`ABSENT`] sessions without a row.
    pub level: Matrix,
    /// Capitalisation in dollars as published for this class where it can be believed (see [`crate::clean`]); carried over at most [`CAP_CARRIED`] sessions, moved with the level.
    pub cap: Matrix,
    /// Cells whose published return was absurd: security, axis position, return.
    pub absurd: Vec<(usize, usize, f64)>,
    /// Cells whose published capitalisation was not believed: security, axis position, what was published.
    pub doubted: Vec<(usize, usize, f64)>,
}

/// Rows of bars beside their positions on the axis.
pub struct Rows<'a> {
    /// The scan.
    pub bars: &'a Observations,
    /// Axis position of each row.
    pub axis: &'a [u32],
}

impl Panel {
    /// Lays the rows of the given lineages out on an axis of `sessions` positions.
    pub fn lay_out(
        rows: &Rows<'_>,
        lineages: &[Lineage],
        sessions: usize,
        descriptions: &BTreeMap<String, Description>,
        issuers: &[u32],
    ) -> Panel {
        let n = lineages.len();
        let nan = || Matrix::filled(n, sessions, f64::NAN);
        let mut panel = Panel {
            securities: Vec::with_capacity(n),
            close: nan(),
            ret: nan(),
            level: nan(),
            cap: nan(),
            absurd: Vec::new(),
            doubted: Vec::new(),
        };
        for (s, lineage) in lineages.iter().enumerate() {
            let last = lineage.spells.last().expect("a lineage has a spell");
            let former = lineage.spells[..lineage.spells.len() - 1].iter().map(|p| (p.symbol.clone(), p.last)).collect();
            panel.securities.push(Security {
                symbol: last.symbol.clone(),
                former,
                issuer: issuers[s],
                description: descriptions.get(&last.symbol).cloned().unwrap_or_default(),
                first: lineage.spells[0].first,
            });
        }
        if sessions == 0 {
            return panel;
        }
        // Securities are independent of each other: they are shared among threads and put together in their order.
        let columns = Columns::of(rows.bars);
        let (close, ret) = (panel.close.data_mut().par_chunks_mut(sessions), panel.ret.data_mut().par_chunks_mut(sessions));
        let (level, cap) = (panel.level.data_mut().par_chunks_mut(sessions), panel.cap.data_mut().par_chunks_mut(sessions));
        let left_out: Vec<LeftOut> = (lineages, close, ret, level, cap)
            .into_par_iter()
            .map_init(Vec::new, |cleaned, (lineage, close, ret, level, cap)| {
                columns.clean(lineage.spells.iter().flat_map(|p| p.rows.clone()), rows.axis, cleaned);
                lay_out_one(cleaned, Cells { close, ret, level, cap })
            })
            .collect();
        for (s, out) in left_out.into_iter().enumerate() {
            panel.absurd.extend(out.absurd.into_iter().map(|(t, x)| (s, t, x)));
            panel.doubted.extend(out.doubted.into_iter().map(|(t, x)| (s, t, x)));
        }
        panel
    }
}

/// The cells of one security.
struct Cells<'a> {
    close: &'a mut [f64],
    ret: &'a mut [f64],
    level: &'a mut [f64],
    cap: &'a mut [f64],
}

/// What was published for one security and not used: axis position, value.
#[derive(Default)]
struct LeftOut {
    absurd: Vec<(usize, f64)>,
    doubted: Vec<(usize, f64)>,
}

fn lay_out_one(rows: &[Row], cells: Cells<'_>) -> LeftOut {
    let Cells { close, ret, level, cap } = cells;
    let mut left_out = LeftOut::default();
    // The last known capitalisation: axis position, value, level there.
    let mut known: Option<(usize, f64, f64)> = None;
    for (k, row) in rows.iter().enumerate() {
        let t = row.t;
        close[t] = row.close;
        ret[t] = row.ret;
        cap[t] = row.cap;
        if row.absurd.is_finite() {
            left_out.absurd.push((t, row.absurd));
        }
        if row.doubted.is_finite() {
            left_out.doubted.push((t, row.doubted));
        }
        if row.cap.is_finite() {
            known = Some((t, row.cap, row.level));
        }
        let next = rows.get(k + 1).map_or(close.len(), |r| r.t);
        level[t] = row.level;
        carry(&mut level[t..next], row.level, ABSENT);
        carry_cap(&mut cap[t..next], known, t, row.level);
    }
    left_out
}

/// Fills positions after the first of `cells` with `value`, at most `limit` of them.
fn carry(cells: &mut [f64], value: f64, limit: usize) {
    for cell in cells.iter_mut().skip(1).take(limit) {
        *cell = value;
    }
}

/// Fills empty cells (the first stands at axis position `from`) with the last capitalisation moved to the present level.
fn carry_cap(cells: &mut [f64], last: Option<(usize, f64, f64)>, from: usize, level: f64) {
    let Some((at, cap, then)) = last else { return };
    for (k, cell) in cells.iter_mut().enumerate() {
        if cell.is_nan() && from + k - at <= CAP_CARRIED {
            *cell = cap * level / then;
        }
    }
}

/// First axis position on or after a day.
pub fn position(sessions: &[Day], day: Day) -> usize {
    sessions.partition_point(|s| *s < day)
}
