//! Which issuer stands behind a security. Ticker maps are of a later day than what they are used for, and tickers are given to others, so
//! a map only proposes; the names must agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity;
use crate::observations::{Observations, STANDS};
use crate::panel::Security;
use crate::time::{Day, Moment};

/// A description of an issuer, one vintage of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The first day it applies to.
    pub from: Day,
    /// When it was known.
    pub known_at: Moment,
    /// When a later vintage replaced it.
    pub until: Moment,
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

impl Description {
    /// Whether it is in force at a moment: known, and not replaced.
    pub fn holds(&self, at: Moment) -> bool {
        self.known_at <= at && at < self.until
    }
}

/// A stretch of time in which something is said of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// From when it was known.
    pub from: Moment,
    /// Until when it stood.
    pub until: Moment,
    /// The issuer's id.
    pub issuer: String,
    /// Who says so: the source's id up to its first hyphen, so that several files of one publisher are one voice.
    pub publisher: String,
}

impl Claim {
    fn holds(&self, at: Moment) -> bool {
        self.from <= at && at < self.until
    }
}

/// An issuer behind a security in a stretch of time; `None` while none is found.
pub type Link = (Moment, Option<String>);

/// Issuers and the securities that are theirs, with every vintage of what was said: one cut serves every earlier day, and what became
/// known within its span links nothing before that.
#[derive(Clone, Debug, Default)]
pub struct Filers {
    /// Descriptions by issuer id, by first day, every vintage.
    pub issuers: BTreeMap<String, Vec<Description>>,
    /// Securities whose symbol a map gives to an issuer of another name, as of the cut: security, issuer id, its name. They are not
    /// linked.
    pub refused: Vec<(usize, String, String)>,
    /// For each security of the panel its issuer, from moment to moment.
    links: Vec<Vec<Link>>,
    by_symbol: BTreeMap<String, Vec<Claim>>,
    by_name: BTreeMap<Vec<String>, Vec<Claim>>,
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

/// The symbols a security is or was traded under.
fn symbols(security: &Security) -> impl Iterator<Item = &String> {
    std::iter::once(&security.symbol).chain(security.former.iter().map(|f| &f.0))
}

/// The words of a company's name, every one of them.
fn every_word(name: &str) -> Vec<String> {
    let company = identity::company(name).replace('\'', "");
    company.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// The words of a name without the legal form at its end.
fn plain(name: &str) -> Vec<String> {
    const FORMS: &[&str] = &["inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "plc", "llc", "lp"];
    let mut words = every_word(name);
    while words.len() > 1 && words.last().is_some_and(|w| FORMS.contains(&w.as_str())) {
        words.pop();
    }
    words
}

/// Whether two names are one when written without spaces, or one of them begins with, or is, the initials of the other's two or more words,
/// legal form counted or not: `GE Aerospace` and `General Electric Co`, `PG&E` and `Pacific Gas & Electric`. Only for names that one symbol
/// brought together: initials alone tell nothing.
pub fn abbreviates(a: &str, b: &str) -> bool {
    let (x, y) = (plain(a), plain(b));
    let telling = |words: &[String]| -> Vec<String> {
        words.iter().filter(|w| !["the", "of", "and"].contains(&w.as_str())).cloned().collect()
    };
    let initials = |words: &[String]| telling(words).iter().filter_map(|w| w.chars().next()).collect::<String>();
    let short = |short: &[String], long: &[String], name: &str| {
        let short = telling(short);
        let fits = |i: &String| i.chars().count() >= 2 && (short.first() == Some(i) || short.concat() == *i);
        telling(long).len() >= 2 && [initials(long), initials(&every_word(name))].iter().any(fits)
    };
    !x.is_empty() && !y.is_empty() && (x.concat() == y.concat() || short(&x, &y, b) || short(&y, &x, a))
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
                until: rows.until(i),
                symbol: field("symbol", i),
                name: field("name", i),
                sic: field("sic", i),
                industry: field("industry", i),
                sector: field("sector", i),
                fiscal_year_end: field("fiscal_year_end", i),
            };
            let publisher = rows.source(i).split(['-', '_']).next().unwrap_or_default();
            let claim = || Claim {
                from: description.known_at,
                until: description.until,
                issuer: issuer.clone(),
                publisher: publisher.to_owned(),
            };
            if !description.symbol.is_empty() {
                out.by_symbol.entry(description.symbol.clone()).or_default().push(claim());
            }
            if !description.name.is_empty() {
                out.by_name.entry(words(&description.name)).or_default().push(claim());
            }
            out.issuers.entry(issuer).or_default().push(description);
        }
        out
    }

