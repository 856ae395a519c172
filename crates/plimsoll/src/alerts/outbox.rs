//! The outbox: what is to be sent, written in the same transaction as the news, and carried out later.
//!
//! A message goes `waiting -> trying -> handed -> done`. Until `handed` nothing irrevocable happened, so a message that a killed
//! process left in `trying` is simply sent. A message left in `handed` may have been taken: it is sent again under the same key, which
//! is the Message-ID of a mail and the idempotency key of a webhook, and its `doubts` count how often that happened.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::alert::{Alert, Kind, key};
use super::quiet::{Frequency, Quiet, parse_zone};
use super::settings::{Alerts, ChannelKind};
use super::state::{State, millis, moment};
use super::subscribe::Choices;
use crate::failure::Failure;

/// The channel of those who signed up.
pub const SUBSCRIBERS: &str = "subscribers";

/// A mail that is not about an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "letter")]
pub enum Letter {
    /// Please confirm: with the token, which is erased once the letter is sent.
    Confirm {
        /// The token.
        token: String,
    },
    /// The way to the preferences, for somebody who is subscribed.
    Preferences,
    /// A trial of the channel.
    Test,
}

/// One message, ready to be tried.
#[derive(Debug)]
pub struct Message {
    /// Its row.
    pub id: i64,
    /// The same whenever it is sent: Message-ID, idempotency key.
    pub key: String,
    /// The channel.
    pub channel: String,
    /// To whom, where it is mail.
    pub address: Option<Address>,
    /// The subscriber's handle.
    pub handle: Option<[u8; 16]>,
    /// What is in it, where it is not alerts.
    pub letter: Option<Letter>,
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// The subscriber's own quiet hours.
    pub quiet: Option<Quiet>,
    /// When it was written: the date of a mail, the same at every try.
    pub created: Timestamp,
    /// How often it was tried before.
    pub attempts: u32,
    /// How often it may have been taken before.
    pub doubts: u32,
}

/// Adds an alert with its messages, unless it was told before.
pub fn tell(tx: &Transaction<'_>, settings: &Alerts, alert: &Alert, now: Timestamp) -> Result<bool, Failure> {
    let body = serde_json::to_string(alert).map_err(Failure::new)?;
    let added = tx.execute(
        "INSERT INTO alert (key, kind, thesis, claim, day, created, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        params![alert.key, alert.kind.name(), alert.thesis, alert.claim, alert.day.0, millis(now), body],
    )?;
    if added == 0 {
        return Ok(false);
    }
    let row = tx.last_insert_rowid();
    for (name, channel) in &settings.channel {
        if !channel.wants(alert.kind, &alert.thesis, &alert.claim) {
            continue;
        }
        let due = channel.quiet.as_ref().map_or(now, |q| q.after(now));
        match channel.kind {
            ChannelKind::Mail => {
                let quiet = channel.quiet.as_ref().or(settings.quiet.as_ref());
                let due = quiet.map_or(now, |q| q.after(now));
                for to in &channel.to {
                    let address = Address::parse(to).map_err(Failure::new)?;
                    let key = key(&[&alert.key, name, address.expose()]);
                    add(tx, &New { key: &key, channel: name, address: Some(&address), due, now, ..New::default() }, &[row])?;
                }
            }
            _ => add(tx, &New { key: &key(&[&alert.key, name]), channel: name, due, now, ..New::default() }, &[row])?,
        }
    }
    // Data alerts concern who runs the program.
    if alert.kind != Kind::Data {
        tell_subscribers(tx, settings, alert, row, now)?;
    }
    Ok(true)
}

