//! The house rules that a compiler does not keep: who may depend on whom, what the pure crates may not touch, how long a file may be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

fn root() -> PathBuf {
    plimsoll_testsuite::checkout()
}

/// What each crate may use of ours; the program and the test suite may use everything.
fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("plimsoll-model", &[][..]),
        ("plimsoll-sources", &["plimsoll-model"]),
        ("plimsoll-store", &["plimsoll-model"]),
        ("plimsoll-measures", &["plimsoll-model"]),
        ("plimsoll-claims", &["plimsoll-model", "plimsoll-measures"]),
        ("plimsoll-report", &["plimsoll-model", "plimsoll-measures", "plimsoll-claims"]),
    ])
}

#[test]
fn crates_depend_only_along_the_line() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().expect("cargo metadata");
    let allowed = allowed();
    let mut ours = 0;
    for package in metadata.packages.iter().filter(|p| p.name.starts_with("plimsoll")) {
        ours += usize::from(package.manifest_path.as_str().contains("/crates/"));
        let Some(may) = allowed.get(package.name.as_str()) else { continue };
        for dependency in
            package.dependencies.iter().filter(|d| d.name.starts_with("plimsoll") && d.kind == DependencyKind::Normal)
        {
            assert!(may.contains(&dependency.name.as_str()), "{} may not use {}", package.name, dependency.name);
        }
        let outside: BTreeSet<&str> =
            package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal).map(|d| d.name.as_str()).collect();
        if ["plimsoll-model", "plimsoll-measures", "plimsoll-claims", "plimsoll-report"].contains(&package.name.as_str()) {
            for effect in
                ["arrow-array", "parquet", "rusqlite", "csv", "reqwest", "ureq", "tokio", "rand", "memmap2", "datafusion"]
            {
                assert!(!outside.contains(effect), "{} is pure and may not use {effect}", package.name);
            }
        }
    }
    assert!((1..=7).contains(&ours), "seven crates is the ceiling, there are {ours}");
}

fn files(dir: &Path, ending: &str, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            files(&path, ending, out);
        } else if path.extension().is_some_and(|e| e == ending) {
            out.push(path);
        }
    }
}

#[test]
fn pure_crates_touch_no_effect() {
    const EFFECTS: &[&str] = &[
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "SystemTime",
        "Instant::now",
        "Zoned::now",
        "Timestamp::now",
        "thread_rng",
    ];
    for name in ["plimsoll-model", "plimsoll-measures", "plimsoll-claims", "plimsoll-report"] {
        let mut sources = Vec::new();
        files(&root().join("crates").join(name).join("src"), "rs", &mut sources);
        assert!(!sources.is_empty());
        for path in sources {
            let text = std::fs::read_to_string(&path).expect("readable");
            let body = text.split("#[cfg(test)]").next().unwrap_or_default();
            for effect in EFFECTS {
                let used = body.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(effect));
                assert!(!used, "{}: {effect} in a pure crate", path.display());
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_800_lines() {
    let mut sources = Vec::new();
    for dir in ["crates", "testsuite", "xtask", "bench"] {
        files(&root().join(dir), "rs", &mut sources);
        files(&root().join(dir), "py", &mut sources);
    }
    for path in sources {
        let lines = std::fs::read_to_string(&path).expect("readable").lines().count();
        assert!(lines <= 800, "{}: {lines} lines", path.display());
    }
}

#[test]
fn licences_of_every_dependency_are_compatible() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).exec().expect("cargo metadata");
    const FINE: &[&str] = &[
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "Unlicense",
        "CC0-1.0",
        "Unicode-3.0",
        "BSL-1.0",
        "MIT-0",
        "0BSD",
        "Apache-2.0 WITH LLVM-exception",
        "CDLA-Permissive-2.0",
        "bzip2-1.0.6",
        // Copyleft for its own files only, which are used unchanged (selectors and cssparser, by way of scraper).
        "MPL-2.0",
        "NCSA",
    ];
    for package in &metadata.packages {
        let Some(licence) = &package.license else { continue };
        // An expression is fine where one alternative holds only fine parts.
        let fine = licence
            .replace('/', " OR ")
            .split(" OR ")
            .any(|alternative| alternative.split(" AND ").all(|part| FINE.contains(&part.trim().trim_matches(['(', ')']))));
        assert!(fine, "{} {}: {licence}", package.name, package.version);
    }
}
