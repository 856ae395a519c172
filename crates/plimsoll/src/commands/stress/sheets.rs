//! The tables of `plimsoll stress`.

use plimsoll_measures::kernels::ladder::Funding;
use plimsoll_measures::kernels::stress::course::Course;
use plimsoll_measures::kernels::stress::frontier::{BreakEven, Grid, LatestCut, place};
use plimsoll_measures::kernels::stress::standing::Profile;
use plimsoll_measures::kernels::stress::{Draw, QUARTERS, market, sensitivity};
use plimsoll_model::cut::Cut;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::About;
use crate::sheet::Sheet;

/// Cuts of this size in all are set against no cut, in steps of 25 bp on the grid.
const DEEP: usize = 12;

/// One row an issuer; where `failing`, those alone that fail, the most indebted first.
pub(super) fn issuers(about: &About<'_>, draw: Option<Draw>, failing: bool) -> Sheet {
    let stage = about.stage;
    let courses = stage.courses(about.scenario);
    let breaks = stage.break_evens(about.scenario);
    let map = stage.frontier(about.scenario, Grid::default());
    let odds = draw.map(|d| stage.simulate(about.scenario, d));
    let mut order: Vec<usize> = (0..stage.terms.len()).collect();
    if failing {
        order.retain(|&i| courses[i].shortfall.is_some());
    }
    order.sort_by(|&a, &b| stage.terms[b].debt.total_cmp(&stage.terms[a].debt).then(a.cmp(&b)));
    let of = |i: &usize| &stage.roll.issuers[*i];
    let due = |i: &usize, quarters: usize| stage.terms[*i].due[..quarters].iter().sum::<f64>();
    let coverage = |q: usize| order.iter().map(|i| alive(&courses[*i], q)).collect::<Vec<_>>();
    let mut sheet = Sheet::default()
        .text("symbol", order.iter().map(|i| of(i).symbol.clone()))
        .text("issuer", order.iter().map(|i| of(i).id.clone()))
        .text("name", order.iter().map(|i| of(i).name.clone()))
        .text("maturities", order.iter().map(|i| profile(of(i).profile)))
        .number("debt", Unit::Dollars, order.iter().map(|i| Some(stage.terms[*i].debt)))
        .number("due in 8 quarters", Unit::Dollars, order.iter().map(|i| Some(due(i, 8))))
        .number("cash", Unit::Dollars, order.iter().map(|i| Some(of(i).borrower.cash)))
        .number("coverage", Unit::Multiple, order.iter().map(|i| now(of(i).borrower.ebit, of(i).borrower.interest)))
        .number("in 4 quarters", Unit::Multiple, coverage(3))
        .number("in 12 quarters", Unit::Multiple, coverage(11))
        .int("shortfall in quarter", order.iter().map(|i| courses[*i].shortfall.map(|s| s.0 as i64 + 1)))
        .text("why", order.iter().map(|i| courses[*i].shortfall.map_or("", |s| s.1.words())))
        .text("zombie", order.iter().map(|i| zombie(&courses[*i])))
        .number("break-even rate", Unit::Fraction, order.iter().map(|i| rate(breaks[*i])))
        .text("break-even", order.iter().map(|i| even(breaks[*i])))
        .text("latest cut that saves (300 bp)", order.iter().map(|i| latest(map.latest_cut(*i, DEEP))));
    if let Some(found) = &odds {
        let share = |n: u32| Some(f64::from(n) / found.paths as f64);
        sheet = sheet
            .number("P(shortfall in 4)", Unit::Fraction, order.iter().map(|i| share(found.odds[*i].within(4))))
            .number("P(shortfall in 12)", Unit::Fraction, order.iter().map(|i| share(found.odds[*i].within(QUARTERS))))
            .number("P(zombie)", Unit::Fraction, order.iter().map(|i| share(found.odds[*i].zombie)));
    }
    sheet
}

/// Coverage at the end of a quarter, where the issuer has not failed before.
fn alive(course: &Course, q: usize) -> Option<f64> {
    course.quarters[q].coverage.filter(|_| course.shortfall.is_none_or(|s| s.0 > q))
}

fn now(ebit: f64, interest: f64) -> Option<f64> {
    (interest > 0.0).then(|| ebit / interest)
}

fn profile(p: Profile) -> &'static str {
    match p {
        Profile::Ladder => "ladder",
        Profile::BalanceSheet => "balance sheet",
    }
}

