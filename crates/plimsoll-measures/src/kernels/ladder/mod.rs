//! Maturity ladders: when the long-term debt of an issuer falls due, as its filings state it, laid on calendar days.
//!
//! # Where each step lies
//! Filers state principal due by year: rest of the fiscal year, years one to five, after year five. A step lies between two days:
//!
//! * With a *remainder of the fiscal year* the ladder begins with it, from the balance to the end of the fiscal year; what follows are
//!   whole fiscal years. Where year one is stated too, it is the first of them; where it is not (the usual form until 2020) the
//!   remainder is what is left of year one and year two comes first.
//! * Without a remainder, year `k` is the `k`-th twelve months after the balance, at whatever date: steps of rolling years are the same.
//! * What falls due after the last year stated has no last day.
//!
//! Within a step debt is taken to fall due evenly, day by day: filers say no more. What would have fallen due between the balance and the
//! day of reading counts as elapsed, not as due.
//!
//! # When a ladder is whole
//! Where every step is stated, or where those not stated can be told from the long-term debt on the same balance sheet: steps between
//! stated ones are nil where the stated ones make up at least 95 % of that debt; what comes after the last year stated is what is left of
//! it. Otherwise the ladder is partial and is not used; [`Partial`] says what is missing. The newest whole ladder known is the one in force.

mod book;
mod change;
mod funding;
mod read;

use plimsoll_model::time::{Day, Moment};

pub use book::{Book, MAX_AGE, concepts};
pub use change::{Change, Course};
pub use funding::{FUNDING_CONCEPTS, Funding, funding};
pub use read::{Absence, FiscalYearEnd, Partial, Reading, Reason, read};

/// Years over which what falls due after the last year stated is taken to be spread where a maturity or a spread is needed: a
/// convention, because filers do not say. Bond indices of corporate debt put the average of what lies beyond five years at seven to ten.
pub const AFTER_YEARS: f64 = 5.0;

/// A step of a ladder as it is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The rest of the fiscal year.
    Remainder,
    /// Year 1 to 5.
    Year(u8),
    /// After the last year stated.
    After,
}

impl Step {
    /// As in print.
    pub fn name(self) -> String {
        match self {
            Step::Remainder => "rest of the fiscal year".into(),
            Step::Year(k) => format!("year {k}"),
            Step::After => "after".into(),
        }
    }
}

/// Debt due between two days.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// Which step states it.
    pub step: Step,
    /// The day after which it falls due.
    pub after: Day,
    /// The last day by which it falls due; `None` for what has no last day.
    pub by: Option<Day>,
    /// Dollars.
    pub amount: f64,
    /// Position in [`Ladder::accessions`]; `None` where it is derived (nil, or what is left of the debt).
    pub accession: Option<usize>,
}

/// Long-term debt on the balance sheet, current part included.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// Dollars.
    pub amount: f64,
    /// The concepts it is from.
    pub concepts: Vec<&'static str>,
}

/// When the debt of an issuer falls due, from one balance sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    /// The day of the balance.
    pub balance: Day,
    /// When the last of its steps could be used.
    pub known_at: Moment,
    /// Steps in order of time, the first from the balance, each from where the one before ends.
    pub rungs: Vec<Rung>,
    /// Filings that state the steps.
    pub accessions: Vec<String>,
    /// Long-term debt on the same day, where stated.
    pub debt: Option<Stated>,
    /// Steps that are not stated and taken as nil.
    pub nil: Vec<Step>,
    /// Whether what comes after the last year stated is what is left of the debt.
    pub rest_derived: bool,
}

/// One calendar quarter of a ladder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quarter {
    /// Calendar year.
    pub year: i16,
    /// 1 to 4.
    pub quarter: u8,
    /// Debt falls due after this day...
    pub after: Day,
    /// ... and by this day.
    pub by: Day,
    /// Dollars.
    pub due: f64,
}

impl Quarter {
    /// As in print, such as `2025 Q3`.
    pub fn label(&self) -> String {
        format!("{} Q{}", self.year, self.quarter)
    }
}

/// The day `months` after a day; the last of the month where that month is shorter.
pub fn months_after(day: Day, months: i32) -> Day {
    let (year, month, d) = day.parts();
    let count = i32::from(year) * 12 + i32::from(month) - 1 + months;
    let first = Day::ymd(count.div_euclid(12) as i16, (count.rem_euclid(12) + 1) as i8, 1);
    // The last of a month stays the last of a month: fiscal periods end there.
    if day == day.month_end() { first.month_end() } else { first.plus(i32::from(d) - 1).min(first.month_end()) }
}

