//! `plimsoll import`: files and folders into the store.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{AsOf, Moment};
use plimsoll_sources::{Reader, Sink, SinkClosed, SourceError, recognise, tidy};
use plimsoll_store::{Begin, Import, ImportMeta, ImportSummary, Store, StoreError};

use crate::cli;
use crate::failure::{Failure, Outcome};
use crate::session::store_dir;
use crate::sheet::{Format, Sheet};

/// What became of one file.
#[derive(Debug)]
pub struct Taken {
    /// The file.
    pub path: PathBuf,
    /// The source that read it; empty where none did.
    pub source: &'static str,
    /// What the store says, or why the file was not taken.
    pub result: Result<ImportSummary, String>,
}

/// Runs the command.
pub fn run(store: Option<&Path>, args: &cli::Import) -> Outcome {
    let store = Store::open(store_dir(store)?)?;
    let vintage = match &args.vintage {
        Some(text) => Some(text.parse::<AsOf>().map_err(Failure::new)?.moment()),
        None => None,
    };
    let spec = match args.map.as_slice() {
        [] => None,
        map => Some(tidy::TidySpec::from_words(map).map_err(Failure::new)?),
    };
    let source = spec.as_ref().map(|s| s.source.clone());
    let tidy = spec.map(tidy::reader);
    let reader = tidy.as_ref().map(|t| t as &dyn Reader).zip(source.as_deref());
    let taken = import_all(&store, &args.paths, &How { reader, vintage, progress: true })?;
    summary(&taken).write(args.out.format, args.out.output.as_deref())?;
    if args.refused {
        refusals(&store, &taken)?.write(args.out.format, None)?;
    } else if args.out.format == Format::Table {
        notes(&store, &taken)?;
    }
    Ok(if taken.iter().any(|t| t.result.is_err() && (args.paths.contains(&t.path) || !t.source.is_empty())) { 2 } else { 0 })
}

/// How files are imported.
#[derive(Clone, Copy, Default)]
pub struct How<'a> {
    /// Read everything with this reader, under this source's name, instead of recognising files.
    pub reader: Option<(&'a dyn Reader, &'a str)>,
    /// When this version was put out.
    pub vintage: Option<Moment>,
    /// Show a bar on a terminal.
    pub progress: bool,
}

/// Imports files and folders, one transaction a file; a file that cannot be read does not stop the others.
pub fn import_all(store: &Store, paths: &[PathBuf], how: &How<'_>) -> Result<Vec<Taken>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    let total: u64 = files.iter().map(|f| std::fs::metadata(f).map_or(0, |m| m.len())).sum();
    let bar = if how.progress && std::io::stderr().is_terminal() { ProgressBar::new(total) } else { ProgressBar::hidden() };
    let style = "{bar:24} {bytes}/{total_bytes} {bytes_per_sec} eta {eta} {msg}";
    bar.set_style(ProgressStyle::with_template(style).expect("a valid template"));
    let mut out = Vec::with_capacity(files.len());
    let mut done = 0;
    for path in files {
        bar.set_message(path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default());
        let size = std::fs::metadata(&path).map_or(0, |m| m.len());
        out.push(import_one(store, &path, how, (&bar, done, size))?);
        done += size;
        bar.set_position(done);
    }
    bar.finish_and_clear();
    Ok(out)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let fail = |e: std::io::Error| Failure::new(format!("{}: {e}", path.display()));
    if !std::fs::metadata(path).map_err(fail)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> =
        std::fs::read_dir(path).map_err(fail)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().map_err(fail)?;
    inside.sort();
    inside.retain(|p| p.file_name().is_some_and(|n| !n.to_string_lossy().starts_with('.')));
    inside.iter().try_for_each(|p| collect(p, files))
}

