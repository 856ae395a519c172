//! A chart on the page: title, subtitle, key, drawing, foot, and the numbers behind it.

use maud::{Markup, PreEscaped, html};

use super::Anchors;
use crate::charts;
use crate::format;
use crate::model::{Chart, Plot};
use crate::svg::Size;

/// A section's main chart, drawn once for screens and paper and once for phones.
pub(super) fn main(chart: &Chart, anchors: &Anchors) -> Markup {
    if let Some(table) = shown(chart) {
        return frame(chart, anchors, table);
    }
    frame(
        chart,
        anchors,
        html! {
            div.onscreen { (PreEscaped(charts::svg(chart, Size::WIDE, "w"))) }
            div.onphone { (PreEscaped(charts::svg(chart, Size::NARROW, "n"))) }
        },
    )
}

/// A small multiple, which fits a phone as it is.
pub(super) fn multiple(chart: &Chart, anchors: &Anchors) -> Markup {
    let drawing = shown(chart).unwrap_or_else(|| html! { (PreEscaped(charts::svg(chart, Size::SMALL, "s"))) });
    frame(chart, anchors, drawing)
}

/// A table in place of a drawing.
fn shown(chart: &Chart) -> Option<Markup> {
    let table = charts::table(&chart.plot).filter(|_| matches!(chart.plot, Plot::Table { .. }))?;
    Some(html! { div.shown { (cells(chart, &table)) } })
}

fn frame(chart: &Chart, anchors: &Anchors, drawing: Markup) -> Markup {
    let keys = charts::key(&chart.plot);
    html! {
        figure id={ "figure-" (format::slug(&chart.id)) } {
            figcaption {
                h3 { (format::prose(&chart.title)) }
                @if !chart.subtitle.is_empty() { p.sub { (format::prose(&chart.subtitle)) } }
            }
            @if !keys.is_empty() {
                ul.key {
                    @for k in &keys { li { (swatch(&k.class, k.opacity)) (k.text) } }
                }
            }
            (drawing)
            p.foot {
                (format::prose(&chart.foot))
                @if let Some(href) = anchors.method(chart.method.as_deref()) { " " a.quiet href=(href) { "Definition" } }
            }
            (data(chart))
        }
    }
}

/// A small sample of a class of mark.
pub(super) fn swatch(class: &str, opacity: f64) -> Markup {
    let shape = match class {
        "rule" => r#"<path class="rule" d="M6 0V12"/>"#.to_owned(),
        "dot" => r#"<circle class="dot" cx="6" cy="6" r="3"/>"#.to_owned(),
        "cellmark" => r#"<rect class="cellmark" x="1" y="1" width="10" height="10"/>"#.to_owned(),
        _ => format!(r#"<rect class="{class}" width="12" height="12" fill-opacity="{opacity:.2}"/>"#),
    };
    PreEscaped(format!(r#"<svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">{shape}</svg>"#))
}

fn data(chart: &Chart) -> Markup {
    let drawn = !matches!(chart.plot, Plot::Table { .. });
    let Some(table) = charts::table(&chart.plot).filter(|t| drawn && !t.rows.is_empty()) else { return html! {} };
    html! {
        details.data {
            summary { "Data" }
            (cells(chart, &table))
            @if let Some(remark) = &table.remark { p.foot { (remark) } }
        }
    }
}

fn cells(chart: &Chart, table: &charts::DataTable) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "Data of the chart: " (chart.title) } {
            table {
                thead { tr { @for h in &table.head { th scope="col" { (h) } } } }
                tbody {
                    @for r in &table.rows {
                        tr {
                            @for (i, c) in r.iter().enumerate() {
                                @if i == 0 { th scope="row" { (c) } } @else { td { (c) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
