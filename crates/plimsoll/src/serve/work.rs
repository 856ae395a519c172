//! Computations: on threads of their own, a bounded number at a time and waiting, each made once for all who ask, and given up when
//! nobody waits for it or its time is over.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::watch;

use super::cache::Cache;
use super::metrics::Metrics;
use super::problem::Problem;
use super::reply::{Content, Reply};
use super::settings::Settings;
use super::world::{Job, World};

/// Where an answer is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// From what is at hand: milliseconds.
    Quick,
    /// From the store: it may take seconds, and yields to everything else.
    Heavy,
}

type Task = Box<dyn FnOnce() + Send>;
type Outcome = Option<Result<Arc<Reply>, Problem>>;

/// An answer that is being made; when the last who waits for it lets go, it is given up.
struct Flight {
    done: watch::Receiver<Outcome>,
    cancel: Arc<AtomicBool>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// The threads, and what they have made.
pub struct Work {
    quick: SyncSender<Task>,
    heavy: SyncSender<Task>,
    flights: Mutex<HashMap<String, Weak<Flight>>>,
    replies: Cache<Reply>,
    limit: Duration,
    metrics: Arc<Metrics>,
}

impl Work {
    /// Starts the threads.
    pub fn start(settings: &Settings, metrics: Arc<Metrics>) -> Work {
        let lane = |name: &str, threads: usize, waiting: usize, yields: bool| {
            let (sender, receiver) = sync_channel::<Task>(waiting);
            let receiver = Arc::new(Mutex::new(receiver));
            for i in 0..threads {
                let receiver = receiver.clone();
                let run = move || {
                    if yields {
                        yield_to_others();
                    }
                    run(&receiver);
                };
                // A larger stack than the default of threads: theses and conditions are parsed by descent.
                let made = std::thread::Builder::new().name(format!("{name}-{i}")).stack_size(8 << 20).spawn(run);
                if let Err(e) = made {
                    tracing::error!(error = %e, "a thread could not be started");
                }
            }
            sender
        };
        Work {
            quick: lane("quick", 2, 256, false),
            heavy: lane("heavy", settings.computations, settings.waiting.max(1), true),
            flights: Mutex::default(),
            replies: Cache::new(settings.memory_mb.saturating_mul(1 << 20) / 2),
            limit: Duration::from_secs(settings.seconds.max(1)),
            metrics,
        }
    }

    /// The answer under a key: from memory, from whoever is making it, or made now.
    pub async fn answer(
        self: &Arc<Work>,
        world: &Arc<World>,
        key: &str,
        lane: impl FnOnce(&Job) -> Lane,
        make: impl FnOnce(&Job) -> Result<Content, Problem> + Send + 'static,
    ) -> Result<Arc<Reply>, Problem> {
        let version = world.version();
        let key = format!("{}|{key}", version.key);
        if let Some(reply) = self.replies.get(&key) {
            self.metrics.cached.inc();
            return Ok(reply);
        }
        let flight = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            match flights.get(&key).and_then(Weak::upgrade) {
                Some(flight) => flight,
                None => {
                    let cancel = Arc::new(AtomicBool::new(false));
                    let job = Job { world: world.clone(), version, cancel: cancel.clone() };
                    let (sender, done) = watch::channel(None);
                    let lane = lane(&job);
                    let queue = if lane == Lane::Quick { &self.quick } else { &self.heavy };
                    let (work, name) = (self.clone(), key.clone());
                    let task: Task = Box::new(move || {
                        let result = work.make(&job, &name, lane, make);
                        work.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
                        let _ = sender.send(Some(result));
                    });
                    queue.try_send(task).map_err(|e| match e {
                        TrySendError::Full(_) => {
                            self.metrics.refused.inc();
                            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "As many computations as are allowed wait already.")
                                .retry(5)
                        }
                        TrySendError::Disconnected(_) => Problem::internal("the threads have ended"),
                    })?;
                    let flight = Arc::new(Flight { done, cancel });
                    flights.insert(key, Arc::downgrade(&flight));
                    flight
                }
            }
        };
        let mut done = flight.done.clone();
        let waited = tokio::time::timeout(self.limit, done.wait_for(Option::is_some)).await;
        match waited {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or_else(|| Err(Problem::internal("no outcome"))),
            Ok(Err(_)) => Err(Problem::internal("a computation ended without an answer")),
            Err(_) => {
                self.metrics.timed_out.inc();
                let text = format!("It was given up after {} seconds.", self.limit.as_secs());
                Err(Problem::new(StatusCode::GATEWAY_TIMEOUT, text)
                    .hint("Ask for a shorter span or a smaller universe.")
                    .retry(30))
            }
        }
    }

    fn make(
        &self,
        job: &Job,
        key: &str,
        lane: Lane,
        make: impl FnOnce(&Job) -> Result<Content, Problem>,
    ) -> Result<Arc<Reply>, Problem> {
        job.check()?;
        let begun = std::time::Instant::now();
        let made = catch_unwind(AssertUnwindSafe(|| make(job))).unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
            Err(Problem::internal(said.unwrap_or("a panic")))
        });
        self.metrics.computed(lane, begun.elapsed());
        let reply = Arc::new(Reply::pack(made?));
        self.replies.put(key, reply.clone(), reply.cost());
        Ok(reply)
    }

    /// Drops answers of other states of the store.
    pub fn keep(&self, version: &str) {
        self.replies.keep(|k| k.starts_with(&format!("{version}|")));
    }
    /// Bytes of finished answers.
    pub fn bytes(&self) -> usize {
        self.replies.cost()
    }
    /// Does something on the quick threads, for its own sake.
    pub fn soon(&self, task: impl FnOnce() + Send + 'static) {
        let _ = self.quick.try_send(Box::new(task));
    }
}

fn run(receiver: &Mutex<Receiver<Task>>) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(task) => drop(catch_unwind(AssertUnwindSafe(task))),
            Err(_) => return,
        }
    }
}

/// Lowers the priority of this thread, and of those it starts: a reader of a page that is at hand need not wait for a computation.
pub fn yield_to_others() {
    #[cfg(target_os = "linux")]
    // SAFETY: a call with plain numbers; 0 is the calling thread. Where it is refused, the priority stays.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, 15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A task that is never run holds its sender; whoever waits for it stops waiting in time, and then it is given up.
    #[test]
    fn who_lets_go_last_gives_up() {
        let cancel = Arc::new(AtomicBool::new(false));
        let flight = Arc::new(Flight { done: watch::channel(None).1, cancel: cancel.clone() });
        let other = flight.clone();
        drop(flight);
        assert!(!cancel.load(Ordering::Relaxed), "another still waits");
        drop(other);
        assert!(cancel.load(Ordering::Relaxed));
    }
}
