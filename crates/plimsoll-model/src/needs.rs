//! What a measure needs to see, declared before anything is read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::time::{AsOf, Day};

/// One entry of a named group of securities: the symbol the author means and, where it was another one once, since when.
///
/// The rename is stated by the author because the store must not know it before it happened: as of a day before `from`, the entry
/// means `before`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Canonical symbol.
    pub symbol: String,
    /// First day on which the company carries `symbol`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// The symbol until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

impl Entry {
    /// A symbol that was never another.
    pub fn symbol(symbol: &str) -> Entry {
        Entry { symbol: symbol.to_owned(), from: None, before: None }
    }
    /// The symbol to look up as of a moment.
    pub fn as_of(&self, as_of: AsOf) -> &str {
        match (&self.from, &self.before) {
            (Some(from), Some(before)) if as_of.day() < *from => before,
            _ => &self.symbol,
        }
    }
}

/// The union of what a set of measures reads. Merging needs is how a report reads each column once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Sessions before the first evaluated one.
    pub lookback: usize,
    /// Universes, as texts of [`crate::universe::UniverseRule`].
    pub universes: BTreeSet<String>,
    /// Published lists whose membership is read without prices, such as `sp500` from 1996.
    pub lists: BTreeSet<String>,
    /// Named groups.
    pub groups: BTreeMap<String, Vec<Entry>>,
    /// Series ids; alternatives in order of preference are separated by `|`.
    pub series: BTreeSet<String>,
    /// Calendars of events, such as `fomc`.
    pub events: BTreeSet<String>,
    /// Concepts of facts, such as `us-gaap:Assets`, of the issuers behind the panel's securities and of [`Needs::issuers`].
    pub facts: BTreeSet<String>,
    /// Issuers wanted beside those behind the panel's securities: an issuer id, a CIK or a symbol; `*` means every issuer.
    pub issuers: BTreeSet<String>,
    /// Whether filings are wanted.
    pub filings: bool,
    /// Where prices come from; `None` means the screener panel.
    pub panel_source: Option<String>,
}

impl Needs {
    /// Sessions before the first evaluated one.
    #[must_use]
    pub fn lookback(mut self, sessions: usize) -> Needs {
        self.lookback = self.lookback.max(sessions);
        self
    }
    /// A universe.
    #[must_use]
    pub fn universe(mut self, rule: &str) -> Needs {
        self.universes.insert(rule.to_owned());
        self
    }
    /// A published list, without prices: the issuers of its symbols are wanted.
    #[must_use]
    pub fn list(mut self, name: &str) -> Needs {
        self.lists.insert(name.to_owned());
        self
    }
    /// A group.
    #[must_use]
    pub fn group(mut self, name: &str, entries: &[Entry]) -> Needs {
        self.groups.insert(name.to_owned(), entries.to_vec());
        self
    }
    /// A series, alternatives separated by `|`.
    #[must_use]
    pub fn series(mut self, id: &str) -> Needs {
        self.series.insert(id.to_owned());
        self
    }
    /// A calendar of events.
    #[must_use]
    pub fn events(mut self, calendar: &str) -> Needs {
        self.events.insert(calendar.to_owned());
        self
    }
    /// Concepts of facts.
    #[must_use]
    pub fn facts<S: AsRef<str>>(mut self, concepts: impl IntoIterator<Item = S>) -> Needs {
        self.facts.extend(concepts.into_iter().map(|c| c.as_ref().to_owned()));
        self
    }
    /// An issuer by id, CIK or symbol, or `*` for all.
    #[must_use]
    pub fn issuer(mut self, text: &str) -> Needs {
        self.issuers.insert(text.to_owned());
        self
    }
    /// Filings.
    #[must_use]
    pub fn filings(mut self) -> Needs {
        self.filings = true;
        self
    }
    /// Whether prices of securities are needed at all.
    pub fn panel(&self) -> bool {
        !self.universes.is_empty() || !self.groups.is_empty()
    }
    /// Both.
    pub fn merge(&mut self, other: &Needs) {
        self.lookback = self.lookback.max(other.lookback);
        self.universes.extend(other.universes.iter().cloned());
        self.lists.extend(other.lists.iter().cloned());
        self.groups.extend(other.groups.iter().map(|(k, v)| (k.clone(), v.clone())));
        self.series.extend(other.series.iter().cloned());
        self.events.extend(other.events.iter().cloned());
        self.facts.extend(other.facts.iter().cloned());
        self.issuers.extend(other.issuers.iter().cloned());
        self.filings |= other.filings;
        if self.panel_source.is_none() {
            self.panel_source.clone_from(&other.panel_source);
        }
    }
}
