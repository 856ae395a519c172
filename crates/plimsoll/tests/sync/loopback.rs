//! A server on the loopback that speaks as the publishers do: `/HOST/PATH` answers as HOST would, from the sample world as of a day.
//!
//! Tags, dates, conditions, ranges and compression are those of the real ones; faults are laid on addresses, one answer each; the request
//! log keeps what was asked and when. EDGAR's rule is enforced here: more than ten requests in a second, or no address in the user agent,
//! are answered as EDGAR answers them.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::sample::World;
use plimsoll_sources::sample::answers::Asked;

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    /// Host and path with its query: `fred.stlouisfed.org/graph/fredgraph.csv?id=DGS10`.
    pub target: String,
    pub headers: BTreeMap<String, String>,
    pub at: Instant,
    pub status: u16,
    /// Bytes of the body that were sent.
    pub sent: usize,
}

impl Request {
    pub fn host(&self) -> &str {
        self.target.split('/').next().unwrap_or_default()
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What goes wrong with one answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status, with `Retry-After` where it is not empty.
    Status(u16, &'static str),
    /// The connection ends after so many bytes of the body.
    Break(usize),
    /// A pause in the middle of the body.
    Stall(Duration),
    /// Status 200 and these words.
    Says(&'static str),
    /// A redirect to an address.
    Leads(String),
}

/// A status and a body.
type Made = (u16, Arc<Vec<u8>>);

#[derive(Default)]
struct State {
    world: Option<&'static World>,
    now: Moment,
    /// Bodies by target, before those of the world.
    files: BTreeMap<String, Vec<u8>>,
    faults: Vec<(String, Fault)>,
    /// Changes in the text of answers to targets that begin so.
    changes: Vec<(String, String, String)>,
    /// Faults that stay.
    down: Vec<(String, Fault)>,
    log: Vec<Request>,
    made: HashMap<(Day, String), Made>,
    edgar: Vec<Instant>,
}

pub struct Loopback {
    pub address: String,
    state: Arc<Mutex<State>>,
}

impl Loopback {
    /// With no files but those put up.
    pub fn empty() -> Loopback {
        Loopback::start(State { now: Moment(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros() as i64), ..State::default() })
    }
    /// With everything of a world.
    pub fn of(world: &'static World, now: Moment) -> Loopback {
        Loopback::start(State { world: Some(world), now, ..State::default() })
    }
    fn start(state: State) -> Loopback {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // Whoever hangs up in the middle is no error here.
                std::thread::spawn(move || drop(connection(&stream, &state)));
            }
        });
        Loopback { address, state }
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
    pub fn now(&self, now: Moment) {
        self.lock().now = now;
    }
    pub fn put(&self, target: &str, body: impl Into<Vec<u8>>) {
        self.lock().files.insert(target.to_owned(), body.into());
    }
    /// The next answer to a target that begins so goes wrong.
    pub fn once(&self, prefix: &str, fault: Fault) {
        self.lock().faults.push((prefix.to_owned(), fault));
    }
    /// Every answer to such a target goes wrong.
    pub fn always(&self, prefix: &str, fault: Fault) {
        self.lock().down.push((prefix.to_owned(), fault));
    }
    /// Every answer to such a target has another text in place of one.
    pub fn change(&self, prefix: &str, from: &str, to: &str) {
        self.lock().changes.push((prefix.to_lowercase(), from.to_owned(), to.to_owned()));
    }
    pub fn unchanged(&self) {
        self.lock().changes.clear();
    }
    /// Requests in the log.
    pub fn peek(&self) -> usize {
        self.lock().log.len()
    }
    /// The log, emptied.
    pub fn log(&self) -> Vec<Request> {
        std::mem::take(&mut self.lock().log)
    }
    /// The body that the world or a file gives now.
    pub fn body(&self, target: &str) -> Vec<u8> {
        found(&self.state, target, &BTreeMap::new()).1.to_vec()
    }
}

fn decoded(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Status and body of a target.
fn found(state: &Mutex<State>, target: &str, headers: &BTreeMap<String, String>) -> (u16, Arc<Vec<u8>>) {
    let (world, now) = {
        let state = state.lock().unwrap();
        if let Some(body) = state.files.get(target) {
            return (200, Arc::new(body.clone()));
        }
        if let Some(made) = state.made.get(&(state.now.day(), target.to_owned())) {
            return made.clone();
        }
        (state.world, state.now.day())
    };
    let (address, query) = target.split_once('?').unwrap_or((target, ""));
    let (host, path) = address.split_at(address.find('/').unwrap_or(address.len()));
    let query = decoded(query);
    let asked = Asked { host, path, query: &query, authorization: headers.get("authorization").map(String::as_str) };
    let answer = world.and_then(|w| w.publishers().answer(&asked, now));
    let made = answer.map_or_else(|| (404, Arc::default()), |a| (a.status, Arc::new(a.body)));
    // Who may not ask may well ask again with a key.
    if made.0 == 200 {
        state.lock().unwrap().made.insert((now, target.to_owned()), made.clone());
    }
    made
}

fn connection(stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ');
    let (method, full) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    if method != "GET" {
        return Ok(());
    }
    let target = full.trim_start_matches('/').to_owned();
    let mut answer = reply(state, &target, &headers);
    let mut request = Request { target, headers, at: Instant::now(), status: answer.status, sent: 0 };
    let end = answer.end.unwrap_or(answer.body.len()).min(answer.body.len());
    request.sent = end;
    // Logged before the last byte is sent: who has the answer finds it in the log.
    state.lock().unwrap().log.push(request);
    let mut out = stream;
    answer.headers.push_str("Connection: close\r\n\r\n");
    out.write_all(format!("HTTP/1.1 {} {}\r\n{}", answer.status, reason(answer.status), answer.headers).as_bytes())?;
    let half = end / 2;
    out.write_all(&answer.body[..half])?;
    if let Some(pause) = answer.stall {
        out.flush()?;
        std::thread::sleep(pause);
    }
    out.write_all(&answer.body[half..end])
}

struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
    end: Option<usize>,
    stall: Option<Duration>,
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        304 => "Not Modified",
        404 => "Not Found",
        429 => "Too Many Requests",
        _ => "Other",
    }
}

