//! Federal Reserve 2021: leverage above the sample's median of the year, interest coverage below one, and sales that fell in real terms
//! over the three years before.
//!
//! Favara, G., Minoiu, C. and Perez-Orive, A. (2021), U.S. zombie firms: how many and how consequential?, FEDS Notes, 30 July. Leverage is
//! debt over assets; the note does not print a deflator, here it is a consumer price index.

use plimsoll_model::time::Day;

use super::{Judged, Reason, Sample, Year, unprofitable};

/// Years over which sales are compared.
const YEARS: i16 = 3;

/// Judges each year.
pub(super) fn judge(years: &[Year], sample: &Sample) -> Vec<Judged> {
    (0..years.len()).map(|k| one(years, k, sample)).collect()
}

pub(super) fn one(years: &[Year], k: usize, sample: &Sample) -> Judged {
    let y = &years[k];
    let poor = unprofitable(years, k, 1);
    if poor.zombie != Some(true) {
        return poor;
    }
    match (y.leverage, sample.leverage.get(&y.year)) {
        (Some(l), Some(median)) if l > *median => {}
        (Some(_), Some(_)) => return Judged::no(Reason::LowLeverage),
        _ => return Judged::unknown(Reason::NotStated),
    }
    let before = years[..k].iter().rev().find(|b| b.year == y.year - YEARS);
    let Some(before) = before else { return Judged::unknown(Reason::FewYears) };
    match (y.sales, before.sales) {
        (Some(now), Some(then)) if then > 0.0 => {
            let inflation = level(sample, y.end).zip(level(sample, before.end)).map_or(1.0, |(a, b)| a / b);
            if now / then < inflation { Judged::yes() } else { Judged::no(Reason::Grows) }
        }
        _ => Judged::unknown(Reason::NotStated),
    }
}

/// The price level of the last month known by a day.
fn level(sample: &Sample, day: Day) -> Option<f64> {
    let n = sample.prices.partition_point(|p| p.0 <= day);
    n.checked_sub(1).map(|k| sample.prices[k].1)
}
