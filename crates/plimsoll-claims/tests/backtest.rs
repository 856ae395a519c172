//! Laws of backtests, on series made here.

use std::collections::BTreeMap;

use plimsoll_claims::Thesis;
use plimsoll_claims::backtest::decide::decide;
use plimsoll_claims::backtest::strategy::Numbers;
use plimsoll_claims::backtest::sweep::sweep;
use plimsoll_claims::backtest::{BacktestError, Defined, Execution, Outcome, Span, Strategy, run};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Memory};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day};

const N: usize = 700;

fn sessions() -> Vec<Day> {
    let from = Day::ymd(2018, 1, 2);
    Calendar::nyse().between(from, from.plus(1200))[..N].to_vec()
}

/// Returns that follow each other: what rose yesterday tends to rise today.
fn trending(seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let mut r = 0.0;
    (0..N)
        .map(|_| {
            r = 0.6 * r + 0.02 * noise();
            r
        })
        .collect()
}

fn levels(returns: &[f64]) -> Vec<f64> {
    let mut level = 100.0;
    let grow = |r: &f64| {
        level *= 1.0 + r;
        level
    };
    returns.iter().map(grow).collect()
}

/// A series known at 17:00 so many days after the day it is about.
fn batch(id: &str, days: &[Day], values: &[f64], late: i32) -> (String, Observations) {
    let n = days.len();
    let known = days.iter().map(|d| d.plus(late).at(17, 0).0).collect();
    let columns = vec![Column::Text(TextColumn::constant(id, n)), Column::F64(values.to_vec()), Column::U8(vec![0; n])];
    let rows = Observations::new(Dataset::Series, days.iter().map(|d| d.0).collect(), known, columns);
    (id.split(':').next().unwrap().to_owned(), rows)
}

struct World {
    days: Vec<Day>,
    batches: Vec<(String, Observations)>,
}

impl World {
    fn new() -> World {
        let days = sessions();
        let (a, b) = (trending(1), trending(2));
        let batches = vec![
            batch("etf:A", &days, &levels(&a), 0),
            batch("etf:B", &days, &levels(&b), 0),
            batch("french:A", &days, &a, 60),
            batch("french:RF", &days, &[0.0001; N], 0),
        ];
        World { days, batches }
    }
    fn knowledge(&self) -> Memory {
        Memory::new(AsOf::end_of(self.days[N - 1].plus(90)), self.batches.clone())
    }
    /// The same with nonsense from position `t` on.
    fn garbled(&self, t: usize) -> Memory {
        let mut world = World { days: self.days.clone(), batches: self.batches.clone() };
        for (source, rows) in &mut world.batches {
            let past = rows.period.iter().filter(|p| **p < self.days[t].0).count();
            // Returns stay above minus one.
            let scale = if source == "french" { 0.001 } else { 1.0 };
            if let Column::F64(values) = &mut rows.columns[1] {
                values.iter_mut().enumerate().skip(past).for_each(|(i, v)| *v = scale * (0.5 + (i * 7919 % 97) as f64));
            }
        }
        world.knowledge()
    }
}

fn text(asset: &str, knowledge: &str, execute: &str) -> String {
    format!(
        r#"
title = "Trend"
knowledge = "{knowledge}"
benchmark = "a"
[parameters]
sessions = 10
[assets]
a = {{ series = "{asset}" }}
b = {{ series = "etf:B" }}
[signals]
trend = {{ measure = "trend_state", with = {{ series = "a", sessions = "{{sessions}}" }} }}
[[rule]]
when = "trend > 0"
hold = {{ a = 1 }}
[[rule]]
hold = {{}}
[schedule]
decide = "daily"
execute = "{execute}"
[money]
bill = "french:RF"
"#
    )
}

const HOLD: &str = r#"
title = "Hold"
benchmark = "a"
[assets]
a = { series = "etf:A" }
[[rule]]
hold = { a = 1 }
[schedule]
decide = "daily"
execute = "next_close"
[money]
bill = "french:RF"
"#;

