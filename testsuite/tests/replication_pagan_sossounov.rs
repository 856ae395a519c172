//! Pagan and Sossounov (2003): turning points of the S&P 500, month by month. See `replication/pagan-sossounov-2003/README.md`.

use plimsoll_measures::kernels::phases::PaganSossounov;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

/// Peak and trough, as listed in the paper's appendix for the S&P 500 after 1945.
const PUBLISHED: [(&str, &str); 16] = [
    ("1946-05", "1948-02"),
    ("1948-06", "1949-06"),
    ("1952-12", "1953-08"),
    ("1956-07", "1957-12"),
    ("1959-07", "1960-10"),
    ("1961-12", "1962-06"),
    ("1966-01", "1966-09"),
    ("1968-11", "1970-06"),
    ("1971-04", "1971-11"),
    ("1972-12", "1974-09"),
    ("1976-12", "1978-02"),
    ("1980-11", "1982-07"),
    ("1983-06", "1984-05"),
    ("1987-08", "1987-11"),
    ("1990-05", "1990-10"),
    ("1994-01", "1994-06"),
];

/// Turns of the S&P 500's last closes of the months from `first` to `last`, as (month, peak or else trough).
fn turns(first: Day, last: Day) -> Option<Vec<(String, bool)>> {
    let data = real::data()?;
    let memory = real::memory(&data, &["prices/index/GSPC.csv"], AsOf::end_of(last));
    let cut = Cut::build(&memory, &Needs::default().series("index:GSPC"), last).unwrap();
    let closes = &cut.series["index:GSPC"];
    let mut months: Vec<(Day, f64)> = Vec::new();
    for (day, value) in closes.day.iter().zip(&closes.value).filter(|(day, _)| **day >= first && **day <= last) {
        match months.last_mut() {
            Some(month) if month.0.month_start() == day.month_start() => *month = (*day, *value),
            _ => months.push((*day, *value)),
        }
    }
    let level: Vec<f64> = months.iter().map(|m| m.1).collect();
    let dated = |&(i, peak): &(usize, bool)| (months[i].0.to_string()[..7].to_owned(), peak);
    Some(PaganSossounov::default().turns(&level).iter().map(dated).collect())
}

#[test]
fn turning_points_of_the_sp500_from_1945_to_1997() {
    let Some(ours) = turns(Day::ymd(1945, 1, 1), Day::ymd(1997, 5, 31)) else { return };
    let published: Vec<(String, bool)> =
        PUBLISHED.iter().flat_map(|(p, t)| [((*p).to_owned(), true), ((*t).to_owned(), false)]).collect();
    let same = published.iter().filter(|t| ours.contains(t)).count();
    println!("pagan-sossounov-2003: {same} of {} published turning points, {} of ours", published.len(), ours.len());
    assert_eq!(ours, published);
}

#[test]
fn a_sample_that_starts_earlier_and_ends_later_has_the_same_turns_within() {
    let Some(ours) = turns(Day::ymd(1927, 12, 1), Day::ymd(2024, 6, 28)) else { return };
    println!("{}", ours.iter().map(|(m, peak)| format!("{}{m}", if *peak { "P" } else { "T" })).collect::<Vec<_>>().join(" "));
    let within: Vec<&str> = ours.iter().map(|t| t.0.as_str()).filter(|m| ("1946-01".."1995-01").contains(m)).collect();
    let published: Vec<&str> = PUBLISHED.iter().flat_map(|(p, t)| [*p, *t]).collect();
    assert_eq!(within, published);
}
