//! Rate betas of stocks and of sector funds on the real market, against statsmodels (testsuite/replication/rate-betas).

use std::collections::BTreeMap;

use plimsoll_measures::kernels::constituents::Constituents;
use plimsoll_measures::measures::stock_rate_beta::{Exposure, member_betas};
use plimsoll_measures::{Params, Scope, find};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

const DAY: (i16, i8, i8) = (2024, 2, 2);

fn params(name: &str, with: &[(&str, &str)]) -> Params {
    let given: BTreeMap<String, String> = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Params::resolve(find(name).unwrap().spec(), &given, &Scope::default()).unwrap()
}

fn near(name: &str, got: f64, expected: f64, tolerance: f64) {
    println!("{name}: {got:.9}, statsmodels {expected:.9}");
    assert!((got - expected).abs() <= tolerance, "{name}: {got}, expected {expected} +- {tolerance}");
}

/// Slope on the ten-year yield, its classic error and R^2: beside the market, and with the two-year yield held fixed too.
const STOCKS: [(&str, [f64; 3], [f64; 3]); 5] = [
    ("AAPL", [-0.009031898017, 0.008123398948, 0.459229789930], [0.000107591842, 0.013781681024, 0.460708246101]),
    ("JPM", [0.032039132397, 0.009131512846, 0.333635987825], [-0.017214212070, 0.015017902259, 0.375508099808]),
    ("NEE", [-0.041585464962, 0.013682634623, 0.141489832674], [-0.039391552765, 0.023244305393, 0.141537505602]),
    ("F", [-0.007031243009, 0.015929210022, 0.289637962766], [-0.019882460761, 0.027042550949, 0.290636598682]),
    ("XOM", [0.040813837193, 0.012623169808, 0.105493662092], [0.028534334973, 0.021423136362, 0.107321911522]),
];

#[test]
fn stocks_answer_yields_as_statsmodels_says() {
    let Some(data) = real::data() else { return };
    let day = Day::ymd(DAY.0, DAY.1, DAY.2);
    let files = ["prices/screener/2023.parquet", "prices/screener/2024.parquet", "prices/etf/VTI.csv", "rates/treasury"];
    let memory = real::memory(&data, &files, AsOf::end_of(day));
    let measure = find("stock_rate_beta").unwrap();
    let yields = ("yield", "treasury:10Y");
    for (which, with) in [vec![yields], vec![yields, ("beside", "treasury:2Y")]].iter().enumerate() {
        let params = params("stock_rate_beta", &[&with[..], &[("universe", "top:1000"), ("market", "etf:VTI")]].concat());
        let cut = Cut::build(&memory, &measure.needs(&params, day), day).unwrap();
        let c = Constituents::of(&cut, &params).unwrap();
        let section = member_betas(&c, &Exposure::of(&params), cut.last().unwrap()).unwrap();
        println!("{} members, {}", section.members.len(), section.ids);
        assert!(section.members.len() > 950, "{}", section.members.len());
        for (symbol, alone, both) in STOCKS {
            let found = section.members.iter().find(|m| c.symbol(m.row) == symbol).unwrap_or_else(|| panic!("{symbol}"));
            let [beta, se, r2] = if which == 0 { alone } else { both };
            assert_eq!((found.n, found.beside.len()), (250, which));
            // The vendor prints changes with three digits; the sum of a session's yields is exact.
            near(&format!("{symbol}, slope"), found.beta, beta, 1e-9);
            near(&format!("{symbol}, error"), found.se, se, 1e-9);
            near(&format!("{symbol}, R^2"), found.r2, r2, 1e-9);
        }
    }
}

#[test]
fn sector_funds_answer_the_yield_as_statsmodels_says() {
    let Some(data) = real::data() else { return };
    let day = Day::ymd(DAY.0, DAY.1, DAY.2);
    let funds = [
        ("etf:XLU", -0.029122404537, 0.008286088627),
        ("etf:XLF", 0.024315159194, 0.007612071921),
        ("etf:XLK", -0.001317386889, 0.007159306344),
    ];
    let files = ["prices/etf/VTI.csv", "prices/etf/XLU.csv", "prices/etf/XLF.csv", "prices/etf/XLK.csv", "rates/treasury"];
    let memory = real::memory(&data, &files, AsOf::end_of(day));
    let measure = find("sector_rate_beta").unwrap();
    for (fund, beta, se) in funds {
        let params = params("sector_rate_beta", &[("of", fund), ("sectors", fund), ("market", "etf:VTI")]);
        let cut = Cut::build(&memory, &measure.needs(&params, day), day).unwrap();
        let t = cut.last().unwrap();
        let point = measure.track(&cut, &params, t..t + 1).unwrap()[0];
        assert_eq!(point.n_obs, 251);
        near(fund, point.value.unwrap(), beta, 1e-9);
        let note = &measure.evidence(&cut, &params, t)[0].note;
        assert!(note.contains(&format!("Newey-West error {se:.4} (4 lags)")), "{note}");
    }
}

