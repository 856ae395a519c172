//! `plimsoll alert`: trying channels, looking into the outbox, bounces, the feed.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::alerts::address::Address;
use crate::alerts::alert::key;
use crate::alerts::deliver::Deliverer;
use crate::alerts::outbox::{self, Letter, Listed, New};
use crate::alerts::settings::{Alerts, ChannelKind};
use crate::alerts::state::State;
use crate::alerts::{bounce, feed, secret, subscribe};
use crate::cli::Output;
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::session::store_dir;
use crate::sheet::{Format, Sheet, emit};

/// `plimsoll alert`
#[derive(Debug, Args)]
pub struct AlertArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Send a trial through a channel of the configuration, now
    Test {
        /// The channel
        channel: String,
    },
    /// What was told, newest first
    List {
        /// So many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        /// Where the table goes.
        out: Output,
    },
    /// The outbox: what waits, what was sent, what is dead
    Outbox {
        #[command(flatten)]
        /// Where the table goes.
        out: Output,
    },
    /// Dead letters: what was given up, and why
    Dead {
        #[command(flatten)]
        /// Where the table goes.
        out: Output,
    },
    /// Send dead letters again: one, or all
    Retry {
        /// The number of the message
        #[arg(required_unless_present = "all")]
        message: Option<i64>,
        /// All of them
        #[arg(long, conflicts_with = "message")]
        all: bool,
    },
    /// Read mails that came back (a file, an mbox, a maildir, or `-`) and stop writing to addresses that do not exist
    Bounce {
        /// The file or folder
        path: PathBuf,
    },
    /// How many people are subscribed
    Subscribers {
        #[command(flatten)]
        /// Where the table goes.
        out: Output,
    },
    /// The Atom feed
    Feed {
        /// Only this thesis
        #[arg(long)]
        thesis: Option<String>,
        /// Write to a file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Runs the command.
pub fn run(store: Option<&Path>, config: &Config, args: &AlertArgs) -> Outcome {
    let settings = Alerts::load(config)?;
    let state = State::open(&settings.folder(&store_dir(store)?))?;
    match &args.action {
        Action::Test { channel } => test(&state, &settings, channel),
        Action::List { limit, out } => {
            let alerts = outbox::latest(&state, None, *limit)?;
            Sheet::default()
                .text("told", alerts.iter().map(|(at, _)| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()))
                .day("as of", alerts.iter().map(|(_, a)| Some(a.day)))
                .text("kind", alerts.iter().map(|(_, a)| a.kind.name()))
                .text("thesis", alerts.iter().map(|(_, a)| a.thesis.clone()))
                .text("claim", alerts.iter().map(|(_, a)| a.claim.clone()))
                .text("from", alerts.iter().map(|(_, a)| a.from.clone()))
                .text("to", alerts.iter().map(|(_, a)| a.to.clone()))
                .day("since", alerts.iter().map(|(_, a)| Some(a.since)))
                .text("key", alerts.iter().map(|(_, a)| a.key.clone()))
                .write(out.format, out.output.as_deref())?;
            Ok(0)
        }
        Action::Outbox { out } => {
            table(&outbox::list(&state, None)?).write(out.format, out.output.as_deref())?;
            Ok(0)
        }
        Action::Dead { out } => {
            let dead = outbox::list(&state, Some("dead"))?;
            table(&dead).write(out.format, out.output.as_deref())?;
            if out.format == Format::Table && !dead.is_empty() {
                eprintln!("`plimsoll alert retry MESSAGE` sends one again");
            }
            Ok(0)
        }
        Action::Retry { message, .. } => {
            let n = outbox::revive(&state, *message, Timestamp::now())?;
            if let (0, Some(message)) = (n, message) {
                return Err(Failure::new(format!("message {message} is not dead")).hint("`plimsoll alert dead` lists what is"));
            }
            println!("{n} put back; `plimsoll watch` sends what is due");
            Ok(0)
        }
        Action::Bounce { path } => {
            let read = if path.as_os_str() == "-" {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes)?;
                bounce::apply(&state, &bytes)?
            } else {
                bounce::apply_path(&state, path)?
            };
            println!(
                "{} messages, {} failures for good, {} addresses stopped, {} about other mails",
                read.messages, read.failed, read.stopped, read.foreign
            );
            Ok(0)
        }
        Action::Subscribers { out } => {
            let counts = subscribe::counts(&state)?;
            Sheet::default()
                .text("state", counts.iter().map(|c| c.0.as_str()))
                .int("people", counts.iter().map(|c| Some(c.1)))
                .write(out.format, out.output.as_deref())?;
            Ok(0)
        }
        Action::Feed { thesis, output } => {
            let alerts = outbox::latest(&state, thesis.as_deref(), feed::ENTRIES)?;
            emit(feed::atom(&settings, thesis.as_deref(), &alerts).as_bytes(), output.as_deref())?;
            Ok(0)
        }
    }
}

fn table(rows: &[Listed]) -> Sheet {
    Sheet::default()
        .int("message", rows.iter().map(|r| Some(r.id)))
        .text("channel", rows.iter().map(|r| r.channel.as_str()))
        .text("about", rows.iter().map(|r| r.about.as_str()))
        .text("state", rows.iter().map(|r| r.state.as_str()))
        .int("tries", rows.iter().map(|r| Some(r.attempts)))
        .int("may have come twice", rows.iter().map(|r| Some(r.doubts)))
        .text("due or done", rows.iter().map(|r| r.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()))
        .text("what was said", rows.iter().map(|r| r.said.as_str()))
}

fn test(state: &State, settings: &Alerts, name: &str) -> Outcome {
    let Some(channel) = settings.channel.get(name) else {
        let failure = Failure::new(format!("there is no channel `{name}`"));
        let known: Vec<&str> = settings.channel.keys().map(String::as_str).collect();
        return Err(match plimsoll_measures::nearest(name, known.iter().copied()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None if known.is_empty() => failure.hint("describe it in the configuration as [alerts.channel.NAME]"),
            None => failure.hint(format!("channels: {}", known.join(", "))),
        });
    };
    let now = Timestamp::now();
    let unique = secret::hex(&secret::random::<8>()?);
    let mut keys = Vec::new();
    state.write(|tx| {
        let letter = Some(&Letter::Test);
        match channel.kind {
            ChannelKind::Mail => {
                for to in &channel.to {
                    let address = Address::parse(to).map_err(Failure::new)?;
                    keys.push(key(&["test", &unique, address.expose()]));
                    let key = keys.last().expect("just added");
                    outbox::add(
                        tx,
                        &New { key, channel: name, address: Some(&address), letter, due: now, now, ..New::default() },
                        &[],
                    )?;
                }
            }
            _ => {
                keys.push(key(&["test", &unique]));
                let key = keys.last().expect("just added");
                outbox::add(tx, &New { key, channel: name, letter, due: now, now, ..New::default() }, &[])?;
            }
        }
        Ok(())
    })?;
    let Some(_held) = state.deliver()? else {
        println!("another process delivers for this store: it sends the trial; `plimsoll alert outbox` shows what became of it");
        return Ok(0);
    };
    Deliverer::new(state, settings, false).round(&|| false)?;
    let unsent: Vec<String> = keys.iter().filter_map(|k| outbox::unsent(state, k).transpose()).collect::<Result<_, _>>()?;
    match unsent.first() {
        None => {
            eprintln!("{name}: the trial was taken");
            Ok(0)
        }
        Some(said) => Err(Failure::new(format!("{name}: the trial was not taken: {said}"))
            .hint("it stays in the outbox and is tried again by `plimsoll watch`")),
    }
}
