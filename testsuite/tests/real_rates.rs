//! Rates, credit and leadership on real data, against figures that others published or that stand in the publishers' own files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use plimsoll_measures::replay::{self, Asked};
use plimsoll_measures::{Fact, Flags, Params, Point, Scope, find};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::{Knowledge, Memory};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

const FILES: &[&str] = &[
    "rates/fred/DGS10.csv",
    "rates/fred/DGS2.csv",
    "rates/treasury",
    "credit/BAMLH0A0HYM2.csv",
    "credit/BAMLC0A0CM.csv",
    "macro/fred/T10Y2Y.csv",
    "prices/index/GSPC.csv",
    "prices/index/RUT.csv",
    "prices/etf",
];

fn known() -> Option<&'static Memory> {
    static MEMORY: OnceLock<Option<Memory>> = OnceLock::new();
    let load = |data: &Path| real::memory(data, FILES, AsOf::end_of(Day::ymd(2024, 6, 28)));
    MEMORY.get_or_init(|| real::data().map(|data| load(&data))).as_ref()
}

fn asked(name: &str, with: &[(&str, &str)]) -> Asked {
    let measure = find(name).unwrap();
    let given: BTreeMap<String, String> = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Asked { measure, params: Params::resolve(measure.spec(), &given, &Scope::default()).unwrap() }
}

fn at(memory: &Memory, name: &str, with: &[(&str, &str)], day: Day) -> (Point, Vec<Fact>) {
    let asked = asked(name, with);
    let needs = asked.measure.needs(&asked.params, day);
    let cut = Cut::build(memory.back_to(AsOf::end_of(day)).as_ref(), &needs, day).unwrap();
    let t = cut.last().unwrap();
    let point = asked.measure.track(&cut, &asked.params, t..t + 1).unwrap()[0];
    (point, asked.measure.evidence(&cut, &asked.params, t))
}

fn near(name: &str, got: f64, expected: f64, tolerance: f64) {
    println!("{name}: {got:.4}, against {expected} +- {tolerance}");
    assert!((got - expected).abs() <= tolerance, "{name}: {got}, expected {expected} +- {tolerance}");
}

#[test]
fn the_ten_year_yield_rose_36_bp_from_its_low() {
    let Some(memory) = known() else { return };
    for (source, day) in [("treasury:10Y", Day::ymd(2024, 1, 19)), ("fred:DGS10", Day::ymd(2024, 1, 22))] {
        // The Treasury's curve is known on its own day, the Federal Reserve's table on the next session.
        let (point, facts) = at(memory, "yield_change_from_extreme", &[("series", source)], day);
        near(source, point.value.unwrap(), 36.0, 1.5);
        assert_eq!(facts[1].day, Some(Day::ymd(2023, 12, 27)), "{facts:?}");
        assert_eq!((facts[0].day, facts[0].value), (Some(Day::ymd(2024, 1, 19)), Some(4.15)));
        assert_eq!(facts[1].value, Some(3.79));
    }
    // Before that it had fallen by more than a percentage point from its October high of 4.98 % (2023-10-19).
    let (point, facts) = at(memory, "yield_change_from_extreme", &[("extreme", "high")], Day::ymd(2023, 12, 27));
    near("from the high", point.value.unwrap(), -119.0, 1.5);
    assert_eq!(facts[1].day, Some(Day::ymd(2023, 10, 19)));
}

#[test]
fn the_curve_slope_is_that_of_the_federal_reserve() {
    let Some(memory) = known() else { return };
    let from = Day::ymd(2015, 1, 2);
    let ours = asked("curve_slope", &[("long", "fred:DGS10"), ("short", "fred:DGS2")]);
    // T10Y2Y is a difference in percentage points of the same two series.
    let theirs = asked("yield_level", &[("series", "fred:T10Y2Y")]);
    let replay = replay::replay(memory, &[ours, theirs], from).unwrap();
    let (ours, theirs) = (replay.histories[0].as_ref().unwrap(), replay.histories[1].as_ref().unwrap());
    let mut compared = 0;
    for ((day, a), (_, b)) in ours.iter().zip(theirs) {
        if let (Ok(a), Ok(b)) = (a.value, b.value) {
            compared += 1;
            assert!((a - 100.0 * b).abs() < 0.51, "{day}: {a} and {}", 100.0 * b);
        }
    }
    println!("curve_slope: {compared} sessions equal T10Y2Y");
    assert!(compared > 2300, "{compared}");
    // Inverted from July 2022 on; the deepest since 1981 was -108 bp on 2023-07-03.
    let (point, _) = at(memory, "curve_slope", &[], Day::ymd(2023, 7, 3));
    near("slope on 2023-07-03", point.value.unwrap(), -108.0, 1.5);
    let (_, facts) = at(memory, "curve_slope", &[], Day::ymd(2024, 2, 2));
    let since = facts.iter().find(|f| f.label == "inverted since").unwrap();
    println!("inverted since {:?}", since.day);
    assert_eq!(since.day.map(|d| (d.parts().0, d.parts().1)), Some((2022, 7)));
}

