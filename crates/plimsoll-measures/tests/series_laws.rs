//! Laws of the measures of series: history from one pass equals fresh cuts, and what comes later changes no bit.

use std::collections::BTreeMap;

use plimsoll_measures::kernels::policy_path::{month_of, month_start};
use plimsoll_measures::replay::{self, Asked};
use plimsoll_measures::{Measure, Params, Point, Scope, registry};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::Memory;
use plimsoll_model::observations::{Column, Observations, TextBuilder, TextColumn};
use plimsoll_model::time::{AsOf, Day, Moment};

/// A series with its kind: how its values wander and when each becomes known.
struct Made {
    id: &'static str,
    from: Day,
    kind: Kind,
}

enum Kind {
    /// A level known at the close.
    Level,
    /// A level in per cent, known on the next session, absent now and then.
    Yield,
    /// A return.
    Return,
}

fn made() -> Vec<Made> {
    let mut out = Vec::new();
    let mut add = |ids: &[&'static str], from: Day, kind: fn() -> Kind| {
        out.extend(ids.iter().map(|id| Made { id, from, kind: kind() }));
    };
    let early = Day::ymd(2006, 1, 3);
    add(&["index:RUT", "index:GSPC", "etf:SPY", "etf:XLI", "etf:XLB", "etf:XLY", "etf:XLF", "etf:XLE"], early, || Kind::Level);
    add(&["etf:XLP", "etf:XLU", "etf:XLV", "etf:XLK", "etf:QQQ"], early, || Kind::Level);
    // These have a year behind them within the history measured, so that alternatives change hands there.
    add(&["etf:IWM", "etf:VTI"], Day::ymd(2017, 6, 19), || Kind::Level);
    add(&["etf:XLC"], Day::ymd(2018, 6, 19), || Kind::Level);
    add(&["fred:DGS10", "fred:DGS2", "fred:BAMLH0A0HYM2"], early, || Kind::Yield);
    add(&["treasury:10Y"], Day::ymd(2017, 7, 3), || Kind::Yield);
    add(&["french:Mkt-RF"], early, || Kind::Return);
    out
}

/// Deterministic noise within -1 and 1.
fn noise(seed: u64, i: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(i.wrapping_mul(0xBF58_476D_1CE4_E5B9)).wrapping_add(1);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

const END: (i16, i8, i8) = (2018, 12, 31);

fn batches(garbage_after: Option<Day>) -> Vec<(String, Observations)> {
    let end = Day::ymd(END.0, END.1, END.2);
    let mut out = futures(garbage_after);
    out.extend(series(garbage_after, end));
    out
}

/// Fed funds futures, rates and meetings: prices in two forms, each contract in its last year and a quarter; meetings known a year
/// ahead, one added and one cancelled within the history.
fn futures(garbage_after: Option<Day>) -> Vec<(String, Observations)> {
    let (begin, end) = (Day::ymd(2016, 6, 1), Day::ymd(END.0, END.1, END.2));
    let spoils = |at: Moment| garbage_after.is_some_and(|after| at > AsOf::end_of(after).moment());
    let one = |id: &str, days: Vec<Day>, value: &dyn Fn(Day) -> f64, at: &dyn Fn(Day) -> Moment| {
        let n = days.len();
        let values = days.iter().map(|d| if spoils(at(*d)) { 1e6 } else { value(*d) }).collect();
        let columns = vec![Column::Text(TextColumn::constant(id, n)), Column::F64(values), Column::U8(vec![0; n])];
        let known = days.iter().map(|d| at(*d).0).collect();
        (id[..2].to_owned(), Observations::new(Dataset::Series, days.iter().map(|d| d.0).collect(), known, columns))
    };
    let calendar = Calendar::nyse();
    let mut out = Vec::new();
    for month in month_of(begin)..month_of(end) + 16 {
        let name = format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1);
        let days =
            |from: Day| calendar.between(from.max(month_start(month - 15)), end.min(month_start(month + 1).plus(-1))).to_vec();
        let rate = |d: Day| 2.0 + 0.02 * f64::from(month - month_of(begin)) + 0.1 * noise(77, d.0 as u64 / 3);
        let settled = days(begin).into_iter().filter(|d| *d < Day::ymd(2018, 8, 1)).collect();
        out.push(one(&format!("zq.settle:{name}"), settled, &|d| 100.0 - rate(d), &|d| d.at(16, 0)));
        out.push(one(&format!("zq.last:{name}"), days(Day::ymd(2018, 6, 1)), &|d| 99.99 - rate(d), &|d| d.at(17, 0)));
    }
    let days: Vec<Day> = (begin.0..=end.0).map(Day).collect();
    let level = |d: Day| 2.0 + 0.02 * f64::from(month_of(d) - month_of(begin));
    out.push(one("fred:DFF", days.clone(), &level, &|d| calendar.next(d).at(9, 0)));
    out.push(one("fred:DFEDTARU", days, &|d| (level(d) * 4.0).ceil() / 4.0, &|d| d.at(16, 15)));
    let planned: Vec<Day> = (0..24).map(|i| calendar.on_or_after(Day::ymd(2016, 7, 27).plus(45 * i))).collect();
    let mut rows: Vec<(Day, &str, Moment)> = planned.iter().map(|d| (*d, "scheduled", d.plus(-365).at(9, 30))).collect();
    let (added, cancelled) = (Day::ymd(2018, 7, 10), planned[19]);
    rows.push((added, "unscheduled", added.at(10, 0)));
    rows.push((cancelled, "cancelled", added.at(10, 0)));
    let held: Vec<(Day, &str, Moment)> =
        planned.iter().filter(|d| **d <= end && **d != cancelled).map(|d| (*d, "decision", d.at(14, 0))).collect();
    for (name, rows) in [("fomc", rows), ("fomc.decisions", held)] {
        let mut kinds = TextBuilder::default();
        rows.iter().for_each(|r| kinds.push(if spoils(r.2) { "scheduled" } else { r.1 }));
        let columns = vec![
            Column::Text(TextColumn::constant(name, rows.len())),
            Column::Text(kinds.finish()),
            Column::F64(rows.iter().map(|r| if spoils(r.2) { 1e6 } else { 25.0 }).collect()),
            Column::Text(TextColumn::constant("", rows.len())),
        ];
        let known = rows.iter().map(|r| r.2.0).collect();
        out.push((name.to_owned(), Observations::new(Dataset::Events, rows.iter().map(|r| r.0.0).collect(), known, columns)));
    }
    out
}

