//! Earnings, leverage, coverage and the rate paid, each from statements of one and the same period.

use plimsoll_model::time::{Day, Moment};

use super::items::Item;
use super::{Absent, How, NEAR, STALE_DAYS, Stated, StatedFlags, Statements, fiscal_year};

/// Which twelve months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The past twelve months, or the last fiscal year where nothing shorter is stated for all that is needed.
    Ttm,
    /// The last fiscal year.
    LastYear,
    /// A fiscal year by name, see [`fiscal_year`].
    Year(i16),
}

/// One amount over another.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    /// The ratio.
    pub value: f64,
    /// The upper amount.
    pub over: Stated,
    /// The lower amount.
    pub under: Stated,
}

impl Ratio {
    /// The last day it is about.
    pub fn end(&self) -> Day {
        self.over.end.max(self.under.end)
    }
    /// When the last of its parts became known.
    pub fn known_at(&self) -> Moment {
        self.over.known_at.max(self.under.known_at)
    }
    /// Flags of both.
    pub fn flags(&self) -> StatedFlags {
        self.over.flags.and(self.under.flags)
    }
}

/// A signed sum of two figures of one period.
fn combined(a: Stated, b: &Stated, sign: f64) -> Stated {
    let parts = b.parts.iter().map(|p| super::Part { sign: p.sign * sign, ..*p });
    Stated {
        value: a.value + sign * b.value,
        known_at: a.known_at.max(b.known_at),
        how: a.how.max(b.how),
        flags: a.flags.and(b.flags),
        parts: a.parts.iter().copied().chain(parts).collect(),
        ..a
    }
}

/// The one of `years` that ends with a period.
fn same<'a>(years: &'a [Stated], other: &Stated) -> Option<&'a Stated> {
    years.iter().find(|y| (y.end.0 - other.end.0).abs() <= NEAR)
}

