//! What is written is read again by plain code and compared with the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use plimsoll_model::time::Day;

use super::path::rounded;
use super::truth::turns;
use super::{Spec, World};

/// One world on disk for all tests of this file.
struct Written {
    world: World,
    dir: tempfile::TempDir,
    files: Vec<PathBuf>,
}

static WORLD: LazyLock<Written> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let world = World::new(&Spec::small());
    let files = world.write(dir.path()).expect("files written");
    Written { world, dir, files }
});

/// A row of the screener.
#[derive(Clone, Copy)]
struct Row {
    close: f64,
    pct: f64,
    volume: i64,
    cap: f64,
}

/// Rows by symbol as written, blanks trimmed, then by day.
fn panel(dir: &Path) -> BTreeMap<String, BTreeMap<Day, Row>> {
    let mut out: BTreeMap<String, BTreeMap<Day, Row>> = BTreeMap::new();
    for year in 2021..=2024 {
        let file = fs::File::open(dir.join(format!("prices/screener/{year}.parquet"))).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let dates = batch.column(0).as_primitive::<Date32Type>();
            let symbols = batch.column(1).as_dictionary::<Int32Type>();
            let texts = symbols.values().as_string::<i32>();
            let numbers = [3, 4, 6].map(|c| batch.column(c).as_primitive::<Float64Type>());
            let volumes = batch.column(5).as_primitive::<Int64Type>();
            for i in 0..batch.num_rows() {
                let symbol = texts.value(symbols.keys().value(i) as usize).trim().to_owned();
                let row = Row {
                    close: numbers[0].value(i),
                    pct: numbers[1].value(i),
                    volume: volumes.value(i),
                    cap: numbers[2].value(i),
                };
                let again = out.entry(symbol).or_default().insert(Day(dates.value(i)), row);
                assert!(again.is_none(), "one row a symbol and session");
            }
        }
    }
    out
}

fn table(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|l| l.split(',').map(str::to_owned).collect()).collect()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Symbols, with a slash before the class, that a list holds on a day.
fn members(dir: &Path, list: &str, on: impl Fn(Day, Option<Day>) -> bool) -> BTreeSet<String> {
    table(&dir.join("membership").join(list))
        .into_iter()
        .filter(|r| on(day(&r[1]), r[2].parse().ok()))
        .map(|r| r[0].replace('.', "/"))
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let again = tempfile::tempdir().unwrap();
    let files = World::new(&Spec::small()).write(again.path()).unwrap();
    assert_eq!(files.len(), WORLD.files.len());
    for (a, b) in files.iter().zip(&WORLD.files) {
        assert_eq!(a.strip_prefix(again.path()).unwrap(), b.strip_prefix(WORLD.dir.path()).unwrap());
        assert!(fs::read(a).unwrap() == fs::read(b).unwrap(), "{} differs", a.display());
    }
    let other = World::new(&Spec { seed: 2, ..Spec::small() });
    assert_ne!(other.indices.large, WORLD.world.indices.large);
}

/// The bytes themselves, so that a change of the generator is never an accident: when one is meant, this figure changes with it.
#[test]
fn the_bytes_are_the_known_bytes() {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for path in WORLD.files.iter().filter(|p| p.extension().is_some_and(|e| e == "csv")) {
        for byte in fs::read(path).unwrap() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    assert_eq!(format!("{digest:016x}"), "72d2dbc8e9d449c7");
}

#[test]
fn a_shorter_world_is_made_too() {
    let spec = Spec { start: Day::ymd(2023, 6, 1), end: Day::ymd(2023, 8, 31), ..Spec::small() };
    let world = World::new(&spec);
    assert!(world.truth.contributions.is_empty() && world.truth.yield_rise.is_none());
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path()).unwrap();
    assert!(dir.path().join("prices/screener/2023.parquet").exists());
}

