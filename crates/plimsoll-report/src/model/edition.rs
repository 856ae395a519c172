//! One dated edition of a report.

use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use serde::{Serialize, Serializer};

use super::claim::{ClaimRow, Verdict};
use super::issuer::Casualties;
use super::section::Section;

/// A report as of one moment, complete: what [`render`](crate::render) needs and nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct Edition {
    /// The thesis's title.
    pub title: String,
    /// The thesis's name, as its file is called.
    pub thesis_id: String,
    /// The moment of knowledge.
    #[serde(serialize_with = "as_of_text")]
    pub as_of: AsOf,
    /// The moment as a reader should see it, with time and zone: `2024-02-02, 23:59 New York`.
    pub as_of_text: String,
    /// Who publishes, and what this is not, in one line.
    pub publisher: String,
    /// The disclosure, one paragraph each: hypothetical results, costs, no advice, positions.
    pub disclosure: Vec<String>,
    /// The verdict in one sentence, built from the claims.
    pub verdict_sentence: String,
    /// What changed since an earlier edition.
    pub since: Option<Since>,
    /// How far each source reaches.
    pub data_through: Vec<SourceThrough>,
    /// The claims, in the order of the argument.
    pub claims: Vec<ClaimRow>,
    /// The sections, in the order of the argument.
    pub sections: Vec<Section>,
    /// Issuers at risk.
    pub casualties: Casualties,
    /// What could not be known.
    pub unknown: Vec<Unknown>,
    /// The measures used.
    pub methods: Vec<MethodEntry>,
    /// The files and series read.
    pub inputs: Vec<InputEntry>,
    /// The command line that makes this file again.
    pub reproduce: String,
    /// The address of the image card, for links that are shared; absolute where the page is published, `None` for none.
    pub card: Option<String>,
}

fn as_of_text<S: Serializer>(as_of: &AsOf, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(as_of)
}

/// How far a source reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceThrough {
    /// The source, as a reader knows it.
    pub source: String,
    /// The last day it is about.
    pub through: Day,
    /// Whether it lags behind what should be known by now.
    pub stale: bool,
    /// Who provided it and until when, where several publishers can; empty otherwise.
    pub providers: String,
}

/// What changed since an earlier edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Since {
    /// The earlier edition's as-of day.
    pub day: Day,
    /// The change in one sentence, also where nothing changed.
    pub sentence: String,
    /// The verdicts that changed.
    pub changes: Vec<Change>,
}

/// A verdict that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The claim's `id`.
    pub claim: String,
    /// The verdict before.
    pub from: Verdict,
    /// The verdict now.
    pub to: Verdict,
    /// Why, with figures: `44.1 % to 51.0 %`.
    pub note: String,
}

/// Something that could not be known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unknown {
    /// What: `Members without a price`.
    pub what: String,
    /// Why, and what it could change.
    pub detail: String,
    /// How much, where it can be counted.
    pub amount: Option<f64>,
    /// The unit of `amount`.
    pub unit: Unit,
}

/// A measure used in this edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MethodEntry {
    /// A stable name, used as the anchor `#method-ID`.
    pub id: String,
    /// The measure's name for a reader.
    pub name: String,
    /// Its definition, with the parameters used here.
    pub definition: String,
    /// The unit of its value.
    pub unit: Unit,
    /// Author, year, equation or table.
    pub reference: String,
    /// The `id`s of the [`InputEntry`] rows it read.
    pub inputs: Vec<String>,
}

/// A file or series read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputEntry {
    /// A stable name, used as the anchor `#input-ID`.
    pub id: String,
    /// The file or series.
    pub name: String,
    /// Who published it.
    pub source: String,
    /// Rows used, as known on the day.
    pub rows: Option<u64>,
    /// The first and last day it is about, as used.
    pub span: Option<(Day, Day)>,
    /// Which vintage: when it was ingested or published, in words.
    pub vintage: String,
    /// The file's hash.
    pub hash: String,
    /// Anything a reader must know: not point-in-time, survivorship, licence.
    pub note: Option<String>,
}
