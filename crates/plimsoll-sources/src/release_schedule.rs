//! The Bureau of Labor Statistics' schedule of releases, an iCalendar (RFC 5545).
//!
//! Only what such a schedule uses is read: folded lines, one `VEVENT` a release with its `DTSTART` and `SUMMARY`, and, where they are
//! there, `LAST-MODIFIED` and `STATUS`. A calendar of anybody else is not recognised: when its days were known, this reader cannot say.

use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::Refusal;
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::time::{Day, Moment, NEW_YORK};

use crate::table::{Lines, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `bls.ics` into events: `scheduled` from when the day was known, `release` from its own minute on.
pub struct ReleaseSchedule;

static INFO: SourceInfo = SourceInfo {
    id: "bls_schedule",
    title: "Schedule of economic releases: consumer prices, employment and others",
    publisher: "United States Bureau of Labor Statistics, bls.gov/schedule/news_release/bls.ics",
    terms: "United States public domain",
    known_at: "The day of a release: at LAST-MODIFIED where the event has one and it is earlier than the release, else at the open of the session before, at the latest on import. Years are scheduled far ahead, but days move (October 2013, autumn 2025) and the file shows the last day alone: later than known, and never earlier. That it came out: its own minute",
    revisions: "The file shows the days as last set; a release that moves is a new event of a later file, and the old day stands until a file cancels it",
    caveats: &[
        "Days of releases, not figures: the figures come from their series",
        "A day that was set and moved within one edition of the file is not seen",
    ],
    layout: "iCalendar by `PRODID` of the Bureau of Labor Statistics; `BEGIN:VEVENT`, `DTSTART;TZID=US-Eastern:20240213T083000`, `SUMMARY:Consumer Price Index`, `END:VEVENT`",
};

/// Titles with a calendar of a short name; others go by their own words.
const CALENDARS: &[(&str, &str)] = &[
    ("consumer price index", "cpi"),
    ("employment situation", "employment"),
    ("producer price index", "ppi"),
    ("job openings and labor turnover survey", "jolts"),
    ("employment cost index", "eci"),
    ("u.s. import and export price indexes", "import_prices"),
    ("productivity and costs", "productivity"),
    ("real earnings", "real_earnings"),
];

/// The calendar that a release belongs to: `Consumer Price Index` and `Consumer Price Index for July 2020` are `cpi`.
fn calendar_of(title: &str) -> String {
    let title = title.split(" for ").next().unwrap_or(title).trim().to_lowercase();
    let title = title.strip_prefix("the ").unwrap_or(&title);
    let known =
        CALENDARS.iter().find(|(name, _)| title == *name || title.strip_prefix(name).is_some_and(|t| t.starts_with(" (")));
    known.map_or_else(
        || {
            let words: Vec<&str> = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
            words.join("_")
        },
        |(_, short)| (*short).to_owned(),
    )
}

/// An event while its lines are read.
#[derive(Default)]
struct Entry {
    row: u64,
    start: Option<(String, String)>,
    modified: Option<String>,
    title: String,
    cancelled: bool,
    recurs: bool,
}

/// When a release comes out.
#[derive(Clone, Copy)]
struct When {
    day: Day,
    moment: Moment,
}

impl Reader for ReleaseSchedule {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let start = &head.bytes[..head.bytes.len().min(4096)];
        is_calendar(head) && String::from_utf8_lossy(start).to_lowercase().contains("bureau of labor statistics")
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut out = Taken::new(sink.now());
        let mut entry: Option<Entry> = None;
        let mut within = 0usize;
        let mut each = |row: u64, line: &str, sink: &mut dyn Sink| {
            let Some((name, value)) = line.split_once(':') else {
                if !line.trim().is_empty() {
                    sink.refuse(refusal("not_a_property", row, "line", "`NAME:value`", line.as_bytes()));
                }
                return;
            };
            let (name, parameters) = name.split_once(';').unwrap_or((name, ""));
            let name = name.to_ascii_uppercase();
            let Some(e) = &mut entry else {
                if name == "BEGIN" && value.trim().eq_ignore_ascii_case("VEVENT") {
                    entry = Some(Entry { row, ..Entry::default() });
                }
                return;
            };
            match name.as_str() {
                // An alarm within an event has properties of the same names.
                "BEGIN" => within += 1,
                "END" if within > 0 => within -= 1,
                "END" => {
                    let done = entry.take().expect("within an event");
                    out.take(&done, sink);
                }
                _ if within > 0 => {}
                "DTSTART" => e.start = Some((parameters.to_owned(), value.trim().to_owned())),
                "LAST-MODIFIED" => e.modified = Some(value.trim().to_owned()),
                "SUMMARY" => e.title = unescaped(value),
                "STATUS" => e.cancelled = value.trim().eq_ignore_ascii_case("CANCELLED"),
                "RRULE" | "RDATE" => e.recurs = true,
                _ => {}
            }
        };
        let mut lines = Lines::open(path)?;
        // A line that begins with white space goes on from the one before it.
        let mut folded: Option<(u64, String)> = None;
        while let Some(line) = lines.next(sink)? {
            if line.too_long {
                let row = line.row;
                sink.refuse(refusal("line_too_long", row, "line", "a line of a calendar", b"a longer line"));
                continue;
            }
            let (row, text) = (line.row, String::from_utf8_lossy(line.bytes).into_owned());
            match (&mut folded, text.strip_prefix([' ', '\t'])) {
                (Some((_, before)), Some(rest)) => before.push_str(rest),
                (before, _) => {
                    if let Some((row, line)) = before.replace((row, text)) {
                        each(row, &line, sink);
                    }
                }
            }
        }
        if let Some((row, line)) = folded {
            each(row, &line, sink);
        }
        if let Some(open) = entry {
            sink.refuse(refusal("unfinished_event", open.row, "END", "`END:VEVENT`", b"the end of the file"));
        }
        out.finish(sink)
    }
}

