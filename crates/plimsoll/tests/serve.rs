//! The dashboard and its API over a real connection on loopback, on the sample world.
#![cfg(feature = "serve")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;

use plimsoll::serve::app::{App, router};
use plimsoll::serve::pages::PAGES;
use plimsoll::serve::settings::Settings;
use plimsoll::serve::world::World;
use plimsoll_store::Store;

const TOKEN: &str = "a-token-of-the-tests";
const DAY: &str = "2024-02-02";

/// The address of a server over the small world, started once.
fn server() -> &'static str {
    static AT: OnceLock<String> = OnceLock::new();
    AT.get_or_init(|| {
        let store = Store::open_existing(&common::world().store).expect("the store");
        start(
            store,
            Settings { token: Some(TOKEN.into()), public_url: Some("https://plimsoll.example".into()), ..Settings::default() },
        )
    })
}

fn start(store: Store, settings: Settings) -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let world = World::open(store, None, Default::default(), 64 << 20).expect("a world");
            let app = App::new(settings, world).expect("an app");
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            sender.send(listener.local_addr().expect("an address").to_string()).expect("told");
            axum::serve(listener, router(app, None)).await.expect("served");
        });
    });
    receiver.recv().expect("an address")
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|h| h.0 == name).map_or("", |h| h.1.as_str())
    }
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

/// One request, written as bytes, so that nothing is mended on the way.
fn raw(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let at = server();
    let mut stream = TcpStream::connect(at).expect("a connection");
    let mut head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|h| h.0 == "Host") {
        head.push_str(&format!("Host: {at}\r\n"));
    }
    headers.iter().for_each(|(k, v)| head.push_str(&format!("{k}: {v}\r\n")));
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).expect("sent");
    let _ = stream.write_all(body);
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("an answer");
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).expect("a status");
    let headers: Vec<(String, String)> =
        lines.filter_map(|l| l.split_once(": ")).map(|(k, v)| (k.to_lowercase(), v.to_owned())).collect();
    let mut body = all[end + 4..].to_vec();
    if headers.iter().any(|h| h.0 == "transfer-encoding") {
        body = unchunk(&body);
    }
    Answer { status, headers, body }
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = bytes.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap_or("0"), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        out.extend(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 4 + size..];
    }
    out
}

fn get(target: &str) -> Answer {
    raw("GET", target, &[], b"")
}

fn page(target: &str) -> Answer {
    raw("GET", target, &[("Accept", "text/html")], b"")
}

fn places() -> Vec<String> {
    // Made for a reader who waits; one who wants pages would see that it is being made.
    assert_eq!(get(&format!("/?as_of={DAY}")).status, 200);
    let names = [
        ("/claims/{name}", "small-caps-underperform"),
        ("/measures/{name}", "share_in_bear_market"),
        ("/issuers/{name}", ""),
        ("/signals/{name}", "credit"),
        ("/method/{name}", "contribution_share"),
    ];
    let issuer = get(&format!("/api/v1/issuers?as_of={DAY}")).json()["rows"][0]["issuer"].as_str().map(str::to_owned);
    PAGES
        .iter()
        .map(|p| {
            let name = names.iter().find(|n| n.0 == p.route).map_or("", |n| n.1);
            let name = if p.route == "/issuers/{name}" { issuer.as_deref().unwrap_or("none") } else { name };
            format!("{}?as_of={DAY}", p.route.replace("{name}", name))
        })
        .collect()
}

#[test]
fn every_page_is_whole_and_brings_nothing_inline() {
    for place in places() {
        let answer = page(&place);
        let text = answer.text();
        assert_eq!(answer.status, 200, "{place}: {text}");
        assert!(answer.header("content-security-policy").contains("script-src 'self'"), "{place}");
        assert!(!answer.header("content-security-policy").contains("unsafe"), "{place}");
        assert_eq!(text.matches("<h1").count(), 1, "{place}: one title");
        assert_eq!(text.matches("<main").count(), 1, "{place}: one main part");
        assert!(!text.contains(" style=\""), "{place}: the policy forbids styles in the page");
        assert!(!text.contains("<style"), "{place}");
        assert!(
            text.matches("<script").count() == text.matches("<script src=\"/assets/").count(),
            "{place}: scripts of ours alone"
        );
        assert!(!text.contains("NaN") && !text.contains("Some("), "{place}");
        assert!(text.contains("content=\"https://plimsoll.example/") && text.contains("card=png\""), "{place}: a card");
        for asset in text.split('"').filter(|t| t.starts_with("/assets/")) {
            let found = get(asset);
            assert_eq!(found.status, 200, "{asset}");
            assert!(found.header("cache-control").contains("immutable"));
        }
        let card = get(&format!("{place}&card=svg"));
        assert_eq!((card.status, card.header("content-type")), (200, "image/svg+xml"), "{place}");
    }
}

