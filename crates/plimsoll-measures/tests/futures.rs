//! Measures of fed funds futures on a made world whose every price is computed from a planted path.

use std::collections::BTreeMap;

use plimsoll_measures::kernels::policy_path::{days_in, month_of, month_start};
use plimsoll_measures::replay::{self, Asked};
use plimsoll_measures::{Fact, Flags, Missing, Params, Point, Scope, find};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Memory};
use plimsoll_model::observations::{Column, Observations, TextBuilder, TextColumn};
use plimsoll_model::time::{AsOf, Day, Moment};

fn ymd(y: i16, m: i8, d: i8) -> Day {
    Day::ymd(y, m, d)
}

const END: (i16, i8, i8) = (2024, 3, 28);

/// Meetings with the rate that holds from each on, as planted: the market is always right, but for one surprise.
fn meetings() -> Vec<(Day, f64)> {
    vec![
        (ymd(2023, 2, 1), 4.58),
        (ymd(2023, 3, 22), 4.83),
        (ymd(2023, 5, 3), 5.08),
        (ymd(2023, 6, 14), 5.08),
        (ymd(2023, 7, 26), 5.33),
        (ymd(2023, 9, 20), 5.33),
        (ymd(2023, 11, 1), 5.33),
        (ymd(2023, 12, 13), 5.33),
        (ymd(2024, 1, 31), 5.33),
        (ymd(2024, 3, 20), 5.20),
        (ymd(2024, 5, 1), 4.98),
        (ymd(2024, 6, 12), 4.75),
        (ymd(2024, 7, 31), 4.60),
        (ymd(2024, 9, 18), 4.35),
        (ymd(2024, 11, 7), 4.10),
        (ymd(2024, 12, 18), 3.85),
        (ymd(2025, 1, 29), 3.70),
    ]
}

/// Until the day before 26 July 2023 the market priced every rate from that meeting on 10 bp lower.
const SURPRISE: (i16, i8, i8) = (2023, 7, 26);

fn rate(day: Day, seen: Day) -> f64 {
    let surprise = ymd(SURPRISE.0, SURPRISE.1, SURPRISE.2);
    // The old rate holds on the day of the decision, as in Kuttner's scale.
    let held = meetings().iter().take_while(|m| m.0 < day).last().map_or(4.33, |m| m.1);
    if seen < surprise && day > surprise { held - 0.10 } else { held }
}

fn series(id: &str, days: &[Day], values: Vec<f64>, known: impl Fn(Day) -> Moment) -> (String, Observations) {
    let n = days.len();
    let columns = vec![Column::Text(TextColumn::constant(id, n)), Column::F64(values), Column::U8(vec![0; n])];
    let known = days.iter().map(|d| known(*d).0).collect();
    let source = id.split([':', '.']).next().unwrap().to_owned();
    (source, Observations::new(Dataset::Series, days.iter().map(|d| d.0).collect(), known, columns))
}

fn events(calendar: &str, rows: &[(Day, &str, f64, Moment)]) -> (String, Observations) {
    let mut kinds = TextBuilder::default();
    rows.iter().for_each(|r| kinds.push(r.1));
    let columns = vec![
        Column::Text(TextColumn::constant(calendar, rows.len())),
        Column::Text(kinds.finish()),
        Column::F64(rows.iter().map(|r| r.2).collect()),
        Column::Text(TextColumn::constant("", rows.len())),
    ];
    let known = rows.iter().map(|r| r.3.0).collect();
    (calendar.into(), Observations::new(Dataset::Events, rows.iter().map(|r| r.0.0).collect(), known, columns))
}

