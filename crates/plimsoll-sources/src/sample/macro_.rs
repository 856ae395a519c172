//! Headline series of the economy: inflation that comes down, employment that stays healthy, calm financial conditions.

use plimsoll_model::time::Day;

use super::path::{Anchor, levels, rounded};
use super::rng::Rng;

/// One published series: FRED's id, the name of its value column, dated values already rounded as printed.
#[derive(Clone, Debug)]
pub struct MacroSeries {
    /// FRED's id.
    pub id: &'static str,
    /// Decimals printed.
    pub decimals: usize,
    /// Day the value is about and the value.
    pub values: Vec<(Day, f64)>,
}

#[derive(Clone, Copy)]
enum Step {
    Month,
    Quarter,
    /// Weeks that end on this weekday (Monday is 1).
    Week(i8),
}

/// Id, frequency, decimals, noise a step, anchors.
type Plan = (&'static str, Step, usize, f64, &'static [Anchor]);

const PLANS: [Plan; 11] = [
    (
        "CPIAUCSL",
        Step::Month,
        3,
        0.22,
        &[(2019, 1, 1, 251.9), (2021, 1, 1, 262.4), (2022, 6, 1, 293.8), (2023, 6, 1, 303.2), (2024, 6, 1, 312.6)],
    ),
    (
        "CPILFESL",
        Step::Month,
        3,
        0.15,
        &[(2019, 1, 1, 260.2), (2021, 1, 1, 269.9), (2022, 9, 1, 297.0), (2023, 6, 1, 307.9), (2024, 6, 1, 317.7)],
    ),
    (
        "PCEPILFE",
        Step::Month,
        3,
        0.05,
        &[(2019, 1, 1, 103.1), (2021, 1, 1, 106.6), (2022, 9, 1, 115.4), (2023, 6, 1, 118.9), (2024, 6, 1, 122.2)],
    ),
    (
        "PAYEMS",
        Step::Month,
        0,
        38.0,
        &[
            (2019, 1, 1, 150_300.0),
            (2020, 5, 1, 133_100.0),
            (2021, 1, 1, 143_200.0),
            (2022, 6, 1, 152_900.0),
            (2023, 6, 1, 156_300.0),
            (2024, 6, 1, 158_900.0),
        ],
    ),
    (
        "UNRATE",
        Step::Month,
        1,
        0.05,
        &[(2019, 1, 1, 3.9), (2020, 5, 1, 12.8), (2021, 1, 1, 6.3), (2022, 6, 1, 3.7), (2023, 6, 1, 3.5), (2024, 6, 1, 4.0)],
    ),
    (
        "INDPRO",
        Step::Month,
        4,
        0.30,
        &[(2019, 1, 1, 103.2), (2020, 5, 1, 86.9), (2021, 1, 1, 99.1), (2022, 9, 1, 103.4), (2024, 6, 1, 102.8)],
    ),
    ("CFNAI", Step::Month, 2, 0.28, &[(2019, 1, 1, 0.02), (2021, 1, 1, 0.4), (2024, 6, 1, -0.12)]),
    (
        "ICSA",
        Step::Week(6),
        0,
        6_500.0,
        &[
            (2019, 1, 5, 221_000.0),
            (2020, 4, 25, 3_900_000.0),
            (2021, 1, 2, 780_000.0),
            (2022, 3, 26, 207_000.0),
            (2023, 8, 5, 239_000.0),
            (2024, 6, 29, 231_000.0),
        ],
    ),
    (
        "NFCI",
        Step::Week(5),
        3,
        0.012,
        &[
            (2019, 1, 4, -0.44),
            (2021, 1, 8, -0.57),
            (2022, 10, 14, -0.08),
            (2023, 3, 24, -0.02),
            (2024, 2, 2, -0.49),
            (2024, 6, 28, -0.43),
        ],
    ),
    (
        "STLFSI4",
        Step::Week(5),
        4,
        0.09,
        &[
            (2019, 1, 4, -0.1),
            (2021, 1, 8, -0.62),
            (2022, 10, 14, 0.52),
            (2023, 3, 17, 1.38),
            (2024, 2, 2, -0.55),
            (2024, 6, 28, -0.78),
        ],
    ),
    (
        "DRTSCILM",
        Step::Quarter,
        1,
        2.1,
        &[(2019, 1, 1, 3.1), (2021, 1, 1, 6.2), (2022, 1, 1, -13.8), (2023, 7, 1, 49.6), (2024, 4, 1, 14.2)],
    ),
];

/// Generates the series from two years before the world's start, so that yearly changes exist from its first day.
pub(crate) fn generate(seed: u64, start: Day, end: Day) -> Vec<MacroSeries> {
    let (year, month, _) = start.parts();
    let first = Day::ymd(year - 2, month, 1);
    PLANS
        .iter()
        .map(|&(id, step, decimals, noise, anchors)| {
            let days: Vec<Day> = (first.0..=end.0).map(Day).filter(|d| falls(step, *d)).collect();
            let mut rng = Rng::stream(seed, id, 0);
            let steps: Vec<f64> = days.iter().map(|_| noise * rng.normal()).collect();
            let path = levels(&super::path::place(anchors, &days), &steps);
            let values = days.iter().zip(path).map(|(d, v)| (*d, rounded(v, decimals as i32))).collect();
            MacroSeries { id, decimals, values }
        })
        .collect()
}

fn falls(step: Step, day: Day) -> bool {
    let (_, month, date) = day.parts();
    match step {
        Step::Month => date == 1,
        Step::Quarter => date == 1 && month % 3 == 1,
        Step::Week(weekday) => day.weekday() == weekday,
    }
}
