//! What a measure returns: a value or a reason, never NaN.

use std::fmt;

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use serde::Serialize;

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The window reaches back before the first observation.
    WarmUp,
    /// No observation known by then.
    NoData,
    /// No contract that prices it was listed, or the ones that are needed have no price.
    Unpriced,
    /// Too few members or observations for the figure to mean something.
    TooFew,
    /// The quantity is not defined here: a ratio to zero, a share of no gain.
    Undefined,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Missing::WarmUp => "the window reaches back before the first observation",
            Missing::NoData => "nothing was known by then",
            Missing::Unpriced => "no contract known by then prices it",
            Missing::TooFew => "too few observations",
            Missing::Undefined => "not defined for these values",
        })
    }
}

/// Quality flags of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    /// Some members have no price or capitalisation.
    pub const MISSING_MEMBERS: Flags = Flags(1);
    /// The latest observation is older than it should be.
    pub const STALE: Flags = Flags(2);
    /// Uses values as revised later than the day they are about.
    pub const REVISED: Flags = Flags(4);
    /// Drawn from securities still listed years later.
    pub const SURVIVORSHIP: Flags = Flags(8);
    /// An absurd return was left out.
    pub const ABSURD_EXCLUDED: Flags = Flags(16);
    /// Sessions are missing within the window.
    pub const MISSING_SESSIONS: Flags = Flags(32);
    /// Some symbols of a group name no security known.
    pub const UNRESOLVED: Flags = Flags(64);
    /// Sectors are as classified at a later date.
    pub const LATER_CLASSIFICATION: Flags = Flags(128);

    /// Two meetings share a month.
    pub const TWO_MEETINGS: Flags = Flags(256);
    /// No month without a meeting lies near enough to anchor the rate.
    pub const NO_FREE_MONTH: Flags = Flags(512);
    /// A change of more than one step is priced.
    pub const LARGE_STEP: Flags = Flags(1024);
    /// A contract that was needed has no price.
    pub const MISSING_CONTRACT: Flags = Flags(2048);
    /// The day lies beyond the meetings announced by then.
    pub const BEYOND_CALENDAR: Flags = Flags(4096);
    /// A contract that was needed has no price of late: its spread to an earlier month is carried.
    pub const CARRIED_SPREAD: Flags = Flags(8192);

    const NAMES: [(Flags, &'static str); 14] = [
        (Flags::MISSING_MEMBERS, "missing_members"),
        (Flags::STALE, "stale"),
        (Flags::REVISED, "revised"),
        (Flags::SURVIVORSHIP, "survivorship"),
        (Flags::ABSURD_EXCLUDED, "absurd_excluded"),
        (Flags::MISSING_SESSIONS, "missing_sessions"),
        (Flags::UNRESOLVED, "unresolved_symbols"),
        (Flags::LATER_CLASSIFICATION, "later_classification"),
        (Flags::TWO_MEETINGS, "two_meetings_in_a_month"),
        (Flags::NO_FREE_MONTH, "no_free_month"),
        (Flags::LARGE_STEP, "more_than_one_step"),
        (Flags::MISSING_CONTRACT, "missing_contract"),
        (Flags::BEYOND_CALENDAR, "beyond_calendar"),
        (Flags::CARRIED_SPREAD, "carried_spread"),
    ];

    /// Both.
    #[must_use]
    pub fn and(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
    /// These flags where `set`, else none.
    #[must_use]
    pub fn when(self, set: bool) -> Flags {
        if set { self } else { Flags(0) }
    }
    /// Whether it holds all of `other`.
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
    /// Machine names.
    pub fn names(self) -> Vec<&'static str> {
        Flags::NAMES.iter().filter(|(f, _)| self.has(*f)).map(|(_, n)| *n).collect()
    }
}

/// The answer for one session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// A finite value, or why there is none.
    pub value: Result<f64, Missing>,
    /// How many observations it rests on: members, sessions or events, as the measure's definition says.
    pub n_obs: u32,
    /// Quality.
    pub flags: Flags,
}

impl Point {
    /// A value; one that is not finite becomes [`Missing::Undefined`].
    pub fn of(value: f64, n_obs: usize) -> Point {
        let value = if value.is_finite() { Ok(value) } else { Err(Missing::Undefined) };
        Point { value, n_obs: n_obs as u32, flags: Flags::default() }
    }
    /// No value.
    pub fn missing(why: Missing) -> Point {
        Point { value: Err(why), n_obs: 0, flags: Flags::default() }
    }
    /// With flags added.
    #[must_use]
    pub fn flagged(mut self, flags: Flags) -> Point {
        self.flags = self.flags.and(flags);
        self
    }
}

/// One line of evidence beside a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// The value, if any.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: Unit,
    /// The day it is about, where that is not the as-of day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// A word more.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Fact {
    /// A labelled value.
    pub fn new(label: impl Into<String>, value: f64, unit: Unit) -> Fact {
        Fact { label: label.into(), value: value.is_finite().then_some(value), unit, day: None, note: String::new() }
    }
    /// About a day.
    #[must_use]
    pub fn on(mut self, day: Day) -> Fact {
        self.day = Some(day);
        self
    }
    /// With a word more.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Fact {
        self.note = note.into();
        self
    }
}

/// The measure cannot be computed at all from this cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unmeasurable(pub String);
