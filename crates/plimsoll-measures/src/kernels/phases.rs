//! Bull and bear phases: turning points with the observation at which each could first be known.

/// A turning point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The observation at which the level turned.
    pub at: usize,
    /// A peak, or else a trough.
    pub peak: bool,
    /// The observation by which that was certain.
    pub confirmed: usize,
}

/// Turning points by a filter: a peak is confirmed by a fall of at least `fall` from it, a trough by a rise of at least `rise`. Each
/// uses only observations up to its confirmation. Of equal extremes the first counts, as in published lists of dates. Until the first confirmation both directions
/// are open.
pub fn filter(level: &[f64], rise: f64, fall: f64) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let (mut high, mut low) = (0, 0);
    for i in 0..level.len() {
        if level[i] > level[high] {
            high = i;
        }
        if level[i] < level[low] {
            low = i;
        }
        let bull = turns.last().map(|t| !t.peak);
        if bull != Some(false) && level[i] <= level[high] * (1.0 - fall) {
            turns.push(Turn { at: high, peak: true, confirmed: i });
            low = i;
        } else if bull != Some(true) && level[i] >= level[low] * (1.0 + rise) {
            turns.push(Turn { at: low, peak: false, confirmed: i });
            high = i;
        }
    }
    turns
}

/// The rules of Pagan and Sossounov (2003), Appendix B, on monthly levels; the defaults are theirs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaganSossounov {
    /// Months on either side within which a turn is the extreme.
    pub window: usize,
    /// Months at either end without turns.
    pub censor: usize,
    /// The least length of a phase.
    pub phase: usize,
    /// The least length of a cycle, peak to peak or trough to trough.
    pub cycle: usize,
    /// A move of at least this much makes a phase of any length.
    pub large: f64,
}

impl Default for PaganSossounov {
    fn default() -> PaganSossounov {
        PaganSossounov { window: 8, censor: 6, phase: 4, cycle: 16, large: 0.20 }
    }
}

impl PaganSossounov {
    /// Turning points within `level` (one value a month), seen from its end: (month, peak or else trough), in order.
    pub fn turns(&self, level: &[f64]) -> Vec<(usize, bool)> {
        let mut turns = self.extremes(level);
        alternate(&mut turns, level);
        turns.retain(|t| t.0 >= self.censor && t.0 + self.censor < level.len());
        self.trim(&mut turns, level);
        while self.drop_short_cycle(&mut turns, level) || self.drop_short_phase(&mut turns, level) {
            alternate(&mut turns, level);
        }
        self.trim(&mut turns, level);
        turns
    }

    /// Extremes of a whole window on either side; of equal ones the first.
    fn extremes(&self, level: &[f64]) -> Vec<(usize, bool)> {
        let w = self.window;
        let mut out = Vec::new();
        for i in w..level.len().saturating_sub(w) {
            let (before, after) = (&level[i - w..i], &level[i + 1..=i + w]);
            if before.iter().all(|v| *v < level[i]) && after.iter().all(|v| *v <= level[i]) {
                out.push((i, true));
            } else if before.iter().all(|v| *v > level[i]) && after.iter().all(|v| *v >= level[i]) {
                out.push((i, false));
            }
        }
        out
    }

    /// Drops first and last turns that levels nearer to the end of the sample surpass.
    fn trim(&self, turns: &mut Vec<(usize, bool)>, level: &[f64]) {
        let surpassed =
            |(at, peak): (usize, bool), rest: &[f64]| rest.iter().any(|v| if peak { *v > level[at] } else { *v < level[at] });
        while turns.last().is_some_and(|t| surpassed(*t, &level[t.0 + 1..])) {
            turns.pop();
        }
        while turns.first().is_some_and(|t| surpassed(*t, &level[..t.0])) {
            turns.remove(0);
        }
    }

    /// Of the first cycle that is too short, drops the lower of its peaks or the higher of its troughs.
    fn drop_short_cycle(&self, turns: &mut Vec<(usize, bool)>, level: &[f64]) -> bool {
        let Some(k) = (2..turns.len()).find(|&k| turns[k].0 - turns[k - 2].0 < self.cycle) else { return false };
        let ((a, peak), (b, _)) = (turns[k - 2], turns[k]);
        let first_is_less = if peak { level[a] < level[b] } else { level[a] > level[b] };
        turns.remove(if first_is_less { k - 2 } else { k });
        true
    }

