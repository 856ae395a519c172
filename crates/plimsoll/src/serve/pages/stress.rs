//! The stress lab: how early and how deep cuts must come for whom to survive. The stage of a day is laid out once and kept; a slider
//! then asks for a new scenario on it, which takes milliseconds.

use std::sync::Arc;

use maud::{Markup, html};
use plimsoll_measures::kernels::stress::frontier::Grid;
use plimsoll_measures::kernels::stress::standing::WithoutLadder;
use plimsoll_measures::kernels::stress::{Policy, QUARTERS, Scenario, Setting, Stage, Stages, roll};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::time::AsOf;
use plimsoll_model::unit::Unit;
use plimsoll_model::universe::UniverseRule;
use plimsoll_report::format;
use plimsoll_report::model::{CellMark, Chart, HeatScale, Plot};
use plimsoll_report::parts;

use super::{Card, Page, dated};
use crate::serve::ask::{Ask, short};
use crate::serve::problem::Problem;
use crate::serve::shell::{Shell, escape};
use crate::serve::table;
use crate::serve::work::Lane;
use crate::serve::world::Job;
use crate::sheet::Sheet;

/// Years over which the debt of an issuer without a ladder is spread, after what is current.
const REST_YEARS: f64 = 6.0;
/// Rows of a page of the list.
const ROWS: usize = 40;

/// What the sliders say.
pub struct Question {
    /// The moment.
    pub as_of: AsOf,
    /// The quarter of the first cut, 0 the next; [`QUARTERS`] is never.
    pub first: usize,
    /// Cuts in all, basis points.
    pub depth: f64,
    /// Multiplies spreads.
    pub spread: f64,
    /// Growth of cash flow a year.
    pub growth: f64,
    /// The universe as a rule.
    pub universe: String,
    /// As it was named.
    pub named: String,
    /// Whether issuers without a ladder are taken by their balance sheets.
    pub balance_sheet: bool,
}

impl Question {
    /// Reads it.
    pub fn read(job: &Job, ask: &Ask, required: bool) -> Result<Question, Problem> {
        let named = ask.get("universe").unwrap_or("small").to_owned();
        let text = job.world.thesis.scope.universes.get(&named).map_or(named.as_str(), String::as_str);
        if text.len() > 200 {
            return Err(Problem::bad("`universe`: expected the name of a list or a rule."));
        }
        let rule: UniverseRule = text.parse().map_err(|e| Problem::missing(format!("`universe`: {e}.")))?;
        Ok(Question {
            as_of: ask.as_of(&job.version, required)?,
            first: ask.whole("first", 4, (1, QUARTERS + 1))? - 1,
            depth: ask.number("depth", 100.0, (0.0, 500.0))?,
            spread: ask.number("spread", 1.0, (0.25, 4.0))?,
            growth: ask.number("growth", 0.0, (-50.0, 50.0))?,
            universe: rule.to_string(),
            named,
            balance_sheet: ask.word("ladder", "balance-sheet", &["balance-sheet", "stated"])? == "balance-sheet",
        })
    }
    fn key(&self) -> String {
        format!("stage|{}|{}|{}", self.as_of, self.universe, self.balance_sheet)
    }
    /// The universe laid out, once.
    pub fn stage(&self, job: &Job) -> Result<Arc<Stage>, Problem> {
        job.prepared(
            &self.key(),
            |s: &Stage| 2048 * (s.terms.len() + s.roll.absent.len()) + 65_536,
            || {
                let knowledge = job.knowledge(self.as_of)?;
                let day = Calendar::nyse().on_or_before(self.as_of.day());
                let mut needs = roll::needs(&self.universe, day);
                needs.panel_source.clone_from(&job.world.thesis.scope.panel);
                let cut = Cut::build(&knowledge, &needs, day).map_err(|e| job.told(e))?;
                let told = |why: String| Problem::missing(format!("No issuer of {} can be stressed: {why}.", short(&self.named)));
                let last = cut.last().ok_or_else(|| told(format!("no session is known by {}", self.as_of)))?;
                let stages = Stages::of(&cut, &self.universe, last..last + 1).map_err(|e| told(e.to_string()))?;
                let mut setting = Setting::default();
                if self.balance_sheet {
                    setting.without = WithoutLadder::BalanceSheet { rest_years: REST_YEARS };
                }
                stages.at(last, &setting).map_err(|why| told(format!("the path of the policy rate is not known ({why})")))
            },
        )
    }
    /// The scenario of the sliders.
    pub fn scenario(&self) -> Scenario {
        let policy = Policy::Cuts { first: self.first, total: self.depth / 1e4, pace: Grid::default().pace };
        let mut s = Scenario::of("lab", policy);
        s.cash_flow = std::array::from_fn(|q| (1.0 + self.growth / 100.0).powf((q as f64 + 1.0) / 4.0));
        s.spreads = [self.spread; QUARTERS];
        s
    }
}

