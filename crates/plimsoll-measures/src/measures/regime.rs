//! Regimes: the filtered probability of the turbulent state of a Markov-switching model, and scenario weights from it.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::observed::compared;
use crate::kernels::series::{self, View, each};
use crate::kernels::switching::{FEWEST, MOST, Switching};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Probability of the turbulent state now.
pub struct RegimeProbability;

/// Weight of the hard landing.
pub struct HardLandingWeight;

/// Parameters are estimated anew whenever this many observations have come: a quarter of weeks.
const REFIT: usize = 13;

const SERIES: ParamSpec =
    ParamSpec::new("series", ParamKind::Series, "index:GSPC|etf:SPY", "prices, or a yield or spread: its changes are modelled");
const STATES: ParamSpec = ParamSpec::new("states", ParamKind::Int(2, 3), "2", "states of the chain");
const EVERY: ParamSpec = ParamSpec::new(
    "every",
    ParamKind::Int(1, 21),
    "5",
    "days of the series between observations, counted from its first: 5 is a week",
);
const HORIZON: ParamSpec = ParamSpec::new("horizon", ParamKind::Int(1, 260), "13", "observations ahead: 13 weeks are a quarter");

const INPUTS: &str = "One series with a value a day: changes of the logarithm of prices and indices (returns `french:` are chained), changes of \
                      yields and spreads as they are.";
const MISSING: &str = "No value with fewer than 60 observations, or where they do not vary. An estimate that does not converge from any start \
                       gives none. A value whose last day is more than 3 sessions old is flagged stale.";
const POINT_IN_TIME: &str = "An expanding window of everything known by then. Parameters are estimated anew every 13th observation from the \
                             observations up to it; the probability is filtered, never smoothed: it uses no later observation.";

static SPEC: Spec = Spec {
    name: "regime_probability",
    title: "Probability of the turbulent regime",
    topic: Topic::Signals,
    unit: Unit::Fraction,
    summary: "The filtered probability, by a Markov-switching model, that a series is in its most volatile state: model output, not fact.",
    definition: "Changes over `every` days are drawn from one of two or three normal laws, each with its mean and variance; the law changes as a \
                 Markov chain. Maximum likelihood by expectation-maximisation from three fixed starts, the chain beginning in its \
                 stationary law; states in order of their deviation, the last is the turbulent one. The value is its probability given the \
                 observations so far (Hamilton's filter). n is the number of observations. Evidence: mean, deviation, expected length and \
                 probability of each state, per observation.",
    params: &[SERIES, STATES, EVERY],
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: &[
        "Hamilton (1989), A New Approach to the Economic Analysis of Nonstationary Time Series and the Business Cycle, Econometrica 57(2)",
        "Hamilton (1990), Analysis of Time Series Subject to Changes in Regime, Journal of Econometrics 45",
        "Kim (1994), Dynamic Linear Models with Markov-Switching, Journal of Econometrics 60 (the backward pass of the estimate)",
    ],
    verified: "testsuite/tests/real_regimes.rs (statsmodels MarkovRegression)",
};

static WEIGHT: Spec = Spec {
    name: "hard_landing_weight",
    title: "Scenario weight of a hard landing",
    topic: Topic::Signals,
    unit: Unit::Fraction,
    summary: "The weight that the regime model gives to a hard landing: that the turbulent state holds now or at some time within a horizon.",
    definition: "1 less the probability that none of the next `horizon` observations, nor the present, lies in the turbulent state of \
                 `regime_probability`: 1 - 1' (P_cc)^h p_c, p the filtered probabilities and P the transitions among the other states. A \
                 soft landing has the rest. Calling the turbulent state a hard landing is an interpretation. n is the number of observations.",
    params: &[SERIES, STATES, EVERY, HORIZON],
    inputs: INPUTS,
    missing: MISSING,
    point_in_time: POINT_IN_TIME,
    references: &["Hamilton (1989), Econometrica 57(2)"],
    verified: "testsuite/tests/real_regimes.rs (statsmodels MarkovRegression)",
};

/// A chain fitted to the first observations, and what it filters up to the next estimate.
struct Fitted {
    model: Switching,
    filtered: Vec<[f64; MOST]>,
}

/// The state of one session.
struct Now {
    fitted: Arc<Option<Fitted>>,
    view: View,
    /// Observations.
    n: usize,
}

