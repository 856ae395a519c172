//! That nothing sees the future, and that the proof would say so.

mod common;

use std::collections::BTreeMap;
use std::ops::Range;

use common::{thesis, world};
use plimsoll::commands::prove::{plant_garbage, prove};
use plimsoll::edition::{self, Options};
use plimsoll_measures::{Measure, Params, Point, Spec, Topic, Unmeasurable, registry};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use plimsoll_store::{Begin, ImportMeta, Store};

const DAY: Day = Day(19_755);

fn options() -> Options {
    Options { thesis_id: "small-cap-pain".into(), ..Options::default() }
}

/// Reads the last session of the cut whatever session is asked: a leak into every earlier day of a history.
struct Leak;

static LEAK: Spec = Spec {
    name: "leak",
    title: "Leak",
    topic: Topic::Rates,
    unit: Unit::PercentPerYear,
    summary: "Looks ahead, to be caught.",
    definition: "",
    params: &[],
    inputs: "",
    missing: "",
    point_in_time: "It is not.",
    references: &[],
    verified: "this test",
};

impl Measure for Leak {
    fn spec(&self) -> &'static Spec {
        &LEAK
    }
    fn needs(&self, _: &Params, _: Day) -> Needs {
        Needs::default().series("treasury:10Y")
    }
    fn track(&self, cut: &Cut, _: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let value = *cut.series["treasury:10Y"].value.last().expect("yields");
        Ok(days.map(|_| Point::of(value, 1)).collect())
    }
}

#[test]
fn the_proof_holds_for_the_report_and_every_measure() {
    assert_eq!(DAY.to_string(), "2024-02-02");
    let made = world();
    let store = Store::open_existing(&made.store).unwrap();
    let proofs = prove(&store, &thesis(&made.world), "small-cap-pain", registry(), AsOf::end_of(DAY)).unwrap();
    assert_eq!(proofs.len(), registry().len() + 1);
    let broken: Vec<_> = proofs.iter().filter(|p| !p.holds()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_measure_that_looks_ahead_is_caught() {
    let made = world();
    let store = Store::open_existing(&made.store).unwrap();
    let proofs = prove(&store, &thesis(&made.world), "small-cap-pain", &[&Leak], AsOf::end_of(DAY)).unwrap();
    let leak = proofs.iter().find(|p| p.what == "leak").unwrap();
    assert!(!leak.holds(), "{leak:?}");
}

#[test]
fn the_garbage_would_be_seen_by_one_who_looks() {
    let made = world();
    let as_of = AsOf::end_of(DAY);
    let dir = tempfile::tempdir().unwrap();
    let spoiled = Store::open_existing(&made.store).unwrap().truncated_copy(dir.path().join("spoiled"), as_of).unwrap();
    plant_garbage(&spoiled, as_of).unwrap();
    let thesis = thesis(&made.world);
    let page = |when: AsOf| {
        let built = edition::build(&spoiled.snapshot(when).unwrap(), &thesis, &options()).unwrap();
        plimsoll_report::render(&built.edition).html
    };
    let honest = page(as_of);
    assert_ne!(honest, page(AsOf::end_of(DAY.plus(40))), "garbage must matter after the moment");
}

#[test]
fn the_report_is_the_same_from_other_files_that_end_on_its_day() {
    let made = world();
    let as_of = AsOf::end_of(DAY);
    let whole = Store::open_existing(&made.store).unwrap();
    let known = whole.snapshot(as_of).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let short = Store::open(dir.path()).unwrap();
    // Other files with other names and hashes, that hold only what was known.
    let sources: BTreeMap<_, _> = whole.coverage().unwrap().into_iter().map(|c| ((c.dataset, c.source), ())).collect();
    for (n, (dataset, source)) in sources.into_keys().enumerate() {
        let rows = known.scan(&Scan::all(dataset).source(&source)).unwrap();
        let meta = ImportMeta::new(&source, &format!("short-{n}"), &plimsoll_store::hash(&[n as u8]), as_of.moment());
        if let Begin::New(mut import) = short.begin(meta).unwrap() {
            import.append(rows).unwrap();
            import.commit().unwrap();
        }
    }
    let thesis = thesis(&made.world);
    let page = |store: &Store| {
        let built = edition::build(&store.snapshot(as_of).unwrap(), &thesis, &options()).unwrap();
        plimsoll_report::render(&built.edition).html
    };
    let (a, b) = (page(&whole), page(&short));
    assert!(a.len() > 100_000);
    assert_eq!(a, b);
}
