//! Tables for people and machines: every command that prints one also gives csv, json and parquet.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use clap::ValueEnum;
use comfy_table::{CellAlignment, Table, presets};
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::failure::Failure;

/// The form of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// An array of objects.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow, the file format of its IPC.
    Arrow,
}

/// One column.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Text.
    Text(Vec<Option<String>>),
    /// Numbers, each shown to people in a unit.
    Number(Vec<Option<f64>>, Vec<Unit>),
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Days.
    Day(Vec<Option<Day>>),
}

/// A table: named columns of one length.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    columns: Vec<(String, Cells)>,
}

impl Sheet {
    /// With a column of text; empty text is missing.
    #[must_use]
    pub fn text<S: Into<String>>(mut self, name: &str, cells: impl IntoIterator<Item = S>) -> Sheet {
        let cells = cells.into_iter().map(Into::into).map(|s: String| (!s.is_empty()).then_some(s)).collect();
        self.columns.push((name.into(), Cells::Text(cells)));
        self
    }
    /// With a column of numbers in one unit.
    #[must_use]
    pub fn number(mut self, name: &str, unit: Unit, cells: impl IntoIterator<Item = Option<f64>>) -> Sheet {
        self.columns.push((name.into(), Cells::Number(cells.into_iter().collect(), vec![unit])));
        self
    }
    /// With a column of numbers, each in a unit of its own.
    #[must_use]
    pub fn mixed(mut self, name: &str, cells: impl IntoIterator<Item = (Option<f64>, Unit)>) -> Sheet {
        let (values, units) = cells.into_iter().unzip();
        self.columns.push((name.into(), Cells::Number(values, units)));
        self
    }
    /// With a column of whole numbers.
    #[must_use]
    pub fn int(mut self, name: &str, cells: impl IntoIterator<Item = Option<i64>>) -> Sheet {
        self.columns.push((name.into(), Cells::Int(cells.into_iter().collect())));
        self
    }
    /// With a column of days.
    #[must_use]
    pub fn day(mut self, name: &str, cells: impl IntoIterator<Item = Option<Day>>) -> Sheet {
        self.columns.push((name.into(), Cells::Day(cells.into_iter().collect())));
        self
    }
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, c)| match c {
            Cells::Text(v) => v.len(),
            Cells::Number(v, _) => v.len(),
            Cells::Int(v) => v.len(),
            Cells::Day(v) => v.len(),
        })
    }

    /// Writes the table to a file or to standard output.
    pub fn write(&self, format: Format, out: Option<&Path>) -> Result<(), Failure> {
        if matches!(format, Format::Parquet | Format::Arrow) && out.is_none() && std::io::stdout().is_terminal() {
            return Err(Failure::new("this form is not for a terminal").hint("name a file with `-o FILE`"));
        }
        let bytes = match format {
            Format::Table => format!("{}\n", self.for_people(out.is_none() && std::io::stdout().is_terminal())).into_bytes(),
            machine => self.bytes(machine)?,
        };
        emit(&bytes, out)
    }

    /// The table in a form for machines; the form for people is [`Sheet::shown`].
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, Failure> {
        match format {
            Format::Table => Ok(format!("{}\n", self.for_people(false)).into_bytes()),
            Format::Csv => self.csv(),
            Format::Json => {
                let mut text = serde_json::to_vec_pretty(&self.json()).map_err(Failure::new)?;
                text.push(b'\n');
                Ok(text)
            }
            Format::Parquet => batches_to_parquet(&[self.batch()?]),
            Format::Arrow => batches_to_arrow(&[self.batch()?]),
        }
    }

    /// The columns: names and cells.
    pub fn columns(&self) -> &[(String, Cells)] {
        &self.columns
    }

    /// A cell as people read it; `None` where it is missing.
    pub fn words(&self, column: usize, row: usize) -> Option<String> {
        self.cell(column, row, true)
    }

    /// Some of the rows.
    #[must_use]
    pub fn slice(&self, offset: usize, limit: usize) -> Sheet {
        fn cut<T: Clone>(v: &[T], from: usize, to: usize) -> Vec<T> {
            v[from.min(v.len())..to.min(v.len())].to_vec()
        }
        let (from, to) = (offset, offset.saturating_add(limit));
        let columns = self.columns.iter().map(|(name, cells)| {
            let cells = match cells {
                Cells::Text(v) => Cells::Text(cut(v, from, to)),
                Cells::Number(v, units) if units.len() == 1 => Cells::Number(cut(v, from, to), units.clone()),
                Cells::Number(v, units) => Cells::Number(cut(v, from, to), cut(units, from, to)),
                Cells::Int(v) => Cells::Int(cut(v, from, to)),
                Cells::Day(v) => Cells::Day(cut(v, from, to)),
            };
            (name.clone(), cells)
        });
        Sheet { columns: columns.collect() }
    }

    fn cell(&self, c: usize, row: usize, people: bool) -> Option<String> {
        match &self.columns[c].1 {
            Cells::Text(v) => v[row].clone(),
            Cells::Number(v, units) if people => v[row].map(|x| units[row.min(units.len() - 1)].format(x)),
            Cells::Number(v, _) => v[row].map(|x| x.to_string()),
            Cells::Int(v) => v[row].map(|x| x.to_string()),
            Cells::Day(v) => v[row].map(|d| d.to_string()),
        }
    }

    /// The table for people, where several stand below each other.
    pub fn shown(&self) -> String {
        self.for_people(std::io::stdout().is_terminal())
    }

    fn for_people(&self, fit: bool) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY);
        if fit {
            table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
        }
        table.set_header(self.columns.iter().map(|(name, _)| name.as_str()));
        for row in 0..self.rows() {
            table.add_row((0..self.columns.len()).map(|c| self.cell(c, row, true).unwrap_or_else(|| "–".into())));
        }
        for (c, (_, cells)) in self.columns.iter().enumerate() {
            if matches!(cells, Cells::Number(..) | Cells::Int(_))
                && let Some(column) = table.column_mut(c)
            {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.to_string()
    }

    fn csv(&self) -> Result<Vec<u8>, Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|c| c.0.as_str())).map_err(Failure::new)?;
        for row in 0..self.rows() {
            let record = (0..self.columns.len()).map(|c| self.cell(c, row, false).unwrap_or_default());
            writer.write_record(record).map_err(Failure::new)?;
        }
        writer.into_inner().map_err(Failure::new)
    }

    /// An array of objects.
    pub fn json(&self) -> serde_json::Value {
        let row = |r: usize| {
            let fields = self.columns.iter().map(|(name, cells)| {
                let value = match cells {
                    Cells::Text(v) => v[r].clone().into(),
                    Cells::Number(v, _) => v[r].into(),
                    Cells::Int(v) => v[r].into(),
                    Cells::Day(v) => v[r].map(|d| d.to_string()).into(),
                };
                (name.clone(), value)
            });
            serde_json::Value::Object(fields.collect())
        };
        (0..self.rows()).map(row).collect()
    }

    fn batch(&self) -> Result<RecordBatch, Failure> {
        let arrays: Vec<ArrayRef> = self
            .columns
            .iter()
            .map(|(_, cells)| match cells {
                Cells::Text(v) => Arc::new(StringArray::from(v.clone())) as ArrayRef,
                Cells::Number(v, _) => Arc::new(Float64Array::from(v.clone())),
                Cells::Int(v) => Arc::new(Int64Array::from(v.clone())),
                Cells::Day(v) => Arc::new(Date32Array::from_iter(v.iter().map(|d| d.map(|d| d.0)))),
            })
            .collect();
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|(name, cells)| {
                let kind = match cells {
                    Cells::Text(_) => DataType::Utf8,
                    Cells::Number(..) => DataType::Float64,
                    Cells::Int(_) => DataType::Int64,
                    Cells::Day(_) => DataType::Date32,
                };
                Field::new(name, kind, true)
            })
            .collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(Failure::new)
    }
}

