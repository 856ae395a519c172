//! Verdicts.

use plimsoll_measures::Point;
use serde::{Deserialize, Serialize};

use crate::condition::Condition;

/// What is said of a claim as of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The figure meets the condition.
    Holds,
    /// The figure meets the contrary condition.
    Fails,
    /// The figure lies between the two.
    Undecided,
    /// There is no figure; the reason stands beside it.
    Unknown,
}

impl Verdict {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Fails => "fails",
            Verdict::Undecided => "undecided",
            Verdict::Unknown => "unknown",
        }
    }
}

/// Judges one point. The text is the reason where the verdict is unknown.
pub fn judge(point: &Point, holds: &Condition, fails: Option<&Condition>) -> (Verdict, Option<String>) {
    let value = match point.value {
        Ok(value) => value,
        Err(why) => return (Verdict::Unknown, Some(why.to_string())),
    };
    let held = holds.test(value, point.n_obs);
    let failed = fails.map(|f| f.test(value, point.n_obs)).transpose();
    match (held, failed) {
        (Err(e), _) | (_, Err(e)) => (Verdict::Unknown, Some(e)),
        (Ok(true), Ok(Some(true))) => (Verdict::Unknown, Some("both conditions are met: the thesis contradicts itself".into())),
        (Ok(true), _) => (Verdict::Holds, None),
        (Ok(false), Ok(None | Some(true))) => (Verdict::Fails, None),
        (Ok(false), Ok(Some(false))) => (Verdict::Undecided, None),
    }
}
