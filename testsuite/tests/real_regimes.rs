//! The regime model on 96 years of weekly S&P 500 returns, beside statsmodels 0.15 `MarkovRegression(k_regimes, switching_variance=True)`
//! (best of six starts of its own search), estimated on the first 4,836 observations and filtered over all 4,847.

use plimsoll_measures::kernels::switching::Switching;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

/// What statsmodels found, states from calm to turbulent.
struct Theirs {
    states: usize,
    log_likelihood: f64,
    mean: [f64; 3],
    deviation: [f64; 3],
    transition: [[f64; 3]; 3],
    /// Filtered probability of the turbulent state on some days.
    filtered: [((i16, i8, i8), f64); 6],
}

const ESTIMATED: usize = 4836;

const TWO: Theirs = Theirs {
    states: 2,
    log_likelihood: 11644.786585057373,
    mean: [0.0026331979255009817, -0.00417715582420968, 0.0],
    deviation: [0.0166830821436561, 0.045893098885252843, 0.0],
    transition: [[0.9848811092758826, 0.015118890724117429, 0.0], [0.055898324134920345, 0.9441016758650796, 0.0], [0.0; 3]],
    filtered: [
        ((1987, 10, 28), 0.9999999957408052),
        ((2008, 11, 24), 0.859501355535733),
        ((2017, 12, 29), 0.00965292144485013),
        ((2020, 3, 31), 0.9960620084885922),
        ((2022, 10, 13), 0.799824689544098),
        ((2024, 1, 31), 0.013776068499052354),
    ],
};

const THREE: Theirs = Theirs {
    states: 3,
    log_likelihood: 11772.489830047369,
    mean: [0.0027816760092268817, 0.0011158679215795104, -0.009460068829565276],
    deviation: [0.01428940539989084, 0.02545838930986385, 0.06259753467240682],
    transition: [
        [0.978883372158179, 0.021116443793321966, 1.8404849899678055e-07],
        [0.02939281568449105, 0.9567213915311529, 0.013885792784356088],
        [2.1349344199024405e-06, 0.06935540143525855, 0.9306424636303215],
    ],
    filtered: [
        ((1987, 10, 28), 0.9998541790381149),
        ((2008, 11, 24), 0.8355488193761467),
        ((2017, 12, 29), 0.00016980872912467565),
        ((2020, 3, 31), 0.9328778063206281),
        ((2022, 10, 13), 0.03068699803982954),
        ((2024, 1, 31), 0.001719295559256929),
    ],
};

/// Every fifth close of the S&P 500 as returns, with the day each ends on.
fn weeks() -> Option<(Vec<Day>, Vec<f64>)> {
    let data = real::data()?;
    let last = Day::ymd(2024, 6, 28);
    let memory = real::memory(&data, &["prices/index/GSPC.csv"], AsOf::end_of(last));
    let cut = Cut::build(&memory, &Needs::default().series("index:GSPC"), last).unwrap();
    let closes = &cut.series["index:GSPC"];
    let kept: Vec<(Day, f64)> = closes.day.iter().copied().zip(closes.value.iter().map(|v| v.ln())).step_by(5).collect();
    Some((kept[1..].iter().map(|k| k.0).collect(), kept.windows(2).map(|w| w[1].1 - w[0].1).collect()))
}

#[test]
fn the_filter_at_the_parameters_of_statsmodels() {
    let Some((days, y)) = weeks() else { return };
    assert_eq!(y.len(), 4847);
    for theirs in [TWO, THREE] {
        let model = Switching {
            states: theirs.states,
            transition: theirs.transition,
            mean: theirs.mean,
            deviation: theirs.deviation,
            log_likelihood: 0.0,
        };
        let likelihood = model.filter(&y[..ESTIMATED]).1;
        assert!((likelihood - theirs.log_likelihood).abs() < 1e-4, "{likelihood}");
        let filtered = model.filter(&y).0;
        for ((year, month, day), p) in theirs.filtered {
            let at = days.binary_search(&Day::ymd(year, month, day)).unwrap();
            assert!((filtered[at][theirs.states - 1] - p).abs() < 1e-6, "{year}: {} and {p}", filtered[at][theirs.states - 1]);
        }
    }
}

#[test]
fn our_estimate_beside_that_of_statsmodels() {
    let Some((days, y)) = weeks() else { return };
    for theirs in [TWO, THREE] {
        let model = Switching::fit(&y[..ESTIMATED], theirs.states).unwrap();
        println!(
            "{} states: log-likelihood statsmodels {:.4}, ours {:.4}",
            theirs.states, theirs.log_likelihood, model.log_likelihood
        );
        // The likelihood counts the stationary beginning, which the sweeps take as given: a few thousandths.
        assert!(model.log_likelihood > theirs.log_likelihood - 0.02, "{}", model.log_likelihood);
        let filtered = model.filter(&y).0;
        for s in 0..theirs.states {
            println!(
                "  mean {:.5} and {:.5}, deviation {:.5} and {:.5}, stays {:.4} and {:.4}",
                theirs.mean[s],
                model.mean[s],
                theirs.deviation[s],
                model.deviation[s],
                theirs.transition[s][s],
                model.transition[s][s]
            );
            assert!((model.deviation[s] / theirs.deviation[s] - 1.0).abs() < 0.01);
            assert!((model.mean[s] - theirs.mean[s]).abs() < 0.02 * theirs.deviation[s]);
            assert!((model.transition[s][s] - theirs.transition[s][s]).abs() < 0.003);
        }
        for ((year, month, day), p) in theirs.filtered {
            let ours = filtered[days.binary_search(&Day::ymd(year, month, day)).unwrap()][theirs.states - 1];
            println!("  {year}-{month:02}-{day:02}: {p:.4} and {ours:.4}");
            assert!((ours - p).abs() < 0.01);
        }
    }
}
