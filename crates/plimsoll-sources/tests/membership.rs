//! Membership: two conventions in one layout, and no row that depends on what came later.

mod support;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::{AsOf, Day, Moment};
use proptest::prelude::*;
use support::*;

const HEADER: &str = "ticker,start_date,end_date\n";

#[test]
fn effective_dates_begin_and_end_at_the_open() {
    let kept =
        text("sp500_membership.csv", format!("{HEADER}META,2022-06-09,\nFB,2013-12-23,2022-06-09\nBF.B,2000-01-03,2000-01-08\n"));
    assert_eq!(
        kept.lines(),
        [
            "2000-01-03 2000-01-03T14:30:00Z sp500 BF.B 1",
            "2000-01-08 2000-01-10T14:30:00Z sp500 BF.B 0",
            "2013-12-23 2013-12-23T14:30:00Z sp500 FB 1",
            "2022-06-09 2022-06-09T13:30:00Z sp500 FB 0",
            "2022-06-09 2022-06-09T13:30:00Z sp500 META 1",
        ]
    );
}

#[test]
fn lists_begin_with_the_session_after_and_end_with_the_next_list() {
    let rows = "AAA,2016-09-30,2016-12-30\nBBB,2016-09-30,2018-06-29\nCCC,2017-09-29,2017-09-29\nDDD,2018-03-29,\nDDD US,2016-12-30,2017-12-29\n";
    let kept = text("r2k_membership.csv", format!("{HEADER}{rows}"));
    assert_eq!(
        kept.lines(),
        [
            "2016-10-03 2016-10-03T13:30:00Z russell2000 AAA 1",
            "2016-10-03 2016-10-03T13:30:00Z russell2000 BBB 1",
            "2017-01-03 2017-01-03T14:30:00Z russell2000 DDD 1",
            // The next list in the file after 2016-12-30 is the one of 2017-09-29.
            "2017-10-02 2017-10-02T13:30:00Z russell2000 AAA 0",
            "2017-10-02 2017-10-02T13:30:00Z russell2000 CCC 1",
            "2018-01-02 2018-01-02T14:30:00Z russell2000 CCC 0",
            // DDD leaves with the list after 2017-12-29, that of 2018-03-29, which has it again: it stays. BBB stands on the last
            // list; what the next one says is not known.
        ]
    );
    let absent = kept.defect("absent_list");
    assert_eq!((absent[0].from, absent[0].to, absent[0].rows), (Some(day("2016-12-30")), Some(day("2017-09-29")), 2));
}

#[test]
fn bad_intervals_are_refused_and_overlaps_joined() {
    let rows = "A,2020-01-10,2020-01-09\nB,2020-01-10,2020-01-10\nG_X,2020-01-10,\nC,2020-01-10,2020-03-02\nC,2020-02-10,2020-04-01\nD,soon,\nE,2020-01-10,later\nF,2020-01-10\n";
    let kept = text("sp500_membership.csv", format!("{HEADER}{rows}"));
    assert_eq!(
        kept.rules(),
        vec![
            ("reversed_interval", 2, "end_date"),
            ("not_a_symbol", 4, "ticker"),
            ("not_a_day", 7, "start_date"),
            ("not_a_day", 8, "end_date"),
            ("wrong_number_of_fields", 9, "line"),
            ("empty_interval", 3, "end_date"),
        ]
    );
    assert_eq!(kept.taken(), 2);
    assert_eq!(kept.defect("overlapping_membership").len(), 1);
}

/// What was known at the end of a day, as lines.
fn known(kept: &Kept, as_of: AsOf) -> Vec<String> {
    let mut part = Kept::default();
    for rows in &kept.rows {
        let keep = rows.known(as_of);
        if !keep.is_empty() {
            part.rows.push(rows.select(&keep));
        }
    }
    part.lines()
}

/// The file as it stood at the end of a day: later intervals absent, later ends open.
fn truncated(intervals: &[(String, Day, Option<Day>)], until: Day) -> String {
    let mut out = HEADER.to_owned();
    for (name, start, end) in intervals.iter().filter(|i| i.1 <= until) {
        let end = end.filter(|e| *e <= until).map(|e| e.to_string()).unwrap_or_default();
        out.push_str(&format!("{name},{start},{end}\n"));
    }
    out
}

fn quarter_ends() -> Vec<Day> {
    let months = (0..24).map(|q| Day::ymd(2011 + q / 4, (q % 4 * 3 + 3) as i8, 1).month_end());
    months.map(|d| Calendar::nyse().on_or_before(d)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_comes_later_changes_nothing_known_before(
        picks in proptest::collection::vec((0u8..12, 0usize..24, proptest::option::of(0usize..24)), 1..40),
        lists in any::<bool>(),
        cut in 0i32..2300,
    ) {
        let dates: Vec<Day> = if lists { quarter_ends() } else { (0..24).map(|i| Day::ymd(2011, 2, 3).plus(i * 91)).collect() };
        let intervals: Vec<(String, Day, Option<Day>)> = picks
            .into_iter()
            .map(|(n, a, b)| (format!("S{}", char::from(b'A' + n)), dates[a.min(b.unwrap_or(a))], b.map(|b| dates[a.max(b)])))
            .filter(|(_, a, b)| lists || *b != Some(*a))
            .collect();
        let until = Day::ymd(2010, 12, 1).plus(cut);
        let name = if lists { "r2k_membership.csv" } else { "sp500_membership.csv" };
        let whole = text(name, truncated(&intervals, Day::ymd(2099, 1, 1)));
        let part = text(name, truncated(&intervals, until));
        prop_assert_eq!(known(&part, AsOf::end_of(until)), known(&whole, AsOf::end_of(until)));
        for rows in &whole.rows {
            prop_assert!(rows.known_at.iter().zip(&rows.period).all(|(k, p)| Moment(*k) >= Day(*p).at(0, 0)));
        }
    }
}
