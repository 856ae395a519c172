//! Factors and portfolios of the sample market, built as the data library builds its own: sorted at the end of each June, weighted by
//! the capitalisation of the day before.

use plimsoll_model::time::Day;

use super::funds::Holdings;
use super::path::rounded;
use super::rates::Rates;
use super::securities::{SECTORS, Tier};

/// Daily returns as decimals, one value a session; `None` where a portfolio is empty.
#[derive(Clone, Debug, Default)]
pub struct French {
    /// Market less bills, small less big, high less low book-to-market.
    pub factors: [Vec<f64>; 3],
    /// Bills.
    pub riskless: Vec<f64>,
    /// High less low prior return, from the session on that has 250 sessions before it.
    pub momentum: Vec<Option<f64>>,
    /// Ten industries.
    pub industries: Vec<Vec<Option<f64>>>,
    /// By size: bottom 30, middle 40 and top 30 per cent, five fifths, ten tenths.
    pub sizes: Vec<Vec<Option<f64>>>,
}

/// Capitalisation-weighted sums of one portfolio.
#[derive(Clone, Copy, Default)]
struct Portfolio {
    held: f64,
    earned: f64,
}

impl Portfolio {
    fn add(&mut self, weight: f64, r: f64) {
        self.held += weight;
        self.earned += weight * r;
    }
    fn value(self) -> Option<f64> {
        (self.held > 0.0).then(|| self.earned / self.held)
    }
    fn or_zero(self) -> f64 {
        self.value().unwrap_or(0.0)
    }
}

/// Where a security stands in the sorts of the year.
#[derive(Clone, Copy)]
struct Rank {
    decile: usize,
    big: usize,
    value: usize,
}

pub(crate) fn generate(h: &Holdings, rates: &Rates) -> French {
    let n = h.sessions.len();
    let mut out = French {
        factors: std::array::from_fn(|_| Vec::with_capacity(n)),
        industries: vec![Vec::new(); 10],
        sizes: vec![Vec::new(); 18],
        ..French::default()
    };
    let common: Vec<usize> = (0..h.list.len()).filter(|&i| h.list[i].primary && h.list[i].tier != Tier::Warrant).collect();
    let mut ranks: Vec<Option<Rank>> = Vec::new();
    let mut prior: Vec<Option<usize>> = vec![None; h.list.len()];
    for t in 0..n {
        let before = t.saturating_sub(1);
        if t == 0 || july(h.sessions, t) {
            ranks = sort(h, &common, before);
        }
        if t > 250 && (t - 251).is_multiple_of(21) {
            prior = prior_returns(h, &common, t);
        }
        let (mut market, mut two_by_three, mut by_momentum) =
            (Portfolio::default(), [[Portfolio::default(); 3]; 2], [[Portfolio::default(); 3]; 2]);
        let (mut industries, mut sizes) = ([Portfolio::default(); 10], [Portfolio::default(); 18]);
        for &i in common.iter().filter(|&&i| t > h.list[i].life.0 && t <= h.list[i].life.1) {
            let weight = h.panel.cap[i * n + before];
            let r = h.panel.returns[i * n + t] + h.dividend(i, t);
            let s = &h.list[i];
            market.add(weight, r);
            industries[SECTORS[s.sector].portfolios[s.industry]].add(weight, r);
            if let Some(rank) = ranks[i] {
                two_by_three[rank.big][rank.value].add(weight, r);
                let third = if rank.decile < 3 { 0 } else { 1 + usize::from(rank.decile >= 7) };
                for portfolio in [third, 3 + rank.decile / 2, 8 + rank.decile] {
                    sizes[portfolio].add(weight, r);
                }
                if let Some(third) = prior[i] {
                    by_momentum[rank.big][third].add(weight, r);
                }
            }
        }
        let riskless = rounded(rates.bill[t] / 25_200.0, 5);
        let half = |portfolios: &[[Portfolio; 3]; 2], column: usize| {
            0.5 * (portfolios[0][column].or_zero() + portfolios[1][column].or_zero())
        };
        let size = |row: usize| two_by_three[row].iter().map(|p| p.or_zero()).sum::<f64>() / 3.0;
        out.factors[0].push(if t > 0 { market.or_zero() - riskless } else { 0.0 });
        out.factors[1].push(size(0) - size(1));
        out.factors[2].push(half(&two_by_three, 2) - half(&two_by_three, 0));
        out.riskless.push(riskless);
        out.momentum.push((t > 250).then(|| half(&by_momentum, 2) - half(&by_momentum, 0)));
        for (row, portfolio) in out.industries.iter_mut().zip(industries) {
            row.push(portfolio.value());
        }
        for (row, portfolio) in out.sizes.iter_mut().zip(sizes) {
            row.push(portfolio.value());
        }
    }
    out
}

fn july(sessions: &[Day], t: usize) -> bool {
    sessions[t].parts().1 == 7 && sessions[t - 1].parts().1 == 6
}

/// Size deciles, the median and book-to-market thirds, by breakpoints of the New York exchange.
fn sort(h: &Holdings, common: &[usize], t: usize) -> Vec<Option<Rank>> {
    let n = h.sessions.len();
    let listed: Vec<usize> = common.iter().copied().filter(|&i| h.list[i].trades(t)).collect();
    let new_york: Vec<usize> = listed.iter().copied().filter(|&i| h.list[i].exchange == "nyse").collect();
    let breakpoints = |key: &dyn Fn(usize) -> f64, shares: &[f64]| -> Vec<f64> {
        let mut values: Vec<f64> = new_york.iter().map(|&i| key(i)).collect();
        values.sort_by(f64::total_cmp);
        if values.is_empty() {
            return vec![0.0; shares.len()];
        }
        shares.iter().map(|s| values[((values.len() - 1) as f64 * s) as usize]).collect()
    };
    let cap = |i: usize| h.panel.cap[i * n + t];
    let tenths: Vec<f64> = (1..10).map(|k| f64::from(k) / 10.0).collect();
    let by_size = breakpoints(&cap, &tenths);
    let by_value = breakpoints(&|i| h.list[i].value, &[0.3, 0.7]);
    let mut ranks = vec![None; h.list.len()];
    for i in listed {
        let decile = by_size.partition_point(|b| *b < cap(i));
        let value = by_value.partition_point(|b| *b < h.list[i].value);
        ranks[i] = Some(Rank { decile, big: usize::from(decile >= 5), value });
    }
    ranks
}

/// Thirds by the return from 250 to 21 sessions before.
fn prior_returns(h: &Holdings, common: &[usize], t: usize) -> Vec<Option<usize>> {
    let n = h.sessions.len();
    let past = |i: usize| (t - 249..t - 20).fold(1.0, |level, d| level * (1.0 + h.panel.returns[i * n + d]));
    let mut values: Vec<(f64, usize)> =
        common.iter().copied().filter(|&i| h.list[i].trades(t - 250) && h.list[i].trades(t)).map(|i| (past(i), i)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let count = values.len();
    let mut thirds = vec![None; h.list.len()];
    for (k, (_, i)) in values.into_iter().enumerate() {
        thirds[i] = Some(usize::from(10 * k >= 3 * count) + usize::from(10 * k >= 7 * count));
    }
    thirds
}
