//! When a value could first be used: the rules that sources and users name.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::{Day, Moment};

/// Hours and minutes on the clock of New York.
pub type Clock = (i8, i8);

/// A rule that gives the first moment at which a value about a day may be used.
///
/// As text: `close`, `next_open`, `same_day_18`, `same_day@16:15`, `next@09:00`, `lag:2`, `days:5@08:30`, `month+1:20@08:30`,
/// `month_end+2@18:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// At the close of the session that the value is about; for a day without a session, at the next open.
    Close,
    /// At the opening of the session `n` sessions later; 1 is the next session.
    Lag(u16),
    /// On the same calendar day at a time.
    SameDay(Clock),
    /// In the next session at a time.
    Next(Clock),
    /// So many calendar days later, or in the first session after, at a time.
    Days(u16, Clock),
    /// On a day of the month so many months later, or in the first session after, at a time.
    Month {
        /// How many months after the month of the period.
        months: u8,
        /// Day of that month (its last day, where it has fewer).
        day: u8,
        /// At this time.
        at: Clock,
    },
    /// In the last session of the month so many months later, at a time.
    MonthEnd(u8, Clock),
}

impl Rule {
    /// The first moment at which a value about `day` may be used.
    pub fn known_at(self, day: Day) -> Moment {
        let calendar = Calendar::nyse();
        match self {
            Rule::Close if calendar.is_session(day) => calendar.close(day),
            Rule::Close => calendar.open(calendar.next(day)),
            Rule::Lag(n) => calendar.open((0..n.max(1)).fold(day, |d, _| calendar.next(d))),
            Rule::SameDay(at) => day.at(at.0, at.1),
            Rule::Next(at) => calendar.next(day).at(at.0, at.1),
            Rule::Days(n, at) => calendar.on_or_after(day.plus(i32::from(n))).at(at.0, at.1),
            Rule::Month { months, day: dom, at } => {
                let start = months_later(day, months);
                let end = start.month_end();
                let target = start.plus(i32::from(dom) - 1).min(end);
                calendar.on_or_after(target).at(at.0, at.1)
            }
            Rule::MonthEnd(months, at) => calendar.on_or_before(months_later(day, months).month_end()).at(at.0, at.1),
        }
    }
}

fn months_later(day: Day, months: u8) -> Day {
    (0..months).fold(day.month_start(), |d, _| d.month_end().plus(1))
}

fn clock(text: &str) -> Option<Clock> {
    let time: jiff::civil::Time = text.parse().ok()?;
    Some((time.hour(), time.minute()))
}

