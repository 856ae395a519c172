//! What an issuer's filings say of it as a borrower.

use plimsoll_model::facts::known;
use plimsoll_model::time::{Day, Moment};

use super::borrower::{Borrower, QUARTERS};
use crate::kernels::ladder::{Ladder, months_after};
use crate::kernels::statements::{Absent, Basis, Item, STALE_DAYS, Statements};

/// The items of statements that a borrower is made of.
pub const ITEMS: &[Item] = &[
    Item::Revenue,
    Item::OperatingIncome,
    Item::PretaxIncome,
    Item::InterestExpense,
    Item::DepreciationAndAmortization,
    Item::CapitalExpenditure,
    Item::DividendsPaid,
    Item::Cash,
    Item::ShortTermInvestments,
    Item::CurrentDebt,
    Item::LongTermDebt,
    Item::TotalDebt,
];

/// Debt that floats, as a balance.
pub const FLOATING: &str = "us-gaap:LongTermDebtPercentageBearingVariableInterestAmount";
/// Debt at fixed rates, as a balance.
pub const FIXED: &str = "us-gaap:LongTermDebtPercentageBearingFixedInterestAmount";
/// Days for which a stated share of floating debt stands: an annual report comes once a year.
const FLOATING_DAYS: i32 = 400;
/// A floating amount above all debt by more than this is of something else.
const FLOATING_MOST: f64 = 1.05;

/// The share of debt that floats as stated: of floating and fixed debt of one day, or of all debt where fixed debt is not stated. Amounts
/// without dimensions only, in dollars, of the past 400 days.
fn floating(s: &Statements<'_>, debt: f64, at: Moment) -> Option<f64> {
    let balances = |concept| {
        known(s.facts.of(s.issuer, concept), at)
            .filter(|f| f.start.is_none() && s.facts.unit(f) == "USD" && f.value >= 0.0 && at.day().0 - f.end.0 <= FLOATING_DAYS)
    };
    let floats = balances(FLOATING).max_by_key(|f| f.end)?;
    let fixed = balances(FIXED).find(|f| f.end == floats.end).map(|f| f.value);
    let all = fixed.map_or(debt, |fixed| fixed + floats.value);
    (all > 0.0 && floats.value <= FLOATING_MOST * all.min(debt)).then(|| (floats.value / all).min(1.0))
}

/// What is done with issuers of whom no whole maturity ladder is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WithoutLadder {
    /// They are left out, and counted.
    Exclude,
    /// Current debt falls due evenly over the next four quarters, the rest evenly over so many years after them. Where all debt is stated
    /// as current (balance sheets of real estate do not part it), all of it is spread evenly over one year more.
    BalanceSheet {
        /// Years.
        rest_years: f64,
    },
}

/// Current debt of at least this share of all debt means that the balance sheet does not part the two.
const PARTED: f64 = 0.999;

/// Where an issuer's maturities are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Its own ladder.
    Ladder,
    /// Current debt on the balance sheet, the rest spread evenly: an assumption.
    BalanceSheet,
}

/// Why an issuer has no part in the stress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// No issuer that files is linked to the security.
    NotLinked,
    /// No statement is known, or those known are too old.
    NoStatement,
    /// Operating income or interest expense is not stated for one period.
    NoEarnings,
    /// Depreciation is not stated.
    NoDepreciation,
    /// Cash is not stated.
    NoCash,
    /// Debt is not stated.
    DebtUnknown,
    /// No debt: nothing to refinance.
    NoDebt,
    /// No whole maturity ladder is known.
    NoLadder,
    /// A figure is negative that cannot be.
    Unusable,
}

impl Left {
    /// For a table.
    pub fn words(self) -> &'static str {
        match self {
            Left::NotLinked => "not linked to an issuer that files",
            Left::NoStatement => "no statement known of the past eighteen months",
            Left::NoEarnings => "no operating income and interest of one period",
            Left::NoDepreciation => "no depreciation stated",
            Left::NoCash => "no cash stated",
            Left::DebtUnknown => "no debt stated",
            Left::NoDebt => "no debt",
            Left::NoLadder => "no maturity ladder",
            Left::Unusable => "a figure is negative that cannot be",
        }
    }
}

/// An issuer's figures from its filings, in force from one filing to the next. Flows over the past twelve months.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Operating income.
    pub ebit: f64,
    /// Interest expense; net interest income counts as none.
    pub interest: f64,
    /// Depreciation and amortisation.
    pub depreciation: f64,
    /// Revenue.
    pub revenue: Option<f64>,
    /// Capital expenditure.
    pub capex: Option<f64>,
    /// Dividends.
    pub payouts: Option<f64>,
    /// Cash and short-term investments.
    pub cash: f64,
    /// All debt on the balance sheet.
    pub debt: f64,
    /// Of it due within a year.
    pub current: f64,
    /// Share of debt that floats, where stated.
    pub floating: Option<f64>,
    /// Fiscal years in a row in which interest was not covered.
    pub years_below_one: u8,
    /// The earliest end among the periods and balances used.
    pub oldest: Day,
}