/// Whether EDGAR lets this request through.
fn edgar_allows(state: &mut State, headers: &BTreeMap<String, String>) -> bool {
    let now = Instant::now();
    state.edgar.retain(|at| now.duration_since(*at) < Duration::from_secs(1));
    state.edgar.push(now);
    state.edgar.len() <= 10 && headers.get("user-agent").is_some_and(|a| a.contains('@'))
}

fn reply(state: &Mutex<State>, target: &str, headers: &BTreeMap<String, String>) -> Reply {
    let (fault, date, allowed) = {
        let mut state = state.lock().unwrap();
        let once = state.faults.iter().position(|(p, _)| target.starts_with(p.as_str()));
        let fault = once.map(|i| state.faults.remove(i).1);
        let stays = || state.down.iter().find(|(p, _)| target.starts_with(p.as_str())).map(|d| d.1.clone());
        let fault = fault.or_else(stays);
        let allowed = !target.contains(".sec.gov/") || edgar_allows(&mut state, headers);
        (fault, state.now, allowed)
    };
    let at = SystemTime::UNIX_EPOCH + Duration::from_micros(date.0.unsigned_abs());
    let date = format!("Date: {}\r\n", httpdate::fmt_http_date(at));
    let plain = |status: u16, more: String, body: Vec<u8>| Reply {
        status,
        headers: format!("{date}{more}Content-Length: {}\r\n", body.len()),
        body,
        end: None,
        stall: None,
    };
    if !allowed {
        let page = b"<!DOCTYPE html><html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>";
        return plain(403, "Content-Type: text/html\r\n".to_owned(), page.to_vec());
    }
    match &fault {
        Some(Fault::Status(status, after)) => {
            let after = if after.is_empty() { String::new() } else { format!("Retry-After: {after}\r\n") };
            return plain(*status, after, b"<html>busy</html>".to_vec());
        }
        Some(Fault::Says(words)) => return plain(200, "Content-Type: text/plain\r\n".to_owned(), words.as_bytes().to_vec()),
        Some(Fault::Leads(to)) => return plain(302, format!("Location: {to}\r\n"), Vec::new()),
        _ => {}
    }
    let (status, whole) = found(state, target, headers);
    if status != 200 {
        return plain(status, String::new(), whole.to_vec());
    }
    let whole = changed(state, target, whole);
    let tag = format!("\"{}\"", &plimsoll_store::hash(&whole)[..32]);
    let same = headers.get("if-none-match").is_some_and(|t| t.trim_start_matches("W/") == tag);
    if same {
        return Reply { status: 304, headers: format!("{date}ETag: {tag}\r\n"), body: Vec::new(), end: None, stall: None };
    }
    let mut out = ranged(&whole, &tag, &date, headers);
    match fault {
        Some(Fault::Break(n)) => out.end = Some(n),
        Some(Fault::Stall(pause)) => out.stall = Some(pause),
        _ => {}
    }
    out
}

fn changed(state: &Mutex<State>, target: &str, whole: Arc<Vec<u8>>) -> Arc<Vec<u8>> {
    let state = state.lock().unwrap();
    let low = target.to_lowercase();
    let Some((_, from, to)) = state.changes.iter().find(|c| low.starts_with(&c.0)) else { return whole };
    Arc::new(String::from_utf8_lossy(&whole).replace(from, to).into_bytes())
}

/// The whole, compressed where that is accepted, or what a range asks for.
fn ranged(whole: &[u8], tag: &str, date: &str, headers: &BTreeMap<String, String>) -> Reply {
    let asked = headers.get("range").filter(|_| headers.get("if-range").is_none_or(|t| t == tag));
    let from: Option<usize> = asked.and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let zipped = whole.starts_with(b"PK");
    let accepts = headers.get("accept-encoding").is_some_and(|a| a.contains("gzip"));
    let (status, more, body) = match from {
        Some(from) if from >= whole.len() => (416, format!("Content-Range: bytes */{}\r\n", whole.len()), Vec::new()),
        Some(from) => {
            let range = format!("ETag: {tag}\r\nContent-Range: bytes {from}-{}/{}\r\n", whole.len() - 1, whole.len());
            (206, range, whole[from..].to_vec())
        }
        None if accepts && !zipped => {
            let mut packed = Vec::new();
            flate2::read::GzEncoder::new(whole, flate2::Compression::fast()).read_to_end(&mut packed).expect("memory");
            (200, format!("ETag: W/{tag}\r\nVary: Accept-Encoding\r\nContent-Encoding: gzip\r\n"), packed)
        }
        None => (200, format!("ETag: {tag}\r\nAccept-Ranges: bytes\r\n"), whole.to_vec()),
    };
    let headers = format!("{date}{more}Content-Length: {}\r\n", body.len());
    Reply { status, headers, body, end: None, stall: None }
}
