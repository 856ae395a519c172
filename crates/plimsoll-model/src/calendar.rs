//! Sessions of the New York Stock Exchange.
//!
//! Recurring holidays and regular hours are rules, each with the years in which the exchange kept it; everything that happened once
//! (funerals, storms, wars, a moon landing, clerks drowning in paper) is a row of `data/nyse_exceptions.csv`. The rules and the table
//! cover 1926 to 2035.

use std::sync::LazyLock;

use crate::time::{Day, Moment};

const EXCEPTIONS: &str = include_str!("../data/nyse_exceptions.csv");
const FIRST: Day = Day(-16_071); // 1926-01-01
const LAST: Day = Day(24_105); // 2035-12-31
const MONDAY: i8 = 1;
const TUESDAY: i8 = 2;
const THURSDAY: i8 = 4;
const FRIDAY: i8 = 5;
const SATURDAY: i8 = 6;
const SUNDAY: i8 = 7;

/// Minutes after midnight in New York.
type Minutes = u16;

const NOON: Minutes = 12 * 60;

/// The exchange's sessions: which days, and when they open and close.
pub struct Calendar {
    first: Day,
    last: Day,
    sessions: Vec<Day>,
    /// One entry a calendar day from `first`: the number of sessions before that day.
    rank: Vec<u32>,
    /// Opening and closing time of each session.
    hours: Vec<(Minutes, Minutes)>,
}

/// A departure from the rules, as the data file states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The day.
    pub day: Day,
    /// What happened.
    pub kind: ExceptionKind,
    /// Why.
    pub reason: &'static str,
}

/// What an exception changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionKind {
    /// No session, though the rules have one.
    Closed,
    /// A session, though the rules have none.
    Open,
    /// The session ends at this minute of the day.
    Early(u16),
    /// The session begins at this minute of the day.
    Late(u16),
}

static NYSE: LazyLock<Calendar> = LazyLock::new(|| Calendar::build(FIRST, LAST));

impl Calendar {
    /// The calendar of the New York Stock Exchange.
    pub fn nyse() -> &'static Calendar {
        &NYSE
    }

    fn build(first: Day, last: Day) -> Calendar {
        let exceptions = exceptions();
        let of = |day: Day| {
            let from = exceptions.partition_point(|e| e.day < day);
            exceptions[from..].iter().take_while(move |e| e.day == day).map(|e| e.kind)
        };
        let (mut sessions, mut hours, mut rank) = (Vec::new(), Vec::new(), Vec::new());
        for day in (first.0..=last.0).map(Day) {
            rank.push(sessions.len() as u32);
            let mut open = regular_session(day);
            let (mut opens, mut closes) = regular_hours(day);
            for kind in of(day) {
                match kind {
                    ExceptionKind::Closed => open = false,
                    ExceptionKind::Open => open = true,
                    ExceptionKind::Early(time) => closes = time,
                    ExceptionKind::Late(time) => opens = time,
                }
            }
            if open {
                sessions.push(day);
                hours.push((opens, closes));
            }
        }
        Calendar { first, last, sessions, rank, hours }
    }

    fn position(&self, day: Day) -> Option<usize> {
        let i = *self.rank.get(usize::try_from(day.0 - self.first.0).ok()?)? as usize;
        (self.sessions.get(i) == Some(&day)).then_some(i)
    }

    /// Whether the exchange trades on `day`.
    pub fn is_session(&self, day: Day) -> bool {
        self.position(day).is_some()
    }
    /// The first session after `day`; outside the calendar's span, the next weekday.
    pub fn next(&self, day: Day) -> Day {
        if day.plus(1) < self.first {
            return weekday_from(day.plus(1), 1);
        }
        let i = self.sessions.partition_point(|s| *s <= day);
        self.sessions.get(i).copied().unwrap_or_else(|| weekday_from(day.plus(1), 1))
    }
    /// The last session before `day`; outside the calendar's span, the weekday before it.
    pub fn previous(&self, day: Day) -> Day {
        if day.plus(-1) > self.last {
            return weekday_from(day.plus(-1), -1);
        }
        let i = self.sessions.partition_point(|s| *s < day);
        if i == 0 { weekday_from(day.plus(-1), -1) } else { self.sessions[i - 1] }
    }
    /// `day` where it is a session, else the last one before it.
    pub fn on_or_before(&self, day: Day) -> Day {
        if self.is_session(day) { day } else { self.previous(day) }
    }
    /// `day` where it is a session, else the first one after it.
    pub fn on_or_after(&self, day: Day) -> Day {
        if self.is_session(day) { day } else { self.next(day) }
    }
    /// The sessions from `from` to `to`, both included.
    pub fn between(&self, from: Day, to: Day) -> &[Day] {
        let a = self.sessions.partition_point(|s| *s < from);
        let b = self.sessions.partition_point(|s| *s <= to);
        &self.sessions[a..b.max(a)]
    }
    /// The session `n` sessions before `day` (0 is `day` itself or the last session before it).
    pub fn back(&self, day: Day, n: usize) -> Day {
        let i = self.sessions.partition_point(|s| *s <= day);
        self.sessions[i.saturating_sub(n + 1)]
    }
    /// When the session opens: 09:30 in New York (10:00 before 1985-09-30), later on the few days that began late.
    pub fn open(&self, day: Day) -> Moment {
        at(day, self.position(day).map_or_else(|| regular_hours(day).0, |i| self.hours[i].0))
    }
    /// When the session closes: 16:00 in New York, earlier on short days and in earlier decades (15:30 to 1974-09-30, 15:00 to
    /// 1952-09-28, Saturdays at noon).
    pub fn close(&self, day: Day) -> Moment {
        at(day, self.position(day).map_or_else(|| regular_hours(day).1, |i| self.hours[i].1))
    }
    /// The days this calendar covers.
    pub fn span(&self) -> (Day, Day) {
        (self.first, self.last)
    }
}