/// Settlements of every contract until `settled`, then last trades; `skip` leaves out a contract's prices from a day on.
fn world(skip: Option<(&str, Day)>) -> Vec<(String, Observations)> {
    let (begin, end, settled) = (ymd(2023, 1, 3), ymd(END.0, END.1, END.2), ymd(2023, 9, 15));
    let calendar = Calendar::nyse();
    let mut out = Vec::new();
    for month in month_of(begin) - 2..month_of(end) + 24 {
        let (from, n) = (month_start(month), days_in(month));
        let id = format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1);
        let gone = skip.filter(|s| s.0 == id).map_or(Day(i32::MAX), |s| s.1);
        let price = |seen: &Day| 100.0 - (0..n).map(|i| rate(from.plus(i), *seen)).sum::<f64>() / f64::from(n);
        let sessions: Vec<Day> = calendar.between(ymd(2022, 11, 1), end.min(from.month_end())).to_vec();
        let sessions: Vec<Day> = sessions.into_iter().filter(|d| *d < gone).collect();
        let early: Vec<Day> = sessions.iter().copied().filter(|d| *d <= settled).collect();
        out.push(series(&format!("zq.settle:{id}"), &early, early.iter().map(price).collect(), |d| d.at(16, 0)));
        // Last trades overlap: where there is a settlement it counts.
        let all: Vec<Day> = sessions.into_iter().filter(|d| *d >= ymd(2023, 6, 1)).collect();
        let spoilt = |d: &Day| if *d <= settled { price(d) + 0.02 } else { price(d) };
        out.push(series(&format!("zq.last:{id}"), &all, all.iter().map(spoilt).collect(), |d| d.at(17, 0)));
    }
    let days: Vec<Day> = (0..=end.0 - begin.0).map(|i| begin.plus(i)).collect();
    out.push(series("fred:DFF", &days, days.iter().map(|d| rate(*d, end)).collect(), |d| calendar.next(d).at(9, 0)));
    let upper: Vec<f64> = days.iter().map(|d| (rate(*d, end) * 4.0).ceil() / 4.0).collect();
    out.push(series("fred:DFEDTARU", &days, upper, |d| d.at(16, 15)));
    // The calendar of a year is known in the year before; January with it.
    let known = |d: Day| if d < ymd(2024, 2, 15) { ymd(2022, 1, 3).at(9, 30) } else { ymd(2023, 3, 10).at(9, 30) };
    let scheduled: Vec<_> = meetings().iter().map(|m| (m.0, "scheduled", f64::NAN, known(m.0))).collect();
    out.push(events("fomc", &scheduled));
    let held: Vec<_> = meetings().into_iter().filter(|m| m.0 <= end).map(|m| m.0).collect();
    let change = |d: Day| 100.0 * (rate(d.plus(1), end) - rate(d, end));
    let decided: Vec<_> = held.iter().map(|d| (*d, "decision", change(*d), d.at(14, 0))).collect();
    out.push(events("fomc.decisions", &decided));
    out
}

fn asked(name: &str, with: &[(&str, &str)]) -> Asked {
    let measure = find(name).unwrap();
    let given: BTreeMap<String, String> = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Asked { measure, params: Params::resolve(measure.spec(), &given, &Scope::default()).unwrap() }
}

fn at(rows: &[(String, Observations)], name: &str, with: &[(&str, &str)], day: Day) -> (Point, Vec<Fact>) {
    let asked = asked(name, with);
    let memory = Memory::new(AsOf::end_of(day), rows.to_vec());
    let cut = Cut::build(&memory, &asked.measure.needs(&asked.params, day), day).unwrap();
    let t = cut.last().unwrap();
    (asked.measure.track(&cut, &asked.params, t..t + 1).unwrap()[0], asked.measure.evidence(&cut, &asked.params, t))
}

fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} and {b}");
}

/// The planted world holds the old rate on the day of a decision.
const OLD: (&str, &str) = ("meeting_day", "old");

