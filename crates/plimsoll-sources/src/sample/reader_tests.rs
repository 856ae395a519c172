//! Every file of the sample world is recognised and read by the readers that real data uses.

use std::collections::BTreeMap;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;

use super::{Spec, World};
use crate::{Sink, SinkClosed, recognise};

#[derive(Default)]
struct Counted {
    rows: BTreeMap<Dataset, usize>,
    refusals: Vec<Refusal>,
    defects: Vec<Defect>,
}

impl Sink for Counted {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        *self.rows.entry(rows.dataset).or_default() += rows.len();
        Ok(())
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.defects.push(defect);
    }
    fn progress(&mut self, _done: u64, _total: u64) {}
}

#[test]
fn every_file_is_read_without_a_refusal_and_the_planted_defects_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(&Spec::small());
    let mut all = Counted::default();
    for path in world.write(dir.path()).unwrap() {
        let reader = recognise(&path).unwrap_or_else(|e| panic!("{e}"));
        let mut sink = Counted::default();
        reader.read(&path, &mut sink).unwrap_or_else(|e| panic!("{e}"));
        let unexpected: Vec<&Refusal> = sink.refusals.iter().filter(|r| r.rule != "not_a_security").take(3).collect();
        assert!(unexpected.is_empty(), "{}: {unexpected:?}", path.display());
        assert!(sink.rows.values().sum::<usize>() > 0, "{}: no rows", path.display());
        for (dataset, count) in sink.rows {
            *all.rows.entry(dataset).or_default() += count;
        }
        all.defects.extend(sink.defects);
        all.refusals.extend(sink.refusals);
    }
    // The vendor's adjusted closes hold two yields, which are refused there and taken from files of their own.
    assert_eq!(all.refusals.len(), 2 * world.sessions.len());
    for dataset in [Dataset::Bars, Dataset::Series, Dataset::Members, Dataset::Securities, Dataset::SymbolChanges] {
        assert!(all.rows.get(&dataset).is_some_and(|n| *n > 0), "{dataset:?}: {:?}", all.rows);
    }
    for kind in ["missing_session", "absurd_move", "repeated_cap", "stale_price", "no_cap"] {
        for planted in world.truth.quirks.iter().filter(|q| q.kind == kind) {
            let found = all.defects.iter().any(|d| {
                d.rule == kind
                    && (d.subject.is_empty() || planted.symbol.is_empty() || d.subject.contains(&planted.symbol))
                    && d.from.is_none_or(|from| from <= planted.to)
                    && d.to.is_none_or(|to| to >= planted.from)
            });
            let near: Vec<&Defect> = all.defects.iter().filter(|d| d.rule == kind).take(4).collect();
            assert!(found, "not found: {planted:?}; of its kind there are {near:?}");
        }
    }
}
