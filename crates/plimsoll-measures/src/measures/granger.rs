//! Granger causality: between two series, and of a list of candidates for one target with control of their number.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::granger::{Granger, granger};
use crate::kernels::multiple::Control;
use crate::kernels::observed::{self, Observed, changes, compared};
use crate::kernels::series::{self, View, each};
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// The p-value of one series for another.
pub struct GrangerCausality;

/// The share of candidates that lead a target.
pub struct LeadersShare;

const SIDES: [&str; 2] = ["first", "second"];
/// Fewer rows of a regression than this are no estimate.
const FEWEST: usize = 40;

const SESSIONS: ParamSpec = ParamSpec::new("sessions", ParamKind::Int(60, 25_200), "756", "sessions of the estimate");
const EVERY: ParamSpec =
    ParamSpec::new("every", ParamKind::Int(1, 63), "5", "sessions between observations: 5 is a week, 1 a day");
const LAGS: ParamSpec = ParamSpec::new("lags", ParamKind::Int(1, 20), "2", "lags of each series in the regression");
const ERRORS: ParamSpec = ParamSpec::new(
    "errors",
    ParamKind::Choice(&["newey-west", "ordinary"]),
    "newey-west",
    "Wald with Newey-West errors, or the F test",
);

const MISSING: &str =
    "Days that the series do not share are skipped. No value with fewer than 40 rows, or where columns are collinear.";
const POINT_IN_TIME: &str = "Only observations known by the end of the session are used; both sides end on the last day they share. A \
                             p-value over a window is about its past.";
const REFERENCE: &str =
    "Granger (1969), Investigating Causal Relations by Econometric Models and Cross-spectral Methods, Econometrica 37(3)";

static SPEC: Spec = Spec {
    name: "granger",
    title: "Granger causality",
    topic: Topic::Signals,
    unit: Unit::Number,
    summary: "The p-value of the hypothesis that the past of the first series says nothing of the second beyond the second's own past.",
    definition: "Least squares of the change of the second series on a constant, p lags of its own changes and p of the first's; changes over \
                 `every` sessions, counted back from the last shared day. Wald's statistic of the first's lags all being zero, with a \
                 Newey-West covariance of floor(4 (n/100)^(2/9)) lags, against chi-squared with p degrees of freedom; or the F test with \
                 ordinary errors. n is the number of rows. Evidence: both statistics, the sum of the coefficients, and the other direction.",
    params: &[
        ParamSpec::new(
            "first",
            ParamKind::SeriesOrUniverse,
            series::HIGH_YIELD,
            "the one whose past may help; the high-yield spread",
        ),
        ParamSpec::new("second", ParamKind::SeriesOrUniverse, series::SMALL, "the one to foretell; small capitalisation"),
        SESSIONS,
        EVERY,
        LAGS,
        ERRORS,
    ],
    inputs: "Two series or universes as for lead_lag: prices and indices enter as changes of the logarithm, yields and spreads as changes.",
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: &[REFERENCE, "Newey and West (1987), Econometrica 55(3)"],
    verified: "crates/plimsoll-measures/src/kernels/granger.rs (statsmodels)",
};

static LEADERS: Spec = Spec {
    name: "leaders_share",
    title: "Share of candidates that lead",
    topic: Topic::Signals,
    unit: Unit::Fraction,
    summary: "The share of a list of candidate series whose past helps to foretell a target, with the number of candidates counted.",
    definition: "Each candidate is tested as in `granger`; a candidate A/B is the ratio of two series. The p-values are adjusted for their number \
                 by Holm (any false find) or Benjamini and Hochberg (share of false finds); the value is the share of candidates tested \
                 whose adjusted p-value is at most `level`. n is the number of candidates tested. Evidence: each candidate's adjusted \
                 p-value and sum of coefficients, the smallest first.",
    params: &[
        ParamSpec::new(
            "candidates",
            ParamKind::SeriesList,
            "etf:XLU/etf:SPY,etf:WOOD/etf:GLD,etf:IEF/etf:TLT,etf:HYG/etf:IEF,etf:SPY,treasury:10Y|fred:DGS10,treasury:2Y|fred:DGS2,fred:BAMLH0A0HYM2",
            "series, or ratios A/B, separated by commas",
        ),
        ParamSpec::new("target", ParamKind::Series, series::SMALL, "the series to foretell; small capitalisation"),
        SESSIONS,
        EVERY,
        LAGS,
        ERRORS,
        ParamSpec::new("control", ParamKind::Choice(&["holm", "bh"]), "holm", "Holm, or Benjamini and Hochberg"),
        ParamSpec::new("level", ParamKind::Float(0.001, 0.5), "0.05", "the level of the tests together"),
    ],
    inputs: "Series of levels, one value a day: prices and indices enter as changes of the logarithm, yields and spreads as changes.",
    missing: "A candidate that is not known, too short or collinear is not tested and not counted; it is named in the evidence. No value where \
              none can be tested.",
    point_in_time: POINT_IN_TIME,
    references: &[
        REFERENCE,
        "Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6(2)",
        "Benjamini and Hochberg (1995), Controlling the False Discovery Rate, JRSS B 57(1)",
    ],
    verified: "crates/plimsoll-measures/src/kernels/granger.rs (statsmodels); crates/plimsoll-measures/src/kernels/multiple.rs",
};

