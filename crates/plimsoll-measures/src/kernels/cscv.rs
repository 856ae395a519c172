//! Probability of backtest overfitting, by combinatorially symmetric cross-validation.
//!
//! The record of every trial is cut into `S` blocks of time. For each way to choose half of the blocks, the trial with the best Sharpe
//! ratio on the chosen half is looked up on the other half: if choosing works, its rank there is high; if the choice was luck, the rank
//! is anywhere. Reference: Bailey, Borwein, Lopez de Prado and Zhu 2017 (The Probability of Backtest Overfitting, section 2.2).
//!
//! Sums of a block are made once; a combination is a path in a tree in which each step adds one block, so that a combination costs
//! about two additions a trial whatever the length of the record.

use rayon::prelude::*;

/// What cross-validation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Overfitting {
    /// Share of the combinations in which the trial chosen in sample ranks in the lower half out of sample: logit <= 0.
    pub probability: f64,
    /// Logit of the relative rank out of sample, ln(w / (1 - w)) with w = rank / (N + 1), one a combination.
    pub logits: Vec<f64>,
    /// Sharpe ratio per observation of the chosen trial: in sample, out of sample; one a combination.
    pub chosen: Vec<(f64, f64)>,
    /// Slope of the regression of the ratio out of sample on that in sample; `None` where the latter does not vary.
    pub slope: Option<f64>,
    /// Constant of that regression.
    pub constant: Option<f64>,
    /// Share of the combinations in which the chosen trial loses money out of sample (Sharpe ratio < 0).
    pub loss: f64,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CscvError {
    /// The number of blocks.
    #[error("expected an even number of blocks from 2 to 24, got {0}")]
    Blocks(usize),
    /// Too few trials.
    #[error("expected at least 2 trials, got {0}")]
    Trials(usize),
    /// Trials of different lengths.
    #[error("trial {trial}: expected {expected} returns as in the first, got {got}")]
    Length {
        /// Position of the trial.
        trial: usize,
        /// Length of the first.
        expected: usize,
        /// Its length.
        got: usize,
    },
    /// Too short.
    #[error("expected at least {expected} returns a trial (two a block), got {got}")]
    Short {
        /// Least length.
        expected: usize,
        /// Length.
        got: usize,
    },
    /// A return that is none.
    #[error("trial {trial}, return {at}: expected a finite number, got {got}")]
    NotFinite {
        /// Position of the trial.
        trial: usize,
        /// Position of the return.
        at: usize,
        /// What stands there.
        got: String,
    },
}

/// The customary number of blocks.
pub const BLOCKS: usize = 16;

/// Sums over some blocks: one entry a trial, deviations from the trial's mean over the whole record.
#[derive(Clone)]
struct Sums {
    n: usize,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Sums {
    fn zero(trials: usize) -> Sums {
        Sums { n: 0, first: vec![0.0; trials], second: vec![0.0; trials] }
    }
    fn set_to(&mut self, a: &Sums, b: &Sums) {
        self.n = a.n + b.n;
        for (out, (x, y)) in self.first.iter_mut().zip(a.first.iter().zip(&b.first)) {
            *out = x + y;
        }
        for (out, (x, y)) in self.second.iter_mut().zip(a.second.iter().zip(&b.second)) {
            *out = x + y;
        }
    }
}

struct Search<'a> {
    blocks: &'a [Sums],
    means: &'a [f64],
    /// Least sum of squares that is not rounding.
    floor: &'a [f64],
    half: usize,
}

/// One combination: logit, ratio in sample, ratio out of sample.
type Found = (f64, f64, f64);

impl Search<'_> {
    /// Visits every combination that extends the first `depth` sums of `path`; blocks from `next` on are free. `path[2 d]` holds what
    /// is chosen after d decisions, `path[2 d + 1]` what is not.
    fn visit(&self, path: &mut [(Sums, Sums)], at: usize, chosen: usize, out: &mut Vec<Found>) {
        let (count, half) = (self.blocks.len(), self.half);
        if at == count {
            out.push(self.evaluate(&path[at].0, &path[at].1));
            return;
        }
        let rest = count - at;
        if chosen < half {
            self.step(path, at, true);
            self.visit(path, at + 1, chosen + 1, out);
        }
        if chosen + rest > half {
            self.step(path, at, false);
            self.visit(path, at + 1, chosen, out);
        }
    }
    fn step(&self, path: &mut [(Sums, Sums)], at: usize, take: bool) {
        let (head, tail) = path.split_at_mut(at + 1);
        let (from, to) = (&head[at], &mut tail[0]);
        let block = &self.blocks[at];
        let (grown, grows, kept, keeps) =
            if take { (&from.0, &mut to.0, &from.1, &mut to.1) } else { (&from.1, &mut to.1, &from.0, &mut to.0) };
        grows.set_to(grown, block);
        keeps.n = kept.n;
        keeps.first.copy_from_slice(&kept.first);
        keeps.second.copy_from_slice(&kept.second);
    }
    fn ratio(&self, sums: &Sums, trial: usize) -> f64 {
        let n = sums.n as f64;
        let (first, second) = (sums.first[trial], sums.second[trial]);
        let squares = second - first * first / n;
        if squares <= self.floor[trial] {
            return 0.0;
        }
        (self.means[trial] + first / n) / (squares / (n - 1.0)).sqrt()
    }
    fn evaluate(&self, inside: &Sums, outside: &Sums) -> Found {
        let trials = self.means.len();
        let (mut best, mut best_ratio) = (0, f64::NEG_INFINITY);
        for trial in 0..trials {
            let ratio = self.ratio(inside, trial);
            if ratio > best_ratio {
                (best, best_ratio) = (trial, ratio);
            }
        }
        let mark = self.ratio(outside, best);
        let (mut below, mut equal) = (0u32, 0u32);
        for trial in 0..trials {
            let ratio = self.ratio(outside, trial);
            below += u32::from(ratio < mark);
            equal += u32::from(ratio == mark);
        }
        // Of equals the middle rank; the chosen one is among the equals.
        let rank = f64::from(below) + (f64::from(equal) + 1.0) / 2.0;
        let share = rank / (trials as f64 + 1.0);
        ((share / (1.0 - share)).ln(), best_ratio, mark)
    }
}

