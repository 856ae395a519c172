use super::*;

fn ymd(y: i16, m: i8, d: i8) -> Day {
    Day::ymd(y, m, d)
}
fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} and {b}");
}
fn strip(first: Month, rate: &[f64]) -> Strip<'_> {
    Strip { first, rate, carried: &[], front: first, elapsed: 0, elapsed_sum: 0.0 }
}

#[test]
fn months_are_counted() {
    assert_eq!(month_start(month_of(ymd(2024, 2, 29))), ymd(2024, 2, 1));
    assert_eq!((days_in(month_of(ymd(2024, 2, 1))), days_in(month_of(ymd(2023, 12, 5)))), (29, 31));
    assert_eq!(month_of(ymd(2024, 1, 1)) - month_of(ymd(2023, 12, 31)), 1);
}

#[test]
fn the_example_of_september_2022() {
    // Settlements of 2022-09-12, widely reprinted as the worked example: September 97.4475, October (no meeting) 96.94, November
    // 96.43, December 96.235, January 96.115, ... Meetings on 21 September (20 days before, 10 after) and 2 November (1 and 29).
    let prices = [97.4475, 96.94, 96.43, 96.235, 96.115];
    let rates: Vec<f64> = prices.iter().map(|p| 100.0 - p).collect();
    let mut path = Path::default();
    // November is listed last, so that it is solved from its own contract as in the example.
    exchange(&strip(month_of(ymd(2022, 9, 1)), &rates), &[], &[ymd(2022, 9, 21), ymd(2022, 11, 2)], &Rules::default(), &mut path);
    near(path.steps[0].start, 2.2987, 6e-5);
    near(path.steps[0].end, 3.06, 1e-9);
    near(path.steps[0].change().unwrap(), 0.7613, 6e-5);
    near(path.steps[1].end, 3.5876, 6e-5);
    near(path.steps[1].change().unwrap(), 0.5276, 6e-5);
    // 3.045 steps: three steps and 4.5 % of a fourth.
    let (least, mass) = path.outcomes(0).unwrap();
    assert_eq!((least, mass.len()), (3, 2));
    near(mass[1], 0.7613 / 0.25 - 3.0, 3e-4);
    // The second meeting adds 2.11 steps: outcomes of five to seven.
    let (least, mass) = path.outcomes(1).unwrap();
    assert_eq!((least, mass.len()), (5, 3));
    near(mass.iter().sum::<f64>(), 1.0, 1e-12);
    let up = [path.steps[0].change().unwrap() / 0.25 - 3.0, path.steps[1].change().unwrap() / 0.25 - 2.0];
    near(mass[0], (1.0 - up[0]) * (1.0 - up[1]), 1e-9);
    near(mass[2], up[0] * up[1], 1e-9);
    near(path.expected_steps(1).unwrap(), 5.0 + up[0] + up[1], 1e-9);
    assert!(path.steps.iter().all(|s| s.marks == mark::LARGE_STEP));
}

#[test]
fn a_meeting_between_free_months_does_not_use_its_own_contract() {
    let mut path = Path::default();
    let first = month_of(ymd(2023, 2, 1));
    let s = Strip { front: first + 1, ..strip(first, &[4.57, 9.9, 4.80, 4.9, 5.0]) };
    exchange(&s, &[], &[ymd(2023, 3, 22), ymd(2023, 5, 3)], &Rules::default(), &mut path);
    near(path.steps[0].start, 4.57, 0.0);
    near(path.steps[0].end, 4.80, 0.0);
    // A cut of 23 bp is 92 % of a step down.
    exchange(
        &Strip { rate: &[4.80, 9.9, 4.57, 4.5], ..s },
        &[],
        &[ymd(2023, 3, 22), ymd(2023, 5, 3)],
        &Rules::default(),
        &mut path,
    );
    let (least, mass) = path.outcomes(0).unwrap();
    assert_eq!(least, -1);
    near(mass[0], 0.92, 1e-9);
}

#[test]
fn conventions_move_the_day_and_the_last_meeting() {
    let first = month_of(ymd(2024, 2, 1));
    let rates = [5.33, 5.32, 5.30];
    let mut path = Path::default();
    let meeting = [ymd(2024, 3, 20)];
    exchange(&strip(first, &rates), &[], &meeting, &Rules::default(), &mut path);
    // 19 days before, 12 from the day on: 5.32 x 31 = 5.33 x 19 + end x 12.
    near(path.steps[0].end, (5.32 * 31.0 - 5.33 * 19.0) / 12.0, 1e-12);
    exchange(&strip(first, &rates), &[], &meeting, &Rules { meeting_day: MeetingDay::Old, ..Rules::default() }, &mut path);
    near(path.steps[0].end, (5.32 * 31.0 - 5.33 * 20.0) / 11.0, 1e-12);
    exchange(
        &strip(first, &rates),
        &[],
        &meeting,
        &Rules { last_meeting: LastMeeting::NextMonth, ..Rules::default() },
        &mut path,
    );
    near(path.steps[0].end, 5.30, 0.0);
    assert_eq!(path.rate_on(ymd(2024, 3, 19), &Rules::default()), Some(5.33));
    assert_eq!(path.rate_on(ymd(2024, 3, 20), &Rules::default()), Some(5.30));
    assert_eq!(path.rate_on(ymd(2024, 4, 1), &Rules::default()), None);
}

