//! Ordinary least squares with standard errors that allow for heteroskedasticity and autocorrelation.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// A fitted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Coefficients: the constant first, then one a regressor.
    pub beta: Vec<f64>,
    /// Newey-West standard errors, with the factor n / (n - k) for the degrees of freedom.
    pub se: Vec<f64>,
    /// Their covariance, from which the errors are taken.
    pub covariance: Vec<Vec<f64>>,
    /// Share of the variance explained.
    pub r2: f64,
    /// How many observations.
    pub n: usize,
    /// How many lags the standard errors allow for.
    pub lags: usize,
}

impl Fit {
    /// Coefficient over standard error.
    pub fn t(&self, k: usize) -> f64 {
        self.beta[k] / self.se[k]
    }
    /// Wald's statistic of the hypothesis that the coefficients `at` are all zero: b' V^-1 b, chi-squared with as many degrees of freedom;
    /// `None` where their covariance is singular.
    pub fn wald(&self, at: &[usize]) -> Option<f64> {
        // Cholesky's factor of V, and V^-1/2 b by forward substitution.
        let q = at.len();
        let mut factor = vec![vec![0.0; q]; q];
        let mut solved = vec![0.0; q];
        for i in 0..q {
            for j in 0..=i {
                let rest: f64 = self.covariance[at[i]][at[j]] - (0..j).map(|m| factor[i][m] * factor[j][m]).sum::<f64>();
                if i == j {
                    if rest.is_nan() || rest <= 1e-14 * self.covariance[at[i]][at[i]] {
                        return None;
                    }
                    factor[i][i] = rest.sqrt();
                } else {
                    factor[i][j] = rest / factor[j][j];
                }
            }
            solved[i] = (self.beta[at[i]] - (0..i).map(|m| factor[i][m] * solved[m]).sum::<f64>()) / factor[i][i];
        }
        Some(solved.iter().map(|v| v * v).sum())
    }
}

/// The customary number of lags for `n` observations: floor(4 (n / 100)^(2/9)) (Newey and West 1994).
pub fn automatic_lags(n: usize) -> usize {
    (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize
}

/// Regresses `y` on a constant and the columns `x`; `None` where the columns are collinear, constant, or not fewer than the rows.
pub fn ols(y: &[f64], x: &[&[f64]], lags: usize) -> Option<Fit> {
    let (n, k) = (y.len(), x.len() + 1);
    if n <= k + 1 {
        return None;
    }
    // Columns: the constant, then the regressors. Orthonormalised twice, so that the factor stays orthogonal (Bjorck 1967).
    let mut q: Vec<Vec<f64>> = vec![vec![1.0; n]];
    q.extend(x.iter().map(|c| c.to_vec()));
    let mut r = vec![vec![0.0; k]; k];
    for j in 0..k {
        let size = norm(&q[j]);
        for _ in 0..2 {
            for i in 0..j {
                let along = dot(&q[i], &q[j]);
                r[i][j] += along;
                let (head, tail) = q.split_at_mut(j);
                tail[0].iter_mut().zip(&head[i]).for_each(|(a, b)| *a -= along * b);
            }
        }
        let rest = norm(&q[j]);
        if rest.is_nan() || rest <= 1e-10 * size {
            return None;
        }
        r[j][j] = rest;
        q[j].iter_mut().for_each(|a| *a /= rest);
    }
    let rotated: Vec<f64> = q.iter().map(|c| dot(c, y)).collect();
    let beta = back_substitute(&r, &rotated);
    let residual: Vec<f64> = (0..n).map(|t| y[t] - (0..k).map(|j| rotated[j] * q[j][t]).sum::<f64>()).collect();

    // In the orthonormal basis (X'X)^-1 S (X'X)^-1 becomes R^-1 (Q'SQ) R^-T.
    let score = |j: usize, t: usize| q[j][t] * residual[t];
    let gamma = |a: usize, b: usize, l: usize| (l..n).map(|t| score(a, t) * score(b, t - l)).sum::<f64>();
    let long_run = |a: usize, b: usize| {
        let weight = |l: usize| 1.0 - l as f64 / (lags as f64 + 1.0);
        gamma(a, b, 0) + (1..=lags.min(n - 1)).map(|l| weight(l) * (gamma(a, b, l) + gamma(b, a, l))).sum::<f64>()
    };
    let middle: Vec<Vec<f64>> = (0..k).map(|a| (0..k).map(|b| long_run(a, b)).collect()).collect();
    let factor = n as f64 / (n - k) as f64;
    let inverse: Vec<Vec<f64>> =
        (0..k).map(|j| back_substitute(&r, &(0..k).map(|i| f64::from(u8::from(i == j))).collect::<Vec<_>>())).collect(); // inverse[j][i] is entry (i, j) of R^-1
    let covariance: Vec<Vec<f64>> = (0..k)
        .map(|i| {
            let with = |j: usize| -> f64 {
                (0..k).flat_map(|a| (0..k).map(move |b| (a, b))).map(|(a, b)| inverse[a][i] * middle[a][b] * inverse[b][j]).sum()
            };
            (0..k).map(|j| factor * with(j)).collect()
        })
        .collect();
    let se = (0..k).map(|i| covariance[i][i].max(0.0).sqrt()).collect();
    let mean = y.iter().sum::<f64>() / n as f64;
    let total: f64 = y.iter().map(|v| (v - mean).powi(2)).sum();
    let unexplained: f64 = residual.iter().map(|e| e * e).sum();
    Some(Fit { beta, se, covariance, r2: if total > 0.0 { 1.0 - unexplained / total } else { return None }, n, lags })
}

/// Tests of whether coefficients stay the same over a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Stability {
    /// Chow's F for a break in the middle: ((RSS - RSS_1 - RSS_2) / q) / ((RSS_1 + RSS_2) / (n - 2 q)).
    pub chow: f64,
    /// Its p-value from the F distribution.
    pub chow_p: f64,
    /// Coefficients q that may differ.
    pub restrictions: usize,
    /// Degrees of freedom n - 2 q.
    pub freedom: usize,
    /// The largest F over breaks within the trimmed sample (Quandt 1960; Andrews 1993).
    pub sup: f64,
    /// Row after which that break lies.
    pub at: usize,
}

