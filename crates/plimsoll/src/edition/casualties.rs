//! The casualty list: issuers of the thesis's small universe that run out of cash, or become zombies, under a scenario.

use plimsoll_measures::Scope;
use plimsoll_measures::kernels::ladder::{Book, months_after};
use plimsoll_measures::kernels::stress::roll::Issuer;
use plimsoll_measures::kernels::stress::scenario::NAMES;
use plimsoll_measures::kernels::stress::{Assumptions, Cause, Conditions, Course, Scenario, Stage, Terms, follow};
use plimsoll_model::cut::Cut;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Accession, Casualties, IssuerRow, IssuerTable, Outcome, OutcomeKind};

use crate::issuer::page::address;

/// How many issuers are listed.
const LISTED: usize = 40;
/// Years over which debt that is not current is spread where an issuer states no ladder.
pub const REST_YEARS: f64 = 5.0;

/// The thesis's universe of small companies.
pub fn universe(scope: &Scope) -> String {
    scope.universes.get("small").cloned().unwrap_or_else(|| "russell2000".into())
}

/// A scenario's name for a reader.
pub fn title(name: &str) -> String {
    let text = name.replace('_', " ");
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// How a course ends.
pub fn outcome(course: &Course, day: Day) -> Outcome {
    let quarter = |q: usize| {
        let (year, month, _) = months_after(day, 3 * q as i32 + 1).parts();
        format!("{year} Q{}", (month - 1) / 3 + 1)
    };
    match (course.shortfall, course.zombie, course.zombie_before, course.recovers) {
        (Some((q, why)), ..) => Outcome { kind: OutcomeKind::Shortfall, when: Some(format!("{}, {}", quarter(q), why.words())) },
        (None, Some((year, why)), ..) => {
            Outcome { kind: OutcomeKind::Zombie, when: Some(format!("{}, {}", quarter(4 * year + 3), why.words())) }
        }
        (None, None, true, None) => Outcome { kind: OutcomeKind::Zombie, when: Some("as before".into()) },
        (None, None, true, Some(year)) => {
            Outcome { kind: OutcomeKind::Survives, when: Some(format!("recovers {}", quarter(4 * year + 3))) }
        }
        _ => Outcome { kind: OutcomeKind::Survives, when: None },
    }
}

/// The course of a borrower under every scenario, in the order of the names; `None` where it cannot be laid out.
pub fn courses(borrower: &plimsoll_measures::kernels::stress::Borrower, conditions: &Conditions) -> Vec<Option<Course>> {
    let base = Assumptions::default();
    NAMES
        .iter()
        .map(|name| {
            let scenario = Scenario::named(name)?;
            let a = scenario.assumptions(&base);
            let terms = Terms::new(borrower, &a, conditions).ok()?;
            Some(follow(&terms, &scenario.path(conditions, &a), 0))
        })
        .collect()
}

struct Case<'a> {
    issuer: &'a Issuer,
    courses: Vec<Option<Course>>,
}

impl Case<'_> {
    fn shortfalls(&self) -> usize {
        self.courses.iter().flatten().filter(|c| c.shortfall.is_some()).count()
    }
    /// Whether debt is what it fails of: its interest is not covered, or a shortfall has another cause than spending. Utilities and others
    /// that cover their interest and invest more than they earn raise that capital as their business.
    fn of_debt(&self) -> bool {
        let b = &self.issuer.borrower;
        let covered = b.interest > 0.0 && b.ebit >= b.interest;
        let spending = |c: &Course| matches!(c.shortfall, Some((_, Cause::CashBurn)));
        self.zombies() > 0 || self.courses.iter().flatten().any(|c| c.shortfall.is_some() && (!covered || !spending(c)))
    }
    fn zombies(&self) -> usize {
        let zombie = |c: &&Course| c.shortfall.is_none() && (c.zombie.is_some() || (c.zombie_before && c.recovers.is_none()));
        self.courses.iter().flatten().filter(zombie).count()
    }
}

