//! What is told of a claim, session by session: a pure fold over verdicts as known then.
//!
//! Because it looks at nothing but the sessions' own figures, the same history gives the same alerts whether it was looked at every
//! evening or once a month, and whether or not the program was killed in between.

use plimsoll_claims::Verdict;
use plimsoll_model::time::Day;
use serde::{Deserialize, Serialize};

/// When something is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Sessions in a row with the new verdict before it counts.
    pub confirm: u32,
    /// Sessions after a flip was told before the next of the same claim is.
    pub cool_down: u32,
    /// A figure is near its threshold where it could cross at this many times its usual five-session move; 0 turns this off.
    pub near: f64,
    /// Sessions in a row without a figure before that is told.
    pub lost: u32,
}

/// One session of a claim, as known by its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The session.
    pub day: Day,
    /// The figure.
    pub value: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Distance from the figure to the nearest threshold that would change the verdict, in usual five-session moves.
    pub distance: Option<f64>,
}

/// What is remembered of a claim between sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The claim's definition when this began: another one begins anew.
    pub definition: String,
    /// The last session folded in.
    pub seen: Day,
    /// The verdict that readers were told last.
    pub told: Option<Verdict>,
    /// Sessions since.
    pub since_told: u32,
    /// The confirmed verdict.
    pub verdict: Option<Verdict>,
    /// Its first session.
    pub since: Day,
    /// A verdict that is not confirmed yet: its first session, and how many sessions it has stood.
    pub candidate: Option<(Verdict, Day, u32)>,
    /// Whether readers were told that the figure is near.
    pub near: bool,
    /// Sessions in a row without a figure.
    pub unknown: u32,
    /// Whether that was told.
    pub lost: bool,
    /// Whether a credit event is under way.
    pub event: bool,
}

/// What is worth telling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The verdict changed.
    Flip {
        /// What was told before.
        from: Verdict,
        /// What stands now.
        to: Verdict,
        /// The first session of it.
        since: Day,
    },
    /// The figure came near a threshold.
    Near {
        /// In usual five-session moves.
        distance: f64,
    },
    /// There is no figure any more.
    Lost {
        /// The first session without.
        sessions: u32,
    },
    /// A credit event began, or is over.
    CreditEvent {
        /// Whether it began.
        began: bool,
    },
}

/// The signs at which a credit event begins; it is over when none is left (see the measure `credit_event`).
const SIGNS: f64 = 3.0;

/// Farther than this many times `near`, and a figure may come near again.
const RE_ARM: f64 = 2.0;

impl Standing {
    /// Begins at a session: what stands then is taken as told.
    pub fn begin(definition: &str, first: &Seen, rules: &Rules, credit_event: bool) -> Standing {
        let verdict = judged(first.verdict);
        Standing {
            definition: definition.to_owned(),
            seen: first.day,
            told: verdict,
            since_told: u32::MAX,
            verdict,
            since: first.day,
            candidate: None,
            near: first.distance.is_some_and(|d| d <= rules.near),
            unknown: u32::from(verdict.is_none()),
            lost: verdict.is_none(),
            event: credit_event && first.value.is_some_and(|v| v >= SIGNS),
        }
    }

    /// Folds one more session in; sessions already seen change nothing.
    pub fn fold(&mut self, seen: &Seen, rules: &Rules, credit_event: bool) -> Vec<Change> {
        let mut out = Vec::new();
        if seen.day <= self.seen {
            return out;
        }
        self.seen = seen.day;
        self.since_told = self.since_told.saturating_add(1);
        let Some(verdict) = judged(seen.verdict) else {
            self.unknown += 1;
            if self.unknown >= rules.lost.max(1) && !self.lost {
                self.lost = true;
                out.push(Change::Lost { sessions: self.unknown });
            }
            return out;
        };
        (self.unknown, self.lost) = (0, false);
        self.confirm(verdict, seen.day, rules);
        let Some(standing) = self.verdict else { return out };
        match self.told {
            None => self.told = Some(standing),
            Some(told) if told != standing && self.since_told >= rules.cool_down => {
                out.push(Change::Flip { from: told, to: standing, since: self.since });
                self.told = Some(standing);
                self.since_told = 0;
                // A figure that just crossed is near by nature.
                self.near = true;
            }
            Some(_) => {}
        }
        if credit_event && let Some(value) = seen.value {
            if !self.event && value >= SIGNS {
                self.event = true;
                out.push(Change::CreditEvent { began: true });
            } else if self.event && value <= 0.0 {
                self.event = false;
                out.push(Change::CreditEvent { began: false });
            }
        }
        self.approach(seen, rules, &mut out);
        out
    }

