//! The Financial Statement Data Sets: a quarter's filings as tables, one archive a quarter since 2009.

use std::path::Path;

use csv::ByteRecord;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::time::{Day, Moment};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::archive::{self, Archive, Entry};
use super::company::{BALANCE, Company, Number};
use super::concepts::KEPT;
use super::issuers::{Issuers, Said};
use super::json::{Text, issuer};
use super::submissions::published;
use super::vintages::settle;
use super::{TERMS, accession, accession_text, civil, iso_day};
use crate::table::{layout, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `2024q1.zip` with its `sub.txt` and `num.txt`.
pub struct StatementSets;

static INFO: SourceInfo = SourceInfo {
    id: "edgar-sets",
    title: "Financial Statement Data Sets",
    publisher: "U.S. Securities and Exchange Commission, sec.gov/dera/data",
    terms: TERMS,
    known_at: "The moment of acceptance stated in `sub.txt`; after 17:30, from 06:00 of the day of filing",
    revisions: "A later filing that states another number of the same period is a row of its own; within one archive one that states the same number is none",
    caveats: &[
        "Consolidated numbers only: rows with a segment or a co-registrant are left out and counted",
        "Periods are rounded to whole months by the publisher: a year to 30 September 2023 may have ended on the 24th or on 4 October; a number without quarters is a balance",
        "Of the primary financial statements only: the notes, and so most ladders of maturities, are not in these sets",
        "Numbers that an earlier quarter's archive stated already are rows again",
    ],
    layout: "zip of `sub.txt`, `num.txt`, `tag.txt`, `pre.txt`: tab-separated, a header each, no quotes",
};

/// Companies settled between two collections of rows.
const WAVE: usize = 512;

/// A filing of the quarter.
struct Filing {
    accession: u64,
    company: usize,
    filed: Day,
    known: Moment,
    form: String,
    year: u16,
    fiscal_period: String,
}

/// A table of the archive, record by record.
struct Tabbed {
    reader: csv::Reader<Box<dyn std::io::Read>>,
    record: ByteRecord,
    header: Vec<String>,
}

impl Tabbed {
    fn open(archive: &Archive, path: &Path, entry: &Entry) -> Result<Tabbed, SourceError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b'\t')
            .quoting(false)
            .flexible(true)
            .buffer_capacity(1 << 17)
            .from_reader(archive.reader(entry)?);
        let damaged =
            |e: csv::Error| layout(path, 1, &entry.name, "a tab-separated table; download the archive again", &e.to_string());
        let header = reader.byte_headers().map_err(damaged)?;
        let header = header.iter().map(|h| String::from_utf8_lossy(h).trim().to_lowercase()).collect();
        Ok(Tabbed { reader, record: ByteRecord::new(), header })
    }
    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|h| h == name)
    }
    fn need(&self, path: &Path, file: &str, name: &str) -> Result<usize, SourceError> {
        self.column(name)
            .ok_or_else(|| layout(path, 1, name, &format!("a column of this name in {file}"), &self.header.join(", ")))
    }
    /// Reads the next record; an error is told, and what stands before is kept.
    fn advance(&mut self, file: &str, sink: &mut dyn Sink) -> bool {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(more) => more,
            Err(e) => {
                let row = self.row();
                let expected = "a whole table; the rows before are kept, download the archive again";
                sink.refuse(refusal("truncated_archive", row, file, expected, e.to_string().as_bytes()));
                false
            }
        }
    }
    fn row(&self) -> u64 {
        self.reader.position().line().saturating_sub(1).max(1)
    }
    fn get(&self, column: Option<usize>) -> &[u8] {
        column.and_then(|c| self.record.get(c)).unwrap_or_default().trim_ascii()
    }
    fn text(&self, column: Option<usize>) -> String {
        String::from_utf8_lossy(self.get(column)).into_owned()
    }
}

/// A day `YYYYMMDD`.
fn compact_day(text: &[u8]) -> Option<Day> {
    if text.len() != 8 {
        return None;
    }
    let number = text.iter().try_fold(0i32, |n, b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))?;
    civil(number / 10_000, number / 100 % 100, number % 100)
}

