//! Falls from a peak.

use plimsoll_model::time::Day;

/// One fall from a peak to its trough and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawdown {
    /// The close of the peak.
    pub peak: Day,
    /// The close of the trough.
    pub trough: Day,
    /// The first close at or above the peak; `None` while under water.
    pub recovered: Option<Day>,
    /// Trough over peak less one.
    pub depth: f64,
    /// Days of the axis from the peak to the recovery, or to the end.
    pub sessions: usize,
}

/// Wealth over its peak so far, less one, at each day.
pub fn underwater(wealth: &[f64]) -> Vec<f64> {
    let mut peak = 1.0f64;
    let below = |w: &f64| {
        peak = peak.max(*w);
        w / peak - 1.0
    };
    wealth.iter().map(below).collect()
}

/// Every fall, the deepest first. Wealth starts from 1 at the first day, before costs.
pub fn drawdowns(days: &[Day], wealth: &[f64]) -> Vec<Drawdown> {
    let mut out = Vec::new();
    let (mut peak, mut at) = (1.0f64, 0usize);
    let mut open: Option<(usize, f64)> = None;
    let close = |open: (usize, f64), at: usize, end: usize, recovered: bool| Drawdown {
        peak: days[at],
        trough: days[open.0],
        recovered: recovered.then(|| days[end]),
        depth: open.1,
        sessions: end - at,
    };
    for (t, &w) in wealth.iter().enumerate() {
        if w >= peak {
            if let Some(fall) = open.take() {
                out.push(close(fall, at, t, true));
            }
            (peak, at) = (w, t);
        } else {
            let depth = w / peak - 1.0;
            if open.is_none_or(|(_, d)| depth < d) {
                open = Some((t, depth));
            }
        }
    }
    if let Some(fall) = open {
        out.push(close(fall, at, wealth.len() - 1, false));
    }
    out.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_troughs_and_recoveries() {
        let days: Vec<Day> = (0..8).map(Day).collect();
        let wealth = [1.0, 1.2, 0.9, 1.0, 1.2, 1.1, 1.3, 0.65];
        let all = drawdowns(&days, &wealth);
        assert_eq!(all.len(), 3);
        assert_eq!((all[0].peak, all[0].trough, all[0].recovered, all[0].sessions), (Day(6), Day(7), None, 1));
        assert!((all[0].depth + 0.5).abs() < 1e-15);
        assert_eq!((all[1].peak, all[1].trough, all[1].recovered, all[1].sessions), (Day(1), Day(2), Some(Day(4)), 3));
        let under = underwater(&wealth);
        assert_eq!(under.iter().copied().fold(0.0, f64::min), all[0].depth);
        assert_eq!((under[1], under[4]), (0.0, 0.0));
    }

    #[test]
    fn a_rise_without_a_fall_has_none() {
        assert!(drawdowns(&[Day(0), Day(1)], &[1.0, 1.1]).is_empty());
    }
}
