//! Every reader on real files: known values, known moments, known defects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_sources::{Sink, SinkClosed, recognise};
use plimsoll_testsuite::real::data;

#[derive(Default)]
struct Kept {
    batches: Vec<Observations>,
    refused: Vec<Refusal>,
    defects: Vec<Defect>,
    missing: u64,
}

impl Sink for Kept {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        self.batches.push(rows);
        Ok(())
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.refused.push(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.defects.push(defect);
    }
    fn progress(&mut self, _: u64, _: u64) {}
    fn missing(&mut self, values: u64) {
        self.missing += values;
    }
}

impl Kept {
    fn rows(&self) -> usize {
        self.batches.iter().map(Observations::len).sum()
    }
    fn series(&self, id: &str) -> BTreeMap<Day, (f64, Moment)> {
        let mut out = BTreeMap::new();
        for b in &self.batches {
            let of = b.text("series");
            for i in (0..b.len()).filter(|i| of.get(*i) == id) {
                out.insert(Day(b.period[i]), (b.f64("value")[i], Moment(b.known_at[i])));
            }
        }
        out
    }
    fn subjects(&self, rule: &str) -> BTreeSet<&str> {
        self.defects.iter().filter(|d| d.rule == rule).map(|d| d.subject.as_str()).collect()
    }
}

fn read(folder: &Path, name: &str) -> (&'static str, Kept) {
    let path = folder.join(name);
    let reader = recognise(&path).unwrap();
    let mut kept = Kept::default();
    reader.read(&path, &mut kept).unwrap();
    let id = reader.info().id;
    println!(
        "{name}: {id}, {} rows, {} missing, {} refused, {} defects",
        kept.rows(),
        kept.missing,
        kept.refused.len(),
        kept.defects.len()
    );
    (id, kept)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn close_to(found: f64, expected: f64) {
    assert!((found - expected).abs() < 0.005, "{found} is not {expected}");
}

#[test]
fn the_panel_of_2023() {
    let Some(folder) = data() else { return };
    let (id, kept) = read(&folder, "prices/screener/2023.parquet");
    assert_eq!((id, kept.rows(), kept.refused.len()), ("screener", 1_811_599, 0));
    let apple = kept.batches.iter().find_map(|b| {
        let of = b.text("symbol");
        let i = (0..b.len()).find(|i| b.period[*i] == day("2023-12-29").0 && of.get(*i) == "AAPL")?;
        Some((b.f64("close")[i], b.f64("ret")[i], b.f64("cap")[i], Moment(b.known_at[i])))
    });
    let (close, ret, cap, known) = apple.unwrap();
    close_to(close, 192.53);
    assert!((ret - (192.53 / 193.58 - 1.0)).abs() < 1e-4);
    assert!((2.9e12..3.1e12).contains(&cap));
    assert_eq!(known, day("2023-12-29").at(16, 0));
    let repeated = kept.subjects("repeated_cap");
    for pair in ["GOOG GOOGL", "BRK.A BRK.B", "FOX FOXA", "UA UAA"] {
        assert!(repeated.contains(pair), "{pair} is not among {repeated:?}");
    }
    let (_, kept) = read(&folder, "prices/screener/2022.parquet");
    assert_eq!(kept.subjects("missing_session"), BTreeSet::from(["2022-12-21", "2022-12-28"]));
}

#[test]
fn indices_and_funds() {
    let Some(folder) = data() else { return };
    for (name, id, value) in [("GSPC", "index:GSPC", 4769.83), ("RUT", "index:RUT", 2027.07), ("VIX", "index:VIX", 12.45)] {
        let (_, kept) = read(&folder, &format!("prices/index/{name}.csv"));
        let (found, known) = kept.series(id)[&day("2023-12-29")];
        close_to(found, value);
        assert_eq!(known.day(), day("2023-12-29"));
        assert!(kept.refused.is_empty());
    }
    let (_, spy) = read(&folder, "prices/etf/SPY.csv");
    let spy = spy.series("etf:SPY");
    let total = spy[&day("2023-12-29")].0 / spy[&day("2022-12-30")].0 - 1.0;
    assert!((total - 0.262).abs() < 0.001, "{total}");
}

#[test]
fn the_ten_year_yield_by_two_publishers() {
    let Some(folder) = data() else { return };
    let (_, old) = read(&folder, "rates/treasury/par-yield-curve-1990-2023.csv");
    let (_, new) = read(&folder, "rates/treasury/par-yield-curve-2024.csv");
    let (_, fred) = read(&folder, "rates/fred/DGS10.csv");
    let mut treasury = old.series("treasury:10Y");
    treasury.extend(new.series("treasury:10Y"));
    close_to(treasury[&day("2023-12-27")].0, 3.79);
    close_to(treasury[&day("2024-01-19")].0, 4.15);
    let fred = fred.series("fred:DGS10");
    let since = day("1990-01-02");
    let only_treasury: Vec<&Day> = treasury.keys().filter(|d| !fred.contains_key(d)).collect();
    let only_fred: Vec<&Day> = fred.keys().filter(|d| **d >= since && !treasury.contains_key(d)).collect();
    let both = treasury.iter().filter_map(|(d, t)| Some((*d, t.0, fred.get(d)?.0)));
    let differing: Vec<(Day, f64, f64)> = both.filter(|(_, a, b)| (a - b).abs() > 1e-9).collect();
    println!(
        "ten-year: {} days, only Treasury {only_treasury:?}, only FRED {only_fred:?}, differing {differing:?}",
        treasury.len()
    );
    assert!(treasury.len() > 8_600);
    // One hundredth here and there: one publisher corrected what the other kept.
    assert!(differing.len() <= 10 && differing.iter().all(|(_, a, b)| (a - b).abs() < 0.095), "{differing:?}");
    assert!(only_treasury.len() + only_fred.len() <= 5);
    // The Treasury's value is known the same evening, the Federal Reserve's the next session.
    for (d, (_, known)) in treasury.iter().rev().take(300) {
        if let Some((_, later)) = fred.get(d) {
            assert!(known < later && AsOf::end_of(*d).knows(*known) && !AsOf::end_of(*d).knows(*later), "{d}");
        }
    }
}

#[test]
fn factors_since_1926() {
    let Some(folder) = data() else { return };
    let (_, kept) = read(&folder, "french/F-F_Research_Data_Factors_daily.csv");
    let market = kept.series("french:Mkt-RF");
    // The whole market's worst days of 1929 and 1987.
    for (d, low, high) in [("1929-10-28", -0.125, -0.105), ("1987-10-19", -0.18, -0.17)] {
        assert!((low..high).contains(&market[&day(d)].0), "{d}: {}", market[&day(d)].0);
    }
    // Beside the S&P 500 of another publisher.
    let (_, index) = read(&folder, "prices/index/GSPC.csv");
    let levels: Vec<(Day, f64)> = index.series("index:GSPC").into_iter().map(|(d, v)| (d, v.0)).collect();
    let pairs: Vec<(f64, f64)> =
        levels.windows(2).filter(|w| w[0].0 >= day("1953-01-01")).map(|w| (w[1].1 / w[0].1 - 1.0, market[&w[1].0].0)).collect();
    let rho = correlation(&pairs);
    println!("market factor and S&P 500, {} days from 1953: correlation {rho:.4}", pairs.len());
    assert!(pairs.len() > 17_000 && rho > 0.97, "{rho}");
    let (_, size) = read(&folder, "french/Portfolios_Formed_on_ME_Daily.csv");
    assert_eq!(size.series("french:size:Dec 2").len(), market.len());
    let (_, industries) = read(&folder, "french/10_Industry_Portfolios_Daily.csv");
    assert_eq!(industries.series("french:ind10:Utils").len(), market.len());
    assert!(kept.refused.is_empty() && size.refused.is_empty() && industries.refused.is_empty());
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0 / n, s.1 + p.1 / n));
    let sums = pairs.iter().fold((0.0, 0.0, 0.0), |s, p| {
        let (a, b) = (p.0 - x, p.1 - y);
        (s.0 + a * b, s.1 + a * a, s.2 + b * b)
    });
    sums.0 / (sums.1 * sums.2).sqrt()
}

