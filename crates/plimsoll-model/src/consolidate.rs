//! One series from several sources, and from its releases: which value stands, without one ever depending on a later day.
//!
//! * **Releases before snapshots.** Where a release of the series ([`crate::dataset::Dataset::Vintages`]) states a day's value, the
//!   latest release known stands; a value without releases is one as revised when it was downloaded and is used only for days that no
//!   release covers.
//! * **One source a day.** Where several sources give a day, the first of [`SOURCES`] stands.
//! * **Adjusted closes are linked.** Two vendors adjust to different days, so that only ratios within one vendor's file mean anything:
//!   the level of `etf:` series moves by the return of the first source that has both days.

use std::collections::BTreeMap;

use crate::cut::Series;
use crate::observations::Observations;
use crate::time::{Day, Moment};

/// Sources of series that others give as well, in order of preference: files that a user brought before downloads, settlements before
/// quotations, vendors that state dividends before those that only adjust.
pub(crate) const SOURCES: &[&str] = &[
    "etf",
    "index",
    "tidy",
    "zq_settle",
    "zq_last",
    "cme",
    "fred",
    "treasury",
    "nyfed",
    "tiingo",
    "eodhd",
    "stooq",
    "alpha_vantage",
];

/// How early a source is taken where several give a day of a series; a smaller number goes first.
pub fn preference(source: &str) -> usize {
    SOURCES.iter().position(|s| *s == source).unwrap_or(SOURCES.len())
}

/// Series whose level means nothing beside another source's.
fn linked(id: &str) -> bool {
    id.starts_with("etf:")
}

/// Rows of series by id; a day that two sources give stands twice.
pub(crate) fn lay_out(rows: &Observations) -> BTreeMap<String, Series> {
    let (id, value, quality) = (rows.text("series"), rows.f64("value"), rows.u8("quality"));
    let mut found: BTreeMap<String, Series> = BTreeMap::new();
    for i in 0..rows.len() {
        if !value[i].is_finite() {
            continue;
        }
        if !found.contains_key(id.get(i)) {
            found.insert(id.get(i).to_owned(), Series { id: id.get(i).to_owned(), ..Series::default() });
        }
        let series = found.get_mut(id.get(i)).expect("inserted above");
        push(series, Day(rows.period[i]), value[i], Moment(rows.known_at[i]), quality[i]);
    }
    found
}

fn push(series: &mut Series, day: Day, value: f64, known_at: Moment, quality: u8) {
    series.day.push(day);
    series.value.push(value);
    series.known_at.push(known_at);
    series.quality.push(quality);
}

/// Whether several sources give a day.
pub(crate) fn doubled(series: &Series) -> bool {
    series.day.windows(2).any(|d| d[0] == d[1])
}

/// One series from those of its sources, in order of preference. `all` holds the days of every source, also of those not named: where
/// none is named, the first row of each day stands.
pub(crate) fn join(all: Series, parts: &[Series]) -> Series {
    let link = linked(&all.id);
    let mut out = Series { id: all.id.clone(), ..Series::default() };
    if parts.is_empty() {
        for i in (0..all.day.len()).filter(|&i| i == 0 || all.day[i] != all.day[i - 1]) {
            push(&mut out, all.day[i], all.value[i], all.known_at[i], all.quality[i]);
        }
        return out;
    }
    let mut days: Vec<Day> = parts.iter().flat_map(|p| p.day.iter().copied()).collect();
    days.sort_unstable();
    days.dedup();
    let mut at = vec![0usize; parts.len()];
    for day in days {
        let have: Vec<(usize, usize)> =
            parts.iter().enumerate().filter(|(p, part)| part.day.get(at[*p]) == Some(&day)).map(|(p, _)| (p, at[p])).collect();
        have.iter().for_each(|(p, _)| at[*p] += 1);
        if !link {
            if let Some(&(p, i)) = have.first() {
                push(&mut out, day, parts[p].value[i], parts[p].known_at[i], parts[p].quality[i]);
            }
            continue;
        }
        // The level of the day before in the same source, as it stands here.
        let step = have.iter().find_map(|&(p, i)| {
            let before = i.checked_sub(1)?;
            let k = out.day.binary_search(&parts[p].day[before]).ok()?;
            Some((p, i, out.value[k] * parts[p].value[i] / parts[p].value[before]))
        });
        match step {
            Some((p, i, level)) if level.is_finite() => push(&mut out, day, level, parts[p].known_at[i], parts[p].quality[i]),
            _ if out.day.is_empty() => {
                if let Some(&(p, i)) = have.first() {
                    push(&mut out, day, parts[p].value[i], parts[p].known_at[i], parts[p].quality[i]);
                }
            }
            // A source that begins where another ended: its first day has no return, but is the base of the next. It stands at the
            // level before it, which says that the step across the seam is not known rather than to invent one.
            _ => {
                if let Some(&(p, i)) = have.first() {
                    let level = out.value[out.value.len() - 1];
                    push(&mut out, day, level, parts[p].known_at[i], parts[p].quality[i]);
                }
            }
        }
    }
    out
}

