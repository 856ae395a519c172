//! The report of a day as a page of its own, and pictures by an installed Chromium.

use std::sync::{Mutex, PoisonError};

use axum::http::{StatusCode, header};
use sha2::{Digest, Sha256};

use super::thesis;
use crate::chromium;
use crate::serve::ask::Ask;
use crate::serve::problem::Problem;
use crate::serve::reply::Content;
use crate::serve::world::Job;

/// The parameters it takes beside `as_of`.
pub const TAKES: &[&str] = &["as_of", "since"];

/// The report: the very file that `plimsoll report` writes, with a policy that allows its own script by its hash.
pub fn content(job: &Job, ask: &Ask) -> Result<Content, Problem> {
    let as_of = ask.as_of(&job.version, false)?;
    let found = thesis::prepare(job, as_of, ask.day("since")?)?;
    let rendered = plimsoll_report::render(&found.edition);
    let script = rendered.html.rsplit_once("<script>").and_then(|(_, rest)| rest.split_once("</script>")).map_or("", |(s, _)| s);
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, Sha256::digest(script.as_bytes()))
    );
    Ok(Content::html(rendered.html).header(header::CONTENT_SECURITY_POLICY, &policy))
}

/// An SVG of 1200 by 630 as PNG.
pub fn picture(svg: &str) -> Result<Vec<u8>, Problem> {
    // One browser at a time: each takes a hundred megabytes.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = crate::commands::prove::tempdir().map_err(Problem::internal)?;
    let (from, to) = (dir.path().join("card.svg"), dir.path().join("card.png"));
    std::fs::write(&from, svg).map_err(Problem::internal)?;
    chromium::png(&from, &to, (1200, 630)).map_err(|e| {
        tracing::warn!(error = %e.message(), "no picture");
        Problem::new(StatusCode::NOT_FOUND, "Pictures are made by an installed Chromium, and there is none here.")
            .hint("Ask for `card=svg`.")
    })?;
    std::fs::read(&to).map_err(Problem::internal)
}
