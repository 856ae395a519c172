//! The sample world: an invented market in the publishers' own file formats, with planted truth.
//!
//! `plimsoll demo` writes it, imports it through the readers that real data uses, and prints what was planted beside what was found.
//! Every company, price and yield is made up; tickers of funds and ids of series are those of the products whose place they take,
//! because readers and theses look for them by name. The same [`Spec`] gives the same bytes on every machine.
//!
//! ```
//! use plimsoll_sources::sample::{Spec, World};
//! let world = World::new(&Spec::small());
//! assert_eq!(world.truth.giants.len(), 7);
//! ```

pub mod answers;
mod credit;
mod downloads;
pub mod filings;
mod french;
mod funds;
mod macro_;
mod market;
mod membership;
mod names;
mod path;
mod policy;
pub mod publishers;
mod quirks;
mod rates;
mod releases;
mod rng;
mod securities;
mod steering;
mod story;
pub mod truth;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;

pub use credit::Credit;
pub use french::French;
pub use funds::{Fund, Indices};
pub use macro_::MacroSeries;
pub use market::Panel;
pub use membership::Membership;
pub use policy::{Expectations, Held, Meeting, meetings};
pub use rates::{Rates, TENORS};
pub use releases::{Release, releases};
pub use securities::{Listing, Security, Tier};
pub use story::SMALL_RATE_BETA;
pub use truth::Truth;

/// What world to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Seed of every random number.
    pub seed: u64,
    /// First day; the world begins with the first session on or after it.
    pub start: Day,
    /// Last day; the world ends with the last session on or before it.
    pub end: Day,
    /// Issuers in the large index, the seven among them; at least 47.
    pub large: usize,
    /// Issuers between the two indices.
    pub mid: usize,
    /// Issuers in the small index; at least 100.
    pub small: usize,
    /// Issuers below the small index.
    pub micro: usize,
}

impl Default for Spec {
    /// Three and a half years of 500 large, 300 middling, 2,000 small and 300 very small issuers.
    fn default() -> Spec {
        Spec {
            seed: 1876,
            start: Day::ymd(2021, 1, 1),
            end: Day::ymd(2024, 6, 28),
            large: 500,
            mid: 300,
            small: 2_000,
            micro: 300,
        }
    }
}

impl Spec {
    /// The same story with few names, for tests.
    pub fn small() -> Spec {
        Spec { large: 60, mid: 25, small: 150, micro: 25, ..Spec::default() }
    }
}

/// An invented market and what is true of it.
#[derive(Clone, Debug)]
pub struct World {
    /// What it was made from.
    pub spec: Spec,
    /// Sessions of the exchange.
    pub sessions: Vec<Day>,
    /// Who is listed.
    pub securities: Vec<Security>,
    /// Prices and capitalisations.
    pub panel: Panel,
    /// Who is in the two indices.
    pub membership: Membership,
    /// Yields and the policy rate.
    pub rates: Rates,
    /// Spreads.
    pub credit: Credit,
    /// Price indices.
    pub indices: Indices,
    /// Funds.
    pub funds: Vec<Fund>,
    /// Factors and portfolios.
    pub french: French,
    /// Headline series.
    pub economy: Vec<MacroSeries>,
    /// Issuers and their filings.
    pub filers: Vec<filings::Filer>,
    /// What was planted, with exact figures.
    pub truth: Truth,
    row_quirks: Vec<quirks::RowQuirks>,
}

impl World {
    /// Makes the world; touches nothing outside.
    ///
    /// # Panics
    /// Where the specification has fewer than 47 large or 100 small issuers, or fewer than ten sessions.
    pub fn new(spec: &Spec) -> World {
        let sessions = Calendar::nyse().between(spec.start, spec.end).to_vec();
        assert!(spec.large >= 47 && spec.small >= 100 && sessions.len() >= 10, "the specification is too small: {spec:?}");
        let rates = Rates::generate(spec.seed, &sessions);
        let credit = Credit::generate(spec.seed, &sessions);
        let securities = securities::generate(spec, &sessions);
        let row_quirks = quirks::rows(spec.seed, &sessions, &securities);
        let inputs =
            market::Inputs { seed: spec.seed, sessions: &sessions, rates: &rates, list: &securities, quirks: &row_quirks };
        let (panel, planted) = market::generate(&inputs);
        let membership = Membership::generate(&sessions, &securities, &panel);
        let holdings =
            funds::Holdings { seed: spec.seed, sessions: &sessions, list: &securities, panel: &panel, membership: &membership };
        let (indices, funds) = funds::generate(&holdings, &rates, &credit);
        let french = french::generate(&holdings, &rates);
        let filers = filings::generate(spec, &sessions, &securities, &panel);
        let economy = macro_::generate(spec.seed, spec.start, spec.end);
        let mut world = World {
            spec: spec.clone(),
            sessions,
            securities,
            panel,
            membership,
            rates,
            credit,
            indices,
            funds,
            french,
            economy,
            filers,
            truth: Truth::default(),
            row_quirks,
        };
        world.truth = truth::compute(&world, &planted);
        world
    }

    /// Writes every file under `dir`, in the folders and the layouts of the publishers, and says which.
    ///
    /// # Errors
    /// Where a folder or a file cannot be written.
    pub fn write(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        write::all(self, dir)
    }

    /// The position of a session.
    pub fn session(&self, day: Day) -> Option<usize> {
        self.sessions.binary_search(&day).ok()
    }

    /// What the market expects of the policy rate at the close of a session; `None` where the day is none.
    pub fn expectations(&self, as_of: Day) -> Option<Expectations> {
        self.session(as_of).map(|t| Expectations::at(as_of, self.rates.cuts_priced[t]))
    }

    /// The fund with this ticker.
    pub fn fund(&self, id: &str) -> Option<&Fund> {
        self.funds.iter().find(|f| f.id == id)
    }

    pub(crate) fn holdings(&self) -> funds::Holdings<'_> {
        funds::Holdings {
            seed: self.spec.seed,
            sessions: &self.sessions,
            list: &self.securities,
            panel: &self.panel,
            membership: &self.membership,
        }
    }
}

#[cfg(test)]
mod reader_tests;
#[cfg(test)]
mod tests;
