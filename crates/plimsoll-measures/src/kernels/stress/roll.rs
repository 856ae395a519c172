//! The borrowers of a universe on a day: who is stressed, and who is left out and why.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day, Moment};
use rayon::prelude::*;

use super::assumptions::Assumptions;
use super::borrower::{Borrower, Terms};
use super::market;
use super::scenario::Conditions;
use super::standing::{FIXED, FLOATING, ITEMS, Left, Profile, Standing, WithoutLadder};
use crate::Unmeasurable;
use crate::kernels::constituents::{CAPS, Constituents, reach};
use crate::kernels::ladder::{self, Book, Funding};
use crate::kernels::screens;
use crate::kernels::statements::{Statements, concepts};

/// An issuer under stress.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Its id, such as `cik:0000012345`.
    pub id: String,
    /// Symbols of its securities in the universe.
    pub symbol: String,
    /// Its name.
    pub name: String,
    /// What it borrows for.
    pub funding: Funding,
    /// Where its maturities are from.
    pub profile: Profile,
    /// As a borrower.
    pub borrower: Borrower,
}

/// An issuer left out.
#[derive(Clone, Debug)]
pub struct Absentee {
    /// Symbols of its securities in the universe.
    pub symbol: String,
    /// Capitalisation, where known.
    pub cap: Option<f64>,
    /// What it borrows for.
    pub funding: Funding,
    /// Why.
    pub why: Left,
}

/// Who is stressed and who is not.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    /// Issuers under stress, by id.
    pub issuers: Vec<Issuer>,
    /// The others.
    pub absent: Vec<Absentee>,
}

impl Roll {
    /// Without those whose funding is not among `kept`.
    #[must_use]
    pub fn only(mut self, kept: impl Fn(Funding) -> bool) -> Roll {
        self.issuers.retain(|i| kept(i.funding));
        self.absent.retain(|a| kept(a.funding));
        self
    }
    /// How many are left out, by reason.
    pub fn reasons(&self) -> BTreeMap<Left, usize> {
        let mut out = BTreeMap::new();
        self.absent.iter().for_each(|a| *out.entry(a.why).or_default() += 1);
        out
    }
    /// Every issuer laid out, in order; those that cannot be move to the absent.
    pub fn terms(mut self, a: &Assumptions, conditions: &Conditions) -> (Roll, Vec<Terms>) {
        let mut terms = Vec::with_capacity(self.issuers.len());
        let mut absent = std::mem::take(&mut self.absent);
        self.issuers.retain(|i| match Terms::new(&i.borrower, a, conditions) {
            Ok(t) => {
                terms.push(t);
                true
            }
            Err(_) => {
                let cap = i.borrower.market_cap;
                absent.push(Absentee { symbol: i.symbol.clone(), cap, funding: i.funding, why: Left::Unusable });
                false
            }
        });
        self.absent = absent;
        (self, terms)
    }
    /// The borrowers alone.
    pub fn borrowers(&self) -> Vec<Borrower> {
        self.issuers.iter().map(|i| i.borrower.clone()).collect()
    }
}

/// What the roll of a universe is read from, for sessions from `from` on.
pub fn needs(universe: &str, from: Day) -> Needs {
    let mut needs = Needs::default()
        .lookback(reach(1) + CAPS)
        .universe(universe)
        .facts(concepts(ITEMS))
        .facts(ladder::concepts())
        .facts([FLOATING, FIXED]);
    needs.merge(&market::needs(from));
    needs
}

/// A security's issuer in a universe: securities and when their statements change.
struct Holding {
    id: Option<String>,
    /// Each with the moments from and until which it was known to be the issuer's.
    securities: Vec<(usize, Moment, Moment)>,
    standings: Vec<(Moment, Result<Standing, Left>)>,
}

/// The issuers of a universe, with what they stated in force on some sessions of a cut.
pub struct Issuers<'a> {
    cut: &'a Cut,
    universe: &'a str,
    book: Arc<Book>,
    holdings: Arc<Vec<Holding>>,
}

