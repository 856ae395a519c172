//! Rolling two-factor betas of many stocks: the speed and the values that `bench/rolling-betas` compares.
//!
//! `rolling_betas DIR STOCKS SESSIONS WINDOW [RUNS]` reads `DIR/y.f64` (stocks by sessions) and `DIR/x.f64` (two factors by sessions), raw
//! little-endian, and writes `DIR/ours.f64`: slopes, standard errors, R^2 and observations, six columns of sessions a stock. Prints the
//! seconds of the best run, from the arrays in memory to the whole result in memory.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use plimsoll::huge_pages::HugePages;
use plimsoll_measures::kernels::least_known;
use plimsoll_measures::kernels::rolling_ols::Design;

/// As in the program.
#[global_allocator]
static MEMORY: HugePages = HugePages;

fn read(path: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("eight bytes"))).collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, stocks, sessions, window, rest @ ..] = args.as_slice() else {
        return Err("usage: rolling_betas DIR STOCKS SESSIONS WINDOW [RUNS]".into());
    };
    let (dir, stocks, sessions, window) = (PathBuf::from(dir), stocks.parse()?, sessions.parse()?, window.parse()?);
    let runs: usize = rest.first().map_or(Ok(3), |n| n.parse())?;
    let (y, x) = (read(&dir.join("y.f64"))?, read(&dir.join("x.f64"))?);
    if y.len() != stocks * sessions || x.len() != 2 * sessions {
        return Err(format!("expected {stocks} by {sessions} and 2 by {sessions}, got {} and {}", y.len(), x.len()).into());
    }
    let mut best = f64::INFINITY;
    for run in 0..runs.max(1) {
        let start = Instant::now();
        let design = Design::new([&x[..sessions], &x[sessions..]], window, least_known(window));
        let found = design.panel(stocks, |i| &y[i * sessions..(i + 1) * sessions]);
        best = best.min(start.elapsed().as_secs_f64());
        if run == 0 {
            let mut bytes = Vec::with_capacity(stocks * 6 * sessions * 8);
            for i in 0..found.rows() {
                let observations: Vec<f64> = found.n(i).iter().map(|n| if *n > 0 { f64::from(*n) } else { f64::NAN }).collect();
                for column in [found.beta(i, 0), found.beta(i, 1), found.se(i, 0), found.se(i, 1), found.r2(i), &observations] {
                    let before = std::iter::repeat_n(&f64::NAN, found.first());
                    bytes.extend(before.chain(column).flat_map(|v| v.to_le_bytes()));
                }
            }
            std::fs::write(dir.join("ours.f64"), bytes)?;
        }
    }
    println!("best {best:.4}");
    Ok(())
}
