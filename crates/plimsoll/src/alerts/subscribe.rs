//! Signing up, confirming, changing, leaving: what is kept of a person, and how it goes again.
//!
//! A sign-up is one row of `request`, whoever it is from, and is looked at later by whoever delivers: the answer to it, and the time it
//! takes, are the same for somebody who is subscribed, who is not, or who bounced. Leaving deletes: there is nothing to keep.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::alert::key;
use super::outbox::{self, Letter, New, SUBSCRIBERS};
use super::quiet::{Frequency, Quiet, ZONE, parse_zone};
use super::secret::{self, hex};
use super::state::{State, millis, moment};
use crate::failure::Failure;

/// How long a confirmation may take.
const CONFIRM_WITHIN: SignedDuration = SignedDuration::from_hours(48);
/// Between two letters to one address, and in how long at most how many: nobody's mailbox can be filled from here.
const LETTER_GAP: SignedDuration = SignedDuration::from_mins(5);
const LETTER_SPAN: SignedDuration = SignedDuration::from_hours(24);
const LETTERS: i64 = 4;

/// What somebody is told of: nothing named means everything; a thesis without claims means all of its claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Choices(pub BTreeMap<String, Vec<String>>);

impl Choices {
    /// Whether an alert is wanted.
    pub fn want(&self, thesis: &str, claim: &str) -> bool {
        self.0.is_empty() || self.0.get(thesis).is_some_and(|claims| claims.is_empty() || claims.iter().any(|c| c == claim))
    }
}

/// What somebody wishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// Of what.
    pub choices: Choices,
    /// How often.
    pub frequency: Frequency,
    /// Their time zone.
    pub zone: String,
    /// Their quiet hours.
    pub quiet: Option<Quiet>,
}

impl Default for Wish {
    fn default() -> Wish {
        Wish { choices: Choices::default(), frequency: Frequency::Instant, zone: ZONE.into(), quiet: None }
    }
}

/// Takes a sign-up, or, without a wish, the request for a link to the preferences.
pub fn request(state: &State, address: &Address, wish: Option<&Wish>, now: Timestamp) -> Result<(), Failure> {
    let wish = wish.map(serde_json::to_string).transpose().map_err(Failure::new)?;
    state.write(|tx| {
        tx.execute(
            "INSERT INTO request (address, wish, created) VALUES (?1, ?2, ?3)",
            params![address.expose(), wish, millis(now)],
        )?;
        Ok(())
    })
}

/// Looks at what came in, and deletes what was never confirmed.
pub fn work(state: &State, now: Timestamp) -> Result<(), Failure> {
    state.write(|tx| {
        let mut q = tx.prepare_cached("SELECT id, address, wish FROM request ORDER BY id LIMIT 500")?;
        let requests: Vec<(i64, String, Option<String>)> =
            q.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
        for (id, address, wish) in requests {
            answer(tx, &address, wish.as_deref(), now)?;
            tx.execute("DELETE FROM request WHERE id = ?1", [id])?;
        }
        tx.execute("DELETE FROM token WHERE expires <= ?1", [millis(now)])?;
        tx.execute("DELETE FROM subscriber WHERE state = 'pending' AND id NOT IN (SELECT subscriber FROM token)", [])?;
        Ok(())
    })
}

struct Row {
    id: i64,
    handle: [u8; 16],
    state: String,
    lettered: i64,
    letters: i64,
}

