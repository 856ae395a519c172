//! Alerts by mail through a real server: encryption, refusals, greylisting, bounces, and the one answer that can be lost.
#![cfg(feature = "serve")]

mod common;
#[path = "common/exim.rs"]
mod exim;
#[path = "common/story.rs"]
mod story;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{err, out};
use exim::{Exim, headers};
use jiff::Timestamp;
use mail_parser::MimeHeaders;
use plimsoll::alerts::address::Address;
use plimsoll::alerts::state::State;
use plimsoll::alerts::subscribe::{self, Wish};
use story::Story;

/// A folder that the mail server's own user may enter.
fn open_dir() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    dir
}

const RETRY: &str = "[alerts.retry]\nfirst = \"50ms\"\nmost = \"100ms\"\ntimeout = \"5s\"\n";

/// A story with somebody subscribed, whose claim holds and is about to fail.
fn subscribed(dir: &std::path::Path, section: &str, readers: &[&str]) -> (Story, Vec<[u8; 16]>) {
    let mut story = Story::new(dir);
    story.configure(&format!("base_url = \"https://plimsoll.example.org\"\n{RETRY}{section}"));
    story.grow(&[4.2; 30]);
    assert_eq!(err(&story.watch()), "", "what stands at first is no news");
    let state = State::open(&dir.join("store.alerts")).unwrap();
    let now = Timestamp::now();
    for reader in readers {
        subscribe::request(&state, &Address::parse(reader).unwrap(), Some(&Wish::default()), now).unwrap();
    }
    subscribe::work(&state, now).unwrap();
    let connection = state.read();
    let mut q = connection.prepare("SELECT letter FROM message ORDER BY id").unwrap();
    let letters: Vec<String> = q.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    drop(q);
    // The letters themselves are not part of these tests.
    connection.execute("DELETE FROM message", []).unwrap();
    drop(connection);
    let handles = letters.iter().map(|letter| {
        let letter: serde_json::Value = serde_json::from_str(letter).unwrap();
        subscribe::confirm(&state, letter["token"].as_str().unwrap(), now).unwrap().expect("a good token")
    });
    let handles = handles.collect();
    (story, handles)
}

