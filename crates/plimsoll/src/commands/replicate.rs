//! `plimsoll replicate`: published results beside ours, and what the difference is made of.

use std::path::Path;

use clap::Args;
use plimsoll_claims::backtest::BacktestError;
use plimsoll_claims::backtest::replicate::{Line, PAPERS, Paper, paper, replicate};
use plimsoll_claims::backtest::strategy::Numbers;
use plimsoll_measures::kernels::policy_response::{self, Answer, Responses};
use plimsoll_measures::kernels::regression::Fit;
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::unit::Unit;

use crate::cli::Output;
use crate::failure::{Failure, Outcome};
use crate::session::{self, Session};
use crate::sheet::{Format, Sheet, emit};
use crate::strategies;

const BERNANKE_KUTTNER: &str = "bernanke-kuttner-2005";
const CITATION: &str = "Bernanke and Kuttner (2005), What Explains the Stock Market's Reaction to Federal Reserve Policy?, Journal of Finance 60(3), table 2";

/// `plimsoll replicate`
#[derive(Debug, Args)]
pub struct Replicate {
    /// The paper; without one, the papers are listed
    pub paper: Option<String>,
    /// As known at this day or moment, or `latest`
    #[arg(long, default_value = "latest", value_name = "WHEN")]
    pub as_of: String,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// Runs the command.
pub fn run(store: Option<&Path>, args: &Replicate) -> Outcome {
    let out = args.out.output.as_deref();
    let Some(id) = &args.paper else {
        let all = PAPERS.iter().map(|p| (p.id, p.citation)).chain([(BERNANKE_KUTTNER, CITATION)]);
        let (ids, citations): (Vec<_>, Vec<_>) = all.unzip();
        Sheet::default().text("paper", ids).text("citation", citations).write(args.out.format, out)?;
        return Ok(0);
    };
    let known = || PAPERS.iter().map(|p| p.id).chain([BERNANKE_KUTTNER]);
    if !known().any(|k| k == id) {
        let near = plimsoll_measures::nearest(id, known()).map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        return Err(Failure::new(format!("no paper is called `{id}`")).hint(format!("{near}`plimsoll replicate` lists them")));
    }
    let session = Session::open(store)?;
    let knowledge = session.snapshot(session.as_of(&args.as_of)?)?;
    let (head, sheet) = match paper(id) {
        Some(paper) => of_strategy(&knowledge, paper)?,
        None => responses(&knowledge)?,
    };
    match args.out.format {
        Format::Table => emit(format!("{head}\n{}\n", sheet.shown()).as_bytes(), out)?,
        other => sheet.write(other, out)?,
    }
    Ok(0)
}

fn of_strategy(knowledge: &dyn Knowledge, paper: &Paper) -> Result<(String, Sheet), Failure> {
    let thesis = session::thesis(None)?;
    let written = strategies::written(paper.strategy)?;
    let parse = |numbers: &Numbers| written.parse(&thesis, numbers).map_err(|e| BacktestError::new(e.to_string()));
    let lines = replicate(knowledge, paper, &parse)?;
    let head = format!(
        "{}\n  published sample {}-{:02}-{:02} to {}-{:02}-{:02}; strategy {}\n  convention: traded at the close that decides (which nobody can), borrowed money free but for the paper's fee, no costs\n  after publication: the same, from the day after it was published\n",
        paper.citation, paper.from.0, paper.from.1, paper.from.2, paper.to.0, paper.to.1, paper.to.2, paper.strategy
    );
    Ok((head, table(&lines)))
}

fn table(lines: &[Line]) -> Sheet {
    let column = |of: fn(&Line) -> Option<f64>| lines.iter().map(move |l| (of(l), l.unit)).collect::<Vec<_>>();
    let points = |of: fn(&Line) -> Option<f64>| lines.iter().map(move |l| (of(l), Unit::FractionPoints)).collect::<Vec<_>>();
    Sheet::default()
        .text("case", lines.iter().map(|l| l.case))
        .text("span", lines.iter().map(|l| if l.sample { "as published" } else { "after publication" }))
        .text("figure", lines.iter().map(|l| l.figure.clone()))
        .mixed("published", column(|l| l.published))
        .mixed("convention", column(|l| l.convention))
        .mixed("data", points(Line::data))
        .mixed("execution lag", points(Line::lag))
        .mixed("financing", points(Line::financing))
        .mixed("costs", points(Line::costs))
        .mixed("attainable", column(|l| l.costed))
        .mixed("forbidden bound", column(|l| l.bound))
}

/// The response of the market to the expected and the unexpected part of decisions, June 1989 to December 2002 without 17 September
/// 2001.
fn responses(knowledge: &dyn Knowledge) -> Result<(String, Sheet), Failure> {
    let cut = Cut::build(knowledge, &policy_response::needs(), policy_response::sample().0)?;
    let failed = |why: String| {
        Failure::new(why).hint("import the fed funds futures, the Committee's decisions and the French factors from 1989 to 2002")
    };
    let found = |answer| Responses::of(&cut, answer).map_err(|e| failed(e.to_string()));
    let (heard, later) = (found(Answer::SameDay)?, found(Answer::WithFutures)?);
    let fit = |fit: Option<Fit>| fit.ok_or_else(|| failed("the regression has no solution".into()));
    let (both, alone, next) = (fit(heard.both())?, fit(heard.alone())?, fit(later.both())?);
    let head = format!(
        "{CITATION}\n  1989-06 to 2002-12, {} decisions and meetings with prices ({} without), 2001-09-17 left out; per cent a percentage point; White standard errors\n",
        both.n, heard.without
    );
    let lines = [
        ("slope on the surprise", Some(-4.68), both.beta[2], Some(both.se[2]), both.n),
        ("slope on the expected change", None, both.beta[1], Some(both.se[1]), both.n),
        ("R squared", None, both.r2, None, both.n),
        ("slope on the surprise alone", None, alone.beta[1], Some(alone.se[1]), alone.n),
        ("slope on the surprise, announced after 15:00 counted next day", None, next.beta[2], Some(next.se[2]), next.n),
    ];
    let sheet = Sheet::default()
        .text("figure", lines.iter().map(|l| l.0))
        .number("published", Unit::Number, lines.iter().map(|l| l.1))
        .number("ours", Unit::Number, lines.iter().map(|l| Some(l.2)))
        .number("standard error", Unit::Number, lines.iter().map(|l| l.3))
        .number("data", Unit::Number, lines.iter().map(|l| l.1.map(|p| l.2 - p)))
        .int("n", lines.iter().map(|l| Some(l.4 as i64)));
    Ok((head, sheet))
}
