//! The page: one self-contained HTML file.

mod casualties;
mod figure;
mod head;
mod issuer;
mod masthead;
mod method;
pub mod parts;
mod ribbon;
mod section;
mod tear;

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};

pub use issuer::render_issuer;

use crate::format;
use crate::model::Edition;

pub use tear::render_tear_sheet;

/// A rendered page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The page.
    pub html: String,
    /// The edition hash: 32 hexadecimal digits of the BLAKE3 hash of the page without its hash.
    pub hash: String,
}

/// Which anchors exist, so that no link leads nowhere.
pub(crate) struct Anchors {
    methods: BTreeSet<String>,
    inputs: BTreeSet<String>,
    sections: BTreeSet<String>,
}

impl Anchors {
    /// None.
    fn none() -> Anchors {
        Anchors { methods: BTreeSet::new(), inputs: BTreeSet::new(), sections: BTreeSet::new() }
    }
    fn of(edition: &Edition) -> Anchors {
        Anchors {
            methods: edition.methods.iter().map(|m| m.id.clone()).collect(),
            inputs: edition.inputs.iter().map(|i| i.id.clone()).collect(),
            sections: edition.sections.iter().map(|s| s.id.clone()).collect(),
        }
    }
    /// The address of a method's definition, if it is on the page.
    pub(crate) fn method(&self, id: Option<&str>) -> Option<String> {
        id.filter(|id| self.methods.contains(*id)).map(|id| format!("#method-{}", format::slug(id)))
    }
    /// The address of an input, if it is on the page.
    pub(crate) fn input(&self, id: &str) -> Option<String> {
        self.inputs.contains(id).then(|| format!("#input-{}", format::slug(id)))
    }
    /// The address of a section, if it is on the page.
    pub(crate) fn section(&self, id: Option<&str>) -> Option<String> {
        id.filter(|id| self.sections.contains(*id)).map(|id| format!("#section-{}", format::slug(id)))
    }
}

/// `edition` as a page; the same edition gives the same bytes.
pub fn render(edition: &Edition) -> Rendered {
    let body = body(edition).into_string();
    let blank = assemble(edition, &body, "");
    let hash = hash_of(&blank);
    Rendered { html: assemble(edition, &body, &hash), hash }
}

/// Whether a page still is what its hash says; `None` where it carries no hash.
pub fn verify(page: &str) -> Option<bool> {
    let start = page.find(head::HASH_META)? + head::HASH_META.len();
    let hash = page.get(start..start + 32).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some(hash_of(&page.replace(hash, "")) == hash)
}

fn hash_of(page: &str) -> String {
    blake3::hash(page.as_bytes()).to_hex()[..32].to_owned()
}

fn assemble(edition: &Edition, body: &str, hash: &str) -> String {
    let page = html! {
        (maud::DOCTYPE)
        html lang="en" {
            (head::head(edition, hash))
            body {
                a.skip href="#main" { "Skip to the verdict" }
                (masthead::masthead(edition, hash))
                (PreEscaped(body))
                footer.end {
                    p {
                        (edition.title) ", as of " (edition.as_of_text) ". Edition " code { (hash) }
                        ": the BLAKE3 hash (first 32 digits) of this file with the hash removed wherever it stands."
                    }
                    p { (edition.publisher) }
                }
                script { (PreEscaped(include_str!("script.js"))) }
            }
        }
    };
    page.into_string()
}

fn body(edition: &Edition) -> Markup {
    let anchors = Anchors::of(edition);
    html! {
        (masthead::contents(edition))
        main id="main" {
            (masthead::verdict(edition))
            (ribbon::ribbon(edition, &anchors))
            @for s in &edition.sections { (section::section(edition, s, &anchors)) }
            (casualties::casualties(&edition.casualties))
            (method::unknown(edition))
            (method::methods(edition, &anchors))
            (method::disclosure(edition))
        }
    }
}
