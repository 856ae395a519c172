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
    /// A whole edition: it may take half a minute, one at a time, and nothing else waits behind it.
    Long,
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
    long: SyncSender<Task>,
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
            long: lane("long", 1, settings.waiting.max(1), true),
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
                    let queue = match lane {
                        Lane::Quick => &self.quick,
                        Lane::Heavy => &self.heavy,
                        Lane::Long => &self.long,
                    };
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

/// Lowers the priority of this thread, and of those it starts: a reader of a page that is at hand need not wait for a computation. A little
/// only: where other programs keep the machine busy, the first page of a day must not wait for all of them.
pub fn yield_to_others() {
    #[cfg(target_os = "linux")]
    // SAFETY: a call with plain numbers; 0 is the calling thread. Where it is refused, the priority stays.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, 5);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    struct Made {
        _dir: tempfile::TempDir,
        world: Arc<World>,
        work: Arc<Work>,
    }

    fn made(settings: Settings) -> Made {
        let dir = tempfile::tempdir().unwrap();
        let store = plimsoll_store::Store::open(dir.path()).unwrap();
        let world = Arc::new(World::open(store, None, Default::default(), 1 << 20).unwrap());
        Made { _dir: dir, world, work: Arc::new(Work::start(&settings, Arc::default())) }
    }

    fn heavy(_: &Job) -> Lane {
        Lane::Heavy
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
    }

    /// Works until nobody waits any more; says whether it was given up.
    fn endless(job: &Job, given_up: &AtomicBool) -> Result<Content, Problem> {
        for _ in 0..2_000 {
            std::thread::sleep(Duration::from_millis(5));
            if job.cancelled() {
                given_up.store(true, Ordering::SeqCst);
                return Err(Problem::bad("given up"));
            }
        }
        Ok(Content::html("late".into()))
    }

    #[test]
    fn many_who_ask_at_once_share_one_computation_and_the_next_finds_it() {
        let m = made(Settings::default());
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let make = |_: &Job| {
            RUNS.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(100));
            Ok(Content::html("answer".into()))
        };
        block_on(async {
            let asked: Vec<_> = (0..20)
                .map(|_| {
                    let (work, world) = (m.work.clone(), m.world.clone());
                    tokio::spawn(async move { work.answer(&world, "k", heavy, make).await.is_ok() })
                })
                .collect();
            for a in asked {
                assert!(a.await.unwrap());
            }
            assert!(m.work.answer(&m.world, "k", heavy, make).await.is_ok());
        });
        assert_eq!(RUNS.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_takes_too_long_is_given_up_and_so_is_what_nobody_waits_for() {
        let m = made(Settings { seconds: 1, computations: 1, ..Settings::default() });
        let (slow, left) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        block_on(async {
            let flag = slow.clone();
            let late = m.work.answer(&m.world, "slow", heavy, move |job| endless(job, &flag)).await;
            let problem = late.err().unwrap();
            assert_eq!((problem.status, problem.retry.is_some()), (504, true));
            let flag = left.clone();
            let (work, world) = (m.work.clone(), m.world.clone());
            let reader =
                tokio::spawn(async move { work.answer(&world, "left", heavy, move |job| endless(job, &flag)).await.is_ok() });
            tokio::time::sleep(Duration::from_millis(300)).await;
            reader.abort();
            // The one thread is free again soon: the reader's connection ended, and with it the computation.
            let next = m.work.answer(&m.world, "next", heavy, |_| Ok(Content::html("x".into()))).await;
            assert!(next.is_ok());
        });
        assert!(slow.load(Ordering::SeqCst) && left.load(Ordering::SeqCst));
    }

    #[test]
    fn a_full_lane_refuses_and_the_other_lane_goes_on() {
        let m = made(Settings { computations: 1, waiting: 1, ..Settings::default() });
        block_on(async {
            let gate = Arc::new(AtomicBool::new(false));
            let mut asked = Vec::new();
            for key in ["a", "b"] {
                let (work, world, gate) = (m.work.clone(), m.world.clone(), gate.clone());
                let make = move |_: &Job| {
                    while !gate.load(Ordering::SeqCst) {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    Ok(Content::html(key.into()))
                };
                asked.push(tokio::spawn(async move { work.answer(&world, key, heavy, make).await.is_ok() }));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let refused = m.work.answer(&m.world, "c", heavy, |_| Ok(Content::html("c".into()))).await;
            assert_eq!(refused.err().map(|p| p.status), Some(503));
            assert!(m.work.answer(&m.world, "q", |_| Lane::Quick, |_| Ok(Content::html("q".into()))).await.is_ok());
            gate.store(true, Ordering::SeqCst);
            for a in asked {
                assert!(a.await.unwrap());
            }
        });
    }

    #[test]
    fn a_panic_is_a_problem_that_says_nothing_and_the_thread_lives_on() {
        let m = made(Settings { computations: 1, ..Settings::default() });
        block_on(async {
            let broken = m.work.answer(&m.world, "p", heavy, |_| panic!("/secret/path")).await.err().unwrap();
            assert_eq!(broken.status, 500);
            assert!(!broken.detail.contains("secret"));
            assert!(m.work.answer(&m.world, "n", heavy, |_| Ok(Content::html("x".into()))).await.is_ok());
        });
    }
}