fn at(day: Day, minutes: Minutes) -> Moment {
    day.at((minutes / 60) as i8, (minutes % 60) as i8)
}

fn weekday_from(mut day: Day, step: i32) -> Day {
    while day.weekday() >= SATURDAY {
        day = day.plus(step);
    }
    day
}

/// The departures from the rules, one entry a day, in order of date.
///
/// # Panics
/// Where the data file in the crate is malformed.
pub fn exceptions() -> Vec<Exception> {
    let mut all = Vec::new();
    for line in EXCEPTIONS.lines().skip(1).filter(|l| !l.is_empty()) {
        let bad = || -> ! { panic!("nyse_exceptions.csv: {line}") };
        let [days, kind, time, reason] = line.splitn(4, ',').collect::<Vec<_>>()[..] else { bad() };
        let minutes = || time.parse::<jiff::civil::Time>().map_or_else(|_| bad(), |t| t.hour() as u16 * 60 + t.minute() as u16);
        let kind = match kind {
            "closed" => ExceptionKind::Closed,
            "open" => ExceptionKind::Open,
            "early" => ExceptionKind::Early(minutes()),
            "late" => ExceptionKind::Late(minutes()),
            _ => bad(),
        };
        // One day, `first..last`, or `first..last Wed` for one weekday of a span.
        let (span, weekday) = match days.split_once(' ') {
            Some((span, "Wed")) => (span, Some(3)),
            Some((span, "Sat")) => (span, Some(SATURDAY)),
            Some(_) => bad(),
            None => (days, None),
        };
        let (first, last) = span.split_once("..").unwrap_or((span, span));
        let day = |text: &str| text.parse::<Day>().unwrap_or_else(|_| bad());
        let days = (day(first).0..=day(last).0).map(Day).filter(|d| weekday.is_none_or(|w| w == d.weekday()));
        all.extend(days.map(|day| Exception { day, kind, reason }));
    }
    all.sort_by_key(|e| e.day);
    all
}

/// Whether the rules alone make `day` a session.
fn regular_session(day: Day) -> bool {
    let weekday = day.weekday();
    // The last Saturday session was 1952-05-24; summer Saturdays of 1945 to 1952 are exceptions.
    weekday != SUNDAY && (weekday != SATURDAY || day <= Day::ymd(1952, 5, 24)) && !is_holiday(day)
}

/// What the exchange does when a fixed date falls on a weekend.
#[derive(Clone, Copy, PartialEq)]
enum Observance {
    /// On Sunday the Monday after is closed; on Saturday only that Saturday.
    SundayToMonday,
    /// On Sunday the Monday after, on Saturday the Friday before.
    Nearest,
}

