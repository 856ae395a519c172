//! Submissions: what a filer filed and when it was accepted, one JSON file a filer, or all of them in one archive.

use std::path::Path;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{Day, Moment};
use serde::Deserialize;

use super::archive::{Archive, Entry};
use super::company_facts::{beginning, has_keys};
use super::issuers::{Issuers, Said};
use super::json::{Text, issuer};
use super::{IDENTITY, TERMS, accession, iso_day, known_after};
use crate::table::refusal;
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `CIK##########.json`, its continuations `CIK##########-submissions-NNN.json`, or `submissions.zip`.
pub struct Submissions;

static INFO: SourceInfo = SourceInfo {
    id: "edgar-submissions",
    title: "Filings and filers (submissions)",
    publisher: "U.S. Securities and Exchange Commission, data.sec.gov",
    terms: TERMS,
    known_at: "The moment of acceptance; what is accepted after 17:30 carries the next business day as its date and is published from 06:00 of that day; without an hour, the open of the session after the filing",
    revisions: "None: a filing stays as it was accepted, an amendment is a filing of its own",
    caveats: &[
        "Kept are annual, quarterly and current reports, notices of late filing, delistings and deregistrations, registrations; not those of insiders and holders",
        "Name, industry code, fiscal year end and tickers are those of the day the file was made; former names carry the day from which they were used",
        "A map of identities is known from 1994: it links and never measures",
    ],
    layout: "JSON `{cik, name, sic, tickers, fiscalYearEnd, formerNames, filings: {recent: {accessionNumber: [..], filingDate: [..], ..}, files: [..]}}`, continuations `{accessionNumber: [..], ..}`; or a zip of such files",
};

/// Beginnings of the forms that are kept.
const FORMS: &[&str] = &["10-K", "10-Q", "20-F", "40-F", "6-K", "8-K", "NT 10-", "NT 20-F", "15-", "25", "S-1", "10-12", "8-A12"];
/// Those of them that report on a period and cannot be dated before it ends.
const PERIODIC: &[&str] = &["10-K", "10-Q", "20-F", "40-F"];

fn among(form: &str, list: &[&str]) -> bool {
    list.iter().any(|f| form.starts_with(f))
}

type List<'a> = Option<Vec<Text<'a>>>;

/// Filings in columns.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Page<'a> {
    #[serde(borrow, rename = "accessionNumber")]
    accession: List<'a>,
    #[serde(borrow, rename = "filingDate")]
    filed: List<'a>,
    #[serde(borrow, rename = "reportDate")]
    period: List<'a>,
    #[serde(borrow, rename = "acceptanceDateTime")]
    accepted: List<'a>,
    #[serde(borrow)]
    form: List<'a>,
    #[serde(borrow)]
    items: List<'a>,
    #[serde(borrow, rename = "primaryDocument")]
    document: List<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Former<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    from: Text<'a>,
    #[serde(borrow)]
    to: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pages<'a> {
    #[serde(borrow)]
    recent: Option<Page<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Filer<'a> {
    #[serde(borrow)]
    cik: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    sic: Text<'a>,
    #[serde(borrow, rename = "sicDescription")]
    industry: Text<'a>,
    #[serde(borrow, rename = "fiscalYearEnd")]
    fiscal_year_end: Text<'a>,
    #[serde(borrow)]
    tickers: List<'a>,
    #[serde(borrow, rename = "formerNames")]
    former: Option<Vec<Former<'a>>>,
    #[serde(borrow)]
    filings: Option<Pages<'a>>,
}

/// The first moment at which a filing could be read.
pub(super) fn published(accepted: Option<Moment>, filed: Day) -> Option<Moment> {
    let open = known_after(filed)?;
    match accepted {
        // Midnight is a day without an hour.
        Some(moment) if moment.day().at(0, 0) == moment => Some(open.max(moment)),
        Some(moment) if moment.day() == filed => Some(moment),
        Some(moment) => Some(moment.max(filed.at(6, 0))),
        None => Some(open),
    }
}

fn moment(text: &str) -> Option<Moment> {
    text.parse::<jiff::Timestamp>().ok().map(|t| Moment(t.as_microsecond()))
}

/// A file, read.
#[derive(Default)]
struct Parsed {
    filings: Option<Observations>,
    /// First day, moment of knowledge, and symbol, name, code, industry, fiscal year end.
    said: Vec<(Day, Moment, [String; 5])>,
    issuer: String,
    refused: Vec<Refusal>,
    other_forms: u64,
    seen: u64,
}

/// A file of a filer by its name: `CIK0000320193.json`, `CIK0000320193-submissions-001.json`.
fn of_name(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next()?;
    issuer(&Text::Is(base.strip_prefix("CIK")?.get(..10)?.into()))
}

