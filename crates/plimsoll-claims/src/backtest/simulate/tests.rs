use plimsoll_model::time::Day;

use super::*;
use crate::backtest::definitions::Definition;
use crate::backtest::strategy::Bill;

fn asset(fee: f64, borrow: f64) -> Asset {
    Asset { name: "a".into(), definition: Definition::Level("etf:A".into()), open: None, fee, borrow }
}
fn money(charged: bool, financing_spread: f64) -> Money {
    Money { bill: Bill::Returns("french:RF".into()), cash_spread: 0.0, financing_spread, charged, gross_limit: 3.0 }
}
fn market(returns: Vec<Vec<f64>>, bill: f64) -> Market {
    let n = returns[0].len();
    Market {
        days: (0..n as i32).map(|d| Day(19_000 + d)).collect(),
        years: (0..n).map(|t| if t == 0 { 0.0 } else { 1.0 / 365.0 }).collect(),
        overnight: vec![None; returns.len()],
        turnover: vec![None; returns.len()],
        returns,
        bill: vec![bill; n],
    }
}
fn rules(weights: &[&[f64]]) -> Vec<Rule> {
    weights.iter().map(|w| Rule { when: None, weights: w.to_vec() }).collect()
}
fn wobble(n: usize) -> Vec<f64> {
    (0..n).map(|t| 0.013 * ((t * 7919 % 31) as f64 / 15.0 - 1.0)).collect()
}

struct Case<'a> {
    market: &'a Market,
    orders: &'a [u8],
    rules: &'a [Rule],
    assets: &'a [Asset],
    costs: Costs,
    money: Money,
    gaps: Gaps,
}

impl<'a> Case<'a> {
    fn new(market: &'a Market, orders: &'a [u8], rules: &'a [Rule], assets: &'a [Asset]) -> Case<'a> {
        Case { market, orders, rules, assets, costs: Costs::default(), money: money(true, 0.0), gaps: Gaps::default() }
    }
    fn play(&self) -> Result<Account, BacktestError> {
        let plan = Plan { orders: self.orders, rules: self.rules, at_open: false };
        let terms = Terms { assets: self.assets, costs: self.costs, money: &self.money, fees: true, gaps: self.gaps };
        simulate(self.market, &plan, &terms)
    }
}

#[test]
fn a_constant_position_without_costs_is_buy_and_hold() {
    let r = wobble(3000);
    let market = market(vec![r.clone()], 0.0001);
    let (assets, rules) = ([asset(0.0, 0.0)], rules(&[&[1.0]]));
    let (once, always) = ([vec![0u8], vec![NONE; 2999]].concat(), vec![0u8; 3000]);
    let hold: f64 = r[1..].iter().map(|x| 1.0 + x).product();
    for orders in [once, always] {
        let account = Case::new(&market, &orders, &rules, &assets).play().unwrap();
        let wealth = account.path().wealth;
        assert!((wealth[2999] / hold - 1.0).abs() < 1e-12);
        assert!((account.exposure[17] - 1.0).abs() < 1e-12 && account.borrowed[17].abs() < 1e-12);
    }
}

#[test]
fn cash_earns_the_bill_rate_and_borrowed_money_pays_it_and_the_spread() {
    let market = market(vec![vec![0.0, 0.01, 0.02]], 0.0002);
    let assets = [asset(0.0, 0.0)];
    let cash = Case::new(&market, &[0, 0, 0], &rules(&[&[0.0]]), &assets).play().unwrap();
    assert!((cash.ret[1] - 0.0002).abs() < 1e-15);
    let twice = rules(&[&[2.0]]);
    let case = Case::new(&market, &[0, 0, 0], &twice, &assets);
    assert!((case.play().unwrap().ret[1] - (0.02 - 0.0002)).abs() < 1e-15);
    let case = Case { money: money(true, 0.0365), ..case };
    assert!((case.play().unwrap().ret[1] - (0.02 - 0.0002 - 0.0001)).abs() < 1e-15);
    let case = Case { money: money(false, 0.0365), ..case };
    assert!((case.play().unwrap().ret[1] - 0.02).abs() < 1e-15);
    // Half invested, half in bills.
    let half = rules(&[&[0.5]]);
    let account = Case::new(&market, &[0, NONE, NONE], &half, &assets).play().unwrap();
    assert!((account.ret[1] - 0.5 * (0.01 + 0.0002)).abs() < 1e-15);
}

