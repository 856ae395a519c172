//! Which of two series leads the other, by how many sessions, and how surely.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::granger::cross_correlations;
use crate::kernels::lead_lag::{self as kernel, Chance, Clock, Grid};
use crate::kernels::observed::{self, Observed, changes};
use crate::kernels::series::{self, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// The lag at which the covariance is largest.
pub struct LeadLag;

/// Strength of lead against lag.
pub struct LeadLagRatio;

/// Fewer increments than this of either side are no estimate.
const FEWEST: usize = 30;

const SIDES: [&str; 2] = ["first", "second"];

static PARAMS: &[ParamSpec] = &[
    ParamSpec::new(
        "first",
        ParamKind::SeriesOrUniverse,
        "fred:BAMLH0A0HYM2",
        "the one that leads where the lag is positive; the high-yield spread",
    ),
    ParamSpec::new("second", ParamKind::SeriesOrUniverse, series::SMALL, "the one it is compared with; small capitalisation"),
    ParamSpec::new("sessions", ParamKind::Int(40, 25_200), "252", "sessions of the estimate"),
    ParamSpec::new("max_lag", ParamKind::Int(1, 126), "10", "the furthest lag either way, in sessions"),
];

const INPUTS: &str = "Two series, one value a day on days of their own (closes, yields, spreads; returns `french:` are chained), or the \
                      capitalisation-weighted index of a universe. Prices and indices enter as logarithms, yields and spreads as levels.";
const MISSING: &str = "Days on which a side has no value make its next increment longer; nothing is filled in. Days without a session of \
                       the exchange are skipped. No value with fewer than 30 increments of either side, or where one does not vary.";
const POINT_IN_TIME: &str = "Only observations known by the end of the session are used. An estimate over a window is about its past; a \
                             spread or yield released a day late ends a day earlier.";

static SPEC: Spec = Spec {
    name: "lead_lag",
    title: "Lead-lag",
    topic: Topic::Signals,
    unit: Unit::Sessions,
    summary: "The lag, in sessions, at which two series move together most: positive where the first leads the second.",
    definition: "U(k) = sum over i, j of dX_i dY_j where the interval of dX_i, moved k sessions forward, overlaps that of dY_j (the contrast of \
                 Hoffmann, Rosenbaum and Yoshida; k = 0 is Hayashi and Yoshida's covariance); the value is the k within max_lag at which \
                 |U| is largest, of equal ones the nearest to 0. Time is counted in sessions. n is the number of increments of the side \
                 that has fewer. Evidence: the correlation U(k) / (sum dX^2 sum dY^2)^(1/2) at the lag found and at each lag, the ratio of \
                 lead to lag, the p-value of any dependence (499 stationary bootstrap draws of the second side's increments in blocks of \
                 20 on average, largest |U| over all lags) and of lead other than lag (499 flips of the sign of U(k) - U(-k) in blocks of \
                 10 increments); cross-correlations of shared sessions with Bartlett's 95 % band.",
    params: PARAMS,
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: &[
        "Hayashi and Yoshida (2005), On covariance estimation of non-synchronously observed diffusion processes, Bernoulli 11(2)",
        "Hoffmann, Rosenbaum and Yoshida (2013), Estimation of the lead-lag parameter from non-synchronous data, Bernoulli 19(2)",
        "Politis and Romano (1994), The Stationary Bootstrap, JASA 89",
        "Bartlett (1955), An Introduction to Stochastic Processes, section 9.3",
    ],
    verified: "testsuite/tests/real_lead_lag.rs (lead-lag from PyPI)",
};

static RATIO: Spec = Spec {
    name: "lead_lag_ratio",
    title: "Ratio of lead to lag",
    topic: Topic::Signals,
    unit: Unit::Multiple,
    summary: "How much stronger the first of two series leads than it follows: above 1 the first leads.",
    definition: "Sum over k = 1..max_lag of rho(k)^2 over the same sum at -k, rho the correlation of lead_lag at lag k in sessions. n is the \
                 number of increments of the side that has fewer.",
    params: PARAMS,
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: &["Huth and Abergel (2014), High frequency lead/lag relationships, Journal of Empirical Finance 26, section 2"],
    verified: "testsuite/tests/real_lead_lag.rs (lead-lag from PyPI)",
};

struct Pair {
    sides: [Observed; 2],
    found: kernel::LeadLag,
    n: usize,
}

impl Pair {
    fn of(cut: &Cut, params: &Params, t: usize) -> Result<Pair, Missing> {
        let n = params.int("sessions");
        let sides = [Observed::of(cut, params, SIDES[0], (n, t))?, Observed::of(cut, params, SIDES[1], (n, t))?];
        let n = sides.iter().map(|s| s.time.len().saturating_sub(1)).min().unwrap_or(0);
        if n < FEWEST {
            return Err(Missing::TooFew);
        }
        let found = kernel::lead_lag(sides[0].ticks(), sides[1].ticks(), 1, params.int("max_lag")).ok_or(Missing::Undefined)?;
        Ok(Pair { sides, found, n })
    }
    fn point(&self, value: f64) -> Point {
        Point::of(value, self.n).flagged(self.sides[0].flags).flagged(self.sides[1].flags)
    }
}

fn evidence(cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
    let Ok(pair) = Pair::of(cut, params, day) else { return Vec::new() };
    let reach = params.int("max_lag");
    let [x, y] = &pair.sides;
    let (found, names) = (&pair.found, format!("{} and {}", x.id, y.id));
    let mut facts = vec![
        Fact::new("lag", found.lag as f64, Unit::Sessions).note(format!("positive: {} leads {}", x.id, y.id)),
        Fact::new("correlation at that lag", found.strength(), Unit::Number).note(names),
        Fact::new("correlation at lag 0", found.correlation[reach], Unit::Number).note("Hayashi and Yoshida"),
    ];
    if let Some(ratio) = found.ratio {
        facts.push(Fact::new("ratio of lead to lag", ratio, Unit::Multiple));
    }
    if let Some(p) = kernel::dependence(x.ticks(), y.ticks(), (1, reach), Chance::default()) {
        facts.push(Fact::new("p-value of any dependence", p, Unit::Number).note("stationary bootstrap"));
    }
    let span = x.time.iter().chain(&y.time).fold((i64::MAX, i64::MIN), |(a, b), t| (a.min(*t), b.max(*t)));
    let clock = Clock { blocks: vec![span], step: 1, reach };
    if let Ok(grid) = Grid::new(&[x.ticks(), y.ticks()], clock)
        && let Some(p) = grid.asymmetry(0, 1, Chance { block: 10, ..Chance::default() })
    {
        facts.push(Fact::new("p-value of lead other than lag", p, Unit::Number).note("signs flipped block by block"));
    }
    for (k, rho) in (-(reach as i64)..=reach as i64).zip(&found.correlation) {
        facts.push(Fact::new(format!("correlation at lag {k:+}"), *rho, Unit::Number));
    }
    let (a, b) = x.shared(y);
    for cross in cross_correlations(&changes(&a, 1), &changes(&b, 1), reach.min(5)).unwrap_or_default() {
        let note = format!("on shared sessions; band of independence \u{b1}{:.2}", cross.band);
        facts.push(Fact::new(format!("cross-correlation at lag {:+}", cross.lag), cross.value, Unit::Number).note(note));
    }
    facts
}

impl Measure for LeadLag {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        observed::needs(params, &SIDES, params.int("sessions"))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        observed::check(cut, params, &SIDES)?;
        Ok(each(days, |t| Pair::of(cut, params, t).map(|p| p.point(p.found.lag as f64))))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day)
    }
}

