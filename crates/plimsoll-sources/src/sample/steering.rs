//! Steering: each group of companies is led along the planted levels by one factor a session for all of its names, so that proportions
//! within the group, and thus every other planted feature, stay.

use super::market::Inputs;
use super::path::{Anchor, place, steer};
use super::securities::{Tier, session_from};
use super::story::{BEAR, GIANTS_2023, GIANTS_2024, GIANTS_BEFORE, GIANTS_SHARE, REST, SMALL};

/// Multiplies the gross returns of each group by one factor a session, so that its level meets the anchors.
pub(crate) fn steer_groups(inputs: &Inputs, returns: &mut [f64]) {
    let member = |group: usize| {
        inputs.list.iter().enumerate().filter(move |(_, s)| {
            s.primary
                && match s.tier {
                    Tier::Giant => group == 0,
                    Tier::Large | Tier::Mid => group == 1,
                    Tier::Small | Tier::Micro => group == 2,
                    Tier::Warrant => false,
                }
        })
    };
    let n = inputs.sessions.len();
    for group in [2, 1, 0] {
        let anchors = match group {
            2 => SMALL.to_vec(),
            1 => REST.to_vec(),
            _ => giants_anchors(inputs, returns),
        };
        let members: Vec<usize> = member(group).map(|(i, _)| i).collect();
        // The level of a group is that of the names that make up its index, weighted as the index weighs them.
        let index: Vec<usize> =
            members.iter().copied().filter(|&i| !matches!(inputs.list[i].tier, Tier::Mid | Tier::Micro)).collect();
        let raw = group_returns(inputs, returns, &index);
        let mut factor = steer(&place(&anchors, inputs.sessions), &raw);
        if group == 2 {
            keep_phases(inputs, &raw, &mut factor);
        }
        for &i in &members {
            let (first, last) = inputs.list[i].life;
            for t in first + 1..=last {
                let r = &mut returns[i * n + t];
                *r = (1.0 + *r) * factor[t] - 1.0;
            }
        }
    }
}

/// Capitalisation-weighted return of some securities, by session.
fn group_returns(inputs: &Inputs, returns: &[f64], members: &[usize]) -> Vec<f64> {
    let n = inputs.sessions.len();
    let (mut earned, mut held) = (vec![0.0; n], vec![0.0; n]);
    for &i in members {
        let security = &inputs.list[i];
        let mut value = security.start.1 * if security.tier == Tier::Small { security.float } else { 1.0 };
        for t in security.life.0 + 1..=security.life.1 {
            held[t] += value;
            earned[t] += value * returns[i * n + t];
            value *= 1.0 + returns[i * n + t];
        }
    }
    (0..n).map(|t| if held[t] > 0.0 { earned[t] / held[t] } else { 0.0 }).collect()
}

/// The level of the seven: planted until the end of 2022, then whatever makes their share of the index's gain the planted one.
fn giants_anchors(inputs: &Inputs, returns: &[f64]) -> Vec<Anchor> {
    let mut anchors = GIANTS_BEFORE.to_vec();
    let base = GIANTS_BEFORE[GIANTS_BEFORE.len() - 1].3;
    let n = inputs.sessions.len();
    let end_of = |year: i16| session_from(inputs.sessions, (year + 1, 1, 1)).map(|t| t - 1);
    let gain = match end_of(2022).zip(end_of(2023)) {
        Some((from, to)) => {
            let (mut before, mut after) = (0.0, 0.0);
            for (i, security) in inputs.list.iter().enumerate() {
                if security.tier == Tier::Large && security.primary && security.trades(from) && security.trades(to) {
                    let level = |upto: usize| (1..=upto).fold(security.start.1, |v, t| v * (1.0 + returns[i * n + t]));
                    before += level(from);
                    after += level(to);
                }
            }
            let seven: f64 = inputs.list.iter().filter(|s| s.giant() && s.primary).map(|s| s.start.1).sum();
            GIANTS_SHARE / (1.0 - GIANTS_SHARE) * (after - before) / (seven * base / 100.0)
        }
        None => 0.9,
    };
    anchors.extend(GIANTS_2023.map(|(y, m, d, share)| (y, m, d, base * (1.0 + gain * share))));
    anchors.push((2023, 12, 29, base * (1.0 + gain)));
    anchors.extend(GIANTS_2024.map(|(y, m, d, level)| (y, m, d, base * (1.0 + gain) * level)));
    anchors
}

/// Folds what noise would turn into a phase of its own back into the planted bear market: no close above the peak or below the trough,
/// within the fall no rise of 20 % from the lowest close so far, outside it no fall of 20 % from the highest.
fn keep_phases(inputs: &Inputs, raw: &[f64], factor: &mut [f64]) {
    let [Some(peak), Some(trough)] = BEAR.map(|day| session_from(inputs.sessions, day)) else { return };
    let mut level = vec![1.0; raw.len()];
    for t in 1..raw.len() {
        level[t] = level[t - 1] * (1.0 + raw[t]) * factor[t];
    }
    // The index rebuilt from its members differs from the group by a per cent or two: the bounds leave that much room.
    let (ceiling, floor) = (level[peak] * 0.985, level[trough] * 1.015);
    let (mut high, mut low) = (level[0], level[peak]);
    let mut before = level[0];
    for t in 1..raw.len() {
        let mut now = level[t];
        if t < trough {
            now = if t == peak { now } else { under(now, ceiling) };
        }
        if t > peak && t < trough {
            now = under(now, 1.15 * low);
            low = low.min(now);
        }
        if t != trough {
            now = over(now, floor);
        }
        if t < peak || t > trough {
            high = if t == trough + 1 { now } else { high.max(now) };
            now = over(now, 0.86 * high);
        }
        factor[t] = now / before / (1.0 + raw[t]);
        before = now;
    }
}

/// A value above `bound` folded below it.
fn under(value: f64, bound: f64) -> f64 {
    if value > bound { bound - 0.25 * (value - bound).min(0.2 * bound) } else { value }
}

/// A value below `bound` folded above it.
fn over(value: f64, bound: f64) -> f64 {
    if value < bound { bound + 0.25 * (bound - value).min(0.2 * bound) } else { value }
}
