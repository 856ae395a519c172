//! Signed parts stacked through time from zero outwards, with their total as a line.

use plimsoll_model::time::Day;

use super::{Drawing, days_of, label_room, style};
use crate::format;
use crate::model::{Line, Part, Plot, Series, Tone, Weight};
use crate::svg::frame::{Frame, Needs};
use crate::svg::labels::EndLabel;
use crate::svg::{Size, path, scale};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Contributions { unit, days, parts, total, time } = plot else { return None };
    let lines: Vec<Line> = parts.iter().chain([total]).map(|p| Line { days: days.clone(), values: p.values.clone() }).collect();
    let span = days_of(&lines, time)?;
    let stacked = stack(parts, days.len());
    let extent = scale::extent(stacked.iter().flat_map(|s| s.0.iter().chain(&s.1)).chain(&total.values))?;
    let shown = |p: &Part| last(&p.values).map(|v| format::signed(*unit, Some(v)));
    let room = label_room(size);
    let wide = parts.iter().chain([total]).filter_map(|p| Some(EndLabel::new(0.0, &p.name, &shown(p)?, "", room).width()));
    let labels = wide.fold(0.0, f64::max).ceil() + 14.0;
    let needs = Needs { unit: *unit, extent, levels: &[], labels, from_zero: true, log: false };
    let mut f = Frame::over_time(size, &needs, span, time);
    let keep = one_per_unit(&f, days);
    let xs: Vec<f64> = keep.iter().map(|i| f.x.day(days[*i])).collect();
    let mut list = Vec::new();
    for (part, (low, high)) in parts.iter().zip(&stacked) {
        let edge = |v: &[f64]| -> Vec<f64> { keep.iter().map(|i| f.y.at(v[*i])).collect() };
        let d = path::area(&xs, &edge(low), &edge(high));
        f.canvas.path(&d, &format!("{} part", style::fill_class(part.tone)));
        if let (Some(text), Some(a), Some(b)) = (shown(part), last(low), last(high)) {
            let y = f.y.at((a + b) / 2.0);
            list.push(EndLabel::new(y, &part.name, &text, style::text_class(part.tone), room));
        }
    }
    let zero = f.y.at(0.0);
    f.canvas.line((f.left, zero), (f.right, zero), "zero");
    if !total.values.is_empty() {
        let line = Series::new(&total.name, Tone::Whole, days.clone(), total.values.clone()).weight(Weight::Heavy);
        super::lines::draw_series(&mut f, std::slice::from_ref(&line));
        if let (Some(text), Some(v)) = (shown(total), last(&total.values)) {
            list.push(EndLabel::new(f.y.at(v), &total.name, &text, style::text_class(Tone::Whole), room));
        }
    }
    f.end_labels(&list);
    Some(Drawing::sized(f.finish(), size))
}

fn last(values: &[f64]) -> Option<f64> {
    values.iter().rev().copied().find(|v| v.is_finite())
}

/// The edges of each part: what is above zero is stacked upwards, what is below downwards; a part without a value is a gap.
pub(super) fn stack(parts: &[Part], n: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut up = vec![0.0; n];
    let mut down = vec![0.0; n];
    parts
        .iter()
        .map(|p| {
            let mut low = vec![f64::NAN; n];
            let mut high = vec![f64::NAN; n];
            for (i, v) in p.values.iter().take(n).enumerate().filter(|(_, v)| v.is_finite()) {
                let base = if *v >= 0.0 { &mut up[i] } else { &mut down[i] };
                low[i] = *base;
                *base += v;
                high[i] = *base;
            }
            (low, high)
        })
        .collect()
}

/// The last index of each half unit of width: every drawn point is a true one.
fn one_per_unit(f: &Frame, days: &[Day]) -> Vec<usize> {
    let bucket = |i: usize| (f.x.day(days[i]) * 2.0).floor();
    (0..days.len()).filter(|i| i + 1 == days.len() || bucket(*i) != bucket(i + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_stacked_apart() {
        let part = |values: &[f64]| Part { name: String::new(), tone: Tone::Rest, values: values.to_vec() };
        let s = stack(&[part(&[2.0, -1.0, f64::NAN]), part(&[1.0, -2.0, 3.0]), part(&[-1.0, 4.0, 1.0])], 3);
        assert_eq!((s[1].0[0], s[1].1[0]), (2.0, 3.0));
        assert_eq!((s[2].0[0], s[2].1[0]), (0.0, -1.0));
        assert_eq!((s[1].0[1], s[1].1[1]), (-1.0, -3.0));
        assert!(s[0].0[2].is_nan());
        assert_eq!((s[2].0[2], s[2].1[2]), (3.0, 4.0));
    }
}
