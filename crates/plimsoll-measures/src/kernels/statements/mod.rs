//! Statements as known: what an issuer's filings state, at a moment, for the past twelve months, for fiscal years, for quarters and on
//! the day of the latest balance sheet.
//!
//! * **Durations are never mixed.** A period is built from stated periods by arithmetic on their very days ([`periods`]): a fourth quarter
//!   is the year less its nine months, twelve months are the year plus this year to date less last year's. A year of 52 or 53 weeks is a
//!   year; a transition period after a change of the fiscal year's end is a piece like any other; across a gap there is no value.
//! * **Concepts fall back in a documented order** (`concepts.csv`, [`items`]); which one was used is part of the answer.
//! * **Debt is put together from its parts** without counting one twice ([`debt`]).
//! * **Old statements are no statements**: what ended more than [`STALE_DAYS`] before the moment is absent, with the reason.
//! * **Doubted numbers are not used**: facts that the screens ([`super::screens`]) dispute at the moment count as not stated.

pub mod debt;
pub mod items;
pub mod periods;
pub mod ratios;
mod rows;

use plimsoll_model::facts::{Fact, Facts};
use plimsoll_model::time::{Day, Moment};

pub use items::{Item, Kind, Note, Source, concepts};
pub use ratios::{Basis, Ratio};
use rows::Row;

/// Statements that ended more days ago than these, about eighteen months, are not used: an issuer that still files is a year and a
/// filing delay behind at most.
pub const STALE_DAYS: i32 = 548;

/// Days by which ends of one period may differ between statements: a year of 52 weeks ends on a weekday, taxonomies round to month ends.
pub(crate) const NEAR: i32 = 7;

/// How a number came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// As stated.
    AsStated,
    /// The last fiscal year stands for the past twelve months: nothing shorter is stated.
    LastFiscalYear,
    /// Consecutive stated periods added up, such as four quarters.
    Sum,
    /// The year plus this year to date, less last year's to the same day (or other sums and differences of stated periods).
    YearToDate,
    /// A longer period less the part of it that came before: the fourth quarter as the year less nine months.
    Difference,
    /// Balances of parts added up.
    Parts,
    /// No part is stated beside a balance sheet that is: zero.
    NoneStated,
}

/// Flags of a stated number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatedFlags(pub u16);

impl StatedFlags {
    /// Not the preferred concept.
    pub const FALLBACK: StatedFlags = StatedFlags(1);
    /// Interest income is taken off.
    pub const NET: StatedFlags = StatedFlags(2);
    /// Cash paid, not what accrued.
    pub const PAID: StatedFlags = StatedFlags(4);
    /// Less than the item.
    pub const PARTIAL: StatedFlags = StatedFlags(8);
    /// More than the item: leases, restricted cash, others' share.
    pub const WIDE: StatedFlags = StatedFlags(16);
    /// More than one concept was needed.
    pub const MIXED: StatedFlags = StatedFlags(32);
    /// Of an earlier day than the latest balance sheet, or of an earlier period than the latest stated.
    pub const OLDER: StatedFlags = StatedFlags(64);
    /// What the stated parts leave open could make it larger.
    pub const AMBIGUOUS: StatedFlags = StatedFlags(128);
    /// Not in dollars.
    pub const FOREIGN: StatedFlags = StatedFlags(256);

    const NAMES: [(StatedFlags, &'static str); 9] = [
        (StatedFlags::FALLBACK, "fallback"),
        (StatedFlags::NET, "net_of_interest_income"),
        (StatedFlags::PAID, "cash_paid"),
        (StatedFlags::PARTIAL, "partial"),
        (StatedFlags::WIDE, "wide"),
        (StatedFlags::MIXED, "mixed_concepts"),
        (StatedFlags::OLDER, "older"),
        (StatedFlags::AMBIGUOUS, "ambiguous"),
        (StatedFlags::FOREIGN, "not_in_dollars"),
    ];

    /// Both.
    #[must_use]
    pub fn and(self, other: StatedFlags) -> StatedFlags {
        StatedFlags(self.0 | other.0)
    }
    /// These flags where `set`, else none.
    #[must_use]
    pub fn when(self, set: bool) -> StatedFlags {
        if set { self } else { StatedFlags(0) }
    }
    /// Whether it holds all of `other`.
    pub fn has(self, other: StatedFlags) -> bool {
        self.0 & other.0 == other.0
    }
    /// Machine names.
    pub fn names(self) -> Vec<&'static str> {
        StatedFlags::NAMES.iter().filter(|(f, _)| self.has(*f)).map(|(_, n)| *n).collect()
    }
}

/// One stated number behind a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Its concept.
    pub concept: &'static str,
    /// The number as stated.
    pub fact: Fact,
    /// With which sign it counts.
    pub sign: f64,
}

/// A figure of an issuer's statements.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// The amount, in the unit of the filing.
    pub value: f64,
    /// First day of the period; `None` for a balance.
    pub start: Option<Day>,
    /// Last day of the period, or the day of the balance.
    pub end: Day,
    /// When the last of its parts became known.
    pub known_at: Moment,
    /// How it came about.
    pub how: How,
    /// Quality.
    pub flags: StatedFlags,
    /// The stated numbers it is made of.
    pub parts: Vec<Part>,
}

