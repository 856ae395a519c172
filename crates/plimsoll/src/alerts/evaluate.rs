//! From a store's news to alerts: theses are assessed, their sessions folded, and what is worth telling is written with its messages
//! in one transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_claims::{Assessed, Claim, Test, Thesis, Verdict, assess};
use plimsoll_measures::replay::Asked;
use plimsoll_model::calendar::Calendar;
use plimsoll_model::hindsight::Hindsight;
use plimsoll_model::time::{AsOf, Day};
use rusqlite::{OptionalExtension, Transaction, params};

use super::alert::{Alert, Figure, Kind, Line, key};
use super::freshness;
use super::hindsight;
use super::machine::{Change, Seen, Standing, paces};
use super::outbox;
use super::settings::Alerts;
use super::state::State;
use crate::commands::check::unit;
use crate::failure::Failure;
use crate::session::Session;

/// Sessions of history that an evaluation looks at: two years.
const HISTORY: usize = 504;
/// Sessions in which a revision of the past is told: a year.
pub(super) const PAST: usize = 252;
/// Sessions of the small chart: half a year.
const CHART: usize = 126;
/// The measure whose signs make a credit event.
const CREDIT_EVENT: &str = "credit_event";

/// A thesis that is watched.
pub struct Watched {
    /// Its name.
    pub name: String,
    /// The thesis.
    pub thesis: Thesis,
    /// The file, as a command would name it; empty for the shipped one.
    pub file: String,
}

/// What an evaluation is given beside the store.
pub struct Evaluation<'a> {
    /// The settings.
    pub settings: &'a Alerts,
    /// The moment of knowledge.
    pub as_of: AsOf,
    /// The day by which data should be there: today, unless a past day is looked at.
    pub today: Day,
    /// Begin here where nothing was watched before, and tell what happened since; without it what stands now is taken as told.
    pub since: Option<Day>,
    /// The wall clock.
    pub now: Timestamp,
}

/// Evaluates theses; comes back with the alerts that are new, in order.
pub fn evaluate(session: &Session, state: &State, watched: &[Watched], with: &Evaluation<'_>) -> Result<Vec<Alert>, Failure> {
    let mut told = Vec::new();
    for w in watched {
        let snapshot = session.snapshot(with.as_of)?;
        let calendar = Calendar::nyse();
        let from = calendar.back(with.as_of.day(), HISTORY);
        // Nothing is lost however long nobody looked.
        let begin = [with.since, earliest(state, &w.name)?].into_iter().flatten().min();
        let from = begin.map_or(from, |b| from.min(calendar.back(b, CHART)));
        let found = assess(&snapshot, &w.thesis, &[], from)?.claims;
        // With what is known now, where anything was revised since the last look.
        let look = hindsight::due(session, state, w, with)?;
        let revised = match look {
            Some(_) => assess(&Hindsight::new(&snapshot), &w.thesis, &[], calendar.back(with.as_of.day(), PAST))?.claims,
            None => Vec::new(),
        };
        told.extend(state.write(|tx| {
            let mut alerts = Vec::new();
            for index in 0..w.thesis.claims.len() {
                alerts.extend(claim(tx, w, &found, index, revised.get(index), with)?);
            }
            if let Some(revising) = look {
                hindsight::done(tx, w, revising)?;
            }
            write(tx, with, alerts)
        })?);
    }
    told.extend(state.write(|tx| {
        let alerts = freshness::check(tx, session, with)?;
        write(tx, with, alerts)
    })?);
    Ok(told)
}

