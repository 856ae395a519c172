//! Prices: a market, a size, eleven sector and one yield factor with fat-tailed noise of each name's own, steered so that the giants, the
//! other large companies and the small ones each follow the planted story, then rounded to ticks. Returns are those of the rounded closes.

use plimsoll_model::time::Day;

use super::path::{Anchor, place, rounded, steer, tilt};
use super::quirks::{RowQuirks, nth};
use super::rates::Rates;
use super::rng::Rng;
use super::securities::{Fate, SECTORS, Security, Tier, session_from};

/// The share of the large index's gain over calendar 2023 that the seven are steered to. Rounding to ticks, issuance and changes of
/// membership move the exact figure a little; the truth holds that one.
pub(crate) const GIANTS_SHARE: f64 = 0.64;
/// Planted response of a small company's return to the ten-year yield, per percentage point: ordinary and levered names.
pub const SMALL_RATE_BETA: [f64; 2] = [-0.016, -0.046];

/// Level of the large companies other than the seven.
const REST: [Anchor; 21] = [
    (2021, 1, 4, 100.0),
    (2021, 3, 12, 104.0),
    (2021, 5, 12, 108.5),
    (2021, 11, 8, 121.0),
    (2022, 1, 3, 122.5),
    (2022, 2, 23, 113.5),
    (2022, 3, 29, 119.0),
    (2022, 6, 16, 99.0),
    (2022, 8, 15, 112.0),
    (2022, 10, 13, 96.5),
    (2022, 12, 1, 109.0),
    (2022, 12, 30, 104.5),
    (2023, 2, 2, 112.0),
    (2023, 3, 14, 105.0),
    (2023, 7, 31, 116.0),
    (2023, 10, 27, 103.5),
    (2023, 12, 28, 117.6),
    (2024, 1, 19, 116.2),
    (2024, 2, 2, 118.0),
    (2024, 4, 19, 119.5),
    (2024, 6, 28, 123.0),
];
/// Level of the seven until the end of 2022.
const GIANTS_BEFORE: [Anchor; 11] = [
    (2021, 1, 4, 100.0),
    (2021, 3, 12, 99.0),
    (2021, 5, 12, 102.0),
    (2021, 11, 8, 137.0),
    (2022, 1, 3, 141.0),
    (2022, 2, 23, 119.0),
    (2022, 3, 29, 131.0),
    (2022, 6, 16, 99.0),
    (2022, 8, 15, 118.0),
    (2022, 10, 13, 93.0),
    (2022, 12, 30, 84.0),
];
/// Share of their gain of 2023 that the seven have made by each day of that year.
const GIANTS_2023: [Anchor; 5] =
    [(2023, 2, 2, 0.24), (2023, 3, 14, 0.21), (2023, 7, 31, 0.76), (2023, 10, 27, 0.62), (2023, 12, 28, 1.01)];
/// Level of the seven in 2024, with the end of 2023 as one.
const GIANTS_2024: [Anchor; 4] = [(2024, 1, 19, 1.045), (2024, 2, 2, 1.085), (2024, 4, 19, 1.07), (2024, 6, 28, 1.36)];
/// Level of the small companies: a bear market in two legs that ends in October 2023.
const SMALL: [Anchor; 24] = [
    (2021, 1, 4, 100.0),
    (2021, 3, 12, 116.0),
    (2021, 5, 12, 108.0),
    (2021, 6, 28, 117.0),
    (2021, 8, 19, 106.5),
    (2021, 11, 8, 123.0),
    (2022, 1, 27, 97.5),
    (2022, 3, 29, 105.5),
    (2022, 6, 16, 83.5),
    (2022, 8, 15, 97.5),
    (2022, 10, 13, 84.5),
    (2022, 11, 30, 93.5),
    (2022, 12, 30, 87.5),
    (2023, 2, 2, 95.5),
    (2023, 3, 23, 84.8),
    (2023, 5, 4, 84.5),
    (2023, 7, 31, 95.5),
    (2023, 10, 27, 78.0),
    (2023, 11, 30, 87.5),
    (2023, 12, 28, 99.0),
    (2024, 1, 19, 92.0),
    (2024, 2, 2, 92.8),
    (2024, 4, 19, 91.5),
    (2024, 6, 28, 93.5),
];

