//! A backtest from beginning to end.

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::CutError;
use plimsoll_model::knowledge::{Knowledge, KnowledgeError};
use plimsoll_model::time::{AsOf, Day};

use super::calendar::{Period, months};
use super::decide::{Decided, Decisions, decide};
use super::definitions::Defined;
use super::listed::{Held, HoldingTerms, SEVERE, hold};
use super::prices::Market;
use super::simulate::{Account, NONE, Plan, Terms, simulate};
use super::strategy::{Costs, Execution, Frequency, Gaps, Schedule, Strategy};

/// A backtest that cannot be made: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BacktestError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl BacktestError {
    /// What is wrong.
    pub fn new(message: impl Into<String>) -> BacktestError {
        BacktestError { message: message.into(), hint: None }
    }
    /// With what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> BacktestError {
        self.hint = Some(hint.into());
        self
    }
}

impl From<KnowledgeError> for BacktestError {
    fn from(error: KnowledgeError) -> BacktestError {
        BacktestError::new(error.to_string())
    }
}

impl From<CutError> for BacktestError {
    fn from(error: CutError) -> BacktestError {
        BacktestError::new(error.to_string())
    }
}

/// The span asked for; what is not given is the file's, else all there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The first day whose return counts.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
}

/// What came of a backtest.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The market on the axis of the test; its first day is the close at which the first position was bought.
    pub market: Market,
    /// After all costs, fees and spreads.
    pub net: Account,
    /// Before costs of trading, fees and spreads; borrowed money still pays the bill rate where the strategy is charged at all.
    pub gross: Account,
    /// Buying and holding the benchmark without costs: one return a day of the axis.
    pub benchmark: Option<Vec<f64>>,
    /// Sessions on which a signal had no value, so that the position before was kept.
    pub undecided: usize,
    /// How many cuts of knowledge it took.
    pub cuts: usize,
    /// How each listed holding went, one an asset; `None` for series.
    pub listed: Vec<Option<Held>>,
    /// The account with a delisting return of [`SEVERE`], where a name or an asset was delisted while held.
    pub severe: Option<Account>,
}

impl Outcome {
    /// Returns of the benchmark, else of bills.
    pub fn compared(&self) -> &[f64] {
        self.benchmark.as_deref().unwrap_or(&self.market.bill)
    }
}

/// How sessions of decisions lie on the axis of a market: the same for every strategy with the same series and schedule.
#[derive(Clone, Debug)]
pub struct Timetable {
    /// For each day of the axis, the position of its session among the decisions.
    at: Vec<Option<u32>>,
    /// Whether the strategy decides at its close.
    decides: Vec<bool>,
    /// The last decision before the axis.
    before: Option<u32>,
}

impl Timetable {
    /// Lays a schedule out.
    pub fn new(market: &Market, days: &[Day], frequency: Frequency) -> Timetable {
        let calendar = Calendar::nyse();
        let mut next = 0;
        let at = market.days.iter().map(|day| {
            while days.get(next).is_some_and(|d| d < day) {
                next += 1;
            }
            (days.get(next) == Some(day)).then_some(next as u32)
        });
        Timetable {
            at: at.collect(),
            decides: market.days.iter().map(|d| frequency.ends(*d, calendar.next(*d))).collect(),
            before: days.partition_point(|d| *d < market.days[0]).checked_sub(1).map(|i| i as u32),
        }
    }

    /// The orders on the axis, and the first rule: [`NONE`] where the first decision lacked a signal.
    pub fn orders(&self, schedule: Schedule, decisions: &Decisions) -> (Vec<u8>, u8) {
        let n = self.at.len();
        let rule = |at: Option<u32>| at.map_or(NONE, |i| decisions.rule[i as usize]);
        let mut orders = vec![NONE; n];
        // The first position is in place as early as the execution allows.
        let (lag, start, first) = match schedule.execute {
            Execution::NextClose => (1, 0, rule(self.before)),
            Execution::NextOpen => (1, 1, rule(self.at[0])),
            Execution::SameCloseForbidden => (0, 0, rule(self.at[0])),
            Execution::PreviousCloseForbidden => (-1, 0, rule(self.at[1])),
        };
        orders[start] = first;
        let mut held = first;
        for s in 0..n {
            let t = s as i64 + lag;
            if !self.decides[s] || t <= start as i64 || t >= n as i64 {
                continue;
            }
            let decided = rule(self.at[s]);
            if decided == NONE || (decided == held && !schedule.restore) {
                continue;
            }
            orders[t as usize] = decided;
            held = decided;
        }
        (orders, first)
    }
}