#[test]
fn the_planted_path_is_found() {
    let rows = world(None);
    let day = ymd(2024, 1, 12);
    let value = |name: &str, with: &[(&str, &str)]| at(&rows, name, with, day).0.value.unwrap();
    let ways: [&[(&'static str, &'static str)]; 2] = [&[OLD], &[OLD, ("method", "least_squares"), ("smoothing", "0.000001")]];
    for with in ways {
        let tolerance = if with.len() == 1 { 1e-9 } else { 2e-3 };
        let ask = |more: &[(&'static str, &'static str)]| [with, more].concat();
        near(value("policy_rate_expected", &ask(&[("on", "2024-06-13")])), 4.75, tolerance);
        near(value("policy_rate_expected", &ask(&[("on", "2024-06-12")])), 4.98, tolerance);
        near(value("cuts_priced", &ask(&[("by", "2024-12-31")])), (5.33 - 3.85) / 0.25, 10.0 * tolerance);
        near(value("policy_path", &ask(&[("meeting", "2024-09-18")])), 4.35, tolerance);
        near(value("path_12m", with), 3.85, tolerance);
    }
    near(value("policy_path", &[OLD, ("horizon", "12")]), 3.85, 1e-9);
    // 13 bp of cut in March is 52 % of a step; by May 35 bp: one step and 40 %.
    near(value("meeting_probability", &[OLD, ("meeting", "2024-03-20")]), 0.52, 1e-9);
    near(value("meeting_probability", &[OLD, ("meeting", "2024-03-20"), ("outcome", "hold")]), 0.48, 1e-9);
    near(value("meeting_probability", &[OLD, ("meeting", "2024-05-01")]), 1.0 - 0.48 * 0.12, 1e-9);
    let range = [OLD, ("meeting", "2024-05-01"), ("outcome", "range"), ("upper", "5.25")];
    near(value("meeting_probability", &range), 0.52 * 0.12 + 0.48 * 0.88, 1e-9);
    // The middle of 525-550 is 5.375.
    near(value("distance_from_target", &[OLD]), 100.0 * (3.85 - 5.375), 1e-6);
    near(value("policy_rate_expected", &[OLD, ("on", "2024-06-13"), ("terms", "target")]), 5.375 - 0.58, 1e-9);
    let (point, facts) = at(&rows, "policy_path", &[OLD], day);
    assert!(!point.flags.has(Flags::MISSING_CONTRACT) && point.n_obs > 12, "{point:?}");
    let march: Vec<&Fact> = facts.iter().filter(|f| f.day == Some(ymd(2024, 3, 20)) && f.label.contains('-')).collect();
    assert_eq!(march.iter().map(|f| f.label.as_str()).collect::<Vec<_>>(), ["500-525", "525-550"]);
    near(march.iter().map(|f| f.value.unwrap()).sum(), 1.0, 1e-12);
    // The settlement counts where it is known, not the spoilt last trade of the same day.
    let (then, _) = at(&rows, "policy_rate_expected", &[OLD, ("on", "2024-03-19")], ymd(2023, 9, 14));
    near(then.value.unwrap(), 5.33, 1e-9);
}

#[test]
fn what_lies_beyond_and_what_is_missing_is_said() {
    let rows = world(None);
    let day = ymd(2024, 1, 12);
    // Beyond January 2025 no meeting is announced; the contracts are flat there.
    let (point, _) = at(&rows, "policy_rate_expected", &[OLD, ("on", "2025-06-30")], day);
    near(point.value.unwrap(), 3.70, 1e-9);
    assert!(point.flags.has(Flags::BEYOND_CALENDAR));
    // A contract that stopped trading is carried for three sessions, flagged, then it is none.
    let rows = world(Some(("2024-01", ymd(2024, 1, 10))));
    let (point, _) = at(&rows, "cuts_priced", &[OLD], day);
    assert!(point.flags.has(Flags::STALE) && point.value.is_ok(), "{point:?}");
    let (point, _) = at(&rows, "cuts_priced", &[OLD], ymd(2024, 1, 22));
    assert!(point.flags.has(Flags::MISSING_CONTRACT), "{point:?}");
    // A far contract that stopped trading keeps its spread to the month before it, flagged, for the sessions asked and no longer; what
    // does not rest on it is not flagged.
    let by = ("by", "2024-12-31");
    let gone = world(Some(("2024-12", ymd(2023, 12, 20))));
    let whole = world(None);
    let (carried, _) = at(&gone, "cuts_priced", &[OLD, by], day);
    near(carried.value.unwrap(), at(&whole, "cuts_priced", &[OLD, by], day).0.value.unwrap(), 1e-9);
    assert!(carried.flags.has(Flags::CARRIED_SPREAD) && !carried.flags.has(Flags::MISSING_CONTRACT), "{carried:?}");
    assert_eq!(carried.n_obs, at(&whole, "cuts_priced", &[OLD, by], day).0.n_obs - 1, "a carried spread is no price");
    let near_date = at(&gone, "policy_rate_expected", &[OLD, ("on", "2024-06-30")], day).0;
    assert!(near_date.value.is_ok() && !near_date.flags.has(Flags::CARRIED_SPREAD), "{near_date:?}");
    for sessions in ["0", "14"] {
        let (point, _) = at(&gone, "cuts_priced", &[OLD, by, ("carry", sessions)], day);
        assert!(!point.flags.has(Flags::CARRIED_SPREAD) && point.flags.has(Flags::MISSING_CONTRACT), "{sessions}: {point:?}");
    }
    let (point, _) = at(&rows, "cuts_priced", &[("by", "2023-12-31")], day);
    assert_eq!(point.value, Err(Missing::Undefined));
    let (point, _) = at(&[], "policy_path", &[], day);
    assert_eq!(point.value, Err(Missing::NoData));
    let (point, _) = at(&rows, "policy_path", &[("meeting", "2024-09-25")], day);
    assert_eq!(point.value, Err(Missing::Undefined));
}

