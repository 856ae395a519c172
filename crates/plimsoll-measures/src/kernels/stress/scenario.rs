//! Scenarios: what the policy rate, cash flow and spreads do over three years.

use super::assumptions::Assumptions;
use super::borrower::QUARTERS;
use super::paths::Paths;
use super::spreads::Spreads;

/// What markets said on the day. Rates in decimals a year.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions {
    /// The effective policy rate.
    pub rate: f64,
    /// Its mean over the four quarters that past interest was paid in.
    pub past_rate: f64,
    /// The rate that futures price for each coming quarter, on average.
    pub priced: [f64; QUARTERS],
    /// The five-year Treasury yield, where known.
    pub five_year: Option<f64>,
    /// Spreads by coverage.
    pub spreads: Spreads,
}

/// Quarters in five years.
const FIVE_YEARS: usize = 20;

impl Conditions {
    /// What makes the priced path, held after its last quarter, yield the five-year Treasury; 0 where that is not known.
    pub fn premium(&self) -> f64 {
        self.five_year.map_or(0.0, |y| y - mean_ahead(&self.priced, 0, FIVE_YEARS))
    }
}

/// Mean of a path over `n` quarters from `q` on, its last value held.
fn mean_ahead(path: &[f64; QUARTERS], q: usize, n: usize) -> f64 {
    (q..q + n).map(|i| path[i.min(QUARTERS - 1)]).sum::<f64>() / n as f64
}

/// What the policy rate does.
#[derive(Clone, Debug, PartialEq)]
pub enum Policy {
    /// What futures price, moved by so much.
    Priced {
        /// Added to every quarter, decimals a year.
        shift: f64,
    },
    /// As it is.
    Hold,
    /// Held, then cut from a quarter on, at a pace, by a total. Negative totals are rises.
    Cuts {
        /// The quarter of the first cut, 0 the next.
        first: usize,
        /// The total, decimals a year.
        total: f64,
        /// How much a quarter, decimals a year.
        pace: f64,
    },
    /// These rates, decimals a year.
    Path([f64; QUARTERS]),
}

/// A scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it says, in a sentence.
    pub says: String,
    /// The policy rate.
    pub policy: Policy,
    /// EBITDA of each quarter over a quarter of the past year's: 1 is no change.
    pub cash_flow: [f64; QUARTERS],
    /// Multiplies spreads, by quarter.
    pub spreads: [f64; QUARTERS],
    /// Assumptions that the scenario changes.
    pub changes: Vec<(String, f64)>,
}

/// 25 basis points at each of two meetings.
pub const USUAL_PACE: f64 = 0.005;

/// Names of the scenarios there are.
pub const NAMES: &[&str] = &["priced", "higher_for_longer", "cuts_in_time", "soft_landing", "hard_landing"];

impl Scenario {
    /// A path alone: cash flow and spreads stay.
    pub fn of(name: &str, policy: Policy) -> Scenario {
        Scenario {
            name: name.to_owned(),
            says: String::new(),
            policy,
            cash_flow: [1.0; QUARTERS],
            spreads: [1.0; QUARTERS],
            changes: Vec::new(),
        }
    }

    /// One of [`NAMES`]. The five are stylised; each says what it assumes.
    pub fn named(name: &str) -> Option<Scenario> {
        let mut s = Scenario::of(name, Policy::Priced { shift: 0.0 });
        let growth = |a_year: f64| std::array::from_fn(|q| (1.0_f64 + a_year).powf((q as f64 + 1.0) / 4.0));
        s.says = match name {
            "priced" => "Rates as futures price them; cash flow and spreads stay.".into(),
            "higher_for_longer" => {
                s.policy = Policy::Hold;
                "The policy rate stays for three years; cash flow and spreads stay.".into()
            }
            "cuts_in_time" => {
                s.policy = Policy::Cuts { first: 0, total: 0.03, pace: 0.0075 };
                "Cuts begin next quarter, 75 bp a quarter to 300 bp in a year; cash flow and spreads stay.".into()
            }
            "soft_landing" => {
                s.policy = Policy::Cuts { first: 1, total: 0.0225, pace: 0.0025 };
                s.cash_flow = growth(0.04);
                s.spreads = [0.9; QUARTERS];
                "A cut of 25 bp a quarter from the second on, to 225 bp; cash flow grows by 4 % a year; spreads a tenth tighter."
                    .into()
            }
            "hard_landing" => {
                s.policy = Policy::Cuts { first: 1, total: 0.04, pace: 0.01 };
                s.cash_flow = [0.95, 0.88, 0.80, 0.75, 0.75, 0.78, 0.82, 0.86, 0.90, 0.94, 0.97, 1.0];
                s.spreads = [1.25, 1.75, 2.0, 2.0, 1.75, 1.5, 1.4, 1.3, 1.2, 1.1, 1.0, 1.0];
                "Cash flow falls by a quarter within a year and takes two to return; spreads double; cuts of 100 bp a quarter from the second on, to 400 bp.".into()
            }
            _ => return None,
        };
        Some(s)
    }