#[test]
fn a_flip_reaches_a_subscriber_over_starttls_with_all_that_lets_them_judge_and_leave() {
    let dir = open_dir();
    let exim = Exim::start(dir.path());
    let (mut story, _) = subscribed(dir.path(), &exim.section("starttls"), &["reader@example.org"]);
    story.grow(&[3.9, 3.8, 3.7]);
    let watched = story.watch();
    assert!(err(&watched).contains("sent 1"), "{}", err(&watched));
    let mail = exim.wait_for("reader@example.org", 1).remove(0);
    assert!(exim.log().contains("X=TLS1.3"), "{}", exim.log());

    // The yield of 2023-02-15 is 3.90; it is known when the next session opens.
    let flips = story.flips();
    assert_eq!(flips, ["2023-02-16"]);
    let parsed = mail_parser::MessageParser::default().parse(mail.raw.as_bytes()).unwrap();
    assert_eq!(parsed.subject(), Some("The ten-year yield stands at four per cent or more: holds → fails"));
    let (text, html) = (parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap());
    for part in ["now fails; until now it held", "3.90 %", "holds at ≥ 4.00 %", "4.20 %", "A level says nothing of where it goes"]
    {
        assert!(text.contains(part) && html.contains(part), "{part}: {text}");
    }
    assert!(
        text.contains("Since: 2023-02-16") && text.contains("plimsoll.example.org/?as_of=2023-02-16#claim-above-four"),
        "{text}"
    );
    // Nothing later than the session: 3.80 came the day after.
    assert!(!text.contains("3.80") && !html.contains("3.80"));
    // The picture is in the mail, under the name by which the page asks for it.
    let picture = parsed.attachments().find(|a| a.content_id().is_some()).expect("a picture");
    let id = picture.content_id().unwrap();
    assert!(html.contains(&format!("cid:{id}")), "{id}: {html}");
    assert!(picture.contents().starts_with(b"\x89PNG"));

    assert_eq!(headers(&mail.raw, "List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
    let leave = mail.header("List-Unsubscribe").unwrap();
    assert!(leave.starts_with("<https://plimsoll.example.org/alerts/leave/") && leave.ends_with('>'), "{leave}");
    assert!(!leave.contains("reader") && !leave.contains('@'), "no address in a link: {leave}");
    assert!(mail.from.starts_with("bounces+") && mail.from.ends_with("@example.org"), "{}", mail.from);
    // Nothing is sent again.
    assert_eq!(err(&story.watch()), "");
    assert_eq!(exim.delivered().len(), 1);
}

#[test]
fn tls_is_kept_from_the_first_byte_and_an_unknown_authority_is_refused() {
    let dir = open_dir();
    let exim = Exim::start(dir.path());
    let story = Story::new(dir.path());
    let desk = "[alerts.channel.desk]\nkind = \"mail\"\nto = [\"desk@example.org\"]\n";
    story.configure(&format!("{RETRY}{}{desk}", exim.section("tls")));
    std::fs::create_dir_all(story.store()).unwrap();
    let o = story.run(&["alert", "test", "desk"]);
    assert!(o.status.success(), "{} {}", err(&o), exim.log());
    let mail = exim.wait_for("desk@example.org", 1).remove(0);
    assert!(mail.raw.contains("This is a trial"), "{}", mail.raw);
    assert!(mail.header("List-Unsubscribe").is_none(), "who is written to by the operator leaves by the operator");

    for tls in ["tls", "starttls"] {
        let section = exim.section(tls).lines().filter(|l| !l.starts_with("ca_file")).collect::<Vec<_>>().join("\n");
        story.configure(&format!("{RETRY}{section}\n{desk}"));
        let o = story.run(&["alert", "test", "desk"]);
        assert_eq!(o.status.code(), Some(2), "{}", out(&o));
        assert!(err(&o).contains("certificate") || err(&o).contains("UnknownIssuer"), "{}", err(&o));
        assert!(!err(&o).contains("desk@"), "no address in an error: {}", err(&o));
    }
    assert_eq!(exim.delivered().len(), 1, "nothing went to a server that is not trusted");
    // `alert test` names what it does not know.
    let o = story.run(&["alert", "test", "dsk"]);
    assert!(err(&o).contains("did you mean `desk`?"), "{}", err(&o));
}

#[test]
fn a_refusal_stops_delivery_and_greylisting_only_delays_it() {
    let dir = open_dir();
    let exim = Exim::start(dir.path());
    let (mut story, handles) =
        subscribed(dir.path(), &exim.section("starttls"), &["refused@example.org", "grey@example.org", "other@elsewhere.org"]);
    story.grow(&[3.9, 3.8]);
    let first = story.watch();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let second = story.watch();
    exim.wait_for("grey@example.org", 1);
    let outbox = story.json(&["alert", "outbox"]);
    let said: Vec<String> = outbox.as_array().unwrap().iter().map(|m| format!("{} {}", m["state"], m["what was said"])).collect();
    assert_eq!(said, [r#""dead" "550 5.1.1 after RCPT""#, r#""done" null"#, r#""dead" "550 5.7.1 after RCPT""#]);
    assert!(exim.log().contains("greylisted"), "it was refused at first");

    // Who does not exist is written to no more; who was refused by policy may be.
    let state = State::open(&dir.path().join("store.alerts")).unwrap();
    assert_eq!(subscribe::counts(&state).unwrap(), [("active".to_owned(), 2), ("bounced".to_owned(), 1)]);
    assert!(subscribe::wish(&state, handles[0]).unwrap().is_none());
    story.grow(&[4.1, 4.2]);
    story.watch();
    exim.wait_for("grey@example.org", 2);
    let asked = std::fs::read_to_string(exim.dir.join("log/rejectlog")).unwrap().matches("RCPT <refused@example.org>").count();
    assert_eq!(asked, 1, "the server was asked once");

    // Addresses appear nowhere but in the database.
    let dead = story.run(&["alert", "dead"]);
    let feed = story.run(&["alert", "feed"]);
    for text in [err(&first), err(&second), out(&first), out(&dead), err(&dead), out(&feed), outbox.to_string()] {
        assert!(!text.contains("@example.org") && !text.contains("@elsewhere"), "{text}");
    }
    assert!(out(&feed).contains("urn:plimsoll:alert:") && out(&feed).contains("holds → fails"), "{}", out(&feed));
}

#[test]
fn a_mail_that_bounces_later_stops_the_next_and_a_forged_notice_does_not() {
    let dir = open_dir();
    let exim = Exim::start(dir.path());
    let (mut story, handles) = subscribed(dir.path(), &exim.section("starttls"), &["vanished@example.org", "reader@example.org"]);
    story.grow(&[3.9, 3.8]);
    story.watch();
    let reader = exim.wait_for("reader@example.org", 1).remove(0);
    // The server took the mail to the vanished mailbox, and sends a notice to the envelope's sender.
    let notice = exim.wait_for("bounces+", 1).remove(0);
    assert!(notice.raw.contains("message/delivery-status"), "{}", notice.raw);

    // A notice about somebody whose tag one cannot know changes nothing.
    let forged = dir.path().join("forged");
    std::fs::write(&forged, notice.raw.replace(&notice.to, &reader.from.replace(|c: char| c.is_ascii_digit(), "0"))).unwrap();
    let o = story.run(&["alert", "bounce", forged.to_str().unwrap()]);
    assert_eq!(out(&o), "1 messages, 0 failures for good, 0 addresses stopped, 1 about other mails\n");

    let o = story.run(&["alert", "bounce", exim.dir.join("mail/all").to_str().unwrap()]);
    assert!(out(&o).contains("1 failures for good, 1 addresses stopped"), "{} {}", out(&o), err(&o));
    let state = State::open(&dir.path().join("store.alerts")).unwrap();
    assert!(subscribe::wish(&state, handles[0]).unwrap().is_none() && subscribe::wish(&state, handles[1]).unwrap().is_some());
    story.grow(&[4.1, 4.2]);
    story.watch();
    exim.wait_for("reader@example.org", 2);
    assert_eq!(exim.log().matches("<= bounces+").count(), 3, "two mails at first, one after: {}", exim.log());
}

/// Passes everything on, except that the answer to the first message's text is kept from the client.
fn forgetful(port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap().port();
    let lost = Arc::new(AtomicUsize::new(0));
    let count = lost.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            let (mut from_client, mut to_server) = (client, server);
            let ended = Arc::new(AtomicUsize::new(0));
            let seen = ended.clone();
            let count = count.clone();
            std::thread::spawn(move || {
                let mut tail: Vec<u8> = Vec::new();
                let mut buffer = [0; 4096];
                while let Ok(n @ 1..) = from_client.read(&mut buffer) {
                    tail.extend(&buffer[..n]);
                    if tail.windows(5).any(|w| w == b"\r\n.\r\n") {
                        seen.store(1, Ordering::SeqCst);
                    }
                    tail.drain(..tail.len().saturating_sub(8));
                    if to_server.write_all(&buffer[..n]).is_err() {
                        break;
                    }
                }
                let _ = to_server.shutdown(std::net::Shutdown::Both);
            });
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(n @ 1..) = from_server.read(&mut buffer) {
                    if ended.load(Ordering::SeqCst) == 1 && count.fetch_add(1, Ordering::SeqCst) == 0 {
                        break;
                    }
                    if to_client.write_all(&buffer[..n]).is_err() {
                        break;
                    }
                }
                let _ = to_client.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    (here, lost)
}

#[test]
fn where_the_servers_last_answer_is_lost_the_mail_comes_again_under_the_same_id_and_is_counted() {
    let dir = open_dir();
    let exim = Exim::start(dir.path());
    let (port, lost) = forgetful(exim.port);
    let section = exim.section("none").replace(&format!("port = {}", exim.port), &format!("port = {port}"));
    let (mut story, _) = subscribed(dir.path(), &section, &["reader@example.org"]);
    story.grow(&[3.9, 3.8]);
    story.watch();
    assert!(lost.load(Ordering::SeqCst) > 0, "the answer was lost");
    std::thread::sleep(std::time::Duration::from_millis(300));
    story.watch();
    let mails = exim.wait_for("reader@example.org", 2);
    assert_eq!(mails.len(), 2, "the window that SMTP leaves open");
    assert_eq!(mails[0].message_id, mails[1].message_id, "a receiver that knows Message-IDs keeps one");
    assert_eq!(mails[0].header("Date"), mails[1].header("Date"));
    let outbox = story.json(&["alert", "outbox"]);
    assert_eq!((&outbox[0]["state"], &outbox[0]["may have come twice"]), (&"done".into(), &1.into()));
}
