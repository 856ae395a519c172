//! Which issuer stands behind a security. Ticker maps are of a later day than what they are used for, and tickers are given to others, so
//! a map only proposes; the names must agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity;
use crate::observations::Observations;
use crate::panel::Security;
use crate::time::{Day, Moment};

/// A description of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The first day it applies to.
    pub from: Day,
    /// When it was known.
    pub known_at: Moment,
    /// A symbol of its shares, or empty.
    pub symbol: String,
    /// Its name.
    pub name: String,
    /// Standard industrial classification, four digits, or empty.
    pub sic: String,
    /// Industry, or empty.
    pub industry: String,
    /// Sector, or empty.
    pub sector: String,
    /// Month and day of the fiscal year's end as MMDD, or empty.
    pub fiscal_year_end: String,
}

/// Issuers and the securities that are theirs.
#[derive(Clone, Debug, Default)]
pub struct Filers {
    /// Descriptions by issuer id, by first day.
    pub issuers: BTreeMap<String, Vec<Description>>,
    /// For each security of the panel its issuer's id.
    pub of_security: Vec<Option<String>>,
    /// Securities whose symbol a map gives to an issuer of another name: security, issuer id, its name. They are not linked.
    pub refused: Vec<(usize, String, String)>,
    by_symbol: BTreeMap<String, BTreeSet<String>>,
    by_name: BTreeMap<Vec<String>, BTreeSet<String>>,
}

/// Words of a company's name that tell it from others: lower case, without legal forms, articles and punctuation.
pub fn words(name: &str) -> Vec<String> {
    const FORMS: &[&str] = &[
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "companies",
        "ltd",
        "limited",
        "plc",
        "llc",
        "lp",
        "sa",
        "nv",
        "ag",
        "se",
        "the",
        "and",
        "of",
        "new",
        "de",
        "md",
        "common",
        "stock",
        "shares",
        "share",
        "ordinary",
        "class",
        "holding",
        "holdings",
        "group",
        "trust",
        "com",
        "reit",
    ];
    let company = identity::company(name).replace('\'', "").replace("/", " ");
    let all: Vec<&str> = company.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let kept: Vec<String> = all.iter().filter(|w| !FORMS.contains(w)).map(|w| (*w).to_owned()).collect();
    if kept.is_empty() { all.into_iter().map(str::to_owned).collect() } else { kept }
}

/// Whether two names may be one company's: written together one begins the other, half of all words are shared, or all words of the shorter
/// one are.
pub fn agree(a: &[String], b: &[String]) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let (x, y) = (a.concat(), b.concat());
    let begins = |x: &str, y: &str| x.len() >= 5 && y.starts_with(x);
    let shared = a.iter().filter(|w| b.contains(w)).count();
    let union = a.len() + b.len() - shared;
    x == y || begins(&x, &y) || begins(&y, &x) || shared * 2 >= union || shared == a.len().min(b.len())
}

impl Filers {
    /// Lays out rows of [`crate::dataset::Dataset::Issuers`].
    pub fn lay_out(rows: &Observations) -> Filers {
        let mut out = Filers::default();
        let field = |name: &str, i: usize| rows.text(name).get(i).to_owned();
        for i in 0..rows.len() {
            let issuer = field("issuer", i);
            let description = Description {
                from: Day(rows.period[i]),
                known_at: Moment(rows.known_at[i]),
                symbol: field("symbol", i),
                name: field("name", i),
                sic: field("sic", i),
                industry: field("industry", i),
                sector: field("sector", i),
                fiscal_year_end: field("fiscal_year_end", i),
            };
            if !description.symbol.is_empty() {
                out.by_symbol.entry(description.symbol.clone()).or_default().insert(issuer.clone());
            }
            if !description.name.is_empty() {
                out.by_name.entry(words(&description.name)).or_default().insert(issuer.clone());
            }
            out.issuers.entry(issuer).or_default().push(description);
        }
        out
    }