fn answer(tx: &Transaction<'_>, address: &str, wish: Option<&str>, now: Timestamp) -> Result<(), Failure> {
    let found = tx
        .prepare_cached("SELECT id, handle, state, lettered, letters FROM subscriber WHERE address = ?1")?
        .query_row([address], |r| {
            Ok(Row { id: r.get(0)?, handle: r.get(1)?, state: r.get(2)?, lettered: r.get(3)?, letters: r.get(4)? })
        })
        .optional()?;
    let row = match (found, wish) {
        (Some(row), _) => row,
        // Nobody is written to who did not ask, or was not asked for.
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            let handle: [u8; 16] = secret::random()?;
            tx.execute(
                "INSERT INTO subscriber (handle, address, state, frequency, zone, choices, created) VALUES (?1, ?2, 'pending', 'instant', ?3, '{}', ?4)",
                params![handle, address, ZONE, millis(now)],
            )?;
            Row { id: tx.last_insert_rowid(), handle, state: "pending".into(), lettered: 0, letters: 0 }
        }
    };
    let since = millis(now) - row.lettered;
    let letters = if since >= LETTER_SPAN.as_millis() as i64 { 0 } else { row.letters };
    if (row.lettered > 0 && since < LETTER_GAP.as_millis() as i64) || letters >= LETTERS {
        return Ok(());
    }
    let letter = match (row.state.as_str(), wish) {
        ("active", _) => Letter::Preferences,
        // Who bounced may have a mailbox again: they confirm it like anybody else.
        (_, Some(wish)) => {
            let (token, hash) = secret::token()?;
            tx.execute("DELETE FROM token WHERE subscriber = ?1", [row.id])?;
            let expires = now.checked_add(CONFIRM_WITHIN).map_err(Failure::new)?;
            tx.execute("INSERT INTO token VALUES (?1, ?2, ?3, ?4)", params![hash, row.id, millis(expires), wish])?;
            Letter::Confirm { token }
        }
        (_, None) => return Ok(()),
    };
    let key = key(&["letter", &hex(&row.handle), &millis(now).to_string()]);
    outbox::add(
        tx,
        &New {
            key: &key,
            channel: SUBSCRIBERS,
            subscriber: Some(row.id),
            letter: Some(&letter),
            due: now,
            now,
            ..New::default()
        },
        &[],
    )?;
    tx.execute("UPDATE subscriber SET lettered = ?2, letters = ?3 WHERE id = ?1", params![row.id, millis(now), letters + 1])?;
    Ok(())
}

/// Whether a token is good; looking changes nothing, because mail scanners open links.
pub fn token_good(state: &State, token: &str, now: Timestamp) -> Result<bool, Failure> {
    let hash = secret::token_hash(token);
    let sql = "SELECT 1 FROM token WHERE hash = ?1 AND expires > ?2";
    Ok(state.read().query_row(sql, params![hash, millis(now)], |_| Ok(())).optional()?.is_some())
}

/// Confirms; comes back with the handle where the token is good. A token is good once.
pub fn confirm(state: &State, token: &str, now: Timestamp) -> Result<Option<[u8; 16]>, Failure> {
    let hash = secret::token_hash(token);
    state.write(|tx| {
        let sql = "SELECT t.subscriber, t.wish, s.handle FROM token t JOIN subscriber s ON s.id = t.subscriber WHERE t.hash = ?1 AND t.expires > ?2";
        let found: Option<(i64, String, [u8; 16])> =
            tx.query_row(sql, params![hash, millis(now)], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()?;
        let Some((id, wish, handle)) = found else { return Ok(None) };
        let wish: Wish = serde_json::from_str(&wish).map_err(Failure::new)?;
        tx.execute("UPDATE subscriber SET state = 'active', confirmed = ?2 WHERE id = ?1", params![id, millis(now)])?;
        tx.execute("DELETE FROM token WHERE subscriber = ?1", [id])?;
        set(tx, handle, &wish)?;
        Ok(Some(handle))
    })
}

fn set(tx: &Transaction<'_>, handle: [u8; 16], wish: &Wish) -> Result<bool, Failure> {
    let quiet = wish.quiet.as_ref().map(serde_json::to_string).transpose().map_err(Failure::new)?;
    let choices = serde_json::to_string(&wish.choices).map_err(Failure::new)?;
    let changed = tx.execute(
        "UPDATE subscriber SET frequency = ?2, zone = ?3, quiet = ?4, choices = ?5 WHERE handle = ?1 AND state = 'active'",
        params![handle, wish.frequency.name(), wish.zone, quiet, choices],
    )?;
    Ok(changed > 0)
}

/// Changes what somebody is told and how often. What was collected for a digest comes at once with the next one.
pub fn update(state: &State, handle: [u8; 16], wish: &Wish, now: Timestamp) -> Result<bool, Failure> {
    let zone = parse_zone(&wish.zone).map_err(Failure::new)?;
    state.write(|tx| {
        let changed = set(tx, handle, wish)?;
        let next = millis(wish.frequency.next(now, &zone));
        tx.execute("UPDATE subscriber SET digest_at = ?2 WHERE handle = ?1 AND digest_at IS NOT NULL", params![handle, next])?;
        Ok(changed)
    })
}

/// What somebody wishes now; `None` where nobody active has the handle.
pub fn wish(state: &State, handle: [u8; 16]) -> Result<Option<Wish>, Failure> {
    let sql = "SELECT frequency, zone, quiet, choices FROM subscriber WHERE handle = ?1 AND state = 'active'";
    let found = state
        .read()
        .query_row(sql, [handle], |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, Option<String>>(2)?, r.get::<_, String>(3)?))
        })
        .optional()?;
    Ok(found.map(|(frequency, zone, quiet, choices)| Wish {
        frequency: Frequency::by_name(&frequency).unwrap_or_default(),
        zone,
        quiet: quiet.and_then(|q| serde_json::from_str(&q).ok()),
        choices: serde_json::from_str(&choices).unwrap_or_default(),
    }))
}

