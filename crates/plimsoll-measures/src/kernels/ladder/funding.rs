//! Issuers whose business is to borrow and lend: they roll their funding over as others roll their inventory, and a wall of it means
//! something else.

use plimsoll_model::facts::{Facts, known};
use plimsoll_model::filers::Description;
use plimsoll_model::time::Moment;

/// Facts that only such businesses state: repurchase agreements, warehouse lines, interest income net of interest expense, deposits.
pub const FUNDING_CONCEPTS: &[&str] = &[
    "us-gaap:SecuritiesSoldUnderAgreementsToRepurchase",
    "us-gaap:WarehouseAgreementBorrowings",
    "us-gaap:InterestIncomeExpenseNet",
    "us-gaap:InterestIncomeExpenseAfterProvisionForLoanLoss",
    "us-gaap:Deposits",
];

/// What an issuer borrows for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Funding {
    /// Plant, goods, acquisitions: debt is a burden on the business.
    Operating,
    /// Banks, lenders, brokers, insurers, mortgage trusts: debt is the business.
    Financial,
    /// A real estate trust or an issuer without classification that states none of [`FUNDING_CONCEPTS`]: counted with operating ones.
    Unclassified,
}

/// Standard industrial classifications 6000 to 6499 and 6700 to 6799 are finance and insurance; real estate trusts (6798) own property or
/// mortgages under one code and are told apart by what they state.
const TRUSTS: u32 = 6798;

/// Names of mortgage trusts and lenders among [`TRUSTS`] and issuers without a code, where no fact tells.
const WORDS: &[&str] = &["mortgage", "financial", "finance", "bancorp", "bank", "bankshares", "capital", "investment"];

/// What an issuer borrows for, by its classification, by what it stated until `at` and, where neither tells, by its name.
pub fn funding(facts: &Facts, issuer: Option<usize>, description: Option<&Description>, at: Moment) -> Funding {
    let code: Option<u32> = description.and_then(|d| d.sic.parse().ok()).filter(|c| *c > 0);
    let states = || {
        issuer.is_some_and(|i| {
            FUNDING_CONCEPTS.iter().any(|c| known(facts.of(i, c), at).any(|f| f.value != 0.0 && facts.unit(f) == "USD"))
        })
    };
    let named = || {
        description.is_some_and(|d| {
            let name = d.name.to_lowercase();
            name.split(|c: char| !c.is_alphanumeric()).any(|w| WORDS.contains(&w))
        })
    };
    match code {
        Some(TRUSTS) | None if states() || named() => Funding::Financial,
        Some(TRUSTS) | None => Funding::Unclassified,
        Some(6000..=6499 | 6700..=6799) => Funding::Financial,
        Some(_) => Funding::Operating,
    }
}
