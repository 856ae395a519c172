//! The burden of debt on every issuer of a universe, step by step: coverage, leverage, the rate paid.

use std::sync::Arc;

use plimsoll_model::time::{Day, Moment};

use super::issuers::{Holder, Issuers, Tracks};
use super::statements::{Absent, Basis, Item, Ratio, STALE_DAYS, Stated, StatedFlags, Statements};
use crate::{ParamKind, ParamSpec, Params};

/// Items that [`Burden`] rests on.
pub const ITEMS: &[Item] = &[
    Item::OperatingIncome,
    Item::PretaxIncome,
    Item::InterestExpense,
    Item::DepreciationAndAmortization,
    Item::TotalDebt,
    Item::Cash,
    Item::ShortTermInvestments,
    Item::Assets,
];

/// Which twelve months: a parameter.
pub const BASIS: ParamSpec = ParamSpec::new(
    "basis",
    ParamKind::Choice(&["ttm", "last_year"]),
    "ttm",
    "the past twelve months (the last fiscal year where a source states years alone), or the last fiscal year",
);

/// A fiscal year by name: a parameter.
pub const FISCAL_YEAR: ParamSpec = ParamSpec::new(
    "fiscal_year",
    ParamKind::Int(0, 2100),
    "0",
    "a fiscal year by name, such as 2022 (it ends between April of that year and March of the next); 0 takes `basis`",
);

/// The basis that parameters name.
pub fn basis(params: &Params) -> Basis {
    match (params.int("fiscal_year"), params.text("basis")) {
        (0, "ttm") => Basis::Ttm,
        (0, _) => Basis::LastYear,
        (year, _) => Basis::Year(year as i16),
    }
}

/// What debt weighs on one issuer.
#[derive(Clone, Debug)]
pub struct Burden {
    /// Whether borrowing and lending is its business.
    pub financial: bool,
    /// EBIT over interest expense.
    pub coverage: Result<Ratio, Absent>,
    /// Debt over EBITDA.
    pub leverage: Result<Ratio, Absent>,
    /// Interest expense over average debt.
    pub rate: Result<Ratio, Absent>,
    /// EBITDA, dollars.
    pub ebitda: Result<Stated, Absent>,
    /// Interest expense, dollars.
    pub interest: Result<Stated, Absent>,
    /// Debt, dollars.
    pub debt: Result<Stated, Absent>,
    /// Debt less cash and short-term investments, dollars.
    pub net_debt: Result<Stated, Absent>,
    /// Total assets, dollars.
    pub assets: Result<Stated, Absent>,
}

impl Burden {
    /// The burden by an issuer's statements.
    pub fn of(s: &Statements<'_>, basis: Basis, at: Moment, financial: bool) -> Burden {
        let interest = s.flow(Item::InterestExpense, basis, at);
        let (debt, assets) = match (basis, &interest) {
            (Basis::Ttm | Basis::LastYear, _) => (s.debt(at).map(|d| d.total), s.balance(Item::Assets, at)),
            (Basis::Year(_), _) => {
                let end = s.flow(Item::OperatingIncome, basis, at).or_else(|_| interest.clone()).map(|s| s.end);
                let on =
                    |day: Option<Day>, of: &dyn Fn(Day) -> Option<Stated>, item| day.and_then(of).ok_or(Absent::NotStated(item));
                (
                    on(end.ok(), &|d| s.debt_on(d, at), Item::TotalDebt),
                    on(end.ok(), &|d| s.balance_on(Item::Assets, d, at), Item::Assets),
                )
            }
        };
        Burden {
            financial,
            coverage: s.coverage(basis, at),
            leverage: s.leverage(basis, at),
            rate: s.effective_rate(basis, at),
            ebitda: s.ebitda(basis, at),
            interest,
            debt,
            net_debt: s.net_debt(at),
            assets,
        }
    }

    /// Until when it stands if nothing is filed.
    fn until(&self) -> Option<Day> {
        let ends = [
            self.coverage.as_ref().ok().map(Ratio::end),
            self.leverage.as_ref().ok().map(Ratio::end),
            self.interest.as_ref().ok().map(|s| s.end),
            self.debt.as_ref().ok().map(|s| s.end),
            self.ebitda.as_ref().ok().map(|s| s.end),
        ];
        ends.into_iter().flatten().min().map(|end| end.plus(STALE_DAYS))
    }

    /// Whether interest income is taken off its interest.
    pub fn net(&self) -> bool {
        self.interest.as_ref().is_ok_and(|i| i.flags.has(StatedFlags::NET))
    }
}

/// The burden of every holder, computed once a cut.
pub fn burdens(issuers: &Issuers<'_>, basis: Basis) -> Arc<Tracks<Burden>> {
    issuers.cut.memo(&issuers.key("burdens", format!("{basis:?}")), || {
        Tracks::of(issuers, |holder: &Holder, s: &Statements<'_>, _, at: Moment| {
            let burden = Burden::of(s, basis, at, issuers.is_financial(holder, at));
            let until = burden.until();
            (burden, until)
        })
    })
}
