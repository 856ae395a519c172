//! The Federal Reserve's page of meeting calendars, as it stands on its site.

use std::path::Path;

use plimsoll_model::intake::Severity;
use plimsoll_model::time::Day;
use scraper::{ElementRef, Html, Selector};

use super::calendar::{INFO, LONGEST, Meeting, write};
use super::{Entry, Events, in_reach, list};
use crate::table::{layout, parse_compact_day, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `fomccalendars.htm`: one panel a year, one row a meeting, with the documents that followed it.
///
/// Meetings become the same events of the same source as those of a calendar in CSV. Besides, `fomc.minutes` holds the days on which
/// minutes were released, which are days of news of their own.
pub struct FomcPage;

/// Calendar of releases of minutes: kind `release`, the day is that of the release, the note says of which meeting.
pub const MINUTES: &str = "fomc.minutes";

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn month(name: &str) -> Option<i8> {
    let name = name.trim().to_ascii_lowercase();
    let short = name.get(..3)?;
    MONTHS.iter().position(|m| *m == short).map(|i| i as i8 + 1)
}

/// What stands in the cells of one meeting.
struct Row {
    year: i16,
    month: String,
    date: String,
    links: Vec<String>,
    text: String,
}

/// The first and the last day of a meeting, its kind, and whether it has projections.
fn read_row(row: &Row) -> Result<(Day, Day, &'static str, bool), (&'static str, &'static str)> {
    const DATE: (&str, &str) = ("fomc-meeting__date", "a day or two, such as `30-31`, `19-20*` or `15 (unscheduled)`");
    let mut months = row.month.split('/').map(month);
    let first_month = months.next().flatten().ok_or(("fomc-meeting__month", "a month such as `January` or `Apr/May`"))?;
    let last_month = match months.next() {
        Some(m) => m.ok_or(("fomc-meeting__month", "a month such as `January` or `Apr/May`"))?,
        None => first_month,
    };
    let lower = row.date.to_ascii_lowercase();
    let (days, word) = lower.split_once('(').map_or((lower.as_str(), ""), |(d, w)| (d, w.trim_end_matches([')', ' ', '*'])));
    let star = lower.contains('*');
    let days = days.trim().trim_end_matches('*').trim();
    let (a, b) = days.split_once(['-', '\u{2013}']).unwrap_or((days, days));
    let number = |t: &str| t.trim().parse::<i8>().map_err(|_| DATE);
    let (a, b) = (number(a)?, number(b)?);
    let first = Day::try_ymd(row.year, first_month, a).ok_or(DATE)?;
    // A month that is written once and days that descend: the meeting ends in the next month.
    let last_month = if last_month == first_month && b < a { first_month % 12 + 1 } else { last_month };
    let year = if last_month < first_month { row.year + 1 } else { row.year };
    let last = Day::try_ymd(year, last_month, b).ok_or(DATE)?;
    let kind = match word.trim() {
        "" => "scheduled",
        "unscheduled" => "unscheduled",
        "cancelled" | "canceled" => "cancelled",
        "notation vote" | "conference call" => "vote",
        _ => return Err(("fomc-meeting__date", "`unscheduled`, `cancelled`, `notation vote` or nothing in parentheses")),
    };
    Ok((first, last, kind, star))
}

/// The text of an element with single blanks.
fn text(element: ElementRef<'_>) -> String {
    let all: String = element.text().collect();
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rows(html: &Html) -> Vec<Row> {
    let select = |css: &str| Selector::parse(css).expect("a selector");
    let (panel, heading, meeting) = (select("div.panel"), select(".panel-heading"), select("div.fomc-meeting"));
    let (month, date, link) = (select(".fomc-meeting__month"), select(".fomc-meeting__date"), select("a[href]"));
    let mut out = Vec::new();
    for panel in html.select(&panel) {
        let Some(title) = panel.select(&heading).next().map(text) else { continue };
        let Some(year) = title.split_whitespace().next().and_then(|y| y.parse::<i16>().ok()) else { continue };
        if !title.contains("FOMC Meetings") {
            continue;
        }
        for meeting in panel.select(&meeting) {
            let cell = |s: &Selector| meeting.select(s).next().map(text).unwrap_or_default();
            let links = meeting.select(&link).filter_map(|a| a.value().attr("href")).map(str::to_owned).collect();
            out.push(Row { year, month: cell(&month), date: cell(&date), links, text: text(meeting) });
        }
    }
    out
}

/// `(Released February 21, 2024)`.
fn released(text: &str) -> Option<Day> {
    let (_, after) = text.split_once("(Released ")?;
    let (inner, _) = after.split_once(')')?;
    let mut words = inner.split([' ', ',']).filter(|w| !w.is_empty());
    let (m, d, y) = (month(words.next()?)?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Day::try_ymd(y, m, d)
}

/// The day in the name of a document, `monetary20240131a.htm`.
fn dated(link: &str, name: &str) -> Option<Day> {
    let (_, after) = link.rsplit_once('/')?;
    parse_compact_day(after.strip_prefix(name)?.get(..8)?.as_bytes())
}

impl Reader for FomcPage {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let has = |text: &[u8]| head.bytes.windows(text.len()).any(|w| w == text);
        head.bytes.trim_ascii_start().starts_with(b"<")
            && has(b"FOMC")
            && (has(b"fomc-meeting") || has(b"fomccalendars") || has(b"Meeting calendars"))
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let html = Html::parse_document(&String::from_utf8_lossy(&bytes));
        let rows = rows(&html);
        if rows.is_empty() {
            let expected = "panels `YYYY FOMC Meetings` with rows of class `fomc-meeting`";
            return Err(layout(path, 0, "page", expected, "none: the page has another layout than it had"));
        }
        let (mut meetings, mut votes, mut elsewhere, mut minutes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (i, r) in rows.iter().enumerate() {
            let row = i as u64 + 1;
            let (first, day, kind, star) = match read_row(r) {
                Ok(found) => found,
                Err((field, expected)) => {
                    let got = format!("{} {} {}", r.year, r.month, r.date);
                    sink.refuse(refusal("not_a_meeting_date", row, field, expected, got.as_bytes()));
                    continue;
                }
            };
            let mut refuse = |rule: &str, expected: &str| {
                let got = format!("{first} to {day}");
                let refused = refusal(rule, row, "fomc-meeting__date", expected, got.as_bytes());
                sink.refuse(plimsoll_model::intake::Refusal { period: Some(day), ..refused });
            };
            if day < first || day.0 - first.0 >= LONGEST {
                refuse("reversed_interval", "a meeting of one to four days");
                continue;
            }
            if !in_reach(day) {
                refuse("implausible_day", "a day that the calendar reaches");
                continue;
            }
            if kind == "vote" {
                votes.push(day);
                continue;
            }
            if meetings.iter().any(|m: &Meeting| m.day == day) {
                refuse("duplicate_key", "one row a meeting");
                continue;
            }
            let statement = r.links.iter().find_map(|l| dated(l, "monetary"));
            // A statement bears the day of the decision, or for moves before trading the days around it.
            if statement.is_some_and(|s| s != day) && kind != "cancelled" {
                elsewhere.push(day);
            }
            if let Some(on) = released(&r.text).filter(|on| *on > day && in_reach(*on)) {
                minutes.push((row, on, day));
            }
            meetings.push(Meeting { row, day, kind, note: if star { "projections" } else { "" } });
        }
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        write(&meetings, &votes, sink)?;
        let mut events = Events::new(sink);
        for (row, on, of) in minutes {
            let note = format!("minutes of {of}");
            // Minutes are released at 14:00.
            let known_at = on.at(14, 0);
            events.push(&Entry { row, calendar: MINUTES, kind: "release", day: on, known_at, value: f64::NAN, note: &note });
        }
        let detail = format!("meetings whose statement bears another day: {}; the meeting's last day stands", list(&elsewhere));
        events.note("statement_on_another_day", Severity::Warning, &elsewhere, detail);
        Ok(events.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_the_page_writes_them() {
        let read = |month: &str, date: &str| {
            let (month, date) = (month.to_owned(), date.to_owned());
            let row = Row { year: 2020, month, date, links: Vec::new(), text: String::new() };
            read_row(&row).map(|(a, b, kind, star)| format!("{a} {b} {kind} {star}")).map_err(|e| e.0)
        };
        assert_eq!(read("January", "28-29"), Ok("2020-01-28 2020-01-29 scheduled false".into()));
        assert_eq!(read("June", "9-10*"), Ok("2020-06-09 2020-06-10 scheduled true".into()));
        assert_eq!(read("March", "3 (unscheduled)"), Ok("2020-03-03 2020-03-03 unscheduled false".into()));
        assert_eq!(read("March", "17-18* (cancelled)"), Ok("2020-03-17 2020-03-18 cancelled true".into()));
        assert_eq!(read("August", "27 (notation vote)"), Ok("2020-08-27 2020-08-27 vote false".into()));
        assert_eq!(read("Apr/May", "30-1"), Ok("2020-04-30 2020-05-01 scheduled false".into()));
        assert_eq!(read("Jan/Feb", "31-1"), Ok("2020-01-31 2020-02-01 scheduled false".into()));
        assert_eq!(read("April", "30-1"), Ok("2020-04-30 2020-05-01 scheduled false".into()));
        for (month, date) in [("", "28-29"), ("January", ""), ("January", "28-"), ("January", "32"), ("March", "3 (postponed)")] {
            assert!(read(month, date).is_err(), "{month} {date}");
        }
    }

    #[test]
    fn days_of_documents() {
        assert_eq!(released("Minutes: PDF | HTML (Released February 21, 2024)"), Some(Day::ymd(2024, 2, 21)));
        assert_eq!(released("(Released soon)"), None);
        assert_eq!(dated("/newsevents/pressreleases/monetary20240131a.htm", "monetary"), Some(Day::ymd(2024, 1, 31)));
        assert_eq!(dated("/monetarypolicy/fomcminutes20240131.htm", "monetary"), None);
        assert_eq!(dated("/x/monetary2024", "monetary"), None);
    }
}
