//! The frame of a plot over time or over numbers: grid, axes, thresholds, marks on the time axis.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::labels::{self, EndLabel};
use super::scale::{self, Scale};
use super::{Anchor, Canvas, Size, text};
use crate::format;
use crate::model::{Level, TimeMarks};

/// The size of tick labels.
pub const TICK: f64 = 11.5;

/// A frame: a canvas with two scales and the inner rectangle.
pub struct Frame {
    /// What is drawn on.
    pub canvas: Canvas,
    /// Days or numbers to coordinates.
    pub x: Scale,
    /// Values to coordinates.
    pub y: Scale,
    /// The inner rectangle's left edge.
    pub left: f64,
    /// Its right edge.
    pub right: f64,
    /// Its top.
    pub top: f64,
    /// Its bottom.
    pub bottom: f64,
    width: f64,
    levels: Vec<Level>,
    has_level_labels: bool,
    unit: Unit,
}

/// What a frame must make room for.
pub struct Needs<'a> {
    /// The unit of the vertical axis.
    pub unit: Unit,
    /// The smallest and largest value drawn.
    pub extent: (f64, f64),
    /// Horizontal references, which are always in view.
    pub levels: &'a [Level],
    /// The width of the column of end labels; 0 for none.
    pub labels: f64,
    /// Whether the axis must begin at zero (areas, columns).
    pub from_zero: bool,
    /// Whether values are powers of ten, labelled with what they are powers to.
    pub log: bool,
}

impl Needs<'_> {
    fn label(&self, value: f64, step: f64) -> String {
        if self.log { format::growth(self.unit, 10f64.powf(value)) } else { format::tick(self.unit, value, step) }
    }
    fn ticks(&self, height: f64) -> scale::Ticks {
        let levels = self.levels.iter().map(|l| l.value).filter(|v| scale::drawable(*v));
        let (mut low, mut high) = levels.fold(self.extent, |e, v| (e.0.min(v), e.1.max(v)));
        if self.from_zero {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if self.log {
            return scale::log_ticks(low, high, (height / 32.0).round().clamp(3.0, 9.0) as usize);
        }
        let least = match self.unit {
            Unit::Count | Unit::Sessions | Unit::State => 1.0,
            _ => 0.0,
        };
        let mut ticks = scale::ticks(low, high, (height / 48.0).round().clamp(3.0, 7.0) as usize, least);
        // A share that cannot pass 100 % must not suggest that it could.
        if self.unit == Unit::Fraction && high <= 1.0 && ticks.domain.1 > 1.0 {
            ticks.domain.1 = 1.0;
            ticks.values.retain(|v| *v <= 1.0 + 1e-9);
        }
        ticks
    }
}

impl Frame {
    /// A frame with its horizontal grid and vertical axis drawn; the horizontal domain is in days or numbers.
    pub fn new(size: Size, needs: &Needs<'_>, domain: (f64, f64)) -> Frame {
        let (top, bottom) = (12.0, size.height - 36.0);
        let ticks = needs.ticks(bottom - top);
        let widest = ticks.values.iter().map(|v| text::width(&needs.label(*v, ticks.step), TICK)).fold(0.0, f64::max);
        let (left, right) = ((widest + 9.0).ceil(), size.width - needs.labels.max(6.0));
        let x = Scale::new(domain, (left + 2.0, right));
        let y = Scale::new(ticks.domain, (bottom, top));
        let mut canvas = Canvas::new();
        for v in &ticks.values {
            let at = y.at(*v);
            canvas.line((left, at), (right, at), if *v == 0.0 { "zero" } else { "grid" });
            canvas.text((left - 6.0, at + 4.0), Anchor::End, "tick", &needs.label(*v, ticks.step));
        }
        let levels = needs.levels.iter().filter(|l| scale::drawable(l.value)).cloned().collect();
        Frame { canvas, x, y, left, right, top, bottom, width: size.width, levels, has_level_labels: false, unit: needs.unit }
    }

