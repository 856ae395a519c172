//! A universe under stress on a day: everything that tables, measures and the report are made from.

use std::ops::Range;

use plimsoll_model::cut::Cut;

use super::assumptions::Assumptions;
use super::borrower::{QUARTERS, Terms};
use super::course::{Course, follow};
use super::engine::{Simulation, first_shortfalls, simulate};
use super::frontier::{BreakEven, Frontier, Grid, Place, break_evens, place};
use super::market;
use super::paths::{Draw, Paths};
use super::roll::{Issuers, Roll};
use super::scenario::{Conditions, Scenario};
use super::standing::WithoutLadder;
use crate::kernels::fed_funds::Market;
use crate::kernels::ladder::Funding;
use crate::{Flags, Missing, Unmeasurable};

/// Whose funding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Financials {
    /// Banks, lenders, insurers and mortgage trusts do not count: rolling their funding is their business.
    Exclude,
    /// They count like others.
    Include,
    /// They alone count.
    Only,
}

impl Financials {
    /// Whether an issuer counts.
    pub fn keeps(self, funding: Funding) -> bool {
        match self {
            Financials::Exclude => funding != Funding::Financial,
            Financials::Include => true,
            Financials::Only => funding == Funding::Financial,
        }
    }
}

/// Who is stressed, and on what assumptions.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Issuers without a maturity ladder.
    pub without: WithoutLadder,
    /// Banks and lenders.
    pub financials: Financials,
    /// The assumptions.
    pub assumptions: Assumptions,
}

impl Default for Setting {
    fn default() -> Setting {
        Setting { without: WithoutLadder::Exclude, financials: Financials::Exclude, assumptions: Assumptions::default() }
    }
}

/// A universe laid out on a day.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Who is stressed and who is not.
    pub roll: Roll,
    /// What markets said.
    pub conditions: Conditions,
    /// Quality of the priced path.
    pub flags: Flags,
    /// The issuers of the roll, laid out, in its order.
    pub terms: Vec<Terms>,
    /// The assumptions.
    pub assumptions: Assumptions,
}

/// Shares that fail.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// Issuers under stress.
    pub issuers: usize,
    /// Their debt.
    pub debt: f64,
    /// Their capitalisation, where known.
    pub cap: f64,
    /// Issuers that fail.
    pub failing: usize,
    /// Share of debt whose issuers fail.
    pub debt_share: Option<f64>,
    /// Share of capitalisation whose issuers fail.
    pub cap_share: Option<f64>,
}

impl Shares {
    /// Share of issuers that fail.
    pub fn share(&self) -> Option<f64> {
        (self.issuers > 0).then(|| self.failing as f64 / self.issuers as f64)
    }
}

/// The stages of a universe on some sessions of a cut.
pub struct Stages<'a> {
    cut: &'a Cut,
    issuers: Issuers<'a>,
}

impl<'a> Stages<'a> {
    /// Reads what is needed for `days` once.
    ///
    /// # Errors
    /// Where the universe is not known, or no statement at all.
    pub fn of(cut: &'a Cut, universe: &'a str, days: Range<usize>) -> Result<Stages<'a>, Unmeasurable> {
        let issuers = Issuers::of(cut, universe, days)?;
        // Laid out before threads share the sessions: what is computed once holds a lock.
        Market::of(cut);
        Ok(Stages { cut, issuers })
    }

    /// The stage of the session at position `t`.
    ///
    /// # Errors
    /// Where no rate or price of futures is known.
    pub fn at(&self, t: usize, setting: &Setting) -> Result<Stage, Missing> {
        let (conditions, flags) = market::conditions(self.cut, self.cut.sessions[t])?;
        let roll = self.issuers.roll(t, setting.without).only(|f| setting.financials.keeps(f));
        let assumptions = setting.assumptions.clone();
        let (roll, terms) = roll.terms(&assumptions, &conditions);
        Ok(Stage { roll, conditions, flags, terms, assumptions })
    }
}

impl Stage {
    /// First shortfalls under a scenario; its changes of assumptions are the caller's to set before.
    pub fn first(&self, scenario: &Scenario) -> Vec<u8> {
        first_shortfalls(&self.terms, &self.path(scenario))
    }
    fn path(&self, scenario: &Scenario) -> Paths {
        scenario.path(&self.conditions, &self.assumptions)
    }
    /// Every issuer's course under a scenario.
    pub fn courses(&self, scenario: &Scenario) -> Vec<Course> {
        let path = self.path(scenario);
        self.terms.iter().map(|t| follow(t, &path, 0)).collect()
    }
    /// Monte Carlo about a scenario.
    pub fn simulate(&self, scenario: &Scenario, draw: Draw) -> Simulation {
        simulate(&self.terms, &Paths::draw(scenario, &self.conditions, &self.assumptions, draw))
    }
    /// The map over first cut and total, cash flow and spreads as in a scenario.
    pub fn frontier(&self, scenario: &Scenario, grid: Grid) -> Frontier {
        Frontier::map(&self.terms, scenario, &self.conditions, &self.assumptions, grid)
    }
    /// Every issuer's break-even rate.
    pub fn break_evens(&self, scenario: &Scenario) -> Vec<BreakEven> {
        break_evens(&self.terms, scenario)
    }
    /// Where the priced path lies on the map.
    pub fn place(&self) -> Place {
        place(&self.conditions)
    }
    /// Shares whose first shortfall lies within some quarters, of the issuers that `of` picks by their place.
    pub fn shares(&self, first: &[u8], quarters: usize, of: impl Fn(usize) -> bool) -> Shares {
        let mut s = Shares::default();
        let (mut debt, mut cap) = (0.0, 0.0);
        for (i, t) in self.terms.iter().enumerate().filter(|(i, _)| of(*i)) {
            let fails = usize::from(first[i]) < quarters.min(QUARTERS);
            let of_cap = t.market_cap.unwrap_or(0.0);
            s.issuers += 1;
            s.debt += t.debt;
            s.cap += of_cap;
            if fails {
                s.failing += 1;
                debt += t.debt;
                cap += of_cap;
            }
        }
        s.debt_share = (s.debt > 0.0).then(|| debt / s.debt);
        s.cap_share = (s.cap > 0.0).then(|| cap / s.cap);
        s
    }
}