#[test]
fn links_of_a_page_lead_somewhere() {
    let mut seen = std::collections::BTreeSet::new();
    for place in places() {
        let text = page(&place).text();
        for href in text.split("href=\"").skip(1).filter_map(|t| t.split('"').next()).filter(|h| h.starts_with('/')) {
            let href = href.replace("&amp;", "&");
            // One of each kind is enough: the same route with another name or parameter is made the same way.
            let kind: String = href.split('?').next().unwrap_or_default().split('/').take(3).collect::<Vec<_>>().join("/");
            let kind = if kind.starts_with("/measures/")
                || kind.starts_with("/method/")
                || kind.starts_with("/issuers/")
                || kind.starts_with("/claims/")
            {
                format!("{}*{}", kind.split('/').nth(1).unwrap_or_default(), href.contains("format="))
            } else {
                href.clone()
            };
            if seen.insert(kind) {
                let found = get(&href);
                assert!(found.status == 200, "{place} links to {href}: {} {}", found.status, found.text());
            }
        }
        for anchor in text.split("href=\"#").skip(1).filter_map(|t| t.split('"').next()) {
            assert!(text.contains(&format!("id=\"{anchor}\"")), "{place} links to #{anchor}");
        }
    }
    assert!(seen.len() > 30, "{}", seen.len());
}

#[test]
fn the_api_gives_what_the_command_prints() {
    let store = &common::world().store;
    let command = |arguments: &[&str]| common::plimsoll(store, arguments).stdout;
    let served = |target: &str| {
        let answer = get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.body
    };
    let history =
        served(&format!("/api/v1/measures/share_in_bear_market?as_of={DAY}&from=2024-01-02&with=universe=small&format=csv"));
    let printed = command(&[
        "measure",
        "share_in_bear_market",
        "--from",
        "2024-01-02",
        "--to",
        DAY,
        "--with",
        "universe=small",
        "--format",
        "csv",
    ]);
    assert!(printed.len() > 500, "{}", String::from_utf8_lossy(&printed));
    assert_eq!(String::from_utf8_lossy(&history), String::from_utf8_lossy(&printed));
    let check = served(&format!("/api/v1/thesis?as_of={DAY}&format=csv"));
    assert_eq!(String::from_utf8_lossy(&check), String::from_utf8_lossy(&command(&["check", "--as-of", DAY, "--format", "csv"])));
    let status = served(&format!("/api/v1/status?as_of={DAY}&format=csv"));
    assert_eq!(
        String::from_utf8_lossy(&status),
        String::from_utf8_lossy(&command(&["status", "--as-of", DAY, "--format", "csv"]))
    );
    let path = common::world().dir.path().join("served.html");
    command(&["report", "--as-of", DAY, "-o", &path.display().to_string()]);
    assert!(served(&format!("/report?as_of={DAY}")) == std::fs::read(&path).expect("a report"), "the report is the same file");
}

