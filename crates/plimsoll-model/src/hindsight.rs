//! What would have been known, had every value been stated at first as it stands now.
//!
//! Honest histories answer what was known then. Whether a later vintage would have changed what was said needs the other question: the
//! value of today, from the moment of the first vintage on. Nothing that readers are shown as of a day may come from here; it is for
//! telling them that the past was revised.

use rustc_hash::FxHashMap;

use crate::dataset::Dataset;
use crate::knowledge::{Knowledge, KnowledgeError, Scan};
use crate::observations::{Observations, STANDS};
use crate::time::{AsOf, Moment};

/// Knowledge in which the vintage that stands at one moment counts from the first vintage of its key on.
pub struct Hindsight<'a> {
    now: &'a dyn Knowledge,
    as_of: AsOf,
}

/// The column of a key that names the publication that states a value: rows that differ in nothing else are vintages of one number.
fn publication(dataset: Dataset) -> Option<&'static str> {
    match dataset {
        Dataset::Facts => Some("accession"),
        Dataset::Vintages => Some("released"),
        _ => None,
    }
}

impl<'a> Hindsight<'a> {
    /// As of the moment of what is known now.
    pub fn new(now: &'a dyn Knowledge) -> Hindsight<'a> {
        Hindsight { now, as_of: now.as_of() }
    }

    /// One row a number: what stands now, known since the first vintage.
    fn rows(&self, scan: &Scan) -> Result<Observations, KnowledgeError> {
        let all = self.now.scan(&scan.clone().vintages())?;
        // By row: the position that the number has among those seen before it.
        let group = match publication(scan.dataset) {
            Some(column) => by_number(&all, column),
            None => by_key(&all),
        };
        let numbers = group.iter().map(|g| g + 1).max().unwrap_or(0);
        let (mut first, mut standing) = (vec![i64::MAX; numbers], vec![usize::MAX; numbers]);
        for (row, &g) in group.iter().enumerate() {
            first[g] = first[g].min(all.known_at[row]);
            let later = |held: usize| held == usize::MAX || all.known_at[row] >= all.known_at[held];
            if later(standing[g]) {
                standing[g] = row;
            }
        }
        let mut keep: Vec<usize> = (0..numbers).filter(|&g| self.as_of.knows(Moment(first[g]))).map(|g| standing[g]).collect();
        keep.sort_unstable();
        let mut rows = all.select(&keep);
        rows.known_at = keep.iter().map(|&row| first[group[row]]).collect();
        rows.until = Some(vec![STANDS; keep.len()]);
        Ok(rows)
    }
}

/// Vintages of one key stand one after the other; the last of them stands.
fn by_key(all: &Observations) -> Vec<usize> {
    let mut number = 0;
    (0..all.len())
        .map(|row| {
            let own = number;
            number += usize::from(all.until(row).0 == STANDS);
            own
        })
        .collect()
}

/// Rows with the same source, period and keys but for the publication.
fn by_number(all: &Observations, publication: &str) -> Vec<usize> {
    let spec = all.dataset.spec();
    let keys: Vec<&[u32]> = spec.columns[..spec.keys()]
        .iter()
        .filter(|c| c.name != publication && all.names.contains(&c.name))
        .map(|c| all.text(c.name).codes.as_slice())
        .chain(all.source.as_ref().map(|s| s.codes.as_slice()))
        .collect();
    let mut seen: FxHashMap<(i32, Vec<u32>), usize> = FxHashMap::default();
    (0..all.len())
        .map(|row| {
            let number = seen.len();
            *seen.entry((all.period[row], keys.iter().map(|k| k[row]).collect())).or_insert(number)
        })
        .collect()
}

impl Knowledge for Hindsight<'_> {
    fn as_of(&self) -> AsOf {
        self.as_of
    }

    fn scan(&self, scan: &Scan) -> Result<Observations, KnowledgeError> {
        // Numbers can only be told apart by all of their key.
        let mut wide = scan.clone();
        if publication(scan.dataset).is_some() && !wide.columns.is_empty() {
            let spec = scan.dataset.spec();
            wide.columns.extend(spec.columns[..spec.keys()].iter().map(|c| c.name));
        }
        let mut rows = self.rows(&wide)?;
        let wanted = scan.wanted();
        let both = std::mem::take(&mut rows.names).into_iter().zip(std::mem::take(&mut rows.columns));
        (rows.names, rows.columns) = both.filter(|(name, _)| wanted.contains(name)).unzip();
        if !scan.vintages {
            (rows.until, rows.source) = (None, None);
        }
        Ok(rows)
    }

