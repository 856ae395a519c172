//! Writes one immutable Parquet segment and states the facts that the catalog keeps about it.

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int32Array, StringArray, TimestampMicrosecondArray, UInt8Array,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::compute_leaves;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use plimsoll_model::dataset::{Dataset, DatasetSpec, Kind};

use crate::batch::{Batch, UNSTATED, Values};
use crate::column_runs::ColumnRuns;
use crate::error::{Result, io, writing};

/// Days up to which a segment notes day by day where it has rows: about a thousand years.
const LONGEST_SPAN: i64 = 365_250;
/// Columns before those of the dataset.
pub(crate) const FIRST_COLUMN: usize = 6;
/// Positions of the time columns.
pub(crate) const PERIOD: usize = 0;
/// See [`PERIOD`].
pub(crate) const PUBLISHED_AT: usize = 1;
/// See [`PERIOD`].
pub(crate) const KNOWN_AT: usize = 2;

fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// The columns of a segment of `dataset`, as Arrow names them; `docs/store-format.md` has the same in prose.
pub fn schema(dataset: Dataset) -> SchemaRef {
    let mut fields = vec![
        Field::new("period", DataType::Date32, false),
        Field::new("published_at", utc(), true),
        Field::new("known_at", utc(), false),
        Field::new("ingested_at", utc(), false),
        Field::new("source", dictionary(), false),
        Field::new("file_hash", dictionary(), false),
    ];
    fields.extend(dataset.spec().columns.iter().map(|c| match c.kind {
        Kind::Text => Field::new(c.name, dictionary(), !c.key),
        Kind::F64 => Field::new(c.name, DataType::Float64, true),
        Kind::U8 => Field::new(c.name, DataType::UInt8, false),
    }));
    Arc::new(Schema::new(fields))
}

/// What is the same for every row of a segment.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub source: String,
    pub file_hash: String,
    pub ingested_at: i64,
}

/// What the catalog knows of a segment without opening it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    pub rows: u64,
    /// How many of them are later vintages of a row stored before.
    pub revised: u64,
    pub bytes: u64,
    pub blake3: String,
    pub period: (i32, i32),
    pub known: (i64, i64),
    pub key: (String, String),
    /// No row became known later than a row of its key about the same or a later period.
    pub in_order: bool,
    /// Bit `i` says that there is a row about the day `period.0 + i`; empty where the span is absurdly long.
    pub days: Vec<u8>,
}

/// Rows to be written: sorted by first key, period and further keys, with the dictionary of each text column.
pub(crate) struct Draft<'a> {
    pub dataset: Dataset,
    pub rows: &'a Batch,
    pub dictionaries: &'a [Arc<Vec<String>>],
    pub revised: u64,
    /// Rows of a row group at most.
    pub group_rows: usize,
}

fn properties(spec: &DatasetSpec, group_rows: usize, stamp: &Stamp) -> Result<WriterProperties, ParquetError> {
    let keys = spec.keys();
    let sorting = |i: usize| SortingColumn { column_idx: i as i32, descending: false, nulls_first: false };
    let mut order = vec![sorting(FIRST_COLUMN), sorting(PERIOD)];
    order.extend((1..keys).map(|k| sorting(FIRST_COLUMN + k)));
    let meta = |k: &str, v: String| KeyValue { key: k.to_owned(), value: Some(v) };
    let mut p = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(group_rows))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(None)
        .set_offset_index_disabled(true)
        .set_sorting_columns(Some(order))
        .set_created_by(format!("plimsoll {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(vec![
            meta("plimsoll.format_version", crate::FORMAT_VERSION.to_string()),
            meta("plimsoll.dataset", spec.name.to_owned()),
            meta("plimsoll.source", stamp.source.clone()),
        ]));
    for c in spec.columns.iter().filter(|c| c.kind == Kind::F64) {
        // Measurements seldom repeat: a dictionary would be built and thrown away.
        let path = ColumnPath::from(c.name);
        p = p.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, Encoding::PLAIN);
    }
    Ok(p.build())
}