impl Measure for LeadLagRatio {
    fn spec(&self) -> &'static Spec {
        &RATIO
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        observed::needs(params, &SIDES, params.int("sessions"))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        observed::check(cut, params, &SIDES)?;
        Ok(each(days, |t| Pair::of(cut, params, t).and_then(|p| p.found.ratio.map(|r| p.point(r)).ok_or(Missing::Undefined))))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    /// Closes of a pair in which the second repeats the first's steps three sessions later.
    fn pair() -> (Vec<Day>, Vec<f64>, Vec<f64>) {
        let days = sessions(Day::ymd(2022, 1, 3), 200);
        // Numbers without a pattern, the same everywhere.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let steps: Vec<f64> = (0..203)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                0.02 * ((state >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
            })
            .collect();
        let step = |i: i64| steps[(i + 3) as usize];
        let chain = |behind: i64| {
            let mut level: f64 = 100.0;
            (0..200)
                .map(|i| {
                    level *= step(i - behind).exp();
                    level
                })
                .collect::<Vec<f64>>()
        };
        (days, chain(0), chain(3))
    }

    #[test]
    fn a_planted_lead_has_its_sign_and_swapping_flips_it() {
        let (days, first, second) = pair();
        let batches = vec![batch("etf:AAA", &days, &first), batch("etf:BBB", &days, &second)];
        let ask = |name, a: &str, b: &str| {
            measured(name, &[("first", a), ("second", b), ("sessions", "150")], batches.clone(), days[199])
        };
        let (point, facts) = ask("lead_lag", "etf:AAA", "etf:BBB");
        assert_eq!((point.value, point.n_obs), (Ok(3.0), 150));
        assert_eq!(ask("lead_lag", "etf:BBB", "etf:AAA").0.value, Ok(-3.0));
        let (ahead, behind) = (ask("lead_lag_ratio", "etf:AAA", "etf:BBB").0, ask("lead_lag_ratio", "etf:BBB", "etf:AAA").0);
        assert!(ahead.value.unwrap() > 1.0 && (ahead.value.unwrap() * behind.value.unwrap() - 1.0).abs() < 1e-9);
        let fact = |label: &str| facts.iter().find(|f| f.label == label).unwrap().value.unwrap();
        assert!(fact("correlation at that lag") > 0.95 && fact("p-value of any dependence") < 0.01);
        assert!((fact("cross-correlation at lag +3") - fact("correlation at lag +3")).abs() < 0.05);
    }

    #[test]
    fn a_window_without_observations_gives_a_reason() {
        let (days, first, second) = pair();
        let batches =
            vec![batch("etf:AAA", &days, &first), batch("etf:BBB", &days, &[5.0; 200]), batch("etf:CCC", &days, &second)];
        let ask = |b: &str, n: &str| {
            measured("lead_lag", &[("first", "etf:AAA"), ("second", b), ("sessions", n)], batches.clone(), days[199]).0.value
        };
        assert_eq!(ask("etf:BBB", "150"), Err(Missing::Undefined));
        assert_eq!(ask("etf:CCC", "252"), Err(Missing::WarmUp));
        assert_eq!(ask("etf:DDD", "150"), Err(Missing::NoData));
    }
}
