//! `plimsoll backtest --sweep`: many parameter sets, every one a trial.

use std::path::Path;

use plimsoll_claims::Thesis;
use plimsoll_claims::backtest::Strategy;
use plimsoll_claims::backtest::metrics::SESSIONS;
use plimsoll_claims::backtest::sweep::{Axis, Sweep, grid, sweep};
use plimsoll_measures::kernels::sharpe::Trials;
use plimsoll_model::unit::Unit;

use super::backtest::{Backtest, execution, numbers, span};
use crate::failure::{Failure, Outcome};
use crate::ledger::Ledger;
use crate::session::{Session, store_dir};
use crate::sheet::{Format, Sheet, emit};
use crate::strategies::Written;
use crate::trials::{Family, swept};

/// Rows of the table for people.
const SHOWN: usize = 20;

/// Runs the sweep.
pub fn run(store: Option<&Path>, thesis: &Thesis, written: &Written, args: &Backtest) -> Outcome {
    let axes = args.sweep.iter().map(|t| Axis::parse(t).map_err(Failure::new)).collect::<Result<Vec<Axis>, _>>()?;
    let fixed = numbers(&args.set)?;
    if let Some(twice) = axes.iter().find(|a| fixed.contains_key(&a.name) || axes.iter().filter(|b| b.name == a.name).count() > 1)
    {
        return Err(Failure::new(format!("the parameter `{}` is given twice", twice.name)));
    }
    let sets = grid(&axes).map_err(|e| Failure::new(e).hint("take larger steps, or fewer parameters at once"))?;
    let strategies = sets
        .into_iter()
        .map(|mut set| {
            set.extend(fixed.clone());
            let mut strategy = written.parse(thesis, &set)?;
            execution(&mut strategy, args.execute.as_deref())?;
            Ok(strategy)
        })
        .collect::<Result<Vec<Strategy>, Failure>>()?;
    let session = Session::open(store)?;
    let knowledge = session.snapshot(session.as_of(&args.as_of)?)?;
    let found = sweep(&knowledge, &strategies, span(args)?)?;
    let ledger = Ledger::of(&store_dir(store)?, "trials");
    let trials: Vec<_> = strategies.iter().zip(&found.trials).map(|(s, t)| swept(s, &found.prepared.market, t)).collect();
    let family = Family::record(&ledger, &trials)?;
    let deflated = deflated(&found, &family);
    let out = args.out.output.as_deref();
    if args.out.format != Format::Table {
        let all: Vec<usize> = (0..strategies.len()).collect();
        table(&axes, &strategies, &found, &deflated, &all).write(args.out.format, out)?;
        return Ok(0);
    }
    let mut order: Vec<usize> = (0..strategies.len()).collect();
    let ratio = |i: usize| found.trials[i].sharpe.unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|a, b| ratio(*b).total_cmp(&ratio(*a)));
    order.truncate(SHOWN);
    let text = format!(
        "{}{}\n{}\n",
        head(&strategies[0], &found, &family),
        table(&axes, &strategies, &found, &deflated, &order).shown(),
        if strategies.len() > SHOWN {
            format!("the best {SHOWN} of {}; `--format csv` gives all\n", strategies.len())
        } else {
            String::new()
        },
    );
    emit(text.as_bytes(), out)?;
    Ok(0)
}

/// The probability that each trial's true Sharpe ratio beats what the best of the family would show by luck.
fn deflated(found: &Sweep, family: &Family) -> Vec<Option<f64>> {
    let trials = Trials::of(&family.ratios());
    let luck = trials.map_or(0.0, |t| t.expected_maximum());
    found.trials.iter().map(|t| Some(t.record?.probabilistic(luck))).collect()
}

fn head(strategy: &Strategy, found: &Sweep, family: &Family) -> String {
    let days = &found.prepared.market.days;
    let luck = Trials::of(&family.ratios()).map_or(0.0, |t| t.expected_maximum()) * SESSIONS.sqrt();
    let mut out = format!(
        "{}: {} parameter sets, {} to {}, {} daily returns, trades {}\n",
        strategy.title,
        found.trials.len(),
        days[1],
        days[days.len() - 1],
        days.len() - 1,
        strategy.schedule.execute.word(),
    );
    out.push_str(&format!(
        "  {} distinct trials of this family stand in the ledger: the best of them would show a Sharpe ratio of {luck:.2} by luck alone\n",
        family.trials.len()
    ));
    match found.overfitting() {
        Ok(o) => out.push_str(&format!(
            "  probability of overfitting {:.0} % ({} combinations of months): how often the best in sample falls below the median out of sample\n",
            o.probability * 100.0,
            o.logits.len()
        )),
        Err(why) => out.push_str(&format!("  no probability of overfitting: {why}\n")),
    }
    out.push('\n');
    out
}

fn table(axes: &[Axis], strategies: &[Strategy], found: &Sweep, deflated: &[Option<f64>], order: &[usize]) -> Sheet {
    let trial = |i: &usize| &found.trials[*i];
    let mut sheet = Sheet::default();
    for axis in axes {
        sheet = sheet.number(&axis.name, Unit::Number, order.iter().map(|i| strategies[*i].parameters.get(&axis.name).copied()));
    }
    sheet
        .number("cagr", Unit::Fraction, order.iter().map(|i| Some(trial(i).cagr)))
        .number("volatility", Unit::Fraction, order.iter().map(|i| Some(trial(i).volatility)))
        .number("sharpe", Unit::Number, order.iter().map(|i| trial(i).sharpe.map(|s| s * SESSIONS.sqrt())))
        .number("deflated_sharpe", Unit::Fraction, order.iter().map(|i| deflated[*i]))
        .number("max_drawdown", Unit::Fraction, order.iter().map(|i| Some(trial(i).max_drawdown)))
        .number("turnover", Unit::Multiple, order.iter().map(|i| Some(trial(i).turnover)))
        .number("invested", Unit::Fraction, order.iter().map(|i| Some(trial(i).invested)))
        .number("wealth", Unit::Multiple, order.iter().map(|i| Some(trial(i).wealth)))
}
