//! How far decisions of the Federal Reserve surprised fed funds futures.

use std::ops::Range;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_model::unit::Unit;

use crate::kernels::fed_funds::{self, Market};
use crate::kernels::policy_path::{Month, kuttner, month_of};
use crate::{Fact, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Kuttner's surprise of the last decision.
pub struct PolicySurprise;

/// Decisions named in the evidence.
const SHOWN: usize = 12;
/// Calendar days before the first evaluated session in which a last decision is sought.
const BACK: i32 = 430;

static SPEC: Spec = Spec {
    name: "policy_surprise",
    title: "Surprise of the last policy decision",
    topic: Topic::Rates,
    unit: Unit::BasisPoints,
    summary: "The unexpected part of the last decision known, by Kuttner's method; positive where the rate came out higher than priced.",
    definition: "u = m / (m - d) (f_d - f_(d-1)), with f the rate implied by the contract of the decision's month at the close of the \
                 decision's session and of the one before, d the day of the month and m its length: the new rate counts from the day after. \
                 At the end of a month the scale explodes, so the next month's contract is taken, unscaled: on the last day alone \
                 (rule last_day, which the paper's table agrees with) or within the last three days (rule last_three_days, which its text \
                 states). Both prices are settlements or both last trades, of those very sessions. A decision on a day without a session, \
                 or announced after the settlement at 15:00, counts on the next. Decisions are those of `fomc.decisions` and meetings held. n is 1.",
    params: &[ParamSpec::new(
        "rule",
        ParamKind::Choice(&["last_day", "last_three_days"]),
        "last_day",
        "when the next contract is used",
    )],
    inputs: fed_funds::INPUTS,
    missing: "No value where one of the two prices is missing on its session, or no decision is known within the past year.",
    point_in_time: "Decisions and prices known by the end of the session.",
    references: &[
        "Kuttner (2001), Monetary policy surprises and interest rates: Evidence from the Fed funds futures market, Journal of Monetary Economics 47(3), equation 7 and table 2",
    ],
    verified: "testsuite/tests/real_fedwatch.rs",
};

/// A decision and its surprise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surprise {
    /// The day of the decision.
    pub day: Day,
    /// The session on which the market priced it.
    pub session: Day,
    /// The unexpected change, percentage points; `None` where a price is missing.
    pub value: Option<f64>,
    /// Whether the next contract was used.
    pub next_contract: bool,
}

/// Surprises of all decisions known by the end of `today`, ascending; `at_end` is how many last days of a month use the next contract.
pub fn surprises(market: &Market, today: Day, at_end: i32) -> Vec<Surprise> {
    let moment = AsOf::end_of(today).moment();
    let mut days = Vec::new();
    market.decision_days(today, moment, &mut days);
    days.iter().map(|d| surprise(market, *d, at_end, moment)).filter(|s| s.session <= today).collect()
}

/// The session whose settlement at 15:00 is the first after a decision. What was announced on its own day after 15:00 is priced on the
/// next; before 1994 nothing was announced, and the market read the decision off the day's operations.
fn session_of(market: &Market, day: Day, moment: Moment) -> Day {
    let calendar = Calendar::nyse();
    let late = |known: Moment| known > day.at(15, 0) && known <= AsOf::end_of(day).moment();
    let announced = market.decisions(moment).find(|e| e.day == day).map(|e| e.known_at);
    if announced.is_some_and(late) { calendar.next(day) } else { calendar.on_or_after(day) }
}

fn surprise(market: &Market, day: Day, at_end: i32, moment: Moment) -> Surprise {
    let calendar = Calendar::nyse();
    let session = session_of(market, day, moment);
    let before = calendar.previous(session);
    let month = month_of(session);
    let change = |month: Month| -> Option<f64> { market.change(month, before, session, moment) };
    let next_contract = month_of(session.plus(at_end)) != month;
    Surprise { day, session, value: kuttner(session, change(month), change(month + 1), at_end), next_contract }
}

fn at_end(params: &Params) -> i32 {
    if params.text("rule") == "last_day" { 1 } else { 3 }
}

impl Measure for PolicySurprise {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, _params: &Params, from: Day) -> Needs {
        fed_funds::needs(from, from.plus(-BACK))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let market = Market::of(cut);
        let mut decisions = Vec::new();
        let mut value = |today: Day| -> Result<Point, Missing> {
            let moment = AsOf::end_of(today).moment();
            market.decision_days(today, moment, &mut decisions);
            let traded = decisions.iter().rev().find(|d| session_of(&market, **d, moment) <= today);
            let last = traded.filter(|d| today.0 - d.0 < BACK - 31).ok_or(Missing::NoData)?;
            let u = surprise(&market, *last, at_end(params), moment).value.ok_or(Missing::Unpriced)?;
            Ok(Point::of(100.0 * u, 1))
        };
        Ok(days.map(|t| value(cut.sessions[t]).unwrap_or_else(Point::missing)).collect())
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let market = Market::of(cut);
        let today = cut.sessions[day];
        let moment = AsOf::end_of(today).moment();
        let outcome = |day: Day| market.decisions(moment).find(|e| e.day == day && e.value.is_finite()).map(|e| e.value);
        let recent = surprises(&market, today, at_end(params)).into_iter().filter(|s| today.0 - s.day.0 < BACK - 31);
        let mut recent: Vec<Surprise> = recent.collect();
        recent.drain(..recent.len().saturating_sub(SHOWN));
        let mut facts = Vec::new();
        for s in recent.iter().rev() {
            let contract = if s.next_contract { "next contract" } else { "contract of the month" };
            let note = outcome(s.day).map_or(contract.to_owned(), |o| format!("{contract}; the target moved {o:+.0} bp"));
            facts.push(Fact::new("surprise", s.value.map_or(f64::NAN, |u| 100.0 * u), Unit::BasisPoints).on(s.day).note(note));
        }
        facts
    }
}
