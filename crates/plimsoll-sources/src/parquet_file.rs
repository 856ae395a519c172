//! Parquet files as streams of record batches, with texts as dictionaries.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use crate::table::{clip, layout, parse_day};
use crate::{Sink, SourceError};

const BATCH: usize = 1 << 16;

/// An open Parquet file.
pub struct ParquetFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    metadata: ArrowReaderMetadata,
    columns: Vec<String>,
}

/// Rows of a file and where they stand in it.
pub struct Rows<'a> {
    /// The columns asked for, in that order; `None` where the file has none of that name.
    pub columns: Vec<Option<&'a ArrayRef>>,
    /// One-based number of the first row.
    pub first: u64,
    /// How many.
    pub len: usize,
}

fn texts() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

impl ParquetFile {
    /// Opens a file and reads its footer.
    pub fn open(path: &Path) -> Result<ParquetFile, SourceError> {
        let io = |cause| SourceError::Io { path: path.to_owned(), cause };
        let file = File::open(path).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        if bytes == 0 {
            return Err(layout(path, 0, "file", "a Parquet file", "an empty file"));
        }
        let unreadable = |e: &dyn std::fmt::Display| {
            layout(
                path,
                0,
                "footer",
                "a complete Parquet file",
                &format!("{}; the file may be truncated or damaged", clip(e.to_string().as_bytes())),
            )
        };
        let load = |options: ArrowReaderOptions| -> Result<ArrowReaderMetadata, SourceError> {
            // A damaged footer may trip an assertion of the decoder: that is a bad file, not the end of the program.
            std::panic::catch_unwind(|| ArrowReaderMetadata::load(&file, options))
                .unwrap_or_else(|_| Err(parquet::errors::ParquetError::General("the footer is damaged".to_owned())))
                .map_err(|e| unreadable(&e))
        };
        let found = load(ArrowReaderOptions::new())?;
        let as_text = |f: &Arc<Field>| match f.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Field::new(f.name(), texts(), f.is_nullable()),
            DataType::Dictionary(_, v) if matches!(**v, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => {
                Field::new(f.name(), texts(), f.is_nullable())
            }
            _ => f.as_ref().clone(),
        };
        let schema = Schema::new(found.schema().fields().iter().map(as_text).collect::<Vec<_>>());
        let columns = schema.fields().iter().map(|f| f.name().clone()).collect();
        let metadata = load(ArrowReaderOptions::new().with_schema(Arc::new(schema)))?;
        Ok(ParquetFile { path: path.to_owned(), file, bytes, metadata, columns })
    }

    /// Column names.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The error where a column is absent or of a type that cannot be read as wanted.
    pub fn mismatch(&self, column: &str, expected: &str) -> SourceError {
        let got = match self.metadata.schema().field_with_name(column) {
            Ok(f) => format!("{}", f.data_type()),
            Err(_) => format!("columns `{}`", self.columns.join("`, `")),
        };
        layout(&self.path, 0, column, expected, &got)
    }

