//! SimFin's real files: known values, known defects, and how much of the indices is behind them.

use std::path::Path;
use std::sync::LazyLock;

use plimsoll_model::cut::Cut;
use plimsoll_model::dataset::quality;
use plimsoll_model::facts::known;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_store::Store;
use plimsoll_testsuite::{real, stored};

static STORE: LazyLock<Option<Store>> = LazyLock::new(|| {
    let data = real::data()?;
    let paths = [
        "prices/screener/2023.parquet",
        "prices/screener/2024.parquet",
        "prices/screener/symbols.csv",
        "membership",
        "fundamentals/simfin",
    ];
    let paths: Vec<_> = paths.iter().map(|p| data.join(p)).collect();
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("simfin-real");
    Some(stored::import(&dir, &paths).expect("the real data can be imported"))
});

const CONCEPTS: [&str; 4] =
    ["simfin:Revenue", "simfin:Operating Income (Loss)", "simfin:Interest Expense, Net", "simfin:Total Assets"];

fn cut(day: Day) -> Option<Cut> {
    let store = STORE.as_ref()?;
    let needs = Needs::default().universe("sp500").universe("russell2000").facts(CONCEPTS).issuer("*");
    Some(Cut::build(&store.snapshot(AsOf::end_of(day)).expect("a snapshot"), &needs, day).expect("a cut"))
}

#[test]
fn numbers_read_by_hand() {
    let Some(cut) = cut(Day::ymd(2024, 2, 2)) else { return };
    let moment = cut.as_of.moment();
    let year = |issuer: &str, concept: &str, end: Day| {
        let facts = cut.facts.of(cut.facts.issuer(issuer).expect(issuer), concept);
        let fact = *known(facts, moment).find(|f| f.end == end).expect(concept);
        (fact.start, fact.value, fact.known_at.day(), fact.quality)
    };
    // Apple's annual report of 2022-10-28: operating income 119,437 million. Its filing of 2009-10-27 stated 36,537 million of sales for
    // the year; the file has the 42,905 million of the amended report of 2010-01-25 under a date before either.
    let apple = "cik:0000320193";
    let income = year(apple, "simfin:Operating Income (Loss)", Day::ymd(2023, 9, 30));
    assert_eq!(income, (Some(Day::ymd(2022, 10, 1)), 114_301e6, Day::ymd(2023, 11, 6), quality::REVISED));
    let sales = year(apple, "simfin:Revenue", Day::ymd(2009, 9, 30));
    assert_eq!(sales, (Some(Day::ymd(2008, 10, 1)), 42_905e6, Day::ymd(2009, 10, 26), quality::REVISED));
    // Bed Bath & Beyond went bankrupt in April 2023; its last annual report stays.
    let bankrupt = cut.filers.named("BBBY");
    assert!(bankrupt.iter().any(|id| cut.facts.issuer(id).is_some()), "{bankrupt:?}");
    // AMC's fiscal 2020 is in thousands: taken as stated, for the screens to find.
    let amc = year("cik:0001411579", "simfin:Revenue", Day::ymd(2020, 12, 31));
    assert!(amc.1 < 2e6, "{amc:?}");
}

#[test]
fn members_of_the_indices_are_linked_to_issuers() {
    let Some(cut) = cut(Day::ymd(2024, 2, 2)) else { return };
    let t = cut.last().expect("a session");
    let moment = cut.as_of.moment();
    let fresh = Day::ymd(2022, 10, 1);
    let mut linked_by_weight = Vec::new();
    for name in ["sp500", "russell2000"] {
        let universe = &cut.universes[name];
        let caps = universe.member_caps(&cut.panel, 0);
        let (mut all, mut linked, mut stated) = ((0, 0.0), (0, 0.0), (0, 0.0));
        let mut missing = Vec::new();
        for (row, &i) in universe.ever.iter().enumerate() {
            let cap = caps.row(row)[t];
            if universe.row(i)[t] == 0 {
                continue;
            }
            let cap = if cap.is_finite() { cap } else { 0.0 };
            all = (all.0 + 1, all.1 + cap);
            let security = &cut.panel.securities[i];
            let Some(issuer) = cut.filers.issuer_of(i, moment) else {
                missing.push((cap, security.symbol.clone(), security.description.name.clone()));
                continue;
            };
            linked = (linked.0 + 1, linked.1 + cap);
            let facts = cut.facts.issuer(issuer).map(|i| cut.facts.of(i, "simfin:Operating Income (Loss)")).unwrap_or_default();
            if known(facts, moment).any(|f| f.end >= fresh) {
                stated = (stated.0 + 1, stated.1 + cap);
            }
        }
        missing.sort_by(|a, b| b.0.total_cmp(&a.0));
        println!(
            "{name}: {} members, linked {} ({:.1} % by weight), with a year ended since 2022-10 {} ({:.1} %)",
            all.0,
            linked.0,
            100.0 * linked.1 / all.1,
            stated.0,
            100.0 * stated.1 / all.1
        );
        println!("  the largest that are not: {:?}", &missing[..missing.len().min(12)]);
        linked_by_weight.push(linked.1 / all.1);
    }
    assert!(linked_by_weight[0] > 0.97 && linked_by_weight[1] > 0.94, "{linked_by_weight:?}");
}
