//! Kelly's fractions with and without the bound, and what certifies them.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, ExponentialConeT, IPSolver as _, NonnegativeConeT, SolverStatus, SupportedConeT, ZeroConeT,
};

use super::{Outcomes, SizingError, interior};

/// Duality gap at which the solver stops: growth is then right to about this, the split to its root.
const TOLERANCE: f64 = 1e-10;

/// A split of wealth.
#[derive(Clone, Debug, PartialEq)]
pub struct Sizing {
    /// Share of wealth in each bet; they sum to one.
    pub fractions: Vec<f64>,
    /// Expected logarithm of wealth after a period over wealth before.
    pub growth: f64,
    /// The exponent of the bound it was made for; 0 is none.
    pub lambda: f64,
    /// How good it is.
    pub certificate: Certificate,
}

/// What the conditions of optimality say of a split, from the outcomes alone (Busseti, Ryu and Boyd 2016, section 4): with a
/// multiplier kappa >= 0, E r_i / r'b + kappa lambda E r_i (r'b)^(-lambda-1) is 1 + kappa lambda for every bet held and no more for the
/// others, and kappa (E (r'b)^-lambda - 1) = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// log E (r'b)^-lambda: the bound holds where this is 0 or less.
    pub constraint: f64,
    /// The multiplier of the bound: what growth it costs.
    pub kappa: f64,
    /// The greatest violation of the conditions, relative to 1 + kappa lambda.
    pub residual: f64,
}

impl Outcomes {
    /// E log r'b.
    fn growth(&self, wealth: &[f64]) -> f64 {
        self.probability().iter().zip(wealth).map(|(p, w)| p * w.ln()).sum()
    }
    /// log E (r'b)^-lambda.
    fn constraint(&self, wealth: &[f64], lambda: f64) -> f64 {
        if lambda == 0.0 {
            return 0.0;
        }
        let terms: Vec<f64> = self.probability().iter().zip(wealth).map(|(p, w)| p.ln() - lambda * w.ln()).collect();
        let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if most.is_finite() { most + terms.iter().map(|t| (t - most).exp()).sum::<f64>().ln() } else { f64::INFINITY }
    }
}

/// Judges a split for a bound.
///
/// # Errors
/// Where it loses everything in some outcome, or does not sum to one.
pub fn weigh(outcomes: &Outcomes, fractions: Vec<f64>, lambda: f64) -> Result<Sizing, SizingError> {
    let total: f64 = fractions.iter().sum();
    if (total - 1.0).abs() > 1e-9 || fractions.iter().any(|b| *b < 0.0) || fractions.len() != outcomes.names().len() {
        return Err(SizingError::Parameter { name: "fractions", expected: "numbers from 0 to 1 that sum to 1", got: total });
    }
    let wealth = outcomes.wealth(&fractions);
    if wealth.iter().any(|w| *w <= 0.0) {
        return Err(SizingError::Infeasible);
    }
    let n = fractions.len();
    let (mut first, mut second, mut whole) = (vec![0.0; n], vec![0.0; n], 0.0);
    for (k, w) in wealth.iter().enumerate() {
        let p = outcomes.probability()[k];
        let (a, c) = (p / w, p * w.powf(-lambda - 1.0));
        whole += c * w;
        for (i, g) in outcomes.outcome(k).iter().enumerate() {
            first[i] += a * g;
            second[i] += c * g;
        }
    }
    // The multiplier that fits the bets held best; the bound has one only where it binds.
    let constraint = outcomes.constraint(&wealth, lambda);
    let fit: f64 = (0..n).map(|i| fractions[i] * (1.0 - first[i]) * (second[i] - whole)).sum();
    let size: f64 = (0..n).map(|i| fractions[i] * lambda * (second[i] - whole).powi(2)).sum();
    let binds = lambda > 0.0 && constraint > -1e-5 && size > 0.0;
    let kappa = if binds { (fit / size).max(0.0) } else { 0.0 };
    let scale = 1.0 + kappa * lambda;
    let mut residual = kappa * (whole - 1.0).abs();
    for i in 0..n {
        let gap = first[i] - 1.0 + kappa * lambda * (second[i] - whole);
        residual = residual.max(gap).max(fractions[i] * gap.abs());
    }
    let growth = outcomes.growth(&wealth);
    Ok(Sizing { fractions, growth, lambda, certificate: Certificate { constraint, kappa, residual: residual / scale } })
}

