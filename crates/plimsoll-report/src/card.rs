//! The image card: what a shared link shows.

use crate::charts::spark;
use crate::export;
use crate::model::{Chart, Edition};
use crate::svg::Size;
use crate::svg::canvas::{coordinate, escape};
use crate::svg::text;
use crate::theme::{self, Theme};

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 630.0;
const MARGIN: f64 = 72.0;
const SERIF: &str = r#"Georgia,"Liberation Serif",serif"#;

/// The card as an SVG document of 1200 by 630: title, verdict, one mark for each claim, as-of day and edition.
pub fn card(edition: &Edition, hash: &str) -> String {
    let ink = theme::colour(Theme::Light, "ink");
    let muted = theme::colour(Theme::Light, "muted");
    let mut body = String::new();
    let mut line = |x: f64, y: f64, font: &str, fill: &str, extra: &str, text: &str| {
        body.push_str(&format!(
            r#"<text x="{}" y="{}" style='font:{font};fill:{fill}'{extra}>{}</text>"#,
            coordinate(x),
            coordinate(y),
            escape(text)
        ));
    };
    let sans = theme::SANS;
    line(MARGIN + 58.0, 96.0, &format!("600 28px {sans}"), ink, "", "Plimsoll");
    line(
        WIDTH - MARGIN,
        96.0,
        &format!("26px {sans}"),
        muted,
        r#" text-anchor="end""#,
        &format!("as of {}", edition.as_of.day()),
    );
    let room = WIDTH - 2.0 * MARGIN;
    let mut y = 186.0;
    let long = text::width(&edition.title, 54.0) > room * 2.0;
    let size = if long { 42.0 } else { 54.0 };
    for l in text::wrap(&edition.title, room, size, 3) {
        line(MARGIN, y, &format!("600 {size}px {SERIF}"), ink, "", &l);
        y += size * 1.18;
    }
    y += 14.0;
    let left = ((476.0 - y) / 40.0).floor().max(1.0) as usize + 1;
    for l in text::wrap(&edition.verdict_sentence, room, 30.0, left) {
        line(MARGIN, y, &format!("30px {sans}"), muted, "", &l);
        y += 40.0;
    }
    // What has no edition of its own shows none.
    let foot = if hash.is_empty() { String::new() } else { format!("edition {hash}") };
    line(WIDTH - MARGIN, HEIGHT - 34.0, &format!("18px {sans}"), muted, r#" text-anchor="end""#, &foot);
    let n = edition.claims.len().max(1) as f64;
    let slot = (room / n).min(75.0);
    for (i, c) in edition.claims.iter().enumerate() {
        let x = MARGIN + slot * i as f64;
        line(x + slot / 2.0, 544.0, &format!("18px {sans}"), muted, r#" text-anchor="middle""#, &c.number.to_string());
    }
    for (i, c) in edition.claims.iter().enumerate() {
        let side = (slot - 12.0).clamp(10.0, 40.0);
        let x = MARGIN + slot * i as f64 + (slot - side) / 2.0;
        let mark = spark::mark(&c.verdict).replacen(
            "<svg ",
            &format!(r#"<svg x="{}" y="{}" "#, coordinate(x), coordinate(518.0 - side)),
            1,
        );
        let sized = format!(r#"width="{side}" height="{side}""#, side = coordinate(side));
        body.push_str(&mark.replace(r#"width="16" height="16""#, &sized));
    }
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}"><title>{title}</title>"#,
            r#"<style>{style}</style><rect width="{w}" height="{h}" fill="{paper}"/><rect width="{w}" height="10" fill="{ink}"/>"#,
            r#"<g stroke="{ink}" stroke-width="4" fill="none"><circle cx="94" cy="87" r="15"/><path d="M68 87H120"/></g>{body}</svg>"#
        ),
        w = WIDTH,
        h = HEIGHT,
        title = escape(&edition.verdict_sentence),
        style = escape(&theme::literal_chart_style(Theme::Light)).replace("&quot;", "\""),
        paper = theme::colour(Theme::Light, "paper"),
        ink = ink,
        body = body,
    )
}

/// A chart as a card of 1200 by 630: drawn small and enlarged, so that it can be read where a link is shared.
pub fn chart_card(chart: &Chart, as_of: &str) -> String {
    const TOP: f64 = 92.0;
    let ink = theme::colour(Theme::Light, "ink");
    let sans = theme::SANS;
    let (svg, width, height) = export::document(chart, Size { width: 620.0, height: 215.0 }, Theme::Light);
    let scale = ((HEIGHT - TOP) / height).min(WIDTH / width);
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}"><title>{title}</title>"#,
            r#"<rect width="{w}" height="{h}" fill="{paper}"/><rect width="{w}" height="10" fill="{ink}"/>"#,
            r#"<g stroke="{ink}" stroke-width="4" fill="none"><circle cx="68" cy="56" r="15"/><path d="M42 56H94"/></g>"#,
            r#"<text x="108" y="66" style='font:600 28px {sans};fill:{ink}'>Plimsoll</text>"#,
            r#"<text x="1160" y="66" text-anchor="end" style='font:26px {sans};fill:{muted}'>as of {as_of}</text>"#,
            r#"<g transform="translate({x} {top}) scale({scale})">{svg}</g></svg>"#
        ),
        w = WIDTH,
        h = HEIGHT,
        title = escape(&chart.title),
        paper = theme::colour(Theme::Light, "paper"),
        muted = theme::colour(Theme::Light, "muted"),
        ink = ink,
        sans = sans,
        as_of = escape(as_of),
        x = coordinate((WIDTH - width * scale) / 2.0),
        top = TOP,
        scale = (scale * 1e4).floor() / 1e4,
        svg = svg,
    )
}