#[test]
fn repricing_adds_up_and_the_surprise_is_the_planted_one() {
    let rows = world(None);
    let with = [OLD, ("since", "since:2023-07-20"), ("by", "2023-12-31")];
    let (point, facts) = at(&rows, "repricing", &with, ymd(2023, 8, 1));
    // The rate came out 10 bp above what was priced: 0.4 cuts less.
    near(point.value.unwrap(), -0.4, 1e-9);
    let parts = ["meetings held meanwhile", "at the meeting", "beyond the meetings both days knew"];
    let sum: f64 = facts.iter().filter(|f| parts.contains(&f.label.as_str())).filter_map(|f| f.value).sum();
    near(sum, -0.4, 1e-9);
    near(facts.iter().find(|f| f.label == parts[0]).unwrap().value.unwrap(), -0.4, 1e-9);
    let session = facts.iter().find(|f| f.label == "session").unwrap();
    assert_eq!(session.day, Some(ymd(2023, 7, 26)));
    assert!(facts.iter().any(|f| f.label == "event: decision" && f.day == Some(ymd(2023, 7, 26))));

    let (point, facts) = at(&rows, "policy_surprise", &[], ymd(2023, 8, 1));
    near(point.value.unwrap(), 10.0, 1e-8);
    assert_eq!(facts[0].day, Some(ymd(2023, 7, 26)));
    assert!(facts[0].note.contains("+25 bp"), "{}", facts[0].note);
    // On the 31st of January 2024 both rules take the next contract; nothing was surprising.
    let (point, facts) = at(&rows, "policy_surprise", &[], ymd(2024, 2, 2));
    near(point.value.unwrap(), 0.0, 1e-8);
    assert!(facts[0].note.starts_with("next contract"), "{}", facts[0].note);
    // The day before the decision its predecessor is the last.
    let (_, facts) = at(&rows, "policy_surprise", &[], ymd(2023, 7, 25));
    assert_eq!(facts[0].day, Some(ymd(2023, 6, 14)));
}

#[test]
fn a_meeting_that_is_added_or_cancelled_is_on_no_earlier_path() {
    let mut rows = world(None);
    let (added, cancelled) = (ymd(2024, 4, 10), ymd(2024, 5, 1));
    let known = ymd(2024, 2, 6).at(10, 0);
    rows.push(events("fomc", &[(added, "scheduled", f64::NAN, known), (cancelled, "cancelled", f64::NAN, known)]));
    let days = |day: Day| -> Vec<Day> {
        let (_, facts) = at(&rows, "policy_path", &[OLD], day);
        facts.iter().filter(|f| f.label == "expected rate").filter_map(|f| f.day).collect()
    };
    assert!(days(ymd(2024, 2, 5)).contains(&cancelled) && !days(ymd(2024, 2, 5)).contains(&added));
    assert!(!days(ymd(2024, 2, 6)).contains(&cancelled) && days(ymd(2024, 2, 6)).contains(&added));
    // One cut serves a history over that day, and says on each day what a fresh one says.
    let with = [OLD, ("by", "2024-12-31")];
    let memory = Memory::new(AsOf::end_of(ymd(2024, 2, 20)), rows.clone());
    let replay = replay::replay(&memory, &[asked("cuts_priced", &with)], ymd(2024, 1, 10)).unwrap();
    assert_eq!(replay.cuts, 1);
    for (day, point) in replay.histories[0].as_ref().unwrap() {
        assert_eq!(*point, at(&rows, "cuts_priced", &with, *day).0, "{day}");
    }
    assert!(memory.breaks(&plimsoll_model::knowledge::Scan::all(Dataset::Events), ymd(2024, 1, 10).at(0, 0)).unwrap().len() == 1);
}

