//! Economic series with every release, from the API of the Federal Reserve Bank of St. Louis.

use std::time::Duration;

use crate::Head;
use crate::alfred::Alfred as AlfredReader;
use crate::daily::complaint;
use crate::fetch::{Changed, Context, Download, Feed, FeedInfo, Key, Limit, PlanError, beginning, not_a_page};

/// Asks ALFRED for the releases of series that are revised.
///
/// The real-time period is asked for by `realtime_start` and `realtime_end`. `vintage_date`, which the site's graph downloads take, is
/// no parameter of this endpoint: it is passed over, and today's figures come back with status 200. [`Feed::check`] therefore holds the
/// period that the answer names against the one that was asked for.
pub struct Alfred;

/// The key of the FRED API, which two feeds need.
pub(super) const KEY: Key =
    Key { name: "fred", environment: "FRED_API_KEY", from: "free with an account at https://fredaccount.stlouisfed.org/apikeys" };

/// What St. Louis allows.
pub(super) const LIMIT: Limit =
    Limit { requests: 90, per: Duration::from_secs(60), burst: 15, stated: "120 a minute, the publisher's; ours is lower" };

static INFO: FeedInfo = FeedInfo {
    id: "alfred",
    title: "Economic series as first published and as revised (ALFRED)",
    publisher: "Federal Reserve Bank of St. Louis",
    hosts: &["api.stlouisfed.org"],
    terms: "FRED API terms of use (fred.stlouisfed.org/docs/api/terms_of_use.html). This product uses the FRED API but is not endorsed or certified by the Federal Reserve Bank of St. Louis",
    limit: LIMIT,
    key: Some(KEY),
    contact: false,
    first: "by series: payrolls 1955, consumer prices 1972, unemployment 1960; the day of the first release on record",
    revisions: "Each release is kept; later ones are asked for from a week before the last asking on",
    readers: &[&AlfredReader],
    role: None,
    by_default: true,
    late_after: None,
    size: "20 MB",
    specification: &[
        "https://fred.stlouisfed.org/docs/api/fred/series_observations.html",
        "https://fred.stlouisfed.org/docs/api/fred/realtime_period.html",
    ],
};

/// Series that are revised and few enough in releases for one question (an answer spans at most 2,000 release days): those that the
/// shipped thesis and the measures look at.
const SERIES: [&str; 9] = ["CPIAUCSL", "CPILFESL", "PCEPILFE", "UNRATE", "PAYEMS", "INDPRO", "GDPC1", "ICSA", "DRTSCILM"];
/// The archive's first day.
const BEGINNING: &str = "1776-07-04";

/// The real-time period that an address asks for.
fn asked(url: &str) -> Option<&str> {
    url.split(['?', '&']).find_map(|p| p.strip_prefix("realtime_start="))
}

/// The value of a text field near the beginning of a JSON object.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(&format!("\"{name}\""))?;
    after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split('"').next()
}

impl Feed for Alfred {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let key = context.key(&INFO)?;
        let wanted = |id: &str| context.wanted.series.is_empty() || context.wanted.series.iter().any(|s| s == id);
        let mut out = Vec::new();
        for id in SERIES.iter().filter(|id| wanted(id)) {
            let name = format!("{id}@releases.json");
            let held = context.last("alfred", &format!("fred:{id}")).is_some();
            let before = context.before(&name).filter(|f| held && f.imported);
            // What was in force on the first day asked is no release and is not taken, so that a week of overlap costs nothing.
            let from = before.map_or_else(|| BEGINNING.to_owned(), |f| f.asked().plus(-7).to_string());
            out.push(Download {
                secret_query: vec![("api_key", key.clone())],
                again_after: Duration::from_secs(6 * 3600),
                estimate: if before.is_some() { 20_000 } else { 2_500_000 },
                ..Download::new(
                    name,
                    format!(
                        "https://api.stlouisfed.org/fred/series/observations?series_id={id}&realtime_start={from}&realtime_end=9999-12-31&output_type=1&units=lin&limit=100000&file_type=json"
                    ),
                )
            });
        }
        Ok(out)
    }

    fn check(&self, download: &Download, head: &Head) -> Result<(), Changed> {
        not_a_page(head)?;
        if let Some(said) = complaint(&head.bytes) {
            return Err(Changed { field: "answer".into(), expected: "observations".into(), got: said });
        }
        let text = String::from_utf8_lossy(&head.bytes[..head.bytes.len().min(1024)]).into_owned();
        let (Some(asked), Some(got)) = (asked(&download.url), field(&text, "realtime_start")) else {
            return Err(Changed { field: "realtime_start".into(), expected: "a real-time period".into(), got: beginning(head) });
        };
        if asked != got {
            let expected = format!("the real-time period asked for, from {asked}");
            let got = format!(
                "one from {got}: the endpoint passes over what it does not know and answers with values as revised by then"
            );
            return Err(Changed { field: "realtime_start".into(), expected, got });
        }
        Ok(())
    }
}
