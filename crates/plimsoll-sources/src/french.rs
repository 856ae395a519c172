//! Daily files of the Kenneth R. French data library.

use std::path::Path;

use plimsoll_model::dataset::quality;
use plimsoll_model::intake::{Defect, Refusal, Severity};

use crate::known::Rule;
use crate::series::{SeriesWriter, Value};
use crate::table::{Fields, Lines, Number, clip, layout, parse_compact_day, parse_number, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads daily returns into `french:Mkt-RF`, `french:Mom`, `french:ind10:Utils`, `french:size:Dec 2`, as decimals.
///
/// The five-factor file has a size factor of its own construction, so its ids carry `ff5:`; equal-weighted blocks carry `ew:`.
pub struct French;

static INFO: SourceInfo = SourceInfo {
    id: "french",
    title: "Factor and portfolio returns of the Kenneth R. French data library",
    publisher: "Kenneth R. French, Dartmouth College, mba.tuck.dartmouth.edu/pages/faculty/ken.french/data_library.html",
    terms: "Copyright Eugene F. Fama and Kenneth R. French; free to use with attribution",
    known_at: "18:00 New York time on the last session of the second month after the day (`month_end+2@18:00`): the library is rebuilt each month from a database that itself arrives weeks after the month's end, so this is late on purpose",
    revisions: "The whole history is rebuilt with each database version; every value carries the flag REVISED",
    caveats: &[
        "Returns of portfolios formed with data as known to the database today",
        "Values before the daily file first appeared were not available in their time",
    ],
    layout: "Text with a preamble, a header line, rows `yyyymmdd, value, ...` in per cent, -99.99 or -999 missing, several blocks, a copyright footer; also plain tables with a `Date` header and deciles that a spreadsheet turned into dates (`2-Dec`)",
};

const FACTORS: &[&str] = &["Mkt-RF", "SMB", "HML", "RF", "RMW", "CMA", "Mom", "UMD", "ST_Rev", "LT_Rev"];
const INDUSTRIES: &[&str] = &["NoDur", "Cnsmr", "Food", "Agric"];
const INDUSTRY_COUNTS: &[usize] = &[5, 10, 12, 17, 30, 38, 48, 49];

/// What the first field of a line says the line is.
#[derive(Debug, PartialEq)]
enum Kind {
    Blank,
    Header,
    Daily,
    Monthly,
    Annual,
    /// Starts with a digit or has numbers, but no date of the library.
    BadRow,
    Text,
}

fn kind(fields: &Fields) -> Kind {
    let first = fields.get(0);
    let numeric = |i: usize| !fields.get(i).is_empty() && !matches!(parse_number(fields.get(i)), Number::Bad);
    if fields.len() == 1 {
        return if first.is_empty() { Kind::Blank } else { Kind::Text };
    }
    if first.is_empty() || first.eq_ignore_ascii_case(b"date") {
        let names = (1..fields.len()).filter(|i| !fields.get(*i).is_empty()).count();
        return match (names, (1..fields.len()).any(numeric)) {
            (0, _) => Kind::Blank,
            (_, true) => Kind::BadRow,
            (_, false) => Kind::Header,
        };
    }
    if !first[0].is_ascii_digit() {
        return Kind::Text;
    }
    match (first.len(), first.iter().all(u8::is_ascii_digit)) {
        (8, true) => Kind::Daily,
        (6, true) => Kind::Monthly,
        (4, true) => Kind::Annual,
        _ => Kind::BadRow,
    }
}

/// Undoes the spreadsheet: `2-Dec` is the second decile, `Dec 2`.
fn column_name(text: &str) -> String {
    match text.split_once('-') {
        Some((n, "Dec")) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => format!("Dec {n}"),
        _ => text.to_owned(),
    }
}

/// The part of the id that names the file: empty for factors.
fn family(path: &Path, columns: &[String]) -> String {
    if columns.iter().all(|c| FACTORS.contains(&c.as_str())) {
        return if columns.iter().any(|c| c == "RMW") { "ff5:".to_owned() } else { String::new() };
    }
    if INDUSTRY_COUNTS.contains(&columns.len()) && INDUSTRIES.contains(&columns[0].as_str()) {
        return format!("ind{}:", columns.len());
    }
    let stem = path.file_stem().map(|s| s.to_string_lossy().to_lowercase()).unwrap_or_default();
    let stem = stem.strip_suffix("_daily").or_else(|| stem.strip_suffix("-daily")).unwrap_or(&stem);
    let stem = stem.strip_prefix("portfolios_formed_on_").unwrap_or(stem);
    if stem == "me" { "size:".to_owned() } else { format!("{stem}:") }
}

enum Block {
    /// Ids of its columns.
    Taken(Vec<String>),
    /// Not returns: counts of firms, firm sizes.
    Skipped,
    /// A second block without a title: its ids would repeat.
    Untitled,
}

fn block(path: &Path, fields: &Fields, title: &str, first: bool) -> Block {
    let columns: Vec<String> = (1..fields.len()).map(|i| column_name(&fields.text(i))).collect();
    let title = title.to_lowercase();
    let weighting = if title.contains("equal weight") {
        "ew:"
    } else if title.contains("value weight") || first {
        ""
    } else if ["number of firms", "firm size", "average of", "sum of", "market cap"].iter().any(|t| title.contains(t)) {
        return Block::Skipped;
    } else {
        return Block::Untitled;
    };
    let family = family(path, &columns);
    Block::Taken(columns.iter().map(|c| format!("french:{family}{weighting}{c}")).collect())
}

impl Reader for French {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        if head.parquet_columns.is_some() {
            return false;
        }
        let mut header: Option<Vec<String>> = None;
        let mut fields = Fields::default();
        for line in head.bytes.split(|b| *b == b'\n').take(200) {
            fields.split(line.strip_suffix(b"\r").unwrap_or(line));
            match (kind(&fields), &header) {
                (Kind::Header, _) => header = Some((0..fields.len()).map(|i| fields.text(i).into_owned()).collect()),
                (Kind::Daily | Kind::Monthly | Kind::Annual, Some(h)) => {
                    let of_the_library = |c: &String| {
                        let c = column_name(c);
                        FACTORS.contains(&c.as_str())
                            || INDUSTRIES.contains(&c.as_str())
                            || c.ends_with(" 10")
                            || c.ends_with(" 30")
                    };
                    return h[0].is_empty() || h.iter().any(of_the_library);
                }
                (Kind::Blank | Kind::Text, None) => {}
                _ => return false,
            }
        }
        false
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut lines = Lines::open(path)?;
        let mut fields = Fields::default();
        let mut out = SeriesWriter::new(sink, true);
        let (mut title, mut current, mut blocks, mut skipped) = (String::new(), None, 0, 0u64);
        while let Some(line) = lines.next(out.sink())? {
            let row = line.row;
            let closed = fields.split(line.bytes);
            if line.too_long || !closed {
                let got: &[u8] = if line.too_long { b"a line too long" } else { line.bytes };
                out.sink().refuse(refusal("malformed_line", row, "line", "comma-separated values", got));
                continue;
            }
            match kind(&fields) {
                Kind::Blank => {}
                Kind::Text => title = fields.text(0).into_owned(),
                Kind::Header => {
                    current = Some(block(path, &fields, &title, blocks == 0));
                    title.clear();
                    blocks += 1;
                }
                Kind::BadRow => {
                    out.sink().refuse(refusal("not_a_day", row, "date", "a day as YYYYMMDD", fields.get(0)));
                }
                Kind::Daily => match &current {
                    Some(Block::Taken(ids)) => take(ids, row, &fields, &mut out)?,
                    Some(Block::Skipped) => skipped += 1,
                    Some(Block::Untitled) => {
                        let expected = "a title that says how the block is weighted";
                        out.sink().refuse(refusal("untitled_block", row, "block", expected, fields.get(0)));
                    }
                    None => {
                        out.sink().refuse(refusal("no_header", row, "header", "a header line before the first row", line.bytes))
                    }
                },
                found @ (Kind::Monthly | Kind::Annual) => {
                    let got = if found == Kind::Monthly { "monthly" } else { "annual" };
                    let got = format!("{got} rows ({})", clip(fields.get(0)));
                    return Err(layout(path, row, "date", "daily rows (YYYYMMDD); use the library's daily files", &got));
                }
            }
        }
        if blocks == 0 {
            return Err(layout(path, 0, "header", "a header line that begins with a comma or `Date`", "none"));
        }
        if skipped > 0 {
            let detail =
                format!("{skipped} rows stand in blocks that are not returns (firm counts or sizes) and were passed over");
            let (rule, subject) = ("block_not_taken".to_owned(), String::new());
            out.sink().defect(Defect { rule, severity: Severity::Note, subject, from: None, to: None, rows: skipped, detail });
        }
        Ok(out.finish()?)
    }
}

