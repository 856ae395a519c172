//! Alerts: telling people when the argument changes, once.
//!
//! ```text
//! assess -> machine -> alert + messages (one transaction) -> deliver -> e-mail, webhook, file, standard output
//!                                      \-> feed                 ^
//! web: sign-up, confirmation, preferences, leaving -------------/
//! ```
//! What is told follows from the verdicts of each session as known then, not from when somebody looked ([`machine`]). An alert and
//! its messages are written in one transaction ([`evaluate`]); a message is then carried out at least once and, wherever the other side
//! allows it, exactly once ([`outbox`], [`deliver`]). Addresses live in one database beside the store ([`state`]) and nowhere else.

pub mod address;
pub mod alert;
pub mod bounce;
pub mod deliver;
pub mod evaluate;
pub mod feed;
pub mod freshness;
pub mod hindsight;
pub mod machine;
pub mod mail;
pub mod outbox;
pub mod quiet;
pub mod secret;
pub mod settings;
pub mod sink;
pub mod smtp;
pub mod state;
pub mod subscribe;
pub mod web;
pub mod webhook;
