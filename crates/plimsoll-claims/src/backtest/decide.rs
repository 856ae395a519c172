//! What a strategy decided after each session, with what was known by its end.

use std::collections::BTreeMap;

use plimsoll_measures::replay::{Asked, needs, points, stretches};
use plimsoll_measures::{Missing, Point};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::time::Day;
use rayon::prelude::*;

use super::run::BacktestError;
use super::simulate::NONE;
use super::strategy::{Source, Strategy};
use crate::verdict::{Verdict, judge};

/// What strategies decided after each session of one axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    /// Sessions, ascending.
    pub days: Vec<Day>,
    /// One a strategy.
    pub of: Vec<Decisions>,
    /// How many cuts it took: one, and one more for each moment at which the past was revised.
    pub cuts: usize,
}

/// The rule that applied after each session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// Position of the rule; [`NONE`] where a signal that was needed had no value.
    pub rule: Vec<u8>,
    /// Position of the first session with a decision.
    pub first: Option<usize>,
    /// Sessions without one after the first.
    pub without: usize,
    /// The last reason why there was none.
    pub reason: Option<(String, Missing)>,
}

impl Decisions {
    fn push(&mut self, rule: u8) {
        match (rule, self.first) {
            (NONE, Some(_)) => self.without += 1,
            (NONE, None) => {}
            (_, None) => self.first = Some(self.rule.len()),
            _ => {}
        }
        self.rule.push(rule);
    }
}

/// What strategies decided after every session from `from` to the moment of the knowledge, in their order. A signal that several strategies share is computed once.
///
/// # Errors
/// Where reading fails or a signal cannot be measured at all.
pub fn decide(knowledge: &dyn Knowledge, strategies: &[&Strategy], from: Day) -> Result<Decided, BacktestError> {
    let asked: Vec<Asked> = strategies.iter().flat_map(|s| s.asked()).collect();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    asked.iter().for_each(|a| *uses.entry(key(a)).or_default() += 1);
    let wanted = needs(&asked, from);
    // Kernels over a panel run in parallel inside the cut; measures of series do not.
    let parallel = !wanted.panel();
    let mut days: Vec<Day> = Vec::new();
    let mut decided: Vec<Decisions> = strategies.iter().map(|_| Decisions::default()).collect();
    let mut failed: Option<BacktestError> = None;
    let (_, cuts) = stretches(knowledge, &wanted, from, |cut, positions| {
        if failed.is_some() {
            return;
        }
        days.extend_from_slice(&cut.sessions[positions.clone()]);
        let mut shared: BTreeMap<String, Vec<Point>> = BTreeMap::new();
        for (strategy, signal) in strategies.iter().flat_map(|s| s.signals.iter().map(move |g| (s, g))) {
            let asked = signal.source.asked();
            let key = key(asked);
            if strategies.len() == 1 || uses[&key] < 2 || shared.contains_key(&key) {
                continue;
            }
            match points(cut, asked, positions.clone()) {
                Ok(found) => drop(shared.insert(key, found)),
                Err(why) => failed = Some(unmeasurable(strategy, &signal.name, &why.to_string())),
            }
        }
        let one = |(strategy, out): (&&Strategy, &mut Decisions)| stretch(strategy, cut, positions.clone(), &shared, out);
        let done: Result<(), BacktestError> = if parallel {
            strategies.par_iter().zip(decided.par_iter_mut()).try_for_each(one)
        } else {
            strategies.iter().zip(decided.iter_mut()).try_for_each(one)
        };
        if let Err(error) = done {
            failed = Some(error);
        }
    })?;
    match failed {
        Some(error) => Err(error),
        None => Ok(Decided { days, of: decided, cuts }),
    }
}

fn key(asked: &Asked) -> String {
    format!("{} {:?} {:?}", asked.measure.spec().name, asked.params.values(), asked.params.panel())
}

fn unmeasurable(strategy: &Strategy, signal: &str, why: &str) -> BacktestError {
    BacktestError::new(format!("{}: signal `{signal}`: {why}", strategy.id))
        .hint("`plimsoll measures NAME` says what a measure reads, `plimsoll status --keys` what the store holds")
}

fn stretch(
    strategy: &Strategy,
    cut: &Cut,
    positions: std::ops::Range<usize>,
    shared: &BTreeMap<String, Vec<Point>>,
    out: &mut Decisions,
) -> Result<(), BacktestError> {
    let mut tracks: Vec<std::borrow::Cow<'_, [Point]>> = Vec::with_capacity(strategy.signals.len());
    for signal in &strategy.signals {
        let asked = signal.source.asked();
        tracks.push(match shared.get(&key(asked)) {
            Some(found) => found.as_slice().into(),
            None => {
                points(cut, asked, positions.clone()).map_err(|e| unmeasurable(strategy, &signal.name, &e.to_string()))?.into()
            }
        });
    }
    let mut values = vec![f64::NAN; tracks.len()];
    for i in 0..positions.len() {
        for ((value, track), signal) in values.iter_mut().zip(&tracks).zip(&strategy.signals) {
            *value = read(&signal.source, &track[i]);
        }
        let (rule, lacking) = rule(strategy, &values)?;
        if let Some(signal) = lacking {
            let why = tracks[signal][i].value.err().unwrap_or(Missing::Undefined);
            out.reason = Some((strategy.signals[signal].name.clone(), why));
        }
        out.push(rule);
    }
    Ok(())
}

/// The number that conditions see; NaN where there is none.
fn read(source: &Source, point: &Point) -> f64 {
    match source {
        Source::Measure(_) => point.value.unwrap_or(f64::NAN),
        Source::Claim { holds, fails, .. } => match judge(point, holds, fails.as_ref()).0 {
            Verdict::Holds => 1.0,
            Verdict::Fails => -1.0,
            Verdict::Undecided => 0.0,
            Verdict::Unknown => f64::NAN,
        },
    }
}

/// The first rule whose condition is met, or the signal that is lacking.
fn rule(strategy: &Strategy, values: &[f64]) -> Result<(u8, Option<usize>), BacktestError> {
    for (i, rule) in strategy.rules.iter().enumerate() {
        let Some(when) = &rule.when else { return Ok((i as u8, None)) };
        if let Some(&lacking) = when.reads().iter().find(|&&s| values[s].is_nan()) {
            return Ok((NONE, Some(lacking)));
        }
        if when.test(values).map_err(|e| BacktestError::new(format!("{}: rule {}: {e}", strategy.id, i + 1)))? {
            return Ok((i as u8, None));
        }
    }
    Ok((NONE, None))
}
