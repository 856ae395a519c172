//! Credit spreads: low and calm at the end, with a bank stress in March 2023 and a recession scare in 2022 before it.

use plimsoll_model::time::Day;

use super::path::{Anchor, levels, place, rounded};
use super::rng::Rng;

/// First and last day of the planted widening.
pub(crate) const EPISODE: [(i16, i8, i8); 2] = [(2023, 3, 6), (2023, 3, 20)];

const HIGH_YIELD: [Anchor; 17] = [
    (2021, 1, 4, 3.92),
    (2021, 7, 1, 3.05),
    (2021, 12, 31, 3.21),
    (2022, 3, 14, 4.17),
    (2022, 7, 5, 5.94),
    (2022, 8, 12, 4.35),
    (2022, 9, 30, 5.61),
    (2022, 12, 30, 4.77),
    (2023, 2, 2, 4.02),
    (2023, 3, 6, 3.97),
    (2023, 3, 20, 5.28),
    (2023, 7, 31, 3.86),
    (2023, 10, 20, 4.41),
    (2023, 12, 28, 3.36),
    (2024, 2, 2, 3.44),
    (2024, 3, 21, 3.04),
    (2024, 6, 28, 3.19),
];

/// Option-adjusted spreads, per cent, to two decimals, one value a session.
#[derive(Clone, Debug, Default)]
pub struct Credit {
    /// High yield.
    pub high_yield: Vec<f64>,
    /// Investment grade.
    pub investment_grade: Vec<f64>,
}

impl Credit {
    pub(crate) fn generate(seed: u64, sessions: &[Day]) -> Credit {
        let mut rng = Rng::stream(seed, "credit", 0);
        let steps: Vec<f64> = sessions.iter().map(|_| 0.055 * rng.tailed()).collect();
        let high = levels(&place(&HIGH_YIELD, sessions), &steps);
        let investment_grade = high.iter().map(|h| rounded(0.36 + 0.19 * h + 0.008 * rng.normal(), 2)).collect();
        let high_yield = high.into_iter().map(|h| rounded(h.max(2.4), 2)).collect();
        Credit { high_yield, investment_grade }
    }
}
