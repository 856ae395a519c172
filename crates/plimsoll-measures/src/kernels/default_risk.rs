//! Default measures of every issuer of a universe: what the market says of its equity beside what its statements say of its debt.

use std::sync::Arc;

use plimsoll_model::matrix::Matrix;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{Day, Moment};

use super::altman_z::{Accounts, Form, altman_z};
use super::campbell_hilscher_szilagyi::{Inputs, Regressors, regressors};
use super::constituents::Constituents;
use super::issuers::{Holder, Issuers};
use super::ladder::FUNDING_CONCEPTS;
use super::merton::{Firm, Merton, Naive, merton, naive};
use super::statements::{Basis, Item, STALE_DAYS, Stated, Statements, concepts};
use super::wall::in_force;
use crate::Params;

/// Sessions of equity values behind a volatility: a year.
pub const WINDOW: usize = 252;
/// The least share of them that must be there.
const LEAST: usize = 202;

/// Items that debt, Altman's Z and the failure probability rest on.
pub const ITEMS: &[Item] = &[
    Item::TotalDebt,
    Item::CurrentDebt,
    Item::LongTermDebt,
    Item::CurrentAssets,
    Item::CurrentLiabilities,
    Item::RetainedEarnings,
    Item::OperatingIncome,
    Item::PretaxIncome,
    Item::InterestExpense,
    Item::Liabilities,
    Item::Equity,
    Item::EquityWithNoncontrolling,
    Item::Assets,
    Item::Revenue,
    Item::NetIncome,
    Item::Cash,
    Item::ShortTermInvestments,
];

/// What measures of default risk read: the universe's prices and [`ITEMS`].
pub fn needs(params: &Params) -> Needs {
    Needs::default().facts(concepts(ITEMS)).facts(FUNDING_CONCEPTS).universe(params.text("universe"))
}

/// What an issuer's statements say, dollars; the market's part is added a session at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Books {
    /// All debt.
    pub debt: Option<f64>,
    /// Debt due within a year plus half of the rest: the face value of the default point. Where current debt is not stated apart, half of all.
    pub face: Option<f64>,
    /// Twelve months of earnings before interest and taxes over interest expense.
    pub coverage: Option<f64>,
    /// All liabilities: as stated, or assets less equity.
    pub liabilities: Option<f64>,
    /// What Altman's Z rests on, without the market value of equity.
    pub accounts: Option<Accounts>,
    /// Net income of the last four quarters and their ends, the latest first.
    pub quarters: Option<[(f64, Day); 4]>,
    /// Cash, equivalents and short-term investments.
    pub cash: Option<f64>,
    /// Equity of the owners.
    pub equity: Option<f64>,
}