    /// A frame over days, with shades, rules and the date axis drawn.
    pub fn over_time(size: Size, needs: &Needs<'_>, days: (Day, Day), time: &TimeMarks) -> Frame {
        let mut f = Frame::new(size, needs, (f64::from(days.0.0), f64::from(days.1.0)));
        let mut notes: Vec<(f64, &str)> = Vec::new();
        for s in &time.shades {
            let (a, b) = (s.from.max(days.0), s.to.min(days.1));
            if a < b {
                let (xa, xb) = (f.x.day(a), f.x.day(b));
                f.canvas.rect((xa, f.top), (xb, f.bottom), "shade");
                notes.push(((xa + xb) / 2.0, &s.label));
            }
        }
        for r in time.rules.iter().filter(|r| days.0 <= r.day && r.day <= days.1) {
            let at = f.x.day(r.day);
            f.canvas.line((at, f.top), (at, f.bottom), "rule");
            notes.push((at, &r.label));
        }
        f.top_notes(&notes);
        f.date_axis(days);
        if let Some(day) = time.as_of.filter(|d| days.0 <= *d && *d < days.1) {
            let at = f.x.day(day);
            let label = format!("as of {day}");
            let anchor = if at - f.left > text::width(&label, TICK) + 8.0 { Anchor::End } else { Anchor::Start };
            let nudge = if anchor == Anchor::End { -5.0 } else { 5.0 };
            f.canvas.line((at, f.top), (at, f.bottom), "asof");
            f.canvas.text((at + nudge, f.bottom - 6.0), anchor, "note halo", &label);
        }
        f
    }

    /// Names of shades and rules above the plot; one that finds no room is left out.
    fn top_notes(&mut self, notes: &[(f64, &str)]) {
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for (at, label) in notes.iter().filter(|n| !n.1.is_empty()) {
            let wide = text::width(label, TICK) / 2.0;
            let centre = at.min(self.width - wide).max(wide);
            if taken.iter().all(|t| centre - wide > t.1 + 5.0 || centre + wide < t.0 - 5.0) {
                self.canvas.text((centre, self.top - 2.5), Anchor::Middle, "note", label);
                taken.push((centre - wide, centre + wide));
            }
        }
    }

    fn date_axis(&mut self, days: (Day, Day)) {
        let most = ((self.right - self.left) / 44.0).floor().max(2.0) as usize;
        let ticks = scale::date_ticks(days.0, days.1, most);
        for (i, t) in ticks.iter().enumerate() {
            let at = self.x.day(t.day);
            self.canvas.line((at, self.bottom), (at, self.bottom + 4.0), "axis");
            let wide = text::width(&t.label, TICK) / 2.0;
            let centre = at.max(wide);
            self.canvas.text((centre, self.bottom + 16.0), Anchor::Middle, "tick", &t.label);
            if let Some(year) = &t.year {
                // A year that begins right of a first, partial one needs its room.
                let next = ticks[i + 1..].iter().find(|n| n.year.is_some()).map(|n| self.x.day(n.day));
                if next.is_none_or(|n| n - at > text::width(year, TICK) + 4.0) {
                    self.canvas.text((centre, self.bottom + 30.0), Anchor::Middle, "tick year", year);
                }
            }
        }
    }

    /// Number ticks on the horizontal axis, with its name at the right.
    pub fn number_axis(&mut self, values: &[f64], label: impl Fn(f64) -> String, name: &str) {
        let mut free = f64::MIN;
        for v in values {
            let (at, shown) = (self.x.at(*v), label(*v));
            let wide = text::width(&shown, TICK) / 2.0;
            self.canvas.line((at, self.bottom), (at, self.bottom + 4.0), "axis");
            let centre = at.min(self.width - wide).max(wide);
            if centre - wide > free {
                self.canvas.text((centre, self.bottom + 16.0), Anchor::Middle, "tick", &shown);
                free = centre + wide + 4.0;
            }
        }
        let shown = text::fit(name, self.right - self.left, TICK);
        self.canvas.text(((self.left + self.right) / 2.0, self.bottom + 31.0), Anchor::Middle, "tick", &shown);
    }

    /// Draws the thresholds with their labels; call it after the data, so that the labels stay legible.
    pub fn thresholds(&mut self) {
        self.has_level_labels = true;
        for l in std::mem::take(&mut self.levels) {
            let at = self.y.at(l.value);
            self.canvas.line((self.left, at), (self.right, at), "threshold");
            let shown = format!("{} {}", l.label, format::number(self.unit, Some(l.value)));
            let shown = text::fit(shown.trim(), self.right - self.left - 8.0, TICK);
            let above = if at - self.top > 16.0 { at - 4.0 } else { at + 13.0 };
            self.canvas.text((self.left + 6.0, above), Anchor::Start, "note strong halo", &shown);
        }
    }

    /// Draws labels at the right edge.
    pub fn end_labels(&mut self, list: &[EndLabel]) {
        labels::draw(&mut self.canvas, list, self.right, (self.top - 8.0, self.bottom + 8.0));
    }

    /// The drawing.
    pub fn finish(mut self) -> String {
        if !self.has_level_labels {
            self.thresholds();
        }
        self.canvas.finish()
    }
}
