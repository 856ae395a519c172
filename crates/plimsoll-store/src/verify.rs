//! Checks the files against the catalog.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::error::{Result, StoreError, reading};
use crate::read;
use crate::segment;
use crate::store::Store;

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Segments.
    pub segments: u64,
    /// Rows in them.
    pub rows: u64,
    /// Bytes in them.
    pub bytes: u64,
}

impl Store {
    /// Reads every segment and compares checksum, rows and columns with the catalog, and the catalog with itself.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first file that is not as the catalog says.
    pub fn verify(&self) -> Result<Verified> {
        {
            let catalog = self.catalog();
            let damaged = |reason: String| StoreError::Damaged { segment: self.dir().join(crate::catalog::FILE), reason };
            let answer: String = catalog.query_row("PRAGMA integrity_check", [], |r| r.get(0))?;
            if answer != "ok" {
                return Err(damaged(answer));
            }
            let sql = "SELECT (SELECT coalesce(sum(taken + revised), 0) FROM import) - (SELECT coalesce(sum(rows), 0) FROM segment), \
                       (SELECT coalesce(sum(vintages), 0) FROM key_coverage) - (SELECT coalesce(sum(rows), 0) FROM segment)";
            let (imports, keys): (i64, i64) = catalog.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?;
            if imports != 0 || keys != 0 {
                return Err(damaged(format!("rows of imports and segments differ by {imports}, of keys and segments by {keys}")));
            }
        }
        let segments = self.segments()?;
        segments.par_iter().try_for_each(|s| {
            let path = self.path(s);
            let wrong = |reason: String| Err(StoreError::Damaged { segment: path.clone(), reason });
            let missing =
                |e: &StoreError| matches!(e, StoreError::Io { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound);
            let hash = match crate::hash_file(&path) {
                Err(e) if missing(&e) => return wrong("the file is missing".to_owned()),
                other => other?,
            };
            if hash != s.facts.blake3 {
                return wrong(format!("checksum {hash}, the catalog says {}", s.facts.blake3));
            }
            let meta = read::metadata(&path)?;
            let rows = meta.metadata().file_metadata().num_rows();
            if rows as u64 != s.facts.rows {
                return wrong(format!("{rows} rows, the catalog says {}", s.facts.rows));
            }
            let expected = segment::schema(s.dataset);
            if meta.schema().fields() != expected.fields() {
                return Err(reading(&path, &"its columns are not those of the format"));
            }
            Ok(())
        })?;
        let files: BTreeSet<&str> = segments.iter().map(|s| s.file.as_str()).collect();
        if files.len() != segments.len() {
            return Err(StoreError::Damaged { segment: self.dir().to_owned(), reason: "a file is listed twice".to_owned() });
        }
        Ok(Verified {
            segments: segments.len() as u64,
            rows: segments.iter().map(|s| s.facts.rows).sum(),
            bytes: segments.iter().map(|s| s.facts.bytes).sum(),
        })
    }
}