impl FromStr for Rule {
    type Err = String;
    fn from_str(text: &str) -> Result<Rule, String> {
        let parse = || -> Option<Rule> {
            match text {
                "close" => return Some(Rule::Close),
                "next_open" => return Some(Rule::Lag(1)),
                _ => {}
            }
            if let Some(n) = text.strip_prefix("lag:") {
                return n.parse().ok().filter(|n| (1..=1000).contains(n)).map(Rule::Lag);
            }
            if let Some(hour) = text.strip_prefix("same_day_") {
                return hour.parse().ok().filter(|h| (0..24).contains(h)).map(|h| Rule::SameDay((h, 0)));
            }
            let (what, at) = text.split_once('@')?;
            let at = clock(at)?;
            match what {
                "same_day" => return Some(Rule::SameDay(at)),
                "next" => return Some(Rule::Next(at)),
                _ => {}
            }
            if let Some(n) = what.strip_prefix("days:") {
                return Some(Rule::Days(n.parse().ok().filter(|n| *n <= 3660)?, at));
            }
            if let Some(n) = what.strip_prefix("month_end+") {
                return Some(Rule::MonthEnd(n.parse().ok()?, at));
            }
            let (months, day) = what.strip_prefix("month+")?.split_once(':')?;
            let day = day.parse().ok().filter(|d| (1..=31).contains(d))?;
            Some(Rule::Month { months: months.parse().ok()?, day, at })
        };
        parse().ok_or_else(|| {
            format!("expected `close`, `next_open`, `same_day_18`, `next@16:15`, `lag:N`, `days:N@HH:MM` or `month+N:DD@HH:MM`, got `{text}`")
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = |(h, m): &Clock| format!("{h:02}:{m:02}");
        match self {
            Rule::Close => write!(f, "close"),
            Rule::Lag(1) => write!(f, "next_open"),
            Rule::Lag(n) => write!(f, "lag:{n}"),
            Rule::SameDay(at) => write!(f, "same_day@{}", t(at)),
            Rule::Next(at) => write!(f, "next@{}", t(at)),
            Rule::Days(n, at) => write!(f, "days:{n}@{}", t(at)),
            Rule::Month { months, day, at } => write!(f, "month+{months}:{day:02}@{}", t(at)),
            Rule::MonthEnd(n, at) => write!(f, "month_end+{n}@{}", t(at)),
        }
    }
}

/// The close of every session by calendar day: one look-up a row for panels of millions of rows.
pub struct Closes {
    first: i32,
    moments: Vec<i64>,
}

static CLOSES: LazyLock<Closes> = LazyLock::new(|| {
    let calendar = Calendar::nyse();
    let (first, last) = calendar.span();
    let mut moments = vec![Closes::NOT_A_SESSION; (last.0 - first.0 + 1) as usize];
    for day in calendar.between(first, last) {
        moments[(day.0 - first.0) as usize] = calendar.close(*day).0;
    }
    Closes { first: first.0, moments }
});

impl Closes {
    /// What [`Closes::get`] gives for a day without a session.
    pub const NOT_A_SESSION: i64 = i64::MIN;

    /// The table of the New York Stock Exchange.
    pub fn nyse() -> &'static Closes {
        &CLOSES
    }
    /// The close of a session in microseconds, or [`Closes::NOT_A_SESSION`].
    pub fn get(&self, day: i32) -> i64 {
        let i = i64::from(day) - i64::from(self.first);
        usize::try_from(i).ok().and_then(|i| self.moments.get(i)).copied().unwrap_or(Self::NOT_A_SESSION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(rule: &str, day: &str) -> String {
        let day: Day = day.parse().unwrap();
        let known = rule.parse::<Rule>().unwrap().known_at(day);
        let zoned = jiff::Timestamp::from_microsecond(known.0).unwrap().to_zoned(plimsoll_model::time::NEW_YORK.clone());
        zoned.strftime("%Y-%m-%d %H:%M").to_string()
    }

    #[test]
    fn rules_by_hand() {
        assert_eq!(at("close", "2023-11-24"), "2023-11-24 13:00");
        assert_eq!(at("close", "2024-03-29"), "2024-04-01 09:30");
        assert_eq!(at("next_open", "2024-03-28"), "2024-04-01 09:30");
        assert_eq!(at("lag:3", "2024-03-28"), "2024-04-03 09:30");
        assert_eq!(at("same_day_18", "2024-03-29"), "2024-03-29 18:00");
        assert_eq!(at("next@16:15", "2024-03-28"), "2024-04-01 16:15");
        assert_eq!(at("days:5@08:30", "2023-11-18"), "2023-11-24 08:30");
        assert_eq!(at("month+1:20@08:30", "2024-03-01"), "2024-04-22 08:30");
        assert_eq!(at("month+1:31@08:30", "2024-01-15"), "2024-02-29 08:30");
        assert_eq!(at("month_end+2@18:00", "2024-01-15"), "2024-03-28 18:00");
        assert_eq!(at("month+22:01@09:00", "2007-12-01"), "2009-10-01 09:00");
    }

    #[test]
    fn rules_have_a_text_and_no_value_is_known_before_its_day() {
        for text in [
            "close",
            "next_open",
            "lag:4",
            "same_day@16:15",
            "next@09:00",
            "days:7@08:30",
            "month+1:20@08:30",
            "month_end+2@18:00",
        ] {
            let rule: Rule = text.parse().unwrap();
            assert_eq!(rule.to_string(), text);
            for day in (0..3000).map(|n| Day::ymd(2016, 1, 1).plus(n)) {
                assert!(rule.known_at(day) >= day.at(0, 0), "{text} {day}");
            }
        }
        for bad in ["", "soon", "lag:0", "lag:x", "next@25:00", "month+1@08:30", "month+1:32@08:30", "days:@08:30"] {
            assert!(bad.parse::<Rule>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_table_of_closes_is_the_calendar() {
        let calendar = Calendar::nyse();
        for day in (0..4000).map(|n| Day::ymd(2015, 1, 1).plus(n)) {
            let expected = if calendar.is_session(day) { calendar.close(day).0 } else { Closes::NOT_A_SESSION };
            assert_eq!(Closes::nyse().get(day.0), expected);
        }
        assert_eq!(Closes::nyse().get(i32::MIN), Closes::NOT_A_SESSION);
        assert_eq!(Closes::nyse().get(i32::MAX), Closes::NOT_A_SESSION);
    }
}
