//! How long an import, a changed file and the usual scans take: `cargo run --release -p plimsoll-store --example speed [rows [import]]`.
//!
//! The rows are invented: random walks of `rows / 1000` symbols over 1000 sessions, in the order that publishers use. Prints
//! seconds, bytes on disk and the peak of memory where the system tells it.

use std::sync::Arc;
use std::time::Instant;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_store::{Begin, ImportMeta, ImportSummary, Store};

const SESSIONS: usize = 1000;

/// Rows of a few symbols as a reader hands them over. Another `salt` changes about two values in a thousand.
fn rows(symbols: std::ops::Range<usize>, from: Day, salt: u64) -> Observations {
    let dict: Arc<Vec<String>> = Arc::new(symbols.clone().map(|s| format!("S{s:05}")).collect());
    let n = symbols.len() * SESSIONS;
    let known: Vec<i64> = (0..SESSIONS).map(|i| from.plus(i as i32).0 as i64 * 86_400_000_000 + 75_600_000_000).collect();
    let mut state = symbols.start as u64 * 0x9e37_79b9_7f4a_7c15 + 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut close = Vec::with_capacity(n);
    let (mut ret, mut volume, mut cap) = (close.clone(), close.clone(), close.clone());
    for _ in 0..symbols.len() {
        let shares = (random() % 500_000_000) as f64 + 1e6;
        let mut price = (random() % 20_000) as f64 / 100.0 + 1.0;
        for _ in 0..SESSIONS {
            let r = (random() % 8001) as f64 / 1e5 - 0.04;
            price = ((price * (1.0 + r)) * 100.0).round().max(1.0) / 100.0;
            close.push(price);
            ret.push(if random() % 1000 == salt { r + 1e-4 } else { r });
            volume.push((random() % 5_000_000) as f64);
            cap.push((price * shares).round());
        }
    }
    let codes = (0..symbols.len() as u32).flat_map(|s| std::iter::repeat_n(s, SESSIONS)).collect();
    let exchange = TextColumn { codes: vec![0; n], dict: Arc::new(vec!["NYSE".to_owned()]) };
    Observations::new(
        Dataset::Bars,
        (0..n).map(|i| from.0 + (i % SESSIONS) as i32).collect(),
        (0..n).map(|i| known[i % SESSIONS]).collect(),
        vec![
            Column::Text(TextColumn { codes, dict }),
            Column::Text(exchange),
            Column::F64(close),
            Column::F64(vec![f64::NAN; n]),
            Column::F64(ret),
            Column::F64(volume),
            Column::F64(cap),
            Column::U8(vec![0; n]),
        ],
    )
}

fn import(store: &Store, symbols: usize, from: Day, salt: u64, at: Moment) -> ImportSummary {
    let meta = ImportMeta::new("invented", "invented.parquet", &format!("{salt:x}-{from}"), at);
    let Begin::New(mut import) = store.begin(meta).expect("an open store") else { panic!("a new file") };
    let mut making = 0.0;
    let start = Instant::now();
    for first in (0..symbols).step_by(64) {
        let made = Instant::now();
        let batch = rows(first..(first + 64).min(symbols), from, salt);
        making += made.elapsed().as_secs_f64();
        import.append(batch).expect("room");
    }
    let appended = start.elapsed().as_secs_f64() - making;
    let commit = Instant::now();
    let summary = import.commit().expect("a commit");
    println!(
        "import {:>8} rows: append {appended:.3} s, commit {:.3} s; new {}, revised {}, unchanged {}, {} segments, {:.1} MB",
        summary.rows_seen,
        commit.elapsed().as_secs_f64(),
        summary.taken,
        summary.revised,
        summary.unchanged,
        summary.segments,
        summary.bytes as f64 / 1e6
    );
    summary
}

fn time(name: &str, f: impl Fn() -> usize) {
    let best = (0..5)
        .map(|_| {
            let start = Instant::now();
            let n = f();
            (start.elapsed().as_secs_f64(), n)
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .expect("five runs");
    println!("{name}: {:.3} s ({} rows)", best.0, best.1);
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("VmHWM unknown").to_owned()
}

fn main() {
    let total: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(2_000_000);
    let symbols = total / SESSIONS;
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path()).expect("a store");
    let first = Day::ymd(2016, 1, 1);
    let later = first.plus(SESSIONS as i32);
    import(&store, symbols, first, 0, later.at(0, 0));
    import(&store, symbols, later, 0, later.plus(1000).at(0, 0));
    println!("{}", peak());
    if std::env::args().nth(2).as_deref() == Some("import") {
        return;
    }
    let latest = store.snapshot(AsOf::end_of(Day::ymd(2030, 1, 1))).expect("a snapshot");
    let scan = Scan::all(Dataset::Bars).columns(&["symbol", "ret", "cap"]);
    time("scan, three columns, all", || latest.scan(&scan).expect("rows").len());
    let few = scan.clone().keys((0..symbols).filter(|s| s % 5 == 0).map(|s| format!("S{s:05}")));
    time("scan, three columns, every fifth symbol", || latest.scan(&few).expect("rows").len());
    let one = Scan::all(Dataset::Bars).keys(["S00007"]);
    time("scan, one symbol", || latest.scan(&one).expect("rows").len());
    let week = Scan::all(Dataset::Bars).periods(later..=later.plus(5));
    time("scan, six days", || latest.scan(&week).expect("rows").len());
    time("files behind the scan", || latest.inputs(&scan).expect("inputs").len());
    time("breaks", || latest.breaks(&scan, Moment::MIN).expect("breaks").len());
    import(&store, symbols, first, 7, later.plus(1001).at(0, 0));
    let latest = store.snapshot(AsOf::end_of(Day::ymd(2030, 1, 1))).expect("a snapshot");
    time("scan after revisions", || latest.scan(&scan).expect("rows").len());
    time("breaks after revisions", || latest.breaks(&scan, Moment::MIN).expect("breaks").len());
    time("coverage", || store.coverage().expect("coverage").len());
    time("verify", || store.verify().expect("sound").segments as usize);
    println!("{}", peak());
}
