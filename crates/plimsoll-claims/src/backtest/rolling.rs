//! Figures over the past year of sessions, day by day.

use super::metrics::{SESSIONS, moments};

/// Sessions of the window.
pub const YEAR: usize = 252;

/// Rolling figures; NaN before the first full window.
#[derive(Clone, Debug, Default)]
pub struct Rolling {
    /// Return of the window.
    pub ret: Vec<f64>,
    /// Volatility a year.
    pub volatility: Vec<f64>,
    /// Sharpe ratio a year, above bills.
    pub sharpe: Vec<f64>,
    /// Beta to what it is compared with, both above bills.
    pub beta: Vec<f64>,
}

impl Rolling {
    /// Over windows of [`YEAR`] days. The first entry of each column is the starting close.
    pub fn of(ret: &[f64], bill: &[f64], compared: &[f64]) -> Rolling {
        let n = ret.len();
        let nan = || vec![f64::NAN; n];
        let mut out = Rolling { ret: nan(), volatility: nan(), sharpe: nan(), beta: nan() };
        let excess: Vec<f64> = ret.iter().zip(bill).map(|(r, b)| r - b).collect();
        let other: Vec<f64> = compared.iter().zip(bill).map(|(r, b)| r - b).collect();
        for t in YEAR..n {
            let window = t + 1 - YEAR..t + 1;
            let (mean, sd) = moments(&excess[window.clone()]);
            out.ret[t] = ret[window.clone()].iter().map(|r| 1.0 + r).product::<f64>() - 1.0;
            out.volatility[t] = moments(&ret[window.clone()]).1 * SESSIONS.sqrt();
            if sd > 1e-9 {
                out.sharpe[t] = mean / sd * SESSIONS.sqrt();
            }
            let (centre, spread) = moments(&other[window.clone()]);
            if spread > 1e-9 {
                let joint: f64 = window.map(|i| (excess[i] - mean) * (other[i] - centre)).sum();
                out.beta[t] = joint / (YEAR as f64 - 1.0) / (spread * spread);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_market_has_a_beta_of_a_half() {
        let market: Vec<f64> = (0..600).map(|t| 0.01 * ((t * 7919 % 31) as f64 / 15.0 - 0.98)).collect();
        let half: Vec<f64> = market.iter().map(|r| 0.5 * r).collect();
        let rolling = Rolling::of(&half, &vec![0.0; 600], &market);
        assert!(rolling.beta[251].is_nan() && (rolling.beta[252] - 0.5).abs() < 1e-12 && (rolling.beta[599] - 0.5).abs() < 1e-12);
        let window = 1.0 + rolling.ret[599];
        assert!((half[348..].iter().map(|r| 1.0 + r).product::<f64>() - window).abs() < 1e-12);
    }
}
