//! Ends an import: everything from the comparison with what is stored to the catalog's commit happens under the write lock, so that
//! two imports of the same rows cannot both take them for new.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::Refusal;
use plimsoll_model::time::{Day, Moment};
use rayon::prelude::*;
use rusqlite::{Transaction, TransactionBehavior};

use crate::batch::{Batch, Values};
use crate::catalog::{self, ImportRecord, KeyCoverage, Segment};
use crate::diff::{Incoming, Outcome, differing};
use crate::error::{Result, io};
use crate::import::{Import, ImportMeta, ImportSummary, Refusals};
use crate::intake::Intake;
use crate::read::{self, Chunk, Filter, Task};
use crate::run::sorted;
use crate::segment::{self, Draft, Facts, Stamp};
use crate::store::{SEGMENTS, Store};
use crate::temporary::Temporary;

/// Parts compared and written between two collections of small results: bounds memory.
const WAVE: usize = 16;

/// A segment that is written and not yet listed.
pub(crate) struct Written {
    pub dataset: Dataset,
    pub path: PathBuf,
    pub facts: Facts,
    pub keys: Vec<KeyCoverage>,
}

pub(crate) fn commit(mut import: Import) -> Result<ImportSummary> {
    let store = import.store.clone();
    let place = match import.temporary.take() {
        Some(t) => t,
        None => Temporary::new(&store.0.dir)?,
    };
    for intake in import.intakes.values_mut() {
        intake.finish(&place)?;
    }
    let mut connection = catalog::open(&store.0.dir, store.0.options.busy)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let meta = &import.meta;
    if let Some(before) = catalog::find_import(&tx, &meta.source, &meta.file_hash, &meta.reader)? {
        return Ok(ImportSummary { import: before.id, already_imported: true, ..ImportSummary::default() });
    }
    let mut record = record(meta);
    record.id = catalog::add_import(&tx, &record)?;
    let stored: Vec<Segment> = catalog::segments(&tx)?.into_iter().filter(|s| s.import.source == meta.source).collect();
    let mut written = Vec::new();
    for (dataset, mut intake) in std::mem::take(&mut import.intakes) {
        let stored: Vec<&Segment> = stored.iter().filter(|s| s.dataset == dataset).collect();
        // One portion after the other, so that the dictionaries of one are in memory at a time.
        let portions = intake.portions();
        for (serial, intake) in portions.chain([Ok(intake)]).enumerate() {
            let (intake, stored, place) = (&intake?, stored.clone(), &place);
            let work = Work { store: &store, meta, dataset, intake, stored, place, ranks: intake.ranks(), serial };
            written.extend(work.run(&mut record, &mut import.refusals)?);
        }
    }
    let counts: Vec<(String, u64)> = import.refusals.counts.iter().map(|(k, v)| (k.clone(), *v)).collect();
    catalog::set_counts(&tx, &record)?;
    catalog::add_refusals(&tx, record.id, &counts, &import.refusals.kept)?;
    catalog::add_defects(&tx, record.id, &import.defects)?;
    let summary = ImportSummary {
        import: record.id,
        already_imported: false,
        rows_seen: record.seen,
        taken: record.taken,
        revised: record.revised,
        unchanged: record.unchanged,
        duplicates: record.duplicates,
        refused: counts.into_iter().collect(),
        defects: import.defects.len() as u64,
        segments: written.len() as u64,
        bytes: written.iter().map(|w| w.facts.bytes).sum(),
    };
    list(&store, tx, record.id, written)?;
    Ok(summary)
}

fn record(meta: &ImportMeta) -> ImportRecord {
    ImportRecord {
        id: 0,
        source: meta.source.clone(),
        path: meta.path.clone(),
        file_hash: meta.file_hash.clone(),
        reader: meta.reader.clone(),
        ingested_at: meta.ingested_at,
        vintage: meta.vintage,
        seen: 0,
        taken: 0,
        revised: 0,
        unchanged: 0,
        duplicates: 0,
    }
}

