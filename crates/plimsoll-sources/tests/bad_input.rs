//! Bad input: a clear error, or a counted refusal that names row and field, and the good rows beside it kept.

mod support;

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float32Array, Float64Array, Int64Array, LargeStringArray, StringArray,
    TimestampMicrosecondArray,
};
use plimsoll_model::dataset::quality;
use plimsoll_model::time::Moment;
use plimsoll_sources::{SourceError, readers, recognise, tidy};
use support::*;

#[test]
fn text_as_it_comes_from_spreadsheets_and_mail() {
    let plain = "date,adj_close\n2024-01-02,10.5\n2024-01-03,11\n";
    let expected = vec![(day("2024-01-02"), 10.5), (day("2024-01-03"), 11.0)];
    for content in [
        plain.to_owned(),
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.trim_end().to_owned(),
        plain.replace("date,adj_close", "\"Date\",\"Adj_Close\"").replace("10.5", "\"10.5\""),
        plain.replace('\n', "\n\n"),
        plain.replace("2024-01-02", "01/02/2024"),
    ] {
        let kept = text("SPY.csv", &content);
        assert_eq!(kept.series("etf:SPY"), expected, "{content:?}");
        assert!(kept.refused.is_empty(), "{:?}", kept.refused);
    }
}

#[test]
fn each_bad_row_of_a_text_file_is_refused_by_name_and_its_neighbours_stay() {
    let mut content = b"date,adj_close\n2024-01-02,10\n".to_vec();
    for bad in [
        &b"2024-13-02,10"[..],
        b"2024-01-03,abc",
        b"2024-01-03,inf",
        b"2024-01-03,-1",
        b"2024-01-03,0",
        b"2024-01-06,10",
        b"2024-01-03",
        b"2024-01-03,10,11",
        b"2024-01-03,\"10",
        b"2024-01-03,1\xE9",
    ] {
        content.extend_from_slice(bad);
        content.push(b'\n');
    }
    content.extend_from_slice(b"2024-01-03,");
    content.extend(std::iter::repeat_n(b'1', 1 << 17));
    content.extend_from_slice(b"\n2024-01-04,12\n2024-01-05,\n2024-01-08,.\n");
    let kept = text("SPY.csv", &content);
    assert_eq!(kept.series("etf:SPY"), vec![(day("2024-01-02"), 10.0), (day("2024-01-04"), 12.0)]);
    assert_eq!(kept.missing, 2);
    assert_eq!(
        kept.rules(),
        vec![
            ("not_a_day", 3, "date"),
            ("not_a_number", 4, "adj_close"),
            ("non_finite", 5, "adj_close"),
            ("negative_price", 6, "adj_close"),
            ("zero_price", 7, "adj_close"),
            ("not_a_session", 8, "date"),
            ("wrong_number_of_fields", 9, "line"),
            ("wrong_number_of_fields", 10, "line"),
            ("unclosed_quote", 11, "line"),
            ("not_a_number", 12, "adj_close"),
            ("line_too_long", 13, "line"),
        ]
    );
    assert_eq!(kept.refused[3].period, Some(day("2024-01-03")));
    assert_eq!(kept.refused[3].got, "-1");
    assert_eq!(kept.accounted(), 15);
}

#[test]
fn empty_files_and_headers_alone() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["SPY.csv", "DGS10.csv", "2023.parquet"] {
        let error = recognise(&write(folder.path(), name, "")).err().unwrap().to_string();
        assert!(error.contains("empty file"), "{error}");
    }
    for (name, header) in [
        ("SPY.csv", "date,adj_close\n"),
        ("DGS10.csv", "observation_date,DGS10\n"),
        ("ICSA.csv", "date,value\n"),
        ("RUT.csv", "Date,^RUT\n"),
        ("par.csv", "Date,1 Mo,10 Yr\n"),
        ("sp500_membership.csv", "ticker,start_date,end_date\n"),
        ("events.csv", "event_date,event_type,old_symbol,new_symbol,old_name,new_name\n"),
        ("symbols.csv", "symbol,first,last,exchange,name,sector,industry,country,ipoyear\n"),
        ("fomc.csv", "start_date,end_date,meeting_type,has_projection_materials,source\n"),
        ("decisions.csv", "FOMCDate,Time,Actual,Forecast,Previous\n"),
        ("documents.csv", "date,doc_type\n"),
    ] {
        let kept = text(name, header);
        assert_eq!((kept.taken(), kept.refused.len()), (0, 0), "{name}");
    }
}

