//! `plimsoll size`: how much to bet.

use std::path::Path;

use plimsoll_claims::sizing::{
    Outcomes, Paths, Simulated, Sizing, SizingError, calibrate, exponent, fractional, kelly, simulate, weigh,
};
use plimsoll_model::unit::Unit;

use crate::cli::Size;
use crate::failure::{Failure, Outcome};
use crate::sheet::{Format, Sheet, emit};

impl From<SizingError> for Failure {
    fn from(error: SizingError) -> Failure {
        let hint = match &error {
            SizingError::Infeasible => {
                "`--cash 0` adds a bet that never loses; a smaller --lambda or a larger --probability loosens the bound"
            }
            SizingError::Solver(_) => {
                "very unlikely outcomes or very large returns may be too far apart in size: merge or leave out what cannot matter"
            }
            _ => {
                "a file of outcomes has one column a bet, returns as decimals (0.05 is 5 %, -1 loses all), and, if they are not equally likely, a column `probability`"
            }
        };
        Failure::new(error).hint(hint)
    }
}

/// One way to split wealth.
struct Way {
    name: &'static str,
    sizing: Sizing,
    simulated: Simulated,
    /// Judged on outcomes that were held out.
    held_out: Option<Sizing>,
}

/// Runs the command.
pub fn run(args: &Size) -> Outcome {
    let (fitted, held_out) = split(read(&args.file, args.cash)?, args.holdout)?;
    let lambda = match args.lambda {
        Some(lambda) => lambda,
        None => exponent(args.drawdown, args.probability)?,
    };
    let paths = Paths { count: args.paths as usize, periods: args.periods as usize, seed: args.seed };
    let mut ways: Vec<Way> = Vec::new();
    let mut add = |name: &'static str, sizing: Sizing| -> Result<(), Failure> {
        // Every way is judged by the same bound.
        let simulated = simulate(&fitted, &sizing, args.drawdown, paths)?;
        let judged = match &held_out {
            Some(rest) => weigh(rest, sizing.fractions.clone(), sizing.lambda).ok(),
            None => None,
        };
        ways.push(Way { name, sizing, simulated, held_out: judged });
        Ok(())
    };
    let full = kelly(&fitted, 0.0)?;
    let bounded = kelly(&fitted, lambda)?;
    let fraction = fractional(&fitted, &full, lambda);
    add("kelly", full)?;
    add("bounded", bounded)?;
    if let Ok((_, sizing)) = fraction {
        add("fractional", sizing)?;
    }
    if args.calibrate {
        add("simulated", calibrate(&fitted, (args.drawdown, args.probability), paths)?)?;
    }
    let out = args.out.output.as_deref();
    let (bets, figures) = (bets(&fitted, &ways), figures(&ways, args.drawdown));
    match args.out.format {
        Format::Table => {
            bets.write(Format::Table, out)?;
            figures.write(Format::Table, out.map(|p| p.with_extension("figures.txt")).as_deref())?;
        }
        Format::Json => {
            let both = serde_json::json!({ "bets": bets.json(), "figures": figures.json() });
            emit((serde_json::to_string_pretty(&both).map_err(Failure::new)? + "\n").as_bytes(), out)?;
        }
        other => bets.write(other, out)?,
    }
    Ok(0)
}

