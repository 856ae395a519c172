//! Marks lie where their values say.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::charts::svg;
use plimsoll_report::model::*;
use plimsoll_report::svg::Size;

const SIZES: [Size; 3] = [Size::WIDE, Size::NARROW, Size::SMALL];

fn draw(plot: Plot, size: Size) -> String {
    svg(&Chart::new("c", "finding", plot), size, "t")
}

fn number(tag: &str, name: &str) -> f64 {
    let start = tag.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {tag}")) + name.len() + 3;
    tag[start..start + tag[start..].find('"').unwrap()].parse().unwrap()
}

/// Elements with this class, as their tags.
fn elements<'a>(svg: &'a str, start: &str) -> Vec<&'a str> {
    svg.match_indices(start).map(|(i, _)| &svg[i..i + svg[i..].find('>').unwrap()]).collect()
}

/// The points of a path of straight lines.
fn points(tag: &str) -> Vec<(f64, f64)> {
    let d = &tag[tag.find(" d=\"").unwrap() + 4..];
    let d = &d[..d.find('"').unwrap()];
    d.split(['M', 'L'])
        .filter(|p| !p.is_empty())
        .map(|p| {
            let (x, y) = p.trim_end_matches('Z').split_once(' ').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        })
        .collect()
}

#[test]
fn bars_begin_at_zero_and_are_as_long_as_their_values() {
    for size in SIZES {
        let row = |label: &str, value| Bar { label: label.into(), value: Some(value), tone: Tone::Rest };
        let out = draw(
            Plot::Bars {
                unit: Unit::Fraction,
                rows: vec![row("a", 0.2), row("b", -0.1), row("c", 0.05)],
                reference: None,
                signed: true,
            },
            size,
        );
        let bars = elements(&out, "<rect class=\"f-rest\"");
        let edges: Vec<(f64, f64)> = bars.iter().map(|b| (number(b, "x"), number(b, "x") + number(b, "width"))).collect();
        let zero = points(elements(&out, "<path class=\"zero\"")[0])[0].0;
        assert!(
            (edges[0].0 - zero).abs() < 0.11 && (edges[1].1 - zero).abs() < 0.11 && (edges[2].0 - zero).abs() < 0.11,
            "{edges:?} {zero}"
        );
        let long = |i: usize| edges[i].1 - edges[i].0;
        assert!((long(0) / long(1) - 2.0).abs() < 0.02 && (long(0) / long(2) - 4.0).abs() < 0.05, "{edges:?}");
        assert!(edges.iter().all(|e| e.0 >= 0.0 && e.1 <= size.width));
    }
}

#[test]
fn a_bar_without_a_value_is_a_dash_and_no_bar() {
    let row = |value| Bar { label: "a".into(), value, tone: Tone::Rest };
    let out = draw(
        Plot::Bars {
            unit: Unit::Fraction,
            rows: vec![row(Some(0.1)), row(None), row(Some(f64::NAN))],
            reference: None,
            signed: true,
        },
        Size::SMALL,
    );
    assert_eq!(elements(&out, "<rect class=\"f-rest\"").len(), 1);
    assert_eq!(out.matches(">\u{2013}<").count(), 2);
}

#[test]
fn a_share_has_no_sign_and_a_change_has_one() {
    for signed in [true, false] {
        let rows = vec![Bar { label: "a".into(), value: Some(0.409), tone: Tone::Rest }];
        let reference = Some(Level { value: 0.5, label: "all".into() });
        let out = draw(Plot::Bars { unit: Unit::Fraction, rows, reference, signed }, Size::SMALL);
        assert_eq!(out.contains("+40.9"), signed, "{out}");
        assert_eq!(out.contains("+50.0"), signed, "{out}");
        assert!(out.contains("40.9") && out.contains("50.0"));
    }
}

fn days(n: i32) -> Vec<Day> {
    (0..n).map(|i| Day::ymd(2024, 1, 1).plus(i)).collect()
}

fn lines(values: Vec<f64>, levels: Vec<Level>) -> Plot {
    let n = values.len() as i32;
    Plot::Lines {
        unit: Unit::Number,
        series: vec![Series::new("s", Tone::Rest, days(n), values)],
        levels,
        extremes: vec![],
        time: TimeMarks::default(),
    }
}

