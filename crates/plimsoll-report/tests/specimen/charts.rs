//! Seven invented sections that between them use every kind of chart.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::*;

use super::today;
use super::world::{noise, reverting, walk, weekdays};

const FOOT: &str = "Source: invented numbers, vintage 2024-02-02.";

fn fomc() -> TimeMarks {
    let days = [
        (2023, 2, 1),
        (2023, 3, 22),
        (2023, 5, 3),
        (2023, 6, 14),
        (2023, 7, 26),
        (2023, 9, 20),
        (2023, 11, 1),
        (2023, 12, 13),
        (2024, 1, 31),
    ];
    let rules = days.map(|(y, m, d)| Rule { day: Day::ymd(y, m, d), label: String::new() }).to_vec();
    TimeMarks { rules, rules_name: "FOMC meetings".into(), ..TimeMarks::default() }
}

fn year() -> Vec<Day> {
    weekdays(Day::ymd(2023, 1, 30), today())
}

fn figure(label: &str, value: Option<f64>, unit: Unit, note: &str, method: &str) -> Figure {
    Figure {
        label: label.into(),
        value,
        unit,
        n: Some(500).filter(|_| unit == Unit::Fraction),
        note: (!note.is_empty()).then(|| note.to_owned()),
        method: (!method.is_empty()).then(|| method.to_owned()),
    }
}

fn chart(id: &str, title: &str, subtitle: &str, plot: Plot) -> Chart {
    Chart::new(id, title, plot).subtitle(subtitle).foot(FOOT)
}

fn rebased() -> Plot {
    let days = year();
    let n = days.len();
    let line = |seed, drift, deviation| walk(seed, n, drift, deviation);
    Plot::Lines {
        unit: Unit::Fraction,
        series: vec![
            Series::new("S&P 500", Tone::Whole, days.clone(), line(1, 0.0009, 0.006)).weight(Weight::Heavy),
            Series::new("The seven", Tone::Giants, days.clone(), line(2, 0.0029, 0.011)).weight(Weight::Heavy),
            Series::new("Equal weight", Tone::Context, days.clone(), line(3, 0.0002, 0.006)).dash(Dash::Dashed),
            Series::new("Without the seven", Tone::Rest, days.clone(), line(4, 0.0003, 0.006)),
            Series::new("Russell 2000", Tone::Rest, days, line(5, 0.0002, 0.008)).dash(Dash::Dotted),
        ],
        levels: vec![],
        extremes: vec![],
        time: fomc(),
    }
}

fn contributions(columns: bool) -> Plot {
    let days = year();
    let n = days.len();
    let seven = walk(12, n, 0.0006, 0.004);
    let rest = walk(13, n, 0.0003, 0.005);
    if columns {
        let months = ["Aug", "Sep", "Oct", "Nov", "Dec", "Jan"].map(str::to_owned).to_vec();
        let part = |name: &str, tone, seed: u64| Part {
            name: name.into(),
            tone,
            values: (0..6).map(|i| noise(seed + i) * 0.06 - 0.022).collect(),
        };
        return Plot::Columns {
            unit: Unit::FractionPoints,
            categories: months,
            parts: vec![part("The seven", Tone::Giants, 70), part("The rest", Tone::Rest, 90)],
            grouped: false,
        };
    }
    let total = seven.iter().zip(&rest).map(|(a, b)| a + b).collect();
    Plot::Contributions {
        unit: Unit::FractionPoints,
        days,
        parts: vec![
            Part { name: "The seven".into(), tone: Tone::Giants, values: seven },
            Part { name: "The other 496".into(), tone: Tone::Rest, values: rest },
        ],
        total: Part { name: "S&P 500".into(), tone: Tone::Whole, values: total },
        time: TimeMarks::default(),
    }
}

fn gap() -> Plot {
    let days = year();
    let index: Vec<f64> = reverting(21, days.len(), -0.045, 0.007).iter().map(|v| v.min(0.0)).collect();
    let median = reverting(22, days.len(), -0.17, 0.009);
    Plot::Gap {
        unit: Unit::Fraction,
        first: Series::new("S&P 500", Tone::Whole, days.clone(), index).weight(Weight::Heavy),
        second: Series::new("Median small cap", Tone::Rest, days, median),
        label: "Masking gap 13.1 pp".into(),
        time: TimeMarks::default(),
    }
}

