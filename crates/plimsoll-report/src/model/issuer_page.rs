//! One issuer on one page.

use plimsoll_model::time::AsOf;
use serde::Serialize;

use super::edition::Unknown;
use super::issuer::{Accession, Outcome};
use super::section::Section;

/// A page about one issuer as of one moment: what [`render_issuer`](crate::render_issuer) needs and nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct IssuerPage {
    /// The issuer's name.
    pub name: String,
    /// The symbol asked for.
    pub symbol: String,
    /// The issuer's id, as the regulator numbers it.
    pub id: String,
    /// Industry or code, in words; empty where not known.
    pub industry: String,
    /// The moment of knowledge.
    #[serde(serialize_with = "text")]
    pub as_of: AsOf,
    /// The moment as a reader should see it.
    pub as_of_text: String,
    /// Who publishes, and what this is not, in one line.
    pub publisher: String,
    /// What stands out, in one or two sentences.
    pub finding: String,
    /// Maturities, coverage, default measures.
    pub sections: Vec<Section>,
    /// Scenarios of refinancing and how each ends; empty where stress could not be run, which `missing` then says.
    pub outcomes: Vec<ScenarioRow>,
    /// Whether it is a zombie, definition by definition.
    pub zombies: Vec<ZombieRow>,
    /// What the definitions were applied to, in a sentence.
    pub zombies_of: String,
    /// The filings behind the page.
    pub filings: Vec<FilingRow>,
    /// What is missing, and why.
    pub missing: Vec<Unknown>,
    /// The command line that makes this file again.
    pub reproduce: String,
}

/// One scenario of refinancing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioRow {
    /// Its name.
    pub name: String,
    /// What it assumes, in a sentence.
    pub says: String,
    /// How it ends.
    pub outcome: Outcome,
    /// The lowest coverage on the way, EBIT over interest of four quarters.
    pub lowest: Option<f64>,
    /// Coverage at the end.
    pub coverage: Option<f64>,
    /// Cash above what must stay, at the end or where it first falls short, dollars.
    pub cash: Option<f64>,
}

/// The status under one definition of a zombie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZombieRow {
    /// The definition and who published it.
    pub definition: String,
    /// Whether it is one; `None` where that cannot be told.
    pub zombie: Option<bool>,
    /// The fiscal year judged.
    pub year: String,
    /// Why.
    pub reason: String,
    /// When it became one and when it ceased to be, with the days on which that was known.
    pub spells: Vec<String>,
}

/// A filing behind the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilingRow {
    /// Its accession number, with an address where there is one.
    pub accession: Accession,
    /// Its form.
    pub form: String,
    /// What was taken from it.
    pub what: String,
    /// When it could first be used, as a day.
    pub known: String,
}

fn text<S: serde::Serializer>(as_of: &AsOf, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(as_of)
}
