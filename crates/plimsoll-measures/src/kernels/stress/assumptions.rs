//! Every assumption of the stress, named, with its default, the range the sensitivity table tries, and where the default is from.

/// The assumptions. [`TABLE`] names each, with its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions {
    /// Life of new debt in quarters: the rate it carries is the mean of the path over so many quarters.
    pub tenor_quarters: f64,
    /// Added to the rate of new fixed debt, decimals a year, beyond the premium that makes the priced path yield the five-year Treasury.
    pub term_premium: f64,
    /// Share of debt that floats where it is not stated: issuers above [`Assumptions::large_cap`].
    pub floating_share_large: f64,
    /// Share of debt that floats where it is not stated: the others.
    pub floating_share_small: f64,
    /// Capitalisation above which an issuer counts as large, in money.
    pub large_cap: f64,
    /// Multiplies every spread of the table.
    pub spread_multiple: f64,
    /// Coverage below which nobody lends: debt due is then paid from cash and lines.
    pub closed_below: f64,
    /// Share of undrawn lines that can be drawn.
    pub lines_drawn: f64,
    /// Tax on earnings after interest, where they are positive.
    pub tax_rate: f64,
    /// Share of capital expenditure, up to depreciation, that goes on.
    pub capex_share: f64,
    /// Share of capital expenditure beyond depreciation that goes on.
    pub growth_capex_share: f64,
    /// Share of dividends and buybacks that goes on.
    pub payout_share: f64,
    /// Share of costs paid in shares that goes on, and costs no cash.
    pub noncash_share: f64,
    /// Share of the past year's outflow into working capital that repeats.
    pub working_capital_share: f64,
    /// Cash that must stay, as a share of a year's revenue.
    pub minimum_cash: f64,
    /// Share of the policy rate that cash earns.
    pub cash_earns: f64,
    /// Least EBITDA margin by which a change of business conditions is scaled.
    pub least_margin: f64,
    /// Standard deviation of a quarter's shock to the policy path, decimals a year.
    pub rate_shock: f64,
    /// Share of a rate shock that is left after a quarter.
    pub rate_persistence: f64,
    /// Standard deviation of a quarter's shock to the logarithm of spreads.
    pub spread_shock: f64,
    /// Share of a spread shock that is left after a quarter.
    pub spread_persistence: f64,
    /// Correlation of shocks to the path and to spreads.
    pub rate_spread_correlation: f64,
    /// Standard deviation of a quarter's shock to the cash flow of all, as a share of EBITDA.
    pub common_shock: f64,
    /// Correlation of shocks to spreads and to the cash flow of all.
    pub spread_common_correlation: f64,
    /// Standard deviation of a quarter's shock to one issuer's own cash flow, as a share of EBITDA.
    pub own_shock: f64,
}

/// One assumption: its name, default, the two values the sensitivity table sets instead, and its source.
#[derive(Clone, Copy)]
pub struct Assumption {
    /// Its name, as in files and on the command line.
    pub name: &'static str,
    /// The default.
    pub default: f64,
    /// The lower value tried.
    pub low: f64,
    /// The higher value tried.
    pub high: f64,
    /// The least and greatest values taken.
    pub bounds: (f64, f64),
    /// What it is.
    pub doc: &'static str,
    /// Where the default is from.
    pub source: &'static str,
    /// Whether only Monte Carlo uses it.
    pub shocks_only: bool,
    get: fn(&Assumptions) -> f64,
    set: fn(&mut Assumptions, f64),
}

impl Assumption {
    /// Its value in `of`.
    pub fn get(&self, of: &Assumptions) -> f64 {
        (self.get)(of)
    }
    /// `of` with another value.
    #[must_use]
    pub fn with(&self, of: &Assumptions, value: f64) -> Assumptions {
        let mut changed = of.clone();
        (self.set)(&mut changed, value);
        changed
    }
}