fn share() -> Plot {
    let days = weekdays(Day::ymd(2021, 2, 1), today());
    let values = reverting(31, days.len(), 0.48, 0.03).iter().map(|v| v.clamp(0.02, 0.98)).collect();
    Plot::Area {
        unit: Unit::Fraction,
        series: Series::new("Russell 2000", Tone::Rest, days, values),
        history: Some(HistoryBand {
            low: 0.22,
            middle: 0.46,
            high: 0.78,
            label: "10th to 90th percentile since 2021-02-01".into(),
        }),
        levels: vec![],
        time: TimeMarks {
            shades: vec![Shade { from: Day::ymd(2022, 1, 4), to: Day::ymd(2022, 10, 12), label: "bear market".into() }],
            ..TimeMarks::default()
        },
    }
}

fn fan() -> Plot {
    let days = year();
    let n = days.len();
    let middle = reverting(41, n, -0.2, 0.006);
    let edge = |k: f64| middle.iter().map(|v| (v + k).min(0.0)).collect::<Vec<f64>>();
    Plot::Fan {
        unit: Unit::Fraction,
        days: days.clone(),
        bands: vec![
            Band { label: "10th to 90th percentile".into(), low: edge(-0.34), high: edge(0.16) },
            Band { label: "25th to 75th percentile".into(), low: edge(-0.16), high: edge(0.09) },
        ],
        series: vec![
            Series::new("Median member", Tone::Rest, days.clone(), middle),
            Series::new("Index", Tone::Whole, days, reverting(42, n, -0.06, 0.006)).weight(Weight::Heavy),
        ],
        levels: vec![Level { value: -0.2, label: "bear market".into() }],
        time: TimeMarks::default(),
    }
}

fn bars() -> Plot {
    let bar = |label: &str, value: f64, tone| Bar { label: label.into(), value: Some(value), tone };
    Plot::Bars {
        unit: Unit::FractionPoints,
        rows: vec![
            bar("Microsoft", 0.0312, Tone::Giants),
            bar("Apple", 0.0291, Tone::Giants),
            bar("NVIDIA", 0.0287, Tone::Giants),
            bar("Amazon", 0.0178, Tone::Giants),
            bar("Alphabet", 0.0162, Tone::Giants),
            bar("Meta", 0.0148, Tone::Giants),
            bar("Tesla", -0.0051, Tone::Giants),
            bar("All other members of the index", 0.0931, Tone::Rest),
        ],
        reference: None,
        signed: true,
    }
}

fn leadership() -> Plot {
    let names = [
        ("Technology", 0.081),
        ("Communication", 0.064),
        ("Industrials", 0.012),
        ("Materials", -0.031),
        ("Utilities", -0.048),
        ("Real estate", -0.052),
    ];
    let mut rows: Vec<Bar> = names
        .iter()
        .map(|(n, v)| Bar { label: (*n).into(), value: Some(*v), tone: if *v > 0.05 { Tone::Giants } else { Tone::Rest } })
        .collect();
    rows.push(Bar { label: "Not priced".into(), value: None, tone: Tone::Context });
    Plot::Bars { unit: Unit::Fraction, rows, reference: Some(Level { value: 0.024, label: "Index".into() }), signed: true }
}

fn negative() -> Plot {
    let rows = ["Banks", "Biotechnology", "Retail"]
        .iter()
        .enumerate()
        .map(|(i, n)| Bar { label: (*n).into(), value: Some(-0.04 - 0.03 * i as f64), tone: Tone::Rest })
        .collect();
    Plot::Bars { unit: Unit::Fraction, rows, reference: None, signed: true }
}

fn yields() -> Plot {
    let days = weekdays(Day::ymd(2023, 2, 1), Day::ymd(2024, 2, 1));
    let ten = reverting(51, days.len(), 4.1, 0.06);
    let mut two = reverting(52, days.len(), 4.6, 0.07);
    two[120..128].fill(f64::NAN);
    let at = |cmp: fn(&f64, &f64) -> std::cmp::Ordering| (0..ten.len()).max_by(|a, b| cmp(&ten[*a], &ten[*b])).unwrap();
    let (high, low) = (at(f64::total_cmp), at(|a, b| b.total_cmp(a)));
    let mark =
        |i: usize, word: &str| Extreme { day: days[i], value: ten[i], label: format!("{word} {:.2} %, {}", ten[i], days[i]) };
    Plot::Lines {
        unit: Unit::PercentPerYear,
        extremes: vec![mark(high, "high"), mark(low, "low")],
        series: vec![
            Series::new("10-year", Tone::Whole, days.clone(), ten.clone()).weight(Weight::Heavy),
            Series::new("2-year", Tone::Context, days, two).weight(Weight::Thin),
        ],
        levels: vec![],
        time: fomc(),
    }
}

