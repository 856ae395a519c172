//! Numbers as a reader sees them: tabular, with a unit, a real minus sign, and a dash where there is none.

use plimsoll_model::unit::Unit;

/// Running text in which a number is not torn from its unit at the end of a line.
pub fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digit = false;
    for (i, c) in text.char_indices() {
        let rest = &text[i + c.len_utf8()..];
        let unit = ["%", "pp", "bp"]
            .iter()
            .any(|u| rest.strip_prefix(u).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric())));
        out.push(if c == ' ' && digit && unit { '\u{a0}' } else { c });
        digit = c.is_ascii_digit();
    }
    out
}

/// What stands where a value is missing.
pub const MISSING: &str = "\u{2013}";

/// `value` in `unit`, with spaces that do not break; a dash where it is missing, not finite, or beyond reason.
pub fn number(unit: Unit, value: Option<f64>) -> String {
    let Some(v) = value.filter(|v| crate::svg::scale::drawable(*v)) else { return MISSING.to_owned() };
    let text = unit.format(v).replace(' ', "\u{a0}");
    match unit {
        Unit::Sessions if text == "1" => format!("{text}\u{a0}session"),
        Unit::Sessions => format!("{text}\u{a0}sessions"),
        Unit::Names => format!("{text}\u{a0}names"),
        _ => text,
    }
}

/// A unit in a reader's words.
pub fn unit_words(unit: Unit) -> &'static str {
    match unit {
        Unit::Fraction => "per cent",
        Unit::FractionPoints => "percentage points",
        Unit::BasisPoints => "basis points",
        Unit::PercentPerYear => "per cent a year",
        Unit::Multiple => "times",
        Unit::Count => "count",
        Unit::Names => "effective number of names",
        Unit::Number => "number without unit",
        Unit::Dollars => "US dollars",
        Unit::Sessions => "sessions",
        Unit::Years => "years",
        Unit::State => "state",
    }
}

/// As [`number`], with a plus sign before what is above zero.
pub fn signed(unit: Unit, value: Option<f64>) -> String {
    let text = number(unit, value);
    let above = value.is_some_and(|v| v > 0.0) && text.contains(|c: char| ('1'..='9').contains(&c));
    if above { format!("+{text}") } else { text }
}

/// A count with thin spaces between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

/// A label on an axis whose ticks are `step` apart: as many decimals as the step needs, and the unit.
pub fn tick(unit: Unit, value: f64, step: f64) -> String {
    let places = |scaled: f64| -> usize {
        let mut places = 0;
        let mut s = scaled.abs();
        while places < 6 && (s - s.round()).abs() > 1e-6 * s.max(1.0) {
            s *= 10.0;
            places += 1;
        }
        places
    };
    let text = match unit {
        Unit::Fraction => format!("{:.*}\u{a0}%", places(step * 100.0), value * 100.0),
        Unit::FractionPoints => format!("{:.*}\u{a0}pp", places(step * 100.0), value * 100.0),
        Unit::BasisPoints => format!("{:.*}\u{a0}bp", places(step), value),
        Unit::PercentPerYear => format!("{:.*}\u{a0}%", places(step), value),
        Unit::Multiple => format!("{:.*}x", places(step), value),
        Unit::Dollars => dollars(value, step),
        Unit::Count | Unit::Names | Unit::Number | Unit::Sessions | Unit::State | Unit::Years => plain(value, places(step)),
    };
    minus(&text)
}

/// What one dollar (or anything else) became: with cents where they say something.
pub fn growth(unit: Unit, value: f64) -> String {
    if !crate::svg::scale::drawable(value) {
        return MISSING.to_owned();
    }
    // A ruined portfolio has nothing left, or less.
    if value <= 0.0 {
        return match unit {
            _ if value < 0.0 => format!("\u{2212}{}", growth(unit, -value)),
            Unit::Dollars => "$0".into(),
            _ => "0x".into(),
        };
    }
    let digits = if value < 0.995 {
        // Two digits that say something, however little is left.
        let places = (1.0 - value.max(1e-6).log10().floor()).clamp(2.0, 6.0) as usize;
        format!("{value:.places$}")
    } else if value < 99.5 {
        format!("{value:.2}")
    } else if value < 1e6 {
        count(value.round() as u64)
    } else {
        return match unit {
            Unit::Dollars => dollars(value, value / 100.0).replacen(".0", "", 1),
            _ => format!("{value:.0}x"),
        };
    };
    let digits = if digits.contains('.') { digits.trim_end_matches(".00") } else { &digits };
    match unit {
        Unit::Dollars => format!("${digits}"),
        _ => format!("{digits}x"),
    }
}

/// A bare number with `places` decimals, where the unit stands elsewhere.
pub fn decimals(value: f64, places: usize) -> String {
    minus(&format!("{value:.places$}"))
}

fn plain(value: f64, places: usize) -> String {
    if places == 0 && value.abs() >= 1e4 {
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}{}", count(value.abs().round() as u64))
    } else {
        format!("{value:.places$}")
    }
}

