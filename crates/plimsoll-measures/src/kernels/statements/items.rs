//! Items of statements, and the concepts that state them in order of preference. The table is `concepts.csv`, with a reason a line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

macro_rules! items {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $kind:ident;)*) => {
        /// An item of an issuer's statements. Amounts are in the unit of the filing (dollars for nearly all), expenses, payments and debts positive.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Item {
            $($(#[$doc])* $name,)*
        }

        impl Item {
            /// Every item.
            pub const ALL: &[Item] = &[$(Item::$name,)*];
            /// The name in the table of concepts.
            pub fn name(self) -> &'static str {
                match self { $(Item::$name => $text,)* }
            }
            /// Whether it is about a period or a day.
            pub fn kind(self) -> Kind {
                match self { $(Item::$name => Kind::$kind,)* }
            }
        }
    };
}

/// Whether an item is about a period or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// About a period.
    Flow,
    /// About a day.
    Balance,
}

items! {
    /// Revenue.
    Revenue, "revenue", Flow;
    /// Cost of revenue.
    CostOfRevenue, "cost_of_revenue", Flow;
    /// Gross profit.
    GrossProfit, "gross_profit", Flow;
    /// Operating expenses after gross profit.
    OperatingExpenses, "operating_expenses", Flow;
    /// Operating income.
    OperatingIncome, "operating_income", Flow;
    /// Depreciation, depletion and amortization.
    DepreciationAndAmortization, "depreciation_and_amortization", Flow;
    /// Interest expense.
    InterestExpense, "interest_expense", Flow;
    /// Income before taxes.
    PretaxIncome, "pretax_income", Flow;
    /// Income taxes.
    IncomeTax, "income_tax", Flow;
    /// Net income.
    NetIncome, "net_income", Flow;
    /// Cash flow from operations.
    OperatingCashFlow, "operating_cash_flow", Flow;
    /// Cash flow from investing.
    InvestingCashFlow, "investing_cash_flow", Flow;
    /// Cash flow from financing.
    FinancingCashFlow, "financing_cash_flow", Flow;
    /// Change in cash.
    ChangeInCash, "change_in_cash", Flow;
    /// Purchases of property, plant and equipment.
    CapitalExpenditure, "capital_expenditure", Flow;
    /// Dividends paid.
    DividendsPaid, "dividends_paid", Flow;
    /// Cash and equivalents.
    Cash, "cash", Balance;
    /// Short-term investments.
    ShortTermInvestments, "short_term_investments", Balance;
    /// Total assets.
    Assets, "assets", Balance;
    /// Current assets.
    CurrentAssets, "current_assets", Balance;
    /// Assets that are not current.
    NoncurrentAssets, "noncurrent_assets", Balance;
    /// Total liabilities.
    Liabilities, "liabilities", Balance;
    /// Current liabilities.
    CurrentLiabilities, "current_liabilities", Balance;
    /// Liabilities that are not current.
    NoncurrentLiabilities, "noncurrent_liabilities", Balance;
    /// Total liabilities and equity.
    LiabilitiesAndEquity, "liabilities_and_equity", Balance;
    /// Retained earnings, or the accumulated deficit below zero.
    RetainedEarnings, "retained_earnings", Balance;
    /// Equity of the parent's owners.
    Equity, "equity", Balance;
    /// Equity with what belongs to others.
    EquityWithNoncontrolling, "equity_with_noncontrolling", Balance;
    /// Shares outstanding.
    SharesOutstanding, "shares_outstanding", Balance;
    /// Debt due within a year: put together from its parts, see [`super::debt`].
    CurrentDebt, "current_debt", Balance;
    /// Debt due later: put together from its parts.
    LongTermDebt, "long_term_debt", Balance;
    /// All debt: put together from its parts.
    TotalDebt, "total_debt", Balance;
}

/// How far a concept is from the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// It is the item.
    Exact,
    /// Interest income is taken off.
    Net,
    /// Cash paid, not what accrued.
    Paid,
    /// Less than the item.
    Partial,
    /// More than the item.
    Wide,
}

/// One way to state an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// Position among the item's sources: 0 is preferred.
    pub rank: usize,
    /// The concept, with its taxonomy.
    pub concept: &'static str,
    /// A concept added to it, stated for the same period; empty for none.
    pub plus: &'static str,
    /// 1, or -1 where the publisher's sign is the other one.
    pub sign: f64,
    /// How far it is from the item.
    pub note: Note,
    /// Why it stands where it stands.
    pub reason: &'static str,
}

impl Source {
    /// The taxonomy: `us-gaap`, `ifrs-full`, `simfin`, `dei`.
    pub fn taxonomy(&self) -> &'static str {
        self.concept.split(':').next().unwrap_or_default()
    }
}

static TABLE: LazyLock<BTreeMap<&'static str, Vec<Source>>> = LazyLock::new(|| {
    let mut out: BTreeMap<&'static str, Vec<Source>> = BTreeMap::new();
    for line in include_str!("concepts.csv").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let mut fields = line.splitn(6, ';');
        let mut next = || fields.next().unwrap_or_default();
        let (item, concept, plus, sign) = (next(), next(), next(), next());
        let note = match next() {
            "net" => Note::Net,
            "paid" => Note::Paid,
            "partial" => Note::Partial,
            "wide" => Note::Wide,
            _ => Note::Exact,
        };
        let sources = out.entry(item).or_default();
        let sign = if sign == "-1" { -1.0 } else { 1.0 };
        sources.push(Source { rank: sources.len(), concept, plus, sign, note, reason: next() });
    }
    out
});

impl Item {
    /// How it may be stated, preferred first. Empty for [`Item::TotalDebt`].
    pub fn sources(self) -> &'static [Source] {
        TABLE.get(self.name()).map_or(&[], Vec::as_slice)
    }
}

/// Every concept that some items rest on, for [`plimsoll_model::needs::Needs::facts`]. Debt items rest on each other's parts.
pub fn concepts(items: &[Item]) -> BTreeSet<&'static str> {
    const DEBT: &[Item] = &[Item::CurrentDebt, Item::LongTermDebt, Item::TotalDebt];
    // The day of the latest balance sheet decides which parts of debt count.
    const DATED: &[Item] = &[Item::Assets, Item::LiabilitiesAndEquity];
    let debt = items.iter().any(|i| DEBT.contains(i));
    let balance = items.iter().any(|i| i.kind() == Kind::Balance);
    let further = DEBT.iter().filter(|_| debt).chain(DATED.iter().filter(|_| balance));
    let sources = items.iter().chain(further).flat_map(|i| i.sources());
    sources.flat_map(|s| [s.concept, s.plus]).filter(|c| !c.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_an_item_with_a_reason() {
        for name in TABLE.keys() {
            assert!(Item::ALL.iter().any(|i| i.name() == *name), "{name}");
        }
        for item in Item::ALL.iter().filter(|i| **i != Item::TotalDebt) {
            assert!(!item.sources().is_empty(), "{item:?}");
            for s in item.sources() {
                assert!(s.concept.contains(':') && !s.reason.is_empty(), "{s:?}");
            }
        }
    }

    #[test]
    fn debt_brings_its_parts() {
        let found = concepts(&[Item::TotalDebt]);
        assert!(found.contains("us-gaap:CommercialPaper") && found.contains("us-gaap:Assets"));
        assert!(!concepts(&[Item::Revenue]).contains("us-gaap:Assets"));
    }
}
