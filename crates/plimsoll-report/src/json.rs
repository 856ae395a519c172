//! The edition for machines.

use serde::Serialize;

use crate::model::Edition;

#[derive(Serialize)]
struct Envelope<'a> {
    format: &'static str,
    edition_hash: &'a str,
    #[serde(flatten)]
    edition: &'a Edition,
}

/// The edition as one JSON object: every field of [`Edition`] with `format` (`plimsoll-edition/1`) and the hash of its page.
///
/// Values are in code units (decimals for fractions) beside the name of their unit; what is missing or not finite is `null`.
pub fn to_json(edition: &Edition, hash: &str) -> String {
    let envelope = Envelope { format: "plimsoll-edition/1", edition_hash: hash, edition };
    serde_json::to_string(&envelope).expect("an edition has string keys only")
}