/// Largest violation of the conditions of optimality at which the fast method's answer is taken.
const CERTIFIED: f64 = 1e-7;

/// The split of greatest growth whose drawdown is bounded by the exponent `lambda`; 0 is Kelly's own, without a bound. The interior
/// point method in the bets alone comes first; where the certificate does not bear it out, Clarabel decides.
///
/// # Errors
/// [`SizingError::Infeasible`] where no split meets the bound, [`SizingError::Solver`] where none was found.
pub fn kelly(outcomes: &Outcomes, lambda: f64) -> Result<Sizing, SizingError> {
    if !(0.0..=1e4).contains(&lambda) {
        return Err(SizingError::Parameter { name: "lambda", expected: "a number from 0 to 10000", got: lambda });
    }
    if let Some(found) = interior::solve(outcomes, lambda) {
        let sizing = finished(outcomes, &found, lambda)?;
        if sizing.certificate.residual < CERTIFIED && sizing.certificate.constraint <= 1e-9 {
            return Ok(sizing);
        }
    }
    conic(outcomes, lambda)
}

/// The same by Clarabel, over two exponential cones an outcome.
///
/// # Errors
/// As [`kelly`].
pub fn conic(outcomes: &Outcomes, lambda: f64) -> Result<Sizing, SizingError> {
    let (n, scenarios) = (outcomes.names().len(), outcomes.len());
    let bounded = if lambda > 0.0 { scenarios } else { 0 };
    // Unknowns: b, then t_k <= log r_k'b, then u_k >= p_k exp(-lambda t_k) with sum u <= 1. Rows: sum b = 1; b >= 0 and the sum of u;
    // a cone each (t_k, 1, r_k'b); a cone each (log p_k - lambda t_k, 1, u_k).
    let columns = n + scenarios + bounded;
    let signs = n + usize::from(bounded > 0);
    let rows = 1 + signs + 3 * (scenarios + bounded);
    let (mut index, mut entry, mut start) = (Vec::new(), Vec::new(), vec![0]);
    let cone = 1 + signs;
    for j in 0..n {
        index.extend([0, 1 + j]);
        entry.extend([1.0, -1.0]);
        for k in 0..scenarios {
            let gross = outcomes.outcome(k)[j];
            if gross != 0.0 {
                index.push(cone + 3 * k + 2);
                entry.push(-gross);
            }
        }
        start.push(index.len());
    }
    for k in 0..scenarios {
        index.push(cone + 3 * k);
        entry.push(-1.0);
        if bounded > 0 {
            index.push(cone + 3 * (scenarios + k));
            entry.push(lambda);
        }
        start.push(index.len());
    }
    for k in 0..bounded {
        index.extend([n + 1, cone + 3 * (scenarios + k) + 2]);
        entry.extend([1.0, -1.0]);
        start.push(index.len());
    }
    let mut right = vec![0.0; rows];
    right[0] = 1.0;
    if bounded > 0 {
        right[n + 1] = 1.0;
    }
    for k in 0..scenarios + bounded {
        right[cone + 3 * k + 1] = 1.0;
        if k >= scenarios {
            right[cone + 3 * k] = outcomes.probability()[k - scenarios].ln();
        }
    }
    let mut cones: Vec<SupportedConeT<f64>> = vec![ZeroConeT(1), NonnegativeConeT(signs)];
    cones.extend(std::iter::repeat_with(ExponentialConeT).take(scenarios + bounded));
    let mut cost = vec![0.0; columns];
    for (c, p) in cost[n..n + scenarios].iter_mut().zip(outcomes.probability()) {
        *c = -p;
    }
    let failed = |e: &dyn std::fmt::Display| SizingError::Solver(e.to_string());
    let matrix = CscMatrix::new(rows, columns, start, index, entry);
    let settings = DefaultSettings {
        verbose: false,
        max_iter: 400,
        tol_gap_abs: TOLERANCE,
        tol_gap_rel: TOLERANCE,
        ..DefaultSettings::default()
    };
    let mut solver = DefaultSolver::new(&CscMatrix::zeros((columns, columns)), &cost, &matrix, &right, &cones, settings)
        .map_err(|e| failed(&e))?;
    solver.solve();
    match solver.solution.status {
        SolverStatus::Solved | SolverStatus::AlmostSolved => {}
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => return Err(SizingError::Infeasible),
        other => return Err(SizingError::Solver(format!("{other:?}"))),
    }
    finished(outcomes, &solver.solution.x[..n], lambda)
}

