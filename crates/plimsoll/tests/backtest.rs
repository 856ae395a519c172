//! Backtests from the command line, on the sample world.

mod common;

use common::{err, out, plimsoll, world};

const TREND: &str = "leverage-for-the-long-run";

#[test]
fn shipped_strategies_are_listed_and_parse() {
    let listed = plimsoll(&world().store, &["backtest", "--format", "csv"]);
    assert!(listed.status.success(), "{}", err(&listed));
    assert!(plimsoll::strategies::SHIPPED.iter().all(|s| out(&listed).contains(s.0)));
}

/// A store of its own, so that its ledger is.
fn store() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("store");
    copy(&world().store, &to);
    (dir, to)
}
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A first day from which the sample world's market has a signal.
fn first(store: &std::path::Path) -> String {
    let held = plimsoll(store, &["backtest", "buy-and-hold", "--table", "days", "--format", "csv"]);
    assert!(held.status.success(), "{}", err(&held));
    let text = out(&held);
    text.lines().nth(300).expect("more than a year of days").split(',').next().unwrap().to_owned()
}

#[test]
fn figures_tables_sweeps_and_the_ledger() {
    let (dir, store) = store();
    let from = first(&store);
    let shown = plimsoll(&store, &["backtest", TREND, "--from", &from]);
    assert!(shown.status.success(), "{}", err(&shown));
    let text = out(&shown);
    for word in [
        "retrospective",
        "Sharpe ratio",
        "Deflated Sharpe ratio",
        "Definitions",
        "trades next_close",
        "of this test lies before it",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    let figures = |arguments: &[&str]| -> serde_json::Value {
        let all = [&["backtest", TREND, "--from", from.as_str(), "--format", "json"], arguments].concat();
        let found = plimsoll(&store, &all);
        assert!(found.status.success(), "{}", err(&found));
        serde_json::from_str(&out(&found)).unwrap()
    };
    let of = |sheet: &serde_json::Value, name: &str| {
        sheet.as_array().unwrap().iter().find(|r| r["name"] == name).unwrap_or_else(|| panic!("{name}"))["net"].as_f64()
    };
    assert_eq!(of(&figures(&[]), "trials"), Some(1.0));
    // Another parameter is another trial; the same again is none.
    let other = figures(&["--set", "sessions=100"]);
    assert_eq!(of(&other, "trials"), Some(2.0));
    assert_eq!(of(&figures(&["--set", "sessions=100"]), "trials"), Some(2.0));
    // What nobody can trade is kept, and counts as no choice.
    assert_eq!(of(&figures(&["--execute", "same_close_forbidden"]), "trials"), Some(2.0));
    let swept = plimsoll(&store, &["backtest", TREND, "--from", &from, "--sweep", "sessions=50..100:10", "--format", "csv"]);
    assert!(swept.status.success(), "{}", err(&swept));
    assert_eq!(out(&swept).lines().count(), 7);
    let row = out(&swept).lines().last().unwrap().to_owned();
    let cagr: f64 = row.split(',').nth(1).unwrap().parse().unwrap();
    assert!((cagr - of(&other, "cagr").unwrap()).abs() < 1e-12, "a sweep gives the single run's figures: {row}");
    assert_eq!(of(&figures(&[]), "trials"), Some(7.0));
    for table in ["days", "months", "years", "drawdowns"] {
        let found = plimsoll(&store, &["backtest", TREND, "--from", &from, "--table", table, "--format", "csv"]);
        assert!(found.status.success() && out(&found).lines().count() > 2, "{table} {}", err(&found));
    }
    let sheet = dir.path().join("sheet.html");
    let written = plimsoll(&store, &["backtest", TREND, "--from", &from, "--report", sheet.to_str().unwrap()]);
    assert!(written.status.success(), "{}", err(&written));
    let page = std::fs::read_to_string(&sheet).unwrap();
    assert_eq!(plimsoll_report::verify(&page), Some(true));
    assert!(!page.contains(">NaN") && page.contains("Deepest falls") && page.len() < 2_000_000);
    // An edited ledger is refused.
    let ledger = store.join("ledger/trials.jsonl");
    let text = std::fs::read_to_string(&ledger).unwrap();
    std::fs::write(&ledger, text.replacen("\"sharpe\":", "\"sharpe\": ", 1)).unwrap();
    let refused = plimsoll(&store, &["backtest", TREND, "--from", &from]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("hint:"), "{}", err(&refused));
}

#[test]
fn what_cannot_be_run_says_why_and_what_to_do() {
    let store = &world().store;
    for (arguments, says) in [
        (vec!["backtest", "leverage-for-the-long"], "did you mean `leverage-for-the-long-run`?"),
        (vec!["backtest", TREND, "--set", "sesions=5"], "did you mean `sessions`?"),
        (vec!["backtest", TREND, "--set", "sessions=x"], "expected sessions=NUMBER"),
        (vec!["backtest", TREND, "--execute", "next_day"], "expected next_open"),
        (vec!["backtest", TREND, "--execute", "next_open"], "no opening prices"),
        (vec!["backtest", TREND, "--sweep", "sessions=5"], "expected `name=from..to:step`"),
        (vec!["backtest", TREND, "--sweep", "sessions=50..60:10", "--set", "sessions=5"], "given twice"),
        (vec!["backtest", TREND, "--from", "1900-01-02"], "begins on"),
        (vec!["backtest", TREND, "--set", "leverage=500"], "gross_limit"),
        (vec!["replicate", "gayed"], "no paper"),
        (vec!["history", "--from", "2024-01-02", "--claim", "small-caps-underperfor"], "did you mean"),
    ] {
        let found = plimsoll(store, &arguments);
        assert_eq!(found.status.code(), Some(2), "{arguments:?}");
        assert!(err(&found).contains(says), "{arguments:?}: {}", err(&found));
    }
}

/// Rows of a table, by name.
fn rows(store: &std::path::Path, arguments: &[&str]) -> Vec<serde_json::Value> {
    let found = plimsoll(store, &[arguments, &["--format", "json"]].concat());
    assert!(found.status.success(), "{arguments:?}: {}", err(&found));
    serde_json::from_str::<serde_json::Value>(&out(&found)).unwrap().as_array().unwrap().clone()
}

#[test]
fn the_map_of_leads_rolls_with_what_was_known_at_each_moment() {
    let store = &world().store;
    let lead = ["leadlag", "--series", "etf:HYG,etf:IWM,etf:GLD", "--sessions", "252"];
    let all = rows(store, &[&lead[..], &["--from", "2023-06-01", "--as-of", "2024-02-02"]].concat());
    let days: std::collections::BTreeSet<&str> = all.iter().map(|r| r["day"].as_str().unwrap()).collect();
    let expected = [
        "2023-06-30",
        "2023-07-31",
        "2023-08-31",
        "2023-09-29",
        "2023-10-31",
        "2023-11-30",
        "2023-12-29",
        "2024-01-31",
        "2024-02-02",
    ];
    assert_eq!(days.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(all.len(), 3 * expected.len());
    // The lead that the world plants, at every moment, with its sign.
    let planted: Vec<_> = all.iter().filter(|r| r["first"] == "etf:HYG" && r["second"] == "etf:IWM").collect();
    assert!(planted.iter().all(|r| r["lag_sessions"] == 2 && r["leads"] == "etf:HYG"), "{planted:?}");
    // What is said of a day is what was said on it: alone, and in a run that ends earlier.
    for until in ["2023-08-31", "2023-12-29"] {
        let mut alone = rows(store, &[&lead[..], &["--as-of", until]].concat());
        alone.iter_mut().for_each(|r| r["day"] = until.into());
        let of = |day: &str| all.iter().filter(|r| r["day"] == day).cloned().collect::<Vec<_>>();
        assert_eq!(alone, of(until));
    }
    let earlier = rows(store, &[&lead[..], &["--from", "2023-06-01", "--as-of", "2023-10-31"]].concat());
    assert_eq!(earlier, all[..earlier.len()]);
    let span = ["--from", "2023-06-01", "--as-of", "2023-12-29", "--every", "quarter"];
    let map = rows(
        store,
        // Of so many pairs a single one can be named only where p can fall below level over pairs.
        &[&["leadlag", "--intermarket", "--map", "--draws", "19999"][..], &span[..]].concat(),
    );
    let credit: Vec<_> = map.iter().filter(|r| r["series"] == "etf:HYG").collect();
    assert_eq!(credit.iter().map(|r| r["day"].as_str().unwrap()).collect::<Vec<_>>(), ["2023-06-30", "2023-09-29", "2023-12-29"]);
    // Among 190 pairs the lead, which is always there, is not always sure; nothing else is ever named.
    assert!(credit.iter().filter(|r| r["leads"] == "etf:IWM").count() >= 2, "{credit:?}");
    assert!(credit.iter().all(|r| r["leads"] == "etf:IWM" || r["leads"].is_null()), "{credit:?}");
    assert!(credit.iter().all(|r| r["led_by"].is_null()), "{credit:?}");
    let weeks = rows(store, &[&lead[..], &["--from", "2023-12-18", "--as-of", "2024-01-05", "--every", "week"]].concat());
    let days: std::collections::BTreeSet<&str> = weeks.iter().map(|r| r["day"].as_str().unwrap()).collect();
    assert_eq!(days.into_iter().collect::<Vec<_>>(), ["2023-12-22", "2023-12-29", "2024-01-05"]);
    let backwards = plimsoll(store, &[&lead[..], &["--from", "2024-03-01", "--as-of", "2024-02-02"]].concat());
    assert!(!backwards.status.success() && err(&backwards).contains("lies after"), "{}", err(&backwards));
}

#[test]
fn a_ribbon_a_claim_says_what_the_daily_rows_say() {
    let store = &world().store;
    let span = ["history", "--from", "2023-12-01", "--to", "2024-02-02"];
    let shown = plimsoll(store, &span);
    assert!(shown.status.success(), "{}", err(&shown));
    let daily = plimsoll(store, &[&span[..], &["--format", "csv"]].concat());
    let rows: Vec<Vec<String>> = csv::Reader::from_reader(out(&daily).as_bytes())
        .records()
        .map(|r| r.unwrap().iter().map(str::to_owned).collect())
        .collect();
    let days = rows.iter().filter(|r| r[2] == rows[0][2]).count();
    assert!(days > 30 && days <= 48, "a mark a session: {days}");
    let mark = |word: &str| match word {
        "holds" => '█',
        "undecided" => '▒',
        "fails" => '░',
        _ => '·',
    };
    let mut claims: Vec<&String> = rows.iter().map(|r| &r[2]).collect();
    claims.dedup();
    for claim in claims {
        let verdicts: Vec<&str> = rows.iter().filter(|r| r[2] == *claim).map(|r| r[3].as_str()).collect();
        let text = out(&shown);
        let line = text
            .lines()
            .find(|l| l.split_whitespace().nth(2) == Some(claim.as_str()))
            .unwrap_or_else(|| panic!("{claim}: {text}"));
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells[3], verdicts.iter().map(|v| mark(v)).collect::<String>(), "{claim}");
        assert_eq!(cells[4], verdicts[days - 1], "{claim}");
        assert_eq!(cells[cells.len() - 2], verdicts.windows(2).filter(|w| w[0] != w[1]).count().to_string(), "{claim}");
    }
    let all = plimsoll(store, &[&span[..], &["--daily"]].concat());
    assert_eq!(out(&all).lines().filter(|l| l.contains("2024-02-02")).count(), rows.len() / days);
}

/// A claim about the future, with a confidence.
fn forward(confidence: f64) -> String {
    format!(
        r#"title = "Small caps"
[[claim]]
id = "trails"
says = "Small caps trail large caps over two months to come."
measure = "relative_strength"
with = {{ series = "etf:IWM", benchmark = "etf:SPY", window = "42" }}
holds = "value < 0"
fails = "value > 0.02"
horizon = "42"
resolves = "value < 0"
confidence = {confidence}
"#
    )
}

#[test]
fn every_call_once_made_stands_and_only_its_outcome_is_added() {
    let (dir, store) = store();
    let thesis = dir.path().join("trails.toml");
    let calls = |confidence: f64, to: &str| {
        std::fs::write(&thesis, forward(confidence)).unwrap();
        let file = thesis.to_str().unwrap();
        rows(&store, &["history", file, "--from", "2023-01-03", "--to", to, "--calls"])
    };
    let kept = || std::fs::read_to_string(store.join("ledger/calls.jsonl")).unwrap();
    let first = calls(0.7, "2023-07-14");
    assert!(first.iter().any(|c| c["outcome"] == "open") && first.iter().any(|c| c["outcome"] != "open"), "{first:?}");
    let before = kept();
    // Said again, nothing is added; a later day adds calls and outcomes behind what is there.
    assert_eq!((calls(0.7, "2023-07-14"), kept()), (first.clone(), before.clone()));
    let second = calls(0.9, "2023-12-29");
    let after = kept();
    assert!(after.starts_with(&before) && after.len() > before.len());
    for (old, new) in first.iter().zip(&second) {
        // What was said does not follow the thesis as it reads today.
        assert_eq!((&old["called"], &old["said"], &old["probability"]), (&new["called"], &new["said"], &new["probability"]));
        assert_ne!(new["outcome"], "open", "{new}");
        assert!(old["outcome"] == "open" || old["outcome"] == new["outcome"]);
    }
    let made_later = &second[first.len()..];
    assert!(!made_later.is_empty());
    assert!(made_later.iter().filter(|c| c["said"] == "holds").all(|c| c["probability"] == 0.9), "{made_later:?}");
    assert!(
        made_later.iter().filter(|c| c["said"] == "fails").all(|c| c["probability"].as_f64().unwrap() < 0.11),
        "{made_later:?}"
    );
    // A past call that is made prettier, or taken out, is found.
    let lines: Vec<&str> = after.lines().collect();
    let prettier = after.replacen("\"probability\":0.7", "\"probability\":0.8", 1);
    assert_ne!(prettier, after);
    for tampered in [prettier, lines[1..].join("\n") + "\n"] {
        std::fs::write(store.join("ledger/calls.jsonl"), tampered).unwrap();
        let file = thesis.to_str().unwrap();
        let found = plimsoll(&store, &["history", file, "--from", "2023-01-03", "--to", "2023-12-29", "--calls"]);
        assert_eq!(found.status.code(), Some(2), "{}", out(&found));
        assert!(err(&found).contains("calls.jsonl"), "{}", err(&found));
    }
}
