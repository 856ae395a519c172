//! Whether an issuer extended its debt or let it run down.

use super::{AFTER_YEARS, Ladder, YEAR};

/// Which way the maturity of the debt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The debt's mean maturity is no shorter than it was, although time passed.
    Extended,
    /// It fell by some of the time that passed.
    Between,
    /// It fell by at least three quarters of the time that passed: little was refinanced.
    RanDown,
}

impl Course {
    /// As in print.
    pub fn name(self) -> &'static str {
        match self {
            Course::Extended => "extended",
            Course::Between => "in between",
            Course::RanDown => "ran down",
        }
    }
}

/// One ladder beside an earlier one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Weighted-average maturity then, years from its balance.
    pub then: f64,
    /// And now, years from its own balance.
    pub now: f64,
    /// Years between the two balances.
    pub years: f64,
    /// Debt that was to fall due within 24 months of the later balance by the earlier ladder, dollars.
    pub was_due: f64,
    /// Debt that does by the later one, dollars.
    pub is_due: f64,
    /// Which way.
    pub course: Course,
}

impl Change {
    /// The later ladder beside the earlier; `None` where one of them has no debt or they are not in order.
    pub fn between(earlier: &Ladder, later: &Ladder) -> Option<Change> {
        let years = f64::from(later.balance.0 - earlier.balance.0) / YEAR;
        if years <= 0.0 {
            return None;
        }
        let then = earlier.weighted_average_maturity(earlier.balance, AFTER_YEARS)?;
        let now = later.weighted_average_maturity(later.balance, AFTER_YEARS)?;
        let course = match now - then {
            d if d >= 0.0 => Course::Extended,
            d if d <= -0.75 * years => Course::RanDown,
            _ => Course::Between,
        };
        let (was_due, is_due) = (earlier.due_within(later.balance, 24), later.due_within(later.balance, 24));
        Some(Change { then, now, years, was_due, is_due, course })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ladder;
    use super::super::{Rung, Step, months_after};
    use super::*;

    #[test]
    fn what_is_not_refinanced_runs_down() {
        let then = ladder();
        // A year later the first 100 are paid and nothing else happened; 2029 has taken 80 of what lay beyond.
        let balance = months_after(then.balance, 12);
        let end = |k: i32| months_after(balance, 12 * k);
        let amounts = [200.0, 0.0, 0.0, 300.0, 80.0];
        let mut rungs: Vec<Rung> = amounts
            .iter()
            .zip(1..)
            .map(|(a, k)| Rung { step: Step::Year(k as u8), after: end(k - 1), by: Some(end(k)), amount: *a, accession: None })
            .collect();
        rungs.push(Rung { step: Step::After, after: end(5), by: None, amount: 320.0, accession: None });
        let now = Ladder { balance, rungs, ..then.clone() };
        let change = Change::between(&then, &now).unwrap();
        assert!((change.was_due - 200.0).abs() < 1e-9 && (change.is_due - 200.0).abs() < 1e-9);
        assert!((change.years - 1.0).abs() < 0.01);
        // 4.7 years then; (200 x 0.5 + 300 x 3.5 + 80 x 4.5 + 320 x 7.5) / 900 = 4.34 now.
        assert!((change.then - 4.7).abs() < 0.02 && (change.now - 4.344).abs() < 0.02, "{change:?}");
        assert_eq!(change.course, Course::Between);
        // All of it replaced by debt beyond five years.
        let mut extended = now.clone();
        extended.rungs.iter_mut().for_each(|r| r.amount = if r.by.is_none() { 900.0 } else { 0.0 });
        assert_eq!(Change::between(&then, &extended).unwrap().course, Course::Extended);
        assert_eq!(Change::between(&now, &then), None);
    }
}
