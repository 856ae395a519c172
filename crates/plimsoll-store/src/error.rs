//! What can go wrong, sorted by what the caller can do about it.

use std::path::{Path, PathBuf};

use plimsoll_model::knowledge::KnowledgeError;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder is not a store: choose another one, or import something first.
    #[error("{}: not a store: {reason}", dir.display())]
    NotAStore {
        /// The folder.
        dir: PathBuf,
        /// What is missing or strange.
        reason: String,
    },
    /// The store was written by a newer version of this program: use that version.
    #[error("{}: store format {found}, this program reads up to {supported}", dir.display())]
    NewerFormat {
        /// The folder.
        dir: PathBuf,
        /// The format of the store.
        found: u32,
        /// The newest format known here.
        supported: u32,
    },
    /// Another process writes to the store: try again.
    #[error("another process is writing to the store")]
    Busy,
    /// The disk, the quota or the file size limit is exhausted: make room and repeat; nothing was changed.
    #[error("{}: no space left: {cause}", path.display())]
    Disk {
        /// The file or folder that could not grow.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// A segment or the catalog does not hold what it should: restore it, or import its source again into a new store.
    #[error("damaged: {}: {reason}", segment.display())]
    Damaged {
        /// The file.
        segment: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Any other failure to read or write.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The catalog refused a statement.
    #[error("catalog: {0}")]
    Catalog(#[source] rusqlite::Error),
}

/// What this crate's functions return.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

fn out_of_space(e: &std::io::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull, WriteZero};
    matches!(e.kind(), StorageFull | QuotaExceeded | FileTooLarge | WriteZero)
}

/// An input or output error at `path`.
pub(crate) fn io(path: &Path, cause: std::io::Error) -> StoreError {
    if out_of_space(&cause) {
        StoreError::Disk { path: path.to_owned(), cause: cause.to_string() }
    } else {
        StoreError::Io { path: path.to_owned(), cause }
    }
}

fn io_in<'a>(e: &'a (dyn std::error::Error + 'static)) -> Option<&'a std::io::Error> {
    let mut at: Option<&'a (dyn std::error::Error + 'static)> = Some(e);
    while let Some(e) = at {
        if let Some(io) = e.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        at = e.source();
    }
    None
}

/// An error of the Parquet library while writing `path`.
pub(crate) fn writing(path: &Path, e: parquet::errors::ParquetError) -> StoreError {
    match io_in(&e) {
        Some(cause) => io(path, std::io::Error::new(cause.kind(), cause.to_string())),
        None => StoreError::Damaged { segment: path.to_owned(), reason: e.to_string() },
    }
}

/// An error of the Parquet library while reading `path`.
pub(crate) fn reading(path: &Path, e: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged { segment: path.to_owned(), reason: e.to_string() }
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase, SystemIoFailure};
        let catalog = || PathBuf::from(crate::catalog::FILE);
        match e.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => StoreError::Busy,
            Some(DiskFull) => StoreError::Disk { path: catalog(), cause: e.to_string() },
            // SQLite reports a write past a size limit or a quota as a failed write.
            Some(SystemIoFailure) => StoreError::Disk { path: catalog(), cause: e.to_string() },
            Some(DatabaseCorrupt | NotADatabase) => StoreError::Damaged { segment: catalog(), reason: e.to_string() },
            _ => StoreError::Catalog(e),
        }
    }
}

impl From<StoreError> for KnowledgeError {
    fn from(e: StoreError) -> KnowledgeError {
        KnowledgeError { message: e.to_string(), cause: Some(Box::new(e)) }
    }
}
