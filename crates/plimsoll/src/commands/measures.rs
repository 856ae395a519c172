//! `plimsoll measures`: the catalogue.

use plimsoll_measures::catalogue::kind;
use plimsoll_measures::{Measure, Spec, find, registry};

use crate::cli::Measures;
use crate::failure::{Failure, Outcome};
use crate::sheet::{Format, Sheet, emit};

/// Runs the command.
pub fn run(args: &Measures) -> Outcome {
    match &args.name {
        None => catalogue(registry()).write(args.out.format, args.out.output.as_deref())?,
        Some(name) => {
            let spec = find(name)?.spec();
            match args.out.format {
                Format::Table => emit(page(spec).as_bytes(), args.out.output.as_deref())?,
                Format::Json => {
                    let text = serde_json::to_string_pretty(&json(spec)).map_err(Failure::new)? + "\n";
                    emit(text.as_bytes(), args.out.output.as_deref())?;
                }
                other => params(spec).write(other, args.out.output.as_deref())?,
            }
        }
    }
    Ok(0)
}

/// One row a measure.
pub fn catalogue(all: &[&'static dyn Measure]) -> Sheet {
    let specs: Vec<&Spec> = all.iter().map(|m| m.spec()).collect();
    Sheet::default()
        .text("measure", specs.iter().map(|s| s.name))
        .text("topic", specs.iter().map(|s| s.topic.title()))
        .text("unit", specs.iter().map(|s| s.unit.name()))
        .text("summary", specs.iter().map(|s| s.summary))
        .text(
            "parameters",
            specs.iter().map(|s| s.params.iter().map(|p| format!("{}={}", p.name, p.default)).collect::<Vec<_>>().join(" ")),
        )
}

fn params(spec: &Spec) -> Sheet {
    Sheet::default()
        .text("parameter", spec.params.iter().map(|p| p.name))
        .text("kind", spec.params.iter().map(|p| kind(p.kind)))
        .text("default", spec.params.iter().map(|p| p.default))
        .text("doc", spec.params.iter().map(|p| p.doc))
}

/// A measure's page as text; the documentation's catalogue is made of the same parts.
pub fn page(spec: &Spec) -> String {
    let mut out = format!("{} ({})\n{}\n\n", spec.title, spec.name, spec.summary);
    let mut part = |name: &str, text: &str| out.push_str(&format!("{name}: {text}\n\n"));
    part("Unit", spec.unit.name());
    part("Definition", spec.definition);
    part("Inputs", spec.inputs);
    part("Missing data", spec.missing);
    part("Point in time", spec.point_in_time);
    part("References", &spec.references.join("; "));
    part("Verified", spec.verified);
    for p in spec.params {
        out.push_str(&format!("  --with {}={}   {} ({})\n", p.name, p.default, p.doc, kind(p.kind)));
    }
    out
}

fn json(spec: &Spec) -> serde_json::Value {
    serde_json::json!({
        "measure": spec.name, "title": spec.title, "topic": spec.topic.title(), "unit": spec.unit.name(),
        "summary": spec.summary, "definition": spec.definition, "inputs": spec.inputs, "missing": spec.missing,
        "point_in_time": spec.point_in_time, "references": spec.references, "verified": spec.verified,
        "parameters": spec.params.iter().map(|p| serde_json::json!({
            "name": p.name, "kind": kind(p.kind), "default": p.default, "doc": p.doc,
        })).collect::<Vec<_>>(),
    })
}
