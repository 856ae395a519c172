//! What a publisher offers and how it is asked: a feed plans downloads and judges answers; it sends nothing itself.
//!
//! A feed is one file under `feeds/`: it implements [`Feed`] and is listed in [`crate::feeds::feeds`]. Everything in it is pure: the
//! day, the keys, what the store holds and what was fetched before come in as [`Context`], a list of [`Download`]s goes out. The client
//! (`fetch/client.rs`) does the asking.

use std::collections::BTreeMap;
use std::time::Duration;

use plimsoll_model::time::{Day, Moment};

use super::Secret;
use crate::{Head, Reader};

/// What a feed is, for `plimsoll sources`, `status` and DATA.md. What its files contain, when a value is known and which defects are known
/// stands with its readers ([`crate::SourceInfo`]).
pub struct FeedInfo {
    /// The name on the command line: `plimsoll sync treasury`.
    pub id: &'static str,
    /// What it brings, in one line.
    pub title: &'static str,
    /// Who publishes it.
    pub publisher: &'static str,
    /// The hosts that are asked; a redirect may lead to these and nowhere else.
    pub hosts: &'static [&'static str],
    /// Terms of use, with the page that states them.
    pub terms: &'static str,
    /// How often the publisher may be asked.
    pub limit: Limit,
    /// The key that is needed, if any.
    pub key: Option<Key>,
    /// Whether the publisher demands an address in the user agent (`[sync] contact`).
    pub contact: bool,
    /// The first day it reaches back to, in words where it depends on the series.
    pub first: &'static str,
    /// How the publisher revises, and what is done about it.
    pub revisions: &'static str,
    /// The readers of its files.
    pub readers: &'static [&'static dyn Reader],
    /// What it can stand in for: feeds of one role are tried in the configured order, and the first that answers is used.
    pub role: Option<Role>,
    /// Whether `plimsoll sync` without names fetches it (where key and contact are given).
    pub by_default: bool,
    /// Sessions after the last period at which the next value is late; `None` where nothing is due at a known time.
    pub late_after: Option<u16>,
    /// Roughly how many bytes a first sync brings, in words.
    pub size: &'static str,
    /// Where the format and the rules of access are written down.
    pub specification: &'static [&'static str],
}

/// How often a publisher may be asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// So many requests...
    pub requests: u32,
    /// ...in this time...
    pub per: Duration,
    /// ...of which so many at once.
    pub burst: u32,
    /// Whose number it is: the publisher's, or ours where none is stated.
    pub stated: &'static str,
}

/// A key by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name under `[sync.keys]` in the configuration.
    pub name: &'static str,
    /// The environment variable that is read where the configuration has none.
    pub environment: &'static str,
    /// Where to get one, and what it costs.
    pub from: &'static str,
}

/// What feeds can stand in for each other in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Daily prices of funds and indices: `[sync] prices = [...]`.
    Prices,
    /// Settlements of fed funds futures: `[sync] futures = [...]`.
    Futures,
}

impl Role {
    /// As in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Role::Prices => "prices",
            Role::Futures => "futures",
        }
    }
}

/// What a feed plans from.
pub struct Context<'a> {
    /// The day in New York.
    pub today: Day,
    /// Fetch everything as if nothing had been fetched before.
    pub full: bool,
    /// What the user needs.
    pub wanted: &'a Wanted,
    /// Keys by [`Key::name`].
    pub keys: &'a Keys,
    /// What was fetched before, by [`Download::name`].
    pub fetched: &'a BTreeMap<String, Fetched>,
    /// The last period that the store holds, by source and key: `("etf", "etf:SPY")`, `("treasury", "treasury:10Y")`.
    pub held: &'a BTreeMap<(String, String), Day>,
}

impl Context<'_> {
    /// What was fetched before under this name; nothing where everything is to be fetched.
    pub fn before(&self, name: &str) -> Option<&Fetched> {
        self.fetched.get(name).filter(|_| !self.full)
    }
    /// The last period of a key in the store; none where everything is to be fetched.
    pub fn last(&self, source: &str, key: &str) -> Option<Day> {
        self.held.get(&(source.to_owned(), key.to_owned())).copied().filter(|_| !self.full)
    }
    /// The feed's key.
    pub fn key(&self, info: &FeedInfo) -> Result<&Secret, PlanError> {
        let key = info.key.expect("a feed asks for the key it states");
        self.keys.get(key.name).filter(|k| !k.is_empty()).ok_or(PlanError::NoKey(key))
    }
}

/// Keys by name.
pub type Keys = BTreeMap<String, Secret>;

/// What the user needs, from `[sync]` and the theses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Symbols of funds, indices and shares whose prices are needed: `SPY`, `^RUT`.
    pub symbols: Vec<String>,
    /// Series of FRED: `DGS10`.
    pub series: Vec<String>,
    /// Files of the French library, without `_CSV.zip`.
    pub french: Vec<String>,
    /// Filers by central index key; none means all, in bulk.
    pub ciks: Vec<u64>,
    /// Quarterly data sets of statements are fetched from this year on; none means that they are not.
    pub statement_sets_from: Option<i16>,
    /// Funds whose holdings are needed: `IWM`.
    pub funds: Vec<String>,
    /// Nothing before this day is needed.
    pub from: Option<Day>,
}

