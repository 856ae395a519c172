//! A strategy: a small text file of assets, signals, rules, execution, costs and financing.

use std::collections::BTreeMap;

use plimsoll_measures::replay::Asked;
use plimsoll_model::time::Day;

use super::definitions::{Definition, PREFIX};
use super::rule::When;
use crate::condition::Condition;

mod listed;
mod raw;
mod shape;

pub use raw::Numbers;

/// A strategy, checked.
#[derive(Debug)]
pub struct Strategy {
    /// Machine name: the file's name without its ending.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it does, in a paragraph.
    pub summary: String,
    /// Who published it.
    pub source: String,
    /// When it was published: figures are split there.
    pub published: Option<Day>,
    /// Whether series count as known at the close of their day although this compilation of them came later.
    pub retrospective: bool,
    /// The first day whose return counts, where the file names one.
    pub from: Option<Day>,
    /// The last day, where the file names one.
    pub to: Option<Day>,
    /// Named parameters with the values used.
    pub parameters: BTreeMap<String, f64>,
    /// The source of prices of securities, where the file names one: `adjusted` closes carry dividends, and only survivors.
    pub panel: Option<String>,
    /// What can be held.
    pub assets: Vec<Asset>,
    /// Position in `assets` of what it is compared with.
    pub benchmark: Option<usize>,
    /// What is looked at.
    pub signals: Vec<Signal>,
    /// In order: the first whose condition is met applies.
    pub rules: Vec<Rule>,
    /// When it decides and how it trades.
    pub schedule: Schedule,
    /// What trading costs.
    pub costs: Costs,
    /// What money earns and costs.
    pub money: Money,
    /// What happens where prices are missing.
    pub gaps: Gaps,
}

/// Something that can be held.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Its name in the file.
    pub name: String,
    /// Where its returns come from.
    pub definition: Definition,
    /// A series of opening prices, where one is named: needed to trade at the open.
    pub open: Option<String>,
    /// Yearly fee of holding it, as a decimal.
    pub fee: f64,
    /// Yearly fee of borrowing it to sell short, as a decimal.
    pub borrow: f64,
}

/// What a signal is.
#[expect(clippy::large_enum_variant, reason = "a strategy has a few signals")]
#[derive(Debug)]
pub enum Source {
    /// A measure: its value.
    Measure(Asked),
    /// A claim of a thesis: 1 holds, -1 fails, 0 undecided.
    Claim {
        /// Its measure.
        asked: Asked,
        /// When it holds.
        holds: Condition,
        /// When it fails.
        fails: Option<Condition>,
    },
}

impl Source {
    /// The measure behind it.
    pub fn asked(&self) -> &Asked {
        match self {
            Source::Measure(asked) | Source::Claim { asked, .. } => asked,
        }
    }
}

/// A named signal.
#[derive(Debug)]
pub struct Signal {
    /// Its name in the conditions.
    pub name: String,
    /// What it is.
    pub source: Source,
}

/// Weights and when they apply.
#[derive(Debug)]
pub struct Rule {
    /// The condition; without one it always applies.
    pub when: Option<When>,
    /// One weight an asset, of what the portfolio is worth; the rest is cash, and a negative rest is borrowed.
    pub weights: Vec<f64>,
}

/// How often a strategy decides: at the last session of each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// Every session.
    Daily,
    /// The last session of a calendar week.
    Weekly,
    /// The last session of a week that ends on Friday, also while there was trading on Saturdays (until 1952).
    WeeklyFriday,
    /// The last session of a month.
    Monthly,
    /// The last session of a quarter.
    Quarterly,
    /// The last session of a year.
    Yearly,
    /// Once, at the beginning.
    Once,
}

impl Frequency {
    /// Words of the file.
    pub const WORDS: [(&'static str, Frequency); 7] = [
        ("daily", Frequency::Daily),
        ("weekly", Frequency::Weekly),
        ("weekly_friday", Frequency::WeeklyFriday),
        ("monthly", Frequency::Monthly),
        ("quarterly", Frequency::Quarterly),
        ("yearly", Frequency::Yearly),
        ("once", Frequency::Once),
    ];
    /// Whether a period ends between two consecutive sessions.
    pub fn ends(self, session: Day, next: Day) -> bool {
        let week = |d: Day| (d.0 + 3).div_euclid(7);
        let (a, b) = (session.parts(), next.parts());
        match self {
            Frequency::Daily => true,
            Frequency::Weekly => week(session) != week(next),
            Frequency::WeeklyFriday => week(session.plus(2)) != week(next.plus(2)),
            Frequency::Monthly => (a.0, a.1) != (b.0, b.1),
            Frequency::Quarterly => (a.0, (a.1 - 1) / 3) != (b.0, (b.1 - 1) / 3),
            Frequency::Yearly => a.0 != b.0,
            Frequency::Once => false,
        }
    }
}

/// When what was decided after a session is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// At the next session's open: needs opening prices.
    NextOpen,
    /// At the next session's close.
    NextClose,
    /// At the very close that was needed to decide: forbidden, because nobody can know a close and trade at it. Papers assume it.
    SameCloseForbidden,
    /// At the close before: the day's own return is earned with the day's own close. Impossible; an upper bound that shows what
    /// looking ahead by one day would be worth.
    PreviousCloseForbidden,
}

