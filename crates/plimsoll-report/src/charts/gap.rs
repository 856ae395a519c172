//! Two lines with the difference filled: the masking gap.

use super::{Drawing, days_of, lines};
use crate::model::{Dash, Plot, TimeMarks};
use crate::svg::frame::{Frame, Needs};
use crate::svg::labels::SIZE;
use crate::svg::{Anchor, Size, path, scale, text};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Gap { unit, first, second, label, time } = plot else { return None };
    let mut second = second.clone();
    // In greyscale the two lines differ by their dashes.
    if first.dash == second.dash && first.tone != second.tone {
        second.dash = Dash::Dashed;
    }
    let series = [first.clone(), second];
    let days = days_of(series.iter().map(|s| &s.line), time)?;
    let extent = scale::extent(series.iter().flat_map(|s| &s.line.values))?;
    let labels = lines::label_column(&series, *unit, size);
    let needs = Needs { unit: *unit, extent, levels: &[], labels, from_zero: false, log: false };
    let mut f = Frame::over_time(size, &needs, days, time);
    let common = common(&series);
    let xs: Vec<f64> = common.iter().map(|c| f.x.at(f64::from(c.0))).collect();
    let low: Vec<f64> = common.iter().map(|c| f.y.at(c.1)).collect();
    let high: Vec<f64> = common.iter().map(|c| f.y.at(c.2)).collect();
    f.canvas.path(&path::area(&xs, &low, &high), "gapfill");
    lines::draw_series(&mut f, &series);
    name_the_gap(&mut f, &xs, (&low, &high), label, time);
    let list = lines::end_labels(&f, &series, *unit, size);
    f.end_labels(&list);
    Some(Drawing::sized(f.finish(), size))
}

/// Both values on each day that both lines have.
fn common(series: &[crate::model::Series; 2]) -> Vec<(i32, f64, f64)> {
    let (a, b) = (&series[0].line, &series[1].line);
    let mut out = Vec::new();
    let mut j = 0;
    for (d, v) in a.days.iter().zip(&a.values) {
        while j < b.days.len() && b.days[j] < *d {
            j += 1;
        }
        if j < b.days.len() && b.days[j] == *d && j < b.values.len() {
            out.push((d.0, *v, b.values[j]));
        }
    }
    out
}

/// Writes the gap's name where it is widest and there is room for it.
fn name_the_gap(f: &mut Frame, xs: &[f64], edges: (&[f64], &[f64]), label: &str, time: &TimeMarks) {
    let half = text::width(label, SIZE) / 2.0;
    let inside = |x: f64| x - half > f.left + 4.0 && x + half < f.right - 4.0;
    let clear = |x: f64| time.as_of.is_none_or(|d| (f.x.day(d) - x).abs() > half + 4.0);
    let open = |i: usize| (edges.0[i] - edges.1[i]).abs();
    let best = (0..xs.len())
        .filter(|i| open(*i).is_finite() && inside(xs[*i]) && clear(xs[*i]))
        .max_by(|a, b| open(*a).total_cmp(&open(*b)));
    if let Some(i) = best.filter(|i| open(*i) > 18.0) {
        let y = (edges.0[i] + edges.1[i]) / 2.0 + 4.0;
        f.canvas.text((xs[i], y), Anchor::Middle, "note strong halo", label);
    }
}
