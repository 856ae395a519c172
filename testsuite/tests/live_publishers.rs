//! Repeated syncs of publishers into a store: what an old day reads afterwards is what was known then.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use plimsoll_measures::replay::{Asked, at, replay};
use plimsoll_measures::{Params, Scope, find};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::dataset::quality;
use plimsoll_model::needs::Needs;
use plimsoll_model::symbol::without_separator;
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_sources::sample::publishers::Release;
use plimsoll_sources::sample::{Spec, World};
use plimsoll_store::Store;
use plimsoll_testsuite::stored::import_at;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(&Spec::small()));

fn write(folder: &Path, name: &str, body: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, body).unwrap();
    path
}

fn cut(store: &Store, as_of: Day, needs: &Needs) -> Cut {
    let snapshot = store.snapshot(AsOf::end_of(as_of)).unwrap();
    Cut::build(&snapshot, needs, as_of).unwrap()
}

fn unemployment(store: &Store, as_of: Day) -> BTreeMap<Day, (f64, u8)> {
    let cut = cut(store, as_of, &Needs::default().series("fred:UNRATE"));
    let Some(s) = cut.series.get("fred:UNRATE") else { return BTreeMap::new() };
    s.day.iter().zip(s.value.iter().zip(&s.quality)).map(|(d, (v, q))| (*d, (*v, *q))).collect()
}

/// The latest release of each period known by the end of a day: the open of the session after the release.
fn known(all: &[Release], as_of: Day) -> BTreeMap<Day, f64> {
    let mut out = BTreeMap::new();
    for r in all.iter().filter(|r| Calendar::nyse().next(r.released) <= as_of) {
        out.insert(r.period, r.value);
    }
    out
}

#[test]
fn an_old_report_reads_the_value_as_first_published() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let p = WORLD.publishers();
    let (first, second) = (Day::ymd(2023, 6, 1), Day::ymd(2024, 4, 4));
    // The keyless download first: values as of today, known by a rule.
    let series = WORLD.economy.iter().find(|s| s.id == "UNRATE").unwrap();
    let text = series
        .values
        .iter()
        .filter(|(d, _)| *d < Day::ymd(2023, 5, 1))
        .fold("observation_date,UNRATE\n".to_owned(), |t, (d, v)| format!("{t}{d},{v}\n"));
    let keyless = write(folder.path(), "UNRATE.csv", text);
    import_at(dir.path(), &[keyless], first.at(12, 0)).unwrap();
    let one = write(folder.path(), "UNRATE@1.json", p.observations("UNRATE", Some(("1776-07-04", "9999-12-31")), first));
    import_at(dir.path(), &[one], first.at(12, 0)).unwrap();
    let before: Vec<_> = (0..12).map(|n| Day::ymd(2022, 6, 15).plus(30 * n)).collect();
    let then: Vec<_> = {
        let store = Store::open(dir.path()).unwrap();
        before.iter().map(|d| unemployment(&store, *d)).collect()
    };
    // Ten months later, from a week before the last asking on.
    let from = first.plus(-7).to_string();
    let two = write(folder.path(), "UNRATE@2.json", p.observations("UNRATE", Some((&from, "9999-12-31")), second));
    let store = import_at(dir.path(), &[two], second.at(20, 0)).unwrap();
    let all = p.releases("UNRATE", second);
    assert!(all.windows(2).filter(|w| w[0].period == w[1].period).count() > 10, "too little is revised to show anything");
    let mut revised = 0;
    for day in (0..60).map(|n| Day::ymd(2021, 3, 3).plus(19 * n)).filter(|d| *d <= second) {
        let (found, planted) = (unemployment(&store, day), known(&all, day));
        for (period, value) in &planted {
            let (v, flags) = found[period];
            assert!((v - value).abs() < 1e-9 && flags == 0, "as of {day}, {period}: {v}, released {value}");
            let last = all.iter().rfind(|r| r.period == *period).unwrap().value;
            revised += usize::from((last - value).abs() > 1e-9);
        }
        // What no release covers yet is the keyless value, and says so.
        for (period, (_, flags)) in found.iter().filter(|f| !planted.contains_key(f.0)) {
            assert_eq!(flags & quality::REVISED, quality::REVISED, "as of {day}: {period}");
        }
    }
    assert!(revised > 20, "{revised} values that were revised later");
    // The second sync changed no earlier day.
    let now: Vec<_> = before.iter().map(|d| unemployment(&store, *d)).collect();
    assert_eq!(now, then);
    // Nothing new: the same answer again writes no row.
    let segments = store.coverage().unwrap();
    let again = write(folder.path(), "UNRATE@3.json", p.observations("UNRATE", Some((&from, "9999-12-31")), second) + "\n");
    let store = import_at(dir.path(), &[again], second.at(21, 0)).unwrap();
    assert_eq!(format!("{:?}", store.coverage().unwrap()), format!("{segments:?}"));
}

