//! Pure functions from a cut to a number with a unit.
//!
//! A measure is one file under `measures/`: it implements [`Measure`] and is listed in [`registry`]. Nothing here touches a file, a
//! network, a clock or a source of randomness, and nothing can see the future: a cut does not contain it.

use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;

pub mod answer;
pub mod catalogue;
pub mod kernels;
pub mod measures;
pub mod params;
pub mod replay;
pub mod spec;
pub mod window;

pub use answer::{Fact, Flags, Missing, Point, Unmeasurable};
pub use params::{ParamError, Params, Scope};
pub use spec::{ParamKind, ParamSpec, Spec, Topic};
pub use window::Window;

/// A pure function from a cut to a number with a unit, for every session asked.
pub trait Measure: Sync {
    /// What it is.
    fn spec(&self) -> &'static Spec;
    /// What it reads, to evaluate sessions from `from` on.
    fn needs(&self, params: &Params, from: Day) -> Needs;
    /// The value at each of the positions `days` of the cut's axis. The value at a position depends only on what was known by the end
    /// of that session: the prefix law holds it to that.
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable>;
    /// What stands beside the value at one position.
    fn evidence(&self, _cut: &Cut, _params: &Params, _day: usize) -> Vec<Fact> {
        Vec::new()
    }
}

/// No measure has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no measure is called `{name}`{}", suggestion_or(.suggest, " (`plimsoll measures` lists them)"))]
pub struct UnknownMeasure {
    /// The name given.
    pub name: String,
    /// The nearest name there is.
    pub suggest: Option<String>,
}

/// Every measure, in the order of the catalogue.
pub fn registry() -> &'static [&'static dyn Measure] {
    measures::ALL
}

/// The measure of that name.
pub fn find(name: &str) -> Result<&'static dyn Measure, UnknownMeasure> {
    registry()
        .iter()
        .copied()
        .find(|m| m.spec().name == name)
        .ok_or_else(|| UnknownMeasure { name: name.to_owned(), suggest: nearest(name, registry().iter().map(|m| m.spec().name)) })
}

/// The nearest of `known` to a misspelt name, if any is near.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|k| (strsim::jaro_winkler(name, k), k))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k.to_owned())
}

pub(crate) fn suggestion(suggest: &Option<String>) -> String {
    suggestion_or(suggest, "")
}

fn suggestion_or(suggest: &Option<String>, otherwise: &str) -> String {
    suggest.as_ref().map_or_else(|| otherwise.to_owned(), |s| format!(" (did you mean `{s}`?)"))
}