fn tell_subscribers(tx: &Transaction<'_>, settings: &Alerts, alert: &Alert, row: i64, now: Timestamp) -> Result<(), Failure> {
    let mut q = tx
        .prepare_cached("SELECT id, handle, frequency, zone, quiet, choices, digest_at FROM subscriber WHERE state = 'active'")?;
    let mut rows = q.query([])?;
    while let Some(r) = rows.next()? {
        let choices: Choices = serde_json::from_str(&r.get::<_, String>(5)?).unwrap_or_default();
        if !choices.want(&alert.thesis, &alert.claim) {
            continue;
        }
        let (id, handle) = (r.get::<_, i64>(0)?, r.get::<_, [u8; 16]>(1)?);
        let frequency = Frequency::by_name(&r.get::<_, String>(2)?).unwrap_or_default();
        if frequency == Frequency::Instant {
            let own: Option<Quiet> = r.get::<_, Option<String>>(4)?.and_then(|q| serde_json::from_str(&q).ok());
            let due = own.as_ref().or(settings.quiet.as_ref()).map_or(now, |q| q.after(now));
            let key = key(&[&alert.key, &super::secret::hex(&handle)]);
            add(tx, &New { key: &key, channel: SUBSCRIBERS, subscriber: Some(id), due, now, ..New::default() }, &[row])?;
            continue;
        }
        tx.execute("INSERT INTO digest_item VALUES (?1, ?2) ON CONFLICT DO NOTHING", params![id, row])?;
        if r.get::<_, Option<i64>>(6)?.is_none() {
            let zone = parse_zone(&r.get::<_, String>(3)?).map_err(Failure::new)?;
            let at = millis(frequency.next(now, &zone));
            tx.execute("UPDATE subscriber SET digest_at = ?2 WHERE id = ?1", params![id, at])?;
        }
    }
    Ok(())
}

