//! Which reader knows a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::parquet_file::ParquetFile;
use crate::{Head, Reader, SourceError, readers};

const HEAD: u64 = 1 << 16;

/// The beginning of a file: the schema where it is Parquet, else its first 64 KiB without a byte order mark.
pub fn head(path: &Path) -> Result<Head, SourceError> {
    let io = |cause| SourceError::Io { path: path.to_owned(), cause };
    let mut bytes = Vec::new();
    File::open(path).map_err(io)?.take(HEAD).read_to_end(&mut bytes).map_err(io)?;
    let named_parquet = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
    let parquet_columns = if bytes.starts_with(b"PAR1") || (named_parquet && !bytes.is_empty()) {
        Some(ParquetFile::open(path)?.columns().to_vec())
    } else {
        None
    };
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    Ok(Head { path: path.to_owned(), bytes, parquet_columns })
}

/// The reader for a file, or an error that says what the file looks like.
pub fn recognise(path: &Path) -> Result<&'static dyn Reader, SourceError> {
    let head = head(path)?;
    let unrecognised = |looked: String| SourceError::Unrecognised { path: path.to_owned(), looked };
    if crate::fedwatch::recognises(&head) {
        let why =
            "the exchange's published meeting probabilities: a reference to check a policy path against, not an input to import";
        return Err(unrecognised(why.to_owned()));
    }
    if crate::minute_bars::recognises(&head) {
        let why = "bars of a minute: the store is about days; `plimsoll leadlag FILE...` reads them where they are";
        return Err(unrecognised(why.to_owned()));
    }
    let found = readers().iter().copied().find(|r| r.recognises(&head));
    if found.is_none() && crate::release_schedule::is_calendar(&head) {
        let why = "a calendar of another publisher than the Bureau of Labor Statistics; its days can be read as a tidy table with `--map dataset=events`";
        return Err(unrecognised(why.to_owned()));
    }
    if let Some(kind) = not_yet(&head) {
        return Err(unrecognised(format!("{kind}; not yet supported")));
    }
    found.ok_or_else(|| unrecognised(looks(&head)))
}

/// Kinds of file that are known and have no reader yet; they must not be taken for something else.
fn not_yet(head: &Head) -> Option<&'static str> {
    let start = head.bytes.trim_ascii_start();
    let text = !start.starts_with(b"{") && !start.starts_with(b"[") && !start.starts_with(b"<");
    if head.parquet_columns.is_some() || !text || start.starts_with(b"PK\x03\x04") {
        return None;
    }
    let first = head.header();
    let second = head.line(1);
    let starts = |names: &[&str]| first.len() >= names.len() && first.iter().zip(names).all(|(h, n)| h.eq_ignore_ascii_case(n));
    let clock = |text: &String| text.len() > 10 && text.as_bytes()[10..].contains(&b':');
    if starts(&["datetime"]) || starts(&["timestamp"]) || second.first().is_some_and(clock) {
        return Some("intraday bars with a time of day");
    }
    None
}

fn looks(head: &Head) -> String {
    let bytes = &head.bytes;
    if let Some(columns) = &head.parquet_columns {
        return format!("Parquet with columns `{}`", columns.join("`, `"));
    }
    if bytes.trim_ascii().is_empty() {
        return "an empty file".to_owned();
    }
    for (magic, what) in [
        (&b"\xFF\xFE"[..], "UTF-16 text; save it as UTF-8"),
        (b"\xFE\xFF", "UTF-16 text; save it as UTF-8"),
        (b"PK\x03\x04", "a zip archive or a spreadsheet; unpack it or save it as CSV"),
        (b"\x1F\x8B", "gzip; unpack it"),
        (b"%PDF", "a PDF"),
    ] {
        if bytes.starts_with(magic) {
            return what.to_owned();
        }
    }
    let start = bytes.trim_ascii_start();
    if let Some(said) = crate::daily::complaint(bytes) {
        return format!("what a publisher says in place of data: `{}`", crate::table::clip(said.as_bytes()));
    }
    if start.starts_with(b"<") {
        return "HTML or XML, perhaps an error page in place of the download".to_owned();
    }
    if start.starts_with(b"{") || start.starts_with(b"[") {
        let text = String::from_utf8_lossy(&start[..start.len().min(4096)]);
        let filings = ["\"cik\"", "\"cik_str\"", "\"facts\"", "\"accn\""].iter().any(|k| text.contains(k));
        return if filings { "company filings as JSON of no kind that is known" } else { "JSON" }.to_owned();
    }
    if bytes.iter().take(1024).any(|b| *b == 0) {
        return "binary data".to_owned();
    }
    let line = start.split(|b| *b == b'\n').next().unwrap_or(b"");
    format!("text that begins `{}`; a tidy table can be read with a column mapping", crate::table::clip(line.trim_ascii()))
}
