//! Bailey and Lopez de Prado (2012, 2014): printed examples of the probabilistic and deflated Sharpe ratio and of the minimum track
//! record length. See `replication/bailey-lopez-de-prado/README.md`.

use plimsoll_measures::kernels::sharpe::{Record, Trials};

fn beside(what: &str, published: f64, ours: f64, tolerance: f64) {
    println!("bailey-lopez-de-prado: {what}: published {published}, ours {ours:.5}");
    assert!((published - ours).abs() <= tolerance, "{what}: {published} and {ours}");
}

#[test]
fn the_deflated_ratio_of_the_2014_paper() {
    // Annual Sharpe ratio 2.5 over five years of 250 days; variance of the trials' annual ratios 1/2; skewness -3, kurtosis 10.
    let record = Record { n: 1250, sharpe: 2.5 / 250f64.sqrt(), skewness: -3.0, kurtosis: 10.0 };
    let trials = |count: f64| Trials { count, variance: 0.5 / 250.0 };
    beside("expected maximum of 100 trials", 0.1132, trials(100.0).expected_maximum(), 5e-5);
    beside("deflated Sharpe ratio, 100 trials", 0.9004, record.deflated(trials(100.0)), 5e-5);
    beside("deflated Sharpe ratio, 46 trials", 0.9505, record.deflated(trials(46.0)), 5e-5);
    // The same record with normal returns would pass with 88 trials.
    let normal = Record { skewness: 0.0, kurtosis: 3.0, ..record };
    beside("deflated Sharpe ratio, 88 trials, normal returns", 0.9505, normal.deflated(trials(88.0)), 5e-4);
}

#[test]
fn the_probabilistic_ratio_of_the_2012_paper() {
    // Two years of months, mean 0.036, deviation 0.079; skewness -2.448, kurtosis 10.164.
    let sharpe = 0.036 / 0.079;
    beside("PSR(0), normal", 0.982, Record::normal(24, sharpe).probabilistic(0.0), 1e-3);
    let record = Record { n: 24, sharpe, skewness: -2.448, kurtosis: 10.164 };
    beside("PSR(0), with skewness and kurtosis", 0.913, record.probabilistic(0.0), 1e-3);
}

#[test]
fn the_minimum_track_record_of_the_2012_paper() {
    // Years it takes to tell an annual ratio of 2 from 1 with 95 % confidence.
    let years = |per_year: f64, skewness: f64, kurtosis: f64| {
        let root = per_year.sqrt();
        let record = Record { n: 0, sharpe: 2.0 / root, skewness, kurtosis };
        record.minimum_length(1.0 / root, 0.95).unwrap() / per_year
    };
    beside("daily, normal", 2.73, years(252.0, 0.0, 3.0), 5e-3);
    beside("weekly, normal", 2.83, years(52.0, 0.0, 3.0), 5e-3);
    beside("monthly, normal", 3.24, years(12.0, 0.0, 3.0), 5e-3);
    beside("monthly, skewness -0.72, kurtosis 5.78", 4.99, years(12.0, -0.72, 5.78), 5e-3);
}
