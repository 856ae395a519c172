//! Ladders out of facts.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::facts::{Fact, Facts, known};
use plimsoll_model::time::{Day, Moment};

use super::{Ladder, Rung, Stated, Step, months_after};

/// Concepts of each step: by fiscal year, and by rolling year.
type Family = &'static [(Step, &'static [&'static str])];

/// Sets of concepts; the first with the most steps stated on a day is used, one never fills another's holes. The second and third hold
/// finance leases too.
pub(super) const FAMILIES: &[Family] = &[
    &[
        (Step::Remainder, &["us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalRemainderOfFiscalYear"]),
        (
            Step::Year(1),
            &[
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInNextTwelveMonths",
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInNextRollingTwelveMonths",
            ],
        ),
        (
            Step::Year(2),
            &[
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInYearTwo",
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInRollingYearTwo",
            ],
        ),
        (
            Step::Year(3),
            &[
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInYearThree",
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInRollingYearThree",
            ],
        ),
        (
            Step::Year(4),
            &[
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInYearFour",
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInRollingYearFour",
            ],
        ),
        (
            Step::Year(5),
            &[
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInYearFive",
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInRollingYearFive",
            ],
        ),
        (
            Step::After,
            &[
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalAfterYearFive",
                "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipalInRollingAfterYearFive",
            ],
        ),
    ],
    &[
        (
            Step::Remainder,
            &["us-gaap:LongTermDebtAndCapitalLeaseObligationsMaturitiesRepaymentsOfPrincipalRemainderOfFiscalYear"],
        ),
        (Step::Year(1), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsMaturitiesRepaymentsOfPrincipalInNextTwelveMonths"]),
        (Step::Year(2), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsMaturitiesRepaymentsOfPrincipalInYearTwo"]),
        (Step::Year(3), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsMaturitiesRepaymentsOfPrincipalInYearThree"]),
        (Step::Year(4), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsMaturitiesRepaymentsOfPrincipalInYearFour"]),
        (Step::Year(5), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsMaturitiesRepaymentsOfPrincipalInYearFive"]),
        (Step::After, &["us-gaap:LongTermDebtAndCapitalLeaseObligationsMaturitiesRepaymentsOfPrincipalAfterYearFive"]),
    ],
    &[
        (Step::Remainder, &["us-gaap:LongTermDebtAndCapitalLeaseObligationsRepaymentsOfPrincipalRemainderOfFiscalYear"]),
        (Step::Year(1), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsRepaymentsOfPrincipalInNextTwelveMonths"]),
        (Step::Year(2), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsRepaymentsOfPrincipalInYearTwo"]),
        (Step::Year(3), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsRepaymentsOfPrincipalInYearThree"]),
        (Step::Year(4), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsRepaymentsOfPrincipalInYearFour"]),
        (Step::Year(5), &["us-gaap:LongTermDebtAndCapitalLeaseObligationsRepaymentsOfPrincipalInYearFive"]),
        (Step::After, &["us-gaap:LongTermDebtAndCapitalLeaseObligationsRepaymentsOfPrincipalAfterYearFive"]),
    ],
];

/// Every concept of a step.
pub(super) fn steps() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|f| f.iter()).flat_map(|(_, c)| c.iter().copied())
}

/// Long-term debt on the balance sheet, current part included: the largest of these sums.
pub(super) const DEBT: &[&[&str]] = &[
    &["us-gaap:LongTermDebt"],
    &["us-gaap:LongTermDebtNoncurrent", "us-gaap:LongTermDebtCurrent"],
    &["us-gaap:LongTermDebtAndCapitalLeaseObligations", "us-gaap:LongTermDebtAndCapitalLeaseObligationsCurrent"],
    &["us-gaap:LongTermDebtAndCapitalLeaseObligationsIncludingCurrentMaturities"],
];
/// Where none of those is stated.
pub(super) const ALL_DEBT: &[&str] =
    &["us-gaap:DebtLongtermAndShorttermCombinedAmount", "us-gaap:DebtAndCapitalLeaseObligations"];

/// The least share of long-term debt that stated steps must make up for those between them to count as nil.
pub(super) const NEARLY: f64 = 0.95;

/// When a fiscal year ends: month and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiscalYearEnd {
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31; a later day than the month has means its last.
    pub day: i8,
}

impl FiscalYearEnd {
    /// The end of the calendar year.
    pub const DECEMBER: FiscalYearEnd = FiscalYearEnd { month: 12, day: 31 };

    /// From MMDD, as filers' indices write it.
    pub fn parse(text: &str) -> Option<FiscalYearEnd> {
        let (month, day) = (text.get(..2)?.parse().ok()?, text.get(2..)?.parse().ok()?);
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(FiscalYearEnd { month, day })
    }
    /// The end nearest to a day of an annual balance.
    pub fn of(day: Day) -> FiscalYearEnd {
        let (_, month, d) = day.parts();
        FiscalYearEnd { month, day: if day == day.month_end() { 31 } else { d } }
    }
    fn in_year(self, year: i16) -> Day {
        let first = Day::ymd(year, self.month, 1);
        first.plus(i32::from(self.day) - 1).min(first.month_end())
    }
    /// The first end more than `SLACK` days after a day: years of 52 or 53 weeks end a few days apart.
    pub fn next(self, day: Day) -> Day {
        const SLACK: i32 = 10;
        let (year, _, _) = day.parts();
        (year - 1..=year + 2).map(|y| self.in_year(y)).find(|end| *end > day.plus(SLACK)).expect("a year has one end")
    }
}

/// Why a ladder is not whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Steps are missing and no long-term debt is stated to tell what they hold.
    NoDebt,
    /// Steps between stated ones are missing and the stated ones make up this share of long-term debt.
    Holes(f64),
    /// Neither a remainder nor year one is stated at an interim date, so that the years cannot be placed.
    Unplaced,
    /// A step is negative.
    Negative,
}

/// A ladder that is not whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// The day of the balance.
    pub balance: Day,
    /// Steps not stated.
    pub missing: Vec<Step>,
    /// Debt of the stated steps, dollars.
    pub stated: f64,
    /// Why it is not used.
    pub reason: Reason,
}

impl Partial {
    /// In one sentence.
    pub fn explain(&self) -> String {
        let missing: Vec<String> = self.missing.iter().map(|s| s.name()).collect();
        let missing = missing.join(", ");
        match self.reason {
            Reason::NoDebt => format!("{}: {missing} not stated, nor the long-term debt to tell them from", self.balance),
            Reason::Holes(share) => {
                format!("{}: {missing} not stated; what is makes up {:.0} % of long-term debt", self.balance, share * 100.0)
            }
            Reason::Unplaced => format!("{}: neither the rest of the fiscal year nor year one is stated", self.balance),
            Reason::Negative => format!("{}: a step is negative", self.balance),
        }
    }
}

/// Why there is no ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// No step was ever stated.
    None,
    /// Only partial ladders.
    Partial,
    /// The newest whole ladder is older than [`super::MAX_AGE`].
    Old(Day),
}

/// What the filings of an issuer say of its maturities at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The newest whole ladder.
    pub ladder: Option<Ladder>,
    /// The newest whole ladder whose balance is 300 to 430 days before that one's.
    pub year_before: Option<Ladder>,
    /// Partial ladders with a later balance than the ladder's; all, where there is none.
    pub partial: Vec<Partial>,
    /// Long-term debt of the newest balance sheet that states it, and its day.
    pub debt: Option<(Day, Stated)>,
}

impl Reading {
    /// Whether any step was ever stated.
    pub fn states_steps(&self) -> bool {
        self.ladder.is_some() || !self.partial.is_empty()
    }
}

type Balances<'a> = BTreeMap<Day, BTreeMap<&'static str, &'a Fact>>;

/// The vintage in force of every balance in dollars, by day and concept.
fn balances<'a>(facts: &'a Facts, issuer: usize, at: Moment, wanted: impl Iterator<Item = &'static str>) -> Balances<'a> {
    let mut out: Balances<'a> = BTreeMap::new();
    for concept in wanted {
        for fact in known(facts.of(issuer, concept), at).filter(|f| f.start.is_none() && facts.unit(f) == "USD") {
            out.entry(fact.end).or_default().insert(concept, fact);
        }
    }
    out
}

fn debt_on(day: &BTreeMap<&'static str, &Fact>) -> Option<Stated> {
    let sum = |parts: &&[&'static str]| {
        let found: Vec<(&'static str, f64)> = parts.iter().filter_map(|c| day.get(c).map(|f| (*c, f.value))).collect();
        // The current part alone says nothing of the whole.
        (found.first()?.0 == parts[0])
            .then(|| Stated { amount: found.iter().map(|f| f.1).sum(), concepts: found.iter().map(|f| f.0).collect() })
    };
    let largest = DEBT.iter().filter_map(sum).max_by(|a, b| a.amount.total_cmp(&b.amount));
    let all = || ALL_DEBT.iter().find_map(|c| day.get(c).map(|f| Stated { amount: f.value, concepts: vec![c] }));
    largest.or_else(all).filter(|d| d.amount >= 0.0)
}

/// What one issuer's filings say of its maturities, as known at `at`. `fiscal` is used where no annual report states one.
pub fn read(facts: &Facts, issuer: usize, at: Moment, fiscal: FiscalYearEnd) -> Reading {
    let steps = balances(facts, issuer, at, self::steps());
    let debts = balances(facts, issuer, at, DEBT.iter().flat_map(|c| c.iter().copied()).chain(ALL_DEBT.iter().copied()));
    let fiscal = annual(facts, &[&steps, &debts]).unwrap_or(fiscal);
    let debt_of = |day: &Day| debts.get(day).and_then(debt_on);
    let mut out =
        Reading { debt: debts.iter().rev().find_map(|(day, found)| Some((*day, debt_on(found)?))), ..Reading::default() };
    for (day, found) in steps.iter().rev() {
        match lay(facts, *day, found, debt_of(day), fiscal) {
            Ok(ladder) => match &out.ladder {
                None => out.ladder = Some(ladder),
                Some(newest) if (300..=430).contains(&(newest.balance.0 - day.0)) => {
                    out.year_before = Some(ladder);
                    break;
                }
                Some(newest) if newest.balance.0 - day.0 > 430 => break,
                Some(_) => {}
            },
            Err(partial) if out.ladder.is_none() => out.partial.push(partial),
            Err(_) => {}
        }
    }
    out
}

/// When the fiscal year ends by the latest balance of an annual report.
fn annual(facts: &Facts, balances: &[&Balances<'_>]) -> Option<FiscalYearEnd> {
    let mut last: BTreeMap<u32, Day> = BTreeMap::new();
    for fact in balances.iter().flat_map(|b| b.values()).flat_map(BTreeMap::values) {
        if ["10-K", "20-F", "40-F"].iter().any(|form| facts.form(fact).starts_with(form)) {
            let end = last.entry(fact.accession).or_insert(fact.end);
            *end = fact.end.max(*end);
        }
    }
    last.values().max().map(|d| FiscalYearEnd::of(*d))
}

/// Lays one balance's steps on days.
fn lay(
    facts: &Facts,
    balance: Day,
    found: &BTreeMap<&'static str, &Fact>,
    debt: Option<Stated>,
    fiscal: FiscalYearEnd,
) -> Result<Ladder, Partial> {
    let of = |family: &Family| -> BTreeMap<Step, &Fact> {
        family.iter().filter_map(|(step, concepts)| Some((*step, *concepts.iter().find_map(|c| found.get(c))?))).collect()
    };
    let most = |best: BTreeMap<Step, _>, next: BTreeMap<Step, _>| if next.len() > best.len() { next } else { best };
    let stated = FAMILIES.iter().map(of).reduce(most).unwrap_or_default();
    let sum: f64 = stated.values().map(|f| f.value).sum();
    let year_end = fiscal.next(balance);
    // At the end of a fiscal year the next one is a whole year away.
    let interim = year_end.0 - balance.0 < 340;
    let has = |step: Step| stated.contains_key(&step);
    let remainder = has(Step::Remainder);
    // Until 2020 the remainder stood for year one: it comes with year five and without year one.
    let replaces = remainder && !has(Step::Year(1)) && (has(Step::Year(5)) || !interim);
    let first = if replaces { 2 } else { 1 };
    let mut last = (first..=5).rev().find(|k| has(Step::Year(*k))).unwrap_or(first);
    // Interim ladders with a remainder end with year four, and put what comes after it under the tag for after year five.
    let ends = if remainder && !replaces { 4 } else { 5 };
    if has(Step::After) {
        last = last.max(ends);
    }
    let mut order: Vec<Step> = if remainder { vec![Step::Remainder] } else { Vec::new() };
    order.extend((first..=last).map(Step::Year));
    let holes: Vec<Step> = order.iter().copied().filter(|s| !has(*s)).collect();
    let mut missing = holes.clone();
    missing.extend((last + 1..=ends).map(Step::Year));
    if !has(Step::After) {
        missing.push(Step::After);
    }
    let partial = |reason: Reason| Partial { balance, missing: missing.clone(), stated: sum, reason };
    if stated.values().any(|f| f.value < 0.0) {
        return Err(partial(Reason::Negative));
    }
    if interim && !remainder && !has(Step::Year(1)) {
        return Err(partial(Reason::Unplaced));
    }
    let share = debt.as_ref().filter(|d| d.amount > 0.0).map(|d| sum / d.amount);
    if !missing.is_empty() && share.is_none() {
        return Err(partial(Reason::NoDebt));
    }
    let whole = share.is_some_and(|s| s >= NEARLY);
    if !holes.is_empty() && !whole {
        return Err(partial(Reason::Holes(share.unwrap_or_default())));
    }

    let mut accessions: Vec<String> = Vec::new();
    let mut filing = |fact: &Fact| {
        let number = facts.accession(fact);
        accessions.iter().position(|a| a == number).unwrap_or_else(|| {
            accessions.push(number.to_owned());
            accessions.len() - 1
        })
    };
    let start = if remainder { year_end } else { balance };
    let mut rungs = Vec::with_capacity(order.len() + 1);
    let mut after = balance;
    for step in order {
        let by = match step {
            Step::Year(k) => months_after(start, 12 * i32::from(k - first + 1)),
            // At a year's end a remainder is the year to come.
            _ => year_end,
        };
        let fact = stated.get(&step);
        let amount = fact.map_or(0.0, |f| f.value);
        rungs.push(Rung { step, after, by: Some(by), amount, accession: fact.map(|f| filing(f)) });
        after = by;
    }
    let mut rest_derived = false;
    match stated.get(&Step::After) {
        Some(fact) => {
            rungs.push(Rung { step: Step::After, after, by: None, amount: fact.value, accession: Some(filing(fact)) });
        }
        None => {
            let rest = debt.as_ref().map_or(0.0, |d| (d.amount - sum).max(0.0));
            rest_derived = rest > 0.0;
            rungs.push(Rung { step: Step::After, after, by: None, amount: rest, accession: None });
        }
    }
    let known_at = stated.values().map(|f| f.known_at).max().unwrap_or(Moment::MIN);
    let nil: BTreeSet<Step> = holes.into_iter().collect();
    Ok(Ladder { balance, known_at, rungs, accessions, debt, nil: nil.into_iter().collect(), rest_derived })
}

#[cfg(test)]
mod tests {
    use plimsoll_model::dataset::Dataset;
    use plimsoll_model::observations::{Column, Observations};

    use super::super::concepts;
    use super::*;

    const PRINCIPAL: &str = "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipal";

    /// A balance as (concept, day, value, accession, form, known on).
    type Row<'a> = (&'a str, Day, f64, &'a str, &'a str, Day);

    fn facts(rows: &[Row<'_>]) -> Facts {
        let text = |of: &dyn Fn(&Row<'_>) -> String| Column::Text(rows.iter().map(of).collect());
        let columns = vec![
            text(&|_| "cik:0000000007".into()),
            text(&|r| if r.0.contains("Debt") { format!("us-gaap:{}", r.0) } else { format!("{PRINCIPAL}{}", r.0) }),
            text(&|_| String::new()),
            text(&|_| "USD".into()),
            text(&|r| r.3.into()),
            Column::F64(rows.iter().map(|r| r.2).collect()),
            text(&|r| r.4.into()),
            text(&|_| String::new()),
            text(&|_| "edgar".into()),
            Column::U8(vec![0; rows.len()]),
        ];
        let known = rows.iter().map(|r| r.5.at(9, 30).0).collect();
        let rows = Observations::new(Dataset::Facts, rows.iter().map(|r| r.1.0).collect(), known, columns);
        Facts::lay_out(&rows, &concepts().map(str::to_owned).collect())
    }

    fn at(day: Day) -> Moment {
        day.at(23, 0)
    }

    fn amounts(l: &Ladder) -> Vec<(Step, f64)> {
        l.rungs.iter().map(|r| (r.step, r.amount)).collect()
    }

    const YEARS: [&str; 5] = ["InNextTwelveMonths", "InYearTwo", "InYearThree", "InYearFour", "InYearFive"];

    /// A whole annual ladder.
    fn whole<'a>(day: Day, values: [f64; 6], accession: &'a str, known: Day) -> Vec<Row<'a>> {
        let names = YEARS.into_iter().chain(["AfterYearFive"]);
        names.zip(values).map(|(n, v)| (n, day, v, accession, "10-K", known)).collect()
    }

    #[test]
    fn a_whole_ladder_and_its_amendment() {
        let end = Day::ymd(2023, 12, 30);
        let (first, second) = (Day::ymd(2024, 3, 12), Day::ymd(2024, 5, 30));
        let mut rows = whole(end, [0.0, 0.0, 300.0, 350.0, 300.0, 850.0], "a", first);
        rows.push(("InYearTwo", end, 25.0, "b", "10-K/A", second));
        let f = facts(&rows);
        let then = read(&f, 0, at(first), FiscalYearEnd::DECEMBER).ladder.unwrap();
        assert_eq!(then.total(), 1800.0);
        assert_eq!((then.accessions.clone(), then.known_at), (vec!["a".to_owned()], first.at(9, 30)));
        assert_eq!(then.rungs[1].by, Some(Day::ymd(2025, 12, 30)));
        assert_eq!(then.rungs[5].by, None);
        let now = read(&f, 0, at(second), FiscalYearEnd::DECEMBER).ladder.unwrap();
        assert_eq!((now.total(), now.accessions.len(), now.known_at), (1825.0, 2, second.at(9, 30)));
        // The day before the first filing nothing is known.
        assert_eq!(read(&f, 0, at(first.plus(-1)), FiscalYearEnd::DECEMBER), Reading::default());
    }

    #[test]
    fn a_remainder_before_year_one_runs_to_the_end_of_the_fiscal_year() {
        let (end, known) = (Day::ymd(2024, 3, 31), Day::ymd(2024, 4, 30));
        let q = |name, value| (name, end, value, "q", "10-Q", known);
        let f = facts(&[
            q("RemainderOfFiscalYear", 72.0),
            q("InNextTwelveMonths", 94.0),
            q("InYearTwo", 94.0),
            q("InYearThree", 1705.0),
            q("InYearFour", 616.0),
            ("LongTermDebt", end, 12_436.0, "q", "10-Q", known),
        ]);
        let r = read(&f, 0, at(known), FiscalYearEnd::DECEMBER);
        let l = r.ladder.unwrap();
        let years: Vec<i16> = l.rungs.iter().filter_map(|r| r.by).map(|d| d.parts().0).collect();
        assert_eq!(years, [2024, 2025, 2026, 2027, 2028]);
        // What is left of the debt comes after 2028.
        assert_eq!(*amounts(&l).last().unwrap(), (Step::After, 12_436.0 - 2581.0));
        assert!(l.rest_derived && l.gap() == Some(0.0));
        // A fiscal year that ends in September: the remainder is two quarters.
        let l = read(&f, 0, at(known), FiscalYearEnd { month: 9, day: 31 }).ladder.unwrap();
        assert_eq!(l.rungs[0].by, Some(Day::ymd(2024, 9, 30)));
        assert_eq!(l.due(end, Day::ymd(2024, 9, 30)), 72.0);
    }

    #[test]
    fn until_2020_the_remainder_stands_for_year_one() {
        let (end, known) = (Day::ymd(2019, 6, 30), Day::ymd(2019, 7, 26));
        let q = |name, value| (name, end, value, "q", "10-Q", known);
        let f = facts(&[
            q("RemainderOfFiscalYear", 128.0),
            q("InYearTwo", 273.0),
            q("InYearThree", 263.0),
            q("InYearFour", 240.0),
            q("InYearFive", 223.0),
            q("AfterYearFive", 365.0),
        ]);
        let l = read(&f, 0, at(known), FiscalYearEnd::DECEMBER).ladder.unwrap();
        assert_eq!((l.rungs[0].step, l.rungs[0].by), (Step::Remainder, Some(Day::ymd(2019, 12, 31))));
        assert_eq!((l.rungs[1].step, l.rungs[1].by), (Step::Year(2), Some(Day::ymd(2020, 12, 31))));
        assert_eq!((l.rungs.len(), l.total()), (6, 1492.0));
    }

    #[test]
    fn holes_are_nil_where_the_debt_says_so_and_explained_where_not() {
        let (end, known) = (Day::ymd(2023, 12, 31), Day::ymd(2024, 2, 15));
        let k = |name, value| (name, end, value, "k", "10-K", known);
        let mut rows =
            vec![k("InNextTwelveMonths", 4.0), k("InYearThree", 553.0), k("InYearFour", 2406.0), k("InYearFive", 1982.0)];
        let read = |rows: &[Row<'_>]| read(&facts(rows), 0, at(known), FiscalYearEnd::DECEMBER);
        let r = read(&rows);
        assert_eq!(r.ladder, None);
        assert_eq!(
            (r.partial[0].reason.clone(), r.partial[0].missing.clone()),
            (Reason::NoDebt, vec![Step::Year(2), Step::After])
        );
        assert!(r.partial[0].explain().contains("year 2, after"), "{}", r.partial[0].explain());
        // Principal of 4945 beside a carrying amount of 4834: nothing is left for year two or beyond.
        rows.push(k("LongTermDebtNoncurrent", 4830.0));
        rows.push(k("LongTermDebtCurrent", 4.0));
        let l = read(&rows).ladder.unwrap();
        assert_eq!((l.nil.clone(), l.total(), l.gap()), (vec![Step::Year(2)], 4945.0, Some(-111.0)));
        assert!(!l.rest_derived);
        // Twice the debt: the hole may hold anything.
        rows.push(k("LongTermDebt", 9668.0));
        let r = read(&rows);
        assert!(matches!(r.partial[0].reason, Reason::Holes(s) if (s - 4945.0 / 9668.0).abs() < 1e-12));
        assert_eq!(r.debt.unwrap().1.amount, 9668.0);
    }

    #[test]
    fn a_later_partial_ladder_stands_beside_the_whole_one() {
        let (end, known) = (Day::ymd(2023, 12, 31), Day::ymd(2024, 2, 15));
        let (later, then) = (Day::ymd(2024, 3, 31), Day::ymd(2024, 5, 7));
        let mut rows = whole(end, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "k", known);
        rows.extend(whole(Day::ymd(2022, 12, 31), [9.0, 1.0, 2.0, 3.0, 4.0, 5.0], "j", Day::ymd(2023, 2, 15)));
        rows.push(("InYearTwo", later, 2.0, "q", "10-Q", then));
        let r = read(&facts(&rows), 0, at(then), FiscalYearEnd::DECEMBER);
        assert_eq!(r.ladder.as_ref().unwrap().balance, end);
        assert_eq!(r.year_before.as_ref().unwrap().total(), 24.0);
        assert_eq!((r.partial.len(), r.partial[0].reason.clone()), (1, Reason::Unplaced));
        rows.push(("InNextTwelveMonths", later, -2.0, "q", "10-Q", then));
        assert_eq!(read(&facts(&rows), 0, at(then), FiscalYearEnd::DECEMBER).partial[0].reason, Reason::Negative);
    }

    #[test]
    fn fiscal_years_end_where_annual_reports_do() {
        assert_eq!(FiscalYearEnd::parse("0131"), Some(FiscalYearEnd { month: 1, day: 31 }));
        assert_eq!((FiscalYearEnd::parse("1331"), FiscalYearEnd::parse("12")), (None, None));
        let december = FiscalYearEnd::of(Day::ymd(2023, 12, 30));
        // A year of 52 weeks ends on 2023-12-30; the next end is a year away, not a day.
        assert_eq!(december.next(Day::ymd(2023, 12, 30)), Day::ymd(2024, 12, 30));
        assert_eq!(FiscalYearEnd { month: 2, day: 31 }.next(Day::ymd(2023, 11, 30)), Day::ymd(2024, 2, 29));
        // The facts know better than the default: the annual report ends in June.
        let mut rows = whole(Day::ymd(2023, 6, 30), [1.0; 6], "k", Day::ymd(2023, 8, 30));
        let end = Day::ymd(2023, 12, 31);
        for name in ["RemainderOfFiscalYear", "InNextTwelveMonths", "InYearTwo", "InYearThree", "InYearFour", "AfterYearFive"] {
            rows.push((name, end, 1.0, "q", "10-Q", Day::ymd(2024, 2, 8)));
        }
        let l = read(&facts(&rows), 0, at(Day::ymd(2024, 2, 8)), FiscalYearEnd::DECEMBER).ladder.unwrap();
        assert_eq!((l.balance, l.rungs[0].by), (end, Some(Day::ymd(2024, 6, 30))));
    }
}
