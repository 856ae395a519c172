//! What small against large capitalisation does when the expected policy path changes.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::fed_funds::{self, Conventions, Market, Snapshot, months_later};
use crate::kernels::policy_path::month_of;
use crate::kernels::regression::{self, Fit, Stability};
use crate::kernels::series::{self, View, each, start_of};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// Slope of small-minus-large returns on changes of the expected policy rate.
pub struct PolicySensitivity;

/// Fewer returns than this are no estimate.
const FEWEST: usize = 30;
/// Share of the window at each end in which no break is sought.
const TRIM: f64 = 0.15;

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
                 for a break between the halves, and the largest F over breaks within the middle 70 % (sup-F; its 5 % critical value for \
                 five coefficients is 18.35 for q F, Andrews 2003 table 1). n is the number of returns.",
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

const TEXTS: [&str; 5] = ["small", "large", "market", "short_yield", "long_yield"];

/// The rate twelve months ahead, each session as known by its own end.
struct Paths {
    day: Vec<Day>,
    rate: Vec<f64>,
}

fn paths(cut: &Cut, from: Day) -> Arc<Paths> {
    cut.memo(&format!("path_12m since {from}"), || {
        let market = Market::of(cut);
        let (conventions, mut snapshot) = (Conventions::default(), Snapshot::default());
        let mut out = Paths { day: Vec::new(), rate: Vec::new() };
        for &session in Calendar::nyse().between(from, cut.as_of.day()) {
            let ahead = months_later(session, 12);
            market.price(session, month_of(ahead), &conventions, &mut snapshot);
            if let Some((rate, _)) = snapshot.expected(ahead) {
                out.day.push(session);
                out.rate.push(rate);
            }
        }
        out
    })
}

/// Returns and changes over a window, all over the same days.
struct Sample {
    y: Vec<f64>,
    /// Path, short yield, long yield, market.
    x: [Vec<f64>; 4],
    /// The day each return ends on.
    days: Vec<Day>,
    flags: crate::Flags,
}

impl Sample {
    fn of(cut: &Cut, params: &Params, t: usize, from: Day) -> Result<Sample, Missing> {
        let texts: Vec<&str> = TEXTS.iter().map(|n| params.text(n)).collect();
        let view = View::of(cut, &texts, t)?;
        let used = view.base(Window::Sessions(params.int("sessions")))?..view.last() + 1;
        let paths = paths(cut, from);
        // Days on which the path is priced too.
        let priced = |at: usize| paths.day.binary_search(&view.days()[at]).ok().map(|p| (at, paths.rate[p]));
        let both: Vec<(usize, f64)> = used.clone().filter_map(priced).collect();
        if both.len() < FEWEST + 1 {
            return Err(if both.is_empty() { Missing::NoData } else { Missing::TooFew });
        }
        let level = |k: usize, at: usize| view.column(k)[at];
        let over = |f: &dyn Fn((usize, f64), (usize, f64)) -> f64| both.windows(2).map(|w| f(w[0], w[1])).collect::<Vec<f64>>();
        let ret = |k: usize, a: usize, b: usize| level(k, b) / level(k, a) - 1.0;
        Ok(Sample {
            y: over(&|a, b| ret(0, a.0, b.0) - ret(1, a.0, b.0)),
            x: [
                over(&|a, b| b.1 - a.1),
                over(&|a, b| level(3, b.0) - level(3, a.0)),
                over(&|a, b| level(4, b.0) - level(4, a.0)),
                over(&|a, b| ret(2, a.0, b.0)),
            ],
            days: both[1..].iter().map(|b| view.days()[b.0]).collect(),
            flags: view.flags(used),
        })
    }
    fn columns(&self, range: Range<usize>) -> Vec<&[f64]> {
        self.x.iter().map(|c| &c[range.clone()]).collect()
    }
    fn fit(&self, range: Range<usize>) -> Option<Fit> {
        let n = range.len();
        regression::ols(&self.y[range.clone()], &self.columns(range), regression::automatic_lags(n))
    }
}

/// The first session whose path a value at `session` may use.
fn start(params: &Params, session: Day) -> Day {
    // Yields are known a day later, and days that not all share push the window back.
    start_of(Window::Sessions(params.int("sessions") + 2 * series::CARRIED), session).unwrap_or(Calendar::nyse().span().0)
}

impl Measure for PolicySensitivity {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        let mut needs = series::wanted(TEXTS.iter().map(|name| params.text(name)));
        needs.merge(&fed_funds::needs(from, start(params, Calendar::nyse().on_or_before(from))));
        needs
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let Some(&first) = cut.sessions.get(days.start) else { return Ok(Vec::new()) };
        let from = start(params, first);
        Ok(each(days, |t| {
            let sample = Sample::of(cut, params, t, from)?;
            let fit = sample.fit(0..sample.y.len()).ok_or(Missing::Undefined)?;
            Ok(Point::of(fit.beta[1], fit.n).flagged(sample.flags))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let from = start(params, cut.sessions[day]);
        let Ok(sample) = Sample::of(cut, params, day, from) else { return Vec::new() };
        let n = sample.y.len();
        let Some(fit) = sample.fit(0..n) else { return Vec::new() };
        let names = ["path_12m", params.text("short_yield"), params.text("long_yield"), "the market's return"];
        let mut facts = Vec::new();
        for (k, name) in names.iter().enumerate() {
            let unit = if k < 3 { Unit::FractionPoints } else { Unit::Number };
            facts.push(Fact::new(format!("slope on {name}"), fit.beta[k + 1], unit).note(format!("t {:.2}", fit.t(k + 1))));
            facts.push(Fact::new(format!("standard error, {name}"), fit.se[k + 1], unit).note("Newey-West"));
        }
        let note = format!("since {}, Newey-West lags {}", sample.days[0], fit.lags);
        facts.push(Fact::new("R^2", fit.r2, Unit::Fraction).note(note));
        if let Some(alone) = regression::ols(&sample.y, &[&sample.x[0], &sample.x[3]], regression::automatic_lags(n)) {
            let note = format!("with the market alone; t {:.2}", alone.t(1));
            facts.push(Fact::new("slope on path_12m without the yields", alone.beta[1], Unit::FractionPoints).note(note));
        }
        for (label, range) in [("first half", 0..n / 2), ("second half", n / 2..n)] {
            if let Some(half) = sample.fit(range.clone()) {
                let note = format!("{} to {}, t {:.2}", sample.days[range.start], sample.days[range.end - 1], half.t(1));
                facts.push(Fact::new(format!("slope, {label}"), half.beta[1], Unit::FractionPoints).note(note));
            }
        }
        if let Some(s) = Stability::of(&sample.y, &sample.columns(0..n), TRIM) {
            let note = format!("{} and {} degrees of freedom, p {:.3}", s.restrictions, s.freedom, s.chow_p);
            facts.push(Fact::new("Chow's F, between the halves", s.chow, Unit::Number).note(note));
            let q = s.restrictions as f64 * s.sup;
            facts.push(Fact::new("sup-F", s.sup, Unit::Number).on(sample.days[s.at]).note(format!("q F {q:.2}")));
        }
        facts
    }
}
