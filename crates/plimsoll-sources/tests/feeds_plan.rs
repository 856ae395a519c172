//! What feeds of publishers plan and which answers they take: pure, from a context to downloads.

mod support;

use std::collections::BTreeMap;

use plimsoll_model::time::Day;
use plimsoll_sources::fetch::{Context, Download, Feed, Fetched, Keys, PlanError, Role, Secret, Wanted};
use plimsoll_sources::sample::{Spec, World};
use plimsoll_sources::{Head, feeds};
use support::day;

#[derive(Default)]
struct State {
    wanted: Wanted,
    keys: Keys,
    fetched: BTreeMap<String, Fetched>,
    held: BTreeMap<(String, String), Day>,
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

impl State {
    fn with_keys() -> State {
        let keys = ["fred", "tiingo", "eodhd", "alpha_vantage"].map(|k| (k.to_owned(), Secret::new(SECRET)));
        let symbols = ["SPY", "BRK.B", "^GSPC"].map(str::to_owned).to_vec();
        State { keys: keys.into(), wanted: Wanted { symbols, ..Wanted::default() }, ..State::default() }
    }
    fn holds(mut self, source: &str, key: &str, last: &str) -> State {
        self.held.insert((source.to_owned(), key.to_owned()), day(last));
        self
    }
    fn plan(&self, feed: &dyn Feed, today: &str) -> Result<Vec<Download>, PlanError> {
        let State { wanted, keys, fetched, held } = self;
        feed.plan(&Context { today: day(today), full: false, wanted, keys, fetched, held })
    }
    fn urls(&self, id: &str, today: &str) -> Vec<String> {
        self.plan(feeds::feed(id).unwrap(), today).unwrap().into_iter().map(|d| d.url).collect()
    }
}

fn head(name: &str, body: impl AsRef<[u8]>) -> Head {
    let bytes = body.as_ref();
    Head { path: name.into(), bytes: bytes[..bytes.len().min(1 << 16)].to_vec(), parquet_columns: None }
}

/// The feeds of this file; others have tests of their own.
const OURS: [&str; 12] = [
    "fomc",
    "nyfed",
    "alfred",
    "fred_releases",
    "holdings_ishares",
    "holdings_spdr",
    "holdings_invesco",
    "tiingo",
    "stooq",
    "eodhd",
    "alpha_vantage",
    "cme",
];

#[test]
fn every_feed_says_what_it_is_and_asks_only_its_own_hosts() {
    let state = State::with_keys();
    for id in OURS {
        let feed = feeds::feed(id).unwrap_or_else(|| panic!("{id} is not listed"));
        let info = feed.info();
        for (part, text) in [
            ("title", info.title),
            ("terms", info.terms),
            ("first", info.first),
            ("revisions", info.revisions),
            ("size", info.size),
        ] {
            assert!(!text.is_empty(), "{id}: {part}");
        }
        assert!(!info.readers.is_empty() && !info.specification.is_empty() && info.limit.requests > 0, "{id}");
        let plan = state.plan(feed, "2024-04-04").unwrap();
        assert!(!plan.is_empty(), "{id} plans nothing on an empty store");
        for d in &plan {
            let url = url::Url::parse(&d.url).unwrap();
            assert!(url.scheme() == "https" && info.hosts.contains(&url.host_str().unwrap()), "{id}: {url}");
            assert!(!d.name.contains('/') && d.name.contains('.'), "{id}: {}", d.name);
        }
        let mut names: Vec<&String> = plan.iter().map(|d| &d.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), plan.len(), "{id}: names of files are not their own");
    }
}

#[test]
fn a_key_stands_in_no_address_and_in_no_message() {
    let state = State::with_keys();
    for id in OURS {
        for d in state.plan(feeds::feed(id).unwrap(), "2024-04-04").unwrap() {
            assert!(!format!("{d:?}").contains(SECRET), "{id}: {d:?}");
            let carried = d.secret_query.len() + d.secret_headers.len();
            assert_eq!(carried, usize::from(feeds::feed(id).unwrap().info().key.is_some()), "{id}");
        }
    }
}

