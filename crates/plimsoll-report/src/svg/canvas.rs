//! The drawing surface: SVG elements with classes.

use std::fmt::Write;

/// Where a text is anchored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its start.
    Start,
    /// At its middle.
    Middle,
    /// At its end.
    End,
}

/// Elements of one drawing, in the order in which they are painted.
#[derive(Debug, Default)]
pub struct Canvas {
    out: String,
}

/// A coordinate with one decimal at most; a negative zero is a zero. A value that is not finite is a fault of the caller.
pub fn coordinate(value: f64) -> String {
    debug_assert!(value.is_finite(), "a coordinate must be finite");
    let tenths = (value * 10.0).round() as i64;
    if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{:.1}", tenths as f64 / 10.0) }
}

/// Text with the characters that mean something to XML escaped.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Control characters are not allowed in XML.
            c if (c as u32) < 0x20 && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

impl Canvas {
    /// An empty drawing.
    pub fn new() -> Canvas {
        Canvas::default()
    }
    /// The elements drawn so far.
    pub fn finish(self) -> String {
        self.out
    }
    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(coordinate);
        let _ = write!(self.out, r#"<path class="{class}" d="M{x1} {y1}L{x2} {y2}"/>"#);
    }
    /// A rectangle between two corners, whichever way they lie.
    pub fn rect(&mut self, a: (f64, f64), b: (f64, f64), class: &str) {
        self.rect_faded(a, b, class, 1.0);
    }
    /// A rectangle with an opacity.
    pub fn rect_faded(&mut self, a: (f64, f64), b: (f64, f64), class: &str, opacity: f64) {
        let (x, y) = (a.0.min(b.0), a.1.min(b.1));
        let [x, y, w, h] = [x, y, (a.0 - b.0).abs(), (a.1 - b.1).abs()].map(coordinate);
        let _ = write!(self.out, r#"<rect class="{class}" x="{x}" y="{y}" width="{w}" height="{h}""#);
        if opacity < 0.995 {
            let _ = write!(self.out, r#" fill-opacity="{:.2}""#, opacity.max(0.0));
        }
        self.out.push_str("/>");
    }
    /// A circle.
    pub fn circle(&mut self, centre: (f64, f64), radius: f64, class: &str) {
        let [x, y, r] = [centre.0, centre.1, radius].map(coordinate);
        let _ = write!(self.out, r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"/>"#);
    }
    /// A path; nothing is drawn for an empty one.
    pub fn path(&mut self, d: &str, class: &str) {
        if !d.is_empty() {
            let _ = write!(self.out, r#"<path class="{class}" d="{d}"/>"#);
        }
    }
    /// A line of text with its baseline at `at`.
    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let [x, y] = [at.0, at.1].map(coordinate);
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let _ = write!(self.out, r#"<text class="{class}" x="{x}" y="{y}"{anchor}>{}</text>"#, escape(text));
    }
    /// Opens a group with a tooltip.
    pub fn open(&mut self, title: &str) {
        let _ = write!(self.out, "<g><title>{}</title>", escape(title));
    }
    /// Closes the group.
    pub fn close(&mut self) {
        self.out.push_str("</g>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!(coordinate(12.0), "12");
        assert_eq!(coordinate(12.04), "12");
        assert_eq!(coordinate(-0.01), "0");
        assert_eq!(coordinate(-3.25), "-3.3");
    }

    #[test]
    fn text_is_escaped() {
        let mut c = Canvas::new();
        c.text((1.0, 2.0), Anchor::End, "t", "A&B <\u{7}>");
        assert_eq!(c.finish(), "<text class=\"t\" x=\"1\" y=\"2\" text-anchor=\"end\">A&amp;B &lt;\u{fffd}&gt;</text>");
    }
}
