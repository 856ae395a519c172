//! The Federal Reserve's page of meeting calendars.

use std::time::Duration;

use crate::Head;
use crate::fetch::{Changed, Context, Download, Feed, FeedInfo, Limit, PlanError, beginning};
use crate::fomc::FomcPage;

/// Asks the Federal Reserve for the calendar of FOMC meetings.
pub struct Fomc;

static INFO: FeedInfo = FeedInfo {
    id: "fomc",
    title: "Meetings of the Federal Open Market Committee, with the days of statements and minutes",
    publisher: "Board of Governors of the Federal Reserve System",
    hosts: &["www.federalreserve.gov"],
    terms: "United States public domain (federalreserve.gov/disclaimer.htm)",
    limit: Limit { requests: 1, per: Duration::from_secs(1), burst: 1, stated: "ours; none is stated" },
    key: None,
    contact: false,
    first: "five years back and the schedule to come; older meetings are on pages by year, which `fomc_documents` files stand for",
    revisions: "Meetings are moved, added and cancelled; the page as it stands tells of it, and a change is known when the page was fetched or by the table of press releases",
    readers: &[&FomcPage],
    role: None,
    by_default: true,
    late_after: None,
    size: "200 kB",
    specification: &["https://www.federalreserve.gov/monetarypolicy/fomccalendars.htm"],
};

impl Feed for Fomc {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, _: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        Ok(vec![Download {
            again_after: Duration::from_secs(12 * 3600),
            largest: 8 << 20,
            estimate: 200_000,
            ..Download::new("fomccalendars.htm", "https://www.federalreserve.gov/monetarypolicy/fomccalendars.htm")
        }])
    }

    // A page is what is asked for here.
    fn check(&self, _: &Download, head: &Head) -> Result<(), Changed> {
        use crate::Reader;
        if FomcPage.recognises(head) {
            return Ok(());
        }
        let expected = "the page of meeting calendars, with rows of class `fomc-meeting`".to_owned();
        Err(Changed { field: "page".into(), expected, got: beginning(head) })
    }
}