/// Everything that is kept of somebody, for themselves.
pub fn export(state: &State, handle: [u8; 16]) -> Result<Option<serde_json::Value>, Failure> {
    let connection = state.read();
    let sql = "SELECT id, address, state, frequency, zone, quiet, choices, created, confirmed FROM subscriber WHERE handle = ?1";
    let row = connection
        .query_row(sql, [handle], |r| {
            let json = |text: Option<String>| text.and_then(|t| serde_json::from_str::<serde_json::Value>(&t).ok());
            let at = |ms: Option<i64>| ms.map(|ms| moment(ms).to_string());
            let value = serde_json::json!({
                "address": r.get::<_, String>(1)?,
                "state": r.get::<_, String>(2)?,
                "frequency": r.get::<_, String>(3)?,
                "time_zone": r.get::<_, String>(4)?,
                "quiet_hours": json(r.get(5)?),
                "choices": json(r.get(6)?),
                "signed_up": at(r.get(7)?),
                "confirmed": at(r.get(8)?),
            });
            Ok((r.get::<_, i64>(0)?, value))
        })
        .optional()?;
    let Some((id, mut value)) = row else { return Ok(None) };
    let mut q = connection.prepare(
        "SELECT m.created, m.state, m.finished, (SELECT group_concat(a.kind || ' ' || a.thesis || '/' || a.claim, ', ') \
         FROM message_alert x JOIN alert a ON a.id = x.alert WHERE x.message = m.id) FROM message m WHERE m.subscriber = ?1 ORDER BY m.id",
    )?;
    let messages: Vec<serde_json::Value> = q
        .query_map([id], |r| {
            Ok(serde_json::json!({
                "written": moment(r.get(0)?).to_string(),
                "state": r.get::<_, String>(1)?,
                "finished": r.get::<_, Option<i64>>(2)?.map(|ms| moment(ms).to_string()),
                "about": r.get::<_, Option<String>>(3)?.unwrap_or_else(|| "letter".into()),
            }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    value["messages"] = messages.into();
    Ok(Some(value))
}

/// Leaves: the person, their choices and their messages are deleted, and overwritten on disk.
pub fn leave(state: &State, handle: [u8; 16]) -> Result<(), Failure> {
    let gone = state.write(|tx| Ok(tx.execute("DELETE FROM subscriber WHERE handle = ?1", [handle])?))?;
    if gone > 0 {
        // Another connection may read just now; then the next checkpoint overwrites the journal.
        let _ = state.erase();
    }
    Ok(())
}

/// How many are subscribed, by state.
pub fn counts(state: &State) -> Result<Vec<(String, i64)>, Failure> {
    let connection = state.read();
    let mut q = connection.prepare("SELECT state, count(*) FROM subscriber GROUP BY state ORDER BY state")?;
    Ok(q.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> (tempfile::TempDir, State) {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        (dir, state)
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + 60 * minutes).unwrap()
    }

    fn letters(state: &State) -> Vec<Letter> {
        let connection = state.read();
        let mut q = connection.prepare("SELECT letter FROM message ORDER BY id").unwrap();
        q.query_map([], |r| r.get::<_, String>(0)).unwrap().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect()
    }

    fn ask(state: &State, wish: Option<&Wish>, minutes: i64) {
        request(state, &Address::parse("reader@example.org").unwrap(), wish, at(minutes)).unwrap();
        work(state, at(minutes)).unwrap();
    }

    #[test]
    fn nobody_is_subscribed_before_they_confirm_and_a_token_is_good_once() {
        let (_dir, state) = state();
        let wish = Wish { frequency: Frequency::Daily, ..Wish::default() };
        ask(&state, Some(&wish), 0);
        let [Letter::Confirm { token }] = &letters(&state)[..] else { panic!() };
        assert_eq!(counts(&state).unwrap(), [("pending".to_owned(), 1)]);
        // The token itself is kept nowhere but in the letter.
        let kept: Vec<u8> = state.read().query_row("SELECT hash FROM token", [], |r| r.get(0)).unwrap();
        assert_ne!(kept, token.as_bytes());
        assert!(token_good(&state, token, at(1)).unwrap() && !token_good(&state, "x", at(1)).unwrap());
        assert_eq!(confirm(&state, "x", at(1)).unwrap(), None);
        let handle = confirm(&state, token, at(1)).unwrap().expect("a good token");
        assert_eq!(super::wish(&state, handle).unwrap(), Some(wish));
        assert_eq!(confirm(&state, token, at(2)).unwrap(), None, "good once");
    }

    #[test]
    fn what_is_never_confirmed_is_deleted() {
        let (_dir, state) = state();
        ask(&state, Some(&Wish::default()), 0);
        let [Letter::Confirm { token }] = &letters(&state)[..] else { panic!() };
        let token = token.clone();
        work(&state, at(48 * 60 - 1)).unwrap();
        assert!(token_good(&state, &token, at(48 * 60 - 1)).unwrap());
        assert_eq!(confirm(&state, &token, at(48 * 60)).unwrap(), None, "expired");
        work(&state, at(48 * 60)).unwrap();
        assert_eq!(counts(&state).unwrap(), []);
        assert_eq!(letters(&state), []);
    }

    #[test]
    fn a_mailbox_cannot_be_filled_by_signing_somebody_up() {
        let (_dir, state) = state();
        for minute in 0..600 {
            ask(&state, Some(&Wish::default()), minute);
        }
        assert_eq!(letters(&state).len(), 4);
        ask(&state, Some(&Wish::default()), 26 * 60);
        assert_eq!(letters(&state).len(), 5);
    }

    #[test]
    fn only_the_subscribed_get_a_link_to_their_preferences() {
        let (_dir, state) = state();
        ask(&state, None, 0);
        assert_eq!(letters(&state), []);
        ask(&state, Some(&Wish::default()), 1);
        let [Letter::Confirm { token }] = &letters(&state)[..] else { panic!() };
        let token = token.clone();
        confirm(&state, &token, at(2)).unwrap().unwrap();
        ask(&state, None, 10);
        ask(&state, Some(&Wish::default()), 20);
        assert_eq!(letters(&state)[1..], [Letter::Preferences, Letter::Preferences]);
    }

    #[test]
    fn leaving_leaves_nothing_on_disk() {
        let (dir, state) = state();
        ask(&state, Some(&Wish::default()), 0);
        let [Letter::Confirm { token }] = &letters(&state)[..] else { panic!() };
        let handle = confirm(&state, token, at(1)).unwrap().unwrap();
        let exported = export(&state, handle).unwrap().unwrap();
        assert_eq!(
            (exported["address"].as_str(), exported["messages"].as_array().unwrap().len()),
            (Some("reader@example.org"), 1)
        );
        let on_disk = || {
            std::fs::read_dir(dir.path()).unwrap().any(|e| {
                let bytes = std::fs::read(e.unwrap().path()).unwrap();
                bytes.windows(18).any(|w| w == b"reader@example.org")
            })
        };
        assert!(on_disk());
        leave(&state, handle).unwrap();
        assert!(!on_disk(), "the address is still somewhere in the folder");
        assert_eq!(export(&state, handle).unwrap(), None);
        leave(&state, handle).unwrap();
    }

    #[test]
    fn choices_select() {
        let choices = Choices([("t".to_owned(), vec!["a".to_owned()]), ("u".to_owned(), vec![])].into());
        assert!(choices.want("t", "a") && !choices.want("t", "b") && choices.want("u", "z") && !choices.want("v", "a"));
        assert!(Choices::default().want("v", "a"));
    }
}
