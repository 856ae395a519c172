//! Series of the Federal Reserve Bank of St. Louis with every release (ALFRED), as its API answers them.

use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder, TextColumn};
use plimsoll_model::time::Day;
use serde::Deserialize;

use crate::edgar::json::Text;
use crate::table::{Number, layout, parse_day, parse_number, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the answer of `fred/series/observations` over a real-time period into releases, `fred:PAYEMS` and the like.
///
/// A row says that `value` was the figure for `date` from `realtime_start` to `realtime_end`. It became known with the release of
/// `realtime_start`; that is a day without an hour, so at the open of the session after it.
///
/// Two traps of this endpoint are closed here. It takes parameters that it does not know (`vintage_date`, which other pages of the
/// site have) without a word and then answers with today's figures: an answer whose real-time period is a single day is refused. And
/// it cuts the intervals to the period asked: what was already in force at its beginning carries that day, which is no release; such
/// rows are passed over.
pub struct Alfred;

static INFO: SourceInfo = SourceInfo {
    id: "alfred",
    title: "Economic series with every release (ALFRED)",
    publisher: "Federal Reserve Bank of St. Louis, api.stlouisfed.org; each series has its own source",
    terms: "FRED API terms of use; a key is free with an account. Series of federal agencies are public domain, others belong to their owners",
    known_at: "The open of the session after the release (`realtime_start`), which is a day without an hour; most releases are out at 08:30 of their day, so this is late and never early",
    revisions: "That is what it is about: each release that states another value is a row of its own",
    caveats: &[
        "The first release on record of old days is often the first that the archive holds, not the first there was; such values are known from then",
        "A release day is the day on which the archive took the value, at times a day after the agency's",
        "Where both are at hand, releases stand over the keyless download of the same series, which has values as revised when it was fetched",
    ],
    layout: "JSON `{realtime_start, realtime_end, units: \"lin\", output_type: 1, count, offset, limit, observations: [{realtime_start, realtime_end, date, value}]}`; the series is the file's name up to `@` (`PAYEMS.json`, `PAYEMS@2024-01-05.json`)",
};

/// The first day that the archive knows; a period that begins here cuts nothing off.
const BEGINNING: &str = "1776-07-04";

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    realtime_start: Text<'a>,
    #[serde(borrow, default)]
    realtime_end: Text<'a>,
    #[serde(borrow, default)]
    units: Text<'a>,
    #[serde(borrow, default)]
    output_type: Text<'a>,
    #[serde(borrow, default)]
    count: Text<'a>,
    #[serde(borrow, default)]
    offset: Text<'a>,
    #[serde(borrow)]
    observations: Vec<Row<'a>>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Row<'a> {
    #[serde(borrow)]
    realtime_start: Text<'a>,
    #[serde(borrow)]
    realtime_end: Text<'a>,
    #[serde(borrow)]
    date: Text<'a>,
    #[serde(borrow)]
    value: Text<'a>,
}

/// A day; the archive's last one, for what still holds, lies beyond the days that publishers write otherwise.
fn day(text: &Text<'_>) -> Option<Day> {
    if text.as_str() == "9999-12-31" { Some(Day::ymd(9999, 12, 31)) } else { parse_day(text.as_str().as_bytes()) }
}

/// The series that a file name stands for.
fn series(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_str()?;
    let id = name.split('@').next()?;
    let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    ((2..=40).contains(&id.len()) && id.bytes().all(good)).then(|| format!("fred:{id}"))
}

impl Reader for Alfred {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let start = &head.bytes[..head.bytes.len().min(2048)];
        let has = |key: &[u8]| start.windows(key.len()).any(|w| w == key);
        start.trim_ascii_start().starts_with(b"{") && has(b"\"observations\"") && has(b"\"realtime_start\"")
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        sink.progress(0, bytes.len() as u64);
        let series = series(path).ok_or_else(|| {
            let got = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            layout(path, 0, "file name", "the id of the series, as in PAYEMS.json: the answer does not name it", &got)
        })?;
        let answer: Answer<'_> =
            serde_json::from_slice(&bytes).map_err(|e| layout(path, e.line() as u64, "JSON", INFO.layout, &e.to_string()))?;
        let (start, end) = period(path, &answer)?;
        let whole = start.to_string() == BEGINNING;
        let mut out = Rows::default();
        let mut in_force = 0u64;
        for (i, r) in answer.observations.iter().enumerate() {
            let row = i as u64 + 1;
            let Some(period) = day(&r.date) else {
                sink.refuse(refusal("not_a_day", row, "date", "a day as YYYY-MM-DD", r.date.shown().as_bytes()));
                continue;
            };
            let of = |rule: &str, field: &str, expected: &str, got: &Text<'_>| Refusal {
                period: Some(period),
                ..refusal(rule, row, field, expected, got.shown().as_bytes())
            };
            let (Some(from), Some(to)) = (day(&r.realtime_start), day(&r.realtime_end)) else {
                sink.refuse(of("not_a_day", "realtime_start", "a first and a last day of knowledge", &r.realtime_start));
                continue;
            };
            if to < from || from < start || from > end {
                let expected = format!("a first day of knowledge within {start} to {end}, before the last");
                sink.refuse(of("reversed_interval", "realtime_start", &expected, &r.realtime_start));
                continue;
            }
            if from == start && !whole {
                in_force += 1;
                continue;
            }
            let value = match (&r.value, parse_number(r.value.as_str().trim().as_bytes())) {
                (Text::Number(v), _) if v.is_finite() => *v,
                (Text::Is(_), Number::Value(v)) => v,
                (Text::Is(_), Number::Missing) => {
                    sink.missing(1);
                    continue;
                }
                _ => {
                    sink.refuse(of("not_a_number", "value", "a number as a text, or `.` where there is none", &r.value));
                    continue;
                }
            };
            let calendar = Calendar::nyse();
            let (first, last) = calendar.span();
            if from < first.plus(30) || from > last.plus(-30) {
                sink.refuse(of("implausible_day", "realtime_start", "a day that the calendar reaches", &r.realtime_start));
                continue;
            }
            let known_at = calendar.open(calendar.next(from));
            if known_at > sink.now() {
                let expected = format!("a release known by {}", sink.now());
                sink.refuse(of("future_dated", "realtime_start", &expected, &r.realtime_start));
                continue;
            }
            out.period.push(period.0);
            out.known_at.push(known_at.0);
            out.released.push(&from.to_string());
            out.value.push(value);
        }
        if in_force > 0 {
            let detail = format!(
                "{in_force} values of {series} were already in force on {start}, where the period asked begins: that day is no release, and they were not taken"
            );
            note(sink, "in_force_before", &series, (start, start), in_force, detail);
        }
        let (count, offset) = (answer.count.number(), answer.offset.number().unwrap_or(0.0));
        let here = answer.observations.len() as f64;
        if let Some(count) = count.filter(|c| offset + here < *c) {
            let detail =
                format!("rows {offset} to {} of {count}: further pages are needed for the whole of {series}", offset + here);
            note(sink, "one_page_of_more", &series, (start, end), here as u64, detail);
        }
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        out.finish(&series, sink)
    }
}

