//! The format as others see it: `docs/store-format.md` is true, and damage is found.

mod common;

use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};
use common::{bars, end, files, import, meta, series};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::statistics::Statistics;
use plimsoll_model::dataset::{DATASETS, Dataset, Kind};
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_store::{FORMAT_VERSION, Store, StoreError};

#[test]
fn a_segment_has_the_documented_columns() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let hash = plimsoll_store::hash(b"bars");
    import(&store, meta("bars", 90), bars(0..3, 50, 0)).unwrap();
    let path = files(&dir.path().join("segments/bars")).pop_first().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap();
    let utc = || DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")));
    let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut expected = vec![
        ("period", DataType::Date32, false),
        ("published_at", utc(), true),
        ("known_at", utc(), false),
        ("ingested_at", utc(), false),
        ("source", text(), false),
        ("file_hash", text(), false),
    ];
    for c in Dataset::Bars.spec().columns {
        expected.push(match c.kind {
            Kind::Text => (c.name, text(), !c.key),
            Kind::F64 => (c.name, DataType::Float64, true),
            Kind::U8 => (c.name, DataType::UInt8, false),
        });
    }
    let found: Vec<_> =
        reader.schema().fields().iter().map(|f| (f.name().as_str(), f.data_type().clone(), f.is_nullable())).collect();
    assert_eq!(found, expected);
    // Types as engines see them that do not know Arrow.
    let types: Vec<String> = reader.parquet_schema().columns().iter().map(|c| format!("{:?}", c.logical_type_ref())).collect();
    assert!(types[0].contains("Date") && types[2].contains("MICROS") && types[6].contains("String"), "{types:?}");
    let group = reader.metadata().row_group(0);
    match group.column(0).statistics() {
        Some(Statistics::Int32(s)) => {
            assert_eq!((s.min_opt(), s.max_opt()), (Some(&common::day(0).0), Some(&common::day(49).0)));
        }
        other => panic!("no bounds of the period: {other:?}"),
    }
    let batch = reader.build().unwrap().next().unwrap().unwrap();
    let hashes = arrow_array::cast::as_dictionary_array::<arrow_array::types::Int32Type>(batch.column(5));
    assert_eq!(arrow_array::cast::as_string_array(hashes.values()).value(0), hash);
    assert_eq!(batch.column_by_name("adj_close").map(arrow_array::Array::null_count), Some(150), "missing is null, not NaN");
}

#[test]
fn the_document_names_every_column() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/store-format.md")).unwrap();
    for spec in DATASETS {
        assert!(text.contains(&format!("### `{}`", spec.name)), "{} is not described", spec.name);
        for c in spec.columns {
            assert!(text.contains(&format!("| `{}` |", c.name)), "{}.{} is not described", spec.name, c.name);
        }
    }
    assert!(text.contains(&format!("Format version {FORMAT_VERSION}")));
    let sql = include_str!("../src/catalog.sql");
    for table in sql.lines().filter_map(|l| l.strip_prefix("CREATE TABLE ")).map(|l| l.trim_end_matches(" (")) {
        assert!(text.contains(&format!("| `{table}` |")), "table {table} is not described");
    }
}

#[test]
fn a_newer_format_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let c = rusqlite::Connection::open(dir.path().join("catalog.sqlite")).unwrap();
    c.pragma_update(None, "user_version", FORMAT_VERSION + 1).unwrap();
    drop(c);
    let e = Store::open(dir.path()).unwrap_err();
    assert!(
        matches!(e, StoreError::NewerFormat { found, supported, .. } if found == FORMAT_VERSION + 1 && supported == FORMAT_VERSION)
    );
    assert!(e.to_string().contains("store format 2, this program reads up to 1"), "{e}");
}

#[test]
fn damage_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    import(&store, meta("one", 5), series(&[("a", 0, 1.0), ("b", 1, 2.0)])).unwrap();
    assert_eq!(store.verify().unwrap().rows, 2);
    let path = files(&dir.path().join("segments/series")).pop_first().unwrap();
    let sound = std::fs::read(&path).unwrap();
    for at in [0, sound.len() / 2, sound.len() - 1] {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(store.verify(), Err(StoreError::Damaged { .. })), "byte {at}");
    }
    std::fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    // A store that has not read the footer yet meets the damage when it scans.
    let fresh = Store::open(dir.path()).unwrap();
    let e = fresh.snapshot(end()).unwrap().scan(&Scan::all(Dataset::Series)).unwrap_err();
    assert!(e.message.starts_with("damaged: "), "{e}");
    std::fs::remove_file(&path).unwrap();
    let e = fresh.snapshot(end()).unwrap().scan(&Scan::all(Dataset::Series)).unwrap_err();
    assert!(e.message.contains("the file is missing"), "{e}");
    assert!(matches!(store.verify(), Err(StoreError::Damaged { .. })));
    std::fs::write(&path, &sound).unwrap();
    store.verify().unwrap();
}
