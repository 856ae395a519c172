//! Average paths around events with confidence bands, against a band of placebo days.

use super::{Drawing, label_room, style};
use crate::format;
use crate::model::Plot;
use crate::svg::frame::{Frame, Needs};
use crate::svg::labels::EndLabel;
use crate::svg::{Size, path, scale};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::EventStudy { unit, offsets, offsets_name, paths, placebo } = plot else { return None };
    let (first, last) = (*offsets.iter().min()?, *offsets.iter().max()?);
    let bands = paths.iter().flat_map(|p| p.mean.iter().chain(&p.low).chain(&p.high));
    let extent = scale::extent(bands.chain(placebo.iter().flat_map(|b| b.low.iter().chain(&b.high))))?;
    let end = |values: &[f64]| values.iter().rev().copied().find(|v| v.is_finite());
    let room = label_room(size);
    let wide = paths.iter().filter_map(|p| {
        let shown = format::signed(*unit, Some(end(&p.mean)?));
        Some(EndLabel::new(0.0, &p.name, &shown, "", room).width())
    });
    let labels = wide.fold(0.0, f64::max).ceil() + 14.0;
    let needs = Needs { unit: *unit, extent, levels: &[], labels, from_zero: true, log: false };
    let (first, last) = (f64::from(first), f64::from(last).max(f64::from(first) + 1.0));
    let mut f = Frame::new(size, &needs, (first, last));
    let xs: Vec<f64> = offsets.iter().map(|o| f.x.at(f64::from(*o))).collect();
    let edge = |f: &Frame, v: &[f64]| -> Vec<f64> { v.iter().map(|v| f.y.at(*v)).collect() };
    if let Some(b) = placebo {
        let d = path::area(&xs, &edge(&f, &b.low), &edge(&f, &b.high));
        f.canvas.path(&d, "fan1");
    }
    if first <= 0.0 && last >= 0.0 {
        let x = f.x.at(0.0);
        f.canvas.line((x, f.top), (x, f.bottom), "asof");
    }
    for p in paths {
        let d = path::area(&xs, &edge(&f, &p.low), &edge(&f, &p.high));
        f.canvas.path(&d, &format!("{} wash", style::fill_class(p.tone)));
    }
    let mut list = Vec::new();
    for p in paths {
        let points: Vec<(f64, f64)> = xs.iter().copied().zip(edge(&f, &p.mean)).collect();
        f.canvas.path(&path::line(&points), &format!("ln heavy s-{}", style::name(p.tone)));
        if let Some(v) = end(&p.mean) {
            let shown = format::signed(*unit, Some(v));
            list.push(EndLabel::new(f.y.at(v), &p.name, &shown, style::text_class(p.tone), room));
        }
    }
    let ticks = scale::ticks(first, last, ((f.right - f.left) / 50.0) as usize, 1.0);
    let inside: Vec<f64> = ticks.values.into_iter().filter(|v| first <= *v && *v <= last).collect();
    let name = |v: f64| if v > 0.0 { format!("+{v:.0}") } else { format::decimals(v, 0) };
    f.number_axis(&inside, name, offsets_name);
    f.end_labels(&list);
    Some(Drawing::sized(f.finish(), size))
}
