//! Folders for files of an import that is not finished. Each is guarded by a lock that dies with its process, so that another
//! process can tell a running import from a killed one.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Result, io};

const FOLDER: &str = "incoming";

/// A folder of its own; removed with its content when dropped.
pub(crate) struct Temporary {
    dir: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Temporary {
    /// A new folder below the store's.
    pub(crate) fn new(store: &Path) -> Result<Temporary> {
        let parent = store.join(FOLDER);
        std::fs::create_dir_all(&parent).map_err(|e| io(&parent, e))?;
        loop {
            let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let lock_path = parent.join(format!("{name}.lock"));
            let lock = match File::create_new(&lock_path) {
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => continue,
                other => other.map_err(|e| io(&lock_path, e))?,
            };
            lock.lock().map_err(|e| io(&lock_path, e))?;
            if !lock_path.exists() {
                continue; // collected between creation and lock
            }
            let dir = parent.join(name);
            std::fs::create_dir_all(&dir).map_err(|e| io(&dir, e))?;
            return Ok(Temporary { dir, lock_path, _lock: lock });
        }
    }
    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be removed now is collected at the next opening.
        let _ = std::fs::remove_dir_all(&self.dir);
        let _ = std::fs::remove_file(&self.lock_path);
    }
}

/// Removes the folders whose process is gone.
pub(crate) fn collect(store: &Path) -> Result<()> {
    let parent = store.join(FOLDER);
    let Ok(entries) = std::fs::read_dir(&parent) else { return Ok(()) };
    for path in entries.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.extension().is_some_and(|e| e == "lock")) {
        let Ok(lock) = File::open(&path) else { continue };
        match lock.try_lock() {
            Ok(()) => {
                let dir = path.with_extension("");
                if dir.exists() {
                    std::fs::remove_dir_all(&dir).map_err(|e| io(&dir, e))?;
                }
                std::fs::remove_file(&path).map_err(|e| io(&path, e))?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(e)) => return Err(io(&path, e)),
        }
    }
    Ok(())
}
