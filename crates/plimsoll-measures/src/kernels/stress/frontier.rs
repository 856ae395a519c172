//! The nick-of-time frontier: how early cuts must begin and how deep they must go for how many to survive.

use rayon::prelude::*;

use super::assumptions::Assumptions;
use super::borrower::{QUARTERS, Terms};
use super::engine::{NONE, Quarter, State, first_shortfalls};
use super::lanes::Lanes;
use super::paths::Paths;
use super::scenario::{Conditions, Policy, Scenario, USUAL_PACE};

/// The grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Totals of cuts, ascending, decimals a year; negative is rises.
    pub totals: Vec<f64>,
    /// How much is cut a quarter, decimals a year.
    pub pace: f64,
}

impl Default for Grid {
    /// From none to twelve cuts of 25 bp, two a quarter.
    fn default() -> Grid {
        Grid { totals: (0..=12).map(|k| f64::from(k) * 0.0025).collect(), pace: USUAL_PACE }
    }
}

/// Quarters in which the first cut may come, and never.
const STARTS: usize = QUARTERS + 1;

/// The map: who survives each first cut and total.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// The grid.
    pub grid: Grid,
    /// Per issuer (rows) the first quarter with a shortfall by cell: first cut (0 to 11, 12 is never) major, total minor.
    shortfall: Vec<u8>,
    debt: Vec<f64>,
}

/// Shares of a group that survive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Survival {
    /// Share of issuers.
    pub issuers: f64,
    /// Share of their debt.
    pub debt: f64,
}

/// When cuts must begin for an issuer to survive, given their total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LatestCut {
    /// No cut saves it, however early.
    NotSaved,
    /// Cuts that begin in this quarter (0 the next) save it, later ones do not; earlier ones do, but for the rare borrower of much cash
    /// that does better by paying its debt (see [`break_even`]).
    Quarter(usize),
    /// It survives without any cut.
    NoneNeeded,
}

impl Frontier {
    /// Runs every issuer over the whole grid: a few milliseconds for 2,000 issuers, so that a slider can ask each time.
    pub fn map(terms: &[Terms], scenario: &Scenario, conditions: &Conditions, a: &Assumptions, grid: Grid) -> Frontier {
        let width = grid.totals.len();
        let cells: Vec<Scenario> = (0..STARTS * width)
            .map(|cell| Scenario {
                policy: Policy::Cuts { first: cell / width, total: grid.totals[cell % width], pace: grid.pace },
                ..scenario.clone()
            })
            .collect();
        let rates: Vec<([f64; QUARTERS], [f64; QUARTERS])> =
            cells.iter().map(|s| (s.short(conditions), s.tenor(conditions, a))).collect();
        let paths =
            Paths::from_fn(cells.len(), |q, c| [rates[c].0[q], rates[c].1[q], scenario.spreads[q], scenario.cash_flow[q]]);
        Frontier { shortfall: first_shortfalls(terms, &paths), debt: terms.iter().map(|t| t.debt).collect(), grid }
    }

    fn width(&self) -> usize {
        self.grid.totals.len()
    }
    fn cells(&self) -> usize {
        STARTS * self.width()
    }

    /// Whether an issuer survives.
    pub fn survives(&self, issuer: usize, first: usize, total: usize) -> bool {
        self.shortfall[issuer * self.cells() + first.min(QUARTERS) * self.width() + total] == NONE
    }

    /// Shares that survive, of the issuers that `of` picks; `None` where it picks none.
    pub fn survival(&self, first: usize, total: usize, of: impl Fn(usize) -> bool) -> Option<Survival> {
        let (mut n, mut alive, mut debt, mut saved) = (0usize, 0usize, 0.0, 0.0);
        for (i, d) in self.debt.iter().enumerate().filter(|(i, _)| of(*i)) {
            let s = self.survives(i, first, total);
            n += 1;
            alive += usize::from(s);
            debt += d;
            saved += if s { *d } else { 0.0 };
        }
        (n > 0).then(|| Survival { issuers: alive as f64 / n as f64, debt: saved / debt })
    }

    /// The latest first cut that saves an issuer, given the total.
    pub fn latest_cut(&self, issuer: usize, total: usize) -> LatestCut {
        // Without any cut nothing depends on when they begin.
        if self.survives(issuer, QUARTERS, total) {
            return LatestCut::NoneNeeded;
        }
        match (0..QUARTERS).rev().find(|&first| self.survives(issuer, first, total)) {
            Some(first) => LatestCut::Quarter(first),
            None => LatestCut::NotSaved,
        }
    }

