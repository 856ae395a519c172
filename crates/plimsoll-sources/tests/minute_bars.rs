//! Minute bars: the publisher's layout with its quirks.

mod support;

use plimsoll_model::time::Day;
use plimsoll_sources::minute_bars::read;
use plimsoll_sources::{SourceError, recognise};
use support::Kept;

fn bars(content: &str) -> (Result<plimsoll_sources::minute_bars::MinuteBars, SourceError>, Kept) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("IWM.csv");
    std::fs::write(&path, content).unwrap();
    let mut kept = Kept::default();
    (read(&path, &mut kept), kept)
}

#[test]
fn stamps_with_offsets_out_of_order_and_twice() {
    let (found, kept) = bars(
        "Datetime,Open,High,Low,Close,Volume\n\
         2020-03-06 15:59:00-05:00,1,1,1,101.5,10\n\
         2020-03-09 09:30:00-04:00,1,1,1,99.25,10\n\
         2020-03-06 15:58:00-05:00,1,1,1,101,10\n\
         2020-03-06 15:58:00-05:00,1,1,1,101,10\n\
         2020-03-09 13:31:00+00:00,1,1,1,99.5,10\n\
         2020-03-09 09:31:00-04:00,1,1,1,98,10\n\
         2020-03-09 09:30:00-05:00,,,,,\n\
         2020-03-09 09:32:00,1,1,1,99,10\n\
         2020-03-09 09:33:30-04:00,1,1,1,99,10\n\
         2020-03-09 09:34:00-04:00,1,1,1,-3,10\n\
         2020-03-09 09:35:00-04:00,1,1,1,x,10\n",
    );
    let found = found.unwrap();
    assert_eq!(found.symbol, "IWM");
    assert_eq!(found.close, [101.0, 101.5, 99.25, 99.5]);
    let (a, b) = (Day::ymd(2020, 3, 6), Day::ymd(2020, 3, 9));
    assert_eq!(found.day, [a, a, b, b]);
    assert_eq!(found.moment, [a.at(15, 58), a.at(15, 59), b.at(9, 30), b.at(9, 31)]);
    let mut rules = kept.rules();
    rules.sort_by_key(|r| r.1);
    assert_eq!(
        rules,
        [
            ("minute_given_twice", 7, "Close"),
            ("not_a_minute", 9, "Datetime"),
            ("not_a_minute", 10, "Datetime"),
            ("not_positive", 11, "Close"),
            ("not_a_number", 12, "Close"),
        ]
    );
    assert_eq!(kept.missing, 1);
    let twice = kept.defect("repeated_row");
    assert_eq!((twice.len(), twice[0].rows), (1, 1));
}

#[test]
fn a_file_without_bars_is_no_answer_and_an_import_says_where_to_go() {
    assert!(matches!(bars("Datetime,Close\n").0, Err(SourceError::Layout { .. })));
    assert!(matches!(bars("").0, Err(SourceError::Layout { .. })));
    assert!(matches!(bars("Datetime,Open\n2020-03-06 15:59:00-05:00,1\n").0, Err(SourceError::Layout { .. })));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("IWM.csv");
    std::fs::write(&path, "Datetime,Close\n2020-03-06 15:59:00-05:00,1\n").unwrap();
    let Err(error) = recognise(&path) else { panic!("minute bars are not imported") };
    assert!(error.to_string().contains("plimsoll leadlag"), "{error}");
}