#[test]
fn without_a_key_the_message_says_where_to_get_one() {
    let state = State { keys: Keys::new(), ..State::with_keys() };
    for (id, variable, place) in [
        ("alfred", "FRED_API_KEY", "fredaccount.stlouisfed.org"),
        ("fred_releases", "FRED_API_KEY", "fredaccount.stlouisfed.org"),
        ("tiingo", "TIINGO_API_KEY", "tiingo.com"),
        ("eodhd", "EODHD_API_KEY", "eodhd.com"),
        ("alpha_vantage", "ALPHAVANTAGE_API_KEY", "alphavantage.co"),
    ] {
        let said = state.plan(feeds::feed(id).unwrap(), "2024-04-04").unwrap_err().to_string();
        assert!(said.contains(variable) && said.contains(place) && said.contains("[sync.keys]"), "{said}");
    }
    assert!(state.plan(feeds::feed("stooq").unwrap(), "2024-04-04").is_ok());
}

#[test]
fn what_the_store_has_is_not_asked_for_again() {
    // Thursday the fourth: the rate of Wednesday is out, that of Thursday is not.
    let state = State::with_keys().holds("nyfed", "nyfed:EFFR", "2024-04-03").holds("nyfed", "nyfed:SOFR", "2024-04-02");
    let urls = state.urls("nyfed", "2024-04-04");
    assert_eq!(
        urls,
        ["https://markets.newyorkfed.org/api/rates/secured/sofr/search.json?startDate=2024-03-26&endDate=2024-04-04&type=rate"]
    );
    // The list of Wednesday is in force from Thursday on.
    let state = state.holds("holdings_ishares", "russell2000", "2024-04-04").holds("holdings_ishares", "sp500", "2024-04-03");
    assert_eq!(state.plan(feeds::feed("holdings_ishares").unwrap(), "2024-04-04").unwrap()[0].name, "IVV_holdings.csv");
    assert_eq!(state.urls("holdings_ishares", "2024-04-04").len(), 1);
    let state = state.holds("tiingo", "etf:SPY", "2024-04-04").holds("tiingo", "etf:BRK.B", "2024-04-03");
    assert_eq!(
        state.urls("tiingo", "2024-04-04"),
        ["https://api.tiingo.com/tiingo/daily/brk-b/prices?startDate=1990-01-01&format=json"]
    );
    assert_eq!(state.urls("stooq", "2024-04-04").len(), 3);
    let state = state.holds("cme", "zq.settle:2024-05", "2024-04-02");
    let urls = state.urls("cme", "2024-04-04");
    // Thursday's report is final on Friday.
    assert!(urls.len() == 1 && urls[0].contains("tradeDate=04/03/2024"), "{urls:?}");
    // On a Saturday the last session is Friday's.
    let state = state.holds("tiingo", "etf:SPY", "2024-04-05").holds("tiingo", "etf:BRK.B", "2024-04-05");
    assert!(state.urls("tiingo", "2024-04-06").is_empty());
}

#[test]
fn releases_are_asked_for_by_the_real_time_period_from_a_week_before_the_last_asking() {
    let mut state = State::with_keys();
    state.wanted.series = vec!["UNRATE".into(), "DGS10".into()];
    let first = state.urls("alfred", "2024-04-04");
    assert_eq!(first.len(), 1, "a series that is not revised is not asked for: {first:?}");
    assert!(first[0].contains("realtime_start=1776-07-04&realtime_end=9999-12-31") && !first[0].contains("vintage_date"));
    let asked_at = day("2024-03-20").at(12, 0).0;
    let fetched = Fetched {
        asked_at,
        changed_at: asked_at,
        etag: None,
        last_modified: None,
        bytes: 1,
        blake3: String::new(),
        imported: true,
        dropped: false,
    };
    state.fetched.insert("UNRATE@releases.json".into(), fetched.clone());
    // Fetched, and the store lost: from the beginning.
    assert!(state.urls("alfred", "2024-04-04")[0].contains("realtime_start=1776-07-04"));
    let mut state = state.holds("alfred", "fred:UNRATE", "2024-02-01");
    assert!(state.urls("alfred", "2024-04-04")[0].contains("realtime_start=2024-03-13"));
    // Fetched and not imported: from the beginning as well.
    state.fetched.insert("UNRATE@releases.json".into(), Fetched { imported: false, ..fetched });
    assert!(state.urls("alfred", "2024-04-04")[0].contains("realtime_start=1776-07-04"));
}

