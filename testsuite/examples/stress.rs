//! Monte Carlo of the refinancing stress: the speed and the values that `bench/stress` compares.
//!
//! `stress DIR ISSUERS PATHS [RUNS]` makes up issuers and draws paths, writes them to DIR as raw little-endian doubles for the peer
//! (`terms.f64`, one row an issuer; `paths.f64`, four columns of twelve quarters by paths), runs, and writes `ours.u32`: per issuer the paths that
//! fail in each quarter, end as zombies, end uncovered. Prints the seconds of the best run of the engine, of drawing the paths, of the map
//! over first cut and total, and of the break-even rates.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use plimsoll_measures::kernels::stress::frontier::{Frontier, Grid, break_evens};
use plimsoll_measures::kernels::stress::spreads::Spreads;
use plimsoll_measures::kernels::stress::{
    Assumptions, Borrower, Conditions, Draw, Paths, QUARTERS, Scenario, Terms, first_shortfalls, simulate,
};
use plimsoll_model::time::Day;

const SEED: u64 = 1876;

/// A made-up issuer; the same for the same number.
fn borrower(key: u64) -> Borrower {
    let mut z = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut uniform = |low: f64, high: f64| {
        z = z.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * ((z >> 11) as f64 / (1_u64 << 53) as f64)
    };
    let debt = 10.0_f64.powf(uniform(7.0, 10.0));
    let interest = debt * uniform(0.03, 0.09);
    let ebit = interest * uniform(-1.0, 8.0);
    let due: [f64; QUARTERS] = std::array::from_fn(|_| debt * uniform(0.0, 0.08));
    Borrower {
        key,
        cash: debt * uniform(0.0, 0.4),
        undrawn: key.is_multiple_of(4).then(|| debt * uniform(0.0, 0.2)),
        ebit,
        depreciation: interest * uniform(0.5, 2.0),
        revenue: Some(debt * uniform(0.3, 3.0)),
        interest,
        capex: Some(interest * uniform(0.3, 1.5)),
        payouts: None,
        noncash: None,
        working_capital: None,
        due,
        later: debt - due.iter().sum::<f64>().min(debt),
        average_rate: None,
        floating_share: None,
        market_cap: Some(debt * uniform(0.2, 6.0)),
        years_below_one: (key % 4) as u8,
    }
}

fn write(path: &Path, rows: impl Iterator<Item = f64>) -> std::io::Result<()> {
    std::fs::write(path, rows.flat_map(f64::to_le_bytes).collect::<Vec<u8>>())
}

/// The seconds of the best run, and what it gave.
fn best<T>(runs: usize, mut f: impl FnMut() -> T) -> (f64, T) {
    let mut best = f64::INFINITY;
    let mut out = None;
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        out = Some(f());
        best = best.min(start.elapsed().as_secs_f64());
    }
    (best, out.expect("at least one run"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, issuers, paths, rest @ ..] = args.as_slice() else {
        return Err("usage: stress DIR ISSUERS PATHS [RUNS]".into());
    };
    let (dir, issuers, n) = (Path::new(dir), issuers.parse::<u64>()?, paths.parse::<usize>()?);
    let runs = rest.first().map_or(Ok(3), |r| r.parse())?;
    let a = Assumptions::default();
    let priced = [0.0530, 0.0500, 0.0455, 0.0420, 0.0390, 0.0365, 0.0350, 0.0340, 0.0335, 0.0330, 0.0330, 0.0330];
    let spreads = Spreads::on(Day::ymd(2024, 2, 2));
    let conditions = Conditions { rate: 0.0533, past_rate: 0.0512, priced, five_year: Some(0.04), spreads };
    let scenario = Scenario::named("priced").expect("a name");
    let terms: Vec<Terms> = (1..=issuers).filter_map(|k| Terms::new(&borrower(k), &a, &conditions).ok()).collect();
    let (drawing, drawn) = best(runs, || Paths::draw(&scenario, &conditions, &a, Draw { paths: n, seed: SEED }));
    write(
        &dir.join("terms.f64"),
        terms.iter().flat_map(|t| {
            let key = t.key as f64;
            let head = [key, t.debt, t.floating, t.ebitda, t.swing, t.depreciation, t.spending, t.tax];
            let rest = [t.cash, t.lines, t.past_ebit, t.past_interest, t.closed_below, t.years_below];
            let quarters = [t.due, t.old_fixed, t.old_floating, t.old_margin].into_iter().flatten();
            head.into_iter().chain(rest).chain(quarters).chain(t.least).chain(t.spread).collect::<Vec<f64>>()
        }),
    )?;
    let columns = (0..4).flat_map(|k| (0..QUARTERS).flat_map(move |q| (0..n).map(move |i| (k, q, i))));
    write(&dir.join("paths.f64"), columns.map(|(k, q, i)| drawn.at(q, i)[k]))?;
    let (engine, found) = best(runs, || simulate(&terms, &drawn));
    let counts = found.odds.iter().flat_map(|o| o.shortfall.into_iter().chain([o.zombie, o.uncovered]));
    std::fs::write(dir.join("ours.u32"), counts.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())?;
    let hold = Scenario::named("higher_for_longer").expect("a name");
    let (map, _) = best(runs, || Frontier::map(&terms, &hold, &conditions, &a, Grid::default()));
    let (even, _) = best(runs, || break_evens(&terms, &hold));
    let (slide, _) = best(runs, || first_shortfalls(&terms, &scenario.path(&conditions, &a)));
    println!("issuers {} paths {n}", terms.len());
    println!("engine {engine:.4} drawing {drawing:.4} map {map:.4} break_even {even:.4} one_path {slide:.5}");
    let share = found.issuers_failing.iter().sum::<f64>() / n as f64;
    println!("share failing {share:.4}");
    Ok(())
}