/// Levels from returns on sessions.
fn levels(days: &[Day], ret: impl Fn(usize, Day) -> f64) -> Vec<f64> {
    let mut level = 100.0;
    days.iter()
        .enumerate()
        .map(|(i, d)| {
            level *= 1.0 + ret(i, *d);
            level
        })
        .collect()
}

#[test]
fn an_event_study_finds_what_was_planted() {
    let mut rows = world(None);
    let days: Vec<Day> = Calendar::nyse().between(ymd(2022, 12, 1), ymd(END.0, END.1, END.2)).to_vec();
    let meeting = |d: Day| meetings().iter().any(|m| m.0 == d);
    let market = |i: usize| 0.005 * (i as f64 * 1.7).sin();
    // On the day of a decision small capitalisation gains 2 % more, and 0.1 % with each second one.
    let small = |i: usize, d: Day| market(i) + if meeting(d) { 0.02 + 0.001 * f64::from(d.0 % 2) } else { 0.0 };
    rows.push(series("etf:IWM", &days, levels(&days, small), |d| d.at(16, 0)));
    rows.push(series("etf:SPY", &days, levels(&days, |i, _| market(i)), |d| d.at(16, 0)));
    let (point, facts) = at(&rows, "event_study", &[], ymd(2024, 3, 28));
    let fact = |label: &str| facts.iter().find(|f| f.label == label).unwrap().value.unwrap();
    assert_eq!(point.n_obs, 10);
    near(point.value.unwrap(), 0.0205, 6e-4);
    near(fact("difference, session +0"), point.value.unwrap(), 1e-12);
    near(fact("difference, session -1"), 0.0, 1e-12);
    near(fact("placebo mean"), 0.0, 2e-3);
    assert!(fact("lower end of the band, session +0") > 0.019 && fact("upper end of the band, session +0") < 0.022);
    // No draw of other days comes near; the placebo band lies around nought and the gain outside of it.
    near(fact("p-value against placebo days"), 1.0 / 1000.0, 1e-12);
    let (low, high) = (fact("lower end of placebo, session +0"), fact("upper end of placebo, session +0"));
    assert!(
        low <= 0.0 && (0.0..0.002).contains(&high) && low <= fact("placebo, session +0") && fact("placebo, session +0") <= high
    );
    // A fixed seed draws the same days; another seed others.
    let again = at(&rows, "event_study", &[], ymd(2024, 3, 28)).1;
    assert_eq!(facts, again);
    let other = at(&rows, "event_study", &[("seed", "2"), ("width", "3")], ymd(2024, 3, 28)).1;
    let mean = |facts: &[Fact]| facts.iter().find(|f| f.label == "placebo mean").unwrap().value.unwrap();
    assert_ne!(mean(&other), mean(&at(&rows, "event_study", &[("width", "3")], ymd(2024, 3, 28)).1));
    // Days given instead: none of them a decision.
    let quiet = [("events", "2023-08-01,2023-08-10,2023-08-21,2023-10-03,2023-10-12"), ("width", "2")];
    let (point, facts) = at(&rows, "event_study", &quiet, ymd(2024, 3, 28));
    near(point.value.unwrap(), 0.0, 1e-12);
    assert_eq!(facts.iter().filter(|f| f.label.starts_with("difference")).count(), 5);
    let few = [("events", "2023-08-01,2023-08-10,2023-08-21,2023-10-03,2024-03-28")];
    assert_eq!(at(&rows, "event_study", &few, ymd(2024, 3, 28)).0.value, Err(Missing::TooFew));
}

