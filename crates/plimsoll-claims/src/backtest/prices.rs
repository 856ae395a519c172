//! What assets and money returned, laid out on one axis of days.

use std::collections::BTreeSet;

use plimsoll_model::time::{AsOf, Day};

use super::definitions::Defined;
use super::listed::Held;
use super::run::BacktestError;
use super::strategy::{Bill, Strategy};

/// A bill rate stands for at most this many days of the axis after the last one known.
const BILL_CARRIED: usize = 10;

/// Returns of every asset and of cash by day.
#[derive(Clone, Debug, Default)]
pub struct Market {
    /// The axis: ascending days on which at least one asset has a price; the first is the close before the first day that counts.
    pub days: Vec<Day>,
    /// Years of 365 days since the day before; 0 for the first.
    pub years: Vec<f64>,
    /// One row an asset, one column a day: the return since the asset's last price; NaN where it has no price.
    pub returns: Vec<Vec<f64>>,
    /// The same from the last close to the day's open, where an asset names opening prices; NaN where there is none.
    pub overnight: Vec<Option<Vec<f64>>>,
    /// The return of bills since the day before.
    pub bill: Vec<f64>,
    /// What a basket bought and sold of itself on each day, over its worth; `None` for what is no basket.
    pub turnover: Vec<Option<Vec<f64>>>,
}

impl Market {
    /// How many days.
    pub fn len(&self) -> usize {
        self.days.len()
    }
    /// Whether there is no day.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }
    /// Days from position `from` on.
    #[must_use]
    pub fn tail(&self, from: usize) -> Market {
        let part = |v: &Vec<f64>| v[from..].to_vec();
        let mut market = Market {
            days: self.days[from..].to_vec(),
            years: part(&self.years),
            returns: self.returns.iter().map(part).collect(),
            overnight: self.overnight.iter().map(|o| o.as_ref().map(part)).collect(),
            bill: part(&self.bill),
            turnover: self.turnover.iter().map(|o| o.as_ref().map(part)).collect(),
        };
        market.years[0] = 0.0;
        market
    }

    /// The same with the returns that listed holdings would have had with a delisting return of [`super::listed::SEVERE`].
    #[must_use]
    pub fn severe(&self, listed: &[Option<Held>]) -> Market {
        let mut market = self.clone();
        for (row, held) in market.returns.iter_mut().zip(listed) {
            if let Some(held) = held {
                *row = on_axis(&held.severe, &self.days);
            }
        }
        market
    }

