//! "What was known at t" as a capability: the only way a cut can be assembled.
//!
//! The store's snapshot implements [`Knowledge`]; so does [`Memory`], a plain list of batches for tests and for the laws.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::dataset::Dataset;
use crate::observations::{Column, Observations, STANDS, TextBuilder};
use crate::time::{AsOf, Day, Moment};

/// What to read.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Which dataset.
    pub dataset: Dataset,
    /// Names of the wanted columns; the first key is always there. Empty means all.
    pub columns: Vec<&'static str>,
    /// Only rows about these days.
    pub periods: RangeInclusive<Day>,
    /// Only rows whose first key is one of these; `None` means every row.
    pub keys: Option<BTreeSet<String>>,
    /// Only rows of this source; `None` means every source.
    pub source: Option<String>,
    /// Every vintage of each key, not the latest alone.
    pub vintages: bool,
}

impl Scan {
    /// Everything of a dataset.
    pub fn all(dataset: Dataset) -> Scan {
        Scan { dataset, columns: Vec::new(), periods: Day(i32::MIN)..=Day(i32::MAX), keys: None, source: None, vintages: false }
    }
    /// Only these columns.
    #[must_use]
    pub fn columns(mut self, columns: &[&'static str]) -> Scan {
        self.columns = columns.to_vec();
        self
    }
    /// Only rows about these days.
    #[must_use]
    pub fn periods(mut self, periods: RangeInclusive<Day>) -> Scan {
        self.periods = periods;
        self
    }
    /// Only rows whose first key is one of these.
    #[must_use]
    pub fn keys<S: Into<String>>(mut self, keys: impl IntoIterator<Item = S>) -> Scan {
        self.keys = Some(keys.into_iter().map(Into::into).collect());
        self
    }
    /// Only rows of this source.
    #[must_use]
    pub fn source(mut self, source: &str) -> Scan {
        self.source = Some(source.to_owned());
        self
    }
    /// Every vintage of each key, in the order in which they became known.
    #[must_use]
    pub fn vintages(mut self) -> Scan {
        self.vintages = true;
        self
    }
    /// Names of the columns that the answer carries, in the order of the specification.
    pub fn wanted(&self) -> Vec<&'static str> {
        let spec = self.dataset.spec();
        spec.columns
            .iter()
            .enumerate()
            .filter(|(i, c)| *i == 0 || self.columns.is_empty() || self.columns.contains(&c.name))
            .map(|(_, c)| c.name)
            .collect()
    }
}

/// A failure to read what was known.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct KnowledgeError {
    /// What happened, for a person.
    pub message: String,
    /// What caused it.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What was known at a moment.
///
/// Rows come in the order (first key, period, further keys); for each key (with its source) there is exactly one row: the latest
/// vintage known. Where the scan asks for every vintage they stand one after the other, each with the moment of the next
/// ([`Observations::until`]). The answer never depends on anything known later.
pub trait Knowledge: Sync {
    /// The moment.
    fn as_of(&self) -> AsOf;
    /// Reads.
    fn scan(&self, scan: &Scan) -> Result<Observations, KnowledgeError>;
    /// Moments in the open-closed interval `(after, as_of]` at which, among the rows the scan selects, a value about an earlier day
    /// was replaced or a row became known later than a row of its key about a later period. Between two such moments, history from
    /// one cut equals fresh cuts.
    fn breaks(&self, scan: &Scan, after: Moment) -> Result<Vec<Moment>, KnowledgeError>;
    /// Knowledge at another, earlier or equal, moment.
    fn back_to(&self, as_of: AsOf) -> Box<dyn Knowledge + '_>;
}

/// Knowledge held in memory: batches with their source. For tests, laws and small tools.
pub struct Memory {
    as_of: AsOf,
    batches: Vec<(String, Observations)>,
}

impl Memory {
    /// Batches as (source, rows), in order of ingestion: of two rows with one key and one `known_at`, the later batch counts.
    pub fn new(as_of: AsOf, batches: Vec<(String, Observations)>) -> Memory {
        Memory { as_of, batches }
    }
    /// The batches.
    pub fn batches(&self) -> &[(String, Observations)] {
        &self.batches
    }
}

/// First key, period, further keys, source: in this order rows are answered.
type RowKey = (String, i32, Vec<String>, String);