impl Execution {
    /// Words of the file.
    pub const WORDS: [(&'static str, Execution); 4] = [
        ("next_open", Execution::NextOpen),
        ("next_close", Execution::NextClose),
        ("same_close_forbidden", Execution::SameCloseForbidden),
        ("previous_close_forbidden", Execution::PreviousCloseForbidden),
    ];
    /// The word.
    pub fn word(self) -> &'static str {
        Execution::WORDS.iter().find(|w| w.1 == self).map_or("", |w| w.0)
    }
    /// Whether no one can trade like that.
    pub fn forbidden(self) -> bool {
        matches!(self, Execution::SameCloseForbidden | Execution::PreviousCloseForbidden)
    }
    /// By its word.
    pub fn by_word(word: &str) -> Option<Execution> {
        Execution::WORDS.iter().find(|w| w.0 == word).map(|w| w.1)
    }
}

/// When it decides and how it trades.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// How often it decides.
    pub decide: Frequency,
    /// When that is traded.
    pub execute: Execution,
    /// Whether weights are restored at every decision, not only when another rule applies.
    pub restore: bool,
}

/// What trading costs, as decimals of the value traded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Costs {
    /// Commission.
    pub commission: f64,
    /// Half the spread between bid and ask.
    pub half_spread: f64,
    /// What the price moves against the order.
    pub slippage: f64,
}

impl Costs {
    /// All of it, a dollar traded.
    pub fn total(&self) -> f64 {
        self.commission + self.half_spread + self.slippage
    }
}

/// Where the rate on cash comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Bill {
    /// A series of daily returns.
    Returns(String),
    /// A series of discount rates of three-month bills in per cent, bank discount basis.
    Discount(String),
}

impl Bill {
    /// The id of its series.
    pub fn id(&self) -> &str {
        match self {
            Bill::Returns(id) | Bill::Discount(id) => id,
        }
    }
}

/// What money earns and costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    /// The bill rate: what cash earns, before `cash_spread`, and what borrowing costs, before `financing_spread`.
    pub bill: Bill,
    /// Yearly, what cash earns less than bills.
    pub cash_spread: f64,
    /// Yearly, what borrowing costs above bills.
    pub financing_spread: f64,
    /// Whether borrowed money is charged at all; where not, results are nobody's.
    pub charged: bool,
    /// The largest sum of absolute weights that a rule may ask for.
    pub gross_limit: f64,
}

/// What happens where prices are missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaps {
    /// Sessions without a price after which a holding counts as delisted.
    pub halt: usize,
    /// Whether an asset that is delisted while held is paid out in cash; else the test is refused. Names within a basket always are.
    pub pay_out: bool,
    /// The return when it is paid out, on its last price (Shumway 1997: -0.30 for delistings for cause on the NYSE).
    pub delisting_return: f64,
}

impl Default for Gaps {
    fn default() -> Gaps {
        Gaps { halt: 10, pay_out: false, delisting_return: 0.0 }
    }
}

impl Strategy {
    /// Series that signals may name: a name of an asset means its series, under this id.
    pub fn series_id(name: &str, definition: &Definition) -> String {
        match definition {
            Definition::Level(id) if !id.contains(char::is_whitespace) => id.clone(),
            Definition::Returns(ids) if ids.len() == 1 && !ids[0].contains(char::is_whitespace) => ids[0].clone(),
            _ => format!("{PREFIX}{name}"),
        }
    }
    /// Definitions by name, for [`super::Defined`].
    pub fn definitions(&self) -> BTreeMap<String, Definition> {
        self.assets.iter().map(|a| (a.name.clone(), a.definition.clone())).collect()
    }
    /// What it asks of measures, one a signal.
    pub fn asked(&self) -> Vec<Asked> {
        self.signals.iter().map(|s| s.source.asked().clone()).collect()
    }
    /// Ids of every stored series that it reads for holdings and money.
    pub fn series(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.assets.iter().flat_map(|a| a.definition.parts()).map(str::to_owned).collect();
        ids.push(self.money.bill.id().to_owned());
        ids.extend(self.assets.iter().filter_map(|a| a.open.clone()));
        ids.sort();
        ids.dedup();
        ids
    }
}

#[cfg(test)]
mod tests;
