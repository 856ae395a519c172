//! Lines with their names at their ends: rebased indices, yields with their extremes, equity, rolling figures.

use plimsoll_model::unit::Unit;

use super::{Drawing, days_of, label_room, last_of, style};
use crate::format;
use crate::model::{Extreme, Plot, Series};
use crate::svg::frame::{Frame, Needs, TICK};
use crate::svg::labels::EndLabel;
use crate::svg::{Anchor, Size, path, scale, text};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Lines { unit, series, levels, extremes, time } = plot else { return None };
    let days = days_of(series.iter().map(|s| &s.line), time)?;
    let marked: Vec<f64> = extremes.iter().map(|e| e.value).collect();
    let extent = scale::extent(series.iter().flat_map(|s| &s.line.values).chain(&marked))?;
    let labels = label_column(series, *unit, size);
    let needs = Needs { unit: *unit, extent, levels, labels, from_zero: false, log: false };
    let mut f = Frame::over_time(size, &needs, days, time);
    draw_series(&mut f, series);
    f.thresholds();
    draw_extremes(&mut f, extremes);
    let list = end_labels(&f, series, *unit, size);
    f.end_labels(&list);
    Some(Drawing::sized(f.finish(), size))
}

/// The width that the end labels of `series` need.
pub(super) fn label_column(series: &[Series], unit: Unit, size: Size) -> f64 {
    let wide = series.iter().filter_map(|s| {
        let (_, v) = last_of(&s.line)?;
        Some(EndLabel::new(0.0, &s.name, &format::number(unit, Some(v)), "", label_room(size)).width())
    });
    wide.fold(0.0, f64::max).ceil() + 14.0
}

/// The end labels of `series` on a frame.
pub(super) fn end_labels(f: &Frame, series: &[Series], unit: Unit, size: Size) -> Vec<EndLabel> {
    let label = |s: &Series| {
        let (_, v) = last_of(&s.line)?;
        let shown = format::number(unit, Some(v));
        Some(EndLabel::new(f.y.at(v), &s.name, &shown, style::text_class(s.tone), label_room(size)))
    };
    series.iter().filter_map(label).collect()
}

/// Draws lines, context first, so that what the chart is about lies on top; each ends in a dot.
pub(super) fn draw_series(f: &mut Frame, series: &[Series]) {
    use crate::model::Weight;
    let mut order: Vec<&Series> = series.iter().collect();
    order.sort_by_key(|s| match s.weight {
        Weight::Thin => 0,
        Weight::Normal => 1,
        Weight::Heavy => 2,
    });
    for s in order {
        let points: Vec<(f64, f64)> = s.line.days.iter().zip(&s.line.values).map(|(d, v)| (f.x.day(*d), f.y.at(*v))).collect();
        f.canvas.path(&path::line(&points), &style::stroke_class(s));
        if let Some((d, v)) = last_of(&s.line) {
            f.canvas.circle((f.x.day(d), f.y.at(v)), 2.6, style::fill_class(s.tone));
        }
    }
}

/// Marks extremes with a ring and a label that stays inside the frame.
fn draw_extremes(f: &mut Frame, extremes: &[Extreme]) {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let middle = (f.top + f.bottom) / 2.0;
    for e in extremes.iter().filter(|e| e.value.is_finite()) {
        let at = (f.x.day(e.day), f.y.at(e.value));
        if at.0 < f.left - 0.5 || at.0 > f.right + 0.5 {
            continue;
        }
        f.canvas.circle(at, 4.0, "ring");
        let half = text::width(&e.label, TICK) / 2.0;
        let x = at.0.min(f.right - half).max(f.left + half);
        // Highs are labelled above, lows below, unless there is no room.
        let above = if at.1 < middle { at.1 - f.top > 18.0 } else { f.bottom - at.1 < 20.0 };
        let y = if above { at.1 - 9.0 } else { at.1 + 18.0 };
        let free =
            |y: f64, taken: &[(f64, f64, f64)]| taken.iter().all(|t| (t.1 - y).abs() > 13.0 || (t.0 - x).abs() > t.2 + half);
        let shift = if above { -14.0 } else { 14.0 };
        let y = [y, y + shift, y - 2.0 * shift].into_iter().find(|y| free(*y, &taken)).unwrap_or(y);
        taken.push((x, y, half));
        f.canvas.text((x, y), Anchor::Middle, "note strong halo", &e.label);
    }
}
