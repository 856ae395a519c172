//! Tables as part of a page, as JSON, and as files to download.

use axum::http::{StatusCode, header};
use maud::{Markup, html};
use plimsoll_report::format::{MISSING, count, prose, signed};
use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::problem::Problem;
use super::reply::Content;
use super::shell::escape;
use crate::sheet::{Cells, Format, Sheet};

/// Rows that a request without `limit` gets.
pub const LIMIT: usize = 1_000;
/// Rows that a request may get at most.
pub const MOST: usize = 100_000;

/// Rows that may be passed over at most.
pub const FURTHEST: usize = u32::MAX as usize;

/// A table with what it is about.
pub struct Table {
    /// The rows.
    pub sheet: Sheet,
    /// A name for the file.
    pub name: String,
    /// The moment, as text; none for what depends on no data.
    pub as_of: Option<String>,
    /// Figures and words beside the rows.
    pub about: Map<String, Value>,
}

impl Table {
    /// A table about a moment.
    pub fn new(name: &str, as_of: impl std::fmt::Display, sheet: Sheet) -> Table {
        Table { sheet, name: name.to_owned(), as_of: Some(as_of.to_string()), about: Map::new() }
    }
    /// With a fact beside the rows.
    #[must_use]
    pub fn about(mut self, key: &str, value: impl Into<Value>) -> Table {
        self.about.insert(key.to_owned(), value.into());
        self
    }

    /// The rows asked for, in the form asked for; `path` is the resource's, for the link to the next rows.
    pub fn answer(&self, ask: &Ask, path: &str) -> Result<Content, Problem> {
        let (offset, limit) = (ask.whole("offset", 0, (0, FURTHEST))?, ask.whole("limit", LIMIT, (1, MOST))?);
        let form = ask.word("format", "json", &["json", "csv", "parquet", "arrow"])?;
        let (total, shown) = (self.sheet.rows(), self.sheet.slice(offset, limit));
        let next = (offset.saturating_add(limit) < total).then(|| {
            let mut pairs: Vec<(String, String)> =
                url::form_urlencoded::parse(ask.canonical().as_bytes()).into_owned().filter(|p| p.0 != "offset").collect();
            pairs.push(("offset".into(), (offset + limit).to_string()));
            format!("{path}?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
        });
        let mut content = match form {
            "json" => Content::json(&json!({
                "resource": self.name,
                "as_of": self.as_of,
                "about": self.about,
                "columns": columns(&self.sheet),
                "total": total,
                "offset": offset,
                "limit": limit,
                "next": next,
                "rows": shown.json(),
            }))?,
            file => {
                let (format, kind) = match file {
                    "csv" => (Format::Csv, "text/csv; charset=utf-8"),
                    "parquet" => (Format::Parquet, "application/vnd.apache.parquet"),
                    _ => (Format::Arrow, "application/vnd.apache.arrow.file"),
                };
                let name = format!("{}{}.{file}", self.name, self.as_of.as_deref().map(|d| format!("-{d}")).unwrap_or_default());
                let plain: String =
                    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
                Content { kind, bytes: shown.bytes(format).map_err(Problem::internal)?, headers: Vec::new() }
                    .header(header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{plain}\""))
            }
        };
        content = content.header(header::HeaderName::from_static("x-total-count"), &total.to_string());
        if let Some(next) = next {
            content = content.header(header::LINK, &format!("<{next}>; rel=\"next\""));
        }
        Ok(content)
    }
}

fn columns(sheet: &Sheet) -> Value {
    let column = |(name, cells): &(String, Cells)| match cells {
        Cells::Text(_) => json!({"name": name, "type": "text"}),
        Cells::Number(_, units) if units.len() == 1 => json!({"name": name, "type": "number", "unit": units[0].name()}),
        Cells::Number(..) => json!({"name": name, "type": "number"}),
        Cells::Int(_) => json!({"name": name, "type": "integer"}),
        Cells::Day(_) => json!({"name": name, "type": "day"}),
    };
    sheet.columns().iter().map(column).collect()
}

