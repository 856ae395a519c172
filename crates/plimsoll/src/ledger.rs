//! Append-only files of what was tried and what was said: one record a line, each chained to the line before it.
//!
//! A line is `{"chain":"<32 digits>","record":<JSON>}`: the chain is the BLAKE3 hash of the chain before it and the record's bytes, so
//! that a record which was changed, removed or put in later is found. Records are added under a lock and synced to disk; a line that a
//! crash tore apart is left where it is and passed over.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

const OPEN: &str = "{\"chain\":\"";
const BETWEEN: &str = "\",\"record\":";

/// An append-only file.
pub struct Ledger {
    path: PathBuf,
}

/// What a ledger holds.
#[derive(Debug)]
pub struct Records<T> {
    /// The records, in the order in which they were added.
    pub records: Vec<T>,
    /// Lines that were torn apart by a crash.
    pub torn: usize,
}

/// A ledger's text, checked.
struct Checked<'a> {
    /// Records with the numbers of their lines.
    lines: Vec<(usize, &'a str)>,
    /// How many lines are torn.
    torn: usize,
    /// The chain at the end.
    chain: String,
}

impl Ledger {
    /// The ledger of that name beside a store.
    pub fn of(store: &Path, name: &str) -> Ledger {
        Ledger { path: store.join("ledger").join(format!("{name}.jsonl")) }
    }
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads every record and checks the chain.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Records<T>, Failure> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(self.failure(e)),
        };
        let Checked { lines, torn, .. } = self.check(&text)?;
        let record = |line: &(usize, &str)| {
            serde_json::from_str(line.1).map_err(|e| Failure::new(format!("{}:{}: {e}", self.path.display(), line.0)))
        };
        Ok(Records { records: lines.iter().map(record).collect::<Result<_, _>>()?, torn })
    }

    /// Adds records, all of them or, after a crash, the first of them; they are on disk when this returns.
    pub fn append<T: Serialize>(&self, records: &[T]) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let folder = self.path.parent().expect("a ledger lies in a folder");
        std::fs::create_dir_all(folder).map_err(|e| self.failure(e))?;
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&self.path).map_err(|e| self.failure(e))?;
        file.lock().map_err(|e| self.failure(e))?;
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut text)).map_err(|e| self.failure(e))?;
        let mut chain = self.check(&text)?.chain;
        // A torn line is ended so that it can never be read as whole, and what follows stands on a line of its own.
        let mut out = if text.is_empty() || text.ends_with('\n') { String::new() } else { "~\n".to_owned() };
        for record in records {
            let body = serde_json::to_string(record).map_err(Failure::new)?;
            chain = link(&chain, &body);
            out.push_str(&format!("{OPEN}{chain}{BETWEEN}{body}}}\n"));
        }
        file.write_all(out.as_bytes()).and_then(|()| file.sync_data()).map_err(|e| self.failure(e))?;
        sync_folder(folder);
        Ok(())
    }

    fn check<'a>(&self, text: &'a str) -> Result<Checked<'a>, Failure> {
        let (mut lines, mut torn, mut chain) = (Vec::new(), 0, String::new());
        for (i, line) in text.split_inclusive('\n').enumerate() {
            let whole = line.strip_suffix("}\n").and_then(|l| l.strip_prefix(OPEN)).and_then(|l| l.split_once(BETWEEN));
            let Some((stated, body)) = whole else {
                torn += 1;
                continue;
            };
            let expected = link(&chain, body);
            if stated != expected {
                let message = format!("{}:{}: the record is not the one that was added here", self.path.display(), i + 1);
                return Err(Failure::new(message).hint(
                    "the file was edited or lines were removed; restore it from a copy, or move it away to begin a new one",
                ));
            }
            chain = expected;
            lines.push((i + 1, body));
        }
        Ok(Checked { lines, torn, chain })
    }

    fn failure(&self, error: std::io::Error) -> Failure {
        Failure::new(format!("{}: {error}", self.path.display())).hint("is the folder there, and may you write to it?")
    }
}

fn link(chain: &str, body: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(chain.as_bytes()).update(b"\n").update(body.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// The name of a new file is on disk once its folder is; where folders cannot be synced, the file alone must do.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> (tempfile::TempDir, Ledger) {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::of(dir.path(), "trials");
        (dir, ledger)
    }

    #[test]
    fn records_come_back_in_order() {
        let (_dir, ledger) = ledger();
        assert!(ledger.read::<u32>().unwrap().records.is_empty());
        ledger.append(&[1u32, 2]).unwrap();
        ledger.append(&[3u32]).unwrap();
        assert_eq!(ledger.read::<u32>().unwrap().records, [1, 2, 3]);
    }

    #[test]
    fn a_line_torn_by_a_crash_is_passed_over_and_nothing_else_is_lost() {
        let (_dir, ledger) = ledger();
        ledger.append(&["first", "second"]).unwrap();
        let whole = std::fs::read(ledger.path()).unwrap();
        for cut in 1..whole.len() {
            std::fs::write(ledger.path(), &whole[..cut]).unwrap();
            ledger.append(&["after"]).unwrap();
            let found = ledger.read::<String>().unwrap();
            assert_eq!(found.records.last().unwrap(), "after", "cut at {cut}");
            let lines = whole[..cut].iter().filter(|b| **b == b'\n').count();
            assert_eq!(found.records.len(), lines + 1, "cut at {cut}");
        }
    }

    #[test]
    fn a_changed_or_removed_record_is_found() {
        let (_dir, ledger) = ledger();
        ledger.append(&[10u32, 20, 30]).unwrap();
        let text = std::fs::read_to_string(ledger.path()).unwrap();
        std::fs::write(ledger.path(), text.replace(":20}", ":21}")).unwrap();
        assert!(ledger.read::<u32>().unwrap_err().to_string().contains(":2:"));
        let without: Vec<&str> = text.lines().enumerate().filter(|(i, _)| *i != 1).map(|(_, l)| l).collect();
        std::fs::write(ledger.path(), without.join("\n") + "\n").unwrap();
        assert!(ledger.read::<u32>().is_err());
        assert!(ledger.append(&[40u32]).is_err());
    }
}