#[test]
fn the_days_of_the_largest_repricings_are_named_with_what_caps_did() {
    let mut rows = world(None);
    let days: Vec<Day> = Calendar::nyse().between(ymd(2022, 12, 1), ymd(END.0, END.1, END.2)).to_vec();
    let surprise = ymd(SURPRISE.0, SURPRISE.1, SURPRISE.2);
    let market = |i: usize| 0.005 * (i as f64 * 1.7).sin();
    // The one day on which the path moved, by 0.4 cuts away, small capitalisation lost 3 % more than large.
    let small = |i: usize, d: Day| market(i) - if d == surprise { 0.03 } else { 0.0 };
    rows.push(series("etf:IWM", &days, levels(&days, small), |d| d.at(16, 0)));
    rows.push(series("etf:SPY", &days, levels(&days, |i, _| market(i)), |d| d.at(16, 0)));
    let with = [OLD, ("by", "2023-12-31"), ("largest", "3"), ("sessions", "30"), ("since", "window")];
    let (point, facts) = at(&rows, "repricing_days", &with, ymd(2023, 8, 1));
    assert_eq!(point.n_obs, 3);
    near(point.value.unwrap(), 0.03 / 3.0, 1e-9);
    let on = |label: &str| facts.iter().find(|f| f.label == label && f.day == Some(surprise)).unwrap().value.unwrap();
    near(on("cuts added"), -0.4, 1e-9);
    near(on("small less large"), -0.03, 1e-12);
    near(on("small") - on("large"), on("small less large"), 1e-15);
    // Most cuts are priced once the hike is behind: before that day, one was still to come. From then on nothing moved.
    let since_peak = [OLD, ("by", "2023-12-31"), ("largest", "3"), ("sessions", "30")];
    let (point, facts_since) = at(&rows, "repricing_days", &since_peak, ymd(2023, 8, 1));
    near(point.value.unwrap(), 0.0, 1e-9);
    assert!(facts_since.iter().filter(|f| f.label == "cuts added").all(|f| f.day.unwrap() > surprise));
    // Nothing of a later day is on the list, and the date must lie ahead.
    assert!(facts.iter().filter_map(|f| f.day).all(|d| d <= ymd(2023, 8, 1)));
    assert_eq!(at(&rows, "repricing_days", &with, ymd(2024, 1, 12)).0.value, Err(Missing::Undefined));
    assert_eq!(at(&rows, "repricing_days", &[("by", "2023-12-31")], ymd(2023, 1, 6)).0.value, Err(Missing::TooFew));
}

#[test]
fn events_of_a_calendar_count_as_they_were_known() {
    let mut rows = world(None);
    let days: Vec<Day> = Calendar::nyse().between(ymd(2022, 12, 1), ymd(END.0, END.1, END.2)).to_vec();
    let releases: Vec<Day> = (4..11).map(|m| ymd(2023, m, 12)).collect();
    let (cancelled, late) = (ymd(2023, 10, 12), ymd(2023, 11, 14));
    let gain = |d: Day| if releases.contains(&d) || d == late { 0.01 } else { 0.0 };
    rows.push(series("etf:IWM", &days, levels(&days, |_, d| gain(d)), |d| d.at(16, 0)));
    rows.push(series("etf:SPY", &days, levels(&days, |_, _| 0.0), |d| d.at(16, 0)));
    let mut told: Vec<_> = releases.iter().map(|d| (*d, "scheduled", f64::NAN, ymd(2023, 1, 3).at(9, 30))).collect();
    told.extend(releases.iter().map(|d| (*d, "release", 3.0, d.plus(1).at(9, 30))));
    // One is taken back a year too late for anyone to know; one is told of weeks after it was.
    told.push((cancelled, "cancelled", f64::NAN, ymd(2024, 2, 1).at(9, 30)));
    told.push((late, "release", 3.0, ymd(2023, 12, 1).at(9, 30)));
    told.sort_by_key(|r| (r.0, r.1));
    rows.push(events("cpi", &told));
    let with = [("events", "calendar:cpi"), ("width", "0")];
    let count = |day: Day| at(&rows, "event_study", &with, day).0.n_obs;
    assert_eq!(count(ymd(2023, 10, 12)), 7, "12 August is a Saturday and counts on the next session");
    assert_eq!(count(ymd(2023, 11, 30)), 7);
    assert_eq!(count(ymd(2023, 12, 1)), 8);
    assert_eq!(count(ymd(2024, 1, 31)), 8);
    assert_eq!(count(ymd(2024, 2, 1)), 7);
    // Repricing names the releases between its days.
    let labels = |day: Day, releases: &str| -> Vec<Day> {
        let with = [OLD, ("since", "since:2023-09-01"), ("releases", releases)];
        let (_, facts) = at(&rows, "repricing", &with, day);
        facts.iter().filter(|f| f.label == "event: cpi release").filter_map(|f| f.day).collect()
    };
    assert_eq!(labels(ymd(2023, 11, 30), "cpi"), [ymd(2023, 9, 12), ymd(2023, 10, 12)]);
    assert_eq!(labels(ymd(2023, 12, 1), "cpi"), [ymd(2023, 9, 12), ymd(2023, 10, 12), late]);
    assert!(labels(ymd(2023, 12, 1), "jobs").is_empty());
}

