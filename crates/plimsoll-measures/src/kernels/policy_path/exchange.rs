//! The method that the exchange publishes for its FedWatch tool.

use plimsoll_model::time::Day;

use super::{LastMeeting, MeetingDay, Month, Path, Rules, Step, Strip, days_in, mark, month_of, month_start};

/// A month in the calculation.
#[derive(Clone, Copy, Debug, Default)]
pub struct MonthOf {
    rate: f64,
    start: f64,
    end: f64,
    length: f64,
    /// Days at the old rate; with several meetings their mean.
    before: f64,
    /// Meetings that count for `before`.
    meetings: u8,
    /// A meeting in this month is history, and another is to come.
    mixed: bool,
    /// All its meetings are history.
    history: bool,
    missing: bool,
    /// Rests on a spread that is carried.
    carried: bool,
    unanchored: bool,
}

/// Days before a meeting that are fewer than one in so many of its month leave the rate before it undetermined.
const FEW: f64 = 5.0;

/// Days of its month at the old rate.
fn before(day: Day, rules: &Rules) -> f64 {
    let of_month = day.0 - month_start(month_of(day)).0;
    f64::from(if rules.meeting_day == MeetingDay::New { of_month } else { of_month + 1 })
}

/// The exchange's path. `past` and `future` are meeting days, ascending; past ones matter only from the first month of the strip on.
/// Months of the strip before the running one are history: their means are what their contracts settled at.
pub fn exchange(strip: &Strip, past: &[Day], future: &[Day], rules: &Rules, out: &mut Path) {
    out.steps.clear();
    let Some(last) = future.last() else { return out.chain(rules.step) };
    lay_months(strip, past, future, rules, &mut out.months);
    let offset = |day: Day| (month_of(day) - strip.first) as usize;
    let last = offset(*last);
    anchor(&mut out.months, last, rules);
    solve(&mut out.months, last, strip);
    mark_carried(&mut out.months, last, strip);
    for (i, &day) in future.iter().enumerate() {
        let m = &out.months[offset(day)];
        // With several meetings in a month the change is shared equally.
        let same = future.iter().filter(|d| month_of(**d) == month_of(day)).count();
        let order = future[..i].iter().filter(|d| month_of(**d) == month_of(day)).count();
        let part = (m.end - m.start) / same as f64;
        let mut marks = 0;
        let mut set = |on: bool, what: u8| marks |= if on { what } else { 0 };
        set(same > 1 || m.mixed, mark::TWO_MEETINGS);
        set(m.unanchored, mark::NO_FREE_MONTH);
        set(m.missing, mark::MISSING_CONTRACT);
        set(m.carried, mark::CARRIED);
        let start = m.start + part * order as f64;
        let end = if order + 1 == same { m.end } else { start + part };
        out.steps.push(Step { day, start, end, marks });
    }
    out.chain(rules.step);
}

fn lay_months(strip: &Strip, past: &[Day], future: &[Day], rules: &Rules, months: &mut Vec<MonthOf>) {
    months.clear();
    let last = month_of(*future.last().expect("not empty"));
    let n = (last + 1 - strip.first + 1).max(0);
    months.extend((0..n).map(|i| {
        let month = strip.first + i;
        let rate = strip.rate(month).unwrap_or(f64::NAN);
        MonthOf { rate, start: f64::NAN, end: f64::NAN, length: f64::from(days_in(month)), ..MonthOf::default() }
    }));
    let at = |day: Day| usize::try_from(month_of(day) - strip.first).ok();
    for &day in future {
        if let Some(m) = at(day).and_then(|i| months.get_mut(i)) {
            m.before = (m.before * f64::from(m.meetings) + before(day, rules)) / f64::from(m.meetings + 1);
            m.meetings += 1;
        }
    }
    for &day in past {
        if let Some(m) = at(day).and_then(|i| months.get_mut(i)) {
            // History is no part of the weights of a month with a meeting to come.
            if m.meetings > 0 && !m.history {
                m.mixed = true;
            } else {
                m.before = (m.before * f64::from(m.meetings) + before(day, rules)) / f64::from(m.meetings + 1);
                m.meetings += 1;
                m.history = true;
            }
        }
    }
}

