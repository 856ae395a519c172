use super::*;

fn sample<'a>(days: &'a [Day], ret: &'a [f64], bill: &'a [f64], benchmark: Option<&'a [f64]>) -> Sample<'a> {
    Sample { days, ret, bill, benchmark, account: None, offset: 0 }
}

#[test]
fn figures_by_hand() {
    let days: Vec<Day> = [0, 1, 2, 3, 4].map(|n| Day::ymd(2024, 1, 29).plus(n)).to_vec();
    let (ret, bill) = ([0.0, 0.02, -0.01, 0.03, -0.02], [0.0; 5]);
    let f = figures(&sample(&days, &ret, &bill, None));
    let close = |name: &str, expected: f64| {
        let got = f.get(name).unwrap_or_else(|| panic!("{name}"));
        assert!((got - expected).abs() < 1e-12, "{name}: {got} {expected}");
    };
    let wealth: f64 = 1.02 * 0.99 * 1.03 * 0.98;
    close("total_return", wealth);
    close("cagr", wealth.powf(365.25 / 4.0) - 1.0);
    let mean = 0.005f64;
    let sd = ((0.015f64.powi(2) + 0.015f64.powi(2) + 0.025f64.powi(2) + 0.025f64.powi(2)) / 3.0).sqrt();
    close("volatility", sd * 252f64.sqrt());
    close("sharpe", mean / sd * 252f64.sqrt());
    close("sortino", mean * 252.0 / (((0.0001 + 0.0004) / 4.0f64).sqrt() * 252f64.sqrt()));
    close("max_drawdown", -0.02);
    close("best_day", 0.03);
    close("var_95", -0.02);
    close("positive_days", 0.5);
    close("profit_factor", 0.05 / 0.03);
    // Two days lie in January, two in February.
    close("worst_month", 1.03 * 0.98 - 1.0);
    close("best_month", 1.02 * 0.99 - 1.0);
    assert_eq!(f.get("alpha"), None);
}

#[test]
fn twice_the_benchmark_has_a_beta_of_two_and_no_alpha() {
    let days: Vec<Day> = (0..600).map(|n| Day(18_000 + n)).collect();
    let benchmark: Vec<f64> =
        (0..600).map(|t| if t == 0 { 0.0 } else { 0.01 * ((t * 7919 % 31) as f64 / 15.0 - 0.97) }).collect();
    let bill = vec![0.0001; 600];
    let ret: Vec<f64> = benchmark.iter().zip(&bill).map(|(b, c)| 2.0 * b - c).collect();
    let f = figures(&sample(&days, &ret, &bill, Some(&benchmark)));
    assert!((f.get("beta").unwrap() - 2.0).abs() < 1e-9);
    assert!(f.get("alpha").unwrap().abs() < 1e-9);
    assert!((f.get("correlation").unwrap() - 1.0).abs() < 1e-9);
    let same = figures(&sample(&days, &benchmark, &bill, Some(&benchmark)));
    assert!((same.get("up_capture").unwrap() - 1.0).abs() < 1e-12 && (same.get("down_capture").unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn every_figure_is_named_once_and_defined() {
    for (i, f) in FIGURES.iter().enumerate() {
        assert!(!f.definition.is_empty() && FIGURES[..i].iter().all(|g| g.name != f.name), "{}", f.name);
    }
}
