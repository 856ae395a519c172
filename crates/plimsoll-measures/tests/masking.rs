//! The masking measures on markets small enough to work out by hand.

mod world;

use plimsoll_measures::{Flags, Missing};
use plimsoll_model::time::Day;
use world::{World, fact, near};

const NAN: f64 = f64::NAN;

/// Six shares of A that rise by a tenth twice, four of B that stand and fall by a tenth; the second quarter begins with the second
/// session.
fn two() -> World {
    World::new(Day::ymd(2024, 3, 28), 3).stock("A", 6.0, &[100.0, 110.0, 121.0]).stock("B", 4.0, &[100.0, 100.0, 90.0])
}

#[test]
fn contributions_add_up_to_the_index() {
    let w = two();
    let with = [("group", "A"), ("window", "2")];
    // Caps 600 + 400, 660 + 400, 726 + 360: the index gains 8.6 %, A 12.6 points of it, B loses 4.
    near(w.value(2, "index_return", &with[1..]), 0.086);
    near(w.value(2, "group_contribution", &with), 0.126);
    near(w.value(2, "contribution_share", &with), 0.126 / 0.086);
    near(w.value(2, "return_without_group", &with), -0.1);
    let facts = w.evidence(2, "group_contribution", &with);
    near(fact(&facts, "A"), 0.126);
    near(fact(&facts, "contribution of the rest"), -0.04);
    near(fact(&facts, "contributions minus index return"), 0.0);
    // No share of a loss.
    let loss = w.point(2, "contribution_share", &[("group", "B"), ("window", "1")]).unwrap();
    assert!((loss.value.unwrap() + 40.0 / 26.0).abs() < 1e-12);
    let fall = World::new(Day::ymd(2024, 3, 28), 2).stock("A", 6.0, &[100.0, 90.0]);
    assert_eq!(fall.point(1, "contribution_share", &[("group", "A"), ("window", "1")]).unwrap().value, Err(Missing::Undefined));
    assert_eq!(fall.point(1, "index_return", &[("window", "2")]).unwrap().value, Err(Missing::WarmUp));
}

#[test]
fn equal_weights_say_when_they_are_set() {
    let w = two();
    near(w.value(2, "equal_weight_return", &[("window", "2"), ("rebalance", "daily")]), 1.05 * 1.0 - 1.0);
    // Set at the close of March 28: (1.21 + 0.9) / 2.
    near(w.value(2, "equal_weight_return", &[("window", "2"), ("rebalance", "quarterly")]), 0.055);
    near(w.value(2, "cap_minus_equal", &[("window", "2"), ("rebalance", "quarterly")]), 0.031);
}

#[test]
fn a_joiner_waits_and_a_leaver_is_sold() {
    let days = World::new(Day::ymd(2024, 3, 28), 4).sessions;
    let w = two_more(&days);
    // B leaves before the third session, C joins then: from there on only A is held.
    near(w.value(3, "equal_weight_return", &[("window", "3"), ("rebalance", "quarterly")]), 1.05 * 1.1 * 1.1 - 1.0);
    // Daily, C counts from its first session as a member: (0.1 + 0.2) / 2 on each.
    near(w.value(3, "equal_weight_return", &[("window", "3"), ("rebalance", "daily")]), 1.05 * 1.15 * 1.15 - 1.0);
}

fn two_more(days: &[Day]) -> World {
    let mut w = World::new(days[0], 4)
        .stock("A", 6.0, &[100.0, 110.0, 121.0, 133.1])
        .stock("B", 4.0, &[100.0, 100.0, 90.0, 80.0])
        .listed("B", days[2], false);
    w = w.stock("C", 1.0, &[10.0, 10.0, 12.0, 14.4]);
    w.listed("C", days[1], false).listed("C", days[2], true).listed("C", days[0], false)
}

