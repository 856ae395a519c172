//! `plimsoll report`: the dated report.

use std::path::{Path, PathBuf};

use plimsoll_claims::Thesis;
use plimsoll_store::Snapshot;

use crate::cli::Report;
use crate::commands::measure::day;
use crate::config::Config;
use crate::edition::{self, Options, Publication};
use crate::failure::{Failure, Outcome};
use crate::session::{self, Session};
use crate::sheet::write_whole;
use crate::{chromium, lineage};

/// Runs the command.
pub fn run(store: Option<&Path>, config: Option<&Path>, args: &Report) -> Outcome {
    let publication = Publication::of(&Config::load(config)?)?;
    let thesis = session::thesis(args.thesis.as_deref())?;
    let session = Session::open(store)?;
    let as_of = session.as_of(&args.as_of)?;
    let since = args.since.as_deref().map(day).transpose()?;
    if let Some(since) = since.filter(|s| *s >= as_of.day()) {
        return Err(Failure::new(format!("--since {since} does not lie before --as-of {as_of}")));
    }
    let knowledge = session.snapshot(as_of)?;
    let name = session::thesis_name(args.thesis.as_deref());
    let written = write(&knowledge, &thesis, &Options { thesis_id: name, since, publication }, &args.output)?;
    println!("{}", written.sentence);
    println!("wrote {} (edition {})", args.output.display(), written.hash);
    if args.json {
        let path = args.output.with_extension("json");
        write_whole(&path, written.json.as_bytes())?;
        println!("wrote {}", path.display());
    }
    if args.pdf {
        let path = args.output.with_extension("pdf");
        chromium::pdf(&args.output, &path)?;
        println!("wrote {}", path.display());
    }
    if args.card {
        let path = args.output.with_extension("png");
        let svg = path.with_extension("card.svg");
        write_whole(&svg, written.card.as_bytes())?;
        let taken = chromium::png(&svg, &path, (1200, 630));
        let _ = std::fs::remove_file(&svg);
        taken?;
        println!("wrote {}", path.display());
    }
    Ok(0)
}

/// A written report.
pub struct Written {
    /// The verdict in one sentence.
    pub sentence: String,
    /// The edition's hash.
    pub hash: String,
    /// The edition as JSON.
    pub json: String,
    /// The image card as SVG.
    pub card: String,
}

/// Builds, renders and writes a report with the list of the files behind it.
pub fn write(knowledge: &Snapshot, thesis: &Thesis, options: &Options, output: &Path) -> Result<Written, Failure> {
    let built = edition::build(knowledge, thesis, options)?;
    let rendered = plimsoll_report::render(&built.edition);
    write_whole(output, rendered.html.as_bytes())?;
    let files = lineage::inputs(knowledge, &built.cut)?;
    let listing = serde_json::json!({
        "report": output.file_name().map(|n| n.to_string_lossy()),
        "edition": rendered.hash,
        "as_of": knowledge_as_of(knowledge),
        "files": files,
    });
    let text = serde_json::to_string_pretty(&listing).map_err(Failure::new)? + "\n";
    write_whole(&inputs_path(output), text.as_bytes())?;
    Ok(Written {
        sentence: built.edition.verdict_sentence.clone(),
        json: plimsoll_report::to_json(&built.edition, &rendered.hash),
        card: plimsoll_report::card(&built.edition, &rendered.hash),
        hash: rendered.hash,
    })
}

fn knowledge_as_of(knowledge: &Snapshot) -> String {
    use plimsoll_model::knowledge::Knowledge;
    knowledge.as_of().to_string()
}

/// Where the list of files behind a report stands.
pub fn inputs_path(report: &Path) -> PathBuf {
    report.with_extension("inputs.json")
}
