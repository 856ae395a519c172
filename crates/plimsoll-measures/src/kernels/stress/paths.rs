//! Paths of rates, spreads and cash flow: one for a scenario, a grid of them for the frontier, thousands for Monte Carlo.

use rayon::prelude::*;

use super::assumptions::Assumptions;
use super::borrower::QUARTERS;
use super::random::{self, Streams};
use super::scenario::{Conditions, Scenario};

/// Paths are laid out in lanes of this many, which the machine advances together.
pub const LANES: usize = 8;

/// Paths in columns: quarter-major, one lane a path; the last lanes repeat the last path.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    n: usize,
    wide: usize,
    /// Policy rate, decimals a year.
    pub(crate) short: Vec<f64>,
    /// Rate of new fixed debt before its spread, decimals a year.
    pub(crate) tenor: Vec<f64>,
    /// Multiplies spreads.
    pub(crate) spread: Vec<f64>,
    /// EBITDA over a quarter of the past year's.
    pub(crate) level: Vec<f64>,
    /// Standard deviation of a quarter's shock to each issuer's own cash flow.
    pub(crate) own: f64,
    /// The seed of those shocks.
    pub(crate) seed: u64,
}

/// How many paths, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Paths.
    pub paths: usize,
    /// The seed.
    pub seed: u64,
}

impl Paths {
    /// `n` paths of `[short, tenor, spread, level]` by quarter and path.
    pub fn from_fn(n: usize, at: impl Fn(usize, usize) -> [f64; 4]) -> Paths {
        let wide = n.div_ceil(LANES) * LANES;
        let column = || vec![0.0; QUARTERS * wide];
        let mut p = Paths { n, wide, short: column(), tenor: column(), spread: column(), level: column(), own: 0.0, seed: 0 };
        for q in 0..QUARTERS {
            for i in 0..wide {
                let cell = q * wide + i;
                [p.short[cell], p.tenor[cell], p.spread[cell], p.level[cell]] = at(q, i.min(n - 1));
            }
        }
        p
    }

    /// How many paths.
    pub fn len(&self) -> usize {
        self.n
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }
    /// How many lanes, a multiple of [`LANES`].
    pub(crate) fn wide(&self) -> usize {
        self.wide
    }
    /// `[short, tenor, spread, level]` of a path in a quarter.
    pub fn at(&self, quarter: usize, path: usize) -> [f64; 4] {
        let cell = quarter * self.wide + path;
        [self.short[cell], self.tenor[cell], self.spread[cell], self.level[cell]]
    }

    /// Random paths about a scenario.
    ///
    /// Deviations of the policy rate and of the logarithm of spreads are first-order autoregressions (Vasicek 1977 in discrete time) and
    /// the common part of cash flow is a random walk; their innovations are normal and correlated by a Cholesky factor. A deviation of
    /// the rate passes into the rate of new fixed debt by its mean over the debt's life. Rates end at zero. Each path has its own
    /// generator, so that its numbers do not depend on how many paths there are or which thread draws them.
    pub fn draw(scenario: &Scenario, conditions: &Conditions, a: &Assumptions, draw: Draw) -> Paths {
        let (short, tenor) = (scenario.short(conditions), scenario.tenor(conditions, a));
        let life = a.tenor_quarters;
        let passed = if a.rate_persistence < 1.0 {
            (1.0 - a.rate_persistence.powf(life)) / (life * (1.0 - a.rate_persistence))
        } else {
            1.0
        };
        // Cholesky factor of the correlations of rate, spread and cash flow; rate and cash flow are tied through spreads alone.
        let (rs, sc) = (a.rate_spread_correlation, a.spread_common_correlation);
        let rest_s = (1.0 - rs * rs).max(0.0).sqrt();
        let rest_c = (1.0 - sc * sc).max(0.0).sqrt();
        let one = |path: usize| -> [[f64; 4]; QUARTERS] {
            let mut stream = Streams::<1>::seeded([random::key(draw.seed, 0, path as u64)]);
            let (mut x, mut y, mut g) = (0.0, 0.0, 0.0);
            std::array::from_fn(|q| {
                let z: [f64; 3] = std::array::from_fn(|_| stream.normal()[0]);
                let spread = rs * z[0] + rest_s * z[1];
                x = a.rate_persistence * x + a.rate_shock * z[0];
                y = a.spread_persistence * y + a.spread_shock * spread;
                g += a.common_shock * (sc * spread + rest_c * z[2]);
                [
                    (short[q] + x).max(0.0),
                    (tenor[q] + passed * x).max(0.0),
                    scenario.spreads[q] * exp(y),
                    scenario.cash_flow[q] + g,
                ]
            })
        };
        let drawn: Vec<[[f64; 4]; QUARTERS]> = (0..draw.paths).into_par_iter().map(one).collect();
        let mut paths = Paths::from_fn(draw.paths, |q, i| drawn[i][q]);
        (paths.own, paths.seed) = (a.own_shock, draw.seed);
        paths
    }
}

