//! The names of the rows of a chart that is made of rows: on one line where they fit, else on two.

use crate::svg::{Anchor, Canvas, text};

const SIZE: f64 = 12.0;
const LEADING: f64 = 13.0;

/// Row names laid out in a column at the left.
pub(super) struct RowLabels {
    lines: Vec<Vec<String>>,
    /// The width of the column.
    pub column: f64,
    /// The middle of each row.
    pub centres: Vec<f64>,
    /// The end of the last row.
    pub bottom: f64,
}

impl RowLabels {
    /// Rows from `top` on, each `row` tall or taller, with names no wider than `most`.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>, most: f64, top: f64, row: f64) -> RowLabels {
        let lines: Vec<Vec<String>> = names.map(|n| text::wrap(n, most, SIZE, 2)).collect();
        let column = lines.iter().flatten().map(|l| text::width(l, SIZE)).fold(0.0, f64::max).ceil();
        let mut bottom = top;
        let centres = lines
            .iter()
            .map(|l| {
                let tall = if l.len() > 1 { row.max(LEADING * 2.0 + 6.0) } else { row };
                bottom += tall;
                bottom - tall / 2.0
            })
            .collect();
        RowLabels { lines, column, centres, bottom }
    }

    /// Draws the names, right-aligned against the plot.
    pub fn draw(&self, canvas: &mut Canvas) {
        for (lines, centre) in self.lines.iter().zip(&self.centres) {
            let first = centre + 4.0 - LEADING / 2.0 * (lines.len() as f64 - 1.0);
            for (i, l) in lines.iter().enumerate() {
                canvas.text((self.column, first + LEADING * i as f64), Anchor::End, "lb num", l);
            }
        }
    }
}
