//! Imports an archive of company facts into a new store, as `plimsoll import` does, and says how long it took and how much memory it held.
//! Usage: company_facts_import ARCHIVE STORE

use std::path::Path;
use std::time::Instant;

use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Day;
use plimsoll_sources::{Sink, SinkClosed, recognise};
use plimsoll_store::{Begin, Import, ImportMeta, Store};

struct Into(Import);

impl Sink for Into {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        self.0.append(rows).map_err(|e| SinkClosed(e.to_string()))
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.0.refuse(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.0.defect(defect);
    }
    fn progress(&mut self, _: u64, _: u64) {}
}

/// The most memory this process ever held, in MiB, where the system tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or_default() / 1024
}

/// Processor seconds this process used in all its threads, where the system tells.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [archive, dir] = args.as_slice() else {
        eprintln!("company_facts_import ARCHIVE STORE");
        std::process::exit(2);
    };
    let start = Instant::now();
    let store = Store::open(Path::new(dir)).expect("a store");
    let hash = plimsoll_store::hash_file(Path::new(archive)).expect("the archive");
    let reader = recognise(Path::new(archive)).expect("company facts");
    let meta = ImportMeta::new(reader.info().id, archive, &hash, Day::ymd(2026, 1, 2).at(9, 0));
    let Begin::New(import) = store.begin(meta).expect("an import") else { panic!("this archive is in the store") };
    let mut sink = Into(*import);
    reader.read(Path::new(archive), &mut sink).expect("an archive");
    let (read, held) = (start.elapsed().as_secs_f64(), peak());
    let summary = sink.0.commit().expect("an import");
    println!(
        "import, {:.2} processor seconds, {:.2} s ({read:.2} s and {held} MiB until all is read), peak {} MiB: {} rows, {} segments, {:.0} MB stored",
        processor(),
        start.elapsed().as_secs_f64(),
        peak(),
        summary.taken,
        summary.segments,
        summary.bytes as f64 / 1e6
    );
}
