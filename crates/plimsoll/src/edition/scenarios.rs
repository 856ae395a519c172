//! The scenarios section: who survives which path of rates, and whether cuts come in the nick of time.

mod charts;

use plimsoll_measures::Scope;
use plimsoll_measures::kernels::stress::engine::NONE;
use plimsoll_measures::kernels::stress::frontier::{Frontier, Grid, first_cut, place};
use plimsoll_measures::kernels::stress::scenario::NAMES;
use plimsoll_measures::kernels::stress::standing::WithoutLadder;
use plimsoll_measures::kernels::stress::{Course, Draw, Policy, QUARTERS, Scenario, Setting, Stage, Stages, market, roll};
use plimsoll_measures::replay::stretches;
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Chart, Figure, Section};

use super::casualties::{REST_YEARS, title, universe};
use crate::failure::Failure;

/// Paths of the Monte Carlo about the priced path, and their seed.
pub const DRAW: Draw = Draw { paths: 1000, seed: 1876 };

/// What the section is read from.
pub fn needs(scope: &Scope, session: Day) -> Needs {
    let mut needs = roll::needs(&universe(scope), session);
    needs.merge(&roll::needs(&large(scope), session));
    needs
}

fn large(scope: &Scope) -> String {
    scope.universes.get("large").cloned().unwrap_or_else(|| "sp500".into())
}

/// Small and large companies under stress on the last session of a cut, or why they cannot be.
pub struct Staged {
    /// Small companies.
    pub small: Result<Stage, String>,
    /// Large companies.
    pub large: Result<Stage, String>,
}

impl Staged {
    /// From a cut that holds [`needs`].
    pub fn of(cut: &Cut, scope: &Scope) -> Staged {
        Staged { small: stage(cut, &universe(scope)), large: stage(cut, &large(scope)) }
    }
}

/// The setting of the report: financials left out, issuers without a ladder by their balance sheet.
fn setting() -> Setting {
    Setting { without: WithoutLadder::BalanceSheet { rest_years: REST_YEARS }, ..Setting::default() }
}

fn stage(cut: &Cut, universe: &str) -> Result<Stage, String> {
    let t = cut.last().ok_or("no session is known")?;
    let stages = Stages::of(cut, universe, t..t + 1).map_err(|e| e.to_string())?;
    let stage = stages.at(t, &setting()).map_err(|why| format!("the path of rates is not known ({why})"))?;
    if stage.terms.is_empty() {
        return Err(format!("of {} members none states what refinancing stress needs", stage.roll.absent.len()));
    }
    Ok(stage)
}

/// Where the priced path lay on a day.
pub struct Priced {
    /// The day.
    pub day: Day,
    /// When the first cut is priced, in quarters from then; `None` where none is.
    pub first: Option<f64>,
    /// The total of cuts priced, decimals a year; negative for rises.
    pub total: f64,
}

/// Where the priced path lay at the end of each month since `from` and on the last session, each as known then.
///
/// # Errors
/// Where the store cannot be read.
pub fn trail(knowledge: &dyn Knowledge, from: Day) -> Result<Vec<Priced>, Failure> {
    let mut out: Vec<Priced> = Vec::new();
    stretches(knowledge, &market::needs(from), from, |cut, days| {
        for t in days {
            let day = cut.sessions[t];
            // The last session of a month that is known replaces the one before it.
            if out.len() > 1 && out.last().is_some_and(|p| p.day.month_end() == day.month_end()) {
                out.pop();
            }
            if let Ok((conditions, _)) = market::conditions(cut, day) {
                out.push(Priced { day, first: first_cut(&conditions), total: place(&conditions).total });
            }
        }
    })?;
    Ok(out)
}

/// A universe under one scenario.
struct Fate {
    scenario: Scenario,
    first: Vec<u8>,
    courses: Vec<Course>,
}

/// A universe under every scenario.
struct Group<'a> {
    stage: &'a Stage,
    fates: Vec<Fate>,
}

