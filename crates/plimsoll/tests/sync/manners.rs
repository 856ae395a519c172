//! What publishers and others may see of a sync: the request log is polite, and a key stands nowhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use plimsoll_sources::feeds::feeds;

use crate::common;
use crate::desk::{Desk, KEY, evening, world};
use crate::loopback::{Fault, Loopback, Request};
use crate::world::cold;

/// The most requests in any span of this length.
fn most_within(log: &[&Request], span: Duration) -> usize {
    let mut at: Vec<_> = log.iter().map(|r| r.at).collect();
    at.sort();
    (0..at.len()).map(|i| at[i..].iter().take_while(|t| t.duration_since(at[i]) < span).count()).max().unwrap_or(0)
}

#[test]
fn every_publisher_is_asked_within_its_limit_and_told_who_asks() {
    let log = &cold().log;
    let mut by_feed: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for r in log {
        let of_host = feeds().iter().map(|f| f.info()).find(|i| i.hosts.contains(&r.host()));
        let info = of_host.unwrap_or_else(|| panic!("nobody publishes at {}", r.host()));
        by_feed.entry(info.hosts[0]).or_default().push(r);
        assert!(r.header("user-agent").starts_with("Plimsoll/"), "{r:?}");
        // Who demands an address is told one; nobody else learns it.
        assert_eq!(r.header("user-agent").contains("jane@example.org"), info.contact, "{r:?}");
        assert!(!r.headers.contains_key("cookie") && !r.headers.contains_key("referer"), "{r:?}");
    }
    let edgar = &by_feed["www.sec.gov"];
    assert!(edgar.len() >= 3 && most_within(edgar, Duration::from_secs(1)) <= 10);
    for feed in feeds() {
        let (info, none) = (feed.info(), Vec::new());
        let asked = by_feed.get(info.hosts[0]).unwrap_or(&none);
        let shared = feeds().iter().filter(|f| f.info().hosts[0] == info.hosts[0]).count() as u32;
        let most = info.limit.requests + info.limit.burst * shared;
        assert!(most_within(asked, info.limit.per) <= most as usize, "{}", info.id);
    }
    // Nothing is asked for twice.
    let mut targets: Vec<&String> = log.iter().map(|r| &r.target).collect();
    let all = targets.len();
    targets.sort();
    targets.dedup();
    assert_eq!(targets.len(), all);
}

#[test]
fn edgar_stays_below_ten_a_second_filer_by_filer() {
    let publisher = Loopback::of(world(), evening(29));
    let ciks: Vec<String> = world().filers.iter().filter(|f| f.edgar).take(10).map(|f| f.cik.to_string()).collect();
    let more = format!("contact = \"Jane Doe jane@example.org\"\nciks = [{}]", ciks.join(", "));
    let desk = Desk::new(&publisher, &more);
    let lines = desk.sync(evening(29), &["sec"]);
    assert!(lines[0].ended.failures.is_empty(), "{lines:?}");
    let log = publisher.log();
    assert_eq!(log.len(), 21);
    assert!(log.iter().all(|r| r.status == 200), "the publisher had to say no");
    let all: Vec<&Request> = log.iter().collect();
    assert!(most_within(&all, Duration::from_secs(1)) <= 10);
}

fn each_file(dir: &Path, look: &mut dyn FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            each_file(&path, look);
        } else {
            look(&path, &std::fs::read(&path).expect("a file"));
        }
    }
}

fn holds(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|w| w == word.as_bytes())
}

#[test]
fn a_key_is_on_the_wire_and_nowhere_else() {
    let cold = cold();
    let sent = cold.log.iter().filter(|r| r.target.contains(KEY) || r.header("authorization").contains(KEY)).count();
    assert!(sent > 10, "no key was ever sent: the test shows nothing");
    let clean = |desk: &Desk| {
        let mut files = 0;
        each_file(desk.dir.path(), &mut |path, bytes| {
            files += 1;
            assert!(path == desk.config || !holds(bytes, KEY), "{} holds a key", path.display());
        });
        files
    };
    assert!(clean(&cold.desk) > 50);
    // Refused, broken, misled, said in the answer: whatever happens, no message repeats it.
    for fault in [
        Fault::Status(401, ""),
        Fault::Status(503, ""),
        Fault::Break(10),
        Fault::Says("{\"error_code\":400,\"error_message\":\"Bad Request.  The value for variable api_key is not registered.\"}"),
        Fault::Leads(format!("https://elsewhere.example.org/?api_key={KEY}")),
    ] {
        let publisher = Loopback::of(world(), evening(29));
        publisher.always("api.", fault.clone());
        let desk = Desk::whole(&publisher);
        let file = std::fs::read_to_string(&desk.config).expect("a file");
        std::fs::write(&desk.config, file.replace("[sync.keys]", "attempts = 2\n[sync.keys]")).expect("a file");
        for arguments in [&["sync", "alfred", "tiingo"][..], &["status"], &["sync", "--dry-run"], &["sources", "alfred"]] {
            let done = desk.run(arguments);
            assert!(!holds(&done.stdout, KEY) && !holds(&done.stderr, KEY), "{arguments:?} {fault:?}");
            assert!(arguments[0] != "sync" || arguments[1] != "alfred" || !done.status.success());
        }
        clean(&desk);
        assert!(publisher.log().iter().all(|r| r.host().starts_with("api.")));
    }
    // An address that nobody answers at: the system's own words about it.
    let publisher = Loopback::empty();
    let desk = Desk::whole(&publisher);
    let file = std::fs::read_to_string(&desk.config).expect("a file");
    let dead = file.replace(&publisher.address, "http://127.0.0.1:9").replace("[sync.keys]", "attempts = 1\n[sync.keys]");
    std::fs::write(&desk.config, dead).expect("a file");
    let failed = desk.run(&["sync", "alfred"]);
    assert!(!failed.status.success() && !holds(&failed.stderr, KEY), "{}", common::err(&failed));
}