/// First and last day of the phases in which leadership changes hands.
pub(crate) const PHASES: [(i16, i8, i8); 4] = [(2022, 1, 3), (2023, 10, 27), (2023, 12, 28), (2024, 2, 2)];
/// What each sector earns beyond its group between those days, in the order of [`SECTORS`].
const SECTOR_TILTS: [[f64; 11]; 3] = [
    [-0.06, -0.05, -0.04, 0.06, 0.02, 0.34, -0.02, -0.10, 0.03, 0.04, 0.02],
    [0.01, 0.0, 0.03, 0.055, 0.06, -0.07, 0.045, 0.055, -0.04, -0.075, -0.055],
    [0.05, 0.03, -0.02, -0.015, -0.06, -0.02, 0.0, -0.06, 0.012, -0.008, -0.05],
];
/// What each of the seven earns beyond the seven in 2023.
const GIANT_TILTS: [f64; 7] = [-0.18, -0.10, -0.12, 0.02, 0.55, 0.20, 0.85];

/// Prices of every security on every session, security by security.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// Number of sessions.
    pub sessions: usize,
    /// Price return on the session as a decimal, adjusted for splits; 0 on the first session of a life and outside it.
    pub returns: Vec<f64>,
    /// Close as traded, dollars; 0 outside the life.
    pub close: Vec<f64>,
    /// Capitalisation of the whole issuer at this security's close, dollars; 0 outside the life.
    pub cap: Vec<f64>,
}

impl Panel {
    /// The sessions of one security in the columns.
    pub fn rows(&self, security: usize) -> std::ops::Range<usize> {
        security * self.sessions..(security + 1) * self.sessions
    }
}

/// A planted breakout that fails.
#[derive(Clone, Debug)]
pub(crate) struct PlantedFailure {
    pub security: usize,
    pub breakout: usize,
    pub failure: usize,
}

/// What the generator of prices needs to know.
pub(crate) struct Inputs<'a> {
    pub seed: u64,
    pub sessions: &'a [Day],
    pub rates: &'a Rates,
    pub list: &'a [Security],
    pub quirks: &'a [RowQuirks],
}

struct Factors {
    market: Vec<f64>,
    size: Vec<f64>,
    giants: Vec<f64>,
    sectors: Vec<Vec<f64>>,
    yield_change: Vec<f64>,
}

/// Generates the panel and the breakouts planted in it.
pub(crate) fn generate(inputs: &Inputs) -> (Panel, Vec<PlantedFailure>) {
    let n = inputs.sessions.len();
    let factors = factors(inputs);
    let mut returns = vec![0.0; n * inputs.list.len()];
    for (i, security) in inputs.list.iter().enumerate() {
        if security.primary || security.tier == Tier::Warrant {
            own_returns(inputs, &factors, i, &mut returns[i * n..(i + 1) * n]);
        }
    }
    steer_groups(inputs, &mut returns);
    let planted = plant_failures(inputs, &mut returns);
    for (i, quirk) in inputs.quirks.iter().enumerate() {
        if let Some((from, to)) = quirk.stale {
            returns[i * n + from..=i * n + to].fill(0.0);
        }
    }
    (to_ticks(inputs, returns), planted)
}

