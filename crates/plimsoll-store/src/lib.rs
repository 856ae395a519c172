//! Keeps every vintage and answers what was known at t.
//!
//! A store is a folder: immutable Parquet segments under a transactional catalog (SQLite). There is no server. An import is one
//! transaction; a later import of a changed file adds vintages and never changes what was stored. [`Store::snapshot`] is pinned to
//! one state of the catalog and one moment of knowledge, and implements [`plimsoll_model::knowledge::Knowledge`]. The files are
//! described in `docs/store-format.md`; polars, DuckDB and Spark read them directly.
//!
//! ```
//! use plimsoll_model::dataset::Dataset;
//! use plimsoll_model::knowledge::{Knowledge, Scan};
//! use plimsoll_model::observations::{Column, Observations};
//! use plimsoll_model::time::{AsOf, Day};
//! use plimsoll_store::{Begin, ImportMeta, Store};
//!
//! let dir = tempfile::tempdir()?;
//! let store = Store::open(dir.path())?;
//! let day = Day::ymd(2024, 1, 19);
//! let meta = ImportMeta::new("fred", "DGS10.csv", &plimsoll_store::hash(b"the bytes of the file"), day.at(18, 0));
//! if let Begin::New(mut import) = store.begin(meta)? {
//!     import.append(Observations::new(
//!         Dataset::Series,
//!         vec![day.0],
//!         vec![day.at(16, 0).0],
//!         vec![
//!             Column::Text(["fred:DGS10"].into_iter().collect()),
//!             Column::F64(vec![4.15]),
//!             Column::U8(vec![0]),
//!         ],
//!     ))?;
//!     assert_eq!(import.commit()?.taken, 1);
//! }
//! let before = store.snapshot(AsOf::end_of(day.plus(-1)))?;
//! assert!(before.scan(&Scan::all(Dataset::Series))?.is_empty());
//! let after = store.snapshot(AsOf::end_of(day))?;
//! assert_eq!(after.scan(&Scan::all(Dataset::Series))?.f64("value"), [4.15]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod breaks;
mod catalog;
mod column_runs;
mod commit;
mod coverage;
mod diff;
mod error;
mod import;
mod intake;
mod portion;
mod read;
mod resolve;
mod run;
mod segment;
mod snapshot;
#[cfg(feature = "sql")]
pub mod sql;
mod store;
mod temporary;
mod truncate;
mod verify;

pub use catalog::{ImportRecord, KeyCoverage};
pub use coverage::{Coverage, Gaps};
pub use error::{Result, StoreError};
pub use import::{Begin, Import, ImportMeta, ImportSummary, REFUSALS_KEPT};
pub use segment::schema;
pub use snapshot::{InputRef, Snapshot};
pub use store::{Options, Store};
pub use verify::Verified;

/// The format of the store that this version writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The hash by which files are known: blake3 in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The hash of a file, read in pieces.
pub fn hash_file(path: &std::path::Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut file = std::fs::File::open(path).map_err(|e| error::io(path, e))?;
    std::io::copy(&mut file, &mut hasher).map_err(|e| error::io(path, e))?;
    Ok(hasher.finalize().to_hex().to_string())
}