/// A moment `YYYY-MM-DD HH:MM:SS` on the clock of New York.
fn accepted(text: &str) -> Option<Moment> {
    let (day, time) = text.split_once([' ', 'T'])?;
    let time = time.get(..8).unwrap_or(time).parse::<jiff::civil::Time>().ok()?;
    let start = iso_day(day)?.at(time.hour(), time.minute());
    Some(Moment(start.0 + i64::from(time.second()) * 1_000_000))
}

/// First day of a period of so many quarters that ends in the month of a day.
fn starts(end: Day, quarters: i32) -> Option<Day> {
    let (year, month, _) = end.parts();
    let months = i32::from(year) * 12 + i32::from(month) - 1 - 3 * quarters + 1;
    civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1)
}

/// What was left out.
#[derive(Default)]
struct Left {
    rows: u64,
    parts: u64,
    unlisted: u64,
    repeated: u64,
}

/// The quarter, read.
#[derive(Default)]
struct Quarter {
    filings: Vec<Filing>,
    by_accession: FxHashMap<u64, usize>,
    companies: Vec<(String, Company<'static>)>,
    issuers: Issuers,
    left: Left,
}

impl Quarter {
    fn submissions(&mut self, table: &mut Tabbed, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        const FILE: &str = "sub.txt";
        let need = |name: &str| table.need(path, FILE, name).map(Some);
        let (adsh, cik, form, filed) = (need("adsh")?, need("cik")?, need("form")?, need("filed")?);
        let at = |name: &str| table.column(name);
        let (name, sic, fye, accept) = (at("name"), at("sic"), at("fye"), at("accepted"));
        let (period, fy, fp) = (at("period"), at("fy"), at("fp"));
        let now = sink.now();
        let mut by_cik: FxHashMap<String, usize> = FxHashMap::default();
        let (mut periods, mut known_at) = (Vec::new(), Vec::new());
        let mut texts: [TextBuilder; 5] = Default::default();
        while table.advance(FILE, sink) {
            let row = table.row();
            let mut refuse = |rule: &str, field: &str, expected: &str, got: &[u8]| {
                sink.refuse(refusal(rule, row, &format!("{FILE} {field}"), expected, got));
            };
            let Some(id) = issuer(&Text::Is(table.text(cik).into())) else {
                refuse("not_a_cik", "cik", "a CIK of up to ten digits", table.get(cik));
                continue;
            };
            let number = std::str::from_utf8(table.get(adsh)).ok().and_then(accession);
            let Some(number) = number else {
                refuse("not_an_accession", "adsh", "an accession number NNNNNNNNNN-YY-NNNNNN", table.get(adsh));
                continue;
            };
            let day = compact_day(table.get(filed));
            let Some((day, known)) = day.and_then(|d| Some((d, published(accepted(&table.text(accept)), d)?))) else {
                refuse("not_a_day", "filed", "a day since 1993, YYYYMMDD", table.get(filed));
                continue;
            };
            if known > now {
                refuse("future_dated", "accepted", &format!("a filing known by {now}"), known.to_string().as_bytes());
                continue;
            }
            if self.by_accession.contains_key(&number) {
                refuse("duplicate_key", "adsh", "one row a filing", table.get(adsh));
                continue;
            }
            let company = *by_cik.entry(id.clone()).or_insert_with(|| {
                self.companies.push((id.clone(), Company::new("num.txt", &KEPT)));
                self.companies.len() - 1
            });
            let (name, sic, fye) = (table.text(name), table.text(sic), table.text(fye));
            if company + 1 == self.companies.len() && self.companies[company].1.name.is_empty() {
                self.companies[company].1.name.clone_from(&name);
                let fiscal_year_end = if fye.is_empty() { fye } else { format!("{fye:0>4}") };
                let sic = if sic.is_empty() { sic } else { format!("{sic:0>4}") };
                let said = Said { issuer: &id, name: &name, sic: &sic, fiscal_year_end: &fiscal_year_end, ..Said::default() };
                self.issuers.push(day, known, &said, sink)?;
            }
            periods.push(compact_day(table.get(period)).unwrap_or(day).min(day).0);
            known_at.push(known.0);
            let form = table.text(form);
            texts.iter_mut().zip([&id, &accession_text(number), &form, "", ""]).for_each(|(b, t)| b.push(t));
            self.by_accession.insert(number, self.filings.len());
            let year = table.text(fy).parse().unwrap_or(0);
            self.filings.push(Filing {
                accession: number,
                company,
                filed: day,
                known,
                form,
                year,
                fiscal_period: table.text(fp),
            });
        }
        self.issuers.flush(sink)?;
        if !periods.is_empty() {
            let columns = texts.map(|t| Column::Text(t.finish())).into();
            sink.rows(Observations::new(Dataset::Filings, periods, known_at, columns))?;
        }
        Ok(())
    }

