//! How much of a universe's debt falls due soon, and whether its issuers could pay it.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::UNIVERSE;
use crate::kernels::issuers::{FINANCIALS, Issuers, MEMBERS};
use crate::kernels::ladder::Absence;
use crate::kernels::series::each;
use crate::kernels::wall::{self, LEAST, MONTHS, Wall};
use crate::{Fact, Flags, Measure, Missing, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Share of the debt on ladders that falls due within some months.
pub struct WallShare;
/// Debt due over what could pay it, all issuers together.
pub struct WallAgainstCash;
/// Share of issuers whose debt due exceeds what could pay it.
pub struct WallUncovered;
/// Share of the known debt that is on ladders.
pub struct LadderCoverage;
/// Share of the wall owed by its few largest debtors.
pub struct DebtConcentration;

const PARAMS: &[ParamSpec] = &[UNIVERSE, MEMBERS, FINANCIALS, MONTHS, LEAST];
const REFERENCES: &[&str] = &[
    "Almeida, Campello, Laranjeira and Weisbenner (2012), Corporate Debt Maturity and the Real Effects of the 2007 Credit Crisis, Critical Finance Review 1(1)",
    "US GAAP Taxonomy, LongTermDebtMaturitiesRepaymentsOfPrincipal elements; ASC 470-10-50-1",
];
const VERIFIED: &str = "testsuite/tests/real_ladders.rs (ladders read by hand); unit tests";

static SHARE: Spec = Spec {
    name: "wall_share",
    title: "Share of debt due soon",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "The share of the issuers' debt that falls due within 24 months, by the maturity ladders in their filings.",
    definition: "Sum of debt due within m months after the day over sum of debt due after it, over issuers with a ladder; each ladder laid on calendar \
                 days, even within a year. n is the number of issuers with a ladder.",
    params: PARAMS,
    inputs: wall::INPUTS,
    missing: wall::MISSING,
    point_in_time: wall::POINT_IN_TIME,
    references: REFERENCES,
    verified: VERIFIED,
};

static AGAINST: Spec = Spec {
    name: "wall_against_cash",
    title: "Debt due soon against means",
    topic: Topic::Debt,
    unit: Unit::Multiple,
    summary: "Debt due within 24 months as a multiple of cash, undrawn lines and the free cash flow of as many months.",
    definition: "Sum of debt due within m months over sum of max(0, cash and short-term investments + undrawn committed credit where tagged + m/12 of the \
                 past twelve months' free cash flow), over issuers with a ladder and stated cash. Above 1 they could not pay it together. n is the \
                 number of those issuers.",
    params: PARAMS,
    inputs: wall::INPUTS,
    missing: wall::MISSING,
    point_in_time: wall::POINT_IN_TIME,
    references: REFERENCES,
    verified: VERIFIED,
};

static UNCOVERED: Spec = Spec {
    name: "wall_uncovered",
    title: "Issuers that must refinance",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "The share of issuers whose debt due within 24 months exceeds cash, undrawn lines and the free cash flow of as many months.",
    definition: "Share of issuers with a ladder and stated cash for which debt due within m months > max(0, cash and short-term investments + undrawn \
                 committed credit where tagged + m/12 of the past twelve months' free cash flow). n is the number of those issuers.",
    params: PARAMS,
    inputs: wall::INPUTS,
    missing: wall::MISSING,
    point_in_time: wall::POINT_IN_TIME,
    references: REFERENCES,
    verified: VERIFIED,
};

static COVERAGE: Spec = Spec {
    name: "ladder_coverage",
    title: "Debt on maturity ladders",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "The share of the members' known debt whose maturities are stated in tagged filings.",
    definition: "Debt on ladders over that plus the debt of members without one (balance sheet). What is not covered says nothing, neither good nor bad. n \
                 is the number of members with debt or without a statement.",
    params: &[UNIVERSE, MEMBERS, FINANCIALS],
    inputs: wall::INPUTS,
    missing: wall::MISSING,
    point_in_time: wall::POINT_IN_TIME,
    references: REFERENCES,
    verified: VERIFIED,
};

static CONCENTRATION: Spec = Spec {
    name: "debt_concentration",
    title: "Concentration of the wall",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "The share of the debt due within 24 months that the five largest debtors owe.",
    definition: "Debt due within m months of the k issuers with most of it over that of all issuers with a ladder. n is the number of issuers with a ladder.",
    params: &[
        UNIVERSE,
        MEMBERS,
        FINANCIALS,
        MONTHS,
        LEAST,
        ParamSpec::new("top", crate::ParamKind::Int(1, 100), "5", "how many debtors"),
    ],
    inputs: wall::INPUTS,
    missing: wall::MISSING,
    point_in_time: wall::POINT_IN_TIME,
    references: REFERENCES,
    verified: VERIFIED,
};

/// Evaluates `value` on the wall of each session.
pub(super) fn points(
    cut: &Cut,
    params: &Params,
    days: Range<usize>,
    value: impl Fn(&Wall<'_>, usize) -> Result<(f64, usize), Missing>,
) -> Result<Vec<Point>, Unmeasurable> {
    let (issuers, book) = wall::prepared(cut, params)?;
    Ok(each(days, |t| {
        let wall = wall::wall(&issuers, &book, params, t);
        if wall.members == 0 && wall.apart.is_empty() {
            return Err(Missing::NoData);
        }
        let (value, n) = value(&wall, t)?;
        Ok(Point::of(value, n).flagged(Flags::MISSING_MEMBERS.when(wall.coverage().is_some_and(|c| c < 0.5))))
    }))
}

/// `n` where it is no fewer than the parameter `least`.
pub(super) fn enough(params: &Params, n: usize) -> Result<usize, Missing> {
    if n >= params.int("least") { Ok(n) } else { Err(Missing::TooFew) }
}

/// What stands beside every figure of ladders: who is covered and who is not, and who is shown apart.
pub(super) fn evidence(cut: &Cut, params: &Params, t: usize) -> Vec<Fact> {
    let Ok((issuers, book)) = wall::prepared(cut, params) else { return Vec::new() };
    let wall = wall::wall(&issuers, &book, params, t);
    let mut facts = vec![
        Fact::new("debt due", wall.due(), Unit::Dollars).note(format!("{} issuers with a ladder", wall.parts.len())),
        Fact::new("debt on ladders", wall.outstanding(), Unit::Dollars),
        Fact::new("debt of members without a ladder", wall.unseen(), Unit::Dollars).note(format!(
            "{} of {} members",
            wall.absent.len(),
            wall.members
        )),
    ];
    for (label, reason) in [
        ("state no maturities", Box::new(|a| a == Absence::None) as Box<dyn Fn(Absence) -> bool>),
        ("state part of a ladder", Box::new(|a| a == Absence::Partial)),
        ("last ladder too old", Box::new(|a| matches!(a, Absence::Old(_)))),
    ] {
        let (n, debt) = wall.without(reason);
        if n > 0 {
            facts.push(Fact::new(format!("members that {label}"), n as f64, Unit::Count).note(Unit::Dollars.format(debt)));
        }
    }
    let mut order: Vec<&wall::Part<'_>> = wall.parts.iter().collect();
    order.sort_by(|a, b| b.due.total_cmp(&a.due).then(a.holder.cmp(&b.holder)));
    facts.extend(order.iter().take(10).map(|p| of(&issuers, p, "due")));
    let mut apart: Vec<&wall::Part<'_>> = wall.apart.iter().collect();
    apart.sort_by(|a, b| b.due.total_cmp(&a.due).then(a.holder.cmp(&b.holder)));
    if !apart.is_empty() {
        let sum: f64 = apart.iter().map(|p| p.due).sum();
        facts.push(Fact::new("due by financial issuers, apart", sum, Unit::Dollars).note(format!("{} issuers", apart.len())));
        facts.extend(apart.iter().take(5).map(|p| of(&issuers, p, "financial")));
    }
    facts
}

fn of(issuers: &Issuers<'_>, part: &wall::Part<'_>, word: &str) -> Fact {
    let filing = part.ladder.accessions.first().map_or("", String::as_str);
    Fact::new(&issuers.holders[part.holder].label, part.due, Unit::Dollars)
        .on(part.ladder.balance)
        .note(format!("{word}; {filing}"))
}

/// Debt due, means and how many issuers, of those whose cash is stated.
fn against(wall: &Wall<'_>, params: &Params) -> (f64, f64, usize, usize) {
    let months = params.int("months");
    let known = wall.parts.iter().filter_map(|p| Some((p.due, p.means.against(months)?)));
    known.fold((0.0, 0.0, 0, 0), |(due, means, short, n), (d, m)| (due + d, means + m, short + usize::from(d > m), n + 1))
}

macro_rules! measure {
    ($name:ident, $spec:ident, $value:expr) => {
        impl Measure for $name {
            fn spec(&self) -> &'static Spec {
                &$spec
            }
            fn needs(&self, params: &Params, _from: Day) -> Needs {
                wall::needs(params)
            }
            fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
                let value: fn(&Wall<'_>, &Params) -> Result<(f64, usize), Missing> = $value;
                points(cut, params, days, |wall, _| value(wall, params))
            }
            fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
                evidence(cut, params, day)
            }
        }
    };
}

measure!(WallShare, SHARE, |wall, params| {
    let n = enough(params, wall.parts.len())?;
    Ok((wall.due() / wall.outstanding(), n))
});
measure!(WallAgainstCash, AGAINST, |wall, params| {
    let (due, means, _, n) = against(wall, params);
    enough(params, n)?;
    if means > 0.0 { Ok((due / means, n)) } else { Err(Missing::Undefined) }
});
measure!(WallUncovered, UNCOVERED, |wall, params| {
    let (_, _, short, n) = against(wall, params);
    enough(params, n)?;
    Ok((short as f64 / n as f64, n))
});
measure!(LadderCoverage, COVERAGE, |wall, _| {
    Ok((wall.coverage().ok_or(Missing::NoData)?, wall.parts.len() + wall.absent.len()))
});
measure!(DebtConcentration, CONCENTRATION, |wall, params| {
    let n = enough(params, wall.parts.len())?;
    let mut due: Vec<f64> = wall.parts.iter().map(|p| p.due).collect();
    due.sort_by(|a, b| b.total_cmp(a));
    let all: f64 = due.iter().sum();
    if all > 0.0 { Ok((due.iter().take(params.int("top")).sum::<f64>() / all, n)) } else { Err(Missing::Undefined) }
});
