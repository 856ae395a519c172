//! The program: command line, jobs and wiring. The only place that knows the clock, the configuration and all the other crates.

#[cfg(feature = "serve")]
pub mod alerts;
pub mod chromium;
pub mod cli;
pub mod commands;
pub mod config;
pub mod edition;
pub mod failure;
pub mod huge_pages;
pub mod issuer;
pub mod ledger;
pub mod lineage;
pub mod listed;
pub mod planted;
#[cfg(feature = "serve")]
pub mod serve;
pub mod session;
pub mod sheet;
pub mod strategies;
pub mod sync;
pub mod tearsheet;
pub mod trials;

use cli::{Cli, Command};
use failure::Outcome;

/// Runs a command line; the answer is the exit code.
pub fn run(cli: &Cli) -> Outcome {
    let store = cli.store.as_deref();
    match &cli.command {
        Command::Demo(args) => commands::demo::run(args),
        Command::Import(args) => commands::import::run(store, args),
        Command::Status(args) => commands::status::run(store, cli.config.as_deref(), args),
        Command::Sync(args) => commands::sync::run(store, cli.config.as_deref(), args),
        Command::Sources(args) => commands::sources::run(args),
        Command::Measures(args) => commands::measures::run(args),
        Command::Measure(args) => commands::measure::run(store, args),
        Command::Check(args) => commands::check::run(store, args),
        Command::Report(args) => commands::report::run(store, cli.config.as_deref(), args),
        Command::Issuer(args) => commands::issuer::run(store, cli.config.as_deref(), args),
        Command::LeadLag(args) => commands::lead_lag::run(store, args),
        Command::Size(args) => commands::size::run(args),
        Command::Backtest(args) => commands::backtest::run(store, args),
        Command::History(args) => commands::history::run(store, args),
        Command::Replicate(args) => commands::replicate::run(store, args),
        Command::Stress(args) => commands::stress::run(store, args),
        #[cfg(feature = "serve")]
        Command::Serve(args) => commands::serve::run(store, &config::Config::load(cli.config.as_deref())?, args),
        #[cfg(feature = "serve")]
        Command::Watch(args) => commands::watch::run(store, &config::Config::load(cli.config.as_deref())?, args),
        #[cfg(feature = "serve")]
        Command::Alert(args) => commands::alert::run(store, &config::Config::load(cli.config.as_deref())?, args),
        Command::Prove(args) => commands::prove::run(store, args),
        #[cfg(feature = "sql")]
        Command::Sql(args) => commands::sql::run(store, args),
    }
}
