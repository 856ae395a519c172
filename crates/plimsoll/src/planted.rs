//! Planted beside found: the sample world's truth against what the program measures from its files.

use std::collections::BTreeMap;

use plimsoll_claims::backtest::metrics::Sample;
use plimsoll_claims::backtest::strategy::Numbers;
use plimsoll_claims::backtest::{Span, Strategy, figures, run};
use plimsoll_measures::kernels::stress::Scenario;
use plimsoll_measures::kernels::stress::engine::NONE;
use plimsoll_measures::replay::{Asked, at};
use plimsoll_measures::{Params, Scope, find};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::Entry;
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use plimsoll_sources::sample::truth::Fates;
use plimsoll_sources::sample::{Truth, World};
use plimsoll_store::Snapshot;

use crate::edition::scenarios;
use crate::failure::Failure;

/// One planted figure beside the one found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was planted.
    pub what: String,
    /// The planted figure.
    pub planted: f64,
    /// The figure found, if any.
    pub found: Option<f64>,
    /// The unit of both.
    pub unit: Unit,
    /// How far they may lie apart: files carry rounded figures.
    pub tolerance: f64,
}

impl Found {
    /// Whether found agrees with planted.
    pub fn agrees(&self) -> bool {
        self.found.is_some_and(|f| (f - self.planted).abs() <= self.tolerance)
    }
}

/// The world's giants as a thesis would name them, with the renaming of the one that changed its symbol.
pub fn giants(world: &World) -> Vec<Entry> {
    let name = |symbol: &str| canonical(symbol).unwrap_or_default();
    world
        .securities
        .iter()
        .filter(|s| s.listings.last().is_some_and(|l| s.primary && world.truth.giants.contains(&name(&l.symbol))))
        .filter_map(|s| match s.listings.as_slice() {
            [.., before, last] => Some(Entry {
                symbol: name(&last.symbol),
                from: Some(world.sessions[last.from]),
                before: Some(name(&before.symbol)),
            }),
            [only] => Some(Entry::symbol(&name(&only.symbol))),
            [] => None,
        })
        .collect()
}

struct Seeker<'a> {
    snapshot: &'a Snapshot,
    scope: &'a Scope,
    found: Vec<Found>,
}

impl Seeker<'_> {
    /// Measures as of the end of a day and sets the value beside the planted one.
    fn seek(
        &mut self,
        what: String,
        planted: f64,
        tolerance: f64,
        day: Day,
        ask: (&str, &[(&str, &str)]),
    ) -> Result<(), Failure> {
        let measure = find(ask.0)?;
        let given: BTreeMap<String, String> = ask.1.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let params = Params::resolve(measure.spec(), &given, self.scope)?;
        let then = self.snapshot.back_to(AsOf::end_of(day));
        let (_, answer) = at(then.as_ref(), &Asked { measure, params })?;
        let found = answer.ok().and_then(|(_, p)| p.value.ok());
        self.found.push(Found { what, planted, found, unit: measure.spec().unit, tolerance });
        Ok(())
    }
}

