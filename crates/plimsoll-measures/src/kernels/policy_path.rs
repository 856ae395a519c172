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
//! * a meeting on the first of a month leaves no day at the old rate: its start is the end of the month before.
//!
//! [`least_squares`] fits the rates between meetings to all contracts at once.

use plimsoll_model::time::Day;

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

/// A month in the calculation.
#[derive(Clone, Copy, Debug, Default)]
struct MonthOf {
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
    unanchored: bool,
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

/// The path whose rates between meetings fit all contracts from the running month to that of the last meeting (to the month after it,
/// where [`LastMeeting::NextMonth`] is chosen): least squares of the months' implied means, plus [`Rules::smoothing`] times the squared
/// changes at meetings, which settles what contracts leave open. A running month that holds a meeting already past counts only its
/// days to come, and only where effective rates of all its days past are known.
pub fn least_squares(strip: &Strip, past: &[Day], future: &[Day], rules: &Rules, out: &mut Path) {
    out.steps.clear();
    let Some(&last) = future.last() else { return out.chain(rules.step) };
    let k = future.len() + 1;
    out.matrix.clear();
    out.matrix.resize(k * k, 0.0);
    out.right.clear();
    out.right.resize(k, 0.0);
    let mut used = 0;
    let end = month_of(last) + i32::from(rules.last_meeting == LastMeeting::NextMonth);
    for month in strip.front..=end {
        let Some(rate) = strip.rate(month) else { continue };
        let (first, length) = (month_start(month).0, days_in(month));
        let (mut sum, mut skip) = (rate * f64::from(length), 0);
        if month == strip.front {
            if past.iter().any(|d| month_of(*d) == month) && strip.elapsed == 0 {
                continue;
            }
            sum -= strip.elapsed_sum;
            skip = strip.elapsed;
        }
        if skip >= length {
            continue;
        }
        let left = f64::from(length - skip);
        // Days of the month at each rate: neighbours in the list of meetings.
        let share = |j: usize| {
            let begins = |d: Day| d.0 + i32::from(rules.meeting_day == MeetingDay::Old);
            let from = if j == 0 { i32::MIN } else { begins(future[j - 1]) };
            let to = if j + 1 == k { i32::MAX } else { begins(future[j]) };
            f64::from((to.min(first + length) - from.max(first + skip)).max(0)) / left
        };
        for i in 0..k {
            let a = share(i);
            if a == 0.0 {
                continue;
            }
            out.right[i] += a * sum / left;
            for j in 0..k {
                out.matrix[i * k + j] += a * share(j);
            }
        }
        used += 1;
    }
    for j in 1..k {
        let w = rules.smoothing;
        out.matrix[(j - 1) * k + j - 1] += w;
        out.matrix[j * k + j] += w;
        out.matrix[(j - 1) * k + j] -= w;
        out.matrix[j * k + j - 1] -= w;
    }
    let solved = used > 0 && cholesky(&mut out.matrix, &mut out.right, k);
    for (j, &day) in future.iter().enumerate() {
        let (start, end) = if solved { (out.right[j], out.right[j + 1]) } else { (f64::NAN, f64::NAN) };
        let mut marks = if strip.rate(month_of(day)).is_none() { mark::MISSING_CONTRACT } else { 0 };
        if future.iter().filter(|d| month_of(**d) == month_of(day)).count() > 1 {
            marks |= mark::TWO_MEETINGS;
        }
        out.steps.push(Step { day, start, end, marks });
    }
    out.chain(rules.step);
}

/// Solves a symmetric positive definite system in place; false where it is not one.
fn cholesky(a: &mut [f64], b: &mut [f64], k: usize) -> bool {
    for i in 0..k {
        for j in 0..=i {
            let mut sum = a[i * k + j];
            for m in 0..j {
                sum -= a[i * k + m] * a[j * k + m];
            }
            if i == j {
                if sum.is_nan() || sum <= 1e-12 {
                    return false;
                }
                a[i * k + i] = sum.sqrt();
            } else {
                a[i * k + j] = sum / a[j * k + j];
            }
        }
    }
    for i in 0..k {
        let known: f64 = (0..i).map(|m| a[i * k + m] * b[m]).sum();
        b[i] = (b[i] - known) / a[i * k + i];
    }
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|m| a[m * k + i] * b[m]).sum();
        b[i] = (b[i] - known) / a[i * k + i];
    }
    true
}

