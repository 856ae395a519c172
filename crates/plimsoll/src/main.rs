//! Plimsoll: the load line for equity markets.

use std::process::ExitCode;

use clap::Parser;
use plimsoll::cli::Cli;
use plimsoll::huge_pages::HugePages;

#[global_allocator]
static MEMORY: HugePages = HugePages;

fn main() -> ExitCode {
    match plimsoll::run(&Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}