/// Futures, meetings, rates and funds that the expected policy rate and its regressions need.
const PATH: [&str; 12] = [
    "fedfunds/zq_contracts_1989_2023.parquet",
    "fedfunds/zq_contracts_2010_2024.parquet",
    "fedfunds/fomc_2021_2027.csv",
    "fedfunds/fomc_decisions_1982_2023.csv",
    "fedfunds/fomc_documents_1959_2024.csv",
    "rates/fred/DFF.csv",
    "rates/fred/DFEDTARU.csv",
    "rates/treasury",
    "prices/etf/IWM.csv",
    "prices/etf/SPY.csv",
    "prices/etf/VTI.csv",
    "prices/screener/2023.parquet",
];

#[test]
fn small_caps_and_stocks_answer_the_expected_policy_rate_as_statsmodels_says() {
    let Some(data) = real::data() else { return };
    let last = Day::ymd(DAY.0, DAY.1, DAY.2);
    let files: Vec<&str> = PATH.into_iter().chain(["prices/screener/2024.parquet"]).collect();
    let memory = real::memory(&data, &files, AsOf::end_of(last));
    let measure = find("policy_sensitivity").unwrap();
    // Slopes on path, two-year, ten-year and market, and their Newey-West errors; with settlements alone, and over the autumn of 2023.
    let theirs = [
        (
            Day::ymd(2023, 8, 31),
            250,
            [0.0004075, 0.02101171, -0.01995978, 0.12431242],
            [0.00863713, 0.01414497, 0.00850954, 0.02935326],
            0.10401234557724859,
        ),
        (
            last,
            251,
            [0.0199917, -0.02146988, -0.00559681, 0.31798877],
            [0.00919887, 0.01571311, 0.0086696, 0.0703504],
            0.12869021473098652,
        ),
    ];
    for (day, n, slopes, errors, r2) in theirs {
        let known = memory.back_to(AsOf::end_of(day));
        let params = params("policy_sensitivity", &[]);
        let cut = Cut::build(known.as_ref(), &measure.needs(&params, day), day).unwrap();
        let t = cut.last().unwrap();
        assert_eq!(measure.track(&cut, &params, t..t + 1).unwrap()[0].n_obs, n, "{day}");
        let facts = measure.evidence(&cut, &params, t);
        let values =
            |label: &str| facts.iter().filter(|f| f.label.starts_with(label)).filter_map(|f| f.value).collect::<Vec<_>>();
        let (ours, ses) = (values("slope on "), values("standard error, "));
        for k in 0..4 {
            near(&format!("{day}, slope {k}"), ours[k], slopes[k], 1e-8);
            near(&format!("{day}, error {k}"), ses[k], errors[k], 1e-8);
        }
        near(&format!("{day}, R^2"), values("R^2")[0], r2, 1e-9);
    }
    let stocks = [
        ("AAPL", [-0.013670221528279658, 0.01148226831335265, 0.46379762069127894]),
        ("JPM", [-0.02181960565154834, 0.012504542361067678, 0.379848455047589]),
        ("NEE", [0.01571182362073078, 0.01950914414236398, 0.13379920442991078]),
        ("F", [0.03766868995331466, 0.022492387429763047, 0.2970919150279122]),
        ("XOM", [0.0006222256847825799, 0.017964510201714183, 0.1008886193923384]),
    ];
    let measure = find("stock_rate_beta").unwrap();
    let with = [("yield", "path_12m"), ("beside", "treasury:2Y"), ("universe", "top:1000"), ("market", "etf:VTI")];
    let params = params("stock_rate_beta", &with);
    let cut = Cut::build(&memory, &measure.needs(&params, last), last).unwrap();
    let c = Constituents::of(&cut, &params).unwrap();
    let section = member_betas(&c, &Exposure::of(&params), cut.last().unwrap()).unwrap();
    for (symbol, [beta, se, r2]) in stocks {
        let found = section.members.iter().find(|m| c.symbol(m.row) == symbol).unwrap_or_else(|| panic!("{symbol}"));
        assert_eq!(found.n, 250);
        near(&format!("{symbol}, slope on the path"), found.beta, beta, 1e-9);
        near(&format!("{symbol}, error"), found.se, se, 1e-9);
        near(&format!("{symbol}, R^2"), found.r2, r2, 1e-9);
    }
}
