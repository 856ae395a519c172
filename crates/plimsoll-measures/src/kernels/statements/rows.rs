//! Stated numbers of an item, as known at a moment: one list a concept, ascending by end.

use plimsoll_model::facts::{Fact, known};
use plimsoll_model::time::{Day, Moment};

use super::{How, Item, Note, Part, Source, Stated, StatedFlags, Statements};

/// One stated number (or the sum of two that belong together), with our sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub start: Option<Day>,
    pub end: Day,
    pub value: f64,
    pub known_at: Moment,
    /// Whether an annual report stated it.
    pub fiscal: bool,
    pub source: &'static Source,
    fact: Fact,
    plus: Option<Fact>,
    foreign: bool,
}

impl Row {
    /// Days of the period; 0 for a balance.
    pub fn days(&self) -> i32 {
        self.start.map_or(0, |s| self.end.0 - s.0 + 1)
    }

    pub fn parts(&self, sign: f64) -> impl Iterator<Item = Part> {
        let sign = sign * self.source.sign;
        let first = Part { concept: self.source.concept, fact: self.fact, sign };
        let second = self.plus.map(|fact| Part { concept: self.source.plus, fact, sign });
        std::iter::once(first).chain(second)
    }

    pub fn flags(&self) -> StatedFlags {
        let note = match self.source.note {
            Note::Exact => StatedFlags::default(),
            Note::Net => StatedFlags::NET,
            Note::Paid => StatedFlags::PAID,
            Note::Partial => StatedFlags::PARTIAL,
            Note::Wide => StatedFlags::WIDE,
        };
        // The first concept of each taxonomy is the preferred one there.
        note.and(StatedFlags::FALLBACK.when(self.source.rank > 0 && self.source.taxonomy() == "us-gaap"))
            .and(StatedFlags::FOREIGN.when(self.foreign))
    }

    pub fn stated(&self) -> Stated {
        Stated {
            value: self.value,
            start: self.start,
            end: self.end,
            known_at: self.known_at,
            how: How::AsStated,
            flags: self.flags(),
            parts: self.parts(1.0).collect(),
        }
    }
}

/// Whether a form is an annual report; a publication without forms states fiscal years alone.
fn annual(form: &str) -> bool {
    form.is_empty() || ["10-K", "20-F", "40-F"].iter().any(|f| form.starts_with(f)) || form.eq_ignore_ascii_case("annual")
}

impl Statements<'_> {
    /// Numbers of an item known at a moment, one list a concept that has any, in the order of the table; doubted ones are left out.
    pub(super) fn rows(&self, item: Item, at: Moment) -> Vec<Vec<Row>> {
        let of = |source: &'static Source| self.of_source(source, at, |end| self.disputed(item, source.taxonomy(), end, at));
        item.sources().iter().map(of).filter(|rows| !rows.is_empty()).collect()
    }

    /// Numbers of one concept known at a moment, ascending by end and then by start.
    pub(super) fn of_source(&self, source: &'static Source, at: Moment, doubted: impl Fn(Day) -> bool) -> Vec<Row> {
        let facts = self.facts.of(self.issuer, source.concept);
        if facts.is_empty() {
            return Vec::new();
        }
        let Some(unit) = self.unit(facts, at) else { return Vec::new() };
        let added = if source.plus.is_empty() { &[][..] } else { self.facts.of(self.issuer, source.plus) };
        let text = &self.facts.units()[unit as usize];
        let foreign = text != "USD" && text.len() == 3;
        let mut out = Vec::new();
        for vintages in facts.chunk_by(|a, b| (a.end, a.start, a.unit) == (b.end, b.start, b.unit)) {
            let by_then = &vintages[..vintages.partition_point(|f| f.known_at <= at)];
            let Some(&fact) = by_then.last() else { continue };
            if fact.unit != unit || doubted(fact.end) {
                continue;
            }
            let plus = if source.plus.is_empty() {
                None
            } else {
                let same = |f: &&Fact| (f.end, f.start, f.unit) == (fact.end, fact.start, fact.unit);
                match known(added, at).find(same) {
                    Some(f) => Some(*f),
                    None => continue,
                }
            };
            out.push(Row {
                start: fact.start,
                end: fact.end,
                value: source.sign * (fact.value + plus.map_or(0.0, |p| p.value)),
                known_at: plus.map_or(fact.known_at, |p| p.known_at.max(fact.known_at)),
                fiscal: by_then.iter().any(|f| annual(self.facts.form(f))),
                source,
                fact,
                plus,
                foreign,
            });
        }
        out
    }

    /// The unit to read: dollars or shares where there are any, else the one stated most often by then.
    fn unit(&self, facts: &[Fact], at: Moment) -> Option<u16> {
        let mut counts = vec![0usize; self.facts.units().len()];
        facts.iter().filter(|f| f.known_at <= at).for_each(|f| counts[f.unit as usize] += 1);
        let plain = |u: &usize| counts[*u] > 0 && matches!(self.facts.units()[*u].as_str(), "USD" | "shares");
        let most = || (0..counts.len()).filter(|u| counts[*u] > 0).max_by_key(|u| (counts[*u], usize::MAX - u));
        (0..counts.len()).find(plain).or_else(most).map(|u| u as u16)
    }
}

/// Rows of the exact concepts of one taxonomy put into one list a taxonomy: of two that state one period, the preferred.
pub(super) fn joined(by_source: &[Vec<Row>]) -> Vec<Vec<Row>> {
    let mut out: Vec<Vec<Row>> = Vec::new();
    for rows in by_source {
        let Some(source) = rows.first().map(|r| r.source).filter(|s| s.note == Note::Exact) else { continue };
        match out.iter_mut().find(|o| o[0].source.taxonomy() == source.taxonomy()) {
            None => out.push(rows.clone()),
            Some(all) => {
                let held = all.len();
                for row in rows {
                    if all[..held].iter().all(|r| (r.start, r.end) != (row.start, row.end)) {
                        all.push(*row);
                    }
                }
            }
        }
    }
    out.iter_mut().for_each(|rows| rows.sort_by_key(|r| (r.end, r.start)));
    out
}