#[test]
fn what_no_reader_knows_is_said_to_look_like_something() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content, said) in [
        ("a.csv", &b"Datetime,Open,High,Low,Close,Volume\n2024-01-02 10:00:00-05:00,1,1,1,1,1\n"[..], "minute"),
        ("b.csv", b"date,adj_close\n2024-01-02 10:00:00,1\n", "intraday"),
        ("c.json", b"{\"cik\": 1, \"frames\": {}}", "filings"),
        ("d.json", b"{\"a\": 1}", "JSON"),
        ("f.csv", b",History for 20 Mar 2024 Fed meeting,\nDate,(0-25),(25-50)\n", "reference"),
        ("g.html", b"<!DOCTYPE html><html>", "HTML"),
        ("h.csv", b"\xFF\xFEd\0a\0", "UTF-16"),
        ("i.xlsx", b"PK\x03\x04....", "spreadsheet"),
        ("j.bin", b"\x00\x01\x02", "binary"),
        ("k.csv", b"date,price\n2024-01-02,1\n", "date,price"),
        ("lower.csv", b"date,value\n2024-01-02,1\n", "date,value"),
    ] {
        let error = recognise(&write(folder.path(), name, content)).err().unwrap();
        assert!(matches!(error, SourceError::Unrecognised { .. }), "{name}: {error}");
        assert!(error.to_string().contains(said), "{name}: {error}");
    }
    let s = |t: &str| Arc::new(StringArray::from(vec![t])) as ArrayRef;
    let f = || Arc::new(Float64Array::from(vec![95.0])) as ArrayRef;
    let path = folder.path().join("other.parquet");
    parquet(&path, vec![("date", s("2024-01-02")), ("price", f())]);
    assert!(recognise(&path).err().unwrap().to_string().contains("`date`, `price`"));
    assert!(matches!(recognise(&folder.path().join("absent.csv")), Err(SourceError::Io { .. })));
}

#[test]
fn damaged_parquet_is_an_error_and_not_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2023.parquet");
    let bars: Vec<Bar> = (0..2000).map(|i| Bar(day("2023-01-03").0, "AAPL", 1.0 + f64::from(i) / 7.0, 0.1, 1.0, 1e9)).collect();
    panel(&path, &bars);
    let whole = std::fs::read(&path).unwrap();
    for cut in [3, 8, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        let error = recognise(&write(folder.path(), "cut.parquet", &whole[..cut])).err().unwrap().to_string();
        assert!(error.contains("truncated or damaged"), "{error}");
    }
    let mut damaged = whole.clone();
    for byte in &mut damaged[200..2000] {
        *byte ^= 0x5A;
    }
    let path = write(folder.path(), "damaged.parquet", &damaged);
    let reader = recognise(&path).unwrap();
    let (result, kept) = read_with(reader, &path, Moment::MAX);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("may be damaged"), "{error}");
    assert!(kept.taken() < 2000);
    let wrong = write(folder.path(), "text.parquet", "date,adj_close\n2024-01-02,1\n");
    assert!(recognise(&wrong).err().unwrap().to_string().contains("Parquet"));
}

