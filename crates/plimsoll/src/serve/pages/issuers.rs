//! Issuers: search, and a page for each.

use std::sync::Arc;

use maud::html;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::filers::Filers;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::time::AsOf;
use plimsoll_report::format::count;
use plimsoll_report::parts;

use super::{Page, dated, words};
use crate::issuer::{Profile, page as build};
use crate::serve::ask::{Ask, short};
use crate::serve::problem::Problem;
use crate::serve::shell::escape;
use crate::serve::table;
use crate::serve::work::Lane;
use crate::serve::world::Job;
use crate::sheet::Sheet;

/// Rows of a page of the list.
const ROWS: usize = 50;
/// The longest text that is searched for.
const LONGEST: usize = 100;

/// One issuer as it was known.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// A symbol of its shares, or empty.
    pub symbol: String,
    /// Its name.
    pub name: String,
    /// Industry, or its code, or empty.
    pub industry: String,
}

/// Everyone known at a moment.
pub struct Directory {
    /// By name.
    pub all: Vec<Entry>,
}

fn key(as_of: AsOf) -> String {
    format!("directory|{as_of}")
}

/// Quick where the directory is at hand.
pub fn lane(job: &Job, ask: &Ask, _: &str) -> Lane {
    let ready = ask.as_of(&job.version, false).map_or(true, |d| job.ready(&key(d)));
    if ready && ask.get("card") != Some("png") { Lane::Quick } else { Lane::Heavy }
}

impl Directory {
    /// Reads it.
    pub fn read(job: &Job, as_of: AsOf) -> Result<Arc<Directory>, Problem> {
        job.prepared(
            &key(as_of),
            |d: &Directory| 200 * d.all.len(),
            || {
                let rows = job
                    .knowledge(as_of)?
                    .scan(&Scan::all(Dataset::Issuers))
                    .map_err(|e| job.told(plimsoll_model::cut::CutError::from(e)))?;
                let filers = Filers::lay_out(&rows);
                let entry = |id: &String| {
                    let d = filers.description(id, as_of.moment())?;
                    let industry =
                        if d.industry.is_empty() && !d.sic.is_empty() { format!("SIC {}", d.sic) } else { d.industry.clone() };
                    Some(Entry { id: id.clone(), symbol: d.symbol.clone(), name: d.name.clone(), industry })
                };
                let mut all: Vec<Entry> = filers.issuers.keys().filter_map(entry).collect();
                all.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
                Ok(Directory { all })
            },
        )
    }
    /// Those that a text means: a symbol first, then names that begin with it, then names that hold it; of each those with shares
    /// first, by name.
    pub fn search(&self, text: &str) -> Vec<&Entry> {
        let wanted = text.to_lowercase();
        let rank = |e: &&Entry| {
            let (symbol, name) = (e.symbol.to_lowercase(), e.name.to_lowercase());
            match () {
                () if wanted.is_empty() => Some(1),
                () if symbol == wanted || e.id == wanted || e.id.trim_start_matches("cik:").trim_start_matches('0') == wanted => {
                    Some(0)
                }
                () if name.starts_with(&wanted) => Some(1),
                () if !symbol.is_empty() && symbol.starts_with(&wanted) => Some(2),
                () if name.contains(&wanted) => Some(3),
                () => None,
            }
        };
        let mut found: Vec<(usize, &Entry)> = self.all.iter().filter_map(|e| Some((rank(&e)?, e))).collect();
        found.sort_by_key(|f| (f.0, f.1.symbol.is_empty()));
        found.into_iter().map(|f| f.1).collect()
    }
}

/// The list as a table.
pub fn sheet(list: &[&Entry]) -> Sheet {
    Sheet::default()
        .text("issuer", list.iter().map(|e| e.id.clone()))
        .text("symbol", list.iter().map(|e| e.symbol.clone()))
        .text("name", list.iter().map(|e| e.name.clone()))
        .text("industry", list.iter().map(|e| e.industry.clone()))
}

/// What is searched for; nothing means everyone.
pub fn wanted(ask: &Ask) -> Result<&str, Problem> {
    let text = ask.get("q").unwrap_or_default();
    if text.chars().count() > LONGEST {
        return Err(Problem::bad(format!("`q` is too long: at most {LONGEST} characters are searched for.")));
    }
    Ok(text)
}

