//! Everything that the shipped thesis needs, from nothing to a report; the next day, with nothing new and with a value revised.

use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use plimsoll::sync::Line;

use crate::common;
use crate::desk::{Desk, evening, failures, world};
use crate::loopback::{Loopback, Request};

/// A desk after its first sync, on a Saturday evening.
pub struct Cold {
    pub desk: Desk,
    pub lines: Vec<Line>,
    pub log: Vec<Request>,
}

/// The first sync of everything, made once.
pub fn cold() -> &'static Cold {
    static COLD: OnceLock<Cold> = OnceLock::new();
    COLD.get_or_init(|| {
        let publisher = Loopback::of(world(), evening(29));
        let desk = Desk::whole(&publisher);
        let lines = desk.sync(evening(29), &[]);
        Cold { desk, lines, log: publisher.log() }
    })
}

/// Another desk with the same store and files, that asks this publisher.
pub fn copied(publisher: &Loopback) -> Desk {
    let desk = Desk::whole(publisher);
    let from = cold().desk.dir.path();
    for folder in ["store", "store-fetched"] {
        copy(&from.join(folder), &desk.dir.path().join(folder));
    }
    desk
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn from_nothing_to_a_report_of_the_day() {
    let cold = cold();
    assert_eq!(failures(&cold.lines), Vec::<String>::new());
    for line in &cold.lines {
        assert!(line.ended.left.is_none() && line.ended.new > 0, "{line:?}");
        assert_eq!(line.ended.refused, 0, "{line:?}");
    }
    let ids: Vec<&str> = cold.lines.iter().map(|l| l.id).collect();
    for id in ["sec", "treasury", "fred", "alfred", "french", "fomc", "nyfed", "holdings_ishares", "holdings_spdr", "tiingo"] {
        assert!(ids.contains(&id), "{id} was not asked: {ids:?}");
    }
    // The other provider of prices was not needed.
    assert!(!ids.contains(&"stooq"));
    let page = String::from_utf8(cold.desk.report("2024-06-28")).expect("text");
    assert!(page.contains("treasury 2024-06-28"), "the page does not speak of the day");
    let verdicts = common::out(&cold.desk.run(&["check", "--as-of", "2024-06-28"]));
    assert!(verdicts.contains("holds") || verdicts.contains("fails"), "{verdicts}");
    let status = cold.desk.run(&["status", "--as-of", "2024-06-28", "--fetched"]);
    let told = common::out(&status);
    assert!(status.status.success() && ids.iter().all(|id| told.contains(id)), "{told}");
    assert!(!told.contains("late;") && !told.contains(" late "), "{told}");
}

#[test]
fn a_day_later_nothing_is_new_nothing_is_written_and_little_is_sent() {
    let publisher = Loopback::of(world(), evening(30));
    let desk = copied(&publisher);
    let before = desk.dump();
    // What the world has to compute is no part of a publisher's answer.
    for request in &cold().log {
        publisher.body(&request.target);
    }
    let begun = Instant::now();
    let lines = desk.sync(evening(30), &[]);
    let took = begun.elapsed();
    assert_eq!(failures(&lines), Vec::<String>::new());
    assert_eq!(lines.iter().map(|l| l.ended.new + l.ended.revised).sum::<u64>(), 0, "{lines:?}");
    assert!(desk.dump() == before, "rows were written");
    let log = publisher.log();
    assert!(log.len() > 20, "{}", log.len());
    assert!(log.iter().all(|r| r.headers.contains_key("if-none-match")), "{log:?}");
    // Answers to questions about a span of days that moves are new texts; all others are not sent again.
    let moving = ["api.stlouisfed.org", "markets.newyorkfed.org"];
    for r in log.iter().filter(|r| !moving.contains(&r.host())) {
        assert_eq!((r.status, r.sent), (304, 0), "{r:?}");
    }
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_revised_value_is_a_line_in_status_and_old_reports_stay_as_they_are() {
    let publisher = Loopback::of(world(), evening(30));
    let desk = copied(&publisher);
    let old = desk.report("2024-06-14");
    let dgs10 = cold().log.iter().find(|r| r.target.contains("id=DGS10&") || r.target.ends_with("id=DGS10")).expect("asked");
    let text = String::from_utf8(publisher.body(&dgs10.target)).expect("text");
    let line = text.lines().find(|l| l.starts_with("2024-06-04,")).expect("a day");
    publisher.put(&dgs10.target, text.replace(line, "2024-06-04,9.99"));
    let lines = desk.sync(evening(30), &["fred"]);
    assert_eq!((failures(&lines), lines[0].ended.new, lines[0].ended.revised), (vec![], 0, 1));
    let status = common::out(&desk.run(&["status", "--fetched"]));
    let fred = status.lines().find(|l| l.contains("fred ")).expect("a line of fred");
    assert!(fred.split_whitespace().any(|w| w == "1"), "{status}");
    assert!(desk.report("2024-06-14") == old, "an old report changed");
    // Known from the fetch on, not before.
    let dump = desk.dump();
    let later = dump.keys().filter(|r| r.contains("fred:DGS10") && r.contains(&format!(" {} ", evening(30).0))).count();
    assert_eq!(later, 1);
}