fn is_holiday(day: Day) -> bool {
    use Observance::{Nearest, SundayToMonday};
    let (year, month, dom) = day.parts();
    let weekday = day.weekday();
    let fixed = |m: i8, d: i8, rule: Observance| {
        let on = |shift: i32| day.plus(shift).parts() == (day.plus(shift).parts().0, m, d);
        on(0) || (weekday == MONDAY && on(-1)) || (rule == Nearest && weekday == FRIDAY && on(1))
    };
    let nth = |m: i8, w: i8, n: i8| month == m && weekday == w && (dom - 1) / 7 + 1 == n;
    let last = |m: i8, w: i8| month == m && weekday == w && day.plus(7).parts().1 != m;
    // Saturdays had sessions until 1952, so a holiday on a Saturday needed no other day; the exchange began to give the Friday in
    // 1954 (for the holidays of February and May from 1964 to 1969).
    let from_1954 = if year >= 1954 { Nearest } else { SundayToMonday };
    let from_1964 = if (1964..1970).contains(&year) { Nearest } else { SundayToMonday };

    let new_year = fixed(1, 1, SundayToMonday);
    let king = year >= 1998 && nth(1, MONDAY, 3);
    let lincoln = year <= 1953 && fixed(2, 12, SundayToMonday);
    let washington = if year >= 1971 { nth(2, MONDAY, 3) } else { fixed(2, 22, from_1964) };
    let good_friday = weekday == FRIDAY && day.plus(2) == easter(year);
    let memorial = if year >= 1971 { last(5, MONDAY) } else { fixed(5, 30, from_1964) };
    let juneteenth = year >= 2022 && fixed(6, 19, Nearest);
    let independence = fixed(7, 4, from_1954);
    let labor = nth(9, MONDAY, 1);
    let columbus = year <= 1953 && fixed(10, 12, SundayToMonday);
    let election =
        (year <= 1968 || (year <= 1980 && year % 4 == 0)) && month == 11 && weekday == TUESDAY && (2..=8).contains(&dom);
    let armistice = (1934..=1953).contains(&year) && fixed(11, 11, SundayToMonday);
    let thanksgiving = match year {
        ..1939 => last(11, THURSDAY),
        1939..=1941 => month == 11 && weekday == THURSDAY && next_is_last(day),
        _ => nth(11, THURSDAY, 4),
    };
    let christmas = fixed(12, 25, from_1954);
    let spring = new_year || king || lincoln || washington || good_friday || memorial || juneteenth || independence;
    spring || labor || columbus || election || armistice || thanksgiving || christmas
}

/// Whether the same weekday a week later is the last of its month.
fn next_is_last(day: Day) -> bool {
    let month = day.parts().1;
    day.plus(7).parts().1 == month && day.plus(14).parts().1 != month
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: i16) -> Day {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Day::ymd(year, (n / 31) as i8, (n % 31 + 1) as i8)
}

/// Opening and closing time by the rules alone.
fn regular_hours(day: Day) -> (Minutes, Minutes) {
    let open = if day < Day::ymd(1985, 9, 30) { 10 * 60 } else { 9 * 60 + 30 };
    let weekday = day.weekday();
    let close = if weekday == SATURDAY {
        NOON
    } else if day < Day::ymd(1952, 9, 29) {
        15 * 60
    } else if day < Day::ymd(1974, 10, 1) {
        15 * 60 + 30
    } else {
        short_day(day).unwrap_or(16 * 60)
    };
    (open, close)
}

