//! Bull and bear phases by filters: the 20 % rule, and Lunde and Timmermann's two thresholds.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::phases::{self, Turn};
use crate::kernels::series::{self, Extreme, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// The phase by the 20 % rule.
pub struct BullBearPhase;

/// The phase by Lunde and Timmermann's filter.
pub struct PhaseLundeTimmermann;

const SERIES: ParamSpec =
    ParamSpec::new("series", ParamKind::Series, "index:RUT|etf:IWM", "the series, by default the Russell 2000's close");

static SPEC: Spec = Spec {
    name: "bull_bear_phase",
    title: "Bull or bear phase, 20 % rule",
    topic: Topic::Momentum,
    unit: Unit::State,
    summary: "1 in a bull market, -1 in a bear market, as confirmed by then under the 20 % rule on closes.",
    definition: "A bear market begins at a peak and is confirmed on the first close at least 20 % below it; a bull market begins at a trough \
                 and is confirmed on the first close at least 20 % above it. The state of a session is the last phase confirmed by its \
                 close: 1 bull, -1 bear. Of equal extremes the first. Applied strictly: a rally of 20 % within a longer decline is a bull \
                 market of its own (S&P 500: 2001-09-21 to 2002-01-04, 2008-11-20 to 2009-01-06). n is the number of closes.",
    params: &[
        SERIES,
        ParamSpec::new(
            "rise",
            ParamKind::Float(0.01, 1.0),
            "0.20",
            "rise from a trough that confirms a bull market, as a decimal",
        ),
        ParamSpec::new(
            "fall",
            ParamKind::Float(0.01, 0.99),
            "0.20",
            "fall from a peak that confirms a bear market, as a decimal",
        ),
    ],
    inputs: "One series of daily closes (or of returns, `french:`).",
    missing: series::MISSING,
    point_in_time: "A phase counts from the close that confirmed it, never from its peak or trough. Every close known is used from the \
                    first on, so the state does not depend on where a history starts.",
    references: &[
        "S&P Dow Jones Indices, Index Literacy (bear market: at least 20 % below the recent high)",
        "Lunde and Timmermann (2004), Journal of Business and Economic Statistics 22(3), section 2 (the same filter, general thresholds)",
    ],
    verified: "testsuite/tests/real_phases.rs",
};

static LUNDE_TIMMERMANN: Spec = Spec {
    name: "phase_lunde_timmermann",
    title: "Bull or bear phase, Lunde and Timmermann",
    topic: Topic::Momentum,
    unit: Unit::State,
    summary: "1 in a bull market, -1 in a bear market, as confirmed by then under Lunde and Timmermann's filter.",
    definition: "In a bull phase the running maximum is kept; the first close at least lambda2 below it ends the phase at that maximum. In a \
                 bear phase the running minimum is kept; the first close at least lambda1 above it ends the phase at that minimum. The \
                 state of a session is the last phase so confirmed by its close: 1 bull, -1 bear. The paper deflates prices by consumer \
                 prices; this does not. n is the number of closes.",
    params: &[
        SERIES,
        ParamSpec::new("lambda1", ParamKind::Float(0.01, 1.0), "0.20", "rise that begins a bull phase, as a decimal"),
        ParamSpec::new("lambda2", ParamKind::Float(0.01, 0.99), "0.15", "fall that begins a bear phase, as a decimal"),
    ],
    inputs: "One series of daily closes (or of returns, `french:`).",
    missing: series::MISSING,
    point_in_time: "A phase counts from the close that confirmed it, never from its peak or trough.",
    references: &[
        "Lunde and Timmermann (2004), Duration Dependence in Stock Prices: An Analysis of Bull and Bear Markets, Journal of Business and \
         Economic Statistics 22(3), section 2",
    ],
    verified: "testsuite/tests/real_phases.rs",
};

/// Thresholds: rise, fall.
fn thresholds(params: &Params, rise: &str, fall: &str) -> (f64, f64) {
    (params.float(rise), params.float(fall))
}

fn turns(cut: &Cut, view: &View, (rise, fall): (f64, f64)) -> Arc<Vec<Turn>> {
    let frame = view.frame().clone();
    cut.memo(&format!("turns {} {rise} {fall}", view.ids()), || phases::filter(&frame.column[0], rise, fall))
}

fn track(cut: &Cut, params: &Params, days: Range<usize>, by: (f64, f64)) -> Vec<Point> {
    each(days, |t| {
        let view = View::of(cut, &[params.text("series")], t)?;
        let turns = turns(cut, &view, by);
        let known = turns.partition_point(|turn| turn.confirmed <= view.last());
        let turn = known.checked_sub(1).map(|k| turns[k]).ok_or(Missing::WarmUp)?;
        let value = if turn.peak { -1.0 } else { 1.0 };
        Ok(Point::of(value, view.last() + 1).flagged(view.flags(turn.at..view.last() + 1)))
    })
}

fn evidence(cut: &Cut, params: &Params, day: usize, by: (f64, f64)) -> Vec<Fact> {
    let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
    let turns = turns(cut, &view, by);
    let known = &turns[..turns.partition_point(|turn| turn.confirmed <= view.last())];
    let Some(turn) = known.last() else { return Vec::new() };
    let (levels, days) = (view.column(0), view.days());
    let word = |peak: bool| if peak { "peak" } else { "trough" };
    let mut facts = Vec::new();
    for turn in known.iter().rev().take(2) {
        let note = format!("confirmed {}", days[turn.confirmed]);
        facts.push(Fact::new(format!("last {}", word(turn.peak)), levels[turn.at], Unit::Number).on(days[turn.at]).note(note));
    }
    let change = |from: usize| view.level(0) / levels[from] - 1.0;
    facts.push(Fact::new(format!("change since the {}", word(turn.peak)), change(turn.at), Unit::Fraction).on(view.day()));
    // The extreme that would become the next turn.
    let next = if turn.peak { Extreme::Low } else { Extreme::High };
    let at = next.find(levels, turn.at..view.last() + 1).0;
    facts.push(Fact::new(format!("{} since", next.word()), levels[at], Unit::Number).on(days[at]));
    facts.push(Fact::new(format!("change since that {}", next.word()), change(at), Unit::Fraction).on(view.day()));
    let confirms = if turn.peak { levels[at] * (1.0 + by.0) } else { levels[at] * (1.0 - by.1) };
    let word = if turn.peak {
        "a close at or above this confirms a bull market"
    } else {
        "a close at or below this confirms a bear market"
    };
    facts.push(Fact::new("threshold of the next phase", confirms, Unit::Number).note(word));
    facts.push(Fact::new("sessions in the phase", (view.last() - turn.at) as f64, Unit::Sessions).note(view.ids()));
    facts
}

impl Measure for BullBearPhase {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(track(cut, params, days, thresholds(params, "rise", "fall")))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, thresholds(params, "rise", "fall"))
    }
}

