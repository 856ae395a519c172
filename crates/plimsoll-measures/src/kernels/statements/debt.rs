//! Debt from its parts, none counted twice.
//!
//! | stated | debt |
//! |---|---|
//! | `LongTermDebtNoncurrent` and current debt | their sum |
//! | `LongTermDebt` | it holds its current maturities by definition: only borrowings that were short from the start are added |
//! | `LongTermDebtAndCapitalLeaseObligations` (not current) and current debt | their sum; finance leases within |
//! | `DebtAndCapitalLeaseObligations`, `DebtLongtermAndShorttermCombinedAmount`, `ifrs-full:Borrowings` | it alone |
//! | kinds of long-term debt (notes, convertibles, credit lines) | their sum and current debt |
//! | `simfin:Short Term Debt`, `simfin:Long Term Debt` | their sum; a blank mostly means none |
//!
//! Current debt is `DebtCurrent`; else current maturities (`LongTermDebtCurrent`, or kinds of them) and what was short from the start
//! (`ShortTermBorrowings`, which holds commercial paper, or commercial paper and other borrowings). Lease liabilities are no debt here
//! unless the filing states them in one number with it, which is flagged wide. A balance sheet beside which no debt is stated means none.

use plimsoll_model::time::{Day, Moment};

use super::items::Item;
use super::rows::Row;
use super::{Absent, How, NEAR, STALE_DAYS, Stated, StatedFlags, Statements};

/// Days before the balance sheet within which notes that are stated once a year still count.
const NOTES: i32 = 400;

/// Debt on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Debt {
    /// Due within a year, where it is stated apart.
    pub current: Option<Stated>,
    /// Due later: the total less what is current, or as stated.
    pub long_term: Option<Stated>,
    /// All of it.
    pub total: Stated,
}

/// Parts stated on one day.
struct Parts {
    rows: Vec<Row>,
    day: Day,
}

/// A sum of parts.
#[derive(Clone)]
struct Sum {
    value: f64,
    rows: Vec<(Row, f64)>,
    flags: StatedFlags,
}

impl Sum {
    fn with(mut self, other: Option<Sum>) -> Sum {
        if let Some(other) = other {
            self.value += other.value;
            self.rows.extend(other.rows);
            self.flags = self.flags.and(other.flags);
        }
        self
    }
    fn less(mut self, other: &Sum) -> Sum {
        self.value -= other.value;
        self.rows.extend(other.rows.iter().map(|(r, s)| (*r, -s)));
        self
    }
    fn flagged(mut self, flags: StatedFlags) -> Sum {
        self.flags = self.flags.and(flags);
        self
    }
    fn stated(self, day: Day) -> Stated {
        let how = if self.rows.len() == 1 { How::AsStated } else { How::Parts };
        Stated {
            value: self.value,
            start: None,
            end: day,
            known_at: self.rows.iter().map(|(r, _)| r.known_at).max().unwrap_or(Moment::MIN),
            how,
            flags: self.flags,
            parts: self.rows.iter().flat_map(|(r, sign)| r.parts(*sign)).collect(),
        }
    }
}

impl Parts {
    fn get(&self, concept: &str) -> Option<Sum> {
        let row = self.rows.iter().find(|r| r.source.concept == concept)?;
        // Which part it is says the table above; the rank within the list of parts is no fallback.
        let flags = StatedFlags(row.flags().0 & !StatedFlags::FALLBACK.0);
        Some(Sum { value: row.value, rows: vec![(*row, 1.0)], flags })
    }
    fn first(&self, concepts: &[&str]) -> Option<Sum> {
        concepts.iter().find_map(|c| self.get(c))
    }
    fn sum(&self, concepts: &[&str]) -> Option<Sum> {
        concepts.iter().filter_map(|c| self.get(c)).reduce(|a, b| a.with(Some(b)))
    }

    /// Current maturities of long-term debt.
    fn maturities(&self) -> Option<Sum> {
        self.first(&["us-gaap:LongTermDebtCurrent", "us-gaap:LongTermDebtAndCapitalLeaseObligationsCurrent"]).or_else(|| {
            let kinds = [
                self.first(&["us-gaap:ConvertibleNotesPayableCurrent", "us-gaap:ConvertibleDebtCurrent"]),
                self.get("us-gaap:NotesPayableCurrent"),
                self.get("us-gaap:SeniorNotesCurrent"),
            ];
            kinds.into_iter().flatten().reduce(|a, b| a.with(Some(b)))
        })
    }

