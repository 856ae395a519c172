//! Securities and baskets as holdings, on a small market made here, against plain loops.

use std::collections::BTreeMap;

use plimsoll_claims::Thesis;
use plimsoll_claims::backtest::listed::SEVERE;
use plimsoll_claims::backtest::strategy::Numbers;
use plimsoll_claims::backtest::sweep::sweep;
use plimsoll_claims::backtest::{BacktestError, Outcome, Span, Strategy, run};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::Memory;
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day};

const N: usize = 160;
const NAMES: [&str; 5] = ["AAA", "BBB", "CCC", "DDD", "EEE"];

/// Closes of five names; NaN where there is no row.
#[derive(Clone)]
struct World {
    days: Vec<Day>,
    closes: Vec<Vec<f64>>,
    lists: Vec<(&'static str, usize, bool)>,
}

impl World {
    fn new() -> World {
        let from = Day::ymd(2021, 1, 4);
        let days = Calendar::nyse().between(from, from.plus(400))[..N].to_vec();
        let mut state = 11u64;
        let mut noise = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        // Each name drifts differently: the later in the alphabet, the better.
        let closes = (0..5)
            .map(|k| {
                let mut level = 50.0;
                let grow = |_| {
                    level *= 1.0 + 0.02 * noise() + 0.0015 * k as f64;
                    level
                };
                (0..N).map(grow).collect()
            })
            .collect();
        World { days, closes, lists: NAMES.iter().map(|n| (*n, 0, true)).collect() }
    }
    fn ret(&self, k: usize, t: usize) -> f64 {
        self.closes[k][t] / self.closes[k][t - 1] - 1.0
    }
    fn knowledge(&self) -> Memory {
        let calendar = Calendar::nyse();
        let text = |texts: Vec<&str>| Column::Text(texts.into_iter().collect::<TextColumn>());
        let mut rows: Vec<(&str, usize, f64, f64)> = Vec::new();
        for (k, closes) in self.closes.iter().enumerate() {
            let mut before = f64::NAN;
            for (t, close) in closes.iter().enumerate().filter(|(_, c)| c.is_finite()) {
                rows.push((NAMES[k], t, *close, close / before - 1.0));
                before = *close;
            }
        }
        let n = rows.len();
        let shares = |name: &str| 1e6 * (1 + NAMES.iter().position(|x| *x == name).unwrap()) as f64;
        let bars = Observations::new(
            Dataset::Bars,
            rows.iter().map(|r| self.days[r.1].0).collect(),
            rows.iter().map(|r| calendar.close(self.days[r.1]).0).collect(),
            vec![
                text(rows.iter().map(|r| r.0).collect()),
                text(vec!["nyse"; n]),
                Column::F64(rows.iter().map(|r| r.2).collect()),
                Column::F64(vec![f64::NAN; n]),
                Column::F64(rows.iter().map(|r| r.3).collect()),
                Column::F64(vec![f64::NAN; n]),
                Column::F64(rows.iter().map(|r| r.2 * shares(r.0)).collect()),
                Column::U8(vec![0; n]),
            ],
        );
        let day = |t: &usize| self.days[*t];
        let members = Observations::new(
            Dataset::Members,
            self.lists.iter().map(|l| day(&l.1).0).collect(),
            self.lists.iter().map(|l| calendar.open(day(&l.1)).0).collect(),
            vec![
                text(vec!["sp500"; self.lists.len()]),
                text(self.lists.iter().map(|l| l.0).collect()),
                Column::U8(self.lists.iter().map(|l| u8::from(l.2)).collect()),
            ],
        );
        let bill = Observations::new(
            Dataset::Series,
            self.days.iter().map(|d| d.0).collect(),
            self.days.iter().map(|d| calendar.close(*d).0).collect(),
            vec![Column::Text(TextColumn::constant("french:RF", N)), Column::F64(vec![0.0; N]), Column::U8(vec![0; N])],
        );
        let batches = vec![("screener".to_owned(), bars), ("screener".to_owned(), members), ("french".to_owned(), bill)];
        Memory::new(AsOf::end_of(self.days[N - 1]), batches)
    }
}

fn text(asset: &str, execute: &str, costs: f64, gaps: &str) -> String {
    format!(
        r#"
title = "Basket"
[assets]
names = {{ {asset} }}
[[rule]]
hold = {{ names = 1 }}
[schedule]
decide = "once"
execute = "{execute}"
weights = "kept"
[costs]
slippage_bps = {costs}
[money]
bill = "french:RF"
[gaps]
{gaps}
"#
    )
}

fn strategy(text: &str, numbers: &Numbers) -> Strategy {
    let thesis = "title = \"T\"\n[universes]\nlarge = \"sp500\"\n[[claim]]\nid = \"x\"\nsays = \"x\"\nawaits = \"x\"\n";
    let thesis = Thesis::parse("t", thesis).unwrap();
    Strategy::parse("basket.toml", text, &thesis, numbers).unwrap()
}
fn tested(world: &World, text: &str) -> Outcome {
    run(&world.knowledge(), &strategy(text, &Numbers::new()), Span::default()).unwrap()
}
fn wealth(o: &Outcome) -> f64 {
    *o.net.path().wealth.last().unwrap()
}
#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-12, "expected {expected}, found {found}");
}