#[test]
fn high_yield_spreads_at_their_landmarks() {
    let Some(memory) = known() else { return };
    // The publisher's own maximum and recent extremes: 21.82 % on 2008-12-15, 10.87 % on 2020-03-23.
    let level = |day| at(memory, "credit_spread", &[], day).0.value.unwrap();
    near("high yield, 2008-12-15", level(Day::ymd(2008, 12, 16)), 2182.0, 0.5);
    near("high yield, 2020-03-23", level(Day::ymd(2020, 3, 24)), 1087.0, 0.5);
    let rank = |day| at(memory, "spread_percentile", &[], day).0;
    let widest = rank(Day::ymd(2008, 12, 16));
    assert!(widest.value.unwrap() > 0.999, "{widest:?}");
    let early_2024 = rank(Day::ymd(2024, 2, 2));
    println!("high yield on 2024-02-02: percentile {:.3} of {}", early_2024.value.unwrap(), early_2024.n_obs);
    assert!(early_2024.value.unwrap() < 0.25);
    let (widening, facts) = at(memory, "spread_widening", &[], Day::ymd(2020, 3, 24));
    println!("high yield widened {:.0} bp by 2020-03-23; {facts:?}", widening.value.unwrap());
    assert!(widening.value.unwrap() > 700.0);
    assert_eq!(facts[0].day, Some(Day::ymd(2020, 3, 23)));
}

#[test]
fn cyclicals_led_into_the_low_of_the_yield_and_mega_caps_after_it() {
    let Some(memory) = known() else { return };
    let day = Day::ymd(2024, 2, 2);
    let small = at(memory, "relative_strength", &[("window", "since:2023-12-27")], day).0;
    let since = |group| at(memory, "leadership_since_yield_low", &[("group", group)], day);
    let (cyclicals, facts) = since("etf:XLI,etf:XLB");
    let (technology, _) = since("etf:XLK");
    let (mega, _) = since("etf:AAPL,etf:MSFT,etf:GOOGL,etf:AMZN,etf:NVDA,etf:META,etf:TSLA");
    println!(
        "since the low of {:?}: industrials and materials {:+.4}, technology {:+.4}, seven {:+.4}, small {:+.4}",
        facts[0].day,
        cyclicals.value.unwrap(),
        technology.value.unwrap(),
        mega.value.unwrap(),
        small.value.unwrap()
    );
    assert_eq!(facts[0].day, Some(Day::ymd(2023, 12, 27)));
    assert!(
        cyclicals.value.unwrap() < 0.0
            && technology.value.unwrap() > 0.0
            && mega.value.unwrap() > 0.0
            && small.value.unwrap() < 0.0
    );
    let rally =
        |series| at(memory, "relative_strength", &[("series", series), ("window", "since:2023-10-27")], Day::ymd(2023, 12, 27)).0;
    println!(
        "2023-10-27 to 2023-12-27 against SPY: IWM {:+.4}, XLI {:+.4}, XLB {:+.4}",
        rally("etf:IWM").value.unwrap(),
        rally("etf:XLI").value.unwrap(),
        rally("etf:XLB").value.unwrap()
    );
    assert!(rally("etf:IWM").value.unwrap() > 0.05);
    let (sectors, facts) = at(memory, "sector_leadership", &[("window", "since:2023-12-27")], day);
    println!(
        "sector leadership since 2023-12-27: {:.4} {:?}",
        sectors.value.unwrap(),
        facts.iter().map(|f| &f.label).collect::<Vec<_>>()
    );
    assert_eq!(sectors.n_obs, 11);
    assert!(["etf:XLC", "etf:XLK"].contains(&facts[1].label.as_str()), "{facts:?}");
    let spread = at(memory, "cyclicals_minus_defensives", &[("window", "since:2023-12-27")], day).0;
    println!("cyclicals minus defensives: {:+.4}", spread.value.unwrap());
    assert!(spread.value.unwrap() < 0.0);
}

