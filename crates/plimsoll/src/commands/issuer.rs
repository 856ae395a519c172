//! `plimsoll issuer`: one issuer, as a table or a page.

use std::path::Path;

use crate::cli::Issuer;
use crate::config::Config;
use crate::edition::Publication;
use crate::failure::{Failure, Outcome};
use crate::issuer::{Profile, page};
use crate::session::Session;
use crate::sheet::{Format, Sheet, write_whole};

/// Runs the command.
pub fn run(store: Option<&Path>, config: Option<&Path>, args: &Issuer) -> Outcome {
    let publication = Publication::of(&Config::load(config)?)?;
    let session = Session::open(store)?;
    let as_of = session.as_of(&args.as_of)?;
    let knowledge = session.snapshot(as_of)?;
    let profile = Profile::read(&knowledge, &args.name)?;
    let html = args.output.as_deref().filter(|p| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("html")));
    if let Some(path) = html {
        let built = page::build(&profile, &publication);
        let rendered = plimsoll_report::render_issuer(&built);
        write_whole(path, rendered.html.as_bytes())?;
        println!("{}", built.finding);
        println!("wrote {} (edition {})", path.display(), rendered.hash);
        return Ok(0);
    }
    if args.format == Format::Json {
        let text = serde_json::to_string_pretty(&page::build(&profile, &publication)).map_err(Failure::new)? + "\n";
        match &args.output {
            Some(path) => write_whole(path, text.as_bytes())?,
            None => print!("{text}"),
        }
        return Ok(0);
    }
    if args.format == Format::Table && args.output.is_none() {
        println!("{} ({}), {}, as of {}", profile.name, profile.symbol, profile.id, as_of);
        println!("{}\n", page::finding(&profile));
    }
    sheet(&profile).write(args.format, args.output.as_deref())?;
    Ok(0)
}

/// Everything about an issuer, one row an item.
pub fn sheet(profile: &Profile) -> Sheet {
    let lines = profile.lines();
    Sheet::default()
        .text("part", lines.iter().map(|l| l.part))
        .text("item", lines.iter().map(|l| l.item.as_str()))
        .mixed("value", lines.iter().map(|l| (l.value, l.unit)))
        .day("day", lines.iter().map(|l| l.day))
        .text("note", lines.iter().map(|l| l.note.as_str()))
        .text("filing", lines.iter().map(|l| l.filing.as_str()))
}
