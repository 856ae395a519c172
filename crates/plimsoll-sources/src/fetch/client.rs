//! The client: one for each publisher, so that its limit is kept whatever is asked.
//!
//! Requests are conditional where something is known of the file, continued where a part of the same version is there, repeated with
//! back-off and jitter where that may help, and never sent anywhere but to the publisher's hosts over TLS. `Retry-After` is obeyed. Secrets
//! are joined to an address on the wire only; every message uses the address without them.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use backon::{BlockingRetryable, ExponentialBuilder};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use ureq::http::{HeaderMap, Response, header};
use ureq::{Agent, Body};
use url::Url;

use super::cache::{Cache, Part};
use super::error::FetchError;
use super::{Download, FeedInfo, Fetched, Secret, Unpack};

/// How the client behaves.
#[derive(Clone, Debug)]
pub struct Manners {
    /// Name and version of the program, with the contact where the publisher demands one.
    pub user_agent: String,
    /// Asked in place of the publishers: `MIRROR/HOST/PATH`. https, or a loopback address.
    pub mirror: Option<String>,
    /// How often a request is repeated.
    pub attempts: usize,
    /// The first pause before a repetition; each next is twice as long, with jitter.
    pub first_pause: Duration,
    /// No pause is longer; a `Retry-After` beyond [`Manners::longest_wait`] ends the attempt.
    pub longest_pause: Duration,
    /// The longest `Retry-After` that is waited for.
    pub longest_wait: Duration,
    /// To connect.
    pub connect_timeout: Duration,
    /// Without a byte.
    pub read_timeout: Duration,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners {
            user_agent: concat!("Plimsoll/", env!("CARGO_PKG_VERSION")).to_owned(),
            mirror: None,
            attempts: 5,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            longest_wait: Duration::from_secs(600),
            connect_timeout: Duration::from_secs(20),
            read_timeout: Duration::from_secs(60),
        }
    }
}

/// What came of asking.
#[derive(Debug)]
pub enum Answer {
    /// The publisher says that the file we have is the newest.
    Same,
    /// Not published yet.
    Absent,
    /// A whole file stands in the cache's folder of parts.
    Arrived(Arrival),
}

/// A whole file.
#[derive(Debug, Default)]
pub struct Arrival {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
    /// Bytes.
    pub bytes: u64,
    /// blake3, hexadecimal.
    pub blake3: String,
    /// Bytes that came over the wire this time.
    pub received: u64,
}

/// Told of bytes done and, where known, of bytes in all.
pub type Progress<'a> = &'a dyn Fn(u64, Option<u64>);

/// Asks one publisher.
pub struct Client {
    agent: Agent,
    manners: Manners,
    hosts: &'static [&'static str],
    mirror: Option<Url>,
    limiter: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

/// A `Date` this much later than our clock is no rounding.
const SKEW: i64 = 15 * 60;
const REDIRECTS: usize = 5;
const CHUNK: usize = 1 << 17;

impl Client {
    /// A client for a feed.
    pub fn new(info: &'static FeedInfo, manners: Manners) -> Result<Client, String> {
        let mirror = match &manners.mirror {
            None => None,
            Some(text) => {
                let url = Url::parse(text.trim_end_matches('/')).map_err(|e| format!("mirror `{text}`: {e}"))?;
                if url.scheme() != "https" && !(url.scheme() == "http" && loopback(&url)) {
                    return Err(format!("mirror `{text}`: expected https, or http on a loopback address"));
                }
                Some(url)
            }
        };
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(manners.user_agent.as_str())
            .timeout_connect(Some(manners.connect_timeout))
            .timeout_recv_response(Some(manners.read_timeout))
            .timeout_per_read(Some(manners.read_timeout))
            .build()
            .into();
        let limit = info.limit;
        let one = limit.per / limit.requests.max(1);
        let burst = std::num::NonZeroU32::new(limit.burst.max(1)).expect("at least one");
        let quota = Quota::with_period(one.max(Duration::from_nanos(1))).expect("longer than nothing").allow_burst(burst);
        Ok(Client {
            agent,
            manners,
            hosts: info.hosts,
            mirror,
            limiter: RateLimiter::direct(quota),
            clock: DefaultClock::default(),
        })
    }

