//! The Committee's meetings and what the market expects of them: the planted policy path that prices futures.
//!
//! Conventions: the effective rate stands 17 basis points below the upper bound; a decision is in force from the day after it.

use std::sync::LazyLock;

use plimsoll_model::time::Day;

use super::rates::{DECISIONS, Rates};

/// How a meeting came about, or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// As scheduled.
    Scheduled,
    /// Between two scheduled ones.
    Unscheduled,
    /// Scheduled and called off.
    Cancelled,
}

/// A meeting, on the day of its decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The day.
    pub day: Day,
    /// How.
    pub held: Held,
}

/// The unscheduled meeting, and the scheduled one a week later that was cancelled when it was held.
const INSTEAD: [(i16, i8, i8); 2] = [(2023, 5, 10), (2023, 5, 17)];

/// Scheduled days, the cancelled one among them; August 2023 has two.
const SCHEDULED: [(i16, i8, i8); 40] = [
    (2021, 2, 3),
    (2021, 3, 24),
    (2021, 5, 5),
    (2021, 6, 23),
    (2021, 8, 4),
    (2021, 9, 29),
    (2021, 11, 10),
    (2021, 12, 22),
    (2022, 2, 2),
    (2022, 3, 23),
    (2022, 5, 11),
    (2022, 6, 22),
    (2022, 8, 3),
    (2022, 9, 28),
    (2022, 11, 9),
    (2022, 12, 21),
    (2023, 2, 8),
    (2023, 3, 29),
    (2023, 5, 17),
    (2023, 6, 21),
    (2023, 8, 2),
    (2023, 8, 30),
    (2023, 10, 11),
    (2023, 12, 13),
    (2024, 2, 7),
    (2024, 3, 27),
    (2024, 5, 8),
    (2024, 6, 12),
    (2024, 8, 7),
    (2024, 9, 25),
    (2024, 11, 14),
    (2024, 12, 18),
    (2025, 2, 5),
    (2025, 3, 26),
    (2025, 5, 14),
    (2025, 6, 25),
    (2025, 8, 6),
    (2025, 9, 24),
    (2025, 11, 5),
    (2025, 12, 17),
];

/// How the cuts expected by the end of 2024 are spread over that year's meetings, before those that are past are left out.
const SPREAD: [f64; 8] = [0.25, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// Cuts expected over 2025 for each one expected by the end of 2024.
const FURTHER: f64 = 0.35;
/// Cuts expected on the first day of [`super::rates`]' path of cuts, and the day on which the market begins to think of them.
const FIRST_CUTS: (f64, Day, Day) = (3.6, Day(19_297), Day(19_572));

static MEETINGS: LazyLock<Vec<Meeting>> = LazyLock::new(|| {
    let [instead, called_off] = INSTEAD.map(|(y, m, d)| Day::ymd(y, m, d));
    let mut all: Vec<Meeting> = SCHEDULED
        .iter()
        .map(|&(y, m, d)| Day::ymd(y, m, d))
        .map(|day| Meeting { day, held: if day == called_off { Held::Cancelled } else { Held::Scheduled } })
        .collect();
    all.push(Meeting { day: instead, held: Held::Unscheduled });
    all.sort_by_key(|m| m.day);
    all
});

static STEPS: LazyLock<Vec<(Day, f64)>> =
    LazyLock::new(|| DECISIONS.iter().map(|&(y, m, d, step)| (Day::ymd(y, m, d), step)).collect());

/// Every meeting, ascending.
pub fn meetings() -> &'static [Meeting] {
    &MEETINGS
}

/// Meetings to come as the market sees them at the close of a day: the unscheduled one is not among them, and what was later
/// cancelled is until then.
fn ahead(as_of: Day) -> impl Iterator<Item = Day> {
    let instead = Day::ymd(INSTEAD[0].0, INSTEAD[0].1, INSTEAD[0].2);
    MEETINGS
        .iter()
        .filter(move |m| match m.held {
            Held::Scheduled => true,
            Held::Unscheduled => false,
            Held::Cancelled => as_of < instead,
        })
        .map(|m| m.day)
        .filter(move |d| *d > as_of)
}

/// What the market expects of the effective rate at the close of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectations {
    /// The session.
    pub as_of: Day,
    /// The effective rate in force after the session, a decision of the day included, per cent.
    pub in_force: f64,
    /// Meetings to come and the rate expected after each, per cent.
    pub after: Vec<(Day, f64)>,
}

