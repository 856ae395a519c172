//! Federal funds futures and the Committee's calendars on real files: known values, known moments, known faults, and what a contract
//! settled to against the rate it is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::{Dataset, quality};
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::futures::Contract;
use plimsoll_sources::{Sink, SinkClosed, compare, fedwatch, recognise};
use plimsoll_testsuite::real::data;

const SETTLEMENTS: &str = "fedfunds/zq_contracts_1989_2023.parquet";
const LAST_TRADES: &str = "fedfunds/zq_contracts_2010_2024.parquet";
const CALENDAR: &str = "fedfunds/fomc_2021_2027.csv";
const DECISIONS: &str = "fedfunds/fomc_decisions_1982_2023.csv";
const DOCUMENTS: &str = "fedfunds/fomc_documents_1959_2024.csv";

#[derive(Default)]
struct Kept {
    batches: Vec<Observations>,
    refused: Vec<Refusal>,
    defects: Vec<Defect>,
}

impl Sink for Kept {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        self.batches.push(rows);
        Ok(())
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.refused.push(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.defects.push(defect);
    }
    fn progress(&mut self, _: u64, _: u64) {}
}

impl Kept {
    fn rows(&self) -> usize {
        self.batches.iter().map(Observations::len).sum()
    }
    fn of(&self, rule: &str) -> Vec<&Defect> {
        self.defects.iter().filter(|d| d.rule == rule).collect()
    }
    fn refusals(&self, rule: &str) -> usize {
        self.refused.iter().filter(|r| r.rule == rule).count()
    }
    /// Values and flags by series id, then by day.
    fn series(&self) -> BTreeMap<String, BTreeMap<Day, (f64, u8)>> {
        let mut out: BTreeMap<String, BTreeMap<Day, (f64, u8)>> = BTreeMap::new();
        for b in self.batches.iter().filter(|b| b.dataset == Dataset::Series) {
            let (id, value, flags) = (b.text("series"), b.f64("value"), b.u8("quality"));
            for (i, (value, flags)) in value.iter().zip(flags).enumerate() {
                if !out.contains_key(id.get(i)) {
                    out.insert(id.get(i).to_owned(), BTreeMap::new());
                }
                out.get_mut(id.get(i)).unwrap().insert(Day(b.period[i]), (*value, *flags));
            }
        }
        out
    }
    /// Events as (calendar, kind, day, moment, value).
    fn events(&self) -> Vec<(String, String, Day, Moment, f64)> {
        let mut out = Vec::new();
        for b in self.batches.iter().filter(|b| b.dataset == Dataset::Events) {
            let (calendar, kind, value) = (b.text("calendar"), b.text("kind"), b.f64("value"));
            for (i, value) in value.iter().enumerate() {
                let day = Day(b.period[i]);
                out.push((calendar.get(i).to_owned(), kind.get(i).to_owned(), day, Moment(b.known_at[i]), *value));
            }
        }
        out
    }
    fn meetings(&self, known_by: Moment) -> BTreeSet<Day> {
        let (mut out, mut gone) = (BTreeSet::new(), BTreeSet::new());
        for (calendar, kind, day, known_at, _) in self.events() {
            if calendar == "fomc" && known_at <= known_by {
                if kind == "cancelled" {
                    gone.insert(day)
                } else {
                    out.insert(day)
                };
            }
        }
        out.difference(&gone).copied().collect()
    }
}

