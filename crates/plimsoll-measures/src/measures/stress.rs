//! Refinancing stress: shares of a universe that run short of cash within three years.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use rayon::prelude::*;

use super::of_members::UNIVERSE;
use crate::kernels::stress::course::Cause;
use crate::kernels::stress::engine::NONE;
use crate::kernels::stress::roll;
use crate::kernels::stress::scenario::{NAMES, USUAL_PACE};
use crate::kernels::stress::standing::{Left, Profile, WithoutLadder};
use crate::kernels::stress::{Financials, Policy, QUARTERS, Scenario, Setting, Stage, Stages, spreads};
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Share of issuers with a shortfall.
pub struct StressShortfallShare;

/// Share of debt whose issuers have a shortfall.
pub struct StressDebtShare;

/// Of the issuers with a shortfall if rates stay, those that cuts save.
pub struct StressSavedShare;

/// Fewer issuers than this make no share.
const FEWEST: usize = 10;
/// Fewer issuers than this with a shortfall make no share of those saved.
const FEWEST_LOST: usize = 5;
/// Above this share of members whose statements or ladders are not known, [`Flags::MISSING_MEMBERS`] is set.
const MISSING_SHARE: f64 = 0.05;

const SCENARIO: ParamSpec = ParamSpec::new(
    "scenario",
    ParamKind::Choice(NAMES),
    "priced",
    "what rates, cash flow and spreads do (see `plimsoll stress`)",
);
const WITHOUT: ParamSpec = ParamSpec::new(
    "without_ladder",
    ParamKind::Choice(&["exclude", "balance_sheet"]),
    "exclude",
    "issuers without a maturity ladder: left out, or current debt due within a year and the rest spread evenly",
);
const REST: ParamSpec =
    ParamSpec::new("rest_years", ParamKind::Float(1.0, 20.0), "6", "years over which the rest is spread; balance_sheet alone");
const FINANCIALS: ParamSpec = ParamSpec::new(
    "financials",
    ParamKind::Choice(&["exclude", "include", "only"]),
    "exclude",
    "banks, lenders, insurers and mortgage trusts: rolling their funding is their business",
);
const HORIZON: ParamSpec = ParamSpec::new("quarters", ParamKind::Int(1, 12), "12", "quarters within which a shortfall counts");
const FIRST: ParamSpec =
    ParamSpec::new("first_quarter", ParamKind::Int(1, 12), "1", "the quarter of the first cut; 1 is the next");
const TOTAL: ParamSpec =
    ParamSpec::new("total_bp", ParamKind::Int(25, 600), "300", "all cuts together, basis points, 50 a quarter");

const DEFINITION: &str = "For each issuer with debt, quarter by quarter over three years: debt due rolls at the mean of the policy path over five years, a \
    premium that makes the priced path yield the five-year Treasury, and the spread for the coverage of the past four quarters; a share floats. Where \
    coverage lies below 0.5 nobody lends and the debt is paid from cash. Cash takes EBITDA less tax, interest and capital expenditure up to depreciation. An issuer fails in the \
    first quarter in which cash is used up. Every assumption, its default and its source: `plimsoll stress --assumptions`; three issuers \
    worked by hand: docs/stress-example.md. n is the issuers under stress.";
const INPUTS: &str = "Numbers from filings, every vintage (operating income, interest expense, depreciation, capital expenditure, dividends, cash, debt, \
    maturity ladders; dollars), fed funds futures and the effective rate, the five-year Treasury yield, capitalisations; issuers by session.";
const MISSING: &str = "Issuers without a statement of the past eighteen months, or without one of the figures, are left out and counted by reason in the \
    evidence; flagged missing_members where that is more than 5 % of the members. Issuers without debt have nothing to refinance and do not count. Undrawn \
    lines and the share of debt that floats are not known from filings: none, and 10 % (large) or 35 %. Fewer than ten issuers, or five with a shortfall \
    where those saved are counted: no value.";
const POINT_IN_TIME: &str = "Statements and ladders as known at the end of the session, membership and prices of futures as known then. The table of spreads by \
    coverage is that of the last January; before January 2022 the first one at hand is used, which was not known then (the evidence says so).";

