//! Whether one issuer is a zombie, definition by definition, beside the universe that it belongs to.

use plimsoll_measures::kernels::zombies::{Definition, spells};
use plimsoll_measures::measures::zombie_share::{Status, status_needs, statuses};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::Needs;
use plimsoll_model::symbol::canonical;
use plimsoll_report::model::ZombieRow;

use crate::failure::Failure;

/// Published lists in which an issuer is looked for, the larger first; else it stands among all that file.
const LISTS: [&str; 2] = ["russell2000", "sp500"];
const ALL: &str = "filers";

/// The status of an issuer.
pub struct Zombie {
    /// Among whom: medians of leverage and of Tobin's q are theirs.
    pub universe: String,
    /// Its years under every definition, or why they cannot be told.
    pub found: Result<Vec<Status>, String>,
}

impl Zombie {
    /// Reads the universe of an issuer and judges it as `zombie_share` does.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(knowledge: &dyn Knowledge, own: &Cut, id: &str, symbol: &str) -> Result<Zombie, Failure> {
        let mut symbols: Vec<String> = canonical(symbol).into_iter().collect();
        symbols.extend(own.filers.issuers.get(id).into_iter().flatten().map(|d| d.symbol.clone()).filter(|s| !s.is_empty()));
        let day = knowledge.as_of().day();
        let lists = Cut::build(knowledge, &LISTS.into_iter().fold(Needs::default(), Needs::list), day)?;
        for universe in LISTS.into_iter().filter(|l| listed(&lists, l, &symbols)).chain([ALL]) {
            let cut = Cut::build(knowledge, &status_needs(universe, day), day)?;
            let Some(t) = cut.last() else { continue };
            match statuses(&cut, universe, id, t) {
                Ok(Some(found)) => return Ok(Zombie { universe: universe.to_owned(), found: Ok(found) }),
                Ok(None) => {}
                Err(why) => return Ok(Zombie { universe: universe.to_owned(), found: Err(why.to_string()) }),
            }
        }
        Ok(Zombie { universe: ALL.to_owned(), found: Err("it states no fiscal year".into()) })
    }

    /// Among whom, in a sentence.
    pub fn says(&self) -> String {
        let whom = match self.universe.as_str() {
            "russell2000" => "the members of the Russell 2000 with a price",
            "sp500" => "the members of the S&P 500 with a price",
            _ => "every issuer whose statements are known, without prices, so that Tobin's q cannot be told",
        };
        match &self.found {
            Ok(_) => format!("Judged by its last fiscal year known; medians of leverage and of Tobin's q are those of {whom}."),
            Err(why) => format!("Whether it is a zombie cannot be told: {why}."),
        }
    }

    /// One row a definition.
    pub fn rows(&self) -> Vec<ZombieRow> {
        let row = |s: &Status| {
            let last = s.judged.last().filter(|_| s.fresh);
            let spell = |p: &plimsoll_measures::kernels::zombies::Spell| {
                let exit = match &p.exit {
                    Some((year, known, why)) => format!("; out with fiscal {year}, known {}: {}", known.day(), why.text()),
                    None => String::new(),
                };
                format!("in with fiscal {}, known {}{exit}", p.first, p.entered.day())
            };
            ZombieRow {
                definition: name(s.definition).to_owned(),
                zombie: last.and_then(|j| j.zombie),
                year: s.years.last().map(|y| y.year.to_string()).unwrap_or_default(),
                reason: match last {
                    Some(j) => j.reason.text().to_owned(),
                    None if s.judged.is_empty() => "no fiscal year is stated".to_owned(),
                    None => "the last fiscal year known is older than eighteen months".to_owned(),
                },
                spells: spells(&s.years, &s.judged).iter().map(spell).collect(),
            }
        };
        self.found.as_ref().map_or_else(|_| Vec::new(), |all| all.iter().map(row).collect())
    }
}

/// A definition and who published it.
fn name(definition: Definition) -> &'static str {
    match definition {
        Definition::BisBroad => "BIS broad (2018)",
        Definition::BisNarrow => "BIS narrow (2018)",
        Definition::Fed2021 => "Federal Reserve (2021)",
        Definition::TwoYear => "Two years, with a way out (2020)",
    }
}

/// Whether one of some symbols is on a published list on the last session.
fn listed(cut: &Cut, list: &str, symbols: &[String]) -> bool {
    let (Some(list), Some(t)) = (cut.lists.get(list), cut.last()) else { return false };
    list.stretches(&cut.sessions)
        .any(|(symbol, spans)| symbols.iter().any(|s| s == symbol) && spans.iter().any(|(from, to)| *from <= t && t < *to))
}
