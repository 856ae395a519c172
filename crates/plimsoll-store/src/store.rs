//! The handle: opening a folder, collecting what a killed import left, and what the catalog lists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use plimsoll_model::dataset::{DATASETS, Dataset};
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::time::AsOf;
use rusqlite::{Connection, TransactionBehavior};
use rustc_hash::FxHashMap;

use crate::catalog::{self, ImportRecord, KeyCoverage, Segment};
use crate::error::{Result, StoreError, io};
use crate::import::{Begin, Import, ImportMeta};
use crate::snapshot::Snapshot;
use crate::{read, temporary};

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long to wait for another process that writes, before [`StoreError::Busy`].
    pub busy: Duration,
    /// Whether to make the store where there is none.
    pub create: bool,
    /// Rows of an import held in memory before they wait on disk for the commit: bounds the memory of an import.
    pub rows_in_memory: usize,
    /// Rows a segment aims at; a row group has at most half as many. Reading works on whole row groups.
    pub rows_per_segment: usize,
}

impl Default for Options {
    /// Waits a minute, makes the store, 2,097,152 rows in memory (130 MB of bars), 262,144 rows in a segment.
    fn default() -> Options {
        Options { busy: Duration::from_secs(60), create: true, rows_in_memory: 1 << 21, rows_per_segment: 1 << 18 }
    }
}

/// A store. Clones share one handle; it may be used from several threads.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub dir: PathBuf,
    pub options: Options,
    catalog: Mutex<Connection>,
    footers: Mutex<FxHashMap<i64, ArrowReaderMetadata>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("dir", &self.0.dir).finish_non_exhaustive()
    }
}

