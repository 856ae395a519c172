//! Which assumption matters: each moved alone to its lower and its higher value.

use super::assumptions::{Assumption, Assumptions, TABLE};
use super::borrower::{Borrower, Terms};
use super::engine::{NONE, first_shortfalls};
use super::paths::{Draw, Paths};
use super::scenario::{Conditions, Scenario};

/// Shares that fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failing {
    /// Share of issuers.
    pub issuers: f64,
    /// Share of debt.
    pub debt: f64,
}

/// One assumption moved.
#[derive(Clone, Copy)]
pub struct Moved {
    /// The assumption.
    pub assumption: &'static Assumption,
    /// Shares that fail with the lower value.
    pub low: Failing,
    /// Shares that fail with the higher value.
    pub high: Failing,
}

impl Moved {
    /// The larger of the two changes in the share of issuers, for sorting.
    pub fn size(&self, base: Failing) -> f64 {
        (self.low.issuers - base.issuers).abs().max((self.high.issuers - base.issuers).abs())
    }
}

/// Shares that fail under one set of assumptions: on the scenario's path, or on average over drawn paths.
///
/// What a scenario changes of the assumptions must be in `a`. Issuers that cannot be laid out are left out; `borrowers` is what the caller found usable, so that the set is the same in each run.
pub fn failing(
    borrowers: &[Borrower],
    scenario: &Scenario,
    conditions: &Conditions,
    a: &Assumptions,
    draw: Option<Draw>,
) -> Failing {
    let terms: Vec<Terms> = borrowers.iter().filter_map(|b| Terms::new(b, a, conditions).ok()).collect();
    let paths = match draw {
        Some(draw) => Paths::draw(scenario, conditions, a, draw),
        None => scenario.path(conditions, a),
    };
    let first = first_shortfalls(&terms, &paths);
    let n = paths.len().max(1);
    let (mut issuers, mut debt, mut all) = (0.0, 0.0, 0.0);
    for (t, row) in terms.iter().zip(first.chunks(n)) {
        let share = row.iter().filter(|q| **q != NONE).count() as f64 / n as f64;
        issuers += share;
        debt += share * t.debt;
        all += t.debt;
    }
    Failing { issuers: issuers / terms.len().max(1) as f64, debt: if all > 0.0 { debt / all } else { 0.0 } }
}

/// The table: shares that fail as assumed, and with each assumption moved alone, the largest change first. Assumptions of the shocks
/// are tried only where paths are drawn.
pub fn table(
    borrowers: &[Borrower],
    scenario: &Scenario,
    conditions: &Conditions,
    a: &Assumptions,
    draw: Option<Draw>,
) -> (Failing, Vec<Moved>) {
    let a = &scenario.assumptions(a);
    let run = |a: &Assumptions| failing(borrowers, scenario, conditions, a, draw);
    let base = run(a);
    let mut moved: Vec<Moved> = TABLE
        .iter()
        .filter(|assumption| draw.is_some() || !assumption.shocks_only)
        .map(|assumption| Moved {
            assumption,
            low: run(&assumption.with(a, assumption.low)),
            high: run(&assumption.with(a, assumption.high)),
        })
        .collect();
    // A stable sort: ties stay in the order of the table.
    moved.sort_by(|x, y| y.size(base).total_cmp(&x.size(base)));
    (base, moved)
}
