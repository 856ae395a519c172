//! One alert: what changed, since when, the evidence in two figures and a small chart, what would make it wrong.

use plimsoll_model::time::Day;
use serde::{Deserialize, Serialize};

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A verdict changed.
    Flip,
    /// A figure came near its threshold.
    Near,
    /// A credit event began or is over.
    CreditEvent,
    /// A revision changed a past verdict.
    Revision,
    /// Data are stale or failing.
    Data,
}

impl Kind {
    /// Every kind, in the order of their weight.
    pub const ALL: [Kind; 5] = [Kind::Flip, Kind::CreditEvent, Kind::Near, Kind::Revision, Kind::Data];

    /// The machine name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Flip => "flip",
            Kind::Near => "near",
            Kind::CreditEvent => "credit-event",
            Kind::Revision => "revision",
            Kind::Data => "data",
        }
    }

    /// The reader's words.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Flip => "Verdict changed",
            Kind::Near => "Near its threshold",
            Kind::CreditEvent => "Credit event",
            Kind::Revision => "Past revised",
            Kind::Data => "Data",
        }
    }
}

/// A figure with its label, as shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// With its unit.
    pub value: String,
}

/// The line of a small chart: the claim's figure, each session as known then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The first session.
    pub from: Day,
    /// The last.
    pub to: Day,
    /// The figures; `None` leaves a gap.
    pub values: Vec<Option<f64>>,
    /// Thresholds, drawn across.
    pub thresholds: Vec<f64>,
    /// The lowest and the highest figure, as shown.
    pub range: [String; 2],
}

/// An alert, as stored and as sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The same for the same news, whoever finds it and how often: receivers may count by it.
    pub key: String,
    /// What it is about.
    pub kind: Kind,
    /// The thesis's name.
    pub thesis: String,
    /// Its title.
    pub title: String,
    /// The claim; empty for alerts on data.
    pub claim: String,
    /// What the claim says; empty for alerts on data.
    pub says: String,
    /// The session it is about: nothing later was used.
    pub day: Day,
    /// One line: the subject.
    pub headline: String,
    /// What changed, in a sentence.
    pub changed: String,
    /// Since when.
    pub since: Day,
    /// The verdict before, where one changed.
    pub from: String,
    /// The verdict now.
    pub to: String,
    /// The evidence.
    pub figures: Vec<Figure>,
    /// The small chart.
    pub line: Option<Line>,
    /// What would make it wrong.
    pub wrong: String,
    /// The dated report on the web, where the program knows its own address.
    pub link: Option<String>,
    /// The command that gives the report.
    pub command: String,
}

/// The key of some news: 32 hexadecimal digits over what makes it this news and no other.
pub fn key(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_key_do_not_run_into_each_other() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(key(&["a"]).len(), 32);
    }

    #[test]
    fn names_are_those_of_the_stored_form() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
