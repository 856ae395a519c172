//! Faults in an edition that the page would hide: dangling links, names used twice, lengths that do not match.

use std::collections::BTreeSet;

use crate::format::slug;
use crate::model::{Casualties, Chart, Edition, Line, Plot, Series};

/// What is wrong with `edition`, one sentence each; empty for a sound one.
///
/// The page is drawn anyway: a link that leads nowhere is left out, and a series is cut to its shorter half. Tests of whoever
/// fills an edition should assert that this is empty.
pub fn problems(edition: &Edition) -> Vec<String> {
    let mut out = Vec::new();
    unique(&mut out, "claim", edition.claims.iter().map(|c| c.id.as_str()));
    unique(&mut out, "section", edition.sections.iter().map(|s| s.id.as_str()));
    unique(&mut out, "method", edition.methods.iter().map(|m| m.id.as_str()));
    unique(&mut out, "input", edition.inputs.iter().map(|i| i.id.as_str()));
    let charts: Vec<&Chart> = edition.sections.iter().flat_map(|s| [&s.main].into_iter().chain(&s.multiples)).collect();
    unique(&mut out, "chart", charts.iter().map(|c| c.id.as_str()));

    let methods: BTreeSet<&str> = edition.methods.iter().map(|m| m.id.as_str()).collect();
    let inputs: BTreeSet<&str> = edition.inputs.iter().map(|i| i.id.as_str()).collect();
    let sections: BTreeSet<&str> = edition.sections.iter().map(|s| s.id.as_str()).collect();
    let claims: BTreeSet<&str> = edition.claims.iter().map(|c| c.id.as_str()).collect();
    let figures = edition.sections.iter().flat_map(|s| &s.figures);
    let named = (edition.claims.iter().map(|c| (format!("claim `{}`", c.id), c.method.as_deref())))
        .chain(figures.map(|f| (format!("figure `{}`", f.label), f.method.as_deref())))
        .chain(charts.iter().map(|c| (format!("chart `{}`", c.id), c.method.as_deref())));
    for (what, method) in named {
        dangling(&mut out, &what, "method", method, &methods);
    }
    for c in &edition.claims {
        dangling(&mut out, &format!("claim `{}`", c.id), "section", c.section.as_deref(), &sections);
        if let Some(line) = &c.history {
            aligned(&mut out, &format!("the history of claim `{}`", c.id), line);
        }
    }
    for m in &edition.methods {
        for i in &m.inputs {
            dangling(&mut out, &format!("method `{}`", m.id), "input", Some(i), &inputs);
        }
    }
    for c in edition.since.iter().flat_map(|s| &s.changes) {
        dangling(&mut out, "a change", "claim", Some(&c.claim), &claims);
    }
    for c in charts {
        plot(&mut out, c);
    }
    if let Casualties::Listed(table) = &edition.casualties {
        for r in table.rows.iter().filter(|r| r.outcomes.len() != table.scenarios.len()) {
            out.push(format!("issuer `{}` has {} outcomes for {} scenarios", r.name, r.outcomes.len(), table.scenarios.len()));
        }
    }
    out
}

fn unique<'a>(out: &mut Vec<String>, what: &str, ids: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for id in ids {
        if slug(id).is_empty() {
            out.push(format!("{what} `{id}` has no letter or digit to make an anchor of"));
        } else if !seen.insert(slug(id)) {
            out.push(format!("two {what}s have the anchor `{}`", slug(id)));
        }
    }
}

fn dangling(out: &mut Vec<String>, what: &str, kind: &str, id: Option<&str>, known: &BTreeSet<&str>) {
    if let Some(id) = id.filter(|id| !known.contains(id)) {
        out.push(format!("{what} names the {kind} `{id}`, which the edition does not list"));
    }
}

fn aligned(out: &mut Vec<String>, what: &str, line: &Line) {
    if line.days.len() != line.values.len() {
        out.push(format!("{what} has {} days and {} values", line.days.len(), line.values.len()));
    }
    if line.days.windows(2).any(|w| w[0] >= w[1]) {
        out.push(format!("{what} has days that do not rise"));
    }
}

fn plot(out: &mut Vec<String>, chart: &Chart) {
    let series = |s: &Series, out: &mut Vec<String>| aligned(out, &format!("`{}` in chart `{}`", s.name, chart.id), &s.line);
    let mut length = |name: &str, got: usize, expected: usize| {
        if got != expected {
            out.push(format!("`{name}` in chart `{}` has {got} values, expected {expected}", chart.id));
        }
    };
    match &chart.plot {
        Plot::Contributions { days, parts, total, .. } => {
            parts.iter().for_each(|p| length(&p.name, p.values.len(), days.len()));
            if !total.values.is_empty() {
                length(&total.name, total.values.len(), days.len());
            }
        }
        Plot::Columns { categories, parts, .. } => parts.iter().for_each(|p| length(&p.name, p.values.len(), categories.len())),
        Plot::Histogram { edges, groups, .. } => {
            groups.iter().for_each(|g| length(&g.name, g.shares.len(), edges.len().saturating_sub(1)));
        }
        Plot::HeatMap { rows, columns, values, .. } => {
            length("rows", values.len(), rows.len());
            values.iter().zip(rows).for_each(|(v, name)| length(name, v.len(), columns.len()));
        }
        Plot::Map { rows, columns, values, .. } => {
            length("rows", values.len(), rows.len());
            values.iter().zip(rows).for_each(|(v, name)| length(name, v.len(), columns.len()));
        }
        Plot::EventStudy { offsets, paths, placebo, .. } => {
            paths.iter().for_each(|p| length(&p.name, p.mean.len(), offsets.len()));
            if let Some(b) = placebo {
                length(&b.label, b.low.len(), offsets.len());
                length(&b.label, b.high.len(), offsets.len());
            }
        }
        Plot::Table { head, units, rows } => {
            length("headings", head.len(), units.len() + 1);
            rows.iter().for_each(|r| length(&r.name, r.values.len(), units.len()));
        }
        Plot::Fan { days, bands, .. } | Plot::Steps { days, bands, .. } => {
            for b in bands {
                length(&b.label, b.low.len(), days.len());
                length(&b.label, b.high.len(), days.len());
            }
        }
        Plot::Absent { .. }
        | Plot::Lines { .. }
        | Plot::Growth { .. }
        | Plot::Gap { .. }
        | Plot::Area { .. }
        | Plot::Bars { .. }
        | Plot::Intervals { .. } => {}
    }
    match &chart.plot {
        Plot::Lines { series: list, .. }
        | Plot::Growth { series: list, .. }
        | Plot::Fan { series: list, .. }
        | Plot::Steps { series: list, .. } => {
            list.iter().for_each(|s| series(s, out));
        }
        Plot::Gap { first, second, .. } => {
            series(first, out);
            series(second, out);
        }
        Plot::Area { series: s, .. } => series(s, out),
        _ => {}
    }
}
