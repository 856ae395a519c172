//! Prices: a market, a size, eleven sector and one yield factor with fat-tailed noise of each name's own, steered so that the giants, the
//! other large companies and the small ones each follow the planted story, then rounded to ticks. Returns are those of the rounded closes.

use plimsoll_model::time::Day;

use super::path::{levels, place, rounded, tilt};
use super::quirks::{RowQuirks, nth};
use super::rates::Rates;
use super::releases::{PRICES, releases};
use super::rng::Rng;
use super::securities::{Fate, SECTORS, Security, Tier, session_from};
use super::steering::steer_groups;
use super::story::{CPI_REACTION, GIANT_TILTS, PHASES, SECTOR_TILTS, SMALL_RATE_BETA, VOLATILITY};

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
    /// Whether consumer prices come out.
    prices: Vec<bool>,
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
    let regime = levels(&place(&VOLATILITY, inputs.sessions), &vec![0.0; n]);
    market.iter_mut().zip(regime).for_each(|(m, daily)| *m *= daily);
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
    let days = releases(inputs.sessions[0], inputs.sessions[n - 1]);
    let prices = inputs.sessions.iter().map(|d| days.iter().any(|r| r.day == *d && r.title == PRICES)).collect();
    Factors { market, size: noise("size", 0.0058), giants: noise("giants", 0.0055), sectors, yield_change, prices }
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
            + if factors.prices[t] { small * CPI_REACTION } else { 0.0 }
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
        let mut company = Rng::stream(inputs.seed, "issuance", security.issuer as u64);
        let (mut gap, mut price) = (0.0, security.start.0);
        let mut shares = (security.start.1 / security.start.0).round();
        let issuance = match security.tier {
            Tier::Giant => 0.998,
            Tier::Large | Tier::Mid => 0.998 + 0.003 * company.uniform(),
            _ => 1.0 + 0.012 * company.uniform(),
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
