//! A key that nobody may read by accident.

use std::fmt;

/// A key or token. Neither `Debug` nor `Display` shows it, it cannot be serialised, and it leaves by [`Secret::reveal`] alone, which the
/// client calls where a request is written to the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a key; white space around it is dropped.
    pub fn new(text: &str) -> Secret {
        Secret(text.trim().to_owned())
    }
    /// The key itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// A text without this key, for messages that somebody else wrote and that may repeat it.
    pub fn redact(&self, text: &str) -> String {
        // Shorter than this it would be a word, not a key; replacing it would garble messages.
        if self.0.len() < 4 {
            return text.to_owned();
        }
        let encoded: String = url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        text.replace(&self.0, HIDDEN).replace(&encoded, HIDDEN)
    }
}

/// What stands in place of a key.
const HIDDEN: &str = "(hidden)";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(|text| Secret::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_key_is_shown_nowhere() {
        let key = Secret::new(" abc/def+123 ");
        assert_eq!(format!("{key:?} {key} {:?}", vec![(1, key.clone())]), "(hidden) (hidden) [(1, (hidden))]");
        assert_eq!(key.redact("GET /x?api_key=abc%2Fdef%2B123 or abc/def+123"), "GET /x?api_key=(hidden) or (hidden)");
        assert_eq!(key.reveal(), "abc/def+123");
    }
}
