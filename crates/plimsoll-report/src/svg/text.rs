//! How wide text is, and how to make it fit.

/// Advance widths of the printable ASCII characters in Helvetica and its metric equals, in thousandths of the size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778,
    722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222,
    500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// System fonts differ; most are a little wider than Helvetica.
const MARGIN: f64 = 1.07;

/// An upper estimate of the width of `text` at `size`, in user units.
pub fn width(text: &str, size: f64) -> f64 {
    let units: u32 = text
        .chars()
        .map(|c| match c {
            ' '..='~' => u32::from(WIDTHS[c as usize - 32]),
            '\u{a0}' => 278,
            '\u{202f}' | '\u{2009}' => 200,
            '\u{2212}' | '\u{2265}' | '\u{2264}' => 584,
            '\u{2013}' | '\u{b7}' => 556,
            '\u{300}'..='\u{36f}' => 0,
            c if (c as u32) < 0x250 => 611,
            _ => 1000,
        })
        .sum();
    f64::from(units) / 1000.0 * size * MARGIN
}

/// As [`width`], for text in bold.
pub fn bold_width(text: &str, size: f64) -> f64 {
    width(text, size) * 1.06
}

/// `text` cut with an ellipsis so that it fits into `room`.
pub fn fit(text: &str, room: f64, size: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        let mut longer = cut.clone();
        longer.push(c);
        if width(&longer, size) + size * 1.07 > room {
            break;
        }
        cut = longer;
    }
    format!("{}\u{2026}", cut.trim_end())
}

/// `text` broken at spaces into at most `most` lines that fit into `room`; the last one is cut where it must be.
pub fn wrap(text: &str, room: f64, size: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let text = crate::format::prose(text);
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > most.max(1) {
        let rest = lines.split_off(most.max(1) - 1).join(" ");
        lines.push(rest);
    }
    lines.iter().map(|l| fit(l, room, size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_follow_the_font() {
        assert!((width("Hello", 10.0) - 22.78 * MARGIN).abs() < 0.01);
        assert_eq!(width("", 10.0), 0.0);
    }

    #[test]
    fn text_is_broken_and_cut() {
        assert_eq!(wrap("Equal weight of the index", 80.0, 12.0, 3), ["Equal weight", "of the index"]);
        let cut = wrap("A name that is far too long for the room that it is given", 60.0, 12.0, 2);
        assert_eq!(cut.len(), 2);
        assert!(cut[1].ends_with('\u{2026}'));
        assert!(cut.iter().all(|l| width(l, 12.0) <= 60.0), "{cut:?}");
        assert!(wrap("", 10.0, 10.0, 2).is_empty());
    }
}
