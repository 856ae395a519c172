//! Every file of the sample world is recognised and read by the readers that real data uses.

use std::collections::BTreeMap;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Day;

use super::{Spec, World};
use crate::{Sink, SinkClosed, recognise};

#[derive(Default)]
struct Counted {
    events: Vec<Observations>,
    series: Vec<Observations>,
    rows: BTreeMap<Dataset, usize>,
    refusals: Vec<Refusal>,
    defects: Vec<Defect>,
}

impl Sink for Counted {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        *self.rows.entry(rows.dataset).or_default() += rows.len();
        match rows.dataset {
            Dataset::Events => self.events.push(rows),
            Dataset::Series => self.series.push(rows),
            _ => {}
        }
        Ok(())
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.defects.push(defect);
    }
    fn progress(&mut self, _done: u64, _total: u64) {}
}

#[test]
fn every_file_is_read_without_a_refusal_and_the_planted_defects_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(&Spec::small());
    let mut all = Counted::default();
    for path in world.write(dir.path()).unwrap() {
        let reader = recognise(&path).unwrap_or_else(|e| panic!("{e}"));
        let mut sink = Counted::default();
        reader.read(&path, &mut sink).unwrap_or_else(|e| panic!("{e}"));
        let unexpected: Vec<&Refusal> = sink.refusals.iter().filter(|r| r.rule != "not_a_security").take(3).collect();
        assert!(unexpected.is_empty(), "{}: {unexpected:?}", path.display());
        // The names of industries are read beside the companies.
        let beside = path.ends_with("industries.csv");
        assert!(beside || sink.rows.values().sum::<usize>() > 0, "{}: no rows", path.display());
        for (dataset, count) in sink.rows {
            *all.rows.entry(dataset).or_default() += count;
        }
        all.defects.extend(sink.defects);
        all.refusals.extend(sink.refusals);
    }
    // The vendor's adjusted closes hold two yields, which are refused there and taken from files of their own.
    assert_eq!(all.refusals.len(), 2 * world.sessions.len());
    for dataset in [
        Dataset::Bars,
        Dataset::Series,
        Dataset::Members,
        Dataset::Securities,
        Dataset::SymbolChanges,
        Dataset::Events,
        Dataset::Facts,
        Dataset::Filings,
        Dataset::Issuers,
    ] {
        assert!(all.rows.get(&dataset).is_some_and(|n| *n > 0), "{dataset:?}: {:?}", all.rows);
    }
    // Filings in thousands, interest below zero, and what the two publishers repeat are told.
    for rule in ["scale_slip", "negative_interest", "repeated_number", "restated_later", "shared_cik", "fiscal_year_end_moved"] {
        assert!(all.defects.iter().any(|d| d.rule == rule), "{rule} is not told");
    }
    for kind in ["missing_session", "absurd_move", "repeated_cap", "stale_price", "no_cap"] {
        for planted in world.truth.quirks.iter().filter(|q| q.kind == kind) {
            let found = all.defects.iter().any(|d| {
                d.rule == kind
                    && (d.subject.is_empty() || planted.symbol.is_empty() || d.subject.contains(&planted.symbol))
                    && d.from.is_none_or(|from| from <= planted.to)
                    && d.to.is_none_or(|to| to >= planted.from)
            });
            let near: Vec<&Defect> = all.defects.iter().filter(|d| d.rule == kind).take(4).collect();
            assert!(found, "not found: {planted:?}; of its kind there are {near:?}");
        }
    }
}

/// What one file of the small world gives.
fn read(dir: &std::path::Path, name: &str) -> Counted {
    let path = dir.join(name);
    let mut sink = Counted::default();
    recognise(&path).unwrap().read(&path, &mut sink).unwrap();
    sink
}