/// Cross-validates trials: one slice of returns each, all over the same periods, in `blocks` blocks of time (as equal as the length
/// allows). A trial that does not vary on a half has a Sharpe ratio of zero there. Of equal trials in sample the first is chosen.
///
/// # Errors
/// [`CscvError`] where the trials do not fit.
///
/// ```
/// use plimsoll_measures::kernels::cscv::overfitting;
/// // Two trials, one of which is better on every stretch: choosing it is no luck.
/// let good: Vec<f64> = (0..64).map(|i| 0.01 + 0.01 * f64::from(i % 3)).collect();
/// let bad: Vec<f64> = good.iter().map(|r| r - 0.02).collect();
/// assert_eq!(overfitting(&[&good, &bad], 8).unwrap().probability, 0.0);
/// ```
pub fn overfitting(trials: &[&[f64]], blocks: usize) -> Result<Overfitting, CscvError> {
    if !(2..=24).contains(&blocks) || blocks % 2 == 1 {
        return Err(CscvError::Blocks(blocks));
    }
    if trials.len() < 2 {
        return Err(CscvError::Trials(trials.len()));
    }
    let length = trials[0].len();
    for (trial, returns) in trials.iter().enumerate() {
        if returns.len() != length {
            return Err(CscvError::Length { trial, expected: length, got: returns.len() });
        }
        if let Some(at) = returns.iter().position(|r| !r.is_finite()) {
            return Err(CscvError::NotFinite { trial, at, got: returns[at].to_string() });
        }
    }
    if length < 2 * blocks {
        return Err(CscvError::Short { expected: 2 * blocks, got: length });
    }
    let means: Vec<f64> = trials.iter().map(|t| t.iter().sum::<f64>() / length as f64).collect();
    let floor: Vec<f64> =
        trials.iter().map(|t| length as f64 * (1e-12 * t.iter().fold(0.0f64, |a, r| a.max(r.abs()))).powi(2)).collect();
    let sums: Vec<Sums> = (0..blocks)
        .map(|b| {
            let rows = b * length / blocks..(b + 1) * length / blocks;
            let mut sums = Sums { n: rows.len(), ..Sums::zero(trials.len()) };
            for (k, t) in trials.iter().enumerate() {
                for r in &t[rows.clone()] {
                    let d = r - means[k];
                    sums.first[k] += d;
                    sums.second[k] += d * d;
                }
            }
            sums
        })
        .collect();
    let search = Search { blocks: &sums, means: &means, floor: &floor, half: blocks / 2 };
    let found = search.all(trials.len());

    let n = found.len() as f64;
    let mean_in = found.iter().map(|f| f.1).sum::<f64>() / n;
    let mean_out = found.iter().map(|f| f.2).sum::<f64>() / n;
    let sxx: f64 = found.iter().map(|f| (f.1 - mean_in).powi(2)).sum();
    let sxy: f64 = found.iter().map(|f| (f.1 - mean_in) * (f.2 - mean_out)).sum();
    let slope = (sxx > 1e-24).then(|| sxy / sxx);
    Ok(Overfitting {
        probability: found.iter().filter(|f| f.0 <= 0.0).count() as f64 / n,
        loss: found.iter().filter(|f| f.2 < 0.0).count() as f64 / n,
        slope,
        constant: slope.map(|s| mean_out - s * mean_in),
        chosen: found.iter().map(|f| (f.1, f.2)).collect(),
        logits: found.into_iter().map(|f| f.0).collect(),
    })
}

