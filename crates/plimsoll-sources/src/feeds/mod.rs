//! The publishers that can be asked, one file each.

mod fred;
mod french;
mod sec;
mod treasury;

pub use fred::Fred;
pub use french::French;
pub use sec::Sec;
pub use treasury::Treasury;

use crate::fetch::Feed;

/// Every feed, in the order of `plimsoll sources`.
pub fn feeds() -> &'static [&'static dyn Feed] {
    &[&Sec, &Treasury, &Fred, &French]
}

/// A feed by name.
pub fn feed(id: &str) -> Option<&'static dyn Feed> {
    feeds().iter().copied().find(|f| f.info().id == id)
}
