//! The numbers behind a chart as a small table: for screen readers and for reuse.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::last_of;
use crate::format;
use crate::model::{Line, Plot, Series};
use crate::svg::scale::drawable;

/// A table: headings, rows of cells of which the first is the row's heading, and a remark on what was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataTable {
    /// The headings.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
    /// What is shown of a longer series.
    pub remark: Option<String>,
}

/// The number of the period that a day falls into.
type PeriodOf = fn(Day) -> i32;

const MOST_ROWS: usize = 26;

/// The table behind `plot`; long series show the last value of each month, quarter or year.
pub fn table(plot: &Plot) -> Option<DataTable> {
    match plot {
        Plot::Absent { .. } => None,
        Plot::Lines { unit, series, .. } => through_time(*unit, &named(series)),
        Plot::Growth { unit, series, .. } => {
            written_through_time(&named(series), |v| v.map_or(format::MISSING.into(), |v| format::growth(*unit, v)))
        }
        Plot::Gap { unit, first, second, .. } => through_time(*unit, &[(&first.name, &first.line), (&second.name, &second.line)]),
        Plot::Area { unit, series, .. } => through_time(*unit, &[(&series.name, &series.line)]),
        Plot::Steps { unit, series, .. } => through_time(*unit, &named(series)),
        Plot::Contributions { unit, days, parts, total, .. } => {
            let lines: Vec<(String, Line)> = parts
                .iter()
                .chain([total])
                .map(|p| (p.name.clone(), Line { days: days.clone(), values: p.values.clone() }))
                .collect();
            through_time(*unit, &lines.iter().map(|(n, l)| (n.as_str(), l)).collect::<Vec<_>>())
        }
        Plot::Fan { unit, days, bands, series, .. } => {
            let edge = |label: String, v: &[f64]| (label, Line { days: days.clone(), values: v.to_vec() });
            let lines: Vec<(String, Line)> = bands
                .iter()
                .flat_map(|b| [edge(format!("{}, lower", b.label), &b.low), edge(format!("{}, upper", b.label), &b.high)])
                .chain(series.iter().map(|s| (s.name.clone(), s.line.clone())))
                .collect();
            through_time(*unit, &lines.iter().map(|(n, l)| (n.as_str(), l)).collect::<Vec<_>>())
        }
        Plot::Bars { unit, rows, signed, .. } => {
            let written = |v| if *signed { format::signed(*unit, v) } else { format::number(*unit, v) };
            let rows = rows.iter().map(|r| vec![r.label.clone(), written(r.value)]).collect();
            whole(&["", "Value"], rows)
        }
        Plot::Columns { unit, categories, parts, .. } => {
            let mut head = vec![String::new()];
            head.extend(parts.iter().map(|p| p.name.clone()));
            let row = |i: usize, c: &String| {
                let cells = parts.iter().map(|p| format::number(*unit, p.values.get(i).copied()));
                [c.clone()].into_iter().chain(cells).collect()
            };
            Some(DataTable { head, rows: categories.iter().enumerate().map(|(i, c)| row(i, c)).collect(), remark: None })
        }
        Plot::HeatMap { unit, rows, columns, values, .. } => {
            let mut head = vec![String::new()];
            head.extend(columns.iter().cloned());
            let row = |i: usize, name: &String| {
                let cell = |j: usize| format::number(*unit, values.get(i).and_then(|r| r.get(j)).copied().flatten());
                [name.clone()].into_iter().chain((0..columns.len()).map(cell)).collect()
            };
            Some(DataTable { head, rows: rows.iter().enumerate().map(|(i, n)| row(i, n)).collect(), remark: None })
        }
        Plot::Map { unit, rows, rows_name, columns, values, trail, trail_name, .. } => {
            let mut head = vec![rows_name.clone()];
            head.extend(columns.iter().cloned());
            let row = |i: usize, name: &String| {
                let cell = |j: usize| format::number(*unit, values.get(i).and_then(|r| r.get(j)).copied().flatten());
                [name.clone()].into_iter().chain((0..columns.len()).map(cell)).collect()
            };
            let points: Vec<String> = trail.iter().map(|p| format!("{}: {}", p.label, p.says)).collect();
            let remark = (!points.is_empty()).then(|| format!("{trail_name}: {}.", points.join("; ")));
            Some(DataTable { head, rows: rows.iter().enumerate().rev().map(|(i, n)| row(i, n)).collect(), remark })
        }
        Plot::Intervals { unit, rows, .. } => {
            let row = |r: &crate::model::Interval| {
                let n = |v: Option<f64>| format::number(*unit, v);
                vec![r.label.clone(), n(r.value), n(r.range.map(|x| x.0)), n(r.range.map(|x| x.1)), n(r.threshold)]
            };
            whole(&["", "Value", "Lower", "Upper", "Threshold"], rows.iter().map(row).collect())
        }
        Plot::Histogram { unit, edges, groups, .. } => {
            let mut head = vec!["Bin".to_owned()];
            head.extend(groups.iter().map(|g| g.name.clone()));
            let name = |w: &[f64]| match (drawable(w[0]), drawable(w[1])) {
                (true, true) => format!("{} to {}", format::number(*unit, Some(w[0])), format::number(*unit, Some(w[1]))),
                (false, _) => format!("below {}", format::number(*unit, Some(w[1]))),
                (true, false) => format!("{} and above", format::number(*unit, Some(w[0]))),
            };
            let row = |(i, w): (usize, &[f64])| {
                let cells = groups.iter().map(|g| format::number(Unit::Fraction, g.shares.get(i).copied()));
                [name(w)].into_iter().chain(cells).collect()
            };
            Some(DataTable { head, rows: edges.windows(2).enumerate().map(row).collect(), remark: None })
        }
        Plot::Table { head, units, rows } => {
            let row = |r: &crate::model::TableRow| {
                let cells = units.iter().zip(&r.values).map(|(unit, v)| format::signed(*unit, *v));
                [r.name.clone()].into_iter().chain(cells).collect()
            };
            Some(DataTable { head: head.clone(), rows: rows.iter().map(row).collect(), remark: None })
        }
        Plot::EventStudy { unit, offsets, offsets_name, paths, placebo } => {
            let mut head = vec![offsets_name.clone()];
            head.extend(paths.iter().map(|p| p.name.clone()));
            let edges: Vec<(String, &[f64])> = placebo
                .iter()
                .flat_map(|b| [(format!("{}, lower", b.label), &b.low[..]), (format!("{}, upper", b.label), &b.high[..])])
                .collect();
            head.extend(edges.iter().map(|e| e.0.clone()));
            let row = |(i, o): (usize, &i32)| {
                let columns = paths.iter().map(|p| &p.mean[..]).chain(edges.iter().map(|e| e.1));
                let cells = columns.map(|values| format::signed(*unit, values.get(i).copied()));
                [format::decimals(f64::from(*o), 0)].into_iter().chain(cells).collect()
            };
            Some(DataTable { head, rows: offsets.iter().enumerate().map(row).collect(), remark: None })
        }
    }
}