#[test]
fn a_threshold_lies_on_the_grid_line_of_its_value() {
    for size in SIZES {
        let out = draw(lines(vec![0.0, 4.0, 2.0, 3.0], vec![Level { value: 2.0, label: "t".into() }]), size);
        let threshold = points(elements(&out, "<path class=\"threshold\"")[0]);
        assert_eq!(threshold[0].1, threshold[1].1);
        let line = points(elements(&out, "<path class=\"ln s-rest\"")[0]);
        assert_eq!(line.len(), 4);
        assert!((line[2].1 - threshold[0].1).abs() < 0.11, "the third value is the threshold");
        let grid = elements(&out, "<path class=\"grid\"").into_iter().chain(elements(&out, "<path class=\"zero\""));
        assert!(grid.map(|g| points(g)[0].1).any(|y| (y - threshold[0].1).abs() < 0.11), "2 is a tick");
        assert!(line[1].1 < line[3].1 && line[3].1 < line[2].1 && line[2].1 < line[0].1, "higher values lie higher");
    }
}

#[test]
fn a_threshold_beyond_the_data_stays_in_view() {
    let out = draw(lines(vec![0.1, 0.2], vec![Level { value: 5.0, label: "far".into() }]), Size::SMALL);
    let y = points(elements(&out, "<path class=\"threshold\"")[0])[0].1;
    assert!(y > 0.0 && y < Size::SMALL.height);
}

#[test]
fn a_gap_in_the_data_is_a_gap_in_the_line() {
    let out = draw(lines(vec![1.0, 2.0, f64::NAN, 2.0, 1.0], vec![]), Size::WIDE);
    let path = elements(&out, "<path class=\"ln s-rest\"")[0];
    assert_eq!(path.matches('M').count(), 2);
    assert!(!draw(lines(vec![f64::NAN; 5], vec![]), Size::WIDE).contains("<path class=\"ln"), "nothing is drawn of nothing");
}

#[test]
fn stacked_columns_add_up() {
    let part = |name: &str, tone, v: f64| Part { name: name.into(), tone, values: vec![v] };
    let parts = vec![part("a", Tone::Giants, 0.25), part("b", Tone::Rest, 0.75)];
    let out = draw(Plot::Columns { unit: Unit::Fraction, categories: vec!["x".into()], parts, grouped: false }, Size::WIDE);
    let (a, b) = (elements(&out, "<rect class=\"f-giants")[0], elements(&out, "<rect class=\"f-rest")[0]);
    assert!((number(b, "height") / number(a, "height") - 3.0).abs() < 0.02);
    assert!((number(b, "y") + number(b, "height") - number(a, "y")).abs() < 0.11, "b stands on a");
    let zero = points(elements(&out, "<path class=\"zero\"").last().unwrap())[0].1;
    assert!((number(a, "y") + number(a, "height") - zero).abs() < 0.11, "a stands on zero");
}

#[test]
fn end_labels_do_not_overlap_and_stay_inside() {
    for size in SIZES {
        let names = ["The seven", "Without the seven", "Equal weight of the index", "Small caps", "Cap weight"];
        let series = names
            .iter()
            .enumerate()
            .map(|(i, n)| Series::new(n, Tone::Rest, days(30), (0..30).map(|k| f64::from(k) * 0.01 + i as f64 * 1e-4).collect()));
        let plot = Plot::Lines {
            unit: Unit::Fraction,
            series: series.collect(),
            levels: vec![],
            extremes: vec![],
            time: TimeMarks::default(),
        };
        let out = draw(plot, size);
        let mut y: Vec<f64> = elements(&out, "<text class=\"lb t-rest\"").iter().map(|t| number(t, "y")).collect();
        assert!(y.len() >= 5);
        y.sort_by(f64::total_cmp);
        assert!(y.windows(2).all(|w| w[1] - w[0] >= 13.5), "{y:?}");
        assert!(y[0] > 8.0 && *y.last().unwrap() < size.height, "{y:?}");
    }
}

#[test]
fn intervals_lie_around_their_values() {
    let rows =
        vec![Interval { label: "r".into(), value: Some(2.0), range: Some((1.0, 3.0)), threshold: Some(1.5), tone: Tone::Giants }];
    let out = draw(Plot::Intervals { unit: Unit::Number, rows, levels: vec![] }, Size::SMALL);
    let line = points(elements(&out, "<path class=\"ln interval s-giants\"")[0]);
    let dot = number(elements(&out, "<circle class=\"f-giants knob\"")[0], "cx");
    assert!((dot - (line[0].0 + line[1].0) / 2.0).abs() < 0.11);
    let tick = points(elements(&out, "<path class=\"bound\"")[0])[0].0;
    assert!((tick - (line[0].0 + (line[1].0 - line[0].0) * 0.25)).abs() < 0.11);
}

