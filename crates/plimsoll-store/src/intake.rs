//! Takes the batches of one import: one dictionary for each text column, rows sorted into runs, runs beyond a bound put on disk. Rows that
//! come key by key are put aside in portions ([`crate::portion`]), each with its own dictionaries.

use std::sync::Arc;

use plimsoll_model::dataset::{DatasetSpec, Kind};
use plimsoll_model::observations::{Column, Observations};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::batch::{Batch, UNSTATED, Values};
use crate::error::Result;
use crate::portion::{Portion, recode};
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
    /// The code of a text, made if new.
    pub(crate) fn code(&mut self, text: &str) -> u32 {
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
    numbering: Arc<Vec<(u32, u64)>>,
    /// Portions put aside.
    portions: Vec<Portion>,
    /// The first keys in each of them.
    aside: FxHashMap<String, u32>,
    /// How many rows in memory make the next attempt to put a portion aside worth while.
    attempt: usize,
}

impl Intake {
    pub(crate) fn new(spec: &'static DatasetSpec) -> Intake {
        Intake {
            spec,
            interners: spec.columns.iter().map(|_| Interner::default()).collect(),
            runs: Vec::new(),
            buffer: Batch::empty(spec),
            seen: 0,
            numbering: Arc::default(),
            portions: Vec::new(),
            aside: FxHashMap::default(),
            attempt: 0,
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
        Arc::make_mut(&mut self.numbering).push((self.seen, first_row));
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

    /// Once there are `least` rows, puts those of all first keys but the last aside as a portion, where they came key by key and none of
    /// the keys is in a portion already. Says whether it did. The last key may go on in the next batch.
    pub(crate) fn put_aside(&mut self, least: usize, place: impl FnOnce() -> Result<std::path::PathBuf>) -> Result<bool> {
        let held = self.buffer.len();
        // With one key there is nothing that another row could not need again; rows that were spilled share their dictionaries.
        if held < least.max(self.attempt) || self.spec.keys() < 2 || !self.runs.is_empty() {
            return Ok(false);
        }
        let first = self.buffer.columns[0].codes();
        let starts: Vec<usize> = (0..held).filter(|&i| i == 0 || first[i] != first[i - 1]).collect();
        let mut met = FxHashSet::default();
        let alone = |i: &usize| met.insert(first[*i]) && !self.aside.contains_key(&self.interners[0].texts[first[*i] as usize]);
        let last = starts[starts.len() - 1];
        if last == 0 || !starts.iter().all(alone) {
            self.attempt = held * 2;
            return Ok(false);
        }
        self.attempt = 0;
        let number = self.portions.len() as u32;
        for &i in &starts[..starts.len() - 1] {
            self.aside.insert(self.interners[0].texts[first[i] as usize].clone(), number);
        }
        let mut rest = self.buffer.slice(last..held);
        self.buffer.keep(std::slice::from_ref(&(0..last)));
        let run = self.take_run();
        let fresh = self.spec.columns.iter().map(|_| Interner::default()).collect();
        let old = std::mem::replace(&mut self.interners, fresh);
        self.portions.push(Portion::new(run, &old, &place()?)?);
        recode(&mut rest, &old, &mut self.interners);
        self.buffer = rest;
        Ok(true)
    }

    /// The portions put aside, as intakes of their own, one at a time; call after [`Self::finish`].
    pub(crate) fn portions(&mut self) -> impl Iterator<Item = Result<Intake>> + use<> {
        let (spec, numbering) = (self.spec, self.numbering.clone());
        std::mem::take(&mut self.portions).into_iter().map(move |portion| {
            let interners = portion.interners(spec)?;
            Ok(Intake { interners, runs: vec![portion.run], numbering: numbering.clone(), ..Intake::new(spec) })
        })
    }

    /// Takes portions back whose first keys came again: their rows stand before those that came later.
    fn take_back(&mut self, place: &Temporary) -> Result<()> {
        let again: FxHashSet<u32> = self.interners[0].texts.iter().filter_map(|text| self.aside.get(text).copied()).collect();
        if again.is_empty() {
            return Ok(());
        }
        let (mut runs, mut kept) = (Vec::new(), Vec::new());
        for (n, portion) in std::mem::take(&mut self.portions).into_iter().enumerate() {
            if again.contains(&(n as u32)) {
                let rows = portion.recoded(self.spec, &mut self.interners)?;
                let ranks = self.ranks();
                let run = Run::in_memory(sorted(self.spec, rows, &ranks));
                runs.push(run.spilled(&place.file(&format!("{}-back-{n}.run", self.spec.name)))?);
            } else {
                kept.push(portion);
            }
        }
        self.portions = kept;
        runs.append(&mut self.runs);
        self.runs = runs;
        Ok(())
    }

    /// How many portions were put aside.
    pub(crate) fn aside(&self) -> usize {
        self.portions.len()
    }

    /// Sorts the rest into a last run, kept in memory, and takes back what must be sorted with it.
    pub(crate) fn finish(&mut self, place: &Temporary) -> Result<()> {
        if self.buffer.len() > 0 {
            let run = self.take_run();
            self.runs.push(run);
        }
        for i in &mut self.interners {
            i.last = None;
        }
        self.take_back(place)
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
