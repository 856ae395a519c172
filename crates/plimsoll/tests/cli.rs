//! The program as a user meets it: commands, forms of output, exit codes, errors.

mod common;

use common::{err, out, plimsoll, world};
use serde_json::Value;

#[test]
fn a_measure_of_one_day_says_what_it_rests_on() {
    let made = world();
    let o = plimsoll(
        &made.store,
        &["measure", "share_in_bear_market", "--as-of", "2024-02-02", "--with", "universe=small", "--format", "json"],
    );
    assert!(o.status.success(), "{}", err(&o));
    let json: Value = serde_json::from_str(&out(&o)).expect("json");
    for field in ["measure", "as_of", "value", "unit", "n_obs", "flags", "inputs"] {
        assert!(json.get(field).is_some(), "{field} is missing");
    }
    assert_eq!(json["measure"], "share_in_bear_market");
    assert_eq!(json["as_of"], "2024-02-02");
    let value = json["value"].as_f64().expect("a number");
    assert!((0.0..=1.0).contains(&value) && json["n_obs"].as_u64().unwrap() > 100);
    let inputs = json["inputs"].as_array().expect("inputs");
    assert!(inputs.iter().any(|i| i["source"] == "screener" && i["hash"].as_str().unwrap().len() == 64));
    assert!(inputs.iter().all(|i| i["last"].as_str().unwrap() <= "2024-02-02"), "an input lies in the future");
}

#[test]
fn a_history_comes_in_every_form() {
    let made = world();
    let base = ["measure", "yield_level", "--from", "2024-01-02", "--to", "2024-01-31"];
    let form = |f: &str| plimsoll(&made.store, &[&base[..], &["--format", f]].concat());
    let csv = out(&form("csv"));
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "day,yield_level,n_obs,flags,missing");
    assert_eq!(lines.len(), 1 + 21, "January 2024 has 21 sessions");
    assert!(lines[1].starts_with("2024-01-02,"));
    let json: Value = serde_json::from_str(&out(&form("json"))).expect("json");
    assert_eq!(json.as_array().unwrap().len(), 21);
    assert!(form("parquet").stdout.starts_with(b"PAR1"));
    assert!(out(&form("table")).contains("2024-01-31"));
}

