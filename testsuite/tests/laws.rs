//! Every registered measure is held to the laws on a generated world; and measures that break one are caught.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use plimsoll_measures::replay::Asked;
use plimsoll_measures::{Measure, Params, Point, Scope, Spec, Topic, Unmeasurable};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Memory;
use plimsoll_model::needs::{Entry, Needs};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use plimsoll_sources::sample::{self, World};
use plimsoll_testsuite::laws::{Span, Verdict, check, varied};
use plimsoll_testsuite::{filings, folder};

static WORLD: LazyLock<(Memory, Scope)> = LazyLock::new(|| {
    let spec = sample::Spec {
        start: Day::ymd(2022, 1, 1),
        end: Day::ymd(2023, 6, 30),
        large: 50,
        mid: 20,
        small: 100,
        micro: 10,
        ..sample::Spec::small()
    };
    let world = World::new(&spec);
    let dir = tempfile::tempdir().expect("a folder");
    world.write(dir.path()).expect("the sample world's files");
    let memory = folder::memory(dir.path(), AsOf::end_of(spec.end)).expect("the readers read the sample world");
    let filed = filings::filings(&memory, 2018..2023);
    let memory = Memory::new(AsOf::end_of(spec.end), memory.batches().iter().cloned().chain(filed).collect());
    let giants: Vec<Entry> = world.truth.giants.iter().map(|s| Entry::symbol(s)).collect();
    let some = [&giants[..3], &[Entry::symbol("NOSUCH")]].concat();
    let groups = BTreeMap::from([("giants".to_owned(), giants), ("some".to_owned(), some)]);
    (memory, Scope { groups, ..Scope::default() })
});

fn span() -> Span {
    Span { from: Day::ymd(2023, 3, 1), days: vec![Day::ymd(2023, 3, 15), Day::ymd(2023, 5, 2), Day::ymd(2023, 6, 29)] }
}

#[test]
fn every_measure_obeys_the_laws() {
    let (memory, scope) = &*WORLD;
    let asked = varied(plimsoll_measures::registry(), scope);
    let verdict = check(memory, &asked, &span());
    let broken: Vec<String> = verdict.violations.iter().map(ToString::to_string).collect();
    println!(
        "{} measures asked in {} ways: {} comparisons, {} of values",
        plimsoll_measures::registry().len(),
        asked.len(),
        verdict.compared,
        verdict.values
    );
    assert!(broken.is_empty(), "{} laws broken, the first:\n{}", broken.len(), broken[..broken.len().min(20)].join("\n"));
    // Some ways have no answer here: a group of large companies within the small ones, a short window without enough events.
    println!("without a value: {}", verdict.silent.join("; "));
    for measure in plimsoll_measures::registry() {
        let ways: Vec<String> =
            asked.iter().filter(|a| a.measure.spec().name == measure.spec().name).map(plimsoll_testsuite::laws::label).collect();
        assert!(ways.iter().any(|w| !verdict.silent.contains(w)), "{} never had a value", measure.spec().name);
    }
    assert!(verdict.cuts > 1, "no revision was noticed");
    assert!(verdict.values * 10 > verdict.compared * 7, "too few values to prove anything");
}

/// A law-breaker: `kind` says how.
struct Rogue(&'static Spec, fn(&Cut, usize, &Range<usize>) -> f64);

static CALLS: AtomicU32 = AtomicU32::new(0);

const fn rogue(name: &'static str) -> Spec {
    Spec {
        name,
        title: "",
        topic: Topic::Masking,
        unit: Unit::Number,
        summary: "",
        definition: "",
        params: &[],
        inputs: "",
        missing: "",
        point_in_time: "",
        references: &[],
        verified: "",
    }
}

static LEAKS: Spec = rogue("reads_tomorrow");
static RANGE: Spec = rogue("depends_on_what_is_asked");
static START: Spec = rogue("depends_on_where_the_cut_begins");
static COUNTS: Spec = rogue("is_another_value_each_time");
static NAN: Spec = rogue("answers_nan");
static HONEST: Spec = rogue("is_honest");

static LEAKING: Rogue =
    Rogue(&LEAKS, |cut, t, _| cut.panel.level.at(0, (t + 1).min(cut.sessions.len() - 1)) / cut.panel.level.at(0, t));
static RANGING: Rogue = Rogue(&RANGE, |_, t, days| (days.end - t) as f64);
static STARTING: Rogue = Rogue(&START, |_, t, _| t as f64);
static COUNTING: Rogue = Rogue(&COUNTS, |_, _, _| f64::from(CALLS.fetch_add(1, Ordering::Relaxed)));
static ANSWERING_NAN: Rogue = Rogue(&NAN, |_, _, _| f64::NAN);
static BEING_HONEST: Rogue = Rogue(&HONEST, |cut, t, _| cut.panel.ret.at(0, t));

impl Measure for Rogue {
    fn spec(&self) -> &'static Spec {
        self.0
    }
    fn needs(&self, _: &Params, from: Day) -> Needs {
        // A cut's start follows from what is asked, as it does for every measure.
        let _ = from;
        Needs::default().lookback(5).universe("sp500")
    }
    fn track(&self, cut: &Cut, _: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let point = |t: usize| Point { value: Ok((self.1)(cut, t, &days)), ..Point::of(0.0, 1) };
        Ok(days.clone().map(point).collect())
    }
}

fn judged(measure: &'static Rogue) -> Verdict {
    let (memory, scope) = &*WORLD;
    let params = Params::resolve(measure.0, &BTreeMap::new(), scope).expect("no parameters");
    check(memory, &[Asked { measure, params }], &span())
}

fn laws(verdict: &Verdict) -> Vec<&'static str> {
    let mut laws: Vec<&'static str> = verdict.violations.iter().map(|v| v.law).collect();
    laws.sort_unstable();
    laws.dedup();
    laws
}

#[test]
fn a_leaking_measure_is_caught() {
    let found = laws(&judged(&LEAKING));
    assert!(found.contains(&"no look-ahead") && found.contains(&"history"), "{found:?}");
}

#[test]
fn other_law_breakers_are_caught() {
    assert!(laws(&judged(&RANGING)).contains(&"prefix"));
    assert!(laws(&judged(&STARTING)).contains(&"history"));
    assert!(laws(&judged(&COUNTING)).contains(&"determinism"));
    assert!(laws(&judged(&ANSWERING_NAN)).contains(&"answers"));
}

#[test]
fn an_honest_measure_passes() {
    let verdict = judged(&BEING_HONEST);
    assert_eq!(verdict.violations, []);
    assert!(verdict.values > 100 && verdict.silent.is_empty());
}