fn policy() -> Plot {
    let meetings: Vec<Day> = [
        (2024, 1, 31),
        (2024, 3, 20),
        (2024, 5, 1),
        (2024, 6, 12),
        (2024, 7, 31),
        (2024, 9, 18),
        (2024, 11, 7),
        (2024, 12, 18),
        (2025, 1, 29),
    ]
    .map(|(y, m, d)| Day::ymd(y, m, d))
    .to_vec();
    let now = vec![5.33, 5.28, 5.08, 4.85, 4.65, 4.45, 4.28, 4.11, 4.0];
    let then = vec![5.33, 5.16, 4.9, 4.66, 4.4, 4.2, 4.0, 3.85, 3.74];
    let band = |label: &str, k: f64| Band {
        label: label.into(),
        low: now.iter().enumerate().map(|(i, v)| v - k * (i as f64).sqrt()).collect(),
        high: now.iter().enumerate().map(|(i, v)| v + k * (i as f64).sqrt()).collect(),
    };
    Plot::Steps {
        unit: Unit::PercentPerYear,
        days: meetings.clone(),
        bands: vec![band("5th to 95th percentile", 0.3), band("25th to 75th percentile", 0.13)],
        series: vec![
            Series::new("Priced now", Tone::Rest, meetings.clone(), now.clone()).weight(Weight::Heavy),
            Series::new("A week ago", Tone::Context, meetings, then).dash(Dash::Dashed),
        ],
        dots: (0..12).map(|i| Dot { day: Day::ymd(2024, 12, 31), value: 3.875 + 0.125 * f64::from(i % 8) }).collect(),
        dots_name: "Projections of the Committee, December 2023".into(),
        time: TimeMarks { as_of: Some(today()), ..TimeMarks::default() },
    }
}

fn probabilities() -> Plot {
    let categories = ["20 Mar", "1 May", "12 Jun", "31 Jul", "18 Sep", "7 Nov", "18 Dec"].map(str::to_owned).to_vec();
    let rows = [
        [0.8, 0.2, 0.0, 0.0],
        [0.35, 0.52, 0.13, 0.0],
        [0.08, 0.4, 0.42, 0.1],
        [0.03, 0.2, 0.42, 0.35],
        [0.01, 0.09, 0.3, 0.6],
        [0.0, 0.05, 0.2, 0.75],
        [0.0, 0.02, 0.13, 0.85],
    ];
    let part = |k: usize, name: &str| Part { name: name.into(), tone: Tone::Rest, values: rows.iter().map(|r| r[k]).collect() };
    Plot::Columns {
        unit: Unit::Fraction,
        categories,
        parts: vec![part(3, "three cuts or more"), part(2, "two cuts"), part(1, "one cut"), part(0, "no cut")],
        grouped: false,
    }
}

fn ladder() -> Plot {
    let categories = ["2024", "2025", "2026", "2027", "2028", "after"].map(str::to_owned).to_vec();
    Plot::Columns {
        unit: Unit::Dollars,
        categories,
        parts: vec![
            Part { name: "Small caps".into(), tone: Tone::Giants, values: vec![41e9, 62e9, 88e9, 71e9, 60e9, 130e9] },
            Part { name: "Large caps".into(), tone: Tone::Rest, values: vec![210e9, 260e9, 240e9, 230e9, 190e9, 0.0] },
        ],
        grouped: true,
    }
}

