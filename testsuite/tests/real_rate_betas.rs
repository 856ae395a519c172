//! Rate betas of stocks and of sector funds on the real market, against statsmodels (testsuite/replication/rate-betas).

use std::collections::BTreeMap;

use plimsoll_measures::kernels::constituents::Constituents;
use plimsoll_measures::measures::stock_rate_beta::{Exposure, member_betas};
use plimsoll_measures::{Params, Scope, find};
use plimsoll_model::cut::Cut;
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