impl Standing {
    /// From the statements known at a moment.
    ///
    /// # Errors
    /// What is missing.
    pub fn of(s: &Statements<'_>, at: Moment) -> Result<Standing, Left> {
        let stale = |e: Absent, other: Left| match e {
            Absent::Stale { .. } => Left::NoStatement,
            _ => other,
        };
        let debt = s.debt(at).map_err(|e| stale(e, Left::DebtUnknown))?;
        if debt.total.value <= 0.0 {
            return Err(Left::NoDebt);
        }
        let interest = s.pair(Item::OperatingIncome, Item::InterestExpense, Basis::Ttm, at);
        let (ebit, interest) = match interest {
            Ok(pair) => pair,
            Err(e) => match s.pair(Item::PretaxIncome, Item::InterestExpense, Basis::Ttm, at) {
                Ok((mut income, interest)) => {
                    income.value += interest.value;
                    (income, interest)
                }
                Err(_) => return Err(stale(e, Left::NoEarnings)),
            },
        };
        let same = |item| {
            let found = s.flow(item, Basis::Ttm, at).ok().filter(|f| (f.end.0 - ebit.end.0).abs() <= 7);
            found.or_else(|| s.annual(item, at).into_iter().rev().find(|f| (f.end.0 - ebit.end.0).abs() <= 7)).map(|f| f.value)
        };
        let depreciation = same(Item::DepreciationAndAmortization).ok_or(Left::NoDepreciation)?;
        let cash = s.liquidity(at).map_err(|e| stale(e, Left::NoCash))?;
        let below = s.coverage_by_year(at).into_iter().rev().take_while(|(_, r)| r.as_ref().is_ok_and(|r| r.value < 1.0)).count();
        Ok(Standing {
            ebit: ebit.value,
            interest: interest.value.max(0.0),
            depreciation,
            revenue: same(Item::Revenue),
            capex: same(Item::CapitalExpenditure),
            payouts: same(Item::DividendsPaid),
            cash: cash.value,
            debt: debt.total.value,
            current: debt.current.map_or(0.0, |c| c.value).clamp(0.0, debt.total.value),
            floating: floating(s, debt.total.value, at),
            years_below_one: below.min(255) as u8,
            oldest: ebit.end.min(cash.end).min(debt.total.end),
        })
    }

    /// The borrower at the end of a day. Debt on the balance sheet that its ladder does not name, or that would have fallen due since,
    /// counts as due after the three years.
    ///
    /// # Errors
    /// Where the figures are too old, or there is no ladder and such issuers are left out.
    pub fn borrower(
        &self,
        key: u64,
        day: Day,
        ladder: Option<&Ladder>,
        without: WithoutLadder,
    ) -> Result<(Borrower, Profile), Left> {
        if day.0 - self.oldest.0 > STALE_DAYS {
            return Err(Left::NoStatement);
        }
        let (mut due, profile) = match (ladder, without) {
            (Some(ladder), _) => {
                let quarter =
                    |q: usize| ladder.due(months_after(day, 3 * q as i32), months_after(day, 3 * (q as i32 + 1))).max(0.0);
                (std::array::from_fn::<f64, QUARTERS, _>(quarter), Profile::Ladder)
            }
            (None, WithoutLadder::Exclude) => return Err(Left::NoLadder),
            (None, WithoutLadder::BalanceSheet { rest_years }) => {
                let parted = self.current < PARTED * self.debt;
                let rest = (self.debt - self.current) / (4.0 * rest_years.max(0.25));
                let even = self.debt / (4.0 * (rest_years + 1.0));
                let quarter = |q: usize| match (parted, q < 4) {
                    (false, _) => even,
                    (true, true) => self.current / 4.0,
                    (true, false) => rest,
                };
                (std::array::from_fn(quarter), Profile::BalanceSheet)
            }
        };
        let named: f64 = due.iter().sum();
        let all = ladder.map_or(self.debt, |l| l.outstanding(day).max(self.debt)).max(0.0);
        if named > all && named > 0.0 {
            due = due.map(|d| d * all / named);
        }
        let later = (all - due.iter().sum::<f64>()).max(0.0);
        let borrower = Borrower {
            key,
            cash: self.cash,
            undrawn: None,
            ebit: self.ebit,
            depreciation: self.depreciation,
            revenue: self.revenue,
            interest: self.interest,
            capex: self.capex,
            payouts: self.payouts,
            noncash: None,
            working_capital: None,
            due,
            later,
            average_rate: None,
            floating_share: self.floating,
            market_cap: None,
            years_below_one: self.years_below_one,
        };
        Ok((borrower, profile))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::statements::tests::facts;

    #[test]
    fn a_floating_share_is_believed_where_it_is_stated_and_fits() {
        let at = |day: &str| day.parse::<Day>().unwrap().at(20, 0);
        let of = |numbers: &[(&str, f64, &str)], debt: f64, day: &str| {
            let rows: Vec<_> = numbers.iter().map(|(c, v, end)| (*c, "", *end, *v, "2023-02-20", "10-K")).collect();
            let facts = facts(&rows);
            floating(&Statements::new(&facts, 0), debt, at(day))
        };
        let end = "2022-12-31";
        // Of floating and fixed together; of all debt where fixed is not stated; not before it is filed, nor when it is old.
        assert_eq!(of(&[(FLOATING, 30.0, end), (FIXED, 90.0, end)], 125.0, "2023-03-01"), Some(0.25));
        assert_eq!(of(&[(FLOATING, 30.0, end)], 120.0, "2023-03-01"), Some(0.25));
        assert_eq!(of(&[(FLOATING, 30.0, end), (FIXED, 90.0, "2021-12-31")], 120.0, "2023-03-01"), Some(0.25));
        assert_eq!(of(&[(FLOATING, 30.0, end)], 120.0, "2023-02-19"), None);
        assert_eq!(of(&[(FLOATING, 30.0, end)], 120.0, "2024-03-01"), None);
        assert_eq!(of(&[(FIXED, 90.0, end)], 120.0, "2023-03-01"), None);
        // More than all debt is of something else; nil is a statement too.
        assert_eq!(of(&[(FLOATING, 300.0, end)], 120.0, "2023-03-01"), None);
        assert_eq!(of(&[(FLOATING, 0.0, end)], 120.0, "2023-03-01"), Some(0.0));
    }
}
