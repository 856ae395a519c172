//! `plimsoll serve`: the dashboard and the API.
//!
//! ```text
//! request -> guard -> ask -> finished answer? -> send
//!                        \-> lane -> prepared? -> page or table -> pack -> keep -> send
//! ```
//! A question is read strictly ([`ask`]) and answered from memory where it was asked before ([`reply`], [`cache`]). Otherwise it is
//! answered on a thread of its own ([`work`]): on the quick ones where what it is made from is at hand, on the heavy ones, which are
//! few and yield to the others, where the store must be read. What several answers are made from (an edition, a history, a stage of
//! the stress) is kept as well ([`world`]). Keys hold the state of the store, so that an import makes everything new. Pages
//! ([`pages`]) and resources ([`api`]) are tables of functions from a question to a body; all charts come from `plimsoll-report`.
//!
//! Nothing is written: the store is read, the ledger of trials is read, and the only thing that a holder of the token may do is tell
//! [`news`].

pub mod api;
pub mod app;
pub mod ask;
pub mod assets;
pub mod cache;
pub mod guard;
pub mod metrics;
pub mod news;
pub mod pages;
pub mod problem;
pub mod reply;
pub mod settings;
pub mod shell;
pub mod stream;
pub mod table;
pub mod work;
pub mod world;

pub use problem::Problem;
pub use shell::Shell;
