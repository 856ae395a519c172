//! Rows of one security, cleaned: what its return was, and which published capitalisation can be believed.
//!
//! Every rule looks backwards only, and no further than [`CAP_MEMORY`] sessions, so that a cut that starts later cleans the same rows
//! in the same way.

use crate::observations::Observations;

/// A jump in the number of shares that a capitalisation implies, by more than this ratio in one session, casts doubt on what follows.
pub const SHARE_JUMP: f64 = 1.4;

/// Sessions over which the usual number of shares is judged, and for which a jump casts doubt. A new number that stands for half of
/// them becomes the usual one.
pub const CAP_MEMORY: usize = 252;

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

/// One row, cleaned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Position on the axis of sessions.
    pub t: usize,
    /// Close as traded, in dollars.
    pub close: f64,
    /// Return since the row before, a decimal; NaN where absurd or not published.
    pub ret: f64,
    /// The return that was left out as absurd, else NaN.
    pub absurd: f64,
    /// Chained returns, 1 at the first row.
    pub level: f64,
    /// Capitalisation in dollars: as published where it can be believed, else the usual number of shares at this level; NaN where none
    /// is published.
    pub cap: f64,
    /// The published capitalisation that was not believed, else NaN.
    pub doubted: f64,
}

/// The columns of bars that cleaning reads.
pub struct Columns<'a> {
    close: &'a [f64],
    adj: &'a [f64],
    ret: &'a [f64],
    cap: &'a [f64],
}