/// Turns collected alerts into digests where one is due.
pub fn digest(tx: &Transaction<'_>, now: Timestamp) -> Result<usize, Failure> {
    let mut due = tx.prepare_cached("SELECT id, handle, digest_at FROM subscriber WHERE state = 'active' AND digest_at <= ?1")?;
    let due: Vec<(i64, [u8; 16], i64)> =
        due.query_map([millis(now)], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
    for (id, handle, at) in &due {
        let mut items = tx.prepare_cached("SELECT alert FROM digest_item WHERE subscriber = ?1 ORDER BY alert")?;
        let alerts: Vec<i64> = items.query_map([id], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        if !alerts.is_empty() {
            let key = key(&["digest", &super::secret::hex(handle), &at.to_string()]);
            add(tx, &New { key: &key, channel: SUBSCRIBERS, subscriber: Some(*id), due: now, now, ..New::default() }, &alerts)?;
        }
        tx.execute("DELETE FROM digest_item WHERE subscriber = ?1", [id])?;
        tx.execute("UPDATE subscriber SET digest_at = NULL WHERE id = ?1", [id])?;
    }
    Ok(due.len())
}

/// A message to be added.
#[derive(Default)]
pub struct New<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its channel.
    pub channel: &'a str,
    /// The subscriber.
    pub subscriber: Option<i64>,
    /// The address, where it is no subscriber's.
    pub address: Option<&'a Address>,
    /// The letter, where it is not about alerts.
    pub letter: Option<&'a Letter>,
    /// Not before.
    pub due: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// Adds a message, unless its key is there.
pub fn add(tx: &Transaction<'_>, new: &New<'_>, alerts: &[i64]) -> Result<(), Failure> {
    let letter = new.letter.map(serde_json::to_string).transpose().map_err(Failure::new)?;
    let added = tx.execute(
        "INSERT INTO message (key, channel, subscriber, address, letter, due, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT DO NOTHING",
        params![new.key, new.channel, new.subscriber, new.address.map(Address::expose), letter, millis(new.due), millis(new.now)],
    )?;
    if added > 0 {
        let message = tx.last_insert_rowid();
        for alert in alerts {
            tx.execute("INSERT INTO message_alert VALUES (?1, ?2)", params![message, alert])?;
        }
    }
    Ok(())
}

/// Takes the next message that is due, leaving out some channels, and marks it as being tried.
pub fn take(state: &State, now: Timestamp, leave: &[String]) -> Result<Option<Message>, Failure> {
    let leave = serde_json::to_string(leave).map_err(Failure::new)?;
    state.write(|tx| {
        let found = tx
            .prepare_cached(
                "SELECT m.id, m.key, m.channel, coalesce(s.address, m.address), s.handle, m.letter, m.created, m.attempts, m.doubts, s.quiet \
                 FROM message m LEFT JOIN subscriber s ON s.id = m.subscriber \
                 WHERE m.state = 'waiting' AND m.due <= ?1 AND m.channel NOT IN (SELECT value FROM json_each(?2)) \
                 ORDER BY m.due, m.id LIMIT 1",
            )?
            .query_row(params![millis(now), leave], |r| {
                let text = |i: usize| r.get::<_, Option<String>>(i);
                Ok(Message {
                    id: r.get(0)?,
                    key: r.get(1)?,
                    channel: r.get(2)?,
                    address: text(3)?.and_then(|a| Address::parse(&a).ok()),
                    handle: r.get(4)?,
                    letter: text(5)?.and_then(|l| serde_json::from_str(&l).ok()),
                    alerts: Vec::new(),
                    quiet: text(9)?.and_then(|q| serde_json::from_str(&q).ok()),
                    created: moment(r.get(6)?),
                    attempts: r.get(7)?,
                    doubts: r.get(8)?,
                })
            })
            .optional()?;
        let Some(mut message) = found else { return Ok(None) };
        tx.execute("UPDATE message SET state = 'trying', attempts = attempts + 1 WHERE id = ?1", [message.id])?;
        message.alerts = alerts_of(tx, message.id)?;
        Ok(Some(message))
    })
}

fn alerts_of(tx: &Transaction<'_>, message: i64) -> Result<Vec<Alert>, Failure> {
    let mut q = tx
        .prepare_cached("SELECT a.body FROM message_alert m JOIN alert a ON a.id = m.alert WHERE m.message = ?1 ORDER BY a.id")?;
    let bodies: Vec<String> = q.query_map([message], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    bodies.iter().map(|b| serde_json::from_str(b).map_err(Failure::new)).collect()
}

/// Marks a message as irrevocably under way; `false` where it was stopped in the meantime and must not be sent.
pub fn handed(state: &State, id: i64) -> Result<bool, Failure> {
    state.write(|tx| Ok(tx.execute("UPDATE message SET state = 'handed' WHERE id = ?1 AND state = 'trying'", [id])? == 1))
}

/// How an attempt ended. The text never holds an address.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// It was taken.
    Done,
    /// It was surely not taken, and may be later; the wait is the schedule's unless the other side named one.
    Later {
        /// What was said.
        said: String,
        /// A wait that the other side asked for.
        wait: Option<std::time::Duration>,
        /// Whether the channel itself is away, so that nothing else need be tried now.
        away: bool,
    },
    /// It may or may not have been taken.
    Doubtful {
        /// What was seen.
        said: String,
    },
    /// It will never be taken.
    Never {
        /// What was said.
        said: String,
        /// Whether it is the recipient who does not exist.
        recipient: bool,
    },
}

/// Writes down how an attempt ended.
pub fn ended(state: &State, settings: &Alerts, message: &Message, ended: &Ended, now: Timestamp) -> Result<(), Failure> {
    let attempts = message.attempts + 1;
    state.write(|tx| {
        let close = |to: &str, said: &str| {
            // A letter may hold a token, which goes once it has been sent.
            tx.execute(
                "UPDATE message SET state = ?2, said = ?3, finished = ?4, letter = CASE WHEN ?2 = 'dead' THEN letter END \
                 WHERE id = ?1 AND state IN ('trying', 'handed')",
                params![message.id, to, said, millis(now)],
            )
        };
        match ended {
            Ended::Done => {
                close("done", "")?;
            }
            Ended::Never { said, recipient } => {
                close("dead", said)?;
                if let Some(handle) = message.handle.filter(|_| *recipient) {
                    bounce(tx, handle)?;
                }
            }
            Ended::Later { said, .. } | Ended::Doubtful { said } if attempts >= settings.retry.tries => {
                close("dead", said)?;
            }
            Ended::Later { said, .. } | Ended::Doubtful { said } => {
                let asked = if let Ended::Later { wait, .. } = ended { *wait } else { None };
                let wait = asked.unwrap_or_else(|| pause(settings, attempts));
                let due = millis(now).saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
                let doubt = u32::from(matches!(ended, Ended::Doubtful { .. }));
                tx.execute(
                    "UPDATE message SET state = 'waiting', said = ?2, due = ?3, doubts = doubts + ?4 \
                     WHERE id = ?1 AND state IN ('trying', 'handed')",
                    params![message.id, said, due, doubt],
                )?;
            }
        }
        Ok(())
    })
}

/// The pause after so many failures.
fn pause(settings: &Alerts, attempts: u32) -> std::time::Duration {
    use backon::{BackoffBuilder, ExponentialBuilder};
    let retry = &settings.retry;
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(retry.first)
        .with_max_delay(retry.most)
        .with_factor(retry.factor)
        .with_max_times(attempts as usize)
        .with_jitter()
        .build();
    pauses.nth(attempts.saturating_sub(1) as usize).unwrap_or(retry.most).min(retry.most * 2)
}

/// Stops everything that would go to an address that does not exist. What stands in the outbox for it is stopped too.
pub fn bounce(tx: &Transaction<'_>, handle: [u8; 16]) -> Result<bool, Failure> {
    let changed = tx.execute("UPDATE subscriber SET state = 'bounced', digest_at = NULL WHERE handle = ?1", [handle])?;
    stop(tx, handle)?;
    Ok(changed > 0)
}

/// Stops what stands in the outbox for a subscriber.
pub fn stop(tx: &Transaction<'_>, handle: [u8; 16]) -> Result<(), Failure> {
    let of = "(SELECT id FROM subscriber WHERE handle = ?1)";
    tx.execute(
        &format!(
            "UPDATE message SET state = 'stopped', letter = NULL WHERE subscriber = {of} AND state IN ('waiting', 'trying')"
        ),
        [handle],
    )?;
    tx.execute(&format!("DELETE FROM digest_item WHERE subscriber = {of}"), [handle])?;
    Ok(())
}

/// When the next message or digest is due, leaving out some channels.
pub fn next_due(state: &State, leave: &[String]) -> Result<Option<Timestamp>, Failure> {
    let leave = serde_json::to_string(leave).map_err(Failure::new)?;
    let sql = "SELECT min(at) FROM (SELECT due AS at FROM message WHERE state = 'waiting' AND channel NOT IN (SELECT value FROM json_each(?1)) \
               UNION ALL SELECT digest_at FROM subscriber WHERE state = 'active' AND digest_at IS NOT NULL)";
    Ok(state.read().query_row(sql, [leave], |r| r.get::<_, Option<i64>>(0))?.map(moment))
}

/// A row of the outbox as it is listed: who it goes to is not part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its number.
    pub id: i64,
    /// The channel.
    pub channel: String,
    /// waiting, trying, handed, done, dead, stopped.
    pub state: String,
    /// Tries so far.
    pub attempts: i64,
    /// Times it may have been taken twice.
    pub doubts: i64,
    /// When it is tried next, or was done.
    pub at: Timestamp,
    /// What the other side said last.
    pub said: String,
    /// What it is about.
    pub about: String,
}

/// The outbox, newest last; only one state where named.
pub fn list(state: &State, only: Option<&str>) -> Result<Vec<Listed>, Failure> {
    let connection = state.read();
    let mut q = connection.prepare(
        "SELECT m.id, m.channel, m.state, m.attempts, m.doubts, coalesce(m.finished, m.due), m.said, \
                coalesce((SELECT group_concat(a.kind || ' ' || a.claim, ', ') FROM message_alert x JOIN alert a ON a.id = x.alert WHERE x.message = m.id), 'letter') \
         FROM message m WHERE ?1 IS NULL OR m.state = ?1 ORDER BY m.id",
    )?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Listed {
            id: r.get(0)?,
            channel: r.get(1)?,
            state: r.get(2)?,
            attempts: r.get(3)?,
            doubts: r.get(4)?,
            at: moment(r.get(5)?),
            said: r.get(6)?,
            about: r.get(7)?,
        })
    };
    Ok(q.query_map([only], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Puts dead messages back: one, or all. Says how many.
pub fn revive(state: &State, id: Option<i64>, now: Timestamp) -> Result<usize, Failure> {
    state.write(|tx| {
        let sql = "UPDATE message SET state = 'waiting', attempts = 0, due = ?2, finished = NULL \
                   WHERE state = 'dead' AND (?1 IS NULL OR id = ?1) \
                   AND (subscriber IS NULL OR subscriber IN (SELECT id FROM subscriber WHERE state IN ('active', 'pending')))";
        Ok(tx.execute(sql, params![id, millis(now)])?)
    })
}

/// The latest alerts, newest first.
pub fn latest(state: &State, thesis: Option<&str>, limit: u32) -> Result<Vec<(Timestamp, Alert)>, Failure> {
    let connection = state.read();
    let mut q =
        connection.prepare_cached("SELECT created, body FROM alert WHERE ?1 IS NULL OR thesis = ?1 ORDER BY id DESC LIMIT ?2")?;
    let rows: Vec<(i64, String)> =
        q.query_map(params![thesis, limit], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    rows.into_iter().map(|(at, body)| Ok((moment(at), serde_json::from_str(&body).map_err(Failure::new)?))).collect()
}

/// What was said of a message that is not done; `None` where it is.
pub fn unsent(state: &State, key: &str) -> Result<Option<String>, Failure> {
    let sql = "SELECT said FROM message WHERE key = ?1 AND state <> 'done'";
    Ok(state.read().query_row(sql, [key], |r| r.get(0)).optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::subscribe::{Wish, confirm, request, work};
    use plimsoll_model::time::Day;

    /// A Friday, noon in New York.
    fn noon() -> Timestamp {
        "2024-02-02T17:00:00Z".parse().unwrap()
    }

    fn hours(n: i64) -> Timestamp {
        noon().checked_add(jiff::SignedDuration::from_hours(n)).unwrap()
    }

    fn alert(kind: Kind, claim: &str) -> Alert {
        Alert {
            key: key(&[kind.name(), claim]),
            kind,
            thesis: "t".into(),
            title: "T".into(),
            claim: claim.into(),
            says: claim.into(),
            day: Day::ymd(2024, 2, 2),
            headline: format!("{claim} flips"),
            changed: String::new(),
            since: Day::ymd(2024, 2, 2),
            from: "holds".into(),
            to: "fails".into(),
            figures: Vec::new(),
            line: None,
            wrong: String::new(),
            link: None,
            command: String::new(),
        }
    }

    /// A state with one subscriber.
    fn subscribed(wish: &Wish) -> (tempfile::TempDir, State, [u8; 16]) {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        request(&state, &Address::parse("reader@example.org").unwrap(), Some(wish), noon()).unwrap();
        work(&state, noon()).unwrap();
        let letter = take(&state, noon(), &[]).unwrap().unwrap().letter;
        let Some(Letter::Confirm { token }) = letter else { panic!("{letter:?}") };
        let handle = confirm(&state, &token, noon()).unwrap().unwrap();
        state.write(|tx| Ok(tx.execute("DELETE FROM message", [])?)).unwrap();
        (dir, state, handle)
    }

    fn tell_all(state: &State, settings: &Alerts, claims: &[&str], now: Timestamp) -> usize {
        let tell = |claim: &&str| state.write(|tx| tell(tx, settings, &alert(Kind::Flip, claim), now)).unwrap();
        claims.iter().filter(|c| tell(c)).count()
    }

    #[test]
    fn a_digest_collects_until_its_hour_and_comes_once() {
        let (_dir, state, _) = subscribed(&Wish { frequency: Frequency::Daily, ..Wish::default() });
        let settings = Alerts::default();
        assert_eq!(tell_all(&state, &settings, &["a", "b"], noon()), 2);
        assert_eq!(tell_all(&state, &settings, &["a"], hours(1)), 0, "the same news is no news");
        let round = |now: Timestamp| {
            state.write(|tx| digest(tx, now)).unwrap();
            take(&state, now, &[]).unwrap()
        };
        assert!(round(hours(19)).is_none(), "seven in the morning");
        assert_eq!(next_due(&state, &[]).unwrap(), Some(hours(20)));
        let message = round(hours(20)).expect("eight in the morning");
        assert_eq!(message.alerts.iter().map(|a| a.claim.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        ended(&state, &settings, &message, &Ended::Done, hours(20)).unwrap();
        assert!(round(hours(44)).is_none(), "nothing new, no digest");
    }

    #[test]
    fn quiet_hours_choices_and_kinds_are_kept() {
        let quiet = Quiet::new("11:00", "14:00", "America/New_York").ok();
        let choices = Choices([("t".to_owned(), vec!["a".to_owned()])].into());
        let (_dir, state, _) = subscribed(&Wish { quiet, choices, ..Wish::default() });
        let settings = Alerts::default();
        tell_all(&state, &settings, &["a", "b"], noon());
        state.write(|tx| tell(tx, &settings, &alert(Kind::Data, "a"), noon())).unwrap();
        assert!(take(&state, hours(1), &[]).unwrap().is_none(), "one in the afternoon is quiet");
        let message = take(&state, hours(2), &[]).unwrap().expect("two is not");
        assert_eq!(message.alerts[0].claim, "a");
        assert!(take(&state, hours(2), &[]).unwrap().is_none(), "neither the other claim nor data");
    }

    #[test]
    fn pauses_grow_until_a_message_is_dead_and_can_be_revived() {
        let (_dir, state, _) = subscribed(&Wish::default());
        let mut settings = Alerts::default();
        settings.retry.tries = 4;
        tell_all(&state, &settings, &["a"], noon());
        let mut now = noon();
        let mut pauses = Vec::new();
        while let Some(message) = take(&state, now, &[]).unwrap() {
            assert!(handed(&state, message.id).unwrap());
            let later = Ended::Later { said: "451 after RCPT".into(), wait: None, away: false };
            ended(&state, &settings, &message, &later, now).unwrap();
            let Some(due) = next_due(&state, &[]).unwrap() else { break };
            pauses.push(due.duration_since(now).as_secs());
            now = due;
        }
        assert_eq!(pauses.len(), 3, "four tries: {pauses:?}");
        assert!(pauses.windows(2).all(|w| w[1] > w[0]) && pauses[0] >= 30, "{pauses:?}");
        let dead = list(&state, Some("dead")).unwrap();
        assert_eq!((dead.len(), dead[0].said.as_str()), (1, "451 after RCPT"));
        assert_eq!(revive(&state, Some(dead[0].id), now).unwrap(), 1);
        assert!(take(&state, now, &[]).unwrap().is_some());
    }

    #[test]
    fn what_was_stopped_on_its_way_is_not_sent() {
        let (_dir, state, handle) = subscribed(&Wish::default());
        tell_all(&state, &Alerts::default(), &["a"], noon());
        let message = take(&state, noon(), &[]).unwrap().unwrap();
        state.write(|tx| bounce(tx, handle)).unwrap();
        assert!(!handed(&state, message.id).unwrap());
        // Who bounced is told nothing more.
        tell_all(&state, &Alerts::default(), &["b"], noon());
        assert!(take(&state, hours(1), &[]).unwrap().is_none());
    }
}
