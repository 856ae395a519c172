//! An issuer as a borrower, and the terms on which the quarters run.

use super::assumptions::Assumptions;
use super::scenario::Conditions;

/// Quarters ahead: three years.
pub const QUARTERS: usize = 12;

/// What is known of an issuer's debt and earnings on the day. Money in one currency; flows over the trailing twelve months.
#[derive(Clone, Debug, PartialEq)]
pub struct Borrower {
    /// Identity of the issuer (its CIK): names its stream of random numbers.
    pub key: u64,
    /// Cash and short-term investments.
    pub cash: f64,
    /// Undrawn committed lines, where reported.
    pub undrawn: Option<f64>,
    /// Operating income.
    pub ebit: f64,
    /// Depreciation and amortisation.
    pub depreciation: f64,
    /// Revenue, where reported.
    pub revenue: Option<f64>,
    /// Interest expense, positive.
    pub interest: f64,
    /// Capital expenditure, positive; none counts as 0.
    pub capex: Option<f64>,
    /// Dividends and buybacks, positive.
    pub payouts: Option<f64>,
    /// Costs paid in shares.
    pub noncash: Option<f64>,
    /// Cash absorbed by working capital.
    pub working_capital: Option<f64>,
    /// Debt due in each of the next quarters.
    pub due: [f64; QUARTERS],
    /// Debt due later.
    pub later: f64,
    /// Rate paid on average, where stated; else interest over debt.
    pub average_rate: Option<f64>,
    /// Share of debt that floats, where stated.
    pub floating_share: Option<f64>,
    /// Market capitalisation.
    pub market_cap: Option<f64>,
    /// Fiscal years in a row, up to the last, in which interest was not covered; 0 where not known.
    pub years_below_one: u8,
}

/// Why an issuer cannot be stressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// A figure that is needed is not a number.
    NotANumber,
    /// Debt, cash or interest is negative.
    Negative,
    /// No debt at all.
    NoDebt,
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Unusable::NotANumber => "a figure needed is not known",
            Unusable::Negative => "debt, cash or interest is negative",
            Unusable::NoDebt => "no debt",
        })
    }
}

impl Borrower {
    /// All debt.
    pub fn debt(&self) -> f64 {
        self.due.iter().sum::<f64>() + self.later
    }
}

/// A borrower laid out for the quarters: amounts a quarter, what does not depend on the path computed once.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// See [`Borrower::key`].
    pub key: u64,
    /// All debt on the day.
    pub debt: f64,
    /// Market capitalisation.
    pub market_cap: Option<f64>,
    /// Debt due, by quarter.
    pub due: [f64; QUARTERS],
    /// Interest of the quarter on old fixed debt still standing.
    pub old_fixed: [f64; QUARTERS],
    /// Old floating debt still standing in the quarter, a quarter of it.
    pub old_floating: [f64; QUARTERS],
    /// Interest of the quarter that is the margin of old floating debt.
    pub old_margin: [f64; QUARTERS],
    /// Share of new debt that floats.
    pub floating: f64,
    /// EBITDA a quarter.
    pub ebitda: f64,
    /// What a change of conditions by the whole moves, a quarter.
    pub swing: f64,
    /// Depreciation a quarter.
    pub depreciation: f64,
    /// Cash spent a quarter beside interest and tax.
    pub spending: f64,
    /// Tax on earnings after interest.
    pub tax: f64,
    /// Cash above what must stay.
    pub cash: f64,
    /// Lines that can be drawn.
    pub lines: f64,
    /// Share of the policy rate that cash earns, a quarter of it.
    pub earns: f64,
    /// EBIT of a quarter of the past year.
    pub past_ebit: f64,
    /// Interest of a quarter of the past year.
    pub past_interest: f64,
    /// Coverage below which nobody lends.
    pub closed_below: f64,
    /// Years in a row in which interest was not covered.
    pub years_below: f64,
    /// Least coverage of each rating but the worst.
    pub least: [f64; super::spreads::RATINGS - 1],
    /// Spread of each rating.
    pub spread: [f64; super::spreads::RATINGS],
}

impl Terms {
    /// Lays a borrower out.
    pub fn new(b: &Borrower, a: &Assumptions, conditions: &Conditions) -> Result<Terms, Unusable> {
        let debt = b.debt();
        let needed = [b.cash, b.ebit, b.depreciation, b.interest, debt];
        if !needed.iter().all(|x| x.is_finite()) {
            return Err(Unusable::NotANumber);
        }
        if b.due.iter().chain([&b.later, &b.interest, &b.cash]).any(|x| *x < 0.0) {
            return Err(Unusable::Negative);
        }
        if debt <= 0.0 {
            return Err(Unusable::NoDebt);
        }
        let known = |x: Option<f64>| x.filter(|x| x.is_finite());
        let large = known(b.market_cap).is_some_and(|cap| cap > a.large_cap);
        let usual = if large { a.floating_share_large } else { a.floating_share_small };
        let floating = known(b.floating_share).unwrap_or(usual).clamp(0.0, 1.0);
        let rate = known(b.average_rate).unwrap_or(b.interest / debt);
        let margin = (rate - conditions.past_rate).max(0.0);
        let table = if large { &conditions.spreads.large } else { &conditions.spreads.small };
        let revenue = known(b.revenue).unwrap_or(0.0).max(0.0);
        let flow = |x: Option<f64>, share: f64| known(x).unwrap_or(0.0) * share;
        let capex = known(b.capex).unwrap_or(0.0);
        let kept = capex.min(b.depreciation.max(0.0));
        let spending = kept * a.capex_share + (capex - kept) * a.growth_capex_share + flow(b.payouts, a.payout_share)
            - flow(b.noncash, a.noncash_share)
            + flow(b.working_capital, a.working_capital_share);
        let ebitda = b.ebit + b.depreciation;
        let mut terms = Terms {
            key: b.key,
            debt,
            market_cap: known(b.market_cap),
            due: b.due,
            old_fixed: [0.0; QUARTERS],
            old_floating: [0.0; QUARTERS],
            old_margin: [0.0; QUARTERS],
            floating,
            ebitda: ebitda / 4.0,
            swing: ebitda.abs().max(a.least_margin * revenue) / 4.0,
            depreciation: b.depreciation / 4.0,
            spending: spending / 4.0,
            tax: a.tax_rate,
            cash: b.cash - a.minimum_cash * revenue,
            lines: known(b.undrawn).unwrap_or(0.0).max(0.0) * a.lines_drawn,
            earns: a.cash_earns / 4.0,
            past_ebit: b.ebit / 4.0,
            past_interest: b.interest / 4.0,
            closed_below: a.closed_below,
            years_below: f64::from(b.years_below_one),
            least: table.least,
            spread: table.spread.map(|s| s * a.spread_multiple),
        };
        let mut left = debt;
        for q in 0..QUARTERS {
            left -= b.due[q];
            terms.old_fixed[q] = left.max(0.0) * (1.0 - floating) * rate / 4.0;
            terms.old_floating[q] = left.max(0.0) * floating / 4.0;
            terms.old_margin[q] = terms.old_floating[q] * margin;
        }
        Ok(terms)
    }
}