#[test]
fn costs_are_paid_on_what_is_traded() {
    let market = market(vec![vec![0.0, 0.0, 0.0, 0.0], vec![0.0; 4]], 0.0);
    let (assets, rules) = ([asset(0.0, 0.0), asset(0.0, 0.0)], rules(&[&[1.0, 0.0], &[0.0, 1.0]]));
    let mut case = Case::new(&market, &[0, NONE, 1, NONE], &rules, &assets);
    case.costs = Costs { commission: 0.001, half_spread: 0.0005, slippage: 0.0005 };
    let account = case.play().unwrap();
    // Buying: what is left is 1 / 1.002. Switching: sell all, buy with what is left: w' (1 + c) = w (1 - c).
    assert!((account.path().wealth[1] - 1.0 / 1.002).abs() < 1e-14);
    let after = (1.0 - 0.002) / 1.002;
    assert!((account.ret[2] + 1.0 - after).abs() < 1e-14, "{}", account.ret[2]);
    assert!((account.cost[2] - (1.0 - after)).abs() < 1e-14);
    assert!((account.traded[2] - (1.0 + after)).abs() < 1e-14);
    assert_eq!((account.rule[1], account.rule[2], account.rule[3]), (0, 1, 1));
}

#[test]
fn short_positions_pay_for_borrowing_and_fees_reduce_holdings() {
    let market = market(vec![vec![0.0, 0.01, 0.0]], 0.0);
    let short = rules(&[&[-1.0]]);
    let account = Case::new(&market, &[0, NONE, NONE], &short, &[asset(0.0, 0.0365)]).play().unwrap();
    assert!((account.ret[1] - (-0.01 - 1.01 * 0.0001)).abs() < 1e-15);
    let account = Case::new(&market, &[0, NONE, NONE], &rules(&[&[1.0]]), &[asset(0.0365, 0.0)]).play().unwrap();
    assert!((account.ret[1] - (1.01 * (1.0 - 0.0001) - 1.0)).abs() < 1e-15);
}

#[test]
fn halts_wait_and_delistings_follow_the_stated_rule() {
    let nan = f64::NAN;
    let market = market(vec![vec![0.0, 0.01, nan, nan, nan, nan], vec![0.0, 0.0, 0.0, 0.01, 0.0, 0.0]], 0.0);
    let (assets, both) = ([asset(0.0, 0.0), asset(0.0, 0.0)], rules(&[&[1.0, 0.0], &[0.0, 1.0]]));
    let orders = [0, NONE, 1, NONE, NONE, NONE];
    // The order of day 2 cannot be filled: the first asset has no price.
    let mut case = Case::new(&market, &orders, &both, &assets);
    case.gaps = Gaps { halt: 5, ..Gaps::default() };
    let account = case.play().unwrap();
    assert_eq!((account.waited, account.rule[5]), (4, 0));
    case.gaps = Gaps { halt: 2, ..Gaps::default() };
    assert!(case.play().unwrap_err().message.contains("no price for 3 sessions"));
    case.gaps = Gaps { halt: 2, pay_out: true, delisting_return: -0.3 };
    let account = case.play().unwrap();
    assert_eq!(account.delisted, [(4, 0)]);
    assert!((account.ret[4] + 0.3).abs() < 1e-14);
    // Once paid out, the order can be filled.
    assert_eq!(account.rule[4], 1);
}

#[test]
fn nothing_is_left_after_ruin() {
    let market = market(vec![vec![0.0, -0.6, 0.5]], 0.0);
    let account = Case::new(&market, &[0, 0, 0], &rules(&[&[2.0]]), &[asset(0.0, 0.0)]).play().unwrap();
    assert_eq!((account.ruined, account.path().wealth[2]), (Some(1), 0.0));
}
