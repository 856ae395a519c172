//! How many cuts fed funds futures price by a date.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::policy_path::{at, now, priced};
use crate::kernels::fed_funds::{self, Snapshot};
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Cuts priced by a date.
pub struct CutsPriced;

/// The date by which cuts are counted.
pub(super) const BY: ParamSpec = ParamSpec::new(
    "by",
    ParamKind::Day(&["year_end", "next_year_end"]),
    "year_end",
    "the date; the end of the session's year or of the next",
);

/// The rate from which cuts are counted.
pub(super) const FROM: ParamSpec = ParamSpec::new(
    "from",
    ParamKind::Choice(&["path", "effective"]),
    "path",
    "the rate now: before the next meeting on the path, or the last effective rate known",
);

static SPEC: Spec = Spec {
    name: "cuts_priced",
    title: "Cuts priced by a date",
    topic: Topic::Rates,
    unit: Unit::Number,
    summary: "How many cuts of 25 bp fed funds futures price by a date; negative where hikes are priced.",
    definition: "(rate now - expected effective rate on the date) / step, on `policy_path`. The rate now is the one the path itself holds \
                 before the next meeting (`from` = path), so that a spread between the effective rate and the target cancels, or the last \
                 effective rate known (`from` = effective). A date beyond the last meeting announced is read off the contracts (flagged). \
                 n is the number of contracts priced.",
    params: fed_funds::and_conventions![BY, FROM,],
    inputs: fed_funds::INPUTS,
    missing: fed_funds::MISSING,
    point_in_time: fed_funds::POINT_IN_TIME,
    references: &[fed_funds::FEDWATCH],
    verified: "testsuite/tests/real_fedwatch.rs",
};

/// The date a session means.
pub(super) fn by(params: &Params, today: Day) -> Day {
    let year = today.parts().0;
    params.day("by").unwrap_or_else(|| Day::ymd(year + i16::from(params.text("by") == "next_year_end"), 12, 31))
}

/// Cuts priced on a snapshot by a day, with flags.
fn cuts(snapshot: &Snapshot, day: Day, params: &Params) -> Result<(f64, Flags), Missing> {
    if day < snapshot.today {
        return Err(Missing::Undefined);
    }
    let (rate, flags) = snapshot.expected(day).ok_or(Missing::Unpriced)?;
    let from = if params.text("from") == "path" { snapshot.base } else { snapshot.effective };
    Ok(((from.ok_or(Missing::NoData)? - rate) / params.float("step"), flags))
}

impl Measure for CutsPriced {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, _params: &Params, from: Day) -> Needs {
        fed_funds::needs(from, from)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(priced(
            cut,
            params,
            days,
            |today| by(params, today).max(today),
            |snapshot| {
                let (value, flags) = cuts(snapshot, by(params, snapshot.today), params)?;
                Ok(Point::of(value, snapshot.contracts).flagged(flags))
            },
        ))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let today = cut.sessions[day];
        let by = by(params, today);
        let snapshot = at(cut, params, day, by.max(today));
        let mut facts = now(&snapshot);
        if let Some(base) = snapshot.base {
            facts.push(Fact::new("rate before the next meeting", base, Unit::PercentPerYear));
        }
        if let Some((rate, flags)) = snapshot.expected(by).filter(|_| by >= today) {
            facts.push(Fact::new("expected rate", rate, Unit::PercentPerYear).on(by).note(flags.names().join(", ")));
        }
        for step in snapshot.path.steps.iter().filter(|s| s.day <= by) {
            if let Some(change) = step.change() {
                let cuts = -change / params.float("step");
                facts.push(Fact::new("cuts at the meeting", cuts, Unit::Number).on(step.day));
            }
        }
        facts
    }
}
