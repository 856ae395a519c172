//! The key above a plot, for what cannot be labelled where it lies: bands, stacked parts, dots.

use super::{columns, fan, map, style};
use crate::format;
use crate::model::Plot;

/// An entry: the class of its swatch, its opacity, and what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The swatch's class.
    pub class: String,
    /// The swatch's opacity.
    pub opacity: f64,
    /// What it stands for.
    pub text: String,
}

impl Key {
    fn new(class: &str, text: &str) -> Key {
        Key { class: class.to_owned(), opacity: 1.0, text: text.to_owned() }
    }
}

/// The entries for `plot`, in reading order.
pub fn key(plot: &Plot) -> Vec<Key> {
    let mut list = match plot {
        Plot::Fan { bands, .. } | Plot::Steps { bands, .. } => {
            bands.iter().enumerate().map(|(i, b)| Key::new(fan::band_class(i, bands.len()), &b.label)).collect()
        }
        Plot::Area { history: Some(h), .. } => vec![Key::new("band", &h.label)],
        Plot::Columns { parts, .. } => parts
            .iter()
            .enumerate()
            .map(|(k, p)| Key { opacity: columns::shade(parts, k), ..Key::new(style::fill_class(p.tone), &p.name) })
            .collect(),
        Plot::Histogram { unit, groups, .. } => groups
            .iter()
            .map(|g| {
                let median = g.median.filter(|m| m.is_finite());
                let median = median.map_or(String::new(), |m| format!(", median {}", format::number(*unit, Some(m))));
                Key::new(style::fill_class(g.tone), &format!("{}, n\u{a0}=\u{a0}{}{median}", g.name, format::count(g.n)))
            })
            .collect(),
        Plot::EventStudy { placebo: Some(b), .. } => vec![Key::new("fan1", &b.label)],
        Plot::Map { unit, values, trail, trail_name, .. } => {
            let edge = |word: &str, v: f64, opacity: f64| Key {
                opacity,
                ..Key::new("f-rest", &format!("{word} {}", format::number(*unit, Some(v))))
            };
            let mut list = Vec::new();
            if let Some((low, high)) = map::range(values) {
                list.push(edge("fewest", low, map::shade(low, low, high)));
                if high > low {
                    list.push(edge("most", high, map::shade(high, low, high)));
                }
            }
            if !trail.is_empty() {
                list.push(Key::new("f-giants", trail_name));
            }
            list
        }
        Plot::HeatMap { marks, .. } => marks.iter().map(|m| Key::new("cellmark", &m.label)).collect(),
        _ => Vec::new(),
    };
    if let Plot::Steps { dots, dots_name, .. } = plot
        && !dots.is_empty()
    {
        list.push(Key::new("dot", dots_name));
    }
    let time = match plot {
        Plot::Lines { time, .. }
        | Plot::Growth { time, .. }
        | Plot::Gap { time, .. }
        | Plot::Contributions { time, .. }
        | Plot::Area { time, .. }
        | Plot::Fan { time, .. }
        | Plot::Steps { time, .. } => Some(time),
        _ => None,
    };
    if let Some(t) = time.filter(|t| !t.rules.is_empty() && !t.rules_name.is_empty()) {
        list.push(Key::new("rule", &t.rules_name));
    }
    list.retain(|k| !k.text.is_empty());
    list
}
