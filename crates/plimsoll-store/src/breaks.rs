//! Moments at which the past changed.
//!
//! A row `r` is a break where a row `s` of the same source and first key became known earlier and is about the same or a later
//! period. Two segments can only hold such a pair where their ranges allow it, which the catalog knows; only those are read.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::time::Moment;

use crate::catalog::Segment;
use crate::error::Result;
use crate::snapshot::Snapshot;

/// Breaks in `(after, as_of]` among the rows of the scan.
pub(crate) fn breaks(snapshot: &Snapshot, scan: &Scan, after: Moment) -> Result<Vec<Moment>> {
    let as_of = snapshot.as_of().moment();
    let suspects = suspects(snapshot.candidates(scan), as_of, after);
    if suspects.is_empty() {
        return Ok(Vec::new());
    }
    let spec = scan.dataset.spec();
    let mut columns = vec![false; spec.columns.len()];
    columns[0] = true;
    let chunks = snapshot.read(&suspects, scan, &columns)?;
    // (source, first key) -> (known_at, period)
    let mut rows: BTreeMap<(&str, &str), Vec<(i64, i32)>> = BTreeMap::new();
    for chunk in &chunks {
        let source = suspects[chunk.segment].import.source.as_str();
        let Some(dictionary) = &chunk.dictionaries[0] else { continue };
        let codes = chunk.rows.columns[0].codes();
        let mut start = 0;
        while start < codes.len() {
            let mut end = start + 1;
            while end < codes.len() && codes[end] == codes[start] {
                end += 1;
            }
            let list = rows.entry((source, &dictionary[codes[start] as usize])).or_default();
            list.extend((start..end).map(|i| (chunk.rows.known_at[i], chunk.rows.period[i])));
            start = end;
        }
    }
    let mut found = BTreeSet::new();
    for list in rows.values_mut() {
        list.sort_unstable();
        // The latest period known before the moment at hand.
        let mut latest: Option<i32> = None;
        for at_once in list.chunk_by(|a, b| a.0 == b.0) {
            let known = at_once[0].0;
            if known > after.0 && latest.is_some_and(|l| at_once[0].1 <= l) {
                found.insert(Moment(known));
            }
            latest = latest.max(at_once.last().map(|r| r.1));
        }
    }
    Ok(found.into_iter().collect())
}

/// Segments that may be part of a pair of rows that makes a break after `after`.
fn suspects(candidates: Vec<&Segment>, as_of: Moment, after: Moment) -> Vec<&Segment> {
    let mut suspect: Vec<bool> = candidates.iter().map(|s| !s.facts.in_order && s.facts.known.1 > after.0).collect();
    // By first key, so that each segment meets only those that share keys with it.
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_unstable_by(|&a, &b| candidates[a].facts.key.0.cmp(&candidates[b].facts.key.0));
    for (i, &a) in order.iter().enumerate() {
        for &b in &order[i + 1..] {
            let (s, r) = (candidates[a], candidates[b]);
            if r.facts.key.0 > s.facts.key.1 {
                break;
            }
            if s.import.source == r.import.source && (breaks_in(s, r, as_of, after) || breaks_in(r, s, as_of, after)) {
                suspect[a] = true;
                suspect[b] = true;
            }
        }
    }
    candidates.into_iter().zip(suspect).filter(|(_, s)| *s).map(|(c, _)| c).collect()
}

/// Whether a row of `later` may have become known after one of `earlier` that is about the same or a later period.
fn breaks_in(earlier: &Segment, later: &Segment, as_of: Moment, after: Moment) -> bool {
    let (s, r) = (&earlier.facts, &later.facts);
    let last = r.known.1.min(as_of.0);
    s.known.0 < last && last > after.0 && s.period.1 >= r.period.0
}
