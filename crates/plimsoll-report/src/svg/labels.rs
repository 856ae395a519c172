//! Labels at the ends of lines, moved apart where they would collide.

use super::text;
use super::{Anchor, Canvas};

/// The size of the text of end labels.
pub const SIZE: f64 = 12.0;
/// The height of a line of text.
pub const LEADING: f64 = 14.0;

/// A label that belongs to a height.
#[derive(Clone, Debug, PartialEq)]
pub struct EndLabel {
    /// Where it wants to be: the height of the line's last point.
    pub y: f64,
    /// Its lines of text.
    pub lines: Vec<String>,
    /// The class of its colour.
    pub class: &'static str,
}

impl EndLabel {
    /// A label of a name and a value, on one line where there is room for it.
    pub fn new(y: f64, name: &str, value: &str, class: &'static str, room: f64) -> EndLabel {
        let both = if value.is_empty() { name.to_owned() } else { format!("{name} {value}") };
        let lines = if text::bold_width(&both, SIZE) <= room {
            vec![both]
        } else {
            let mut lines = text::wrap(name, room / 1.06, SIZE, 2);
            if !value.is_empty() {
                lines.push(value.to_owned());
            }
            lines
        };
        EndLabel { y, lines, class }
    }
    fn height(&self) -> f64 {
        self.lines.len() as f64 * LEADING
    }
    /// Its width.
    pub fn width(&self) -> f64 {
        self.lines.iter().map(|l| text::bold_width(l, SIZE)).fold(0.0, f64::max)
    }
}

/// The centres of blocks of these wanted centres and heights, in order, moved as little as possible so that none overlap and all
/// lie between `top` and `bottom` where they fit.
pub fn spread(wanted: &[(f64, f64)], top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].0.total_cmp(&wanted[*b].0).then(a.cmp(b)));
    // Blocks of labels that touch: members, their total height, and the top that suits them best on average.
    struct Block {
        members: Vec<usize>,
        height: f64,
        sum: f64,
    }
    let clamp = |b: &Block| (b.sum / b.members.len() as f64).min(bottom - b.height).max(top);
    let mut blocks: Vec<Block> = Vec::new();
    for i in order {
        let (y, h) = wanted[i];
        blocks.push(Block { members: vec![i], height: h, sum: y - h / 2.0 });
        while let [.., a, b] = &blocks[..] {
            if clamp(a) + a.height <= clamp(b) + 1e-9 {
                break;
            }
            let b = blocks.pop().expect("two blocks");
            let a = blocks.last_mut().expect("one block");
            a.sum += b.sum - a.height * b.members.len() as f64;
            a.height += b.height;
            a.members.extend(b.members);
        }
    }
    let mut out = vec![0.0; wanted.len()];
    for b in &blocks {
        let mut y = clamp(b);
        for &m in &b.members {
            out[m] = y + wanted[m].1 / 2.0;
            y += wanted[m].1;
        }
    }
    out
}

/// Draws labels right of `x`, each with a thin leader where it had to move.
pub fn draw(canvas: &mut Canvas, labels: &[EndLabel], x: f64, span: (f64, f64)) {
    let wanted: Vec<(f64, f64)> = labels.iter().map(|l| (l.y, l.height() + 1.0)).collect();
    for (label, centre) in labels.iter().zip(spread(&wanted, span.0, span.1)) {
        if (centre - label.y).abs() > 5.0 {
            canvas.path(&leader(x, label.y, centre), "leader");
        }
        let first = centre - label.height() / 2.0 + LEADING - 3.5;
        for (i, line) in label.lines.iter().enumerate() {
            canvas.text((x + 10.0, first + i as f64 * LEADING), Anchor::Start, label.class, line);
        }
    }
}

fn leader(x: f64, from: f64, to: f64) -> String {
    use super::canvas::coordinate as c;
    format!("M{} {}L{} {}", c(x + 2.0), c(from), c(x + 8.0), c(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_fit_stay_and_others_move_apart() {
        assert_eq!(spread(&[(10.0, 10.0), (50.0, 10.0)], 0.0, 100.0), [10.0, 50.0]);
        let y = spread(&[(50.0, 10.0), (50.0, 10.0), (52.0, 10.0)], 0.0, 100.0);
        let mut sorted = y.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|w| w[1] - w[0] >= 10.0 - 1e-9), "{y:?}");
        assert!((sorted[1] - 50.7).abs() < 1.0, "the cluster is centred: {y:?}");
        let edge = spread(&[(99.0, 10.0), (98.0, 10.0)], 0.0, 100.0);
        assert!(edge.iter().all(|y| *y <= 95.0 + 1e-9), "{edge:?}");
        assert!(edge[1] < edge[0], "order is kept");
    }

    #[test]
    fn long_names_take_two_lines() {
        let l = EndLabel::new(0.0, "Equal weight of the index", "+12.3\u{a0}%", "t", 90.0);
        assert_eq!(l.lines.len(), 3);
        assert_eq!(EndLabel::new(0.0, "Index", "+12.3\u{a0}%", "t", 90.0).lines.len(), 1);
    }
}