impl Statements<'_> {
    /// A figure on a basis.
    ///
    /// # Errors
    /// As [`Statements::ttm`] and [`Statements::year`].
    pub fn flow(&self, item: Item, basis: Basis, at: Moment) -> Result<Stated, Absent> {
        match basis {
            Basis::Ttm => self.ttm(item, at),
            Basis::LastYear => self.year(item, at),
            Basis::Year(year) => {
                let named = |s: &Stated| s.fiscal_year() == year;
                self.annual(item, at).into_iter().rev().find(named).ok_or(Absent::NotStated(item))
            }
        }
    }

    /// Two figures of one period: on the basis, or, where the past twelve months of the two end apart, of the last fiscal year that both
    /// state (interest is often stated once a year).
    ///
    /// # Errors
    /// Where one is absent, or they have no period in common.
    pub fn pair(&self, a: Item, b: Item, basis: Basis, at: Moment) -> Result<(Stated, Stated), Absent> {
        let (first, second) = (self.flow(a, basis, at), self.flow(b, basis, at));
        if let (Ok(x), Ok(y)) = (&first, &second)
            && (x.end.0 - y.end.0).abs() <= NEAR
        {
            return Ok((x.clone(), y.clone()));
        }
        if let Basis::Year(_) = basis {
            return Err(first.err().or(second.err()).unwrap_or(Absent::Apart(a, b)));
        }
        let (xs, ys) = (self.annual(a, at), self.annual(b, at));
        let common = xs.iter().rev().find_map(|x| same(&ys, x).map(|y| (x, y)));
        match common {
            Some((x, y)) if at.day().0 - x.end.0 <= STALE_DAYS => {
                let last =
                    |s: &Stated| Stated { how: if basis == Basis::Ttm { How::LastFiscalYear } else { s.how }, ..s.clone() };
                Ok((last(x), last(y)))
            }
            _ => Err(first.err().or(second.err()).unwrap_or(Absent::Apart(a, b))),
        }
    }

    /// Earnings before interest and taxes: operating income; where it is not stated, income before taxes and interest expense (which holds
    /// what is earned outside operations, flagged wide).
    ///
    /// # Errors
    /// Where neither is stated.
    pub fn ebit(&self, basis: Basis, at: Moment) -> Result<Stated, Absent> {
        let stated = self.flow(Item::OperatingIncome, basis, at);
        if stated.is_ok() {
            return stated;
        }
        match self.pair(Item::PretaxIncome, Item::InterestExpense, basis, at) {
            Ok((income, interest)) => {
                let mut sum = combined(income, &interest, 1.0);
                sum.flags = sum.flags.and(StatedFlags::FALLBACK).and(StatedFlags::WIDE);
                Ok(sum)
            }
            Err(_) => stated,
        }
    }

    /// Earnings before interest, taxes, depreciation and amortization.
    ///
    /// # Errors
    /// Where a part is absent or of another period.
    pub fn ebitda(&self, basis: Basis, at: Moment) -> Result<Stated, Absent> {
        if let Ok((ebit, written_off)) = self.pair(Item::OperatingIncome, Item::DepreciationAndAmortization, basis, at) {
            return Ok(combined(ebit, &written_off, 1.0));
        }
        let ebit = self.ebit(basis, at)?;
        let written_off = self.flow(Item::DepreciationAndAmortization, basis, at)?;
        if (ebit.end.0 - written_off.end.0).abs() > NEAR {
            return Err(Absent::Apart(Item::OperatingIncome, Item::DepreciationAndAmortization));
        }
        Ok(combined(ebit, &written_off, 1.0))
    }

    /// Free cash flow: cash flow from operations less capital expenditure (none stated counts as none).
    ///
    /// # Errors
    /// Where cash flow from operations is absent.
    pub fn free_cash_flow(&self, basis: Basis, at: Moment) -> Result<Stated, Absent> {
        match self.pair(Item::OperatingCashFlow, Item::CapitalExpenditure, basis, at) {
            Ok((cash, spent)) => Ok(combined(cash, &spent, -1.0)),
            Err(_) => {
                let mut cash = self.flow(Item::OperatingCashFlow, basis, at)?;
                cash.flags = cash.flags.and(StatedFlags::PARTIAL);
                Ok(cash)
            }
        }
    }

    /// Cash, equivalents and short-term investments.
    ///
    /// # Errors
    /// Where no cash is stated.
    pub fn liquidity(&self, at: Moment) -> Result<Stated, Absent> {
        let cash = self.balance(Item::Cash, at)?;
        // The publisher's number holds the investments.
        if cash.parts.iter().any(|p| p.concept.starts_with("simfin:")) {
            return Ok(cash);
        }
        Ok(match self.balance(Item::ShortTermInvestments, at) {
            Ok(held) if (held.end.0 - cash.end.0).abs() <= NEAR => combined(cash, &held, 1.0),
            _ => cash,
        })
    }

    /// Debt less cash, equivalents and short-term investments.
    ///
    /// # Errors
    /// Where either is absent.
    pub fn net_debt(&self, at: Moment) -> Result<Stated, Absent> {
        Ok(combined(self.debt(at)?.total, &self.liquidity(at)?, -1.0))
    }

    /// Debt over EBITDA. Of a fiscal year by name: debt on its last day.
    ///
    /// # Errors
    /// Where either is absent, or EBITDA is not positive.
    pub fn leverage(&self, basis: Basis, at: Moment) -> Result<Ratio, Absent> {
        let under = self.ebitda(basis, at)?;
        let over = match basis {
            Basis::Ttm => self.debt(at)?.total,
            _ => self.debt_on(under.end, at).ok_or(Absent::NotStated(Item::TotalDebt))?,
        };
        ratio(over, under, Item::OperatingIncome)
    }

    /// EBIT over interest expense, of one period.
    ///
    /// # Errors
    /// Where either is absent, they have no period in common, or interest expense is not positive.
    pub fn coverage(&self, basis: Basis, at: Moment) -> Result<Ratio, Absent> {
        let pair = self.pair(Item::OperatingIncome, Item::InterestExpense, basis, at).or_else(|missing| {
            let (income, interest) = self.pair(Item::PretaxIncome, Item::InterestExpense, basis, at).map_err(|_| missing)?;
            let mut ebit = combined(income, &interest, 1.0);
            ebit.flags = ebit.flags.and(StatedFlags::FALLBACK).and(StatedFlags::WIDE);
            Ok((ebit, interest))
        });
        let (over, under) = pair?;
        ratio(over, under, Item::InterestExpense)
    }

    /// Interest expense over the average of debt at the end and the beginning of its period: the rate paid, as a decimal.
    ///
    /// # Errors
    /// Where either is absent, or average debt is not positive.
    pub fn effective_rate(&self, basis: Basis, at: Moment) -> Result<Ratio, Absent> {
        let interest = self.flow(Item::InterestExpense, basis, at)?;
        let start = interest.start.ok_or(Absent::NotStated(Item::InterestExpense))?;
        let on = |day| self.debt_on(day, at).ok_or(Absent::NotStated(Item::TotalDebt));
        let (last, first) = (on(interest.end)?, on(start.plus(-1))?);
        let mut average = combined(last, &first, 1.0);
        average.value /= 2.0;
        ratio(interest, average, Item::TotalDebt)
    }

    /// Interest coverage by fiscal year, ascending: the year and the ratio, or why there is none. Years without operating income or
    /// interest expense are not there.
    pub fn coverage_by_year(&self, at: Moment) -> Vec<(i16, Result<Ratio, Absent>)> {
        let (ebits, interests) = (self.annual(Item::OperatingIncome, at), self.annual(Item::InterestExpense, at));
        let pair = |over: &Stated| {
            let under = same(&interests, over)?;
            Some((fiscal_year(over.end), ratio(over.clone(), under.clone(), Item::InterestExpense)))
        };
        ebits.iter().filter_map(pair).collect()
    }
}

fn ratio(over: Stated, under: Stated, lower: Item) -> Result<Ratio, Absent> {
    if under.value > 0.0 { Ok(Ratio { value: over.value / under.value, over, under }) } else { Err(Absent::NotPositive(lower)) }
}
