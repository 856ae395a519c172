//! What was known at a moment, pinned to one state of the catalog.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::intake::Defect;
use plimsoll_model::knowledge::{Knowledge, KnowledgeError, Scan};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{AsOf, Day, Moment};
use rayon::prelude::*;

use crate::catalog::Segment;
use crate::error::Result;
use crate::read::{self, Chunk, Filter, Task};
use crate::resolve::{self, Origin, Plan};
use crate::store::Store;

/// What was known at a moment. Imports that finish later do not change it.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) store: Store,
    as_of: AsOf,
    pub(crate) segments: Arc<Vec<Segment>>,
}

/// A file behind the rows of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct InputRef {
    /// Machine name of the source.
    pub source: String,
    /// The file as it was named at import.
    pub path: String,
    /// blake3 of the file, in hexadecimal.
    pub file_hash: String,
    /// When it was imported.
    pub ingested_at: Moment,
    /// How many rows of the answer come from it.
    pub rows: u64,
    /// The first day they are about.
    pub first: Day,
    /// The last day they are about.
    pub last: Day,
    /// When the latest of them became known.
    pub last_known_at: Moment,
}

/// The rows of a scan, before they are put into one batch.
struct Found<'a> {
    segments: Vec<&'a Segment>,
    chunks: Vec<Chunk>,
    plan: Plan,
}

impl Snapshot {
    pub(crate) fn new(store: Store, as_of: AsOf, segments: Vec<Segment>) -> Snapshot {
        Snapshot { store, as_of, segments: Arc::new(segments) }
    }

    /// The same imports at another, earlier or equal, moment.
    #[must_use]
    pub fn at(&self, as_of: AsOf) -> Snapshot {
        Snapshot { store: self.store.clone(), as_of: as_of.min(self.as_of), segments: self.segments.clone() }
    }

    /// The files behind the rows that the scan returns, in the order of import. Files without such a row are not listed.
    pub fn inputs(&self, scan: &Scan) -> Result<Vec<InputRef>> {
        let first = scan.dataset.spec().columns[0].name;
        Ok(inputs(&self.find(&scan.clone().columns(&[first]))?))
    }

    /// The rows and the files behind them, in one reading.
    pub fn scan_with_inputs(&self, scan: &Scan) -> Result<(Observations, Vec<InputRef>)> {
        let found = self.find(scan)?;
        let inputs = inputs(&found);
        Ok((found.plan.gather(scan.dataset.spec(), found.chunks, scan.wanted()), inputs))
    }

    /// Defects found in the files that brought rows known by now, with their source, as far as they speak of days up to now.
    pub fn defects(&self) -> Result<Vec<(String, Defect)>> {
        let known = |s: &&Segment| s.facts.known.0 <= self.as_of.moment().0;
        let imports: BTreeMap<i64, &str> =
            self.segments.iter().filter(known).map(|s| (s.import.id, s.import.source.as_str())).collect();
        let all = self.store.defects(None)?;
        let mine = all.into_iter().filter(|(_, d)| crate::truncate::is_known(d, self.as_of));
        Ok(mine.filter_map(|(i, d)| Some(((*imports.get(&i)?).to_owned(), d))).collect())
    }