macro_rules! table {
    ($($field:ident = $default:expr, ($low:expr, $high:expr) in ($least:expr, $most:expr), $shocks:expr, $doc:expr, $source:expr;)*) => {
        /// Every assumption.
        pub static TABLE: &[Assumption] = &[$(Assumption {
            name: stringify!($field),
            default: $default,
            low: $low,
            high: $high,
            bounds: ($least, $most),
            doc: $doc,
            source: $source,
            shocks_only: $shocks,
            get: |a| a.$field,
            set: |a, v| a.$field = v,
        }),*];

        impl Default for Assumptions {
            fn default() -> Assumptions {
                Assumptions { $($field: $default),* }
            }
        }
    };
}

const MEASURED_RATES: &str = "quarterly changes of the two-year Treasury yield 1990-2023 (Federal Reserve H.15): standard deviation 56 bp, first-order autoregression 0.95";
const MEASURED_SPREADS: &str = "quarterly logarithms of the ICE BofA US High Yield spread 1996-2023: standard deviation of changes 0.21, first-order autoregression 0.86, correlation with changes of the two-year yield -0.47";
const MEASURED_CASH: &str = "yearly changes of EBITDA of some 22,500 US company-years 1999-2023 (SimFin), over the larger of last year's and 5 % of revenue: the yearly median moves by 11 % and a company about it by 38 % (median absolute deviation), halved for a quarter";

table! {
    tenor_quarters = 20.0, (12.0, 28.0) in (12.0, 40.0), false,
        "life of new debt, quarters", "five years, the usual life of new speculative-grade term debt; a choice";
    term_premium = 0.0, (-0.005, 0.005) in (-0.05, 0.05), false,
        "added to the rate of new fixed debt", "none beyond what makes the priced path yield the five-year Treasury";
    floating_share_large = 0.10, (0.0, 0.25) in (0.0, 1.0), false,
        "share of debt that floats, large issuers, where not stated", "7 to 8 % of large caps' debt at the end of 2023 (Voya, in Advisor Perspectives of 26 July 2024; Plante Moran, July 2024), a quarter where loans are counted by tranche (Apollo on Bloomberg data, July 2024)";
    floating_share_small = 0.35, (0.15, 0.55) in (0.0, 1.0), false,
        "share of debt that floats, other issuers, where not stated", "30 % of small caps' debt at the end of 2023 (Voya, in Advisor Perspectives of 26 July 2024), 36 % (Plante Moran, July 2024), half where loans are counted by tranche (Apollo on Bloomberg data, July 2024)";
    large_cap = 5e9, (2e9, 1e10) in (0.0, 1e13), false,
        "capitalisation above which an issuer is large", "the bound of the two tables of spreads";
    spread_multiple = 1.0, (0.75, 1.5) in (0.0, 10.0), false,
        "multiplies every spread of the table", "the table as published";
    closed_below = 0.5, (0.0, 1.0) in (-1e9, 10.0), false,
        "coverage below which nobody lends", "where the table for smaller companies says D, default";
    lines_drawn = 1.0, (0.0, 1.0) in (0.0, 1.0), false,
        "share of undrawn lines that can be drawn", "committed lines are drawn in full; lines not reported count as none";
    tax_rate = 0.21, (0.0, 0.27) in (0.0, 0.9), false,
        "tax on earnings after interest", "26 U.S.C. 11(b), the federal rate since 2018; losses carry nothing forward";
    capex_share = 1.0, (0.6, 1.1) in (0.0, 3.0), false,
        "share of capital expenditure, up to depreciation, that goes on", "as in the past year: what keeps the business as it is";
    growth_capex_share = 0.0, (0.0, 0.5) in (0.0, 3.0), false,
        "share of capital expenditure beyond depreciation that goes on", "a borrower in need stops growing; maintenance put at depreciation, as is common (Greenwald and others 2001, Value Investing); a choice in the borrower's favour";
    payout_share = 0.0, (0.0, 1.0) in (0.0, 3.0), false,
        "share of dividends and buybacks that goes on", "a borrower in need pays none; a choice in the borrower's favour";
    noncash_share = 1.0, (0.5, 1.0) in (0.0, 3.0), false,
        "share of costs paid in shares that goes on", "as in the past year";
    working_capital_share = 0.0, (-0.25, 0.25) in (-3.0, 3.0), false,
        "share of the past year's outflow into working capital that repeats", "a change of working capital does not repeat; a choice";
    minimum_cash = 0.0, (0.0, 0.05) in (0.0, 1.0), false,
        "cash that must stay, share of revenue", "none: a shortfall is cash and lines used up";
    cash_earns = 0.0, (0.0, 1.0) in (0.0, 1.0), false,
        "share of the policy rate that cash earns", "none, as coverage counts interest expense alone";
    least_margin = 0.05, (0.0, 0.10) in (0.0, 1.0), false,
        "least EBITDA margin by which a change of business is scaled", "as in the measurement of the shocks; a choice";
    rate_shock = 0.0056, (0.0028, 0.0084) in (0.0, 0.05), true,
        "standard deviation of a quarter's shock to the path", MEASURED_RATES;
    rate_persistence = 0.95, (0.85, 1.0) in (0.0, 1.0), true,
        "share of a rate shock left after a quarter", MEASURED_RATES;
    spread_shock = 0.21, (0.10, 0.32) in (0.0, 2.0), true,
        "standard deviation of a quarter's shock to the logarithm of spreads", MEASURED_SPREADS;
    spread_persistence = 0.86, (0.75, 0.95) in (0.0, 1.0), true,
        "share of a spread shock left after a quarter", MEASURED_SPREADS;
    rate_spread_correlation = -0.47, (-0.8, 0.0) in (-1.0, 1.0), true,
        "correlation of shocks to the path and to spreads", MEASURED_SPREADS;
    common_shock = 0.055, (0.03, 0.08) in (0.0, 1.0), true,
        "standard deviation of a quarter's shock to the cash flow of all", MEASURED_CASH;
    spread_common_correlation = -0.5, (-0.8, 0.0) in (-1.0, 1.0), true,
        "correlation of shocks to spreads and to the cash flow of all", "a choice: spreads widen as earnings fall";
    own_shock = 0.19, (0.10, 0.30) in (0.0, 2.0), true,
        "standard deviation of a quarter's shock to an issuer's own cash flow", MEASURED_CASH;
}

