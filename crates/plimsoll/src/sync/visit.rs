//! One source is asked: plan, ask, check, hand on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::sync::mpsc::{Sender, SyncSender, channel};

use indicatif::{ProgressBar, ProgressStyle};
use plimsoll_model::time::Day;
use plimsoll_sources::fetch::{
    Answer, Arrival, Cache, Changed, Client, Context, Download, Feed, FetchError, Fetched, PlanError, Purpose, unpacked,
};
use plimsoll_sources::{SourceError, head};
use plimsoll_store::ImportSummary;

use super::claim::claim;
use super::intake::Arrived;
use super::{Ended, Sync};
use crate::failure::Failure;

/// A source about to be asked.
pub struct Visit<'a> {
    /// The sync it belongs to.
    pub sync: &'a Sync<'a>,
    /// The source.
    pub feed: &'static dyn Feed,
    /// What the store holds.
    pub held: &'a BTreeMap<(String, String), Day>,
    /// Whether nobody stands in for it.
    pub alone: bool,
}

/// One file of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What would be asked for.
    pub download: Download,
    /// What is known of it.
    pub before: Option<Fetched>,
    /// Whether it would be asked for now.
    pub due: bool,
}

type Replies = Sender<Result<ImportSummary, String>>;

impl Visit<'_> {
    /// What would be asked for, without asking.
    pub fn plan(&self) -> Result<Vec<Planned>, PlanError> {
        let cache = Cache::look(self.sync.root, self.feed.info().id);
        let wanted = self.sync.settings.wanted().map_err(|e| PlanError::Setting(e.to_string()))?;
        let fetched = cache.states();
        let downloads = self.feed.plan(&self.context(&wanted, &fetched))?;
        Ok(downloads
            .into_iter()
            .map(|download| {
                let before = cache.state(&download.name);
                Planned { due: self.due(&download, before.as_ref()), download, before }
            })
            .collect())
    }

    /// Asks, and waits until everything that arrived is in the store.
    pub fn run(&self, sender: &SyncSender<Arrived>, instead_of: Option<String>) -> Result<Ended, Failure> {
        let info = self.feed.info();
        let cache = Cache::open(self.sync.root, info.id)?;
        let earlier: Ended = cache.last().unwrap_or_default();
        let Some(_claim) = claim(self.sync.root, info.hosts[0])? else {
            return Ok(Ended {
                left: Some("another sync is asking this publisher: left to it".into()),
                ..earlier_only(&earlier)
            });
        };
        let mut ended = Ended { instead_of, ..earlier_only(&earlier) };
        let (reply, replies) = channel();
        match self.ask(&cache, sender, &reply, &mut ended) {
            Ok(()) => {}
            Err(PlanError::NoKey(key)) if !self.sync.named || !self.alone => {
                ended.left = Some(PlanError::NoKey(key).to_string());
            }
            Err(e) => ended.failures.push(e.to_string()),
        }
        drop(reply);
        for answer in replies {
            match answer {
                Ok(summary) if summary.already_imported => {}
                Ok(summary) => {
                    ended.new += summary.taken;
                    ended.revised += summary.revised;
                    ended.refused += summary.refused.values().sum::<u64>();
                }
                Err(failure) => ended.failures.push(failure),
            }
        }
        ended.at = (self.sync.clock)().0;
        if ended.new + ended.revised > 0 {
            ended.last_new = Some(ended.at);
        }
        ended.revised_in_all += ended.revised;
        cache.set_last(&ended)?;
        Ok(ended)
    }

    fn context<'b>(&'b self, wanted: &'b plimsoll_sources::fetch::Wanted, fetched: &'b BTreeMap<String, Fetched>) -> Context<'b> {
        Context {
            today: (self.sync.clock)().day(),
            full: self.sync.full,
            wanted,
            keys: &self.sync.settings.keys,
            fetched,
            held: self.held,
        }
    }

    fn due(&self, download: &Download, before: Option<&Fetched>) -> bool {
        let Some(before) = before.filter(|_| !self.sync.full) else { return true };
        let waited = (self.sync.clock)().0.saturating_sub(before.asked_at);
        // A clock that was set back since must not silence a source.
        let again = waited < 0 || waited as u128 >= download.again_after.as_micros();
        !(download.fixed && before.imported) && again
    }

    fn ask(&self, cache: &Cache, sender: &SyncSender<Arrived>, reply: &Replies, ended: &mut Ended) -> Result<(), PlanError> {
        let info = self.feed.info();
        let setting = |e: &dyn std::fmt::Display| PlanError::Setting(e.to_string());
        if info.contact && self.sync.settings.contact.is_none() {
            let no = FetchError::NoContact { publisher: info.publisher };
            return Err(setting(&format!("{no}: set `contact = \"Your Name you@example.org\"` under [sync]")));
        }
        let wanted = self.sync.settings.wanted().map_err(|e| setting(&e))?;
        let fetched = cache.states();
        let context = self.context(&wanted, &fetched);
        let mut queue: VecDeque<Download> = self.feed.plan(&context)?.into();
        let client = Client::new(info, self.sync.settings.manners(info)).map_err(|e| setting(&e))?;
        let bar = self.sync.bars.add(ProgressBar::new(0));
        bar.set_style(style());
        let mut broken = 0;
        // Whether the publisher is asked for what is left.
        let mut asking = true;
        let mut seen = BTreeSet::new();
        while let Some(download) = queue.pop_front() {
            ended.files += 1;
            seen.insert(download.name.clone());
            let before = cache.state(&download.name);
            let mut state = before.clone();
            if asking && self.due(&download, before.as_ref()) {
                bar.set_message(format!("{} {}", info.id, download.name));
                bar.set_position(0);
                bar.set_length(before.as_ref().map_or(download.estimate, |b| b.bytes));
                match self.fetch(&client, cache, &download, before.as_ref(), (&bar, &mut *ended)) {
                    Ok(now) => {
                        broken = 0;
                        state = now;
                    }
                    Err(e) => {
                        ended.failures.push(e.to_string());
                        broken += 1;
                        // Who says no, or cannot be reached twice, is not asked for the rest.
                        let no = matches!(e, FetchError::Busy { .. } | FetchError::Clock { .. } | FetchError::Disk(_))
                            || matches!(e, FetchError::Status { status: 401 | 403, .. });
                        asking = !no && (broken < 2 || !e.worth_retrying());
                    }
                }
            }
            let Some(mut state) = state else { continue };
            if asking && download.purpose != Purpose::Import {
                match self.next(&context, cache, &download) {
                    Ok(more) => queue.extend(more),
                    Err(e) => ended.failures.push(e),
                }
            }
            if download.resumable && state.imported && cache.file(&download.name).exists() {
                // Fetched again and the same, or a process ended before it could be dropped.
                cache.drop_file(&download.name, &mut state).map_err(|e| setting(&e))?;
            }
            // What an earlier sync fetched and could not import is imported now, whatever became of this one's question.
            if download.purpose != Purpose::List && !state.imported && !self.hand_on(cache, download, state, (sender, reply)) {
                break;
            }
        }
        // Files that are no longer planned and were fetched by a sync that was stopped before it imported them.
        for (name, state) in fetched.iter().filter(|(name, s)| !s.imported && !seen.contains(*name)) {
            let known = |head: plimsoll_sources::Head| info.readers.iter().any(|r| r.recognises(&head));
            if head(&cache.file(name)).is_ok_and(known) {
                self.hand_on(cache, Download::new(name.clone(), ""), state.clone(), (sender, reply));
            }
        }
        bar.finish_and_clear();
        self.sync.bars.remove(&bar);
        Ok(())
    }

    /// Hands a file on to the import; false where nobody takes it any more.
    fn hand_on(
        &self,
        cache: &Cache,
        download: Download,
        state: Fetched,
        (sender, reply): (&SyncSender<Arrived>, &Replies),
    ) -> bool {
        let arrived = Arrived { feed: self.feed, download, cache: cache.clone(), state, reply: reply.clone() };
        sender.send(arrived).is_ok()
    }

    /// Asks for one file; what is now known of it, nothing where it is not published yet.
    fn fetch(
        &self,
        client: &Client,
        cache: &Cache,
        download: &Download,
        before: Option<&Fetched>,
        (bar, ended): (&ProgressBar, &mut Ended),
    ) -> Result<Option<Fetched>, FetchError> {
        let now = || (self.sync.clock)().0;
        let progress = |done: u64, total: Option<u64>| {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
        };
        let conditional = before.filter(|_| !self.sync.full);
        let arrival = match client.fetch(download, conditional, (cache, &now), &progress)? {
            Answer::Absent => return Ok(None),
            Answer::Same => {
                let state = before.map(|b| Fetched { asked_at: now(), ..b.clone() });
                if let Some(state) = &state {
                    cache.set_state(&download.name, state)?;
                }
                return Ok(state);
            }
            Answer::Arrived(arrival) => arrival,
        };
        ended.received += arrival.received;
        let (path, inside) = self.checked(cache, download)?;
        let Arrival { bytes, blake3, .. } =
            inside.unwrap_or(Arrival { bytes: arrival.bytes, blake3: arrival.blake3, ..Arrival::default() });
        let same = before.filter(|b| b.blake3 == blake3);
        let state = Fetched {
            asked_at: now(),
            changed_at: same.map_or_else(now, |b| b.changed_at),
            etag: arrival.etag,
            last_modified: arrival.last_modified,
            bytes,
            blake3,
            imported: same.is_some_and(|b| b.imported),
            dropped: false,
        };
        ended.changed += u64::from(same.is_none());
        cache.accept(&download.name, &path, &state)?;
        Ok(Some(state))
    }

    /// Unpacks and judges a file that arrived; one that is not what was asked for is kept for inspection and goes no further.
    fn checked(&self, cache: &Cache, download: &Download) -> Result<(std::path::PathBuf, Option<Arrival>), FetchError> {
        let part = cache.part(&download.name);
        let refuse = |changed: Changed| -> FetchError {
            let kept = match cache.keep(&download.name, &part) {
                Ok(kept) => kept,
                Err(e) => return e.into(),
            };
            if let Err(e) = cache.drop_part(&download.name) {
                return e.into();
            }
            FetchError::Changed { source_name: self.feed.info().id.to_owned(), changed, kept }
        };
        let odd = |e: SourceError| match e {
            SourceError::Layout { field, expected, got, .. } => Changed { field, expected, got },
            e => Changed { field: "file".into(), expected: "a readable file".into(), got: e.to_string() },
        };
        let (path, inside) = unpacked(download, cache).map_err(|e| refuse(odd(e)))?;
        let mut head = head(&path).map_err(|e| refuse(odd(e)))?;
        // Readers and checks go by the name under which the file will stand.
        head.path = cache.file(&download.name);
        self.feed.check(download, &head).map_err(refuse)?;
        Ok((path, inside))
    }

    /// What a list names.
    fn next(&self, context: &Context<'_>, cache: &Cache, list: &Download) -> Result<Vec<Download>, String> {
        let path = cache.file(&list.name);
        let bytes = fs::read(&path).map_err(|e| e.to_string())?;
        self.feed.follow(context, list, &bytes).map_err(|e| match e {
            PlanError::Changed(changed) => match cache.keep(&list.name, &path) {
                Ok(kept) => FetchError::Changed { source_name: self.feed.info().id.to_owned(), changed, kept }.to_string(),
                Err(e) => e.to_string(),
            },
            e => e.to_string(),
        })
    }
}

/// What outlives a sync.
fn earlier_only(earlier: &Ended) -> Ended {
    Ended { at: earlier.at, last_new: earlier.last_new, revised_in_all: earlier.revised_in_all, ..Ended::default() }
}

/// How bars look.
pub fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:24} {bytes}/{total_bytes} {bytes_per_sec} eta {eta} {msg}").expect("a valid template")
}
