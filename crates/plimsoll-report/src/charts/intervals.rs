//! Values with their intervals on one scale, each against its threshold.

use super::{Drawing, rows::RowLabels, style};
use crate::format;
use crate::model::Plot;
use crate::svg::frame::TICK;
use crate::svg::scale::{self, Scale};
use crate::svg::{Anchor, Canvas, Size, text};

const ROW: f64 = 26.0;
const LABEL: f64 = 12.0;

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Intervals { unit, rows, levels } = plot else { return None };
    let values = rows.iter().flat_map(|r| [r.value, r.range.map(|i| i.0), r.range.map(|i| i.1), r.threshold]).flatten();
    let values: Vec<f64> = values.chain(levels.iter().map(|l| l.value)).collect();
    let (low, high) = scale::extent(&values)?;
    let top = if levels.is_empty() { 6.0 } else { 22.0 };
    let labels = RowLabels::new(rows.iter().map(|r| r.label.as_str()), size.width * 0.36, top, ROW);
    let shown: Vec<String> = rows.iter().map(|r| format::number(*unit, r.value)).collect();
    let room = shown.iter().map(|s| text::width(s, LABEL)).fold(0.0, f64::max) + 12.0;
    let (left, right) = (labels.column + 18.0, size.width - room - 6.0);
    let ticks = scale::ticks(low, high, ((right - left) / 80.0).clamp(2.0, 6.0) as usize, 0.0);
    let x = Scale::new(ticks.domain, (left, right));
    let bottom = labels.bottom;
    let mut c = Canvas::new();
    let mut free = f64::MIN;
    for v in &ticks.values {
        let (at, label) = (x.at(*v), format::tick(*unit, *v, ticks.step));
        let half = text::width(&label, TICK) / 2.0;
        c.line((at, top), (at, bottom), if *v == 0.0 { "zero" } else { "grid" });
        if at - half > free {
            c.text((at, bottom + 16.0), Anchor::Middle, "tick", &label);
            free = at + half + 5.0;
        }
    }
    let mut free = f64::MIN;
    for l in levels.iter().filter(|l| l.value.is_finite()) {
        let at = x.at(l.value);
        let half = text::width(&l.label, TICK) / 2.0;
        let centre = at.min(size.width - half - 2.0).max(half + 2.0);
        c.line((at, top - 4.0), (at, bottom), "threshold");
        if centre - half > free {
            c.text((centre, top - 9.0), Anchor::Middle, "note strong", &l.label);
            free = centre + half + 6.0;
        }
    }
    labels.draw(&mut c);
    for (i, r) in rows.iter().enumerate() {
        let y = labels.centres[i];
        if let Some((a, b)) = r.range.filter(|(a, b)| a.is_finite() && b.is_finite()) {
            c.line((x.at(a), y), (x.at(b), y), &format!("ln interval s-{}", style::name(r.tone)));
        }
        if let Some(t) = r.threshold.filter(|t| t.is_finite()) {
            c.line((x.at(t), y - 8.0), (x.at(t), y + 8.0), "bound");
        }
        if let Some(v) = r.value.filter(|v| v.is_finite()) {
            c.circle((x.at(v), y), 4.6, &format!("{} knob", style::fill_class(r.tone)));
        }
        c.text((size.width - 2.0, y + 4.0), Anchor::End, "lb num", &shown[i]);
    }
    Some(Drawing { elements: c.finish(), height: bottom + 26.0 })
}