/// Moves written segments to their place, lists them and commits. The files are on the disk before the catalog names them.
pub(crate) fn list(store: &Store, tx: Transaction<'_>, import: i64, written: Vec<Written>) -> Result<()> {
    let mut moved = Moved(Vec::new());
    for (n, w) in written.iter().enumerate() {
        let file = format!("{SEGMENTS}/{}/{import:08}-{n:04}.parquet", w.dataset.name());
        let path = store.0.dir.join(&file);
        std::fs::rename(&w.path, &path).map_err(|e| io(&path, e))?;
        moved.0.push(path);
        catalog::add_segment(&tx, import, w.dataset, &file, &w.facts)?;
        catalog::add_coverage(&tx, &w.keys)?;
    }
    let mut folders: Vec<_> = moved.0.iter().filter_map(|p| p.parent()).collect();
    folders.dedup();
    for dir in folders {
        // On systems where a folder cannot be opened for this, the rename is durable by itself.
        if let Ok(folder) = std::fs::File::open(dir) {
            folder.sync_all().map_err(|e| io(dir, e))?;
        }
    }
    tx.commit()?;
    moved.0.clear();
    Ok(())
}

/// Files at their place that the catalog does not list yet; removed if it never does.
struct Moved(Vec<PathBuf>);

impl Drop for Moved {
    fn drop(&mut self) {
        for path in &self.0 {
            // What cannot be removed now is collected at the next opening.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The rows of one dataset, on their way from runs to segments.
struct Work<'a> {
    store: &'a Store,
    meta: &'a ImportMeta,
    dataset: Dataset,
    intake: &'a Intake,
    stored: Vec<&'a Segment>,
    place: &'a Temporary,
    ranks: Vec<Vec<u32>>,
    /// Number of the portion.
    serial: usize,
}

/// What became of a part of the rows.
#[derive(Default)]
struct Part {
    seen: u64,
    unchanged: u64,
    duplicates: u64,
    revised: u64,
    taken: u64,
    refusals: Refusals,
    written: Option<Written>,
    /// Rows too few for a segment of their own, with the coverage of their keys.
    rest: Option<(Batch, u64, Vec<KeyCoverage>)>,
}

impl Work<'_> {
    fn run(&self, record: &mut ImportRecord, refusals: &mut Refusals) -> Result<Vec<Written>> {
        let dictionaries: Vec<Arc<Vec<String>>> = self.intake.interners.iter().map(|i| Arc::new(i.texts.clone())).collect();
        let parts = self.parts();
        let mut written = Vec::new();
        let mut rest = Rest { batch: Batch::empty(self.dataset.spec()), revised: 0, keys: Vec::new() };
        let mut files = 0;
        for (w, wave) in parts.chunks(WAVE).enumerate() {
            let done: Result<Vec<Part>> = wave
                .par_iter()
                .enumerate()
                .map(|(i, part)| {
                    let name = format!("{}-{}-{}.parquet", self.dataset.name(), self.serial, w * WAVE + i);
                    self.part(part, &dictionaries, &name)
                })
                .collect();
            for part in done? {
                record.seen += part.seen;
                record.taken += part.taken;
                record.revised += part.revised;
                record.unchanged += part.unchanged;
                record.duplicates += part.duplicates;
                for (rule, n) in part.refusals.counts {
                    *refusals.counts.entry(rule).or_insert(0) += n;
                }
                let room = crate::import::REFUSALS_KEPT.saturating_sub(refusals.kept.len());
                refusals.kept.extend(part.refusals.kept.into_iter().take(room));
                written.extend(part.written);
                if let Some((batch, revised, keys)) = part.rest {
                    rest.batch.append(batch);
                    rest.revised += revised;
                    rest.keys.extend(keys);
                }
                if rest.batch.len() >= self.segment_rows() {
                    written.push(self.write_rest(&mut rest, &dictionaries, &mut files)?);
                }
            }
        }
        if rest.batch.len() > 0 {
            written.push(self.write_rest(&mut rest, &dictionaries, &mut files)?);
        }
        Ok(written)
    }

    fn write_rest(&self, rest: &mut Rest, dictionaries: &[Arc<Vec<String>>], files: &mut usize) -> Result<Written> {
        let rows = std::mem::replace(&mut rest.batch, Batch::empty(self.dataset.spec()));
        *files += 1;
        let name = format!("{}-{}-rest-{files}.parquet", self.dataset.name(), self.serial);
        let revised = std::mem::take(&mut rest.revised);
        self.write(&name, &rows, dictionaries, (revised, std::mem::take(&mut rest.keys)))
    }

    fn write(
        &self,
        name: &str,
        rows: &Batch,
        dictionaries: &[Arc<Vec<String>>],
        told: (u64, Vec<KeyCoverage>),
    ) -> Result<Written> {
        let path = self.place.file(name);
        let stamp = Stamp {
            source: self.meta.source.clone(),
            file_hash: self.meta.file_hash.clone(),
            ingested_at: self.meta.ingested_at.0,
        };
        let group_rows = self.store.group_rows();
        let draft = Draft { dataset: self.dataset, rows, dictionaries, revised: told.0, group_rows };
        let facts = segment::write(&path, &draft, &stamp)?;
        Ok(Written { dataset: self.dataset, path, facts, keys: told.1 })
    }

    /// Ranges of first keys, by rank, of about one segment each.
    fn parts(&self) -> Vec<Range<u32>> {
        let mut rows = vec![0u64; self.ranks[0].len()];
        for run in &self.intake.runs {
            for (i, (code, _)) in run.keys.iter().enumerate() {
                rows[self.ranks[0][*code as usize] as usize] += u64::from(run.rows_of(i));
            }
        }
        let total: u64 = rows.iter().sum();
        // Equal parts, rather than full ones and a small last one.
        let each = total.div_ceil(total.div_ceil(self.segment_rows() as u64).max(1));
        let mut parts = Vec::new();
        let (mut start, mut held) = (0u32, 0u64);
        for (rank, n) in rows.iter().enumerate() {
            held += n;
            if held >= each {
                parts.push(start..rank as u32 + 1);
                (start, held) = (rank as u32 + 1, 0);
            }
        }
        if held > 0 {
            parts.push(start..rows.len() as u32);
        }
        parts
    }

    fn part(&self, part: &Range<u32>, dictionaries: &[Arc<Vec<String>>], name: &str) -> Result<Part> {
        let mut out = Part::default();
        let mut rows = self.gather(part)?;
        out.seen = rows.len() as u64;
        self.drop_duplicates(&mut rows, &mut out);
        let outcomes = self.compare(&rows)?;
        let mut revised = vec![false; rows.len()];
        for (i, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Outcome::New => out.taken += 1,
                Outcome::Unchanged => out.unchanged += 1,
                Outcome::Revised => {
                    out.revised += 1;
                    revised[i] = true;
                    rows.known_at[i] = self.revision_known_at(rows.known_at[i]);
                }
            }
        }
        if out.unchanged > 0 {
            let keep = crate::batch::ranges(rows.len(), |i| outcomes[i] != Outcome::Unchanged);
            rows.keep(&keep);
            revised = (0..outcomes.len()).filter(|&i| outcomes[i] != Outcome::Unchanged).map(|i| revised[i]).collect();
        }
        if rows.len() == 0 {
            return Ok(out);
        }
        let keys = coverage(self.dataset, &self.meta.source, &rows, &dictionaries[0], |i| revised[i]);
        if rows.len() >= self.segment_rows() / 2 {
            out.written = Some(self.write(name, &rows, dictionaries, (out.revised, keys))?);
        } else {
            out.rest = Some((rows, out.revised, keys));
        }
        Ok(out)
    }

