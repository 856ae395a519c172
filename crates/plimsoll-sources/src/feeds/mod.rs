//! The publishers that can be asked, one file each.

mod treasury;

pub use treasury::Treasury;

use crate::fetch::Feed;

/// Every feed, in the order of `plimsoll sources`.
pub fn feeds() -> &'static [&'static dyn Feed] {
    &[&Treasury]
}

/// A feed by name.
pub fn feed(id: &str) -> Option<&'static dyn Feed> {
    feeds().iter().copied().find(|f| f.info().id == id)
}
