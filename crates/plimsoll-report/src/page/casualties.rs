//! The casualty list.

use maud::{Markup, PreEscaped, html};
use plimsoll_model::unit::Unit;

use super::figure;
use crate::charts::spark;
use crate::format;
use crate::model::{Casualties, IssuerRow, IssuerTable, Outcome, OutcomeKind, Verdict};
use crate::svg::Canvas;
use crate::svg::canvas::escape;

pub(super) fn casualties(casualties: &Casualties) -> Markup {
    match casualties {
        Casualties::Absent { reason } => html! {
            section.flow id="casualties" {
                header { h2 { "Casualty list" } p.finding { (reason) } }
            }
        },
        Casualties::Listed(table) => html! {
            section id="casualties" {
                header { h2 { "Casualty list" } p.finding { (table.finding) } }
                @if table.rows.is_empty() { p.muted { "No issuer meets the conditions." } } @else { (list(table)) }
            }
        },
    }
}

fn list(table: &IssuerTable) -> Markup {
    let steps = table.ladder_labels.join(", ");
    let most = table.rows.iter().flat_map(|r| r.ladder.iter().flatten()).copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    html! {
        ul.key {
            li { "Ladder: debt due in " (steps) ", one scale for all rows:" }
            li { (figure::swatch("f-giants", 1.0)) "within 24 months" }
            li { (figure::swatch("f-rest", 1.0)) "later" }
        }
        div.scroll tabindex="0" role="region" aria-label="Issuers at risk" {
            table.issuers.sortable {
                caption.hidden { "Issuers at risk" }
                thead {
                    tr {
                        th scope="col" { "Issuer" }
                        th scope="col" data-fixed="" { "Ladder" }
                        th.num scope="col" { "Due in 24 months" }
                        th.num scope="col" { "Coverage" }
                        @for s in &table.scenarios { th scope="col" { (s) } }
                        th scope="col" data-fixed="" { "Filings" }
                    }
                }
                tbody { @for r in &table.rows { (row(table, r, most)) } }
            }
        }
    }
}

fn row(table: &IssuerTable, r: &IssuerRow, most: f64) -> Markup {
    let reason = r.note.as_deref().unwrap_or("Not reported");
    html! {
        tr {
            th scope="row" data-v=(r.name) {
                (r.name) " " span.muted { (r.symbol) }
                @if let Some(note) = &r.note { small { (format::prose(note)) } }
            }
            td {
                @if r.ladder.iter().flatten().any(|v| v.is_finite()) { (PreEscaped(ladder(table, r, most))) }
                @else { span.muted title=(reason) { (format::MISSING) } }
            }
            (number(Unit::Dollars, r.due_24_months, reason))
            (number(Unit::Multiple, r.coverage, reason))
            @for i in 0..table.scenarios.len() { (outcome(r.outcomes.get(i).and_then(Option::as_ref), reason)) }
            td.small {
                @for (i, a) in r.accessions.iter().enumerate() {
                    @if i > 0 { br; }
                    @match &a.url {
                        Some(url) => a.num href=(url) rel="noreferrer" { (a.number) },
                        None => span.num { (a.number) },
                    }
                }
            }
        }
    }
}

fn number(unit: Unit, value: Option<f64>, reason: &str) -> Markup {
    let value = value.filter(|v| v.is_finite());
    html! {
        @match value {
            Some(v) => td.num data-v=(v) { (format::number(unit, Some(v))) },
            None => td.num.muted data-v="" title=(reason) { (format::MISSING) },
        }
    }
}

fn outcome(outcome: Option<&Outcome>, reason: &str) -> Markup {
    html! {
        @match outcome {
            Some(o) => {
                @let (shape, word, rank) = match o.kind {
                    OutcomeKind::Survives => (Verdict::Holds, "survives", 0),
                    OutcomeKind::Zombie => (Verdict::Undecided, "zombie", 1),
                    OutcomeKind::Shortfall => (Verdict::Fails, "shortfall", 2),
                };
                td.outcome data-v=(rank) {
                    span.vd { (PreEscaped(spark::mark(&shape))) (word) }
                    @if let Some(when) = &o.when { small.when { (when) } }
                }
            },
            None => td.muted data-v="" title=(reason) { (format::MISSING) },
        }
    }
}

/// The ladder as columns on the scale of the whole list.
fn ladder(table: &IssuerTable, r: &IssuerRow, most: f64) -> String {
    const TALL: f64 = 26.0;
    let mut c = Canvas::new();
    let each = 104.0 / r.ladder.len().max(1) as f64;
    let mut words = Vec::new();
    for (i, v) in r.ladder.iter().enumerate() {
        let label = table.ladder_labels.get(i).map_or("", String::as_str);
        words.push(format!("{label}: {}", format::number(Unit::Dollars, *v)));
        if let Some(v) = v.filter(|v| v.is_finite() && *v > 0.0 && most > 0.0) {
            let x = each * i as f64;
            // What is owed is never invisible.
            let tall = (v / most * TALL).max(1.0);
            let class = if i < table.ladder_near { "f-giants" } else { "f-rest" };
            c.rect((x + 1.0, TALL + 2.0), (x + each - 1.5, TALL + 2.0 - tall), class);
        }
    }
    c.line((0.0, TALL + 2.5), (104.0, TALL + 2.5), "zero");
    let title = escape(&format!("Debt due by year. {}", words.join(", ")));
    format!(
        r#"<svg class="ladder" role="img" aria-label="{title}" viewBox="0 0 104 30" width="104" height="30"><title>{title}</title>{}</svg>"#,
        c.finish()
    )
}
