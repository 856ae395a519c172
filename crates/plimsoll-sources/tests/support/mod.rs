//! A sink that keeps everything, and makers of small files.
#![allow(dead_code)]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
use flate2::Compression as Level;
use flate2::write::DeflateEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::{Reader, Sink, SinkClosed, SourceError, recognise};

pub struct Kept {
    pub rows: Vec<Observations>,
    pub refused: Vec<Refusal>,
    pub defects: Vec<Defect>,
    pub missing: u64,
    pub now: Moment,
}

impl Default for Kept {
    fn default() -> Kept {
        Kept { rows: Vec::new(), refused: Vec::new(), defects: Vec::new(), missing: 0, now: Moment::MAX }
    }
}

impl Sink for Kept {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        assert!(!rows.is_empty(), "a batch without rows");
        self.rows.push(rows);
        Ok(())
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.refused.push(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.defects.push(defect);
    }
    fn progress(&mut self, done: u64, total: u64) {
        assert!(done <= total, "{done} of {total}");
    }
    fn missing(&mut self, values: u64) {
        self.missing += values;
    }
    fn now(&self) -> Moment {
        self.now
    }
}

impl Kept {
    pub fn taken(&self) -> usize {
        self.rows.iter().map(Observations::len).sum()
    }
    pub fn accounted(&self) -> usize {
        self.taken() + self.refused.len() + self.missing as usize
    }
    pub fn rules(&self) -> Vec<(&str, u64, &str)> {
        self.refused.iter().map(|r| (r.rule.as_str(), r.row, r.field.as_str())).collect()
    }
    pub fn defect(&self, rule: &str) -> Vec<&Defect> {
        self.defects.iter().filter(|d| d.rule == rule).collect()
    }
    /// Values of a series in the order they came.
    pub fn series(&self, id: &str) -> Vec<(Day, f64)> {
        let mut out = Vec::new();
        for batch in self.rows.iter().filter(|b| b.dataset == Dataset::Series) {
            for i in 0..batch.len() {
                if batch.text("series").get(i) == id {
                    out.push((Day(batch.period[i]), batch.f64("value")[i]));
                }
            }
        }
        out
    }
    pub fn known(&self, id: &str) -> Vec<(Day, Moment)> {
        let mut out = Vec::new();
        for batch in &self.rows {
            for i in 0..batch.len() {
                if batch.text(batch.names[0]).get(i) == id {
                    out.push((Day(batch.period[i]), Moment(batch.known_at[i])));
                }
            }
        }
        out
    }
    /// Every row as text, but for the order: period, moment of knowledge, texts, numbers, flags.
    pub fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        for b in &self.rows {
            for i in 0..b.len() {
                out.push(format!("{} {} {}", Day(b.period[i]), Moment(b.known_at[i]), row(b, i)));
            }
        }
        out.sort();
        out
    }
}

fn row(b: &Observations, i: usize) -> String {
    use plimsoll_model::observations::Column::{F64, Text, U8};
    let cell = |c: &plimsoll_model::observations::Column| match c {
        Text(t) => t.get(i).to_owned(),
        F64(v) => v[i].to_string(),
        U8(v) => v[i].to_string(),
    };
    b.columns.iter().map(cell).collect::<Vec<_>>().join(" ")
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Recognises and reads; the file must be recognised.
pub fn read(path: &Path) -> (Result<(), SourceError>, Kept) {
    read_with(recognise(path).unwrap(), path, Moment::MAX)
}

pub fn read_with(reader: &dyn Reader, path: &Path, now: Moment) -> (Result<(), SourceError>, Kept) {
    let mut sink = Kept { now, ..Kept::default() };
    let result = reader.read(path, &mut sink);
    (result, sink)
}

/// A text file under a name, read.
pub fn text(name: &str, content: impl AsRef<[u8]>) -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let (result, kept) = read(&write(folder.path(), name, content));
    result.unwrap();
    kept
}

/// One row of a screener panel.
#[derive(Clone, Debug)]
pub struct Bar(pub i32, pub &'static str, pub f64, pub f64, pub f64, pub f64);

pub fn bar(date: &str, symbol: &'static str, close: f64, pct: f64, cap: f64) -> Bar {
    Bar(day(date).0, symbol, close, pct, 1000.0, cap)
}

pub fn panel(path: &Path, bars: &[Bar]) {
    let column = |f: fn(&Bar) -> f64| Arc::new(bars.iter().map(f).collect::<Float64Array>()) as ArrayRef;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("market_cap", column(|b| b.5)),
        ("date", Arc::new(Date32Array::from(bars.iter().map(|b| b.0).collect::<Vec<_>>()))),
        ("symbol", Arc::new(bars.iter().map(|b| Some(b.1)).collect::<StringArray>())),
        ("exchange", Arc::new(bars.iter().map(|_| Some("nyse")).collect::<StringArray>())),
        ("close", column(|b| b.2)),
        ("pct_change", column(|b| b.3)),
        ("volume", column(|b| b.4)),
    ];
    parquet(path, columns);
}

pub fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    // Compressed, as publishers' files are: damage then shows.
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// An archive of deflated files.
pub fn zip(path: &Path, files: &[(&str, &[u8])]) {
    let mut archive = rawzip::ZipArchiveWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in files {
        let (mut entry, config) = archive.new_file(*name).compression_method(rawzip::CompressionMethod::DEFLATE).start().unwrap();
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Level::fast()));
        writer.write_all(bytes).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
}
