//! Measures of issuers' statements on six issuers made by hand.

use std::collections::BTreeMap;

use plimsoll_measures::replay::{Asked, at, replay};
use plimsoll_measures::{Fact, Flags, Params, Point, Scope, find};
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Memory};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day};

/// An issuer's fiscal years: year, EBIT, interest expense, debt, assets, revenue.
type Year = (i16, f64, f64, f64, f64, f64);

fn text<'a>(texts: impl IntoIterator<Item = &'a str>) -> Column {
    Column::Text(texts.into_iter().collect::<TextColumn>())
}

/// Issuers by symbol with their classification; each year is filed on the first of March after it.
fn world(issuers: &[(&str, &str, Vec<Year>)]) -> Memory {
    let (mut id, mut concept, mut start, mut filing) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut value, mut period, mut known) = (Vec::new(), Vec::new(), Vec::new());
    for (symbol, _, years) in issuers {
        for &(year, ebit, interest, debt, assets, revenue) in years {
            for (name, flow, amount) in [
                ("us-gaap:OperatingIncomeLoss", true, ebit),
                ("us-gaap:InterestExpense", true, interest),
                ("us-gaap:Revenues", true, revenue),
                ("us-gaap:LongTermDebtNoncurrent", false, debt),
                ("us-gaap:Assets", false, assets),
            ] {
                if amount.is_nan() {
                    continue;
                }
                id.push(format!("cik:{symbol}"));
                concept.push(name);
                start.push(if flow { format!("{year}-01-01") } else { String::new() });
                filing.push(format!("{symbol}-{year}"));
                value.push(amount);
                period.push(Day::ymd(year, 12, 31).0);
                known.push(Day::ymd(year + 1, 3, 1).at(9, 30).0);
            }
        }
    }
    let n = value.len();
    let strings = |v: &[String]| Column::Text(v.iter().collect::<TextColumn>());
    let columns = vec![
        strings(&id),
        text(concept.iter().copied()),
        strings(&start),
        text(vec!["USD"; n]),
        strings(&filing),
        Column::F64(value),
        text(vec!["10-K"; n]),
        text(vec![""; n]),
        text(vec!["edgar"; n]),
        Column::U8(vec![0; n]),
    ];
    let facts = Observations::new(Dataset::Facts, period, known, columns);
    let (day, k) = (Day::ymd(1994, 1, 3), issuers.len());
    let ids: Vec<String> = issuers.iter().map(|i| format!("cik:{}", i.0)).collect();
    let columns = vec![
        strings(&ids),
        text(issuers.iter().map(|i| i.0)),
        text(issuers.iter().map(|i| i.0)),
        text(issuers.iter().map(|i| i.1)),
        text(vec![""; k]),
        text(vec![""; k]),
        text(vec!["1231"; k]),
    ];
    let known = vec![day.at(9, 30).0; k];
    let described = Observations::new(Dataset::Issuers, vec![day.0; k], known.clone(), columns);
    // All but the last stand on the list from 2018 on; one more symbol on it is nobody's.
    let listed: Vec<&str> = issuers.iter().map(|i| i.0).take(k - 1).chain(["NONE"]).collect();
    let columns = vec![text(vec!["sp500"; k]), text(listed), Column::U8(vec![1; k])];
    let members =
        Observations::new(Dataset::Members, vec![Day::ymd(2018, 1, 2).0; k], vec![Day::ymd(2018, 1, 2).at(9, 30).0; k], columns);
    let batches = [facts, described, members].map(|o| ("edgar".to_owned(), o));
    Memory::new(AsOf::end_of(Day::ymd(2024, 2, 2)), batches.to_vec())
}

fn six() -> Memory {
    let years = |of: &dyn Fn(i16) -> Year| (2018..=2022).map(of).collect::<Vec<Year>>();
    world(&[
        ("POOR", "3570", years(&|y| (y, 5.0, 10.0, 100.0, 200.0, 100.0 - f64::from(y - 2018)))),
        ("RICH", "3570", years(&|y| (y, 50.0, 10.0, 100.0, 400.0, 100.0))),
        ("MEND", "3570", years(&|y| (y, if y < 2022 { -5.0 } else { 30.0 }, 10.0, 50.0, 100.0, 100.0))),
        ("FREE", "3570", years(&|y| (y, 5.0, 0.0, 0.0, 100.0, 100.0))),
        ("BANK", "6021", years(&|y| (y, 5.0, 100.0, 900.0, 1000.0, 100.0))),
        ("GONE", "3570", vec![(2018, -5.0, 10.0, 100.0, 100.0, 100.0)]),
    ])
}