    /// The policy rate of each quarter, never below zero.
    pub fn short(&self, conditions: &Conditions) -> [f64; QUARTERS] {
        let rate: [f64; QUARTERS] = match &self.policy {
            Policy::Priced { shift } => conditions.priced.map(|r| r + shift),
            Policy::Hold => [conditions.rate; QUARTERS],
            Policy::Cuts { first, total, pace } => std::array::from_fn(|q| {
                let quarters = (q + 1).saturating_sub(*first) as f64;
                conditions.rate - (pace.abs() * quarters).min(total.abs()) * total.signum()
            }),
            Policy::Path(rates) => *rates,
        };
        rate.map(|r| r.max(0.0))
    }

    /// The rate of new fixed debt before its spread, by quarter: the mean of the path over its life, and the premium.
    pub fn tenor(&self, conditions: &Conditions, a: &Assumptions) -> [f64; QUARTERS] {
        let short = self.short(conditions);
        let premium = conditions.premium() + a.term_premium;
        std::array::from_fn(|q| (mean_ahead(&short, q, a.tenor_quarters as usize) + premium).max(0.0))
    }

    /// The assumptions with what the scenario changes.
    pub fn assumptions(&self, base: &Assumptions) -> Assumptions {
        let mut a = base.clone();
        for (name, value) in &self.changes {
            a.set(name, *value).expect("checked when the scenario was read");
        }
        a
    }

    /// The one path of the scenario.
    pub fn path(&self, conditions: &Conditions, a: &Assumptions) -> Paths {
        let (short, tenor) = (self.short(conditions), self.tenor(conditions, a));
        Paths::from_fn(1, |q, _| [short[q], tenor[q], self.spreads[q], self.cash_flow[q]])
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use plimsoll_model::time::Day;

    use super::*;

    /// Conditions much like those of February 2024.
    pub(crate) fn conditions() -> Conditions {
        let priced = [0.0530, 0.0500, 0.0455, 0.0420, 0.0390, 0.0365, 0.0350, 0.0340, 0.0335, 0.0330, 0.0330, 0.0330];
        Conditions {
            rate: 0.0533,
            past_rate: 0.0512,
            priced,
            five_year: Some(0.0400),
            spreads: Spreads::on(Day::ymd(2024, 2, 2)),
        }
    }

    #[test]
    fn rates_by_hand() {
        let c = conditions();
        // Mean over five years: the sum of twelve and eight times the last.
        let mean = (c.priced.iter().sum::<f64>() + 8.0 * 0.0330) / 20.0;
        assert!((c.premium() - (0.04 - mean)).abs() < 1e-15);
        let a = Assumptions::default();
        let priced = Scenario::named("priced").unwrap();
        assert!((priced.tenor(&c, &a)[0] - 0.04).abs() < 1e-15);
        assert!((priced.tenor(&c, &a)[11] - (0.0330 + c.premium())).abs() < 1e-15);
        let cuts = Scenario::of("x", Policy::Cuts { first: 2, total: 0.0125, pace: 0.005 });
        let short = cuts.short(&c);
        let by_hand = [0.0533, 0.0533, 0.0483, 0.0433, 0.0408, 0.0408];
        assert!(short.iter().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-15));
        let rises = Scenario::of("x", Policy::Cuts { first: 0, total: -0.01, pace: 0.005 });
        assert!((rises.short(&c)[5] - 0.0633).abs() < 1e-15);
        assert_eq!(Scenario::of("x", Policy::Priced { shift: -0.2 }).short(&c), [0.0; QUARTERS]);
    }

    #[test]
    fn every_name_is_a_scenario() {
        for name in NAMES {
            let s = Scenario::named(name).unwrap();
            assert!(s.says.len() > 20 && s.name == *name);
        }
        assert!(Scenario::named("boom").is_none());
    }
}