impl Search<'_> {
    /// Every combination, in the order of the tree whatever the number of threads: the first decisions are shared out.
    fn all(&self, trials: usize) -> Vec<Found> {
        let count = self.blocks.len();
        let depth = count.min(5);
        let prefixes: Vec<u32> = (0..1u32 << depth)
            .rev()
            .filter(|p| {
                let taken = p.count_ones() as usize;
                taken <= self.half && depth - taken <= self.half
            })
            .collect();
        let parts: Vec<Vec<Found>> = prefixes
            .into_par_iter()
            .map(|prefix| {
                let mut path = vec![(Sums::zero(trials), Sums::zero(trials)); count + 1];
                for at in 0..depth {
                    self.step(&mut path, at, prefix >> (depth - 1 - at) & 1 == 1);
                }
                let mut out = Vec::new();
                self.visit(&mut path, depth, prefix.count_ones() as usize, &mut out);
                out
            })
            .collect();
        parts.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same everywhere.
    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        (0..n)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
            })
            .collect()
    }

    /// The same in plain words, one combination at a time.
    fn plainly(trials: &[&[f64]], blocks: usize) -> Vec<(f64, f64, f64)> {
        let length = trials[0].len();
        let sharpe = |t: &[f64], rows: &[usize]| {
            let n = rows.len() as f64;
            let mean = rows.iter().map(|&i| t[i]).sum::<f64>() / n;
            let var = rows.iter().map(|&i| (t[i] - mean).powi(2)).sum::<f64>() / (n - 1.0);
            mean / var.sqrt()
        };
        let mut out = Vec::new();
        for mask in (0..1u32 << blocks).rev().filter(|m| m.count_ones() as usize == blocks / 2) {
            let rows = |inside: bool| -> Vec<usize> {
                (0..blocks)
                    .filter(|b| (mask >> (blocks - 1 - b) & 1 == 1) == inside)
                    .flat_map(|b| b * length / blocks..(b + 1) * length / blocks)
                    .collect()
            };
            let (a, b) = (rows(true), rows(false));
            let inside: Vec<f64> = trials.iter().map(|t| sharpe(t, &a)).collect();
            let outside: Vec<f64> = trials.iter().map(|t| sharpe(t, &b)).collect();
            let best = (0..trials.len()).max_by(|x, y| inside[*x].total_cmp(&inside[*y])).unwrap();
            let rank = outside.iter().filter(|v| **v <= outside[best]).count() as f64;
            let w = rank / (trials.len() as f64 + 1.0);
            out.push(((w / (1.0 - w)).ln(), inside[best], outside[best]));
        }
        out
    }

    #[test]
    fn every_combination_as_in_plain_words() {
        let data: Vec<Vec<f64>> = (0..7).map(|s| noise(s + 1, 101)).collect();
        let trials: Vec<&[f64]> = data.iter().map(Vec::as_slice).collect();
        for blocks in [2, 4, 6, 8, 10] {
            let (found, expected) = (overfitting(&trials, blocks).unwrap(), plainly(&trials, blocks));
            assert_eq!(found.logits.len(), expected.len());
            for (i, e) in expected.iter().enumerate() {
                assert!((found.logits[i] - e.0).abs() < 1e-12, "{blocks} {i}");
                assert!((found.chosen[i].0 - e.1).abs() < 1e-12 && (found.chosen[i].1 - e.2).abs() < 1e-12, "{blocks} {i}");
            }
        }
    }

    #[test]
    fn noise_is_overfitted_and_skill_is_not() {
        let data: Vec<Vec<f64>> = (0..40).map(|s| noise(s + 11, 800)).collect();
        let trials: Vec<&[f64]> = data.iter().map(Vec::as_slice).collect();
        let luck = overfitting(&trials, 10).unwrap();
        assert!(luck.probability > 0.3, "{}", luck.probability);
        assert!(luck.slope.unwrap() < 0.0, "what is good on one half of a fixed record is worse on the other");
        let mut skilled = data.clone();
        skilled[17].iter_mut().for_each(|r| *r += 0.06);
        let trials: Vec<&[f64]> = skilled.iter().map(Vec::as_slice).collect();
        let skill = overfitting(&trials, 10).unwrap();
        assert!(skill.probability < 0.02 && skill.loss < 0.02, "{} {}", skill.probability, skill.loss);
    }

    #[test]
    fn trials_that_do_not_fit_are_refused() {
        let (a, b) = (noise(1, 64), noise(2, 64));
        assert_eq!(overfitting(&[&a, &b], 7).unwrap_err(), CscvError::Blocks(7));
        assert_eq!(overfitting(&[&a], 8).unwrap_err(), CscvError::Trials(1));
        assert_eq!(overfitting(&[&a, &b[..63]], 8).unwrap_err(), CscvError::Length { trial: 1, expected: 64, got: 63 });
        assert_eq!(overfitting(&[&a[..15], &b[..15]], 8).unwrap_err(), CscvError::Short { expected: 16, got: 15 });
        let mut c = a.clone();
        c[5] = f64::NAN;
        assert!(matches!(overfitting(&[&a, &c], 8).unwrap_err(), CscvError::NotFinite { trial: 1, at: 5, .. }));
        // Cash among the trials: no variation, a ratio of zero, and no NaN.
        let found = overfitting(&[&a, &[0.0; 64]], 8).unwrap();
        assert!(found.logits.iter().all(|l| l.is_finite()));
    }
}
