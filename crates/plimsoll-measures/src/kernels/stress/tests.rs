//! What must hold of the stress whatever the issuers.

use proptest::prelude::*;

use super::assumptions::TABLE;
use super::engine::{NONE, Odds};
use super::frontier::{BreakEven, Frontier, Grid, LatestCut, break_even, place};
use super::scenario::tests::conditions;
use super::*;

/// A borrower of made-up figures.
fn borrower(key: u64) -> Borrower {
    let mut z = key;
    let mut uniform = |low: f64, high: f64| {
        z = random::key(z, 3, 1);
        low + (high - low) * ((z >> 11) as f64 / (1_u64 << 53) as f64)
    };
    let interest = uniform(10.0, 80.0);
    Borrower {
        key,
        cash: uniform(0.0, 200.0),
        undrawn: key.is_multiple_of(3).then(|| uniform(0.0, 100.0)),
        ebit: uniform(-40.0, 250.0),
        depreciation: uniform(0.0, 100.0),
        revenue: Some(uniform(200.0, 2000.0)),
        interest,
        capex: Some(uniform(0.0, 120.0)),
        payouts: None,
        noncash: None,
        working_capital: None,
        due: std::array::from_fn(|_| if uniform(0.0, 1.0) < 0.4 { uniform(0.0, 200.0) } else { 0.0 }),
        later: uniform(50.0, 800.0),
        average_rate: None,
        floating_share: None,
        market_cap: Some(uniform(100.0, 8e9)),
        years_below_one: (key % 4) as u8,
    }
}

fn some(n: u64) -> Vec<Terms> {
    let (c, a) = (conditions(), Assumptions::default());
    (1..=n).map(|k| Terms::new(&borrower(k), &a, &c).unwrap()).collect()
}

/// Lenders lend at any coverage: then dearer money is never better. Where they do not, a borrower of much cash may do better by paying
/// its debt than by rolling it at the spread of the worst rating.
fn open() -> Assumptions {
    let mut a = Assumptions::default();
    a.set("closed_below", -1e9).unwrap();
    a
}

fn drawn(n: usize, seed: u64) -> Paths {
    let s = Scenario::named("priced").unwrap();
    Paths::draw(&s, &conditions(), &Assumptions::default(), Draw { paths: n, seed })
}

#[test]
fn one_path_and_many_lanes_agree() {
    let (c, a) = (conditions(), Assumptions::default());
    let terms = some(200);
    for name in scenario::NAMES {
        let paths = Scenario::named(name).unwrap().path(&c, &a);
        let first = first_shortfalls(&terms, &paths);
        for (t, quarter) in terms.iter().zip(first) {
            let alone = follow(t, &paths, 0).shortfall.map_or(NONE, |s| s.0 as u8);
            assert_eq!(alone, quarter, "{name}");
        }
    }
}

#[test]
fn the_same_bytes_at_any_number_of_threads_and_in_any_order() {
    let terms = some(60);
    let paths = drawn(333, 1876);
    let run = |threads: usize, terms: &[Terms]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| simulate(terms, &paths))
    };
    let one = run(1, &terms);
    for threads in [2, 3, 7] {
        assert_eq!(run(threads, &terms), one);
    }
    let turned: Vec<Terms> = terms.iter().rev().cloned().collect();
    let back: Vec<Odds> = run(2, &turned).odds.into_iter().rev().collect();
    assert_eq!(back, one.odds);
    // The counts are those of the first shortfalls.
    let first = first_shortfalls(&terms, &paths);
    for (odds, row) in one.odds.iter().zip(first.chunks(333)) {
        assert_eq!(odds.within(QUARTERS) as usize, row.iter().filter(|q| **q != NONE).count());
    }
    let mean = one.issuers_failing.iter().sum::<f64>() / 333.0;
    let counted = one.odds.iter().map(|o| f64::from(o.within(QUARTERS))).sum::<f64>() / (333.0 * 60.0);
    assert!((mean - counted).abs() < 1e-12 && mean > 0.05 && mean < 0.95);
}

#[test]
fn without_shocks_every_path_is_the_scenario() {
    let (c, mut a) = (conditions(), Assumptions::default());
    for name in ["rate_shock", "spread_shock", "common_shock", "own_shock"] {
        a.set(name, 0.0).unwrap();
    }
    let s = Scenario::named("hard_landing").unwrap();
    let terms = some(100);
    let all = first_shortfalls(&terms, &Paths::draw(&s, &c, &a, Draw { paths: 9, seed: 1 }));
    let one = first_shortfalls(&terms, &s.path(&c, &a));
    assert!(all.chunks(9).zip(one).all(|(row, q)| row.iter().all(|x| *x == q)));
}