fn strategy_with(text: &str, numbers: &Numbers) -> Strategy {
    let thesis = "title = \"T\"\n[[claim]]\nid = \"x\"\nsays = \"x\"\nawaits = \"x\"\n";
    let thesis = Thesis::parse("t", thesis).unwrap();
    Strategy::parse("trend.toml", text, &thesis, numbers).unwrap()
}
fn strategy(text: &str) -> Strategy {
    strategy_with(text, &Numbers::new())
}
fn tested(knowledge: &dyn Knowledge, text: &str) -> Outcome {
    run(knowledge, &strategy(text), Span::default()).unwrap()
}
fn wealth(o: &Outcome) -> f64 {
    *o.net.path().wealth.last().unwrap()
}

#[test]
fn a_constant_position_without_costs_is_buy_and_hold() {
    let world = World::new();
    for decide in ["daily", "weekly", "monthly", "once"] {
        for execute in ["next_close", "same_close_forbidden", "previous_close_forbidden"] {
            let text = HOLD.replace("\"daily\"", &format!("\"{decide}\"")).replace("next_close", execute);
            let o = tested(&world.knowledge(), &text);
            let hold: f64 = o.benchmark.as_ref().unwrap().iter().map(|r| 1.0 + r).product();
            assert!(o.market.len() > N - 3 && (wealth(&o) / hold - 1.0).abs() < 1e-12, "{decide} {execute}");
        }
    }
}

#[test]
fn the_earlier_the_execution_the_better_where_returns_follow_each_other() {
    let world = World::new();
    let of = |execute| wealth(&tested(&world.knowledge(), &text("etf:A", "as_known", execute)));
    let (next, same, before) = (of("next_close"), of("same_close_forbidden"), of("previous_close_forbidden"));
    assert!(before > same * 1.2 && same > next * 1.05, "{before} {same} {next}");
}

#[test]
fn nothing_after_a_day_changes_anything_before_it() {
    let world = World::new();
    for (asset, knowledge) in [("etf:A", "as_known"), ("etf:A", "retrospective"), ("french:A", "retrospective")] {
        for execute in ["next_close", "same_close_forbidden"] {
            let text = text(asset, knowledge, execute);
            let whole = tested(&world.knowledge(), &text);
            for t in [150, 333, 601] {
                let garbled = tested(&world.garbled(t), &text);
                let until = whole.market.days.partition_point(|d| *d < world.days[t]);
                assert_eq!(garbled.market.days[0], whole.market.days[0]);
                assert_eq!(garbled.net.ret[..until], whole.net.ret[..until], "{asset} {knowledge} {execute} {t}");
                assert_eq!(garbled.net.rule[..until], whole.net.rule[..until]);
                assert_ne!(garbled.net.ret[until..], whole.net.ret[until..], "the test must be able to fail");
            }
        }
    }
    // Looking ahead by a day is found by the very same test.
    let text = text("etf:A", "as_known", "previous_close_forbidden");
    let whole = tested(&world.knowledge(), &text);
    let seen = (150..250).any(|t| {
        let garbled = tested(&world.garbled(t), &text);
        let until = whole.market.days.partition_point(|d| *d < world.days[t]);
        garbled.net.rule[..until] != whole.net.rule[..until]
    });
    assert!(seen);
}