/// Record batches of one schema as a Parquet file.
pub fn batches_to_parquet(batches: &[RecordBatch]) -> Result<Vec<u8>, Failure> {
    let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), schema, None).map_err(Failure::new)?;
    for batch in batches {
        writer.write(batch).map_err(Failure::new)?;
    }
    writer.into_inner().map_err(Failure::new)
}

/// Record batches of one schema as an Arrow file.
pub fn batches_to_arrow(batches: &[RecordBatch]) -> Result<Vec<u8>, Failure> {
    let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    let mut writer = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &schema).map_err(Failure::new)?;
    for batch in batches {
        writer.write(batch).map_err(Failure::new)?;
    }
    writer.finish().and_then(|()| writer.into_inner()).map_err(Failure::new)
}

/// Writes bytes to a file (whole or not at all) or to standard output; a closed pipe is not an error.
pub fn emit(bytes: &[u8], out: Option<&Path>) -> Result<(), Failure> {
    match out {
        Some(path) => write_whole(path, bytes),
        None => match std::io::stdout().lock().write_all(bytes) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(e)),
            _ => Ok(()),
        },
    }
}

/// Writes a file beside its place and moves it there, so that a reader never sees half of it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut partial: PathBuf = path.to_owned();
    partial.as_mut_os_string().push(".tmp");
    std::fs::write(&partial, bytes)
        .and_then(|()| std::fs::rename(&partial, path))
        .map_err(|e| Failure::new(format!("{}: {e}", path.display())).hint("is the folder there, and may you write to it?"))
}
