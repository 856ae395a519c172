//! Masthead, verdict, and what changed.

use maud::{Markup, PreEscaped, html};

use super::head::MARK;
use crate::charts::spark;
use crate::format;
use crate::model::{Edition, Since, Verdict};

pub(super) fn masthead(edition: &Edition, hash: &str) -> Markup {
    let mut days: Vec<_> = edition.data_through.iter().map(|s| s.through).collect();
    days.sort_unstable();
    days.dedup();
    // One publisher after another, or one that lags, is said at the top.
    let told = edition.data_through.iter().any(|s| s.stale || s.providers.contains(", then "));
    html! {
        header.top {
            div.brand { (PreEscaped(MARK)) span { "Plimsoll" } span.ribbonless { "The load line of an equity market" } }
            h1 { (edition.title) }
            dl.facts {
                div { dt { "As of" } dd { (edition.as_of_text) } }
                @if let ([day], false) = (&days[..], told) {
                    div { dt { "Data through" } dd { (day) } }
                }
                div { dt { "Thesis" } dd { (edition.thesis_id) } }
                div { dt { "Edition" } dd.mono { (hash) } }
                @if days.len() > 1 || told {
                    div.through {
                        dt { "Data through" }
                        dd {
                            @for s in &edition.data_through {
                                span { (s.source) " " (s.through) @if s.providers.contains(", then ") { " (" (s.providers) ")" } @if s.stale { " " span.stale { "stale" } } }
                            }
                        }
                    }
                }
            }
            p.publisher { (edition.publisher) }
        }
    }
}

pub(super) fn contents(edition: &Edition) -> Markup {
    html! {
        nav.contents aria-label="Contents" {
            ul {
                li { a href="#claims" { "Claims" } }
                @for s in &edition.sections {
                    li { a href={ "#section-" (format::slug(&s.id)) } { (s.title) } }
                }
                li { a href="#casualties" { "Casualty list" } }
                li { a href="#unknown" { "What could not be known" } }
                li { a href="#method" { "Method and sources" } }
                li { a href="#disclosure" { "Disclosure" } }
            }
        }
    }
}

pub(super) fn verdict(edition: &Edition) -> Markup {
    let kinds = [
        (Verdict::Holds, "hold"),
        (Verdict::Fails, "fail"),
        (Verdict::Undecided, "undecided"),
        (Verdict::Unknown { reason: String::new() }, "unknown"),
    ];
    html! {
        div.verdict {
            h2.hidden { "Verdict" }
            p.say { (format::prose(&edition.verdict_sentence)) }
            @if !edition.claims.is_empty() {
                ul.tally {
                    @for (kind, word) in &kinds {
                        @let n = edition.claims.iter().filter(|c| c.verdict.word() == kind.word()).count();
                        @if n > 0 { li { (PreEscaped(spark::mark(kind))) span { b { (n) } " " (word) } } }
                    }
                    li.muted { "of " (edition.claims.len()) " claims" }
                }
            }
            @if let Some(since) = &edition.since { (changes(edition, since)) }
        }
    }
}

fn changes(edition: &Edition, since: &Since) -> Markup {
    html! {
        div.since {
            p { b { "Since " (since.day) ". " } (format::prose(&since.sentence)) }
            @if !since.changes.is_empty() {
                ul {
                    @for c in &since.changes {
                        @let claim = edition.claims.iter().find(|r| r.id == c.claim);
                        li {
                            (word(&c.from)) span.muted aria-label="became" { "\u{2192}" } (word(&c.to))
                            @match claim {
                                Some(r) => a.quiet href={ "#claim-" (format::slug(&r.id)) } { (r.number) ". " (format::prose(&r.says)) },
                                None => span { (c.claim) },
                            }
                            @if !c.note.is_empty() { span.muted.num { (format::prose(&c.note)) } }
                        }
                    }
                }
            }
        }
    }
}

/// A verdict as shape, colour and word.
pub(super) fn word(verdict: &Verdict) -> Markup {
    html! { span class={ "vd " (verdict.word()) } { (PreEscaped(spark::mark(verdict))) (verdict.word()) } }
}
