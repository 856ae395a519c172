//! The ladders of every issuer of a cut, read once: they change only when something becomes known.

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::time::{AsOf, Day, Moment};
use rayon::prelude::*;

use super::read::{self, ALL_DEBT, DEBT};
use super::{Absence, FUNDING_CONCEPTS, FiscalYearEnd, Funding, Ladder, Reading, funding};

/// Days after its balance for which a ladder is believed: an annual report comes once a year and up to three months late, with three
/// months of grace.
pub const MAX_AGE: i32 = 550;

/// Every concept that ladders are read from.
pub fn concepts() -> impl Iterator<Item = &'static str> {
    let debts = DEBT.iter().flat_map(|c| c.iter().copied()).chain(ALL_DEBT.iter().copied());
    read::steps().chain(debts).chain(FUNDING_CONCEPTS.iter().copied())
}

/// Readings by issuer and by the moment from which they are in force.
pub struct Book {
    by_issuer: Vec<Vec<(Moment, Reading)>>,
}

impl Book {
    /// The book of a cut whose needs hold [`concepts`], read once.
    pub fn of(cut: &Cut) -> Arc<Book> {
        cut.memo("maturity_ladders", || {
            let one = |issuer: usize| {
                let id = &cut.facts.issuers()[issuer];
                let mut moments: BTreeSet<Moment> =
                    concepts().flat_map(|c| cut.facts.of(issuer, c)).map(|f| f.known_at).collect();
                // What is said of its fiscal year counts from when it was said.
                if let Some(&first) = moments.first() {
                    moments.extend(cut.filers.moments(id).filter(|m| *m > first));
                }
                let mut out: Vec<(Moment, Reading)> = Vec::new();
                for at in moments {
                    let said = cut.filers.description(id, at).and_then(|d| FiscalYearEnd::parse(&d.fiscal_year_end));
                    let fiscal = said.unwrap_or(FiscalYearEnd::DECEMBER);
                    let reading = read::read(&cut.facts, issuer, at, fiscal);
                    if out.last().is_none_or(|(_, last)| *last != reading) {
                        out.push((at, reading));
                    }
                }
                out
            };
            Book { by_issuer: (0..cut.facts.issuers().len()).into_par_iter().map(one).collect() }
        })
    }

    /// What was known of an issuer's maturities at a moment.
    pub fn reading(&self, issuer: usize, at: Moment) -> Option<&Reading> {
        let of = self.by_issuer.get(issuer)?;
        of[..of.partition_point(|(m, _)| *m <= at)].last().map(|(_, r)| r)
    }

    /// The ladder in force at the end of a day.
    ///
    /// # Errors
    /// Why there is none.
    pub fn ladder(&self, issuer: usize, day: Day) -> Result<&Ladder, Absence> {
        let reading = self.reading(issuer, AsOf::end_of(day).moment()).ok_or(Absence::None)?;
        match &reading.ladder {
            Some(ladder) if day.0 - ladder.balance.0 <= MAX_AGE => Ok(ladder),
            Some(ladder) => Err(Absence::Old(ladder.balance)),
            None if reading.partial.is_empty() => Err(Absence::None),
            None => Err(Absence::Partial),
        }
    }

    /// What an issuer borrows for, as known at the end of a day.
    pub fn funding(&self, cut: &Cut, id: &str, day: Day) -> Funding {
        let at = AsOf::end_of(day).moment();
        funding(&cut.facts, cut.facts.issuer(id), cut.filers.description(id, at), at)
    }
}
