//! The publishers that can be asked, one file each.

mod alfred;
mod cme;
mod fomc;
mod fred;
mod fred_releases;
mod french;
mod holdings;
mod nyfed;
mod prices;
mod sec;
mod treasury;

pub use alfred::Alfred;
pub use cme::Cme;
pub use fomc::Fomc;
pub use fred::Fred;
pub use fred_releases::FredReleases;
pub use french::French;
pub use holdings::{IShares, Invesco, Spdr};
pub use nyfed::NyFed;
pub use prices::{AlphaVantage, Eodhd, Stooq, Tiingo};
pub use sec::Sec;
pub use treasury::Treasury;

use crate::fetch::Feed;

/// Every feed, in the order of `plimsoll sources`.
pub fn feeds() -> &'static [&'static dyn Feed] {
    &[
        &Sec,
        &Treasury,
        &Fred,
        &Alfred,
        &FredReleases,
        &French,
        &Fomc,
        &NyFed,
        &IShares,
        &Spdr,
        &Invesco,
        &Tiingo,
        &Stooq,
        &Eodhd,
        &AlphaVantage,
        &Cme,
    ]
}

/// A feed by name.
pub fn feed(id: &str) -> Option<&'static dyn Feed> {
    feeds().iter().copied().find(|f| f.info().id == id)
}
