//! A chart as a file that stands alone: title, subtitle, key, plot and foot, with every colour written out.

use crate::charts;
use crate::model::Chart;
use crate::svg::canvas::{coordinate, escape};
use crate::svg::{Size, text};
use crate::theme::{self, Theme};

const MARGIN: f64 = 20.0;

/// `chart` as an SVG document for use outside the page.
pub fn chart_svg(chart: &Chart, size: Size, theme: Theme) -> String {
    document(chart, size, theme).0
}

/// The document with its width and height.
pub(crate) fn document(chart: &Chart, size: Size, theme: Theme) -> (String, f64, f64) {
    let drawing = charts::draw(&chart.plot, size);
    let mut body = String::new();
    let mut y = MARGIN + 14.0;
    let mut block = |lines: Vec<String>, size: f64, class: &str, y: &mut f64| {
        for l in lines {
            body.push_str(&format!(r#"<text class="{class}" x="{MARGIN}" y="{}">{}</text>"#, coordinate(*y), escape(&l)));
            *y += size * 1.35;
        }
    };
    block(text::wrap(&chart.title, size.width, 18.0, 3), 17.0, "title", &mut y);
    block(text::wrap(&chart.subtitle, size.width, 13.0, 3), 13.0, "sub", &mut y);
    let keys: Vec<String> = charts::key(&chart.plot)
        .into_iter()
        .map(|k| if k.class == "rule" { format!("thin rules, {}", k.text) } else { k.text })
        .collect();
    let top = y;
    let mut foot_y = top + drawing.height + 14.0;
    let foot = if keys.is_empty() { chart.foot.clone() } else { format!("Shown: {}. {}", keys.join("; "), chart.foot) };
    block(text::wrap(&foot, size.width, 11.0, 4), 11.0, "foot", &mut foot_y);
    let (width, height) = (size.width + 2.0 * MARGIN, (foot_y + MARGIN - 10.0).ceil());
    let style = format!(
        "{}text.title{{font:600 17px {sans};fill:{ink}}}text.sub{{font:13px {sans};fill:{muted}}}text.foot{{font:11px {sans};fill:{muted}}}",
        theme::literal_chart_style(theme),
        sans = theme::SANS,
        ink = theme::colour(theme, "ink"),
        muted = theme::colour(theme, "muted"),
    );
    let svg = format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}">"#,
            r#"<title>{title}</title><style>{style}</style><rect width="{w}" height="{h}" fill="{paper}"/>"#,
            r#"{body}<g class="plot" transform="translate({m} {top})">{plot}</g></svg>"#
        ),
        w = width,
        h = height,
        title = escape(&chart.title),
        style = escape(&style).replace("&quot;", "\""),
        paper = theme::colour(theme, "paper"),
        body = body,
        m = MARGIN,
        top = coordinate(top),
        plot = drawing.elements,
    );
    (svg, width, height)
}