    fn segment_rows(&self) -> usize {
        self.store.0.options.rows_per_segment.max(1)
    }

    /// We could not have known of a change before we saw it, unless the publisher's date says so.
    fn revision_known_at(&self, by_rule: i64) -> i64 {
        by_rule.max(self.meta.vintage.unwrap_or(self.meta.ingested_at).0)
    }

    /// The rows of a part from all runs, sorted.
    fn gather(&self, part: &Range<u32>) -> Result<Batch> {
        let spec = self.dataset.spec();
        let rank = &self.ranks[0];
        let mut out = Batch::empty(spec);
        let mut pieces = 0;
        for run in &self.intake.runs {
            let from = run.keys.partition_point(|(code, _)| rank[*code as usize] < part.start);
            let to = run.keys.partition_point(|(code, _)| rank[*code as usize] < part.end);
            if from < to {
                out.append(run.rows(spec, from..to)?);
                pieces += 1;
            }
        }
        Ok(if pieces > 1 { sorted(spec, out, &self.ranks) } else { out })
    }

    /// Of rows with one key and period keeps the first; counts the equal ones, refuses the others.
    fn drop_duplicates(&self, rows: &mut Batch, out: &mut Part) {
        let spec = self.dataset.spec();
        let keys = spec.keys();
        let twin = |i: usize| {
            i > 0
                && rows.period[i] == rows.period[i - 1]
                && (0..keys).all(|k| rows.columns[k].codes()[i] == rows.columns[k].codes()[i - 1])
        };
        let mut first = 0;
        let mut any = false;
        for i in 0..rows.len() {
            if !twin(i) {
                first = i;
                continue;
            }
            any = true;
            match differing(rows, keys, first, i) {
                None => out.duplicates += 1,
                Some(c) => out.refusals.add(Refusal {
                    rule: "duplicate_key".to_owned(),
                    row: self.intake.row(rows.ordinal[i]),
                    field: spec.columns[c].name.to_owned(),
                    expected: format!("{} as in row {}", self.text(rows, c, first), self.intake.row(rows.ordinal[first])),
                    got: self.text(rows, c, i),
                    period: Some(Day(rows.period[i])),
                }),
            }
        }
        if any {
            let keep = crate::batch::ranges(rows.len(), |i| !twin(i));
            rows.keep(&keep);
        }
    }