fn zombie(c: &Course) -> String {
    match (c.zombie_before, c.zombie, c.recovers) {
        (true, _, Some(year)) => format!("recovers in year {}", year + 1),
        (true, _, None) => "is one".into(),
        (false, Some((year, why)), _) => format!("from year {}: {}", year + 1, why.words()),
        _ => String::new(),
    }
}

fn rate(b: BreakEven) -> Option<f64> {
    if let BreakEven::Rate(r) = b { Some(r) } else { None }
}

fn even(b: BreakEven) -> &'static str {
    match b {
        BreakEven::Never => "fails at any rate",
        BreakEven::Rate(_) => "",
        BreakEven::Always => "survives any rate",
    }
}

fn latest(l: LatestCut) -> String {
    match l {
        LatestCut::NotSaved => "no cut".into(),
        LatestCut::Quarter(q) => format!("quarter {}", q + 1),
        LatestCut::NoneNeeded => "none needed".into(),
    }
}

/// A group: its name and which issuers are its.
type Group = (String, Vec<bool>);

/// One row a group: all, by size, by maturities, zombies before, by sector. The groups overlap.
pub(super) fn groups(about: &About<'_>, cut: &Cut, draw: Option<Draw>) -> Sheet {
    let stage = about.stage;
    let first = stage.first(about.scenario);
    let courses = stage.courses(about.scenario);
    let n = stage.terms.len();
    let group = |name: &str, of: &dyn Fn(usize) -> bool| -> Group { (name.to_owned(), (0..n).map(of).collect()) };
    let roll = &stage.roll.issuers;
    let large = |i: usize| stage.terms[i].market_cap.is_some_and(|c| c > stage.assumptions.large_cap);
    let mut all = vec![
        group("all", &|_| true),
        group("capitalisation above the bound of large", &large),
        group("at or below it", &|i| !large(i)),
        group("own maturity ladder", &|i| roll[i].profile == Profile::Ladder),
        group("by the balance sheet", &|i| roll[i].profile == Profile::BalanceSheet),
        group("zombies before", &|i| courses[i].zombie_before),
        group("financials", &|i| roll[i].funding == Funding::Financial),
    ];
    let sector = |i: usize| {
        let symbol = roll[i].symbol.split(' ').next().unwrap_or_default();
        cut.panel.securities.iter().rev().find(|s| s.symbol == symbol).map_or("", |s| s.description.sector.as_str())
    };
    let sectors: Vec<&str> = (0..n).map(sector).collect();
    let mut names: Vec<&str> = sectors.iter().copied().filter(|s| !s.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    all.extend(names.iter().map(|name| group(name, &|i| sectors[i] == *name)));
    all.retain(|(_, of)| of.contains(&true));
    let shares: Vec<_> = all.iter().map(|(_, of)| stage.shares(&first, QUARTERS, |i| of[i])).collect();
    let flips = |of: &[bool]| (0..n).filter(|&i| of[i] && courses[i].zombie.is_some()).count() as i64;
    let mut sheet = Sheet::default()
        .text("group", all.iter().map(|g| g.0.clone()))
        .int("issuers", shares.iter().map(|s| Some(s.issuers as i64)))
        .number("debt", Unit::Dollars, shares.iter().map(|s| Some(s.debt)))
        .int("fail", shares.iter().map(|s| Some(s.failing as i64)))
        .number("share of issuers", Unit::Fraction, shares.iter().map(|s| s.share()))
        .number("share of debt", Unit::Fraction, shares.iter().map(|s| s.debt_share))
        .number("share of capitalisation", Unit::Fraction, shares.iter().map(|s| s.cap_share))
        .int("become zombies", all.iter().map(|g| Some(flips(&g.1))));
    if let Some(draw) = draw {
        let found = stage.simulate(about.scenario, draw);
        let mean = |of: &[bool]| {
            let of_group: Vec<f64> =
                (0..n).filter(|&i| of[i]).map(|i| f64::from(found.odds[i].within(QUARTERS)) / found.paths as f64).collect();
            Some(of_group.iter().sum::<f64>() / of_group.len() as f64)
        };
        let whole = |share: f64| all.iter().enumerate().map(move |(k, _)| (k == 0).then_some(share)).collect::<Vec<_>>();
        let at = |p: f64| {
            let mut sorted = found.issuers_failing.clone();
            sorted.sort_by(f64::total_cmp);
            sorted[((sorted.len() - 1) as f64 * p).round() as usize]
        };
        sheet = sheet
            .number("mean over paths", Unit::Fraction, all.iter().map(|g| mean(&g.1)).collect::<Vec<_>>())
            .number("5th percentile", Unit::Fraction, whole(at(0.05)))
            .number("95th percentile", Unit::Fraction, whole(at(0.95)));
    }
    sheet
}

/// The map of survival: for people one row a first cut and one column a total; else one row a cell.
pub(super) fn frontier(about: &About<'_>, people: bool) -> Sheet {
    let map = about.stage.frontier(about.scenario, Grid::default());
    let totals: Vec<f64> = map.grid.totals.clone();
    let bp = |t: f64| (t * 1e4).round() as i64;
    let label = |first: usize| if first < QUARTERS { format!("quarter {}", first + 1) } else { "never".into() };
    let all = |first: usize, total: usize| map.survival(first, total, |_| true);
    if people {
        let rows: Vec<usize> = (0..=QUARTERS).collect();
        let mut sheet = Sheet::default().text("issuers that survive; first cut", rows.iter().map(|f| label(*f)));
        for (k, t) in totals.iter().enumerate().filter(|(k, _)| k % 2 == 0) {
            let cells: Vec<Option<f64>> = rows.iter().map(|&f| all(f, k).map(|s| s.issuers)).collect();
            sheet = sheet.number(&format!("{} bp", bp(*t)), Unit::Fraction, cells);
        }
        return sheet;
    }
    let cells: Vec<(usize, usize)> = (0..=QUARTERS).flat_map(|f| (0..totals.len()).map(move |k| (f, k))).collect();
    Sheet::default()
        .int("first_quarter", cells.iter().map(|c| (c.0 < QUARTERS).then_some(c.0 as i64 + 1)))
        .int("total_bp", cells.iter().map(|c| Some(bp(totals[c.1]))))
        .number("issuers_surviving", Unit::Fraction, cells.iter().map(|c| all(c.0, c.1).map(|s| s.issuers)))
        .number("debt_surviving", Unit::Fraction, cells.iter().map(|c| all(c.0, c.1).map(|s| s.debt)))
}

/// Which assumption matters.
pub(super) fn sensitivity(about: &About<'_>, draw: Option<Draw>) -> Sheet {
    let stage = about.stage;
    let unchanged = plimsoll_measures::kernels::stress::Scenario { changes: Vec::new(), ..about.scenario.clone() };
    let (base, moved) = sensitivity::table(&stage.roll.borrowers(), &unchanged, &stage.conditions, &stage.assumptions, draw);
    let change = |x: f64, base: f64| Some(x - base);
    Sheet::default()
        .text("assumption", moved.iter().map(|m| m.assumption.name))
        .number("as assumed", Unit::Number, moved.iter().map(|m| Some(m.assumption.get(&stage.assumptions))))
        .number("lower", Unit::Number, moved.iter().map(|m| Some(m.assumption.low)))
        .number("issuers failing, change", Unit::FractionPoints, moved.iter().map(|m| change(m.low.issuers, base.issuers)))
        .number("debt failing, change", Unit::FractionPoints, moved.iter().map(|m| change(m.low.debt, base.debt)))
        .number("higher", Unit::Number, moved.iter().map(|m| Some(m.assumption.high)))
        .number(
            "issuers failing, change at the higher",
            Unit::FractionPoints,
            moved.iter().map(|m| change(m.high.issuers, base.issuers)),
        )
        .number("debt failing, change at the higher", Unit::FractionPoints, moved.iter().map(|m| change(m.high.debt, base.debt)))
}

/// Where the priced path lay on the map at the end of each month of the past year, and now.
pub(super) fn places(cut: &Cut, from: Day) -> Sheet {
    let sessions = cut.sessions.iter().copied().filter(|d| *d >= from).collect::<Vec<_>>();
    let last_of_month = |k: &usize| sessions.get(k + 1).is_none_or(|next| next.month_start() != sessions[*k].month_start());
    let days: Vec<Day> = (0..sessions.len()).filter(last_of_month).map(|k| sessions[k]).collect();
    let found: Vec<_> = days.iter().map(|d| market::conditions(cut, *d).ok().map(|c| (c.0.rate, place(&c.0)))).collect();
    Sheet::default()
        .day("day", days.iter().map(|d| Some(*d)))
        .number("policy rate", Unit::PercentPerYear, found.iter().map(|f| f.map(|f| 100.0 * f.0)))
        .int("first cut in quarter", found.iter().map(|f| f.and_then(|f| f.1.first.map(|q| q as i64 + 1))))
        .number("cuts in all", Unit::BasisPoints, found.iter().map(|f| f.map(|f| 1e4 * f.1.total)))
}
