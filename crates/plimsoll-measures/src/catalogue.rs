//! The catalogue of measures as a page.

use crate::spec::{ParamKind, Spec};
use crate::{registry, spec::Topic};

/// What a parameter takes, in words.
pub fn kind(kind: ParamKind) -> String {
    match kind {
        ParamKind::Universe => "a universe".into(),
        ParamKind::Group => "a group".into(),
        ParamKind::Series => "a series".into(),
        ParamKind::SeriesOrUniverse => "a series, or `universe:` and a universe".into(),
        ParamKind::SeriesList => "series, or ratios `A/B`, separated by commas".into(),
        ParamKind::Calendars => "calendars of events, separated by commas".into(),
        ParamKind::Int(a, b) => format!("a whole number, {a} to {b}"),
        ParamKind::Float(a, b) => format!("a number, {a} to {b}"),
        ParamKind::Window => "a window: `60`, `4w`, `3m`, `1y`, `ytd`, `since:DAY`".into(),
        ParamKind::Choice(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "),
        ParamKind::Day(words) => format!("a day, or {}", words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")),
        ParamKind::Days(words) => {
            format!(
                "days separated by commas, `calendar:NAME`, or {}",
                words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

/// The whole catalogue in Markdown, in the order of topics and of the registry.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Measures\n\nMade from the measures themselves by `cargo run -p xtask`; a test compares. `plimsoll measures NAME` prints one.\n",
    );
    for topic in [Topic::Masking, Topic::Momentum, Topic::Rates, Topic::Debt, Topic::Credit, Topic::Signals] {
        let specs: Vec<&Spec> = registry().iter().map(|m| m.spec()).filter(|s| s.topic == topic).collect();
        if specs.is_empty() {
            continue;
        }
        out.push_str(&format!("\n## {}\n", topic.title()));
        specs.iter().for_each(|s| page(s, &mut out));
    }
    out
}

fn page(spec: &Spec, out: &mut String) {
    out.push_str(&format!("\n### {} (`{}`)\n{}\n\n", spec.title, spec.name, spec.summary));
    for (name, text) in [
        ("Unit", spec.unit.name().to_owned()),
        ("Definition", spec.definition.to_owned()),
        ("Inputs", spec.inputs.to_owned()),
        ("Missing data", spec.missing.to_owned()),
        ("Point in time", spec.point_in_time.to_owned()),
        ("References", spec.references.join("; ")),
        ("Verified", spec.verified.to_owned()),
    ] {
        if !text.is_empty() {
            out.push_str(&format!("* **{name}**: {text}\n"));
        }
    }
    if !spec.params.is_empty() {
        out.push_str("\n| parameter | default | takes | meaning |\n|---|---|---|---|\n");
        for p in spec.params {
            let cell = |text: &str| text.replace('|', "\\|");
            out.push_str(&format!("| `{}` | `{}` | {} | {} |\n", p.name, cell(p.default), cell(&kind(p.kind)), cell(p.doc)));
        }
    }
}
