//! Company facts: every number of every filing with XBRL, one JSON file a company, or all of them in one archive.

use std::path::Path;

use plimsoll_model::intake::{Defect, Severity};
use plimsoll_model::time::Moment;

use super::archive::{self, Archive};
use super::company::Company;
use super::concepts::KEPT;
use super::issuers::{Issuers, Said};
use super::json::issuer;
use super::vintages::{Settled, settle};
use super::{TERMS, json};
use crate::table::refusal;
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads company facts: `CIK##########.json`, one concept of it, a selection of its concepts, or `companyfacts.zip`.
pub struct CompanyFacts;

static INFO: SourceInfo = SourceInfo {
    id: "edgar",
    title: "Numbers of filings (company facts)",
    publisher: "U.S. Securities and Exchange Commission, data.sec.gov",
    terms: TERMS,
    known_at: "The open of the session after the day of filing: the files state the day and not the hour, and a filing accepted after 17:30 carries the next day",
    revisions: "A later filing that states another number of the same period is a row of its own, known from that filing on; one that states the same number is none",
    caveats: &[
        "Only numbers that the filing states of the whole company: none of segments, none in text blocks",
        "Kept are the concepts of `edgar_concepts.csv`; how many numbers were not is said with each import",
        "The fiscal year and period are the filing's, not the number's: comparatives of a year ago carry this year's",
        "As filed: signs and scales are flagged where they cannot be, never repaired",
    ],
    layout: "JSON `{cik, entityName, facts: {taxonomy: {concept: {units: {unit: [{start, end, val, accn, fy, fp, form, filed}]}}}}}`; or a zip of such files",
};

/// The part of the first bytes that tells what a file of JSON is.
pub(super) fn beginning(head: &Head) -> Option<String> {
    let bytes = if head.bytes.starts_with(b"PK\x03\x04") {
        let (name, bytes) = archive::first(&head.bytes)?;
        if !name.to_ascii_lowercase().ends_with(".json") {
            return None;
        }
        bytes
    } else {
        head.bytes.clone()
    };
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 13)]).into_owned();
    text.trim_start().starts_with('{').then_some(text)
}

/// Whether a text has all these keys.
pub(super) fn has_keys(text: &str, keys: &[&str]) -> bool {
    keys.iter().all(|k| text.contains(&format!("\"{k}\"")))
}

/// One file of facts, ready to be handed on.
struct Parsed {
    place: String,
    issuer: Result<String, String>,
    name: String,
    settled: Settled,
    count: Count,
}

#[derive(Clone, Copy, Default)]
struct Count {
    seen: u64,
    unlisted: u64,
    missing: u64,
    repeated: u64,
}

fn parse(place: &str, bytes: &[u8], now: Moment) -> Parsed {
    let mut company = Company::read(bytes, place, &KEPT);
    let mut id = issuer(&company.cik).ok_or_else(|| company.cik.shown());
    if id.is_err()
        && company.cik == json::Text::Missing
        && let Some(digits) = place.strip_prefix("CIK").and_then(|p| p.get(..10))
    {
        id = issuer(&json::Text::Is(digits.into())).ok_or_else(|| place.to_owned());
    }
    let mut settled = match &id {
        Ok(id) => settle(&mut company, id, INFO.id, now),
        Err(_) => Settled { rows: None, repeated: 0, refused: Vec::new(), defects: Vec::new() },
    };
    settled.refused.splice(0..0, std::mem::take(&mut company.refused));
    let count = Count { seen: company.seen, unlisted: company.unlisted, missing: company.missing, repeated: settled.repeated };
    Parsed { place: place.to_owned(), issuer: id, name: std::mem::take(&mut company.name), settled, count }
}

/// Receives parsed files and keeps the sums.
#[derive(Default)]
struct Receiver {
    issuers: Issuers,
    files: u64,
    total: Count,
}

impl Receiver {
    fn take(&mut self, parsed: Parsed, sink: &mut dyn Sink) -> Result<(), SourceError> {
        self.files += 1;
        let count = parsed.count;
        self.total.seen += count.seen;
        self.total.unlisted += count.unlisted;
        self.total.missing += count.missing;
        self.total.repeated += count.repeated;
        parsed.settled.refused.into_iter().for_each(|r| sink.refuse(r));
        parsed.settled.defects.into_iter().for_each(|d| sink.defect(d));
        sink.missing(count.missing);
        match parsed.issuer {
            Ok(issuer) => {
                if !parsed.name.is_empty() {
                    self.issuers.identity(&Said { issuer: &issuer, name: &parsed.name, ..Said::default() }, sink)?;
                }
                if let Some(rows) = parsed.settled.rows {
                    sink.rows(rows)?;
                }
            }
            Err(got) => {
                let field = format!("{} cik", parsed.place);
                sink.refuse(refusal("not_a_cik", self.files, field.trim(), "a CIK of up to ten digits", got.as_bytes()));
            }
        }
        Ok(())
    }

    fn finish(mut self, sink: &mut dyn Sink) -> Result<(), SourceError> {
        self.issuers.flush(sink)?;
        let note = |rule: &str, rows: u64, detail: String| Defect {
            rule: rule.to_owned(),
            severity: Severity::Note,
            subject: String::new(),
            from: None,
            to: None,
            rows,
            detail,
        };
        let t = self.total;
        if t.unlisted > 0 {
            let detail = format!("{} of {} numbers are of concepts that are not kept (edgar_concepts.csv)", t.unlisted, t.seen);
            sink.defect(note("concept_not_kept", t.unlisted, detail));
        }
        if t.repeated > 0 {
            let detail = format!("{} of {} numbers repeat what an earlier filing stated of the same period", t.repeated, t.seen);
            sink.defect(note("repeated_number", t.repeated, detail));
        }
        Ok(())
    }
}

impl Reader for CompanyFacts {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        beginning(head).is_some_and(|text| {
            let facts = has_keys(&text, &["facts"]) || has_keys(&text, &["maturity"]) || has_keys(&text, &["taxonomy", "tag"]);
            has_keys(&text, &["cik"]) && facts
        })
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let io = |cause| SourceError::Io { path: path.to_owned(), cause };
        let now = sink.now();
        let mut receiver = Receiver::default();
        if Archive::is_one(path)? {
            let json = |e: &archive::Entry| e.name.to_ascii_lowercase().ends_with(".json");
            let parse = |e: &archive::Entry, bytes: &[u8]| parse(&e.name, bytes, now);
            Archive::open(path)?.each(sink, json, parse, |p, sink| receiver.take(p, sink))?;
            return receiver.finish(sink);
        }
        let bytes = std::fs::read(path).map_err(io)?;
        let parsed = parse("", &bytes, now);
        if parsed.count.seen == 0 && parsed.settled.refused.iter().any(|r| r.rule == "bad_json") {
            let why = &parsed.settled.refused[0];
            return Err(SourceError::Layout {
                path: path.to_owned(),
                row: 0,
                field: "text".to_owned(),
                expected: "company facts as JSON; download the file again".to_owned(),
                got: why.got.clone(),
            });
        }
        receiver.take(parsed, sink)?;
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        receiver.finish(sink)
    }
}
