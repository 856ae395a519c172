//! A copy that ends at a moment: exactly what was known then, for whoever wants to prove that later rows change nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day};
use rusqlite::TransactionBehavior;

use crate::batch::{Batch, Values};
use crate::catalog::{self, ImportRecord, KeyCoverage, Segment};
use crate::commit::{Written, coverage, list, overlapping};
use crate::diff::{Incoming, Outcome};
use crate::error::{Result, StoreError, io};
use crate::intake::Intake;
use crate::read::{self, Chunk, Filter, Task};
use crate::segment::{self, Draft, Facts, Stamp};
use crate::store::Store;
use crate::temporary::Temporary;

/// Whether a defect speaks only of days up to the moment. One without days is about a whole file, so also about its later rows.
pub(crate) fn is_known(defect: &Defect, as_of: AsOf) -> bool {
    defect.to.or(defect.from).is_some_and(|d| d <= as_of.day())
}

fn refused_by(refusal: &Refusal, day: Day) -> bool {
    refusal.period.is_some_and(|p| p <= day)
}

impl Store {
    /// A new store in `dir`, an absent or empty folder, that holds what was known at `as_of`: the same files with the same hashes,
    /// without the rows, and without the revisions, known later. Refusals and defects stay where their days are not later; refused
    /// rows are counted as far as they are kept one by one.
    ///
    /// # Errors
    /// As of [`Store::open`] and [`Store::verify`]; a copy that failed half-way is to be thrown away.
    pub fn truncated_copy(&self, dir: impl AsRef<Path>, as_of: AsOf) -> Result<Store> {
        let copy = Store::open(dir)?;
        if !copy.imports()?.is_empty() {
            return Err(StoreError::NotAStore {
                dir: copy.dir().to_owned(),
                reason: "the copy needs an empty folder".to_owned(),
            });
        }
        let mut by_import: BTreeMap<i64, Vec<Segment>> = BTreeMap::new();
        for s in self.segments()? {
            if s.facts.known.0 <= as_of.moment().0 {
                by_import.entry(s.import.id).or_default().push(s);
            }
        }
        for segments in by_import.into_values() {
            self.copy_import(&copy, &segments, as_of)?;
        }
        Ok(copy)
    }

    fn copy_import(&self, copy: &Store, segments: &[Segment], as_of: AsOf) -> Result<()> {
        let place = Temporary::new(copy.dir())?;
        let held = copy.segments()?;
        let mut written = Vec::new();
        for (n, s) in segments.iter().enumerate() {
            let path = place.file(&format!("{n}.parquet"));
            let whole = s.facts.known.1 <= as_of.moment().0;
            let (facts, keys) = if whole && s.facts.revised == 0 {
                (self.copy_file(s, &path)?, self.keys(s)?)
            } else {
                let (rows, intake) = self.known_rows(s, as_of)?;
                let mine = |h: &&Segment| h.dataset == s.dataset && h.import.source == s.import.source;
                let revised = revised(copy, &held.iter().filter(mine).collect::<Vec<_>>(), &rows, &intake)?;
                let dictionaries: Vec<Arc<Vec<String>>> = intake.interners.iter().map(|i| Arc::new(i.texts.clone())).collect();
                let keys = coverage(s.dataset, &s.import.source, &rows, &dictionaries[0], |i| revised[i]);
                let count = revised.iter().filter(|r| **r).count() as u64;
                let facts = if whole {
                    Facts { revised: count, ..self.copy_file(s, &path)? }
                } else {
                    let group_rows = copy.group_rows();
                    let draft =
                        Draft { dataset: s.dataset, rows: &rows, dictionaries: &dictionaries, revised: count, group_rows };
                    segment::write(&path, &draft, &stamp(&s.import))?
                };
                (facts, keys)
            };
            written.push(Written { dataset: s.dataset, path, facts, keys });
        }
        let record = &segments[0].import;
        let day = as_of.day();
        let refusals: Vec<Refusal> =
            self.refusals(Some(record.id))?.into_iter().map(|(_, r)| r).filter(|r| refused_by(r, day)).collect();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        refusals.iter().for_each(|r| *counts.entry(r.rule.clone()).or_insert(0) += 1);
        let defects: Vec<Defect> =
            self.defects(Some(record.id))?.into_iter().map(|(_, d)| d).filter(|d| is_known(d, as_of)).collect();
        let rows: u64 = written.iter().map(|w| w.facts.rows).sum();
        let revised: u64 = written.iter().map(|w| w.facts.revised).sum();
        let record = ImportRecord {
            seen: rows,
            taken: rows - revised,
            revised,
            unchanged: 0,
            duplicates: 0,
            ..ImportRecord::clone(record)
        };
        let mut connection = catalog::open(&copy.0.dir, copy.0.options.busy)?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = catalog::add_import(&tx, &record)?;
        catalog::add_refusals(&tx, id, &counts.into_iter().collect::<Vec<_>>(), &refusals)?;
        catalog::add_defects(&tx, id, &defects)?;
        list(copy, tx, id, written)
    }

