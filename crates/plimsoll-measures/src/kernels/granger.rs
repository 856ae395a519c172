//! Does the past of one series help to foretell another beyond its own past (Granger 1969); and cross-correlation with Bartlett's bands.

use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use crate::kernels::regression::{automatic_lags, correlation, ols};

/// A test of causality in Granger's sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Granger {
    /// F of leaving out the other series' lags: ((RSS_r - RSS_u) / p) / (RSS_u / (n - 2 p - 1)).
    pub f: f64,
    /// Its p-value.
    pub f_p: f64,
    /// Wald's statistic on the same restrictions with a Newey-West covariance.
    pub wald: f64,
    /// Its p-value from the chi-squared distribution with p degrees of freedom.
    pub wald_p: f64,
    /// Sum of the coefficients on the other series' lags.
    pub sum: f64,
    /// Lags of each series.
    pub lags: usize,
    /// Rows of the regression.
    pub n: usize,
}

/// Whether `x` Granger-causes `y`: least squares of y on a constant, `lags` lags of y and as many of x. Newey-West with the customary
/// number of lags. `None` where there are too few rows or the columns are collinear.
pub fn granger(x: &[f64], y: &[f64], lags: usize) -> Option<Granger> {
    let n = y.len().checked_sub(lags)?;
    if lags == 0 || x.len() != y.len() || n <= 2 * lags + 2 {
        return None;
    }
    let target = &y[lags..];
    let own: Vec<&[f64]> = (1..=lags).map(|k| &y[lags - k..y.len() - k]).collect();
    let other = (1..=lags).map(|k| &x[lags - k..x.len() - k]);
    let all: Vec<&[f64]> = own.iter().copied().chain(other).collect();
    let (restricted, free) = (ols(target, &own, 0)?, ols(target, &all, automatic_lags(n))?);
    let freedom = (n - 2 * lags - 1) as f64;
    let unexplained = 1.0 - free.r2;
    if unexplained <= 0.0 {
        return None;
    }
    let f = ((free.r2 - restricted.r2) / lags as f64 / (unexplained / freedom)).max(0.0);
    let at: Vec<usize> = (lags + 1..=2 * lags).collect();
    let wald = free.wald(&at)?;
    Some(Granger {
        f,
        f_p: FisherSnedecor::new(lags as f64, freedom).ok()?.sf(f),
        wald,
        wald_p: ChiSquared::new(lags as f64).ok()?.sf(wald),
        sum: at.iter().map(|&k| free.beta[k]).sum(),
        lags,
        n,
    })
}

/// A cross-correlation of returns at one lag, with the half-width of the band in which it lies 95 times in 100 if the two are
/// independent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cross {
    /// Lag: positive pairs x with later y, so the first leads.
    pub lag: i64,
    /// The correlation.
    pub value: f64,
    /// 1.96 times Bartlett's standard error, which allows for the autocorrelation of both: ((1 / (n - |lag|)) sum over m of r_x(m) r_y(m))^(1/2)
    /// (Bartlett 1955, section 9.3).
    pub band: f64,
}

/// Cross-correlations at lags up to `reach` either way of two columns of returns over the same periods; `None` where one does not vary
/// or they are too short.
pub fn cross_correlations(x: &[f64], y: &[f64], reach: usize) -> Option<Vec<Cross>> {
    let n = x.len();
    if n != y.len() || n < reach + 10 {
        return None;
    }
    let centred = |v: &[f64]| {
        let mean = v.iter().sum::<f64>() / n as f64;
        v.iter().map(|a| a - mean).collect::<Vec<f64>>()
    };
    let (x, y) = (centred(x), centred(y));
    let size = |v: &[f64]| v.iter().map(|a| a * a).sum::<f64>();
    let (sx, sy) = (size(&x), size(&y));
    correlation(&x, &y)?;
    let own = |v: &[f64], s: f64, m: usize| (m..n).map(|t| v[t] * v[t - m]).sum::<f64>() / s;
    let spread: f64 = 1.0 + 2.0 * (1..=automatic_lags(n).max(1)).map(|m| own(&x, sx, m) * own(&y, sy, m)).sum::<f64>();
    let root = (sx * sy).sqrt();
    let reach = reach as i64;
    Some(
        (-reach..=reach)
            .map(|lag| {
                let k = lag.unsigned_abs() as usize;
                let sum: f64 =
                    if lag >= 0 { (k..n).map(|t| x[t - k] * y[t]).sum() } else { (k..n).map(|t| x[t] * y[t - k]).sum() };
                Cross { lag, value: sum / root, band: 1.96 * (spread.max(0.0) / (n - k) as f64).sqrt() }
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // statsmodels 0.15 on columns(120); see the first test.
    const F: f64 = 35.50639169217638;
    const F_P: f64 = 1.0839777445216314e-12;
    const WALD: f64 = 110.95870883170635;
    const WALD_P: f64 = 8.046787222703165e-25;
    const SUM: f64 = 0.17589920314932933;

    fn columns(n: usize) -> (Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (0..n).map(|i| (i as f64 * 1.7).sin() + 0.5 * (i as f64 * 0.31).cos()).collect();
        let mut y = vec![0.1, -0.2];
        for t in 2..n {
            let noise = (t as f64 * 2.9).sin() * (t as f64 * 0.77).cos();
            y.push(0.3 * y[t - 1] + 0.25 * x[t - 2] + 0.6 * noise);
        }
        (x, y)
    }

    #[test]
    fn as_statsmodels() {
        // statsmodels 0.15: grangercausalitytests(np.c_[y, x], [2]) ssr_ftest; OLS(...).fit(cov_type="HAC", cov_kwds={"maxlags": 4,
        // "use_correction": True}).wald_test(the two lags of x, use_f=False).
        let (x, y) = columns(120);
        let g = granger(&x, &y, 2).unwrap();
        for (ours, theirs) in [(g.f, F), (g.f_p, F_P), (g.wald, WALD), (g.wald_p, WALD_P), (g.sum, SUM)] {
            assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-3), "{ours} and {theirs}");
        }
        assert_eq!((g.lags, g.n), (2, 118));
    }

    #[test]
    fn a_lead_shows_at_its_lag_and_beyond_the_band() {
        let (x, y) = columns(400);
        let found = cross_correlations(&x, &y, 5).unwrap();
        let at = |lag: i64| found[(lag + 5) as usize];
        assert_eq!(at(2).lag, 2);
        let back = cross_correlations(&y, &x, 5).unwrap();
        for lag in -5..=5 {
            assert!((at(lag).value - back[(5 - lag) as usize].value).abs() < 1e-12);
        }
        assert!(granger(&x[..6], &y[..6], 2).is_none());
        assert!(cross_correlations(&[1.0; 50], &y[..50], 3).is_none());
    }
}
