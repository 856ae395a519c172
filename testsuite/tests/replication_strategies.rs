//! Published strategies: see `replication/gayed-bilello-2016/README.md` and `replication/bilello-gayed-2014/README.md`.

use plimsoll_claims::Thesis;
use plimsoll_claims::backtest::replicate::{Line, paper, replicate};
use plimsoll_claims::backtest::strategy::Numbers;
use plimsoll_claims::backtest::{BacktestError, Strategy};
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

const LEVERAGE: &str = include_str!("../../strategies/leverage-for-the-long-run.toml");
const UTILITIES: &str = include_str!("../../strategies/utilities-rotation.toml");

const TREASURIES: &str = include_str!("../../strategies/treasury-duration-1977.toml");
const FUNDS: &str = include_str!("../../strategies/treasury-duration.toml");
const LUMBER: &str = include_str!("../../strategies/lumber-gold.toml");

fn lines(id: &str, text: &str) -> Option<Vec<Line>> {
    let data = real::data()?;
    let files = [
        "french/10_Industry_Portfolios_Daily.csv",
        "french/F-F_Research_Data_Factors_daily.csv",
        "rates/fred/DGS10.csv",
        "rates/fred/DGS30.csv",
        "prices/etf",
    ];
    let memory = real::memory(&data, &files, AsOf::end_of(Day::ymd(2024, 6, 28)));
    let thesis = Thesis::parse("t", "title = \"T\"\n[[claim]]\nid = \"x\"\nsays = \"x\"\nawaits = \"x\"\n").unwrap();
    let parse = |numbers: &Numbers| Strategy::parse(id, text, &thesis, numbers).map_err(|e| BacktestError::new(e.to_string()));
    Some(replicate(&memory, paper(id).unwrap(), &parse).unwrap())
}

fn find<'a>(lines: &'a [Line], case: &str, figure: &str) -> &'a Line {
    lines.iter().find(|l| l.case == case && l.figure == figure && l.published.is_some()).unwrap()
}

#[test]
fn leverage_for_the_long_run() {
    let Some(lines) = lines("gayed-bilello-2016", LEVERAGE) else { return };
    for l in lines.iter().filter(|l| l.published.is_some()) {
        println!("gayed-bilello-2016: {} {}: {:.4} {:.4}", l.case, l.figure, l.published.unwrap(), l.convention.unwrap());
    }
    for l in lines.iter().filter(|l| l.published.is_some()) {
        let tolerance = match l.figure.as_str() {
            "cagr" => 0.026,
            "max_drawdown" => 0.20,
            _ => 0.051,
        };
        assert!(l.data().unwrap().abs() < tolerance, "{l:?}");
    }
    // The market is another one; beside it, the strategies are those of the paper.
    let market = find(&lines, "market, held", "volatility");
    for case in ["2x, 200-day average", "3x, 200-day average"] {
        let timed = find(&lines, case, "volatility");
        let (theirs, ours) =
            (timed.published.unwrap() / market.published.unwrap(), timed.convention.unwrap() / market.convention.unwrap());
        assert!((ours - theirs).abs() < 0.05, "{case}: {ours} {theirs}");
        // Trading later, paying for money and for trades each take something; looking ahead gives more than anything.
        let cagr = find(&lines, case, "cagr");
        assert!(cagr.lag().unwrap() < -0.01 && cagr.financing().unwrap() < -0.015 && cagr.costs().unwrap() < -0.002, "{cagr:?}");
        assert!(cagr.bound.unwrap() > cagr.convention.unwrap() + 0.1);
    }
}

#[test]
fn utilities_against_the_market() {
    let Some(lines) = lines("bilello-gayed-2014", UTILITIES) else { return };
    for l in lines.iter().filter(|l| l.published.is_some()) {
        println!("bilello-gayed-2014: {}: {:.4} {:.4}", l.case, l.published.unwrap(), l.convention.unwrap());
        assert!(l.data().unwrap().abs() < 0.005, "{l:?}");
    }
    let after = |case: &str| {
        lines.iter().find(|l| l.case == case && l.figure == "cagr" && l.published.is_none()).unwrap().costed.unwrap()
    };
    println!("since publication: rotation {:.4}, market {:.4}", after("rotation, 4 weeks"), after("market, held"));
    assert!(after("rotation, 4 weeks") < after("market, held"));
}

#[test]
fn rotations_whose_printed_tables_are_of_other_data() {
    for (id, text, rotation, held) in [
        ("gayed-bilello-2014", TREASURIES, "rotation, 4 weeks", "stocks, held"),
        ("gayed-bilello-2014-funds", FUNDS, "rotation, 4 weeks", "stocks, held"),
        ("bilello-gayed-2015", LUMBER, "rotation, 13 weeks", "small caps, held"),
    ] {
        let Some(lines) = lines(id, text) else { return };
        let cagr =
            |case: &str, sample: bool| lines.iter().find(|l| l.case == case && l.figure == "cagr" && l.sample == sample).cloned();
        let (ours, stocks) = (cagr(rotation, true).unwrap(), cagr(held, true).unwrap());
        println!("{id}: {rotation} {:.4}, {held} {:.4}", ours.costed.unwrap(), stocks.costed.unwrap());
        // Nothing comparable is printed; what terms do is the same for any sample.
        assert!(
            ours.published.is_none() && ours.costs().unwrap() < -0.001 && ours.financing().unwrap().abs() < 1e-12,
            "{ours:?}"
        );
        assert!(ours.bound.unwrap() > ours.convention.unwrap() && stocks.costs().unwrap().abs() < 1e-3, "{ours:?}");
        if let (Some(after), Some(stocks)) = (cagr(rotation, false), cagr(held, false)) {
            assert!(after.costed.unwrap() < stocks.costed.unwrap(), "{id} since publication: {after:?} {stocks:?}");
        }
    }
}