/// Quick where the stage is laid out.
pub fn lane(job: &Job, ask: &Ask, _: &str) -> Lane {
    let ready = Question::read(job, ask, false).map_or(true, |q| job.ready(&q.key()));
    if ready && ask.get("card") != Some("png") { Lane::Quick } else { Lane::Heavy }
}

/// Issuers that run out of cash within three years, the most indebted first.
pub fn casualties(stage: &Stage, scenario: &Scenario) -> Sheet {
    let courses = stage.courses(scenario);
    let mut order: Vec<usize> = (0..stage.terms.len()).filter(|&i| courses[i].shortfall.is_some()).collect();
    order.sort_by(|&a, &b| stage.terms[b].debt.total_cmp(&stage.terms[a].debt).then(a.cmp(&b)));
    let of = |i: &usize| &stage.roll.issuers[*i];
    let coverage = |i: &usize| {
        let b = &of(i).borrower;
        (b.interest > 0.0).then(|| b.ebit / b.interest)
    };
    Sheet::default()
        .text("issuer", order.iter().map(|i| of(i).id.clone()))
        .text("symbol", order.iter().map(|i| of(i).symbol.clone()))
        .text("name", order.iter().map(|i| of(i).name.clone()))
        .number("debt", Unit::Dollars, order.iter().map(|i| Some(stage.terms[*i].debt)))
        .number("due in 8 quarters", Unit::Dollars, order.iter().map(|i| Some(stage.terms[*i].due[..8].iter().sum())))
        .number("cash", Unit::Dollars, order.iter().map(|i| Some(of(i).borrower.cash)))
        .number("coverage", Unit::Multiple, order.iter().map(coverage))
        .int("short in quarter", order.iter().map(|i| courses[*i].shortfall.map(|s| s.0 as i64 + 1)))
        .text("why", order.iter().map(|i| courses[*i].shortfall.map_or("", |s| s.1.words())))
        .text("zombie before", order.iter().map(|i| if courses[*i].zombie_before { "yes" } else { "no" }))
}

fn start(first: usize) -> String {
    if first < QUARTERS { format!("quarter {}", first + 1) } else { "never".into() }
}

/// The map of survival: one row a cell.
pub fn frontier(stage: &Stage, scenario: &Scenario) -> Sheet {
    let map = stage.frontier(scenario, Grid::default());
    let totals = map.grid.totals.clone();
    let cells: Vec<(usize, usize)> = (0..=QUARTERS).flat_map(|f| (0..totals.len()).map(move |k| (f, k))).collect();
    let all: Vec<_> = cells.iter().map(|c| map.survival(c.0, c.1, |_| true)).collect();
    Sheet::default()
        .int("first_quarter", cells.iter().map(|c| (c.0 < QUARTERS).then_some(c.0 as i64 + 1)))
        .int("total_bp", cells.iter().map(|c| Some((1e4 * totals[c.1]).round() as i64)))
        .number("issuers_surviving", Unit::Fraction, all.iter().map(|s| s.map(|s| s.issuers)))
        .number("debt_surviving", Unit::Fraction, all.iter().map(|s| s.map(|s| s.debt)))
}

