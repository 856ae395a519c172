//! Percentile bands through time with lines above them: the drawdown fan of members.

use super::{Drawing, days_of, lines};
use crate::model::{Line, Plot};
use crate::svg::frame::{Frame, Needs};
use crate::svg::{Size, path, scale};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Fan { unit, days, bands, series, levels, time } = plot else { return None };
    let edges: Vec<Line> = bands.iter().map(|b| Line { days: days.clone(), values: b.low.clone() }).collect();
    let span = days_of(series.iter().map(|s| &s.line).chain(&edges), time)?;
    let bands_values = bands.iter().flat_map(|b| b.low.iter().chain(&b.high));
    let extent = scale::extent(bands_values.chain(series.iter().flat_map(|s| &s.line.values)))?;
    let labels = lines::label_column(series, *unit, size);
    let needs = Needs { unit: *unit, extent, levels, labels, from_zero: false, log: false };
    let mut f = Frame::over_time(size, &needs, span, time);
    let xs: Vec<f64> = days.iter().map(|d| f.x.day(*d)).collect();
    for (i, b) in bands.iter().enumerate() {
        let edge = |v: &[f64]| -> Vec<f64> { v.iter().map(|v| f.y.at(*v)).collect() };
        f.canvas.path(&path::area(&xs, &edge(&b.low), &edge(&b.high)), band_class(i, bands.len()));
    }
    lines::draw_series(&mut f, series);
    f.thresholds();
    let list = lines::end_labels(&f, series, *unit, size);
    f.end_labels(&list);
    Some(Drawing::sized(f.finish(), size))
}

/// The class of the band at `index` of `count`: the narrower, the stronger.
pub(super) fn band_class(index: usize, count: usize) -> &'static str {
    match count.saturating_sub(index) {
        0 | 1 => "fan3",
        2 => "fan2",
        _ => "fan1",
    }
}
