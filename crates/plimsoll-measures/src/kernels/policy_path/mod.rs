//! The path of the policy rate that a strip of monthly averages implies.
//!
//! A 30-day fed funds contract settles at 100 minus the arithmetic calendar-day mean of the effective rate over its month. With
//! meetings on known days, the rate before and after each meeting follows from the means of its month and of its neighbours.
//!
//! [`exchange`] is the method the exchange publishes for its FedWatch tool: months without a meeting anchor the rate, the rate at the
//! end of a month is that at the start of the next, a month with a meeting weights the two by days, and the change at a meeting is a
//! whole number of steps (the characteristic) and a remainder (the mantissa), the probability of one step more. What the text leaves
//! open follows from the exchange's own exported history, which [`Rules::default`] reproduces to rounding:
//!
//! * both rates of a month between two months without a meeting are those of its neighbours, and its own contract is not used;
//! * in a run of months with meetings the later ones are solved backwards from the month after the run, and the first takes its start
//!   from the month before the run;
//! * the last meeting listed is solved forwards from its own contract where the month before has no meeting, for the months after it
//!   may hold meetings that are not listed yet;
//! * a month without a meeting and without a price holds the rate its neighbours are solved to (marked; ours, the exchange has a price);
//! * a meeting on the first of a month leaves no day at the old rate: its start is the end of the month before;
//! * so does a meeting in the first days of a month after one with an unscheduled move (2 October 2001, after 17 September), which the
//!   month before tells better than a day or two of its own contract (marked; ours, the exchange's export has no such case).
//!
//! [`least_squares`] fits the rates between meetings to all contracts at once.

mod exchange;
mod kuttner;
mod least_squares;

use plimsoll_model::time::Day;

use exchange::MonthOf;
pub use exchange::exchange;
pub use kuttner::kuttner;
pub use least_squares::least_squares;

/// A month, as 12 times the year plus the month from 0.
pub type Month = i32;

/// The month of a day.
pub fn month_of(day: Day) -> Month {
    let (year, month, _) = day.parts();
    i32::from(year) * 12 + i32::from(month) - 1
}

/// The first day of a month.
pub fn month_start(month: Month) -> Day {
    Day::ymd(month.div_euclid(12) as i16, month.rem_euclid(12) as i8 + 1, 1)
}

/// How many days a month has.
pub fn days_in(month: Month) -> i32 {
    month_start(month + 1).0 - month_start(month).0
}

/// Which rate holds on the day of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetingDay {
    /// The new one, as the exchange counts: a meeting on the 21st leaves 20 days before it.
    New,
    /// The old one, as decisions take effect on the next day: a meeting on the 21st leaves 21 days before it.
    Old,
}

/// How the last meeting listed is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastMeeting {
    /// Forwards from the contract of its own month, where the month before has no meeting.
    OwnContract,
    /// Backwards from the contract of the next month, as if that had no meeting.
    NextMonth,
}

/// Conventions of the calculation; the default is the exchange's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Size of one move, in percentage points.
    pub step: f64,
    /// The rate on the day of a meeting.
    pub meeting_day: MeetingDay,
    /// How the last meeting is solved.
    pub last_meeting: LastMeeting,
    /// Weight of squared changes at meetings beside squared errors of contracts, for [`least_squares`] alone.
    pub smoothing: f64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { step: 0.25, meeting_day: MeetingDay::New, last_meeting: LastMeeting::OwnContract, smoothing: 1e-3 }
    }
}

/// What is known of the strip at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    /// Month of the first rate.
    pub first: Month,
    /// Implied mean rate of each month, per cent; NaN where there is no price.
    pub rate: &'a [f64],
    /// Months whose rate is no price of late but a spread that is carried; what is absent is not.
    pub carried: &'a [bool],
    /// The month now running: earlier months are history.
    pub front: Month,
    /// How many days of the running month have a known effective rate that is to be used; 0 where none is.
    pub elapsed: i32,
    /// Sum of those rates.
    pub elapsed_sum: f64,
}

impl Strip<'_> {
    /// The implied mean rate of a month.
    pub fn rate(&self, month: Month) -> Option<f64> {
        self.rate.get(usize::try_from(month - self.first).ok()?).copied().filter(|r| r.is_finite())
    }
    /// Whether the rate of a month is carried.
    fn carried(&self, month: Month) -> bool {
        usize::try_from(month - self.first).ok().and_then(|i| self.carried.get(i)).copied().unwrap_or(false)
    }
}

