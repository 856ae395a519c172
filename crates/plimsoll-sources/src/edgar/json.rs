//! Lenient pieces of JSON: a value of the wrong type is told about where it stands and does not end the reading of the file.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A text, nothing, or something else.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Text<'a> {
    /// Absent or null.
    #[default]
    Missing,
    /// A text.
    Is(Cow<'a, str>),
    /// A number that stands where a text is expected, or the other way round.
    Number(f64),
    /// True, false, a list or an object.
    Other(&'static str),
}

impl Text<'_> {
    /// The text, or empty.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Text::Is(text) => text,
            _ => "",
        }
    }
    /// The number, also one written as a text.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Text::Number(n) => Some(*n),
            Text::Is(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }
    /// For a sentence.
    pub(crate) fn shown(&self) -> String {
        match self {
            Text::Missing => "nothing".to_owned(),
            Text::Is(text) => format!("`{text}`"),
            Text::Number(n) => n.to_string(),
            Text::Other(what) => (*what).to_owned(),
        }
    }
}

struct AnyText;

impl<'de> Visitor<'de> for AnyText {
    type Value = Text<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::Is(Cow::Borrowed(v)))
    }
    fn visit_str<E>(self, v: &str) -> Result<Text<'de>, E> {
        Ok(Text::Is(Cow::Owned(v.to_owned())))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Text<'de>, E> {
        Ok(Text::Number(v as f64))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Text<'de>, E> {
        Ok(Text::Number(v as f64))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Text<'de>, E> {
        Ok(Text::Number(v))
    }
    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text::Missing)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Text<'de>, E> {
        Ok(Text::Other(if v { "true" } else { "false" }))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::Other("a list"))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::Other("an object"))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'a>, D::Error> {
        deserializer.deserialize_any(AnyText)
    }
}

/// A key of an object, borrowed where it has no escapes.
pub(crate) struct Key<'a>(pub Cow<'a, str>);

struct AnyKey;

impl<'de> Visitor<'de> for AnyKey {
    type Value = Key<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(v)))
    }
    fn visit_str<E>(self, v: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(v.to_owned())))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'a>, D::Error> {
        deserializer.deserialize_str(AnyKey)
    }
}

/// An issuer id of a CIK, written as a number or as a text with or without leading zeros.
pub(crate) fn issuer(cik: &Text<'_>) -> Option<String> {
    let number = match cik {
        Text::Number(n) if n.fract() == 0.0 && (1.0..1e10).contains(n) => *n as u64,
        Text::Is(text) => text.trim().parse().ok().filter(|n| (1..10_000_000_000).contains(n))?,
        _ => return None,
    };
    Some(format!("cik:{number:010}"))
}
