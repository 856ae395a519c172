//! Collects values of named series into batches, and sees what is odd about them.

use std::collections::BTreeMap;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::time::{Day, Moment};

use crate::table::refusal;
use crate::{Sink, SinkClosed};

const BATCH: usize = 1 << 16;

/// One value of a series.
pub struct Value<'a> {
    /// Series id.
    pub series: &'a str,
    /// Row in the file.
    pub row: u64,
    /// What day it is about.
    pub period: Day,
    /// When it could first be used.
    pub known_at: Moment,
    /// The value.
    pub value: f64,
    /// Flags.
    pub quality: u8,
}

/// Writes series to a sink.
pub struct SeriesWriter<'s> {
    sink: &'s mut dyn Sink,
    now: Moment,
    ids: TextBuilder,
    period: Vec<i32>,
    known_at: Vec<i64>,
    value: Vec<f64>,
    quality: Vec<u8>,
    seen: BTreeMap<String, Vec<Day>>,
    by_session: bool,
}

impl<'s> SeriesWriter<'s> {
    /// A writer; `by_session` where every session of the exchange should have a value, so that a gap is worth a word.
    pub fn new(sink: &'s mut dyn Sink, by_session: bool) -> SeriesWriter<'s> {
        let now = sink.now();
        SeriesWriter {
            sink,
            now,
            ids: TextBuilder::default(),
            period: Vec::new(),
            known_at: Vec::new(),
            value: Vec::new(),
            quality: Vec::new(),
            seen: BTreeMap::new(),
            by_session,
        }
    }
    /// The sink, for refusals.
    pub fn sink(&mut self) -> &mut dyn Sink {
        self.sink
    }
    /// Adds a value; one that would only become known in the future is refused.
    pub fn push(&mut self, v: Value<'_>) -> Result<(), SinkClosed> {
        if v.known_at > self.now {
            let expected = format!("a value known by {}", self.now);
            let got = format!("known at {}", v.known_at);
            let refused = refusal("future_dated", v.row, v.series, &expected, got.as_bytes());
            self.sink.refuse(Refusal { period: Some(v.period), ..refused });
            return Ok(());
        }
        self.ids.push(v.series);
        self.period.push(v.period.0);
        self.known_at.push(v.known_at.0);
        self.value.push(v.value);
        self.quality.push(v.quality);
        match self.seen.get_mut(v.series) {
            Some(days) => days.push(v.period),
            None => drop(self.seen.insert(v.series.to_owned(), vec![v.period])),
        }
        if self.period.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), SinkClosed> {
        if self.period.is_empty() {
            return Ok(());
        }
        let columns = vec![
            Column::Text(std::mem::take(&mut self.ids).finish()),
            Column::F64(std::mem::take(&mut self.value)),
            Column::U8(std::mem::take(&mut self.quality)),
        ];
        let (period, known_at) = (std::mem::take(&mut self.period), std::mem::take(&mut self.known_at));
        self.sink.rows(Observations::new(Dataset::Series, period, known_at, columns))
    }

    /// Hands over what is left and tells of gaps and disorder.
    pub fn finish(mut self) -> Result<(), SinkClosed> {
        self.flush()?;
        for (series, mut days) in std::mem::take(&mut self.seen) {
            let ascending = days.windows(2).filter(|w| w[0] > w[1]).count();
            let descending = days.windows(2).filter(|w| w[0] < w[1]).count();
            let disorder = ascending.min(descending);
            days.sort_unstable();
            let (first, last) = (days[0], days[days.len() - 1]);
            if disorder > 0 {
                let detail = format!("{disorder} dates of {series} stand out of order; the values were taken as dated");
                self.note("dates_out_of_order", &series, (first, last), disorder as u64, detail);
            }
            if self.by_session {
                let missing: Vec<Day> = (Calendar::nyse().between(first, last).iter().copied())
                    .filter(|d| d.weekday() < 6 && days.binary_search(d).is_err())
                    .collect();
                if let (Some(a), Some(b)) = (missing.first(), missing.last()) {
                    let n = missing.len();
                    let detail = format!("{series} has no value on {n} sessions between its first and last day");
                    self.note("series_gap", &series, (*a, *b), n as u64, detail);
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, rule: &str, subject: &str, (from, to): (Day, Day), rows: u64, detail: String) {
        let (rule, subject) = (rule.to_owned(), subject.to_owned());
        self.sink.defect(Defect { rule, severity: Severity::Note, subject, from: Some(from), to: Some(to), rows, detail });
    }
}