#[test]
fn memberships_count_what_the_indices_hold() {
    let Some(folder) = data() else { return };
    let members = |kept: &Kept, as_of: Day| {
        let mut status: BTreeMap<String, (i32, u8)> = BTreeMap::new();
        for b in &kept.batches {
            for i in b.known(AsOf::end_of(as_of)) {
                let e = status.entry(b.text("symbol").get(i).to_owned()).or_insert((i32::MIN, 0));
                *e = (*e).max((b.period[i], b.u8("member")[i]));
            }
        }
        status.into_values().filter(|s| s.1 == 1).count()
    };
    let (_, large) = read(&folder, "membership/sp500_membership.csv");
    for d in ["2000-06-30", "2010-06-30", "2020-06-30", "2024-02-02", "2024-06-28"] {
        let n = members(&large, day(d));
        println!("S&P 500 on {d}: {n}");
        assert!((485..=508).contains(&n), "{d}: {n}");
    }
    let (_, small) = read(&folder, "membership/r2k_membership.csv");
    for d in ["2012-01-31", "2016-10-03", "2018-06-01", "2021-09-30", "2024-02-02", "2024-06-27"] {
        let n = members(&small, day(d));
        println!("Russell 2000 on {d}: {n}");
        assert!((1880..=2080).contains(&n), "{d}: {n}");
    }
}

#[test]
fn every_file_is_read_or_refused_by_name() {
    let Some(folder) = data() else { return };
    let (mut read_by, mut not_yet) = (BTreeMap::<&str, u32>::new(), 0);
    let mut open = vec![folder];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        match recognise(&path) {
            Ok(reader) => {
                *read_by.entry(reader.info().id).or_default() += 1;
                // The large panels have tests of their own.
                if std::fs::metadata(&path).unwrap().len() < 4_000_000 {
                    let mut kept = Kept::default();
                    reader.read(&path, &mut kept).unwrap();
                    // Names of industries are read beside the companies that refer to them.
                    assert!(kept.rows() > 0 || path.ends_with("industries.csv"), "{}", path.display());
                    assert!(kept.batches.iter().all(|b| b.dataset != Dataset::Bars));
                    // Futures after their month or on New Year's Day (`real_futures` counts them); one filer's maturities by future day;
                    // statements that say they were published before their period ended.
                    let few = match reader.info().id {
                        id if id.starts_with("zq_") || id == "edgar" => 100,
                        id if id.starts_with("simfin") => 3.max(kept.rows() / 50),
                        _ => 3,
                    };
                    assert!(kept.refused.len() < few, "{}: {:?}", path.display(), kept.refused.first());
                }
            }
            Err(e) => {
                let other = path.extension().is_none_or(|e| e == "md");
                let said = ["not yet supported", "a reference to check", "bars of a minute"];
                assert!(other || said.iter().any(|s| e.to_string().contains(s)), "{e}");
                not_yet += 1;
            }
        }
    }
    println!("read by {read_by:?}, not yet or no data: {not_yet}");
    assert!(read_by.len() >= 15, "{read_by:?}");
}
