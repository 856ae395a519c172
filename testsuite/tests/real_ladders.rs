//! Maturity ladders of real filings beside figures read from them by hand (accession numbers stand beside), exactly; and a wall that others
//! counted.

use plimsoll_measures::kernels::ladder::{Absence, Book, Funding, Step, concepts};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Memory;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

fn cut(day: Day) -> Option<Cut> {
    let data = real::data()?;
    let rows = real::batches(&data, &["sec/debt_maturities", "sec/filers_sic.parquet"]);
    let memory = Memory::new(AsOf::end_of(day), rows);
    Some(Cut::build(&memory, &Needs::default().facts(concepts()).issuer("*"), day).expect("a cut"))
}

/// Symbol, CIK, day of the balance, accession number, millions of dollars by step in order of time; the last is what has no last day.
type Read = (&'static str, u32, &'static str, &'static str, &'static [f64]);

/// As known on 2024-06-28. Interim ladders begin with the rest of the fiscal year, and the filing leaves what comes after the fourth
/// whole year to a tag of its own: there the last figure is long-term debt less the others.
const READ: &[Read] = &[
    ("AAP", 1_158_449, "2023-12-30", "0001158449-24-000048", &[0.0, 0.0, 300.0, 350.0, 300.0, 850.0]),
    ("ABG", 1_144_980, "2023-12-31", "0001144980-24-000076", &[85.7, 134.1, 553.0, 12.4, 464.6, 1980.2]),
    ("CE", 1_306_830, "2023-12-31", "0001306830-24-000029", &[1383.0, 1395.0, 1527.0, 3449.0, 1567.0, 4437.0]),
    ("CWEN", 1_567_683, "2023-12-31", "0001567683-24-000007", &[1669.0, 371.0, 351.0, 288.0, 1662.0, 3758.0]),
    ("CZR", 1_590_895, "2024-03-31", "0001590895-24-000088", &[72.0, 94.0, 94.0, 1705.0, 616.0, 12_436.0 - 2581.0]),
    ("DXC", 1_688_568, "2024-03-31", "0001688568-24-000032", &[93.0, 749.0, 720.0, 812.0, 649.0, 646.0]),
    ("GPI", 1_031_203, "2023-12-31", "0001031203-24-000013", &[109.9, 123.9, 198.9, 517.7, 878.1, 278.9]),
    ("JBLU", 1_158_463, "2024-03-31", "0001158463-24-000013", &[265.0, 302.0, 1044.0, 297.0, 403.0, 4992.0 - 2311.0]),
    ("LKQ", 1_065_696, "2023-12-31", "0001065696-24-000009", &[596.0, 23.0, 1040.0, 9.0, 2002.0, 611.0]),
    ("NWL", 814_453, "2023-12-31", "0000814453-24-000017", &[332.0, 547.0, 1985.0, 500.0, 2.0, 1586.0]),
    ("OGN", 1_821_825, "2024-03-31", "0001821825-24-000056", &[7.0, 9.0, 9.0, 9.0, 6755.0, 8714.0 - 6789.0]),
    ("OI", 812_074, "2023-12-31", "0001558370-24-001165", &[142.0, 967.0, 100.0, 1831.0, 684.0, 1116.0]),
    ("RUN", 1_469_367, "2023-12-31", "0001469367-24-000024", &[557.202, 2513.711, 1261.096, 876.062, 226.54, 5322.663]),
    // Nothing is stated after year five; the steps hold all of the debt and more (it is carried below its principal).
    ("SABR", 1_597_033, "2023-12-31", "0001597033-24-000020", &[4.04, 553.12, 16.73, 2405.529, 1982.484, 0.0]),
    // The interim report of May lacks what comes after year four, and no long-term debt to tell it from: the annual one stands.
    ("VAC", 1_524_358, "2023-12-31", "0001524358-24-000006", &[4.0, 784.0, 575.0, 680.0, 350.0, 500.0]),
    ("VSAT", 797_721, "2024-03-31", "0000950170-24-066031", &[58.054, 757.317, 2404.164, 626.195, 1078.93, 2551.182]),
];