fn asked(name: &str, with: &[(&str, &str)]) -> Asked {
    let measure = find(name).expect("a measure");
    let given: BTreeMap<String, String> = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Asked { measure, params: Params::resolve(measure.spec(), &given, &Scope::default()).expect("parameters") }
}

fn on(memory: &Memory, day: Day, name: &str, with: &[(&str, &str)]) -> (Point, Vec<Fact>) {
    let asked = asked(name, with);
    let (cut, found) = at(memory.back_to(AsOf::end_of(day)).as_ref(), &asked).expect("a cut");
    let evidence = asked.measure.evidence(&cut, &asked.params, cut.last().expect("a session"));
    (found.expect("measured").1, evidence)
}

const DAY: Day = Day(19_755);

#[test]
fn coverage_by_hand() {
    assert_eq!(DAY, Day::ymd(2024, 2, 2));
    let memory = six();
    let all = ("universe", "filers");
    // POOR 0.5, RICH 5, MEND 3; FREE has no interest, BANK is apart, GONE is stale.
    let (share, facts) = on(&memory, DAY, "interest_coverage_below", &[all]);
    assert_eq!((share.value, share.n_obs), (Ok(1.0 / 3.0), 3));
    let fact = |label: &str| facts.iter().find(|f| f.label == label).unwrap_or_else(|| panic!("{label}: {facts:?}"));
    assert_eq!(fact("POOR").value, Some(0.5));
    assert!(fact("POOR").note.ends_with("POOR-2022"), "{:?}", fact("POOR"));
    assert_eq!(fact("left out by `financials`").value, Some(1.0));
    assert_eq!(fact("without a value: denominator not positive").value, Some(1.0));
    assert_eq!(fact("without a value: statements older than eighteen months").value, Some(1.0));
    let value = |name: &str, with: &[(&str, &str)]| on(&memory, DAY, name, with).0.value.unwrap();
    assert_eq!(value("interest_coverage_below", &[all, ("financials", "include")]), 0.5);
    assert_eq!(value("interest_coverage_below", &[all, ("below", "4")]), 2.0 / 3.0);
    assert_eq!(value("median_coverage", &[all]), 3.0);
    assert_eq!(value("debt_weighted_coverage", &[all]), 85.0 / 30.0);
    // Weighted by debt: 0.5 and 5 by 100 each, 3 by 50.
    assert_eq!(value("debt_weighted_coverage", &[all, ("weight", "debt")]), 700.0 / 250.0);
    assert_eq!(value("effective_rate_paid", &[all]), 30.0 / 250.0);
    assert_eq!(value("median_leverage", &[all, ("leverage", "debt_to_assets")]), 0.5);
    // A year earlier MEND did not earn its interest; on the last day of February the year 2022 was not filed.
    assert_eq!(value("interest_coverage_below", &[all, ("fiscal_year", "2021")]), 2.0 / 3.0);
    let before = on(&memory, Day::ymd(2023, 2, 28), "interest_coverage_below", &[all]).0;
    assert_eq!((before.value, before.n_obs), (Ok(2.0 / 3.0), 3));
}

#[test]
fn a_list_without_prices() {
    let memory = six();
    let listed = [("universe", "sp500"), ("members", "listed")];
    let (point, facts) = on(&memory, DAY, "interest_coverage_below", &listed);
    assert_eq!((point.value, point.n_obs), (Ok(1.0 / 3.0), 3));
    // One symbol of six on the list is nobody's.
    assert!(point.flags.has(Flags::MISSING_MEMBERS));
    assert_eq!(facts[0].value, Some(6.0));
    assert_eq!(facts[1].value, Some(1.0));
}

#[test]
fn zombies_by_hand() {
    let memory = six();
    let of = |day, definition, more: &[(&str, &str)]| {
        let with = [&[("universe", "filers"), ("definition", definition)], more].concat();
        on(&memory, day, "zombie_share", &with)
    };
    // Statements begin in 2018: nobody is ten years old.
    assert_eq!(of(DAY, "bis_broad", &[]).0.value, Ok(0.0));
    // Any age: POOR of POOR, RICH, MEND, FREE.
    let (point, facts) = of(DAY, "bis_broad", &[("age", "0")]);
    assert_eq!((point.value, point.n_obs), (Ok(0.25), 4));
    assert_eq!(of(DAY, "bis_broad", &[("age", "0"), ("of", "indebted")]).0.value, Ok(1.0 / 3.0));
    // MEND left with the filing of March 2023.
    let left = facts.iter().find(|f| f.label == "MEND").unwrap_or_else(|| panic!("{facts:?}"));
    assert_eq!(left.day, Some(Day::ymd(2023, 3, 1)));
    assert_eq!(left.note, "left with fiscal 2022: earns its interest");
    let year_before = of(Day::ymd(2023, 2, 1), "bis_broad", &[("age", "0")]).0;
    assert_eq!((year_before.value, year_before.n_obs), (Ok(0.5), 4));
    // Leverage: POOR and MEND 0.5, RICH 0.25, FREE 0; the median is 0.375. POOR's sales fall, it is the only one.
    assert_eq!(of(DAY, "fed_2021", &[]).0.value, Ok(0.25));
    // Without prices there is no Tobin's q: RICH, MEND and FREE can be told, POOR cannot.
    let narrow = of(DAY, "bis_narrow", &[("age", "0")]).0;
    assert_eq!((narrow.value, narrow.n_obs), (Ok(0.0), 3));
}