/// Texts of so many characters are not broken: days, verdicts, short reasons.
const UNBROKEN: usize = 16;

/// A cell as the field writes it: thousands apart, changes with their sign, machine names as words.
fn shown(sheet: &Sheet, column: usize, row: usize) -> Option<String> {
    let (name, cells) = &sheet.columns()[column];
    match cells {
        Cells::Int(v) => v[row].map(|n| format!("{}{}", if n < 0 { "\u{2212}" } else { "" }, count(n.unsigned_abs()))),
        Cells::Number(v, units) if units.len() == 1 && name.starts_with("change") => v[row].map(|x| signed(units[0], Some(x))),
        Cells::Text(v) if name == "flags" => v[row].as_ref().map(|t| t.replace('_', " ")),
        _ => sheet.words(column, row),
    }
}

/// The table of a page; `link` makes an address of a cell.
pub fn markup(sheet: &Sheet, caption: &str, link: impl Fn(usize, &str) -> Option<String>) -> Markup {
    let numeric = |c: &Cells| matches!(c, Cells::Number(..) | Cells::Int(_));
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table {
                caption.hidden { (caption) }
                thead {
                    tr {
                        @for (name, cells) in sheet.columns() {
                            @if numeric(cells) { th.num scope="col" { (name.replace('_', " ")) } } @else { th scope="col" { (name.replace('_', " ")) } }
                        }
                    }
                }
                tbody {
                    @for row in 0..sheet.rows() {
                        tr {
                            @for (c, (_, cells)) in sheet.columns().iter().enumerate() {
                                @let text = shown(sheet, c, row);
                                @let whole = text.as_ref().is_some_and(|t| t.chars().count() <= UNBROKEN);
                                @let inner = html! {
                                    @match &text {
                                        Some(t) => { @match sheet.words(c, row).and_then(|name| link(c, &name)) { Some(href) => a href=(href) { (prose(t)) }, None => (prose(t)) } },
                                        None => span.muted title="Not known" { (MISSING) },
                                    }
                                };
                                @if c == 0 { th.whole[whole] scope="row" { (inner) } }
                                @else if numeric(cells) { td.num { (inner) } }
                                @else { td.whole[whole] { (inner) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Rows of a page of a long table, and the links to the rows before and after.
pub fn paged(sheet: &Sheet, ask: &Ask, size: usize) -> Result<(Sheet, Markup), Problem> {
    let total = sheet.rows();
    let pages = total.div_ceil(size).max(1);
    let page = ask.whole("page", 1, (1, usize::MAX))?;
    if page > pages {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("There is no page {page}: the table has {pages}.")));
    }
    let to = |n: usize| {
        let asked = ask.canonical();
        let pairs = url::form_urlencoded::parse(asked.as_bytes()).into_owned().filter(|p| p.0 != "page");
        let query: String =
            pairs.chain([("page".to_owned(), n.to_string())]).map(|(k, v)| format!("&{}={}", escape(&k), escape(&v))).collect();
        format!("?{}", &query[1..])
    };
    let pager = html! {
        @if pages > 1 {
            nav.pager aria-label="Rows of the table" {
                @if page > 1 { a href=(to(page - 1)) rel="prev" { "Before" } }
                span { "Rows " (count(((page - 1) * size + 1) as u64)) " to " (count((page * size).min(total) as u64)) " of " (count(total as u64)) }
                @if page < pages { a href=(to(page + 1)) rel="next" { "After" } }
            }
        }
    };
    Ok((sheet.slice((page - 1) * size, size), pager))
}

/// Links to the same figures as files, and the command line that gives them.
pub fn downloads(path: &str, query: &str, command: &str) -> Markup {
    html! {
        div.downloads {
            span.muted { "Download" }
            @for form in ["csv", "json", "parquet", "arrow"] {
                a.button href={ (path) "?" (query) "&limit=" (MOST) "&format=" (form) } { (form.to_uppercase()) }
            }
        }
        @if !command.is_empty() {
            p.small.muted { "The same from the command line:" }
            pre.command { code { (command) } }
        }
    }
}
