//! The ledger of trials: every backtest that was run on a store, so that the deflated figures count them.

use plimsoll_claims::backtest::prices::Market;
use plimsoll_claims::backtest::skill::{Skill, excess, skill};
use plimsoll_claims::backtest::sweep::Swept;
use plimsoll_claims::backtest::{Account, Strategy};
use plimsoll_measures::kernels::sharpe::Record;
use plimsoll_model::time::Day;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::ledger::Ledger;

/// One trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The strategy's name: trials of one family were chosen among.
    pub family: String,
    /// Hash of everything that decides its returns except the data: rules, parameters, terms and span.
    pub id: String,
    /// Parameters.
    pub parameters: std::collections::BTreeMap<String, f64>,
    /// Whether it was executed in a way that nobody can: such a trial is kept, and is no trial that could have been chosen.
    pub forbidden: bool,
    /// First day that counts.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// Daily returns.
    pub n: usize,
    /// Sharpe ratio a day, above bills; absent where it is not defined.
    pub sharpe: Option<f64>,
    /// Wealth at the end.
    pub wealth: f64,
    /// When it was run, RFC 3339.
    pub ran_at: String,
}

/// Describes a run for the ledger.
pub fn trial(strategy: &Strategy, market: &Market, account: &Account) -> Trial {
    let sharpe = Record::of(&excess(&account.ret, &market.bill)).map(|r| r.sharpe);
    describe(strategy, market, sharpe, account.ret.iter().map(|r| 1.0 + r).product())
}

/// Describes one parameter set of a sweep for the ledger.
pub fn swept(strategy: &Strategy, market: &Market, trial: &Swept) -> Trial {
    describe(strategy, market, trial.sharpe, trial.wealth)
}

fn describe(strategy: &Strategy, market: &Market, sharpe: Option<f64>, wealth: f64) -> Trial {
    let (from, to) = (market.days[1], market.days[market.len() - 1]);
    let what = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {from} {to} {}",
        strategy.assets,
        strategy.signals,
        strategy.rules,
        strategy.schedule,
        strategy.costs,
        strategy.money,
        strategy.gaps,
        strategy.retrospective
    );
    Trial {
        family: strategy.id.clone(),
        id: blake3::hash(what.as_bytes()).to_hex()[..16].to_owned(),
        parameters: strategy.parameters.clone(),
        forbidden: strategy.schedule.execute.forbidden() || !strategy.money.charged,
        from,
        to,
        n: market.len() - 1,
        sharpe,
        wealth,
        ran_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// The trials of one family.
pub struct Family {
    /// Distinct ones, the latest run of each.
    pub trials: Vec<Trial>,
}

impl Family {
    /// Adds trials to the ledger and comes back with all of the family. A trial that was run before counts once.
    pub fn record(ledger: &Ledger, new: &[Trial]) -> Result<Family, Failure> {
        let Some(first) = new.first() else { return Ok(Family { trials: Vec::new() }) };
        let before = ledger.read::<Trial>()?;
        let mut known: std::collections::BTreeMap<String, Trial> =
            before.records.into_iter().filter(|t| t.family == first.family).map(|t| (t.id.clone(), t)).collect();
        let same = |t: &Trial| known.get(&t.id).is_some_and(|k| k.sharpe == t.sharpe && k.wealth == t.wealth);
        let fresh: Vec<Trial> = new.iter().filter(|t| !same(t)).cloned().collect();
        ledger.append(&fresh)?;
        known.extend(fresh.into_iter().map(|t| (t.id.clone(), t)));
        Ok(Family { trials: known.into_values().collect() })
    }
    /// All of the family in the ledger with a trial that is only looked at: the ledger stays as it is.
    pub fn with(ledger: &Ledger, trial: Trial) -> Result<Family, Failure> {
        let before = ledger.read::<Trial>()?.records.into_iter().filter(|t| t.family == trial.family);
        let mut known: std::collections::BTreeMap<String, Trial> = before.map(|t| (t.id.clone(), t)).collect();
        known.insert(trial.id.clone(), trial);
        Ok(Family { trials: known.into_values().collect() })
    }
    /// Sharpe ratios a day of the distinct trials that could have been traded.
    pub fn ratios(&self) -> Vec<f64> {
        self.trials.iter().filter(|t| !t.forbidden).filter_map(|t| t.sharpe).collect()
    }
    /// What the family says of an account's skill.
    pub fn skill(&self, market: &Market, account: &Account) -> Option<Skill> {
        skill(&excess(&account.ret, &market.bill), &self.ratios())
    }
}
