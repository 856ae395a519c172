//! One measure as an area from zero, with the range of its own history as a band.

use super::{Drawing, days_of, lines, style};
use crate::format;
use crate::model::{Level, Plot};
use crate::svg::frame::{Frame, Needs, TICK};
use crate::svg::{Anchor, Size, path, scale, text};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Area { unit, series, history, levels, time } = plot else { return None };
    let days = days_of([&series.line], time)?;
    let mut extent = scale::extent(&series.line.values)?;
    let band = history.as_ref().filter(|h| scale::drawable(h.low) && scale::drawable(h.high));
    if let Some(h) = band {
        extent = (extent.0.min(h.low), extent.1.max(h.high));
    }
    let one = std::slice::from_ref(series);
    let labels = lines::label_column(one, *unit, size);
    let needs = Needs { unit: *unit, extent, levels: levels as &[Level], labels, from_zero: true, log: false };
    let mut f = Frame::over_time(size, &needs, days, time);
    let xs: Vec<f64> = series.line.days.iter().map(|d| f.x.day(*d)).collect();
    let ys: Vec<f64> = series.line.values.iter().map(|v| f.y.at(*v)).collect();
    let zero = vec![f.y.at(0.0); ys.len()];
    if let Some(h) = band {
        f.canvas.rect((f.left, f.y.at(h.low)), (f.right, f.y.at(h.high)), "band");
    }
    f.canvas.path(&path::area(&xs, &zero, &ys), &format!("{} wash", style::fill_class(series.tone)));
    lines::draw_series(&mut f, one);
    if let Some(h) = band.filter(|h| h.middle.is_finite()) {
        let at = f.y.at(h.middle);
        f.canvas.line((f.left, at), (f.right, at), "median");
        let shown = text::fit(&format!("median {}", format::number(*unit, Some(h.middle))), f.right - f.left, TICK);
        f.canvas.text((f.left + 6.0, at - 4.0), Anchor::Start, "note halo", &shown);
    }
    f.thresholds();
    let list = lines::end_labels(&f, one, *unit, size);
    f.end_labels(&list);
    Some(Drawing::sized(f.finish(), size))
}
