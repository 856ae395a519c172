//! Figures of the masking measures on the real market, beside what funds and exchanges show.
//!
//! Rebuilt indices weigh by full capitalisation and leave dividends out; SPY and IWM weigh by float and are total return. Their daily
//! returns must agree; their levels must not.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use plimsoll_measures::replay::{Asked, replay};
use plimsoll_measures::{Params, Point, Scope, Topic, find, registry};
use plimsoll_model::cut::Cut;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::needs::{Entry, Needs};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_store::{Snapshot, Store};
use plimsoll_testsuite::{real, stored};

static STORE: LazyLock<Option<Store>> = LazyLock::new(|| {
    let data = real::data()?;
    let paths = ["prices/screener", "membership", "prices/etf/SPY.csv", "prices/etf/IWM.csv", "prices/etf/RSP.csv"];
    let paths: Vec<_> = paths.iter().map(|p| data.join(p)).collect();
    // Kept from run to run: a second import of the same files changes nothing.
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("masking-real");
    Some(stored::import(&dir, &paths).expect("the real data can be imported"))
});

fn snapshot(day: Day) -> Option<Snapshot> {
    STORE.as_ref().map(|s| s.snapshot(AsOf::end_of(day)).expect("a snapshot"))
}

/// The seven, META with its symbol until 2022-06-09.
fn seven() -> Scope {
    let mut entries: Vec<Entry> = ["AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "TSLA"].into_iter().map(Entry::symbol).collect();
    entries.push(Entry { symbol: "META".into(), from: Some(Day::ymd(2022, 6, 9)), before: Some("FB".into()) });
    Scope { groups: BTreeMap::from([("seven".to_owned(), entries)]), ..Scope::default() }
}

fn asked(name: &str, with: &[(&str, &str)]) -> Asked {
    let measure = find(name).expect("a measure");
    let given = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Asked { measure, params: Params::resolve(measure.spec(), &given, &seven()).expect("parameters") }
}

fn value(point: &Point) -> f64 {
    point.value.unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn seven_companies_supplied_most_of_the_gain_of_2023() {
    let end = Day::ymd(2023, 12, 29);
    let Some(known) = snapshot(end) else { return };
    let with = [("group", "seven"), ("window", "since:2022-12-30")];
    let all = [asked("contribution_share", &with), asked("group_contribution", &with), asked("index_return", &with[1..])];
    let replayed = replay(&known, &all, end).expect("a replay");
    let last: Vec<f64> =
        replayed.histories.iter().map(|h| value(&h.as_ref().expect("measured").last().expect("a day").1)).collect();
    let evidence = all[1].measure.evidence(&replayed.cut, &all[1].params, replayed.cut.last().expect("a session"));
    let fact = |label: &str| evidence.iter().find(|f| f.label == label).and_then(|f| f.value).expect(label);
    println!("2023: share {:.4}, contribution {:.4}, index {:.4}; of the seven:", last[0], last[1], last[2]);
    evidence.iter().for_each(|f| println!("  {}: {:?} {}", f.label, f.value, f.note));
    assert!((last[0] - 0.62).abs() < 0.02, "share of the gain {}", last[0]);
    assert!((fact("contribution of the group") + fact("contribution of the rest") - fact("index return")).abs() < 1e-9);
    assert!((fact("contribution of the group") - last[1]).abs() < 1e-12);
    assert!((last[0] * last[2] - last[1]).abs() < 1e-12);
    // The published index rose 24.2 % without dividends; full instead of float weights and the moment of changes explain the rest.
    assert!((last[2] - 0.242).abs() < 0.01, "index return {}", last[2]);
}

/// Daily returns of a fund between two days, by day.
fn fund(known: &Snapshot, id: &str) -> BTreeMap<Day, f64> {
    let rows = known.scan(&Scan::all(Dataset::Series).keys([id])).expect("rows");
    let (day, level) = (&rows.period, rows.f64("value"));
    (1..rows.len()).map(|i| (Day(day[i]), level[i] / level[i - 1] - 1.0)).collect()
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (mx, my) = pairs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let sums = pairs.iter().fold((0.0, 0.0, 0.0), |(xy, xx, yy), (x, y)| {
        (xy + (x - mx) * (y - my), xx + (x - mx) * (x - mx), yy + (y - my) * (y - my))
    });
    sums.0 / (sums.1 * sums.2).sqrt()
}

#[test]
fn rebuilt_indices_move_as_their_funds_do() {
    let (from, to) = (Day::ymd(2023, 6, 1), Day::ymd(2024, 2, 29));
    let Some(known) = snapshot(to) else { return };
    let cases = [
        ("sp500", "etf:SPY", "index_return", vec![]),
        ("russell2000", "etf:IWM", "index_return", vec![]),
        ("sp500", "etf:RSP", "equal_weight_return", vec![("rebalance", "quarterly")]),
    ];
    for (universe, id, measure, more) in cases {
        let with: Vec<_> = [("universe", universe), ("window", "1")].into_iter().chain(more).collect();
        let replayed = replay(&known, &[asked(measure, &with)], from).expect("a replay");
        let days = replayed.histories[0].as_ref().expect("measured");
        let fund = fund(&known, id);
        let pairs: Vec<(Day, f64, f64)> = days.iter().map(|(d, p)| (*d, value(p), fund[d])).collect();
        let both: Vec<(f64, f64)> = pairs.iter().map(|p| (p.1, p.2)).collect();
        let total = |f: fn(&(f64, f64)) -> f64| both.iter().map(f).fold(1.0, |level, r| level * (1.0 + r)) - 1.0;
        let rho = correlation(&both);
        println!(
            "{universe} {measure} and {id}: correlation {rho:.5} over {} sessions; {:.4} and {:.4}",
            both.len(),
            total(|p| p.0),
            total(|p| p.1)
        );
        let mut far: Vec<_> = pairs.iter().map(|p| ((p.1 - p.2).abs(), p)).collect();
        far.sort_by(|a, b| b.0.total_cmp(&a.0));
        far.iter().take(3).for_each(|(gap, (d, ours, theirs))| println!("  {d}: {ours:.5} and {theirs:.5}, apart {gap:.5}"));
        assert!(rho > 0.997, "{universe}: {rho}");
    }
}

#[test]
fn the_index_held_up_while_its_members_did_not() {
    let to = Day::ymd(2023, 10, 27);
    let Some(known) = snapshot(to) else { return };
    let names = [
        "masking_gap",
        "index_drawdown",
        "median_drawdown",
        "share_in_bear_market",
        "share_above_average",
        "effective_names",
        "average_correlation",
    ];
    for universe in ["sp500", "russell2000"] {
        let all: Vec<Asked> = names.iter().map(|n| asked(n, &[("universe", universe)])).collect();
        let replayed = replay(&known, &all, to).expect("a replay");
        let found: Vec<f64> =
            replayed.histories.iter().map(|h| value(&h.as_ref().expect("measured").last().expect("a day").1)).collect();
        println!("{universe} on {to}:");
        names.iter().zip(&found).for_each(|(n, v)| println!("  {n} {v:.4}"));
        assert!((found[1] - found[2] - found[0]).abs() < 1e-12);
        assert!(found[0] > 0.02, "the gap of {universe}: {}", found[0]);
        let (fewest, most) = if universe == "sp500" { (30.0, 70.0) } else { (400.0, 1_500.0) };
        assert!((fewest..most).contains(&found[5]), "effective names of {universe}: {}", found[5]);
        assert!((0.0..1.0).contains(&found[6]) && found[6] > 0.1, "average correlation of {universe}: {}", found[6]);
    }
}

#[test]
fn history_in_one_pass_is_a_fresh_cut() {
    let (from, day, to) = (Day::ymd(2024, 1, 2), Day::ymd(2024, 2, 2), Day::ymd(2024, 2, 29));
    let (Some(later), Some(then)) = (snapshot(to), snapshot(day)) else { return };
    let mut all: Vec<Asked> = Vec::new();
    for measure in registry().iter().filter(|m| m.spec().topic == Topic::Masking) {
        let declares = |name: &str| measure.spec().params.iter().any(|p| p.name == name);
        for universe in ["sp500", "russell2000"].into_iter().filter(|_| declares("universe")) {
            let mut with = vec![("universe", universe)];
            with.extend(declares("group").then_some(("group", "seven")));
            all.push(asked(measure.spec().name, &with));
        }
    }
    let replayed = replay(&later, &all, from).expect("a replay");
    // One fresh cut for all that look equally far back.
    let mut cuts: Vec<(Needs, Cut)> = Vec::new();
    for (k, a) in all.iter().enumerate() {
        let wanted = a.measure.needs(&a.params, day);
        let place = cuts.iter().position(|(n, _)| *n == wanted).unwrap_or_else(|| {
            cuts.push((wanted.clone(), Cut::build(&then, &wanted, day).expect("a cut")));
            cuts.len() - 1
        });
        let cut = &cuts[place].1;
        let t = cut.last().expect("a session");
        let fresh = a.measure.track(cut, &a.params, t..t + 1).expect("measured")[0];
        let history = replayed.histories[k].as_ref().expect("measured");
        let past = history.iter().find(|(d, _)| *d == day).expect("the day").1;
        let name = a.measure.spec().name;
        assert_eq!((fresh.n_obs, fresh.flags), (past.n_obs, past.flags), "{name}: {fresh:?} and {past:?}");
        let (x, y) = (value(&fresh), value(&past));
        assert!((x - y).abs() <= 1e-11 * x.abs().max(y.abs()).max(1e-2), "{name}: fresh {x:?}, history {y:?}");
    }
    println!("{} histories, {} fresh cuts, {} cuts in the replay: equal", all.len(), cuts.len(), replayed.cuts);
}
