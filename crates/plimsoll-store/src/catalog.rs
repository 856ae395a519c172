//! The catalog: which segments exist, what is in them, and which import brought them. One SQLite file, transactional.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::time::{Day, Moment};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::error::{Result, StoreError};
use crate::segment::Facts;

/// The catalog's file in the folder of the store.
pub(crate) const FILE: &str = "catalog.sqlite";
/// "PLMS": says to SQLite tools, and to us, whose file this is.
const APPLICATION_ID: i64 = 0x504c_4d53;

/// A file that was imported.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRecord {
    /// Its number; later imports have higher ones.
    pub id: i64,
    /// Machine name of the source.
    pub source: String,
    /// The file as it was named at import.
    pub path: String,
    /// blake3 of the file, in hexadecimal.
    pub file_hash: String,
    /// Version of the reader.
    pub reader: String,
    /// When it was imported.
    pub ingested_at: Moment,
    /// When the publisher put this version out, where that was stated.
    pub vintage: Option<Moment>,
    /// Rows the reader handed over.
    pub seen: u64,
    /// Rows with a key not stored before.
    pub taken: u64,
    /// Rows stored as a later vintage of a key stored before.
    pub revised: u64,
    /// Rows equal to what was stored.
    pub unchanged: u64,
    /// Rows that repeat another row of the file.
    pub duplicates: u64,
}

/// A segment as the catalog lists it.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub id: i64,
    pub dataset: Dataset,
    /// Path below the folder of the store.
    pub file: String,
    pub facts: Facts,
    pub import: Arc<ImportRecord>,
}

/// What is stored under one first key of one dataset and source.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyCoverage {
    /// The dataset.
    pub dataset: Dataset,
    /// The source.
    pub source: String,
    /// The first key: a symbol, a series, a universe.
    pub key: String,
    /// Distinct keys and periods.
    pub rows: u64,
    /// Rows including later vintages.
    pub vintages: u64,
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
    /// When the latest of it became known.
    pub last_known_at: Moment,
}

/// Opens the catalog in `dir`, making it where it is absent.
pub(crate) fn open(dir: &Path, busy: Duration) -> Result<Connection> {
    let path = dir.join(FILE);
    let mut c = Connection::open(&path)?;
    c.busy_timeout(busy)?;
    let not_ours = |reason: &str| StoreError::NotAStore { dir: dir.to_owned(), reason: reason.to_owned() };
    let id = match c.query_row("PRAGMA application_id", [], |r| r.get::<_, i64>(0)) {
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(not_ours("catalog.sqlite is not a database"));
        }
        other => other?,
    };
    if id != APPLICATION_ID {
        set_up(&mut c, &not_ours)?;
    }
    let found: u32 = c.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    if found > crate::FORMAT_VERSION {
        return Err(StoreError::NewerFormat { dir: dir.to_owned(), found, supported: crate::FORMAT_VERSION });
    }
    c.pragma_update(None, "synchronous", "FULL")?;
    c.pragma_update(None, "foreign_keys", true)?;
    c.set_prepared_statement_cache_capacity(32);
    Ok(c)
}

fn set_up(c: &mut Connection, not_ours: &dyn Fn(&str) -> StoreError) -> Result<()> {
    // A process killed right here leaves an empty database, which the next one sets up.
    let empty = |c: &Connection| c.query_row("SELECT count(*) FROM sqlite_master", [], |r| r.get::<_, i64>(0)).map(|n| n == 0);
    if empty(c)? {
        c.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    }
    let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if tx.query_row("PRAGMA application_id", [], |r| r.get::<_, i64>(0))? == APPLICATION_ID {
        return Ok(()); // another process was faster
    }
    if !empty(&tx)? {
        return Err(not_ours("catalog.sqlite belongs to another program"));
    }
    tx.execute_batch(include_str!("catalog.sql"))?;
    tx.pragma_update(None, "user_version", crate::FORMAT_VERSION)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.commit()?;
    Ok(())
}

const IMPORT: &str = "i.id, i.source, i.path, i.file_hash, i.reader, i.ingested_at, i.vintage, i.seen, i.taken, i.revised, \
                      i.unchanged, i.duplicates";

fn import(r: &Row<'_>) -> rusqlite::Result<ImportRecord> {
    Ok(ImportRecord {
        id: r.get(0)?,
        source: r.get(1)?,
        path: r.get(2)?,
        file_hash: r.get(3)?,
        reader: r.get(4)?,
        ingested_at: Moment(r.get(5)?),
        vintage: r.get::<_, Option<i64>>(6)?.map(Moment),
        seen: r.get(7)?,
        taken: r.get(8)?,
        revised: r.get(9)?,
        unchanged: r.get(10)?,
        duplicates: r.get(11)?,
    })
}