#[test]
fn the_map_is_monotone_and_answers_are_read_off_it() {
    let (c, a) = (conditions(), Assumptions::default());
    let terms = some(300);
    let s = Scenario::named("higher_for_longer").unwrap();
    let map = Frontier::map(&terms, &s, &c, &a, Grid::default());
    let deepest = map.grid.totals.len() - 1;
    let mut kinds = [0; 3];
    for i in 0..terms.len() {
        for total in 0..=deepest {
            for first in 0..QUARTERS {
                assert!(!map.survives(i, first + 1, total) || map.survives(i, first, total), "earlier is better");
                assert!(total == 0 || !map.survives(i, first, total - 1) || map.survives(i, first, total), "deeper is better");
            }
        }
        match map.latest_cut(i, deepest) {
            LatestCut::NoneNeeded => kinds[0] += 1,
            LatestCut::Quarter(q) => {
                kinds[1] += 1;
                assert!(map.survives(i, q, deepest) && !map.survives(i, q + 1, deepest));
                assert!(map.least_total(i, q).unwrap() > 0);
            }
            LatestCut::NotSaved => {
                kinds[2] += 1;
                assert_eq!(map.least_total(i, 0), None);
            }
        }
    }
    assert!(kinds.iter().all(|k| *k > 0), "{kinds:?}");
    let none = map.survival(QUARTERS, 0, |_| true).unwrap();
    let held = first_shortfalls(&terms, &s.path(&c, &a)).iter().filter(|q| **q == NONE).count();
    assert_eq!(none.issuers, held as f64 / 300.0);
    assert!(map.survival(0, 0, |_| false).is_none());
    let p = place(&c);
    assert!(p.first == Some(1) && (p.total - 0.0203).abs() < 1e-12);
}

#[test]
fn the_break_even_rate_is_the_edge() {
    let s = Scenario::named("higher_for_longer").unwrap();
    let (c, a) = (conditions(), Assumptions::default());
    let mut kinds = [0; 3];
    for t in some(300) {
        let at = |rate: f64| {
            let flat = Terms { spread: [0.0; spreads::RATINGS], old_margin: [0.0; QUARTERS], ..t.clone() };
            let paths = Paths::from_fn(1, |_, _| [rate, rate, 1.0, 1.0]);
            first_shortfalls(&[flat], &paths)[0] == NONE
        };
        match break_even(&t, &s) {
            BreakEven::Never => {
                kinds[0] += 1;
                assert!(!at(0.0));
            }
            BreakEven::Rate(r) => {
                kinds[1] += 1;
                assert!(at(r) && !at(r + 2e-6), "{r}");
            }
            BreakEven::Always => {
                kinds[2] += 1;
                assert!(at(frontier::HIGHEST));
            }
        }
    }
    assert!(kinds[0] > 0 && kinds[1] > 0, "{kinds:?}");
    // Nothing due, nothing floating: no rate matters.
    let quiet = Borrower { due: [0.0; QUARTERS], floating_share: Some(0.0), cash: 1e6, ..borrower(4) };
    assert_eq!(break_even(&Terms::new(&quiet, &a, &c).unwrap(), &s), BreakEven::Always);
}

#[test]
fn the_sensitivity_table_moves_one_assumption_at_a_time() {
    let (c, a) = (conditions(), Assumptions::default());
    let borrowers: Vec<Borrower> = (1..=300).map(borrower).collect();
    let s = Scenario::named("priced").unwrap();
    let (base, moved) = sensitivity::table(&borrowers, &s, &c, &a, None);
    assert_eq!(moved.len(), TABLE.iter().filter(|a| !a.shocks_only).count());
    assert!(moved.windows(2).all(|w| w[0].size(base) >= w[1].size(base)));
    let of = |name: &str| moved.iter().find(|m| m.assumption.name == name).unwrap();
    assert!(of("spread_multiple").high.issuers >= base.issuers && of("spread_multiple").low.issuers <= base.issuers);
    assert!(of("capex_share").low.issuers < base.issuers);
    let by_hand = {
        let mut b = a.clone();
        b.set("capex_share", 0.6).unwrap();
        sensitivity::failing(&borrowers, &s, &c, &b, None)
    };
    assert_eq!(of("capex_share").low, by_hand);
    let (_, drawn) = sensitivity::table(&borrowers[..40], &s, &c, &a, Some(Draw { paths: 64, seed: 1 }));
    assert_eq!(drawn.len(), TABLE.len());
}

#[test]
fn what_cannot_be_stressed_is_said() {
    let (c, a) = (conditions(), Assumptions::default());
    let why = |b: Borrower| Terms::new(&b, &a, &c).unwrap_err();
    assert_eq!(why(Borrower { ebit: f64::NAN, ..borrower(1) }), Unusable::NotANumber);
    assert_eq!(why(Borrower { cash: -1.0, ..borrower(1) }), Unusable::Negative);
    assert_eq!(why(Borrower { later: 0.0, due: [0.0; QUARTERS], ..borrower(1) }), Unusable::NoDebt);
}

