//! `plimsoll serve`: the dashboard and the API.

pub mod ask;
pub mod assets;
pub mod cache;
pub mod metrics;
pub mod news;
pub mod problem;
pub mod reply;
pub mod settings;
pub mod shell;
pub mod work;
pub mod world;

pub use problem::Problem;
pub use shell::Shell;