    /// The least total that saves an issuer if cuts begin in a quarter, as a place in the grid's totals.
    pub fn least_total(&self, issuer: usize, first: usize) -> Option<usize> {
        (0..self.width()).find(|&total| self.survives(issuer, first, total))
    }
}

/// Where a path lies on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The quarter with the first cut: the first in which the path lies half a step below the rate now; `None` where none does.
    pub first: Option<usize>,
    /// From the rate now to the lowest of the path, decimals a year; negative where the path only rises.
    pub total: f64,
}

/// Half of a step of 25 basis points.
const HALF_STEP: f64 = 0.00125;

/// Where the priced path lies.
pub fn place(conditions: &Conditions) -> Place {
    let fall = |r: &f64| conditions.rate - r;
    Place {
        first: conditions.priced.iter().position(|r| fall(r) >= HALF_STEP),
        total: conditions.priced.iter().map(fall).fold(f64::NEG_INFINITY, f64::max),
    }
}

/// When the priced path first lies half a step below the rate now, in quarters from the day (0.5 is the middle of the next quarter), between
/// the middles of quarters by a straight line; `None` where it never does. [`Place::first`] is the quarter that holds it, or the next.
pub fn first_cut(conditions: &Conditions) -> Option<f64> {
    let bound = conditions.rate - HALF_STEP;
    let mut before = (0.0, conditions.rate);
    for (q, rate) in conditions.priced.iter().enumerate() {
        let here = (q as f64 + 0.5, *rate);
        if here.1 <= bound {
            let share = (before.1 - bound) / (before.1 - here.1);
            return Some(before.0 + share * (here.0 - before.0));
        }
        before = here;
    }
    None
}

/// The rate at which an issuer's debt can be refinanced and its floating debt reset, spread included, without a shortfall in three years.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BreakEven {
    /// A shortfall even at no interest.
    Never,
    /// Up to this rate, decimals a year.
    Rate(f64),
    /// No shortfall even at [`HIGHEST`].
    Always,
}

/// The highest rate tried.
pub const HIGHEST: f64 = 1.0;

/// The break-even rate of one issuer, to a hundredth of a basis point.
///
/// All debt that rolls or floats bears the one rate for three years; interest on old fixed debt, cash flow and the coverage at which
/// lending ends are as in the stress. A higher rate means more interest and less cash, so that survival is monotone and the root can be
/// bracketed; each pass tries as many rates as there are lanes. In one case it is not monotone: a borrower of much cash that nobody lends to
/// pays its debt and may outlive one that rolls it at a ruinous rate. Then the rate is a lower edge: it survives there and fails just above.
pub fn break_even(t: &Terms, scenario: &Scenario) -> BreakEven {
    const N: usize = 8;
    let flat = Terms { spread: [0.0; super::spreads::RATINGS], old_margin: [0.0; QUARTERS], earns: 0.0, ..t.clone() };
    let survive = |rates: [f64; N]| -> [bool; N] {
        let mut state = State::<N>::new(&flat);
        for q in 0..QUARTERS {
            let (rate, level) = (Lanes(rates), Lanes::splat(scenario.cash_flow[q]));
            state.step(&flat, q, Quarter { short: rate, tenor: rate, spread: Lanes::splat(0.0), level });
        }
        state.failed.0.map(|f| f >= f64::from(NONE))
    };
    let ends = survive(std::array::from_fn(|l| if l == 0 { 0.0 } else { HIGHEST }));
    if !ends[0] {
        return BreakEven::Never;
    }
    if ends[1] {
        return BreakEven::Always;
    }
    let (mut low, mut high) = (0.0, HIGHEST);
    while high - low > 1e-6 {
        let step = (high - low) / (N + 1) as f64;
        let alive = survive(std::array::from_fn(|l| low + step * (l + 1) as f64));
        let fail = alive.iter().position(|a| !a).unwrap_or(N);
        (low, high) = (low + step * fail as f64, low + step * (fail + 1) as f64);
    }
    BreakEven::Rate(low)
}

/// The break-even rates of many.
pub fn break_evens(terms: &[Terms], scenario: &Scenario) -> Vec<BreakEven> {
    terms.par_iter().map(|t| break_even(t, scenario)).collect()
}
