//! A thesis assessed as of a moment: every claim with its verdict, evidence and history.

use plimsoll_measures::replay::{Asked, Sessions, replay_some};
use plimsoll_measures::{Fact, Point};
use plimsoll_model::cut::{Cut, CutError};
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::time::{AsOf, Day};

use crate::thesis::{Test, Thesis};
use crate::verdict::{Verdict, judge};

/// A change of verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// The first session with the new verdict.
    pub on: Day,
    /// The verdict before.
    pub from: Verdict,
    /// The verdict since.
    pub to: Verdict,
}

/// One claim, assessed.
#[derive(Debug)]
pub struct Assessed {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is unknown.
    pub reason: Option<String>,
    /// The session of the figure, and the figure.
    pub latest: Option<(Day, Point)>,
    /// Every session's figure and verdict, as known then.
    pub history: Vec<(Day, Point, Verdict)>,
    /// The last change between two judged verdicts.
    pub last_flip: Option<Flip>,
    /// What stands beside the figure.
    pub evidence: Vec<Fact>,
}

/// A thesis, assessed.
pub struct Assessment {
    /// The moment of knowledge.
    pub as_of: AsOf,
    /// One a claim, in order.
    pub claims: Vec<Assessed>,
    /// Histories of the further measures asked for, in order.
    pub further: Vec<plimsoll_measures::replay::History>,
    /// The cut as of the moment.
    pub cut: Cut,
    /// How many cuts the histories needed.
    pub cuts: usize,
}

/// Assesses a thesis at every session from `from` to the moment of the knowledge; `further` are measures wanted beside it, so that
/// everything is read once.
pub fn assess(
    knowledge: &dyn Knowledge,
    thesis: &Thesis,
    further: &[(Asked, Sessions)],
    from: Day,
) -> Result<Assessment, CutError> {
    let of_claims = thesis.asked();
    let claimed = of_claims.iter().map(|(_, a)| ((*a).clone(), Sessions::Every));
    let all: Vec<(Asked, Sessions)> = claimed.chain(further.iter().cloned()).collect();
    let mut replayed = replay_some(knowledge, &all, from)?;
    let further = replayed.histories.split_off(of_claims.len());
    let mut histories = replayed.histories.into_iter();
    let cut = replayed.cut;
    let claims = thesis
        .claims
        .iter()
        .map(|claim| match &claim.test {
            Test::Awaits(what) => unknown(format!("not measured yet: {what}")),
            Test::Measured { asked, holds, fails } => {
                let points = match histories.next().expect("one history a measured claim") {
                    Ok(points) => points,
                    Err(why) => return unknown(why.to_string()),
                };
                let judged = |(day, point): (Day, Point)| (day, point, judge(&point, holds, fails.as_ref()).0);
                let history: Vec<(Day, Point, Verdict)> = points.into_iter().map(judged).collect();
                let Some(&(day, point, verdict)) = history.last() else {
                    return unknown("no session lies in the span".into());
                };
                let evidence = match cut.last() {
                    Some(t) => asked.measure.evidence(&cut, &asked.params, t),
                    None => Vec::new(),
                };
                Assessed {
                    verdict,
                    reason: judge(&point, holds, fails.as_ref()).1,
                    latest: Some((day, point)),
                    last_flip: last_flip(&history),
                    history,
                    evidence,
                }
            }
        })
        .collect();
    Ok(Assessment { as_of: knowledge.as_of(), claims, further, cut, cuts: replayed.cuts })
}

fn unknown(reason: String) -> Assessed {
    Assessed {
        verdict: Verdict::Unknown,
        reason: Some(reason),
        latest: None,
        history: Vec::new(),
        last_flip: None,
        evidence: Vec::new(),
    }
}

/// The last change of verdict, passing over sessions that could not be judged.
pub fn last_flip(history: &[(Day, Point, Verdict)]) -> Option<Flip> {
    let judged: Vec<(Day, Verdict)> = history.iter().filter(|h| h.2 != Verdict::Unknown).map(|h| (h.0, h.2)).collect();
    let change = judged.windows(2).rev().find(|w| w[0].1 != w[1].1)?;
    Some(Flip { on: change[1].0, from: change[0].1, to: change[1].1 })
}
