//! The path priced at a session.

use plimsoll_model::time::Day;

use super::quotes::Target;
use crate::Flags;
use crate::kernels::policy_path::{self, Month, Path, Rules, mark, month_of, month_start};

/// The path priced at a session; one value serves a whole history without allocating.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The session.
    pub today: Day,
    /// Meetings to come.
    pub path: Path,
    /// The rate before the next meeting on the path; where that is not determined the last effective rate known.
    pub base: Option<f64>,
    /// The last effective rate known.
    pub effective: Option<f64>,
    /// The target in force.
    pub target: Option<Target>,
    /// Contracts with a price, from the running month on.
    pub contracts: usize,
    /// Quality.
    pub flags: Flags,
    pub(super) rules: Rules,
    pub(super) first: Month,
    pub(super) rate: Vec<f64>,
    /// Months whose rate is a carried spread.
    pub(super) carried: Vec<bool>,
    pub(super) past: Vec<Day>,
    pub(super) future: Vec<Day>,
    pub(super) elapsed: i32,
    pub(super) elapsed_sum: f64,
}

impl Default for Snapshot {
    fn default() -> Snapshot {
        Snapshot {
            today: Day(0),
            path: Path::default(),
            base: None,
            effective: None,
            target: None,
            contracts: 0,
            flags: Flags::default(),
            rules: Rules::default(),
            first: 0,
            rate: Vec::new(),
            carried: Vec::new(),
            past: Vec::new(),
            future: Vec::new(),
            elapsed: 0,
            elapsed_sum: 0.0,
        }
    }
}

impl Snapshot {
    /// The implied mean rate of a month, per cent.
    pub fn month(&self, month: Month) -> Option<f64> {
        self.rate.get(usize::try_from(month - self.first).ok()?).copied().filter(|r| r.is_finite())
    }

    /// Whether a month's rate is a carried spread.
    pub fn is_carried(&self, month: Month) -> bool {
        usize::try_from(month - self.first).ok().and_then(|i| self.carried.get(i)).copied().unwrap_or(false)
    }

    /// The expected effective rate on `day`, per cent, with flags: on the path up to the month of the last meeting announced, beyond
    /// that between the middles of the contracts' months.
    pub fn expected(&self, day: Day) -> Option<(f64, Flags)> {
        let within = self.path.steps.last().is_some_and(|s| month_of(day) <= month_of(s.day));
        if within {
            let used = self.path.steps.iter().take_while(|s| s.day <= day);
            let flags = used.fold(self.flags, |f, s| f.and(flags(s.marks)));
            return self.path.rate_on(day, &self.rules).map(|r| (r, flags));
        }
        let month = month_of(day);
        let middle = |m: Month| (f64::from(month_start(m).0) + f64::from(month_start(m + 1).0 - 1)) / 2.0;
        let from = if f64::from(day.0) < middle(month) { month - 1 } else { month };
        let part = (f64::from(day.0) - middle(from)) / (middle(from + 1) - middle(from));
        let (a, b) = match (self.month(from), self.month(from + 1)) {
            (Some(a), Some(b)) => (a, b),
            // The last contract listed stands for its own month.
            (Some(a), None) if from == month => (a, a),
            _ => return None,
        };
        let carried = [from, from + 1].iter().any(|m| self.is_carried(*m));
        Some((a + part * (b - a), self.flags.and(Flags::BEYOND_CALENDAR).and(Flags::CARRIED_SPREAD.when(carried))))
    }

    /// Flags of the steps up to meeting `k`.
    pub fn flags_to(&self, k: usize) -> Flags {
        self.path.steps.iter().take(k + 1).fold(self.flags, |f, s| f.and(flags(s.marks)))
    }
}

/// Flags of the marks of a step.
pub fn flags(marks: u8) -> Flags {
    let when = |m: u8, f: Flags| f.when(marks & m != 0);
    when(mark::TWO_MEETINGS, Flags::TWO_MEETINGS)
        .and(when(mark::NO_FREE_MONTH, Flags::NO_FREE_MONTH))
        .and(when(mark::LARGE_STEP, Flags::LARGE_STEP))
        .and(when(mark::MISSING_CONTRACT, Flags::MISSING_CONTRACT))
        .and(when(mark::CARRIED, Flags::CARRIED_SPREAD))
}

/// A day so many months later; the last day of a shorter month.
pub fn months_later(day: Day, months: usize) -> Day {
    let month = month_of(day) + months as i32;
    let of_month = day.0 - month_start(month_of(day)).0;
    month_start(month).plus(of_month.min(policy_path::days_in(month) - 1))
}