/// The session up to which every claim of a thesis was looked at.
fn earliest(state: &State, thesis: &str) -> Result<Option<Day>, Failure> {
    let connection = state.read();
    let mut q = connection.prepare("SELECT body FROM standing WHERE thesis = ?1")?;
    let bodies: Vec<String> = q.query_map([thesis], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(bodies.iter().filter_map(|b| serde_json::from_str::<Standing>(b).ok()).map(|s| s.seen).min())
}

/// Writes alerts that were not told before, with their messages.
fn write(tx: &Transaction<'_>, with: &Evaluation<'_>, alerts: Vec<Alert>) -> Result<Vec<Alert>, Failure> {
    let mut fresh = Vec::new();
    for alert in alerts {
        if outbox::tell(tx, with.settings, &alert, with.now)? {
            fresh.push(alert);
        }
    }
    Ok(fresh)
}

/// The news of one claim; what is remembered of it moves on in the same transaction.
fn claim(
    tx: &Transaction<'_>,
    w: &Watched,
    found: &[Assessed],
    index: usize,
    revised: Option<&Assessed>,
    with: &Evaluation<'_>,
) -> Result<Vec<Alert>, Failure> {
    let (claim, assessed) = (&w.thesis.claims[index], &found[index]);
    let Test::Measured { asked, .. } = &claim.test else { return Ok(Vec::new()) };
    let seen = sessions(claim, assessed);
    let Some(last) = seen.last() else { return Ok(Vec::new()) };
    let credit = asked.measure.spec().name == CREDIT_EVENT;
    let definition = definition(asked, claim);
    let stored: Option<String> = tx
        .query_row("SELECT body FROM standing WHERE thesis = ?1 AND claim = ?2", [&w.name, &claim.id], |r| r.get(0))
        .optional()?;
    let stored: Option<Standing> = stored.map(|s| serde_json::from_str(&s)).transpose().map_err(Failure::new)?;
    let known = stored.filter(|s| s.definition == definition);
    let begun = known.is_none();
    if begun {
        tx.execute("DELETE FROM past WHERE thesis = ?1 AND claim = ?2", [&w.name, &claim.id])?;
        hindsight::forget(tx, w, claim)?;
    }
    let rules = with.settings.rules();
    let mut standing = known.unwrap_or_else(|| {
        let first = with.since.and_then(|s| seen.iter().rev().find(|x| x.day <= s)).unwrap_or(last);
        Standing::begin(&definition, first, &rules, credit)
    });
    let mut alerts = Vec::new();
    for (i, s) in seen.iter().enumerate() {
        for change in standing.fold(s, &rules, credit) {
            alerts.push(Telling { w, claim, assessed, at: i, with, definition: &definition }.alert(&change));
        }
    }
    alerts.extend(past(tx, w, claim, assessed, begun, with, &definition)?);
    if let Some(revised) = revised {
        let telling = Telling { w, claim, assessed, at: assessed.history.len() - 1, with, definition: &definition };
        alerts.extend(hindsight::changes(tx, &telling, revised)?);
    }
    let body = serde_json::to_string(&standing).map_err(Failure::new)?;
    tx.execute(
        "INSERT INTO standing VALUES (?1, ?2, ?3) ON CONFLICT (thesis, claim) DO UPDATE SET body = excluded.body",
        params![w.name, claim.id, body],
    )?;
    Ok(alerts)
}

/// What makes a claim the claim it is: another measure or threshold is another claim.
fn definition(asked: &Asked, claim: &Claim) -> String {
    let Test::Measured { holds, fails, .. } = &claim.test else { return String::new() };
    let parameters = format!("{:?}", asked.params.values());
    key(&[asked.measure.spec().name, &parameters, holds.text(), fails.as_ref().map_or("", |f| f.text())])
}

fn sessions(claim: &Claim, assessed: &Assessed) -> Vec<Seen> {
    let values: Vec<Option<f64>> = assessed.history.iter().map(|h| h.1.value.ok()).collect();
    let paces = paces(&values);
    let Test::Measured { holds, fails, .. } = &claim.test else { return Vec::new() };
    let (holds, fails) = (holds.threshold(), fails.as_ref().and_then(plimsoll_claims::Condition::threshold));
    assessed
        .history
        .iter()
        .zip(values.iter().zip(&paces))
        .map(|((day, _, verdict), (value, pace))| {
            let to = |threshold: Option<f64>| Some((value.as_ref()? - threshold?).abs() / pace.as_ref()?);
            let distance = match verdict {
                Verdict::Holds => to(holds),
                Verdict::Fails => to(fails.or(holds)),
                Verdict::Undecided => [to(holds), to(fails)].into_iter().flatten().min_by(f64::total_cmp),
                Verdict::Unknown => None,
            };
            Seen { day: *day, value: *value, verdict: *verdict, distance }
        })
        .collect()
}

/// Compares past verdicts, each as known then, with those that were kept when they were looked at: data that came late change them.
fn past(
    tx: &Transaction<'_>,
    w: &Watched,
    claim: &Claim,
    assessed: &Assessed,
    begun: bool,
    with: &Evaluation<'_>,
    definition: &str,
) -> Result<Option<Alert>, Failure> {
    let start = assessed.history.len().saturating_sub(PAST);
    let mut kept = tx.prepare_cached("SELECT verdict FROM past WHERE thesis = ?1 AND claim = ?2 AND day = ?3")?;
    let mut keep = tx.prepare_cached(
        "INSERT INTO past VALUES (?1, ?2, ?3, ?4) ON CONFLICT (thesis, claim, day) DO UPDATE SET verdict = excluded.verdict",
    )?;
    let mut changed: BTreeMap<Day, (String, Verdict)> = BTreeMap::new();
    for (day, _, verdict) in &assessed.history[start..] {
        let before: Option<String> = kept.query_row(params![w.name, claim.id, day.0], |r| r.get(0)).optional()?;
        if before.as_deref() == Some(verdict.word()) {
            continue;
        }
        keep.execute(params![w.name, claim.id, day.0, verdict.word()])?;
        // Data that came late: that day is judged otherwise than it was when it was looked at.
        if let Some(before) = before.filter(|b| b != Verdict::Unknown.word() && *verdict != Verdict::Unknown) {
            changed.insert(*day, (before, *verdict));
        }
    }
    let (Some(first), Some(last)) = (changed.first_key_value(), changed.last_key_value()) else { return Ok(None) };
    if begun {
        return Ok(None);
    }
    let days: Vec<String> = changed.iter().map(|(day, (then, now))| format!("{day}{then}{}", now.word())).collect();
    let at = assessed.history.len() - 1;
    let telling = Telling { w, claim, assessed, at, with, definition };
    Ok(Some(telling.revision(changed.len(), first, last, &days.join(" "))))
}

/// What an alert on one claim is told from: nothing after the session at hand.
pub(super) struct Telling<'a> {
    pub(super) w: &'a Watched,
    pub(super) claim: &'a Claim,
    pub(super) assessed: &'a Assessed,
    at: usize,
    with: &'a Evaluation<'a>,
    definition: &'a str,
}