impl<'a> Columns<'a> {
    /// Of a scan of bars.
    pub fn of(bars: &'a Observations) -> Columns<'a> {
        Columns { close: bars.f64("close"), adj: bars.f64("adj_close"), ret: bars.f64("ret"), cap: bars.f64("cap") }
    }

    /// Cleans the rows `order` of one security, ascending in time, into `out`.
    pub fn clean(&self, order: impl Iterator<Item = usize>, axis: &[u32], out: &mut Vec<Row>) {
        out.clear();
        let mut last: Option<usize> = None;
        for i in order {
            let t = axis[i] as usize;
            let published = self.cap[i];
            let (mut ret, mut absurd) = (f64::NAN, f64::NAN);
            match (last, out.last()) {
                (Some(j), Some(before)) => {
                    let growth = published / self.cap[j];
                    let growth = (growth.is_finite() && growth > 0.0).then_some(growth);
                    match self.move_since(j, i, t - before.t) {
                        Some(r) if absurd_move(r, growth) => absurd = r,
                        Some(r) => ret = r,
                        None => {}
                    }
                }
                _ => {
                    let r = self.ret[i];
                    ret = if r.is_finite() && r.abs() < 0.5 { r } else { 0.0 };
                }
            }
            let level = match out.last() {
                Some(before) if ret.is_finite() => before.level * (1.0 + ret),
                Some(before) => before.level,
                None => 1.0,
            };
            let close = if self.close[i].is_finite() { self.close[i] } else { self.adj[i] };
            out.push(Row { t, close, ret, absurd, level, cap: published, doubted: f64::NAN });
            last = Some(i);
        }
        doubt_caps(out);
    }

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

/// Replaces capitalisations that imply an unusual number of shares after a jump in it.
fn doubt_caps(rows: &mut [Row]) {
    let limit = SHARE_JUMP.ln();
    // Nearly every row is near the one before it: no logarithm is taken where no jump can be.
    let mut before = f64::NAN;
    let suspicious = rows.iter().map(|r| r.cap / r.level).filter(|s| *s > 0.0 && s.is_finite()).any(|shares| {
        let near = shares < before * (SHARE_JUMP - 0.01) && before < shares * (SHARE_JUMP - 0.01);
        let first = before.is_nan();
        before = shares;
        !near && !first
    });
    if !suspicious {
        return;
    }
    // Shares at the price level of the first row: constant but for issues and buy-backs.
    let shares: Vec<f64> = rows.iter().map(|r| (r.cap / r.level).ln()).collect();
    let mut before = f64::NAN;
    let mut jumps: Vec<usize> = Vec::new();
    for (i, s) in shares.iter().enumerate().filter(|(_, s)| s.is_finite()) {
        if (s - before).abs() > limit {
            jumps.push(i);
        }
        before = *s;
    }
    if jumps.is_empty() {
        return;
    }
    // The numbers of shares of the rows from `first` to the one judged, in order of size.
    let mut usual: Vec<f64> = Vec::with_capacity(CAP_MEMORY + 1);
    let mut first = rows.partition_point(|r| r.t + CAP_MEMORY <= rows[jumps[0]].t);
    let place = |usual: &[f64], s: f64| usual.partition_point(|u| u.total_cmp(&s).is_lt());
    for s in shares[first..jumps[0]].iter().filter(|s| s.is_finite()) {
        usual.insert(place(&usual, *s), *s);
    }
    let mut jump = 0;
    for i in jumps[0]..rows.len() {
        let t = rows[i].t;
        while jump + 1 < jumps.len() && jumps[jump + 1] <= i {
            jump += 1;
        }
        while rows[first].t + CAP_MEMORY <= t {
            if shares[first].is_finite() {
                usual.remove(place(&usual, shares[first]));
            }
            first += 1;
        }
        if !shares[i].is_finite() {
            continue;
        }
        usual.insert(place(&usual, shares[i]), shares[i]);
        if rows[jumps[jump]].t + CAP_MEMORY <= t {
            continue;
        }
        let median = usual[usual.len() / 2];
        if (shares[i] - median).abs() > limit {
            rows[i].doubted = rows[i].cap;
            rows[i].cap = median.exp() * rows[i].level;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(caps: &[f64]) -> Vec<Row> {
        let row = |(t, cap): (usize, &f64)| Row {
            t,
            close: 10.0,
            ret: 0.0,
            absurd: f64::NAN,
            level: 1.0,
            cap: *cap,
            doubted: f64::NAN,
        };
        caps.iter().enumerate().map(row).collect()
    }

    #[test]
    fn a_capitalisation_a_thousand_times_too_large_is_not_believed() {
        let mut caps = vec![12.2e9; 300];
        caps[200] = 12.2e12;
        caps[201] = 12.3e12;
        let mut found = rows(&caps);
        doubt_caps(&mut found);
        for i in [200, 201] {
            assert_eq!(found[i].doubted, caps[i]);
            assert!((found[i].cap / 12.2e9 - 1.0).abs() < 1e-9, "{}", found[i].cap);
        }
        assert!(found[199].doubted.is_nan() && found[202].doubted.is_nan() && found[202].cap == 12.2e9);
    }

    #[test]
    fn a_new_number_of_shares_becomes_usual_after_half_a_year() {
        let caps: Vec<f64> = (0..400).map(|i| if i < 150 { 1e9 } else { 2e9 }).collect();
        let mut found = rows(&caps);
        doubt_caps(&mut found);
        assert!(!found[150].doubted.is_nan() && (found[150].cap / 1e9 - 1.0).abs() < 1e-9);
        let accepted = (150..400).find(|i| found[*i].doubted.is_nan()).unwrap();
        assert!((270..290).contains(&accepted), "{accepted}");
        assert!(found[accepted..].iter().all(|r| r.doubted.is_nan() && r.cap == 2e9));
        // A merger that adds a third is believed at once.
        let mut merger = rows(&[vec![1e9; 100], vec![1.35e9; 100]].concat());
        doubt_caps(&mut merger);
        assert!(merger.iter().all(|r| r.doubted.is_nan()));
    }

    #[test]
    fn doubt_does_not_depend_on_where_the_rows_start() {
        let caps: Vec<f64> = (0..900).map(|i| if (300..420).contains(&i) { 3e9 } else { 1e9 + i as f64 * 1e5 }).collect();
        let mut whole = rows(&caps);
        doubt_caps(&mut whole);
        for start in [60, 100, 350] {
            let mut part = rows(&caps[start..]);
            doubt_caps(&mut part);
            for i in start + CAP_MEMORY + 1..900 {
                assert_eq!(whole[i].cap.to_bits(), part[i - start].cap.to_bits(), "start {start}, row {i}");
            }
        }
    }
}
