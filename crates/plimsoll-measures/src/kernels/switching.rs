//! Markov-switching normal law (Hamilton 1989, 1990): each observation is drawn from one of two or three states, each with a mean and a
//! variance of its own; the state moves as a Markov chain that nobody sees.
//!
//! Parameters by expectation-maximisation from several fixed starts (of the ends the likeliest is kept), so that the same observations
//! give the same bits. The chain begins in its stationary law. What leaves this file about a moment is the *filtered* probability, which
//! knows the observations up to that moment; smoothed ones, which know later observations too, are used inside the estimate alone.

// Small matrices of a fixed size read better by index.
#![allow(clippy::needless_range_loop)]

/// The most states.
pub const MOST: usize = 3;
/// Fewer observations than this are no estimate.
pub const FEWEST: usize = 60;
/// Sweeps of expectation and maximisation from one start, and the gain in mean log-likelihood that ends them.
const SWEEPS: usize = 2000;
const GAIN: f64 = 1e-11;
/// A state's variance is at least this share of the whole: no state may collapse onto a single observation.
const LEAST_VARIANCE: f64 = 1e-4;

type Row = [f64; MOST];

/// The estimated chain. States stand in order of their deviation: the first is the calmest, the last the most turbulent.
#[derive(Clone, Debug, PartialEq)]
pub struct Switching {
    /// How many states, 2 or 3; entries beyond are zero.
    pub states: usize,
    /// Probability of moving from the state of the row to that of the column.
    pub transition: [Row; MOST],
    /// Mean of each state, per observation.
    pub mean: Row,
    /// Standard deviation of each state, per observation.
    pub deviation: Row,
    /// Log-likelihood of the observations it was fitted to.
    pub log_likelihood: f64,
}

impl Switching {
    /// Fits the chain; `None` for fewer than [`FEWEST`] observations or none that vary.
    ///
    /// # Panics
    /// Where `states` is not 2 or 3.
    pub fn fit(y: &[f64], states: usize) -> Option<Switching> {
        assert!((2..=MOST).contains(&states), "two or three states");
        if y.len() < FEWEST {
            return None;
        }
        let n = y.len() as f64;
        let mean = y.iter().sum::<f64>() / n;
        let variance = y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        if !variance.is_finite() || variance <= 1e-24 * mean * mean || variance <= f64::MIN_POSITIVE {
            return None;
        }
        let spread = variance.sqrt();
        let ends = starts(states).into_iter().filter_map(|start| {
            let mut model = Switching {
                states,
                transition: start.transition(states),
                mean: std::array::from_fn(|s| mean + start.shift[s] * spread),
                deviation: std::array::from_fn(|s| start.scale[s] * spread),
                log_likelihood: f64::NEG_INFINITY,
            };
            let mut work = Work::default();
            for _ in 0..SWEEPS {
                let before = model.log_likelihood;
                let next = model.sweep(y, variance * LEAST_VARIANCE, &mut work)?;
                let gained = next.log_likelihood - before;
                model = next;
                if gained.abs() < GAIN * n {
                    break;
                }
            }
            Some(model)
        });
        let best = ends.fold(None, |best: Option<Switching>, m| match best {
            Some(b) if b.log_likelihood >= m.log_likelihood - 1e-7 => Some(b),
            _ => Some(m),
        })?;
        let mut model = best.sorted();
        model.log_likelihood = model.filter(y).1;
        model.log_likelihood.is_finite().then_some(model)
    }

    /// Filtered probabilities of the states after each observation, and the log-likelihood of them all.
    pub fn filter(&self, y: &[f64]) -> (Vec<Row>, f64) {
        let mut out = Vec::with_capacity(y.len());
        let mut likelihood = 0.0;
        let mut ahead = self.stationary();
        for value in y {
            let (now, size) = self.update(&ahead, *value);
            likelihood += size;
            ahead = self.step(&now);
            out.push(now);
        }
        (out, likelihood)
    }

    /// The probability that the last state holds at some of the next `horizon` observations, from filtered probabilities.
    pub fn reaches_last(&self, now: &Row, horizon: usize) -> f64 {
        let last = self.states - 1;
        let mut stays = *now;
        stays[last] = 0.0;
        for _ in 0..horizon {
            stays = self.step(&stays);
            stays[last] = 0.0;
        }
        (1.0 - stays.iter().sum::<f64>()).clamp(0.0, 1.0)
    }

    /// Expected number of observations that a state lasts.
    pub fn duration(&self, state: usize) -> f64 {
        1.0 / (1.0 - self.transition[state][state]).max(1e-12)
    }

