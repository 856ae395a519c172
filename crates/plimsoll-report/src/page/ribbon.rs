//! The claim ribbon: one row a claim.

use maud::{Markup, PreEscaped, html};

use super::Anchors;
use super::masthead::word;
use crate::charts::spark;
use crate::format;
use crate::model::{ClaimRow, Edition, Verdict};

pub(super) fn ribbon(edition: &Edition, anchors: &Anchors) -> Markup {
    html! {
        section id="claims" {
            header {
                h2 { "The claims" }
                p.finding { "Each link of the argument, tested: " (edition.claims.len()) " claims, their thresholds, and how they got here." }
            }
            @if edition.claims.is_empty() {
                p.muted { "The thesis makes no claim." }
            } @else {
                table.ribbon role="table" {
                    caption.hidden { "Claims with verdict, value against thresholds, two years of history and last flip" }
                    thead role="rowgroup" {
                        tr role="row" {
                            th scope="col" role="columnheader" { span.hidden { "Number" } }
                            th scope="col" role="columnheader" { "Claim" }
                            th scope="col" role="columnheader" { "Verdict" }
                            th scope="col" role="columnheader" { "Value against thresholds" }
                            th.spk scope="col" role="columnheader" { "Two years" }
                            th scope="col" role="columnheader" { "Last flip" }
                        }
                    }
                    tbody role="rowgroup" {
                        @for c in &edition.claims { (row(c, anchors)) }
                    }
                }
            }
        }
    }
}

fn row(c: &ClaimRow, anchors: &Anchors) -> Markup {
    let method = anchors.method(c.method.as_deref());
    html! {
        tr role="row" id={ "claim-" (format::slug(&c.id)) } {
            td.no role="cell" { (c.number) }
            th.says scope="row" role="rowheader" {
                @match anchors.section(c.section.as_deref()) {
                    Some(href) => a.quiet href=(href) { (format::prose(&c.says)) },
                    None => span { (format::prose(&c.says)) },
                }
                div.meta {
                    @match method {
                        Some(href) => a.quiet href=(href) { (c.measure) },
                        None => span { (c.measure) },
                    }
                    @if let Some(n) = c.n_obs { " \u{b7} n\u{a0}=\u{a0}" (format::count(n)) }
                }
                @if !c.flags.is_empty() {
                    ul.flags { @for f in &c.flags { li { "\u{2691}\u{a0}" (format::prose(f)) } } }
                }
                @if !c.evidence.is_empty() {
                    details.ev {
                        summary { "Evidence" }
                        dl.evidence { @for e in &c.evidence { dt { (e.label) } dd { (e.value) } } }
                    }
                }
            }
            td.vdc role="cell" { (word(&c.verdict)) }
            td.val role="cell" { (value(c)) }
            @match spark::sparkline(c) {
                Some(svg) => td.spk role="cell" { (PreEscaped(svg)) },
                None => td.spk.none role="cell" { span.muted title="No history of this measure" { (format::MISSING) } },
            }
            @match &c.last_flip {
                Some(f) => td.flip role="cell" { span.num { (f.day) } span { (f.from.word()) " \u{2192} " (f.to.word()) } },
                None => td.flip.none role="cell" { span.muted title="No flip in the history that is known" { (format::MISSING) } },
            }
        }
    }
}

fn value(c: &ClaimRow) -> Markup {
    let reason = match &c.verdict {
        Verdict::Unknown { reason } => Some(reason.as_str()),
        _ => None,
    };
    let shown = format::number(c.unit, c.value);
    html! {
        @if shown == format::MISSING {
            b title=(reason.unwrap_or("The value is missing")) { (shown) }
        } @else {
            b { (shown) }
        }
        @if let Some(svg) = spark::gauge(c) { (PreEscaped(svg)) }
        @if let Some(reason) = reason { span.why { (format::prose(reason)) } }
        span.lim {
            @if !c.holds_text.is_empty() { span { "holds " (format::condition(c.unit, &c.holds_text)) @if !c.fails_text.is_empty() { ", " } } }
            " "
            @if !c.fails_text.is_empty() { span { "fails " (format::condition(c.unit, &c.fails_text)) } }
        }
    }
}
