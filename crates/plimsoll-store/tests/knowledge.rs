//! The store against the plain list of rows that defines what knowledge is: random imports with revisions, repeats and
//! contradictions, read at random moments.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Memory, Scan};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_store::{Begin, ImportMeta, Options, Snapshot, Store};
use proptest::prelude::*;

/// A row of any dataset: first key, second key, period, known_at, value.
type Row = (u8, u8, i32, i64, u8);

#[derive(Clone, Debug)]
struct File {
    source: u8,
    ingested_at: i64,
    vintage: Option<i64>,
    rows: Vec<Row>,
    batches: usize,
}

fn file() -> impl Strategy<Value = File> {
    let row = (0u8..5, 0u8..3, 0i32..12, 0i64..30, 0u8..3);
    (0u8..2, 0i64..40, proptest::option::of(0i64..40), proptest::collection::vec(row, 0..40), 1usize..4)
        .prop_map(|(source, ingested_at, vintage, rows, batches)| File { source, ingested_at, vintage, rows, batches })
}

fn dataset() -> impl Strategy<Value = Dataset> {
    prop_oneof![Just(Dataset::Series), Just(Dataset::Members), Just(Dataset::Securities), Just(Dataset::Bars)]
}

fn source(i: u8) -> String {
    ["north", "east"][i as usize].to_owned()
}

fn key(i: u8) -> String {
    ["M", "B.A", "Z", "A", "é"][i as usize].to_owned()
}

fn value(i: u8) -> f64 {
    [f64::NAN, 1.5, -2.0][i as usize]
}

fn observations(dataset: Dataset, rows: &[Row]) -> Observations {
    let text = |f: &dyn Fn(&Row) -> String| Column::Text(rows.iter().map(f).collect::<TextColumn>());
    let float = || Column::F64(rows.iter().map(|r| value(r.4)).collect());
    let flags = || Column::U8(rows.iter().map(|r| r.4).collect());
    let first = text(&|r| key(r.0));
    let word = || text(&|r| ["", "NYSE", "x y"][r.4 as usize].to_owned());
    let columns = match dataset {
        Dataset::Series => vec![first, float(), flags()],
        Dataset::Members => vec![first, text(&|r| format!("S{}", 9 - r.1)), flags()],
        Dataset::Securities => vec![first, word(), word(), word(), word(), word()],
        Dataset::Bars => vec![first, word(), float(), float(), float(), float(), float(), flags()],
        other => unreachable!("{other:?} is not drawn"),
    };
    Observations::new(dataset, rows.iter().map(|r| r.2).collect(), rows.iter().map(|r| r.3).collect(), columns)
}

/// Key of a row within a source.
type Place = (u8, u8, i32);

fn place(dataset: Dataset, r: &Row) -> Place {
    (r.0, if dataset == Dataset::Members { r.1 } else { 0 }, r.2)
}

/// The rules of an import, told again in the plainest way: what each file adds.
fn model(dataset: Dataset, files: &[File]) -> (Vec<(String, Observations)>, Vec<[u64; 5]>) {
    let mut vintages: BTreeMap<(u8, Place), Vec<(i64, u8)>> = BTreeMap::new();
    let mut batches = Vec::new();
    let mut counts = Vec::new();
    for f in files {
        let mut mine: BTreeMap<Place, u8> = BTreeMap::new();
        let mut added = Vec::new();
        // taken, revised, unchanged, duplicates, refused
        let mut n = [0u64; 5];
        for r in &f.rows {
            let k = place(dataset, r);
            if let Some(v) = mine.get(&k) {
                n[if *v == r.4 { 3 } else { 4 }] += 1;
                continue;
            }
            mine.insert(k, r.4);
            let stored = vintages.get(&(f.source, k));
            let Some(stored) = stored else {
                n[0] += 1;
                added.push(*r);
                continue;
            };
            let known = r.3.max(f.vintage.unwrap_or(f.ingested_at));
            // The later import wins a tie, and `max_by_key` returns the last of equals.
            let in_force = stored.iter().filter(|(k, _)| *k <= known).max_by_key(|(k, _)| *k);
            if in_force.is_some_and(|(_, v)| *v == r.4) {
                n[2] += 1;
            } else {
                n[1] += 1;
                added.push((r.0, r.1, r.2, known, r.4));
            }
        }
        for r in &added {
            vintages.entry((f.source, place(dataset, r))).or_default().push((r.3, r.4));
        }
        batches.push((source(f.source), observations(dataset, &added)));
        counts.push(n);
    }
    (batches, counts)
}