#[test]
fn bad_rows_of_a_panel() {
    let nan = f64::NAN;
    let bars = [
        bar("2023-01-03", "AAPL", 125.07, -3.74, 2e12),
        bar("2023-01-04", "AAPL", -1.0, 0.1, 2e12),
        bar("2023-01-05", "AAPL", 0.0, 0.1, 2e12),
        bar("2023-01-06", "AAPL", f64::INFINITY, 0.1, 2e12),
        bar("2023-01-07", "AAPL", 125.0, 0.1, 2e12),
        bar("2023-01-09", "AAPL", 125.0, -100.0, 2e12),
        bar("2023-01-10", "two\nlines", 125.0, 0.1, 2e12),
        Bar(day("2023-01-10").0, "AAPL", 130.0, 0.1, -5.0, 2e12),
        bar("2023-01-11", "AAPL", 131.0, 0.1, f64::INFINITY),
        bar("2023-01-12", "AAPL", 132.0, nan, 0.0),
        bar("2023-01-13", "AAPL", nan, nan, nan),
        bar("2023-01-17", "BRK/B", 300.0, 0.2, -7.0),
        bar("1066-10-14", "AAPL", 132.0, 0.1, 1e12),
        bar("2031-01-02", "AAPL", 132.0, 0.1, 1e12),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2023.parquet");
    panel(&path, &bars);
    let (result, kept) = read_with(recognise(&path).unwrap(), &path, day("2024-06-28").at(20, 0));
    result.unwrap();
    assert_eq!(
        kept.rules(),
        vec![
            ("negative_price", 2, "close"),
            ("zero_price", 3, "close"),
            ("non_finite", 4, "close"),
            ("not_a_session", 5, "date"),
            ("impossible_return", 6, "pct_change"),
            ("not_a_symbol", 7, "symbol"),
            ("negative_volume", 8, "volume"),
            ("non_finite", 9, "market_cap"),
            ("not_a_session", 13, "date"),
            ("future_dated", 14, "date"),
        ]
    );
    assert_eq!((kept.taken(), kept.missing), (3, 1));
    assert_eq!(kept.accounted(), bars.len());
    let rows = &kept.rows[0];
    assert_eq!((0..3).map(|i| rows.text("symbol").get(i)).collect::<Vec<_>>(), ["AAPL", "AAPL", "BRK.B"]);
    assert_eq!(rows.f64("ret")[0], -3.74 / 100.0);
    assert!(rows.f64("ret")[1].is_nan() && rows.f64("cap")[1].is_nan() && rows.f64("cap")[2].is_nan());
    assert_eq!(rows.u8("quality"), [0, quality::NO_CAP, quality::NO_CAP]);
    assert_eq!(rows.known_at[0], day("2023-01-03").at(16, 0).0);
}

#[test]
fn a_panel_in_any_order_and_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.parquet");
    let midnight = |d: &str| i64::from(day(d).0) * 86_400_000_000;
    let f32s = |v: Vec<f32>| Arc::new(Float32Array::from(v)) as ArrayRef;
    let keys: DictionaryArray<Int32Type> = vec![Some("brk-b"), None, Some("BRK/B")].into_iter().collect();
    parquet(
        &path,
        vec![
            ("pct_change", f32s(vec![1.0, 2.0, 4.0])),
            ("volume", Arc::new(Int64Array::from(vec![Some(5), None, None]))),
            ("market_cap", f32s(vec![8.0, 8.0, 8.0])),
            ("symbol", Arc::new(keys)),
            ("close", f32s(vec![1.5, 1.5, 2.5])),
            ("exchange", Arc::new(LargeStringArray::from(vec![Some("nyse"), None, None]))),
            (
                "date",
                Arc::new(TimestampMicrosecondArray::from(vec![
                    midnight("2024-01-02"),
                    midnight("2024-01-03"),
                    midnight("2024-01-04") + 3_600_000_000,
                ])),
            ),
        ],
    );
    let (result, kept) = read(&path);
    result.unwrap();
    assert_eq!(kept.rules(), vec![("not_a_symbol", 2, "symbol"), ("not_a_day", 3, "date")]);
    let rows = &kept.rows[0];
    assert_eq!((rows.text("symbol").get(0), rows.text("exchange").get(0), rows.f64("close")[0]), ("BRK.B", "nyse", 1.5));

    let texts = || Arc::new(StringArray::from(vec!["x"])) as ArrayRef;
    let one = || Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let date = || Arc::new(Date32Array::from(vec![19_000])) as ArrayRef;
    parquet(&path, vec![("date", date()), ("symbol", texts()), ("close", texts()), ("pct_change", one()), ("market_cap", one())]);
    let error = read(&path).0.unwrap_err().to_string();
    assert!(error.contains("close: expected numbers"), "{error}");
}

#[test]
fn adjusted_panels_refuse_yields_and_impossible_prices() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adjusted.parquet");
    let dates = Date32Array::from(vec![day("2024-01-02").0; 5]);
    let symbols = StringArray::from(vec!["SPY", "^TNX", "A", "B", "C"]);
    let prices = Float32Array::from(vec![Some(470.5), Some(4.0), Some(-1.0), Some(0.0), None]);
    parquet(&path, vec![("adj_close", Arc::new(prices)), ("date", Arc::new(dates)), ("symbol", Arc::new(symbols))]);
    let (result, kept) = read(&path);
    result.unwrap();
    assert_eq!(
        kept.rules(),
        vec![("not_a_security", 2, "symbol"), ("negative_price", 3, "adj_close"), ("zero_price", 4, "adj_close")]
    );
    assert_eq!((kept.taken(), kept.missing), (1, 1));
    assert_eq!(kept.rows[0].f64("adj_close"), [470.5]);
    assert!(kept.rows[0].f64("close")[0].is_nan() && kept.rows[0].f64("ret")[0].is_nan());
}