fn import_one(store: &Store, path: &Path, how: &How<'_>, (bar, done, size): (&ProgressBar, u64, u64)) -> Result<Taken, Failure> {
    let recognised = how.reader.map_or_else(|| recognise(path).map(|r| (r, r.info().id)), Ok);
    let (reader, source) = match recognised {
        Ok(found) => found,
        Err(e) => return Ok(Taken { path: path.to_owned(), source: "", result: Err(e.to_string()) }),
    };
    let id = reader.info().id;
    let hash = plimsoll_store::hash_file(path)?;
    let mut meta = ImportMeta::new(source, &path.display().to_string(), &hash, now()).reader(env!("CARGO_PKG_VERSION"));
    if let Some(vintage) = how.vintage {
        meta = meta.vintage(vintage);
    }
    let result = match take(store, path, reader, (meta, MostlyRefused::Taken), (bar, done, size))? {
        Ok(summary) => Ok(summary),
        Err(e) => Err(e.to_string()),
    };
    Ok(Taken { path: path.to_owned(), source: id, result })
}

/// What becomes of a file of which most rows are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MostlyRefused {
    /// The good rows are kept: somebody looks at the refusals.
    Taken,
    /// It counts as a layout that is not known, and nothing of it is kept: nobody looks.
    Layout,
}

/// Reads one file into the store with a reader, in one transaction; the inner error is the file's fault, the outer the store's. The
/// bar moves from `done` on by at most `size`.
pub fn take(
    store: &Store,
    path: &Path,
    reader: &dyn Reader,
    (meta, mostly_refused): (ImportMeta, MostlyRefused),
    (bar, done, size): (&ProgressBar, u64, u64),
) -> Result<Result<ImportSummary, SourceError>, Failure> {
    let now = meta.ingested_at;
    match store.begin(meta)? {
        Begin::Already(record) => Ok(Ok(ImportSummary {
            import: record.id,
            already_imported: true,
            unchanged: record.seen,
            ..ImportSummary::default()
        })),
        Begin::New(import) => {
            let counts = Counts::default();
            let mut sink = ToStore { import: *import, failed: None, bar, done, size, now, counts };
            match reader.read(path, &mut sink) {
                Ok(()) if mostly_refused == MostlyRefused::Layout && sink.counts.mostly_refused() => {
                    Ok(Err(sink.counts.as_layout(path)))
                }
                Ok(()) => Ok(Ok(sink.import.commit()?)),
                Err(SourceError::Sink(_)) => Err(sink.failed.expect("the store said why").into()),
                Err(e) => Ok(Err(e)),
            }
        }
    }
}

/// The present, read here and nowhere below.
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(since.as_micros() as i64)
}

struct ToStore<'a> {
    import: Import,
    failed: Option<StoreError>,
    bar: &'a ProgressBar,
    done: u64,
    size: u64,
    now: Moment,
    counts: Counts,
}

/// Rows handed over and refused.
#[derive(Default)]
struct Counts {
    handed: u64,
    refused: BTreeMap<String, u64>,
    /// The first refusal: row, field, expected, got.
    first: Option<Refusal>,
}

impl Counts {
    fn mostly_refused(&self) -> bool {
        let refused: u64 = self.refused.values().sum();
        refused > 0 && refused >= self.handed
    }
    fn as_layout(&self, path: &Path) -> SourceError {
        let refused: u64 = self.refused.values().sum();
        let rules: Vec<String> = self.refused.iter().map(|(rule, n)| format!("{rule} {n}")).collect();
        let first = self.first.as_ref().map_or_else(String::new, |r| {
            format!("; the first in row {}, {}: expected {}, got {}", r.row, r.field, r.expected, r.got)
        });
        SourceError::Layout {
            path: path.to_owned(),
            row: 0,
            field: "rows".to_owned(),
            expected: "most rows in the documented layout".to_owned(),
            got: format!("{refused} of {} refused ({}){first}", refused + self.handed, rules.join(", ")),
        }
    }
}

impl Sink for ToStore<'_> {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        self.counts.handed += rows.len() as u64;
        self.import.append(rows).map_err(|e| {
            let closed = SinkClosed(e.to_string());
            self.failed = Some(e);
            closed
        })
    }
    fn refuse(&mut self, refusal: Refusal) {
        *self.counts.refused.entry(refusal.rule.clone()).or_insert(0) += 1;
        self.counts.first.get_or_insert_with(|| refusal.clone());
        self.import.refuse(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.import.defect(defect);
    }
    fn progress(&mut self, done: u64, total: u64) {
        let share = done as f64 / total.max(1) as f64;
        self.bar.set_position(self.done + (share * self.size as f64) as u64);
    }
    fn now(&self) -> Moment {
        self.now
    }
}

