//! `plimsoll backtest`: a strategy replayed.

use std::path::{Path, PathBuf};

use clap::Args;

use plimsoll_claims::backtest::calendar::{Period, months, years};
use plimsoll_claims::backtest::drawdowns::{drawdowns, underwater};
use plimsoll_claims::backtest::metrics::{FIGURES, Figures, Sample, figures};
use plimsoll_claims::backtest::simulate::NONE;
use plimsoll_claims::backtest::skill::Skill;
use plimsoll_claims::backtest::strategy::Numbers;
use plimsoll_claims::backtest::{self, Execution, Outcome, Span, Strategy};
use plimsoll_model::unit::Unit;

use crate::cli::Output;
use crate::commands::measure::{day, pairs};
use crate::failure::{Failure, Outcome as Done};
use crate::ledger::Ledger;
use crate::listed;
use crate::session::{self, Session, store_dir};
use crate::sheet::{Format, Sheet, emit, write_whole};
use crate::strategies::{self, SHIPPED};
use crate::trials::{Family, trial};
use crate::{chromium, tearsheet};

/// Which table of a backtest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Tables {
    /// Every figure with its definition.
    #[default]
    Figures,
    /// Returns, wealth, exposure and costs by day.
    Days,
    /// Returns by month.
    Months,
    /// Returns by year.
    Years,
    /// Falls from a peak.
    Drawdowns,
    /// Who a basket held after each renewal.
    Holdings,
}

/// `plimsoll backtest`
#[derive(Debug, Args)]
pub struct Backtest {
    /// A shipped strategy or a file; without one, the shipped ones are listed
    pub strategy: Option<String>,
    /// The first day whose return counts [default: the strategy's, else as early as everything is known]
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// The last day [default: the strategy's, else as late as every price is known]
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// As known at this day or moment, or `latest`
    #[arg(long, default_value = "latest", value_name = "WHEN")]
    pub as_of: String,
    /// A parameter of the strategy
    #[arg(long, value_name = "KEY=NUMBER")]
    pub set: Vec<String>,
    /// Many values of a parameter: from..to:step (several make a grid)
    #[arg(long, value_name = "KEY=LO..HI:STEP")]
    pub sweep: Vec<String>,
    /// When decisions are traded: next_open, next_close, same_close_forbidden, previous_close_forbidden
    #[arg(long, value_name = "EXECUTION")]
    pub execute: Option<String>,
    /// The thesis whose universes, groups and claims are understood [default: the shipped one]
    #[arg(long, value_name = "FILE")]
    pub thesis: Option<PathBuf>,
    /// Which table
    #[arg(long, value_enum, default_value_t)]
    pub table: Tables,
    /// Also a tear sheet (HTML)
    #[arg(long, value_name = "FILE", conflicts_with = "sweep")]
    pub report: Option<PathBuf>,
    /// With the tear sheet also as PDF, printed by an installed Chromium
    #[arg(long, requires = "report")]
    pub pdf: bool,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// Runs the command.
pub fn run(store: Option<&Path>, args: &Backtest) -> Done {
    let thesis = session::thesis(args.thesis.as_deref())?;
    let Some(name) = &args.strategy else { return list(&thesis, args) };
    let written = strategies::written(name)?;
    if !args.sweep.is_empty() {
        return crate::commands::sweep::run(store, &thesis, &written, args);
    }
    let mut strategy = written.parse(&thesis, &numbers(&args.set)?)?;
    execution(&mut strategy, args.execute.as_deref())?;
    let session = Session::open(store)?;
    let as_of = session.as_of(&args.as_of)?;
    let knowledge = session.snapshot(as_of)?;
    let span = span(args)?;
    let ledger = Ledger::of(&store_dir(store)?, "trials");
    let outcome = backtest::run(&knowledge, &strategy, span)?;
    let family = Family::record(&ledger, &[trial(&strategy, &outcome.market, &outcome.net)])?;
    let tested = Tested { skill: family.skill(&outcome.market, &outcome.net), strategy, outcome };
    if let Some(path) = &args.report {
        let sheet = tearsheet::fill(&tested, as_of, &reproduce(name, as_of, args));
        write_whole(path, plimsoll_report::render_tear_sheet(&sheet).html.as_bytes())?;
        if args.pdf {
            chromium::pdf(path, &path.with_extension("pdf"))?;
        }
    }
    let out = args.out.output.as_deref();
    if args.table == Tables::Figures && args.out.format == Format::Table {
        emit(tested.page().as_bytes(), out)?;
    } else {
        tested.table(args.table).write(args.out.format, out)?;
    }
    Ok(0)
}

/// The command line that makes a tear sheet again.
fn reproduce(name: &str, as_of: plimsoll_model::time::AsOf, args: &Backtest) -> String {
    let mut line = format!("plimsoll backtest {name} --as-of {as_of}");
    for (flag, value) in [("--from", &args.from), ("--to", &args.to), ("--execute", &args.execute)] {
        if let Some(value) = value {
            line.push_str(&format!(" {flag} {value}"));
        }
    }
    args.set.iter().for_each(|s| line.push_str(&format!(" --set {s}")));
    line + " --report sheet.html"
}

/// `KEY=NUMBER` texts.
pub fn numbers(texts: &[String]) -> Result<Numbers, Failure> {
    let number = |(k, v): (String, String)| match v.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok((k, x)),
        _ => Err(Failure::new(format!("expected {k}=NUMBER, got `{k}={v}`"))),
    };
    pairs(texts)?.into_iter().map(number).collect()
}

