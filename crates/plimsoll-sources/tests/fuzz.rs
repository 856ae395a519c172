//! Random and mutated files: no reader panics, and every value is taken, refused or missing.

mod support;

use plimsoll_model::time::Moment;
use plimsoll_sources::{readers, recognise, tidy};
use proptest::prelude::*;
use support::*;

/// Valid files; how many values a data line holds, where each line is accounted for by its values alone.
const VALID: &[(&str, &str)] = &[
    ("SPY.csv", "date,adj_close\n2024-01-02,470.5\n2024-01-03,466.25\n2024-01-04,\n"),
    ("GSPC.csv", "Date,Close,Volume\n2024-01-02,4742.83,1\n2024-01-03,4704.81,1\n"),
    ("VIX.csv", "DATE,OPEN,HIGH,LOW,CLOSE\n01/02/2024,13,14,12,13.2\n01/03/2024,13,14,12,14.04\n"),
    ("DGS10.csv", "observation_date,DGS10\n2024-01-02,3.95\n2024-01-03,.\n2024-01-04,3.99\n"),
    ("ICSA.csv", "date,value\n2024-01-06,203000\n2024-01-13,189000\n"),
    ("ABC.csv", "date,value,series_id\n2024-01-06,203000,ICSA\n2024-01-13,1,NEWONE\n"),
    ("par.csv", "Date,1 Mo,\"1.5 Month\",10 Yr\n12/29/23,5.6,,3.88\n12/28/23,5.57,5.5,3.84\n"),
    ("F-F.csv", "Preamble, with a comma\n\n,Mkt-RF,SMB\n20240102, -0.70, -99.99\n20240103, -0.81, 0.5\n\nCopyright\n"),
    ("sp500_membership.csv", "ticker,start_date,end_date\nA,2000-06-05,\nFB,2013-12-23,2022-06-09\n"),
    ("r2k_membership.csv", "ticker,start_date,end_date\nAA,2020-06-30,2021-03-31\nZZ,2011-03-31,2012-12-31\n"),
    ("e.csv", "event_date,event_type,old_symbol,new_symbol,old_name,new_name\n2022-06-09,ticker_change,FB,META,Meta,Meta\n"),
    (
        "symbols.csv",
        "symbol,first,last,exchange,name,sector,industry,country,ipoyear\nA,2021-02-01,,nyse,\"Agilent, Inc.\",X,Y,US,1999\n",
    ),
];

/// Files of one value a line: the accounts must balance.
const SINGLE: &[usize] = &[0, 1, 3, 4, 5, 10, 11];

fn mutate(bytes: &mut Vec<u8>, edits: &[(u16, u8, u8)]) {
    for &(at, what, byte) in edits {
        let n = bytes.len();
        if n == 0 {
            return;
        }
        let at = usize::from(at) % n;
        match what % 5 {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            _ => {
                let tail = bytes[at..n.min(at + 40)].to_vec();
                bytes.extend(tail);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn mutated_text_is_accounted_for(
        which in 0..VALID.len(),
        edits in proptest::collection::vec((any::<u16>(), any::<u8>(), prop_oneof![any::<u8>(), Just(b'\n'), Just(b','), Just(b'"'), Just(b'9'), Just(b'-')]), 0..12),
    ) {
        let (name, content) = VALID[which];
        let mut bytes = content.as_bytes().to_vec();
        mutate(&mut bytes, &edits);
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), name, &bytes);
        // The reader that fits the whole file must bear the mutated one, and so must whichever now recognises it.
        let original = write(folder.path(), &format!("original_{name}"), content);
        let own = recognise(&original).or_else(|_| { std::fs::copy(&original, &path).unwrap(); let r = recognise(&path); std::fs::write(&path, &bytes).unwrap(); r }).unwrap();
        let (result, kept) = read_with(own, &path, day("2026-01-01").at(0, 0));
        if result.is_ok() && SINGLE.contains(&which) {
            let mut lines = bytes.split(|b| *b == b'\n').collect::<Vec<_>>();
            lines.remove(0);
            let rows = lines.iter().filter(|l| !l.strip_suffix(b"\r").unwrap_or(l).trim_ascii().is_empty()).count();
            let wide = std::str::from_utf8(bytes.split(|b| *b == b'\n').next().unwrap()).is_ok_and(|h| h.split(',').count() > 3 && which == 3);
            if !wide {
                prop_assert_eq!(kept.accounted(), rows, "{:?}", String::from_utf8_lossy(&bytes));
            }
        }
        if let Ok(reader) = recognise(&path) {
            let _ = read_with(reader, &path, Moment::MAX);
        }
        for rows in &kept.rows {
            prop_assert!(rows.known_at.iter().all(|k| *k <= day("2026-01-01").at(0, 0).0));
            for column in &rows.columns {
                if let plimsoll_model::observations::Column::F64(v) = column {
                    prop_assert!(v.iter().all(|x| !x.is_infinite()));
                }
            }
        }
    }

    #[test]
    fn random_bytes_are_borne_by_every_reader(bytes in proptest::collection::vec(any::<u8>(), 0..600), name in "[A-Z^]{1,4}[.](csv|parquet)") {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &name, &bytes);
        let _ = recognise(&path);
        for reader in readers() {
            let _ = read_with(*reader, &path, Moment::MAX);
        }
        let spec = tidy::TidySpec::from_words(&["dataset=series", "period=d", "series=s", "value=v", "known_at=lag:1"]).unwrap();
        let _ = read_with(&tidy::reader(spec), &path, Moment::MAX);
    }
}

