//! The quarter: debt rolls, debt reprices, earnings come in, cash takes the rest. The same code for one path and for thousands.
//!
//! One quarter, in this order:
//! 1. Debt due on the quarter's first day is rolled at the rate for its life plus the spread for the coverage of the past four quarters;
//!    a share of it floats at the policy rate plus that spread. Where coverage lies below what lenders accept it is paid instead.
//! 2. Interest: old fixed debt at the rate paid on average, old floating debt at the policy rate plus its margin, new debt as rolled.
//! 3. EBITDA is that of a past quarter moved by the path's level and the issuer's own shock; tax is paid on what is left after interest.
//! 4. Cash takes the rest; lines fill what is lacking, as new floating debt. What is lacking beyond them is a shortfall, and the first
//!    quarter with one is when the issuer fails. What comes later is not revived by it.

use rayon::prelude::*;

use super::borrower::{QUARTERS, Terms};
use super::lanes::{Ladder, Lanes};
use super::paths::{LANES, Paths};
use super::random::{self, Streams};
use super::spreads::RATINGS;

/// A shortfall smaller than this share of debt is rounding.
const ROUNDING: f64 = 1e-9;

/// No shortfall within the horizon.
pub const NONE: u8 = QUARTERS as u8;

/// An issuer on its way, one lane a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State<const N: usize> {
    /// Cash above what must stay.
    pub cash: Lanes<N>,
    /// Lines not drawn.
    pub lines: Lanes<N>,
    /// Interest of a quarter on new fixed debt.
    pub new_fixed: Lanes<N>,
    /// New floating debt, a quarter of it.
    pub new_floating: Lanes<N>,
    /// Interest of a quarter that is the margin of new floating debt.
    pub new_margin: Lanes<N>,
    /// EBIT and interest of the past four quarters, in a ring.
    pub ebit: [Lanes<N>; 4],
    /// See `ebit`.
    pub interest: [Lanes<N>; 4],
    /// Sums over the ring.
    pub ebit_year: Lanes<N>,
    /// See `ebit_year`.
    pub interest_year: Lanes<N>,
    /// Debt that nobody rolled, so far.
    pub repaid: Lanes<N>,
    /// The spread of the quarter.
    pub spread: Lanes<N>,
    /// The issuer's own deviation of cash flow.
    pub own: Lanes<N>,
    /// The first quarter with a shortfall, else [`NONE`].
    pub failed: Lanes<N>,
    /// Years in a row in which interest was not covered.
    pub years_below: Lanes<N>,
    spreads: Ladder<{ RATINGS - 1 }>,
}

/// What a path says of a quarter.
#[derive(Clone, Copy)]
pub(crate) struct Quarter<const N: usize> {
    pub short: Lanes<N>,
    pub tenor: Lanes<N>,
    pub spread: Lanes<N>,
    pub level: Lanes<N>,
}

impl<const N: usize> State<N> {
    #[inline(always)]
    pub(crate) fn new(t: &Terms) -> State<N> {
        let all = Lanes::splat;
        State {
            cash: all(t.cash),
            lines: all(t.lines),
            new_fixed: all(0.0),
            new_floating: all(0.0),
            new_margin: all(0.0),
            ebit: [all(t.past_ebit); 4],
            interest: [all(t.past_interest); 4],
            ebit_year: all(4.0 * t.past_ebit),
            interest_year: all(4.0 * t.past_interest),
            repaid: all(0.0),
            spread: all(0.0),
            own: all(0.0),
            failed: all(f64::from(NONE)),
            years_below: all(t.years_below),
            spreads: Ladder::new(t.spread[0], |k| t.spread[k + 1]),
        }
    }

