//! The Securities and Exchange Commission: who files, what was filed, and its numbers; in bulk, or filer by filer.

use std::time::Duration;

use crate::edgar::{CompanyFacts, StatementSets, Submissions, Tickers};
use crate::fetch::{Changed, Context, Download, Feed, FeedInfo, Limit, PlanError, Purpose};

/// Asks EDGAR. With `ciks` in the configuration it fetches those filers one by one, else the two archives that are rebuilt every night.
pub struct Sec;

static INFO: FeedInfo = FeedInfo {
    id: "sec",
    title: "Filings, their numbers, and who files (EDGAR)",
    publisher: "U.S. Securities and Exchange Commission",
    hosts: &["www.sec.gov", "data.sec.gov"],
    terms: "Public domain (United States government). Fair access: at most ten requests a second over all machines of a user, a name and an address in the user agent",
    // Below the bound, and evenly: a burst at the bound can be counted as eleven.
    limit: Limit { requests: 8, per: Duration::from_secs(1), burst: 1, stated: "the publisher's is 10 a second" },
    key: None,
    contact: true,
    first: "1993 for filings, 2009 for their numbers",
    revisions: "A later filing that states another number is a row of its own, known from that filing on. The archives are rebuilt each night; what changed becomes known when it was fetched",
    readers: &[&CompanyFacts, &Submissions, &StatementSets, &Tickers],
    role: None,
    by_default: true,
    late_after: None,
    size: "1.3 GB of numbers and 1.5 GB of filings in bulk; about 4 MB a filer otherwise; 60 to 120 MB a quarter of data sets",
    specification: &[
        "https://www.sec.gov/search-filings/edgar-application-programming-interfaces",
        "https://www.sec.gov/about/webmaster-frequently-asked-questions#developers",
        "https://www.sec.gov/files/financial-statement-data-sets.pdf",
    ],
};

const DAY: Duration = Duration::from_secs(20 * 3600);
const SETS: &str = "https://www.sec.gov/files/dera/data/financial-statement-data-sets";
/// The first quarter of the data sets.
const FIRST_SET: i16 = 2009;

fn archive(name: &str, url: &str, estimate: u64) -> Download {
    Download { resumable: true, again_after: DAY, largest: 8 << 30, estimate, ..Download::new(name, url) }
}

impl Feed for Sec {
    fn info(&self) -> &'static FeedInfo {
        &INFO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let mut out = vec![Download {
            again_after: DAY,
            estimate: 1_200_000,
            ..Download::new("company_tickers.json", "https://www.sec.gov/files/company_tickers.json")
        }];
        if context.wanted.ciks.is_empty() {
            out.push(archive(
                "submissions.zip",
                "https://www.sec.gov/Archives/edgar/daily-index/bulkdata/submissions.zip",
                1_500_000_000,
            ));
            out.push(archive(
                "companyfacts.zip",
                "https://www.sec.gov/Archives/edgar/daily-index/xbrl/companyfacts.zip",
                1_300_000_000,
            ));
        }
        for cik in &context.wanted.ciks {
            out.push(Download {
                purpose: Purpose::ImportAndList,
                estimate: 200_000,
                ..Download::new(format!("CIK{cik:010}.json"), format!("https://data.sec.gov/submissions/CIK{cik:010}.json"))
            });
            out.push(Download {
                estimate: 4_000_000,
                // A filer without numbers has no such file.
                may_be_absent: true,
                ..Download::new(
                    format!("facts-CIK{cik:010}.json"),
                    format!("https://data.sec.gov/api/xbrl/companyfacts/CIK{cik:010}.json"),
                )
            });
        }
        if let Some(from) = context.wanted.statement_sets_from {
            let (year, month, _) = context.today.parts();
            let quarters = (from.max(FIRST_SET)..=year).flat_map(|y| (1..=4).map(move |q| (y, q)));
            // A set comes out after its quarter.
            for (y, q) in quarters.filter(|(y, q)| (*y, *q) < (year, (month + 2) / 3)) {
                let set = archive(&format!("{y}q{q}.zip"), &format!("{SETS}/{y}q{q}.zip"), 90_000_000);
                out.push(Download { fixed: true, may_be_absent: true, ..set });
            }
        }
        Ok(out)
    }

    /// Filings before the most recent thousand stand in files that the first one names.
    fn follow(&self, _: &Context<'_>, list: &Download, bytes: &[u8]) -> Result<Vec<Download>, PlanError> {
        let changed = |expected: &str, got: String| Changed { field: "filings.files".into(), expected: expected.into(), got };
        let whole: Whole =
            serde_json::from_slice(bytes).map_err(|e| changed("a list of files, each with a name", e.to_string()))?;
        let stem = list.name.trim_end_matches(".json");
        let mut out = Vec::new();
        for file in whole.filings.files {
            // A name is part of an address: nothing but a page of this filer.
            let page = file.name.strip_prefix(stem).and_then(|p| p.strip_prefix("-submissions-")?.strip_suffix(".json"));
            if !page.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())) {
                return Err(changed(&format!("`{stem}-submissions-001.json`"), format!("`{}`", file.name)).into());
            }
            out.push(Download {
                again_after: DAY,
                estimate: 500_000,
                ..Download::new(file.name.clone(), format!("https://data.sec.gov/submissions/{}", file.name))
            });
        }
        Ok(out)
    }
}