fn take(ids: &[String], row: u64, fields: &Fields, out: &mut SeriesWriter<'_>) -> Result<(), SourceError> {
    let Some(period) = parse_compact_day(fields.get(0)) else {
        out.sink().refuse(refusal("not_a_day", row, "date", "a day as YYYYMMDD", fields.get(0)));
        return Ok(());
    };
    if fields.len() != ids.len() + 1 {
        let (expected, got) = (format!("{} fields", ids.len() + 1), format!("{} fields", fields.len()));
        out.sink().refuse(refusal("wrong_number_of_fields", row, "line", &expected, got.as_bytes()));
        return Ok(());
    }
    let known_at = Rule::MonthEnd(2, (18, 0)).known_at(period);
    for (i, id) in ids.iter().enumerate() {
        let bytes = fields.get(i + 1);
        let refuse = |out: &mut SeriesWriter<'_>, rule, expected| {
            out.sink().refuse(Refusal { period: Some(period), ..refusal(rule, row, id, expected, bytes) });
        };
        match parse_number(bytes) {
            Number::Missing => out.sink().missing(1),
            Number::Value(v) if v == -99.99 || v == -999.0 => out.sink().missing(1),
            Number::Value(v) if v <= -100.0 => refuse(out, "impossible_return", "a return above -100 %"),
            Number::Value(v) => {
                let value = v / 100.0;
                out.push(Value { series: id, row, period, known_at, value, quality: quality::REVISED })?;
            }
            Number::NotFinite => refuse(out, "non_finite", "a finite number"),
            Number::Bad => refuse(out, "not_a_number", "a number"),
        }
    }
    Ok(())
}
