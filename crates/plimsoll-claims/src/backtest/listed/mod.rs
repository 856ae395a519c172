//! Listed securities as holdings: one security, or a basket of a universe's members that is renewed at stated times.
//!
//! The rules of a basket:
//! 1. at the close of the last session of each period it is decided, with what was known then, who is held: the members with a row on
//!    that session, of those the ones with a score that meets the condition, of those the first so many; until someone could be chosen,
//!    every session decides;
//! 2. that is traded when the strategy's execution says. A name that has no price on that day is not bought, and its share goes to the
//!    others; one that is held and has none is kept as it is;
//! 3. a name without a price keeps its value; after so many sessions without one (`[gaps] halt_sessions`) it is delisted: paid out at
//!    its last price and the delisting return, and the money lies idle until the next renewal;
//! 4. a return that is not believed (see the panel) counts as none;
//! 5. what the basket buys and sells of itself costs what the strategy pays for any trade.

mod account;
mod choose;

use std::collections::BTreeMap;

use plimsoll_measures::kernels::scores::Score;
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::{Entry, Needs};
use plimsoll_model::panel::Panel;
use plimsoll_model::time::{AsOf, Day};

use super::run::BacktestError;
use super::strategy::{Execution, Frequency, Gaps};

/// A delisting return to compare with: what delistings for cause on the NYSE lost on average (Shumway 1997).
pub const SEVERE: f64 = -0.3;

/// How members are weighted at a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// Each the same.
    Equal,
    /// By capitalisation at the close that decides, classes of one issuer counted once.
    Capitalisation,
}

/// How members are chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// What they are ranked by.
    pub by: Score,
    /// A condition over `value`, their score.
    pub keep: Option<String>,
    /// How many at most: positive takes the highest, negative the lowest.
    pub count: Option<i64>,
}

/// Members of a universe, renewed.
#[derive(Clone, Debug, PartialEq)]
pub struct Basket {
    /// The universe, as the text of its rule.
    pub universe: String,
    /// How they are weighted.
    pub weighting: Weighting,
    /// How they are chosen; without, all of them.
    pub pick: Option<Pick>,
    /// How often it is renewed.
    pub renew: Frequency,
}

/// What is held of the panel.
#[derive(Clone, Debug, PartialEq)]
pub enum Listed {
    /// One security under its symbol.
    Security(String),
    /// A basket.
    Basket(Basket),
}

impl Listed {
    /// For a person.
    pub fn text(&self) -> String {
        match self {
            Listed::Security(symbol) => format!("security {symbol}"),
            Listed::Basket(b) => {
                let weights = if b.weighting == Weighting::Equal { "equal weights" } else { "weighted by capitalisation" };
                let word = Frequency::WORDS.iter().find(|w| w.1 == b.renew).map_or("", |w| w.0);
                let pick = b.pick.as_ref().map(|p| {
                    let keep = p.keep.as_ref().map(|k| format!(" where {k}")).unwrap_or_default();
                    let count = match p.count {
                        Some(n) if n < 0 => format!(", the lowest {}", -n),
                        Some(n) => format!(", the highest {n}"),
                        None => String::new(),
                    };
                    format!(" by {}{keep}{count}", p.by)
                });
                format!("members of {}{}, {weights}, renewed {word}", b.universe, pick.unwrap_or_default())
            }
        }
    }

    fn needs(&self, panel: Option<&str>) -> Needs {
        let mut needs = Needs { panel_source: panel.map(str::to_owned), ..Needs::default() };
        match self {
            Listed::Security(symbol) => needs = needs.group(symbol, &[Entry::symbol(symbol)]),
            Listed::Basket(b) => {
                let back = b.pick.as_ref().map_or(0, |p| p.by.lookback());
                let reach =
                    plimsoll_measures::kernels::constituents::reach(back) + plimsoll_measures::kernels::constituents::CAPS;
                needs = needs.universe(&b.universe).lookback(reach);
            }
        }
        needs
    }
}

/// A name held.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    /// Its symbol on the session that decided.
    pub symbol: String,
    /// Its share of the basket.
    pub weight: f64,
    /// Its score, where members are chosen by one.
    pub score: Option<f64>,
}

/// One renewal.
#[derive(Clone, Debug, PartialEq)]
pub struct Renewal {
    /// The session whose close decided.
    pub decided: Day,
    /// The session at whose close it was traded.
    pub traded: Day,
    /// Members with a row on the session that decided.
    pub members: usize,
    /// Those of them without a score.
    pub unscored: usize,
    /// Who was bought or kept.
    pub holdings: Vec<Holding>,
    /// Names chosen that had no price to be bought at.
    pub not_bought: usize,
    /// Names held that had no price to be sold at.
    pub not_sold: usize,
}

/// A name that stopped having prices while it was held.
#[derive(Clone, Debug, PartialEq)]
pub struct Delisted {
    /// Its symbol when it was bought.
    pub symbol: String,
    /// The session of its last price.
    pub last: Day,
    /// Its share of the basket when it was paid out.
    pub weight: f64,
}

