//! From tones, weights and dashes to classes.

use crate::model::{Dash, Series, Tone, Weight};

/// The class of a line.
pub fn stroke_class(series: &Series) -> String {
    let mut class = format!("ln s-{}", name(series.tone));
    match series.weight {
        Weight::Heavy => class.push_str(" heavy"),
        Weight::Normal => {}
        Weight::Thin => class.push_str(" thin"),
    }
    match series.dash {
        Dash::Solid => {}
        Dash::Dashed => class.push_str(" dashed"),
        Dash::Dotted => class.push_str(" dotted"),
    }
    class
}

/// The class of a filled mark.
pub fn fill_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Giants => "f-giants",
        Tone::Rest => "f-rest",
        Tone::Whole => "f-whole",
        Tone::Context => "f-context",
        Tone::Faint => "f-faint",
    }
}

/// The class of a label.
pub fn text_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Giants => "lb t-giants",
        Tone::Rest => "lb t-rest",
        Tone::Whole => "lb t-whole",
        Tone::Context | Tone::Faint => "lb t-context",
    }
}

/// The name of a tone within classes.
pub fn name(tone: Tone) -> &'static str {
    match tone {
        Tone::Giants => "giants",
        Tone::Rest => "rest",
        Tone::Whole => "whole",
        Tone::Context => "context",
        Tone::Faint => "faint",
    }
}
