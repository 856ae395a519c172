//! `watch` killed at random moments, with outages of mail and webhook: every flip is delivered exactly once to every live channel.
//!
//! Twenty-five kills; `PLIMSOLL_KILLS=200` for the full run. What receivers hold is counted: by Message-ID and idempotency key, as they
//! tell repeats apart, and raw, which shows how often the last answer fell into a kill.
#![cfg(feature = "serve")]

mod common;
#[path = "common/exim.rs"]
mod exim;
#[path = "common/hooks.rs"]
mod hooks;
#[path = "common/story.rs"]
mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

use common::err;
use exim::{Exim, headers};
use hooks::{AWAY, FINE, Hooks, LOST};
use story::Story;

/// A stated sequence, so that a failure can be run again (SplitMix64).
struct Draws(u64);

impl Draws {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }
}

/// How often each alert came, by its key.
fn counted(keys: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

#[test]
fn every_flip_reaches_every_channel_exactly_once_however_often_watch_is_killed() {
    let kills: usize = std::env::var("PLIMSOLL_KILLS").ok().and_then(|k| k.parse().ok()).unwrap_or(25);
    let seed: u64 = std::env::var("PLIMSOLL_SEED").ok().and_then(|k| k.parse().ok()).unwrap_or(1876);
    let mut draws = Draws(seed);
    let dir = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut exim = Exim::start(dir.path());
    let hooks = Hooks::start();
    let mut story = Story::new(dir.path());
    story.configure(&format!(
        "[alerts.retry]\nfirst = \"20ms\"\nmost = \"200ms\"\ntries = 1000000\ntimeout = \"5s\"\n{}\
         [alerts.channel.desk]\nkind = \"mail\"\nto = [\"desk@example.org\", \"night@example.org\"]\n\
         [alerts.channel.hook]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{}/hook\"\nsecret_env = \"HOOK_KEY\"\n\
         [alerts.channel.log]\nkind = \"file\"\npath = \"alerts.jsonl\"\n",
        exim.section("starttls"),
        hooks.port
    ));
    // The first looks decide from where on is told; they are not killed.
    story.grow(&[4.2, 4.2, 4.2]);
    story.watch();

    let mut early = 0;
    for kill in 0..kills {
        // Most evenings bring a flip; some bring two sessions.
        let sessions: Vec<f64> = (0..1 + draws.next(2))
            .map(|_| {
                if draws.next(4) > 0 {
                    if story.yields.last().unwrap() >= &4.0 { 3.8 } else { 4.2 }
                } else {
                    *story.yields.last().unwrap()
                }
            })
            .collect();
        story.grow(&sessions);
        match draws.next(4) {
            0 => exim.flag("outage", true),
            1 => exim.down(),
            _ => {
                exim.flag("outage", false);
                exim.up();
            }
        }
        hooks.mode([FINE, FINE, AWAY, LOST][draws.next(4) as usize]);
        let mut watch = story
            .command(&["watch", "yields.toml", "--poll", "20ms"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(Duration::from_millis(draws.next(500)));
        if watch.try_wait().unwrap().is_some() {
            early += 1;
        }
        // SIGKILL: nothing of the program runs after it.
        watch.kill().unwrap();
        watch.wait().unwrap();
        if kill % 50 == 49 {
            eprintln!("{} kills, {} mails, {} posts", kill + 1, exim.delivered().len(), hooks.kept().len());
        }
    }
    assert_eq!(early, 0, "watch ended by itself");

    // All is well again: what waits is sent.
    exim.flag("outage", false);
    exim.up();
    hooks.mode(FINE);
    for round in 0.. {
        std::thread::sleep(Duration::from_millis(300));
        let o = story.watch();
        let outbox = story.json(&["alert", "outbox"]);
        if outbox.as_array().unwrap().iter().all(|m| m["state"] == "done") {
            break;
        }
        assert!(round < 50, "{} {outbox}", err(&o));
    }

    let flips: BTreeSet<String> = story.flips().into_iter().collect();
    let list = story.json(&["alert", "list", "--limit", "100000"]);
    let told: BTreeMap<String, String> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["kind"] == "flip")
        .map(|a| (a["as of"].as_str().unwrap().to_owned(), a["key"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), flips, "the days of the flips, by `history`");
    let keys: BTreeSet<String> = told.into_values().collect();
    assert_eq!(keys.len(), flips.len());

    let n = keys.len();
    let mails = exim.wait_for("@example.org", 2 * n);
    for to in ["desk@example.org", "night@example.org"] {
        let mine = || mails.iter().filter(|m| m.to == to);
        // A receiver tells repeats by the Message-ID.
        let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for m in mine() {
            by_id.entry(m.message_id.clone()).or_default().extend(headers(&m.raw, "X-Plimsoll-Alert"));
        }
        let held = counted(by_id.values().map(|v| v[0].clone()));
        assert_eq!(held.keys().cloned().collect::<BTreeSet<_>>(), keys, "{to}");
        assert!(held.values().all(|c| *c == 1), "{to}: one Message-ID an alert");
        eprintln!(
            "{to}: {n} flips, {} Message-IDs, {} mails, {} of them repeats",
            by_id.len(),
            mine().count(),
            mine().count() - n
        );
    }
    let kept = hooks.kept();
    let mut by_key: BTreeMap<String, String> = BTreeMap::new();
    for k in &kept {
        let body: serde_json::Value = serde_json::from_str(&k.body).unwrap();
        by_key.insert(k.headers["idempotency-key"].clone(), body["alerts"][0]["key"].as_str().unwrap().to_owned());
    }
    let held = counted(by_key.values().cloned());
    assert_eq!(held.keys().cloned().collect::<BTreeSet<_>>(), keys, "webhook");
    assert!(held.values().all(|c| *c == 1), "webhook: one idempotency key an alert");
    eprintln!("webhook: {n} flips, {} keys, {} posts, {} of them repeats", by_key.len(), kept.len(), kept.len() - n);

    // A file can be asked what it holds: no repeats at all.
    let text = std::fs::read_to_string(dir.path().join("alerts.jsonl")).unwrap();
    let lines = text.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let held = counted(lines.map(|l| l["alerts"][0]["key"].as_str().unwrap().to_owned()));
    assert_eq!(held.keys().cloned().collect::<BTreeSet<_>>(), keys, "file");
    assert!(held.values().all(|c| *c == 1), "file: each line once");
    let outbox = story.json(&["alert", "outbox"]);
    let doubts: i64 = outbox.as_array().unwrap().iter().map(|m| m["may have come twice"].as_i64().unwrap()).sum();
    let repeats = (mails.len() - 2 * n) + (kept.len() - n);
    eprintln!("{kills} kills: {repeats} repeats came, {doubts} were marked as possible");
    assert!(repeats as i64 <= doubts, "no repeat that the outbox does not know of");
    let feed = story.run(&["alert", "feed"]);
    let entries = common::out(&feed).matches("<entry>").count();
    assert_eq!(entries, n.min(100), "the feed");
}