/// The search.
pub fn index(job: &Job, ask: &Ask, _: &str) -> Result<Page, Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    let directory = Directory::read(job, as_of)?;
    let text = wanted(ask)?;
    let found = directory.search(text);
    let at = escape(&as_of.to_string());
    let sheet = sheet(&found);
    let (rows, pager) = table::paged(&sheet, ask, ROWS)?;
    let near = plimsoll_measures::nearest(&text.to_lowercase(), directory.all.iter().map(|e| e.name.as_str()));
    let body = html! {
        h1 { "Issuers" }
        p.lede { (count(directory.all.len() as u64)) " issuers were known on this day: maturities, coverage, default measures, and the outcome of each scenario." }
        form.choose action="/issuers" method="get" role="search" {
            input type="hidden" name="as_of" value=(as_of);
            div.wide { label for="q" { "Symbol, name, or CIK" } input #q type="search" name="q" value=(text) maxlength=(LONGEST) autocomplete="off"; }
            div { button.primary type="submit" { "Search" } }
        }
        @if directory.all.is_empty() {
            div.empty { p { b { "No issuer is known on this day. " } "Import submissions or company facts of the SEC, or standardised statements." } }
        } @else if found.is_empty() {
            div.empty {
                p { "No issuer is called “" (short(text)) "”." }
                @if let Some(near) = near { p { "Did you mean " a href={ "?as_of=" (at) "&q=" (escape(&near)) } { (near) } "?" } }
            }
        } @else {
            p.small.muted { (count(found.len() as u64)) " found" }
            (table::markup(&rows, "Issuers", |c, id| (c == 0).then(|| format!("/issuers/{}?as_of={at}", escape(id)))))
            (pager)
            (table::downloads("/api/v1/issuers", &format!("as_of={at}&q={}", escape(text)), ""))
        }
    };
    let mut shell = dated(job, ask, as_of, ("/issuers", "/issuers"), "Issuers");
    shell.description = format!("{} issuers known on {as_of}.", count(directory.all.len() as u64));
    let card = words("Issuers", &shell.description, as_of);
    Ok(Page { shell, body, card })
}

/// One issuer as known at a moment.
pub fn profile(job: &Job, ask: &Ask, name: &str) -> Result<(AsOf, Profile), Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    if name.chars().count() > LONGEST || name.trim().is_empty() {
        return Err(Problem::missing("No issuer has such a name."));
    }
    let knowledge = job.knowledge(as_of)?;
    let found = Profile::read(&knowledge, name).map_err(|e| job.told(e).hint("`/issuers` searches by symbol, name and CIK."))?;
    Ok((as_of, found))
}

/// An issuer's page.
pub fn page(job: &Job, ask: &Ask, name: &str) -> Result<Page, Problem> {
    let (as_of, found) = profile(job, ask, name)?;
    let page = build::build(&found, &job.world.publication);
    let at = escape(&as_of.to_string());
    let body = html! {
        h1 { (page.name) " (" (page.symbol) ")" }
        ul.meta-line {
            li { "As of " (page.as_of_text) }
            li { (page.id) }
            @if !page.industry.is_empty() { li { (page.industry) } }
        }
        (parts::issuer(&page))
        (table::downloads(&format!("/api/v1/issuers/{}", escape(&found.id)), &format!("as_of={at}"), ""))
    };
    let path = format!("/issuers/{}", escape(name));
    let mut shell = dated(job, ask, as_of, ("/issuers", &path), &page.name);
    shell.description.clone_from(&page.finding);
    let card = words(&page.name, &page.finding, as_of);
    Ok(Page { shell, body, card })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_comes_before_names() {
        let entry = |id: &str, symbol: &str, name: &str| Entry {
            id: id.into(),
            symbol: symbol.into(),
            name: name.into(),
            industry: String::new(),
        };
        let all = vec![
            entry("cik:0000000001", "NWL", "Newell"),
            entry("cik:0000000002", "NEW", "Puxin"),
            entry("cik:0000000004", "", "New Alley Films"),
            entry("cik:0000000003", "", "A New Company"),
        ];
        let d = Directory { all };
        let ids = |text: &str| d.search(text).iter().map(|e| e.id[13..].to_owned()).collect::<Vec<_>>();
        assert_eq!(ids("new"), ["2", "1", "4", "3"]);
        assert_eq!(ids("1"), ["1"], "a CIK without its zeros");
        assert_eq!(ids(""), ["1", "2", "4", "3"], "everyone, those without shares last");
        assert!(ids("zzz").is_empty());
    }
}
