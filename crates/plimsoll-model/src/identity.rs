//! From dated symbols to securities and issuers. A symbol is never an identity: it can be changed, retired and given to another.
//!
//! Rules, each using only what was known:
//! * a symbol that is absent for more than [`ABSENT`] sessions and comes back is another security;
//! * a symbol change known by the publisher's list joins the old symbol's last spell to the new symbol's first one, where the one ends
//!   and the other begins within [`HANDOVER`] sessions of the change; rows under the old symbol on or after that day are another company;
//! * securities whose descriptions name the same company are classes of one issuer.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::time::Day;

/// More sessions of absence than this end a security.
pub const ABSENT: usize = 20;
/// A change of symbol is a handover only where both spells touch it within this many sessions.
pub const HANDOVER: usize = 10;

/// A stretch of rows under one symbol that belong to one security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spell {
    /// The symbol.
    pub symbol: String,
    /// Rows in the scan.
    pub rows: Range<usize>,
    /// First and last position on the axis of sessions.
    pub first: usize,
    /// Last position on the axis.
    pub last: usize,
}

/// A change of symbol, known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The symbol until then.
    pub old: String,
    /// The symbol from then on.
    pub new: String,
    /// The first day of the new symbol.
    pub on: Day,
}

/// One security: its spells in time order; the last one carries its present symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// Spells in time order.
    pub spells: Vec<Spell>,
}

/// Cuts the rows of one symbol (positions on the axis, ascending) into spells. `changed` are the axis positions at which a known
/// change took the symbol away.
pub fn spells(symbol: &str, rows: Range<usize>, axis: &[u32], changed: &[usize]) -> Vec<Spell> {
    let mut out = Vec::new();
    let mut start = rows.start;
    for i in rows.clone() {
        let t = axis[i] as usize;
        let broken = i > start && {
            let before = axis[i - 1] as usize;
            t - before > ABSENT + 1 || changed.iter().any(|&c| before < c && c <= t)
        };
        if broken {
            out.push(Spell {
                symbol: symbol.to_owned(),
                rows: start..i,
                first: axis[start] as usize,
                last: axis[i - 1] as usize,
            });
            start = i;
        }
    }
    if start < rows.end {
        let last = axis[rows.end - 1] as usize;
        out.push(Spell { symbol: symbol.to_owned(), rows: start..rows.end, first: axis[start] as usize, last });
    }
    out
}

/// Joins spells across known changes of symbol. `position` gives the first axis position on or after a day.
pub fn join(mut spells: Vec<Spell>, changes: &[Change], position: impl Fn(Day) -> usize) -> Vec<Lineage> {
    spells.sort_by(|a, b| (&a.symbol, a.first).cmp(&(&b.symbol, b.first)));
    // Successor of each spell, by index.
    let mut next: BTreeMap<usize, usize> = BTreeMap::new();
    let mut taken = vec![false; spells.len()];
    for c in changes {
        let at = position(c.on);
        let old = spells.iter().rposition(|s| s.symbol == c.old && s.last < at && s.last + HANDOVER >= at);
        let new = spells.iter().position(|s| s.symbol == c.new && s.first >= at && s.first <= at + HANDOVER);
        if let (Some(o), Some(n)) = (old, new)
            && !taken[n]
            && !next.contains_key(&o)
        {
            next.insert(o, n);
            taken[n] = true;
        }
    }
    let mut out = Vec::with_capacity(spells.len());
    for i in 0..spells.len() {
        if taken[i] {
            continue;
        }
        let mut chain = vec![spells[i].clone()];
        let mut at = i;
        while let Some(&n) = next.get(&at) {
            chain.push(spells[n].clone());
            at = n;
        }
        out.push(Lineage { spells: chain });
    }
    // Order by present symbol, then by when it began: the order of everything that follows.
    out.sort_by(|a, b| {
        let (x, y) = (a.spells.last().expect("a spell"), b.spells.last().expect("a spell"));
        (&x.symbol, a.spells[0].first).cmp(&(&y.symbol, b.spells[0].first))
    });
    out
}

