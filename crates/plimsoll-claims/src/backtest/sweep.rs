//! Many parameter sets of one strategy in one run: the market is laid out once, what signals share is computed once, every set is a
//! trial.

use plimsoll_measures::kernels::cscv::{CscvError, Overfitting, overfitting};
use plimsoll_measures::kernels::sharpe::Record;
use plimsoll_model::knowledge::Knowledge;
use rayon::prelude::*;

use super::calendar::over;
use super::drawdowns::underwater;
use super::metrics::{SESSIONS, moments};
use super::run::{BacktestError, Prepared, Span, Timetable, first_or_error, prepare};
use super::simulate::{Account, Plan, Terms, simulate};
use super::skill::excess;
use super::strategy::{Execution, Numbers, Strategy};

/// The most parameter sets of one sweep.
pub const MOST: usize = 20_000;
/// Blocks of the cross-validation (Bailey, Borwein, Lopez de Prado and Zhu 2017 use 16).
pub const BLOCKS: usize = 16;

/// Values of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The parameter.
    pub name: String,
    /// Its values.
    pub values: Vec<f64>,
}

impl Axis {
    /// From `name=lo..hi:step`; both ends are included, the step is 1 where none is given.
    pub fn parse(text: &str) -> Result<Axis, String> {
        let expected = || format!("expected `name=from..to:step` such as `sessions=50..300:10`, got `{text}`");
        let (name, range) = text.split_once('=').ok_or_else(expected)?;
        let (range, step) = range.split_once(':').unwrap_or((range, "1"));
        let (lo, hi) = range.split_once("..").ok_or_else(expected)?;
        let number = |t: &str| t.trim().parse::<f64>().ok().filter(|x| x.is_finite()).ok_or_else(expected);
        let (lo, hi, step) = (number(lo)?, number(hi)?, number(step)?);
        if step <= 0.0 || hi < lo || (hi - lo) / step >= MOST as f64 {
            return Err(format!("{}: from {lo} to {hi} in steps of {step} gives no values, or more than {MOST}", expected()));
        }
        let count = ((hi - lo) / step + 1e-9).floor() as usize + 1;
        // Rounded at the twelfth digit, so that 0.1 and 0.2 steps give the numbers a person would write.
        let value = |i: usize| ((lo + i as f64 * step) * 1e12).round() / 1e12;
        Ok(Axis { name: name.trim().to_owned(), values: (0..count).map(value).collect() })
    }
}

/// Every combination of the values, the last axis the fastest.
pub fn grid(axes: &[Axis]) -> Result<Vec<Numbers>, String> {
    let count: usize = axes.iter().map(|a| a.values.len()).product();
    if count > MOST {
        return Err(format!("the sweep has {count} parameter sets, more than {MOST}"));
    }
    let mut sets = vec![Numbers::new()];
    for axis in axes {
        let with = |set: &Numbers, value: f64| {
            let mut set = set.clone();
            set.insert(axis.name.clone(), value);
            set
        };
        sets = sets.iter().flat_map(|set| axis.values.iter().map(move |v| with(set, *v))).collect();
    }
    Ok(sets)
}

/// What came of one parameter set.
#[derive(Clone, Debug, PartialEq)]
pub struct Swept {
    /// Wealth at the end, after everything charged.
    pub wealth: f64,
    /// Return a year.
    pub cagr: f64,
    /// Volatility a year.
    pub volatility: f64,
    /// Sharpe ratio a day above bills; `None` where returns do not vary.
    pub sharpe: Option<f64>,
    /// The moments behind it.
    pub record: Option<Record>,
    /// Largest drawdown.
    pub max_drawdown: f64,
    /// What was bought and sold over wealth, halved, a year.
    pub turnover: f64,
    /// Share of days with a holding.
    pub invested: f64,
    /// Returns above bills by month.
    pub monthly: Vec<f64>,
}

/// A sweep.
pub struct Sweep {
    /// The market and what was decided.
    pub prepared: Prepared,
    /// One a strategy, in their order.
    pub trials: Vec<Swept>,
}

impl Sweep {
    /// Position of the trial with the highest Sharpe ratio.
    pub fn best(&self) -> Option<usize> {
        let ratio = |i: &usize| self.trials[*i].sharpe.unwrap_or(f64::NEG_INFINITY);
        (0..self.trials.len()).filter(|i| self.trials[*i].sharpe.is_some()).max_by(|a, b| ratio(a).total_cmp(&ratio(b)))
    }
    /// The probability that the best in sample is below the median out of sample, from months above bills.
    ///
    /// # Errors
    /// Where there are too few trials or months.
    pub fn overfitting(&self) -> Result<Overfitting, CscvError> {
        let months: Vec<&[f64]> = self.trials.iter().map(|t| t.monthly.as_slice()).collect();
        overfitting(&months, BLOCKS)
    }
}

