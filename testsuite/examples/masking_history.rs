//! Daily history of every masking measure over two universes, from a store: the speed and the values that `bench/masking` compares.
//!
//! `masking_history STORE FROM TO OUT.csv [RUNS]`, or `masking_history import STORE FILE...` to make the store. Prints, for the best
//! run, the seconds from opening the store to the last value, and writes `measure,universe,day,value`. `masking_history panel STORE FROM
//! TO DIR` writes the cleaned panel that the cut lays out, for the peers: raw little-endian matrices, one row a security.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use plimsoll_measures::replay::{Asked, needs};
use plimsoll_measures::{Params, Scope, Topic, registry};
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Entry;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_store::Store;
use plimsoll_testsuite::stored;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [command, store, files @ ..] if command == "import" => {
            let start = Instant::now();
            stored::import(Path::new(store), &files.iter().map(PathBuf::from).collect::<Vec<_>>())?;
            println!("imported in {:.2} s", start.elapsed().as_secs_f64());
            Ok(())
        }
        [command, store, from, to, out] if command == "panel" => {
            panel(Path::new(store), from.parse()?, to.parse()?, Path::new(out))
        }
        [store, from, to, out, rest @ ..] => {
            let runs = rest.first().map_or(Ok(3), |n| n.parse())?;
            run(Path::new(store), from.parse()?, to.parse()?, Path::new(out), runs)
        }
        _ => Err("usage: masking_history STORE FROM TO OUT.csv [RUNS] | import STORE FILE... | panel STORE FROM TO DIR".into()),
    }
}

/// Every masking measure with its defaults, over both universes.
fn asked() -> Vec<Asked> {
    let mut entries: Vec<Entry> = ["AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "TSLA"].into_iter().map(Entry::symbol).collect();
    entries.push(Entry { symbol: "META".into(), from: Some(Day::ymd(2022, 6, 9)), before: Some("FB".into()) });
    let scope = Scope { groups: BTreeMap::from([("seven".to_owned(), entries)]), ..Scope::default() };
    let mut out = Vec::new();
    for universe in ["sp500", "russell2000"] {
        for &measure in registry().iter().filter(|m| m.spec().topic == Topic::Masking) {
            let params = measure.spec().params;
            if !params.iter().any(|p| p.name == "universe") {
                continue;
            }
            let mut given = BTreeMap::from([("universe".to_owned(), universe.to_owned())]);
            if params.iter().any(|p| p.name == "group") {
                given.insert("group".to_owned(), "seven".to_owned());
            }
            out.push(Asked { measure, params: Params::resolve(measure.spec(), &given, &scope).expect("defaults fit") });
        }
    }
    out
}

fn run(store: &Path, from: Day, to: Day, out: &Path, runs: usize) -> Result<(), Box<dyn Error>> {
    let asked = asked();
    let mut best = f64::INFINITY;
    let mut csv = String::new();
    for _ in 0..runs {
        let start = Instant::now();
        let store = Store::open_existing(store)?;
        let known = store.snapshot(AsOf::end_of(to))?;
        let cut = Cut::build(&known, &needs(&asked, from), from)?;
        let read = start.elapsed().as_secs_f64();
        let days = cut.positions(from, to);
        let mut each = Vec::new();
        let mut tracked = Vec::new();
        for a in &asked {
            let begin = Instant::now();
            tracked.push(a.measure.track(&cut, &a.params, days.clone())?);
            each.push((begin.elapsed().as_secs_f64(), a));
        }
        let all = start.elapsed().as_secs_f64();
        if all < best {
            best = all;
            println!(
                "read {read:.3} s, measured {:.3} s, all {all:.3} s: {} measures, {} sessions, {} securities",
                all - read,
                asked.len(),
                days.len(),
                cut.panel.securities.len()
            );
            each.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (seconds, a) in each.iter().take(8) {
                println!("  {seconds:.3} s {} over {}", a.measure.spec().name, a.params.text("universe"));
            }
        }
        csv = String::from("measure,universe,day,value\n");
        for (a, points) in asked.iter().zip(&tracked) {
            for (t, point) in days.clone().zip(points) {
                if let Ok(value) = point.value {
                    writeln!(csv, "{},{},{},{value:?}", a.measure.spec().name, a.params.text("universe"), cut.sessions[t])?;
                }
            }
        }
    }
    std::fs::write(out, csv)?;
    println!("best {best:.3}");
    Ok(())
}

fn panel(store: &Path, from: Day, to: Day, dir: &Path) -> Result<(), Box<dyn Error>> {
    let asked = asked();
    let known = Store::open_existing(store)?.snapshot(AsOf::end_of(to))?;
    let cut = Cut::build(&known, &needs(&asked, from), from)?;
    std::fs::create_dir_all(dir)?;
    let lines = |rows: Vec<String>| rows.join("\n") + "\n";
    std::fs::write(dir.join("sessions.csv"), lines(cut.sessions.iter().map(ToString::to_string).collect()))?;
    let seven = &cut.groups["seven"].members;
    let security = |(i, s): (usize, &plimsoll_model::panel::Security)| {
        format!("{},{},{}", s.symbol, s.issuer, u8::from(seven.binary_search(&i).is_ok()))
    };
    std::fs::write(dir.join("securities.csv"), lines(cut.panel.securities.iter().enumerate().map(security).collect()))?;
    let matrices = [("close", &cut.panel.close), ("ret", &cut.panel.ret), ("level", &cut.panel.level), ("cap", &cut.panel.cap)];
    for (name, matrix) in matrices {
        let bytes: Vec<u8> = matrix.data().iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(dir.join(format!("{name}.f64")), bytes)?;
    }
    for (name, universe) in &cut.universes {
        let rows = (0..cut.panel.securities.len()).flat_map(|i| universe.row(i).to_vec());
        std::fs::write(dir.join(format!("{name}.u8")), rows.collect::<Vec<u8>>())?;
        std::fs::write(dir.join(format!("{name}.listed.csv")), lines(universe.listed.iter().map(ToString::to_string).collect()))?;
    }
    Ok(())
}