/// Panels with anything in their cells.
fn any_bar() -> impl Strategy<Value = Bar> {
    let number = || prop_oneof![4 => 0.01f64..1e6, 1 => Just(f64::NAN), 1 => Just(0.0), 1 => Just(f64::INFINITY), 1 => Just(-5.0), 1 => any::<f64>()];
    let symbol = prop_oneof![
        Just("AAPL"),
        Just("BRK/A"),
        Just("BRK/B"),
        Just("^TNX"),
        Just(""),
        Just("a\nb"),
        Just("GOOG"),
        Just("GOOGL")
    ];
    let date = prop_oneof![8 => 19_000i32..19_100, 1 => any::<i32>()];
    (date, symbol, number(), prop_oneof![4 => -99.0f64..400.0, 1 => any::<f64>()], number(), number())
        .prop_map(|(d, s, c, p, v, m)| Bar(d, s, c, p, v, m))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_panel_is_accounted_for(bars in proptest::collection::vec(any_bar(), 1..200)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("2022.parquet");
        panel(&path, &bars);
        let (result, kept) = read_with(recognise(&path).unwrap(), &path, day("2024-06-28").at(20, 0));
        result.unwrap();
        prop_assert_eq!(kept.accounted(), bars.len());
        for rows in &kept.rows {
            prop_assert!(rows.f64("close").iter().all(|c| c.is_nan() || (*c > 0.0 && c.is_finite())));
            prop_assert!(rows.f64("ret").iter().all(|r| r.is_nan() || (*r > -1.0 && r.is_finite())));
            prop_assert!(rows.f64("cap").iter().all(|c| c.is_nan() || (*c > 0.0 && c.is_finite())));
        }
    }

    #[test]
    fn later_rows_of_a_panel_change_no_earlier_one(mut bars in proptest::collection::vec(any_bar(), 2..200), cut in 1usize..199) {
        bars.sort_by_key(|b| b.0);
        let cut = cut.min(bars.len() - 1);
        let folder = tempfile::tempdir().unwrap();
        let read_all = |name: &str, bars: &[Bar]| {
            let path = folder.path().join(name);
            panel(&path, bars);
            let (result, kept) = read_with(recognise(&path).unwrap(), &path, Moment::MAX);
            result.unwrap();
            kept
        };
        let (part, whole) = (read_all("part.parquet", &bars[..cut]), read_all("whole.parquet", &bars));
        let flat = |kept: &Kept| kept.rows.iter().flat_map(|r| (0..r.len()).map(|i| (r.period[i], r.u8("quality")[i])).collect::<Vec<_>>()).collect::<Vec<_>>();
        let (part, whole) = (flat(&part), flat(&whole));
        prop_assert_eq!(&part[..], &whole[..part.len()]);
    }

    #[test]
    fn mutated_parquet_is_an_error_or_rows(edits in proptest::collection::vec((any::<u16>(), 0u8..4, any::<u8>()), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("2022.parquet");
        panel(&path, &[bar("2022-01-03", "AAPL", 182.0, 2.5, 3e12), bar("2022-01-04", "AAPL", 179.7, -1.3, 2.9e12)]);
        let mut bytes = std::fs::read(&path).unwrap();
        mutate(&mut bytes, &edits);
        let path = write(folder.path(), "mutated.parquet", &bytes);
        if let Ok(reader) = recognise(&path) {
            let _ = read_with(reader, &path, Moment::MAX);
        }
    }
}
