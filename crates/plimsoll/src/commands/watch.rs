//! `plimsoll watch`: looks whenever new data arrive, tells what changed, and carries it out.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;
use plimsoll_model::time::{AsOf, Day, Moment};

use crate::alerts::alert::Alert;
use crate::alerts::deliver::{Deliverer, Round};
use crate::alerts::evaluate::{Evaluation, Watched, evaluate};
use crate::alerts::settings::{Alerts, parse_duration};
use crate::alerts::state::{Delivery, State};
use crate::commands::measure::day;
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::session::{self, Session, store_dir};

/// `plimsoll watch`
#[derive(Debug, Args)]
pub struct Watch {
    /// The theses [default: the shipped one]
    pub theses: Vec<PathBuf>,
    /// Look once, send what is due, and end
    #[arg(long)]
    pub once: bool,
    /// Look at least so often, even where nothing arrived (data may have become stale)
    #[arg(long, default_value = "1h", value_name = "DURATION", value_parser = parse_duration)]
    pub every: Duration,
    /// How often to see whether something arrived
    #[arg(long, default_value = "5s", value_name = "DURATION", value_parser = parse_duration)]
    pub poll: Duration,
    /// As known at this day or moment, or `latest`
    #[arg(long, default_value = "latest", value_name = "WHEN")]
    pub as_of: String,
    /// Where a claim was not watched before: tell what happened since this day, instead of taking what stands now as told
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
}

/// Runs the command.
pub fn run(store: Option<&Path>, config: &Config, args: &Watch) -> Outcome {
    let settings = Alerts::load(config)?;
    let since = args.since.as_deref().map(day).transpose()?;
    let watched = watched(&args.theses)?;
    let dir = store_dir(store)?;
    let session = Session::open(Some(&dir))?;
    let state = State::open(&settings.folder(&dir))?;
    let mut watch = Watching { session, state, settings, watched, as_of: args.as_of.clone(), since, seen: None };
    if args.once {
        let told = watch.look()?;
        say(&told);
        let held = watch.state.deliver()?;
        report(&watch.deliver(held.as_ref())?, held.is_some());
        return Ok(0);
    }
    let mut looked: Option<Instant> = None;
    let mut held = None;
    loop {
        if looked.is_none_or(|l| l.elapsed() >= args.every) || watch.arrived()? {
            // A store that is being written, or cannot be read just now, is looked at again.
            match watch.look() {
                Ok(told) => say(&told),
                Err(failure) => eprintln!("{failure}"),
            }
            looked = Some(Instant::now());
        }
        if held.is_none() {
            held = watch.state.deliver()?;
        }
        let round = watch.deliver(held.as_ref())?;
        report(&round, true);
        std::thread::sleep(pause(args.poll, round.next));
    }
}

/// Until something may have arrived or a message is due, whichever is first.
fn pause(poll: Duration, next: Option<Timestamp>) -> Duration {
    let until = next.map(|n| Duration::try_from(n.duration_since(Timestamp::now())).unwrap_or_default());
    until.map_or(poll, |u| u.clamp(Duration::from_millis(20), poll))
}

/// The theses named, or the shipped one.
pub fn watched(paths: &[PathBuf]) -> Result<Vec<Watched>, Failure> {
    if paths.is_empty() {
        let thesis = session::thesis(None)?;
        return Ok(vec![Watched { name: session::thesis_name(None), thesis, file: String::new() }]);
    }
    let mut out: Vec<Watched> = Vec::new();
    for path in paths {
        let name = session::thesis_name(Some(path));
        if out.iter().any(|w| w.name == name) {
            return Err(
                Failure::new(format!("two theses are called `{name}`")).hint("a thesis is known by its file's name: rename one")
            );
        }
        out.push(Watched { name, thesis: session::thesis(Some(path))?, file: path.display().to_string() });
    }
    Ok(out)
}

struct Watching {
    session: Session,
    state: State,
    settings: Alerts,
    watched: Vec<Watched>,
    as_of: String,
    since: Option<Day>,
    seen: Option<i64>,
}

impl Watching {
    /// The last import: another number means that something arrived.
    fn version(&self) -> Result<i64, Failure> {
        Ok(self.session.store.imports()?.iter().map(|i| i.id).max().unwrap_or(0))
    }

    fn arrived(&self) -> Result<bool, Failure> {
        Ok(self.seen != Some(self.version()?))
    }

    fn look(&mut self) -> Result<Vec<Alert>, Failure> {
        let version = self.version()?;
        let now = Timestamp::now();
        if version == 0 {
            // An empty store is no mistake: something will arrive.
            self.seen = Some(version);
            return Ok(Vec::new());
        }
        let as_of: AsOf = self.session.as_of(&self.as_of)?;
        let wall = Moment(now.as_microsecond()).day();
        let today = if self.as_of == "latest" { wall } else { as_of.day() };
        let with = Evaluation { settings: &self.settings, as_of, today, since: self.since, now };
        let told = evaluate(&self.session, &self.state, &self.watched, &with)?;
        self.seen = Some(version);
        Ok(told)
    }

    fn deliver(&self, held: Option<&Delivery>) -> Result<Round, Failure> {
        match held {
            Some(_) => Deliverer::new(&self.state, &self.settings, false).round(&|| false),
            None => Ok(Round::default()),
        }
    }
}

/// What was found, on standard error: standard output is a channel.
fn say(told: &[Alert]) {
    for alert in told {
        eprintln!("{}  {}  {}", alert.day, alert.kind.name(), alert.headline);
    }
}

fn report(round: &Round, held: bool) {
    if !held {
        eprintln!("another process delivers for this store: it sends what is due");
    } else if round.done + round.later + round.dead > 0 {
        eprintln!("sent {}, to be tried again {}, dead {}", round.done, round.later, round.dead);
    }
}