/// Folder of the segments.
pub(crate) const SEGMENTS: &str = "segments";

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that is guarded is ever left half changed.
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Opens the store in `dir`, making it where the folder is absent or empty.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`] where the folder holds something else, [`StoreError::NewerFormat`], [`StoreError::Busy`].
    pub fn open(dir: impl AsRef<Path>) -> Result<Store> {
        Store::open_with(dir, &Options::default())
    }

    /// Opens the store in `dir`, which must exist.
    pub fn open_existing(dir: impl AsRef<Path>) -> Result<Store> {
        Store::open_with(dir, &Options { create: false, ..Options::default() })
    }

    /// Opens the store in `dir` as `options` say.
    pub fn open_with(dir: impl AsRef<Path>, options: &Options) -> Result<Store> {
        let dir = dir.as_ref();
        let not = |reason: &str| StoreError::NotAStore { dir: dir.to_owned(), reason: reason.to_owned() };
        if !dir.join(catalog::FILE).is_file() {
            if !options.create {
                return Err(not("there is no catalog.sqlite"));
            }
            std::fs::create_dir_all(dir).map_err(|e| io(dir, e))?;
            let holds_files = std::fs::read_dir(dir).map_err(|e| io(dir, e))?.next().is_some();
            // Another process may have made the catalog since we looked.
            if holds_files && !dir.join(catalog::FILE).is_file() {
                return Err(not("the folder holds other files"));
            }
        }
        let connection = catalog::open(dir, options.busy)?;
        for spec in DATASETS {
            let path = dir.join(SEGMENTS).join(spec.name);
            std::fs::create_dir_all(&path).map_err(|e| io(&path, e))?;
        }
        let inner = Inner {
            dir: dir.to_owned(),
            options: options.clone(),
            catalog: Mutex::new(connection),
            footers: Mutex::new(FxHashMap::default()),
        };
        let store = Store(Arc::new(inner));
        store.collect()?;
        Ok(store)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Begins the import of one file. A file that this reader already imported is not imported again.
    pub fn begin(&self, meta: ImportMeta) -> Result<Begin> {
        let found = catalog::find_import(&self.catalog(), &meta.source, &meta.file_hash, &meta.reader)?;
        Ok(match found {
            Some(record) => Begin::Already(record),
            None => Begin::New(Box::new(Import::new(self.clone(), meta))),
        })
    }

    /// What was known at `as_of`, pinned to the imports finished by now.
    pub fn snapshot(&self, as_of: AsOf) -> Result<Snapshot> {
        Ok(Snapshot::new(self.clone(), as_of, self.segments()?))
    }

    /// Files imported, oldest first.
    pub fn imports(&self) -> Result<Vec<ImportRecord>> {
        catalog::imports(&self.catalog())
    }

    /// Refused rows by rule, of one import or all, as (import, rule, rows). Every refusal is counted here.
    pub fn refusal_counts(&self, import: Option<i64>) -> Result<Vec<(i64, String, u64)>> {
        catalog::refusal_counts(&self.catalog(), import)
    }

    /// Refused rows one by one, of one import or all, with the import; at most [`crate::REFUSALS_KEPT`] of each import.
    pub fn refusals(&self, import: Option<i64>) -> Result<Vec<(i64, Refusal)>> {
        catalog::refusals(&self.catalog(), import)
    }

    /// Defects found, of one import or all, with the import.
    pub fn defects(&self, import: Option<i64>) -> Result<Vec<(i64, Defect)>> {
        catalog::defects(&self.catalog(), import)
    }

    /// Coverage key by key, of one dataset or all.
    pub fn key_coverage(&self, dataset: Option<Dataset>) -> Result<Vec<KeyCoverage>> {
        catalog::key_coverage(&self.catalog(), dataset)
    }

    pub(crate) fn catalog(&self) -> MutexGuard<'_, Connection> {
        lock(&self.0.catalog)
    }

    pub(crate) fn segments(&self) -> Result<Vec<Segment>> {
        catalog::segments(&self.catalog())
    }

    pub(crate) fn path(&self, segment: &Segment) -> PathBuf {
        self.0.dir.join(&segment.file)
    }

    /// Rows of a row group: few enough to prune by key and period, enough to compress.
    pub(crate) fn group_rows(&self) -> usize {
        (self.0.options.rows_per_segment / 2).max(1)
    }

    /// The footer of a committed segment. Segments never change, so it is read once.
    pub(crate) fn footer(&self, segment: &Segment) -> Result<ArrowReaderMetadata> {
        if let Some(meta) = lock(&self.0.footers).get(&segment.id) {
            return Ok(meta.clone());
        }
        let meta = read::metadata(&self.path(segment))?;
        lock(&self.0.footers).insert(segment.id, meta.clone());
        Ok(meta)
    }

    /// Removes files of imports that never finished. Only under the write lock is it certain that nobody is about to commit them;
    /// where somebody writes right now, the next opening collects.
    fn collect(&self) -> Result<()> {
        let mut catalog = self.catalog();
        catalog.busy_timeout(Duration::ZERO)?;
        let result = Self::collect_with(&self.0.dir, &mut catalog);
        catalog.busy_timeout(self.0.options.busy)?;
        match result {
            Err(StoreError::Busy) => Ok(()),
            other => other,
        }
    }

    fn collect_with(dir: &Path, catalog: &mut Connection) -> Result<()> {
        let listed = |dir: &Path| -> Result<Vec<PathBuf>> {
            let entries = match std::fs::read_dir(dir) {
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
                other => other.map_err(|e| io(dir, e))?,
            };
            entries.map(|e| e.map(|e| e.path()).map_err(|e| io(dir, e))).collect()
        };
        let tx = catalog.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let live: BTreeSet<PathBuf> = {
            let mut q = tx.prepare("SELECT file FROM segment")?;
            q.query_map([], |r| r.get::<_, String>(0))?.map(|f| f.map(|f| dir.join(f))).collect::<rusqlite::Result<_>>()?
        };
        for spec in DATASETS {
            for path in listed(&dir.join(SEGMENTS).join(spec.name))? {
                if path.extension().is_some_and(|e| e == "parquet") && !live.contains(&path) {
                    std::fs::remove_file(&path).map_err(|e| io(&path, e))?;
                }
            }
        }
        temporary::collect(dir)?;
        tx.rollback()?;
        Ok(())
    }
}