    /// Finds the issuer of each security: by its symbol where the names agree (those of today, and former ones); else by its name where
    /// that is one issuer's alone; else, for companies that changed their names, by its symbol where publishers apart from each other give
    /// it to one issuer and none gives it to another. Classes of one issuer share what one of them found. At each moment by what was known
    /// then.
    pub fn link(&mut self, securities: &[Security]) {
        let mut of_company: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        securities.iter().enumerate().for_each(|(i, s)| of_company.entry(s.issuer).or_default().push(i));
        let names: Vec<Vec<String>> = securities.iter().map(|s| words(&s.description.name)).collect();
        self.links = vec![Vec::new(); securities.len()];
        for classes in of_company.values() {
            // Moments at which anything said of the company's symbols or name changes.
            let mut moments: BTreeSet<Moment> = BTreeSet::new();
            for &i in classes {
                let claims = symbols(&securities[i]).filter_map(|s| self.by_symbol.get(s)).chain(self.by_name.get(&names[i]));
                for id in claims.flatten().map(|c| &c.issuer).collect::<BTreeSet<_>>() {
                    moments.extend(self.issuers[id].iter().flat_map(|d| [d.known_at, d.until]).filter(|m| m.0 != STANDS));
                }
            }
            for at in moments {
                let found: Vec<Option<String>> = classes.iter().map(|&i| self.find(&securities[i], &names[i], at)).collect();
                let shared = found.iter().flatten().next().cloned();
                for (&i, id) in classes.iter().zip(found) {
                    let id = id.or_else(|| shared.clone());
                    if self.links[i].last().is_none_or(|(_, last)| *last != id) {
                        self.links[i].push((at, id));
                    }
                }
            }
        }
        self.refused = (0..securities.len()).filter_map(|i| self.refusal(i, &securities[i])).collect();
    }

    /// The issuer of one security by itself, by what was known at a moment.
    fn find(&self, security: &Security, name: &[String], at: Moment) -> Option<String> {
        let title = &security.description.name;
        let agreeing = |id: &&String| {
            let mut said = self.issuers[*id].iter().filter(|d| d.holds(at));
            name.is_empty() || said.any(|d| d.name.is_empty() || agree(&words(&d.name), name) || abbreviates(&d.name, title))
        };
        let mut proposed = symbols(security).flat_map(|s| self.claiming(s, at));
        let found = proposed.find(agreeing).cloned().or_else(|| {
            let ids: BTreeSet<&String> = self.by_name.get(name)?.iter().filter(|c| c.holds(at)).map(|c| &c.issuer).collect();
            ids.first().filter(|_| ids.len() == 1).map(|id| (*id).clone())
        });
        found.or_else(|| symbols(security).find_map(|s| self.undisputed(s, at)).cloned())
    }

    /// The issuer that publishers apart from each other give a symbol to, where none gives it to another: maps of different days agree, so
    /// that the symbol did not change hands between them.
    fn undisputed(&self, symbol: &str, at: Moment) -> Option<&String> {
        let claims: Vec<&Claim> = self.claims(symbol).iter().filter(|c| c.holds(at)).collect();
        let first = claims.first()?;
        let apart = claims.iter().any(|c| c.publisher != first.publisher);
        (apart && claims.iter().all(|c| c.issuer == first.issuer)).then_some(&first.issuer)
    }

    /// The issuer that a map proposes for a security that is linked to none at the end.
    fn refusal(&self, i: usize, security: &Security) -> Option<(usize, String, String)> {
        if self.links[i].last().is_some_and(|l| l.1.is_some()) {
            return None;
        }
        let at = Moment(STANDS - 1);
        let id = symbols(security).find_map(|s| self.claiming(s, at).next())?;
        let name = self.issuers[id].iter().rfind(|d| d.holds(at)).map(|d| d.name.clone()).unwrap_or_default();
        Some((i, id.clone(), name))
    }

