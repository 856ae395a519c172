//! How far a firm's assets stand above its debt: Merton's model of equity as a call on the firm, solved by iteration, and the naive form.

use statrs::distribution::{ContinuousCDF, Normal};

/// Sessions of a year, to annualise.
pub const SESSIONS: f64 = 252.0;
/// Iterations before the asset volatility is given up as not converging.
const ITERATIONS: usize = 200;
/// The change of the asset volatility below which it has converged.
const CONVERGED: f64 = 1e-6;

/// What the market and the balance sheet say of a firm.
#[derive(Clone, Copy, Debug)]
pub struct Firm<'a> {
    /// Value of all shares on each session of the past year, dollars, the last on the day.
    pub equity: &'a [f64],
    /// Face value of debt on the same sessions: debt due within a year and half of what is due later, dollars.
    pub debt: &'a [f64],
    /// The riskless rate a year, a decimal with continuous compounding.
    pub rate: f64,
    /// Horizon in years.
    pub horizon: f64,
}

/// Merton's solution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merton {
    /// Value of the firm's assets on the day, dollars.
    pub assets: f64,
    /// Their volatility a year, a decimal.
    pub volatility: f64,
    /// Their drift a year: the mean daily log return of the implied values, annualised, plus half the variance.
    pub drift: f64,
    /// Standard deviations between the expected log asset value at the horizon and the debt.
    pub distance: f64,
    /// How many iterations it took.
    pub iterations: usize,
}

/// The naive form of Bharath and Shumway.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Naive {
    /// Volatility of the firm a year: that of equity and that of debt (0.05 + 0.25 that of equity) by their weights.
    pub volatility: f64,
    /// Standard deviations.
    pub distance: f64,
}

fn normal() -> Normal {
    Normal::standard()
}

/// The probability of a standard normal beyond a distance: what the distance would mean if returns were normal.
pub fn probability(distance: f64) -> f64 {
    normal().cdf(-distance)
}

/// Equity as a call on assets worth `assets` with a strike of `debt`: its value and its slope on the assets.
fn call(assets: f64, volatility: f64, debt: f64, rate: f64, horizon: f64) -> (f64, f64) {
    let (n, spread) = (normal(), volatility * horizon.sqrt());
    let d1 = ((assets / debt).ln() + (rate + volatility * volatility / 2.0) * horizon) / spread;
    (assets * n.cdf(d1) - (-rate * horizon).exp() * debt * n.cdf(d1 - spread), n.cdf(d1))
}

/// The asset value whose call is worth `equity`: Newton's method on a convex increasing function from above, hence monotone.
pub fn assets(equity: f64, volatility: f64, debt: f64, rate: f64, horizon: f64) -> Option<f64> {
    if !(equity > 0.0 && volatility > 0.0 && debt >= 0.0 && horizon > 0.0) {
        return None;
    }
    if debt == 0.0 {
        return Some(equity);
    }
    // Equity is worth at least assets less discounted debt, so that this is no less than the root.
    let mut v = equity + (-rate * horizon).exp() * debt;
    for _ in 0..100 {
        let (value, slope) = call(v, volatility, debt, rate, horizon);
        let next = v - (value - equity) / slope.max(1e-12);
        if !next.is_finite() || next <= 0.0 {
            return None;
        }
        if (next / v - 1.0).abs() < 1e-13 {
            return Some(next);
        }
        v = next;
    }
    Some(v)
}

/// Sample standard deviation of log changes a year; `None` with fewer than two changes.
pub fn volatility(values: &[f64]) -> Option<f64> {
    let (mean, n) = mean_change(values)?;
    if n < 2 {
        return None;
    }
    let square: f64 = values.windows(2).map(|w| ((w[1] / w[0]).ln() - mean).powi(2)).sum();
    Some((square / (n - 1) as f64 * SESSIONS).sqrt())
}

fn mean_change(values: &[f64]) -> Option<(f64, usize)> {
    let n = values.len().checked_sub(1).filter(|n| *n > 0)?;
    values.iter().all(|v| *v > 0.0).then(|| ((values[n] / values[0]).ln() / n as f64, n))
}

/// Asset value and volatility by iteration: from a volatility, the asset value of every session; from those, the volatility; until it
/// stays. `None` where a value is not positive, equity never moves, or it does not converge.
///
/// References: Merton (1974), Journal of Finance 29(2); Crosbie and Bohn (2003), Moody's KMV; Vassalou and Xing (2004), Journal of Finance
/// 59(2); Bharath and Shumway (2008), Review of Financial Studies 21(3), section 1.1.
pub fn merton(firm: &Firm<'_>) -> Option<Merton> {
    let (e, f) = (*firm.equity.last()?, *firm.debt.last()?);
    if firm.equity.len() != firm.debt.len() || f <= 0.0 {
        return None;
    }
    let mut sigma = volatility(firm.equity).filter(|s| *s > 0.0)? * e / (e + f);
    let mut values = vec![0.0; firm.equity.len()];
    for iteration in 1..=ITERATIONS {
        for (v, (e, f)) in values.iter_mut().zip(firm.equity.iter().zip(firm.debt)) {
            *v = assets(*e, sigma, *f, firm.rate, firm.horizon)?;
        }
        let next = volatility(&values).filter(|s| *s > 0.0)?;
        let settled = (next - sigma).abs() < CONVERGED;
        sigma = next;
        if settled {
            let drift = mean_change(&values)?.0 * SESSIONS + sigma * sigma / 2.0;
            let v = assets(e, sigma, f, firm.rate, firm.horizon)?;
            let distance = ((v / f).ln() + (drift - sigma * sigma / 2.0) * firm.horizon) / (sigma * firm.horizon.sqrt());
            return Some(Merton { assets: v, volatility: sigma, drift, distance, iterations: iteration });
        }
    }
    None
}