#[test]
fn concentration_counts_issuers() {
    let w = two();
    near(w.value(2, "group_weight", &[("group", "A")]), 726.0 / 1086.0);
    near(w.value(2, "top_weight", &[("k", "1")]), 726.0 / 1086.0);
    near(w.value(2, "effective_names", &[]), 1086.0 * 1086.0 / (726.0 * 726.0 + 360.0 * 360.0));
    // Two classes that each carry the whole company's capitalisation are one name of half the market.
    let classes = World::new(Day::ymd(2024, 3, 28), 2)
        .stock("GOOG", 1.0, &[100.0, 110.0])
        .stock("GOOGL", 1.0, &[101.0, 111.1])
        .stock("X", 1.0, &[100.0, 100.0])
        .named("GOOG", "Alphabet Inc. Class C Capital Stock")
        .named("GOOGL", "Alphabet Inc. Class A Common Stock")
        .named("X", "X Corporation Common Stock");
    let (alphabet, x) = (100.5 / 200.5, 100.0 / 200.5_f64);
    near(classes.value(0, "effective_names", &[]), 1.0 / (alphabet * alphabet + x * x));
    near(classes.value(1, "index_return", &[("window", "1")]), 10.05 / 200.5);
    let weight = classes.point(1, "group_weight", &[("group", "GOOGL")]).unwrap();
    near(weight.value.unwrap(), 110.55 / 210.55);
    assert_eq!(weight.n_obs, 2);
}

#[test]
fn breadth_by_hand() {
    let w = two();
    near(w.value(2, "share_above_average", &[("n", "3")]), 0.5);
    near(w.value(2, "new_highs_minus_lows", &[("n", "3")]), 0.0);
    near(fact(&w.evidence(2, "new_highs_minus_lows", &[("n", "3")]), "new highs"), 1.0);
    // A rises twice, B stands and falls.
    near(w.value(2, "advance_decline_line", &[("window", "2")]), 1.0);
    // The same net advances every day: both averages are the same.
    let closes: Vec<f64> = (0..40).map(|t| 10.0 * 1.01_f64.powi(t)).collect();
    let up = World::new(Day::ymd(2024, 1, 2), 40).stock("A", 1.0, &closes);
    near(up.value(39, "mcclellan_oscillator", &[("fast", "3"), ("slow", "5")]), 0.0);
    // A first day after a long calm moves the fast average by a half and the slow one by a third.
    let mut calm = vec![10.0; 39];
    calm.push(11.0);
    let jump = World::new(Day::ymd(2024, 1, 2), 40).stock("A", 1.0, &calm);
    let share = |keep: f64| 1.0 / (0..25).map(|k| keep.powi(k)).sum::<f64>();
    let expected = 1000.0 * (share(0.5) - share(1.0 - 2.0 / 6.0));
    near(jump.value(39, "mcclellan_oscillator", &[("fast", "3"), ("slow", "5")]), expected);
}

#[test]
fn drawdowns_by_hand() {
    let w = two();
    let n = [("n", "3")];
    near(w.value(2, "index_drawdown", &n), 0.0);
    near(w.value(2, "median_drawdown", &n), -0.05);
    near(w.value(2, "masking_gap", &n), 0.05);
    // A fall of exactly the threshold counts, whatever the rounding.
    near(w.value(2, "share_in_bear_market", &[("n", "3"), ("threshold", "0.1")]), 0.5);
    near(w.value(2, "share_in_bear_market", &[("n", "3"), ("threshold", "0.1"), ("weight", "cap")]), 360.0 / 1086.0);
    near(w.value(2, "share_in_bear_market", &[("n", "3"), ("threshold", "0.11")]), 0.0);
    assert_eq!(w.point(2, "masking_gap", &[("n", "4")]).unwrap().value, Err(Missing::WarmUp));
}

#[test]
fn dispersion_by_hand() {
    let w = two();
    // Returns 0.1 and -0.1: apart by 0.1 from their plain mean; weights 660 and 400 of 1060.
    near(w.value(2, "return_dispersion", &[("n", "1"), ("weight", "equal")]), 0.1);
    let (p, q) = (660.0 / 1060.0, 400.0 / 1060.0);
    near(w.value(2, "return_dispersion", &[("n", "1"), ("weight", "cap")]), (4.0 * p * q * 0.01_f64).sqrt());
}

/// Closes from daily returns.
fn closes(returns: &[f64]) -> Vec<f64> {
    let step = |close: &mut f64, r: &f64| {
        *close *= 1.0 + r;
        Some(*close)
    };
    [100.0].into_iter().chain(returns.iter().scan(100.0, step)).collect()
}

/// Returns that look random: fractions of multiples of an irrational.
fn returns(seed: f64, n: usize) -> Vec<f64> {
    (1..=n).map(|k| ((k as f64 * seed).fract() - 0.5) * 0.04).collect()
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(usize) -> f64| (0..x.len()).map(f).sum::<f64>();
    sum(&|i| (x[i] - mx) * (y[i] - my)) / (sum(&|i| (x[i] - mx).powi(2)) * sum(&|i| (y[i] - my).powi(2))).sqrt()
}