/// How a listed holding went.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Days with a price; the first is the close of the first purchase.
    pub days: Vec<Day>,
    /// The return since the day before in `days`.
    pub returns: Vec<(Day, f64)>,
    /// The same with a delisting return of [`SEVERE`].
    pub severe: Vec<(Day, f64)>,
    /// Bought and sold at renewals over the basket's worth, both ways counted.
    pub turnover: Vec<(Day, f64)>,
    /// Renewals.
    pub renewals: Vec<Renewal>,
    /// Names that were delisted while held.
    pub delisted: Vec<Delisted>,
    /// Returns of held names that were not believed.
    pub absurd: usize,
    /// Names chosen that the data known later do not have under that symbol.
    pub unmatched: usize,
    /// How many cuts of knowledge the decisions took.
    pub cuts: usize,
}

/// Terms that a listed holding shares with its strategy.
#[derive(Clone, Copy, Debug)]
pub struct HoldingTerms<'a> {
    /// The source of prices; `None` means the screener panel.
    pub panel: Option<&'a str>,
    /// When a renewal is traded.
    pub execute: Execution,
    /// Missing prices.
    pub gaps: Gaps,
    /// The first day whose return counts, where it is known.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
}

/// Holds what is listed from as early as it is asked, or can be.
///
/// # Errors
/// Where reading fails, the symbol is unknown, or no member of the universe is.
pub fn hold(knowledge: &dyn Knowledge, name: &str, listed: &Listed, terms: HoldingTerms<'_>) -> Result<Held, BacktestError> {
    let end = terms.to.map_or(knowledge.as_of(), |to| knowledge.as_of().min(AsOf::end_of(to)));
    let past = knowledge.back_to(end);
    // Bars begin later than this; the first decision needs a few sessions before the first day that counts.
    let from = terms.from.map_or(Day::ymd(1990, 1, 2), |f| plimsoll_model::calendar::Calendar::nyse().back(f, 12));
    match listed {
        Listed::Security(symbol) => one(past.as_ref(), name, symbol, listed, terms.panel, from),
        Listed::Basket(basket) => {
            let (decisions, cut, cuts) = choose::decisions(past.as_ref(), basket, &listed.needs(terms.panel), from)
                .map_err(|e| BacktestError { message: format!("asset `{name}`: {}", e.message), ..e })?;
            let mut held = account::account(&cut, &decisions, &terms);
            held.cuts = cuts;
            if held.days.len() < 2 {
                let message = format!("asset `{name}` ({}): no member could be chosen and bought by {end}", listed.text());
                return Err(BacktestError::new(message)
                    .hint("the score may need more sessions than there are, or no member meets the condition: `--table holdings` of a wider basket shows them"));
            }
            Ok(held)
        }
    }
}

/// One security: its own returns, on the days on which it has a price.
fn one(
    knowledge: &dyn Knowledge,
    name: &str,
    symbol: &str,
    listed: &Listed,
    panel: Option<&str>,
    from: Day,
) -> Result<Held, BacktestError> {
    let cut = Cut::build(knowledge, &listed.needs(panel), from)?;
    let found = cut.panel.securities.iter().rposition(|s| s.symbol == symbol).or_else(|| {
        // A symbol that its company gave up names the company still.
        cut.panel.securities.iter().rposition(|s| s.former.iter().any(|f| f.0 == symbol))
    });
    let Some(i) = found else {
        let message = format!("asset `{name}`: no security is called `{symbol}` by {}", knowledge.as_of());
        return Err(BacktestError::new(message).hint(
            "symbols are those of the exchange, classes after a point (`BRK.B`); `plimsoll status` says which prices there are",
        ));
    };
    let mut held = Held { cuts: 1, ..Held::default() };
    for (t, day) in cut.sessions.iter().enumerate().filter(|(_, d)| **d >= from) {
        if cut.panel.close.at(i, t).is_nan() {
            continue;
        }
        if !held.days.is_empty() {
            let r = cut.panel.ret.at(i, t);
            held.absurd += usize::from(r.is_nan());
            held.returns.push((*day, if r.is_finite() { r } else { 0.0 }));
        }
        held.days.push(*day);
    }
    held.severe.clone_from(&held.returns);
    if held.days.len() < 2 {
        return Err(BacktestError::new(format!("asset `{name}`: {symbol} has fewer than two prices from {from} on")));
    }
    Ok(held)
}

/// The symbol a security carried at a position of the axis.
fn symbol_at(panel: &Panel, i: usize, t: usize) -> &str {
    let security = &panel.securities[i];
    security.former.iter().find(|f| t <= f.1).map_or(security.symbol.as_str(), |f| f.0.as_str())
}

/// Securities with a row at a position, by the symbol they carried then.
fn by_symbol(panel: &Panel, t: usize) -> BTreeMap<&str, usize> {
    let there = |i: &usize| panel.close.at(*i, t).is_finite();
    (0..panel.securities.len()).filter(there).map(|i| (symbol_at(panel, i, t), i)).collect()
}