#[test]
fn two_meetings_in_a_month_share_its_change() {
    let first = month_of(ymd(2024, 2, 1));
    let mut path = Path::default();
    let meetings = [ymd(2024, 3, 5), ymd(2024, 3, 20)];
    let rules = Rules { last_meeting: LastMeeting::NextMonth, ..Rules::default() };
    exchange(&strip(first, &[5.3, 5.2, 4.9]), &[], &meetings, &rules, &mut path);
    near(path.steps[0].end, 5.1, 1e-12);
    near(path.steps[1].end, 4.9, 1e-12);
    assert!(path.steps.iter().all(|s| s.marks & mark::TWO_MEETINGS != 0));
}

#[test]
fn a_month_with_a_move_behind_it_uses_realised_days() {
    // January 2008: a cut by 75 bp on the 22nd (a Tuesday), a meeting on the 30th, February free. 22 days at 4.25, 7 at 3.50.
    let first = month_of(ymd(2007, 12, 1));
    let january = (22.0 * 4.25 + 7.0 * 3.5 + 2.0 * 3.0) / 31.0;
    let rates = [4.24, january, 3.0, 2.9, 2.8];
    let s = Strip { front: first + 1, ..strip(first, &rates) };
    let (past, future) = ([ymd(2008, 1, 22)], [ymd(2008, 1, 30), ymd(2008, 3, 18)]);
    let mut path = Path::default();
    exchange(&s, &past, &future, &Rules::default(), &mut path);
    // As published: the days before the meeting are one rate, so that the cut is mixed into it. It is marked.
    assert!(path.steps[0].start > 4.0 && path.steps[0].marks & mark::TWO_MEETINGS != 0);
    let known = Strip { elapsed: 24, elapsed_sum: 22.0 * 4.25 + 2.0 * 3.5, ..s };
    exchange(&known, &past, &future, &Rules::default(), &mut path);
    near(path.steps[0].start, 3.5, 1e-9);
    least_squares(&known, &past, &future, &Rules { smoothing: 1e-9, ..Rules::default() }, &mut path);
    near(path.steps[0].start, 3.5, 1e-5);
    near(path.steps[0].end, 3.0, 1e-5);
}

#[test]
fn a_meeting_just_after_a_month_with_an_unscheduled_move_starts_where_that_month_ends() {
    // September 2001: 16 days at 3.50, 14 at 3.00 from the 17th on. 2 October: a cut to 2.50, one day at the old rate.
    let first = month_of(ymd(2001, 7, 1));
    let (august, september) = ((20.0 * 3.75 + 11.0 * 3.5) / 31.0, (16.0 * 3.5 + 14.0 * 3.0) / 30.0);
    let october = (3.0 + 30.0 * 2.5) / 31.0;
    // A tick of error in October or November is 31 ticks of the rate before a meeting on the second.
    for error in [0.0, 0.01] {
        let rates = [3.75, august, september, october + error, 2.5, 2.5];
        let s = Strip { front: first + 2, ..strip(first, &rates) };
        let mut path = Path::default();
        let (past, future) = ([ymd(2001, 8, 21), ymd(2001, 9, 17)], [ymd(2001, 10, 2)]);
        exchange(&s, &past, &future, &Rules { last_meeting: LastMeeting::NextMonth, ..Rules::default() }, &mut path);
        near(path.steps[0].start, 3.0, 1e-9);
        near(path.steps[0].end, 2.5, 1e-9);
        assert!(path.steps[0].marks & mark::NO_FREE_MONTH != 0);
    }
}

#[test]
fn a_carried_month_marks_what_rests_on_it() {
    let first = month_of(ymd(2023, 10, 1));
    let rates = [5.33, 5.33, 5.35, 5.36, 5.30, 5.2, 5.1, 5.0, 4.9];
    let meetings = [ymd(2023, 11, 1), ymd(2023, 12, 13), ymd(2024, 1, 31), ymd(2024, 3, 20), ymd(2024, 5, 1)];
    let marked = |carried: usize| -> Vec<bool> {
        let flags: Vec<bool> = (0..rates.len()).map(|i| i == carried).collect();
        let mut path = Path::default();
        exchange(&Strip { carried: &flags, ..strip(first, &rates) }, &[], &meetings, &Rules::default(), &mut path);
        path.steps.iter().map(|s| s.marks & mark::CARRIED != 0).collect()
    };
    // February is free: it settles the run of November to January behind it, and begins March. May is its own affair.
    assert_eq!(marked(4), [true, true, true, true, false]);
    assert_eq!(marked(7), [false, false, false, false, true]);
    assert_eq!(marked(0), [true, true, true, false, false]);
    assert_eq!(marked(99), [false; 5]);
}