    fn numbers(&mut self, table: &mut Tabbed, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        const FILE: &str = "num.txt";
        let need = |name: &str| table.need(path, FILE, name).map(Some);
        let (adsh, tag, version, ddate) = (need("adsh")?, need("tag")?, need("version")?, need("ddate")?);
        let (qtrs, uom, value) = (need("qtrs")?, need("uom")?, need("value")?);
        let (coreg, segments) = (table.column("coreg"), table.column("segments"));
        let mut last: (Vec<u8>, Option<usize>) = Default::default();
        let mut concept: (Vec<u8>, Vec<u8>, Option<u16>) = Default::default();
        while table.advance(FILE, sink) {
            self.left.rows += 1;
            if !table.get(coreg).is_empty() || !table.get(segments).is_empty() {
                self.left.parts += 1;
                continue;
            }
            if concept.0 != table.get(tag) || concept.1 != table.get(version) {
                let (tag, version) = (table.get(tag), table.get(version));
                let taxonomy = match version.split(|b| *b == b'/').next().unwrap_or_default() {
                    b"ifrs" => &b"ifrs-full"[..],
                    other => other,
                };
                let utf8 = |b| std::str::from_utf8(b).unwrap_or_default();
                concept = (tag.to_vec(), version.to_vec(), KEPT.find(utf8(taxonomy), utf8(tag)));
            }
            let Some(concept) = concept.2 else {
                self.left.unlisted += 1;
                continue;
            };
            if last.0 != table.get(adsh) {
                let number = std::str::from_utf8(table.get(adsh)).ok().and_then(accession);
                last = (table.get(adsh).to_vec(), number.and_then(|n| self.by_accession.get(&n).copied()));
            }
            let row = table.row();
            let mut refuse = |rule: &str, field: &str, expected: &str, got: &[u8]| {
                let field = format!("{FILE} {} {field}", KEPT.get(concept).name);
                sink.refuse(refusal(rule, row, &field, expected, got));
            };
            let Some(filing) = last.1.map(|i| &self.filings[i]) else {
                refuse("no_filing", "adsh", "a filing of sub.txt that was taken", table.get(adsh));
                continue;
            };
            if table.get(value).is_empty() {
                sink.missing(1);
                continue;
            }
            let number = fast_float2::parse::<f64, _>(table.get(value)).ok().filter(|v| v.is_finite());
            let Some(number) = number else {
                refuse("not_a_number", "value", "a number", table.get(value));
                continue;
            };
            if table.get(uom).is_empty() {
                refuse("missing_unit", "uom", "a unit such as USD: a number without one means nothing", b"no unit");
                continue;
            }
            let Some(end) = compact_day(table.get(ddate)) else {
                refuse("not_a_day", "ddate", "a day YYYYMMDD", table.get(ddate));
                continue;
            };
            let quarters = std::str::from_utf8(table.get(qtrs)).ok().and_then(|q| q.parse::<i32>().ok());
            let Some(start) = quarters.filter(|q| (0..=400).contains(q)).map(|q| if q == 0 { None } else { starts(end, q) })
            else {
                refuse("not_a_number", "qtrs", "a whole number of quarters", table.get(qtrs));
                continue;
            };
            // The publisher moves ends to the end of their month, which may lie behind the filing.
            if end > filing.filed.month_end() {
                let got = format!("filed {}, period to {end}", filing.filed);
                refuse("filed_before_period_end", "ddate", "a filing not dated before the end of the period", got.as_bytes());
                continue;
            }
            let company = &mut self.companies[filing.company].1;
            let unit = company.units.code(&table.text(uom));
            company.numbers.push(Number {
                concept,
                unit,
                start: start.map_or(BALANCE, |s| s.0),
                end: end.min(filing.filed).0,
                filed: filing.filed.0,
                known: filing.known.0,
                accession: filing.accession,
                value: number,
                form: company.forms.code(&filing.form),
                year: filing.year,
                fiscal_period: company.fiscal_periods.code(&filing.fiscal_period),
                quality: 0,
                row: row.min(u64::from(u32::MAX)) as u32,
            });
        }
        Ok(())
    }

