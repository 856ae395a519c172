//! The market model over rolling windows: beta and residual variance of every member.

use std::sync::Arc;

use plimsoll_model::matrix::Matrix;

use crate::kernels::constituents::Constituents;
use crate::kernels::index::Index;
use crate::kernels::{least_known, stretches};

/// Which return stands for the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Market {
    /// The equal-weighted members.
    Equal,
    /// The capitalisation-weighted members.
    Capitalisation,
}

impl Market {
    /// By the word of the parameter.
    pub fn of(word: &str) -> Market {
        if word == "cap" { Market::Capitalisation } else { Market::Equal }
    }
    fn name(self) -> &'static str {
        if self == Market::Equal { "equal" } else { "cap" }
    }
    /// The index of that market.
    pub fn index(self, c: &Constituents<'_>) -> Arc<Index> {
        if self == Market::Equal { Index::equal_daily(c) } else { c.index() }
    }
}

/// Estimates of r(i) = a(i) + b(i) m + e(i) over the `n` sessions that end at each position; one row for each row of the universe, NaN
/// where fewer than [`least_known`] returns are known or the row is not a member.
pub struct MarketModel {
    /// Slopes in the first half of a row, residual variances in the second.
    estimates: Matrix,
    /// Variance of the market's daily return over the window, one degree of freedom taken.
    pub market: Vec<f64>,
}

impl MarketModel {
    /// Slopes of a row.
    pub fn beta(&self, row: usize) -> &[f64] {
        &self.estimates.row(row)[..self.market.len()]
    }
    /// Residual variances of a row's daily returns, with two degrees of freedom taken.
    pub fn specific(&self, row: usize) -> &[f64] {
        &self.estimates.row(row)[self.market.len()..]
    }
}

/// The market model over `n` sessions.
pub fn market_model(c: &Constituents<'_>, n: usize, market: Market) -> Arc<MarketModel> {
    c.cut.memo(&c.key("market_model", format_args!("{n}|{}", market.name())), || {
        let index = market.index(c);
        let sessions = c.sessions();
        let estimates = stretches::by_row(c.rows().len(), 2 * sessions, |row, out, own: &mut Moments| {
            let i = c.rows()[row];
            let (beta, specific) = out.split_at_mut(sessions);
            regress(c.cut.panel.ret.row(i), &index.ret, c.universe.row(i), n, (own, beta, specific));
        });
        MarketModel { estimates, market: variances(&index.ret, n) }
    })
}

/// Sample variances of the `n` values that end at each position; NaN where one of them is not known.
pub fn variances(row: &[f64], n: usize) -> Vec<f64> {
    (0..row.len())
        .map(|t| match (t + 1).checked_sub(n) {
            Some(first) if n > 1 => {
                let window = &row[first..=t];
                let mean = window.iter().sum::<f64>() / n as f64;
                window.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1) as f64
            }
            _ => f64::NAN,
        })
        .collect()
}

/// Sums over a window of 1, r, m, r r, r m, m m, kept together so that they are folded in one pass.
type Sums = [f64; 6];

fn add(a: &Sums, b: &Sums) -> Sums {
    std::array::from_fn(|k| a[k] + b[k])
}

/// Running sums from the head and from the tail of each block of `n` positions (see [`crate::kernels::rolling::fold`]).
#[derive(Default)]
struct Moments {
    heads: Vec<Sums>,
    tails: Vec<Sums>,
}

