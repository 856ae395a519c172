//! `plimsoll status`: what the store holds.

use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::Severity;
use plimsoll_model::time::AsOf;
use plimsoll_store::Coverage;

use crate::cli::Status;
use crate::commands::doubts;
use crate::commands::import::now;
use crate::commands::sync;
use crate::config::Config;
use crate::failure::Outcome;
use crate::session::Session;
use crate::sheet::{Format, Sheet};

/// Runs the command.
pub fn run(store: Option<&Path>, config: Option<&Path>, args: &Status) -> Outcome {
    let session = Session::open(store)?;
    let out = args.out.output.as_deref();
    if args.verify {
        let v = session.store.verify()?;
        println!("verified: {} segments, {} rows, {} bytes agree with the catalog", v.segments, v.rows, v.bytes);
        return Ok(0);
    }
    if args.defects {
        defects(&session)?.write(args.out.format, out)?;
        return Ok(0);
    }
    if args.imports {
        imports(&session)?.write(args.out.format, out)?;
        return Ok(0);
    }
    if args.keys {
        keys(&session)?.write(args.out.format, out)?;
        return Ok(0);
    }
    let as_of = session.as_of(&args.as_of)?;
    if args.doubts {
        doubts::rows(&doubts::standing(&session.snapshot(as_of)?)?.0).write(args.out.format, out)?;
        return Ok(0);
    }
    let config = Config::load(config)?;
    let root = sync::cache_dir(session.store.dir(), &sync::settings(&config)?, &config);
    // Late is late today, unless a day is named.
    let day = if args.as_of == "latest" { AsOf::at(now()) } else { as_of };
    let fetched = sync::fetched(&session.store, &root, day)?;
    if args.fetched {
        fetched.write(args.out.format, out)?;
        return Ok(0);
    }
    let coverage = session.store.coverage()?;
    table(&session, &coverage, as_of)?.write(args.out.format, out)?;
    if args.out.format == Format::Table {
        if coverage.iter().any(|c| c.dataset == Dataset::Facts) && out.is_none() {
            let (found, issuers) = doubts::standing(&session.snapshot(as_of)?)?;
            println!(
                "\nnumbers in the statements of {issuers} issuers that screens doubt: reported, not used, nothing is repaired"
            );
            doubts::by_rule(&found).write(args.out.format, None)?;
        }
        if fetched.rows() > 0 && out.is_none() {
            println!();
            fetched.write(Format::Table, None)?;
        }
        println!("as of {as_of}, store {}", session.store.dir().display());
        println!("more: --keys, --imports, --defects, --doubts, --verify; `plimsoll import FILE --refused` lists refused rows");
    }
    Ok(0)
}

/// Sessions between a source's last day and the moment; only for what is published every session.
fn behind(c: &Coverage, as_of: AsOf) -> Option<i64> {
    let daily = matches!(c.dataset, Dataset::Bars | Dataset::Series);
    daily.then(|| Calendar::nyse().between(c.last.plus(1), as_of.day()).len() as i64)
}