    fn settle(mut self, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let now = sink.now();
        for wave in self.companies.chunks_mut(WAVE) {
            let settled: Vec<_> = wave.par_iter_mut().map(|(id, company)| settle(company, id, INFO.id, now)).collect();
            for s in settled {
                self.left.repeated += s.repeated;
                s.refused.into_iter().for_each(|r| sink.refuse(r));
                s.defects.into_iter().for_each(|d| sink.defect(d));
                if let Some(rows) = s.rows {
                    sink.rows(rows)?;
                }
            }
        }
        let total = self.left.rows;
        for (rule, rows, what) in [
            ("part_of_company", self.left.parts, "are of a segment or a co-registrant"),
            ("concept_not_kept", self.left.unlisted, "are of concepts that are not kept (edgar_concepts.csv)"),
            ("repeated_number", self.left.repeated, "repeat what an earlier filing stated of the same period"),
        ] {
            if rows > 0 {
                let detail = format!("{rows} of {total} numbers {what}");
                let (rule, severity, subject) = (rule.to_owned(), Severity::Note, String::new());
                sink.defect(Defect { rule, severity, subject, from: None, to: None, rows, detail });
            }
        }
        Ok(())
    }
}

impl Reader for StatementSets {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        const FILES: [&str; 5] = ["sub.txt", "num.txt", "tag.txt", "pre.txt", "readme.htm"];
        let name = archive::first_name(&head.bytes).unwrap_or_default().to_ascii_lowercase();
        FILES.contains(&name.rsplit('/').next().unwrap_or_default())
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let archive = Archive::open(path)?;
        let find = |name: &str| {
            let ends = |e: &&Entry| e.name.rsplit('/').next().is_some_and(|n| n.eq_ignore_ascii_case(name));
            archive.entries.iter().find(ends).ok_or_else(|| {
                let names: Vec<&str> = archive.entries.iter().map(|e| e.name.as_str()).take(8).collect();
                layout(path, 0, name, "a file of this name in the archive; download it again", &names.join(", "))
            })
        };
        if let Some((place, why)) = archive.broken() {
            let got = format!("breaks off at {place}: {why}");
            sink.refuse(refusal(
                "truncated_archive",
                0,
                "archive",
                "a whole archive; download it again for the rest",
                got.as_bytes(),
            ));
        }
        let mut quarter = Quarter::default();
        quarter.submissions(&mut Tabbed::open(&archive, path, find("sub.txt")?)?, path, sink)?;
        quarter.numbers(&mut Tabbed::open(&archive, path, find("num.txt")?)?, path, sink)?;
        quarter.settle(sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_count_back_in_whole_months() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        for (end, quarters, start) in [
            ("2022-12-31", 4, "2022-01-01"),
            ("2023-03-31", 1, "2023-01-01"),
            ("2023-02-28", 3, "2022-06-01"),
            ("2023-11-30", 2, "2023-06-01"),
        ] {
            assert_eq!(starts(day(end), quarters), Some(day(start)));
        }
        assert_eq!(compact_day(b"20240229"), Some(day("2024-02-29")));
        assert_eq!(compact_day(b"20230229"), None);
        assert_eq!(accepted("2023-11-02 18:08:27.0"), Some(Moment(day("2023-11-02").at(18, 8).0 + 27_000_000)));
        assert_eq!(accepted("2023-11-02"), None);
    }
}
