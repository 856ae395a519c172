//! Reads row groups of segments: only the columns asked for, only the rows that pass.

use std::fs::File;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, TimestampMicrosecondType, UInt8Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use plimsoll_model::dataset::DatasetSpec;

use crate::batch::{Batch, UNSTATED, Values, ranges};
use crate::error::{Result, StoreError, io, reading};
use crate::segment::{FIRST_COLUMN, KNOWN_AT, PERIOD, PUBLISHED_AT};

/// Which rows pass. Whatever is `None` lets everything pass.
pub(crate) struct Filter<'a> {
    pub periods: RangeInclusive<i32>,
    /// Only what is known at this moment.
    pub known_at: i64,
    /// Bounds of the first key, both included.
    pub bounds: Option<(&'a str, &'a str)>,
    /// Whether a first key passes.
    pub key: Option<&'a (dyn Fn(&str) -> bool + Sync)>,
}

impl Filter<'_> {
    fn passes(&self, key: &str) -> bool {
        self.bounds.is_none_or(|(a, b)| a <= key && key <= b) && self.key.is_none_or(|f| f(key))
    }
}

/// Rows of one row group, with the dictionary of each text column that was read.
pub(crate) struct Chunk {
    /// Position of the segment in the list that was read.
    pub segment: usize,
    pub rows: Batch,
    pub dictionaries: Vec<Option<Arc<Vec<String>>>>,
}

/// Opens the footer of a segment.
pub(crate) fn metadata(path: &Path) -> Result<ArrowReaderMetadata> {
    let file = open(path)?;
    ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| reading(path, &e))
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            StoreError::Damaged { segment: path.to_owned(), reason: "the file is missing".to_owned() }
        }
        _ => io(path, e),
    })
}

fn text_bounds(group: &RowGroupMetaData, column: usize) -> Option<(&str, &str)> {
    match group.column(column).statistics()? {
        Statistics::ByteArray(s) => Some((s.min_opt()?.as_utf8().ok()?, s.max_opt()?.as_utf8().ok()?)),
        _ => None,
    }
}

/// Row groups that may hold a row that passes, by their statistics.
pub(crate) fn groups(meta: &ArrowReaderMetadata, filter: &Filter<'_>) -> Vec<usize> {
    let may = |group: &RowGroupMetaData| {
        if let Some(Statistics::Int32(s)) = group.column(PERIOD).statistics()
            && let (Some(a), Some(b)) = (s.min_opt(), s.max_opt())
            && (a > filter.periods.end() || b < filter.periods.start())
        {
            return false;
        }
        if let Some(Statistics::Int64(s)) = group.column(KNOWN_AT).statistics()
            && s.min_opt().is_some_and(|a| *a > filter.known_at)
        {
            return false;
        }
        match (text_bounds(group, FIRST_COLUMN), filter.bounds) {
            (Some((a, b)), Some((from, to))) => a <= to && b >= from,
            _ => true,
        }
    };
    meta.metadata().row_groups().iter().enumerate().filter(|(_, g)| may(g)).map(|(i, _)| i).collect()
}

/// What to read of which row group.
pub(crate) struct Task<'a> {
    pub segment: usize,
    pub path: &'a Path,
    pub meta: &'a ArrowReaderMetadata,
    pub group: usize,
}

/// Reads one row group. `columns` says which columns of the dataset are wanted (the first is read in any case); the others come
/// back empty. `known_at` is always read, `published_at` where `published` says so.
pub(crate) fn read(task: &Task<'_>, spec: &DatasetSpec, columns: &[bool], published: bool, filter: &Filter<'_>) -> Result<Chunk> {
    let wrong = |e: &dyn std::fmt::Display| reading(task.path, e);
    let mut leaves = vec![PERIOD, KNOWN_AT, FIRST_COLUMN];
    if published {
        leaves.push(PUBLISHED_AT);
    }
    leaves.extend(columns.iter().enumerate().filter(|(i, w)| **w && *i > 0).map(|(i, _)| FIRST_COLUMN + i));
    let mask = ProjectionMask::leaves(task.meta.parquet_schema(), leaves);
    let len = task.meta.metadata().row_group(task.group).num_rows() as usize;
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(open(task.path)?, task.meta.clone())
        .with_row_groups(vec![task.group])
        .with_projection(mask)
        .with_batch_size(len.max(1))
        .build()
        .map_err(|e| wrong(&e))?;
    let mut out = Chunk { segment: task.segment, rows: Batch::empty(spec), dictionaries: vec![None; spec.columns.len()] };
    for batch in reader {
        let batch = batch.map_err(|e| wrong(&e))?;
        if out.rows.len() > 0 {
            return Err(wrong(&"a row group came back in pieces"));
        }
        fill(&mut out, batch, spec, filter).map_err(|reason| wrong(&reason))?;
    }
    Ok(out)
}