#[test]
fn average_correlation_is_the_mean_over_pairs() {
    let n = 30;
    let r: Vec<Vec<f64>> = [0.618_033_988, 0.414_213_562, 0.732_050_807, 0.236_067_977].iter().map(|s| returns(*s, n)).collect();
    let mut w = World::new(Day::ymd(2024, 1, 2), n + 1);
    for (symbol, r) in ["A", "B", "C", "D"].iter().zip(&r) {
        w = w.stock(symbol, 1.0, &closes(r));
    }
    let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
    let brute = pairs.iter().map(|&(i, j)| correlation(&r[i], &r[j])).sum::<f64>() / 6.0;
    near(w.value(n, "average_correlation", &[("n", "30")]), brute);
}

#[test]
fn the_variance_split_is_least_squares() {
    let n = 30;
    let r: Vec<Vec<f64>> = [0.618_033_988, 0.414_213_562, 0.732_050_807].iter().map(|s| returns(*s, n)).collect();
    let mut w = World::new(Day::ymd(2024, 1, 2), n + 1);
    for (symbol, r) in ["A", "B", "C"].iter().zip(&r) {
        w = w.stock(symbol, 2.0, &closes(r));
    }
    let market: Vec<f64> = (0..n).map(|t| (r[0][t] + r[1][t] + r[2][t]) / 3.0).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let mm = mean(&market);
    let vm: f64 = market.iter().map(|m| (m - mm) * (m - mm)).sum();
    let (mut slope, mut specific) = (0.0, Vec::new());
    let last: Vec<f64> = r.iter().map(|r| *closes(r).last().unwrap()).collect();
    let whole: f64 = last.iter().sum();
    for (r, close) in r.iter().zip(&last) {
        let mr = mean(r);
        let beta = r.iter().zip(&market).map(|(r, m)| (r - mr) * (m - mm)).sum::<f64>() / vm;
        let left: f64 = r.iter().zip(&market).map(|(r, m)| (r - mr - beta * (m - mm)).powi(2)).sum();
        slope += close / whole * beta;
        specific.push((close / whole).powi(2) * left / (n as f64 - 2.0));
    }
    let (common, own) = (slope * slope * vm / (n as f64 - 1.0), specific.iter().sum::<f64>());
    near(w.value(n, "common_variance_share", &[("n", "30")]), common / (common + own));
    near(w.value(n, "group_specific_share", &[("n", "30"), ("group", "B")]), specific[1] / own);
}

#[test]
fn breakouts_count_once_resolved() {
    let calm = [10.0; 10];
    let fails = [&calm[..], &[11.0, 9.5, 9.0, 9.0]].concat();
    let holds = [&calm[..], &[11.0, 12.0, 10.5, 10.4]].concat();
    let w = World::new(Day::ymd(2024, 1, 2), 14).stock("A", 1.0, &fails).stock("B", 1.0, &holds).stock("C", 1.0, &[10.0; 14]);
    let with = [("n", "3"), ("horizon", "2"), ("window", "1")];
    // Both break out in session 10; A is below the level in 11, but the horizon ends in 12.
    for t in [10, 11] {
        assert_eq!(w.point(t, "failed_breakout_rate", &with).unwrap().value, Err(Missing::TooFew));
        near(w.value(t, "failed_breakout_count", &with), 0.0);
    }
    near(w.value(12, "failed_breakout_rate", &with), 0.5);
    near(w.value(12, "failed_breakout_count", &with), 1.0);
    near(w.value(12, "failed_breakout_share", &with), 1.0 / 3.0);
    assert_eq!(w.point(12, "failed_breakout_rate", &with).unwrap().n_obs, 2);
    // B's next high comes within the horizon of the first: one rise, one breakout. A session later the window has passed.
    assert_eq!(w.point(13, "failed_breakout_rate", &with).unwrap().value, Err(Missing::TooFew));
    near(w.value(13, "failed_breakout_rate", &[("n", "3"), ("horizon", "2"), ("window", "2")]), 0.5);
    let evidence = w.evidence(12, "failed_breakout_rate", &with);
    near(fact(&evidence, "A"), 1.0);
}

