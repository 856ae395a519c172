//! Mutated files of the SEC: no reader panics, nothing is known too early or too late, and every number is accounted for.

mod support;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::observations::Column;
use plimsoll_sources::{recognise, tidy};
use proptest::prelude::*;
use support::*;

const FACTS: &str = r#"{"cik":1234,"entityName":"Hand Made Inc.","facts":{"dei":{"EntityCommonStockSharesOutstanding":{"label":"x","units":{"shares":[
{"end":"2023-01-20","val":1000,"accn":"0000001234-23-000001","fy":2022,"fp":"FY","form":"10-K","filed":"2023-02-17"}]}}},
"us-gaap":{"Assets":{"label":"Assets","description":"All \"assets\"","units":{"USD":[
{"end":"2021-12-31","val":900,"accn":"0000001234-22-000001","fy":2021,"fp":"FY","form":"10-K","filed":"2022-02-17","frame":"CY2021Q4I"},
{"end":"2021-12-31","val":900,"accn":"0000001234-23-000001","fy":2022,"fp":"FY","form":"10-K","filed":"2023-02-17"},
{"end":"2022-12-31","val":950.5,"accn":"0000001234-23-000001","fy":2022,"fp":"FY","form":"10-K","filed":"2023-02-17"}]}},
"InterestExpense":{"units":{"USD":[{"start":"2022-01-01","end":"2022-12-31","val":-12,"accn":"0000001234-23-000001","fy":null,"fp":null,"form":"10-K/A","filed":"2023-02-17"}]}},
"WarrantyExpense":{"units":{"USD":[{"start":"2022-01-01","end":"2022-12-31","val":1,"accn":"0000001234-23-000001","filed":"2023-02-17"}]}}}}}"#;

const FILER: &str = r#"{"cik":"1234","sic":"3571","name":"Hand Made Inc.","tickers":["HND"],"fiscalYearEnd":"0926","formerNames":[{"name":"Old Co","from":"2007-01-10T05:00:00.000Z","to":"2019-08-05T04:00:00.000Z"}],
"filings":{"recent":{"accessionNumber":["0000001234-23-000001","0000001234-23-000005"],"filingDate":["2023-11-03","2023-04-03"],"reportDate":["2023-09-30",""],
"acceptanceDateTime":["2023-11-02T22:08:27.000Z","2023-04-03T14:00:00.000Z"],"form":["10-K","8-K"],"items":["","1.03"],"primaryDocument":["a.htm","b.htm"]}}}"#;

const TICKERS: &str =
    r#"{"0":{"cik_str":1234,"ticker":"HND","title":"Hand Made Inc."},"1":{"cik_str":99,"ticker":"BRK-B","title":"Other"}}"#;

const SUB: &str = "adsh\tcik\tname\tsic\tfye\tform\tperiod\tfy\tfp\tfiled\taccepted\n0000001234-23-000001\t1234\tHAND MADE INC\t3571\t0930\t10-K\t20230930\t2023\tFY\t20231103\t2023-11-02 18:08:00.0\n";
const NUM: &str = "adsh\ttag\tversion\tddate\tqtrs\tuom\tcoreg\tvalue\n0000001234-23-000001\tRevenues\tus-gaap/2023\t20230930\t4\tUSD\t\t1000\n0000001234-23-000001\tAssets\tus-gaap/2023\t20230930\t0\tUSD\t\t5000\n";

fn mutate(bytes: &mut Vec<u8>, edits: &[(u16, u8, u8)]) {
    for &(at, what, byte) in edits {
        let n = bytes.len();
        if n == 0 {
            return;
        }
        let at = usize::from(at) % n;
        match what % 8 {
            0..=2 => bytes[at] = byte,
            3 => bytes.insert(at, byte),
            4 => drop(bytes.remove(at)),
            5 if what > 200 => bytes.truncate(at),
            6 => {
                let tail = bytes[at..n.min(at + 60)].to_vec();
                bytes.splice(at..at, tail);
            }
            _ => bytes[at] ^= 1 << (byte % 8),
        }
    }
}

fn edits() -> impl Strategy<Value = Vec<(u16, u8, u8)>> {
    let byte = prop_oneof![
        any::<u8>(),
        Just(b'"'),
        Just(b'9'),
        Just(b'-'),
        Just(b','),
        Just(b'}'),
        Just(b'['),
        Just(b'\t'),
        Just(b'\n')
    ];
    proptest::collection::vec((any::<u16>(), any::<u8>(), byte), 0..6)
}

