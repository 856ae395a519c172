//! Whether credit is in an event: high, wide and fast at once.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::series::{self, Extreme, View, each};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable, Window};

/// How many of three signs of a credit event are there.
pub struct CreditEvent;

static SPEC: Spec = Spec {
    name: "credit_event",
    title: "Signs of a credit event",
    topic: Topic::Credit,
    unit: Unit::Count,
    summary: "How many of three signs a credit spread shows: high against its past, far above its low, rising fast. Three are an event.",
    definition: "One each where (1) the rank of the spread among the past 5 years of sessions is at least `rank`; (2) it stands at least `widening` bp \
                 above its low of the past year; (3) it rose by at least `speed` bp over the past 21 sessions. The rank is that of \
                 spread_percentile. An event begins on the first session with three and is over when none is left. n is the number of \
                 observations ranked.",
    params: &[
        ParamSpec::new("series", ParamKind::Series, series::HIGH_YIELD, "the spread, in per cent"),
        ParamSpec::new(
            "years",
            ParamKind::Int(1, 50),
            "5",
            "years of 252 sessions for the rank; fewer where fewer are known, one at least",
        ),
        ParamSpec::new("rank", ParamKind::Float(0.0, 1.0), "0.8", "the rank from which the spread is high"),
        ParamSpec::new("widening", ParamKind::Float(0.0, 5000.0), "200", "basis points above the low from which it is wide"),
        ParamSpec::new("speed", ParamKind::Float(0.0, 5000.0), "100", "basis points over 21 sessions from which it is fast"),
    ],
    inputs: "One series in per cent, one value a business day.",
    missing: series::MISSING,
    point_in_time: series::POINT_IN_TIME,
    references: &[
        "Gilchrist and Zakrajsek (2012), Credit Spreads and Business Cycle Fluctuations, American Economic Review 102(4): why spreads; the thresholds are ours",
    ],
    verified: "testsuite/tests/real_credit_event.rs",
};

/// The sessions of the speed.
const MONTH: usize = 21;
const YEAR: usize = 252;

struct Signs {
    rank: f64,
    widening: f64,
    speed: f64,
    n: usize,
    low: usize,
    base: usize,
}

fn signs(view: &View, years: usize) -> Result<Signs, Missing> {
    let levels = view.column(0);
    let span = view.span(Window::Sessions(YEAR * years)).or_else(|_| {
        // A history shorter than the window ranks what it has.
        if view.last() + 1 >= YEAR { Ok(0..view.last() + 1) } else { Err(Missing::WarmUp) }
    })?;
    let now = view.level(0);
    let (below, equal) =
        levels[span.clone()].iter().fold((0usize, 0usize), |(b, e), v| (b + usize::from(*v < now), e + usize::from(*v == now)));
    let (low, _) = Extreme::Low.find(levels, view.span(Window::Sessions(YEAR))?);
    let base = view.base(Window::Sessions(MONTH))?;
    Ok(Signs {
        rank: (below as f64 + equal as f64 / 2.0) / span.len() as f64,
        widening: 100.0 * (now - levels[low]),
        speed: 100.0 * (now - levels[base]),
        n: span.len(),
        low,
        base,
    })
}

impl Signs {
    fn met(&self, params: &Params) -> [bool; 3] {
        // Rounding must not decide a tie.
        let reaches = |value: f64, name: &str| value >= params.float(name) - 1e-9;
        [reaches(self.rank, "rank"), reaches(self.widening, "widening"), reaches(self.speed, "speed")]
    }
}

impl Measure for CreditEvent {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        series::wanted([params.text("series")])
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        Ok(each(days, |t| {
            let view = View::of(cut, &[params.text("series")], t)?;
            let signs = signs(&view, params.int("years"))?;
            let met = signs.met(params).into_iter().filter(|m| *m).count();
            let used = view.last() + 1 - signs.n.min(view.last() + 1)..view.last() + 1;
            Ok(Point::of(met as f64, signs.n).flagged(view.flags(used)))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(view) = View::of(cut, &[params.text("series")], day) else { return Vec::new() };
        let Ok(s) = signs(&view, params.int("years")) else { return Vec::new() };
        let word = |met: bool, bound: String| format!("{} (from {bound})", if met { "yes" } else { "no" });
        let met = s.met(params);
        let bp = |name: &str| Unit::BasisPoints.format(params.float(name));
        let days = view.days();
        vec![
            Fact::new("spread", 100.0 * view.level(0), Unit::BasisPoints).on(view.day()).note(view.ids()),
            Fact::new("rank in its past", s.rank, Unit::Fraction).note(word(met[0], Unit::Fraction.format(params.float("rank")))),
            Fact::new("above its low", s.widening, Unit::BasisPoints).on(days[s.low]).note(word(met[1], bp("widening"))),
            Fact::new("over 21 sessions", s.speed, Unit::BasisPoints).on(days[s.base]).note(word(met[2], bp("speed"))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn three_signs_one_by_one() {
        let days = sessions(Day::ymd(2022, 1, 3), 300);
        let given = [("series", "fred:BAMLC0A0CM"), ("years", "1")];
        let at = |tail: &dyn Fn(usize) -> f64| {
            let values: Vec<f64> = (0..300).map(|i| if i < 270 { 4.0 + 0.001 * (i % 7) as f64 } else { tail(i) }).collect();
            measured("credit_event", &given, vec![batch("fred:BAMLC0A0CM", &days, &values)], days[299]).0
        };
        // High only: 5 bp up.
        assert_eq!(at(&|_| 4.05).value, Ok(1.0));
        // High and wide, but not fast: it rose 30 sessions ago.
        assert_eq!(at(&|_| 6.5).value, Ok(2.0));
        // All three: it rises by 10 bp a session.
        let all = at(&|i| 4.0 + 0.1 * (i - 269) as f64);
        assert_eq!((all.value, all.n_obs), (Ok(3.0), 252));
        // None: it fell.
        assert_eq!(at(&|_| 3.9).value, Ok(0.0));
    }
}
