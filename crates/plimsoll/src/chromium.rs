//! Printing a page with an installed Chromium: a PDF of the report, a PNG of its card.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;

const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

fn installed() -> Result<String, Failure> {
    if let Ok(named) = std::env::var("PLIMSOLL_CHROMIUM") {
        return Ok(named);
    }
    let there = |name: &&&str| {
        Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    NAMES.iter().find(there).map(|n| (*n).to_owned()).ok_or_else(|| {
        Failure::new("no Chromium is installed")
            .hint("install one (Debian: scripts/setup.sh), name it in PLIMSOLL_CHROMIUM, or print the HTML from any browser")
    })
}

fn run(page: &Path, arguments: &[String], out: &Path) -> Result<(), Failure> {
    let profile = std::env::temp_dir().join(format!("plimsoll-print-{}", std::process::id()));
    let page = page.canonicalize().map_err(|e| Failure::new(format!("{}: {e}", page.display())))?;
    let mut command = Command::new(installed()?);
    command
        .args(["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--disable-quic", "--hide-scrollbars", "--no-sandbox"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    // Only a file that this run wrote counts.
    let _ = std::fs::remove_file(out);
    let done = command.output();
    let _ = std::fs::remove_dir_all(&profile);
    let done = done?;
    if done.status.success() && std::fs::metadata(out).is_ok_and(|m| m.len() > 0) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let last = said.lines().last().unwrap_or("nothing");
    Err(Failure::new(format!("Chromium did not write {}: it said `{last}`", out.display())))
}

/// Prints a page as PDF.
pub fn pdf(page: &Path, out: &Path) -> Result<(), Failure> {
    run(page, &["--no-pdf-header-footer".into(), format!("--print-to-pdf={}", out.display())], out)
}

/// Takes a picture of a page of `width` by `height` pixels.
pub fn png(page: &Path, out: &Path, (width, height): (u32, u32)) -> Result<(), Failure> {
    run(page, &[format!("--window-size={width},{height}"), format!("--screenshot={}", out.display())], out)
}