#[test]
fn zombies_flip_with_the_year_and_the_reason() {
    let (c, a) = (conditions(), Assumptions::default());
    // Covered once over; all debt floats; the rate doubles at once.
    let base = Borrower {
        cash: 1e4,
        ebit: 60.0,
        interest: 50.0,
        due: [0.0; QUARTERS],
        later: 1000.0,
        floating_share: Some(1.0),
        years_below_one: 1,
        ..borrower(5)
    };
    let t = Terms::new(&base, &a, &c).unwrap();
    let up = Paths::from_fn(1, |_, _| [0.1, 0.1, 1.0, 1.0]);
    let course = follow(&t, &up, 0);
    // One year below before, two more.
    assert_eq!((course.zombie, course.shortfall), (Some((1, course::Squeeze::Interest)), None));
    let down = Paths::from_fn(1, |_, _| [0.01, 0.01, 1.0, 0.4]);
    let slump = follow(&t, &down, 0).zombie.unwrap().1;
    assert!(matches!(slump, course::Squeeze::Earnings | course::Squeeze::Both));
    let was = Terms::new(&Borrower { years_below_one: 5, ..base.clone() }, &a, &c).unwrap();
    let easy = Paths::from_fn(1, |_, _| [0.01, 0.01, 1.0, 1.0]);
    let course = follow(&was, &easy, 0);
    assert!(course.zombie_before && course.zombie.is_none() && course.recovers == Some(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Dearer money never helps, more cash never hurts, and an answer is always finite.
    #[test]
    fn more_of_the_bad_is_never_better(key in 1_u64..1_000_000, up in 0.0_f64..0.05, more in 0.0_f64..500.0) {
        let (c, a) = (conditions(), open());
        let b = borrower(key);
        let t = Terms::new(&b, &a, &c).unwrap();
        let path = |add: f64| Paths::from_fn(1, |q, _| [0.05 - 0.002 * q as f64 + add, 0.045 + add, 1.0, 1.0]);
        let (low, high) = (follow(&t, &path(0.0), 0), follow(&t, &path(up), 0));
        let first = |c: &Course| c.shortfall.map_or(QUARTERS, |s| s.0);
        prop_assert!(first(&high) <= first(&low));
        let richer = Terms::new(&Borrower { cash: b.cash + more, ..b.clone() }, &a, &c).unwrap();
        prop_assert!(first(&follow(&richer, &path(0.0), 0)) >= first(&low));
        for m in &low.quarters {
            prop_assert!([m.interest, m.cash, m.lines, m.spread, m.ebit].iter().all(|x| x.is_finite()));
            prop_assert!(m.lines >= 0.0 && m.interest >= 0.0);
        }
    }
}

#[test]
fn the_fan_of_one_issuer_is_what_the_simulation_counts() {
    let (terms, paths) = (some(12), drawn(300, 5));
    let odds = simulate(&terms, &paths).odds;
    for (t, o) in terms.iter().zip(&odds) {
        let fan = fan::coverage_fan(t, &paths, &[0.05, 0.5, 0.95]).unwrap();
        assert_eq!((fan.short as u32, fan.paths), (o.within(QUARTERS), 300));
        assert!(fan.quantiles.iter().all(|q| q[0] <= q[1] && q[1] <= q[2]));
    }
    // On one path without shocks of its own every quantile is the course.
    let (c, a) = (conditions(), Assumptions::default());
    let path = Scenario::named("priced").unwrap().path(&c, &a);
    for t in &terms {
        let (fan, course) = (fan::coverage_fan(t, &path, &[0.1, 0.9]).unwrap(), follow(t, &path, 0));
        for (q, moment) in fan.quantiles.iter().zip(&course.quarters) {
            assert_eq!(*q, vec![moment.coverage.unwrap_or(f64::INFINITY); 2]);
        }
        assert_eq!(fan.short, usize::from(course.shortfall.is_some()));
    }
}

#[test]
fn the_first_cut_lies_between_the_middles_of_quarters() {
    let mut c = conditions();
    // 5.33 less half a step is 5.205: from 5.30 in the middle of the first quarter to 5.00 in that of the second.
    let by_hand = 0.5 + (0.0530 - 0.05205) / (0.0530 - 0.0500);
    assert!((frontier::first_cut(&c).unwrap() - by_hand).abs() < 1e-12);
    c.priced = [0.0500; QUARTERS];
    // Already lower in the first quarter: on the way from the rate now.
    assert!((frontier::first_cut(&c).unwrap() - 0.5 * 0.00125 / 0.0033).abs() < 1e-12);
    c.priced = [0.0525; QUARTERS];
    assert_eq!(frontier::first_cut(&c), None);
}
