//! Processes that are really killed, processes that import at once, disks that are really full.
//!
//! The test binary starts itself: with `STORE_TEST` set, the test [`child`] is the importing process.

mod common;

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{bars, begin, content, day, files, import, meta, series, tidy};
use plimsoll_model::time::Moment;
use plimsoll_store::{Begin, ImportMeta, Options, Store, StoreError};

const SYMBOLS: u32 = 150;
const DAYS: i32 = 250;

fn options() -> Options {
    // Small runs and segments, so that every stage happens many times.
    Options { rows_in_memory: 4000, rows_per_segment: 3000, ..Options::default() }
}

/// The three files that are imported: a first version, one with revisions and more days, and one of another dataset.
fn import_all(store: &Store) -> Result<u64, StoreError> {
    let mut rows = 0;
    for version in 0..2u32 {
        let m = meta(&format!("bars-{version}"), 300 + version as i32);
        if let Begin::New(mut import) = store.begin(m)? {
            for s in (0..SYMBOLS).step_by(7) {
                import.append(bars(s..(s + 7).min(SYMBOLS), DAYS + version as i32, version))?;
            }
            let s = import.commit()?;
            rows += s.taken + s.revised;
        }
    }
    if let Begin::New(mut import) = store.begin(meta("series", 302))? {
        for d in 0..400 {
            import.append(series(&[("x", d, f64::from(d)), ("y", d, 1.0)]))?;
        }
        rows += import.commit()?.taken;
    }
    Ok(rows)
}

/// Not a test of its own: the process that the others start.
#[test]
fn child() {
    let Ok(task) = std::env::var("STORE_TEST") else { return };
    let dir = std::env::var("STORE_DIR").unwrap();
    let outcome = match task.as_str() {
        "all" => Store::open_with(&dir, &options()).and_then(|s| import_all(&s)),
        "part" => part(Path::new(&dir), std::env::var("STORE_PART").unwrap().parse().unwrap()),
        other => panic!("{other}"),
    };
    match outcome {
        Ok(rows) => println!("<done {rows}>"),
        Err(StoreError::Disk { .. }) => println!("<disk>"),
        Err(StoreError::Busy) => println!("<busy>"),
        Err(e) => println!("<error {e}>"),
    }
}

/// Files that several processes import at once: one of its own, and one that every process has.
fn part(dir: &Path, n: u32) -> Result<u64, StoreError> {
    let store = Store::open_with(dir, &options())?;
    let mut added = 0;
    for (name, rows) in [(format!("own-{n}"), bars(n * 20..n * 20 + 30, 100, 0)), ("shared".to_owned(), bars(0..40, 120, 0))] {
        let m = ImportMeta::new("hand", &name, &plimsoll_store::hash(name.as_bytes()), Moment(day(300).at(9, 0).0));
        if let Begin::New(mut import) = store.begin(m)? {
            import.append(rows)?;
            let s = import.commit()?;
            added += s.taken + s.revised;
        }
    }
    Ok(added)
}

