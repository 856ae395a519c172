//! Imports files into a store through the readers that the program uses.

use std::path::{Path, PathBuf};

use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::{Sink, SinkClosed, recognise};
use plimsoll_store::{Begin, Import, ImportMeta, Store};

use crate::folder;

struct Into<'a>(&'a mut Import, Moment);

impl Sink for Into<'_> {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        self.0.append(rows).map_err(|e| SinkClosed(e.to_string()))
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.0.refuse(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.0.defect(defect);
    }
    fn progress(&mut self, _: u64, _: u64) {}
    fn now(&self) -> Moment {
        self.1
    }
}

/// The moment at which every test ingests: after all real data, and the same on every run.
pub fn ingested() -> Moment {
    Day::ymd(2024, 7, 1).at(9, 0)
}

/// Imports files and folders into the store in `dir`, made where absent; what it holds already is passed over.
///
/// # Errors
/// The first file that a reader knows and cannot read, or the store's.
pub fn import(dir: &Path, paths: &[PathBuf]) -> Result<Store, Box<dyn std::error::Error>> {
    into(dir, paths, ingested(), Moment::MAX)
}

/// The same at another moment, which is the present for the readers as well.
///
/// # Errors
/// As [`import`].
pub fn import_at(dir: &Path, paths: &[PathBuf], at: Moment) -> Result<Store, Box<dyn std::error::Error>> {
    into(dir, paths, at, at)
}

fn into(dir: &Path, paths: &[PathBuf], ingested: Moment, now: Moment) -> Result<Store, Box<dyn std::error::Error>> {
    let store = Store::open(dir)?;
    for path in paths {
        let files = if path.is_dir() { folder::files(path) } else { vec![path.clone()] };
        for file in files {
            let Ok(reader) = recognise(&file) else { continue };
            let hash = plimsoll_store::hash_file(&file)?;
            let meta = ImportMeta::new(reader.info().id, &file.to_string_lossy(), &hash, ingested);
            if let Begin::New(mut import) = store.begin(meta)? {
                reader.read(&file, &mut Into(&mut import, now))?;
                import.commit()?;
            }
        }
    }
    Ok(store)
}