fn anchor(months: &mut [MonthOf], last: usize, rules: &Rules) {
    for m in months.iter_mut().filter(|m| m.meetings == 0) {
        (m.start, m.end) = (m.rate, m.rate);
    }
    for i in 0..=last {
        if months[i].meetings == 0 {
            continue;
        }
        if i > 0 && months[i - 1].meetings == 0 && !months[i].mixed {
            months[i].start = months[i - 1].rate;
        }
        if i < last && months[i + 1].meetings == 0 {
            months[i].end = months[i + 1].rate;
        }
    }
    let next = months[last + 1].rate;
    let m = &mut months[last];
    let forwards = rules.last_meeting == LastMeeting::OwnContract && m.start.is_finite() && m.before < m.length;
    m.end = if forwards { (m.rate * m.length - m.before * m.start) / (m.length - m.before) } else { next };
}

fn solve(months: &mut [MonthOf], last: usize, strip: &Strip) {
    let front = (strip.front - strip.first).max(0) as usize;
    // Backwards from the months after; how far the anchor lies is how often errors were multiplied.
    let mut distance = 0;
    for i in (0..=last).rev() {
        let next = months[i + 1].start;
        let behind = i > 0 && months[i - 1].history;
        let m = &mut months[i];
        if m.meetings == 0 {
            // A month without a meeting and without a price holds the rate that the next begins with.
            if m.start.is_nan() {
                (m.start, m.end) = (next, next);
            }
            distance = if m.rate.is_nan() { distance } else { 0 };
            continue;
        }
        distance += 1;
        if m.end.is_nan() {
            m.end = next;
        }
        if m.start.is_nan() {
            let elapsed = if i == front { f64::from(strip.elapsed) } else { 0.0 };
            let left = m.before - elapsed;
            // A few days would multiply errors many times over; a month behind, whose move is history, says it better.
            if left > 0.0 && behind && !m.history && left * FEW < m.length {
                continue;
            }
            if left > 0.0 {
                let sum = if elapsed > 0.0 { strip.elapsed_sum } else { 0.0 };
                m.start = (m.rate * m.length - sum - (m.length - m.before) * m.end) / left;
                m.unanchored = distance > 2;
            } else if elapsed > 0.0 {
                m.start = strip.elapsed_sum / elapsed;
            }
        }
    }
    // Forwards, where there was nothing to start from behind.
    for i in 0..=last {
        let before = if i > 0 { months[i - 1].end } else { f64::NAN };
        let m = &mut months[i];
        if m.meetings == 0 {
            // Else the rate that the month before ended with.
            if m.start.is_nan() {
                (m.start, m.end) = (before, before);
            }
            continue;
        }
        if m.start.is_nan() && before.is_finite() && !m.mixed {
            m.start = before;
            m.unanchored |= m.before > 0.0;
        }
        if m.end.is_nan() && m.start.is_finite() && m.before < m.length {
            m.end = (m.rate * m.length - m.before * m.start) / (m.length - m.before);
            m.unanchored = true;
        }
    }
    for i in 0..=last {
        let free_without = |m: &MonthOf| m.meetings == 0 && m.rate.is_nan();
        let beside = free_without(&months[i + 1]) || (i > 0 && free_without(&months[i - 1]));
        let m = &mut months[i];
        m.missing = beside || m.rate.is_nan() || m.start.is_nan() || m.end.is_nan();
    }
}

/// Marks the months that rest on a carried spread: their own contract, that of a free month beside them, or, within a run of months
/// with meetings, that of any other of the run.
fn mark_carried(months: &mut [MonthOf], last: usize, strip: &Strip) {
    let carried = |i: usize| strip.carried(strip.first + i as Month);
    for i in (0..=last).rev() {
        let later = months[i + 1].meetings > 0 && months[i + 1].carried;
        months[i].carried = carried(i) || carried(i + 1) || (i > 0 && carried(i - 1)) || later;
    }
    for i in 1..=last {
        months[i].carried |= months[i - 1].meetings > 0 && months[i].meetings > 0 && months[i - 1].carried;
    }
}