impl Stability {
    /// Tests `y` on a constant and `x`, leaving out a share `trim` of the rows at each end as places of a break; `None` where a part
    /// has no fit.
    pub fn of(y: &[f64], x: &[&[f64]], trim: f64) -> Option<Stability> {
        let (n, q) = (y.len(), x.len() + 1);
        let least = ((n as f64 * trim) as usize).max(q + 2);
        if n < 2 * least + 1 {
            return None;
        }
        let rss = |from: usize, to: usize| -> Option<f64> {
            let part: Vec<&[f64]> = x.iter().map(|c| &c[from..to]).collect();
            let fit = ols(&y[from..to], &part, 0)?;
            let mean = y[from..to].iter().sum::<f64>() / (to - from) as f64;
            Some((1.0 - fit.r2) * y[from..to].iter().map(|v| (v - mean).powi(2)).sum::<f64>())
        };
        let (whole, freedom) = (rss(0, n)?, n - 2 * q);
        let f = |at: usize| -> Option<f64> {
            let parts = rss(0, at)? + rss(at, n)?;
            (parts > 0.0).then(|| ((whole - parts) / q as f64) / (parts / freedom as f64))
        };
        let chow = f(n / 2)?;
        let (mut sup, mut at) = (chow, n / 2);
        for place in least..=n - least {
            if let Some(value) = f(place)
                && value > sup
            {
                (sup, at) = (value, place);
            }
        }
        let law = FisherSnedecor::new(q as f64, freedom as f64).ok()?;
        Some(Stability { chow, chow_p: law.sf(chow.max(0.0)), restrictions: q, freedom, sup, at })
    }
}

/// Critical values of the largest F over breaks within the middle 70 % of a sample, for `q` coefficients that may differ: at 10, 5 and
/// 1 per cent; none beyond six coefficients. Values of q F by Andrews (2003), Econometrica 71(1), table 1, divided by q as Stock and
/// Watson, Introduction to Econometrics (2003), print them (QLR statistic with 15 % trimming). Held against the same table in gretl
/// (`QLR_critvals` in `plugin/stats_tables.c`), which names the same source: all eighteen agree.
pub fn sup_f_critical(q: usize) -> Option<[f64; 3]> {
    const TABLE: [[f64; 3]; 6] =
        [[7.12, 8.68, 12.16], [5.00, 5.86, 7.78], [4.09, 4.71, 6.02], [3.59, 4.09, 5.12], [3.26, 3.66, 4.53], [3.02, 3.37, 4.12]];
    q.checked_sub(1).and_then(|k| TABLE.get(k)).copied()
}

