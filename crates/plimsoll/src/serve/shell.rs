//! The shell around every page: head, navigation, the as-of control, footer; and the page that shows a problem.
//!
//! Other parts of the program that serve pages use it as well: [`page`] for a whole page, [`Problem`] for what went wrong. A problem
//! becomes a page or `application/problem+json` on the way out, by what the reader accepts.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use plimsoll_report::theme::{self, Theme};

use super::assets;
use super::problem::Problem;

/// The places of the navigation, in its order: path and name.
pub const PLACES: &[(&str, &str)] = &[
    ("/", "Thesis"),
    ("/measures", "Measures"),
    ("/rates", "Rates"),
    ("/stress", "Stress lab"),
    ("/issuers", "Issuers"),
    ("/signals", "Signals"),
    ("/data", "Data"),
    ("/method", "Method"),
];

/// What the shell must know of a page.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The title, without the program's name.
    pub title: String,
    /// One sentence, for shared links and search.
    pub description: String,
    /// Which of [`PLACES`] it belongs to, by path; empty for none.
    pub place: &'static str,
    /// The day that the page is as of; kept by the links of the navigation.
    pub as_of: Option<String>,
    /// Whether the as-of control is shown, and with which other parameters it is sent along.
    pub control: Option<Control>,
    /// Address of the image card, absolute.
    pub card: Option<String>,
    /// Scripts beside the common one, by name of asset.
    pub scripts: &'static [&'static str],
}

/// The as-of control of a page.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// Where it leads.
    pub action: String,
    /// Parameters that stay.
    pub keep: Vec<(String, String)>,
    /// The first and the last day that can be chosen.
    pub span: Option<(String, String)>,
    /// The sessions before and after, where there are any.
    pub steps: (Option<String>, Option<String>),
}

/// A whole page.
pub fn page(shell: &Shell, body: &Markup) -> String {
    let title = format!("{} · Plimsoll", shell.title);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                @if !shell.description.is_empty() { meta name="description" content=(shell.description); }
                meta name="color-scheme" content="light dark";
                meta name="theme-color" content=(theme::colour(Theme::Light, "paper")) media="(prefers-color-scheme: light)";
                meta name="theme-color" content=(theme::colour(Theme::Dark, "paper")) media="(prefers-color-scheme: dark)";
                meta property="og:site_name" content="Plimsoll";
                meta property="og:title" content=(shell.title);
                meta property="og:description" content=(shell.description);
                @if let Some(card) = &shell.card {
                    meta property="og:image" content=(card);
                    meta property="og:image:width" content="1200";
                    meta property="og:image:height" content="630";
                    meta name="twitter:card" content="summary_large_image";
                }
                link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::path("serve.css"));
                script src=(assets::path("serve.js")) defer="" {}
                @for s in shell.scripts { script src=(assets::path(s)) defer="" {} }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.bar {
                    div.inner {
                        a.mark href=(linked("/", shell)) aria-label="Plimsoll: the thesis" { (PreEscaped(MARK)) span { "Plimsoll" } }
                        nav.places aria-label="Pages" {
                            ul {
                                @for (path, name) in PLACES {
                                    li {
                                        @if *path == shell.place { a href=(linked(path, shell)) aria-current="page" { (name) } }
                                        @else { a href=(linked(path, shell)) { (name) } }
                                    }
                                }
                            }
                        }
                        @if let Some(c) = &shell.control { (control(shell, c)) }
                    }
                }
                p.notice id="news" role="status" hidden="" {}
                main id="main" tabindex="-1" { (body) }
                footer.end {
                    p {
                        "Plimsoll says what was known on a day, and nothing else. Results are hypothetical; nothing here is advice."
                    }
                    p { a href="/api/v1/openapi.json" { "API" } " · " a href=(linked("/method", shell)) { "Method" } " · " a href=(linked("/data", shell)) { "Data and its gaps" } }
                }
            }
        }
    }
    .into_string()
}

/// A path with the page's day.
fn linked(path: &str, shell: &Shell) -> String {
    match &shell.as_of {
        Some(day) => format!("{path}?as_of={}", escape(day)),
        None => path.to_owned(),
    }
}

/// A text as part of a query.
pub fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn control(shell: &Shell, c: &Control) -> Markup {
    let day = shell.as_of.as_deref().unwrap_or_default();
    let step = |to: &Option<String>, label: &str, sign: &str| {
        let kept: String = c.keep.iter().map(|(k, v)| format!("&{}={}", escape(k), escape(v))).collect();
        html! {
            @match to {
                Some(to) => a.step href={ (c.action) "?as_of=" (to) (kept) } aria-label=(label) title={ (label) ": " (to) } { (sign) },
                None => span.step.off aria-hidden="true" { (sign) },
            }
        }
    };
    html! {
        form.asof action=(c.action) method="get" role="search" aria-label="As-of day" {
            label for="as-of" { "As of" }
            (step(&c.steps.0, "The session before", "‹"))
            input #as-of type="date" name="as_of" value=(day) required=""
                min=[c.span.as_ref().map(|s| s.0.as_str())] max=[c.span.as_ref().map(|s| s.1.as_str())];
            (step(&c.steps.1, "The next session", "›"))
            @for (k, v) in &c.keep { input type="hidden" name=(k) value=(v); }
            button type="submit" { "Show" }
        }
    }
}

/// The page of a problem: what happened, and what to do next.
pub fn problem(problem: &Problem) -> String {
    let shell = Shell { title: problem.title.clone(), ..Shell::default() };
    let body = html! {
        section.problem {
            header {
                p.code { (problem.status) }
                h1 { (problem.title) }
            }
            p.finding { (problem.detail) }
            @if let Some(hint) = &problem.hint { p { (hint) } }
            p { a href="/" { "To the thesis" } }
        }
    };
    page(&shell, &body)
}

/// The page that a reader sees while a page is made; it asks again by itself.
pub fn waiting(place: &'static str, as_of: Option<&str>) -> String {
    let shell = Shell { title: "Reading".into(), place, as_of: as_of.map(str::to_owned), ..Shell::default() };
    let body = html! {
        section.problem.waiting role="status" {
            h1 { "Reading what was known" }
            p.finding { "Every session of two years is judged with what was known then. It takes up to a minute the first time; this page opens by itself." }
            progress aria-label="Reading" {}
        }
    };
    page(&shell, &body)
}

/// The mark: a disc cut by the load line.
pub const MARK: &str = concat!(
    r#"<svg viewBox="0 0 34 24" width="34" height="24" aria-hidden="true" focusable="false"><circle cx="17" cy="12" r="9" fill="none" "#,
    r#"stroke="currentColor" stroke-width="2.4"/><path d="M1 12H33" stroke="currentColor" stroke-width="2.4"/></svg>"#
);
