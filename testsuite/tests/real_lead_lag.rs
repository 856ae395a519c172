//! Lead and lag on real minute bars, beside the package `lead-lag` 2.3 from PyPI (Hoffmann, Rosenbaum and Yoshida's contrast in Cython);
//! and what Granger's test makes of real series.

use plimsoll_measures::kernels::lead_lag::{Chance, Clock, Grid, Ticks, lead_lag};
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Day;
use plimsoll_sources::minute_bars::{MinuteBars, read};
use plimsoll_sources::{Sink, SinkClosed};
use plimsoll_testsuite::real;

type Contrasts = (&'static str, &'static str, (i16, i8, i8), [f64; 11]);

/// Symbols, day, and the package's contrast at lags of -5 to 5 minutes over the product of the norms (sizes, without signs), of
/// logarithms of closes: `shifted_modified_hy_estimator(x, y, t_x, t_y, k)` at lags up to 0, and `(y, x, t_y, t_x, -k)`, which is the same
/// by definition, at positive ones. There the package as called directly leaves out increments at the beginning of the day (its search
/// starts from times it has clipped), and differs from the sum over all overlaps by up to 0.025 here.
const PACKAGE: [Contrasts; 4] = [
    (
        "SPY",
        "IWM",
        (2019, 12, 19),
        [
            0.06126285052944344,
            0.009971374593308989,
            0.015319898439573505,
            0.025294155213699366,
            0.01097065955641974,
            0.5105850249046181,
            0.05507822537867606,
            0.06425890679985145,
            0.02955971430660373,
            0.08224188372766751,
            0.05210911358610278,
        ],
    ),
    (
        "HYG",
        "SPY",
        (2020, 1, 3),
        [
            0.08868472385257677,
            0.0004930766524243569,
            0.07970408600884105,
            0.017033946671484633,
            0.17987443076136386,
            0.4765911872673402,
            0.20948711355212452,
            0.01784605370605739,
            0.013959992287795762,
            0.009579976893236891,
            0.06885442819885809,
        ],
    ),
    (
        "SPY",
        "TLT",
        (2019, 12, 19),
        [
            0.08378780130355919,
            0.02017480307782847,
            0.1079261628651995,
            0.001147571926473546,
            0.012522170306298434,
            0.1141999424941533,
            0.036010598393715156,
            0.04437872540046005,
            0.0294499343801783,
            0.004429510415781873,
            0.05272259535651246,
        ],
    ),
    (
        "IWM",
        "RSP",
        (2019, 12, 19),
        [
            0.04865476740129289,
            0.0659962436419241,
            0.04849769324594693,
            0.07594649244044997,
            0.10847416697453564,
            0.38187486474898136,
            0.1698050716178611,
            0.0539966553219487,
            0.008721068021190935,
            0.063194176950281,
            0.07399082731748385,
        ],
    ),
];

/// Counts what a reader says beside its rows.
#[derive(Default)]
struct Counted {
    refused: Vec<Refusal>,
    repeated: u64,
    missing: u64,
}