fn import(store: &Store, dataset: Dataset, n: usize, f: &File) -> [u64; 5] {
    let mut meta = ImportMeta::new(&source(f.source), &format!("file-{n}.csv"), &format!("{n:064x}"), Moment(f.ingested_at));
    if let Some(v) = f.vintage {
        meta = meta.vintage(Moment(v));
    }
    let Begin::New(mut import) = store.begin(meta).unwrap() else { panic!("a new hash") };
    for rows in f.rows.chunks(f.rows.len().div_ceil(f.batches).max(1)) {
        import.append(observations(dataset, rows)).unwrap();
    }
    let s = import.commit().unwrap();
    assert_eq!(s.rows_seen, f.rows.len() as u64);
    let refused = s.refused.get("duplicate_key").copied().unwrap_or(0);
    assert_eq!(s.rows_seen, s.taken + s.revised + s.unchanged + s.duplicates + refused);
    [s.taken, s.revised, s.unchanged, s.duplicates, refused]
}

/// Everything in an answer, bit by bit, with text as text.
fn rows(o: &Observations) -> Vec<String> {
    let column = |c: &Column, i: usize| match c {
        Column::Text(t) => t.get(i).to_owned(),
        Column::F64(v) if v[i].is_nan() => "missing".to_owned(),
        Column::F64(v) => format!("{:x}", v[i].to_bits()),
        Column::U8(v) => v[i].to_string(),
    };
    (0..o.len())
        .map(|i| {
            let values: Vec<String> = o.columns.iter().map(|c| column(c, i)).collect();
            format!("{} {} {} {} {}", o.period[i], o.known_at[i], values.join("|"), o.until(i), o.source(i))
        })
        .collect()
}

fn dictionaries_are_canonical(o: &Observations) {
    for c in &o.columns {
        if let Column::Text(t) = c {
            assert!(t.dict.windows(2).all(|w| w[0] < w[1]), "sorted and distinct");
            let used: BTreeSet<u32> = t.codes.iter().copied().collect();
            assert_eq!(used.len(), t.dict.len(), "no entry without a row");
        }
    }
}

fn scans(dataset: Dataset, keys: &Option<BTreeSet<u8>>, from: i32, len: i32, one_source: Option<u8>, narrow: bool) -> Scan {
    let mut scan = Scan::all(dataset).periods(Day(from)..=Day(from + len));
    if let Some(k) = keys {
        scan = scan.keys(k.iter().map(|k| key(*k)));
    }
    if let Some(s) = one_source {
        scan = scan.source(&source(s));
    }
    if narrow {
        let spec = dataset.spec();
        scan = scan.columns(&[spec.columns[spec.columns.len() - 1].name]);
    }
    scan
}

/// Every row of an answer comes from a file that is listed, and no file is listed without one.
fn inputs_agree(snapshot: &Snapshot, scan: &Scan, answer: &Observations) {
    let inputs = snapshot.inputs(scan).unwrap();
    assert_eq!(inputs.iter().map(|i| i.rows).sum::<u64>(), answer.len() as u64);
    assert!(inputs.iter().all(|i| i.rows > 0));
    let hashes: BTreeSet<&str> = inputs.iter().map(|i| i.file_hash.as_str()).collect();
    assert_eq!(hashes.len(), inputs.len());
    assert_eq!(inputs.iter().map(|i| i.first.0).min(), answer.period.iter().min().copied());
    assert_eq!(inputs.iter().map(|i| i.last.0).max(), answer.period.iter().max().copied());
    assert_eq!(inputs.iter().map(|i| i.last_known_at.0).max(), answer.known_at.iter().max().copied());
    let (again, same) = snapshot.scan_with_inputs(scan).unwrap();
    assert_eq!((rows(&again), same), (rows(answer), inputs));
}