/// Whether a file is an iCalendar of any publisher.
pub(crate) fn is_calendar(head: &Head) -> bool {
    head.bytes.trim_ascii_start().get(..15).is_some_and(|start| start.eq_ignore_ascii_case(b"BEGIN:VCALENDAR"))
}

/// `\,`, `\;`, `\\` and `\n` as what they stand for.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

/// The moment and day that a value of a date or a time tells of; a day alone is known at the next session's open.
fn when(parameters: &str, value: &str) -> Result<When, &'static str> {
    const EASTERN: [&str; 5] = ["us-eastern", "us/eastern", "america/new_york", "eastern standard time", "est5edt"];
    const EXPECTED: &str = "YYYYMMDD, YYYYMMDDTHHMMSS in Eastern time, or the same in UTC with a Z";
    let zone = parameters.split(';').find_map(|p| p.split_once('=').filter(|(k, _)| k.eq_ignore_ascii_case("TZID")));
    if zone.is_some_and(|(_, zone)| !EASTERN.contains(&zone.trim_matches('"').to_ascii_lowercase().as_str())) {
        return Err("a time zone of the eastern United States");
    }
    let (text, utc) = value.strip_suffix('Z').map_or((value, false), |v| (v, true));
    let (date, time) = text.split_once('T').map_or((text, None), |(d, t)| (d, Some(t)));
    let number = |text: &str, range: std::ops::Range<usize>| -> Option<i16> {
        let digits = text.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let parts = |date: &str| -> Option<Day> {
        if date.len() != 8 {
            return None;
        }
        Day::try_ymd(number(date, 0..4)?, number(date, 4..6)? as i8, number(date, 6..8)? as i8)
    };
    let day = parts(date).ok_or(EXPECTED)?;
    let Some(time) = time else {
        return Ok(When { day, moment: Calendar::nyse().open(Calendar::nyse().next(day)) });
    };
    let clock = |time: &str| -> Option<(i8, i8)> {
        let (hour, minute, second) = (number(time, 0..2)?, number(time, 2..4)?, number(time, 4..6)?);
        (time.len() == 6 && hour < 24 && minute < 60 && second < 61).then_some((hour as i8, minute as i8))
    };
    let (hour, minute) = clock(time).ok_or(EXPECTED)?;
    if !utc {
        return Ok(When { day, moment: day.at(hour, minute) });
    }
    let moment = Moment((i64::from(day.0) * 86_400 + i64::from(hour) * 3_600 + i64::from(minute) * 60) * 1_000_000);
    let stamp = jiff::Timestamp::from_microsecond(moment.0).map_err(|_| EXPECTED)?;
    Ok(When { day: Day::from_civil(stamp.to_zoned(NEW_YORK.clone()).date()), moment })
}

/// Events taken so far.
struct Taken {
    now: Moment,
    period: Vec<i32>,
    known_at: Vec<i64>,
    texts: [TextBuilder; 3],
    seen: std::collections::BTreeSet<(String, Day, bool)>,
}

impl Taken {
    fn new(now: Moment) -> Taken {
        Taken { now, period: Vec::new(), known_at: Vec::new(), texts: Default::default(), seen: Default::default() }
    }

