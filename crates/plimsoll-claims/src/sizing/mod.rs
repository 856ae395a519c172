//! How much to bet: Kelly's fractions, and Kelly's under a bound on the probability of a drawdown (Busseti, Ryu and Boyd 2016).
//!
//! Wealth is split over n bets and multiplied each period by r'b, where b sums to one and is nowhere negative, and r is drawn
//! independently from a list of outcomes. Kelly (1956) maximises E log r'b. With the constraint E (r'b)^-lambda <= 1 the probability that
//! wealth ever falls below a share alpha of its beginning is less than alpha^lambda, whatever the outcomes: lambda = log beta / log alpha
//! bounds it by beta. Both are convex. An interior point method in the bets alone answers first; what it answers is certified by the
//! conditions of optimality, computed from the outcomes alone, and where they are not met Clarabel decides, over exponential cones.

mod drawdown;
mod interior;
mod kelly;

pub use drawdown::{Paths, Simulated, calibrate, simulate};
pub use kelly::{Certificate, Sizing, conic, fractional, kelly, weigh};

/// What one period may bring.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcomes {
    names: Vec<String>,
    probability: Vec<f64>,
    /// Outcome by outcome: what a dollar in each bet becomes.
    gross: Vec<f64>,
}

/// The outcomes cannot be bet on, or the solver failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SizingError {
    /// Nothing to bet on.
    #[error("expected at least two bets (one of them may be cash) and one outcome, got {bets} and {outcomes}")]
    Empty {
        /// Bets.
        bets: usize,
        /// Outcomes.
        outcomes: usize,
    },
    /// A value that does not fit.
    #[error("outcome {outcome}, {field}: expected {expected}, got {got}")]
    Value {
        /// One-based.
        outcome: usize,
        /// A bet's name, or `probability`.
        field: String,
        /// What was expected.
        expected: &'static str,
        /// What stands there.
        got: String,
    },
    /// Probabilities that are not.
    #[error("expected probabilities that sum to 1 (to 1e-6), got {0}")]
    Probabilities(f64),
    /// A parameter out of its range.
    #[error("{name}: expected {expected}, got {got}")]
    Parameter {
        /// Which.
        name: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What was given.
        got: f64,
    },
    /// No split of wealth meets the constraint.
    #[error("no bet meets the bound: every one loses too much in some outcome; add cash, or loosen the bound")]
    Infeasible,
    /// The solver gave up.
    #[error("the solver stopped without an answer ({0})")]
    Solver(String),
}

impl Outcomes {
    /// From probabilities and, outcome by outcome, what a dollar in each bet becomes (0 or more; 1 is unchanged).
    ///
    /// # Errors
    /// [`SizingError`] where a value does not fit or the probabilities do not sum to one.
    pub fn new(names: Vec<String>, probability: Vec<f64>, gross: Vec<f64>) -> Result<Outcomes, SizingError> {
        let (bets, outcomes) = (names.len(), probability.len());
        if bets < 2 || outcomes == 0 || gross.len() != bets * outcomes {
            return Err(SizingError::Empty { bets, outcomes: outcomes.min(gross.len() / bets.max(1)) });
        }
        let value = |outcome: usize, field: &str, expected: &'static str, got: f64| SizingError::Value {
            outcome: outcome + 1,
            field: field.to_owned(),
            expected,
            got: got.to_string(),
        };
        for (k, p) in probability.iter().enumerate() {
            if !p.is_finite() || *p <= 0.0 {
                return Err(value(k, "probability", "a number above 0", *p));
            }
        }
        for (at, g) in gross.iter().enumerate() {
            if !g.is_finite() || *g < 0.0 {
                return Err(value(at / bets, &names[at % bets], "what a dollar becomes, 0 or more (a return of -1 or more)", *g));
            }
        }
        let total: f64 = probability.iter().sum();
        if (total - 1.0).abs() > 1e-6 {
            return Err(SizingError::Probabilities(total));
        }
        Ok(Outcomes { names, probability: probability.iter().map(|p| p / total).collect(), gross })
    }
    /// From a sample: rows of what a dollar in each bet became, all equally likely.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn sampled(names: Vec<String>, gross: Vec<f64>) -> Result<Outcomes, SizingError> {
        let rows = gross.len() / names.len().max(1);
        Outcomes::new(names, vec![1.0 / rows.max(1) as f64; rows], gross)
    }
    /// Names of the bets.
    pub fn names(&self) -> &[String] {
        &self.names
    }
    /// How many outcomes.
    pub fn len(&self) -> usize {
        self.probability.len()
    }
    /// Whether there is none: never.
    pub fn is_empty(&self) -> bool {
        self.probability.is_empty()
    }
    /// Probability of each outcome.
    pub fn probability(&self) -> &[f64] {
        &self.probability
    }
    /// What a dollar in each bet becomes in an outcome.
    pub fn outcome(&self, k: usize) -> &[f64] {
        let n = self.names.len();
        &self.gross[k * n..(k + 1) * n]
    }
    /// What a dollar split so becomes in each outcome.
    pub fn wealth(&self, fractions: &[f64]) -> Vec<f64> {
        (0..self.len()).map(|k| self.outcome(k).iter().zip(fractions).map(|(g, b)| g * b).sum()).collect()
    }
    /// The bet that never loses, if there is one: of several the one that is never below the others' worst.
    pub fn cash(&self) -> Option<usize> {
        let worst = |i: usize| (0..self.len()).map(|k| self.outcome(k)[i]).fold(f64::INFINITY, f64::min);
        (0..self.names.len()).filter(|&i| worst(i) >= 1.0).max_by(|&a, &b| worst(a).total_cmp(&worst(b)).then(b.cmp(&a)))
    }
}

/// The exponent that bounds the probability of ever falling below a share `alpha` of the beginning by `beta`: log beta / log alpha.
///
/// # Errors
/// Where either is not between 0 and 1.
pub fn exponent(alpha: f64, beta: f64) -> Result<f64, SizingError> {
    for (name, got) in [("alpha", alpha), ("beta", beta)] {
        if !(got > 0.0 && got < 1.0) {
            return Err(SizingError::Parameter { name, expected: "a number between 0 and 1", got });
        }
    }
    Ok(beta.ln() / alpha.ln())
}