/// What the catalog counts is what a scan of everything finds.
fn coverage_agrees(store: &Store, dataset: Dataset) {
    let snapshot = store.snapshot(AsOf::at(Moment(100))).unwrap();
    let coverage = store.coverage().unwrap();
    let by_key = store.key_coverage(Some(dataset)).unwrap();
    for c in &coverage {
        let answer = snapshot.scan(&Scan::all(dataset).source(&c.source)).unwrap();
        assert_eq!((c.dataset, c.rows), (dataset, answer.len() as u64));
        assert_eq!((c.first.0, c.last.0), (*answer.period.iter().min().unwrap(), *answer.period.iter().max().unwrap()));
        let Column::Text(t) = &answer.columns[0] else { panic!("a key") };
        assert_eq!(c.keys, t.dict.len() as u64);
        for k in by_key.iter().filter(|k| k.source == c.source) {
            let mine: Vec<usize> = (0..answer.len()).filter(|&i| t.get(i) == k.key).collect();
            assert_eq!(k.rows, mine.len() as u64);
            let periods = || mine.iter().map(|&i| answer.period[i]);
            assert_eq!((Some(k.first.0), Some(k.last.0)), (periods().min(), periods().max()));
        }
        assert_eq!(by_key.iter().filter(|k| k.source == c.source).map(|k| k.vintages).sum::<u64>(), c.vintages);
    }
    assert_eq!(by_key.iter().map(|k| k.rows).sum::<u64>(), coverage.iter().map(|c| c.rows).sum::<u64>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48), ..ProptestConfig::default() })]

    #[test]
    fn the_store_knows_what_a_list_of_rows_knows(
        dataset in dataset(),
        files in proptest::collection::vec(file(), 1..6),
        as_ofs in proptest::collection::btree_set(-1i64..45, 1..4),
        keys in proptest::option::of(proptest::collection::btree_set(0u8..5, 0..4)),
        from in -1i32..12,
        len in 0i32..14,
        one_source in proptest::option::of(0u8..2),
        narrow in any::<bool>(),
        after in -1i64..45,
        rows_in_memory in prop_oneof![1usize..12, Just(1 << 21)],
        rows_per_segment in prop_oneof![1usize..12, Just(1 << 18)],
    ) {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { rows_in_memory, rows_per_segment, ..Options::default() };
        let store = Store::open_with(dir.path().join("store"), &options).unwrap();
        let (batches, counts) = model(dataset, &files);
        for (n, f) in files.iter().enumerate() {
            let before = store.snapshot(AsOf::at(Moment(100))).unwrap();
            let seen = rows(&before.scan(&Scan::all(dataset)).unwrap());
            prop_assert_eq!(import(&store, dataset, n, f), counts[n]);
            // A snapshot does not see what is imported after it was taken.
            prop_assert_eq!(rows(&before.scan(&Scan::all(dataset)).unwrap()), seen);
        }
        store.verify().unwrap();
        coverage_agrees(&store, dataset);
        let scan = scans(dataset, &keys, from, len, one_source, narrow);
        let all = Scan::all(dataset);
        let (every, some) = (Scan::all(dataset).vintages(), scan.clone().vintages());
        let latest = store.snapshot(AsOf::at(Moment(100))).unwrap();
        for as_of in as_ofs.iter().map(|t| AsOf::at(Moment(*t))) {
            let oracle = Memory::new(as_of, batches.clone());
            let snapshot = store.snapshot(as_of).unwrap();
            let back = latest.back_to(as_of);
            for scan in [&scan, &all, &every, &some] {
                let expected = oracle.scan(scan).unwrap();
                let answer = snapshot.scan(scan).unwrap();
                prop_assert_eq!(&answer.names, &expected.names);
                prop_assert_eq!(rows(&answer), rows(&expected));
                prop_assert_eq!(rows(&back.scan(scan).unwrap()), rows(&expected));
                dictionaries_are_canonical(&answer);
                inputs_agree(&snapshot, scan, &answer);
                let expected = oracle.breaks(scan, Moment(after)).unwrap();
                prop_assert_eq!(snapshot.breaks(scan, Moment(after)).unwrap(), expected);
            }
            // A copy that ends at the moment gives the same answers, and not by holding more.
            let copy = store.truncated_copy(dir.path().join(format!("copy-{}", as_of.moment().0)), as_of).unwrap();
            copy.verify().unwrap();
            let everything = copy.snapshot(AsOf::at(Moment(100))).unwrap();
            for scan in [&scan, &all, &every, &some] {
                let answer = everything.scan(scan).unwrap();
                prop_assert_eq!(rows(&answer), rows(&snapshot.scan(scan).unwrap()));
                prop_assert_eq!(everything.inputs(scan).unwrap(), snapshot.inputs(scan).unwrap());
                prop_assert_eq!(everything.breaks(scan, Moment(after)).unwrap(), snapshot.breaks(scan, Moment(after)).unwrap());
            }
            let known: usize = batches.iter().map(|(_, o)| o.known(as_of).len()).sum();
            prop_assert_eq!(copy.coverage().unwrap().iter().map(|c| c.vintages).sum::<u64>(), known as u64);
            coverage_agrees(&copy, dataset);
        }
    }
}