fn series(garbage_after: Option<Day>, end: Day) -> Vec<(String, Observations)> {
    made()
        .iter()
        .enumerate()
        .map(|(k, series)| {
            let (mut days, mut values, mut known) = (Vec::new(), Vec::new(), Vec::new());
            let mut level: f64 = if matches!(series.kind, Kind::Yield) { 3.0 } else { 100.0 };
            for (i, &day) in Calendar::nyse().between(series.from, end).iter().enumerate() {
                let step = noise(k as u64, i as u64);
                let value = match series.kind {
                    Kind::Level => {
                        // Wide swings, so that phases turn.
                        level *= 1.0 + 0.03 * step + 0.004 * (i as f64 / 60.0 + k as f64).sin();
                        level
                    }
                    Kind::Yield => {
                        level = (level + 0.05 * step).max(0.1);
                        (level * 100.0).round() / 100.0
                    }
                    Kind::Return => 0.01 * step,
                };
                if matches!(series.kind, Kind::Yield) && i % 41 == 7 {
                    continue;
                }
                let at = match series.kind {
                    Kind::Yield => Calendar::nyse().next(day).at(9, 0),
                    _ => Calendar::nyse().close(day),
                };
                let garbage = garbage_after.is_some_and(|after| at > AsOf::end_of(after).moment());
                days.push(day.0);
                values.push(if garbage { 1e6 * (1.5 + step) } else { value });
                known.push(at.0);
            }
            let n = days.len();
            let columns = vec![Column::Text(TextColumn::constant(series.id, n)), Column::F64(values), Column::U8(vec![0; n])];
            (series.id.split(':').next().unwrap().to_owned(), Observations::new(Dataset::Series, days, known, columns))
        })
        .collect()
}