/// Measures everything planted, each as of its own day, of those known by `last`.
pub fn compare(snapshot: &Snapshot, truth: &Truth, scope: &Scope, last: Day) -> Result<Vec<Found>, Failure> {
    let mut s = Seeker { snapshot, scope, found: Vec::new() };
    for c in truth.contributions.iter().filter(|c| c.to <= last) {
        let window = format!("since:{}", c.from);
        let span = format!("{} to {}", c.from, c.to);
        let with = [("window", window.as_str())];
        s.seek(format!("large index, {span}"), c.index_return, 5e-4, c.to, ("index_return", &[("universe", "large"), with[0]]))?;
        s.seek(format!("giants' contribution, {span}"), c.group, 5e-4, c.to, ("group_contribution", &with))?;
        s.seek(format!("giants' share of the gain, {span}"), c.group_share, 2e-3, c.to, ("contribution_share", &with))?;
        s.seek(
            format!("equal weight, {span}"),
            c.equal_weight_return,
            2e-3,
            c.to,
            ("equal_weight_return", &[("universe", "large"), with[0], ("rebalance", "daily")]),
        )?;
    }
    for b in truth.breadth.iter().filter(|b| b.day <= last) {
        let universe = [("universe", if b.universe == "sp500" { "large" } else { "small" })];
        let on = format!("{}, {}", universe[0].1, b.day);
        // Planted figures leave out members with less than a year of their own; found ones count them from their first row. And the panel
        // lacks two sessions, so that a window of 252 rows reaches up to two sessions further back.
        let loose = 0.02 + b.short as f64 / b.members.max(1) as f64;
        s.seek(format!("members in a bear market, {on}"), b.bear_share, loose, b.day, ("share_in_bear_market", &universe))?;
        s.seek(
            format!("above the 50-session average, {on}"),
            b.above_50,
            loose,
            b.day,
            ("share_above_average", &[universe[0], ("n", "50")]),
        )?;
        s.seek(
            format!("above the 200-session average, {on}"),
            b.above_200,
            loose,
            b.day,
            ("share_above_average", &[universe[0], ("n", "200")]),
        )?;
        s.seek(format!("median drawdown, {on}"), b.median_drawdown, loose, b.day, ("median_drawdown", &universe))?;
    }
    if let Some(y) = truth.yield_rise.as_ref().filter(|y| y.day <= last) {
        s.seek(
            format!("ten-year yield off its low of {}, {}", y.low_day, y.day),
            y.basis_points,
            0.5,
            y.day,
            ("yield_change_from_extreme", &[]),
        )?;
    }
    if let Some(c) = truth.spread.as_ref().filter(|c| c.day <= last) {
        s.seek(
            format!("percentile of the high-yield spread, {}", c.day),
            c.percentile,
            0.01,
            c.day,
            ("spread_percentile", &[("years", "2")]),
        )?;
    }
    // A tenth of a cut is 2.5 bp: prices are quoted to half a basis point, and the market's rate counts from the day after the meeting,
    // the exchange's method from the meeting's day.
    let policy = truth.policy.iter().flat_map(|p| p.cuts_priced.iter());
    for (day, cuts) in policy.filter(|(day, _)| *day <= last) {
        let what = format!("cuts priced by the end of 2024, {day}");
        s.seek(what, *cuts, 0.15, *day, ("cuts_priced", &[("by", "2024-12-31")]))?;
    }
    // Levels of funds are printed as 32-bit floats.
    for r in truth.releases.iter().filter(|r| r.to <= last && r.days >= 5) {
        let (calendar, window) = (format!("calendar:{}", r.calendar), format!("since:{}", r.from));
        let what = format!("small less large on {} days of {}, {} to {}", r.days, r.calendar, r.from, r.to);
        let with = [("events", calendar.as_str()), ("window", window.as_str()), ("width", "0")];
        s.seek(what, r.difference, 1e-6, r.to, ("event_study", &with))?;
    }
    for turn in truth.turns.iter().filter(|t| t.confirmed <= last) {
        let state = if turn.begins == "bull" { 1.0 } else { -1.0 };
        let what = format!("{} market of small caps from {}, confirmed {}", turn.begins, turn.extreme, turn.confirmed);
        s.seek(what, state, 0.0, turn.confirmed, ("bull_bear_phase", &[]))?;
    }
    signals(&mut s, truth, last)?;
    filings(&mut s, truth, last)?;
    Ok(s.found)
}

/// A strategy on a signal of the sample world; the words in capitals are put in.
const STRATEGY: &str = r#"
title = "Small companies after a session on which the signal rose"
benchmark = "small"
[assets]
small = { series = "etf:IWM" }
safe = { series = "etf:SHY" }
[signals]
rise = { measure = "momentum", with = { series = "etf:SIGNAL", window = "1" } }
[[rule]]
when = "rise > 0"
hold = { small = 1 }
[[rule]]
hold = { safe = 1 }
[schedule]
decide = "daily"
execute = "next_close"
[money]
bill = "yield:^IRX"
"#;

/// Whose alpha against small companies has a t above this has an edge: of a thousand without one, one would.
const SURE: f64 = 3.0;

/// Who leads whom, what that is worth, and the regimes.
fn signals(s: &mut Seeker<'_>, truth: &Truth, last: Day) -> Result<(), Failure> {
    if let Some(lead) = &truth.lead {
        let sessions = lead.sessions as f64;
        for (first, second, sign) in [(lead.first, lead.second, 1.0), (lead.second, lead.first, -1.0)] {
            let what = format!("sessions by which {first} leads {second}, {last}");
            s.seek(what, sign * sessions, 0.0, last, ("lead_lag", &[("first", first), ("second", second)]))?;
        }
    }
    for r in truth.regimes.iter().filter(|r| r.day <= last) {
        let (state, word) = if r.turbulent { (1.0, "turbulent") } else { (0.0, "calm") };
        let what = format!("probability of turbulence on a {word} day, {}", r.day);
        s.seek(what, state, 0.4, r.day, ("regime_probability", &[("series", "etf:SPY")]))?;
    }
    let thesis = crate::session::thesis(None)?;
    for e in truth.edges.iter().filter(|e| e.to <= last) {
        let text = STRATEGY.replace("SIGNAL", e.signal);
        let strategy = Strategy::parse("planted.toml", &text, &thesis, &Numbers::new())?;
        let then = s.snapshot.back_to(AsOf::end_of(e.to));
        let outcome = run(then.as_ref(), &strategy, Span { from: Some(e.from), to: Some(e.to) })?;
        let figures = figures(&Sample::of(&outcome, &outcome.net, 0..outcome.market.len()));
        let edge = figures.get("alpha_t").map(|t| f64::from(u8::from(t > SURE)));
        let wealth = figures.get("total_return");
        let mut found = |what: String, planted: f64, found: Option<f64>, unit: Unit, tolerance: f64| {
            s.found.push(Found { what, planted, found, unit, tolerance });
        };
        // Levels are written to a few digits: a day on which the signal hardly moved may fall on the other side.
        found(
            format!("a dollar that follows {}, {} to {}", e.signal, e.from, e.to),
            e.wealth,
            wealth,
            Unit::Multiple,
            0.01 * e.wealth,
        );
        found(
            format!("whether {} is an edge (t of alpha above {SURE})", e.signal),
            f64::from(u8::from(e.planted)),
            edge,
            Unit::Count,
            0.0,
        );
    }
    Ok(())
}

