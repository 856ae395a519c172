//! Breakouts that fail: how many, how often, and in how many members.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::breakouts::{Rule, breakouts, members_failed, resolved};
use crate::kernels::constituents::Constituents;
use crate::kernels::rolling::Scratch;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Share of breakouts that failed.
pub struct FailedBreakoutRate;
/// Number of breakouts that failed.
pub struct FailedBreakoutCount;
/// Share of members with a breakout that failed.
pub struct FailedBreakoutShare;

const PARAMS: &[ParamSpec] = &[
    members::UNIVERSE,
    ParamSpec::new("n", ParamKind::Int(2, 500), "60", "closes that a breakout exceeds"),
    ParamSpec::new("horizon", ParamKind::Int(1, 250), "20", "sessions within which it fails"),
    ParamSpec::new("window", ParamKind::Int(1, 1000), "63", "sessions in which horizons ended"),
];
const RULE: &str = "A breakout is a member's close above the highest of its past n closes (the breakout level), where none of the horizon closes \
    before it was one: a rise is one breakout, not one a day. It fails where one of the next horizon closes lies below the level. It is \
    resolved, failed or not, at the session that ends its horizon, and counts as of t where that session is one of the past window ones: \
    breakouts whose horizon still runs do not count, not even those that failed already, for the ones that have not could not be counted \
    beside them. Differences of less than one part in 1e9 are ties.";

macro_rules! spec {
    ($name:literal, $title:literal, $unit:expr, $summary:literal, $definition:literal) => {
        Spec {
            name: $name,
            title: $title,
            topic: Topic::Masking,
            unit: $unit,
            summary: $summary,
            definition: $definition,
            params: PARAMS,
            inputs: members::PRICE_INPUTS,
            missing: RULE,
            point_in_time: "Membership at the breakout as known then; a breakout counts from the session that ends its horizon, never before.",
            references: &[
                "Edwards, R. and Magee, J. (1948), Technical Trends in Stock Behavior, ch. on false moves",
                "Brock, W., Lakonishok, J. and LeBaron, B. (1992), Simple technical trading rules, Journal of Finance 47, 1731-1764 (trading range break)",
            ],
            verified: "bench/masking (pandas, polars)",
        }
    };
}

static RATE: Spec = spec!(
    "failed_breakout_rate",
    "Failed breakout rate",
    Unit::Fraction,
    "The share of breakouts, of those resolved in the past sessions, that fell back below their level.",
    "Failed over resolved breakouts (see Missing data for what is one). n_obs is the resolved breakouts."
);
static COUNT: Spec = spec!(
    "failed_breakout_count",
    "Failed breakouts",
    Unit::Count,
    "How many breakouts, of those resolved in the past sessions, fell back below their level.",
    "Number of failed breakouts (see Missing data for what is one). n_obs is the resolved breakouts."
);
static SHARE: Spec = spec!(
    "failed_breakout_share",
    "Share of members with a failed breakout",
    Unit::Fraction,
    "The share of members with a failed breakout resolved in the past sessions.",
    "Members with at least one failed breakout (see Missing data for what is one) over all members with a row. n_obs is the members."
);

fn rule(params: &Params) -> Rule {
    Rule { n: params.int("n"), horizon: params.int("horizon") }
}

/// Sessions from the first close a breakout looks at to the last session of the window.
fn span(params: &Params) -> usize {
    params.int("n") + 2 * params.int("horizon") + params.int("window")
}

/// Resolved and failed in the window that ends with `t`; the whole span must lie on the axis.
fn counted(counts: &[[u32; 2]], params: &Params, t: usize) -> [u32; 2] {
    let first = t + 1 - params.int("window");
    counts[first..=t].iter().fold([0, 0], |[a, b], [resolved, failed]| [a + resolved, b + failed])
}

fn facts(cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
    let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
    if Back::Sessions(span(params)).first(cut, day).is_err() {
        return Vec::new();
    }
    let (rule, first) = (rule(params), day + 1 - params.int("window"));
    let [resolved, failed] = counted(&resolved(&c, rule), params, day);
    let [with, all] = members_failed(&c, rule, params.int("window"))[day];
    let mut facts = vec![
        Fact::new("breakouts resolved", f64::from(resolved), Unit::Count),
        Fact::new("of them failed", f64::from(failed), Unit::Count),
        Fact::new("members with a failed one", f64::from(with), Unit::Count).note(format!("of {all}")),
    ];
    // The latest failures, by the session that ended their horizon.
    let (mut latest, mut own) = (Vec::new(), (Scratch::default(), Vec::new()));
    let mut pending = 0;
    for (row, &i) in c.rows().iter().enumerate() {
        let level = &cut.panel.level.row(i)[..=day];
        breakouts(level, rule, &mut own.0, &mut own.1, |b| {
            let end = b.at + rule.horizon;
            if c.universe.is_member(i, b.at) {
                pending += u32::from(end > day);
                if let Some(failed) = b.failed.filter(|_| (first..=day).contains(&end)) {
                    latest.push((end, failed, row, b.at));
                }
            }
        });
    }
    facts.push(Fact::new("breakouts not yet resolved", f64::from(pending), Unit::Count));
    latest.sort_by(|a, b| (b.0, a.2).cmp(&(a.0, b.2)));
    for (_, failed, row, at) in latest.into_iter().take(5) {
        let note = format!("broke out on {}, closed below on {}", cut.sessions[at], cut.sessions[failed]);
        facts.push(Fact::new(c.symbol(row), (failed - at) as f64, Unit::Sessions).note(note));
    }
    facts.extend(members::quality(&c, first, day));
    facts
}

fn track(
    cut: &Cut,
    params: &Params,
    days: Range<usize>,
    value: impl Fn([u32; 2]) -> Result<f64, Missing>,
) -> Result<Vec<Point>, Unmeasurable> {
    let c = Constituents::of(cut, params)?;
    let counts = resolved(&c, rule(params));
    members::points(&c, days, Back::Sessions(span(params)), |_, t| {
        let counted = counted(&counts, params, t);
        Ok((value(counted)?, counted[0] as usize))
    })
}

fn needs(params: &Params) -> Needs {
    members::needs(params, span(params))
}

impl Measure for FailedBreakoutRate {
    fn spec(&self) -> &'static Spec {
        &RATE
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        track(cut, params, days, |[resolved, failed]| match resolved {
            0 => Err(Missing::TooFew),
            _ => Ok(f64::from(failed) / f64::from(resolved)),
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}

impl Measure for FailedBreakoutCount {
    fn spec(&self) -> &'static Spec {
        &COUNT
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        track(cut, params, days, |[_, failed]| Ok(f64::from(failed)))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}

impl Measure for FailedBreakoutShare {
    fn spec(&self) -> &'static Spec {
        &SHARE
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let failed = members_failed(&c, rule(params), params.int("window"));
        members::points(&c, days, Back::Sessions(span(params)), |_, t| match failed[t] {
            [_, 0] => Err(Missing::NoData),
            [with, all] => Ok((f64::from(with) / f64::from(all), all as usize)),
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        facts(cut, params, day)
    }
}
