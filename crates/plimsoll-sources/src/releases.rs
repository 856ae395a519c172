//! Days of statistical releases, past and to come.

use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::Refusal;
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::time::{Day, Moment};
use serde::Deserialize;

use crate::edgar::json::Text;
use crate::table::{layout, parse_day, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the answer of `fred/releases/dates` or `fred/release/dates` into calendars of events such as `cpi` and `employment`.
pub struct Releases;

static INFO: SourceInfo = SourceInfo {
    id: "fred_releases",
    title: "Days of statistical releases: consumer prices, employment, output, incomes",
    publisher: "Federal Reserve Bank of St. Louis, api.stlouisfed.org/fred/releases/dates, from the agencies' own schedules",
    terms: "FRED API terms of use; a key is free with an account",
    known_at: "A release to come (`scheduled`): on import, for the file has it; agencies publish their schedules months before, which no file here shows. A release that was (`release`): at 08:30 of its day, the hour of these releases",
    revisions: "Days to come are moved, most of all by shutdowns: a later file has the new day; the old one stays until it passes without a release",
    caveats: &[
        "The day on which the archive had the release; at times a day after the agency's",
        "No figures: those are in the series",
    ],
    layout: "JSON `{release_dates: [{release_id, release_name, date}]}`; releases of `data/fred_releases.csv` are read, the rest is counted",
};

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    release_dates: Vec<Row<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    release_id: Text<'a>,
    #[serde(borrow)]
    date: Text<'a>,
}

/// The calendar of a release, from the table.
fn calendar(id: f64) -> Option<&'static str> {
    let rows = include_str!("../data/fred_releases.csv").lines().skip(1);
    let mut found = rows.filter_map(|line| {
        let mut fields = line.splitn(3, ',');
        let (number, name) = (fields.next()?, fields.next()?);
        (number.parse::<f64>().ok()? == id).then_some(name)
    });
    found.next()
}

impl Reader for Releases {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let start = &head.bytes[..head.bytes.len().min(4096)];
        let key = b"\"release_dates\"";
        start.trim_ascii_start().starts_with(b"{") && start.windows(key.len()).any(|w| w == key)
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let answer: Answer<'_> =
            serde_json::from_slice(&bytes).map_err(|e| layout(path, e.line() as u64, "JSON", INFO.layout, &e.to_string()))?;
        let now = sink.now();
        let (first, last) = Calendar::nyse().span();
        let mut others = 0u64;
        let mut rows: Vec<(&'static str, &'static str, Day, Moment)> = Vec::new();
        for (i, r) in answer.release_dates.iter().enumerate() {
            let row = i as u64 + 1;
            let Some(id) = r.release_id.number() else {
                sink.refuse(refusal("not_a_release", row, "release_id", "a number", r.release_id.shown().as_bytes()));
                continue;
            };
            let Some(day) = parse_day(r.date.as_str().as_bytes()).filter(|d| *d > first && *d < last) else {
                sink.refuse(refusal("not_a_day", row, "date", "a day as YYYY-MM-DD", r.date.shown().as_bytes()));
                continue;
            };
            let Some(calendar) = calendar(id) else {
                others += 1;
                continue;
            };
            if rows.iter().any(|k| k.0 == calendar && k.2 == day) {
                let refused = refusal("duplicate_key", row, "date", "one row a release and day", day.to_string().as_bytes());
                sink.refuse(Refusal { period: Some(day), ..refused });
                continue;
            }
            let out = day.at(8, 30);
            if out <= now { rows.push((calendar, "release", day, out)) } else { rows.push((calendar, "scheduled", day, now)) }
        }
        if others > 0 {
            sink.missing(others);
        }
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        if rows.is_empty() {
            return Ok(());
        }
        let mut texts: [TextBuilder; 3] = Default::default();
        for (calendar, kind, ..) in &rows {
            texts.iter_mut().zip([*calendar, kind, ""]).for_each(|(b, t)| b.push(t));
        }
        let [calendars, kinds, notes] = texts.map(|t| Column::Text(t.finish()));
        let values = Column::F64(vec![f64::NAN; rows.len()]);
        let (period, known) = (rows.iter().map(|r| r.2.0).collect(), rows.iter().map(|r| r.3.0).collect());
        Ok(sink.rows(Observations::new(Dataset::Events, period, known, vec![calendars, kinds, values, notes]))?)
    }
}