    /// Fetches a file into the cache's folder of parts. `now` is asked for the time where the publisher states its own.
    pub fn fetch(
        &self,
        download: &Download,
        before: Option<&Fetched>,
        (cache, now): (&Cache, &dyn Fn() -> i64),
        progress: Progress<'_>,
    ) -> Result<Answer, FetchError> {
        // The sleeper must own what it reads.
        let pause = Rc::new(Cell::new(None::<Duration>));
        let asked_for = Rc::clone(&pause);
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.manners.first_pause)
            .with_max_delay(self.manners.longest_pause)
            .with_max_times(self.manners.attempts.saturating_sub(1))
            .with_jitter();
        (|| self.attempt(download, before, (cache, now), progress))
            .retry(backoff)
            .sleep(move |usual: Duration| std::thread::sleep(asked_for.take().map_or(usual, |asked| asked.max(usual))))
            .when(|error: &FetchError| {
                if let FetchError::Busy { after: Some(after), .. } = error {
                    pause.set(Some(*after));
                    return *after <= self.manners.longest_wait;
                }
                error.worth_retrying()
            })
            .call()
    }

    fn wait_for_turn(&self) {
        while let Err(not_yet) = self.limiter.check() {
            std::thread::sleep(not_yet.wait_time_from(self.clock.now()));
        }
    }

    fn attempt(
        &self,
        download: &Download,
        before: Option<&Fetched>,
        (cache, now): (&Cache, &dyn Fn() -> i64),
        progress: Progress<'_>,
    ) -> Result<Answer, FetchError> {
        let name = &download.name;
        let held = std::fs::metadata(cache.part(name)).map_or(0, |m| m.len());
        let part = cache.part_state(name).filter(|p| download.resumable && held > 0 && p.validator().is_some());
        if part.is_none() {
            cache.drop_part(name)?;
        }
        let held = if part.is_some() { held } else { 0 };
        let ask = Ask { download, before: before.filter(|_| part.is_none()), part: part.as_ref(), held };
        let response = self.follow(&ask)?;
        self.clock(download, response.headers(), now())?;
        let status = response.status().as_u16();
        match status {
            200 => self.receive(download, response, cache, (0, Part::default()), progress),
            206 if held > 0 => {
                let part = part.unwrap_or_default();
                let range = text(response.headers(), header::CONTENT_RANGE).unwrap_or_default();
                let fits = content_range(&range).is_some_and(|(from, total)| {
                    from == held && part.total.is_none_or(|t| total.is_none_or(|n| n == t)) && total.is_none_or(|t| t > held)
                });
                if fits {
                    self.receive(download, response, cache, (held, part), progress)
                } else {
                    // What follows is not a continuation of what we have.
                    cache.drop_part(name)?;
                    Err(FetchError::BrokeOff { url: download.url.clone(), got: held, expected: part.total })
                }
            }
            304 if ask.before.is_some() => Ok(Answer::Same),
            404 if download.may_be_absent => Ok(Answer::Absent),
            416 => {
                // The part is whole, or of another version: either way it cannot be continued.
                cache.drop_part(name)?;
                Err(FetchError::BrokeOff { url: download.url.clone(), got: held, expected: None })
            }
            429 | 500..=599 => {
                Err(FetchError::Busy { url: download.url.clone(), status, after: retry_after(response.headers(), now()) })
            }
            _ => Err(FetchError::Status { url: download.url.clone(), status }),
        }
    }

    /// Asks, and follows redirects to the publisher's own hosts.
    fn follow(&self, ask: &Ask<'_>) -> Result<Response<Body>, FetchError> {
        let shown = &ask.download.url;
        let mut url = Url::parse(shown).map_err(|e| FetchError::Network { url: shown.clone(), cause: e.to_string() })?;
        for hop in 0..=REDIRECTS {
            if url.scheme() != "https" || !url.host_str().is_some_and(|h| self.hosts.contains(&h)) {
                let to = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
                return Err(FetchError::Astray { url: shown.clone(), to });
            }
            self.wait_for_turn();
            let response = self.send(&url, ask, hop == 0).map_err(|e| self.network(ask.download, &e))?;
            let next = match response.status().as_u16() {
                301 | 302 | 303 | 307 | 308 => text(response.headers(), header::LOCATION),
                _ => return Ok(response),
            };
            let next = next.and_then(|to| url.join(&to).ok());
            url = next.ok_or_else(|| FetchError::Status { url: shown.clone(), status: response.status().as_u16() })?;
        }
        Err(FetchError::Astray { url: shown.clone(), to: "a circle of redirects".to_owned() })
    }

    fn send(&self, url: &Url, ask: &Ask<'_>, first: bool) -> Result<Response<Body>, ureq::Error> {
        let mut wire = match &self.mirror {
            None => url.clone(),
            Some(mirror) => {
                let mut wire = mirror.clone();
                wire.set_path(&format!(
                    "{}/{}{}",
                    mirror.path().trim_end_matches('/'),
                    url.host_str().unwrap_or_default(),
                    url.path()
                ));
                wire.set_query(url.query());
                wire
            }
        };
        // A redirect's address is complete as it is: our secrets are not handed on in it.
        if first && !ask.download.secret_query.is_empty() {
            let mut pairs = wire.query_pairs_mut();
            for (name, secret) in &ask.download.secret_query {
                pairs.append_pair(name, secret.reveal());
            }
        }
        let mut request = self.agent.get(wire.as_str());
        if first {
            for (name, secret) in &ask.download.secret_headers {
                request = request.header(*name, secret.reveal());
            }
        }
        if let Some(part) = ask.part {
            request = request.header(header::RANGE, format!("bytes={}-", ask.held));
            request = request.header(header::IF_RANGE, part.validator().unwrap_or_default());
        } else if let Some(before) = ask.before {
            if let Some(etag) = &before.etag {
                request = request.header(header::IF_NONE_MATCH, etag.as_str());
            }
            if let Some(date) = &before.last_modified {
                request = request.header(header::IF_MODIFIED_SINCE, date.as_str());
            }
        }
        if ask.download.resumable {
            // Ranges are of the bytes as sent; a compressed transfer could not be continued.
            request = request.header(header::ACCEPT_ENCODING, "identity");
        }
        request.call()
    }

    fn receive(
        &self,
        download: &Download,
        mut response: Response<Body>,
        cache: &Cache,
        (held, part): (u64, Part),
        progress: Progress<'_>,
    ) -> Result<Answer, FetchError> {
        let name = &download.name;
        let headers = response.headers();
        let (etag, last_modified) = (text(headers, header::ETAG), text(headers, header::LAST_MODIFIED));
        let plain = !headers.contains_key(header::CONTENT_ENCODING);
        let announced = response.body().content_length().filter(|_| plain).map(|n| n + held);
        let total = part.total.or(announced);
        let too_large = || FetchError::TooLarge { url: download.url.clone(), most: download.largest };
        if total.is_some_and(|t| t > download.largest) {
            return Err(too_large());
        }
        let mut hasher = blake3::Hasher::new();
        let path = cache.part(name);
        let mut file = if held > 0 {
            hash_into(&mut hasher, &path, held)?;
            OpenOptions::new().append(true).open(&path)?
        } else {
            cache.set_part_state(name, &Part { etag: etag.clone(), last_modified: last_modified.clone(), total: announced })?;
            File::create(&path)?
        };
        let mut done = held;
        let mut buffer = vec![0; CHUNK];
        let mut body = response.body_mut().with_config().limit(u64::MAX).reader();
        loop {
            let n = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(_) => {
                    file.sync_data()?;
                    return Err(FetchError::BrokeOff { url: download.url.clone(), got: done, expected: total });
                }
            };
            done += n as u64;
            if done > download.largest {
                drop(file);
                cache.drop_part(name)?;
                return Err(too_large());
            }
            hasher.update(&buffer[..n]);
            file.write_all(&buffer[..n])?;
            progress(done, total);
        }
        file.sync_data()?;
        if plain && total.is_some_and(|t| t != done) {
            if total.is_some_and(|t| done > t) {
                cache.drop_part(name)?;
            }
            return Err(FetchError::BrokeOff { url: download.url.clone(), got: done, expected: total });
        }
        Ok(Answer::Arrived(Arrival {
            etag: etag.or(part.etag),
            last_modified: last_modified.or(part.last_modified),
            bytes: done,
            blake3: hasher.finalize().to_hex().to_string(),
            received: done - held,
        }))
    }

    fn network(&self, download: &Download, error: &ureq::Error) -> FetchError {
        let secrets = download.secret_query.iter().chain(&download.secret_headers);
        let cause = secrets.fold(error.to_string(), |text, (_, secret): &(_, Secret)| secret.redact(&text));
        FetchError::Network { url: download.url.clone(), cause }
    }

    /// A publisher whose `Date` is well after our clock: what it has just published would be refused as being of the future.
    fn clock(&self, download: &Download, headers: &HeaderMap, now: i64) -> Result<(), FetchError> {
        let date = text(headers, header::DATE).and_then(|d| httpdate::parse_http_date(&d).ok()).and_then(seconds);
        match date.map(|d| d - now / 1_000_000) {
            Some(behind) if behind > SKEW => {
                Err(FetchError::Clock { url: download.url.clone(), behind: Duration::from_secs(behind.unsigned_abs()) })
            }
            _ => Ok(()),
        }
    }
}

