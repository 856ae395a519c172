//! Series of FRED by the route that needs no key: one CSV file a series, as its graph pages download it.

use std::time::Duration;

use crate::Head;
use crate::fetch::{Changed, Context, Download, Feed, FeedInfo, Limit, PlanError, not_a_page};
use crate::fred::Fred as FredReader;

/// Asks FRED for whole series, today's values; vintages come from ALFRED, with a key.
pub struct Fred;

static INFO: FeedInfo = FeedInfo {
    id: "fred",
    title: "Economic and financial series, today's values",
    publisher: "Federal Reserve Bank of St. Louis",
    hosts: &["fred.stlouisfed.org"],
    terms: "FRED terms of use: personal, non-commercial and educational use; series of others (bond indices of ICE, indices of S&P) are their owners' and may be shortened by them",
    limit: Limit {
        requests: 2,
        per: Duration::from_secs(1),
        burst: 10,
        stated: "ours, by the 120 a minute that FRED states for its interface with a key",
    },
    key: None,
    contact: false,
    first: "By series",
    revisions: "Values are today's: a value that differs from one stored is a revision, known when it was fetched. The whole series is fetched each time, for nothing less shows what was revised",
    readers: &[&FredReader],
    role: None,
    by_default: true,
    late_after: Some(3),
    size: "5 MB for the shipped thesis",
    specification: &["https://fred.stlouisfed.org/docs/api/fred/", "https://fred.stlouisfed.org/legal/"],
};

impl Feed for Fred {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let from = context.wanted.from.map_or_else(String::new, |day| format!("&cosd={day}"));
        let download = |id: &String| {
            let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            if id.is_empty() || !id.bytes().all(good) {
                return Err(PlanError::Setting(format!("series `{id}`: expected an id of FRED, such as DGS10")));
            }
            Ok(Download {
                largest: 16 << 20,
                estimate: 300_000,
                ..Download::new(format!("{id}.csv"), format!("https://fred.stlouisfed.org/graph/fredgraph.csv?id={id}{from}"))
            })
        };
        context.wanted.series.iter().map(download).collect()
    }

    /// The column must be the series that was asked for: the reader would take any.
    fn check(&self, download: &Download, head: &Head) -> Result<(), Changed> {
        not_a_page(head)?;
        let id = download.name.trim_end_matches(".csv");
        let header = head.header();
        let dated = header.first().is_some_and(|h| h.eq_ignore_ascii_case("observation_date") || h == "DATE");
        if dated && header.len() == 2 && header[1] == id {
            return Ok(());
        }
        Err(Changed {
            field: "header".into(),
            expected: format!("`observation_date,{id}`"),
            got: format!("`{}`", header.join(",")),
        })
    }
}
