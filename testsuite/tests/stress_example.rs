//! `docs/stress-example.md` works three issuers by hand: the program must give the same figures to the cent.

use std::collections::BTreeMap;

use plimsoll_measures::kernels::stress::frontier::{Frontier, Grid, LatestCut};
use plimsoll_measures::kernels::stress::spreads::Spreads;
use plimsoll_measures::kernels::stress::{Assumptions, Borrower, Cause, Conditions, QUARTERS, Scenario, Terms, follow};
use plimsoll_model::time::Day;

/// Cells of a table row, without thousands separators and signs of share.
fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|c| c.trim().replace(',', "")).collect()
}

/// The three issuers of the page's first table.
fn borrowers(page: &str) -> BTreeMap<String, Borrower> {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let table = page.lines().skip_while(|l| !l.starts_with("| $ |")).take_while(|l| l.starts_with('|'));
    for line in table {
        let found = cells(line);
        rows.insert(found[0].clone(), found[1..].to_vec());
    }
    let number = |row: &str, i: usize| -> f64 { rows[row][i].trim_end_matches(" %").parse().expect("a number") };
    (0..3)
        .map(|i| {
            // Thousands separators are gone, so that a comma no longer stands between two maturities: they end in their quarter.
            let mut due = [0.0; QUARTERS];
            let words: Vec<&str> = rows["debt due"][i].split_whitespace().collect();
            for w in words.chunks(4) {
                due[w[3].parse::<usize>().expect("a quarter") - 1] = w[0].parse().expect("an amount");
            }
            let borrower = Borrower {
                key: i as u64,
                cash: number("cash", i),
                undrawn: Some(number("undrawn line", i)),
                ebit: number("EBIT past year", i),
                depreciation: number("depreciation past year", i),
                revenue: None,
                interest: number("interest past year", i),
                capex: Some(number("capital expenditure past year", i)),
                payouts: None,
                noncash: None,
                working_capital: None,
                due,
                later: number("debt due later", i),
                average_rate: None,
                floating_share: Some(number("share that floats", i) / 100.0),
                market_cap: None,
                years_below_one: 0,
            };
            (rows["$"][i].clone(), borrower)
        })
        .collect()
}

fn conditions() -> Conditions {
    Conditions {
        rate: 0.05,
        past_rate: 0.05,
        priced: [0.05; QUARTERS],
        five_year: None,
        spreads: Spreads::on(Day::ymd(2024, 2, 2)),
    }
}

#[test]
fn the_program_gives_the_figures_worked_by_hand() {
    let page = plimsoll_testsuite::checkout().join("docs/stress-example.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (borrowers, conditions, assumptions) = (borrowers(&page), conditions(), Assumptions::default());
    let (mut compared, mut courses) = (0, BTreeMap::new());
    let mut now: Option<(String, String)> = None;
    for line in page.lines() {
        if let Some((issuer, scenario)) = line.strip_prefix("### ").and_then(|t| t.split_once(", ")) {
            let s = Scenario::named(scenario).unwrap();
            let terms = Terms::new(&borrowers[issuer], &assumptions, &conditions).unwrap();
            let paths = s.path(&conditions, &assumptions);
            courses.insert((issuer.to_owned(), scenario.to_owned()), (follow(&terms, &paths, 0), s.short(&conditions)));
            now = Some((issuer.to_owned(), scenario.to_owned()));
        }
        let Some((course, short)) = now.as_ref().map(|key| &courses[key]) else { continue };
        if let Some(quarter) = line.strip_prefix("Shortfall in quarter ") {
            let quarter: usize = quarter.trim_end_matches('.').parse().unwrap();
            assert_eq!(course.shortfall.map(|s| s.0 + 1), Some(quarter), "{now:?}");
        }
        if line == "No shortfall." {
            assert_eq!(course.shortfall, None, "{now:?}");
        }
        let row = cells(line);
        let Some(q) = row[0].parse::<usize>().ok().filter(|_| row.len() == 11) else { continue };
        let m = &course.quarters[q - 1];
        let ours = [
            (100.0 * short[q - 1], 0.005),
            (m.rolled, 0.005),
            (m.repaid, 0.005),
            (100.0 * m.spread, 0.005),
            (100.0 * m.new_rate, 0.00005),
            (m.interest, 0.005),
            (0.21 * (m.ebit - m.interest).max(0.0), 0.005),
            (m.cash, 0.005),
            (m.lines, 0.005),
            (m.coverage.unwrap(), 0.00005),
        ];
        for (column, ((ours, within), hand)) in ours.iter().zip(&row[1..]).enumerate() {
            let hand: f64 = hand.parse().unwrap();
            assert!((ours - hand).abs() <= within + 1e-9, "{now:?} quarter {q} column {column}: {ours} and {hand}");
        }
        compared += 1;
    }
    assert_eq!((compared, courses.len()), (12 + 12 + 8 + 12 + 3 + 3, 6));
    let why = |issuer: &str| courses[&(issuer.to_owned(), "higher_for_longer".to_owned())].0.shortfall.unwrap().1;
    assert_eq!((why("B"), why("C")), (Cause::DearerInterest, Cause::DebtNotRolled));
}

#[test]
fn cuts_save_the_one_that_lives_on_its_margin() {
    let page = plimsoll_testsuite::checkout().join("docs/stress-example.md");
    let borrowers = borrowers(&std::fs::read_to_string(page).unwrap());
    let (conditions, a) = (conditions(), Assumptions::default());
    let terms: Vec<Terms> = borrowers.values().map(|b| Terms::new(b, &a, &conditions).unwrap()).collect();
    let map = Frontier::map(&terms, &Scenario::named("higher_for_longer").unwrap(), &conditions, &a, Grid::default());
    assert_eq!(map.latest_cut(0, 12), LatestCut::NoneNeeded);
    assert!(matches!(map.latest_cut(1, 12), LatestCut::Quarter(_)));
    assert_eq!(map.latest_cut(2, 12), LatestCut::NotSaved);
}
