//! What is common to the files that users write: where an error lies, and what may have been meant.

use plimsoll_measures::nearest;

/// Something wrong with a thesis or strategy file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}: {message}")]
pub struct FileError {
    /// The file.
    pub name: String,
    /// One-based line.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A file being read: places errors.
pub(crate) struct Source<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its text.
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// An error at a byte of the text.
    pub(crate) fn error(&self, at: usize, message: impl Into<String>) -> FileError {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        FileError { name: self.name.to_owned(), line, message: message.into() }
    }
}

/// Adds "did you mean" to serde's "unknown field `x`, expected one of `a`, `b`".
pub(crate) fn with_suggestion(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let found = message.starts_with("unknown field").then(|| names.next()).flatten();
    match found.and_then(|name| nearest(name, names)) {
        Some(near) => format!("{message} (did you mean `{near}`?)"),
        None => message.to_owned(),
    }
}