#[test]
fn errors_say_what_was_expected_and_what_to_do() {
    let made = world();
    let cases: [(&[&str], &str, &str); 6] = [
        (&["measure", "contribution_shar", "--as-of", "2024-02-02"], "contribution_shar", "did you mean `contribution_share`?"),
        (&["measure", "yield_level", "--as-of", "2024-02-30"], "2024-02-30", "latest"),
        (&["measure", "momentum", "--as-of", "2024-02-02", "--with", "windoww=3m"], "windoww", "did you mean `window`?"),
        (&["measure", "momentum", "--as-of", "2024-02-02", "--with", "window=0"], "window", "3m"),
        (&["check", "nowhere.toml", "--as-of", "2024-02-02"], "nowhere.toml", "hint"),
        (&["measure", "yield_level", "--from", "2024-02-02", "--to", "2024-01-02"], "--from", "after"),
    ];
    for (arguments, names, helps) in cases {
        let o = plimsoll(&made.store, arguments);
        let said = err(&o);
        assert_eq!(o.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(names) && said.contains(helps), "{arguments:?}: {said}");
    }
    let nowhere = plimsoll(&made.dir.path().join("no-store"), &["status"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(err(&nowhere).contains("hint"), "{}", err(&nowhere));
}

#[test]
fn a_thesis_with_a_mistake_names_its_line() {
    let made = world();
    let path = made.dir.path().join("mistaken.toml");
    let good = "title = \"t\"\n[[claim]]\nid = \"a\"\nsays = \"s\"\nmeasure = \"yield_level\"\nholds = \"value > 0\"\n";
    for (bad, line, says) in [
        (good.replace("measure", "mesure"), 5, "did you mean `measure`"),
        (good.replace("yield_level", "yield_levle"), 5, "did you mean `yield_level`"),
        (good.replace("value > 0", "valu > 0"), 6, "valu"),
        (good.replace("holds = \"value > 0\"\n", "holds = \"value > 0\"\nunit = \"fraction\"\n"), 7, "percent_per_year"),
        (good.replace("holds = \"value > 0\"\n", "holds = \"value > 0\"\nwith = { serie = \"x\" }\n"), 7, "serie"),
        ("title = \"t\"\n".to_owned(), 2, "[[claim]]"),
    ] {
        std::fs::write(&path, &bad).unwrap();
        let o = plimsoll(&made.store, &["check", path.to_str().unwrap(), "--as-of", "2024-02-02"]);
        let said = err(&o);
        assert_eq!(o.status.code(), Some(2), "{bad}: {said}");
        assert!(
            said.contains(&format!("mistaken.toml:{line}:")) && said.contains(says),
            "expected line {line} and `{says}`: {said}"
        );
    }
}

#[test]
fn exit_codes_tell_verdicts_apart() {
    let made = world();
    let path = made.dir.path().join("one.toml");
    let check = |holds: &str, fails: &str| {
        let text = format!(
            "title = \"t\"\n[[claim]]\nid = \"a\"\nsays = \"s\"\nmeasure = \"yield_level\"\nholds = \"{holds}\"\nfails = \"{fails}\"\n"
        );
        std::fs::write(&path, text).unwrap();
        plimsoll(&made.store, &["check", path.to_str().unwrap(), "--as-of", "2024-02-02", "--format", "json"]).status.code()
    };
    assert_eq!(check("value > 0", "value < -5"), Some(0));
    assert_eq!(check("value > 50", "value < 20"), Some(1));
    assert_eq!(check("value > 50", "value < -5"), Some(3));
    std::fs::write(&path, "title = \"t\"\n[[claim]]\nid = \"a\"\nsays = \"s\"\nawaits = \"a measure\"\n").unwrap();
    let o = plimsoll(&made.store, &["check", path.to_str().unwrap(), "--as-of", "2024-02-02"]);
    assert_eq!(o.status.code(), Some(3));
    assert!(out(&o).contains("not measured yet: a measure"));
}

#[test]
fn status_shows_coverage_gaps_and_defects() {
    let made = world();
    let json: Value = serde_json::from_str(&out(&plimsoll(&made.store, &["status", "--format", "json"]))).expect("json");
    let bars = json.as_array().unwrap().iter().find(|r| r["dataset"] == "bars" && r["source"] == "screener").expect("bars");
    assert!(bars["rows"].as_i64().unwrap() > 100_000);
    for missing in made.world.truth.quirks.iter().filter(|q| q.kind == "missing_session") {
        assert!(bars["sessions missing"].as_str().unwrap().contains(&missing.from.to_string()), "{missing:?}");
    }
    let defects = out(&plimsoll(&made.store, &["status", "--defects", "--format", "csv"]));
    for kind in ["missing_session", "absurd_move", "repeated_cap", "stale_price"] {
        assert!(defects.contains(kind), "{kind} is not reported");
    }
    assert!(out(&plimsoll(&made.store, &["status", "--verify"])).contains("agree with the catalog"));
}

#[test]
fn the_catalogue_describes_every_measure() {
    let made = world();
    let all: Value = serde_json::from_str(&out(&plimsoll(&made.store, &["measures", "--format", "json"]))).expect("json");
    assert_eq!(all.as_array().unwrap().len(), plimsoll_measures::registry().len());
    for row in all.as_array().unwrap() {
        let page = out(&plimsoll(&made.store, &["measures", row["measure"].as_str().unwrap()]));
        for part in ["Definition:", "Unit:", "Missing data:", "Point in time:", "References:", "Verified:"] {
            assert!(page.contains(part), "{row}: {part}");
        }
    }
}

#[test]
fn status_counts_what_screens_doubt_and_lists_it() {
    let made = world();
    let o = plimsoll(&made.store, &["status", "--as-of", "2024-02-02"]);
    assert!(o.status.success(), "{}", err(&o));
    assert!(out(&o).contains("scale_slip") && out(&o).contains("screens doubt"), "{}", out(&o));
    let list = plimsoll(&made.store, &["status", "--as-of", "2024-02-02", "--doubts", "--format", "json"]);
    let json: Value = serde_json::from_str(&out(&list)).expect("json");
    let rows = json.as_array().expect("rows");
    // The filer whose annual report is in thousands is planted, and named.
    let slips: Vec<&Value> = rows.iter().filter(|r| r["rule"] == "scale_slip").collect();
    assert!(!slips.is_empty(), "{json}");
    let planted = made.world.truth.filings.oddities.iter().find(|o| o.1.contains("in thousands")).expect("one is planted");
    assert!(slips.iter().any(|r| r["symbol"] == planted.0.as_str()), "{slips:?} without {planted:?}");
    // Before the report was filed nobody could doubt it.
    let before = plimsoll(&made.store, &["status", "--as-of", "2020-01-31", "--doubts", "--format", "json"]);
    let then: Value = serde_json::from_str(&out(&before)).expect("json");
    assert!(then.as_array().expect("rows").iter().all(|r| r["rule"] != "scale_slip"), "{then}");
}
