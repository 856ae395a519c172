//! Comma-separated text, line by line.
//!
//! None of the publishers here writes a line break inside a quoted field, so a line is a record: an unclosed quote then costs one row
//! and not the rest of the file, and a row number is a line number. (The tests compare the splitting with the `csv` crate's.)

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use plimsoll_model::intake::Refusal;
use plimsoll_model::time::Day;

use crate::{Sink, SourceError};

/// A line longer than this is refused, not stored.
pub const MAX_LINE: usize = 1 << 16;
const PROGRESS_EVERY: u64 = 1 << 20;

/// One record of separated fields, reused from line to line.
pub struct Fields {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    separator: u8,
}

impl Default for Fields {
    fn default() -> Fields {
        Fields::separated(b',')
    }
}

impl Fields {
    /// Fields with this byte between them.
    pub fn separated(separator: u8) -> Fields {
        Fields { bytes: Vec::new(), ends: Vec::new(), separator }
    }

    /// Splits a line; `false` where a quote is not closed or text follows a closing quote.
    pub fn split(&mut self, line: &[u8]) -> bool {
        self.bytes.clear();
        self.ends.clear();
        let mut i = 0;
        let mut good = true;
        loop {
            if line.get(i) == Some(&b'"') {
                i += 1;
                loop {
                    match line.get(i) {
                        None => {
                            good = false;
                            break;
                        }
                        Some(b'"') if line.get(i + 1) == Some(&b'"') => {
                            self.bytes.push(b'"');
                            i += 2;
                        }
                        Some(b'"') => {
                            i += 1;
                            break;
                        }
                        Some(&b) => {
                            self.bytes.push(b);
                            i += 1;
                        }
                    }
                }
                good &= line.get(i).is_none_or(|b| *b == self.separator);
            }
            while let Some(&b) = line.get(i) {
                if b == self.separator {
                    break;
                }
                self.bytes.push(b);
                i += 1;
            }
            self.ends.push(self.bytes.len());
            if i >= line.len() {
                return good;
            }
            i += 1;
        }
    }

    /// How many fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    /// The bytes of a field, without blanks around it.
    pub fn get(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        self.bytes[start..self.ends[i]].trim_ascii()
    }
    /// The text of a field; bytes that are not UTF-8 are read as Latin-1.
    pub fn text(&self, i: usize) -> Cow<'_, str> {
        let bytes = self.get(i);
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect()),
        }
    }
}

/// Lines of a text file, without byte order mark and line ends.
pub struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    line: Vec<u8>,
    row: u64,
    done: u64,
    total: u64,
    reported: u64,
}

/// One line.
pub struct Line<'a> {
    /// One-based number.
    pub row: u64,
    /// Its bytes, at most [`MAX_LINE`].
    pub bytes: &'a [u8],
    /// Whether it is longer than that.
    pub too_long: bool,
}

impl Lines {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Lines, SourceError> {
        let io = |cause| SourceError::Io { path: path.to_owned(), cause };
        let file = File::open(path).map_err(io)?;
        let total = file.metadata().map_err(io)?.len();
        let reader = BufReader::with_capacity(1 << 18, file);
        Ok(Lines { path: path.to_owned(), reader, line: Vec::new(), row: 0, done: 0, total, reported: 0 })
    }