    fn breaks(&self, scan: &Scan, after: Moment) -> Result<Vec<Moment>, KnowledgeError> {
        // Nothing is replaced; what became known later than a row of its key about a later period remains.
        let rows = self.rows(&Scan { columns: Vec::new(), ..scan.clone() })?;
        let first = &rows.columns[0];
        let crate::observations::Column::Text(first) = first else { unreachable!("keys are text") };
        let source = |row: usize| rows.source.as_ref().map_or(0, |s| s.codes[row]);
        let mut lists: FxHashMap<(u32, u32), Vec<(i64, i32)>> = FxHashMap::default();
        for row in 0..rows.len() {
            lists.entry((source(row), first.codes[row])).or_default().push((rows.known_at[row], rows.period[row]));
        }
        let mut breaks = std::collections::BTreeSet::new();
        for list in lists.values_mut() {
            list.sort_unstable();
            let (mut latest, mut since) = (i32::MIN, i64::MIN);
            for &(known, period) in list.iter() {
                if period > latest {
                    (latest, since) = (period, known);
                } else if known > after.0 && known > since {
                    breaks.insert(Moment(known));
                }
            }
        }
        Ok(breaks.into_iter().collect())
    }

    fn back_to(&self, as_of: AsOf) -> Box<dyn Knowledge + '_> {
        Box::new(Hindsight { now: self.now, as_of: as_of.min(self.as_of) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Memory;
    use crate::observations::{Column, TextColumn};
    use crate::time::Day;

    fn day(d: i32) -> Day {
        Day::ymd(2024, 1, d as i8)
    }

    /// Rows of a series as (day, known on, value).
    fn series(rows: &[(i32, i32, f64)]) -> (String, Observations) {
        let columns = vec![
            Column::Text(TextColumn::constant("fred:DGS10", rows.len())),
            Column::F64(rows.iter().map(|r| r.2).collect()),
            Column::U8(vec![0; rows.len()]),
        ];
        let known = rows.iter().map(|r| day(r.1).at(9, 30).0).collect();
        ("fred".into(), Observations::new(Dataset::Series, rows.iter().map(|r| day(r.0).0).collect(), known, columns))
    }

    fn shown(knowledge: &dyn Knowledge) -> Vec<(i32, f64)> {
        let rows = knowledge.scan(&Scan::all(Dataset::Series)).unwrap();
        (0..rows.len()).map(|i| (rows.period[i] - day(1).0 + 1, rows.f64("value")[i])).collect()
    }

    #[test]
    fn the_value_of_today_counts_from_the_first_vintage_on() {
        let memory = Memory::new(
            AsOf::end_of(day(30)),
            vec![series(&[(2, 3, 4.1), (3, 4, 4.2), (2, 20, 3.9), (5, 25, 4.4), (4, 26, 4.3)])],
        );
        let hindsight = Hindsight::new(&memory);
        let then = |d| AsOf::end_of(day(d));
        assert_eq!(shown(memory.back_to(then(3)).as_ref()), [(2, 4.1)]);
        assert_eq!(shown(hindsight.back_to(then(3)).as_ref()), [(2, 3.9)]);
        assert_eq!(shown(hindsight.back_to(then(2)).as_ref()), [], "nothing before it was first stated");
        assert_eq!(shown(&hindsight), shown(&memory), "now both are the same");
        // A revision is no break any more, a day that came late is.
        let late = |k: &dyn Knowledge| k.breaks(&Scan::all(Dataset::Series), day(5).at(0, 0)).unwrap();
        assert_eq!(late(&memory), [day(20).at(9, 30), day(26).at(9, 30)]);
        assert_eq!(late(&hindsight), [day(26).at(9, 30)]);
        // A scan of every vintage shows the one.
        let rows = hindsight.scan(&Scan::all(Dataset::Series).vintages()).unwrap();
        assert_eq!((rows.len(), rows.until(0).0, rows.source(0)), (4, STANDS, "fred"));
    }

    #[test]
    fn a_number_that_a_later_filing_states_otherwise_is_one_number() {
        let text = |of: [&str; 3]| Column::Text(of.into_iter().collect());
        let columns = vec![
            text(["cik:0000000001"; 3]),
            text(["us-gaap:Revenues", "us-gaap:Revenues", "us-gaap:Assets"]),
            text(["2023-01-01", "2023-01-01", ""]),
            text(["USD"; 3]),
            text(["a-1", "a-2", "a-1"]),
            Column::F64(vec![100.0, 90.0, 500.0]),
            text(["10-K", "10-K/A", "10-K"]),
            text(["2023 FY"; 3]),
            text(["edgar"; 3]),
            Column::U8(vec![0; 3]),
        ];
        let known = [3, 20, 3].map(|d| day(d).at(9, 30).0).to_vec();
        let rows = Observations::new(Dataset::Facts, vec![day(1).0; 3], known, columns);
        let memory = Memory::new(AsOf::end_of(day(30)), vec![("edgar".into(), rows)]);
        let hindsight = Hindsight::new(&memory);
        let then = hindsight.back_to(AsOf::end_of(day(5)));
        let found = then.scan(&Scan::all(Dataset::Facts).vintages()).unwrap();
        let values: Vec<f64> = found.f64("value").to_vec();
        assert_eq!(values, [500.0, 90.0], "as they stand now, each once");
        assert_eq!(found.text("accession").get(1), "a-2");
    }
}