fn dollars(value: f64, step: f64) -> String {
    let (scale, suffix) = match value.abs().max(step) {
        v if v >= 1e12 => (1e12, "tn"),
        v if v >= 1e9 => (1e9, "bn"),
        v if v >= 1e6 => (1e6, "m"),
        _ => (1.0, ""),
    };
    let places = usize::from((step / scale).fract() > 1e-9 && scale > 1.0);
    let sign = if value < 0.0 { "-" } else { "" };
    if value == 0.0 { "$0".to_owned() } else { format!("{sign}${:.*}{suffix}", places, value.abs() / scale) }
}

/// A hyphen before a number becomes a minus sign; a negative zero becomes a zero.
fn minus(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| !('1'..='9').contains(&c)) => rest.to_owned(),
        Some(rest) => format!("\u{2212}{rest}"),
        None => text.to_owned(),
    }
}

/// A name that can be an anchor: letters, digits and hyphens in lower case.
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            _ if !out.ends_with('-') && !out.is_empty() => out.push('-'),
            _ => {}
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// A condition of a thesis file in a reader's words: `value >= 0.5` becomes `≥ 50.0 %` where it is a plain comparison.
pub fn condition(unit: Unit, text: &str) -> String {
    let tight: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (sign, shown) in [(">=", "\u{2265}"), ("<=", "\u{2264}"), (">", ">"), ("<", "<")] {
        if let Some(rest) = tight.strip_prefix("value").map(str::trim_start).and_then(|t| t.strip_prefix(sign)) {
            return match rest.trim().parse::<f64>() {
                Ok(v) if v.is_finite() => format!("{shown}\u{a0}{}", number(unit, Some(v))),
                _ => tight,
            };
        }
    }
    tight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_units_and_real_signs() {
        assert_eq!(number(Unit::Fraction, Some(-0.0312)), "\u{2212}3.1\u{a0}%");
        assert_eq!(number(Unit::Fraction, Some(f64::NAN)), MISSING);
        assert_eq!(number(Unit::Fraction, None), MISSING);
        assert_eq!(signed(Unit::Fraction, Some(0.031)), "+3.1\u{a0}%");
        assert_eq!(signed(Unit::Fraction, Some(0.00001)), "0.0\u{a0}%");
        assert_eq!(signed(Unit::BasisPoints, Some(-4.0)), "\u{2212}4\u{a0}bp");
        assert_eq!(count(6_312_345), "6\u{202f}312\u{202f}345");
        assert_eq!(count(12), "12");
    }

    #[test]
    fn ticks_have_as_many_decimals_as_the_step() {
        assert_eq!(tick(Unit::Fraction, 0.4, 0.2), "40\u{a0}%");
        assert_eq!(tick(Unit::Fraction, -0.025, 0.025), "\u{2212}2.5\u{a0}%");
        assert_eq!(tick(Unit::PercentPerYear, 4.25, 0.25), "4.25\u{a0}%");
        assert_eq!(tick(Unit::Dollars, 2.5e9, 5e8), "$2.5bn");
        assert_eq!(tick(Unit::Number, -0.0, 0.5), "0.0");
        assert_eq!(tick(Unit::Count, 25_000.0, 5_000.0), "25\u{202f}000");
    }

    #[test]
    fn growth_is_written_in_dollars_and_cents() {
        let shown = [0.00123, 0.5, 1.0, 1.5, 19.792, 120.4, 12_345.6, 2.5e6, 1e6].map(|v| growth(Unit::Dollars, v));
        assert_eq!(shown, ["$0.0012", "$0.50", "$1", "$1.50", "$19.79", "$120", "$12\u{202f}346", "$2.5m", "$1m"]);
        assert_eq!([0.8, 1.25, 3.0].map(|v| growth(Unit::Multiple, v)), ["0.80x", "1.25x", "3x"]);
        assert_eq!([0.0, -0.5].map(|v| growth(Unit::Dollars, v)), ["$0", "\u{2212}$0.50"]);
        assert_eq!(growth(Unit::Dollars, f64::NAN), MISSING);
    }

    #[test]
    fn conditions_read_as_thresholds() {
        assert_eq!(condition(Unit::Fraction, "value >= 0.5"), "\u{2265}\u{a0}50.0\u{a0}%");
        assert_eq!(condition(Unit::BasisPoints, "value<-10"), "<\u{a0}\u{2212}10\u{a0}bp");
        assert_eq!(condition(Unit::Fraction, "value > 0.1 && n_obs > 20"), "value > 0.1 && n_obs > 20");
    }

    #[test]
    fn prose_keeps_numbers_and_units_together() {
        assert_eq!(prose("up 12 bp to 62.4 %, or 3 bps"), "up 12\u{a0}bp to 62.4\u{a0}%, or 3 bps");
    }

    #[test]
    fn slugs_are_anchors() {
        assert_eq!(slug("Share above 200-day average (S&P 500)"), "share-above-200-day-average-s-p-500");
        assert_eq!(slug("ab_c"), "ab-c");
    }
}
