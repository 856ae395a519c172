//! The wall: debt of a universe's issuers that falls due soon, beside what they could pay it with, and who says nothing of it.

use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::facts::known;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{Day, Moment};

use super::issuers::{self, Issuers};
use super::ladder::{self, AFTER_YEARS, Absence, Book, Ladder};
use super::statements::{Basis, Item, STALE_DAYS, Stated, Statements};
use crate::{ParamKind, ParamSpec, Params};

/// Undrawn committed credit.
pub const UNDRAWN: &str = "us-gaap:LineOfCreditFacilityRemainingBorrowingCapacity";

/// Items of statements that the wall is set against.
pub const ITEMS: &[Item] = &[
    Item::TotalDebt,
    Item::CurrentDebt,
    Item::Cash,
    Item::ShortTermInvestments,
    Item::OperatingCashFlow,
    Item::CapitalExpenditure,
];

/// How far the wall reaches: a parameter.
pub const MONTHS: ParamSpec = ParamSpec::new("months", ParamKind::Int(1, 60), "24", "debt due within these months counts");
/// How many ladders make a figure: a parameter.
pub const LEAST: ParamSpec =
    ParamSpec::new("least", ParamKind::Int(1, 5000), "10", "issuers with a ladder below which there is no value");

/// What measures of ladders say they read.
pub const INPUTS: &str = "Principal due by year and long-term debt as tagged in filings (dollars), every vintage with its accession number; debt, cash and cash \
     flow from statements; the universe's members and the issuers behind them.";
/// What measures of ladders say of missing data.
pub const MISSING: &str = "An issuer without a whole ladder of at most 550 days counts for nothing here; evidence says how many there are, why, and how \
     much debt they have. Flagged missing_members where less than half of the debt known is on ladders. Banks, lenders, insurers and mortgage \
     trusts, whose funding rolls by nature, are left out unless asked for and are shown apart.";
/// What measures of ladders say of the past.
pub const POINT_IN_TIME: &str = "Filings count from when they could be used; an amendment or restatement counts from its own filing. Membership as known then. What \
     would have fallen due between the balance and the day, evenly within each year, is taken as paid.";

/// What a measure of ladders needs.
pub fn needs(params: &Params) -> Needs {
    issuers::needs(params, ITEMS).facts(ladder::concepts()).facts([UNDRAWN])
}

/// What an issuer has and owes by its statements, dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Means {
    /// All debt on the balance sheet.
    pub debt: Option<f64>,
    /// Debt due within a year by the balance sheet.
    pub current_debt: Option<f64>,
    /// Cash, equivalents and short-term investments.
    pub liquidity: Option<f64>,
    /// Undrawn committed credit, where tagged within 400 days.
    pub undrawn: Option<f64>,
    /// Cash flow from operations less capital expenditure, twelve months.
    pub free_cash_flow: Option<f64>,
}

impl Means {
    /// What could pay debt due within `months`: cash, undrawn lines and the free cash flow of as many months, nothing below zero. `None`
    /// where cash is not stated; free cash flow not stated counts as none.
    pub fn against(&self, months: usize) -> Option<f64> {
        let flow = self.free_cash_flow.unwrap_or(0.0) * months as f64 / 12.0;
        Some((self.liquidity? + self.undrawn.unwrap_or(0.0) + flow).max(0.0))
    }

    /// From an issuer's statements at a moment, and the day until which they stand if nothing is filed.
    pub fn of(statements: &Statements<'_>, at: Moment) -> (Means, Option<Day>) {
        let (debt, cash) = (statements.debt(at).ok(), statements.liquidity(at).ok());
        let flow = statements.free_cash_flow(Basis::Ttm, at).ok();
        let line = known(statements.facts.of(statements.issuer, UNDRAWN), at)
            .filter(|f| f.start.is_none() && statements.facts.unit(f) == "USD" && f.value >= 0.0)
            .max_by_key(|f| f.end)
            .filter(|f| at.day().0 - f.end.0 <= 400);
        let value = |s: &Option<Stated>| s.as_ref().map(|s| s.value).filter(|v| v.is_finite());
        let ends = [debt.as_ref().map(|d| d.total.end), cash.as_ref().map(|s| s.end), flow.as_ref().map(|s| s.end)];
        let until = ends.into_iter().flatten().map(|end| end.plus(STALE_DAYS)).chain(line.map(|f| f.end.plus(400))).min();
        let means = Means {
            debt: debt.as_ref().map(|d| d.total.value),
            current_debt: debt.as_ref().and_then(|d| value(&d.current)),
            liquidity: value(&cash),
            undrawn: line.map(|f| f.value),
            free_cash_flow: value(&flow),
        };
        (means, until)
    }
}

/// The means of every issuer of a universe, as steps over the sessions.
pub fn means(issuers: &Issuers<'_>) -> Arc<Vec<Vec<(usize, Means)>>> {
    issuers.cut.memo(&issuers.key("means", ""), || {
        issuers.holders.iter().map(|h| issuers.steps(h, |statements, _, at| Means::of(statements, at))).collect()
    })
}

