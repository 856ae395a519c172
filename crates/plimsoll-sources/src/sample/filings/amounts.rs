//! Amounts of an issuer's statements, quarter by quarter. Identities hold to the thousand: quarters sum to years, assets equal
//! liabilities and equity, the three cash flows sum to the change in cash.

use plimsoll_model::time::Day;

use super::{Condition, Filer, Quarter};
use crate::sample::rng::Rng;
use crate::sample::securities::{Security, Tier};

macro_rules! indices {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$item])* $variant,)* }
        impl $name {
            /// How many.
            pub const COUNT: usize = [$($name::$variant,)*].len();
        }
    };
}

indices! {
    /// A flow of a quarter.
    Flow {
        /// Revenue.
        Revenue,
        /// Operating income.
        OperatingIncome,
        /// Interest expense, positive.
        InterestExpense,
        /// Income before taxes.
        PretaxIncome,
        /// Income taxes.
        IncomeTax,
        /// Net income.
        NetIncome,
        /// Depreciation and amortization.
        Depreciation,
        /// Cash flow from operations.
        Operating,
        /// Purchases of property, plant and equipment, positive.
        CapitalExpenditure,
        /// Cash flow from investing.
        Investing,
        /// Cash flow from financing.
        Financing,
    }
}
indices! {
    /// A balance at a quarter's end.
    Balance {
        /// Cash and equivalents.
        Cash,
        /// Current assets.
        CurrentAssets,
        /// Assets.
        Assets,
        /// Current liabilities.
        CurrentLiabilities,
        /// Liabilities.
        Liabilities,
        /// Equity.
        Equity,
        /// Retained earnings.
        RetainedEarnings,
        /// Long-term debt due within a year.
        CurrentDebt,
        /// Long-term debt due later.
        LongTermDebt,
    }
}

const FIRST_YEAR: i16 = 2017;
/// Share of a year's revenue and income by its quarters, cumulated.
const SEASONS: [f64; 4] = [0.24, 0.49, 0.74, 1.0];
/// What long rates add to what the debt pays, by calendar year from 2017.
const RATES: [f64; 8] = [0.0, 0.002, 0.001, -0.003, -0.005, 0.002, 0.009, 0.012];

/// What an issuer is like, fixed over its life.
struct Character {
    revenue: f64,
    growth: f64,
    debt: f64,
    rate: f64,
    coverage: f64,
    margin: f64,
    cash: f64,
    depreciation: f64,
}

fn character(rng: &mut Rng, filer: &Filer, security: &Security) -> Character {
    let size = match security.tier {
        Tier::Giant => 0.10,
        Tier::Large => rng.between(0.25, 0.60),
        Tier::Mid => rng.between(0.35, 0.90),
        _ => rng.between(0.45, 1.40),
    };
    // Thousands of dollars.
    let revenue = security.start.1 * size / 1e3;
    let small = security.tier >= Tier::Small;
    let rate = if small { rng.between(0.055, 0.080) } else { rng.between(0.030, 0.045) };
    let (margin, coverage) = (rng.between(0.08, 0.22), rng.between(3.2, 14.0));
    let (debt, coverage, growth) = match filer.condition {
        Condition::NoDebt => (0.0, 0.0, rng.between(0.02, 0.15)),
        Condition::Financial => (revenue * rng.between(2.0, 5.0), 0.0, rng.between(0.0, 0.08)),
        Condition::Sound => (margin * revenue / (rate * coverage), coverage, rng.between(0.02, 0.11)),
        Condition::Thin => (revenue * rng.between(0.35, 0.80), rng.between(1.35, 2.3), rng.between(0.0, 0.08)),
        Condition::Below { .. } => (revenue * rng.between(0.40, 1.10), rng.between(1.5, 2.8), rng.between(-0.09, 0.05)),
    };
    let cash = if small { rng.between(0.03, 0.15) } else { rng.between(0.06, 0.20) };
    Character { revenue, growth, debt, rate, coverage, margin, cash, depreciation: rng.between(0.025, 0.06) }
}

/// Operating income of a fiscal year.
fn operating_income(rng: &mut Rng, filer: &Filer, c: &Character, (year, revenue, interest): (i16, f64, f64)) -> f64 {
    let wobble = 1.0 + 0.06 * rng.normal();
    let ill = rng.between(-2.4, 0.82);
    match filer.condition {
        Condition::NoDebt => revenue * c.margin * wobble,
        Condition::Financial => interest * 0.4,
        Condition::Below { from, until } if (from..until).contains(&year) => interest * ill,
        // Never below one by a draw: the years below one are the planted ones.
        _ => interest * (c.coverage * wobble).max(1.2),
    }
}

