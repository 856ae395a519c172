//! Daily prices from vendors that stand in for each other: each asks for one symbol at a time, in its own spelling.

use std::time::Duration;

use plimsoll_model::calendar::Calendar;

use crate::Head;
use crate::daily::{
    AlphaVantage as AlphaVantageReader, Eodhd as EodhdReader, Stooq as StooqReader, Tiingo as TiingoReader, complaint,
};
use crate::fetch::{Changed, Context, Download, Feed, FeedInfo, Key, Limit, PlanError, Role, Secret, beginning, not_a_page};

/// Asks Tiingo; a key is free.
pub struct Tiingo;
/// Asks EODHD; a key is free, for a year of history.
pub struct Eodhd;
/// Asks Stooq, without a key.
pub struct Stooq;
/// Asks Alpha Vantage; a key is free, for closes as traded.
pub struct AlphaVantage;

const PRICES: Option<Role> = Some(Role::Prices);
const DAY: Duration = Duration::from_secs(24 * 3600);

static TIINGO: FeedInfo = FeedInfo {
    id: "tiingo",
    title: "Daily prices with dividends and splits (Tiingo)",
    publisher: "Tiingo Inc.",
    hosts: &["api.tiingo.com"],
    terms: "Tiingo terms of use: internal, personal use, no redistribution",
    limit: Limit {
        requests: 45,
        per: Duration::from_secs(3600),
        burst: 45,
        stated: "about 50 an hour, 1,000 a day and 500 symbols a month on the free plan, the publisher's; ours is lower",
    },
    key: Some(Key {
        name: "tiingo",
        environment: "TIINGO_API_KEY",
        from: "free with an account at https://www.tiingo.com/account/api/token",
    }),
    contact: false,
    first: "by symbol, from 1962 on",
    revisions: "The whole history of a symbol is one request, and the vendor counts requests: it is asked for again after each session. Levels are built forward, so that a dividend changes no earlier one",
    readers: &[&TiingoReader],
    role: PRICES,
    by_default: true,
    late_after: Some(2),
    size: "2 MB a symbol before compression",
    specification: &["https://www.tiingo.com/documentation/end-of-day"],
};

static EODHD: FeedInfo = FeedInfo {
    id: "eodhd",
    title: "Daily prices, a year of them (EOD Historical Data)",
    publisher: "EOD Historical Data",
    hosts: &["eodhd.com"],
    terms: "EODHD terms and conditions: personal use, no redistribution",
    limit: Limit { requests: 20, per: DAY, burst: 20, stated: "20 a day on the free plan, the publisher's" },
    key: Some(Key { name: "eodhd", environment: "EODHD_API_KEY", from: "free with an account at https://eodhd.com/register" }),
    contact: false,
    first: "a year back on the free plan",
    revisions: "Every dividend and split restates all earlier adjusted closes: known from the fetch that shows it",
    readers: &[&EodhdReader],
    role: PRICES,
    by_default: true,
    late_after: Some(2),
    size: "30 kB a symbol",
    specification: &["https://eodhd.com/financial-apis/api-for-historical-data-and-volumes"],
};

static STOOQ: FeedInfo = FeedInfo {
    id: "stooq",
    title: "Daily prices, adjusted (Stooq)",
    publisher: "Stooq",
    hosts: &["stooq.com"],
    terms: "Stooq terms: personal use. A limit of downloads a day is not stated and is answered with a sentence in place of data",
    limit: Limit {
        requests: 1,
        per: Duration::from_secs(3),
        burst: 1,
        stated: "ours; the publisher's daily limit is not stated",
    },
    key: None,
    contact: false,
    first: "by symbol",
    revisions: "Every dividend and split restates all earlier closes: known from the fetch that shows it",
    readers: &[&StooqReader],
    role: PRICES,
    by_default: true,
    late_after: Some(2),
    size: "300 kB a symbol",
    specification: &["https://stooq.com/db/h/"],
};

static ALPHA_VANTAGE: FeedInfo = FeedInfo {
    id: "alpha_vantage",
    title: "Daily closes as traded, the last hundred sessions (Alpha Vantage)",
    publisher: "Alpha Vantage Inc.",
    hosts: &["www.alphavantage.co"],
    terms: "Alpha Vantage terms of service (alphavantage.co/terms_of_service): personal use",
    limit: Limit { requests: 25, per: DAY, burst: 5, stated: "25 a day on the free plan, the publisher's" },
    key: Some(Key {
        name: "alpha_vantage",
        environment: "ALPHAVANTAGE_API_KEY",
        from: "free at https://www.alphavantage.co/support/#api-key",
    }),
    contact: false,
    first: "a hundred sessions back on the free plan",
    revisions: "Closes as traded are final; without dividends and splits there is no level `etf:`",
    readers: &[&AlphaVantageReader],
    role: None,
    by_default: false,
    late_after: Some(2),
    size: "15 kB a symbol",
    specification: &["https://www.alphavantage.co/documentation/"],
};