    /// Debt that was short from the start.
    fn short(&self) -> Option<Sum> {
        const KINDS: &[&str] = &["us-gaap:CommercialPaper", "us-gaap:OtherShortTermBorrowings", "us-gaap:LinesOfCreditCurrent"];
        self.get("us-gaap:ShortTermBorrowings").or_else(|| self.sum(KINDS))
    }

    /// Current debt of the us-gaap taxonomy.
    fn current(&self) -> Option<Sum> {
        self.get("us-gaap:DebtCurrent").or_else(|| match (self.maturities(), self.short()) {
            (Some(a), b) => Some(a.with(b)),
            (None, b) => b,
        })
    }

    /// Total of the us-gaap taxonomy.
    fn gaap(&self) -> Option<Sum> {
        let current = self.current();
        if let Some(later) = self.first(&["us-gaap:LongTermDebtNoncurrent", "us-gaap:LongTermDebtAndCapitalLeaseObligations"]) {
            // Where current maturities are not stated apart, the whole of long-term debt holds them.
            if let Some(whole) = self
                .get("us-gaap:LongTermDebt")
                .filter(|w| self.maturities().is_none() && self.get("us-gaap:DebtCurrent").is_none() && w.value >= later.value)
            {
                return Some(whole.with(self.short()));
            }
            return Some(later.with(current));
        }
        if let Some(whole) = self.get("us-gaap:LongTermDebt") {
            return Some(match (self.get("us-gaap:DebtCurrent"), self.maturities(), self.short()) {
                (Some(all), Some(due), None) => whole.with(Some(all.less(&due))),
                // What of the current debt was short from the start is not known.
                (Some(_), None, None) => whole.flagged(StatedFlags::AMBIGUOUS),
                (_, _, short) => whole.with(short),
            });
        }
        let all = ["us-gaap:DebtAndCapitalLeaseObligations", "us-gaap:DebtLongtermAndShorttermCombinedAmount"];
        if let Some(all) = self.first(&all) {
            return Some(all);
        }
        let convertible = self.first(&[
            "us-gaap:ConvertibleNotesPayableNoncurrent",
            "us-gaap:ConvertibleDebtNoncurrent",
            "us-gaap:ConvertibleLongTermNotesPayable",
        ]);
        let kinds = self.sum(&["us-gaap:SeniorLongTermNotes", "us-gaap:LongTermNotesPayable", "us-gaap:LongTermLineOfCredit"]);
        if let Some(later) = [convertible, kinds].into_iter().flatten().reduce(|a, b| a.with(Some(b))) {
            return Some(later.with(current).flagged(StatedFlags::AMBIGUOUS));
        }
        let whole = ["us-gaap:SecuredDebt", "us-gaap:UnsecuredDebt"];
        let whole = self.sum(&whole).or_else(|| self.sum(&["us-gaap:NotesPayable", "us-gaap:LineOfCredit"]));
        whole
            .map(|w| w.flagged(StatedFlags::AMBIGUOUS))
            .or(current)
            .or_else(|| self.get("us-gaap:DebtInstrumentCarryingAmount").map(|d| d.flagged(StatedFlags::AMBIGUOUS)))
    }

    /// Current debt and the total of the IFRS taxonomy.
    fn ifrs(&self) -> Option<(Option<Sum>, Sum)> {
        let due = self.get("ifrs-full:CurrentPortionOfLongtermBorrowings");
        let short = self.get("ifrs-full:ShorttermBorrowings");
        let current =
            self.get("ifrs-full:CurrentBorrowingsAndCurrentPortionOfNoncurrentBorrowings").or_else(|| match due.clone() {
                Some(a) => Some(a.with(short.clone())),
                None => short.clone(),
            });
        let total = self
            .get("ifrs-full:Borrowings")
            .or_else(|| self.get("ifrs-full:NoncurrentPortionOfNoncurrentBorrowings").map(|n| n.with(current.clone())))
            .or_else(|| {
                // Issuers state it with current maturities, as defined, or without; where those are larger it cannot hold them.
                let whole = self.get("ifrs-full:LongtermBorrowings")?;
                let apart = due.as_ref().is_some_and(|d| d.value > whole.value);
                Some(if apart { whole.with(current.clone()) } else { whole.with(short.clone()) })
            })
            .or_else(|| current.clone())?;
        Some((current, total))
    }

