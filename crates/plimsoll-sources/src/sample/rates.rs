//! Treasury yields, the policy rate and what the market expects of it: a plateau, an inverted curve, six cuts priced and some of
//! them taken back.

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;

use super::path::{Anchor, levels, place, rounded};
use super::rng::Rng;

/// The day of the planted low of the ten-year yield.
pub(crate) const LOW_DAY: (i16, i8, i8) = (2023, 12, 28);
/// The day on which the planted rise of 35 basis points is complete.
pub(crate) const RISE_DAY: (i16, i8, i8) = (2024, 1, 19);

/// From this day on the ten-year yield is below the two-year one.
const INVERTED: (i16, i8, i8) = (2022, 7, 18);

/// Maturities of the constant-maturity series: FRED's name, the Treasury's column, years.
pub const TENORS: [(&str, &str, f64); 11] = [
    ("DGS1MO", "1 Mo", 1.0 / 12.0),
    ("DGS3MO", "3 Mo", 0.25),
    ("DGS6MO", "6 Mo", 0.5),
    ("DGS1", "1 Yr", 1.0),
    ("DGS2", "2 Yr", 2.0),
    ("DGS3", "3 Yr", 3.0),
    ("DGS5", "5 Yr", 5.0),
    ("DGS7", "7 Yr", 7.0),
    ("DGS10", "10 Yr", 10.0),
    ("DGS20", "20 Yr", 20.0),
    ("DGS30", "30 Yr", 30.0),
];

const TEN_YEAR: [Anchor; 20] = [
    (2021, 1, 4, 0.98),
    (2021, 4, 1, 1.66),
    (2021, 8, 5, 1.21),
    (2021, 12, 31, 1.57),
    (2022, 3, 1, 1.83),
    (2022, 6, 15, 3.36),
    (2022, 8, 2, 2.71),
    (2022, 10, 24, 4.11),
    (2022, 12, 30, 3.82),
    (2023, 2, 2, 3.46),
    (2023, 3, 3, 3.99),
    (2023, 4, 6, 3.34),
    (2023, 7, 7, 4.03),
    (2023, 10, 18, 4.89),
    (2023, 12, 12, 4.16),
    (2023, 12, 28, 3.71),
    (2024, 1, 19, 4.06),
    (2024, 2, 2, 3.98),
    (2024, 4, 26, 4.62),
    (2024, 6, 28, 4.27),
];
const TWO_YEAR: [Anchor; 18] = [
    (2021, 1, 4, 0.15),
    (2021, 9, 20, 0.24),
    (2021, 12, 31, 0.78),
    (2022, 3, 1, 1.41),
    (2022, 6, 15, 3.22),
    (2022, 8, 2, 3.02),
    (2022, 11, 7, 4.66),
    (2022, 12, 30, 4.39),
    (2023, 2, 2, 4.12),
    (2023, 3, 3, 4.88),
    (2023, 4, 6, 3.84),
    (2023, 7, 7, 4.93),
    (2023, 10, 18, 5.17),
    (2023, 12, 28, 4.21),
    (2024, 1, 19, 4.44),
    (2024, 2, 2, 4.35),
    (2024, 4, 26, 4.97),
    (2024, 6, 28, 4.69),
];
const THIRTY_OVER_TEN: [Anchor; 6] =
    [(2021, 1, 4, 0.72), (2022, 1, 3, 0.44), (2022, 10, 24, 0.09), (2023, 7, 7, -0.03), (2024, 1, 19, 0.17), (2024, 6, 28, 0.15)];
const BREAKEVEN: [Anchor; 6] = [
    (2021, 1, 4, 2.02),
    (2021, 11, 15, 2.66),
    (2022, 4, 21, 2.94),
    (2022, 12, 30, 2.27),
    (2023, 10, 18, 2.41),
    (2024, 6, 28, 2.26),
];

/// Meetings that moved the target: day of the decision (in force the day after) and the step in percentage points.
pub(crate) const DECISIONS: [(i16, i8, i8, f64); 11] = [
    (2022, 3, 23, 0.25),
    (2022, 5, 11, 0.50),
    (2022, 6, 22, 0.75),
    (2022, 8, 3, 0.75),
    (2022, 9, 28, 0.75),
    (2022, 11, 9, 0.75),
    (2022, 12, 21, 0.50),
    (2023, 2, 8, 0.25),
    (2023, 3, 29, 0.25),
    (2023, 5, 10, 0.25),
    (2023, 8, 2, 0.25),
];

/// The day on which the market expects the most cuts.
pub(crate) const PEAK_DAY: (i16, i8, i8) = (2024, 1, 12);
/// How many.
const PEAK: f64 = 6.6;

/// Cuts of a quarter point that the market expects by the end of 2024.
const CUTS_PRICED: [Anchor; 10] = [
    (2023, 8, 3, 3.6),
    (2023, 10, 18, 2.4),
    (2023, 12, 12, 4.3),
    (2023, 12, 13, 5.5),
    (2023, 12, 28, 6.2),
    (2024, 1, 12, PEAK),
    (2024, 1, 19, 5.1),
    (2024, 2, 2, 4.6),
    (2024, 4, 30, 1.3),
    (2024, 6, 28, 1.9),
];