/// The step in force at a position.
pub fn in_force<T>(steps: &[(usize, T)], t: usize) -> Option<&T> {
    steps[..steps.partition_point(|s| s.0 <= t)].last().map(|s| &s.1)
}

/// One issuer's part of the wall.
pub struct Part<'a> {
    /// Position among the holders.
    pub holder: usize,
    /// Its ladder.
    pub ladder: &'a Ladder,
    /// Debt due within the months, dollars.
    pub due: f64,
    /// Debt that falls due after the day, dollars.
    pub outstanding: f64,
    /// What it has.
    pub means: Means,
}

impl Part<'_> {
    /// Years until the debt falls due, on average.
    pub fn maturity(&self, day: Day) -> Option<f64> {
        self.ladder.weighted_average_maturity(day, AFTER_YEARS)
    }
}

/// A universe's wall on a session.
pub struct Wall<'a> {
    /// Issuers with a ladder and debt on it.
    pub parts: Vec<Part<'a>>,
    /// Those of them whose business is to borrow and lend, left out of `parts`.
    pub apart: Vec<Part<'a>>,
    /// Holders without a ladder: position, why, and their debt where known (`None` where nothing is stated of them at all).
    pub absent: Vec<(usize, Absence, Option<f64>)>,
    /// Members that counted.
    pub members: usize,
}

impl Wall<'_> {
    /// Debt due within the months, dollars.
    pub fn due(&self) -> f64 {
        self.parts.iter().map(|p| p.due).sum()
    }
    /// Debt on the ladders after the day, dollars.
    pub fn outstanding(&self) -> f64 {
        self.parts.iter().map(|p| p.outstanding).sum()
    }
    /// Debt known of members without a ladder, dollars.
    pub fn unseen(&self) -> f64 {
        self.absent.iter().filter_map(|a| a.2).sum()
    }
    /// Share of the debt known that is on ladders; `None` without debt.
    pub fn coverage(&self) -> Option<f64> {
        let (on, off) = (self.outstanding(), self.unseen());
        (on + off > 0.0).then(|| on / (on + off))
    }
    /// Members without a ladder for a reason.
    pub fn without(&self, reason: impl Fn(Absence) -> bool) -> (usize, f64) {
        let found = self.absent.iter().filter(|a| reason(a.1));
        found.fold((0, 0.0), |(n, debt), a| (n + 1, debt + a.2.unwrap_or(0.0)))
    }
}

/// The wall of a universe at a position of the axis.
pub fn wall<'a>(issuers: &Issuers<'_>, book: &'a Book, params: &Params, t: usize) -> Wall<'a> {
    let months = if params.values().contains_key("months") { params.int("months") } else { 24 };
    wall_within(issuers, book, (months, params.text("financials")), t)
}

/// As [`wall`], with the months and who of the financial issuers counts (`exclude`, `include`, `only`).
pub fn wall_within<'a>(issuers: &Issuers<'_>, book: &'a Book, (months, financials): (usize, &str), t: usize) -> Wall<'a> {
    let (day, at, all) = (issuers.cut.sessions[t], issuers.ends[t], means(issuers));
    let mut out = Wall { parts: Vec::new(), apart: Vec::new(), absent: Vec::new(), members: 0 };
    for (i, holder) in issuers.holders.iter().enumerate().filter(|(_, h)| h.is_member(t)) {
        let means = in_force(&all[i], t).copied().unwrap_or_default();
        let counts = issuers.wanted(holder, financials, at);
        out.members += usize::from(counts);
        let ladder = holder.facts.ok_or(Absence::None).and_then(|issuer| book.ladder(issuer, day));
        match ladder {
            Ok(ladder) if ladder.outstanding(day) > 0.0 => {
                let part = Part {
                    holder: i,
                    ladder,
                    due: ladder.due_within(day, months as i32),
                    outstanding: ladder.outstanding(day),
                    means,
                };
                if counts { out.parts.push(part) } else { out.apart.push(part) }
            }
            Ok(_) => {}
            Err(why) if counts => {
                let stated = holder.facts.and_then(|issuer| book.reading(issuer, at)).and_then(|r| r.debt.as_ref());
                let stated = stated.filter(|(on, _)| day.0 - on.0 <= ladder::MAX_AGE).map(|(_, d)| d.amount);
                let debt = means.debt.or(stated);
                // Without debt there is nothing to lay on a ladder.
                if debt != Some(0.0) {
                    out.absent.push((i, why, debt));
                }
            }
            Err(_) => {}
        }
    }
    out
}

/// The issuers of a cut and their ladders.
///
/// # Errors
/// As [`Issuers::of`].
pub fn prepared<'a>(cut: &'a Cut, params: &'a Params) -> Result<(Issuers<'a>, Arc<Book>), crate::Unmeasurable> {
    Ok((Issuers::of(cut, params)?, Book::of(cut)))
}
