//! Signs of a credit event on the high-yield spread since 1997: there in the crises everyone knows, absent in calm years.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_measures::replay::{self, Asked};
use plimsoll_measures::{Params, Scope, find};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

#[test]
fn events_are_where_they_were() {
    let Some(data) = real::data() else { return };
    let memory = real::memory(&data, &["credit/BAMLH0A0HYM2.csv"], AsOf::end_of(Day::ymd(2024, 6, 28)));
    let measure = find("credit_event").unwrap();
    let asked = Asked { measure, params: Params::resolve(measure.spec(), &BTreeMap::new(), &Scope::default()).unwrap() };
    let mut replayed = replay::replay(&memory, std::slice::from_ref(&asked), Day::ymd(1998, 1, 2)).unwrap();
    let points = replayed.histories.remove(0).unwrap();
    let of = |value: f64| points.iter().filter(move |(_, p)| p.value == Ok(value)).map(|(d, _)| d.parts().0);
    let mut years: BTreeMap<i16, usize> = BTreeMap::new();
    of(3.0).for_each(|y| *years.entry(y).or_default() += 1);
    println!("sessions with all three signs by year: {years:?}");
    let found: BTreeSet<i16> = years.keys().copied().collect();
    // Long-Term Capital, the telecoms, Lehman, the euro, energy, the pandemic.
    for year in [1998, 2002, 2008, 2011, 2020] {
        assert!(found.contains(&year), "{year}");
    }
    for year in [1999, 2004, 2005, 2006, 2010, 2013, 2014, 2017, 2021, 2023, 2024] {
        assert!(!found.contains(&year), "{year}");
    }
    let on = |day: Day| points.iter().find(|(d, _)| *d == day).unwrap().1.value;
    assert_eq!(on(Day::ymd(2008, 10, 10)), Ok(3.0));
    assert_eq!(on(Day::ymd(2020, 3, 20)), Ok(3.0));
    assert_eq!(on(Day::ymd(2024, 2, 2)), Ok(0.0));
}