impl Books {
    /// From an issuer's statements at a moment, and the day until which they stand if nothing is filed.
    pub fn of(s: &Statements<'_>, at: Moment) -> (Books, Option<Day>) {
        let balance = |item| s.balance(item, at).ok();
        let debt = s.debt(at).ok();
        let assets = balance(Item::Assets);
        let equity = balance(Item::Equity);
        let all_equity = balance(Item::EquityWithNoncontrolling).or_else(|| equity.clone());
        let same = |a: &Stated, b: &Stated| (a.end.0 - b.end.0).abs() <= 7;
        let liabilities = balance(Item::Liabilities).map(|l| l.value).or_else(|| {
            let (a, e) = (assets.as_ref()?, all_equity.as_ref()?);
            same(a, e).then_some(a.value - e.value)
        });
        let ebit = s.ebit(Basis::Ttm, at).ok();
        let accounts = || {
            let (current, due) = (balance(Item::CurrentAssets)?, balance(Item::CurrentLiabilities)?);
            let (assets, ebit) = (assets.as_ref()?, ebit.as_ref()?);
            Some(Accounts {
                working_capital: current.value - due.value,
                retained_earnings: balance(Item::RetainedEarnings)?.value,
                ebit: ebit.value,
                market_equity: 0.0,
                book_equity: equity.as_ref()?.value,
                liabilities: liabilities?,
                assets: assets.value,
                sales: s.ttm(Item::Revenue, at).ok()?.value,
            })
        };
        let quarters = || {
            let all = s.quarters(Item::NetIncome, at);
            let last: Vec<&Stated> = all.iter().rev().take(4).collect();
            // Four in a row, the last of them fresh.
            let whole = last.len() == 4 && last[0].end.0 - last[3].end.0 <= 290 && at.day().0 - last[0].end.0 <= 200;
            whole.then(|| [0, 1, 2, 3].map(|k| (last[k].value, last[k].end)))
        };
        let quarters = quarters();
        let ends = [debt.as_ref().map(|d| d.total.end), assets.as_ref().map(|a| a.end), ebit.as_ref().map(|e| e.end)];
        let until = ends.into_iter().flatten().map(|e| e.plus(STALE_DAYS)).chain(quarters.map(|q| q[0].1.plus(200))).min();
        let face = debt.as_ref().map(|d| {
            let current = d.current.as_ref().map_or(0.0, |c| c.value.clamp(0.0, d.total.value.max(0.0)));
            current + 0.5 * (d.total.value - current)
        });
        let books = Books {
            debt: debt.map(|d| d.total.value),
            face,
            coverage: s.coverage(Basis::Ttm, at).ok().map(|r| r.value),
            liabilities,
            accounts: accounts(),
            quarters,
            cash: s.liquidity(at).ok().map(|c| c.value),
            equity: equity.map(|e| e.value),
        };
        (books, until)
    }
}

/// Default measures need prices beside statements: the issuers of a universe with a panel.
pub struct Market<'a> {
    /// The issuers.
    pub issuers: Issuers<'a>,
    /// The universe.
    pub universe: Constituents<'a>,
    caps: Arc<Matrix>,
    books: Arc<Vec<Vec<(usize, Books)>>>,
}

/// What stands behind a failure probability beside the issuer's own numbers.
#[derive(Clone, Copy, Debug)]
pub struct Index<'a> {
    /// Capitalisation of the index by session, dollars; NaN where not known.
    pub caps: &'a [f64],
    /// Its level by session; NaN where not known.
    pub level: &'a [f64],
}

