//! Horizontal bars from zero: contributions by member, leadership of sectors and sizes, shares by sector. Changes carry their sign, shares
//! none.

use super::{Drawing, rows::RowLabels, style};
use crate::format;
use crate::model::Plot;
use crate::svg::frame::TICK;
use crate::svg::scale::{self, Scale};
use crate::svg::{Anchor, Canvas, Size, text};

const LABEL: f64 = 12.0;
const THICK: f64 = 8.0;

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Bars { unit, rows, reference, signed } = plot else { return None };
    if rows.is_empty() {
        return None;
    }
    let written = |v: Option<f64>| if *signed { format::signed(*unit, v) } else { format::number(*unit, v) };
    let values: Vec<f64> = rows.iter().filter_map(|r| r.value).chain(reference.as_ref().map(|r| r.value)).collect();
    let (low, high) = scale::extent(&values).map_or((0.0, 1.0), |(a, b)| (a.min(0.0), b.max(0.0)));
    let top = if reference.is_some() { 22.0 } else { 4.0 };
    let labels = RowLabels::new(rows.iter().map(|r| r.label.as_str()), size.width * 0.36, top, 24.0);
    let shown: Vec<String> = rows.iter().map(|r| written(r.value.filter(|v| v.is_finite()))).collect();
    let room = shown.iter().map(|s| text::width(s, LABEL)).fold(0.0, f64::max) + 8.0;
    // Values stand outside the bars, so each side that has bars keeps room for them.
    let left = labels.column + 12.0 + if low < 0.0 { room } else { 0.0 };
    let right = size.width - 4.0 - if high > 0.0 || low == 0.0 { room } else { 4.0 };
    let x = Scale::new(if high > low { (low, high) } else { (0.0, 1.0) }, (left, right));
    let zero = x.at(0.0);
    let mut c = Canvas::new();
    for (i, row) in rows.iter().enumerate() {
        if let Some(v) = row.value.filter(|v| v.is_finite()) {
            let y = labels.centres[i];
            c.rect((zero, y - THICK), (x.at(v), y + THICK), style::fill_class(row.tone));
        }
    }
    c.line((zero, top), (zero, labels.bottom), "zero");
    if let Some(r) = reference.as_ref().filter(|r| r.value.is_finite()) {
        let at = x.at(r.value);
        let label = text::fit(&format!("{} {}", r.label, written(Some(r.value))), size.width - 8.0, TICK);
        let half = text::bold_width(&label, TICK) / 2.0;
        c.line((at, top - 4.0), (at, labels.bottom), "threshold");
        c.text((at.min(size.width - half - 2.0).max(half + 2.0), top - 9.0), Anchor::Middle, "note strong", &label);
    }
    labels.draw(&mut c);
    for (i, row) in rows.iter().enumerate() {
        let y = labels.centres[i] + 4.0;
        match row.value.filter(|v| v.is_finite()) {
            Some(v) if v < 0.0 => c.text((x.at(v) - 5.0, y), Anchor::End, "lb num halo", &shown[i]),
            Some(v) => c.text((x.at(v) + 5.0, y), Anchor::Start, "lb num halo", &shown[i]),
            None => c.text((zero + 5.0, y), Anchor::Start, "lb t-context", format::MISSING),
        }
    }
    Some(Drawing { elements: c.finish(), height: labels.bottom + 4.0 })
}
