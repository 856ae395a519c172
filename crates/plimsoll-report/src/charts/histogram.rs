//! Distributions of groups over the same bins, side by side, with medians.

use super::{Drawing, style};
use crate::format;
use crate::model::{Distribution, Level, Plot};
use crate::svg::frame::{Frame, Needs, TICK};
use crate::svg::{Anchor, Size, scale, text};
use plimsoll_model::unit::Unit;

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Histogram { unit, edges, groups, levels } = plot else { return None };
    let bins = edges.len().checked_sub(1).filter(|b| *b > 0)?;
    let extent = scale::extent(groups.iter().flat_map(|g| &g.shares))?;
    // Room above the columns for the names of the thresholds.
    let extent = (extent.0, extent.1 * (1.0 + 0.08 * levels.len() as f64));
    let needs = Needs { unit: Unit::Fraction, extent, levels: &[], labels: 0.0, from_zero: true, log: false };
    let mut f = Frame::new(size, &needs, (0.0, bins as f64));
    let slot = f.x.at(1.0) - f.x.at(0.0);
    let each = (slot - 3.0) / groups.len().max(1) as f64;
    for (k, g) in groups.iter().enumerate() {
        for (i, share) in g.shares.iter().take(bins).enumerate().filter(|(_, s)| s.is_finite() && **s != 0.0) {
            let left = f.x.at(i as f64) + 1.5 + each * k as f64;
            f.canvas.rect((left, f.y.at(0.0)), (left + each - 0.5, f.y.at(*share)), style::fill_class(g.tone));
        }
    }
    let zero = f.y.at(0.0);
    f.canvas.line((f.left, zero), (f.right, zero), "zero");
    let step = edges.windows(2).map(|w| w[1] - w[0]).filter(|s| s.is_finite() && *s > 0.0).fold(f64::INFINITY, f64::min);
    let step = if step.is_finite() { step } else { 1.0 };
    let at: Vec<f64> = (0..=bins).map(|i| i as f64).collect();
    let name = |i: f64| match edges[i as usize] {
        e if scale::drawable(e) => format::tick(*unit, e, step),
        e if e < 0.0 => "less".to_owned(),
        _ => "more".to_owned(),
    };
    f.number_axis(&at, name, "");
    draw_marks(&mut f, edges, groups, levels, *unit);
    Some(Drawing::sized(f.finish(), size))
}

/// Draws medians as rules in their group's colour (the key says their values) and names the thresholds.
fn draw_marks(f: &mut Frame, edges: &[f64], groups: &[Distribution], levels: &[Level], unit: Unit) {
    for g in groups {
        if let Some(m) = g.median.filter(|m| m.is_finite()) {
            let x = f.x.at(position(edges, m));
            f.canvas.line((x, f.top - 6.0), (x, f.bottom), "under");
            f.canvas.line((x, f.top - 6.0), (x, f.bottom), &format!("ln dashed s-{}", style::name(g.tone)));
        }
    }
    for (row, l) in levels.iter().filter(|l| l.value.is_finite()).enumerate() {
        let x = f.x.at(position(edges, l.value));
        let shown = text::fit(&format!("{} {}", l.label, format::number(unit, Some(l.value))), f.right - f.left, TICK);
        let wide = text::bold_width(&shown, TICK);
        let (anchor, at) = match (x - wide - 6.0 > f.left, x + wide + 6.0 < f.right) {
            (true, _) => (Anchor::End, x - 5.0),
            (_, true) => (Anchor::Start, x + 5.0),
            _ => (Anchor::End, f.right),
        };
        f.canvas.line((x, f.top - 6.0), (x, f.bottom), "threshold");
        f.canvas.text((at, f.top + 4.0 + 14.0 * row as f64), anchor, "note strong halo", &shown);
    }
}

/// Where `value` lies among the bins, in bins.
fn position(edges: &[f64], value: f64) -> f64 {
    let bins = edges.len() - 1;
    for i in 0..bins {
        let (a, b) = (edges[i], edges[i + 1]);
        if value <= b || i + 1 == bins {
            let within = if a.is_finite() && b.is_finite() && b > a { ((value - a) / (b - a)).clamp(0.0, 1.0) } else { 0.5 };
            return i as f64 + within;
        }
    }
    bins as f64
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn values_lie_in_their_bin() {
        let edges = [f64::NEG_INFINITY, 0.0, 1.0, 3.0, f64::INFINITY];
        assert_eq!(position(&edges, -7.0), 0.5);
        assert_eq!(position(&edges, 0.25), 1.25);
        assert_eq!(position(&edges, 2.0), 2.5);
        assert_eq!(position(&edges, 99.0), 3.5);
    }
}
