//! Rows in columns, as they move between readers, runs, segments and answers. Text is codes into a dictionary kept elsewhere.

use std::ops::Range;

use plimsoll_model::dataset::{DatasetSpec, Kind};

/// What stands for "not stated" in `published_at`.
pub(crate) const UNSTATED: i64 = i64::MIN;

/// One column.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    Code(Vec<u32>),
    F64(Vec<f64>),
    U8(Vec<u8>),
}

impl Values {
    pub(crate) fn empty(kind: Kind) -> Values {
        match kind {
            Kind::Text => Values::Code(Vec::new()),
            Kind::F64 => Values::F64(Vec::new()),
            Kind::U8 => Values::U8(Vec::new()),
        }
    }
    pub(crate) fn codes(&self) -> &[u32] {
        match self {
            Values::Code(c) => c,
            _ => unreachable!("the specification says text"),
        }
    }
    fn select(&self, rows: &[u32]) -> Values {
        match self {
            Values::Code(v) => Values::Code(pick(v, rows)),
            Values::F64(v) => Values::F64(pick(v, rows)),
            Values::U8(v) => Values::U8(pick(v, rows)),
        }
    }
    fn slice(&self, r: Range<usize>) -> Values {
        match self {
            Values::Code(v) => Values::Code(v[r].to_vec()),
            Values::F64(v) => Values::F64(v[r].to_vec()),
            Values::U8(v) => Values::U8(v[r].to_vec()),
        }
    }
    fn append(&mut self, other: &mut Values) {
        match (self, other) {
            (Values::Code(a), Values::Code(b)) => join(a, b),
            (Values::F64(a), Values::F64(b)) => join(a, b),
            (Values::U8(a), Values::U8(b)) => join(a, b),
            _ => unreachable!("both follow one specification"),
        }
    }
    pub(crate) fn keep(&mut self, ranges: &[Range<usize>]) {
        match self {
            Values::Code(v) => keep(v, ranges),
            Values::F64(v) => keep(v, ranges),
            Values::U8(v) => keep(v, ranges),
        }
    }
}

fn pick<T: Copy>(v: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&i| v[i as usize]).collect()
}

/// Appends, or moves where there is nothing to append to.
fn join<T>(a: &mut Vec<T>, b: &mut Vec<T>) {
    if a.is_empty() { std::mem::swap(a, b) } else { a.append(b) }
}

/// Keeps ascending, disjoint ranges in place.
fn keep<T: Copy>(v: &mut Vec<T>, ranges: &[Range<usize>]) {
    let mut at = 0;
    for r in ranges {
        v.copy_within(r.clone(), at);
        at += r.len();
    }
    v.truncate(at);
}

/// Rows of one dataset. `known_at` and `published_at` in microseconds, `period` in days; `ordinal` counts the rows of an import in
/// the order of the file and is empty elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub period: Vec<i32>,
    pub known_at: Vec<i64>,
    /// Empty where no row states it.
    pub published_at: Vec<i64>,
    pub ordinal: Vec<u32>,
    pub columns: Vec<Values>,
}

impl Batch {
    pub(crate) fn empty(spec: &DatasetSpec) -> Batch {
        Batch {
            period: Vec::new(),
            known_at: Vec::new(),
            published_at: Vec::new(),
            ordinal: Vec::new(),
            columns: spec.columns.iter().map(|c| Values::empty(c.kind)).collect(),
        }
    }
    pub(crate) fn len(&self) -> usize {
        self.period.len()
    }
    pub(crate) fn select(&self, rows: &[u32]) -> Batch {
        let optional = |v: &[i64]| if v.is_empty() { Vec::new() } else { pick(v, rows) };
        Batch {
            period: pick(&self.period, rows),
            known_at: pick(&self.known_at, rows),
            published_at: optional(&self.published_at),
            ordinal: if self.ordinal.is_empty() { Vec::new() } else { pick(&self.ordinal, rows) },
            columns: self.columns.iter().map(|c| c.select(rows)).collect(),
        }
    }
    pub(crate) fn slice(&self, r: Range<usize>) -> Batch {
        Batch {
            period: self.period[r.clone()].to_vec(),
            known_at: self.known_at[r.clone()].to_vec(),
            published_at: if self.published_at.is_empty() { Vec::new() } else { self.published_at[r.clone()].to_vec() },
            ordinal: if self.ordinal.is_empty() { Vec::new() } else { self.ordinal[r.clone()].to_vec() },
            columns: self.columns.iter().map(|c| c.slice(r.clone())).collect(),
        }
    }
    /// Appends the rows of `other`, whose codes must be of the same dictionaries.
    pub(crate) fn append(&mut self, mut other: Batch) {
        if self.published_at.is_empty() != other.published_at.is_empty() {
            self.published_at.resize(self.period.len(), UNSTATED);
            other.published_at.resize(other.period.len(), UNSTATED);
        }
        join(&mut self.published_at, &mut other.published_at);
        join(&mut self.period, &mut other.period);
        join(&mut self.known_at, &mut other.known_at);
        join(&mut self.ordinal, &mut other.ordinal);
        for (a, b) in self.columns.iter_mut().zip(&mut other.columns) {
            a.append(b);
        }
    }
    /// Keeps the rows of ascending, disjoint ranges.
    pub(crate) fn keep(&mut self, ranges: &[Range<usize>]) {
        if let [all] = ranges
            && all.len() == self.len()
        {
            return;
        }
        if !self.published_at.is_empty() {
            keep(&mut self.published_at, ranges);
        }
        if !self.ordinal.is_empty() {
            keep(&mut self.ordinal, ranges);
        }
        for c in &mut self.columns {
            c.keep(ranges);
        }
        keep(&mut self.known_at, ranges);
        keep(&mut self.period, ranges);
    }
}

/// The rows that pass, as ascending, disjoint, maximal ranges.
pub(crate) fn ranges(len: usize, pass: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut i = 0;
    while i < len {
        if !pass(i) {
            i += 1;
            continue;
        }
        let start = i;
        while i < len && pass(i) {
            i += 1;
        }
        out.push(start..i);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_maximal_and_keep_follows_them() {
        let pass = [false, true, true, false, true];
        let r = ranges(5, |i| pass[i]);
        assert_eq!(r, vec![1..3, 4..5]);
        let mut v = vec![10, 11, 12, 13, 14];
        keep(&mut v, &r);
        assert_eq!(v, vec![11, 12, 14]);
        assert!(ranges(3, |_| false).is_empty());
    }

    #[test]
    fn a_batch_without_published_joins_one_with() {
        let spec = plimsoll_model::dataset::Dataset::Series.spec();
        let row = |published: Vec<i64>| Batch {
            period: vec![1],
            known_at: vec![2],
            published_at: published,
            ordinal: vec![],
            columns: vec![Values::Code(vec![0]), Values::F64(vec![1.0]), Values::U8(vec![0])],
        };
        let mut b = Batch::empty(spec);
        b.append(row(vec![]));
        b.append(row(vec![7]));
        b.append(row(vec![]));
        assert_eq!(b.published_at, vec![UNSTATED, 7, UNSTATED]);
        assert_eq!(b.len(), 3);
    }
}