#[test]
fn an_endpoint_that_passes_over_the_period_is_found_out() {
    let world = World::new(&Spec::small());
    let now = day("2024-04-04");
    let feed = feeds::feed("alfred").unwrap();
    let mut state = State::with_keys();
    state.wanted.series = vec!["UNRATE".into()];
    let download = &state.plan(feed, "2024-04-04").unwrap()[0];
    let publishers = world.publishers();
    let whole = publishers.observations("UNRATE", Some(("1776-07-04", "9999-12-31")), now);
    assert_eq!(feed.check(download, &head(&download.name, &whole)), Ok(()));
    // The server takes the unknown word with status 200 and answers as of today.
    let said = feed.check(download, &head(&download.name, publishers.observations("UNRATE", None, now))).unwrap_err();
    assert_eq!(said.field, "realtime_start");
    assert!(said.got.contains("2024-04-04") && said.expected.contains("1776-07-04"), "{said}");
    let refused = "{\"error_code\":400,\"error_message\":\"Bad Request. The value for variable api_key is not registered.\"}";
    assert!(feed.check(download, &head(&download.name, refused)).unwrap_err().got.contains("not registered"));
    assert!(feed.check(download, &head(&download.name, "<!DOCTYPE html><html>busy</html>")).is_err());
}

#[test]
fn a_sentence_in_place_of_prices_is_no_answer() {
    let world = World::new(&Spec::small());
    let (p, now) = (world.publishers(), day("2024-04-04"));
    let good = [
        ("tiingo", "SPY.json", p.tiingo("SPY", now).unwrap()),
        ("eodhd", "SPY.json", p.eodhd("SPY", now).unwrap()),
        ("stooq", "spy.us.csv", p.stooq("SPY", now).unwrap()),
        ("alpha_vantage", "SPY.json", p.alpha_vantage("SPY", now).unwrap()),
    ];
    for (id, name, body) in &good {
        let feed = feeds::feed(id).unwrap();
        let download = Download::new(*name, "https://x/");
        assert_eq!(feed.check(&download, &head(name, body)), Ok(()), "{id}");
        for said in [
            "Exceeded the daily hits limit",
            "No data",
            "{\"Note\": \"Thank you for using our service\"}",
            "{\"detail\":\"over your hourly request allocation\"}",
            "",
            "<html>Access denied</html>",
        ] {
            assert!(feed.check(&download, &head(name, said)).is_err(), "{id}: {said}");
        }
        // The layout of another vendor is a change of this one's.
        let (_, _, other) = good.iter().find(|g| g.0 != *id && g.1.ends_with("csv") != name.ends_with("csv")).unwrap();
        assert_eq!(feed.check(&download, &head(name, other)).unwrap_err().field, "layout", "{id}");
    }
    let vendors: Vec<&str> =
        feeds::feeds().iter().map(|f| f.info()).filter(|i| i.role == Some(Role::Prices)).map(|i| i.id).collect();
    assert!(vendors.len() >= 2, "{vendors:?}");
}

#[test]
fn a_page_is_an_answer_only_where_one_is_asked_for() {
    let world = World::new(&Spec::small());
    let page = world.publishers().meetings_page(day("2024-04-04"));
    let feed = feeds::feed("fomc").unwrap();
    let download = Download::new("fomccalendars.htm", "https://x/");
    assert_eq!(feed.check(&download, &head("fomccalendars.htm", &page)), Ok(()));
    let moved = "<!DOCTYPE html><html><head><title>Page not found</title></head></html>";
    assert_eq!(feed.check(&download, &head("fomccalendars.htm", moved)).unwrap_err().field, "page");
    for id in ["holdings_ishares", "holdings_invesco", "nyfed", "cme"] {
        let feed = feeds::feed(id).unwrap();
        assert!(feed.check(&Download::new("x.csv", "https://x/"), &head("x.csv", &page)).is_err(), "{id}");
    }
}

/// Asks the sample world's publishers for a download, with the key where the feed puts one.
fn ask(world: &World, download: &Download, now: Day, key: bool) -> plimsoll_sources::sample::answers::Answer {
    let url = url::Url::parse(&download.url).unwrap();
    let mut query: Vec<(String, String)> = url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    let mut authorization = None;
    if key {
        query.extend(download.secret_query.iter().map(|(n, _)| ((*n).to_owned(), SECRET.to_owned())));
        authorization = download.secret_headers.first().map(|_| format!("Token {SECRET}"));
    }
    let asked = plimsoll_sources::sample::answers::Asked {
        host: url.host_str().unwrap(),
        path: url.path(),
        query: &query,
        authorization: authorization.as_deref(),
    };
    world.publishers().answer(&asked, now).unwrap_or_else(|| panic!("{url} is no publisher's"))
}

