//! Puts the rows of many segments into one order and keeps, of each key and period, the latest vintage, or every one where the scan
//! asks for them.
//!
//! Within a segment rows are sorted and keys are unique. Where the segments that hold a key have disjoint periods, which is nearly
//! always, whole runs are copied; only where they overlap are rows compared one by one.

use std::sync::Arc;

use plimsoll_model::dataset::{DatasetSpec, Kind};
use plimsoll_model::observations::{Column, Observations, STANDS, TextColumn};
use rayon::prelude::*;

use crate::batch::Values;
use crate::read::Chunk;

/// How many keys beyond the first a dataset may have.
pub(crate) const MOST_FURTHER_KEYS: usize = 4;

/// Consecutive rows of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub chunk: u32,
    pub start: u32,
    pub end: u32,
    /// When a later vintage replaced the rows.
    pub until: i64,
}

/// Rows of one first key in one chunk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct KeyRun {
    rank: u32,
    first: i32,
    segment: u32,
    chunk: u32,
    start: u32,
    end: u32,
    last: i32,
}

/// The rows of an answer in their order, and one dictionary for each text column.
pub(crate) struct Plan {
    pub pieces: Vec<Piece>,
    dictionaries: Vec<Option<Vec<String>>>,
    /// By column and chunk: each code as a code of the common dictionary.
    maps: Vec<Vec<Vec<u32>>>,
    /// Where the pieces hold every vintage, the source of each chunk's rows as a code, and the sources.
    vintages: Option<(Vec<u32>, Vec<String>)>,
}

/// Where a chunk's rows come from.
pub(crate) struct Origin<'a> {
    /// Source of each segment.
    pub sources: &'a [&'a str],
    /// Whether every vintage is wanted.
    pub vintages: bool,
}

/// Makes the plan. Chunks stand in the order of import, and within a segment in the order of its rows.
pub(crate) fn plan(spec: &DatasetSpec, chunks: &[Chunk], origin: &Origin<'_>) -> Plan {
    let mut dictionaries = Vec::new();
    let mut maps = Vec::new();
    for c in 0..spec.columns.len() {
        let (dictionary, map) = unify(chunks, c);
        dictionaries.push(dictionary);
        maps.push(map);
    }
    let mut runs: Vec<KeyRun> = chunks.par_iter().enumerate().flat_map_iter(|(c, chunk)| key_runs(c, chunk, &maps[0])).collect();
    runs.par_sort_unstable();
    let mut order: Vec<&str> = origin.sources.to_vec();
    order.sort_unstable();
    order.dedup();
    let sources: Vec<u32> = origin.sources.iter().map(|s| order.partition_point(|o| o < s) as u32).collect();
    let merge = Merge { spec, chunks, maps: &maps, sources: &sources, vintages: origin.vintages };
    let groups: Vec<&[KeyRun]> = runs.chunk_by(|a, b| a.rank == b.rank).collect();
    let lists: Vec<Vec<Piece>> = groups.par_chunks(512).map(|groups| merge.groups(groups)).collect();
    let mut pieces: Vec<Piece> = Vec::new();
    for p in lists.into_iter().flatten() {
        push(&mut pieces, p);
    }
    let of = |chunk: &Chunk| sources[chunk.segment];
    let vintages = origin.vintages.then(|| (chunks.iter().map(of).collect(), order.iter().map(|s| (*s).to_owned()).collect()));
    Plan { pieces, dictionaries, maps, vintages }
}

fn push(pieces: &mut Vec<Piece>, p: Piece) {
    match pieces.last_mut() {
        Some(l) if l.chunk == p.chunk && l.end == p.start && l.until == p.until => l.end = p.end,
        _ => pieces.push(p),
    }
}

fn used(chunk: &Chunk, column: usize, entries: usize) -> Vec<bool> {
    let mut used = vec![false; entries];
    for &c in chunk.rows.columns[column].codes() {
        used[c as usize] = true;
    }
    used
}