/// A dictionary array with the entries used in `codes` only; `missing` is the text that is stored as null.
fn texts(codes: &[u32], dictionary: &[String], nullable: bool) -> ArrayRef {
    let mut local = vec![-1i32; dictionary.len()];
    let mut used: Vec<&str> = Vec::new();
    let mut valid = nullable.then(|| vec![true; codes.len()]);
    let keys: Vec<i32> = codes
        .iter()
        .enumerate()
        .map(|(i, &c)| {
            let l = &mut local[c as usize];
            if *l < 0 {
                *l = used.len() as i32;
                used.push(&dictionary[c as usize]);
            }
            if let Some(v) = &mut valid
                && dictionary[c as usize].is_empty()
            {
                v[i] = false;
            }
            *l
        })
        .collect();
    let nulls = valid.map(|v| NullBuffer::new(BooleanBuffer::from(v))).filter(|n| n.null_count() > 0);
    let keys = Int32Array::new(keys.into(), nulls);
    Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(StringArray::from(used))))
}

fn floats(values: &[f64]) -> ArrayRef {
    let missing = values.iter().any(|v| v.is_nan());
    let nulls = missing.then(|| NullBuffer::new(BooleanBuffer::collect_bool(values.len(), |i| !values[i].is_nan())));
    Arc::new(Float64Array::new(values.to_vec().into(), nulls))
}

fn moments(values: Vec<i64>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::new(values.into(), nulls).with_timezone("UTC"))
}

/// Rows a run must have on average for the first key to be encoded run by run.
const LONG_RUN: usize = 8;

/// A column of a row group, ready to be encoded.
enum Encoded {
    Runs(ColumnRuns),
    Array(ArrayRef),
}

/// The first key as runs, where they are long.
fn key_runs(codes: &[u32], dictionary: &[String]) -> Option<ColumnRuns> {
    let mut entries: Vec<&str> = Vec::new();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for run in codes.chunk_by(|a, b| a == b) {
        // Rows are sorted, so that no key comes back.
        entries.push(&dictionary[run[0] as usize]);
        runs.push((entries.len() as u32 - 1, run.len() as u32));
    }
    (runs.len() * LONG_RUN <= codes.len()).then(|| ColumnRuns::text(&entries, runs))
}

fn encoded(draft: &Draft<'_>, stamp: &Stamp, r: Range<usize>) -> Vec<Encoded> {
    let rows = draft.rows;
    let n = r.len() as u32;
    let published = if rows.published_at.is_empty() {
        moments(vec![0; r.len()], Some(NullBuffer::new_null(r.len())))
    } else {
        let v = &rows.published_at[r.clone()];
        moments(v.to_vec(), Some(NullBuffer::new(BooleanBuffer::collect_bool(v.len(), |i| v[i] != UNSTATED))))
    };
    let mut out = vec![
        Encoded::Array(Arc::new(Date32Array::from(rows.period[r.clone()].to_vec()))),
        Encoded::Array(published),
        Encoded::Array(moments(rows.known_at[r.clone()].to_vec(), None)),
        Encoded::Runs(ColumnRuns::number(stamp.ingested_at, n)),
        Encoded::Runs(ColumnRuns::text(&[&stamp.source], vec![(0, n)])),
        Encoded::Runs(ColumnRuns::text(&[&stamp.file_hash], vec![(0, n)])),
    ];
    for (i, (c, s)) in rows.columns.iter().zip(draft.dataset.spec().columns).enumerate() {
        out.push(match c {
            Values::Code(v) => match (i == 0).then(|| key_runs(&v[r.clone()], &draft.dictionaries[i])).flatten() {
                Some(runs) => Encoded::Runs(runs),
                None => Encoded::Array(texts(&v[r.clone()], &draft.dictionaries[i], !s.key)),
            },
            Values::F64(v) => Encoded::Array(floats(&v[r.clone()])),
            Values::U8(v) => Encoded::Array(Arc::new(UInt8Array::from(v[r.clone()].to_vec()))),
        });
    }
    out
}

