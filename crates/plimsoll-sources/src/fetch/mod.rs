//! Fetching from publishers: what feeds are, and the client that asks them.
//!
//! No clock is read here: the caller says what time it is. No configuration either: contact, keys and mirrors come in as values.

mod feed;
mod secret;

pub use feed::{
    Changed, Context, Download, Feed, FeedInfo, Fetched, Key, Keys, Limit, PlanError, Purpose, Role, Unpack, Vintage, Wanted,
    beginning, not_a_page,
};
pub use secret::Secret;
