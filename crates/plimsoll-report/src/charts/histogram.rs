//! Distributions of groups over the same bins, side by side, with medians.

use super::{Drawing, style};
use crate::format;
use crate::model::Plot;
use crate::svg::frame::{Frame, Needs, TICK};
use crate::svg::{Anchor, Size, scale, text};
use plimsoll_model::unit::Unit;

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Histogram { unit, edges, groups, levels } = plot else { return None };
    let bins = edges.len().checked_sub(1).filter(|b| *b > 0)?;
    let extent = scale::extent(groups.iter().flat_map(|g| &g.shares))?;
    let needs = Needs { unit: Unit::Fraction, extent, levels: &[], labels: 0.0, from_zero: true };
    // Room above the columns for the medians' names.
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
        e if e.is_finite() => format::tick(*unit, e, step),
        e if e < 0.0 => "less".to_owned(),
        _ => "more".to_owned(),
    };
    f.number_axis(&at, name, "");
    let mut row = 0;
    let mut mark = |f: &mut Frame, value: f64, label: &str, line: &str, class: &str| {
        let x = f.x.at(position(edges, value));
        let shown = text::fit(&format!("{label} {}", format::number(*unit, Some(value))), f.right - f.left, TICK);
        let wide = text::width(&shown, TICK);
        let (anchor, at) = if x + wide + 6.0 < f.right { (Anchor::Start, x + 5.0) } else { (Anchor::End, x - 5.0) };
        f.canvas.line((x, f.top - 6.0), (x, f.bottom), line);
        f.canvas.text((at, f.top + 2.0 + 14.0 * f64::from(row)), anchor, class, &shown);
        row += 1;
    };
    for g in groups {
        if let Some(m) = g.median.filter(|m| m.is_finite()) {
            let class = format!("{} halo", style::text_class(g.tone));
            mark(&mut f, m, &format!("{} median", g.name), &format!("ln thin s-{}", style::name(g.tone)), &class);
        }
    }
    for l in levels.iter().filter(|l| l.value.is_finite()) {
        mark(&mut f, l.value, &l.label, "threshold", "note strong halo");
    }
    Some(Drawing::sized(f.finish(), size))
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