    fn confirm(&mut self, verdict: Verdict, day: Day, rules: &Rules) {
        if self.verdict == Some(verdict) {
            self.candidate = None;
            return;
        }
        let (first, sessions) = match self.candidate {
            Some((candidate, first, sessions)) if candidate == verdict => (first, sessions + 1),
            _ => (day, 1),
        };
        if sessions >= rules.confirm.max(1) || self.verdict.is_none() {
            (self.verdict, self.since, self.candidate) = (Some(verdict), first, None);
        } else {
            self.candidate = Some((verdict, first, sessions));
        }
    }

    fn approach(&mut self, seen: &Seen, rules: &Rules, out: &mut Vec<Change>) {
        let Some(distance) = seen.distance.filter(|_| rules.near > 0.0) else { return };
        if self.near {
            self.near = distance < RE_ARM * rules.near;
        } else if distance <= rules.near && self.candidate.is_none() && self.told == self.verdict {
            self.near = true;
            out.push(Change::Near { distance });
        }
    }
}

fn judged(verdict: Verdict) -> Option<Verdict> {
    (verdict != Verdict::Unknown).then_some(verdict)
}

/// The usual five-session move before each session: the root mean square of the five-session changes that ended in the 63 sessions
/// up to it. `None` where fewer than 20 are known, or where the figure does not move.
pub fn paces(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let squares: Vec<Option<f64>> = (0..values.len()).map(|i| Some((values[i]? - values[i.checked_sub(5)?]?).powi(2))).collect();
    (0..values.len())
        .map(|i| {
            let window: Vec<f64> = squares[i.saturating_sub(62)..=i].iter().flatten().copied().collect();
            let mean = window.iter().sum::<f64>() / window.len() as f64;
            (window.len() >= 20 && mean > 0.0).then(|| mean.sqrt())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Fails, Holds, Undecided, Unknown};

    const RULES: Rules = Rules { confirm: 2, cool_down: 5, near: 1.0, lost: 3 };

    fn day(n: i32) -> Day {
        Day(19_000 + n)
    }

    fn play(rules: &Rules, verdicts: &[Verdict]) -> Vec<(i32, Change)> {
        let seen = |(n, v): (usize, &Verdict)| Seen { day: day(n as i32), value: Some(0.0), verdict: *v, distance: None };
        let all: Vec<Seen> = verdicts.iter().enumerate().map(seen).collect();
        let mut standing = Standing::begin("d", &all[0], rules, false);
        all[1..].iter().flat_map(|s| standing.fold(s, rules, false).into_iter().map(|c| (s.day.0 - 19_000, c))).collect()
    }

    #[test]
    fn a_flip_is_told_once_confirmed_and_dated_from_its_first_session() {
        let told = play(&RULES, &[Holds, Fails, Fails, Fails, Fails]);
        assert_eq!(told, [(2, Change::Flip { from: Holds, to: Fails, since: day(1) })]);
        // One session alone is not told.
        assert_eq!(play(&RULES, &[Holds, Fails, Holds, Fails, Holds]), []);
        // Sessions without a figure neither confirm nor undo.
        let told = play(&RULES, &[Holds, Fails, Unknown, Fails]);
        assert_eq!(told, [(3, Change::Flip { from: Holds, to: Fails, since: day(1) })]);
    }

    #[test]
    fn a_claim_that_swings_is_told_at_most_once_a_cool_down_and_ends_at_what_stands() {
        let mut verdicts = vec![Holds];
        for _ in 0..10 {
            verdicts.extend([Fails, Fails, Holds, Holds]);
        }
        verdicts.extend([Undecided; 8]);
        let told = play(&RULES, &verdicts);
        for pair in told.windows(2) {
            assert!(pair[1].0 - pair[0].0 >= 5, "{told:?}");
        }
        let mut last = Holds;
        for (_, change) in &told {
            let Change::Flip { from, to, .. } = change else { panic!("{change:?}") };
            assert_eq!(*from, last, "each flip starts from what was told: {told:?}");
            last = *to;
        }
        assert_eq!(last, Undecided, "{told:?}");
        // A flip that is undone within the cool-down is never told.
        let told = play(&Rules { confirm: 1, ..RULES }, &[Holds, Fails, Holds, Fails, Fails, Fails, Fails, Fails]);
        assert_eq!(told.len(), 1, "{told:?}");
    }

    #[test]
    fn the_same_history_in_pieces_tells_the_same() {
        let verdicts: Vec<Verdict> = (0u32..300)
            .map(|n| match n.wrapping_mul(2_654_435_761) >> 28 {
                0..=5 => Holds,
                6..=11 => Fails,
                12..=14 => Undecided,
                _ => Unknown,
            })
            .collect();
        let seen: Vec<Seen> = verdicts
            .iter()
            .enumerate()
            .map(|(n, v)| Seen {
                day: day(n as i32),
                value: Some(0.0),
                verdict: *v,
                distance: Some(f64::from(n as u32 % 7) / 2.0),
            })
            .collect();
        let run = |step: usize| {
            let mut standing = Standing::begin("d", &seen[0], &RULES, false);
            let mut told = Vec::new();
            // Every look sees the whole history again, as far as it is known by then.
            for end in (1..=seen.len()).step_by(step).chain([seen.len()]) {
                // What is remembered goes through its written form, as it does between two runs of the program.
                let text = serde_json::to_string(&standing).unwrap();
                standing = serde_json::from_str(&text).unwrap();
                for s in &seen[..end] {
                    told.extend(standing.fold(s, &RULES, false).into_iter().map(|c| (s.day, c)));
                }
            }
            told
        };
        let whole = run(300);
        assert!(whole.len() > 20);
        for step in [1, 2, 7, 50] {
            assert_eq!(run(step), whole, "looked at every {step} sessions");
        }
    }

    #[test]
    fn near_is_told_once_until_the_figure_has_moved_away() {
        let seen = |n: i32, distance: f64| Seen { day: day(n), value: Some(0.0), verdict: Holds, distance: Some(distance) };
        let mut standing = Standing::begin("d", &seen(0, 3.0), &RULES, false);
        let told: Vec<(i32, usize)> = [2.5, 0.9, 1.2, 0.8, 1.9, 0.5, 2.1, 0.9]
            .iter()
            .enumerate()
            .map(|(i, d)| (i as i32 + 1, standing.fold(&seen(i as i32 + 1, *d), &RULES, false).len()))
            .filter(|t| t.1 > 0)
            .collect();
        assert_eq!(told, [(2, 1), (8, 1)]);
    }

    #[test]
    fn a_credit_event_begins_with_three_signs_and_is_over_with_none() {
        let seen = |n: i32, signs: f64| Seen { day: day(n), value: Some(signs), verdict: Holds, distance: None };
        let mut standing = Standing::begin("d", &seen(0, 0.0), &RULES, true);
        let told: Vec<(i32, Change)> = [1.0, 2.0, 3.0, 2.0, 3.0, 1.0, 0.0, 0.0]
            .iter()
            .enumerate()
            .flat_map(|(i, s)| {
                let n = i as i32 + 1;
                standing.fold(&seen(n, *s), &RULES, true).into_iter().map(move |c| (n, c)).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(told, [(3, Change::CreditEvent { began: true }), (7, Change::CreditEvent { began: false })]);
    }

    #[test]
    fn a_claim_that_can_no_longer_be_judged_is_told_once() {
        let told = play(&RULES, &[Holds, Unknown, Unknown, Unknown, Unknown, Holds, Unknown, Unknown, Unknown]);
        assert_eq!(told, [(3, Change::Lost { sessions: 3 }), (8, Change::Lost { sessions: 3 })]);
    }

    #[test]
    fn the_usual_move_looks_only_back() {
        let values: Vec<Option<f64>> = (0..100).map(|n| Some(f64::from(n))).collect();
        let paces = paces(&values);
        assert_eq!(paces[23], None, "nineteen changes are too few");
        assert_eq!(paces[24], Some(5.0));
        let cut: Vec<Option<f64>> = values.iter().take(60).copied().chain((0..40).map(|_| Some(1e9))).collect();
        assert_eq!(super::paces(&cut)[..60], paces[..60]);
    }
}
