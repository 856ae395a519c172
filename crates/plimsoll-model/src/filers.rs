//! Which issuer stands behind a security. Ticker maps are of a later day than what they are used for, and tickers are given to others, so
//! a map only proposes; the names must agree. Where no name is at hand, a map takes a symbol from nobody who still reports.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

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

/// The publisher whose maps of symbols name present holders alone: of their day, and companies that are gone are not in them.
const PRESENT: &str = "edgar";

/// An issuer still reports while something known is about a day not longer ago than this: two annual reports lie as far apart at most.
const REPORTS: i32 = 548;

/// An issuer behind a security in a stretch of time; `None` while none is found.
pub type Link = (Moment, Option<String>);

/// Issuers and the securities that are theirs, with every vintage of what was said: one cut serves every earlier day, and what became
/// known within its span links nothing before that.
#[derive(Clone, Debug, Default)]
pub struct Filers {
    /// Descriptions by issuer id, by first day, every vintage. Asked for every issuer on every session, so hashed.
    pub issuers: FxHashMap<String, Vec<Description>>,
    /// Securities whose symbol a map gives to an issuer of another name, as of the cut: security, issuer id, its name. They are not
    /// linked.
    pub refused: Vec<(usize, String, String)>,
    /// Of issuers that share a symbol with others: when something became known, and the day it is about.
    reported: FxHashMap<String, Vec<(Moment, Day)>>,
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

/// Whether a symbol of three letters or more is a word of both names (`ARCH` in Arch Coal and Arch Resources). Only for names that this
/// symbol brought together.
pub fn carries(symbol: &str, a: &str, b: &str) -> bool {
    let symbol = symbol.to_lowercase();
    symbol.len() >= 3 && [a, b].iter().all(|name| every_word(name).contains(&symbol))
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

    /// Issuers that share a symbol of some security with others: which of them is meant depends on whether they still report.
    pub fn sharing(&self, securities: &[Security]) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for claims in securities.iter().flat_map(symbols).filter_map(|s| self.by_symbol.get(s)) {
            if claims.iter().any(|c| c.issuer != claims[0].issuer) {
                out.extend(claims.iter().map(|c| c.issuer.clone()));
            }
        }
        out
    }

    /// Takes note of what issuers that share a symbol stated: rows of [`crate::dataset::Dataset::Facts`], every vintage.
    pub fn note_reports(&mut self, rows: &Observations) {
        let issuer = rows.text("issuer");
        let mut seen: BTreeSet<(u32, i64, i32)> = BTreeSet::new();
        for i in 0..rows.len() {
            if seen.insert((issuer.codes[i], rows.known_at[i], rows.period[i])) {
                let of = self.reported.entry(issuer.get(i).to_owned()).or_default();
                of.push((Moment(rows.known_at[i]), Day(rows.period[i])));
            }
        }
    }

    /// Whether an issuer that shares a symbol still reports at a moment.
    fn reports(&self, id: &str, at: Moment) -> bool {
        let day = at.day();
        self.reported.get(id).is_some_and(|all| all.iter().any(|(known, about)| *known <= at && about.plus(REPORTS) >= day))
    }

