//! Where numbers come from: the files behind a cut, and a digest of the very observations that were used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use plimsoll_model::cut::Cut;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, KnowledgeError, Scan};
use plimsoll_model::observations::{Column, Observations};
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_store::Snapshot;
use serde::Serialize;

use crate::failure::Failure;

/// One file behind a cut, as far as it was used.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    /// The source.
    pub source: String,
    /// The dataset.
    pub dataset: String,
    /// The file as imported.
    pub file: String,
    /// Its blake3 hash.
    pub hash: String,
    /// When it was ingested.
    pub ingested_at: String,
    /// Rows used.
    pub rows: u64,
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
    /// When the last of them became known.
    pub last_known_at: String,
}

impl Input {
    /// One line for a terminal.
    pub fn line(&self) -> String {
        let name =
            std::path::Path::new(&self.file).file_name().map_or_else(|| self.file.clone(), |n| n.to_string_lossy().into_owned());
        format!(
            "{} {} {} ({} to {}, {} rows, blake3 {})",
            self.source,
            self.dataset,
            name,
            self.first,
            self.last,
            self.rows,
            &self.hash[..12]
        )
    }
}

/// The files behind a cut.
pub fn inputs(snapshot: &Snapshot, cut: &Cut) -> Result<Vec<Input>, Failure> {
    let mut out: BTreeMap<(String, String, String, String), Input> = BTreeMap::new();
    for scan in &cut.scans {
        for r in snapshot.inputs(scan)? {
            let input = Input {
                source: r.source.clone(),
                dataset: scan.dataset.name().into(),
                file: r.path.clone(),
                hash: r.file_hash.clone(),
                ingested_at: r.ingested_at.to_string(),
                rows: r.rows,
                first: r.first,
                last: r.last,
                last_known_at: r.last_known_at.to_string(),
            };
            out.insert((input.source.clone(), input.dataset.clone(), input.file.clone(), input.hash.clone()), input);
        }
    }
    Ok(out.into_values().collect())
}

/// What was used of one source: its extent and a digest of every observation handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
    /// Rows.
    pub rows: u64,
    /// The last moment at which any of them became known.
    pub last_known_at: Moment,
    /// blake3 over the observations, in their canonical order.
    pub digest: String,
}

/// Knowledge that remembers what was read. Its digests depend on observations alone, not on the files that brought them, so that a
/// report is the same bytes from a store that ends on its day and from one that goes on.
pub struct Recorder<'a> {
    inner: &'a dyn Knowledge,
    used: Mutex<BTreeMap<String, (Used, blake3::Hasher)>>,
    seen: Mutex<BTreeSet<String>>,
}

impl<'a> Recorder<'a> {
    /// Around knowledge.
    pub fn new(inner: &'a dyn Knowledge) -> Recorder<'a> {
        Recorder { inner, used: Mutex::default(), seen: Mutex::default() }
    }

    /// What was used, by name: the series' id, or the dataset with its source or list.
    pub fn used(&self) -> BTreeMap<String, Used> {
        let used = self.used.lock().expect("no panic while held");
        used.iter()
            .map(|(name, (u, hasher))| (name.clone(), Used { digest: hasher.finalize().to_hex().to_string(), ..u.clone() }))
            .collect()
    }

    fn note(&self, scan: &Scan, rows: &Observations) {
        // The same scan of the same knowledge is noted once.
        if rows.is_empty() || !self.seen.lock().expect("no panic while held").insert(format!("{scan:?}")) {
            return;
        }
        let name_of = |key: &str| match scan.dataset {
            Dataset::Series | Dataset::Members | Dataset::Vintages => format!("{} {key}", scan.dataset.name()),
            _ => format!("{} {}", scan.dataset.name(), scan.source.as_deref().unwrap_or("all sources")),
        };
        let grouped = matches!(scan.dataset, Dataset::Series | Dataset::Members | Dataset::Vintages);
        let Some(Column::Text(keys)) = rows.columns.first() else { return };
        let mut used = self.used.lock().expect("no panic while held");
        let mut start = 0;
        while start < rows.len() {
            let end = if grouped {
                start + keys.codes[start..].iter().take_while(|c| **c == keys.codes[start]).count()
            } else {
                rows.len()
            };
            let (first, last) = rows.period[start..end].iter().fold((i32::MAX, i32::MIN), |(a, b), p| (a.min(*p), b.max(*p)));
            let known = rows.known_at[start..end].iter().copied().max().unwrap_or(i64::MIN);
            let (u, hasher) = used.entry(name_of(keys.get(start))).or_insert_with(|| {
                let none = Used {
                    first: Day(i32::MAX),
                    last: Day(i32::MIN),
                    rows: 0,
                    last_known_at: Moment::MIN,
                    digest: String::new(),
                };
                (none, blake3::Hasher::new())
            });
            u.first = u.first.min(Day(first));
            u.last = u.last.max(Day(last));
            u.rows += (end - start) as u64;
            u.last_known_at = u.last_known_at.max(Moment(known));
            digest(hasher, rows, start, end);
            start = end;
        }
    }
}

fn digest(hasher: &mut blake3::Hasher, rows: &Observations, start: usize, end: usize) {
    let mut bytes: Vec<u8> = Vec::with_capacity((end - start) * 16);
    rows.period[start..end].iter().for_each(|p| bytes.extend(p.to_le_bytes()));
    rows.known_at[start..end].iter().for_each(|k| bytes.extend(k.to_le_bytes()));
    for column in &rows.columns {
        match column {
            // Codes of a canonical dictionary are the same for the same rows; the texts go in once.
            Column::Text(t) => {
                t.codes[start..end].iter().for_each(|c| bytes.extend(c.to_le_bytes()));
                t.dict.iter().for_each(|s| bytes.extend(s.as_bytes()));
            }
            Column::F64(v) => v[start..end].iter().for_each(|x| bytes.extend(x.to_bits().to_le_bytes())),
            Column::U8(v) => bytes.extend(&v[start..end]),
        }
    }
    hasher.update(&bytes);
}

impl Knowledge for Recorder<'_> {
    fn as_of(&self) -> AsOf {
        self.inner.as_of()
    }
    fn scan(&self, scan: &Scan) -> Result<Observations, KnowledgeError> {
        let rows = self.inner.scan(scan)?;
        self.note(scan, &rows);
        Ok(rows)
    }
    fn breaks(&self, scan: &Scan, after: Moment) -> Result<Vec<Moment>, KnowledgeError> {
        self.inner.breaks(scan, after)
    }
    fn back_to(&self, as_of: AsOf) -> Box<dyn Knowledge + '_> {
        self.inner.back_to(as_of)
    }
}