    /// Lays out what a strategy can hold, from the first day on which every asset has a price to `to` (else the last day on which all
    /// of them have one).
    ///
    /// # Errors
    /// Where a series is not there, or does not cover the span.
    pub fn lay_out(
        knowledge: &Defined<'_>,
        strategy: &Strategy,
        listed: &[Option<Held>],
        from: Option<Day>,
        to: Option<Day>,
    ) -> Result<Market, BacktestError> {
        let mut priced: Vec<Vec<Day>> = Vec::new();
        let mut returns: Vec<Vec<(Day, f64)>> = Vec::new();
        for (asset, held) in strategy.assets.iter().zip(listed) {
            if let Some(held) = held {
                priced.push(held.days.clone());
                returns.push(held.returns.clone());
                continue;
            }
            for id in asset.definition.parts() {
                if knowledge.values(id)?.is_empty() {
                    let message = format!("asset `{}`: the series {id} is not known by {}", asset.name, show(knowledge));
                    return Err(BacktestError::new(message)
                        .hint("`plimsoll status --keys` lists the series there are; `plimsoll import` adds more"));
                }
            }
            let days = knowledge.days(&asset.definition)?;
            if days.len() < 2 {
                return Err(BacktestError::new(format!(
                    "asset `{}`: {} has fewer than two days",
                    asset.name,
                    asset.definition.text()
                )));
            }
            priced.push(days);
            returns.push(knowledge.returns(&asset.definition)?);
        }
        let name = |i: usize| format!("asset `{}` ({})", strategy.assets[i].name, strategy.assets[i].definition.text());
        let begins = (0..priced.len()).max_by_key(|&i| returns[i][0].0).expect("at least one asset");
        let ends = (0..priced.len()).min_by_key(|&i| *priced[i].last().expect("two days")).expect("at least one asset");
        let (first, last) = (returns[begins][0].0, *priced[ends].last().expect("two days"));
        if let Some(from) = from.filter(|f| *f < first && first.0 - f.0 > 7) {
            return Err(BacktestError::new(format!("{} begins on {first}, after the test's first day {from}", name(begins)))
                .hint(format!("begin on {first} or later (`--from {first}`), or name a series that reaches further back")));
        }
        // A few days of weekend and holiday are no gap.
        if let Some(to) = to.filter(|t| !strategy.gaps.pay_out && t.0 - last.0 > 7) {
            return Err(BacktestError::new(format!("{} ends on {last}, before the test's last day {to}", name(ends))).hint(format!(
                "end on {last} or before (`--to {last}`), import what is missing, or say under `[gaps]` what happens: `delisted = \"cash\"`"
            )));
        }
        let end = match to {
            Some(to) => to,
            None if strategy.gaps.pay_out => priced.iter().filter_map(|p| p.last().copied()).max().expect("two days"),
            None => last,
        };
        let start = from.map_or(first, |f| f.max(first));
        // One day more than counts: positions are bought at its close.
        let all: BTreeSet<Day> = priced.iter().flatten().copied().filter(|d| *d <= end).collect();
        let before = all.range(..start).next_back().copied();
        let days: Vec<Day> = before.into_iter().chain(all.range(start..).copied()).collect();
        if days.len() < 3 {
            return Err(BacktestError::new(format!("fewer than three days lie between {start} and {end}"))
                .hint(format!("prices of all assets reach from {first} to {last}")));
        }
        let years = (0..days.len()).map(|t| if t == 0 { 0.0 } else { f64::from(days[t].0 - days[t - 1].0) / 365.0 }).collect();
        let overnight = strategy
            .assets
            .iter()
            .enumerate()
            .map(|(i, a)| a.open.as_ref().map(|open| overnight(knowledge, open, &priced[i], strategy, i, &days)).transpose())
            .collect::<Result<_, _>>()?;
        Ok(Market {
            bill: bill(knowledge, &strategy.money.bill, &days)?,
            returns: returns.iter().map(|r| on_axis(r, &days)).collect(),
            overnight,
            turnover: listed.iter().map(|h| h.as_ref().map(|h| sum_on_axis(&h.turnover, &days))).collect(),
            days,
            years,
        })
    }
}

fn show(knowledge: &Defined<'_>) -> String {
    use plimsoll_model::knowledge::Knowledge;
    knowledge.as_of().to_string()
}

/// Values by day on the axis; NaN where there is none. What falls between two days of the axis is compounded into the later.
fn on_axis(values: &[(Day, f64)], days: &[Day]) -> Vec<f64> {
    let mut out = vec![f64::NAN; days.len()];
    let mut at = values.partition_point(|v| v.0 < days[0]);
    for (t, day) in days.iter().enumerate() {
        let mut growth = f64::NAN;
        while at < values.len() && values[at].0 <= *day {
            growth = if growth.is_nan() { 1.0 + values[at].1 } else { growth * (1.0 + values[at].1) };
            at += 1;
        }
        out[t] = growth - 1.0;
    }
    out
}

/// Amounts by day on the axis; what falls between two days of it counts on the later.
fn sum_on_axis(values: &[(Day, f64)], days: &[Day]) -> Vec<f64> {
    let mut out = vec![0.0; days.len()];
    for (day, amount) in values {
        let t = days.partition_point(|d| d < day);
        // What was traded before the axis begins is in place when it begins.
        if t < out.len() && *day > days[0] {
            out[t] += amount;
        }
    }
    out
}