#[test]
fn holdings_end_the_membership_that_a_file_left_open() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let p = WORLD.publishers();
    WORLD.write(folder.path()).unwrap();
    let live = tempfile::tempdir().unwrap();
    let list = Day::ymd(2024, 4, 3);
    // The file names a company that is listed and that the index does not have, as an old file does.
    let gone = p.members(true, list).into_iter().map(|m| m.0).find(|s| s.bytes().all(|b| b.is_ascii_uppercase())).unwrap();
    let old = write(live.path(), "sp500_membership.csv", format!("ticker,start_date,end_date\n{gone},2001-01-02,\n"));
    let names = ["prices/screener/2023.parquet", "prices/screener/2024.parquet", "prices/screener/symbols.csv"];
    let mut files: Vec<PathBuf> = names.iter().map(|n| folder.path().join(n)).filter(|f| f.exists()).collect();
    files.extend([
        old,
        write(live.path(), "holdings-daily-us-en-spy.xlsx", p.spdr(list)),
        write(live.path(), "IWM_holdings.csv", p.ishares(true, list)),
    ]);
    let store = import_at(dir.path(), &files, Day::ymd(2024, 6, 28).at(20, 0)).unwrap();
    let needs = Needs::default().universe("sp500").universe("russell2000").lookback(5);
    let members = |day: Day, universe: &str| -> Vec<String> {
        let cut = cut(&store, day, &needs);
        let last = cut.sessions.len() - 1;
        let u = &cut.universes[universe];
        (0..cut.panel.securities.len())
            .filter(|&i| u.is_member(i, last))
            .map(|i| cut.panel.securities[i].symbol.clone())
            .collect()
    };
    // Known and in force from the session after the list's day.
    assert_eq!(members(list, "sp500"), [gone]);
    let planted = |small: bool| -> Vec<String> {
        let mut all: Vec<String> = p.members(small, list).into_iter().map(|m| m.0.replace('/', ".")).collect();
        all.sort();
        all
    };
    let found = members(list.plus(1), "sp500");
    assert_eq!(found, planted(false));
    // One issuer drops the separator of classes: they are found all the same.
    let mut small: Vec<String> = planted(true);
    small.sort_by_key(|s| without_separator(s));
    let mut found = members(list.plus(1), "russell2000");
    found.sort_by_key(|s| without_separator(s));
    assert_eq!(found, small);
}

