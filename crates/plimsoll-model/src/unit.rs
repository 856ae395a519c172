//! Units of what a measure returns. Values are decimals in code; the unit says how a person reads them.

use serde::{Deserialize, Serialize};

/// The unit of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share or a return as a decimal: 0.624 reads 62.4 %.
    Fraction,
    /// A difference of two fractions as a decimal: 0.035 reads 3.5 pp.
    FractionPoints,
    /// Basis points, already in basis points: 36 reads 36 bp.
    BasisPoints,
    /// Per cent a year, as publishers quote yields: 4.2 reads 4.20 %.
    PercentPerYear,
    /// How many times: 2.3 reads 2.3x.
    Multiple,
    /// A count.
    Count,
    /// An effective number of names.
    Names,
    /// A pure number (a correlation, an oscillator, a z-score).
    Number,
    /// United States dollars.
    Dollars,
    /// Trading sessions.
    Sessions,
    /// Years: 4.3 reads 4.3 years.
    Years,
    /// A state coded as a number, with labels in the measure's definition (bull 1, bear -1).
    State,
}

impl Unit {
    /// The machine name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Fraction => "fraction",
            Unit::FractionPoints => "fraction_points",
            Unit::BasisPoints => "basis_points",
            Unit::PercentPerYear => "percent_per_year",
            Unit::Multiple => "multiple",
            Unit::Count => "count",
            Unit::Names => "names",
            Unit::Number => "number",
            Unit::Dollars => "dollars",
            Unit::Sessions => "sessions",
            Unit::Years => "years",
            Unit::State => "state",
        }
    }

    /// `value` as the field writes it: one decimal for per cent, whole basis points, a real minus sign.
    ///
    /// ```
    /// use plimsoll_model::unit::Unit;
    /// assert_eq!(Unit::Fraction.format(0.6237), "62.4 %");
    /// assert_eq!(Unit::BasisPoints.format(-35.6), "\u{2212}36 bp");
    /// assert_eq!(Unit::Dollars.format(1.23e9), "$1.2bn");
    /// ```
    pub fn format(self, value: f64) -> String {
        let text = match self {
            Unit::Fraction => format!("{:.1} %", value * 100.0),
            Unit::FractionPoints => format!("{:.1} pp", value * 100.0),
            Unit::BasisPoints => format!("{value:.0} bp"),
            Unit::PercentPerYear => format!("{value:.2} %"),
            Unit::Multiple => format!("{value:.1}x"),
            Unit::Count | Unit::Sessions | Unit::State => format!("{value:.0}"),
            Unit::Names => format!("{value:.1}"),
            Unit::Years => format!("{value:.1} years"),
            Unit::Number => format!("{value:.2}"),
            Unit::Dollars => dollars(value),
        };
        // "-0.0 %" is a zero; a minus sign is U+2212.
        match text.strip_prefix('-') {
            Some(rest) if rest.chars().all(|c| !('1'..='9').contains(&c)) => rest.to_owned(),
            Some(rest) => format!("\u{2212}{rest}"),
            None => text,
        }
    }
}

fn dollars(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let v = value.abs();
    match v {
        _ if v >= 1e12 => format!("{sign}${:.1}tn", v / 1e12),
        _ if v >= 1e9 => format!("{sign}${:.1}bn", v / 1e9),
        _ if v >= 1e6 => format!("{sign}${:.1}m", v / 1e6),
        _ => format!("{sign}${v:.0}"),
    }
}
