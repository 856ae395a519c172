//! Series of the Federal Reserve Bank of St. Louis (FRED).

use std::path::Path;
use std::sync::LazyLock;

use plimsoll_model::dataset::quality;
use plimsoll_model::intake::{Defect, Severity};
use plimsoll_model::time::{Day, Moment};

use crate::known::Rule;
use crate::series::{SeriesWriter, Value};
use crate::table::{Table, layout, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads FRED's CSV downloads into `fred:DGS10` and the like, values as published (yields in per cent).
///
/// FRED shows today's values under the day they are about. When each could first be used comes from a table of publication lags,
/// `data/fred_series.csv`, with late releases in `data/fred_late_releases.csv`; a series that is not in the table gets a
/// deliberately late default by the distance to the value before it, and a note.
pub struct Fred;

static INFO: SourceInfo = SourceInfo {
    id: "fred",
    title: "Economic and financial series from FRED",
    publisher: "Federal Reserve Bank of St. Louis, fred.stlouisfed.org; each series has its own source",
    terms: "FRED terms of use; series of federal agencies are public domain, others (bond and stock indices, Moody's) belong to their owners",
    known_at: "By series, from a table of publication lags: H.15 yields at 16:15 of the next session, the effective funds rate and bond spreads at 09:00 of the next session, weekly and monthly series at the latest usual release; shutdown delays by date; unknown series two sessions, three weeks, three months or three quarters after, by the distance to the value before",
    revisions: "FRED's plain download shows values as revised today; series that are revised carry the flag REVISED",
    caveats: &[
        "Without vintages a revised series is not what was known then; only its timing is",
        "Recession dating is announced up to 21 months late and is treated so",
    ],
    layout: "CSV `observation_date,ID[,ID...]`, the older `DATE,ID`, or `date,value[,series_id]` with the id from the file name; empty or `.` = missing",
};

struct Lag {
    pattern: &'static str,
    from: Option<Day>,
    rule: Rule,
    revised: bool,
}

static LAGS: LazyLock<Vec<Lag>> = LazyLock::new(|| {
    let rows = include_str!("../data/fred_series.csv").lines().skip(1);
    let mut lags: Vec<Lag> = rows
        .map(|line| {
            let [pattern, from, _frequency, rule, revised, _source] = line.splitn(6, ',').collect::<Vec<_>>()[..] else {
                panic!("fred_series.csv: {line}")
            };
            let rule = rule.parse().unwrap_or_else(|e| panic!("fred_series.csv: {e}"));
            let from = (!from.is_empty()).then(|| from.parse().expect("a day"));
            Lag { pattern, from, rule, revised: revised == "yes" }
        })
        .collect();
    // The longest pattern decides, an exact one before a prefix, then the latest era.
    lags.sort_by_key(|l| std::cmp::Reverse((!l.pattern.ends_with('*'), l.pattern.len(), l.from)));
    lags
});

static LATE: LazyLock<Vec<(&'static str, Day, Moment)>> = LazyLock::new(|| {
    let rows = include_str!("../data/fred_late_releases.csv").lines().skip(1);
    rows.map(|line| {
        let [series, period, released, at, _reason] = line.splitn(5, ',').collect::<Vec<_>>()[..] else {
            panic!("fred_late_releases.csv: {line}")
        };
        let time: jiff::civil::Time = at.parse().expect("a time");
        let released: Day = released.parse().expect("a day");
        (series, period.parse().expect("a day"), released.at(time.hour(), time.minute()))
    })
    .collect()
});

fn lag(id: &str, period: Day) -> Option<&'static Lag> {
    let matches = |l: &&Lag| match l.pattern.strip_suffix('*') {
        Some(prefix) => id.starts_with(prefix),
        None => l.pattern == id,
    };
    LAGS.iter().filter(matches).find(|l| l.from.is_none_or(|from| period >= from)).or_else(|| LAGS.iter().rfind(matches))
}

/// The default for a series that is not in the table, from the distance in days to the value before it, so that no later value can
/// change it; the first value of a file, before which nothing is known, waits longest.
fn default_rule(gap: Option<i32>) -> Rule {
    match gap {
        Some(..=4) => Rule::Lag(2),
        Some(5..=16) => Rule::Days(21, (18, 0)),
        Some(17..=45) => Rule::Month { months: 3, day: 1, at: (18, 0) },
        Some(46..=130) => Rule::Month { months: 9, day: 1, at: (18, 0) },
        _ => Rule::Month { months: 24, day: 1, at: (18, 0) },
    }
}

fn is_id(text: &str) -> bool {
    let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    (2..=40).contains(&text.len()) && text.bytes().all(good) && text.bytes().any(|b| b.is_ascii_uppercase())
}

enum Layout {
    /// One column a series.
    Wide(Vec<String>),
    /// `date,value`, id from the file name.
    Named(String),
    /// `date,value,series_id`.
    Long,
}

