//! A matrix of values as colours, with the numbers in the cells where they fit.

use plimsoll_model::unit::Unit;

use super::Drawing;
use crate::format;
use crate::model::{HeatScale, Plot};
use crate::svg::frame::TICK;
use crate::svg::scale::drawable;
use crate::svg::{Anchor, Canvas, Size, text};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::HeatMap { unit, rows, columns, values, scale, marks } = plot else { return None };
    if rows.is_empty() || columns.is_empty() || !values.iter().flatten().any(|v| v.is_some_and(f64::is_finite)) {
        return None;
    }
    let left = rows.iter().map(|r| text::width(r, TICK)).fold(0.0, f64::max).min(size.width * 0.3).ceil() + 8.0;
    let wide = (size.width - left - 2.0) / columns.len() as f64;
    let tall = (wide * 0.62).clamp(20.0, 30.0);
    let headings: Vec<Vec<String>> = columns.iter().map(|c| text::wrap(c, wide - 2.0, TICK, 2)).collect();
    let cut = headings.iter().flatten().any(|l| l.ends_with('\u{2026}'));
    let lines = headings.iter().map(Vec::len).max().unwrap_or(1);
    let top = if cut { 18.0 } else { 6.0 + 13.0 * lines as f64 };
    let mut c = Canvas::new();
    for (j, heading) in headings.iter().enumerate() {
        let x = left + wide * (j as f64 + 0.5);
        if !cut {
            for (k, l) in heading.iter().enumerate() {
                c.text((x, top - 6.0 - 13.0 * (heading.len() - 1 - k) as f64), Anchor::Middle, "tick", l);
            }
        } else {
            let every = ((columns.iter().map(|c| text::width(c, TICK)).fold(0.0, f64::max) + 6.0) / wide).ceil() as usize;
            if j % every.max(1) == 0 {
                c.text((x, top - 6.0), Anchor::Middle, "tick", &text::fit(&columns[j], wide * every as f64, TICK));
            }
        }
    }
    for (i, row) in rows.iter().enumerate() {
        let y = top + tall * i as f64;
        c.text((left - 6.0, y + tall / 2.0 + 4.0), Anchor::End, "tick", &text::fit(row, left - 6.0, TICK));
        for j in 0..columns.len() {
            let x = left + wide * j as f64;
            let corner = (x + wide - 1.0, y + tall - 1.0);
            let value = values.get(i).and_then(|r| r.get(j)).copied().flatten().filter(|v| drawable(*v));
            let Some(v) = value else {
                c.rect((x, y), corner, "empty");
                continue;
            };
            let (class, strength) = colour(*scale, v);
            c.rect_faded((x, y), corner, class, strength);
            let label = short(*unit, v, wide > 34.0);
            if text::width(&label, 10.5) < wide - 3.0 {
                let class = match class {
                    "f-giants" if strength > 0.6 => "cellv i-giants",
                    "f-rest" if strength > 0.6 => "cellv i-rest",
                    _ => "cellv",
                };
                c.text((x + wide / 2.0 - 0.5, y + tall / 2.0 + 3.5), Anchor::Middle, class, &label);
            }
        }
    }
    for m in marks.iter().filter(|m| m.row < rows.len() && m.column < columns.len()) {
        let (x, y) = (left + wide * m.column as f64, top + tall * m.row as f64);
        c.rect((x + 0.5, y + 0.5), (x + wide - 1.5, y + tall - 1.5), "cellmark");
    }
    Some(Drawing { elements: c.finish(), height: (top + tall * rows.len() as f64 + 2.0).ceil() })
}

/// The hue and the strength of a value.
fn colour(scale: HeatScale, value: f64) -> (&'static str, f64) {
    match scale {
        HeatScale::Diverging { limit } => {
            let strength = if limit > 0.0 { (value.abs() / limit).min(1.0) } else { 0.0 };
            (if value < 0.0 { "f-giants" } else { "f-rest" }, strength * 0.9)
        }
        HeatScale::Sequential { low, high } => {
            let strength = if high == low { 0.0 } else { ((value - low) / (high - low)).clamp(0.0, 1.0) };
            ("f-rest", 0.04 + strength * 0.86)
        }
    }
}

/// A value without its unit, which the subtitle names; whole where the cell is narrow.
fn short(unit: Unit, value: f64, roomy: bool) -> String {
    match unit {
        Unit::Fraction | Unit::FractionPoints => format::decimals(value * 100.0, usize::from(roomy)),
        Unit::Number => format::decimals(value, if roomy { 2 } else { 1 }),
        Unit::PercentPerYear | Unit::Multiple => format::decimals(value, usize::from(roomy)),
        _ => format::number(unit, Some(value)),
    }
}