/// The list from the small companies under stress on the last session of a cut.
pub fn list(cut: &Cut, stage: &Result<Stage, String>) -> Casualties {
    let absent = |reason: String| Casualties::Absent { reason };
    let Some(day) = cut.last().map(|t| cut.sessions[t]) else { return absent("No session is known.".into()) };
    let stage = match stage {
        Ok(stage) => stage,
        Err(why) => return absent(format!("No issuer is listed: {why}.")),
    };
    let conditions = &stage.conditions;
    let (stressed, left) = (stage.roll.issuers.len(), stage.roll.absent.len());
    let mut cases: Vec<Case<'_>> =
        stage.roll.issuers.iter().map(|issuer| Case { courses: courses(&issuer.borrower, conditions), issuer }).collect();
    let priced = |c: &&Case<'_>| c.courses.first().is_some_and(|c| c.as_ref().is_some_and(|c| c.shortfall.is_some()));
    cases.retain(|c| c.shortfalls() + c.zombies() > 0);
    let all = cases.len();
    cases.retain(Case::of_debt);
    let at_risk = cases.len();
    let spending = all - at_risk;
    let short = cases.iter().filter(priced).count();
    // Those that fail under most scenarios first; of equals the largest debt.
    let order = |c: &Case<'_>| (c.shortfalls(), c.zombies(), c.issuer.borrower.debt());
    cases.sort_by(|a, b| {
        let (x, y) = (order(a), order(b));
        (y.0, y.1).cmp(&(x.0, x.1)).then(y.2.total_cmp(&x.2)).then(a.issuer.id.cmp(&b.issuer.id))
    });
    cases.truncate(LISTED);
    let finding = format!(
        "{at_risk} of {stressed} issuers run out of cash or become zombies within three years under at least one of {} scenarios, {short} of them out of \
         cash at the rates that futures price; {} are listed, those that fail under most scenarios first. {spending} more cover their interest and run out \
         of cash only because they invest more than they earn. {left} members could not be stressed.",
        NAMES.len(),
        cases.len()
    );
    let rows = cases.iter().map(|c| row(cut, c, day)).collect();
    Casualties::Listed(IssuerTable {
        finding,
        scenarios: NAMES.iter().map(|n| title(n)).collect(),
        ladder_labels: ["1", "2", "3", "4", "5", "after"].map(str::to_owned).to_vec(),
        ladder_near: 2,
        rows,
    })
}

fn row(cut: &Cut, case: &Case<'_>, day: Day) -> IssuerRow {
    let (i, b) = (&case.issuer, &case.issuer.borrower);
    let book = Book::of(cut);
    let ladder = cut.facts.issuer(&i.id).and_then(|k| book.ladder(k, day).ok());
    // Years from the day, so that ladders of different fiscal years stand on one scale.
    let steps = ladder.map_or_else(Vec::new, |l| {
        let mut steps: Vec<Option<f64>> =
            (0..5).map(|k| Some(l.due(months_after(day, 12 * k), months_after(day, 12 * (k + 1))))).collect();
        let named: f64 = steps.iter().flatten().sum();
        steps.push(Some((l.outstanding(day) - named).max(0.0)));
        steps
    });
    let note = match ladder {
        None => Some(format!(
            "No ladder stated: {} spread over {REST_YEARS:.0} years after what is current.",
            Unit::Dollars.format(b.debt())
        )),
        Some(l) if l.rest_derived => Some("What lies beyond the last year stated is long-term debt less the steps.".into()),
        Some(_) => None,
    };
    IssuerRow {
        name: i.name.clone(),
        symbol: i.symbol.clone(),
        ladder: steps,
        coverage: (b.interest > 0.0).then(|| b.ebit / b.interest),
        due_24_months: ladder.map(|l| l.due_within(day, 24)),
        outcomes: case.courses.iter().map(|c| c.as_ref().map(|c| outcome(c, day))).collect(),
        accessions: ladder
            .map(|l| l.accessions.iter().map(|a| Accession { number: a.clone(), url: address(&i.id, a) }).collect())
            .unwrap_or_default(),
        note,
    }
}
