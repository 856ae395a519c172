//! The data library of Kenneth R. French: one zip archive a data set, with one CSV file.

use std::time::Duration;

use crate::fetch::{Context, Download, Feed, FeedInfo, Limit, PlanError, Unpack};
use crate::french::French as FrenchReader;

/// Asks the library for the data sets that are wanted.
pub struct French;

static INFO: FeedInfo = FeedInfo {
    id: "french",
    title: "Factors and portfolios of the French library",
    publisher: "Kenneth R. French, Tuck School of Business at Dartmouth",
    hosts: &["mba.tuck.dartmouth.edu"],
    terms: "Copyright of Eugene F. Fama and Kenneth R. French; free to use, no licence stated; not to be passed on",
    limit: Limit { requests: 1, per: Duration::from_secs(1), burst: 4, stated: "ours; none is stated" },
    key: None,
    contact: false,
    first: "1926-07-01",
    revisions: "About monthly, from CRSP and Compustat as they are then; the whole history may change (a new data vendor in 2025). A changed return is a revision, known when it was fetched",
    readers: &[&FrenchReader],
    role: None,
    by_default: true,
    late_after: Some(65),
    size: "5 MB",
    specification: &["https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/data_library.html"],
};

const BASE: &str = "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp";

impl Feed for French {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let download = |name: &String| {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
                return Err(PlanError::Setting(format!(
                    "data set `{name}`: expected a name of the library without ending, such as F-F_Research_Data_Factors_daily"
                )));
            }
            Ok(Download {
                unpack: Unpack::OnlyEntry,
                again_after: Duration::from_secs(20 * 3600),
                estimate: 500_000,
                ..Download::new(format!("{name}.csv"), format!("{BASE}/{name}_CSV.zip"))
            })
        };
        context.wanted.french.iter().map(download).collect()
    }
}