    /// The stationary law of the chain.
    pub fn stationary(&self) -> Row {
        // Squaring the matrix until its rows agree; each row is brought back to one, or rounding would grow with the power.
        let mut power = self.transition;
        for _ in 0..50 {
            let mut squared = [[0.0; MOST]; MOST];
            for i in 0..self.states {
                for j in 0..self.states {
                    squared[i][j] = (0..self.states).map(|m| power[i][m] * power[m][j]).sum();
                }
                let total: f64 = squared[i].iter().sum();
                squared[i] = squared[i].map(|p| p / total);
            }
            power = squared;
        }
        power[0]
    }

    fn step(&self, now: &Row) -> Row {
        let mut ahead = [0.0; MOST];
        for (from, p) in now.iter().enumerate().take(self.states) {
            for to in 0..self.states {
                ahead[to] += p * self.transition[from][to];
            }
        }
        ahead
    }

    /// Bayes's rule: probabilities after an observation, and the logarithm of its density.
    fn update(&self, ahead: &Row, value: f64) -> (Row, f64) {
        const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_7;
        let mut log = [f64::NEG_INFINITY; MOST];
        for s in 0..self.states {
            let z = (value - self.mean[s]) / self.deviation[s];
            log[s] = -0.5 * z * z - self.deviation[s].ln();
        }
        let most = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut now = [0.0; MOST];
        let mut total = 0.0;
        for s in 0..self.states {
            now[s] = ahead[s] * (log[s] - most).exp();
            total += now[s];
        }
        if total > 0.0 { (now.map(|p| p / total), most + total.ln() - HALF_LOG_TWO_PI) } else { (*ahead, f64::NEG_INFINITY) }
    }

    /// One sweep: expectations under this model, the likeliest parameters given them. The likelihood that comes back is this model's.
    fn sweep(&self, y: &[f64], floor: f64, work: &mut Work) -> Option<Switching> {
        let k = self.states;
        work.now.clear();
        work.ahead.clear();
        let mut likelihood = 0.0;
        let mut ahead = self.stationary();
        for value in y {
            let (now, size) = self.update(&ahead, *value);
            likelihood += size;
            work.ahead.push(ahead);
            work.now.push(now);
            ahead = self.step(&now);
        }
        if !likelihood.is_finite() {
            return None;
        }
        // Backwards (Kim 1994): smoothed probabilities and expected moves.
        let n = y.len();
        let mut after = work.now[n - 1];
        let (mut moves, mut weight, mut sum, mut squares) = ([[0.0; MOST]; MOST], [0.0; MOST], [0.0; MOST], [0.0; MOST]);
        let mut gather = |p: &Row, v: f64| {
            for s in 0..k {
                weight[s] += p[s];
                sum[s] += p[s] * v;
                let d = v - self.mean[s];
                squares[s] += p[s] * d * d;
            }
        };
        gather(&after, y[n - 1]);
        for t in (0..n - 1).rev() {
            let mut now = [0.0; MOST];
            let pull: Row =
                std::array::from_fn(|j| if work.ahead[t + 1][j] > 0.0 { after[j] / work.ahead[t + 1][j] } else { 0.0 });
            for i in 0..k {
                for j in 0..k {
                    let joint = work.now[t][i] * self.transition[i][j] * pull[j];
                    moves[i][j] += joint;
                    now[i] += joint;
                }
            }
            gather(&now, y[t]);
            after = now;
        }
        let mut next = self.clone();
        for s in 0..k {
            let out: f64 = moves[s].iter().sum();
            if weight[s] < 1e-6 || out < 1e-9 {
                return None;
            }
            next.mean[s] = sum[s] / weight[s];
            let shift = next.mean[s] - self.mean[s];
            next.deviation[s] = (squares[s] / weight[s] - shift * shift).max(floor).sqrt();
            for j in 0..k {
                next.transition[s][j] = moves[s][j] / out;
            }
        }
        next.log_likelihood = likelihood;
        Some(next)
    }

    fn sorted(self) -> Switching {
        let mut order: Vec<usize> = (0..self.states).collect();
        order.sort_by(|a, b| self.deviation[*a].total_cmp(&self.deviation[*b]));
        let mut out = self.clone();
        for (to, &from) in order.iter().enumerate() {
            out.mean[to] = self.mean[from];
            out.deviation[to] = self.deviation[from];
            for (column, &old) in order.iter().enumerate() {
                out.transition[to][column] = self.transition[from][old];
            }
        }
        out
    }
}

#[derive(Default)]
struct Work {
    now: Vec<Row>,
    ahead: Vec<Row>,
}

/// Where a search begins: shifts of the mean and scales of the deviation in units of the whole's deviation, and how long states last.
struct Start {
    shift: Row,
    scale: Row,
    stay: f64,
}