#[test]
fn defects_of_a_panel_are_found_and_counted() {
    let sessions = plimsoll_model::calendar::Calendar::nyse().between(day("2022-11-01"), day("2023-02-28"));
    let mut bars = Vec::new();
    for (i, s) in sessions.iter().enumerate().filter(|(_, s)| **s != day("2022-12-21")) {
        let x = 100.0 + i as f64;
        let put = |bars: &mut Vec<Bar>, name, close: f64, pct, cap| bars.push(Bar(s.0, name, close, pct, 10.0, cap));
        put(&mut bars, "GOOG", x, 0.1, x * 1_003.0);
        put(&mut bars, "GOOGL", x + 1.0, 0.1, (x + 1.0) * 1_003.0);
        put(&mut bars, "FLAT", if i < 30 { 10.0 } else { x }, 0.0, f64::NAN);
        // A return that neither close nor capitalisation follows, and one that both follow.
        put(&mut bars, "ODD", x, if i == 7 { 400.0 } else { 0.0 }, 5e6);
        let jump = if i >= 9 { 3.0 } else { 1.0 };
        put(&mut bars, "JUMP", jump * 10.0 + i as f64 / 1e3, if i == 9 { 200.0 } else { 0.0 }, jump * 1e6);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2022.parquet");
    panel(&path, &bars);
    let (result, kept) = read(&path);
    result.unwrap();
    assert!(kept.refused.is_empty());
    let missing = kept.defect("missing_session");
    assert_eq!((missing.len(), missing[0].from), (1, Some(day("2022-12-21"))));
    let repeated = kept.defect("repeated_cap");
    assert_eq!(repeated.iter().map(|d| d.subject.as_str()).collect::<Vec<_>>(), ["GOOG GOOGL"]);
    assert_eq!(repeated[0].rows, 4);
    let stale = kept.defect("stale_price");
    assert_eq!((stale[0].subject.as_str(), stale[0].rows), ("FLAT", 12));
    let absurd = kept.defect("absurd_move");
    assert_eq!((absurd.len(), absurd[0].subject.as_str(), absurd[0].rows), (1, "ODD", 1));
    assert_eq!(kept.defect("large_move")[0].subject, "JUMP");
    assert_eq!(kept.defect("no_cap")[0].rows, sessions.len() as u64 - 1);
    let flagged = |flag: u8| kept.rows.iter().flat_map(|r| r.u8("quality")).filter(|q| **q & flag != 0).count();
    assert_eq!(flagged(quality::ABSURD_MOVE), 1);
    assert_eq!(flagged(quality::STALE), 11);
    assert_eq!(flagged(quality::NO_CAP), sessions.len() - 1);
}

#[test]
fn treasury_curves() {
    let kept = text("par.csv", "Date,\"1 Mo\",\"1.5 Month\",10 Yr\n12/29/23,5.6,,3.88\n2024-01-02,5.55,5.5,x\nsoon,1,2,3\n");
    assert_eq!(kept.series("treasury:10Y"), vec![(day("2023-12-29"), 3.88)]);
    assert_eq!(kept.series("treasury:1.5M"), vec![(day("2024-01-02"), 5.5)]);
    assert_eq!(kept.rules(), vec![("not_a_number", 3, "10 Yr"), ("not_a_day", 4, "Date")]);
    assert_eq!(kept.known("treasury:10Y"), vec![(day("2023-12-29"), day("2023-12-29").at(18, 0))]);
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "par.csv", "Date,1 Mo,2 Mo,Close\n");
    let error = read(&path).0.unwrap_err().to_string();
    assert!(error.contains("row 1: header") && error.contains("Close"), "{error}");
}

