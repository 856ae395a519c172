//! Style, scripts and icon, inside the program; their addresses carry a hash of their content, so that browsers keep them for ever.

use std::sync::LazyLock;

use axum::body::Bytes;

use plimsoll_report::theme::{self, Theme};

/// One file.
pub struct Asset {
    /// The name it is asked for by in code.
    pub name: &'static str,
    /// Its address.
    pub path: String,
    /// Its type.
    pub kind: &'static str,
    /// Its content.
    pub bytes: Bytes,
}

const ICON: &str = concat!(
    r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 34 34"><circle cx="17" cy="17" r="11" fill="none" stroke="#5b9bd1" "##,
    r##"stroke-width="4"/><path d="M0 17H34" stroke="#5b9bd1" stroke-width="4"/></svg>"##
);

/// The colours and charts of the report, then what pages have beside it.
fn style() -> String {
    format!(
        ":root{{color-scheme:light dark;{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{report}{serve}",
        light = theme::declarations(Theme::Light),
        dark = theme::declarations(Theme::Dark),
        report = plimsoll_report::parts::style(),
        serve = include_str!("assets/serve.css"),
    )
}

static ALL: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let script = "text/javascript; charset=utf-8";
    let files: Vec<(&str, &str, String)> = vec![
        ("serve.css", "text/css; charset=utf-8", style()),
        ("serve.js", script, format!("{}\n{}", plimsoll_report::parts::SCRIPT, include_str!("assets/serve.js"))),
        ("chart.js", script, include_str!("assets/chart.js").to_owned()),
        ("stress.js", script, include_str!("assets/stress.js").to_owned()),
        ("icon.svg", "image/svg+xml", ICON.to_owned()),
    ];
    let asset = |(name, kind, text): (&'static str, &'static str, String)| {
        let (stem, ending) = name.rsplit_once('.').expect("assets have endings");
        let hash = &blake3::hash(text.as_bytes()).to_hex()[..16];
        Asset { name, path: format!("/assets/{stem}-{hash}.{ending}"), kind, bytes: Bytes::from(text) }
    };
    files.into_iter().map(asset).collect()
});

/// The address of an asset.
pub fn path(name: &str) -> &'static str {
    ALL.iter().find(|a| a.name == name).map_or("/assets/none", |a| a.path.as_str())
}

/// An asset by its address.
pub fn find(path: &str) -> Option<&'static Asset> {
    ALL.iter().find(|a| a.path == path)
}
