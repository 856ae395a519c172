//! An import: one file becomes rows, refusals and defects, all at once or not at all.

use std::collections::BTreeMap;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Moment;

use crate::catalog::ImportRecord;
use crate::error::Result;
use crate::intake::Intake;
use crate::store::Store;
use crate::temporary::Temporary;

/// How many refused rows of one import are kept one by one; beyond that they are counted.
pub const REFUSALS_KEPT: usize = 10_000;

/// What is imported.
#[derive(Clone, Debug)]
pub struct ImportMeta {
    /// Machine name of the source; part of the key of every row.
    pub source: String,
    /// The file as the user knows it.
    pub path: String,
    /// blake3 of the file in hexadecimal, see [`crate::hash_file`].
    pub file_hash: String,
    /// Version of the reader: a later one may read the same file again.
    pub reader: String,
    /// Now, by the clock of the caller.
    pub ingested_at: Moment,
    /// When the publisher put this version of the file out, where that is known. A changed value became known then; without it, a
    /// changed value became known at `ingested_at`, the first moment we can prove.
    pub vintage: Option<Moment>,
}

impl ImportMeta {
    /// Reader version `1`, no vintage.
    pub fn new(source: &str, path: &str, file_hash: &str, ingested_at: Moment) -> ImportMeta {
        ImportMeta {
            source: source.to_owned(),
            path: path.to_owned(),
            file_hash: file_hash.to_owned(),
            reader: "1".to_owned(),
            ingested_at,
            vintage: None,
        }
    }
    /// With the version of the reader.
    #[must_use]
    pub fn reader(mut self, version: &str) -> ImportMeta {
        version.clone_into(&mut self.reader);
        self
    }
    /// With the moment the publisher put this version out.
    #[must_use]
    pub fn vintage(mut self, moment: Moment) -> ImportMeta {
        self.vintage = Some(moment);
        self
    }
}

/// The answer to [`Store::begin`].
pub enum Begin {
    /// Go on.
    New(Box<Import>),
    /// The same file was imported before by the same reader; there is nothing to do.
    Already(ImportRecord),
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportSummary {
    /// Number of the import.
    pub import: i64,
    /// Another process imported the same file meanwhile; nothing was added.
    pub already_imported: bool,
    /// Rows the reader handed over. Equals `taken + revised + unchanged + duplicates` and those refused as `duplicate_key`.
    pub rows_seen: u64,
    /// Rows with a key not stored before.
    pub taken: u64,
    /// Rows stored as a later vintage.
    pub revised: u64,
    /// Rows equal to what was stored.
    pub unchanged: u64,
    /// Rows that repeat another row of the file, value by value.
    pub duplicates: u64,
    /// Refused rows by rule.
    pub refused: BTreeMap<String, u64>,
    /// Defects found.
    pub defects: u64,
    /// Segments written.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Refusals, counted, and kept up to a bound.
#[derive(Default)]
pub(crate) struct Refusals {
    pub counts: BTreeMap<String, u64>,
    pub kept: Vec<Refusal>,
}

impl Refusals {
    pub(crate) fn add(&mut self, refusal: Refusal) {
        match self.counts.get_mut(&refusal.rule) {
            Some(n) => *n += 1,
            None => drop(self.counts.insert(refusal.rule.clone(), 1)),
        }
        if self.kept.len() < REFUSALS_KEPT {
            self.kept.push(refusal);
        }
    }
}

/// An import in progress. Nothing of it can be seen before [`Import::commit`]; dropped without, it leaves nothing.
pub struct Import {
    pub(crate) store: Store,
    pub(crate) meta: ImportMeta,
    pub(crate) intakes: BTreeMap<Dataset, Intake>,
    pub(crate) refusals: Refusals,
    pub(crate) defects: Vec<Defect>,
    pub(crate) temporary: Option<Temporary>,
}

impl Import {
    pub(crate) fn new(store: Store, meta: ImportMeta) -> Import {
        Import { store, meta, intakes: BTreeMap::new(), refusals: Refusals::default(), defects: Vec::new(), temporary: None }
    }

    /// Takes rows, in any order and of any dataset. The rows of a batch count on from those before it.
    ///
    /// # Panics
    /// Where the batch does not have all the columns of its dataset, or the import has more than 4,294,967,295 rows.
    pub fn append(&mut self, rows: Observations) -> Result<()> {
        let first = self.intakes.get(&rows.dataset).map_or(1, Intake::next_row);
        self.append_from(rows, first)
    }

    /// Takes rows that follow one another in the file from row `first_row` on, so that a later refusal can name the row.
    pub fn append_from(&mut self, rows: Observations, first_row: u64) -> Result<()> {
        let spec = rows.dataset.spec();
        assert_eq!(rows.columns.len(), spec.columns.len(), "{}: number of columns", spec.name);
        if rows.is_empty() {
            return Ok(());
        }
        let intake = self.intakes.entry(rows.dataset).or_insert_with(|| Intake::new(spec));
        intake.append(rows, first_row);
        let options = &self.store.0.options;
        let full = intake.held() >= options.rows_in_memory;
        if (full || intake.held() >= options.rows_per_segment) && self.temporary.is_none() {
            self.temporary = Some(Temporary::new(self.store.dir())?);
        }
        let Some(place) = &self.temporary else { return Ok(()) };
        let name = format!("{}-aside-{}.run", spec.name, intake.aside());
        let least = options.rows_per_segment.min(options.rows_in_memory);
        if !intake.put_aside(least, || Ok(place.file(&name)))? && full {
            intake.spill(place)?;
        }
        Ok(())
    }

    /// Notes a row that was not taken.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.refusals.add(refusal);
    }

    /// Notes something wrong with rows that were taken.
    pub fn defect(&mut self, defect: Defect) {
        self.defects.push(defect);
    }

    /// Makes it all visible at once, durably.
    ///
    /// # Errors
    /// [`crate::StoreError::Busy`] where another process wrote for longer than the store waits; [`crate::StoreError::Disk`] where
    /// there is no room. In every case of error the store is as before.
    pub fn commit(self) -> Result<ImportSummary> {
        crate::commit::commit(self)
    }
}
