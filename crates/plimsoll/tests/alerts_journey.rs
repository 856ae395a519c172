//! The journey of a reader in a real Chromium, with a real mail server: `testsuite/web/alerts-journey.mjs`.
//!
//! Needs Node and `playwright-core` in `testsuite/web/node_modules` (`npm ci` there), so it is run by name:
//! `cargo test -p plimsoll --test alerts_journey -- --ignored`. `PICTURES=DIR` keeps pictures of every page.
#![cfg(feature = "serve")]

mod common;
#[path = "common/exim.rs"]
mod exim;
#[path = "common/story.rs"]
mod story;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use exim::Exim;
use story::Story;

/// The program as it is run, ended with the test.
struct Served(Child);

impl Served {
    /// Serves the story where its mails say; comes back once it answers.
    fn start(story: &Story, address: &str) -> Served {
        let log = std::fs::File::create(story.dir.join("serve.log")).unwrap();
        let mut command = story.command(&["serve", "yields.toml", "--listen", address]);
        let served = Served(command.stdout(Stdio::null()).stderr(log).spawn().expect("the program starts"));
        let begun = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{}",
                std::fs::read_to_string(story.dir.join("serve.log")).unwrap()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        served
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs Node and playwright-core"]
fn a_reader_signs_up_confirms_is_told_and_leaves() {
    let dir = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let exim = Exim::start(dir.path());
    // Mails carry the address of the pages, so it must be known before anything is served.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let base = format!("http://{address}");
    let mut story = Story::new(dir.path());
    story.configure(&format!("base_url = \"{base}\"\n{}", exim.section("starttls")));
    story.grow(&[4.2; 60]);
    story.watch();
    let served = Served::start(&story, &address);

    // What makes the verdict flip: two more sessions, and a look by another process.
    // A yield of one session is published on the next: there the verdict flips.
    let flip = story.days[61].to_string();
    let rows: String =
        story.days.iter().zip([[4.2; 60].as_slice(), &[3.9, 3.85]].concat()).map(|(d, y)| format!("{d},{y:.2}\n")).collect();
    std::fs::write(dir.path().join("DGS10.csv"), format!("observation_date,DGS10\n{rows}")).unwrap();
    let program = format!(
        "{} --store {} --config {}",
        env!("CARGO_BIN_EXE_plimsoll"),
        story.store().display(),
        dir.path().join("plimsoll.toml").display()
    );
    let play = format!("cd {} && {program} import DGS10.csv && {program} watch yields.toml --once", dir.path().display());
    let script = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../testsuite/web/alerts-journey.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(&base).arg(exim.dir.join("mail/all/new")).arg(play).args([&flip, "3.90", "3.85"]);
    let o = node.output().expect("Node runs");
    let log = std::fs::read_to_string(dir.path().join("serve.log")).unwrap();
    drop(served);
    if let Ok(pictures) = std::env::var("PICTURES") {
        // The mails, for whoever wants to look at them.
        for (i, mail) in exim.delivered().iter().enumerate() {
            std::fs::write(Path::new(&pictures).join(format!("mail{i}.eml")), &mail.raw).unwrap();
        }
    }
    assert!(o.status.success(), "{}{}{log}", common::out(&o), common::err(&o));
    assert!(!log.contains("reader@"), "no address in the log: {log}");
    println!("{}", common::out(&o));
}
