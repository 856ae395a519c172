//! Conditions of a day from a cut: what futures price, the Treasury yield, the spreads in force.

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};

use super::borrower::QUARTERS;
use super::scenario::Conditions;
use super::spreads::Spreads;
use crate::kernels::fed_funds::{self, Conventions, Market, Snapshot, months_later};
use crate::kernels::policy_path::month_of;
use crate::{Flags, Missing};

/// The five-year Treasury yield, per cent.
pub const FIVE_YEAR: &str = "treasury:5Y|fred:DGS5";

/// Sessions after which a Treasury yield is no answer.
const OLDEST: i32 = 30;

/// What the conditions of sessions from `from` on are read from.
pub fn needs(from: Day) -> Needs {
    FIVE_YEAR.split('|').fold(fed_funds::needs(from, from.plus(-400)), Needs::series)
}

/// The conditions at the end of a session, with the flags of the priced path.
///
/// The rate priced for a quarter is the mean of the rates expected in the middle of its three months (the exchange's method); after the
/// last contract with a price the last rate is held. Past interest is set beside the mean effective rate of the 365 days before.
///
/// # Errors
/// Where no effective rate, or no price of futures, is known.
pub fn conditions(cut: &Cut, day: Day) -> Result<(Conditions, Flags), Missing> {
    let moment = AsOf::end_of(day).moment();
    let mut snapshot = Snapshot::default();
    Market::of(cut).price(day, month_of(day) + 3 * QUARTERS as i32 + 1, &Conventions::default(), &mut snapshot);
    let rate = snapshot.effective.ok_or(Missing::NoData)? / 100.0;
    let mut flags = Flags::default();
    let mut priced = [f64::NAN; QUARTERS];
    let mut last = None;
    for (q, quarter) in priced.iter_mut().enumerate() {
        let months = (0..3).map(|m| snapshot.expected(months_later(day, 3 * q + m).plus(15)));
        let known: Vec<(f64, Flags)> = months.map_while(|m| m).collect();
        if !known.is_empty() {
            last = Some(known.iter().map(|m| m.0).sum::<f64>() / known.len() as f64 / 100.0);
            flags = known.iter().fold(flags, |f, m| f.and(m.1));
        }
        *quarter = last.ok_or(Missing::NoData)?;
    }
    let effective = fed_funds::effective(cut);
    let past = effective.as_ref().map_or(&[][..], |s| &s.value[..s.known_at.partition_point(|k| *k <= moment)]);
    let days = effective.as_ref().map_or(&[][..], |s| &s.day[..past.len()]);
    let year = &past[days.partition_point(|d| *d <= day.plus(-365))..];
    let past_rate = if year.is_empty() { rate } else { year.iter().sum::<f64>() / year.len() as f64 / 100.0 };
    let yields = FIVE_YEAR.split('|').filter_map(|id| cut.series.get(id)?.last(day));
    let five_year = yields.max_by_key(|y| y.0).filter(|y| day.0 - y.0.0 <= OLDEST).map(|y| y.1 / 100.0);
    Ok((Conditions { rate, past_rate, priced, five_year, spreads: Spreads::on(day) }, flags))
}
