//! Baskets of the S&P 500's members beside the measures of its index, on real data: see `replication/baskets/README.md`.

use std::collections::BTreeMap;

use plimsoll_claims::Thesis;
use plimsoll_claims::backtest::strategy::Numbers;
use plimsoll_claims::backtest::{Outcome, Span, Strategy, run};
use plimsoll_measures::replay::{Asked, at};
use plimsoll_measures::{Params, Scope, find};
use plimsoll_model::knowledge::{Knowledge, Memory};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

fn basket(memory: &Memory, weight: &str, from: Day, to: Day) -> Outcome {
    let text = format!(
        r#"
title = "Basket"
[assets]
index = {{ universe = "sp500", weight = "{weight}", renew = "daily" }}
[[rule]]
hold = {{ index = 1 }}
[schedule]
decide = "once"
execute = "same_close_forbidden"
weights = "kept"
[money]
bill = "fred:DTB3"
"#
    );
    let thesis = Thesis::parse("t", "title = \"T\"\n[[claim]]\nid = \"x\"\nsays = \"x\"\nawaits = \"x\"\n").unwrap();
    let strategy = Strategy::parse("basket.toml", &text, &thesis, &Numbers::new()).unwrap();
    run(memory, &strategy, Span { from: Some(from), to: Some(to) }).unwrap()
}

#[test]
fn renewed_daily_a_basket_is_the_index() {
    let Some(data) = real::data() else { return };
    let to = Day::ymd(2023, 12, 29);
    let files = ["prices/screener", "membership/sp500_membership.csv", "membership/symbol_events_us.csv", "rates/fred/DTB3.csv"];
    let memory = real::memory(&data, &files, AsOf::end_of(to));
    let base = Day::ymd(2022, 12, 30);
    for (weight, measure, with) in [
        ("cap", "index_return", vec![("universe", "sp500")]),
        ("equal", "equal_weight_return", vec![("universe", "sp500"), ("rebalance", "daily")]),
    ] {
        let measured = find(measure).unwrap();
        let mut given: BTreeMap<String, String> = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        given.insert("window".into(), format!("since:{base}"));
        let params = Params::resolve(measured.spec(), &given, &Scope::default()).unwrap();
        let index = at(memory.back_to(AsOf::end_of(to)).as_ref(), &Asked { measure: measured, params })
            .unwrap()
            .1
            .unwrap()
            .1
            .value
            .unwrap();
        let outcome = basket(&memory, weight, Day::ymd(2023, 1, 3), to);
        let ours = outcome.net.path().wealth.last().unwrap() - 1.0;
        let held = outcome.listed[0].as_ref().unwrap();
        println!("{weight}: measure {index:.5}, basket {ours:.5}, {} delisted while held", held.delisted.len());
        assert_eq!(outcome.market.days[0], base);
        // A member that joins is weighted from the open in the one and from the close before in the other.
        assert!((ours - index).abs() < 0.004, "{weight}: {ours} and {index}");
        assert!(held.renewals.iter().all(|r| r.holdings.len() > 480), "{weight}");
    }
}
