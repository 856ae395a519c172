//! What could not be known, methods, inputs, how to make the file again, disclosure.

use maud::{Markup, html};

use super::Anchors;
use crate::format;
use crate::model::{Edition, InputEntry, MethodEntry};

pub(super) fn unknown(edition: &Edition) -> Markup {
    html! {
        section.flow id="unknown" {
            header {
                h2 { "What could not be known" }
                @if edition.unknown.is_empty() { p.finding { "Nothing that this report needs was missing." } }
            }
            @if !edition.unknown.is_empty() {
                table.cards {
                    caption.hidden { "What could not be known, and why" }
                    thead { tr { th scope="col" { "What" } th.num scope="col" { "How much" } th scope="col" { "Why, and what it could change" } } }
                    tbody {
                        @for u in &edition.unknown {
                            tr {
                                th scope="row" { (format::prose(&u.what)) }
                                td.num {
                                    @match u.amount.filter(|a| a.is_finite()) {
                                        Some(a) => (format::number(u.unit, Some(a))),
                                        None => span.muted title="Cannot be counted" { (format::MISSING) },
                                    }
                                }
                                td { (format::prose(&u.detail)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn methods(edition: &Edition, anchors: &Anchors) -> Markup {
    html! {
        section id="method" {
            header { h2 { "Method and sources" } }
            div.methods { @for m in &edition.methods { (method(edition, m, anchors)) } }
            @if !edition.inputs.is_empty() {
                h3.sub2 { "Inputs" }
                div.scroll tabindex="0" role="region" aria-label="Inputs" { (inputs(&edition.inputs)) }
            }
            h3.sub2 { "How to make this file again" }
            pre { code { (edition.reproduce) } }
            p.small.muted { "With the same inputs, known by the same moment, the command gives this file byte for byte, whatever the store has learned since." }
        }
    }
}

fn method(edition: &Edition, m: &MethodEntry, anchors: &Anchors) -> Markup {
    html! {
        article.method id={ "method-" (format::slug(&m.id)) } {
            h3 { (m.name) }
            p { (format::prose(&m.definition)) }
            p.ref {
                "Unit: " (format::unit_words(m.unit)) "."
                @if !m.reference.is_empty() { " Reference: " (m.reference) "." }
                @if !m.inputs.is_empty() {
                    " Inputs: "
                    @for (i, id) in m.inputs.iter().enumerate() {
                        @if i > 0 { ", " }
                        @let name = edition.inputs.iter().find(|e| e.id == *id).map_or(id.as_str(), |e| e.name.as_str());
                        @match anchors.input(id) {
                            Some(href) => a href=(href) { (name) },
                            None => span { (name) },
                        }
                    }
                    "."
                }
            }
        }
    }
}

fn inputs(list: &[InputEntry]) -> Markup {
    html! {
        table.cards.sortable {
            caption.hidden { "Inputs with vintage and hash" }
            thead {
                tr {
                    th scope="col" { "Input" }
                    th scope="col" { "Publisher" }
                    th.num scope="col" { "Rows used" }
                    th scope="col" { "Span" }
                    th scope="col" { "Vintage" }
                    th scope="col" data-fixed="" { "Hash" }
                }
            }
            tbody {
                @for i in list {
                    tr id={ "input-" (format::slug(&i.id)) } {
                        th scope="row" { (i.name) @if let Some(note) = &i.note { div.why { (note) } } }
                        td data-l="Publisher" { (i.source) }
                        @match i.rows {
                            Some(n) => td.num data-l="Rows used" data-v=(n) { (format::count(n)) },
                            None => td.num data-l="Rows used" data-v="" title="Not counted" { (format::MISSING) },
                        }
                        td.num style="text-align:left" data-l="Span" {
                            @match i.span {
                                Some((a, b)) => { (a) " to " (b) },
                                None => span title="No rows were used" { (format::MISSING) },
                            }
                        }
                        td data-l="Vintage" { (i.vintage) }
                        td.mono data-l="Hash" title=(i.hash) { (short(&i.hash)) }
                    }
                }
            }
        }
    }
}

/// The first digits of a hash; the whole one is in the tooltip and in the JSON.
fn short(hash: &str) -> String {
    if hash.chars().count() > 18 { format!("{}\u{2026}", hash.chars().take(16).collect::<String>()) } else { hash.to_owned() }
}

pub(super) fn disclosure(edition: &Edition) -> Markup {
    html! {
        section.flow id="disclosure" {
            header { h2 { "Disclosure" } }
            div.disclosure { @for p in &edition.disclosure { p { (p) } } }
        }
    }
}
