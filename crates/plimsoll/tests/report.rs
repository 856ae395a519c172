//! The report as a reader gets it.

mod common;

use std::process::{Command, Stdio};

use common::{err, out, plimsoll, thesis, world};
use plimsoll::edition::{self, Options};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_store::Store;

fn there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

#[test]
fn the_edition_is_whole() {
    let made = world();
    let store = Store::open_existing(&made.store).unwrap();
    let day = Day::ymd(2024, 2, 2);
    let options = Options { thesis_id: "small-cap-pain".into(), since: Some(Day::ymd(2024, 1, 26)), ..Options::default() };
    let thesis = thesis(&made.world);
    let edition = edition::build(&store.snapshot(AsOf::end_of(day)).unwrap(), &thesis, &options).unwrap().edition;
    assert_eq!(plimsoll_report::problems(&edition), Vec::<String>::new());
    assert_eq!(edition.claims.len(), thesis.claims.len(), "no claim is dropped");
    assert!(edition.claims.iter().any(|c| c.value.is_some()));
    assert!(
        edition.inputs.iter().all(|i| i.span.is_none_or(|s| s.1 <= day || i.name.starts_with("events"))),
        "an input lies in the future"
    );
    assert!(edition.methods.iter().all(|m| !m.inputs.is_empty() || m.id == "unmatched_members"), "a method names no input");
    let page = plimsoll_report::render(&edition);
    assert_eq!(plimsoll_report::verify(&page.html), Some(true));
    assert!(page.html.len() < 2_000_000, "{} bytes", page.html.len());
    // The script that sorts tables asks isNaN; nothing else may say it.
    assert!(!page.html.replace("isNaN", "").contains("NaN"));
}

#[test]
fn the_report_stands_beside_the_list_of_its_files() {
    let made = world();
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("report.html");
    let o = plimsoll(&made.store, &["report", "--as-of", "2024-02-02", "-o", page.to_str().unwrap(), "--json"]);
    assert!(o.status.success(), "{}", err(&o));
    assert!(out(&o).contains("claims"));
    let files: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.path().join("report.inputs.json")).unwrap()).unwrap();
    let listed = files["files"].as_array().unwrap();
    assert!(listed.iter().any(|f| f["source"] == "treasury") && listed.iter().all(|f| f["hash"].as_str().unwrap().len() == 64));
    let edition: serde_json::Value = serde_json::from_slice(&std::fs::read(dir.path().join("report.json")).unwrap()).unwrap();
    assert!(edition.to_string().contains(files["edition"].as_str().unwrap()));
}

#[test]
fn the_report_prints_as_pdf_and_card() {
    if !there("chromium") {
        println!("skipped: no chromium (scripts/setup.sh installs it)");
        return;
    }
    let made = world();
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("report.html");
    let o = plimsoll(&made.store, &["report", "--as-of", "2024-02-02", "-o", page.to_str().unwrap(), "--pdf", "--card"]);
    assert!(o.status.success(), "{}", err(&o));
    let pdf = page.with_extension("pdf");
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF"));
    assert!(std::fs::read(page.with_extension("png")).unwrap().starts_with(b"\x89PNG"));
    if there("pdftotext") {
        let text = Command::new("pdftotext").arg(&pdf).arg("-").output().unwrap();
        let text = String::from_utf8_lossy(&text.stdout).into_owned();
        for part in ["hiding the pain", "The claims", "Masking", "What could not be known", "Disclosure"] {
            assert!(text.contains(part), "{part}");
        }
    }
}

#[test]
fn sections_stand_in_the_order_of_the_argument_and_the_publisher_is_the_configurations() {
    let made = world();
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("plimsoll.toml");
    std::fs::write(&config, "[report]\npublisher = \"Published by Nobody.\"\npositions = \"the publisher is short of ink.\"\n")
        .unwrap();
    let page = |name: &str| {
        let page = dir.path().join(name);
        let o = plimsoll(
            &made.store,
            &["--config", config.to_str().unwrap(), "report", "--as-of", "2024-02-02", "-o", page.to_str().unwrap(), "--json"],
        );
        assert!(o.status.success(), "{}", err(&o));
        (std::fs::read(&page).unwrap(), std::fs::read(page.with_extension("json")).unwrap())
    };
    let (html, json) = page("report.html");
    assert_eq!(html, page("again.html").0, "the same configuration gives the same bytes");
    let text = String::from_utf8(html).unwrap();
    assert!(text.contains("Published by Nobody.") && text.contains("Positions: the publisher is short of ink."));
    assert!(!text.contains("the publisher has stated none"));
    let edition: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let edition = if edition["sections"].is_array() { &edition } else { &edition["edition"] };
    let sections = edition["sections"].as_array().unwrap();
    let ids: Vec<&str> = sections.iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["masking", "momentum", "rates", "debt", "maturities", "credit", "scenarios", "signals"]);
    // The map is drawn, with a path of a year on it that ends on the day; every scenario has survivors.
    let scenarios = &sections[6];
    let plot = &scenarios["main"]["plot"];
    assert_eq!(plot["kind"], "map", "{}", scenarios["finding"]);
    let trail = plot["trail"].as_array().unwrap();
    assert!(trail.len() >= 12 && trail.last().unwrap()["label"] == "2024-02-02", "{trail:?}");
    let days: Vec<&str> = trail.iter().map(|p| p["label"].as_str().unwrap()).collect();
    assert!(days.windows(2).all(|w| w[0] < w[1]));
    let survivors = scenarios["multiples"].as_array().unwrap().iter().find(|c| c["id"] == "scenarios-survivors").unwrap();
    assert_eq!(survivors["plot"]["rows"].as_array().unwrap().len(), 5);
    assert!(!scenarios["finding"].as_str().unwrap().is_empty() && !scenarios["wrong"].as_str().unwrap().is_empty());
}
