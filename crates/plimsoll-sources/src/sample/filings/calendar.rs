//! Fiscal years and quarters: by month ends, by weeks, and one whose end moves.

use plimsoll_model::time::Day;

/// When an issuer's fiscal years end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FiscalCalendar {
    /// On the last day of a month.
    Months(i8),
    /// On the last Saturday of a month: 52 or 53 weeks.
    Weeks(i8),
    /// On 30 June until 2022, after a transition period of six months on 31 December.
    Moved,
}

/// A fiscal year, or a transition period.
#[derive(Clone, Debug)]
pub(super) struct Year {
    /// The day before it starts.
    pub after: Day,
    /// Last days of its quarters.
    pub ends: Vec<Day>,
}

impl FiscalCalendar {
    /// Month and day of the fiscal year's end as MMDD, as of the present.
    pub fn month_and_day(self) -> String {
        let month = self.month();
        format!("{month:02}{:02}", Day::ymd(2023, month, 1).month_end().parts().2)
    }
    /// The month in which fiscal years end now.
    pub fn month(self) -> i8 {
        match self {
            FiscalCalendar::Months(m) | FiscalCalendar::Weeks(m) => m,
            FiscalCalendar::Moved => 12,
        }
    }
    /// Fiscal years that end in some calendar years.
    pub(super) fn years(self, from: i16, to: i16) -> Vec<Year> {
        let year = |y: i16| self.year(y);
        let mut out: Vec<Year> = match self {
            FiscalCalendar::Moved => (from..=2022).map(|y| FiscalCalendar::Months(6).year(y)).collect(),
            _ => (from..=to).map(year).collect(),
        };
        if self == FiscalCalendar::Moved {
            out.push(Year { after: Day::ymd(2022, 6, 30), ends: vec![Day::ymd(2022, 9, 30), Day::ymd(2022, 12, 31)] });
            out.extend((2023..=to).map(|y| FiscalCalendar::Months(12).year(y)));
        }
        out
    }
    fn year(self, y: i16) -> Year {
        let month = self.month();
        if let FiscalCalendar::Weeks(_) = self {
            let (after, end) = (last_saturday(y - 1, month), last_saturday(y, month));
            // Thirteen weeks each; the last quarter takes the fifty-third.
            return Year { after, ends: vec![after.plus(91), after.plus(182), after.plus(273), end] };
        }
        let end = |months_before: i32| {
            let count = i32::from(y) * 12 + i32::from(month) - 1 - months_before;
            Day::ymd((count / 12) as i16, (count % 12) as i8 + 1, 1).month_end()
        };
        Year { after: end(12), ends: vec![end(9), end(6), end(3), end(0)] }
    }
}

fn last_saturday(year: i16, month: i8) -> Day {
    let end = Day::ymd(year, month, 1).month_end();
    end.plus(-i32::from((end.weekday() - 6).rem_euclid(7)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_meet_and_have_fifty_two_or_fifty_three_weeks() {
        for calendar in [FiscalCalendar::Months(12), FiscalCalendar::Months(2), FiscalCalendar::Weeks(1), FiscalCalendar::Moved] {
            let years = calendar.years(2017, 2024);
            let mut lengths = Vec::new();
            for pair in years.windows(2) {
                assert_eq!(pair[0].ends.last(), Some(&pair[1].after), "{calendar:?}");
                lengths.push(pair[0].ends.last().unwrap().0 - pair[0].after.0);
            }
            match calendar {
                FiscalCalendar::Weeks(_) => assert!(lengths.contains(&364) && lengths.contains(&371), "{lengths:?}"),
                FiscalCalendar::Moved => assert!(lengths.contains(&184) && lengths.contains(&365)),
                FiscalCalendar::Months(_) => assert!(lengths.iter().all(|l| (365..=366).contains(l))),
            }
        }
        assert_eq!(last_saturday(2023, 9), Day::ymd(2023, 9, 30));
        assert_eq!(last_saturday(2024, 1), Day::ymd(2024, 1, 27));
        assert_eq!(FiscalCalendar::Months(2).month_and_day(), "0228");
    }
}