/// What a run needs besides the strategy: shared by all parameter sets of a sweep.
pub struct Prepared {
    /// The market on its axis.
    pub market: Market,
    /// What was decided.
    pub decided: Decided,
    /// How each listed holding went, one an asset; `None` for series.
    pub listed: Vec<Option<Held>>,
    /// Bills by month.
    bill_months: Vec<Period>,
}

impl Prepared {
    /// Bills by month.
    pub fn bill_months(&self) -> &[Period] {
        &self.bill_months
    }
}

/// Reads, decides and lays out for strategies that differ in parameters only.
///
/// # Errors
/// Where a series is missing or does not cover the span, or a signal cannot be measured.
pub fn prepare(knowledge: &dyn Knowledge, strategies: &[&Strategy], span: Span) -> Result<Prepared, BacktestError> {
    let one = strategies[0];
    let (from, to) = (span.from.or(one.from), span.to.or(one.to));
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(BacktestError::new(format!("the first day {from} does not lie before the last day {to}")));
    }
    let defined = Defined::new(knowledge, one.definitions(), one.retrospective);
    let terms = HoldingTerms { panel: one.panel.as_deref(), execute: one.schedule.execute, gaps: one.gaps, from, to };
    let listed = one
        .assets
        .iter()
        .map(|a| a.definition.listed().map(|l| hold(knowledge, &a.name, l, terms)).transpose())
        .collect::<Result<Vec<Option<Held>>, BacktestError>>()?;
    let market = Market::lay_out(&defined, one, &listed, from, to)?;
    let (first, last) = (market.days[0], market.days[market.len() - 1]);
    let past = defined.back_to(AsOf::end_of(last));
    // A week back finds the session before the first close.
    let mut decided = decide(past.as_ref(), strategies, Calendar::nyse().back(first, 6))?;
    if one.signals.is_empty() {
        decided = always(&market, strategies.len());
    }
    let market = match from {
        Some(_) => market,
        None => {
            // Nothing before every signal has a value.
            let known = |d: &Decisions| d.first.map(|i| decided.days[i]);
            let start = decided.of.iter().map(known).collect::<Option<Vec<Day>>>();
            let Some(start) = start.and_then(|s| s.into_iter().max()) else { return Err(never(one, &decided)) };
            let lag = usize::from(one.schedule.execute == Execution::NextClose);
            let at = market.days.partition_point(|d| *d < start) + if market.days[0] > start { 0 } else { lag };
            if at + 3 > market.len() {
                return Err(never(one, &decided));
            }
            market.tail(at)
        }
    };
    let bill_months = months(&market.days, &market.bill);
    Ok(Prepared { market, decided, listed, bill_months })
}

/// Without signals the one rule always applies.
fn always(market: &Market, n: usize) -> Decided {
    let before = Calendar::nyse().previous(market.days[0]);
    let days: Vec<Day> = std::iter::once(before).chain(market.days.iter().copied()).collect();
    let decisions = Decisions { rule: vec![0; days.len()], first: Some(0), ..Decisions::default() };
    Decided { of: vec![decisions; n], days, cuts: 1 }
}

fn never(strategy: &Strategy, decided: &Decided) -> BacktestError {
    let why = decided.of.iter().find_map(|d| d.reason.as_ref());
    let (signal, why) = why.map_or(("?", String::new()), |(s, w)| (s.as_str(), w.to_string()));
    BacktestError::new(format!("{}: signal `{signal}` never has a value: {why}", strategy.id))
        .hint("its series may be shorter than its warm-up: `plimsoll status --keys` shows what is known")
}

