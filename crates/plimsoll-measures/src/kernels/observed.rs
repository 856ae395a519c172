//! One side of a lead-lag estimate: a series, or the index of a universe, at the sessions it was observed on.
//!
//! Time is counted in sessions of the exchange, so that a lag of five is a week of trading whatever holidays lie between. Prices and
//! indices are taken as logarithms; yields, spreads and other levels as they are.

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;

use crate::kernels::constituents::{CAPS, Constituents, reach};
use crate::kernels::lead_lag::Ticks;
use crate::kernels::series::{self, View};
use crate::{Flags, Missing, Params, Unmeasurable};

/// Prefixes of ids whose values are prices or indices, measured by relative changes.
const PRICED: [&str; 4] = ["etf:", "index:", "french:", "stock:"];

/// Whether changes of a series are relative (prices) and not absolute (yields, spreads, surveys).
pub fn priced(id: &str) -> bool {
    PRICED.iter().any(|p| id.starts_with(p))
}

/// The values of column `k` as they are compared: logarithms of prices, or levels.
///
/// # Errors
/// [`Missing::Undefined`] where a price is not positive.
pub fn compared(view: &View, k: usize) -> Result<Vec<f64>, Missing> {
    let column = view.column(k);
    if !priced(&view.frame().ids[k]) {
        return Ok(column.to_vec());
    }
    if column.iter().any(|v| *v <= 0.0) { Err(Missing::Undefined) } else { Ok(column.iter().map(|v| v.ln()).collect()) }
}

/// A side as known by the end of a session.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Its id, or the universe's text.
    pub id: String,
    /// Sessions observed, as positions in the exchange's calendar.
    pub time: Vec<i64>,
    /// Values compared.
    pub value: Vec<f64>,
    /// Quality.
    pub flags: Flags,
}

impl Observed {
    /// The side that the parameter `name` means, over the last `n` sessions up to position `t` of the cut's axis (n + 1 observations
    /// where none is missing).
    ///
    /// # Errors
    /// A reason where it is not known, or does not reach back so far.
    pub fn of(cut: &Cut, params: &Params, name: &str, span: (usize, usize)) -> Result<Observed, Missing> {
        match params.universe(name) {
            None => Observed::series(cut, params.text(name), span),
            Some(universe) => Observed::universe(cut, universe, span),
        }
    }
    /// A series, as [`Self::of`].
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn series(cut: &Cut, text: &str, (n, t): (usize, usize)) -> Result<Observed, Missing> {
        let (sessions, first) = window(cut, n, t)?;
        let view = View::of(cut, &[text], t)?;
        let days = view.days();
        // A week of grace: the window may open on days on which this market was shut.
        if days[0] > sessions[(first + 5).min(sessions.len() - 1)] {
            return Err(Missing::WarmUp);
        }
        let values = compared(&view, 0)?;
        let from = days.partition_point(|d| *d < sessions[first]);
        let mut out = Observed {
            id: view.frame().ids[0].clone(),
            time: Vec::new(),
            value: Vec::new(),
            flags: view.flags(from.min(view.last())..view.last() + 1),
        };
        for i in from..days.len() {
            if let Ok(place) = sessions[first..].binary_search(&days[i]) {
                out.time.push((first + place) as i64);
                out.value.push(values[i]);
            }
        }
        Ok(out)
    }
    /// The capitalisation-weighted index of a universe, as [`Self::of`].
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn universe(cut: &Cut, text: &str, (n, t): (usize, usize)) -> Result<Observed, Missing> {
        let (sessions, first) = window(cut, n, t)?;
        let members = Constituents::named(cut, text).map_err(|_| Missing::NoData)?;
        let begin = opening(cut, sessions[first], t)?;
        let (time, value) = chained(cut, &members.index().ret, (sessions, first), begin..t + 1);
        Ok(Observed { id: text.to_owned(), time, value, flags: members.flags(begin..t + 1) })
    }
    /// Every member of a universe at position `t`, in the panel's order, as [`Self::of`]; one that has no return in the window comes
    /// with fewer than two observations.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn members(cut: &Cut, text: &str, (n, t): (usize, usize)) -> Result<Vec<Observed>, Missing> {
        let (sessions, first) = window(cut, n, t)?;
        let members = Constituents::named(cut, text).map_err(|_| Missing::NoData)?;
        let begin = opening(cut, sessions[first], t)?;
        let rows = members.rows().iter().filter(|i| members.universe.row(**i)[t] != 0);
        Ok(rows
            .map(|&i| {
                let (time, value) = chained(cut, cut.panel.ret.row(i), (sessions, first), begin..t + 1);
                Observed { id: cut.panel.securities[i].symbol.clone(), time, value, flags: Flags::default() }
            })
            .collect())
    }
    /// As the kernels take it.
    pub fn ticks(&self) -> Ticks<'_> {
        Ticks { time: &self.time, value: &self.value }
    }
    /// Both on the sessions they share: values of each.
    pub fn shared(&self, other: &Observed) -> (Vec<f64>, Vec<f64>) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let mut j = 0;
        for (i, time) in self.time.iter().enumerate() {
            while other.time.get(j).is_some_and(|o| o < time) {
                j += 1;
            }
            if other.time.get(j) == Some(time) {
                a.push(self.value[i]);
                b.push(other.value[j]);
            }
        }
        (a, b)
    }
}

