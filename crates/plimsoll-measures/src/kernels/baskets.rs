//! Returns of several series between the same two days, each on its own rows.

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;

use crate::kernels::series::{self, View};
use crate::{Flags, Missing};

/// Series texts of a list, separated by commas.
pub fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|s| !s.is_empty())
}

/// Asks for every series of some lists.
pub fn wanted<'a>(lists: impl IntoIterator<Item = &'a str>) -> Needs {
    series::wanted(lists.into_iter().flat_map(split))
}

/// The last day on which any series of a list was known by position `t`.
///
/// # Errors
/// [`Missing::NoData`] where none was.
pub fn last_day(cut: &Cut, list: &str, t: usize) -> Result<Day, Missing> {
    split(list).filter_map(|s| View::of(cut, &[s], t).ok()).map(|v| v.day()).max().ok_or(Missing::NoData)
}

/// Returns of the series of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basket {
    /// Id and return of each that has one, in the order of the list.
    pub returns: Vec<(String, f64)>,
    /// Texts of those that have none.
    pub absent: Vec<String>,
    /// Quality, [`Flags::MISSING_MEMBERS`] where any is absent.
    pub flags: Flags,
}

impl Basket {
    /// Returns between the closes of two days, as known by the end of position `t`.
    pub fn between(cut: &Cut, list: &str, t: usize, days: (Day, Day)) -> Basket {
        let mut basket = Basket::default();
        for text in split(list) {
            match growth(cut, text, t, days) {
                Ok((id, ret, flags)) => {
                    basket.returns.push((id, ret));
                    basket.flags = basket.flags.and(flags);
                }
                Err(_) => basket.absent.push(text.to_owned()),
            }
        }
        basket.flags = basket.flags.and(Flags::MISSING_MEMBERS.when(!basket.absent.is_empty()));
        basket
    }
    /// The equal-weight mean of the returns.
    ///
    /// # Errors
    /// [`Missing::NoData`] where there is none, [`Missing::TooFew`] where fewer than half of the list have one.
    pub fn mean(&self) -> Result<f64, Missing> {
        let n = self.returns.len();
        match n {
            0 => Err(Missing::NoData),
            _ if n < self.absent.len() => Err(Missing::TooFew),
            _ => Ok(self.returns.iter().map(|r| r.1).sum::<f64>() / n as f64),
        }
    }
    /// Positions of the returns, highest first; of equal ones in the order of the list.
    pub fn ranked(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.returns.len()).collect();
        order.sort_by(|&a, &b| self.returns[b].1.total_cmp(&self.returns[a].1).then(a.cmp(&b)));
        order
    }
}

fn growth(cut: &Cut, text: &str, t: usize, (from, to): (Day, Day)) -> Result<(String, f64, Flags), Missing> {
    let view = View::of(cut, &[text], t)?;
    let (a, b) = (view.on_or_before(from)?, view.on_or_before(to)?);
    if a == b {
        return Err(Missing::NoData);
    }
    let levels = view.column(0);
    Ok((view.ids(), levels[b] / levels[a] - 1.0, view.flags(a..b + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, cut, sessions};

    #[test]
    fn each_on_its_own_rows() {
        let days = sessions(Day::ymd(2024, 1, 2), 40);
        let late = batch("etf:XLC", &days[30..], &[5.0; 10]);
        let gap = batch("etf:XLB", &[days[0], days[4], days[39]], &[10.0, 11.0, 12.0]);
        let full = batch("etf:XLI", &days, &(0..40).map(|i| 100.0 + f64::from(i)).collect::<Vec<_>>());
        let list = "etf:XLI,etf:XLB,etf:XLC";
        let cut = cut(vec![late, gap, full], &["etf:XLI", "etf:XLB", "etf:XLC"], days[39], days[39]);
        let t = cut.last().unwrap();
        let basket = Basket::between(&cut, list, t, (days[5], days[39]));
        assert_eq!(basket.absent, ["etf:XLC"]);
        assert!(basket.flags.has(Flags::MISSING_MEMBERS));
        let expected = [139.0 / 105.0 - 1.0, 12.0 / 11.0 - 1.0];
        assert_eq!(basket.returns.iter().map(|r| r.1).collect::<Vec<_>>(), expected);
        assert!((basket.mean().unwrap() - (expected[0] + expected[1]) / 2.0).abs() < 1e-15);
        assert_eq!(basket.ranked(), [0, 1]);
        assert_eq!(Basket::between(&cut, "etf:XLC,etf:NONE,etf:XLI", t, (days[5], days[39])).mean(), Err(Missing::TooFew));
        assert_eq!(Basket::between(&cut, "etf:NONE", t, (days[5], days[39])).mean(), Err(Missing::NoData));
        assert_eq!(last_day(&cut, list, t), Ok(days[39]));
    }
}