#[test]
fn contributions_follow_from_the_files() {
    let (world, dir) = (&WORLD.world, WORLD.dir.path());
    let panel = panel(dir);
    let changes: BTreeMap<String, String> = table(&dir.join("membership/symbol_events_us.csv"))
        .into_iter()
        .filter(|r| r[1] == "ticker_change")
        .map(|r| (r[2].clone(), r[3].clone()))
        .collect();
    assert_eq!(changes.get("FOJB").map(String::as_str), Some("NAJA"));
    let second_classes: Vec<&str> =
        world.truth.quirks.iter().filter(|q| q.kind == "repeated_cap").map(|q| q.symbol.as_str()).collect();
    assert_eq!(second_classes.len(), 2);
    for truth in &world.truth.contributions {
        let days: Vec<Day> = world.sessions.iter().copied().filter(|d| (truth.from..=truth.to).contains(d)).collect();
        let (mut level, mut group, mut plain) = (1.0, 0.0, 1.0);
        for pair in days.windows(2) {
            let held = members(dir, "sp500_membership.csv", |from, to| from <= pair[1] && to.is_none_or(|t| pair[1] < t));
            let rows: Vec<(&String, f64, f64)> = held
                .iter()
                .filter(|s| !second_classes.contains(&s.as_str()))
                .filter_map(|s| Some((s, panel.get(s)?.get(&pair[0])?.cap, panel.get(s)?.get(&pair[1])?.pct / 100.0)))
                .filter(|(_, cap, r)| cap.is_finite() && r.is_finite())
                .collect();
            let total: f64 = rows.iter().map(|r| r.1).sum();
            let of = |keep: &dyn Fn(&str) -> bool| -> f64 {
                rows.iter().filter(|r| keep(changes.get(r.0).unwrap_or(r.0))).map(|r| r.1 / total * r.2).sum()
            };
            group += level * of(&|s| world.truth.giants.iter().any(|g| g == s));
            level *= 1.0 + of(&|_| true);
            plain *= 1.0 + rows.iter().map(|r| r.2).sum::<f64>() / rows.len() as f64;
        }
        assert!((level - 1.0 - truth.index_return).abs() < 5e-4, "{} against {}", level - 1.0, truth.index_return);
        assert!((group - truth.group).abs() < 5e-4, "{group} against {}", truth.group);
        assert!((group / (level - 1.0) - truth.group_share).abs() < 2e-3);
        assert!((plain - 1.0 - truth.equal_weight_return).abs() < 5e-4);
        assert!((truth.group + truth.rest - truth.index_return).abs() < 1e-9, "contributions sum to the return");
    }
    let share = world.truth.contributions[0].group_share;
    assert!((0.6..0.68).contains(&share), "planted at 0.64: {share}");
}

#[test]
fn breadth_follows_from_the_files() {
    let (world, dir) = (&WORLD.world, WORLD.dir.path());
    let panel = panel(dir);
    let truth = world.truth.breadth_on("russell2000", Day::ymd(2024, 2, 2)).unwrap();
    let list = Day::ymd(2023, 12, 29);
    let held = members(dir, "r2k_membership.csv", |from, to| from <= list && to.is_none_or(|t| list <= t));
    let spelt: BTreeMap<String, &String> = panel.keys().map(|s| (s.replace('/', ""), s)).collect();
    let (mut bears, mut above, mut counted, mut falls) = (0, 0, 0, Vec::new());
    for symbol in held.iter().filter_map(|s| spelt.get(s)) {
        let rows: Vec<(&Day, &Row)> = panel[*symbol].iter().filter(|(d, _)| **d <= truth.day).collect();
        if rows.last().is_none_or(|(d, _)| **d != truth.day) {
            continue;
        }
        let mut level = 1.0;
        // An absurd move is a reverse split that the publisher missed: nothing is earned on it.
        let levels: Vec<f64> = rows
            .iter()
            .map(|(_, r)| {
                level *= 1.0 + if r.pct.is_finite() && r.pct < 300.0 { r.pct / 100.0 } else { 0.0 };
                level
            })
            .collect();
        if levels.len() < 252 {
            continue;
        }
        counted += 1;
        let high = levels[levels.len() - 252..].iter().fold(0.0_f64, |a, b| a.max(*b));
        falls.push(level / high - 1.0);
        bears += usize::from(level <= 0.8 * high);
        above += usize::from(level > levels[levels.len() - 200..].iter().sum::<f64>() / 200.0);
    }
    let near = |count: usize, share: f64| (count as f64 - share * truth.members as f64).abs() <= 2.0;
    assert!(counted >= truth.members - 2 && counted <= truth.members + 2 && counted > 100, "{counted}");
    assert!(near(bears, truth.bear_share), "{bears} of {counted} against {}", truth.bear_share);
    assert!(near(above, truth.above_200), "{above} of {counted} against {}", truth.above_200);
    falls.sort_by(f64::total_cmp);
    assert!((falls[falls.len() / 2] - truth.median_drawdown).abs() < 0.01);
    assert!(truth.masking_gap > 0.05, "the index hides the median");
}