/// Outcomes of a file, with cash added where asked.
fn read(path: &Path, cash: Option<f64>) -> Result<Outcomes, Failure> {
    let fail =
        |e: csv::Error| Failure::new(format!("{}: {e}", path.display())).hint("expected comma-separated columns with a header");
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(fail)?;
    let header = reader.headers().map_err(fail)?.clone();
    let weight = header.iter().position(|h| h.eq_ignore_ascii_case("probability"));
    let columns: Vec<usize> = (0..header.len()).filter(|c| Some(*c) != weight).collect();
    let mut names: Vec<String> = columns.iter().map(|&c| header[c].to_owned()).collect();
    if let Some(twice) = (1..names.len()).find(|&i| names[..i].contains(&names[i])) {
        return Err(Failure::new(format!("{}: two columns are named `{}`", path.display(), names[twice])));
    }
    let (mut probability, mut gross) = (Vec::new(), Vec::new());
    for (i, record) in reader.records().enumerate() {
        let record = record.map_err(fail)?;
        let number = |c: usize| -> Result<f64, Failure> {
            record[c].parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| {
                Failure::new(format!(
                    "{}, row {}: {}: expected a number, got `{}`",
                    path.display(),
                    i + 2,
                    &header[c],
                    &record[c]
                ))
            })
        };
        if let Some(c) = weight {
            probability.push(number(c)?);
        }
        for &c in &columns {
            gross.push(1.0 + number(c)?);
        }
        if let Some(rate) = cash {
            gross.push(1.0 + rate);
        }
    }
    if cash.is_some() {
        names.push("cash".into());
    }
    Ok(if weight.is_some() { Outcomes::new(names, probability, gross)? } else { Outcomes::sampled(names, gross)? })
}

/// The outcomes to fit, and those held out to judge: the last share of the rows.
fn split(all: Outcomes, holdout: f64) -> Result<(Outcomes, Option<Outcomes>), Failure> {
    if holdout == 0.0 {
        return Ok((all, None));
    }
    if !(holdout > 0.0 && holdout < 1.0) {
        return Err(Failure::new(format!("--holdout: expected a share from 0 to 1, got {holdout}")));
    }
    let kept = ((1.0 - holdout) * all.len() as f64).round() as usize;
    let part = |rows: std::ops::Range<usize>| -> Result<Outcomes, Failure> {
        let total: f64 = all.probability()[rows.clone()].iter().sum();
        let probability = all.probability()[rows.clone()].iter().map(|p| p / total).collect();
        Ok(Outcomes::new(all.names().to_vec(), probability, rows.flat_map(|k| all.outcome(k).to_vec()).collect())?)
    };
    Ok((part(0..kept)?, Some(part(kept..all.len())?)))
}

fn bets(outcomes: &Outcomes, ways: &[Way]) -> Sheet {
    let sheet = Sheet::default().text("bet", outcomes.names().iter().map(String::as_str));
    ways.iter().fold(sheet, |sheet, way| sheet.number(way.name, Unit::Fraction, way.sizing.fractions.iter().map(|b| Some(*b))))
}

fn figures(ways: &[Way], alpha: f64) -> Sheet {
    let column = |f: &dyn Fn(&Way) -> Option<f64>| ways.iter().map(f).collect::<Vec<_>>();
    let precise = |f: &dyn Fn(&Way) -> Option<f64>| {
        ways.iter().map(|w| f(w).map_or_else(String::new, |v| format!("{v:.2e}"))).collect::<Vec<_>>()
    };
    let sheet = Sheet::default()
        .text("way", ways.iter().map(|w| w.name))
        .number("lambda", Unit::Number, column(&|w| Some(w.sizing.lambda)))
        .number("growth_per_period", Unit::Fraction, column(&|w| Some(w.sizing.growth)))
        .number(&format!("drawdown_below_{alpha}"), Unit::Fraction, column(&|w| Some(w.simulated.probability)))
        .number("standard_error", Unit::Fraction, column(&|w| Some(w.simulated.error)))
        .number("bound", Unit::Fraction, column(&|w| (w.sizing.lambda > 0.0).then_some(w.simulated.bound)))
        .text("constraint", precise(&|w| (w.sizing.lambda > 0.0).then_some(w.sizing.certificate.constraint)))
        .text("kkt_residual", precise(&|w| (w.name != "fractional").then_some(w.sizing.certificate.residual)));
    if ways.iter().all(|w| w.held_out.is_none()) {
        return sheet;
    }
    sheet.number("growth_held_out", Unit::Fraction, column(&|w| w.held_out.as_ref().map(|h| h.growth))).text(
        "constraint_held_out",
        precise(&|w| w.held_out.as_ref().filter(|h| h.lambda > 0.0).map(|h| h.certificate.constraint)),
    )
}
