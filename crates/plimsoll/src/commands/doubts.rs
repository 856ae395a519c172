//! Doubts of the screens: numbers in statements that the program does not use, by rule and row by row.

use plimsoll_measures::kernels::screens::{self, Doubt, Rule};
use plimsoll_measures::kernels::statements::concepts;
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::Needs;
use plimsoll_model::unit::Unit;

use crate::failure::Failure;
use crate::sheet::Sheet;

/// A doubt with the issuer's id and the symbol and name it goes by.
pub struct Found {
    /// The issuer's id.
    pub id: String,
    /// A symbol of it, where one is known.
    pub symbol: String,
    /// Its name, where known.
    pub name: String,
    /// The doubt.
    pub doubt: Doubt,
}

/// Doubts that stand at the moment of the knowledge, by rule, issuer and period, and the number of issuers that state anything.
///
/// # Errors
/// Where the store cannot be read.
pub fn standing(knowledge: &dyn Knowledge) -> Result<(Vec<Found>, usize), Failure> {
    let as_of = knowledge.as_of();
    let at = as_of.moment();
    let needs = Needs::default().facts(concepts(screens::ITEMS)).facts([screens::STARTING_LINE]).issuer("*");
    let cut = Cut::build(knowledge, &needs, as_of.day())?;
    let stands = |d: &Doubt| d.from <= at && d.until.is_none_or(|until| at < until);
    let of = |issuer: usize| -> Vec<Found> {
        let id = &cut.facts.issuers()[issuer];
        let name = cut.filers.description(id, at).map(|d| d.name.clone()).unwrap_or_default();
        let carried = cut.filers.issuers.get(id).and_then(|all| all.iter().rev().find(|d| !d.symbol.is_empty()));
        let symbol = carried.map(|d| d.symbol.clone()).unwrap_or_default();
        let found = |doubt| Found { id: id.clone(), symbol: symbol.clone(), name: name.clone(), doubt };
        screens::doubts(&cut.facts, issuer).into_iter().filter(stands).map(found).collect()
    };
    let mut all: Vec<Found> = (0..cut.facts.issuers().len()).flat_map(of).collect();
    all.sort_by(|a, b| {
        let of = |f: &Found| (f.doubt.rule, f.id.clone(), f.doubt.end, f.doubt.taxonomy, f.doubt.from);
        of(a).cmp(&of(b))
    });
    Ok((all, cut.facts.issuers().len()))
}

/// One row a doubt.
pub fn rows(found: &[Found]) -> Sheet {
    Sheet::default()
        .text("rule", found.iter().map(|f| f.doubt.rule.name()))
        .text("issuer", found.iter().map(|f| f.id.as_str()))
        .text("symbol", found.iter().map(|f| f.symbol.as_str()))
        .text("name", found.iter().map(|f| f.name.as_str()))
        .day("period to", found.iter().map(|f| Some(f.doubt.end)))
        .text("not used", found.iter().map(|f| f.doubt.items.iter().map(|i| i.name()).collect::<Vec<_>>().join(", ")))
        .number("stated", Unit::Dollars, found.iter().map(|f| Some(f.doubt.found)))
        .number("by the rule", Unit::Dollars, found.iter().map(|f| Some(f.doubt.expected)))
        .text("stated by", found.iter().map(|f| f.doubt.taxonomy))
        .day("since", found.iter().map(|f| Some(f.doubt.from.day())))
}

/// One row a rule, those without a doubt among them.
pub fn by_rule(found: &[Found]) -> Sheet {
    let of = |rule: Rule| found.iter().filter(move |f| f.doubt.rule == rule);
    let issuers = |rule: Rule| {
        let mut ids: Vec<&str> = of(rule).map(|f| f.id.as_str()).collect();
        ids.dedup();
        ids.len() as i64
    };
    Sheet::default()
        .text("rule", Rule::ALL.iter().map(|r| r.name()))
        .int("doubts", Rule::ALL.iter().map(|r| Some(of(*r).count() as i64)))
        .int("issuers", Rule::ALL.iter().map(|r| Some(issuers(*r))))
}