fn summary(taken: &[Taken]) -> Sheet {
    let count = |pick: fn(&ImportSummary) -> u64| taken.iter().map(move |t| t.result.as_ref().ok().map(|s| pick(s) as i64));
    Sheet::default()
        .text("file", taken.iter().map(|t| t.path.display().to_string()))
        .text("source", taken.iter().map(|t| t.source))
        .int("new", count(|s| s.taken))
        .int("revised", count(|s| s.revised))
        .int("unchanged", count(|s| s.unchanged))
        .int("refused", count(|s| s.refused.values().sum()))
        .int("defects", count(|s| s.defects))
        .text(
            "note",
            taken.iter().map(|t| match &t.result {
                Ok(s) if s.already_imported => "already imported: nothing changed".to_owned(),
                Ok(s) => s.refused.iter().map(|(rule, n)| format!("{rule}: {n}")).collect::<Vec<_>>().join(", "),
                Err(why) => format!("not taken: {why}"),
            }),
        )
}

fn refusals(store: &Store, taken: &[Taken]) -> Result<Sheet, Failure> {
    let mut rows: Vec<(String, Refusal)> = Vec::new();
    for t in taken {
        if let Ok(s) = &t.result {
            rows.extend(store.refusals(Some(s.import))?.into_iter().map(|(_, r)| (t.path.display().to_string(), r)));
        }
    }
    Ok(Sheet::default()
        .text("file", rows.iter().map(|r| r.0.as_str()))
        .int("row", rows.iter().map(|r| Some(r.1.row as i64)))
        .text("field", rows.iter().map(|r| r.1.field.as_str()))
        .text("rule", rows.iter().map(|r| r.1.rule.as_str()))
        .text("expected", rows.iter().map(|r| r.1.expected.as_str()))
        .text("got", rows.iter().map(|r| r.1.got.as_str())))
}

/// What the calendars of different sources say against each other.
pub fn calendar_defects(store: &Store) -> Result<Vec<Defect>, Failure> {
    let snapshot = store.snapshot(AsOf::at(Moment::MAX))?;
    let mut rows = Vec::new();
    for c in store.coverage()?.into_iter().filter(|c| c.dataset == Dataset::Events) {
        rows.push((c.source.clone(), snapshot.scan(&Scan::all(Dataset::Events).source(&c.source))?));
    }
    Ok(plimsoll_sources::compare::calendars(&rows))
}

/// Defects by rule, on standard error so that a table in a pipe stays a table.
fn notes(store: &Store, taken: &[Taken]) -> Result<(), Failure> {
    let mut rules: std::collections::BTreeMap<(&'static str, String), (u64, String)> = std::collections::BTreeMap::new();
    for t in taken {
        if let Ok(s) = &t.result
            && !s.already_imported
        {
            for (_, d) in store.defects(Some(s.import))? {
                let entry = rules.entry((t.source, d.rule.clone())).or_insert((0, d.detail.clone()));
                entry.0 += 1;
            }
        }
    }
    for ((source, rule), (n, first)) in &rules {
        eprintln!("defect {source} {rule} ({n}): {first}{}", if *n > 1 { " …" } else { "" });
    }
    if taken.iter().any(|t| t.source.starts_with("fomc_")) {
        for d in calendar_defects(store)? {
            eprintln!("defect between sources, {}: {}", d.rule, d.detail);
        }
    }
    if !rules.is_empty() {
        eprintln!("`plimsoll status --defects` lists them all");
    }
    if taken.iter().any(|t| t.result.as_ref().is_ok_and(|s| !s.refused.is_empty())) {
        eprintln!("refused rows are kept: run the same import with `--refused` to list them");
    }
    Ok(())
}
