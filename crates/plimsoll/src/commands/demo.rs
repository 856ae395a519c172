//! `plimsoll demo`: the sample world from its files to its report.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plimsoll_claims::Thesis;
use plimsoll_model::needs::Entry;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_sources::sample::{Spec, World};
use plimsoll_store::Store;

use crate::cli::Demo;
use crate::commands::import::{How, import_all};
use crate::commands::prove::tempdir;
use crate::commands::report;
use crate::edition::Options;
use crate::failure::{Failure, Outcome};
use crate::planted;
use crate::session::{SHIPPED, SHIPPED_NAME};
use crate::sheet::{Format, Sheet, write_whole};

/// The day of the demonstration's report: that of the argument.
pub const DAY: (i16, i8, i8) = (2024, 2, 2);

/// Runs the command.
pub fn run(args: &Demo) -> Outcome {
    let work = tempdir()?;
    let keep = args.keep.clone().unwrap_or_else(|| work.path().to_owned());
    let world = World::new(&Spec { seed: args.seed, ..Spec::default() });
    let files = world.write(&keep.join("files")).map_err(Failure::new)?;
    let store = Store::open(keep.join("store"))?;
    let taken = import_all(&store, &[keep.join("files")], &How { progress: true, ..How::default() })?;
    if let Some((path, why)) = taken.iter().find_map(|t| t.result.as_ref().err().map(|e| (&t.path, e))) {
        return Err(Failure::new(format!("{}: {why}", path.display())));
    }
    let rows: u64 = taken.iter().filter_map(|t| t.result.as_ref().ok()).map(|s| s.taken).sum();
    println!("sample world: {} files of invented companies, {rows} observations imported", files.len());

    let day = Day::ymd(DAY.0, DAY.1, DAY.2);
    let thesis = thesis(&world)?;
    let snapshot = store.snapshot(AsOf::end_of(day))?;
    let found = planted::compare(&snapshot, &world.truth, &thesis.scope, day)?;
    table(&found).write(Format::Table, None)?;
    let options = Options { thesis_id: SHIPPED_NAME.into(), ..Options::default() };
    let written = report::write(&snapshot, &thesis, &options, &args.output)?;
    println!("{}", written.sentence);
    println!("wrote {} (invented data; as of {day})", args.output.display());
    if let Some(keep) = &args.keep {
        write_whole(&keep.join(format!("{SHIPPED_NAME}.toml")), thesis_text(&world).as_bytes())?;
        println!("kept the files, the store and the thesis about its giants in {}", keep.display());
    }
    let missed: Vec<&str> = found.iter().filter(|f| !f.agrees()).map(|f| f.what.as_str()).collect();
    if missed.is_empty() {
        return Ok(0);
    }
    Err(Failure::new(format!("what was planted was not found: {}", missed.join("; "))))
}

/// The shipped thesis with the sample world's giants in place of the real ones.
pub fn thesis(world: &World) -> Result<Thesis, Failure> {
    let giants: Vec<Entry> = planted::giants(world);
    Ok(Thesis::parse_with("small-cap-pain.toml", SHIPPED, &BTreeMap::from([("mega".to_owned(), giants)]))?)
}

/// The shipped thesis's text with the sample world's giants, for commands that read a thesis from a file.
fn thesis_text(world: &World) -> String {
    let entry = |e: &Entry| match (&e.from, &e.before) {
        (Some(from), Some(before)) => format!("  {{ symbol = \"{}\", from = \"{from}\", before = \"{before}\" }},\n", e.symbol),
        _ => format!("  \"{}\",\n", e.symbol),
    };
    let giants: String = planted::giants(world).iter().map(entry).collect();
    let (head, rest) = SHIPPED.split_once("mega = [\n").expect("the shipped thesis names its giants");
    let (_, tail) = rest.split_once("\n]").expect("the list ends");
    format!("{head}mega = [\n{giants}]{tail}")
}

fn table(found: &[planted::Found]) -> Sheet {
    Sheet::default()
        .text("planted truth", found.iter().map(|f| f.what.as_str()))
        .mixed("planted", found.iter().map(|f| (Some(f.planted), f.unit)))
        .mixed("found", found.iter().map(|f| (f.found, f.unit)))
        .text("", found.iter().map(|f| if f.agrees() { "✓" } else { "differs" }))
}

/// Where the demonstration leaves its report when nothing is said.
pub fn default_output() -> PathBuf {
    PathBuf::from("report.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_thesis_is_the_one_of_the_demonstration() {
        let world = World::new(&Spec::small());
        let read = Thesis::parse("kept.toml", &thesis_text(&world)).unwrap();
        let meant = thesis(&world).unwrap();
        assert_eq!(read.scope.groups, meant.scope.groups);
        assert_eq!(read.claims.len(), meant.claims.len());
    }
}