    fn debt(&self) -> Option<Debt> {
        let (current, total) = if let Some(total) = self.gaap() {
            (self.current(), total)
        } else if let Some(found) = self.ifrs() {
            found
        } else {
            let short = self.get("simfin:Short Term Debt");
            let long = self.get("simfin:Long Term Debt");
            let total = match (short.clone(), long) {
                (Some(a), b) => a.with(b),
                (None, Some(b)) => b,
                (None, None) => return None,
            };
            (short, total)
        };
        let later = current.as_ref().map_or_else(|| total.clone(), |c| total.clone().less(c));
        let long_term = (later.value >= 0.0).then(|| later.stated(self.day));
        Some(Debt { current: current.map(|c| c.stated(self.day)), long_term, total: total.stated(self.day) })
    }
}

impl Statements<'_> {
    /// Debt on the day of the latest balance sheet, from its parts.
    ///
    /// # Errors
    /// Where no balance sheet is known, it is too old, or a screen doubts a part of it.
    pub fn debt(&self, at: Moment) -> Result<Debt, Absent> {
        let parts = self.debt_rows(at);
        let day = match (self.balance_day(at), parts.iter().map(|r| r.end).max()) {
            (Some(a), Some(b)) => a.max(b),
            (a, b) => a.or(b).ok_or(Absent::NotStated(Item::TotalDebt))?,
        };
        if at.day().0 - day.0 > STALE_DAYS {
            return Err(Absent::Stale { item: Item::TotalDebt, end: day });
        }
        if let Some(mut debt) = on(&parts, day) {
            if self.doubted(Item::TotalDebt, &debt.total, at) {
                return Err(Absent::Disputed { item: Item::TotalDebt, end: day });
            }
            if self.doubted(Item::CurrentDebt, &debt.total, at) {
                (debt.current, debt.long_term) = (None, None);
            }
            return Ok(debt);
        }
        // Notes may be stated once a year: the last within a year before the balance sheet.
        let last = parts.iter().map(|r| r.end).filter(|e| day.0 - e.0 <= NOTES).max();
        if let Some(mut debt) = last.and_then(|last| on(&parts, last)) {
            // In standardised statements a blank on the latest day means none.
            let sheet = self.rows(Item::Assets, at).into_iter().flatten().find(|r| r.end == day);
            if sheet.is_none_or(|r| r.source.taxonomy() != "simfin") {
                debt.total.flags = debt.total.flags.and(StatedFlags::OLDER);
                return Ok(debt);
            }
        }
        let sheet = self.rows(Item::Assets, at).into_iter().flatten().find(|r| r.end == day);
        let sheet = sheet.or_else(|| self.rows(Item::LiabilitiesAndEquity, at).into_iter().flatten().find(|r| r.end == day));
        let sheet = sheet.ok_or(Absent::NotStated(Item::TotalDebt))?;
        let total = Stated { value: 0.0, how: How::NoneStated, flags: StatedFlags::default(), ..sheet.stated() };
        Ok(Debt { current: None, long_term: None, total })
    }

    /// All debt on a day, give or take a week; zero where a balance sheet of that day is known and states none.
    pub fn debt_on(&self, day: Day, at: Moment) -> Option<Stated> {
        let found = on(&self.debt_rows(at), day).map(|d| d.total);
        if found.as_ref().is_some_and(|total| self.doubted(Item::TotalDebt, total, at)) {
            return None;
        }
        found.or_else(|| {
            let sheet = self.balance_on(Item::Assets, day, at)?;
            Some(Stated { value: 0.0, how: How::NoneStated, flags: StatedFlags::default(), ..sheet })
        })
    }

    /// Whether a screen doubts an item of debt where this was stated.
    fn doubted(&self, item: Item, stated: &Stated, at: Moment) -> bool {
        let taxonomy = stated.parts.first().and_then(|p| p.concept.split(':').next()).unwrap_or_default();
        self.disputed(item, taxonomy, stated.end, at)
    }

    fn debt_rows(&self, at: Moment) -> Vec<Row> {
        let items = [Item::CurrentDebt, Item::LongTermDebt];
        let sources = items.iter().flat_map(|i| i.sources());
        sources
            .flat_map(|s| self.of_source(s, at, |_| false))
            .filter(|r| r.start.is_none() || r.source.taxonomy() == "simfin")
            .collect()
    }
}

/// Debt from the parts stated on a day, give or take a week.
fn on(rows: &[Row], day: Day) -> Option<Debt> {
    let near: Vec<Row> = rows.iter().filter(|r| (r.end.0 - day.0).abs() <= NEAR).copied().collect();
    let day = near.iter().map(|r| r.end).max()?;
    Parts { rows: near.into_iter().filter(|r| r.end == day).collect(), day }.debt()
}