    /// Drops both turns of the first phase that is too short and too small.
    fn drop_short_phase(&self, turns: &mut Vec<(usize, bool)>, level: &[f64]) -> bool {
        let short = |k: &usize| {
            let (a, b) = (turns[*k - 1].0, turns[*k].0);
            b - a < self.phase && (level[b] / level[a] - 1.0).abs() < self.large
        };
        let Some(k) = (1..turns.len()).find(short) else { return false };
        turns.drain(k - 1..=k);
        true
    }
}

/// Of neighbouring peaks keeps the highest, of neighbouring troughs the lowest, of equals the first.
fn alternate(turns: &mut Vec<(usize, bool)>, level: &[f64]) {
    let mut out: Vec<(usize, bool)> = Vec::with_capacity(turns.len());
    for &(at, peak) in turns.iter() {
        match out.last_mut() {
            Some(last) if last.1 == peak => {
                let beyond = if peak { level[at] > level[last.0] } else { level[at] < level[last.0] };
                if beyond {
                    *last = (at, peak);
                }
            }
            _ => out.push((at, peak)),
        }
    }
    *turns = out;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_dates_turns_and_their_confirmation() {
        let level = [100.0, 110.0, 90.0, 88.0, 80.0, 95.0, 96.0, 130.0, 120.0, 103.0];
        let turns = filter(&level, 0.20, 0.20);
        assert_eq!(
            turns,
            [
                Turn { at: 1, peak: true, confirmed: 3 },  // 88 = 110 x 0.8
                Turn { at: 4, peak: false, confirmed: 6 }, // 96 = 80 x 1.2
                Turn { at: 7, peak: true, confirmed: 9 },  // 103 <= 104
            ]
        );
        // A slower filter for falls than for rises, and the prefix gives the same turns.
        assert_eq!(filter(&level, 0.20, 0.25)[0], Turn { at: 1, peak: true, confirmed: 4 });
        for n in 1..=level.len() {
            let known: Vec<Turn> = turns.iter().copied().filter(|t| t.confirmed < n).collect();
            assert_eq!(filter(&level[..n], 0.20, 0.20), known);
        }
        assert!(filter(&[100.0, 119.0, 97.0], 0.20, 0.20).is_empty());
        // The first phase may be a rise, and the first of equal extremes counts.
        let both = [Turn { at: 0, peak: true, confirmed: 1 }, Turn { at: 1, peak: false, confirmed: 3 }];
        assert_eq!(filter(&[50.0, 40.0, 40.0, 48.0], 0.20, 0.20), both);
        assert_eq!(filter(&[40.0, 50.0], 0.20, 0.20), [Turn { at: 0, peak: false, confirmed: 1 }]);
    }

    /// Straight lines through corners, in steps of one month.
    fn line(corners: &[(usize, f64)]) -> Vec<f64> {
        let mut out = Vec::new();
        for pair in corners.windows(2) {
            let ((a, x), (b, y)) = (pair[0], pair[1]);
            out.extend((a..b).map(|i| x + (y - x) * (i - a) as f64 / (b - a) as f64));
        }
        out.push(corners.last().unwrap().1);
        out
    }

    #[test]
    fn pagan_and_sossounov_find_corners() {
        let level = line(&[(0, 100.0), (20, 200.0), (32, 150.0), (60, 300.0), (75, 200.0), (95, 260.0)]);
        let rules = PaganSossounov::default();
        assert_eq!(rules.turns(&level), [(20, true), (32, false), (60, true), (75, false)]);
        // A turn is known eight months later, not before.
        assert_eq!(rules.turns(&level[..68]).len(), 2);
        assert_eq!(rules.turns(&level[..69]).len(), 3);
    }

    #[test]
    fn a_short_cycle_goes_unless_it_is_a_long_one() {
        // Peaks 12 months apart: the lower peak goes, and the higher of the two troughs that then meet.
        let level = line(&[(0, 100.0), (20, 200.0), (24, 185.0), (32, 210.0), (50, 120.0), (80, 250.0)]);
        assert_eq!(PaganSossounov { window: 3, ..PaganSossounov::default() }.turns(&level), [(32, true), (50, false)]);
    }

    #[test]
    fn a_short_phase_counts_where_it_is_a_crash() {
        // A fall of three months: 10 % is no phase, 25 % is one.
        let fall = |low: f64| line(&[(0, 100.0), (40, 200.0), (43, low), (90, 320.0)]);
        assert_eq!(PaganSossounov::default().turns(&fall(180.0)), []);
        assert_eq!(PaganSossounov::default().turns(&fall(150.0)), [(40, true), (43, false)]);
    }
}
