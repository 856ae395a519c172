//! Claims as rows of the ribbon, and the verdict in one sentence.

use plimsoll_claims::{Assessed, Claim, Condition, Test, Thesis, Verdict as Judged};
use plimsoll_model::time::Day;
use plimsoll_report::model::{Bound, Change, ClaimRow, Direction, Evidence, Flip, Line, Since, Verdict};

use crate::commands::check::unit;

/// How many sessions the sparkline shows.
const SPARK: usize = 504;

/// The reader's word for a verdict.
pub fn verdict(assessed: &Assessed) -> Verdict {
    plain(assessed.verdict, assessed.reason.as_deref())
}

fn plain(verdict: Judged, reason: Option<&str>) -> Verdict {
    match verdict {
        Judged::Holds => Verdict::Holds,
        Judged::Fails => Verdict::Fails,
        Judged::Undecided => Verdict::Undecided,
        Judged::Unknown => Verdict::Unknown { reason: reason.unwrap_or("no figure").to_owned() },
    }
}

fn bound(condition: &Condition) -> Option<Bound> {
    let direction = if condition.text().contains('>') { Direction::Above } else { Direction::Below };
    condition.threshold().map(|value| Bound { value, direction })
}

/// One row of the ribbon.
pub fn row(claim: &Claim, assessed: &Assessed) -> ClaimRow {
    let (measure, holds, fails) = match &claim.test {
        Test::Measured { asked, holds, fails } => (asked.measure.spec().name, Some(holds), fails.as_ref()),
        Test::Awaits(_) => ("", None, None),
    };
    let point = assessed.latest.map(|l| l.1);
    let shown = assessed.history.len().saturating_sub(SPARK);
    let (days, values) = super::beside::gaps(assessed.history[shown..].iter().map(|(d, p, _)| (*d, *p)));
    ClaimRow {
        id: claim.id.clone(),
        number: claim.link,
        says: claim.says.clone(),
        verdict: verdict(assessed),
        value: point.and_then(|p| p.value.ok()),
        unit: unit(claim),
        holds_text: holds.map(|c| c.text().to_owned()).unwrap_or_default(),
        fails_text: fails.map(|c| c.text().to_owned()).unwrap_or_default(),
        holds: holds.and_then(bound),
        fails: fails.and_then(bound),
        n_obs: point.map(|p| u64::from(p.n_obs)),
        flags: point.map(|p| p.flags.names().iter().map(|f| f.replace('_', " ")).collect()).unwrap_or_default(),
        measure: measure.to_owned(),
        method: (!measure.is_empty()).then(|| measure.to_owned()),
        section: (!measure.is_empty()).then(|| claim.topic.title().to_lowercase()),
        history: (values.len() > 1).then_some(Line { days, values }),
        last_flip: assessed.last_flip.map(|f| Flip { day: f.on, from: plain(f.from, None), to: plain(f.to, None) }),
        evidence: assessed
            .evidence
            .iter()
            .map(|f| {
                let value = f.value.map_or_else(|| "–".to_owned(), |v| f.unit.format(v));
                let day = f.day.map(|d| format!(", {d}")).unwrap_or_default();
                let note = if f.note.is_empty() { String::new() } else { format!(" ({})", f.note) };
                Evidence { label: f.label.clone(), value: format!("{value}{day}{note}") }
            })
            .collect(),
    }
}

/// Numbers up to fourteen in words, as a sentence begins with them.
fn number(n: usize) -> String {
    const WORDS: [&str; 15] = [
        "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |w| (*w).to_owned())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// The verdict in one sentence: how many claims hold, fail, are open; and the one that failed last.
pub fn sentence(thesis: &Thesis, assessed: &[Assessed]) -> String {
    let count = |v: Judged| assessed.iter().filter(|a| a.verdict == v).count();
    let (holds, fails, open, unknown) =
        (count(Judged::Holds), count(Judged::Fails), count(Judged::Undecided), count(Judged::Unknown));
    let mut text = format!("{} of {} claims hold", capital(&number(holds)), number(assessed.len()));
    let mut rest = Vec::new();
    if fails > 0 {
        rest.push(format!("{} {}", number(fails), if fails == 1 { "fails" } else { "fail" }));
    }
    if open > 0 {
        rest.push(format!("{} {} undecided", number(open), if open == 1 { "is" } else { "are" }));
    }
    if unknown > 0 {
        rest.push(format!("{} cannot be judged", number(unknown)));
    }
    if !rest.is_empty() {
        text = format!("{text}, {}", rest.join(", "));
    }
    let failed: Vec<&Claim> =
        thesis.claims.iter().zip(assessed).filter(|(_, a)| a.verdict == Judged::Fails).map(|(c, _)| c).collect();
    match failed.as_slice() {
        [] => format!("{text}."),
        [first, others @ ..] => {
            let more = if others.is_empty() { String::new() } else { format!(" (and {} more)", number(others.len())) };
            format!("{text}. What fails: “{}”{more}.", first.says.trim_end_matches('.'))
        }
    }
}

/// What changed between the verdicts on an earlier day and now. Histories carry each day's verdict as known then.
pub fn since(day: Day, thesis: &Thesis, assessed: &[Assessed]) -> Since {
    let mut changes = Vec::new();
    let mut judged = 0;
    for (claim, now) in thesis.claims.iter().zip(assessed) {
        let Some(then) = now.history.iter().rev().find(|h| h.0 <= day) else { continue };
        judged += 1;
        if then.2 == now.verdict {
            continue;
        }
        let unit = unit(claim);
        let text = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| unit.format(v));
        let latest = now.latest.and_then(|l| l.1.value.ok());
        changes.push(Change {
            claim: claim.id.clone(),
            from: plain(then.2, None),
            to: verdict(now),
            note: format!("{} to {}", text(then.1.value.ok()), text(latest)),
        });
    }
    let sentence = match changes.len() {
        0 => format!("No verdict changed since {day}; {judged} claims were compared."),
        1 => format!("One verdict changed since {day}."),
        n => format!("{} verdicts changed since {day}.", capital(&number(n))),
    };
    Since { day, sentence, changes }
}