fn factors(inputs: &Inputs) -> Factors {
    let n = inputs.sessions.len();
    let noise = |label: &str, scale: f64| -> Vec<f64> {
        let mut rng = Rng::stream(inputs.seed, label, 0);
        (0..n).map(|_| scale * rng.tailed()).collect()
    };
    let mut market = noise("market", 1.0);
    for (t, m) in market.iter_mut().enumerate() {
        *m *= match inputs.sessions[t].parts() {
            (2021, _, _) => 0.0075,
            (2022, _, _) => 0.0135,
            (2023, 3, _) => 0.0115,
            (2023, _, _) => 0.0078,
            _ => 0.0068,
        };
    }
    let ten = inputs.rates.ten_year();
    let yield_change = (0..n).map(|t| if t == 0 { 0.0 } else { ten[t] - ten[t - 1] }).collect();
    let bounds: Vec<usize> =
        PHASES.iter().map(|p| session_from(inputs.sessions, *p).unwrap_or(if *p == PHASES[0] { 0 } else { n - 1 })).collect();
    let sectors = (0..SECTORS.len())
        .map(|k| {
            let mut path = noise(SECTORS[k].name, if k == 5 { 0.010 } else { 0.0042 });
            tilt(&mut path, 0, bounds[0], 0.0);
            for p in 0..3 {
                tilt(&mut path, bounds[p], bounds[p + 1], SECTOR_TILTS[p][k]);
            }
            tilt(&mut path, bounds[3], n - 1, 0.0);
            path
        })
        .collect();
    Factors { market, size: noise("size", 0.0058), giants: noise("giants", 0.0055), sectors, yield_change }
}

fn own_returns(inputs: &Inputs, factors: &Factors, i: usize, out: &mut [f64]) {
    let security = &inputs.list[i];
    let mut rng = Rng::stream(inputs.seed, "own", i as u64);
    let (first, last) = security.life;
    let rate_beta = match security.tier {
        Tier::Small | Tier::Micro => SMALL_RATE_BETA[usize::from(security.levered)],
        _ => 0.0,
    };
    let small = if security.tier >= Tier::Small { 1.0 } else { 0.0 };
    let giant = if security.tier == Tier::Giant { 1.0 } else { 0.0 };
    let year = session_from(inputs.sessions, (2023, 1, 1)).zip(session_from(inputs.sessions, (2024, 1, 1)));
    let fall = 1.7 / 120.0;
    for (t, earned) in out.iter_mut().enumerate().take(last + 1).skip(first + 1) {
        let own = security.idiosyncratic * rng.tailed();
        let mut r = security.beta * factors.market[t]
            + small * factors.size[t]
            + giant * factors.giants[t]
            + (1.0 - 0.3 * giant) * factors.sectors[security.sector][t]
            + rate_beta * factors.yield_change[t]
            + own;
        if giant > 0.0
            && let Some((from, to)) = year
            && (from..to).contains(&t)
        {
            r += GIANT_TILTS[i] * 0.6 / 250.0;
        }
        match security.fate {
            Fate::Failed if t + 120 > last => r -= fall,
            Fate::Acquired if t + 40 == last => r = 0.18 + 0.25 * rng.uniform(),
            Fate::Acquired if t + 40 > last => r = own * 0.08,
            _ => {}
        }
        *earned = r.clamp(-0.55, 0.9);
    }
}