fn start(task: &str, dir: &Path, part: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads", "1"])
        .env("STORE_TEST", task)
        .env("STORE_DIR", dir)
        .env("STORE_PART", part.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the process said between angle brackets.
fn said(mut child: Child) -> String {
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    child.wait().unwrap();
    let found = out.split('<').nth(1).and_then(|s| s.split('>').next());
    found.unwrap_or_else(|| panic!("the process said nothing: {out}{err}")).to_owned()
}

#[test]
fn killed_at_any_moment_it_opens_again_and_resumes() {
    let whole = tempfile::tempdir().unwrap();
    let start_time = Instant::now();
    assert!(said(start("all", whole.path(), 0)).starts_with("done "));
    let takes = start_time.elapsed();
    let expected = content(&Store::open(whole.path()).unwrap());
    let points: u32 = std::env::var("STORE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(48);
    let (mut killed, mut empty, mut partial, mut debris) = (0, 0, 0, 0);
    for i in 0..points {
        let dir = tempfile::tempdir().unwrap();
        let mut child = start("all", dir.path(), 0);
        // Evenly over the run, with a stride that is no divisor of the stages.
        std::thread::sleep(
            takes.mul_f64(f64::from(i) * 1.02 / f64::from(points)) + Duration::from_micros(u64::from(i) * 137 % 911),
        );
        if child.try_wait().unwrap().is_none() {
            killed += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        debris += u32::from(!files(&dir.path().join("incoming")).is_empty());
        let store = Store::open_with(dir.path(), &options()).unwrap_or_else(|e| panic!("point {i}: {e}"));
        tidy(&store);
        let imports = store.imports().unwrap();
        match imports.len() {
            0 => empty += 1,
            1 | 2 => partial += 1,
            _ => {}
        }
        // Whole files or nothing.
        let names: Vec<&str> = imports.iter().map(|i| i.path.as_str()).collect();
        assert_eq!(names, ["bars-0", "bars-1", "series"][..names.len()], "point {i}");
        let first = u64::from(SYMBOLS) * DAYS as u64;
        assert!(imports.iter().all(|i| i.path != "bars-0" || i.taken == first), "point {i}");
        import_all(&store).unwrap();
        assert_eq!(content(&store), expected, "point {i}");
        tidy(&store);
    }
    println!(
        "{points} points over {takes:?}: {killed} killed, {empty} before the first commit, {partial} between commits, \
              {debris} left files to collect"
    );
    assert!(killed >= points / 2, "only {killed} of {points} were running when killed");
    assert!(debris >= points / 4, "only {debris} left files of an unfinished import");
    assert!(partial > 0, "no process was killed between its commits");
}

#[test]
fn processes_that_import_at_once_all_end_up_stored() {
    for _ in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        let children: Vec<Child> = (0..3).map(|n| start("part", dir.path(), n)).collect();
        let added: Vec<u64> = children
            .into_iter()
            .map(|c| {
                let text = said(c);
                text.strip_prefix("done ").unwrap_or_else(|| panic!("{text}")).parse().unwrap()
            })
            .collect();
        let store = Store::open(dir.path()).unwrap();
        tidy(&store);
        let names: std::collections::BTreeSet<String> = store.imports().unwrap().into_iter().map(|i| i.path).collect();
        assert_eq!(names.len(), 4);
        // Symbols 0..70 over 100 days, and 0..40 over 20 more: nothing was new twice, nothing was lost.
        let c = &store.coverage().unwrap()[0];
        assert_eq!((c.rows, c.vintages, c.keys), (70 * 100 + 40 * 20, 70 * 100 + 40 * 20, 70));
        assert_eq!(added.iter().sum::<u64>(), c.rows);
        let alone = tempfile::tempdir().unwrap();
        (0..3).for_each(|n| assert!(part(alone.path(), n).unwrap() > 0));
        assert_eq!(content(&store), content(&Store::open(alone.path()).unwrap()));
    }
}

#[test]
fn who_waits_too_long_is_told_to_retry() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_with(dir.path(), &Options { busy: Duration::from_millis(50), ..options() }).unwrap();
    import(&store, meta("one", 1), series(&[("a", 0, 1.0)])).unwrap();
    let before = content(&store);
    let other = rusqlite::Connection::open(dir.path().join("catalog.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let result = import(&store, meta("two", 2), series(&[("a", 1, 2.0)]));
    assert!(matches!(result, Err(StoreError::Busy)), "{result:?}");
    // Reading and opening do not wait.
    assert_eq!(content(&Store::open(dir.path()).unwrap()), before);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(import(&store, meta("two", 2), series(&[("a", 1, 2.0)])).unwrap().taken, 1);
    tidy(&store);
}

#[test]
fn threads_share_a_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_with(dir.path(), &options()).unwrap();
    std::thread::scope(|scope| {
        for n in 0..4u32 {
            let store = &store;
            scope.spawn(move || {
                let mut import = begin(store, meta(&format!("thread-{n}"), 1));
                import.append(bars(n * 10..n * 10 + 10, 100, 0)).unwrap();
                assert_eq!(import.commit().unwrap().taken, 1000);
            });
            scope.spawn(move || content(store));
        }
    });
    assert_eq!(store.coverage().unwrap()[0].rows, 4000);
    tidy(&store);
}

/// Counts whether the process met the end of its room (first) or finished (second); anything else is a mistake.
fn count(child: Child, seen: &mut [u32; 2]) {
    match said(child).as_str() {
        "disk" => seen[0] += 1,
        done if done.starts_with("done ") => seen[1] += 1,
        other => panic!("neither done nor a full disk: {other}"),
    }
}

#[cfg(unix)]
#[test]
fn a_file_size_limit_is_an_error_and_no_damage() {
    let whole = tempfile::tempdir().unwrap();
    import_all(&Store::open_with(whole.path(), &options()).unwrap()).unwrap();
    let expected = content(&Store::open(whole.path()).unwrap());
    let mut seen = [0; 2];
    // In blocks of 512 bytes: from too small for the empty catalog to large enough for everything.
    for blocks in [16, 40, 60, 90, 120, 160, 200, 250, 300, 400, 4000, 100_000] {
        let dir = tempfile::tempdir().unwrap();
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --exact child --nocapture --test-threads 1");
        let child = Command::new("sh")
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .env("STORE_TEST", "all")
            .env("STORE_DIR", dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        count(child, &mut seen);
        let store = Store::open_with(dir.path(), &options()).unwrap();
        tidy(&store);
        import_all(&store).unwrap();
        assert_eq!(content(&store), expected, "{blocks} blocks");
        tidy(&store);
    }
    println!("a file size limit: {} times too small, {} times large enough", seen[0], seen[1]);
    assert!(seen[0] >= 4 && seen[1] >= 1, "{seen:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_no_damage() {
    let place = tempfile::tempdir().unwrap();
    let run = |program: &str, args: &[&str]| {
        Command::new(program).args(args).arg(place.path()).output().is_ok_and(|o| o.status.success())
    };
    let mut seen = [0; 2];
    for kilobytes in [100, 250, 400, 700, 1000, 1500, 2000, 30_000] {
        if !run("mount", &["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"]) {
            println!("skipped: a small file system cannot be mounted here");
            return;
        }
        let dir = place.path().join("store");
        count(start("all", &dir, 0), &mut seen);
        // Still full: what was committed can be read, and nothing else is there.
        let state = Store::open_with(&dir, &options()).map(|store| {
            let imports = store.imports().unwrap().len();
            store.verify().unwrap();
            imports
        });
        assert!(state.is_ok() || matches!(state, Err(StoreError::Disk { .. })), "{kilobytes}k: {state:?}");
        // Room is made.
        assert!(run("mount", &["-o", "remount,size=64m"]));
        {
            let store = Store::open_with(&dir, &options()).unwrap();
            import_all(&store).unwrap();
            tidy(&store);
        }
        assert!(run("umount", &[]));
    }
    println!("a full disk: {} times too small, {} times large enough", seen[0], seen[1]);
    assert!(seen[0] >= 4 && seen[1] >= 1, "{seen:?}");
}
