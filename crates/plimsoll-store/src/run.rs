//! Sorted runs of an import's rows, in memory or in a temporary file of plain columns.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use plimsoll_model::dataset::{DatasetSpec, Kind};
use rayon::prelude::*;

use crate::batch::{Batch, Values};
use crate::error::{Result, io};
use crate::resolve::MOST_FURTHER_KEYS;

/// Rows sorted by first key, period and further keys.
pub(crate) struct Run {
    data: Data,
    /// Code of each first key with its first row, in order.
    pub keys: Vec<(u32, u32)>,
    rows: u32,
}

enum Data {
    Memory(Batch),
    Disk { path: PathBuf, published: bool },
}

/// The further keys of each row as one number that sorts like them; `None` where the first key and the period are all.
pub(crate) fn further(spec: &DatasetSpec, rows: &Batch, ranks: &[Vec<u32>]) -> Option<Vec<u32>> {
    match spec.keys() {
        1 => None,
        2 => Some(rows.columns[1].codes().iter().map(|&c| ranks[1][c as usize]).collect()),
        keys => {
            let columns: Vec<(&[u32], &[u32])> = (1..keys).map(|k| (rows.columns[k].codes(), ranks[k].as_slice())).collect();
            let of = |i: usize| -> [u32; MOST_FURTHER_KEYS] {
                std::array::from_fn(|k| columns.get(k).map_or(0, |(codes, ranks)| ranks[codes[i] as usize]))
            };
            let all: Vec<[u32; MOST_FURTHER_KEYS]> = (0..rows.len()).into_par_iter().map(of).collect();
            let mut tuples = all.clone();
            tuples.par_sort_unstable();
            tuples.dedup();
            Some(all.into_par_iter().map(|of| tuples.partition_point(|t| *t < of) as u32).collect())
        }
    }
}

/// Sorts by first key, period and further keys; equal rows keep their order.
pub(crate) fn sorted(spec: &DatasetSpec, rows: Batch, ranks: &[Vec<u32>]) -> Batch {
    let first = rows.columns[0].codes();
    let further = further(spec, &rows, ranks);
    // first key, period, further keys and position in one number each, which sorts fast and is stable.
    let place = |i: usize| {
        let period = rows.period[i] as u32 ^ 0x8000_0000;
        let rest = further.as_ref().map_or(0, |f| f[i]);
        u128::from(ranks[0][first[i] as usize]) << 96 | u128::from(period) << 64 | u128::from(rest) << 32
    };
    if (1..rows.len()).all(|i| place(i - 1) <= place(i)) {
        return rows;
    }
    let mut order: Vec<u128> = (0..rows.len()).into_par_iter().map(|i| place(i) | i as u128).collect();
    order.par_sort_unstable();
    let order: Vec<u32> = order.into_iter().map(|o| o as u32).collect();
    rows.select(&order)
}

impl Run {
    /// A run of sorted rows.
    pub(crate) fn in_memory(rows: Batch) -> Run {
        let first = rows.columns[0].codes();
        let starts = (0..rows.len()).filter(|&i| i == 0 || first[i] != first[i - 1]);
        let keys = starts.map(|i| (first[i], i as u32)).collect();
        Run { keys, rows: rows.len() as u32, data: Data::Memory(rows) }
    }

    /// How many rows the `i`-th key has.
    pub(crate) fn rows_of(&self, i: usize) -> u32 {
        self.keys.get(i + 1).map_or(self.rows, |k| k.1) - self.keys[i].1
    }

    /// The rows of a range of keys.
    pub(crate) fn rows(&self, spec: &DatasetSpec, keys: Range<usize>) -> Result<Batch> {
        let at = |i: usize| self.keys.get(i).map_or(self.rows, |k| k.1) as usize;
        let range = at(keys.start)..at(keys.end);
        match &self.data {
            Data::Memory(rows) => Ok(rows.slice(range)),
            Data::Disk { path, published } => {
                let file = File::open(path).map_err(|e| io(path, e))?;
                let mut columns = Columns { file, offset: 0, rows: self.rows as usize, range };
                columns.batch(spec, *published).map_err(|e| io(path, e))
            }
        }
    }

    /// Moves the rows to a file.
    pub(crate) fn spilled(self, path: &Path) -> Result<Run> {
        let Data::Memory(rows) = self.data else { return Ok(self) };
        let write = || -> std::io::Result<()> {
            let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
            put(&mut out, &rows.period, |v| v.to_le_bytes())?;
            put(&mut out, &rows.known_at, |v| v.to_le_bytes())?;
            put(&mut out, &rows.published_at, |v| v.to_le_bytes())?;
            put(&mut out, &rows.ordinal, |v| v.to_le_bytes())?;
            for c in &rows.columns {
                match c {
                    Values::Code(v) => put(&mut out, v, |v| v.to_le_bytes())?,
                    Values::F64(v) => put(&mut out, v, |v| v.to_le_bytes())?,
                    Values::U8(v) => out.write_all(v)?,
                }
            }
            out.flush()
        };
        write().map_err(|e| io(path, e))?;
        let data = Data::Disk { path: path.to_owned(), published: !rows.published_at.is_empty() };
        Ok(Run { data, keys: self.keys, rows: self.rows })
    }
}

fn put<T: Copy, const N: usize>(out: &mut impl Write, values: &[T], bytes: impl Fn(T) -> [u8; N]) -> std::io::Result<()> {
    values.iter().try_for_each(|&v| out.write_all(&bytes(v)))
}

/// Reads a range of rows from a file of whole columns, one after the other.
struct Columns {
    file: File,
    offset: u64,
    rows: usize,
    range: Range<usize>,
}

impl Columns {
    fn next<T, const N: usize>(&mut self, value: impl Fn([u8; N]) -> T) -> std::io::Result<Vec<T>> {
        self.file.seek(SeekFrom::Start(self.offset + (self.range.start * N) as u64))?;
        let mut bytes = vec![0; self.range.len() * N];
        self.file.read_exact(&mut bytes)?;
        self.offset += (self.rows * N) as u64;
        Ok(bytes.as_chunks::<N>().0.iter().map(|&b| value(b)).collect())
    }

    fn batch(&mut self, spec: &DatasetSpec, published: bool) -> std::io::Result<Batch> {
        let mut out = Batch::empty(spec);
        out.period = self.next(i32::from_le_bytes)?;
        out.known_at = self.next(i64::from_le_bytes)?;
        if published {
            out.published_at = self.next(i64::from_le_bytes)?;
        }
        out.ordinal = self.next(u32::from_le_bytes)?;
        for (c, s) in out.columns.iter_mut().zip(spec.columns) {
            *c = match s.kind {
                Kind::Text => Values::Code(self.next(u32::from_le_bytes)?),
                Kind::F64 => Values::F64(self.next(f64::from_le_bytes)?),
                Kind::U8 => Values::U8(self.next(|b: [u8; 1]| b[0])?),
            };
        }
        Ok(out)
    }
}
