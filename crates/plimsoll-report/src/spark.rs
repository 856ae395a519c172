//! The small chart of an alert: a PNG, because mail programs show no SVG. Drawn at twice its size, on paper, readable by day and night.

use tiny_skia::{Color, Paint, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform};

use crate::theme::{Theme, colour};

/// Width in points of the page; the picture has twice as many pixels.
pub const WIDTH: u32 = 520;
/// Height in points.
pub const HEIGHT: u32 = 120;

const SCALE: f32 = 2.0;
const MARGIN: f32 = 8.0;

/// Draws figures in the order of time, equally spaced (`None` leaves a gap), with thresholds across; the last carries a dot in the
/// colour of the verdict. `None` where there is no figure at all.
pub fn png(values: &[Option<f64>], thresholds: &[f64], verdict: &str) -> Option<Vec<u8>> {
    let mut map = Pixmap::new(WIDTH * SCALE as u32, HEIGHT * SCALE as u32)?;
    map.fill(paint_colour("paper"));
    let known = || values.iter().flatten().chain(thresholds).copied().filter(|v| v.is_finite());
    let (low, high) = (known().min_by(f64::total_cmp)?, known().max_by(f64::total_cmp)?);
    let span = if high > low { high - low } else { 1.0 };
    let last = values.len().saturating_sub(1).max(1);
    let x = |i: usize| MARGIN + i as f32 / last as f32 * (WIDTH as f32 - 2.0 * MARGIN);
    let y = |v: f64| MARGIN + ((high - v) / span) as f32 * (HEIGHT as f32 - 2.0 * MARGIN);
    let scale = Transform::from_scale(SCALE, SCALE);

    for threshold in thresholds {
        let mut path = PathBuilder::new();
        path.move_to(MARGIN, y(*threshold));
        path.line_to(WIDTH as f32 - MARGIN, y(*threshold));
        let dash = StrokeDash::new(vec![4.0, 3.0], 0.0);
        let stroke = Stroke { width: 1.0, dash, ..Stroke::default() };
        map.stroke_path(&path.finish()?, &paint("axis"), &stroke, scale, None);
    }
    let mut path = PathBuilder::new();
    let mut gap = true;
    let mut end = None;
    for (i, value) in values.iter().enumerate() {
        match value.filter(|v| v.is_finite()) {
            Some(v) if gap => path.move_to(x(i), y(v)),
            Some(v) => path.line_to(x(i), y(v)),
            None => {}
        }
        gap = value.is_none();
        end = value.map(|v| (x(i), y(v))).or(end);
    }
    if let Some(path) = path.finish() {
        let stroke = Stroke { width: 1.75, line_join: tiny_skia::LineJoin::Round, ..Stroke::default() };
        map.stroke_path(&path, &paint("whole"), &stroke, scale, None);
    }
    if let Some((cx, cy)) = end {
        let dot = PathBuilder::from_circle(cx, cy, 4.0)?;
        map.fill_path(&dot, &paint(verdict_colour(verdict)), tiny_skia::FillRule::Winding, scale, None);
    }
    let base = Rect::from_xywh(MARGIN, HEIGHT as f32 - 1.0, WIDTH as f32 - 2.0 * MARGIN, 1.0)?;
    map.fill_rect(base, &paint("hairline"), scale, None);
    map.encode_png().ok()
}

/// The name of the colour of a verdict.
pub fn verdict_colour(verdict: &str) -> &'static str {
    match verdict {
        "holds" | "over" => "holds",
        "fails" | "began" => "fails",
        "undecided" => "undecided",
        _ => "unknown",
    }
}

fn paint_colour(name: &str) -> Color {
    let hex = u32::from_str_radix(colour(Theme::Light, name).trim_start_matches('#'), 16).unwrap_or(0);
    Color::from_rgba8((hex >> 16) as u8, (hex >> 8) as u8, hex as u8, 255)
}

fn paint(name: &str) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(paint_colour(name));
    paint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_runs_where_the_figures_do() {
        // Rising from the lower left to the upper right.
        let rising: Vec<Option<f64>> = (0..10).map(|n| Some(f64::from(n))).collect();
        let picture = Pixmap::decode_png(&png(&rising, &[], "holds").unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (WIDTH * 2, HEIGHT * 2));
        let dark = |x: u32, y: u32| {
            (x.saturating_sub(4)..x + 4)
                .flat_map(|x| (y.saturating_sub(4)..y + 4).map(move |y| (x, y)))
                .any(|(x, y)| picture.pixel(x, y).is_some_and(|p| p.red() < 100))
        };
        assert!(dark(20, HEIGHT * 2 - 20) && dark(WIDTH * 2 - 20, 20), "from corner to corner");
        assert!(!dark(20, 20) && !dark(WIDTH * 2 - 20, HEIGHT * 2 - 20), "and nowhere else");
    }

    #[test]
    fn gaps_and_flat_lines_are_drawn_too() {
        assert!(png(&[Some(1.0), None, Some(1.0)], &[1.0], "fails").is_some());
        assert!(png(&[None, None], &[], "fails").is_none());
    }
}