#[test]
fn full_colour_is_the_limit_of_the_scale() {
    let values = vec![vec![Some(0.1), Some(-0.05), Some(0.0), None, Some(9.0)]];
    let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
    let out = draw(
        Plot::HeatMap {
            unit: Unit::Fraction,
            rows: names(1),
            columns: names(5),
            values,
            scale: HeatScale::Diverging { limit: 0.1 },
            marks: vec![],
        },
        Size::WIDE,
    );
    let opacity: Vec<f64> = elements(&out, "<rect class=\"f-rest\"").iter().map(|t| number(t, "fill-opacity")).collect();
    assert_eq!(opacity, [0.9, 0.0, 0.9]);
    assert_eq!(number(elements(&out, "<rect class=\"f-giants\"")[0], "fill-opacity"), 0.45);
    assert_eq!(elements(&out, "<rect class=\"empty\"").len(), 1);
}

#[test]
fn a_path_lies_on_its_map_where_its_steps_say() {
    let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
    let point = |label: &str, column, row| TrailPoint { label: label.into(), column, row, says: String::new() };
    let values = (0..4).map(|i| (0..8).map(|j| Some(f64::from(i * 8 + j) / 100.0)).collect()).collect();
    let out = draw(
        Plot::Map {
            unit: Unit::Fraction,
            columns: names(8),
            columns_name: "first cut".into(),
            rows: names(4),
            rows_name: "total".into(),
            values,
            trail: vec![point("then", 6.5, 0.5), point("now", 2.0, 3.0), point("beyond", 40.0, -3.0)],
            trail_name: "as priced".into(),
        },
        Size::WIDE,
    );
    let cells = elements(&out, "<rect class=\"f-rest\"");
    assert_eq!(cells.len(), 32);
    // Rows run upwards: the first cell is the lower left one, the last the upper right one, and the fullest.
    let (first, last) = (cells[0], cells[31]);
    assert!(number(first, "y") > number(last, "y") && number(first, "x") < number(last, "x"));
    assert!(number(first, "fill-opacity") < number(last, "fill-opacity"));
    let dots = elements(&out, "<circle class=\"f-giants\"");
    // In the middle of the seventh column of the lowest row; on the corner of four cells; and, from beyond, at the edge.
    assert!((number(dots[0], "cx") - (number(cells[6], "x") + (number(cells[6], "width") + 1.0) / 2.0)).abs() < 0.3);
    assert!((number(dots[0], "cy") - (number(first, "y") + number(first, "height") / 2.0)).abs() < 0.8);
    assert!((number(dots[1], "cx") - number(cells[2], "x")).abs() < 0.3);
    assert!((number(dots[1], "cy") - number(cells[16], "y")).abs() < 1.3);
    assert!(number(dots[2], "cx") < 700.0 && number(dots[2], "cy") < number(first, "y") + number(first, "height"));
    assert!(out.contains(">then<") && out.contains(">beyond<"));
}