    /// Advances one quarter.
    #[inline(always)]
    pub(crate) fn step(&mut self, t: &Terms, q: usize, path: Quarter<N>) {
        let due = t.due[q];
        let spread = self.spreads.at(&t.least, self.ebit_year, self.interest_year) * path.spread;
        let open = self.ebit_year.at_least(self.interest_year * t.closed_below);
        let paid = Lanes::splat(due) - open.keep(due);
        let floating = open.keep(0.25 * due * t.floating);
        self.spread = spread;
        self.repaid += paid;
        self.new_fixed += open.keep(0.25 * due * (1.0 - t.floating)) * (path.tenor + spread);
        self.new_floating += floating;
        self.new_margin += floating * spread;
        let interest = (self.new_floating + t.old_floating[q]) * path.short
            + t.old_fixed[q]
            + t.old_margin[q]
            + self.new_fixed
            + self.new_margin;
        let ebitda = (path.level - 1.0 + self.own) * t.swing + t.ebitda;
        let ebit = ebitda - t.depreciation;
        let tax = (ebit - interest).higher(0.0) * t.tax;
        let earned = self.cash.higher(0.0) * path.short * t.earns;
        let cash = self.cash - paid + (ebitda - tax - interest - t.spending + earned);
        let drawn = (Lanes::splat(0.0) - cash).higher(0.0).least(self.lines);
        self.lines -= drawn;
        self.new_floating += drawn * 0.25;
        self.new_margin += drawn * 0.25 * spread;
        self.cash = cash + drawn;
        let solvent = self.cash.at_least(Lanes::splat(-ROUNDING * t.debt));
        self.failed = solvent.select(self.failed, self.failed.lower(q as f64));
        self.ebit[q % 4] = ebit;
        self.interest[q % 4] = interest;
        self.ebit_year = (self.ebit[0] + self.ebit[1]) + (self.ebit[2] + self.ebit[3]);
        self.interest_year = (self.interest[0] + self.interest[1]) + (self.interest[2] + self.interest[3]);
        if q % 4 == 3 {
            // What an issuer that failed would have earned on debt it did not pay says nothing.
            let covered = self.ebit_year.at_least(self.interest_year);
            let years = covered.select(Lanes::splat(0.0), self.years_below + 1.0);
            let alive = self.failed.at_least(Lanes::splat(f64::from(NONE)));
            self.years_below = alive.select(years, self.years_below);
        }
    }
}

/// One issuer along [`LANES`] paths from lane `from` on.
#[inline(always)]
fn lanes(t: &Terms, paths: &Paths, from: usize) -> State<LANES> {
    let mut state = State::<LANES>::new(t);
    let shocked = paths.own > 0.0;
    let mut keys = [0; LANES];
    if shocked {
        for (l, key) in keys.iter_mut().enumerate() {
            *key = random::key(paths.seed, t.key.wrapping_add(1), (from + l) as u64);
        }
    }
    let mut streams = Streams::<LANES>::seeded(keys);
    for q in 0..QUARTERS {
        if shocked {
            state.own += Lanes(streams.normal()) * paths.own;
        }
        let at = q * paths.wide() + from;
        let quarter = |column: &[f64]| Lanes(column[at..at + LANES].try_into().expect("whole lanes"));
        let quarter = Quarter {
            short: quarter(&paths.short),
            tenor: quarter(&paths.tenor),
            spread: quarter(&paths.spread),
            level: quarter(&paths.level),
        };
        state.step(t, q, quarter);
    }
    state
}

/// Paths that a thread takes at a time.
const BLOCK: usize = 8 * LANES;

/// What a block of paths did to every issuer, and every path of it to all issuers.
#[derive(Clone, Debug, Default)]
struct Block {
    /// Per issuer: paths that fail in each quarter, then paths that end as zombies, then paths that end with coverage below one.
    issuers: Vec<[u32; QUARTERS + 2]>,
    /// Per path: issuers that failed.
    failed: Vec<u32>,
    /// Per path: debt of issuers that failed.
    debt: Vec<f64>,
}

/// Years below one that make a zombie.
const ZOMBIE_YEARS: f64 = 3.0;

#[inline(always)]
fn block(terms: &[Terms], paths: &Paths, from: usize) -> Block {
    let to = (from + BLOCK).min(paths.wide());
    let real = to.min(paths.len()).saturating_sub(from);
    let mut out = Block { issuers: vec![[0; QUARTERS + 2]; terms.len()], failed: vec![0; to - from], debt: vec![0.0; to - from] };
    for (t, counts) in terms.iter().zip(&mut out.issuers) {
        let mut at = 0;
        while from + at < to {
            let state = lanes(t, paths, from + at);
            for l in 0..LANES.min(real.saturating_sub(at)) {
                let quarter = state.failed.0[l] as usize;
                if quarter < QUARTERS {
                    counts[quarter] += 1;
                    out.failed[at + l] += 1;
                    out.debt[at + l] += t.debt;
                } else {
                    counts[QUARTERS] += u32::from(state.years_below.0[l] >= ZOMBIE_YEARS);
                    counts[QUARTERS + 1] += u32::from(state.ebit_year.0[l] < state.interest_year.0[l]);
                }
            }
            at += LANES;
        }
    }
    out.failed.truncate(real);
    out.debt.truncate(real);
    out
}

