//! Truths about yields, the policy rate and spreads.

use plimsoll_model::time::Day;

use super::{Expected, FUTURES_FAULTS, Fault, Policy, RateBeta, Releases, Spread, YieldRise, day};
use crate::futures::Contract;
use crate::sample::World;
use crate::sample::credit::EPISODE;
use crate::sample::policy::{Held, Meeting, meetings};
use crate::sample::rates::{LOW_DAY, PEAK_DAY, RISE_DAY};
use crate::sample::releases::{EMPLOYMENT, PRICES};
use crate::sample::securities::Tier;
use crate::sample::story::{CPI_REACTION, SMALL_RATE_BETA};

/// Mean return of the names that `keep`, by session.
fn mean_returns(world: &World, keep: impl Fn(usize) -> bool) -> Vec<f64> {
    let n = world.sessions.len();
    let ids: Vec<usize> = (0..world.securities.len()).filter(|&i| world.securities[i].primary && keep(i)).collect();
    (0..n)
        .map(|t| {
            let held: Vec<f64> = ids
                .iter()
                .filter(|&&i| world.securities[i].life.0 < t && t <= world.securities[i].life.1)
                .map(|&i| world.panel.returns[i * n + t])
                .collect();
            if held.is_empty() { 0.0 } else { held.iter().sum::<f64>() / held.len() as f64 }
        })
        .collect()
}

/// Slope and its ordinary standard error, sessions from the second on.
fn slope(x: &[f64], y: &[f64]) -> (f64, f64) {
    let n = (x.len() - 1) as f64;
    let mean = |v: &[f64]| v[1..].iter().sum::<f64>() / n;
    let (mx, my) = (mean(x), mean(y));
    let sxx: f64 = x[1..].iter().map(|a| (a - mx) * (a - mx)).sum();
    let sxy: f64 = x[1..].iter().zip(&y[1..]).map(|(a, b)| (a - mx) * (b - my)).sum();
    let beta = sxy / sxx;
    let rest: f64 = x[1..].iter().zip(&y[1..]).map(|(a, b)| (b - my - beta * (a - mx)) * (b - my - beta * (a - mx))).sum();
    (beta, (rest / (n - 2.0) / sxx).sqrt())
}

pub(super) fn rate_beta(world: &World) -> Option<RateBeta> {
    let ten = world.rates.ten_year();
    let change: Vec<f64> = (0..ten.len()).map(|t| if t == 0 { 0.0 } else { ten[t] - ten[t - 1] }).collect();
    let tier = |i: usize| world.securities[i].tier;
    let large = mean_returns(world, |i| tier(i) <= Tier::Large);
    let small = mean_returns(world, |i| tier(i) == Tier::Small);
    let levered = mean_returns(world, |i| tier(i) == Tier::Small && world.securities[i].levered);
    let ordinary = mean_returns(world, |i| tier(i) == Tier::Small && !world.securities[i].levered);
    let less = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let (small_minus_large, standard_error) = slope(&change, &less(&small, &large));
    Some(RateBeta {
        planted: SMALL_RATE_BETA[0],
        planted_levered: SMALL_RATE_BETA[1],
        small_minus_large,
        standard_error,
        levered_minus_ordinary: slope(&change, &less(&levered, &ordinary)).0,
        sessions: change.len() - 1,
    })
}

pub(super) fn yield_rise(world: &World) -> Option<YieldRise> {
    let (low, rise) = (world.session(day(LOW_DAY))?, world.session(day(RISE_DAY))?);
    let ten = world.rates.ten_year();
    Some(YieldRise {
        low_day: day(LOW_DAY),
        low: ten[low],
        day: day(RISE_DAY),
        yield_then: ten[rise],
        basis_points: (ten[rise] - ten[low]) * 100.0,
    })
}

pub(super) fn inverted_since(world: &World) -> Option<Day> {
    let (ten, two) = (world.rates.ten_year(), world.rates.two_year());
    let unbroken = (0..ten.len()).rev().take_while(|&t| ten[t] < two[t]).count();
    (unbroken > 0).then(|| world.sessions[ten.len() - unbroken])
}