/// Pearson's correlation; `None` where a column does not vary or there are fewer than three rows.
pub fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len() as f64;
    if x.len() < 3 {
        return None;
    }
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut sxx, mut syy, mut sxy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        sxx += (a - mx) * (a - mx);
        syy += (b - my) * (b - my);
        sxy += (a - mx) * (b - my);
    }
    (sxx > 0.0 && syy > 0.0).then(|| (sxy / (sxx * syy).sqrt()).clamp(-1.0, 1.0))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn back_substitute(r: &[Vec<f64>], y: &[f64]) -> Vec<f64> {
    let k = y.len();
    let mut out = vec![0.0; k];
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|j| r[i][j] * out[j]).sum();
        out[i] = (y[i] - known) / r[i][i];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} and {b}");
    }

    #[test]
    fn a_line_by_hand() {
        // x = 1..5, y = 2, 4, 5, 4, 5: slope 6/10, constant 4 - 0.6 x 3, explained 3.6 of 6.
        let fit = ols(&[2.0, 4.0, 5.0, 4.0, 5.0], &[&[1.0, 2.0, 3.0, 4.0, 5.0]], 0).unwrap();
        near(fit.beta[0], 2.2, 1e-12);
        near(fit.beta[1], 0.6, 1e-12);
        near(fit.r2, 0.6, 1e-12);
        // White's variance of the slope: sum (x - 3)^2 e^2 / 10^2 = (4 x 0.64 + 1 x 0.36 + 0 + 1 x 0.36 + 4 x 0.04) / 100... by hand:
        // residuals -0.8, 0.6, 1.0, -0.6, -0.2; (4 x .64 + .36 + .36 + 4 x .04) / 100 = 0.0344, times 5 / 3.
        near(fit.se[1], (0.0344f64 * 5.0 / 3.0).sqrt(), 1e-12);
    }

    #[test]
    fn two_regressors_with_lags_as_statsmodels() {
        // statsmodels 0.15, OLS.fit(cov_type="HAC", cov_kwds={"maxlags": L, "use_correction": True}).
        let t: Vec<f64> = (0..40).map(f64::from).collect();
        let x1: Vec<f64> = t.iter().map(|t| (0.7 * t).sin()).collect();
        let x2: Vec<f64> = t.iter().map(|t| (1.3 * t).cos() + 0.02 * t).collect();
        let e = |t: f64| (2.1 * t).sin() * (0.05 * t).cos() + 0.3 * (0.21 * t).sin();
        let y: Vec<f64> = (0..40).map(|i| 0.5 + 1.5 * x1[i] - 0.8 * x2[i] + 0.4 * e(t[i])).collect();
        let beta = [0.5194815501377366, 1.5051203194446727, -0.7904767495388603];
        for (lags, se) in [
            (0, [0.041339368189647806, 0.047046498956969544, 0.04388451180782906]),
            (3, [0.03540584474668963, 0.033107157926841, 0.03799836229852631]),
        ] {
            let fit = ols(&y, &[&x1, &x2], lags).unwrap();
            for k in 0..3 {
                near(fit.beta[k], beta[k], 1e-12);
                near(fit.se[k], se[k], 1e-12);
            }
            near(fit.r2, 0.9747193452384358, 1e-12);
        }
    }

    #[test]
    fn a_planted_break_is_found() {
        let x: Vec<f64> = (0..80).map(|i| (f64::from(i) * 0.7).sin()).collect();
        let noise = |i: usize| 0.1 * (i as f64 * 2.9).cos();
        let steady: Vec<f64> = (0..80).map(|i| 1.0 + 2.0 * x[i] + noise(i)).collect();
        let broken: Vec<f64> =
            (0..80).map(|i| if i < 30 { 1.0 + 2.0 * x[i] + noise(i) } else { 1.5 - 1.0 * x[i] + noise(i) }).collect();
        let s = Stability::of(&steady, &[&x], 0.15).unwrap();
        assert!(s.chow_p > 0.05 && s.sup < 6.0, "{s:?}");
        let s = Stability::of(&broken, &[&x], 0.15).unwrap();
        assert_eq!((s.at, s.restrictions, s.freedom), (30, 2, 76));
        assert!(s.chow_p < 1e-6 && s.sup > s.chow, "{s:?}");
        assert_eq!(Stability::of(&steady[..6], &[&x[..6]], 0.15), None);
    }

    #[test]
    fn collinear_and_constant_columns_have_no_fit() {
        let y = [1.0, 2.0, 4.0, 3.0, 5.0];
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(ols(&y, &[&x, &x.map(|v| 2.0 * v + 1.0)], 0), None);
        assert_eq!(ols(&y, &[&[3.0; 5]], 0), None);
        assert_eq!(ols(&[1.0; 5], &[&x], 0), None);
        assert_eq!(ols(&y[..2], &[&x[..2]], 0), None);
    }

    #[test]
    fn correlation_by_hand() {
        // Sums of products 6, 10 and 6: 6 / sqrt(60).
        near(correlation(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 4.0, 5.0, 4.0, 5.0]).unwrap(), 6.0 / 60f64.sqrt(), 1e-15);
        assert_eq!(correlation(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
    }
}