/// Plays one strategy of those prepared.
///
/// # Errors
/// Where the first decision lacks a signal, or a holding loses its prices.
pub fn play(
    prepared: &Prepared,
    timetable: &Timetable,
    strategy: &Strategy,
    index: usize,
) -> Result<(Account, Account), BacktestError> {
    let decisions = &prepared.decided.of[index];
    let orders = first_or_error(prepared, timetable, strategy, decisions)?;
    let plan = Plan { orders: &orders, rules: &strategy.rules, at_open: strategy.schedule.execute == Execution::NextOpen };
    let terms =
        Terms { assets: &strategy.assets, costs: strategy.costs, money: &strategy.money, fees: true, gaps: strategy.gaps };
    let net = simulate(&prepared.market, &plan, &terms)?;
    let gross = simulate(&prepared.market, &plan, &Terms { costs: Costs::default(), fees: false, ..terms })?;
    Ok((net, gross))
}

/// The orders of one strategy of those prepared.
///
/// # Errors
/// Where the first decision lacks a signal.
pub fn first_or_error(
    prepared: &Prepared,
    timetable: &Timetable,
    strategy: &Strategy,
    decisions: &Decisions,
) -> Result<Vec<u8>, BacktestError> {
    let (orders, first) = timetable.orders(strategy.schedule, decisions);
    if first != NONE {
        return Ok(orders);
    }
    let day = prepared.market.days[1];
    let Some(known) = decisions.first else { return Err(never(strategy, &prepared.decided)) };
    let (signal, why) = decisions.reason.as_ref().map_or(("?", String::new()), |(s, w)| (s.as_str(), w.to_string()));
    let known = prepared.decided.days[known];
    let message = format!("{}: signal `{signal}` has no value for the first day {day}: {why}", strategy.id);
    if known >= prepared.market.days[0] {
        let begin = Calendar::nyse().next(Calendar::nyse().next(known));
        return Err(BacktestError::new(message)
            .hint(format!("its first value is of {known}: begin on {begin} (`--from {begin}`), or leave `from` out")));
    }
    Err(BacktestError::new(message).hint("move `from` to a session on which it has one"))
}

/// Runs one strategy.
///
/// # Errors
/// As [`prepare`] and [`play`].
pub fn run(knowledge: &dyn Knowledge, strategy: &Strategy, span: Span) -> Result<Outcome, BacktestError> {
    let prepared = prepare(knowledge, &[strategy], span)?;
    let timetable = Timetable::new(&prepared.market, &prepared.decided.days, strategy.schedule.decide);
    let (net, gross) = play(&prepared, &timetable, strategy, 0)?;
    let severe = severe(&prepared, &timetable, strategy, &net)?;
    Ok(Outcome { severe, ..outcome(&prepared, strategy, net, gross) })
}

/// The account with a delisting return of [`SEVERE`], where something held was delisted.
fn severe(
    prepared: &Prepared,
    timetable: &Timetable,
    strategy: &Strategy,
    net: &Account,
) -> Result<Option<Account>, BacktestError> {
    let within = prepared.listed.iter().flatten().any(|h| !h.delisted.is_empty());
    if !within && net.delisted.is_empty() {
        return Ok(None);
    }
    let market = prepared.market.severe(&prepared.listed);
    let orders = first_or_error(prepared, timetable, strategy, &prepared.decided.of[0])?;
    let plan = Plan { orders: &orders, rules: &strategy.rules, at_open: strategy.schedule.execute == Execution::NextOpen };
    let gaps = Gaps { delisting_return: SEVERE, ..strategy.gaps };
    let terms = Terms { assets: &strategy.assets, costs: strategy.costs, money: &strategy.money, fees: true, gaps };
    Ok(Some(simulate(&market, &plan, &terms)?))
}

/// Puts accounts together with what they are compared with.
pub fn outcome(prepared: &Prepared, strategy: &Strategy, net: Account, gross: Account) -> Outcome {
    let benchmark = strategy.benchmark.map(|b| {
        let hold = |r: &f64| if r.is_nan() { 0.0 } else { *r };
        let mut held: Vec<f64> = prepared.market.returns[b].iter().map(hold).collect();
        held[0] = 0.0;
        held
    });
    Outcome {
        undecided: prepared.decided.of[0].without,
        cuts: prepared.decided.cuts,
        market: prepared.market.clone(),
        net,
        gross,
        benchmark,
        listed: prepared.listed.clone(),
        severe: None,
    }
}