/// The exponential, the same on every machine: the argument halved until it is small, the series, and squares.
fn exp(x: f64) -> f64 {
    let small = x / 1024.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..=14 {
        term *= small / f64::from(n);
        sum += term;
    }
    (0..10).fold(sum, |e, _| e * e)
}

#[cfg(test)]
mod tests {
    use super::super::scenario::tests::conditions;
    use super::*;

    #[test]
    fn the_exponential_is_one() {
        for i in -300..300 {
            let x = f64::from(i) / 50.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn shocks_have_the_moments_asked_for() {
        let (c, a) = (conditions(), Assumptions::default());
        let s = Scenario::named("higher_for_longer").unwrap();
        let n = 20_000;
        let paths = Paths::draw(&s, &c, &a, Draw { paths: n, seed: 1876 });
        let mean = |f: &dyn Fn(usize) -> f64| (0..n).map(f).sum::<f64>() / n as f64;
        let rate = |i: usize| paths.at(0, i)[0] - c.rate;
        let spread = |i: usize| paths.at(0, i)[2].ln();
        let level = |i: usize| paths.at(0, i)[3] - 1.0;
        let sd = |f: &dyn Fn(usize) -> f64| mean(&|i| f(i) * f(i)).sqrt();
        assert!((sd(&rate) / 0.0056 - 1.0).abs() < 0.02);
        assert!((sd(&spread) / 0.21 - 1.0).abs() < 0.02);
        assert!((sd(&level) / 0.055 - 1.0).abs() < 0.02);
        assert!((mean(&|i| rate(i) * spread(i)) / (0.0056 * 0.21) + 0.47).abs() < 0.02);
        assert!((mean(&|i| level(i) * spread(i)) / (0.055 * 0.21) + 0.5).abs() < 0.02);
        // Three years on: the variance of a first-order autoregression, and of a random walk.
        let later = |i: usize| paths.at(11, i)[2].ln();
        let by_hand = 0.21 * ((1.0 - 0.86_f64.powi(24)) / (1.0 - 0.86_f64.powi(2))).sqrt();
        assert!((sd(&later) / by_hand - 1.0).abs() < 0.02);
        let walk = |i: usize| paths.at(11, i)[3] - 1.0;
        assert!((sd(&walk) / (0.055 * 12.0_f64.sqrt()) - 1.0).abs() < 0.02);
    }

    #[test]
    fn a_path_does_not_depend_on_how_many_there_are() {
        let (c, a) = (conditions(), Assumptions::default());
        let s = Scenario::named("priced").unwrap();
        let few = Paths::draw(&s, &c, &a, Draw { paths: 5, seed: 7 });
        let many = Paths::draw(&s, &c, &a, Draw { paths: 500, seed: 7 });
        assert!((0..QUARTERS).all(|q| (0..5).all(|i| few.at(q, i) == many.at(q, i))));
        assert_ne!(Paths::draw(&s, &c, &a, Draw { paths: 5, seed: 8 }), few);
        assert_eq!((few.len(), few.wide()), (5, LANES));
    }
}
