//! What answers are made from: the store at its present state, the thesis, and what was prepared before.

use std::any::Any;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use plimsoll_claims::Thesis;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, KnowledgeError, Scan};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_store::{Snapshot, Store};

use super::cache::Cache;
use super::problem::Problem;
use crate::edition::Publication;
use crate::failure::Failure;
use crate::session;

/// The store at one state: changes with every import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Names the state.
    pub key: String,
    /// The first and the last day of anything.
    pub span: (Day, Day),
    /// The end of the last day that prices or series reach.
    pub latest: AsOf,
    /// The day on the clock when this was read: no later day can be asked for.
    pub today: Day,
    /// Whether nothing was imported yet.
    pub empty: bool,
}

/// Store, thesis and what was prepared.
pub struct World {
    /// The store.
    pub store: Store,
    /// The thesis.
    pub thesis: Thesis,
    /// Its name.
    pub thesis_id: String,
    /// Its file, where it is not the shipped one; for command lines.
    pub thesis_file: Option<PathBuf>,
    /// Who publishes its editions.
    pub publication: Publication,
    version: RwLock<Arc<Version>>,
    prepared: Cache<dyn Any + Send + Sync>,
    making: Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

impl World {
    /// Opens the store and the thesis.
    pub fn open(store: Store, thesis: Option<PathBuf>, publication: Publication, memory: usize) -> Result<World, Failure> {
        let read = session::thesis(thesis.as_deref())?;
        let version = read_version(&store)?;
        Ok(World {
            thesis_id: session::thesis_name(thesis.as_deref()),
            thesis: read,
            thesis_file: thesis,
            publication,
            version: RwLock::new(Arc::new(version)),
            prepared: Cache::new(memory),
            making: Mutex::default(),
            store,
        })
    }
    /// The state of the store when it was last looked at.
    pub fn version(&self) -> Arc<Version> {
        self.version.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Looks at the store again; the new state where there is one.
    pub fn refresh(&self) -> Result<Option<Arc<Version>>, Failure> {
        let old = self.version();
        if state(&self.store)? == old.key && today() == old.today {
            return Ok(None);
        }
        let new = Arc::new(read_version(&self.store)?);
        *self.version.write().unwrap_or_else(PoisonError::into_inner) = new.clone();
        if new.key == old.key {
            return Ok(None);
        }
        self.prepared.keep(|k| k.starts_with(&format!("{}|", new.key)));
        Ok(Some(new))
    }
    /// Bytes of what was prepared, as estimated.
    pub fn prepared_bytes(&self) -> usize {
        self.prepared.cost()
    }
}

fn today() -> Day {
    Day::from_civil(
        jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::get("America/New_York").unwrap_or(jiff::tz::TimeZone::UTC)).date(),
    )
}

fn state(store: &Store) -> Result<String, Failure> {
    let imports = store.imports()?;
    Ok(format!("{}-{}", imports.len(), imports.last().map_or(0, |r| r.id)))
}

fn read_version(store: &Store) -> Result<Version, Failure> {
    let key = state(store)?;
    let coverage = store.coverage()?;
    let today = today();
    let daily = coverage.iter().filter(|c| matches!(c.dataset, Dataset::Bars | Dataset::Series)).map(|c| c.last).max();
    let last = daily.or_else(|| coverage.iter().map(|c| c.last).max());
    let first = coverage.iter().map(|c| c.first).min();
    let latest = last.unwrap_or(today).min(today);
    Ok(Version { key, span: (first.unwrap_or(today), latest), latest: AsOf::end_of(latest), today, empty: coverage.is_empty() })
}

/// One computation: what it may read, and whether anyone still waits for it.
#[derive(Clone)]
pub struct Job {
    /// Store and thesis.
    pub world: Arc<World>,
    /// The state of the store that the answer is about.
    pub version: Arc<Version>,
    /// Set when nobody waits any more.
    pub cancel: Arc<AtomicBool>,
}

impl Job {
    /// Whether nobody waits any more.
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
    /// Ends here if nobody waits any more.
    pub fn check(&self) -> Result<(), Problem> {
        if self.cancelled() { Err(gone()) } else { Ok(()) }
    }
    /// What was known, as long as somebody waits: a scan after that fails, and with it what asked for it.
    pub fn knowledge(&self, as_of: AsOf) -> Result<Watched<'static>, Problem> {
        let snapshot: Snapshot = self.world.store.snapshot(as_of).map_err(Problem::internal)?;
        Ok(Watched { inner: Box::new(snapshot), cancel: self.cancel.clone() })
    }
    /// Something that several answers are made from, made once: two that need it at a time wait for each other.
    pub fn prepared<T: Any + Send + Sync>(
        &self,
        key: &str,
        cost: impl FnOnce(&T) -> usize,
        make: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<Arc<T>, Problem> {
        let key = format!("{}|{key}", self.version.key);
        let world = &self.world;
        let found = |key: &str| world.prepared.get(key).and_then(|v| v.downcast::<T>().ok());
        if let Some(value) = found(&key) {
            return Ok(value);
        }
        let making = {
            let mut all = world.making.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, m| Arc::strong_count(m) > 1);
            all.entry(key.clone()).or_default().clone()
        };
        let _one = making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = found(&key) {
            return Ok(value);
        }
        self.check()?;
        let value = Arc::new(make()?);
        let bytes = cost(&value);
        world.prepared.put(&key, value.clone(), bytes);
        Ok(value)
    }
    /// Whether something is prepared, so that an answer from it is quick.
    pub fn ready(&self, key: &str) -> bool {
        self.world.prepared.get(&format!("{}|{key}", self.version.key)).is_some()
    }
    /// What a command would have said, for a reader elsewhere: nothing of this machine in it.
    pub fn told(&self, failure: impl Into<Failure>) -> Problem {
        let failure = failure.into();
        if self.cancelled() {
            return gone();
        }
        let place = self.world.store.dir().display().to_string();
        if failure.message().contains(&place) || failure.message().contains(".parquet") || failure.message().contains("sqlite") {
            return Problem::internal(failure);
        }
        let mut text = failure.message().to_owned();
        if !text.ends_with('.') {
            text.push('.');
        }
        let problem = Problem::missing(text);
        match failure.advice() {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

fn gone() -> Problem {
    Problem::new(axum::http::StatusCode::GATEWAY_TIMEOUT, "The computation was given up because nobody waited for it any more.")
        .retry(5)
}

/// Knowledge that ends when nobody waits any more.
pub struct Watched<'a> {
    inner: Box<dyn Knowledge + 'a>,
    cancel: Arc<AtomicBool>,
}

impl Watched<'_> {
    fn check(&self) -> Result<(), KnowledgeError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(KnowledgeError { message: "given up".into(), cause: None });
        }
        Ok(())
    }
}

impl Knowledge for Watched<'_> {
    fn as_of(&self) -> AsOf {
        self.inner.as_of()
    }
    fn scan(&self, scan: &Scan) -> Result<Observations, KnowledgeError> {
        self.check()?;
        self.inner.scan(scan)
    }
    fn breaks(&self, scan: &Scan, after: Moment) -> Result<Vec<Moment>, KnowledgeError> {
        self.check()?;
        self.inner.breaks(scan, after)
    }
    fn back_to(&self, as_of: AsOf) -> Box<dyn Knowledge + '_> {
        Box::new(Watched { inner: self.inner.back_to(as_of), cancel: self.cancel.clone() })
    }
}
