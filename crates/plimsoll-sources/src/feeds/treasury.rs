//! The Treasury's daily par yield curve, one file a year.

use std::time::Duration;

use crate::fetch::{Context, Download, Feed, FeedInfo, Limit, PlanError};
use crate::treasury::Treasury as TreasuryReader;

/// Asks the Treasury for its par curve, the years that are missing and the current one.
pub struct Treasury;

static INFO: FeedInfo = FeedInfo {
    id: "treasury",
    title: "Daily par yield curve",
    publisher: "U.S. Department of the Treasury",
    hosts: &["home.treasury.gov"],
    terms: "Public domain (work of the United States government)",
    limit: Limit { requests: 2, per: Duration::from_secs(1), burst: 4, stated: "ours; none is stated" },
    key: None,
    contact: false,
    first: "1990-01-02",
    revisions: "Rarely, with an announcement; years before last are not asked for again unless `--full`",
    readers: &[&TreasuryReader],
    role: None,
    by_default: true,
    late_after: Some(2),
    size: "1 MB",
    specification: &[
        "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/TextView?type=daily_treasury_yield_curve",
        "https://home.treasury.gov/policy-issues/financing-the-government/interest-rate-statistics",
    ],
};

const FIRST: i16 = 1990;
const BASE: &str = "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv";

impl Feed for Treasury {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let this = context.today.parts().0;
        let from = context.wanted.from.map_or(FIRST, |d| d.parts().0.max(FIRST));
        let download = |year: i16| Download {
            // The year before is asked for until February is over: its last days and corrections arrive in January.
            fixed: year < this - 1 || (year == this - 1 && context.today.parts().1 > 2),
            estimate: 30_000,
            largest: 4 << 20,
            // On the first days of January there is no row yet.
            may_be_absent: year == this,
            ..Download::new(
                format!("par-yield-curve-{year}.csv"),
                format!("{BASE}/{year}/all?type=daily_treasury_yield_curve&field_tdr_date_value={year}&page&_format=csv"),
            )
        };
        Ok((from..=this).map(download).collect())
    }
}
