//! A map of values over two axes in steps, with a path on it: survival over first cut and total, and where the priced path lay.

use plimsoll_model::unit::Unit;

use super::Drawing;
use crate::format;
use crate::model::{Plot, TrailPoint};
use crate::svg::frame::TICK;
use crate::svg::scale::drawable;
use crate::svg::{Anchor, Canvas, Size, path, text};

/// Room for the name of the vertical axis above the plot.
const TOP: f64 = 20.0;

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Map { unit, columns, columns_name, rows, rows_name, values, trail, .. } = plot else { return None };
    let (low, high) = range(values)?;
    if rows.is_empty() || columns.is_empty() {
        return None;
    }
    let left = rows.iter().map(|r| text::width(r, TICK)).fold(0.0, f64::max).min(size.width * 0.3).ceil() + 8.0;
    let wide = (size.width - left - 2.0) / columns.len() as f64;
    let tall = if size.is_wide() { 24.0 } else { 16.0 };
    let bottom = TOP + tall * rows.len() as f64;
    // Rows run upwards.
    let y = |row: f64| bottom - tall * row;
    let x = |column: f64| left + wide * column;
    let trail: Vec<TrailPoint> = trail.iter().filter(|p| drawable(p.column) && drawable(p.row)).cloned().collect();
    let points: Vec<(f64, f64)> = trail.iter().map(|p| place(p, columns.len(), rows.len())).collect();
    let mut c = Canvas::new();
    c.text((0.0, 11.0), Anchor::Start, "tick", &text::fit(rows_name, size.width, TICK));
    for (i, row) in rows.iter().enumerate() {
        c.text((left - 6.0, y(i as f64 + 0.5) + 4.0), Anchor::End, "tick", row);
        for j in 0..columns.len() {
            let (a, b) = ((x(j as f64), y(i as f64)), (x(j as f64 + 1.0) - 1.0, y(i as f64 + 1.0) + 1.0));
            let Some(v) = values.get(i).and_then(|r| r.get(j)).copied().flatten().filter(|v| drawable(*v)) else {
                c.rect(a, b, "empty");
                continue;
            };
            let strength = shade(v, low, high);
            c.rect_faded(a, b, "f-rest", strength);
            let label = format::decimals(if matches!(unit, Unit::Fraction | Unit::FractionPoints) { v * 100.0 } else { v }, 1);
            if text::width(&label, 10.5) < wide - 6.0 && tall > 18.0 && !crossed(&points, (j, i)) {
                let class = if strength > 0.6 { "cellv i-rest" } else { "cellv" };
                c.text((x(j as f64 + 0.5) - 0.5, y(i as f64 + 0.5) + 3.5), Anchor::Middle, class, &label);
            }
        }
    }
    let every = ((columns.iter().map(|c| text::width(c, TICK)).fold(0.0, f64::max) + 4.0) / wide).ceil().max(1.0) as usize;
    let last = columns.len() - 1;
    for (j, name) in columns.iter().enumerate() {
        // The last is always named; one that would run into it is not.
        if j == last || (j % every == 0 && last - j >= every) {
            let half = text::width(name, TICK) / 2.0;
            c.text((x(j as f64 + 0.5).min(size.width - half), bottom + 16.0), Anchor::Middle, "tick", name);
        }
    }
    c.text(
        (x(columns.len() as f64 / 2.0), bottom + 32.0),
        Anchor::Middle,
        "tick",
        &text::fit(columns_name, size.width - left, TICK),
    );
    way(&mut c, &trail, &points.iter().map(|p| (x(p.0), y(p.1))).collect::<Vec<_>>(), (left, size.width));
    Some(Drawing { elements: c.finish(), height: (bottom + 38.0).ceil() })
}

/// The path, its points, and the names of its first and last.
fn way(c: &mut Canvas, trail: &[TrailPoint], at: &[(f64, f64)], (left, right): (f64, f64)) {
    c.path(&path::line(at), "under");
    c.path(&path::line(at), "ln s-giants");
    let n = at.len();
    for (i, p) in at.iter().enumerate() {
        match i + 1 == n {
            true => {
                c.circle(*p, 6.5, "ring");
                c.circle(*p, 3.8, "f-giants");
            }
            false => c.circle(*p, 2.4, "f-giants"),
        }
    }
    let mut free: Option<(f64, f64)> = None;
    for i in [n.wrapping_sub(1), 0] {
        let (Some(p), Some(t)) = (at.get(i), trail.get(i)) else { continue };
        if i == 0 && n == 1 {
            break;
        }
        let wide = text::bold_width(&t.label, TICK);
        let (anchor, nudge) = if p.0 + 12.0 + wide < right { (Anchor::Start, 11.0) } else { (Anchor::End, -11.0) };
        let x = if anchor == Anchor::End { (p.0 + nudge).max(left + wide) } else { p.0 + nudge };
        // The name of the first keeps clear of that of the last.
        let y = match free {
            Some((fx, fy)) if (fy - p.1).abs() < 16.0 && (fx - x).abs() < wide + 8.0 => fy + if p.1 > fy { 16.0 } else { -16.0 },
            _ => p.1 + 4.0,
        };
        c.text((x, y), anchor, "note strong halo", &t.label);
        free.get_or_insert((x, y));
    }
}

/// Where a point of the path lies, in columns from the left and rows from the bottom, kept within the map.
fn place(p: &TrailPoint, columns: usize, rows: usize) -> (f64, f64) {
    (p.column.clamp(0.1, columns as f64 - 0.1), p.row.clamp(0.1, rows as f64 - 0.1))
}

/// Whether the path runs through a cell.
fn crossed(points: &[(f64, f64)], cell: (usize, usize)) -> bool {
    let within = |p: (f64, f64)| p.0.floor() as usize == cell.0 && p.1.floor() as usize == cell.1;
    points.iter().any(|p| within(*p))
        || points.windows(2).any(|w| {
            (0..=40).any(|k| {
                let s = f64::from(k) / 40.0;
                within((w[0].0 + s * (w[1].0 - w[0].0), w[0].1 + s * (w[1].1 - w[0].1)))
            })
        })
}

/// The strength of a value between the smallest and the largest on the map.
pub(super) fn shade(value: f64, low: f64, high: f64) -> f64 {
    0.06 + 0.84 * if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
}

/// The smallest and the largest value.
pub(super) fn range(values: &[Vec<Option<f64>>]) -> Option<(f64, f64)> {
    let all: Vec<f64> = values.iter().flatten().flatten().copied().collect();
    crate::svg::scale::extent(&all)
}
