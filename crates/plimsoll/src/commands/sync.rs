//! `plimsoll sync`: what is new, from the publishers into the store.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use plimsoll_model::dataset::Dataset;
use plimsoll_sources::fetch::{Feed, FeedInfo, PlanError};
use plimsoll_store::Store;

use crate::cli::Output;
use crate::commands::import::now;
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::session::store_dir;
use crate::sheet::{Format, Sheet};
use crate::sync::{Line, Planned, Settings, Sync, Visit, bars};

/// `plimsoll sync`
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Only these sources [default: all that need no key, or whose key is there]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Say what would be fetched, and how much; ask nobody
    #[arg(long)]
    pub dry_run: bool,
    /// Again and again, with this time between: 1d, 12h, 30m
    #[arg(long, value_name = "TIME", value_parser = interval, conflicts_with = "dry_run")]
    pub every: Option<Duration>,
    /// As if nothing had been fetched before
    #[arg(long)]
    pub full: bool,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `1d`, `12h`, `30m`, `90s`; at least a minute.
fn interval(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a time such as 1d, 12h or 30m, at least 1m, got `{text}`");
    let unit = text.chars().last().ok_or_else(expected)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(expected()),
    };
    let count: u64 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| expected())?;
    let all = count.checked_mul(seconds).filter(|s| (60..=366 * 86_400).contains(s)).ok_or_else(expected)?;
    Ok(Duration::from_secs(all))
}

/// The settings, with keys from the environment.
pub fn settings(config: &Config) -> Result<Settings, Failure> {
    config.section::<Settings>("sync")?.complete(|name| std::env::var(name).ok())
}

/// Where fetched files are kept: as configured, else beside the store.
pub fn cache_dir(store: &Path, settings: &Settings, config: &Config) -> PathBuf {
    match &settings.cache {
        Some(dir) => config.folder().join(dir),
        None => store.with_file_name(format!(
            "{}-fetched",
            store.file_name().map_or_else(|| "store".into(), |n| n.to_string_lossy().into_owned())
        )),
    }
}

/// Runs the command.
pub fn run(store: Option<&Path>, config: Option<&Path>, args: &SyncArgs) -> Outcome {
    let config = Config::load(config)?;
    let settings = settings(&config)?;
    let dir = store_dir(store)?;
    let root = cache_dir(&dir, &settings, &config);
    let chains = settings.chains(&args.sources)?;
    let named = !args.sources.is_empty();
    let sync = Sync { root: &root, settings: &settings, named, full: args.full, clock: &now, bars: bars() };
    if args.dry_run {
        return dry_run(&dir, &sync, &chains, &args.out);
    }
    let Some(every) = args.every else { return once(&dir, &sync, &chains, &args.out) };
    loop {
        let begun = Instant::now();
        // A publisher that is down today must not end the watch.
        if let Err(e) = once(&dir, &sync, &chains, &args.out) {
            eprintln!("{e}");
        }
        std::thread::sleep(every.saturating_sub(begun.elapsed()));
    }
}

fn once(dir: &Path, sync: &Sync<'_>, chains: &[Vec<&'static dyn Feed>], out: &Output) -> Outcome {
    let store = Store::open(dir)?;
    let lines = sync.run(&store, chains)?;
    summary(&lines).write(out.format, out.output.as_deref())?;
    let mut failed = false;
    for line in &lines {
        for failure in &line.ended.failures {
            failed |= !line.replaced;
            let told = if line.replaced { "note" } else { "error" };
            // Some name the source themselves.
            let named = failure.strip_prefix(line.id).and_then(|f| f.strip_prefix(": ")).unwrap_or(failure);
            eprintln!("{told}: {}: {named}", line.id);
        }
    }
    for line in lines.iter().filter(|l| l.ended.revised > 0) {
        eprintln!("{}: {} values were revised; reports of earlier days keep theirs", line.id, line.ended.revised);
    }
    Ok(if failed { 2 } else { 0 })
}

/// One line a source.
fn summary(lines: &[Line]) -> Sheet {
    let count = |pick: fn(&Line) -> u64| lines.iter().map(move |l| Some(pick(l) as i64));
    Sheet::default()
        .text("source", lines.iter().map(|l| l.id))
        .int("files", count(|l| l.ended.files))
        .int("changed", count(|l| l.ended.changed))
        .int("new", count(|l| l.ended.new))
        .int("revised", count(|l| l.ended.revised))
        .int("refused", count(|l| l.ended.refused))
        .int("bytes", count(|l| l.ended.received))
        .text("note", lines.iter().map(note))
}

fn note(line: &Line) -> String {
    let ended = &line.ended;
    if let Some(left) = &ended.left {
        return left.clone();
    }
    match (ended.failures.len(), line.replaced, &ended.instead_of) {
        (0, _, Some(other)) => format!("used in place of {other}"),
        (0, _, None) if ended.new + ended.revised == 0 => "nothing new".to_owned(),
        (0, _, None) => String::new(),
        (n, true, _) => format!("{n} failed; the next provider was asked"),
        (n, false, _) => format!("{n} failed"),
    }
}