impl Measure for PhaseLundeTimmermann {
    fn spec(&self) -> &'static Spec {
        &LUNDE_TIMMERMANN
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(track(cut, params, days, thresholds(params, "lambda1", "lambda2")))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        evidence(cut, params, day, thresholds(params, "lambda1", "lambda2"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn the_state_is_what_was_confirmed() {
        let days = sessions(Day::ymd(2024, 1, 2), 8);
        let closes = batch("index:RUT", &days, &[100.0, 110.0, 95.0, 92.0, 87.0, 80.0, 95.0, 97.0]);
        let state = |name, t: usize| measured(name, &[], vec![closes.clone()], days[t]).0.value;
        let states = |name| (0..8).map(|t| state(name, t).map_or(0, |v| v as i32)).collect::<Vec<_>>();
        // 110 to 88 is a fall of 20 %: confirmed at 87. 80 to 96 is a rise of 20 %: confirmed at 97.
        assert_eq!(states("bull_bear_phase"), [0, 0, 0, 0, -1, -1, -1, 1]);
        // 110 to 93.5 is a fall of 15 %: confirmed at 92.
        assert_eq!(states("phase_lunde_timmermann"), [0, 0, 0, -1, -1, -1, -1, 1]);
        assert_eq!(state("bull_bear_phase", 0), Err(Missing::WarmUp));
        let facts = measured("bull_bear_phase", &[], vec![closes], days[6]).1;
        assert_eq!((facts[0].label.as_str(), facts[0].day), ("last peak", Some(days[1])));
        assert_eq!(facts[0].note, format!("confirmed {}", days[4]));
        let next = facts.iter().find(|f| f.label == "threshold of the next phase").unwrap();
        assert!((next.value.unwrap() - 96.0).abs() < 1e-12);
    }
}