/// Every registered measure that reads series only, with its defaults, and a few with other parameters.
fn asked() -> Vec<Asked> {
    let defaults = registry().iter().map(|m| (*m, BTreeMap::new()));
    let others: &[(&str, &[(&str, &str)])] = &[
        ("momentum", &[("series", "french:Mkt-RF"), ("window", "ytd")]),
        ("relative_strength", &[("window", "since:2018-03-01")]),
        ("yield_change_from_extreme", &[("extreme", "high"), ("window", "ytd")]),
        ("spread_percentile", &[("years", "2")]),
        ("drawdown", &[("sessions", "252")]),
        ("rate_sensitivity", &[("sessions", "126"), ("horizon", "5"), ("market", "etf:SPY|index:GSPC")]),
        ("bull_bear_phase", &[("series", "french:Mkt-RF"), ("rise", "0.1"), ("fall", "0.1")]),
        ("phase_pagan_sossounov", &[("window", "3"), ("phase", "2"), ("cycle", "5")]),
        ("sector_leadership", &[("window", "since:2018-06-25")]),
        ("policy_path", &[("method", "least_squares"), ("realised", "effective"), ("meeting_day", "old")]),
        ("policy_path", &[("horizon", "3"), ("terms", "target"), ("decision_day", "decided"), ("last_meeting", "next_month")]),
        ("cuts_priced", &[("by", "next_year_end"), ("from", "effective")]),
        ("repricing", &[("since", "since:2018-04-20"), ("by", "2018-12-31")]),
        ("policy_surprise", &[("rule", "last_three_days")]),
        ("event_study", &[("width", "3"), ("events", "2018-03-01,2018-03-20,2018-04-10,2018-04-20,2018-05-10,2018-08-01")]),
    ];
    let others = others.iter().map(|(name, given)| {
        let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        (plimsoll_measures::find(name).unwrap(), given)
    });
    defaults
        .chain(others)
        .map(|(measure, given): (&'static dyn Measure, BTreeMap<String, String>)| Asked {
            measure,
            params: Params::resolve(measure.spec(), &given, &Scope::default()).unwrap(),
        })
        .filter(|a| !a.measure.needs(&a.params, Day::ymd(2018, 1, 2)).panel())
        .collect()
}

fn same(a: &Point, b: &Point) -> bool {
    let close = match (a.value, b.value) {
        (Ok(x), Ok(y)) => (x - y).abs() <= 1e-11 * x.abs().max(1.0),
        (x, y) => x == y,
    };
    close && a.n_obs == b.n_obs && a.flags == b.flags
}

#[test]
fn history_from_one_pass_equals_fresh_cuts() {
    let (from, to) = (Day::ymd(2018, 5, 1), Day::ymd(END.0, END.1, END.2));
    let asked = asked();
    assert!(asked.len() >= 25, "{}", asked.len());
    let memory = Memory::new(AsOf::end_of(to), batches(None));
    let replay = replay::replay(&memory, &asked, from).unwrap();
    let days: Vec<Day> = Calendar::nyse().between(from, to).iter().copied().step_by(9).collect();
    let mut values = vec![0; asked.len()];
    for day in days {
        // What comes later is garbage: the fresh cut, as of the day, must not care, nor the history.
        let then = Memory::new(AsOf::end_of(day), batches(Some(day)));
        let cut = Cut::build(&then, &replay::needs(&asked, day), day).unwrap();
        let t = cut.last().unwrap();
        assert_eq!(cut.sessions[t], day);
        for (k, a) in asked.iter().enumerate() {
            let history = replay.histories[k].as_ref().unwrap();
            let (_, point) = history.iter().find(|(d, _)| *d == day).unwrap();
            let fresh = a.measure.track(&cut, &a.params, t..t + 1).unwrap()[0];
            assert!(same(point, &fresh), "{} on {day}: history {point:?}, fresh {fresh:?}", a.measure.spec().name);
            values[k] += usize::from(fresh.value.is_ok());
            let facts = a.measure.evidence(&cut, &a.params, t);
            assert!(facts.iter().all(|f| f.value.is_none_or(f64::is_finite)));
            assert!(fresh.value.is_err() || !facts.is_empty(), "{}: no evidence", a.measure.spec().name);
        }
    }
    for (a, n) in asked.iter().zip(values) {
        assert!(n >= 5, "{} has {n} values: the law was hardly tested", a.measure.spec().name);
    }
}

#[test]
fn a_value_does_not_depend_on_what_else_a_cut_was_asked_for() {
    let day = Day::ymd(2018, 11, 30);
    let asked = asked();
    let memory = Memory::new(AsOf::end_of(day), batches(None));
    let all = Cut::build(&memory, &replay::needs(&asked, Day::ymd(2016, 1, 4)).lookback(500), Day::ymd(2016, 1, 4)).unwrap();
    let t = all.last().unwrap();
    for a in &asked {
        let together = a.measure.track(&all, &a.params, t..t + 1).unwrap()[0];
        let (_, alone) = replay::at(&memory, a).unwrap();
        assert_eq!(together, alone.unwrap().1, "{}", a.measure.spec().name);
    }
}