#[test]
fn a_history_changes_with_filings_alone() {
    let memory = six();
    let ways = [asked("interest_coverage_below", &[("universe", "filers")])];
    let found = replay(&memory, &ways, Day::ymd(2022, 12, 1)).expect("a replay");
    assert_eq!(found.cuts, 1);
    let history = found.histories[0].as_ref().expect("a history");
    let changes: Vec<Day> = history.windows(2).filter(|w| w[0].1 != w[1].1).map(|w| w[1].0).collect();
    assert_eq!(changes, [Day::ymd(2023, 3, 1)]);
}

/// Every day of a history beside a cut of that day.
fn same_as_fresh(memory: &Memory, name: &str, with: &[(&str, &str)], from: Day) -> Vec<(Day, Point)> {
    let found = replay(memory, &[asked(name, with)], from).expect("a replay");
    let history = found.histories[0].as_ref().expect("a history").clone();
    for (day, point) in history.iter().step_by(7) {
        assert_eq!(on(memory, *day, name, with).0, *point, "{name} {day}");
    }
    assert_eq!(found.cuts, 1, "kernels choose vintages, so one cut serves");
    history
}

/// Batches with one more, of rows that a rule picks and changes.
fn with_more(
    memory: &Memory,
    dataset: Dataset,
    pick: impl Fn(&Observations, usize) -> bool,
    change: impl Fn(&mut Observations),
) -> Memory {
    let mut batches = memory.batches().to_vec();
    let of = |rows: &Observations| {
        let mut more = rows.select(&(0..rows.len()).filter(|&i| pick(rows, i)).collect::<Vec<_>>());
        change(&mut more);
        more
    };
    let more: Vec<_> = batches.iter().filter(|b| b.1.dataset == dataset).map(|(s, rows)| (s.clone(), of(rows))).collect();
    assert!(more.iter().any(|b| !b.1.is_empty()));
    batches.extend(more);
    Memory::new(memory.as_of(), batches)
}

#[test]
fn a_number_replaced_under_its_own_filing_stands_until_then() {
    // The year 2022 of POOR is imported again in June 2023 with ten times the income, under the same filing.
    let moment = Day::ymd(2023, 6, 15).at(12, 0);
    let memory = with_more(
        &six(),
        Dataset::Facts,
        |rows, i| rows.text("accession").get(i) == "POOR-2022" && rows.text("concept").get(i) == "us-gaap:OperatingIncomeLoss",
        |rows| {
            rows.known_at.fill(moment.0);
            let value = rows.names.iter().position(|n| *n == "value").expect("a value");
            rows.columns[value] = Column::F64(vec![50.0; rows.len()]);
        },
    );
    let history = same_as_fresh(&memory, "interest_coverage_below", &[("universe", "filers")], Day::ymd(2023, 4, 3));
    for (day, point) in history {
        let expected = if day < Day::ymd(2023, 6, 15) { 1.0 / 3.0 } else { 0.0 };
        assert_eq!(point.value, Ok(expected), "{day}");
    }
}

#[test]
fn an_issuer_described_within_a_history_is_linked_from_then_on() {
    let moment = Day::ymd(2023, 6, 15).at(12, 0);
    let six = six();
    let batches = six.batches().iter().cloned().map(|(source, mut rows)| {
        if rows.dataset == Dataset::Issuers {
            let poor = (0..rows.len()).find(|&i| rows.text("symbol").get(i) == "POOR").expect("POOR");
            rows.known_at[poor] = moment.0;
        }
        (source, rows)
    });
    let memory = Memory::new(six.as_of(), batches.collect());
    let listed = [("universe", "sp500"), ("members", "listed")];
    let history = same_as_fresh(&memory, "interest_coverage_below", &listed, Day::ymd(2023, 4, 3));
    for (day, point) in history {
        let expected = if day < Day::ymd(2023, 6, 15) { (0.0, 2) } else { (1.0 / 3.0, 3) };
        assert_eq!((point.value, point.n_obs), (Ok(expected.0), expected.1), "{day}");
    }
}
