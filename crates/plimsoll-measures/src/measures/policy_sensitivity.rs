//! What small against large capitalisation does when the expected policy path changes.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::stability::Regression;
use crate::kernels::rate_changes::{self, PATH, Sample};
use crate::kernels::series::{self, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Slope of small-minus-large returns on changes of the expected policy rate.
pub struct PolicySensitivity;

static SPEC: Spec = Spec {
    name: "policy_sensitivity",
    title: "Sensitivity of small against large capitalisation to the policy path",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "The return of small minus large capitalisation per 100 bp of rise in the policy rate expected twelve months ahead, with \
              the yields and the market held fixed.",
    definition: "Least squares of r_small - r_large on a constant, the change of `path_12m`, the changes of the two yields (percentage \
                 points) and the market's return, over the last n sessions, all over the same days. Standard errors Newey-West with \
                 floor(4 (n/100)^(2/9)) lags, times n / (n - k). The value is the slope on the path, per 100 bp. Evidence: every slope \
                 with its standard error and t, R^2, the slope with the path alone beside the market, the slope in each half, Chow's F \
                 for a break between the halves, and the largest F over breaks within the middle 70 % (sup-F, \
                 with critical values). n is the number of returns.",
    params: &[
        ParamSpec::new("small", ParamKind::Series, series::SMALL, "small capitalisation"),
        ParamSpec::new("large", ParamKind::Series, series::LARGE, "large capitalisation"),
        ParamSpec::new("market", ParamKind::Series, "etf:VTI|etf:SPY|index:GSPC", "the market's return, the control"),
        ParamSpec::new("short_yield", ParamKind::Series, series::TWO_YEAR, "the short yield, in per cent"),
        ParamSpec::new("long_yield", ParamKind::Series, series::TEN_YEAR, "the long yield, in per cent"),
        ParamSpec::new("sessions", ParamKind::Int(60, 25_200), "252", "sessions of the estimate"),
    ],
    inputs: "Three series of levels, one value a session; two yields in per cent a year; fed funds futures and the meeting calendar, as \
             `path_12m` reads them, with the exchange's conventions.",
    missing: "Days that not all share are skipped, and returns and changes run across them together. No value with fewer than 30 \
              returns, or where the regressors are collinear.",
    point_in_time: "The path of each day is priced as known by that day's end. Only observations known by the end of the session are used.",
    references: &[
        "Newey and West (1987), Econometrica 55(3)",
        "Chow (1960), Tests of Equality Between Sets of Coefficients in Two Linear Regressions, Econometrica 28(3)",
        "Andrews (1993), Tests for Parameter Instability and Structural Change with Unknown Change Point, Econometrica 61(4); (2003) 71(1)",
    ],
    verified: "crates/plimsoll-measures/tests/futures.rs",
};

/// Small, large and the market, and the path with the two yields.
fn texts(params: &Params) -> ([&str; 3], [&str; 3]) {
    (["small", "large", "market"].map(|name| params.text(name)), [PATH, params.text("short_yield"), params.text("long_yield")])
}

/// Returns of small less large, with the sample they are from.
struct Answers {
    y: Vec<f64>,
    sample: Sample,
}

impl Answers {
    fn of(cut: &Cut, params: &Params, t: usize, from: Day) -> Result<Answers, Missing> {
        let (series, rates) = texts(params);
        let sample = Sample::of(cut, (&series, &rates), (params.int("sessions"), t), from)?;
        let y = sample.returns[0].iter().zip(&sample.returns[1]).map(|(small, large)| small - large).collect();
        Ok(Answers { y, sample })
    }
    /// On path, yields and market.
    fn regression(&self) -> Regression<'_> {
        let x = self.sample.changes.iter().chain(&self.sample.returns[2..]).map(Vec::as_slice).collect();
        Regression { y: &self.y, x, days: &self.sample.days, lags: 0 }
    }
    /// On path and market.
    fn alone(&self) -> Regression<'_> {
        Regression { x: vec![&self.sample.changes[0], &self.sample.returns[2]], ..self.regression() }
    }
}

fn start(params: &Params, session: Day) -> Day {
    rate_changes::start(session, params.int("sessions"))
}

impl Measure for PolicySensitivity {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        let (series, rates) = texts(params);
        let mut needs = rate_changes::needs(&rates, from, params.int("sessions"));
        needs.merge(&series::wanted(series));
        needs
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let Some(&first) = cut.sessions.get(days.start) else { return Ok(Vec::new()) };
        let from = start(params, first);
        Ok(each(days, |t| {
            let answers = Answers::of(cut, params, t, from)?;
            let fit = answers.regression().fit(0..answers.y.len()).ok_or(Missing::Undefined)?;
            Ok(Point::of(fit.beta[1], fit.n).flagged(answers.sample.flags))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let from = start(params, cut.sessions[day]);
        let Ok(answers) = Answers::of(cut, params, day, from) else { return Vec::new() };
        let (regression, n) = (answers.regression(), answers.y.len());
        let Some(fit) = regression.fit(0..n) else { return Vec::new() };
        let names = [PATH, params.text("short_yield"), params.text("long_yield"), "the market's return"];
        let mut facts = Vec::new();
        for (k, name) in names.iter().enumerate() {
            let unit = if k < 3 { Unit::FractionPoints } else { Unit::Number };
            facts.push(Fact::new(format!("slope on {name}"), fit.beta[k + 1], unit).note(format!("t {:.2}", fit.t(k + 1))));
            facts.push(Fact::new(format!("standard error, {name}"), fit.se[k + 1], unit).note("Newey-West"));
        }
        let note = format!("since {}, Newey-West lags {}", answers.sample.days[0], fit.lags);
        facts.push(Fact::new("R^2", fit.r2, Unit::Fraction).note(note));
        if let Some(alone) = answers.alone().fit(0..n) {
            let note = format!("with the market alone; t {:.2}", alone.t(1));
            facts.push(Fact::new("slope on path_12m without the yields", alone.beta[1], Unit::FractionPoints).note(note));
        }
        facts.extend(regression.stability());
        facts
    }
}
