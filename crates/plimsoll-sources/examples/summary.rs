//! Reads files with the reader that recognises each and prints what was taken, refused and found.
//!
//! `cargo run -p plimsoll-sources --example summary -- FILE...`

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Day;
use plimsoll_sources::{Sink, SinkClosed, recognise};

#[derive(Default)]
struct Summary {
    rows: BTreeMap<String, u64>,
    missing: u64,
    span: Option<(Day, Day)>,
    refusals: BTreeMap<String, (u64, Option<Refusal>)>,
    defects: BTreeMap<String, Vec<Defect>>,
}

impl Sink for Summary {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        if let Some((a, b)) = rows.span() {
            self.span = Some(self.span.map_or((a, b), |(c, d)| (a.min(c), b.max(d))));
        }
        let what = if rows.names[0] == "series" {
            let mut ids = rows.text("series").dict.to_vec();
            ids.truncate(3);
            format!("series {}...", ids.join(" "))
        } else {
            rows.dataset.name().to_owned()
        };
        *self.rows.entry(what).or_default() += rows.len() as u64;
        Ok(())
    }
    fn refuse(&mut self, refusal: Refusal) {
        let e = self.refusals.entry(refusal.rule.clone()).or_default();
        e.0 += 1;
        e.1.get_or_insert(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.defects.entry(defect.rule.clone()).or_default().push(defect);
    }
    fn progress(&mut self, _: u64, _: u64) {}
    fn missing(&mut self, values: u64) {
        self.missing += values;
    }
}

fn main() {
    for path in std::env::args().skip(1) {
        let start = Instant::now();
        let reader = match recognise(Path::new(&path)) {
            Ok(reader) => reader,
            Err(e) => {
                println!("{e}");
                continue;
            }
        };
        let mut sink = Summary::default();
        let result = reader.read(Path::new(&path), &mut sink);
        println!(
            "{path}: {} in {:?}{}",
            reader.info().id,
            start.elapsed(),
            result.err().map(|e| format!(" ERROR {e}")).unwrap_or_default()
        );
        for (what, n) in &sink.rows {
            println!("  {n} rows of {what}");
        }
        if let Some((a, b)) = sink.span {
            println!("  {a} to {b}, {} values missing", sink.missing);
        }
        for (rule, (n, first)) in &sink.refusals {
            let f = first.as_ref().expect("counted with it");
            println!("  refused {n} {rule}: row {} {}: expected {}, got {}", f.row, f.field, f.expected, f.got);
        }
        for (rule, defects) in &sink.defects {
            println!("  {} defects {rule}", defects.len());
            for d in defects.iter().take(4) {
                println!("    {}", d.detail);
            }
        }
    }
}