fn text_at(o: &Observations, column: usize, row: usize) -> &str {
    match &o.columns[column] {
        Column::Text(t) => t.get(row),
        _ => unreachable!("keys are text"),
    }
}

impl Knowledge for Memory {
    fn as_of(&self) -> AsOf {
        self.as_of
    }

    fn scan(&self, scan: &Scan) -> Result<Observations, KnowledgeError> {
        let spec = scan.dataset.spec();
        let keys = spec.keys();
        // By key: the vintages by when each became known; of two known at one moment the one ingested later.
        let mut found: BTreeMap<RowKey, BTreeMap<i64, (usize, usize)>> = BTreeMap::new();
        for (b, (source, o)) in self.batches.iter().enumerate() {
            if o.dataset != scan.dataset || scan.source.as_ref().is_some_and(|s| s != source) {
                continue;
            }
            for i in o.known(self.as_of) {
                let first = text_at(o, 0, i);
                if !scan.periods.contains(&Day(o.period[i])) || scan.keys.as_ref().is_some_and(|k| !k.contains(first)) {
                    continue;
                }
                let rest = (1..keys).map(|k| text_at(o, k, i).to_owned()).collect();
                found.entry((first.to_owned(), o.period[i], rest, source.clone())).or_default().insert(o.known_at[i], (b, i));
            }
        }
        let (mut rows, mut until): (Vec<(usize, usize)>, Vec<i64>) = Default::default();
        for vintages in found.values() {
            let next = vintages.keys().skip(1).copied().chain([STANDS]);
            let all = vintages.values().copied().zip(next);
            all.filter(|(_, until)| scan.vintages || *until == STANDS).for_each(|(row, end)| {
                rows.push(row);
                until.push(end);
            });
        }
        let names = scan.wanted();
        let columns = names
            .iter()
            .map(|name| {
                let c = spec.column(name).expect("wanted columns are of the specification");
                match spec.columns[c].kind {
                    crate::dataset::Kind::Text => {
                        let mut t = TextBuilder::default();
                        rows.iter().for_each(|&(b, i)| t.push(text_at(&self.batches[b].1, c, i)));
                        Column::Text(t.finish())
                    }
                    crate::dataset::Kind::F64 => Column::F64(rows.iter().map(|&(b, i)| self.batches[b].1.f64(name)[i]).collect()),
                    crate::dataset::Kind::U8 => Column::U8(rows.iter().map(|&(b, i)| self.batches[b].1.u8(name)[i]).collect()),
                }
            })
            .collect();
        Ok(Observations {
            dataset: scan.dataset,
            period: rows.iter().map(|&(b, i)| self.batches[b].1.period[i]).collect(),
            known_at: rows.iter().map(|&(b, i)| self.batches[b].1.known_at[i]).collect(),
            published_at: None,
            until: scan.vintages.then_some(until),
            source: scan.vintages.then(|| rows.iter().map(|&(b, _)| self.batches[b].0.as_str()).collect()),
            names,
            columns,
        })
    }

    fn breaks(&self, scan: &Scan, after: Moment) -> Result<Vec<Moment>, KnowledgeError> {
        // For each source and first key, by known_at: a row is a break where its period is not later than one already known.
        let mut rows: BTreeMap<(&str, &str), Vec<(i64, i32)>> = BTreeMap::new();
        for (source, o) in self.batches.iter().filter(|(_, o)| o.dataset == scan.dataset) {
            if scan.source.as_ref().is_some_and(|s| s != source) {
                continue;
            }
            for i in o.known(self.as_of) {
                let k = text_at(o, 0, i);
                if scan.periods.contains(&Day(o.period[i])) && scan.keys.as_ref().is_none_or(|s| s.contains(k)) {
                    rows.entry((source, k)).or_default().push((o.known_at[i], o.period[i]));
                }
            }
        }
        let mut breaks = BTreeSet::new();
        for list in rows.values_mut() {
            list.sort_unstable();
            let mut latest = i32::MIN;
            let mut first = i64::MIN;
            for &(known, period) in list.iter() {
                if period <= latest && known > after.0 && known > first {
                    breaks.insert(Moment(known));
                }
                if period > latest {
                    latest = period;
                    first = known;
                }
            }
        }
        Ok(breaks.into_iter().collect())
    }

    fn back_to(&self, as_of: AsOf) -> Box<dyn Knowledge + '_> {
        Box::new(Memory { as_of: as_of.min(self.as_of), batches: self.batches.clone() })
    }
}
