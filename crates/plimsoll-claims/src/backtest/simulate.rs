//! Trading and accounting, day by day.
//!
//! The rules, in the order in which they apply on a day:
//! 1. cash earns the bill rate less a spread; borrowed money pays it plus a spread;
//! 2. holdings move with their asset's return, less the asset's yearly fee; what is sold short pays its borrowing fee;
//! 3. a holding without a price keeps its value; after so many sessions without one it is delisted: paid out at the last price and the
//!    delisting return, or the test is refused;
//! 4. a basket that is renewed pays for what it buys and sells of itself;
//! 5. what was decided is traded at the close (or at the open, before the day's move), at the cost stated a dollar traded; where one of
//!    the assets to be traded has no price, the whole order waits for the first day on which all have one.

use super::prices::Market;
use super::run::BacktestError;
use super::strategy::{Asset, Costs, Gaps, Money, Rule};

/// No order, no rule.
pub const NONE: u8 = u8::MAX;

/// What is to be traded.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// One a day of the axis: the rule whose weights are traded, [`NONE`] for none.
    pub orders: &'a [u8],
    /// The rules.
    pub rules: &'a [Rule],
    /// Whether orders are filled at the open, before the day's move from open to close.
    pub at_open: bool,
}

/// At what terms.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    /// The assets with their fees.
    pub assets: &'a [Asset],
    /// Costs of trading.
    pub costs: Costs,
    /// What money earns and costs.
    pub money: &'a Money,
    /// Whether fees and spreads are charged.
    pub fees: bool,
    /// Missing prices.
    pub gaps: Gaps,
}

/// How a portfolio went, one value a day of the axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Return of the day, after everything charged; 0 on the first day except for the cost of buying at its close.
    pub ret: Vec<f64>,
    /// What was bought and sold on the day, over what the portfolio was worth.
    pub traded: Vec<f64>,
    /// What trading cost on the day, over what the portfolio was worth.
    pub cost: Vec<f64>,
    /// Value of holdings without their signs, over what the portfolio is worth, after the day's trades.
    pub exposure: Vec<f64>,
    /// Money borrowed, over what the portfolio is worth, after the day's trades.
    pub borrowed: Vec<f64>,
    /// The rule held after the day's trades, [`NONE`] before the first.
    pub rule: Vec<u8>,
    /// Day of the axis on which nothing was left.
    pub ruined: Option<usize>,
    /// Orders that waited for a price.
    pub waited: usize,
    /// Delistings as (day of the axis, asset).
    pub delisted: Vec<(usize, usize)>,
}

/// A portfolio's growth: 1 at the first close.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Wealth at each day of the axis.
    pub wealth: Vec<f64>,
}

impl Account {
    /// Wealth through time, 1 before the cost of the first purchase.
    pub fn path(&self) -> Path {
        let mut wealth = 1.0;
        let grow = |r: &f64| {
            wealth *= 1.0 + r;
            wealth
        };
        Path { wealth: self.ret.iter().map(grow).collect() }
    }
}

struct Book<'a> {
    market: &'a Market,
    plan: &'a Plan<'a>,
    terms: &'a Terms<'a>,
    /// What each holding is worth.
    held: Vec<f64>,
    cash: f64,
    /// Sessions without a price since the last one, of each asset.
    quiet: Vec<usize>,
    pending: u8,
    rule: u8,
    out: Account,
}

/// Plays a plan through a market.
///
/// # Errors
/// Where an asset that is held stops having prices and the strategy does not say what then.
pub fn simulate(market: &Market, plan: &Plan<'_>, terms: &Terms<'_>) -> Result<Account, BacktestError> {
    let n = market.len();
    let column = || Vec::with_capacity(n);
    let mut book = Book {
        market,
        plan,
        terms,
        held: vec![0.0; terms.assets.len()],
        cash: 1.0,
        quiet: vec![0; terms.assets.len()],
        pending: NONE,
        rule: NONE,
        out: Account {
            ret: column(),
            traded: column(),
            cost: column(),
            exposure: column(),
            borrowed: column(),
            rule: Vec::with_capacity(n),
            ..Account::default()
        },
    };
    for t in 0..n {
        book.day(t)?;
    }
    Ok(book.out)
}

