//! One source: cold, nothing new, revised, throttled, changed, refused, led astray, through a proxy, with clocks apart.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use plimsoll_model::time::Moment;

use crate::common;
use crate::desk::Desk;
use crate::loopback::{Fault, Loopback};

const DGS10: &str = "fred.stlouisfed.org/graph/fredgraph.csv?id=DGS10";

fn series(last: &str) -> Vec<u8> {
    format!("observation_date,DGS10\n2024-01-02,3.95\n2024-01-03,3.91\n2024-01-04,{last}\n").into_bytes()
}

#[test]
fn cold_then_nothing_new_then_a_revision() {
    let publisher = Loopback::empty();
    publisher.put(DGS10, series("3.99"));
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    let cold = desk.run(&["sync", "fred"]);
    assert!(cold.status.success(), "{}", common::err(&cold));
    assert_eq!(desk.rows(), 3);
    let first = publisher.log();
    assert_eq!(first.len(), 1);
    assert!(first[0].header("user-agent").starts_with("Plimsoll/"));

    // Within the hour nobody is asked; later, with the tag, and nothing is written.
    assert!(desk.run(&["sync", "fred"]).status.success());
    assert!(publisher.log().is_empty());
    desk.age("fred");
    let begun = std::time::Instant::now();
    assert!(desk.run(&["sync", "fred"]).status.success());
    assert!(begun.elapsed().as_secs() < 3);
    assert!(publisher.log()[0].headers.contains_key("if-none-match"));
    assert_eq!(desk.rows(), 3);

    publisher.put(DGS10, series("4.05"));
    desk.age("fred");
    let revised = desk.run(&["sync", "fred"]);
    assert!(common::err(&revised).contains("1 values were revised"), "{}", common::err(&revised));
    assert_eq!(desk.rows(), 4);
    // The publisher returns to the first version: that is news, too.
    publisher.put(DGS10, series("3.99"));
    desk.age("fred");
    assert!(desk.run(&["sync", "fred"]).status.success());
    assert_eq!(desk.rows(), 5);
}

#[test]
fn throttled_and_broken_answers_are_asked_for_again() {
    let publisher = Loopback::empty();
    publisher.put(DGS10, series("3.99"));
    publisher.once(DGS10, Fault::Status(429, "1"));
    publisher.once(DGS10, Fault::Break(20));
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    let begun = std::time::Instant::now();
    let done = desk.run(&["sync", "fred"]);
    assert!(done.status.success(), "{}", common::err(&done));
    assert!(begun.elapsed().as_millis() >= 1000, "Retry-After was not obeyed");
    assert_eq!(publisher.log().len(), 3);
    assert_eq!(desk.rows(), 3);
}

#[test]
fn a_changed_layout_is_an_error_with_the_file_kept_and_no_row() {
    let publisher = Loopback::empty();
    publisher.put(DGS10, "<!DOCTYPE html><html>maintenance</html>");
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    let failed = desk.run(&["sync", "fred"]);
    assert_eq!(failed.status.code(), Some(2));
    let told = common::err(&failed);
    assert!(told.contains("fred") && told.contains("header") || told.contains("content"), "{told}");
    assert!(desk.cache().join("fred/kept/DGS10.csv").exists());
    assert_eq!(desk.rows(), 0);
}

#[test]
fn the_sec_is_not_asked_without_a_contact_and_is_told_one() {
    let publisher = Loopback::empty();
    let tickers = br#"{"0":{"cik_str":320193,"ticker":"AAPL","title":"Apple Inc."}}"#;
    publisher.put("www.sec.gov/files/company_tickers.json", tickers);
    let nobody = Desk::new(&publisher, "ciks = [1]");
    assert_eq!(nobody.run(&["sync", "sec"]).status.code(), Some(2));
    assert!(publisher.log().is_empty());
    let desk = Desk::new(&publisher, "ciks = [1]\ncontact = \"Jane Doe jane@example.org\"");
    let _ = desk.run(&["sync", "sec"]);
    let log = publisher.log();
    assert!(!log.is_empty());
    assert!(log.iter().all(|a| a.header("user-agent").ends_with("Jane Doe jane@example.org")), "{log:?}");
    assert!(log.iter().any(|a| a.target.ends_with("CIK0000000001.json")));
    assert!(desk.store().exists());
}