static SHORTFALL: Spec = Spec {
    name: "stress_shortfall_share",
    title: "Issuers that cannot refinance",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "The share of issuers with debt that run short of cash within the horizon under a scenario of the policy rate.",
    definition: DEFINITION,
    params: &[UNIVERSE, SCENARIO, WITHOUT, REST, FINANCIALS, HORIZON],
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: &[
        spreads::SOURCE,
        "Banerjee, R. and Hofmann, B. (2018), The rise of zombie firms, BIS Quarterly Review, September",
    ],
    verified: "testsuite/tests/stress_example.rs (worked by hand), bench/stress (NumPy)",
};

static DEBT: Spec = Spec {
    name: "stress_debt_share",
    title: "Debt that cannot be refinanced",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "The share of debt whose issuers run short of cash within the horizon under a scenario of the policy rate.",
    definition: DEFINITION,
    params: &[UNIVERSE, SCENARIO, WITHOUT, REST, FINANCIALS, HORIZON],
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: &[spreads::SOURCE],
    verified: "testsuite/tests/stress_example.rs (worked by hand), bench/stress (NumPy)",
};

static SAVED: Spec = Spec {
    name: "stress_saved_share",
    title: "Saved in the nick of time",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "Of the issuers that run short of cash if the policy rate stays, the share that cuts of a size, begun in a quarter, save.",
    definition: "The stress of `stress_shortfall_share` twice: with the policy rate as it is, and with cuts of 50 bp a quarter from the quarter given to the \
                 total given; cash flow and spreads stay. Value: of the issuers with a shortfall in the first, the share without one in the second. n \
                 is the issuers with a shortfall in the first.",
    params: &[UNIVERSE, FIRST, TOTAL, WITHOUT, REST, FINANCIALS],
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: &[spreads::SOURCE],
    verified: "testsuite/tests/stress_example.rs (worked by hand), bench/stress (NumPy)",
};

fn setting(params: &Params) -> Setting {
    let without = match params.text("without_ladder") {
        "exclude" => WithoutLadder::Exclude,
        _ => WithoutLadder::BalanceSheet { rest_years: params.float("rest_years") },
    };
    let financials = match params.text("financials") {
        "include" => Financials::Include,
        "only" => Financials::Only,
        _ => Financials::Exclude,
    };
    Setting { without, financials, ..Setting::default() }
}

/// The stage of a session, with the flags of its data.
fn stage(stages: &Stages<'_>, setting: &Setting, t: usize) -> Result<(Stage, Flags), Missing> {
    let stage = stages.at(t, setting)?;
    if stage.terms.len() < FEWEST {
        return Err(if stage.terms.is_empty() && stage.roll.absent.is_empty() { Missing::NoData } else { Missing::TooFew });
    }
    let unknown = stage.roll.absent.iter().filter(|x| x.why != Left::NoDebt).count();
    let all = stage.roll.absent.len() + stage.terms.len();
    let flags = stage.flags.and(Flags::MISSING_MEMBERS.when(unknown as f64 > MISSING_SHARE * all as f64));
    Ok((stage, flags))
}

fn track(
    cut: &Cut,
    params: &Params,
    days: Range<usize>,
    value: impl Fn(&Stage) -> Result<(f64, usize), Missing> + Sync,
) -> Result<Vec<Point>, Unmeasurable> {
    let stages = Stages::of(cut, params.text("universe"), days.clone())?;
    let setting = setting(params);
    let point = |t: usize| {
        stage(&stages, &setting, t)
            .and_then(|(stage, flags)| value(&stage).map(|(v, n)| Point::of(v, n).flagged(flags)))
            .unwrap_or_else(Point::missing)
    };
    Ok(days.into_par_iter().map(point).collect())
}

fn scenario(params: &Params) -> Scenario {
    Scenario::named(params.text("scenario")).expect("checked")
}

fn held() -> Scenario {
    Scenario::of("held", Policy::Hold)
}

fn cuts(params: &Params) -> Scenario {
    let (first, total) = (params.int("first_quarter") - 1, params.int("total_bp") as f64 / 1e4);
    Scenario::of("cuts", Policy::Cuts { first, total, pace: USUAL_PACE })
}

