//! The exchange's own published history of meeting probabilities (CME FedWatch): a reference to check against, never an input.
//!
//! Layout: the first line has a title above the first column of each block, `History for 20 Mar 2024 Fed meeting`; the second has
//! `Date` and the buckets of each block in basis points, `(0-25),(25-50),...`, beginning anew with each block; then one line a day,
//! `M/D/YYYY` and a probability between 0 and 1 in each bucket, empty where the exchange showed none. Titles of meetings further
//! ahead, for which nothing is shown yet, run together after the last bucket; they are not read.

use std::path::Path;

use plimsoll_model::time::Day;

use crate::table::{Fields, Number, clip, layout, parse_day, parse_number};
use crate::{Head, SourceError};

/// One published probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// The day it was published for.
    pub day: Day,
    /// The day of the meeting's decision.
    pub meeting: Day,
    /// Lower end of the target range, basis points.
    pub low: u32,
    /// Upper end of the target range, basis points.
    pub high: u32,
    /// Probability that the target is in this range after the meeting, between 0 and 1.
    pub probability: f64,
}

/// A block of columns.
struct Block {
    meeting: Day,
    /// Column, lower end, upper end.
    buckets: Vec<(usize, u32, u32)>,
}

/// Whether a file is in this layout.
pub fn recognises(head: &Head) -> bool {
    head.header().iter().any(|title| meeting(title).is_some())
}

/// The meeting that a title names: `History for 20 Mar 2024 Fed meeting`.
fn meeting(title: &str) -> Option<Day> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = title.trim().strip_prefix("History for ")?.strip_suffix(" Fed meeting")?;
    let mut words = text.split_whitespace();
    let (date, name, year) = (words.next()?.parse().ok()?, words.next()?, words.next()?.parse().ok()?);
    let month = MONTHS.iter().position(|m| name.get(..3).is_some_and(|n| n.eq_ignore_ascii_case(m)))? as i8 + 1;
    Day::try_ymd(year, month, date).filter(|_| words.next().is_none() && (1900..2200).contains(&year))
}

/// The ends of a bucket: `(525-550)`.
fn bucket(text: &str) -> Option<(u32, u32)> {
    let (low, high) = text.trim().strip_prefix('(')?.strip_suffix(')')?.split_once('-')?;
    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
    (low < high).then_some((low, high))
}

/// Reads a file: every probability shown, by day, then by meeting, then by range.
///
/// # Errors
/// Where the file cannot be read or a line is not in the layout; a reference with a hole in it is no reference, so nothing is skipped.
pub fn read(path: &Path) -> Result<Vec<Published>, SourceError> {
    let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
    parse(path, bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Published>, SourceError> {
    let mut lines = bytes.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l)).zip(1u64..);
    let bad = |row: u64, field: &str, expected: &str, got: &[u8]| layout(path, row, field, expected, &clip(got));
    let (mut titles, mut fields) = (Fields::default(), Fields::default());
    let first = lines.next().map(|l| l.0).unwrap_or_default();
    let second = lines.next().map(|l| l.0).unwrap_or_default();
    if !titles.split(first) || !fields.split(second) {
        return Err(bad(1, "header", "comma-separated titles and buckets", first));
    }
    let mut blocks: Vec<Block> = Vec::new();
    let columns = fields.len();
    for c in 0..columns {
        let title = if c < titles.len() { titles.text(c) } else { "".into() };
        if !title.trim().is_empty() {
            let meeting =
                meeting(&title).ok_or_else(|| bad(1, "title", "History for 20 Mar 2024 Fed meeting", title.as_bytes()))?;
            blocks.push(Block { meeting, buckets: Vec::new() });
        }
        let label = fields.text(c);
        if c == 0 || label.trim().is_empty() {
            continue;
        }
        let (low, high) = bucket(&label).ok_or_else(|| bad(2, "bucket", "a range as (525-550)", label.as_bytes()))?;
        let block = blocks.last_mut().ok_or_else(|| bad(1, "title", "a title above the first bucket", b""))?;
        if block.buckets.last().is_some_and(|b| b.2 > low) {
            return Err(bad(2, "bucket", "ranges that ascend within a meeting", label.as_bytes()));
        }
        block.buckets.push((c, low, high));
    }
    if blocks.is_empty() || blocks.iter().any(|b| b.buckets.is_empty()) {
        return Err(bad(1, "header", "a title and buckets for each meeting", first));
    }
    let mut out = Vec::new();
    for (line, row) in lines.filter(|l| !l.0.trim_ascii().is_empty()) {
        if !fields.split(line) || fields.len() < columns {
            return Err(bad(row, "line", &format!("{columns} fields"), line));
        }
        let day = parse_day(fields.get(0)).ok_or_else(|| bad(row, "Date", "a day as M/D/YYYY", fields.get(0)))?;
        for block in &blocks {
            for &(c, low, high) in &block.buckets {
                match parse_number(fields.get(c)) {
                    Number::Missing => {}
                    Number::Value(probability) if (0.0..=1.0).contains(&probability) => {
                        out.push(Published { day, meeting: block.meeting, low, high, probability });
                    }
                    _ => return Err(bad(row, "probability", "a number between 0 and 1", fields.get(c))),
                }
            }
        }
    }
    out.sort_by_key(|p| (p.day, p.meeting, p.low));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> Result<Vec<Published>, String> {
        parse(Path::new("history.csv"), content.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn blocks_beside_each_other() {
        let head = ",History for 20 Mar 2024 Fed meeting,,,History for 1 May 2024 Fed meeting,,\n";
        let rows =
            text(&format!("{head}Date,(0-25),(25-50),(50-75),(25-50),(50-75)\n3/10/2023,0.25,0.75,,,\n3/9/2023,,,,0.1,0.9\n"))
                .unwrap();
        let (march, may) = (Day::ymd(2024, 3, 20), Day::ymd(2024, 5, 1));
        let of =
            |d: i8, meeting, low, probability| Published { day: Day::ymd(2023, 3, d), meeting, low, high: low + 25, probability };
        assert_eq!(rows, [of(9, may, 25, 0.1), of(9, may, 50, 0.9), of(10, march, 0, 0.25), of(10, march, 25, 0.75)]);
    }

    #[test]
    fn a_hole_is_an_error_that_names_row_and_field() {
        let head = ",History for 20 Mar 2024 Fed meeting,\nDate,(0-25),(25-50)\n";
        for (rows, said) in [
            ("3/10/2023,1.5,0\n", "row 3: probability"),
            ("3/10/2023,0.5,x\n", "row 3: probability"),
            ("10 March,0.5,0.5\n", "row 3: Date"),
            ("3/10/2023,0.5\n", "row 3: line"),
        ] {
            let error = text(&format!("{head}{rows}")).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        for (bad, said) in [
            ("", "header"),
            (",History for soon\nDate,(0-25)\n", "title"),
            (",History for 20 Mar 2024 Fed meeting\nDate,0-25\n", "bucket"),
            (",History for 20 Mar 2024 Fed meeting,\nDate,(25-50),(0-25)\n", "ascend"),
            ("x,\nDate,(0-25)\n", "title"),
            (",,History for 20 Mar 2024 Fed meetingHistory for 1 May 2024 Fed meeting\nDate,(0-25)\n", "title"),
        ] {
            let error = text(bad).unwrap_err();
            assert!(error.contains(said), "{bad}: {error}");
        }
    }
}