impl Expectations {
    pub(crate) fn at(as_of: Day, cuts: Option<f64>) -> Expectations {
        let in_force = Rates::upper_on(as_of.plus(1)) - 0.17;
        let (first, from, to) = FIRST_CUTS;
        let begun = f64::from(as_of.0 - from.0) / f64::from(to.0 - from.0);
        let cuts = cuts.unwrap_or(first * begun.clamp(0.0, 1.0));
        let [instead, called_off] = INSTEAD.map(|(y, m, d)| Day::ymd(y, m, d));
        let of_2024 = |d: Day| SCHEDULED[24..32].iter().position(|&(y, m, date)| Day::ymd(y, m, date) == d);
        let left: f64 = ahead(as_of).filter_map(of_2024).map(|k| SPREAD[k]).sum();
        let mut rate = in_force;
        let after = ahead(as_of)
            .map(|meeting| {
                // A step of the future is foreseen in part, the better the nearer; the move between meetings at the next scheduled one.
                for (day, step) in STEPS.iter().filter(|(day, _)| *day > as_of) {
                    let seen = if *day == instead { called_off } else { *day };
                    if seen == meeting {
                        rate += step * (0.92 - 0.5 * f64::from(seen.0 - as_of.0) / 365.0).max(0.0);
                    }
                }
                if let Some(k) = of_2024(meeting) {
                    rate -= 0.25 * cuts * SPREAD[k] / left;
                } else if meeting.parts().0 == 2025 {
                    rate -= 0.25 * cuts * FURTHER / 8.0;
                }
                (meeting, rate)
            })
            .collect();
        Expectations { as_of, in_force, after }
    }

    /// The effective rate expected for a later day, per cent.
    pub fn on(&self, day: Day) -> f64 {
        // In force from the day after the decision.
        let n = self.after.partition_point(|a| a.0 < day);
        if n == 0 { self.in_force } else { self.after[n - 1].1 }
    }

    /// Quarter-point cuts expected by the end of a day.
    pub fn cuts_by(&self, day: Day) -> f64 {
        (self.in_force - self.on(day.plus(1))) / 0.25
    }

    /// The arithmetic mean of the effective rate over the calendar days of a month, past days as they were, per cent: 100 less the
    /// price of the contract.
    pub fn month_mean(&self, month: Day) -> f64 {
        let (first, last) = (month.month_start(), month.month_end());
        let rate = |day: Day| {
            if day > self.as_of {
                return self.on(day);
            }
            // Over a weekend the rate of the Friday stands.
            Rates::effective_on(if day.weekday() > 5 { day.plus(5 - i32::from(day.weekday())) } else { day })
        };
        (first.0..=last.0).map(|d| rate(Day(d))).sum::<f64>() / f64::from(last.0 - first.0 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_fall_on_meetings_and_two_fall_in_one_month() {
        for (day, _) in STEPS.iter() {
            assert!(MEETINGS.iter().any(|m| m.day == *day && m.held != Held::Cancelled), "{day}");
        }
        let august = MEETINGS.iter().filter(|m| m.day.month_start() == Day::ymd(2023, 8, 1)).count();
        assert_eq!((august, MEETINGS.len()), (2, 41));
        assert!(MEETINGS.iter().all(|m| plimsoll_model::calendar::Calendar::nyse().is_session(m.day)));
        assert_eq!([FIRST_CUTS.1, FIRST_CUTS.2], [Day::ymd(2022, 11, 1), Day::ymd(2023, 8, 3)]);
    }

    #[test]
    fn the_path_prices_the_planted_cuts() {
        let path = Expectations::at(Day::ymd(2024, 1, 12), Some(6.6));
        assert!((path.in_force - 5.33).abs() < 1e-12);
        assert!((path.cuts_by(Day::ymd(2024, 12, 31)) - 6.6).abs() < 1e-9);
        // No meeting in January 2025: its contract says it alone.
        assert!((path.month_mean(Day::ymd(2025, 1, 1)) - (5.33 - 6.6 * 0.25)).abs() < 1e-9);
        // The day of the decision is still at the rate before it.
        assert_eq!(path.on(Day::ymd(2024, 2, 7)), path.in_force);
        assert!(path.on(Day::ymd(2024, 2, 8)) < path.in_force);
        let march = path.month_mean(Day::ymd(2024, 3, 1));
        let expected = (27.0 * path.on(Day::ymd(2024, 3, 27)) + 4.0 * path.on(Day::ymd(2024, 3, 28))) / 31.0;
        assert!((march - expected).abs() < 1e-12);
    }

    #[test]
    fn what_was_not_announced_is_not_expected() {
        let before = Expectations::at(Day::ymd(2023, 5, 9), None);
        assert_eq!(before.after[0].0, Day::ymd(2023, 5, 17));
        let after = Expectations::at(Day::ymd(2023, 5, 10), None);
        assert_eq!(after.after[0].0, Day::ymd(2023, 6, 21));
        assert!((after.in_force - before.in_force - 0.25).abs() < 1e-12);
        // Most of it was priced for the week after.
        assert!((before.after[0].1 - before.in_force) > 0.2);
    }
}
