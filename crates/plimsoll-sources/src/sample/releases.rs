//! The release calendar of the sample world: consumer prices by the middle of a month, employment on its first Friday.
//!
//! Consumer prices carry planted truth: small companies gain on large ones on their days ([`super::story::CPI_REACTION`]). Employment
//! carries none.

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;

/// A release: its day and its title as the publisher prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// The day, at 08:30 in New York.
    pub day: Day,
    /// `Consumer Price Index` or `Employment Situation`.
    pub title: &'static str,
}

/// Title of the release of consumer prices.
pub(crate) const PRICES: &str = "Consumer Price Index";
/// Title of the release of employment.
pub(crate) const EMPLOYMENT: &str = "Employment Situation";

/// The release of consumer prices in a month: the first session on or after the 11th.
fn prices(month: Day) -> Day {
    Calendar::nyse().on_or_after(month.plus(10))
}

/// The release of employment in a month: its first Friday, on which the exchange may be closed; after New Year's Day the second.
fn employment(month: Day) -> Day {
    let friday = month.plus((5 - i32::from(month.weekday())).rem_euclid(7));
    if friday.parts().1 == 1 && friday.parts().2 < 3 { friday.plus(7) } else { friday }
}

/// Releases from the month of the first day to the end of the year of the last, ascending: the schedule reaches beyond the world's end.
pub fn releases(first: Day, last: Day) -> Vec<Release> {
    let end = Day::ymd(last.parts().0, 12, 31);
    let mut out = Vec::new();
    let mut month = first.month_start();
    while month <= end {
        out.push(Release { day: employment(month), title: EMPLOYMENT });
        out.push(Release { day: prices(month), title: PRICES });
        month = month.month_end().plus(1);
    }
    out.retain(|r| r.day >= first);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_releases_a_month_in_order() {
        let all = releases(Day::ymd(2023, 1, 3), Day::ymd(2024, 6, 28));
        assert_eq!(all.len(), 48);
        assert!(all.windows(2).all(|w| w[0].day < w[1].day));
        assert_eq!(all[0], Release { day: Day::ymd(2023, 1, 6), title: EMPLOYMENT });
        assert_eq!(all[1], Release { day: Day::ymd(2023, 1, 11), title: PRICES });
        // The exchange was closed on Good Friday 2023, and employment came out.
        assert!(all.contains(&Release { day: Day::ymd(2023, 4, 7), title: EMPLOYMENT }));
        assert!(all.iter().filter(|r| r.title == PRICES).all(|r| Calendar::nyse().is_session(r.day)));
        assert!(all.iter().filter(|r| r.title == EMPLOYMENT).all(|r| r.day.weekday() == 5));
    }
}