/// One sorted dictionary of the texts that occur in a column, and each chunk's codes as codes of it.
fn unify(chunks: &[Chunk], column: usize) -> (Option<Vec<String>>, Vec<Vec<u32>>) {
    if chunks.iter().all(|c| c.dictionaries[column].is_none()) {
        return (None, Vec::new());
    }
    let entries = |(c, chunk): (usize, &Chunk)| -> Vec<(&str, u32, u32)> {
        let Some(d) = &chunk.dictionaries[column] else { return Vec::new() };
        // The dictionary outlives the closure with its chunk.
        let used = used(chunk, column, d.len());
        let texts = chunks[c].dictionaries[column].as_ref().expect("seen above");
        texts.iter().enumerate().filter(|(i, _)| used[*i]).map(|(i, t)| (t.as_str(), c as u32, i as u32)).collect()
    };
    let lists: Vec<Vec<(&str, u32, u32)>> = chunks.par_iter().enumerate().map(entries).collect();
    let mut all = lists.concat();
    all.par_sort_unstable();
    let mut dictionary: Vec<String> = Vec::new();
    let mut maps: Vec<Vec<u32>> =
        chunks.iter().map(|c| vec![u32::MAX; c.dictionaries[column].as_ref().map_or(0, |d| d.len())]).collect();
    for (text, chunk, code) in all {
        if dictionary.last().is_none_or(|l| l != text) {
            dictionary.push(text.to_owned());
        }
        maps[chunk as usize][code as usize] = dictionary.len() as u32 - 1;
    }
    (Some(dictionary), maps)
}

fn key_runs(c: usize, chunk: &Chunk, maps: &[Vec<u32>]) -> Vec<KeyRun> {
    let codes = chunk.rows.columns[0].codes();
    let mut out = Vec::new();
    let mut start = 0;
    while start < codes.len() {
        let mut end = start + 1;
        while end < codes.len() && codes[end] == codes[start] {
            end += 1;
        }
        out.push(KeyRun {
            rank: maps[c][codes[start] as usize],
            first: chunk.rows.period[start],
            segment: chunk.segment as u32,
            chunk: c as u32,
            start: start as u32,
            end: end as u32,
            last: chunk.rows.period[end - 1],
        });
        start = end;
    }
    out
}

struct Merge<'a> {
    spec: &'a DatasetSpec,
    chunks: &'a [Chunk],
    maps: &'a [Vec<Vec<u32>>],
    sources: &'a [u32],
    vintages: bool,
}

impl Merge<'_> {
    fn groups(&self, groups: &[&[KeyRun]]) -> Vec<Piece> {
        let mut out = Vec::new();
        for runs in groups {
            let apart = |p: &[KeyRun]| p[0].last < p[1].first || (p[0].segment == p[1].segment && p[0].chunk < p[1].chunk);
            if runs.windows(2).all(apart) {
                for r in *runs {
                    push(&mut out, Piece { chunk: r.chunk, start: r.start, end: r.end, until: STANDS });
                }
            } else {
                self.rows(runs, &mut out);
            }
        }
        out
    }

    /// Compares rows of one first key one by one.
    fn rows(&self, runs: &[KeyRun], out: &mut Vec<Piece>) {
        struct Entry {
            key: (i32, [u32; MOST_FURTHER_KEYS], u32),
            vintage: (i64, u32),
            chunk: u32,
            row: u32,
        }
        let mut entries = Vec::with_capacity(runs.iter().map(|r| (r.end - r.start) as usize).sum());
        for r in runs {
            let chunk = &self.chunks[r.chunk as usize];
            for row in r.start as usize..r.end as usize {
                let mut further = [0; MOST_FURTHER_KEYS];
                for k in 1..self.spec.keys() {
                    further[k - 1] = self.maps[k][r.chunk as usize][chunk.rows.columns[k].codes()[row] as usize];
                }
                entries.push(Entry {
                    key: (chunk.rows.period[row], further, self.sources[r.segment as usize]),
                    vintage: (chunk.rows.known_at[row], r.segment),
                    chunk: r.chunk,
                    row: row as u32,
                });
            }
        }
        entries.sort_unstable_by_key(|e| (e.key, e.vintage));
        for (i, e) in entries.iter().enumerate() {
            // Of two known at one moment, the one imported later counts.
            let next = entries.get(i + 1).filter(|next| next.key == e.key);
            if next.is_none_or(|next| self.vintages && next.vintage.0 > e.vintage.0) {
                let until = next.map_or(STANDS, |next| next.vintage.0);
                push(out, Piece { chunk: e.chunk, start: e.row, end: e.row + 1, until });
            }
        }
    }
}

/// One output column to be filled, with the same column of every chunk. A job lets go of its input when it is done, so that an
/// answer and what it is made from are not in memory twice.
enum Job {
    Period(Vec<Vec<i32>>),
    KnownAt(Vec<Vec<i64>>),
    Column(usize, Vec<Values>),
}