    fn text(&self, rows: &Batch, column: usize, row: usize) -> String {
        match &rows.columns[column] {
            Values::Code(v) => self.intake.interners[column].texts[v[row] as usize].clone(),
            Values::F64(v) if v[row].is_nan() => "missing".to_owned(),
            Values::F64(v) => v[row].to_string(),
            Values::U8(v) => v[row].to_string(),
        }
    }

    fn compare(&self, rows: &Batch) -> Result<Vec<Outcome>> {
        let spec = self.dataset.spec();
        let stored = match overlapping(self.store, &self.stored, rows, self.intake)? {
            s if s.is_empty() => return Ok(vec![Outcome::New; rows.len()]),
            s => s,
        };
        let incoming = Incoming { spec, rows, interners: &self.intake.interners, ranks: &self.ranks };
        Ok(incoming.compare(&stored, |i| self.revision_known_at(rows.known_at[i])))
    }
}

/// What `segments` hold about the first keys and the periods of these rows, which are sorted and coded as in `intake`.
pub(crate) fn overlapping(store: &Store, segments: &[&Segment], rows: &Batch, intake: &Intake) -> Result<Vec<Chunk>> {
    let spec = intake.spec;
    if rows.len() == 0 || segments.is_empty() {
        return Ok(Vec::new());
    }
    let texts = &intake.interners[0].texts;
    let first = rows.columns[0].codes();
    let bounds = (texts[first[0] as usize].as_str(), texts[first[rows.len() - 1] as usize].as_str());
    let period = (rows.period.iter().min().copied().unwrap_or(0), rows.period.iter().max().copied().unwrap_or(0));
    let known = |k: &str| intake.interners[0].get(k).is_some();
    let filter = Filter { periods: period.0..=period.1, known_at: i64::MAX, bounds: Some(bounds), key: Some(&known) };
    let mut chunks = Vec::new();
    for (s, segment) in segments.iter().enumerate() {
        let f = &segment.facts;
        if f.period.0 > period.1 || f.period.1 < period.0 || f.key.0.as_str() > bounds.1 || f.key.1.as_str() < bounds.0 {
            continue;
        }
        let meta = store.footer(segment)?;
        let path = store.path(segment);
        for group in read::groups(&meta, &filter) {
            let task = Task { segment: s, path: &path, meta: &meta, group };
            let chunk = read::read(&task, spec, &vec![true; spec.columns.len()], false, &filter)?;
            if chunk.rows.len() > 0 {
                chunks.push(chunk);
            }
        }
    }
    Ok(chunks)
}

/// Small results waiting to fill a segment.
struct Rest {
    batch: Batch,
    revised: u64,
    keys: Vec<KeyCoverage>,
}

/// What sorted rows bring to the coverage of their first keys.
pub(crate) fn coverage(
    dataset: Dataset,
    source: &str,
    rows: &Batch,
    dictionary: &[String],
    revised: impl Fn(usize) -> bool,
) -> Vec<KeyCoverage> {
    let first = rows.columns[0].codes();
    let mut out: Vec<KeyCoverage> = Vec::new();
    for i in 0..rows.len() {
        if i == 0 || first[i] != first[i - 1] {
            out.push(KeyCoverage {
                dataset,
                source: source.to_owned(),
                key: dictionary[first[i] as usize].clone(),
                rows: 0,
                vintages: 0,
                first: Day(rows.period[i]),
                last: Day(rows.period[i]),
                last_known_at: Moment(rows.known_at[i]),
            });
        }
        let k = out.last_mut().expect("pushed above");
        k.rows += u64::from(!revised(i));
        k.vintages += 1;
        k.last = Day(rows.period[i]);
        k.last_known_at = k.last_known_at.max(Moment(rows.known_at[i]));
    }
    out
}