/// The map as a chart, with the cell of the sliders and that of the priced path.
fn map(stage: &Stage, scenario: &Scenario, q: &Question) -> Chart {
    let found = stage.frontier(scenario, Grid::default());
    let totals = found.grid.totals.clone();
    let values: Vec<Vec<Option<f64>>> =
        (0..=QUARTERS).map(|f| (0..totals.len()).map(|k| found.survival(f, k, |_| true).map(|s| s.issuers)).collect()).collect();
    let flat = || values.iter().flatten().flatten().copied();
    let (low, high) = (flat().fold(1.0, f64::min), flat().fold(0.0, f64::max));
    let column = |total: f64| {
        totals.iter().enumerate().min_by(|a, b| (a.1 - total).abs().total_cmp(&(b.1 - total).abs())).map_or(0, |c| c.0)
    };
    let mut marks = vec![CellMark { row: q.first, column: column(q.depth / 1e4), label: "the sliders".into() }];
    let place = stage.place();
    if let Some(first) = place.first {
        marks.push(CellMark { row: first, column: column(place.total), label: "what futures price".into() });
    }
    let spread = (high - low).max(0.01);
    let priced = match place.first {
        Some(first) => format!("futures price a first cut in quarter {} and {:.0} bp in all", first + 1, 1e4 * place.total),
        None => "futures price no cut".to_owned(),
    };
    let plot = Plot::HeatMap {
        unit: Unit::Fraction,
        rows: (0..=QUARTERS).map(start).collect(),
        columns: totals.iter().map(|t| format!("{:.0}", 1e4 * t)).collect(),
        values,
        scale: HeatScale::Sequential { low: low - 0.25 * spread, high: high + 0.05 * spread },
        marks,
    };
    Chart::new(
        "frontier",
        &format!(
            "Between {} and {} of issuers survive",
            format::number(Unit::Fraction, Some(low)),
            format::number(Unit::Fraction, Some(high))
        ),
        plot,
    )
    .subtitle("Share of issuers that survive three years, by quarter of the first cut (rows) and cuts in all, bp (columns)")
    .foot(&format!(
        "Ringed: the sliders; {priced}. {} issuers; cash flow and spreads as the sliders say; as known on {}",
        stage.terms.len(),
        q.as_of
    ))
}

/// The page.
pub fn page(job: &Job, ask: &Ask, _: &str) -> Result<Page, Problem> {
    let q = Question::read(job, ask, false)?;
    let mut shell = Shell { scripts: &["stress.js"], ..dated(job, ask, q.as_of, ("/stress", "/stress"), "Stress lab") };
    let (result, card, sentence) = match q.stage(job) {
        Ok(stage) if !stage.terms.is_empty() => result(&stage, &q, ask)?,
        Ok(stage) => {
            let why: Vec<String> = stage.roll.reasons().iter().map(|(w, n)| format!("{n} {}", w.words())).collect();
            nothing(&format!("No issuer of {} can be stressed: {}.", short(&q.named), why.join(", ")), q.as_of)
        }
        Err(problem) if problem.status == 404 => nothing(&problem.detail, q.as_of),
        Err(problem) => return Err(problem),
    };
    shell.description.clone_from(&sentence);
    let body = html! {
        h1 { "Stress lab" }
        p.lede { "Which issuers can refinance, if cuts come this early and this deep, at these spreads, with this growth of cash flow. Three years, quarter by quarter." }
        div.lab {
            (sliders(job, &q))
            div.result aria-live="polite" { (result) }
        }
    };
    Ok(Page { shell, body, card })
}

fn nothing(why: &str, as_of: AsOf) -> (Markup, Card, String) {
    let body = html! {
        div.empty { p { b { "Nothing to stress. " } (why) } p { "Stress needs statements of issuers, a universe, fed funds futures and the FOMC calendar; the data page shows what is there." } }
    };
    (body, super::words("Stress lab", why, as_of), why.to_owned())
}

