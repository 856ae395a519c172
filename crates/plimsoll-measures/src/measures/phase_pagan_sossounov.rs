//! Bull and bear phases by Pagan and Sossounov's dating of monthly closes.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::phases::PaganSossounov;
use crate::kernels::series::{self, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// The phase by Pagan and Sossounov's rules.
pub struct PhasePaganSossounov;

static SPEC: Spec = Spec {
    name: "phase_pagan_sossounov",
    title: "Bull or bear phase, Pagan and Sossounov",
    topic: Topic::Momentum,
    unit: Unit::State,
    summary: "1 in a bull market, -1 in a bear market, by the turning points of monthly closes that were certain by then.",
    definition: "On the last close of each complete month: peaks (troughs) are the highest (lowest) of 8 months on either side; turns \
                 alternate (the highest of neighbouring peaks, the lowest of neighbouring troughs); none within 6 months of either end, \
                 nor one that a later month at the end of the sample surpasses; no cycle shorter than 16 months (the lower peak or higher \
                 trough goes); no phase shorter than 4 months unless it moves at least 20 %. The state is 1 after a trough, -1 after a \
                 peak. n is the number of months.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, "index:RUT|etf:IWM", "the series, by default the Russell 2000's close"),
        ParamSpec::new("window", ParamKind::Int(1, 60), "8", "months on either side of a turn"),
        ParamSpec::new("phase", ParamKind::Int(1, 60), "4", "the least length of a phase in months"),
        ParamSpec::new("cycle", ParamKind::Int(1, 120), "16", "the least length of a cycle in months"),
    ],
    inputs: "One series of daily closes (or of returns, `french:`); the last close of each month is used.",
    missing: series::MISSING,
    point_in_time: "The dating is run anew on the months known at each session: a turn counts from the month that made it certain, at least \
                    8 months after it, and a turn that later months undo is not used before they do. Datings of a whole sample, as \
                    published, know the turn at once.",
    references: &[
        "Pagan and Sossounov (2003), A Simple Framework for Analysing Bull and Bear Markets, Journal of Applied Econometrics 18(1), \
         Appendix B",
        "Bry and Boschan (1971), Cyclical Analysis of Time Series, NBER",
    ],
    verified: "testsuite/replication/pagan-sossounov-2003/README.md (32 of 32 turning points)",
};

/// Last observation of each month of a frame.
fn month_ends(days: &[Day]) -> Vec<usize> {
    (0..days.len()).filter(|&i| days.get(i + 1).is_none_or(|next| next.month_start() != days[i].month_start())).collect()
}

/// Turning points of the months complete by then.
struct Dated {
    view: View,
    months: Arc<Vec<usize>>,
    complete: usize,
    rules: PaganSossounov,
}

impl Dated {
    fn of(cut: &Cut, params: &Params, t: usize) -> Result<Dated, Missing> {
        let view = View::of(cut, &[params.text("series")], t)?;
        let frame = view.frame().clone();
        let months = cut.memo(&format!("month ends {}", view.ids()), || month_ends(&frame.day));
        let before = months.partition_point(|&m| m < view.last());
        // The month of the last observation is complete where no session of it is left.
        let ends = Calendar::nyse().next(view.day()).month_start() != view.day().month_start();
        let complete = before + usize::from(ends && months.get(before) == Some(&view.last()));
        let rules = PaganSossounov {
            window: params.int("window"),
            phase: params.int("phase"),
            cycle: params.int("cycle"),
            ..PaganSossounov::default()
        };
        Ok(Dated { view, months, complete, rules })
    }
    fn closes(&self, complete: usize) -> Vec<f64> {
        self.months[..complete].iter().map(|&i| self.view.column(0)[i]).collect()
    }
    fn turns(&self, cut: &Cut) -> Arc<Vec<(usize, bool)>> {
        let r = self.rules;
        let key = format!("pagan-sossounov {} {} {} {} {}", self.view.ids(), r.window, r.phase, r.cycle, self.complete);
        cut.memo(&key, || r.turns(&self.closes(self.complete)))
    }
}

impl Measure for PhasePaganSossounov {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let dated = Dated::of(cut, params, t)?;
            let turns = dated.turns(cut);
            let (at, peak) = *turns.last().ok_or(Missing::WarmUp)?;
            let value = if peak { -1.0 } else { 1.0 };
            let used = dated.months[at]..dated.view.last() + 1;
            Ok(Point::of(value, dated.complete).flagged(dated.view.flags(used)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(dated) = Dated::of(cut, params, day) else { return Vec::new() };
        let turns = dated.turns(cut);
        let (levels, days) = (dated.view.column(0), dated.view.days());
        let mut facts = Vec::new();
        for (k, &(at, peak)) in turns.iter().rev().take(2).enumerate() {
            let end = dated.months[at];
            let label = format!("last {}", if peak { "peak" } else { "trough" });
            let mut fact = Fact::new(label, levels[end], Unit::Number).on(days[end]);
            if k == 0 {
                // The first month from which on the dating has always ended with this turn.
                let certain = |n: &usize| dated.rules.turns(&dated.closes(*n)).last() == Some(&(at, peak));
                let first = (at + 1..=dated.complete).rev().take_while(certain).last().unwrap_or(dated.complete);
                fact = fact.note(format!("certain from {}", days[dated.months[first - 1]]));
            }
            facts.push(fact);
        }
        if let Some(&(at, peak)) = turns.last() {
            let change = dated.view.level(0) / levels[dated.months[at]] - 1.0;
            let label = if peak { "change since the peak" } else { "change since the trough" };
            facts.push(Fact::new(label, change, Unit::Fraction).on(dated.view.day()).note(dated.view.ids()));
            facts.push(Fact::new("months since", (dated.complete - 1 - at) as f64, Unit::Count));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured};

    #[test]
    fn a_peak_is_known_eight_months_later() {
        // Rising to March 2021, falling to June 2022, rising after: one value a session.
        let days = Calendar::nyse().between(Day::ymd(2019, 1, 2), Day::ymd(2023, 12, 29)).to_vec();
        let peak = Day::ymd(2021, 3, 31);
        let trough = Day::ymd(2022, 6, 30);
        let level = |d: Day| match d {
            d if d <= peak => 1000.0 + f64::from(d.0 - days[0].0),
            d if d <= trough => 1000.0 + f64::from(peak.0 - days[0].0) - 0.8 * f64::from(d.0 - peak.0),
            d => 1000.0 + f64::from(peak.0 - days[0].0) - 0.8 * f64::from(trough.0 - peak.0) + f64::from(d.0 - trough.0),
        };
        let values: Vec<f64> = days.iter().map(|d| level(*d)).collect();
        let closes = batch("index:RUT", &days, &values);
        let at = |day| measured("phase_pagan_sossounov", &[], vec![closes.clone()], day);
        assert_eq!(at(Day::ymd(2021, 11, 29)).0.value, Err(Missing::WarmUp));
        let (point, facts) = at(Day::ymd(2021, 11, 30));
        assert_eq!((point.value, point.n_obs), (Ok(-1.0), 35));
        assert_eq!(facts[0].day, Some(peak));
        assert_eq!(facts[0].note, "certain from 2021-11-30");
        assert_eq!(at(Day::ymd(2023, 2, 27)).0.value, Ok(-1.0));
        let (point, facts) = at(Day::ymd(2023, 2, 28));
        assert_eq!(point.value, Ok(1.0));
        assert_eq!((facts[0].label.as_str(), facts[0].day), ("last trough", Some(trough)));
        assert_eq!((facts[1].label.as_str(), facts[1].day), ("last peak", Some(peak)));
    }
}
