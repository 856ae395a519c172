//! A primal-dual interior point method for Kelly's problem in its own few unknowns, the bets: where a conic solver needs two cones an
//! outcome, each step here is one Cholesky factor of the size of the bets (Boyd and Vandenberghe 2004, section 11.7, with a slack for
//! the bound so that a start need not meet it).
//!
//! Its answers count only with their certificate; where that fails, Clarabel decides.

use super::Outcomes;

/// Steps at most; problems that are solved at all take ten to thirty.
const STEPS: usize = 80;
/// Complementarity and residuals at which it stops.
const TOLERANCE: f64 = 1e-12;
/// How much complementarity shrinks a step.
const CENTRING: f64 = 0.1;
/// Share of the way to the boundary that a step may go.
const BOUNDARY: f64 = 0.995;

/// What a step needs of a split.
struct Local {
    /// Gradient of -E log r'b.
    growth: Vec<f64>,
    /// log E (r'b)^-lambda.
    bound: f64,
    /// Its gradient.
    slope: Vec<f64>,
    /// Hessian of the Lagrangian, lower triangle by rows.
    hessian: Vec<f64>,
}

/// The split of greatest growth with the bound of exponent `lambda` (0: none), or `None` where the method does not converge.
pub(super) fn solve(outcomes: &Outcomes, lambda: f64) -> Option<Vec<f64>> {
    let n = outcomes.names().len();
    let bounded = lambda > 0.0;
    let mut b = start(outcomes);
    let mut z = vec![1.0; n];
    let (mut s, mut kappa, mut nu) = (1.0, if bounded { 1.0 } else { 0.0 }, 0.0);
    for _ in 0..STEPS {
        let at = local(outcomes, &b, lambda, kappa);
        let count = n + usize::from(bounded);
        let gap = b.iter().zip(&z).map(|(b, z)| b * z).sum::<f64>() + if bounded { s * kappa } else { 0.0 };
        let uneven = 1.0 - b.iter().sum::<f64>();
        let broken = if bounded { at.bound + s } else { 0.0 };
        let dual = (0..n).map(|i| (at.growth[i] - z[i] + kappa * at.slope[i] + nu).abs()).fold(0.0, f64::max);
        if !(gap.is_finite() && dual.is_finite()) {
            return None;
        }
        if gap < TOLERANCE * count as f64 && uneven.abs() < 1e-10 && broken.abs() < 1e-10 && dual < 1e-10 * (1.0 + kappa * lambda)
        {
            return Some(b);
        }
        let mu = CENTRING * gap / count as f64;
        // The slack and the multipliers of the signs are eliminated; what is left has the size of the bets.
        let weight = if bounded { kappa / s } else { 0.0 };
        let mut factor = at.hessian;
        for i in 0..n {
            let row = &mut factor[i * n..i * n + i + 1];
            row.iter_mut().zip(&at.slope).for_each(|(h, g)| *h += weight * at.slope[i] * g);
            row[i] += z[i] / b[i];
        }
        cholesky(&mut factor, n)?;
        let pull = if bounded { weight * at.bound + mu / s } else { 0.0 };
        let mut step: Vec<f64> = (0..n).map(|i| mu / b[i] - at.growth[i] - (kappa + pull) * at.slope[i] - nu).collect();
        let mut ones = vec![1.0; n];
        substitute(&factor, n, &mut step);
        substitute(&factor, n, &mut ones);
        let dnu = (step.iter().sum::<f64>() - uneven) / ones.iter().sum::<f64>();
        step.iter_mut().zip(&ones).for_each(|(d, one)| *d -= dnu * one);
        let along: f64 = at.slope.iter().zip(&step).map(|(g, d)| g * d).sum();
        let (mut ds, mut dkappa) = (0.0, 0.0);
        if bounded {
            dkappa = weight * (along + at.bound) + mu / s;
            ds = mu / kappa - s - dkappa / weight;
        }
        let dz: Vec<f64> = (0..n).map(|i| mu / b[i] - z[i] - z[i] / b[i] * step[i]).collect();
        let room = |x: f64, d: f64| if d < 0.0 { -BOUNDARY * x / d } else { 1.0 };
        let mut primal = b.iter().zip(&step).map(|(x, d)| room(*x, *d)).fold(1.0, f64::min);
        let mut other = z.iter().zip(&dz).map(|(x, d)| room(*x, *d)).fold(1.0, f64::min);
        if bounded {
            (primal, other) = (primal.min(room(s, ds)), other.min(room(kappa, dkappa)));
        }
        // The bound is curved: primal and dual go the same way.
        let go = if bounded { primal.min(other) } else { primal };
        let also = if bounded { go } else { other };
        b.iter_mut().zip(&step).for_each(|(x, d)| *x += go * d);
        z.iter_mut().zip(&dz).for_each(|(x, d)| *x += also * d);
        (s, kappa, nu) = (s + go * ds, kappa + also * dkappa, nu + also * dnu);
    }
    None
}

