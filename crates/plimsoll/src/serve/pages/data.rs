//! Data: what the store holds, how fresh it is, and what is wrong with it.

use maud::html;
use plimsoll_model::time::AsOf;

use super::{Page, dated, words};
use crate::commands::status;
use crate::serve::ask::Ask;
use crate::serve::problem::Problem;
use crate::serve::shell::escape;
use crate::serve::table;
use crate::serve::world::Job;
use crate::session::Session;
use crate::sheet::Sheet;

/// Coverage of every source, as `plimsoll status` prints it.
pub fn sheet(job: &Job, as_of: AsOf) -> Result<Sheet, Problem> {
    let session = Session { store: job.world.store.clone() };
    let coverage = session.store.coverage().map_err(Problem::internal)?;
    status::table(&session, &coverage, as_of).map_err(|e| job.told(e))
}

/// The page.
pub fn page(job: &Job, ask: &Ask, _: &str) -> Result<Page, Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    let sheet = sheet(job, as_of)?;
    let (first, last) = job.version.span;
    let finding = format!("{} sources from {first} to {last}.", sheet.rows());
    let body = html! {
        h1 { "Data" }
        p.lede {
            (finding) " This page is about the store as it is now; sessions behind are counted to " (as_of) ". Every other page reads only what was known on its day."
        }
        (table::markup(&sheet, "Coverage by source", |_, _| None))
        (table::downloads("/api/v1/status", &format!("as_of={}", escape(&as_of.to_string())), &format!("plimsoll status --as-of {as_of}")))
        p.small.muted { "Rows refused and defects found are listed with file and row by " code { "plimsoll status --defects" } " and " code { "plimsoll import FILE --refused" } "." }
    };
    let mut shell = dated(job, ask, as_of, ("/data", "/data"), "Data");
    shell.description.clone_from(&finding);
    Ok(Page { shell, body, card: words("Data", &finding, as_of) })
}