#[test]
fn breakouts_fail_as_planted() {
    let (world, dir) = (&WORLD.world, WORLD.dir.path());
    let panel = panel(dir);
    let truth = world.truth.breakouts.as_ref().unwrap();
    assert_eq!(truth.planted.len(), 3);
    assert!(truth.failed < truth.breakouts && truth.failed >= truth.planted.len());
    for p in &truth.planted {
        let rows = &panel[&p.symbol.replace('.', "/")];
        let closes: Vec<(Day, f64)> = rows.iter().map(|(d, r)| (*d, r.close)).collect();
        let at = closes.iter().position(|c| c.0 == p.breakout).unwrap();
        assert_eq!(closes[at - 60..at].iter().fold(0.0_f64, |a, b| a.max(b.1)), p.level, "{p:?}");
        assert!(closes[at].1 > p.level);
        let failed = closes[at + 1..at + 21].iter().find(|c| c.1 < p.level).unwrap().0;
        assert_eq!(failed, p.failed, "{p:?}");
    }
}

#[test]
fn rates_and_spreads_follow_from_the_files() {
    let (world, dir) = (&WORLD.world, WORLD.dir.path());
    let yields: Vec<(Day, f64)> =
        table(&dir.join("rates/fred/DGS10.csv")).into_iter().filter_map(|r| Some((day(&r[0]), r[1].parse().ok()?))).collect();
    let truth = world.truth.yield_rise.as_ref().unwrap();
    let past: Vec<&(Day, f64)> = yields.iter().filter(|y| y.0 <= truth.day).collect();
    let low = past[past.len() - 60..].iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!((low.0, low.1), (truth.low_day, truth.low));
    assert!(((past[past.len() - 1].1 - low.1) * 100.0 - 35.0).abs() < 1e-9);
    assert!(table(&dir.join("rates/fred/DGS10.csv")).iter().any(|r| r[1].is_empty()), "holidays are blank");

    let curve = fs::read_to_string(dir.join("rates/treasury/par-yield-curve-2024.csv")).unwrap();
    let newest = curve.lines().nth(1).unwrap();
    assert!(newest.starts_with("2024-06-28,") && newest.split(',').nth(11) == Some(&yields.last().unwrap().1.to_string()));
    let closed = fs::read_to_string(dir.join("rates/treasury/par-yield-curve-2021-2023.csv")).unwrap();
    assert!(closed.lines().nth(1).unwrap().starts_with("12/29/23,"));

    let spreads: Vec<(Day, f64)> =
        table(&dir.join("credit/BAMLH0A0HYM2.csv")).into_iter().filter_map(|r| Some((day(&r[0]), r[1].parse().ok()?))).collect();
    let truth = world.truth.spread.as_ref().unwrap();
    let at = spreads.iter().position(|s| s.0 == truth.day).unwrap();
    assert_eq!(spreads[at].1, truth.level);
    let below = spreads[at - 503..=at].iter().filter(|s| s.1 <= truth.level).count();
    assert_eq!(below as f64 / 504.0, truth.percentile);
    assert!(truth.percentile < 0.15 && truth.widening > 100.0, "calm, after an episode: {truth:?}");
}

#[test]
fn small_companies_answer_to_yields_as_planted() {
    let truth = WORLD.world.truth.rate_beta.as_ref().unwrap();
    let planted = 0.5 * (truth.planted + truth.planted_levered);
    assert!((truth.small_minus_large - planted).abs() < 3.0 * truth.standard_error, "{truth:?}");
    assert!(truth.small_minus_large < -2.0 * truth.standard_error, "{truth:?}");
    let gap = truth.planted_levered - truth.planted;
    assert!((truth.levered_minus_ordinary - gap).abs() < 0.012, "{truth:?}");
}

#[test]
fn turns_follow_from_the_files() {
    let (world, dir) = (&WORLD.world, WORLD.dir.path());
    let rows = table(&dir.join("prices/index/RUT.csv"));
    let days: Vec<Day> = rows.iter().map(|r| day(&r[0])).collect();
    let closes: Vec<f64> = rows.iter().map(|r| r[1].parse().unwrap()).collect();
    assert_eq!(turns(&closes, &days), world.truth.turns);
}

#[test]
fn the_default_world_tells_the_whole_story() {
    let truth = World::new(&Spec::default()).truth;
    // Invented in 2021, falling for two years, bull again by the end of 2023: one bear market, between the planted days.
    let extremes: Vec<(&str, Day)> = truth.turns.iter().map(|t| (t.begins, t.extreme)).collect();
    assert_eq!(extremes[1..], [("bear", Day::ymd(2021, 11, 8)), ("bull", Day::ymd(2023, 10, 27))]);
    let share = truth.contributions[0].group_share;
    assert!((0.6..0.68).contains(&share), "planted at 0.64: {share}");
    for c in &truth.contributions {
        assert!(c.index_return > c.equal_weight_return + 0.08, "{} and {}", c.index_return, c.equal_weight_return);
    }
    let small = truth.breadth_on("russell2000", Day::ymd(2024, 2, 2)).unwrap();
    assert!(small.members > 1_500 && small.bear_share > 0.4 && small.masking_gap > 0.1, "{small:?}");
    assert_eq!(truth.yield_rise.as_ref().unwrap().basis_points.round(), 35.0);
    assert!(truth.inverted_since.unwrap() < Day::ymd(2022, 7, 19));
    // Cyclicals lead the bounce, defensives lag it; then the seven lead and small companies fall.
    let [.., bounce, fade] = &truth.leadership[..] else { panic!("three phases") };
    assert!(bounce.cyclicals > bounce.large && bounce.large > bounce.defensives, "{bounce:?}");
    assert!(fade.mega > fade.large && fade.large > fade.cyclicals && fade.cyclicals > fade.small, "{fade:?}");
    assert!(truth.breakouts.unwrap().planted.len() >= 30);
    assert!(truth.quirks.iter().filter(|q| q.kind == "delisted").count() > 100);
}

