//! What a decision surprised by.

use plimsoll_model::time::Day;

use super::{days_in, month_of, month_start};

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
