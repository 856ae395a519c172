//! The configuration file: one TOML file, one section for each part of the program that takes settings.
//!
//! A part describes its section as a struct (`deny_unknown_fields`, every field with a default) and asks for it by name; a wrong
//! key or value is an error with the line. Secrets come from the environment rather than the file where both are offered.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use crate::failure::Failure;

/// Sections that some part of the program reads; anything else in the file is a mistake.
const SECTIONS: &[&str] = &["sync", "serve", "alerts", "report"];

/// The configuration as read. It may hold keys, so neither `Debug` nor a message shows its text.
#[derive(Default)]
pub struct Config {
    text: String,
    path: Option<PathBuf>,
    table: toml::Table,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What is wrong and on which line, without the line itself: it may hold a key.
fn told(text: &str, error: &toml::de::Error) -> String {
    match error.span() {
        Some(span) => {
            let line = 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count();
            format!("line {line}: {}", error.message())
        }
        None => error.message().to_owned(),
    }
}

impl Config {
    /// Reads the file given, else the one at the usual place; none there means that everything keeps its default.
    pub fn load(given: Option<&Path>) -> Result<Config, Failure> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => match usual_place() {
                Some(path) if path.exists() => path,
                _ => return Ok(Config::default()),
            },
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Failure::new(format!("{}: {e}", path.display())).hint("`--config FILE` names the configuration"))?;
        Config::parse(&path, text)
    }

    /// Reads a text that stands in a file of this name.
    pub fn parse(path: &Path, text: String) -> Result<Config, Failure> {
        let table: toml::Table = text.parse().map_err(|e| Failure::new(format!("{}: {}", path.display(), told(&text, &e))))?;
        if let Some(key) = table.keys().find(|k| !SECTIONS.contains(&k.as_str())) {
            let near = SECTIONS.iter().min_by_key(|s| strsim::damerau_levenshtein(s, key)).copied().unwrap_or_default();
            return Err(Failure::new(format!("{}: unknown section `{key}`", path.display()))
                .hint(format!("did you mean [{near}]? Sections: {}", SECTIONS.join(", "))));
        }
        Ok(Config { text, path: Some(path.to_owned()), table })
    }

    /// One section; its defaults where the file has none.
    pub fn section<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, Failure> {
        debug_assert!(SECTIONS.contains(&name), "{name} is not among SECTIONS");
        if !self.table.contains_key(name) {
            return Ok(T::default());
        }
        // Read from the text, not from the table, so that an error shows the line it stands on.
        let found = toml::Deserializer::parse(&self.text)
            .and_then(|whole| Only { name, section: PhantomData }.deserialize(whole))
            .map_err(|e| Failure::new(format!("{}: [{name}]: {}", self.place(), told(&self.text, &e))))?;
        Ok(found.unwrap_or_default())
    }

    /// The file, for messages.
    pub fn place(&self) -> String {
        self.path.as_ref().map_or_else(|| "no configuration file".to_owned(), |p| p.display().to_string())
    }

    /// The folder of the file, against which relative paths in it are meant.
    pub fn folder(&self) -> PathBuf {
        self.path.as_deref().and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
    }
}

/// Reads one section of a file and skips the others.
struct Only<'a, T> {
    name: &'a str,
    section: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Only<'_, T> {
    type Value = Option<T>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Only<'_, T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sections")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.name {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Where the configuration stands unless another place is named.
pub fn usual_place() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("plimsoll").join("plimsoll.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Serve {
        port: u16,
    }

    fn read(text: &str) -> Result<Serve, String> {
        Config::parse(Path::new("plimsoll.toml"), text.into()).and_then(|c| c.section("serve")).map_err(|e| e.to_string())
    }

    #[test]
    fn a_section_is_read_and_the_others_are_left_alone() {
        assert_eq!(read("[alerts]\nx = 1\n[serve]\nport = 80\n"), Ok(Serve { port: 80 }));
        assert_eq!(read("[alerts]\nx = 1\n"), Ok(Serve { port: 0 }));
    }

    #[test]
    fn mistakes_are_named_with_their_line_and_what_was_meant() {
        let error = read("[alerts]\n[serve]\nprot = 80\n").unwrap_err();
        assert!(error.contains("line 3") && error.contains("prot") && error.contains("port"), "{error}");
        let error = read("[severe]\nport = 80\n").unwrap_err();
        assert!(error.contains("did you mean [serve]"), "{error}");
        let error = read("[serve]\nport = \"x\"\n").unwrap_err();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn a_broken_line_is_named_and_not_shown() {
        for text in ["[serve]\nport = hunter2000\n", "[serve]\nhunter2000\n"] {
            let error = read(text).unwrap_err();
            assert!(error.contains("line ") && !error.contains("hunter2000"), "{error}");
        }
        let config = Config::parse(Path::new("x.toml"), "[serve]\nport = 1 # hunter2000\n".into()).unwrap();
        assert!(!format!("{config:?}").contains("hunter2000"));
    }
}
