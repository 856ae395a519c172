//! The database of alerts: what was told, what is to be sent, and who asked for it.
//!
//! It lies in a folder of its own beside the store, for its owner alone: whoever copies or publishes a store takes no address along.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::secret::{self, Keys};
use crate::failure::Failure;

/// The format that this version writes.
const FORMAT: i64 = 2;
/// What a database of format 1 lacks.
const SINCE_1: &str =
    "CREATE TABLE hindsight (thesis TEXT NOT NULL, claim TEXT NOT NULL, day INTEGER NOT NULL, verdict TEXT NOT NULL,
    PRIMARY KEY (thesis, claim, day)) WITHOUT ROWID;";
const FILE: &str = "alerts.sqlite";

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        // The text of a constraint may hold nothing of a row; other errors never do.
        Failure::new(format!("the database of alerts: {error}"))
    }
}

/// The open database.
pub struct State {
    folder: PathBuf,
    connection: Mutex<Connection>,
    /// The key of signed links.
    pub keys: Keys,
}

/// While this lives, nobody else delivers; it ends with the process, however that ends.
pub struct Delivery(#[expect(dead_code, reason = "held for its lock")] File);

impl State {
    /// Opens the database of a folder, making both where they are absent.
    pub fn open(folder: &Path) -> Result<State, Failure> {
        let fail = |e: std::io::Error| Failure::new(format!("{}: {e}", folder.display()));
        make_private(folder).map_err(fail)?;
        let keys = Keys::open(folder)?;
        let path = folder.join(FILE);
        // SQLite gives its journals the permissions of the database, which must therefore be there before it.
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        secret::private(&mut options);
        options.open(&path).map_err(fail)?;
        let mut connection = Connection::open(&path)?;
        connection.busy_timeout(Duration::from_secs(30))?;
        // What is deleted is overwritten, not merely forgotten.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
        )?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match tx.pragma_query_value(None, "user_version", |r| r.get::<_, i64>(0))? {
            0 => {
                tx.execute_batch(include_str!("schema.sql"))?;
                tx.pragma_update(None, "user_version", FORMAT)?;
            }
            1 => {
                tx.execute_batch(SINCE_1)?;
                tx.pragma_update(None, "user_version", FORMAT)?;
            }
            FORMAT => {}
            newer => return Err(Failure::new(format!("{}: format {newer} is newer than this program", path.display()))),
        }
        tx.commit()?;
        Ok(State { folder: folder.to_owned(), connection: Mutex::new(connection), keys })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The connection, for reading.
    pub fn read(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes in one transaction: all of it or nothing.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut connection = self.read();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    /// Makes deletions final: what was overwritten in the database is also cut from its journal.
    pub fn erase(&self) -> Result<(), Failure> {
        self.read().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// The right to deliver, if nobody else has it. Messages that a dead process left in between are put back: where it is not known
    /// whether they were taken, their `doubts` count.
    pub fn deliver(&self) -> Result<Option<Delivery>, Failure> {
        let path = self.folder.join("deliver.lock");
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        secret::private(&mut options);
        let file = options.open(&path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(e)) => return Err(Failure::new(format!("{}: {e}", path.display()))),
        }
        self.write(|tx| {
            tx.execute("UPDATE message SET state = 'waiting' WHERE state = 'trying'", [])?;
            tx.execute("UPDATE message SET state = 'waiting', doubts = doubts + 1 WHERE state = 'handed'", [])?;
            Ok(())
        })?;
        Ok(Some(Delivery(file)))
    }
}

/// Makes a folder for its owner alone.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Milliseconds since 1970, as the database keeps moments.
pub fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The moment of so many milliseconds.
pub fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_and_its_journals_are_for_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("store.alerts");
        let state = State::open(&folder).unwrap();
        state.write(|tx| Ok(tx.execute("INSERT INTO seen VALUES ('a', 'b')", [])?)).unwrap();
        #[cfg(unix)]
        for entry in std::fs::read_dir(&folder).unwrap() {
            use std::os::unix::fs::PermissionsExt;
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", entry.path().display());
        }
    }

    #[test]
    fn a_database_of_format_1_is_brought_up() {
        let dir = tempfile::tempdir().unwrap();
        drop(State::open(dir.path()).unwrap());
        let tables = |c: &Connection| {
            let mut q = c.prepare("SELECT name FROM pragma_table_info('hindsight') ORDER BY cid").unwrap();
            q.query_map([], |r| r.get(0)).unwrap().collect::<rusqlite::Result<Vec<String>>>().unwrap()
        };
        let path = dir.path().join(FILE);
        let old = Connection::open(&path).unwrap();
        let fresh = tables(&old);
        old.execute_batch("DROP TABLE hindsight; PRAGMA user_version = 1; INSERT INTO seen VALUES ('a', 'b')").unwrap();
        drop(old);
        let state = State::open(dir.path()).unwrap();
        assert_eq!(tables(&state.read()), fresh);
        let kept: String = state.read().query_row("SELECT value FROM seen WHERE what = 'a'", [], |r| r.get(0)).unwrap();
        assert_eq!(kept, "b");
    }

    #[test]
    fn one_delivers_at_a_time_and_what_a_dead_one_left_is_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        let first = state.deliver().unwrap();
        assert!(first.is_some());
        let other = State::open(dir.path()).unwrap();
        assert!(other.deliver().unwrap().is_none());
        for (key, at) in [("a", "trying"), ("b", "handed"), ("c", "done"), ("d", "dead")] {
            let insert = "INSERT INTO message (key, channel, state, due, created) VALUES (?1, 'x', ?2, 0, 0)";
            state.write(|tx| Ok(tx.execute(insert, [key, at])?)).unwrap();
        }
        drop(first);
        assert!(other.deliver().unwrap().is_some());
        let connection = other.read();
        let mut q = connection.prepare("SELECT state, doubts FROM message ORDER BY key").unwrap();
        let found: Vec<(String, i64)> = q.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect();
        let expected = [("waiting", 0), ("waiting", 1), ("done", 0), ("dead", 0)];
        assert_eq!(found, expected.map(|(s, d)| (s.to_owned(), d)));
    }
}