#[test]
fn rate_sensitivity_is_that_of_statsmodels() {
    let Some(memory) = known() else { return };
    let day = Day::ymd(2024, 2, 2);
    // statsmodels 0.15 on the same files: OLS with HAC covariance, maxlags 4, use_correction; IWM - SPY on the Treasury's ten-year par
    // yield and VTI, 2023-02-01 to 2024-02-02. (horizon, n, slope, standard error, R^2, correlation)
    let theirs = [
        ("1", 251, -0.00390688, 0.0085124, 0.111722199702, -0.058701654698),
        ("5", 247, 0.0121416, 0.01364801, 0.118399470741, -0.005195188649),
    ];
    for (horizon, n, slope, se, r2, r) in theirs {
        let (point, facts) = at(memory, "rate_sensitivity", &[("horizon", horizon)], day);
        assert_eq!((point.n_obs, point.flags), (n, Flags::default()));
        let fact = |label: &str| facts.iter().find(|f| f.label == label).unwrap().value.unwrap();
        near(&format!("slope, horizon {horizon}"), point.value.unwrap(), slope, 1e-7);
        near("standard error", fact("standard error, treasury:10Y"), se, 1e-7);
        near("R^2", fact("R^2"), r2, 1e-9);
        let (correlation, _) = at(memory, "rate_correlation", &[("horizon", horizon)], day);
        near("correlation", correlation.value.unwrap(), r, 1e-9);
    }
    // The bounce of late 2023 by itself: small capitalisation moved against the yield.
    let (point, facts) = at(memory, "rate_sensitivity", &[("sessions", "63")], day);
    println!("63 sessions: {:+.4} per 100 bp, {}", point.value.unwrap(), facts[0].note);
    assert!(point.value.unwrap() < 0.0);
}

#[test]
fn momentum_is_the_return_the_index_publisher_states() {
    let Some(memory) = known() else { return };
    // S&P 500 price return in 2023: 24.23 % (S&P Dow Jones Indices); Russell 2000: 15.09 % (FTSE Russell); SPY total return 26.2 %.
    for (series, expected, tolerance) in [("index:GSPC", 0.2423, 5e-5), ("index:RUT", 0.1509, 2e-4), ("etf:SPY", 0.262, 5e-4)] {
        let (point, _) = at(memory, "momentum", &[("series", series), ("window", "since:2022-12-30")], Day::ymd(2023, 12, 29));
        near(series, point.value.unwrap(), expected, tolerance);
    }
}

#[test]
fn momentum_trend_ratio_and_rank_are_those_of_pandas() {
    let Some(memory) = known() else { return };
    let day = Day::ymd(2024, 2, 2);
    // pandas on the same files; the spread is known to the day before.
    let window = ("window", "since:2023-12-27");
    type Ask<'a> = (&'a str, &'a [(&'a str, &'a str)], f64);
    let theirs: &[Ask<'_>] = &[
        ("momentum_12_1", &[], 0.013387231516661213),
        ("trend_state", &[], 0.06586367735312293),
        ("ratio_drawdown", &[], -0.4202112636967651),
        ("ratio_drawdown", &[("sessions", "252")], -0.1770406633018975),
        ("sector_leadership", &[window], 0.14202563054385087),
        ("cyclicals_minus_defensives", &[window], -0.023459151689565184),
        ("spread_percentile", &[], 0.2117098005939754),
    ];
    for (name, with, expected) in theirs {
        near(name, at(memory, name, with, day).0.value.unwrap(), *expected, 1e-12);
    }
    let (_, facts) = at(memory, "trend_state", &[], day);
    assert_eq!((facts[2].label.as_str(), facts[2].value), ("closes above in a row", Some(44.0)));
    let (_, facts) = at(memory, "ratio_drawdown", &[], day);
    assert_eq!(facts[0].day, Some(Day::ymd(2011, 4, 5)));
}

#[test]
fn three_years_of_every_measure_of_series() {
    let Some(memory) = known() else { return };
    let from = Day::ymd(2021, 2, 1);
    let all: Vec<Asked> = plimsoll_measures::registry()
        .iter()
        .map(|m| asked(m.spec().name, &[]))
        .map(|a| (a.measure.needs(&a.params, from), a))
        // Futures and meetings have tests of their own.
        .filter(|(needs, _)| !needs.panel() && needs.events.is_empty())
        .map(|(_, a)| a)
        .collect();
    let cut = Cut::build(memory, &replay::needs(&all, from), from).unwrap();
    let days = cut.positions(from, Day::ymd(2024, 6, 28));
    for a in &all {
        let start = std::time::Instant::now();
        let points = a.measure.track(&cut, &a.params, days.clone()).unwrap();
        let values = points.iter().filter(|p| p.value.is_ok()).count();
        println!(
            "{}: {values} of {} sessions in {:.1} ms",
            a.measure.spec().name,
            points.len(),
            start.elapsed().as_secs_f64() * 1e3
        );
        // A phase of no session has no leader: the yield stands at its low, or the window begins with it.
        let least = if a.measure.spec().name.starts_with("leadership") { 0.8 } else { 0.97 };
        assert!(values as f64 > least * points.len() as f64, "{}", a.measure.spec().name);
    }
}
