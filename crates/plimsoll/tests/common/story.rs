//! A small store that grows session by session, with a claim that flips, and a configuration of alerts for it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use plimsoll::commands::import::{How, import_all};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;
use plimsoll_store::Store;
use serde_json::Value;

/// The thesis: one claim that flips with the ten-year yield.
pub const THESIS: &str = r#"
title = "Yields decide"
[[claim]]
id = "above-four"
says = "The ten-year yield stands at four per cent or more"
measure = "yield_level"
with = { series = "fred:DGS10" }
holds = "value >= 4"
wrong = "A level says nothing of where it goes."
"#;

/// The store, the thesis and the configuration.
pub struct Story {
    pub dir: PathBuf,
    pub days: Vec<Day>,
    pub yields: Vec<f64>,
    series: &'static str,
}

impl Story {
    pub fn new(dir: &Path) -> Story {
        Story::of(dir, "DGS10", THESIS)
    }

    /// A story about another series of FRED.
    pub fn of(dir: &Path, series: &'static str, thesis: &str) -> Story {
        std::fs::write(dir.join("yields.toml"), thesis).unwrap();
        let days = Calendar::nyse().between(Day::ymd(2023, 1, 3), Day::ymd(2024, 12, 31)).to_vec();
        Story { dir: dir.to_owned(), days, yields: Vec::new(), series }
    }

    pub fn store(&self) -> PathBuf {
        self.dir.join("store")
    }

    /// Adds sessions with these yields and imports the file, as it comes every evening.
    pub fn grow(&mut self, yields: &[f64]) {
        self.yields.extend(yields);
        let rows: String = self.days.iter().zip(&self.yields).map(|(d, y)| format!("{d},{y:.2}\n")).collect();
        let file = self.dir.join(format!("{}.csv", self.series));
        std::fs::write(&file, format!("observation_date,{}\n{rows}", self.series)).unwrap();
        let store = Store::open(self.store()).unwrap();
        let taken = import_all(&store, &[file], &How::default()).unwrap();
        assert!(taken.iter().all(|t| t.result.is_ok()), "{taken:?}");
    }

    /// Writes the configuration.
    pub fn configure(&self, alerts: &str) {
        let head = "[alerts]\nconfirm = 1\ncool_down = 0\nnear = 0\n";
        std::fs::write(self.dir.join("plimsoll.toml"), format!("{head}{alerts}")).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command
            .arg("--store")
            .arg(self.store())
            .arg("--config")
            .arg(self.dir.join("plimsoll.toml"))
            .args(arguments)
            .current_dir(&self.dir)
            .env("HOOK_KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// Watches once; the past is told since the first day.
    pub fn watch(&self) -> Output {
        let o = self.run(&["watch", "yields.toml", "--once"]);
        assert!(o.status.success(), "{}", String::from_utf8_lossy(&o.stderr));
        o
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let o = self.run(&[arguments, &["--format", "json"]].concat());
        serde_json::from_slice(&o.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&o.stderr)))
    }

    /// The days on which the verdict changed, by the command that shows histories.
    pub fn flips(&self) -> Vec<String> {
        let from = self.days[0].to_string();
        let rows = self.json(&["history", "yields.toml", "--from", &from, "--changes"]);
        let judged = rows.as_array().unwrap().iter().filter(|r| r["verdict"] != "unknown");
        judged.skip(1).map(|r| r["day"].as_str().unwrap().to_owned()).collect()
    }
}
