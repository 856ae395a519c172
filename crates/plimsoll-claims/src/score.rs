//! Keeping score: claims about the future, resolved at their horizon with what was known then.

use plimsoll_measures::Point;
use plimsoll_model::time::Day;
use serde::{Deserialize, Serialize};

use crate::thesis::Forward;
use crate::verdict::Verdict;

/// A claim's call on one day, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The claim.
    pub claim: String,
    /// The session of the call.
    pub day: Day,
    /// What was said.
    pub said: String,
    /// The probability given to what the claim says of the future.
    pub probability: f64,
    /// The figure on that day.
    pub value: Option<f64>,
    /// The session that ends the horizon, once it has come.
    pub due: Option<Day>,
    /// The figure on that session.
    pub resolved: Option<f64>,
    /// Whether it came true; `None` while open, or where there was no figure at the horizon.
    pub outcome: Option<bool>,
}

/// Calls at the last session of every month of a history: what the verdict then says of the horizon ahead. Sessions without a verdict
/// make no call. The history must hold every session, each as known then.
pub fn calls(claim: &str, forward: &Forward, history: &[(Day, Point, Verdict)]) -> Vec<Call> {
    let last_of_month = |i: usize| history.get(i + 1).is_some_and(|next| next.0.month_start() != history[i].0.month_start());
    (0..history.len())
        .filter(|&i| last_of_month(i))
        .filter_map(|i| {
            let (day, point, verdict) = history[i];
            let probability = match verdict {
                Verdict::Holds => forward.confidence,
                Verdict::Fails => 1.0 - forward.confidence,
                Verdict::Undecided => 0.5,
                Verdict::Unknown => return None,
            };
            let due = history.get(i + forward.sessions);
            let outcome = due.and_then(|d| forward.resolves.test(d.1.value.ok()?, d.1.n_obs).ok());
            Some(Call {
                claim: claim.to_owned(),
                day,
                said: verdict.word().to_owned(),
                probability,
                value: point.value.ok(),
                due: due.map(|d| d.0),
                resolved: due.and_then(|d| d.1.value.ok()),
                outcome,
            })
        })
        .collect()
}

/// One row of a calibration table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// The probability given.
    pub probability: f64,
    /// Calls with it.
    pub n: usize,
    /// Share of them that came true.
    pub came_true: f64,
}

/// How calls fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Calls made.
    pub calls: usize,
    /// Calls resolved.
    pub resolved: usize,
    /// Mean squared difference of probability and outcome, 0 to 1, less is better (Brier 1950).
    pub brier: Option<f64>,
    /// The same for a forecaster who always gives the share that came true: what knowing only that would score.
    pub climatology: Option<f64>,
    /// Share of the resolved calls that came true.
    pub came_true: Option<f64>,
    /// By probability given.
    pub calibration: Vec<Bin>,
}

/// Scores calls.
pub fn score(calls: &[Call]) -> Score {
    let done: Vec<(f64, f64)> = calls.iter().filter_map(|c| Some((c.probability, f64::from(u8::from(c.outcome?))))).collect();
    let n = done.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| (!done.is_empty()).then(|| done.iter().map(of).sum::<f64>() / n);
    let came_true = mean(&|d| d.1);
    let mut probabilities: Vec<f64> = done.iter().map(|d| d.0).collect();
    probabilities.sort_by(f64::total_cmp);
    probabilities.dedup();
    let bin = |p: f64| {
        let of: Vec<f64> = done.iter().filter(|d| d.0 == p).map(|d| d.1).collect();
        Bin { probability: p, n: of.len(), came_true: of.iter().sum::<f64>() / of.len() as f64 }
    };
    Score {
        calls: calls.len(),
        resolved: done.len(),
        brier: mean(&|d| (d.0 - d.1).powi(2)),
        climatology: came_true.map(|p| p * (1.0 - p)),
        came_true,
        calibration: probabilities.into_iter().map(bin).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Condition;

    #[test]
    fn calls_are_resolved_at_their_horizon_and_scored() {
        let days: Vec<Day> = (0..200).map(|n| Day::ymd(2023, 1, 2).plus(n)).collect();
        let verdict = |i: usize| if i < 60 { Verdict::Holds } else { Verdict::Fails };
        let history: Vec<(Day, Point, Verdict)> =
            days.iter().enumerate().map(|(i, d)| (*d, Point::of(if i < 90 { -1.0 } else { 1.0 }, 5), verdict(i))).collect();
        let forward = Forward { sessions: 40, resolves: Condition::compile("value < 0").unwrap(), confidence: 0.7 };
        let calls = calls("c", &forward, &history);
        // Month ends at positions 29, 57, 88, 118, 149, 179.
        assert_eq!(calls.len(), 6);
        assert_eq!((calls[0].said.as_str(), calls[0].probability, calls[0].outcome), ("holds", 0.7, Some(true)));
        assert_eq!(calls[0].due, Some(days[69]));
        assert_eq!((calls[1].outcome, calls[2].outcome), (Some(false), Some(false)));
        assert_eq!((calls[5].due, calls[5].outcome), (None, None));
        let score = score(&calls);
        assert_eq!((score.calls, score.resolved), (6, 5));
        // 0.7 right, 0.7 wrong, 0.3 three times rightly not.
        let expected = (0.09 + 0.49 + 3.0 * 0.09) / 5.0;
        assert!((score.brier.unwrap() - expected).abs() < 1e-12);
        assert!((score.climatology.unwrap() - 0.2 * 0.8).abs() < 1e-12);
        assert_eq!(score.calibration.len(), 2);
        assert!((score.calibration[1].came_true - 0.5).abs() < 1e-12);
    }
}