#[test]
fn an_error_told_in_words_with_status_200_is_no_data() {
    let publisher = Loopback::empty();
    publisher.always("stooq.com/", Fault::Says("Exceeded the daily hits limit"));
    let desk = Desk::new(&publisher, "symbols = [\"SPY\"]");
    let failed = desk.run(&["sync", "stooq"]);
    assert_eq!(failed.status.code(), Some(2));
    let told = common::err(&failed);
    assert!(told.contains("Exceeded the daily hits limit") && told.contains("kept"), "{told}");
    assert_eq!(desk.rows(), 0);
}

#[test]
fn a_redirect_to_somebody_else_is_not_followed_and_one_to_a_host_of_the_publisher_is() {
    let publisher = Loopback::empty();
    publisher.put(DGS10, series("3.99"));
    publisher.once(DGS10, Fault::Leads("https://elsewhere.example.org/x.csv".into()));
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    let failed = desk.run(&["sync", "fred"]);
    assert_eq!(failed.status.code(), Some(2));
    assert!(common::err(&failed).contains("leads to https://elsewhere.example.org"), "{}", common::err(&failed));
    // Away from encryption is as bad.
    publisher.once(DGS10, Fault::Leads("http://fred.stlouisfed.org/graph/fredgraph.csv?id=DGS10".into()));
    assert_eq!(desk.run(&["sync", "fred"]).status.code(), Some(2));
    assert!(publisher.log().iter().all(|r| r.host() == "fred.stlouisfed.org"));
    publisher.once(DGS10, Fault::Leads("/graph/moved.csv?id=DGS10".into()));
    publisher.put("fred.stlouisfed.org/graph/moved.csv?id=DGS10", series("3.99"));
    let done = desk.run(&["sync", "fred"]);
    assert!(done.status.success(), "{}", common::err(&done));
    assert_eq!(desk.rows(), 3);
}

#[test]
fn a_slow_answer_is_waited_for_and_a_dead_one_is_not() {
    let publisher = Loopback::empty();
    publisher.put(DGS10, series("3.99"));
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]\nattempts = 2\ntimeout_seconds = 1.0");
    publisher.once(DGS10, Fault::Stall(Duration::from_millis(300)));
    assert!(desk.run(&["sync", "fred"]).status.success());
    assert_eq!(publisher.log().len(), 1);
    desk.age("fred");
    publisher.put(DGS10, series("4.05"));
    publisher.once(DGS10, Fault::Stall(Duration::from_secs(20)));
    let begun = Instant::now();
    let done = desk.run(&["sync", "fred"]);
    assert!(done.status.success(), "{}", common::err(&done));
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!((publisher.log().len(), desk.rows()), (2, 4));
}

#[test]
fn a_clock_behind_the_publisher_is_said_and_one_ahead_is_no_matter() {
    let publisher = Loopback::empty();
    publisher.put(DGS10, series("3.99"));
    let now = Moment(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros() as i64);
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    publisher.now(Moment(now.0 + 2 * 3_600_000_000));
    let failed = desk.run(&["sync", "fred"]);
    assert_eq!(failed.status.code(), Some(2));
    let told = common::err(&failed);
    assert!(told.contains("clock") && (told.contains("119 minutes") || told.contains("120 minutes")), "{told}");
    assert_eq!(desk.rows(), 0);
    publisher.now(Moment(now.0 - 2 * 3_600_000_000));
    let done = desk.run(&["sync", "fred"]);
    assert!(done.status.success(), "{}", common::err(&done));
    assert_eq!(desk.rows(), 3);
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    let (publisher, proxy) = (Loopback::empty(), Proxy::start());
    publisher.put(DGS10, series("3.99"));
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    let through = |name: &str| {
        let mut command = desk.command(&["sync", "fred"]);
        for other in ["no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        {
            command.env_remove(other);
        }
        command.env(name, &proxy.address).output().expect("the program runs")
    };
    let done = through("ALL_PROXY");
    assert!(done.status.success(), "{}", common::err(&done));
    assert_eq!((proxy.seen.load(Ordering::SeqCst), publisher.log().len(), desk.rows()), (1, 1, 3));
}

