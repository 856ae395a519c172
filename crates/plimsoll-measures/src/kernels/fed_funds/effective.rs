//! The effective rate by calendar day, from FRED and from its publisher, the New York Fed, whichever has a day.

use std::borrow::Cow;
use std::collections::BTreeMap;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::{Cut, Series};
use plimsoll_model::time::{Day, Moment};

/// The effective rate on every calendar day, per cent, as FRED repeats it.
pub const EFFECTIVE: &str = "fred:DFF";
/// The effective rate on business days, per cent, from its publisher: for days that FRED's copy does not have.
pub const PUBLISHED: &str = "nyfed:EFFR";

/// The effective rate by calendar day. FRED's value of a day stands; days that only the publisher has are laid out as FRED does, with the
/// rate of a business day on the days without one that follow it, known with it.
pub fn effective(cut: &Cut) -> Option<Cow<'_, Series>> {
    lay_out(cut.series.get(EFFECTIVE), cut.series.get(PUBLISHED))
}

fn lay_out<'a>(repeated: Option<&'a Series>, published: Option<&Series>) -> Option<Cow<'a, Series>> {
    let Some(published) = published else { return repeated.map(Cow::Borrowed) };
    let mut days: BTreeMap<Day, (f64, Moment, u8)> = BTreeMap::new();
    for i in 0..published.day.len() {
        let row = (published.value[i], published.known_at[i], published.quality[i]);
        // The bond market rests on days on which the exchange does not: the next rate ends the span, at the latest a week later.
        let next = published.day.get(i + 1).copied().unwrap_or_else(|| Calendar::nyse().next(published.day[i]));
        let end = next.min(published.day[i].plus(7));
        // That a session was such a rest shows with the next rate only.
        let shown = published.known_at.get(i + 1).copied().unwrap_or(row.1);
        days.extend((published.day[i].0..end.0).map(Day).map(|d| {
            let rest = d > published.day[i] && Calendar::nyse().is_session(d);
            (d, if rest { (row.0, shown.max(row.1), row.2) } else { row })
        }));
    }
    if let Some(r) = repeated {
        days.extend((0..r.day.len()).map(|i| (r.day[i], (r.value[i], r.known_at[i], r.quality[i]))));
    }
    let mut out = Series { id: EFFECTIVE.to_owned(), ..Series::default() };
    for (day, (value, known_at, quality)) in days {
        out.day.push(day);
        out.value.push(value);
        out.known_at.push(known_at);
        out.quality.push(quality);
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(rows: &[(i8, f64)]) -> Series {
        let day = |d: &i8| Day::ymd(2024, 6, *d);
        Series {
            id: String::new(),
            day: rows.iter().map(|(d, _)| day(d)).collect(),
            value: rows.iter().map(|r| r.1).collect(),
            known_at: rows.iter().map(|(d, _)| Calendar::nyse().next(day(d)).at(9, 0)).collect(),
            quality: vec![0; rows.len()],
        }
    }

    #[test]
    fn a_rest_of_the_bond_market_alone_is_known_with_the_next_rate() {
        // Columbus Day, Monday 2024-10-14, is a session of the exchange.
        let day = |d: i8| Day::ymd(2024, 10, d);
        let rows = [(11, 4.83), (15, 4.83)];
        let of = |rows: &[(i8, f64)]| Series {
            id: String::new(),
            day: rows.iter().map(|r| day(r.0)).collect(),
            value: rows.iter().map(|r| r.1).collect(),
            known_at: rows.iter().map(|r| Calendar::nyse().next(day(r.0)).at(9, 0)).collect(),
            quality: vec![0; rows.len()],
        };
        let whole = lay_out(None, Some(&of(&rows))).unwrap().into_owned();
        assert_eq!(whole.day, (11..=15).map(day).collect::<Vec<_>>());
        assert_eq!(whole.known_at[3], day(16).at(9, 0));
        // What a shorter cut lays out is what the longer one says was known by then.
        let short = lay_out(None, Some(&of(&rows[..1]))).unwrap().into_owned();
        let seen = whole.known_at.iter().filter(|k| **k <= day(15).at(23, 0)).count();
        assert_eq!(whole.day[..seen], short.day);
    }

    #[test]
    fn days_that_the_copy_lacks_come_from_the_publisher_with_the_weekend_filled() {
        // Friday the 14th; Wednesday the 19th is a holiday.
        let (repeated, published) = (series(&[(13, 5.31), (14, 5.33)]), series(&[(14, 9.0), (17, 5.32), (18, 5.30)]));
        let got = lay_out(Some(&repeated), Some(&published)).unwrap();
        let rows: Vec<(i8, f64)> = got.day.iter().zip(&got.value).map(|(d, v)| (d.parts().2, *v)).collect();
        assert_eq!(rows, [(13, 5.31), (14, 5.33), (15, 9.0), (16, 9.0), (17, 5.32), (18, 5.30), (19, 5.30)]);
        // A filled day is known no earlier than the rate that fills it.
        assert_eq!(got.known_at[6], Day::ymd(2024, 6, 20).at(9, 0));
        assert!(got.known_at.is_sorted());
        assert!(matches!(lay_out(Some(&repeated), None), Some(Cow::Borrowed(_))));
        assert_eq!(lay_out(None, Some(&published)).unwrap().value.len(), 6);
    }
}
