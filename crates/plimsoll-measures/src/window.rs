//! Windows of sessions.

use std::fmt;
use std::str::FromStr;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;

/// How far back a measure looks from a session.
///
/// | text | meaning |
/// |---|---|
/// | `60` | the past 60 sessions |
/// | `3m`, `1y`, `2y` | the past 63, 252, 504 sessions (21 a month, 252 a year) |
/// | `4w` | since the last close four weeks of the calendar before, as rules on weekly data count |
/// | `ytd` | since the last close of the year before |
/// | `since:2023-10-27` | since the close of that day (or of the last session before it) |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// A number of sessions.
    Sessions(usize),
    /// A number of weeks of the calendar.
    Weeks(usize),
    /// Since the last close of the year before.
    YearToDate,
    /// Since a close.
    Since(Day),
}

impl Window {
    /// The position whose close the window starts from, for a window that ends at position `t`; `None` where it lies before the axis.
    pub fn base(self, sessions: &[Day], t: usize) -> Option<usize> {
        let on_or_before = |day: Day| sessions[..=t].partition_point(|s| *s <= day).checked_sub(1);
        match self {
            Window::Sessions(n) => t.checked_sub(n),
            Window::Weeks(n) => on_or_before(sessions[t].plus(-7 * n as i32)),
            Window::YearToDate => on_or_before(Day::ymd(sessions[t].parts().0 - 1, 12, 31)),
            Window::Since(day) => on_or_before(day).filter(|b| *b < t),
        }
    }
    /// How many sessions before `from` the window may start, for evaluations from `from` on.
    pub fn lookback(self, from: Day) -> usize {
        match self {
            Window::Sessions(n) => n,
            // Six sessions a week until 1952.
            Window::Weeks(n) => 6 * n + 6,
            Window::YearToDate => 254,
            Window::Since(day) => Calendar::nyse().between(day, from).len() + 1,
        }
    }
}

impl FromStr for Window {
    type Err = String;
    fn from_str(text: &str) -> Result<Window, String> {
        let expected = || format!("expected a window such as `60`, `4w`, `3m`, `1y`, `ytd` or `since:2023-10-27`, got `{text}`");
        if text == "ytd" {
            return Ok(Window::YearToDate);
        }
        if let Some(day) = text.strip_prefix("since:") {
            return day.parse().map(Window::Since).map_err(|_| expected());
        }
        if let Some(weeks) = text.strip_suffix('w') {
            let n = weeks.parse::<usize>().ok().filter(|n| (1..=52 * 100).contains(n));
            return n.map(Window::Weeks).ok_or_else(expected);
        }
        let (digits, scale) = match text.strip_suffix('y').map(|d| (d, 252)).or(text.strip_suffix('m').map(|d| (d, 21))) {
            Some(x) => x,
            None => (text, 1),
        };
        match digits.parse::<usize>() {
            Ok(n) if n > 0 && n * scale <= 252 * 100 => Ok(Window::Sessions(n * scale)),
            _ => Err(expected()),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Window::Sessions(n) if n % 252 == 0 => write!(f, "{}y", n / 252),
            Window::Sessions(n) => write!(f, "{n}"),
            Window::Weeks(n) => write!(f, "{n}w"),
            Window::YearToDate => f.write_str("ytd"),
            Window::Since(day) => write!(f, "since:{day}"),
        }
    }
}
