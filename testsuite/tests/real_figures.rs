//! Figures of the whole line on the real market: files imported into a store, cut as of a day, measured.
//!
//! What the gap between a rebuilt index and its fund is made of, how near universes by rule come to published lists, and the measures
//! that set groups and universes against each other. Contributions and correlations with funds are in `masking_real.rs`, yields and
//! spreads in `real_rates.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use plimsoll_measures::kernels::constituents::Constituents;
use plimsoll_measures::kernels::regression::correlation;
use plimsoll_measures::replay::{self, Asked};
use plimsoll_measures::{Fact, Params, Point, Scope, find};
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::{Entry, Needs};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_store::{Snapshot, Store};
use plimsoll_testsuite::{real, stored};

/// One store for all tests of this file, imported afresh.
fn store() -> Option<&'static Store> {
    static STORE: OnceLock<Option<Store>> = OnceLock::new();
    let import = || {
        let data = real::data()?;
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-figures");
        if dir.exists() {
            std::fs::remove_dir_all(&dir).expect("the store of the last run");
        }
        let paths =
            ["prices/screener", "membership", "prices/index", "prices/etf/SPY.csv", "prices/etf/IWM.csv", "prices/etf/MAGS.csv"];
        let paths: Vec<_> = paths.iter().map(|p| data.join(p)).collect();
        let start = std::time::Instant::now();
        let store = stored::import(&dir, &paths).expect("the real data can be imported");
        println!("imported in {:.1} s", start.elapsed().as_secs_f64());
        Some(store)
    };
    STORE.get_or_init(import).as_ref()
}

fn known(day: Day) -> Option<Snapshot> {
    store().map(|s| s.snapshot(AsOf::end_of(day)).expect("a snapshot"))
}

fn asked(name: &str, with: &[(&str, &str)]) -> Asked {
    let mut seven: Vec<Entry> = ["AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "TSLA"].into_iter().map(Entry::symbol).collect();
    seven.push(Entry { symbol: "META".into(), from: Some(Day::ymd(2022, 6, 9)), before: Some("FB".into()) });
    let scope = Scope { groups: BTreeMap::from([("seven".to_owned(), seven)]), ..Scope::default() };
    let measure = find(name).unwrap();
    let given = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Asked { measure, params: Params::resolve(measure.spec(), &given, &scope).unwrap() }
}

fn at(known: &Snapshot, name: &str, with: &[(&str, &str)]) -> (Day, Point, Vec<Fact>) {
    let asked = asked(name, with);
    let (cut, found) = replay::at(known, &asked).unwrap();
    let (day, point) = found.unwrap();
    let facts = asked.measure.evidence(&cut, &asked.params, cut.last().unwrap());
    (day, point, facts)
}

fn fact(facts: &[Fact], label: &str) -> f64 {
    facts.iter().find(|f| f.label.contains(label)).and_then(|f| f.value).unwrap_or_else(|| panic!("{label}: {facts:?}"))
}

#[test]
fn the_gap_between_a_rebuilt_index_and_its_fund() {
    let Some(known) = known(Day::ymd(2024, 2, 29)) else { return };
    let since = ("window", "since:2023-06-01");
    // Universe, index published without dividends, fund with them, and how far full capitalisation may lead from float.
    for (universe, index, fund, apart) in
        [("sp500", "index:GSPC", "etf:SPY", 0.006), ("russell2000", "index:RUT", "etf:IWM", 0.012)]
    {
        let (_, rebuilt, facts) = at(&known, "index_return", &[("universe", universe), since]);
        let of = |series| at(&known, "momentum", &[("series", series), since]).1.value.unwrap();
        let (rebuilt, index, fund) = (rebuilt.value.unwrap(), of(index), of(fund));
        let missing = facts.iter().find(|f| f.label == "missing weight").and_then(|f| f.value).unwrap_or(0.0);
        println!("{universe} since 2023-06-01: rebuilt {rebuilt:.4}, index {index:.4}, fund {fund:.4}");
        println!("  fund less index (dividends less cost) {:+.4}", fund - index);
        println!("  index less rebuilt (float against full capitalisation, days of membership changes) {:+.4}", index - rebuilt);
        println!("  of which members without a return: {missing:.4} of the weight");
        // Nine months of dividends: 1.0 to 1.2 % on the S&P 500 and about 1.1 % on the Russell 2000.
        assert!((0.008..0.016).contains(&(fund - index)), "{}", fund - index);
        assert!((index - rebuilt).abs() < apart, "{}", index - rebuilt);
    }
}

#[test]
fn relative_strength_of_rebuilt_universes_is_that_of_the_indices() {
    let Some(known) = known(Day::ymd(2024, 2, 2)) else { return };
    for window in ["since:2023-10-27", "since:2023-12-27", "1y"] {
        let (_, rebuilt, facts) = at(&known, "relative_strength_universe", &[("window", window)]);
        let of = |small, large| {
            at(&known, "relative_strength", &[("series", small), ("benchmark", large), ("window", window)]).1.value.unwrap()
        };
        let (index, fund) = (of("index:RUT", "index:GSPC"), of("etf:IWM", "etf:SPY"));
        let rebuilt = rebuilt.value.unwrap();
        println!("small less large, {window}: rebuilt {rebuilt:+.4}, indices {index:+.4}, funds {fund:+.4}");
        assert!((rebuilt - index).abs() < 0.02, "{rebuilt} {index}");
        let difference = fact(&facts, "return of russell2000") - fact(&facts, "return of sp500");
        assert!((difference - rebuilt).abs() < 1e-12);
    }
}

#[test]
fn the_seven_against_the_rest() {
    let Some(known) = known(Day::ymd(2023, 12, 29)) else { return };
    let with = [("group", "seven"), ("window", "since:2022-12-30")];
    let (_, gap, facts) = at(&known, "group_minus_rest", &with);
    let (group, rest) = (fact(&facts, "return of the group"), fact(&facts, "return of the rest"));
    let (_, without, _) = at(&known, "return_without_group", &with);
    println!("2023: the seven {group:.4}, the rest {rest:.4}");
    assert!((gap.value.unwrap() - (group - rest)).abs() < 1e-12);
    assert!((without.value.unwrap() - rest).abs() < 1e-12);
    // Weighted by capitalisation the seven rose about 76 % in 2023, the other members about 14 % without dividends (Goldman Sachs, S&P).
    assert!((group - 0.76).abs() < 0.03, "{group}");
    assert!((0.10..0.15).contains(&rest), "{rest}");
    let (_, mags, _) = at(&known, "momentum", &[("series", "etf:MAGS"), ("window", "since:2023-06-30")]);
    let (_, later, facts) = at(&known, "group_minus_rest", &[("group", "seven"), ("window", "since:2023-06-30")]);
    println!(
        "second half: the seven {:.4}, the fund on them with equal weights {:.4}",
        fact(&facts, "return of the group"),
        mags.value.unwrap()
    );
    assert!(later.value.is_ok());
}

/// Two universes side by side.
struct Beside {
    /// Members of the list, of the rule, of both.
    members: (usize, usize, usize),
    /// Sum over securities of the lesser of the two weights.
    weight: f64,
    /// Of daily returns.
    correlation: f64,
    /// Returns over the span.
    returns: (f64, f64),
}

fn beside(known: &Snapshot, list: &str, rule: &str, from: Day) -> Beside {
    // As the measure parameters write it.
    let rule = rule.parse::<plimsoll_model::universe::UniverseRule>().unwrap().to_string();
    let needs = Needs::default().lookback(80).universe(list).universe(&rule);
    let cut = Cut::build(known, &needs, from).unwrap();
    let (a, b) = (Constituents::named(&cut, list).unwrap(), Constituents::named(&cut, &rule).unwrap());
    let t = cut.last().unwrap();
    let weights = |c: &Constituents<'_>| -> BTreeMap<usize, f64> {
        let w = c.closing_weights();
        let weight = |(row, i): (usize, &usize)| Some((*i, w.at(row, t))).filter(|(_, w)| w.is_finite());
        c.rows().iter().enumerate().filter_map(weight).collect()
    };
    let members =
        |c: &Constituents<'_>| -> BTreeSet<usize> { c.rows().iter().copied().filter(|&i| c.universe.is_member(i, t)).collect() };
    let (ma, mb) = (members(&a), members(&b));
    let (wa, wb) = (weights(&a), weights(&b));
    let days = cut.positions(from, cut.sessions[t]);
    let (ia, ib) = (a.index(), b.index());
    Beside {
        members: (ma.len(), mb.len(), ma.intersection(&mb).count()),
        weight: wa.iter().filter_map(|(i, w)| wb.get(i).map(|v| v.min(*w))).sum(),
        correlation: correlation(&ia.ret[days.clone()], &ib.ret[days.clone()]).unwrap(),
        returns: (ia.growth(days.start, t).unwrap(), ib.growth(days.start, t).unwrap()),
    }
}

