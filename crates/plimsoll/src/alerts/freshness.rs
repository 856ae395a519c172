//! Data that stopped coming, and files that were largely refused.

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use rusqlite::{OptionalExtension, Transaction};

use super::alert::{Alert, Figure, Kind, key};
use super::evaluate::Evaluation;
use crate::failure::Failure;
use crate::session::Session;

/// Above this share of refused rows an import is failing.
const REFUSED: f64 = 0.05;
/// A source that fell behind by more than this many sessions was not watched when it did: it is history, not news.
const DORMANT: usize = 252;

/// Alerts on data. A source is stale where its last day lies more than the set number of sessions before today.
pub fn check(tx: &Transaction<'_>, session: &Session, with: &Evaluation<'_>) -> Result<Vec<Alert>, Failure> {
    let mut alerts = Vec::new();
    let calendar = Calendar::nyse();
    for c in session.store.coverage()? {
        if !matches!(c.dataset, Dataset::Bars | Dataset::Series) || c.last > with.as_of.day() {
            continue;
        }
        let behind = calendar.between(c.last.plus(1), with.today).len();
        if behind <= with.settings.stale as usize || behind > DORMANT {
            continue;
        }
        let last = c.last.to_string();
        let mut alert = blank(with, &["stale", c.dataset.name(), &c.source, &last]);
        alert.headline = format!("Data of {} are {behind} sessions behind", c.source);
        alert.changed = format!("Nothing newer than {last} has come from {} ({}).", c.source, c.dataset.name());
        alert.since = c.last;
        alert.figures = vec![
            Figure { label: "Last day".into(), value: last },
            Figure { label: "Sessions behind".into(), value: behind.to_string() },
        ];
        alert.wrong = "A source may publish less than once a session.".into();
        alerts.push(alert);
    }
    alerts.extend(refused(tx, session, with)?);
    Ok(alerts)
}

/// Imports since the last look that refused many of their rows.
fn refused(tx: &Transaction<'_>, session: &Session, with: &Evaluation<'_>) -> Result<Vec<Alert>, Failure> {
    let seen: Option<String> = tx.query_row("SELECT value FROM seen WHERE what = 'import'", [], |r| r.get(0)).optional()?;
    let seen: Option<i64> = seen.and_then(|s| s.parse().ok());
    let imports = session.store.imports()?;
    let last = imports.iter().map(|i| i.id).max().unwrap_or(0);
    tx.execute(
        "INSERT INTO seen VALUES ('import', ?1) ON CONFLICT (what) DO UPDATE SET value = excluded.value",
        [last.to_string()],
    )?;
    // What was there before anybody watched is no news.
    let Some(seen) = seen else { return Ok(Vec::new()) };
    let mut alerts = Vec::new();
    for import in imports.iter().filter(|i| i.id > seen) {
        let refused: u64 = session.store.refusal_counts(Some(import.id))?.iter().map(|r| r.2).sum();
        let all = import.seen.max(refused);
        if all == 0 || (refused as f64) < REFUSED * all as f64 {
            continue;
        }
        let name = std::path::Path::new(&import.path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut alert = blank(with, &["refused", &import.file_hash, &import.source]);
        alert.headline = format!("{name}: {refused} of {all} rows were refused");
        alert.changed = format!("An import of {} kept less than it should: {refused} of {all} rows were refused.", import.source);
        alert.figures = vec![
            Figure { label: "File".into(), value: name },
            Figure { label: "Rows refused".into(), value: format!("{refused} of {all}") },
        ];
        alert.command = format!("plimsoll import {} --refused", import.path);
        alerts.push(alert);
    }
    Ok(alerts)
}

fn blank(with: &Evaluation<'_>, parts: &[&str]) -> Alert {
    let day = with.as_of.day();
    Alert {
        key: key(parts),
        kind: Kind::Data,
        thesis: String::new(),
        title: "Data".into(),
        claim: String::new(),
        says: String::new(),
        day,
        headline: String::new(),
        changed: String::new(),
        since: day,
        from: String::new(),
        to: String::new(),
        figures: Vec::new(),
        line: None,
        wrong: String::new(),
        link: with.settings.url("/data"),
        command: "plimsoll status".into(),
    }
}
