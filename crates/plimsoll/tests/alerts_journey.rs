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

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use exim::Exim;
use plimsoll::alerts::deliver;
use plimsoll::alerts::settings::Alerts;
use plimsoll::alerts::state::State;
use plimsoll::alerts::web::{Site, alone, offered, router};
use plimsoll::config::Config;
use story::Story;

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
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut story = Story::new(dir.path());
    story.configure(&format!("base_url = \"{base}\"\n{}", exim.section("starttls")));
    story.grow(&[4.2; 60]);
    story.watch();

    let settings = Arc::new(Alerts::load(&Config::load(Some(&dir.path().join("plimsoll.toml"))).unwrap()).unwrap());
    let state = Arc::new(State::open(&dir.path().join("store.alerts")).unwrap());
    let thesis = plimsoll::session::thesis(Some(&dir.path().join("yields.toml"))).unwrap();
    let shipped = plimsoll::session::thesis(None).unwrap();
    let offered = offered([("yields", &thesis), ("small-cap-pain", &shipped)]);
    let site = Site { state: state.clone(), settings: settings.clone(), offered, layout: alone };
    let service = router(site).into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, service).await });
    let stop = Arc::new(AtomicBool::new(false));
    let seen = stop.clone();
    let delivering = std::thread::spawn(move || deliver::background(&state, &settings, &|| seen.load(Ordering::SeqCst)).unwrap());

    // What makes the verdict flip: two more sessions, and a look by another process.
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
    let o = Command::new("node").arg(script).arg(&base).arg(exim.dir.join("mail/all/new")).arg(play).output().expect("Node runs");
    stop.store(true, Ordering::SeqCst);
    delivering.join().unwrap();
    if let Ok(pictures) = std::env::var("PICTURES") {
        // The mails, for whoever wants to look at them.
        for (i, mail) in exim.delivered().iter().enumerate() {
            std::fs::write(Path::new(&pictures).join(format!("mail{i}.eml")), &mail.raw).unwrap();
        }
    }
    assert!(o.status.success(), "{}{}", common::out(&o), common::err(&o));
    println!("{}", common::out(&o));
}
