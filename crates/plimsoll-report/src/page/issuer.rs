//! The page of one issuer.

use maud::{Markup, PreEscaped, html};
use plimsoll_model::unit::Unit;

use super::head::{self, MARK};
use super::{Anchors, Rendered, hash_of, method, section};
use crate::charts::spark;
use crate::format;
use crate::model::{Casualties, Edition, IssuerPage, OutcomeKind, Verdict};

/// `page` as a self-contained file; the same page gives the same bytes.
pub fn render_issuer(page: &IssuerPage) -> Rendered {
    let edition = edition(page);
    let body = body(page, &edition).into_string();
    let assemble = |hash: &str| {
        html! {
            (maud::DOCTYPE)
            html lang="en" {
                (head::head(&edition, hash))
                body {
                    a.skip href="#main" { "Skip to the finding" }
                    header.top {
                        div.brand { (PreEscaped(MARK)) span { "Plimsoll" } span.ribbonless { "The load line of an issuer" } }
                        h1 { (page.name) " (" (page.symbol) ")" }
                        dl.facts {
                            div { dt { "As of" } dd { (page.as_of_text) } }
                            div { dt { "Issuer" } dd { (page.id) } }
                            @if !page.industry.is_empty() { div { dt { "Industry" } dd { (page.industry) } } }
                            div { dt { "Edition" } dd.mono { (hash) } }
                        }
                        p.publisher { (page.publisher) }
                    }
                    main id="main" { (PreEscaped(&body)) }
                    footer.end { p { (page.publisher) } }
                    script { (PreEscaped(include_str!("script.js"))) }
                }
            }
        }
        .into_string()
    };
    let hash = hash_of(&assemble(""));
    Rendered { html: assemble(&hash), hash }
}

/// What head and sections need of an edition.
pub(super) fn edition(page: &IssuerPage) -> Edition {
    Edition {
        title: format!("{} ({})", page.name, page.symbol),
        thesis_id: page.id.clone(),
        as_of: page.as_of,
        as_of_text: page.as_of_text.clone(),
        publisher: page.publisher.clone(),
        disclosure: Vec::new(),
        verdict_sentence: page.finding.clone(),
        since: None,
        data_through: Vec::new(),
        claims: Vec::new(),
        sections: page.sections.clone(),
        casualties: Casualties::Absent { reason: String::new() },
        unknown: page.missing.clone(),
        methods: Vec::new(),
        inputs: Vec::new(),
        reproduce: page.reproduce.clone(),
        card: None,
    }
}

pub(super) fn body(page: &IssuerPage, edition: &Edition) -> Markup {
    let anchors = Anchors::of(edition);
    html! {
        div.verdict { h2.hidden { "Finding" } p.say { (format::prose(&page.finding)) } }
        @for s in &page.sections { (section::section(edition, s, &anchors)) }
        @if !page.outcomes.is_empty() { (outcomes(page)) }
        @if !page.zombies.is_empty() { (zombies(page)) }
        (filings(page))
        (method::unknown(edition))
        section.flow id="method" {
            header { h2 { "How to make this file again" } }
            pre { code { (page.reproduce) } }
        }
    }
}

fn outcomes(page: &IssuerPage) -> Markup {
    let number = |label: &str, unit: Unit, v: Option<f64>, why: &str| {
        html! {
            @match v.filter(|v| v.is_finite()) {
                Some(v) => td.num data-l=(label) { (format::number(unit, Some(v))) },
                None => td.num.muted data-l=(label) title=(why) { (format::MISSING) },
            }
        }
    };
    html! {
        section.flow id="outcomes" {
            header { h2 { "Refinancing under each scenario" } }
            div.scroll tabindex="0" role="region" aria-label="Outcome of each scenario" {
                table.cards {
                    caption.hidden { "Outcome of each scenario" }
                    thead {
                        tr {
                            th scope="col" { "Scenario" }
                            th scope="col" { "How it ends" }
                            th.num scope="col" { "Lowest coverage" }
                            th.num scope="col" { "Coverage in three years" }
                            th.num scope="col" { "Cash left" }
                        }
                    }
                    tbody {
                        @for row in &page.outcomes {
                            @let (shape, word) = match row.outcome.kind {
                                OutcomeKind::Survives => (Verdict::Holds, "survives"),
                                OutcomeKind::Zombie => (Verdict::Undecided, "zombie"),
                                OutcomeKind::Shortfall => (Verdict::Fails, "shortfall"),
                            };
                            tr {
                                th scope="row" { (row.name) @if !row.says.is_empty() { br; small.muted { (format::prose(&row.says)) } } }
                                td {
                                    span.vd { (PreEscaped(spark::mark(&shape))) (word) }
                                    @if let Some(when) = &row.outcome.when { " " (when) }
                                }
                                (number("Lowest coverage", Unit::Multiple, row.lowest, "It pays no interest"))
                                (number("Coverage in three years", Unit::Multiple, row.coverage, "It ran short before, or pays no interest"))
                                (number("Cash left", Unit::Dollars, row.cash, "Not known"))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn zombies(page: &IssuerPage) -> Markup {
    html! {
        section.flow id="zombies" {
            header { h2 { "Zombie, by whose definition" } p.finding { (format::prose(&page.zombies_of)) } }
            div.scroll tabindex="0" role="region" aria-label="Status under each definition of a zombie" {
                table.cards {
                    caption.hidden { "Status under each definition of a zombie" }
                    thead {
                        tr {
                            th scope="col" { "Definition" }
                            th scope="col" { "Status" }
                            th scope="col" { "Year judged" }
                            th scope="col" { "Why" }
                            th scope="col" { "Entry and exit" }
                        }
                    }
                    tbody {
                        @for row in &page.zombies {
                            @let (shape, word) = match row.zombie {
                                Some(false) => (Verdict::Holds, "no zombie"),
                                Some(true) => (Verdict::Fails, "zombie"),
                                None => (Verdict::Unknown { reason: row.reason.clone() }, "cannot be told"),
                            };
                            tr {
                                th scope="row" { (format::prose(&row.definition)) }
                                td { span.vd { (PreEscaped(spark::mark(&shape))) (word) } }
                                td data-l="Year judged" { (row.year) }
                                td data-l="Why" { (format::prose(&row.reason)) }
                                td data-l="Entry and exit" {
                                    @if row.spells.is_empty() { span.muted { "never" } }
                                    @for (i, spell) in row.spells.iter().enumerate() { @if i > 0 { "; " } (format::prose(spell)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn filings(page: &IssuerPage) -> Markup {
    html! {
        section.flow id="filings" {
            header { h2 { "Filings used" } @if page.filings.is_empty() { p.finding { "No filing of this issuer was known." } } }
            @if !page.filings.is_empty() {
                table.cards {
                    caption.hidden { "Filings used" }
                    thead { tr { th scope="col" { "Accession number" } th scope="col" { "Form" } th scope="col" { "Known" } th scope="col" { "For" } } }
                    tbody {
                        @for f in &page.filings {
                            tr {
                                th scope="row" {
                                    @match &f.accession.url {
                                        Some(url) => a.num href=(url) rel="noreferrer" { (f.accession.number) },
                                        None => span.num { (f.accession.number) },
                                    }
                                }
                                td { span.num { (f.form) } }
                                td.num { (f.known) }
                                td { (format::prose(&f.what)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