#[test]
fn universes_by_rule_come_near_to_published_lists() {
    let from = Day::ymd(2023, 3, 1);
    let Some(known) = known(Day::ymd(2024, 2, 2)) else { return };
    // List, rule, and the least share of the list's members, of weight, and correlation of daily returns.
    let mut short = Vec::new();
    for (list, rule, least) in [
        ("sp500", "top:500 & country:United States", (0.80, 0.93, 0.998)),
        // Without the country, depositary receipts of foreign giants take the places of smaller members.
        ("sp500", "top:500", (0.65, 0.75, 0.99)),
        // Ranks are of all listed companies: with depositary receipts among them, the same ranks reach less far down.
        ("russell2000", "rank:1001-3000", (0.67, 0.55, 0.985)),
        ("russell2000", "rank:1001-3000 & @june", (0.66, 0.56, 0.985)),
        // Renewed each quarter the rule lets go of what has outgrown it; the list keeps it until June.
        ("russell2000", "rank:1001-3000 & country:United States", (0.80, 0.66, 0.985)),
        ("russell2000", "rank:1001-3000 & country:United States & @june", (0.80, 0.66, 0.985)),
    ] {
        let b = beside(&known, list, rule, from);
        let share = b.members.2 as f64 / b.members.0 as f64;
        println!(
            "{list} ({}) and `{rule}` ({}): {} in both, {share:.3} of the list; weight in common {:.3}; correlation {:.5}; since {from} {:.4} and {:.4}",
            b.members.0, b.members.1, b.members.2, b.weight, b.correlation, b.returns.0, b.returns.1
        );
        if share < least.0 || b.weight < least.1 || b.correlation < least.2 {
            short.push(rule);
        }
    }
    assert!(short.is_empty(), "too far from their lists: {short:?}");
}
