//! Real data beside the checkout, for tests that compare with what others published. Absent, those tests say so and pass.

use std::path::{Path, PathBuf};

use plimsoll_model::knowledge::Memory;
use plimsoll_model::observations::Observations;
use plimsoll_model::time::AsOf;

use crate::folder;

/// The folder of real data: `PLIMSOLL_DATA`, or `../shared/data` beside the checkout. `None`, with one line that says so, where there
/// is none.
pub fn data() -> Option<PathBuf> {
    let beside = crate::checkout().join("../shared/data");
    let dir = std::env::var_os("PLIMSOLL_DATA").map_or(beside, PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: no ../shared/data");
    None
}

/// The rows of some files or folders of the real data, through the readers that the program uses.
///
/// # Panics
/// Where a file is absent, no reader knows it, or its reader cannot read it.
pub fn batches(data: &Path, paths: &[&str]) -> Vec<(String, Observations)> {
    paths.iter().flat_map(|p| folder::batches(&data.join(p)).unwrap_or_else(|e| panic!("{p}: {e}"))).collect()
}

/// What was known of some files by a moment.
pub fn memory(data: &Path, paths: &[&str], as_of: AsOf) -> Memory {
    Memory::new(as_of, batches(data, paths))
}