/// Statements and maturities of the invented filings.
fn filings(s: &mut Seeker<'_>, truth: &Truth, last: Day) -> Result<(), Failure> {
    let named = |universe: &str| if universe == "sp500" { "large" } else { "small" };
    for b in truth.filings.burdens.iter().filter(|b| b.day <= last && b.indebted > 0) {
        let universe = named(b.universe);
        let with = [("universe", universe)];
        let share = b.below_one as f64 / b.indebted as f64;
        let what = format!("issuers that do not earn their interest, {universe}, {}", b.day);
        // A member without a row in the panel that day is counted in the one and not in the other.
        s.seek(what, share, 0.02, b.day, ("interest_coverage_below", &with))?;
    }
    for z in truth.filings.zombies.iter().filter(|z| z.day <= last && z.judged > 0) {
        let universe = named(z.universe);
        let what = format!("zombies (three years below one, any age), {universe}, {}", z.day);
        // As above: who has a row in the panel that day.
        let share = z.zombies as f64 / z.judged as f64;
        s.seek(what, share, 0.02, z.day, ("zombie_share", &[("universe", universe), ("age", "0")]))?;
    }
    for z in truth.filings.fed_zombies.iter().filter(|z| z.day <= last && z.judged > 0) {
        let universe = named(z.universe);
        let what = format!("zombies (Federal Reserve 2021), {universe}, {}", z.day);
        let share = z.zombies as f64 / z.judged as f64;
        s.seek(what, share, 0.02, z.day, ("zombie_share", &[("universe", universe), ("definition", "fed_2021")]))?;
    }
    for f in truth.filings.fates.iter().filter(|f| f.day <= last) {
        fates(s, f)?;
    }
    for w in truth.filings.walls.iter().filter(|w| w.day <= last && w.debt > 0.0) {
        let universe = named(w.universe);
        let what = format!("share of debt due within 24 months, {universe}, {}", w.day);
        s.seek(what, w.due / w.debt, 0.015, w.day, ("wall_share", &[("universe", universe)]))?;
    }
    Ok(())
}

/// Issuers whose fate needs no model: those of them under stress that run out of cash if rates stay.
fn fates(s: &mut Seeker<'_>, f: &Fates) -> Result<(), Failure> {
    let then = s.snapshot.back_to(AsOf::end_of(f.day));
    let cut = Cut::build(then.as_ref(), &scenarios::needs(s.scope, f.day), f.day)?;
    let staged = scenarios::Staged::of(&cut, s.scope);
    let (name, stage) = if f.universe == "sp500" { ("large", staged.large) } else { ("small", staged.small) };
    let stage = stage.map_err(Failure::new)?;
    let first = stage.first(&Scenario::named("higher_for_longer").expect("a scenario of that name"));
    let kinds = [(&f.doomed, "burn more than their cash", true), (&f.safe, "earn 15 % on their debt", false)];
    for (ids, what, all_fail) in kinds.into_iter().filter(|k| !k.0.is_empty()) {
        // A member without a row in the panel that day is on no roll.
        let rolled = stage.roll.issuers.iter().zip(&first).filter(|(i, _)| ids.contains(&i.id));
        let failing: Vec<bool> = rolled.map(|(_, q)| *q != NONE).collect();
        s.found.push(Found {
            what: format!("issuers that {what} and run short within three years, {name}, {}", f.day),
            planted: if all_fail { failing.len() as f64 } else { 0.0 },
            found: Some(failing.iter().filter(|f| **f).count() as f64),
            unit: Unit::Count,
            tolerance: 0.0,
        });
        let few = ids.len().saturating_sub(failing.len());
        if few * 10 > ids.len() {
            return Err(Failure::new(format!("{few} of {} issuers that {what} are not under stress, {name}", ids.len())));
        }
    }
    Ok(())
}
