//! Definitions by hand.

use super::*;

/// A year with coverage and Tobin's q; interest is 10.
fn year(year: i16, coverage: f64, q: f64) -> Year {
    let end = Day::ymd(year, 12, 31);
    Year {
        year,
        end,
        known_at: end.plus(60).at(9, 30),
        ebit: Some(coverage * 10.0),
        interest: Some(10.0),
        sales: Some(100.0),
        leverage: Some(0.5),
        q: Some(q),
    }
}

fn sample() -> Sample {
    let all = 2005..=2024;
    Sample {
        leverage: all.clone().map(|y| (y, 0.3)).collect(),
        q: all.map(|y| ((y, "73".to_owned()), 1.0)).collect(),
        prices: vec![(Day::ymd(2000, 1, 1), 100.0), (Day::ymd(2021, 1, 1), 110.0)],
        sector: "73".into(),
        filed_since: None,
        age: 10,
        unknown_is_old: true,
    }
}

fn verdicts(definition: Definition, years: &[Year], sample: &Sample) -> Vec<Option<bool>> {
    definition.judge(years, sample).iter().map(|j| j.zombie).collect()
}

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

#[test]
fn three_years_in_a_row_and_old() {
    let years: Vec<Year> = (2015..2020).zip([0.5, 0.5, 0.5, 2.0, 0.5]).map(|(y, c)| year(y, c, 0.8)).collect();
    // Its own filings begin in 2015: too young whatever it earns.
    let young = Sample { filed_since: Some(Day::ymd(2015, 12, 31)), ..sample() };
    assert_eq!(verdicts(Definition::BisBroad, &years, &young), [None, None, NO, NO, NO]);
    let any = Sample { age: 0, ..young };
    assert_eq!(verdicts(Definition::BisBroad, &years, &any), [None, None, YES, NO, NO]);
    // From 2009 on the age is not known: it counts as old, or cannot be told.
    let years: Vec<Year> = (2009..2013).map(|y| year(y, 0.5, 0.8)).collect();
    assert_eq!(verdicts(Definition::BisBroad, &years, &sample()), [None, None, YES, YES]);
    let strict = Sample { unknown_is_old: false, ..sample() };
    assert_eq!(verdicts(Definition::BisBroad, &years, &strict), [None, None, None, None]);
    let long: Vec<Year> = (2009..2019).map(|y| year(y, 0.5, 0.8)).collect();
    assert_eq!(verdicts(Definition::BisBroad, &long, &strict)[9], YES);
    // A year that is missing is no year in a row; one without interest expense ends it.
    let mut gap: Vec<Year> = [2009, 2010, 2012].map(|y| year(y, 0.5, 0.8)).to_vec();
    assert_eq!(verdicts(Definition::BisBroad, &gap, &sample())[2], None);
    gap[2].interest = Some(0.0);
    assert_eq!(Definition::BisBroad.judge(&gap, &sample())[2], Judged::no(Reason::NoInterest));
}

#[test]
fn the_narrow_one_asks_the_market() {
    let years: Vec<Year> = (2009..2013).zip([0.8, 0.8, 0.8, 1.2]).map(|(y, q)| year(y, 0.5, q)).collect();
    assert_eq!(verdicts(Definition::BisNarrow, &years, &sample()), [None, None, YES, NO]);
    let mut unpriced = years;
    unpriced[2].q = None;
    assert_eq!(Definition::BisNarrow.judge(&unpriced, &sample())[2], Judged::unknown(Reason::NoValue));
}

#[test]
fn the_federal_reserves_asks_leverage_and_sales() {
    let with = |change: &dyn Fn(&mut Year)| {
        let mut years: Vec<Year> = (2017..2021).map(|y| year(y, 0.5, 0.8)).collect();
        years[3].sales = Some(99.0);
        change(&mut years[3]);
        Definition::Fed2021.judge(&years, &sample())[3]
    };
    assert_eq!(with(&|_| {}), Judged::yes());
    assert_eq!(with(&|y| y.leverage = Some(0.3)), Judged::no(Reason::LowLeverage));
    assert_eq!(with(&|y| y.sales = Some(101.0)), Judged::no(Reason::Grows));
    assert_eq!(with(&|y| y.ebit = Some(11.0)), Judged::no(Reason::Earns));
    // Prices rose by a tenth between the ends of 2018 and 2021: sales of 109 after 100 fell in real terms.
    let mut years: Vec<Year> = (2018..2022).map(|y| year(y, 0.5, 0.8)).collect();
    years[3].sales = Some(109.0);
    assert_eq!(Definition::Fed2021.judge(&years, &sample())[3], Judged::yes());
    // Three years before are needed.
    assert_eq!(Definition::Fed2021.judge(&years[1..], &sample())[2], Judged::unknown(Reason::FewYears));
}

#[test]
fn two_years_in_and_two_years_out() {
    let cover = [0.5, 0.5, 2.0, 0.5, 2.0, 2.0, 0.5];
    let years: Vec<Year> = (2012..2019).zip(cover).map(|(y, c)| year(y, c, 0.8)).collect();
    let judged = Definition::TwoYear.judge(&years, &sample());
    let found: Vec<Option<bool>> = judged.iter().map(|j| j.zombie).collect();
    // In with 2013; one good year does not end it, two do.
    assert_eq!(found, [None, YES, YES, YES, YES, NO, NO]);
    assert_eq!(judged[2].reason, Reason::NotYetOut);
    let spells = spells(&years, &judged);
    assert_eq!(spells.len(), 1);
    assert_eq!((spells[0].first, spells[0].entered), (2013, years[1].known_at));
    assert_eq!(spells[0].exit, Some((2017, years[5].known_at, Reason::Earns)));
    // A dear one never is.
    let dear: Vec<Year> = (2012..2019).map(|y| year(y, 0.5, 1.5)).collect();
    assert!(verdicts(Definition::TwoYear, &dear, &sample()).iter().all(|z| *z == NO));
}

#[test]
fn the_last_year_alone_is_judged_as_among_all() {
    let cover = [0.5, 0.5, 0.5, 2.0, 0.5, 0.5, 0.5];
    let years: Vec<Year> = (2009..2016).zip(cover).map(|(y, c)| year(y, c, 0.8)).collect();
    for definition in Definition::ALL {
        for n in 0..=years.len() {
            let all = definition.judge(&years[..n], &sample());
            assert_eq!(definition.judge_last(&years[..n], &sample()), all.last().copied(), "{definition:?} {n}");
        }
    }
}