const EQUAL: &str = "universe = \"large\", weight = \"equal\", renew = \"daily\"";

#[test]
fn equal_weights_renewed_daily_are_the_mean_of_returns() {
    let world = World::new();
    for (execute, first) in [("same_close_forbidden", 0), ("next_close", 1)] {
        let o = tested(&world, &text(EQUAL, execute, 0.0, ""));
        // A day later the weights are those of a day later, and equal all the same.
        let by_hand: f64 = (first + 1..N).map(|t| 1.0 + (0..5).map(|k| world.ret(k, t)).sum::<f64>() / 5.0).product();
        assert_eq!(o.market.days[0], world.days[first], "{execute}");
        near(wealth(&o), by_hand);
    }
}

#[test]
fn weights_by_capitalisation_need_no_trades_while_shares_stand_still() {
    let world = World::new();
    let o = tested(&world, &text("universe = \"large\", weight = \"cap\", renew = \"daily\"", "same_close_forbidden", 10.0, ""));
    let cap = |t: usize| (0..5).map(|k| (k + 1) as f64 * world.closes[k][t]).sum::<f64>();
    // Bought once, at 10 bp.
    near(wealth(&o), cap(N - 1) / cap(0) / 1.001);
    assert!(o.net.traded[1..].iter().sum::<f64>() < 1e-9);
}

#[test]
fn what_a_basket_trades_within_itself_is_paid_for() {
    let world = World::new();
    let free = tested(&world, &text(EQUAL, "same_close_forbidden", 0.0, ""));
    let paid = tested(&world, &text(EQUAL, "same_close_forbidden", 50.0, ""));
    let mut by_hand = 1.0 / 1.005;
    for t in 1..N {
        let mean = (0..5).map(|k| world.ret(k, t)).sum::<f64>() / 5.0;
        let drift: f64 = (0..5).map(|k| ((1.0 + world.ret(k, t)) / (1.0 + mean) - 1.0).abs() / 5.0).sum();
        by_hand *= (1.0 + mean) * (1.0 - 0.005 * drift);
    }
    near(wealth(&paid), by_hand);
    assert!(wealth(&paid) < wealth(&free) && paid.net.traded[10] > 0.0);
    // Gross of costs, both are the same.
    near(paid.gross.path().wealth[N - 1], wealth(&free));
}

#[test]
fn a_score_chooses_and_is_that_of_the_session_that_decides() {
    let world = World::new();
    let best = "universe = \"large\", rank = \"return\", sessions = 20, top = 2, renew = \"monthly\"";
    let o = tested(&world, &text(best, "next_close", 0.0, ""));
    let held = o.listed[0].as_ref().unwrap();
    assert!(held.renewals.len() >= 6, "{}", held.renewals.len());
    for renewal in &held.renewals {
        let t = world.days.binary_search(&renewal.decided).unwrap();
        assert_eq!(renewal.traded, world.days[t + 1]);
        let mut by_hand: Vec<(f64, &str)> =
            (0..5).map(|k| (world.closes[k][t] / world.closes[k][t - 20] - 1.0, NAMES[k])).collect();
        by_hand.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut names: Vec<&str> = by_hand[..2].iter().map(|x| x.1).collect();
        names.sort_unstable();
        assert_eq!(renewal.holdings.iter().map(|h| h.symbol.as_str()).collect::<Vec<_>>(), names, "{}", renewal.decided);
        assert!((renewal.holdings[0].score.unwrap() - by_hand.iter().find(|x| x.1 == names[0]).unwrap().0).abs() < 1e-12);
    }
    // The lowest are others, and a condition may keep none.
    let worst = tested(&world, &text(&best.replace("top", "bottom"), "next_close", 0.0, ""));
    assert!(wealth(&o) > wealth(&worst) * 1.1);
    let none = text("universe = \"large\", rank = \"return\", keep = \"value > 9\"", "next_close", 0.0, "");
    let error = run(&world.knowledge(), &strategy(&none, &Numbers::new()), Span::default()).unwrap_err();
    assert!(error.message.contains("no member could be chosen"), "{error}");
}