#[test]
fn every_quirk_is_in_the_files() {
    let (world, dir) = (&WORLD.world, WORLD.dir.path());
    let panel = panel(dir);
    let rows = |symbol: &str| &panel[&symbol.replace('.', "/")];
    let raw = fs::read(dir.join("prices/screener/2023.parquet")).unwrap();
    assert_eq!(&raw[..4], b"PAR1");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for q in &world.truth.quirks {
        *kinds.entry(q.kind).or_default() += 1;
        let within = |d: &Day| (q.from..=q.to).contains(d);
        match q.kind {
            "missing_session" => assert!(panel.values().all(|r| !r.contains_key(&q.from))),
            "missing_rows" => assert!(rows(&q.symbol).keys().all(|d| !within(d))),
            "no_cap" => assert!(rows(&q.symbol).iter().all(|(d, r)| within(d) == r.cap.is_nan()), "{q:?}"),
            "stale_price" => {
                let closes: BTreeSet<u64> = rows(&q.symbol).iter().filter(|r| within(r.0)).map(|r| r.1.close.to_bits()).collect();
                assert_eq!(closes.len(), 1, "{q:?}");
                assert!(rows(&q.symbol).iter().filter(|r| within(r.0)).skip(1).all(|r| r.1.volume == 0));
            }
            "absurd_move" => assert!(rows(&q.symbol)[&q.from].pct > 900.0),
            "delisted" => assert!(rows(&q.symbol).keys().all(|d| *d <= q.to) || q.symbol == "SAJA"),
            "repeated_cap" => {
                let other = q.detail.split(' ').nth_back(1).unwrap();
                let (a, b) = (&rows(&q.symbol)[&q.to], &rows(other)[&q.to]);
                assert!((a.cap / b.cap - 1.0).abs() < 0.01, "{q:?}");
            }
            "warrant" => assert!(rows(&q.symbol).values().all(|r| r.cap == 0.0)),
            "renamed" => {
                assert!(rows("NAJA").keys().all(|d| *d >= q.from) && rows("FOJB").keys().all(|d| *d < q.from));
            }
            "reused_symbol" => {
                let days: Vec<&Day> = rows("SAJA").keys().collect();
                assert!(days.windows(2).any(|w| w[1].0 - w[0].0 > 365));
            }
            "class_share" => assert!(panel.contains_key(&q.symbol.replace('.', "/"))),
            "split" => {
                let own = rows(&q.symbol);
                let before = own.range(..q.from).next_back().unwrap().1.close;
                let ratio: f64 = q.detail.split(' ').next().unwrap().parse().unwrap();
                assert!((own[&q.from].close * ratio / before - 1.0).abs() < 0.4, "{q:?}");
            }
            "padded_symbol" => assert!(panel.contains_key(&q.symbol)),
            "not_a_security" => assert!(dir.join(format!("prices/etf/{}.csv", q.symbol)).exists()),
            other => panic!("an unknown quirk {other}"),
        }
    }
    let once = ["renamed", "reused_symbol", "padded_symbol"];
    assert!(once.iter().all(|k| kinds[k] == 1), "{kinds:?}");
    assert!(kinds["delisted"] >= 3 && kinds["split"] >= 6 && kinds["absurd_move"] == 2, "{kinds:?}");
}

#[test]
fn published_moves_agree_with_closes() {
    let panel = panel(WORLD.dir.path());
    let rows = &panel["VOJA"];
    let days: Vec<(&Day, &Row)> = rows.iter().collect();
    let mut compared = 0;
    for pair in days.windows(2).filter(|w| w[1].0.0 - w[0].0.0 == 1) {
        let expected = rounded((pair[1].1.close / pair[0].1.close - 1.0) * 100.0, 3);
        assert!((pair[1].1.pct - expected).abs() < 1.1e-3, "{}", pair[1].0);
        compared += 1;
    }
    assert!(compared > 600);
}