/// Multiplies the gross returns of each group by one factor a session, so that its level meets the anchors: proportions within the
/// group, and thus every other planted feature, stay.
fn steer_groups(inputs: &Inputs, returns: &mut [f64]) {
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
        let factor = steer(&place(&anchors, inputs.sessions), &group_returns(inputs, returns, &members));
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
        let mut value = security.start.1;
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

/// Plants breakouts that fail in small companies between June 2023 and January 2024: a close 3 % above the highest of the past sixty
/// sessions, a few sessions later a close 5 % below that level.
fn plant_failures(inputs: &Inputs, returns: &mut [f64]) -> Vec<PlantedFailure> {
    let n = inputs.sessions.len();
    let Some((from, to)) = session_from(inputs.sessions, (2023, 6, 1)).zip(session_from(inputs.sessions, (2024, 1, 5))) else {
        return Vec::new();
    };
    let small = inputs.list.iter().filter(|s| s.tier == Tier::Small).count();
    let wanted = small / 50;
    let mut planted = Vec::new();
    let mut rng = Rng::stream(inputs.seed, "breakouts", 0);
    for k in 0..small {
        if planted.len() == wanted || from < 61 {
            break;
        }
        let i = nth(inputs.list, Tier::Small, (k * 17 + 5) % small);
        let ordinary = inputs.list[i].life == (0, n - 1) && inputs.list[i].splits.is_empty() && inputs.quirks[i].stale.is_none();
        let day = from + rng.below(to - from);
        let wait = 5 + rng.below(10);
        if !ordinary || planted.iter().any(|p: &PlantedFailure| p.security == i) {
            continue;
        }
        let own = &mut returns[i * n..(i + 1) * n];
        let mut level = vec![1.0; n];
        for t in 1..n {
            level[t] = level[t - 1] * (1.0 + own[t]);
        }
        let high = level[day - 60..day].iter().fold(0.0_f64, |a, b| a.max(*b));
        // A jump of more than 15 % would be an announcement, not a breakout.
        if high * 1.03 > level[day - 1] * 1.15 {
            continue;
        }
        own[day] = high * 1.03 / level[day - 1] - 1.0;
        let mut now = high * 1.03;
        for r in &mut own[day + 1..day + wait] {
            *r = r.clamp(-0.01, 0.012);
            now *= 1.0 + *r;
        }
        own[day + wait] = high * 0.95 / now - 1.0;
        planted.push(PlantedFailure { security: i, breakout: day, failure: day + wait });
    }
    planted.sort_by_key(|p| (p.breakout, p.security));
    planted
}

/// Rounds to ticks, splits, counts shares; returns become those of the rounded closes.
fn to_ticks(inputs: &Inputs, mut returns: Vec<f64>) -> Panel {
    let n = inputs.sessions.len();
    let mut close = vec![0.0; returns.len()];
    let mut cap = vec![0.0; returns.len()];
    for (i, security) in inputs.list.iter().enumerate() {
        let twin = (!security.primary && security.tier != Tier::Warrant).then_some(security.issuer);
        let mut rng = Rng::stream(inputs.seed, "ticks", i as u64);
        let (mut gap, mut price) = (0.0, security.start.0);
        let mut shares = (security.start.1 / security.start.0).round();
        let issuance = match security.tier {
            Tier::Giant => 0.998,
            Tier::Large | Tier::Mid => 0.998 + 0.003 * rng.uniform(),
            _ => 1.0 + 0.012 * rng.uniform(),
        };
        for t in security.life.0..=security.life.1 {
            let at = i * n + t;
            let ratio = security.splits.iter().find(|s| s.0 == t).map_or(1.0, |s| s.1);
            if let Some(owner) = twin {
                // Two classes of one issuer trade within a fifth of a per cent of each other.
                gap = 0.9 * gap + 0.0004 * rng.normal();
                price = close[owner * n + t] * (1.0 + gap);
            } else {
                price = price * (1.0 + returns[at]) / ratio;
            }
            shares *= ratio;
            if t > security.life.0 && quarter(inputs.sessions[t]) != quarter(inputs.sessions[t - 1]) {
                shares *= issuance;
            }
            shares = shares.round();
            close[at] = if price < 1.0 { rounded(price.max(0.03), 4) } else { rounded(price, 2) };
            cap[at] = shares * close[at];
            returns[at] = if t > security.life.0 { close[at] * ratio / close[at - 1] - 1.0 } else { 0.0 };
        }
    }
    Panel { sessions: n, returns, close, cap }
}

/// Quarters since the beginning of the calendar.
pub(crate) fn quarter(day: Day) -> i32 {
    let (year, month, _) = day.parts();
    i32::from(year) * 4 + i32::from((month - 1) / 3)
}