fn coverage() -> Plot {
    let edges = vec![f64::NEG_INFINITY, -2.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, f64::INFINITY];
    Plot::Histogram {
        unit: Unit::Multiple,
        edges,
        groups: vec![
            Distribution {
                name: "Small caps".into(),
                tone: Tone::Giants,
                shares: vec![0.16, 0.12, 0.13, 0.12, 0.16, 0.14, 0.1, 0.07],
                n: 1_204,
                median: Some(1.6),
            },
            Distribution {
                name: "Large caps".into(),
                tone: Tone::Rest,
                shares: vec![0.01, 0.02, 0.04, 0.08, 0.19, 0.27, 0.24, 0.15],
                n: 421,
                median: Some(7.4),
            },
        ],
        levels: vec![Level { value: 1.0, label: "covers its interest at".into() }],
    }
}

fn intervals() -> Plot {
    let row = |label: &str, value: f64, half: f64, tone| Interval {
        label: label.into(),
        value: Some(value),
        range: Some((value - half, value + half)),
        threshold: None,
        tone,
    };
    Plot::Intervals {
        unit: Unit::Number,
        rows: vec![
            row("Small minus large", -1.41, 0.5, Tone::Giants),
            row("Small caps, leverage above median", -2.2, 0.9, Tone::Rest),
            row("Small caps, leverage below median", -0.7, 0.7, Tone::Rest),
            Interval { label: "Biotechnology".into(), value: None, range: None, threshold: None, tone: Tone::Context },
        ],
        levels: vec![Level { value: -1.0, label: "holds \u{2264} \u{2212}1.00".into() }],
    }
}

fn months() -> Plot {
    let rows: Vec<String> = (2015..=2024).map(|y| y.to_string()).collect();
    let mut columns: Vec<String> =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].map(str::to_owned).to_vec();
    columns.push("Year".into());
    let values = (0..rows.len())
        .map(|i| {
            (0..13)
                .map(|j| (i < 9 || j == 0).then(|| (noise((i * 13 + j) as u64) - 0.47) * if j == 12 { 0.4 } else { 0.16 }))
                .collect()
        })
        .collect();
    Plot::HeatMap { unit: Unit::Fraction, rows, columns, values, scale: HeatScale::Diverging { limit: 0.08 }, marks: vec![] }
}

fn leads() -> Plot {
    let names = ["SPY", "IWM", "HYG", "TLT", "XLU", "GLD"].map(str::to_owned).to_vec();
    let values = (0..6).map(|i| (0..6).map(|j| (i != j).then(|| noise(i * 6 + j + 900) * 1.6 - 0.8)).collect()).collect();
    Plot::HeatMap {
        unit: Unit::Number,
        rows: names.clone(),
        columns: names,
        values,
        scale: HeatScale::Diverging { limit: 0.8 },
        marks: vec![],
    }
}

fn survival() -> Plot {
    let rows = ["0 bp", "50 bp", "100 bp", "150 bp", "200 bp", "300 bp"].map(str::to_owned).to_vec();
    let columns = ["Mar 24", "Jun 24", "Sep 24", "Dec 24", "Mar 25", "Jun 25", "Sep 25", "Dec 25"].map(str::to_owned).to_vec();
    let values = (0..6)
        .map(|i| (0..8).map(|j| Some((0.42 + 0.09 * i as f64 - 0.035 * j as f64 * (i as f64 / 5.0)).clamp(0.0, 1.0))).collect())
        .collect();
    let way = [("2023-02-03", 6.2, 1.1), ("2023-08-04", 4.4, 2.0), ("2024-02-02", 0.6, 3.4)];
    let point = |(label, column, row): (&str, f64, f64)| TrailPoint {
        label: label.to_owned(),
        column,
        row,
        says: format!("first cut in {column:.1} quarters"),
    };
    Plot::Map {
        unit: Unit::Fraction,
        columns,
        columns_name: "quarter of the first cut".into(),
        rows,
        rows_name: "total of cuts".into(),
        values,
        trail: way.map(point).to_vec(),
        trail_name: "as priced".into(),
    }
}