fn shape(path: &Path, header: &[String]) -> Option<Layout> {
    let first = header.first()?.to_ascii_lowercase();
    let is = |i: usize, name: &str| header.get(i).is_some_and(|h| h.eq_ignore_ascii_case(name));
    if first == "date" && is(1, "value") {
        let stem = path.file_stem()?.to_string_lossy().into_owned();
        return match header.len() {
            2 if is_id(&stem) => Some(Layout::Named(stem)),
            3 if is(2, "series_id") => Some(Layout::Long),
            _ => None,
        };
    }
    let dated = first == "observation_date" || header[0] == "DATE";
    (dated && header.len() > 1 && header[1..].iter().all(|h| is_id(h))).then(|| Layout::Wide(header[1..].to_vec()))
}

impl Reader for Fred {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        // The volatility index's exchange also writes DATE in capitals, before OPEN, HIGH, LOW and CLOSE.
        let prices = header.iter().any(|h| h == "OPEN" || h == "CLOSE");
        !header.is_empty() && !prices && shape(&head.path, &header).is_some()
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let shape =
            shape(path, table.header()).ok_or_else(|| layout(path, 1, "header", INFO.layout, &table.header().join(",")))?;
        let mut ids: Vec<String> = match &shape {
            Layout::Wide(ids) => ids.clone(),
            Layout::Named(id) => vec![id.clone()],
            Layout::Long => Vec::new(),
        };
        let columns: Vec<usize> = if let Layout::Wide(ids) = &shape { (1..=ids.len()).collect() } else { vec![1] };
        // Values by series; `None` is a day without a value, which still tells of the frequency.
        let mut values: Vec<Vec<(Day, u64, Option<f64>)>> = ids.iter().map(|_| Vec::new()).collect();
        while let Some(row) = table.advance(sink)? {
            let Some(period) = table.day(row, 0, sink) else { continue };
            for (i, column) in columns.iter().enumerate() {
                let Some(value) = table.number(row, *column, period, sink) else { continue };
                let mut of = i;
                if matches!(shape, Layout::Long) {
                    let id = table.fields.text(2).into_owned();
                    if !is_id(&id) {
                        sink.refuse(refusal("not_a_series_id", row, "series_id", "an id such as DGS10", id.as_bytes()));
                        continue;
                    }
                    of = ids.iter().position(|known| *known == id).unwrap_or(ids.len());
                    if of == ids.len() {
                        ids.push(id);
                        values.push(Vec::new());
                    }
                }
                values[of].push((period, row, value));
            }
        }
        let mut out = SeriesWriter::new(sink, false);
        for (id, mut values) in ids.into_iter().zip(values) {
            values.sort_by_key(|v| (v.0, v.1));
            write(&id, &values, &mut out)?;
        }
        Ok(out.finish()?)
    }
}

fn write(id: &str, values: &[(Day, u64, Option<f64>)], out: &mut SeriesWriter<'_>) -> Result<(), SourceError> {
    let series = format!("fred:{id}");
    let mut unknown = 0u64;
    let mut before: Option<Day> = None;
    for &(period, row, value) in values {
        let found = lag(id, period);
        let rule = found.map_or_else(|| default_rule(before.map(|b| period.0 - b.0)), |l| l.rule);
        before = Some(period);
        let Some(value) = value else {
            out.sink().missing(1);
            continue;
        };
        let late = LATE.iter().find(|(s, p, _)| *s == id && *p == period).map(|l| l.2);
        let known_at = late.map_or_else(|| rule.known_at(period), |l| l.max(rule.known_at(period)));
        unknown += u64::from(found.is_none());
        let quality = if found.is_none_or(|l| l.revised) { quality::REVISED } else { 0 };
        out.push(Value { series: &series, row, period, known_at, value, quality })?;
    }
    if unknown > 0 {
        let detail =
            format!("{id} is not in the table of publication lags: it is taken as known late, by its frequency, and as revised");
        out.sink().defect(Defect {
            rule: "unknown_publication_lag".to_owned(),
            severity: Severity::Note,
            subject: series,
            from: values.first().map(|v| v.0),
            to: values.last().map(|v| v.0),
            rows: unknown,
            detail,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_table_reads_and_the_longest_pattern_decides() {
        assert!(LAGS.len() > 40);
        assert!(!LATE.is_empty());
        let rule = |id, period| lag(id, day(period)).map(|l| (l.rule.to_string(), l.revised));
        assert_eq!(rule("DGS10", "2024-01-02"), Some(("next@16:15".into(), false)));
        assert_eq!(rule("GS10", "2024-01-01"), Some(("month+1:05@16:15".into(), false)));
        assert_eq!(rule("CPIAUCSL", "1980-01-01"), Some(("month+1:28@08:30".into(), true)));
        assert_eq!(rule("CPIAUCSL", "2024-01-01"), Some(("month+1:20@08:30".into(), true)));
        assert_eq!(rule("CPIAUCSL", "1913-01-01"), Some(("month+1:28@08:30".into(), true)));
        assert_eq!(rule("USREC", "2024-01-01"), Some(("month+22:01@09:00".into(), true)));
        assert_eq!(rule("USRECD", "2024-01-01"), Some(("month+22:01@09:00".into(), true)));
        assert!(lag("XYZ", day("2024-01-01")).is_none());
    }

    #[test]
    fn every_late_release_is_later_than_the_rule() {
        for (series, period, released) in LATE.iter() {
            assert!(*released > lag(series, *period).unwrap().rule.known_at(*period), "{series} {period}");
        }
    }
}