    /// Hands the wanted columns to `take`, batch by batch, decoding the next batch while `take` works on this one.
    pub fn stream(
        &self,
        wanted: &[&str],
        sink: &mut dyn Sink,
        take: &mut dyn FnMut(&Rows<'_>, &mut dyn Sink) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let total_rows = self.metadata.metadata().file_metadata().num_rows().max(1) as u64;
        let damaged = |row: u64, got: &str| {
            layout(
                &self.path,
                row,
                "data",
                "readable Parquet pages",
                &format!("{}; the file may be damaged", clip(got.as_bytes())),
            )
        };
        let (send, receive) = sync_channel::<Result<RecordBatch, String>>(2);
        std::thread::scope(|scope| {
            let decoder = scope.spawn(move || self.decode(wanted, &mut |batch| send.send(batch).is_ok()));
            let mut first = 1u64;
            let mut result = Ok(());
            for batch in &receive {
                let batch = match batch {
                    Ok(batch) => batch,
                    Err(e) => {
                        result = Err(damaged(first, &e));
                        break;
                    }
                };
                let columns = wanted.iter().map(|name| batch.column_by_name(name)).collect();
                let rows = Rows { columns, first, len: batch.num_rows() };
                result = take(&rows, sink);
                if result.is_err() {
                    break;
                }
                first += batch.num_rows() as u64;
                sink.progress((self.bytes as f64 * ((first - 1) as f64 / total_rows as f64).min(1.0)) as u64, self.bytes);
            }
            drop(receive);
            // A damaged page may trip an assertion of the decoder; it ends its thread, not the program.
            match (decoder.join(), result) {
                (Err(_), Ok(())) => Err(damaged(first, "pages that do not decode")),
                (_, result) => result,
            }
        })
    }

    fn decode(&self, wanted: &[&str], send: &mut dyn FnMut(Result<RecordBatch, String>) -> bool) {
        let descriptor = self.metadata.metadata().file_metadata().schema_descr();
        for group in 0..self.metadata.metadata().num_row_groups() {
            // One row group at a time, so that a batch never spans two dictionaries.
            let reader = self.file.try_clone().map_err(|e| e.to_string()).and_then(|file| {
                ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                    .with_projection(ProjectionMask::columns(descriptor, wanted.iter().copied()))
                    .with_row_groups(vec![group])
                    .with_batch_size(BATCH)
                    .build()
                    .map_err(|e| e.to_string())
            });
            let reader = match reader {
                Ok(reader) => reader,
                Err(e) => {
                    send(Err(e));
                    return;
                }
            };
            for batch in reader {
                let failed = batch.is_err();
                if !send(batch.map_err(|e| e.to_string())) || failed {
                    return;
                }
            }
        }
    }
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array) -> Option<&PrimitiveArray<T>> {
    array.as_any().downcast_ref()
}

/// A number column as doubles, NaN where missing; `None` where the column is not numeric.
pub fn doubles(array: &dyn Array) -> Option<Vec<f64>> {
    fn cast<T: ArrowPrimitiveType>(array: &dyn Array, f: impl Fn(T::Native) -> f64) -> Option<Vec<f64>> {
        let array = primitive::<T>(array)?;
        let mut out: Vec<f64> = array.values().iter().map(|v| f(*v)).collect();
        if let Some(nulls) = array.nulls() {
            for (i, v) in out.iter_mut().enumerate() {
                if nulls.is_null(i) {
                    *v = f64::NAN;
                }
            }
        }
        Some(out)
    }
    match array.data_type() {
        DataType::Float64 => cast::<Float64Type>(array, |v| v),
        DataType::Float32 => cast::<Float32Type>(array, f64::from),
        DataType::Int64 => cast::<Int64Type>(array, |v| v as f64),
        DataType::Int32 => cast::<Int32Type>(array, f64::from),
        DataType::Int16 => cast::<Int16Type>(array, f64::from),
        DataType::Int8 => cast::<Int8Type>(array, f64::from),
        DataType::UInt64 => cast::<UInt64Type>(array, |v| v as f64),
        DataType::UInt32 => cast::<UInt32Type>(array, f64::from),
        DataType::UInt16 => cast::<UInt16Type>(array, f64::from),
        DataType::UInt8 => cast::<UInt8Type>(array, f64::from),
        _ => None,
    }
}

/// A day column as days since 1970; [`NO_DAY`] where missing, not midnight or not a date. `None` where the column is not of days.
pub fn days(array: &dyn Array) -> Option<Vec<i32>> {
    fn cast<T: ArrowPrimitiveType>(array: &dyn Array, f: impl Fn(T::Native) -> i32) -> Option<Vec<i32>> {
        let array = primitive::<T>(array)?;
        Some((0..array.len()).map(|i| if array.is_null(i) { NO_DAY } else { f(array.value(i)) }).collect())
    }
    let midnight = |v: i64, a_day: i64| {
        if v.rem_euclid(a_day) != 0 { NO_DAY } else { i32::try_from(v.div_euclid(a_day)).unwrap_or(NO_DAY) }
    };
    const A_DAY: i64 = 86_400;
    match array.data_type() {
        DataType::Date32 => {
            let array = primitive::<Date32Type>(array)?;
            if array.null_count() == 0 { Some(array.values().to_vec()) } else { cast::<Date32Type>(array, |v| v) }
        }
        DataType::Date64 => cast::<Date64Type>(array, |v| midnight(v, A_DAY * 1000)),
        DataType::Timestamp(TimeUnit::Second, None) => cast::<TimestampSecondType>(array, |v| midnight(v, A_DAY)),
        DataType::Timestamp(TimeUnit::Millisecond, None) => {
            cast::<TimestampMillisecondType>(array, |v| midnight(v, A_DAY * 1000))
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            cast::<TimestampMicrosecondType>(array, |v| midnight(v, A_DAY * 1_000_000))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, None) => {
            cast::<TimestampNanosecondType>(array, |v| midnight(v, A_DAY * 1_000_000_000))
        }
        _ => {
            let texts = dictionary(array)?;
            let values: Vec<i32> =
                string_values(texts).iter().map(|t| t.and_then(|t| parse_day(t.as_bytes())).map_or(NO_DAY, |d| d.0)).collect();
            Some((0..texts.len()).map(|i| texts.key(i).map_or(NO_DAY, |k| values[k])).collect())
        }
    }
}

/// What [`days`] gives where there is no day.
pub const NO_DAY: i32 = i32::MIN;

/// A text column, as every text column of these files is read.
pub fn dictionary(array: &dyn Array) -> Option<&DictionaryArray<Int32Type>> {
    array.as_any().downcast_ref()
}

/// The distinct texts of a column.
pub fn string_values(array: &DictionaryArray<Int32Type>) -> Vec<Option<&str>> {
    let values = array.values().as_any().downcast_ref::<StringArray>();
    values.map(|v| v.iter().collect()).unwrap_or_default()
}