/// What is known of a file fetched before.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Fetched {
    /// When the publisher was last asked, microseconds since 1970.
    pub asked_at: i64,
    /// When the bytes last changed.
    pub changed_at: i64,
    /// The publisher's `ETag`.
    #[serde(default)]
    pub etag: Option<String>,
    /// The publisher's `Last-Modified`, as sent.
    #[serde(default)]
    pub last_modified: Option<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Its blake3, hexadecimal.
    pub blake3: String,
    /// Whether the store has taken it.
    #[serde(default)]
    pub imported: bool,
    /// Whether its bytes were dropped after that.
    #[serde(default)]
    pub dropped: bool,
}

impl Fetched {
    /// The day in New York on which the publisher was last asked.
    pub fn asked(&self) -> Day {
        Moment(self.asked_at).day()
    }
}

/// One file to fetch.
#[derive(Clone, Debug, PartialEq)]
pub struct Download {
    /// The file's name in the cache: stable, without path, the one by which its reader recognises it (`DGS10.csv`).
    pub name: String,
    /// The address, without anything secret.
    pub url: String,
    /// Parameters added to the address on the wire only.
    pub secret_query: Vec<(&'static str, Secret)>,
    /// Headers added on the wire only.
    pub secret_headers: Vec<(&'static str, Secret)>,
    /// What becomes of the bytes before they are imported.
    pub unpack: Unpack,
    /// When a changed value counts as known.
    pub vintage: Vintage,
    /// What the file is for.
    pub purpose: Purpose,
    /// Whether a part of it can be kept and continued (large static files).
    pub resumable: bool,
    /// Whether the file never changes once it is published: it is not asked for again once the store has it.
    pub fixed: bool,
    /// The publisher is not asked again within this time.
    pub again_after: Duration,
    /// More bytes than this are a mistake.
    pub largest: u64,
    /// Roughly how many bytes, where nothing was fetched before; for `--dry-run`.
    pub estimate: u64,
    /// Whether a 404 means "not published yet" rather than an error.
    pub may_be_absent: bool,
}

impl Download {
    /// A small file that changes, to be imported, asked for again after an hour.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Download {
        Download {
            name: name.into(),
            url: url.into(),
            secret_query: Vec::new(),
            secret_headers: Vec::new(),
            unpack: Unpack::Nothing,
            vintage: Vintage::Fetched,
            purpose: Purpose::Import,
            resumable: false,
            fixed: false,
            again_after: Duration::from_secs(3600),
            largest: 64 << 20,
            estimate: 100_000,
            may_be_absent: false,
        }
    }
}

/// What becomes of the bytes before they are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpack {
    /// They are imported as they are.
    Nothing,
    /// A zip archive with one file, which is imported under [`Download::name`].
    OnlyEntry,
}

/// When a value that differs from one stored before counts as known. (A value for a new period follows the rule of its source.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vintage {
    /// When we fetched it: the first moment that can be proved. The usual choice.
    Fetched,
    /// A moment the publisher states for this version; never later than the fetch.
    At(Moment),
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is imported.
    Import,
    /// It says what else is to be fetched: [`Feed::follow`] reads it. It is not imported.
    List,
    /// Both.
    ImportAndList,
}

/// One publisher.
pub trait Feed: Sync {
    /// What the feed is.
    fn info(&self) -> &'static FeedInfo;

    /// What is to be fetched now. No download means that everything is there.
    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError>;

    /// What a list that was fetched says is to be fetched next; `bytes` are those of the list.
    fn follow(&self, context: &Context<'_>, list: &Download, bytes: &[u8]) -> Result<Vec<Download>, PlanError> {
        let _ = (context, list, bytes);
        Ok(Vec::new())
    }

    /// Whether an answer with status 200 is the file that was asked for; an error page or an error as JSON is not. `head` is the
    /// file's beginning, unpacked. For files that are imported, one of the feed's readers must know it; a list passes unless it is a page.
    fn check(&self, download: &Download, head: &Head) -> Result<(), Changed> {
        not_a_page(head)?;
        if download.purpose == Purpose::List || self.info().readers.iter().any(|r| r.recognises(head)) {
            return Ok(());
        }
        let layouts: Vec<&str> = self.info().readers.iter().map(|r| r.info().layout).collect();
        Err(Changed { field: "layout".into(), expected: layouts.join("; or "), got: beginning(head) })
    }
}

/// A file that is not in the layout its publisher documents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: expected {expected}, got {got}")]
pub struct Changed {
    /// The field, column or part.
    pub field: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub got: String,
}

/// Why nothing could be planned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A key is needed.
    #[error("a key is needed: `{}` under [sync.keys], or the environment variable {} ({})", .0.name, .0.environment, .0.from)]
    NoKey(Key),
    /// A list is not in the layout its publisher documents.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// The configuration asks for something the publisher does not have.
    #[error("{0}")]
    Setting(String),
}

/// Refuses a page where data were asked for.
pub fn not_a_page(head: &Head) -> Result<(), Changed> {
    let start = head.bytes.trim_ascii_start();
    let page = start.starts_with(b"<!") || start.len() >= 5 && start[..5].eq_ignore_ascii_case(b"<html");
    if page || start.is_empty() && head.parquet_columns.is_none() {
        return Err(Changed { field: "content".into(), expected: "data".into(), got: beginning(head) });
    }
    Ok(())
}

/// The first words of a file, for messages.
pub fn beginning(head: &Head) -> String {
    let start = head.bytes.trim_ascii();
    if start.is_empty() {
        return "nothing".to_owned();
    }
    let line = start.split(|b| *b == b'\n').next().unwrap_or(b"");
    format!("`{}`", crate::table::clip(line.trim_ascii()))
}