    /// The next line, or `None` at the end.
    pub fn next(&mut self, sink: &mut dyn Sink) -> Result<Option<Line<'_>>, SourceError> {
        self.line.clear();
        let (mut ended, mut too_long, before) = (false, false, self.done);
        while !ended {
            let buffer = self.reader.fill_buf().map_err(|cause| SourceError::Io { path: self.path.clone(), cause })?;
            if buffer.is_empty() {
                break;
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let text = &buffer[..end.unwrap_or(buffer.len())];
            let room = MAX_LINE - self.line.len();
            too_long |= text.len() > room;
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            let used = end.map_or(buffer.len(), |e| e + 1);
            ended = end.is_some();
            self.reader.consume(used);
            self.done += used as u64;
        }
        if self.done == before {
            sink.progress(self.total, self.total);
            return Ok(None);
        }
        if self.done - self.reported >= PROGRESS_EVERY {
            self.reported = self.done;
            sink.progress(self.done, self.total);
        }
        self.row += 1;
        if self.row == 1 && self.line.starts_with(b"\xEF\xBB\xBF") {
            self.line.drain(..3);
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(Some(Line { row: self.row, bytes: &self.line, too_long }))
    }
}

/// A file with one header line and records of as many fields.
pub struct Table {
    lines: Lines,
    header: Vec<String>,
    /// The current record.
    pub fields: Fields,
}

impl Table {
    /// Opens a comma-separated file and reads its header.
    pub fn open(path: &Path, sink: &mut dyn Sink) -> Result<Table, SourceError> {
        Table::open_separated(path, b',', sink)
    }
    /// Opens a file with this byte between its fields and reads its header.
    pub fn open_separated(path: &Path, separator: u8, sink: &mut dyn Sink) -> Result<Table, SourceError> {
        let mut lines = Lines::open(path)?;
        let mut fields = Fields::separated(separator);
        let empty = || layout(path, 0, "file", "a header line and rows", "an empty file");
        let line = lines.next(sink)?.ok_or_else(empty)?;
        if line.too_long || !fields.split(line.bytes) {
            return Err(layout(path, 1, "header", "column names", "a line too long or with an unclosed quote"));
        }
        let header = (0..fields.len()).map(|i| fields.text(i).into_owned()).collect();
        Ok(Table { lines, header, fields })
    }
    /// Column names.
    pub fn header(&self) -> &[String] {
        &self.header
    }
    /// The position of a column by name, whatever its case.
    pub fn column(&self, name: &str) -> Result<usize, SourceError> {
        self.header.iter().position(|h| h.eq_ignore_ascii_case(name)).ok_or_else(|| {
            layout(
                &self.lines.path,
                1,
                "header",
                &format!("a column `{name}`"),
                &format!("columns `{}`", self.header.join("`, `")),
            )
        })
    }
    /// Moves on to the next good record and returns its row; malformed lines are refused, blank ones passed over.
    pub fn advance(&mut self, sink: &mut dyn Sink) -> Result<Option<u64>, SourceError> {
        loop {
            let Some(line) = self.lines.next(sink)? else { return Ok(None) };
            let row = line.row;
            if line.too_long {
                sink.refuse(refusal("line_too_long", row, "line", &format!("at most {MAX_LINE} bytes"), b"a longer line"));
            } else if line.bytes.trim_ascii().is_empty() {
                continue;
            } else if !self.fields.split(line.bytes) {
                sink.refuse(refusal("unclosed_quote", row, "line", "quotes in pairs", line.bytes));
            } else if self.fields.len() != self.header.len() {
                let expected = format!("{} fields", self.header.len());
                let got = format!("{} fields: {}", self.fields.len(), clip(line.bytes));
                sink.refuse(refusal("wrong_number_of_fields", row, "line", &expected, got.as_bytes()));
            } else {
                return Ok(Some(row));
            }
        }
    }
    /// The day in a field, or a refusal.
    pub fn day(&self, row: u64, column: usize, sink: &mut dyn Sink) -> Option<Day> {
        let bytes = self.fields.get(column);
        let day = parse_day(bytes);
        if day.is_none() {
            sink.refuse(refusal("not_a_day", row, &self.header[column], "a day as YYYY-MM-DD or MM/DD/YYYY", bytes));
        }
        day
    }
    /// The number in a field: `Some(None)` where it is empty, `None` where it was refused.
    pub fn number(&self, row: u64, column: usize, period: Day, sink: &mut dyn Sink) -> Option<Option<f64>> {
        let bytes = self.fields.get(column);
        let (rule, expected) = match parse_number(bytes) {
            Number::Missing => return Some(None),
            Number::Value(v) => return Some(Some(v)),
            Number::NotFinite => ("non_finite", "a finite number"),
            Number::Bad => ("not_a_number", "a number"),
        };
        sink.refuse(Refusal { period: Some(period), ..refusal(rule, row, &self.header[column], expected, bytes) });
        None
    }
}

/// A number as publishers write it.
#[derive(Debug, PartialEq)]
pub enum Number {
    /// Empty, `.`, `N/A` or `NA`.
    Missing,
    /// A finite number.
    Value(f64),
    /// `nan`, `inf` or beyond the range of a double.
    NotFinite,
    /// Anything else.
    Bad,
}

/// Reads a number.
pub fn parse_number(bytes: &[u8]) -> Number {
    match bytes {
        b"" | b"." | b"N/A" | b"NA" | b"#N/A" => Number::Missing,
        _ => match fast_float2::parse::<f64, _>(bytes) {
            Ok(v) if v.is_finite() => Number::Value(v),
            Ok(_) => Number::NotFinite,
            Err(_) => Number::Bad,
        },
    }
}

fn digits(bytes: &[u8]) -> Option<i32> {
    if bytes.is_empty() || bytes.len() > 4 {
        return None;
    }
    bytes.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))
}