impl Stated {
    /// Accession numbers of the filings behind it, in order, without repetition.
    pub fn accessions<'a>(&self, facts: &'a Facts) -> Vec<&'a str> {
        let mut out: Vec<&str> = self.parts.iter().map(|p| facts.accession(&p.fact)).filter(|a| !a.is_empty()).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
    /// The fiscal year its end belongs to, see [`fiscal_year`].
    pub fn fiscal_year(&self) -> i16 {
        fiscal_year(self.end)
    }
    /// Days of the period; 0 for a balance.
    pub fn days(&self) -> i32 {
        self.start.map_or(0, |s| self.end.0 - s.0 + 1)
    }
}

/// Why there is no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Absent {
    /// No concept of the item was stated by then.
    #[error("{} is not stated", .0.name())]
    NotStated(Item),
    /// The last statement is too old.
    #[error("the last {} stated ended on {end}, more than eighteen months before", item.name())]
    Stale {
        /// The item.
        item: Item,
        /// The end of the last one.
        end: Day,
    },
    /// Stated periods do not add up to a year.
    #[error("the periods of {} stated to {end} do not make twelve months", item.name())]
    Incomplete {
        /// The item.
        item: Item,
        /// The end of the last one.
        end: Day,
    },
    /// A screen doubts the last number.
    #[error("{} stated to {end} is doubted by a screen", item.name())]
    Disputed {
        /// The item.
        item: Item,
        /// The end of the last one.
        end: Day,
    },
    /// Two items have no period in common.
    #[error("{} and {} are not stated for one period", .0.name(), .1.name())]
    Apart(Item, Item),
    /// The denominator is zero or negative.
    #[error("{} is not positive", .0.name())]
    NotPositive(Item),
}

/// The fiscal year that a period's last day belongs to: the calendar year it ends in, or the year before where it ends in January to
/// March (retailers' years end on the Saturday nearest to the end of January). Compustat draws the line after May.
pub fn fiscal_year(end: Day) -> i16 {
    let (year, month, _) = end.parts();
    year - i16::from(month <= 3)
}

/// A number that a screen doubts, from when on and until when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dispute {
    /// The item.
    pub item: Item,
    /// The taxonomy that states it so.
    pub taxonomy: &'static str,
    /// The end of the period, or the day of the balance.
    pub end: Day,
    /// Since what became known then.
    pub from: Moment,
    /// Until what became known then, if ever.
    pub until: Option<Moment>,
}

impl Dispute {
    /// Whether it stands at a moment.
    pub fn stands(&self, at: Moment) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// The statements of one issuer.
#[derive(Clone, Copy)]
pub struct Statements<'a> {
    /// Numbers from filings, every vintage.
    pub facts: &'a Facts,
    /// Position of the issuer in [`Facts::issuers`].
    pub issuer: usize,
    disputes: &'a [Dispute],
}