#[test]
fn fred_in_its_three_layouts() {
    let kept = text("x.csv", "observation_date,DGS10,DGS2\n2023-12-27,3.79,.\n2023-12-28,,4.26\n");
    assert_eq!(kept.series("fred:DGS10"), vec![(day("2023-12-27"), 3.79)]);
    assert_eq!(kept.known("fred:DGS2"), vec![(day("2023-12-28"), day("2023-12-29").at(16, 15))]);
    assert_eq!(kept.missing, 2);
    let kept = text("UNRATE.csv", "date,value\n2013-09-01,7.2\n2024-01-01,3.7\n");
    assert_eq!(kept.known("fred:UNRATE")[0].1, day("2013-10-22").at(8, 30));
    assert_eq!(kept.known("fred:UNRATE")[1].1, day("2024-02-12").at(8, 30));
    assert_eq!(kept.rows[0].u8("quality"), [quality::REVISED; 2]);
    let kept = text("any.csv", "date,value,series_id\n2024-01-01,3.7,UNRATE\n2024-01-01,1,bad id\n");
    assert_eq!(kept.series("fred:UNRATE").len(), 1);
    assert_eq!(kept.rules(), vec![("not_a_series_id", 3, "series_id")]);
}

#[test]
fn an_unknown_series_is_late_told_of_and_not_changed_by_what_follows() {
    let rows = ["2020-01-01,1", "2020-02-01,2", "2020-03-01,3", "2020-04-01,4", "2020-07-01,5"];
    let header = "observation_date,ZZTOP\n";
    let whole = text("x.csv", format!("{header}{}\n", rows.join("\n")));
    assert_eq!(whole.defect("unknown_publication_lag").len(), 1);
    for n in 1..=rows.len() {
        let part = text("x.csv", format!("{header}{}\n", rows[..n].join("\n")));
        assert_eq!(part.known("fred:ZZTOP"), whole.known("fred:ZZTOP")[..n]);
    }
    for (period, known) in whole.known("fred:ZZTOP") {
        assert!(known > period.plus(75).at(0, 0), "{period}");
    }
}

#[test]
fn french_files() {
    let content = "This file was created by hand.\r\n\r\n,Mkt-RF,SMB,HML,RF\r\n20240102, -0.70, -99.99, 0.10, 0.02\r\n20240103, -999, x, -0.05, 0.02\r\n20240199, 1, 1, 1, 1\r\n20240104, 1\r\n2024-01-05,1,1,1,1\r\n\r\nCopyright 2026 Nobody\r\n";
    let kept = text("factors.csv", content);
    assert_eq!(kept.series("french:Mkt-RF"), vec![(day("2024-01-02"), -0.70 / 100.0)]);
    assert_eq!(kept.series("french:RF").len(), 2);
    assert_eq!(kept.missing, 2);
    assert_eq!(
        kept.rules(),
        vec![
            ("not_a_number", 5, "french:SMB"),
            ("not_a_day", 6, "date"),
            ("wrong_number_of_fields", 7, "line"),
            ("not_a_day", 8, "date")
        ]
    );
    assert_eq!(kept.known("french:Mkt-RF")[0].1, day("2024-03-28").at(18, 0));
    assert_eq!(kept.rows[0].u8("quality")[0], quality::REVISED);

    let size = text("Portfolios_Formed_on_ME_Daily.csv", "Date,<= 0,Lo 10,2-Dec,Hi 10\n20240102,-99.99,1,2,3\n");
    assert_eq!(size.series("french:size:Dec 2"), vec![(day("2024-01-02"), 0.02)]);
    let blocks = "  Average Value Weighted Returns -- Daily\n,Cnsmr,Manuf,HiTec,Hlth,Other\n20240102,1,1,1,1,1\n\n  Average Equal Weighted Returns -- Daily\n,Cnsmr,Manuf,HiTec,Hlth,Other\n20240102,2,2,2,2,2\n\n  Number of Firms\n,Cnsmr,Manuf,HiTec,Hlth,Other\n20240102,3,3,3,3,3\n\n,Cnsmr,Manuf,HiTec,Hlth,Other\n20240102,4,4,4,4,4\n";
    let kept = text("5_Industry_Portfolios_Daily.csv", blocks);
    assert_eq!(kept.series("french:ind5:Hlth"), vec![(day("2024-01-02"), 0.01)]);
    assert_eq!(kept.series("french:ind5:ew:Hlth"), vec![(day("2024-01-02"), 0.02)]);
    assert_eq!(kept.taken(), 10);
    assert_eq!(kept.defect("block_not_taken")[0].rows, 1);
    assert_eq!(kept.rules(), vec![("untitled_block", 14, "block")]);
}

