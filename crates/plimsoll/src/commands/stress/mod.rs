//! `plimsoll stress`: who can refinance, quarter by quarter to three years.

use std::path::Path;

use plimsoll_measures::kernels::stress::assumptions::{AssumptionError, TABLE};
use plimsoll_measures::kernels::stress::roll;
use plimsoll_measures::kernels::stress::scenario::NAMES;
use plimsoll_measures::kernels::stress::scenario_file;
use plimsoll_measures::kernels::stress::standing::WithoutLadder;
use plimsoll_measures::kernels::stress::{Draw, Financials, Scenario, Setting, Stage, Stages};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::time::AsOf;
use plimsoll_model::unit::Unit;
use plimsoll_model::universe::UniverseRule;

use crate::cli::{LadderLess, Stress, WhichFinancials};
use crate::failure::{Failure, Outcome};
use crate::session::{self, Session};
use crate::sheet::{Format, Sheet, emit};

mod sheets;

/// Runs the command.
pub fn run(store: Option<&Path>, args: &Stress) -> Outcome {
    let (format, out) = (args.out.format, args.out.output.as_deref());
    if args.assumptions {
        assumptions().write(format, out)?;
        return Ok(0);
    }
    let scenario = scenario(&args.scenario)?;
    let setting = setting(args, &scenario)?;
    let thesis = session::thesis(args.thesis.as_deref())?;
    let universe = thesis.scope.universes.get(&args.universe).map_or(args.universe.as_str(), String::as_str);
    let rule: UniverseRule = universe.parse().map_err(Failure::new)?;
    let universe = rule.to_string();
    let session = Session::open(store)?;
    let as_of = match &args.as_of {
        Some(text) => session.as_of(text)?,
        None => return Err(Failure::new("no day is given").hint("`--as-of DAY`, or `--as-of latest`")),
    };
    let knowledge = session.snapshot(as_of)?;
    let day = Calendar::nyse().on_or_before(as_of.day());
    // The market's place on the map is followed over a year.
    let from = if args.places { Calendar::nyse().back(day, 252) } else { day };
    let mut needs = roll::needs(&universe, from);
    needs.panel_source = thesis.scope.panel.clone();
    let cut = Cut::build(&knowledge, &needs, from)?;
    let last = cut.last().ok_or_else(|| Failure::new(format!("no session is known by {as_of}")))?;
    if args.places {
        sheets::places(&cut, from).write(format, out)?;
        return Ok(0);
    }
    let stages = Stages::of(&cut, &universe, last..last + 1)?;
    let stage = stages.at(last, &setting).map_err(|why| {
        Failure::new(format!("the policy path of {}: {why}", cut.sessions[last]))
            .hint("import fed funds futures, the FOMC calendar and the effective rate (fred DFF)")
    })?;
    if stage.terms.is_empty() {
        let reasons: Vec<String> = stage.roll.reasons().iter().map(|(why, n)| format!("{n} {}", why.words())).collect();
        return Err(Failure::new(format!("no issuer of {universe} can be stressed: {}", reasons.join(", ")))
            .hint("`--without-ladder balance-sheet` spreads the debt of issuers whose ladder is not known"));
    }
    let draw = args.paths.map(|paths| Draw { paths: paths as usize, seed: args.seed });
    let about = About { stage: &stage, scenario: &scenario, universe: &universe, as_of };
    if format == Format::Table {
        emit(about.preamble(args).as_bytes(), out.filter(|_| false))?;
    }
    if args.frontier {
        sheets::frontier(&about, format == Format::Table).write(format, out)?;
    } else if args.sensitivity {
        sheets::sensitivity(&about, draw).write(format, out)?;
    } else if args.groups {
        sheets::groups(&about, &cut, draw).write(format, out)?;
    } else {
        if format == Format::Table && out.is_none() {
            sheets::groups(&about, &cut, draw).write(format, None)?;
        }
        sheets::issuers(&about, draw, format == Format::Table && !args.all).write(format, out)?;
    }
    Ok(0)
}