/// A Kuttner surprise in percentage points: the change of the rate implied by the contract of the decision's month, scaled by m/(m-d)
/// for a decision on day d of a month of m days (the new rate counts from the next day on). In the last days of a month the scale
/// explodes: within the last `at_end` days the change of the next contract is taken unscaled.
///
/// `change` is the change of the month's own implied rate, `next` that of the following month.
pub fn kuttner(decision: Day, change: Option<f64>, next: Option<f64>, at_end: i32) -> Option<f64> {
    let m = days_in(month_of(decision));
    let d = decision.0 - month_start(month_of(decision)).0 + 1;
    if m - d < at_end { next } else { Some(change? * f64::from(m) / f64::from(m - d)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ymd(y: i16, m: i8, d: i8) -> Day {
        Day::ymd(y, m, d)
    }
    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} and {b}");
    }
    fn strip(first: Month, rate: &[f64]) -> Strip<'_> {
        Strip { first, rate, front: first, elapsed: 0, elapsed_sum: 0.0 }
    }

    #[test]
    fn months_are_counted() {
        assert_eq!(month_start(month_of(ymd(2024, 2, 29))), ymd(2024, 2, 1));
        assert_eq!((days_in(month_of(ymd(2024, 2, 1))), days_in(month_of(ymd(2023, 12, 5)))), (29, 31));
        assert_eq!(month_of(ymd(2024, 1, 1)) - month_of(ymd(2023, 12, 31)), 1);
    }

    #[test]
    fn the_example_of_september_2022() {
        // Settlements of 2022-09-12, widely reprinted as the worked example: September 97.4475, October (no meeting) 96.94, November
        // 96.43, December 96.235, January 96.115, ... Meetings on 21 September (20 days before, 10 after) and 2 November (1 and 29).
        let prices = [97.4475, 96.94, 96.43, 96.235, 96.115];
        let rates: Vec<f64> = prices.iter().map(|p| 100.0 - p).collect();
        let mut path = Path::default();
        // November is listed last, so that it is solved from its own contract as in the example.
        exchange(
            &strip(month_of(ymd(2022, 9, 1)), &rates),
            &[],
            &[ymd(2022, 9, 21), ymd(2022, 11, 2)],
            &Rules::default(),
            &mut path,
        );
        near(path.steps[0].start, 2.2987, 6e-5);
        near(path.steps[0].end, 3.06, 1e-9);
        near(path.steps[0].change().unwrap(), 0.7613, 6e-5);
        near(path.steps[1].end, 3.5876, 6e-5);
        near(path.steps[1].change().unwrap(), 0.5276, 6e-5);
        // 3.045 steps: three steps and 4.5 % of a fourth.
        let (least, mass) = path.outcomes(0).unwrap();
        assert_eq!((least, mass.len()), (3, 2));
        near(mass[1], 0.7613 / 0.25 - 3.0, 3e-4);
        // The second meeting adds 2.11 steps: outcomes of five to seven.
        let (least, mass) = path.outcomes(1).unwrap();
        assert_eq!((least, mass.len()), (5, 3));
        near(mass.iter().sum::<f64>(), 1.0, 1e-12);
        let up = [path.steps[0].change().unwrap() / 0.25 - 3.0, path.steps[1].change().unwrap() / 0.25 - 2.0];
        near(mass[0], (1.0 - up[0]) * (1.0 - up[1]), 1e-9);
        near(mass[2], up[0] * up[1], 1e-9);
        near(path.expected_steps(1).unwrap(), 5.0 + up[0] + up[1], 1e-9);
        assert!(path.steps.iter().all(|s| s.marks == mark::LARGE_STEP));
    }

    #[test]
    fn a_meeting_between_free_months_does_not_use_its_own_contract() {
        let mut path = Path::default();
        let first = month_of(ymd(2023, 2, 1));
        let s = Strip { front: first + 1, ..strip(first, &[4.57, 9.9, 4.80, 4.9, 5.0]) };
        exchange(&s, &[], &[ymd(2023, 3, 22), ymd(2023, 5, 3)], &Rules::default(), &mut path);
        near(path.steps[0].start, 4.57, 0.0);
        near(path.steps[0].end, 4.80, 0.0);
        // A cut of 23 bp is 92 % of a step down.
        exchange(
            &Strip { rate: &[4.80, 9.9, 4.57, 4.5], ..s },
            &[],
            &[ymd(2023, 3, 22), ymd(2023, 5, 3)],
            &Rules::default(),
            &mut path,
        );
        let (least, mass) = path.outcomes(0).unwrap();
        assert_eq!(least, -1);
        near(mass[0], 0.92, 1e-9);
    }

    #[test]
    fn conventions_move_the_day_and_the_last_meeting() {
        let first = month_of(ymd(2024, 2, 1));
        let rates = [5.33, 5.32, 5.30];
        let mut path = Path::default();
        let meeting = [ymd(2024, 3, 20)];
        exchange(&strip(first, &rates), &[], &meeting, &Rules::default(), &mut path);
        // 19 days before, 12 from the day on: 5.32 x 31 = 5.33 x 19 + end x 12.
        near(path.steps[0].end, (5.32 * 31.0 - 5.33 * 19.0) / 12.0, 1e-12);
        exchange(&strip(first, &rates), &[], &meeting, &Rules { meeting_day: MeetingDay::Old, ..Rules::default() }, &mut path);
        near(path.steps[0].end, (5.32 * 31.0 - 5.33 * 20.0) / 11.0, 1e-12);
        exchange(
            &strip(first, &rates),
            &[],
            &meeting,
            &Rules { last_meeting: LastMeeting::NextMonth, ..Rules::default() },
            &mut path,
        );
        near(path.steps[0].end, 5.30, 0.0);
        assert_eq!(path.rate_on(ymd(2024, 3, 19), &Rules::default()), Some(5.33));
        assert_eq!(path.rate_on(ymd(2024, 3, 20), &Rules::default()), Some(5.30));
        assert_eq!(path.rate_on(ymd(2024, 4, 1), &Rules::default()), None);
    }

    #[test]
    fn two_meetings_in_a_month_share_its_change() {
        let first = month_of(ymd(2024, 2, 1));
        let mut path = Path::default();
        let meetings = [ymd(2024, 3, 5), ymd(2024, 3, 20)];
        let rules = Rules { last_meeting: LastMeeting::NextMonth, ..Rules::default() };
        exchange(&strip(first, &[5.3, 5.2, 4.9]), &[], &meetings, &rules, &mut path);
        near(path.steps[0].end, 5.1, 1e-12);
        near(path.steps[1].end, 4.9, 1e-12);
        assert!(path.steps.iter().all(|s| s.marks & mark::TWO_MEETINGS != 0));
    }

    #[test]
    fn a_month_with_a_move_behind_it_uses_realised_days() {
        // January 2008: a cut by 75 bp on the 22nd (a Tuesday), a meeting on the 30th, February free. 22 days at 4.25, 7 at 3.50.
        let first = month_of(ymd(2007, 12, 1));
        let january = (22.0 * 4.25 + 7.0 * 3.5 + 2.0 * 3.0) / 31.0;
        let rates = [4.24, january, 3.0, 2.9, 2.8];
        let s = Strip { front: first + 1, ..strip(first, &rates) };
        let (past, future) = ([ymd(2008, 1, 22)], [ymd(2008, 1, 30), ymd(2008, 3, 18)]);
        let mut path = Path::default();
        exchange(&s, &past, &future, &Rules::default(), &mut path);
        // As published: the days before the meeting are one rate, so that the cut is mixed into it. It is marked.
        assert!(path.steps[0].start > 4.0 && path.steps[0].marks & mark::TWO_MEETINGS != 0);
        let known = Strip { elapsed: 24, elapsed_sum: 22.0 * 4.25 + 2.0 * 3.5, ..s };
        exchange(&known, &past, &future, &Rules::default(), &mut path);
        near(path.steps[0].start, 3.5, 1e-9);
        least_squares(&known, &past, &future, &Rules { smoothing: 1e-9, ..Rules::default() }, &mut path);
        near(path.steps[0].start, 3.5, 1e-5);
        near(path.steps[0].end, 3.0, 1e-5);
    }

    #[test]
    fn what_is_missing_is_not_guessed() {
        let first = month_of(ymd(2024, 1, 1));
        let mut path = Path::default();
        let meetings = [ymd(2024, 1, 31), ymd(2024, 3, 20), ymd(2024, 5, 1), ymd(2024, 6, 12)];
        // February is unknown: its rate is the one that March begins with, solved from March and April. It is marked.
        let rates = [5.33, f64::NAN, 5.2, 5.1, 5.0, 4.9, 4.8];
        exchange(&strip(first, &rates), &[], &meetings, &Rules::default(), &mut path);
        let march = (5.2 * 31.0 - 5.1 * 12.0) / 19.0;
        near(path.steps[0].end, march, 1e-12);
        near(path.steps[1].start, march, 1e-12);
        assert!(path.steps[..2].iter().all(|s| s.marks & mark::MISSING_CONTRACT != 0));
        // March is unknown too: nothing says what happened in January or in March, and no distribution can be chained.
        let rates = [5.33, f64::NAN, f64::NAN, 5.1, 5.0, 4.9, 4.8];
        exchange(&strip(first, &rates), &[], &meetings, &Rules::default(), &mut path);
        assert!(path.steps[0].change().is_none() && path.outcomes(0).is_none() && path.outcomes(2).is_none());
        assert!(path.steps[0].marks & mark::MISSING_CONTRACT != 0);
        near(path.steps[1].end, 5.1, 0.0);
        exchange(&strip(first, &[]), &[], &[], &Rules::default(), &mut path);
        assert!(
            path.steps.is_empty() && path.outcomes(0).is_none() && path.rate_on(ymd(2024, 1, 1), &Rules::default()).is_none()
        );
        least_squares(&strip(first, &[f64::NAN; 7]), &[], &meetings, &Rules::default(), &mut path);
        assert!(path.steps.iter().all(|s| s.change().is_none()));
    }

    #[test]
    fn least_squares_finds_a_planted_path() {
        let first = month_of(ymd(2024, 1, 1));
        let meetings = [ymd(2024, 1, 31), ymd(2024, 3, 20), ymd(2024, 5, 1), ymd(2024, 6, 12), ymd(2024, 7, 31)];
        let rates = [5.33, 5.28, 5.08, 4.91, 4.70, 4.55];
        let mean = |month: Month| {
            let (a, n) = (month_start(month), days_in(month));
            let on = |day: Day| rates[meetings.iter().filter(|m| **m <= day).count()];
            (0..n).map(|i| on(a.plus(i))).sum::<f64>() / f64::from(n)
        };
        let strip_rates: Vec<f64> = (0..9).map(|i| mean(first + i)).collect();
        let rules = Rules { smoothing: 1e-10, last_meeting: LastMeeting::NextMonth, ..Rules::default() };
        let mut path = Path::default();
        least_squares(&strip(first, &strip_rates), &[], &meetings, &rules, &mut path);
        for (step, pair) in path.steps.iter().zip(rates.windows(2)) {
            near(step.start, pair[0], 1e-5);
            near(step.end, pair[1], 1e-5);
        }
        exchange(&strip(first, &strip_rates), &[], &meetings, &rules, &mut path);
        for (step, pair) in path.steps.iter().zip(rates.windows(2)) {
            near(step.start, pair[0], 1e-9);
            near(step.end, pair[1], 1e-9);
        }
    }

    #[test]
    fn surprises_by_hand() {
        // The 15th of a month of 31 days: the implied rate fell by 13 bp, scaled by 31/16.
        near(kuttner(ymd(1998, 10, 15), Some(-0.13), Some(-0.3), 1).unwrap(), -0.13 * 31.0 / 16.0, 1e-12);
        // 29 September: with the last three days the next contract, with the last day alone the own one, times 30.
        assert_eq!(kuttner(ymd(1998, 9, 29), Some(-0.001), Some(-0.06), 3), Some(-0.06));
        near(kuttner(ymd(1998, 9, 29), Some(-0.001), Some(-0.06), 1).unwrap(), -0.03, 1e-12);
        assert_eq!(kuttner(ymd(1998, 9, 30), Some(-0.001), Some(-0.06), 1), Some(-0.06));
        assert_eq!(kuttner(ymd(1998, 9, 30), Some(-0.001), None, 1), None);
    }
}