fn read(folder: &Path, name: &str) -> (&'static str, Kept) {
    let path = folder.join(name);
    let reader = recognise(&path).unwrap();
    let mut kept = Kept::default();
    let start = std::time::Instant::now();
    reader.read(&path, &mut kept).unwrap();
    let id = reader.info().id;
    println!(
        "{name}: {id}, {} rows, {} refused, {} defects, {:.2} s",
        kept.rows(),
        kept.refused.len(),
        kept.defects.len(),
        start.elapsed().as_secs_f64()
    );
    let mut rules: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for d in &kept.defects {
        let r = rules.entry(&d.rule).or_default();
        (r.0, r.1) = (r.0 + 1, r.1 + d.rows);
    }
    println!("  defects (times, rows): {rules:?}");
    (id, kept)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn settlements_of_every_contract_since_1989() {
    let Some(data) = data() else { return };
    let (id, kept) = read(&data, SETTLEMENTS);
    assert_eq!(id, "zq_settle");
    let series = kept.series();
    assert_eq!(kept.rows() + kept.refused.len(), 199_555);
    assert_eq!(series.len(), 432);
    let at = |id: &str, on: &str| series[id].get(&day(on)).map(|v| v.0);
    assert_eq!(at("zq.settle:2000-01", "1999-01-04"), Some(95.17));
    assert_eq!(at("zq.settle:1999-12", "1999-12-31"), Some(94.69));
    // Final settlements that the vendor dates on the day after the month.
    assert_eq!(kept.refusals("after_expiry"), 15);
    assert_eq!(kept.refused.len(), 15, "{:?}", &kept.refused[..3]);
    for d in kept.defects.iter().filter(|d| d.rule != "stale_price" && d.rule != "missing_front_contract") {
        println!("  {}: {} {:?} {}", d.rule, d.subject, d.from, d.detail);
    }
    for d in kept.of("stale_price").iter().take(5) {
        println!("  {}: {} {:?} {}", d.rule, d.subject, d.from, d.detail);
    }
    // 83.425 among neighbours at 93.4: a digit.
    assert!(kept.of("off_curve_price").iter().any(|d| d.subject == "zq.settle:2002-02" && d.from == Some(day("2000-09-12"))));
    assert_eq!(series["zq.settle:2002-02"][&day("2000-09-12")].1 & quality::ABSURD_MOVE, quality::ABSURD_MOVE);
    assert!(kept.of("missing_front_contract").iter().any(|d| d.from == Some(day("1989-08-25"))));
    assert!(kept.of("missing_session").iter().any(|d| d.from == Some(day("2000-09-01")) && d.rows == 4));
}

#[test]
fn last_trades_are_half_a_basis_point_from_the_settlements() {
    let Some(data) = data() else { return };
    let (id, last) = read(&data, LAST_TRADES);
    assert_eq!(id, "zq_last");
    assert_eq!(last.rows() + last.refused.len(), 47_131);
    for r in last.refused.iter().take(3) {
        println!("  refused: {r:?}");
    }
    assert_eq!(last.refusals("not_a_session"), last.refused.len());
    for d in last.defects.iter().filter(|d| d.rule != "missing_front_contract") {
        println!("  {}: {} {:?} {}", d.rule, d.subject, d.from, d.detail);
    }
    let (_, settled) = read(&data, SETTLEMENTS);
    let settled = settled.series();
    let mut apart: Vec<f64> = Vec::new();
    for (id, prices) in last.series() {
        let Some(other) = settled.get(&id.replace("zq.last", "zq.settle")) else { continue };
        apart.extend(prices.iter().filter_map(|(d, p)| Some((p.0 - other.get(d)?.0).abs() * 100.0)));
    }
    println!("{} prices in both files, median distance {:.2} bp", apart.len(), median(&mut apart));
    assert!(apart.len() > 40_000 && (median(&mut apart) - 0.5).abs() < 0.01);
}

/// The arithmetic mean of the effective rate over the calendar days of a month; the publisher carries weekends and holidays.
fn month_mean(rates: &BTreeMap<Day, (f64, u8)>, contract: Contract) -> Option<f64> {
    let start = contract.start();
    let days: Vec<Day> = (start.0..=start.month_end().0).map(Day).collect();
    let values: Option<Vec<f64>> = days.iter().map(|d| rates.get(d).map(|v| v.0)).collect();
    values.map(|v| v.iter().sum::<f64>() / v.len() as f64)
}

#[test]
fn a_month_end_price_is_the_mean_effective_rate_of_its_month() {
    let Some(data) = data() else { return };
    let (_, rates) = read(&data, "rates/fred/DFF.csv");
    let rates = &rates.series()["fred:DFF"];
    let (_, settled) = read(&data, SETTLEMENTS);
    let (_, last) = read(&data, LAST_TRADES);
    for (what, kept, least) in [("settlement", &settled, 400), ("last trade", &last, 150)] {
        // (absolute error in basis points, contract, day of the price, price, mean rate)
        let mut errors: Vec<(f64, Contract, Day, f64, f64)> = Vec::new();
        let mut without = Vec::new();
        for (id, prices) in kept.series() {
            let first = day(&format!("{}-01", id.split(':').nth(1).unwrap()));
            let contract = Contract::of(first);
            let Some(mean) = month_mean(rates, contract) else { continue };
            let (on, price) = prices.iter().next_back().map(|(d, v)| (*d, v.0)).unwrap();
            // A price of the last five calendar days of the month; the file may end before the contract does.
            if first.month_end().0 - on.0 > 4 {
                without.push((contract, on));
                continue;
            }
            errors.push(((100.0 - price - mean).abs() * 100.0, contract, on, price, mean));
        }
        errors.sort_by(|a, b| b.0.total_cmp(&a.0));
        let middle = errors[errors.len() / 2].0;
        let within = |bp: f64| errors.iter().filter(|e| e.0 <= bp).count() as f64 / errors.len() as f64 * 100.0;
        println!(
            "{what}: {} expired contracts, median error {middle:.3} bp; within 1 bp {:.1} %, 3 bp {:.1} %",
            errors.len(),
            within(1.0),
            within(3.0)
        );
        println!(
            "  without a price at the month's end: {}",
            without.iter().map(|w| format!("{} (last {})", w.0, w.1)).collect::<Vec<_>>().join(", ")
        );
        println!("  decade  contracts  median bp  worst bp");
        for decade in [198, 199, 200, 201, 202] {
            let mut some: Vec<f64> = errors.iter().filter(|e| e.1.start().parts().0 / 10 == decade).map(|e| e.0).collect();
            if !some.is_empty() {
                let (n, middle) = (some.len(), median(&mut some));
                println!("  {decade}0s  {n:>9}  {middle:>9.3}  {:>8.2}", some[n - 1]);
            }
        }
        println!("  outliers above 3 bp:  contract  price of  price  mean effective rate  error bp");
        for (error, contract, on, price, mean) in errors.iter().take_while(|e| e.0 > 3.0) {
            println!("    {contract}  {on}  {price:.4}  {mean:.4}  {error:.2}");
        }
        assert!(errors.len() > least, "{}", errors.len());
        assert!(middle < 0.5, "{middle}");
        assert!(within(3.0) > 90.0);
    }
}

#[test]
fn what_was_known_of_the_calendar() {
    let Some(data) = data() else { return };
    let (id, kept) = read(&data, DOCUMENTS);
    assert_eq!(id, "fomc_documents");
    for d in &kept.defects {
        println!("  {}: {} rows, {}", d.rule, d.rows, d.detail);
    }
    assert!(kept.refused.is_empty(), "{:?}", kept.refused);
    let known = |at: Moment, from: &str, to: &str| -> Vec<String> {
        kept.meetings(at).range(day(from)..=day(to)).map(Day::to_string).collect()
    };
    // Before the weekend of 15 March 2020 the market looked to 18 March; two days later it did not.
    assert_eq!(known(day("2020-03-02").at(23, 0), "2020-03-01", "2020-04-30"), ["2020-03-18", "2020-04-29"]);
    assert_eq!(known(day("2020-03-15").at(16, 59), "2020-03-01", "2020-04-30"), ["2020-03-03", "2020-03-18", "2020-04-29"]);
    assert_eq!(known(day("2020-03-15").at(17, 0), "2020-03-01", "2020-04-30"), ["2020-03-03", "2020-03-15", "2020-04-29"]);
    // A meeting that was extended by a day.
    assert_eq!(known(day("2011-08-25").at(17, 0), "2011-09-01", "2011-09-30"), ["2011-09-20"]);
    assert_eq!(known(day("2011-08-29").at(17, 0), "2011-09-01", "2011-09-30"), ["2011-09-21"]);
    // Next year's meetings are not known in spring.
    assert!(known(day("2016-06-28").at(23, 0), "2017-03-01", "2017-12-31").is_empty());
    assert_eq!(known(day("2016-06-29").at(10, 0), "2017-03-01", "2017-12-31").len(), 7);
    for (.., on, known_at, _) in kept.events().iter().filter(|e| e.1 == "scheduled") {
        assert!(*known_at < on.at(0, 0) && *known_at > on.plus(-700).at(0, 0), "{on}");
    }
    let (id, calendar) = read(&data, CALENDAR);
    assert_eq!((id, calendar.refused.len()), ("fomc_calendar", 0));
    let of =
        |k: &Kept| -> BTreeSet<Day> { k.meetings(Moment::MAX).range(day("2021-01-01")..=day("2024-12-31")).copied().collect() };
    assert_eq!(of(&calendar), of(&kept));
    assert_eq!(of(&calendar).len(), 32);
    assert!(calendar.meetings(Moment::MAX).iter().all(|d| Calendar::nyse().is_session(*d)));
    assert_eq!(calendar.of("not_a_meeting")[0].from, Some(day("2025-08-22")));
}

#[test]
fn decisions_and_the_target_before_the_range() {
    let Some(data) = data() else { return };
    let (id, kept) = read(&data, DECISIONS);
    assert_eq!((id, kept.refused.len()), ("fomc_decisions", 0));
    for d in &kept.defects {
        println!("  {}: {} rows, {:?}..{:?}, {}", d.rule, d.rows, d.from, d.to, d.detail);
    }
    let events = kept.events();
    let decision = |on: &str| events.iter().find(|e| e.0 == "fomc.decisions" && e.2 == day(on)).map(|e| (e.3, e.4));
    assert_eq!(decision("2001-01-03"), Some((day("2001-01-03").at(13, 13), -50.0)));
    assert_eq!(decision("1992-09-04"), Some((day("1992-09-08").at(9, 30), -25.0)));
    assert_eq!(decision("1989-06-06"), Some((day("1989-06-07").at(9, 30), -25.0)));
    assert_eq!(decision("2022-06-15"), Some((day("2022-06-15").at(14, 0), 75.0)));
    assert_eq!(decision("2023-03-22"), None);
    let target = &kept.series()["fomc:target"];
    assert_eq!(target[&day("1989-05-17")].0, 9.8125);
    assert_eq!(target[&day("2007-09-18")].0, 4.75);
    let unscheduled: Vec<String> = events.iter().filter(|e| e.1 == "unscheduled").map(|e| e.2.to_string()).collect();
    assert_eq!(
        unscheduled,
        [
            "1994-04-18",
            "1998-10-15",
            "2001-01-03",
            "2001-04-18",
            "2001-09-17",
            "2008-01-22",
            "2008-10-08",
            "2020-03-03",
            "2020-03-15"
        ]
    );
    let blank = kept.of("blank_outcome");
    assert_eq!((blank[0].rows, blank[0].from, blank[0].to), (15, Some(day("2023-03-22")), Some(day("2024-12-18"))));
}

#[test]
fn wrong_days_are_found_by_comparing_sources() {
    let Some(data) = data() else { return };
    let mut rows = Vec::new();
    for name in [CALENDAR, DECISIONS, DOCUMENTS] {
        let (id, kept) = read(&data, name);
        rows.extend(kept.batches.into_iter().map(|b| (id.to_owned(), b)));
    }
    let found = compare::calendars(&rows);
    for d in &found {
        println!("  {}: {}", d.rule, d.detail);
    }
    let wrong: Vec<String> = found.iter().filter(|d| d.rule == "contradicts_calendar").map(|d| d.detail.clone()).collect();
    for (listed, held) in [("2024-06-19", "2024-06-12"), ("2024-09-25", "2024-09-18"), ("2024-11-06", "2024-11-07")] {
        assert!(wrong.iter().any(|w| w.contains(listed) && w.contains(held)), "{listed}");
    }
    assert_eq!(wrong.len(), 3);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn the_published_probabilities_are_a_reference() {
    let Some(data) = data() else { return };
    let path = data.join("fedfunds/fedwatch/FedMeetingHistory_20240310.csv");
    let refused = recognise(&path).err().unwrap().to_string();
    assert!(refused.contains("reference"), "{refused}");
    let rows = fedwatch::read(&path).unwrap();
    let mut sums: BTreeMap<(Day, Day), f64> = BTreeMap::new();
    for p in &rows {
        *sums.entry((p.day, p.meeting)).or_default() += p.probability;
        assert_eq!(p.high - p.low, 25);
    }
    let meetings: BTreeSet<Day> = rows.iter().map(|p| p.meeting).collect();
    let days: BTreeSet<Day> = rows.iter().map(|p| p.day).collect();
    println!(
        "{} probabilities, {} meetings, {} days; sums {:?}",
        rows.len(),
        meetings.len(),
        days.len(),
        sums.values().copied().fold((f64::MAX, f64::MIN), |a, s| (a.0.min(s), a.1.max(s)))
    );
    assert_eq!(
        (meetings.len(), days.first().copied(), days.last().copied()),
        (9, Some(day("2023-03-10")), Some(day("2024-03-08")))
    );
    assert!(sums.values().all(|s| (s - 1.0).abs() < 1e-3));
    let (_, calendar) = read(&data, CALENDAR);
    assert!(meetings.is_subset(&calendar.meetings(Moment::MAX)));
    // Which of its meetings were on a published schedule on the day: the others the exchange knew before the schedule that we have.
    let mut ahead: BTreeMap<Day, (Day, Day, usize)> = BTreeMap::new();
    for (d, m) in sums.keys() {
        if !calendar.meetings(d.at(17, 0)).contains(m) {
            let e = ahead.entry(*m).or_insert((*d, *d, 0));
            (e.1, e.2) = (*d, e.2 + 1);
        }
    }
    println!("shown before a schedule on record: {ahead:?}");
    assert_eq!(ahead.keys().copied().collect::<Vec<_>>(), [day("2025-03-19")]);
}