/// A solver's split, made to sum to one and to meet the bound, and judged.
fn finished(outcomes: &Outcomes, raw: &[f64], lambda: f64) -> Result<Sizing, SizingError> {
    let total: f64 = raw.iter().map(|b| b.max(0.0)).sum();
    let fractions: Vec<f64> = raw.iter().map(|b| b.max(0.0) / total).collect();
    weigh(outcomes, within(outcomes, fractions, lambda), lambda)
}

/// The split, moved towards cash by as much as rounding left it beyond the bound.
fn within(outcomes: &Outcomes, fractions: Vec<f64>, lambda: f64) -> Vec<f64> {
    let beyond = |b: &[f64]| outcomes.constraint(&outcomes.wealth(b), lambda);
    let Some(cash) = outcomes.cash().filter(|_| beyond(&fractions) > 0.0) else { return fractions };
    let toward = |share: f64| mixed(&fractions, cash, 1.0 - share);
    // The constraint is convex in the share and met at one end: the least share is found by halving.
    let (mut low, mut high) = (0.0, 1e-3);
    if beyond(&toward(high)) > 0.0 {
        return fractions;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if beyond(&toward(middle)) > 0.0 { low = middle } else { high = middle }
    }
    toward(high)
}

fn mixed(fractions: &[f64], cash: usize, share: f64) -> Vec<f64> {
    fractions.iter().enumerate().map(|(i, b)| b * share + if i == cash { 1.0 - share } else { 0.0 }).collect()
}

/// Fractional Kelly at the same bound: the greatest share of wealth that follows `full`, the rest in cash, whose drawdown is bounded by
/// `lambda`. The share comes with it.
///
/// # Errors
/// [`SizingError::Infeasible`] where there is no cash.
pub fn fractional(outcomes: &Outcomes, full: &Sizing, lambda: f64) -> Result<(f64, Sizing), SizingError> {
    let cash = outcomes.cash().ok_or(SizingError::Infeasible)?;
    let beyond = |share: f64| outcomes.constraint(&outcomes.wealth(&mixed(&full.fractions, cash, share)), lambda) > 0.0;
    let (mut low, mut high) = (0.0, 1.0);
    if beyond(high) {
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if beyond(middle) { high = middle } else { low = middle }
        }
    } else {
        low = 1.0;
    }
    Ok((low, weigh(outcomes, mixed(&full.fractions, cash, low), lambda)?))
}

#[cfg(test)]
mod tests {
    use super::super::exponent;
    use super::*;

    /// A coin that doubles or loses the stake, and cash.
    fn coin(p: f64) -> Outcomes {
        Outcomes::new(vec!["coin".into(), "cash".into()], vec![p, 1.0 - p], vec![2.0, 1.0, 0.0, 1.0]).unwrap()
    }

    #[test]
    fn kelly_of_a_coin_by_hand() {
        // Kelly 1956: bet p - q.
        let full = kelly(&coin(0.6), 0.0).unwrap();
        assert!((full.fractions[0] - 0.2).abs() < 1e-4, "{full:?}");
        assert!((full.growth - (0.6 * 1.2f64.ln() + 0.4 * 0.8f64.ln())).abs() < 1e-8);
        assert!(full.certificate.residual < 1e-4, "{full:?}");
        assert!(kelly(&coin(0.4), 0.0).unwrap().fractions[0] < 1e-4);
    }

