//! Federal funds futures: contracts by their century, refusals by rule, and faults that are told and flagged.

mod support;

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::quality;
use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::futures::Contract;
use proptest::prelude::*;
use support::*;

/// Code, day, high, low, price, volume.
type Row = (String, Day, f64, f64, f64, i64);

fn row(code: &str, on: &str, price: f64) -> Row {
    (code.to_owned(), day(on), price, price, price, 100)
}

/// Rows in the layout of settlements (days as text) or of last trades (days as dates).
fn file(rows: &[Row], settlements: bool) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contracts.parquet");
    let text = |f: &dyn Fn(&Row) -> String| Arc::new(rows.iter().map(|r| Some(f(r))).collect::<StringArray>()) as ArrayRef;
    let number = |f: &dyn Fn(&Row) -> f64| Arc::new(rows.iter().map(f).collect::<Float64Array>()) as ArrayRef;
    let whole = |f: &dyn Fn(&Row) -> i64| Arc::new(rows.iter().map(f).collect::<Int64Array>()) as ArrayRef;
    let dates = Arc::new(Date32Array::from(rows.iter().map(|r| r.1.0).collect::<Vec<_>>())) as ArrayRef;
    let columns = if settlements {
        vec![
            ("Symbol", text(&|r| r.0.clone())),
            ("Date", text(&|r| r.1.to_string())),
            ("Open", number(&|r| r.4)),
            ("High", number(&|r| r.2)),
            ("Low", number(&|r| r.3)),
            ("Close", number(&|r| r.4)),
            ("Volume", whole(&|r| r.5)),
            ("OpenInterest", whole(&|_| 0)),
        ]
    } else {
        vec![
            ("symbol", text(&|r| r.0.clone())),
            ("date", dates),
            ("open", number(&|r| r.4)),
            ("high", number(&|r| r.2)),
            ("low", number(&|r| r.3)),
            ("last", number(&|r| r.4)),
            ("volume", whole(&|r| r.5)),
        ]
    };
    parquet(&path, columns);
    (folder, path)
}

fn kept(rows: &[Row], settlements: bool) -> Kept {
    let (_folder, path) = file(rows, settlements);
    let (result, kept) = read(&path);
    result.unwrap();
    kept
}

/// Flags of a series by day.
fn flags(kept: &Kept, id: &str) -> Vec<(Day, u8)> {
    let mut out = Vec::new();
    for b in &kept.rows {
        out.extend((0..b.len()).filter(|i| b.text("series").get(*i) == id).map(|i| (Day(b.period[i]), b.u8("quality")[i])));
    }
    out
}

#[test]
fn both_layouts_name_a_contract_by_its_month_and_are_known_at_five() {
    let rows = [row("ZQF00", "1999-12-30", 94.5), row("ZQZ99", "1999-12-30", 94.69), row("ZQG00", "1999-12-30", 94.3)];
    for (settlements, id) in [(true, "zq.settle"), (false, "zq.last")] {
        let kept = kept(&rows, settlements);
        assert_eq!(kept.taken(), 3);
        assert_eq!(kept.series(&format!("{id}:2000-01")), [(day("1999-12-30"), 94.5)]);
        assert_eq!(kept.series(&format!("{id}:1999-12")), [(day("1999-12-30"), 94.69)]);
        assert_eq!(kept.known(&format!("{id}:2000-02")), [(day("1999-12-30"), day("1999-12-30").at(17, 0))]);
        assert!(kept.defects.is_empty(), "{:?}", kept.defects);
    }
}