#[inline(always)]
fn row(t: &Terms, paths: &Paths, out: &mut [u8]) {
    let mut from = 0;
    while from < paths.wide() {
        let state = lanes(t, paths, from);
        for l in 0..LANES.min(paths.len() - from) {
            out[from + l] = state.failed.0[l] as u8;
        }
        from += LANES;
    }
}

/// The same code compiled for wider registers where the machine has them. Only the four operations and square roots are used and
/// nothing is contracted, so that the result is the same bits on every machine.
macro_rules! widened {
    ($name:ident, $body:ident, ($($arg:ident: $kind:ty),*) $(-> $out:ty)?) => {
        fn $name($($arg: $kind),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
                fn widest($($arg: $kind),*) $(-> $out)? {
                    $body($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $kind),*) $(-> $out)? {
                    $body($($arg),*)
                }
                if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
                    // SAFETY: the machine has the instructions.
                    return unsafe { widest($($arg),*) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the machine has the instructions.
                    return unsafe { wide($($arg),*) };
                }
            }
            $body($($arg),*)
        }
    };
}

widened!(block_widened, block, (terms: &[Terms], paths: &Paths, from: usize) -> Block);
widened!(row_widened, row, (t: &Terms, paths: &Paths, out: &mut [u8]));

/// The first quarter with a shortfall of every issuer (rows) on every path (columns); [`NONE`] where there is none.
pub fn first_shortfalls(terms: &[Terms], paths: &Paths) -> Vec<u8> {
    let n = paths.len();
    let mut out = vec![NONE; terms.len() * n];
    if n > 0 {
        out.par_chunks_mut(n).zip(terms).for_each(|(row, t)| row_widened(t, paths, row));
    }
    out
}

/// What Monte Carlo found of an issuer, in numbers of paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odds {
    /// Paths whose first shortfall falls into each quarter.
    pub shortfall: [u32; QUARTERS],
    /// Paths without a shortfall that end with three years in a row in which interest was not covered.
    pub zombie: u32,
    /// Paths without a shortfall that end with coverage below one over the last year.
    pub uncovered: u32,
}

impl Odds {
    /// Paths with a shortfall within the first `quarters`.
    pub fn within(&self, quarters: usize) -> u32 {
        self.shortfall[..quarters.min(QUARTERS)].iter().sum()
    }
}

/// What Monte Carlo found.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// How many paths.
    pub paths: usize,
    /// One an issuer, in the order given.
    pub odds: Vec<Odds>,
    /// Share of issuers that fail, a path.
    pub issuers_failing: Vec<f64>,
    /// Share of debt whose issuers fail, a path.
    pub debt_failing: Vec<f64>,
}

/// Runs every issuer along every path. Threads share out paths; a path's sums run over issuers in the order given, and counts are whole
/// numbers, so that the result is the same bytes at any number of threads.
pub fn simulate(terms: &[Terms], paths: &Paths) -> Simulation {
    let n = paths.len();
    let blocks: Vec<Block> = (0..n.div_ceil(BLOCK)).into_par_iter().map(|b| block_widened(terms, paths, b * BLOCK)).collect();
    let mut odds = vec![Odds::default(); terms.len()];
    let all = terms.iter().map(|t| t.debt).sum::<f64>();
    let (mut issuers_failing, mut debt_failing) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for b in &blocks {
        for (o, counts) in odds.iter_mut().zip(&b.issuers) {
            for (sum, count) in o.shortfall.iter_mut().zip(counts) {
                *sum += count;
            }
            o.zombie += counts[QUARTERS];
            o.uncovered += counts[QUARTERS + 1];
        }
        issuers_failing.extend(b.failed.iter().map(|f| f64::from(*f) / terms.len().max(1) as f64));
        debt_failing.extend(b.debt.iter().map(|d| if all > 0.0 { d / all } else { 0.0 }));
    }
    Simulation { paths: n, odds, issuers_failing, debt_failing }
}