    /// Issuers of which a symbol is said at a moment, ascending by id.
    fn claiming<'a>(&'a self, symbol: &str, at: Moment) -> impl Iterator<Item = &'a String> + use<'a> {
        let ids: BTreeSet<&String> =
            self.by_symbol.get(symbol).into_iter().flatten().filter(|c| c.holds(at)).map(|c| &c.issuer).collect();
        ids.into_iter()
    }

    /// The issuer behind a security by what was known at a moment.
    pub fn issuer_of(&self, security: usize, at: Moment) -> Option<&str> {
        let links = self.links.get(security)?;
        links[..links.partition_point(|l| l.0 <= at)].last()?.1.as_deref()
    }

    /// The issuers behind a security, each with the moments from and until which it stood.
    pub fn links(&self, security: usize) -> impl Iterator<Item = (Moment, Moment, Option<&str>)> {
        let links = self.links.get(security).map_or(&[] as &[Link], Vec::as_slice);
        let ends = links.iter().skip(1).map(|l| l.0).chain([Moment(STANDS)]);
        let before = links.first().map_or(Moment(STANDS), |l| l.0);
        let none = std::iter::once((Moment::MIN, before, None));
        none.chain(links.iter().zip(ends).map(|(l, end)| (l.0, end, l.1.as_deref())))
    }

    /// Ids of every issuer that any security was linked to at any time.
    pub fn linked(&self) -> impl Iterator<Item = &String> {
        self.links.iter().flatten().filter_map(|l| l.1.as_ref())
    }

    /// Of which issuers a symbol was ever said, and when.
    pub fn claims(&self, symbol: &str) -> &[Claim] {
        self.by_symbol.get(symbol).map_or(&[], Vec::as_slice)
    }

    /// Moments at which what is said of an issuer changes.
    pub fn moments(&self, issuer: &str) -> impl Iterator<Item = Moment> {
        let all = self.issuers.get(issuer).into_iter().flatten();
        all.flat_map(|d| [d.known_at, d.until]).filter(|m| m.0 != STANDS)
    }

    /// Ids of issuers that a text ever named: an id itself, a CIK, or a symbol.
    pub fn named(&self, text: &str) -> Vec<String> {
        if self.issuers.contains_key(text) || text.contains(':') {
            return vec![text.to_owned()];
        }
        if let Ok(cik) = text.parse::<u64>() {
            return vec![format!("cik:{cik:010}")];
        }
        let ids: BTreeSet<&String> = self.claims(text).iter().map(|c| &c.issuer).collect();
        ids.into_iter().cloned().collect()
    }

    /// The latest description of an issuer in force at a moment; of several, one that states most.
    pub fn description(&self, issuer: &str, at: Moment) -> Option<&Description> {
        let stated = |d: &Description| usize::from(!d.sic.is_empty()) + usize::from(!d.sector.is_empty());
        self.issuers.get(issuer)?.iter().filter(|d| d.holds(at)).max_by_key(|d| (stated(d), d.from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        agree(&words(a), &words(b))
    }

    #[test]
    fn initials_stand_for_a_name() {
        assert!(abbreviates("GENERAL ELECTRIC CO", "GE Aerospace Common Stock"));
        assert!(abbreviates("PG&E Corp", "Pacific Gas & Electric Co. Common Stock"));
        assert!(abbreviates("NATIONAL RESEARCH CORP", "NRC Health Common Stock"));
        assert!(abbreviates("NEW JERSEY RESOURCES CORP", "NewJersey Resources Corporation Common Stock"));
        assert!(abbreviates("TheRealReal, Inc.", "The RealReal Inc. Common Stock"));
        // One letter, one word, and letters of another order tell nothing.
        assert!(!abbreviates("KELLOGG CO", "Kellanova Common Stock"));
        assert!(!abbreviates("Radius Health, Inc.", "Radius Recycling Inc. Class A Common Stock"));
        assert!(!abbreviates("Praxair Inc.", "P10 Inc. Class A Common Stock"));
        assert!(!abbreviates("General Motors Co", "GE Aerospace Common Stock"));
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