#[test]
fn what_is_missing_is_not_guessed() {
    let first = month_of(ymd(2024, 1, 1));
    let mut path = Path::default();
    let meetings = [ymd(2024, 1, 31), ymd(2024, 3, 20), ymd(2024, 5, 1), ymd(2024, 6, 12)];
    // February is unknown: its rate is the one that March begins with, solved from March and April. It is marked.
    let rates = [5.33, f64::NAN, 5.2, 5.1, 5.0, 4.9, 4.8];
    exchange(&strip(first, &rates), &[], &meetings, &Rules::default(), &mut path);
    let march = (5.2 * 31.0 - 5.1 * 12.0) / 19.0;
    near(path.steps[0].end, march, 1e-12);
    near(path.steps[1].start, march, 1e-12);
    assert!(path.steps[..2].iter().all(|s| s.marks & mark::MISSING_CONTRACT != 0));
    // March is unknown too: nothing says what happened in January or in March, and no distribution can be chained.
    let rates = [5.33, f64::NAN, f64::NAN, 5.1, 5.0, 4.9, 4.8];
    exchange(&strip(first, &rates), &[], &meetings, &Rules::default(), &mut path);
    assert!(path.steps[0].change().is_none() && path.outcomes(0).is_none() && path.outcomes(2).is_none());
    assert!(path.steps[0].marks & mark::MISSING_CONTRACT != 0);
    near(path.steps[1].end, 5.1, 0.0);
    exchange(&strip(first, &[]), &[], &[], &Rules::default(), &mut path);
    assert!(path.steps.is_empty() && path.outcomes(0).is_none() && path.rate_on(ymd(2024, 1, 1), &Rules::default()).is_none());
    least_squares(&strip(first, &[f64::NAN; 7]), &[], &meetings, &Rules::default(), &mut path);
    assert!(path.steps.iter().all(|s| s.change().is_none()));
}

#[test]
fn least_squares_finds_a_planted_path() {
    let first = month_of(ymd(2024, 1, 1));
    let meetings = [ymd(2024, 1, 31), ymd(2024, 3, 20), ymd(2024, 5, 1), ymd(2024, 6, 12), ymd(2024, 7, 31)];
    let rates = [5.33, 5.28, 5.08, 4.91, 4.70, 4.55];
    let mean = |month: Month| {
        let (a, n) = (month_start(month), days_in(month));
        let on = |day: Day| rates[meetings.iter().filter(|m| **m <= day).count()];
        (0..n).map(|i| on(a.plus(i))).sum::<f64>() / f64::from(n)
    };
    let strip_rates: Vec<f64> = (0..9).map(|i| mean(first + i)).collect();
    let rules = Rules { smoothing: 1e-10, last_meeting: LastMeeting::NextMonth, ..Rules::default() };
    let mut path = Path::default();
    least_squares(&strip(first, &strip_rates), &[], &meetings, &rules, &mut path);
    for (step, pair) in path.steps.iter().zip(rates.windows(2)) {
        near(step.start, pair[0], 1e-5);
        near(step.end, pair[1], 1e-5);
    }
    exchange(&strip(first, &strip_rates), &[], &meetings, &rules, &mut path);
    for (step, pair) in path.steps.iter().zip(rates.windows(2)) {
        near(step.start, pair[0], 1e-9);
        near(step.end, pair[1], 1e-9);
    }
}

#[test]
fn surprises_by_hand() {
    // The 15th of a month of 31 days: the implied rate fell by 13 bp, scaled by 31/16.
    near(kuttner(ymd(1998, 10, 15), Some(-0.13), Some(-0.3), 1).unwrap(), -0.13 * 31.0 / 16.0, 1e-12);
    // 29 September: with the last three days the next contract, with the last day alone the own one, times 30.
    assert_eq!(kuttner(ymd(1998, 9, 29), Some(-0.001), Some(-0.06), 3), Some(-0.06));
    near(kuttner(ymd(1998, 9, 29), Some(-0.001), Some(-0.06), 1).unwrap(), -0.03, 1e-12);
    assert_eq!(kuttner(ymd(1998, 9, 30), Some(-0.001), Some(-0.06), 1), Some(-0.06));
    assert_eq!(kuttner(ymd(1998, 9, 30), Some(-0.001), None, 1), None);
}
