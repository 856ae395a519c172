//! The store, the moment and the thesis that a command works with.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use plimsoll_claims::Thesis;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::time::AsOf;
use plimsoll_store::{Snapshot, Store, StoreError};

use crate::failure::Failure;

/// The shipped thesis.
pub const SHIPPED: &str = include_str!("../../../theses/small-cap-pain.toml");

/// The shipped thesis's name.
pub const SHIPPED_NAME: &str = "small-cap-pain";

/// An open store.
pub struct Session {
    /// The store.
    pub store: Store,
}

impl Session {
    /// Opens the store that is there.
    pub fn open(dir: Option<&Path>) -> Result<Session, Failure> {
        let dir = store_dir(dir)?;
        let store = Store::open_existing(&dir).map_err(|e| {
            Failure::new(e).hint("`plimsoll import FILES` fills a store, `--store DIR` names one, `plimsoll demo` needs none")
        })?;
        Ok(Session { store })
    }

    /// A moment from the command line; `latest` is the end of the last day that prices or series reach, or, without
    /// either, that anything does.
    pub fn as_of(&self, text: &str) -> Result<AsOf, Failure> {
        if text != "latest" {
            return text.parse().map_err(|e| Failure::new(e).hint("or `latest`"));
        }
        let coverage = self.store.coverage()?;
        let last = coverage.iter().filter(|c| matches!(c.dataset, Dataset::Bars | Dataset::Series)).map(|c| c.last).max();
        let last = last.or_else(|| coverage.iter().map(|c| c.last).max());
        let last = last.ok_or_else(|| Failure::new("the store is empty").hint("`plimsoll import FILES` fills it"))?;
        Ok(AsOf::end_of(last))
    }

    /// What was known.
    pub fn snapshot(&self, as_of: AsOf) -> Result<Snapshot, Failure> {
        Ok(self.store.snapshot(as_of)?)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let hint = match &error {
            StoreError::Busy => Some("another import is being committed: run this again"),
            StoreError::Disk { .. } => Some("free some space and run this again: nothing was damaged"),
            StoreError::Damaged { .. } => Some("import the file again into a new store, or restore the folder from a copy"),
            _ => None,
        };
        let failure = Failure::new(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// The folder of the store: as given, else the platform's data folder.
pub fn store_dir(given: Option<&Path>) -> Result<PathBuf, Failure> {
    match given {
        Some(dir) => Ok(dir.to_owned()),
        None => etcetera::choose_base_strategy()
            .map(|base| base.data_dir().join("plimsoll").join("store"))
            .map_err(|e| Failure::new(e).hint("name a folder with `--store DIR`")),
    }
}

/// A thesis from a file, or the shipped one.
pub fn thesis(path: Option<&Path>) -> Result<Thesis, Failure> {
    match path {
        None => Ok(Thesis::parse("small-cap-pain.toml", SHIPPED)?),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| {
                Failure::new(format!("{}: {e}", path.display())).hint("a thesis is a file such as theses/small-cap-pain.toml")
            })?;
            Ok(Thesis::parse(&path.display().to_string(), &text)?)
        }
    }
}

/// The name of a thesis: its file's name without the ending.
pub fn thesis_name(path: Option<&Path>) -> String {
    path.and_then(Path::file_stem).map_or_else(|| SHIPPED_NAME.to_owned(), |s| s.to_string_lossy().into_owned())
}