impl Book<'_> {
    fn worth(&self) -> f64 {
        self.cash + self.held.iter().sum::<f64>()
    }

    fn day(&mut self, t: usize) -> Result<(), BacktestError> {
        if self.out.ruined.is_some() {
            self.record(0.0, 0.0, 0.0);
            return Ok(());
        }
        let before = self.worth();
        let order = self.plan.orders[t];
        if order != NONE {
            self.pending = order;
        }
        self.interest(t);
        let (mut traded, mut cost) = (0.0, 0.0);
        if self.plan.at_open && self.pending != NONE && t > 0 && self.opens(t) {
            self.move_overnight(t);
            (traded, cost) = self.trade(t, true);
            self.move_to_close(t);
        } else {
            self.move_all(t);
        }
        let (inside, paid) = self.renewals(t);
        self.delist(t)?;
        if !self.plan.at_open || t == 0 {
            if self.pending != NONE {
                (traded, cost) = self.trade(t, false);
            }
        } else if self.pending != NONE && !self.opens(t) {
            self.out.waited += 1;
        }
        let mut after = self.worth();
        if after <= 1e-12 {
            self.held.iter_mut().for_each(|h| *h = 0.0);
            (self.cash, after) = (0.0, 0.0);
            self.out.ruined = Some(t);
        }
        self.record(after / before - 1.0, (traded + inside) / before, (cost + paid) / before);
        Ok(())
    }

    fn record(&mut self, ret: f64, traded: f64, cost: f64) {
        let worth = self.worth();
        let share = |x: f64| if worth > 0.0 { x / worth } else { 0.0 };
        let exposure = share(self.held.iter().map(|h| h.abs()).sum());
        let borrowed = share((-self.cash).max(0.0));
        self.out.ret.push(ret);
        self.out.traded.push(traded);
        self.out.cost.push(cost);
        self.out.exposure.push(exposure);
        self.out.borrowed.push(borrowed);
        self.out.rule.push(self.rule);
    }

    fn interest(&mut self, t: usize) {
        if t == 0 || self.cash == 0.0 {
            return;
        }
        let (money, years, bill) = (self.terms.money, self.market.years[t], self.market.bill[t]);
        let spread = |s: f64| if self.terms.fees { s * years } else { 0.0 };
        if self.cash > 0.0 {
            self.cash *= 1.0 + bill - spread(money.cash_spread);
        } else if money.charged {
            self.cash *= 1.0 + bill + spread(money.financing_spread);
        }
    }

    fn fees(&mut self, a: usize, t: usize) {
        if !self.terms.fees {
            return;
        }
        let (asset, years) = (&self.terms.assets[a], self.market.years[t]);
        let size = self.held[a].abs();
        self.held[a] -= size * asset.fee * years;
        if self.held[a] < 0.0 {
            self.cash -= size * asset.borrow * years;
        }
    }

    fn move_all(&mut self, t: usize) {
        for a in 0..self.held.len() {
            let r = self.market.returns[a][t];
            if r.is_nan() {
                self.quiet[a] += 1;
            } else {
                self.quiet[a] = 0;
                if t > 0 && self.held[a] != 0.0 {
                    self.held[a] *= 1.0 + r;
                }
            }
            if t > 0 && self.held[a] != 0.0 {
                self.fees(a, t);
            }
        }
    }

    fn opens(&self, t: usize) -> bool {
        self.market.overnight.iter().all(|o| o.as_ref().is_some_and(|o| o[t].is_finite()))
            && self.market.returns.iter().all(|r| r[t].is_finite())
    }
    fn move_overnight(&mut self, t: usize) {
        for a in 0..self.held.len() {
            self.held[a] *= 1.0 + self.market.overnight[a].as_ref().expect("opens")[t];
            self.fees(a, t);
            self.quiet[a] = 0;
        }
    }
    fn move_to_close(&mut self, t: usize) {
        for a in 0..self.held.len() {
            let overnight = self.market.overnight[a].as_ref().expect("opens")[t];
            self.held[a] *= (1.0 + self.market.returns[a][t]) / (1.0 + overnight);
        }
    }

    /// What baskets bought and sold of themselves, and what that cost; a basket that is sold on the same day pays for both.
    fn renewals(&mut self, t: usize) -> (f64, f64) {
        let (mut traded, mut cost) = (0.0, 0.0);
        for (held, turnover) in self.held.iter_mut().zip(&self.market.turnover) {
            let amount = turnover.as_ref().map_or(0.0, |v| v[t]) * held.abs();
            if amount > 0.0 {
                let paid = amount * self.terms.costs.total();
                *held -= paid;
                (traded, cost) = (traded + amount, cost + paid);
            }
        }
        (traded, cost)
    }

    fn delist(&mut self, t: usize) -> Result<(), BacktestError> {
        for a in 0..self.held.len() {
            if self.held[a] == 0.0 || self.quiet[a] <= self.terms.gaps.halt {
                continue;
            }
            if !self.terms.gaps.pay_out {
                let asset = &self.terms.assets[a];
                let message = format!(
                    "asset `{}` ({}) is held on {} and has had no price for {} sessions",
                    asset.name,
                    asset.definition.text(),
                    self.market.days[t],
                    self.quiet[a]
                );
                return Err(BacktestError::new(message).hint(
                    "say under `[gaps]` what happens (`delisted = \"cash\"`, `delisting_return`), or end the test before",
                ));
            }
            self.cash += self.held[a] * (1.0 + self.terms.gaps.delisting_return);
            self.held[a] = 0.0;
            self.out.delisted.push((t, a));
        }
        Ok(())
    }

    /// Trades to the weights of the pending rule; comes back with what was traded and what that cost, in the portfolio's money.
    fn trade(&mut self, t: usize, at_open: bool) -> (f64, f64) {
        let weights = &self.plan.rules[usize::from(self.pending)].weights;
        let worth = self.worth();
        let missing = |a: usize| !at_open && self.market.returns[a][t].is_nan() && t > 0;
        if (0..weights.len()).any(|a| missing(a) && (weights[a] != 0.0 || self.held[a] != 0.0)) {
            self.out.waited += 1;
            return (0.0, 0.0);
        }
        // The cost is paid out of what is invested: W' = W - c sum |w W' - h|, a contraction for any sensible cost.
        let rate = self.terms.costs.total();
        let amount = |worth: f64, held: &[f64]| weights.iter().zip(held).map(|(w, h)| (w * worth - h).abs()).sum::<f64>();
        let mut left = worth;
        if rate > 0.0 {
            for _ in 0..60 {
                let next = worth - rate * amount(left, &self.held);
                let done = (next - left).abs() <= 1e-16 * worth;
                left = next;
                if done {
                    break;
                }
            }
        }
        let traded = amount(left, &self.held);
        let mut invested = 0.0;
        for (h, w) in self.held.iter_mut().zip(weights) {
            *h = w * left;
            invested += *h;
        }
        self.cash = left - invested;
        self.rule = self.pending;
        self.pending = NONE;
        (traded, worth - left)
    }
}

#[cfg(test)]
mod tests;