/// Symbols of which the store has not the last session; those with a caret only where the vendor has indices.
fn due<'a>(context: &'a Context<'_>, source: &str, indices: bool) -> Vec<&'a str> {
    let last = Calendar::nyse().on_or_before(context.today);
    let series = |symbol: &str| match symbol.strip_prefix('^') {
        Some(name) => format!("index:{name}"),
        None => format!("etf:{symbol}"),
    };
    let held =
        |symbol: &str| context.last(source, &series(symbol)).or_else(|| context.last(source, symbol)).is_some_and(|l| l >= last);
    let symbols = context.wanted.symbols.iter().map(String::as_str);
    symbols.filter(|s| (indices || !s.starts_with('^')) && !held(s)).collect()
}

/// A class of shares as vendors write it, `brk-b`.
fn hyphenated(symbol: &str) -> String {
    symbol.to_ascii_lowercase().replace('.', "-")
}

fn download(name: String, url: String) -> Download {
    Download { again_after: Duration::from_secs(3 * 3600), estimate: 300_000, largest: 32 << 20, ..Download::new(name, url) }
}

/// A sentence in place of prices, with status 200, is no answer.
fn check(feed: &dyn Feed, head: &Head) -> Result<(), Changed> {
    not_a_page(head)?;
    if let Some(said) = complaint(&head.bytes) {
        return Err(Changed { field: "answer".into(), expected: "prices".into(), got: format!("`{said}`") });
    }
    if feed.info().readers.iter().any(|r| r.recognises(head)) {
        return Ok(());
    }
    let layouts: Vec<&str> = feed.info().readers.iter().map(|r| r.info().layout).collect();
    Err(Changed { field: "layout".into(), expected: layouts.join("; or "), got: beginning(head) })
}

impl Feed for Tiingo {
    fn info(&self) -> &'static FeedInfo {
        &TIINGO
    }
    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let key = context.key(&TIINGO)?;
        let one = |symbol: &str| Download {
            // In a header, where no log of addresses has it.
            secret_headers: vec![("Authorization", Secret::new(&format!("Token {}", key.reveal())))],
            estimate: 2_000_000,
            ..download(
                format!("{symbol}.json"),
                format!("https://api.tiingo.com/tiingo/daily/{}/prices?startDate=1990-01-01&format=json", hyphenated(symbol)),
            )
        };
        Ok(due(context, "tiingo", false).into_iter().map(one).collect())
    }
    fn check(&self, _: &Download, head: &Head) -> Result<(), Changed> {
        check(self, head)
    }
}

impl Feed for Eodhd {
    fn info(&self) -> &'static FeedInfo {
        &EODHD
    }
    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let key = context.key(&EODHD)?;
        let one = |symbol: &str| Download {
            secret_query: vec![("api_token", key.clone())],
            ..download(
                format!("{symbol}.json"),
                format!("https://eodhd.com/api/eod/{}.US?fmt=json&period=d", symbol.replace('.', "-")),
            )
        };
        Ok(due(context, "eodhd", false).into_iter().map(one).collect())
    }
    fn check(&self, _: &Download, head: &Head) -> Result<(), Changed> {
        check(self, head)
    }
}

impl Feed for Stooq {
    fn info(&self) -> &'static FeedInfo {
        &STOOQ
    }
    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let one = |symbol: &str| {
            let index = symbol == "^GSPC";
            let code = if index { "^spx".to_owned() } else { format!("{}.us", hyphenated(symbol)) };
            let name = if index { "^spx_d.csv".to_owned() } else { format!("{code}.csv") };
            download(name, format!("https://stooq.com/q/d/l/?s={}&i=d", code.replace('^', "%5E")))
        };
        // Of indices it has the large one; others are asked for elsewhere.
        Ok(due(context, "stooq", true).into_iter().filter(|s| !s.starts_with('^') || *s == "^GSPC").map(one).collect())
    }
    fn check(&self, _: &Download, head: &Head) -> Result<(), Changed> {
        check(self, head)
    }
}

impl Feed for AlphaVantage {
    fn info(&self) -> &'static FeedInfo {
        &ALPHA_VANTAGE
    }
    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let key = context.key(&ALPHA_VANTAGE)?;
        let one = |symbol: &str| Download {
            secret_query: vec![("apikey", key.clone())],
            ..download(
                format!("{symbol}.json"),
                format!("https://www.alphavantage.co/query?function=TIME_SERIES_DAILY&symbol={symbol}&outputsize=compact"),
            )
        };
        Ok(due(context, "alpha_vantage", false).into_iter().map(one).collect())
    }
    fn check(&self, _: &Download, head: &Head) -> Result<(), Changed> {
        check(self, head)
    }
}
