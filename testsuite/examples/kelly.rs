//! Kelly with a bounded drawdown: the speed and the splits that `bench/kelly` compares.
//!
//! `kelly DIR BETS OUTCOMES LAMBDA RUNS` reads `DIR/p.f64` and `DIR/r.f64` (outcomes by bets, what a dollar becomes), writes
//! `DIR/ours.f64` (the split) and prints growth, the constraint and the seconds of the best run, from arrays to the certified split.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use plimsoll_claims::sizing::{Outcomes, kelly};

fn read(path: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("eight bytes"))).collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, bets, outcomes, lambda, runs] = args.as_slice() else {
        return Err("usage: kelly DIR BETS OUTCOMES LAMBDA RUNS".into());
    };
    let (dir, bets, outcomes): (PathBuf, usize, usize) = (dir.into(), bets.parse()?, outcomes.parse()?);
    let (lambda, runs): (f64, usize) = (lambda.parse()?, runs.parse()?);
    let (p, r) = (read(&dir.join("p.f64"))?, read(&dir.join("r.f64"))?);
    if p.len() != outcomes || r.len() != bets * outcomes {
        return Err(format!("expected {outcomes} probabilities and {outcomes} by {bets} returns").into());
    }
    let names: Vec<String> = (1..=bets).map(|i| format!("bet {i}")).collect();
    let mut best = f64::INFINITY;
    let mut found = None;
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let sizing = kelly(&Outcomes::new(names.clone(), p.clone(), r.clone())?, lambda)?;
        best = best.min(start.elapsed().as_secs_f64());
        found = Some(sizing);
    }
    let found = found.ok_or("no run")?;
    std::fs::write(dir.join("ours.f64"), found.fractions.iter().flat_map(|b| b.to_le_bytes()).collect::<Vec<u8>>())?;
    println!(
        "growth {:.12} constraint {:.3e} residual {:.1e}",
        found.growth, found.certificate.constraint, found.certificate.residual
    );
    println!("best {best:.6}");
    Ok(())
}