/// The naive distance to default: no iteration, face value for the debt's market value, and the past year's return of the share for the
/// drift.
///
/// Reference: Bharath and Shumway (2008), equations 9 to 12.
pub fn naive(firm: &Firm<'_>, past_return: f64) -> Option<Naive> {
    let (e, f) = (*firm.equity.last()?, *firm.debt.last()?);
    if !(e > 0.0 && f > 0.0) {
        return None;
    }
    let of_equity = volatility(firm.equity).filter(|s| *s > 0.0)?;
    let of_debt = 0.05 + 0.25 * of_equity;
    let sigma = (e * of_equity + f * of_debt) / (e + f);
    let top = ((e + f) / f).ln() + (past_return - sigma * sigma / 2.0) * firm.horizon;
    Some(Naive { volatility: sigma, distance: top / (sigma * firm.horizon.sqrt()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A textbook firm: equity of 3 with a volatility of 0.80, debt of 10 due in a year, a rate of 5 %. Its assets are worth 12.40 with a
    /// volatility of 0.2123, and the probability of default is 12.7 % (Hull, Options, Futures, and Other Derivatives, example of Merton's model).
    #[test]
    fn a_textbook_firm() {
        let v = assets(3.0, 0.2123, 10.0, 0.05, 1.0).unwrap();
        assert!((v - 12.40).abs() < 0.005, "{v}");
        let (value, slope) = call(v, 0.2123, 10.0, 0.05, 1.0);
        assert!((value - 3.0).abs() < 1e-9);
        // The volatility of equity is that of the assets times their leverage.
        assert!((slope * 0.2123 * v / 3.0 - 0.80).abs() < 0.002);
        let d2 = ((v / 10.0_f64).ln() + 0.05 - 0.2123 * 0.2123 / 2.0) / 0.2123;
        assert!((probability(d2) - 0.127).abs() < 0.0005);
    }

    /// Equity of a firm whose assets follow a known path is a call on them: the iteration must find path and volatility again.
    #[test]
    fn planted_assets_are_found() {
        let mut v = 150.0_f64;
        let path: Vec<f64> = (0..253)
            .map(|i| {
                v *= (0.0004 + 0.012 * (i as f64 * 1.7).sin() + 0.006 * (i as f64 * 0.31).cos()).exp();
                v
            })
            .collect();
        let sigma = volatility(&path).unwrap();
        let debt = vec![100.0; path.len()];
        let equity: Vec<f64> = path.iter().map(|v| call(*v, sigma, 100.0, 0.03, 1.0).0).collect();
        let found = merton(&Firm { equity: &equity, debt: &debt, rate: 0.03, horizon: 1.0 }).unwrap();
        assert!((found.volatility - sigma).abs() < 1e-5, "{found:?} {sigma}");
        assert!((found.assets / path[252] - 1.0).abs() < 1e-5);
        let mean = (path[252] / path[0]).ln() / 252.0 * 252.0;
        assert!((found.distance - ((found.assets / 100.0).ln() + mean) / found.volatility).abs() < 1e-4);
    }

    #[test]
    fn the_naive_distance_by_hand() {
        // Alternating changes of 1 %: the sample deviation of n alternating values of size a is a sqrt(n / (n - 1)).
        let equity: Vec<f64> = (0..253).map(|i| if i % 2 == 0 { 50.0 } else { 50.0 * 0.01_f64.exp() }).collect();
        let of_equity = 0.01 * (252.0_f64 / 251.0).sqrt() * 252.0_f64.sqrt();
        let sigma = 0.5 * of_equity + 0.5 * (0.05 + 0.25 * of_equity);
        let debt = vec![50.0; 253];
        let n = naive(&Firm { equity: &equity, debt: &debt, rate: 0.0, horizon: 1.0 }, 0.1).unwrap();
        assert!((n.volatility - sigma).abs() < 1e-12);
        assert!((n.distance - (2.0_f64.ln() + 0.1 - sigma * sigma / 2.0) / sigma).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_solved_is_said() {
        let firm = |equity: &'static [f64], debt: &'static [f64]| Firm { equity, debt, rate: 0.05, horizon: 1.0 };
        assert_eq!(merton(&firm(&[5.0, 5.0, 5.0], &[10.0; 3])), None);
        assert_eq!(merton(&firm(&[5.0, 0.0, 5.0], &[10.0; 3])), None);
        assert_eq!(merton(&firm(&[5.0, 6.0, 5.0], &[0.0; 3])), None);
        assert_eq!(merton(&firm(&[], &[])), None);
        assert_eq!(naive(&firm(&[5.0, 6.0], &[10.0; 2]), 0.1), None);
        assert_eq!(assets(5.0, 0.3, 0.0, 0.05, 1.0), Some(5.0));
    }
}