/// What is asked.
struct Ask<'a> {
    download: &'a Download,
    before: Option<&'a Fetched>,
    part: Option<&'a Part>,
    held: u64,
}

/// Whether an address is on this machine.
fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
}

fn seconds(time: SystemTime) -> Option<i64> {
    time.duration_since(UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_secs()).ok())
}

/// `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let value = text(headers, header::RETRY_AFTER)?;
    if let Ok(n) = value.trim().parse() {
        return Some(Duration::from_secs(n));
    }
    let at = seconds(httpdate::parse_http_date(&value).ok()?)?;
    Some(Duration::from_secs((at - now / 1_000_000).max(0).unsigned_abs()))
}

/// First byte and length of the whole in `bytes 100-199/200`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, total.trim().parse().ok()))
}

fn hash_into(hasher: &mut blake3::Hasher, path: &std::path::Path, bytes: u64) -> std::io::Result<()> {
    let mut from = File::open(path)?.take(bytes);
    let mut buffer = vec![0; CHUNK];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            n => hasher.update(&buffer[..n]),
        };
    }
}

/// Unpacks what arrived where the download says so; the file that is imported.
pub fn unpacked(download: &Download, cache: &Cache) -> Result<(std::path::PathBuf, Option<Arrival>), crate::SourceError> {
    let part = cache.part(&download.name);
    match download.unpack {
        Unpack::Nothing => Ok((part, None)),
        Unpack::OnlyEntry => {
            let to = cache.part(&format!("{}.unpacked", download.name));
            let (bytes, blake3) = crate::edgar::archive::only_entry(&part, &to, download.largest)?;
            Ok((to, Some(Arrival { bytes, blake3, ..Arrival::default() })))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_waits_are_read() {
        assert_eq!(content_range("bytes 100-199/200"), Some((100, Some(200))));
        assert_eq!(content_range("bytes 100-199/*"), Some((100, None)));
        assert_eq!(content_range("items 1-2/3"), None);
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, "7".parse().unwrap());
        assert_eq!(retry_after(&headers, 0), Some(Duration::from_secs(7)));
        headers.insert(header::RETRY_AFTER, "Thu, 01 Jan 1970 00:01:00 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers, 10_000_000), Some(Duration::from_secs(50)));
        assert_eq!(retry_after(&headers, 100_000_000), Some(Duration::ZERO));
    }

    #[test]
    fn only_this_machine_is_a_loopback() {
        for good in ["http://127.0.0.1:80", "http://[::1]", "http://localhost:9"] {
            assert!(loopback(&Url::parse(good).unwrap()), "{good}");
        }
        for bad in ["http://example.org", "http://10.0.0.1", "http://localhost.example.org"] {
            assert!(!loopback(&Url::parse(bad).unwrap()), "{bad}");
        }
    }
}
