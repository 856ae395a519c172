//! Indices rebuilt from members: capitalisation-weighted, without a group, equal-weighted; and what a group contributes.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::Group;
use plimsoll_model::time::Day;

use crate::Missing;
use crate::kernels::constituents::Constituents;
use crate::kernels::stretches;

/// An index through time.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// How many members counted: known weight, known return.
    pub members: Vec<u32>,
    /// Share of the opening weight whose return is not known: members with an absurd return, and members of the session before without
    /// a row. The weights of the others are normalised over what is left.
    pub missing: Vec<f64>,
    /// Return on the session, as a decimal; NaN where no member counted.
    pub ret: Vec<f64>,
    /// Chained returns; 1 at the first position. Only ratios mean something.
    pub level: Vec<f64>,
    /// How many positions up to and with each had no return.
    unknown: Vec<u32>,
}

/// Sums over the members of one session.
#[derive(Clone, Copy, Default)]
struct Sums {
    members: u32,
    weight: f64,
    moved: f64,
    missing: f64,
}

impl Sums {
    fn add(&mut self, weight: f64, ret: f64) {
        if !weight.is_finite() {
            return;
        }
        if ret.is_finite() {
            self.members += 1;
            self.weight += weight;
            self.moved += weight * ret;
        } else {
            self.missing += weight;
        }
    }
}

impl Index {
    fn from_sums(sums: &[Sums]) -> Index {
        let mut index = Index::default();
        let (mut level, mut unknown) = (1.0, 0);
        for (t, s) in sums.iter().enumerate() {
            let ret = if s.weight > 0.0 { s.moved / s.weight } else { f64::NAN };
            if t > 0 && ret.is_finite() {
                level *= 1.0 + ret;
            } else {
                unknown += 1;
            }
            let whole = s.weight + s.missing;
            index.members.push(s.members);
            index.missing.push(if whole > 0.0 { s.missing / whole } else { 0.0 });
            index.ret.push(ret);
            index.level.push(level);
            index.unknown.push(unknown);
        }
        index
    }

    /// Members weighted by their capitalisation at the previous close, each session anew: w(i,t-1) over those with a known return on t.
    pub(crate) fn by_capitalisation(c: &Constituents<'_>) -> Index {
        Index::by_capitalisation_of(c, &|_| true)
    }

    fn by_capitalisation_of(c: &Constituents<'_>, takes: &(dyn Fn(usize) -> bool + Sync)) -> Index {
        let caps = c.opening_caps();
        let sums = stretches::by_session(c.sessions(), |days: Range<usize>, sums: &mut [Sums]| {
            for (row, &i) in c.rows().iter().enumerate().filter(|(row, _)| takes(*row)) {
                let (caps, returns) = (&caps.row(row)[days.clone()], &c.cut.panel.ret.row(i)[days.clone()]);
                sums.iter_mut().zip(caps).zip(returns).for_each(|((sums, cap), ret)| sums.add(*cap, *ret));
                // A member of the session before that has no row today: its weight at the previous close went without a return.
                let (member, cap, close) = (c.universe.row(i), c.cut.panel.cap.row(i), c.cut.panel.close.row(i));
                for t in days.clone().filter(|t| *t > 0 && member[*t] == 0 && member[*t - 1] != 0) {
                    if close[t].is_nan() && cap[t - 1].is_finite() {
                        sums[t - days.start].missing += cap[t - 1];
                    }
                }
            }
        });
        Index::from_sums(&sums)
    }

    /// The members outside the group, weights normalised over them.
    pub fn without(c: &Constituents<'_>, name: &str, group: &Group) -> Arc<Index> {
        c.cut.memo(&c.key("index_without", name), || {
            let rows = c.rows_of(group);
            Index::by_capitalisation_of(c, &|row| rows.binary_search(&row).is_err())
        })
    }

    /// Members weighted equally, set back to equal weights at every close.
    pub fn equal_daily(c: &Constituents<'_>) -> Arc<Index> {
        c.cut.memo(&c.key("index_equal_daily", ""), || {
            let sums = stretches::by_session(c.sessions(), |days: Range<usize>, sums: &mut [Sums]| {
                for &i in c.rows() {
                    let (member, returns) = (&c.universe.row(i)[days.clone()], &c.cut.panel.ret.row(i)[days.clone()]);
                    for ((sums, member), ret) in sums.iter_mut().zip(member).zip(returns) {
                        sums.add(if *member != 0 { 1.0 } else { f64::NAN }, *ret);
                    }
                }
            });
            Index::from_sums(&sums)
        })
    }

