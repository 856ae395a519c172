//! Parts of the page for those who build pages of their own: the dashboard shows the same verdicts, sections and charts.

use maud::{Markup, PreEscaped, html};
use plimsoll_model::time::Day;

use super::{Anchors, casualties as list, figure, masthead, method, ribbon as rows, section as one, tear};
use crate::charts;
use crate::model::{Casualties, Chart, Edition, IssuerPage, Section, TearSheet, Verdict};
use crate::svg::Size;
use crate::theme;

/// What sorts tables and opens what a link points at.
pub const SCRIPT: &str = include_str!("script.js");

/// The page's style without its colours.
pub fn style() -> String {
    format!(":root{{--sans:{};--serif:{}}}\n{}{}", theme::SANS, super::head::SERIF, include_str!("style.css"), theme::CHART_STYLE)
}

/// The verdict in one sentence, its tally, and what changed.
pub fn verdict(edition: &Edition) -> Markup {
    masthead::verdict(edition)
}

/// A verdict as shape, colour and word.
pub fn word(verdict: &Verdict) -> Markup {
    masthead::word(verdict)
}

/// A verdict's shape alone, as SVG.
pub fn mark(verdict: &Verdict) -> Markup {
    html! { (PreEscaped(charts::spark::mark(verdict))) }
}

/// The claims, one row each.
pub fn ribbon(edition: &Edition) -> Markup {
    rows::ribbon(edition, &Anchors::of(edition))
}

/// Verdicts through time as a band over a span of days.
pub fn band(history: &[(Day, Verdict)], axis: (Day, Day), label: &str) -> Markup {
    match charts::band::band(history, axis, label) {
        Some(svg) => html! { (PreEscaped(svg)) },
        None => html! { span.muted title="No history is known" { (crate::format::MISSING) } },
    }
}

/// A section with its charts and figures.
pub fn section(edition: &Edition, section: &Section) -> Markup {
    one::section(edition, section, &Anchors::of(edition))
}

/// The casualty list.
pub fn casualties(casualties: &Casualties) -> Markup {
    list::casualties(casualties)
}

/// What could not be known.
pub fn unknown(edition: &Edition) -> Markup {
    method::unknown(edition)
}

/// A chart over the width of the page, drawn once for screens and once for phones, with the numbers behind it.
pub fn chart(chart: &Chart) -> Markup {
    figure::main(chart, &Anchors::none())
}

/// A small chart, with the numbers behind it.
pub fn small_chart(chart: &Chart) -> Markup {
    figure::multiple(chart, &Anchors::none())
}

/// A chart's drawing alone, wide or narrow.
pub fn drawing(chart: &Chart, wide: bool) -> Markup {
    let (size, suffix) = if wide { (Size::WIDE, "w") } else { (Size::NARROW, "n") };
    html! { (PreEscaped(charts::svg(chart, size, suffix))) }
}

/// What an issuer's page holds below its masthead.
pub fn issuer(page: &IssuerPage) -> Markup {
    super::issuer::body(page, &super::issuer::edition(page))
}

/// What a tear sheet holds below its masthead.
pub fn tear_sheet(sheet: &TearSheet) -> Markup {
    tear::contents(sheet)
}
