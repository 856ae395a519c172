//! `plimsoll sync` behind the command: publishers are asked side by side, and what arrives is imported while others are still being asked.
//!
//! Every step may be the last: a file is fetched into a part, checked, moved into the cache with a state that says "not imported", imported in
//! one transaction of the store, and only then marked as imported. Whatever is interrupted is done again by the next sync, and the store
//! knows a file that it has by its checksum.

mod claim;
mod intake;
mod settings;
mod visit;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;

use indicatif::{MultiProgress, ProgressDrawTarget};
use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::fetch::Feed;
use plimsoll_store::Store;

pub use settings::Settings;
pub use visit::{Planned, Visit};

use crate::failure::Failure;

/// What one sync works with.
pub struct Sync<'a> {
    /// Where files are kept.
    pub root: &'a Path,
    /// What is asked, and how.
    pub settings: &'a Settings,
    /// Whether the sources were named: one that wants a key is then an error, and left out otherwise.
    pub named: bool,
    /// Fetch everything again.
    pub full: bool,
    /// The present.
    pub clock: &'a (dyn Fn() -> Moment + std::marker::Sync),
    /// Bars on a terminal; hidden elsewhere.
    pub bars: MultiProgress,
}

/// How the sync of a source ended; kept beside its files for `status`.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Ended {
    /// When it ended, microseconds since 1970.
    pub at: i64,
    /// Whether it was refused because another sync has the publisher, or left out for want of a key.
    pub left: Option<String>,
    /// What failed, each in one line.
    pub failures: Vec<String>,
    /// Files asked for or found fresh enough.
    pub files: u64,
    /// Files that were new or had changed.
    pub changed: u64,
    /// Bytes that came over the wire.
    pub received: u64,
    /// Rows with a key not stored before.
    pub new: u64,
    /// Rows stored as a later vintage.
    pub revised: u64,
    /// Refused rows.
    pub refused: u64,
    /// When a row was last stored, by this or an earlier sync.
    pub last_new: Option<i64>,
    /// Revisions found, by this and earlier syncs.
    pub revised_in_all: u64,
    /// Which source failed before this one was asked in its place.
    pub instead_of: Option<String>,
}

/// The end of one source's sync.
#[derive(Clone, Debug)]
pub struct Line {
    /// The source.
    pub id: &'static str,
    /// How it ended.
    pub ended: Ended,
    /// Whether another provider has stood in for it.
    pub replaced: bool,
}

impl Sync<'_> {
    /// Asks chains of sources side by side, the sources of a chain one after the other until one answers.
    pub fn run(&self, store: &Store, chains: &[Vec<&'static dyn Feed>]) -> Result<Vec<Line>, Failure> {
        let held: BTreeMap<(String, String), Day> =
            store.key_coverage(None)?.into_iter().map(|k| ((k.source, k.key), k.last)).collect();
        // Sources of one host wait for each other, so that its limit holds.
        let hosts: BTreeMap<&str, Mutex<()>> = chains.iter().flatten().map(|f| (f.info().hosts[0], Mutex::new(()))).collect();
        // A few files ahead of the import, no more: what waits is on disk, not in memory.
        let (sender, receiver) = sync_channel(4);
        std::thread::scope(|scope| {
            let threads: Vec<_> = chains
                .iter()
                .map(|chain| {
                    let (sender, held, hosts) = (sender.clone(), &held, &hosts);
                    scope.spawn(move || self.chain(chain, held, hosts, &sender))
                })
                .collect();
            drop(sender);
            let mut fatal = None;
            for arrived in receiver {
                // After a failure of the store (disk full) the rest is drained, so that no thread waits for ever.
                if fatal.is_none()
                    && let Err(e) = intake::import(store, self, arrived)
                {
                    fatal = Some(e);
                }
            }
            let mut lines = Vec::new();
            for thread in threads {
                lines.extend(thread.join().map_err(|_| Failure::new("a download ended unexpectedly"))??);
            }
            fatal.map_or(Ok(lines), Err)
        })
    }

    fn chain(
        &self,
        chain: &[&'static dyn Feed],
        held: &BTreeMap<(String, String), Day>,
        hosts: &BTreeMap<&str, Mutex<()>>,
        sender: &std::sync::mpsc::SyncSender<intake::Arrived>,
    ) -> Result<Vec<Line>, Failure> {
        let mut lines: Vec<Line> = Vec::new();
        for feed in chain {
            let _turn = hosts[feed.info().hosts[0]].lock();
            let instead_of = lines.last().map(|l| l.id.to_owned());
            let ended = Visit { sync: self, feed: *feed, held, alone: chain.len() == 1 }.run(sender, instead_of)?;
            let works = ended.failures.is_empty() && ended.left.is_none();
            lines.push(Line { id: feed.info().id, ended, replaced: false });
            if works {
                let last = lines.len() - 1;
                lines[..last].iter_mut().for_each(|l| l.replaced = true);
                break;
            }
        }
        Ok(lines)
    }
}

/// Bars where there is a terminal.
pub fn bars() -> MultiProgress {
    use std::io::IsTerminal;
    let target = if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    MultiProgress::with_draw_target(target)
}
