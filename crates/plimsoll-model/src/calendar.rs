//! Sessions of the New York Stock Exchange.

use std::sync::LazyLock;

use crate::time::{Day, Moment};

/// The exchange's sessions: which days, and when they open and close.
pub struct Calendar {
    first: Day,
    last: Day,
    sessions: Vec<Day>,
}

static NYSE: LazyLock<Calendar> = LazyLock::new(|| Calendar::build(Day::ymd(1926, 1, 1), Day::ymd(2035, 12, 31)));

impl Calendar {
    /// The calendar of the New York Stock Exchange.
    pub fn nyse() -> &'static Calendar {
        &NYSE
    }

    fn build(first: Day, last: Day) -> Calendar {
        let sessions = (first.0..=last.0).map(Day).filter(|d| d.weekday() <= 5).collect();
        Calendar { first, last, sessions }
    }

    /// Whether the exchange trades on `day`.
    pub fn is_session(&self, day: Day) -> bool {
        self.sessions.binary_search(&day).is_ok()
    }
    /// The first session after `day`.
    pub fn next(&self, day: Day) -> Day {
        let i = self.sessions.partition_point(|s| *s <= day);
        self.sessions.get(i).copied().unwrap_or_else(|| day.plus(1))
    }
    /// The last session before `day`.
    pub fn previous(&self, day: Day) -> Day {
        let i = self.sessions.partition_point(|s| *s < day);
        if i == 0 { day.plus(-1) } else { self.sessions[i - 1] }
    }
    /// `day` where it is a session, else the last one before it.
    pub fn on_or_before(&self, day: Day) -> Day {
        if self.is_session(day) { day } else { self.previous(day) }
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
    /// When the session opens: 09:30 in New York (10:00 before 1985-09-30).
    pub fn open(&self, day: Day) -> Moment {
        if day < Day::ymd(1985, 9, 30) { day.at(10, 0) } else { day.at(9, 30) }
    }
    /// When the session closes: 16:00 in New York, earlier on short days and in earlier decades.
    pub fn close(&self, day: Day) -> Moment {
        day.at(16, 0)
    }
    /// The days this calendar covers.
    pub fn span(&self) -> (Day, Day) {
        (self.first, self.last)
    }
}