#[test]
fn futures_price_the_planted_path_and_their_faults_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(&Spec::small());
    world.write(dir.path()).unwrap();
    let settled = read(dir.path(), "fedfunds/zq_settlements.parquet");
    let last = read(dir.path(), "fedfunds/zq_last_trades.parquet");
    let by_key = |kept: &Counted, from: &str, to: &str| -> BTreeMap<(String, Day), f64> {
        let rows = kept.series.iter().flat_map(|b| {
            let (id, value) = (b.text("series"), b.f64("value"));
            (0..b.len()).map(move |i| ((id.get(i).replace(from, to), Day(b.period[i])), value[i]))
        });
        rows.collect()
    };
    let prices = by_key(&settled, "zq.settle:", "");
    let policy = world.truth.policy.as_ref().unwrap();
    // January 2025 has no meeting: its contract alone says how many cuts are priced by the end of 2024.
    for (day, cuts) in &policy.cuts_priced {
        let expected = policy.expected.iter().find(|e| e.day == *day);
        let in_force = expected.map_or(5.33, |e| e.in_force);
        let found = (in_force - (100.0 - prices[&("2025-01".to_owned(), *day)])) / 0.25;
        assert!((found - cuts).abs() < 0.011, "{day}: {found} and {cuts}");
    }
    // An independent price of a month with a meeting, the new rate in force from the day after.
    for e in &policy.expected {
        for pair in e.after.windows(2).take(3) {
            let (meeting, rate) = pair[0];
            let first = meeting.month_start();
            let alone = e.after.iter().filter(|a| a.0.month_start() == first).count() == 1 && first > e.day;
            if !alone {
                continue;
            }
            let before = e.after.iter().rfind(|a| a.0 < meeting).map_or(e.in_force, |a| a.1);
            let days = f64::from(first.month_end().0 - first.0 + 1);
            let old = f64::from(meeting.0 - first.0 + 1);
            let mean = (old * before + (days - old) * rate) / days;
            let price = prices[&(first.to_string()[..7].to_owned(), e.day)];
            assert!((100.0 - mean - price).abs() <= 0.0026, "{} {meeting}: {price} and {}", e.day, 100.0 - mean);
        }
    }
    let (peak, cuts) = policy.peak.unwrap();
    assert!(Day::ymd(2024, 1, 8) <= peak && peak <= Day::ymd(2024, 1, 19) && (6.0..7.0).contains(&cuts));
    let [(a, before), (b, after)] = policy.repricing.unwrap();
    assert!(a < b && after - before > 1.0);

    let trades = by_key(&last, "zq.last:", "");
    let mut apart: Vec<f64> = trades.iter().filter_map(|(k, v)| Some((v - prices.get(k)?).abs() * 100.0)).collect();
    apart.sort_by(f64::total_cmp);
    assert!((apart[apart.len() / 2] - 0.5).abs() < 1e-6 && apart.len() > 5_000);

    let calendar = read(dir.path(), "fedfunds/fomc_calendar.csv");
    let decisions = read(dir.path(), "fedfunds/fomc_decisions.csv");
    let mut found: Vec<(&str, Defect)> = Vec::new();
    for (source, kept) in
        [("zq_settle", &settled), ("zq_last", &last), ("fomc_calendar", &calendar), ("fomc_decisions", &decisions)]
    {
        found.extend(kept.defects.iter().map(|d| (source, d.clone())));
    }
    let mut rows: Vec<(String, Observations)> = Vec::new();
    for (source, kept) in [("fomc_calendar", calendar), ("fomc_decisions", decisions)] {
        rows.extend(kept.events.into_iter().map(|b| (source.to_owned(), b)));
    }
    found.extend(crate::compare::calendars(&rows).into_iter().map(|d| ("fomc_decisions", d)));
    for fault in &policy.faults {
        let hit = |(source, d): &&(&str, Defect)| {
            *source == fault.source
                && d.rule == fault.rule
                && d.subject == fault.subject
                && d.from.is_some_and(|from| (fault.from..=fault.to).contains(&from))
                && d.to == Some(fault.to)
        };
        assert_eq!(found.iter().filter(hit).count(), 1, "{fault:?}: {found:?}");
    }
    // Nothing else is wrong with them.
    let expected = ["missing_front_contract", "stale_price", "contradicts_calendar", "blank_outcome"];
    let other: Vec<_> = found.iter().filter(|f| !expected.contains(&f.1.rule.as_str())).collect();
    assert!(other.is_empty() && found.len() == policy.faults.len(), "{found:?}");
}

#[test]
fn the_schedule_of_releases_is_read_as_planted() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(&Spec::small());
    world.write(dir.path()).unwrap();
    let kept = read(dir.path(), "macro/releases.ics");
    assert!(kept.refusals.is_empty(), "{:?}", kept.refusals);
    let last = world.sessions[world.sessions.len() - 1];
    for planted in &world.truth.releases {
        // The truth looks at days with a session before and after; the file has them all, and those to come.
        let title = if planted.calendar == "cpi" { "Consumer Price Index" } else { "Employment Situation" };
        let days: Vec<Day> =
            super::releases(world.sessions[0], last).iter().filter(|r| r.title == title).map(|r| r.day).collect();
        let found: Vec<Day> = kept
            .events
            .iter()
            .flat_map(|b| (0..b.len()).map(move |i| (b, i)))
            .filter(|(b, i)| b.text("calendar").get(*i) == planted.calendar && b.text("kind").get(*i) == "scheduled")
            .map(|(b, i)| Day(b.period[i]))
            .collect();
        assert_eq!(found, days);
        assert!(planted.days + 2 >= days.iter().filter(|d| **d <= planted.to).count() && planted.days > 30);
    }
    // The planted reaction shows, and where none was planted there is little. Leading the groups along their levels takes back about half
    // of it, and among few names noise is large.
    let [cpi, employment] = &world.truth.releases[..] else { panic!("two calendars") };
    assert!(cpi.difference - cpi.elsewhere > 0.003, "{cpi:?}");
    assert!((employment.difference - employment.elsewhere).abs() < 0.003, "{employment:?}");
}
