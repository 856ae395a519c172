//! Rows made by hand or by a formula, and ways to look at a store.
#![allow(dead_code)] // each test file uses its own part

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use plimsoll_model::dataset::{DATASETS, Dataset};
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_store::{Begin, Import, ImportMeta, ImportSummary, Result, Store};

pub fn day(n: i32) -> Day {
    Day::ymd(2024, 1, 1).plus(n)
}

/// Values of series, known at the close of their day.
pub fn series(rows: &[(&str, i32, f64)]) -> Observations {
    Observations::new(
        Dataset::Series,
        rows.iter().map(|r| day(r.1).0).collect(),
        rows.iter().map(|r| day(r.1).at(16, 0).0).collect(),
        vec![
            Column::Text(rows.iter().map(|r| r.0).collect()),
            Column::F64(rows.iter().map(|r| r.2).collect()),
            Column::U8(vec![0; rows.len()]),
        ],
    )
}

pub fn meta(name: &str, ingested: i32) -> ImportMeta {
    ImportMeta::new("hand", name, &plimsoll_store::hash(name.as_bytes()), day(ingested).at(18, 0))
}

pub fn begin(store: &Store, meta: ImportMeta) -> Box<Import> {
    match store.begin(meta).unwrap() {
        Begin::New(import) => import,
        Begin::Already(r) => panic!("{} was imported before", r.path),
    }
}

pub fn import(store: &Store, meta: ImportMeta, rows: Observations) -> Result<ImportSummary> {
    let mut import = begin(store, meta);
    import.append(rows)?;
    import.commit()
}

pub fn end() -> AsOf {
    AsOf::end_of(Day::ymd(2040, 1, 1))
}

/// (series, day, value) of everything known at `as_of`.
pub fn known(store: &Store, as_of: AsOf) -> Vec<(String, i32, f64)> {
    let o = store.snapshot(as_of).unwrap().scan(&Scan::all(Dataset::Series)).unwrap();
    let key = o.text("series");
    (0..o.len()).map(|i| (key.get(i).to_owned(), o.period[i] - day(0).0, o.f64("value")[i])).collect()
}

/// Bars by a formula: `version` 0 is the first vintage, later ones change about one row in fifty and add days.
pub fn bars(symbols: std::ops::Range<u32>, days: i32, version: u32) -> Observations {
    let mut rows: Vec<(u32, i32)> = Vec::new();
    for s in symbols {
        rows.extend((0..days).map(|d| (s, d)));
    }
    let mix = |s: u32, d: i32, salt: u32| -> u32 {
        let mut h = s.wrapping_mul(0x9e37_79b1) ^ (d as u32).wrapping_mul(0x85eb_ca6b) ^ salt.wrapping_mul(0xc2b2_ae35);
        h ^= h >> 15;
        h = h.wrapping_mul(0x2c1b_3c6d);
        h ^ (h >> 13)
    };
    let changed = |s: u32, d: i32| if mix(s, d, 77).is_multiple_of(50) { version } else { 0 };
    let float = |salt: u32| {
        Column::F64(rows.iter().map(|&(s, d)| f64::from(mix(s, d, salt + changed(s, d)) % 100_000) / 128.0).collect())
    };
    let columns = vec![
        Column::Text(rows.iter().map(|r| format!("S{:04}", r.0)).collect()),
        Column::Text(TextColumn::constant("NYSE", rows.len())),
        float(1),
        Column::F64(vec![f64::NAN; rows.len()]),
        float(11),
        float(21),
        float(31),
        Column::U8(rows.iter().map(|&(s, d)| (mix(s, d, 5) % 3) as u8).collect()),
    ];
    let close: Vec<i64> = (0..days).map(|d| day(d).at(16, 0).0).collect();
    Observations::new(
        Dataset::Bars,
        rows.iter().map(|r| day(r.1).0).collect(),
        rows.iter().map(|r| close[r.1 as usize]).collect(),
        columns,
    )
}

/// A fingerprint of everything that can be read from the store, now and at some moments before.
pub fn content(store: &Store) -> String {
    let mut all = Vec::new();
    for as_of in [end(), AsOf::end_of(day(20)), AsOf::at(Moment(day(100).at(12, 0).0))] {
        let snapshot = store.snapshot(as_of).unwrap();
        for spec in DATASETS {
            let o = snapshot.scan(&Scan::all(spec.dataset)).unwrap();
            o.period.iter().for_each(|v| all.extend(v.to_le_bytes()));
            o.known_at.iter().for_each(|v| all.extend(v.to_le_bytes()));
            for c in &o.columns {
                match c {
                    Column::Text(t) => {
                        t.codes.iter().for_each(|v| all.extend(v.to_le_bytes()));
                        t.dict.iter().for_each(|v| all.extend(v.bytes()));
                    }
                    Column::F64(v) => v.iter().for_each(|v| all.extend(v.to_bits().to_le_bytes())),
                    Column::U8(v) => all.extend(v),
                }
            }
        }
    }
    plimsoll_store::hash(&all)
}

/// Every file below a folder.
pub fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let mut out = BTreeSet::new();
    let Ok(entries) = std::fs::read_dir(dir) else { return out };
    for path in entries.map(|e| e.unwrap().path()) {
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            out.insert(path);
        }
    }
    out
}

/// Nothing lies about that the catalog does not list, and nothing that it lists is missing.
pub fn tidy(store: &Store) {
    let listed = store.verify().unwrap().segments;
    assert_eq!(files(&store.dir().join("segments")).len() as u64, listed, "segments without an entry");
    assert_eq!(files(&store.dir().join("incoming")), BTreeSet::new(), "files of imports that never finished");
}
