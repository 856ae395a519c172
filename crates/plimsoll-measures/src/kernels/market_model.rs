//! The market model over rolling windows: beta and residual variance of every member.

use std::sync::Arc;

use plimsoll_model::matrix::Matrix;

use crate::kernels::constituents::Constituents;
use crate::kernels::index::Index;
use crate::kernels::rolling::{self, Scratch};
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
    /// Slopes.
    pub beta: Matrix,
    /// Residual variances of daily returns, with two degrees of freedom taken.
    pub specific: Matrix,
    /// Variance of the market's daily return over the window, one degree of freedom taken.
    pub market: Vec<f64>,
}

#[derive(Default)]
struct Own {
    scratch: Scratch,
    terms: Vec<f64>,
    sums: [Vec<f64>; 6],
}

/// The market model over `n` sessions.
pub fn market_model(c: &Constituents<'_>, n: usize, market: Market) -> Arc<MarketModel> {
    c.cut.memo(&c.key("market_model", format_args!("{n}|{}", market.name())), || {
        let index = market.index(c);
        let m = &index.ret;
        let sessions = c.sessions();
        // Both matrices in one pass: beta in the first half of a double row, residual variance in the second.
        let both = stretches::by_row(c.rows().len(), 2 * sessions, |row, out, own: &mut Own| {
            let i = c.rows()[row];
            let (beta, specific) = out.split_at_mut(sessions);
            regress(c.cut.panel.ret.row(i), m, n, own, (beta, specific));
            for (t, member) in c.universe.row(i).iter().enumerate().filter(|(_, member)| **member == 0) {
                debug_assert_eq!(*member, 0);
                beta[t] = f64::NAN;
                specific[t] = f64::NAN;
            }
        });
        let (mut beta, mut specific) =
            (Matrix::filled(c.rows().len(), sessions, 0.0), Matrix::filled(c.rows().len(), sessions, 0.0));
        for row in 0..both.rows() {
            beta.row_mut(row).copy_from_slice(&both.row(row)[..sessions]);
            specific.row_mut(row).copy_from_slice(&both.row(row)[sessions..]);
        }
        MarketModel { beta, specific, market: variances(m, n) }
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

fn regress(r: &[f64], m: &[f64], n: usize, own: &mut Own, (beta, specific): (&mut [f64], &mut [f64])) {
    let known = |t: usize| r[t].is_finite() && m[t].is_finite();
    let terms: [&dyn Fn(usize) -> f64; 6] =
        [&|_| 1.0, &|t| r[t], &|t| m[t], &|t| r[t] * r[t], &|t| r[t] * m[t], &|t| m[t] * m[t]];
    for (term, sums) in terms.iter().zip(&mut own.sums) {
        own.terms.clear();
        own.terms.extend((0..r.len()).map(|t| if known(t) { term(t) } else { 0.0 }));
        sums.resize(r.len(), 0.0);
        rolling::sum(&own.terms, n, &mut own.scratch, sums);
    }
    let [count, sr, sm, srr, srm, smm] = &own.sums;
    let least = least_known(n) as f64;
    for t in n.saturating_sub(1)..r.len() {
        let k = count[t];
        if k < least {
            continue;
        }
        let (vr, vm, cov) = (srr[t] - sr[t] * sr[t] / k, smm[t] - sm[t] * sm[t] / k, srm[t] - sr[t] * sm[t] / k);
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
            let (w, s) = (weights.at(row, t), model.specific.at(row, t));
            if w.is_finite() && s.is_finite() { w * s.sqrt() } else { 0.0 }
        };
        for row in 0..c.rows().len() {
            let of_group = group.binary_search(&row).is_ok();
            let (w, b, s) = (weights.row(row), model.beta.row(row), model.specific.row(row));
            for (t, out) in days.clone().zip(out.iter_mut()) {
                if w[t].is_finite() && s[t].is_finite() {
                    out.members += 1;
                    out.weight += w[t];
                    out.beta += w[t] * b[t];
                    if !in_class[row] {
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
