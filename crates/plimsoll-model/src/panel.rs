//! The panel: prices of securities on the axis of sessions, cleaned by stated rules that look only backwards.

use std::collections::BTreeMap;

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
    /// Capitalisation in dollars as published for this class; carried over at most [`CAP_CARRIED`] sessions, moved with the level.
    pub cap: Matrix,
    /// Cells whose published return was absurd: security, axis position, return.
    pub absurd: Vec<(usize, usize, f64)>,
}

/// Whether a published return is impossible beside the change in capitalisation: reverse splits that were not adjusted, units that
/// were mistaken. `cap_growth` is the ratio of capitalisations where both are known.
pub fn absurd_move(ret: f64, cap_growth: Option<f64>) -> bool {
    if ret <= -1.0 {
        return true;
    }
    let move_ = ret.ln_1p();
    match cap_growth {
        Some(growth) => {
            let growth = growth.ln();
            // Nearly doubled or halved while the company's value stood still, or an enormous rise that its value shows only in part.
            (move_.abs() > 1.8_f64.ln() && growth.abs() < 1.25_f64.ln())
                || (move_ > 4_f64.ln() && growth < 2_f64.ln())
                || (move_.abs() > 1.5_f64.ln() && growth * move_ < 0.0 && growth.abs() > 1.25_f64.ln())
        }
        None => move_.abs() > 4_f64.ln(),
    }
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
        let mut panel =
            Panel { securities: Vec::with_capacity(n), close: nan(), ret: nan(), level: nan(), cap: nan(), absurd: Vec::new() };
        let columns = Columns {
            close: rows.bars.f64("close"),
            adj: rows.bars.f64("adj_close"),
            ret: rows.bars.f64("ret"),
            cap: rows.bars.f64("cap"),
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
            let order: Vec<usize> = lineage.spells.iter().flat_map(|p| p.rows.clone()).collect();
            panel.lay_out_one(s, &order, rows.axis, &columns);
        }
        panel
    }

    fn lay_out_one(&mut self, s: usize, order: &[usize], axis: &[u32], columns: &Columns<'_>) {
        let (close, ret, level, cap) = (self.close.row_mut(s), self.ret.row_mut(s), self.level.row_mut(s), self.cap.row_mut(s));
        let sessions = close.len();
        // The last row and the last published capitalisation: (axis position, value, level there).
        let mut last: Option<(usize, usize)> = None;
        let mut last_cap: Option<(usize, f64, f64)> = None;
        let mut value = 1.0;
        for &i in order {
            let t = axis[i] as usize;
            let price = if columns.close[i].is_finite() { columns.close[i] } else { columns.adj[i] };
            close[t] = price;
            let published = columns.cap[i];
            let growth = match (last, last_cap) {
                (Some((before, _)), Some((at, c, _))) if at == before && published.is_finite() => Some(published / c),
                _ => None,
            };
            ret[t] = match last {
                None => {
                    let r = columns.ret[i];
                    if r.is_finite() && r.abs() < 0.5 { r } else { 0.0 }
                }
                Some((before, j)) => match columns.move_since(j, i, t - before) {
                    Some(r) if absurd_move(r, growth) => {
                        self.absurd.push((s, t, r));
                        f64::NAN
                    }
                    Some(r) => r,
                    None => f64::NAN,
                },
            };
            if let Some((before, _)) = last {
                carry(&mut level[before..t], value, ABSENT);
                carry_cap(&mut cap[before..t], last_cap, before, value);
                if ret[t].is_finite() {
                    value *= 1.0 + ret[t];
                }
            }
            level[t] = value;
            if published.is_finite() {
                cap[t] = published;
                last_cap = Some((t, published, value));
            } else {
                carry_cap(&mut cap[t..=t], last_cap, t, value);
            }
            last = Some((t, i));
        }
        if let Some((before, _)) = last {
            let end = sessions;
            carry(&mut level[before..end], value, ABSENT);
            if before + 1 < end {
                carry_cap(&mut cap[before + 1..end], last_cap, before + 1, value);
            }
        }
    }
}

struct Columns<'a> {
    close: &'a [f64],
    adj: &'a [f64],
    ret: &'a [f64],
    cap: &'a [f64],
}

impl Columns<'_> {
    /// The return of row `i` since row `j`, `gap` sessions earlier.
    fn move_since(&self, j: usize, i: usize, gap: usize) -> Option<f64> {
        let published = self.ret[i];
        let raw = self.close[i] / self.close[j] - 1.0;
        let adjusted = self.adj[i] / self.adj[j] - 1.0;
        if adjusted.is_finite() && !published.is_finite() {
            return Some(adjusted);
        }
        if !published.is_finite() {
            return (raw.is_finite() && raw.abs() < 0.5).then_some(raw);
        }
        if gap > 1 {
            // Sessions are missing: closes bridge them unless a split lies between (then the missing part would be implausible).
            let missing = (1.0 + raw) / (1.0 + published);
            if missing.is_finite() && (0.6..1.7).contains(&missing) {
                return Some(raw);
            }
        }
        Some(published)
    }
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
