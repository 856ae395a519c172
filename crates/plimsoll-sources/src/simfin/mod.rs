//! SimFin's bulk files: statements of US companies by year or quarter, and who the companies are.
//!
//! The files of one download belong together: a statement names companies by SimFin's own number, `us-companies.csv` says which CIK that
//! is, and `industries.csv` what its industry is called. A reader therefore looks beside the file it reads.

mod companies;
mod statements;

pub use companies::{Companies, Industries};
pub use statements::Statements;

use crate::SourceInfo;

static INFO: SourceInfo = SourceInfo {
    id: "simfin",
    title: "Standardised income statements, balance sheets and cash flow statements of US companies",
    publisher: "SimFin Analytics GmbH, simfin.com, bulk download",
    terms: "SimFin's: free for personal use with an account, no redistribution of the data; derived figures may be published",
    known_at: "Statements: the open of the session after Publish Date. Companies: from 1994, for the map is undated; names must agree before it is used",
    revisions: "A file shows each year as restated last (Restated Date); rows restated after their Publish Date carry the flag REVISED. Of two files that differ about a year, the one imported first stands; the other is a revision known when it was imported",
    caveats: &[
        "Values of a year restated later are the later ones: their timing is what was known then, the values are not",
        "Report dates are moved to the end of a month: a year that ended on 26 September is dated 30 September",
        "Publish dates are sometimes a few days off, and impossible ones exist (before or on the last day of the period): those rows are refused",
        "Interest Expense, Net is negative for an expense and is net of interest income; an empty debt cell mostly means no debt",
        "Banks and insurers are in files of their own; amounts of foreign filers are converted to dollars",
    ],
    layout: "us-{income,balance,cashflow}[-banks|-insurance]-{annual,quarterly,ttm}*.csv, us-companies.csv, industries.csv; semicolons",
};

/// Whether the first line begins with these column names, separated by semicolons.
fn begins(head: &crate::Head, names: &[&str]) -> bool {
    if head.parquet_columns.is_some() {
        return false;
    }
    let line = head.bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let mut fields = crate::table::Fields::separated(b';');
    fields.split(line.strip_suffix(b"\r").unwrap_or(line));
    fields.len() >= names.len() && names.iter().enumerate().all(|(i, n)| fields.text(i).eq_ignore_ascii_case(n))
}
