//! `plimsoll history`: verdicts through time, and the score of claims about the future.

use std::path::{Path, PathBuf};

use clap::Args;
use plimsoll_claims::score::{Call, Score, calls, score};
use plimsoll_claims::{Assessed, Claim, Test, Verdict, assess};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use serde::{Deserialize, Serialize};

use crate::cli::Output;
use crate::commands::check::unit;
use crate::commands::measure::day;
use crate::failure::{Failure, Outcome};
use crate::ledger::Ledger;
use crate::session::{self, Session, store_dir};
use crate::sheet::{Format, Sheet, emit};

/// `plimsoll history`
#[derive(Debug, Args)]
pub struct History {
    /// The thesis [default: the shipped one]
    pub thesis: Option<PathBuf>,
    /// From this day
    #[arg(long, value_name = "DAY")]
    pub from: String,
    /// To this day, or `latest`
    #[arg(long, default_value = "latest", value_name = "DAY")]
    pub to: String,
    /// Only these claims
    #[arg(long, value_name = "ID")]
    pub claim: Vec<String>,
    /// Only the days on which a verdict changed
    #[arg(long)]
    pub changes: bool,
    /// Every day, a row a claim and session, instead of a ribbon a claim
    #[arg(long, conflicts_with = "changes")]
    pub daily: bool,
    /// What claims about the future called at month ends, what became of it, and their score; every call is kept in a ledger
    #[arg(long, conflicts_with_all = ["changes", "daily"])]
    pub calls: bool,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// A call as the ledger keeps it: added when it is first made, and again when it is resolved; never changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    thesis: String,
    #[serde(flatten)]
    call: Call,
}

/// Runs the command.
pub fn run(store: Option<&Path>, args: &History) -> Outcome {
    let mut thesis = session::thesis(args.thesis.as_deref())?;
    if let Some(other) = args.claim.iter().find(|id| !thesis.claims.iter().any(|c| c.id == **id)) {
        let near = plimsoll_measures::nearest(other, thesis.claims.iter().map(|c| c.id.as_str()));
        let failure = Failure::new(format!("the thesis has no claim `{other}`"));
        return Err(match near {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        });
    }
    if !args.claim.is_empty() {
        thesis.claims.retain(|c| args.claim.contains(&c.id));
    }
    if args.calls {
        thesis.claims.retain(|c| c.forward.is_some());
        if thesis.claims.is_empty() {
            return Err(Failure::new("no claim speaks of the future").hint("give a claim `horizon` and `resolves`"));
        }
    }
    let session = Session::open(store)?;
    let as_of: AsOf = session.as_of(&args.to)?;
    let from: Day = day(&args.from)?;
    if from > as_of.day() {
        return Err(Failure::new(format!("--from {from} lies after --to {as_of}")));
    }
    let knowledge = session.snapshot(as_of)?;
    let assessment = assess(&knowledge, &thesis, &[], from)?;
    let out = args.out.output.as_deref();
    if assessment.claims.iter().all(|a| a.history.is_empty()) && thesis.claims.iter().any(|c| !matches!(c.test, Test::Awaits(_)))
    {
        return Err(Failure::new(format!("no session between {from} and {as_of} has prices that these claims need"))
            .hint("`plimsoll status` shows what the store covers; `--claim ID` keeps to claims that need less"));
    }
    if !args.calls {
        let claims = thesis.claims.iter().zip(&assessment.claims);
        match args.out.format {
            Format::Table if !args.changes && !args.daily => emit(ribbons(claims).as_bytes(), out)?,
            format => verdicts(claims, args.changes).write(format, out)?,
        }
        return Ok(0);
    }
    let made: Vec<Call> = thesis
        .claims
        .iter()
        .zip(&assessment.claims)
        .flat_map(|(c, a)| c.forward.as_ref().map(|f| calls(&c.id, f, &a.history)).unwrap_or_default())
        .collect();
    let name = session::thesis_name(args.thesis.as_deref());
    let ledger = Ledger::of(&store_dir(store)?, "calls");
    let kept = keep(&ledger, &name, &made)?;
    let wanted: Vec<Call> = kept.into_iter().filter(|c| thesis.claims.iter().any(|t| t.id == c.claim)).collect();
    match args.out.format {
        Format::Table => emit(page(&thesis.claims, &wanted).as_bytes(), out)?,
        other => table(&wanted).write(other, out)?,
    }
    Ok(0)
}