impl Sink for Counted {
    fn rows(&mut self, _: Observations) -> Result<(), SinkClosed> {
        Ok(())
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.refused.push(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.repeated += defect.rows;
    }
    fn progress(&mut self, _: u64, _: u64) {}
    fn missing(&mut self, values: u64) {
        self.missing += values;
    }
}

fn bars(data: &std::path::Path, symbol: &str) -> (MinuteBars, Counted) {
    let mut counted = Counted::default();
    let bars = read(&data.join(format!("prices/intraday/{symbol}.csv")), &mut counted).unwrap();
    (bars, counted)
}

fn of_day(bars: &MinuteBars, day: Day) -> (Vec<i64>, Vec<f64>) {
    let rows = bars.day.partition_point(|d| *d < day)..bars.day.partition_point(|d| *d <= day);
    (bars.moment[rows.clone()].iter().map(|m| m.0 / 60_000_000).collect(), bars.close[rows].iter().map(|c| c.ln()).collect())
}

#[test]
fn contrasts_of_minutes_as_the_package_has_them() {
    let Some(data) = real::data() else { return };
    for (first, second, (year, month, day), theirs) in PACKAGE {
        let day = Day::ymd(year, month, day);
        let (x, y) = (of_day(&bars(&data, first).0, day), of_day(&bars(&data, second).0, day));
        let (x, y) = (Ticks { time: &x.0, value: &x.1 }, Ticks { time: &y.0, value: &y.1 });
        let ours = lead_lag(x, y, 1, 5).unwrap();
        println!(
            "{first} {second} {day}: lag {} min, correlation {:.4}, ratio {:.3}",
            ours.lag,
            ours.strength(),
            ours.ratio.unwrap()
        );
        for (k, (a, b)) in ours.correlation.iter().zip(theirs).enumerate() {
            assert!((a.abs() - b).abs() < 1e-10, "{first} {second} at {}: {} and {b}", k as i64 - 5, a.abs());
        }
    }
}

#[test]
fn every_row_of_the_minute_bars_is_accounted_for() {
    let Some(data) = real::data() else { return };
    // Rows of each file without its header, as `wc -l` counts them.
    for (symbol, rows) in [("HYG", 6765), ("IJR", 4859), ("IWM", 1937), ("RSP", 1532), ("SPY", 13435), ("TLT", 6798)] {
        let (bars, counted) = bars(&data, symbol);
        let all = bars.close.len() as u64 + counted.repeated + counted.missing + counted.refused.len() as u64;
        println!(
            "{symbol}: {} bars, {} repeated, {} without a close, {} refused",
            bars.close.len(),
            counted.repeated,
            counted.missing,
            counted.refused.len()
        );
        assert_eq!(all, rows, "{symbol}");
    }
}

#[test]
fn six_funds_in_all_pairs_and_a_planted_delay_among_them() {
    let Some(data) = real::data() else { return };
    let symbols = ["HYG", "IJR", "SPY", "TLT"];
    let mut all: Vec<MinuteBars> = symbols.iter().map(|s| bars(&data, s).0).collect();
    // The small-cap fund, written down four minutes late.
    let mut late = all[1].clone();
    late.moment.iter_mut().for_each(|m| m.0 += 4 * 60_000_000);
    all.push(late);
    let columns: Vec<(Vec<i64>, Vec<f64>)> = all
        .iter()
        .map(|b| (b.moment.iter().map(|m| m.0 / 60_000_000).collect(), b.close.iter().map(|c| c.ln()).collect()))
        .collect();
    let ticks: Vec<Ticks> = columns.iter().map(|c| Ticks { time: &c.0, value: &c.1 }).collect();
    let mut blocks: Vec<(i64, i64)> = Vec::new();
    for day in all.iter().flat_map(|b| b.day.iter().copied()).collect::<std::collections::BTreeSet<_>>() {
        let minutes =
            all.iter().flat_map(|b| b.day.iter().zip(&b.moment)).filter(|(d, _)| **d == day).map(|(_, m)| m.0 / 60_000_000);
        blocks.push(minutes.fold((i64::MAX, i64::MIN), |(a, b), m| (a.min(m), b.max(m))));
    }
    let grid = Grid::new(&ticks, Clock { blocks, step: 1, reach: 10 }).unwrap();
    for ((i, j), found) in grid.pairs() {
        let found = found.unwrap();
        let p = grid.asymmetry(i, j, Chance { block: 30, ..Chance::default() }).unwrap();
        if j == 4 && i == 1 {
            assert_eq!((found.lag, p), (4, 1.0 / 500.0));
            assert!(found.strength() > 0.99);
            assert_eq!(grid.pair(4, 1).unwrap().lag, -4);
        } else if j == 4 && i == 2 {
            // What moves with it leads the late copy by the same minutes.
            assert_eq!(found.lag, 4);
        }
    }
}
