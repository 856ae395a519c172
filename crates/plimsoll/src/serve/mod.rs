//! `plimsoll serve`: the dashboard and the API.

pub mod assets;
pub mod news;
pub mod problem;
pub mod shell;

pub use problem::Problem;
