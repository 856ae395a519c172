//! Who publishes and what they hold: taken from the configuration, part of the page and of its bytes.

use serde::Deserialize;

use crate::config::Config;
use crate::failure::Failure;

/// Who publishes, and what this is not, where the configuration does not say.
pub const PUBLISHER: &str = "Published with Plimsoll, the load line for equity markets. Measurement, not advice.";

/// The section `[report]` of the configuration.
///
/// ```toml
/// [report]
/// publisher = "Published by Example Advisers. Measurement, not advice."
/// positions = "The publisher holds shares of a fund on the Russell 2000."
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Publication {
    publisher: Option<String>,
    positions: Option<String>,
}

impl Publication {
    /// As the configuration has it.
    ///
    /// # Errors
    /// Where the section holds an unknown key, or a statement without words.
    pub fn of(config: &Config) -> Result<Publication, Failure> {
        let mut found: Publication = config.section("report")?;
        for (key, text) in [("publisher", &mut found.publisher), ("positions", &mut found.positions)] {
            let Some(text) = text else { continue };
            // One paragraph each: breaks of lines within it are the file's, not the page's.
            *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if text.is_empty() {
                return Err(Failure::new(format!("{}: [report]: `{key}` is empty", config.place()))
                    .hint(format!("write a sentence, or leave `{key}` out")));
            }
        }
        Ok(found)
    }

    /// Who publishes, and what this is not, in one line.
    pub fn publisher(&self) -> String {
        self.publisher.clone().unwrap_or_else(|| PUBLISHER.to_owned())
    }

    /// What the publisher holds, as a paragraph of the disclosure.
    pub fn positions(&self) -> String {
        format!("Positions: {}", self.positions.as_deref().unwrap_or("the publisher has stated none."))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Result<Publication, String> {
        Config::parse(Path::new("plimsoll.toml"), text.into()).and_then(|c| Publication::of(&c)).map_err(|e| e.to_string())
    }

    #[test]
    fn statements_are_taken_from_the_configuration() {
        let none = Publication::default();
        assert_eq!(read(""), Ok(none.clone()));
        assert_eq!(
            (none.publisher().as_str(), none.positions().as_str()),
            (PUBLISHER, "Positions: the publisher has stated none.")
        );
        let said = read("[report]\npublisher = \"Example Advisers.\"\npositions = \"\"\"long\nIWM\"\"\"\n").unwrap();
        assert_eq!((said.publisher().as_str(), said.positions().as_str()), ("Example Advisers.", "Positions: long IWM"));
    }

    #[test]
    fn mistakes_are_errors() {
        assert!(read("[report]\npositons = \"x\"\n").unwrap_err().contains("positons"));
        assert!(read("[report]\npositions = \" \"\n").unwrap_err().contains("empty"));
    }
}