impl<'a> Statements<'a> {
    /// The statements of an issuer (its position in [`Facts::issuers`]); nothing is screened.
    pub fn new(facts: &'a Facts, issuer: usize) -> Statements<'a> {
        Statements { facts, issuer, disputes: &[] }
    }

    /// Without the numbers that screens doubt.
    #[must_use]
    pub fn screened(self, disputes: &'a [Dispute]) -> Statements<'a> {
        Statements { disputes, ..self }
    }

    /// Whether a number of a taxonomy is doubted at a moment.
    fn disputed(&self, item: Item, taxonomy: &str, end: Day, at: Moment) -> bool {
        self.disputes.iter().any(|d| d.item == item && d.end == end && d.taxonomy == taxonomy && d.stands(at))
    }

    /// The past twelve months to the latest period stated.
    ///
    /// Of several concepts an exact one is preferred to one that is wider, narrower or net; among those the one with the latest end, then
    /// the order of the table. Where no single concept reaches the latest period, exact concepts of one taxonomy are joined.
    ///
    /// # Errors
    /// Where nothing is stated, it is too old, or the periods do not make twelve months.
    pub fn ttm(&self, item: Item, at: Moment) -> Result<Stated, Absent> {
        debug_assert_eq!(item.kind(), Kind::Flow, "{item:?} has no period");
        let by_source = self.rows(item, at);
        let latest = by_source.iter().flatten().map(|r| r.end).max().ok_or(Absent::NotStated(item))?;
        let fresh = |s: &Stated| at.day().0 - s.end.0 <= STALE_DAYS;
        let best = |exact: bool| {
            let rows = by_source.iter().filter(|r| r.first().is_some_and(|r| (r.source.note == Note::Exact) == exact));
            let found = rows.filter_map(|rows| periods::twelve_months(rows)).filter(fresh);
            // The first of those with the latest end.
            found.fold(None, |best: Option<Stated>, s| if best.as_ref().is_none_or(|b| s.end > b.end) { Some(s) } else { best })
        };
        let mut found = best(true);
        if found.as_ref().is_none_or(|s| s.end < latest) {
            for joined in rows::joined(&by_source) {
                if let Some(s) = periods::twelve_months(&joined).filter(fresh)
                    && found.as_ref().is_none_or(|f| s.end > f.end)
                {
                    found = Some(s);
                }
            }
        }
        let found = found.or_else(|| best(false));
        match found {
            Some(mut s) => {
                if self.doubts_later(item, s.end, at) {
                    return Err(Absent::Disputed { item, end: s.end });
                }
                s.flags = s.flags.and(StatedFlags::OLDER.when(s.end < latest));
                Ok(s)
            }
            None if at.day().0 - latest.0 > STALE_DAYS => Err(Absent::Stale { item, end: latest }),
            None if self.doubts_later(item, latest, at) => Err(Absent::Disputed { item, end: latest }),
            None => Err(Absent::Incomplete { item, end: latest }),
        }
    }

    /// Whether a number that ended after `end` is left out because a screen doubts it.
    fn doubts_later(&self, item: Item, end: Day, at: Moment) -> bool {
        self.disputes.iter().any(|d| d.item == item && d.end.0 > end.0 + NEAR && d.stands(at))
    }

    /// Fiscal years as stated, ascending: periods of 52 or 53 weeks that an annual report stated. A year that a screen doubts is left out.
    pub fn annual(&self, item: Item, at: Moment) -> Vec<Stated> {
        let by_source = self.rows(item, at);
        let mut years: Vec<Stated> = Vec::new();
        for rows in &by_source {
            for year in periods::years(rows) {
                if years.iter().all(|y| (y.end.0 - year.end.0).abs() > NEAR) {
                    years.push(year);
                }
            }
        }
        years.sort_by_key(|y| y.end);
        years
    }

    /// The last fiscal year.
    ///
    /// # Errors
    /// Where none is stated, or the last is too old.
    pub fn year(&self, item: Item, at: Moment) -> Result<Stated, Absent> {
        let last = self.annual(item, at).pop().ok_or(Absent::NotStated(item))?;
        if self.doubts_later(item, last.end, at) {
            return Err(Absent::Disputed { item, end: last.end });
        }
        if at.day().0 - last.end.0 > STALE_DAYS { Err(Absent::Stale { item, end: last.end }) } else { Ok(last) }
    }

    /// Quarters, ascending: as stated, or a longer period less the part before.
    pub fn quarters(&self, item: Item, at: Moment) -> Vec<Stated> {
        let by_source = self.rows(item, at);
        let mut out: Vec<Stated> = Vec::new();
        for rows in &by_source {
            for quarter in periods::quarters(rows) {
                if out.iter().all(|q| (q.end.0 - quarter.end.0).abs() > NEAR) {
                    out.push(quarter);
                }
            }
        }
        out.sort_by_key(|q| q.end);
        out
    }

    /// The latest balance. Debt is put together from its parts.
    ///
    /// # Errors
    /// Where nothing is stated or the last is too old.
    pub fn balance(&self, item: Item, at: Moment) -> Result<Stated, Absent> {
        debug_assert_eq!(item.kind(), Kind::Balance, "{item:?} has no day");
        match item {
            Item::CurrentDebt => return self.debt(at)?.current.ok_or(Absent::NotStated(item)),
            Item::LongTermDebt => return self.debt(at)?.long_term.ok_or(Absent::NotStated(item)),
            Item::TotalDebt => return Ok(self.debt(at)?.total),
            _ => {}
        }
        let rows: Vec<Row> = self.rows(item, at).into_iter().flatten().collect();
        // The latest day; on it the first of the table.
        let mut best: Option<&Row> = None;
        for row in &rows {
            if best.is_none_or(|b| row.end > b.end) {
                best = Some(row);
            }
        }
        let best = best.ok_or(Absent::NotStated(item))?;
        if self.doubts_later(item, best.end, at) {
            return Err(Absent::Disputed { item, end: best.end });
        }
        if at.day().0 - best.end.0 > STALE_DAYS {
            return Err(Absent::Stale { item, end: best.end });
        }
        let older = self.balance_day(at).is_some_and(|day| best.end < day.plus(-NEAR));
        let mut stated = best.stated();
        stated.flags = stated.flags.and(StatedFlags::OLDER.when(older));
        Ok(stated)
    }

    /// The balance on a day, give or take a week.
    pub fn balance_on(&self, item: Item, day: Day, at: Moment) -> Option<Stated> {
        let near = |row: &&Row| (row.end.0 - day.0).abs() <= NEAR;
        self.rows(item, at).iter().find_map(|rows| rows.iter().rev().find(near)).map(Row::stated)
    }

    /// The day of the latest balance sheet.
    pub fn balance_day(&self, at: Moment) -> Option<Day> {
        [Item::Assets, Item::LiabilitiesAndEquity].iter().flat_map(|i| self.rows(*i, at)).flatten().map(|r| r.end).max()
    }
}

#[cfg(test)]
pub(crate) mod tests;