/// The exchange's sessions up to that of position `t`, and the place of the one `n` before it.
fn window(cut: &Cut, n: usize, t: usize) -> Result<(&'static [Day], usize), Missing> {
    let calendar = Calendar::nyse();
    let sessions = calendar.between(calendar.span().0, cut.sessions[t]);
    let last = sessions.len().checked_sub(1).ok_or(Missing::WarmUp)?;
    Ok((sessions, last.checked_sub(n).ok_or(Missing::WarmUp)?))
}

/// The position on the cut's axis of the first session of a window.
fn opening(cut: &Cut, first: Day, t: usize) -> Result<usize, Missing> {
    match cut.sessions[..=t].partition_point(|d| *d < first) {
        0 => Err(Missing::WarmUp),
        begin => Ok(begin),
    }
}

/// Logarithms of returns chained from the window's beginning, so that no bit depends on where the cut begins; a session without a return
/// is not an observation.
fn chained(
    cut: &Cut,
    ret: &[f64],
    (sessions, first): (&[Day], usize),
    positions: std::ops::Range<usize>,
) -> (Vec<i64>, Vec<f64>) {
    let (mut time, mut value) = (Vec::new(), Vec::new());
    let (begin, mut level) = (positions.start, 0.0);
    for s in positions {
        if s > begin {
            if !ret[s].is_finite() || ret[s] <= -1.0 {
                continue;
            }
            level += ret[s].ln_1p();
        }
        if let Ok(place) = sessions[first..].binary_search(&cut.sessions[s]) {
            time.push((first + place) as i64);
            value.push(level);
        }
    }
    (time, value)
}

/// What sides read, over windows of `n` sessions.
pub fn needs(params: &Params, names: &[&str], n: usize) -> Needs {
    let mut needs = series::wanted(names.iter().filter(|s| params.universe(s).is_none()).map(|s| params.text(s)));
    for universe in names.iter().filter_map(|s| params.universe(s)) {
        needs = needs.lookback(reach(n) + CAPS).universe(universe);
    }
    needs
}

/// Whether every universe named is there.
///
/// # Errors
/// Where the cut holds no member of one.
pub fn check(cut: &Cut, params: &Params, names: &[&str]) -> Result<(), Unmeasurable> {
    names.iter().filter_map(|s| params.universe(s)).try_for_each(|u| Constituents::named(cut, u).map(|_| ()))
}

/// Changes from every `every`-th value to the next, counted back from the last.
pub fn changes(values: &[f64], every: usize) -> Vec<f64> {
    let mut kept: Vec<f64> = values.iter().rev().step_by(every.max(1)).copied().collect();
    kept.reverse();
    kept.windows(2).map(|w| w[1] - w[0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_are_counted_back_from_the_last() {
        assert_eq!(changes(&[1.0, 2.0, 4.0, 7.0, 11.0], 2), [3.0, 7.0]);
        assert_eq!(changes(&[1.0, 2.0, 4.0, 7.0], 2), [5.0]);
        assert_eq!(changes(&[1.0, 2.0, 4.0], 1), [1.0, 2.0]);
    }

    #[test]
    fn shared_sessions() {
        let side = |time: &[i64]| Observed {
            id: String::new(),
            time: time.to_vec(),
            value: time.iter().map(|t| *t as f64).collect(),
            flags: Flags::default(),
        };
        assert_eq!(side(&[1, 2, 4, 7]).shared(&side(&[2, 3, 7, 9])), (vec![2.0, 7.0], vec![2.0, 7.0]));
    }
}