#[test]
fn a_planted_sensitivity_to_the_path_is_found() {
    // Prices that move: each month's contract follows one wandering rate, so that path_12m does too.
    let days: Vec<Day> = Calendar::nyse().between(ymd(2023, 1, 3), ymd(2024, 3, 28)).to_vec();
    let path = |i: usize| 5.0 + 0.3 * (i as f64 * 0.37).sin() + 0.1 * (i as f64 * 1.9).cos();
    let two = |i: usize| 4.5 + 0.2 * (i as f64 * 0.61).cos() + 0.5 * (path(i) - 5.0);
    let ten = |i: usize| 4.0 + 0.2 * (i as f64 * 0.83).sin();
    let market = |i: usize| 0.01 * (i as f64 * 2.3).cos();
    let change = |of: &dyn Fn(usize) -> f64, i: usize| if i == 0 { 0.0 } else { of(i) - of(i - 1) };
    let mut rows = Vec::new();
    for month in month_of(ymd(2023, 1, 1))..month_of(ymd(2024, 3, 1)) + 15 {
        let id = format!("zq.settle:{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1);
        rows.push(series(&id, &days, (0..days.len()).map(|i| 100.0 - path(i)).collect(), |d| d.at(16, 0)));
    }
    // -4 % per 100 bp of the path, 2 % of the two-year, -1 % of the ten-year, 0.3 of the market; a break at the middle in the path's.
    let planted = |slope: &dyn Fn(usize) -> f64| {
        let mut rows = rows.clone();
        let small = |i: usize, _: Day| {
            1.3 * market(i) + slope(i) * change(&path, i) + 0.02 * change(&two, i) - 0.01 * change(&ten, i)
                + 1e-5 * (i as f64 * 3.1).sin()
        };
        rows.push(series("etf:IWM", &days, levels(&days, small), |d| d.at(16, 0)));
        rows.push(series("etf:SPY", &days, levels(&days, |i, _| market(i)), |d| d.at(16, 0)));
        rows.push(series("treasury:2Y", &days, (0..days.len()).map(two).collect(), |d| d.at(18, 0)));
        rows.push(series("treasury:10Y", &days, (0..days.len()).map(ten).collect(), |d| d.at(18, 0)));
        rows
    };
    let on_the_last_day = |rows: &[(String, Observations)]| at(rows, "policy_sensitivity", &[], ymd(2024, 3, 28));
    let rows_of = planted;
    let planted = |slope: &dyn Fn(usize) -> f64| on_the_last_day(&rows_of(slope));
    // The same slopes on a sector, with its own market slope.
    let sector = [("sectors", "etf:IWM"), ("of", "etf:IWM"), ("yield", "path_12m"), ("beside", "treasury:2Y,treasury:10Y")];
    let (point, facts) = at(&rows_of(&|_| -0.04), "sector_rate_beta", &sector, ymd(2024, 3, 28));
    near(point.value.unwrap(), -0.04, 2e-4);
    assert!(facts[0].note.contains("market 1.30"), "{}", facts[0].note);
    let sector = [("sectors", "etf:IWM"), ("of", "etf:IWM"), ("yield", "treasury:2Y"), ("beside", "path_12m,treasury:10Y")];
    near(at(&rows_of(&|_| -0.04), "sector_rate_beta", &sector, ymd(2024, 3, 28)).0.value.unwrap(), 0.02, 2e-4);
    let (point, facts) = planted(&|_| -0.04);
    let fact = |facts: &[Fact], label: &str| facts.iter().find(|f| f.label == label).unwrap().value.unwrap();
    near(point.value.unwrap(), -0.04, 2e-4);
    assert_eq!(point.n_obs, 252);
    near(fact(&facts, "slope on treasury:2Y|fred:DGS2"), 0.02, 2e-4);
    near(fact(&facts, "slope on the market's return"), 0.3, 2e-3);
    near(fact(&facts, "slope, first half"), -0.04, 5e-4);
    assert!(facts.iter().any(|f| f.label == "sup-F"));
    let (_, facts) = planted(&|i| if i < 185 { -0.02 } else { -0.06 });
    near(fact(&facts, "slope, first half"), -0.02, 5e-4);
    near(fact(&facts, "slope, second half"), -0.06, 5e-4);
    assert!(fact(&facts, "Chow's F, between the halves") > 100.0);
}
