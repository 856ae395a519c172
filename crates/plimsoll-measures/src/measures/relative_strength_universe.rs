//! Small against large capitalisation, both rebuilt from their members.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::{CAPS, Constituents, reach};
use crate::{Fact, Measure, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Return of one rebuilt index less that of another.
pub struct RelativeStrengthUniverse;

static SPEC: Spec = Spec {
    name: "relative_strength_universe",
    title: "Relative strength of two universes",
    topic: Topic::Momentum,
    unit: Unit::FractionPoints,
    summary: "The return over a window of one universe's capitalisation-weighted index less that of another; small less large by default.",
    definition: "A(t) / A(b) - B(t) / B(b): the indices of index_return, rebuilt from members and full capitalisations at each previous close; \
                 b is the session the window starts from. Price returns, so beside funds with dividends reinvested each side lacks its \
                 yield. n is the number of sessions.",
    params: &[
        ParamSpec::new("small", ParamKind::Universe, "russell2000", "the universe whose strength is asked"),
        ParamSpec::new("large", ParamKind::Universe, "sp500", "the universe it is compared with"),
        ParamSpec::new("window", ParamKind::Window, "3m", "from which close the return counts"),
    ],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &["Levy (1967), Relative Strength as a Criterion for Investment Selection, Journal of Finance 22"],
    verified: "testsuite/tests/real_figures.rs",
};

impl Measure for RelativeStrengthUniverse {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        let back = reach(params.window("window").lookback(from)) + CAPS;
        Needs::default().lookback(back).universe(params.text("small")).universe(params.text("large"))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (small, large) = (Constituents::named(cut, params.text("small"))?, Constituents::named(cut, params.text("large"))?);
        let back = Back::Window(params.window("window"));
        let difference = members::points(&small, days.clone(), back, |first, t| {
            Ok((small.index().growth(first - 1, t)? - large.index().growth(first - 1, t)?, t + 1 - first))
        })?;
        let large = members::points(&large, days, back, |_, _| Ok((0.0, 0)))?;
        Ok(difference.into_iter().zip(large).map(|(point, large)| point.flagged(large.flags)).collect())
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(first) = Back::Window(params.window("window")).first(cut, day) else { return Vec::new() };
        let mut facts = Vec::new();
        for side in ["small", "large"] {
            let Ok(c) = Constituents::named(cut, params.text(side)) else { continue };
            if let Ok(ret) = c.index().growth(first - 1, day) {
                let note = format!("since {}", cut.sessions[first - 1]);
                facts.push(Fact::new(format!("return of {}", c.name), ret, Unit::Fraction).note(note));
            }
            facts.extend(members::quality(&c, first, day).into_iter().map(|mut fact| {
                fact.label = format!("{}: {}", c.name, fact.label);
                fact
            }));
        }
        facts
    }
}