#[derive(serde::Deserialize)]
struct Whole {
    filings: Filings,
}

#[derive(serde::Deserialize)]
struct Filings {
    files: Vec<Page>,
}

#[derive(serde::Deserialize)]
struct Page {
    name: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use plimsoll_model::time::Day;

    use super::*;
    use crate::fetch::Wanted;

    fn plan(today: Day, wanted: &Wanted) -> Vec<String> {
        let none = BTreeMap::new();
        let context = Context { today, full: false, wanted, keys: &BTreeMap::new(), fetched: &none, held: &BTreeMap::new() };
        Sec.plan(&context).unwrap().into_iter().map(|d| d.name).collect()
    }

    #[test]
    fn bulk_unless_filers_are_named_and_a_set_comes_after_its_quarter() {
        let today = Day::ymd(2024, 4, 1);
        assert_eq!(plan(today, &Wanted::default()), ["company_tickers.json", "submissions.zip", "companyfacts.zip"]);
        let wanted = Wanted { ciks: vec![320_193], statement_sets_from: Some(2023), ..Wanted::default() };
        let names = plan(today, &wanted);
        assert_eq!(names[1..3], ["CIK0000320193.json", "facts-CIK0000320193.json"]);
        assert_eq!(names[3..], ["2023q1.zip", "2023q2.zip", "2023q3.zip", "2023q4.zip", "2024q1.zip"]);
        assert_eq!(plan(Day::ymd(2024, 3, 31), &wanted).last().unwrap(), "2023q4.zip");
    }

    #[test]
    fn pages_of_the_same_filer_follow_and_no_other_address() {
        let none = BTreeMap::new();
        let wanted = Wanted::default();
        let context = Context {
            today: Day::ymd(2024, 4, 1),
            full: false,
            wanted: &wanted,
            keys: &BTreeMap::new(),
            fetched: &none,
            held: &BTreeMap::new(),
        };
        let list = Download::new("CIK0000320193.json", "https://data.sec.gov/submissions/CIK0000320193.json");
        let follow = |text: &str| Sec.follow(&context, &list, text.as_bytes());
        let found = follow(r#"{"filings":{"recent":{},"files":[{"name":"CIK0000320193-submissions-001.json"}]}}"#).unwrap();
        assert_eq!(found[0].url, "https://data.sec.gov/submissions/CIK0000320193-submissions-001.json");
        for bad in [
            r#"{"filings":{"files":[{"name":"CIK0000000001-submissions-001.json"}]}}"#,
            r#"{"filings":{"files":[{"name":"CIK0000320193-submissions-../x.json"}]}}"#,
            r#"{"filings":{}}"#,
            "[]",
        ] {
            assert!(matches!(follow(bad), Err(PlanError::Changed(_))), "{bad}");
        }
    }
}
