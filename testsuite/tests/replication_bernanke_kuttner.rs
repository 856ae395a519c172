//! Bernanke and Kuttner (2005), table 2: see `replication/bernanke-kuttner-2005/README.md`.

use plimsoll_measures::kernels::policy_response::{Answer, Responses, left_out, needs, sample};
use plimsoll_model::cut::Cut;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

/// The paper's slope of the market's return on the surprise, full sample.
const PUBLISHED: f64 = -4.68;

#[test]
fn the_market_falls_when_policy_surprises_upward() {
    let Some(data) = real::data() else { return };
    let files = ["french/F-F_Research_Data_Factors_daily.csv", "fedfunds"];
    let memory = real::memory(&data, &files, AsOf::end_of(Day::ymd(2024, 6, 28)));
    let cut = Cut::build(&memory, &needs(), sample().0).unwrap();
    let heard = Responses::of(&cut, Answer::SameDay).unwrap();
    let both = heard.both().unwrap();
    println!(
        "bernanke-kuttner-2005: surprise {:.2} ({:.2}), expected {:.2} ({:.2}), R2 {:.3}, n {}, {} without prices",
        both.beta[2], both.se[2], both.beta[1], both.se[1], both.r2, both.n, heard.without
    );
    // Within one of our own standard errors of the paper, and less than a percentage point away.
    assert!((both.beta[2] - PUBLISHED).abs() < both.se[2].min(1.0), "{}", both.beta[2]);
    // The paper's finding: the surprise moves the market, the expected change does not.
    assert!(both.t(2) < -1.96 && both.t(1).abs() < 1.96, "{} {}", both.t(2), both.t(1));
    assert!(both.beta[2].abs() > 3.0 * both.beta[1].abs());
    // The same regression with sums by hand.
    let n = heard.all.len() as f64;
    let mean = |of: &dyn Fn(usize) -> f64| (0..heard.all.len()).map(of).sum::<f64>() / n;
    let (x, e, y) = (|i: usize| heard.all[i].surprise, |i: usize| heard.all[i].expected, |i: usize| heard.all[i].ret);
    let (mx, me, my) = (mean(&x), mean(&e), mean(&y));
    let cov = |a: &dyn Fn(usize) -> f64, ma: f64, b: &dyn Fn(usize) -> f64, mb: f64| mean(&|i| (a(i) - ma) * (b(i) - mb));
    let (xx, ee, xe) = (cov(&x, mx, &x, mx), cov(&e, me, &e, me), cov(&x, mx, &e, me));
    let (xy, ey) = (cov(&x, mx, &y, my), cov(&e, me, &y, my));
    assert!((both.beta[2] - (xy * ee - ey * xe) / (xx * ee - xe * xe)).abs() < 1e-9);
    // Its parts add up to the change of the target: the largest cut between meetings is known from Kuttner (2001), table 2.
    let october = heard.all.iter().find(|r| r.day == Day::ymd(1998, 10, 15)).unwrap();
    assert!((october.surprise + october.expected + 0.25).abs() < 1e-9, "{october:?}");
    assert!(october.ret > 3.0, "{october:?}");
    assert!(heard.all.iter().all(|r| r.day != left_out() && (sample().0..=sample().1).contains(&r.day)));
    // Announced after the futures settled, counted with the next day's stocks, the response is weaker: half of it was over.
    let later = Responses::of(&cut, Answer::WithFutures).unwrap().both().unwrap();
    println!("bernanke-kuttner-2005: counted with the futures {:.2}", later.beta[2]);
    assert!(later.beta[2] > both.beta[2] && later.t(2) < 0.0);
}
