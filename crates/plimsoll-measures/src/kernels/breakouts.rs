//! Breakouts and how they ended.

use std::sync::Arc;

use crate::kernels::constituents::Constituents;
use crate::kernels::rolling::{self, Scratch};
use crate::kernels::{TIE, stretches};

/// What counts as a breakout and when it is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Closes it must exceed.
    pub n: usize,
    /// Sessions after which it is resolved, and without such a close before it.
    pub horizon: usize,
}

/// A breakout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breakout {
    /// Position of the close that exceeded.
    pub at: usize,
    /// The highest close before it, as a level.
    pub level: f64,
    /// Position of the first close below that level within the horizon, so far.
    pub failed: Option<usize>,
}

/// The breakouts of a row of levels, in time order: closes above the highest of the `n` closes before, where none of the `horizon` closes
/// before was one. Calls `found` with each; what it says of failure uses positions up to `at + horizon` only.
pub fn breakouts(level: &[f64], rule: Rule, scratch: &mut Scratch, high: &mut Vec<f64>, mut found: impl FnMut(Breakout)) {
    let Rule { n, horizon } = rule;
    high.resize(level.len(), 0.0);
    rolling::max(level, n, scratch, high);
    // The first close that is looked at has `n + horizon` closes before it, so that an earlier one would have been seen.
    let mut last: Option<usize> = None;
    for at in n..level.len() {
        let whole = level[at - n].is_finite();
        if !(whole && level[at] > high[at - 1] * (1.0 + TIE)) {
            continue;
        }
        let fresh = last.is_none_or(|before| at - before > horizon);
        last = Some(at);
        let seen = at >= n + horizon;
        if fresh && seen {
            let line = high[at - 1];
            let end = (at + horizon).min(level.len() - 1);
            let failed = (at + 1..=end).find(|&s| level[s] < line * (1.0 - TIE));
            found(Breakout { at, level: line, failed });
        }
    }
}

/// `[resolved, failed]` by the session at which the horizon of a member's breakout ended.
pub fn resolved(c: &Constituents<'_>, rule: Rule) -> Arc<Vec<[u32; 2]>> {
    c.cut.memo(&c.key("breakouts_resolved", format_args!("{}|{}", rule.n, rule.horizon)), || {
        stretches::counts(c.rows().len(), c.sessions(), |row, counts, own: &mut (Scratch, Vec<f64>)| {
            let i = c.rows()[row];
            breakouts(c.cut.panel.level.row(i), rule, &mut own.0, &mut own.1, |b| {
                let end = b.at + rule.horizon;
                if c.universe.is_member(i, b.at) && end < counts.len() {
                    counts[end][0] += 1;
                    counts[end][1] += u32::from(b.failed.is_some());
                }
            });
        })
    })
}

/// `[members with a failed breakout whose horizon ended in the past `window` sessions, members]` by session.
pub fn members_failed(c: &Constituents<'_>, rule: Rule, window: usize) -> Arc<Vec<[u32; 2]>> {
    c.cut.memo(&c.key("breakouts_members", format_args!("{}|{}|{window}", rule.n, rule.horizon)), || {
        stretches::counts(c.rows().len(), c.sessions(), |row, counts, own: &mut (Scratch, Vec<f64>)| {
            let i = c.rows()[row];
            let member = c.universe.row(i);
            let mut until = 0;
            breakouts(c.cut.panel.level.row(i), rule, &mut own.0, &mut own.1, |b| {
                if b.failed.is_some() && member[b.at] != 0 {
                    let end = b.at + rule.horizon;
                    for t in end.max(until)..(end + window).min(counts.len()) {
                        counts[t][0] += u32::from(member[t] != 0);
                    }
                    until = until.max(end + window);
                }
            });
            counts.iter_mut().zip(member).for_each(|(count, member)| count[1] += u32::from(*member));
        })
    })
}
