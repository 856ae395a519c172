//! Columns by category, stacked or side by side: meeting probabilities, maturity ladders by group.

use super::contributions::stack;
use super::{Drawing, style};
use crate::format;
use crate::model::{Part, Plot};
use crate::svg::frame::{Frame, Needs, TICK};
use crate::svg::{Anchor, Size, scale, text};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Columns { unit, categories, parts, grouped } = plot else { return None };
    let n = categories.len();
    let stacked = stack(parts, n);
    let extent = if *grouped {
        scale::extent(parts.iter().flat_map(|p| &p.values))?
    } else {
        scale::extent(stacked.iter().flat_map(|s| s.0.iter().chain(&s.1)))?
    };
    // A sum of shares that rounding lifts above one must not open a new step of the axis.
    let extent = (extent.0, if (extent.1 - 1.0).abs() < 1e-6 { 1.0 } else { extent.1 });
    let needs = Needs { unit: *unit, extent, levels: &[], labels: 0.0, from_zero: true, log: false };
    let mut f = Frame::new(size, &needs, (0.0, n as f64));
    let slot = (f.right - f.left) / n.max(1) as f64;
    let wide = (slot * 0.72).min(64.0);
    for i in 0..n {
        let centre = f.x.at(i as f64 + 0.5);
        for (k, part) in parts.iter().enumerate() {
            let Some(v) = part.values.get(i).copied().filter(|v| scale::drawable(*v) && *v != 0.0) else { continue };
            let (a, b, from, to) = if *grouped {
                let each = wide / parts.len() as f64;
                let left = centre - wide / 2.0 + each * k as f64;
                (left, left + each - 1.0, 0.0, v)
            } else {
                (centre - wide / 2.0, centre + wide / 2.0, stacked[k].0[i], stacked[k].1[i])
            };
            let (ya, yb) = (f.y.at(from), f.y.at(to));
            let fade = shade(parts, k);
            f.canvas.rect_faded((a, ya), (b, yb), &format!("{} cell", style::fill_class(part.tone)), fade);
            let label = bare(*unit, v);
            if (ya - yb).abs() >= 16.0 && text::width(&label, TICK) < b - a - 4.0 {
                let class = if fade > 0.62 { format!("in i-{}", style::name(part.tone)) } else { "in".to_owned() };
                f.canvas.text(((a + b) / 2.0, (ya + yb) / 2.0 + 4.0), Anchor::Middle, &class, &label);
            }
        }
    }
    let zero = f.y.at(0.0);
    f.canvas.line((f.left, zero), (f.right, zero), "zero");
    category_axis(&mut f, categories, slot);
    Some(Drawing::sized(f.finish(), size))
}

/// The opacity of part `k`: parts of one tone fade from full to faint in their order.
pub(super) fn shade(parts: &[Part], k: usize) -> f64 {
    let alike: Vec<usize> = (0..parts.len()).filter(|i| parts[*i].tone == parts[k].tone).collect();
    let place = alike.iter().position(|i| *i == k).unwrap_or(0);
    if alike.len() < 2 { 1.0 } else { 1.0 - 0.75 * place as f64 / (alike.len() - 1) as f64 }
}

/// A value as it stands inside a mark, where the axis gives the unit.
pub(super) fn bare(unit: plimsoll_model::unit::Unit, value: f64) -> String {
    use plimsoll_model::unit::Unit;
    match unit {
        Unit::Fraction => format!("{:.0}", value * 100.0).replace('-', "\u{2212}"),
        _ => format::number(unit, Some(value)),
    }
}

fn category_axis(f: &mut Frame, categories: &[String], slot: f64) {
    let lines = |c: &str, most| text::wrap(c, slot - 4.0, TICK, most);
    let fits = |most| categories.iter().all(|c| lines(c, most).iter().all(|l| !l.ends_with('\u{2026}')));
    let widest = categories.iter().map(|c| text::width(c, TICK)).fold(0.0, f64::max);
    // One line for all, else a line for each word for all, else every so many names.
    let (every, broken) = match (fits(1), fits(2)) {
        (true, _) => (1, false),
        (_, true) => (1, true),
        _ => (((widest + 8.0) / slot).ceil().clamp(1.0, 12.0) as usize, false),
    };
    for (i, c) in categories.iter().enumerate().filter(|(i, _)| i % every == 0) {
        let shown = match broken {
            true if c.split(' ').count() == 2 => c.split(' ').map(str::to_owned).collect(),
            true => lines(c, 2),
            false => vec![text::fit(c, slot * every as f64, TICK)],
        };
        for (k, l) in shown.iter().enumerate() {
            let at = (f.x.at(i as f64 + 0.5), f.bottom + 16.0 + 13.0 * k as f64);
            f.canvas.text(at, Anchor::Middle, "tick", l);
        }
    }
}
