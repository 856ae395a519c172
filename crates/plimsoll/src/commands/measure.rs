//! `plimsoll measure`: one measure for a day or as history.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_measures::replay::{Asked, at, replay};
use plimsoll_measures::{Fact, Params, Point, Spec, find};
use plimsoll_model::cut::Cut;
use plimsoll_model::time::{AsOf, Day};

use crate::cli::Measure;
use crate::failure::{Failure, Outcome};
use crate::lineage::{self, Input};
use crate::session::{self, Session};
use crate::sheet::{Format, Sheet, emit};

/// Runs the command.
pub fn run(store: Option<&Path>, args: &Measure) -> Outcome {
    let mut thesis = session::thesis(args.thesis.as_deref())?;
    thesis.scope.panel = args.panel.clone().or(thesis.scope.panel);
    let measure = find(&args.name)?;
    let params = Params::resolve(measure.spec(), &pairs(&args.with)?, &thesis.scope)?;
    let asked = Asked { measure, params };
    let session = Session::open(store)?;
    match (&args.as_of, &args.from, &args.to) {
        (Some(as_of), ..) => one_day(&session, &asked, session.as_of(as_of)?, args),
        (None, Some(from), Some(to)) => history(&session, &asked, (day(from)?, day(to)?), args),
        _ => Err(Failure::new("no day is given").hint("`--as-of DAY`, or `--from DAY --to DAY`")),
    }
}

/// `KEY=VALUE` texts as a map.
pub fn pairs(texts: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    texts
        .iter()
        .map(|t| {
            let (k, v) = t.split_once('=').ok_or_else(|| Failure::new(format!("expected KEY=VALUE, got `{t}`")))?;
            Ok((k.trim().to_owned(), v.trim().to_owned()))
        })
        .collect()
}

/// A day from the command line.
pub fn day(text: &str) -> Result<Day, Failure> {
    text.parse().map_err(Failure::new)
}

struct Answer<'a> {
    spec: &'static Spec,
    asked: &'a Asked,
    as_of: AsOf,
    session: Day,
    point: Point,
    evidence: Vec<Fact>,
    inputs: Vec<Input>,
}

fn one_day(session: &Session, asked: &Asked, as_of: AsOf, args: &Measure) -> Outcome {
    let knowledge = session.snapshot(as_of)?;
    let (cut, found) = at(&knowledge, asked)?;
    let (day, point) = found.map_err(|e| Failure::new(format!("{}: {e}", args.name)))?;
    let evidence = cut.last().map(|t| asked.measure.evidence(&cut, &asked.params, t)).unwrap_or_default();
    let inputs = lineage::inputs(&knowledge, &cut)?;
    let answer = Answer { spec: asked.measure.spec(), asked, as_of, session: day, point, evidence, inputs };
    let out = args.out.output.as_deref();
    match args.out.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&answer.json()).map_err(Failure::new)? + "\n";
            emit(text.as_bytes(), out)?;
        }
        Format::Table => emit(answer.text(&cut).as_bytes(), out)?,
        other => rows(asked.measure.spec(), &[(day, point)]).write(other, out)?,
    }
    Ok(if point.value.is_ok() { 0 } else { 3 })
}

impl Answer<'_> {
    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "measure": self.spec.name,
            "title": self.spec.title,
            "as_of": self.as_of.to_string(),
            "session": self.session.to_string(),
            "value": self.point.value.ok(),
            "reason": self.point.value.err().map(|e| e.to_string()),
            "unit": self.spec.unit.name(),
            "n_obs": self.point.n_obs,
            "flags": self.point.flags.names(),
            "parameters": self.asked.params.values(),
            "evidence": self.evidence,
            "inputs": self.inputs,
        })
    }

    fn text(&self, cut: &Cut) -> String {
        let value = match self.point.value {
            Ok(v) => self.spec.unit.format(v),
            Err(why) => format!("unknown: {why}"),
        };
        let params: Vec<String> = self.asked.params.values().iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut out = format!(
            "{}: {value}\n  as of {}, session {}, n = {}{}\n  {} {}\n",
            self.spec.title,
            self.as_of,
            self.session,
            self.point.n_obs,
            flags(&self.point),
            self.spec.name,
            params.join(" "),
        );
        let width = self.evidence.iter().map(|f| f.label.chars().count()).max().unwrap_or(0);
        for fact in &self.evidence {
            let value = fact.value.map_or_else(|| "–".into(), |v| fact.unit.format(v));
            let day = fact.day.map(|d| format!("  {d}")).unwrap_or_default();
            let note = if fact.note.is_empty() { String::new() } else { format!("  ({})", fact.note) };
            out.push_str(&format!("    {:width$}  {value:>12}{day}{note}\n", fact.label));
        }
        for group in cut.groups.values().filter(|g| !g.unresolved.is_empty()) {
            out.push_str(&format!("  no security known under {}\n", group.unresolved.join(", ")));
        }
        for input in &self.inputs {
            out.push_str(&format!("  from {}\n", input.line()));
        }
        out
    }
}

fn flags(point: &Point) -> String {
    let names = point.flags.names();
    if names.is_empty() { String::new() } else { format!(", {}", names.join(", ")) }
}

fn history(session: &Session, asked: &Asked, (from, to): (Day, Day), args: &Measure) -> Outcome {
    if from > to {
        return Err(Failure::new(format!("--from {from} lies after --to {to}")));
    }
    let knowledge = session.snapshot(AsOf::end_of(to))?;
    let mut replayed = replay(&knowledge, std::slice::from_ref(asked), from)?;
    let points = replayed.histories.remove(0).map_err(|e| Failure::new(format!("{}: {e}", args.name)))?;
    if points.is_empty() {
        return Err(Failure::new(format!("no session between {from} and {to} is known"))
            .hint("`plimsoll status` shows what the store covers"));
    }
    rows(asked.measure.spec(), &points).write(args.out.format, args.out.output.as_deref())?;
    Ok(0)
}

fn rows(spec: &Spec, points: &[(Day, Point)]) -> Sheet {
    Sheet::default()
        .day("day", points.iter().map(|p| Some(p.0)))
        .number(spec.name, spec.unit, points.iter().map(|p| p.1.value.ok()))
        .int("n_obs", points.iter().map(|p| Some(i64::from(p.1.n_obs))))
        .text("flags", points.iter().map(|p| p.1.flags.names().join(" ")))
        .text("missing", points.iter().map(|p| p.1.value.err().map(|e| e.to_string()).unwrap_or_default()))
}
