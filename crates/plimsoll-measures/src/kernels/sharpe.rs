//! The Sharpe ratio and what it is worth: its probability of being real, given the length, the skew and the tails of a track record,
//! and given how many others were tried.
//!
//! Every ratio here is *per observation* (daily returns give a daily ratio): multiply by the square root of the observations in a year
//! for the annual one. Returns are in excess of whatever the user holds to be free of risk.
//!
//! References: Mertens 2002; Lo 2002; Bailey and Lopez de Prado 2012 (The Sharpe Ratio Efficient Frontier, eq. 8 and 11);
//! Bailey and Lopez de Prado 2014 (The Deflated Sharpe Ratio, eq. 1 and 2).

use statrs::distribution::{ContinuousCDF, Normal};

/// Euler and Mascheroni's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Moments of a record of returns, as its Sharpe statistics need them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Observations.
    pub n: usize,
    /// Sharpe ratio per observation: mean over standard deviation (n - 1).
    pub sharpe: f64,
    /// Skewness: third central moment over the cube of the deviation (both over n).
    pub skewness: f64,
    /// Kurtosis: fourth central moment over the squared variance (both over n); 3 for a normal law.
    pub kurtosis: f64,
}

impl Record {
    /// Measures a record of returns; `None` for fewer than three, for one that is not finite, or where they do not vary.
    pub fn of(returns: &[f64]) -> Option<Record> {
        let n = returns.len();
        if n < 3 || returns.iter().any(|r| !r.is_finite()) {
            return None;
        }
        let count = n as f64;
        let mean = returns.iter().sum::<f64>() / count;
        let (mut m2, mut m3, mut m4) = (0.0, 0.0, 0.0);
        for r in returns {
            let d = r - mean;
            let d2 = d * d;
            m2 += d2;
            m3 += d2 * d;
            m4 += d2 * d2;
        }
        let largest = returns.iter().fold(0.0f64, |a, r| a.max(r.abs()));
        // What is left of equal returns is rounding.
        if m2 <= count * (1e-12 * largest).powi(2) {
            return None;
        }
        let variance = m2 / count;
        Some(Record {
            n,
            sharpe: mean / (m2 / (count - 1.0)).sqrt(),
            skewness: m3 / count / variance.powf(1.5),
            kurtosis: m4 / count / (variance * variance),
        })
    }
    /// A record of `n` normal returns with that Sharpe ratio per observation.
    pub fn normal(n: usize, sharpe: f64) -> Record {
        Record { n, sharpe, skewness: 0.0, kurtosis: 3.0 }
    }
    /// n - 1 times the variance of the estimated Sharpe ratio: 1 - skewness SR + (kurtosis - 1) / 4 SR^2 (Mertens 2002).
    ///
    /// Never negative for moments of one sample, because kurtosis >= 1 + skewness^2.
    pub fn spread(&self) -> f64 {
        (1.0 - self.skewness * self.sharpe + (self.kurtosis - 1.0) / 4.0 * self.sharpe * self.sharpe).max(0.0)
    }
    /// Standard error of the Sharpe ratio per observation.
    pub fn error(&self) -> f64 {
        (self.spread() / (self.n as f64 - 1.0)).sqrt()
    }
    /// Probabilistic Sharpe ratio: the probability that the true ratio exceeds `benchmark` (per observation).
    pub fn probabilistic(&self, benchmark: f64) -> f64 {
        let (excess, error) = (self.sharpe - benchmark, self.error());
        if error > 0.0 { standard().cdf(excess / error) } else { f64::midpoint(1.0, excess.signum()) }
    }
    /// Deflated Sharpe ratio: the probability that the true ratio exceeds what the best of the trials would show by luck alone.
    pub fn deflated(&self, trials: Trials) -> f64 {
        self.probabilistic(trials.expected_maximum())
    }
    /// Minimum track record length: how many observations it takes for the probabilistic ratio against `benchmark` (per observation) to
    /// reach `confidence`, everything else as in this record; `None` where the ratio does not exceed the benchmark.
    pub fn minimum_length(&self, benchmark: f64, confidence: f64) -> Option<f64> {
        let excess = self.sharpe - benchmark;
        (excess > 0.0).then(|| 1.0 + self.spread() * (standard().inverse_cdf(confidence) / excess).powi(2))
    }
}