/// The real-time period of an answer, where it is one that tells releases.
fn period(path: &Path, answer: &Answer<'_>) -> Result<(Day, Day), SourceError> {
    let (Some(start), Some(end)) = (day(&answer.realtime_start), day(&answer.realtime_end)) else {
        return Err(layout(path, 0, "realtime_start", "a real-time period", &answer.realtime_start.shown()));
    };
    if answer.units.as_str() != "lin" {
        return Err(layout(path, 0, "units", "`lin`, values as published", &answer.units.shown()));
    }
    if answer.output_type.number() != Some(1.0) {
        return Err(layout(path, 0, "output_type", "1, observations by real-time period", &answer.output_type.shown()));
    }
    if start >= end {
        let expected = "a real-time period of many days (realtime_start=1776-07-04, realtime_end=9999-12-31), so that each value has the day of its release";
        let got = format!(
            "the single day {start}: values as revised by then. The endpoint passes over parameters that it does not know, such as `vintage_date`"
        );
        return Err(layout(path, 0, "realtime_start", expected, &got));
    }
    Ok((start, end))
}

fn note(sink: &mut dyn Sink, rule: &str, subject: &str, days: (Day, Day), rows: u64, detail: String) {
    let (rule, subject) = (rule.to_owned(), subject.to_owned());
    sink.defect(Defect { rule, severity: Severity::Note, subject, from: Some(days.0), to: Some(days.1), rows, detail });
}

#[derive(Default)]
struct Rows {
    period: Vec<i32>,
    known_at: Vec<i64>,
    released: TextBuilder,
    value: Vec<f64>,
}

impl Rows {
    fn finish(self, series: &str, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let n = self.period.len();
        if n == 0 {
            return Ok(());
        }
        let columns = vec![
            Column::Text(TextColumn::constant(series, n)),
            Column::Text(self.released.finish()),
            Column::F64(self.value),
            Column::U8(vec![0; n]),
        ];
        Ok(sink.rows(Observations::new(Dataset::Vintages, self.period, self.known_at, columns))?)
    }
}