/// The p-value that the parameters ask for.
fn chosen(g: &Granger, params: &Params) -> f64 {
    if params.text("errors") == "ordinary" { g.f_p } else { g.wald_p }
}

/// Tests on values at shared sessions.
fn test(x: &[f64], y: &[f64], params: &Params) -> Result<Granger, Missing> {
    let every = params.int("every");
    let (dx, dy) = (changes(x, every), changes(y, every));
    let lags = params.int("lags");
    if dy.len() < FEWEST + lags {
        return Err(Missing::TooFew);
    }
    granger(&dx, &dy, lags).ok_or(Missing::Undefined)
}

fn both(cut: &Cut, params: &Params, t: usize) -> Result<([Observed; 2], Granger, Granger), Missing> {
    let n = params.int("sessions");
    let sides = [Observed::of(cut, params, SIDES[0], (n, t))?, Observed::of(cut, params, SIDES[1], (n, t))?];
    let (x, y) = sides[0].shared(&sides[1]);
    let (there, back) = (test(&x, &y, params)?, test(&y, &x, params)?);
    Ok((sides, there, back))
}

impl Measure for GrangerCausality {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        observed::needs(params, &SIDES, params.int("sessions"))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        observed::check(cut, params, &SIDES)?;
        Ok(each(days, |t| {
            let (sides, there, _) = both(cut, params, t)?;
            Ok(Point::of(chosen(&there, params), there.n).flagged(sides[0].flags).flagged(sides[1].flags))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok((sides, there, back)) = both(cut, params, day) else { return Vec::new() };
        let mut facts = Vec::new();
        for (g, from, to) in [(&there, &sides[0].id, &sides[1].id), (&back, &sides[1].id, &sides[0].id)] {
            let direction = format!("{from} to {to}");
            facts.push(Fact::new(format!("F, {direction}"), g.f, Unit::Number).note(format!("p {:.3}", g.f_p)));
            facts.push(
                Fact::new(format!("Wald, {direction}"), g.wald, Unit::Number).note(format!("p {:.3}, Newey-West", g.wald_p)),
            );
            facts.push(Fact::new(format!("sum of coefficients, {direction}"), g.sum, Unit::Number));
        }
        facts
    }
}

/// Every candidate: its text and the test, or why there is none.
type Tested = (String, Result<(Granger, Flags), Missing>);

fn leaders(cut: &Cut, params: &Params, t: usize) -> (Vec<Tested>, Vec<f64>) {
    let window = params.int("sessions");
    let one = |candidate: &str| -> Result<(Granger, Flags), Missing> {
        let mut texts: Vec<&str> = candidate.split('/').collect();
        texts.push(params.text("target"));
        let view = View::of(cut, &texts, t)?;
        let used = view.span(crate::Window::Sessions(window))?;
        let columns = (0..texts.len()).map(|k| compared(&view, k)).collect::<Result<Vec<_>, _>>()?;
        let x: Vec<f64> =
            used.clone().map(|i| if texts.len() == 3 { columns[0][i] - columns[1][i] } else { columns[0][i] }).collect();
        let y = &columns[texts.len() - 1][used.clone()];
        Ok((test(&x, y, params)?, view.flags(used)))
    };
    let tested: Vec<Tested> = params.list("candidates").iter().map(|c| ((*c).to_owned(), one(c))).collect();
    let p: Vec<f64> = tested.iter().filter_map(|(_, r)| r.as_ref().ok()).map(|(g, _)| chosen(g, params)).collect();
    let adjusted = Control::parse(params.text("control")).adjust(&p);
    (tested, adjusted)
}

impl Measure for LeadersShare {
    fn spec(&self) -> &'static Spec {
        &LEADERS
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted(params.list("candidates").into_iter().flat_map(|c| c.split('/')).chain([params.text("target")]))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let (tested, adjusted) = leaders(cut, params, t);
            if adjusted.is_empty() {
                return Err(tested.into_iter().find_map(|(_, r)| r.err()).unwrap_or(Missing::NoData));
            }
            let finds = adjusted.iter().filter(|p| **p <= params.float("level")).count();
            let flags = tested.iter().filter_map(|(_, r)| r.as_ref().ok()).fold(Flags::default(), |f, (_, g)| f.and(*g));
            Ok(Point::of(finds as f64 / adjusted.len() as f64, adjusted.len()).flagged(flags))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let (tested, adjusted) = leaders(cut, params, day);
        let done = tested.iter().filter_map(|(c, r)| Some((c, &r.as_ref().ok()?.0)));
        let mut found: Vec<(f64, &String, &Granger)> = adjusted.iter().copied().zip(done).map(|(p, (c, g))| (p, c, g)).collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut facts: Vec<Fact> = found
            .iter()
            .map(|(p, candidate, g)| {
                let note = format!("alone {:.3}; sum of coefficients {:.3}; {} rows", chosen(g, params), g.sum, g.n);
                Fact::new(format!("adjusted p-value, {candidate}"), *p, Unit::Number).note(note)
            })
            .collect();
        for (candidate, why) in tested.iter().filter_map(|(c, r)| Some((c, r.as_ref().err()?))) {
            facts.push(Fact::new(format!("not tested, {candidate}"), f64::NAN, Unit::Number).note(why.to_string()));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};
    use plimsoll_model::observations::Observations;

    fn noise(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        }
    }

    /// etf:LED repeats a part of etf:LEADER's step of the session before; etf:ALONE is by itself.
    fn world() -> (Vec<Day>, Vec<(String, Observations)>) {
        let days = sessions(Day::ymd(2021, 1, 4), 300);
        let (mut a, mut b, mut c) = (noise(1), noise(2), noise(3));
        let steps: Vec<f64> = days.iter().map(|_| 0.02 * a()).collect();
        let chain = |step: &mut dyn FnMut(usize) -> f64| {
            let mut level: f64 = 100.0;
            (0..300)
                .map(|i| {
                    level *= step(i).exp();
                    level
                })
                .collect::<Vec<f64>>()
        };
        let leader = chain(&mut |i| steps[i]);
        let led = chain(&mut |i| if i > 0 { 0.8 * steps[i - 1] } else { 0.0 } + 0.01 * b());
        let alone = chain(&mut |_| 0.02 * c());
        let batches = vec![batch("etf:LEADER", &days, &leader), batch("etf:LED", &days, &led), batch("etf:ALONE", &days, &alone)];
        (days, batches)
    }

    #[test]
    fn the_planted_direction_is_found() {
        let (days, batches) = world();
        let ask = |a: &str, b: &str, errors: &str| {
            let given = [("first", a), ("second", b), ("sessions", "252"), ("every", "1"), ("errors", errors)];
            measured("granger", &given, batches.clone(), days[299]).0.value.unwrap()
        };
        for errors in ["newey-west", "ordinary"] {
            assert!(ask("etf:LEADER", "etf:LED", errors) < 1e-6);
            assert!(ask("etf:LED", "etf:LEADER", errors) > 0.01);
            assert!(ask("etf:ALONE", "etf:LED", errors) > 0.01);
        }
    }

    #[test]
    fn leaders_are_counted_among_those_tested() {
        let (days, batches) = world();
        let given = [
            ("candidates", "etf:LEADER,etf:ALONE,etf:LEADER/etf:ALONE,etf:NONE"),
            ("target", "etf:LED"),
            ("sessions", "252"),
            ("every", "1"),
        ];
        let (point, facts) = measured("leaders_share", &given, batches.clone(), days[299]);
        assert_eq!(point.n_obs, 3);
        assert!((point.value.unwrap() - 2.0 / 3.0).abs() < 1e-12, "{facts:?}");
        assert!(facts.iter().any(|f| f.label == "not tested, etf:NONE"));
        let given = [("candidates", "etf:NONE"), ("target", "etf:LED")];
        assert_eq!(measured("leaders_share", &given, batches, days[299]).0.value, Err(Missing::NoData));
    }
}