/// Returns from the last close to the open.
fn overnight(
    knowledge: &Defined<'_>,
    open: &str,
    _priced: &[Day],
    strategy: &Strategy,
    asset: usize,
    days: &[Day],
) -> Result<Vec<f64>, BacktestError> {
    let super::Definition::Level(close) = &strategy.assets[asset].definition else {
        return Err(BacktestError::new(format!(
            "asset `{}`: only a series of prices can have opening prices",
            strategy.assets[asset].name
        )));
    };
    let closes = knowledge.values(close)?;
    let opens = knowledge.values(open)?;
    if opens.is_empty() {
        return Err(BacktestError::new(format!(
            "asset `{}`: the series {open} of opening prices is not known",
            strategy.assets[asset].name
        ))
        .hint("`plimsoll status --keys` lists the series there are"));
    }
    let mut out = vec![f64::NAN; days.len()];
    for (t, day) in days.iter().enumerate().skip(1) {
        let before = closes.partition_point(|c| c.0 < *day).checked_sub(1).map(|i| closes[i].1);
        let at = opens.binary_search_by_key(day, |o| o.0).ok().map(|i| opens[i].1);
        if let (Some(before), Some(at)) = (before, at) {
            out[t] = at / before - 1.0;
        }
    }
    Ok(out)
}

/// The return of bills on each day of the axis.
fn bill(knowledge: &Defined<'_>, bill: &Bill, days: &[Day]) -> Result<Vec<f64>, BacktestError> {
    let rows = knowledge.values(bill.id())?;
    let missing = |day: Day| {
        let reach = match (rows.first(), rows.last()) {
            (Some(a), Some(b)) => format!("it reaches from {} to {}", a.0, b.0),
            _ => "nothing is known of it".to_owned(),
        };
        BacktestError::new(format!("the bill rate {} is not known on {day}: {reach}", bill.id()))
            .hint("choose dates within it, or another series as `bill` under `[money]` (`french:RF`, `fred:DTB3`, `yield:^IRX`)")
    };
    let mut out = vec![0.0; days.len()];
    let mut stale = 0;
    for t in 1..days.len() {
        let (before, day) = (days[t - 1], days[t]);
        match bill {
            Bill::Returns(_) => {
                let (a, b) = (rows.partition_point(|r| r.0 <= before), rows.partition_point(|r| r.0 <= day));
                stale = if a == b { stale + 1 } else { 0 };
                let last = b.checked_sub(1).ok_or_else(|| missing(day))?;
                if stale > BILL_CARRIED {
                    return Err(missing(day));
                }
                out[t] = if a == b { rows[last].1 } else { rows[a..b].iter().map(|r| 1.0 + r.1).product::<f64>() - 1.0 };
            }
            Bill::Discount(_) => {
                // The rate that was known at the close before; of a day that is not out yet, the one before it.
                let known = AsOf::end_of(before);
                let mut at = rows.partition_point(|r| r.0 <= before);
                while at > 0 && !known.knows(rows[at - 1].2) {
                    at -= 1;
                }
                let (of, rate, _) = *at.checked_sub(1).map(|i| &rows[i]).ok_or_else(|| missing(day))?;
                if before.0 - of.0 > 3 * BILL_CARRIED as i32 {
                    return Err(missing(day));
                }
                let price = 1.0 - rate / 100.0 * 91.0 / 360.0;
                out[t] = (1.0 / price - 1.0) / 91.0 * f64::from(day.0 - before.0);
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_between_days_of_the_axis_is_compounded() {
        let d = |n| Day(n);
        let values = [(d(1), 0.1), (d(2), 0.2), (d(3), 0.5), (d(6), -0.5)];
        let out = on_axis(&values, &[d(1), d(3), d(4), d(6)]);
        assert_eq!(out[0], 1.1 - 1.0);
        assert!((out[1] - (1.2 * 1.5 - 1.0)).abs() < 1e-15);
        assert!(out[2].is_nan());
        assert_eq!(out[3], -0.5);
    }
}
