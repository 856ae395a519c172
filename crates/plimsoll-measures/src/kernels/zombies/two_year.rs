//! Two years, with a rule for the way out: interest coverage below one and Tobin's q below the sector's median, both for two fiscal years
//! in a row; a zombie stays one until coverage is at least one, or q at least the median, for two years in a row.
//!
//! Banerjee, R. and Hofmann, B. (2020, revised 2021), Corporate zombies: anatomy and life cycle, BIS Working Papers 882.

use super::{Judged, Reason, Sample, Year, undervalued, unprofitable};

/// Judges each year.
pub(super) fn judge(years: &[Year], sample: &Sample) -> Vec<Judged> {
    // Whether each condition holds in each year alone.
    let poor: Vec<Judged> = (0..years.len()).map(|k| unprofitable(years, k, 1)).collect();
    let low: Vec<Judged> = years.iter().map(|y| undervalued(y, sample)).collect();
    let follows = |k: usize| k > 0 && years[k].year == years[k - 1].year + 1;
    let mut out: Vec<Judged> = Vec::with_capacity(years.len());
    let mut zombie = false;
    for k in 0..years.len() {
        let both =
            |list: &[Judged], wanted: bool| follows(k) && list[k].zombie == Some(wanted) && list[k - 1].zombie == Some(wanted);
        let judged = if zombie {
            match (both(&poor, false), both(&low, false)) {
                (true, _) => Judged::no(poor[k].reason),
                (_, true) => Judged::no(low[k].reason),
                _ if poor[k].zombie == Some(true) && low[k].zombie == Some(true) => Judged::yes(),
                _ => Judged { zombie: Some(true), reason: Reason::NotYetOut },
            }
        } else if both(&poor, true) && both(&low, true) {
            Judged::yes()
        } else if let Some(no) = [poor[k], low[k]].into_iter().find(|j| j.zombie == Some(false)) {
            no
        } else if follows(k)
            && let Some(no) = [poor[k - 1], low[k - 1]].into_iter().find(|j| j.zombie == Some(false))
        {
            no
        } else {
            let unknown = [poor[k], low[k]].into_iter().find(|j| j.zombie.is_none());
            unknown.unwrap_or_else(|| Judged::unknown(Reason::FewYears))
        };
        zombie = judged.zombie == Some(true);
        out.push(judged);
    }
    out
}