    /// Finds the issuer of each security: by its symbol where the names agree, else by its name where that is one issuer's alone. Classes
    /// of one issuer share what one of them found.
    pub fn link(&mut self, securities: &[Security]) {
        let mut found: Vec<Option<String>> = Vec::with_capacity(securities.len());
        for (i, security) in securities.iter().enumerate() {
            let name = words(&security.description.name);
            let symbols = std::iter::once(&security.symbol).chain(security.former.iter().map(|f| &f.0));
            let mut proposed: Vec<&String> = symbols.filter_map(|s| self.by_symbol.get(s)).flatten().collect();
            proposed.dedup();
            let agreeing = |id: &&&String| {
                name.is_empty() || self.issuers[**id].iter().any(|d| d.name.is_empty() || agree(&words(&d.name), &name))
            };
            let by_symbol = proposed.iter().find(agreeing).map(|id| (*id).clone());
            let by_name = || self.by_name.get(&name).filter(|ids| ids.len() == 1).and_then(|ids| ids.first().cloned());
            let issuer = by_symbol.or_else(by_name);
            if issuer.is_none()
                && let Some(id) = proposed.first()
            {
                let name = self.issuers[*id].last().map(|d| d.name.clone()).unwrap_or_default();
                self.refused.push((i, (*id).clone(), name));
            }
            found.push(issuer);
        }
        let mut of_issuer: BTreeMap<u32, String> = BTreeMap::new();
        for (security, id) in securities.iter().zip(&found) {
            if let Some(id) = id {
                of_issuer.entry(security.issuer).or_insert_with(|| id.clone());
            }
        }
        self.of_security = securities.iter().zip(found).map(|(s, id)| id.or_else(|| of_issuer.get(&s.issuer).cloned())).collect();
    }

    /// Ids of issuers that a text names: an id itself, a CIK, or a symbol.
    pub fn named(&self, text: &str) -> Vec<String> {
        if self.issuers.contains_key(text) || text.contains(':') {
            return vec![text.to_owned()];
        }
        if let Ok(cik) = text.parse::<u64>() {
            return vec![format!("cik:{cik:010}")];
        }
        self.by_symbol.get(text).map(|ids| ids.iter().cloned().collect()).unwrap_or_default()
    }

    /// The latest description of an issuer known at a moment; of several, one that states most.
    pub fn description(&self, issuer: &str, at: Moment) -> Option<&Description> {
        let stated = |d: &Description| usize::from(!d.sic.is_empty()) + usize::from(!d.sector.is_empty());
        self.issuers.get(issuer)?.iter().filter(|d| d.known_at <= at).max_by_key(|d| (stated(d), d.from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        agree(&words(a), &words(b))
    }

    #[test]
    fn names_agree_across_publishers_and_not_across_companies() {
        assert!(same("AMAZON COM INC", "Amazon.com, Inc. Common Stock"));
        assert!(same("NVIDIA CORP", "NVIDIA Corporation Common Stock"));
        assert!(same("Macy's, Inc.", "Macy's Inc Common Stock"));
        assert!(same("LUMEN TECHNOLOGIES, INC.", "Lumen Technologies Inc. Common Stock"));
        assert!(same("KOHLS Corp", "Kohl's Corporation Common Stock"));
        assert!(same("JETBLUE AIRWAYS CORP", "JetBlue Airways Corporation Common Stock"));
        assert!(same("ALPHABET INC.", "Alphabet Inc. Class C Capital Stock"));
        assert!(!same("OVERSTOCK.COM, INC", "Bed Bath & Beyond Inc. Common Stock"));
        assert!(!same("Celanese Corp", "Century Aluminum Company Common Stock"));
        assert!(!same("First Horizon Corp", "First Solar, Inc. Common Stock"));
        assert!(!same("United Airlines Holdings, Inc.", "United Rentals, Inc. Common Stock"));
    }
}
