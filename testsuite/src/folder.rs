//! Reads a folder of publishers' files into memory through the readers that the program uses.

use std::path::{Path, PathBuf};

use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::knowledge::Memory;
use plimsoll_model::observations::Observations;
use plimsoll_model::time::AsOf;
use plimsoll_sources::{Sink, SinkClosed, SourceError, recognise};

/// Batches as (source, rows).
#[derive(Default)]
struct Batches {
    source: &'static str,
    rows: Vec<(String, Observations)>,
}

impl Sink for Batches {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        self.rows.push((self.source.to_owned(), rows));
        Ok(())
    }
    fn refuse(&mut self, _: Refusal) {}
    fn defect(&mut self, _: Defect) {}
    fn progress(&mut self, _: u64, _: u64) {}
}

/// Every file under a folder, in order of path.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { dirs.push(path) } else { out.push(path) }
        }
    }
    out.sort();
    out
}

/// The rows of one file, or of every file of a folder that a reader knows, as (source, rows).
///
/// # Errors
/// Where a reader that knows a file cannot read it, or no reader knows the one file.
pub fn batches(path: &Path) -> Result<Vec<(String, Observations)>, SourceError> {
    let mut batches = Batches::default();
    let whole = path.is_dir();
    for path in if whole { files(path) } else { vec![path.to_owned()] } {
        match recognise(&path) {
            Ok(reader) => {
                batches.source = reader.info().id;
                reader.read(&path, &mut batches)?;
            }
            Err(_) if whole => {}
            Err(unknown) => return Err(unknown),
        }
    }
    Ok(batches.rows)
}

/// The rows of every file of a folder that a reader knows, as known by `as_of`.
///
/// # Errors
/// Where a reader that knows a file cannot read it.
pub fn memory(dir: &Path, as_of: AsOf) -> Result<Memory, SourceError> {
    Ok(Memory::new(as_of, batches(dir)?))
}