/// The trials among which a record was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trials {
    /// How many independent trials.
    pub count: f64,
    /// Variance of their Sharpe ratios (per observation, squared).
    pub variance: f64,
}

impl Trials {
    /// From the Sharpe ratios (per observation) of every trial that was made, taken as independent; `None` for fewer than two.
    pub fn of(ratios: &[f64]) -> Option<Trials> {
        let n = ratios.len() as f64;
        if ratios.len() < 2 || ratios.iter().any(|r| !r.is_finite()) {
            return None;
        }
        let mean = ratios.iter().sum::<f64>() / n;
        let variance = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Some(Trials { count: n, variance })
    }
    /// The same trials counted as independent ones, where their returns have this average correlation: rho + (1 - rho) M
    /// (Bailey and Lopez de Prado 2014, eq. 9).
    #[must_use]
    pub fn correlated(self, average: f64) -> Trials {
        let rho = average.clamp(0.0, 1.0);
        Trials { count: rho + (1.0 - rho) * self.count, ..self }
    }
    /// The Sharpe ratio per observation that the best of the trials is expected to show though none has any skill:
    /// sd ((1 - g) Z^-1(1 - 1/N) + g Z^-1(1 - 1/(N e))), g Euler's constant. Zero for a single trial.
    pub fn expected_maximum(&self) -> f64 {
        if self.count <= 1.0 {
            return 0.0;
        }
        let z = |share: f64| standard().inverse_cdf(1.0 - share);
        let e = std::f64::consts::E;
        self.variance.sqrt() * ((1.0 - EULER) * z(1.0 / self.count) + EULER * z(1.0 / (self.count * e)))
    }
}

fn standard() -> Normal {
    Normal::standard()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} and {b}");
    }

    #[test]
    fn moments_by_hand() {
        // Mean 0.02; deviations -0.02, -0.01, 0, 0, 0.03: squares sum to 14, cubes to 18, fourth powers to 98 (in units of 0.01).
        let r = Record::of(&[0.0, 0.01, 0.02, 0.02, 0.05]).unwrap();
        near(r.sharpe, 0.02 / (0.0014f64 / 4.0).sqrt(), 1e-12);
        near(r.skewness, (18.0 / 5.0) / (14.0f64 / 5.0).powf(1.5), 1e-12);
        near(r.kurtosis, (98.0 / 5.0) / (14.0f64 / 5.0).powi(2), 1e-12);
    }

    #[test]
    fn no_record_without_variation() {
        assert_eq!(Record::of(&[0.1; 500]), None);
        assert_eq!(Record::of(&[0.0; 10]), None);
        assert_eq!(Record::of(&[0.1, 0.2]), None);
        assert_eq!(Record::of(&[0.1, f64::NAN, 0.2, 0.3]), None);
    }

    #[test]
    fn a_benchmark_at_the_ratio_is_a_coin_toss() {
        let r = Record { n: 120, sharpe: 0.2, skewness: -0.5, kurtosis: 5.0 };
        near(r.probabilistic(0.2), 0.5, 1e-12);
        assert!(r.probabilistic(0.0) > 0.9 && r.probabilistic(0.3) < 0.5);
        assert_eq!(r.minimum_length(0.2, 0.95), None);
        // The length that gives 95 % gives 95 %.
        let length = r.minimum_length(0.05, 0.95).unwrap();
        let at = |n: usize| Record { n, ..r }.probabilistic(0.05);
        assert!(at(length.ceil() as usize) >= 0.95 && at(length as usize - 1) < 0.95);
    }

    #[test]
    fn more_trials_deflate_more() {
        let r = Record::normal(500, 0.12);
        let deflated = |n: f64| r.deflated(Trials { count: n, variance: 0.002 });
        assert_eq!(deflated(1.0), r.probabilistic(0.0));
        assert!(deflated(2.0) > deflated(10.0) && deflated(10.0) > deflated(1000.0));
        let trials = Trials::of(&[0.1, -0.1, 0.0]).unwrap();
        near(trials.variance, 0.01, 1e-15);
        near(trials.correlated(0.5).count, 2.0, 1e-15);
        near(trials.correlated(1.0).expected_maximum(), 0.0, 0.0);
    }
}