/// The span from the command line.
pub fn span(args: &Backtest) -> Result<Span, Failure> {
    Ok(Span { from: args.from.as_deref().map(day).transpose()?, to: args.to.as_deref().map(day).transpose()? })
}

/// Another execution than the file's.
pub fn execution(strategy: &mut Strategy, word: Option<&str>) -> Result<(), Failure> {
    let Some(word) = word else { return Ok(()) };
    let words = Execution::WORDS.map(|w| w.0);
    let Some(execute) = Execution::by_word(word) else {
        let near =
            plimsoll_measures::nearest(word, words.into_iter()).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
        return Err(Failure::new(format!("--execute: expected {}, got `{word}`{near}", words.join(", "))));
    };
    if execute == Execution::NextOpen && strategy.assets.iter().any(|a| a.open.is_none()) {
        return Err(Failure::new("--execute next_open: the strategy names no opening prices")
            .hint("name them with `open = \"...\"` at each asset"));
    }
    strategy.schedule.execute = execute;
    Ok(())
}

fn list(thesis: &plimsoll_claims::Thesis, args: &Backtest) -> Done {
    let parse = |(name, _): &(&str, &str)| strategies::written(name)?.parse(thesis, &Numbers::new());
    let all: Vec<Strategy> = SHIPPED.iter().map(parse).collect::<Result<_, Failure>>()?;
    let parameters = |s: &Strategy| s.parameters.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" ");
    Sheet::default()
        .text("strategy", all.iter().map(|s| s.id.clone()))
        .text("title", all.iter().map(|s| s.title.clone()))
        .text("parameters", all.iter().map(parameters))
        .text("source", all.iter().map(|s| s.source.clone()))
        .write(args.out.format, args.out.output.as_deref())?;
    Ok(0)
}

/// A strategy that was run.
pub struct Tested {
    /// The strategy.
    pub strategy: Strategy,
    /// What came of it.
    pub outcome: Outcome,
    /// What its record says of skill, given all trials of its family.
    pub skill: Option<Skill>,
}

/// One column of figures.
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// Its figures.
    pub figures: Figures,
}

impl Tested {
    /// Figures of everything that stands beside each other: net, gross, the benchmark, bills, before and after publication.
    pub fn columns(&self) -> Vec<Column> {
        let (o, all) = (&self.outcome, 0..self.outcome.market.len());
        let of = |sample: Sample<'_>| figures(&sample);
        let mut columns = vec![
            Column { name: "net", figures: of(Sample::of(o, &o.net, all.clone())) },
            Column { name: "gross", figures: of(Sample::of(o, &o.gross, all.clone())) },
        ];
        if let Some(benchmark) = &o.benchmark {
            columns.push(Column { name: "benchmark", figures: of(Sample::plain(o, benchmark, all.clone())) });
        }
        columns.push(Column { name: "bills", figures: of(Sample::plain(o, &o.market.bill, all.clone())) });
        if let Some(at) = self.published() {
            columns.push(Column { name: "net, before publication", figures: of(Sample::of(o, &o.net, 0..at + 1)) });
            columns.push(Column { name: "net, after publication", figures: of(Sample::of(o, &o.net, at..all.end)) });
            if let Some(benchmark) = &o.benchmark {
                columns.push(Column { name: "benchmark, after", figures: of(Sample::plain(o, benchmark, at..all.end)) });
            }
        }
        columns
    }

    /// The last day of the axis on or before publication, where both parts have at least a month.
    pub fn published(&self) -> Option<usize> {
        let days = &self.outcome.market.days;
        let at = days.partition_point(|d| *d <= self.strategy.published.unwrap_or(days[0])).checked_sub(1)?;
        (at >= 21 && at + 22 <= days.len()).then_some(at)
    }

