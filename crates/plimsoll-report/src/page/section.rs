//! A section: finding, main chart and figures, small multiples, what would make it wrong.

use maud::{Markup, PreEscaped, html};

use super::{Anchors, figure};
use crate::charts::spark;
use crate::format;
use crate::model::{Edition, Figure, Section};

pub(super) fn section(edition: &Edition, s: &Section, anchors: &Anchors) -> Markup {
    let id = format::slug(&s.id);
    let bears: Vec<_> = edition.claims.iter().filter(|c| c.section.as_deref() == Some(s.id.as_str())).collect();
    html! {
        section id={ "section-" (id) } aria-labelledby={ "heading-" (id) } {
            header {
                h2 id={ "heading-" (id) } { (s.title) }
                p.finding { (format::prose(&s.finding)) }
                @if !bears.is_empty() {
                    p.bears {
                        "Claims tested here:"
                        @for c in &bears {
                            a href={ "#claim-" (format::slug(&c.id)) } title=(c.says) {
                                (PreEscaped(spark::mark(&c.verdict))) (c.number) ": " (c.verdict.word())
                            }
                        }
                    }
                }
            }
            div.pair {
                (figure::main(&s.main, anchors))
                @if !s.figures.is_empty() { div { (figures(&s.title, &s.figures, anchors)) } }
            }
            @if !s.multiples.is_empty() {
                div.multiples { @for c in &s.multiples { (figure::multiple(c, anchors)) } }
            }
            @if !s.wrong.is_empty() {
                div.wrong { p { b { "What would make this wrong. " } (format::prose(&s.wrong)) } }
            }
        }
    }
}

fn figures(title: &str, list: &[Figure], anchors: &Anchors) -> Markup {
    let counted = list.iter().any(|f| f.n.is_some());
    html! {
        table.figures {
            caption.hidden { "Figures: " (title) }
            thead.hidden {
                tr {
                    th scope="col" { "Figure" }
                    th scope="col" { "Value" }
                    @if counted { th scope="col" { "n" } }
                }
            }
            tbody {
                @for f in list {
                    @let shown = format::number(f.unit, f.value);
                    tr {
                        th scope="row" {
                            @match anchors.method(f.method.as_deref()) {
                                Some(href) => a.quiet href=(href) { (f.label) },
                                None => span { (f.label) },
                            }
                            @if let Some(note) = &f.note { span.note { (format::prose(note)) } }
                        }
                        @if shown == format::MISSING {
                            td.num.val title=(f.note.as_deref().unwrap_or("Not known")) { (shown) }
                        } @else {
                            td.num.val { (shown) }
                        }
                        @if counted { td.num.n { @if let Some(n) = f.n { "n\u{a0}=\u{a0}" (format::count(n)) } } }
                    }
                }
            }
        }
    }
}
