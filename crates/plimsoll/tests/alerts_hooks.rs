//! Alerts by webhook, file and feed; what is told, and what is not.
#![cfg(feature = "serve")]

mod common;
#[path = "common/hooks.rs"]
mod hooks;
#[path = "common/story.rs"]
mod story;

use common::{err, out};
use hooks::{AWAY, FINE, GONE, Hooks, LOST};
use serde_json::Value;
use story::Story;

const RETRY: &str = "[alerts.retry]\nfirst = \"20ms\"\nmost = \"50ms\"\ntimeout = \"5s\"\n";

fn channels(hooks: &Hooks) -> String {
    format!(
        "{RETRY}[alerts.channel.desk]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{}/hook\"\nsecret_env = \"HOOK_KEY\"\n\
         [alerts.channel.log]\nkind = \"file\"\npath = \"alerts.jsonl\"\n",
        hooks.port
    )
}

/// A thesis on credit.
const SPREADS: &str = r#"
title = "Credit decides"
[[claim]]
id = "no-event"
says = "No credit event is under way"
measure = "credit_event"
holds = "value < 3"
"#;

fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(200));
}

#[test]
fn a_hook_is_signed_retried_under_one_key_and_given_up_visibly() {
    let dir = tempfile::tempdir().unwrap();
    let hooks = Hooks::start();
    let mut story = Story::new(dir.path());
    story.configure(&channels(&hooks));
    story.grow(&[4.2; 30]);
    story.watch();
    // The answer is lost once, the receiver is away once, then all is well.
    hooks.mode(LOST);
    story.grow(&[3.9, 3.8]);
    story.watch();
    hooks.mode(AWAY);
    pause();
    story.watch();
    hooks.mode(FINE);
    pause();
    story.watch();
    // At least once without an answer (a slow machine may find time for a second try), then once with.
    let kept = hooks.kept();
    let came = kept.len();
    assert!(came >= 2, "{kept:?}");
    assert!(kept.iter().all(|k| k.headers["idempotency-key"] == kept[0].headers["webhook-id"]), "one key for every try");
    let last = &kept[came - 1];
    let body: Value = serde_json::from_str(&last.body).unwrap();
    let alert = &body["alerts"][0];
    assert_eq!((&alert["from"], &alert["to"], &alert["day"]), (&"holds".into(), &"fails".into(), &"2023-02-16".into()));

    // The signature, checked by OpenSSL.
    let k = last;
    let signed = format!("{}.{}.{}", k.headers["webhook-id"], k.headers["webhook-timestamp"], k.body);
    std::fs::write(dir.path().join("signed"), signed).unwrap();
    let o = std::process::Command::new("openssl")
        .args(["dgst", "-sha256", "-mac", "HMAC", "-macopt"])
        .arg(format!("hexkey:{}", hex_key()))
        .args(["-binary", "-out", "mac", "signed"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(o.status.success(), "{}", err(&o));
    let b64 =
        std::process::Command::new("openssl").args(["base64", "-A", "-in", "mac"]).current_dir(dir.path()).output().unwrap();
    assert_eq!(k.headers["webhook-signature"], format!("v1,{}", out(&b64)));
    let age = jiff::Timestamp::now().as_second() - k.headers["webhook-timestamp"].parse::<i64>().unwrap();
    assert!((0..60).contains(&age), "stamped at this try");

    // A receiver that is gone: dead at once, listed, and sent again when asked.
    hooks.mode(GONE);
    story.grow(&[4.1, 4.2]);
    story.watch();
    let dead = story.json(&["alert", "dead"]);
    assert_eq!((dead.as_array().unwrap().len(), &dead[0]["what was said"]), (1, &"HTTP 404".into()));
    hooks.mode(FINE);
    pause();
    story.watch();
    assert_eq!(hooks.kept().len(), came, "what is dead is not sent");
    let id = dead[0]["message"].to_string();
    assert!(story.run(&["alert", "retry", &id]).status.success());
    story.watch();
    assert_eq!(hooks.kept().len(), came + 1);
    assert_eq!(story.run(&["alert", "retry", &id]).status.code(), Some(2), "it is dead no more");

    // Both flips are in the file, each once.
    let lines = std::fs::read_to_string(dir.path().join("alerts.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    // The key is shown nowhere.
    for o in [story.run(&["alert", "outbox"]), story.run(&["alert", "dead"])] {
        assert!(!format!("{}{}", out(&o), err(&o)).contains("MfKQ9"), "{}", out(&o));
    }
}

/// `MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw` decoded, in hexadecimal.
fn hex_key() -> String {
    let o = std::process::Command::new("sh")
        .args(["-c", "printf MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | openssl base64 -d -A | od -An -tx1 | tr -d ' \\n'"])
        .output()
        .unwrap();
    out(&o)
}

#[test]
fn slack_and_discord_get_the_bodies_they_take() {
    let dir = tempfile::tempdir().unwrap();
    let hooks = Hooks::start();
    let mut story = Story::new(dir.path());
    let channel =
        |kind: &str| format!("[alerts.channel.{kind}]\nkind = \"{kind}\"\nurl = \"http://127.0.0.1:{}/{kind}\"\n", hooks.port);
    story.configure(&format!("{RETRY}{}{}", channel("slack"), channel("discord")));
    story.grow(&[4.2; 30]);
    story.watch();
    story.grow(&[3.9, 3.8]);
    story.watch();
    let bodies: Vec<Value> = hooks.kept().iter().map(|k| serde_json::from_str(&k.body).unwrap()).collect();
    let discord = bodies.iter().find(|b| b["embeds"].is_array()).expect("Discord's");
    assert!(discord["embeds"][0]["title"].as_str().unwrap().contains("holds → fails"));
    assert_eq!(discord["allowed_mentions"]["parse"], serde_json::json!([]));
    let slack = bodies.iter().find(|b| b["blocks"].is_array()).expect("Slack's");
    assert_eq!(slack["blocks"][0]["type"], "header");
    assert!(slack["text"].as_str().unwrap().contains("holds → fails"));
}

#[test]
fn what_is_told_does_not_depend_on_when_somebody_looked() {
    // Ten flips, looked at each session by one and once by another.
    let yields: Vec<f64> = (0..60).map(|n| if (n / 6) % 2 == 0 { 4.2 } else { 3.8 }).collect();
    let told = |step: usize| {
        let dir = tempfile::tempdir().unwrap();
        let mut story = Story::new(dir.path());
        story.configure("");
        story.grow(&yields[..2]);
        story.watch();
        for part in yields[2..].chunks(step) {
            story.grow(part);
            story.watch();
        }
        let list = story.json(&["alert", "list", "--limit", "1000"]);
        let rows = list.as_array().unwrap().iter().filter(|a| a["kind"] == "flip");
        let mut keys: Vec<String> = rows.map(|a| format!("{} {} {}", a["as of"], a["to"], a["key"])).collect();
        keys.sort();
        (keys, story.flips().len())
    };
    let (each, flips) = told(1);
    assert_eq!(each.len(), flips);
    assert!(flips >= 8);
    assert_eq!(told(58).0, each);
}

#[test]
fn revisions_stale_data_and_refused_rows_are_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut story = Story::new(dir.path());
    story.configure("");
    // Ten sessions are missing at first; the figure of the one before stands for them.
    let yields = [&[4.2; 20][..], &[3.95; 10][..], &[4.1; 2][..]].concat();
    let import = |story: &Story, without: std::ops::Range<usize>, n: usize| {
        let rows = story.days.iter().zip(&yields).enumerate().take(n).filter(|(i, _)| !without.contains(i));
        let rows: String = rows.map(|(_, (d, y))| format!("{d},{y:.2}\n")).collect();
        std::fs::write(dir.path().join("DGS10.csv"), format!("observation_date,DGS10\n{rows}")).unwrap();
        assert!(story.run(&["import", "DGS10.csv"]).status.success());
    };
    let file = dir.path().join("DGS10.csv");
    story.yields.clear();
    import(&story, 20..30, 31);
    story.watch();
    import(&story, 0..0, 32);
    story.watch();
    let list = |story: &Story, kind: &str| -> Vec<Value> {
        let all = story.json(&["alert", "list", "--limit", "1000"]);
        all.as_array().unwrap().iter().filter(|a| a["kind"] == kind).cloned().collect()
    };
    let revisions = list(&story, "revision");
    assert_eq!(revisions.len(), 1, "{revisions:?}");
    assert_eq!((&revisions[0]["from"], &revisions[0]["to"]), (&"holds".into(), &"fails".into()));
    story.watch();
    assert_eq!(list(&story, "revision").len(), 1);

    // As of a past day five sessions after the last, the source is stale; as of the next it is not.
    let (soon, late) = (story.days[33].to_string(), story.days[40].to_string());
    let quiet = tempfile::tempdir().unwrap();
    let state = format!("state = \"{}\"\n", quiet.path().display());
    story.configure(&state);
    for (day, expected) in [(soon, 0), (late, 1)] {
        assert!(story.run(&["watch", "yields.toml", "--once", "--as-of", &day]).status.success());
        let stale = list(&story, "data");
        assert_eq!(stale.len(), expected, "{day}: {stale:?}");
    }

    // A file of which most rows are refused.
    std::fs::write(&file, "observation_date,DGS10\n2023-03-01,x\n2023-03-02,y\n2023-03-03,4.0\n").unwrap();
    story.run(&["import", "DGS10.csv"]);
    story.run(&["watch", "yields.toml", "--once", "--as-of", &story.days[41].to_string()]);
    let refused = list(&story, "data");
    assert_eq!(refused.len(), 2, "{refused:?}");
}

#[test]
fn a_later_vintage_that_would_have_changed_what_was_told_is_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut story = Story::new(dir.path());
    story.configure("");
    // Revised before anybody watched: no news.
    let first = [&[3.8; 5][..], &[4.2; 55][..]].concat();
    let publish = |story: &mut Story, yields: &[f64]| {
        let rows: String = story.days.iter().zip(yields).map(|(d, y)| format!("{d},{y:.2}\n")).collect();
        std::fs::write(dir.path().join("DGS10.csv"), format!("observation_date,DGS10\n{rows}")).unwrap();
        // Put out on the last day that it holds.
        let vintage = story.days[yields.len() - 1].to_string();
        let o = story.run(&["import", "DGS10.csv", "--vintage", &format!("{vintage}T12:00:00-05:00")]);
        assert!(o.status.success(), "{}", err(&o));
    };
    publish(&mut story, &first);
    let mut before = first.clone();
    before[10..12].fill(3.7);
    publish(&mut story, &before);
    let list = |story: &Story, kind: &str| -> Vec<Value> {
        let all = story.json(&["alert", "list", "--limit", "1000"]);
        all.as_array().unwrap().iter().filter(|a| a["kind"] == kind).cloned().collect()
    };
    story.watch();
    story.watch();
    assert_eq!(list(&story, "revision"), Vec::<Value>::new());
    let flips = story.flips();

    // Three sessions are restated below the threshold, a fourth without crossing it.
    let mut restated = before.clone();
    restated[30..33].copy_from_slice(&[3.9, 3.85, 3.95]);
    restated[33] = 4.1;
    publish(&mut story, &restated);
    story.watch();
    let told = list(&story, "revision");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["from"], &told[0]["to"]), (&"holds".into(), &"fails".into()));
    // A yield is known on the session after it.
    assert_eq!(told[0]["since"], story.days[31].to_string(), "{told:?}");
    let text = out(&story.run(&["alert", "feed"]));
    assert!(text.contains("3 past sessions") && text.contains("holds at 4.20") && text.contains("fails at 3.90"), "{text}");
    assert_eq!(story.flips(), flips, "what was known then stays");
    assert_eq!(list(&story, "flip").len(), 0, "today's verdict did not move");
    story.watch();
    // The same file again, and sessions that are merely new, say nothing.
    publish(&mut story, &restated);
    publish(&mut story, &[&restated[..], &[4.2, 4.2]].concat());
    story.watch();
    assert_eq!(list(&story, "revision").len(), 1);

    // Taken back in part.
    let mut back = [&restated[..], &[4.2, 4.2]].concat();
    back[31] = 4.2;
    publish(&mut story, &back);
    story.watch();
    let told = list(&story, "revision");
    assert_eq!(told.len(), 2, "{told:?}");
    let last = told.iter().find(|a| a["to"] == "holds").unwrap();
    assert_eq!((&last["from"], &last["since"]), (&"fails".into(), &story.days[32].to_string().into()));
}