    /// Rows on skill: name, label, value, unit, definition.
    pub fn skill_rows(&self) -> Vec<(&'static str, &'static str, Option<f64>, Unit, &'static str)> {
        let s = self.skill.as_ref();
        vec![
            (
                "trials",
                "Trials of this family",
                s.map(|s| s.trials as f64),
                Unit::Count,
                "distinct parameters, terms and spans that were run on this store, this one included",
            ),
            (
                "probabilistic_sharpe",
                "Probabilistic Sharpe ratio",
                s.map(|s| s.probabilistic),
                Unit::Fraction,
                "probability that the true Sharpe ratio is above zero, from n, skewness and kurtosis (Bailey and Lopez de Prado 2012)",
            ),
            (
                "luck",
                "Best by luck alone",
                s.map(|s| s.luck),
                Unit::Number,
                "Sharpe ratio a year that the best of the trials is expected to show without skill (Bailey and Lopez de Prado 2014)",
            ),
            (
                "deflated_sharpe",
                "Deflated Sharpe ratio",
                s.map(|s| s.deflated),
                Unit::Fraction,
                "probability that the true Sharpe ratio is above that; trials taken as independent",
            ),
            (
                "minimum_track_record",
                "Minimum track record",
                s.and_then(|s| s.minimum_length),
                Unit::Sessions,
                "daily returns needed to be 95 % sure that the true Sharpe ratio is above zero",
            ),
        ]
    }

    fn figure_table(&self, definitions: bool) -> Sheet {
        let columns = self.columns();
        let skill = self.skill_rows();
        let labels = FIGURES.iter().map(|f| f.label).chain(skill.iter().map(|s| s.1));
        let units: Vec<Unit> = FIGURES.iter().map(|f| f.unit).chain(skill.iter().map(|s| s.3)).collect();
        let mut sheet = Sheet::default();
        if definitions {
            sheet = sheet.text("name", FIGURES.iter().map(|f| f.name).chain(skill.iter().map(|s| s.0)));
        }
        sheet = sheet.text("figure", labels);
        for column in &columns {
            let of_skill = |s: &(_, _, Option<f64>, _, _)| if column.name == "net" { s.2 } else { None };
            let values = column.figures.values.iter().copied().chain(skill.iter().map(of_skill));
            sheet = sheet.mixed(column.name, values.zip(units.iter().copied()));
        }
        if definitions {
            sheet = sheet
                .text("unit", units.iter().map(|u| u.name()))
                .text("definition", FIGURES.iter().map(|f| f.definition).chain(skill.iter().map(|s| s.4)));
        }
        sheet
    }

    /// One table.
    pub fn table(&self, which: Tables) -> Sheet {
        let (o, days) = (&self.outcome, &self.outcome.market.days);
        match which {
            Tables::Figures => self.figure_table(true),
            Tables::Days => {
                let wealth = o.net.path().wealth;
                let some = |v: &[f64]| v.iter().copied().map(Some).collect::<Vec<_>>();
                let rule = |r: &u8| (*r != NONE).then_some(i64::from(*r) + 1);
                Sheet::default()
                    .day("day", days.iter().copied().map(Some))
                    .number("net", Unit::Fraction, some(&o.net.ret))
                    .number("gross", Unit::Fraction, some(&o.gross.ret))
                    .number("benchmark", Unit::Fraction, o.benchmark.as_ref().map_or(vec![None; days.len()], |b| some(b)))
                    .number("bills", Unit::Fraction, some(&o.market.bill))
                    .number("wealth", Unit::Multiple, some(&wealth))
                    .number("drawdown", Unit::Fraction, some(&underwater(&wealth)))
                    .int("rule", o.net.rule.iter().map(rule))
                    .number("exposure", Unit::Multiple, some(&o.net.exposure))
                    .number("borrowed", Unit::Multiple, some(&o.net.borrowed))
                    .number("traded", Unit::Multiple, some(&o.net.traded))
                    .number("cost", Unit::Fraction, some(&o.net.cost))
            }
            Tables::Months | Tables::Years => {
                let of = |ret: &[f64]| if which == Tables::Months { months(days, ret) } else { years(days, ret) };
                let (net, gross, bills) = (of(&o.net.ret), of(&o.gross.ret), of(&o.market.bill));
                let benchmark = o.benchmark.as_ref().map(|b| of(b));
                let ret = |p: &[Period]| p.iter().map(|p| Some(p.ret)).collect::<Vec<_>>();
                let mut sheet = Sheet::default().int("year", net.iter().map(|p| Some(i64::from(p.year))));
                if which == Tables::Months {
                    sheet = sheet.int("month", net.iter().map(|p| Some(i64::from(p.month))));
                }
                sheet
                    .number("net", Unit::Fraction, ret(&net))
                    .number("gross", Unit::Fraction, ret(&gross))
                    .number("benchmark", Unit::Fraction, benchmark.map_or(vec![None; net.len()], |b| ret(&b)))
                    .number("bills", Unit::Fraction, ret(&bills))
                    .int("days", net.iter().map(|p| Some(p.days as i64)))
            }
            Tables::Drawdowns => {
                let all = drawdowns(days, &o.net.path().wealth);
                Sheet::default()
                    .number("depth", Unit::Fraction, all.iter().map(|d| Some(d.depth)))
                    .day("peak", all.iter().map(|d| Some(d.peak)))
                    .day("trough", all.iter().map(|d| Some(d.trough)))
                    .day("recovered", all.iter().map(|d| d.recovered))
                    .int("sessions", all.iter().map(|d| Some(d.sessions as i64)))
            }
            Tables::Holdings => listed::holdings(&self.strategy, o),
        }
    }