    #[cfg(feature = "sql")]
    /// The rows, and for each the source. Sources are numbered in the order of the list.
    pub(crate) fn scan_with_sources(&self, scan: &Scan) -> Result<(Observations, Vec<u32>, Vec<String>)> {
        let found = self.find(scan)?;
        let mut names: Vec<String> = found.segments.iter().map(|s| s.import.source.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let number = |s: &Segment| names.partition_point(|n| *n < s.import.source) as u32;
        let mut sources = Vec::with_capacity(found.plan.rows());
        for p in &found.plan.pieces {
            let source = number(found.segments[found.chunks[p.chunk as usize].segment]);
            sources.resize(sources.len() + (p.end - p.start) as usize, source);
        }
        Ok((found.plan.gather(scan.dataset.spec(), found.chunks, scan.wanted()), sources, names))
    }

    /// Segments that may hold rows of the scan.
    pub(crate) fn candidates(&self, scan: &Scan) -> Vec<&Segment> {
        let (from, to) = (scan.periods.start().0, scan.periods.end().0);
        let bounds = bounds(scan);
        let may = |s: &&Segment| {
            let f = &s.facts;
            s.dataset == scan.dataset
                && scan.source.as_ref().is_none_or(|source| *source == s.import.source)
                && f.known.0 <= self.as_of.moment().0
                && f.period.0 <= to
                && f.period.1 >= from
                && bounds.is_none_or(|(a, b)| f.key.0.as_str() <= b && f.key.1.as_str() >= a)
        };
        if scan.keys.as_ref().is_some_and(|k| k.is_empty()) {
            return Vec::new();
        }
        self.segments.iter().filter(may).collect()
    }

    /// Reads the rows that pass from these segments, in a fixed order.
    pub(crate) fn read(&self, segments: &[&Segment], scan: &Scan, columns: &[bool]) -> Result<Vec<Chunk>> {
        let passes = |k: &str| scan.keys.as_ref().is_none_or(|keys| keys.contains(k));
        let filter = Filter {
            periods: scan.periods.start().0..=scan.periods.end().0,
            known_at: self.as_of.moment().0,
            bounds: bounds(scan),
            key: scan.keys.is_some().then_some(&passes as &(dyn Fn(&str) -> bool + Sync)),
        };
        let mut opened = Vec::with_capacity(segments.len());
        for s in segments {
            opened.push((self.store.path(s), self.store.footer(s)?));
        }
        let mut tasks = Vec::new();
        for (segment, (path, meta)) in opened.iter().enumerate() {
            tasks.extend(read::groups(meta, &filter).into_iter().map(|group| Task { segment, path, meta, group }));
        }
        let read: Result<Vec<Chunk>> =
            tasks.par_iter().map(|t| read::read(t, scan.dataset.spec(), columns, false, &filter)).collect();
        Ok(read?.into_iter().filter(|c| c.rows.len() > 0).collect())
    }

    fn find(&self, scan: &Scan) -> Result<Found<'_>> {
        let spec = scan.dataset.spec();
        let wanted = scan.wanted();
        let columns: Vec<bool> = spec.columns.iter().map(|c| c.key || wanted.contains(&c.name)).collect();
        let segments = self.candidates(scan);
        let chunks = self.read(&segments, scan, &columns)?;
        let sources: Vec<&str> = segments.iter().map(|s| s.import.source.as_str()).collect();
        let plan = resolve::plan(spec, &chunks, &Origin { sources: &sources, vintages: scan.vintages });
        Ok(Found { segments, chunks, plan })
    }
}

/// First and last of the keys a scan asks for.
fn bounds(scan: &Scan) -> Option<(&str, &str)> {
    let keys = scan.keys.as_ref()?;
    Some((keys.first()?.as_str(), keys.last()?.as_str()))
}

fn inputs(found: &Found<'_>) -> Vec<InputRef> {
    let mut by_import: BTreeMap<i64, InputRef> = BTreeMap::new();
    for p in &found.plan.pieces {
        let chunk = &found.chunks[p.chunk as usize];
        let import = &found.segments[chunk.segment].import;
        let range = p.start as usize..p.end as usize;
        let input = by_import.entry(import.id).or_insert_with(|| InputRef {
            source: import.source.clone(),
            path: import.path.clone(),
            file_hash: import.file_hash.clone(),
            ingested_at: import.ingested_at,
            rows: 0,
            first: Day(i32::MAX),
            last: Day(i32::MIN),
            last_known_at: Moment::MIN,
        });
        input.rows += range.len() as u64;
        for i in range {
            input.first = input.first.min(Day(chunk.rows.period[i]));
            input.last = input.last.max(Day(chunk.rows.period[i]));
            input.last_known_at = input.last_known_at.max(Moment(chunk.rows.known_at[i]));
        }
    }
    by_import.into_values().collect()
}

impl Knowledge for Snapshot {
    fn as_of(&self) -> AsOf {
        self.as_of
    }

    fn scan(&self, scan: &Scan) -> Result<Observations, KnowledgeError> {
        let found = self.find(scan)?;
        Ok(found.plan.gather(scan.dataset.spec(), found.chunks, scan.wanted()))
    }

    fn breaks(&self, scan: &Scan, after: Moment) -> Result<Vec<Moment>, KnowledgeError> {
        Ok(crate::breaks::breaks(self, scan, after)?)
    }

    fn back_to(&self, as_of: AsOf) -> Box<dyn Knowledge + '_> {
        Box::new(self.at(as_of))
    }
}