#[test]
fn a_second_vendor_changes_no_return_and_carries_on_where_the_first_ends() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let p = WORLD.publishers();
    let (until, now) = (Day::ymd(2024, 2, 2), Day::ymd(2024, 4, 4));
    let at: Moment = now.at(20, 0);
    let needs = Needs::default().series("etf:IWM");
    let returns = |store: &Store, as_of: Day| -> BTreeMap<Day, f64> {
        let cut = cut(store, as_of, &needs);
        let s = &cut.series["etf:IWM"];
        assert!(s.day.windows(2).all(|d| d[0] < d[1]), "a day stands twice");
        (1..s.day.len()).map(|i| (s.day[i], s.value[i] / s.value[i - 1] - 1.0)).collect()
    };
    let first = write(folder.path(), "IWM.json", p.tiingo("IWM", until).unwrap());
    let store = import_at(dir.path(), &[first], at).unwrap();
    let alone = returns(&store, now);
    // Adjusted to another day, so every level differs; a year of history, so it begins later.
    let scaled: String = p
        .stooq("IWM", now)
        .unwrap()
        .lines()
        .enumerate()
        .filter(|(i, l)| *i == 0 || *l >= "2023-04-04")
        .map(|(i, l)| {
            if i == 0 {
                return format!("{l}\n");
            }
            let mut fields = l.split(',').map(str::to_owned).collect::<Vec<_>>();
            fields[4] = (fields[4].parse::<f64>().unwrap() * 0.37).to_string();
            fields.join(",") + "\n"
        })
        .collect();
    let second = write(folder.path(), "iwm.us.csv", scaled);
    let store = import_at(dir.path(), &[second], at).unwrap();
    let both = returns(&store, now);
    let fund = WORLD.fund("IWM").unwrap();
    for (day, r) in &both {
        if let Some(a) = alone.get(day) {
            assert!((a - r).abs() < 1e-9, "{day}");
        }
        let t = WORLD.session(*day).unwrap();
        let truth = fund.level[t - fund.first] / fund.level[t - fund.first - 1] - 1.0;
        assert!((truth - r).abs() < 1e-4, "{day}: {r}, planted {truth}");
    }
    assert!(both.keys().next_back() > alone.keys().next_back() && both.len() > alone.len() + 30);
    // An earlier day does not see that the first vendor will end.
    assert_eq!(returns(&store, Day::ymd(2023, 1, 31)).len(), alone.keys().filter(|d| **d <= Day::ymd(2023, 1, 31)).count());
}

#[test]
fn a_history_over_revised_and_linked_series_equals_fresh_cuts() {
    let (dir, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let p = WORLD.publishers();
    let now = Day::ymd(2024, 4, 4);
    let cut_short = |text: String, from: &str| -> String {
        text.lines().enumerate().filter(|(i, l)| *i == 0 || *l >= from).map(|(_, l)| format!("{l}\n")).collect()
    };
    let files = [
        write(folder.path(), "UNRATE@1.json", p.observations("UNRATE", Some(("1776-07-04", "9999-12-31")), now)),
        write(folder.path(), "IWM.json", p.tiingo("IWM", Day::ymd(2023, 9, 1)).unwrap()),
        write(folder.path(), "iwm.us.csv", cut_short(p.stooq("IWM", now).unwrap(), "2022-06-01")),
    ];
    let store = import_at(dir.path(), &files, now.at(20, 0)).unwrap();
    let ask = |name: &str, with: &[(&str, &str)]| {
        let measure = find(name).unwrap();
        let given = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Asked { measure, params: Params::resolve(measure.spec(), &given, &Scope::default()).unwrap() }
    };
    // The latest value of a series, and the phase of a fund's level.
    let asked = [ask("credit_spread", &[("series", "fred:UNRATE")]), ask("bull_bear_phase", &[("series", "etf:IWM")])];
    let snapshot = store.snapshot(AsOf::end_of(now)).unwrap();
    let replayed = replay(&snapshot, &asked, Day::ymd(2022, 9, 1)).unwrap();
    assert!(replayed.cuts > 10, "releases revise earlier months: {} cuts", replayed.cuts);
    let mut compared = 0;
    for (asked, history) in asked.iter().zip(&replayed.histories) {
        for (day, point) in history.as_ref().unwrap().iter().step_by(7) {
            let then = store.snapshot(AsOf::end_of(*day)).unwrap();
            let (_, fresh) = at(&then, asked).unwrap();
            let fresh = fresh.unwrap().1;
            assert_eq!(format!("{:?}", point.value), format!("{:?}", fresh.value), "{asked:?} on {day}");
            compared += usize::from(point.value.is_ok());
        }
    }
    assert!(compared > 80, "{compared} values");
}
