//! Coverage of one issuer along many paths: the fan of an issuer's page.

use super::borrower::{QUARTERS, Terms};
use super::engine::{NONE, Quarter, State};
use super::lanes::Lanes;
use super::paths::Paths;
use super::random::{self, Streams};

/// Quantiles of coverage, quarter by quarter, and how the paths end.
#[derive(Clone, Debug, PartialEq)]
pub struct CoverageFan {
    /// How many paths.
    pub paths: usize,
    /// Paths with a shortfall within three years.
    pub short: usize,
    /// Per quarter the quantiles asked for, of EBIT over interest of the past four quarters, by nearest rank. An issuer without interest on
    /// a path counts as covering it without bound; a quantile that falls there is infinite.
    pub quantiles: [Vec<f64>; QUARTERS],
}

/// Follows an issuer along every path, its own shocks among them, as [`simulate`](super::simulate) does; `at` are the quantiles wanted,
/// between 0 and 1. `None` without paths.
///
/// Paths that ran out of cash stay in the fan: what it would have earned against what it would have owed.
pub fn coverage_fan(t: &Terms, paths: &Paths, at: &[f64]) -> Option<CoverageFan> {
    if paths.is_empty() {
        return None;
    }
    let mut coverage: [Vec<f64>; QUARTERS] = std::array::from_fn(|_| Vec::with_capacity(paths.len()));
    let mut short = 0;
    for path in 0..paths.len() {
        let mut state = State::<1>::new(t);
        let mut stream = Streams::<1>::seeded([random::key(paths.seed, t.key.wrapping_add(1), path as u64)]);
        for (q, of_quarter) in coverage.iter_mut().enumerate() {
            if paths.own > 0.0 {
                state.own += Lanes(stream.normal()) * paths.own;
            }
            let [short, tenor, spread, level] = paths.at(q, path).map(|v| Lanes([v]));
            state.step(t, q, Quarter { short, tenor, spread, level });
            let (ebit, interest) = (state.ebit_year.0[0], state.interest_year.0[0]);
            of_quarter.push(if interest > 0.0 { ebit / interest } else { f64::INFINITY });
        }
        short += usize::from(state.failed.0[0] < f64::from(NONE));
    }
    let quantiles = coverage.map(|mut values| {
        values.sort_by(f64::total_cmp);
        at.iter().map(|p| values[((values.len() - 1) as f64 * p.clamp(0.0, 1.0)).round() as usize]).collect()
    });
    Some(CoverageFan { paths: paths.len(), short, quantiles })
}