    /// What a reader must know before the figures: how it was traded, with what knowledge, at what cost.
    pub fn terms(&self) -> Vec<String> {
        let (s, o) = (&self.strategy, &self.outcome);
        let days = &o.market.days;
        let mut lines = vec![format!(
            "{} to {}, {} daily returns; decides {}, trades {}",
            days[1],
            days[days.len() - 1],
            days.len() - 1,
            backtest::strategy::Frequency::WORDS.iter().find(|w| w.1 == s.schedule.decide).map_or("", |w| w.0),
            s.schedule.execute.word(),
        )];
        if s.schedule.execute.forbidden() {
            lines.push("NOBODY CAN TRADE LIKE THIS: it uses a close that is not known when the order is filled".into());
        }
        if s.retrospective {
            lines.push(
                "retrospective: series as compiled later, each value known at its own close; revisions are not undone".into(),
            );
        } else {
            lines.push(format!("as known at each decision; {} cut{} of knowledge", o.cuts, if o.cuts == 1 { "" } else { "s" }));
        }
        let bps = |x: f64| format!("{} bp", (x * 1e6).round() / 100.0);
        lines.push(format!(
            "costs a dollar traded: commission {}, half spread {}, slippage {}; cash earns bills less {} a year; borrowed money {}",
            bps(s.costs.commission),
            bps(s.costs.half_spread),
            bps(s.costs.slippage),
            bps(s.money.cash_spread),
            if s.money.charged { format!("pays bills and {} a year", bps(s.money.financing_spread)) } else { "IS FREE, WHICH NOBODY IS OFFERED".into() },
        ));
        for a in s.assets.iter().filter(|a| a.fee > 0.0 || a.borrow > 0.0) {
            lines.push(format!("{}: fee {} a year, borrowing fee {} a year", a.name, bps(a.fee), bps(a.borrow)));
        }
        if let Some(published) = s.published.filter(|_| self.published().is_none()) {
            let side = if published > days[days.len() / 2] { "after" } else { "before" };
            lines.push(format!(
                "published on {published}: less than a month of this test lies {side} it, so the two are not compared"
            ));
        }
        if o.undecided > 0 {
            lines.push(format!("{} sessions without a signal kept the position before", o.undecided));
        }
        if o.net.waited > 0 {
            lines.push(format!("{} sessions on which an order waited for a price", o.net.waited));
        }
        for (t, a) in &o.net.delisted {
            lines.push(format!("{} delisted on {}", s.assets[*a].name, days[*t]));
        }
        lines.extend(listed::terms(s, o));
        if let Some(t) = o.net.ruined {
            lines.push(format!("ruined on {}: nothing was left", days[t]));
        }
        lines
    }

    fn page(&self) -> String {
        let s = &self.strategy;
        let parameters: Vec<String> = s.parameters.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut out = format!("{}{}{}\n", s.title, if parameters.is_empty() { "" } else { ": " }, parameters.join(" "));
        if !s.source.is_empty() {
            out.push_str(&format!("  {}\n", s.source));
        }
        self.terms().iter().for_each(|l| out.push_str(&format!("  {l}\n")));
        out.push_str(&format!("\n{}\n", self.figure_table(false).shown()));
        let all = drawdowns(&self.outcome.market.days, &self.outcome.net.path().wealth);
        out.push_str("\nDeepest falls\n");
        for d in all.iter().take(5) {
            let back = d.recovered.map_or_else(|| "not recovered".into(), |r| format!("recovered {r}"));
            out.push_str(&format!(
                "  {:>8}  {} to {}, {back}, {} sessions\n",
                Unit::Fraction.format(d.depth),
                d.peak,
                d.trough,
                d.sessions
            ));
        }
        out.push_str("\nDefinitions\n");
        for f in FIGURES {
            out.push_str(&format!("  {}: {}\n", f.label, f.definition));
        }
        for s in self.skill_rows() {
            out.push_str(&format!("  {}: {}\n", s.1, s.4));
        }
        out
    }
}
