//! Reference rates of the Federal Reserve Bank of New York.

use std::time::Duration;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;

use crate::fetch::{Context, Download, Feed, FeedInfo, Limit, PlanError};
use crate::nyfed::NyFed as NyFedReader;

/// Asks the New York Fed for the effective federal funds rate and SOFR.
pub struct NyFed;

static INFO: FeedInfo = FeedInfo {
    id: "nyfed",
    title: "Effective federal funds rate with percentiles and target range, and SOFR",
    publisher: "Federal Reserve Bank of New York",
    hosts: &["markets.newyorkfed.org"],
    terms: "Terms of use of the New York Fed: free with attribution (newyorkfed.org/privacy/termsofuse)",
    limit: Limit { requests: 1, per: Duration::from_secs(1), burst: 2, stated: "ours; none is stated" },
    key: None,
    contact: false,
    first: "EFFR 2000-07-03, SOFR 2018-04-02",
    revisions: "On the day of publication only; the last week is asked for again each time",
    readers: &[&NyFedReader],
    role: None,
    by_default: true,
    late_after: Some(2),
    size: "3 MB",
    specification: &["https://markets.newyorkfed.org/static/docs/markets-api.html"],
};

/// Path, series, and first day of each rate.
const RATES: [(&str, &str, (i16, i8, i8)); 2] =
    [("unsecured/effr", "nyfed:EFFR", (2000, 7, 3)), ("secured/sofr", "nyfed:SOFR", (2018, 4, 2))];

impl Feed for NyFed {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let calendar = Calendar::nyse();
        let today = context.today;
        let mut out = Vec::new();
        for (path, series, (year, month, date)) in RATES {
            let first = Day::ymd(year, month, date);
            let last = context.last("nyfed", series);
            // A day's rate comes out on the next business day.
            if last.is_some_and(|l| l >= calendar.previous(today)) {
                continue;
            }
            let from = match last {
                Some(l) => l.plus(-7),
                None => context.wanted.from.map_or(first, |f| f.plus(-31).max(first)),
            };
            let name = path.split('/').next_back().unwrap_or(path);
            out.push(Download {
                estimate: u64::from((today.0 - from.0).max(1) as u32) * 220,
                largest: 32 << 20,
                ..Download::new(
                    format!("{name}.json"),
                    format!(
                        "https://markets.newyorkfed.org/api/rates/{path}/search.json?startDate={from}&endDate={today}&type=rate"
                    ),
                )
            });
        }
        Ok(out)
    }
}
