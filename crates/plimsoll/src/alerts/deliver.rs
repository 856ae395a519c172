//! Carrying out the outbox.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::outbox::{self, Ended, Letter, Message, SUBSCRIBERS};
use super::settings::{Alerts, ChannelKind};
use super::smtp::Mailer;
use super::state::State;
use super::{mail, sink, subscribe, webhook};
use crate::failure::Failure;

/// What carries messages out. Only one lives for a database at a time (see [`State::deliver`]).
pub struct Deliverer<'a> {
    state: &'a State,
    settings: &'a Alerts,
    mailer: Option<Mailer>,
    /// Channels that are left to somebody else.
    leave: Vec<String>,
}

/// What one round did.
#[derive(Debug, Default, PartialEq)]
pub struct Round {
    /// Messages that were taken.
    pub done: usize,
    /// Messages that were not, and will be tried again.
    pub later: usize,
    /// Messages that never will be.
    pub dead: usize,
    /// When the next is due.
    pub next: Option<Timestamp>,
}

impl<'a> Deliverer<'a> {
    /// A deliverer; one that runs in the background leaves standard output alone.
    pub fn new(state: &'a State, settings: &'a Alerts, background: bool) -> Deliverer<'a> {
        let mailer = settings.smtp.as_ref().map(|smtp| Mailer::new(smtp, settings.retry.timeout));
        let quiet = settings.channel.iter().filter(|(_, c)| background && c.kind == ChannelKind::Stdout);
        Deliverer { state, settings, mailer, leave: quiet.map(|(name, _)| name.clone()).collect() }
    }

    /// Looks at sign-ups, makes digests, and tries every message that is due, until none is or `stop` says so. A channel that is away
    /// is left for the rest of the round: its messages keep their tries.
    pub fn round(&mut self, stop: &dyn Fn() -> bool) -> Result<Round, Failure> {
        let now = Timestamp::now();
        subscribe::work(self.state, now)?;
        self.state.write(|tx| outbox::digest(tx, now))?;
        let mut round = Round::default();
        let mut away = self.leave.clone();
        while !stop() {
            let Some(message) = outbox::take(self.state, Timestamp::now(), &away)? else { break };
            let ended = self.send(&message).unwrap_or_else(|e| {
                // What is wrong in the configuration may be mended: the message waits.
                Ended::Later { said: first_line(&e), wait: None, away: true }
            });
            outbox::ended(self.state, self.settings, &message, &ended, Timestamp::now())?;
            match &ended {
                Ended::Done => round.done += 1,
                Ended::Never { .. } => round.dead += 1,
                Ended::Later { away: gone, .. } => {
                    round.later += 1;
                    if *gone {
                        away.push(message.channel.clone());
                    }
                }
                Ended::Doubtful { .. } => round.later += 1,
            }
        }
        if let Some(mailer) = &mut self.mailer {
            mailer.quit();
        }
        round.next = outbox::next_due(self.state, &self.leave)?;
        Ok(round)
    }

    fn send(&mut self, message: &Message) -> Result<Ended, Failure> {
        let state = self.state;
        let mut go = || outbox::handed(state, message.id);
        let never = |said: &str| Ok(Ended::Never { said: said.into(), recipient: false });
        let channel = self.settings.channel.get(&message.channel);
        let kind = match channel {
            Some(channel) => channel.kind,
            None if message.channel == SUBSCRIBERS => ChannelKind::Mail,
            None => return never("the channel is no longer configured"),
        };
        // What failed in the evening is not tried again at night.
        let mail = kind == ChannelKind::Mail && message.letter.is_none();
        let hours =
            message.quiet.as_ref().or(channel.and_then(|c| c.quiet.as_ref())).or(self.settings.quiet.as_ref().filter(|_| mail));
        let now = Timestamp::now();
        if let Some(until) = hours.filter(|_| message.letter.is_none()).map(|q| q.after(now)).filter(|u| *u > now) {
            let wait = Duration::try_from(until.duration_since(now)).ok();
            return Ok(Ended::Later { said: "quiet hours".into(), wait, away: false });
        }
        match (kind, channel) {
            (ChannelKind::Mail, _) => {
                let (Some(smtp), Some(mailer)) = (&self.settings.smtp, &mut self.mailer) else {
                    return Err(Failure::new("there is no [alerts.smtp]"));
                };
                if message.address.is_none() {
                    return never("no address");
                }
                let linked = matches!(message.letter, Some(Letter::Confirm { .. } | Letter::Preferences));
                if linked && self.settings.base_url.is_none() {
                    return Err(Failure::new("there is no base_url"));
                }
                let mail = mail::compose(self.settings, smtp, &state.keys, message)?;
                mailer.send(&mail, &mut go)
            }
            (ChannelKind::File, Some(channel)) => {
                let path = channel.path.as_deref().ok_or_else(|| Failure::new("there is no path"))?;
                sink::append(path, message, &mut go)
            }
            (ChannelKind::Stdout, _) => sink::print(message, &mut go),
            (_, Some(channel)) => webhook::send(&message.channel, channel, message, self.settings.retry.timeout, &mut go),
            (_, None) => never("the channel is no longer configured"),
        }
    }
}

/// The first line of a failure, without `error:`.
fn first_line(failure: &Failure) -> String {
    failure.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// How often sign-ups are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Delivers in the background until `stop`; where another process delivers, waits for it to end.
pub fn background(state: &Arc<State>, settings: &Arc<Alerts>, stop: &dyn Fn() -> bool) -> Result<(), Failure> {
    while !stop() {
        if let Some(_held) = state.deliver()? {
            let mut deliverer = Deliverer::new(state, settings, true);
            while !stop() {
                deliverer.round(stop)?;
                std::thread::sleep(LOOK);
            }
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}