/// Every kind of plot over any values: nothing panics, and nothing that is no number is written.
#[test]
fn any_values_make_a_sound_drawing() {
    let odd = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e300,
        -1e300,
        1e-300,
        f64::MIN_POSITIVE / 8.0,
        1e16,
        0.1,
        f64::MAX,
        f64::MIN,
    ];
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for round in 0..600 {
        let n = next() % 7;
        let tame = round % 3 == 0;
        let mut value = || if tame { (next() % 2000) as f64 / 1000.0 - 1.0 } else { odd[next() % odd.len()] };
        let mut list = |n: usize| (0..n).map(|_| value()).collect::<Vec<f64>>();
        let series = |name: &str, v: Vec<f64>| Series::new(name, Tone::Rest, days(v.len() as i32), v);
        let part = |v: Vec<f64>| Part { name: "part".into(), tone: Tone::Giants, values: v };
        let band = |low: Vec<f64>, high: Vec<f64>| Band { label: "band".into(), low, high };
        let (a, b, c, d) = (list(n), list(n), list(n), list(n));
        let one = list(4);
        let levels = vec![Level { value: one[0], label: "level".into() }];
        let time = TimeMarks {
            as_of: Some(Day::ymd(2024, 1, 3)),
            rules: vec![Rule { day: Day::ymd(2024, 1, 2), label: "r".into() }],
            ..TimeMarks::default()
        };
        let unit = [Unit::Fraction, Unit::Dollars, Unit::Count, Unit::PercentPerYear, Unit::Number][round % 5];
        let names: Vec<String> = (0..n).map(|i| format!("name {i}")).collect();
        let plots = vec![
            Plot::Lines {
                unit,
                series: vec![series("x", a.clone()), series("y", b.clone())],
                levels: levels.clone(),
                extremes: vec![Extreme { day: Day::ymd(2024, 1, 1), value: one[1], label: "e".into() }],
                time: time.clone(),
            },
            Plot::Map {
                unit,
                columns: names.clone(),
                columns_name: "columns".into(),
                rows: names.clone(),
                rows_name: "rows".into(),
                values: vec![a.iter().map(|v| Some(*v)).collect(); n],
                trail: a
                    .iter()
                    .zip(&b)
                    .map(|(x, y)| TrailPoint { label: "t".into(), column: *x, row: *y, says: "s".into() })
                    .collect(),
                trail_name: "trail".into(),
            },
            Plot::Gap {
                unit,
                first: series("x", a.clone()),
                second: series("y", b.clone()),
                label: "gap".into(),
                time: time.clone(),
            },
            Plot::Contributions {
                unit,
                days: days(n as i32),
                parts: vec![part(a.clone()), part(b.clone())],
                total: part(c.clone()),
                time: time.clone(),
            },
            Plot::Area {
                unit,
                series: series("x", a.clone()),
                history: Some(HistoryBand { low: one[1], middle: one[2], high: one[3], label: "h".into() }),
                levels: levels.clone(),
                time: time.clone(),
            },
            Plot::Fan {
                unit,
                days: days(n as i32),
                bands: vec![band(a.clone(), b.clone())],
                series: vec![series("x", c.clone())],
                levels: levels.clone(),
                time: time.clone(),
            },
            Plot::Steps {
                unit,
                series: vec![series("x", a.clone())],
                days: days(n as i32),
                bands: vec![band(c.clone(), d.clone())],
                dots: vec![Dot { day: Day::ymd(2024, 1, 1), value: one[1] }],
                dots_name: "d".into(),
                time,
            },
            Plot::Bars {
                unit,
                rows: a.iter().map(|v| Bar { label: "bar".into(), value: Some(*v), tone: Tone::Rest }).collect(),
                reference: Some(levels[0].clone()),
                signed: round % 3 == 0,
            },
            Plot::Columns {
                unit,
                categories: names.clone(),
                parts: vec![part(a.clone()), part(b.clone())],
                grouped: round % 2 == 0,
            },
            Plot::HeatMap {
                unit,
                rows: names.clone(),
                columns: names.clone(),
                values: vec![a.iter().map(|v| Some(*v)).collect()],
                scale: HeatScale::Diverging { limit: one[1] },
                marks: vec![CellMark { row: 0, column: 9, label: "m".into() }],
            },
            Plot::HeatMap {
                unit,
                rows: names.clone(),
                columns: names.clone(),
                values: vec![],
                scale: HeatScale::Sequential { low: one[1], high: one[2] },
                marks: vec![],
            },
            Plot::Intervals {
                unit,
                rows: a
                    .iter()
                    .zip(&b)
                    .map(|(v, r)| Interval {
                        label: "row".into(),
                        value: Some(*v),
                        range: Some((*r, *v)),
                        threshold: Some(*r),
                        tone: Tone::Rest,
                    })
                    .collect(),
                levels: levels.clone(),
            },
            Plot::Histogram {
                unit,
                edges: d.clone(),
                groups: vec![Distribution { name: "g".into(), tone: Tone::Rest, shares: a.clone(), n: 3, median: Some(one[2]) }],
                levels,
            },
            Plot::EventStudy {
                unit,
                offsets: (0..n as i32).map(|i| i - 2).collect(),
                offsets_name: "sessions".into(),
                paths: vec![EventPath { name: "p".into(), tone: Tone::Rest, mean: a, low: b, high: c.clone() }],
                placebo: Some(band(c, d)),
            },
        ];
        for plot in plots {
            for size in [Size::WIDE, Size::SMALL] {
                let out = draw(plot.clone(), size);
                for bad in ["NaN", "inf\"", "\"-inf", ">inf", "inf "] {
                    assert!(!out.contains(bad), "{bad} in round {round}: {plot:?}");
                }
            }
            let _ = plimsoll_report::charts::table(&plot);
        }
    }
}