/// Adds calls that are new, or newly resolved, and comes back with the latest of every call ever made for the thesis.
fn keep(ledger: &Ledger, thesis: &str, made: &[Call]) -> Result<Vec<Call>, Failure> {
    let mut latest: std::collections::BTreeMap<(String, Day), Call> = std::collections::BTreeMap::new();
    for kept in ledger.read::<Kept>()?.records {
        if kept.thesis == thesis {
            latest.insert((kept.call.claim.clone(), kept.call.day), kept.call);
        }
    }
    let mut fresh = Vec::new();
    for call in made {
        let key = (call.claim.clone(), call.day);
        // A call once made stands as it was made; only its outcome is added.
        let next = match latest.get(&key) {
            None => call.clone(),
            Some(before) if before.outcome.is_none() && call.outcome.is_some() => {
                Call { due: call.due, resolved: call.resolved, outcome: call.outcome, ..before.clone() }
            }
            Some(_) => continue,
        };
        fresh.push(Kept { thesis: thesis.to_owned(), call: next.clone() });
        latest.insert(key, next);
    }
    ledger.append(&fresh)?;
    Ok(latest.into_values().collect())
}

/// One row a claim and session; where `changes`, those alone on which the verdict changed.
pub fn verdicts<'a>(claims: impl Iterator<Item = (&'a Claim, &'a Assessed)>, changes: bool) -> Sheet {
    let mut rows = Vec::new();
    for (claim, a) in claims {
        let mut before = None;
        for (day, point, verdict) in &a.history {
            if !changes || before != Some(*verdict) {
                rows.push((claim, *day, *point, *verdict));
            }
            before = Some(*verdict);
        }
        if a.history.is_empty() && matches!(claim.test, Test::Awaits(_)) {
            continue;
        }
    }
    Sheet::default()
        .day("day", rows.iter().map(|r| Some(r.1)))
        .int("link", rows.iter().map(|r| Some(i64::from(r.0.link))))
        .text("claim", rows.iter().map(|r| r.0.id.clone()))
        .text("verdict", rows.iter().map(|r| r.3.word()))
        .mixed("value", rows.iter().map(|r| (r.2.value.ok(), unit(r.0))))
        .text("unit", rows.iter().map(|r| unit(r.0).name()))
        .int("n_obs", rows.iter().map(|r| Some(i64::from(r.2.n_obs))))
        .text("missing", rows.iter().map(|r| r.2.value.err().map(|e| e.to_string()).unwrap_or_default()))
}

/// How many parts of the span a ribbon shows.
const PARTS: usize = 48;

