//! How long until a universe's debt falls due.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::UNIVERSE;
use super::wall_share::{enough, evidence, points};
use crate::kernels::drawdown::median;
use crate::kernels::issuers::{FINANCIALS, MEMBERS};
use crate::kernels::ladder::{AFTER_YEARS, Change, Course};
use crate::kernels::wall::{self, LEAST, Wall};
use crate::{Fact, Measure, Missing, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Mean years until the debt falls due, by debt.
pub struct WeightedAverageMaturity;
/// Median over issuers of their own mean.
pub struct MedianMaturity;
/// Share of issuers that extended their debt over the past year less the share that let it run down.
pub struct MaturityExtended;

const PARAMS: &[ParamSpec] = &[UNIVERSE, MEMBERS, FINANCIALS, LEAST];
const VERIFIED: &str = "unit tests: by hand";
const REFERENCES: &[&str] = &[
    "Barclay and Smith (1995), The Maturity Structure of Corporate Debt, Journal of Finance 50(2)",
    "Choi, Hackbarth and Zechner (2018), Corporate Debt Maturity Profiles, Journal of Financial Economics 130(3)",
];

static WEIGHTED: Spec = Spec {
    name: "weighted_average_maturity",
    title: "Weighted-average maturity",
    topic: Topic::Debt,
    unit: Unit::Years,
    summary: "Mean years until the issuers' debt falls due, each dollar counted once.",
    definition: "Debt falls due evenly within each year of a ladder; what lies after the last year stated is spread over five more years, because filers do \
                 not say. The mean over all debt outstanding after the day. n is the number of issuers with a ladder.",
    params: PARAMS,
    inputs: wall::INPUTS,
    missing: wall::MISSING,
    point_in_time: wall::POINT_IN_TIME,
    references: REFERENCES,
    verified: VERIFIED,
};

static MEDIAN: Spec = Spec {
    name: "median_maturity",
    title: "Maturity of the median issuer's debt",
    topic: Topic::Debt,
    unit: Unit::Years,
    summary: "The median over issuers of the mean years until their debt falls due.",
    definition: "As weighted_average_maturity for each issuer; the median over issuers with a ladder. n is their number.",
    params: PARAMS,
    inputs: wall::INPUTS,
    missing: wall::MISSING,
    point_in_time: wall::POINT_IN_TIME,
    references: REFERENCES,
    verified: VERIFIED,
};

static EXTENDED: Spec = Spec {
    name: "maturity_extended",
    title: "Issuers that extended less those that ran down",
    topic: Topic::Debt,
    unit: Unit::FractionPoints,
    summary: "Of issuers with ladders a year apart, the share whose debt is no shorter than a year ago less the share that refinanced little.",
    definition: "For each issuer the ladder in force beside the whole one whose balance is 300 to 430 days older: extended where the weighted-average \
                 maturity did not fall, ran down where it fell by at least three quarters of the time between. Share extended less share run down. \
                 n is the number of issuers with both.",
    params: PARAMS,
    inputs: wall::INPUTS,
    missing: wall::MISSING,
    point_in_time: wall::POINT_IN_TIME,
    references: REFERENCES,
    verified: VERIFIED,
};

fn maturities(wall: &Wall<'_>, day: Day) -> Vec<(f64, f64)> {
    wall.parts.iter().filter_map(|p| Some((p.maturity(day)?, p.outstanding))).collect()
}

impl Measure for WeightedAverageMaturity {
    fn spec(&self) -> &'static Spec {
        &WEIGHTED
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        wall::needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        points(cut, params, days, |wall, t| {
            let all = maturities(wall, cut.sessions[t]);
            enough(params, all.len())?;
            let debt: f64 = all.iter().map(|m| m.1).sum();
            Ok((all.iter().map(|m| m.0 * m.1).sum::<f64>() / debt, all.len()))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day)
    }
}

impl Measure for MedianMaturity {
    fn spec(&self) -> &'static Spec {
        &MEDIAN
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        wall::needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        points(cut, params, days, |wall, t| {
            let mut all: Vec<f64> = maturities(wall, cut.sessions[t]).into_iter().map(|m| m.0).collect();
            enough(params, all.len())?;
            Ok((median(&mut all).ok_or(Missing::TooFew)?, all.len()))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((issuers, book)) = wall::prepared(cut, params) else { return Vec::new() };
        let wall = wall::wall(&issuers, &book, params, day);
        let mut concentration: Vec<f64> = wall.parts.iter().filter_map(|p| p.ladder.concentration(AFTER_YEARS)).collect();
        let mut facts = Vec::new();
        if let Some(middle) = median(&mut concentration) {
            facts.push(Fact::new("median concentration by year of maturity", middle, Unit::Number).note("Herfindahl index"));
        }
        facts.extend(evidence(cut, params, day));
        facts
    }
}

impl Measure for MaturityExtended {
    fn spec(&self) -> &'static Spec {
        &EXTENDED
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        wall::needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (issuers, book) = wall::prepared(cut, params)?;
        points(cut, params, days, |wall, t| {
            let change = |p: &wall::Part<'_>| {
                let reading = book.reading(issuers.holders[p.holder].facts?, issuers.ends[t])?;
                Change::between(reading.year_before.as_ref()?, reading.ladder.as_ref()?)
            };
            let all: Vec<Change> = wall.parts.iter().filter_map(change).collect();
            let n = enough(params, all.len())?;
            let share = |course: Course| all.iter().filter(|c| c.course == course).count() as f64 / n as f64;
            Ok((share(Course::Extended) - share(Course::RanDown), n))
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((issuers, book)) = wall::prepared(cut, params) else { return Vec::new() };
        let wall = wall::wall(&issuers, &book, params, day);
        let mut facts = Vec::new();
        for p in &wall.parts {
            let Some(reading) = issuers.holders[p.holder].facts.and_then(|i| book.reading(i, issuers.ends[day])) else {
                continue;
            };
            let (Some(then), Some(now)) = (&reading.year_before, &reading.ladder) else { continue };
            if let Some(c) = Change::between(then, now) {
                let was = Unit::Years.format(c.then);
                let note = format!(
                    "{}; {was} a year before; {} due in 24 months, {} by that ladder",
                    c.course.name(),
                    Unit::Dollars.format(c.is_due),
                    Unit::Dollars.format(c.was_due)
                );
                facts.push(Fact::new(&issuers.holders[p.holder].label, c.now, Unit::Years).on(now.balance).note(note));
            }
        }
        facts.truncate(20);
        facts
    }
}
