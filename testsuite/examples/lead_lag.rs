//! All pairs of made-up minute bars: the speed and the values that `bench/lead-lag` compares.
//!
//! `lead_lag DIR SERIES DAYS REACH PAIRS [RUNS]` makes the bars (two minutes in three have one, and each day's first and last; series k follows the market k % 8 minutes
//! late), writes them as `DIR/bars.i32` (series, day, minute) and `DIR/bars.f64` (price), and the contrasts of the first PAIRS pairs, day
//! by day, as `DIR/ours.f64`. Prints the seconds of the best run over all pairs, from columns in memory to every pair's lag.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use plimsoll_measures::kernels::lead_lag::{Clock, Grid, Ticks, contrast};

const MINUTES: usize = 390;

struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// A series: minute counted through all days (a day is 390), and the logarithm of its price.
type Bars = (Vec<i64>, Vec<f64>);

fn bars(series: usize, days: usize) -> Vec<Bars> {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let market: Vec<f64> = (0..days * MINUTES + 8).map(|_| 2e-4 * noise.normal()).collect();
    (0..series)
        .map(|k| {
            let (mut time, mut value, mut level) = (Vec::new(), Vec::new(), 4.0 + 0.01 * k as f64);
            for t in 0..days * MINUTES {
                level += market[t + 8 - k % 8] + 2e-4 * noise.normal();
                let edge = t % MINUTES == 0 || t % MINUTES == MINUTES - 1;
                if noise.uniform() < 2.0 / 3.0 || edge {
                    time.push(t as i64);
                    value.push(level);
                }
            }
            (time, value)
        })
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, series, days, reach, pairs, rest @ ..] = args.as_slice() else {
        return Err("usage: lead_lag DIR SERIES DAYS REACH PAIRS [RUNS]".into());
    };
    let (dir, series, days, reach) = (PathBuf::from(dir), series.parse()?, days.parse()?, reach.parse::<usize>()?);
    let (pairs, runs): (usize, usize) = (pairs.parse()?, rest.first().map_or(Ok(3), |n| n.parse())?);
    let mut all = bars(series, days);
    // Prices as they are written, so that both read the same numbers.
    all.iter_mut().for_each(|b| b.1.iter_mut().for_each(|v| *v = v.exp()));
    let (mut keys, mut prices) = (Vec::new(), Vec::new());
    for (k, (time, price)) in all.iter().enumerate() {
        for (t, p) in time.iter().zip(price) {
            keys.extend([k as i32, (*t as usize / MINUTES) as i32, (*t as usize % MINUTES) as i32].map(i32::to_le_bytes));
            prices.push(p.to_le_bytes());
        }
    }
    std::fs::write(dir.join("bars.i32"), keys.concat())?;
    std::fs::write(dir.join("bars.f64"), prices.concat())?;
    all.iter_mut().for_each(|b| b.1.iter_mut().for_each(|v| *v = v.ln()));

    let mut out = Vec::new();
    let of_day = |b: &Bars, day: usize| -> Bars {
        let at = |d: usize| b.0.partition_point(|t| *t < (d * MINUTES) as i64);
        let rows = at(day)..at(day + 1);
        (b.0[rows.clone()].to_vec(), b.1[rows].to_vec())
    };
    for (i, j) in (0..series).flat_map(|i| (i + 1..series).map(move |j| (i, j))).take(pairs) {
        for day in 0..days {
            let (x, y) = (of_day(&all[i], day), of_day(&all[j], day));
            let (x, y) = (Ticks { time: &x.0, value: &x.1 }, Ticks { time: &y.0, value: &y.1 });
            out.extend((-(reach as i64)..=reach as i64).map(|lag| contrast(x, y, lag).to_le_bytes()));
        }
    }
    std::fs::write(dir.join("ours.f64"), out.concat())?;

    let ticks: Vec<Ticks> = all.iter().map(|b| Ticks { time: &b.0, value: &b.1 }).collect();
    let blocks: Vec<(i64, i64)> = (0..days).map(|d| ((d * MINUTES) as i64, ((d + 1) * MINUTES - 1) as i64)).collect();
    let (mut best, mut right, mut furthest) = (f64::INFINITY, 0, 0.0f64);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let grid = Grid::new(&ticks, Clock { blocks: blocks.clone(), step: 1, reach })?;
        let found = grid.pairs();
        best = best.min(start.elapsed().as_secs_f64());
        let planted = |(i, j): (usize, usize)| (j % 8) as i64 - (i % 8) as i64;
        right = found.iter().filter(|(pair, f)| f.as_ref().is_some_and(|f| (f.lag - planted(*pair)).abs() <= 1)).count();
        // The grid against merging, on the first pair: the days' contrasts added.
        let merged: Vec<f64> =
            (0..2 * reach + 1).map(|n| (0..days).map(|d| f64::from_le_bytes(out[d * (2 * reach + 1) + n])).sum()).collect();
        let whole = found[0].1.as_ref().ok_or("the first pair does not vary")?;
        let scale = merged[reach] / whole.correlation[reach];
        furthest = merged.iter().zip(&whole.correlation).map(|(m, c)| (m / scale - c).abs()).fold(0.0, f64::max);
    }
    println!(
        "{} pairs, {right} with the planted lag within a minute; grid and merging {furthest:.1e} apart",
        series * (series - 1) / 2
    );
    println!("best {best:.4}");
    Ok(())
}