#[test]
fn the_stress_lab_gives_what_the_command_computes() {
    let dir = common::world().dir.path();
    let file = dir.join("lab.toml");
    let text = "extends = \"priced\"\n[policy]\nkind = \"cuts\"\nfirst_quarter = 2\ntotal_bp = 150\npace_bp = 50\n[cash_flow]\ngrowth_per_year = -0.05\n[spreads]\nmultiple = 1.5\n";
    std::fs::write(&file, text).expect("a scenario");
    let arguments = [
        "stress",
        "--as-of",
        DAY,
        "--scenario",
        &file.display().to_string(),
        "--without-ladder",
        "balance-sheet",
        "--all",
        "--format",
        "json",
    ];
    let printed = common::plimsoll(&common::world().store, &arguments);
    let all: Vec<serde_json::Value> =
        serde_json::from_slice(&printed.stdout).unwrap_or_else(|e| panic!("{e}: {}", common::err(&printed)));
    let expected: Vec<(String, i64)> =
        all.iter().filter_map(|r| Some((r["issuer"].as_str()?.to_owned(), r["shortfall in quarter"].as_i64()?))).collect();
    let served = get(&format!("/api/v1/stress/issuers?as_of={DAY}&first=2&depth=150&spread=1.5&growth=-5")).json();
    let found: Vec<(String, i64)> = served["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|r| Some((r["issuer"].as_str()?.to_owned(), r["short in quarter"].as_i64()?)))
        .collect();
    assert!(!expected.is_empty(), "somebody fails");
    assert_eq!(found, expected);
    assert_eq!(served["about"]["failing"], expected.len());
    assert_eq!(served["about"]["issuers"], all.len());
}

#[test]
fn every_form_holds_the_same_rows() {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let target = format!("/api/v1/measures/share_in_bear_market?as_of={DAY}&from=2024-01-02");
    let json = get(&target).json();
    let values: Vec<f64> =
        json["rows"].as_array().unwrap().iter().map(|r| r["share_in_bear_market"].as_f64().unwrap_or(-1.0)).collect();
    assert!(values.len() > 15);
    let of = |batch: &arrow_array::RecordBatch| -> Vec<f64> {
        let column = batch.column_by_name("share_in_bear_market").expect("the column");
        column.as_any().downcast_ref::<arrow_array::Float64Array>().unwrap().iter().map(|v| v.unwrap_or(-1.0)).collect()
    };
    let parquet = get(&format!("{target}&format=parquet"));
    assert!(parquet.header("content-disposition").contains("share_in_bear_market-2024-02-02.parquet"));
    let file = common::world().dir.path().join("served.parquet");
    std::fs::write(&file, &parquet.body).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&file).unwrap()).unwrap().build().unwrap();
    let read: Vec<f64> = reader.flat_map(|b| of(&b.unwrap())).collect();
    assert_eq!(read, values);
    let arrow = get(&format!("{target}&format=arrow"));
    let reader = arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(arrow.body), None).unwrap();
    let read: Vec<f64> = reader.flat_map(|b| of(&b.unwrap())).collect();
    assert_eq!(read, values);
}

#[test]
fn pages_of_rows_join_to_the_whole() {
    let target = format!("/api/v1/thesis/verdicts?as_of={DAY}&limit=1000");
    let first = get(&target);
    assert!(first.header("link").contains("rel=\"next\""));
    let total = first.json()["total"].as_u64().unwrap();
    let (mut next, mut rows) = (Some(target), Vec::new());
    while let Some(target) = next {
        let answer = get(&target).json();
        rows.extend(answer["rows"].as_array().unwrap().iter().map(ToString::to_string));
        next = answer["next"].as_str().map(str::to_owned);
        assert!(rows.len() as u64 <= total);
    }
    assert_eq!(rows.len() as u64, total);
    let distinct: std::collections::BTreeSet<&String> = rows.iter().collect();
    assert_eq!(distinct.len(), rows.len());
}