/// Converts the columns of a row group and keeps the rows that pass.
fn fill(out: &mut Chunk, batch: RecordBatch, spec: &DatasetSpec, filter: &Filter<'_>) -> Result<(), String> {
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| format!("no column {name}"));
    let typed = |name: &str| format!("column {name} has an unexpected type");
    let period = column("period")?.as_primitive_opt::<Date32Type>().ok_or_else(|| typed("period"))?.values();
    let known = column("known_at")?.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| typed("known_at"))?.values();
    let (codes, dictionary) = texts(column(spec.columns[0].name)?).ok_or_else(|| typed(spec.columns[0].name))?;
    let wanted: Vec<bool> = dictionary.iter().map(|k| filter.passes(k)).collect();
    let all_keys = wanted.iter().all(|w| *w);
    let (from, to) = (*filter.periods.start(), *filter.periods.end());
    let keep = ranges(batch.num_rows(), |i| {
        (all_keys || wanted[codes[i] as usize]) && period[i] >= from && period[i] <= to && known[i] <= filter.known_at
    });
    let rows = &mut out.rows;
    rows.period = take(period, &keep);
    rows.known_at = take(known, &keep);
    rows.columns[0] = Values::Code(take(&codes, &keep));
    out.dictionaries[0] = Some(Arc::new(dictionary));
    if let Some(p) = batch.column_by_name("published_at")
        && p.null_count() < p.len()
    {
        let p = p.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| typed("published_at"))?;
        let filled: Vec<i64> = p.iter().map(|v| v.unwrap_or(UNSTATED)).collect();
        rows.published_at = take(&filled, &keep);
    }
    for (i, c) in spec.columns.iter().enumerate().skip(1) {
        let Some(array) = batch.column_by_name(c.name) else { continue };
        rows.columns[i] = match &rows.columns[i] {
            Values::Code(_) => {
                let (codes, dictionary) = texts(array).ok_or_else(|| typed(c.name))?;
                out.dictionaries[i] = Some(Arc::new(dictionary));
                Values::Code(take(&codes, &keep))
            }
            Values::F64(_) => {
                let a = array.as_primitive_opt::<Float64Type>().ok_or_else(|| typed(c.name))?;
                match a.nulls().filter(|n| n.null_count() > 0) {
                    None => Values::F64(take(a.values(), &keep)),
                    Some(n) if n.null_count() == a.len() => Values::F64(vec![f64::NAN; rows.period.len()]),
                    Some(n) => {
                        let filled: Vec<f64> =
                            a.values().iter().enumerate().map(|(i, v)| if n.is_valid(i) { *v } else { f64::NAN }).collect();
                        Values::F64(take(&filled, &keep))
                    }
                }
            }
            Values::U8(_) => {
                let a = array.as_primitive_opt::<UInt8Type>().ok_or_else(|| typed(c.name))?;
                Values::U8(take(a.values(), &keep))
            }
        };
    }
    Ok(())
}

fn take<T: Copy>(v: &[T], keep: &[Range<usize>]) -> Vec<T> {
    let mut out = Vec::with_capacity(keep.iter().map(ExactSizeIterator::len).sum());
    for r in keep {
        out.extend_from_slice(&v[r.clone()]);
    }
    out
}

/// Codes and dictionary; null becomes the empty text.
fn texts(array: &ArrayRef) -> Option<(Vec<u32>, Vec<String>)> {
    let d = array.as_dictionary_opt::<Int32Type>()?;
    let values = d.values().as_string_opt::<i32>()?;
    let mut dictionary: Vec<String> = values.iter().map(|v| v.unwrap_or_default().to_owned()).collect();
    let codes = match d.keys().nulls().filter(|n| n.null_count() > 0) {
        None => d.keys().values().iter().map(|&k| k as u32).collect(),
        Some(n) => {
            let empty = dictionary.len() as u32;
            dictionary.push(String::new());
            d.keys().values().iter().enumerate().map(|(i, &k)| if n.is_valid(i) { k as u32 } else { empty }).collect()
        }
    };
    Some((codes, dictionary))
}
