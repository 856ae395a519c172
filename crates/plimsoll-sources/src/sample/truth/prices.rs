//! Truths about prices: who carried the index, breadth, breakouts, leadership, turns.

use plimsoll_model::time::Day;

use super::{Breadth, Breakouts, Contributions, FailedBreakout, Phase, Turn, canonical};
use crate::sample::World;
use crate::sample::market::PlantedFailure;
use crate::sample::securities::{SECTORS, session_from};

pub(super) fn contributions(world: &World, (from, to): (Day, Day)) -> Option<Contributions> {
    let (start, end) = (world.session(from)?, world.session(to)?);
    let n = world.sessions.len();
    let cap = |i: usize, t: usize| world.panel.cap[i * n + t];
    let members = |t: usize| {
        (0..world.securities.len())
            .filter(move |&i| world.securities[i].primary && world.membership.in_large(i, t) && world.securities[i].trades(t - 1))
    };
    let (mut level, mut equal, mut by_member) = (1.0, 1.0, vec![0.0; world.securities.len()]);
    for t in start + 1..=end {
        let total: f64 = members(t).map(|i| cap(i, t - 1)).sum();
        let (mut earned, mut plain) = (0.0, 0.0);
        for i in members(t) {
            let r = world.panel.returns[i * n + t];
            let c = cap(i, t - 1) / total * r;
            by_member[i] += level * c;
            earned += c;
            plain += r;
        }
        level *= 1.0 + earned;
        equal *= 1.0 + plain / members(t).count() as f64;
    }
    let seven: Vec<usize> =
        (0..by_member.len()).filter(|&i| world.securities[i].giant() && world.securities[i].primary).collect();
    let group: f64 = seven.iter().map(|&i| by_member[i]).sum();
    let weight = |t: usize| seven.iter().map(|&i| cap(i, t)).sum::<f64>() / members(t).map(|i| cap(i, t)).sum::<f64>();
    Some(Contributions {
        from,
        to,
        index_return: level - 1.0,
        equal_weight_return: equal - 1.0,
        group,
        rest: by_member.iter().sum::<f64>() - group,
        group_share: group / (level - 1.0),
        members: seven.iter().map(|&i| (canonical(world.securities[i].symbol()), by_member[i])).collect(),
        weight_before: weight(start),
        weight_after: weight(end),
    })
}

/// Closes adjusted for splits, as a level that begins at one; empty before the life.
fn level(world: &World, i: usize) -> Vec<f64> {
    let returns = &world.panel.returns[world.panel.rows(i)];
    let mut now = 1.0;
    let (first, last) = world.securities[i].life;
    (first..=last)
        .map(|t| {
            now *= 1.0 + returns[t];
            now
        })
        .collect()
}

fn drawdown(past: &[f64]) -> f64 {
    past[past.len() - 1] / past.iter().fold(f64::MIN, |a, b| a.max(*b)) - 1.0
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { 0.5 * (values[half - 1] + values[half]) }
}

pub(super) fn breadth(world: &World, day: Day, large: bool) -> Option<Breadth> {
    let t = world.session(day).filter(|t| *t >= 251)?;
    let ids: Vec<usize> = if large {
        (0..world.securities.len()).filter(|&i| world.securities[i].primary && world.membership.in_large(i, t)).collect()
    } else {
        world.membership.small_as_listed(t).into_iter().filter(|&i| world.securities[i].trades(t)).collect()
    };
    let (mut falls, mut short, mut above) = (Vec::new(), 0, [0_usize; 2]);
    for i in ids {
        let first = world.securities[i].life.0;
        let own = level(world, i);
        let upto = &own[..=t - first];
        if upto.len() < 252 {
            short += 1;
            continue;
        }
        falls.push(drawdown(&upto[upto.len() - 252..]));
        for (count, window) in above.iter_mut().zip([50, 200]) {
            let past = &upto[upto.len() - window..];
            *count += usize::from(upto[upto.len() - 1] > past.iter().sum::<f64>() / window as f64);
        }
    }
    let members = falls.len();
    let share = |count: usize| count as f64 / members as f64;
    let index = if large { &world.indices.large } else { &world.indices.small };
    let index_drawdown = drawdown(&index[t - 251..=t]);
    let bear_share = share(falls.iter().filter(|f| **f <= -0.2).count());
    let median_drawdown = median(&mut falls);
    Some(Breadth {
        day,
        universe: if large { "sp500" } else { "russell2000" },
        members,
        short,
        bear_share,
        above_50: share(above[0]),
        above_200: share(above[1]),
        median_drawdown,
        index_drawdown,
        masking_gap: index_drawdown - median_drawdown,
    })
}

