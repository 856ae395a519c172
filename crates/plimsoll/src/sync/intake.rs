//! What arrived goes into the store.

use std::sync::mpsc::Sender;

use indicatif::ProgressBar;
use plimsoll_model::time::Moment;
use plimsoll_sources::fetch::{Cache, Changed, Download, Feed, FetchError, Fetched, Vintage};
use plimsoll_sources::{SourceError, head};
use plimsoll_store::{ImportMeta, ImportSummary, Store};

use super::Sync;
use crate::commands::import::{MostlyRefused, take};
use crate::failure::Failure;

/// A whole, checked file that the store may not have yet.
pub struct Arrived {
    /// Whose it is.
    pub feed: &'static dyn Feed,
    /// What was asked for.
    pub download: Download,
    /// Where it stands.
    pub cache: Cache,
    /// What is known of it.
    pub state: Fetched,
    /// Told what became of it.
    pub reply: Sender<Result<ImportSummary, String>>,
}

/// Imports one file, marks it as imported, and says what became of it; an error is the store's and ends the sync.
pub fn import(store: &Store, sync: &Sync<'_>, arrived: Arrived) -> Result<(), Failure> {
    let Arrived { feed, download, cache, mut state, reply } = arrived;
    let path = cache.file(&download.name);
    let changed = |changed: Changed| -> Result<String, Failure> {
        let kept = cache.keep(&download.name, &path)?;
        Ok(FetchError::Changed { source_name: feed.info().id.to_owned(), changed, kept }.to_string())
    };
    let read = |e: SourceError| match e {
        SourceError::Layout { row, field, expected, got, .. } => {
            let field = if row > 0 { format!("row {row}, {field}") } else { field };
            Changed { field, expected, got }
        }
        other => Changed { field: "file".into(), expected: "a file of the documented layout".into(), got: other.to_string() },
    };
    let found = head(&path).map(|h| feed.info().readers.iter().copied().find(|r| r.recognises(&h)));
    let reader = match found {
        Ok(Some(reader)) => reader,
        Ok(None) => {
            let layout = feed.info().readers.first().map_or("a known layout", |r| r.info().layout);
            let what = Changed { field: "layout".into(), expected: layout.into(), got: "another".into() };
            let _ = reply.send(Err(changed(what)?));
            return Ok(());
        }
        Err(e) => {
            let _ = reply.send(Err(changed(read(e))?));
            return Ok(());
        }
    };
    let source = reader.info().id;
    let shown = path.display().to_string();
    let bar = sync.bars.add(ProgressBar::new(state.bytes));
    bar.set_style(super::visit::style());
    bar.set_message(format!("{} reads {}", feed.info().id, download.name));
    let meta = |version: &str| {
        let now = (sync.clock)();
        let meta = ImportMeta::new(source, &shown, &state.blake3, now).reader(version);
        match download.vintage {
            Vintage::Fetched => meta,
            Vintage::At(moment) => meta.vintage(moment.min(now)),
        }
    };
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    let mut taken = take(store, &path, reader, (meta(VERSION), MostlyRefused::Layout), (&bar, 0, state.bytes))?;
    if let Ok(summary) = &taken
        && summary.already_imported
        && went_back(store, &shown, source, &state.blake3)?
    {
        // The publisher returned to an earlier version: its values are the newest again.
        let version = format!("{VERSION} again {}", Moment(state.changed_at));
        taken = take(store, &path, reader, (meta(&version), MostlyRefused::Layout), (&bar, 0, state.bytes))?;
    }
    bar.finish_and_clear();
    sync.bars.remove(&bar);
    let answer = match taken {
        Err(e) => Err(changed(read(e))?),
        Ok(summary) => {
            state.imported = true;
            // An archive of gigabytes is of no more use: what the store has of it, it has; whether it changed, its tag says.
            if download.resumable {
                cache.drop_file(&download.name, &mut state)?;
            } else {
                cache.set_state(&download.name, &state)?;
            }
            Ok(summary)
        }
    };
    let _ = reply.send(answer);
    Ok(())
}

/// Whether the last version of a file that the store took is another one.
fn went_back(store: &Store, path: &str, source: &str, hash: &str) -> Result<bool, Failure> {
    let last = store.imports()?.into_iter().filter(|r| r.path == path && r.source == source).max_by_key(|r| r.id);
    Ok(last.is_some_and(|r| r.file_hash != hash))
}