    #[test]
    fn the_bound_of_a_coin_by_hand() {
        // 0.6 (1 + b)^-lambda + 0.4 (1 - b)^-lambda = 1 for lambda = 2, solved for b by halving.
        let lambda = 2.0;
        let over = |b: f64| 0.6 * (1.0 + b).powf(-lambda) + 0.4 * (1.0 - b).powf(-lambda) > 1.0;
        let (mut low, mut high) = (1e-6, 0.2);
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if over(middle) { high = middle } else { low = middle }
        }
        let found = kelly(&coin(0.6), lambda).unwrap();
        assert!((found.fractions[0] - low).abs() < 1e-6, "{low} {found:?}");
        assert!(found.certificate.constraint <= 0.0 && found.certificate.constraint > -1e-6, "{found:?}");
        assert!(found.certificate.kappa > 0.0 && found.certificate.residual < 1e-4, "{found:?}");
        // With one bet beside cash every split is fractional Kelly.
        let (share, same) = fractional(&coin(0.6), &kelly(&coin(0.6), 0.0).unwrap(), lambda).unwrap();
        assert!((share - low / 0.2).abs() < 1e-3 && (same.fractions[0] - low).abs() < 1e-6);
    }

    #[test]
    fn the_fast_method_and_clarabel_agree() {
        let mut state = 7u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let (mut fast, mut all) = (0, 0);
        for round in 0..40 {
            let (bets, count) = (2 + round % 9, 3 + round * 2);
            let mut gross: Vec<f64> = (0..bets * count).map(|_| 0.7 + 0.65 * uniform()).collect();
            gross.iter_mut().skip(bets - 1).step_by(bets).for_each(|g| *g = 1.0);
            let outcomes = Outcomes::sampled((0..bets).map(|i| i.to_string()).collect(), gross).unwrap();
            for lambda in [0.0, 0.5, 3.0, 20.0] {
                let (a, b) = (kelly(&outcomes, lambda).unwrap(), conic(&outcomes, lambda).unwrap());
                assert!((a.growth - b.growth).abs() < 2e-8, "{round} {lambda}: {a:?} {b:?}");
                assert!(a.growth > b.growth - 1e-9 && a.certificate.constraint <= 1e-9, "{round} {lambda}: {a:?} {b:?}");
                all += 1;
                fast += usize::from(interior::solve(&outcomes, lambda).is_some());
            }
        }
        // Where no bet is worth a dollar there is no inside, and Clarabel decides.
        assert!(fast * 10 >= all * 9, "{fast} of {all}");
    }

    #[test]
    fn a_split_that_is_not_optimal_is_found_out() {
        let judged = weigh(&coin(0.6), vec![0.1, 0.9], 0.0).unwrap();
        assert!(judged.certificate.residual > 0.01, "{judged:?}");
        assert!(weigh(&coin(0.6), vec![0.1, 0.8], 0.0).is_err());
        assert_eq!(weigh(&coin(0.6), vec![1.0, 0.0], 0.0), Err(SizingError::Infeasible));
    }

    #[test]
    fn what_cannot_be_bet_on_is_refused() {
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let new = |p: &[f64], g: &[f64]| Outcomes::new(names(), p.to_vec(), g.to_vec());
        assert!(matches!(new(&[0.5, 0.6], &[1.0; 4]), Err(SizingError::Probabilities(_))));
        assert!(matches!(new(&[0.5, 0.5], &[1.0, -0.1, 1.0, 1.0]), Err(SizingError::Value { outcome: 1, .. })));
        assert!(matches!(new(&[1.0, 0.0], &[1.0; 4]), Err(SizingError::Value { outcome: 2, .. })));
        assert!(matches!(new(&[1.0], &[1.0; 4]), Err(SizingError::Empty { .. })));
        // Two bets that both lose everything in some outcome, and no cash.
        let ruin = new(&[0.5, 0.5], &[0.5, 0.9, 0.9, 0.5]).unwrap();
        assert_eq!(kelly(&ruin, 2.0), Err(SizingError::Infeasible));
        assert!(exponent(1.0, 0.1).is_err() && exponent(0.7, 0.0).is_err());
        assert!((exponent(0.7, 0.1).unwrap() - 6.4557).abs() < 1e-4);
    }
}
