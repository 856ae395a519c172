//! One sync at a time asks a publisher: an exclusive transaction, open as long as it is asked, on a small database of its own. SQLite and
//! the system free it when the process ends, however it ends; nothing is ever written.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::failure::Failure;

/// Held while a publisher is asked.
pub struct Claim {
    _open: Connection,
}

/// Claims a publisher by its first host; nothing where another process has it.
pub fn claim(root: &Path, host: &str) -> Result<Option<Claim>, Failure> {
    let dir = root.join("claims");
    std::fs::create_dir_all(&dir)?;
    let fail = |e: rusqlite::Error| Failure::new(format!("{}: {e}", dir.display()));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = Connection::open_with_flags(dir.join(format!("{host}.sqlite")), flags).map_err(fail)?;
    open.busy_timeout(Duration::from_millis(200)).map_err(fail)?;
    match open.execute_batch("BEGIN EXCLUSIVE") {
        Ok(()) => Ok(Some(Claim { _open: open })),
        Err(e) if matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => Ok(None),
        Err(e) => Err(fail(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::claim;

    #[test]
    fn a_publisher_is_claimed_once_and_freed() {
        let dir = tempfile::tempdir().unwrap();
        let first = claim(dir.path(), "example.org").unwrap();
        assert!(first.is_some());
        assert!(claim(dir.path(), "example.org").unwrap().is_none());
        assert!(claim(dir.path(), "example.com").unwrap().is_some());
        drop(first);
        assert!(claim(dir.path(), "example.org").unwrap().is_some());
    }
}