/// As known on 2024-02-02, before the annual reports of 2023.
const EARLIER: &[Read] = &[
    ("CZR", 1_590_895, "2023-09-30", "0001590895-23-000122", &[16.0, 65.0, 4453.0, 65.0, 1676.0, 12_455.0 - 6275.0]),
    ("DXC", 1_688_568, "2023-03-31", "0001688568-23-000030", &[176.0, 61.0, 731.0, 708.0, 814.0, 1299.0]),
    ("NWL", 814_453, "2022-12-31", "0000814453-23-000026", &[621.0, 201.0, 547.0, 1985.0, 500.0, 1587.0]),
];

fn check(cut: &Cut, day: Day, read: &[Read]) {
    let book = Book::of(cut);
    for (symbol, cik, balance, accession, amounts) in read {
        let issuer = cut.facts.issuer(&format!("cik:{cik:010}")).unwrap_or_else(|| panic!("{symbol} states nothing"));
        let ladder = book.ladder(issuer, day).unwrap_or_else(|why| panic!("{symbol}: {why:?}"));
        assert_eq!(ladder.balance.to_string(), *balance, "{symbol}");
        assert_eq!(ladder.accessions, [*accession], "{symbol}");
        let ours: Vec<f64> = ladder.rungs.iter().map(|r| r.amount).collect();
        let hand: Vec<f64> = amounts.iter().map(|a| (a * 1e6).round()).collect();
        assert_eq!(ours, hand, "{symbol}");
        assert_eq!(ladder.rungs.last().map(|r| (r.step, r.by)), Some((Step::After, None)), "{symbol}");
    }
}

#[test]
fn ladders_read_by_hand() {
    let day = Day::ymd(2024, 6, 28);
    let Some(cut) = cut(day) else { return };
    check(&cut, day, READ);
    let book = Book::of(&cut);
    let at = |cik: u32| book.ladder(cut.facts.issuer(&format!("cik:{cik:010}")).expect("an issuer"), day);
    // Long-term debt without a single step: Eastman, Macerich. Steps given up years ago: Kohl's, Chemours, Lumen, Sonic.
    for cik in [915_389, 912_242] {
        assert_eq!(at(cik).unwrap_err(), Absence::None);
    }
    assert!(matches!(at(18_926).unwrap_err(), Absence::Old(_) | Absence::Partial));
    assert!(at(885_639).is_err() && at(1_627_223).is_err() && at(1_043_509).is_err());
    // Two listed classes, one issuer, counted once.
    let clearway = cut.facts.issuers().iter().filter(|id| id.ends_with("0001567683")).count();
    assert_eq!(clearway, 1);
}

#[test]
fn nothing_filed_later_is_seen() {
    let day = Day::ymd(2024, 2, 2);
    let Some(cut) = cut(day) else { return };
    check(&cut, day, EARLIER);
}

/// One of the issuers of a list, with what falls due in a calendar year.
fn due_in(year: i16, day: Day) -> Option<Vec<(String, Funding, f64)>> {
    let cut = cut(day)?;
    let book = Book::of(&cut);
    let (first, last) = (Day::ymd(year - 1, 12, 31), Day::ymd(year, 12, 31));
    let mut out: Vec<(String, Funding, f64)> = Vec::new();
    for (i, id) in cut.facts.issuers().iter().enumerate() {
        if let Ok(ladder) = book.ladder(i, day) {
            let name = cut.filers.description(id, cut.as_of.moment()).map_or_else(|| id.clone(), |d| d.name.clone());
            out.push((name, book.funding(&cut, id, day), ladder.due(first, last)));
        }
    }
    out.sort_by(|a, b| b.2.total_cmp(&a.2));
    Some(out)
}

/// A study of 47 small-cap debtors in open code found $29bn of a $45bn wall of 2026 owed by five that borrow to lend (mortgage trusts,
/// lenders). The 31 of our files, as known before their reports for 2025, show the same shape.
#[test]
fn a_wall_is_mostly_owed_by_those_who_borrow_to_lend() {
    let Some(wall) = due_in(2026, Day::ymd(2025, 12, 31)) else { return };
    let total: f64 = wall.iter().map(|w| w.2).sum();
    wall.iter().take(12).for_each(|(name, funding, due)| println!("{name} {funding:?} {:.2} bn", due / 1e9));
    let financial: f64 = wall.iter().filter(|w| w.1 == Funding::Financial).map(|w| w.2).sum();
    println!("{} issuers, {:.1} bn due in 2026, {:.1} bn by financial issuers", wall.len(), total / 1e9, financial / 1e9);
    assert!(wall.len() >= 15);
    assert!(financial / total > 0.3, "{financial} of {total}");
}