/// One row a claim: its verdicts through time as a ribbon, the latest one, since when, and how often it changed.
fn ribbons<'a>(claims: impl Iterator<Item = (&'a Claim, &'a Assessed)>) -> String {
    let rows: Vec<_> = claims.filter(|(_, a)| !a.history.is_empty()).collect();
    let days: Vec<Day> =
        rows.iter().map(|(_, a)| &a.history).max_by_key(|h| h.len()).map_or_else(Vec::new, |h| h.iter().map(|r| r.0).collect());
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return "no claim has a verdict in this span\n".to_owned();
    };
    let parts = PARTS.min(days.len());
    // The last day of each part: a ribbon shows the verdict that stood at its end.
    let ends: Vec<Day> = (1..=parts).map(|k| days[k * days.len() / parts - 1]).collect();
    let ribbon = |a: &Assessed| -> String {
        let at = |end: &Day| a.history.partition_point(|r| r.0 <= *end).checked_sub(1).map(|i| a.history[i].2);
        ends.iter().map(|end| at(end).map_or(' ', mark)).collect()
    };
    let since = |a: &Assessed| {
        let now = a.history[a.history.len() - 1].2;
        a.history.iter().rev().take_while(|r| r.2 == now).last().map(|r| r.0)
    };
    let changes = |a: &Assessed| a.history.windows(2).filter(|w| w[0].2 != w[1].2).count() as i64;
    let now = |a: &Assessed| a.history[a.history.len() - 1];
    let sheet = Sheet::default()
        .int("link", rows.iter().map(|(c, _)| Some(i64::from(c.link))))
        .text("claim", rows.iter().map(|(c, _)| c.id.clone()))
        .text(&format!("{first} to {last}"), rows.iter().map(|(_, a)| ribbon(a)))
        .text("verdict", rows.iter().map(|(_, a)| now(a).2.word()))
        .mixed("value", rows.iter().map(|(c, a)| (now(a).1.value.ok(), unit(c))))
        .day("since", rows.iter().map(|(_, a)| since(a).filter(|d| d > first)))
        .int("changes", rows.iter().map(|(_, a)| Some(changes(a))));
    let marks =
        [Verdict::Holds, Verdict::Undecided, Verdict::Fails, Verdict::Unknown].map(|v| format!("{} {}", mark(v), v.word()));
    let each = days.len().div_ceil(parts);
    format!(
        "{}\n{}; a mark stands for {each} session{} and shows the verdict at the end. `--changes` lists the days, `--daily` every day.\n",
        sheet.shown(),
        marks.join(", "),
        if each == 1 { "" } else { "s at most" },
    )
}

fn mark(verdict: Verdict) -> char {
    match verdict {
        Verdict::Holds => '█',
        Verdict::Undecided => '▒',
        Verdict::Fails => '░',
        Verdict::Unknown => '·',
    }
}

fn table(calls: &[Call]) -> Sheet {
    let outcome = |c: &Call| match c.outcome {
        Some(true) => "came true",
        Some(false) => "did not",
        None if c.due.is_some() => "no figure",
        None => "open",
    };
    Sheet::default()
        .text("claim", calls.iter().map(|c| c.claim.clone()))
        .day("called", calls.iter().map(|c| Some(c.day)))
        .text("said", calls.iter().map(|c| c.said.clone()))
        .number("probability", Unit::Fraction, calls.iter().map(|c| Some(c.probability)))
        .number("value", Unit::Number, calls.iter().map(|c| c.value))
        .day("due", calls.iter().map(|c| c.due))
        .number("value when due", Unit::Number, calls.iter().map(|c| c.resolved))
        .text("outcome", calls.iter().map(outcome))
}

fn page(claims: &[Claim], calls: &[Call]) -> String {
    let mut out = format!("{}\n", table(calls).shown());
    for claim in claims {
        let of: Vec<Call> = calls.iter().filter(|c| c.claim == claim.id).cloned().collect();
        let Score { calls, resolved, brier, climatology, came_true, calibration } = score(&of);
        let show = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"));
        out.push_str(&format!(
            "{}: {calls} calls, {resolved} resolved, Brier score {} ({} for always giving the share that came true, {})\n",
            claim.id,
            show(brier),
            show(climatology),
            came_true.map_or_else(|| "–".to_owned(), |v| Unit::Fraction.format(v)),
        ));
        for bin in calibration {
            out.push_str(&format!(
                "  given {:.0} %: came true {:.0} % of {}\n",
                100.0 * bin.probability,
                100.0 * bin.came_true,
                bin.n
            ));
        }
    }
    out.push_str("Calls of neighbouring months share most of their horizon: they are not independent.\n");
    out
}
