//! The rate that issuers pay on their debt.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_issuers::{self as of, Section};
use crate::kernels::burden::{self, BASIS, FISCAL_YEAR, burdens};
use crate::kernels::issuers::{FINANCIALS, Issuers, MEMBERS};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Interest expense over average debt.
pub struct EffectiveRatePaid;

static SPEC: Spec = Spec {
    name: "effective_rate_paid",
    title: "Rate paid on debt",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "What issuers pay in interest on their debt, a year, as a decimal.",
    definition: "Interest expense of twelve months over the mean of debt at their beginning and their end. `aggregate`: the sum over the sum, of \
                 issuers with both; `median`: of the middle issuer. n is the number of issuers. An issuer whose rate lies above 50 % has \
                 interest without the debt it was paid on (repaid, or not stated) and is left out.",
    params: &[
        of::UNIVERSE,
        MEMBERS,
        ParamSpec::new(
            "middle",
            ParamKind::Choice(&["aggregate", "median"]),
            "aggregate",
            "the sum over the sum, or the median issuer",
        ),
        BASIS,
        FISCAL_YEAR,
        FINANCIALS,
    ],
    inputs: of::INPUTS,
    missing: of::MISSING,
    point_in_time: of::POINT_IN_TIME,
    references: &[
        "Board of Governors (2024), Stress Testing the Corporate Debt Servicing Capacity, FEDS Notes, 9 May (interest expense over debt)",
    ],
    verified: "not yet",
};

/// Above this rate interest was paid on debt that is not there.
const MOST: f64 = 0.5;

fn rates<'a>(section: &'a Section<'a>, params: &'a Params) -> impl Iterator<Item = (f64, f64)> + 'a {
    let of = of::wanted(section, params.text("financials")).filter_map(|(_, b)| b.rate.as_ref().ok());
    of.filter(|r| r.over.value >= 0.0 && r.value <= MOST).map(|r| (r.over.value, r.under.value))
}

fn value(section: &Section<'_>, params: &Params) -> Result<(f64, usize), Missing> {
    if params.text("middle") == "median" {
        let mut each: Vec<f64> = rates(section, params).map(|(paid, debt)| paid / debt).collect();
        return of::median(&mut each).map(|m| (m, each.len())).ok_or(Missing::NoData);
    }
    let (paid, debt, n) = rates(section, params).fold((0.0, 0.0, 0), |(p, d, n), (paid, debt)| (p + paid, d + debt, n + 1));
    if debt > 0.0 { Ok((paid / debt, n)) } else { Err(Missing::NoData) }
}

impl Measure for EffectiveRatePaid {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        of::needs(params)
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let issuers = Issuers::of(cut, params)?;
        let tracks = burdens(&issuers, burden::basis(params));
        Ok(of::points(&issuers, &tracks, days, |section| value(section, params)))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(issuers) = Issuers::of(cut, params) else { return Vec::new() };
        let tracks = burdens(&issuers, burden::basis(params));
        let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
        let absent = |b: &burden::Burden| b.rate.as_ref().err().copied();
        let mut facts = of::coverage_of_data(&section, params.text("financials"), absent);
        let debt: f64 = rates(&section, params).map(|r| r.1).sum();
        facts.push(Fact::new("average debt", debt, Unit::Dollars));
        facts
    }
}