#[test]
fn decisions_are_those_of_a_fresh_cut_at_each_session() {
    let world = World::new();
    let mut batches = world.batches.clone();
    // A revision of the past, known later.
    let revised: Vec<f64> = levels(&trending(1)).iter().map(|v| v * 0.8).collect();
    let (source, mut rows) = batch("etf:A", &world.days[300..320], &revised[300..320], 0);
    rows.known_at.iter_mut().for_each(|k| *k = world.days[400].at(12, 0).0);
    batches.push((source, rows));
    let knowledge = Memory::new(AsOf::end_of(world.days[N - 1]), batches);
    let strategy = strategy(&text("etf:A", "as_known", "next_close").replace("sessions = 10", "sessions = 150"));
    let defined = Defined::new(&knowledge, strategy.definitions(), false);
    let whole = decide(&defined, &[&strategy], world.days[280]).unwrap();
    assert!(whole.cuts > 1);
    for i in (0..whole.days.len()).step_by(7) {
        let then = defined.back_to(AsOf::end_of(whole.days[i]));
        let fresh = decide(then.as_ref(), &[&strategy], whole.days[i]).unwrap();
        assert_eq!(fresh.of[0].rule.last(), Some(&whole.of[0].rule[i]), "{}", whole.days[i]);
    }
}

#[test]
fn series_that_are_published_late_are_not_seen_early_unless_retrospective() {
    let world = World::new();
    let late = tested(&world.knowledge(), &text("french:A", "as_known", "next_close"));
    let seen = tested(&world.knowledge(), &text("french:A", "retrospective", "next_close"));
    let same = tested(&world.knowledge(), &text("etf:A", "as_known", "next_close"));
    // Two months late, the first signal comes two months later.
    assert!(late.market.days[0] > seen.market.days[0].plus(50));
    // In retrospect it is the signal of the prices themselves.
    let n = seen.net.rule.len().min(same.net.rule.len()) - 20;
    assert_eq!(seen.net.rule[seen.net.rule.len() - n..], same.net.rule[same.net.rule.len() - n..]);
}

#[test]
fn a_swept_parameter_set_is_the_single_run() {
    let world = World::new();
    let text = text("etf:A", "as_known", "next_close");
    let of = |n: f64| strategy_with(&text, &BTreeMap::from([("sessions".to_owned(), n)]));
    let sets: Vec<Strategy> = [5.0, 10.0, 20.0, 50.0].into_iter().map(of).collect();
    let swept = sweep(&world.knowledge(), &sets, Span::default()).unwrap();
    let from = swept.prepared.market.days[1];
    for (strategy, trial) in sets.iter().zip(&swept.trials) {
        let alone = run(&world.knowledge(), strategy, Span { from: Some(from), to: None }).unwrap();
        assert_eq!(alone.market.days, swept.prepared.market.days);
        assert_eq!(wealth(&alone), trial.wealth);
    }
    assert!(swept.overfitting().is_ok_and(|o| (0.0..=1.0).contains(&o.probability)));
}

#[test]
fn what_cannot_be_tested_is_refused_with_what_to_do() {
    let good = text("etf:A", "as_known", "next_close");
    let world = World::new();
    let (first, last) = (world.days[0], world.days[N - 1]);
    let days = |from, to| Span { from, to };
    for (text, span, says, hint) in [
        (good.replace("etf:A", "etf:C"), days(None, None), "etf:C is not known", "status --keys"),
        (good.clone(), days(Some(first.plus(-60)), None), "begins on", "--from"),
        (good.clone(), days(None, Some(last.plus(30))), "ends on", "--to"),
        (good.clone(), days(Some(world.days[5]), None), "has no value for the first day", "--from"),
        (good.replace("sessions = 10", "sessions = 900"), days(None, None), "never has a value", "warm-up"),
        (
            good.replace("bill = \"french:RF\"", "bill = \"yield:^IRX\""),
            days(None, None),
            "bill rate yield:^IRX is not known",
            "bill",
        ),
        (good.clone(), days(Some(last), Some(first)), "does not lie before", ""),
    ] {
        let error: BacktestError = run(&world.knowledge(), &strategy(&text), span).unwrap_err();
        assert!(error.message.contains(says), "{error}");
        assert!(error.hint.clone().unwrap_or_default().contains(hint), "{error:?}");
    }
}

#[test]
fn the_terms_of_execution_are_words_that_say_what_they_are() {
    for (word, execution) in Execution::WORDS {
        assert_eq!(word.contains("forbidden"), execution.forbidden());
    }
}
