//! Writes the sample world and prints what was planted in it: `cargo run --example sample -- DIR`.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use plimsoll_sources::sample::{Spec, World};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().ok_or("usage: sample DIR [SEED]")?);
    let mut spec = Spec::default();
    if let Some(seed) = arguments.next() {
        spec.seed = seed.parse()?;
    }
    let begun = Instant::now();
    let world = World::new(&spec);
    let made = begun.elapsed();
    let files = world.write(&dir)?;
    println!("{} securities, {} sessions; made in {made:.2?}", world.securities.len(), world.sessions.len());
    println!("{} files in {}, written in {:.2?}\n", files.len(), dir.display(), begun.elapsed() - made);
    for line in world.truth.lines() {
        println!("{:<46} {}", line.what, line.planted);
    }
    Ok(())
}
