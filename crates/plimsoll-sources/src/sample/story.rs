//! The planted story of prices, as tables: levels of the three groups, what each sector and each of the seven earns beyond its group,
//! and how small companies respond to yields.

use super::path::Anchor;

/// The share of the large index's gain over calendar 2023 that the seven are steered to. Rounding to ticks, issuance and changes of
/// membership move the exact figure a little; the truth holds that one.
pub(crate) const GIANTS_SHARE: f64 = 0.64;
/// Planted response of a small company's return to the ten-year yield, per percentage point: ordinary and levered names.
pub const SMALL_RATE_BETA: [f64; 2] = [-0.016, -0.046];
/// What every small company earns beyond its group on the day of a release of consumer prices, before groups are led along their levels.
pub(crate) const CPI_REACTION: f64 = 0.008;

/// Level of the large companies other than the seven.
pub(crate) const REST: [Anchor; 21] = [
    (2021, 1, 4, 100.0),
    (2021, 3, 12, 104.0),
    (2021, 5, 12, 108.5),
    (2021, 11, 8, 121.0),
    (2022, 1, 3, 122.5),
    (2022, 2, 23, 113.5),
    (2022, 3, 29, 119.0),
    (2022, 6, 16, 99.0),
    (2022, 8, 15, 112.0),
    (2022, 10, 13, 96.5),
    (2022, 12, 1, 109.0),
    (2022, 12, 30, 104.5),
    (2023, 2, 2, 112.0),
    (2023, 3, 14, 105.0),
    (2023, 7, 31, 116.0),
    (2023, 10, 27, 103.5),
    (2023, 12, 28, 117.6),
    (2024, 1, 19, 116.2),
    (2024, 2, 2, 118.0),
    (2024, 4, 19, 119.5),
    (2024, 6, 28, 123.0),
];
/// Level of the seven until the end of 2022.
pub(crate) const GIANTS_BEFORE: [Anchor; 11] = [
    (2021, 1, 4, 100.0),
    (2021, 3, 12, 99.0),
    (2021, 5, 12, 102.0),
    (2021, 11, 8, 137.0),
    (2022, 1, 3, 141.0),
    (2022, 2, 23, 119.0),
    (2022, 3, 29, 131.0),
    (2022, 6, 16, 99.0),
    (2022, 8, 15, 118.0),
    (2022, 10, 13, 93.0),
    (2022, 12, 30, 84.0),
];
/// Share of their gain of 2023 that the seven have made by each day of that year.
pub(crate) const GIANTS_2023: [Anchor; 5] =
    [(2023, 2, 2, 0.24), (2023, 3, 14, 0.21), (2023, 7, 31, 0.76), (2023, 10, 27, 0.62), (2023, 12, 28, 1.01)];
/// Level of the seven in 2024, with the end of 2023 as one.
pub(crate) const GIANTS_2024: [Anchor; 4] = [(2024, 1, 19, 1.045), (2024, 2, 2, 1.085), (2024, 4, 19, 1.07), (2024, 6, 28, 1.36)];
/// Level of the small companies: a bear market in two legs that ends in October 2023.
pub(crate) const SMALL: [Anchor; 24] = [
    (2021, 1, 4, 100.0),
    (2021, 3, 12, 116.0),
    (2021, 5, 12, 108.0),
    (2021, 6, 28, 117.0),
    (2021, 8, 19, 106.5),
    (2021, 11, 8, 123.0),
    (2022, 1, 27, 98.5),
    (2022, 3, 29, 105.5),
    (2022, 6, 16, 83.5),
    (2022, 8, 15, 94.0),
    (2022, 10, 13, 84.5),
    (2022, 11, 30, 93.5),
    (2022, 12, 30, 87.5),
    (2023, 2, 2, 94.5),
    (2023, 3, 23, 84.8),
    (2023, 5, 4, 84.5),
    (2023, 7, 31, 94.5),
    (2023, 10, 27, 76.5),
    (2023, 11, 30, 87.0),
    (2023, 12, 28, 99.0),
    (2024, 1, 19, 92.0),
    (2024, 2, 2, 92.8),
    (2024, 4, 19, 91.5),
    (2024, 6, 28, 93.5),
];

/// First and last day of the phases in which leadership changes hands.
pub(crate) const PHASES: [(i16, i8, i8); 4] = [(2022, 1, 3), (2023, 10, 27), (2023, 12, 28), (2024, 2, 2)];
/// What each sector earns beyond its group between those days, in the order of [`SECTORS`].
pub(crate) const SECTOR_TILTS: [[f64; 11]; 3] = [
    [-0.06, -0.05, -0.04, 0.06, 0.02, 0.34, -0.02, -0.10, 0.03, 0.04, 0.02],
    [0.01, 0.0, 0.03, 0.055, 0.06, -0.07, 0.045, 0.055, -0.04, -0.075, -0.055],
    [0.05, 0.03, -0.02, -0.015, -0.06, -0.02, 0.0, -0.06, 0.012, -0.008, -0.05],
];
/// What each of the seven earns beyond the seven in 2023.
pub(crate) const GIANT_TILTS: [f64; 7] = [-0.18, -0.10, -0.12, 0.02, 0.55, 0.20, 0.85];
/// Standard deviation of the market factor, a session.
pub(crate) const VOLATILITY: [Anchor; 11] = [
    (2021, 1, 4, 0.0090),
    (2021, 6, 1, 0.0066),
    (2021, 12, 1, 0.0085),
    (2022, 3, 1, 0.0130),
    (2022, 6, 16, 0.0150),
    (2022, 10, 13, 0.0155),
    (2023, 2, 1, 0.0092),
    (2023, 3, 15, 0.0125),
    (2023, 7, 31, 0.0070),
    (2023, 10, 20, 0.0098),
    (2024, 6, 28, 0.0064),
];
/// Days of the peak from which the small companies' bear market falls and of the trough at which it ends.
pub(crate) const BEAR: [(i16, i8, i8); 2] = [(2021, 11, 8), (2023, 10, 27)];
/// Sessions by which the fund of high yield leads the fund of small companies.
pub(crate) const CREDIT_LEAD: usize = 2;
/// Share of the small companies' later return that is in the fund of high yield.
pub(crate) const CREDIT_SHARE: f64 = 0.12;
