//! What a reader must know of listed holdings: who was held, who had no price, who was delisted, and what that could have cost.

use plimsoll_claims::backtest::listed::{Held, Listed, SEVERE};
use plimsoll_claims::backtest::metrics::{Sample, figures};
use plimsoll_claims::backtest::{Outcome, Strategy};
use plimsoll_model::unit::Unit;

use crate::sheet::Sheet;

/// Names of delisted securities that a line lists.
const NAMED: usize = 5;

/// Holdings of the test with what is listed.
fn of<'a>(strategy: &'a Strategy, outcome: &'a Outcome) -> impl Iterator<Item = (&'a str, &'a Listed, &'a Held)> {
    let assets = strategy.assets.iter().zip(&outcome.listed);
    assets.filter_map(|(a, held)| Some((a.name.as_str(), a.definition.listed()?, held.as_ref()?)))
}

/// Lines that stand before the figures.
pub fn terms(strategy: &Strategy, outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    let days = &outcome.market.days;
    let (from, to) = (days[0], days[days.len() - 1]);
    let within = |d: &plimsoll_model::time::Day| (from..=to).contains(d);
    for (name, listed, held) in of(strategy, outcome) {
        lines.push(format!("{name}: {}", listed.text()));
        let renewals: Vec<_> = held.renewals.iter().filter(|r| within(&r.traded)).collect();
        if let Listed::Basket(_) = listed {
            let mean = |of: &dyn Fn(usize) -> usize| {
                (0..renewals.len()).map(|i| of(i) as f64).sum::<f64>() / renewals.len().max(1) as f64
            };
            let sum = |of: &dyn Fn(usize) -> usize| (0..renewals.len()).map(of).sum::<usize>();
            lines.push(format!(
                "{name}: {} renewals, {:.0} names held of {:.0} members on average; {} chosen without a price to buy at, {} kept without one to sell at",
                renewals.len(),
                mean(&|i| renewals[i].holdings.len()),
                mean(&|i| renewals[i].members),
                sum(&|i| renewals[i].not_bought),
                sum(&|i| renewals[i].not_sold),
            ));
            let unscored = mean(&|i| renewals[i].unscored);
            if unscored >= 0.5 {
                lines.push(format!(
                    "{name}: {unscored:.0} members on average had no score or no capitalisation and were passed over"
                ));
            }
        }
        if held.absurd > 0 {
            lines.push(format!("{name}: {} returns of names held were not believed and count as none", held.absurd));
        }
        if held.unmatched > 0 {
            lines.push(format!("{name}: {} names chosen then are not in the data as known now", held.unmatched));
        }
        let gone: Vec<_> = held.delisted.iter().filter(|d| within(&d.last)).collect();
        if !gone.is_empty() {
            let mut named: Vec<String> = gone.iter().take(NAMED).map(|d| format!("{} after {}", d.symbol, d.last)).collect();
            if gone.len() > NAMED {
                named.push(format!("{} more", gone.len() - NAMED));
            }
            lines.push(format!(
                "{name}: {} names stopped having prices while held ({}), together {} of the basket on their days; each was paid out at its last price and {}, whether it was bought up, failed or took a symbol that no file names: the prices do not say which",
                gone.len(),
                named.join(", "),
                Unit::Fraction.format(gone.iter().map(|d| d.weight).sum()),
                Unit::Fraction.format(strategy.gaps.delisting_return),
            ));
        }
    }
    if let Some(severe) = &outcome.severe {
        let cagr = |account| figures(&Sample::of(outcome, account, 0..days.len())).get("cagr");
        if let (Some(with), Some(without)) = (cagr(severe), cagr(&outcome.net)) {
            lines.push(format!(
                "had every delisting lost {} (Shumway 1997, delistings for cause), the return a year would be {} instead of {}",
                Unit::Fraction.format(-SEVERE),
                Unit::Fraction.format(with),
                Unit::Fraction.format(without),
            ));
        }
    }
    let listed = of(strategy, outcome).next().is_some();
    if listed && strategy.panel.as_deref() == Some("adjusted") {
        lines.push("prices are closes adjusted for splits and dividends, and only of names still listed when the file was made: SURVIVORSHIP-BIASED".into());
    } else if listed {
        lines.push("returns of securities are price returns adjusted for splits: dividends are not in them".into());
    }
    lines
}

/// Who a basket held after each renewal.
pub fn holdings(strategy: &Strategy, outcome: &Outcome) -> Sheet {
    let rows: Vec<_> = of(strategy, outcome)
        .flat_map(|(name, _, held)| held.renewals.iter().map(move |r| (name, r)))
        .filter(|(_, r)| {
            outcome.market.days.first().zip(outcome.market.days.last()).is_some_and(|(a, b)| (a..=b).contains(&&r.traded))
        })
        .flat_map(|(name, r)| r.holdings.iter().map(move |h| (name, r, h)))
        .collect();
    Sheet::default()
        .text("asset", rows.iter().map(|r| r.0))
        .day("decided", rows.iter().map(|r| Some(r.1.decided)))
        .day("traded", rows.iter().map(|r| Some(r.1.traded)))
        .text("symbol", rows.iter().map(|r| r.2.symbol.clone()))
        .number("weight", Unit::Fraction, rows.iter().map(|r| Some(r.2.weight)))
        .number("score", Unit::Number, rows.iter().map(|r| r.2.score))
}