impl Now {
    fn of(cut: &Cut, params: &Params, t: usize) -> Result<Now, Missing> {
        let view = View::of(cut, &[params.text("series")], t)?;
        let (states, every) = (params.int("states"), params.int("every"));
        // Observation i is the change from row i * every to row (i + 1) * every, whatever the session.
        let n = (view.days().len() - 1) / every;
        if n < FEWEST {
            return Err(Missing::WarmUp);
        }
        let estimated = (n / REFIT * REFIT).max(FEWEST);
        let values = compared(&view, 0)?;
        let key = format!("switching {} {states} {every} {estimated} {}", view.ids(), n.max(estimated));
        let fitted = cut.memo(&key, || {
            let kept: Vec<f64> = values.iter().step_by(every).take(n + 1).copied().collect();
            let changes: Vec<f64> = kept.windows(2).map(|w| w[1] - w[0]).collect();
            let estimate = cut.memo(&format!("switching {} {states} {every} {estimated}", view.ids()), || {
                Switching::fit(&changes[..estimated], states)
            });
            estimate.as_ref().as_ref().map(|m| Fitted { model: m.clone(), filtered: m.filter(&changes).0 })
        });
        if fitted.is_none() {
            return Err(Missing::Undefined);
        }
        Ok(Now { fitted, view, n })
    }
    fn parts(&self) -> (&Switching, &[f64; MOST]) {
        let fitted = self.fitted.as_ref().as_ref().expect("checked");
        (&fitted.model, &fitted.filtered[self.n - 1])
    }
    fn point(&self, value: f64) -> Point {
        Point::of(value, self.n).flagged(self.view.flags(0..self.view.last() + 1))
    }
}

/// What one calls the states, calmest first.
fn words(states: usize) -> &'static [&'static str] {
    if states == 2 { &["calm", "turbulent"] } else { &["calm", "middle", "turbulent"] }
}

fn evidence(now: &Now, horizon: usize) -> Vec<Fact> {
    let (model, p) = now.parts();
    let mut facts = Vec::new();
    for (s, word) in words(model.states).iter().enumerate() {
        facts.push(Fact::new(format!("probability, {word}"), p[s], Unit::Fraction).note("filtered"));
        let note = format!("deviation {:.4}, per observation", model.deviation[s]);
        facts.push(Fact::new(format!("mean, {word}"), model.mean[s], Unit::Number).note(note));
        facts.push(Fact::new(format!("expected length, {word}"), model.duration(s), Unit::Number).note("observations"));
    }
    let hard = model.reaches_last(p, horizon);
    facts.push(Fact::new("scenario weight, soft landing", 1.0 - hard, Unit::Fraction).note("model output, not fact"));
    let note = format!("turbulent now or within {horizon} observations; model output, not fact");
    facts.push(Fact::new("scenario weight, hard landing", hard, Unit::Fraction).note(note));
    facts.push(Fact::new("observations", now.n as f64, Unit::Count).on(now.view.day()).note(now.view.ids()));
    facts
}

impl Measure for RegimeProbability {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let now = Now::of(cut, params, t)?;
            let (model, p) = now.parts();
            Ok(now.point(p[model.states - 1]))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        Now::of(cut, params, day).map(|now| evidence(&now, 13)).unwrap_or_default()
    }
}

impl Measure for HardLandingWeight {
    fn spec(&self) -> &'static Spec {
        &WEIGHT
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let now = Now::of(cut, params, t)?;
            let (model, p) = now.parts();
            Ok(now.point(model.reaches_last(p, params.int("horizon"))))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        Now::of(cut, params, day).map(|now| evidence(&now, params.int("horizon"))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    /// A calm market with a storm from session 300 to 349.
    fn storm() -> (Vec<Day>, Vec<f64>) {
        let days = sessions(Day::ymd(2020, 1, 2), 500);
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut level: f64 = 100.0;
        let closes = (0..500)
            .map(|i| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let noise = (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
                level *= (if (300..350).contains(&i) { 0.12 } else { 0.02 } * noise).exp();
                level
            })
            .collect();
        (days, closes)
    }

    #[test]
    fn a_planted_storm_is_seen_while_it_lasts() {
        let (days, closes) = storm();
        let ask = |name, t: usize| measured(name, &[("every", "1")], vec![batch("index:GSPC", &days, &closes)], days[t]);
        let p = |t: usize| ask("regime_probability", t).0.value.unwrap();
        assert!(p(340) > 0.9 && p(450) < 0.2, "{} {}", p(340), p(450));
        let (weight, facts) = ask("hard_landing_weight", 450);
        assert!(weight.value.unwrap() >= p(450) && weight.value.unwrap() < 0.9);
        let of = |label: &str| facts.iter().find(|f| f.label == label).unwrap().value.unwrap();
        assert!((of("scenario weight, soft landing") + of("scenario weight, hard landing") - 1.0).abs() < 1e-12);
        assert_eq!(ask("regime_probability", 50).0.value, Err(Missing::WarmUp));
    }
}
