//! How far apart members' returns lie.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members::{self as members, Back};
use crate::kernels::constituents::Constituents;
use crate::kernels::index::Index;
use crate::kernels::stretches;
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Cross-sectional dispersion of returns.
pub struct ReturnDispersion;

static SPEC: Spec = Spec {
    name: "return_dispersion",
    title: "Return dispersion",
    topic: Topic::Masking,
    unit: Unit::Fraction,
    summary: "The cross-sectional standard deviation of the members' daily returns, over the past n sessions.",
    definition: "On each session the variance across members around their mean, sum w(i) (r(i) - sum w r)^2 with weights at the previous \
                 close (equal: 1/N); the value is the root of its mean over n sessions. n_obs is the number of members on the last.",
    params: &[
        members::UNIVERSE,
        ParamSpec::new("n", ParamKind::Int(1, 1000), "21", "sessions"),
        ParamSpec { default: "cap", ..members::WEIGHT },
    ],
    inputs: members::INPUTS,
    missing: members::MISSING,
    point_in_time: members::POINT_IN_TIME,
    references: &["Edwards, T. and Lazzara, C. (2013), Dispersion: measuring market opportunity, S&P Dow Jones Indices"],
    verified: "bench/masking (pandas, polars)",
};

/// Cross-sectional variance of each session.
fn variances(c: &Constituents<'_>, weight: &str) -> Arc<Vec<f64>> {
    c.cut.memo(&c.key("dispersion", weight), || {
        let (caps, equal) = (c.opening_caps(), weight == "equal");
        let mean = if equal { Index::equal_daily(c) } else { c.index() };
        let sums = stretches::by_session(c.sessions(), |days, out: &mut [(f64, f64)]| {
            for (row, &i) in c.rows().iter().enumerate() {
                let (member, caps, returns) = (c.universe.row(i), caps.row(row), c.cut.panel.ret.row(i));
                for (t, out) in days.clone().zip(out.iter_mut()) {
                    let weight = if equal { f64::from(member[t]) } else { caps[t] };
                    if member[t] != 0 && weight.is_finite() && returns[t].is_finite() {
                        out.0 += weight;
                        out.1 += weight * (returns[t] - mean.ret[t]) * (returns[t] - mean.ret[t]);
                    }
                }
            }
        });
        sums.into_iter().map(|(weight, squares)| squares / weight).collect()
    })
}

impl Measure for ReturnDispersion {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        members::needs(params, params.int("n") + 1)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let c = Constituents::of(cut, params)?;
        let n = params.int("n");
        let (variances, index) = (variances(&c, params.text("weight")), c.index());
        members::points(&c, days, Back::Window(crate::Window::Sessions(n)), |first, t| {
            let mean = variances[first..=t].iter().sum::<f64>() / n as f64;
            if mean.is_nan() { Err(Missing::NoData) } else { Ok((mean.sqrt(), index.members[t] as usize)) }
        })
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        let today = variances(&c, params.text("weight"))[day].sqrt();
        let mut facts = vec![Fact::new("dispersion on the day", today, Unit::Fraction)];
        if let Ok(first) = Back::Sessions(params.int("n")).first(cut, day) {
            facts.extend(members::quality(&c, first, day));
        }
        facts
    }
}
