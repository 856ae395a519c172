//! Days, moments and the moment of knowledge.
//!
//! Everything that happened carries a [`Moment`]; everything that is *about* something carries a [`Day`]. Both are plain integers so
//! that columns of them cost nothing; `jiff` does the civil arithmetic.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The time zone of the exchange and of every publisher's clock in this project.
pub static NEW_YORK: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("America/New_York").expect("the time zone database is bundled"));

/// A calendar day, as days since 1970-01-01 (the layout of Arrow's `date32`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(pub i32);

const EPOCH: civil::Date = civil::date(1970, 1, 1);

impl Day {
    /// The day `year-month-day`; panics where there is no such day, so use it for constants only.
    pub fn ymd(year: i16, month: i8, day: i8) -> Day {
        Day::from_civil(civil::date(year, month, day))
    }
    /// The day `year-month-day`, or `None` where the calendar has no such day.
    pub fn try_ymd(year: i16, month: i8, day: i8) -> Option<Day> {
        civil::Date::new(year, month, day).ok().map(Day::from_civil)
    }
    /// From a civil date.
    pub fn from_civil(date: civil::Date) -> Day {
        Day((date - EPOCH).get_days())
    }
    /// As a civil date; days beyond the calendar (year 9999) become its ends.
    pub fn civil(self) -> civil::Date {
        // A span takes no more days than these.
        let days = self.0.clamp(-7_304_484, 7_304_484);
        EPOCH.saturating_add(jiff::Span::new().days(i64::from(days)))
    }
    /// This day moved by `days` calendar days.
    #[must_use]
    pub fn plus(self, days: i32) -> Day {
        Day(self.0 + days)
    }
    /// Year, month (1-12) and day of the month.
    pub fn parts(self) -> (i16, i8, i8) {
        let d = self.civil();
        (d.year(), d.month(), d.day())
    }
    /// Monday is 1, Sunday is 7.
    pub fn weekday(self) -> i8 {
        // 1970-01-01 was a Thursday.
        ((self.0 + 3).rem_euclid(7) + 1) as i8
    }
    /// The first day of this day's month.
    pub fn month_start(self) -> Day {
        Day::from_civil(self.civil().first_of_month())
    }
    /// The last day of this day's month.
    pub fn month_end(self) -> Day {
        Day::from_civil(self.civil().last_of_month())
    }
    /// The moment `hour:minute` of this day on the clock of New York.
    pub fn at(self, hour: i8, minute: i8) -> Moment {
        let zoned = self.civil().at(hour, minute, 0, 0).to_zoned(NEW_YORK.clone()).expect("a civil time in range");
        Moment(zoned.timestamp().as_microsecond())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.parts();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Day, TimeError> {
        text.parse()
    }
}

impl FromStr for Day {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Day, TimeError> {
        let bytes = text.as_bytes();
        let digits = |r: std::ops::Range<usize>| -> Option<i32> {
            bytes.get(r)?.iter().try_fold(0i32, |n, b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))
        };
        let found = (bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-')
            .then(|| Day::try_ymd(digits(0..4)? as i16, digits(5..7)? as i8, digits(8..10)? as i8))
            .flatten();
        found.ok_or_else(|| TimeError::Day(text.to_owned()))
    }
}

/// A moment, in microseconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(pub i64);

impl Moment {
    /// Before everything.
    pub const MIN: Moment = Moment(i64::MIN);
    /// After everything.
    pub const MAX: Moment = Moment(i64::MAX);
    /// The calendar day of this moment in New York.
    pub fn day(self) -> Day {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(ts) => Day::from_civil(ts.to_zoned(NEW_YORK.clone()).date()),
            Err(_) => Day(if self.0 < 0 { i32::MIN } else { i32::MAX }),
        }
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0.div_euclid(1_000_000)) {
            Ok(ts) => write!(f, "{ts}"),
            Err(_) => write!(f, "{}", if self.0 < 0 { "beginning" } else { "end" }),
        }
    }
}

/// The moment of knowledge: nothing is read without one.
///
/// A bare day means the end of that day in New York, so that the day's close is known and the next day's open is not.
///
/// ```
/// use plimsoll_model::time::{AsOf, Day};
/// let as_of: AsOf = "2024-02-02".parse().unwrap();
/// assert!(Day::ymd(2024, 2, 2).at(16, 0) <= as_of.moment());
/// assert!(Day::ymd(2024, 2, 5).at(9, 30) > as_of.moment());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsOf(Moment);

impl AsOf {
    /// Everything known by the end of `day` in New York.
    pub fn end_of(day: Day) -> AsOf {
        AsOf(Moment(day.plus(1).at(0, 0).0 - 1))
    }
    /// Everything known at exactly this moment.
    pub fn at(moment: Moment) -> AsOf {
        AsOf(moment)
    }
    /// The moment itself.
    pub fn moment(self) -> Moment {
        self.0
    }
    /// The New York day it falls on.
    pub fn day(self) -> Day {
        self.0.day()
    }
    /// Whether something known at `known_at` may be used.
    pub fn knows(self, known_at: Moment) -> bool {
        known_at <= self.0
    }
}

impl FromStr for AsOf {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<AsOf, TimeError> {
        if let Ok(day) = text.parse::<Day>() {
            return Ok(AsOf::end_of(day));
        }
        text.parse::<jiff::Timestamp>().map(|ts| AsOf(Moment(ts.as_microsecond()))).map_err(|_| TimeError::AsOf(text.to_owned()))
    }
}

impl fmt::Display for AsOf {
    /// The day alone where the moment is the end of that day, else RFC 3339.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.day();
        if AsOf::end_of(day) == *self { write!(f, "{day}") } else { write!(f, "{}", self.0) }
    }
}

/// A text that is not a day or a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not a day.
    #[error("expected a day as YYYY-MM-DD, got `{0}`")]
    Day(String),
    /// Not a day or a moment.
    #[error("expected a day as YYYY-MM-DD or a moment as 2024-02-02T16:00:00-05:00, got `{0}`")]
    AsOf(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_trip() {
        for text in ["1926-07-01", "1970-01-01", "2024-02-29", "2262-04-11"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        assert_eq!("1970-01-01".parse::<Day>().unwrap(), Day(0));
        assert_eq!(Day::ymd(2024, 2, 2).weekday(), 5);
        assert_eq!(Day(i32::MAX).to_string(), "9999-12-31");
        assert_eq!(Day(i32::MIN).parts(), (-9999, 1, 1));
        for bad in ["2023-02-29", "2024-2-02", "24-02-02", "2024/02/02", "", "2024-02-0x"] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_day_knows_its_close_and_not_the_next_open() {
        let d = Day::ymd(2024, 2, 2);
        assert!(AsOf::end_of(d).knows(d.at(23, 59)));
        assert!(!AsOf::end_of(d).knows(d.plus(1).at(0, 0)));
        assert_eq!(AsOf::end_of(d).to_string(), "2024-02-02");
        let precise: AsOf = "2024-02-02T16:00:00-05:00".parse().unwrap();
        assert_eq!(precise.moment(), d.at(16, 0));
        // Summer time: the close is 20:00Z in July and 21:00Z in January.
        assert_eq!(Day::ymd(2024, 7, 3).at(16, 0).to_string(), "2024-07-03T20:00:00Z");
        assert_eq!(Day::ymd(2024, 1, 3).at(16, 0).to_string(), "2024-01-03T21:00:00Z");
    }
}