/// A day between 1700 and 2199: no publisher here goes back further, and what lies later is a mistake of typing.
fn plausible(year: i32, month: i32, day: i32) -> Option<Day> {
    if !(1700..2200).contains(&year) { None } else { Day::try_ymd(year as i16, month as i8, day as i8) }
}

/// Reads `YYYY-MM-DD`, `M/D/YYYY` or `M/D/YY` (years 62 to 99 are of the last century).
pub fn parse_day(bytes: &[u8]) -> Option<Day> {
    if bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' {
        return plausible(digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?);
    }
    let mut parts = bytes.split(|b| *b == b'/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let number = digits(year)?;
    let year = match year.len() {
        4 => number,
        2 if number >= 62 => 1900 + number,
        2 => 2000 + number,
        _ => return None,
    };
    plausible(year, digits(month)?, digits(day)?)
}

/// Reads `YYYYMMDD`.
pub fn parse_compact_day(bytes: &[u8]) -> Option<Day> {
    if bytes.len() != 8 {
        return None;
    }
    plausible(digits(&bytes[..4])?, digits(&bytes[4..6])?, digits(&bytes[6..])?)
}

/// A refusal; add the period where it is known.
pub fn refusal(rule: &str, row: u64, field: &str, expected: &str, got: &[u8]) -> Refusal {
    Refusal { rule: rule.to_owned(), row, field: field.to_owned(), expected: expected.to_owned(), got: clip(got), period: None }
}

/// At most 80 characters of what was found, fit for a terminal.
pub fn clip(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out: String = text.chars().take(80).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if out.len() < text.len() && text.chars().count() > 80 {
        out.push('\u{2026}');
    }
    out
}

/// A file that is not in its publisher's layout.
pub fn layout(path: &Path, row: u64, field: &str, expected: &str, got: &str) -> SourceError {
    let (field, expected, got) = (field.to_owned(), expected.to_owned(), got.to_owned());
    SourceError::Layout { path: path.to_owned(), row, field, expected, got }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(line: &[u8]) -> (bool, Vec<Vec<u8>>) {
        let mut f = Fields::default();
        let good = f.split(line);
        (good, (0..f.len()).map(|i| f.get(i).to_vec()).collect())
    }

    #[test]
    fn quoted_fields_and_blanks() {
        assert_eq!(
            split(b"a, b ,\"c,d\",\"e\"\"f\","),
            (true, [&b"a"[..], b"b", b"c,d", b"e\"f", b""].map(<[u8]>::to_vec).to_vec())
        );
        assert_eq!(split(b""), (true, vec![vec![]]));
        assert!(!split(b"a,\"b").0);
        assert!(!split(b"a,\"b\"c,d").0);
    }

    #[test]
    fn days_in_three_spellings() {
        let d = Some(Day::ymd(2024, 2, 9));
        for text in ["2024-02-09", "02/09/2024", "2/9/24", "2/9/2024"] {
            assert_eq!(parse_day(text.as_bytes()), d, "{text}");
        }
        assert_eq!(parse_day(b"1/2/90"), Some(Day::ymd(1990, 1, 2)));
        assert_eq!(parse_compact_day(b"20240209"), d);
        for bad in
            ["2024-02-30", "13/01/2024", "2024-02-09 10:00", "9/2", "2/9/024", "", "2024/02/09", "-024-02-09", "0001-01-01"]
        {
            assert_eq!(parse_day(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parse_compact_day(b"20241301"), None);
    }

    #[test]
    fn numbers_as_written() {
        assert_eq!(parse_number(b"-1.5e3"), Number::Value(-1500.0));
        assert_eq!(parse_number(b"."), Number::Missing);
        assert_eq!(parse_number(b"NaN"), Number::NotFinite);
        assert_eq!(parse_number(b"1e999"), Number::NotFinite);
        assert_eq!(parse_number(b"1,5"), Number::Bad);
        assert_eq!(parse_number(b"4.2%"), Number::Bad);
    }

    proptest! {
        #[test]
        fn splitting_never_panics(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            split(&line);
            parse_day(&line);
            parse_compact_day(&line);
            clip(&line);
        }

        #[test]
        fn splitting_agrees_with_the_csv_crate(fields in proptest::collection::vec("[ a-z0-9,\"]{0,6}", 2..6)) {
            let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
            writer.write_record(&fields).unwrap();
            let line = writer.into_inner().unwrap();
            let (good, ours) = split(line.strip_suffix(b"\n").unwrap());
            prop_assert!(good);
            let trimmed: Vec<_> = fields.iter().map(|f| f.as_bytes().trim_ascii().to_vec()).collect();
            prop_assert_eq!(ours, trimmed);
        }
    }
}
