//! Who provided the series that several publishers can provide: prices of funds, levels of indices, settlements of futures.
//!
//! Read from the observations themselves, so that a report of a day says what was used of what was known then, whatever was fetched since.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::preference;
use plimsoll_model::time::Day;

use crate::failure::Failure;
use crate::lineage::Used;

/// Beginnings of the names of such series.
const SHARED: [&str; 3] = ["etf", "index", "zq"];
/// Days before the session that are looked at: who provides now, and who did until lately.
const LOOK: i32 = 400;

/// By the beginning of the series' names: `tiingo through 2024-06-14, then stooq through 2024-06-28`.
pub fn of(knowledge: &dyn Knowledge, used: &BTreeMap<String, Used>, session: Day) -> Result<BTreeMap<String, String>, Failure> {
    let ids: BTreeSet<&str> = used.keys().filter_map(|n| n.strip_prefix("series ")).filter(|id| shared(id).is_some()).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let scan = Scan::all(Dataset::Series).periods(session.plus(-LOOK)..=session).keys(ids).columns(&["series"]).vintages();
    let rows = knowledge.scan(&scan)?;
    let id = rows.text("series");
    // Of each day of each series the source that stands.
    let mut chosen: BTreeMap<(&str, i32), &str> = BTreeMap::new();
    for i in 0..rows.len() {
        let source = rows.source(i);
        let stands = chosen.entry((id.get(i), rows.period[i])).or_insert(source);
        if preference(source) < preference(stands) {
            *stands = source;
        }
    }
    let mut last: BTreeMap<&str, BTreeMap<&str, i32>> = BTreeMap::new();
    for ((id, day), source) in chosen {
        let through = last.entry(shared(id).unwrap_or_default()).or_default().entry(source).or_insert(day);
        *through = (*through).max(day);
    }
    Ok(last.into_iter().map(|(of, sources)| (of.to_owned(), words(&sources))).collect())
}

/// Whether several publishers can provide a series: the beginning of its name.
fn shared(id: &str) -> Option<&'static str> {
    let beginning = id.split([':', '.']).next()?;
    SHARED.into_iter().find(|s| *s == beginning)
}

fn words(sources: &BTreeMap<&str, i32>) -> String {
    let mut by_day: BTreeMap<i32, Vec<&str>> = BTreeMap::new();
    sources.iter().for_each(|(source, day)| by_day.entry(*day).or_default().push(source));
    let parts: Vec<String> = by_day.iter().map(|(day, of)| format!("{} through {}", of.join(" and "), Day(*day))).collect();
    parts.join(", then ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_in_the_order_in_which_they_end() {
        let (a, b) = (Day::ymd(2024, 6, 14).0, Day::ymd(2024, 6, 28).0);
        assert_eq!(
            words(&BTreeMap::from([("stooq", b), ("tiingo", a)])),
            "tiingo through 2024-06-14, then stooq through 2024-06-28"
        );
        assert_eq!(words(&BTreeMap::from([("stooq", b), ("tiingo", b)])), "stooq and tiingo through 2024-06-28");
        assert_eq!((shared("etf:SPY"), shared("zq.settle:2024-07"), shared("fred:DGS10")), (Some("etf"), Some("zq"), None));
    }
}
