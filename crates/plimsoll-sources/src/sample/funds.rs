//! Indices and funds of the sample world, computed from its own stocks, yields and spreads.

use plimsoll_model::time::Day;

use super::credit::Credit;
use super::market::{Panel, quarter};
use super::membership::Membership;
use super::path::rounded;
use super::rates::Rates;
use super::rng::Rng;
use super::securities::{SECTORS, Security, Tier, session_from};
use super::story::{CREDIT_LEAD, CREDIT_SHARE};

/// A fund: its ticker and its total-return level in dollars from its first session on.
#[derive(Clone, Debug)]
pub struct Fund {
    /// Ticker of the product whose place it takes.
    pub id: &'static str,
    /// First session, as a position in the world's sessions.
    pub first: usize,
    /// Level with distributions reinvested, one value a session from the first on.
    pub level: Vec<f64>,
}

/// Price indices, one value a session.
#[derive(Clone, Debug, Default)]
pub struct Indices {
    /// The large index (`^GSPC`).
    pub large: Vec<f64>,
    /// The small index (`^RUT`).
    pub small: Vec<f64>,
    /// Expected volatility (`^VIX`): open, high, low, close.
    pub volatility: Vec<[f64; 4]>,
}

/// What funds and indices are made of.
pub(crate) struct Holdings<'a> {
    pub seed: u64,
    pub sessions: &'a [Day],
    pub list: &'a [Security],
    pub panel: &'a Panel,
    pub membership: &'a Membership,
}

impl Holdings<'_> {
    /// The dividend that goes ex on a session, as a share of the price.
    pub fn dividend(&self, security: usize, session: usize) -> f64 {
        if session % 63 == (security * 11) % 63 { self.list[security].dividend / 4.0 } else { 0.0 }
    }
    fn float_cap(&self, i: usize, t: usize) -> f64 {
        self.panel.cap[i * self.panel.sessions + t] * self.list[i].float
    }
    fn ret(&self, i: usize, t: usize) -> f64 {
        self.panel.returns[i * self.panel.sessions + t]
    }
    /// Float-weighted price and total return of what `holds`, by session.
    fn weighted(&self, holds: impl Fn(usize, usize) -> bool) -> Returns {
        let n = self.sessions.len();
        let (mut held, mut price, mut total) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        for (i, s) in self.list.iter().enumerate().filter(|(_, s)| s.primary) {
            for t in s.life.0 + 1..=s.life.1 {
                if holds(i, t) {
                    let weight = self.float_cap(i, t - 1);
                    held[t] += weight;
                    price[t] += weight * self.ret(i, t);
                    total[t] += weight * (self.ret(i, t) + self.dividend(i, t));
                }
            }
        }
        let over = |sum: Vec<f64>| sum.iter().zip(&held).map(|(s, h)| if *h > 0.0 { s / h } else { 0.0 }).collect();
        Returns { price: over(price), total: over(total) }
    }
    /// Total return of equal amounts in what `holds`, set anew each quarter.
    fn equal(&self, holds: impl Fn(usize, usize) -> bool) -> Vec<f64> {
        let n = self.sessions.len();
        let mut out = vec![0.0; n];
        let mut held: Vec<(usize, f64)> = Vec::new();
        for (t, earned) in out.iter_mut().enumerate().skip(1) {
            if held.is_empty() || quarter(self.sessions[t]) != quarter(self.sessions[t - 1]) {
                held = (0..self.list.len())
                    .filter(|&i| self.list[i].primary && self.list[i].trades(t - 1) && holds(i, t))
                    .map(|i| (i, 1.0))
                    .collect();
            }
            let before: f64 = held.iter().map(|h| h.1).sum();
            for (i, amount) in &mut held {
                *amount *= 1.0 + self.ret(*i, t) + self.dividend(*i, t);
            }
            let after: f64 = held.iter().map(|h| h.1).sum();
            *earned = if before > 0.0 { after / before - 1.0 } else { 0.0 };
        }
        out
    }
}

struct Returns {
    price: Vec<f64>,
    total: Vec<f64>,
}

/// Compounds returns from a base; the return of the first session is not used.
pub(crate) fn compound(base: f64, returns: &[f64]) -> Vec<f64> {
    let mut level = base;
    (0..returns.len())
        .map(|t| {
            if t > 0 {
                level *= 1.0 + returns[t];
            }
            level
        })
        .collect()
}