/// The last value of each line in words, for a description.
pub fn last_values(plot: &Plot) -> String {
    let written = |list: &[(&str, &Line)], write: &dyn Fn(f64) -> String| -> String {
        let one = |(name, line): &(&str, &Line)| last_of(line).map(|(day, v)| format!("{name} {} on {day}", write(v)));
        list.iter().filter_map(one).collect::<Vec<_>>().join(", ")
    };
    let shown = |unit: Unit, list: &[(&str, &Line)]| written(list, &|v| format::number(unit, Some(v)));
    match plot {
        Plot::Lines { unit, series, .. } | Plot::Steps { unit, series, .. } | Plot::Fan { unit, series, .. } => {
            shown(*unit, &named(series))
        }
        Plot::Growth { unit, series, .. } => written(&named(series), &|v| format::growth(*unit, v)),
        Plot::Gap { unit, first, second, .. } => shown(*unit, &[(&first.name, &first.line), (&second.name, &second.line)]),
        Plot::Area { unit, series, .. } => shown(*unit, &[(&series.name, &series.line)]),
        Plot::Map { trail, .. } => trail.last().map_or_else(String::new, |p| format!("{}: {}", p.label, p.says)),
        _ => String::new(),
    }
}

fn named(series: &[Series]) -> Vec<(&str, &Line)> {
    series.iter().map(|s| (s.name.as_str(), &s.line)).collect()
}

fn whole(head: &[&str], rows: Vec<Vec<String>>) -> Option<DataTable> {
    Some(DataTable { head: head.iter().map(|h| (*h).to_owned()).collect(), rows, remark: None })
}

fn through_time(unit: Unit, lines: &[(&str, &Line)]) -> Option<DataTable> {
    written_through_time(lines, |v| format::number(unit, v))
}

/// Values by day: all of them, or the last of each period of the finest length that keeps the table short.
fn written_through_time(lines: &[(&str, &Line)], write: impl Fn(Option<f64>) -> String) -> Option<DataTable> {
    let known = |l: &Line| -> Vec<Day> { l.days.iter().zip(&l.values).filter(|(_, v)| drawable(**v)).map(|(d, _)| *d).collect() };
    let mut days: Vec<Day> = lines.iter().flat_map(|(_, l)| known(l)).collect();
    days.sort_unstable();
    days.dedup();
    let periods: [(&str, PeriodOf); 5] = [
        ("day", |d| d.0),
        ("week", |d| (d.0 + 3).div_euclid(7)),
        ("month", |d| i32::from(d.parts().0) * 12 + i32::from(d.parts().1)),
        ("quarter", |d| i32::from(d.parts().0) * 4 + (i32::from(d.parts().1) - 1) / 3),
        ("year", |d| i32::from(d.parts().0)),
    ];
    let (mut kept, mut period) = (days.clone(), "day");
    for (name, of) in periods {
        kept = days.windows(2).filter(|w| of(w[0]) != of(w[1])).map(|w| w[0]).chain(days.last().copied()).collect();
        period = name;
        if kept.len() <= MOST_ROWS {
            break;
        }
    }
    let value = |l: &Line, day: Day| l.days.binary_search(&day).ok().and_then(|i| l.values.get(i).copied());
    let row = |d: &Day| [d.to_string()].into_iter().chain(lines.iter().map(|(_, l)| write(value(l, *d)))).collect();
    let mut head = vec!["Day".to_owned()];
    head.extend(lines.iter().map(|(n, _)| (*n).to_owned()));
    let remark = (period != "day")
        .then(|| format!("The last value of each {period}; the chart shows all {} days.", format::count(days.len() as u64)));
    (!kept.is_empty()).then(|| DataTable { head, rows: kept.iter().map(row).collect(), remark })
}