/// What holds of every file, however damaged.
fn sound(kept: &Kept) -> Result<(), TestCaseError> {
    for rows in &kept.rows {
        prop_assert!(rows.known_at.iter().all(|k| *k <= kept.now.0));
        for i in 0..rows.len() {
            if rows.dataset == Dataset::Facts {
                let ended = plimsoll_model::time::Day(rows.period[i]).at(0, 0);
                prop_assert!(rows.known_at[i] >= ended.0, "known before its period ended");
                prop_assert!(rows.text("accession").get(i).len() == 20 && !rows.text("unit").get(i).is_empty());
            }
            prop_assert!(!rows.text("issuer").get(i).is_empty());
        }
        for column in &rows.columns {
            if let Column::F64(v) = column {
                prop_assert!(v.iter().all(|x| x.is_finite()));
            }
        }
    }
    for r in &kept.refused {
        prop_assert!(!r.rule.is_empty() && !r.expected.is_empty() && !r.field.is_empty(), "{r:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn mutated_json_is_borne(which in 0usize..3, edits in edits()) {
        let (name, content) = [("CIK0000001234.json", FACTS), ("CIK0000001234.json", FILER), ("company_tickers.json", TICKERS)][which];
        let folder = tempfile::tempdir().unwrap();
        let own = recognise(&write(folder.path(), name, content)).unwrap();
        let mut bytes = content.as_bytes().to_vec();
        mutate(&mut bytes, &edits);
        let path = write(folder.path(), name, &bytes);
        let (result, kept) = read_with(own, &path, day("2024-06-28").at(20, 0));
        sound(&kept)?;
        if which == 0 && result.is_ok() && kept.refused.iter().all(|r| !["bad_json", "not_a_cik", "missing_unit"].contains(&r.rule.as_str())) {
            // Six numbers, wherever the damage left them: rows, refusals, blanks, repeats and concepts that are not kept.
            let facts: usize = kept.rows.iter().filter(|b| b.dataset == Dataset::Facts).map(|b| b.len()).sum();
            let noted: u64 = ["concept_not_kept", "repeated_number"].iter().flat_map(|r| kept.defect(r)).map(|d| d.rows).sum();
            let all = facts + kept.refused.len() + kept.missing as usize + noted as usize;
            prop_assert!(all <= 6 + 2 * edits.len(), "{all}");
            if edits.is_empty() {
                prop_assert_eq!(all, 6);
            }
        }
        if let Ok(other) = recognise(&path) {
            sound(&read_with(other, &path, day("2024-06-28").at(20, 0)).1)?;
        }
    }

    #[test]
    fn mutated_archives_are_borne(which in 0usize..3, edits in edits()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.zip");
        match which {
            0 => zip(&path, &[("CIK0000001234.json", FACTS.as_bytes()), ("CIK0000000099.json", FACTS.replace("1234,", "99,").as_bytes())]),
            1 => zip(&path, &[("CIK0000001234.json", FILER.as_bytes())]),
            _ => zip(&path, &[("sub.txt", SUB.as_bytes()), ("num.txt", NUM.as_bytes())]),
        }
        let own = recognise(&path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        mutate(&mut bytes, &edits);
        let path = write(folder.path(), "mutated.zip", &bytes);
        sound(&read_with(own, &path, day("2024-06-28").at(20, 0)).1)?;
    }

    #[test]
    fn mutated_tables_inside_an_archive_are_accounted_for(edits in edits()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("2023q4.zip");
        let mut num = NUM.as_bytes().to_vec();
        let head = NUM.find('\n').unwrap() + 1;
        let mut body = num.split_off(head);
        mutate(&mut body, &edits);
        num.extend(&body);
        zip(&path, &[("sub.txt", SUB.as_bytes()), ("num.txt", &num)]);
        let (result, kept) = read_with(recognise(&path).unwrap(), &path, day("2024-06-28").at(20, 0));
        result.unwrap();
        sound(&kept)?;
        let lines = body.split(|b| *b == b'\n' || *b == b'\r').filter(|l| !l.is_empty()).count();
        let facts: usize = kept.rows.iter().filter(|b| b.dataset == Dataset::Facts).map(|b| b.len()).sum();
        let noted: u64 = ["concept_not_kept", "repeated_number", "part_of_company"].iter().flat_map(|r| kept.defect(r)).map(|d| d.rows).sum();
        prop_assert_eq!(facts + kept.refused.len() + kept.missing as usize + noted as usize, lines);
    }
}

#[test]
fn a_tidy_mapping_does_not_take_facts() {
    // Facts need their issuer and accession: a mapping of columns cannot vouch for them.
    assert!(tidy::TidySpec::from_words(&["dataset=facts", "period=d", "value=v", "known_at=lag:1"]).is_err());
}
