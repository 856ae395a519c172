//! Claims and their verdicts as the ribbon shows them.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use serde::Serialize;

use super::marks::Line;

/// What the evidence says about a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The condition under which the claim holds is met.
    Holds,
    /// The condition under which the claim fails is met.
    Fails,
    /// The value lies between the two thresholds.
    Undecided,
    /// No verdict is possible.
    Unknown {
        /// Why, in a short sentence.
        reason: String,
    },
}

impl Verdict {
    /// The word a reader sees.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Fails => "fails",
            Verdict::Undecided => "undecided",
            Verdict::Unknown { .. } => "unknown",
        }
    }
}

/// On which side of a threshold a condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The condition is met at the threshold and above.
    Above,
    /// The condition is met at the threshold and below.
    Below,
}

/// A numeric threshold, where the condition is as simple as `value >= 0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bound {
    /// The threshold, in the claim's unit.
    pub value: f64,
    /// The side on which the condition is met.
    pub direction: Direction,
}

/// The last time a verdict changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// The day.
    pub day: Day,
    /// The verdict before.
    pub from: Verdict,
    /// The verdict after.
    pub to: Verdict,
}

/// One piece of evidence, already formatted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it is.
    pub label: String,
    /// Its value with its unit.
    pub value: String,
}

/// One row of the ribbon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimRow {
    /// The claim's name in the thesis file.
    pub id: String,
    /// Which link of the argument it tests (1 to 14 for the shipped thesis).
    pub number: u32,
    /// The claim, in one sentence.
    pub says: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The value of the claim's measure, in `unit`; `None` where it is unknown.
    pub value: Option<f64>,
    /// The unit of `value`, `history` and the thresholds.
    pub unit: Unit,
    /// The condition under which it holds, as the thesis file states it (`value >= 0.5`).
    pub holds_text: String,
    /// The condition under which it fails, as the thesis file states it.
    pub fails_text: String,
    /// The numeric threshold of `holds_text`, where it is a simple comparison.
    pub holds: Option<Bound>,
    /// The numeric threshold of `fails_text`, where it is a simple comparison.
    pub fails: Option<Bound>,
    /// How many observations stand behind the value.
    pub n_obs: Option<u64>,
    /// Quality flags, each a short phrase.
    pub flags: Vec<String>,
    /// The measure's name.
    pub measure: String,
    /// The identifier of the measure's [`MethodEntry`](super::MethodEntry), if it has one.
    pub method: Option<String>,
    /// The identifier of the [`Section`](super::Section) that carries the argument, if there is one.
    pub section: Option<String>,
    /// The value's history (two years are shown).
    pub history: Option<Line>,
    /// The last change of verdict.
    pub last_flip: Option<Flip>,
    /// What stands behind the verdict.
    pub evidence: Vec<Evidence>,
}