/// Marks of a step.
pub mod mark {
    /// Another meeting falls into the same month; what the month's contract implies is shared equally between them.
    pub const TWO_MEETINGS: u8 = 1;
    /// No month without a meeting lies within two months; errors of prices are multiplied.
    pub const NO_FREE_MONTH: u8 = 2;
    /// The implied change is larger than one step.
    pub const LARGE_STEP: u8 = 4;
    /// A contract that was needed has no price; the step may be undetermined.
    pub const MISSING_CONTRACT: u8 = 8;
    /// A contract that was needed has no price of late: its spread is carried.
    pub const CARRIED: u8 = 16;
}

/// A meeting on the path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The day of the announcement.
    pub day: Day,
    /// Expected effective rate before it, per cent; NaN where not determined.
    pub start: f64,
    /// Expected effective rate after it, per cent; NaN where not determined.
    pub end: f64,
    /// See [`mark`].
    pub marks: u8,
}

impl Step {
    /// The expected change, where it is determined.
    pub fn change(&self) -> Option<f64> {
        Some(self.end - self.start).filter(|c| c.is_finite())
    }
}

/// A path, with room for its own calculation so that one value serves a whole history without allocating.
#[derive(Clone, Debug, Default)]
pub struct Path {
    /// Meetings to come, ascending.
    pub steps: Vec<Step>,
    /// Least number of steps, and place in `mass`, of each meeting's distribution.
    spans: Vec<(i32, usize, usize)>,
    mass: Vec<f64>,
    months: Vec<MonthOf>,
    matrix: Vec<f64>,
    right: Vec<f64>,
}

impl Path {
    /// The distribution after meeting `k`: the least outcome in steps from the target now, and the probability of each outcome from
    /// there up. `None` where this or an earlier change is not determined.
    pub fn outcomes(&self, k: usize) -> Option<(i32, &[f64])> {
        self.spans.get(k).map(|&(least, at, n)| (least, &self.mass[at..at + n]))
    }
    /// Expected number of steps from the target now to the one after meeting `k`.
    pub fn expected_steps(&self, k: usize) -> Option<f64> {
        let (least, mass) = self.outcomes(k)?;
        Some(mass.iter().enumerate().map(|(i, p)| p * f64::from(least + i as i32)).sum())
    }
    /// The expected effective rate on `day`: that after the last meeting which has taken effect. `None` before today's path where the
    /// first step is not determined, and after the month of the last meeting.
    pub fn rate_on(&self, day: Day, rules: &Rules) -> Option<f64> {
        let last = self.steps.last()?;
        if month_of(day) > month_of(last.day) {
            return None;
        }
        let effective = |s: &&Step| if rules.meeting_day == MeetingDay::New { s.day <= day } else { s.day < day };
        match self.steps.iter().take_while(effective).last() {
            Some(step) => Some(step.end),
            None => self.steps.first().map(|s| s.start),
        }
        .filter(|r| r.is_finite())
    }

    /// Distributions from the changes: a chain of two-point moves, combined meeting by meeting.
    fn chain(&mut self, step: f64) {
        self.spans.clear();
        self.mass.clear();
        let (mut least, mut from, mut n) = (0i32, 0usize, 1usize);
        self.mass.push(1.0);
        for s in &mut self.steps {
            let Some(change) = s.change() else { break };
            // A change within rounding of a whole number of steps is that number.
            let moves = ((change / step) * 1e9).round() / 1e9;
            let whole = moves.floor();
            let up = moves - whole;
            if moves.abs() > 1.0 {
                s.marks |= mark::LARGE_STEP;
            }
            let at = self.mass.len();
            let wide = if up > 0.0 { n + 1 } else { n };
            for i in 0..wide {
                let stay = if i < n { self.mass[from + i] * (1.0 - up) } else { 0.0 };
                let one_more = if i > 0 { self.mass[from + i - 1] * up } else { 0.0 };
                self.mass.push(stay + one_more);
            }
            least += whole as i32;
            (from, n) = (at, wide);
            self.spans.push((least, at, n));
        }
    }
}

#[cfg(test)]
mod tests;
