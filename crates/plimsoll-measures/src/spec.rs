//! What a measure says of itself. The catalogue page, `plimsoll measures` and the report's method section are made from this.

use plimsoll_model::unit::Unit;

/// The kind of a parameter: how its text is checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// A universe: an alias of the thesis, a list's name or a rule.
    Universe,
    /// A group: an alias of the thesis, or symbols separated by commas.
    Group,
    /// A series id; alternatives in order of preference separated by `|`.
    Series,
    /// A series, or `universe:NAME`: the capitalisation-weighted index of a universe (an alias, a list's name or a rule).
    SeriesOrUniverse,
    /// Series ids separated by commas, each with alternatives as for a series; `A/B` is the ratio of two.
    SeriesList,
    /// Calendars of events, by name, separated by commas.
    Calendars,
    /// A whole number within bounds.
    Int(i64, i64),
    /// A number within bounds.
    Float(f64, f64),
    /// A window: see [`crate::window::Window`].
    Window,
    /// A day as YYYY-MM-DD, or one of these words.
    Day(&'static [&'static str]),
    /// Days as YYYY-MM-DD separated by commas, those of a calendar as `calendar:NAME`, or one of these words.
    Days(&'static [&'static str]),
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Its name.
    pub name: &'static str,
    /// How its text is checked.
    pub kind: ParamKind,
    /// The textbook convention.
    pub default: &'static str,
    /// One line.
    pub doc: &'static str,
}

impl ParamSpec {
    /// A parameter, for tables of constants.
    pub const fn new(name: &'static str, kind: ParamKind, default: &'static str, doc: &'static str) -> ParamSpec {
        ParamSpec { name, kind, default, doc }
    }
}

/// Where a section of the report the measure belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Concentration, contribution, breadth.
    Masking,
    /// Trend, relative strength, breakouts, phases.
    Momentum,
    /// Yields and the policy path.
    Rates,
    /// Leverage, coverage, maturities.
    Debt,
    /// Spreads and default risk.
    Credit,
    /// Lead-lag and signals.
    Signals,
}

impl Topic {
    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Topic::Masking => "Masking",
            Topic::Momentum => "Momentum",
            Topic::Rates => "Rates",
            Topic::Debt => "Debt",
            Topic::Credit => "Credit",
            Topic::Signals => "Signals",
        }
    }
}

/// What a measure is.
#[derive(Debug)]
pub struct Spec {
    /// Machine name.
    pub name: &'static str,
    /// A title for a person.
    pub title: &'static str,
    /// The topic.
    pub topic: Topic,
    /// The unit of the value.
    pub unit: Unit,
    /// One sentence: what comes back.
    pub summary: &'static str,
    /// The formula, in words and symbols.
    pub definition: &'static str,
    /// Parameters.
    pub params: &'static [ParamSpec],
    /// What it reads, with unit and axis.
    pub inputs: &'static str,
    /// What happens where data are missing.
    pub missing: &'static str,
    /// Why it cannot see the future.
    pub point_in_time: &'static str,
    /// Author, year, equation or table.
    pub references: &'static [&'static str],
    /// Path of the test that checks it against something nobody here wrote, or "not yet".
    pub verified: &'static str,
}
