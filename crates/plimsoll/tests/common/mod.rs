//! A store of the small sample world, made once a test binary, and the program run on it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use plimsoll::commands::import::{How, import_all};
use plimsoll::planted;
use plimsoll_claims::Thesis;
use plimsoll_sources::sample::{Spec, World};
use plimsoll_store::Store;

/// The small world with its files and its store.
pub struct Made {
    pub dir: tempfile::TempDir,
    pub world: World,
    pub files: PathBuf,
    pub store: PathBuf,
}

/// The small world, made once.
pub fn world() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (files, store) = (dir.path().join("files"), dir.path().join("store"));
        let world = World::new(&Spec::small());
        world.write(&files).expect("files");
        let open = Store::open(&store).expect("a store");
        let taken = import_all(&open, std::slice::from_ref(&files), &How::default()).expect("an import");
        assert!(taken.iter().all(|t| t.result.is_ok()), "{taken:?}");
        Made { dir, world, files, store }
    })
}

/// The shipped thesis with the world's giants.
pub fn thesis(world: &World) -> Thesis {
    let groups = std::collections::BTreeMap::from([("mega".to_owned(), planted::giants(world))]);
    Thesis::parse_with("small-cap-pain.toml", plimsoll::session::SHIPPED, &groups).expect("the shipped thesis")
}

/// Runs the program.
pub fn plimsoll(store: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("--store").arg(store).args(arguments).output().expect("the program runs")
}

/// Standard output as text.
pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error as text.
pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