#[test]
fn a_cold_sync_brings_everything_and_the_next_one_nothing() {
    let world = World::new(&Spec::small());
    let now = day("2024-04-04");
    let folder = tempfile::tempdir().unwrap();
    let mut state = State::with_keys();
    state.wanted.symbols = vec!["SPY".into(), "IWM".into()];
    state.wanted.series = vec!["UNRATE".into(), "PAYEMS".into()];
    let mut asked = 0;
    for id in OURS {
        let feed = feeds::feed(id).unwrap();
        let plan = state.plan(feed, "2024-04-04").unwrap();
        let mut rows = 0;
        for d in &plan {
            let answer = ask(&world, d, now, true);
            assert_eq!(answer.status, 200, "{id} {}", d.url);
            asked += 1;
            let beginning = head(&d.name, &answer.body);
            feed.check(d, &beginning).unwrap_or_else(|e| panic!("{id} {}: {e}", d.url));
            let path = support::write(folder.path(), &d.name, &answer.body);
            let reader = feed.info().readers.iter().find(|r| r.recognises(&plimsoll_sources::head(&path).unwrap()));
            let reader = reader.unwrap_or_else(|| panic!("{id}: no reader of its own knows {}", d.name));
            let (result, kept) = support::read_with(*reader, &path, now.at(20, 0));
            result.unwrap_or_else(|e| panic!("{id}: {e}"));
            for b in &kept.rows {
                rows += b.len();
                for i in 0..b.len() {
                    let key = (reader.info().id.to_owned(), b.text(b.names[0]).get(i).to_owned());
                    let last = state.held.entry(key).or_insert(Day(b.period[i]));
                    *last = (*last).max(Day(b.period[i]));
                }
            }
            let at = now.at(20, 0).0;
            let of = Fetched {
                asked_at: at,
                changed_at: at,
                etag: None,
                last_modified: None,
                bytes: 1,
                blake3: String::new(),
                imported: true,
                dropped: false,
            };
            state.fetched.insert(d.name.clone(), of);
        }
        assert!(rows > 0, "{id} brought nothing");
    }
    assert!(asked > 20, "{asked}");
    // What has a session's date is not asked for again; pages and answers without one are small, and the client asks for them by the hour.
    for id in ["nyfed", "holdings_ishares", "holdings_spdr", "holdings_invesco", "tiingo", "stooq", "eodhd", "cme"] {
        let plan = state.plan(feeds::feed(id).unwrap(), "2024-04-04").unwrap();
        assert!(plan.is_empty(), "{id}: {plan:?}");
    }
    for d in state.plan(feeds::feed("alfred").unwrap(), "2024-04-05").unwrap() {
        assert!(d.url.contains("realtime_start=2024-03-28"), "{}", d.url);
        assert!(ask(&world, &d, day("2024-04-05"), true).body.len() < 40_000);
    }
    // The next session: what is new is asked for, and nothing else.
    assert_eq!(state.plan(feeds::feed("tiingo").unwrap(), "2024-04-05").unwrap().len(), 2);
    assert!(state.urls("nyfed", "2024-04-05")[0].contains("startDate=2024-03-27"));
}

#[test]
fn without_its_key_a_publisher_gives_no_data_and_no_reader_takes_what_it_says() {
    let world = World::new(&Spec::small());
    let state = State::with_keys();
    for id in ["alfred", "fred_releases", "tiingo", "eodhd", "alpha_vantage"] {
        let feed = feeds::feed(id).unwrap();
        let download = &state.plan(feed, "2024-04-04").unwrap()[0];
        let answer = ask(&world, download, day("2024-04-04"), false);
        // Some say so with status 200.
        assert_eq!(answer.status == 200, id == "alpha_vantage", "{id}");
        assert!(feed.check(download, &head(&download.name, &answer.body)).is_err(), "{id}");
    }
    // Stooq has no share of this name and says it with status 200.
    let feed = feeds::feed("stooq").unwrap();
    let mut state = state;
    state.wanted.symbols = vec!["NOSUCH".into()];
    let download = &state.plan(feed, "2024-04-04").unwrap()[0];
    let answer = ask(&world, download, day("2024-04-04"), false);
    assert_eq!((answer.status, &answer.body[..]), (200, &b"No data"[..]));
    assert!(feed.check(download, &head(&download.name, &answer.body)).is_err());
}