/// Every import, oldest first.
pub(crate) fn imports(c: &Connection) -> Result<Vec<ImportRecord>> {
    let mut q = c.prepare_cached(&format!("SELECT {IMPORT} FROM import i ORDER BY i.id"))?;
    let rows = q.query_map([], import)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// The import of this file by this reader, if there was one.
pub(crate) fn find_import(c: &Connection, source: &str, file_hash: &str, reader: &str) -> Result<Option<ImportRecord>> {
    let sql = format!("SELECT {IMPORT} FROM import i WHERE source = ?1 AND file_hash = ?2 AND reader = ?3");
    Ok(c.prepare_cached(&sql)?.query_row([source, file_hash, reader], import).optional()?)
}

/// Every segment in the order of import.
pub(crate) fn segments(c: &Connection) -> Result<Vec<Segment>> {
    // One statement sees one state of the catalog, whatever is committed meanwhile.
    let sql = format!(
        "SELECT {IMPORT}, s.id, s.dataset, s.file, s.rows, s.revised, s.bytes, s.blake3, s.period_min, s.period_max, s.known_min, \
         s.known_max, s.key_min, s.key_max, s.in_order, s.days FROM segment s JOIN import i ON i.id = s.import_id ORDER BY s.id"
    );
    let mut q = c.prepare_cached(&sql)?;
    let mut rows = q.query([])?;
    let mut out: Vec<Segment> = Vec::new();
    while let Some(r) = rows.next()? {
        let name: String = r.get(13)?;
        // A dataset added by a later version of the same format is simply not read.
        let Some(dataset) = Dataset::by_name(&name) else { continue };
        let import = match out.last() {
            Some(s) if s.import.id == r.get::<_, i64>(0)? => s.import.clone(),
            _ => Arc::new(import(r)?),
        };
        let facts = Facts {
            rows: r.get(15)?,
            revised: r.get(16)?,
            bytes: r.get(17)?,
            blake3: r.get(18)?,
            period: (r.get(19)?, r.get(20)?),
            known: (r.get(21)?, r.get(22)?),
            key: (r.get(23)?, r.get(24)?),
            in_order: r.get(25)?,
            days: r.get(26)?,
        };
        out.push(Segment { id: r.get(12)?, dataset, file: r.get(14)?, facts, import });
    }
    Ok(out)
}

/// Adds an import and returns its number; `record.id` is ignored.
pub(crate) fn add_import(c: &Connection, record: &ImportRecord) -> Result<i64> {
    c.prepare_cached(
        "INSERT INTO import (source, path, file_hash, reader, ingested_at, vintage, seen, taken, revised, unchanged, duplicates) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        record.source,
        record.path,
        record.file_hash,
        record.reader,
        record.ingested_at.0,
        record.vintage.map(|v| v.0),
        record.seen,
        record.taken,
        record.revised,
        record.unchanged,
        record.duplicates
    ])?;
    Ok(c.last_insert_rowid())
}

/// Writes the counts of an import.
pub(crate) fn set_counts(c: &Connection, record: &ImportRecord) -> Result<()> {
    c.prepare_cached("UPDATE import SET seen = ?2, taken = ?3, revised = ?4, unchanged = ?5, duplicates = ?6 WHERE id = ?1")?
        .execute(params![record.id, record.seen, record.taken, record.revised, record.unchanged, record.duplicates])?;
    Ok(())
}

/// Adds a segment.
pub(crate) fn add_segment(c: &Connection, import: i64, dataset: Dataset, file: &str, f: &Facts) -> Result<()> {
    c.prepare_cached(
        "INSERT INTO segment (import_id, dataset, file, rows, revised, bytes, blake3, period_min, period_max, known_min, known_max, \
         key_min, key_max, in_order, days) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        import,
        dataset.name(),
        file,
        f.rows,
        f.revised,
        f.bytes,
        f.blake3,
        f.period.0,
        f.period.1,
        f.known.0,
        f.known.1,
        f.key.0,
        f.key.1,
        f.in_order,
        f.days
    ])?;
    Ok(())
}