    fn copy_file(&self, segment: &Segment, to: &Path) -> Result<Facts> {
        std::fs::copy(self.path(segment), to).map_err(|e| io(to, e))?;
        File::open(to).and_then(|f| f.sync_all()).map_err(|e| io(to, e))?;
        Ok(segment.facts.clone())
    }

    /// What a segment without revisions brings to the coverage of its keys.
    fn keys(&self, segment: &Segment) -> Result<Vec<KeyCoverage>> {
        let spec = segment.dataset.spec();
        let filter = Filter { periods: i32::MIN..=i32::MAX, known_at: i64::MAX, bounds: None, key: None };
        let meta = self.footer(segment)?;
        let path = self.path(segment);
        let mut out = Vec::new();
        for group in read::groups(&meta, &filter) {
            let task = Task { segment: 0, path: &path, meta: &meta, group };
            let chunk = read::read(&task, spec, &vec![false; spec.columns.len()], false, &filter)?;
            let Some(dictionary) = &chunk.dictionaries[0] else { continue };
            // A key that goes on in the next row group is added twice, which is what the catalog expects.
            out.extend(coverage(segment.dataset, &segment.import.source, &chunk.rows, dictionary, |_| false));
        }
        Ok(out)
    }

    /// The rows of a segment known at the moment, in their order, with dictionaries of their own.
    fn known_rows(&self, segment: &Segment, as_of: AsOf) -> Result<(Batch, Intake)> {
        let spec = segment.dataset.spec();
        let filter = Filter { periods: i32::MIN..=i32::MAX, known_at: as_of.moment().0, bounds: None, key: None };
        let meta = self.footer(segment)?;
        let path = self.path(segment);
        let mut intake = Intake::new(spec);
        for group in read::groups(&meta, &filter) {
            let task = Task { segment: 0, path: &path, meta: &meta, group };
            let chunk = read::read(&task, spec, &vec![true; spec.columns.len()], true, &filter)?;
            if chunk.rows.len() > 0 {
                intake.append(observations(segment, chunk), 1);
            }
        }
        Ok((intake.take_rows(), intake))
    }
}

fn stamp(import: &ImportRecord) -> Stamp {
    Stamp { source: import.source.clone(), file_hash: import.file_hash.clone(), ingested_at: import.ingested_at.0 }
}

fn observations(segment: &Segment, chunk: Chunk) -> Observations {
    let columns = chunk.rows.columns.into_iter().zip(chunk.dictionaries);
    let columns = columns.map(|(c, d)| match c {
        Values::Code(codes) => Column::Text(TextColumn { codes, dict: d.unwrap_or_default() }),
        Values::F64(v) => Column::F64(v),
        Values::U8(v) => Column::U8(v),
    });
    let mut out = Observations::new(segment.dataset, chunk.rows.period, chunk.rows.known_at, columns.collect());
    out.published_at = Some(chunk.rows.published_at).filter(|p| !p.is_empty());
    out
}

/// Which rows are later vintages of a row in the copy.
fn revised(copy: &Store, earlier: &[&Segment], rows: &Batch, intake: &Intake) -> Result<Vec<bool>> {
    let stored = overlapping(copy, earlier, rows, intake)?;
    let ranks = intake.ranks();
    let incoming = Incoming { spec: intake.spec, rows, interners: &intake.interners, ranks: &ranks };
    Ok(incoming.compare(&stored, |i| rows.known_at[i]).into_iter().map(|o| o != Outcome::New).collect())
}
