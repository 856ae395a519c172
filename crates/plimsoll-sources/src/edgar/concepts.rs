//! Which concepts of the taxonomies are kept: a company states some thousand, and what a balance sheet, a ladder or a measure of default
//! reads are the few hundred of `data/edgar_concepts.csv`.

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

/// What is known of a concept beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// Taxonomy and name, such as `us-gaap:InterestExpense`.
    pub name: String,
    /// What it belongs to: `balance`, `income`, `interest`, `cash_flow`, `debt`, `ladder`, `leases`, `shares`, `cover`, `ifrs`.
    pub group: String,
    /// Whether a negative number is a mistake.
    pub never_negative: bool,
}

impl Concept {
    /// Whether numbers of the concept move slowly enough for a thousandfold of those before to be a slip of scale. Flows of financing
    /// and the rungs of a ladder do not: a bond falls due once.
    pub fn steady(&self) -> bool {
        const IFRS: &[&str] =
            &["Assets", "Liabilities", "Equity", "Revenue", "NumberOfSharesOutstanding", "NumberOfSharesIssued"];
        match self.group.as_str() {
            "cover" | "shares" | "balance" | "income" | "interest" => true,
            "ifrs" => self.name.strip_prefix("ifrs-full:").is_some_and(|n| IFRS.contains(&n)),
            _ => false,
        }
    }
}

/// Concepts by taxonomy and name.
#[derive(Debug)]
pub struct Concepts {
    all: Vec<Concept>,
    names: Arc<Vec<String>>,
    index: FxHashMap<String, FxHashMap<String, u16>>,
}

/// The list that is shipped.
pub static KEPT: LazyLock<Concepts> = LazyLock::new(|| Concepts::parse(include_str!("../../data/edgar_concepts.csv")));

impl Concepts {
    /// From lines `concept,group,sign`, the first of them the header; `+` as the sign says that a negative number is a mistake.
    fn parse(text: &str) -> Concepts {
        let line = |line: &str| {
            let mut fields = line.split(',');
            let mut next = || fields.next().unwrap_or_default().to_owned();
            Concept { name: next(), group: next(), never_negative: next() == "+" }
        };
        let all: Vec<Concept> = text.lines().skip(1).map(line).collect();
        let mut index: FxHashMap<String, FxHashMap<String, u16>> = FxHashMap::default();
        for (i, c) in all.iter().enumerate() {
            let (taxonomy, name) = c.name.split_once(':').unwrap_or(("", &c.name));
            index.entry(taxonomy.to_owned()).or_default().insert(name.to_owned(), i as u16);
        }
        let names = Arc::new(all.iter().map(|c| c.name.clone()).collect());
        Concepts { all, names, index }
    }

    /// Position of a concept, where it is kept.
    pub fn find(&self, taxonomy: &str, name: &str) -> Option<u16> {
        self.index.get(taxonomy)?.get(name).copied()
    }
    /// A concept by position.
    pub fn get(&self, position: u16) -> &Concept {
        &self.all[usize::from(position)]
    }
    /// All of them.
    pub fn all(&self) -> &[Concept] {
        &self.all
    }
    /// Their names, as a dictionary that batches share.
    pub(crate) fn names(&self) -> &Arc<Vec<String>> {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_well_formed_and_without_repetition() {
        let all = KEPT.all();
        let mut names: Vec<&str> = all.iter().map(|c| c.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len());
        for c in all {
            let (taxonomy, name) = c.name.split_once(':').unwrap();
            assert!(["us-gaap", "dei", "ifrs-full"].contains(&taxonomy), "{}", c.name);
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{}", c.name);
            assert!(!c.group.is_empty());
            assert_eq!(KEPT.get(KEPT.find(taxonomy, name).unwrap()), c);
        }
        assert_eq!(KEPT.find("us-gaap", "ProductWarrantyExpense"), None);
    }
}