impl Telling<'_> {
    fn alert(&self, change: &Change) -> Alert {
        let (claim, day) = (self.claim, self.day());
        let says = claim.says.trim_end_matches('.');
        let now = self.figure(format!("On {day}"), self.at);
        match *change {
            Change::Flip { from, to, since } => {
                let before = (0..self.at).rev().find(|&i| self.assessed.history[i].2 == from);
                let earlier =
                    before.map(|i| self.figure(format!("Last time it {} ({})", said(from), self.assessed.history[i].0), i));
                let mut alert = self.base(Kind::Flip, &[from.word(), to.word()]);
                alert.headline = format!("{}: {} → {}", says, from.word(), to.word());
                alert.changed = format!("“{says}” {}; until now it {}.", said_now(to), said(from));
                alert.since = since;
                (alert.from, alert.to) = (from.word().into(), to.word().into());
                alert.figures = [Some(now), earlier].into_iter().flatten().collect();
                alert
            }
            Change::Near { distance } => {
                let verdict = self.assessed.history[self.at].2;
                let mut alert = self.base(Kind::Near, &[]);
                alert.headline = format!("{says}: near its threshold");
                alert.changed =
                    format!("“{says}” {}, and the figure is near the threshold that would change it.", said_now(verdict));
                alert.to = verdict.word().into();
                alert.figures = vec![
                    now,
                    Figure { label: "To the threshold".into(), value: format!("{distance:.1} of a usual five-session move") },
                ];
                alert
            }
            Change::Lost { sessions } => {
                let mut alert = self.base(Kind::Data, &["lost"]);
                let first = self.assessed.history[(self.at + 1).saturating_sub(sessions as usize)].0;
                alert.headline = format!("{says}: no longer judged");
                alert.changed = format!("“{says}” cannot be judged any more.");
                alert.since = first;
                alert.to = Verdict::Unknown.word().into();
                let why = self.assessed.history[self.at].1.value.err().map_or("no figure".to_owned(), |e| e.to_string());
                alert.figures = vec![
                    Figure { label: "Why".into(), value: why },
                    Figure { label: "Sessions without a figure".into(), value: sessions.to_string() },
                ];
                alert
            }
            Change::CreditEvent { began } => {
                let mut alert = self.base(Kind::CreditEvent, &[if began { "began" } else { "over" }]);
                alert.headline = if began { "A credit event has begun".into() } else { "The credit event is over".into() };
                alert.changed = if began {
                    "Credit spreads are high, wide and rising fast at once: all three signs of a credit event are there.".into()
                } else {
                    "None of the three signs of a credit event is left.".into()
                };
                alert.to = if began { "began" } else { "over" }.into();
                let month = self.at.saturating_sub(21);
                let then = self.figure(format!("A month before ({})", self.assessed.history[month].0), month);
                alert.figures = vec![now, then];
                alert
            }
        }
    }

    fn revision(&self, n: usize, first: (&Day, &(String, Verdict)), last: (&Day, &(String, Verdict)), days: &str) -> Alert {
        let says = self.claim.says.trim_end_matches('.');
        let mut alert = self.base(Kind::Revision, &[days]);
        alert.headline = format!("{says}: the past was revised");
        let (sessions, are) = if n == 1 { ("session", "is") } else { ("sessions", "are") };
        alert.changed = format!(
            "With what is known now, {n} past {sessions} of “{says}” {are} judged otherwise than readers were told then."
        );
        alert.since = *first.0;
        let (then, now) = last.1;
        (alert.from, alert.to) = (then.clone(), now.word().into());
        let of = |(day, (then, now)): (&Day, &(String, Verdict))| Figure {
            label: format!("{day}"),
            value: format!("told as {then}, now {}", now.word()),
        };
        alert.figures = if n == 1 { vec![of(first)] } else { vec![of(first), of(last)] };
        alert
    }

    fn day(&self) -> Day {
        self.assessed.history[self.at].0
    }

    fn figure(&self, label: String, at: usize) -> Figure {
        let value = self.assessed.history[at].1.value.ok();
        let limits = self.conditions();
        let text = value.map_or_else(|| "no figure".to_owned(), |v| unit(self.claim).format(v));
        let value = if at == self.at && !limits.is_empty() { format!("{text} ({limits})") } else { text };
        Figure { label, value }
    }

    fn conditions(&self) -> String {
        let Test::Measured { holds, fails, .. } = &self.claim.test else { return String::new() };
        let shown = |c: &plimsoll_claims::Condition| {
            let sign = ["<=", ">=", "<", ">"].into_iter().find(|s| c.text().contains(s))?;
            let sign = sign.replace("<=", "≤").replace(">=", "≥");
            Some(format!("{sign} {}", unit(self.claim).format(c.threshold()?)))
        };
        let holds = shown(holds).map(|t| format!("holds at {t}"));
        let fails = fails.as_ref().and_then(shown).map(|t| format!("fails at {t}"));
        [holds, fails].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    pub(super) fn base(&self, kind: Kind, more: &[&str]) -> Alert {
        let day = self.day();
        let stamp = day.to_string();
        let mut parts = vec![kind.name(), &self.w.name, &self.claim.id, self.definition, &stamp];
        parts.extend(more);
        Alert {
            key: key(&parts),
            kind,
            thesis: self.w.name.clone(),
            title: self.w.thesis.title.clone(),
            claim: self.claim.id.clone(),
            says: self.claim.says.clone(),
            day,
            headline: String::new(),
            changed: String::new(),
            since: day,
            from: String::new(),
            to: String::new(),
            figures: Vec::new(),
            line: self.line(),
            wrong: self.claim.wrong.clone(),
            link: self.with.settings.url(&report_path(day, &self.claim.id)),
            command: report_command(&self.w.file, day),
        }
    }

    fn line(&self) -> Option<Line> {
        let shown = &self.assessed.history[(self.at + 1).saturating_sub(CHART)..=self.at];
        let first = shown.iter().position(|h| h.1.value.is_ok())?;
        let shown = &shown[first..];
        let values: Vec<Option<f64>> = shown.iter().map(|h| h.1.value.ok()).collect();
        let known = || values.iter().flatten().copied();
        let (low, high) = (known().min_by(f64::total_cmp)?, known().max_by(f64::total_cmp)?);
        if known().count() < 2 {
            return None;
        }
        let Test::Measured { holds, fails, .. } = &self.claim.test else { return None };
        let thresholds = [holds.threshold(), fails.as_ref().and_then(plimsoll_claims::Condition::threshold)];
        let unit = unit(self.claim);
        Some(Line {
            from: shown[0].0,
            to: shown[shown.len() - 1].0,
            values,
            thresholds: thresholds.into_iter().flatten().collect(),
            range: [unit.format(low), unit.format(high)],
        })
    }
}

/// Where the dated report stands on the web: the dashboard's page of the thesis, as of that day, at the claim's row.
pub fn report_path(day: Day, claim: &str) -> String {
    format!("/?as_of={day}#claim-{}", plimsoll_report::format::slug(claim))
}

/// The command that writes the dated report.
pub fn report_command(file: &str, day: Day) -> String {
    let file = if file.is_empty() { String::new() } else { format!(" {file}") };
    format!("plimsoll report{file} --as-of {day} -o report.html")
}

fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "held",
        Verdict::Fails => "failed",
        Verdict::Undecided => "was undecided",
        Verdict::Unknown => "was unknown",
    }
}

fn said_now(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "now holds",
        Verdict::Fails => "now fails",
        Verdict::Undecided => "is now undecided",
        Verdict::Unknown => "is now unknown",
    }
}
