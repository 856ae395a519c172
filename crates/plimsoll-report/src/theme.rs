//! Colours, once: the page, the exported charts and the card all take them from here.
//!
//! The giants are dark orange and the rest light blue by day; by night the orange is the lighter one. The two differ in lightness as
//! well as in hue, so that they stay apart in greyscale and for the colour-blind. Labels use darker (by night lighter) shades
//! that reach a contrast of 4.5 to 1.

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on paper; also for print.
    Light,
    /// Light ink on a dark ground.
    Dark,
}

/// Name of the CSS variable, value by day, value by night.
pub const COLOURS: [(&str, &str, &str); 32] = [
    ("paper", "#fdfcf9", "#14171b"),
    ("raised", "#f5f3ed", "#1b1f24"),
    ("ink", "#1a1e23", "#e9e7e2"),
    ("muted", "#5b636c", "#a3a9b0"),
    ("hairline", "#dedbd3", "#31363d"),
    ("strong-line", "#1a1e23", "#8d939a"),
    ("link", "#1f5f96", "#8cc0ec"),
    ("grid", "#e6e3dc", "#272c32"),
    ("axis", "#8a9098", "#737a82"),
    ("giants", "#9c3508", "#f2a46f"),
    ("giants-text", "#9c3508", "#f5b287"),
    ("on-giants", "#ffffff", "#20150d"),
    ("rest", "#5b9bd1", "#4179ae"),
    ("rest-text", "#1f659e", "#8cc0ec"),
    ("on-rest", "#0c1b28", "#ffffff"),
    ("whole", "#1a1e23", "#e9e7e2"),
    ("context", "#868d95", "#8d949c"),
    ("faint", "#c5c9cd", "#4a5159"),
    ("fan1", "#e3e8ed", "#23292f"),
    ("fan2", "#cbd5df", "#303942"),
    ("fan3", "#aebfcf", "#43515e"),
    ("band", "#e9e6de", "#262b31"),
    ("shade", "#efece4", "#1f242a"),
    ("rule", "#cbc8bf", "#3f454d"),
    ("empty", "#efece4", "#1f242a"),
    ("holds", "#0b6e5f", "#53c9b2"),
    ("fails", "#b0174a", "#ff8aa4"),
    ("undecided", "#7a5d00", "#e0b84a"),
    ("unknown", "#737a82", "#8d949c"),
    ("side-holds", "#b5dcd4", "#1f5a50"),
    ("side-fails", "#f0c3cf", "#6b2438"),
    ("side-none", "#e6e3dc", "#31363d"),
];

/// The style of the charts, which refers to the colours by name.
pub const CHART_STYLE: &str = include_str!("chart.css");

/// The sans-serif stack of figures and text.
pub const SANS: &str = r#"-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif"#;

/// Declarations of the colours of a theme, for a CSS rule.
pub fn declarations(theme: Theme) -> String {
    COLOURS.iter().map(|(name, light, dark)| format!("--{name}:{};", if theme == Theme::Light { light } else { dark })).collect()
}

/// The chart style with every colour written out, for drawings that leave the page.
pub fn literal_chart_style(theme: Theme) -> String {
    let style = CHART_STYLE.replace("var(--sans)", SANS);
    COLOURS.iter().fold(style, |s, (name, light, dark)| {
        s.replace(&format!("var(--{name})"), if theme == Theme::Light { light } else { dark })
    })
}

/// A colour by name.
pub fn colour(theme: Theme, name: &str) -> &'static str {
    let found = COLOURS.iter().find(|c| c.0 == name);
    found.map_or("currentColor", |c| if theme == Theme::Light { c.1 } else { c.2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(hex: &str) -> f64 {
        let channel = |i: usize| {
            let c = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap()) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (x, y) = (luminance(a), luminance(b));
        (x.max(y) + 0.05) / (x.min(y) + 0.05)
    }

    #[test]
    fn text_is_legible_and_the_hues_differ_in_greyscale() {
        for theme in [Theme::Light, Theme::Dark] {
            let paper = colour(theme, "paper");
            for text in ["ink", "muted", "link", "giants-text", "rest-text", "holds", "fails", "undecided"] {
                assert!(contrast(colour(theme, text), paper) >= 4.5, "{theme:?} {text}");
            }
            assert!(contrast(colour(theme, "on-giants"), colour(theme, "giants")) >= 4.5);
            assert!(contrast(colour(theme, "on-rest"), colour(theme, "rest")) >= 4.5);
            assert!(contrast(colour(theme, "giants"), colour(theme, "rest")) >= 1.7, "{theme:?}");
            for mark in ["giants", "rest", "context", "unknown"] {
                assert!(contrast(colour(theme, mark), paper) >= 2.8, "{theme:?} {mark}");
            }
        }
    }

    #[test]
    fn every_colour_the_charts_name_exists() {
        for theme in [Theme::Light, Theme::Dark] {
            assert!(!literal_chart_style(theme).contains("var("));
        }
    }
}