#[test]
fn two_syncs_at_once_leave_the_publisher_to_one_of_them() {
    let publisher = Loopback::empty();
    publisher.put(DGS10, series("3.99"));
    publisher.once(DGS10, Fault::Stall(Duration::from_millis(2500)));
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    let first = desk.command(&["sync", "fred"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
    while publisher.peek() == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = desk.run(&["sync", "fred"]);
    let first = first.wait_with_output().expect("an end");
    assert!(first.status.success() && second.status.success(), "{} {}", common::err(&first), common::err(&second));
    assert!(common::out(&second).contains("another sync is asking this publisher"), "{}", common::out(&second));
    assert_eq!((publisher.log().len(), desk.rows()), (1, 3));
    desk.open().verify().expect("a whole store");
    // Freed: the next one may ask.
    desk.age("fred");
    assert!(desk.run(&["sync", "fred"]).status.success());
    assert_eq!(publisher.log().len(), 1);
}

#[test]
fn without_a_key_a_source_is_left_out_unless_it_is_named_and_a_dry_run_asks_nobody() {
    let publisher = Loopback::empty();
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]\nfunds = [\"IWM\"]\nwithout = [\"sec\"]");
    let mut command = desk.command(&["sync", "--dry-run"]);
    for key in ["FRED_API_KEY", "TIINGO_API_KEY", "EODHD_API_KEY"] {
        command.env_remove(key);
    }
    let plan = command.output().expect("the program runs");
    let told = common::err(&plan);
    assert!(plan.status.success(), "{told}");
    assert!(told.contains("alfred is left out") && told.contains("FRED_API_KEY"), "{told}");
    let table = common::out(&plan);
    assert!(table.lines().any(|l| l.contains("fred ") && l.contains("0.3 MB") && l.contains("fred.stlouisfed.org")), "{table}");
    assert!(!table.contains("cme"), "the exchange has not agreed");
    let named = desk.command(&["sync", "alfred"]).env_remove("FRED_API_KEY").output().expect("the program runs");
    assert_eq!(named.status.code(), Some(2), "{}", common::err(&named));
    assert!(publisher.log().is_empty());
    // In pipes, and these are, no bar and no colour is drawn.
    assert!(![&plan.stderr, &named.stderr, &named.stdout].iter().any(|t| t.contains(&0x1b)));
}

/// Passes on what comes, by tunnel or by address.
struct Proxy {
    address: String,
    seen: Arc<AtomicUsize>,
}

impl Proxy {
    fn start() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || drop(pass_on(stream)));
            }
        });
        Proxy { address, seen }
    }
}

fn pass_on(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let to = text.split(' ').nth(1).unwrap_or_default().trim_start_matches("http://");
    let mut there = TcpStream::connect(to.split('/').next().unwrap_or_default())?;
    if text.starts_with("CONNECT") {
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        there.write_all(text.replacen(&format!("http://{}", to.split('/').next().unwrap_or_default()), "", 1).as_bytes())?;
    }
    let (mut from_client, mut to_client) = (stream.try_clone()?, stream);
    let (mut from_server, mut to_server) = (there.try_clone()?, there);
    std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
    std::io::copy(&mut from_server, &mut to_client)?;
    to_client.shutdown(std::net::Shutdown::Both)
}