/// What every table is about.
struct About<'a> {
    stage: &'a Stage,
    scenario: &'a Scenario,
    universe: &'a str,
    as_of: AsOf,
}

impl About<'_> {
    /// What a person reads before the tables: scenario, conditions, and whom the figures leave out.
    fn preamble(&self, args: &Stress) -> String {
        let c = &self.stage.conditions;
        let percent = |r: f64| Unit::PercentPerYear.format(100.0 * r);
        let short = self.scenario.short(c);
        let later = if c.spreads.later { ", put out later than the day" } else { "" };
        let mut out = format!(
            "{} as of {}, scenario {}: {}\n  policy rate {}; in the scenario {}, {}, {} on average in quarters 4, 8, 12; premium of five years {}; spreads of January {}{later}\n",
            self.universe,
            self.as_of,
            self.scenario.name,
            self.scenario.says,
            percent(c.rate),
            percent(short[3]),
            percent(short[7]),
            percent(short[11]),
            percent(c.premium()),
            c.spreads.large.vintage,
        );
        if let Some(paths) = args.paths {
            out.push_str(&format!("  {paths} paths about it, seed {}\n", args.seed));
        }
        let left: Vec<String> = self.stage.roll.reasons().iter().map(|(why, n)| format!("{n} {}", why.words())).collect();
        let all = self.stage.terms.len() + self.stage.roll.absent.len();
        out.push_str(&format!("  {} of {all} issuers under stress; left out: {}\n", self.stage.terms.len(), left.join(", ")));
        out
    }
}

/// A named scenario, or one from a file.
fn scenario(text: &str) -> Result<Scenario, Failure> {
    if let Some(found) = Scenario::named(text) {
        return Ok(found);
    }
    let path = Path::new(text);
    if !path.exists() && path.extension().is_none() {
        let failure = Failure::new(format!("no scenario is called `{text}`; there are {}", NAMES.join(", ")));
        return Err(match plimsoll_measures::nearest(text, NAMES.iter().copied()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("or name a scenario file such as late.toml"),
        });
    }
    let source = std::fs::read_to_string(path).map_err(|e| Failure::new(format!("{text}: {e}")))?;
    let name = path.file_stem().map_or_else(|| text.to_owned(), |s| s.to_string_lossy().into_owned());
    scenario_file::parse(&source, &name)
        .map_err(|e| Failure::new(format!("{text}: {e}")).hint("`plimsoll stress --help` shows a scenario file"))
}

fn setting(args: &Stress, scenario: &Scenario) -> Result<Setting, Failure> {
    let mut setting = Setting::default();
    setting.assumptions = scenario.assumptions(&setting.assumptions);
    for (name, value) in super::measure::pairs(&args.set)? {
        let number: f64 = value.parse().map_err(|_| Failure::new(format!("--set {name}: expected a number, got `{value}`")))?;
        setting.assumptions.set(&name, number).map_err(|e| {
            let failure = Failure::new(&e);
            if matches!(e, AssumptionError::Unknown { .. }) {
                failure.hint("`plimsoll stress --assumptions` lists them")
            } else {
                failure
            }
        })?;
    }
    setting.without = match args.without_ladder {
        LadderLess::Exclude => WithoutLadder::Exclude,
        LadderLess::BalanceSheet => WithoutLadder::BalanceSheet { rest_years: args.rest_years },
    };
    setting.financials = match args.financials {
        WhichFinancials::Exclude => Financials::Exclude,
        WhichFinancials::Include => Financials::Include,
        WhichFinancials::Only => Financials::Only,
    };
    Ok(setting)
}

/// Every assumption with its default and source.
fn assumptions() -> Sheet {
    Sheet::default()
        .text("assumption", TABLE.iter().map(|a| a.name))
        .number("default", Unit::Number, TABLE.iter().map(|a| Some(a.default)))
        .number("lower tried", Unit::Number, TABLE.iter().map(|a| Some(a.low)))
        .number("higher tried", Unit::Number, TABLE.iter().map(|a| Some(a.high)))
        .text("what it is", TABLE.iter().map(|a| a.doc))
        .text("source", TABLE.iter().map(|a| a.source))
}