#[test]
fn a_name_that_vanishes_is_paid_out_after_the_halt_and_counted() {
    let mut world = World::new();
    world.closes[1][80..].fill(f64::NAN);
    let asset = "universe = \"large\", renew = \"once\"";
    let shared = |loss: f64| {
        let grown = |k: usize| world.closes[k][if k == 1 { 79 } else { N - 1 }] / world.closes[k][1];
        (0..5).map(|k| if k == 1 { grown(k) * (1.0 + loss) } else { grown(k) }).sum::<f64>() / 5.0
    };
    for loss in [0.0, -0.3] {
        let o = tested(&world, &text(asset, "next_close", 0.0, &format!("halt_sessions = 5\ndelisting_return = {loss}")));
        near(wealth(&o), shared(loss));
        let held = o.listed[0].as_ref().unwrap();
        assert_eq!(held.delisted.len(), 1);
        assert_eq!((held.delisted[0].symbol.as_str(), held.delisted[0].last), ("BBB", world.days[79]));
        assert_eq!(o.net.ret[(79 - 1) + 1..].iter().filter(|r| **r < -0.03).count(), usize::from(loss < 0.0));
        // What a severe return would do stands beside it.
        near(*o.severe.as_ref().unwrap().path().wealth.last().unwrap(), shared(SEVERE));
    }
    // A renewal puts the money to use again.
    let again = tested(&world, &text(&asset.replace("once", "monthly"), "next_close", 0.0, "halt_sessions = 5"));
    let last = again.listed[0].as_ref().unwrap().renewals.last().unwrap().clone();
    assert_eq!((last.members, last.holdings.len()), (4, 4));
    near(last.holdings.iter().map(|h| h.weight).sum(), 1.0);
}

#[test]
fn a_halted_name_keeps_its_value_and_is_neither_bought_nor_sold() {
    let mut world = World::new();
    // No row on the session of a renewal, nor around it.
    let t = world.days.iter().rposition(|d| d.parts().1 == 3).unwrap();
    world.closes[2][t..t + 4].fill(f64::NAN);
    let o = tested(&world, &text("universe = \"large\", renew = \"monthly\"", "next_close", 0.0, ""));
    let held = o.listed[0].as_ref().unwrap();
    let renewal = held.renewals.iter().find(|r| r.decided == world.days[t]).unwrap();
    assert_eq!((renewal.members, renewal.not_sold, renewal.holdings.len()), (4, 1, 5));
    assert!(held.delisted.is_empty());
    let stuck = renewal.holdings.iter().find(|h| h.symbol == "CCC").unwrap().weight;
    let other = renewal.holdings.iter().find(|h| h.symbol == "AAA").unwrap().weight;
    assert!((stuck - 0.2).abs() > 1e-6, "kept as it was: {stuck}");
    near(other, (1.0 - stuck) / 4.0);
}

#[test]
fn no_basket_sees_what_its_decisions_could_not() {
    let world = World::new();
    let pick = "universe = \"large\", rank = \"return\", sessions = 20, top = 2, renew = \"weekly\"";
    let garble = |t: usize| {
        let mut other = world.clone();
        for (k, closes) in other.closes.iter_mut().enumerate() {
            closes[t..].iter_mut().enumerate().for_each(|(i, c)| *c = 40.0 + ((i * 7919 + k * 31) % 23) as f64);
        }
        // Members change too.
        other.lists.push(("EEE", t, false));
        other
    };
    let early = |text: &str, t: usize| {
        let (whole, garbled) = (tested(&world, text), tested(&garble(t), text));
        let until = whole.market.days.partition_point(|d| *d < world.days[t]);
        assert_ne!(whole.net.ret[until..], garbled.net.ret[until..], "the test must be able to fail");
        whole.net.ret[..until] != garbled.net.ret[..until]
    };
    for execute in ["next_close", "same_close_forbidden"] {
        for t in [60, 93, 131] {
            assert!(!early(&text(pick, execute, 3.0, ""), t), "{execute} {t}");
        }
    }
    // Looking ahead by a day is found by the very same test.
    let ahead = text(&pick.replace("weekly", "daily"), "previous_close_forbidden", 3.0, "");
    assert!((60..100).any(|t| early(&ahead, t)));
}

#[test]
fn a_name_that_joins_the_list_later_is_not_held_before() {
    let mut world = World::new();
    world.lists.retain(|l| l.0 != "EEE");
    world.lists.push(("EEE", 90, true));
    let o = tested(&world, &text(EQUAL, "next_close", 0.0, ""));
    for renewal in &o.listed[0].as_ref().unwrap().renewals {
        let has = renewal.holdings.iter().any(|h| h.symbol == "EEE");
        assert_eq!(has, renewal.decided >= world.days[90], "{}", renewal.decided);
    }
}