fn parse(name: &str, prefix: &str, bytes: &[u8], now: Moment) -> Parsed {
    let mut out = Parsed::default();
    let place = |field: &str| if prefix.is_empty() { field.to_owned() } else { format!("{prefix} {field}") };
    let read = std::str::from_utf8(bytes).map_err(|e| e.to_string()).and_then(|text| {
        let text = text.trim_start_matches('\u{feff}');
        let filer: Filer<'_> = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if filer.filings.is_some() || filer.cik != Text::Missing {
            return Ok((filer, None));
        }
        // A continuation has the columns and nothing of the filer.
        let page: Page<'_> = serde_json::from_str(text).map_err(|e| e.to_string())?;
        Ok((filer, Some(page)))
    });
    let (filer, continued) = match read {
        Ok(read) => read,
        Err(e) => {
            out.refused.push(refusal("bad_json", 0, &place("text"), "submissions as JSON; download it again", e.as_bytes()));
            return out;
        }
    };
    let Some(id) = issuer(&filer.cik).or_else(|| of_name(name)) else {
        out.refused.push(refusal("not_a_cik", 0, &place("cik"), "a CIK of up to ten digits", filer.cik.shown().as_bytes()));
        return out;
    };
    let recent = continued.or_else(|| filer.filings.and_then(|pages| pages.recent));
    if let Some(page) = recent {
        out.filings = filings(&id, &page, &place, now, &mut out.refused, (&mut out.seen, &mut out.other_forms));
    }
    let about = (&filer.name, &filer.sic, &filer.industry, &filer.fiscal_year_end);
    let tickers: Vec<String> = filer.tickers.iter().flatten().filter_map(|t| canonical(t.as_str())).collect();
    // Natural persons file too; an issuer has a code, a ticker or a report.
    let an_issuer = out.filings.is_some() || !tickers.is_empty() || !about.1.as_str().is_empty();
    if an_issuer && !about.0.as_str().is_empty() {
        describe(&mut out, about, &tickers, filer.former.unwrap_or_default());
    }
    out.issuer = id;
    out
}

fn filings(
    id: &str,
    page: &Page<'_>,
    place: &dyn Fn(&str) -> String,
    now: Moment,
    refused: &mut Vec<Refusal>,
    (seen, other_forms): (&mut u64, &mut u64),
) -> Option<Observations> {
    fn at<'p>(list: &'p List<'_>, i: usize) -> &'p str {
        list.as_ref().and_then(|l| l.get(i)).map_or("", Text::as_str)
    }
    let (mut period, mut known_at) = (Vec::new(), Vec::new());
    let mut texts: [TextBuilder; 5] = Default::default();
    let rows = [&page.accession, &page.filed, &page.form].iter().map(|l| l.as_ref().map_or(0, Vec::len)).max().unwrap_or(0);
    for i in 0..rows {
        *seen += 1;
        let form = at(&page.form, i);
        if !among(form, FORMS) && !form.is_empty() {
            *other_forms += 1;
            continue;
        }
        let mut refuse = |rule: &str, field: &str, expected: &str, got: &str| {
            refused.push(refusal(rule, i as u64 + 1, &place(&format!("{field}[{i}]")), expected, got.as_bytes()));
        };
        let number = at(&page.accession, i);
        let Some(filed) = iso_day(at(&page.filed, i)) else {
            refuse("not_a_day", "filingDate", "a day YYYY-MM-DD", at(&page.filed, i));
            continue;
        };
        if form.is_empty() || accession(number).is_none() {
            let field = if form.is_empty() { "form" } else { "accessionNumber" };
            refuse(
                "incomplete_filing",
                field,
                "a form and an accession number NNNNNNNNNN-YY-NNNNNN",
                &format!("{form} {number}"),
            );
            continue;
        }
        let report = iso_day(at(&page.period, i));
        if let Some(end) = report.filter(|end| *end > filed && among(form, PERIODIC)) {
            let expected = "a report that is not dated before the end of its period";
            refuse("filed_before_period_end", "reportDate", expected, &format!("filed {filed}, period to {end}"));
            continue;
        }
        let Some(known) = published(moment(at(&page.accepted, i)), filed) else {
            refuse("not_a_day", "filingDate", "a day since 1993", at(&page.filed, i));
            continue;
        };
        if known > now {
            refuse("future_dated", "acceptanceDateTime", &format!("a filing known by {now}"), &known.to_string());
            continue;
        }
        period.push(report.unwrap_or(filed).min(filed).0);
        known_at.push(known.0);
        let fields = [id, number, form, at(&page.items, i), at(&page.document, i)];
        texts.iter_mut().zip(fields).for_each(|(b, t)| b.push(t));
    }
    if period.is_empty() {
        return None;
    }
    let columns = texts.map(|t| Column::Text(t.finish())).into();
    Some(Observations::new(Dataset::Filings, period, known_at, columns))
}