#[test]
fn monthly_and_annual_french_files_are_refused_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for (row, said) in [("192607,  2.96", "monthly"), ("1927, 29.5", "annual")] {
        let path = write(folder.path(), "F-F_Momentum_Factor.csv", format!("Preamble\n\n,Mom\n{row}\n"));
        let error = read(&path).0.unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("daily"), "{error}");
    }
    let path = write(folder.path(), "mixed.csv", ",Mom\n20240102,1\n\n Annual\n,Mom\n1927,3\n");
    assert!(read(&path).0.unwrap_err().to_string().contains("annual"));
}

#[test]
fn indices_in_three_layouts() {
    assert_eq!(
        text("GSPC.csv", "Date,Close,Volume\n2023-12-29,4769.83,1\n").series("index:GSPC"),
        vec![(day("2023-12-29"), 4769.83)]
    );
    assert_eq!(text("r.csv", "Date,^RUT\n2023-12-29,2027.07\n").series("index:RUT"), vec![(day("2023-12-29"), 2027.07)]);
    let vix = text("VIX.csv", "DATE,OPEN,HIGH,LOW,CLOSE\n12/28/2023,12.4,12.6,12.3,0\n12/29/2023,12.5,12.6,12.3,12.45\n");
    assert_eq!(vix.series("index:VIX"), vec![(day("2023-12-29"), 12.45)]);
    assert_eq!(vix.series("index:VIX:high").len(), 2);
    assert_eq!(vix.known("index:VIX")[0].1, day("2023-12-29").at(16, 15));
    assert_eq!(vix.rules(), vec![("zero_price", 2, "CLOSE")]);
}

#[test]
fn yields_are_no_prices() {
    let kept = text("^IRX.csv", "date,adj_close\n2020-03-25,-0.05\n2020-03-26,0\n");
    assert_eq!(kept.series("yield:^IRX"), vec![(day("2020-03-25"), -0.05), (day("2020-03-26"), 0.0)]);
}

#[test]
fn symbol_events_and_registers() {
    let header = "event_date,event_type,old_symbol,new_symbol,old_name,new_name\n";
    let kept = text(
        "e.csv",
        format!(
            "{header}2022-06-09,ticker_change,FB,META,Meta,Meta\n2024-05-08,delisting,PXD,,\"Pioneer, Inc.\",\n2024-05-08,merger,A,B,,\n2024-05-08,ticker_change,A,,,\n"
        ),
    );
    assert_eq!(kept.rules(), vec![("unknown_event", 4, "event_type"), ("not_a_symbol", 5, "new_symbol")]);
    let rows = &kept.rows[0];
    assert_eq!((rows.text("symbol").get(0), rows.text("kind").get(0), rows.text("new_symbol").get(0)), ("FB", "change", "META"));
    assert_eq!(rows.text("name").get(1), "Pioneer, Inc.");
    assert_eq!(rows.known_at[0], day("2022-06-09").at(9, 30).0);

    let header = "symbol,first,last,exchange,name,sector,industry,country,ipoyear\n";
    let mut content = header.as_bytes().to_vec();
    content.extend_from_slice(b"NSRGY,2024-01-06,2024-03-01,otc,Nestl\xE9,Food,,,\n,2024-01-02,,,,,,,\n");
    let kept = text("symbols.csv", &content);
    let rows = &kept.rows[0];
    assert_eq!((rows.text("name").get(0), rows.text("industry").get(0)), ("Nestlé", ""));
    assert_eq!(rows.known_at[0], day("2024-01-08").at(9, 30).0);
    assert_eq!(kept.rules(), vec![("not_a_symbol", 3, "symbol")]);
}

