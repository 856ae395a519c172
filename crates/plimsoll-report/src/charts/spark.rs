//! The small drawings of the ribbon: a value against its thresholds, and two years of its history.

use crate::format;
use crate::model::{Bound, ClaimRow, Direction, Verdict};
use crate::svg::canvas::escape;
use crate::svg::scale::{self, Scale};
use crate::svg::{Canvas, path};

const WIDTH: f64 = 150.0;
const TALL: f64 = 34.0;
const GAUGE: f64 = 22.0;
/// How much history a sparkline shows, in days.
pub const TWO_YEARS: i32 = 731;

/// The last two years of a claim's history with its thresholds; `None` where there are fewer than two values.
pub fn sparkline(claim: &ClaimRow) -> Option<String> {
    let line = claim.history.as_ref()?;
    let last = line.days.iter().zip(&line.values).rev().find(|(_, v)| v.is_finite())?.0.0;
    let recent: Vec<(i32, f64)> =
        line.days.iter().zip(&line.values).map(|(d, v)| (d.0, *v)).filter(|(d, _)| *d > last - TWO_YEARS && *d <= last).collect();
    let values: Vec<f64> = recent.iter().map(|r| r.1).collect();
    if values.iter().filter(|v| v.is_finite()).count() < 2 {
        return None;
    }
    let bounds = [(claim.holds, "th-holds"), (claim.fails, "th-fails")];
    let data = scale::extent(&values)?;
    // A threshold far away must not flatten the history: it is drawn only within twice the history's range.
    let reach = (data.1 - data.0).max(f64::EPSILON) * 2.0;
    let near: Vec<(f64, &str)> = bounds
        .into_iter()
        .filter_map(|(b, class)| Some((b?.value, class)))
        .filter(|(b, _)| *b >= data.0 - reach && *b <= data.1 + reach)
        .collect();
    let (low, high) = scale::extent(values.iter().chain(near.iter().map(|n| &n.0)))?;
    let first = recent.iter().find(|r| r.1.is_finite())?.0;
    let x = Scale::new((f64::from(first), f64::from(last)), (2.0, WIDTH - 5.0));
    let y = Scale::new((low, high), (TALL - 4.0, 4.0));
    let mut c = Canvas::new();
    for (b, class) in &near {
        c.line((2.0, y.at(*b)), (WIDTH - 5.0, y.at(*b)), class);
    }
    let points: Vec<(f64, f64)> = recent.iter().map(|(d, v)| (x.at(f64::from(*d)), y.at(*v))).collect();
    c.path(&path::line(&points), "ln thin s-whole");
    let end = points.iter().rev().find(|p| p.1.is_finite())?;
    c.circle(*end, 2.6, &format!("v-{}", claim.verdict.word()));
    let title = format!(
        "{}: {} to {} over two years",
        claim.measure,
        format::number(claim.unit, Some(data.0)),
        format::number(claim.unit, Some(data.1))
    );
    Some(wrap(&title, &c.finish(), TALL))
}

/// The value on a small scale with the sides on which the claim holds and fails; `None` without value or thresholds.
pub fn gauge(claim: &ClaimRow) -> Option<String> {
    let value = claim.value.filter(|v| v.is_finite())?;
    let sides = [(claim.holds, "side-holds"), (claim.fails, "side-fails")];
    let marks: Vec<f64> = sides.iter().filter_map(|(b, _)| b.map(|b| b.value)).filter(|v| v.is_finite()).collect();
    let (low, high) = scale::extent(marks.iter().chain([&value])).filter(|_| !marks.is_empty())?;
    let pad = if high > low { (high - low) * 0.28 } else { low.abs().max(1e-9) * 0.5 };
    let x = Scale::new((low - pad, high + pad), (3.0, WIDTH - 3.0));
    let middle = GAUGE / 2.0;
    let mut c = Canvas::new();
    c.rect((3.0, middle - 4.0), (WIDTH - 3.0, middle + 4.0), "side-none");
    for (bound, class) in sides {
        if let Some(Bound { value, direction }) = bound.filter(|b| b.value.is_finite()) {
            let end = if direction == Direction::Above { WIDTH - 3.0 } else { 3.0 };
            c.rect((x.at(value), middle - 4.0), (end, middle + 4.0), class);
            c.line((x.at(value), middle - 8.0), (x.at(value), middle + 8.0), "bound");
        }
    }
    c.circle((x.at(value), middle), 5.0, &format!("v-{} knob", claim.verdict.word()));
    let title = format!("{}: {}", claim.verdict.word(), format::number(claim.unit, Some(value)));
    Some(wrap(&title, &c.finish(), GAUGE))
}

/// A verdict by shape: filled circle, cross, half circle, dashed ring.
pub fn mark(verdict: &Verdict) -> String {
    let body = match verdict {
        Verdict::Holds => r#"<circle class="v-holds" cx="8" cy="8" r="6.2"/>"#,
        Verdict::Fails => r#"<path class="x-fails" d="M3 3L13 13M13 3L3 13"/>"#,
        Verdict::Undecided => {
            r#"<circle class="o-undecided" cx="8" cy="8" r="6"/><path class="v-undecided" d="M8 2A6 6 0 0 0 8 14Z"/>"#
        }
        Verdict::Unknown { .. } => r#"<circle class="o-unknown" cx="8" cy="8" r="6"/>"#,
    };
    format!(r#"<svg class="vm" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">{body}</svg>"#)
}

fn wrap(title: &str, body: &str, tall: f64) -> String {
    let title = escape(title);
    format!(
        r#"<svg class="spark" role="img" aria-label="{title}" viewBox="0 0 {WIDTH} {tall}" width="{WIDTH}" height="{tall}"><title>{title}</title>{body}</svg>"#
    )
}