/// The company in a security's name: `Alphabet Inc. Class C Capital Stock` is `alphabet inc`.
pub fn company(name: &str) -> String {
    const ENDS: &[&str] = &[
        " class ",
        " series ",
        " common stock",
        " common shares",
        " capital stock",
        " ordinary share",
        " american depositary",
        " depositary share",
        " voting ",
        " non-voting ",
        " new common",
        " subordinate",
        " (",
    ];
    let lower = name.to_lowercase();
    let end = ENDS.iter().filter_map(|e| lower.find(e)).min().unwrap_or(lower.len());
    lower[..end].trim_end_matches(|c: char| !c.is_alphanumeric()).trim().to_owned()
}

/// Whether a description is of something other than a company's ordinary equity.
pub fn not_equity(name: &str) -> bool {
    const WORDS: &[&str] =
        &["warrant", "right", "rights", "unit", "units", "preferred", "notes", "debentures", "preference", "fund", "etn"];
    let lower = name.to_lowercase();
    // Depositary shares are preferred stock, unless they are American ones: those stand for ordinary equity elsewhere.
    let depositary = lower.contains("depositary") && !lower.contains("american depositary") && !lower.contains(" ads");
    depositary
        || lower.contains('%')
        || lower.split(|c: char| !c.is_alphanumeric()).any(|w| WORDS.contains(&w) || w == "warrants")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_absence_is_another_company() {
        let axis: Vec<u32> = (0..10).chain(40..50).collect();
        let s = spells("XYZ", 0..20, &axis, &[]);
        assert_eq!(s.len(), 2);
        assert_eq!((s[0].first, s[0].last, s[1].first), (0, 9, 40));
        let halted: Vec<u32> = (0..10).chain(30..40).collect();
        assert_eq!(spells("XYZ", 0..20, &halted, &[]).len(), 1);
    }

    #[test]
    fn a_change_joins_and_a_reused_symbol_does_not() {
        // FB until 99, META from 100; then another company takes FB the next day.
        let fb: Vec<u32> = (0..100).chain(101..120).collect();
        let changed = [100usize];
        let mut all = spells("FB", 0..fb.len(), &fb, &changed);
        let meta: Vec<u32> = (100..120).collect();
        all.extend(spells("META", 0..meta.len(), &meta, &[]));
        let change = Change { old: "FB".into(), new: "META".into(), on: Day(100) };
        let joined = join(all, &[change], |d| d.0 as usize);
        assert_eq!(joined.len(), 2);
        let other = &joined[0];
        assert_eq!((other.spells.len(), other.spells[0].symbol.as_str(), other.spells[0].first), (1, "FB", 101));
        let symbols: Vec<&str> = joined[1].spells.iter().map(|s| s.symbol.as_str()).collect();
        assert_eq!(symbols, ["FB", "META"]);
    }

    #[test]
    fn companies_and_things_that_are_not_equity() {
        assert_eq!(company("Alphabet Inc. Class C Capital Stock"), company("Alphabet Inc. Class A Common Stock"));
        assert_eq!(company("Fox Corporation Class B Common Stock"), "fox corporation");
        assert_eq!(company("Berkshire Hathaway Inc."), "berkshire hathaway inc");
        assert!(not_equity("Ares Acquisition Corporation Warrants") && not_equity("Foo 6.5% Notes due 2027"));
        assert!(!not_equity("Bright Horizons Family Solutions Inc. Common Stock"));
        assert!(!not_equity("United Rentals Inc."));
        assert!(
            not_equity("PIMCO Dynamic Income Fund Common Stock") && not_equity("Zions Bancorporation N.A. Depositary Shares")
        );
        assert!(!not_equity("Novo Nordisk A/S American Depositary Shares"));
    }
}