/// The close of the short days that recur: around Independence Day, after Thanksgiving, on Christmas Eve.
fn short_day(day: Day) -> Option<Minutes> {
    let (year, month, dom) = day.parts();
    let weekday = day.weekday();
    let after_thanksgiving = month == 11 && weekday == FRIDAY && (23..=29).contains(&dom);
    let christmas_eve = month == 12 && dom == 24 && weekday < FRIDAY;
    // July 3 is short where July 4 is a Tuesday, a Wednesday (not always) or a Friday; where it is a Thursday, the Friday after was
    // short to 2012 and the Wednesday before since 2013.
    let july_3 = month == 7 && dom == 3 && (weekday == MONDAY || weekday == TUESDAY || weekday == THURSDAY);
    let july_5 = month == 7 && dom == 5 && weekday == FRIDAY;
    let july_3_wednesday = month == 7 && dom == 3 && weekday == 3;
    let short = (after_thanksgiving && year >= 1993)
        || (christmas_eve && year >= 1999)
        || (july_3 && year >= 1995)
        || (july_5 && (1996..=2012).contains(&year))
        || (july_3_wednesday && year >= 2013);
    short.then_some(13 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_span_is_ten_decades() {
        assert_eq!(Calendar::nyse().span(), (Day::ymd(1926, 1, 1), Day::ymd(2035, 12, 31)));
    }

    #[test]
    fn easter_falls_where_the_church_puts_it() {
        for text in ["1926-04-04", "1943-04-25", "1999-04-04", "2000-04-23", "2008-03-23", "2024-03-31", "2035-03-25"] {
            assert_eq!(easter(day(text).parts().0), day(text));
        }
    }

    #[test]
    fn closed_days_that_anyone_can_look_up() {
        let c = Calendar::nyse();
        let closed = [
            "1933-03-06", // bank holiday
            "1939-11-23", // the early Thanksgiving of 1939
            "1945-08-15", // victory over Japan
            "1963-11-25", // Kennedy
            "1968-06-12", // paperwork
            "1969-02-10", // snow
            "1969-07-21", // moon
            "1972-11-07", // election
            "1977-07-14", // blackout
            "1985-09-27", // Gloria
            "2001-09-11",
            "2001-09-14",
            "2004-06-11",
            "2007-01-02",
            "2012-10-29",
            "2012-10-30",
            "2018-12-05",
            "2025-01-09",
            "2021-04-02", // Good Friday
            "2021-12-24", // Christmas on a Saturday
            "2022-06-20", // Juneteenth on a Sunday
            "2022-12-26",
            "2023-01-02", // Christmas and New Year on a Sunday
            "2024-01-15",
            "2024-02-19",
            "2024-03-29",
            "2024-05-27",
            "2024-06-19",
            "2024-07-04",
            "2024-09-02",
            "2024-11-28",
        ];
        for text in closed {
            assert!(!c.is_session(day(text)), "{text}");
        }
        let open = [
            "1926-07-10", // a Saturday
            "1939-11-30", // the last Thursday of 1939
            "1952-05-24", // the last Saturday session
            "1968-07-03", // the Wednesday before Independence Day
            "1970-05-29", // the Friday before a Memorial Day on a Saturday, unlike in 1964
            "1984-11-06", // an election day after the last one kept
            "1997-01-20", // the third Monday of January before 1998
            "2001-09-10",
            "2001-09-17",
            "2021-06-18", // before Juneteenth was kept
            "2021-12-31", // New Year on a Saturday takes no Friday
            "2022-12-21",
            "2022-12-28",
            "2024-06-28",
        ];
        for text in open {
            assert!(c.is_session(day(text)), "{text}");
        }
        assert!(!c.is_session(day("1952-05-31")));
    }

    #[test]
    fn hours_by_era() {
        let c = Calendar::nyse();
        let close = |text: &str, h, m| assert_eq!(c.close(day(text)), day(text).at(h, m), "{text}");
        close("1929-10-29", 15, 0);
        close("1929-11-13", 13, 0);
        close("1930-01-11", 12, 0);
        close("1952-09-26", 15, 0);
        close("1952-09-29", 15, 30);
        close("1963-11-22", 14, 7);
        close("1974-09-30", 15, 30);
        close("1974-10-01", 16, 0);
        close("1987-10-19", 16, 0);
        close("2012-07-03", 13, 0);
        close("2013-07-03", 13, 0);
        close("2013-07-05", 16, 0);
        close("2023-11-24", 13, 0);
        close("2023-07-03", 13, 0);
        close("2024-12-24", 13, 0);
        close("2024-02-02", 16, 0);
        assert_eq!(c.open(day("1985-09-26")), day("1985-09-26").at(10, 0));
        assert_eq!(c.open(day("1985-09-30")), day("1985-09-30").at(9, 30));
        assert_eq!(c.open(day("2001-09-17")), day("2001-09-17").at(9, 33));
    }

    #[test]
    fn steps_and_spans() {
        let c = Calendar::nyse();
        assert_eq!(c.next(day("2024-03-28")), day("2024-04-01"));
        assert_eq!(c.previous(day("2001-09-17")), day("2001-09-10"));
        assert_eq!(c.on_or_before(day("2024-06-30")), day("2024-06-28"));
        assert_eq!(c.on_or_after(day("2024-06-29")), day("2024-07-01"));
        assert_eq!(c.back(day("2024-01-02"), 1), day("2023-12-29"));
        assert_eq!(c.between(day("2023-01-01"), day("2023-12-31")).len(), 250);
        assert_eq!(c.between(day("2001-01-01"), day("2001-12-31")).len(), 248);
        assert_eq!(c.between(day("2024-01-02"), day("2024-01-01")).len(), 0);
        // Beyond its span the calendar falls back on weekdays and never steps over a century.
        assert_eq!(c.next(day("1854-12-01")), day("1854-12-04"));
        assert_eq!(c.next(day("2036-01-04")), day("2036-01-07"));
        assert_eq!(c.previous(day("2036-02-04")), day("2036-02-01"));
        for s in c.between(day("1990-01-01"), day("2024-12-31")).windows(2) {
            assert_eq!(c.next(s[0]), s[1]);
            assert_eq!(c.previous(s[1]), s[0]);
        }
    }

    #[test]
    fn every_exception_changes_what_the_rules_say() {
        for e in exceptions() {
            assert!(!e.reason.is_empty());
            // A span of short days may run over weekends and holidays.
            if !regular_session(e.day) {
                assert!(e.day.weekday() == SUNDAY || e.day.weekday() == SATURDAY || is_holiday(e.day), "{e:?}");
                continue;
            }
            match e.kind {
                ExceptionKind::Early(m) => assert!(m < regular_hours(e.day).1, "{e:?}"),
                ExceptionKind::Late(m) => assert!(m > regular_hours(e.day).0, "{e:?}"),
                ExceptionKind::Closed => {}
                ExceptionKind::Open => panic!("{e:?} changes nothing"),
            }
        }
    }
}