/// Sums what is written, so that the file need not be read again.
struct Summing {
    file: File,
    hash: blake3::Hasher,
    bytes: u64,
}

impl Write for Summing {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        let n = self.file.write(buf)?;
        self.hash.update(&buf[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes the rows to a new file at `path` and returns when they are on the disk.
pub(crate) fn write(path: &Path, draft: &Draft<'_>, stamp: &Stamp) -> Result<Facts> {
    let file = File::create(path).map_err(|e| io(path, e))?;
    let sink = Summing { file, hash: blake3::Hasher::new(), bytes: 0 };
    let wrong = |e| writing(path, e);
    let properties = properties(draft.dataset.spec(), draft.group_rows, stamp).map_err(wrong)?;
    let sink = write_groups(sink, draft, stamp, properties).map_err(wrong)?;
    sink.file.sync_all().map_err(|e| io(path, e))?;
    let mut facts = facts(draft);
    facts.bytes = sink.bytes;
    facts.blake3 = sink.hash.finalize().to_hex().to_string();
    Ok(facts)
}

fn write_groups(sink: Summing, draft: &Draft<'_>, stamp: &Stamp, properties: WriterProperties) -> Result<Summing, ParquetError> {
    let schema = schema(draft.dataset);
    let (mut file, columns) = ArrowWriter::try_new(sink, schema.clone(), Some(properties))?.into_serialized_writer()?;
    let described = file.schema_descr().columns().to_vec();
    let mut at = 0;
    for number in 0.. {
        if at == draft.rows.len() {
            break;
        }
        let to = (at + draft.group_rows).min(draft.rows.len());
        let mut group = file.next_row_group()?;
        let encoded = encoded(draft, stamp, at..to);
        for (((column, writer), field), descr) in
            encoded.into_iter().zip(columns.create_column_writers(number)?).zip(schema.fields()).zip(&described)
        {
            match column {
                Encoded::Runs(runs) => runs.write(&mut group, descr.clone())?,
                Encoded::Array(array) => {
                    let mut writer = writer;
                    for leaf in compute_leaves(field, &array)? {
                        writer.write(&leaf)?;
                    }
                    writer.close()?.append_to_row_group(&mut group)?;
                }
            }
        }
        group.close()?;
        at = to;
    }
    file.into_inner()
}

fn bounds<T: Copy + Ord>(v: &[T]) -> (T, T) {
    v.iter().fold((v[0], v[0]), |(a, b), &x| (a.min(x), b.max(x)))
}

fn facts(draft: &Draft<'_>) -> Facts {
    let rows = draft.rows;
    let first = rows.columns[0].codes();
    let text = |i: usize| draft.dictionaries[0][first[i] as usize].clone();
    let period = bounds(&rows.period);
    // A span of more than a few centuries is a mistake in a date; it must not cost memory.
    let span = i64::from(period.1) - i64::from(period.0);
    let mut days = if span < LONGEST_SPAN { vec![0u8; span as usize / 8 + 1] } else { Vec::new() };
    if !days.is_empty() {
        for p in &rows.period {
            let bit = (p - period.0) as usize;
            days[bit / 8] |= 1 << (bit % 8);
        }
    }
    Facts {
        rows: rows.len() as u64,
        revised: draft.revised,
        bytes: 0,
        blake3: String::new(),
        period,
        known: bounds(&rows.known_at),
        key: (text(0), text(rows.len() - 1)),
        in_order: in_order(rows),
        days,
    }
}

/// Whether, within each first key, nothing became known later than something about the same or a later period.
fn in_order(rows: &Batch) -> bool {
    let first = rows.columns[0].codes();
    let mut latest = i64::MIN;
    for i in 0..rows.len() {
        let known = rows.known_at[i];
        if i == 0 || first[i] != first[i - 1] {
            latest = known;
            continue;
        }
        if known < latest || (rows.period[i] == rows.period[i - 1] && known != rows.known_at[i - 1]) {
            return false;
        }
        latest = known;
    }
    true
}