/// Adds what a segment brings to the coverage of its keys.
pub(crate) fn add_coverage(c: &Connection, keys: &[KeyCoverage]) -> Result<()> {
    let mut q = c.prepare_cached(
        "INSERT INTO key_coverage VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET \
         rows = rows + excluded.rows, vintages = vintages + excluded.vintages, period_min = min(period_min, excluded.period_min), \
         period_max = max(period_max, excluded.period_max), known_max = max(known_max, excluded.known_max)",
    )?;
    for k in keys {
        q.execute(params![k.dataset.name(), k.source, k.key, k.rows, k.vintages, k.first.0, k.last.0, k.last_known_at.0])?;
    }
    Ok(())
}

/// Coverage by key, of one dataset or all, in the order of dataset, source and key.
pub(crate) fn key_coverage(c: &Connection, dataset: Option<Dataset>) -> Result<Vec<KeyCoverage>> {
    let mut q = c.prepare_cached("SELECT * FROM key_coverage WHERE ?1 IS NULL OR dataset = ?1 ORDER BY dataset, source, key")?;
    let mut rows = q.query([dataset.map(Dataset::name)])?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let Some(dataset) = Dataset::by_name(&r.get::<_, String>(0)?) else { continue };
        out.push(KeyCoverage {
            dataset,
            source: r.get(1)?,
            key: r.get(2)?,
            rows: r.get(3)?,
            vintages: r.get(4)?,
            first: Day(r.get(5)?),
            last: Day(r.get(6)?),
            last_known_at: Moment(r.get(7)?),
        });
    }
    Ok(out)
}

/// Adds refusals: the counts of all, and the rows that are kept.
pub(crate) fn add_refusals(c: &Connection, import: i64, counts: &[(String, u64)], kept: &[Refusal]) -> Result<()> {
    let mut q = c.prepare_cached("INSERT INTO refusal_count VALUES (?1, ?2, ?3)")?;
    for (rule, rows) in counts {
        q.execute(params![import, rule, rows])?;
    }
    let mut q = c.prepare_cached(
        "INSERT INTO refusal (import_id, rule, row, field, expected, got, period) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for r in kept {
        q.execute(params![import, r.rule, r.row, r.field, r.expected, r.got, r.period.map(|d| d.0)])?;
    }
    Ok(())
}

/// Counts by rule, of one import or all.
pub(crate) fn refusal_counts(c: &Connection, import: Option<i64>) -> Result<Vec<(i64, String, u64)>> {
    let mut q = c.prepare_cached("SELECT * FROM refusal_count WHERE ?1 IS NULL OR import_id = ?1 ORDER BY import_id, rule")?;
    let rows = q.query_map([import], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// Refused rows that were kept, of one import or all, with the import.
pub(crate) fn refusals(c: &Connection, import: Option<i64>) -> Result<Vec<(i64, Refusal)>> {
    let mut q = c.prepare_cached(
        "SELECT import_id, rule, row, field, expected, got, period FROM refusal WHERE ?1 IS NULL OR import_id = ?1 ORDER BY id",
    )?;
    let rows = q.query_map([import], |r| {
        let period = r.get::<_, Option<i32>>(6)?.map(Day);
        let refusal = Refusal { rule: r.get(1)?, row: r.get(2)?, field: r.get(3)?, expected: r.get(4)?, got: r.get(5)?, period };
        Ok((r.get(0)?, refusal))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Adds defects.
pub(crate) fn add_defects(c: &Connection, import: i64, defects: &[Defect]) -> Result<()> {
    let mut q = c.prepare_cached(
        "INSERT INTO defect (import_id, rule, severity, subject, period_min, period_max, rows, detail) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for d in defects {
        let severity = match d.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
        };
        q.execute(params![import, d.rule, severity, d.subject, d.from.map(|d| d.0), d.to.map(|d| d.0), d.rows, d.detail])?;
    }
    Ok(())
}

/// Defects, of one import or all, with the import.
pub(crate) fn defects(c: &Connection, import: Option<i64>) -> Result<Vec<(i64, Defect)>> {
    let mut q = c.prepare_cached(
        "SELECT import_id, rule, severity, subject, period_min, period_max, rows, detail FROM defect \
         WHERE ?1 IS NULL OR import_id = ?1 ORDER BY id",
    )?;
    let rows = q.query_map([import], |r| {
        let severity = if r.get::<_, String>(2)? == "warning" { Severity::Warning } else { Severity::Note };
        let day = |i: usize| r.get::<_, Option<i32>>(i).map(|d| d.map(Day));
        let defect = Defect {
            rule: r.get(1)?,
            severity,
            subject: r.get(3)?,
            from: day(4)?,
            to: day(5)?,
            rows: r.get(6)?,
            detail: r.get(7)?,
        };
        Ok((r.get(0)?, defect))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