impl Moments {
    fn fill(&mut self, r: &[f64], m: &[f64], n: usize) {
        let terms =
            |(r, m): (&f64, &f64)| if r.is_finite() && m.is_finite() { [1.0, *r, *m, r * r, r * m, m * m] } else { [0.0; 6] };
        self.heads.clear();
        self.heads.extend(r.iter().zip(m).map(terms));
        self.tails.clone_from(&self.heads);
        for (heads, tails) in self.heads.chunks_mut(n).zip(self.tails.chunks_mut(n)) {
            for k in 1..heads.len() {
                heads[k] = add(&heads[k - 1], &heads[k]);
            }
            for k in (1..tails.len()).rev() {
                tails[k - 1] = add(&tails[k - 1], &tails[k]);
            }
        }
    }
    /// Sums over the `n` positions that end with `t`.
    fn at(&self, t: usize, n: usize) -> Sums {
        if (t + 1).is_multiple_of(n) { self.heads[t] } else { add(&self.tails[t + 1 - n], &self.heads[t]) }
    }
}

fn regress(r: &[f64], m: &[f64], member: &[u8], n: usize, (own, beta, specific): (&mut Moments, &mut [f64], &mut [f64])) {
    own.fill(r, m, n);
    let least = least_known(n) as f64;
    for t in (n - 1..r.len()).filter(|t| member[*t] != 0) {
        let [k, sr, sm, srr, srm, smm] = own.at(t, n);
        if k < least {
            continue;
        }
        let (vr, vm, cov) = (srr - sr * sr / k, smm - sm * sm / k, srm - sr * sm / k);
        if vm > 0.0 {
            beta[t] = cov / vm;
            specific[t] = ((vr - cov * cov / vm) / (k - 2.0)).max(0.0);
        }
    }
}

/// The split of the index's variance by session, under the market model and the weights of the session's close.
#[derive(Clone, Copy, Debug, Default)]
pub struct Split {
    /// Members with an estimate and a weight.
    pub members: u32,
    /// Share of the closing weight they have; the rest is left out and the weights are normalised.
    pub weight: f64,
    /// Slope of the index: the weighted mean of the members' slopes.
    pub beta: f64,
    /// Variance common to the members: beta squared times the variance of the market.
    pub common: f64,
    /// Sum over issuers of (weight times residual deviation) squared, the classes of an issuer added before squaring.
    pub specific: f64,
    /// The part of `specific` that issuers of the group supply.
    pub group: f64,
}

/// Splits the variance of the index of today's weights; `group` are rows.
pub fn split(c: &Constituents<'_>, model: &MarketModel, group: &[usize]) -> Vec<Split> {
    let weights = c.closing_weights();
    let classes = c.classes();
    let in_class: Vec<bool> = {
        let mut flags = vec![false; c.rows().len()];
        classes.iter().flatten().for_each(|&row| flags[row] = true);
        flags
    };
    stretches::by_session(c.sessions(), |days, out: &mut [Split]| {
        let deviation = |row: usize, t: usize| {
            let (w, s) = (weights.at(row, t), model.specific(row)[t]);
            if w.is_finite() && s.is_finite() { w * s.sqrt() } else { 0.0 }
        };
        for (row, shared) in in_class.iter().enumerate() {
            let of_group = group.binary_search(&row).is_ok();
            let (w, b, s) = (weights.row(row), model.beta(row), model.specific(row));
            for (t, out) in days.clone().zip(out.iter_mut()) {
                if w[t].is_finite() && s[t].is_finite() {
                    out.members += 1;
                    out.weight += w[t];
                    out.beta += w[t] * b[t];
                    if !shared {
                        let own = w[t] * w[t] * s[t];
                        out.specific += own;
                        out.group += if of_group { own } else { 0.0 };
                    }
                }
            }
        }
        for class in &classes {
            let of_group = class.iter().any(|row| group.binary_search(row).is_ok());
            for (t, out) in days.clone().zip(out.iter_mut()) {
                let own = class.iter().map(|&row| deviation(row, t)).sum::<f64>().powi(2);
                out.specific += own;
                out.group += if of_group { own } else { 0.0 };
            }
        }
        for (t, out) in days.zip(out.iter_mut()) {
            out.beta /= out.weight;
            out.common = out.beta * out.beta * model.market[t];
            out.specific /= out.weight * out.weight;
            out.group /= out.weight * out.weight;
        }
    })
}
