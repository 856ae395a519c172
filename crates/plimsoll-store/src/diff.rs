//! Compares the rows of an import with what is stored: new, unchanged or a revision. Both sides are sorted, so it is a merge.

use std::sync::Arc;

use plimsoll_model::dataset::DatasetSpec;

use crate::batch::{Batch, Values};
use crate::intake::Interner;
use crate::read::Chunk;

/// What a row is beside what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No vintage of its key is stored.
    New,
    /// Its values are those in force at the moment it would become known.
    Unchanged,
    /// It is a further vintage.
    Revised,
}

const NOWHERE: u32 = u32::MAX;

/// One side of the comparison: rows sorted by first key, period and further keys, with dictionary and ranks.
pub(crate) struct Incoming<'a> {
    pub spec: &'a DatasetSpec,
    pub rows: &'a Batch,
    pub interners: &'a [Interner],
    pub ranks: &'a [Vec<u32>],
}

impl Incoming<'_> {
    /// The outcome of every row. `stored` holds the chunks with the same first keys and periods in the order of import;
    /// `known_at` says when a row would become known as a revision.
    pub(crate) fn compare(&self, stored: &[Chunk], known_at: impl Fn(usize) -> i64) -> Vec<Outcome> {
        let n = self.rows.len();
        let first = self.rows.columns[0].codes();
        let mut starts = vec![(0u32, 0u32); self.interners[0].texts.len()];
        let mut i = 0;
        while i < n {
            let mut to = i + 1;
            while to < n && first[to] == first[i] {
                to += 1;
            }
            starts[first[i] as usize] = (i as u32, to as u32);
            i = to;
        }
        let maps: Vec<Vec<Vec<u32>>> = stored.iter().map(|c| self.translate(&c.dictionaries)).collect();
        let mut exists = vec![false; n];
        // For each row, the stored row in force at the moment it would become known.
        let mut in_force: Vec<(u32, u32, i64)> = vec![(NOWHERE, 0, i64::MIN); n];
        for (c, chunk) in stored.iter().enumerate() {
            self.walk(chunk, &maps[c], &starts, |mine, theirs| {
                exists[mine] = true;
                let known = chunk.rows.known_at[theirs];
                let at = &mut in_force[mine];
                if known <= known_at(mine) && (at.0 == NOWHERE || known >= at.2) {
                    *at = (c as u32, theirs as u32, known);
                }
            });
        }
        let outcome = |i: usize| {
            let (c, row, _) = in_force[i];
            if !exists[i] {
                Outcome::New
            } else if c != NOWHERE && self.equal(i, &stored[c as usize].rows, row as usize, &maps[c as usize]) {
                Outcome::Unchanged
            } else {
                Outcome::Revised
            }
        };
        (0..n).map(outcome).collect()
    }

    /// Codes of a chunk's dictionaries as codes here.
    fn translate(&self, dictionaries: &[Option<Arc<Vec<String>>>]) -> Vec<Vec<u32>> {
        let one = |(d, interner): (&Option<Arc<Vec<String>>>, &Interner)| match d {
            Some(d) => d.iter().map(|t| interner.get(t).unwrap_or(NOWHERE)).collect(),
            None => Vec::new(),
        };
        dictionaries.iter().zip(self.interners).map(one).collect()
    }

    /// Calls `found` for every pair of rows, ours and the chunk's, with one key and period.
    fn walk(&self, chunk: &Chunk, maps: &[Vec<u32>], starts: &[(u32, u32)], mut found: impl FnMut(usize, usize)) {
        let keys = self.spec.keys();
        let theirs = chunk.rows.columns[0].codes();
        let my_rank = &|row: usize, k: usize| self.ranks[k][self.rows.columns[k].codes()[row] as usize];
        let (mut at, mut to) = (0usize, 0usize);
        for row in 0..chunk.rows.len() {
            if row == 0 || theirs[row] != theirs[row - 1] {
                let code = maps[0][theirs[row] as usize];
                (at, to) = match starts.get(code as usize) {
                    Some(&(a, b)) => (a as usize, b as usize),
                    None => (0, 0),
                };
            }
            let period = chunk.rows.period[row];
            while at < to && self.rows.period[at] < period {
                at += 1;
            }
            if at == to || self.rows.period[at] != period {
                continue;
            }
            if keys == 1 {
                found(at, row);
                continue;
            }
            // A further key that we do not have cannot match, and must not move our place.
            let further: Option<Vec<u32>> = (1..keys)
                .map(|k| {
                    let code = maps[k][chunk.rows.columns[k].codes()[row] as usize];
                    (code != NOWHERE).then(|| self.ranks[k][code as usize])
                })
                .collect();
            let Some(further) = further else { continue };
            let mine = |at: usize| (1..keys).map(move |k| my_rank(at, k));
            while at < to && self.rows.period[at] == period && mine(at).lt(further.iter().copied()) {
                at += 1;
            }
            if at < to && self.rows.period[at] == period && mine(at).eq(further.iter().copied()) {
                found(at, row);
            }
        }
    }

    fn equal(&self, mine: usize, stored: &Batch, theirs: usize, maps: &[Vec<u32>]) -> bool {
        (self.spec.keys()..self.spec.columns.len()).all(|c| match (&self.rows.columns[c], &stored.columns[c]) {
            (Values::Code(a), Values::Code(b)) => a[mine] == maps[c][b[theirs] as usize],
            (Values::F64(a), Values::F64(b)) => same(a[mine], b[theirs]),
            (Values::U8(a), Values::U8(b)) => a[mine] == b[theirs],
            _ => unreachable!("both follow one specification"),
        })
    }
}

/// Equal values, where two missing ones are equal.
pub(crate) fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// The first column in which two rows of a batch differ, from column `from` on.
pub(crate) fn differing(rows: &Batch, from: usize, a: usize, b: usize) -> Option<usize> {
    (from..rows.columns.len()).find(|&c| match &rows.columns[c] {
        Values::Code(v) => v[a] != v[b],
        Values::F64(v) => !same(v[a], v[b]),
        Values::U8(v) => v[a] != v[b],
    })
}