impl<'a> Group<'a> {
    fn of(stage: &'a Stage) -> Group<'a> {
        let fate = |scenario: Scenario| Fate { first: stage.first(&scenario), courses: stage.courses(&scenario), scenario };
        Group { stage, fates: NAMES.iter().filter_map(|n| Scenario::named(n)).map(fate).collect() }
    }
    fn n(&self) -> usize {
        self.stage.terms.len()
    }
    /// Share of issuers that survive a scenario.
    fn survive(&self, fate: &Fate) -> Option<f64> {
        self.stage.shares(&fate.first, QUARTERS, |_| true).share().map(|s| 1.0 - s)
    }
    /// Share of debt whose issuers survive.
    fn debt(&self, fate: &Fate) -> Option<f64> {
        self.stage.shares(&fate.first, QUARTERS, |_| true).debt_share.map(|s| 1.0 - s)
    }
}

/// The map of cuts with the figures read off it.
struct Map {
    frontier: Frontier,
    /// Survival without any cut, and with the deepest from the next quarter on.
    span: (f64, f64),
}

impl Map {
    fn of(stage: &Stage) -> Option<Map> {
        let held = Scenario::of("held", Policy::Hold);
        let frontier = stage.frontier(&held, Grid::default());
        let last = frontier.grid.totals.len() - 1;
        let at = |first, total| frontier.survival(first, total, |_| true).map(|s| s.issuers);
        let span = (at(QUARTERS, 0)?, at(0, last)?);
        Some(Map { frontier, span })
    }
    /// Of the issuers that fail without cuts, how many the deepest cuts from a quarter on save, and how many there are.
    fn saved(&self, stage: &Stage, first: usize) -> (usize, usize) {
        let last = self.frontier.grid.totals.len() - 1;
        let failing = (0..stage.terms.len()).filter(|&i| !self.frontier.survives(i, QUARTERS, 0));
        let (mut saved, mut all) = (0, 0);
        failing.for_each(|i| {
            all += 1;
            saved += usize::from(self.frontier.survives(i, first, last));
        });
        (saved, all)
    }
}

/// The section.
pub fn section(cut: &Cut, staged: &Staged, trail: &[Priced]) -> Section {
    let Some(day) = cut.last().map(|t| cut.sessions[t]) else { return blank("No session is known.") };
    let stage = match &staged.small {
        Ok(stage) => stage,
        Err(why) => return blank(&format!("Refinancing cannot be stressed: {why}.")),
    };
    let Some(map) = Map::of(stage) else { return blank("No issuer is under stress.") };
    let small = Group::of(stage);
    let large = staged.large.as_ref().ok().map(Group::of);
    let foot = format!(
        "Source: filings, 30-day fed funds futures, Treasury yields, spreads of January {}; as known on {day}; without financial issuers",
        stage.conditions.spreads.large.vintage
    );
    let draw = charts::Draw { cut, day, foot: &foot, small: &small, large: large.as_ref() };
    Section {
        id: "scenarios".into(),
        title: "Scenarios".into(),
        finding: finding(&small, large.as_ref(), &map),
        main: draw.map(&map, trail),
        figures: figures(&small, large.as_ref(), &map, trail),
        multiples: vec![draw.survivors(), draw.coverage(), draw.latest(&map), draw.break_even(), draw.sectors()],
        wrong: "Most small companies state no ladder: their current debt is taken to fall due within a year and the rest evenly over \
                the years after. New equity, sales of assets, covenants and the mercy of lenders are left out, and so is a business that \
                shrinks its spending when money is dear. Cash burn counts as failure though many such companies live on issuing shares. \
                The scenarios are stylised, and the map moves the policy rate alone."
            .into(),
    }
}

fn blank(why: &str) -> Section {
    Section {
        id: "scenarios".into(),
        title: "Scenarios".into(),
        finding: why.to_owned(),
        main: Chart::absent("scenarios-map", "How early and how deep cuts must come", why),
        figures: Vec::new(),
        multiples: Vec::new(),
        wrong: String::new(),
    }
}

fn share(v: Option<f64>) -> String {
    v.map_or_else(|| "–".to_owned(), |v| Unit::Fraction.format(v))
}

fn finding(small: &Group<'_>, large: Option<&Group<'_>>, map: &Map) -> String {
    let priced = small.fates.first().and_then(|f| small.survive(f));
    let against = large.and_then(|l| l.survive(l.fates.first()?));
    let against = against.map_or_else(String::new, |v| format!(", against {} of large ones", share(Some(v))));
    let (saved, failing) = map.saved(small.stage, 0);
    format!(
        "At the rates futures price, {} of {} small companies with debt last three years without running out of cash{against}; three points of \
         cuts from next quarter would save {saved} of the {failing} that fail if rates stay, {}.",
        share(priced),
        small.n(),
        share((failing > 0).then(|| saved as f64 / failing as f64)),
    )
}

fn figures(small: &Group<'_>, large: Option<&Group<'_>>, map: &Map, trail: &[Priced]) -> Vec<Figure> {
    let figure = |label: String, value: Option<f64>, unit: Unit, n: Option<usize>, note: String| Figure {
        label,
        value,
        unit,
        n: n.map(|n| n as u64),
        note: (!note.is_empty()).then_some(note),
        method: Some("stress_shortfall_share".into()),
    };
    let mut out: Vec<Figure> = small
        .fates
        .iter()
        .map(|f| {
            let label = format!("Small companies that survive, {}", title(&f.scenario.name).to_lowercase());
            figure(label, small.survive(f), Unit::Fraction, Some(small.n()), f.scenario.says.clone())
        })
        .collect();
    if let Some(l) = large {
        let priced = l.fates.first().and_then(|f| l.survive(f));
        out.push(figure("Large companies that survive, priced".into(), priced, Unit::Fraction, Some(l.n()), String::new()));
    }
    if let Some(priced) = small.fates.first() {
        let mut failing = small.stage.simulate(&priced.scenario, DRAW).issuers_failing;
        failing.sort_by(f64::total_cmp);
        let at = |p: f64| failing[((failing.len() - 1) as f64 * p).round() as usize];
        let mean = failing.iter().sum::<f64>() / failing.len().max(1) as f64;
        let note = format!(
            "mean of {} paths about the priced one, seed {}; 5th to 95th percentile {} to {}",
            failing.len(),
            DRAW.seed,
            share(Some(1.0 - at(0.95))),
            share(Some(1.0 - at(0.05)))
        );
        out.push(figure(
            "Small companies that survive, Monte Carlo".into(),
            Some(1.0 - mean),
            Unit::Fraction,
            Some(small.n()),
            note,
        ));
    }
    let (saved, failing) = map.saved(small.stage, 0);
    out.push(figure(
        "Saved by three points of cuts from next quarter".into(),
        (failing > 0).then(|| saved as f64 / failing as f64),
        Unit::Fraction,
        Some(failing),
        "of small companies that fail if the policy rate stays".into(),
    ));
    if let Some(now) = trail.last() {
        let note = now.first.map_or("no cut priced within three years".into(), |q| format!("the first cut in {q:.1} quarters"));
        out.push(figure("Cuts priced within three years".into(), Some(now.total * 1e4), Unit::BasisPoints, None, note));
    }
    out
}

/// Issuers that fail if rates stay, by the latest quarter in which the deepest cuts still save them.
fn latest_cuts(map: &Map, stage: &Stage) -> (Vec<usize>, usize) {
    use plimsoll_measures::kernels::stress::frontier::LatestCut;
    let last = map.frontier.grid.totals.len() - 1;
    let (mut by_quarter, mut lost) = (vec![0; QUARTERS], 0);
    for i in 0..stage.terms.len() {
        match map.frontier.latest_cut(i, last) {
            LatestCut::Quarter(q) => by_quarter[q] += 1,
            LatestCut::NotSaved => lost += 1,
            LatestCut::NoneNeeded => {}
        }
    }
    (by_quarter, lost)
}

/// The middle coverage of the issuers that have not failed by a quarter; `None` where fewer than ten are left.
fn middle(fate: &Fate, q: usize) -> Option<f64> {
    let alive = fate.courses.iter().zip(&fate.first).filter(|(_, first)| usize::from(**first) > q || **first == NONE);
    let mut values: Vec<f64> = alive.filter_map(|(c, _)| c.quarters[q].coverage).collect();
    values.sort_by(f64::total_cmp);
    (values.len() >= 10).then(|| (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0)
}