    fn take(&mut self, entry: &Entry, sink: &mut dyn Sink) {
        let row = entry.row;
        let Some((parameters, value)) = &entry.start else {
            return sink.refuse(refusal("no_key", row, "DTSTART", "a day or a time", b""));
        };
        let when = match when(parameters, value) {
            Ok(when) => when,
            Err(expected) => {
                let got = if parameters.is_empty() { value.clone() } else { format!("{parameters}:{value}") };
                return sink.refuse(refusal("not_a_day", row, "DTSTART", expected, got.as_bytes()));
            }
        };
        let mut refuse = |rule: &str, field: &str, expected: &str, got: &str| {
            sink.refuse(Refusal { period: Some(when.day), ..refusal(rule, row, field, expected, got.as_bytes()) });
        };
        let calendar = calendar_of(&entry.title);
        if calendar.is_empty() {
            return refuse("no_key", "SUMMARY", "the title of a release", &entry.title);
        }
        let (first, last) = Calendar::nyse().span();
        if when.day < first.plus(10) || when.day > last.plus(-10) {
            return refuse("implausible_day", "DTSTART", "a day that the calendar of sessions reaches", value);
        }
        if entry.recurs {
            return refuse("recurring_event", "RRULE", "one event a release", &entry.title);
        }
        if !self.seen.insert((calendar.clone(), when.day, entry.cancelled)) {
            return refuse("duplicate_key", "DTSTART", "one event of a title a day", &format!("{} on {}", entry.title, when.day));
        }
        let modified = match entry.modified.as_deref().map(|m| self::when("", m)) {
            Some(Err(expected)) => {
                return refuse("not_a_moment", "LAST-MODIFIED", expected, entry.modified.as_deref().unwrap_or(""));
            }
            Some(Ok(stamp)) => Some(stamp.moment),
            None => None,
        };
        let sessions = Calendar::nyse();
        let late = sessions.open(sessions.previous(when.day));
        let known = modified.unwrap_or(late).min(when.moment).min(self.now);
        self.push(&calendar, "scheduled", when.day, if entry.cancelled { late.min(self.now) } else { known }, &entry.title);
        if entry.cancelled {
            // Known when the file was changed, at the latest on the day itself.
            self.push(
                &calendar,
                "cancelled",
                when.day,
                modified.unwrap_or(when.moment).min(when.moment).min(self.now),
                &entry.title,
            );
        } else if when.moment <= self.now {
            self.push(&calendar, "release", when.day, when.moment, &entry.title);
        }
    }

    fn push(&mut self, calendar: &str, kind: &str, day: Day, known: Moment, title: &str) {
        self.period.push(day.0);
        self.known_at.push(known.0);
        for (builder, text) in self.texts.iter_mut().zip([calendar, kind, title]) {
            builder.push(text);
        }
    }

    fn finish(self, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let n = self.period.len();
        if n == 0 {
            return Ok(());
        }
        let [calendar, kind, note] = self.texts.map(|t| Column::Text(t.finish()));
        let columns = vec![calendar, kind, Column::F64(vec![f64::NAN; n]), note];
        Ok(sink.rows(Observations::new(Dataset::Events, self.period, self.known_at, columns))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_name_their_calendar() {
        for (title, calendar) in [
            ("Consumer Price Index", "cpi"),
            ("Consumer Price Index for August 2020", "cpi"),
            ("The Employment Situation", "employment"),
            ("Employment Situation", "employment"),
            ("Productivity and Costs (R)", "productivity"),
            ("State Employment and Unemployment (Monthly)", "state_employment_and_unemployment_monthly"),
            ("  ", ""),
        ] {
            assert_eq!(calendar_of(title), calendar, "{title}");
        }
    }

    #[test]
    fn times_are_eastern_or_say_what_they_are() {
        let at = |parameters: &str, value: &str| when(parameters, value).map(|w| (w.day.to_string(), w.moment));
        let february = Day::ymd(2024, 2, 13);
        assert_eq!(at("TZID=US-Eastern", "20240213T083000"), Ok(("2024-02-13".into(), february.at(8, 30))));
        assert_eq!(at("", "20240213T133000Z"), Ok(("2024-02-13".into(), february.at(8, 30))));
        // In summer the same minute is another hour of the world; after 20:00 in New York it is tomorrow there.
        assert_eq!(at("", "20240712T003000Z"), Ok(("2024-07-11".into(), Day::ymd(2024, 7, 11).at(20, 30))));
        assert_eq!(at("VALUE=DATE", "20240213"), Ok(("2024-02-13".into(), Day::ymd(2024, 2, 14).at(9, 30))));
        for (parameters, value) in [
            ("TZID=Europe/London", "20240213T083000"),
            ("", "20240230T083000"),
            ("", "2024-02-13"),
            ("", "20240213T2500"),
            ("", ""),
        ] {
            assert!(at(parameters, value).is_err(), "{parameters} {value}");
        }
    }
}
