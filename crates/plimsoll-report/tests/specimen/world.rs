//! Invented, deterministic series.

use plimsoll_model::time::Day;

/// A number in 0..1 from a seed (SplitMix64).
pub fn noise(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Weekdays from `from` to `to`.
pub fn weekdays(from: Day, to: Day) -> Vec<Day> {
    (from.0..=to.0).map(Day).filter(|d| d.weekday() <= 5).collect()
}

/// A random walk with a drift and a daily deviation, from zero.
pub fn walk(seed: u64, n: usize, drift: f64, deviation: f64) -> Vec<f64> {
    let mut level = 0.0;
    (0..n)
        .map(|i| {
            let shock: f64 = (0..4).map(|k| noise(seed * 1_000_003 + i as u64 * 4 + k) - 0.5).sum();
            level += drift + deviation * shock * 1.7;
            level
        })
        .collect()
}

/// A walk that is pulled back to `mean`.
pub fn reverting(seed: u64, n: usize, mean: f64, deviation: f64) -> Vec<f64> {
    let steps = walk(seed, n, 0.0, deviation);
    let mut level = mean;
    (0..n)
        .map(|i| {
            level += (if i == 0 { 0.0 } else { steps[i] - steps[i - 1] }) - 0.03 * (level - mean);
            level
        })
        .collect()
}