#[test]
fn each_bad_row_is_refused_by_name_and_its_neighbours_stay() {
    let on = "2024-01-10";
    let mut rows = vec![row("ZQF24", on, 94.67), row("ZQG24", on, 94.7)];
    rows.extend([
        row("ZQA24", on, 94.7),
        row("ESH24", on, 94.7),
        row("ZQZ23", on, 94.7),
        row("ZQF95", on, 94.7),
        row("ZQH24", "2024-01-13", 94.7),
        row("ZQH24", "2024-01-01", 94.7),
        row("ZQH24", on, 9.47),
        row("ZQH24", on, f64::INFINITY),
        row("ZQH24", on, f64::NAN),
        row("ZQG24", on, 94.9),
        row("ZQJ24", on, 94.8),
    ]);
    let kept = kept(&rows, true);
    assert_eq!(
        kept.rules(),
        [
            ("unknown_month_letter", 3, "Symbol"),
            ("not_a_contract", 4, "Symbol"),
            ("after_expiry", 5, "Date"),
            ("wrong_century", 6, "Symbol"),
            ("not_a_session", 7, "Date"),
            ("not_a_session", 8, "Date"),
            ("implausible_price", 9, "Close"),
            ("implausible_price", 10, "Close"),
            ("duplicate_key", 12, "Date"),
        ]
    );
    assert_eq!((kept.missing, kept.accounted()), (1, rows.len()));
    assert_eq!(kept.series("zq.settle:2024-02"), [(day(on), 94.7)]);
    assert_eq!(kept.series("zq.settle:2024-04"), [(day(on), 94.8)]);
    let (_folder, path) = file(&rows[..2], true);
    let reader = plimsoll_sources::recognise(&path).unwrap();
    let (_, early) = read_with(reader, &path, day(on).at(16, 59));
    assert_eq!(early.rules(), [("future_dated", 1, "Date"), ("future_dated", 2, "Date")]);
}

#[test]
fn crossed_ranges_absent_sessions_and_fronts_are_told() {
    let mut rows = Vec::new();
    for on in Calendar::nyse().between(day("2024-01-02"), day("2024-01-31")) {
        let text = on.to_string();
        if text == "2024-01-17" {
            continue;
        }
        if !["2024-01-22", "2024-01-23"].contains(&text.as_str()) {
            rows.push(row("ZQF24", &text, 94.67));
        }
        rows.push(row("ZQG24", &text, 94.7));
    }
    rows[3].2 = rows[3].4 - 0.1;
    rows[5].3 = rows[5].4 + 0.01;
    rows[5].2 = rows[5].4 + 0.02;
    rows.push(row("ZQG24", "2024-01-15", 94.7));
    let kept = kept(&rows, true);
    assert_eq!(kept.taken(), rows.len());
    let span = |rule: &str| kept.defect(rule).iter().map(|d| (d.from.unwrap().to_string(), d.rows)).collect::<Vec<_>>();
    assert_eq!(span("missing_session"), [("2024-01-17".to_owned(), 1)]);
    assert_eq!(span("missing_front_contract"), [("2024-01-15".to_owned(), 1), ("2024-01-22".to_owned(), 2)]);
    assert_eq!(span("traded_on_holiday"), [("2024-01-15".to_owned(), 1)]);
    assert_eq!(span("crossed_range").len(), 1);
    assert_eq!(span("price_outside_range").len(), 1);
}

/// Three contracts over so many sessions; the middle one stands still without volume while its neighbours fall.
fn still(sessions: usize) -> Vec<Row> {
    let days = Calendar::nyse().between(day("2023-01-03"), day("2023-12-29"));
    let mut rows = Vec::new();
    for (i, on) in days.iter().take(sessions).enumerate() {
        let fallen = 0.01 * i as f64;
        rows.push(("ZQX23".to_owned(), *on, 95.0, 95.0, 95.0 - fallen, 5));
        rows.push(("ZQZ23".to_owned(), *on, 95.1, 95.1, 95.1, 0));
        rows.push(("ZQF24".to_owned(), *on, 95.2, 95.2, 95.2 - fallen, 5));
    }
    rows
}

#[test]
fn a_price_that_stands_still_while_its_neighbours_move_is_flagged_from_the_day_it_shows() {
    let kept = kept(&still(30), true);
    let stale: Vec<bool> = flags(&kept, "zq.settle:2023-12").iter().map(|f| f.1 & quality::STALE != 0).collect();
    assert_eq!(stale, (0..30).map(|i| i >= 9).collect::<Vec<_>>());
    assert_eq!(kept.defect("stale_price")[0].rows, 21);
    assert!(flags(&kept, "zq.settle:2023-11").iter().all(|f| f.1 == 0));
    // Where nothing moves, standing still is no fault.
    let mut calm = still(30);
    calm.iter_mut().for_each(|r| r.4 = 95.0);
    assert!(kept_of(&calm).defect("stale_price").is_empty());
}