    /// Members set to equal weights at the last close of each calendar quarter and drifting with their prices until the next: a member
    /// that leaves is sold at the close before, one that joins waits for the next setting.
    pub fn equal_quarterly(c: &Constituents<'_>) -> Arc<Index> {
        c.cut.memo(&c.key("index_equal_quarterly", ""), || {
            let mut sums = vec![Sums::default(); c.sessions()];
            let quarters = quarters(&c.cut.sessions);
            for &i in c.rows() {
                let (member, returns) = (c.universe.row(i), c.cut.panel.ret.row(i));
                for quarter in quarters.iter().filter(|q| member[q.start] != 0) {
                    let mut held = 1.0;
                    for t in quarter.clone() {
                        if member[t] == 0 {
                            break;
                        }
                        sums[t].add(held, returns[t]);
                        if returns[t].is_finite() {
                            held *= 1.0 + returns[t];
                        }
                    }
                }
            }
            // The first quarter of the axis has no setting before it.
            let first = quarters.first().map_or(c.sessions(), |q| q.start);
            sums[..first].fill(Sums::default());
            Index::from_sums(&sums)
        })
    }

    /// The return from the close at `base` to the close at `t`.
    ///
    /// # Errors
    /// [`Missing::NoData`] where a session between has no return.
    pub fn growth(&self, base: usize, t: usize) -> Result<f64, Missing> {
        if self.unknown[t] > self.unknown[base] {
            return Err(Missing::NoData);
        }
        Ok(self.level[t] / self.level[base] - 1.0)
    }

    /// The level at `t` beside its highest of the past `n` sessions, minus 1.
    ///
    /// # Errors
    /// [`Missing::WarmUp`] before the `n`-th session, [`Missing::NoData`] where a session between has no return.
    pub fn drawdown(&self, n: usize, t: usize) -> Result<f64, Missing> {
        let first = (t + 1).checked_sub(n).ok_or(Missing::WarmUp)?;
        if self.unknown[t] > self.unknown[first] {
            return Err(Missing::NoData);
        }
        let high = self.level[first..=t].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Ok(self.level[t] / high - 1.0)
    }
}

/// Stretches of the axis between quarter ends, from the second quarter on.
fn quarters(sessions: &[Day]) -> Vec<Range<usize>> {
    let quarter = |d: &Day| {
        let (year, month, _) = d.parts();
        i32::from(year) * 4 + i32::from(month - 1) / 3
    };
    let ids: Vec<i32> = sessions.iter().map(quarter).collect();
    let starts: Vec<usize> = (1..ids.len()).filter(|&t| ids[t] != ids[t - 1]).collect();
    let ends = starts.iter().skip(1).copied().chain([sessions.len()]);
    starts.iter().copied().zip(ends).map(|(a, b)| a..b).collect()
}

/// What a group adds to the index return of each session: the sum of w(i,t-1) r(i,t) over the group, with the weights of the whole
/// index. 0 where the group has no member.
pub fn group_return(c: &Constituents<'_>, name: &str, group: &Group) -> Arc<Vec<f64>> {
    c.cut.memo(&c.key("group_return", name), || {
        let rows = c.rows_of(group);
        let (caps, index) = (c.opening_caps(), c.index());
        let whole = capital(c);
        let mut out = vec![0.0; c.sessions()];
        for row in rows {
            let (caps, returns) = (caps.row(row), c.cut.panel.ret.row(c.rows()[row]));
            for (t, out) in out.iter_mut().enumerate() {
                if caps[t].is_finite() && returns[t].is_finite() && index.ret[t].is_finite() {
                    *out += caps[t] / whole[t] * returns[t];
                }
            }
        }
        out
    })
}

/// Capitalisation at the previous close of the members that count on each session, dollars.
pub fn capital(c: &Constituents<'_>) -> Arc<Vec<f64>> {
    c.cut.memo(&c.key("capital", ""), || {
        let caps = c.opening_caps();
        stretches::by_session(c.sessions(), |days, out: &mut [f64]| {
            for (row, &i) in c.rows().iter().enumerate() {
                let (caps, returns) = (&caps.row(row)[days.clone()], &c.cut.panel.ret.row(i)[days.clone()]);
                for ((out, cap), ret) in out.iter_mut().zip(caps).zip(returns) {
                    *out += if cap.is_finite() && ret.is_finite() { *cap } else { 0.0 };
                }
            }
        })
    })
}

/// Exact contributions over the window from the close at `base` to the close at `t`: for daily parts p(s) that sum to the index return
/// of each session, the sum of I(s-1)/I(base) p(s) sums to I(t)/I(base) - 1.
pub fn contribution(index: &Index, parts: &[f64], base: usize, t: usize) -> f64 {
    (base + 1..=t).map(|s| index.level[s - 1] / index.level[base] * parts[s]).sum()
}

/// The contribution of every row over the window, in the order of the rows; 0 for rows without one.
pub fn contributions(c: &Constituents<'_>, base: usize, t: usize) -> Vec<f64> {
    let (caps, index, whole) = (c.opening_caps(), c.index(), capital(c));
    let part = |(row, i): (usize, &usize)| {
        let (caps, returns) = (caps.row(row), c.cut.panel.ret.row(*i));
        let known = (base + 1..=t).filter(|&s| caps[s].is_finite() && returns[s].is_finite());
        known.map(|s| index.level[s - 1] / index.level[base] * (caps[s] / whole[s] * returns[s])).sum()
    };
    c.rows().iter().enumerate().map(part).collect()
}
