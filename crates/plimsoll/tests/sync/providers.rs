//! One provider fails, another stands in; a source that is late; who was used and who is late, status and report say.

use crate::common;
use crate::desk::{Desk, KEY, evening, failures, world};
use crate::loopback::{Fault, Loopback};

#[test]
fn another_provider_stands_in_and_status_and_report_say_so() {
    let publisher = Loopback::of(world(), evening(14));
    let more = format!("symbols = [\"SPY\", \"IWM\"]\nprices = [\"tiingo\", \"stooq\"]\n[sync.keys]\ntiingo = \"{KEY}\"");
    let desk = Desk::new(&publisher, &more);
    let named = |at| desk.sync(at, &[]).into_iter().filter(|l| ["tiingo", "stooq"].contains(&l.id)).collect::<Vec<_>>();
    // Nothing but prices is asked for here.
    publisher.always("fred.", Fault::Status(404, ""));
    let first = named(evening(14));
    assert_eq!((first.len(), first[0].id, failures(&first)), (1, "tiingo", vec![]));
    let fine = String::from_utf8(desk.report("2024-06-14")).expect("text");
    assert!(fine.contains("tiingo") && !fine.contains("stooq"), "the report does not say who was used");

    publisher.now(evening(28));
    publisher.always("api.tiingo.com/", Fault::Status(503, ""));
    let second = named(evening(28));
    let (failed, stood_in) = (&second[0], &second[1]);
    assert!(failed.id == "tiingo" && failed.replaced && !failed.ended.failures.is_empty());
    assert_eq!((stood_in.id, stood_in.ended.instead_of.as_deref()), ("stooq", Some("tiingo")));
    assert!(stood_in.ended.failures.is_empty() && stood_in.ended.new > 0);
    let status = common::out(&desk.run(&["status", "--fetched", "--as-of", "2024-06-28"]));
    let line = status.lines().find(|l| l.contains("stooq ")).expect("a line");
    assert!(line.contains("used in place of tiingo"), "{status}");
    assert!(status.lines().any(|l| l.contains("tiingo ") && l.contains("503")), "{status}");
    let page = String::from_utf8(desk.report("2024-06-28")).expect("text");
    assert!(page.contains("tiingo through 2024-06-14, then stooq"), "the report does not say who stood in");
}

#[test]
fn a_source_that_is_late_is_said_in_status_and_in_the_report() {
    let publisher = Loopback::of(world(), evening(14));
    let desk = Desk::new(&publisher, "from = \"2021-01-01\"\nseries = [\"DGS2\", \"DGS10\", \"DFF\"]\nattempts = 1");
    assert_eq!(failures(&desk.sync(evening(14), &["treasury", "fred"])), Vec::<String>::new());
    let fine = String::from_utf8(desk.report("2024-06-14")).expect("text");
    assert!(!fine.contains("class=\"stale\""), "late on the day of the sync");
    // Two weeks on one answers, the other does not.
    publisher.now(evening(28));
    publisher.always("fred.", Fault::Status(503, ""));
    let lines = desk.sync(evening(28), &["treasury", "fred"]);
    assert_eq!(lines.iter().filter(|l| !l.ended.failures.is_empty()).map(|l| l.id).collect::<Vec<_>>(), ["fred"]);
    let status = common::out(&desk.run(&["status", "--fetched", "--as-of", "2024-06-28"]));
    let of = |name: &str| status.lines().find(|l| l.contains(name)).unwrap_or_default().to_owned();
    assert!(of("fred ").contains("late") && !of("treasury ").contains("late"), "{status}");
    let page = String::from_utf8(desk.report("2024-06-28")).expect("text");
    assert!(page.contains("fred 2024-06-13 <span class=\"stale\">stale"), "the report does not say that fred is late");
    assert!(page.contains("treasury 2024-06-28</span>"), "the report says that the treasury is late");
    // The report of the day before it went wrong is the same.
    assert!(desk.report("2024-06-14") == fine.into_bytes());
}
