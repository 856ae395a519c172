//! Files of the sample world in the publishers' layouts.

pub(super) mod archive;
pub(super) mod company_facts;
mod fedfunds;
pub(super) mod filers;
mod macro_files;
mod memberships;
mod prices;
mod rate_files;
mod release_schedule;
mod screener;
mod simfin;
pub(super) mod sorted_portfolios;
mod statement_set;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_model::time::Day;

use super::World;

/// Files written under a folder.
pub(super) struct Files {
    root: PathBuf,
    written: Vec<PathBuf>,
}

impl Files {
    /// The path of a file, its folder made.
    fn path(&mut self, name: &str) -> io::Result<PathBuf> {
        let path = self.root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        self.written.push(path.clone());
        Ok(path)
    }
    /// Writes a text file.
    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        let path = self.path(name)?;
        fs::write(path, text)
    }
}

/// Writes everything.
pub(super) fn all(world: &World, dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Files { root: dir.to_owned(), written: Vec::new() };
    screener::write(world, &mut files)?;
    prices::write(world, &mut files)?;
    memberships::write(world, &mut files)?;
    rate_files::write(world, &mut files)?;
    fedfunds::write(world, &mut files)?;
    release_schedule::write(world, &mut files)?;
    sorted_portfolios::write(world, &mut files)?;
    macro_files::write(world, &mut files)?;
    company_facts::write(world, &mut files)?;
    filers::write(world, &mut files)?;
    statement_set::write(world, &mut files)?;
    simfin::write(world, &mut files)?;
    Ok(files.written)
}

/// When a filer's report of a day was accepted, after the close: on the clock of New York as the statement sets write it, and in universal
/// time as submissions do.
fn clock(cik: u64, filed: Day) -> (String, String) {
    let minute = 5 + (cik % 50) as i8;
    let accepted = jiff::Timestamp::from_microsecond(filed.at(16, minute).0).expect("a moment of the world");
    (format!("{filed} 16:{minute:02}:00.0"), accepted.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string())
}

/// A number as the price vendor prints it: a 32-bit float in full.
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}
