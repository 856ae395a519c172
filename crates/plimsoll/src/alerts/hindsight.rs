//! Verdicts of the past, judged with what is known now: a later vintage that would have changed what readers were told is told.
//!
//! What was known then never changes, so that dated reports stay as they are; this compares them with [`plimsoll_model::hindsight`].
//! Rows of the table `hindsight` are sessions that are judged otherwise now; a session without a row stands as it was told.

use std::collections::BTreeMap;

use plimsoll_claims::{Assessed, Claim, Verdict};
use plimsoll_model::dataset::Dataset;
use plimsoll_model::time::Day;
use rusqlite::{OptionalExtension, Transaction, params};

use super::alert::{Alert, Figure, Kind};
use super::evaluate::{Evaluation, PAST, Telling, Watched};
use super::state::State;
use crate::commands::check::unit;
use crate::failure::Failure;
use crate::session::Session;

fn mark(w: &Watched) -> String {
    format!("hindsight:{}", w.name)
}

/// How many imports are known by now that replaced values or brought publications which state old numbers again, where that is another
/// number than at the last look with hindsight: then one is due. So it is at the first.
pub fn due(session: &Session, state: &State, w: &Watched, with: &Evaluation<'_>) -> Result<Option<usize>, Failure> {
    let seen: Option<String> =
        state.read().query_row("SELECT value FROM seen WHERE what = ?1", [mark(w)], |r| r.get(0)).optional()?;
    let coverage = session.store.coverage()?;
    let states_again =
        |source: &str| coverage.iter().any(|c| c.source == source && matches!(c.dataset, Dataset::Facts | Dataset::Vintages));
    let imports = session.store.imports()?;
    let revising = imports
        .iter()
        .filter(|i| with.as_of.knows(i.vintage.unwrap_or(i.ingested_at)))
        .filter(|i| i.revised > 0 || (i.taken > 0 && states_again(&i.source)))
        .count();
    Ok((seen.as_deref() != Some(revising.to_string().as_str())).then_some(revising))
}

/// Notes that a look was taken.
pub fn done(tx: &Transaction<'_>, w: &Watched, revising: usize) -> Result<(), Failure> {
    let upsert = "INSERT INTO seen VALUES (?1, ?2) ON CONFLICT (what) DO UPDATE SET value = excluded.value";
    tx.execute(upsert, params![mark(w), revising.to_string()])?;
    Ok(())
}

fn begun(w: &Watched, claim: &Claim) -> String {
    format!("hindsight:{}:{}", w.name, claim.id)
}

/// Forgets what is kept of a claim, which is another claim now.
pub fn forget(tx: &Transaction<'_>, w: &Watched, claim: &Claim) -> Result<(), Failure> {
    tx.execute("DELETE FROM hindsight WHERE thesis = ?1 AND claim = ?2", [&w.name, &claim.id])?;
    // The next look begins anew, and is due.
    tx.execute("DELETE FROM seen WHERE what IN (?1, ?2)", [begun(w, claim), mark(w)])?;
    Ok(())
}

/// A past session that is judged otherwise: the verdict before, the one now.
struct Changed {
    before: String,
    now: Verdict,
    then: Option<f64>,
    revised: Option<f64>,
}

/// The sessions that a revision since the last look judges otherwise, as one alert; what was revised before the first look is no news.
pub(super) fn changes(tx: &Transaction<'_>, telling: &Telling<'_>, revised: &Assessed) -> Result<Option<Alert>, Failure> {
    let (w, claim) = (telling.w, telling.claim);
    let first_look = tx.execute("INSERT OR IGNORE INTO seen VALUES (?1, '')", [begun(w, claim)])? == 1;
    let then: BTreeMap<Day, (Option<f64>, Verdict)> = telling
        .assessed
        .history
        .iter()
        .rev()
        .take(PAST)
        .map(|(day, point, verdict)| (*day, (point.value.ok(), *verdict)))
        .collect();
    let mut kept = tx.prepare_cached("SELECT verdict FROM hindsight WHERE thesis = ?1 AND claim = ?2 AND day = ?3")?;
    let mut keep = tx.prepare_cached(
        "INSERT INTO hindsight VALUES (?1, ?2, ?3, ?4) ON CONFLICT (thesis, claim, day) DO UPDATE SET verdict = excluded.verdict",
    )?;
    let mut changed: BTreeMap<Day, Changed> = BTreeMap::new();
    for (day, point, now) in &revised.history {
        let Some((value, told)) = then.get(day) else { continue };
        if *now == Verdict::Unknown || *told == Verdict::Unknown {
            continue;
        }
        let before: Option<String> = kept.query_row(params![w.name, claim.id, day.0], |r| r.get(0)).optional()?;
        let before = before.unwrap_or_else(|| told.word().to_owned());
        if before != now.word() {
            keep.execute(params![w.name, claim.id, day.0, now.word()])?;
            changed.insert(*day, Changed { before, now: *now, then: *value, revised: point.value.ok() });
        }
    }
    if first_look {
        return Ok(None);
    }
    let (Some(first), Some(last)) = (changed.first_key_value(), changed.last_key_value()) else { return Ok(None) };
    let days: Vec<String> = changed.iter().map(|(day, c)| format!("{day}{}{}", c.before, c.now.word())).collect();
    let mut alert = telling.base(Kind::Revision, &["hindsight", &days.join(" ")]);
    let says = claim.says.trim_end_matches('.');
    let (n, sessions) = match changed.len() {
        1 => ("One".to_owned(), "past session"),
        n => (n.to_string(), "past sessions"),
    };
    alert.headline = format!("{says}: revised data change the past");
    alert.changed = format!(
        "Data were revised. {n} {sessions} of “{says}” would be judged otherwise with what is known now. Reports of those days stay as they were."
    );
    alert.since = *first.0;
    (alert.from, alert.to) = (last.1.before.clone(), last.1.now.word().into());
    let shown = |v: Option<f64>| v.map_or_else(|| "no figure".to_owned(), |v| unit(claim).format(v));
    let of = |(day, c): (&Day, &Changed)| Figure {
        label: day.to_string(),
        value: format!("{} at {} as known then; {} at {} as revised", c.before, shown(c.then), c.now.word(), shown(c.revised)),
    };
    alert.figures = if changed.len() == 1 { vec![of(first)] } else { vec![of(first), of(last)] };
    Ok(Some(alert))
}