#[test]
fn one_security_is_bought_and_held() {
    let world = World::new();
    let o = tested(&world, &text("security = \"CCC\"", "next_close", 0.0, ""));
    near(wealth(&o), world.closes[2][N - 1] / world.closes[2][0]);
    // Delisted while held: refused, unless the file says what then.
    let mut gone = world.clone();
    gone.closes[2][100..].fill(f64::NAN);
    let with_other = |gaps: &str| text("security = \"CCC\" }\nother = { security = \"AAA\"", "next_close", 0.0, gaps);
    let span = Span { from: None, to: Some(world.days[N - 1]) };
    let error = run(&gone.knowledge(), &strategy(&with_other(""), &Numbers::new()), span).unwrap_err();
    assert!(error.message.contains("ends on") && error.hint.as_ref().unwrap().contains("[gaps]"), "{error:?}");
    let o = tested(&gone, &with_other("halt_sessions = 3\ndelisted = \"cash\"\ndelisting_return = -0.5"));
    near(wealth(&o), world.closes[2][99] / world.closes[2][0] * 0.5);
    near(*o.severe.unwrap().path().wealth.last().unwrap(), world.closes[2][99] / world.closes[2][0] * 0.7);
    let unknown = strategy(&text("security = \"ZZZ\"", "next_close", 0.0, ""), &Numbers::new());
    let error: BacktestError = run(&world.knowledge(), &unknown, Span::default()).unwrap_err();
    assert!(error.message.contains("no security is called `ZZZ`"), "{error}");
}

#[test]
fn a_swept_parameter_of_a_basket_is_the_single_run() {
    let world = World::new();
    let text = text("universe = \"large\", rank = \"return\", sessions = 20, top = \"{n}\"", "next_close", 5.0, "")
        .replace("[assets]", "[parameters]\nn = 2\n[assets]");
    let sets: Vec<Strategy> = (1..=4).map(|n| strategy(&text, &BTreeMap::from([("n".to_owned(), f64::from(n))]))).collect();
    let swept = sweep(&world.knowledge(), &sets, Span::default()).unwrap();
    for (strategy, trial) in sets.iter().zip(&swept.trials) {
        assert_eq!(wealth(&run(&world.knowledge(), strategy, Span::default()).unwrap()), trial.wealth);
    }
    assert!(swept.trials[0].wealth != swept.trials[3].wealth);
}

#[test]
fn mistakes_in_a_basket_are_placed_and_explained() {
    let thesis = Thesis::parse(
        "t",
        "title = \"T\"\n[universes]\nlarge = \"sp500\"\n[[claim]]\nid = \"x\"\nsays = \"x\"\nawaits = \"x\"\n",
    );
    let thesis = thesis.unwrap();
    for (asset, says) in [
        ("universe = \"top:\"", "universe: expected"),
        ("universe = \"large\", weight = \"even\"", "expected equal, cap"),
        ("universe = \"large\", rank = \"momentun\", top = 5", "did you mean `momentum`?"),
        ("universe = \"large\", rank = \"momentum\", sessions = 20, top = 5", "cannot look back 20 sessions"),
        ("universe = \"large\", rank = \"momentum\"", "needs `top`, `bottom` or `keep`"),
        ("universe = \"large\", top = 5", "`top` needs `rank"),
        ("universe = \"large\", rank = \"momentum\", top = 5, bottom = 5", "not both"),
        ("universe = \"large\", rank = \"momentum\", top = 2.5", "whole number"),
        ("universe = \"large\", rank = \"average\", keep = \"score > 0\"", "unknown name `score`"),
        ("universe = \"large\", renew = \"hourly\"", "expected daily"),
        ("security = \"AAA\", top = 5", "is for a `universe`"),
        ("security = \"AAA\", universe = \"large\"", "not both"),
        ("security = \"$%\"", "expected a symbol"),
        ("security = \"AAA\", series = \"etf:SPY\"", "needs one of"),
        ("series = \"etf:SPY\", renew = \"daily\"", "is for a `universe`"),
        ("univers = \"large\"", "did you mean `universe`?"),
    ] {
        let error = Strategy::parse("b.toml", &text(asset, "next_close", 0.0, ""), &thesis, &Numbers::new()).unwrap_err();
        assert!(error.message.contains(says), "{asset}: {error}");
        assert_eq!(error.line, 4, "{asset}: {error}");
    }
    // A basket is held, and no series that a measure could read.
    let signal = text("universe = \"large\"", "next_close", 0.0, "").replace(
        "[[rule]]\nhold = { names = 1 }",
        "[signals]\ntrend = { measure = \"trend_state\", with = { series = \"names\" } }\n[[rule]]\nwhen = \"trend > 0\"\nhold = { names = 1 }\n[[rule]]\nhold = {}",
    );
    let error = Strategy::parse("b.toml", &signal, &thesis, &Numbers::new()).unwrap_err();
    assert!(error.message.contains("is held, and is no series"), "{error}");
}
