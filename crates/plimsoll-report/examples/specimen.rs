//! Writes the invented edition to a folder, to look at: `cargo run -p plimsoll-report --example specimen -- FOLDER`.

#![allow(clippy::disallowed_methods, reason = "an example is a program: it writes files and reads the clock")]

#[path = "../tests/specimen/mod.rs"]
mod specimen;

use plimsoll_report::svg::Size;
use plimsoll_report::theme::Theme;

fn main() -> std::io::Result<()> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/specimen".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let edition = specimen::edition();
    let start = std::time::Instant::now();
    let page = plimsoll_report::render(&edition);
    let took = start.elapsed();
    std::fs::write(folder.join("report.html"), &page.html)?;
    std::fs::write(folder.join("card.svg"), plimsoll_report::card(&edition, &page.hash))?;
    std::fs::write(folder.join("report.json"), plimsoll_report::to_json(&edition, &page.hash))?;
    for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let svg = plimsoll_report::chart_svg(&edition.sections[0].main, Size::WIDE, theme);
        std::fs::write(folder.join(format!("chart-{name}.svg")), svg)?;
    }
    println!("{} bytes in {took:?}, edition {}", page.html.len(), page.hash);
    Ok(())
}
