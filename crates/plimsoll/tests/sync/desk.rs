//! A user's desk: a folder with a configuration and a store, syncs by the program or, where the day matters, by the library with a clock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use plimsoll::config::Config;
use plimsoll::sync::{Line, Settings, Sync, bars};
use plimsoll_model::dataset::DATASETS;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::observations::Column;
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_sources::sample::{Spec, World};
use plimsoll_store::Store;

use crate::loopback::Loopback;

/// A key of the right length that stands nowhere else.
pub const KEY: &str = "5ecre7f00dfacade0123456789abcdef";

/// The small world, made once.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(&Spec::small()))
}

/// An evening of the world, after everything of the day is out.
pub fn evening(day: i8) -> Moment {
    Day::ymd(2024, 6, day).at(20, 30)
}

pub struct Desk {
    pub dir: tempfile::TempDir,
    pub config: PathBuf,
}

impl Desk {
    /// With the given lines under `[sync]`, and tables after them.
    pub fn new(publisher: &Loopback, more: &str) -> Desk {
        let dir = tempfile::tempdir().expect("a folder");
        let config = dir.path().join("plimsoll.toml");
        let text = format!("[sync]\nmirror = \"{}\"\npause_seconds = 0.01\n{more}\n", publisher.address);
        std::fs::write(&config, text).expect("a file");
        Desk { dir, config }
    }
    /// That has all free keys and asks for everything of the small world.
    pub fn whole(publisher: &Loopback) -> Desk {
        Desk::new(
            publisher,
            &format!(
                "contact = \"Jane Doe jane@example.org\"\nfrom = \"2021-01-01\"\nprices = [\"tiingo\", \"stooq\"]\n\
                 symbols = [\"GLD\", \"IEF\", \"IWM\", \"RSP\", \"SPY\", \"TLT\", \"XLU\"]\n\
                 [sync.keys]\nfred = \"{KEY}\"\ntiingo = \"{KEY}\""
            ),
        )
    }
    pub fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }
    pub fn cache(&self) -> PathBuf {
        self.dir.path().join("store-fetched")
    }
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.arg("--store").arg(self.store()).arg("--config").arg(&self.config).args(arguments);
        command
    }
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }
    /// A sync with the clock at a moment.
    pub fn sync(&self, at: Moment, names: &[&str]) -> Vec<Line> {
        sync_at(&self.config, &self.store(), at, names)
    }
    pub fn open(&self) -> Store {
        Store::open_existing(self.store()).expect("a store")
    }
    /// Rows of the store, vintages counted.
    pub fn rows(&self) -> u64 {
        self.open().coverage().expect("coverage").iter().map(|c| c.vintages).sum()
    }
    /// Every vintage in the store, one text each, with how often it stands there.
    pub fn dump(&self) -> BTreeMap<String, u32> {
        let snapshot = self.open().snapshot(AsOf::at(Moment(i64::MAX / 2))).expect("a snapshot");
        let mut out = BTreeMap::new();
        for spec in DATASETS {
            let rows = snapshot.scan(&Scan::all(spec.dataset).vintages()).expect("rows");
            for i in 0..rows.len() {
                let mut text = format!("{} {} {} {}", spec.name, rows.source(i), rows.period[i], rows.known_at[i]);
                for column in &rows.columns {
                    text.push(' ');
                    match column {
                        Column::Text(t) => text.push_str(t.get(i)),
                        Column::F64(v) => text.push_str(&v[i].to_bits().to_string()),
                        Column::U8(v) => text.push_str(&v[i].to_string()),
                    }
                }
                *out.entry(text).or_insert(0) += 1;
            }
        }
        out
    }
    /// A report of a day, its bytes.
    pub fn report(&self, day: &str) -> Vec<u8> {
        let to = self.dir.path().join("report.html");
        let to = to.to_str().expect("a path");
        let done = self.run(&["report", "--as-of", day, "--output", to]);
        assert!(done.status.success(), "{}", crate::common::err(&done));
        std::fs::read(to).expect("a report")
    }
    /// Makes everything of a source due again, as a day later.
    pub fn age(&self, source: &str) {
        for file in std::fs::read_dir(self.cache().join(source).join("state")).expect("states").flatten() {
            let text = std::fs::read_to_string(file.path()).expect("a state");
            let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            value["asked_at"] = 1.into();
            std::fs::write(file.path(), value.to_string()).expect("written");
        }
    }
}

pub fn sync_at(config: &Path, store: &Path, at: Moment, names: &[&str]) -> Vec<Line> {
    let config = Config::load(Some(config)).expect("a configuration");
    let settings = config.section::<Settings>("sync").expect("settings").complete(|_| None).expect("good settings");
    let root = store.with_file_name("store-fetched");
    let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    let chains = settings.chains(&names).expect("sources");
    let sync = Sync { root: &root, settings: &settings, named: !names.is_empty(), full: false, clock: &|| at, bars: bars() };
    let open = Store::open(store).expect("a store");
    sync.run(&open, &chains).expect("a sync")
}

/// What failed, with the source, for messages of assertions.
pub fn failures(lines: &[Line]) -> Vec<String> {
    lines.iter().flat_map(|l| l.ended.failures.iter().map(move |f| format!("({}) {f}", l.id))).collect()
}