/// Every rate of the sample world.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Whether the bond market is open on the session (it keeps holidays that the exchange does not).
    pub open: Vec<bool>,
    /// Constant-maturity yields in per cent, as published to two decimals, one row a maturity of [`TENORS`], one value a session; on
    /// a bond holiday the value of the day before.
    pub yields: Vec<Vec<f64>>,
    /// Three-month bill, secondary market, discount basis, per cent.
    pub bill: Vec<f64>,
    /// Ten-year breakeven inflation, per cent.
    pub breakeven: Vec<f64>,
    /// Upper bound of the target range on each session, per cent.
    pub target_upper: Vec<f64>,
    /// Quarter-point cuts that the market expects by the end of 2024; none before August 2023.
    pub cuts_priced: Vec<Option<f64>>,
}

impl Rates {
    /// The ten-year yield, one value a session.
    pub fn ten_year(&self) -> &[f64] {
        &self.yields[8]
    }
    /// The two-year yield, one value a session.
    pub fn two_year(&self) -> &[f64] {
        &self.yields[4]
    }
    /// The upper bound of the target range in force on any calendar day, per cent.
    pub fn upper_on(day: Day) -> f64 {
        let moved: f64 = DECISIONS.iter().filter(|(y, m, d, _)| Day::ymd(*y, *m, *d) < day).map(|d| d.3).sum();
        0.25 + moved
    }
    /// The effective rate on any calendar day, per cent, to two decimals: inside the range, a little lower at year ends.
    pub fn effective_on(day: Day) -> f64 {
        let (_, month, date) = day.parts();
        let dip = if month == 12 && date == 31 { 0.01 } else { 0.0 };
        rounded(Rates::upper_on(day) - 0.17 - dip, 2)
    }

    pub(crate) fn generate(seed: u64, sessions: &[Day]) -> Rates {
        let n = sessions.len();
        let open: Vec<bool> = sessions.iter().map(|d| !bond_holiday(*d)).collect();
        let mut rng = Rng::stream(seed, "rates", 0);
        let calm = |day: Day| if (Day::ymd(2022, 2, 1)..Day::ymd(2024, 1, 1)).contains(&day) { 1.0 } else { 0.65 };
        let ten_steps: Vec<f64> = sessions.iter().map(|d| 0.062 * calm(*d) * rng.tailed()).collect();
        let two_steps: Vec<f64> = ten_steps
            .iter()
            .zip(sessions)
            // A policy rate near zero and expected to stay there holds the short end still.
            .map(|(s, d)| (0.8 * s + 0.030 * rng.tailed()) * if *d < Day::ymd(2021, 10, 1) { 0.25 } else { 1.0 })
            .collect();
        let mut ten = levels(&place(&TEN_YEAR, sessions), &ten_steps);
        let mut two = levels(&place(&TWO_YEAR, sessions), &two_steps);
        two.iter_mut().for_each(|y| *y = y.max(0.09));
        keep_low_lowest(&mut ten, sessions);
        keep_inverted(&ten, &mut two, sessions);
        let gap_steps: Vec<f64> = (0..n).map(|_| 0.012 * rng.normal()).collect();
        let gap = levels(&place(&THIRTY_OVER_TEN, sessions), &gap_steps);
        let breakeven_steps: Vec<f64> = ten_steps.iter().map(|s| 0.35 * s + 0.022 * rng.tailed()).collect();
        let breakeven = levels(&place(&BREAKEVEN, sessions), &breakeven_steps);

        let target_upper: Vec<f64> = sessions.iter().map(|d| Rates::upper_on(*d)).collect();
        let mut yields = vec![vec![0.0; n]; TENORS.len()];
        let mut bill = vec![0.0; n];
        for t in 0..n {
            let policy = Rates::effective_on(sessions[t]);
            // Bills look a quarter ahead: where the range will be, plus a sliver of term premium.
            let ahead = (0..8).map(|k| Rates::effective_on(sessions[t].plus(15 * k))).sum::<f64>() / 8.0;
            let three_month = ahead + 0.06 + 0.015 * rng.normal();
            for (row, (_, _, years)) in yields.iter_mut().zip(TENORS) {
                row[t] = match years {
                    y if y < 0.1 => 0.6 * policy + 0.4 * ahead + 0.03 + 0.012 * rng.normal(),
                    y if y < 0.3 => three_month,
                    y if y <= 2.0 => {
                        // A hump between bills and two years while the market expects the policy rate to move.
                        let x = (y - 0.25) / 1.75;
                        three_month + (two[t] - three_month) * x + 0.10 * (1.0 - x) * x * 4.0 * (ahead - policy + 0.3)
                    }
                    y if y <= 10.0 => {
                        let x = (y - 2.0) / 8.0;
                        let sag = 4.0 * x * (1.0 - x);
                        two[t] + (ten[t] - two[t]) * (1.7 - 0.7 * x) * x + sag * 0.02 * (0.5 - x)
                    }
                    y if y <= 20.0 => ten[t] + gap[t] * 0.6 + 0.16,
                    _ => ten[t] + gap[t],
                };
            }
            bill[t] = three_month * (1.0 - three_month / 400.0) - 0.02;
        }
        for row in yields.iter_mut().chain([&mut bill]) {
            for t in 0..n {
                row[t] = if t > 0 && !open[t] { row[t - 1] } else { rounded(row[t].max(0.01), 2) };
            }
        }
        let breakeven = breakeven.into_iter().map(|b| rounded(b, 2)).collect();
        let cuts_priced = cuts(sessions, &mut rng);
        Rates { open, yields, bill, breakeven, target_upper, cuts_priced }
    }
}

