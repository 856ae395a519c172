//! Takes the batches of one import: one dictionary for each text column, rows sorted into runs, runs beyond a bound put on disk.

use std::sync::Arc;

use plimsoll_model::dataset::{DatasetSpec, Kind};
use plimsoll_model::observations::{Column, Observations};
use rustc_hash::FxHashMap;

use crate::batch::{Batch, UNSTATED, Values};
use crate::error::Result;
use crate::run::{Run, sorted};
use crate::temporary::Temporary;

/// One text column's dictionary.
#[derive(Default)]
pub(crate) struct Interner {
    pub texts: Vec<String>,
    index: FxHashMap<String, u32>,
    /// The dictionary met last, with its codes here: readers tend to share one over many batches.
    last: Option<(Arc<Vec<String>>, Vec<u32>)>,
}

const UNSEEN: u32 = u32::MAX;

impl Interner {
    /// The code of a text that was met.
    pub(crate) fn get(&self, text: &str) -> Option<u32> {
        self.index.get(text).copied()
    }
    fn code(&mut self, text: &str) -> u32 {
        if let Some(&c) = self.index.get(text) {
            return c;
        }
        let c = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.index.insert(text.to_owned(), c);
        c
    }
    fn translate(&mut self, codes: Vec<u32>, dict: &Arc<Vec<String>>) -> Vec<u32> {
        let mut map = match self.last.take() {
            Some((known, map)) if Arc::ptr_eq(&known, dict) => map,
            _ => vec![UNSEEN; dict.len()],
        };
        let mut codes = codes;
        for c in &mut codes {
            let m = &mut map[*c as usize];
            if *m == UNSEEN {
                *m = self.code(&dict[*c as usize]);
            }
            *c = *m;
        }
        self.last = Some((dict.clone(), map));
        codes
    }
    /// The place of each code in the order of the texts.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.texts[a as usize].cmp(&self.texts[b as usize]));
        let mut ranks = vec![0; order.len()];
        for (rank, &code) in order.iter().enumerate() {
            ranks[code as usize] = rank as u32;
        }
        ranks
    }
}

/// The rows of one dataset in one import.
pub(crate) struct Intake {
    pub spec: &'static DatasetSpec,
    /// One for each column; those of other kinds stay empty.
    pub interners: Vec<Interner>,
    pub runs: Vec<Run>,
    buffer: Batch,
    seen: u32,
    /// From which ordinal on rows of the file are numbered from which row on.
    numbering: Vec<(u32, u64)>,
}

impl Intake {
    pub(crate) fn new(spec: &'static DatasetSpec) -> Intake {
        Intake {
            spec,
            interners: spec.columns.iter().map(|_| Interner::default()).collect(),
            runs: Vec::new(),
            buffer: Batch::empty(spec),
            seen: 0,
            numbering: Vec::new(),
        }
    }

    /// Takes rows; the first of them is row `first_row` of the file.
    pub(crate) fn append(&mut self, rows: Observations, first_row: u64) {
        let n = rows.len() as u32;
        let mut columns = Vec::with_capacity(rows.columns.len());
        for (i, c) in rows.columns.into_iter().enumerate() {
            columns.push(match c {
                Column::Text(t) => Values::Code(self.interners[i].translate(t.codes, &t.dict)),
                Column::F64(v) => Values::F64(v),
                Column::U8(v) => Values::U8(v),
            });
        }
        self.numbering.push((self.seen, first_row));
        let published_at = rows.published_at.filter(|p| p.iter().any(|v| *v != UNSTATED)).unwrap_or_default();
        self.buffer.append(Batch {
            period: rows.period,
            known_at: rows.known_at,
            published_at,
            ordinal: (self.seen..self.seen + n).collect(),
            columns,
        });
        self.seen += n;
    }

    /// The next row's number where the caller does not count.
    pub(crate) fn next_row(&self) -> u64 {
        u64::from(self.seen) + 1
    }

    /// Row of the file by ordinal.
    pub(crate) fn row(&self, ordinal: u32) -> u64 {
        let i = self.numbering.partition_point(|(o, _)| *o <= ordinal) - 1;
        let (from, row) = self.numbering[i];
        row + u64::from(ordinal - from)
    }

    /// Rows in memory.
    pub(crate) fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Sorts what is in memory into a run and puts it on disk.
    pub(crate) fn spill(&mut self, place: &Temporary) -> Result<()> {
        let path = place.file(&format!("{}-{}.run", self.spec.name, self.runs.len()));
        let run = self.take_run();
        self.runs.push(run.spilled(&path)?);
        Ok(())
    }

    /// Sorts the rest into a last run, kept in memory.
    pub(crate) fn finish(&mut self) {
        if self.buffer.len() > 0 {
            let run = self.take_run();
            self.runs.push(run);
        }
        for i in &mut self.interners {
            i.last = None;
        }
    }

    /// The rows so far, which must have come sorted.
    pub(crate) fn take_rows(&mut self) -> Batch {
        std::mem::replace(&mut self.buffer, Batch::empty(self.spec))
    }

    fn take_run(&mut self) -> Run {
        let buffer = std::mem::replace(&mut self.buffer, Batch::empty(self.spec));
        let ranks = self.ranks();
        Run::in_memory(sorted(self.spec, buffer, &ranks))
    }

    /// The ranks of the codes of each key column.
    pub(crate) fn ranks(&self) -> Vec<Vec<u32>> {
        self.spec
            .columns
            .iter()
            .zip(&self.interners)
            .take(self.spec.keys())
            .map(|(c, i)| if c.kind == Kind::Text { i.ranks() } else { unreachable!("keys are text") })
            .collect()
    }
}