    /// Finds the issuer of each security: by its symbol where the names agree (those of today, and former ones); else by its name where
    /// that is one issuer's alone (of several with a name that agrees one that still reports goes before); else, for companies that changed their names, by its symbol where publishers apart from each other give
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
                    let reported = self.reported.get(id).into_iter().flatten();
                    moments.extend(reported.flat_map(|(known, about)| [*known, about.plus(REPORTS + 1).at(0, 0)]));
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
        let agreeing = |(symbol, id): &(&String, &String)| {
            let mut said = self.issuers[*id].iter().filter(|d| d.holds(at));
            let same = |d: &Description| {
                d.name.is_empty()
                    || agree(&words(&d.name), name)
                    || abbreviates(&d.name, title)
                    || carries(symbol, &d.name, title)
            };
            name.is_empty() || said.any(same)
        };
        // Of issuers that one symbol brings together, first who is said to carry more of the security's symbols, then who held it first.
        let mut proposed: Vec<(&String, &String)> =
            symbols(security).flat_map(|s| self.in_turn(s, at).into_iter().map(move |id| (s, id))).collect();
        let carried = |id: &String| symbols(security).filter(|s| self.claiming(s, at).any(|i| i == id)).count();
        proposed.sort_by_key(|(_, id)| std::cmp::Reverse(carried(id)));
        proposed.retain(agreeing);
        let reporting = proposed.iter().find(|(_, id)| self.reports(id, at));
        let found = reporting.or(proposed.first()).map(|(_, id)| (*id).clone()).or_else(|| {
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

    /// Issuers of which a symbol is said at a moment, in the order in which they carried it. The SEC's maps name the holder of the day on
    /// which they were made; an issuer to which they do not give the symbol, and another publisher does, carried it before.
    fn in_turn(&self, symbol: &str, at: Moment) -> Vec<&String> {
        let mut ids: Vec<&String> = self.claiming(symbol, at).collect();
        ids.sort_by_key(|id| self.presently(symbol, id, at));
        ids
    }

    /// Whether the publisher of present holders gives a symbol to an issuer.
    fn presently(&self, symbol: &str, issuer: &str, at: Moment) -> bool {
        self.claims(symbol).iter().any(|c| c.holds(at) && c.issuer == issuer && c.publisher == PRESENT)
    }

    /// Who is meant by a symbol alone at a moment, among issuers that `reporting` says were then stating anything: who carried it first.
    /// The map of a later day, which gives it to somebody else, takes it from nobody who still reports. Several, where they cannot be told
    /// apart.
    pub fn meant(&self, symbol: &str, at: Moment, reporting: impl Fn(&str) -> bool) -> Vec<&String> {
        let ids: Vec<&String> = self.claiming(symbol, at).filter(|id| reporting(id)).collect();
        let first: Vec<&String> = ids.iter().copied().filter(|id| !self.presently(symbol, id, at)).collect();
        if first.is_empty() { ids } else { first }
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

    /// Descriptions as publishers give them: source, issuer, symbol, name.
    fn described(rows: &[(&str, &str, &str, &str)]) -> Filers {
        use crate::dataset::Dataset;
        use crate::knowledge::{Knowledge, Memory, Scan};
        use crate::observations::Column;
        use crate::time::AsOf;
        let batch = |(source, issuer, symbol, name): &(&str, &str, &str, &str)| {
            let text = |t: &str| Column::Text(std::iter::once(t).collect());
            let columns = [issuer, symbol, name, "", "", "", ""].map(text).to_vec();
            ((*source).to_owned(), Observations::new(Dataset::Issuers, vec![Day::ymd(1994, 1, 3).0], vec![0], columns))
        };
        let memory = Memory::new(AsOf::end_of(Day::ymd(2024, 2, 2)), rows.iter().map(batch).collect());
        Filers::lay_out(&memory.scan(&Scan::all(Dataset::Issuers).vintages()).expect("rows"))
    }

    fn security(symbols: &[&str], name: &str) -> Security {
        let (present, former) = symbols.split_first().expect("a symbol");
        Security {
            symbol: (*present).to_owned(),
            former: former.iter().map(|s| ((*s).to_owned(), 0)).collect(),
            issuer: 0,
            description: crate::panel::Description { name: name.to_owned(), ..Default::default() },
            first: 0,
        }
    }

    fn issuer(filers: &mut Filers, security: &Security) -> Option<String> {
        filers.link(std::slice::from_ref(security));
        filers.issuer_of(0, Moment(1)).map(str::to_owned)
    }

    /// A symbol that passed from a bankrupt retailer to its heir, name and all.
    const HANDED_ON: &[(&str, &str, &str, &str)] = &[
        ("edgar-tickers", "cik:0000000001", "BATH", "TOWELS & BATH, INC."),
        ("simfin-companies", "cik:0000000001", "OVER", "OVERSTOCK.COM, INC"),
        ("simfin-companies", "cik:0000000002", "BATH", "TOWELS & BATH INC"),
    ];

    #[test]
    fn a_later_map_takes_a_symbol_from_nobody_who_still_reports() {
        let filers = described(HANDED_ON);
        let meant = |reporting: &[&str]| filers.meant("BATH", Moment(1), |id| reporting.iter().any(|r| id.ends_with(r)));
        assert_eq!(meant(&["1", "2"]), ["cik:0000000002"]);
        assert_eq!(meant(&["1"]), ["cik:0000000001"]);
        assert!(meant(&[]).is_empty());
        // Without the later map the answer is the same.
        let before = described(&HANDED_ON[1..]);
        assert_eq!(before.meant("BATH", Moment(1), |_| true), ["cik:0000000002"]);
        // Two publishers of the past who contradict one another cannot be told apart.
        let torn = described(&[("simfin-companies", "cik:1", "XY", "X"), ("vendor", "cik:2", "XY", "Y")]);
        assert_eq!(torn.meant("XY", Moment(1), |_| true).len(), 2);
    }

    #[test]
    fn of_two_issuers_whose_names_agree_the_first_holder_has_the_security() {
        let name = "Towels & Bath Inc. Common Stock";
        let mut filers = described(HANDED_ON);
        assert_eq!(issuer(&mut filers, &security(&["BATH"], name)).as_deref(), Some("cik:0000000002"));
        // A security that was traded under the heir's other symbol is the heir's.
        assert_eq!(issuer(&mut filers, &security(&["BATH", "OVER"], name)).as_deref(), Some("cik:0000000001"));
        assert_eq!(issuer(&mut described(&HANDED_ON[1..]), &security(&["BATH"], name)).as_deref(), Some("cik:0000000002"));
    }

    #[test]
    fn a_security_passes_to_the_issuer_that_still_reports() {
        let mut filers = described(HANDED_ON);
        let day = |year: i16| Day::ymd(year, 2, 15).at(9, 0);
        for year in 2015..2024 {
            filers.reported.entry("cik:0000000001".into()).or_default().push((day(year), Day::ymd(year - 1, 12, 31)));
            if year < 2020 {
                filers.reported.entry("cik:0000000002".into()).or_default().push((day(year), Day::ymd(year - 1, 12, 31)));
            }
        }
        filers.link(&[security(&["BATH"], "Towels & Bath Inc. Common Stock")]);
        let of = |y, m, d| filers.issuer_of(0, Day::ymd(y, m, d).at(12, 0)).map(|id| &id[13..]);
        // The first holder's last statement is of the end of 2018: fresh for 548 days.
        assert_eq!([of(2016, 6, 1), of(2019, 6, 1), of(2020, 7, 1)], [Some("2"); 3]);
        assert_eq!([of(2020, 7, 2), of(2023, 6, 1)], [Some("1"); 2]);
        assert_eq!(filers.sharing(&[security(&["BATH"], "")]).len(), 2);
    }

    #[test]
    fn a_symbol_in_both_names_tells_a_renamed_company() {
        let mut filers = described(&[("simfin-companies", "cik:3", "ARCH", "ARCH COAL INC")]);
        assert_eq!(issuer(&mut filers, &security(&["ARCH"], "Arch Resources Inc. Class A")).as_deref(), Some("cik:3"));
        assert!(!carries("RDUS", "Radius Health, Inc.", "Radius Recycling Inc."));
        assert!(!carries("PX", "PX Holding", "PX Partners"), "two letters tell nothing");
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
