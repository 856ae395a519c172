//! `plimsoll sync` against a loopback server that speaks as the publishers do.

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// One request as it came in.
#[derive(Clone, Debug)]
struct Asked {
    target: String,
    headers: BTreeMap<String, String>,
}

#[derive(Default)]
struct State {
    /// Bodies by host and path.
    files: BTreeMap<String, Vec<u8>>,
    /// Answers given once, before the file: status and `Retry-After`.
    first: Vec<(String, u16, u64)>,
    /// Bytes after which the next answer of this path breaks off.
    breaks: Vec<(String, usize)>,
    log: Vec<Asked>,
}

/// Serves `/HOST/PATH` with tags and ranges.
struct Publisher {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Publisher {
    fn start() -> Publisher {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || answer(&stream, &state));
            }
        });
        Publisher { address, state }
    }
    fn put(&self, path: &str, body: &[u8]) {
        self.state.lock().unwrap().files.insert(path.to_owned(), body.to_vec());
    }
    fn log(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.lock().unwrap().log)
    }
}

fn answer(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let mut state = state.lock().unwrap();
    state.log.push(Asked { target: target.clone(), headers: headers.clone() });
    let mut out = stream;
    if let Some(i) = state.first.iter().position(|f| target.starts_with(&f.0)) {
        let (_, status, after) = state.first.remove(i);
        let text = format!("HTTP/1.1 {status} No\r\nRetry-After: {after}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let _ = out.write_all(text.as_bytes());
        return;
    }
    let Some(body) = state.files.get(&target).cloned() else {
        let _ = out.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    };
    let tag = format!("\"{}\"", plimsoll_store::hash(&body));
    if headers.get("if-none-match") == Some(&tag) {
        let text = format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\nConnection: close\r\n\r\n");
        let _ = out.write_all(text.as_bytes());
        return;
    }
    let from = headers.get("range").filter(|_| headers.get("if-range") == Some(&tag));
    let from: usize = from.and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()).unwrap_or(0);
    let (status, range) = match from {
        0 => ("200 OK", String::new()),
        n => ("206 Partial Content", format!("Content-Range: bytes {n}-{}/{}\r\n", body.len() - 1, body.len())),
    };
    let text =
        format!("HTTP/1.1 {status}\r\nETag: {tag}\r\n{range}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len() - from);
    let most = match state.breaks.iter().position(|b| target.starts_with(&b.0)) {
        Some(i) => state.breaks.remove(i).1,
        None => body.len(),
    };
    let _ = out.write_all(text.as_bytes());
    let _ = out.write_all(&body[from..body.len().min(from + most)]);
}

struct Desk {
    dir: tempfile::TempDir,
    config: PathBuf,
}

impl Desk {
    fn new(publisher: &Publisher, more: &str) -> Desk {
        let dir = tempfile::tempdir().expect("a folder");
        let config = dir.path().join("plimsoll.toml");
        let text = format!("[sync]\nmirror = \"{}\"\npause_seconds = 0.01\n{more}\n", publisher.address);
        std::fs::write(&config, text).expect("a file");
        Desk { dir, config }
    }
    fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .arg("--store")
            .arg(self.store())
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .output()
            .expect("the program runs")
    }
    fn rows(&self) -> u64 {
        let store = plimsoll_store::Store::open_existing(self.store()).expect("a store");
        store.coverage().expect("coverage").iter().map(|c| c.vintages).sum()
    }
    /// Makes everything due again, as a day later.
    fn age(&self) {
        let state = self.dir.path().join("store-fetched/fred/state");
        for file in std::fs::read_dir(state).expect("states").flatten() {
            let text = std::fs::read_to_string(file.path()).expect("a state");
            let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            value["asked_at"] = 1.into();
            std::fs::write(file.path(), value.to_string()).expect("written");
        }
    }
}

const DGS10: &str = "/fred.stlouisfed.org/graph/fredgraph.csv?id=DGS10";

fn series(last: &str) -> Vec<u8> {
    format!("observation_date,DGS10\n2024-01-02,3.95\n2024-01-03,3.91\n2024-01-04,{last}\n").into_bytes()
}

#[test]
fn cold_then_nothing_new_then_a_revision() {
    let publisher = Publisher::start();
    publisher.put(DGS10, &series("3.99"));
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    let cold = desk.run(&["sync", "fred"]);
    assert!(cold.status.success(), "{}", common::err(&cold));
    assert_eq!(desk.rows(), 3);
    let first = publisher.log();
    assert_eq!(first.len(), 1);
    assert!(first[0].headers["user-agent"].starts_with("Plimsoll/"));

    // Within the hour nobody is asked; later, with the tag, and nothing is written.
    assert!(desk.run(&["sync", "fred"]).status.success());
    assert!(publisher.log().is_empty());
    desk.age();
    let begun = std::time::Instant::now();
    assert!(desk.run(&["sync", "fred"]).status.success());
    assert!(begun.elapsed().as_secs() < 3);
    assert!(publisher.log()[0].headers.contains_key("if-none-match"));
    assert_eq!(desk.rows(), 3);

    publisher.put(DGS10, &series("4.05"));
    desk.age();
    let revised = desk.run(&["sync", "fred"]);
    assert!(common::err(&revised).contains("1 values were revised"), "{}", common::err(&revised));
    assert_eq!(desk.rows(), 4);
    // The publisher returns to the first version: that is news, too.
    publisher.put(DGS10, &series("3.99"));
    desk.age();
    assert!(desk.run(&["sync", "fred"]).status.success());
    assert_eq!(desk.rows(), 5);
}

#[test]
fn throttled_and_broken_answers_are_asked_for_again() {
    let publisher = Publisher::start();
    publisher.put(DGS10, &series("3.99"));
    publisher.state.lock().unwrap().first.push((DGS10.into(), 429, 1));
    publisher.state.lock().unwrap().breaks.push((DGS10.into(), 20));
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
    let publisher = Publisher::start();
    publisher.put(DGS10, b"<!DOCTYPE html><html>maintenance</html>");
    let desk = Desk::new(&publisher, "series = [\"DGS10\"]");
    let failed = desk.run(&["sync", "fred"]);
    assert_eq!(failed.status.code(), Some(2));
    let told = common::err(&failed);
    assert!(told.contains("fred") && told.contains("header") || told.contains("content"), "{told}");
    assert!(desk.dir.path().join("store-fetched/fred/kept/DGS10.csv").exists());
    assert_eq!(desk.rows(), 0);
}

#[test]
fn the_sec_is_not_asked_without_a_contact_and_is_told_one() {
    let publisher = Publisher::start();
    let tickers = br#"{"0":{"cik_str":320193,"ticker":"AAPL","title":"Apple Inc."}}"#;
    publisher.put("/www.sec.gov/files/company_tickers.json", tickers);
    let nobody = Desk::new(&publisher, "ciks = [1]");
    assert_eq!(nobody.run(&["sync", "sec"]).status.code(), Some(2));
    assert!(publisher.log().is_empty());
    let desk = Desk::new(&publisher, "ciks = [1]\ncontact = \"Jane Doe jane@example.org\"");
    let _ = desk.run(&["sync", "sec"]);
    let log = publisher.log();
    assert!(!log.is_empty());
    assert!(log.iter().all(|a| a.headers["user-agent"].ends_with("Jane Doe jane@example.org")), "{log:?}");
    assert!(log.iter().any(|a| a.target.ends_with("CIK0000000001.json")));
    assert!(Path::new(&desk.store()).exists());
}