enum Filled {
    Period(Vec<i32>),
    KnownAt(Vec<i64>),
    Column(Column),
}

impl Plan {
    pub(crate) fn rows(&self) -> usize {
        self.pieces.iter().map(|p| (p.end - p.start) as usize).sum()
    }

    /// The answer with the columns named.
    pub(crate) fn gather(&self, spec: &'static DatasetSpec, mut chunks: Vec<Chunk>, names: Vec<&'static str>) -> Observations {
        let mut jobs = vec![
            Job::Period(chunks.iter_mut().map(|c| std::mem::take(&mut c.rows.period)).collect()),
            Job::KnownAt(chunks.iter_mut().map(|c| std::mem::take(&mut c.rows.known_at)).collect()),
        ];
        for name in &names {
            let i = spec.column(name).expect("wanted columns are of the specification");
            let empty = || Values::empty(spec.columns[i].kind);
            jobs.push(Job::Column(i, chunks.iter_mut().map(|c| std::mem::replace(&mut c.rows.columns[i], empty())).collect()));
        }
        drop(chunks);
        let filled: Vec<Filled> = jobs
            .into_par_iter()
            .with_max_len(1)
            .map(|job| match job {
                Job::Period(v) => Filled::Period(self.collect(&v, |v| v)),
                Job::KnownAt(v) => Filled::KnownAt(self.collect(&v, |v| v)),
                Job::Column(i, v) => Filled::Column(self.column(i, &v, spec)),
            })
            .collect();
        let mut out = Observations::empty(spec.dataset);
        if let Some((of_chunk, sources)) = &self.vintages {
            let rows = |p: &Piece| std::iter::repeat_n((p.until, of_chunk[p.chunk as usize]), (p.end - p.start) as usize);
            let (until, codes) = self.pieces.iter().flat_map(rows).unzip();
            out.until = Some(until);
            out.source = Some(TextColumn { codes, dict: Arc::new(sources.clone()) });
        }
        out.names = names;
        out.columns.clear();
        for f in filled {
            match f {
                Filled::Period(v) => out.period = v,
                Filled::KnownAt(v) => out.known_at = v,
                Filled::Column(c) => out.columns.push(c),
            }
        }
        out
    }

    fn collect<'a, V, T: Copy + 'a>(&self, chunks: &'a [V], column: impl Fn(&'a V) -> &'a Vec<T>) -> Vec<T> {
        let mut out = Vec::with_capacity(self.rows());
        for p in &self.pieces {
            out.extend_from_slice(&column(&chunks[p.chunk as usize])[p.start as usize..p.end as usize]);
        }
        out
    }

    fn column(&self, i: usize, chunks: &[Values], spec: &DatasetSpec) -> Column {
        match spec.columns[i].kind {
            Kind::Text => self.text(i, chunks),
            Kind::F64 => Column::F64(self.collect(chunks, |c| match c {
                Values::F64(v) => v,
                _ => unreachable!("the specification says float"),
            })),
            Kind::U8 => Column::U8(self.collect(chunks, |c| match c {
                Values::U8(v) => v,
                _ => unreachable!("the specification says flags"),
            })),
        }
    }

    fn text(&self, i: usize, chunks: &[Values]) -> Column {
        let Some(dictionary) = &self.dictionaries[i] else { return Column::Text(TextColumn::default()) };
        let mut codes: Vec<u32> = Vec::with_capacity(self.rows());
        let mut used = vec![false; dictionary.len()];
        for p in &self.pieces {
            let map = &self.maps[i][p.chunk as usize];
            let theirs = &chunks[p.chunk as usize].codes()[p.start as usize..p.end as usize];
            codes.extend(theirs.iter().map(|&c| {
                let code = map[c as usize];
                used[code as usize] = true;
                code
            }));
        }
        if used.iter().all(|u| *u) {
            return Column::Text(TextColumn { codes, dict: Arc::new(dictionary.clone()) });
        }
        // Texts that occur only in vintages that were replaced must not show.
        let mut renumbered = vec![0; dictionary.len()];
        let mut kept = Vec::new();
        for (c, text) in dictionary.iter().enumerate().filter(|(c, _)| used[*c]) {
            renumbered[c] = kept.len() as u32;
            kept.push(text.clone());
        }
        codes.iter_mut().for_each(|c| *c = renumbered[*c as usize]);
        Column::Text(TextColumn { codes, dict: Arc::new(kept) })
    }
}
