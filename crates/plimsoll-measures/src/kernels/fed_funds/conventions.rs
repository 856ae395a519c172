//! Conventions of a calculation on fed funds futures, and the parameters that set them.

use crate::kernels::policy_path::{LastMeeting, MeetingDay, Rules};
use crate::{ParamKind, ParamSpec, Params};

/// The method.
pub const METHOD: ParamSpec = ParamSpec::new(
    "method",
    ParamKind::Choice(&["exchange", "least_squares"]),
    "exchange",
    "the exchange's published method, or least squares over all contracts",
);
/// The rate on the day of a meeting.
pub const MEETING_DAY: ParamSpec = ParamSpec::new(
    "meeting_day",
    ParamKind::Choice(&["new", "old"]),
    "new",
    "rate on the day of a meeting; the exchange counts the new one",
);
/// How the last meeting is solved.
pub const LAST_MEETING: ParamSpec = ParamSpec::new(
    "last_meeting",
    ParamKind::Choice(&["own_contract", "next_month"]),
    "own_contract",
    "the last meeting announced is solved from its own contract (the exchange) or from the next month",
);
/// Whether a meeting still counts on its own day.
pub const DECISION_DAY: ParamSpec = ParamSpec::new(
    "decision_day",
    ParamKind::Choice(&["pending", "decided"]),
    "pending",
    "on its own day a meeting is still to come (the exchange) or behind",
);
/// Whether days past are taken from the effective rate.
pub const REALISED: ParamSpec = ParamSpec::new(
    "realised",
    ParamKind::Choice(&["none", "effective"]),
    "none",
    "days past of the running month: part of the contract's mean (the exchange) or the effective rate known",
);
/// Size of one move.
pub const STEP: ParamSpec = ParamSpec::new("step", ParamKind::Float(0.05, 1.0), "0.25", "size of one move, percentage points");
/// Weight of squared changes in the least-squares path.
pub const SMOOTHING: ParamSpec = ParamSpec::new(
    "smoothing",
    ParamKind::Float(1e-6, 10.0),
    "0.001",
    "weight of squared changes beside squared errors, least squares alone",
);
/// How long the spread of an unpriced contract is carried.
pub const CARRY: ParamSpec = ParamSpec::new(
    "carry",
    ParamKind::Int(0, 252),
    "63",
    "sessions for which a contract without a price keeps its spread to the nearest priced month before it (flagged); 0: never",
);

/// The conventions of a calculation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conventions {
    /// Of the path.
    pub rules: Rules,
    /// Whether the least-squares path is meant.
    pub least_squares: bool,
    /// Whether a meeting is behind on its own day.
    pub decided: bool,
    /// Whether days past of the running month are taken from the effective rate.
    pub realised: bool,
    /// Sessions for which a contract without a price keeps its spread to the nearest priced month before it.
    pub carry: usize,
}

impl Conventions {
    /// From parameters named as the constants here.
    pub fn of(params: &Params) -> Conventions {
        let is = |name: &str, word: &str| params.text(name) == word;
        Conventions {
            rules: Rules {
                step: params.float("step"),
                meeting_day: if is("meeting_day", "old") { MeetingDay::Old } else { MeetingDay::New },
                last_meeting: if is("last_meeting", "next_month") { LastMeeting::NextMonth } else { LastMeeting::OwnContract },
                smoothing: params.float("smoothing"),
            },
            least_squares: is("method", "least_squares"),
            decided: is("decision_day", "decided"),
            realised: is("realised", "effective"),
            carry: params.int("carry"),
        }
    }
}

impl Default for Conventions {
    /// The exchange's, which has a settlement of every contract; where ours has none, its spread is carried for a quarter.
    fn default() -> Conventions {
        Conventions { rules: Rules::default(), least_squares: false, decided: false, realised: false, carry: 63 }
    }
}

/// A measure's own parameters, with those of [`Conventions::of`] behind them.
macro_rules! and_conventions {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            $crate::kernels::fed_funds::METHOD,
            $crate::kernels::fed_funds::MEETING_DAY,
            $crate::kernels::fed_funds::LAST_MEETING,
            $crate::kernels::fed_funds::DECISION_DAY,
            $crate::kernels::fed_funds::REALISED,
            $crate::kernels::fed_funds::CARRY,
            $crate::kernels::fed_funds::STEP,
            $crate::kernels::fed_funds::SMOOTHING,
        ]
    };
}
pub(crate) use and_conventions;
