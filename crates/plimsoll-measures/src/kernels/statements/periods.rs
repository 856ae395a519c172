//! Periods from stated periods, by arithmetic on their days.
//!
//! A stated period is a step between two days: from the day before it starts to the day it ends, worth what is stated. It can be walked
//! back, worth the same with the other sign. A period that is not stated is a walk between its two days; the fewest steps are best: the
//! year as stated (one), the year less nine months (two), the year plus this year to date less last year's (three), four quarters
//! (four). Days within [`SAME`] of each other are one day: a year of 52 weeks and its comparative do not always meet exactly.

use plimsoll_model::time::Day;

use super::rows::Row;
use super::{How, Stated, StatedFlags};

/// Days that may lie between the end of one period and the start of the next, beyond the one that must.
const SAME: i32 = 3;
/// Steps of a walk.
const STEPS: usize = 5;
/// Days of a year: 52 weeks are 364, 53 are 371; calendars and sloppy starts add a week.
const YEAR: std::ops::RangeInclusive<i32> = 357..=378;
/// Days of a quarter: some issuers divide a year into 12, 12, 12 and 16 (or 17) weeks.
const QUARTER: std::ops::RangeInclusive<i32> = 77..=124;
/// How far back from its end a walk may go, in days.
const REACH: i32 = 800;

/// A step of a walk: a row, and whether it is added or taken off.
type Step = (usize, f64);

/// Days at which stated periods meet, each with the day before its start and its end, as indices of clusters.
struct Meeting<'a> {
    rows: Vec<&'a Row>,
    /// The day of each cluster: its latest.
    days: Vec<i32>,
    /// Clusters between which each row steps.
    ends: Vec<(usize, usize)>,
}

impl<'a> Meeting<'a> {
    /// The days at which rows of at most a year meet, within reach of `end`.
    fn of(rows: &'a [Row], end: Day) -> Meeting<'a> {
        let wanted = |r: &&Row| r.end <= end && r.days() > 20 && r.days() <= *YEAR.end() && r.end.0 - r.days() >= end.0 - REACH;
        let mut rows: Vec<&Row> = rows.iter().filter(wanted).collect();
        // Longest and latest first: of two walks with as many steps, the one that begins with the longer is found.
        rows.sort_by_key(|r| (-r.days(), -r.end.0));
        let mut all: Vec<i32> = rows.iter().flat_map(|r| [r.end.0 - r.days(), r.end.0]).collect();
        all.sort_unstable();
        all.dedup();
        let mut days: Vec<i32> = Vec::new();
        for day in all {
            match days.last_mut() {
                Some(last) if day - *last <= SAME => *last = day,
                _ => days.push(day),
            }
        }
        // The cluster of a day is the first whose latest day is not before it.
        let cluster = |day: i32| days.partition_point(|d| *d < day);
        let ends = rows.iter().map(|r| (cluster(r.end.0 - r.days()), cluster(r.end.0))).collect();
        Meeting { rows, days, ends }
    }

    /// The walk with the fewest steps from a day whose distance to `end` lies in `wanted` (nearest to `ideal` days) to `end`.
    fn walk(&self, end: Day, wanted: &std::ops::RangeInclusive<i32>, (ideal, most): (i32, usize)) -> Option<Vec<Step>> {
        let last = self.days.iter().position(|d| *d == end.0)?;
        let mut came: Vec<Option<(usize, Step)>> = vec![None; self.days.len()];
        let mut front = vec![last];
        for _ in 0..most {
            let mut next = Vec::new();
            for &at in &front {
                for (k, &(a, b)) in self.ends.iter().enumerate() {
                    let to = match () {
                        () if b == at => (a, 1.0),
                        () if a == at => (b, -1.0),
                        () => continue,
                    };
                    if to.0 != last && came[to.0].is_none() {
                        came[to.0] = Some((at, (k, to.1)));
                        next.push(to.0);
                    }
                }
            }
            let reached = |c: &&usize| wanted.contains(&(end.0 - self.days[**c]));
            if let Some(&start) = next.iter().filter(reached).min_by_key(|c| (end.0 - self.days[**c] - ideal).abs()) {
                let mut steps = Vec::new();
                let mut at = start;
                while let Some((before, step)) = came[at] {
                    steps.push(step);
                    at = before;
                }
                return Some(steps);
            }
            front = next;
        }
        None
    }

    /// What a walk is worth.
    fn stated(&self, steps: &[Step]) -> Stated {
        let rows = || steps.iter().map(|(k, sign)| (self.rows[*k], *sign));
        let back = rows().filter(|(_, sign)| *sign < 0.0).count();
        let how = match (steps.len(), back) {
            (1, _) => How::AsStated,
            (_, 0) => How::Sum,
            (2, 1) => How::Difference,
            _ => How::YearToDate,
        };
        let first = rows().next().expect("a walk has a step").0;
        let mixed = rows().any(|(r, _)| r.source.concept != first.source.concept);
        let days: i32 = rows().map(|(r, sign)| if sign > 0.0 { r.days() } else { -r.days() }).sum();
        let end = rows().filter(|(_, s)| *s > 0.0).map(|(r, _)| r.end).max().unwrap_or(first.end);
        Stated {
            value: rows().map(|(r, sign)| sign * r.value).sum(),
            start: Some(Day(end.0 - days + 1)),
            end,
            known_at: rows().map(|(r, _)| r.known_at).max().expect("a walk has a step"),
            how,
            flags: rows().fold(StatedFlags::MIXED.when(mixed), |f, (r, _)| f.and(r.flags())),
            parts: rows().flat_map(|(r, sign)| r.parts(sign)).collect(),
        }
    }
}

/// The twelve months to the latest day to which stated periods make them.
pub(super) fn twelve_months(rows: &[Row]) -> Option<Stated> {
    let mut ends: Vec<Day> = rows.iter().filter(|r| r.days() > 20).map(|r| r.end).collect();
    ends.sort_unstable();
    ends.dedup();
    let shorter = rows.iter().any(|r| r.days() > 20 && r.days() < *YEAR.start());
    let latest = *ends.last()?;
    // A gap of more than a year between the latest period and the twelve months found would be another time.
    for &end in ends.iter().rev().take_while(|e| latest.0 - e.0 <= 366) {
        let meeting = Meeting::of(rows, end);
        if let Some(steps) = meeting.walk(end, &YEAR, (365, STEPS)) {
            let mut found = meeting.stated(&steps);
            if found.how == How::AsStated && !shorter {
                found.how = How::LastFiscalYear;
            }
            return Some(found);
        }
    }
    None
}

/// Periods of a year that an annual report stated; all of them where no report is known to be annual.
pub(super) fn years(rows: &[Row]) -> Vec<Stated> {
    let yearly = || rows.iter().filter(|r| YEAR.contains(&r.days()));
    let any = yearly().any(|r| r.fiscal);
    yearly().filter(|r| r.fiscal || !any).map(Row::stated).collect()
}

/// Quarters: as stated, or as a longer period less the part before.
pub(super) fn quarters(rows: &[Row]) -> Vec<Stated> {
    let mut ends: Vec<Day> = rows.iter().filter(|r| r.days() > 20).map(|r| r.end).collect();
    ends.sort_unstable();
    ends.dedup();
    let quarter = |end: &Day| {
        let meeting = Meeting::of(rows, *end);
        meeting.walk(*end, &QUARTER, (91, 2)).map(|steps| meeting.stated(&steps))
    };
    ends.iter().filter_map(quarter).collect()
}