impl Ladder {
    /// All debt on the ladder, dollars.
    pub fn total(&self) -> f64 {
        self.rungs.iter().map(|r| r.amount).sum()
    }
    /// Long-term debt on the balance sheet less the ladder, dollars: discounts and issue costs (negative), leases and loans that the ladder
    /// leaves out (positive).
    pub fn gap(&self) -> Option<f64> {
        self.debt.as_ref().map(|d| d.amount - self.total())
    }
    /// Debt due after the day `after` and by the day `by`, dollars, evenly within each step; what has no last day never falls due here.
    pub fn due(&self, after: Day, by: Day) -> f64 {
        self.rungs.iter().map(|r| share(r, after, by) * r.amount).sum()
    }
    /// Debt that would have fallen due by `day`.
    pub fn elapsed(&self, day: Day) -> f64 {
        self.due(self.balance, day.max(self.balance))
    }
    /// Debt that falls due after `day`, dollars.
    pub fn outstanding(&self, day: Day) -> f64 {
        self.total() - self.elapsed(day)
    }
    /// Debt due within `months` after `day`, dollars.
    pub fn due_within(&self, day: Day, months: i32) -> f64 {
        self.due(day, months_after(day, months))
    }
    /// Share of the debt outstanding after `day` that falls due within `months`; `None` without debt.
    pub fn share_within(&self, day: Day, months: i32) -> Option<f64> {
        let outstanding = self.outstanding(day);
        (outstanding > 0.0).then(|| (self.due_within(day, months) / outstanding).clamp(0.0, 1.0))
    }
    /// `n` calendar quarters, the first from `day` to the end of its quarter.
    pub fn quarters(&self, day: Day, n: usize) -> Vec<Quarter> {
        let mut after = day;
        let mut out = Vec::with_capacity(n);
        for _ in 0..n {
            let (year, month, _) = after.plus(1).parts();
            let last = Day::ymd(year, (month - 1) / 3 * 3 + 3, 1).month_end();
            out.push(Quarter { year, quarter: ((month - 1) / 3 + 1) as u8, after, by: last, due: self.due(after, last) });
            after = last;
        }
        out
    }
    /// Mean years from `day` until the debt outstanding after it falls due, each dollar counted once; what has no last day is spread over
    /// `after_years` (see [`AFTER_YEARS`]). `None` without debt.
    pub fn weighted_average_maturity(&self, day: Day, after_years: f64) -> Option<f64> {
        let (mut sum, mut weight) = (0.0, 0.0);
        for r in &self.rungs {
            let (from, to) = (r.after.max(day), r.by.unwrap_or_else(|| r.after.plus((after_years * YEAR).round() as i32)));
            let whole = f64::from(to.0 - r.after.0);
            if to > from && whole > 0.0 {
                let amount = r.amount * f64::from(to.0 - from.0) / whole;
                sum += amount * (f64::from(from.0 + to.0) / 2.0 - f64::from(day.0)) / YEAR;
                weight += amount;
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }
    /// Herfindahl index of the shares of debt by year of maturity from the balance on: 1 where all falls due in one year. What has no last
    /// day is spread over `after_years` whole years. `None` without debt. (Choi, Hackbarth and Zechner 2018 call its inverse granularity.)
    pub fn concentration(&self, after_years: f64) -> Option<f64> {
        let total = self.total();
        if total <= 0.0 {
            return None;
        }
        let spread = after_years.max(1.0);
        let square = |r: &Rung| (r.amount / total).powi(2) / if r.by.is_none() { spread } else { 1.0 };
        Some(self.rungs.iter().map(square).sum())
    }
    /// The largest rung with a last day, if any debt has one.
    pub fn peak(&self) -> Option<&Rung> {
        self.rungs.iter().filter(|r| r.by.is_some() && r.amount > 0.0).max_by(|a, b| a.amount.total_cmp(&b.amount))
    }
}

/// Days of a mean year.
pub(crate) const YEAR: f64 = 365.25;

/// Share of a rung between two days.
fn share(r: &Rung, after: Day, by: Day) -> f64 {
    let Some(end) = r.by else { return 0.0 };
    let (from, to) = (r.after.max(after), end.min(by));
    let whole = f64::from(end.0 - r.after.0);
    if to > from && whole > 0.0 { f64::from(to.0 - from.0) / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Year by year from the end of 2023: 100, 200, 0, 0, 300 and 400 after.
    pub(crate) fn ladder() -> Ladder {
        let balance = Day::ymd(2023, 12, 31);
        let end = |k: i32| months_after(balance, 12 * k);
        let amounts = [100.0, 200.0, 0.0, 0.0, 300.0];
        let mut rungs: Vec<Rung> = amounts
            .iter()
            .zip(1..)
            .map(|(a, k)| Rung { step: Step::Year(k as u8), after: end(k - 1), by: Some(end(k)), amount: *a, accession: Some(0) })
            .collect();
        rungs.push(Rung { step: Step::After, after: end(5), by: None, amount: 400.0, accession: Some(0) });
        Ladder {
            balance,
            known_at: Day::ymd(2024, 2, 20).at(9, 30),
            rungs,
            accessions: vec!["0000000001-24-000001".into()],
            debt: Some(Stated { amount: 980.0, concepts: vec!["us-gaap:LongTermDebt"] }),
            nil: Vec::new(),
            rest_derived: false,
        }
    }

    #[test]
    fn debt_falls_due_evenly_within_a_year() {
        let l = ladder();
        assert_eq!(l.total(), 1000.0);
        assert_eq!(l.gap(), Some(-20.0));
        // 2024 has 366 days, 182 of them by the end of June.
        let june = Day::ymd(2024, 6, 30);
        assert!((l.elapsed(june) - 100.0 * 182.0 / 366.0).abs() < 1e-12);
        // From there two years take the other half of 2024, all of 2025, and nothing of 2026.
        assert!((l.due_within(june, 24) - (100.0 * 184.0 / 366.0 + 200.0)).abs() < 1e-12);
        assert_eq!(l.due(Day::ymd(2028, 12, 31), Day::ymd(2099, 1, 1)), 0.0);
        assert!((l.share_within(l.balance, 24).unwrap() - 0.3).abs() < 1e-15);
    }

    #[test]
    fn quarters_begin_with_the_rest_of_one_and_add_up() {
        let l = ladder();
        let day = Day::ymd(2024, 2, 2);
        let q = l.quarters(day, 8);
        assert_eq!((q[0].label(), q[0].by), ("2024 Q1".to_owned(), Day::ymd(2024, 3, 31)));
        assert_eq!(q[7].label(), "2025 Q4");
        let sum: f64 = q.iter().map(|q| q.due).sum();
        assert!((sum + l.elapsed(day) - 300.0).abs() < 1e-9);
        // On the last day of a quarter the next is the first.
        assert_eq!(l.quarters(Day::ymd(2024, 3, 31), 1)[0].label(), "2024 Q2");
    }

    #[test]
    fn maturity_and_concentration_by_hand() {
        let l = ladder();
        // Midpoints 0.5, 1.5, 4.5 and 5 + 2.5 years.
        let expected = (100.0 * 0.5 + 200.0 * 1.5 + 300.0 * 4.5 + 400.0 * 7.5) / 1000.0;
        assert!((l.weighted_average_maturity(l.balance, 5.0).unwrap() - expected).abs() < 0.01);
        // 0.01 + 0.04 + 0.09 + 0.16 / 5.
        assert!((l.concentration(5.0).unwrap() - 0.172).abs() < 1e-12);
        assert_eq!(l.peak().unwrap().step, Step::Year(5));
        let none = Ladder { rungs: Vec::new(), ..l };
        assert_eq!((none.weighted_average_maturity(none.balance, 5.0), none.concentration(5.0)), (None, None));
    }

    #[test]
    fn months_keep_the_end_of_a_month() {
        assert_eq!(months_after(Day::ymd(2024, 2, 29), 12), Day::ymd(2025, 2, 28));
        assert_eq!(months_after(Day::ymd(2023, 2, 28), 12), Day::ymd(2024, 2, 29));
        assert_eq!(months_after(Day::ymd(2024, 1, 31), 1), Day::ymd(2024, 2, 29));
        assert_eq!(months_after(Day::ymd(2023, 12, 30), 24), Day::ymd(2025, 12, 30));
    }
}
