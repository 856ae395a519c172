//! Figures about the server itself, in the text format of Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::work::Lane;

/// Route and status of answers.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Answered {
    route: String,
    status: u16,
}

/// The figures.
pub struct Metrics {
    registry: Registry,
    answers: Family<Answered, Counter>,
    seconds: Histogram,
    quick: Histogram,
    heavy: Histogram,
    /// Answers from memory.
    pub cached: Counter,
    /// Requests refused because too much was being done.
    pub refused: Counter,
    /// Computations given up after their time.
    pub timed_out: Counter,
    /// Readers of news.
    pub listeners: Gauge,
    memory: Gauge,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let times = || Histogram::new([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0]);
        let mut m = Metrics {
            registry: Registry::with_prefix("plimsoll"),
            answers: Family::default(),
            seconds: times(),
            quick: times(),
            heavy: times(),
            cached: Counter::default(),
            refused: Counter::default(),
            timed_out: Counter::default(),
            listeners: Gauge::default(),
            memory: Gauge::default(),
        };
        let r = &mut m.registry;
        r.register("http_answers", "Answers by route and status", m.answers.clone());
        r.register("http_answer_seconds", "Time from request to answer", m.seconds.clone());
        r.register("computation_quick_seconds", "Time of quick computations", m.quick.clone());
        r.register("computation_heavy_seconds", "Time of heavy computations", m.heavy.clone());
        r.register("answers_from_memory", "Answers that were at hand", m.cached.clone());
        r.register("requests_refused", "Requests refused because too much was being done", m.refused.clone());
        r.register("computations_given_up", "Computations that took too long", m.timed_out.clone());
        r.register("news_listeners", "Readers of news", m.listeners.clone());
        r.register("memory_bytes", "Bytes of finished answers and of what they are made from", m.memory.clone());
        m
    }
}

impl Metrics {
    /// Notes an answer.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        self.answers.get_or_create(&Answered { route: route.to_owned(), status }).inc();
        self.seconds.observe(took.as_secs_f64());
    }
    /// Notes a computation.
    pub fn computed(&self, lane: Lane, took: Duration) {
        if lane == Lane::Quick { &self.quick } else { &self.heavy }.observe(took.as_secs_f64());
    }
    /// The text that Prometheus reads.
    pub fn text(&self, memory: usize) -> String {
        self.memory.set(i64::try_from(memory).unwrap_or(i64::MAX));
        let mut out = String::new();
        let _ = encode(&mut out, &self.registry);
        out
    }
}