/// What every source holds, one row each.
pub fn table(session: &Session, coverage: &[Coverage], as_of: AsOf) -> Result<Sheet, crate::failure::Failure> {
    let gaps = session.store.gaps(Dataset::Bars)?;
    let missing = |c: &Coverage| {
        let of = gaps.iter().find(|g| g.dataset == c.dataset && g.source == c.source)?;
        (!of.missing.is_empty()).then(|| {
            let shown: Vec<String> = of.missing.iter().take(3).map(ToString::to_string).collect();
            let more = of.missing.len().saturating_sub(3);
            format!("{}{}", shown.join(" "), if more > 0 { format!(" and {more} more") } else { String::new() })
        })
    };
    let found = session.store.defects(None)?;
    let records = session.store.imports()?;
    let refused = session.store.refusal_counts(None)?;
    let of_source = |import: i64| records.iter().find(|r| r.id == import).map(|r| r.source.as_str());
    let defects = |c: &Coverage| found.iter().filter(|(i, _)| of_source(*i) == Some(&c.source)).count() as i64;
    let refusals =
        |c: &Coverage| refused.iter().filter(|(i, ..)| of_source(*i) == Some(&c.source)).map(|r| r.2 as i64).sum::<i64>();
    Ok(Sheet::default()
        .text("dataset", coverage.iter().map(|c| c.dataset.name()))
        .text("source", coverage.iter().map(|c| c.source.as_str()))
        .int("rows", coverage.iter().map(|c| Some(c.rows as i64)))
        .int("revisions", coverage.iter().map(|c| Some((c.vintages - c.rows) as i64)))
        .int("keys", coverage.iter().map(|c| Some(c.keys as i64)))
        .day("first", coverage.iter().map(|c| Some(c.first)))
        .day("last", coverage.iter().map(|c| Some(c.last)))
        .int("sessions behind", coverage.iter().map(|c| behind(c, as_of)))
        .int("files", coverage.iter().map(|c| Some(c.files as i64)))
        .int("refused", coverage.iter().map(|c| Some(refusals(c))))
        .int("defects", coverage.iter().map(|c| Some(defects(c))))
        .text("sessions missing", coverage.iter().map(|c| missing(c).unwrap_or_default())))
}

fn defects(session: &Session) -> Result<Sheet, crate::failure::Failure> {
    let records = session.store.imports()?;
    let mut found = session.store.defects(None)?;
    // What sources say against each other belongs to no single import.
    found.extend(crate::commands::import::calendar_defects(&session.store)?.into_iter().map(|d| (0, d)));
    let file = |import: i64| records.iter().find(|r| r.id == import).map(|r| r.path.clone()).unwrap_or_default();
    Ok(Sheet::default()
        .text("rule", found.iter().map(|(_, d)| d.rule.as_str()))
        .text("severity", found.iter().map(|(_, d)| if d.severity == Severity::Warning { "warning" } else { "note" }))
        .text("subject", found.iter().map(|(_, d)| d.subject.as_str()))
        .day("from", found.iter().map(|(_, d)| d.from))
        .day("to", found.iter().map(|(_, d)| d.to))
        .int("rows", found.iter().map(|(_, d)| Some(d.rows as i64)))
        .text("detail", found.iter().map(|(_, d)| d.detail.as_str()))
        .text("file", found.iter().map(|(i, _)| file(*i))))
}

fn imports(session: &Session) -> Result<Sheet, crate::failure::Failure> {
    let records = session.store.imports()?;
    Ok(Sheet::default()
        .int("import", records.iter().map(|r| Some(r.id)))
        .text("ingested at", records.iter().map(|r| r.ingested_at.to_string()))
        .text("source", records.iter().map(|r| r.source.as_str()))
        .text("file", records.iter().map(|r| r.path.as_str()))
        .text("blake3", records.iter().map(|r| r.file_hash.as_str()))
        .int("rows", records.iter().map(|r| Some(r.seen as i64)))
        .int("new", records.iter().map(|r| Some(r.taken as i64)))
        .int("revised", records.iter().map(|r| Some(r.revised as i64)))
        .int("unchanged", records.iter().map(|r| Some(r.unchanged as i64))))
}

fn keys(session: &Session) -> Result<Sheet, crate::failure::Failure> {
    let keys = session.store.key_coverage(None)?;
    Ok(Sheet::default()
        .text("dataset", keys.iter().map(|k| k.dataset.name()))
        .text("source", keys.iter().map(|k| k.source.as_str()))
        .text("key", keys.iter().map(|k| k.key.as_str()))
        .int("rows", keys.iter().map(|k| Some(k.rows as i64)))
        .int("revisions", keys.iter().map(|k| Some((k.vintages - k.rows) as i64)))
        .day("first", keys.iter().map(|k| Some(k.first)))
        .day("last", keys.iter().map(|k| Some(k.last)))
        .text("last known at", keys.iter().map(|k| k.last_known_at.to_string())))
}
