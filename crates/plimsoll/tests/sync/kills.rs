//! Downloads that break and processes that are killed: nothing is lost, nothing doubled.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plimsoll_model::time::Day;
use plimsoll_store::Store;

use crate::desk::{Desk, evening, failures, sync_at, world};
use crate::loopback::{Fault, Loopback};

const FACTS: &str = "www.sec.gov/Archives/edgar/daily-index/xbrl/companyfacts.zip";
const CONTACT: &str = "contact = \"Jane Doe jane@example.org\"";

/// What an uninterrupted sync of these sources brings.
fn whole(more: &str, names: &[&str]) -> BTreeMap<String, u32> {
    let publisher = Loopback::of(world(), evening(29));
    let desk = Desk::new(&publisher, more);
    assert_eq!(failures(&desk.sync(evening(29), names)), Vec::<String>::new());
    desk.dump()
}

#[test]
fn a_bulk_file_is_continued_from_every_tenth_within_a_sync_and_across_syncs() {
    let reference = whole(CONTACT, &["sec"]);
    assert!(reference.len() > 1000);
    let publisher = Loopback::of(world(), evening(29));
    let size = publisher.body(FACTS).len();
    for attempts in [12, 1] {
        let desk = Desk::new(&publisher, &format!("{CONTACT}\nattempts = {attempts}"));
        for _ in 0..9 {
            publisher.once(FACTS, Fault::Break(size / 10));
        }
        let mut syncs = 0;
        loop {
            syncs += 1;
            let failed = failures(&desk.sync(evening(29), &["sec"]));
            if failed.is_empty() {
                break;
            }
            assert!(failed.len() == 1 && failed[0].contains("broke off"), "{failed:?}");
            // Each sync keeps the limit; ten of them within a second would not.
            std::thread::sleep(Duration::from_millis(130));
        }
        assert_eq!(syncs, if attempts == 1 { 10 } else { 1 });
        let log: Vec<_> = publisher.log().into_iter().filter(|r| r.target == FACTS).collect();
        let ranges: Vec<String> = log.iter().map(|r| r.header("range").to_owned()).collect();
        let expected: Vec<String> =
            (0..10).map(|k| if k == 0 { String::new() } else { format!("bytes={}-", k * (size / 10)) }).collect();
        assert_eq!(ranges, expected);
        assert!(log[1..].iter().all(|r| r.status == 206 && !r.header("if-range").is_empty()));
        assert_eq!(log.iter().map(|r| r.sent).sum::<usize>(), size, "bytes were sent twice");
        assert!(desk.dump() == reference, "another store than without a break");
        // The store has it: its bytes are not kept, and it is asked for by its tag.
        assert!(!desk.cache().join("sec/files/companyfacts.zip").exists());
        desk.age("sec");
        assert_eq!(failures(&desk.sync(evening(29), &["sec"])), Vec::<String>::new());
        assert!(publisher.log().iter().all(|r| r.status == 304));
    }
}

#[test]
fn a_part_of_another_version_is_not_continued() {
    let publisher = Loopback::of(world(), evening(29));
    let size = publisher.body(FACTS).len();
    let desk = Desk::new(&publisher, &format!("{CONTACT}\nattempts = 1"));
    publisher.once(FACTS, Fault::Break(size / 2));
    assert_eq!(failures(&desk.sync(evening(29), &["sec"])).len(), 1);
    // Another night's archive: half of one before half of the other would be neither.
    publisher.now(Day::ymd(2024, 3, 1).at(20, 30));
    assert!(publisher.body(FACTS).len() != size);
    assert_eq!(failures(&desk.sync(evening(29), &["sec"])), Vec::<String>::new());
    let last = publisher.log().into_iter().rfind(|r| r.target == FACTS).expect("asked");
    assert_eq!((last.status, last.header("range").is_empty()), (200, false));
    desk.open().verify().expect("a whole store");
}

/// Sources of every kind, and settings that let them be fetched fast.
const SOURCES: [&str; 5] = ["sec", "fred", "treasury", "french", "nyfed"];

fn settings() -> String {
    format!("{CONTACT}\nfrom = \"2021-01-01\"\nseries = [\"DGS2\", \"DGS10\", \"DFF\", \"CPIAUCSL\"]")
}

const PLACE: &str = "PLIMSOLL_TEST_KILLED_IN";

/// No test by itself: what runs in the process that is killed.
#[test]
fn killed() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let place = Path::new(&place);
    let lines = sync_at(&place.join("plimsoll.toml"), &place.join("store"), evening(29), &SOURCES);
    assert_eq!(failures(&lines), Vec::<String>::new());
    let left: Vec<_> = lines.iter().filter(|l| l.ended.left.is_some()).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn start(desk: &Desk) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "kills::killed", "--test-threads=1"])
        .env(PLACE, desk.dir.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process")
}

#[test]
fn kills_lose_nothing_and_double_nothing() {
    // A hundred take a minute or two: `PLIMSOLL_KILLS=100`.
    let most: usize = std::env::var("PLIMSOLL_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let reference = whole(&settings(), &SOURCES);
    let publisher = Loopback::of(world(), evening(29));
    let desk = Desk::new(&publisher, &settings());
    let begun = Instant::now();
    assert!(start(&desk).wait().expect("an end").success());
    let usual = begun.elapsed();
    assert!(desk.dump() == reference);
    let imports = desk.open().imports().expect("imports").len();

    let (mut kills, mut rounds, mut state) = (0, 0, 0x9e37_79b9_u64);
    while kills < most {
        let desk = Desk::new(&publisher, &settings());
        loop {
            // A xorshift is random enough; where the process is at that moment differs anyway.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut child = start(&desk);
            let end = Instant::now() + usual.mul_f64((state % 1000) as f64 / 1000.0).min(Duration::from_secs(3));
            let done = loop {
                match child.try_wait().expect("a process") {
                    Some(status) => break Some(status),
                    None if Instant::now() >= end => break None,
                    None => std::thread::sleep(Duration::from_millis(1)),
                }
            };
            if let Some(status) = done {
                assert!(status.success(), "a sync after a kill failed");
                break;
            }
            child.kill().expect("a process");
            child.wait().expect("an end");
            kills += 1;
            if desk.store().exists() {
                Store::open(desk.store()).expect("the store opens").verify().expect("a whole store");
            }
        }
        rounds += 1;
        assert!(desk.dump() == reference, "another store than without kills, in round {rounds}");
        assert_eq!(desk.open().imports().expect("imports").len(), imports, "a file was imported twice, or never");
    }
    println!("{kills} kills in {rounds} stores; a whole sync takes {usual:?}");
}
