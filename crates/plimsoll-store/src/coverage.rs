//! What the store holds, from the catalog alone.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::time::{Day, Moment};

use crate::error::Result;
use crate::store::Store;

/// What is stored of one dataset from one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// The dataset.
    pub dataset: Dataset,
    /// The source.
    pub source: String,
    /// Distinct keys and periods.
    pub rows: u64,
    /// Rows including later vintages.
    pub vintages: u64,
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
    /// When the latest row became known.
    pub last_known_at: Moment,
    /// When rows were last added.
    pub last_ingested_at: Moment,
    /// Files that brought rows.
    pub files: u64,
    /// Distinct first keys: symbols, series, universes.
    pub keys: u64,
    /// Segments on disk.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Sessions of the exchange without any row, between the first and the last day of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaps {
    /// The dataset.
    pub dataset: Dataset,
    /// The source.
    pub source: String,
    /// The sessions.
    pub missing: Vec<Day>,
}

impl Store {
    /// Coverage by dataset and source, in that order.
    pub fn coverage(&self) -> Result<Vec<Coverage>> {
        let mut keys: BTreeMap<(Dataset, String), u64> = BTreeMap::new();
        {
            let catalog = self.catalog();
            let mut q = catalog.prepare_cached("SELECT dataset, source, count(*) FROM key_coverage GROUP BY dataset, source")?;
            let mut rows = q.query([])?;
            while let Some(r) = rows.next()? {
                if let Some(dataset) = Dataset::by_name(&r.get::<_, String>(0)?) {
                    keys.insert((dataset, r.get(1)?), r.get(2)?);
                }
            }
        }
        let mut out: BTreeMap<(Dataset, String), (Coverage, BTreeSet<i64>)> = BTreeMap::new();
        for s in self.segments()? {
            let f = &s.facts;
            let key = (s.dataset, s.import.source.clone());
            let counted = keys.get(&key).copied().unwrap_or(0);
            let (c, files) = out.entry(key).or_insert_with(|| {
                let c = Coverage {
                    dataset: s.dataset,
                    source: s.import.source.clone(),
                    rows: 0,
                    vintages: 0,
                    first: Day(f.period.0),
                    last: Day(f.period.1),
                    last_known_at: Moment::MIN,
                    last_ingested_at: Moment::MIN,
                    files: 0,
                    keys: counted,
                    segments: 0,
                    bytes: 0,
                };
                (c, BTreeSet::new())
            });
            c.rows += f.rows - f.revised;
            c.vintages += f.rows;
            c.first = c.first.min(Day(f.period.0));
            c.last = c.last.max(Day(f.period.1));
            c.last_known_at = c.last_known_at.max(Moment(f.known.1));
            c.last_ingested_at = c.last_ingested_at.max(s.import.ingested_at);
            c.segments += 1;
            c.bytes += f.bytes;
            files.insert(s.import.id);
        }
        let counted = |(c, files): (Coverage, BTreeSet<i64>)| Coverage { files: files.len() as u64, ..c };
        Ok(out.into_values().map(counted).collect())
    }

    /// Sessions of the exchange without a row, for each source of a dataset.
    pub fn gaps(&self, dataset: Dataset) -> Result<Vec<Gaps>> {
        let mut present: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
        for s in self.segments()?.iter().filter(|s| s.dataset == dataset) {
            let days = present.entry(s.import.source.clone()).or_default();
            for (byte, bits) in s.facts.days.iter().enumerate() {
                let first = s.facts.period.0 + byte as i32 * 8;
                days.extend((0..8).filter(|b| bits >> b & 1 == 1).map(|b| first + b));
            }
        }
        let calendar = Calendar::nyse();
        let gaps = present.into_iter().map(|(source, days)| {
            let missing = match (days.first(), days.last()) {
                (Some(&a), Some(&b)) => {
                    calendar.between(Day(a), Day(b)).iter().filter(|d| !days.contains(&d.0)).copied().collect()
                }
                _ => Vec::new(),
            };
            Gaps { dataset, source, missing }
        });
        Ok(gaps.collect())
    }
}