pub(super) fn policy(world: &World) -> Option<Policy> {
    let upper = *world.rates.target_upper.last()?;
    let from = world.rates.target_upper.iter().position(|u| *u == upper)?;
    let priced = |d: Day| Some((d, world.rates.cuts_priced[world.session(d)?]?));
    let days =
        [(2023, 12, 12), (2023, 12, 13), (2023, 12, 28), PEAK_DAY, (2024, 1, 19), (2024, 2, 2), (2024, 4, 30), (2024, 6, 28)]
            .map(day);
    let expected =
        [(2022, 6, 21), (2023, 5, 9), (2023, 5, 10), (2023, 12, 12), (2023, 12, 13), PEAK_DAY, (2024, 2, 2), (2024, 6, 28)];
    let expected = expected.map(day).into_iter().filter_map(|d| world.expectations(d));
    let within = |d: &Day| world.session(*d).is_some();
    let held = |kind: Held| meetings().iter().find(|m| m.held == kind).map(|m| m.day).filter(within);
    let scheduled: Vec<Day> = meetings().iter().filter(|m| m.held == Held::Scheduled).map(|m| m.day).filter(within).collect();
    let mut months = scheduled.windows(2).filter(|w| w[0].month_start() == w[1].month_start());
    Some(Policy {
        plateau_upper: upper,
        plateau_from: world.sessions[from],
        cuts_priced: days.iter().filter_map(|d| priced(*d)).collect(),
        peak: priced(day(PEAK_DAY)),
        repricing: priced(days[0]).zip(priced(days[1])).map(|(a, b)| [a, b]),
        expected: expected.map(|e| Expected { day: e.as_of, in_force: e.in_force, after: e.after }).collect(),
        unscheduled: held(Held::Unscheduled).zip(held(Held::Cancelled)).map(|(a, b)| [a, b]),
        two_in_a_month: months.next().map(|w| [w[0], w[1]]),
        faults: faults(world),
    })
}

fn faults(world: &World) -> Vec<Fault> {
    let planted = &FUTURES_FAULTS;
    let fault = |rule, source, subject: &str, from, to| Fault { rule, source, subject: subject.to_owned(), from, to };
    let mut out = Vec::new();
    for (on, source, subject) in [(planted.no_front[0], "zq_settle", "zq.settle"), (planted.no_front[1], "zq_last", "zq.last")] {
        out.push(fault("missing_front_contract", source, subject, day(on), day(on)));
    }
    let (month, from, to) = planted.stale;
    let series = format!("zq.settle:{}", Contract::of(day(month)));
    out.push(fault("stale_price", "zq_settle", &series, day(from), day(to)));
    out.retain(|f| world.session(f.from).is_some() && world.session(f.to).is_some());
    let last = world.sessions[world.sessions.len() - 1];
    let [listed, right] = planted.wrong_day.map(day);
    if right > last && right.parts().0 == last.parts().0 {
        out.push(fault("contradicts_calendar", "fomc_decisions", "fomc", right, listed));
    }
    let blank = |m: &&Meeting| m.day > last && m.day.parts().0 == last.parts().0 && m.held == Held::Scheduled;
    let mut days: Vec<Day> = meetings().iter().filter(blank).map(|m| if m.day == right { listed } else { m.day }).collect();
    days.sort_unstable();
    if let (Some(from), Some(to)) = (days.first(), days.last()) {
        out.push(fault("blank_outcome", "fomc_decisions", "fomc", *from, *to));
    }
    out
}

/// The fund of the small index less that of the large on days of releases, from the second session to a day.
pub(super) fn releases(world: &World, to: Day) -> Vec<Releases> {
    let (Some(last), Some(small), Some(large)) = (world.session(to), world.fund("IWM"), world.fund("SPY")) else {
        return Vec::new();
    };
    let gain = |fund: &crate::sample::Fund, t: usize| fund.level[t - fund.first] / fund.level[t - fund.first - 1] - 1.0;
    let difference = |t: usize| gain(small, t) - gain(large, t);
    let first = small.first.max(large.first) + 2;
    let all = crate::sample::releases(world.sessions[0], world.sessions[last]);
    [("cpi", PRICES, CPI_REACTION), ("employment", EMPLOYMENT, 0.0)]
        .into_iter()
        .map(|(calendar, title, planted)| {
            let on = |t: &usize| {
                let (before, now) = (world.sessions[t - 1], world.sessions[*t]);
                all.iter().any(|r| r.title == title && r.day > before && r.day <= now)
            };
            let mean = |days: &[usize]| days.iter().map(|t| difference(*t)).sum::<f64>() / days.len().max(1) as f64;
            let (days, others): (Vec<usize>, Vec<usize>) = (first..=last).partition(on);
            let (from, to) = (world.sessions[first - 1], world.sessions[last]);
            let (difference, elsewhere) = (mean(&days), mean(&others));
            Releases { calendar, from, to, days: days.len(), difference, elsewhere, planted }
        })
        .collect()
}

pub(super) fn spread(world: &World, day: Day) -> Option<Spread> {
    let t = world.session(day).filter(|t| *t >= 503)?;
    let [from, to] = EPISODE.map(|(y, m, d)| Day::ymd(y, m, d));
    let high = &world.credit.high_yield;
    let past = &high[t - 503..=t];
    Some(Spread {
        day,
        level: high[t],
        percentile: past.iter().filter(|s| **s <= high[t]).count() as f64 / past.len() as f64,
        episode: (from, to),
        widening: (high[world.session(to)?] - high[world.session(from)?]) * 100.0,
    })
}