impl<'a> Market<'a> {
    /// Of a universe whose issuers were prepared.
    pub fn new(issuers: Issuers<'a>, universe: Constituents<'a>) -> Market<'a> {
        let caps = universe.cut.memo(&universe.key("member_caps", 0), || universe.universe.member_caps(&universe.cut.panel, 0));
        let books = issuers.cut.memo(&issuers.key("books", ""), || {
            issuers.holders.iter().map(|h| issuers.steps(h, |s, _, at| Books::of(s, at))).collect::<Vec<_>>()
        });
        Market { issuers, universe, caps, books }
    }

    /// What a holder's statements say at a position.
    pub fn books(&self, holder: usize, t: usize) -> Option<&Books> {
        in_force(&self.books[holder], t)
    }

    /// Capitalisation of all classes of a holder at a position, dollars.
    pub fn cap(&self, holder: &Holder, t: usize) -> Option<f64> {
        let rows = holder.securities_at(self.issuers.ends[t]).filter_map(|s| self.universe.rows().binary_search(&s).ok());
        let sum: f64 = rows.map(|row| self.caps.at(row, t)).filter(|c| c.is_finite()).sum();
        (sum > 0.0).then_some(sum)
    }

    /// The security whose returns stand for a holder at a position: the first with a price.
    pub fn security(&self, holder: &Holder, t: usize) -> Option<usize> {
        holder.securities_at(self.issuers.ends[t]).find(|&s| self.universe.cut.panel.close.at(s, t).is_finite())
    }

    /// Equity of a holder over the year up to a position at today's number of shares, dollars: so that shares issued are no return.
    pub fn equity(&self, holder: &Holder, t: usize) -> Option<Vec<f64>> {
        let cap = self.cap(holder, t)?;
        let level = self.universe.cut.panel.level.row(self.security(holder, t)?);
        let first = (t + 1).checked_sub(WINDOW + 1)?;
        let now = level[t];
        let path: Vec<f64> = level[first..=t].iter().filter(|l| l.is_finite()).map(|l| cap * l / now).collect();
        (path.len() > LEAST && path.iter().all(|e| e.is_finite() && *e > 0.0)).then_some(path)
    }

    /// The naive distance to default; `None` without debt, a year of prices or a capitalisation.
    pub fn naive(&self, holder: usize, t: usize) -> Option<Naive> {
        self.with_firm(holder, t, 0.0, |firm| naive(firm, firm.equity[firm.equity.len() - 1] / firm.equity[0] - 1.0))
    }

    /// Merton's distance to default at a riskless rate a year (a decimal, continuous).
    pub fn merton(&self, holder: usize, t: usize, rate: f64) -> Option<Merton> {
        self.with_firm(holder, t, rate, merton)
    }

    fn with_firm<T>(&self, holder: usize, t: usize, rate: f64, solve: impl FnOnce(&Firm<'_>) -> Option<T>) -> Option<T> {
        let face = self.books(holder, t)?.face.filter(|f| *f > 0.0)?;
        let equity = self.equity(&self.issuers.holders[holder], t)?;
        let debt = vec![face; equity.len()];
        solve(&Firm { equity: &equity, debt: &debt, rate, horizon: 1.0 })
    }

    /// Altman's Z; `None` where an account or the capitalisation is missing.
    pub fn altman(&self, holder: usize, t: usize, form: Form) -> Option<f64> {
        let accounts = self.books(holder, t)?.accounts?;
        let market_equity = match form {
            Form::Z => self.cap(&self.issuers.holders[holder], t)?,
            Form::ZDoublePrime => 0.0,
        };
        altman_z(&Accounts { market_equity, ..accounts }, form)
    }

    /// The regressors of the failure probability; `None` where one is missing.
    pub fn failure(&self, holder: usize, t: usize, index: Index<'_>) -> Option<Regressors> {
        /// Sessions of a month and of a quarter.
        const MONTH: usize = 21;
        let (books, of) = (self.books(holder, t)?, &self.issuers.holders[holder]);
        let cut = self.universe.cut;
        let security = self.security(of, t)?;
        let (level, close) = (cut.panel.level.row(security), cut.panel.close.row(security));
        let cap = self.cap(of, t)?;
        let liabilities = books.liabilities?;
        let quarters = books.quarters?;
        let market_assets = quarters.map(|(_, end)| {
            let at = cut.sessions.partition_point(|s| *s <= end).checked_sub(1)?;
            // Liabilities of the quarter are near those of the last balance; the market value moves.
            Some(liabilities + self.cap(of, at)?)
        });
        let [Some(a), Some(b), Some(c), Some(d)] = market_assets else { return None };
        let change = |x: &[f64], from: usize, to: usize| (x[to] / x[from]).ln();
        let months: Vec<f64> = (0..12)
            .map(|k| {
                let to = t.checked_sub(k * MONTH)?;
                let from = to.checked_sub(MONTH)?;
                let excess = change(level, from, to) - change(index.level, from, to);
                excess.is_finite().then_some(excess)
            })
            .collect::<Option<_>>()?;
        let first = (t + 1).checked_sub(3 * MONTH)?;
        let daily: Vec<f64> = cut.panel.ret.row(security)[first..=t].iter().copied().filter(|r| r.is_finite()).collect();
        if daily.len() < 2 * MONTH {
            return None;
        }
        regressors(&Inputs {
            net_income: quarters.map(|q| q.0),
            market_assets: [a, b, c, d],
            market_equity: cap,
            liabilities,
            cash: books.cash?,
            book_equity: books.equity?,
            excess: &months,
            daily: &daily,
            index_equity: index.caps[t],
            price: close[t],
        })
    }
}