/// Calm for a year, then three weeks in which high-yield spreads rise by 20 bp a session, then calm below where it began.
#[test]
fn a_credit_event_is_told_when_all_signs_are_there_and_when_none_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let hooks = Hooks::start();
    let mut story = Story::of(dir.path(), "BAMLH0A0HYM2", SPREADS);
    story.configure(&channels(&hooks));
    let calm: Vec<f64> = (0..260).map(|i| 4.0 + 0.01 * f64::from(i % 7)).collect();
    story.grow(&calm);
    story.watch();
    let list = |story: &Story| -> Vec<Value> {
        let all = story.json(&["alert", "list", "--limit", "1000"]);
        all.as_array().unwrap().iter().filter(|a| a["kind"] == "credit-event").cloned().collect()
    };
    assert_eq!(list(&story), Vec::<Value>::new());
    // 200 bp above the low are reached by the tenth session of the rise, and known on the session after it.
    let rise: Vec<f64> = (1..=15).map(|i| 4.0 + 0.2 * f64::from(i)).collect();
    for part in rise.chunks(4) {
        story.grow(part);
        story.watch();
    }
    let began = list(&story);
    assert_eq!(began.len(), 1, "told once however often somebody looks: {began:?}");
    assert_eq!((&began[0]["to"], &began[0]["as of"]), (&"began".into(), &story.days[260 + 10].to_string().into()));
    story.grow(&[3.9; 40]);
    story.watch();
    let told = list(&story);
    let over = told.iter().find(|a| a["to"] == "over").expect("it is over");
    // On the day that the fall is known no sign is left.
    assert_eq!((told.len(), &over["as of"]), (2, &story.days[275 + 1].to_string().into()));
    let bodies: Vec<Value> = hooks.kept().iter().map(|k| serde_json::from_str(&k.body).unwrap()).collect();
    let alerts: Vec<&Value> = bodies.iter().flat_map(|b| b["alerts"].as_array().unwrap()).collect();
    let event = alerts.iter().find(|a| a["kind"] == "credit-event" && a["to"] == "began").expect("the hook was told");
    assert!(event["headline"].as_str().unwrap().contains("credit event has begun"), "{event}");
    assert_eq!(event["figures"].as_array().unwrap().len(), 2, "{event}");
}

#[test]
fn a_wrong_configuration_is_said_before_anything_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let mut story = Story::new(dir.path());
    story.grow(&[4.2; 3]);
    for (text, expected) in [
        ("[alerts.channel.x]\nkind = \"webhook\"\nurl = \"https://e.org\"\n", "secret_env"),
        ("[alerts.channel.x]\nkind = \"pigeon\"\n", "pigeon"),
        ("quiet = { from = \"9pm\", to = \"07:00\" }\n", "9pm"),
    ] {
        story.configure(text);
        let o = story.run(&["watch", "yields.toml", "--once"]);
        assert_eq!(o.status.code(), Some(2), "{text}");
        assert!(err(&o).contains(expected), "{}", err(&o));
    }
}