/// A name that is no assumption, or a value out of bounds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AssumptionError {
    /// No such assumption.
    #[error("no assumption is called `{name}`{}", crate::suggestion(.suggest))]
    Unknown {
        /// The name given.
        name: String,
        /// The nearest there is.
        suggest: Option<String>,
    },
    /// Out of bounds.
    #[error("{name}: expected a number from {least} to {most}, got {got}")]
    Value {
        /// The assumption.
        name: &'static str,
        /// The least value.
        least: f64,
        /// The greatest value.
        most: f64,
        /// The value given.
        got: f64,
    },
}

/// The assumption of that name.
pub fn find(name: &str) -> Result<&'static Assumption, AssumptionError> {
    TABLE.iter().find(|a| a.name == name).ok_or_else(|| AssumptionError::Unknown {
        name: name.to_owned(),
        suggest: crate::nearest(name, TABLE.iter().map(|a| a.name)),
    })
}

impl Assumptions {
    /// With one assumption changed by its name.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), AssumptionError> {
        let found = find(name)?;
        let (least, most) = found.bounds;
        if !(least..=most).contains(&value) {
            return Err(AssumptionError::Value { name: found.name, least, most, got: value });
        }
        *self = found.with(self, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_set_and_bounded() {
        let base = Assumptions::default();
        for a in TABLE {
            assert!(!a.doc.is_empty() && !a.source.is_empty());
            assert!(a.bounds.0 <= a.low && a.low <= a.default && a.default <= a.high && a.high <= a.bounds.1, "{}", a.name);
            let mut changed = base.clone();
            changed.set(a.name, a.high).unwrap();
            assert_eq!((find(a.name).unwrap().get(&changed), a.get(&base)), (a.high, a.default));
        }
        let mut base = base;
        let error = base.set("tax_rates", 0.2).unwrap_err();
        assert_eq!(error.to_string(), "no assumption is called `tax_rates` (did you mean `tax_rate`?)");
        assert_eq!(base.set("tax_rate", 2.0).unwrap_err().to_string(), "tax_rate: expected a number from 0 to 0.9, got 2");
        assert!(base.set("tax_rate", f64::NAN).is_err());
    }
}
