//! One issuer along one path, quarter by quarter, with the reason where it fails.

use super::borrower::{QUARTERS, Terms};
use super::engine::{NONE, Quarter, State};
use super::lanes::Lanes;
use super::paths::Paths;

/// A quarter of an issuer's course. Money in the issuer's currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Debt due and rolled.
    pub rolled: f64,
    /// Debt due that nobody rolled, paid from cash.
    pub repaid: f64,
    /// Spread on debt rolled, decimals a year.
    pub spread: f64,
    /// Rate of new fixed debt, spread included.
    pub new_rate: f64,
    /// Interest paid.
    pub interest: f64,
    /// EBITDA.
    pub ebitda: f64,
    /// EBIT.
    pub ebit: f64,
    /// Cash above what must stay, at the end; negative is a shortfall.
    pub cash: f64,
    /// Lines not drawn, at the end.
    pub lines: f64,
    /// EBIT over interest of the past four quarters; `None` without interest.
    pub coverage: Option<f64>,
}

/// What used up the cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The business burns cash: at the interest it paid before, with every debt rolled, it would have run out as well.
    CashBurn,
    /// Dearer interest: at the interest it paid before it would not have run out.
    DearerInterest,
    /// Debt due that nobody rolled: had it been rolled, the cash would have sufficed.
    DebtNotRolled,
    /// Dearer interest and debt not rolled together; either alone would not have done it.
    InterestAndDebt,
}

impl Cause {
    /// For a table.
    pub fn words(self) -> &'static str {
        match self {
            Cause::CashBurn => "cash burn",
            Cause::DearerInterest => "dearer interest",
            Cause::DebtNotRolled => "debt not rolled",
            Cause::InterestAndDebt => "dearer interest and debt not rolled",
        }
    }
}

/// Why an issuer became a zombie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Squeeze {
    /// Earnings fell below the interest paid before.
    Earnings,
    /// Interest rose above the earnings made before.
    Interest,
    /// Neither alone.
    Both,
    /// Interest was not covered before either.
    Already,
}

impl Squeeze {
    /// For a table.
    pub fn words(self) -> &'static str {
        match self {
            Squeeze::Earnings => "earnings fell",
            Squeeze::Interest => "interest rose",
            Squeeze::Both => "both",
            Squeeze::Already => "uncovered before",
        }
    }
}

/// An issuer's course along a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The quarters.
    pub quarters: [Moment; QUARTERS],
    /// First quarter with a shortfall, 0 the next, and why.
    pub shortfall: Option<(usize, Cause)>,
    /// Whether the last three fiscal years before the day left interest uncovered.
    pub zombie_before: bool,
    /// The year (0 to 2) at whose end three years in a row have left interest uncovered, and why, where it was no zombie before.
    pub zombie: Option<(usize, Squeeze)>,
    /// The year at whose end a zombie covers its interest again.
    pub recovers: Option<usize>,
}

/// Years below one that make a zombie.
const ZOMBIE_YEARS: f64 = 3.0;

/// Follows an issuer along one of the paths. The issuer's own shocks are left out.
pub fn follow(t: &Terms, paths: &Paths, path: usize) -> Course {
    let mut state = State::<1>::new(t);
    let zombie_before = t.years_below >= ZOMBIE_YEARS;
    let (mut shortfall, mut zombie, mut recovers) = (None, None, None);
    let (mut extra, mut repaid, mut lines) = (0.0, 0.0, state.lines.0[0]);
    let past_coverage = t.past_ebit >= t.past_interest;
    let quarters = std::array::from_fn(|q| {
        let [short, tenor, spread, level] = paths.at(q, path);
        state.step(
            t,
            q,
            Quarter { short: Lanes([short]), tenor: Lanes([tenor]), spread: Lanes([spread]), level: Lanes([level]) },
        );
        let (interest, ebit) = (state.interest[q % 4].0[0], state.ebit[q % 4].0[0]);
        // What the interest above that of a past quarter cost, after the tax it saved.
        let saved = t.tax * ((ebit - t.past_interest).max(0.0) - (ebit - interest).max(0.0));
        extra += interest - t.past_interest - saved;
        let now = state.repaid.0[0] - repaid;
        repaid = state.repaid.0[0];
        lines = state.lines.0[0];
        if shortfall.is_none() && state.failed.0[0] < f64::from(NONE) {
            shortfall = Some((q, cause(state.cash.0[0], extra, repaid)));
        }
        if q % 4 == 3 && shortfall.is_none() {
            let year = q / 4;
            let below = state.ebit_year.0[0] < state.interest_year.0[0];
            if !zombie_before && zombie.is_none() && state.years_below.0[0] >= ZOMBIE_YEARS {
                let (e, i) = (state.ebit_year.0[0], state.interest_year.0[0]);
                let why = match (past_coverage, e < 4.0 * t.past_interest, 4.0 * t.past_ebit < i) {
                    (false, ..) => Squeeze::Already,
                    (_, true, false) => Squeeze::Earnings,
                    (_, false, true) => Squeeze::Interest,
                    _ => Squeeze::Both,
                };
                zombie = Some((year, why));
            }
            if zombie_before && recovers.is_none() && !below {
                recovers = Some(year);
            }
        }
        Moment {
            rolled: t.due[q] - now,
            repaid: now,
            spread: state.spread.0[0],
            new_rate: tenor + state.spread.0[0],
            interest,
            ebitda: ebit + t.depreciation,
            ebit,
            cash: state.cash.0[0],
            lines,
            coverage: (state.interest_year.0[0] > 0.0).then(|| state.ebit_year.0[0] / state.interest_year.0[0]),
        }
    });
    Course { quarters, shortfall, zombie_before, zombie, recovers }
}

fn cause(cash: f64, extra: f64, repaid: f64) -> Cause {
    let enough = |x: f64| cash + x >= 0.0;
    match (enough(extra), enough(repaid)) {
        (true, true) if extra >= repaid => Cause::DearerInterest,
        (_, true) => Cause::DebtNotRolled,
        (true, false) => Cause::DearerInterest,
        (false, false) if enough(extra + repaid) => Cause::InterestAndDebt,
        (false, false) => Cause::CashBurn,
    }
}