fn dry_run(dir: &Path, sync: &Sync<'_>, chains: &[Vec<&'static dyn Feed>], out: &Output) -> Outcome {
    let held = match Store::open_existing(dir) {
        Ok(store) => store.key_coverage(None)?.into_iter().map(|k| ((k.source, k.key), k.last)).collect(),
        Err(_) => std::collections::BTreeMap::new(),
    };
    let mut rows = Vec::new();
    let mut failed = false;
    for feed in chains.iter().flatten() {
        match (Visit { sync, feed: *feed, held: &held, alone: true }).plan() {
            Ok(planned) => rows.extend(planned.into_iter().map(|p| (feed.info(), p))),
            Err(PlanError::NoKey(key)) if !sync.named => {
                eprintln!("note: {} is left out: {}", feed.info().id, PlanError::NoKey(key));
            }
            Err(e) => {
                failed = true;
                eprintln!("error: {}: {e}", feed.info().id);
            }
        }
        if feed.info().contact && sync.settings.contact.is_none() {
            failed = true;
            eprintln!(
                "error: {} demands a contact: `contact = \"Your Name you@example.org\"` under [sync]",
                feed.info().publisher
            );
        }
    }
    if out.format == Format::Table {
        by_source(&rows, sync.full).write(out.format, out.output.as_deref())?;
        let due = rows.iter().filter(|(_, p)| p.due);
        let (n, all) = due.fold((0, 0), |(n, all), (_, p)| (n + 1, all + size(p)));
        println!(
            "{n} requests, at most about {}; lists may name more files, what has not changed is not sent again, and of providers of the \
             same prices the first that answers is used; --format csv lists every file with its address",
            megabytes(all)
        );
    } else {
        files(&rows, sync.full).write(out.format, out.output.as_deref())?;
    }
    Ok(if failed { 2 } else { 0 })
}

/// A file of a plan, with whose it is.
type Row = (&'static FeedInfo, Planned);

/// Bytes that a file has, or had when it was fetched last.
fn size(planned: &Planned) -> u64 {
    planned.before.as_ref().map_or(planned.download.estimate, |b| b.bytes)
}

fn conditional(planned: &Planned, full: bool) -> bool {
    !full && planned.due && planned.before.as_ref().is_some_and(|b| b.etag.is_some() || b.last_modified.is_some())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// What would be asked for, one line a source.
fn by_source(rows: &[Row], full: bool) -> Sheet {
    let groups: Vec<&[Row]> = rows.chunk_by(|a, b| a.0.id == b.0.id).collect();
    let count = |pick: &dyn Fn(&Planned) -> bool| {
        groups.iter().map(|g| Some(g.iter().filter(|(_, p)| pick(p)).count() as i64)).collect::<Vec<_>>()
    };
    Sheet::default()
        .text("source", groups.iter().map(|g| g[0].0.id))
        .int("files", count(&|_| true))
        .int("fresh enough", count(&|p| !p.due))
        .int("asked", count(&|p| p.due))
        .int("if changed", count(&|p| conditional(p, full)))
        .text("at most about", groups.iter().map(|g| megabytes(g.iter().filter(|(_, p)| p.due).map(|(_, p)| size(p)).sum())))
        .text("from", groups.iter().map(|g| g[0].0.hosts.join(", ")))
}

/// What would be asked for, one line a file.
fn files(rows: &[Row], full: bool) -> Sheet {
    Sheet::default()
        .text("source", rows.iter().map(|(i, _)| i.id))
        .text("file", rows.iter().map(|(_, p)| p.download.name.as_str()))
        .text("asked", rows.iter().map(|(_, p)| if p.due { "yes" } else { "no: fresh enough" }))
        .text("conditional", rows.iter().map(|(_, p)| if conditional(p, full) { "yes" } else { "" }))
        .int("bytes, about", rows.iter().map(|(_, p)| Some(if p.due { size(p) as i64 } else { 0 })))
        .text("address", rows.iter().map(|(_, p)| p.download.url.as_str()))
}

/// How each source was fetched, for `plimsoll status`.
pub fn fetched(store: &Store, root: &Path, as_of: plimsoll_model::time::AsOf) -> Result<Sheet, Failure> {
    use plimsoll_model::calendar::Calendar;
    use plimsoll_model::time::Moment;
    use plimsoll_sources::fetch::Cache;
    let coverage = store.coverage()?;
    let mut rows = Vec::new();
    for feed in plimsoll_sources::feeds::feeds() {
        let info = feed.info();
        let Some(ended) = Cache::look(root, info.id).last::<crate::sync::Ended>() else { continue };
        let of_feed = |c: &&plimsoll_store::Coverage| {
            info.readers.iter().any(|r| r.info().id == c.source) && matches!(c.dataset, Dataset::Bars | Dataset::Series)
        };
        let through = coverage.iter().filter(of_feed).map(|c| c.last).max();
        let behind = through.map(|t| Calendar::nyse().between(t.plus(1), as_of.day()).len() as i64);
        let late = matches!((behind, info.late_after), (Some(b), Some(after)) if b > i64::from(after));
        let mut told: Vec<String> = ended.failures.clone();
        if late {
            told.insert(0, "late".to_owned());
        }
        told.extend(ended.instead_of.iter().map(|other| format!("used in place of {other}")));
        told.extend(ended.left.clone());
        rows.push((info.id, ended, through, behind, told.join("; ")));
    }
    let moment = |m: i64| if m == 0 { String::new() } else { Moment(m).to_string() };
    Ok(Sheet::default()
        .text("fetched from", rows.iter().map(|r| r.0))
        .text("last asked", rows.iter().map(|r| moment(r.1.at)))
        .text("last new value", rows.iter().map(|r| moment(r.1.last_new.unwrap_or(0))))
        .day("through", rows.iter().map(|r| r.2))
        .int("sessions behind", rows.iter().map(|r| r.3))
        .int("revisions found", rows.iter().map(|r| Some(r.1.revised_in_all as i64)))
        .text("note", rows.iter().map(|r| r.4.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_between_syncs() {
        assert_eq!(interval("1d"), Ok(Duration::from_secs(86_400)));
        assert_eq!(interval("30m"), Ok(Duration::from_secs(1800)));
        for bad in ["", "d", "10s", "1w", "-1d", "99999999999999999999d", "ü"] {
            assert!(interval(bad).is_err(), "{bad}");
        }
    }
}