impl Start {
    fn transition(&self, states: usize) -> [Row; MOST] {
        let move_on = (1.0 - self.stay) / (states as f64 - 1.0);
        let mut out = [[0.0; MOST]; MOST];
        for (i, row) in out.iter_mut().enumerate().take(states) {
            for (j, p) in row.iter_mut().enumerate().take(states) {
                *p = if i == j { self.stay } else { move_on };
            }
        }
        out
    }
}

fn starts(states: usize) -> Vec<Start> {
    let start = |shift: Row, scale: Row, stay: f64| Start { shift, scale, stay };
    if states == 2 {
        vec![
            start([0.1, -0.2, 0.0], [0.6, 1.6, 1.0], 0.95),
            start([0.0, 0.0, 0.0], [0.8, 2.5, 1.0], 0.9),
            start([0.7, -0.7, 0.0], [0.7, 0.9, 1.0], 0.8),
        ]
    } else {
        vec![
            start([0.1, 0.0, -0.3], [0.5, 1.0, 2.0], 0.95),
            start([0.0, 0.0, 0.0], [0.6, 1.2, 3.0], 0.9),
            start([0.8, 0.0, -0.8], [0.6, 0.8, 1.2], 0.8),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws from a chain that stays with probability `stay`, the same everywhere, with the state at each.
    fn drawn(n: usize, mean: &[f64], deviation: &[f64], stay: f64) -> (Vec<f64>, Vec<usize>) {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut uniform = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let (mut s, mut y, mut path) = (0, Vec::new(), Vec::new());
        for _ in 0..n {
            if uniform() > stay {
                s = (s + 1 + (uniform() * (mean.len() as f64 - 1.0)) as usize) % mean.len();
            }
            let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            y.push(mean[s] + deviation[s] * normal);
            path.push(s);
        }
        (y, path)
    }

    #[test]
    fn planted_states_are_found() {
        let (y, path) = drawn(3000, &[0.2, -0.5], &[1.0, 3.0], 0.97);
        let model = Switching::fit(&y, 2).unwrap();
        assert!((model.mean[0] - 0.2).abs() < 0.1 && (model.mean[1] + 0.5).abs() < 0.35, "{model:?}");
        assert!((model.deviation[0] - 1.0).abs() < 0.06 && (model.deviation[1] - 3.0).abs() < 0.15, "{model:?}");
        assert!((model.transition[0][0] - 0.97).abs() < 0.02 && (model.transition[1][1] - 0.97).abs() < 0.02, "{model:?}");
        let (filtered, _) = model.filter(&y);
        let right = filtered.iter().zip(&path).filter(|(p, s)| (p[1] > 0.5) == (**s == 1)).count();
        assert!(right > 2700, "{right}");
        let (y, path) = drawn(4000, &[0.0, 0.0, -1.0], &[0.5, 1.5, 5.0], 0.97);
        let model = Switching::fit(&y, 3).unwrap();
        assert!((model.deviation[2] - 5.0).abs() < 0.5 && (model.deviation[0] - 0.5).abs() < 0.05, "{model:?}");
        let right = model.filter(&y).0.iter().zip(&path).filter(|(p, s)| p[**s] > 0.5).count();
        assert!(right > 3200, "{right}");
    }

    #[test]
    fn filtered_probabilities_know_only_the_past() {
        let (mut y, _) = drawn(400, &[0.1, -0.3], &[1.0, 2.5], 0.95);
        let model = Switching::fit(&y, 2).unwrap();
        let before = model.filter(&y).0;
        y[300..].fill(40.0);
        assert_eq!(model.filter(&y).0[..300], before[..300]);
        for p in model.filter(&y).0 {
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn reaching_the_last_state_by_hand() {
        let model = Switching {
            states: 2,
            transition: [[0.9, 0.1, 0.0], [0.3, 0.7, 0.0], [0.0; 3]],
            mean: [0.0; 3],
            deviation: [1.0, 2.0, 0.0],
            log_likelihood: 0.0,
        };
        assert!((model.reaches_last(&[0.8, 0.2, 0.0], 2) - (1.0 - 0.8 * 0.81)).abs() < 1e-12);
        let law = model.stationary();
        assert!((law[0] - 0.75).abs() < 1e-12 && (law[1] - 0.25).abs() < 1e-12);
        assert!((model.duration(0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_fitted_gives_none() {
        assert_eq!(Switching::fit(&[1.0; 100], 2), None);
        assert_eq!(Switching::fit(&drawn(40, &[0.0, 0.0], &[1.0, 2.0], 0.9).0, 2), None);
    }
}
