//! What the Securities and Exchange Commission publishes of its filers: the numbers of their filings, the filings themselves, and who the
//! filers are.

pub(crate) mod archive;
mod company;
mod company_facts;
pub mod concepts;
mod issuers;
pub(crate) mod json;
mod sets;
mod submissions;
mod tickers;
mod vintages;

use std::sync::LazyLock;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::{Day, Moment};

pub use company_facts::CompanyFacts;
pub use sets::StatementSets;
pub use submissions::Submissions;
pub use tickers::{Register, Tickers};

/// The first day of identities in maps without dates: before the first electronic filing. Who a number belongs to is no news about it;
/// maps link, they never measure.
pub(crate) const IDENTITY: Day = Day(8766);

/// The terms of everything here.
pub(crate) const TERMS: &str = "Public domain (United States government). Automated access: at most ten requests a second, with a name and address in the header";

/// Days of filing that can be: EDGAR's first year to a year before the calendar ends.
static OPENS: LazyLock<(i32, Vec<i64>)> = LazyLock::new(|| {
    let first = IDENTITY.0 - 800;
    let last = Calendar::nyse().span().1.0 - 30;
    (first, (first..=last).map(|d| crate::known::Rule::Lag(1).known_at(Day(d)).0).collect())
});

/// When something filed on a day, at an hour not stated, could first be used: at the open of the next session. `None` where no filing can
/// be of that day.
pub(crate) fn known_after(filed: Day) -> Option<Moment> {
    let i = usize::try_from(filed.0.checked_sub(OPENS.0)?).ok()?;
    OPENS.1.get(i).copied().map(Moment)
}

/// A day `YYYY-MM-DD`, without allocation or a calendar.
pub(crate) fn iso_day(text: &str) -> Option<Day> {
    let b: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let digits =
        |r: std::ops::Range<usize>| b[r].iter().try_fold(0i32, |n, d| d.is_ascii_digit().then(|| n * 10 + i32::from(d - b'0')));
    if b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    civil(digits(0..4)?, digits(5..7)?, digits(8..10)?)
}

/// A day by year, month and day of the month, where there is such a day.
pub(crate) fn civil(year: i32, month: i32, day: i32) -> Option<Day> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || !(1000..=9998).contains(&year) {
        return None;
    }
    // Days from civil, Howard Hinnant (2013): years begin in March.
    let y = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (y / 400, y % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(Day(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468))
}

/// An accession number `0000320193-23-000106` as the number its digits make; `None` where it is not one.
pub(crate) fn accession(text: &str) -> Option<u64> {
    let b = text.as_bytes();
    if b.len() != 20 || b[10] != b'-' || b[13] != b'-' {
        return None;
    }
    let digits = b.iter().enumerate().filter(|(i, _)| *i != 10 && *i != 13);
    digits.map(|(_, d)| d).try_fold(0u64, |n, d| d.is_ascii_digit().then(|| n * 10 + u64::from(d - b'0')))
}

/// The way an accession number is written.
pub(crate) fn accession_text(number: u64) -> String {
    format!("{:010}-{:02}-{:06}", number / 100_000_000, number / 1_000_000 % 100, number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for n in -20_000..40_000 {
            let day = Day(n);
            assert_eq!(iso_day(&day.to_string()), Some(day));
        }
        for bad in
            ["2023-02-29", "2023-13-01", "2023-00-10", "2023-04-31", "2023-1-01", "20230101", "", "2023-01-0x", "0000-01-01"]
        {
            assert_eq!(iso_day(bad), None, "{bad}");
        }
        assert_eq!(IDENTITY, Day::ymd(1994, 1, 1));
    }

    #[test]
    fn accession_numbers_keep_their_digits() {
        assert_eq!(accession("0000320193-23-000106"), Some(32_019_323_000_106));
        assert_eq!(accession_text(32_019_323_000_106), "0000320193-23-000106");
        for bad in ["", "0000320193-23-00010", "0000320193 23-000106", "000032019x-23-000106"] {
            assert_eq!(accession(bad), None);
        }
    }

    #[test]
    fn a_filing_is_known_at_the_open_of_the_next_session() {
        assert_eq!(known_after(Day::ymd(2023, 11, 3)), Some(Day::ymd(2023, 11, 6).at(9, 30)));
        assert_eq!(known_after(Day::ymd(2023, 11, 22)), Some(Day::ymd(2023, 11, 24).at(9, 30)));
        assert_eq!(known_after(Day::ymd(1900, 1, 1)), None);
        assert_eq!(known_after(Day(i32::MIN)), None);
        assert_eq!(known_after(Day(i32::MAX)), None);
    }
}
