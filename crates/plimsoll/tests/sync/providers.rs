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
    // What was known before is told as before.
    assert!(desk.report("2024-06-14") == fine.into_bytes());
}