fn study() -> Plot {
    let offsets: Vec<i32> = (-5..=10).collect();
    let path = |name: &str, tone, slope: f64, half: f64| {
        let mean: Vec<f64> =
            offsets.iter().map(|o| if *o < 0 { 0.0005 * f64::from(*o) } else { slope * f64::from(*o + 1).sqrt() }).collect();
        EventPath {
            name: name.into(),
            tone,
            low: mean.iter().map(|m| m - half).collect(),
            high: mean.iter().map(|m| m + half).collect(),
            mean,
        }
    };
    let placebo = Band {
        label: "90 % of placebo days".into(),
        low: offsets.iter().map(|o| -0.002 * f64::from(o.abs() + 1).sqrt()).collect(),
        high: offsets.iter().map(|o| 0.002 * f64::from(o.abs() + 1).sqrt()).collect(),
    };
    Plot::EventStudy {
        unit: Unit::Fraction,
        offsets: offsets.clone(),
        offsets_name: "sessions from the meeting".into(),
        paths: vec![path("Small caps", Tone::Rest, 0.005, 0.004), path("Large caps", Tone::Whole, 0.0018, 0.002)],
        placebo: Some(placebo),
    }
}

/// A hundred years of days, to be thinned.
pub fn century() -> Plot {
    let days = weekdays(Day::ymd(1926, 7, 1), today());
    let small = walk(81, days.len(), 0.0002, 0.01);
    let large = walk(82, days.len(), 0.00022, 0.008);
    Plot::Lines {
        unit: Unit::Number,
        series: vec![Series::new("Small", Tone::Rest, days.clone(), small), Series::new("Large", Tone::Whole, days, large)],
        levels: vec![],
        extremes: vec![],
        time: TimeMarks::default(),
    }
}

fn lonely() -> Plot {
    Plot::Lines {
        unit: Unit::Multiple,
        series: vec![Series::new("One point", Tone::Rest, vec![today()], vec![2.3])],
        levels: vec![Level { value: 1.0, label: "threshold".into() }],
        extremes: vec![],
        time: TimeMarks::default(),
    }
}

fn hollow() -> Plot {
    let days = year();
    let values = vec![f64::NAN; days.len()];
    Plot::Lines {
        unit: Unit::Multiple,
        series: vec![Series::new("Nothing", Tone::Rest, days, values)],
        levels: vec![],
        extremes: vec![],
        time: TimeMarks::default(),
    }
}