/// Splits a year's amount among its quarters so that they sum to it.
fn split(total: f64, quarters: usize) -> Vec<i64> {
    let whole = total.round();
    let upto = |k: usize| if k == quarters { whole } else { (whole * SEASONS[k - 1]).round() };
    (1..=quarters).map(|k| (upto(k) - if k == 1 { 0.0 } else { upto(k - 1) }) as i64).collect()
}

/// Fills the fiscal years that ended by a day; the last one may be incomplete.
pub(super) fn fill(filer: &mut Filer, rng: &mut Rng, security: &Security, last: Day) {
    let c = character(rng, filer, security);
    let mut cash_before = (c.revenue * c.cash / 4.0) as i64 * 4;
    let mut retained = (c.revenue * if matches!(filer.condition, Condition::Below { .. }) { -0.2 } else { 0.3 }) as i64;
    for (k, year) in filer.calendar.years(FIRST_YEAR, last.parts().0 + 1).into_iter().enumerate() {
        let part = year.ends.len() as f64 / 4.0;
        let (ends_in, month, _) = year.ends[year.ends.len() - 1].parts();
        let name = ends_in - i16::from(month <= 3);
        let revenue = c.revenue * (1.0 + c.growth).powi(k as i32) * part;
        let rate = c.rate + RATES[((name - FIRST_YEAR).max(0) as usize).min(RATES.len() - 1)];
        let interest = c.debt * rate * part;
        let income = operating_income(rng, filer, &c, (name, revenue, interest));
        let whole = year.ends.len() == 4;
        let divide = |total: f64| if whole { split(total, 4) } else { split(total / SEASONS[year.ends.len() - 1], 4) };
        let (revenues, incomes, interests) = (divide(revenue), divide(income), divide(interest));
        let first = filer.quarters.len();
        for (n, end) in year.ends.iter().enumerate().filter(|(_, end)| **end <= last) {
            let start = if n == 0 { year.after } else { year.ends[n - 1] }.plus(1);
            let (revenue, income, interest) = (revenues[n], incomes[n], interests[n]);
            let pretax = income - interest;
            let tax = (pretax * 21 / 100).max(0);
            let net = pretax - tax;
            let depreciation = (revenue as f64 * c.depreciation) as i64;
            let operating = net + depreciation;
            let spent = (depreciation as f64 * rng.between(0.6, 1.1)) as i64;
            // Owners or lenders take what is left, or fill the gap: cash follows revenue.
            let cash = (revenue as f64 * 4.0 * c.cash * rng.between(0.9, 1.1)) as i64;
            let financing = cash - cash_before - operating + spent;
            cash_before = cash;
            retained += net - net.max(0) / 2;
            let debt = c.debt as i64;
            let current_assets = cash + revenue * 3 / 5;
            let assets = current_assets + revenue * 4 + debt / 2;
            // The current part of the debt is added when the maturities are laid down.
            let current_liabilities = revenue * 2 / 5;
            let liabilities = current_liabilities + debt + revenue / 5;
            let (mut flows, mut balances) = ([0; Flow::COUNT], [0; Balance::COUNT]);
            for (flow, amount) in [
                (Flow::Revenue, revenue),
                (Flow::OperatingIncome, income),
                (Flow::InterestExpense, interest),
                (Flow::PretaxIncome, pretax),
                (Flow::IncomeTax, tax),
                (Flow::NetIncome, net),
                (Flow::Depreciation, depreciation),
                (Flow::Operating, operating),
                (Flow::CapitalExpenditure, spent),
                (Flow::Investing, -spent),
                (Flow::Financing, financing),
            ] {
                flows[flow as usize] = amount;
            }
            for (balance, amount) in [
                (Balance::Cash, cash),
                (Balance::CurrentAssets, current_assets),
                (Balance::Assets, assets),
                (Balance::CurrentLiabilities, current_liabilities),
                (Balance::Liabilities, liabilities),
                (Balance::Equity, assets - liabilities),
                (Balance::RetainedEarnings, retained),
                (Balance::LongTermDebt, debt),
            ] {
                balances[balance as usize] = amount;
            }
            let (year, closes) = (filer.years.len(), n + 1 == year.ends.len());
            filer.quarters.push(Quarter { start, end: *end, fiscal: name, year, closes, flows, balances });
        }
        if filer.quarters.len() > first {
            filer.years.push(first..filer.quarters.len());
        }
    }
}
