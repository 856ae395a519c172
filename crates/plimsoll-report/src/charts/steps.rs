//! A path in steps with a fan and free dots: the policy path.

use super::{Drawing, days_of, fan, label_room, last_of, lines, style};
use crate::format;
use crate::model::{Line, Plot};
use crate::svg::frame::{Frame, Needs};
use crate::svg::labels::EndLabel;
use crate::svg::{Size, path, scale};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Steps { unit, series, days, bands, dots, time, .. } = plot else { return None };
    let edges: Vec<Line> = bands.iter().map(|b| Line { days: days.clone(), values: b.low.clone() }).collect();
    let free = Line { days: dots.iter().map(|d| d.day).collect(), values: dots.iter().map(|d| d.value).collect() };
    let span = days_of(series.iter().map(|s| &s.line).chain(&edges).chain([&free]), time)?;
    let values = bands.iter().flat_map(|b| b.low.iter().chain(&b.high)).chain(series.iter().flat_map(|s| &s.line.values));
    let extent = scale::extent(values.chain(&free.values))?;
    let labels = lines::label_column(series, *unit, size);
    let needs = Needs { unit: *unit, extent, levels: &[], labels, from_zero: false, log: false };
    let mut f = Frame::over_time(size, &needs, span, time);
    let xs: Vec<f64> = days.iter().map(|d| f.x.day(*d)).collect();
    for (i, b) in bands.iter().enumerate() {
        let edge = |v: &[f64]| -> Vec<f64> { v.iter().map(|v| f.y.at(*v)).collect() };
        let ((x, low), (_, high)) = (path::stepped(&xs, &edge(&b.low)), path::stepped(&xs, &edge(&b.high)));
        f.canvas.path(&path::area(&x, &low, &high), fan::band_class(i, bands.len()));
    }
    for d in dots.iter().filter(|d| d.value.is_finite()) {
        f.canvas.circle((f.x.day(d.day), f.y.at(d.value)), 2.4, "dot");
    }
    let mut list = Vec::new();
    for s in series {
        let points: Vec<(f64, f64)> = s.line.days.iter().zip(&s.line.values).map(|(d, v)| (f.x.day(*d), f.y.at(*v))).collect();
        f.canvas.path(&path::steps(&points), &style::stroke_class(s));
        if let Some((_, v)) = last_of(&s.line) {
            let shown = format::number(*unit, Some(v));
            list.push(EndLabel::new(f.y.at(v), &s.name, &shown, style::text_class(s.tone), label_room(size)));
        }
    }
    f.end_labels(&list);
    Some(Drawing::sized(f.finish(), size))
}