fn cuts(sessions: &[Day], rng: &mut Rng) -> Vec<Option<f64>> {
    let first = Day::ymd(CUTS_PRICED[0].0, CUTS_PRICED[0].1, CUTS_PRICED[0].2);
    let from = sessions.partition_point(|s| *s < first);
    let later = &sessions[from..];
    let steps: Vec<f64> = later.iter().map(|_| 0.16 * rng.tailed()).collect();
    let mut path = levels(&place(&CUTS_PRICED, later), &steps);
    let peak = later.binary_search(&Day::ymd(PEAK_DAY.0, PEAK_DAY.1, PEAK_DAY.2)).ok();
    for (t, c) in path.iter_mut().enumerate() {
        // The planted peak is the only one.
        if peak != Some(t) && *c > PEAK - 0.05 {
            *c = PEAK - 0.05 - 0.3 * (*c - PEAK + 0.05).min(1.0);
        }
    }
    let expected = path.into_iter().map(|c| Some(rounded(c, 3)));
    std::iter::repeat_n(None, from).chain(expected).collect()
}

/// Lifts what noise would put at or below the planted low, from four months before it to the end of the planted rise.
fn keep_low_lowest(ten: &mut [f64], sessions: &[Day]) {
    let low_day = Day::ymd(LOW_DAY.0, LOW_DAY.1, LOW_DAY.2);
    let last = Day::ymd(RISE_DAY.0, RISE_DAY.1, RISE_DAY.2).plus(60);
    let Ok(at) = sessions.binary_search(&low_day) else { return };
    let low = ten[at];
    for t in 0..ten.len() {
        let near = (low_day.plus(-150)..=last).contains(&sessions[t]);
        if near && t != at && ten[t] < low + 0.02 {
            ten[t] = low + 0.02 + (low + 0.02 - ten[t]) * 0.3;
        }
    }
}

/// Lifts the two-year yield over the ten-year one wherever noise would end the planted inversion.
fn keep_inverted(ten: &[f64], two: &mut [f64], sessions: &[Day]) {
    let since = Day::ymd(INVERTED.0, INVERTED.1, INVERTED.2);
    for t in sessions.partition_point(|d| *d < since)..ten.len() {
        let least = ten[t] + 0.06;
        if two[t] < least {
            two[t] = least + 0.3 * (least - two[t]).min(0.2);
        }
    }
}

/// Days on which the exchange trades and the bond market does not: Columbus Day and Veterans Day.
fn bond_holiday(day: Day) -> bool {
    let (_, month, date) = day.parts();
    let columbus = month == 10 && day.weekday() == 1 && (8..=14).contains(&date);
    let veterans = month == 11
        && match day.weekday() {
            1 => date == 11 || date == 12,
            2..=4 => date == 11,
            5 => date == 11,
            _ => false,
        };
    columbus || veterans
}

/// Whether yields are published for `day`: the bond market is open.
pub(crate) fn published(day: Day) -> bool {
    Calendar::nyse().is_session(day) && !bond_holiday(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planted_low_is_the_low_and_the_plateau_is_flat() {
        let sessions = Calendar::nyse().between(Day::ymd(2021, 1, 1), Day::ymd(2024, 6, 28));
        for seed in 1..6 {
            let rates = Rates::generate(seed, sessions);
            let at = |y, m, d| sessions.binary_search(&Day::ymd(y, m, d)).unwrap();
            let (low, rise) = (at(2023, 12, 28), at(2024, 1, 19));
            let ten = rates.ten_year();
            assert_eq!((ten[low], ten[rise]), (3.71, 4.06));
            assert!((low - 90..low + 30).all(|t| t == low || ten[t] > ten[low]), "seed {seed}");
            assert_eq!(Rates::upper_on(Day::ymd(2024, 2, 2)), 5.5);
            assert_eq!(Rates::effective_on(Day::ymd(2024, 2, 2)), 5.33);
            assert!(rates.yields.iter().flatten().all(|y| (0.01..7.0).contains(y)));
            assert_eq!(rates.cuts_priced[at(2023, 12, 28)], Some(6.2));
            assert_eq!(rates.cuts_priced[at(2024, 1, 12)], Some(6.6));
            let others = rates.cuts_priced.iter().enumerate().filter(|(t, _)| *t != at(2024, 1, 12));
            assert!(others.filter_map(|(_, c)| *c).all(|c| c <= 6.55), "seed {seed}");
        }
    }
}
