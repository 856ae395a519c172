//! `plimsoll sources`: the publishers that can be asked, and what must be known of each.

use clap::Args;
use plimsoll_sources::feeds::{feed, feeds};
use plimsoll_sources::fetch::{Feed, FeedInfo};

use crate::cli::Output;
use crate::failure::{Failure, Outcome};
use crate::sheet::{Format, Sheet};

/// `plimsoll sources`
#[derive(Debug, Args)]
pub struct SourcesArgs {
    /// One source, with its terms, limits, revisions, rules and known defects
    pub name: Option<String>,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// Runs the command.
pub fn run(args: &SourcesArgs) -> Outcome {
    let sheet = match &args.name {
        None => list(),
        Some(name) => {
            let feed = feed(name).ok_or_else(|| {
                let names: Vec<&str> = feeds().iter().map(|f| f.info().id).collect();
                Failure::new(format!("no source `{name}`")).hint(format!("sources: {}", names.join(", ")))
            })?;
            one(feed)
        }
    };
    sheet.write(args.out.format, args.out.output.as_deref())?;
    if args.name.is_none() && args.out.format == Format::Table {
        println!("`plimsoll sources NAME`: terms, limits, revisions, when a value counts as known, known defects");
    }
    Ok(0)
}

/// What must be given before it can be asked.
fn needs(info: &FeedInfo) -> String {
    let key = info.key.map(|k| format!("key `{}`", k.name));
    let contact = info.contact.then(|| "contact".to_owned());
    key.into_iter().chain(contact).collect::<Vec<_>>().join(", ")
}

fn limit(info: &FeedInfo) -> String {
    format!("{} in {} s ({})", info.limit.requests, info.limit.per.as_secs_f64(), info.limit.stated)
}

fn list() -> Sheet {
    let infos = || feeds().iter().map(|f| f.info());
    Sheet::default()
        .text("source", infos().map(|i| i.id))
        .text("brings", infos().map(|i| i.title))
        .text("publisher", infos().map(|i| i.publisher))
        .text("needs", infos().map(needs))
        .text("first", infos().map(|i| i.first))
        .text("size", infos().map(|i| i.size))
        .text(
            "fetched by",
            infos().map(|i| match (i.role, i.by_default) {
                (Some(role), true) => format!("`sync`, in the order of [sync] {}", role.name()),
                (Some(role), false) => format!("`sync`, where [sync] {} names it", role.name()),
                (None, true) => "`sync`".to_owned(),
                (None, false) => format!("`sync {}`", i.id),
            }),
        )
}

/// Everything about one source, a line each; DATA.md is made from the same lines.
pub fn lines(feed: &dyn Feed) -> Vec<(String, String)> {
    let info = feed.info();
    let mut out = vec![
        ("brings".to_owned(), info.title.to_owned()),
        ("publisher".to_owned(), info.publisher.to_owned()),
        ("hosts".to_owned(), info.hosts.join(", ")),
        ("terms".to_owned(), info.terms.to_owned()),
        ("requests".to_owned(), limit(info)),
    ];
    if let Some(key) = info.key {
        out.push(("key".to_owned(), format!("`{}` under [sync.keys], or {}: {}", key.name, key.environment, key.from)));
    }
    if info.contact {
        out.push(("contact".to_owned(), "demanded: `contact` under [sync]".to_owned()));
    }
    out.push(("first".to_owned(), info.first.to_owned()));
    out.push(("size".to_owned(), info.size.to_owned()));
    out.push(("revisions".to_owned(), info.revisions.to_owned()));
    let late = info
        .late_after
        .map_or_else(|| "nothing is due at a known time".to_owned(), |n| format!("more than {n} sessions after the last period"));
    out.push(("late".to_owned(), late));
    for reader in info.readers {
        let source = reader.info();
        out.push((format!("{}: known", source.id), source.known_at.to_owned()));
        out.push((format!("{}: revised", source.id), source.revisions.to_owned()));
        out.push((format!("{}: layout", source.id), source.layout.to_owned()));
        out.extend(source.caveats.iter().map(|c| (format!("{}: defect", source.id), (*c).to_owned())));
    }
    out.extend(info.specification.iter().map(|s| ("specification".to_owned(), (*s).to_owned())));
    out
}

fn one(feed: &dyn Feed) -> Sheet {
    let lines = lines(feed);
    Sheet::default().text(feed.info().id, lines.iter().map(|l| l.0.as_str())).text("what", lines.iter().map(|l| l.1.as_str()))
}
