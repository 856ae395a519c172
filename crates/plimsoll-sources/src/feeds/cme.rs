//! Settlements of federal funds futures from the exchange's own page.

use std::time::Duration;

use plimsoll_model::calendar::Calendar;

use crate::fetch::{Context, Download, Feed, FeedInfo, Limit, PlanError, Role};
use crate::futures::{CmePage, Contract};

/// Asks the futures exchange for the final settlements of the last sessions.
pub struct Cme;

static INFO: FeedInfo = FeedInfo {
    id: "cme",
    title: "Settlements of 30-day federal funds futures, the last sessions",
    publisher: "CME Group (Chicago Board of Trade)",
    hosts: &["www.cmegroup.com"],
    terms: "CME Group terms (cmegroup.com/disclaimer.html, market data policy): settlements on the site are for personal, non-commercial use, and automated collection needs the exchange's consent. Off by default: naming it in the configuration says that you have it",
    limit: Limit { requests: 1, per: Duration::from_secs(5), burst: 1, stated: "ours; none is stated" },
    key: None,
    contact: false,
    first: "the last five sessions; history comes from vendors' files (`zq_settle`)",
    revisions: "Preliminary reports are refused; final ones stand",
    readers: &[&CmePage],
    role: Some(Role::Futures),
    by_default: false,
    late_after: Some(2),
    size: "20 kB a session",
    specification: &["https://www.cmegroup.com/markets/interest-rates/stirs/30-day-federal-fund.settlements.html"],
};

/// Sessions that the page still shows.
const SHOWN: usize = 5;
/// The exchange's number of the product.
const PRODUCT: u32 = 305;

impl Feed for Cme {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let calendar = Calendar::nyse();
        // The report of a day is preliminary until late in its evening: it is asked for on the next day.
        let newest = calendar.previous(context.today);
        // The contract after the front one settles on every session.
        let key = format!("zq.settle:{}", Contract::of(newest).later(1));
        let last = context.last("cme", &key);
        let days = calendar.between(calendar.back(newest, SHOWN - 1), newest);
        let missing = days.iter().filter(|d| last.is_none_or(|l| **d > l));
        Ok(missing
            .map(|day| {
                let (year, month, date) = day.parts();
                Download {
                    fixed: true,
                    may_be_absent: true,
                    estimate: 20_000,
                    largest: 4 << 20,
                    ..Download::new(
                        format!("zq-{day}.json"),
                        format!(
                            "https://www.cmegroup.com/CmeWS/mvc/Settlements/Futures/Settlements/{PRODUCT}/FUT?strategy=DEFAULT&tradeDate={month:02}/{date:02}/{year}&pageSize=500"
                        ),
                    )
                }
            })
            .collect())
    }
}