pub(super) fn breakouts(world: &World, planted: &[PlantedFailure]) -> Option<Breakouts> {
    let (from, to) = (session_from(&world.sessions, (2023, 6, 1))?, session_from(&world.sessions, (2024, 1, 5))?);
    let (mut breakouts, mut failed) = (0, 0);
    for i in 0..world.securities.len() {
        let (first, last) = world.securities[i].life;
        let own = level(world, i);
        for t in from.max(first + 60)..=to.min(last) {
            let at = t - first;
            let high = own[at - 60..at].iter().fold(f64::MIN, |a, b| a.max(*b));
            if world.membership.in_small(i, t) && own[at] > high {
                breakouts += 1;
                failed += usize::from(own[at + 1..own.len().min(at + 21)].iter().any(|c| *c < high));
            }
        }
    }
    let n = world.sessions.len();
    let planted = planted
        .iter()
        .map(|p| {
            let closes = &world.panel.close[p.security * n..(p.security + 1) * n];
            FailedBreakout {
                symbol: canonical(world.securities[p.security].symbol()),
                breakout: world.sessions[p.breakout],
                level: closes[p.breakout - 60..p.breakout].iter().fold(0.0_f64, |a, b| a.max(*b)),
                failed: world.sessions[p.failure],
            }
        })
        .collect();
    Some(Breakouts { from: world.sessions[from], to: world.sessions[to], breakouts, failed, planted })
}

pub(super) fn phase(world: &World, from: (i16, i8, i8), to: (i16, i8, i8)) -> Option<Phase> {
    let (a, b) = (session_from(&world.sessions, from)?, session_from(&world.sessions, to)?);
    let earned = |id: &str| world.fund(id).map_or(0.0, |f| f.level[b - f.first] / f.level[a - f.first] - 1.0);
    let mean = |ids: [&str; 3]| ids.iter().map(|id| earned(id)).sum::<f64>() / 3.0;
    let n = world.sessions.len();
    let seven = |t: usize| -> f64 {
        (0..world.securities.len())
            .filter(|&i| world.securities[i].giant() && world.securities[i].primary)
            .map(|i| world.panel.cap[i * n + t])
            .sum()
    };
    Some(Phase {
        from: world.sessions[a],
        to: world.sessions[b],
        cyclicals: mean(["XLI", "XLB", "XLF"]),
        defensives: mean(["XLP", "XLU", "XLV"]),
        mega: seven(b) / seven(a) - 1.0,
        small: earned("IWM"),
        large: earned("SPY"),
        sectors: SECTORS.iter().map(|s| (s.fund, earned(s.fund))).collect(),
    })
}

/// The 20 % rule: a bear market is confirmed by a close 20 % below the highest since the last trough, a bull market by one 20 % above the
/// lowest since the last peak. The first phase is confirmed by whichever comes first.
pub fn turns(index: &[f64], sessions: &[Day]) -> Vec<Turn> {
    let (mut high, mut low) = (0, 0);
    let mut phase: Option<&'static str> = None;
    let mut found = Vec::new();
    for t in 1..index.len() {
        if index[t] > index[high] {
            high = t;
        }
        if index[t] < index[low] {
            low = t;
        }
        if phase != Some("bear") && index[t] <= 0.8 * index[high] {
            found.push(Turn { begins: "bear", extreme: sessions[high], confirmed: sessions[t] });
            (phase, low) = (Some("bear"), t);
        } else if phase != Some("bull") && index[t] >= 1.2 * index[low] {
            found.push(Turn { begins: "bull", extreme: sessions[low], confirmed: sessions[t] });
            (phase, high) = (Some("bull"), t);
        }
    }
    found
}
