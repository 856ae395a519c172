//! Wealth simulated: how often it falls below a share of its beginning, beside the bound.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

use super::{Outcomes, Sizing, SizingError, kelly};

/// Paths of wealth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paths {
    /// How many.
    pub count: usize,
    /// Periods of each.
    pub periods: usize,
    /// Seed: the same seed, the same paths, whatever the split.
    pub seed: u64,
}

impl Default for Paths {
    /// 10,000 paths of 100 periods, as in the paper.
    fn default() -> Paths {
        Paths { count: 10_000, periods: 100, seed: 1 }
    }
}

/// What paths showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulated {
    /// Share of paths whose lowest wealth lies below alpha of the beginning.
    pub probability: f64,
    /// Its standard error.
    pub error: f64,
    /// The bound alpha^lambda.
    pub bound: f64,
    /// Mean logarithm of growth a period.
    pub growth: f64,
}

/// Simulates wealth under a split and counts paths that ever fall below `alpha` of their beginning.
///
/// # Errors
/// Where alpha is not between 0 and 1.
pub fn simulate(outcomes: &Outcomes, sizing: &Sizing, alpha: f64, paths: Paths) -> Result<Simulated, SizingError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(SizingError::Parameter { name: "alpha", expected: "a number between 0 and 1", got: alpha });
    }
    if paths.count == 0 || paths.periods == 0 {
        return Err(SizingError::Parameter { name: "paths", expected: "at least one path of one period", got: 0.0 });
    }
    let step: Vec<f64> = outcomes.wealth(&sizing.fractions).iter().map(|w| w.ln()).collect();
    let cumulated: Vec<f64> = outcomes
        .probability()
        .iter()
        .scan(0.0, |sum, p| {
            *sum += p;
            Some(*sum)
        })
        .collect();
    let whole = cumulated[cumulated.len() - 1];
    let floor = alpha.ln();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(paths.seed);
    let (mut below, mut total) = (0usize, 0.0);
    for _ in 0..paths.count {
        let (mut wealth, mut least) = (0.0f64, 0.0f64);
        for _ in 0..paths.periods {
            let u = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 * whole;
            let k = cumulated.partition_point(|c| *c <= u).min(step.len() - 1);
            wealth += step[k];
            least = least.min(wealth);
        }
        below += usize::from(least < floor);
        total += wealth;
    }
    let n = paths.count as f64;
    let probability = below as f64 / n;
    Ok(Simulated {
        probability,
        error: (probability * (1.0 - probability) / n).sqrt(),
        bound: alpha.powf(sizing.lambda),
        growth: total / n / paths.periods as f64,
    })
}

/// The bound holds by a margin, so a smaller exponent does as well in simulation: the split for the smallest exponent (to a hundredth)
/// whose simulated probability of falling below `alpha` is at most `beta`. Model output on these paths, not a bound.
///
/// # Errors
/// As [`kelly`] and [`simulate`].
pub fn calibrate(outcomes: &Outcomes, (alpha, beta): (f64, f64), paths: Paths) -> Result<Sizing, SizingError> {
    let fits = |lambda: f64| -> Result<Option<Sizing>, SizingError> {
        let sizing = kelly(outcomes, lambda)?;
        let simulated = simulate(outcomes, &sizing, alpha, paths)?;
        Ok((simulated.probability <= beta).then_some(sizing))
    };
    if let Some(free) = fits(0.0)? {
        return Ok(free);
    }
    let (mut low, mut high) = (0.0, super::exponent(alpha, beta)?);
    // Sampling may lift the simulated probability over the bound where that is nearly sharp.
    let mut best = loop {
        match fits(high)? {
            Some(sizing) => break sizing,
            None if high > 1e3 => return Err(SizingError::Infeasible),
            None => (low, high) = (high, high * 1.5),
        }
    };
    while high - low > 0.01 {
        let middle = f64::midpoint(low, high);
        match fits(middle)? {
            Some(sizing) => (best, high) = (sizing, middle),
            None => low = middle,
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bets() -> Outcomes {
        let names = vec!["a".into(), "b".into(), "cash".into()];
        Outcomes::new(names, vec![0.4, 0.3, 0.2, 0.1], vec![1.4, 0.9, 1.0, 0.8, 1.5, 1.0, 1.1, 1.1, 1.0, 0.5, 0.6, 1.0]).unwrap()
    }

    #[test]
    fn the_simulated_probability_stays_below_the_bound() {
        for (alpha, beta) in [(0.7, 0.1), (0.8, 0.3), (0.5, 0.02)] {
            let sizing = kelly(&bets(), super::super::exponent(alpha, beta).unwrap()).unwrap();
            let found = simulate(&bets(), &sizing, alpha, Paths::default()).unwrap();
            assert!((found.bound - beta).abs() < 1e-12 && found.probability < found.bound, "{found:?}");
            assert!((found.growth - sizing.growth).abs() < 2e-3, "{found:?} {sizing:?}");
        }
        let sizing = kelly(&bets(), 0.0).unwrap();
        assert_eq!(simulate(&bets(), &sizing, 0.7, Paths::default()), simulate(&bets(), &sizing, 0.7, Paths::default()));
        assert!(simulate(&bets(), &sizing, 1.0, Paths::default()).is_err());
    }

    #[test]
    fn calibration_uses_the_margin() {
        let (alpha, beta) = (0.7, 0.1);
        let bounded = kelly(&bets(), super::super::exponent(alpha, beta).unwrap()).unwrap();
        let looser = calibrate(&bets(), (alpha, beta), Paths::default()).unwrap();
        assert!(looser.lambda < bounded.lambda && looser.growth > bounded.growth);
        assert!(simulate(&bets(), &looser, alpha, Paths::default()).unwrap().probability <= beta);
    }
}