/// Runs strategies that differ in their parameters only.
///
/// # Errors
/// As [`super::run()`]; where parameter sets begin on different days.
pub fn sweep(knowledge: &dyn Knowledge, strategies: &[Strategy], span: Span) -> Result<Sweep, BacktestError> {
    let all: Vec<&Strategy> = strategies.iter().collect();
    let Some(first) = all.first() else { return Err(BacktestError::new("a sweep needs at least one parameter set")) };
    if !all.iter().all(|s| s.money.bill == first.money.bill) {
        return Err(BacktestError::new("a sweep may not change the bill rate"));
    }
    // Sets that hold the same share a market: only parameters of a basket make another.
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (i, strategy) in all.iter().enumerate() {
        match groups.iter_mut().find(|g| all[g[0]].definitions() == strategy.definitions()) {
            Some(group) => group.push(i),
            None => groups.push(vec![i]),
        }
    }
    let mut swept: Vec<Option<Swept>> = vec![None; all.len()];
    let mut whole: Option<Prepared> = None;
    for group in groups {
        let members: Vec<&Strategy> = group.iter().map(|&i| all[i]).collect();
        let (prepared, trials) = shared(knowledge, &members, span)?;
        if let Some(whole) = whole.as_ref().filter(|w| w.market.days != prepared.market.days) {
            let (a, b) = (whole.market.days[1], prepared.market.days[1]);
            return Err(BacktestError::new(format!("the parameter sets begin on different days, such as {a} and {b}"))
                .hint(format!("begin where all of them can: `--from {}` or later", a.max(b))));
        }
        group.into_iter().zip(trials).for_each(|(i, trial)| swept[i] = Some(trial));
        whole.get_or_insert(prepared);
    }
    let prepared = whole.expect("at least one set");
    Ok(Sweep { prepared, trials: swept.into_iter().flatten().collect() })
}

/// Runs strategies that hold the same.
fn shared(knowledge: &dyn Knowledge, all: &[&Strategy], span: Span) -> Result<(Prepared, Vec<Swept>), BacktestError> {
    let first = all[0];
    let prepared = prepare(knowledge, all, span)?;
    let timetable = Timetable::new(&prepared.market, &prepared.decided.days, first.schedule.decide);
    let trials = all
        .par_iter()
        .zip(&prepared.decided.of)
        .map(|(strategy, decisions)| {
            let orders = first_or_error(&prepared, &timetable, strategy, decisions)?;
            let plan =
                Plan { orders: &orders, rules: &strategy.rules, at_open: strategy.schedule.execute == Execution::NextOpen };
            let terms = Terms {
                assets: &strategy.assets,
                costs: strategy.costs,
                money: &strategy.money,
                fees: true,
                gaps: strategy.gaps,
            };
            Ok(summary(&prepared, &simulate(&prepared.market, &plan, &terms)?))
        })
        .collect::<Result<Vec<Swept>, BacktestError>>()?;
    Ok((prepared, trials))
}

fn summary(prepared: &Prepared, account: &Account) -> Swept {
    let market = &prepared.market;
    let n = market.len();
    let years = f64::from(market.days[n - 1].0 - market.days[0].0) / 365.25;
    let wealth = account.path().wealth;
    let last = wealth[n - 1];
    let above = excess(&account.ret, &market.bill);
    let record = Record::of(&above);
    let bills = prepared.bill_months();
    let monthly = over(bills, &account.ret).iter().zip(bills).map(|(m, b)| m - b.ret).collect();
    Swept {
        wealth: last,
        cagr: if last > 0.0 { last.powf(1.0 / years) - 1.0 } else { -1.0 },
        volatility: moments(&account.ret[1..]).1 * SESSIONS.sqrt(),
        sharpe: record.map(|r| r.sharpe),
        record,
        max_drawdown: underwater(&wealth).into_iter().fold(0.0, f64::min),
        turnover: account.traded[1..].iter().sum::<f64>() / 2.0 / years,
        invested: account.exposure[..n - 1].iter().filter(|e| **e > 1e-9).count() as f64 / (n - 1) as f64,
        monthly,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_and_grids() {
        let axis = Axis::parse("sessions=50..60:5").unwrap();
        assert_eq!((axis.name.as_str(), axis.values.as_slice()), ("sessions", &[50.0, 55.0, 60.0][..]));
        assert_eq!(Axis::parse("x=0..0.3:0.1").unwrap().values, [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(Axis::parse("x=1..3").unwrap().values, [1.0, 2.0, 3.0]);
        for bad in ["x", "x=1", "x=3..1:1", "x=1..2:0", "x=a..b:1", "x=0..1e9:0.001", "x=1..nan:1"] {
            assert!(Axis::parse(bad).is_err(), "{bad}");
        }
        let sets = grid(&[Axis::parse("a=1..2").unwrap(), Axis::parse("b=5..7").unwrap()]).unwrap();
        assert_eq!(sets.len(), 6);
        assert_eq!((sets[1]["a"], sets[1]["b"]), (1.0, 6.0));
        assert!(grid(&[Axis::parse("a=1..200").unwrap(), Axis::parse("b=1..200").unwrap()]).is_err());
    }
}
