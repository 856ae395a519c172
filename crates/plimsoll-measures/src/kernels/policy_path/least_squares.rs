//! The path that fits all contracts at once.

use plimsoll_model::time::Day;

use super::{LastMeeting, MeetingDay, Path, Rules, Step, Strip, days_in, mark, month_of, month_start};

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
        if (0..=1).any(|ahead| strip.carried(month_of(day) + ahead)) {
            marks |= mark::CARRIED;
        }
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