#[test]
fn placeholders_at_the_end_of_the_curve_are_flagged() {
    let rows = |volume: i64| -> Vec<Row> {
        let mut rows = Vec::new();
        for on in Calendar::nyse().between(day("2003-10-01"), day("2003-10-31")) {
            for (code, price, traded) in [("ZQV03", 98.99, 9), ("ZQX03", 98.98, 9), ("ZQZ04", 97.9, 0), ("ZQF05", 97.8, 0)] {
                rows.push((code.to_owned(), *on, price, price, price, traded));
            }
            for code in ["ZQG05", "ZQH05", "ZQJ05"] {
                rows.push((code.to_owned(), *on, 93.425, 93.425, 93.425, volume));
            }
        }
        rows
    };
    let kept = kept(&rows(0), true);
    for (month, odd) in
        [("2003-11", false), ("2004-12", false), ("2005-01", false), ("2005-02", true), ("2005-03", true), ("2005-04", true)]
    {
        let found = flags(&kept, &format!("zq.settle:{month}"));
        assert_eq!(found.len(), 23);
        assert!(found.iter().all(|f| (f.1 & quality::ABSURD_MOVE != 0) == odd), "{month}");
    }
    assert_eq!(kept.defect("placeholder_price").iter().map(|d| d.rows).collect::<Vec<_>>(), [23, 23, 23]);
    // Somebody paid that price: it is told as it stands.
    assert!(kept_of(&rows(1)).defect("placeholder_price").is_empty());
}

fn kept_of(rows: &[Row]) -> Kept {
    kept(rows, true)
}

#[test]
fn a_digit_wrong_is_off_the_curve() {
    let mut rows = still(3);
    rows[4].4 = 85.1;
    let kept = kept(&rows, true);
    let odd = kept.defect("off_curve_price");
    assert_eq!((odd.len(), odd[0].subject.as_str()), (1, "zq.settle:2023-12"));
    let flagged: Vec<u8> = flags(&kept, "zq.settle:2023-12").iter().map(|f| f.1).collect();
    assert_eq!(flagged, [0, quality::ABSURD_MOVE, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_rows_are_accounted_for_and_later_rows_change_no_flag(
        picks in proptest::collection::vec((0i32..40, 0i32..5, 0usize..4, any::<bool>(), 0u8..20), 1..150),
        cut in 0i32..40,
    ) {
        let first = day("2023-01-02");
        let rows: Vec<Row> = picks
            .iter()
            .map(|&(d, ahead, price, traded, odd)| {
                let on = first.plus(d);
                let code = if odd == 0 { "ZQ?".to_owned() } else { Contract::of(on).later(ahead - i32::from(odd == 1) * 2).code() };
                let price = if odd == 2 { f64::NAN } else { [95.0, 95.5, 97.0, 80.0][price] };
                (code, on, price, price, price, i64::from(traded))
            })
            .collect();
        let whole = kept(&rows, true);
        prop_assert_eq!(whole.accounted(), rows.len());
        let until = first.plus(cut);
        let early: Vec<Row> = rows.iter().filter(|r| r.1 <= until).cloned().collect();
        if !early.is_empty() {
            let part = kept(&early, true);
            let known = |k: &Kept| k.lines().into_iter().filter(|l| l[..10] <= *until.to_string()).collect::<Vec<_>>();
            prop_assert_eq!(known(&part), known(&whole));
        }
        for b in &whole.rows {
            prop_assert!(b.known_at.iter().zip(&b.period).all(|(k, p)| Moment(*k) == Day(*p).at(17, 0)));
            prop_assert!(b.f64("value").iter().all(|v| (75.0..=101.0).contains(v)));
        }
    }
}