/// Puts the latest known release of each day in the place of what other sources give.
pub(crate) fn released(found: &mut BTreeMap<String, Series>, rows: &Observations) {
    let (id, day, value, quality) = (rows.text("series"), rows.text("released"), rows.f64("value"), rows.u8("quality"));
    // Rows come in the order (series, period, day of release): the last of a period is the latest release.
    let mut latest: BTreeMap<(&str, Day), (&str, usize)> = BTreeMap::new();
    for (i, value) in value.iter().enumerate() {
        if !value.is_finite() {
            continue;
        }
        let entry = latest.entry((id.get(i), Day(rows.period[i]))).or_insert((day.get(i), i));
        if day.get(i) >= entry.0 {
            *entry = (day.get(i), i);
        }
    }
    let mut by_series: BTreeMap<&str, BTreeMap<Day, (f64, Moment, u8)>> = BTreeMap::new();
    for ((series, period), (_, i)) in latest {
        by_series.entry(series).or_default().insert(period, (value[i], Moment(rows.known_at[i]), quality[i]));
    }
    for (series, mut days) in by_series {
        let old = found.remove(series).unwrap_or_default();
        for i in 0..old.day.len() {
            days.entry(old.day[i]).or_insert((old.value[i], old.known_at[i], old.quality[i]));
        }
        let mut out = Series { id: series.to_owned(), ..Series::default() };
        for (period, (value, known_at, quality)) in days {
            push(&mut out, period, value, known_at, quality);
        }
        found.insert(series.to_owned(), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cut::Cut;
    use crate::dataset::{Dataset, quality};
    use crate::knowledge::Memory;
    use crate::needs::Needs;
    use crate::observations::{Column, TextColumn};
    use crate::time::AsOf;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn series(id: &str, rows: &[(&str, f64)]) -> Observations {
        let period: Vec<i32> = rows.iter().map(|r| day(r.0).0).collect();
        let known = rows.iter().map(|r| day(r.0).at(16, 0).0).collect();
        let columns = vec![
            Column::Text(TextColumn::constant(id, rows.len())),
            Column::F64(rows.iter().map(|r| r.1).collect()),
            Column::U8(vec![quality::REVISED; rows.len()]),
        ];
        Observations::new(Dataset::Series, period, known, columns)
    }

    fn releases(id: &str, rows: &[(&str, &str, f64)]) -> Observations {
        let columns = vec![
            Column::Text(TextColumn::constant(id, rows.len())),
            Column::Text(rows.iter().map(|r| r.1).collect()),
            Column::F64(rows.iter().map(|r| r.2).collect()),
            Column::U8(vec![0; rows.len()]),
        ];
        let known = rows.iter().map(|r| day(r.1).at(9, 30).0).collect();
        Observations::new(Dataset::Vintages, rows.iter().map(|r| day(r.0).0).collect(), known, columns)
    }

    fn cut(id: &str, as_of: &str, batches: &[(&str, &Observations)]) -> Series {
        let batches = batches.iter().map(|(s, o)| ((*s).to_owned(), (*o).clone())).collect();
        let memory = Memory::new(AsOf::end_of(day(as_of)), batches);
        let cut = Cut::build(&memory, &Needs::default().series(id), day(as_of)).unwrap();
        cut.series.get(id).cloned().unwrap_or_default()
    }

    #[test]
    fn an_old_day_reads_the_value_as_first_published() {
        let id = "fred:UNRATE";
        // The keyless file has the value of today, known by the rule from the tenth of the next month on.
        let today = series(id, &[("2023-09-10", 3.7), ("2023-10-10", 3.8)]);
        let all = releases(
            id,
            &[("2023-08-01", "2023-09-01", 3.8), ("2023-08-01", "2024-01-05", 3.7), ("2023-09-01", "2023-10-06", 3.8)],
        );
        let at = |as_of: &str| {
            let s = cut(id, as_of, &[("fred", &today), ("alfred", &all)]);
            s.day.iter().zip(&s.value).map(|(d, v)| format!("{d} {v}")).collect::<Vec<_>>()
        };
        assert_eq!(at("2023-08-31"), Vec::<String>::new());
        assert_eq!(at("2023-09-05"), ["2023-08-01 3.8"]);
        assert_eq!(at("2023-10-06"), ["2023-08-01 3.8", "2023-09-01 3.8", "2023-09-10 3.7"]);
        assert_eq!(at("2024-01-05")[0], "2023-08-01 3.7");
        // The order of ingestion does not matter.
        let turned = cut(id, "2023-10-06", &[("alfred", &all), ("fred", &today)]);
        assert_eq!((turned.value[0], turned.quality[0], turned.quality[2]), (3.8, 0, quality::REVISED));
    }

    #[test]
    fn a_release_stands_over_a_keyless_value_of_the_same_day_even_where_that_became_known_later() {
        let id = "fred:PAYEMS";
        let today = series(id, &[("2024-01-01", 158_000.0)]);
        let first = releases(id, &[("2024-01-01", "2023-12-29", 157_700.0)]);
        let s = cut(id, "2024-01-02", &[("fred", &today), ("alfred", &first)]);
        assert_eq!((s.value, s.quality), (vec![157_700.0], vec![0]));
    }

    #[test]
    fn adjusted_closes_of_two_vendors_are_linked_and_the_past_does_not_move() {
        let id = "etf:SPY";
        let a = series(id, &[("2024-01-02", 100.0), ("2024-01-03", 110.0), ("2024-01-04", 99.0)]);
        // The other vendor adjusts to another day: half the level, and it goes on.
        let b = series(id, &[("2024-01-03", 55.0), ("2024-01-04", 49.5), ("2024-01-05", 54.45), ("2024-01-08", 54.45)]);
        let s = cut(id, "2024-01-08", &[("etf", &a), ("stooq", &b)]);
        let expected = [100.0, 110.0, 99.0, 108.9, 108.9];
        assert_eq!(s.day.len(), 5);
        assert!(s.value.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-9), "{:?}", s.value);
        let before = cut(id, "2024-01-04", &[("etf", &a), ("stooq", &b)]);
        assert_eq!(before.value, s.value[..3]);
        // A vendor that begins after the other ended invents no step.
        let c = series(id, &[("2024-01-05", 10.0), ("2024-01-08", 11.0), ("2024-01-09", 12.1)]);
        let d = series(id, &[("2024-01-08", 7.0)]);
        let s = cut(id, "2024-01-09", &[("etf", &a), ("stooq", &c), ("eodhd", &d)]);
        assert!((s.value[3] - 99.0).abs() < 1e-9 && (s.value[4] - 108.9).abs() < 1e-9, "{:?}", s.value);
    }

    #[test]
    fn of_rates_the_first_source_stands_day_by_day() {
        let id = "zq.settle:2024-06";
        let files = series(id, &[("2024-01-02", 95.0), ("2024-01-03", 95.1)]);
        let site = series(id, &[("2024-01-03", 95.2), ("2024-01-04", 95.3)]);
        let s = cut(id, "2024-01-04", &[("cme", &site), ("zq_settle", &files)]);
        assert_eq!(s.value, [95.0, 95.1, 95.3]);
        // Sources that nobody ranked: the first row of a day.
        let s = cut(id, "2024-01-04", &[("x", &files), ("y", &site)]);
        assert_eq!(s.value, [95.0, 95.1, 95.3]);
    }
}