#[test]
fn rows_from_the_future_are_refused_by_every_reader() {
    let folder = tempfile::tempdir().unwrap();
    let now = day("2024-06-28").at(20, 0);
    for (name, content) in [
        ("SPY.csv", "date,adj_close\n2024-06-28,1\n2030-01-02,1\n"),
        ("DGS10.csv", "observation_date,DGS10\n2024-06-27,1\n2030-01-02,1\n"),
        ("GSPC.csv", "Date,Close,Volume\n2024-06-28,1,1\n2030-01-02,1,1\n"),
        ("par.csv", "Date,10 Yr,2 Yr\n2024-06-28,1,\n2030-01-02,1,\n"),
        (
            "e.csv",
            "event_date,event_type,old_symbol,new_symbol,old_name,new_name\n2024-06-28,delisting,A,,,\n2030-01-02,delisting,A,,,\n",
        ),
        ("symbols.csv", "symbol,first,last,exchange,name,sector,industry\nA,2024-06-28,,,,,\nB,2030-01-02,,,,,\n"),
        ("idx_membership.csv", "ticker,start_date,end_date\nA,2024-06-26,2030-01-02\n"),
        ("f.csv", ",Mom\n20240102,1\n20300102,1\n"),
    ] {
        let path = write(folder.path(), name, content);
        let (result, kept) = read_with(recognise(&path).unwrap(), &path, now);
        result.unwrap();
        assert_eq!(kept.refused.iter().map(|r| r.rule.as_str()).collect::<Vec<_>>(), ["future_dated"], "{name}");
        assert_eq!(kept.taken(), 1, "{name}");
        assert!(kept.rows[0].known_at.iter().all(|k| *k <= now.0));
    }
}

#[test]
fn tidy_tables_by_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let words =
        ["dataset=bars", "period=day", "symbol=ticker", "close=px", "ret=chg", "percent=ret", "known_at=close", "source=own"];
    let reader = tidy::reader(tidy::TidySpec::from_words(&words).unwrap());
    let path = write(
        folder.path(),
        "t.csv",
        "px,chg,ticker,day,other\n10,1.5,brk-b,20240102,x\n,,A,2024-01-03,x\n-1,1,A,2024-01-03,x\n1,1,A,2024-01-06,x\n",
    );
    let (result, kept) = read_with(&reader, &path, Moment::MAX);
    result.unwrap();
    assert_eq!(plimsoll_sources::Reader::info(&reader).id, "own");
    assert_eq!((kept.rows[0].text("symbol").get(0), kept.rows[0].f64("ret")[0]), ("BRK.B", 0.015));
    assert_eq!(kept.missing, 1);
    assert_eq!(kept.rules(), vec![("negative_price", 4, "px"), ("not_a_session", 5, "day")]);

    let toml =
        "dataset = \"series\"\nknown_at = \"column:seen\"\n[columns]\nperiod = \"d\"\nvalue = \"v\"\nseries = \"const:own:x\"\n";
    let reader = tidy::reader(tidy::TidySpec::from_toml(toml).unwrap());
    let path = folder.path().join("t.parquet");
    let texts = |v: Vec<&str>| Arc::new(StringArray::from(v)) as ArrayRef;
    parquet(
        &path,
        vec![
            ("d", Arc::new(Date32Array::from(vec![day("2024-01-02").0; 3])) as ArrayRef),
            ("v", Arc::new(Float64Array::from(vec![1.0, 2.0, f64::INFINITY]))),
            ("seen", texts(vec!["2024-01-05", "2024-01-03T10:00:00-05:00", "2024-01-03"])),
        ],
    );
    let (result, kept) = read_with(&reader, &path, Moment::MAX);
    result.unwrap();
    let known: Vec<Moment> = kept.known("own:x").into_iter().map(|k| k.1).collect();
    assert_eq!(known, vec![day("2024-01-08").at(9, 30), day("2024-01-03").at(10, 0)]);
    assert_eq!(kept.rules(), vec![("non_finite", 3, "v")]);

    for (bad, said) in [
        (vec!["dataset=bars", "period=d", "symbol=s", "close=c"], "known_at"),
        (vec!["dataset=bars", "period=d", "close=c", "known_at=close"], "symbol"),
        (vec!["dataset=bars", "period=d", "symbol=s", "known_at=close"], "value column"),
        (vec!["dataset=moon", "period=d", "known_at=close"], "dataset"),
        (vec!["dataset=series", "period=d", "series=s", "value=v", "known_at=soon"], "known_at"),
        (vec!["dataset=series", "period=d", "series=s", "value=v", "known_at=close", "price=p"], "price"),
        (vec!["oops"], "key=value"),
    ] {
        let error = tidy::TidySpec::from_words(&bad).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
    let missing = write(folder.path(), "m.csv", "a,b\n1,2\n");
    assert!(read_with(&reader, &missing, Moment::MAX).0.unwrap_err().to_string().contains("column `d`"));
}

