//! `plimsoll sync` against a loopback server that speaks as the publishers do.

#[path = "../common/mod.rs"]
mod common;

mod client;
mod desk;
mod kills;
mod layouts;
mod loopback;
mod manners;
mod providers;
mod world;
