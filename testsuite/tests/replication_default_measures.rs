//! Distance to default and failure probability beside figures that `replication/default-measures/reference.py` makes with scipy.

use plimsoll_measures::kernels::campbell_hilscher_szilagyi::{Inputs, regressors};
use plimsoll_measures::kernels::merton::{Firm, merton, naive};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../replication/default-measures/reference.json")).expect("a reference")
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The equity path of the script: its changes are sums of a sine and a cosine.
fn equity(p: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut out = vec![p[0]];
    for i in 0..252 {
        let i = f64::from(i);
        sum += p[1] + p[2] * (1.7 * i).sin() + 0.55 * p[2] * (0.37 * i.powf(1.1)).cos();
        out.push(p[0] * sum.exp());
    }
    out
}

#[test]
fn distances_agree_with_a_bracketing_solver() {
    let reference = reference();
    let firms = reference["merton"].as_array().unwrap();
    assert_eq!(firms.len(), 4);
    for firm in firms {
        let (e, d) = (equity(&numbers(&firm["equity"])), numbers(&firm["debt"]));
        let debt: Vec<f64> = (0..253).map(|i| if i < 120 { d[0] } else { d[1] }).collect();
        let firm_of = Firm { equity: &e, debt: &debt, rate: firm["rate"].as_f64().unwrap(), horizon: 1.0 };
        let found = merton(&firm_of).unwrap();
        let near = |got: f64, key: &str, tolerance: f64| {
            let expected = firm[key].as_f64().unwrap();
            assert!((got - expected).abs() < tolerance * expected.abs().max(1.0), "{key}: {got} beside {expected}");
        };
        near(found.volatility, "volatility", 1e-5);
        near(found.assets, "assets", 1e-5);
        near(found.distance, "distance", 1e-4);
        near(naive(&firm_of, e[252] / e[0] - 1.0).unwrap().distance, "naive", 1e-10);
    }
}

#[test]
fn failure_probabilities_agree() {
    let reference = reference();
    let cases = reference["chs"].as_array().unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let of = |key: &str| case[key].as_f64().unwrap();
        let four = |key: &str| <[f64; 4]>::try_from(numbers(&case[key])).unwrap();
        let (excess, daily) = (numbers(&case["excess"]), numbers(&case["daily"]));
        let r = regressors(&Inputs {
            net_income: four("net_income"),
            market_assets: four("market_assets"),
            market_equity: of("me"),
            liabilities: of("tl"),
            cash: of("cash"),
            book_equity: of("be"),
            excess: &excess,
            daily: &daily,
            index_equity: of("index"),
            price: of("price"),
        })
        .unwrap();
        assert!((r.probability() / of("probability") - 1.0).abs() < 1e-10);
    }
}
