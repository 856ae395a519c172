//! The exchange's calendar against days on which prices exist: files that nobody here wrote.

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;
use plimsoll_testsuite::real::data;

/// The days that stand first on the lines of a text file. Not through the readers, which consult the calendar themselves.
fn days(path: &Path, read: fn(&str) -> Option<Day>) -> BTreeSet<Day> {
    let text = std::fs::read(path).unwrap();
    String::from_utf8_lossy(&text).lines().filter_map(|l| read(l.split(',').next()?.trim())).collect()
}

fn iso(text: &str) -> Option<Day> {
    text.parse().ok()
}

fn compact(text: &str) -> Option<Day> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| Day::try_ymd(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?)).flatten()
}

/// Days of a file that are no sessions, and sessions within its span that it lacks.
fn differences(days: &BTreeSet<Day>, saturdays: bool) -> (Vec<Day>, Vec<Day>) {
    let (first, last) = (*days.first().unwrap(), *days.last().unwrap());
    let sessions: BTreeSet<Day> =
        Calendar::nyse().between(first, last).iter().copied().filter(|d| saturdays || d.weekday() < 6).collect();
    (days.difference(&sessions).copied().collect(), sessions.difference(days).copied().collect())
}

fn report(what: &str, days: &BTreeSet<Day>, (extra, absent): &(Vec<Day>, Vec<Day>)) {
    let (first, last) = (days.first().unwrap(), days.last().unwrap());
    println!("{what}: {} days from {first} to {last}, not sessions {extra:?}, sessions absent {absent:?}", days.len());
}

#[test]
fn factor_returns_stand_on_every_session_since_1926() {
    let Some(folder) = data() else { return };
    for name in ["F-F_Research_Data_Factors_daily.csv", "10_Industry_Portfolios_Daily.csv", "Portfolios_Formed_on_ME_Daily.csv"] {
        let stand = days(&folder.join("french").join(name), compact);
        let found = differences(&stand, true);
        report(name, &stand, &found);
        assert!(stand.len() > 25_000);
        assert_eq!(found, (vec![], vec![]), "{name}");
    }
}

#[test]
fn index_levels_stand_on_every_weekday_session_since_1927() {
    let Some(folder) = data() else { return };
    for name in ["GSPC.csv", "RUT.csv"] {
        let stand = days(&folder.join("prices/index").join(name), iso);
        let found = differences(&stand, false);
        report(name, &stand, &found);
        assert_eq!(found, (vec![], vec![]), "{name}");
    }
    for name in ["SPY", "DIA", "QQQ", "IWM"] {
        let stand = days(&folder.join(format!("prices/etf/{name}.csv")), iso);
        let found = differences(&stand, true);
        report(name, &stand, &found);
        assert_eq!(found, (vec![], vec![]), "{name}");
    }
}
