//! Days of statistical releases, from the API of the Federal Reserve Bank of St. Louis.

use std::time::Duration;

use super::alfred::{KEY, LIMIT};
use crate::Head;
use crate::daily::complaint;
use crate::fetch::{Changed, Context, Download, Feed, FeedInfo, PlanError, beginning, not_a_page};
use crate::releases::Releases;

/// Asks for the days of the releases of consumer prices, employment, output and incomes.
pub struct FredReleases;

static INFO: FeedInfo = FeedInfo {
    id: "fred_releases",
    title: "Days of statistical releases, past and to come",
    publisher: "Federal Reserve Bank of St. Louis, from the agencies' schedules",
    hosts: &["api.stlouisfed.org"],
    terms: "FRED API terms of use (fred.stlouisfed.org/docs/api/terms_of_use.html). This product uses the FRED API but is not endorsed or certified by the Federal Reserve Bank of St. Louis",
    limit: LIMIT,
    key: Some(KEY),
    contact: false,
    first: "by release: consumer prices 1949, employment 1955",
    revisions: "Days to come are moved; a later answer has the new day",
    readers: &[&Releases],
    role: None,
    by_default: true,
    late_after: None,
    size: "300 kB",
    specification: &["https://fred.stlouisfed.org/docs/api/fred/release_dates.html"],
};

/// Consumer prices, employment, output, incomes: `data/fred_releases.csv` has their calendars.
const RELEASES: [u32; 4] = [10, 50, 53, 54];

impl Feed for FredReleases {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let key = context.key(&INFO)?;
        let one = |id: &u32| Download {
            secret_query: vec![("api_key", key.clone())],
            again_after: Duration::from_secs(24 * 3600),
            estimate: 60_000,
            ..Download::new(
                format!("release-{id}.json"),
                // Without this word, days to come are left out.
                format!(
                    "https://api.stlouisfed.org/fred/release/dates?release_id={id}&include_release_dates_with_no_data=true&sort_order=desc&limit=1000&file_type=json"
                ),
            )
        };
        Ok(RELEASES.iter().map(one).collect())
    }

    fn check(&self, _: &Download, head: &Head) -> Result<(), Changed> {
        use crate::Reader;
        not_a_page(head)?;
        if let Some(said) = complaint(&head.bytes) {
            return Err(Changed { field: "answer".into(), expected: "days of releases".into(), got: said });
        }
        if Releases.recognises(head) {
            return Ok(());
        }
        Err(Changed { field: "release_dates".into(), expected: Releases.info().layout.into(), got: beginning(head) })
    }
}