/// What stands beside every figure: who counts, who does not and why, and the conditions of the day.
fn beside(stage: &Stage) -> Vec<Fact> {
    let count = |label: String, n: usize| Fact::new(label, n as f64, Unit::Count);
    let own = stage.roll.issuers.iter().filter(|i| i.profile == Profile::Ladder).count();
    let mut facts = vec![
        count("issuers under stress".into(), stage.terms.len()),
        count("with a maturity ladder of their own".into(), own),
        count("by their balance sheet".into(), stage.roll.issuers.len() - own),
        Fact::new("their debt", stage.terms.iter().map(|t| t.debt).sum(), Unit::Dollars),
    ];
    facts.extend(stage.roll.reasons().into_iter().map(|(why, n)| count(format!("left out: {}", why.words()), n)));
    let c = &stage.conditions;
    let rate = |label: &str, r: f64| Fact::new(label, 100.0 * r, Unit::PercentPerYear);
    facts.push(rate("policy rate", c.rate));
    facts.extend([3, 7, 11].map(|q| rate(&format!("priced for quarter {}", q + 1), c.priced[q])));
    facts.push(rate("premium of five years", c.premium()));
    let later = if c.spreads.later { "put out later than the session" } else { "" };
    facts.push(Fact::new("table of spreads, January of", f64::from(c.spreads.large.vintage), Unit::Number).note(later));
    facts
}

/// Who fails, the most indebted first.
fn casualties(stage: &Stage, scenario: &Scenario) -> Vec<Fact> {
    let courses = stage.courses(scenario);
    let mut failed: Vec<(f64, usize, usize, Cause)> =
        (0..stage.terms.len()).filter_map(|i| courses[i].shortfall.map(|(q, why)| (stage.terms[i].debt, i, q, why))).collect();
    failed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let by = [Cause::CashBurn, Cause::DearerInterest, Cause::DebtNotRolled, Cause::InterestAndDebt];
    let many = |c: Cause| failed.iter().filter(|f| f.3 == c).count() as f64;
    let causes = by.map(|c| Fact::new(format!("fail by {}", c.words()), many(c), Unit::Count));
    let one = |f: &(f64, usize, usize, Cause)| {
        let issuer = &stage.roll.issuers[f.1];
        Fact::new(issuer.symbol.clone(), f.0, Unit::Dollars).note(format!(
            "quarter {}, {}; {}",
            f.2 + 1,
            f.3.words(),
            issuer.name
        ))
    };
    causes.into_iter().chain(failed.iter().take(12).map(one)).collect()
}

fn evidence(cut: &Cut, params: &Params, day: usize, scenario: &Scenario) -> Vec<Fact> {
    let Ok(stages) = Stages::of(cut, params.text("universe"), day..day + 1) else { return Vec::new() };
    let Ok((stage, _)) = stage(&stages, &setting(params), day) else { return Vec::new() };
    let mut facts = beside(&stage);
    for name in NAMES {
        let shares = stage.shares(&stage.first(&Scenario::named(name).expect("a name")), QUARTERS, |_| true);
        facts.push(Fact::new(format!("issuers failing, {name}"), shares.share().unwrap_or(f64::NAN), Unit::Fraction));
        facts.push(Fact::new(format!("debt failing, {name}"), shares.debt_share.unwrap_or(f64::NAN), Unit::Fraction));
    }
    facts.extend(casualties(&stage, scenario));
    facts
}

impl Measure for StressShortfallShare {
    fn spec(&self) -> &'static Spec {
        &SHORTFALL
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        roll::needs(params.text("universe"), from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (scenario, quarters) = (scenario(params), params.int("quarters"));
        track(cut, params, days, |s| {
            Ok((s.shares(&s.first(&scenario), quarters, |_| true).share().ok_or(Missing::TooFew)?, s.terms.len()))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, &scenario(params))
    }
}

impl Measure for StressDebtShare {
    fn spec(&self) -> &'static Spec {
        &DEBT
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        roll::needs(params.text("universe"), from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (scenario, quarters) = (scenario(params), params.int("quarters"));
        track(cut, params, days, |s| {
            Ok((s.shares(&s.first(&scenario), quarters, |_| true).debt_share.ok_or(Missing::TooFew)?, s.terms.len()))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, &scenario(params))
    }
}

impl Measure for StressSavedShare {
    fn spec(&self) -> &'static Spec {
        &SAVED
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        roll::needs(params.text("universe"), from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (held, cuts) = (held(), cuts(params));
        track(cut, params, days, |s| {
            let (without, with) = (s.first(&held), s.first(&cuts));
            let lost = without.iter().filter(|q| **q != NONE).count();
            let saved = without.iter().zip(&with).filter(|(a, b)| **a != NONE && **b == NONE).count();
            if lost < FEWEST_LOST { Err(Missing::TooFew) } else { Ok((saved as f64 / lost as f64, lost)) }
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, &cuts(params))
    }
}
