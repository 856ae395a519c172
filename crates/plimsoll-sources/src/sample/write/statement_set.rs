//! One quarter of the Financial Statement Data Sets: `sub`, `num`, `tag` and `pre` in a zip, as the SEC publishes them.
//!
//! Only the primary statements are in these sets; ladders of maturities are not. The publisher rounds the ends of periods to ends of
//! months.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use plimsoll_model::time::Day;

use super::archive::Archive;
use super::company_facts::{Number, numbers};
use super::filers::{code, month_end_near, of_edgar, year_end};
use super::{Files, clock};
use crate::sample::World;

/// Filings from the first day to the last are in the set.
pub(super) const QUARTER: (Day, Day, &str) = (Day(19_631), Day(19_722), "2023q4");
/// The taxonomy that the numbers are tagged by.
const VERSION: &str = "us-gaap/2023";

const SUB: &str = "adsh\tcik\tname\tsic\tcountryba\tstprba\tcityba\tzipba\tbas1\tbas2\tbaph\tcountryma\tstprma\tcityma\tzipma\tmas1\tmas2\tcountryinc\tstprinc\tein\tformer\tchanged\tafs\twksi\tfye\tform\tperiod\tfy\tfp\tfiled\taccepted\tprevrpt\tdetail\tinstance\tnciks\taciks\n";
const NUM: &str = "adsh\ttag\tversion\tddate\tqtrs\tuom\tsegments\tcoreg\tvalue\tfootnote\n";
const TAG: &str = "tag\tversion\tcustom\tabstract\tdatatype\tiord\tcrdr\ttlabel\tdoc\n";
const PRE: &str = "adsh\treport\tline\tstmt\tinpth\trfile\ttag\tversion\tplabel\tnegating\n";

fn compact(day: Day) -> String {
    day.to_string().replace('-', "")
}

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let (mut sub, mut num, mut pre) = (SUB.to_owned(), NUM.to_owned(), PRE.to_owned());
    let mut tags: BTreeMap<String, bool> = BTreeMap::new();
    let (from, to, name) = QUARTER;
    for filer in of_edgar(world) {
        for report in filer.reports.iter().filter(|r| (from..=to).contains(&r.filed)) {
            let last = &filer.quarters[report.quarters.end - 1];
            let period = if report.annual() { "FY".to_owned() } else { format!("Q{}", report.quarters.len()) };
            let _ = writeln!(
                sub,
                "{}\t{}\t{}\t{}\tUS\tNY\tNEW YORK\t10001\t1 INVENTED STREET\t\t\tUS\tNY\tNEW YORK\t10001\t1 INVENTED STREET\t\tUS\tDE\t\t\t\t2-ACC\t0\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t0\t1\tinvented_htm.xml\t1\t",
                report.accession,
                filer.cik,
                filer.name.to_uppercase(),
                code(world, filer),
                year_end(filer),
                report.form,
                compact(month_end_near(last.end)),
                last.fiscal,
                period,
                compact(report.filed),
                clock(filer.cik, report.filed).0,
            );
            let mut line = 0;
            let mut shown: Vec<String> = Vec::new();
            numbers(filer, report, &mut |n: Number<'_>| {
                if n.taxonomy != "us-gaap" || n.note {
                    return;
                }
                let quarters = n.quarters.as_ref().map_or(0, std::ops::Range::len);
                let _ = writeln!(
                    num,
                    "{}\t{}\t{VERSION}\t{}\t{quarters}\t{}\t\t\t{}.0000\t",
                    report.accession,
                    n.name,
                    compact(month_end_near(n.end)),
                    n.unit,
                    n.value
                );
                tags.entry(n.name.to_owned()).or_insert(quarters == 0);
                if !shown.iter().any(|s| s == n.name) {
                    shown.push(n.name.to_owned());
                    line += 1;
                    let statement = if quarters == 0 { "BS" } else { "IS" };
                    let _ =
                        writeln!(pre, "{}\t2\t{line}\t{statement}\t0\tH\t{}\t{VERSION}\t{}\t0", report.accession, n.name, n.name);
                }
            });
        }
    }
    let mut tag = TAG.to_owned();
    for (name, instant) in &tags {
        let kind = if *instant { "I" } else { "D" };
        let _ = writeln!(tag, "{name}\t{VERSION}\t0\t0\tmonetary\t{kind}\t\t{name}\t");
    }
    let mut archive = Archive::create(&files.path(&format!("sec/financial_statements/{name}.zip"))?)?;
    for (name, text) in [("sub.txt", &sub), ("tag.txt", &tag), ("num.txt", &num), ("pre.txt", &pre)] {
        archive.add(name, text.as_bytes())?;
    }
    archive.finish().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quarter_is_the_last_of_2023() {
        assert_eq!((QUARTER.0, QUARTER.1), (Day::ymd(2023, 10, 1), Day::ymd(2023, 12, 31)));
    }
}
