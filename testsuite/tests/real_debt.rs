//! Statements, coverage and zombies on real filings: shares beside those counted by hand from the files, and beside published ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use plimsoll_measures::replay::{self, Asked};
use plimsoll_measures::{Fact, Params, Point, Scope, find};
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_store::{Snapshot, Store};
use plimsoll_testsuite::{real, stored};

/// One store for all tests of this file, imported afresh.
fn store() -> Option<&'static Store> {
    static STORE: OnceLock<Option<Store>> = OnceLock::new();
    let import = || {
        let data = real::data()?;
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-debt");
        if dir.exists() {
            std::fs::remove_dir_all(&dir).expect("the store of the last run");
        }
        let paths = ["fundamentals/simfin", "membership", "sec/companyfacts", "prices/screener"];
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
    let measure = find(name).unwrap();
    let given = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>();
    Asked { measure, params: Params::resolve(measure.spec(), &given, &Scope::default()).unwrap() }
}

fn at(known: &dyn Knowledge, name: &str, with: &[(&str, &str)]) -> (Day, Point, Vec<Fact>) {
    let asked = asked(name, with);
    let start = std::time::Instant::now();
    let (cut, found) = replay::at(known, &asked).unwrap();
    let (day, point) = found.unwrap_or_else(|e| panic!("{name} {with:?}: {e}"));
    let facts = asked.measure.evidence(&cut, &asked.params, cut.last().unwrap());
    println!("{name} {with:?}: {point:?} in {:.2} s", start.elapsed().as_secs_f64());
    (day, point, facts)
}

fn show(facts: &[Fact]) {
    for f in facts {
        println!(
            "    {} {} {} {}",
            f.label,
            f.value.map_or("-".into(), |v| f.unit.format(v)),
            f.day.map_or(String::new(), |d| d.to_string()),
            f.note
        );
    }
}

/// Counted from the publisher's files by hand (members by ticker, published by the day, operating income over the interest expense of
/// fiscal 2022, every company): 34.9 % of 910 members of the Russell 2000, 3.8 % of 365 of the S&P 500.
#[test]
fn a_third_of_small_caps_did_not_earn_their_interest_in_2022() {
    let Some(known) = known(Day::ymd(2024, 2, 2)) else { return };
    for (universe, share, n) in [("russell2000", 0.349, 910.0), ("sp500", 0.038, 365.0)] {
        for members in ["listed", "priced"] {
            let with = [("universe", universe), ("members", members), ("fiscal_year", "2022"), ("financials", "include")];
            let (_, point, facts) = at(&known, "interest_coverage_below", &with);
            show(&facts);
            assert!((point.value.unwrap() - share).abs() < 0.015, "{universe}: {point:?}");
            assert!((f64::from(point.n_obs) / n - 1.0).abs() < 0.06, "{universe}: {point:?}");
        }
        let (_, point, facts) = at(&known, "interest_coverage_below", &[("universe", universe), ("by", "size")]);
        show(&facts);
        assert!(point.value.is_ok());
        at(&known, "median_coverage", &[("universe", universe)]);
        at(&known, "debt_weighted_coverage", &[("universe", universe)]);
    }
}
