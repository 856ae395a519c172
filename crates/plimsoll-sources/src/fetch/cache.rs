//! The folder in which fetched files are kept: one folder a feed, one small state file beside each file, every change by rename.
//!
//! ```text
//! FEED/files/NAME        the last whole file; of an archive that can be resumed, until the store has it
//! FEED/state/NAME.json   what is known of it: validators, checksum, whether the store has it
//! FEED/parts/NAME        a download in progress, with NAME.json that says of which version it is a part
//! FEED/kept/NAME         a file that was not in the documented layout
//! ```
//! A process may be killed at any point: a file without a matching state is fetched again, a state that says "not imported" is imported
//! again, and the store knows a file by its checksum. Everything may be deleted at any time; it is then fetched again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Fetched;

/// The files of one feed.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
}

/// Of which version a part is a part; only a part with a validator can be continued.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The publisher's strong `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
    /// Bytes of the whole.
    pub total: Option<u64>,
}

impl Part {
    /// What `If-Range` may carry: a strong tag, else the date.
    pub fn validator(&self) -> Option<&str> {
        self.etag.as_deref().filter(|e| !e.starts_with("W/")).or(self.last_modified.as_deref())
    }
}

impl Cache {
    /// The folder of a feed, made where it is not there.
    pub fn open(root: &Path, feed: &str) -> io::Result<Cache> {
        let dir = root.join(feed);
        for inside in ["files", "state", "parts", "kept"] {
            fs::create_dir_all(dir.join(inside))?;
        }
        Ok(Cache { dir })
    }

    /// The folder of a feed, for reading only; nothing is made.
    pub fn look(root: &Path, feed: &str) -> Cache {
        Cache { dir: root.join(feed) }
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where a whole file stands.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join("files").join(safe(name))
    }

    /// Where a download in progress stands.
    pub fn part(&self, name: &str) -> PathBuf {
        self.dir.join("parts").join(safe(name))
    }

    /// What is known of the part; nothing where it cannot be continued.
    pub fn part_state(&self, name: &str) -> Option<Part> {
        read_json(&self.dir.join("parts").join(format!("{}.json", safe(name))))
    }

    /// Remembers of which version the part is.
    pub fn set_part_state(&self, name: &str, part: &Part) -> io::Result<()> {
        write_json(&self.dir.join("parts").join(format!("{}.json", safe(name))), part)
    }

    /// Forgets a part.
    pub fn drop_part(&self, name: &str) -> io::Result<()> {
        for path in [self.part(name), self.dir.join("parts").join(format!("{}.json", safe(name)))] {
            match fs::remove_file(path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }

    /// What is known of a file; nothing where the file is not there or is not the one the state tells of, unless it was dropped on
    /// purpose.
    pub fn state(&self, name: &str) -> Option<Fetched> {
        let state: Fetched = read_json(&self.state_path(name))?;
        if state.dropped && state.imported {
            return Some(state);
        }
        let length = fs::metadata(self.file(name)).ok()?.len();
        (length == state.bytes).then_some(state)
    }

    /// What is known of every file.
    pub fn states(&self) -> BTreeMap<String, Fetched> {
        let entries = fs::read_dir(self.dir.join("state")).into_iter().flatten().flatten();
        let names = entries.filter_map(|e| e.file_name().to_str().and_then(|n| n.strip_suffix(".json")).map(str::to_owned));
        names.filter_map(|name| self.state(&name).map(|s| (name, s))).collect()
    }

    /// Remembers what is known of a file.
    pub fn set_state(&self, name: &str, state: &Fetched) -> io::Result<()> {
        write_json(&self.state_path(name), state)
    }

    /// Drops the bytes of a file that the store has; what is known of it stays, so that it is asked for by its tag.
    pub fn drop_file(&self, name: &str, state: &mut Fetched) -> io::Result<()> {
        // First the word, then the deed: a state that tells of a missing file would have it fetched again.
        state.dropped = true;
        self.set_state(name, state)?;
        match fs::remove_file(self.file(name)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    fn state_path(&self, name: &str) -> PathBuf {
        self.dir.join("state").join(format!("{}.json", safe(name)))
    }

    /// A finished, checked file takes the place of the one before; `from` is on the same disk.
    pub fn accept(&self, name: &str, from: &Path, state: &Fetched) -> io::Result<PathBuf> {
        let to = self.file(name);
        fs::rename(from, &to)?;
        self.set_state(name, state)?;
        self.drop_part(name)?;
        Ok(to)
    }

    /// Keeps a file that is not in the documented layout, for inspection.
    pub fn keep(&self, name: &str, from: &Path) -> io::Result<PathBuf> {
        let to = self.dir.join("kept").join(safe(name));
        fs::copy(from, &to)?;
        Ok(to)
    }

    /// How the last sync of the feed ended.
    pub fn last<T: DeserializeOwned>(&self) -> Option<T> {
        read_json(&self.dir.join("last.json"))
    }

    /// Remembers how the sync ended.
    pub fn set_last<T: Serialize>(&self, last: &T) -> io::Result<()> {
        write_json(&self.dir.join("last.json"), last)
    }
}

/// A name that cannot leave the folder; feeds choose names, but lists that publishers send may be behind them.
fn safe(name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "-_.^=+@".contains(c);
    let mut out: String = name.chars().map(|c| if good(c) { c } else { '_' }).take(200).collect();
    if out.is_empty() || out.starts_with('.') {
        out.insert(0, '_');
    }
    out
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let temporary = path.with_extension(format!("json.{}", std::process::id()));
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec_pretty(value)?)?;
    file.sync_all()?;
    fs::rename(temporary, path)
}

/// The blake3 of what a reader gives, hexadecimal.
pub fn checksum(mut from: impl Read) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 17];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            n => hasher.update(&buffer[..n]),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_the_folder() {
        assert_eq!(safe("^RUT.csv"), "^RUT.csv");
        // By the sign the reader of releases knows the series.
        assert_eq!(safe("UNRATE@releases.json"), "UNRATE@releases.json");
        assert_eq!(safe("../../etc/passwd"), "_.._.._etc_passwd");
        assert_eq!(safe(""), "_");
        assert_eq!(safe(".json"), "_.json");
    }

    #[test]
    fn a_state_of_another_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path(), "x").unwrap();
        let state = Fetched {
            asked_at: 1,
            changed_at: 1,
            etag: None,
            last_modified: None,
            bytes: 3,
            blake3: String::new(),
            imported: true,
            dropped: false,
        };
        fs::write(cache.part("a.csv"), b"abc").unwrap();
        cache.accept("a.csv", &cache.part("a.csv"), &state).unwrap();
        assert_eq!(cache.state("a.csv"), Some(state.clone()));
        assert_eq!(cache.states().len(), 1);
        fs::write(cache.file("a.csv"), b"abcd").unwrap();
        assert_eq!(cache.state("a.csv"), None);
        fs::remove_file(cache.file("a.csv")).unwrap();
        assert!(cache.states().is_empty());
        fs::write(cache.part("a.csv"), b"abc").unwrap();
        cache.accept("a.csv", &cache.part("a.csv"), &state).unwrap();
        let mut dropped = state;
        cache.drop_file("a.csv", &mut dropped).unwrap();
        assert!(!cache.file("a.csv").exists());
        assert_eq!(cache.state("a.csv"), Some(dropped));
    }
}