/// The sections.
pub fn sections() -> Vec<Section> {
    let section =
        |id: &str, title: &str, finding: &str, main: Chart, figures: Vec<Figure>, multiples: Vec<Chart>, wrong: &str| Section {
            id: id.into(),
            title: title.into(),
            finding: finding.into(),
            main,
            figures,
            multiples,
            wrong: wrong.into(),
        };
    vec![
        section(
            "masking",
            "Masking",
            "Seven stocks supplied 62.4 % of the index's gain over a year; the median small cap stands 17 % below its high while the index stands 4 % below.",
            chart(
                "rebased",
                "The index rose; without seven names it barely moved",
                "Total since 2023-01-30, rebased to zero, in per cent",
                rebased(),
            )
            .method("contribution_share"),
            vec![
                figure(
                    "Share of the gain from the seven",
                    Some(0.624),
                    Unit::Fraction,
                    "one year to 2024-02-02",
                    "contribution_share",
                ),
                figure("Masking gap", Some(-0.131), Unit::FractionPoints, "index drawdown minus median member's", "masking_gap"),
                figure("Members 20 % below their high", Some(0.43), Unit::Fraction, "252 sessions", "bear_share"),
                figure("Effective number of names", Some(41.3), Unit::Names, "", ""),
                figure(
                    "Share above 200-session average",
                    Some(0.481),
                    Unit::Fraction,
                    "34th percentile since 2021-02-01",
                    "share_above_average",
                ),
                figure("Float-adjusted share", None, Unit::Fraction, "no float is known for any member", ""),
            ],
            vec![
                chart(
                    "contributions",
                    "The seven carried the year",
                    "Contribution to the index since 2023-01-30, in percentage points",
                    contributions(false),
                ),
                chart("gap", "The index hides the median member", "Drawdown from the 252-session high, in per cent", gap()),
                chart("share", "Fewer than half are above their average", "Share of members above the 200-session mean", share()),
                chart("fan", "A quarter of members is in a bear market", "Drawdown of members, in per cent", fan()),
                chart("bars", "Seven names, two thirds of the gain", "Contribution over one year, in percentage points", bars()),
                chart(
                    "contribution-columns",
                    "The rest caught up in December",
                    "Contribution by month, in percentage points",
                    contributions(true),
                ),
            ],
            "If float-adjusted weights moved the share below one half, or if the median member closed the gap without the index falling.",
        ),
        section(
            "momentum",
            "Momentum",
            "Since 27 October small caps rose as much as large caps: the momentum claim fails.",
            chart(
                "leadership",
                "Technology leads again, real estate lags",
                "Return since 2023-12-27 by sector, in per cent",
                leadership(),
            ),
            vec![
                figure("Failed breakouts", Some(0.21), Unit::Fraction, "of 334 breakouts in 60 sessions", ""),
                figure("Small against large, 12-1 months", Some(-0.082), Unit::FractionPoints, "", ""),
            ],
            vec![
                chart("negative", "Every industry fell", "Return since the high, in per cent", negative()),
                chart("century", "A century of small and large", "Cumulative log return since 1926-07-01", century()),
            ],
            "If the breakouts of January fail within their 20 sessions.",
        ),
        section(
            "rates",
            "Rates",
            "The ten-year yield rose 36 bp from its December low; futures price 4.9 cuts by December, 1.2 fewer than a week ago.",
            chart("yields", "Ten-year yield back above 4 %", "Constant-maturity Treasury yields, per cent a year", yields())
                .method("yield_from_extreme"),
            vec![
                figure("Rise from the low", Some(36.2), Unit::BasisPoints, "since 2023-12-27", "yield_from_extreme"),
                figure("Ten-year yield", Some(4.15), Unit::PercentPerYear, "2024-02-01", ""),
                figure("Curve, 10-year minus 2-year", Some(-27.0), Unit::BasisPoints, "", ""),
            ],
            vec![
                chart(
                    "policy",
                    "The path was repriced upwards",
                    "Expected policy rate after each meeting, per cent a year",
                    policy(),
                ),
                chart(
                    "probabilities",
                    "A cut by June is nearly certain",
                    "Probability by number of cuts, in per cent",
                    probabilities(),
                ),
                chart("study", "Small caps react twice as much", "Average return around FOMC meetings, with 95 % band", study()),
            ],
            "If the futures' term premium, not expectations, explains the repricing.",
        ),
        section(
            "debt",
            "Debt",
            "Two in five small caps do not cover their interest; $103bn falls due within two years.",
            chart(
                "coverage",
                "Half of small caps earn less than 1.6 times their interest",
                "Share of members by interest coverage",
                coverage(),
            )
            .method("interest_coverage"),
            vec![
                figure(
                    "Interest coverage, small-cap median",
                    Some(1.6),
                    Unit::Multiple,
                    "trailing twelve months",
                    "interest_coverage",
                ),
                figure("Due within 24 months", Some(103e9), Unit::Dollars, "small caps", ""),
            ],
            vec![
                chart("ladder", "The wall stands in 2026", "Debt due by year, in dollars", ladder()),
                Chart::absent(
                    "zombies",
                    "Zombies by definition",
                    "Filings for fiscal 2023 were known for 38 % of members only; the share is not shown below 50 %.",
                )
                .subtitle("Share of members")
                .foot(FOOT),
            ],
            "If the untagged ladders hide less debt than those that are tagged.",
        ),
        section(
            "credit",
            "Credit",
            "High-yield spreads stand at 3.59 %, the 21st percentile: no stress is priced.",
            chart("hollow", "No spread is known on this day", "High-yield spread, per cent a year", hollow()),
            vec![],
            vec![chart("lonely", "A single observation", "Coverage", lonely())],
            "",
        ),
        section(
            "scenarios",
            "Scenarios",
            "Cuts of 150 bp from June save two thirds of issuers.",
            chart(
                "survival",
                "Early and deep cuts save most",
                "Share of issuers that survive, by first cut and depth, in per cent",
                survival(),
            ),
            vec![figure("Survive as priced", Some(0.655), Unit::Fraction, "", "")],
            vec![],
            "If spreads widen as rates fall.",
        ),
        section(
            "signals",
            "Signals",
            "The rotation earned nothing after its publication.",
            chart("months", "No month stands out", "Monthly return of the rotation after costs, in per cent", months()),
            vec![figure("Deflated Sharpe ratio", Some(0.31), Unit::Number, "41 trials", "")],
            vec![
                chart("leads", "Credit leads small caps", "Lead-lag ratio of row over column", leads()),
                chart("intervals", "Only leverage is sensitive", "Rate beta with 95 % interval", intervals()),
            ],
            "If the costs assumed are half of what was paid.",
        ),
    ]
}
