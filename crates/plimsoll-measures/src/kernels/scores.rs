//! One number a member and session, by which members are ranked or chosen.

use std::fmt;
use std::sync::Arc;

use plimsoll_model::matrix::Matrix;

use crate::kernels::constituents::Constituents;
use crate::kernels::drawdown::drawdowns;
use crate::kernels::rolling::{self, Scratch};
use crate::kernels::{least_known, stretches};

/// Sessions of a month that momentum leaves out (Jegadeesh and Titman 1993, with the month between).
const LATEST: usize = 21;

/// What a member is ranked by. Each is known at the close of the session and uses only the member's own prices up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// Return over the past sessions without the latest 21, as a decimal.
    Momentum(usize),
    /// Return over the past sessions, as a decimal.
    Return(usize),
    /// Close over the mean of the past closes, its own included, less 1.
    Average(usize),
    /// Close over the highest of the past closes, its own included, less 1: zero or negative.
    Drawdown(usize),
    /// Standard deviation of the past daily returns, a year.
    Volatility(usize),
    /// Capitalisation at the close, dollars.
    Capitalisation,
}

impl Score {
    /// Names, each with the sessions it looks back by default.
    pub const WORDS: [(&'static str, usize); 6] =
        [("momentum", 252), ("return", 126), ("average", 200), ("drawdown", 252), ("volatility", 252), ("capitalisation", 0)];

    /// By its name, over so many sessions; `None` where there is no such score or the sessions do not fit it.
    pub fn of(word: &str, sessions: Option<usize>) -> Option<Score> {
        let usual = Score::WORDS.iter().find(|w| w.0 == word)?.1;
        let n = sessions.unwrap_or(usual);
        match word {
            "momentum" if n > LATEST => Some(Score::Momentum(n)),
            "return" if n > 0 => Some(Score::Return(n)),
            "average" if n > 1 => Some(Score::Average(n)),
            "drawdown" if n > 1 => Some(Score::Drawdown(n)),
            "volatility" if n > 2 => Some(Score::Volatility(n)),
            "capitalisation" if sessions.is_none() => Some(Score::Capitalisation),
            _ => None,
        }
    }

    /// Sessions before the one evaluated that are read.
    pub fn lookback(self) -> usize {
        match self {
            Score::Momentum(n) | Score::Return(n) | Score::Average(n) | Score::Drawdown(n) | Score::Volatility(n) => n,
            Score::Capitalisation => 0,
        }
    }

    /// The score of every row of a universe at every session; NaN where there is none: before enough sessions with a level, or where
    /// the member has no level.
    pub fn matrix(self, c: &Constituents<'_>) -> Arc<Matrix> {
        let panel = &c.cut.panel;
        match self {
            Score::Drawdown(n) => drawdowns(c, n),
            Score::Capitalisation => c.cut.memo(&c.key("score", self), || c.universe.member_caps(panel, 0)),
            Score::Return(n) => self.ratios(c, n, 0),
            Score::Momentum(n) => self.ratios(c, n, LATEST),
            Score::Average(n) => c.cut.memo(&c.key("score", self), || {
                stretches::by_row(c.rows().len(), c.sessions(), |row, out, scratch: &mut Scratch| {
                    let level = panel.level.row(c.rows()[row]);
                    rolling::sum(level, n, scratch, out);
                    out.iter_mut().zip(level).for_each(|(sum, level)| *sum = level / (*sum / n as f64) - 1.0);
                })
            }),
            Score::Volatility(n) => c.cut.memo(&c.key("score", self), || {
                stretches::by_row(c.rows().len(), c.sessions(), |row, out, (): &mut ()| {
                    let returns = panel.ret.row(c.rows()[row]);
                    for t in 0..out.len() {
                        let known: Vec<f64> =
                            returns[(t + 1).saturating_sub(n)..=t].iter().copied().filter(|r| r.is_finite()).collect();
                        // Some may be missing: halts, and returns that were not believed.
                        let enough = t + 1 >= n && known.len() >= least_known(n);
                        out[t] = if enough { deviation(&known) * 252f64.sqrt() } else { f64::NAN };
                    }
                })
            }),
        }
    }

    fn ratios(self, c: &Constituents<'_>, n: usize, skip: usize) -> Arc<Matrix> {
        c.cut.memo(&c.key("score", self), || {
            stretches::by_row(c.rows().len(), c.sessions(), |row, out, (): &mut ()| {
                let level = c.cut.panel.level.row(c.rows()[row]);
                for (t, out) in out.iter_mut().enumerate() {
                    *out = if t < n || level[t].is_nan() { f64::NAN } else { level[t - skip] / level[t - n] - 1.0 };
                }
            })
        })
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Score::Momentum(n) => write!(f, "momentum over {n} sessions without the latest {LATEST}"),
            Score::Return(n) => write!(f, "return over {n} sessions"),
            Score::Average(n) => write!(f, "distance from the average of {n} sessions"),
            Score::Drawdown(n) => write!(f, "drawdown from the high of {n} sessions"),
            Score::Volatility(n) => write!(f, "volatility over {n} sessions"),
            Score::Capitalisation => write!(f, "capitalisation"),
        }
    }
}

/// Standard deviation of a sample.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_sessions() {
        assert_eq!(Score::of("momentum", None), Some(Score::Momentum(252)));
        assert_eq!(Score::of("average", Some(50)), Some(Score::Average(50)));
        assert_eq!(Score::of("capitalisation", None), Some(Score::Capitalisation));
        for bad in [("momentum", Some(21)), ("capitalisation", Some(5)), ("volatility", Some(2)), ("value", None)] {
            assert_eq!(Score::of(bad.0, bad.1), None, "{bad:?}");
        }
        assert!((deviation(&[1.0, 2.0, 3.0, 4.0]) - (5.0f64 / 3.0).sqrt()).abs() < 1e-15);
    }
}