fn result(stage: &Stage, q: &Question, ask: &Ask) -> Result<(Markup, Card, String), Problem> {
    let scenario = q.scenario();
    let first = stage.first(&scenario);
    let shares = stage.shares(&first, QUARTERS, |_| true);
    let sheet = casualties(stage, &scenario);
    let (rows, pager) = table::paged(&sheet, ask, ROWS)?;
    let chart = map(stage, &scenario, q);
    let number = |v: Option<f64>| format::number(Unit::Fraction, v);
    let sentence = format!(
        "{} of {} issuers run out of cash within three years, with {} of their debt.",
        shares.failing,
        shares.issuers,
        number(shares.debt_share)
    );
    let at = escape(&q.as_of.to_string());
    let query = format!(
        "as_of={at}&first={}&depth={}&spread={}&growth={}&universe={}&ladder={}",
        q.first + 1,
        q.depth,
        q.spread,
        q.growth,
        escape(&q.named),
        if q.balance_sheet { "balance-sheet" } else { "stated" }
    );
    let left: Vec<String> = stage.roll.reasons().iter().map(|(why, n)| format!("{n} {}", why.words())).collect();
    let short_rates = scenario.short(&stage.conditions);
    let percent = |r: f64| format::number(Unit::PercentPerYear, Some(100.0 * r));
    let body = html! {
        p.say { (sentence) }
        dl.big {
            div { dt { "Issuers that fail" } dd { (number(shares.share())) } }
            div { dt { "Of debt" } dd { (number(shares.debt_share)) } }
            div { dt { "Of capitalisation" } dd { (number(shares.cap_share)) } }
            div { dt { "Policy rate in 4, 8, 12 quarters" } dd { (percent(short_rates[3])) ", " (percent(short_rates[7])) ", " (percent(short_rates[11])) } }
        }
        (parts::chart(&chart))
        section id="casualties" {
            header { h2 { "Casualty list" } p.finding { "Those that run out of cash, the most indebted first." } }
            @if sheet.rows() == 0 { div.empty { p { "Nobody runs out of cash under this scenario." } } }
            @else {
                (table::markup(&rows, "Issuers that run out of cash", |c, id| (c == 0).then(|| format!("/issuers/{}?as_of={at}", escape(id)))))
                (pager)
            }
            (table::downloads("/api/v1/stress/issuers", &query, &command(q)))
            @if !left.is_empty() { p.small.muted { "Left out: " (left.join(", ")) "." } }
        }
    };
    Ok((body, Card::Chart(Box::new(chart)), sentence))
}

/// The command line with the same policy path; growth and spreads need a scenario file, which it shows.
fn command(q: &Question) -> String {
    let ladder = if q.balance_sheet { " --without-ladder balance-sheet" } else { "" };
    format!(
        "cat > lab.toml <<'END'\nextends = \"priced\"\n[policy]\nkind = \"cuts\"\nfirst_quarter = {}\ntotal_bp = {}\npace_bp = {}\n[cash_flow]\ngrowth_per_year = {}\n[spreads]\nmultiple = {:?}\nEND\nplimsoll stress --as-of {} --scenario lab.toml --universe {}{ladder}",
        q.first + 1,
        q.depth,
        (Grid::default().pace * 1e4).round(),
        q.growth / 100.0,
        q.spread,
        q.as_of,
        q.named,
    )
}

fn sliders(job: &Job, q: &Question) -> Markup {
    let slider = |name: &str, label: &str, words: &str, (min, max, step): (f64, f64, f64), value: f64, shown: String| {
        html! {
            div.slider {
                label for={ "s-" (name) } { (label) output for={ "s-" (name) } { (shown) } }
                input id={ "s-" (name) } type="range" name=(name) min=(min) max=(max) step=(step) value=(value) data-words=(words);
            }
        }
    };
    html! {
        form.lab action="/stress" method="get" {
            input type="hidden" name="as_of" value=(q.as_of);
            (slider("first", "First cut", "quarter", (1.0, QUARTERS as f64 + 1.0, 1.0), q.first as f64 + 1.0, start(q.first)))
            (slider("depth", "Cuts in all", "bp", (0.0, 500.0, 25.0), q.depth, format!("{:.0} bp", q.depth)))
            (slider("spread", "Spreads, times those of the day", "times", (0.25, 4.0, 0.05), q.spread, format!("{:.2}x", q.spread)))
            (slider("growth", "Growth of cash flow a year", "percent", (-50.0, 50.0, 1.0), q.growth, format!("{:+.0} %", q.growth)))
            div.slider {
                label for="s-universe" { "Whose issuers" }
                select #s-universe name="universe" {
                    @let known = &job.world.thesis.scope.universes;
                    @for alias in known.keys() { option value=(alias) selected[*alias == q.named] { (alias) } }
                    @if !known.contains_key(&q.named) { option value=(q.named) selected="" { (q.named) } }
                }
            }
            div.slider {
                label for="s-ladder" { "Issuers without a stated ladder" }
                select #s-ladder name="ladder" {
                    option value="balance-sheet" selected[q.balance_sheet] { "by the balance sheet" }
                    option value="stated" selected[!q.balance_sheet] { "left out" }
                }
            }
            button.primary type="submit" { "Stress" }
        }
    }
}