#[test]
fn tidy_events_are_known_ahead_and_their_values_after() {
    let folder = tempfile::tempdir().unwrap();
    let words = |more: &[&'static str]| {
        let mut words = vec!["dataset=events", "period=date", "calendar=const:cpi", "known_at=column:announced", "source=own"];
        words.extend_from_slice(more);
        tidy::reader(tidy::TidySpec::from_words(&words).unwrap())
    };
    let reader = words(&["kind=kind", "value=actual", "note=note"]);
    let path = write(
        folder.path(),
        "cpi.csv",
        "date,kind,actual,announced,note\n\
         2024-01-11,release,3.4,2023-10-02,December\n\
         2024-02-13,release,3.1,2024-02-13T08:30:00-05:00,January\n\
         2024-03-12,release,,2023-10-02,February\n\
         2024-04-10,release,3.5,2024-04-09,told on the eve\n\
         2024-05-15,release,3.4,2023-10-02,a value of a day to come\n\
         2024-03-12,scheduled,3.2,2023-10-02,\n\
         2024-06-12,release,x,2023-10-02,\n\
         2024-06-12,,,2023-10-02,\n\
         2024-06-12,release,,,\n\
         2024-06-12,cancelled,,2025-01-02,\n",
    );
    let (result, kept) = read_with(&reader, &path, day("2024-05-01").at(12, 0));
    result.unwrap();
    let rows = &kept.rows[0];
    let row = |i: usize| {
        let value = rows.f64("value")[i];
        (rows.period[i], rows.text("kind").get(i), value.is_finite().then_some(value), Moment(rows.known_at[i]))
    };
    let (announced, open) = (day("2023-10-03").at(9, 30), |d: &str| day(d).at(9, 30));
    assert_eq!(
        (0..rows.len()).map(row).collect::<Vec<_>>(),
        vec![
            (day("2024-01-11").0, "scheduled", None, announced),
            (day("2024-01-11").0, "release", Some(3.4), open("2024-01-12")),
            (day("2024-02-13").0, "release", Some(3.1), day("2024-02-13").at(8, 30)),
            (day("2024-03-12").0, "release", None, announced),
            (day("2024-04-10").0, "scheduled", None, open("2024-04-10")),
            (day("2024-04-10").0, "release", Some(3.5), open("2024-04-11")),
        ]
    );
    assert!((0..rows.len()).all(|i| rows.text("calendar").get(i) == "cpi"));
    assert_eq!(rows.text("note").get(1), "December");
    assert_eq!(
        kept.rules(),
        vec![
            ("future_dated", 6, "actual"),
            ("known_before_it_happened", 7, "actual"),
            ("not_a_number", 8, "actual"),
            ("no_key", 9, "kind"),
            ("not_a_moment", 10, "announced"),
            ("future_dated", 11, "date"),
        ]
    );

    // Nothing but days: keys by constants and a rule.
    let days = tidy::TidySpec::from_words(&[
        "dataset=events",
        "period=date",
        "calendar=const:tariffs",
        "kind=const:news",
        "known_at=close",
    ]);
    let path = write(folder.path(), "tariffs.csv", "date\n2018-03-01\n2018-03-24\nsoon\n");
    let (result, kept) = read_with(&tidy::reader(days.unwrap()), &path, Moment::MAX);
    result.unwrap();
    let known: Vec<Moment> = kept.rows[0].known_at.iter().map(|k| Moment(*k)).collect();
    assert_eq!(known, vec![day("2018-03-01").at(16, 0), open("2018-03-26")]);
    assert_eq!((kept.missing, kept.rules()), (0, vec![("not_a_day", 4, "date")]));

    for (bad, said) in [
        (vec!["dataset=events", "period=d", "calendar=const:cpi", "kind=const:release"], "known_at"),
        (vec!["dataset=events", "period=d", "kind=const:release", "known_at=close"], "calendar"),
        (vec!["dataset=events", "period=d", "calendar=const:cpi", "known_at=close"], "kind"),
    ] {
        let error = tidy::TidySpec::from_words(&bad).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn every_source_is_described_in_the_data_document() {
    let path = std::path::PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../DATA.md");
    let document = std::fs::read_to_string(path).unwrap();
    for reader in readers() {
        let info = reader.info();
        assert!(document.contains(&format!("`{}`", info.id)), "{} is absent from DATA.md", info.id);
        for text in [info.title, info.publisher, info.terms, info.known_at, info.revisions, info.layout] {
            assert!(!text.is_empty(), "{}", info.id);
        }
        assert!(!info.caveats.is_empty(), "{}", info.id);
    }
    assert!(document.contains("`tidy`"));
}
