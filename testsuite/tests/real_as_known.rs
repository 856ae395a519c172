//! Twelve months and ladders on five days from 2012 to 2024, beside a reader of twenty lines that goes to the publishers' raw files: JSON
//! of the SEC's company facts, semicolons of SimFin. It knows nothing of the store, the cut and the kernels; it takes what had been filed
//! before the day, and does the sum that an analyst does: the last year, plus this year so far, less last year so far.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_measures::kernels::ladder::{Book, MAX_AGE, Step, concepts as steps};
use plimsoll_measures::kernels::statements::{Item, StatedFlags, Statements, concepts};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;
use serde_json::Value;

/// Sessions, none within a day of a filing's weekend: what was filed before the day was known on it.
const DAYS: [&str; 5] = ["2012-05-15", "2016-11-15", "2020-04-30", "2023-08-15", "2024-06-28"];

/// One number of a raw file.
#[derive(Clone, Debug)]
struct Raw {
    start: Option<Day>,
    end: Day,
    value: f64,
    accession: String,
    filed: Day,
}

impl Raw {
    fn days(&self) -> i32 {
        self.start.map_or(0, |s| self.end.0 - s.0 + 1)
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

/// Numbers in dollars of a concept that had been filed before a day, by period: the last one filed, with the first filing that stated it
/// (later ones repeat it for comparison).
fn filed(concept: &Value, day: Day) -> Vec<Raw> {
    let date = |f: &Value, key: &str| f[key].as_str().map(|t| t.parse::<Day>().expect("a date"));
    let raw = |f: &Value| Raw {
        start: date(f, "start"),
        end: date(f, "end").expect("an end"),
        value: f["val"].as_f64().expect("a number"),
        accession: f["accn"].as_str().expect("an accession number").to_owned(),
        filed: date(f, "filed").expect("a day"),
    };
    let mut all: Vec<Raw> = concept["units"]["USD"].as_array().into_iter().flatten().map(raw).filter(|r| r.filed < day).collect();
    all.sort_by(|a, b| (a.filed, &a.accession).cmp(&(b.filed, &b.accession)));
    let mut last: BTreeMap<(Option<Day>, Day), Raw> = BTreeMap::new();
    for raw in all {
        let of = last.entry((raw.start, raw.end)).or_insert_with(|| raw.clone());
        if of.value.to_bits() != raw.value.to_bits() {
            *of = raw;
        }
    }
    last.into_values().collect()
}

/// The past twelve months: the last fiscal year, plus the longest later period that begins after it, less the same one a year before.
fn twelve_months(rows: &[Raw]) -> Option<(f64, Day, BTreeSet<String>)> {
    let near = |a: Day, b: Day, slack: i32| (a.0 - b.0).abs() <= slack;
    let year = rows.iter().filter(|r| (350..=380).contains(&r.days())).max_by_key(|r| r.end)?;
    let since = rows.iter().filter(|r| r.start.is_some_and(|s| near(s, year.end.plus(1), 4)) && r.end > year.end);
    let Some(since) = since.max_by_key(|r| r.end) else {
        return Some((year.value, year.end, BTreeSet::from([year.accession.clone()])));
    };
    let before = rows.iter().find(|r| {
        r.start.is_some_and(|s| near(s, year.start.expect("a year begins"), 4)) && near(r.end, since.end.plus(-365), 10)
    })?;
    let all = [year, since, before].map(|r| r.accession.clone()).into();
    Some((year.value + since.value - before.value, since.end, all))
}

/// Of each item the concepts that its filers have used for it, the one with the latest end.
const CONCEPTS: &[(Item, &[&str])] = &[
    (Item::Revenue, &["RevenueFromContractWithCustomerExcludingAssessedTax", "SalesRevenueNet", "Revenues"]),
    (Item::OperatingIncome, &["OperatingIncomeLoss"]),
    (Item::NetIncome, &["NetIncomeLoss"]),
    (Item::InterestExpense, &["InterestExpense"]),
    (
        Item::OperatingCashFlow,
        &["NetCashProvidedByUsedInOperatingActivities", "NetCashProvidedByUsedInOperatingActivitiesContinuingOperations"],
    ),
];

#[test]
fn twelve_months_as_known_on_five_days() {
    let Some(data) = real::data() else { return };
    let memory = real::memory(&data, &["sec/companyfacts"], AsOf::end_of(Day::ymd(2024, 6, 28)));
    let mut compared = BTreeMap::new();
    for day in DAYS.map(|d| d.parse::<Day>().unwrap()) {
        let known = memory.back_to(AsOf::end_of(day));
        let cut = Cut::build(known.as_ref(), &Needs::default().facts(concepts(Item::ALL)).issuer("*"), day).expect("a cut");
        let at = AsOf::end_of(day).moment();
        for cik in ["0000320193", "0001640147"] {
            let facts = json(&data.join(format!("sec/companyfacts/CIK{cik}.json")))["facts"]["us-gaap"].clone();
            for (item, names) in CONCEPTS {
                let found = names.iter().filter_map(|n| twelve_months(&filed(&facts[n], day)));
                let hand = found.max_by_key(|f| f.1).filter(|f| day.0 - f.1.0 <= 550);
                let ours = cut.facts.issuer(&format!("cik:{cik}")).and_then(|i| {
                    let statements = Statements::new(&cut.facts, i);
                    // Snowflake states no interest expense; what stands in for it is net of interest income, and flagged.
                    let found = statements.ttm(*item, at).ok().filter(|s| !s.flags.has(StatedFlags::NET));
                    found.map(|s| (s.value, s.end, s.accessions(&cut.facts)))
                });
                let ours = ours.map(|(v, e, a)| (v, e, a.iter().map(|t| (*t).to_owned()).collect::<BTreeSet<_>>()));
                assert_eq!(ours, hand, "{cik} {} on {day}", item.name());
                *compared.entry(day).or_insert(0) += usize::from(ours.is_some());
            }
        }
    }
    println!("values equal to those read from the raw files, by day: {compared:?}");
    assert!(compared.values().sum::<usize>() >= 30, "{compared:?}");
}

/// The last fiscal year published before a day, from SimFin's bulk files: column by name, of two files the older generation's row.
fn vendor(data: &Path, table: &str, ticker: &str, day: Day, column: &str) -> Option<(i16, f64)> {
    let mut years: BTreeMap<i16, f64> = BTreeMap::new();
    for span in ["2008-2020", "2020-2023"] {
        let path = data.join(format!("fundamentals/simfin/us-{table}-annual-{span}.csv"));
        let text = std::fs::read_to_string(path).expect("a file");
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next()?.split(';').collect();
        let at = |name: &str| head.iter().position(|h| *h == name).unwrap_or_else(|| panic!("no column {name}"));
        for cells in lines.map(|l| l.split(';').collect::<Vec<&str>>()).filter(|c| c[at("Ticker")] == ticker) {
            let (reported, published) = (cells[at("Report Date")], cells[at("Publish Date")]);
            let published: Day = published.parse().expect("a date");
            if published < day
                && published > reported.parse::<Day>().expect("a date")
                && let Ok(value) = cells[at(column)].parse::<f64>()
            {
                years.entry(cells[at("Fiscal Year")].parse().expect("a year")).or_insert(value);
            }
        }
    }
    years.pop_last()
}

#[test]
fn fiscal_years_as_known_on_five_days() {
    let Some(data) = real::data() else { return };
    let memory = real::memory(&data, &["fundamentals/simfin"], AsOf::end_of(Day::ymd(2024, 6, 28)));
    let tickers = ["MSFT", "AMZN", "KO", "WMT", "F", "NFLX", "BBBY", "M", "KSS", "GME", "HPQ", "T"];
    let mut compared = BTreeMap::new();
    for day in DAYS.map(|d| d.parse::<Day>().unwrap()) {
        let known = memory.back_to(AsOf::end_of(day));
        let needs = tickers.iter().fold(Needs::default().facts(concepts(Item::ALL)), |n, t| n.issuer(t));
        let cut = Cut::build(known.as_ref(), &needs, day).expect("a cut");
        let at = AsOf::end_of(day).moment();
        for ticker in tickers {
            let issuer = cut.filers.named(ticker).iter().find_map(|id| cut.facts.issuer(id));
            for (item, column, sign) in [
                (Item::Revenue, "Revenue", 1.0),
                (Item::OperatingIncome, "Operating Income (Loss)", 1.0),
                (Item::InterestExpense, "Interest Expense, Net", -1.0),
            ] {
                let hand = vendor(&data, "income", ticker, day, column).map(|(y, v)| (y, sign * v));
                let ours = issuer.and_then(|i| Statements::new(&cut.facts, i).annual(item, at).last().map(|s| s.value));
                assert_eq!(ours, hand.map(|h| h.1), "{ticker} {} of {:?} on {day}", item.name(), hand.map(|h| h.0));
                *compared.entry(day).or_insert(0) += usize::from(ours.is_some());
            }
        }
    }
    println!("fiscal years equal to the vendor's rows, by day: {compared:?}");
    assert!(compared.values().all(|n| *n >= 25), "{compared:?}");
}

/// Steps of a ladder in the order of time, as their concepts end.
const STEPS: [(Step, &[&str]); 7] = [
    (Step::Remainder, &["RemainderOfFiscalYear"]),
    (Step::Year(1), &["InNextTwelveMonths", "InNextRollingTwelveMonths"]),
    (Step::Year(2), &["InYearTwo", "InRollingYearTwo"]),
    (Step::Year(3), &["InYearThree", "InRollingYearThree"]),
    (Step::Year(4), &["InYearFour", "InRollingYearFour"]),
    (Step::Year(5), &["InYearFive", "InRollingYearFive"]),
    (Step::After, &["AfterYearFive", "InRollingAfterYearFive"]),
];

/// What had been filed of the steps before a day, by balance and step; of two concepts of one step the fiscal year's.
fn stated(maturity: &Value, day: Day) -> BTreeMap<Day, BTreeMap<usize, Raw>> {
    let mut out: BTreeMap<Day, BTreeMap<usize, Raw>> = BTreeMap::new();
    for (k, (_, names)) in STEPS.iter().enumerate() {
        for name in *names {
            for raw in filed(&maturity[format!("LongTermDebtMaturitiesRepaymentsOfPrincipal{name}")], day) {
                out.entry(raw.end).or_default().entry(k).or_insert(raw);
            }
        }
    }
    out
}

#[test]
fn ladders_as_known_on_five_days() {
    let Some(data) = real::data() else { return };
    let memory = real::memory(&data, &["sec/debt_maturities", "sec/filers_sic.parquet"], AsOf::end_of(Day::ymd(2024, 6, 28)));
    let folder = std::fs::read_dir(data.join("sec/debt_maturities")).expect("a folder");
    let mut files: Vec<_> = folder.map(|f| f.expect("a file").path()).collect();
    files.sort();
    let mut whole = BTreeMap::new();
    for day in DAYS.map(|d| d.parse::<Day>().unwrap()) {
        let known = memory.back_to(AsOf::end_of(day));
        let cut = Cut::build(known.as_ref(), &Needs::default().facts(steps()).issuer("*"), day).expect("a cut");
        let book = Book::of(&cut);
        let (mut ladders, mut rungs, mut seen) = (0, 0, BTreeSet::new());
        for path in &files {
            let file = json(path);
            // Files without a number hold nothing.
            let Some(cik) = file["cik"].as_u64() else { continue };
            let id = format!("cik:{cik:010}");
            let name = path.file_stem().and_then(|s| s.to_str()).expect("a name");
            let raw = stated(&file["maturity"], day);
            // The newest balance of which all of an annual report's steps are stated.
            let annual = |s: &BTreeMap<usize, Raw>| (1..7).all(|k| s.contains_key(&k)) && !s.contains_key(&0);
            let newest = raw.iter().rev().find(|(end, s)| annual(s) && day.0 - end.0 <= MAX_AGE).map(|(end, _)| *end);
            let ours = cut.facts.issuer(&id).and_then(|i| book.ladder(i, day).ok());
            let Some(ladder) = ours else {
                assert_eq!(newest, None, "{name} on {day}: a whole ladder is stated and none was found");
                continue;
            };
            assert!(newest.is_none_or(|n| ladder.balance >= n), "{name} on {day}: {} and not {newest:?}", ladder.balance);
            let stated = &raw[&ladder.balance];
            for rung in &ladder.rungs {
                let k = STEPS.iter().position(|(s, _)| *s == rung.step).expect("a step");
                let Some(accession) = rung.accession else {
                    assert!(!stated.contains_key(&k), "{name} on {day}: {:?} is stated and was derived", rung.step);
                    continue;
                };
                let hand = &stated[&k];
                let ours = (rung.amount, ladder.accessions[accession].as_str());
                assert_eq!(ours, (hand.value, hand.accession.as_str()), "{name} on {day}: {:?}", rung.step);
                rungs += 1;
            }
            // Nothing that is stated is left out.
            let kept: BTreeSet<usize> =
                ladder.rungs.iter().filter_map(|r| STEPS.iter().position(|(s, _)| *s == r.step)).collect();
            assert!(stated.keys().all(|k| kept.contains(k)), "{name} on {day}: {stated:?}");
            ladders += usize::from(seen.insert(id));
        }
        println!("{day}: {ladders} ladders, {rungs} steps equal to the raw files");
        whole.insert(day, ladders);
    }
    assert!(whole.values().filter(|n| **n >= 10).count() >= 4, "{whole:?}");
}
