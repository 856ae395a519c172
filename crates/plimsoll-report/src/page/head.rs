//! The page's head: metadata, style, and a policy that forbids every request.

use maud::{Markup, PreEscaped, html};

use crate::model::Edition;
use crate::theme::{self, Theme};

/// What stands before the hash in the page's metadata.
pub(super) const HASH_META: &str = r#"<meta name="plimsoll:edition" content=""#;

pub(super) const SERIF: &str =
    r#""Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua","Source Serif 4",Georgia,"Liberation Serif",serif"#;

/// The mark: a disc cut by the load line.
pub(super) const MARK: &str = concat!(
    r#"<svg viewBox="0 0 34 24" aria-hidden="true" focusable="false"><circle cx="17" cy="12" r="9" fill="none" "#,
    r#"stroke="currentColor" stroke-width="2.4"/><path d="M1 12H33" stroke="currentColor" stroke-width="2.4"/></svg>"#
);

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const ICON: &str = concat!(
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 34 34'%3E%3Ccircle cx='17' cy='17' r='11' ",
    "fill='none' stroke='%235b9bd1' stroke-width='4'/%3E%3Cpath d='M0 17H34' stroke='%235b9bd1' stroke-width='4'/%3E%3C/svg%3E"
);

pub(super) fn head(edition: &Edition, hash: &str) -> Markup {
    let title = format!("{}, as of {}", edition.title, edition.as_of.day());
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            title { (title) }
            meta name="description" content=(edition.verdict_sentence);
            meta name="color-scheme" content="light dark";
            meta name="theme-color" content=(theme::colour(Theme::Light, "paper")) media="(prefers-color-scheme: light)";
            meta name="theme-color" content=(theme::colour(Theme::Dark, "paper")) media="(prefers-color-scheme: dark)";
            meta name="generator" content="Plimsoll";
            meta name="plimsoll:thesis" content=(edition.thesis_id);
            meta name="plimsoll:as-of" content=(edition.as_of);
            (PreEscaped(HASH_META)) (hash) (PreEscaped("\">"))
            meta property="og:type" content="article";
            meta property="og:site_name" content="Plimsoll";
            meta property="og:title" content=(title);
            meta property="og:description" content=(edition.verdict_sentence);
            @if let Some(card) = &edition.card {
                meta property="og:image" content=(card);
                meta property="og:image:width" content="1200";
                meta property="og:image:height" content="630";
                meta property="og:image:alt" content=(edition.verdict_sentence);
                meta name="twitter:card" content="summary_large_image";
            }
            link rel="icon" href=(ICON);
            style { (PreEscaped(style(edition))) }
        }
    }
}

fn style(edition: &Edition) -> String {
    let footer = format!("{}, as of {}", edition.title, edition.as_of.day());
    format!(
        concat!(
            ":root{{color-scheme:light dark;--sans:{sans};--serif:{serif};{light}}}",
            "@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{page}{charts}",
            "@media print{{@page{{@bottom-left{{content:\"{footer}\";font:8pt sans-serif;color:#555}}}}}}"
        ),
        sans = theme::SANS,
        serif = SERIF,
        light = theme::declarations(Theme::Light),
        dark = theme::declarations(Theme::Dark),
        page = include_str!("style.css"),
        charts = theme::CHART_STYLE,
        footer = css_text(&footer),
    )
}

/// `text` within a CSS string, inside a style element.
fn css_text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' | '<' | '\n' | '\r' => out.push_str(&format!("\\{:x} ", c as u32)),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_cannot_leave_its_css_string() {
        assert_eq!(super::css_text("a\"b</style>"), "a\\22 b\\3c /style>");
    }
}