/// The name of today under each ticker, and each former name from its first day.
fn describe(
    out: &mut Parsed,
    (name, sic, industry, fiscal_year_end): (&Text<'_>, &Text<'_>, &Text<'_>, &Text<'_>),
    tickers: &[String],
    former: Vec<Former<'_>>,
) {
    let of = |symbol: &str| {
        let sic = if sic.as_str().len() == 4 { sic.as_str() } else { "" };
        [symbol, name.as_str(), sic, industry.as_str(), fiscal_year_end.as_str()].map(str::to_owned)
    };
    let identity = IDENTITY.at(0, 0);
    if tickers.is_empty() {
        out.said.push((IDENTITY, identity, of("")));
    }
    out.said.extend(tickers.iter().map(|t| (IDENTITY, identity, of(t))));
    let day = |text: &Text<'_>| moment(text.as_str()).map(Moment::day).filter(|d| *d > IDENTITY);
    let bare = |name: &str| ["", name, "", "", ""].map(str::to_owned);
    let mut names: Vec<(Day, String)> = former.iter().filter_map(|f| Some((day(&f.from)?, f.name.as_str().to_owned()))).collect();
    if let Some(last) = former.iter().filter_map(|f| day(&f.to)).max() {
        names.push((last, name.as_str().to_owned()));
    }
    names.sort();
    names.dedup_by_key(|n| n.0);
    for (from, name) in names {
        if let Some(known) = known_after(from) {
            out.said.push((from, known, bare(&name)));
        }
    }
}

#[derive(Default)]
struct Receiver {
    issuers: Issuers,
    seen: u64,
    other_forms: u64,
}

impl Receiver {
    fn take(&mut self, parsed: Parsed, sink: &mut dyn Sink) -> Result<(), SourceError> {
        self.seen += parsed.seen;
        self.other_forms += parsed.other_forms;
        parsed.refused.into_iter().for_each(|r| sink.refuse(r));
        let now = sink.now();
        for (from, known, [symbol, name, sic, industry, fiscal_year_end]) in parsed.said.iter().filter(|s| s.1 <= now) {
            let said = Said { issuer: &parsed.issuer, symbol, name, sic, industry, fiscal_year_end };
            self.issuers.push(*from, *known, &said, sink)?;
        }
        if let Some(rows) = parsed.filings {
            sink.rows(rows)?;
        }
        Ok(())
    }

    fn finish(mut self, sink: &mut dyn Sink) -> Result<(), SourceError> {
        self.issuers.flush(sink)?;
        if self.other_forms > 0 {
            sink.defect(Defect {
                rule: "form_not_kept".to_owned(),
                severity: Severity::Note,
                subject: String::new(),
                from: None,
                to: None,
                rows: self.other_forms,
                detail: format!("{} of {} filings are of forms that are not kept", self.other_forms, self.seen),
            });
        }
        Ok(())
    }
}

impl Reader for Submissions {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        beginning(head).is_some_and(|text| {
            let filer = ["sic", "entityType", "tickers", "filings"].iter().filter(|k| has_keys(&text, &[k])).count() >= 2;
            (has_keys(&text, &["cik"]) && filer)
                || text.trim_start().trim_start_matches('{').trim_start().starts_with("\"accessionNumber\"")
        })
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let now = sink.now();
        let mut receiver = Receiver::default();
        if Archive::is_one(path)? {
            let json = |e: &Entry| e.name.to_ascii_lowercase().ends_with(".json");
            let parse = |e: &Entry, bytes: &[u8]| parse(&e.name, &e.name, bytes, now);
            Archive::open(path)?.each(sink, json, parse, |p, sink| receiver.take(p, sink))?;
            return receiver.finish(sink);
        }
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        receiver.take(parse(&name, "", &bytes, now), sink)?;
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        receiver.finish(sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filing_is_read_when_it_is_published() {
        let day = Day::ymd(2023, 11, 3);
        let at = |text: &str| moment(text).unwrap();
        // Within the day; after 17:30; without an hour; not stated.
        assert_eq!(published(Some(at("2023-11-03T20:31:05.000Z")), day), Some(at("2023-11-03T20:31:05Z")));
        assert_eq!(published(Some(at("2023-11-02T22:08:27.000Z")), day), Some(day.at(6, 0)));
        assert_eq!(published(Some(at("2023-11-03T04:00:00.000Z")), day), Some(Day::ymd(2023, 11, 6).at(9, 30)));
        assert_eq!(published(None, day), Some(Day::ymd(2023, 11, 6).at(9, 30)));
        assert_eq!(published(None, Day(0)), None);
    }
}