/// Half in cash, where there is any, and half in everything.
fn start(outcomes: &Outcomes) -> Vec<f64> {
    let n = outcomes.names().len();
    let cash = outcomes.cash();
    let spread = if cash.is_some() { 0.5 } else { 1.0 };
    (0..n).map(|i| spread / n as f64 + if cash == Some(i) { 1.0 - spread } else { 0.0 }).collect()
}

fn local(outcomes: &Outcomes, b: &[f64], lambda: f64, kappa: f64) -> Local {
    let n = b.len();
    let wealth = outcomes.wealth(b);
    let logs: Vec<f64> = wealth.iter().map(|w| w.ln()).collect();
    let p = outcomes.probability();
    // Shares of the bound: p w^-lambda over their sum, the largest taken out first.
    let (mut bound, mut share) = (0.0, vec![0.0; p.len()]);
    if lambda > 0.0 {
        let most = logs.iter().zip(p).map(|(l, p)| p.ln() - lambda * l).fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for (k, share) in share.iter_mut().enumerate() {
            *share = p[k] * (-lambda * logs[k] - most).exp();
            sum += *share;
        }
        share.iter_mut().for_each(|c| *c /= sum);
        bound = most + sum.ln();
    }
    let (mut growth, mut mean) = (vec![0.0; n], vec![0.0; n]);
    let mut hessian = vec![0.0; n * n];
    let mut scaled = vec![0.0; n];
    for k in 0..p.len() {
        scaled.iter_mut().zip(outcomes.outcome(k)).for_each(|(x, r)| *x = r / wealth[k]);
        let curve = p[k] + kappa * lambda * (lambda + 1.0) * share[k];
        for i in 0..n {
            growth[i] -= p[k] * scaled[i];
            mean[i] += share[k] * scaled[i];
            let (row, c) = (&mut hessian[i * n..i * n + i + 1], curve * scaled[i]);
            row.iter_mut().zip(&scaled).for_each(|(h, x)| *h += c * x);
        }
    }
    let c = kappa * lambda * lambda;
    for i in 0..n {
        let row = &mut hessian[i * n..i * n + i + 1];
        row.iter_mut().zip(&mean).for_each(|(h, m)| *h -= c * mean[i] * m);
    }
    Local { growth, bound, slope: mean.iter().map(|m| -lambda * m).collect(), hessian }
}

/// The lower triangle L with A = L L', in place; `None` where A is not positive definite.
fn cholesky(a: &mut [f64], n: usize) -> Option<()> {
    for i in 0..n {
        let (above, from) = a.split_at_mut(i * n);
        for j in 0..i {
            let dot: f64 = from[..j].iter().zip(&above[j * n..j * n + j]).map(|(x, y)| x * y).sum();
            from[j] = (from[j] - dot) / above[j * n + j];
        }
        let left = from[i] - from[..i].iter().map(|x| x * x).sum::<f64>();
        if left.is_nan() || left <= 0.0 {
            return None;
        }
        from[i] = left.sqrt();
    }
    Some(())
}

/// Solves L L' x = right, in place.
fn substitute(l: &[f64], n: usize, x: &mut [f64]) {
    for i in 0..n {
        let dot: f64 = l[i * n..i * n + i].iter().zip(&*x).map(|(a, b)| a * b).sum();
        x[i] = (x[i] - dot) / l[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] /= l[i * n + i];
        let solved = x[i];
        x[..i].iter_mut().zip(&l[i * n..i * n + i]).for_each(|(x, a)| *x -= a * solved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_solves() {
        let a = [4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0];
        let full = |i: usize, j: usize| if i >= j { a[i * 3 + j] } else { a[j * 3 + i] };
        let mut l = a;
        cholesky(&mut l, 3).unwrap();
        let mut x = [1.0, -2.0, 0.5];
        substitute(&l, 3, &mut x);
        for (i, right) in [1.0, -2.0, 0.5].into_iter().enumerate() {
            assert!(((0..3).map(|j| full(i, j) * x[j]).sum::<f64>() - right).abs() < 1e-14);
        }
        assert!(cholesky(&mut [1.0, 0.0, 2.0, 1.0], 2).is_none());
    }
}