#[test]
fn what_is_missing_is_said() {
    // B has no row on the last session: its 400 of 1060 went without a return.
    let w = World::new(Day::ymd(2024, 3, 28), 3).stock("A", 6.0, &[100.0, 110.0, 121.0]).stock("B", 4.0, &[100.0, 100.0, NAN]);
    let with = [("window", "1")];
    let point = w.point(2, "index_return", &with).unwrap();
    near(point.value.unwrap(), 0.1);
    assert!(point.flags.has(Flags::MISSING_MEMBERS));
    near(fact(&w.evidence(2, "index_return", &with), "missing weight"), 400.0 / 1060.0);
    near(w.value(2, "unmatched_members", &[]), 0.5);
    assert!(!two().point(2, "index_return", &with).unwrap().flags.has(Flags::MISSING_MEMBERS));
    // A symbol that names nobody is flagged and named; a group of nobody cannot be measured.
    let some = w.point(2, "group_weight", &[("group", "A,NOSUCH")]).unwrap();
    assert!(some.flags.has(Flags::UNRESOLVED));
    let facts = w.evidence(2, "group_weight", &[("group", "A,NOSUCH")]);
    assert!(facts.iter().any(|f| f.label.contains("NOSUCH")));
    assert!(w.point(2, "group_weight", &[("group", "NOSUCH")]).is_err());
    // A list that was never imported.
    let why = w.point(2, "index_return", &[("universe", "ftse100")]).unwrap_err();
    assert!(why.to_string().contains("top:500"), "{why}");
}

#[test]
fn an_absurd_return_is_left_out() {
    // D's price is twenty times what it was while its capitalisation stands: a reverse split that was not adjusted.
    let w = World::new(Day::ymd(2024, 3, 28), 3).stock("A", 6.0, &[100.0, 110.0, 121.0]).stock("D", 1.0, &[50.0, 50.0, 1000.0]);
    let w = w.caps("D", &[50.0, 50.0, 50.0]);
    let with = [("window", "1")];
    let point = w.point(2, "index_return", &with).unwrap();
    near(point.value.unwrap(), 0.1);
    assert!(point.flags.has(Flags::ABSURD_EXCLUDED) && point.flags.has(Flags::MISSING_MEMBERS));
    let facts = w.evidence(2, "index_return", &with);
    near(fact(&facts, "missing weight"), 50.0 / 710.0);
    near(fact(&facts, "absurd return of D left out"), 19.0);
}

#[test]
fn an_event_study_reads_rebuilt_indices() {
    let n = 60;
    let chain = |each: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let mut level = 100.0;
        let step = |t: usize| {
            level *= 1.0 + each(t);
            level
        };
        (0..n).map(step).collect()
    };
    let event = |t: usize| t >= 18 && t % 8 == 2;
    // The largest stands still; of the two others one gains on the days of events, the other swings.
    let w = World::new(Day::ymd(2023, 12, 15), n)
        .stock("A", 90.0, &vec![100.0; n])
        .stock("B", 6.0, &chain(&|t| if event(t) { 0.03 } else { 0.0 }))
        .stock("C", 5.0, &chain(&|t| if t % 2 == 0 { 0.01 } else { -0.01 }));
    // The seventh session lies before the first ranking: no return is known, so it does not count.
    let days: Vec<String> = (0..n).filter(|t| event(*t) || *t == 7).map(|t| w.sessions[t].to_string()).collect();
    let days = days.join(",");
    let rule = ("small", "universe:rank:2-3");
    let with = [rule, ("large", "universe:sp500"), ("events", days.as_str()), ("width", "0"), ("window", "55")];
    let point = w.point(n - 1, "event_study", &with).unwrap();
    let held: Vec<usize> = (0..n).filter(|t| event(*t)).collect();
    assert_eq!(point.n_obs as usize, held.len());
    // What `index_return` says of each of these days, universe by universe.
    let day = |t: usize, universe: &str| w.value(t, "index_return", &[("universe", universe), ("window", "1")]);
    let mean = held.iter().map(|t| day(*t, "rank:2-3") - day(*t, "sp500")).sum::<f64>() / held.len() as f64;
    assert!(mean > 0.01, "{mean}");
    near(point.value.unwrap(), mean);
    let facts = w.evidence(n - 1, "event_study", &with);
    near(fact(&facts, "difference, session +0"), mean);
    assert!(facts[0].note.contains("rank:2-3") && facts[0].note.contains("sp500"), "{:?}", facts[0]);
    // A universe that is not known, and a calendar that was never imported.
    assert!(w.point(n - 1, "event_study", &[rule, ("large", "universe:nowhere")]).is_err());
    let never = [rule, ("large", "universe:sp500"), ("events", "calendar:cpi")];
    assert!(w.point(n - 1, "event_study", &never).unwrap_err().0.contains("`cpi`"));
}