#[test]
fn a_reader_who_has_the_answer_gets_none() {
    let target = format!("/?as_of={DAY}");
    let plain = get(&target);
    let tag = plain.header("etag").to_owned();
    assert!(tag.starts_with('"'));
    assert_eq!(raw("GET", &target, &[("If-None-Match", &tag)], b"").status, 304);
    let packed = raw("GET", &target, &[("Accept-Encoding", "gzip")], b"");
    assert_eq!(packed.header("content-encoding"), "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain.text());
    assert!(packed.body.len() < 150_000, "the first page is light: {}", packed.body.len());
    let head = raw("HEAD", &target, &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn what_cannot_be_answered_is_refused_in_one_form_and_tells_nothing() {
    let long = format!("/?as_of={DAY}&since={}", "1".repeat(5_000));
    let huge = format!("/measures/share_in_bear_market?as_of={DAY}&with=universe={}", "a".repeat(900));
    let cases: &[(&str, &str, u16)] = &[
        ("GET", "/api/v1/thesis", 400),
        ("GET", "/api/v1/thesis?as_of=", 400),
        ("GET", "/api/v1/thesis?as_of=2024-02-30", 400),
        ("GET", "/api/v1/thesis?as_of=2024-02-02&as_of=2024-02-01", 400),
        ("GET", "/api/v1/thesis?as_of=0001-01-01", 404),
        ("GET", "/api/v1/thesis?as_of=9999-12-31", 404),
        ("GET", "/api/v1/thesis?as_of=2024-02-02%00", 400),
        ("GET", "/api/v1/thesis?as_of=%ff%fe", 400),
        ("GET", "/api/v1/thesis?as_of=2024-02-02&limit=0", 400),
        ("GET", "/api/v1/thesis?as_of=2024-02-02&limit=99999999999999999999", 400),
        ("GET", "/api/v1/thesis?as_of=2024-02-02&format=xml", 400),
        ("GET", "/api/v1/thesis?as_of=2024-02-02&fromat=csv", 400),
        ("GET", "/api/v1/thesis/verdicts?as_of=2024-02-02&claim=small-caps-underperfrom", 404),
        ("GET", "/api/v1/measures/contribution_shar?as_of=2024-02-02", 404),
        ("GET", "/api/v1/measures/share_in_bear_market?as_of=2024-02-02&with=univers=small", 400),
        ("GET", "/api/v1/measures/share_in_bear_market?as_of=2024-02-02&with=universe=top:0", 400),
        ("GET", "/api/v1/measures/share_in_bear_market?as_of=2024-02-02&from=2024-03-01", 400),
        ("GET", "/api/v1/measures/share_in_bear_market?as_of=2024-02-02&from=1800-01-01", 404),
        ("GET", "/api/v1/stress/issuers?as_of=2024-02-02&first=14", 400),
        ("GET", "/api/v1/stress/issuers?as_of=2024-02-02&depth=NaN", 400),
        ("GET", "/api/v1/stress/issuers?as_of=2024-02-02&growth=1e308", 400),
        ("GET", "/api/v1/stress/issuers?as_of=2024-02-02&universe=rank:x", 404),
        ("GET", "/api/v1/issuers/NOBODY?as_of=2024-02-02", 404),
        ("GET", "/api/v1/issuers/..%2f..%2fetc%2fpasswd?as_of=2024-02-02", 404),
        ("GET", "/api/v1/signals/..%2Fcredit?as_of=2024-02-02", 404),
        ("GET", "/signals/%2fetc%2fpasswd?as_of=2024-02-02", 404),
        ("GET", "/assets/..%2f..%2fCargo.toml", 404),
        ("GET", "/assets/../../../../etc/passwd", 404),
        ("GET", "//etc/passwd", 404),
        ("GET", "/.git/config", 404),
        ("GET", "/claims/%00?as_of=2024-02-02", 404),
        ("GET", "/measures/%ff", 400),
        ("GET", "/measures/share_in_bear_market?as_of=2024-02-02&view=x", 400),
        ("GET", "/stress?as_of=2024-02-02&page=999", 404),
        ("POST", "/api/v1/thesis?as_of=2024-02-02", 405),
        ("DELETE", "/", 405),
        ("GET", &long, 414),
        ("GET", &huge, 404),
    ];
    let place = common::world().dir.path().display().to_string();
    for (method, target, status) in cases {
        let answer = raw(method, target, &[], b"");
        let text = answer.text();
        let head: String = target.chars().take(90).collect();
        if *target == huge && answer.status == 200 {
            continue; // A page that says within itself that there is no figure.
        }
        assert_eq!(answer.status, *status, "{method} {head}: {text}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{head}");
        let problem = answer.json();
        assert_eq!(problem["status"], *status, "{head}");
        assert!(
            problem["title"].is_string()
                && problem["type"].is_string()
                && problem["detail"].as_str().is_some_and(|d| d.len() > 10),
            "{text}"
        );
        assert!(!text.contains(&place) && !text.contains("panicked") && !text.contains(".rs"), "{head}: {text}");
    }
    assert!(
        get("/api/v1/measures/contribution_shar?as_of=2024-02-02").text().contains("contribution_share"),
        "the name that was meant"
    );
    let shown = page("/claims/small-caps-underperfrom");
    assert!(
        shown.status == 404
            && shown.header("content-type").starts_with("text/html")
            && shown.text().contains("small-caps-underperform")
    );
}

#[test]
fn other_hosts_are_not_answered() {
    let of = |host: &str| raw("GET", "/healthz", &[("Host", host)], b"").status;
    assert_eq!((of("localhost"), of("[::1]:80"), of("plimsoll.example")), (200, 200, 200));
    assert_eq!((of("evil.example"), of("127.0.0.1.evil.example"), of("")), (403, 403, 403));
}

#[test]
fn news_are_told_by_who_holds_the_token_and_heard_by_everyone() {
    let json = ("Content-Type", "application/json");
    let bearer = format!("Bearer {TOKEN}");
    let body = br#"{"kind":"alert","text":"A verdict flipped.","link":"/claims/x"}"#;
    let tell = |headers: &[(&str, &str)], body: &[u8]| raw("POST", "/api/v1/news", headers, body);
    assert_eq!(tell(&[json], body).status, 401);
    assert_eq!(tell(&[json, ("Authorization", "Bearer wrong")], body).status, 401);
    assert_eq!(tell(&[json, ("Authorization", "\u{1}")], body).status / 100, 4);
    assert_eq!(tell(&[("Authorization", &bearer)], body).status, 415);
    assert_eq!(tell(&[json, ("Authorization", &bearer)], b"{}").status, 400);
    assert_eq!(tell(&[json, ("Authorization", &bearer)], br#"{"kind":"alert","text":"x","link":"//evil"}"#).status, 422);
    let large = format!(r#"{{"kind":"alert","text":"{}"}}"#, "x".repeat(40_000));
    let answer = tell(&[json, ("Authorization", &bearer)], large.as_bytes());
    assert_eq!((answer.status, answer.header("content-type")), (413, "application/problem+json"));

    let listen = |after: &str| {
        let mut stream = TcpStream::connect(server()).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        write!(stream, "GET /api/v1/news HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {after}\r\n\r\n").unwrap();
        BufReader::new(stream)
    };
    let mut live = listen("none");
    let mut line = String::new();
    while line.trim() != "" || line.is_empty() {
        line.clear();
        live.read_line(&mut line).unwrap();
    }
    let told = tell(&[json, ("Authorization", &bearer)], body);
    assert_eq!(told.status, 201, "{}", told.text());
    let id = told.json()["id"].as_u64().unwrap();
    let heard = |reader: &mut BufReader<TcpStream>| {
        let mut all = String::new();
        while !all.contains("A verdict flipped.") {
            let mut line = String::new();
            assert!(reader.read_line(&mut line).unwrap() > 0, "{all}");
            all.push_str(&line);
        }
        all
    };
    assert!(heard(&mut live).contains("event: news"));
    assert!(heard(&mut listen(&(id - 1).to_string())).contains("A verdict flipped."), "who comes back hears what was missed");
    let closed = start(Store::open_existing(&common::world().store).unwrap(), Settings::default());
    let mut stream = TcpStream::connect(&closed).unwrap();
    write!(stream, "POST /api/v1/news HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}")
        .unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.1 403") && all.contains("read-only"), "{all}");
}

#[test]
fn figures_about_the_server_name_routes_and_no_questions() {
    get("/issuers?q=confidential-words");
    let text = get("/metrics").text();
    assert!(text.contains("plimsoll_http_answers_total{route=\"/issuers\",status=\"200\"}"), "{text}");
    assert!(text.contains("plimsoll_answers_from_memory_total") && !text.contains("confidential"));
}

#[test]
fn an_empty_store_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let at = start(Store::open(dir.path()).unwrap(), Settings::default());
    let ask = |target: &str| {
        let mut stream = TcpStream::connect(&at).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/html\r\n\r\n").unwrap();
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        all
    };
    assert!(ask("/").starts_with("HTTP/1.1 404") && ask("/").contains("plimsoll import FILES"));
    assert!(ask("/method").starts_with("HTTP/1.1 200"));
}
