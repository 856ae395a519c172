//! A strategy's tear sheet: one self-contained page in the style of the report.

use maud::{Markup, PreEscaped, html};

use super::{Anchors, Rendered, hash_of, head, method, section};
use crate::format;
use crate::model::{Cell, SheetTable, TearSheet};

/// `sheet` as a page; the same sheet gives the same bytes.
pub fn render_tear_sheet(sheet: &TearSheet) -> Rendered {
    let body = body(sheet).into_string();
    let hash = hash_of(&assemble(sheet, &body, ""));
    Rendered { html: assemble(sheet, &body, &hash), hash }
}

fn assemble(sheet: &TearSheet, body: &str, hash: &str) -> String {
    let edition = &sheet.edition;
    let page = html! {
        (maud::DOCTYPE)
        html lang="en" {
            (head::head(edition, hash))
            body {
                a.skip href="#main" { "Skip to the result" }
                header.top {
                    div.brand { (PreEscaped(head::MARK)) span { "Plimsoll" } span.ribbonless { "Tear sheet of a strategy" } }
                    h1 { (edition.title) }
                    dl.facts {
                        div { dt { "As of" } dd { (edition.as_of_text) } }
                        div { dt { "Strategy" } dd { (edition.thesis_id) } }
                        div { dt { "Edition" } dd.mono { (hash) } }
                    }
                    p.publisher { (edition.publisher) }
                }
                (PreEscaped(body))
                footer.end {
                    p { (edition.title) ", as of " (edition.as_of_text) ". Edition " code { (hash) } "." }
                }
                script { (PreEscaped(include_str!("script.js"))) }
            }
        }
    };
    page.into_string()
}

fn body(sheet: &TearSheet) -> Markup {
    let edition = &sheet.edition;
    html! {
        nav.contents aria-label="Contents" {
            ul {
                @for s in &edition.sections { li { a href={ "#section-" (format::slug(&s.id)) } { (s.title) } } }
                @for t in &sheet.tables { li { a href={ "#table-" (format::slug(&t.id)) } { (t.title) } } }
                li { a href="#method" { "Definitions" } }
                li { a href="#disclosure" { "Disclosure" } }
            }
        }
        main id="main" { (contents(sheet)) }
    }
}

/// What stands below the masthead and the list of contents.
pub(super) fn contents(sheet: &TearSheet) -> Markup {
    let edition = &sheet.edition;
    let anchors = Anchors::of(edition);
    html! {
        div.verdict {
            h2.hidden { "Result" }
            p.say { (format::prose(&edition.verdict_sentence)) }
            @for w in &sheet.warnings { p { b.stale { (format::prose(w)) } } }
            div.since { ul { @for t in &sheet.terms { li { (format::prose(t)) } } } }
        }
        @for s in &edition.sections { (section::section(edition, s, &anchors)) }
        @for t in &sheet.tables { (table(t)) }
        (method::methods(edition, &anchors))
        (method::disclosure(edition))
    }
}

fn table(t: &SheetTable) -> Markup {
    html! {
        section.flow id={ "table-" (format::slug(&t.id)) } {
            header {
                h2 { (t.title) }
                @if !t.note.is_empty() { p.finding { (format::prose(&t.note)) } }
            }
            div.scroll tabindex="0" role="region" aria-label=(t.title) {
                table {
                    caption.hidden { (t.title) }
                    thead {
                        tr {
                            @for (i, c) in t.columns.iter().enumerate() {
                                @if i == 0 { th scope="col" { (c) } } @else { th.num scope="col" { (c) } }
                            }
                        }
                    }
                    tbody {
                        @for r in &t.rows {
                            tr {
                                th scope="row" { (format::prose(&r.label)) }
                                @for c in &r.cells { (cell(c)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(cell: &Cell) -> Markup {
    match cell {
        Cell::Value { value, unit } => {
            let shown = format::number(*unit, *value);
            if shown == format::MISSING {
                html! { td.num title="Not defined for this series" { (shown) } }
            } else {
                html! { td.num { (shown) } }
            }
        }
        Cell::Day { day: Some(day) } => html! { td.num { (day) } },
        Cell::Day { day: None } => html! { td.num title="Not yet" { (format::MISSING) } },
        Cell::Text { text } => html! { td.num { (text) } },
    }
}