impl<'a> Issuers<'a> {
    /// Reads the statements in force on `days`: each issuer's once a filing.
    ///
    /// # Errors
    /// Where the universe is not known, or no statement at all.
    pub fn of(cut: &'a Cut, universe: &'a str, days: Range<usize>) -> Result<Issuers<'a>, Unmeasurable> {
        let c = Constituents::named(cut, universe)?;
        if cut.facts.is_empty() {
            return Err(Unmeasurable(format!(
                "no statement of any issuer is known by {}; hint: import company facts or standardised statements",
                cut.as_of
            )));
        }
        let key = format!("stress|{universe}|{}|{}", days.start, days.end);
        let holdings = cut.memo(&key, || holdings(&c, &days));
        Ok(Issuers { cut, universe, book: Book::of(cut), holdings })
    }

    /// What an issuer borrows for: by its code and what it states; where it has no code, also by its sector.
    fn funding(&self, id: &str, security: usize, day: Day) -> Funding {
        let found = self.book.funding(self.cut, id, day);
        let description = self.cut.filers.description(id, AsOf::end_of(day).moment());
        let coded = description.is_some_and(|d| !d.sic.is_empty());
        let stated = description.map(|d| d.sector.as_str()).filter(|s| !s.is_empty());
        let sector = stated.unwrap_or(&self.cut.panel.securities[security].description.sector);
        let lends = matches!(sector, "Financial Services" | "Finance" | "Financials");
        if found == Funding::Unclassified && !coded && lends { Funding::Financial } else { found }
    }

    /// The roll at the end of the session at position `t`.
    pub fn roll(&self, t: usize, without: WithoutLadder) -> Roll {
        let (cut, day) = (self.cut, self.cut.sessions[t]);
        let at = AsOf::end_of(day).moment();
        let members = &cut.universes[self.universe];
        let mut out = Roll::default();
        for h in self.holdings.iter() {
            let linked = h.securities.iter().filter(|s| s.1 <= at && at < s.2).map(|s| s.0);
            let held: Vec<usize> = linked.filter(|&i| members.is_member(i, t)).collect();
            let Some(&first) = held.first() else { continue };
            let symbols: Vec<&str> = held.iter().map(|&i| cut.panel.securities[i].symbol.as_str()).collect();
            let symbol = symbols.join(" ");
            // Each class carries the whole company's capitalisation, or its own: the largest stands for the company.
            let cap = held
                .iter()
                .map(|&i| cut.panel.cap.row(i)[t])
                .filter(|c| c.is_finite())
                .fold(None, |m: Option<f64>, c| Some(m.map_or(c, |m| m.max(c))));
            let mut absent = |why, funding| out.absent.push(Absentee { symbol: symbol.clone(), cap, funding, why });
            let Some(id) = &h.id else {
                absent(Left::NotLinked, Funding::Unclassified);
                continue;
            };
            let funding = self.funding(id, first, day);
            let in_force = h.standings.partition_point(|s| s.0 <= at).checked_sub(1).map(|k| &h.standings[k].1);
            let ladder = cut.facts.issuer(id).and_then(|i| self.book.ladder(i, day).ok());
            let found = match in_force {
                None => Err(Left::NoStatement),
                Some(Err(why)) => Err(*why),
                Some(Ok(standing)) => standing.borrower(key(id), day, ladder, without),
            };
            match found {
                Ok((mut borrower, profile)) => {
                    borrower.market_cap = cap;
                    let name = cut.filers.description(id, at).map_or_else(String::new, |d| d.name.clone());
                    let name = if name.is_empty() { cut.panel.securities[first].description.name.clone() } else { name };
                    out.issuers.push(Issuer { id: id.clone(), symbol, name, funding, profile, borrower });
                }
                Err(why) => absent(why, funding),
            }
        }
        out
    }
}

/// A number that names an issuer: that of its id, else a mix of its letters.
pub fn key(id: &str) -> u64 {
    let digits = id.rsplit(':').next().and_then(|d| d.parse().ok());
    digits.unwrap_or_else(|| id.bytes().fold(0, |h: u64, b| super::random::mix(h ^ u64::from(b))))
}

fn holdings(c: &Constituents<'_>, days: &Range<usize>) -> Vec<Holding> {
    let cut = c.cut;
    let mut by_issuer: BTreeMap<String, Holding> = BTreeMap::new();
    for &i in c.rows() {
        if !(days.clone()).any(|t| c.universe.is_member(i, t)) {
            continue;
        }
        for (from, until, id) in cut.filers.links(i) {
            // Classes of one company that no filer is linked to count once.
            let name = id.map_or_else(|| format!("~{}", cut.panel.securities[i].issuer), str::to_owned);
            let new = || Holding { id: id.map(str::to_owned), securities: Vec::new(), standings: Vec::new() };
            by_issuer.entry(name).or_insert_with(new).securities.push((i, from, until));
        }
    }
    let mut out: Vec<Holding> = by_issuer.into_values().collect();
    let (Some(first), Some(last)) = (cut.sessions.get(days.start), cut.sessions[..days.end].last()) else { return out };
    let (from, to) = (AsOf::end_of(*first).moment(), AsOf::end_of(*last).moment());
    let disputes = cut.memo("statement_disputes", || screens::disputes(&cut.facts));
    out.par_iter_mut().for_each(|h| {
        let Some(issuer) = h.id.as_ref().and_then(|id| cut.facts.issuer(id)) else { return };
        let statements = Statements::new(&cut.facts, issuer).screened(&disputes[issuer]);
        let moments = cut.facts.moments(issuer);
        // The one in force at the first session, and those that follow until the last.
        let start = moments.partition_point(|m| *m <= from).saturating_sub(1);
        let within = moments[start..].iter().take_while(|m| **m <= to);
        h.standings = within.map(|m| (*m, Standing::of(&statements, *m))).collect();
    });
    out
}