/// Builds every index and fund.
pub(crate) fn generate(h: &Holdings, rates: &Rates, credit: &Credit) -> (Indices, Vec<Fund>) {
    let n = h.sessions.len();
    let m = h.membership;
    let mut funds = Vec::new();
    let mut add = |id: &'static str, base: f64, expense: f64, first: usize, returns: Vec<f64>| {
        let net: Vec<f64> = returns[first..].iter().map(|r| r - expense / 252.0).collect();
        funds.push(Fund { id, first, level: compound(base, &net) });
    };
    let large = h.weighted(|i, t| m.in_large(i, t));
    let small = h.weighted(|i, t| m.in_small(i, t));
    add("SPY", 318.4, 0.0009, 0, large.total);
    add("RSP", 121.7, 0.002, 0, h.equal(|i, t| m.in_large(i, t)));
    add("IWM", 168.2, 0.0019, 0, small.total.clone());
    let biotechnology = |i: usize| h.list[i].sector == 8 && h.list[i].industry == 2;
    add("IJR", 84.3, 0.0006, 0, h.weighted(|i, t| m.in_small(i, t) && !biotechnology(i)).total);
    add("IJH", 209.9, 0.0005, 0, h.weighted(|i, t| h.list[i].tier == Tier::Mid && !m.in_large(i, t)).total);
    add("IWC", 110.6, 0.006, 0, h.weighted(|i, _| h.list[i].tier == Tier::Micro).total);
    add("VTI", 176.1, 0.0003, 0, h.weighted(|_, _| true).total);
    add(
        "QQQ",
        281.5,
        0.002,
        0,
        h.weighted(|i, t| m.in_large(i, t) && h.list[i].exchange == "nasdaq" && h.list[i].sector != 6).total,
    );
    add("IWD", 118.8, 0.0019, 0, h.weighted(|i, t| m.in_large(i, t) && h.list[i].value > 0.0).total);
    add("IWF", 214.4, 0.0019, 0, h.weighted(|i, t| m.in_large(i, t) && h.list[i].value <= 0.0).total);
    add("KRE", 43.6, 0.0035, 0, h.equal(|i, t| m.in_small(i, t) && h.list[i].sector == 6));
    add("XBI", 131.3, 0.0035, 0, h.equal(|i, _| biotechnology(i) && h.list[i].tier >= Tier::Small));
    if let Some(first) = session_from(h.sessions, (2023, 4, 18)) {
        add("MAGS", 25.1, 0.0029, first, h.equal(|i, _| h.list[i].giant()));
    }
    for (k, sector) in SECTORS.iter().enumerate() {
        let total = h.weighted(|i, t| m.in_large(i, t) && h.list[i].sector == k).total;
        add(sector.fund, 28.0 + 9.7 * ((k * 5) % 11) as f64, 0.0009, 0, total);
    }

    let change = |row: &[f64], t: usize| if t == 0 { 0.0 } else { (row[t] - row[t - 1]) / 100.0 };
    let treasury = |row: usize, duration: f64| -> Vec<f64> {
        let y = &rates.yields[row];
        (0..n)
            .map(|t| y[t] / 25_200.0 - duration * change(y, t) + 0.5 * duration * duration * change(y, t) * change(y, t))
            .collect()
    };
    add("SHY", 79.2, 0.0015, 0, treasury(4, 1.85));
    add("IEF", 108.3, 0.0015, 0, treasury(7, 7.4));
    add("TLT", 137.5, 0.0015, 0, treasury(9, 16.8));
    let corporate = |spread: &[f64], figures: [f64; 3], noise: &mut Rng| -> Vec<f64> {
        let [rate_duration, spread_duration, loss] = figures;
        let five = &rates.yields[6];
        (0..n)
            .map(|t| {
                (five[t] + spread[t]) / 25_200.0
                    - loss / 252.0
                    - rate_duration * change(five, t)
                    - spread_duration * change(spread, t)
                    + 0.0006 * noise.normal()
            })
            .collect()
    };
    let mut noise = Rng::stream(h.seed, "funds", 0);
    add("LQD", 117.9, 0.0014, 0, corporate(&credit.investment_grade, [8.0, 8.2, 0.0005], &mut noise));
    // Credit knows: part of what small companies will earn is in high yield some sessions before.
    let mut high_yield = corporate(&credit.high_yield, [2.6, 3.5, 0.012], &mut noise);
    high_yield.iter_mut().zip(small.total.iter().skip(CREDIT_LEAD)).for_each(|(h, later)| *h += CREDIT_SHARE * later);
    add("HYG", 70.4, 0.0049, 0, high_yield);
    add("JNK", 86.9, 0.004, 0, corporate(&credit.high_yield, [2.6, 3.5, 0.013], &mut noise));
    let real: Vec<f64> = (0..n).map(|t| rates.ten_year()[t] - rates.breakeven[t]).collect();
    add("GLD", 174.6, 0.004, 0, (0..n).map(|t| 0.0003 - 4.0 * change(&real, t) + 0.0065 * noise.tailed()).collect());
    let builders = h.weighted(|i, _| h.list[i].sector == 3 && h.list[i].industry == 2).total;
    add("WOOD", 71.5, 0.0042, 0, (0..n).map(|t| 0.8 * builders[t] + 0.006 * noise.tailed()).collect());
    add("CUT", 33.8, 0.0055, 0, (0..n).map(|t| 0.7 * builders[t] + 0.007 * noise.tailed()).collect());

    let volatility = volatility(h.seed, &large.price);
    (Indices { large: compound(3_140.0, &large.price), small: compound(1_712.0, &small.price), volatility }, funds)
}

/// A volatility index from the index's own recent squared returns, with a premium and the day's shock.
fn volatility(seed: u64, returns: &[f64]) -> Vec<[f64; 4]> {
    let mut rng = Rng::stream(seed, "volatility", 0);
    let mut variance = 0.010 * 0.010;
    let mut before: Option<f64> = None;
    returns
        .iter()
        .map(|r| {
            variance = 0.94 * variance + 0.06 * r * r;
            let annual = (variance * 252.0).sqrt() * 100.0;
            let close = (4.2 + 0.92 * annual - 110.0 * r + 0.35 * rng.normal()).clamp(9.5, 80.0);
            let open = before.unwrap_or(close) * (1.0 + 0.012 * rng.normal());
            let (top, bottom) = (open.max(close), open.min(close));
            before = Some(close);
            let high = top * (1.0 + 0.03 * rng.uniform());
            let low = bottom * (1.0 - 0.03 * rng.uniform());
            [open, high, low, close].map(|v| rounded(v, 2))
        })
        .collect()
}
